/* SPDX-License-Identifier: MIT */
#include "paramsread.h"

#include <pvhboot/cpu.h>
#include <pvhboot/start.h>
#include <stdlib.h>
#include <string.h>

#include "fakemem.h"
#include "startbuild.h"

#define GIB (UINT64_C(1) << 30)
#define LARGE (UINT64_C(2) << 20)
#define E820_MAX 128u
#define E820_SIZE 20u

/* The block, and which of its bytes have been looked at. */
struct block {
	const char *row;
	const struct pvhboot_plan *plan;
	const struct pvhboot_request *request;
	const uint8_t *bytes;
	uint8_t *seen;
	size_t size;
};

/* The bytes at a gpa, which are in the block, and no part of anything else. */
static const uint8_t *look_at(struct block *b, const char *what, uint64_t gpa, uint64_t size)
{
	uint64_t offset = gpa - b->plan->start_info;

	ck_assert_msg(offset <= b->size && size <= b->size - offset, "%s: %s leaves the block",
		      b->row, what);
	for (uint64_t i = 0; i < size; i++) {
		ck_assert_msg(!b->seen[offset + i], "%s: %s overlaps something", b->row, what);
		b->seen[offset + i] = 1;
	}
	return b->bytes + offset;
}

static int is_64bit(const struct pvhboot_plan *plan)
{
	return plan->entry_kind == PVHBOOT_ENTRY_LINUX64 ||
	       plan->entry_kind == PVHBOOT_ENTRY_BZIMAGE64;
}

/* ---- The map --------------------------------------------------------------------- */

static size_t count_entries(const struct pvhboot_plan *plan)
{
	return plan->n_map == 1 ? 2 : plan->n_map;
}

static void expect_entry(const struct block *b, size_t i, const uint8_t *entry)
{
	const struct pvhboot_map_entry *want = &b->plan->map[i];

	expect_eq(b->row, load_le(entry, 8), want->gpa);
	expect_eq(b->row, load_le(entry + 8, 8), want->size);
	expect_eq(b->row, load_le(entry + 16, 4), want->type == 6 ? 2 : want->type);
}

/* One that was cut in two: neither is empty, and the cut is between pages. */
static void expect_halves(const struct block *b, const uint8_t *table)
{
	const struct pvhboot_map_entry *want = &b->plan->map[0];
	uint64_t first = load_le(table + 8, 8);
	uint64_t second = load_le(table + E820_SIZE + 8, 8);

	expect_eq(b->row, load_le(table, 8), want->gpa);
	expect_eq(b->row, load_le(table + E820_SIZE, 8), want->gpa + first);
	expect_true(b->row, first != 0 && second != 0 && first % 4096 == 0);
	expect_eq(b->row, first + second, want->size);
	expect_eq(b->row, load_le(table + 16, 4), want->type);
	expect_eq(b->row, load_le(table + E820_SIZE + 16, 4), want->type);
}

static void expect_table(const struct block *b, const uint8_t *params)
{
	size_t n = count_entries(b->plan);

	n = n < E820_MAX ? n : E820_MAX;
	expect_eq(b->row, params[0x1e8], n);
	if (b->plan->n_map == 1)
		expect_halves(b, params + 0x2d0);
	for (size_t i = 0; i < n && b->plan->n_map != 1; i++)
		expect_entry(b, i, params + 0x2d0 + E820_SIZE * i);
}

/* ---- What hangs behind ----------------------------------------------------------- */

static void expect_ext(const struct block *b, const uint8_t *data, size_t size)
{
	size_t n = count_entries(b->plan);

	expect_true(b->row, n > E820_MAX);
	expect_eq(b->row, size, (n - E820_MAX) * E820_SIZE);
	for (size_t i = E820_MAX; i < n; i++, data += E820_SIZE)
		expect_entry(b, i, data);
}

static void expect_seed(const struct block *b, const uint8_t *data, size_t size)
{
	size_t used = b->request->flags & PVHBOOT_REQUEST_KASLR ? 16 : 0;

	expect_eq(b->row, size, b->request->entropy.size - used);
	expect_true(b->row, memcmp(data, b->request->entropy.data + used, size) == 0);
}

