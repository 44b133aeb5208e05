/* SPDX-License-Identifier: MIT */
/* The relocations of Linux kernels: lib/kernel/relocs.c. */

#define _DEFAULT_SOURCE /* mprotect, sigaction */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../lib/kernel/relocs.h"
#include "../lib/kernel/segment.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/kernelbuild.h"
#include "support/random.h"
#include "support/relocmodel.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define PADDR ((uint64_t)KERNEL_PADDR)
#define END 0 /* of words in a table, where 0 is written as ZERO */
#define ZERO 0xdeadbeefu
#define MAX_WORDS 12

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A kernel as it is opened for Linux. */
struct scene {
	struct elf elf; /* finished, before words are appended */
	struct blob before;
	struct guard guard;
	struct pvhboot_buffer image; /* its end cannot be read beyond */
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
};

static void put_words(struct blob *to, const uint32_t *words)
{
	for (size_t i = 0; i < MAX_WORDS && words[i] != END; i++)
		blob_put(to, 4, words[i] == ZERO ? 0 : words[i]);
}

/* Finds the relocations of a finished image by each reader of this build, and keeps a copy. */
static void open_scene(const char *row, struct scene *scene)
{
	struct pvhboot_bytes image = blob_view(&scene->elf.image);
	struct pvhboot_relocs by_core;
	struct pvhb_elf elf;

	scene->guard = guard_open(image.size);
	scene->image = guard_buffer(&scene->guard, image.size);
	memcpy(scene->image.data, image.data, image.size);
	image.data = scene->image.data;
	expect_status(row, pvhboot_kernel_open(image, 0, &scene->kernel, &scene->diag), PVHBOOT_OK);
	scene->diag = (struct pvhboot_diag){ 0 };
	elf = pvhb_kernel_elf(&scene->kernel);
	PVHB_ELF_DEFAULT->open(&elf);
	pvhb_relocs_find(PVHB_ELF_DEFAULT, &elf, &scene->kernel.linux_boot.relocs, &scene->diag);
	PVHB_ELF_DEFAULT->close(&elf);
	pvhb_relocs_find(&pvhb_elf_core, &elf, &by_core, NULL);
	expect_true(row, memcmp(&by_core, &scene->kernel.linux_boot.relocs, sizeof(by_core)) == 0);
	scene->kernel.linux_boot.align = 2 * MIB;
	blob_append(&scene->before, image.data, image.size);
}

static void close_scene(struct scene *scene)
{
	guard_close(&scene->guard);
	blob_free(&scene->before);
	elf_free(&scene->elf);
}

static int is_unchanged(const struct scene *scene)
{
	return memcmp(scene->image.data, scene->before.data, scene->image.size) == 0;
}

static enum pvhboot_status relocate(struct scene *scene, uint64_t slide)
{
	return pvhboot_kernel_relocate(&scene->kernel, scene->image, slide, &scene->diag);
}

/* ---- Finding --------------------------------------------------------------------- */

static const struct find_row {
	const char *name;
	unsigned int bits;
	uint32_t words[MAX_WORDS];
	size_t odd; /* bytes behind them */
	int is_none;
	uint32_t n_64, n_inverse, n_32;
} find_rows[] = {
	{ "64, nothing", 64, { END }, 0, 1, 0, 0, 0 },
	{ "64, three lists", 64, { ZERO, 1, 2, 3, ZERO, 4, ZERO, 5, 6 }, 0, 0, 3, 1, 2 },
	{ "64, two lists", 64, { ZERO, 1, 2, ZERO, 3 }, 0, 0, 2, 0, 1 },
	{ "64, of one processor", 64, { ZERO, 1, ZERO, ZERO, 3, 4 }, 0, 0, 1, 0, 2 },
	{ "64, one list", 64, { ZERO, 1, 2 }, 0, 1, 0, 0, 0 },
	{ "64, four lists", 64, { ZERO, 1, ZERO, 2, ZERO, 3, ZERO, 4 }, 0, 1, 0, 0, 0 },
	{ "64, no 64-bit values", 64, { ZERO, ZERO, 1 }, 0, 1, 0, 0, 0 },
	{ "64, none of three", 64, { ZERO, ZERO, 1, ZERO, 2 }, 0, 1, 0, 0, 0 },
	{ "64, no 32-bit values", 64, { ZERO, 1, ZERO }, 0, 1, 0, 0, 0 },
	{ "64, none at the end of three", 64, { ZERO, 1, ZERO, 2, ZERO }, 0, 1, 0, 0, 0 },
	{ "64, a word in front", 64, { 7, ZERO, 1, ZERO, 2 }, 0, 1, 0, 0, 0 },
	{ "64, no zero", 64, { 1, 2 }, 0, 1, 0, 0, 0 },
	{ "64, zeros", 64, { ZERO, ZERO, ZERO }, 0, 1, 0, 0, 0 },
	{ "64, one zero", 64, { ZERO }, 0, 1, 0, 0, 0 },
	{ "64, a byte more", 64, { ZERO, 1, ZERO, 2 }, 1, 1, 0, 0, 0 },
	{ "64, two bytes more", 64, { ZERO, 1, ZERO, 2 }, 2, 1, 0, 0, 0 },
	{ "64, three bytes more", 64, { ZERO, 1, ZERO, 2 }, 3, 1, 0, 0, 0 },
	{ "64, a byte alone", 64, { END }, 1, 1, 0, 0, 0 },
	{ "32, nothing", 32, { END }, 0, 1, 0, 0, 0 },
	{ "32, one list", 32, { ZERO, 1, 2, 3 }, 0, 0, 0, 0, 3 },
	{ "32, two lists", 32, { ZERO, 1, ZERO, 2 }, 0, 1, 0, 0, 0 },
	{ "32, empty", 32, { ZERO }, 0, 1, 0, 0, 0 },
	{ "32, no zero", 32, { 1, 2, 3 }, 0, 1, 0, 0, 0 },
};

