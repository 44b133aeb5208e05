/* SPDX-License-Identifier: MIT */
/* plan.h: the start_info block as a guest reads it, and the memory map in it. */

#include <pvhboot/plan.h>
#include <pvhboot/wire/start_info.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/scene.h"
#include "support/startread.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define PADDR ((uint64_t)KERNEL_PADDR)

/* The header's structs against the ABI's numbers. */
START_TEST(wire_layout)
{
	ck_assert_uint_eq(PVHBOOT_WIRE_START_MAGIC, 0x336ec578);
	ck_assert_uint_eq(sizeof(struct pvhboot_wire_start_info), 56);
	ck_assert_uint_eq(sizeof(struct pvhboot_wire_module), 32);
	ck_assert_uint_eq(sizeof(struct pvhboot_wire_map_entry), 24);
	ck_assert_uint_eq(PVHBOOT_WIRE_START_INFO_SIZE, 56);
	ck_assert_uint_eq(PVHBOOT_WIRE_MODULE_SIZE, 32);
	ck_assert_uint_eq(PVHBOOT_WIRE_MAP_ENTRY_SIZE, 24);
	ck_assert_uint_eq(offsetof(struct pvhboot_wire_start_info, nr_modules), 12);
	ck_assert_uint_eq(offsetof(struct pvhboot_wire_start_info, modlist_paddr), 16);
	ck_assert_uint_eq(offsetof(struct pvhboot_wire_start_info, rsdp_paddr), 32);
	ck_assert_uint_eq(offsetof(struct pvhboot_wire_start_info, memmap_paddr), 40);
	ck_assert_uint_eq(offsetof(struct pvhboot_wire_start_info, memmap_entries), 48);
}
END_TEST

/* Every byte of a small block, written down. */
START_TEST(bytes_of_a_block)
{
	struct scene scene;
	struct blob want = { 0 };
	uint64_t at;

	scene_open(&scene, NULL);
	scene_map(&scene, 0x100000, 63 * MIB, PVHBOOT_MAP_RAM);
	scene_map(&scene, 0xfee00000u, 0x1000, PVHBOOT_MAP_RESERVED);
	scene_module(&scene, 10, "initrd");
	scene.request.cmdline = pvhboot_text("quiet");
	scene.request.rsdp = 0xe0010;
	scene_expect_plan("block", &scene, 0);
	at = scene.plan.start_info;

	blob_put(&want, 4, 0x336ec578);
	blob_put(&want, 4, 1); /* version */
	blob_put(&want, 4, 0); /* flags */
	blob_put(&want, 4, 1); /* nr_modules */
	blob_put(&want, 8, at + 56 + 2 * 24);
	blob_put(&want, 8, at + 56 + 2 * 24 + 32);
	blob_put(&want, 8, 0xe0010);
	blob_put(&want, 8, at + 56);
	blob_put(&want, 4, 2);
	blob_put(&want, 4, 0);
	blob_put(&want, 8, 0x100000); /* map */
	blob_put(&want, 8, 63 * MIB);
	blob_put(&want, 4, 1);
	blob_put(&want, 4, 0);
	blob_put(&want, 8, 0xfee00000u);
	blob_put(&want, 8, 0x1000);
	blob_put(&want, 4, 2);
	blob_put(&want, 4, 0);
	blob_put(&want, 8, at + 0x1000); /* the module */
	blob_put(&want, 8, 10);
	blob_put(&want, 8, at + 56 + 2 * 24 + 32 + 6);
	blob_put(&want, 8, 0);
	blob_append(&want, "quiet\0initrd", 13);
	/* plan.h does not promise this order of parts: should it change, check that
	 * the new block is what is wanted and write it down here. */
	ck_assert_uint_eq(scene.plan.info.size, want.size);
	ck_assert_int_eq(memcmp(scene.plan.info.data, want.data, want.size), 0);
	blob_free(&want);
	scene_close(&scene);
}
END_TEST