static void expect_setup_data(struct block *b, uint64_t gpa)
{
	int wants_ext = count_entries(b->plan) > E820_MAX;
	int wants_seed = (b->request->flags & PVHBOOT_REQUEST_RNG_SEED) != 0;

	while (gpa) {
		const uint8_t *head = look_at(b, "setup_data", gpa, 16);
		size_t size = load_le(head + 12, 4);
		const uint8_t *data = look_at(b, "data", gpa + 16, size);
		int *wants = load_le(head + 8, 4) == 1 ? &wants_ext : &wants_seed;

		expect_true(b->row, *wants);
		*wants = 0;
		expect_eq(b->row, load_le(head + 8, 4), wants == &wants_ext ? 1 : 9);
		(wants == &wants_ext ? expect_ext : expect_seed)(b, data, size);
		gpa = load_le(head, 8);
	}
	expect_true(b->row, !wants_ext && !wants_seed);
}

static void expect_cmdline(struct block *b, uint64_t gpa)
{
	size_t size = b->request->cmdline.size;
	const char *text = (const char *)look_at(b, "command line", gpa, size + 1);

	expect_true(b->row, size == 0 || memcmp(text, b->request->cmdline.data, size) == 0);
	expect_eq(b->row, text[size], 0);
}

static void expect_gdt(struct block *b)
{
	const uint8_t *gdt = look_at(b, "GDT", b->plan->gdt, 32);

	expect_eq(b->row, b->plan->gdt % 8, 0);
	expect_eq(b->row, load_le(gdt, 8), 0);
	expect_eq(b->row, load_le(gdt + 8, 8), 0);
	expect_eq(b->row, load_le(gdt + 16, 8),
		  is_64bit(b->plan) ? UINT64_C(0x00af9b000000ffff) : UINT64_C(0x00cf9b000000ffff));
	expect_eq(b->row, load_le(gdt + 24, 8), UINT64_C(0x00cf93000000ffff));
}

/* ---- Page tables ----------------------------------------------------------------- */

static struct pvhboot_range kernel_of(const struct pvhboot_plan *plan)
{
	struct pvhboot_range range = { UINT64_MAX, 0 };

	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		if (place->kind != PVHBOOT_PLACE_SEGMENT && place->kind != PVHBOOT_PLACE_SYMBOLS)
			continue;
		if (place->gpa < range.start)
			range.start = place->gpa;
		if (place->gpa + place->size > range.end)
			range.end = place->gpa + place->size;
	}
	return range;
}

/* A table, which entry refers to as one that may be written to. */
static const uint8_t *table_of(struct block *b, uint64_t entry)
{
	expect_eq(b->row, entry & 0xfff, 3);
	return look_at(b, "page table", entry & ~UINT64_C(0xfff), 4096);
}

/* All of a GiB, one to one. */
static void expect_gib(struct block *b, uint64_t gib, uint64_t entry)
{
	const uint8_t *table = table_of(b, entry);

	for (uint64_t i = 0; i < 512; i++)
		expect_eq(b->row, load_le(table + 8 * i, 8), (gib * GIB + i * LARGE) | 0x83);
}

/* Exactly the first 4 GiB and those that the kernel touches are mapped. */
static void expect_page_tables(struct block *b)
{
	struct pvhboot_range kernel = kernel_of(b->plan);
	const uint8_t *pml4, *pdpt;
	size_t n = 0;

	if (!is_64bit(b->plan)) {
		expect_eq(b->row, b->plan->page_tables, 0);
		return;
	}
	pml4 = table_of(b, b->plan->page_tables | 3);
	for (uint64_t i = 1; i < 512; i++)
		expect_eq(b->row, load_le(pml4 + 8 * i, 8), 0);
	pdpt = table_of(b, load_le(pml4, 8));
	for (uint64_t i = 0; i < 512; i++) {
		int is_kernel = kernel.start < (i + 1) * GIB && kernel.end > i * GIB;
		uint64_t entry = load_le(pdpt + 8 * i, 8);

		expect_eq(b->row, entry != 0, i < 4 || is_kernel);
		if (entry)
			expect_gib(b, i, entry);
		n += entry != 0;
	}
	expect_true(b->row, n >= 4 && n <= 6);
}

