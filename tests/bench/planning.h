/* SPDX-License-Identifier: MIT */
/* Times of what works on headers and ranges alone, in this process. */
#ifndef TESTS_BENCH_PLANNING_H
#define TESTS_BENCH_PLANNING_H

#include "measure.h"

/* An ELF image and the kernel in it, which borrows it. */
struct opened {
	struct pvhboot_loaded loaded;
	struct pvhboot_kernel kernel;
};

void opened_load(struct opened *opened, struct pvhboot_bytes file);
void opened_free(struct opened *opened);

/* Median of one pvhboot_kernel_open(), in microseconds. */
double time_open(const struct opened *opened);

/* Median of one pvhboot_kernel_relocate(), and of that which undoes it, in microseconds. */
double time_relocations(const struct opened *opened);

/* Median of one pvhboot_plan_make() for a map of n_map entries and n_modules modules. */
double time_plan(const struct opened *opened, size_t n_map, size_t n_modules);

#endif