START_TEST(find_lists)
{
	const struct find_row *row = &find_rows[_i];
	struct scene scene = { 0 };
	const struct pvhboot_relocs *relocs = &scene.kernel.linux_boot.relocs;
	struct pvhboot_relocs model;
	uint64_t end;
	int is_tail;

	kernel_build(&scene.elf, &(struct kernel_spec){ .bits = row->bits });
	end = scene.elf.image.size;
	put_words(&scene.elf.image, row->words);
	blob_fill(&scene.elf.image, 7, row->odd);
	is_tail = scene.elf.image.size != end;
	open_scene(row->name, &scene);
	expect_eq(row->name, relocs->offset, row->is_none ? 0 : end);
	expect_eq(row->name, relocs->n_64, row->n_64);
	expect_eq(row->name, relocs->n_inverse, row->n_inverse);
	expect_eq(row->name, relocs->n_32, row->n_32);
	expect_eq(row->name, relocs->reserved, 0);
	expect_success(row->name, &scene.diag, row->is_none && is_tail);
	if (row->is_none && is_tail) {
		const struct finding want = { .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET |
						      SAYS_NO_INDEX | SAYS_NO_NUMBERS,
					      .stage = PVHBOOT_STAGE_ELF,
					      .subject = PVHBOOT_SUBJECT_KERNEL,
					      .offset = end };

		expect_warning(row->name, &scene.diag, &want);
		expect_rule(row->name, &scene.diag.warnings[0], "the bytes there are ignored");
		expect_status(row->name, relocate(&scene, 2 * MIB), PVHBOOT_INVAL);
		expect_true(row->name, is_unchanged(&scene));
	}
	expect_eq(row->name, relocmodel_find(blob_view(&scene.before), &model),
		  !(row->is_none && is_tail));
	expect_true(row->name, memcmp(&model, relocs, sizeof(model)) == 0);
	close_scene(&scene);
}
END_TEST

/* The ELF file ends with its section header table, or with its program headers, whatever the
 * sections say that have no bytes. */
static const struct end_row {
	const char *name;
	struct elf_shdr shdr;
	const char *bytes;
	int without_sections;
	int is_none;
} end_rows[] = {
	{ "section with bytes", { .type = 1 }, "text", 0, 0 },
	{ "bss section", { .type = 8, .offset = 0x1000, .size = 0x100000 }, NULL, 0, 0 },
	{ "null section", { .type = 0, .offset = 0x1000, .size = 0x100000 }, NULL, 0, 0 },
	{ "section without bytes", { .type = 1, .offset = 1u << 31 }, NULL, 0, 0 },
	{ "section behind the file", { .type = 1, .offset = 1u << 31, .size = 1 }, NULL, 0, 1 },
	{ "section that wraps", { .type = 1, .offset = 64, .size = UINT64_MAX }, NULL, 0, 1 },
	{ "program headers", { 0 }, NULL, 1, 0 },
};

START_TEST(find_the_end)
{
	const struct end_row *row = &end_rows[_i];
	static const uint32_t words[MAX_WORDS] = { ZERO, 1, 2, ZERO, 3, 4, 5, END };
	struct scene scene = { 0 };
	size_t end;

	kernel_begin(&scene.elf, &(struct kernel_spec){ 0 });
	scene.elf.phdrs_behind = 1;
	if (!row->without_sections)
		elf_add_section(&scene.elf, &row->shdr, row->bytes,
				row->bytes ? strlen(row->bytes) : 0);
	elf_finish(&scene.elf);
	end = scene.elf.image.size;
	put_words(&scene.elf.image, words);
	open_scene(row->name, &scene);
	expect_success(row->name, &scene.diag, 0);
	expect_eq(row->name, scene.kernel.linux_boot.relocs.offset, row->is_none ? 0 : end);
	close_scene(&scene);
}
END_TEST

/* A section that ends in the middle of the words: what is behind it is none. */
START_TEST(find_behind_a_section)
{
	static const uint32_t words[MAX_WORDS] = { ZERO, 1, 2, ZERO, 3, 4, 5, END };
	struct scene scene = { 0 };
	size_t end;

	kernel_begin(&scene.elf, &(struct kernel_spec){ 0 });
	elf_add_section(&scene.elf, &(struct elf_shdr){ .type = 1 }, "", 0);
	elf_finish(&scene.elf);
	end = scene.elf.image.size;
	put_words(&scene.elf.image, words);
	elf_patch(&scene.elf, "sh_size", 1, end + 4 - elf_read(&scene.elf, "sh_offset", 1));
	open_scene("section", &scene);
	expect_success("section", &scene.diag, 1);
	expect_eq("section", scene.diag.warnings[0].offset, end + 4);
	close_scene(&scene);
}
END_TEST

/* ---- Checking -------------------------------------------------------------------- */

/* Targets in the standard kernel, whose segments have bytes of [0, 0x300) and [0x1000, 0x1300) from
 * PADDR on, and memory up to 0x1800. */
#define T(offset) (0x80000000u + KERNEL_PADDR + (offset))
#define T32(offset) (0xc0000000u + KERNEL_PADDR + (offset))

