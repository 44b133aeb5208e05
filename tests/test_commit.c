/* SPDX-License-Identifier: MIT */
/* boot.h: pvhboot_plan_commit() and pvhboot_plan_cpu(). */

#include <pvhboot/boot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/fakemem.h"
#include "support/scene.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define PADDR ((uint64_t)KERNEL_PADDR)
#define ZEROED PVHBOOT_MEMORY_ZEROED

/*
 * A plan with every kind of place: segment 0 with bytes alone, segment 1 with
 * bss behind its bytes, segment 2 of bss alone, the block, two modules.
 */
enum { BYTES, BYTES_AND_BSS, BSS, BLOCK, MODULE0, MODULE1, N_PLACES };

struct stage {
	struct scene scene;
	struct fakemem mem;
	struct pvhboot_diag diag;
};

static void stage_open(struct stage *stage, uint8_t fill)
{
	static const struct elf_phdr bss = {
		.type = 1, .flags = 6, .paddr = PADDR + 0x2000, .memsz = 0x456
	};
	struct pvhboot_diag diag = { 0 };

	memset(stage, 0, sizeof(*stage));
	scene_open_pc(&stage->scene, NULL);
	elf_free(&stage->scene.elf);
	kernel_begin(&stage->scene.elf, &(struct kernel_spec){ 0 });
	elf_add(&stage->scene.elf, &bss, NULL, 0);
	elf_finish(&stage->scene.elf);
	expect_status("kernel",
		      pvhboot_kernel_open(blob_view(&stage->scene.elf.image), 0,
					  &stage->scene.kernel, &diag),
		      PVHBOOT_OK);
	scene_module(&stage->scene, 0x1800, "initrd");
	scene_module(&stage->scene, 1, NULL);
	scene_expect_plan("stage", &stage->scene, 0);
	ck_assert_uint_eq(stage->scene.plan.n_places, N_PLACES);
	stage->mem.fill = fill;
	fakemem_add(&stage->mem, PADDR - 0x1000, 0x10000);
}

static void stage_close(struct stage *stage)
{
	fakemem_close(&stage->mem);
	scene_close(&stage->scene);
}

static enum pvhboot_status commit(struct stage *stage, unsigned int ops, uint32_t flags)
{
	struct pvhboot_memory memory = fakemem_open(&stage->mem, ops, flags);

	memset(&stage->diag, 0, sizeof(stage->diag));
	return pvhboot_plan_commit(&stage->scene.plan, &memory, &stage->diag);
}

static const struct {
	const char *name;
	unsigned int ops;
	uint32_t flags;
} ways[] = {
	{ "map", FAKEMEM_MAP, 0 },
	{ "map, zeroed", FAKEMEM_MAP, ZEROED },
	{ "write and zero", FAKEMEM_WRITE | FAKEMEM_ZERO, 0 },
	{ "write and zero, zeroed", FAKEMEM_WRITE | FAKEMEM_ZERO, ZEROED },
	{ "write alone, zeroed", FAKEMEM_WRITE, ZEROED },
	{ "all", FAKEMEM_ALL, 0 },
	{ "all, zeroed", FAKEMEM_ALL, ZEROED },
	{ "map and write, zeroed", FAKEMEM_MAP | FAKEMEM_WRITE, ZEROED },
};

/* Whichever way, the guest's memory is the same afterwards. */
START_TEST(memory_afterwards)
{
	const char *row = ways[_i].name;
	struct stage stage;

	stage_open(&stage, ways[_i].flags & ZEROED ? 0 : 0xcc);
	expect_status(row, commit(&stage, ways[_i].ops, ways[_i].flags), PVHBOOT_OK);
	expect_success(row, &stage.diag, 0);
	expect_eq(row, fakemem_first_wrong_place(&stage.mem, &stage.scene.plan), N_PLACES);
	expect_true(row, fakemem_untouched_outside(&stage.mem, &stage.scene.plan));
	expect_eq(row, stage.mem.n_refused, 0);
	stage_close(&stage);
}
END_TEST

/* Which calls are made, for what, and in which order. */
START_TEST(calls_of_map)
{
	struct stage stage;

	stage_open(&stage, 0xcc);
	expect_status("map", commit(&stage, FAKEMEM_ALL, 0), PVHBOOT_OK);
	/* map is asked for all places, which are neighbours, and nothing else is called. */
	ck_assert_uint_eq(stage.mem.n_calls, 1);
	ck_assert_int_eq(stage.mem.calls[0].op, FAKEMEM_MAP);
	ck_assert_uint_eq(stage.mem.calls[0].gpa, PADDR);
	ck_assert_uint_eq(stage.mem.calls[0].size, 0x6001);
	stage_close(&stage);
}
END_TEST

