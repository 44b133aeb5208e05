/* SPDX-License-Identifier: MIT */
/*
 * lib/load/direct.h: random kernels decoded in the guest against the same kernels decoded
 * into a buffer. All of guest memory is compared. A failure names the seed of its
 * kernel: set SEED to it to see that one alone.
 */

#include <pvhboot/pvhboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/load/commit.h"
#include "../lib/load/direct.h"
#include "support/elfbuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/fakemem.h"
#include "support/loading.h"
#include "support/notebuild.h"
#include "support/random.h"
#include "support/suite.h"

#define N_SEEDS 2000

/* Guest memory: RAM on both sides of 1 MiB, small enough to be compared often. */
#define LOW ((uint64_t)0xe8000)
#define HIGH ((uint64_t)0x118000)

#define MAX_LOADS 6
#define MAX_OTHERS 4 /* of avoid ranges, blobs, modules */

#define PT_NOTE 4
#define SHT_SYMTAB 2
#define SHT_STRTAB 3
#define XEN_BSD_SYMTAB 11

#define DIRTY 0xcc
#define OTHER_DIRT 0x33

static int one_in(uint64_t n)
{
	return random_below(n) == 0;
}

/* ---- Kernels ---- */

/* A PT_LOAD: header number i of the file, in the order of the file's bytes. */
struct load {
	uint32_t header;
	uint64_t paddr;
	uint64_t memsz;
};

static void put_notes(struct blob *notes, int symbols)
{
	/* the entry comes first: point_entry() finds it there */
	note_xen_number(notes, XEN_PHYS32_ENTRY, 4, 0);
	if (one_in(3)) {
		uint8_t words[12];

		store_le(words, 4, UINT64_C(1) << (4 + random_below(9)));
		store_le(words + 4, 4, one_in(2) ? 0 : LOW + random_below(HIGH - LOW));
		store_le(words + 8, 4, one_in(2) ? UINT32_MAX : HIGH - random_below(0x8000));
		note_xen(notes, XEN_PHYS32_RELOC, words, 4 * (1 + random_below(3)));
	}
	if (symbols)
		note_xen(notes, XEN_BSD_SYMTAB, "yes", 4);
}

static void add_symbols(struct elf *elf)
{
	struct elf_shdr symtab = { .type = SHT_SYMTAB, .addralign = 8, .link = 2, .entsize = 24 };
	struct elf_shdr strtab = { .type = SHT_STRTAB, .addralign = 1 };
	struct blob bytes = { 0 };

	blob_pattern(&bytes, 55, 24 * (size_t)random_below(30));
	elf_add_section(elf, &symtab, bytes.data ? bytes.data : (const uint8_t *)"", bytes.size);
	elf_add_gap(elf, (size_t)random_below(20));
	blob_pattern(&bytes, 56, (size_t)random_below(400));
	elf_add_section(elf, &strtab, bytes.data ? bytes.data : (const uint8_t *)"", bytes.size);
	blob_free(&bytes);
}

static size_t random_size(void)
{
	static const uint64_t most[] = { 1, 0x40, 0x1000, 0x1000, 0x3000, 0x6000 };

	return (size_t)random_below(most[random_below(6)] + 1);
}

/* Loads in the order of the file. Returns where the entry note's number will be:
 * the number of the header whose bytes start with the notes, or UINT32_MAX when
 * a section has them. */
static uint32_t add_parts(struct elf *elf, struct load *loads, size_t n_loads)
{
	int symbols = one_in(5);
	uint64_t way = random_below(4); /* 0: a section, 1: a segment, else in a load */
	struct blob notes = { 0 };
	uint32_t at = UINT32_MAX;

	put_notes(&notes, symbols);
	if (way == 0)
		elf_add_note_section(elf, &notes);
	if (way == 1)
		at = elf_add_notes(elf, &notes);
	for (size_t i = 0; i < n_loads; i++) {
		struct blob bytes = { 0 };

		if (one_in(2))
			elf_add_gap(elf, random_size() / 4);
		if (way > 1 && at == UINT32_MAX)
			blob_append(&bytes, notes.data, notes.size);
		blob_pattern(&bytes, (uint32_t)i + 1, random_size());
		if (bytes.size == 0 && one_in(2))
			blob_fill(&bytes, 1, 1);
		loads[i].header = elf_add_load(elf, LOW, bytes.data, bytes.size, 1);
		if (way > 1 && at == UINT32_MAX)
			at = elf_add_inside(elf, PT_NOTE, loads[i].header, 0, notes.size);
		blob_free(&bytes);
	}
	if (symbols && way != 0)
		add_symbols(elf);
	blob_free(&notes);
	return at;
}

