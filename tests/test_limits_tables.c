/* SPDX-License-Identifier: MIT */
/*
 * Tables of any size, in files and in a guest's memory, cost no more than their headers say:
 * nothing for reading them, but what libelf takes; and for a plan, a workspace that grows
 * with the number of segments.
 */

#include <pvhboot/image.h>
#include <pvhboot/plan.h>
#include <pvhboot/start.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/kernel/kernel.h"
#include "support/account.h"
#include "support/kernelbuild.h"
#include "support/pebuild.h"
#include "support/suite.h"

#define MIB ((size_t)1 << 20)

/* ---- Kernels -------------------------------------------------------------------- */

/* Opens a kernel, and asks for all that it has. */
static enum pvhboot_status open_by(const struct pvhb_elf_reader *reader, struct pvhboot_bytes elf,
				   uint32_t flags)
{
	struct pvhboot_segment_iter segments = { 0 };
	struct pvhboot_note_iter notes = { 0 };
	struct pvhboot_segment segment;
	struct pvhboot_kernel kernel;
	struct pvhboot_note note;
	uint32_t n = 0;
	enum pvhboot_status status = pvhb_kernel_open(reader, elf, flags, &kernel, NULL);

	if (status != PVHBOOT_OK)
		return status;
	while (pvhboot_segment_next(&kernel, &segments, &segment))
		n++;
	while (pvhboot_note_next(&kernel, &notes, &note))
		n++;
	return n == kernel.n_segments + kernel.n_notes ? PVHBOOT_OK : PVHBOOT_INTERNAL;
}

static enum pvhboot_status by_default_reader(struct pvhboot_bytes elf)
{
	return open_by(PVHB_ELF_DEFAULT, elf, 0);
}

static enum pvhboot_status by_core_reader(struct pvhboot_bytes elf)
{
	return open_by(&pvhb_elf_core, elf, 0);
}

static enum pvhboot_status as_xen_does(struct pvhboot_bytes elf)
{
	return open_by(PVHB_ELF_DEFAULT, elf, PVHBOOT_COMPAT_XEN);
}

/* by_xen is the status with PVHBOOT_COMPAT_XEN. */
static void expect_open_as(const char *row, struct elf *elf, enum pvhboot_status status,
			   enum pvhboot_status by_xen)
{
	struct pvhboot_bytes image = blob_view(&elf->image);

	expect_touched(row, by_default_reader, image, ACCOUNT_SLACK, status);
	expect_within(row, by_core_reader, image, ACCOUNT_SLACK, status);
	expect_within(row, as_xen_does, image, ACCOUNT_SLACK, by_xen);
	elf_free(elf);
}

static void expect_open(const char *row, struct elf *elf, enum pvhboot_status status)
{
	expect_open_as(row, elf, status, status);
}

static void begin(struct elf *elf, unsigned int bits)
{
	struct blob notes = { 0 };

	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, KERNEL_PADDR);
	elf_init(elf, bits);
	elf_add_notes(elf, &notes);
	blob_free(&notes);
}

/* A kernel of n segments of one byte each. */
static void many_segments(struct elf *elf, unsigned int bits, uint32_t n)
{
	begin(elf, bits);
	elf->xnum = n > 65000; /* one section, which counts them */
	for (uint32_t i = 0; i < n; i++)
		elf_add_load(elf, KERNEL_PADDR + i, "x", 1, 0);
	if (elf->xnum)
		elf_add_section(elf, &(struct elf_shdr){ .type = 1 }, "text", 4);
	elf_finish(elf);
}

START_TEST(segments)
{
	static const uint32_t numbers[] = { 65000, 65535, 200000 };
	struct elf elf;
	char row[64];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(row, sizeof(row), "%u segments", numbers[i]);
		many_segments(&elf, 64, numbers[i]);
		expect_open(row, &elf, PVHBOOT_OK);
	}
	begin(&elf, 64);
	for (uint32_t i = 65533; i-- > 0;)
		elf_add_load(&elf, KERNEL_PADDR + i, "x", 1, 0);
	elf_finish(&elf);
	expect_open("65533 segments, descending", &elf, PVHBOOT_LIMIT);
	begin(&elf, 64);
	for (uint32_t i = 0; i < 1023; i++)
		elf_add_load(&elf, KERNEL_PADDR + 1022 - i, "x", 1, 0);
	elf_finish(&elf);
	expect_open("1023 segments, descending", &elf, PVHBOOT_OK);
	begin(&elf, 64);
	for (uint32_t i = 0; i < 1023; i++)
		elf_add_load(&elf, KERNEL_PADDR + i, "xyz", 3, 0);
	elf_finish(&elf);
	expect_open_as("1023 segments over each other", &elf, PVHBOOT_OVERLAP, PVHBOOT_OK);
}
END_TEST

