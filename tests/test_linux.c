/* SPDX-License-Identifier: MIT */
/*
 * The entries of Linux: pvhboot_kernel_open_linux() on ELF images, on bzImages, and on both, by
 * every reader of this build, which must say the same.
 */

#include <pvhboot/image.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/kernel/kernel.h"
#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/kernelbuild.h"
#include "support/pebuild.h"
#include "support/suite.h"

#define PADDR ((uint64_t)KERNEL_PADDR)
#define ENTRY (PADDR + 0x40)
#define HEADER 0x1f1
#define HEADER_SIZE 0x7b /* up to 0x26c */
#define CODE 0xa00       /* behind 4 sectors and the first */

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

#define PVH PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_PVH)
#define LINUX64 PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_LINUX64)
#define BZIMAGE64 PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_BZIMAGE64)
#define BZIMAGE32 PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_BZIMAGE32)

static const struct pvhb_elf_reader *const readers[] = {
	&pvhb_elf_core,
#ifdef PVHB_HAVE_LIBELF
	&pvhb_elf_libelf,
#endif
};

/* A kernel, and the bzImage around it. What is not given to a call is empty there. */
struct
try {
	struct elf elf;
	struct blob bzimage;
	struct pvhboot_bytes given[2]; /* the ELF image and the bzImage, as they were opened */
	struct guard guards[2];
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
};

#define GIVE_ELF 1u
#define GIVE_BZIMAGE 2u
#define GIVE_BOTH 3u

static void build(struct try *try, const struct kernel_spec *spec, const struct bz_spec *bz)
{
	struct blob payload = { 0 };

	memset(try, 0, sizeof(*try));
	kernel_build(&try->elf, spec);
	bz_payload(&payload, PVHBOOT_COMPRESSION_GZIP, blob_view(&try->elf.image));
	bz_wrap(&try->bzimage, blob_view(&payload), bz);
	blob_free(&payload);
}

static void build_linux(struct try *try)
{
	build(try, &(struct kernel_spec){ .is_linux = 1 }, NULL);
}

static void forget(struct try *try)
{
	for (size_t i = 0; i < 2; i++) {
		if (try->guards[i].map)
			guard_close(&try->guards[i]);
		try->guards[i].map = NULL;
	}
}

static void done(struct try *try)
{
	forget(try);
	elf_free(&try->elf);
	blob_free(&try->bzimage);
}

/* Each in front of an unreadable page. */
static void give(struct try *try, unsigned int what)
{
	const struct pvhboot_bytes all[] = { blob_view(&try->elf.image), blob_view(&try->bzimage) };

	forget(try);
	for (unsigned int i = 0; i < 2; i++) {
		try->given[i] = (struct pvhboot_bytes){ NULL, 0 };
		if ((what >> i & 1) == 0)
			continue;
		try->guards[i] = guard_open(all[i].size);
		try->given[i] = guard_at_end(&try->guards[i], all[i]);
	}
}

static enum pvhboot_status open_given(const char *row, struct try *try, uint32_t flags)
{
	struct pvhboot_kernel kernels[N_OF(readers)];
	struct pvhboot_diag diags[N_OF(readers)];
	enum pvhboot_status status = PVHBOOT_OK;

	memset(kernels, 0xee, sizeof(kernels));
	memset(diags, 0, sizeof(diags));
	for (size_t i = 0; i < N_OF(readers); i++) {
		enum pvhboot_status got = pvhb_kernel_open_linux(
			readers[i], try->given[0], try->given[1], flags, &kernels[i], &diags[i]);

		if (i == 0)
			status = got;
		expect_status(row, got, status);
		expect_true(row, memcmp(&kernels[i], &kernels[0], sizeof(kernels[0])) == 0);
		expect_true(row, memcmp(&diags[i], &diags[0], sizeof(diags[0])) == 0);
	}
	memset(&try->kernel, 0xee, sizeof(try->kernel));
	memset(&try->diag, 0, sizeof(try->diag));
	expect_status(row,
		      pvhboot_kernel_open_linux(try->given[0], try->given[1], flags, &try->kernel,
						&try->diag),
		      status);
	return status;
}

static enum pvhboot_status open_some(const char *row, struct try *try, unsigned int what)
{
	give(try, what);
	return open_given(row, try, 0);
}

/* It opens, and has these entries. */
static void expect_entries(const char *row, struct try *try, unsigned int what, uint32_t entries,
			   size_t n_warnings)
{
	char line[512] = "";
	enum pvhboot_status status = open_some(row, try, what);

	pvhboot_diag_format(&try->diag, line, sizeof(line));
	ck_assert_msg(status == PVHBOOT_OK, "%s: \"%s\"", row, line);
	expect_success(row, &try->diag, n_warnings);
	expect_eq(row, try->kernel.entries, entries);
}

static void expect_refusal(const char *row, struct try *try, unsigned int what,
			   enum pvhboot_status status, const struct finding *want)
{
	struct pvhboot_kernel untouched;

	memset(&untouched, 0xee, sizeof(untouched));
	expect_status(row, open_some(row, try, what), status);
	expect_failure(row, &try->diag, status, want);
	expect_true(row, memcmp(&untouched, &try->kernel, sizeof(untouched)) == 0);
}

/* ---- The boot header ---- */

static struct finding at_field(const char *field, uint64_t found, uint64_t bound)
{
	unsigned int width;

	return (struct finding){
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET | SAYS_NO_INDEX | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_IMAGE,
		.subject = PVHBOOT_SUBJECT_HEADER,
		.offset = bz_where(field, &width),
		.found = found,
		.bound = bound,
	};
}

/* A field with a value that no kernel has, beside an ELF image and alone. */
struct lie {
	const char *field;
	uint64_t value;
	enum pvhboot_status beside; /* OK with a rule: a warning */
	enum pvhboot_status alone;
	const char *rule; /* NULL: nothing is said */
	uint64_t found;
	uint64_t bound;
	int has_no_numbers;
};

