/* SPDX-License-Identifier: MIT */
/* Numbers for random tests: the same ones in every run, by a seed. */
#ifndef TESTS_SUPPORT_RANDOM_H
#define TESTS_SUPPORT_RANDOM_H

#include <stdint.h>

/* seed is not 0. */
void random_start(uint64_t seed);

/* From 0 to n - 1; n is not 0. */
uint64_t random_below(uint64_t n);

#endif
