/* SPDX-License-Identifier: MIT */
/* boot.h with the entries of Linux: which one is taken, and a kernel that is relocated. */

#include <pvhboot/boot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/fakemem.h"
#include "support/kernelbuild.h"
#include "support/paramsread.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define PADDR ((uint64_t)KERNEL_PADDR)
#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Where everything lies, wherever chance leads: a guest of 40 MiB. */
#define MEMORY_SIZE ((size_t)40 << 20)

struct boot {
	struct elf elf;   /* with its relocations behind it */
	struct blob file; /* that, or a bzImage of it */
	struct blob initrd;
	uint8_t entropy[48];
	struct pvhboot_map_entry map[2];
	struct pvhboot_module module;
	struct pvhboot_request request;
	struct fakemem mem;
	struct fakealloc alloc;
	struct pvhboot_allocator allocator;
	struct pvhboot_options options;
	struct pvhboot_memory memory;
	struct pvhboot_prepared prepared;
	struct pvhboot_diag diag;
};

#define BARE PVHBOOT_COMPRESSION_NONE

/* A kernel for x86-64 whose relocations are good. */
static void build(struct elf *elf, int without_pvh)
{
	const struct kernel_spec spec = { .is_linux = 1, .without_pvh = without_pvh };

	kernel_build(elf, &spec);
	for (uint32_t i = 1; i <= 3; i++) {
		blob_put(&elf->image, 4, 0);
		blob_put(&elf->image, 4, 0x80000000u + KERNEL_PADDR + 0x80 * i);
		blob_put(&elf->image, 4, 0x80000000u + KERNEL_PADDR + 0x1000 + 0x80 * i);
	}
}

static void boot_open(struct boot *boot, enum pvhboot_compression compression, int without_pvh)
{
	memset(boot, 0, sizeof(*boot));
	build(&boot->elf, without_pvh);
	if (compression == BARE)
		blob_append(&boot->file, boot->elf.image.data, boot->elf.image.size);
	else
		bz_image(&boot->file, compression, blob_view(&boot->elf.image));
	boot->map[0] = (struct pvhboot_map_entry){ 0, 0xa0000, PVHBOOT_MAP_RAM, 0 };
	boot->map[1] = (struct pvhboot_map_entry){ MIB, MEMORY_SIZE - MIB, PVHBOOT_MAP_RAM, 0 };
	boot->request.map = boot->map;
	boot->request.n_map = 2;
	fakemem_add(&boot->mem, 0, MEMORY_SIZE);
	boot->memory = fakemem_open(&boot->mem, FAKEMEM_ALL, PVHBOOT_MEMORY_ZEROED);
	boot->allocator = fakealloc_open(&boot->alloc);
	boot->options.allocator = &boot->allocator;
}

static void boot_close(struct boot *boot)
{
	pvhboot_prepared_release(&boot->prepared);
	ck_assert_uint_eq(boot->alloc.n_live, 0);
	ck_assert_uint_eq(boot->alloc.n_misuse, 0);
	ck_assert_uint_eq(boot->mem.n_refused, 0);
	elf_free(&boot->elf);
	blob_free(&boot->file);
	blob_free(&boot->initrd);
	fakemem_close(&boot->mem);
}

static void by_chance(struct boot *boot, uint64_t physical, uint64_t virtual)
{
	store_le(boot->entropy, 8, physical);
	store_le(boot->entropy + 8, 8, virtual);
	boot->request.flags |= PVHBOOT_REQUEST_KASLR;
	boot->request.entropy = (struct pvhboot_bytes){ boot->entropy, 16 };
}

static void without_chance(struct boot *boot)
{
	boot->request.flags &= ~PVHBOOT_REQUEST_KASLR;
	boot->request.entropy.size = 0;
}

static enum pvhboot_status prepare_in(struct boot *boot, const struct pvhboot_memory *memory)
{
	memset(&boot->diag, 0, sizeof(boot->diag));
	return pvhboot_prepare(blob_view(&boot->file), &boot->request, &boot->options, memory,
			       &boot->prepared, &boot->diag);
}

static void prepare(const char *row, struct boot *boot, const struct pvhboot_memory *memory)
{
	char line[512] = "";
	enum pvhboot_status status = prepare_in(boot, memory);

	pvhboot_diag_format(&boot->diag, line, sizeof(line));
	ck_assert_msg(status == PVHBOOT_OK, "%s: \"%s\"", row, line);
	expect_success(row, &boot->diag, 0);
}