static const char *const no_power = "a power of two as kernel_alignment";
static const char *const too_small = "kernel_alignment >= 2 MiB of a 64-bit kernel";
static const char *const too_high = "pref_address <= 4 GiB - init_size";
static const char *const too_low = "pref_address >= 1 MiB";
static const char *const no_multiple = "pref_address a multiple of kernel_alignment";
static const char *const too_old = "boot protocol >= 2.10";
static const char *const ends_early = "a header that ends behind";
static const char *const ends_late = "in the room that boot_params have";
static const char *const not_high = "LOADED_HIGH";
static const char *const code_behind = "start of the protected-mode code < file size";

#define OK PVHBOOT_OK
#define BAD PVHBOOT_MALFORMED
#define INIT_SIZE 0x100000u /* of the bzImages here */
#define MAX_PREF (((uint64_t)1 << 32) - INIT_SIZE)

/* clang-format off */
static const struct lie lies[] = {
	{ "header", 0x53726449, PVHBOOT_FORMAT, PVHBOOT_FORMAT, "\"HdrS\"", 0, 0, 1 },
	{ "version", 0x0209, OK, PVHBOOT_UNSUPPORTED, too_old, 0x209, 0x20a, 0 },
	{ "version", 0, OK, PVHBOOT_UNSUPPORTED, too_old, 0, 0x20a, 0 },
	{ "version", 0xffff, OK, OK, NULL, 0, 0, 0 },
	{ "loadflags", 0, PVHBOOT_UNSUPPORTED, PVHBOOT_UNSUPPORTED, not_high, 0, 1, 0 },
	{ "loadflags", 0xfe, PVHBOOT_UNSUPPORTED, PVHBOOT_UNSUPPORTED, not_high, 0xfe, 1, 0 },
	{ "loadflags", 0xff, OK, OK, NULL, 0, 0, 0 },
	{ "jump", 0, BAD, BAD, ends_early, 0x202, 0, 0 },
	{ "jump", 0x4d, BAD, BAD, ends_early, 0x24f, 0, 0 },
	{ "jump", 0x4e, OK, BAD, ends_early, 0x250, 0x264, 0 },
	{ "jump", 0x61, OK, BAD, ends_early, 0x263, 0x264, 0 },
	{ "jump", 0x62, OK, OK, NULL, 0, 0, 0 },
	{ "jump", 0x8e, OK, OK, NULL, 0, 0, 0 },
	{ "jump", 0x8f, BAD, BAD, ends_late, 0x291, 0x290, 0 },
	{ "jump", 0xff, BAD, BAD, ends_late, 0x301, 0x290, 0 },
	{ "setup_sects", 0xff, OK, PVHBOOT_TRUNCATED, code_behind, 0x20000, 0, 0 },
	{ "setup_sects", 0, OK, OK, NULL, 0, 0, 0 },
	{ "kernel_alignment", 0, OK, BAD, no_power, 0, 1, 0 },
	{ "kernel_alignment", 0x300000, OK, BAD, no_power, 0x300000, 0x100000, 0 },
	{ "kernel_alignment", 0xffffffff, OK, BAD, no_power, 0xffffffff, 1, 0 },
	{ "kernel_alignment", 1, OK, OK, too_small, 1, 0x200000, 0 },
	{ "kernel_alignment", 0x100000, OK, OK, too_small, 0x100000, 0x200000, 0 },
	{ "kernel_alignment", 0x200000, OK, OK, NULL, 0, 0, 0 },
	{ "kernel_alignment", 0x1000000, OK, OK, NULL, 0, 0, 0 },
	{ "kernel_alignment", 0x80000000, OK, BAD, no_multiple, 0x1000000, 0x80000000, 0 },
	{ "initrd_addr_max", 0, OK, OK, "initrd_addr_max above 0", 0, 0, 1 },
	{ "initrd_addr_max", 1, OK, OK, NULL, 0, 0, 0 },
	{ "initrd_addr_max", 0xffffffff, OK, OK, NULL, 0, 0, 0 },
	{ "cmdline_size", 0, OK, OK, "cmdline_size above 0", 0, 0, 1 },
	{ "cmdline_size", 1, OK, OK, NULL, 0, 0, 0 },
	{ "cmdline_size", 0xffffffff, OK, OK, NULL, 0, 0, 0 },
	{ "pref_address", 0, OK, PVHBOOT_RANGE, too_low, 0, 0x100000, 0 },
	{ "pref_address", 0xfffff, OK, PVHBOOT_RANGE, too_low, 0xfffff, 0x100000, 0 },
	{ "pref_address", 0x100000, OK, BAD, no_multiple, 0x100000, 0x200000, 0 },
	{ "pref_address", 0x200000, OK, OK, NULL, 0, 0, 0 },
	{ "pref_address", MAX_PREF - 0x100000, OK, OK, NULL, 0, 0, 0 },
	{ "pref_address", MAX_PREF, OK, BAD, no_multiple, MAX_PREF, 0x200000, 0 },
	{ "pref_address", MAX_PREF + 1, PVHBOOT_RANGE, PVHBOOT_RANGE, too_high,
	  MAX_PREF + 1, MAX_PREF, 0 },
	{ "pref_address", UINT64_MAX, PVHBOOT_RANGE, PVHBOOT_RANGE, too_high,
	  UINT64_MAX, MAX_PREF, 0 },
	{ "pref_address", 0 - (uint64_t)INIT_SIZE, PVHBOOT_RANGE, PVHBOOT_RANGE, too_high,
	  0 - (uint64_t)INIT_SIZE, MAX_PREF, 0 },
	{ "init_size", 0, OK, BAD, "init_size >= size", 0, 0, 0 },
	{ "init_size", 0xffffffff, PVHBOOT_RANGE, PVHBOOT_RANGE, too_high, 0x1000000, 1, 0 },
	{ "init_size", 0xff000000, OK, OK, NULL, 0, 0, 0 },
	/* what the kernel does with these is its own affair */
	{ "boot_flag", 0, OK, OK, NULL, 0, 0, 0 },
	{ "relocatable_kernel", 0xff, OK, OK, NULL, 0, 0, 0 },
	{ "xloadflags", 0xffff, OK, OK, NULL, 0, 0, 0 },
	{ "payload_offset", 0xffffffff, OK, OK, NULL, 0, 0, 0 },
	{ "payload_length", 0xffffffff, OK, OK, NULL, 0, 0, 0 },
	{ "handover_offset", 0xffffffff, OK, OK, NULL, 0, 0, 0 },
	{ "kernel_info_offset", 0xffffffff, OK, OK, NULL, 0, 0, 0 },
};
/* clang-format on */

