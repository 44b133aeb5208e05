/* SPDX-License-Identifier: MIT */
/* plan.h: blobs, at an address and in a window, and what they do to the map; then
 * plans with blobs, symbols and modules above 4 GiB that were edited. */

#include <pvhboot/plan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/edit.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/scene.h"
#include "support/startread.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* The standard kernel: segments of [PADDR, + 0x300) and [PADDR + 0x1000, + 0x800). */
#define PADDR ((uint64_t)KERNEL_PADDR)
#define RAM_END (64 * MIB) /* of scene_open_pc(), which has RAM below 0xa0000 too */

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct finding at_blob(uint32_t index, uint64_t found, uint64_t bound)
{
	return (struct finding){
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_BLOB,
		.index = index,
		.found = found,
		.bound = bound,
	};
}

static uint64_t blob_at(const struct scene *scene, uint32_t index)
{
	return scene_place(scene, PVHBOOT_PLACE_BLOB, index)->gpa;
}

/* In a scene with an avoid range of [0x2000000, + 0x1000), one of no RAM at
 * [0xd0000000, + 0x1000), and a blob of 0x123 bytes at 0x3000000. */
START_TEST(at_an_address)
{
	static const struct {
		const char *name;
		uint64_t gpa;
		size_t size;
		uint64_t bound; /* 0: it succeeds */
	} rows[] = {
		{ "free RAM", 0x9f000, 0x1000, 0 },
		{ "end of RAM", RAM_END - 0x123, 0x123, 0 },
		{ "in a page", 0x1800000 + 0x123, 0x10, 0 },
		{ "page 1", 0x1000, 0x10, 0 },
		{ "between RAM", 0xa0000, 0x60000, 0 },
		{ "above RAM", RAM_END, 0x1000, 0 },
		{ "above 4 GiB", UINT64_C(1) << 40, 0x1000, 0 },
		{ "across 4 GiB", 4 * GIB - 1, 2, 0 },
		{ "last page but one", UINT64_MAX - 0x1fff, 0x1000, 0 },
		{ "its end is no RAM", 0x9ffff, 2, 0xa0000 },
		{ "its start is no RAM", 0xfffff, 2, 0xfffff },
		{ "both are none", 0x9ffff, 0x60002, 0xa0000 },
		{ "end of all RAM", RAM_END - 1, 2, RAM_END },
		{ "page 0", 0x10, 0x10, 0x10 },
		{ "page 0 and 1", 0xfff, 2, 0xfff },
		{ "avoid range", 0x2000ff0, 0x20, 0x2000ff0 },
		{ "up to the avoid range", 0x1fffff0, 0x11, 0x2000000 },
		{ "beside the avoid range", 0x1fffff0, 0x10, 0 },
		{ "behind the avoid range", 0x2001000, 0x10, 0 },
		{ "avoid range that is no RAM", 0xcffffff0, 0x11, 0xcffffff0 },
		{ "beside that", 0xcffffff0, 0x10, 0 },
		{ "another blob", 0x3000122, 1, 0x3000122 },
		{ "around the other", 0x2ffffff, 0x200, 0x3000000 },
		{ "behind the other", 0x3000123, 1, 0 },
		{ "in front of the other", 0x2ffffff, 1, 0 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct finding want = at_blob(1, rows[i].gpa + rows[i].size, rows[i].bound);
		struct scene scene;

		want.says |= SAYS_OFFSET;
		want.offset = rows[i].gpa;
		scene_open_pc(&scene, NULL);
		scene_avoid(&scene, 0x2000000, 0x2001000);
		scene_avoid(&scene, 0xd0000000, 0xd0001000);
		scene_blob(&scene, 0x123, 0x3000000, 0);
		for (uint32_t type = 0; type <= 7; type++) {
			scene.request.n_blobs = 1;
			blob_free(&scene.blob_contents[1]);
			scene_blob(&scene, rows[i].size, rows[i].gpa, type);
			if (rows[i].bound) {
				scene_expect_no_plan(rows[i].name, &scene, PVHBOOT_OVERLAP,
						     "free RAM up to its end, or no RAM at all",
						     &want);
				continue;
			}
			/* Its address, its bytes and the map are compared in there. */
			scene_expect_plan(rows[i].name, &scene, 0);
			expect_eq(rows[i].name, blob_at(&scene, 1), rows[i].gpa);
		}
		scene_close(&scene);
	}
}
END_TEST

/* The detail names what lies there: not what lies in front of it or behind, nor what is not placed
 * yet, nor the one that asks, nor what stands behind the arrays. */
START_TEST(what_lies_there)
{
	static const struct {
		const char *name;
		uint64_t blob;   /* the gpa of one more, 0: none */
		uint64_t module; /* the same */
		const char *detail;
	} rows[] = {
		{ "blob over an avoid range", 0x2000800, 0, "avoid range 2 lies there" },
		{ "blob over a blob", 0x3000800, 0, "blob 1 lies there" },
		{ "module over an avoid range", 0, 0x2000000, "avoid range 2 lies there" },
		{ "module over a blob", 0, 0x3000000, "blob 1 lies there" },
		{ "module over a module", 0, 0x2800000, "module 2 lies there" },
		{ "blob in page 0", 0x10, 0, "page 0 is kept free" },
		{ "blob that leaves RAM", 0x9fff8, 0, "" },
		{ "module beside RAM", 0, 0xa0000, "" },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct scene scene;

		scene_open_pc(&scene, NULL);
		scene_avoid(&scene, 0x3f00000, 0x3f01000);
		scene_avoid(&scene, 0x1fff000, 0x2000000);
		scene_avoid(&scene, 0x2000000, 0x2001000);
		scene.avoid[3] = (struct pvhboot_range){ 0, UINT64_MAX };
		scene_blob(&scene, 0x1000, 0x3800000, 0);
		scene_blob(&scene, 0x1000, 0x3000000, 0);
		scene_blob(&scene, 0x200000, 0, 0);
		if (rows[i].blob)
			scene_blob(&scene, 0x10, rows[i].blob, 0);
		else
			scene.blobs[3] = (struct pvhboot_blob){ .gpa = 0x1000, .size = GIB };
		for (size_t k = 0; k < 5; k++)
			scene_module(&scene, 0x1000, NULL);
		scene.modules[0].flags = PVHBOOT_MODULE_BY_CALLER;
		scene.modules[0].bytes.size = 60 << 20;
		scene.modules[1].gpa = 0x27ff000;
		scene.modules[2].gpa = 0x2800000;
		scene.modules[3].gpa = rows[i].module;
		scene.modules[4].gpa = 0x2900000;
		scene.modules[5] = (struct pvhboot_module){ .gpa = 0x1000, .bytes.size = GIB };
		expect_status(rows[i].name, scene_plan(&scene), PVHBOOT_OVERLAP);
		ck_assert_msg(strcmp(scene.diag.detail, rows[i].detail) == 0, "%s: \"%s\"",
			      rows[i].name, scene.diag.detail);
		scene_close(&scene);
	}
}
END_TEST

/* Ceilings are for what the planner places. */
START_TEST(ceilings)
{
	const struct finding want = at_blob(1, 0x1001, 0x1000);
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene.request.ceiling = PADDR + 0x4000;
	scene_blob(&scene, 0x1000, RAM_END - 0x1000, PVHBOOT_MAP_NVS);
	scene_blob(&scene, 0x1000, 0, 0)->window =
		(struct pvhboot_range){ PADDR + 0x4000, RAM_END };
	scene_blob(&scene, 0x1000, 0, 0);
	scene_expect_plan("window", &scene, 0);
	ck_assert_uint_eq(blob_at(&scene, 1), PADDR + 0x4000);
	ck_assert_uint_eq(blob_at(&scene, 2), MIB);
	scene_close(&scene);

	/* Without a window the ceiling is its end. */
	scene_open(&scene, NULL);
	scene_map(&scene, PADDR, 0x10000, PVHBOOT_MAP_RAM);
	scene_blob(&scene, 1, 0xe0000, 0);
	scene_blob(&scene, 0x1000, 0, 0);
	scene.request.ceiling = PADDR + 0x4000;
	scene_expect_plan("ceiling", &scene, 0);
	ck_assert_uint_eq(blob_at(&scene, 1), PADDR + 0x2000);
	ck_assert_uint_eq(scene.plan.start_info, PADDR + 0x3000);
	scene.request.ceiling = PADDR + 0x3000;
	blob_pattern(&scene.blob_contents[1], 7, 1);
	scene.blobs[1].bytes = blob_view(&scene.blob_contents[1]);
	scene_expect_no_plan("a byte", &scene, PVHBOOT_NOROOM,
			     "free memory for the blob in its window", &want);
	scene_close(&scene);
}
END_TEST

START_TEST(in_a_window)
{
	static const struct {
		const char *name;
		uint64_t start;
		uint64_t end;
		uint64_t align;
		size_t size;
		uint64_t gpa; /* 0: there is no room */
		uint64_t most;
	} rows[] = {
		{ "none", 0, 0, 0, 0x1000, MIB, 0 },
		{ "start alone", 32 * MIB, 0, 0, 0x1000, MIB, 0 },
		{ "low", 0, 0xa0000, 0, 0x1000, 0x1000, 0 },
		{ "up to a byte", 0, 0x1001, 0, 1, 0x1000, 0 },
		{ "page 0 alone", 0, 0x1000, 0, 1, 0, 0 },
		{ "part of a page", 0x5001, 0xa0000, 0, 0x1000, 0x6000, 0 },
		{ "exact", 0x5000, 0x6234, 0, 0x1234, 0x5000, 0 },
		{ "a byte less", 0x5000, 0x6233, 0, 0x1234, 0, 0x1233 },
		{ "less behind its page", 0x5001, 0x6233, 0, 0x1234, 0, 0x233 },
		{ "empty", 0x5000, 0x5000, 0, 1, 0, 0 },
		{ "no RAM", 0xa0000, MIB, 0, 1, 0, 0 },
		{ "across no RAM", 0x9f000, MIB + 0x1800, 0, 0x1800, MIB, 0 },
		{ "the larger side", 0x9f000, MIB + 0x1800, 0, 0x1801, 0, 0x1800 },
		{ "the kernel", PADDR, PADDR + 0x1800, 0, 1, 0, 0 },
		{ "behind the kernel", PADDR, RAM_END, 0, 1, PADDR + 0x2000, 0 },
		{ "avoid range", 32 * MIB, 33 * MIB, 0, 1, 32 * MIB + 0x3000, 0 },
		{ "above 4 GiB", 4 * GIB, 8 * GIB, 0, 0x1000, 5 * GIB, 0 },
		{ "across 4 GiB", 63 * MIB, 8 * GIB, 0, 2 << 20, 5 * GIB, 0 },
		{ "above all", 8 * GIB, UINT64_MAX, 0, 1, 0, 0 },
		{ "all", 0, UINT64_MAX, 0, 80 << 20, 5 * GIB, 0 },
		{ "aligned", 0, 0, 2 * MIB, 1, 2 * MIB, 0 },
		{ "less than a page", 0, 0, 0x10, 1, MIB, 0 },
		{ "aligned in a window", 0x5000, 0xa0000, 0x8000, 0x1000, 0x8000, 0 },
		{ "aligned out of it", 0x5000, 0x8000, 0x8000, 1, 0, 0 },
		{ "aligned to all", 0, UINT64_MAX, UINT64_C(1) << 63, 1, 0, 0 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct finding want = at_blob(0, rows[i].size, rows[i].most);

		for (uint32_t type = 0; type <= 7; type++) {
			struct pvhboot_blob *blob;
			struct scene scene;

			scene_open_pc(&scene, NULL);
			scene_map(&scene, 5 * GIB, GIB, PVHBOOT_MAP_RAM);
			scene_avoid(&scene, 32 * MIB - 1, 32 * MIB + 0x2001);
			blob = scene_blob(&scene, rows[i].size, 0, type);
			blob->window = (struct pvhboot_range){ rows[i].start, rows[i].end };
			blob->align = rows[i].align;
			if (rows[i].gpa) {
				scene_expect_plan(rows[i].name, &scene, 0);
				expect_eq(rows[i].name, blob_at(&scene, 0), rows[i].gpa);
			} else {
				scene_expect_no_plan(rows[i].name, &scene, PVHBOOT_NOROOM,
						     "free memory for the blob in its window",
						     &want);
			}
			scene_close(&scene);
		}
	}
}
END_TEST

/* The pages of what is no RAM hold nothing else: here the kernel starts within
 * the page in which a blob would have room. */
START_TEST(pages_beside_the_kernel)
{
	const struct kernel_spec odd = { .paddr = PADDR + 0x800 };
	const struct finding want = at_blob(0, 0x400, 0);

	for (uint32_t type = 0; type <= 7; type++) {
		struct scene scene;

		scene_open_pc(&scene, &odd);
		scene_blob(&scene, 0x400, 0, type)->window =
			(struct pvhboot_range){ PADDR, RAM_END };
		scene_expect_plan("window", &scene, 0);
		ck_assert_uint_eq(blob_at(&scene, 0), type <= 1 ? PADDR : PADDR + 0x2000);
		scene.blobs[0].window.end = PADDR + 0x1000;
		if (type <= 1)
			scene_expect_plan("page", &scene, 0);
		else
			scene_expect_no_plan("page", &scene, PVHBOOT_NOROOM,
					     "free memory for the blob in its window", &want);
		scene_close(&scene);
	}
}
END_TEST

/* What comes after a blob leaves its pages alone, or its bytes where it is RAM. */
START_TEST(pages_beside_others)
{
	struct scene scene;

	/* Two pages of kernel, a blob in the third, the block. */
	for (uint32_t type = 0; type <= 7; type++) {
		scene_open_pc(&scene, NULL);
		scene_blob(&scene, 1, PADDR + 0x2fff, type);
		scene_module(&scene, 0x800, NULL);
		scene_expect_plan("fixed", &scene, 0);
		/* The block is small enough for what is in front of the byte. */
		ck_assert_uint_eq(scene.plan.start_info, PADDR + (type <= 1 ? 0x2000 : 0x3000));
		scene_close(&scene);

		scene_open_pc(&scene, NULL);
		scene_blob(&scene, 1, PADDR + 0x1800, type);
		scene_module(&scene, 0x1000, NULL);
		if (type <= 1) {
			scene_expect_plan("kernel's page", &scene, 0);
			ck_assert_uint_eq(scene.plan.start_info, PADDR + 0x2000);
		} else {
			expect_status("kernel's page", scene_plan(&scene), PVHBOOT_OVERLAP);
			ck_assert_uint_eq(scene.diag.failure.subject, PVHBOOT_SUBJECT_SEGMENT);
			ck_assert_uint_eq(scene.diag.failure.bound, PADDR + 0x1000);
		}
		scene_close(&scene);
	}
}
END_TEST

START_TEST(in_the_kernels_way)
{
	static const struct {
		const char *name;
		uint64_t gpa;                 /* of 0x10 bytes */
		enum pvhboot_subject subject; /* NONE: not in its way */
		uint32_t index;
		uint64_t found;
		uint64_t bound;
	} rows[] = {
		{ "a segment's start", PADDR, PVHBOOT_SUBJECT_SEGMENT, 0, PADDR + 0x300, PADDR },
		{ "a segment's end", PADDR + 0x2ff, PVHBOOT_SUBJECT_SEGMENT, 0, PADDR + 0x300,
		  PADDR + 0x2ff },
		{ "the bss", PADDR + 0x1700, PVHBOOT_SUBJECT_SEGMENT, 1, PADDR + 0x1800,
		  PADDR + 0x1700 },
		{ "a gap", PADDR + 0x300, PVHBOOT_SUBJECT_BLOB, 0, PADDR + 0x310, PADDR + 0x1800 },
		{ "a gap's end", PADDR + 0xff0, PVHBOOT_SUBJECT_BLOB, 0, PADDR + 0x1000,
		  PADDR + 0x1800 },
		{ "in front", PADDR - 0x10, PVHBOOT_SUBJECT_NONE, 0, 0, 0 },
		{ "behind", PADDR + 0x1800, PVHBOOT_SUBJECT_NONE, 0, 0, 0 },
	};
	const struct kernel_spec relocatable = { .has_reloc = 1 };

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct finding want = at_blob(rows[i].index, rows[i].found, rows[i].bound);
		struct scene scene;

		want.subject = rows[i].subject;
		scene_open_pc(&scene, NULL);
		scene_blob(&scene, 0x10, rows[i].gpa, 0);
		if (rows[i].subject)
			scene_expect_no_plan(rows[i].name, &scene, PVHBOOT_OVERLAP,
					     rows[i].subject == PVHBOOT_SUBJECT_BLOB ?
						     "between the kernel's segments" :
						     "free RAM for the segment",
					     &want);
		else
			scene_expect_plan(rows[i].name, &scene, 0);
		scene_close(&scene);

		scene_open_pc(&scene, &relocatable);
		scene_blob(&scene, 0x10, rows[i].gpa, 0);
		scene_expect_plan(rows[i].name, &scene, 0);
		expect_eq(rows[i].name, scene.plan.slide != 0, rows[i].subject != 0);
		/* One that wants no address goes around. */
		scene.request.flags = PVHBOOT_REQUEST_SLIDE;
		scene.blobs[0].window = (struct pvhboot_range){ PADDR, RAM_END };
		scene.blobs[0].gpa = 0;
		scene_expect_plan(rows[i].name, &scene, 0);
		expect_eq(rows[i].name, blob_at(&scene, 0), PADDR + 0x2000);
		scene_close(&scene);
	}
}
END_TEST

/* A slide onto a blob is no better than a link address. */
START_TEST(in_a_slides_way)
{
	const struct kernel_spec relocatable = { .has_reloc = 1 };
	struct finding want = at_blob(0, PADDR + 4 * MIB + 0x410, PADDR + 4 * MIB + 0x1800);
	struct scene scene;

	scene_open_pc(&scene, &relocatable);
	scene_blob(&scene, 0x10, PADDR + 4 * MIB + 0x400, 0);
	scene.request.flags = PVHBOOT_REQUEST_SLIDE;
	scene.request.slide = 4 * MIB;
	scene_expect_no_plan("gap", &scene, PVHBOOT_OVERLAP, "between the kernel's segments",
			     &want);
	scene.request.slide = 6 * MIB;
	scene_expect_plan("beside", &scene, 0);
	scene_close(&scene);
}
END_TEST

START_TEST(names_in_the_map)
{
	static const struct pvhboot_map_entry want[] = {
		{ 0, 0xa0000, PVHBOOT_MAP_RAM, 0 },
		{ 0xe0000, 0x1000, PVHBOOT_MAP_ACPI, 0 },
		{ 0x100000, 0x100000, PVHBOOT_MAP_RAM, 0 },
		{ 0x200000, 0x2000, PVHBOOT_MAP_NVS, 0 },
		{ 0x202000, 0x400000 - 0x202000, PVHBOOT_MAP_RAM, 0 },
		{ 0x400000, 0x1000, PVHBOOT_MAP_ACPI, 0 },
		{ 0x401000, 0x1000, PVHBOOT_MAP_RESERVED, 0 },
		{ 0x402000, 0x4000000 - 0x402000, PVHBOOT_MAP_RAM, 0 },
		{ 0xfee00000, 0x1000, PVHBOOT_MAP_RESERVED, 0 },
	};
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_map(&scene, 0xfee00000, 0x1000, PVHBOOT_MAP_RESERVED);
	scene_blob(&scene, 0x24, 0xe0010, PVHBOOT_MAP_ACPI);
	/* Two pages for two bytes. */
	scene_blob(&scene, 2, 0x200fff, PVHBOOT_MAP_NVS);
	/* What is RAM changes nothing. */
	scene_blob(&scene, 0x1000, 0x300000, 0);
	scene_blob(&scene, 0x1000, 0x301000, PVHBOOT_MAP_RAM);
	/* One page of both: the stronger wins there. */
	scene_blob(&scene, 0x1800, 0x400000, PVHBOOT_MAP_ACPI);
	scene_blob(&scene, 0x100, 0x401800, PVHBOOT_MAP_RESERVED);
	/* What the map has is stronger. */
	scene_blob(&scene, 0x10, 0xfee00100, PVHBOOT_MAP_ACPI);
	/* It has no bytes, nor a page. */
	scene_blob(&scene, 0, 0x500010, PVHBOOT_MAP_UNUSABLE);
	scene_expect_plan("map", &scene, 1);
	expect_rule("map", &scene.diag.warnings[0], "a blob to have bytes; it is left out");
	ck_assert_uint_eq(scene.plan.n_map, N_OF(want));
	for (size_t i = 0; i < N_OF(want); i++) {
		ck_assert_uint_eq(scene.plan.map[i].gpa, want[i].gpa);
		ck_assert_uint_eq(scene.plan.map[i].size, want[i].size);
		ck_assert_uint_eq(scene.plan.map[i].type, want[i].type);
	}
	scene_close(&scene);
}
END_TEST

/* Blobs alone make a map, though not one to boot with. */
START_TEST(no_map)
{
	struct finding want = at_blob(0, PADDR + 0x300, PADDR);
	struct scene scene;

	want.subject = PVHBOOT_SUBJECT_SEGMENT;
	scene_open(&scene, NULL);
	scene.request.map = NULL;
	scene_blob(&scene, 0x10, 0xe0000, PVHBOOT_MAP_ACPI);
	scene_expect_no_plan("no RAM", &scene, PVHBOOT_RANGE,
			     "RAM for the segment up to its end; give the guest more memory",
			     &want);
	scene_close(&scene);
}
END_TEST

START_TEST(without_bytes)
{
	struct finding want = at_blob(1, 0, 0);
	struct scene scene;

	want.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_NO_OFFSET | SAYS_NO_NUMBERS;
	scene_open_pc(&scene, NULL);
	scene_blob(&scene, 1, 0, PVHBOOT_MAP_ACPI);
	scene_blob(&scene, 0, 0, PVHBOOT_MAP_ACPI);
	scene_expect_plan("floating", &scene, 1);
	expect_finding("floating", &scene.diag.warnings[0], &want);
	ck_assert_uint_eq(scene.plan.n_places, 2 + 1 + 1);
	/* Neither does its address matter. */
	scene.blobs[1].gpa = PADDR;
	scene.blobs[1].bytes.data = NULL;
	scene_expect_plan("fixed", &scene, 1);
	expect_finding("fixed", &scene.diag.warnings[0], &want);
	ck_assert_uint_eq(scene.plan.slide, 0);
	/* Not even in a gap of the kernel. */
	scene.blobs[1].gpa = PADDR + 0x400;
	scene_expect_plan("gap", &scene, 1);
	scene_close(&scene);
}
END_TEST

/* No room is found in what the workspace held before. */
START_TEST(no_room_in_old_bytes)
{
	const struct pvhboot_range window = { 0xa0000, 0x100000 }; /* no RAM */
	const struct finding want = at_blob(0, 1, 0);
	struct pvhboot_buffer workspace;
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_blob(&scene, 1, 0, 0)->window = window;
	expect_status("need", pvhboot_plan_need(&scene.request, &workspace.size, NULL), PVHBOOT_OK);
	workspace.data = must_alloc(workspace.size);
	/* An array of ranges may lie at any of its words. */
	for (size_t odd = 0; odd < 2; odd++) {
		struct pvhboot_diag diag = { 0 };
		struct pvhboot_plan plan;

		for (size_t i = 0; i < workspace.size / 8; i++)
			store_le(workspace.data + 8 * i, 8,
				 i % 2 == odd ? window.start : window.end);
		expect_status("old bytes",
			      pvhboot_plan_make(&scene.request, workspace, &plan, &diag),
			      PVHBOOT_NOROOM);
		expect_failure("old bytes", &diag, PVHBOOT_NOROOM, &want);
	}
	free(workspace.data);
	scene_close(&scene);
}
END_TEST

START_TEST(invalid)
{
	static const struct {
		const char *name;
		struct pvhboot_blob blob; /* its bytes: a size without data is one byte */
		int is_null;
		enum pvhboot_status status;
		const char *rule;
		uint64_t found;
		uint64_t bound;
	} rows[] = {
		{ "type 8", { .type = 8 }, 0, PVHBOOT_INVAL, "a blob's type from 0 to 7", 8, 7 },
		{ "type far",
		  { .type = UINT32_MAX },
		  0,
		  PVHBOOT_INVAL,
		  "a blob's type",
		  UINT32_MAX,
		  7 },
		{ "reserved",
		  { .type = 1, .reserved = { 1 } },
		  0,
		  PVHBOOT_INVAL,
		  "reserved members that are 0",
		  1,
		  0 },
		{ "window",
		  { .window = { 2, 1 } },
		  0,
		  PVHBOOT_INVAL,
		  "a window's start <= its end",
		  2,
		  1 },
		{ "align 3", { .align = 3 }, 0, PVHBOOT_INVAL, "a power of two", 3, 0 },
		{ "align far",
		  { .align = UINT64_MAX },
		  0,
		  PVHBOOT_INVAL,
		  "a power of two",
		  UINT64_MAX,
		  0 },
		{ "wraps",
		  { .gpa = UINT64_MAX },
		  0,
		  PVHBOOT_RANGE,
		  "pages of a blob that end below 2^64",
		  1,
		  0 },
		{ "its page wraps",
		  { .gpa = UINT64_MAX - 1 },
		  0,
		  PVHBOOT_RANGE,
		  "pages of a blob that end below 2^64",
		  1,
		  1 },
	};
	size_t need = 0;

	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct finding want = at_blob(1, rows[i].found, rows[i].bound);
		struct pvhboot_diag diag = { 0 };
		struct pvhboot_bytes bytes;
		struct scene scene;

		scene_open_pc(&scene, NULL);
		for (int k = 0; k < 3; k++)
			scene_blob(&scene, 1, 0, 0);
		bytes = scene.blobs[1].bytes;
		scene.blobs[1] = rows[i].blob;
		scene.blobs[1].bytes = bytes;
		expect_status(rows[i].name, pvhboot_plan_need(&scene.request, &need, &diag),
			      rows[i].status);
		expect_failure(rows[i].name, &diag, rows[i].status, &want);
		expect_rule(rows[i].name, &diag.failure, rows[i].rule);
		scene_expect_no_plan(rows[i].name, &scene, rows[i].status, rows[i].rule, &want);
		scene_close(&scene);
	}
}
END_TEST

