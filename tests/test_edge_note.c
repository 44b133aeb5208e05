/* SPDX-License-Identifier: MIT */
/* Rows 33 to 58 of edge-cases.md: notes, and the entry that they name. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/edge.h"
#include "support/guard.h"
#include "support/suite.h"

#define PADDR ((uint64_t)KERNEL_PADDR)
#define ENTRY (PADDR + 0x40)
#define NOTE 1 /* the program header behind that of the PT_LOAD */

#define GUEST_OS 6
#define MALFORMED_NAME "n_namesz <= bytes left in the notes"
#define MALFORMED_DESC "n_descsz <= bytes left in the notes"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct finding no_entry = {
	.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_NO_OFFSET | SAYS_NO_NUMBERS,
	.stage = PVHBOOT_STAGE_NOTE,
	.subject = PVHBOOT_SUBJECT_KERNEL,
};

/* One PT_LOAD of 0x300 bytes and 0x500 of bss at PADDR, and no notes yet. */
static void begin(struct edge *edge, unsigned int bits)
{
	memset(edge, 0, sizeof(*edge));
	kernel_begin(&edge->elf, &(struct kernel_spec){
					 .bits = bits, .n_loads = 1, .notes = KERNEL_NOTES_NONE });
}

/* The same with these in one PT_NOTE, finished; they are freed. */
static void build(struct edge *edge, unsigned int bits, struct blob *notes)
{
	begin(edge, bits);
	elf_add_notes(&edge->elf, notes);
	blob_free(notes);
	elf_finish(&edge->elf);
}

/* Where the notes lie in the image. */
static uint64_t notes_at(const struct edge *edge)
{
	return elf_read(&edge->elf, "p_offset", NOTE);
}

static void put_entry(struct blob *notes, unsigned int width, uint64_t entry)
{
	note_xen_number(notes, XEN_PHYS32_ENTRY, width, entry);
}

/* It opens, with this many notes of one padding, and the usual entry. */
static void expect_notes(const char *row, struct edge *edge, uint32_t n, uint32_t padding)
{
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;

	edge_expect_ok(row, edge, 0);
	expect_eq(row, edge->kernel.entry, ENTRY);
	expect_eq(row, edge->kernel.n_notes, n);
	while (pvhboot_note_next(&edge->kernel, &iter, &note))
		expect_eq(row, note.padding, padding);
}

static void expect_no_entry(const char *row, struct edge *edge, const char *detail)
{
	edge_expect_failure(row, edge, PVHBOOT_NOTPVH, "PHYS32_ENTRY", &no_entry);
	ck_assert_msg(strcmp(edge->diag.detail, detail) == 0, "%s: detail is \"%s\"", row,
		      edge->diag.detail);
}

START_TEST(edge_033_no_entry_note)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		struct blob notes = { 0 };
		struct edge edge;

		begin(&edge, bits);
		elf_finish(&edge.elf);
		expect_no_entry("no notes", &edge, "no notes");
		edge_close(&edge);

		build(&edge, bits, &notes);
		expect_no_entry("empty", &edge, "no notes");
		edge_close(&edge);

		note_strangers(&notes);
		build(&edge, bits, &notes);
		expect_no_entry("others", &edge,
				bits == 64 ? "it has the entry linux64; notes of GNU: 5, 3; of "
					     "Linux: 257" :
					     "notes of GNU: 5, 3; of Linux: 257");
		edge_close(&edge);

		note_xen(&notes, GUEST_OS, "linux", 6);
		note_xen(&notes, 7, "2.6", 4);
		build(&edge, bits, &notes);
		expect_no_entry("Xen's", &edge, "notes of Xen: GUEST_OS, GUEST_VERSION");
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_034_type_18_of_another_owner)
{
	struct blob notes = { 0 };
	struct edge edge;
	uint8_t desc[4];

	store_le(desc, 4, ENTRY + 1);
	note_add(&notes, "GNU", 4, XEN_PHYS32_ENTRY, desc, 4, 4);
	build(&edge, 64, &notes);
	expect_no_entry("alone", &edge, "notes of GNU: 18");
	edge_close(&edge);

	note_add(&notes, "GNU", 4, XEN_PHYS32_ENTRY, desc, 4, 4);
	put_entry(&notes, 4, ENTRY);
	note_add(&notes, "GNU", 4, XEN_PHYS32_ENTRY, desc, 4, 4);
	build(&edge, 64, &notes);
	expect_notes("around it", &edge, 3, 4);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_035_size_of_the_name)
{
	static const uint32_t sizes[] = { 3, 5, 8 };

	for (size_t i = 0; i < N_OF(sizes); i++) {
		struct finding want;
		struct blob notes = { 0 };
		struct edge edge;
		uint8_t desc[4];
		char row[16];

		snprintf(row, sizeof(row), "namesz %u", sizes[i]);
		store_le(desc, 4, ENTRY);
		note_strangers(&notes);
		want = edge_at_note(3, notes.size, sizes[i], 4);
		note_add(&notes, "Xen\0\0\0\0", sizes[i], XEN_PHYS32_ENTRY, desc, 4, 4);
		build(&edge, 64, &notes);
		want.offset += notes_at(&edge);
		edge_expect_warning(row, &edge, "n_namesz 4 of the owner \"Xen\"", &want);
		expect_eq(row, edge.kernel.entry, ENTRY);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_036_sizes_of_notes)
{
	struct finding want;
	struct blob notes = { 0 };
	struct edge edge;
	uint64_t at;

	note_add(&notes, "", 0, XEN_PHYS32_ENTRY, "\1\2\3\4", 4, 4);
	put_entry(&notes, 4, ENTRY);
	build(&edge, 64, &notes);
	expect_notes("namesz 0", &edge, 2, 4);
	edge_close(&edge);

	/* The second note of 20 bytes: 8 follow its header. */
	put_entry(&notes, 4, ENTRY);
	note_add(&notes, "GNU", 4, 1, "1234", 4, 4);
	build(&edge, 64, &notes);
	at = notes_at(&edge) + 20;
	store_le(edge.elf.image.data + at + 4, 4, 0xffffffff);
	want = edge_at_notes(NOTE, at, 0xffffffff, 4);
	edge_expect_failure("descsz", &edge, PVHBOOT_MALFORMED, MALFORMED_DESC, &want);
	store_le(edge.elf.image.data + at + 4, 4, 5);
	want = edge_at_notes(NOTE, at, 5, 4);
	edge_expect_failure("descsz 5", &edge, PVHBOOT_MALFORMED, MALFORMED_DESC, &want);
	store_le(edge.elf.image.data + at, 4, 0xfffffffe);
	want = edge_at_notes(NOTE, at, 0xfffffffe, 8);
	edge_expect_failure("namesz", &edge, PVHBOOT_MALFORMED, MALFORMED_NAME, &want);
	store_le(edge.elf.image.data + at, 4, 0xffffffff);
	store_le(edge.elf.image.data + at + 4, 4, 0xffffffff);
	want = edge_at_notes(NOTE, at, 0xffffffff, 8);
	edge_expect_failure("both", &edge, PVHBOOT_MALFORMED, MALFORMED_NAME, &want);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_037_size_of_the_entry)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 5, 6, 7, 9, 12, 16 };
	static const uint8_t desc[16] = { 0x40, 0, 0, 1 };

	for (size_t i = 0; i < N_OF(sizes); i++) {
		struct finding want;
		struct blob notes = { 0 };
		struct edge edge;
		char row[16];

		snprintf(row, sizeof(row), "%zu bytes", sizes[i]);
		note_xen(&notes, GUEST_OS, "linux", 6);
		want = edge_at_note(1, notes.size, sizes[i], 8);
		note_xen(&notes, XEN_PHYS32_ENTRY, desc, sizes[i]);
		build(&edge, 64, &notes);
		want.offset += notes_at(&edge);
		edge_expect_failure(row, &edge, PVHBOOT_MALFORMED, "4 or 8 bytes in PHYS32_ENTRY",
				    &want);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_038_entry_of_4_or_8)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		for (unsigned int width = 4; width <= 8; width += 4) {
			struct blob notes = { 0 };
			struct edge edge;

			put_entry(&notes, width, ENTRY);
			build(&edge, bits, &notes);
			expect_notes("entry", &edge, 1, 4);
			edge_close(&edge);
		}
	}
}
END_TEST