/* Where the number stands that a row finds too large. */
static const char *field_of(const struct lie *lie)
{
	return lie->rule == too_high || lie->rule == no_multiple ? "pref_address" : lie->field;
}

/* What a row's bound is where that depends on the image. */
static uint64_t bound_of(const struct lie *lie, const struct try *try, unsigned int what)
{
	if (strcmp(lie->field, "jump") == 0 && lie->rule == ends_early)
		return what == GIVE_BOTH ? 0x250 : 0x264;
	if (strcmp(lie->field, "setup_sects") == 0)
		return try->bzimage.size;
	if (strcmp(lie->field, "init_size") == 0 && lie->value == 0)
		return try->bzimage.size - CODE;
	return lie->bound;
}

static void expect_lie(const struct lie *lie, struct try *try, unsigned int what)
{
	enum pvhboot_status status = what == GIVE_BOTH ? lie->beside : lie->alone;
	struct finding want = at_field(field_of(lie), lie->found, bound_of(lie, try, what));
	char row[80];

	snprintf(row, sizeof(row), "%s 0x%" PRIx64 "%s", lie->field, lie->value,
		 what == GIVE_BOTH ? " beside ELF" : "");
	if (lie->has_no_numbers)
		want.says ^= SAYS_NUMBERS | SAYS_NO_NUMBERS;
	if (status != PVHBOOT_OK) {
		expect_refusal(row, try, what, status, &want);
		expect_rule(row, &try->diag.failure, lie->rule);
		return;
	}
	expect_status(row, open_some(row, try, what), PVHBOOT_OK);
	/* what is refused in one of them is a warning in the other only where it says so */
	if (!lie->rule || (lie->alone != PVHBOOT_OK && lie->rule != no_power) ||
	    (lie->rule == too_small && what == GIVE_BZIMAGE)) {
		expect_success(row, &try->diag, 0);
		return;
	}
	expect_warning(row, &try->diag, &want);
	expect_rule(row, &try->diag.warnings[0], lie->rule);
}

START_TEST(edge_126_header_fields)
{
	struct try try;

	build(&try, &(struct kernel_spec){ .is_linux = 1, .without_pvh = 1 }, NULL);
	expect_eq("size", bz_read(&try.bzimage, "init_size"), INIT_SIZE);
	bz_patch(&try.bzimage, lies[_i].field, lies[_i].value);
	expect_lie(&lies[_i], &try, GIVE_BOTH);
	expect_lie(&lies[_i], &try, GIVE_BZIMAGE);
	done(&try);
}
END_TEST

/* A kernel that has the PVH entry opens by it, whatever its boot header says. What would be a
 * failure without it is a warning. */
START_TEST(edge_126_header_beside_pvh)
{
	const struct lie *lie = &lies[_i];
	struct finding want;
	struct try try;

	if (lie->beside == PVHBOOT_OK)
		return;
	build_linux(&try);
	bz_patch(&try.bzimage, lie->field, lie->value);
	want = at_field(field_of(lie), lie->found, bound_of(lie, &try, GIVE_BOTH));
	if (lie->has_no_numbers)
		want.says ^= SAYS_NUMBERS | SAYS_NO_NUMBERS;
	expect_entries(lie->field, &try, GIVE_BOTH, PVH, 1);
	expect_warning(lie->field, &try.diag, &want);
	expect_rule(lie->field, &try.diag.warnings[0], lie->rule);
	expect_status(lie->field, (enum pvhboot_status)try.diag.status, PVHBOOT_OK);
	expect_eq(lie->field, try.kernel.linux_boot.align, 0);
	done(&try);
}
END_TEST

/* What is used in place of a field that makes no sense. */
START_TEST(edge_127_what_is_used_instead)
{
	static const char *const fields[] = { "kernel_alignment", "initrd_addr_max", "cmdline_size",
					      "init_size" };
	struct try try;

	build_linux(&try);
	for (size_t i = 0; i < N_OF(fields); i++)
		bz_patch(&try.bzimage, fields[i], 0);
	expect_entries("0", &try, GIVE_BOTH, PVH | LINUX64, 3);
	expect_eq("0", try.kernel.linux_boot.align, 0x200000);
	expect_eq("0", try.kernel.linux_boot.initrd_max, 0x7fffffff);
	expect_eq("0", try.kernel.linux_boot.cmdline_size, 2047);
	expect_eq("0", try.kernel.linux_boot.init_size, try.kernel.end - try.kernel.start);
	expect_eq("0", try.kernel.linux_boot.pref_address, try.kernel.start);
	done(&try);
}
END_TEST

START_TEST(edge_128_header_cut)
{
	struct try try;

	build(&try, &(struct kernel_spec){ .is_linux = 1, .without_pvh = 1 }, NULL);
	for (size_t size = 1; size < 0x26c; size++) {
		size_t least = size < 0x250 ? 0x250 : 0x26c;
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_IMAGE,
			.subject = PVHBOOT_SUBJECT_HEADER,
			.offset = size,
			.found = size,
			.bound = least,
		};
		char row[16];

		snprintf(row, sizeof(row), "%zu", size);
		try.bzimage.size = size;
		expect_refusal(row, &try, GIVE_BOTH, PVHBOOT_TRUNCATED, &want);
		expect_refusal(row, &try, GIVE_BZIMAGE, PVHBOOT_TRUNCATED, &want);
	}
	/* The header is there, its code is not. */
	for (size_t size = 0x26c; size <= CODE; size++) {
		struct finding want = at_field("setup_sects", CODE, size);

		try.bzimage.size = size;
		expect_refusal("code", &try, GIVE_BZIMAGE, PVHBOOT_TRUNCATED, &want);
		expect_entries("code", &try, GIVE_BOTH, LINUX64, 0);
	}
	try.bzimage.size = CODE + 1;
	expect_entries("a byte of code", &try, GIVE_BZIMAGE, BZIMAGE64 | BZIMAGE32, 0);
	done(&try);
}
END_TEST