START_TEST(calls_of_write_and_zero)
{
	static const struct fakemem_call want[] = {
		{ FAKEMEM_WRITE, PADDR, 0x300 },           { FAKEMEM_WRITE, PADDR + 0x1000, 0x300 },
		{ FAKEMEM_ZERO, PADDR + 0x1300, 0x500 },   { FAKEMEM_ZERO, PADDR + 0x2000, 0x456 },
		{ FAKEMEM_WRITE, PADDR + 0x3000, 0 }, /* the block, of its own size */
		{ FAKEMEM_WRITE, PADDR + 0x4000, 0x1800 }, { FAKEMEM_WRITE, PADDR + 0x6000, 1 },
	};
	struct stage stage;

	stage_open(&stage, 0xcc);
	expect_status("write", commit(&stage, FAKEMEM_WRITE | FAKEMEM_ZERO, 0), PVHBOOT_OK);
	ck_assert_uint_eq(stage.mem.n_calls, 7);
	for (size_t i = 0; i < 7; i++) {
		ck_assert_int_eq(stage.mem.calls[i].op, want[i].op);
		ck_assert_uint_eq(stage.mem.calls[i].gpa, want[i].gpa);
		ck_assert_uint_eq(stage.mem.calls[i].size,
				  want[i].size ? want[i].size : stage.scene.plan.info.size);
	}
	stage_close(&stage);
}
END_TEST

/* "what a place does not have bytes for (bss) is not written" */
START_TEST(calls_under_zeroed)
{
	struct stage stage;

	stage_open(&stage, 0);
	expect_status("zeroed", commit(&stage, FAKEMEM_WRITE | FAKEMEM_ZERO, ZEROED), PVHBOOT_OK);
	ck_assert_uint_eq(stage.mem.n_calls, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(stage.mem.calls[i].op, FAKEMEM_WRITE);
	stage_close(&stage);
}
END_TEST

/* With map too, bytes behind a source are left as they are. */
START_TEST(map_under_zeroed)
{
	struct stage stage;
	const uint8_t *bss;

	stage_open(&stage, 0xcc);
	expect_status("zeroed", commit(&stage, FAKEMEM_MAP, ZEROED), PVHBOOT_OK);
	bss = fakemem_at(&stage.mem, PADDR + 0x1300, 0x500);
	for (size_t i = 0; i < 0x500; i++)
		ck_assert_uint_eq(bss[i], 0xcc);
	/* and no pointer is asked for where there would be nothing to write: a page between */
	ck_assert_uint_eq(stage.mem.n_calls, 2);
	ck_assert_uint_eq(stage.mem.calls[0].gpa, PADDR);
	ck_assert_uint_eq(stage.mem.calls[0].size, 0x1800);
	ck_assert_uint_eq(stage.mem.calls[1].gpa, PADDR + 0x3000);
	ck_assert_uint_eq(stage.mem.calls[1].size, 0x3001);
	stage_close(&stage);
}
END_TEST

/* What the caller puts there, the library does not touch. */
START_TEST(place_by_caller)
{
	for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
		struct pvhboot_place places[N_PLACES];
		struct stage stage;
		const uint8_t *at;

		stage_open(&stage, 0xcc);
		memcpy(places, stage.scene.plan.places, sizeof(places));
		stage.scene.plan.places = places;
		places[MODULE0].source = (struct pvhboot_bytes){ NULL, 0 };
		places[MODULE0].flags = PVHBOOT_PLACE_BY_CALLER;
		expect_status(ways[way].name, commit(&stage, ways[way].ops, ways[way].flags),
			      PVHBOOT_OK);
		at = fakemem_at(&stage.mem, places[MODULE0].gpa, 0x1800);
		for (size_t i = 0; i < 0x1800; i++)
			expect_eq(ways[way].name, at[i], 0xcc);
		for (size_t i = 0; i < stage.mem.n_calls; i++)
			expect_true(ways[way].name, stage.mem.calls[i].gpa != places[MODULE0].gpa);
		stage_close(&stage);
	}
}
END_TEST

