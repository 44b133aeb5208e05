/* SPDX-License-Identifier: MIT */
/*
 * lib/plan/hole.h beside a list of holes that is searched from its start each time. Both of its
 * arrays end at an unreadable page.
 */

#include <stdio.h>
#include <stdlib.h>

#include "../lib/plan/hole.h"
#include "support/blob.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/random.h"
#include "support/suite.h"

#define PAGE UINT64_C(4096)
#define MAX_HOLES 17
#define N_PAGES 96

/* The holes under test, and the same as plain ranges. */
struct pair {
	struct pvhb_holes holes;
	struct pvhboot_range plain[MAX_HOLES];
	struct guard at, tree; /* behind the arrays */
};

static void pair_open(struct pair *pair, const struct pvhboot_range *ranges, size_t n,
		      uint64_t floor, uint64_t ceiling)
{
	struct pvhb_ranges list;
	struct pvhboot_buffer tree;

	pair->at = guard_open(n * sizeof(ranges[0]));
	pair->tree = guard_open(pvhb_holes_tree_size(n) * sizeof(uint64_t));
	list.at = (void *)guard_buffer(&pair->at, n * sizeof(ranges[0])).data;
	list.n = n;
	tree = guard_buffer(&pair->tree, pvhb_holes_tree_size(n) * sizeof(uint64_t));
	for (size_t i = 0; i < n; i++) {
		uint64_t start = ranges[i].start > floor ? ranges[i].start : floor;
		uint64_t end = ranges[i].end < ceiling ? ranges[i].end : ceiling;
		uint64_t up = (PAGE - start % PAGE) % PAGE;

		list.at[i] = ranges[i];
		/* by subtraction: the next page may be behind the last address */
		pair->plain[i].end = end;
		pair->plain[i].start = start < end && up < end - start ? start + up : end;
	}
	pvhb_holes_make(&pair->holes, list, (void *)tree.data, floor, ceiling);
}

static void pair_close(struct pair *pair)
{
	guard_close(&pair->at);
	guard_close(&pair->tree);
}

static bool take_plain_from(struct pair *pair, uint64_t first, const struct pvhb_piece *piece,
			    uint64_t *gpa)
{
	for (size_t i = 0; i < pair->holes.n; i++) {
		struct pvhboot_range *hole = &pair->plain[i];
		uint64_t at = (hole->start + piece->align - 1) & ~(piece->align - 1);
		uint64_t end = hole->end < piece->ceiling ? hole->end : piece->ceiling;

		if (hole->start < first || at < hole->start || at > end || end - at < piece->size)
			continue;
		*gpa = at;
		at = (at + piece->size + PAGE - 1) & ~(PAGE - 1);
		hole->start = at < hole->end ? at : hole->end;
		return true;
	}
	return false;
}

static bool take_plain(struct pair *pair, const struct pvhb_piece *piece, uint64_t *gpa)
{
	return take_plain_from(pair, piece->first, piece, gpa) ||
	       take_plain_from(pair, 0, piece, gpa);
}

static void expect_same(const char *row, const struct pair *pair, uint64_t ceiling)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < pair->holes.n; i++) {
		const struct pvhboot_range *hole = &pair->plain[i];
		uint64_t end = hole->end < ceiling ? hole->end : ceiling;

		if (hole->start < end && end - hole->start > largest)
			largest = end - hole->start;
	}
	expect_eq(row, pvhb_holes_largest(&pair->holes, PAGE, ceiling), largest);
}

/* Takes the same of both; returns whether they had it. */
static bool expect_take(const char *row, struct pair *pair, const struct pvhb_piece *piece)
{
	uint64_t got = 4711, want = 4711;
	bool has = take_plain(pair, piece, &want);

	expect_eq(row, pvhb_holes_take(&pair->holes, piece, &got), has);
	expect_eq(row, got, want);
	return has;
}

/* Twice the number of leaves, which are a power of two. */
START_TEST(tree_size)
{
	static const size_t sizes[] = { 2, 2, 4, 8, 8, 16, 16, 16, 16, 32 };

	for (size_t n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++)
		ck_assert_uint_eq(pvhb_holes_tree_size(n), sizes[n]);
}
END_TEST

/* Clean ranges of bytes, rather than pages, below N_PAGES. */
static size_t random_ranges(struct pvhboot_range *ranges, size_t n)
{
	uint64_t at = 0;

	for (size_t i = 0; i < n; i++) {
		at += 1 + random_below(2 * PAGE);
		ranges[i].start = random_below(2) ? at : at & ~(PAGE - 1);
		if (i > 0 && ranges[i].start <= ranges[i - 1].end)
			ranges[i].start = at;
		at = ranges[i].start + 1 + random_below(6 * PAGE);
		at = random_below(2) ? at : (at + PAGE - 1) & ~(PAGE - 1);
		ranges[i].end = at;
	}
	return n;
}