/* A field that comes with a later protocol is none. */
START_TEST(edge_129_protocols)
{
	static const struct {
		uint16_t protocol;
		uint64_t pref_address;
		uint16_t xloadflags;
		uint32_t alone; /* 0: not to be loaded as it is */
	} rows[] = {
		{ 0x0208, PADDR, 0, 0 },
		{ 0x0209, PADDR, 0, 0 },
		{ 0x020a, 0x2000000, 0, BZIMAGE32 },
		{ 0x020b, 0x2000000, 0, BZIMAGE32 },
		{ 0x020c, 0x2000000, 0x3f, BZIMAGE32 | BZIMAGE64 },
		{ 0x020f, 0x2000000, 0x3f, BZIMAGE32 | BZIMAGE64 },
		{ 0x0300, 0x2000000, 0x3f, BZIMAGE32 | BZIMAGE64 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct bz_spec bz = { .version = rows[i].protocol };
		struct try try;
		char row[16];

		snprintf(row, sizeof(row), "0x%04x", rows[i].protocol);
		build(&try, &(struct kernel_spec){ .is_linux = 1 }, &bz);
		bz_patch(&try.bzimage, "pref_address", 0x2000000);
		expect_entries(row, &try, GIVE_BOTH, PVH | LINUX64, 0);
		expect_eq(row, try.kernel.linux_boot.protocol, rows[i].protocol);
		expect_eq(row, try.kernel.linux_boot.pref_address, rows[i].pref_address);
		expect_eq(row, try.kernel.linux_boot.xloadflags, rows[i].xloadflags);
		if (rows[i].alone != 0)
			expect_entries(row, &try, GIVE_BZIMAGE, rows[i].alone, 0);
		done(&try);
	}
}
END_TEST

/* ---- A bzImage as it is ---- */

static void expect_code(const char *row, const struct try *try, uint64_t offset)
{
	const struct pvhboot_kernel *kernel = &try->kernel;
	struct pvhboot_segment_iter segments = { 0 };
	struct pvhboot_note_iter notes = { 0 };
	struct pvhboot_segment segment;
	struct pvhboot_note note;

	expect_true(row, pvhboot_segment_next(kernel, &segments, &segment));
	expect_eq(row, segment.index, 0);
	expect_eq(row, segment.gpa, kernel->start);
	expect_eq(row, segment.size, kernel->end - kernel->start);
	expect_eq(row, segment.offset, offset);
	expect_true(row, segment.bytes.data == kernel->elf.data + offset);
	expect_eq(row, segment.bytes.size, kernel->elf.size - offset);
	expect_true(row, !pvhboot_segment_next(kernel, &segments, &segment));
	expect_eq(row, kernel->n_segments, 1);
	expect_true(row, !pvhboot_note_next(kernel, &notes, &note));
	expect_eq(row, kernel->n_notes, 0);
}

START_TEST(edge_130_as_it_is)
{
	const struct pvhboot_linux *linux;
	struct try try;

	build_linux(&try);
	expect_entries("64", &try, GIVE_BZIMAGE, BZIMAGE64 | BZIMAGE32, 0);
	expect_code("64", &try, CODE);
	linux = &try.kernel.linux_boot;
	expect_true("64", try.kernel.elf.data == try.given[1].data);
	expect_eq("64", try.kernel.elf.size, try.bzimage.size);
	expect_eq("64", try.kernel.elf_class, 0);
	expect_eq("64", try.kernel.machine, 62);
	expect_eq("64", try.kernel.entry, 0);
	expect_eq("64", try.kernel.relocatable, 0);
	expect_eq("64", try.kernel.start, 0x1000000);
	expect_eq("64", try.kernel.end, 0x1000000 + INIT_SIZE);
	expect_eq("64", linux->entry, 0x1000000);
	expect_eq("64", linux->pref_address, 0x1000000);
	expect_eq("64", linux->init_size, INIT_SIZE);
	expect_true("64", linux->header.data == try.given[1].data + HEADER);
	expect_eq("64", linux->header.size, HEADER_SIZE);

	bz_patch(&try.bzimage, "xloadflags", 0xfffe);
	expect_entries("32", &try, GIVE_BZIMAGE, BZIMAGE32, 0);
	expect_eq("32", try.kernel.machine, 3);
	expect_code("32", &try, CODE);
	done(&try);
}
END_TEST

/* The 64-bit entry is an offset that no header tells: it is in what the kernel has to itself. */
START_TEST(edge_130_entry_in_init_size)
{
	static const struct {
		uint64_t init_size;
		uint64_t xloadflags;
		uint32_t entries; /* 0: RANGE */
	} rows[] = {
		{ 0x10, 1, 0 },
		{ 0x200, 1, 0 },
		{ 0x201, 1, BZIMAGE64 | BZIMAGE32 },
		{ 0x10, 0, BZIMAGE32 },
		{ 0x200, 0xfffe, BZIMAGE32 },
	};
	struct try try;

	build_linux(&try);
	try.bzimage.size = CODE + 0x10;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct finding want = at_field("init_size", rows[i].init_size, 0x200);
		char row[48];

		snprintf(row, sizeof(row), "init_size 0x%" PRIx64 ", xloadflags 0x%" PRIx64,
			 rows[i].init_size, rows[i].xloadflags);
		bz_patch(&try.bzimage, "init_size", rows[i].init_size);
		bz_patch(&try.bzimage, "xloadflags", rows[i].xloadflags);
		if (rows[i].entries != 0)
			expect_entries(row, &try, GIVE_BZIMAGE, rows[i].entries, 0);
		else
			expect_refusal(row, &try, GIVE_BZIMAGE, PVHBOOT_RANGE, &want);
	}
	done(&try);
}
END_TEST

