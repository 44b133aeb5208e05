/* SPDX-License-Identifier: MIT */
/* Rows 56 and 96 to 113 of edge-cases.md: placement, the start_info, registers. */

#include <pvhboot/boot.h>
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
#define END (PADDR + 0x1800)

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What is about an element of the request. */
static struct finding at_index(enum pvhboot_subject subject, uint32_t index, uint64_t found,
			       uint64_t bound)
{
	return (struct finding){
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = subject,
		.index = index,
		.found = found,
		.bound = bound,
	};
}

/* What is about the block or the map, as a whole. */
static struct finding at_all(enum pvhboot_subject subject, uint64_t found, uint64_t bound)
{
	return (struct finding){
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_NO_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = subject,
		.found = found,
		.bound = bound,
	};
}

/* A plan with one warning. */
static void expect_plan_warns(const char *row, struct scene *scene, const char *rule,
			      const struct finding *want)
{
	scene_expect_plan(row, scene, 1);
	expect_finding(row, &scene->diag.warnings[0], want);
	expect_rule(row, &scene->diag.warnings[0], rule);
}

static uint64_t module_at(const struct scene *scene, uint32_t index)
{
	return scene_place(scene, PVHBOOT_PLACE_MODULE, index)->gpa;
}

START_TEST(edge_096_map_in_any_shape)
{
	static const struct pvhboot_map_entry merged[] = {
		{ 0x1000, 0x9f000, PVHBOOT_MAP_RAM, 0 },
		{ 0xa0000, 0x60000, PVHBOOT_MAP_RESERVED, 0 },
		{ 0x100000, 63 * MIB, PVHBOOT_MAP_RAM, 0 },
		{ 0xfee00000, 0x1000, PVHBOOT_MAP_RESERVED, 0 },
	};
	struct scene scene;

	scene_open(&scene, NULL);
	scene_map(&scene, 0xfee00000, 0x1000, PVHBOOT_MAP_RESERVED);
	scene_map(&scene, 0x2000000, 32 * MIB, PVHBOOT_MAP_RAM); /* touches the next */
	scene_map(&scene, 0x100000, 31 * MIB, PVHBOOT_MAP_RAM);
	scene_map(&scene, 0x800000, 8 * MIB, PVHBOOT_MAP_RAM); /* inside of it */
	scene_map(&scene, 0x50000000, 0, PVHBOOT_MAP_UNUSABLE);
	scene_map(&scene, 0xa0000, 0x40000, PVHBOOT_MAP_RESERVED);
	scene_map(&scene, 0xc0000, 0x40000, PVHBOOT_MAP_RESERVED); /* overlaps its like */
	scene_map(&scene, 0x1000, 0x9f000, PVHBOOT_MAP_RAM);
	scene_expect_plan("map", &scene, 0);
	ck_assert_uint_eq(scene.plan.n_map, N_OF(merged));
	for (size_t i = 0; i < N_OF(merged); i++) {
		ck_assert_uint_eq(scene.plan.map[i].gpa, merged[i].gpa);
		ck_assert_uint_eq(scene.plan.map[i].size, merged[i].size);
		ck_assert_uint_eq(scene.plan.map[i].type, merged[i].type);
	}
	scene_close(&scene);
}
END_TEST

/* From the weakest type to the strongest, as plan.h lists them. */
START_TEST(edge_096_stronger_type_wins)
{
	static const uint32_t order[] = { PVHBOOT_MAP_RAM,      PVHBOOT_MAP_ACPI,
					  PVHBOOT_MAP_NVS,      PVHBOOT_MAP_PMEM,
					  PVHBOOT_MAP_RESERVED, PVHBOOT_MAP_DISABLED,
					  PVHBOOT_MAP_UNUSABLE };

	for (size_t weak = 0; weak < N_OF(order); weak++) {
		for (size_t strong = weak + 1; strong < N_OF(order); strong++) {
			const struct finding want = {
				.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_OFFSET |
					SAYS_NUMBERS,
				.stage = PVHBOOT_STAGE_PLAN,
				.subject = PVHBOOT_SUBJECT_MAP,
				.offset = 0x40001000,
				.found = order[weak],
				.bound = order[strong],
			};
			struct scene scene;

			scene_open_pc(&scene, NULL);
			scene_map(&scene, 0x40001000, 0x2000, order[strong]);
			scene_map(&scene, 0x40000000, 0x2000, order[weak]);
			scene_expect_plan("types", &scene, 1);
			expect_finding("types", &scene.diag.warnings[0], &want);
			expect_rule("types", &scene.diag.warnings[0],
				    "more restrictive one is taken");
			ck_assert_uint_eq(scene.plan.n_map, 4);
			ck_assert_uint_eq(scene.plan.map[2].type, order[weak]);
			ck_assert_uint_eq(scene.plan.map[2].size, 0x1000);
			ck_assert_uint_eq(scene.plan.map[3].type, order[strong]);
			ck_assert_uint_eq(scene.plan.map[3].size, 0x2000);
			scene_close(&scene);
		}
	}
}
END_TEST

