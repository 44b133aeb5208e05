/* SPDX-License-Identifier: MIT */
/* kernel.h: notes, the entry, and what a kernel says about relocation. */

#include <pvhboot/kernel.h>
#include <pvhboot/wire/elfnote.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/elfbuild.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/kernelbuild.h"
#include "support/suite.h"

#define PADDR KERNEL_PADDR
#define ENTRY (PADDR + 0x40)

/* One PT_LOAD of 0x300 bytes and 0x500 of bss at PADDR, then the notes. */
struct noted {
	struct elf elf;
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	uint64_t at; /* of the notes in the image */
};

static void begin(struct noted *noted)
{
	const struct kernel_spec spec = { .n_loads = 1, .notes = KERNEL_NOTES_NONE };

	memset(noted, 0, sizeof(*noted));
	kernel_begin(&noted->elf, &spec);
}

static enum pvhboot_status finish(struct noted *noted)
{
	struct pvhboot_kernel guarded;
	enum pvhboot_status status;
	struct guard guard;

	elf_finish(&noted->elf);
	if (noted->elf.n_phdrs > 1)
		noted->at = elf_read(&noted->elf, "p_offset", 1);
	guard = guard_open(noted->elf.image.size);
	status = pvhboot_kernel_open(guard_at_end(&guard, blob_view(&noted->elf.image)), 0,
				     &guarded, &noted->diag);
	ck_assert_int_eq(pvhboot_kernel_open(guard_at_start(&guard, blob_view(&noted->elf.image)),
					     0, &guarded, NULL),
			 status);
	guard_close(&guard);
	memset(&noted->diag, 0, sizeof(noted->diag));
	ck_assert_int_eq(
		pvhboot_kernel_open(blob_view(&noted->elf.image), 0, &noted->kernel, &noted->diag),
		status);
	return status;
}

/* A kernel with these notes in one PT_NOTE; the notes are freed. */
static enum pvhboot_status open_with(struct noted *noted, struct blob *notes)
{
	begin(noted);
	elf_add_notes(&noted->elf, notes);
	blob_free(notes);
	return finish(noted);
}

static void done(struct noted *noted)
{
	elf_free(&noted->elf);
}

static void put_entry(struct blob *notes, unsigned int width, uint64_t entry)
{
	note_xen_number(notes, XEN_PHYS32_ENTRY, width, entry);
}

START_TEST(names)
{
	static const char *const xen[] = {
		"INFO",         "ENTRY",         "HYPERCALL_PAGE",
		"VIRT_BASE",    "PADDR_OFFSET",  "XEN_VERSION",
		"GUEST_OS",     "GUEST_VERSION", "LOADER",
		"PAE_MODE",     "FEATURES",      "BSD_SYMTAB",
		"HV_START_LOW", "L1_MFN_VALID",  "SUSPEND_CANCEL",
		"INIT_P2M",     "MOD_START_PFN", "SUPPORTED_FEATURES",
		"PHYS32_ENTRY", "PHYS32_RELOC",
	};

	for (uint32_t type = 0; type < 20; type++)
		ck_assert_str_eq(pvhboot_note_xen_name(type), xen[type]);
	ck_assert_ptr_null(pvhboot_note_xen_name(20));
	ck_assert_ptr_null(pvhboot_note_xen_name(0x80000000u));
	ck_assert_ptr_null(pvhboot_note_xen_name(UINT32_MAX));
}
END_TEST

START_TEST(owner)
{
	static const struct {
		const char *name;
		size_t size;
		int is_xen;
	} rows[] = {
		{ "Xen", 3, 1 }, { "Xe", 2, 0 },   { "Xen", 2, 0 },
		{ "xen", 3, 0 }, { "XEN", 3, 0 },  { "GNU", 3, 0 },
		{ "", 0, 0 },    { "Xenn", 4, 0 }, { "Xen ", 4, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pvhboot_note note = { .name = { (const uint8_t *)rows[i].name,
						       rows[i].size } };

		expect_eq(rows[i].name, pvhboot_note_is_xen(&note), rows[i].is_xen);
	}
	/* Another type's notes are Xen's too, and no name is nobody's. */
	ck_assert_int_eq(pvhboot_note_is_xen(&(struct pvhboot_note){ .type = 18 }), 0);
}
END_TEST

/* One PHYS32_ENTRY note with a description of every size. */
START_TEST(entry_sizes)
{
	static const uint8_t desc[32] = { 0x40, 0, 0, 1 };

	for (size_t size = 0; size <= sizeof(desc); size++) {
		struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_FOUND,
			.stage = PVHBOOT_STAGE_NOTE,
			.subject = PVHBOOT_SUBJECT_NOTE,
			.index = 1,
			.found = size,
		};
		struct noted noted;
		struct blob notes = { 0 };
		enum pvhboot_status status;
		char row[32];

		snprintf(row, sizeof(row), "%zu bytes", size);
		note_xen(&notes, 6, "linux", 6);
		want.offset = notes.size;
		note_xen(&notes, XEN_PHYS32_ENTRY, desc, size);
		status = open_with(&noted, &notes);
		want.offset += noted.at;
		if (size == 4 || size == 8) {
			expect_status(row, status, PVHBOOT_OK);
			expect_success(row, &noted.diag, 0);
			expect_eq(row, noted.kernel.entry, ENTRY);
			expect_eq(row, noted.kernel.n_notes, 2);
		} else {
			expect_status(row, status, PVHBOOT_MALFORMED);
			expect_failure(row, &noted.diag, PVHBOOT_MALFORMED, &want);
		}
		done(&noted);
	}
}
END_TEST

/* The same at the end of the file, which lacks the padding. */
START_TEST(entry_sizes_at_the_end)
{
	for (size_t size = 0; size < 4; size++) {
		struct noted noted;
		struct blob notes = { 0 };

		note_xen(&notes, XEN_PHYS32_ENTRY, "\x40\0\0", size);
		notes.size = 16 + size;
		expect_status("short", open_with(&noted, &notes), PVHBOOT_MALFORMED);
		expect_rule("short", &noted.diag.failure, "4 or 8 bytes in PHYS32_ENTRY");
		done(&noted);
	}
}
END_TEST

/* A name of NULs alone is empty, whatever is in front of it. */
START_TEST(names_of_nuls)
{
	for (size_t size = 0; size < 8; size++) {
		struct pvhboot_note_iter iter = { 0 };
		struct pvhboot_note note;
		struct blob notes = { 0 };
		struct noted noted;

		note_add(&notes, "\0\0\0\0\0\0\0", size, 0, "desc", 4, 4);
		put_entry(&notes, 4, ENTRY);
		expect_status("open", open_with(&noted, &notes), PVHBOOT_OK);
		ck_assert_int_eq(pvhboot_note_next(&noted.kernel, &iter, &note), 1);
		ck_assert_uint_eq(note.name.size, 0);
		ck_assert_uint_eq(note.desc.size, 4);
		done(&noted);
	}
}
END_TEST

/* Where the entry may be: the kernel is [PADDR, PADDR + 0x800), its bytes in the
 * file end at PADDR + 0x300. */
static const struct {
	const char *name;
	uint64_t entry;
	enum pvhboot_status status;
	int warns;
} entries[] = {
	{ "first byte", PADDR, PVHBOOT_OK, 0 },
	{ "last byte in the file", PADDR + 0x2ff, PVHBOOT_OK, 0 },
	{ "first byte of bss", PADDR + 0x300, PVHBOOT_OK, 1 },
	{ "last byte of bss", PADDR + 0x7ff, PVHBOOT_OK, 1 },
	{ "end of the kernel", PADDR + 0x800, PVHBOOT_RANGE, 0 },
	{ "byte in front of the kernel", PADDR - 1, PVHBOOT_RANGE, 0 },
	{ "0", 0, PVHBOOT_RANGE, 0 },
	{ "last byte below 4 GiB", 0xffffffff, PVHBOOT_RANGE, 0 },
	{ "4 GiB", UINT64_C(1) << 32, PVHBOOT_RANGE, 0 },
	{ "high half set", (UINT64_C(1) << 32) + ENTRY, PVHBOOT_RANGE, 0 },
	{ "virtual", UINT64_C(0xffffffff81000040), PVHBOOT_RANGE, 0 },
};