START_TEST(edge_131_setup_sects)
{
	static const struct {
		uint8_t setup_sects;
		size_t code;
	} rows[] = { { 0, 0xa00 }, { 1, 0x400 }, { 4, 0xa00 }, { 39, 0x5000 }, { 255, 0x20000 } };

	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct bz_spec bz = { .setup_sects = rows[i].setup_sects };
		struct try try;
		char row[16];

		snprintf(row, sizeof(row), "%u", rows[i].setup_sects);
		build(&try, &(struct kernel_spec){ .is_linux = 1 }, &bz);
		expect_entries(row, &try, GIVE_BZIMAGE, BZIMAGE64 | BZIMAGE32, 0);
		expect_code(row, &try, rows[i].code);
		bz_patch(&try.bzimage, "init_size", try.bzimage.size - rows[i].code);
		expect_entries(row, &try, GIVE_BZIMAGE, BZIMAGE64 | BZIMAGE32, 0);
		bz_patch(&try.bzimage, "init_size", try.bzimage.size - rows[i].code - 1);
		expect_status(row, open_some(row, &try, GIVE_BZIMAGE), PVHBOOT_MALFORMED);
		done(&try);
	}
}
END_TEST

/* Whatever the header becomes once it was read, the segment is that which was checked. */
START_TEST(edge_132_header_changes)
{
	struct try try;

	build_linux(&try);
	expect_entries("before", &try, GIVE_BZIMAGE, BZIMAGE64 | BZIMAGE32, 0);
	for (unsigned int value = 0; value < 256; value += 0x55) {
		memset((uint8_t *)(uintptr_t)try.given[1].data, (int)value, 0x400);
		expect_code("after", &try, CODE);
		expect_eq("after", try.kernel.end - try.kernel.start, INIT_SIZE);
	}
	done(&try);
}
END_TEST

/* ---- ELF images ---- */

START_TEST(edge_133_what_is_known_of_it)
{
	struct pvhboot_kernel plain;
	const struct pvhboot_linux *linux;
	struct try try;

	build_linux(&try);
	bz_patch(&try.bzimage, "pref_address", 0x2000000);
	bz_patch(&try.bzimage, "kernel_alignment", 0x1000000);
	bz_patch(&try.bzimage, "initrd_addr_max", 0x37ffffff);
	bz_patch(&try.bzimage, "cmdline_size", 255);
	bz_patch(&try.bzimage, "relocatable_kernel", 0);
	bz_patch(&try.bzimage, "xloadflags", 0x7f);
	expect_entries("header", &try, GIVE_BOTH, PVH | LINUX64, 0);
	linux = &try.kernel.linux_boot;
	expect_true("header", linux->header.data == try.given[1].data + HEADER);
	expect_eq("header", linux->header.size, HEADER_SIZE);
	expect_eq("header", linux->entry, ENTRY);
	expect_eq("header", linux->pref_address, 0x2000000);
	expect_eq("header", linux->init_size, INIT_SIZE);
	expect_eq("header", linux->align, 0x1000000);
	expect_eq("header", linux->initrd_max, 0x37ffffff);
	expect_eq("header", linux->cmdline_size, 255);
	expect_eq("header", linux->relocatable, 0);
	expect_eq("header", linux->xloadflags, 0x7f);
	expect_eq("header", linux->protocol, 0x20f);

	expect_entries("none", &try, GIVE_ELF, PVH | LINUX64, 0);
	expect_true("none", linux->header.data == NULL && linux->header.size == 0);
	expect_eq("none", linux->entry, ENTRY);
	expect_eq("none", linux->pref_address, PADDR);
	expect_eq("none", linux->init_size, try.kernel.end - PADDR);
	expect_eq("none", linux->align, 0x200000);
	expect_eq("none", linux->initrd_max, 0x7fffffff);
	expect_eq("none", linux->cmdline_size, 2047);
	expect_eq("none", linux->relocatable, 1);
	expect_eq("none", linux->xloadflags, 3);
	expect_eq("none", linux->protocol, 0);

	/* All else is as without the entries of Linux. */
	expect_status("plain", pvhboot_kernel_open(try.given[0], 0, &plain, NULL), PVHBOOT_OK);
	expect_eq("plain", plain.entries, PVH);
	expect_eq("plain", plain.linux_boot.align, 0);
	plain.entries = try.kernel.entries;
	plain.linux_boot = try.kernel.linux_boot;
	expect_true("plain", memcmp(&plain, &try.kernel, sizeof(plain)) == 0);
	done(&try);
}
END_TEST

/* Which ELF images have which entries, alone and unpacked from a bzImage. */
START_TEST(edge_134_which_entries)
{
	static const uint32_t sources[] = {
		[KERNEL_NOTES_SEGMENT] = PVHBOOT_NOTES_SEGMENTS,
		[KERNEL_NOTES_SECTION] = PVHBOOT_NOTES_SECTIONS,
		[KERNEL_NOTES_NONE] = PVHBOOT_NOTES_NONE,
	};
	static const struct {
		const char *name;
		struct kernel_spec spec;
		uint32_t alone; /* 0: NOTPVH */
		uint32_t beside;
	} rows[] = {
		{ "PVH", { 0 }, PVH, PVH | LINUX64 },
		{ "PVH, Linux", { .is_linux = 1 }, PVH | LINUX64, PVH | LINUX64 },
		{ "Linux", { .is_linux = 1, .without_pvh = 1 }, LINUX64, LINUX64 },
		{ "neither", { .without_pvh = 1 }, 0, LINUX64 },
		{ "no notes", { .notes = KERNEL_NOTES_NONE }, 0, LINUX64 },
		{ "sections",
		  { .is_linux = 1, .without_pvh = 1, .notes = KERNEL_NOTES_SECTION },
		  LINUX64,
		  LINUX64 },
		{ "i386", { .bits = 32, .is_linux = 1 }, PVH, PVH },
		{ "i386, no PVH", { .bits = 32, .is_linux = 1, .without_pvh = 1 }, 0, 0 },
		{ "64 bits of i386", { .machine = 3, .is_linux = 1 }, PVH, PVH },
		{ "32 bits of x86-64", { .bits = 32, .machine = 62, .is_linux = 1 }, PVH, PVH },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct finding no_entry = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_NUMBERS,
			.stage = PVHBOOT_STAGE_NOTE,
			.subject = PVHBOOT_SUBJECT_KERNEL,
		};
		struct try try;

		build(&try, &rows[i].spec, NULL);
		for (unsigned int what = GIVE_ELF; what <= GIVE_BOTH; what += GIVE_BZIMAGE) {
			uint32_t entries = what == GIVE_ELF ? rows[i].alone : rows[i].beside;

			if (entries == 0) {
				expect_refusal(rows[i].name, &try, what, PVHBOOT_NOTPVH, &no_entry);
				expect_rule(rows[i].name, &try.diag.failure, "or Linux for x86-64");
				continue;
			}
			expect_entries(rows[i].name, &try, what, entries, 0);
			expect_eq(rows[i].name, try.kernel.note_source,
				  sources[rows[i].spec.notes]);
			expect_eq(rows[i].name, try.kernel.linux_boot.align != 0,
				  what == GIVE_BOTH || rows[i].spec.is_linux);
			if (what == GIVE_ELF)
				expect_eq(rows[i].name, try.kernel.linux_boot.xloadflags,
					  entries & LINUX64 ? 3 : 0);
			expect_eq(rows[i].name, try.kernel.entry, entries & PVH ? ENTRY : 0);
			expect_eq(rows[i].name, try.kernel.linux_boot.entry,
				  entries & LINUX64 ? ENTRY : 0);
		}
		done(&try);
	}
}
END_TEST