START_TEST(edge_096_more_than_128_entries)
{
	for (size_t n = 128; n <= 129; n++) {
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_PLAN,
			.subject = PVHBOOT_SUBJECT_MAP,
			.found = n,
			.bound = 128,
		};
		struct pvhboot_map_entry *map = must_alloc(n * sizeof(map[0]));
		struct scene scene;

		map[0] = (struct pvhboot_map_entry){ PADDR, 16 * MIB, PVHBOOT_MAP_RAM, 0 };
		for (size_t i = 1; i < n; i++)
			map[i] = (struct pvhboot_map_entry){ GIB + i * 0x2000, 0x1000,
							     PVHBOOT_MAP_RESERVED, 0 };
		scene_open(&scene, NULL);
		scene.request.map = map;
		scene.request.n_map = n;
		scene_expect_plan("many", &scene, n - 128);
		ck_assert_uint_eq(scene.plan.n_map, n);
		if (n > 128) {
			expect_finding("many", &scene.diag.warnings[0], &want);
			expect_rule("many", &scene.diag.warnings[0], "Linux reads no more");
		}
		scene_close(&scene);
		free(map);
	}
}
END_TEST

START_TEST(edge_097_bad_map_entries)
{
	static const struct {
		const char *name;
		struct pvhboot_map_entry entry;
		enum pvhboot_status status;
		const char *rule;
		uint64_t found;
		uint64_t bound;
	} rows[] = {
		{ "wraps",
		  { UINT64_MAX, 2, PVHBOOT_MAP_RAM, 0 },
		  PVHBOOT_RANGE,
		  "map entry that ends below 2^64",
		  2,
		  0 },
		{ "wraps far",
		  { 0x1000, UINT64_MAX, PVHBOOT_MAP_RESERVED, 0 },
		  PVHBOOT_RANGE,
		  "map entry that ends below 2^64",
		  UINT64_MAX,
		  UINT64_MAX - 0x1000 },
		{ "type 0", { GIB, 0x1000, 0, 0 }, PVHBOOT_INVAL, "a map type from 1 to 7", 0, 7 },
		{ "type 8", { GIB, 0x1000, 8, 0 }, PVHBOOT_INVAL, "a map type from 1 to 7", 8, 7 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct finding want =
			at_index(PVHBOOT_SUBJECT_MAP, 2, rows[i].found, rows[i].bound);
		struct scene scene;

		want.says |= SAYS_OFFSET;
		want.offset = rows[i].entry.gpa;
		scene_open_pc(&scene, NULL);
		scene_map(&scene, rows[i].entry.gpa, rows[i].entry.size, rows[i].entry.type);
		scene_expect_no_plan(rows[i].name, &scene, rows[i].status, rows[i].rule, &want);
		scene_close(&scene);
	}
}
END_TEST

START_TEST(edge_097_persistent_memory)
{
	struct start_map_entry entry;
	struct start_info info;
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_map(&scene, 4 * GIB, 16 * GIB, PVHBOOT_MAP_PMEM);
	scene_expect_plan("PMEM", &scene, 0);
	ck_assert_int_eq(start_read(&scene.plan, &info), 1);
	ck_assert_uint_eq(info.memmap_entries, 3);
	ck_assert_int_eq(start_read_map_entry(&scene.plan, &info, 2, &entry), 1);
	ck_assert_uint_eq(entry.addr, 4 * GIB);
	ck_assert_uint_eq(entry.size, 16 * GIB);
	ck_assert_uint_eq(entry.type, 7);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_098_kernel_in_two_entries)
{
	struct finding want = at_index(PVHBOOT_SUBJECT_SEGMENT, 1, PADDR + 0x1800, PADDR + 0x1100);
	struct scene scene;

	scene_open(&scene, NULL);
	scene_map(&scene, PADDR + 0x1100, MIB, PVHBOOT_MAP_RAM);
	scene_map(&scene, PADDR, 0x1100, PVHBOOT_MAP_RAM);
	scene_expect_plan("adjacent", &scene, 0);
	ck_assert_uint_eq(scene.plan.slide, 0);
	ck_assert_uint_eq(scene.plan.n_map, 1);
	/* A byte between them is not RAM. */
	scene.map[0].gpa++;
	scene_expect_no_plan("a byte", &scene, PVHBOOT_RANGE, "without a hole", &want);
	scene_close(&scene);
}
END_TEST

/* The usual hole of a PC from 0xfc000000 on, as lack of RAM and as reserved. */
START_TEST(edge_099_kernel_over_mmio)
{
	const struct kernel_spec spec = { .paddr = 0xfc000000u - 0x1000 };
	struct finding want = at_index(PVHBOOT_SUBJECT_SEGMENT, 1, 0xfc000800u, 0xfc000000u);
	struct scene scene;

	scene_open(&scene, &spec);
	scene_map(&scene, 0x100000, 0xfc000000u - 0x100000, PVHBOOT_MAP_RAM);
	scene_expect_no_plan("no RAM", &scene, PVHBOOT_RANGE, "give the guest more memory", &want);
	scene.map[0].size += 64 * MIB;
	scene_map(&scene, 0xfc000000u, 64 * MIB, PVHBOOT_MAP_RESERVED);
	scene_expect_no_plan("reserved", &scene, PVHBOOT_RANGE, "RAM for the segment", &want);
	expect_rule("reserved", &scene.diag.warnings[0], "more restrictive one is taken");
	scene_close(&scene);
}
END_TEST

START_TEST(edge_099_initrd_over_lapic)
{
	const struct kernel_spec spec = { .paddr = 0xfed00000u };
	struct scene scene;

	scene_open(&scene, &spec);
	scene_map(&scene, 0xfed00000u, 0x100000, PVHBOOT_MAP_RAM);
	scene_map(&scene, 0xfee00000u, 0x1000, PVHBOOT_MAP_RESERVED);
	scene_map(&scene, 0xfee01000u, 0x200000, PVHBOOT_MAP_RAM);
	scene.request.info_ceiling = 4 * GIB;
	scene_module(&scene, 0xfe000, NULL); /* 0xfd000 are free in front of it */
	scene_expect_plan("LAPIC", &scene, 0);
	ck_assert_uint_eq(module_at(&scene, 0), 0xfee01000u);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_100_initrd_above_4_gib)
{
	struct finding want =
		at_index(PVHBOOT_SUBJECT_MODULE, 0, 100 << 20, 64 * MIB - (PADDR + 0x3000));
	struct start_module module;
	struct start_info info;
	struct scene scene;
	uint8_t byte = 0;

	scene_open_pc(&scene, NULL);
	scene_map(&scene, 4 * GIB, 64 * GIB, PVHBOOT_MAP_RAM);
	/* The planner reads none of its bytes. */
	scene.modules[0].bytes = (struct pvhboot_bytes){ &byte, 100 << 20 };
	scene.request.n_modules = 1;
	scene_expect_no_plan("above", &scene, PVHBOOT_NOROOM, "free memory for the module", &want);
	ck_assert_str_eq(scene.diag.detail, "the ceiling is 0x100000000");

	/* Only what finds no room below goes there. */
	scene.request.flags = PVHBOOT_REQUEST_MODULES_ABOVE_4GIB;
	scene_module(&scene, 0x1000, "second");
	scene_expect_plan("allowed", &scene, 0);
	ck_assert_uint_eq(module_at(&scene, 0), 4 * GIB);
	ck_assert_uint_eq(module_at(&scene, 1), PADDR + 0x3000);
	ck_assert_int_eq(start_read(&scene.plan, &info), 1);
	ck_assert_int_eq(start_read_module(&scene.plan, &info, 0, &module), 1);
	ck_assert_uint_eq(module.paddr, 4 * GIB);
	ck_assert_uint_eq(module.size, 100 << 20);

	/* The largest range of all is told. */
	scene.map[2].size = 100 * MIB - 1;
	want = at_index(PVHBOOT_SUBJECT_MODULE, 0, 100 << 20, 100 * MIB - 1);
	scene_expect_no_plan("too small", &scene, PVHBOOT_NOROOM, "free memory for the module",
			     &want);
	scene_close(&scene);
}
END_TEST

/* RAM on both sides of 4 GiB is two ranges, and what the ceiling keeps free below
 * stays free. */
START_TEST(edge_100_across_4_gib)
{
	struct scene scene;
	uint8_t byte = 0;

	scene_open(&scene, NULL);
	scene_map(&scene, PADDR, 8 * GIB, PVHBOOT_MAP_RAM);
	scene.request.ceiling = 64 * MIB;
	scene.request.flags = PVHBOOT_REQUEST_MODULES_ABOVE_4GIB;
	scene.modules[0].bytes = (struct pvhboot_bytes){ &byte, 48 << 20 };
	scene.request.n_modules = 1;
	scene_expect_plan("ceiling", &scene, 0);
	ck_assert_uint_eq(module_at(&scene, 0), 4 * GIB);
	scene_avoid(&scene, 4 * GIB - 1, 4 * GIB + 1);
	scene_expect_plan("avoid", &scene, 0);
	ck_assert_uint_eq(module_at(&scene, 0), 4 * GIB + 0x1000);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_101_initrd_of_0_bytes)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_NO_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_MODULE,
		.index = 0,
	};
	struct start_info info;
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_module(&scene, 0, "initrd");
	scene_expect_plan("empty", &scene, 1);
	expect_finding("empty", &scene.diag.warnings[0], &want);
	expect_rule("empty", &scene.diag.warnings[0], "a module to have bytes; it is left out");
	ck_assert_int_eq(start_read(&scene.plan, &info), 1);
	ck_assert_uint_eq(info.nr_modules, 0);
	ck_assert_uint_eq(info.modlist_paddr, 0);
	scene_close(&scene);
}
END_TEST

