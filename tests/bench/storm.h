/* SPDX-License-Identifier: MIT */
/* What one more guest of an unpacked kernel costs, as examples/storm starts them. */
#ifndef TESTS_BENCH_STORM_H
#define TESTS_BENCH_STORM_H

#include <stddef.h>

struct storm_cost {
	double us;  /* median of one start */
	double kib; /* the most private memory of one */
};

/* Prepares n guests, which stay until all are there, each up to its registers. */
struct storm_cost storm_start(const char *kernel, size_t n);

#endif
