/* SPDX-License-Identifier: MIT */
/* Rows 59 to 72 of edge-cases.md: PHYS32_RELOC, and where a kernel moves. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/edge.h"
#include "support/scene.h"
#include "support/startread.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* The standard kernel: segments of [PADDR, + 0x300) and [PADDR + 0x1000, + 0x800). */
#define PADDR ((uint64_t)KERNEL_PADDR)
#define ENTRY (PADDR + 0x40)
#define SIZE UINT64_C(0x1800)

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The entry note of 20 bytes, then the relocation note, in program header 1. */
static void build(struct edge *edge, const uint32_t words[4], size_t size, uint64_t p_align)
{
	struct blob notes = { 0 };
	uint8_t desc[16];

	memset(edge, 0, sizeof(*edge));
	for (size_t i = 0; i < 4; i++)
		store_le(desc + 4 * i, 4, words[i]);
	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, ENTRY);
	note_xen(&notes, XEN_PHYS32_RELOC, desc, size);
	kernel_begin(&edge->elf, &(struct kernel_spec){ .n_loads = 1, .notes = KERNEL_NOTES_NONE });
	elf_add_notes(&edge->elf, &notes);
	blob_free(&notes);
	elf_finish(&edge->elf);
	elf_patch(&edge->elf, "p_align", 0, p_align);
}

static void expect_reloc(const char *row, struct edge *edge, uint64_t align, uint64_t min,
			 uint64_t max)
{
	edge_expect_ok(row, edge, 0);
	expect_eq(row, edge->kernel.relocatable, 1);
	expect_eq(row, edge->kernel.reloc.align, align);
	expect_eq(row, edge->kernel.reloc.min, min);
	expect_eq(row, edge->kernel.reloc.max, max);
}

static void expect_bad_reloc(const char *row, struct edge *edge, const char *rule, uint64_t found,
			     uint64_t bound)
{
	const struct finding want =
		edge_at_note(1, elf_read(&edge->elf, "p_offset", 1) + 20, found, bound);

	edge_expect_failure(row, edge, PVHBOOT_MALFORMED, rule, &want);
}