/* Bytes of any size from any address of the host go to the start of a page. */
START_TEST(edge_101_initrd_unaligned)
{
	struct start_module module;
	struct start_info info;
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_module(&scene, 0x2346, NULL);
	scene.modules[0].bytes.data++;
	scene.modules[0].bytes.size--;
	scene_expect_plan("odd", &scene, 0);
	ck_assert_int_eq(start_read(&scene.plan, &info), 1);
	ck_assert_int_eq(start_read_module(&scene.plan, &info, 0, &module), 1);
	ck_assert_uint_eq(module.size, 0x2345);
	ck_assert_uint_eq(module.paddr % 0x1000, 0);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_101_initrd_aligned)
{
	static const struct {
		uint64_t align;
		uint64_t gpa;
	} rows[] = {
		{ 0, PADDR + 0x3000 },      { 1, PADDR + 0x3000 },
		{ 0x800, PADDR + 0x3000 },  { 0x1000, PADDR + 0x3000 },
		{ 0x2000, PADDR + 0x4000 }, { 2 * MIB, PADDR + 2 * MIB },
		{ 16 * MIB, 32 * MIB },     { 32 * MIB, 32 * MIB },
	};
	struct finding want;
	struct scene scene;

	for (size_t i = 0; i < N_OF(rows); i++) {
		char row[32];

		snprintf(row, sizeof(row), "0x%" PRIx64, rows[i].align);
		scene_open_pc(&scene, NULL);
		scene_module(&scene, 0x2346, NULL);
		scene.modules[0].align = rows[i].align;
		scene_expect_plan(row, &scene, 0);
		expect_eq(row, module_at(&scene, 0), rows[i].gpa);
		scene_close(&scene);
	}

	/* Free memory that is large enough, but nowhere at such an address. */
	scene_open_pc(&scene, NULL);
	scene_module(&scene, 0x1000, NULL);
	scene.modules[0].align = 64 * MIB;
	want = at_index(PVHBOOT_SUBJECT_MODULE, 0, 0x1000, 0);
	scene_expect_no_plan("64 MiB", &scene, PVHBOOT_NOROOM, "free memory for the module", &want);
	scene.modules[0].align = 3;
	want = at_index(PVHBOOT_SUBJECT_MODULE, 0, 3, 0);
	scene_expect_no_plan("3", &scene, PVHBOOT_INVAL, "0 or a power of two", &want);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_102_exact_fit)
{
	struct finding want = at_index(PVHBOOT_SUBJECT_MODULE, 0, 0x1234, 0x1233);
	struct scene scene;

	/* Two pages of kernel, one for the block, the initrd. */
	scene_open(&scene, NULL);
	scene_map(&scene, PADDR, 0x3000 + 0x1234, PVHBOOT_MAP_RAM);
	scene_module(&scene, 0x1234, NULL);
	scene_expect_plan("exact", &scene, 0);
	ck_assert_uint_eq(module_at(&scene, 0), PADDR + 0x3000);
	scene.map[0].size--;
	scene_expect_no_plan("a byte less", &scene, PVHBOOT_NOROOM, "free memory for the module",
			     &want);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_103_no_modules)
{
	struct start_info info;
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_expect_plan("none", &scene, 0);
	ck_assert_int_eq(start_read(&scene.plan, &info), 1);
	ck_assert_uint_eq(info.nr_modules, 0);
	ck_assert_uint_eq(info.modlist_paddr, 0);
	scene_close(&scene);
}
END_TEST