#define ASCEND "relocations that ascend and do not overlap"
#define INSIDE "a relocation in the bytes of one segment"

static const struct check_row {
	const char *name;
	unsigned int bits;
	uint32_t words[MAX_WORDS];
	const char *rule; /* NULL: good */
	size_t at;        /* the word that breaks it */
	uint64_t found, bound;
} check_rows[] = {
	{ "three lists",
	  64,
	  { ZERO, T(0), T(0x10), ZERO, T(8), ZERO, T(0xc), T(0x1000) },
	  NULL,
	  0,
	  0,
	  0 },
	{ "two lists", 64, { ZERO, T(0), T(8), ZERO, T(0x10) }, NULL, 0, 0, 0 },
	{ "one list", 32, { ZERO, T32(0), T32(4), T32(0x1000) }, NULL, 0, 0, 0 },
	{ "unaligned",
	  64,
	  { ZERO, T(1), T(9), ZERO, T(0x17), ZERO, T(0x11), T(0x1b) },
	  NULL,
	  0,
	  0,
	  0 },
	{ "all of one list first", 64, { ZERO, T(0x1000), ZERO, T(8), ZERO, T(0) }, NULL, 0, 0, 0 },
	{ "first of each", 64, { ZERO, T(0), ZERO, T(0x1000), ZERO, T(8) }, NULL, 0, 0, 0 },
	{ "last 8 bytes", 64, { ZERO, T(0x2f8), T(0x12f8), ZERO, T(0x1000) }, NULL, 0, 0, 0 },
	{ "last 4 bytes", 64, { ZERO, T(0), ZERO, T(0x2fc), T(0x12fc) }, NULL, 0, 0, 0 },
	{ "last 4 bytes, inverse",
	  64,
	  { ZERO, T(0), ZERO, T(0x12fc), ZERO, T(0x2fc) },
	  NULL,
	  0,
	  0,
	  0 },
	{ "last 4 bytes of i386", 32, { ZERO, T32(0x2fc), T32(0x12fc) }, NULL, 0, 0, 0 },

	{ "8 bytes, 1 beyond", 64, { ZERO, T(0x2f9), ZERO, T(0) }, INSIDE, 1, T(0x2f9), T(0x1000) },
	{ "8 bytes, 4 beyond", 64, { ZERO, T(0x2fc), ZERO, T(0) }, INSIDE, 1, T(0x2fc), T(0x1000) },
	{ "4 bytes, 1 beyond", 64, { ZERO, T(0), ZERO, T(0x2fd) }, INSIDE, 3, T(0x2fd), T(0x1000) },
	{ "inverse, 1 beyond",
	  64,
	  { ZERO, T(0), ZERO, T(0x2fd), ZERO, T(8) },
	  INSIDE,
	  3,
	  T(0x2fd),
	  T(0x1000) },
	{ "behind the last that fits",
	  64,
	  { ZERO, T(0), ZERO, T(0x2fc), T(0x300) },
	  INSIDE,
	  4,
	  T(0x300),
	  T(0x1000) },
	{ "behind a segment", 64, { ZERO, T(0x300), ZERO, T(0) }, INSIDE, 1, T(0x300), T(0x1000) },
	{ "1 in front of the next",
	  64,
	  { ZERO, T(0), ZERO, T(0xfff) },
	  INSIDE,
	  3,
	  T(0xfff),
	  T(0x1000) },
	{ "1 in front of all", 64, { ZERO, T(0), ZERO, T(0) - 1 }, INSIDE, 3, T(0) - 1, T(0) },
	{ "0", 64, { ZERO, 1, ZERO, T(0) }, INSIDE, 1, 1, T(0) },
	{ "p_paddr", 64, { ZERO, KERNEL_PADDR, ZERO, T(0) }, INSIDE, 1, KERNEL_PADDR, T(0) },
	{ "8 bytes, 1 in bss",
	  64,
	  { ZERO, T(0x12f9), ZERO, T(0) },
	  INSIDE,
	  1,
	  T(0x12f9),
	  1ull << 32 },
	{ "4 bytes, 1 in bss",
	  64,
	  { ZERO, T(0), ZERO, T(0x12fd) },
	  INSIDE,
	  3,
	  T(0x12fd),
	  1ull << 32 },
	{ "bss", 64, { ZERO, T(0), ZERO, T(0x1300) }, INSIDE, 3, T(0x1300), 1ull << 32 },
	{ "behind all", 64, { ZERO, T(0), ZERO, T(0x1800) }, INSIDE, 3, T(0x1800), 1ull << 32 },
	{ "the last word of all",
	  64,
	  { ZERO, T(0), ZERO, 0xffffffff },
	  INSIDE,
	  3,
	  0xffffffff,
	  1ull << 32 },
	{ "i386, 1 in front", 32, { ZERO, T32(0) - 1 }, INSIDE, 1, T32(0) - 1, T32(0) },
	{ "i386, of a 64-bit kernel", 32, { ZERO, T(0) }, INSIDE, 1, T(0), T32(0) },
	{ "i386, 1 in bss", 32, { ZERO, T32(0x12fd) }, INSIDE, 1, T32(0x12fd), 1ull << 32 },

	{ "descends, 64", 64, { ZERO, T(0x10), T(8), ZERO, T(0x1000) }, ASCEND, 2, T(8), T(0x18) },
	{ "descends, inverse",
	  64,
	  { ZERO, T(0), ZERO, T(0x14), T(0x10), ZERO, T(0x1000) },
	  ASCEND,
	  4,
	  T(0x10),
	  T(0x18) },
	{ "descends, 32", 64, { ZERO, T(0), ZERO, T(0x14), T(0x10) }, ASCEND, 4, T(0x10), T(0x18) },
	{ "descends in the end",
	  64,
	  { ZERO, T(0), T(0x1000), ZERO, T(0x10), T(0x1010), T(0x20) },
	  ASCEND,
	  6,
	  T(0x20),
	  T(0x1014) },
	{ "descends to another segment",
	  64,
	  { ZERO, T(0x1000), T(0x10), ZERO, T(0x1010) },
	  ASCEND,
	  2,
	  T(0x10),
	  T(0x1008) },
	{ "descends, i386", 32, { ZERO, T32(4), T32(0) }, ASCEND, 2, T32(0), T32(8) },
	{ "twice, 64", 64, { ZERO, T(8), T(8), ZERO, T(0) }, ASCEND, 2, T(8), T(0x10) },
	{ "twice, 32", 64, { ZERO, T(0), ZERO, T(8), T(8) }, ASCEND, 4, T(8), T(0xc) },
	{ "twice in two lists", 64, { ZERO, T(8), ZERO, T(8) }, ASCEND, 3, T(8), T(0x10) },
	{ "twice in the last two",
	  64,
	  { ZERO, T(0x20), ZERO, T(8), ZERO, T(8) },
	  ASCEND,
	  5,
	  T(8),
	  T(0xc) },
	{ "three times", 64, { ZERO, T(8), ZERO, T(8), ZERO, T(8) }, ASCEND, 3, T(8), T(0x10) },
	{ "overlap by 1, 64", 64, { ZERO, T(0), T(7), ZERO, T(0x10) }, ASCEND, 2, T(7), T(8) },
	{ "overlap by 1, 32",
	  64,
	  { ZERO, T(0), ZERO, T(0x10), T(0x13) },
	  ASCEND,
	  4,
	  T(0x13),
	  T(0x14) },
	{ "overlap by 1, two lists", 64, { ZERO, T(0), ZERO, T(7) }, ASCEND, 3, T(7), T(8) },
	{ "overlap by 1, the other way", 64, { ZERO, T(3), ZERO, T(0) }, ASCEND, 1, T(3), T(4) },
	{ "overlap by 1, inverse",
	  64,
	  { ZERO, T(0x20), ZERO, T(3), ZERO, T(0) },
	  ASCEND,
	  3,
	  T(3),
	  T(4) },
	{ "inside of another", 64, { ZERO, T(0), ZERO, T(2) }, ASCEND, 3, T(2), T(8) },
	{ "overlap, i386", 32, { ZERO, T32(0), T32(3) }, ASCEND, 2, T32(3), T32(4) },
};

