/* SPDX-License-Identifier: MIT */
/*
 * Free memory that is handed out piece by piece: each request takes the start
 * of the first hole that holds it. Since pieces are taken from the start, a hole
 * only ever shrinks, and a tree of maxima over the holes' sizes finds the first
 * one that is large enough in log n steps.
 */
#ifndef PVHB_HOLE_H
#define PVHB_HOLE_H

#include "../base/env.h"
#include "../base/range.h"

struct pvhb_holes {
	struct pvhboot_range *at; /* ascending; starts at pages; may be empty */
	size_t n;
	uint64_t *tree;  /* [1] is the root, [n_leaves + i] the size of hole i */
	size_t n_leaves; /* a power of two */
};

/* How many numbers the tree over n holes has. */
size_t pvhb_holes_tree_size(size_t n);

/* Makes holes of clean ranges, in place: ranges become the holes, cut to pages
 * at their starts and to floor and ceiling. */
void pvhb_holes_make(struct pvhb_holes *holes, struct pvhb_ranges ranges, uint64_t *tree,
		     uint64_t floor, uint64_t ceiling);

/* What is to be taken. */
struct pvhb_piece {
	uint64_t size;    /* above 0 */
	uint64_t align;   /* a power of two, at least a page */
	uint64_t first;   /* holes from here on are tried first, then all */
	uint64_t ceiling; /* it ends here or below */
};

/* Takes a piece from the first hole that has it. With an alignment above a page
 * the hole loses what is in front of the piece, and holes that are large enough
 * but for the alignment are tried one by one. False: there is none. */
bool pvhb_holes_take(struct pvhb_holes *holes, const struct pvhb_piece *piece, uint64_t *gpa);

/* The most that a piece of this alignment could have below ceiling, for messages. */
uint64_t pvhb_holes_largest(const struct pvhb_holes *holes, uint64_t align, uint64_t ceiling);

#endif