START_TEST(invalid_arrays)
{
	const struct finding none = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_NO_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
	};
	struct finding want = at_blob(0, 0, 0);
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_blob(&scene, 1, 0, 0);
	scene.blobs[0].bytes.data = NULL;
	want.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_NO_NUMBERS;
	scene_expect_no_plan("bytes", &scene, PVHBOOT_INVAL, "bytes that are not NULL", &want);
	scene.request.blobs = NULL;
	scene_expect_no_plan("array", &scene, PVHBOOT_INVAL, "arrays that are not NULL", &none);
	scene.request.blobs = scene.blobs;
	scene.request.n_blobs = ((size_t)1 << 28) + 1;
	want = none;
	want.says = SAYS_STAGE | SAYS_NUMBERS;
	want.found = ((size_t)1 << 28) + 1;
	want.bound = (size_t)1 << 28;
	scene_expect_no_plan("many", &scene, PVHBOOT_LIMIT, "at most 2^28 elements", &want);
	scene.request.n_blobs = 0;
	scene.request.blobs = NULL;
	scene_expect_plan("none", &scene, 0);
	scene_close(&scene);
}
END_TEST

/*
 * A plan that can be edited, of a kernel with symbols; a blob of ACPI tables at
 * 0x200010, one of firmware outside of all RAM, two equal ones in a window, a
 * module of its own alignment, and one above 4 GiB.
 */
