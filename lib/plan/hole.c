/* SPDX-License-Identifier: MIT */
#include "hole.h"

#include "../base/span.h"

static size_t leaves_for(size_t n)
{
	size_t leaves = 1;

	//@ loop invariant grows(leaves, n); loop assigns leaves;
	while (leaves < n)
		leaves *= 2;
	return leaves;
}

size_t pvhb_holes_tree_size(size_t n)
{
	return 2 * leaves_for(n);
}

void pvhb_holes_make(struct pvhb_holes *holes, struct pvhb_ranges ranges, uint64_t *tree,
		     uint64_t floor, uint64_t ceiling)
{
	size_t n_leaves = leaves_for(ranges.n);
	size_t i;

	*holes = (struct pvhb_holes){ ranges.at, ranges.n, tree, n_leaves };
	memset(tree, 0, 2 * n_leaves * sizeof(tree[0]));
	//@ loop invariant cuts{Here,Pre}(ranges, i, floor, ceiling); loop assigns i, MADE;
	for (i = 0; i < ranges.n; i++) {
		struct pvhboot_range *hole = &ranges.at[i];

		hole->end = pvhb_min(hole->end, ceiling);
		if (!pvhb_align_up(pvhb_max(hole->start, floor), PVHB_PAGE_SIZE, &hole->start) ||
		    hole->start > hole->end)
			hole->start = hole->end;
		tree[n_leaves + i] = hole->end - hole->start;
	}
	//@ loop invariant 0 <= i < n_leaves; loop assigns i, tree[1 .. n_leaves - 1];
	for (i = n_leaves - 1; i > 0; i--)
		tree[i] = pvhb_max(tree[2 * i], tree[2 * i + 1]);
}

/* The first hole from index from on with at least size bytes; n: none. Climbs
 * from the leaf to the first subtree on its right that has one, and descends. */
static size_t find(struct pvhb_holes holes, size_t from, uint64_t size)
{
	size_t node = holes.n_leaves + from;

	if (from >= holes.n)
		return holes.n;
	//@ loop invariant 1 <= node < 2 * holes.n_leaves; loop assigns node;
	while (holes.tree[node] < size) {
		/* a right child's next subtree is its parent's; the root has none */
		//@ loop invariant node < 2 * holes.n_leaves; loop assigns node;
		while (node % 2 == 1)
			node /= 2;
		if (node == 0)
			return holes.n;
		node++;
	}
	//@ loop invariant 1 <= node < 2 * holes.n_leaves; loop assigns node;
	while (node < holes.n_leaves) {
		node *= 2;
		if (holes.tree[node] < size)
			node++;
	}
	return node - holes.n_leaves;
}

/* The first hole that starts at gpa or above. */
static size_t index_of(struct pvhb_holes holes, uint64_t gpa)
{
	size_t low = 0, high = holes.n;

	//@ loop invariant low <= high <= holes.n; loop assigns low, high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (holes.at[middle].start < gpa)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Takes [gpa, gpa + size), which lies in hole i, with all that is below it there. */
static void take(struct pvhb_holes holes, size_t i, uint64_t gpa, uint64_t size)
{
	struct pvhboot_range *hole = &holes.at[i];
	size_t node = holes.n_leaves + i;

	/* what is left starts at the next page; a piece of a page is lost */
	if (!pvhb_align_up(gpa + size, PVHB_PAGE_SIZE, &hole->start) || hole->start > hole->end)
		hole->start = hole->end;
	holes.tree[node] = hole->end - hole->start;
	//@ loop invariant node < 2 * holes.n_leaves; loop assigns node, NODES(holes);
	while ((node /= 2) > 0)
		holes.tree[node] = pvhb_max(holes.tree[2 * node], holes.tree[2 * node + 1]);
}

static bool take_from(struct pvhb_holes holes, size_t i, const struct pvhb_piece *piece,
		      uint64_t *gpa)
{
	//@ loop assigns i;
	for (i = find(holes, i, piece->size); i < holes.n; i = find(holes, i + 1, piece->size)) {
		uint64_t start;

		/* holes ascend, so behind one that ends too high all others do */
		if (!pvhb_align_up(holes.at[i].start, piece->align, &start) ||
		    !pvhb_within(piece->ceiling, start, piece->size))
			return false;
		if (pvhb_within(holes.at[i].end, start, piece->size)) {
			take(holes, i, start, piece->size);
			*gpa = start;
			return true;
		}
	}
	return false;
}

bool pvhb_holes_take(struct pvhb_holes *holes, const struct pvhb_piece *piece, uint64_t *gpa)
{
	return take_from(*holes, index_of(*holes, piece->first), piece, gpa) ||
	       take_from(*holes, 0, piece, gpa);
}

uint64_t pvhb_holes_largest(const struct pvhb_holes *holes, uint64_t align, uint64_t ceiling)
{
	uint64_t largest = 0;
	size_t i;

	//@ loop assigns i, largest;
	for (i = 0; i < holes->n; i++) {
		uint64_t end = pvhb_min(holes->at[i].end, ceiling);
		uint64_t start;

		if (pvhb_align_up(holes->at[i].start, align, &start) && start < end)
			largest = pvhb_max(largest, end - start);
	}
	return largest;
}