/* Every address of a command line leads to a string, for every guest. */
START_TEST(edge_104_module_without_cmdline)
{
	static const char *const cmdlines[] = { NULL, "" };
	static const uint32_t guests[] = { 0, PVHBOOT_FOR_FREEBSD, PVHBOOT_FOR_GRUB };

	for (size_t i = 0; i < N_OF(cmdlines) * N_OF(guests); i++) {
		const char *cmdline = cmdlines[i % N_OF(cmdlines)];
		struct start_module module;
		struct start_info info;
		struct scene scene;

		scene_open_pc(&scene, NULL);
		scene.request.guests = guests[i / N_OF(cmdlines)];
		scene.request.cmdline = pvhboot_text(cmdline);
		scene_module(&scene, 3, cmdline);
		scene_expect_plan("none", &scene, 0);
		ck_assert_int_eq(start_read(&scene.plan, &info), 1);
		ck_assert_uint_ne(info.cmdline_paddr, 0);
		ck_assert_str_eq(start_string(&scene.plan, info.cmdline_paddr), "");
		ck_assert_int_eq(start_read_module(&scene.plan, &info, 0, &module), 1);
		ck_assert_uint_ne(module.cmdline_paddr, 0);
		ck_assert_str_eq(start_string(&scene.plan, module.cmdline_paddr), "");
		scene_close(&scene);
	}
}
END_TEST

/* Without a guest's name there is no limit but memory. */
START_TEST(edge_105_sizes_of_cmdline)
{
	static const size_t sizes[] = { 0, 1, 2047, 4095, 4096, 65536 };

	for (size_t i = 0; i < N_OF(sizes); i++) {
		char *text = must_alloc(sizes[i] + 1);
		struct start_info info;
		struct scene scene;
		char row[32];

		snprintf(row, sizeof(row), "%zu bytes", sizes[i]);
		memset(text, 'c', sizes[i]);
		scene_open_pc(&scene, NULL);
		scene.request.cmdline = pvhboot_text(text);
		scene_expect_plan(row, &scene, 0);
		expect_true(row, start_read(&scene.plan, &info) == 1);
		expect_eq(row, strlen(start_string(&scene.plan, info.cmdline_paddr)), sizes[i]);
		free(text);
		scene_close(&scene);
	}
}
END_TEST

START_TEST(edge_105_limit_of_linux)
{
	for (size_t size = 2047; size <= 2048; size++) {
		const struct finding want = at_all(PVHBOOT_SUBJECT_INFO, size, 2047);
		char *text = must_alloc(size + 1);
		struct scene scene;

		memset(text, 'c', size);
		scene_open_pc(&scene, NULL);
		scene.request.cmdline = pvhboot_text(text);
		scene.request.guests = PVHBOOT_FOR_LINUX;
		if (size <= 2047)
			scene_expect_plan("2047", &scene, 0);
		else
			expect_plan_warns("2048", &scene, "Linux cuts it off", &want);
		free(text);
		scene_close(&scene);
	}
}
END_TEST

/* The map starts behind 56 bytes, whose last four are 0. */
START_TEST(edge_106_start_info_version_1)
{
	struct start_info info;
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_expect_plan("v1", &scene, 0);
	ck_assert_int_eq(start_read(&scene.plan, &info), 1);
	ck_assert_uint_eq(info.magic, 0x336ec578);
	ck_assert_uint_eq(info.version, 1);
	ck_assert_uint_eq(info.flags, 0);
	ck_assert_uint_eq(info.memmap_paddr, scene.plan.start_info + 56);
	ck_assert_uint_eq(load_le(scene.plan.info.data + 52, 4), 0);
	scene_close(&scene);
}
END_TEST