/* Where each load would like to be: where the image puts it, or anywhere. */
static void wish_addresses(const struct elf *elf, struct load *loads, size_t n_loads)
{
	uint64_t gpa = LOW + random_below(HIGH - LOW - 0x4000) - (one_in(8) ? 0x2000 : 0);
	int linear = !one_in(4);

	if (one_in(2))
		gpa &= ~UINT64_C(0xfff);
	for (size_t i = 0; i < n_loads; i++) {
		loads[i].paddr = gpa + elf_read(elf, "p_offset", loads[i].header);
		if (!linear)
			loads[i].paddr = LOW + random_below(HIGH - LOW - 0x8000);
		else if (one_in(4))
			loads[i].paddr += random_below(0x6000) - 0x3000;
	}
}

static int is_before(const void *a, const void *b)
{
	const struct load *x = a, *y = b;

	return x->paddr < y->paddr ? -1 : x->paddr > y->paddr;
}

/* Makes wishes disjoint, and hands out bss. */
static void settle_addresses(struct elf *elf, struct load *loads, size_t n_loads)
{
	uint64_t end = 0;

	qsort(loads, n_loads, sizeof(loads[0]), is_before);
	for (size_t i = 0; i < n_loads; i++) {
		uint64_t filesz = elf_read(elf, "p_filesz", loads[i].header);

		if (loads[i].paddr < end)
			loads[i].paddr = end;
		loads[i].memsz = filesz;
		if (i + 1 == n_loads || one_in(4))
			loads[i].memsz += random_size();
		else if (one_in(2) && loads[i + 1].paddr > loads[i].paddr + filesz)
			loads[i].memsz +=
				random_below(loads[i + 1].paddr - loads[i].paddr - filesz + 1);
		end = loads[i].paddr + loads[i].memsz;
		elf_patch(elf, "p_paddr", loads[i].header, loads[i].paddr);
		elf_patch(elf, "p_memsz", loads[i].header, loads[i].memsz);
	}
}

/* Headers in ascending order of address; notes are somewhere among them. */
static void sort_headers(struct elf *elf)
{
	uint8_t header[64];

	for (uint32_t i = 0; i < elf->n_phdrs; i++) {
		for (uint32_t k = i + 1; k < elf->n_phdrs; k++) {
			uint8_t *a = elf->image.data + elf->phoff + i * elf->phentsize;
			uint8_t *b = elf->image.data + elf->phoff + k * elf->phentsize;

			if (elf_read(elf, "p_paddr", i) <= elf_read(elf, "p_paddr", k))
				continue;
			memcpy(header, a, elf->phentsize);
			memcpy(a, b, elf->phentsize);
			memcpy(b, header, elf->phentsize);
		}
	}
}

static void point_entry(struct elf *elf, uint32_t notes, uint64_t entry)
{
	uint64_t offset = notes == UINT32_MAX ? elf_read(elf, "sh_offset", 1) :
						elf_read(elf, "p_offset", notes);

	store_le(elf->image.data + offset + 16, 4, entry);
}

static void random_kernel(struct elf *elf)
{
	struct load loads[MAX_LOADS];
	size_t n_loads = 1 + (size_t)random_below(MAX_LOADS);
	uint32_t notes;

	elf_init(elf, one_in(3) ? 32 : 64);
	if (one_in(10))
		elf->phdrs_behind = 1;
	notes = add_parts(elf, loads, n_loads);
	elf_finish(elf);
	wish_addresses(elf, loads, n_loads);
	settle_addresses(elf, loads, n_loads);
	point_entry(elf, notes, loads[random_below(n_loads)].paddr);
	if (!one_in(12))
		sort_headers(elf);
	if (one_in(3)) /* as Linux's relocations */
		blob_pattern(&elf->image, 88, random_size());
}

/* ---- Requests ---- */

