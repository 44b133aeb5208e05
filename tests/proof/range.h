/* SPDX-License-Identifier: MIT */
/* Contracts of lib/base/range.c. */
#ifndef PROOF_RANGE_H
#define PROOF_RANGE_H

#include "sort.h"

#include "../../lib/base/range.h"

/*@
  // n ranges that may be written, and what describes them.
  predicate ranges(struct pvhb_ranges *r, integer n) =
    \valid(r) && r->n <= n && \valid(r->at + (0 .. n - 1)) &&
    \separated(r, r->at + (0 .. n - 1));
  // The same to be read.
  predicate list(struct pvhb_ranges *r) =
    \valid_read(r) && \valid_read(r->at + (0 .. r->n - 1));
*/

/*@ requires ranges(ranges, ranges->n);
    requires product(ranges->n, sizeof(struct pvhboot_range)) <= SIZE_MAX;
    // the same memory, as the bytes that sorting moves
    requires \valid((uint8_t *)ranges->at +
                    (0 .. product(ranges->n, sizeof(struct pvhboot_range)) - 1));
    assigns ranges->n, ranges->at[0 .. ranges->n - 1],
      ((uint8_t *)ranges->at)[0 .. product(ranges->n, sizeof(struct pvhboot_range)) - 1];
    ensures ranges->n <= \old(ranges->n); */
void pvhb_ranges_clean(struct pvhb_ranges *ranges);

/*@ requires list(from) && list(what) && \valid(out);
    requires \valid(out->at + (0 .. from->n + what->n - 1));
    requires \separated(out, out->at + (0 .. from->n + what->n - 1), from, what,
                        from->at + (0 .. from->n - 1), what->at + (0 .. what->n - 1));
    assigns out->n, out->at[0 .. from->n + what->n - 1];
    ensures out->n <= from->n + what->n; */
void pvhb_ranges_subtract(const struct pvhb_ranges *from, const struct pvhb_ranges *what,
			  struct pvhb_ranges *out);

/*@ requires list(ranges);
    assigns \nothing; */
uint64_t pvhb_ranges_first_gap(const struct pvhb_ranges *ranges, struct pvhboot_range wanted);

/*@ requires list(ranges);
    assigns \nothing; */
bool pvhb_ranges_touch(const struct pvhb_ranges *ranges, struct pvhboot_range wanted);

/*@ requires ranges(ranges, ranges->n + 1) && ranges->n < SIZE_MAX;
    assigns ranges->n, ranges->at[0 .. ranges->n];
    ensures \result <= ranges->n <= \old(ranges->n) + 1; */
size_t pvhb_ranges_cut(struct pvhb_ranges *ranges, uint64_t gpa);

#endif