/* One that lies between two others, in their pages. */
START_TEST(place_by_caller_between)
{
	for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
		struct pvhboot_place places[N_PLACES];
		struct stage stage;
		const uint8_t *at;

		stage_open(&stage, 0xcc);
		memcpy(places, stage.scene.plan.places, sizeof(places));
		stage.scene.plan.places = places;
		places[BSS].gpa = PADDR + 0x1900;
		places[BSS].size = 0x100;
		places[BSS].flags = PVHBOOT_PLACE_BY_CALLER;
		places[BLOCK].gpa = PADDR + 0x2000;
		expect_status(ways[way].name, commit(&stage, ways[way].ops, ways[way].flags),
			      PVHBOOT_OK);
		at = fakemem_at(&stage.mem, places[BSS].gpa, 0x100);
		for (size_t i = 0; i < 0x100; i++)
			expect_eq(ways[way].name, at[i], 0xcc);
		stage_close(&stage);
	}
}
END_TEST

/* A source beside its place is not in it. */
START_TEST(map_under_zeroed_beside_the_source)
{
	for (int behind = 0; behind < 2; behind++) {
		struct pvhboot_place places[N_PLACES];
		struct stage stage;
		uint8_t *at;

		stage_open(&stage, 0xcc);
		memcpy(places, stage.scene.plan.places, sizeof(places));
		stage.scene.plan.places = places;
		stage.scene.plan.n_places = MODULE1;
		places[MODULE0].source.size = 0x100;
		places[MODULE0].size = 0x180;
		at = fakemem_at(&stage.mem, places[MODULE0].gpa, 0x180);
		places[MODULE0].source.data = behind ? at + 0x180 : at - 0x100;
		expect_status("beside", commit(&stage, FAKEMEM_MAP, ZEROED), PVHBOOT_OK);
		for (size_t i = 0x100; i < 0x180; i++)
			ck_assert_uint_eq(at[i], 0xcc);
		stage_close(&stage);
	}
}
END_TEST

/* What map cannot do, nothing else here can. */
START_TEST(map_without_the_rest)
{
	static const struct {
		unsigned int ops;
		uint32_t flags;
	} rows[] = {
		{ FAKEMEM_MAP, 0 },
		{ FAKEMEM_MAP, ZEROED },
		{ FAKEMEM_MAP | FAKEMEM_ZERO, 0 },
		{ FAKEMEM_MAP | FAKEMEM_ZERO, ZEROED },
		{ FAKEMEM_MAP | FAKEMEM_WRITE, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage stage;

		stage_open(&stage, 0xcc);
		stage.mem.deny_map_start = stage.scene.plan.places[BYTES_AND_BSS].gpa;
		stage.mem.deny_map_end = stage.mem.deny_map_start + 1;
		expect_status("map", commit(&stage, rows[i].ops, rows[i].flags), PVHBOOT_MEMIO);
		ck_assert_uint_eq(stage.diag.failure.index, BYTES_AND_BSS);
		/* the run, then its first two places */
		ck_assert_uint_eq(stage.mem.n_calls, 3);
		stage_close(&stage);
	}
}
END_TEST

/* Where map returns NULL for a run, it is asked for each place, and where it returns NULL for
 * that, write and zero serve. */
START_TEST(map_falls_back)
{
	struct stage stage;

	for (size_t denied = 0; denied < N_PLACES; denied++) {
		size_t n_maps = 0;
		char row[32];

		snprintf(row, sizeof(row), "place %zu", denied);
		stage_open(&stage, 0xcc);
		stage.mem.deny_map_start = stage.scene.plan.places[denied].gpa;
		stage.mem.deny_map_end = stage.mem.deny_map_start + 1;
		expect_status(row, commit(&stage, FAKEMEM_ALL, 0), PVHBOOT_OK);
		expect_eq(row, fakemem_first_wrong_place(&stage.mem, &stage.scene.plan), N_PLACES);
		expect_true(row, fakemem_untouched_outside(&stage.mem, &stage.scene.plan));
		for (size_t i = 0; i < stage.mem.n_calls; i++)
			n_maps += stage.mem.calls[i].op == FAKEMEM_MAP;
		expect_eq(row, n_maps, 1 + N_PLACES);
		expect_true(row, stage.mem.n_calls > 1 + N_PLACES);
		stage_close(&stage);
	}
}
END_TEST

START_TEST(map_without_fallback)
{
	for (size_t denied = 0; denied < N_PLACES; denied++) {
		struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_FOUND,
			.stage = PVHBOOT_STAGE_COMMIT,
			.subject = PVHBOOT_SUBJECT_PLACE,
			.index = (uint32_t)denied,
			.found = 0,
		};
		struct stage stage;
		char row[32];

		snprintf(row, sizeof(row), "place %zu", denied);
		stage_open(&stage, 0xcc);
		want.offset = stage.scene.plan.places[denied].gpa;
		stage.mem.deny_map_start = want.offset;
		stage.mem.deny_map_end = want.offset + 1;
		expect_status(row, commit(&stage, FAKEMEM_MAP, 0), PVHBOOT_MEMIO);
		expect_failure(row, &stage.diag, PVHBOOT_MEMIO, &want);
		expect_eq(row, stage.mem.n_calls, 1 + denied + 1);
		/* Those before are complete, it is not begun. */
		expect_eq(row, fakemem_first_wrong_place(&stage.mem, &stage.scene.plan), denied);
		stage.scene.plan.n_places = denied;
		expect_true(row, fakemem_untouched_outside(&stage.mem, &stage.scene.plan));
		stage_close(&stage);
	}
}
END_TEST

