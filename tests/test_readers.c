/* SPDX-License-Identifier: MIT */
/* Both ELF readers of this library find the same in any image: the built-in one
 * and libelf. Through lib/kernel/kernel.h, since the public API offers one of them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef PVHB_HAVE_LIBELF
#include <gelf.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#endif

#include "../lib/kernel/kernel.h"
#include "support/elfbuild.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/kernelbuild.h"
#include "support/random.h"
#include "support/suite.h"

/* The built-in reader, which counts. */
static int n_open, n_close;

static void count_open(struct pvhb_elf *elf)
{
	n_open++;
	pvhb_elf_core.open(elf);
}

static void count_close(struct pvhb_elf *elf)
{
	ck_assert_int_eq(n_open, n_close + 1);
	n_close++;
	pvhb_elf_core.close(elf);
}

static void count_phdr(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_phdr *out)
{
	ck_assert_int_eq(n_open, n_close + 1);
	pvhb_elf_core.phdr(elf, index, out);
}

static void count_shdr(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_shdr *out)
{
	ck_assert_int_eq(n_open, n_close + 1);
	pvhb_elf_core.shdr(elf, index, out);
}

static const struct pvhb_elf_reader counting = { count_open, count_close, count_phdr, count_shdr };

/* Opened before it reads and closed afterwards, whatever it read. */
START_TEST(open_and_close)
{
	static const struct kernel_spec specs[] = {
		{ .notes = KERNEL_NOTES_SEGMENT },
		{ .notes = KERNEL_NOTES_SECTION },
		{ .notes = KERNEL_NOTES_NONE },
	};

	for (int i = 0; i < 3; i++) {
		struct pvhboot_kernel kernel;
		struct elf elf;

		kernel_build(&elf, &specs[i]);
		expect_status("open",
			      pvhb_kernel_open(&counting, blob_view(&elf.image), 0, &kernel, NULL),
			      i < 2 ? PVHBOOT_OK : PVHBOOT_NOTPVH);
		ck_assert_int_eq(n_open, i + 1);
		ck_assert_int_eq(n_close, i + 1);
		elf_free(&elf);
	}
}
END_TEST

static void build(struct elf *elf, unsigned int bits, int shape)
{
	const struct kernel_spec spec = {
		.bits = bits,
		.n_reloc = 3,
		.reloc = { 0x200000, 0x1000000, 0x3fffffff },
		.notes = shape == 1 ? KERNEL_NOTES_SECTION : KERNEL_NOTES_SEGMENT,
	};

	kernel_begin(elf, &spec);
	switch (shape) {
	case 0: /* no sections */
		break;
	case 1: /* notes in a section */
	case 2: /* sections of no interest */
		elf_add_section(elf, &(struct elf_shdr){ .type = 3 }, "\0.shstrtab", 11);
		break;
	case 3: /* counts in section 0 */
		elf->xnum = 1;
		elf_add_section(elf, &(struct elf_shdr){ .type = 1 }, "text", 4);
		break;
	case 4: /* tables at odd places */
		elf->phdrs_behind = 1;
		elf->align = 1;
		elf_add_gap(elf, 3);
		break;
	case 5: /* larger entries */
		elf->phentsize += 8;
		elf->shentsize += 8;
		elf_add_section(elf, &(struct elf_shdr){ .type = 1 }, "text", 4);
		break;
	case 6: /* code without bytes, a byte behind the entry */
		elf_add_section(
			elf,
			&(struct elf_shdr){ .type = 8,
					    .flags = 6,
					    .addr = KERNEL_PADDR + 0x41 +
						    (bits == 32 ? 0xc0000000 : 0xffffffff80000000),
					    .size = 16 },
			NULL, 0);
		elf_add_section(elf, &(struct elf_shdr){ .type = 1, .flags = 2 }, "data", 4);
		break;
	}
	elf_finish(elf);
	if (shape == 3) {
		elf_patch(elf, "e_shnum", 0, 0);
		elf_patch(elf, "sh_size", 0, elf->n_shdrs);
	}
}

#define N_SHAPES 7

#ifdef PVHB_HAVE_LIBELF
static size_t n_ok;