START_TEST(check)
{
	const struct check_row *row = &check_rows[_i];
	struct scene scene = { 0 };
	struct blob model = { 0 };
	uint64_t slide = 6 * MIB;
	int good;

	kernel_build(&scene.elf, &(struct kernel_spec){ .bits = row->bits });
	put_words(&scene.elf.image, row->words);
	open_scene(row->name, &scene);
	blob_append(&model, scene.image.data, scene.image.size);
	good = relocmodel_apply((struct pvhboot_buffer){ model.data, model.size },
				&scene.kernel.linux_boot.relocs, slide);
	expect_eq(row->name, good, row->rule == NULL);
	expect_status(row->name, relocate(&scene, slide), good ? PVHBOOT_OK : PVHBOOT_MALFORMED);
	expect_true(row->name, memcmp(scene.image.data, model.data, model.size) == 0);
	if (good) {
		expect_true(row->name, !is_unchanged(&scene));
		expect_status(row->name, relocate(&scene, 0 - slide), PVHBOOT_OK);
	} else {
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS |
				SAYS_NO_INDEX,
			.stage = PVHBOOT_STAGE_ELF,
			.subject = PVHBOOT_SUBJECT_KERNEL,
			.offset = scene.kernel.linux_boot.relocs.offset + 4 * row->at,
			.found = row->found,
			.bound = row->bound,
		};

		expect_failure(row->name, &scene.diag, PVHBOOT_MALFORMED, &want);
		expect_rule(row->name, &scene.diag.failure, row->rule);
	}
	expect_true(row->name, is_unchanged(&scene));
	blob_free(&model);
	close_scene(&scene);
}
END_TEST

/* What each list does to its values. */
START_TEST(values)
{
	static const uint32_t words[MAX_WORDS] = {
		ZERO, T(0), T(0x12f8), ZERO, T(8), ZERO, T(0xc)
	};
	struct scene scene = { 0 };
	uint8_t *first, *last;

	kernel_build(&scene.elf, &(struct kernel_spec){ 0 });
	first = scene.elf.image.data + elf_read(&scene.elf, "p_offset", 0);
	last = scene.elf.image.data + elf_read(&scene.elf, "p_offset", 1) + 0x2f8;
	store_le(first, 8, 0xffffffff81234567);
	store_le(first + 8, 4, 0x00100000);
	store_le(first + 12, 4, 0xffffffff);
	store_le(last, 8, UINT64_MAX);
	put_words(&scene.elf.image, words);
	open_scene("values", &scene);
	first = scene.image.data + elf_read(&scene.elf, "p_offset", 0);
	last = scene.image.data + elf_read(&scene.elf, "p_offset", 1) + 0x2f8;
	ck_assert_int_eq(relocate(&scene, 2 * MIB), PVHBOOT_OK);
	ck_assert_uint_eq(load_le(first, 8), 0xffffffff81434567);
	ck_assert_uint_eq(load_le(first + 8, 4), 0xfff00000);
	ck_assert_uint_eq(load_le(first + 12, 4), 0x001fffff);
	ck_assert_uint_eq(load_le(last, 8), 0x1fffff);
	ck_assert_int_eq(relocate(&scene, 0 - 2 * MIB), PVHBOOT_OK);
	ck_assert(is_unchanged(&scene));
	close_scene(&scene);
}
END_TEST