/* ---- The zero page --------------------------------------------------------------- */

static const struct pvhboot_place *module_of(const struct pvhboot_plan *plan, size_t index)
{
	for (size_t i = 0; i < plan->n_places; i++) {
		if (plan->places[i].kind == PVHBOOT_PLACE_MODULE && plan->places[i].index == index)
			return &plan->places[i];
	}
	return NULL;
}

/* The first module, with all others behind it where they are joined. */
static struct pvhboot_range ramdisk_of(const struct block *b)
{
	struct pvhboot_range range = { 0, 0 };

	for (size_t i = 0; i < b->request->n_modules; i++) {
		const struct pvhboot_place *place = module_of(b->plan, i);

		expect_eq(b->row, place != NULL, b->request->modules[i].bytes.size != 0);
		if (!place)
			continue;
		if (range.end == 0)
			range.start = place->gpa;
		else if (!(b->request->flags & PVHBOOT_REQUEST_JOIN))
			break;
		range.end = place->gpa + b->request->modules[i].bytes.size;
	}
	return range;
}

static uint64_t rsdp_of(const struct block *b)
{
	uint64_t rsdp = b->request->rsdp;

	for (size_t i = 0; i < b->plan->n_places; i++) {
		const struct pvhboot_place *place = &b->plan->places[i];

		if ((b->request->flags & PVHBOOT_REQUEST_RSDP_IN_BLOB) &&
		    place->kind == PVHBOOT_PLACE_BLOB && place->index == b->request->rsdp_blob)
			return place->gpa + rsdp;
	}
	return rsdp;
}

/* Linux sets KASLR_FLAG itself as soon as it has not found nokaslr. */
static int is_kaslr(const struct block *b)
{
	return b->request->flags & PVHBOOT_REQUEST_KASLR &&
	       b->plan->entry_kind == PVHBOOT_ENTRY_LINUX64 &&
	       b->plan->kaslr.virtual_fixed != PVHBOOT_FIXED_BY_CMDLINE;
}

/* The header as the file has it, or that of a kernel without one; and what a loader fills in. */
static void render_header(const struct block *b, uint8_t *want)
{
	const struct pvhboot_linux *boot = &b->request->kernel->linux_boot;
	unsigned int flags;

	if (boot->header.size) {
		memcpy(want + 0x1f1, boot->header.data, boot->header.size);
		expect_eq(b->row, 0x1f1 + boot->header.size, 0x202 + want[0x201]);
	} else {
		store_le(want + 0x206, 2, 0x020c);
		want[0x211] = 1;
		store_le(want + 0x22c, 4, 0x7fffffff);
		store_le(want + 0x236, 2, 3);
		store_le(want + 0x238, 4, 2047);
	}
	store_le(want + 0x1fe, 2, 0xaa55);
	memcpy(want + 0x202, "HdrS", 4);
	want[0x210] = 0xff;
	flags = want[0x211] & ~2u;
	want[0x211] = (uint8_t)(is_kaslr(b) ? flags | 2u : flags);
}

/* What the kernel is handed. Addresses that the block itself decides are taken from it. */
static void render(const struct block *b, const uint8_t *params, uint8_t *want)
{
	struct pvhboot_range ramdisk = ramdisk_of(b);
	uint64_t ramdisk_size = ramdisk.end - ramdisk.start;

	memset(want, 0, 4096);
	render_header(b, want);
	store_le(want + 0x70, 8, rsdp_of(b));
	store_le(want + 0x214, 4, kernel_of(b->plan).start & 0xffffffff);
	store_le(want + 0x218, 4, ramdisk.start & 0xffffffff);
	store_le(want + 0x21c, 4, ramdisk_size & 0xffffffff);
	store_le(want + 0xc0, 4, ramdisk.start >> 32);
	store_le(want + 0xc4, 4, ramdisk_size >> 32);
	memcpy(want + 0x228, params + 0x228, 4);
	memcpy(want + 0x250, params + 0x250, 8);
	want[0x1e8] = params[0x1e8];
	memcpy(want + 0x2d0, params + 0x2d0, (size_t)params[0x1e8] * E820_SIZE);
}

