/* SPDX-License-Identifier: MIT */
/* Slides that the caller chooses: PVHBOOT_REQUEST_SLIDE. */

#include <pvhboot/pvhboot.h>

#include "support/expect.h"
#include "support/scene.h"
#include "support/suite.h"

#define PADDR ((uint64_t)KERNEL_PADDR)
#define MIB ((uint64_t)1 << 20)
#define DOWN(mib) (0 - (mib)*MIB) /* modulo 2^64 */
#define SIZE 0x1800               /* of the default kernel, its gap and bss included */

/* The kernel may lie from 8 MiB on, and ends below 48 MiB. */
static const struct kernel_spec relocatable = {
	.has_reloc = 1,
	.n_reloc = 3,
	.reloc = { 0x100000, 8 << 20, (48 << 20) - 1 },
};

static const struct {
	const char *name;
	uint64_t slide;
	enum pvhboot_status status;
	uint64_t found;
	uint64_t bound;
} rows[] = {
	{ "none", 0, PVHBOOT_OK, 0, 0 },
	{ "up", 4 * MIB, PVHBOOT_OK, 0, 0 },
	{ "down", DOWN(4), PVHBOOT_OK, 0, 0 },
	{ "to the minimum", DOWN(8), PVHBOOT_OK, 0, 0 },
	{ "below the minimum", DOWN(9), PVHBOOT_RANGE, 7 * MIB, 8 * MIB },
	{ "to the last slot", 31 * MIB, PVHBOOT_OK, 0, 0 },
	{ "above the maximum", 32 * MIB, PVHBOOT_RANGE, 48 * MIB, 48 * MIB - 1 },
	{ "far above", (uint64_t)1 << 40, PVHBOOT_RANGE, ((uint64_t)1 << 40) + PADDR,
	  48 * MIB - 1 },
	{ "wraps around", DOWN(32), PVHBOOT_RANGE, DOWN(16), 48 * MIB - 1 },
	{ "not aligned", 0x1000, PVHBOOT_RANGE, 0x1000, 0x100000 },
};

START_TEST(chosen)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_KERNEL,
		.found = rows[_i].found,
		.bound = rows[_i].bound,
	};
	struct scene scene;

	scene_open_pc(&scene, &relocatable);
	ck_assert_uint_eq(scene.kernel.start, PADDR);
	ck_assert_uint_eq(scene.kernel.end - scene.kernel.start, SIZE);
	scene.request.flags = PVHBOOT_REQUEST_SLIDE;
	scene.request.slide = rows[_i].slide;
	if (rows[_i].status != PVHBOOT_OK) {
		expect_status(rows[_i].name, scene_plan(&scene), rows[_i].status);
		expect_failure(rows[_i].name, &scene.diag, rows[_i].status, &want);
	} else {
		scene_expect_plan(rows[_i].name, &scene, 0);
		expect_eq(rows[_i].name, scene.plan.slide, rows[_i].slide);
		expect_eq(rows[_i].name, scene.plan.entry, scene.kernel.entry + rows[_i].slide);
		expect_eq(rows[_i].name, scene_place(&scene, PVHBOOT_PLACE_SEGMENT, 0)->gpa,
			  PADDR + rows[_i].slide);
	}
	scene_close(&scene);
}
END_TEST

/* What is asked for is what happens: no other address is tried. */
START_TEST(taken)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_SEGMENT,
		.index = 1,
		.found = PADDR + 4 * MIB + SIZE,
		.bound = PADDR + 4 * MIB + 0x1010,
	};
	struct scene scene;

	scene_open_pc(&scene, &relocatable);
	scene_avoid(&scene, PADDR + 4 * MIB + 0x1010, PADDR + 4 * MIB + 0x1011);
	scene.request.flags = PVHBOOT_REQUEST_SLIDE;
	scene.request.slide = 4 * MIB;
	expect_status("taken", scene_plan(&scene), PVHBOOT_OVERLAP);
	expect_failure("taken", &scene.diag, PVHBOOT_OVERLAP, &want);
	scene.request.slide = 5 * MIB;
	scene_expect_plan("beside", &scene, 0);
	scene_close(&scene);
}
END_TEST