/* Targets across the end of a page, and in the notes that say where the kernel is entered. */
START_TEST(odd_targets)
{
	static const uint32_t words[MAX_WORDS] = {
		ZERO, T(0xffd), T(0x1ff9), ZERO, T(0x2ffd), T(0x4010), /* the entry's number */
	};
	struct blob bytes = { 0 };
	struct scene scene = { 0 };
	struct pvhboot_kernel again;
	uint64_t slide = 4 * MIB;

	note_xen_number(&bytes, XEN_PHYS32_ENTRY, 4, PADDR);
	kernel_begin(&scene.elf, &(struct kernel_spec){ .n_loads = 1,
							.load_size = 0x4000,
							.bss_size = ~0u,
							.notes = KERNEL_NOTES_NONE });
	elf_add_inside(&scene.elf, 4,
		       elf_add_load(&scene.elf, PADDR + 0x4000, bytes.data, bytes.size, 0), 0,
		       bytes.size);
	elf_finish(&scene.elf);
	put_words(&scene.elf.image, words);
	open_scene("odd targets", &scene);
	ck_assert_uint_eq(scene.kernel.entry, PADDR);
	expect_status("odd targets", relocate(&scene, slide), PVHBOOT_OK);
	ck_assert_uint_eq(scene.kernel.entry, PADDR);
	/* read now, the note has moved: out of the kernel */
	ck_assert_int_eq(pvhboot_kernel_open(scene.kernel.elf, 0, &again, NULL), PVHBOOT_RANGE);
	expect_status("odd targets", relocate(&scene, 0 - slide), PVHBOOT_OK);
	ck_assert(is_unchanged(&scene));
	blob_free(&bytes);
	close_scene(&scene);
}
END_TEST

/* ---- Slides ---------------------------------------------------------------------- */

/* Kernels end at PADDR + 0x1800. */
static const struct slide_row {
	const char *name;
	unsigned int bits;
	uint64_t slide;
	int is_range;
	uint64_t found, bound;
} slide_rows[] = {
	{ "none", 64, 0, 0, 0, 0 },
	{ "one step", 64, 2 * MIB, 0, 0, 0 },
	{ "one step back", 64, 0 - 2 * MIB, 0, 0, 0 },
	{ "half a step", 64, MIB, 1, MIB, 2 * MIB },
	{ "a byte", 64, 1, 1, 1, 2 * MIB },
	{ "a byte back", 64, UINT64_MAX, 1, 1, 2 * MIB },
	{ "largest", 64, 1006 * MIB, 0, 0, 0 },
	{ "largest, back", 64, 0 - 1006 * MIB, 0, 0, 0 },
	{ "too large", 64, 1008 * MIB, 1, 1008 * MIB, 1008 * MIB - 0x1800 },
	{ "too large, back", 64, 0 - 1008 * MIB, 1, 1008 * MIB, 1008 * MIB - 0x1800 },
	{ "4 GiB", 64, 4096 * MIB, 1, 4096 * MIB, 1008 * MIB - 0x1800 },
	{ "2^63", 64, UINT64_C(1) << 63, 1, UINT64_C(1) << 63, 1008 * MIB - 0x1800 },
	{ "i386, largest", 32, 494 * MIB, 0, 0, 0 },
	{ "i386, largest back", 32, 0 - 494 * MIB, 0, 0, 0 },
	{ "i386, too large", 32, 496 * MIB, 1, 496 * MIB, 496 * MIB - 0x1800 },
};

START_TEST(slides)
{
	const struct slide_row *row = &slide_rows[_i];
	static const uint32_t words_64[MAX_WORDS] = {
		ZERO, T(0), T(8), ZERO, T(0x10), ZERO, T(0x14)
	};
	static const uint32_t words_32[MAX_WORDS] = { ZERO, T32(0), T32(4) };
	struct scene scene = { 0 };

	kernel_build(&scene.elf, &(struct kernel_spec){ .bits = row->bits });
	put_words(&scene.elf.image, row->bits == 64 ? words_64 : words_32);
	open_scene(row->name, &scene);
	if (row->is_range) {
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NUMBERS | SAYS_NO_INDEX |
				SAYS_NO_OFFSET,
			.stage = PVHBOOT_STAGE_ELF,
			.subject = PVHBOOT_SUBJECT_KERNEL,
			.found = row->found,
			.bound = row->bound,
		};

		expect_status(row->name, relocate(&scene, row->slide), PVHBOOT_RANGE);
		expect_failure(row->name, &scene.diag, PVHBOOT_RANGE, &want);
		expect_rule(row->name, &scene.diag.failure, "a slide ");
	} else {
		expect_status(row->name, relocate(&scene, row->slide), PVHBOOT_OK);
		expect_eq(row->name, is_unchanged(&scene), row->slide == 0);
		expect_status(row->name, relocate(&scene, 0 - row->slide), PVHBOOT_OK);
	}
	expect_true(row->name, is_unchanged(&scene));
	close_scene(&scene);
}
END_TEST