START_TEST(entry_values)
{
	const char *row = entries[_i].name;
	const struct finding warning = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_NOTE,
		.subject = PVHBOOT_SUBJECT_ENTRY,
		.found = entries[_i].entry,
		.bound = PADDR + 0x300,
	};
	/* Held against the end that it is beyond, or the largest that there is. */
	const struct finding failure = {
		.says = SAYS_STAGE | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_NOTE,
		.found = entries[_i].entry,
		.bound = entries[_i].entry < PADDR      ? PADDR :
			 entries[_i].entry > UINT32_MAX ? UINT64_C(1) << 32 :
							  PADDR + 0x800,
	};
	struct noted noted;
	struct blob notes = { 0 };
	enum pvhboot_status status;

	put_entry(&notes, 8, entries[_i].entry);
	status = open_with(&noted, &notes);
	expect_status(row, status, entries[_i].status);
	if (status)
		expect_failure(row, &noted.diag, status, &failure);
	else if (entries[_i].warns)
		expect_warning(row, &noted.diag, &warning);
	else
		expect_success(row, &noted.diag, 0);
	if (!status)
		expect_eq(row, noted.kernel.entry, entries[_i].entry);
	done(&noted);
}
END_TEST

/* An entry between two segments is in neither. */
START_TEST(entry_in_a_gap)
{
	const struct kernel_spec spec = { .entry = PADDR + 0x800 };
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_FOUND,
		.stage = PVHBOOT_STAGE_NOTE,
		.subject = PVHBOOT_SUBJECT_ENTRY,
		.found = PADDR + 0x800,
	};
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag = { 0 };
	struct elf elf;

	kernel_build(&elf, &spec);
	expect_status("gap", pvhboot_kernel_open(blob_view(&elf.image), 0, &kernel, &diag),
		      PVHBOOT_RANGE);
	expect_failure("gap", &diag, PVHBOOT_RANGE, &want);
	elf_free(&elf);
}
END_TEST

/* What notes hold, as one table: each row makes the notes of a PT_NOTE. */
static void nothing(struct blob *notes)
{
	(void)notes;
}

static void strangers_only(struct blob *notes)
{
	note_strangers(notes);
}

static void gnu_type_18(struct blob *notes)
{
	uint8_t desc[8];

	store_le(desc, 8, ENTRY);
	note_add(notes, "GNU", 4, XEN_PHYS32_ENTRY, desc, 8, 4);
}

static void xen_but_no_entry(struct blob *notes)
{
	note_xen(notes, 6, "linux", 6);
	note_xen_number(notes, 1, 8, UINT64_C(0xffffffff81000000));
	note_xen(notes, XEN_PHYS32_RELOC, "", 0);
}

static void pv_string(struct blob *notes)
{
	static const char text[] = "GUEST_OS=linux,XEN_VER=xen-3.0,VIRT_BASE=0xC0000000";

	note_add(notes, "__xen_guest", 12, 0, text, sizeof(text), 4);
}

static void among_strangers(struct blob *notes)
{
	note_strangers(notes);
	put_entry(notes, 4, ENTRY);
	note_strangers(notes);
}

