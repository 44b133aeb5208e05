/* SPDX-License-Identifier: MIT */
/* The contract of lib/base/sort.c. */
#ifndef PROOF_SORT_H
#define PROOF_SORT_H

#include "base.h"
#include "product.h"

#include "../../lib/base/sort.h"

/*@ requires 1 <= size <= PVHB_SORT_MAX_SIZE && product(n, size) <= SIZE_MAX;
    requires \valid((uint8_t *)base + (0 .. product(n, size) - 1));
    assigns ((uint8_t *)base)[0 .. product(n, size) - 1]; */
void pvhb_sort(void *base, size_t n, size_t size, bool (*less)(const void *a, const void *b));

#endif
