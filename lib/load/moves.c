/* SPDX-License-Identifier: MIT */
#include "moves.h"

#include "../base/span.h"

bool pvhb_moves_add(struct pvhb_moves *moves, struct pvhb_move move)
{
	if (move.from == move.to || move.size == 0)
		return true;
	if (moves->n == PVHB_MAX_MOVES)
		return false;
	moves->at[moves->n++] = move;
	return true;
}

/* Whether a move would overwrite what another is still to read. */
static bool destroys(const struct pvhb_move *move, const struct pvhb_move *other)
{
	struct pvhboot_range to = { move->to, move->to + move->size };
	struct pvhboot_range from = { other->from, other->from + other->size };

	return pvhb_overlap(to, from);
}

/* The first move from i on that destroys no other from i on; n: none. */
static size_t find_free_move(const struct pvhb_moves *moves, size_t i)
{
	size_t k, other;

	//@ loop invariant i <= k <= moves->n; loop assigns k, other;
	for (k = i; k < moves->n; k++) {
		//@ loop invariant i <= other <= moves->n; loop assigns other;
		for (other = i; other < moves->n; other++) {
			if (other != k && destroys(&moves->at[k], &moves->at[other]))
				break;
		}
		if (other == moves->n)
			break;
	}
	return k;
}

bool pvhb_moves_order(struct pvhb_moves *moves)
{
	size_t i;

	//@ loop invariant \at(stay(moves), Pre) ==> stay(moves); loop assigns i, moves->at[..];
	for (i = 0; i < moves->n; i++) {
		size_t k = find_free_move(moves, i);
		struct pvhb_move move;

		if (k == moves->n)
			return false;
		move = moves->at[k];
		moves->at[k] = moves->at[i];
		moves->at[i] = move;
	}
	return true;
}

void pvhb_moves_make(const struct pvhb_moves *moves, uint8_t *memory)
{
	size_t i;

	/* a piece may overlap itself */
	//@ loop assigns i, memory[0 .. window - 1];
	for (i = 0; i < moves->n; i++)
		memmove(memory + moves->at[i].to, memory + moves->at[i].from,
			(size_t)moves->at[i].size);
}
