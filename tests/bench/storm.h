/* SPDX-License-Identifier: MIT */
/* What one more guest of an unpacked kernel costs, as examples/storm starts them. */
#ifndef TESTS_BENCH_STORM_H
#define TESTS_BENCH_STORM_H

#include <pvhboot/base.h>

struct storm_cost {
	double us;  /* median of one start */
	double kib; /* the most private memory of one */
};

/* Prepares n guests, which stay until all are there, each up to its registers. */
struct storm_cost storm_start(const char *kernel, size_t n);

/* The same where each has a random address of its own: a kernel that was unpacked once is relocated
 * anew, and its bytes are written to each guest. */
struct storm_cost storm_slide(struct pvhboot_bytes kernel, size_t n);

#endif