/* write and zero fail at their n-th call: it ends there, and says so. */
START_TEST(write_n)
{
	/* Which place each call is for, and where it starts in it. */
	static const size_t place_of[] = { BYTES, BYTES_AND_BSS, BYTES_AND_BSS, BSS,
					   BLOCK, MODULE0,       MODULE1 };
	static const uint64_t from[] = { 0, 0, 0x300, 0, 0, 0, 0 };
	static const int values[] = { 1, -5, 4711, INT32_MIN };

	for (size_t n = 1; n <= 7; n++) {
		for (size_t k = 0; k < 4; k++) {
			size_t place = place_of[n - 1];
			struct finding want = {
				.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET |
					SAYS_FOUND,
				.stage = PVHBOOT_STAGE_COMMIT,
				.subject = PVHBOOT_SUBJECT_PLACE,
				.index = (uint32_t)place,
				.found = (uint64_t)(int64_t)values[k],
			};
			struct stage stage;
			char row[48];

			snprintf(row, sizeof(row), "call %zu returns %d", n, values[k]);
			stage_open(&stage, 0xcc);
			want.offset = stage.scene.plan.places[place].gpa + from[n - 1];
			stage.mem.fail_at = n;
			stage.mem.fail_value = values[k];
			expect_status(row, commit(&stage, FAKEMEM_WRITE | FAKEMEM_ZERO, 0),
				      PVHBOOT_MEMIO);
			expect_failure(row, &stage.diag, PVHBOOT_MEMIO, &want);
			expect_eq(row, stage.mem.n_calls, n);
			expect_eq(row, fakemem_first_wrong_place(&stage.mem, &stage.scene.plan),
				  place);
			stage.scene.plan.n_places = place + 1;
			expect_true(row, fakemem_untouched_outside(&stage.mem, &stage.scene.plan));
			stage_close(&stage);
		}
	}
}
END_TEST

/* Memory outside of what the host has: the callback says no. */
START_TEST(memory_that_is_not_there)
{
	struct stage stage;

	stage_open(&stage, 0xcc);
	fakemem_close(&stage.mem);
	stage.mem.fill = 0xcc;
	fakemem_add(&stage.mem, PADDR, 0x1300);
	expect_status("cut", commit(&stage, FAKEMEM_ALL, 0), PVHBOOT_MEMIO);
	ck_assert_uint_eq(stage.diag.failure.index, BYTES_AND_BSS);
	ck_assert_uint_eq(stage.diag.failure.offset, PADDR + 0x1300);
	stage_close(&stage);
}
END_TEST