enum { TABLES, FIRMWARE, TWIN0, TWIN1 };
enum { ALIGNED, HIGH };

#define MAX_PLACES 16
#define SYMBOLS_HEAD 260

struct draft {
	struct scene scene;
	struct pvhboot_place places[MAX_PLACES];
	struct pvhboot_map_entry map[SCENE_MAX];
	uint8_t head[SYMBOLS_HEAD];
	struct pvhboot_plan plan;
};

static void draft_open(struct draft *draft)
{
	const struct kernel_spec spec = { .has_symbols = 1,
					  .symtab_size = 0x100,
					  .strtab_size = 0x11 };
	static const uint8_t byte;

	memset(draft, 0, sizeof(*draft));
	scene_open_pc(&draft->scene, &spec);
	scene_map(&draft->scene, 4 * GIB, GIB, PVHBOOT_MAP_RAM);
	scene_blob(&draft->scene, 0x100, 0x200010, PVHBOOT_MAP_ACPI);
	scene_blob(&draft->scene, 0x1000, 0xe0000, PVHBOOT_MAP_RESERVED);
	scene_blob(&draft->scene, 0x123, 0, PVHBOOT_MAP_NVS);
	scene_blob(&draft->scene, 0x123, 0, PVHBOOT_MAP_NVS);
	draft->scene.blobs[TWIN1].bytes = draft->scene.blobs[TWIN0].bytes;
	for (int i = TWIN0; i <= TWIN1; i++) {
		draft->scene.blobs[i].window = (struct pvhboot_range){ 0x300000, 0x400000 };
		draft->scene.blobs[i].align = 0x2000;
	}
	scene_module(&draft->scene, 0x1000, "aligned");
	draft->scene.modules[ALIGNED].align = MIB;
	draft->scene.modules[HIGH].bytes = (struct pvhboot_bytes){ &byte, 80 << 20 };
	draft->scene.request.n_modules = 2;
	draft->scene.request.flags = PVHBOOT_REQUEST_MODULES_ABOVE_4GIB;
	scene_expect_plan("draft", &draft->scene, 0);
	draft->plan = draft->scene.plan;
	ck_assert_uint_eq(draft->plan.n_places, 2 + 3 + 4 + 1 + 2);
	memcpy(draft->places, draft->plan.places, draft->plan.n_places * sizeof(draft->places[0]));
	memcpy(draft->map, draft->plan.map, draft->plan.n_map * sizeof(draft->map[0]));
	draft->plan.places = draft->places;
	draft->plan.map = draft->map;
}