static void all_of_linux(struct blob *notes)
{
	note_xen(notes, 6, "linux", 6);
	note_xen(notes, 7, "2.6", 4);
	note_xen(notes, 5, "xen-3.0", 8);
	note_xen_number(notes, 3, 8, UINT64_C(0xffffffff80000000));
	note_xen_number(notes, 15, 8, UINT64_C(0x8000000000));
	note_xen_number(notes, 1, 8, UINT64_C(0xffffffff83000000));
	note_xen(notes, 10, "!writable_page_tables|unknown_feature", 38);
	note_xen_number(notes, 17, 4, 0x90d);
	note_xen(notes, 9, "yes", 4);
	note_xen(notes, 8, "generic", 8);
	note_xen(notes, 13, "\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16);
	note_xen_number(notes, 4, 8, 12345);
	put_entry(notes, 8, ENTRY);
}

static void names_without_nul_end(struct blob *notes)
{
	/* A string note whose description has no NUL, and one of 64 characters. */
	note_xen(notes, 6, "linux", 5);
	note_xen(notes, 10, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl", 64);
	put_entry(notes, 4, ENTRY);
}

static void twice_equal(struct blob *notes)
{
	put_entry(notes, 4, ENTRY);
	put_entry(notes, 8, ENTRY);
}

static void twice_different(struct blob *notes)
{
	put_entry(notes, 4, ENTRY);
	put_entry(notes, 4, ENTRY + 1);
}

static void name_of_3(struct blob *notes)
{
	uint8_t desc[4];

	store_le(desc, 4, ENTRY);
	note_add(notes, "Xen", 3, XEN_PHYS32_ENTRY, desc, 4, 4);
}

static void name_of_5(struct blob *notes)
{
	uint8_t desc[4];

	store_le(desc, 4, ENTRY);
	note_add(notes, "Xen\0", 5, XEN_PHYS32_ENTRY, desc, 4, 4);
}

static void name_with_8_nuls(struct blob *notes)
{
	uint8_t desc[4];

	store_le(desc, 4, ENTRY);
	note_add(notes, "Xen\0\0\0\0\0\0\0", 11, XEN_PHYS32_ENTRY, desc, 4, 4);
}

static void name_with_9_nuls(struct blob *notes)
{
	uint8_t desc[4];

	store_le(desc, 4, ENTRY);
	note_add(notes, "Xen\0\0\0\0\0\0\0\0", 12, XEN_PHYS32_ENTRY, desc, 4, 4);
}

static void name_of_0(struct blob *notes)
{
	note_add(notes, "", 0, XEN_PHYS32_ENTRY, "\1\2\3\4", 4, 4);
	put_entry(notes, 4, ENTRY);
}

static void name_with_junk_behind_nul(struct blob *notes)
{
	uint8_t desc[4];

	store_le(desc, 4, ENTRY);
	note_add(notes, "Xen\0abcd", 8, XEN_PHYS32_ENTRY, desc, 4, 4);
}

static void empty_notes(struct blob *notes)
{
	note_add(notes, "", 0, 0, "", 0, 4);
	note_add(notes, "", 0, 7, "", 0, 4);
	put_entry(notes, 4, ENTRY);
	note_add(notes, "", 0, 0, "", 0, 4);
}

static void huge_descsz(struct blob *notes)
{
	put_entry(notes, 4, ENTRY);
	note_strangers(notes);
	store_le(notes->data + 20 + 4, 4, 0xffffffff);
}

static void huge_namesz(struct blob *notes)
{
	put_entry(notes, 4, ENTRY);
	note_strangers(notes);
	store_le(notes->data + 20, 4, 0xfffffffe);
}

static void namesz_wraps(struct blob *notes)
{
	put_entry(notes, 4, ENTRY);
	note_strangers(notes);
	store_le(notes->data + 20, 4, 0xffffffff);
	store_le(notes->data + 24, 4, 0xffffffff);
}

static void desc_one_too_long(struct blob *notes)
{
	put_entry(notes, 4, ENTRY);
	note_add(notes, "GNU", 4, 1, "1234", 4, 4);
	store_le(notes->data + 20 + 4, 4, 5);
}

static void desc_leaves_unpadded(struct blob *notes)
{
	put_entry(notes, 4, ENTRY);
	note_add(notes, "GNU", 4, 1, "12345", 5, 4);
	notes->size -= 3;
}

static void last_note_without_desc(struct blob *notes)
{
	put_entry(notes, 4, ENTRY);
	note_add(notes, "Linux", 6, 1, "", 0, 4);
	notes->size -= 2;
}

static void trailing_zeros(struct blob *notes)
{
	put_entry(notes, 4, ENTRY);
	blob_fill(notes, 0, 11);
}

static const struct {
	const char *name;
	void (*make)(struct blob *notes);
	enum pvhboot_status status;
	size_t n_warnings;
	uint32_t n_notes;
	const char *detail; /* a part of it */
} note_rows[] = {
	{ "an empty PT_NOTE", nothing, PVHBOOT_NOTPVH, 0, 0, "no notes" },
	{ "notes of others", strangers_only, PVHBOOT_NOTPVH, 0, 0, "GNU" },
	{ "type 18 of GNU", gnu_type_18, PVHBOOT_NOTPVH, 0, 0, "GNU" },
	{ "Xen notes without an entry", xen_but_no_entry, PVHBOOT_NOTPVH, 0, 0, "Xen" },
	{ "PV's string", pv_string, PVHBOOT_NOTPVH, 0, 0, "__xen_guest" },
	{ "an entry among notes of others", among_strangers, PVHBOOT_OK, 0, 7, NULL },
	{ "all notes of Linux", all_of_linux, PVHBOOT_OK, 0, 13, NULL },
	{ "strings without an end", names_without_nul_end, PVHBOOT_OK, 0, 3, NULL },
	{ "two equal entries", twice_equal, PVHBOOT_OK, 0, 2, NULL },
	{ "two different entries", twice_different, PVHBOOT_MALFORMED, 0, 0, NULL },
	{ "namesz 3", name_of_3, PVHBOOT_OK, 1, 1, NULL },
	{ "namesz 5", name_of_5, PVHBOOT_OK, 1, 1, NULL },
	{ "eight NULs behind the name", name_with_8_nuls, PVHBOOT_OK, 1, 1, NULL },
	{ "nine NULs behind the name", name_with_9_nuls, PVHBOOT_NOTPVH, 0, 0, "Xen" },
	{ "namesz 0", name_of_0, PVHBOOT_OK, 0, 2, NULL },
	{ "bytes behind the name's NUL", name_with_junk_behind_nul, PVHBOOT_NOTPVH, 0, 0, "" },
	{ "empty notes", empty_notes, PVHBOOT_OK, 0, 4, NULL },
	{ "descsz 2^32 - 1", huge_descsz, PVHBOOT_MALFORMED, 0, 0, NULL },
	{ "namesz 2^32 - 2", huge_namesz, PVHBOOT_MALFORMED, 0, 0, NULL },
	{ "both sizes 2^32 - 1", namesz_wraps, PVHBOOT_MALFORMED, 0, 0, NULL },
	{ "description one byte too long", desc_one_too_long, PVHBOOT_MALFORMED, 0, 0, NULL },
	{ "no padding behind the last one", desc_leaves_unpadded, PVHBOOT_OK, 0, 2, NULL },
	{ "no padding behind the last name", last_note_without_desc, PVHBOOT_OK, 0, 2, NULL },
	{ "zeros behind the last one", trailing_zeros, PVHBOOT_OK, 0, 1, NULL },
};

START_TEST(note_table)
{
	const char *row = note_rows[_i].name;
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_NOTE };
	struct noted noted;
	struct blob notes = { 0 };
	enum pvhboot_status status;

	note_rows[_i].make(&notes);
	status = open_with(&noted, &notes);
	expect_status(row, status, note_rows[_i].status);
	expect_status(row, pvhboot_kernel_open(blob_view(&noted.elf.image), 0, &noted.kernel, NULL),
		      status);
	if (status) {
		expect_failure(row, &noted.diag, status, &want);
		if (note_rows[_i].detail)
			ck_assert_msg(strstr(noted.diag.detail, note_rows[_i].detail),
				      "%s: detail is \"%s\"", row, noted.diag.detail);
	} else {
		struct pvhboot_note_iter iter = { 0 };
		struct pvhboot_note note;
		uint32_t n = 0;

		expect_success(row, &noted.diag, note_rows[_i].n_warnings);
		expect_eq(row, noted.kernel.entry, ENTRY);
		expect_eq(row, noted.kernel.n_notes, note_rows[_i].n_notes);
		expect_eq(row, noted.kernel.note_source, PVHBOOT_NOTES_SEGMENTS);
		while (pvhboot_note_next(&noted.kernel, &iter, &note)) {
			const uint8_t *end = noted.elf.image.data + noted.elf.image.size;

			expect_eq(row, note.padding, 4);
			expect_true(row, note.name.data >= noted.elf.image.data);
			expect_true(row, note.name.size <= (size_t)(end - note.name.data));
			expect_true(row, note.desc.size <= (size_t)(end - note.desc.data));
			n++;
		}
		expect_eq(row, n, note_rows[_i].n_notes);
		expect_eq(row, pvhboot_note_next(&noted.kernel, &iter, &note), 0);
	}
	done(&noted);
}
END_TEST

/* Which note is meant, and its numbers. */
START_TEST(findings_about_notes)
{
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_NOTE,
		.subject = PVHBOOT_SUBJECT_NOTE,
	};
	struct blob notes = { 0 };
	struct noted noted;

	twice_different(&notes);
	expect_status("different", open_with(&noted, &notes), PVHBOOT_MALFORMED);
	want.index = 1;
	want.offset = noted.at + 20;
	want.found = ENTRY + 1;
	want.bound = ENTRY;
	expect_failure("different", &noted.diag, PVHBOOT_MALFORMED, &want);
	done(&noted);

	name_of_3(&notes);
	expect_status("namesz 3", open_with(&noted, &notes), PVHBOOT_OK);
	want.index = 0;
	want.offset = noted.at;
	want.found = 3;
	want.bound = 4;
	expect_warning("namesz 3", &noted.diag, &want);
	done(&noted);

	/* A malformed note has no number yet, but a place. */
	huge_descsz(&notes);
	expect_status("descsz", open_with(&noted, &notes), PVHBOOT_MALFORMED);
	want.says = SAYS_STAGE | SAYS_OFFSET | SAYS_FOUND;
	want.offset = noted.at + 20;
	want.found = 0xffffffff;
	expect_failure("descsz", &noted.diag, PVHBOOT_MALFORMED, &want);
	done(&noted);

	put_entry(&notes, 8, UINT64_C(1) << 32);
	expect_status("4 GiB", open_with(&noted, &notes), PVHBOOT_RANGE);
	want.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_NUMBERS;
	want.offset = noted.at;
	want.found = UINT64_C(1) << 32;
	want.bound = UINT64_C(1) << 32;
	expect_failure("4 GiB", &noted.diag, PVHBOOT_RANGE, &want);
	done(&noted);
}
END_TEST

/* "detail lists the notes that were seen" */
START_TEST(detail_lists_notes)
{
	struct blob notes = { 0 };
	struct noted noted;

	note_strangers(&notes);
	note_xen(&notes, 6, "linux", 6);
	note_strangers(&notes);
	note_xen(&notes, 99, "", 0);
	note_add(&notes, "", 0, 7, "", 0, 4);
	expect_status("list", open_with(&noted, &notes), PVHBOOT_NOTPVH);
	ck_assert_str_eq(noted.diag.detail,
			 "it has the entry linux64; notes of GNU: 5, 3, 5, 3; "
			 "of Linux: 257, 257; of Xen: GUEST_OS, 99; of nobody: 7");
	done(&noted);

	/* More owners than are told apart. */
	for (char name = 'a'; name < 'a' + 9; name++)
		note_add(&notes, &name, 1, 0, "", 0, 4);
	expect_status("owners", open_with(&noted, &notes), PVHBOOT_NOTPVH);
	ck_assert_str_eq(noted.diag.detail, "notes of a: 0; of b: 0; of c: 0; of d: 0; of e: 0; "
					    "of f: 0; of g: 0; of h: 0; ...");
	done(&noted);

	/* Names that are not compared. */
	for (int i = 0; i < 2; i++)
		note_add(&notes, "A name of 64 bytes and more is one that no toolchain writes, but",
			 64, 1, "", 0, 4);
	expect_status("64", open_with(&noted, &notes), PVHBOOT_NOTPVH);
	ck_assert_str_eq(noted.diag.detail,
			 "notes of A name of 64 bytes and more is one that no toolchain writes, "
			 "but: 1, 1");
	done(&noted);
	for (int i = 0; i < 2; i++)
		note_add(&notes,
			 "A name of 64 bytes and more is one that no toolchain writes, but.", 65, 1,
			 "", 0, 4);
	expect_status("65", open_with(&noted, &notes), PVHBOOT_NOTPVH);
	ck_assert_str_eq(noted.diag.detail,
			 "notes of A name of 64 bytes and more is one that no toolchain writes, "
			 "but.; of A name of 64 bytes and more is one that no toolchain writes, "
			 "but.");
	done(&noted);

	/* Printable, whatever the owners are, and cut where it must be. */
	for (int i = 0; i < 100; i++)
		note_add(&notes, "\xff\n\"\x1b[2J", 8, (uint32_t)i, "", 0, 4);
	expect_status("unprintable", open_with(&noted, &notes), PVHBOOT_NOTPVH);
	expect_failure("unprintable", &noted.diag, PVHBOOT_NOTPVH, &(struct finding){ 0 });
	ck_assert_uint_gt(strlen(noted.diag.detail), PVHBOOT_MAX_DETAIL / 2);
	done(&noted);
}
END_TEST

