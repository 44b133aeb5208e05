/* SPDX-License-Identifier: MIT */
/* ELF files that are no PVH kernels: what is said of them, from what is given by mistake. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/edge.h"
#include "support/suite.h"

#define PADDR ((uint64_t)KERNEL_PADDR)
#define ENTRY (PADDR + 0x40)
#define FILESZ 0x300

#define NOBITS 8
#define PROGBITS 1
#define ALLOC 2u
#define EXEC 4u

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static void expect_detail(const char *row, const struct edge *edge, const char *detail)
{
	ck_assert_msg(strcmp(edge->diag.detail, detail) == 0, "%s: detail is \"%s\"", row,
		      edge->diag.detail);
}

/* F6: a kernel with the sections of a row: .text over its bytes, and one of data behind. */
struct debug_row {
	const char *name;
	uint32_t text_type;
	uint64_t text_flags;
	int64_t text_moved; /* from where the code is */
	uint32_t data_type;
	uint64_t data_flags;
	uint32_t refused; /* the section that is named; 0: it opens */
};

static const struct debug_row debug_rows[] = {
	{ "a kernel", PROGBITS, ALLOC | EXEC, 0, PROGBITS, ALLOC, 0 },
	{ "debug information", NOBITS, ALLOC | EXEC, 0, NOBITS, ALLOC, 1 },
	{ "no bytes for the entry alone", NOBITS, ALLOC | EXEC, 0, PROGBITS, ALLOC, 1 },
	{ "from the entry on", NOBITS, ALLOC | EXEC, 0x40, PROGBITS, ALLOC, 1 },
	{ "up to the entry", NOBITS, ALLOC | EXEC, 0x41 - FILESZ, PROGBITS, ALLOC, 1 },
	{ "code behind the entry", NOBITS, ALLOC | EXEC, 0x41, PROGBITS, ALLOC, 0 },
	{ "code in front of the entry", NOBITS, ALLOC | EXEC, 0x40 - FILESZ, PROGBITS, ALLOC, 0 },
	{ "no bytes at all, elsewhere", NOBITS, ALLOC | EXEC, 0x10000, NOBITS, ALLOC, 1 },
	{ "a bss over the entry", NOBITS, ALLOC, 0, PROGBITS, ALLOC, 0 },
	{ "a bss alone", NOBITS, ALLOC, 0, NOBITS, ALLOC, 0 },
	{ "not loaded", NOBITS, EXEC, 0, NOBITS, 0, 0 },
	{ "data of debug information", PROGBITS, 0, 0, NOBITS, ALLOC | EXEC, 2 },
};

static void build_with_sections(struct edge *edge, unsigned int bits, const struct debug_row *row)
{
	const struct kernel_spec spec = { .bits = bits, .n_loads = 1 };
	uint64_t vaddr = PADDR + (bits == 32 ? 0xc0000000 : 0xffffffff80000000);

	memset(edge, 0, sizeof(*edge));
	kernel_begin(&edge->elf, &spec);
	elf_add_section(&edge->elf,
			&(struct elf_shdr){ .type = row->text_type,
					    .flags = row->text_flags,
					    .addr = vaddr + (uint64_t)row->text_moved,
					    .size = FILESZ },
			NULL, 0);
	elf_add_section(&edge->elf,
			&(struct elf_shdr){ .type = row->data_type,
					    .flags = row->data_flags,
					    .addr = vaddr + 0x400,
					    .size = 0x100 },
			NULL, 0);
	/* notes keep their bytes in a debug file, and are loaded */
	elf_add_section(&edge->elf, &(struct elf_shdr){ .type = 7, .flags = ALLOC }, NULL, 0);
	elf_finish(&edge->elf);
}