START_TEST(command_lines)
{
	static const size_t sizes[] = { 0, 1, 2, 1023, 2047, 2048, 4095, 4096, 65536, 1 << 20 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *text = must_alloc(sizes[i] + 1);
		struct scene scene;
		char row[32];

		snprintf(row, sizeof(row), "%zu bytes", sizes[i]);
		memset(text, 'c', sizes[i]);
		scene_open_pc(&scene, NULL);
		scene.request.cmdline = pvhboot_text(text);
		scene_module(&scene, 3, text);
		scene_module(&scene, 4, "");
		scene_module(&scene, 5, NULL);
		scene_module(&scene, 6, text);
		scene_expect_plan(row, &scene, 0);
		expect_true(row, scene.plan.info.size >= 56 + 24 * 2 + 32 * 4 + sizes[i] + 1);
		free(text);
		scene_close(&scene);
	}
}
END_TEST

/* "cmdline_paddr: the ABI allows 0, this library never writes it" */
START_TEST(no_command_lines)
{
	struct start_info info;
	struct start_module module;
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_module(&scene, 3, NULL);
	scene_expect_plan("none", &scene, 0);
	ck_assert_int_eq(start_read(&scene.plan, &info), 1);
	ck_assert_uint_ne(info.cmdline_paddr, 0);
	ck_assert_str_eq(start_string(&scene.plan, info.cmdline_paddr), "");
	ck_assert_int_eq(start_read_module(&scene.plan, &info, 0, &module), 1);
	ck_assert_uint_ne(module.cmdline_paddr, 0);
	ck_assert_str_eq(start_string(&scene.plan, module.cmdline_paddr), "");
	scene_close(&scene);
}
END_TEST

START_TEST(no_modules)
{
	struct start_info info;
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_expect_plan("none", &scene, 0);
	ck_assert_int_eq(start_read(&scene.plan, &info), 1);
	ck_assert_uint_eq(info.nr_modules, 0);
	ck_assert_uint_eq(info.modlist_paddr, 0);
	/* Modules without bytes are none. */
	scene_module(&scene, 0, "empty");
	scene_expect_plan("empty", &scene, 1);
	ck_assert_int_eq(start_read(&scene.plan, &info), 1);
	ck_assert_uint_eq(info.nr_modules, 0);
	ck_assert_uint_eq(info.modlist_paddr, 0);
	scene_close(&scene);
}
END_TEST

/* The first of the request is the first of the list: Linux takes it for the initrd. */
START_TEST(order_of_modules)
{
	struct start_module module;
	struct start_info info;
	struct scene scene;

	scene_open(&scene, NULL);
	scene_map(&scene, PADDR, 0x4000, PVHBOOT_MAP_RAM);
	scene_map(&scene, 2 * MIB, MIB, PVHBOOT_MAP_RAM);
	/* The first does not fit above the kernel, the second does. */
	scene_module(&scene, 0x5000, "one");
	scene_module(&scene, 0x0, "left out");
	scene_module(&scene, 0x1000, "two");
	scene_expect_plan("order", &scene, 1);
	ck_assert_int_eq(start_read(&scene.plan, &info), 1);
	ck_assert_uint_eq(info.nr_modules, 2);
	ck_assert_int_eq(start_read_module(&scene.plan, &info, 0, &module), 1);
	ck_assert_uint_eq(module.paddr, 2 * MIB);
	ck_assert_uint_eq(module.size, 0x5000);
	ck_assert_str_eq(start_string(&scene.plan, module.cmdline_paddr), "one");
	ck_assert_int_eq(start_read_module(&scene.plan, &info, 1, &module), 1);
	ck_assert_uint_eq(module.paddr, PADDR + 0x3000);
	ck_assert_str_eq(start_string(&scene.plan, module.cmdline_paddr), "two");
	scene_close(&scene);
}
END_TEST

START_TEST(rsdp)
{
	static const uint64_t values[] = { 0, 1, 0xe0010, UINT64_MAX };

	for (size_t i = 0; i < 4; i++) {
		struct scene scene;

		scene_open_pc(&scene, NULL);
		scene.request.rsdp = values[i];
		/* start_expect() compares it. */
		scene_expect_plan("rsdp", &scene, 0);
		scene_close(&scene);
	}
}
END_TEST