struct wish {
	struct elf elf;
	struct blob file;
	struct pvhboot_request request;
	uint32_t kernel_flags;
	struct pvhboot_map_entry map[MAX_OTHERS];
	struct pvhboot_range avoid[MAX_OTHERS];
	struct pvhboot_blob blobs[MAX_OTHERS];
	struct pvhboot_module modules[MAX_OTHERS];
	struct blob contents[2]; /* of modules and of blobs */
};

static uint64_t random_page(void)
{
	return LOW + (random_below(HIGH - LOW) & ~UINT64_C(0xfff));
}

static void random_map(struct wish *wish)
{
	struct pvhboot_request *request = &wish->request;

	request->map = wish->map;
	request->n_map = 1;
	wish->map[0] = (struct pvhboot_map_entry){ LOW, HIGH - LOW, PVHBOOT_MAP_RAM, 0 };
	if (one_in(3)) { /* in two pieces */
		uint64_t page = random_page();

		wish->map[0].size = page - LOW;
		wish->map[request->n_map++] =
			(struct pvhboot_map_entry){ page, HIGH - page, PVHBOOT_MAP_RAM, 0 };
	}
	if (one_in(5))
		wish->map[request->n_map++] =
			(struct pvhboot_map_entry){ random_page(), 0x1000,
						    (uint32_t)(2 + random_below(6)), 0 };
	request->avoid = wish->avoid;
	while (request->n_avoid < 2 && one_in(5)) {
		uint64_t start = LOW + random_below(HIGH - LOW);

		wish->avoid[request->n_avoid++] =
			(struct pvhboot_range){ start, start + random_below(0x800) };
	}
}

static void random_pieces(struct wish *wish)
{
	struct pvhboot_request *request = &wish->request;

	blob_pattern(&wish->contents[0], 70, 0x4000);
	blob_pattern(&wish->contents[1], 71, 0x1000);
	request->modules = wish->modules;
	while (request->n_modules < 3 && one_in(2))
		wish->modules[request->n_modules++] = (struct pvhboot_module){
			.bytes = { wish->contents[0].data, random_size() % 0x4000 },
			.cmdline = pvhboot_text(one_in(2) ? "module" : NULL),
		};
	request->blobs = wish->blobs;
	while (request->n_blobs < 2 && one_in(5))
		wish->blobs[request->n_blobs++] = (struct pvhboot_blob){
			.bytes = { wish->contents[1].data, random_size() % 0x1000 },
			.gpa = one_in(2) ? LOW + random_below(HIGH - LOW) : 0,
			.window = { LOW, HIGH },
			.type = (uint32_t)random_below(4),
		};
}

static void wish_open(struct wish *wish, uint64_t seed)
{
	const struct variant *variant = &variants[seed % N_VARIANTS];
	struct pvhboot_request *request = &wish->request;

	memset(wish, 0, sizeof(*wish));
	random_start(seed * UINT64_C(0x9e3779b97f4a7c15) + 1);
	random_kernel(&wish->elf);
	variant_image(&wish->file, variant_can(variant) ? variant : &variants[0],
		      blob_view(&wish->elf.image));
	random_map(wish);
	random_pieces(wish);
	request->cmdline = pvhboot_text("quiet");
	request->flags = one_in(4) ? 0 : PVHBOOT_REQUEST_BELOW_1MIB;
	request->flags |= one_in(4) ? PVHBOOT_REQUEST_LOWEST : 0;
	wish->kernel_flags = one_in(20) ? PVHBOOT_COMPAT_XEN : 0;
	request->flags |= one_in(8) ? PVHBOOT_REQUEST_JOIN : 0;
	if (one_in(12)) {
		request->flags |= PVHBOOT_REQUEST_SLIDE;
		request->slide = one_in(2) ? 0 : 0x1000;
	}
	if (one_in(12))
		request->ceiling = random_page();
}

static void wish_close(struct wish *wish)
{
	elf_free(&wish->elf);
	blob_free(&wish->file);
	blob_free(&wish->contents[0]);
	blob_free(&wish->contents[1]);
}

/* ---- Booting them ---- */

/* What a boot left. */
struct result {
	enum pvhboot_status status;
	struct pvhboot_cpu cpu;
	struct pvhboot_diag diag;
};

/* The fake allocator, or malloc(): libdeflate works with this one only. */
static struct fakealloc alloc;
static struct pvhboot_allocator allocator;
static struct pvhboot_options options;

