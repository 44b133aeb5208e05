/* SPDX-License-Identifier: MIT */
/* plan.h: where a kernel goes that may move. */

#include <pvhboot/plan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/scene.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define PADDR ((uint64_t)KERNEL_PADDR)
#define SIZE UINT64_C(0x1800)

/* The standard kernel, linked to 16 MiB, 0x1800 bytes in memory. */
struct row {
	const char *name;
	uint64_t paddr; /* 0: 16 MiB */
	unsigned int n_words;
	uint32_t words[3];
	struct pvhboot_map_entry map[4];
	struct pvhboot_range avoid;
	uint64_t ceiling;
	enum pvhboot_status status;
	uint64_t start; /* where it must be */
	uint64_t bound; /* of a failure: the most that it could have where it may start */
};

/* clang-format off */
static const struct row rows[] = {
	/* The link address is free: the note changes nothing. */
	{ "free", 0, 3, { 0x200000, 0, 0xffffffff }, { { MIB, 64 * MIB, 1, 0 } }, { 0, 0 }, 0,
	  PVHBOOT_OK, PADDR, 0 },
	{ "free, but not within the note's bounds", 0, 3, { 0x200000, 0x2000000, 0x2ffffff },
	  { { MIB, 64 * MIB, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, PADDR, 0 },
	{ "free, two entries", 0, 3, { 0x1000, 0, 0xffffffff }, { { PADDR, 0x400, 1, 0 },
	  { PADDR + 0x400, MIB, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, PADDR, 0 },

	/* Not free: the highest multiple of the alignment away that fits. */
	{ "a hole below", 0, 3, { 0x1000, 0, 0xffffffff }, { { MIB, 4 * MIB, 1, 0 } }, { 0, 0 }, 0,
	  PVHBOOT_OK, 5 * MIB - 0x2000, 0 },
	{ "a hole above", 0, 3, { 0x1000, 0, 0xffffffff }, { { 32 * MIB, 4 * MIB, 1, 0 } }, { 0,
	  0 }, 0, PVHBOOT_OK, 36 * MIB - 0x2000, 0 },
	{ "holes below and above", 0, 3, { 0x1000, 0, 0xffffffff }, { { MIB, 4 * MIB, 1, 0 },
	  { 32 * MIB, 4 * MIB, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 36 * MIB - 0x2000, 0 },
	{ "holes in any order", 0, 3, { 0x1000, 0, 0xffffffff }, { { 32 * MIB, 4 * MIB, 1, 0 },
	  { MIB, 4 * MIB, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 36 * MIB - 0x2000, 0 },
	{ "the hole above is too small", 0, 3, { 0x1000, 0, 0xffffffff }, { { MIB, 4 * MIB, 1, 0 },
	  { 32 * MIB, 0x17ff, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 5 * MIB - 0x2000, 0 },
	{ "the hole above fits to the byte", 0, 3, { 0x1000, 0, 0xffffffff }, { { MIB, 4 * MIB, 1,
	  0 }, { 32 * MIB, 0x1800, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 32 * MIB, 0 },
	{ "the hole above holds no multiple", 0, 3, { 0x200000, 0, 0xffffffff }, { { MIB, 4 * MIB,
	  1, 0 }, { 32 * MIB + 0x1000, 0x100000, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 4 * MIB, 0 },
	{ "alignment of 2 MiB", 0, 3, { 0x200000, 0, 0xffffffff }, { { 32 * MIB, 5 * MIB, 1, 0 } },
	  { 0, 0 }, 0, PVHBOOT_OK, 36 * MIB, 0 },
	{ "alignment of 1", 0, 3, { 1, 0, 0xffffffff }, { { 32 * MIB, 5 * MIB + 3, 1, 0 } }, { 0,
	  0 }, 0, PVHBOOT_OK, 37 * MIB + 3 - SIZE, 0 },
	{ "alignment of 1 GiB", 0, 3, { 0x40000000, 0, 0xffffffff }, { { MIB, 8 * MIB, 1, 0 },
	  { 2 * GIB, 64 * MIB, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 2 * GIB + PADDR, 0 },
	/* Its address keeps what the alignment does not reach. */
	{ "linked to an odd address", 0x1234567, 3, { 0x10000, 0, 0xffffffff }, { { 32 * MIB, MIB,
	  1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 0x20e4567 + 0x10000, 0 },

	/* min is the lowest start, max the last byte. */
	{ "min at the slot", 0, 3, { 0x1000, 0x4fe000, 0xffffffff }, { { MIB, 4 * MIB, 1, 0 } },
	  { 0, 0 }, 0, PVHBOOT_OK, 5 * MIB - 0x2000, 0 },
	{ "min a byte above the slot", 0, 3, { 0x1000, 0x4fe001, 0xffffffff }, { { MIB, 4 * MIB, 1,
	  0 } }, { 0, 0 }, 0, PVHBOOT_NOROOM, 0, 0x1000 },
	{ "max at the last byte", 0, 3, { 0x1000, 0, 0x4ff7ff }, { { MIB, 4 * MIB, 1, 0 } }, { 0,
	  0 }, 0, PVHBOOT_OK, 5 * MIB - 0x2000, 0 },
	{ "max one byte less", 0, 3, { 0x1000, 0, 0x4ff7fe }, { { MIB, 4 * MIB, 1, 0 } }, { 0, 0 },
	  0, PVHBOOT_OK, 5 * MIB - 0x3000, 0 },
	{ "max one byte less, and nothing lower", 0, 3, { 0x1000, 0, 32 * MIB + 0x17fe },
	  { { 32 * MIB, 4 * MIB, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_NOROOM, 0, 0x17ff },
	{ "max below a whole hole", 0, 3, { 0x1000, 0, 32 * MIB - 1 }, { { 32 * MIB, 4 * MIB, 1,
	  0 }, { MIB, MIB, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 2 * MIB - 0x2000, 0 },
	{ "min above max", 0, 3, { 0x1000, 0x2000000, 0x1000fff }, { { MIB, 14 * MIB, 1, 0 } }, { 0,
	  0 }, 0, PVHBOOT_NOROOM, 0, 0 },
	{ "no room between min and max", 0, 3, { 0x1000, 2 * MIB, 2 * MIB + 0xfff }, { { MIB,
	  14 * MIB, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_NOROOM, 0, 0x1000 },
	{ "exactly room between min and max", 0, 3, { 0x1000, 2 * MIB, 2 * MIB + 0x17ff }, { { MIB,
	  14 * MIB, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 2 * MIB, 0 },

	/* 4 GiB, where 32 bits end. */
	{ "RAM across 4 GiB", 0, 3, { 0x1000, 0, 0xffffffff }, { { 0xfff00000u, 0x200000, 1, 0 } },
	  { 0, 0 }, 0, PVHBOOT_OK, 4 * GIB - 0x2000, 0 },
	{ "RAM across 4 GiB, alignment of 1", 0, 3, { 1, 0, 0xffffffff }, { { 0xfff00000u, 0x200000,
	  1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 4 * GIB - SIZE, 0 },
	{ "RAM above 4 GiB alone", 0, 3, { 0x1000, 0, 0xffffffff }, { { 4 * GIB, GIB, 1, 0 } }, { 0,
	  0 }, 0, PVHBOOT_NOROOM, 0, 0 },
	{ "a ceiling in the hole", 0, 3, { 0x1000, 0, 0xffffffff }, { { 32 * MIB, 8 * MIB, 1, 0 } },
	  { 0, 0 }, 36 * MIB, PVHBOOT_OK, 36 * MIB - 0x2000, 0 },
	{ "a ceiling below the link address", 0, 3, { 0x1000, 0, 0xffffffff }, { { MIB, 64 * MIB, 1,
	  0 } }, { 0, 0 }, 8 * MIB, PVHBOOT_OK, 8 * MIB - 0x2000, 0 },

	/* Page 0 and avoid ranges. */
	{ "room at 0 only", 0, 3, { 0x1000, 0, 0xffffffff }, { { 0, 0x1800, 1, 0 } }, { 0, 0 }, 0,
	  PVHBOOT_NOROOM, 0, 0x800 },
	{ "room at page 1", 0, 3, { 0x1000, 0, 0xffffffff }, { { 0, 0x2800, 1, 0 }, { 64 * MIB,
	  0x1000, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 0x1000, 0 },
	{ "avoid the top", 0, 3, { 0x1000, 0, 0xffffffff }, { { 32 * MIB, 4 * MIB, 1, 0 } },
	  { 36 * MIB - 1, 36 * MIB }, 0, PVHBOOT_OK, 36 * MIB - 0x2000, 0 },
	{ "avoid the slot's last byte", 0, 3, { 0x1000, 0, 0xffffffff }, { { 32 * MIB, 4 * MIB, 1,
	  0 } }, { 36 * MIB - 0x801, 36 * MIB }, 0, PVHBOOT_OK, 36 * MIB - 0x3000, 0 },
	{ "avoid the link address", 0, 3, { 0x200000, 0, 0xffffffff }, { { MIB, 63 * MIB, 1, 0 } },
	  { PADDR + 5, PADDR + 6 }, 0, PVHBOOT_OK, 62 * MIB, 0 },
	{ "a reserved byte at the link address", 0, 3, { 0x200000, 0, 0xffffffff }, { { MIB,
	  15 * MIB + 0x200, 1, 0 }, { PADDR + 0x201, 47 * MIB, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK,
	  62 * MIB, 0 },

	/* Defaults. */
	{ "no words: the segments' alignment", 0, 0, { 0 }, { { 32 * MIB, 4 * MIB, 1, 0 } }, { 0,
	  0 }, 0, PVHBOOT_OK, 36 * MIB - 0x2000, 0 },
	{ "one word", 0, 1, { 0x100000 }, { { 32 * MIB, 4 * MIB, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK,
	  35 * MIB, 0 },
	{ "two words", 0, 2, { 0x100000, 34 * MIB }, { { 32 * MIB, 3 * MIB, 1, 0 } }, { 0, 0 }, 0,
	  PVHBOOT_OK, 34 * MIB, 0 },
	{ "as Linux 6.12", 0, 3, { 0x200000, 0x1000000, 0x3fffffff }, { { MIB, 15 * MIB, 1, 0 },
	  { 0x2000000, 2 * GIB, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 0x3fe00000, 0 },
};
/* clang-format on */

START_TEST(relocation)
{
	const struct row *row = &rows[_i];
	struct kernel_spec spec = { .paddr = row->paddr, .has_reloc = 1, .n_reloc = row->n_words };
	uint64_t linked = row->paddr ? row->paddr : PADDR;
	struct scene scene;

	memcpy(spec.reloc, row->words, sizeof(row->words));
	scene_open(&scene, &spec);
	ck_assert_uint_eq(scene.kernel.end - scene.kernel.start, SIZE);
	for (size_t i = 0; i < 4; i++) {
		if (row->map[i].size)
			scene_map(&scene, row->map[i].gpa, row->map[i].size, row->map[i].type);
	}
	scene_avoid(&scene, row->avoid.start, row->avoid.end);
	scene.request.ceiling = row->ceiling;
	scene.request.info_ceiling = row->ceiling ? row->ceiling : 4 * GIB;
	if (row->status) {
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_PLAN,
			.subject = PVHBOOT_SUBJECT_KERNEL,
			.found = SIZE,
			.bound = row->bound,
		};

		expect_status(row->name, scene_plan(&scene), row->status);
		expect_failure(row->name, &scene.diag, row->status, &want);
	} else {
		scene_expect_plan(row->name, &scene, 0);
		expect_eq(row->name, scene.plan.slide, row->start - linked);
		expect_eq(row->name, scene.plan.entry, row->start + 0x40);
		expect_eq(row->name, scene_place(&scene, PVHBOOT_PLACE_SEGMENT, 0)->gpa,
			  row->start);
		expect_eq(row->name, scene_place(&scene, PVHBOOT_PLACE_SEGMENT, 1)->gpa,
			  row->start + 0x1000);
	}
	scene_close(&scene);
}
END_TEST

/* What follows the kernel follows it where it went. */
START_TEST(the_rest_follows)
{
	const struct kernel_spec spec = { .n_reloc = 3, .reloc = { 0x1000, 0, 34 * MIB - 1 } };
	struct scene scene;

	scene_open(&scene, &spec);
	scene_map(&scene, 2 * MIB, MIB, PVHBOOT_MAP_RAM);
	scene_map(&scene, 32 * MIB, 4 * MIB, PVHBOOT_MAP_RAM);
	scene_module(&scene, 1, NULL);
	scene_expect_plan("follows", &scene, 0);
	ck_assert_uint_eq(scene.plan.slide, 34 * MIB - 0x2000 - PADDR);
	ck_assert_uint_eq(scene.plan.start_info, 34 * MIB);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, 34 * MIB + 0x1000);
	scene_close(&scene);
}
END_TEST

/* Gaps between segments move with it and need RAM there. */
START_TEST(gaps_move_too)
{
	const struct kernel_spec spec = { .n_reloc = 1,
					  .reloc = { 0x1000 },
					  .load_stride = 0x100000 };
	struct scene scene;

	scene_open(&scene, &spec);
	scene_map(&scene, 32 * MIB, 0x100800, PVHBOOT_MAP_RAM);
	scene_map(&scene, 2 * MIB, 0x1000, PVHBOOT_MAP_RAM);
	scene_expect_plan("exact", &scene, 0);
	ck_assert_uint_eq(scene.plan.slide, 16 * MIB);
	scene_avoid(&scene, 32 * MIB + 0x80000, 32 * MIB + 0x80001);
	expect_status("in the gap", scene_plan(&scene), PVHBOOT_NOROOM);
	scene_close(&scene);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan_reloc");
	TCase *reloc = suite_case(suite, "reloc");

	tcase_add_loop_test(reloc, relocation, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(reloc, the_rest_follows);
	tcase_add_test(reloc, gaps_move_too);
	return suite_run(suite);
}
