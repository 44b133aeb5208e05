/* SPDX-License-Identifier: MIT */
/* Contracts of lib/plan/hole.c. */
#ifndef PROOF_HOLE_H
#define PROOF_HOLE_H

#include "range.h"

#include "../../lib/plan/hole.h"

/* What is written: the tree, or the holes too. */
#define NODES(holes) (holes).tree[0 .. 2 * (holes).n_leaves - 1]
#define ALL(holes) (holes).at[0 .. (holes).n - 1], NODES(holes)

/*@
  // The first of from, 2 * from, 4 * from, ... that is at least n.
  logic integer doubled(integer from, integer n) = from >= n ? from : doubled(2 * from, n);
  logic integer leaves(integer n) = doubled(1, n);
  predicate grows(integer leaves, integer n) =
    (leaves == 1 || 1 < leaves < 2 * n) && doubled(leaves, n) == doubled(1, n);

  predicate tree(uint64_t *tree, integer n_leaves) =
    1 <= n_leaves <= SIZE_MAX / 32 && \valid(tree + (0 .. 2 * n_leaves - 1));
  predicate holes(struct pvhb_holes h) =
    h.n <= h.n_leaves && \valid(h.at + (0 .. h.n - 1)) && tree(h.tree, h.n_leaves) &&
    \separated(h.at + (0 .. h.n - 1), h.tree + (0 .. 2 * h.n_leaves - 1));
  predicate apart(struct pvhb_holes h, uint64_t *gpa, struct pvhb_piece *piece) =
    \separated(gpa, h.at + (0 .. h.n - 1), h.tree + (0 .. 2 * h.n_leaves - 1), piece) &&
    \separated(piece, h.at + (0 .. h.n - 1), h.tree + (0 .. 2 * h.n_leaves - 1));

  // What a range is cut to: nothing, or a part of it in the bounds.
  predicate cut(struct pvhboot_range to, struct pvhboot_range from, integer floor,
                integer ceiling) =
    to.start == to.end ||
    (from.start <= to.start < to.end <= from.end && floor <= to.start && to.end <= ceiling);
  // The first n are cut; the others are as they were.
  predicate cuts{Now,Then}(struct pvhb_ranges r, integer n, integer floor, integer ceiling) =
    n <= r.n &&
    (\forall integer i; 0 <= i < n ==>
      cut(\at(r.at[i], Now), \at(r.at[i], Then), floor, ceiling)) &&
    (\forall integer i; n <= i < r.n ==> \at(r.at[i], Now) == \at(r.at[i], Then));
  predicate is_piece(struct pvhb_piece *piece) = \valid_read(piece) && piece->align >= 1;
  predicate in_hole(struct pvhboot_range hole, integer gpa, integer size) =
    hole.start <= gpa && gpa + size <= hole.end;
  // These bytes lay in one of the holes, of which is left at most what is behind them; the others
  // are as they were.
  predicate took{Now,Then}(struct pvhb_holes h, integer gpa, integer size) =
    \exists integer i; 0 <= i < h.n && in_hole(\at(h.at[i], Then), gpa, size) &&
      \at(h.at[i].end, Now) == \at(h.at[i].end, Then) &&
      (\at(h.at[i].start, Now) == \at(h.at[i].end, Now) ||
       gpa + size <= \at(h.at[i].start, Now) < \at(h.at[i].end, Now)) &&
      \forall integer k; 0 <= k < h.n && k != i ==> \at(h.at[k], Now) == \at(h.at[k], Then);
*/

/*@ requires n <= SIZE_MAX / 64;
    assigns \nothing;
    ensures \result == 2 * leaves(n) <= SIZE_MAX / 16; */
size_t pvhb_holes_tree_size(size_t n);

/*@ requires \valid(holes) && ranges.n <= SIZE_MAX / 64;
    requires \valid(ranges.at + (0 .. ranges.n - 1)) && tree(tree, leaves(ranges.n));
    requires \separated(holes, ranges.at + (0 .. ranges.n - 1),
                        tree + (0 .. 2 * leaves(ranges.n) - 1));
    // the same memory, as the bytes that are cleared
    requires \valid((uint8_t *)tree + (0 .. 16 * leaves(ranges.n) - 1));
    assigns *holes, ranges.at[0 .. ranges.n - 1], tree[0 .. 2 * leaves(ranges.n) - 1],
      ((uint8_t *)tree)[0 .. 16 * leaves(ranges.n) - 1];
    ensures holes(*holes) && holes->at == ranges.at && holes->n == ranges.n;
    ensures holes->tree == tree && holes->n_leaves == leaves(ranges.n);
    ensures cuts{Post,Pre}(ranges, ranges.n, floor, ceiling); */
void pvhb_holes_make(struct pvhb_holes *holes, struct pvhb_ranges ranges, uint64_t *tree,
		     uint64_t floor, uint64_t ceiling);

/*@ requires \valid_read(holes) && holes(*holes) && is_piece(piece) && \valid(gpa);
    requires apart(*holes, gpa, piece);
    requires \separated(holes, gpa, piece, holes->at + (0 .. holes->n - 1),
                        holes->tree + (0 .. 2 * holes->n_leaves - 1));
    assigns *gpa, ALL(*holes);
    ensures \result ==> aligned(*gpa, piece->align) && *gpa + piece->size <= piece->ceiling;
    ensures \result ==> took{Post,Pre}(\old(*holes), *gpa, piece->size);
    ensures !\result ==> *gpa == \old(*gpa); */
bool pvhb_holes_take(struct pvhb_holes *holes, const struct pvhb_piece *piece, uint64_t *gpa);

/*@ requires \valid_read(holes) && holes(*holes) && align >= 1;
    assigns \nothing; */
uint64_t pvhb_holes_largest(const struct pvhb_holes *holes, uint64_t align, uint64_t ceiling);

#endif