/* Bytes behind the last note: fewer than a header has, from 1 to 11. */
START_TEST(trailing_bytes)
{
	for (size_t n = 1; n < 12; n++) {
		struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX,
			.stage = PVHBOOT_STAGE_NOTE,
			.subject = PVHBOOT_SUBJECT_SEGMENT,
			.index = 1,
		};
		struct blob notes = { 0 };
		struct noted noted;
		char row[32];

		snprintf(row, sizeof(row), "%zu bytes", n);
		put_entry(&notes, 4, ENTRY);
		blob_fill(&notes, 0, n - 1);
		blob_fill(&notes, 0x5a, 1);
		expect_status(row, open_with(&noted, &notes), PVHBOOT_OK);
		expect_warning(row, &noted.diag, &want);
		expect_eq(row, noted.kernel.n_notes, 1);
		done(&noted);
	}
}
END_TEST

/* p_align says nothing about padding. */
START_TEST(alignment_of_the_segment)
{
	static const uint64_t aligns[] = { 0,         1, 2, 3, 4, 8, 16, 0x1000, UINT64_C(1) << 63,
					   UINT64_MAX };

	for (size_t i = 0; i < sizeof(aligns) / sizeof(aligns[0]); i++) {
		struct blob notes = { 0 };
		struct noted noted;
		char row[64];

		snprintf(row, sizeof(row), "p_align 0x%" PRIx64, aligns[i]);
		among_strangers(&notes);
		begin(&noted);
		elf_add_notes(&noted.elf, &notes);
		noted.elf.align = 1;
		blob_free(&notes);
		elf_finish(&noted.elf);
		elf_patch(&noted.elf, "p_align", 1, aligns[i]);
		expect_status(row,
			      pvhboot_kernel_open(blob_view(&noted.elf.image), 0, &noted.kernel,
						  &noted.diag),
			      PVHBOOT_OK);
		expect_success(row, &noted.diag, 0);
		expect_eq(row, noted.kernel.entry, ENTRY);
		expect_eq(row, noted.kernel.n_notes, 7);
		done(&noted);
	}
}
END_TEST

/* Xen notes that are really padded to 8, which a walk by 4 cannot read. */
START_TEST(padding_8)
{
	struct blob notes = { 0 };
	struct noted noted;
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;
	uint8_t desc[8];
	uint32_t n = 0;

	store_le(desc, 8, ENTRY);
	/* linux + NUL: six bytes, then two to 8 but none to 4. */
	note_add(&notes, "GNU", 4, 5, "\2\0\0\xc0\4\0\0\0\3\0\0\0\0\0\0\0", 16, 8);
	note_add(&notes, "Xen", 4, 6, "linux\0abcdef", 12, 8);
	note_add(&notes, "Xen", 4, XEN_PHYS32_ENTRY, desc, 8, 8);
	note_add(&notes, "Linux", 6, 257, "\1", 1, 8);
	expect_status("8", open_with(&noted, &notes), PVHBOOT_OK);
	expect_success("8", &noted.diag, 0);
	ck_assert_uint_eq(noted.kernel.entry, ENTRY);
	ck_assert_uint_eq(noted.kernel.n_notes, 4);
	while (pvhboot_note_next(&noted.kernel, &iter, &note)) {
		ck_assert_uint_eq(note.padding, 8);
		ck_assert_uint_eq((note.offset - noted.at) % 8, 0);
		n++;
	}
	ck_assert_uint_eq(n, 4);
	done(&noted);
}
END_TEST

/* A name of 5 puts the description 4 bytes later when it is padded to 8. */
START_TEST(padding_8_of_the_name)
{
	struct blob notes = { 0 };
	struct noted noted;
	uint8_t desc[8];

	store_le(desc, 8, ENTRY);
	/* 12 + 5 = 17: desc at 20 by 4, at 24 by 8. */
	note_add(&notes, "Linux", 5, 1, "12345678", 8, 8);
	note_add(&notes, "Xen", 4, XEN_PHYS32_ENTRY, desc, 8, 8);
	expect_status("name", open_with(&noted, &notes), PVHBOOT_OK);
	ck_assert_uint_eq(noted.kernel.entry, ENTRY);
	done(&noted);
}
END_TEST

/*
 * Bytes that are well formed both ways and say different things: behind a name
 * of 5 the description starts at 20 by 4, and at 24 by 8.
 */
static void two_faced(struct blob *notes, uint32_t by4, uint32_t by8)
{
	blob_put(notes, 4, 5);
	blob_put(notes, 4, 4);
	blob_put(notes, 4, XEN_PHYS32_ENTRY);
	blob_append(notes, "Xen\0\0\0\0\0", 8);
	blob_put(notes, 4, by4); /* 20: description by 4 */
	blob_put(notes, 4, by8); /* 24: description by 8, namesz by 4 */
	blob_put(notes, 4, 0);   /* 28: descsz by 4 */
	blob_put(notes, 4, 0);   /* 32: type by 4, namesz by 8 */
	blob_put(notes, 4, 4);   /* 36: descsz by 8, start of the name by 4 */
	blob_put(notes, 4, 77);  /* 40: type by 8 */
	/* By 4 the name of by8 bytes ends the notes, by 8 the 4 bytes at 48 do. */
	blob_fill(notes, 0, 36 + by8 - notes->size);
}

START_TEST(ambiguous_padding)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_NOTE,
		.found = ENTRY,
		.bound = 16,
	};
	struct blob notes = { 0 };
	struct noted noted;

	two_faced(&notes, ENTRY, 16);
	expect_status("two entries", open_with(&noted, &notes), PVHBOOT_MALFORMED);
	expect_failure("two entries", &noted.diag, PVHBOOT_MALFORMED, &want);
	done(&noted);
}
END_TEST

/* The same with descriptions of 8 bytes, of which four are shared. */
START_TEST(ambiguous_padding_of_8_bytes)
{
	struct finding want = { .says = SAYS_STAGE | SAYS_NUMBERS, .stage = PVHBOOT_STAGE_NOTE };
	struct blob notes = { 0 };
	struct noted noted;

	blob_put(&notes, 4, 5);
	blob_put(&notes, 4, 8);
	blob_put(&notes, 4, XEN_PHYS32_ENTRY);
	blob_append(&notes, "Xen\0\0\0\0\0", 8);
	blob_put(&notes, 4, ENTRY);  /* 20: description by 4 */
	blob_put(&notes, 4, 0x5555); /* 24: its second half, description by 8 */
	blob_put(&notes, 4, 16);     /* 28: namesz by 4, second half by 8 */
	blob_put(&notes, 4, 0);      /* 32: descsz by 4, namesz by 8 */
	blob_put(&notes, 4, 4);      /* 36: type by 4, descsz by 8 */
	blob_put(&notes, 4, 77);     /* 40: name by 4, type by 8 */
	blob_fill(&notes, 0, 12);    /* 48: description by 8 */
	want.found = UINT64_C(0x5555) << 32 | ENTRY;
	want.bound = UINT64_C(16) << 32 | 0x5555;
	expect_status("two entries", open_with(&noted, &notes), PVHBOOT_MALFORMED);
	expect_failure("two entries", &noted.diag, PVHBOOT_MALFORMED, &want);
	done(&noted);
}
END_TEST