START_TEST(link_address_taken)
{
	struct scene scene;

	scene_open_pc(&scene, &relocatable);
	scene_avoid(&scene, PADDR, PADDR + 1);
	scene_expect_plan("moves by itself", &scene, 0);
	ck_assert_uint_ne(scene.plan.slide, 0);
	scene.request.flags = PVHBOOT_REQUEST_SLIDE;
	expect_status("must stay", scene_plan(&scene), PVHBOOT_OVERLAP);
	scene_close(&scene);
}
END_TEST

/* A slide of 0 is none, and asks nothing of the note. */
START_TEST(linked_out_of_bounds)
{
	static const struct kernel_spec specs[] = {
		{ .has_reloc = 1, .n_reloc = 3, .reloc = { 0x100000, 32 << 20, (48 << 20) - 1 } },
		{ .has_reloc = 1, .n_reloc = 3, .reloc = { 0x100000, 0, (8 << 20) - 1 } },
	};

	for (size_t i = 0; i < 2; i++) {
		struct scene scene;

		scene_open_pc(&scene, &specs[i]);
		scene.request.flags = PVHBOOT_REQUEST_SLIDE;
		scene_expect_plan("stays", &scene, 0);
		ck_assert_uint_eq(scene.plan.slide, 0);
		scene_close(&scene);
	}
}
END_TEST

START_TEST(not_relocatable)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_KERNEL,
		.found = 2 * MIB,
		.bound = 0,
	};
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene.request.flags = PVHBOOT_REQUEST_SLIDE;
	scene_expect_plan("stays", &scene, 0);
	scene.request.slide = 2 * MIB;
	scene_expect_no_plan("cannot move", &scene, PVHBOOT_RANGE,
			     "a slide of 0, or a kernel that can be moved", &want);
	scene.request.flags = 0;
	scene_expect_plan("without the flag it is not read", &scene, 0);
	ck_assert_uint_eq(scene.plan.slide, 0);
	scene_close(&scene);
}
END_TEST

START_TEST(check_holds_a_plan_to_it)
{
	struct pvhboot_diag diag = { 0 };
	struct scene scene;

	scene_open_pc(&scene, &relocatable);
	scene.request.flags = PVHBOOT_REQUEST_SLIDE;
	scene.request.slide = 4 * MIB;
	scene_expect_plan("planned", &scene, 0);
	scene.request.slide = 5 * MIB;
	expect_status("another", pvhboot_plan_check(&scene.plan, &scene.request, &diag),
		      PVHBOOT_RANGE);
	expect_rule("another", &diag.failure, "that the request asks for");
	scene_close(&scene);
}
END_TEST

START_TEST(unknown_flags)
{
	const uint32_t known = 0x3ff; /* all that plan.h names */
	struct pvhboot_diag diag = { 0 };
	struct scene scene;
	size_t size;

	scene_open_pc(&scene, NULL);
	for (unsigned int bit = 0; bit < 32; bit++) {
		if (known & 1u << bit)
			continue;
		scene.request.flags = 1u << bit;
		expect_status("flag", pvhboot_plan_need(&scene.request, &size, &diag),
			      PVHBOOT_INVAL);
	}
	scene.request.flags = 0;
	scene.request.reserved[3] = 1; /* the last */
	expect_status("reserved", pvhboot_plan_need(&scene.request, &size, &diag), PVHBOOT_INVAL);
	scene_close(&scene);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slide");
	TCase *slide = suite_case(suite, "slide");

	tcase_add_loop_test(slide, chosen, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(slide, taken);
	tcase_add_test(slide, link_address_taken);
	tcase_add_test(slide, linked_out_of_bounds);
	tcase_add_test(slide, not_relocatable);
	tcase_add_test(slide, check_holds_a_plan_to_it);
	tcase_add_test(slide, unknown_flags);
	return suite_run(suite);
}