/* 40 bytes, then the module list and the strings, and no map. */
START_TEST(edge_106_start_info_version_0)
{
	struct start_module module;
	struct start_info info;
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene.request.flags = PVHBOOT_REQUEST_VERSION_0;
	scene.request.rsdp = 0xe0000;
	scene_expect_plan("alone", &scene, 0);
	ck_assert_uint_eq(scene.plan.info.size, 40 + 1);
	ck_assert_uint_eq(load_le(scene.plan.info.data + 24, 8), scene.plan.start_info + 40);
	ck_assert_uint_eq(scene.plan.n_map, 2);

	scene.request.cmdline = pvhboot_text("quiet");
	scene_module(&scene, 0x1001, "first");
	scene_module(&scene, 0, "left out");
	scene_module(&scene, 5, NULL);
	scene_expect_plan("modules", &scene, 1);
	ck_assert_int_eq(start_read(&scene.plan, &info), 1);
	ck_assert_uint_eq(info.version, 0);
	ck_assert_uint_eq(info.rsdp_paddr, 0xe0000);
	ck_assert_uint_eq(info.nr_modules, 2);
	ck_assert_uint_eq(info.modlist_paddr, scene.plan.start_info + 40);
	ck_assert_uint_eq(info.cmdline_paddr, scene.plan.start_info + 40 + 2 * 32);
	ck_assert_str_eq(start_string(&scene.plan, info.cmdline_paddr), "quiet");
	ck_assert_int_eq(start_read_module(&scene.plan, &info, 1, &module), 1);
	ck_assert_uint_eq(module.paddr, module_at(&scene, 2));
	ck_assert_uint_eq(scene.plan.info.size, 40 + 2 * 32 + 6 + 6);
	scene_close(&scene);
}
END_TEST

/* Nothing but a kernel that is linked there goes below 1 MiB. */
START_TEST(edge_107_below_1_mib)
{
	const struct kernel_spec low = { .paddr = 0x1000 };
	struct finding want = at_index(PVHBOOT_SUBJECT_MODULE, 0, 0x1000, 0);
	struct scene scene;

	scene_open(&scene, NULL);
	scene_map(&scene, 0, 0xa0000, PVHBOOT_MAP_RAM);
	scene_map(&scene, PADDR, 0x3000, PVHBOOT_MAP_RAM);
	scene_module(&scene, 0x1000, NULL);
	scene_expect_no_plan("low RAM", &scene, PVHBOOT_NOROOM, "free memory for the module",
			     &want);
	scene_map(&scene, MIB, 0x1000, PVHBOOT_MAP_RAM);
	scene_expect_plan("1 MiB", &scene, 0);
	ck_assert_uint_eq(module_at(&scene, 0), MIB);
	scene_close(&scene);

	scene_open_pc(&scene, &low);
	scene_expect_plan("kernel", &scene, 0);
	ck_assert_uint_eq(scene.plan.places[0].gpa, 0x1000);
	ck_assert_uint_eq(scene.plan.start_info, MIB);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_107_asked_for)
{
	struct finding want;
	struct scene scene;

	/* As on a machine that is no PC: everything in low memory. */
	scene_open(&scene, &(struct kernel_spec){ .paddr = 0x10000 });
	scene_map(&scene, 0, 0x40000, PVHBOOT_MAP_RAM);
	scene_module(&scene, 0x1000, NULL);
	want = at_all(PVHBOOT_SUBJECT_INFO, 0, 0);
	want.says &= ~SAYS_FOUND;
	scene_expect_no_plan("not asked for", &scene, PVHBOOT_NOROOM,
			     "free memory for the start_info block", &want);
	scene.request.flags = PVHBOOT_REQUEST_BELOW_1MIB;
	scene_expect_plan("low", &scene, 0);
	/* Never page 0. */
	ck_assert_uint_eq(scene.plan.start_info, 0x1000);
	ck_assert_uint_eq(module_at(&scene, 0), 0x2000);
	scene_avoid(&scene, 0, 0xf000);
	scene_expect_plan("avoid", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, 0xf000);
	ck_assert_uint_eq(module_at(&scene, 0), 0x12000);
	scene_close(&scene);

	/* What is above is taken first. */
	scene_open_pc(&scene, NULL);
	scene.request.flags = PVHBOOT_REQUEST_BELOW_1MIB;
	scene_module(&scene, 0x1000, NULL);
	scene_expect_plan("above", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, PADDR + 0x2000);
	ck_assert_uint_eq(module_at(&scene, 0), PADDR + 0x3000);
	scene_close(&scene);
}
END_TEST

/* Kernels around 1 GiB: the block is below it, and so all that it points to but
 * the modules, which are below 4 GiB. */
START_TEST(edge_108_addresses_of_the_block)
{
	static const uint64_t paddrs[] = { PADDR, GIB - 0x2000, GIB, 3 * GIB };

	for (size_t i = 0; i < N_OF(paddrs); i++) {
		struct start_module module;
		struct start_info info;
		struct scene scene;
		char row[32];

		snprintf(row, sizeof(row), "kernel at 0x%" PRIx64, paddrs[i]);
		scene_open(&scene, &(struct kernel_spec){ .paddr = paddrs[i] });
		scene_map(&scene, MIB, 8 * GIB, PVHBOOT_MAP_RAM);
		scene.request.cmdline = pvhboot_text("console=ttyS0");
		scene_module(&scene, 0x5000, "initrd");
		scene_expect_plan(row, &scene, 0);
		expect_true(row, start_read(&scene.plan, &info) == 1);
		expect_true(row, scene.plan.start_info + scene.plan.info.size <= GIB);
		expect_true(row, info.modlist_paddr < GIB && info.memmap_paddr < GIB);
		expect_true(row, info.cmdline_paddr < GIB);
		expect_true(row, start_read_module(&scene.plan, &info, 0, &module) == 1);
		expect_true(row, module.cmdline_paddr < GIB);
		expect_true(row, module.paddr + module.size <= 4 * GIB);
		expect_eq(row, scene.plan.start_info > paddrs[i], i == 0);
		scene_close(&scene);
	}
}
END_TEST