START_TEST(pieces)
{
	for (uint64_t seed = 1; seed <= suite_rounds(2000); seed++) {
		struct pvhboot_range ranges[MAX_HOLES];
		uint64_t floor, ceiling;
		struct pair pair;
		size_t n_failed = 0;
		char row[32];

		snprintf(row, sizeof(row), "seed %" PRIu64, seed);
		random_start(seed * 7919);
		random_ranges(ranges, seed % (MAX_HOLES + 1));
		floor = random_below(4) ? 0 : random_below(N_PAGES * PAGE / 2);
		ceiling = random_below(4) ? UINT64_MAX : random_below(N_PAGES * PAGE);
		pair_open(&pair, ranges, seed % (MAX_HOLES + 1), floor, ceiling);
		while (n_failed < 8) {
			const struct pvhb_piece piece = {
				.size = 1 + random_below(2) * PAGE * random_below(4) +
					random_below(2) * random_below(PAGE),
				.align = PAGE << random_below(3),
				.first = random_below(2) * random_below(N_PAGES * PAGE),
				.ceiling =
					random_below(2) ? UINT64_MAX : random_below(N_PAGES * PAGE),
			};
			expect_same(row, &pair, piece.ceiling);
			n_failed += !expect_take(row, &pair, &piece);
		}
		pair_close(&pair);
	}
}
END_TEST

/* What is asked for is there to the byte, or lacks one. */
START_TEST(exact)
{
	const struct pvhboot_range ranges[] = { { PAGE, 2 * PAGE }, { 4 * PAGE, 6 * PAGE } };
	struct pvhb_piece piece = { PAGE, PAGE, 0, UINT64_MAX };
	struct pair pair;

	for (size_t n = 1; n <= 2; n++) {
		pair_open(&pair, ranges, n, 0, UINT64_MAX);
		piece.size = n * PAGE + 1;
		ck_assert(!expect_take("a byte more", &pair, &piece));
		piece.size--;
		ck_assert(expect_take("all of the last", &pair, &piece));
		ck_assert(!expect_take("once more", &pair, &piece));
		pair_close(&pair);
	}
	/* Up to the ceiling of the piece. */
	pair_open(&pair, ranges, 2, 0, UINT64_MAX);
	piece.ceiling = 6 * PAGE - 1;
	ck_assert(!expect_take("a byte above the ceiling", &pair, &piece));
	piece.ceiling++;
	ck_assert(expect_take("at the ceiling", &pair, &piece));
	pair_close(&pair);
}
END_TEST

/* Behind the last page that has a number there is no hole. */
START_TEST(at_the_end_of_all)
{
	const struct pvhboot_range ranges[] = { { PAGE, 2 * PAGE },
						{ UINT64_MAX - 100, UINT64_MAX } };
	const struct pvhb_piece piece = { 1, PAGE, 3 * PAGE, UINT64_MAX };
	struct pair pair;

	pair_open(&pair, ranges, 2, 0, UINT64_MAX);
	expect_same("end", &pair, UINT64_MAX);
	ck_assert_uint_eq(pair.holes.at[1].start, UINT64_MAX);
	ck_assert(expect_take("below", &pair, &piece));
	ck_assert(!expect_take("end", &pair, &piece));
	pair_close(&pair);
}
END_TEST

/* One that is used up, or has no start of a page, is empty, and counts no more. */
START_TEST(empty_ones)
{
	const struct pvhboot_range ranges[] = { { PAGE + 1, 2 * PAGE - 1 },
						{ 3 * PAGE, 4 * PAGE + 100 } };
	const struct pvhb_piece piece = { PAGE + 1, PAGE, 0, UINT64_MAX };
	struct pair pair;

	pair_open(&pair, ranges, 2, 0, UINT64_MAX);
	ck_assert_uint_eq(pair.holes.at[0].start, pair.holes.at[0].end);
	ck_assert_uint_eq(pair.holes.tree[1], PAGE + 100);
	ck_assert(expect_take("all but a piece of a page", &pair, &piece));
	ck_assert_uint_eq(pair.holes.at[1].start, pair.holes.at[1].end);
	ck_assert_uint_eq(pair.holes.tree[1], 0);
	pair_close(&pair);
}
END_TEST

/* In log n steps each, or this would take minutes: the first that has room is always
 * behind all that had it. */
START_TEST(many_holes)
{
	const size_t n = (size_t)suite_rounds((uint64_t)1 << 21);
	const struct pvhb_piece piece = { PAGE, PAGE, 0, UINT64_MAX };
	struct pvhb_ranges list = { must_alloc(n * sizeof(list.at[0])), n };
	uint64_t *tree = must_alloc(pvhb_holes_tree_size(n) * sizeof(tree[0]));
	struct pvhb_holes holes;

	for (uint64_t i = 0; i < n; i++)
		list.at[i] = (struct pvhboot_range){ 2 * i * PAGE, (2 * i + 1) * PAGE };
	pvhb_holes_make(&holes, list, tree, 0, UINT64_MAX);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t gpa;

		ck_assert(pvhb_holes_take(&holes, &piece, &gpa) && gpa == 2 * i * PAGE);
	}
	free(tree);
	free(list.at);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hole");
	TCase *hole = suite_case(suite, "hole");

	tcase_add_test(hole, tree_size);
	tcase_add_test(hole, pieces);
	tcase_add_test(hole, exact);
	tcase_add_test(hole, at_the_end_of_all);
	tcase_add_test(hole, empty_ones);
	tcase_add_test(hole, many_holes);
	return suite_run(suite);
}