static void replan(const char *row, struct boot *boot)
{
	memset(&boot->diag, 0, sizeof(boot->diag));
	expect_status(row, pvhboot_prepared_replan(&boot->prepared, &boot->request, &boot->diag),
		      PVHBOOT_OK);
	expect_success(row, &boot->diag, 0);
}

/* The kernel's image is that of the file, relocated by the plan's virtual slide: by the stages,
 * on a copy. And the plan is a good one. */
static void expect_relocated(const char *row, struct boot *boot)
{
	const struct pvhboot_plan *plan = &boot->prepared.plan;
	struct pvhboot_request request = boot->request;
	struct pvhboot_kernel kernel;
	struct blob copy = { 0 };

	blob_append(&copy, boot->elf.image.data, boot->elf.image.size);
	expect_status(row,
		      pvhboot_kernel_open_linux(blob_view(&copy), boot->prepared.image.bzimage, 0,
						&kernel, NULL),
		      PVHBOOT_OK);
	if (plan->kaslr.virtual_slide)
		expect_status(row,
			      pvhboot_kernel_relocate(
				      &kernel, (struct pvhboot_buffer){ copy.data, copy.size },
				      plan->kaslr.virtual_slide, NULL),
			      PVHBOOT_OK);
	expect_eq(row, boot->prepared.kernel.elf.size, copy.size);
	expect_true(row, memcmp(boot->prepared.kernel.elf.data, copy.data, copy.size) == 0);
	request.kernel = &boot->prepared.kernel;
	expect_status(row, pvhboot_plan_check(plan, &request, NULL), PVHBOOT_OK);
	if (plan->entry_kind != PVHBOOT_ENTRY_PVH)
		params_expect(row, plan, &request);
	blob_free(&copy);
}

static void commit(const char *row, struct boot *boot)
{
	int was_in_guest = boot->prepared.in_guest != 0;

	if (!was_in_guest)
		fakemem_reset(&boot->mem);
	expect_status(row, pvhboot_prepared_commit(&boot->prepared, &boot->memory, &boot->diag),
		      PVHBOOT_OK);
	if (!was_in_guest) /* else what it was compared with is gone */
		expect_eq(row, fakemem_first_wrong_place(&boot->mem, &boot->prepared.plan),
			  boot->prepared.plan.n_places);
	expect_true(row, fakemem_untouched_outside(&boot->mem, &boot->prepared.plan));
}

/* ---- Which entry ----------------------------------------------------------------- */