static struct pvhboot_place *place_of(struct draft *draft, uint32_t kind, uint32_t index)
{
	for (size_t i = 0; i < draft->plan.n_places; i++) {
		if (draft->places[i].kind == kind && draft->places[i].index == index)
			return &draft->places[i];
	}
	abort();
}

static struct pvhboot_place *blob_of(struct draft *draft, uint32_t index)
{
	return place_of(draft, PVHBOOT_PLACE_BLOB, index);
}

static struct pvhboot_place *symbols_of(struct draft *draft, uint32_t index)
{
	return place_of(draft, PVHBOOT_PLACE_SYMBOLS, index);
}

static void drop(struct draft *draft, struct pvhboot_place *place)
{
	size_t i = (size_t)(place - draft->places);

	draft->plan.n_places--;
	memmove(place, place + 1, (draft->plan.n_places - i) * sizeof(*place));
}

/* Ascending again after an edit, so that what else is wrong is found. */
static void sort(struct draft *draft)
{
	for (size_t i = 1; i < draft->plan.n_places; i++) {
		for (size_t k = i; k > 0 && draft->places[k].gpa < draft->places[k - 1].gpa; k--) {
			struct pvhboot_place place = draft->places[k];

			draft->places[k] = draft->places[k - 1];
			draft->places[k - 1] = place;
		}
	}
}