START_TEST(edge_059_short_notes)
{
	static const uint32_t words[4] = { 0x400000, 0x1000000, 0x3fffffff, 0 };
	struct edge edge;

	build(&edge, words, 0, 0x1000);
	expect_reloc("0", &edge, 0x1000, 0, 0xffffffff);
	edge_close(&edge);
	build(&edge, words, 4, 0x1000);
	expect_reloc("4", &edge, 0x400000, 0, 0xffffffff);
	edge_close(&edge);
	build(&edge, words, 8, 0x1000);
	expect_reloc("8", &edge, 0x400000, 0x1000000, 0xffffffff);
	edge_close(&edge);
	build(&edge, words, 12, 0x1000);
	expect_reloc("12", &edge, 0x400000, 0x1000000, 0x3fffffff);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_060_a_fourth_word)
{
	static const uint32_t words[4] = { 0x400000, 0x1000000, 0x3fffffff, 0xdeadbeef };
	struct edge edge;

	build(&edge, words, 16, 0x1000);
	expect_reloc("16", &edge, 0x400000, 0x1000000, 0x3fffffff);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_061_part_of_a_word)
{
	static const uint32_t words[4] = { 0x400000, 0x1000000, 0x3fffffff, 0 };
	static const size_t sizes[] = { 1, 3, 6, 7, 14, 15 };

	for (size_t i = 0; i < N_OF(sizes); i++) {
		struct edge edge;
		char row[16];

		snprintf(row, sizeof(row), "%zu", sizes[i]);
		build(&edge, words, sizes[i], 0x1000);
		expect_bad_reloc(row, &edge, "whole words of 4 bytes in PHYS32_RELOC", sizes[i],
				 sizes[i] / 4 * 4);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_062_alignment_no_power_of_two)
{
	static const uint32_t aligns[] = { 0, 3, 0x300000, 0xffffffff };

	for (size_t i = 0; i < N_OF(aligns); i++) {
		const uint32_t words[4] = { aligns[i], 0, 0, 0 };
		struct edge edge;
		char row[16];

		snprintf(row, sizeof(row), "0x%x", aligns[i]);
		build(&edge, words, 4, 0x1000);
		expect_bad_reloc(row, &edge, "a power of two as alignment in PHYS32_RELOC",
				 aligns[i], aligns[i] == 0x300000 ? 0x100000 : 1);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_063_alignment_of_segments)
{
	static const uint64_t aligns[][2] = { { 0x1000, 0x1000 },
					      { 0x200, 0x200000 },
					      { 0x40000000, 0x40000000 },
					      { 0, 0x200000 },
					      { 0x80000000u, 0x80000000u } };
	static const uint32_t words[4] = { 0 };

	for (size_t i = 0; i < N_OF(aligns); i++) {
		struct edge edge;
		char row[32];

		snprintf(row, sizeof(row), "p_align 0x%" PRIx64, aligns[i][0]);
		build(&edge, words, 0, aligns[i][0]);
		expect_reloc(row, &edge, aligns[i][1], 0, 0xffffffff);
		edge_close(&edge);
	}
}
END_TEST

/* A kernel by both readers, and the address space of the scene around it. */
static void open_scene(struct scene *scene, const struct kernel_spec *spec)
{
	struct edge edge;

	edge_build(&edge, spec);
	edge_expect_ok("scene", &edge, 0);
	scene_open_elf(scene, &edge.elf);
	edge_close(&edge);
}

static void open_reloc(struct scene *scene, uint32_t align, uint32_t min, uint32_t max)
{
	open_scene(scene, &(struct kernel_spec){ .n_reloc = 3, .reloc = { align, min, max } });
}

static void expect_at(const char *row, struct scene *scene, uint64_t start)
{
	scene_expect_plan(row, scene, 0);
	expect_eq(row, scene->plan.slide, start - scene->kernel.start);
	expect_eq(row, scene->plan.entry, scene->kernel.entry - scene->kernel.start + start);
	expect_eq(row, scene_place(scene, PVHBOOT_PLACE_SEGMENT, 0)->gpa, start);
}

/* most: what the kernel could have where it may start. */
static void expect_no_slot(const char *row, struct scene *scene, uint64_t most)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_KERNEL,
		.offset = scene->kernel.start,
		.found = scene->kernel.end - scene->kernel.start,
		.bound = most,
	};

	expect_status(row, scene_plan(scene), PVHBOOT_NOROOM);
	expect_failure(row, &scene->diag, PVHBOOT_NOROOM, &want);
	expect_rule(row, &scene->diag.failure,
		    "an address that PHYS32_RELOC or the boot "
		    "header allows");
}