/*
 * "Notes are padded to 4 bytes …; where that is malformed or shows fewer Xen
 * notes, to 8": here both walks end well, that by 4 shows one, that by 8 two.
 */
static void more_by_8(struct blob *notes, const char *second)
{
	/* The entry, 20 bytes. By 4 the next note is at 20: no name, and a
	 * description of 4 bytes. By 8 it is at 24. */
	put_entry(notes, 4, ENTRY);
	blob_put(notes, 4, 0);         /* 20: namesz by 4 */
	blob_put(notes, 4, 4);         /* 24: descsz by 4, namesz by 8 */
	blob_put(notes, 4, 4);         /* 28: type by 4, descsz by 8 */
	blob_put(notes, 4, 6);         /* 32: description by 4, type by 8 */
	blob_append(notes, second, 4); /* 36: the end by 4, name by 8 */
	blob_append(notes, "\0\0\0", 4);
}

START_TEST(padding_by_the_number_of_xen_notes)
{
	static const struct {
		const char *second;
		uint32_t padding;
		uint32_t n_notes;
	} rows[] = {
		{ "Xen", 8, 2 },
		/* As many by 4 as by 8: by 4. What is left over is not zero. */
		{ "GNU", 4, 2 },
	};

	for (size_t i = 0; i < 2; i++) {
		struct pvhboot_note_iter iter = { 0 };
		struct pvhboot_note note;
		struct blob notes = { 0 };
		struct noted noted;

		more_by_8(&notes, rows[i].second);
		expect_status(rows[i].second, open_with(&noted, &notes), PVHBOOT_OK);
		expect_success(rows[i].second, &noted.diag, rows[i].padding == 4);
		expect_eq(rows[i].second, noted.kernel.entry, ENTRY);
		expect_eq(rows[i].second, noted.kernel.n_notes, rows[i].n_notes);
		while (pvhboot_note_next(&noted.kernel, &iter, &note))
			expect_eq(rows[i].second, note.padding, rows[i].padding);
		done(&noted);
	}
}
END_TEST

/* The entry, and a note of 20 bytes behind which the walks part: by 4 the next note is here, by
 * 8 it is 4 bytes further. */
static void part(struct blob *notes)
{
	put_entry(notes, 8, ENTRY);
	note_add(notes, "GNU", 4, 5, "desc", 4, 4);
	ck_assert_uint_eq(notes->size, 44);
}

/* What a malformed walk has seen does not count: neither more Xen notes nor another entry. */
START_TEST(padding_of_what_is_well_formed)
{
	struct blob notes = { 0 };
	struct noted noted;

	part(&notes);
	blob_put(&notes, 4, 4); /* by 4 */
	blob_put(&notes, 4, 4); /* 48: descsz by 4, namesz by 8 */
	blob_put(&notes, 4, 0); /* type by 4, descsz by 8 */
	blob_put(&notes, 4, 1); /* name by 4, type by 8 */
	blob_append(&notes, "Xen", 4);
	note_add(&notes, "GNU", 4, 5, "desc", 4, 4); /* 64, by both */
	blob_put(&notes, 4, 4);                      /* 84: by 4 */
	blob_put(&notes, 4, 0);                      /* 88: descsz by 4, namesz by 8 */
	blob_put(&notes, 4, 0x7fffffff);             /* type by 4, descsz by 8 */
	blob_append(&notes, "GNU", 4);
	expect_status("more Xen notes", open_with(&noted, &notes), PVHBOOT_OK);
	expect_success("more Xen notes", &noted.diag, 0);
	expect_eq("more Xen notes", noted.kernel.n_notes, 5);
	done(&noted);

	part(&notes);
	blob_put(&notes, 4, 4);                /* by 4 */
	blob_put(&notes, 4, 4);                /* 48: descsz by 4, namesz by 8 */
	blob_put(&notes, 4, XEN_PHYS32_ENTRY); /* type by 4, descsz by 8 */
	blob_append(&notes, "Xen", 4);         /* name by 4, type by 8 */
	blob_put(&notes, 4, ENTRY + 1);        /* 60: description by 4 */
	blob_put(&notes, 4, 0x7fffffff);       /* 64: namesz by 4, description by 8 */
	blob_fill(&notes, 0, 20);
	expect_status("another entry", open_with(&noted, &notes), PVHBOOT_OK);
	expect_success("another entry", &noted.diag, 0);
	expect_eq("another entry", noted.kernel.n_notes, 3);
	expect_eq("another entry", noted.kernel.entry, ENTRY);
	done(&noted);
}
END_TEST

/* Notes at odd offsets in the file, and so every number in them. */
START_TEST(odd_offsets)
{
	for (size_t shift = 1; shift < 8; shift++) {
		struct blob notes = { 0 };
		struct noted noted;
		char row[32];

		snprintf(row, sizeof(row), "shifted by %zu", shift);
		begin(&noted);
		noted.elf.align = 1;
		elf_add_gap(&noted.elf, shift);
		all_of_linux(&notes);
		elf_add_notes(&noted.elf, &notes);
		expect_status(row, finish(&noted), PVHBOOT_OK);
		expect_eq(row, noted.at % 8,
			  (0x300 + shift + elf_read(&noted.elf, "p_offset", 0)) % 8);
		expect_eq(row, noted.kernel.entry, ENTRY);
		expect_eq(row, noted.kernel.n_notes, 13);
		blob_free(&notes);
		done(&noted);
	}
}
END_TEST

/* Where the notes are: which of several places wins. */
START_TEST(several_segments)
{
	/* Xen's, then others'; the reverse; with a useless one around. */
	for (int order = 0; order < 4; order++) {
		struct blob xen = { 0 };
		struct blob others = { 0 };
		struct noted noted;
		char row[32];

		snprintf(row, sizeof(row), "order %d", order);
		put_entry(&xen, 8, ENTRY);
		note_strangers(&others);
		begin(&noted);
		if (order & 2)
			elf_add(&noted.elf, &(struct elf_phdr){ .type = 4 }, NULL, 0);
		elf_add_notes(&noted.elf, order & 1 ? &xen : &others);
		elf_add_notes(&noted.elf, order & 1 ? &others : &xen);
		expect_status(row, finish(&noted), PVHBOOT_OK);
		expect_success(row, &noted.diag, 0);
		expect_eq(row, noted.kernel.entry, ENTRY);
		expect_eq(row, noted.kernel.n_notes, 4);
		blob_free(&xen);
		blob_free(&others);
		done(&noted);
	}
}
END_TEST

/* Two PT_NOTEs, one padded to 4 and one to 8: each by its own rule. */
START_TEST(segments_of_different_padding)
{
	struct blob by4 = { 0 };
	struct blob by8 = { 0 };
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;
	struct noted noted;
	uint8_t desc[8];

	store_le(desc, 8, ENTRY);
	put_entry(&by4, 8, ENTRY);
	note_add(&by8, "Linux", 5, 1, "12345678", 8, 8);
	note_add(&by8, "Xen", 4, XEN_PHYS32_ENTRY, desc, 8, 8);
	begin(&noted);
	elf_add_notes(&noted.elf, &by8);
	elf_add_notes(&noted.elf, &by4);
	expect_status("both", finish(&noted), PVHBOOT_OK);
	ck_assert_uint_eq(noted.kernel.n_notes, 3);
	ck_assert_int_eq(pvhboot_note_next(&noted.kernel, &iter, &note), 1);
	ck_assert_uint_eq(note.padding, 8);
	ck_assert_int_eq(pvhboot_note_next(&noted.kernel, &iter, &note), 1);
	ck_assert_uint_eq(note.padding, 8);
	ck_assert_int_eq(pvhboot_note_next(&noted.kernel, &iter, &note), 1);
	ck_assert_uint_eq(note.padding, 4);
	ck_assert_int_eq(pvhboot_note_next(&noted.kernel, &iter, &note), 0);
	blob_free(&by4);
	blob_free(&by8);
	done(&noted);
}
END_TEST