static void twin_once_more(struct draft *draft)
{
	struct pvhboot_place *more = &draft->places[draft->plan.n_places];

	*more = *blob_of(draft, TWIN1);
	more->gpa = 0x380000;
	draft->plan.n_places++;
}

static void twins_swapped(struct draft *draft)
{
	struct pvhboot_place *first = blob_of(draft, TWIN0);

	blob_of(draft, TWIN1)->index = TWIN0;
	first->index = TWIN1;
}

static void blob_moved(struct draft *draft)
{
	for (size_t i = 0; i < draft->plan.n_map; i++) {
		/* the twins' pages, which touch each other but for one between them */
		if (draft->map[i].gpa == 0x302000)
			draft->map[i].gpa = 0x306000;
		else if (draft->map[i].gpa == 0x301000)
			draft->map[i].size = 0x5000;
		else if (draft->map[i].gpa == 0x303000) {
			draft->map[i].size -= 0x4000;
			draft->map[i].gpa = 0x307000;
		}
	}
	blob_of(draft, TWIN1)->gpa = 0x306000;
}

static void head_copied(struct draft *draft)
{
	struct pvhboot_place *head = symbols_of(draft, 0);

	ck_assert_uint_eq(head->source.size, sizeof(draft->head));
	memcpy(draft->head, head->source.data, sizeof(draft->head));
	head->source.data = draft->head;
}