START_TEST(edge_039_entry_above_4_gib)
{
	static const uint64_t entries[] = {
		(UINT64_C(1) << 32) + ENTRY,
		UINT64_C(1) << 32,
		UINT64_C(0xffffffff81000040),
	};

	for (size_t i = 0; i < N_OF(entries); i++) {
		struct finding want;
		struct blob notes = { 0 };
		struct edge edge;

		put_entry(&notes, 8, entries[i]);
		build(&edge, 64, &notes);
		want = edge_at_note(0, notes_at(&edge), entries[i], UINT64_C(1) << 32);
		edge_expect_failure("high", &edge, PVHBOOT_RANGE, "PHYS32_ENTRY < 4 GiB", &want);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_040_two_entries)
{
	struct finding want;
	struct blob notes = { 0 };
	struct edge edge;

	put_entry(&notes, 4, ENTRY);
	put_entry(&notes, 8, ENTRY);
	build(&edge, 64, &notes);
	expect_notes("equal", &edge, 2, 4);
	edge_close(&edge);

	put_entry(&notes, 4, ENTRY);
	put_entry(&notes, 4, ENTRY + 1);
	build(&edge, 64, &notes);
	want = edge_at_note(1, notes_at(&edge) + 20, ENTRY + 1, ENTRY);
	edge_expect_failure("different", &edge, PVHBOOT_MALFORMED,
			    "the same entry in all PHYS32_ENTRY notes", &want);
	edge_close(&edge);
}
END_TEST

/* Under PVHBOOT_COMPAT_XEN the lower half counts, wherever that is. */
START_TEST(edge_039_compat)
{
	static const char rule[] = "PHYS32_ENTRY < 4 GiB; COMPAT_XEN uses its lower half";
	const uint64_t high = (UINT64_C(0xffffffff) << 32) + ENTRY;
	struct blob notes = { 0 };
	struct finding want;
	struct edge edge;

	put_entry(&notes, 8, high);
	build(&edge, 64, &notes);
	edge.flags = PVHBOOT_COMPAT_XEN;
	want = edge_at_note(0, notes_at(&edge), high, UINT64_C(1) << 32);
	edge_expect_warning("high", &edge, rule, &want);
	ck_assert_uint_eq(edge.kernel.entry, ENTRY);
	edge_close(&edge);

	put_entry(&notes, 8, UINT64_C(1) << 32);
	build(&edge, 64, &notes);
	edge.flags = PVHBOOT_COMPAT_XEN;
	want = edge_at_entry(0, PADDR);
	edge_expect_failure("0", &edge, PVHBOOT_RANGE, ">= start of the kernel", &want);
	ck_assert_uint_eq(edge.diag.n_warnings, 1);
	expect_rule("0", &edge.diag.warnings[0], rule);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_040_compat)
{
	struct blob notes = { 0 };
	struct finding want;
	struct edge edge;

	put_entry(&notes, 4, ENTRY);
	put_entry(&notes, 4, ENTRY + 1);
	build(&edge, 64, &notes);
	edge.flags = PVHBOOT_COMPAT_XEN;
	want = edge_at_note(1, notes_at(&edge) + 20, ENTRY + 1, ENTRY);
	edge_expect_warning("different", &edge, "COMPAT_XEN uses the last", &want);
	ck_assert_uint_eq(edge.kernel.entry, ENTRY + 1);
	edge_close(&edge);

	/* Each that differs from the one before it. */
	put_entry(&notes, 4, ENTRY + 2);
	put_entry(&notes, 8, ENTRY + 2);
	put_entry(&notes, 4, ENTRY);
	put_entry(&notes, 4, ENTRY + 3);
	build(&edge, 64, &notes);
	edge.flags = PVHBOOT_COMPAT_XEN;
	edge_expect_ok("four", &edge, 2);
	ck_assert_uint_eq(edge.kernel.entry, ENTRY + 3);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_041_two_note_segments)
{
	for (int xen_first = 0; xen_first < 2; xen_first++) {
		struct blob xen = { 0 };
		struct blob others = { 0 };
		struct edge edge;

		put_entry(&xen, 4, ENTRY);
		note_strangers(&others);
		begin(&edge, 64);
		elf_add_notes(&edge.elf, xen_first ? &xen : &others);
		elf_add_notes(&edge.elf, xen_first ? &others : &xen);
		elf_finish(&edge.elf);
		expect_notes(xen_first ? "Xen's first" : "Xen's last", &edge, 4, 4);
		blob_free(&xen);
		blob_free(&others);
		edge_close(&edge);
	}
}
END_TEST

/* As Linux has them: the segment is aligned to 8 for its first note alone. */
START_TEST(edge_042_note_p_align_8)
{
	static const uint8_t property[16] = { 2, 0x80, 0, 0xc0, 4, 0, 0, 0, 1 };
	struct blob notes = { 0 };
	struct edge edge;

	note_add(&notes, "GNU", 4, 5, property, sizeof(property), 4);
	note_xen(&notes, GUEST_OS, "linux", 6);
	note_xen(&notes, 7, "2.6", 4);
	note_xen(&notes, 5, "xen-3.0", 8);
	note_xen_number(&notes, 17, 4, 0x801);
	put_entry(&notes, 8, ENTRY);
	note_xen(&notes, 9, "yes", 4);
	build(&edge, 64, &notes);
	elf_patch(&edge.elf, "p_align", NOTE, 8);
	expect_notes("8", &edge, 7, 4);
	edge_close(&edge);
}
END_TEST

/* Padded to 8, by the gABI; a walk by 4 finds the second note in the middle of one. */
static void put_padded_by_8(struct blob *notes)
{
	uint8_t desc[8];

	store_le(desc, 8, ENTRY);
	note_add(notes, "Xen", 4, GUEST_OS, "linux\0abcdef", 12, 8);
	note_add(notes, "Xen", 4, XEN_PHYS32_ENTRY, desc, 8, 8);
	note_add(notes, "Linux", 6, 257, "\1", 1, 8);
}

START_TEST(edge_043_notes_padded_to_8)
{
	struct blob notes = { 0 };
	struct edge edge;
	uint8_t desc[8];

	put_padded_by_8(&notes);
	build(&edge, 64, &notes);
	elf_patch(&edge.elf, "p_align", NOTE, 8);
	expect_notes("8", &edge, 3, 8);
	edge_close(&edge);

	/* Well formed by 4 too, as a note whose name of 12 bytes hides Xen's. */
	store_le(desc, 8, ENTRY);
	note_add(&notes, "GNU", 4, 1, "1234", 4, 4);
	blob_put(&notes, 4, 12);
	note_add(&notes, "Xen", 4, XEN_PHYS32_ENTRY, desc, 8, 8);
	build(&edge, 64, &notes);
	expect_notes("hidden by 4", &edge, 2, 8);
	edge_close(&edge);
}
END_TEST

/*
 * Well formed both ways: behind a name of 5 the description starts at 20 by 4,
 * and at 24 by 8.
 */
static const uint32_t name_size = 16; /* of the second note by 4 */

static void build_two_faced(struct edge *edge)
{
	struct blob notes = { 0 };

	blob_put(&notes, 4, 5);
	blob_put(&notes, 4, 4);
	blob_put(&notes, 4, XEN_PHYS32_ENTRY);
	blob_append(&notes, "Xen\0\0\0\0\0", 8);
	blob_put(&notes, 4, ENTRY);     /* 20: by 4 the entry */
	blob_put(&notes, 4, name_size); /* 24: by 8 the entry, by 4 namesz */
	blob_put(&notes, 4, 0);         /* 28: by 4 descsz */
	blob_put(&notes, 4, 0);         /* 32: by 4 the type, by 8 namesz */
	blob_put(&notes, 4, 4);         /* 36: by 8 descsz */
	blob_put(&notes, 4, 77);        /* 40: by 8 the type */
	blob_fill(&notes, 0, 36 + name_size - notes.size);
	build(edge, 64, &notes);
}

START_TEST(edge_044_two_faced_notes)
{
	struct finding want;
	struct edge edge;

	build_two_faced(&edge);
	want = edge_at_notes(NOTE, notes_at(&edge), ENTRY, name_size);
	edge_expect_failure("both", &edge, PVHBOOT_MALFORMED,
			    "the same entry by padding to 4 and to 8 bytes", &want);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_044_compat)
{
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;
	struct finding want;
	struct edge edge;

	build_two_faced(&edge);
	edge.flags = PVHBOOT_COMPAT_XEN;
	want = edge_at_notes(NOTE, notes_at(&edge), ENTRY, name_size);
	edge_expect_ok("both", &edge, 2);
	expect_finding("both", &edge.diag.warnings[0], &want);
	expect_rule("both", &edge.diag.warnings[0],
		    "the same entry by padding to 4 and to 8 bytes");
	/* The name is of 5 bytes. */
	expect_rule("both", &edge.diag.warnings[1], "n_namesz 4 of the owner");
	ck_assert_uint_eq(edge.kernel.entry, ENTRY);
	while (pvhboot_note_next(&edge.kernel, &iter, &note))
		ck_assert_uint_eq(note.padding, 4);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_045_other_p_align)
{
	static const uint64_t aligns[] = { 0, 1, 2, 3, 16, 0x1000, UINT64_C(1) << 63, UINT64_MAX };

	for (size_t i = 0; i < N_OF(aligns); i++) {
		struct blob notes = { 0 };
		struct edge edge;
		char row[48];

		snprintf(row, sizeof(row), "p_align 0x%" PRIx64, aligns[i]);
		note_xen(&notes, GUEST_OS, "linux", 6);
		note_xen_number(&notes, 17, 4, 0x801);
		put_entry(&notes, 4, ENTRY);
		build(&edge, 64, &notes);
		elf_patch(&edge.elf, "p_align", NOTE, aligns[i]);
		expect_notes(row, &edge, 3, 4);
		edge_close(&edge);

		/* Where 4 does not do, 8 does. */
		put_padded_by_8(&notes);
		build(&edge, 64, &notes);
		elf_patch(&edge.elf, "p_align", NOTE, aligns[i]);
		expect_notes(row, &edge, 3, 8);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_046_desc_leaves_the_segment)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		struct finding want;
		struct blob notes = { 0 };
		struct edge edge;

		put_entry(&notes, 8, ENTRY);
		begin(&edge, bits);
		elf_add_notes(&edge.elf, &notes);
		elf_add_gap(&edge.elf, 64);
		elf_finish(&edge.elf);
		elf_patch(&edge.elf, "p_filesz", NOTE, notes.size - 1);
		want = edge_at_notes(NOTE, notes_at(&edge), 8, 7);
		edge_expect_failure("by 1", &edge, PVHBOOT_MALFORMED, MALFORMED_DESC, &want);
		elf_patch(&edge.elf, "p_filesz", NOTE, 15);
		want = edge_at_notes(NOTE, notes_at(&edge), 4, 3);
		edge_expect_failure("name", &edge, PVHBOOT_MALFORMED, MALFORMED_NAME, &want);
		blob_free(&notes);
		edge_close(&edge);
	}
}
END_TEST