START_TEST(field_f06_debug_information)
{
	const struct debug_row *row = &debug_rows[_i];

	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET |
				SAYS_NO_NUMBERS,
			.stage = PVHBOOT_STAGE_ELF,
			.subject = PVHBOOT_SUBJECT_SECTION,
			.index = row->refused,
		};
		unsigned int width;
		struct edge edge;

		build_with_sections(&edge, bits, row);
		for (edge.flags = 0; edge.flags <= PVHBOOT_COMPAT_XEN; edge.flags++) {
			if (row->refused == 0) {
				edge_expect_ok(row->name, &edge, 0);
				continue;
			}
			want.offset = elf_where(&edge.elf, "sh_name", row->refused, &width);
			edge_expect_failure(row->name, &edge, PVHBOOT_UNSUPPORTED,
					    "code with its bytes in the file", &want);
			expect_detail(row->name, &edge, "separate debug information");
		}
		edge_close(&edge);
	}
}
END_TEST

/* eu-strip leaves the program headers as they were, which lead nowhere then. */
START_TEST(field_f06_headers_that_lead_nowhere)
{
	static const char *const fields[] = { "p_offset", "p_offset", "p_filesz" };
	static const uint32_t index[] = { 0, 1, 1 };

	for (size_t i = 0; i < N_OF(fields); i++) {
		const struct finding want = { .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX,
					      .stage = PVHBOOT_STAGE_ELF,
					      .subject = PVHBOOT_SUBJECT_SECTION,
					      .index = 1 };
		struct edge edge;

		build_with_sections(&edge, 64, &debug_rows[1]);
		elf_patch(&edge.elf, fields[i], index[i], 0x100000);
		edge_expect_failure(fields[i], &edge, PVHBOOT_UNSUPPORTED,
				    "code with its bytes in the file", &want);
		edge_close(&edge);
	}
}
END_TEST

/* Kernels without section headers, and with a table that cannot be read. */
START_TEST(field_f06_without_sections)
{
	struct edge edge;

	build_with_sections(&edge, 64, &debug_rows[1]);
	elf_patch(&edge.elf, "e_shnum", 0, 0);
	elf_patch(&edge.elf, "e_shoff", 0, 0);
	edge_expect_ok("none", &edge, 0);
	elf_patch(&edge.elf, "e_shnum", 0, 4);
	elf_patch(&edge.elf, "e_shoff", 0, edge.elf.image.size);
	edge_expect_ok("behind the file", &edge, 1);
	edge_close(&edge);
}
END_TEST

/* F7: e_machine and what is said. */
static const struct {
	uint16_t machine;
	const char *detail;
} machines[] = {
	{ 2, "a kernel for SPARC" },
	{ 8, "a kernel for MIPS" },
	{ 20, "a kernel for PowerPC" },
	{ 21, "a kernel for 64-bit PowerPC" },
	{ 22, "a kernel for s390" },
	{ 40, "a kernel for ARM" },
	{ 50, "a kernel for Itanium" },
	{ 183, "a kernel for AArch64" },
	{ 243, "a kernel for RISC-V" },
	{ 258, "a kernel for LoongArch" },
	{ 0x9026, "a kernel for Alpha" },
	{ 0, "" },
	{ 6, "" },
	{ 0xffff, "" },
};

START_TEST(field_f07_other_machines)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		const uint16_t machine = machines[_i].machine;
		const struct kernel_spec spec = { .bits = bits };
		struct finding want;
		struct edge edge;
		char row[32];

		snprintf(row, sizeof(row), "machine %u, %u bit", machine, bits);
		edge_build(&edge, &spec);
		elf_patch(&edge.elf, "e_machine", 0, machine);
		want = edge_at_header(&edge, "e_machine", machine, 62);
		edge_expect_failure(row, &edge, PVHBOOT_UNSUPPORTED, "a kernel for x86", &want);
		expect_detail(row, &edge, machines[_i].detail);
		edge_close(&edge);

		/* big-endian, as PowerPC and s390 are */
		memset(&edge, 0, sizeof(edge));
		kernel_begin(&edge.elf, &spec);
		edge.elf.machine = machine;
		edge.elf.big_endian = 1;
		elf_finish(&edge.elf);
		want = edge_at_header(&edge, "ei_data", 2, 1);
		edge_expect_failure(row, &edge, PVHBOOT_UNSUPPORTED, "little-endian", &want);
		expect_detail(row, &edge, machines[_i].detail);
		edge.elf.image.size = 20;
		edge_expect_failure(row, &edge, PVHBOOT_UNSUPPORTED, "little-endian", &want);
		expect_detail(row, &edge, machines[_i].detail);
		edge.elf.image.size = 19;
		edge_expect_failure(row, &edge, PVHBOOT_UNSUPPORTED, "little-endian", &want);
		expect_detail(row, &edge, "");
		edge_close(&edge);
	}
}
END_TEST