static void head_changed(struct draft *draft)
{
	head_copied(draft);
	draft->head[SYMBOLS_HEAD - 1] ^= 1;
}

static void map_without_blob(struct draft *draft)
{
	for (size_t i = 0; i < draft->plan.n_map; i++) {
		if (draft->map[i].gpa == 0x200000)
			draft->map[i].type = PVHBOOT_MAP_RAM;
	}
}

static void blob_out_of_ram(struct draft *draft)
{
	draft->scene.map[1].gpa = 0x302001;
	draft->scene.map[1].size = RAM_END - 0x302001;
	drop(draft, blob_of(draft, TWIN0));
	drop(draft, blob_of(draft, TABLES));
}

/* What an edit changes a number of. Places are named by their kind and index. */
enum {
	OF_SEGMENT = PVHBOOT_PLACE_SEGMENT,
	OF_MODULE_PLACE = PVHBOOT_PLACE_MODULE,
	OF_SYMBOLS = PVHBOOT_PLACE_SYMBOLS,
	OF_BLOB_PLACE = PVHBOOT_PLACE_BLOB,
	OF_REQUEST = 16,
	OF_KERNEL,
	OF_MODULE, /* of the request */
	OF_BLOB    /* the same */
};

#define MEMBER(op, target, i, type, member, value)                                                 \
	{                                                                                          \
		op, target, i, EDIT_OF(struct type, member), value                                 \
	}
#define SET_PLACE(kind, i, member, value) MEMBER(EDIT_SET, kind, i, pvhboot_place, member, value)
#define ADD_PLACE(kind, i, member, value) MEMBER(EDIT_ADD, kind, i, pvhboot_place, member, value)
#define DROP_PLACE(kind, i)                                                                        \
	{                                                                                          \
		EDIT_DROP, kind, i, 0, 0, 0                                                        \
	}
#define SET_BLOB_PLACE(i, member, value) SET_PLACE(OF_BLOB_PLACE, i, member, value)
#define ADD_BLOB_PLACE(i, member, value) ADD_PLACE(OF_BLOB_PLACE, i, member, value)
#define ADD_SYMBOLS(i, member, value) ADD_PLACE(OF_SYMBOLS, i, member, value)
#define SET_BLOB(i, member, value) MEMBER(EDIT_SET, OF_BLOB, i, pvhboot_blob, member, value)
#define SET_MODULE(i, member, value) MEMBER(EDIT_SET, OF_MODULE, i, pvhboot_module, member, value)
#define SET_FLAGS(value) MEMBER(EDIT_SET, OF_REQUEST, 0, pvhboot_request, flags, value)
#define MINUS(number) (-(uint64_t)(number))

static void apply(struct draft *draft, const struct edit *edit)
{
	switch (edit->target) {
	case OF_REQUEST:
		edit_apply(&draft->scene.request, edit);
		break;
	case OF_KERNEL:
		edit_apply(&draft->scene.kernel, edit);
		break;
	case OF_MODULE:
		edit_apply(&draft->scene.modules[edit->index], edit);
		break;
	case OF_BLOB:
		edit_apply(&draft->scene.blobs[edit->index], edit);
		break;
	default:
		if (edit->op == EDIT_DROP)
			drop(draft, place_of(draft, edit->target, edit->index));
		else
			edit_apply(place_of(draft, edit->target, edit->index), edit);
	}
}

