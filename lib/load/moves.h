/* SPDX-License-Identifier: MIT */
/*
 * Moving pieces of memory within one piece of memory, so that none is overwritten
 * before it was moved. Offsets count from the start of the memory.
 */
#ifndef PVHB_MOVES_H
#define PVHB_MOVES_H

#include "../base/env.h"

#define PVHB_MAX_MOVES 64

struct pvhb_move {
	uint64_t from;
	uint64_t to;
	uint64_t size; /* above 0 */
};

struct pvhb_moves {
	struct pvhb_move at[PVHB_MAX_MOVES];
	size_t n;
};

/* Adds a move, or nothing where a piece stays. False: there is no room. */
bool pvhb_moves_add(struct pvhb_moves *moves, struct pvhb_move move);

/* Sorts moves, whose targets are disjoint, into an order in which they can be made.
 * False: there is none. */
bool pvhb_moves_order(struct pvhb_moves *moves);

/* Makes the moves in their order. */
void pvhb_moves_make(const struct pvhb_moves *moves, uint8_t *memory);

#endif
