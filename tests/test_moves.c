/* SPDX-License-Identifier: MIT */
/* lib/load/moves.h: random moves against copying through a second memory, and against
 * every order that there is. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/load/moves.h"
#include "support/expect.h"
#include "support/random.h"
#include "support/suite.h"

#define SIZE 48 /* of the memory */
#define MAX_N 6

/* Every byte differs, so none can stand in for another. */
static void fill(uint8_t *memory)
{
	for (size_t i = 0; i < SIZE; i++)
		memory[i] = (uint8_t)(i + 1);
}

/* Targets ascend with gaps between them; sources lie anywhere, some on top of each
 * other, some near their targets. */
static size_t random_moves(struct pvhb_move *moves, size_t max)
{
	size_t n = 0;
	uint64_t to = random_below(5);

	while (n < max) {
		uint64_t size = 1 + random_below(9);
		struct pvhb_move move = { 0, to, size };

		if (to + size > SIZE)
			break;
		move.from = random_below(SIZE - size + 1);
		if (random_below(2) && to >= 6 && to + 6 + size <= SIZE)
			move.from = to - 6 + random_below(13);
		moves[n++] = move;
		to += size + random_below(4);
	}
	return n;
}

static void copy_through(const struct pvhb_move *moves, size_t n, uint8_t *memory)
{
	uint8_t before[SIZE];

	memcpy(before, memory, SIZE);
	for (size_t i = 0; i < n; i++)
		memcpy(memory + moves[i].to, before + moves[i].from, moves[i].size);
}

/* Whether some order of the moves from i on gives what is wanted. */
static int some_order(struct pvhb_move *moves, size_t n, size_t i, const uint8_t *memory,
		      const uint8_t *want)
{
	int found = 0;

	if (i == n)
		return memcmp(memory, want, SIZE) == 0;
	for (size_t k = i; !found && k < n; k++) {
		uint8_t next[SIZE];
		struct pvhb_move first = moves[k];

		moves[k] = moves[i];
		moves[i] = first;
		memcpy(next, memory, SIZE);
		memmove(next + first.to, next + first.from, first.size);
		found = some_order(moves, n, i + 1, next, want);
		moves[i] = moves[k];
		moves[k] = first;
	}
	return found;
}

/* What is behind the last move is none, whatever an earlier use has left there: here
 * one that would be in the way of all others. */
static struct pvhb_moves with_rest(void)
{
	struct pvhb_moves moves;

	for (size_t i = 0; i < PVHB_MAX_MOVES; i++)
		moves.at[i] = (struct pvhb_move){ 0, 1, SIZE - 1 };
	moves.n = 0;
	return moves;
}

START_TEST(random_orders)
{
	size_t n_orders = 0;
	size_t n_none = 0;

	random_start(0x1234567);
	for (int round = 0; round < 30000; round++) {
		struct pvhb_moves moves = with_rest();
		struct pvhb_move list[MAX_N];
		size_t n = random_moves(list, 1 + random_below(MAX_N));
		uint8_t memory[SIZE], want[SIZE], got[SIZE];
		char row[32];

		snprintf(row, sizeof(row), "round %d", round);
		fill(memory);
		memcpy(want, memory, SIZE);
		memcpy(got, memory, SIZE);
		copy_through(list, n, want);
		for (size_t i = 0; i < n; i++)
			expect_true(row, pvhb_moves_add(&moves, list[i]));
		if (pvhb_moves_order(&moves)) {
			n_orders++;
			pvhb_moves_make(&moves, got);
			expect_true(row, memcmp(got, want, SIZE) == 0);
		} else {
			n_none++;
			expect_true(row, !some_order(list, n, 0, memory, want));
		}
	}
	ck_assert_uint_gt(n_orders, 5000);
	ck_assert_uint_gt(n_none, 5000);
}
END_TEST

/* What stays is no move; there is room for as many as promised. */
START_TEST(adding)
{
	static struct pvhb_moves moves;
	struct pvhb_move stays = { 7, 7, 100 };
	struct pvhb_move empty = { 7, 9, 0 };

	moves.n = 0;
	ck_assert(pvhb_moves_add(&moves, stays));
	ck_assert(pvhb_moves_add(&moves, empty));
	ck_assert_uint_eq(moves.n, 0);
	for (uint64_t i = 0; i < PVHB_MAX_MOVES; i++)
		ck_assert(pvhb_moves_add(&moves, (struct pvhb_move){ 2 * i + 1, 2 * i, 1 }));
	ck_assert(!pvhb_moves_add(&moves, (struct pvhb_move){ 1, 0, 1 }));
	ck_assert(pvhb_moves_add(&moves, stays));
	ck_assert_uint_eq(moves.n, PVHB_MAX_MOVES);
}
END_TEST

/* A row of pieces that all move up by one: only backwards, the longest search. */
START_TEST(longest_chain)
{
	static struct pvhb_moves moves;
	uint8_t memory[PVHB_MAX_MOVES + 1];

	moves.n = 0;
	for (size_t i = 0; i < sizeof(memory); i++)
		memory[i] = (uint8_t)i;
	for (uint64_t i = 0; i < PVHB_MAX_MOVES; i++)
		ck_assert(pvhb_moves_add(&moves, (struct pvhb_move){ i, i + 1, 1 }));
	ck_assert(pvhb_moves_order(&moves));
	pvhb_moves_make(&moves, memory);
	for (size_t i = 1; i < sizeof(memory); i++)
		ck_assert_uint_eq(memory[i], i - 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("moves");
	TCase *tcase = suite_case(suite, "moves");

	tcase_add_test(tcase, random_orders);
	tcase_add_test(tcase, adding);
	tcase_add_test(tcase, longest_chain);
	return suite_run(suite);
}