static const struct {
	const char *name;
	enum pvhboot_status status;
	const char *rule;
	struct edit edits[4];
	void (*edit)(struct draft *draft); /* what cannot be said so; NULL: nothing */
	struct pvhboot_map_entry map[3];   /* more in the request's, up to one of 0 bytes */
	struct pvhboot_range avoid;        /* one more; of end 0: none */
} edits[] = {
	{ "nothing", PVHBOOT_OK, NULL, .edit = NULL },
	{ "twins swapped", PVHBOOT_OK, NULL, .edit = twins_swapped },
	{ "RAM is hidden", PVHBOOT_MALFORMED, "has the request's types",
	  .map = { { 0xe0000, 0x1000, PVHBOOT_MAP_RAM, 0 },
		   { 0xe0000, 0x800, PVHBOOT_MAP_RESERVED, 0 },
		   { 0xe0800, 0x800, PVHBOOT_MAP_UNUSABLE, 0 } } },
	{ "head copied", PVHBOOT_OK, NULL, .edit = head_copied },
	{ "all RAM", PVHBOOT_MALFORMED, "holds all of the request's",
	  .map = { { 0xd0000, 0x20000, PVHBOOT_MAP_RAM, 0 } } },
	{ "blob missing", PVHBOOT_MALFORMED, "a place for every blob",
	  .edits = { DROP_PLACE(OF_BLOB_PLACE, FIRMWARE) } },
	{ "twin for another", PVHBOOT_MALFORMED, "a place for every blob",
	  .edits = { SET_BLOB_PLACE(TWIN1, index, TWIN0) } },
	{ "another for twin", PVHBOOT_MALFORMED, "a place for every blob",
	  .edits = { SET_BLOB_PLACE(TWIN0, index, TWIN1) } },
	{ "twin once more", PVHBOOT_MALFORMED, "a place for every blob", .edit = twin_once_more },
	{ "fixed moved", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_BLOB_PLACE(TABLES, gpa, 0x10) } },
	{ "moved", PVHBOOT_MALFORMED, "a block that holds the plan's map", .edit = blob_moved },
	{ "not aligned", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_BLOB_PLACE(TWIN1, gpa, 0x1000) } },
	{ "below window", PVHBOOT_RANGE, "a blob that starts in its window",
	  .edits = { SET_BLOB_PLACE(TWIN0, gpa, 0x2fe000) } },
	{ "above window", PVHBOOT_RANGE, "ends at its ceiling",
	  .edits = { SET_BLOB_PLACE(TWIN1, gpa, 0x400000) } },
	{ "out of RAM", PVHBOOT_RANGE, "a place in RAM", .edit = blob_out_of_ram },
	{ "twin out of RAM", PVHBOOT_RANGE, "a place in RAM",
	  .edits = { SET_BLOB(TWIN0, window.start, 0xc0000),
		     SET_BLOB_PLACE(TWIN0, gpa, 0xc0000) } },
	{ "partly in RAM", PVHBOOT_RANGE, "a place in RAM",
	  .map = { { 0x200080, 0x10, PVHBOOT_MAP_RESERVED, 0 } } },
	{ "RAM now", PVHBOOT_RANGE, "a place in RAM",
	  .map = { { 0xe0800, 1, PVHBOOT_MAP_RAM, 0 } } },
	{ "avoid range", PVHBOOT_OVERLAP, "outside of all avoid ranges",
	  .avoid = { 0xe0fff, 0xe1000 } },
	{ "page 0", PVHBOOT_OVERLAP, "page 0 to be free",
	  .edits = { SET_BLOB(FIRMWARE, gpa, 0xfff), SET_BLOB_PLACE(FIRMWARE, gpa, 0xfff) } },
	{ "gap", PVHBOOT_OVERLAP, "the kernel alone in its range",
	  .edits = { SET_BLOB(TABLES, gpa, PADDR + 0x400), SET_BLOB(TABLES, type, 0),
		     SET_BLOB_PLACE(TABLES, gpa, PADDR + 0x400) } },
	{ "index", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { SET_BLOB_PLACE(TWIN1, index, 4) } },
	{ "far index", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { SET_BLOB_PLACE(TWIN1, index, UINT32_MAX) } },
	{ "larger", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_BLOB_PLACE(TWIN1, size, 1) } },
	{ "other bytes", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_BLOB_PLACE(TWIN1, source.data, 1) } },
	{ "of the file", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_BLOB_PLACE(TWIN1, source_offset, 1) } },
	{ "as module", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { SET_BLOB_PLACE(TWIN1, kind, PVHBOOT_PLACE_MODULE) } },
	{ "blob's page", PVHBOOT_RANGE, "a place in RAM",
	  .edits = { SET_PLACE(OF_MODULE_PLACE, ALIGNED, gpa, 0x1ff800),
		     SET_MODULE(ALIGNED, align, 0), SET_BLOB(TABLES, gpa, 0x200900),
		     SET_BLOB_PLACE(TABLES, gpa, 0x200900) } },
	{ "over blob", PVHBOOT_OVERLAP, "places that do not overlap",
	  .edits = { SET_PLACE(OF_MODULE_PLACE, ALIGNED, gpa, 0xe0fff) } },
	{ "module's align", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { SET_MODULE(ALIGNED, align, 16 * MIB) } },
	{ "not allowed", PVHBOOT_RANGE, "ends at its ceiling", .edits = { SET_FLAGS(0) } },
	{ "across 4 GiB", PVHBOOT_RANGE, "ends at its ceiling",
	  .edits = { ADD_PLACE(OF_MODULE_PLACE, HIGH, gpa, MINUS(MIB)) },
	  .map = { { GIB, 3 * GIB, PVHBOOT_MAP_RAM, 0 } } },
	{ "below 4 GiB", PVHBOOT_MALFORMED, "holds all of the request's",
	  .edits = { SET_PLACE(OF_MODULE_PLACE, HIGH, gpa, 3 * GIB) },
	  .map = { { 3 * GIB, GIB, PVHBOOT_MAP_RAM, 0 } } },
	{ "high segment", PVHBOOT_RANGE, "ends at its ceiling",
	  .edits = { SET_PLACE(OF_SEGMENT, 1, gpa, 4 * GIB + 256 * MIB) } },
	{ "map", PVHBOOT_MALFORMED, "has the request's types", .edit = map_without_blob },
	{ "type", PVHBOOT_MALFORMED, "has the request's types",
	  .edits = { SET_BLOB(TABLES, type, PVHBOOT_MAP_NVS) } },
	{ "is RAM", PVHBOOT_MALFORMED, "has the request's types",
	  .edits = { SET_BLOB(TABLES, type, PVHBOOT_MAP_RAM) } },
	{ "left out", PVHBOOT_MALFORMED, "has the request's types",
	  .edits = { SET_BLOB(FIRMWARE, bytes.size, 0), DROP_PLACE(OF_BLOB_PLACE, FIRMWARE) } },
	{ "version 0", PVHBOOT_MALFORMED, "magic, version, flags",
	  .edits = { SET_FLAGS(PVHBOOT_REQUEST_MODULES_ABOVE_4GIB | PVHBOOT_REQUEST_VERSION_0) } },
	{ "dom0", PVHBOOT_MALFORMED, "magic, version, flags",
	  .edits = { SET_FLAGS(PVHBOOT_REQUEST_MODULES_ABOVE_4GIB | PVHBOOT_REQUEST_DOM0) } },
	{ "head changed", PVHBOOT_MALFORMED, "what the request asks for", .edit = head_changed },
	{ "head shorter", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_SYMBOLS(0, source.size, MINUS(1)) } },
	{ "head ends early", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_SYMBOLS(0, size, MINUS(1)) } },
	{ "head of the file", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_SYMBOLS(0, source_offset, 1) } },
	{ "head larger", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_SYMBOLS(1, gpa, 8), ADD_SYMBOLS(0, size, 8) } },
	{ "head moved", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { DROP_PLACE(OF_SYMBOLS, 2), DROP_PLACE(OF_SYMBOLS, 1),
		     MEMBER(EDIT_ADD, OF_KERNEL, 0, pvhboot_kernel, symbols.gpa, 8) } },
	{ "symtab moved", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { DROP_PLACE(OF_SYMBOLS, 2), ADD_SYMBOLS(1, gpa, 8) } },
	{ "symtab larger", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { DROP_PLACE(OF_SYMBOLS, 2), ADD_SYMBOLS(1, size, 1) } },
	{ "symtab's bytes", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_SYMBOLS(1, source.data, 1) } },
	{ "symtab from elsewhere", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_SYMBOLS(1, source_offset, 1) } },
	{ "strtab moved", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_SYMBOLS(2, gpa, 8) } },
	{ "strtab shorter", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_SYMBOLS(2, size, MINUS(1)) } },
	{ "strtab from elsewhere", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_SYMBOLS(2, source_offset, 1) } },
	{ "strtab's bytes", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { ADD_SYMBOLS(2, source.size, MINUS(1)) } },
	{ "no part", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { SET_PLACE(OF_SYMBOLS, 2, index, 3) } },
	{ "part missing", PVHBOOT_MALFORMED, "every part of the symbols",
	  .edits = { DROP_PLACE(OF_SYMBOLS, 2) } },
	{ "no symbols", PVHBOOT_MALFORMED, "what the request asks for",
	  .edits = { MEMBER(EDIT_SET, OF_KERNEL, 0, pvhboot_kernel, symbols.size, 0) } },
};

