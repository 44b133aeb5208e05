/* SPDX-License-Identifier: MIT */
/* Proves: lib/plan/hole.c */

#include "hole.h"

/* What is written where holes are made: their ranges, and the leaves of the tree. */
#define MADE ranges.at[0 .. ranges.n - 1], tree[n_leaves .. 2 * n_leaves - 1]

#include "../../lib/plan/hole.c"

/*@ requires n <= SIZE_MAX / 64;
    assigns \nothing;
    ensures \result == leaves(n) && n <= \result && 1 <= \result <= SIZE_MAX / 32; */
static size_t leaves_for(size_t n);

/*@ requires holes(holes);
    assigns \nothing; */
static size_t find(struct pvhb_holes holes, size_t from, uint64_t size);

/*@ requires holes(holes);
    assigns \nothing;
    ensures \result <= holes.n; */
static size_t index_of(struct pvhb_holes holes, uint64_t gpa);

/*@ requires holes(holes) && i < holes.n && in_hole(holes.at[i], gpa, size);
    assigns holes.at[i].start, NODES(holes);
    ensures holes.at[i].start == holes.at[i].end ||
      gpa + size <= holes.at[i].start < holes.at[i].end; */
static void take(struct pvhb_holes holes, size_t i, uint64_t gpa, uint64_t size);

/*@ requires holes(holes) && is_piece(piece) && \valid(gpa);
    requires apart(holes, gpa, piece);
    assigns *gpa, ALL(holes);
    ensures \result ==> aligned(*gpa, piece->align) && *gpa + piece->size <= piece->ceiling;
    ensures \result ==> took{Post,Pre}(holes, *gpa, piece->size);
    ensures !\result ==> *gpa == \old(*gpa) && \forall integer i; 0 <= i < holes.n ==>
      holes.at[i] == \old(holes.at[i]); */
static bool take_from(struct pvhb_holes holes, size_t i, const struct pvhb_piece *piece,
		      uint64_t *gpa);
