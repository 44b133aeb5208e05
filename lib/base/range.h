/* SPDX-License-Identifier: MIT */
/* Sorted lists of guest ranges. "Clean" below means ascending, not empty, and
 * neither overlapping nor touching. */
#ifndef PVHB_RANGE_H
#define PVHB_RANGE_H

#include "env.h"

struct pvhb_ranges {
	struct pvhboot_range *at;
	size_t n;
};

/* Sorts ranges in place, drops empty ones and joins the others: makes the list
 * clean. */
void pvhb_ranges_clean(struct pvhb_ranges *ranges);

/* from minus what, both clean, into out, which has room for
 * from->n + what->n ranges. */
void pvhb_ranges_subtract(const struct pvhb_ranges *from, const struct pvhb_ranges *what,
			  struct pvhb_ranges *out);

/* The first address in [start, end), which is not empty, that is not in the
 * clean list; end when all of it is. */
uint64_t pvhb_ranges_first_gap(const struct pvhb_ranges *ranges, struct pvhboot_range wanted);

/* Whether the clean list has an address of a range that is not empty. */
bool pvhb_ranges_touch(const struct pvhb_ranges *ranges, struct pvhboot_range wanted);

/* Cuts the range of a clean list that has `gpa` inside, if there is one, in two;
 * the list has room for one more. Returns the index of the first range at gpa or
 * above. */
size_t pvhb_ranges_cut(struct pvhb_ranges *ranges, uint64_t gpa);

#endif