/* One for i386 may move by less than 2 MiB. */
START_TEST(edge_134_i386_align)
{
	struct try try;

	build(&try, &(struct kernel_spec){ .bits = 32, .is_linux = 1 }, NULL);
	bz_patch(&try.bzimage, "kernel_alignment", 0x100000);
	expect_entries("i386", &try, GIVE_BOTH, PVH, 0);
	expect_eq("i386", try.kernel.linux_boot.align, 0x100000);
	done(&try);
}
END_TEST

/* The owner alone counts, and all of its name. */
START_TEST(edge_135_notes_of_linux)
{
	static const struct {
		const char *name;
		size_t size;
		int is_linux;
	} rows[] = {
		{ "Linux", 6, 1 }, { "Linux", 5, 1 },  { "linux", 6, 0 },
		{ "Linu", 5, 0 },  { "Linuxx", 7, 0 }, { "LINUX", 6, 0 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct blob notes = { 0 };
		struct try try;

		memset(&try, 0, sizeof(try));
		kernel_begin(&try.elf, &(struct kernel_spec){ .notes = KERNEL_NOTES_NONE });
		note_add(&notes, rows[i].name, rows[i].size, 0xffff, "", 0, 4);
		elf_add_notes(&try.elf, &notes);
		elf_finish(&try.elf);
		if (rows[i].is_linux)
			expect_entries(rows[i].name, &try, GIVE_ELF, LINUX64, 0);
		else
			expect_status(rows[i].name, open_some(rows[i].name, &try, GIVE_ELF),
				      PVHBOOT_NOTPVH);
		blob_free(&notes);
		done(&try);
	}
}
END_TEST

/* A last note that only builders of PV guests need, longer than its segment. */
static void build_pv(struct try *try, int is_linux, int has_entry)
{
	struct blob notes = { 0 };

	memset(try, 0, sizeof(*try));
	kernel_begin(&try->elf, &(struct kernel_spec){ .notes = KERNEL_NOTES_NONE });
	if (is_linux)
		note_add(&notes, "Linux\0\0\0\0\0\0", 12, 0x101, "", 0, 4); /* fits 4 and 8 */
	if (has_entry)
		note_xen_number(&notes, XEN_PHYS32_ENTRY, 8, ENTRY);
	note_xen_number(&notes, 3, 8, 0xffffffff80000000); /* VIRT_BASE */
	store_le(notes.data + notes.size - 20, 4, 9);
	elf_add_notes(&try->elf, &notes);
	elf_finish(&try->elf);
	blob_free(&notes);
}

START_TEST(edge_136_malformed_pv_notes)
{
	struct try try;

	build_pv(&try, 1, 0);
	expect_entries("Linux", &try, GIVE_ELF, LINUX64, 0);
	expect_eq("Linux", try.kernel.n_notes, 1);
	expect_status("plain", pvhboot_kernel_open(try.given[0], 0, &try.kernel, &try.diag),
		      PVHBOOT_NOTPVH);
	ck_assert_str_eq(try.diag.detail, "it has the entry linux64; a kernel for paravirtual (PV) "
					  "guests; notes of Linux: 257");
	done(&try);

	build_pv(&try, 0, 0);
	expect_status("other", open_some("other", &try, GIVE_ELF), PVHBOOT_NOTPVH);
	done(&try);

	build_pv(&try, 1, 1);
	expect_status("PVH", open_some("PVH", &try, GIVE_ELF), PVHBOOT_MALFORMED);
	done(&try);
}
END_TEST

#define VIRTUAL 0xffffffff80000000

/* e_entry, with segments whose p_vaddr is p_paddr, or higher. */
START_TEST(edge_137_e_entry)
{
	static const struct {
		const char *name;
		uint64_t above; /* p_vaddr - p_paddr */
		uint64_t e_entry;
		uint64_t entry; /* 0: RANGE */
		uint64_t bound; /* of the failure, or of the warning about a bss */
	} rows[] = {
		{ "first byte", VIRTUAL, PADDR, PADDR, 0 },
		{ "last byte", VIRTUAL, PADDR + 0x2ff, PADDR + 0x2ff, 0 },
		{ "second segment", VIRTUAL, PADDR + 0x1010, PADDR + 0x1010, 0 },
		{ "in its bss", VIRTUAL, PADDR + 0x1400, PADDR + 0x1400, PADDR + 0x1300 },
		{ "virtual", VIRTUAL, VIRTUAL + PADDR + 0x40, PADDR + 0x40, 0 },
		{ "virtual, second", VIRTUAL, VIRTUAL + PADDR + 0x1000, PADDR + 0x1000, 0 },
		{ "below", VIRTUAL, PADDR - 1, 0, PADDR },
		{ "0", VIRTUAL, 0, 0, PADDR },
		{ "hole", VIRTUAL, PADDR + 0x300, 0, PADDR + 0x300 },
		{ "behind", VIRTUAL, PADDR + 0x1800, 0, PADDR + 0x1800 },
		{ "virtual, below", VIRTUAL, VIRTUAL + PADDR - 1, 0, PADDR + 0x1800 },
		{ "virtual, hole", VIRTUAL, VIRTUAL + PADDR + 0x300, 0, PADDR + 0x1800 },
		{ "virtual, behind", VIRTUAL, VIRTUAL + PADDR + 0x1800, 0, PADDR + 0x1800 },
		{ "4 GiB", VIRTUAL, (uint64_t)1 << 32, 0, PADDR + 0x1800 },
		{ "4 GiB above", VIRTUAL, ((uint64_t)1 << 32) + PADDR, 0, PADDR + 0x1800 },
		{ "greatest", VIRTUAL, UINT64_MAX, 0, PADDR + 0x1800 },
		/* physical before virtual */
		{ "both", 0x1000, PADDR + 0x1010, PADDR + 0x1010, 0 },
		{ "virtual, behind the first", 0 - 0xd00ull, PADDR + 0x300, PADDR + 0x1000, 0 },
		{ "virtual alone", 0x1000, PADDR + 0x2010, PADDR + 0x1010, 0 },
		/* a segment at the top of the address space, and one across it */
		{ "top", 0 - PADDR - 0x300, UINT64_MAX, PADDR + 0x2ff, 0 },
		{ "wraps", 0 - PADDR - 0x1100, 0x10, PADDR + 0x1110, 0 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_ELF,
			.subject = PVHBOOT_SUBJECT_ENTRY,
			.offset = 24,
			.found = rows[i].e_entry,
			.bound = rows[i].bound,
		};
		struct try try;

		build(&try, &(struct kernel_spec){ .is_linux = 1, .without_pvh = 1 }, NULL);
		for (uint32_t load = 0; load < 2; load++)
			elf_patch(&try.elf, "p_vaddr", load,
				  elf_read(&try.elf, "p_paddr", load) + rows[i].above);
		elf_patch(&try.elf, "e_entry", 0, rows[i].e_entry);
		if (rows[i].entry == 0) {
			expect_refusal(rows[i].name, &try, GIVE_ELF, PVHBOOT_RANGE, &want);
			expect_rule(rows[i].name, &try.diag.failure, "an entry in a segment");
		} else {
			expect_entries(rows[i].name, &try, GIVE_ELF, LINUX64, rows[i].bound != 0);
			expect_eq(rows[i].name, try.kernel.linux_boot.entry, rows[i].entry);
			if (rows[i].bound != 0)
				expect_warning(rows[i].name, &try.diag, &want);
		}
		done(&try);

		/* it is a warning beside PVH */
		build_linux(&try);
		for (uint32_t load = 0; load < 2; load++)
			elf_patch(&try.elf, "p_vaddr", load,
				  elf_read(&try.elf, "p_paddr", load) + rows[i].above);
		elf_patch(&try.elf, "e_entry", 0, rows[i].e_entry);
		expect_entries(rows[i].name, &try, GIVE_ELF,
			       rows[i].entry == 0 ? PVH : PVH | LINUX64,
			       rows[i].entry == 0 || rows[i].bound != 0);
		if (rows[i].entry == 0 || rows[i].bound != 0)
			expect_warning(rows[i].name, &try.diag, &want);
		done(&try);
	}
}
END_TEST

/* A program header behind the table, which has the entry, is none. */
START_TEST(edge_137_behind_the_table)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_ELF,
		.subject = PVHBOOT_SUBJECT_ENTRY,
		.found = VIRTUAL + PADDR + 0x1010,
		.bound = PADDR + 0x300,
	};
	const struct kernel_spec spec = {
		.is_linux = 1,
		.without_pvh = 1,
		.notes = KERNEL_NOTES_SECTION,
	};
	struct try try;

	build(&try, &spec, NULL);
	elf_patch(&try.elf, "p_vaddr", 1, VIRTUAL + elf_read(&try.elf, "p_paddr", 1));
	elf_patch(&try.elf, "e_phnum", 0, 1);
	elf_patch(&try.elf, "e_entry", 0, want.found);
	expect_refusal("behind", &try, GIVE_ELF, PVHBOOT_RANGE, &want);
	done(&try);
}
END_TEST