START_TEST(field_f07_other_types)
{
	static const struct {
		uint16_t type;
		const char *detail;
	} rows[] = {
		{ 0, "" },
		{ 1, "an object file (ET_REL)" },
		{ 4, "a core dump (ET_CORE)" },
		{ 5, "" },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct finding want;
		struct edge edge;

		edge_build(&edge, &(struct kernel_spec){ 0 });
		elf_patch(&edge.elf, "e_type", 0, rows[i].type);
		want = edge_at_header(&edge, "e_type", rows[i].type, 3);
		edge_expect_failure("type", &edge, PVHBOOT_UNSUPPORTED, "an executable file",
				    &want);
		expect_detail("type", &edge, rows[i].detail);
		edge_close(&edge);
	}
}
END_TEST

static const struct finding no_entry = {
	.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_NO_OFFSET | SAYS_NO_NUMBERS,
	.stage = PVHBOOT_STAGE_NOTE,
	.subject = PVHBOOT_SUBJECT_KERNEL,
};

/* One PT_LOAD at PADDR, and notes that are freed. */
static void build(struct edge *edge, struct blob *notes)
{
	memset(edge, 0, sizeof(*edge));
	kernel_begin(&edge->elf, &(struct kernel_spec){ .n_loads = 1, .notes = KERNEL_NOTES_NONE });
	elf_add_notes(&edge->elf, notes);
	blob_free(notes);
	elf_finish(&edge->elf);
}

static void expect_no_entry(const char *row, struct edge *edge, const char *detail)
{
	edge_expect_failure(row, edge, PVHBOOT_NOTPVH, "a PVH entry", &no_entry);
	ck_assert_str_eq(edge->diag.failure.rule, "a PVH entry (Xen note PHYS32_ENTRY)");
	expect_detail(row, edge, detail);
}

/* Each type of note alone. */
START_TEST(field_f07_kernels_of_xen)
{
	static const char *const pv[20] = {
		[1] = "ENTRY",         [2] = "HYPERCALL_PAGE", [3] = "VIRT_BASE",
		[4] = "PADDR_OFFSET",  [9] = "PAE_MODE",       [12] = "HV_START_LOW",
		[13] = "L1_MFN_VALID", [15] = "INIT_P2M",      [16] = "MOD_START_PFN",
	};

	for (uint32_t type = 0; type < 22; type++) {
		struct blob notes = { 0 };
		struct edge edge;
		char detail[96];

		if (type == 18)
			continue;
		if (type < 20 && pv[type])
			snprintf(
				detail, sizeof(detail),
				"a kernel for paravirtual (PV) guests; notes of GNU: 3; of Xen: %s",
				pv[type]);
		else if (type < 20)
			snprintf(detail, sizeof(detail), "notes of GNU: 3; of Xen: %s",
				 pvhboot_note_xen_name(type));
		else
			snprintf(detail, sizeof(detail), "notes of GNU: 3; of Xen: %u", type);
		note_add(&notes, "GNU", 4, 3, "id", 2, 4);
		note_xen_number(&notes, type, 4, 0x1000);
		build(&edge, &notes);
		expect_no_entry("alone", &edge, detail);
		/* without a diagnostic too */
		ck_assert_int_eq(
			pvhboot_kernel_open(blob_view(&edge.elf.image), 0, &edge.kernel, NULL),
			PVHBOOT_NOTPVH);
		edge_close(&edge);
	}
}
END_TEST

/* A list that is too long ends behind a whole name. */
START_TEST(field_f07_many_notes)
{
	struct blob notes = { 0 };
	struct edge edge;

	for (uint32_t type = 0; type < 18; type++)
		note_xen_number(&notes, type, 4, 0x1000);
	build(&edge, &notes);
	expect_no_entry("all", &edge,
			"a kernel for paravirtual (PV) guests; notes of Xen: INFO, ENTRY, "
			"HYPERCALL_PAGE, VIRT_BASE, PADDR_OFFSET, XEN_VERSION, GUEST_OS, "
			"GUEST_VERSION, LOADER, ...");
	edge_close(&edge);
}
END_TEST