START_TEST(sections)
{
	struct blob xen = { 0 };
	struct blob other_xen = { 0 };
	struct blob others = { 0 };
	struct noted noted;

	put_entry(&xen, 4, ENTRY);
	put_entry(&other_xen, 4, ENTRY + 4);
	note_strangers(&others);

	begin(&noted);
	elf_add_note_section(&noted.elf, &xen);
	expect_status("section alone", finish(&noted), PVHBOOT_OK);
	expect_success("section alone", &noted.diag, 0);
	ck_assert_uint_eq(noted.kernel.entry, ENTRY);
	ck_assert_uint_eq(noted.kernel.note_source, PVHBOOT_NOTES_SECTIONS);
	ck_assert_uint_eq(noted.kernel.n_notes, 1);
	done(&noted);

	begin(&noted);
	elf_add_notes(&noted.elf, &others);
	elf_add_note_section(&noted.elf, &xen);
	expect_status("segment of others, section of Xen", finish(&noted), PVHBOOT_OK);
	ck_assert_uint_eq(noted.kernel.entry, ENTRY);
	ck_assert_uint_eq(noted.kernel.note_source, PVHBOOT_NOTES_SECTIONS);
	ck_assert_uint_eq(noted.kernel.n_notes, 1);
	done(&noted);

	begin(&noted);
	elf_add_notes(&noted.elf, &xen);
	elf_add_note_section(&noted.elf, &other_xen);
	expect_status("both of Xen", finish(&noted), PVHBOOT_OK);
	ck_assert_uint_eq(noted.kernel.entry, ENTRY);
	ck_assert_uint_eq(noted.kernel.note_source, PVHBOOT_NOTES_SEGMENTS);
	done(&noted);

	begin(&noted);
	elf_add_note_section(&noted.elf, &others);
	elf_add_section(&noted.elf, &(struct elf_shdr){ .type = 1 }, "not notes", 9);
	elf_add_note_section(&noted.elf, &xen);
	expect_status("several sections", finish(&noted), PVHBOOT_OK);
	ck_assert_uint_eq(noted.kernel.entry, ENTRY);
	ck_assert_uint_eq(noted.kernel.n_notes, 4);
	done(&noted);

	begin(&noted);
	elf_add_note_section(&noted.elf, &others);
	expect_status("others alone", finish(&noted), PVHBOOT_NOTPVH);
	ck_assert_ptr_nonnull(strstr(noted.diag.detail, "GNU"));
	done(&noted);

	/* A section that is Xen's by name of another type is no note. */
	begin(&noted);
	elf_add_section(&noted.elf, &(struct elf_shdr){ .type = 1 }, xen.data, xen.size);
	expect_status("PROGBITS", finish(&noted), PVHBOOT_NOTPVH);
	done(&noted);

	blob_free(&xen);
	blob_free(&other_xen);
	blob_free(&others);
}
END_TEST

START_TEST(section_behind_the_file)
{
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET,
		.stage = PVHBOOT_STAGE_NOTE,
		.subject = PVHBOOT_SUBJECT_SECTION,
		.index = 1,
	};
	struct blob xen = { 0 };
	struct noted noted;

	put_entry(&xen, 4, ENTRY);
	begin(&noted);
	elf_add_note_section(&noted.elf, &xen);
	elf_finish(&noted.elf);
	want.offset = noted.elf.image.size - 19;
	elf_patch(&noted.elf, "sh_offset", 1, want.offset);
	expect_status(
		"behind",
		pvhboot_kernel_open(blob_view(&noted.elf.image), 0, &noted.kernel, &noted.diag),
		PVHBOOT_TRUNCATED);
	expect_failure("behind", &noted.diag, PVHBOOT_TRUNCATED, &want);
	blob_free(&xen);
	done(&noted);
}
END_TEST

START_TEST(segment_behind_the_file)
{
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX,
		.stage = PVHBOOT_STAGE_NOTE,
		.subject = PVHBOOT_SUBJECT_SEGMENT,
		.index = 1,
	};
	struct blob notes = { 0 };
	struct noted noted;

	put_entry(&notes, 4, ENTRY);
	begin(&noted);
	elf_add_notes(&noted.elf, &notes);
	elf_finish(&noted.elf);
	noted.elf.image.size--;
	expect_status(
		"cut",
		pvhboot_kernel_open(blob_view(&noted.elf.image), 0, &noted.kernel, &noted.diag),
		PVHBOOT_TRUNCATED);
	expect_failure("cut", &noted.diag, PVHBOOT_TRUNCATED, &want);
	noted.elf.image.size++;
	elf_patch(&noted.elf, "p_offset", 1, UINT64_MAX);
	memset(&noted.diag, 0, sizeof(noted.diag));
	expect_status(
		"far",
		pvhboot_kernel_open(blob_view(&noted.elf.image), 0, &noted.kernel, &noted.diag),
		PVHBOOT_TRUNCATED);
	expect_failure("far", &noted.diag, PVHBOOT_TRUNCATED, &want);
	blob_free(&notes);
	done(&noted);
}
END_TEST

/* A description inside of the file but not of the segment. */
START_TEST(description_leaves_the_segment)
{
	struct blob notes = { 0 };
	struct noted noted;

	begin(&noted);
	put_entry(&notes, 8, ENTRY);
	elf_add_notes(&noted.elf, &notes);
	elf_add_gap(&noted.elf, 64);
	elf_finish(&noted.elf);
	elf_patch(&noted.elf, "p_filesz", 1, notes.size - 4);
	expect_status(
		"desc",
		pvhboot_kernel_open(blob_view(&noted.elf.image), 0, &noted.kernel, &noted.diag),
		PVHBOOT_MALFORMED);
	expect_failure("desc", &noted.diag, PVHBOOT_MALFORMED,
		       &(struct finding){ .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_NOTE });
	blob_free(&notes);
	done(&noted);
}
END_TEST

/* GRUB's image: p_memsz 0. Notes are read from the file. */
START_TEST(segment_without_memory)
{
	struct blob notes = { 0 };
	struct noted noted;

	begin(&noted);
	put_entry(&notes, 4, ENTRY);
	elf_add_notes(&noted.elf, &notes);
	elf_finish(&noted.elf);
	elf_patch(&noted.elf, "p_memsz", 1, 0);
	elf_patch(&noted.elf, "p_flags", 1, 0);
	expect_status(
		"p_memsz 0",
		pvhboot_kernel_open(blob_view(&noted.elf.image), 0, &noted.kernel, &noted.diag),
		PVHBOOT_OK);
	expect_success("p_memsz 0", &noted.diag, 0);
	blob_free(&notes);
	done(&noted);
}
END_TEST

START_TEST(segment_at_offset_0)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX,
		.stage = PVHBOOT_STAGE_NOTE,
		.subject = PVHBOOT_SUBJECT_SEGMENT,
		.index = 1,
	};
	struct blob notes = { 0 };
	struct noted noted;

	begin(&noted);
	put_entry(&notes, 4, ENTRY);
	elf_add(&noted.elf, &(struct elf_phdr){ .type = 4, .filesz = 64 }, NULL, 0);
	elf_add_notes(&noted.elf, &notes);
	expect_status("offset 0", finish(&noted), PVHBOOT_OK);
	expect_warning("offset 0", &noted.diag, &want);
	ck_assert_uint_eq(noted.kernel.n_notes, 1);
	blob_free(&notes);
	done(&noted);
}
END_TEST

/* The same where it could be read: the magic of ELF is the size of a name, which leaves any
 * smaller file. */