static void expect_agreement(const char *row, const struct elf *elf)
{
	struct pvhboot_bytes image = blob_view(&elf->image);
	struct pvhboot_kernel core;
	struct pvhboot_kernel libelf;
	struct pvhboot_diag core_diag = { 0 };
	struct pvhboot_diag libelf_diag = { 0 };
	enum pvhboot_status status;
	char text[2][256] = { "", "" };

	memset(&core, 0, sizeof(core));
	memset(&libelf, 0, sizeof(libelf));
	status = pvhb_kernel_open(&pvhb_elf_core, image, 0, &core, &core_diag);
	expect_status(row, pvhb_kernel_open(&pvhb_elf_libelf, image, 0, &libelf, &libelf_diag),
		      status);
	expect_true(row, status != PVHBOOT_INTERNAL && status != PVHBOOT_NOMEM);
	expect_true(row, memcmp(&core, &libelf, sizeof(core)) == 0);
	pvhboot_diag_format(&core_diag, text[0], sizeof(text[0]));
	pvhboot_diag_format(&libelf_diag, text[1], sizeof(text[1]));
	ck_assert_msg(strcmp(text[0], text[1]) == 0, "%s: \"%s\" and \"%s\"", row, text[0],
		      text[1]);
	expect_eq(row, core_diag.n_warnings, libelf_diag.n_warnings);
	n_ok += status == PVHBOOT_OK;
}

static uint64_t odd_value(uint64_t before, uint64_t size, uint64_t which)
{
	switch (which) {
	case 0:
		return before + 1;
	case 1:
		return before - 1;
	case 2:
		return size;
	case 3:
		return size - 1;
	case 4:
		return size + 1;
	case 5:
		return UINT64_MAX;
	case 6:
		return UINT64_MAX - 1;
	case 7:
		return UINT64_MAX / 2;
	case 8:
		return UINT64_MAX / 2 + 1;
	case 9:
		return 0xffffffff;
	case 10:
		return 0x7fffffff;
	case 11:
		return 0x80000000u;
	case 12:
		return 0xfffffff8;
	case 13:
		return before + 4;
	case 14:
		return before * 2;
	default:
		return which - 15; /* 0 to 16 */
	}
}

#define N_VALUES 32

/* Every field of every header, each with every odd value. */
START_TEST(every_field)
{
	const char *const *const lists[] = { elf_ehdr_fields, elf_phdr_fields, elf_shdr_fields };
	struct elf elf;

	build(&elf, _i % 2 ? 64 : 32, _i / 2);
	expect_agreement("as it is", &elf);
	ck_assert_uint_eq(n_ok, 1);
	for (int list = 0; list < 3; list++) {
		uint32_t n = list == 0 ? 1 : list == 1 ? elf.n_phdrs : elf.n_shdrs;

		for (const char *const *field = lists[list]; *field; field++) {
			for (uint32_t k = 0; k < n * N_VALUES; k++) {
				uint64_t before = elf_read(&elf, *field, k / N_VALUES);
				char row[64];

				snprintf(row, sizeof(row), "shape %d, %s of %u, value %u", _i,
					 *field, k / N_VALUES, k % N_VALUES);
				elf_patch(&elf, *field, k / N_VALUES,
					  odd_value(before, elf.image.size, k % N_VALUES));
				expect_agreement(row, &elf);
				elf_patch(&elf, *field, k / N_VALUES, before);
			}
		}
	}
	n_ok = 0;
	elf_free(&elf);
}
END_TEST

/* Two to four fields at once. */
START_TEST(several_fields)
{
	const char *const *const lists[] = { elf_ehdr_fields, elf_phdr_fields, elf_shdr_fields };
	struct elf elf;

	for (int i = 0; i < (int)suite_rounds(300); i++) {
		char row[64];

		snprintf(row, sizeof(row), "shape %d, round %d", _i, i);
		build(&elf, _i % 2 ? 64 : 32, _i / 2);
		for (uint64_t n = 2 + random_below(3); n > 0; n--) {
			uint64_t list = random_below(elf.n_shdrs ? 3 : 2);
			uint32_t headers = list == 0 ? 1 : list == 1 ? elf.n_phdrs : elf.n_shdrs;
			uint32_t index = (uint32_t)random_below(headers);
			size_t n_fields = 0;
			const char *field;

			/* The identification ends most of it at once. */
			while (lists[list][n_fields])
				n_fields++;
			field = lists[list][random_below(n_fields)];
			if (strncmp(field, "ei_", 3) == 0)
				continue;
			elf_patch(&elf, field, index,
				  odd_value(elf_read(&elf, field, index), elf.image.size,
					    random_below(N_VALUES)));
		}
		expect_agreement(row, &elf);
		elf_free(&elf);
	}
	n_ok = 0;
}
END_TEST