/* A module may have been loaded where it is to lie, by a loader without a host. */
START_TEST(source_in_its_own_place)
{
	struct stage stage;
	struct pvhboot_place places[N_PLACES];
	uint8_t *at;

	for (int shift = -3; shift <= 3; shift++) {
		uint8_t *source;

		stage_open(&stage, 0xcc);
		memcpy(places, stage.scene.plan.places, sizeof(places));
		stage.scene.plan.places = places;
		/* The place is larger than the source, and the source anywhere in it. */
		places[MODULE0].size = 0x1810;
		at = fakemem_at(&stage.mem, places[MODULE0].gpa, 0x1810);
		source = at + 8 + shift;
		memcpy(source, stage.scene.contents[0].data, 0x1800);
		places[MODULE0].source.data = source;
		expect_status("own place", commit(&stage, FAKEMEM_MAP, 0), PVHBOOT_OK);
		ck_assert_int_eq(memcmp(at, stage.scene.contents[0].data, 0x1800), 0);
		for (size_t i = 0x1800; i < 0x1810; i++)
			ck_assert_uint_eq(at[i], 0);
		stage_close(&stage);
	}
	/* What is behind a source in its own place is not fresh memory. */
	stage_open(&stage, 0);
	memcpy(places, stage.scene.plan.places, sizeof(places));
	stage.scene.plan.places = places;
	places[MODULE0].size = 0x1810;
	at = fakemem_at(&stage.mem, places[MODULE0].gpa, 0x1810);
	memcpy(at + 0x10, stage.scene.contents[0].data, 0x1800);
	places[MODULE0].source.data = at + 0x10;
	expect_status("zeroed", commit(&stage, FAKEMEM_MAP, ZEROED), PVHBOOT_OK);
	ck_assert_int_eq(memcmp(at, stage.scene.contents[0].data, 0x1800), 0);
	for (size_t i = 0x1800; i < 0x1810; i++)
		ck_assert_uint_eq(at[i], 0);
	stage_close(&stage);
	/* Exactly there already. */
	stage_open(&stage, 0xcc);
	memcpy(places, stage.scene.plan.places, sizeof(places));
	stage.scene.plan.places = places;
	at = fakemem_at(&stage.mem, places[MODULE0].gpa, 0x1800);
	memcpy(at, stage.scene.contents[0].data, 0x1800);
	places[MODULE0].source.data = at;
	expect_status("there", commit(&stage, FAKEMEM_MAP, 0), PVHBOOT_OK);
	ck_assert_int_eq(memcmp(at, stage.scene.contents[0].data, 0x1800), 0);
	stage_close(&stage);
}
END_TEST

START_TEST(without_arguments)
{
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_COMMIT };
	struct stage stage;

	stage_open(&stage, 0xcc);
	for (int i = 0; i < 12; i++) {
		struct pvhboot_memory memory = fakemem_open(&stage.mem, FAKEMEM_ALL, 0);
		struct pvhboot_plan plan = stage.scene.plan;
		struct pvhboot_place places[N_PLACES];
		struct pvhboot_diag diag = { 0 };
		char row[32];

		snprintf(row, sizeof(row), "argument %d", i);
		memcpy(places, plan.places, sizeof(places));
		plan.places = places;
		switch (i) {
		case 2:
			plan.places = NULL;
			break;
		case 3:
			memory = fakemem_open(&stage.mem, 0, 0);
			break;
		case 4:
			memory = fakemem_open(&stage.mem, FAKEMEM_ZERO, 0);
			break;
		case 5:
			memory.flags = 4;
			break;
		case 6:
			memory.flags = 0x80000001u;
			break;
		case 7:
			/* The last place: nothing before it is written. */
			places[MODULE1].size = 0;
			break;
		case 8:
			places[BYTES].size--;
			break;
		case 9:
			/* No way to zero, and memory that is not. */
			memory = fakemem_open(&stage.mem, FAKEMEM_WRITE, 0);
			break;
		case 10:
			memory.reserved[3] = 1;
			break;
		case 11:
			places[MODULE1].source.data = NULL;
			break;
		}
		expect_status(
			row,
			pvhboot_plan_commit(i == 0 ? NULL : &plan, i == 1 ? NULL : &memory, &diag),
			PVHBOOT_INVAL);
		expect_failure(row, &diag, PVHBOOT_INVAL, &want);
		expect_status(
			row,
			pvhboot_plan_commit(i == 0 ? NULL : &plan, i == 1 ? NULL : &memory, NULL),
			PVHBOOT_INVAL);
		expect_true(row, fakemem_untouched(&stage.mem));
		expect_eq(row, stage.mem.n_calls, 0);
	}
	stage_close(&stage);
}
END_TEST

/* Of several faults the first is told. */
START_TEST(several_faults)
{
	struct stage stage;
	struct pvhboot_place places[N_PLACES];

	stage_open(&stage, 0xcc);
	memcpy(places, stage.scene.plan.places, sizeof(places));
	stage.scene.plan.places = places;
	places[BYTES].size = 0;
	places[MODULE1].size = 0;
	expect_status("places", commit(&stage, FAKEMEM_ALL, 0), PVHBOOT_INVAL);
	expect_failure("places", &stage.diag, PVHBOOT_INVAL,
		       &(struct finding){ .says = SAYS_INDEX, .index = BYTES });
	expect_status("memory", commit(&stage, FAKEMEM_ALL, 4), PVHBOOT_INVAL);
	expect_rule("memory", &stage.diag.failure, "flags that are known");
	stage_close(&stage);
}
END_TEST

