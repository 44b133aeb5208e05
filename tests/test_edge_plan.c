/* SPDX-License-Identifier: MIT */
/* Rows 96 to 113 of edge-cases.md: placement, the start_info, registers. */

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

static void expect_no_plan(const char *row, struct scene *scene, enum pvhboot_status status,
			   const char *rule, const struct finding *want)
{
	expect_status(row, scene_plan(scene), status);
	expect_failure(row, &scene->diag, status, want);
	expect_rule(row, &scene->diag.failure, rule);
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
			expect_rule("types", &scene.diag.warnings[0], "more restrictive wins");
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
			expect_rule("many", &scene.diag.warnings[0], "Linux reads all entries");
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
		  "gpa + size does not wrap",
		  2,
		  0 },
		{ "wraps far",
		  { 0x1000, UINT64_MAX, PVHBOOT_MAP_RESERVED, 0 },
		  PVHBOOT_RANGE,
		  "gpa + size does not wrap",
		  UINT64_MAX,
		  UINT64_MAX - 0x1000 },
		{ "type 0", { GIB, 0x1000, 0, 0 }, PVHBOOT_INVAL, "map type is 1 to 7", 0, 7 },
		{ "type 8", { GIB, 0x1000, 8, 0 }, PVHBOOT_INVAL, "map type is 1 to 7", 8, 7 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct finding want =
			at_index(PVHBOOT_SUBJECT_MAP, 2, rows[i].found, rows[i].bound);
		struct scene scene;

		want.says |= SAYS_OFFSET;
		want.offset = rows[i].entry.gpa;
		scene_open_pc(&scene, NULL);
		scene_map(&scene, rows[i].entry.gpa, rows[i].entry.size, rows[i].entry.type);
		expect_no_plan(rows[i].name, &scene, rows[i].status, rows[i].rule, &want);
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
	expect_no_plan("a byte", &scene, PVHBOOT_OVERLAP, "linked to free RAM", &want);
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
	expect_no_plan("no RAM", &scene, PVHBOOT_OVERLAP, "linked to free RAM", &want);
	scene.map[0].size += 64 * MIB;
	scene_map(&scene, 0xfc000000u, 64 * MIB, PVHBOOT_MAP_RESERVED);
	expect_no_plan("reserved", &scene, PVHBOOT_OVERLAP, "linked to free RAM", &want);
	expect_rule("reserved", &scene.diag.warnings[0], "more restrictive wins");
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

/* There is no way yet to allow it. */
START_TEST(edge_100_initrd_above_4_gib)
{
	struct finding want =
		at_index(PVHBOOT_SUBJECT_MODULE, 0, 100 << 20, 64 * MIB - (PADDR + 0x3000));
	struct scene scene;
	uint8_t byte = 0;

	scene_open_pc(&scene, NULL);
	scene_map(&scene, 4 * GIB, 64 * GIB, PVHBOOT_MAP_RAM);
	/* The planner reads none of its bytes. */
	scene.modules[0].bytes = (struct pvhboot_bytes){ &byte, 100 << 20 };
	scene.request.n_modules = 1;
	expect_no_plan("above", &scene, PVHBOOT_NOROOM, "largest free range", &want);
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
	expect_rule("empty", &scene.diag.warnings[0], "a module has bytes, or it is left out");
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
	expect_no_plan("a byte less", &scene, PVHBOOT_NOROOM, "largest free range", &want);
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

/* Without any profile: every address of a command line leads to a string. */
START_TEST(edge_104_module_without_cmdline)
{
	static const char *const cmdlines[] = { NULL, "" };

	for (size_t i = 0; i < N_OF(cmdlines); i++) {
		struct start_module module;
		struct start_info info;
		struct scene scene;

		scene_open_pc(&scene, NULL);
		scene.request.cmdline = cmdlines[i];
		scene_module(&scene, 3, cmdlines[i]);
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

/* Without any profile there is no limit but memory. */
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
		scene.request.cmdline = text;
		scene_expect_plan(row, &scene, 0);
		expect_true(row, start_read(&scene.plan, &info) == 1);
		expect_eq(row, strlen(start_string(&scene.plan, info.cmdline_paddr)), sizes[i]);
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
	expect_no_plan("low RAM", &scene, PVHBOOT_NOROOM, "largest free range", &want);
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
		scene.request.cmdline = "console=ttyS0";
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
	ck_assert_uint_eq(cpu.eip, PADDR + 0x40);
	ck_assert_uint_eq(cpu.ebx, scene.plan.start_info);
	/* ET, bit 4 of cr0, is hard-wired. */
	ck_assert_uint_eq(cpu.cr0, (1 << 0) | (1 << 4));
	ck_assert_uint_eq(cpu.cr4, 0);
	ck_assert_uint_eq(cpu.efer, 0);
	ck_assert_uint_eq(cpu.eflags & ((1 << 17) | (1 << 9) | (1 << 8)), 0);
	ck_assert_uint_eq(cpu.eflags, 1 << 1);
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

	tcase_add_test(map, edge_096_map_in_any_shape);
	tcase_add_test(map, edge_096_stronger_type_wins);
	tcase_add_test(map, edge_096_more_than_128_entries);
	tcase_add_test(map, edge_097_bad_map_entries);
	tcase_add_test(map, edge_097_persistent_memory);

	tcase_add_test(places, edge_098_kernel_in_two_entries);
	tcase_add_test(places, edge_099_kernel_over_mmio);
	tcase_add_test(places, edge_099_initrd_over_lapic);
	tcase_add_test(places, edge_100_initrd_above_4_gib);
	tcase_add_test(places, edge_101_initrd_of_0_bytes);
	tcase_add_test(places, edge_101_initrd_unaligned);
	tcase_add_test(places, edge_102_exact_fit);

	tcase_add_test(block, edge_103_no_modules);
	tcase_add_test(block, edge_104_module_without_cmdline);
	tcase_add_test(block, edge_105_sizes_of_cmdline);
	tcase_add_test(block, edge_106_start_info_version_1);
	tcase_add_test(block, edge_107_below_1_mib);
	tcase_add_test(block, edge_108_addresses_of_the_block);
	tcase_add_test(block, edge_113_registers);
	return suite_run(suite);
}