static void choose_allocator(uint64_t seed)
{
	memset(&alloc, 0, sizeof(alloc));
	allocator = fakealloc_open(&alloc);
	options.allocator = seed / N_VARIANTS % 2 ? &allocator : NULL;
}

static struct result boot(const struct wish *wish, struct fakemem *mem, unsigned int ops,
			  uint8_t fill)
{
	struct result result = { 0 };
	struct pvhboot_memory memory =
		fakemem_open(mem, ops, fill == 0 ? PVHBOOT_MEMORY_ZEROED : 0);

	options.kernel_flags = wish->kernel_flags;
	mem->fill = fill;
	fakemem_reset(mem);
	result.status = pvhboot_boot(blob_view(&wish->file), &wish->request, &options, &memory,
				     &result.cpu, &result.diag);
	ck_assert_uint_eq(mem->n_refused, 0);
	ck_assert_uint_eq(alloc.n_live, 0);
	return result;
}

static void expect_same_result(const char *row, const struct result *got, const struct result *want)
{
	expect_status(row, got->status, want->status);
	expect_true(row, memcmp(&got->cpu, &want->cpu, sizeof(got->cpu)) == 0);
	expect_eq(row, got->diag.n_warnings, want->diag.n_warnings);
	expect_true(row, memcmp(got->diag.warnings, want->diag.warnings,
				sizeof(got->diag.warnings)) == 0);
	expect_true(row, memcmp(&got->diag.failure, &want->diag.failure,
				sizeof(got->diag.failure)) == 0);
	expect_true(row, strcmp(got->diag.detail, want->diag.detail) == 0);
}

/* Three guests: got was decoded in, want and other were filled from a buffer, other
 * over other dirt. Where those two differ, nothing was placed. */
static struct fakemem got, want, other;

static const uint8_t *bytes_of(const struct fakemem *mem)
{
	return fakemem_at(mem, LOW, HIGH - LOW);
}

static void expect_same_memory(const char *row, uint8_t fill, struct pvhboot_range image)
{
	const uint8_t *g = bytes_of(&got), *w = bytes_of(&want), *o = bytes_of(&other);

	if (fill == 0) {
		expect_true(row, memcmp(g, w, HIGH - LOW) == 0);
		return;
	}
	for (uint64_t i = 0; i < HIGH - LOW; i++) {
		int placed = !(w[i] == DIRTY && o[i] == OTHER_DIRT);
		int in_image = LOW + i >= image.start && LOW + i < image.end;

		if (g[i] != w[i] && (placed || g[i] != 0 || !in_image))
			ck_abort_msg("%s: 0x%" PRIx64 " is 0x%x, not 0x%x", row, LOW + i, g[i],
				     w[i]);
	}
}

/* After a failure: as it was, but dirt may be zeros where the image was. */
static void expect_no_trace(const char *row, uint8_t fill, struct pvhboot_range image)
{
	const uint8_t *g = bytes_of(&got);

	for (uint64_t i = 0; i < HIGH - LOW; i++) {
		if (g[i] == fill)
			continue;
		expect_true(row, g[i] == 0 && LOW + i >= image.start && LOW + i < image.end);
	}
}

/* The stages by hand. Returns what the commit ended in, OK also where there was
 * nothing to be committed; *image is where it lay, empty when not in the guest. */
static enum pvhboot_status by_hand(const char *row, const struct wish *wish, uint8_t fill,
				   struct pvhboot_range *range)
{
	struct pvhboot_memory memory =
		fakemem_open(&got, FAKEMEM_ALL, fill == 0 ? PVHBOOT_MEMORY_ZEROED : 0);
	struct pvhboot_request request = wish->request;
	struct pvhboot_buffer workspace = { 0 };
	enum pvhboot_status status;
	struct pvhb_direct direct;
	struct pvhboot_kernel kernel;
	struct pvhboot_image image;
	struct pvhboot_plan plan;