/*
 * What the map becomes. RAM for all else is [16 MiB, 64 MiB), behind what the
 * rows have. Entries of size 0 end the lists.
 */
struct map_row {
	const char *name;
	struct pvhboot_map_entry in[6];
	struct pvhboot_map_entry out[8];
	size_t n_warnings;
};

#define RAM PVHBOOT_MAP_RAM
#define RSV PVHBOOT_MAP_RESERVED
#define ACPI PVHBOOT_MAP_ACPI
#define NVS PVHBOOT_MAP_NVS
#define BAD PVHBOOT_MAP_UNUSABLE
#define PMEM PVHBOOT_MAP_PMEM

/* clang-format off */
static const struct map_row map_rows[] = {
	{ "nothing", { { 0, 0, 0, 0 } }, { { 0, 0, 0, 0 } }, 0 },
	{ "one", { { 0x1000, 0x1000, RAM, 0 } }, { { 0x1000, 0x1000, RAM, 0 } }, 0 },
	{ "unsorted", { { 0x5000, 0x1000, RAM, 0 }, { 0x1000, 0x1000, RAM, 0 }, { 0x3000, 0x1000,
	  RSV, 0 } }, { { 0x1000, 0x1000, RAM, 0 }, { 0x3000, 0x1000, RSV, 0 }, { 0x5000, 0x1000,
	  RAM, 0 } }, 0 },
	{ "touching, one type", { { 0x1000, 0x1000, RAM, 0 }, { 0x2000, 0x1000, RAM, 0 } },
	  { { 0x1000, 0x2000, RAM, 0 } }, 0 },
	{ "touching, unsorted", { { 0x2000, 0x1000, RSV, 0 }, { 0x1000, 0x1000, RSV, 0 } },
	  { { 0x1000, 0x2000, RSV, 0 } }, 0 },
	{ "touching, two types", { { 0x1000, 0x1000, RAM, 0 }, { 0x2000, 0x1000, RSV, 0 } },
	  { { 0x1000, 0x1000, RAM, 0 }, { 0x2000, 0x1000, RSV, 0 } }, 0 },
	{ "the same twice", { { 0x1000, 0x1000, NVS, 0 }, { 0x1000, 0x1000, NVS, 0 } }, { { 0x1000,
	  0x1000, NVS, 0 } }, 0 },
	{ "overlapping, one type", { { 0x1000, 0x2000, RAM, 0 }, { 0x2000, 0x2000, RAM, 0 } },
	  { { 0x1000, 0x3000, RAM, 0 } }, 0 },
	{ "one inside another, one type", { { 0x1000, 0x4000, RAM, 0 }, { 0x2000, 0x1000, RAM,
	  0 } }, { { 0x1000, 0x4000, RAM, 0 } }, 0 },
	{ "a hole in RAM", { { 0x1000, 0x4000, RAM, 0 }, { 0x2000, 0x1000, RSV, 0 } }, { { 0x1000,
	  0x1000, RAM, 0 }, { 0x2000, 0x1000, RSV, 0 }, { 0x3000, 0x2000, RAM, 0 } }, 1 },
	{ "a hole in RAM, given first", { { 0x2000, 0x1000, RSV, 0 }, { 0x1000, 0x4000, RAM, 0 } },
	  { { 0x1000, 0x1000, RAM, 0 }, { 0x2000, 0x1000, RSV, 0 }, { 0x3000, 0x2000, RAM, 0 } },
	  1 },
	{ "RAM in a hole", { { 0x1000, 0x4000, RSV, 0 }, { 0x2000, 0x1000, RAM, 0 } }, { { 0x1000,
	  0x4000, RSV, 0 } }, 1 },
	{ "all of it", { { 0x1000, 0x1000, RAM, 0 }, { 0x1000, 0x1000, ACPI, 0 } }, { { 0x1000,
	  0x1000, ACPI, 0 } }, 1 },
	{ "a bite from the left", { { 0x1000, 0x2000, RSV, 0 }, { 0x2000, 0x2000, RAM, 0 } },
	  { { 0x1000, 0x2000, RSV, 0 }, { 0x3000, 0x1000, RAM, 0 } }, 1 },
	{ "a bite from the right", { { 0x1000, 0x2000, RAM, 0 }, { 0x2000, 0x2000, RSV, 0 } },
	  { { 0x1000, 0x1000, RAM, 0 }, { 0x2000, 0x2000, RSV, 0 } }, 1 },
	{ "two conflicts", { { 0x1000, 0x5000, RAM, 0 }, { 0x2000, 0x1000, RSV, 0 }, { 0x4000,
	  0x1000, NVS, 0 } }, { { 0x1000, 0x1000, RAM, 0 }, { 0x2000, 0x1000, RSV, 0 }, { 0x3000,
	  0x1000, RAM, 0 }, { 0x4000, 0x1000, NVS, 0 }, { 0x5000, 0x1000, RAM, 0 } }, 2 },
	{ "Xen's RSDP at the end of low RAM", { { 0, 0x100000, RAM, 0 }, { 0xfffc0, 64, NVS, 0 } },
	  { { 0, 0xfffc0, RAM, 0 }, { 0xfffc0, 64, NVS, 0 } }, 1 },
	{ "of size 0", { { 0x1000, 0x1000, RAM, 0 }, { 0x1800, 0, RSV, 0 }, { 0x9000, 0, RAM, 0 } },
	  { { 0x1000, 0x1000, RAM, 0 } }, 0 },
	{ "every type", { { 0x1000, 0x100, RAM, 0 }, { 0x2000, 0x100, RSV, 0 }, { 0x3000, 0x100,
	  ACPI, 0 }, { 0x4000, 0x100, NVS, 0 }, { 0x5000, 0x100, BAD, 0 }, { 0x6000, 0x100, PMEM,
	  0 } }, { { 0x1000, 0x100, RAM, 0 }, { 0x2000, 0x100, RSV, 0 }, { 0x3000, 0x100, ACPI, 0 },
	  { 0x4000, 0x100, NVS, 0 }, { 0x5000, 0x100, BAD, 0 }, { 0x6000, 0x100, PMEM, 0 } }, 0 },
	{ "disabled memory", { { 0x1000, 0x100, PVHBOOT_MAP_DISABLED, 0 } }, { { 0x1000, 0x100,
	  PVHBOOT_MAP_DISABLED, 0 } }, 0 },
	{ "nested three deep", { { 0x1000, 0x6000, RAM, 0 }, { 0x2000, 0x4000, ACPI, 0 }, { 0x3000,
	  0x1000, BAD, 0 } }, { { 0x1000, 0x1000, RAM, 0 }, { 0x2000, 0x1000, ACPI, 0 }, { 0x3000,
	  0x1000, BAD, 0 }, { 0x4000, 0x2000, ACPI, 0 }, { 0x6000, 0x1000, RAM, 0 } }, 1 },
};
/* clang-format on */

