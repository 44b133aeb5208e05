/* SPDX-License-Identifier: MIT */
#ifndef PVHB_SORT_H
#define PVHB_SORT_H

#include "env.h"

/* The largest element that is sorted anywhere in lib/. */
#define PVHB_SORT_MAX_SIZE 64

/* Sorts n elements of size bytes each, at most PVHB_SORT_MAX_SIZE, so that no
 * element is less than the one before it. Elements that are equal come in an
 * order that depends on the input alone. */
void pvhb_sort(void *base, size_t n, size_t size, bool (*less)(const void *a, const void *b));

#endif