/* Headers of boot loaders in a kernel without notes. */
static const struct {
	const char *name;
	uint32_t words[4];
	uint32_t n_words;
	uint32_t at; /* in the file */
	int is_found;
} multiboots[] = {
	{ "1", { 0x1badb002, 3, 0xe4524ffb }, 3, 0x400, 1 },
	{ "1, wrong sum", { 0x1badb002, 3, 0xe4524ffa }, 3, 0x400, 0 },
	{ "1, last place", { 0x1badb002, 0, 0xe4524ffe }, 3, 8192 - 12, 1 },
	{ "1, behind it", { 0x1badb002, 0, 0xe4524ffe }, 3, 8192 - 8, 0 },
	{ "1, odd", { 0x1badb002, 0, 0xe4524ffe }, 3, 0x402, 0 },
	{ "2", { 0xe85250d6, 0, 24, 0x17adaf12 }, 4, 0x400, 1 },
	{ "2, wrong sum", { 0xe85250d6, 0, 24, 0x17adaf13 }, 4, 0x400, 0 },
	{ "2, last place", { 0xe85250d6, 0, 24, 0x17adaf12 }, 4, 32768 - 16, 1 },
	{ "2, behind it", { 0xe85250d6, 0, 24, 0x17adaf12 }, 4, 32768 - 8, 0 },
	{ "2, odd", { 0xe85250d6, 0, 24, 0x17adaf12 }, 4, 0x404, 0 },
	{ "2, whole", { 0xe85250d6, 0, 24, 0x17adaf12 }, 4, 0x3000, 1 },
};

START_TEST(field_f07_multiboot)
{
	const char *row = multiboots[_i].name;
	struct edge edge;

	memset(&edge, 0, sizeof(edge));
	kernel_begin(&edge.elf, &(struct kernel_spec){ .load_size = 40000,
						       .load_stride = 0x10000,
						       .n_loads = 1,
						       .notes = KERNEL_NOTES_NONE });
	elf_finish(&edge.elf);
	expect_no_entry("none", &edge, "no notes");
	for (uint32_t i = 0; i < multiboots[_i].n_words; i++)
		store_le(edge.elf.image.data + multiboots[_i].at + 4 * i, 4,
			 multiboots[_i].words[i]);
	expect_no_entry(row, &edge,
			multiboots[_i].is_found ? "a multiboot kernel; no notes" : "no notes");
	edge_close(&edge);
}
END_TEST

/* One that ends with the file, up to its last byte and without it. */
START_TEST(field_f07_multiboot_at_the_end)
{
	for (size_t missing = 0; missing < 2; missing++) {
		struct edge edge;
		uint8_t *end;

		edge_build(&edge, &(struct kernel_spec){ .notes = KERNEL_NOTES_NONE });
		blob_fill(&edge.elf.image, 0, 12);
		blob_pad(&edge.elf.image, 4);
		end = edge.elf.image.data + edge.elf.image.size;
		store_le(end - 12, 4, 0x1badb002);
		store_le(end - 4, 4, 0xe4524ffe);
		edge.elf.image.size -= missing;
		expect_no_entry("end", &edge,
				missing ? "no notes" : "a multiboot kernel; no notes");
		edge_close(&edge);
	}
}
END_TEST

/* A note of 4 bytes whose length says 12, as the last of Debian's GRUB for PV guests. */
static void put_lying(struct blob *notes, const char *owner, uint32_t type)
{
	size_t at = notes->size;

	note_add(notes, owner, strlen(owner) + 1, type, "yes,", 4, 4);
	store_le(notes->data + at + 4, 4, 12);
}