static void make_edits(struct draft *draft, int row)
{
	const struct pvhboot_range *avoid = &edits[row].avoid;

	for (size_t i = 0; i < N_OF(edits[row].edits) && edits[row].edits[i].op != EDIT_NONE; i++)
		apply(draft, &edits[row].edits[i]);
	for (size_t i = 0; i < N_OF(edits[row].map) && edits[row].map[i].size != 0; i++)
		scene_map(&draft->scene, edits[row].map[i].gpa, edits[row].map[i].size,
			  edits[row].map[i].type);
	if (avoid->end)
		scene_avoid(&draft->scene, avoid->start, avoid->end);
	if (edits[row].edit)
		edits[row].edit(draft);
	sort(draft);
}

/* Places and blobs end at unreadable pages: nothing behind them is read. */
static void guard_arrays(struct draft *draft, struct guard guards[2])
{
	struct pvhboot_request *request = &draft->scene.request;
	struct pvhboot_bytes places = { (const uint8_t *)draft->places,
					draft->plan.n_places * sizeof(draft->places[0]) };
	struct pvhboot_bytes blobs = { (const uint8_t *)request->blobs,
				       request->n_blobs * sizeof(request->blobs[0]) };

	for (int i = 0; i < 2; i++)
		guards[i] = guard_open(4096);
	draft->plan.places = (void *)(uintptr_t)guard_at_end(&guards[0], places).data;
	request->blobs = (const void *)guard_at_end(&guards[1], blobs).data;
}

START_TEST(check_refuses)
{
	const char *row = edits[_i].name;
	struct guard guards[2];
	struct pvhboot_diag diag = { 0 };
	enum pvhboot_status status;
	struct draft draft;

	draft_open(&draft);
	make_edits(&draft, _i);
	guard_arrays(&draft, guards);
	status = pvhboot_plan_check(&draft.plan, &draft.scene.request, &diag);
	if (diag.failure.rule && edits[_i].rule)
		expect_rule(row, &diag.failure, edits[_i].rule);
	expect_status(row, status, edits[_i].status);
	if (!edits[_i].status)
		expect_success(row, &diag, 0);
	for (int i = 0; i < 2; i++)
		guard_close(&guards[i]);
	scene_close(&draft.scene);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blob");
	TCase *placed = suite_case(suite, "placed");
	TCase *map = suite_case(suite, "map");
	TCase *request = suite_case(suite, "request");
	TCase *check = suite_case(suite, "check");

	tcase_add_test(placed, at_an_address);
	tcase_add_test(placed, what_lies_there);
	tcase_add_test(placed, ceilings);
	tcase_add_test(placed, in_a_window);
	tcase_add_test(placed, pages_beside_the_kernel);
	tcase_add_test(placed, pages_beside_others);
	tcase_add_test(placed, in_the_kernels_way);
	tcase_add_test(placed, in_a_slides_way);
	tcase_add_test(map, names_in_the_map);
	tcase_add_test(map, no_map);
	tcase_add_test(request, without_bytes);
	tcase_add_test(request, no_room_in_old_bytes);
	tcase_add_test(request, invalid);
	tcase_add_test(request, invalid_arrays);
	tcase_add_loop_test(check, check_refuses, 0, N_OF(edits));
	return suite_run(suite);
}