/* One that already ends behind 1 GiB cannot be moved, nor stay. */
START_TEST(end_above_the_range)
{
	static const uint32_t words[MAX_WORDS] = { ZERO, T(0), ZERO, T(8) };
	struct scene scene = { 0 };

	kernel_build(&scene.elf, &(struct kernel_spec){ .paddr = 1024 * MIB });
	put_words(&scene.elf.image, words);
	open_scene("above", &scene);
	ck_assert_int_eq(relocate(&scene, 0), PVHBOOT_RANGE);
	ck_assert_uint_eq(scene.diag.failure.bound, 0);
	close_scene(&scene);
}
END_TEST

START_TEST(arguments)
{
	static const uint32_t words[MAX_WORDS] = { ZERO, T(0), ZERO, T(8) };
	struct scene scene = { 0 };
	struct pvhboot_buffer smaller, none;

	kernel_build(&scene.elf, &(struct kernel_spec){ 0 });
	put_words(&scene.elf.image, words);
	open_scene("arguments", &scene);
	smaller = (struct pvhboot_buffer){ scene.image.data, scene.image.size - 1 };
	none = (struct pvhboot_buffer){ NULL, scene.image.size };
	ck_assert_int_eq(pvhboot_kernel_relocate(NULL, scene.image, 0, &scene.diag), PVHBOOT_INVAL);
	ck_assert_int_eq(pvhboot_kernel_relocate(&scene.kernel, none, 0, &scene.diag),
			 PVHBOOT_INVAL);
	expect_rule("arguments", &scene.diag.failure, "not NULL");
	ck_assert_int_eq(pvhboot_kernel_relocate(&scene.kernel, smaller, 0, &scene.diag),
			 PVHBOOT_INVAL);
	expect_rule("arguments", &scene.diag.failure, "elf.size = size of the kernel's image");
	ck_assert_int_eq(pvhboot_kernel_relocate(&scene.kernel, scene.image, 0, NULL), PVHBOOT_OK);
	scene.kernel.linux_boot.relocs = (struct pvhboot_relocs){ 0 };
	ck_assert_int_eq(relocate(&scene, 0), PVHBOOT_INVAL);
	expect_rule("arguments", &scene.diag.failure, "a kernel with relocations");
	close_scene(&scene);
}
END_TEST

/* ---- Segments -------------------------------------------------------------------- */

/* In a kernel of three segments of 0x300 bytes, 0x1000 apart, without bss. What is patched is so
 * when it is opened, or changes afterwards. */
static const struct segment_row {
	const char *name;
	unsigned int bits;
	const char *patches[2];
	uint32_t indices[2];
	uint64_t values[2];
	int changes;
	const char *rule; /* NULL: good */
	uint32_t at;
} segment_rows[] = {
	{ "as built", 64, { NULL }, { 0 }, { 0 }, 0, NULL, 0 },
	{ "p_vaddr 0, of a CPU's data", 64, { "p_vaddr" }, { 1 }, { 0 }, 0, NULL, 0 },
	{ "p_vaddr of another, 64", 64, { "p_vaddr" }, { 1 }, { 0xffffffff81000000 }, 0, NULL, 0 },
	{ "bss alone", 64, { "p_filesz", "p_offset" }, { 2, 2 }, { 0, UINT64_MAX }, 0, NULL, 0 },
	{ "bss alone, at 0 of the file",
	  64,
	  { "p_filesz", "p_offset" },
	  { 2, 2 },
	  { 0, 0 },
	  0,
	  NULL,
	  0 },
	{ "bss alone in between",
	  64,
	  { "p_filesz", "p_offset" },
	  { 1, 1 },
	  { 0, UINT64_MAX },
	  0,
	  INSIDE,
	  ~0u },
	{ "8 bytes alone", 64, { "p_filesz" }, { 1 }, { 8 }, 0, NULL, 0 },
	{ "7 bytes alone", 64, { "p_filesz" }, { 1 }, { 7 }, 0, INSIDE, ~0u },
	{ "1 byte alone", 64, { "p_filesz" }, { 1 }, { 1 }, 0, INSIDE, ~0u },
	{ "none to load between", 64, { "p_type" }, { 2 }, { 0x6474e551 }, 0, NULL, 0 },
	{ "descend",
	  64,
	  { "p_paddr", "p_paddr" },
	  { 1, 2 },
	  { PADDR + 0x2000, PADDR + 0x1000 },
	  0,
	  "segments that ascend, of a kernel",
	  2 },
	{ "descend, i386",
	  32,
	  { "p_vaddr", "p_vaddr" },
	  { 1, 2 },
	  { T32(0x2000), T32(0x1000) },
	  0,
	  "segments that ascend, of a kernel",
	  2 },
	{ "share virtual addresses, i386",
	  32,
	  { "p_vaddr" },
	  { 1 },
	  { T32(0x2ff) },
	  0,
	  "segments that ascend, of a kernel",
	  1 },
	{ "descend in the file",
	  64,
	  { "p_offset" },
	  { 2 },
	  { 0x300 },
	  0,
	  "segments that ascend in the file",
	  2 },
	{ "share bytes of the file",
	  64,
	  { "p_offset" },
	  { 2 },
	  { 0x600 },
	  0,
	  "segments that ascend in the file",
	  2 },
	{ "descend in the file where addresses touch",
	  64,
	  { "p_paddr", "p_offset" },
	  { 2, 2 },
	  { PADDR + 0x1300, 0x300 },
	  0,
	  "segments that ascend in the file",
	  2 },
	{ "program headers in one",
	  64,
	  { "p_offset" },
	  { 0 },
	  { 0x80 },
	  0,
	  "behind the program headers",
	  0 },
	{ "header in one", 64, { "p_offset" }, { 0 }, { 0 }, 0, "behind the program headers", 0 },
	{ "becomes larger than memory",
	  64,
	  { "p_filesz" },
	  { 1 },
	  { 0x301 },
	  1,
	  "the segment that the image was opened with",
	  1 },
	{ "moves behind the end",
	  64,
	  { "p_paddr" },
	  { 2 },
	  { PADDR + 0x2001 },
	  1,
	  "the segment that the image was opened with",
	  2 },
	{ "moves above 4 GiB",
	  64,
	  { "p_paddr" },
	  { 2 },
	  { UINT64_MAX - 0x100 },
	  1,
	  "the segment that the image was opened with",
	  2 },
	{ "moves to the relocations",
	  64,
	  { "p_offset" },
	  { 2 },
	  { 0xa80 },
	  1,
	  "the segment that the image was opened with",
	  2 },
	{ "moves down",
	  64,
	  { "p_paddr" },
	  { 2 },
	  { PADDR + 0x1001 },
	  1,
	  "segments that ascend, of a kernel",
	  2 },
	{ "all are gone", 64, { "p_type", "p_type" }, { 0, 1 }, { 0, 0 }, 1, INSIDE, ~0u },
};