/* The most that a file can make of a workspace: a program header of ELF32 has 32 bytes, a
 * place 48, and these segments are next to nothing else. */
static enum pvhboot_status plan(struct pvhboot_bytes elf)
{
	static const struct pvhboot_map_entry ram = { .gpa = KERNEL_PADDR,
						      .size = 16 * MIB,
						      .type = PVHBOOT_MAP_RAM };
	struct pvhboot_request request = { .map = &ram, .n_map = 1 };
	struct pvhboot_buffer workspace = { NULL, 0 };
	struct pvhboot_kernel kernel;
	struct pvhboot_plan made;
	enum pvhboot_status status = pvhboot_kernel_open(elf, 0, &kernel, NULL);

	request.kernel = &kernel;
	if (status == PVHBOOT_OK)
		status = pvhboot_plan_need(&request, &workspace.size, NULL);
	if (status == PVHBOOT_OK)
		workspace.data = malloc(workspace.size);
	if (workspace.data == NULL)
		return PVHBOOT_NOMEM;
	status = pvhboot_plan_make(&request, workspace, &made, NULL);
	if (status == PVHBOOT_OK)
		status = pvhboot_plan_check(&made, &request, NULL);
	free(workspace.data);
	return status;
}

START_TEST(places)
{
	struct elf elf;

	many_segments(&elf, 32, 200000);
	expect_within("200000 places", plan, blob_view(&elf.image),
		      elf.image.size / 2 * 3 + ACCOUNT_SLACK, PVHBOOT_OK);
	elf_free(&elf);
}
END_TEST

/* Of 10 MiB, in a segment or a section. */
static void expect_notes(const char *row, const struct blob *notes, enum pvhboot_status status)
{
	const struct kernel_spec spec = { .notes = KERNEL_NOTES_NONE };
	struct elf elf;

	kernel_begin(&elf, &spec);
	elf_add_notes(&elf, notes);
	elf_finish(&elf);
	expect_open(row, &elf, status);
	kernel_begin(&elf, &spec);
	elf_add_note_section(&elf, notes);
	elf_finish(&elf);
	expect_open(row, &elf, status);
}

START_TEST(note_bytes)
{
	static uint8_t text[10 * MIB]; /* by the other padding, a note of 2 GiB */
	struct blob notes = { 0 };

	memset(text, 'x', sizeof(text));
	blob_fill(&notes, 0, sizeof(text)); /* a note every 12 bytes */
	expect_notes("10 MiB of empty notes", &notes, PVHBOOT_LIMIT);
	blob_free(&notes);
	note_xen(&notes, XEN_PHYS32_ENTRY, text, sizeof(text));
	expect_notes("an entry note of 10 MiB", &notes, PVHBOOT_MALFORMED);
	blob_free(&notes);
	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, KERNEL_PADDR);
	note_add(&notes, text, sizeof(text), 1, NULL, 0, 4);
	expect_notes("a name of 10 MiB", &notes, PVHBOOT_OK);
	blob_free(&notes);
	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, KERNEL_PADDR);
	for (uint32_t i = 1; i < PVHBOOT_MAX_NOTES; i++)
		note_xen(&notes, 0x80000000 + i, text, 144);
	expect_notes("65536 notes of 160 bytes", &notes, PVHBOOT_OK);
	note_xen(&notes, 1, NULL, 0);
	expect_notes("65537 notes", &notes, PVHBOOT_LIMIT);
	blob_free(&notes);
}
END_TEST

/* Of the owner, and of the description. */
START_TEST(note_sizes)
{
	static const uint32_t sizes[] = { 0x7fffffff, 0x80000000, 0xfffffff4,
					  0xfffffffc, 0xfffffffd, 0xffffffff };

	for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct blob notes = { 0 };
		char row[64];

		note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, KERNEL_PADDR);
		store_le(notes.data + i % 2 * 4, 4, sizes[i / 2]);
		snprintf(row, sizeof(row), "a note of 0x%x bytes", sizes[i / 2]);
		expect_notes(row, &notes, PVHBOOT_MALFORMED);
		blob_free(&notes);
	}
}
END_TEST