START_TEST(merged_map)
{
	const struct map_row *row = &map_rows[_i];
	struct scene scene;
	size_t n = 0;

	scene_open(&scene, NULL);
	scene_map(&scene, PADDR, 48 * MIB, RAM);
	for (size_t i = 0; i < 6 && row->in[i].type; i++)
		scene_map(&scene, row->in[i].gpa, row->in[i].size, row->in[i].type);
	scene_expect_plan(row->name, &scene, row->n_warnings);
	for (; n < 8 && row->out[n].size; n++) {
		expect_true(row->name, n < scene.plan.n_map);
		expect_eq(row->name, scene.plan.map[n].gpa, row->out[n].gpa);
		expect_eq(row->name, scene.plan.map[n].size, row->out[n].size);
		expect_eq(row->name, scene.plan.map[n].type, row->out[n].type);
	}
	expect_eq(row->name, scene.plan.n_map, n + 1);
	expect_eq(row->name, scene.plan.map[n].gpa, PADDR);
	expect_eq(row->name, scene.plan.map[n].size, 48 * MIB);
	for (size_t i = 0; i < row->n_warnings; i++)
		expect_finding(row->name, &scene.diag.warnings[i],
			       &(struct finding){ .says = SAYS_STAGE | SAYS_SUBJECT,
						  .stage = PVHBOOT_STAGE_PLAN,
						  .subject = PVHBOOT_SUBJECT_MAP });
	scene_close(&scene);
}
END_TEST