/* The block and the modules right above the kernel, and free RAM behind them for
 * its first page tables. */
START_TEST(edge_109_freebsd)
{
	struct finding want = {
		.says = SAYS_STAGE | SAYS_NO_INDEX | SAYS_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.offset = PADDR + 0x5000,
		.found = 0x1fff,
		.bound = 0x2000,
	};
	struct scene scene;

	scene_open(&scene, NULL);
	scene_map(&scene, PADDR, 0x7000, PVHBOOT_MAP_RAM);
	scene.request.guests = PVHBOOT_FOR_FREEBSD;
	scene_module(&scene, 0x1123, "kernel.debug");
	scene_expect_plan("two pages behind", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, PADDR + 0x2000);
	ck_assert_uint_eq(module_at(&scene, 0), PADDR + 0x3000);
	scene.map[0].size = 0x6fff;
	expect_plan_warns("a byte less", &scene, "two pages of free RAM behind", &want);
	scene.map[0].size = 0x5000;
	want.found = 0;
	expect_plan_warns("the end of RAM", &scene, "two pages of free RAM behind", &want);
	scene.map[0].size = 0x9000;
	scene_avoid(&scene, PADDR + 0x6000, PADDR + 0x7000);
	want.found = 0x1000;
	expect_plan_warns("an avoid range", &scene, "two pages of free RAM behind", &want);
	scene.request.guests = 0;
	scene_expect_plan("another guest", &scene, 0);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_110_ovmf)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_NO_OFFSET |
			SAYS_NO_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_INFO,
	};
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_expect_plan("another guest", &scene, 0);
	scene.request.guests = PVHBOOT_FOR_OVMF;
	expect_plan_warns("none", &scene, "the address of an RSDP", &want);
	scene.request.rsdp = 0xe0000;
	scene_expect_plan("RSDP", &scene, 0);
	scene_close(&scene);
}
END_TEST

/* A kernel with a note BSD_SYMTAB, sections 1 .symtab and 2 .strtab. */
static void build_with_symbols(struct edge *edge, const void *desc, size_t size, uint64_t paddr)
{
	struct blob notes = { 0 };

	memset(edge, 0, sizeof(*edge));
	kernel_begin(&edge->elf, &(struct kernel_spec){ .paddr = paddr,
							.notes = KERNEL_NOTES_NONE,
							.has_symbols = 1,
							.symtab_size = 0x300,
							.strtab_size = 0x123 });
	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, paddr + 0x40);
	note_xen(&notes, XEN_BSD_SYMTAB, desc, size);
	elf_add_notes(&edge->elf, &notes);
	blob_free(&notes);
	elf_finish(&edge->elf);
}

static struct finding at_section(const struct edge *edge, uint32_t index, uint64_t found,
				 uint64_t bound)
{
	unsigned int width;

	return (struct finding){
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_ELF,
		.subject = PVHBOOT_SUBJECT_SECTION,
		.index = index,
		.offset = elf_where(&edge->elf, "sh_name", index, &width),
		.found = found,
		.bound = bound,
	};
}