/* Each of 65000 headers names the same 10 MiB. */
START_TEST(notes_in_common)
{
	static const uint8_t bytes[10 * MIB];
	struct elf_phdr again = { .type = 4 };
	struct blob notes = { 0 };
	struct elf elf;
	uint32_t first;

	note_add(&notes, "other", 6, 1, bytes, sizeof(bytes), 4);
	kernel_begin(&elf, &(struct kernel_spec){ 0 });
	first = elf_add_notes(&elf, &notes);
	for (uint32_t i = 0; i < 65000; i++)
		elf_add(&elf, &again, NULL, 0);
	elf_finish(&elf);
	for (uint32_t i = 1; i <= 65000; i++) {
		elf_patch(&elf, "p_offset", first + i, elf_read(&elf, "p_offset", first));
		elf_patch(&elf, "p_filesz", first + i, notes.size);
	}
	expect_open("65001 headers of the same note", &elf, PVHBOOT_OK);
	blob_free(&notes);
}
END_TEST

/* libelf has something of its own for each. */
START_TEST(sections)
{
	static const uint32_t numbers[] = { 4094, 4095, 60000 };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct blob notes = { 0 };
		struct elf elf;
		char row[64];

		note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, KERNEL_PADDR);
		kernel_begin(&elf, &(struct kernel_spec){ .notes = KERNEL_NOTES_NONE });
		for (uint32_t k = 0; k < numbers[i]; k++)
			elf_add_section(&elf, &(struct elf_shdr){ .type = 1 }, NULL, 0);
		elf_add_note_section(&elf, &notes);
		elf_finish(&elf);
		snprintf(row, sizeof(row), "%u sections", numbers[i]);
		expect_open(row, &elf, PVHBOOT_OK);
		blob_free(&notes);
	}
}
END_TEST

START_TEST(counts)
{
	const struct kernel_spec spec = { 0 };
	struct elf elf;

	/* 2^32 - 1 program headers, by section 0 */
	kernel_begin(&elf, &spec);
	elf.xnum = 1;
	elf_add_section(&elf, &(struct elf_shdr){ .type = 1 }, "text", 4);
	elf_finish(&elf);
	elf_patch(&elf, "sh_info", 0, 0xffffffff);
	expect_open("2^32 - 1 program headers", &elf, PVHBOOT_TRUNCATED);

	/* 2^32 - 1 sections are out of range, and ignored */
	kernel_begin(&elf, &spec);
	elf_add_section(&elf, &(struct elf_shdr){ .type = 1 }, "text", 4);
	elf_finish(&elf);
	elf_patch(&elf, "e_shnum", 0, 0);
	elf_patch(&elf, "sh_size", 0, 0xffffffff);
	expect_open("2^32 - 1 sections", &elf, PVHBOOT_OK);

	/* 1 TiB of bss */
	kernel_begin(&elf, &spec);
	elf_finish(&elf);
	elf_patch(&elf, "p_memsz", 1, UINT64_C(1) << 40);
	expect_open("1 TiB of bss", &elf, PVHBOOT_RANGE);
}
END_TEST

static enum pvhboot_status probe(struct pvhboot_bytes file)
{
	struct pvhboot_image image;

	return pvhboot_image_probe(file, NULL, &image, NULL);
}

/* The kernel is the last of 65535 sections, its command line 10 MiB of line feeds. */
START_TEST(sections_of_a_uki)
{
	static struct pe_section list[65535];
	const size_t n = sizeof(list) / sizeof(list[0]);
	struct blob feeds = { 0 };
	struct blob file = { 0 };
	struct elf elf;

	kernel_build(&elf, &(struct kernel_spec){ 0 });
	blob_fill(&feeds, '\n', 10 * MIB);
	for (size_t i = 0; i < n; i++)
		list[i].name = ".none";
	list[0] = (struct pe_section){ ".cmdline", blob_view(&feeds) };
	list[n - 1] = (struct pe_section){ ".linux", blob_view(&elf.image) };
	pe_build(&file, list, n);
	expect_within("65535 sections of a UKI", probe, blob_view(&file), ACCOUNT_SLACK,
		      PVHBOOT_OK);
	blob_free(&feeds);
	blob_free(&file);
	elf_free(&elf);
}
END_TEST

/* ---- A guest's memory -------------------------------------------------------------------- */

#define LIST 0x1000u
#define TEXT 0x2000000u /* without an end */
#define MEMORY_SIZE (TEXT + MIB)