/* Under PVHBOOT_COMPAT_XEN a note is read on up to the end of the image. */
START_TEST(edge_046_compat)
{
	static const char rule[] =
		"a note that ends in its segment or section; COMPAT_XEN reads on";
	static const uint64_t sizes[] = { 23, 17, 16, 15, 12 };

	for (size_t i = 0; i < N_OF(sizes); i++) {
		for (int in_section = 0; in_section < 2; in_section++) {
			struct blob notes = { 0 };
			struct finding want;
			struct edge edge;
			uint64_t offset;
			char row[48];

			snprintf(row, sizeof(row), "%" PRIu64 " bytes%s", sizes[i],
				 in_section ? " of a section" : "");
			put_entry(&notes, 8, ENTRY);
			begin(&edge, 64);
			if (in_section)
				elf_add_note_section(&edge.elf, &notes);
			else
				elf_add_notes(&edge.elf, &notes);
			elf_add_gap(&edge.elf, 64);
			elf_finish(&edge.elf);
			elf_patch(&edge.elf, in_section ? "sh_size" : "p_filesz", NOTE, sizes[i]);
			offset = elf_read(&edge.elf, in_section ? "sh_offset" : "p_offset", NOTE);
			edge.flags = PVHBOOT_COMPAT_XEN;
			want = edge_at_note(0, offset, 24, sizes[i]);
			edge_expect_warning(row, &edge, rule, &want);
			expect_eq(row, edge.kernel.entry, ENTRY);
			expect_eq(row, edge.kernel.n_notes, 1);
			blob_free(&notes);
			edge_close(&edge);
		}
	}
}
END_TEST