START_TEST(edge_064_min_and_max)
{
	struct scene scene;

	open_reloc(&scene, 0x1000, 0x2000000, 0x1ffffff);
	scene_map(&scene, MIB, 14 * MIB, PVHBOOT_MAP_RAM);
	expect_no_slot("min above max", &scene, 0);
	scene_close(&scene);

	open_reloc(&scene, 0x1000, 2 * MIB, 2 * MIB + SIZE - 2);
	scene_map(&scene, MIB, 14 * MIB, PVHBOOT_MAP_RAM);
	expect_no_slot("a byte too few", &scene, SIZE - 1);
	scene_close(&scene);

	open_reloc(&scene, 0x1000, 2 * MIB, 2 * MIB + SIZE - 1);
	scene_map(&scene, MIB, 14 * MIB, PVHBOOT_MAP_RAM);
	expect_at("enough", &scene, 2 * MIB);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_065_max_is_inclusive)
{
	struct scene scene;

	open_reloc(&scene, 0x1000, 0, 4 * MIB + SIZE - 1);
	scene_map(&scene, MIB, 14 * MIB, PVHBOOT_MAP_RAM);
	expect_at("last byte", &scene, 4 * MIB);
	scene_close(&scene);

	open_reloc(&scene, 0x1000, 0, 4 * MIB + SIZE - 2);
	scene_map(&scene, MIB, 14 * MIB, PVHBOOT_MAP_RAM);
	expect_at("one less", &scene, 4 * MIB - 0x1000);
	scene_close(&scene);

	open_reloc(&scene, 0x1000, 4 * MIB, 4 * MIB + SIZE - 2);
	scene_map(&scene, MIB, 14 * MIB, PVHBOOT_MAP_RAM);
	expect_no_slot("one less, no lower slot", &scene, SIZE - 1);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_066_ram_across_4_gib)
{
	struct scene scene;

	open_reloc(&scene, 0x1000, 0, 0xffffffff);
	scene_map(&scene, 0xfff00000u, GIB, PVHBOOT_MAP_RAM);
	scene.request.info_ceiling = 4 * GIB;
	expect_at("pages", &scene, 4 * GIB - 0x2000);
	scene_close(&scene);

	/* The last byte below 4 GiB is the kernel's; the block finds room lower. */
	open_reloc(&scene, 1, 0, 0xffffffff);
	scene_map(&scene, 0xfff00000u, GIB, PVHBOOT_MAP_RAM);
	scene.request.info_ceiling = 4 * GIB;
	expect_at("bytes", &scene, 4 * GIB - SIZE);
	ck_assert_uint_lt(scene.plan.start_info, 4 * GIB - SIZE);
	scene_close(&scene);

	open_reloc(&scene, 0x1000, 0, 0xffffffff);
	scene_map(&scene, 4 * GIB, GIB, PVHBOOT_MAP_RAM);
	expect_no_slot("nothing below", &scene, 0);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_067_highest_slot)
{
	struct scene scene;

	open_reloc(&scene, 0x200000, 0, 0xffffffff);
	scene_map(&scene, MIB, 8 * MIB, PVHBOOT_MAP_RAM);
	scene_map(&scene, 32 * MIB, 5 * MIB, PVHBOOT_MAP_RAM);
	expect_at("above", &scene, 36 * MIB);
	scene_close(&scene);

	open_reloc(&scene, 0x200000, 0, 32 * MIB - 1);
	scene_map(&scene, 32 * MIB, 5 * MIB, PVHBOOT_MAP_RAM);
	scene_map(&scene, MIB, 8 * MIB, PVHBOOT_MAP_RAM);
	expect_at("max", &scene, 8 * MIB);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_067_lowest_slot)
{
	struct scene scene;

	open_reloc(&scene, 0x200000, 0, 0xffffffff);
	scene_map(&scene, 32 * MIB, 5 * MIB, PVHBOOT_MAP_RAM);
	scene_map(&scene, MIB, 8 * MIB, PVHBOOT_MAP_RAM);
	scene.request.flags = PVHBOOT_REQUEST_LOWEST;
	expect_at("below", &scene, 2 * MIB);
	scene_avoid(&scene, 2 * MIB + 0x17ff, 2 * MIB + 0x1800);
	expect_at("avoid", &scene, 4 * MIB);
	scene_close(&scene);

	/* Its minimum, and never page 0. */
	open_reloc(&scene, 0x200000, 5 * MIB, 0xffffffff);
	scene_map(&scene, MIB, 8 * MIB, PVHBOOT_MAP_RAM);
	scene.request.flags = PVHBOOT_REQUEST_LOWEST;
	expect_at("min", &scene, 6 * MIB);
	scene_close(&scene);
	open_reloc(&scene, 0x1000, 0, 0xffffffff);
	scene_map(&scene, 0, 8 * MIB, PVHBOOT_MAP_RAM);
	scene.request.flags = PVHBOOT_REQUEST_LOWEST;
	expect_at("page 1", &scene, 0x1000);
	scene_close(&scene);

	/* No reason to move. */
	open_reloc(&scene, 0x200000, 0, 0xffffffff);
	scene_map(&scene, MIB, 63 * MIB, PVHBOOT_MAP_RAM);
	scene.request.flags = PVHBOOT_REQUEST_LOWEST;
	expect_at("free", &scene, PADDR);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_068_link_address_free)
{
	struct scene scene;

	open_reloc(&scene, 0x200000, 0, 0xffffffff);
	scene_map(&scene, MIB, 63 * MIB, PVHBOOT_MAP_RAM);
	expect_at("free", &scene, PADDR);
	scene_close(&scene);

	/* The note's bounds are for a kernel that moves. */
	open_reloc(&scene, 0x200000, 0x2000000, 0x2ffffff);
	scene_map(&scene, MIB, 63 * MIB, PVHBOOT_MAP_RAM);
	expect_at("out of bounds", &scene, PADDR);
	scene_close(&scene);
}
END_TEST