/* Which of two types that overlap wins, whatever the order of the entries. */
START_TEST(any_two_types)
{
	static const uint32_t order[] = { RAM, ACPI, NVS, PMEM, RSV, PVHBOOT_MAP_DISABLED, BAD };

	for (size_t k = 0; k < 2 * 7 * 7; k++) {
		size_t a = k / 2 / 7;
		size_t b = k / 2 % 7;
		struct scene scene;
		char row[32];

		snprintf(row, sizeof(row), "types %u and %u", order[a], order[b]);
		scene_open(&scene, NULL);
		scene_map(&scene, PADDR, 48 * MIB, RAM);
		scene_map(&scene, 0x1000, 0x1000, order[k % 2 ? b : a]);
		scene_map(&scene, 0x1000, 0x1000, order[k % 2 ? a : b]);
		scene_expect_plan(row, &scene, a != b);
		expect_eq(row, scene.plan.n_map, 2);
		expect_eq(row, scene.plan.map[0].type, order[a > b ? a : b]);
		scene_close(&scene);
	}
}
END_TEST

/* Linux reads 128 entries: what leaves counts, not what came. */
START_TEST(many_map_entries)
{
	static const size_t counts[] = { 127, 128, 129, 300 };

	for (size_t i = 0; i < 4; i++) {
		struct pvhboot_map_entry *map = must_alloc((counts[i] + 300) * sizeof(*map));
		struct scene scene;
		char row[32];

		snprintf(row, sizeof(row), "%zu entries", counts[i]);
		scene_open(&scene, NULL);
		map[0] = (struct pvhboot_map_entry){ PADDR, MIB, RAM, 0 };
		for (size_t k = 1; k < counts[i]; k++)
			map[k] =
				(struct pvhboot_map_entry){ 32 * MIB + k * 0x2000, 0x1000, RAM, 0 };
		/* 300 more that are parts of the first one. */
		for (size_t k = 0; k < 300; k++)
			map[counts[i] + k] =
				(struct pvhboot_map_entry){ PADDR + k * 0x1000, 0x1000, RAM, 0 };
		/* The last one ends above the first: they make one of 1.17 MiB. */
		scene.request.map = map;
		scene.request.n_map = counts[i] + 300;
		scene_expect_plan(row, &scene, counts[i] > 128);
		expect_eq(row, scene.plan.n_map, counts[i]);
		if (counts[i] > 128)
			expect_finding(
				row, &scene.diag.warnings[0],
				&(struct finding){ .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NUMBERS,
						   .stage = PVHBOOT_STAGE_PLAN,
						   .subject = PVHBOOT_SUBJECT_MAP,
						   .found = counts[i],
						   .bound = 128 });
		free(map);
		scene_close(&scene);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("info");
	TCase *block = suite_case(suite, "block");
	TCase *map = suite_case(suite, "map");

	tcase_add_test(block, wire_layout);
	tcase_add_test(block, bytes_of_a_block);
	tcase_add_test(block, command_lines);
	tcase_add_test(block, no_command_lines);
	tcase_add_test(block, no_modules);
	tcase_add_test(block, order_of_modules);
	tcase_add_test(block, rsdp);

	tcase_add_loop_test(map, merged_map, 0, sizeof(map_rows) / sizeof(map_rows[0]));
	tcase_add_test(map, any_two_types);
	tcase_add_test(map, many_map_entries);
	return suite_run(suite);
}