static const struct {
	const char *name;
	enum pvhboot_compression compression;
	uint32_t entry;
	int without_pvh;
	enum { KNOWN, NO_CODEC, UNKNOWN, NO_PAYLOAD, EMPTY, BEHIND, NO_KERNEL, NO_64 } payload;
	uint32_t flags;
	enum pvhboot_status status;
	uint32_t kind;
} entries[] = {
	{ "PVH first", PVHBOOT_COMPRESSION_GZIP, 0, 0, 0, 0, PVHBOOT_OK, PVHBOOT_ENTRY_PVH },
	{ "no note", PVHBOOT_COMPRESSION_GZIP, 0, 1, 0, 0, PVHBOOT_OK, PVHBOOT_ENTRY_LINUX64 },
	{ "no note, bare", BARE, 0, 1, 0, 0, PVHBOOT_OK, PVHBOOT_ENTRY_LINUX64 },
	{ "linux64", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_LINUX64, 0, 0, 0, PVHBOOT_OK,
	  PVHBOOT_ENTRY_LINUX64 },
	{ "as it is", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_BZIMAGE64, 0, 0, 0, PVHBOOT_OK,
	  PVHBOOT_ENTRY_BZIMAGE64 },
	{ "as it is, 32 bits", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_BZIMAGE32, 0, 0, 0,
	  PVHBOOT_OK, PVHBOOT_ENTRY_BZIMAGE32 },
	{ "bare as it is", BARE, PVHBOOT_ENTRY_BZIMAGE64, 0, 0, 0, PVHBOOT_NOTPVH, 0 },
	{ "no codec", PVHBOOT_COMPRESSION_GZIP, 0, 0, NO_CODEC, 0, PVHBOOT_OK,
	  PVHBOOT_ENTRY_BZIMAGE64 },
	{ "no codec, as it is", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_BZIMAGE32, 0, NO_CODEC, 0,
	  PVHBOOT_OK, PVHBOOT_ENTRY_BZIMAGE32 },
	{ "no codec for PVH", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_PVH, 0, NO_CODEC, 0,
	  PVHBOOT_UNSUPPORTED, 0 },
	{ "no codec for linux64", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_LINUX64, 0, NO_CODEC, 0,
	  PVHBOOT_UNSUPPORTED, 0 },
	{ "no codec for a dom0", PVHBOOT_COMPRESSION_GZIP, 0, 0, NO_CODEC, PVHBOOT_REQUEST_DOM0,
	  PVHBOOT_UNSUPPORTED, 0 },
	{ "no codec for version 0", PVHBOOT_COMPRESSION_GZIP, 0, 0, NO_CODEC,
	  PVHBOOT_REQUEST_VERSION_0, PVHBOOT_UNSUPPORTED, 0 },
	{ "unknown payload", PVHBOOT_COMPRESSION_GZIP, 0, 0, UNKNOWN, 0, PVHBOOT_FORMAT, 0 },
	{ "unknown payload, as it is", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_BZIMAGE64, 0,
	  UNKNOWN, 0, PVHBOOT_OK, PVHBOOT_ENTRY_BZIMAGE64 },
	{ "no payload", PVHBOOT_COMPRESSION_GZIP, 0, 0, NO_PAYLOAD, 0, PVHBOOT_OK,
	  PVHBOOT_ENTRY_BZIMAGE64 },
	{ "no payload for PVH", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_PVH, 0, NO_PAYLOAD, 0,
	  PVHBOOT_UNSUPPORTED, 0 },
	{ "no payload, as it is", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_BZIMAGE32, 0, NO_PAYLOAD,
	  0, PVHBOOT_OK, PVHBOOT_ENTRY_BZIMAGE32 },
	{ "empty payload", PVHBOOT_COMPRESSION_GZIP, 0, 0, EMPTY, 0, PVHBOOT_MALFORMED, 0 },
	{ "empty payload, as it is", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_BZIMAGE64, 0, EMPTY, 0,
	  PVHBOOT_OK, PVHBOOT_ENTRY_BZIMAGE64 },
	{ "payload behind the file", PVHBOOT_COMPRESSION_GZIP, 0, 0, BEHIND, 0, PVHBOOT_TRUNCATED,
	  0 },
	{ "payload behind the file, as it is", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_BZIMAGE32, 0,
	  BEHIND, 0, PVHBOOT_OK, PVHBOOT_ENTRY_BZIMAGE32 },
	{ "PVH of none", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_PVH, 1, 0, 0, PVHBOOT_NOTPVH, 0 },
	{ "dom0 of none", PVHBOOT_COMPRESSION_GZIP, 0, 1, 0, PVHBOOT_REQUEST_DOM0, PVHBOOT_NOTPVH,
	  0 },
	{ "version 0 of none", PVHBOOT_COMPRESSION_GZIP, 0, 1, 0, PVHBOOT_REQUEST_VERSION_0,
	  PVHBOOT_NOTPVH, 0 },
	{ "PVH of none, 32 bits alone", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_PVH, 1, NO_64, 0,
	  PVHBOOT_NOTPVH, 0 },
	{ "no payload for version 0", PVHBOOT_COMPRESSION_GZIP, 0, 0, NO_PAYLOAD,
	  PVHBOOT_REQUEST_VERSION_0, PVHBOOT_UNSUPPORTED, 0 },
	{ "as it is, 32 bits alone", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_BZIMAGE64, 1, NO_64, 0,
	  PVHBOOT_NOTPVH, 0 },
	{ "no kernel, as it is", PVHBOOT_COMPRESSION_GZIP, PVHBOOT_ENTRY_BZIMAGE64, 0, NO_KERNEL, 0,
	  PVHBOOT_FORMAT, 0 },
};

