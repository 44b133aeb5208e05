/* SPDX-License-Identifier: MIT */
/* Proves: lib/load/moves.c */

#include "moves.h"

#include "../../lib/load/moves.c"

/*@ requires \valid_read(move) && \valid_read(other);
    assigns \nothing; */
static bool destroys(const struct pvhb_move *move, const struct pvhb_move *other);

/*@ requires \valid_read(moves) && i <= moves->n <= PVHB_MAX_MOVES;
    assigns \nothing;
    ensures i <= \result <= moves->n; */
static size_t find_free_move(const struct pvhb_moves *moves, size_t i);