/* The code at e_entry has no bytes by its section header, that at the PVH entry has. */
START_TEST(edge_138_debug_information)
{
	struct try try;

	memset(&try, 0, sizeof(try));
	kernel_begin(&try.elf, &(struct kernel_spec){ .is_linux = 1, .without_pvh = 1 });
	elf_add_section(&try.elf,
			&(struct elf_shdr){ .type = 1, .flags = 6, .addr = PADDR, .size = 0x300 },
			NULL, 0);
	elf_add_section(
		&try.elf,
		&(struct elf_shdr){ .type = 8, .flags = 6, .addr = PADDR + 0x1000, .size = 0x300 },
		NULL, 0);
	elf_add_section(
		&try.elf,
		&(struct elf_shdr){ .type = 8, .flags = 6, .addr = PADDR + 0x1100, .size = 0x100 },
		NULL, 0);
	elf_finish(&try.elf);
	for (uint32_t load = 0; load < 2; load++)
		elf_patch(&try.elf, "p_vaddr", load, elf_read(&try.elf, "p_paddr", load));
	expect_entries("in .text", &try, GIVE_ELF, LINUX64, 0);
	elf_patch(&try.elf, "e_entry", 0, PADDR + 0x1180);
	expect_status("without bytes", open_some("without bytes", &try, GIVE_ELF),
		      PVHBOOT_UNSUPPORTED);
	ck_assert_str_eq(try.diag.detail, "separate debug information");
	/* the first of two sections is named */
	expect_eq("first", elf_read(&try.elf, "sh_addr", (uint32_t)try.diag.failure.index),
		  PADDR + 0x1000);
	done(&try);
}
END_TEST

/* ---- Arguments, flags ---- */