START_TEST(segment_at_offset_0_of_a_large_file)
{
	const size_t size = 0x464d5690;
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;
	struct blob notes = { 0 };
	struct noted noted;
	struct guard guard;

	if (sizeof(size_t) < 8)
		return;
	begin(&noted);
	put_entry(&notes, 4, ENTRY);
	elf_add(&noted.elf, &(struct elf_phdr){ .type = 4, .filesz = size }, NULL, 0);
	elf_add_notes(&noted.elf, &notes);
	elf_finish(&noted.elf);
	guard = guard_open(size);
	guard_at_start(&guard, blob_view(&noted.elf.image));
	expect_status("open",
		      pvhboot_kernel_open((struct pvhboot_bytes){ guard.first, size }, 0,
					  &noted.kernel, &noted.diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(noted.kernel.n_notes, 1);
	ck_assert_int_eq(pvhboot_note_next(&noted.kernel, &iter, &note), 1);
	ck_assert(pvhboot_note_is_xen(&note));
	ck_assert_int_eq(pvhboot_note_next(&noted.kernel, &iter, &note), 0);
	guard_close(&guard);
	blob_free(&notes);
	done(&noted);
}
END_TEST

/* What a note says through the iterator. */
START_TEST(iterator)
{
	static const struct {
		const char *name;
		uint32_t type;
		size_t desc_size;
	} want[] = {
		{ "GNU", 5, 16 }, { "GNU", 3, 20 }, { "Linux", 257, 1 }, { "Xen", 18, 4 },
		{ "GNU", 5, 16 }, { "GNU", 3, 20 }, { "Linux", 257, 1 },
	};
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;
	struct blob notes = { 0 };
	struct noted noted;
	uint64_t end;

	among_strangers(&notes);
	expect_status("iterator", open_with(&noted, &notes), PVHBOOT_OK);
	end = noted.at;
	for (size_t i = 0; i < 7; i++) {
		const uint8_t *image = noted.elf.image.data;

		ck_assert_int_eq(pvhboot_note_next(&noted.kernel, &iter, &note), 1);
		ck_assert_uint_eq(note.offset, end);
		ck_assert_uint_eq(note.type, want[i].type);
		ck_assert_uint_eq(note.name.size, strlen(want[i].name));
		ck_assert_ptr_eq(note.name.data, image + note.offset + 12);
		ck_assert_int_eq(memcmp(note.name.data, want[i].name, note.name.size), 0);
		ck_assert_uint_eq(note.desc.size, want[i].desc_size);
		ck_assert_ptr_eq(note.desc.data,
				 image + note.offset + 12 + (strlen(want[i].name) + 4) / 4 * 4);
		ck_assert_int_eq(pvhboot_note_is_xen(&note), i == 3);
		end = note.offset + 12 + (strlen(want[i].name) + 4) / 4 * 4 +
		      (want[i].desc_size + 3) / 4 * 4;
	}
	ck_assert_int_eq(pvhboot_note_next(&noted.kernel, &iter, &note), 0);
	ck_assert_int_eq(pvhboot_note_next(&noted.kernel, &iter, &note), 0);
	done(&noted);
}
END_TEST

START_TEST(number_of_notes)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_NOTE,
		.found = PVHBOOT_MAX_NOTES + 1,
		.bound = PVHBOOT_MAX_NOTES,
	};
	struct blob notes = { 0 };
	struct noted noted;

	for (uint32_t i = 0; i < PVHBOOT_MAX_NOTES - 1; i++)
		note_add(&notes, "GNU", 4, i, "", 0, 4);
	put_entry(&notes, 8, ENTRY);
	begin(&noted);
	elf_add_notes(&noted.elf, &notes);
	expect_status("65536", finish(&noted), PVHBOOT_OK);
	ck_assert_uint_eq(noted.kernel.n_notes, PVHBOOT_MAX_NOTES);
	ck_assert_uint_eq(noted.kernel.entry, ENTRY);
	done(&noted);

	note_add(&notes, "GNU", 4, 1, "", 0, 4);
	expect_status("65537", open_with(&noted, &notes), PVHBOOT_LIMIT);
	expect_failure("65537", &noted.diag, PVHBOOT_LIMIT, &want);
	done(&noted);
}
END_TEST

/* Notes of all segments together, each segment over the same bytes. */
START_TEST(number_of_notes_by_many_segments)
{
	struct blob notes = { 0 };
	struct noted noted;
	uint32_t first;

	begin(&noted);
	for (int i = 0; i < 1024; i++)
		note_add(&notes, "GNU", 4, 1, "", 0, 4);
	first = elf_add_notes(&noted.elf, &notes);
	blob_free(&notes);
	for (int i = 1; i < 64; i++)
		elf_add_inside(&noted.elf, 4, first, 0, 1024 * 16);
	put_entry(&notes, 8, ENTRY);
	elf_add_notes(&noted.elf, &notes);
	blob_free(&notes);
	expect_status("64 times 1024 and one", finish(&noted), PVHBOOT_LIMIT);
	done(&noted);
}
END_TEST

/* "notes in segments or in sections": each source counts for itself. */
START_TEST(number_of_notes_in_both_sources)
{
	struct blob notes = { 0 };
	struct noted noted;

	for (uint32_t i = 0; i < 40000; i++)
		note_add(&notes, "GNU", 4, i, "", 0, 4);
	begin(&noted);
	elf_add_notes(&noted.elf, &notes);
	put_entry(&notes, 8, ENTRY);
	elf_add_note_section(&noted.elf, &notes);
	expect_status("40000 and 40001", finish(&noted), PVHBOOT_OK);
	ck_assert_uint_eq(noted.kernel.n_notes, 40001);
	ck_assert_uint_eq(noted.kernel.note_source, PVHBOOT_NOTES_SECTIONS);
	blob_free(&notes);
	done(&noted);
}
END_TEST

START_TEST(ten_mebibytes_of_notes)
{
	struct blob notes = { 0 };
	struct blob desc = { 0 };
	struct noted noted;

	blob_pattern(&desc, 1, 1000);
	for (int i = 0; i < 10000; i++)
		note_add(&notes, "GNU", 4, 1, desc.data, desc.size, 4);
	put_entry(&notes, 8, ENTRY);
	expect_status("10 MiB", open_with(&noted, &notes), PVHBOOT_OK);
	ck_assert_uint_eq(noted.kernel.n_notes, 10001);
	blob_free(&desc);
	done(&noted);
}
END_TEST

/* PHYS32_RELOC of every size, and what defaults fill in. */
static const struct {
	const char *name;
	uint32_t words[4];
	size_t size;
	uint64_t p_align;
	enum pvhboot_status status;
	struct pvhboot_reloc reloc;
	/* clang-format off */
} relocs[] = {
	{ "no words", { 0 }, 0, 0x1000, PVHBOOT_OK, { 0x1000, 0, 0xffffffff } },
	{ "align", { 0x200000 }, 4, 0x1000, PVHBOOT_OK, { 0x200000, 0, 0xffffffff } },
	{ "align, min", { 0x200000, 0x1000000 }, 8, 0x1000, PVHBOOT_OK, { 0x200000, 0x1000000,
	  0xffffffff } },
	{ "align, min, max", { 0x200000, 0x1000000, 0x3fffffff }, 12, 0x1000, PVHBOOT_OK,
	  { 0x200000, 0x1000000, 0x3fffffff } },
	{ "a fourth word", { 0x200000, 0x1000000, 0x3fffffff, 0xffff }, 16, 0x1000, PVHBOOT_OK,
	  { 0x200000, 0x1000000, 0x3fffffff } },
	{ "align 1", { 1 }, 4, 0x1000, PVHBOOT_OK, { 1, 0, 0xffffffff } },
	{ "align 2^31", { 0x80000000 }, 4, 0x1000, PVHBOOT_OK, { 0x80000000, 0, 0xffffffff } },
	{ "1 byte", { 0x200000 }, 1, 0x1000, PVHBOOT_MALFORMED, { 0, 0, 0 } },
	{ "6 bytes", { 0x200000 }, 6, 0x1000, PVHBOOT_MALFORMED, { 0, 0, 0 } },
	{ "14 bytes", { 0x200000, 0, 0xffffffff }, 14, 0x1000, PVHBOOT_MALFORMED, { 0, 0, 0 } },
	{ "align 0", { 0 }, 4, 0x1000, PVHBOOT_MALFORMED, { 0, 0, 0 } },
	{ "align 3", { 3 }, 4, 0x1000, PVHBOOT_MALFORMED, { 0, 0, 0 } },
	{ "align 2^32 - 1", { 0xffffffff }, 4, 0x1000, PVHBOOT_MALFORMED, { 0, 0, 0 } },
	{ "p_align of a page", { 0 }, 0, 0x1000, PVHBOOT_OK, { 0x1000, 0, 0xffffffff } },
	{ "p_align below a page", { 0 }, 0, 0x200, PVHBOOT_OK, { 0x200000, 0, 0xffffffff } },
	{ "p_align 0", { 0 }, 0, 0, PVHBOOT_OK, { 0x200000, 0, 0xffffffff } },
	{ "p_align of 1 GiB", { 0 }, 0, 0x40000000, PVHBOOT_OK, { 0x40000000, 0, 0xffffffff } },
	{ "p_align of 2 MiB, but the note's counts", { 0x1000 }, 4, 0x200000, PVHBOOT_OK, { 0x1000,
	  0, 0xffffffff } },
};
/* clang-format on */