/* A note without a description, whose name leaves. */
START_TEST(edge_046_compat_name_alone)
{
	static const uint64_t sizes[] = { 15, 14, 13, 12 };

	for (size_t i = 0; i < N_OF(sizes); i++) {
		struct blob notes = { 0 };
		struct finding want;
		struct edge edge;
		char row[32];

		snprintf(row, sizeof(row), "%" PRIu64 " bytes", sizes[i]);
		put_entry(&notes, 8, ENTRY);
		note_xen(&notes, XEN_PHYS32_RELOC, "", 0);
		ck_assert_uint_eq(notes.size, 24 + 16);
		begin(&edge, 64);
		elf_add_notes(&edge.elf, &notes);
		elf_add_gap(&edge.elf, 64);
		elf_finish(&edge.elf);
		edge.flags = PVHBOOT_COMPAT_XEN;
		edge_expect_ok("whole", &edge, 0);
		elf_patch(&edge.elf, "p_filesz", NOTE, 24 + sizes[i]);
		want = edge_at_note(1, notes_at(&edge) + 24, 24 + 16, 24 + sizes[i]);
		edge_expect_warning(row, &edge, "COMPAT_XEN reads on", &want);
		expect_eq(row, edge.kernel.relocatable, 1);
		edge.flags = 0;
		want = edge_at_notes(NOTE, notes_at(&edge) + 24, 4, sizes[i] - 12);
		edge_expect_failure(row, &edge, PVHBOOT_MALFORMED, MALFORMED_NAME, &want);
		blob_free(&notes);
		edge_close(&edge);
	}
}
END_TEST