static void expect_zero_page(struct block *b)
{
	const uint8_t *params = look_at(b, "boot_params", b->plan->start_info, 4096);
	uint8_t want[4096];

	expect_table(b, params);
	render(b, params, want);
	for (size_t i = 0; i < sizeof(want); i++)
		ck_assert_msg(params[i] == want[i], "%s: byte 0x%zx is 0x%02x, not 0x%02x", b->row,
			      i, params[i], want[i]);
	expect_cmdline(b, load_le(params + 0x228, 4));
	expect_setup_data(b, load_le(params + 0x250, 8));
}

/* ---- Registers ------------------------------------------------------------------- */

static void expect_segment(const char *row, const struct pvhboot_cpu_segment *got, uint32_t limit,
			   uint16_t selector, uint16_t access)
{
	expect_eq(row, got->base, 0);
	expect_eq(row, got->limit, limit);
	expect_eq(row, got->selector, selector);
	expect_eq(row, got->access, access);
}

static void expect_cpu(const char *row, const struct pvhboot_plan *plan)
{
	int wide = is_64bit(plan);
	struct pvhboot_cpu cpu;

	memset(&cpu, 0xee, sizeof(cpu));
	pvhboot_plan_cpu(plan, &cpu);
	expect_eq(row, cpu.rip, plan->entry);
	expect_eq(row, cpu.rsi, plan->start_info);
	expect_eq(row, cpu.rbx | cpu.rsp, 0);
	expect_eq(row, cpu.rflags, 2);
	expect_eq(row, cpu.cr0, wide ? 0x80000011u : 0x11);
	expect_eq(row, cpu.cr3, wide ? plan->page_tables : 0);
	expect_eq(row, cpu.cr4, wide ? 0x20 : 0);
	expect_eq(row, cpu.efer, wide ? 0x500 : 0);
	expect_eq(row, cpu.gdt_base, plan->gdt);
	expect_eq(row, cpu.gdt_limit, 31);
	expect_eq(row, cpu.is_64bit, wide);
	expect_segment(row, &cpu.cs, 0xffffffff, 0x10, wide ? 0xa9b : 0xc9b);
	expect_segment(row, &cpu.data, 0xffffffff, 0x18, 0xc93);
	expect_segment(row, &cpu.tr, 0x67, 0, 0x8b);
	for (size_t i = 0; i < sizeof(cpu.reserved) / sizeof(cpu.reserved[0]); i++)
		expect_eq(row, cpu.reserved[i], 0);
}

/* ---- All of it ------------------------------------------------------------------- */

void params_expect(const char *row, const struct pvhboot_plan *plan,
		   const struct pvhboot_request *request)
{
	struct block b = { .row = row,
			   .plan = plan,
			   .request = request,
			   .bytes = plan->info.data,
			   .size = plan->info.size };
	const struct pvhboot_kernel *kernel = request->kernel;

	b.seen = calloc(1, b.size + 1);
	ck_assert_ptr_nonnull(b.seen);
	expect_true(row, plan->entry_kind >= PVHBOOT_ENTRY_LINUX64 &&
				 plan->entry_kind <= PVHBOOT_ENTRY_BZIMAGE32);
	expect_true(row, kernel->entries & PVHBOOT_ENTRY_BIT(plan->entry_kind));
	expect_eq(row, plan->entry,
		  kernel->linux_boot.entry + plan->slide +
			  (plan->entry_kind == PVHBOOT_ENTRY_BZIMAGE64 ? 0x200 : 0));
	expect_zero_page(&b);
	expect_gdt(&b);
	expect_page_tables(&b);
	for (size_t i = 0; i < b.size; i++)
		ck_assert_msg(b.seen[i] || !b.bytes[i], "%s: byte %zu of nothing is not 0", row, i);
	expect_cpu(row, plan);
	free(b.seen);
}