START_TEST(edge_139_arguments)
{
	const struct pvhboot_bytes none = { NULL, 0 }, null = { NULL, 1 };
	const struct finding no_kernel = { .stage = PVHBOOT_STAGE_ELF };
	struct pvhboot_diag diag = { .status = PVHBOOT_OK };
	struct pvhboot_kernel kernel;
	struct try try;

	build_linux(&try);
	give(&try, GIVE_BOTH);
	expect_status("neither", pvhboot_kernel_open_linux(none, none, 0, &kernel, &diag),
		      PVHBOOT_INVAL);
	expect_failure("neither", &diag, PVHBOOT_INVAL, &no_kernel);
	expect_status("out", pvhboot_kernel_open_linux(try.given[0], try.given[1], 0, NULL, NULL),
		      PVHBOOT_INVAL);
	expect_status("elf", pvhboot_kernel_open_linux(null, try.given[1], 0, &kernel, NULL),
		      PVHBOOT_INVAL);
	expect_status("bzimage", pvhboot_kernel_open_linux(try.given[0], null, 0, &kernel, NULL),
		      PVHBOOT_INVAL);
	expect_status("bzimage alone", pvhboot_kernel_open_linux(none, null, 0, &kernel, NULL),
		      PVHBOOT_INVAL);
	for (uint32_t flag = 2; flag != 0; flag <<= 1) {
		expect_status("flag", open_given("flag", &try, flag), PVHBOOT_INVAL);
		expect_eq("flag", try.diag.failure.found, flag);
	}
	expect_status("compat", open_given("compat", &try, PVHBOOT_COMPAT_XEN), PVHBOOT_OK);
	expect_eq("compat", try.kernel.flags, PVHBOOT_COMPAT_XEN);
	done(&try);
}
END_TEST

/* The other way round: what is not ELF, and what is no bzImage. */
START_TEST(edge_140_mixed_up)
{
	struct try try;

	build(&try, &(struct kernel_spec){ .is_linux = 1, .without_pvh = 1 }, NULL);
	give(&try, GIVE_BOTH);
	expect_status("bzImage as ELF",
		      pvhboot_kernel_open_linux(try.given[1], try.given[1], 0, &try.kernel, NULL),
		      PVHBOOT_FORMAT);
	expect_status("ELF as bzImage",
		      pvhboot_kernel_open_linux(try.given[0], try.given[0], 0, &try.kernel, NULL),
		      PVHBOOT_FORMAT);
	done(&try);
}
END_TEST

/* COMPAT_XEN: what is left of segments that overlap is what e_entry must be in. */
START_TEST(edge_141_overlap_compat)
{
	struct try try;

	build_linux(&try);
	elf_patch(&try.elf, "p_paddr", 1, PADDR + 0x20);
	give(&try, GIVE_ELF);
	expect_status("plain", open_given("plain", &try, 0), PVHBOOT_OVERLAP);
	expect_status("compat", open_given("compat", &try, PVHBOOT_COMPAT_XEN), PVHBOOT_OK);
	expect_eq("compat", try.kernel.entries, PVH | LINUX64);
	expect_eq("compat", try.kernel.linux_boot.entry, ENTRY);
	done(&try);
}
END_TEST

/* ---- What the probe says ---- */

static void expect_bzimage(const char *row, struct pvhboot_bytes file, struct pvhboot_bytes bzimage)
{
	struct pvhboot_image image;

	expect_status(row, pvhboot_image_probe(file, NULL, &image, NULL), PVHBOOT_OK);
	expect_eq(row, image.bzimage.size, bzimage.size);
	expect_true(row, image.bzimage.data == bzimage.data);
}

START_TEST(edge_142_image_bzimage)
{
	const struct pvhboot_bytes none = { NULL, 0 };
	struct blob file = { 0 };
	struct pvhboot_image image;
	struct try try;

	build_linux(&try);
	expect_bzimage("bzImage", blob_view(&try.bzimage), blob_view(&try.bzimage));
	expect_bzimage("ELF", blob_view(&try.elf.image), none);

	bz_compress(&file, PVHBOOT_COMPRESSION_GZIP, blob_view(&try.bzimage), NULL);
	expect_bzimage("compressed", blob_view(&file), none);
	/* It lies in what was unpacked. */
	expect_status("outer", pvhboot_image_probe(blob_view(&file), NULL, &image, NULL),
		      PVHBOOT_OK);
	expect_status("inner",
		      pvhboot_image_probe_inner(&image, blob_view(&try.bzimage), &image, NULL),
		      PVHBOOT_OK);
	expect_true("inner", image.bzimage.data == try.bzimage.data);
	expect_eq("inner", image.bzimage.size, try.bzimage.size);
	blob_free(&file);
	done(&try);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("linux");
	TCase *header = suite_case(suite, "header");
	TCase *as_it_is = suite_case(suite, "as_it_is");
	TCase *elf = suite_case(suite, "elf");
	TCase *calls = suite_case(suite, "calls");

	tcase_add_loop_test(header, edge_126_header_fields, 0, (int)N_OF(lies));
	tcase_add_loop_test(header, edge_126_header_beside_pvh, 0, (int)N_OF(lies));
	tcase_add_test(header, edge_127_what_is_used_instead);
	tcase_add_test(header, edge_128_header_cut);
	tcase_add_test(header, edge_129_protocols);
	tcase_add_test(as_it_is, edge_130_as_it_is);
	tcase_add_test(as_it_is, edge_130_entry_in_init_size);
	tcase_add_test(as_it_is, edge_131_setup_sects);
	tcase_add_test(as_it_is, edge_132_header_changes);
	tcase_add_test(elf, edge_133_what_is_known_of_it);
	tcase_add_test(elf, edge_134_which_entries);
	tcase_add_test(elf, edge_134_i386_align);
	tcase_add_test(elf, edge_135_notes_of_linux);
	tcase_add_test(elf, edge_136_malformed_pv_notes);
	tcase_add_test(elf, edge_137_e_entry);
	tcase_add_test(elf, edge_137_behind_the_table);
	tcase_add_test(elf, edge_138_debug_information);
	tcase_add_test(calls, edge_139_arguments);
	tcase_add_test(calls, edge_140_mixed_up);
	tcase_add_test(calls, edge_141_overlap_compat);
	tcase_add_test(calls, edge_142_image_bzimage);
	return suite_run(suite);
}