static void patch_rows(const struct segment_row *row, struct scene *scene)
{
	for (size_t i = 0; i < 2 && row->patches[i]; i++)
		elf_patch(&scene->elf, row->patches[i], row->indices[i], row->values[i]);
}

START_TEST(segments)
{
	const struct segment_row *row = &segment_rows[_i];
	static const uint32_t words_64[MAX_WORDS] = { ZERO, T(0), T(0x1000), ZERO,
						      T(8), ZERO, T(0x2fc) };
	static const uint32_t words_32[MAX_WORDS] = { ZERO, T32(0), T32(0x2fc) };
	struct scene scene = { 0 };

	kernel_build(&scene.elf,
		     &(struct kernel_spec){ .bits = row->bits, .n_loads = 3, .bss_size = ~0u });
	if (!row->changes)
		patch_rows(row, &scene);
	put_words(&scene.elf.image, row->bits == 64 ? words_64 : words_32);
	open_scene(row->name, &scene);
	if (row->changes) {
		patch_rows(row, &scene);
		memcpy(scene.image.data, scene.elf.image.data, scene.image.size);
		memcpy(scene.before.data, scene.elf.image.data, scene.image.size);
	}
	if (!row->rule) {
		expect_status(row->name, relocate(&scene, 2 * MIB), PVHBOOT_OK);
		expect_true(row->name, !is_unchanged(&scene));
		expect_status(row->name, relocate(&scene, 0 - 2 * MIB), PVHBOOT_OK);
	} else {
		expect_status(row->name, relocate(&scene, 2 * MIB), PVHBOOT_MALFORMED);
		expect_rule(row->name, &scene.diag.failure, row->rule);
		if (row->at != ~0u) {
			expect_eq(row->name, scene.diag.failure.subject, PVHBOOT_SUBJECT_SEGMENT);
			expect_eq(row->name, scene.diag.failure.index, row->at);
		}
	}
	expect_true(row->name, is_unchanged(&scene));
	close_scene(&scene);
}
END_TEST

/* Others change the image behind the check: when the first byte is written, which faults. */
static struct scene *changed;

static void change(int signal)
{
	const struct guard *guard = &changed->guard;

	(void)signal;
	if (mprotect(guard->first, (size_t)(guard->end - guard->first), PROT_READ | PROT_WRITE))
		abort();
	store_le(guard->end - 4, 4, T(8));
}

/* Applying fails, at the word that is not as it was checked. */
START_TEST(changed_behind_the_check)
{
	static const uint32_t words[MAX_WORDS] = { ZERO, T(0), ZERO, T(0x10), T(0x20) };
	const struct sigaction changes = { .sa_handler = change };
	struct scene scene = { 0 };
	struct sigaction before;

	kernel_build(&scene.elf, &(struct kernel_spec){ 0 });
	put_words(&scene.elf.image, words);
	open_scene("changed", &scene);
	changed = &scene;
	ck_assert_int_eq(sigaction(SIGSEGV, &changes, &before), 0);
	ck_assert_int_eq(mprotect(scene.guard.first, (size_t)(scene.guard.end - scene.guard.first),
				  PROT_READ),
			 0);
	expect_status("changed", relocate(&scene, 2 * MIB), PVHBOOT_MALFORMED);
	ck_assert_int_eq(sigaction(SIGSEGV, &before, NULL), 0);
	expect_rule("changed", &scene.diag.failure, ASCEND);
	ck_assert_uint_eq(scene.diag.failure.offset, scene.image.size - 4);
	close_scene(&scene);
}
END_TEST