/* Whoever owns it. */
START_TEST(edge_046_compat_of_another_owner)
{
	struct blob notes = { 0 };
	struct finding want;
	struct edge edge;

	put_entry(&notes, 4, ENTRY);
	note_add(&notes, "GNU", 4, 3, "01234567", 8, 4);
	begin(&edge, 64);
	elf_add_notes(&edge.elf, &notes);
	elf_add_gap(&edge.elf, 64);
	elf_finish(&edge.elf);
	elf_patch(&edge.elf, "p_filesz", NOTE, notes.size - 1);
	want = edge_at_notes(NOTE, notes_at(&edge) + 20, 8, 7);
	edge_expect_failure("not asked for", &edge, PVHBOOT_MALFORMED, MALFORMED_DESC, &want);
	edge.flags = PVHBOOT_COMPAT_XEN;
	want = edge_at_note(1, notes_at(&edge) + 20, notes.size, notes.size - 1);
	edge_expect_warning("by 1", &edge, "COMPAT_XEN reads on", &want);
	ck_assert_uint_eq(edge.kernel.build_id.size, 8);
	blob_free(&notes);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_046_compat_leaves_the_image)
{
	struct blob notes = { 0 };
	struct finding want;
	struct edge edge;

	put_entry(&notes, 8, ENTRY);
	notes.size--;
	build(&edge, 64, &notes);
	edge.flags = PVHBOOT_COMPAT_XEN;
	want = edge_at_notes(NOTE, notes_at(&edge), 8, 7);
	edge_expect_failure("by 1", &edge, PVHBOOT_MALFORMED, MALFORMED_DESC, &want);
	/* The segment itself must lie in it. */
	elf_patch(&edge.elf, "p_filesz", NOTE, 24);
	want = edge_at_notes(NOTE, notes_at(&edge), 24, 23);
	edge_expect_failure("segment", &edge, PVHBOOT_TRUNCATED, "the notes in the file", &want);
	edge_close(&edge);
}
END_TEST

/* Opens notes with leniency and expects two, of this padding, of which the second is of this
 * owner. The notes are freed. */
static void expect_two(const char *row, struct blob *notes, uint32_t padding, const char *owner,
		       size_t n_warnings)
{
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;
	struct edge edge;

	begin(&edge, 64);
	edge.flags = PVHBOOT_COMPAT_XEN;
	elf_add_notes(&edge.elf, notes);
	elf_add_gap(&edge.elf, 256);
	elf_finish(&edge.elf);
	edge_expect_ok(row, &edge, n_warnings);
	expect_eq(row, edge.kernel.n_notes, 2);
	expect_eq(row, pvhboot_note_next(&edge.kernel, &iter, &note), 1);
	expect_eq(row, pvhboot_note_next(&edge.kernel, &iter, &note), 1);
	expect_eq(row, note.padding, padding);
	expect_eq(row, note.name.size, strlen(owner));
	expect_true(row, memcmp(note.name.data, owner, strlen(owner)) == 0);
	edge_close(&edge);
	blob_free(notes);
}

/* A walk that needs leniency is preferred to one that is malformed with it, and padding
 * that lacks behind the last name is not leniency. */
START_TEST(edge_046_compat_by_one)
{
	struct blob notes = { 0 };

	note_add(&notes, "Xen", 4, XEN_PHYS32_ENTRY, "\x40\0\0\x01", 4, 4);
	blob_put(&notes, 4, 4);
	blob_put(&notes, 4, 100);        /* by 8: the size of a name */
	blob_put(&notes, 4, 0x7fffffff); /* by 8: that of a description */
	blob_append(&notes, "Foo", 4);
	expect_two("malformed by 8", &notes, 4, "Foo", 1);

	note_add(&notes, "Xen", 4, XEN_PHYS32_ENTRY, "\x40\0\0\x01", 4, 4);
	blob_put(&notes, 4, 9);
	blob_put(&notes, 4, 0);
	blob_put(&notes, 4, 0);
	blob_append(&notes, "Foo Bar.", 9);
	expect_two("padding lacks", &notes, 4, "Foo Bar.", 0);

	note_add(&notes, "Xen", 4, XEN_PHYS32_ENTRY, "\x40\0\0\x01", 4, 8);
	store_le(notes.data + 20, 4, 0x7fffffff); /* by 4: the size of a name */
	blob_put(&notes, 4, 4);
	blob_put(&notes, 4, 100);
	blob_put(&notes, 4, 0);
	blob_append(&notes, "Foo", 4);
	expect_two("malformed by 4", &notes, 8, "Foo", 1);
}
END_TEST

/* Leniency does not turn notes padded to 8 into ones padded to 4 that leave their segment:
 * what is accepted without it is the same with it. */
START_TEST(edge_046_compat_prefers_what_needs_none)
{
	struct blob notes = { 0 };
	struct edge edge;

	note_add(&notes, "Xen", 4, XEN_PHYS32_ENTRY, "\x40\0\0\x01", 4, 8);
	ck_assert_uint_eq(notes.size, 24);
	blob_put(&notes, 8, 3); /* by 4: another note, of 3 bytes behind the segment */
	begin(&edge, 64);
	elf_add_notes(&edge.elf, &notes);
	elf_add_gap(&edge.elf, 64);
	elf_finish(&edge.elf);
	for (int i = 0; i < 2; i++) {
		struct pvhboot_diag diag = { 0 };
		struct pvhboot_kernel kernel;

		expect_status("open",
			      pvhboot_kernel_open(blob_view(&edge.elf.image),
						  i ? PVHBOOT_COMPAT_XEN : 0, &kernel, &diag),
			      PVHBOOT_OK);
		expect_eq("notes", kernel.n_notes, 1);
		expect_eq("warnings", diag.n_warnings, 1);
		ck_assert_ptr_nonnull(strstr(diag.warnings[0].rule, "behind the last note"));
	}
	blob_free(&notes);
	elf_free(&edge.elf);
}
END_TEST