START_TEST(entry)
{
	const char *row = entries[_i].name;
	const char *others = entries[_i].payload == NO_64 ?
				     "; those of the bzImage as it is: bzimage32" :
				     "; those of the bzImage as it is: bzimage64, bzimage32";
	struct boot boot;

	/* the one codec that few builds have */
	if (entries[_i].payload == NO_CODEC && bz_can_compress(PVHBOOT_COMPRESSION_LZO))
		return;
	for (int in_guest = 0; in_guest < 2; in_guest++) {
		boot_open(&boot, entries[_i].compression, entries[_i].without_pvh);
		if (entries[_i].payload == NO_64)
			bz_patch(&boot.file, "xloadflags", 0);
		if (entries[_i].payload == NO_KERNEL)
			boot.file.data[0x202] = 'x'; /* of "HdrS" */
		if (entries[_i].payload == NO_PAYLOAD)
			bz_patch(&boot.file, "payload_offset", 0);
		if (entries[_i].payload == EMPTY)
			bz_patch(&boot.file, "payload_length", 0);
		if (entries[_i].payload == BEHIND)
			bz_patch(&boot.file, "payload_length", 0xffffffff);
		if (entries[_i].payload == UNKNOWN)
			memcpy(boot.file.data + bz_payload_at(&boot.file), "????????", 8);
		if (entries[_i].payload == NO_CODEC)
			memcpy(boot.file.data + bz_payload_at(&boot.file),
			       "\x89LZO\x00\x0d\x0a\x1a\x0a", 9);
		boot.request.entry = entries[_i].entry;
		boot.request.flags = entries[_i].flags;
		expect_status(row, prepare_in(&boot, in_guest ? &boot.memory : NULL),
			      entries[_i].status);
		if (entries[_i].status == PVHBOOT_OK) {
			expect_success(row, &boot.diag, 0);
			expect_eq(row, boot.prepared.plan.entry_kind, entries[_i].kind);
			commit(row, &boot);
		} else {
			expect_failure(row, &boot.diag, entries[_i].status, &(struct finding){ 0 });
			expect_eq(row, boot.alloc.n_live, 0);
			expect_true(row, !strstr(boot.diag.detail, others) ==
						 (entries[_i].status != PVHBOOT_NOTPVH ||
						  entries[_i].compression == BARE ||
						  entries[_i].entry == PVHBOOT_ENTRY_BZIMAGE64));
			if (entries[_i].payload == NO_KERNEL)
				expect_rule(row, &boot.diag.failure, "an ELF file or a bzImage");
		}
		boot_close(&boot);
	}
}
END_TEST

/* What is odd about a bzImage is told however it is entered. */
START_TEST(bzimage_is_odd)
{
	static const uint32_t kinds[] = { PVHBOOT_ENTRY_PVH, PVHBOOT_ENTRY_BZIMAGE64 };
	struct boot boot;

	for (size_t i = 0; i < N_OF(kinds); i++) {
		boot_open(&boot, PVHBOOT_COMPRESSION_GZIP, 0);
		bz_patch(&boot.file, "boot_flag", 0);
		boot.request.entry = kinds[i];
		expect_status("odd", prepare_in(&boot, NULL), PVHBOOT_OK);
		expect_eq("odd", boot.diag.n_warnings, 1);
		boot_close(&boot);
	}
}
END_TEST

/* ---- Relocations ----------------------------------------------------------------- */

static const enum pvhboot_compression formats[] = { BARE, PVHBOOT_COMPRESSION_GZIP,
						    PVHBOOT_COMPRESSION_XZ };

START_TEST(relocated)
{
	struct boot boot;
	struct blob file = { 0 };
	int in_guest = _i % 2;

	boot_open(&boot, formats[_i / 2], 0);
	blob_append(&file, boot.file.data, boot.file.size);
	by_chance(&boot, UINT64_MAX, UINT64_C(1) << 63);
	prepare("first", &boot, in_guest ? &boot.memory : NULL);
	ck_assert_uint_eq(boot.prepared.plan.entry_kind, PVHBOOT_ENTRY_LINUX64);
	ck_assert_uint_ne(boot.prepared.plan.kaslr.virtual_slide, 0);
	ck_assert_uint_eq(boot.prepared.in_guest, 0);
	expect_relocated("first", &boot);
	commit("first", &boot);
	by_chance(&boot, 0, UINT64_MAX);
	replan("higher", &boot);
	expect_relocated("higher", &boot);
	commit("higher", &boot);
	by_chance(&boot, 0, UINT64_C(1) << 60);
	replan("lower", &boot);
	expect_relocated("lower", &boot);
	replan("the same", &boot);
	expect_relocated("the same", &boot);
	without_chance(&boot);
	replan("undone", &boot);
	ck_assert_uint_eq(boot.prepared.plan.kaslr.virtual_slide, 0);
	ck_assert_uint_eq(boot.prepared.plan.entry_kind, PVHBOOT_ENTRY_PVH);
	expect_relocated("undone", &boot);
	commit("undone", &boot);
	by_chance(&boot, 0, 0);
	replan("by nothing", &boot);
	expect_relocated("by nothing", &boot);
	/* what failed leaves nothing behind that a later plan would not undo */
	by_chance(&boot, 0, UINT64_MAX);
	boot.request.n_map = 1;
	ck_assert_uint_eq(pvhboot_prepared_replan(&boot.prepared, &boot.request, NULL),
			  PVHBOOT_NOROOM);
	boot.request.n_map = 2;
	replan("after a failure", &boot);
	expect_relocated("after a failure", &boot);
	ck_assert_mem_eq(boot.file.data, file.data, file.size);
	blob_free(&file);
	boot_close(&boot);
}
END_TEST