START_TEST(nothing_to_commit)
{
	const struct pvhboot_plan plan = { 0 };
	struct fakemem mem = { 0 };
	struct pvhboot_memory memory = fakemem_open(&mem, FAKEMEM_ALL, 0);

	expect_status("no places", pvhboot_plan_commit(&plan, &memory, NULL), PVHBOOT_OK);
	ck_assert_uint_eq(mem.n_calls, 0);
	fakemem_close(&mem);
}
END_TEST

START_TEST(registers)
{
	struct pvhboot_cpu cpu;
	struct scene scene;

	scene_open_pc(&scene, &(struct kernel_spec){ .n_reloc = 1, .reloc = { 0x200000 } });
	scene_avoid(&scene, PADDR, PADDR + 1);
	scene_expect_plan("registers", &scene, 0);
	ck_assert_uint_ne(scene.plan.slide, 0);
	memset(&cpu, 0xee, sizeof(cpu));
	pvhboot_plan_cpu(&scene.plan, &cpu);
	ck_assert_uint_eq(cpu.rip, PADDR + 0x40 + scene.plan.slide);
	ck_assert_uint_eq(cpu.rip, scene.plan.entry);
	ck_assert_uint_eq(cpu.rbx, scene.plan.start_info);
	/* docs/misc/pvh.pandoc */
	ck_assert_uint_eq(cpu.rflags, 0x2);
	ck_assert_uint_eq(cpu.cr0, 0x11);
	ck_assert_uint_eq(cpu.cr4, 0);
	ck_assert_uint_eq(cpu.efer, 0);
	ck_assert_uint_eq(cpu.cs.access, 0xc9b);
	ck_assert_uint_eq(cpu.cs.base, 0);
	ck_assert_uint_eq(cpu.cs.limit, 0xffffffff);
	ck_assert_uint_eq(cpu.cs.selector, 0);
	ck_assert_uint_eq(cpu.data.access, 0xc93);
	ck_assert_uint_eq(cpu.data.base, 0);
	ck_assert_uint_eq(cpu.data.limit, 0xffffffff);
	ck_assert_uint_eq(cpu.data.selector, 0);
	ck_assert_uint_eq(cpu.tr.access, 0x8b);
	ck_assert_uint_eq(cpu.tr.base, 0);
	ck_assert_uint_eq(cpu.tr.limit, 0x67);
	ck_assert_uint_eq(cpu.tr.selector, 0);
	scene_close(&scene);
}
END_TEST

START_TEST(registers_at_the_top)
{
	const struct pvhboot_plan plan = { .entry = 0xffffffff, .start_info = 0xfffff000u };
	struct pvhboot_cpu cpu;

	pvhboot_plan_cpu(&plan, &cpu);
	ck_assert_uint_eq(cpu.rip, 0xffffffff);
	ck_assert_uint_eq(cpu.rbx, 0xfffff000u);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("commit");
	TCase *committing = suite_case(suite, "commit");
	TCase *cpu = suite_case(suite, "cpu");

	tcase_add_loop_test(committing, memory_afterwards, 0, sizeof(ways) / sizeof(ways[0]));
	tcase_add_test(committing, calls_of_map);
	tcase_add_test(committing, calls_of_write_and_zero);
	tcase_add_test(committing, calls_under_zeroed);
	tcase_add_test(committing, map_under_zeroed);
	tcase_add_test(committing, place_by_caller);
	tcase_add_test(committing, place_by_caller_between);
	tcase_add_test(committing, map_under_zeroed_beside_the_source);
	tcase_add_test(committing, map_without_the_rest);
	tcase_add_test(committing, map_falls_back);
	tcase_add_test(committing, map_without_fallback);
	tcase_add_test(committing, write_n);
	tcase_add_test(committing, memory_that_is_not_there);
	tcase_add_test(committing, source_in_its_own_place);
	tcase_add_test(committing, without_arguments);
	tcase_add_test(committing, several_faults);
	tcase_add_test(committing, nothing_to_commit);

	tcase_add_test(cpu, registers);
	tcase_add_test(cpu, registers_at_the_top);
	return suite_run(suite);
}