START_TEST(reloc_notes)
{
	const char *row = relocs[_i].name;
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET,
		.stage = PVHBOOT_STAGE_NOTE,
		.subject = PVHBOOT_SUBJECT_NOTE,
		.index = 1,
	};
	struct blob notes = { 0 };
	struct noted noted;
	uint8_t desc[16];
	enum pvhboot_status status;

	for (size_t i = 0; i < 4; i++)
		store_le(desc + 4 * i, 4, relocs[_i].words[i]);
	put_entry(&notes, 4, ENTRY);
	note_xen(&notes, XEN_PHYS32_RELOC, desc, relocs[_i].size);
	begin(&noted);
	elf_add_notes(&noted.elf, &notes);
	blob_free(&notes);
	elf_finish(&noted.elf);
	elf_patch(&noted.elf, "p_align", 0, relocs[_i].p_align);
	want.offset = elf_read(&noted.elf, "p_offset", 1) + 20;
	status = pvhboot_kernel_open(blob_view(&noted.elf.image), 0, &noted.kernel, &noted.diag);
	expect_status(row, status, relocs[_i].status);
	if (status) {
		expect_failure(row, &noted.diag, status, &want);
	} else {
		expect_success(row, &noted.diag, 0);
		expect_eq(row, noted.kernel.relocatable, 1);
		expect_eq(row, noted.kernel.reloc.align, relocs[_i].reloc.align);
		expect_eq(row, noted.kernel.reloc.min, relocs[_i].reloc.min);
		expect_eq(row, noted.kernel.reloc.max, relocs[_i].reloc.max);
	}
	done(&noted);
}
END_TEST

/* The largest p_align counts, whichever segment has it. */
START_TEST(reloc_default_of_several_segments)
{
	static const uint64_t aligns[][2] = { { 0x1000, 0x400000 }, { 0x400000, 0x1000 } };

	for (size_t i = 0; i < 2; i++) {
		const struct kernel_spec spec = { .has_reloc = 1 };
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag = { 0 };
		struct elf elf;

		kernel_build(&elf, &spec);
		elf_patch(&elf, "p_align", 0, aligns[i][0]);
		elf_patch(&elf, "p_align", 1, aligns[i][1]);
		/* That of another header does not. */
		elf_patch(&elf, "p_align", 2, 0x80000000);
		expect_status("largest",
			      pvhboot_kernel_open(blob_view(&elf.image), 0, &kernel, &diag),
			      PVHBOOT_OK);
		ck_assert_uint_eq(kernel.reloc.align, 0x400000);
		elf_free(&elf);
	}
}
END_TEST

START_TEST(reloc_twice)
{
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET,
		.stage = PVHBOOT_STAGE_NOTE,
		.subject = PVHBOOT_SUBJECT_NOTE,
		.index = 2,
	};
	struct blob notes = { 0 };
	struct noted noted;

	note_xen_number(&notes, XEN_PHYS32_RELOC, 8, 0x100000000400000);
	put_entry(&notes, 4, ENTRY);
	want.offset = notes.size;
	note_xen_number(&notes, XEN_PHYS32_RELOC, 4, 0x10000);
	expect_status("twice", open_with(&noted, &notes), PVHBOOT_OK);
	want.offset += noted.at;
	expect_warning("twice", &noted.diag, &want);
	ck_assert_uint_eq(noted.kernel.reloc.align, 0x10000);
	ck_assert_uint_eq(noted.kernel.reloc.min, 0);
	ck_assert_uint_eq(noted.kernel.reloc.max, 0xffffffff);
	done(&noted);
}
END_TEST

/* Every byte of the notes changed to every of a few values: a status, no harm. */
START_TEST(every_byte_changed)
{
	static const uint8_t values[] = { 0, 1, 4, 0x7f, 0x80, 0xff };
	struct blob notes = { 0 };
	struct noted noted;
	struct guard guard;
	size_t n_ok = 0;

	put_entry(&notes, 8, ENTRY);
	note_strangers(&notes);
	note_xen_number(&notes, XEN_PHYS32_RELOC, 4, 0x1000);
	begin(&noted);
	elf_add_notes(&noted.elf, &notes);
	elf_finish(&noted.elf);
	noted.at = elf_read(&noted.elf, "p_offset", 1);
	guard = guard_open(noted.elf.image.size);
	for (size_t i = 0; i < notes.size * sizeof(values); i++) {
		uint8_t *byte = &noted.elf.image.data[noted.at + i / sizeof(values)];
		uint8_t before = *byte;
		enum pvhboot_status status;

		*byte = values[i % sizeof(values)];
		status = pvhboot_kernel_open(guard_at_end(&guard, blob_view(&noted.elf.image)), 0,
					     &noted.kernel, &noted.diag);
		ck_assert_msg(status == PVHBOOT_OK || status == PVHBOOT_MALFORMED ||
				      status == PVHBOOT_NOTPVH || status == PVHBOOT_RANGE,
			      "byte %zu: %s", i / sizeof(values), pvhboot_status_name(status));
		n_ok += status == PVHBOOT_OK;
		*byte = before;
	}
	ck_assert_uint_gt(n_ok, 0);
	guard_close(&guard);
	blob_free(&notes);
	done(&noted);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("note");
	TCase *notes = suite_case(suite, "notes");
	TCase *places = suite_case(suite, "places");
	TCase *entry = suite_case(suite, "entry");
	TCase *reloc = suite_case(suite, "reloc");
	TCase *many = suite_case(suite, "many");

	tcase_add_test(notes, names);
	tcase_add_test(notes, owner);
	tcase_add_loop_test(notes, note_table, 0, ROWS(note_rows));
	tcase_add_test(notes, findings_about_notes);
	tcase_add_test(notes, detail_lists_notes);
	tcase_add_test(notes, trailing_bytes);
	tcase_add_test(notes, alignment_of_the_segment);
	tcase_add_test(notes, padding_8);
	tcase_add_test(notes, padding_8_of_the_name);
	tcase_add_test(notes, ambiguous_padding);
	tcase_add_test(notes, ambiguous_padding_of_8_bytes);
	tcase_add_test(notes, padding_by_the_number_of_xen_notes);
	tcase_add_test(notes, padding_of_what_is_well_formed);
	tcase_add_test(notes, odd_offsets);
	tcase_add_test(notes, iterator);
	tcase_add_test(notes, every_byte_changed);

	tcase_add_test(places, several_segments);
	tcase_add_test(places, segments_of_different_padding);
	tcase_add_test(places, sections);
	tcase_add_test(places, section_behind_the_file);
	tcase_add_test(places, segment_behind_the_file);
	tcase_add_test(places, description_leaves_the_segment);
	tcase_add_test(places, segment_without_memory);
	tcase_add_test(places, segment_at_offset_0);
	tcase_add_test(places, segment_at_offset_0_of_a_large_file);

	tcase_add_test(entry, entry_sizes);
	tcase_add_test(entry, entry_sizes_at_the_end);
	tcase_add_test(entry, names_of_nuls);
	tcase_add_loop_test(entry, entry_values, 0, ROWS(entries));
	tcase_add_test(entry, entry_in_a_gap);

	tcase_add_loop_test(reloc, reloc_notes, 0, ROWS(relocs));
	tcase_add_test(reloc, reloc_default_of_several_segments);
	tcase_add_test(reloc, reloc_twice);

	tcase_add_test(many, number_of_notes);
	tcase_add_test(many, number_of_notes_by_many_segments);
	tcase_add_test(many, number_of_notes_in_both_sources);
	tcase_add_test(many, ten_mebibytes_of_notes);
	return suite_run(suite);
}