/* Decoded in the guest without chance, and relocated by a later plan. */
START_TEST(relocated_later)
{
	struct boot boot;

	boot_open(&boot, PVHBOOT_COMPRESSION_GZIP, _i);
	prepare("in the guest", &boot, &boot.memory);
	ck_assert_uint_eq(boot.prepared.in_guest, 1);
	by_chance(&boot, UINT64_C(1) << 62, UINT64_C(3) << 62);
	replan("by chance", &boot);
	ck_assert_uint_eq(boot.prepared.in_guest, 0);
	expect_relocated("by chance", &boot);
	commit("by chance", &boot);
	boot_close(&boot);
}
END_TEST

/* Relocations that do not hold are found when they are needed, and not before. */
START_TEST(bad_relocations)
{
	struct boot boot;

	boot_open(&boot, BARE, 0);
	memcpy(boot.file.data + boot.file.size - 4, "\0\0\0\x80", 4);
	without_chance(&boot);
	prepare("not needed", &boot, NULL);
	by_chance(&boot, 0, UINT64_MAX);
	ck_assert_uint_eq(pvhboot_prepared_replan(&boot.prepared, &boot.request, &boot.diag),
			  PVHBOOT_MALFORMED);
	expect_failure("needed", &boot.diag, PVHBOOT_MALFORMED, &(struct finding){ 0 });
	ck_assert_uint_eq(boot.prepared.plan.n_places, 0);
	without_chance(&boot);
	replan("not needed again", &boot);
	commit("not needed again", &boot);
	pvhboot_prepared_release(&boot.prepared);
	by_chance(&boot, 0, UINT64_MAX);
	expect_status("at once", prepare_in(&boot, &boot.memory), PVHBOOT_MALFORMED);
	ck_assert_uint_eq(boot.alloc.n_live, 0);
	boot_close(&boot);
}
END_TEST

/* ---- Faults ---------------------------------------------------------------------- */

/* Each allocation, or it and all after it, and each call of the memory. */
static void arm(struct boot *boot, int kind, size_t n)
{
	boot->alloc.n_calls = 0;
	boot->alloc.fail_at = kind == 0 ? n : 0;
	boot->alloc.fail_from = kind == 1 ? n : 0;
	fakemem_reset(&boot->mem);
	boot->mem.fail_at = kind == 2 ? n : 0;
	boot->mem.fail_value = -77;
}

static size_t calls_of(const struct boot *boot, int kind)
{
	return kind == 2 ? boot->mem.n_calls : boot->alloc.n_calls;
}

START_TEST(every_call_fails)
{
	enum pvhboot_compression compression = formats[_i / 3];
	int kind = _i % 3;
	struct pvhboot_cpu cpu, untouched;
	struct boot boot;
	size_t n = 1;

	memset(&untouched, 0xee, sizeof(untouched));
	boot_open(&boot, compression, 0);
	by_chance(&boot, UINT64_C(5) << 60, UINT64_C(7) << 60);
	for (;; n++) {
		enum pvhboot_status status;

		arm(&boot, kind, n);
		memset(&cpu, 0xee, sizeof(cpu));
		memset(&boot.diag, 0, sizeof(boot.diag));
		status = pvhboot_boot(blob_view(&boot.file), &boot.request, &boot.options,
				      &boot.memory, &cpu, &boot.diag);
		ck_assert_uint_eq(boot.alloc.n_live, 0);
		ck_assert_uint_eq(boot.mem.n_mapped, 0);
		if (status == PVHBOOT_OK) {
			ck_assert_uint_eq(cpu.is_64bit, 1);
			if (calls_of(&boot, kind) < n)
				break;
			continue;
		}
		expect_status("fault", status, kind == 2 ? PVHBOOT_MEMIO : PVHBOOT_NOMEM);
		expect_failure("fault", &boot.diag, status, &(struct finding){ 0 });
		ck_assert_mem_eq(&cpu, &untouched, sizeof(cpu));
	}
	ck_assert_uint_gt(n, 2);
	arm(&boot, 3, 0);
	boot_close(&boot);
}
END_TEST