/* The same of a name that leaves it: by 4 the padding of the entry is the size of one. */
START_TEST(edge_046_compat_name_leaves)
{
	struct blob notes = { 0 };
	struct edge edge;

	note_add(&notes, "Xen", 4, XEN_PHYS32_ENTRY, "\x40\0\0\x01", 4, 8);
	ck_assert_uint_eq(notes.size, 24);
	store_le(notes.data + 20, 4, 3);
	blob_put(&notes, 8, 0);
	begin(&edge, 64);
	elf_add_notes(&edge.elf, &notes);
	elf_add_gap(&edge.elf, 64);
	elf_finish(&edge.elf);
	for (int i = 0; i < 2; i++) {
		edge.flags = i ? PVHBOOT_COMPAT_XEN : 0;
		edge_expect_ok("name", &edge, 0);
		expect_eq("name", edge.kernel.n_notes, 1);
	}
	blob_free(&notes);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_047_bytes_behind_the_notes)
{
	for (size_t n = 1; n < 12; n++) {
		struct finding want;
		struct blob notes = { 0 };
		struct edge edge;
		char row[16];

		snprintf(row, sizeof(row), "%zu bytes", n);
		put_entry(&notes, 4, ENTRY);
		blob_fill(&notes, 0, n);
		build(&edge, 64, &notes);
		expect_notes(row, &edge, 1, 4);
		edge.elf.image.data[notes_at(&edge) + 20 + n - 1] = 0x5a;
		want = edge_at_notes(NOTE, notes_at(&edge) + 20 + n - 1, 0x5a, 0);
		edge_expect_warning(row, &edge, "only bytes of 0 behind the last note", &want);
		expect_eq(row, edge.kernel.n_notes, 1);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_048_note_segment_at_offset_0)
{
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_NO_NUMBERS,
		.stage = PVHBOOT_STAGE_NOTE,
		.subject = PVHBOOT_SUBJECT_SEGMENT,
		.index = NOTE,
	};
	struct blob notes = { 0 };
	struct edge edge;

	put_entry(&notes, 4, ENTRY);
	begin(&edge, 64);
	elf_add(&edge.elf, &(struct elf_phdr){ .type = 4, .filesz = 64 }, NULL, 0);
	elf_add_notes(&edge.elf, &notes);
	elf_finish(&edge.elf);
	edge_expect_warning("skipped", &edge, "notes at an offset above 0", &want);
	ck_assert_uint_eq(edge.kernel.n_notes, 1);
	ck_assert_uint_eq(edge.kernel.entry, ENTRY);
	blob_free(&notes);
	edge_close(&edge);
}
END_TEST

/* Sections with names: number 1 is of this type and name, number 2 has the names. */
static void add_named_section(struct edge *edge, uint32_t type, const char *name,
			      const struct blob *bytes)
{
	struct blob names = { 0 };

	blob_fill(&names, 0, 1);
	blob_append(&names, name, strlen(name) + 1);
	elf_add_section(&edge->elf, &(struct elf_shdr){ .name = 1, .type = type, .addralign = 4 },
			bytes->data, bytes->size);
	elf_add_section(&edge->elf, &(struct elf_shdr){ .type = 3 }, names.data, names.size);
	blob_free(&names);
	elf_finish(&edge->elf);
	elf_patch(&edge->elf, "e_shstrndx", 0, 2);
}

