/* SPDX-License-Identifier: MIT */
/* Contracts of lib/load/moves.c. */
#ifndef PROOF_MOVES_H
#define PROOF_MOVES_H

#include "base.h"

#include "../../lib/load/moves.h"

/*@
  predicate moves(struct pvhb_moves *m) = \valid(m) && m->n <= PVHB_MAX_MOVES;
  // As many bytes has the memory that pieces are moved in. Nothing is said of the number, so what
  // is proved holds for any.
  axiomatic window { logic integer window; }
  // Where pieces come from, and where they go, is in these bytes.
  predicate stay(struct pvhb_moves *m) = \forall integer i; 0 <= i < m->n ==>
    within(window, m->at[i].from, m->at[i].size) && within(window, m->at[i].to, m->at[i].size);
*/

/*@ requires moves(moves);
    assigns moves->n, moves->at[..];
    ensures moves(moves);
    ensures \old(stay(moves)) && within(window, move.from, move.size) &&
      within(window, move.to, move.size) ==> stay(moves); */
bool pvhb_moves_add(struct pvhb_moves *moves, struct pvhb_move move);

/*@ requires moves(moves);
    assigns moves->at[..];
    ensures \old(stay(moves)) ==> stay(moves); */
bool pvhb_moves_order(struct pvhb_moves *moves);

/*@ requires moves(moves) && stay(moves) && \valid(memory + (0 .. window - 1));
    requires \separated(moves, memory + (0 .. window - 1));
    assigns memory[0 .. window - 1]; */
void pvhb_moves_make(const struct pvhb_moves *moves, uint8_t *memory);

#endif
