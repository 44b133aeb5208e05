/* SPDX-License-Identifier: MIT */
#ifndef STORM_MEASURE_H
#define STORM_MEASURE_H

#include <stddef.h>
#include <stdint.h>

/* Microseconds of a clock that only goes forward. */
double measure_now(void);

/* The middle one of n numbers, which are sorted by this; the greatest is the last. */
double measure_median(double *numbers, size_t n);

/* KiB of a mapping of this process that no one else has, by its start; -1: the
 * kernel does not tell. */
long measure_private_kib(const void *start);

#endif