/* Of a second plan, which relocates what was not relocated before. */
START_TEST(every_allocation_of_a_replan_fails)
{
	struct boot boot;
	size_t n = 0;
	enum pvhboot_status status = PVHBOOT_NOMEM;

	while (status != PVHBOOT_OK) {
		n++;
		boot_open(&boot, _i ? PVHBOOT_COMPRESSION_GZIP : BARE, 0);
		prepare("first", &boot, &boot.memory);
		by_chance(&boot, UINT64_C(5) << 60, UINT64_C(7) << 60);
		boot.alloc.n_calls = 0;
		boot.alloc.fail_from = n;
		status = pvhboot_prepared_replan(&boot.prepared, &boot.request, &boot.diag);
		if (status == PVHBOOT_OK) {
			expect_relocated("at last", &boot);
		} else {
			expect_status("fault", status, PVHBOOT_NOMEM);
			ck_assert_uint_eq(boot.prepared.plan.n_places, 0);
			boot.alloc.fail_from = 0;
			replan("after the fault", &boot);
			expect_relocated("after the fault", &boot);
		}
		commit("in the end", &boot);
		boot_close(&boot);
	}
	ck_assert_uint_gt(n, 2);
}
END_TEST

/* ---- Initrds that are too large -------------------------------------------------- */

/* A cpio archive of one file. Its bytes need not be there: the header tells. */
static void initrd_of(struct boot *boot, uint64_t size)
{
	char header[111];

	snprintf(header, sizeof(header),
		 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1, 0100644, 0, 0, 1,
		 0, (unsigned int)size, 0, 0, 0, 0, 2, 0);
	blob_free(&boot->initrd);
	blob_append(&boot->initrd, header, 110);
	blob_append(&boot->initrd, "a\0", 2);
	blob_fill(&boot->initrd, 0, (size_t)size + 512);
	boot->module.bytes = blob_view(&boot->initrd);
	boot->request.modules = &boot->module;
	boot->request.n_modules = 1;
}

/* A gzip stream says how large its contents are. */
static void packed_initrd_of(struct boot *boot, uint32_t size)
{
	blob_free(&boot->initrd);
	blob_append(&boot->initrd, "\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0", 16);
	blob_put(&boot->initrd, 4, size);
	boot->module.bytes = blob_view(&boot->initrd);
	boot->request.modules = &boot->module;
	boot->request.n_modules = 1;
}

START_TEST(initrd_too_large)
{
	const uint64_t ram = MEMORY_SIZE - MIB + 0xa0000;
	const struct finding want = { .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_NUMBERS,
				      .stage = PVHBOOT_STAGE_BOOT,
				      .subject = PVHBOOT_SUBJECT_MODULE,
				      .index = 0,
				      .found = ram + 1,
				      .bound = ram };
	struct boot boot;

	boot_open(&boot, PVHBOOT_COMPRESSION_GZIP, 1);
	packed_initrd_of(&boot, (uint32_t)ram);
	prepare("fits", &boot, NULL);
	pvhboot_prepared_release(&boot.prepared);
	packed_initrd_of(&boot, (uint32_t)ram + 1);
	ck_assert_uint_eq(prepare_in(&boot, NULL), PVHBOOT_OK);
	expect_warning("does not", &boot.diag, &want);
	memset(&boot.diag, 0, sizeof(boot.diag));
	ck_assert_uint_eq(pvhboot_prepared_replan(&boot.prepared, &boot.request, &boot.diag),
			  PVHBOOT_OK);
	expect_warning("again", &boot.diag, &want);
	/* not read, if it is the caller's */
	boot.module.flags = PVHBOOT_MODULE_BY_CALLER;
	replan("by the caller", &boot);
	boot.module.flags = 0;
	pvhboot_prepared_release(&boot.prepared);
	boot.options.flags = PVHBOOT_OPTION_STRICT;
	ck_assert_uint_eq(prepare_in(&boot, NULL), PVHBOOT_WARNED);
	boot.options.flags = 0;
	initrd_of(&boot, MIB);
	prepare("an archive", &boot, NULL);
	boot_close(&boot);
}
END_TEST

