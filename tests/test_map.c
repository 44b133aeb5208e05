/* SPDX-License-Identifier: MIT */
/*
 * lib/plan/map.h: any map against one byte an address, in a space of 256, with every array in
 * front of an unreadable page.
 */

#include <stdio.h>
#include <string.h>

#include "../lib/plan/map.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/random.h"
#include "support/suite.h"

#define SPACE 256u
#define MAX_ENTRIES 9

/* Each byte has a bit for every type that an entry gives it. */
static void paint(uint8_t *board, const struct pvhboot_map_entry *map, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (uint64_t at = map[i].gpa; at < map[i].gpa + map[i].size; at++)
			board[at] |= (uint8_t)(1u << map[i].type);
	}
}

/* The order of plan.h, from its end. */
static uint8_t strongest(uint8_t types)
{
	static const uint8_t order[] = { PVHBOOT_MAP_UNUSABLE, PVHBOOT_MAP_DISABLED,
					 PVHBOOT_MAP_RESERVED, PVHBOOT_MAP_PMEM,
					 PVHBOOT_MAP_NVS,      PVHBOOT_MAP_ACPI,
					 PVHBOOT_MAP_RAM };

	for (size_t i = 0; i < sizeof(order); i++) {
		if (types & 1u << order[i])
			return (uint8_t)(1u << order[i]);
	}
	return 0;
}

static bool is_conflict(uint8_t types)
{
	return (types & (types - 1)) != 0;
}

/* The entries cover what the board says, ascend, and do not touch their like. */
static void expect_merged(const char *row, const struct pvhboot_map_entry *map, size_t n,
			  const uint8_t *board)
{
	uint8_t got[SPACE] = { 0 };

	paint(got, map, n);
	for (size_t at = 0; at < SPACE; at++)
		expect_eq(row, got[at], strongest(board[at]));
	for (size_t i = 0; i < n; i++) {
		expect_true(row, map[i].size > 0);
		if (i == 0)
			continue;
		expect_true(row, map[i].gpa >= map[i - 1].gpa + map[i - 1].size);
		expect_true(row, map[i].gpa > map[i - 1].gpa + map[i - 1].size ||
					 map[i].type != map[i - 1].type);
	}
}

/* One warning for each stretch in which types disagree. */
static void expect_conflicts(const char *row, const struct pvhboot_diag *diag, const uint8_t *board)
{
	size_t n = 0;

	for (size_t at = 0; at < SPACE; at++)
		n += is_conflict(board[at]) && (at == 0 || !is_conflict(board[at - 1]));
	expect_eq(row, diag->n_warnings + diag->n_lost, n);
}

static void expect_ram(const char *row, struct guard *guard, const struct pvhboot_map_entry *map,
		       size_t n)
{
	struct pvhb_ranges ram = { (void *)guard_buffer(guard, n * sizeof(ram.at[0])).data, 0 };
	size_t n_ram = 0;

	pvhb_map_ram(map, n, &ram);
	for (size_t i = 0; i < n; i++) {
		if (map[i].type != PVHBOOT_MAP_RAM)
			continue;
		expect_true(row, n_ram < ram.n);
		expect_eq(row, ram.at[n_ram].start, map[i].gpa);
		expect_eq(row, ram.at[n_ram].end, map[i].gpa + map[i].size);
		n_ram++;
	}
	expect_eq(row, ram.n, n_ram);
}

static size_t random_map(struct pvhboot_map_entry *map)
{
	size_t n = (size_t)random_below(MAX_ENTRIES + 1);

	for (size_t i = 0; i < n; i++) {
		uint64_t gpa = random_below(SPACE);
		uint64_t size = random_below(SPACE - gpa + 1);

		/* Mostly short ones, of few types, so that there are gaps and neighbours. */
		map[i] = (struct pvhboot_map_entry){
			.gpa = gpa,
			.size = random_below(4) ? size % 20 : size,
			.type = (uint32_t)(1 + random_below(random_below(2) ? 7 : 2)),
		};
	}
	return n;
}

static struct pvhboot_map_entry *at_end(const struct guard *guard,
					const struct pvhboot_map_entry *map, size_t n)
{
	return memcpy(guard->end - n * sizeof(map[0]), map, n * sizeof(map[0]));
}

START_TEST(merges)
{
	struct guard in = guard_open(2 * MAX_ENTRIES * sizeof(struct pvhboot_map_entry));
	struct guard scratch = guard_open(2 * MAX_ENTRIES * sizeof(struct pvhb_map_edge));

	for (uint64_t seed = 1; seed <= suite_rounds(3000); seed++) {
		struct pvhboot_map_entry map[MAX_ENTRIES], merged[2 * MAX_ENTRIES];
		uint8_t board[SPACE] = { 0 };
		struct pvhboot_diag diag = { 0 };
		struct pvhb_map_edge *edges;
		char row[32];
		size_t n;

		snprintf(row, sizeof(row), "seed %" PRIu64, seed);
		random_start(seed * 7919);
		n = random_map(map);
		paint(board, map, n);
		edges = (void *)guard_buffer(&scratch, 2 * n * sizeof(edges[0])).data;
		n = pvhb_map_merge(at_end(&in, map, n), n, edges, merged, &diag);
		expect_merged(row, merged, n, board);
		expect_conflicts(row, &diag, board);
		expect_ram(row, &scratch, at_end(&in, merged, n), n);
	}
	guard_close(&in);
	guard_close(&scratch);
}
END_TEST

/* What an entry may say, and none behind the last. */
START_TEST(checks)
{
	static const struct {
		struct pvhboot_map_entry entry;
		enum pvhboot_status status;
	} rows[] = {
		{ { 0, 1, 0, 0 }, PVHBOOT_INVAL },
		{ { 0, 1, PVHBOOT_MAP_RAM, 0 }, PVHBOOT_OK },
		{ { 0, 1, PVHBOOT_MAP_PMEM, 0 }, PVHBOOT_OK },
		{ { 0, 1, PVHBOOT_MAP_PMEM + 1, 0 }, PVHBOOT_INVAL },
		{ { 0, UINT64_MAX, PVHBOOT_MAP_RAM, 0 }, PVHBOOT_OK },
		{ { 1, UINT64_MAX - 1, PVHBOOT_MAP_RAM, 0 }, PVHBOOT_OK },
		{ { 1, UINT64_MAX, PVHBOOT_MAP_RAM, 0 }, PVHBOOT_RANGE },
		{ { UINT64_MAX, 0, PVHBOOT_MAP_RAM, 0 }, PVHBOOT_OK },
		{ { UINT64_MAX, 1, PVHBOOT_MAP_RAM, 0 }, PVHBOOT_RANGE },
	};
	struct guard guard = guard_open(2 * sizeof(rows[0].entry));

	expect_status("none", pvhb_map_check((void *)guard.end, 0, NULL), PVHBOOT_OK);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct pvhboot_map_entry map[2] = { rows[1].entry, rows[1].entry };
		const size_t n = 1 + i % 2;
		char row[32];

		snprintf(row, sizeof(row), "row %zu, %zu entries", i / 2, n);
		map[n - 1] = rows[i / 2].entry;
		expect_status(row, pvhb_map_check(at_end(&guard, map, n), n, NULL),
			      rows[i / 2].status);
	}
	guard_close(&guard);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("map");
	TCase *map = suite_case(suite, "map");

	tcase_add_test(map, checks);
	tcase_add_test(map, merges);
	return suite_run(suite);
}