/* What hangs on the kernel's address follows it, in the ABI's bytes too. */
START_TEST(edge_069_all_follows)
{
	struct start_module module;
	struct start_info info;
	struct scene scene;
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	uint64_t start = 0x30f4567; /* what 64 KiB leave of the link address stays */

	open_scene(&scene, &(struct kernel_spec){ .paddr = 0x1234567,
						  .n_reloc = 3,
						  .reloc = { 0x10000, 0, 0x30fffff } });
	scene_map(&scene, 0x3000000, 4 * MIB, PVHBOOT_MAP_RAM);
	scene_module(&scene, 0x1001, "initrd");
	expect_at("moved", &scene, start);
	ck_assert_uint_eq(scene.plan.slide % 0x10000, 0);
	while (pvhboot_segment_next(&scene.kernel, &iter, &segment))
		ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_SEGMENT, segment.index)->gpa,
				  segment.gpa + scene.plan.slide);
	/* the first pages behind it */
	ck_assert_uint_eq(scene.plan.start_info, 0x30f6000);
	ck_assert_int_eq(start_read(&scene.plan, &info), 1);
	ck_assert_int_eq(start_read_module(&scene.plan, &info, 0, &module), 1);
	ck_assert_uint_eq(module.paddr, 0x30f7000);
	scene_close(&scene);
}
END_TEST

/* So do the symbols behind it, and what is behind them. */
START_TEST(edge_069_symbols_follow)
{
	struct scene scene;
	uint64_t linked;

	open_scene(&scene, &(struct kernel_spec){ .paddr = 0x1234567,
						  .n_reloc = 3,
						  .reloc = { 0x10000, 0, 0x30fffff },
						  .has_symbols = 1,
						  .symtab_size = 0x1801,
						  .strtab_size = 0x3ff });
	/* 4 + 64 + 3 * 64, and both tables, each up to 8 bytes */
	linked = (0x1234567 + SIZE + 7) / 8 * 8;
	ck_assert_uint_eq(scene.kernel.symbols.gpa, linked);
	ck_assert_uint_eq(scene.kernel.symbols.size, 264 + 0x1808 + 0x400);
	scene_map(&scene, 0x3000000, 4 * MIB, PVHBOOT_MAP_RAM);
	/* 0x30f4567 is the last start for the kernel alone, and for both. */
	expect_at("moved", &scene, 0x30f4567);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_SYMBOLS, 0)->gpa,
			  linked + scene.plan.slide);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_SYMBOLS, 1)->gpa,
			  linked + scene.plan.slide + 264);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_SYMBOLS, 2)->gpa,
			  linked + scene.plan.slide + 264 + 0x1808);
	ck_assert_uint_eq(scene.plan.start_info, 0x30f8000);

	/* The note's maximum is for all of it. */
	scene.kernel.reloc.max = linked + scene.plan.slide + scene.kernel.symbols.size - 1;
	expect_at("last byte", &scene, 0x30f4567);
	scene.kernel.reloc.max--;
	expect_at("one less", &scene, 0x30e4567);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_070_not_relocatable)
{
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_SEGMENT,
		.index = 1,
		.offset = PADDR + 0x1000,
		.found = PADDR + 0x1800,
		.bound = PADDR + 0x1400,
	};
	struct scene scene;

	open_scene(&scene, &(struct kernel_spec){ 0 });
	scene_map(&scene, MIB, 63 * MIB, PVHBOOT_MAP_RAM);
	scene_avoid(&scene, PADDR + 0x1400, PADDR + 0x1401);
	expect_status("conflict", scene_plan(&scene), PVHBOOT_OVERLAP);
	expect_failure("conflict", &scene.diag, PVHBOOT_OVERLAP, &want);
	expect_rule("conflict", &scene.diag.failure, "or a kernel that can be moved");
	scene_close(&scene);
}
END_TEST