/* F12: a note in front of it, its owner and type, and a second PT_NOTE. */
static const struct {
	const char *name;
	uint32_t first; /* of Xen */
	const char *owner;
	uint32_t type;
	uint32_t second;    /* of Xen in the second PT_NOTE; 0: there is none */
	const char *detail; /* of NOTPVH; NULL: MALFORMED */
} lying[] = {
	{ "GRUB's", 6, "Xen", 9, 0, "GUEST_OS" },
	{ "behind a PV note", 1, "Xen", 10, 0, "ENTRY" },
	{ "of another owner", 2, "GNU", 3, 0, "HYPERCALL_PAGE" },
	{ "of the same type", 15, "Xen", 15, 0, "INIT_P2M" },
	{ "more notes elsewhere", 3, "Xen", 5, 8, "VIRT_BASE, LOADER" },
	{ "an entry elsewhere", 3, "Xen", 5, 18, NULL },
	{ "the entry itself", 1, "Xen", 18, 0, NULL },
	{ "behind the entry", 18, "Xen", 9, 0, NULL },
	{ "behind the entry, another that is wrong", 18, "Xen", 9, 19, NULL },
	{ "no PV note", 6, "Xen", 7, 0, NULL },
	{ "no PV note, another owner", 6, "GNU", 3, 0, NULL },
	{ "a PV type of another owner", 6, "GNU", 9, 0, NULL },
};

START_TEST(field_f12_pv_kernel_with_a_malformed_note)
{
	const char *row = lying[_i].name;
	struct blob notes = { 0 };
	struct finding want;
	struct edge edge;
	size_t at;

	memset(&edge, 0, sizeof(edge));
	kernel_begin(&edge.elf, &(struct kernel_spec){ .n_loads = 1, .notes = KERNEL_NOTES_NONE });
	note_xen_number(&notes, lying[_i].first, 4, ENTRY);
	at = notes.size;
	put_lying(&notes, lying[_i].owner, lying[_i].type);
	elf_add_notes(&edge.elf, &notes);
	blob_free(&notes);
	if (lying[_i].second) {
		note_xen_number(&notes, lying[_i].second, 4, ENTRY);
		elf_add_notes(&edge.elf, &notes);
		blob_free(&notes);
	}
	elf_finish(&edge.elf);
	if (lying[_i].detail) {
		char detail[128];

		snprintf(detail, sizeof(detail),
			 "a kernel for paravirtual (PV) guests; notes of Xen: %s",
			 lying[_i].detail);
		expect_no_entry(row, &edge, detail);
	} else {
		want = edge_at_notes(1, elf_read(&edge.elf, "p_offset", 1) + at, 12, 4);
		edge_expect_failure(row, &edge, PVHBOOT_MALFORMED,
				    "n_descsz <= bytes left in the notes", &want);
	}
	edge_close(&edge);
}
END_TEST

/* A name that is too long: whose note it is cannot be said then. */
START_TEST(field_f12_malformed_name)
{
	for (uint32_t type = 17; type <= 18; type++) {
		struct blob notes = { 0 };
		struct finding want;
		struct edge edge;
		size_t at;

		note_xen_number(&notes, 1, 4, 0);
		at = notes.size;
		note_xen_number(&notes, type, 4, ENTRY);
		store_le(notes.data + at, 4, 9);
		build(&edge, &notes);
		want = edge_at_notes(1, elf_read(&edge.elf, "p_offset", 1) + at, 9, 8);
		if (type == 18)
			edge_expect_failure("18", &edge, PVHBOOT_MALFORMED,
					    "n_namesz <= bytes left in the notes", &want);
		else
			expect_no_entry("17", &edge,
					"a kernel for paravirtual (PV) guests; notes of Xen: "
					"ENTRY");
		edge_close(&edge);
	}
}
END_TEST