	got.fill = fill;
	fakemem_reset(&got);
	*range = (struct pvhboot_range){ 0, 0 };
	expect_status(row, pvhboot_image_probe(blob_view(&wish->file), NULL, &image, NULL),
		      PVHBOOT_OK);
	status = pvhb_direct_unpack(&image, &options, &request, &memory, &direct, NULL);
	expect_status(row, status, PVHBOOT_OK);
	if (!direct.elf.data) {
		expect_true(row, fakemem_untouched(&got));
		return PVHBOOT_OK;
	}
	expect_eq(row, direct.elf.size, wish->elf.image.size);
	expect_true(row, memcmp(direct.elf.data, wish->elf.image.data, direct.elf.size) == 0);
	range->start = LOW + (uint64_t)(direct.elf.data - bytes_of(&got));
	range->end = range->start + direct.elf.size;
	expect_true(row, direct.host == bytes_of(&got) + (direct.window.start - LOW));
	expect_true(row, direct.window.start <= range->start && range->end <= direct.window.end);
	status = pvhboot_kernel_open(direct.elf, wish->kernel_flags, &kernel, NULL);
	request.kernel = &kernel;
	if (!status)
		status = pvhboot_plan_need(&request, &workspace.size, NULL);
	if (!status) {
		workspace.data = must_alloc(workspace.size);
		status = pvhboot_plan_make(&request, workspace, &plan, NULL);
	}
	if (!status) {
		int is_moved = pvhb_direct_move(&direct, &plan, fill == 0);

		if (is_moved) {
			pvhb_memory_unmap(&memory, direct.host, direct.window);
			expect_status(row, pvhb_commit(&plan, &memory, direct.elf, NULL),
				      PVHBOOT_OK);
		} else { /* "nothing was written" */
			status = PVHBOOT_MALFORMED;
			expect_true(row, memcmp(direct.elf.data, wish->elf.image.data,
						direct.elf.size) == 0);
		}
	}
	if (status) {
		pvhb_direct_clear(&direct);
		pvhb_memory_unmap(&memory, direct.host, direct.window);
		expect_no_trace(row, fill, *range);
	}
	free(workspace.data);
	return status;
}

/* How often each thing was seen. */
static size_t n_booted, n_direct, n_committed, n_moved_back;

static void try_seed(uint64_t seed)
{
	uint8_t fill = seed / 3 % 2 ? DIRTY : 0;
	struct result buffered, direct;
	struct pvhboot_range image;
	enum pvhboot_status committed;
	struct wish wish;
	char row[32];

	snprintf(row, sizeof(row), "seed %" PRIu64, seed);
	wish_open(&wish, seed);
	choose_allocator(seed);
	buffered = boot(&wish, &want, FAKEMEM_WRITE | FAKEMEM_ZERO, fill);
	if (fill != 0)
		boot(&wish, &other, FAKEMEM_WRITE | FAKEMEM_ZERO, OTHER_DIRT);
	committed = by_hand(row, &wish, fill, &image);
	if (committed == PVHBOOT_OK && image.end != 0)
		expect_same_memory(row, fill, image);
	direct = boot(&wish, &got, FAKEMEM_ALL, fill);
	expect_same_result(row, &direct, &buffered);
	if (buffered.status == PVHBOOT_OK)
		expect_same_memory(row, fill, image);
	else
		expect_no_trace(row, fill, image);
	n_booted += buffered.status == PVHBOOT_OK;
	n_direct += buffered.status == PVHBOOT_OK && image.end != 0;
	n_committed += committed == PVHBOOT_OK && image.end != 0;
	n_moved_back += buffered.status == PVHBOOT_OK && committed == PVHBOOT_MALFORMED;
	wish_close(&wish);
}

START_TEST(random_kernels)
{
	const char *only = getenv("SEED");
	const uint64_t n_seeds = suite_rounds(N_SEEDS);

	fakemem_add(&got, LOW, HIGH - LOW);
	fakemem_add(&want, LOW, HIGH - LOW);
	fakemem_add(&other, LOW, HIGH - LOW);
	if (only)
		try_seed(strtoull(only, NULL, 0));
	for (uint64_t seed = 1; !only && seed <= n_seeds; seed++)
		try_seed(seed);
	if (!only) {
		/* dice that show one side only compare nothing */
		ck_assert_uint_gt(n_booted, n_seeds / 2);
		ck_assert_uint_gt(n_direct, n_booted / 3);
		ck_assert_uint_gt(n_committed, n_direct / 2);
		ck_assert(n_moved_back >= n_seeds / 200); /* a rare side */
	}
	fakemem_close(&got);
	fakemem_close(&want);
	fakemem_close(&other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("direct_random");
	TCase *random = suite_case(suite, "random");

	tcase_add_test(random, random_kernels);
	return suite_run(suite);
}