START_TEST(edge_071_two_notes)
{
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_NO_NUMBERS,
		.stage = PVHBOOT_STAGE_NOTE,
		.subject = PVHBOOT_SUBJECT_NOTE,
		.index = 2,
	};
	struct blob notes = { 0 };
	struct edge edge;
	size_t last;

	memset(&edge, 0, sizeof(edge));
	kernel_begin(&edge.elf, &(struct kernel_spec){ .notes = KERNEL_NOTES_NONE });
	note_xen(&notes, XEN_PHYS32_RELOC, "\0\0\1\0\0\0\1\0\0\0\2\0", 12);
	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, ENTRY);
	last = notes.size;
	note_xen_number(&notes, XEN_PHYS32_RELOC, 4, 0x400000);
	elf_add_notes(&edge.elf, &notes);
	elf_finish(&edge.elf);
	want.offset = elf_read(&edge.elf, "p_offset", 2) + last;
	edge_expect_warning("two", &edge, "one PHYS32_RELOC note", &want);
	/* All of the last, its defaults included. */
	ck_assert_uint_eq(edge.kernel.reloc.align, 0x400000);
	ck_assert_uint_eq(edge.kernel.reloc.min, 0);
	ck_assert_uint_eq(edge.kernel.reloc.max, 0xffffffff);
	blob_free(&notes);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_071_reloc_without_entry)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_NO_OFFSET,
		.stage = PVHBOOT_STAGE_NOTE,
		.subject = PVHBOOT_SUBJECT_KERNEL,
	};
	struct blob notes = { 0 };
	struct edge edge;

	memset(&edge, 0, sizeof(edge));
	kernel_begin(&edge.elf, &(struct kernel_spec){ .notes = KERNEL_NOTES_NONE });
	note_xen_number(&notes, XEN_PHYS32_RELOC, 4, 0x400000);
	elf_add_notes(&edge.elf, &notes);
	elf_finish(&edge.elf);
	edge_expect_failure("alone", &edge, PVHBOOT_NOTPVH, "PHYS32_ENTRY", &want);
	ck_assert_str_eq(edge.diag.detail, "notes of Xen: PHYS32_RELOC");
	blob_free(&notes);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_072_never_at_0)
{
	struct scene scene;

	/* Page 0 is not to be had; 0x800 bytes are left behind it. */
	open_reloc(&scene, 0x1000, 0, 0xffffffff);
	scene_map(&scene, 0, SIZE + 0x7ff, PVHBOOT_MAP_RAM);
	scene_map(&scene, 2 * MIB, 0x1000, PVHBOOT_MAP_RAM);
	expect_no_slot("room at 0", &scene, 0x1000);
	scene_close(&scene);

	open_reloc(&scene, 0x1000, 0, 0xffffffff);
	scene_map(&scene, 0, SIZE + 0x1000, PVHBOOT_MAP_RAM);
	scene_map(&scene, 2 * MIB, 0x1000, PVHBOOT_MAP_RAM);
	expect_at("room at page 1", &scene, 0x1000);
	scene_close(&scene);

	/* Nor is any byte of page 0. */
	open_reloc(&scene, 1, 0, 0xffffffff);
	scene_map(&scene, 0, SIZE + 0xfff, PVHBOOT_MAP_RAM);
	expect_no_slot("bytes of page 0", &scene, SIZE - 1);
	scene_close(&scene);

	/* An alignment that allows 0 alone. */
	open_reloc(&scene, 0x1000000, 0, 0xffffff);
	scene_map(&scene, 0, 16 * MIB, PVHBOOT_MAP_RAM);
	expect_no_slot("0 alone", &scene, 0);
	scene_close(&scene);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("edge_reloc");
	TCase *reloc = suite_case(suite, "reloc");

	tcase_add_test(reloc, edge_059_short_notes);
	tcase_add_test(reloc, edge_060_a_fourth_word);
	tcase_add_test(reloc, edge_061_part_of_a_word);
	tcase_add_test(reloc, edge_062_alignment_no_power_of_two);
	tcase_add_test(reloc, edge_063_alignment_of_segments);
	tcase_add_test(reloc, edge_064_min_and_max);
	tcase_add_test(reloc, edge_065_max_is_inclusive);
	tcase_add_test(reloc, edge_066_ram_across_4_gib);
	tcase_add_test(reloc, edge_067_highest_slot);
	tcase_add_test(reloc, edge_067_lowest_slot);
	tcase_add_test(reloc, edge_068_link_address_free);
	tcase_add_test(reloc, edge_069_all_follows);
	tcase_add_test(reloc, edge_069_symbols_follow);
	tcase_add_test(reloc, edge_070_not_relocatable);
	tcase_add_test(reloc, edge_071_two_notes);
	tcase_add_test(reloc, edge_071_reloc_without_entry);
	tcase_add_test(reloc, edge_072_never_at_0);
	return suite_run(suite);
}
