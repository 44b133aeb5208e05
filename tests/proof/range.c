/* SPDX-License-Identifier: MIT */
/* Proves: lib/base/range.c */

#include "range.h"

/* What is left of a when b is taken out: no more pieces than that. */
#define PIECES at[0 .. a.n + b.n - 1]

#include "../../lib/base/range.c"

/*@ requires \valid_read((const struct pvhboot_range *)a);
    requires \valid_read((const struct pvhboot_range *)b);
    assigns \nothing; */
static bool starts_before(const void *a, const void *b);

/*@ requires list(ranges);
    assigns \nothing;
    ensures \result <= ranges->n; */
static size_t find(const struct pvhb_ranges *ranges, uint64_t gpa);
