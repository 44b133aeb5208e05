/* SPDX-License-Identifier: MIT */
/* Proves: lib/base/sort.c
 * Not proved: is_less: calls what the caller gave, by a pointer;
 */

#include "sort.h"

#include "../../lib/base/sort.c"

/*@
  predicate heap(struct heap *h, integer n) =
    \valid_read(h) && 1 <= h->size <= PVHB_SORT_MAX_SIZE && product(n, h->size) <= SIZE_MAX &&
    \valid(h->base + (0 .. product(n, h->size) - 1)) &&
    \separated(h, h->base + (0 .. product(n, h->size) - 1));
*/

/*@ requires \valid_read(heap) && 0 <= product(i, heap->size) <= SIZE_MAX;
    assigns \nothing;
    ensures \result == heap->base + product(i, heap->size); */
static uint8_t *element(const struct heap *heap, size_t i);

/*@ requires \valid_read(heap);
    assigns \nothing; */
static bool is_less(const struct heap *heap, size_t i, size_t j);

/*@ requires heap(heap, j + 1) && i < j;
    assigns heap->base[0 .. product(j + 1, heap->size) - 1]; */
static void swap(const struct heap *heap, size_t i, size_t j);

/*@ requires heap(heap, n) && i < n;
    assigns heap->base[0 .. product(n, heap->size) - 1]; */
static void sift_down(const struct heap *heap, size_t i, size_t n);