/* The notes of a section, where no segment has Xen's, and of two segments. */
START_TEST(field_f12_other_places)
{
	struct blob notes = { 0 };
	struct blob entry = { 0 };
	struct finding want;
	struct edge edge;
	size_t at;

	note_xen_number(&notes, 1, 4, 0);
	put_lying(&notes, "Xen", 9);
	memset(&edge, 0, sizeof(edge));
	kernel_begin(&edge.elf, &(struct kernel_spec){ .n_loads = 1, .notes = KERNEL_NOTES_NONE });
	elf_add_note_section(&edge.elf, &notes);
	elf_finish(&edge.elf);
	expect_no_entry("section", &edge,
			"a kernel for paravirtual (PV) guests; notes of Xen: ENTRY");
	edge_close(&edge);

	/* The first of two that lie is named, where the entry is found behind them. */
	note_xen_number(&entry, 18, 4, ENTRY);
	memset(&edge, 0, sizeof(edge));
	kernel_begin(&edge.elf, &(struct kernel_spec){ .n_loads = 1, .notes = KERNEL_NOTES_NONE });
	elf_add_notes(&edge.elf, &notes);
	elf_add_notes(&edge.elf, &notes);
	elf_add_notes(&edge.elf, &entry);
	elf_finish(&edge.elf);
	at = elf_read(&edge.elf, "p_offset", 1) + 20;
	want = edge_at_notes(1, at, 12, 4);
	edge_expect_failure("twice", &edge, PVHBOOT_MALFORMED, "n_descsz <= bytes left", &want);
	edge_close(&edge);

	/* The segment's only note lies, and so sections are looked through too. */
	blob_free(&notes);
	put_lying(&notes, "Xen", 9);
	memset(&edge, 0, sizeof(edge));
	kernel_begin(&edge.elf, &(struct kernel_spec){ .n_loads = 1, .notes = KERNEL_NOTES_NONE });
	elf_add_notes(&edge.elf, &notes);
	elf_add_note_section(&edge.elf, &entry);
	elf_finish(&edge.elf);
	want = edge_at_notes(1, elf_read(&edge.elf, "p_offset", 1), 12, 4);
	edge_expect_failure("both", &edge, PVHBOOT_MALFORMED, "n_descsz <= bytes left", &want);
	edge_close(&edge);
	blob_free(&notes);
	blob_free(&entry);
}
END_TEST

/* Xen reads on, and so the entry behind it is found. */
START_TEST(field_f12_compat)
{
	struct blob notes = { 0 };
	struct finding want;
	struct edge edge;

	note_xen_number(&notes, 1, 4, 0);
	put_lying(&notes, "Xen", 9);
	memset(&edge, 0, sizeof(edge));
	kernel_begin(&edge.elf, &(struct kernel_spec){ .n_loads = 1, .notes = KERNEL_NOTES_NONE });
	elf_add_notes(&edge.elf, &notes);
	elf_add_gap(&edge.elf, 64);
	elf_finish(&edge.elf);
	edge.flags = PVHBOOT_COMPAT_XEN;
	expect_no_entry("no entry", &edge,
			"a kernel for paravirtual (PV) guests; notes of Xen: ENTRY, PAE_MODE");
	ck_assert_uint_eq(edge.diag.n_warnings, 1);
	want = edge_at_note(1, elf_read(&edge.elf, "p_offset", 1) + 20, notes.size + 8, notes.size);
	expect_finding("no entry", &edge.diag.warnings[0], &want);
	blob_free(&notes);
	edge_close(&edge);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("foreign");
	TCase *debug = suite_case(suite, "debug");
	TCase *names = suite_case(suite, "names");
	TCase *malformed = suite_case(suite, "malformed");

	tcase_add_loop_test(debug, field_f06_debug_information, 0, N_OF(debug_rows));
	tcase_add_test(debug, field_f06_headers_that_lead_nowhere);
	tcase_add_test(debug, field_f06_without_sections);

	tcase_add_loop_test(names, field_f07_other_machines, 0, N_OF(machines));
	tcase_add_test(names, field_f07_other_types);
	tcase_add_test(names, field_f07_kernels_of_xen);
	tcase_add_test(names, field_f07_many_notes);
	tcase_add_loop_test(names, field_f07_multiboot, 0, N_OF(multiboots));
	tcase_add_test(names, field_f07_multiboot_at_the_end);

	tcase_add_loop_test(malformed, field_f12_pv_kernel_with_a_malformed_note, 0, N_OF(lying));
	tcase_add_test(malformed, field_f12_malformed_name);
	tcase_add_test(malformed, field_f12_other_places);
	tcase_add_test(malformed, field_f12_compat);
	return suite_run(suite);
}