START_TEST(every_prefix)
{
	struct elf elf;
	size_t size;

	build(&elf, _i % 2 ? 64 : 32, _i / 2);
	size = elf.image.size;
	for (elf.image.size = 0; elf.image.size < size; elf.image.size += 3) {
		char row[64];

		snprintf(row, sizeof(row), "shape %d, %zu bytes", _i, elf.image.size);
		expect_agreement(row, &elf);
	}
	n_ok = 0;
	elf_free(&elf);
}
END_TEST

START_TEST(sixty_thousand_segments)
{
	struct blob notes = { 0 };
	struct elf elf;

	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, KERNEL_PADDR);
	elf_init(&elf, 64);
	elf_add_notes(&elf, &notes);
	for (uint32_t i = 0; i < 60000; i++)
		elf_add_load(&elf, KERNEL_PADDR + i, "x", 1, 0);
	elf_finish(&elf);
	expect_agreement("many", &elf);
	ck_assert_uint_eq(n_ok, 1);
	n_ok = 0;
	blob_free(&notes);
	elf_free(&elf);
}
END_TEST
/* libelf would take much memory for so many sections. */
START_TEST(many_sections)
{
	struct blob notes = { 0 };
	struct elf elf;

	kernel_begin(&elf, &(struct kernel_spec){ .notes = KERNEL_NOTES_NONE });
	for (uint32_t i = 0; i < 9000; i++)
		elf_add_section(&elf, &(struct elf_shdr){ .type = 1 }, NULL, 0);
	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, KERNEL_PADDR);
	elf_add_note_section(&elf, &notes);
	elf_finish(&elf);
	expect_agreement("many", &elf);
	ck_assert_uint_eq(n_ok, 1);
	n_ok = 0;
	blob_free(&notes);
	elf_free(&elf);
}
END_TEST
/* libelf does read ordinary files: agreement alone would not tell. */
START_TEST(libelf_reads)
{
	static const uint32_t n_sections[] = { 10, 4090, 4100 };

	for (size_t i = 0; i < 3; i++) {
		struct pvhb_elf checked;
		struct pvhb_elf_phdr phdr;
		struct elf elf;

		kernel_begin(&elf, &(struct kernel_spec){ 0 });
		for (uint32_t k = 0; k < n_sections[i]; k++)
			elf_add_section(&elf, &(struct elf_shdr){ .type = 1 }, NULL, 0);
		elf_finish(&elf);
		expect_status("check", pvhb_elf_check(blob_view(&elf.image), &checked, NULL),
			      PVHBOOT_OK);
		pvhb_elf_libelf.open(&checked);
		ck_assert_int_eq(checked.handle != NULL, n_sections[i] < 4096);
		pvhb_elf_libelf.phdr(&checked, 0, &phdr);
		ck_assert_uint_eq(phdr.paddr, KERNEL_PADDR);
		pvhb_elf_libelf.close(&checked);
		elf_free(&elf);
	}
}
END_TEST
/* Section 0 holds the number of segments and no number of sections. */
static void no_sections(struct elf *elf)
{
	elf_patch(elf, "e_shnum", 0, 0);
	elf_patch(elf, "sh_size", 0, 0);
}

static void sections_behind_the_file(struct elf *elf)
{
	elf_patch(elf, "e_shoff", 0, elf->image.size);
}

/* What the header of the image says of the tables is not what libelf is told: its copy has
 * those that were checked, in other places, and it reads each entry of them itself. */
START_TEST(libelf_finds_the_tables)
{
	static const struct {
		const char *name;
		int shape;
		void (*change)(struct elf *elf);
		uint32_t n_sections;
	} rows[] = {
		{ "no sections", 0, NULL, 0 },
		{ "sections", 2, NULL, 2 },
		{ "counts in section 0", 3, NULL, 2 },
		{ "a count in section 0", 3, no_sections, 0 },
		{ "bad sections", 2, sections_behind_the_file, 0 },
		{ "odd places", 4, NULL, 0 },
	};
	const unsigned int bits = _i ? 64 : 32;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i].name;
		size_t n_phdrs = 0, n_shdrs = 99;
		struct pvhb_elf checked;
		struct elf elf;

		build(&elf, bits, rows[i].shape);
		if (rows[i].change)
			rows[i].change(&elf);
		expect_status(row, pvhb_elf_check(blob_view(&elf.image), &checked, NULL),
			      PVHBOOT_OK);
		pvhb_elf_libelf.open(&checked);
		expect_true(row, checked.handle != NULL);
		expect_eq(row, elf_getphdrnum(checked.handle, &n_phdrs), 0);
		expect_eq(row, n_phdrs, elf.n_phdrs);
		expect_eq(row, elf_getshdrnum(checked.handle, &n_shdrs), 0);
		expect_eq(row, n_shdrs, rows[i].n_sections);
		for (uint32_t k = 0; k < elf.n_phdrs; k++) {
			GElf_Phdr phdr;

			expect_true(row, gelf_getphdr(checked.handle, (int)k, &phdr) != NULL);
			expect_eq(row, phdr.p_offset, elf_read(&elf, "p_offset", k));
		}
		for (uint32_t k = 0; k < rows[i].n_sections; k++) {
			Elf_Scn *section = elf_getscn(checked.handle, k);
			GElf_Shdr shdr;

			expect_true(row, section && gelf_getshdr(section, &shdr) != NULL);
			expect_eq(row, shdr.sh_offset, elf_read(&elf, "sh_offset", k));
		}
		pvhb_elf_libelf.close(&checked);
		elf_free(&elf);
	}
}
END_TEST

