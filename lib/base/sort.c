/* SPDX-License-Identifier: MIT */
/*
 * Heapsort: in place, n log n on any input (a caller's map may be hostile),
 * without recursion. qsort() promises none of these and does not exist in a
 * freestanding build.
 */

#include "sort.h"

struct heap {
	uint8_t *base;
	size_t size;
	bool (*less)(const void *a, const void *b);
};

static uint8_t *element(const struct heap *heap, size_t i)
{
	return heap->base + i * heap->size;
}

static bool is_less(const struct heap *heap, size_t i, size_t j)
{
	return heap->less(element(heap, i), element(heap, j));
}

static void swap(const struct heap *heap, size_t i, size_t j)
{
	uint8_t saved[PVHB_SORT_MAX_SIZE];

	memcpy(saved, element(heap, i), heap->size);
	memcpy(element(heap, i), element(heap, j), heap->size);
	memcpy(element(heap, j), saved, heap->size);
}

/* Moves element i down until no child is greater. */
static void sift_down(const struct heap *heap, size_t i, size_t n)
{
	/* an array of n elements has n/2 parents, so 2 * i + 1 cannot wrap */
	//@ loop invariant i < n; loop assigns i, heap->base[0 .. product(n, heap->size) - 1];
	while (i < n / 2) {
		size_t child = 2 * i + 1;

		if (child + 1 < n && is_less(heap, child, child + 1))
			child++;
		if (!is_less(heap, i, child))
			return;
		swap(heap, i, child);
		i = child;
	}
}

void pvhb_sort(void *base, size_t n, size_t size, bool (*less)(const void *a, const void *b))
{
	struct heap heap = { base, size, less };
	size_t i;

	//@ loop invariant i <= n / 2; loop assigns i, heap.base[0 .. product(n, size) - 1];
	for (i = n / 2; i > 0; i--)
		sift_down(&heap, i - 1, n);
	//@ loop invariant i <= n; loop assigns i, heap.base[0 .. product(n, size) - 1];
	for (i = n; i > 1; i--) {
		swap(&heap, 0, i - 1);
		sift_down(&heap, 0, i - 1);
	}
}