START_TEST(edge_049_notes_in_a_section)
{
	static const char *const names[] = { ".note.Xen", "__xen_guest", "" };

	for (size_t i = 0; i < 2 * N_OF(names); i++) {
		const char *name = names[i / 2];
		struct blob notes = { 0 };
		struct edge edge;

		put_entry(&notes, 4, ENTRY);
		begin(&edge, i % 2 ? 64 : 32);
		add_named_section(&edge, 7, name, &notes);
		expect_notes(name, &edge, 1, 4);
		expect_eq(name, edge.kernel.note_source, PVHBOOT_NOTES_SECTIONS);
		blob_free(&notes);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_050_segment_before_section)
{
	struct blob in_segment = { 0 };
	struct blob in_section = { 0 };
	struct edge edge;

	put_entry(&in_segment, 4, ENTRY);
	put_entry(&in_section, 4, ENTRY + 1);
	begin(&edge, 64);
	elf_add_notes(&edge.elf, &in_segment);
	elf_add_note_section(&edge.elf, &in_section);
	elf_finish(&edge.elf);
	expect_notes("both", &edge, 1, 4);
	ck_assert_uint_eq(edge.kernel.note_source, PVHBOOT_NOTES_SEGMENTS);
	edge_close(&edge);

	/* Xen's alone count. */
	blob_free(&in_segment);
	note_strangers(&in_segment);
	begin(&edge, 64);
	elf_add_notes(&edge.elf, &in_segment);
	elf_add_note_section(&edge.elf, &in_section);
	elf_finish(&edge.elf);
	edge_expect_ok("others", &edge, 0);
	ck_assert_uint_eq(edge.kernel.entry, ENTRY + 1);
	ck_assert_uint_eq(edge.kernel.note_source, PVHBOOT_NOTES_SECTIONS);
	blob_free(&in_segment);
	blob_free(&in_section);
	edge_close(&edge);
}
END_TEST

/* In the file and in the host's memory; the sanitizers would tell. */
START_TEST(edge_051_notes_at_odd_offsets)
{
	for (size_t shift = 0; shift < 8; shift++) {
		struct pvhboot_note_iter iter = { 0 };
		struct pvhboot_note note;
		struct blob notes = { 0 };
		struct guard guard;
		struct edge edge;
		char row[16];

		snprintf(row, sizeof(row), "by %zu", shift);
		put_entry(&notes, 8, ENTRY);
		note_xen(&notes, XEN_PHYS32_RELOC, "\0\0\40\0\0\0\0\1\xff\xff\xff\x3f", 12);
		begin(&edge, 64);
		edge.elf.align = 1;
		while (edge.elf.contents.size % 8 != shift)
			elf_add_gap(&edge.elf, 1);
		elf_add_notes(&edge.elf, &notes);
		blob_free(&notes);
		elf_finish(&edge.elf);
		ck_assert_uint_eq(notes_at(&edge) % 8, shift);
		expect_notes(row, &edge, 2, 4);
		expect_eq(row, edge.kernel.reloc.align, 0x200000);
		expect_eq(row, edge.kernel.reloc.min, 0x1000000);
		expect_eq(row, edge.kernel.reloc.max, 0x3fffffff);

		/* The image itself at any address. */
		guard = guard_open(edge.elf.image.size + shift);
		blob_fill(&edge.elf.image, 0, shift);
		expect_status(row,
			      pvhboot_kernel_open(guard_at_end(&guard, blob_view(&edge.elf.image)),
						  0, &edge.kernel, NULL),
			      PVHBOOT_OK);
		while (pvhboot_note_next(&edge.kernel, &iter, &note))
			expect_true(row, pvhboot_note_is_xen(&note));
		guard_close(&guard);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_052_number_of_notes)
{
	struct finding want;
	struct blob notes = { 0 };
	struct edge edge;

	for (uint32_t i = 0; i < PVHBOOT_MAX_NOTES - 1; i++)
		note_add(&notes, "GNU", 4, i, "", 0, 4);
	put_entry(&notes, 8, ENTRY);
	begin(&edge, 64);
	elf_add_notes(&edge.elf, &notes);
	elf_finish(&edge.elf);
	expect_notes("65536", &edge, PVHBOOT_MAX_NOTES, 4);
	edge_close(&edge);

	note_add(&notes, "GNU", 4, 1, "", 0, 4);
	build(&edge, 64, &notes);
	want = edge_at_notes(NOTE, notes_at(&edge), PVHBOOT_MAX_NOTES + 1, PVHBOOT_MAX_NOTES);
	edge_expect_failure("65537", &edge, PVHBOOT_LIMIT, "PVHBOOT_MAX_NOTES", &want);
	edge_close(&edge);
}
END_TEST

/* 10 MiB: of notes, of zeros behind one, and again as 1000 segments. */
START_TEST(edge_052_ten_mebibytes_of_notes)
{
	struct finding want;
	struct blob notes = { 0 };
	struct blob desc = { 0 };
	struct edge edge;
	uint32_t first;

	blob_pattern(&desc, 1, 1000);
	for (int i = 0; i < 10240; i++)
		note_add(&notes, "GNU", 4, 1, desc.data, desc.size, 4);
	put_entry(&notes, 8, ENTRY);
	build(&edge, 64, &notes);
	expect_notes("10 MiB", &edge, 10241, 4);
	edge_close(&edge);

	begin(&edge, 64);
	for (int i = 0; i < 10240; i++)
		note_add(&notes, "GNU", 4, 1, desc.data, desc.size, 4);
	first = elf_add_notes(&edge.elf, &notes);
	for (int i = 1; i < 1000; i++)
		elf_add_inside(&edge.elf, 4, first, 0, notes.size);
	blob_free(&notes);
	elf_finish(&edge.elf);
	/* The seventh passes the limit. */
	want = edge_at_notes(NOTE + 6, notes_at(&edge), PVHBOOT_MAX_NOTES + 1, PVHBOOT_MAX_NOTES);
	edge_expect_failure("1000 times", &edge, PVHBOOT_LIMIT, "PVHBOOT_MAX_NOTES", &want);
	blob_free(&desc);
	edge_close(&edge);
}
END_TEST

/* PV's way before notes: a string in a section. kernel.h: the detail lists the
 * notes that were seen, and there are none. */
START_TEST(edge_053_pv_string)
{
	static const char text[] = "GUEST_OS=netbsd,XEN_VER=xen-3.0,LOADER=generic,BSD_SYMTAB=yes";
	struct blob string = { 0 };
	struct blob notes = { 0 };
	struct edge edge;

	blob_append(&string, text, sizeof(text));
	begin(&edge, 32);
	add_named_section(&edge, 1, "__xen_guest", &string);
	expect_no_entry("section", &edge, "no notes");
	edge_close(&edge);

	note_add(&notes, "__xen_guest", 12, 0, text, sizeof(text), 4);
	build(&edge, 32, &notes);
	expect_no_entry("note", &edge, "notes of __xen_guest: 0");
	edge_close(&edge);
	blob_free(&string);
}
END_TEST

/* The description ends at the end of the file, without a NUL. */
START_TEST(edge_055_string_without_nul)
{
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;
	struct blob notes = { 0 };
	struct edge edge;

	put_entry(&notes, 4, ENTRY);
	note_xen(&notes, GUEST_OS, "linux", 5);
	notes.size -= 3;
	build(&edge, 64, &notes);
	expect_notes("no NUL", &edge, 2, 4);
	ck_assert_int_eq(pvhboot_note_next(&edge.kernel, &iter, &note), 1);
	ck_assert_int_eq(pvhboot_note_next(&edge.kernel, &iter, &note), 1);
	ck_assert_uint_eq(note.type, GUEST_OS);
	ck_assert_uint_eq(note.desc.size, 5);
	ck_assert_ptr_eq(note.desc.data + 5, edge.elf.image.data + edge.elf.image.size);
	edge_close(&edge);
}
END_TEST

/* Segments of [PADDR, + 0x300) and [PADDR + 0x1000, + 0x800), whose bytes in the
 * file end at + 0x1300. */
START_TEST(edge_057_entry_not_in_bytes)
{
	static const struct {
		const char *name;
		uint64_t entry;
		enum pvhboot_status status;
		int warns;
		uint64_t bound;
	} rows[] = {
		{ "last byte in the file", PADDR + 0x12ff, PVHBOOT_OK, 0, 0 },
		{ "first byte of bss", PADDR + 0x1300, PVHBOOT_OK, 1, PADDR + 0x1300 },
		{ "last byte of bss", PADDR + 0x17ff, PVHBOOT_OK, 1, PADDR + 0x1300 },
		{ "end", PADDR + 0x1800, PVHBOOT_RANGE, 0, PADDR + 0x1800 },
		{ "end of the first", PADDR + 0x300, PVHBOOT_RANGE, 0, PADDR + 0x300 },
		{ "hole", PADDR + 0x800, PVHBOOT_RANGE, 0, PADDR + 0x300 },
		{ "in front", PADDR - 1, PVHBOOT_RANGE, 0, PADDR },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct finding want = edge_at_entry(rows[i].entry, rows[i].bound);
		struct edge edge;

		edge_build(&edge, &(struct kernel_spec){ .entry = rows[i].entry });
		if (rows[i].status)
			edge_expect_failure(rows[i].name, &edge, rows[i].status,
					    "an entry in a segment", &want);
		else if (rows[i].warns)
			edge_expect_warning(rows[i].name, &edge,
					    "an entry < end of its segment's bytes", &want);
		else
			edge_expect_ok(rows[i].name, &edge, 0);
		edge_close(&edge);
	}
}
END_TEST

/* Notes for PV guests say nothing here, whatever their values and sizes. */
START_TEST(edge_058_addresses_for_pv)
{
	static const uint8_t desc[9] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const uint32_t types[] = { 1, 2, 3, 4, 12, 15, 16 };

	for (size_t size = 0; size <= sizeof(desc); size++) {
		struct blob notes = { 0 };
		struct edge edge;
		char row[16];

		snprintf(row, sizeof(row), "%zu bytes", size);
		for (size_t i = 0; i < N_OF(types); i++)
			note_xen(&notes, types[i], desc, size);
		put_entry(&notes, 4, ENTRY);
		for (size_t i = 0; i < N_OF(types); i++)
			note_xen(&notes, types[i], desc, size);
		build(&edge, 64, &notes);
		expect_notes(row, &edge, 2 * N_OF(types) + 1, 4);
		edge_close(&edge);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("edge_note");
	TCase *notes = suite_case(suite, "notes");

	tcase_add_test(notes, edge_033_no_entry_note);
	tcase_add_test(notes, edge_034_type_18_of_another_owner);
	tcase_add_test(notes, edge_035_size_of_the_name);
	tcase_add_test(notes, edge_036_sizes_of_notes);
	tcase_add_test(notes, edge_037_size_of_the_entry);
	tcase_add_test(notes, edge_038_entry_of_4_or_8);
	tcase_add_test(notes, edge_039_entry_above_4_gib);
	tcase_add_test(notes, edge_039_compat);
	tcase_add_test(notes, edge_040_two_entries);
	tcase_add_test(notes, edge_040_compat);
	tcase_add_test(notes, edge_041_two_note_segments);
	tcase_add_test(notes, edge_042_note_p_align_8);
	tcase_add_test(notes, edge_043_notes_padded_to_8);
	tcase_add_test(notes, edge_044_two_faced_notes);
	tcase_add_test(notes, edge_044_compat);
	tcase_add_test(notes, edge_045_other_p_align);
	tcase_add_test(notes, edge_046_desc_leaves_the_segment);
	tcase_add_test(notes, edge_046_compat);
	tcase_add_test(notes, edge_046_compat_by_one);
	tcase_add_test(notes, edge_046_compat_prefers_what_needs_none);
	tcase_add_test(notes, edge_046_compat_name_leaves);
	tcase_add_test(notes, edge_046_compat_name_alone);
	tcase_add_test(notes, edge_046_compat_of_another_owner);
	tcase_add_test(notes, edge_046_compat_leaves_the_image);
	tcase_add_test(notes, edge_047_bytes_behind_the_notes);
	tcase_add_test(notes, edge_048_note_segment_at_offset_0);
	tcase_add_test(notes, edge_049_notes_in_a_section);
	tcase_add_test(notes, edge_050_segment_before_section);
	tcase_add_test(notes, edge_051_notes_at_odd_offsets);
	tcase_add_test(notes, edge_052_number_of_notes);
	tcase_add_test(notes, edge_052_ten_mebibytes_of_notes);
	tcase_add_test(notes, edge_053_pv_string);
	tcase_add_test(notes, edge_055_string_without_nul);
	tcase_add_test(notes, edge_057_entry_not_in_bytes);
	tcase_add_test(notes, edge_058_addresses_for_pv);
	return suite_run(suite);
}