/* What is no RAM does not count, and modules that are not joined count each for itself. */
START_TEST(initrds_too_large)
{
	const uint64_t ram = MEMORY_SIZE - MIB + 0xa0000;
	struct pvhboot_map_entry map[3];
	struct pvhboot_module modules[2];
	struct boot boot;

	boot_open(&boot, PVHBOOT_COMPRESSION_GZIP, 1);
	memcpy(map, boot.map, sizeof(boot.map));
	map[2] = (struct pvhboot_map_entry){ MEMORY_SIZE, MIB, PVHBOOT_MAP_RESERVED, 0 };
	boot.request.map = map;
	boot.request.n_map = 3;
	packed_initrd_of(&boot, (uint32_t)ram + 1);
	ck_assert_uint_eq(prepare_in(&boot, NULL), PVHBOOT_OK);
	ck_assert_uint_eq(boot.diag.n_warnings, 1);
	pvhboot_prepared_release(&boot.prepared);
	modules[0] = modules[1] = boot.module;
	boot.request.modules = modules;
	boot.request.n_modules = 2;
	ck_assert_uint_eq(prepare_in(&boot, NULL), PVHBOOT_OK);
	ck_assert_uint_eq(boot.diag.n_warnings, 3); /* and that they are not joined */
	ck_assert_uint_eq(boot.diag.warnings[2].stage, PVHBOOT_STAGE_BOOT);
	pvhboot_prepared_release(&boot.prepared);
	packed_initrd_of(&boot, (uint32_t)ram / 2 + 1);
	modules[0] = modules[1] = boot.module;
	boot.request.modules = modules;
	boot.request.n_modules = 2;
	ck_assert_uint_eq(prepare_in(&boot, NULL), PVHBOOT_OK);
	ck_assert_uint_eq(boot.diag.n_warnings, 1); /* each fits */
	boot_close(&boot);
}
END_TEST

/* Joined modules are one initrd, which is warned of once, where it becomes too large. */
START_TEST(joined_initrd_too_large)
{
	const uint64_t ram = MEMORY_SIZE - MIB + 0xa0000;
	const struct finding want = { .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_NUMBERS,
				      .stage = PVHBOOT_STAGE_BOOT,
				      .subject = PVHBOOT_SUBJECT_MODULE,
				      .index = 1,
				      .found = ram + 2,
				      .bound = ram };
	struct pvhboot_module modules[3];
	struct boot boot;

	boot_open(&boot, PVHBOOT_COMPRESSION_GZIP, 1);
	packed_initrd_of(&boot, (uint32_t)ram / 2 + 1);
	for (size_t i = 0; i < N_OF(modules); i++)
		modules[i] = boot.module;
	boot.request.modules = modules;
	boot.request.n_modules = 3;
	boot.request.flags = PVHBOOT_REQUEST_JOIN;
	ck_assert_uint_eq(prepare_in(&boot, NULL), PVHBOOT_OK);
	expect_warning("two of three", &boot.diag, &want);
	pvhboot_prepared_release(&boot.prepared);
	boot.request.n_modules = 1;
	prepare("one", &boot, NULL);
	boot_close(&boot);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prepare_linux");
	TCase *which = suite_case(suite, "which entry");
	TCase *relocations = suite_case(suite, "relocations");
	TCase *faults = suite_case(suite, "faults");

	tcase_add_loop_test(which, entry, 0, N_OF(entries));
	tcase_add_test(which, bzimage_is_odd);
	tcase_add_test(which, initrd_too_large);
	tcase_add_test(which, initrds_too_large);
	tcase_add_test(which, joined_initrd_too_large);
	tcase_add_loop_test(relocations, relocated, 0, 2 * N_OF(formats));
	tcase_add_loop_test(relocations, relocated_later, 0, 2);
	tcase_add_test(relocations, bad_relocations);
	tcase_add_loop_test(faults, every_call_fails, 0, 3 * N_OF(formats));
	tcase_add_loop_test(faults, every_allocation_of_a_replan_fails, 0, 2);
	return suite_run(suite);
}