/* The least file that there is, whose program header lies in its ELF header: nothing behind
 * it is read. */
START_TEST(header_alone)
{
	const size_t size = _i ? 64 : 52;
	struct guard guard = guard_open(size);
	struct pvhb_elf checked;
	struct pvhb_elf_phdr phdr;
	struct elf elf;

	build(&elf, _i ? 64 : 32, 0);
	elf_patch(&elf, "e_phoff", 0, _i ? 8 : 20);
	elf_patch(&elf, "e_phnum", 0, 1);
	elf_patch(&elf, "e_shoff", 0, 0);
	expect_status(
		"check",
		pvhb_elf_check(guard_at_end(&guard, (struct pvhboot_bytes){ elf.image.data, size }),
			       &checked, NULL),
		PVHBOOT_OK);
	pvhb_elf_libelf.open(&checked);
	ck_assert_ptr_nonnull(checked.handle);
	pvhb_elf_libelf.phdr(&checked, 0, &phdr);
	ck_assert_uint_eq(phdr.type, load_le(elf.image.data + (_i ? 8 : 20), 4));
	pvhb_elf_libelf.close(&checked);
	elf_free(&elf);
	guard_close(&guard);
}
END_TEST
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
/* What it allocates it frees. */
START_TEST(libelf_frees)
{
	const struct kernel_spec spec = { 0 };
	size_t before = 0;
	struct elf elf;

	kernel_build(&elf, &spec);
	/* the first ones leave room that the others use again */
	for (int i = 0; i < 20; i++) {
		struct pvhboot_kernel kernel;

		expect_status(
			"open",
			pvhb_kernel_open(&pvhb_elf_libelf, blob_view(&elf.image), 0, &kernel, NULL),
			PVHBOOT_OK);
		if (i == 9)
			before = mallinfo2().uordblks;
	}
	ck_assert_uint_eq(mallinfo2().uordblks, before);
	elf_free(&elf);
}
END_TEST
#endif
#else
/* With one reader there is nothing to compare, but each shape must open. */
START_TEST(every_shape)
{
	struct pvhboot_kernel kernel;
	struct elf elf;

	build(&elf, _i % 2 ? 64 : 32, _i / 2);
	expect_status("shape",
		      pvhb_kernel_open(&pvhb_elf_core, blob_view(&elf.image), 0, &kernel, NULL),
		      PVHBOOT_OK);
	elf_free(&elf);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("readers");
	TCase *reader = suite_case(suite, "reader");
	TCase *agreement = suite_case(suite, "agreement");

	tcase_add_test(reader, open_and_close);

#ifdef PVHB_HAVE_LIBELF
	tcase_add_loop_test(agreement, every_field, 0, 2 * N_SHAPES);
	tcase_add_loop_test(agreement, several_fields, 0, 2 * N_SHAPES);
	tcase_add_loop_test(agreement, every_prefix, 0, 2 * N_SHAPES);
	tcase_add_test(agreement, sixty_thousand_segments);
	tcase_add_test(agreement, many_sections);
	tcase_add_test(agreement, libelf_reads);
	tcase_add_loop_test(agreement, libelf_finds_the_tables, 0, 2);
	tcase_add_loop_test(agreement, header_alone, 0, 2);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
	tcase_add_test(agreement, libelf_frees);
#endif
#else
	tcase_add_loop_test(agreement, every_shape, 0, 2 * N_SHAPES);
#endif
	return suite_run(suite);
}