/* At address 0 nothing is below the window. */
START_TEST(smaller_than_a_value)
{
	static const uint32_t words[MAX_WORDS] = { ZERO, 1 };

	for (uint32_t size = 1; size <= 5; size++) {
		struct scene scene = { 0 };

		kernel_build(&scene.elf, &(struct kernel_spec){ .bits = 32 });
		elf_patch(&scene.elf, "p_vaddr", 0, 0);
		elf_patch(&scene.elf, "p_filesz", 0, size);
		put_words(&scene.elf.image, words);
		open_scene("smaller", &scene);
		expect_status("smaller", relocate(&scene, 2 * MIB),
			      size < 5 ? PVHBOOT_MALFORMED : PVHBOOT_OK);
		expect_eq("smaller", is_unchanged(&scene), size < 5);
		close_scene(&scene);
	}
}
END_TEST

START_TEST(number_of_segments)
{
	static const uint32_t words[MAX_WORDS] = { ZERO, T(0), ZERO, T(8), T(0xf2fc) };
	static const struct {
		uint32_t n, e_phnum;
	} rows[] = { { 16, 16 }, { 17, 17 }, { 17, 16 } }; /* the last has one behind its table */

	for (size_t i = 0; i < N_OF(rows); i++) {
		int good = rows[i].e_phnum == 16;
		struct scene scene = { 0 };

		kernel_build(&scene.elf, &(struct kernel_spec){ .n_loads = rows[i].n,
								.notes = KERNEL_NOTES_SECTION });
		elf_patch(&scene.elf, "e_phnum", 0, rows[i].e_phnum);
		put_words(&scene.elf.image, words);
		open_scene("number", &scene);
		expect_status("number", relocate(&scene, 2 * MIB),
			      good ? PVHBOOT_OK : PVHBOOT_LIMIT);
		expect_eq("number", is_unchanged(&scene), !good);
		if (!good)
			expect_failure("number", &scene.diag, PVHBOOT_LIMIT,
				       &(struct finding){ SAYS_NUMBERS, .stage = PVHBOOT_STAGE_ELF,
							  .found = 17, .bound = 16 });
		close_scene(&scene);
	}
}
END_TEST

/* ---- At random ------------------------------------------------------------------- */

/* A list of targets that mostly ascend, of mostly this width, from a place in the segments. */
static void put_list(struct blob *to, unsigned int bits, uint32_t n, uint64_t step)
{
	uint64_t at = random_below(0x40);

	blob_put(to, 4, 0);
	for (uint32_t i = 0; i < n; i++) {
		at += random_below(step);
		if (random_below(40) == 0)
			at = random_below(0x3000);
		blob_put(to, 4, (bits == 64 ? T(0) : T32(0)) + at);
	}
}

START_TEST(at_random)
{
	uint64_t n_good = 0, n_rounds = suite_rounds(20000);

	random_start(4711);
	for (uint64_t round = 0; round < n_rounds; round++) {
		unsigned int bits = random_below(4) ? 64 : 32;
		uint32_t n_lists = bits == 32 ? 1 : 2 + (uint32_t)random_below(2);
		uint64_t step = 8 + random_below(0x400);
		struct kernel_spec spec = {
			.bits = bits,
			.n_loads = 1 + (uint32_t)random_below(4),
			.load_size = 0x100 + (uint32_t)random_below(0x700),
			.load_stride = 0x800 + (uint32_t)random_below(16),
		};
		struct scene scene = { 0 };
		struct pvhboot_relocs relocs;
		struct blob model = { 0 };
		uint64_t slide = (random_below(31) - 15) * 2 * MIB;
		int good;

		kernel_build(&scene.elf, &spec);
		for (uint32_t i = 0; i < n_lists; i++)
			put_list(&scene.elf.image, bits, (uint32_t)random_below(6), step);
		open_scene("random", &scene);
		blob_append(&model, scene.image.data, scene.image.size);
		ck_assert_int_eq(relocmodel_find(blob_view(&model), &relocs),
				 !scene.diag.n_warnings);
		ck_assert_int_eq(memcmp(&relocs, &scene.kernel.linux_boot.relocs, sizeof(relocs)),
				 0);
		if (relocs.offset != 0) {
			good = relocmodel_apply((struct pvhboot_buffer){ model.data, model.size },
						&relocs, slide);
			expect_status("random", relocate(&scene, slide),
				      good ? PVHBOOT_OK : PVHBOOT_MALFORMED);
			ck_assert_int_eq(memcmp(scene.image.data, model.data, model.size), 0);
			n_good += (uint64_t)good;
			if (good)
				expect_status("random", relocate(&scene, 0 - slide), PVHBOOT_OK);
			ck_assert(is_unchanged(&scene));
		}
		blob_free(&model);
		close_scene(&scene);
	}
	ck_assert_uint_ge(n_good, n_rounds / 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("relocs");
	TCase *finding = suite_case(suite, "finding");
	TCase *relocating = suite_case(suite, "relocating");

	tcase_add_loop_test(finding, find_lists, 0, (int)N_OF(find_rows));
	tcase_add_loop_test(finding, find_the_end, 0, (int)N_OF(end_rows));
	tcase_add_test(finding, find_behind_a_section);
	tcase_add_loop_test(relocating, check, 0, (int)N_OF(check_rows));
	tcase_add_test(relocating, values);
	tcase_add_test(relocating, odd_targets);
	tcase_add_loop_test(relocating, slides, 0, (int)N_OF(slide_rows));
	tcase_add_test(relocating, end_above_the_range);
	tcase_add_test(relocating, arguments);
	tcase_add_loop_test(relocating, segments, 0, (int)N_OF(segment_rows));
	tcase_add_test(relocating, changed_behind_the_check);
	tcase_add_test(relocating, smaller_than_a_value);
	tcase_add_test(relocating, number_of_segments);
	tcase_add_test(relocating, at_random);
	return suite_run(suite);
}