static void *map(void *ctx, uint64_t gpa, uint64_t size)
{
	const struct pvhboot_bytes *memory = ctx;

	if (gpa > memory->size || size > memory->size - gpa)
		return NULL;
	return (uint8_t *)(uintptr_t)memory->data + gpa; /* it is only read */
}

/* All modules, map entries and texts, one after the other. */
static enum pvhboot_status read_all(struct pvhboot_bytes guest)
{
	const struct pvhboot_memory memory = { .ctx = &guest, .map = map };
	struct pvhboot_listed_module module;
	struct pvhboot_map_entry entry;
	struct pvhboot_start start;
	uint8_t text[4096];
	size_t size;
	enum pvhboot_status status = pvhboot_start_read(&memory, 0, &start, NULL);

	for (uint32_t i = 0; status == PVHBOOT_OK && i < start.n_map; i++)
		status = pvhboot_start_map_entry(&start, i, &entry, NULL);
	for (uint32_t i = 0; status == PVHBOOT_OK && i < start.n_modules; i++) {
		status = pvhboot_start_module(&start, i, &module, NULL);
		if (status == PVHBOOT_OK &&
		    pvhboot_start_text(&start, module.cmdline,
				       (struct pvhboot_buffer){ text, sizeof(text) }, &size,
				       NULL) != PVHBOOT_NOSPACE)
			status = PVHBOOT_INTERNAL;
	}
	return status;
}

static enum pvhboot_status check(struct pvhboot_bytes guest)
{
	static uint8_t workspace[PVHBOOT_START_CHECK_NEED];
	const struct pvhboot_buffer room = { workspace, sizeof(workspace) };
	const struct pvhboot_memory memory = { .ctx = &guest, .map = map };
	struct pvhboot_start_report report = { .findings = NULL };
	enum pvhboot_status status = pvhboot_start_check(&memory, 0, NULL, room, &report, NULL);

	/* each of these has a command line without an end */
	if (status == PVHBOOT_OK && report.n_errors <= PVHBOOT_START_CHECK_MODULES)
		status = PVHBOOT_INTERNAL;
	return status;
}

/* n modules and as many entries of the map, all alike. */
static struct blob start_of(uint32_t n)
{
	struct blob blob = { 0 };

	blob_put(&blob, 4, 0x336ec578);
	blob_put(&blob, 4, 1);
	blob_put(&blob, 4, 0);
	blob_put(&blob, 4, n);
	blob_put(&blob, 8, LIST);
	blob_put(&blob, 8, TEXT);
	blob_put(&blob, 8, 0);
	blob_put(&blob, 8, LIST + 32u * 65537);
	blob_put(&blob, 8, n);
	blob_pad(&blob, LIST);
	for (uint32_t i = 0; i < 65537; i++) {
		blob_put(&blob, 8, 0x10000);
		blob_put(&blob, 8, 16);
		blob_put(&blob, 8, TEXT);
		blob_put(&blob, 8, 0);
	}
	for (uint32_t i = 0; i < 65537; i++) {
		blob_put(&blob, 8, 0);
		blob_put(&blob, 8, MEMORY_SIZE);
		blob_put(&blob, 8, PVHBOOT_MAP_RAM);
	}
	blob_fill(&blob, 'x', MEMORY_SIZE - blob.size);
	return blob;
}

START_TEST(lists)
{
	static const uint32_t numbers[] = { 65536, 65537, 0xffffffff };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct blob blob = start_of(numbers[i]);
		char row[64];

		snprintf(row, sizeof(row), "%u modules and map entries", numbers[i]);
		expect_within(row, read_all, blob_view(&blob), ACCOUNT_SLACK,
			      numbers[i] > 65536 ? PVHBOOT_LIMIT : PVHBOOT_OK);
		expect_within(row, check, blob_view(&blob), ACCOUNT_SLACK, PVHBOOT_OK);
		blob_free(&blob);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits of tables");
	TCase *files = suite_case(suite, "files");
	TCase *guests = suite_case(suite, "guests");

	tcase_add_test(files, segments);
	tcase_add_test(files, places);
	tcase_add_test(files, note_bytes);
	tcase_add_test(files, note_sizes);
	tcase_add_test(files, notes_in_common);
	tcase_add_test(files, sections);
	tcase_add_test(files, counts);
	tcase_add_test(files, sections_of_a_uki);
	tcase_add_test(guests, lists);
	return suite_run(suite);
}