/* What the block holds is for test_symbols.c. */
START_TEST(edge_111_bsd_symtab)
{
	static const struct {
		const char *desc;
		size_t size;
		int wants;
	} rows[] = {
		{ "yes", 4, 1 }, { "yes", 3, 1 }, { "no", 3, 0 }, { "no", 2, 0 }, { "yes!", 4, 0 },
		{ "ye", 3, 0 },  { "YES", 4, 0 }, { "", 0, 0 },   { "", 1, 0 },   { "yes\0", 5, 0 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct edge edge;

		build_with_symbols(&edge, rows[i].desc, rows[i].size, PADDR);
		edge_expect_ok(rows[i].desc, &edge, 0);
		expect_eq(rows[i].desc, edge.kernel.symbols.size,
			  rows[i].wants ? 264 + 0x300 + 0x128 : 0);
		expect_eq(rows[i].desc, edge.kernel.symbols.gpa, rows[i].wants ? END : 0);
		expect_eq(rows[i].desc, edge.kernel.symbols.symtab.size, rows[i].wants ? 0x300 : 0);
		expect_eq(rows[i].desc, edge.kernel.end, END);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_111_no_symtab)
{
	static const uint32_t links[] = { 0, 1, 3, 4, UINT32_MAX };
	const struct finding nothing = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_NO_OFFSET |
			SAYS_NO_NUMBERS,
		.stage = PVHBOOT_STAGE_ELF,
		.subject = PVHBOOT_SUBJECT_SYMBOLS,
	};
	struct edge edge;

	build_with_symbols(&edge, "yes", 4, PADDR);
	elf_patch(&edge.elf, "sh_type", 1, 11); /* SHT_DYNSYM is another */
	edge_expect_warning("no .symtab", &edge, "the symbol table that BSD_SYMTAB asks for",
			    &nothing);
	ck_assert_uint_eq(edge.kernel.symbols.size, 0);
	elf_patch(&edge.elf, "sh_type", 1, 2);
	elf_patch(&edge.elf, "e_shnum", 0, 0);
	edge_expect_warning("no sections", &edge, "the symbol table that BSD_SYMTAB asks for",
			    &nothing);
	ck_assert_uint_eq(edge.kernel.symbols.size, 0);
	elf_patch(&edge.elf, "e_shnum", 0, 3);

	for (size_t i = 0; i < N_OF(links); i++) {
		/* the type that it has, and that it should have */
		const struct finding want = at_section(&edge, 1, links[i] == 1 ? 2 : 0, 3);
		char row[32];

		snprintf(row, sizeof(row), "sh_link %" PRIu32, links[i]);
		elf_patch(&edge.elf, "sh_link", 1, links[i]);
		edge_expect_warning(row, &edge, "sh_link of the symbol table", &want);
		expect_eq(row, edge.kernel.symbols.size, 0);
	}
	edge_close(&edge);
}
END_TEST

START_TEST(edge_111_tables_not_in_the_image)
{
	static const char rule[] = "the symbol table and its strings in the file";
	struct finding want;
	struct edge edge;

	for (uint32_t i = 1; i <= 2; i++) {
		uint64_t offset, rest;

		build_with_symbols(&edge, "yes", 4, PADDR);
		offset = elf_read(&edge.elf, "sh_offset", i);
		rest = edge.elf.image.size - offset;
		elf_patch(&edge.elf, "sh_size", i, rest);
		edge_expect_ok("up to the end", &edge, 0);
		elf_patch(&edge.elf, "sh_size", i, rest + 1);
		want = at_section(&edge, i, rest + 1, rest);
		edge_expect_failure("by 1", &edge, PVHBOOT_TRUNCATED, rule, &want);
		elf_patch(&edge.elf, "sh_size", i, 0 - offset);
		want = at_section(&edge, i, 0 - offset, rest);
		edge_expect_failure("wraps", &edge, PVHBOOT_TRUNCATED, rule, &want);
		elf_patch(&edge.elf, "sh_size", i, 1);
		elf_patch(&edge.elf, "sh_offset", i, UINT64_MAX);
		want = at_section(&edge, i, UINT64_MAX, edge.elf.image.size);
		edge_expect_failure("far", &edge, PVHBOOT_TRUNCATED, rule, &want);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_111_symbols_above_4_gib)
{
	const uint64_t size = 264 + 0x300 + 0x128; /* 0x530 */
	const uint64_t paddr = 4 * GIB - 0x1800 - size;
	struct finding want;
	struct edge edge;

	build_with_symbols(&edge, "yes", 4, paddr);
	edge_expect_ok("at 4 GiB", &edge, 0);
	ck_assert_uint_eq(edge.kernel.symbols.gpa + edge.kernel.symbols.size, 4 * GIB);
	edge_close(&edge);
	/* The alignment counts: by a byte, they are 8 further. */
	build_with_symbols(&edge, "yes", 4, paddr + 1);
	want = at_section(&edge, 1, size, size - 8);
	edge_expect_failure("above", &edge, PVHBOOT_RANGE, "between the kernel and 4 GiB", &want);
	edge_close(&edge);
	/* No room but for the kernel itself. */
	build_with_symbols(&edge, "yes", 4, 4 * GIB - 0x1800);
	want = at_section(&edge, 1, size, 0);
	edge_expect_failure("none", &edge, PVHBOOT_RANGE, "between the kernel and 4 GiB", &want);
	edge_close(&edge);
}
END_TEST

/* The symbols are part of the kernel: all else goes behind them. */
START_TEST(edge_112_symbols_first)
{
	const struct kernel_spec spec = { .has_symbols = 1,
					  .symtab_size = 0x2000,
					  .strtab_size = 0x1000 };
	const uint64_t end = END + 264 + 0x3000;
	struct finding want =
		at_index(PVHBOOT_SUBJECT_SYMBOLS, 1, END + 264 + 0x2000, PADDR + 0x2000);
	struct kernel_spec moving = spec;
	struct scene scene;

	want.says |= SAYS_OFFSET;
	want.offset = END + 264;
	scene_open_pc(&scene, &spec);
	scene_module(&scene, 0x1000, NULL);
	scene_expect_plan("behind", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, (end + 0xfff) & ~UINT64_C(0xfff));
	ck_assert_uint_gt(module_at(&scene, 0), scene.plan.start_info);
	/* What is there by its address is in their way. */
	scene_blob(&scene, 0x100, PADDR + 0x2000, 0);
	scene_expect_no_plan("blob", &scene, PVHBOOT_OVERLAP, "free RAM for the segment", &want);
	scene_close(&scene);

	moving.has_reloc = 1;
	scene_open_pc(&scene, &moving);
	scene_blob(&scene, 0x100, PADDR + 0x2000, 0);
	scene_expect_plan("moves", &scene, 0);
	ck_assert_uint_ne(scene.plan.slide, 0);
	scene_close(&scene);
}
END_TEST

START_TEST(edge_056_dom0)
{
	static const struct {
		const char *name;
		int has_note;
		uint32_t supported;
		uint32_t flags;
		int fails;
	} rows[] = {
		{ "no note", 0, 0, PVHBOOT_REQUEST_DOM0, 0 },
		{ "listed", 1, 0x800, PVHBOOT_REQUEST_DOM0, 0 },
		{ "all", 1, UINT32_MAX, PVHBOOT_REQUEST_DOM0, 0 },
		{ "not listed", 1, ~0x800u, PVHBOOT_REQUEST_DOM0, 1 },
		{ "nothing", 1, 0, PVHBOOT_REQUEST_DOM0, 1 },
		{ "not asked for", 1, 0, 0, 0 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct finding want =
			at_all(PVHBOOT_SUBJECT_KERNEL, rows[i].supported, 0x800);
		struct start_info info;
		struct scene scene;
		struct blob notes = { 0 };
		struct elf elf;

		kernel_begin(&elf, &(struct kernel_spec){ .notes = KERNEL_NOTES_NONE });
		note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, PADDR);
		if (rows[i].has_note)
			note_xen_number(&notes, XEN_SUPPORTED_FEATURES, 4, rows[i].supported);
		elf_add_notes(&elf, &notes);
		blob_free(&notes);
		elf_finish(&elf);
		scene_open_elf(&scene, &elf);
		scene_map(&scene, MIB, 63 * MIB, PVHBOOT_MAP_RAM);
		scene.request.flags = rows[i].flags;
		if (rows[i].fails) {
			scene_expect_no_plan(rows[i].name, &scene, PVHBOOT_UNSUPPORTED,
					     "XENFEAT_dom0", &want);
		} else {
			scene_expect_plan(rows[i].name, &scene, 0);
			expect_true(rows[i].name, start_read(&scene.plan, &info) == 1);
			/* SIF_PRIVILEGED, SIF_INITDOMAIN */
			expect_eq(rows[i].name, info.flags, rows[i].flags ? 3 : 0);
		}
		scene_close(&scene);
	}
}
END_TEST

static void expect_flat(const char *row, const struct pvhboot_cpu_segment *segment, uint16_t access)
{
	expect_eq(row, segment->base, 0);
	expect_eq(row, segment->limit, 0xffffffff);
	expect_eq(row, segment->access, access);
}

/* docs/misc/pvh.pandoc: "ebx: contains the physical memory address where the
 * loader has placed the boot start info structure"; "cr0: bit 0 (PE) must be set.
 * All the other writeable bits are cleared"; "cr4: all bits are cleared"; "cs: must
 * be a 32-bit read/execute code segment with a base of 0 and a limit of
 * 0xFFFFFFFF"; "ds, es, ss: must be a 32-bit read/write data segment" with the
 * same; "tr: must be a 32-bit TSS (active) with a base of 0 and a limit of 0x67";
 * "eflags: bit 17 (VM) must be cleared. Bit 9 (IF) must be cleared. Bit 8 (TF)
 * must be cleared. Other bits are all unspecified". */
START_TEST(edge_113_registers)
{
	struct pvhboot_cpu cpu;
	struct scene scene;

	memset(&cpu, 0xee, sizeof(cpu));
	scene_open_pc(&scene, NULL);
	scene_expect_plan("registers", &scene, 0);
	pvhboot_plan_cpu(&scene.plan, &cpu);
	ck_assert_uint_eq(cpu.rip, PADDR + 0x40);
	ck_assert_uint_eq(cpu.rbx, scene.plan.start_info);
	/* ET, bit 4 of cr0, is hard-wired. */
	ck_assert_uint_eq(cpu.cr0, (1 << 0) | (1 << 4));
	ck_assert_uint_eq(cpu.cr4, 0);
	ck_assert_uint_eq(cpu.efer, 0);
	ck_assert_uint_eq(cpu.rflags & ((1 << 17) | (1 << 9) | (1 << 8)), 0);
	ck_assert_uint_eq(cpu.rflags, 1 << 1);
	/* G and D/B; P, S, and the types "execute/read, accessed" and "read/write,
	 * accessed". */
	expect_flat("cs", &cpu.cs, 0xc00 | 0x90 | 0xb);
	expect_flat("data", &cpu.data, 0xc00 | 0x90 | 0x3);
	/* P, and the type "32-bit TSS (busy)". */
	ck_assert_uint_eq(cpu.tr.access, 0x80 | 0xb);
	ck_assert_uint_eq(cpu.tr.base, 0);
	ck_assert_uint_eq(cpu.tr.limit, 0x67);
	scene_close(&scene);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("edge_plan");
	TCase *map = suite_case(suite, "map");
	TCase *places = suite_case(suite, "places");
	TCase *block = suite_case(suite, "block");
	TCase *kernel = suite_case(suite, "kernel");

	tcase_add_test(map, edge_096_map_in_any_shape);
	tcase_add_test(map, edge_096_stronger_type_wins);
	tcase_add_test(map, edge_096_more_than_128_entries);
	tcase_add_test(map, edge_097_bad_map_entries);
	tcase_add_test(map, edge_097_persistent_memory);

	tcase_add_test(places, edge_098_kernel_in_two_entries);
	tcase_add_test(places, edge_099_kernel_over_mmio);
	tcase_add_test(places, edge_099_initrd_over_lapic);
	tcase_add_test(places, edge_100_initrd_above_4_gib);
	tcase_add_test(places, edge_100_across_4_gib);
	tcase_add_test(places, edge_101_initrd_of_0_bytes);
	tcase_add_test(places, edge_101_initrd_aligned);
	tcase_add_test(places, edge_101_initrd_unaligned);
	tcase_add_test(places, edge_102_exact_fit);

	tcase_add_test(block, edge_103_no_modules);
	tcase_add_test(block, edge_104_module_without_cmdline);
	tcase_add_test(block, edge_105_sizes_of_cmdline);
	tcase_add_test(block, edge_105_limit_of_linux);
	tcase_add_test(block, edge_106_start_info_version_1);
	tcase_add_test(block, edge_106_start_info_version_0);
	tcase_add_test(block, edge_107_below_1_mib);
	tcase_add_test(block, edge_107_asked_for);
	tcase_add_test(block, edge_108_addresses_of_the_block);
	tcase_add_test(block, edge_109_freebsd);
	tcase_add_test(block, edge_110_ovmf);
	tcase_add_test(block, edge_113_registers);

	tcase_add_test(kernel, edge_056_dom0);
	tcase_add_test(kernel, edge_111_bsd_symtab);
	tcase_add_test(kernel, edge_111_no_symtab);
	tcase_add_test(kernel, edge_111_tables_not_in_the_image);
	tcase_add_test(kernel, edge_111_symbols_above_4_gib);
	tcase_add_test(kernel, edge_112_symbols_first);
	return suite_run(suite);
}