/* The plan's places in fake memory, in whole pages, but for those that are the caller's. Returns 0
 * where there are some. */
static int add_places(struct fakemem *mem, const struct scene *scene)
{
	const struct pvhboot_plan *plan = &scene->plan;
	struct pvhboot_range pages = { 0, 0 };
	int all = 1;

	mem->fill = 0x5a;
	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		if (place->flags & PVHBOOT_PLACE_BY_CALLER) {
			all = 0;
			continue;
		}
		if (place->gpa > pages.end) {
			if (pages.end)
				fakemem_add(mem, pages.start, pages.end - pages.start);
			pages.start = place->gpa & ~UINT64_C(0xfff);
		}
		pages.end = (place->gpa + place->size + 0xfff) & ~UINT64_C(0xfff);
	}
	fakemem_add(mem, pages.start, pages.end - pages.start);
	if (scene->request.rsdp && !(scene->request.flags & PVHBOOT_REQUEST_RSDP_IN_BLOB)) {
		fakemem_add(mem, scene->request.rsdp, 36);
		start_put_rsdp(mem, scene->request.rsdp, 2);
	}
	return all;
}

/* What a check of the memory and of the registers finds. */
static void expect_start(const char *row, const struct scene *scene, size_t n_warnings)
{
	struct pvhboot_start_finding findings[64];
	struct pvhboot_start_report report = { .findings = findings, .max_findings = 64 };
	static uint8_t workspace[PVHBOOT_START_CHECK_NEED];
	struct pvhboot_memory memory;
	struct pvhboot_diag diag = { 0 };
	struct fakemem mem = { 0 };
	struct pvhboot_cpu cpu;
	int all = add_places(&mem, scene);
	size_t n = 0;

	memory = fakemem_open(&mem, FAKEMEM_ALL | FAKEMEM_READ, 0);
	expect_status(row, pvhboot_plan_commit(&scene->plan, &memory, &diag), PVHBOOT_OK);
	if (all)
		expect_eq(row, fakemem_first_wrong_place(&mem, &scene->plan), scene->plan.n_places);
	pvhboot_plan_cpu(&scene->plan, &cpu);
	expect_status(
		row,
		pvhboot_boot_params_check(&memory, scene->plan.start_info, &cpu,
					  (struct pvhboot_buffer){ workspace, sizeof(workspace) },
					  &report, &diag),
		PVHBOOT_OK);
	for (size_t i = 0; i < report.n_findings; i++) {
		const struct pvhboot_start_finding *finding = &findings[i];

		if (finding->severity == PVHBOOT_SEVERITY_NOTE)
			continue;
		ck_assert_msg(finding->severity != PVHBOOT_SEVERITY_ERROR && n_warnings != 0,
			      "%s: the check of the start says \"%s\"", row, finding->finding.rule);
		n++;
	}
	expect_eq(row, n, n_warnings);
	fakemem_close(&mem);
}

void params_expect_plan(const char *row, struct scene *scene, size_t n_warnings,
			size_t n_start_warnings)
{
	struct pvhboot_diag diag = { 0 };
	char line[512] = "";
	enum pvhboot_status status = scene_plan(scene);

	pvhboot_diag_format(&scene->diag, line, sizeof(line));
	ck_assert_msg(status == PVHBOOT_OK, "%s: \"%s\"", row, line);
	expect_success(row, &scene->diag, n_warnings);
	params_expect(row, &scene->plan, &scene->request);
	status = pvhboot_plan_check(&scene->plan, &scene->request, &diag);
	pvhboot_diag_format(&diag, line, sizeof(line));
	ck_assert_msg(status == PVHBOOT_OK, "%s: \"%s\"", row, line);
	expect_start(row, scene, n_start_warnings);
}
