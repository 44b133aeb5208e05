/* SPDX-License-Identifier: MIT */
/*
 * One piece of work, measured in a process of its own: fresh guest memory each time,
 * and the peak of what it holds beside that.
 */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include <pvhboot/pvhboot.h>

#define GUEST_SIZE ((size_t)512 << 20)

struct work {
	const char *name;
	/* Does it once; 0 or the end of the process with a word about it. */
	void (*run)(const struct work *work, uint8_t *guest);
	struct pvhboot_bytes file;
	unsigned int n_threads;
	int huge; /* 1: guest memory asks for huge pages */
};

struct sample {
	double wall_ms;
	double cpu_ms;
	double extra_kib; /* peak resident memory beyond the guest's and what was there */
};

/* 0: the work ended its process. */
int measure(const struct work *work, struct sample *sample);

/* Ends the process. */
_Noreturn void fail(const char *what, const char *why);

double now_ms(void);

/* Sorts the numbers. */
double median(double *numbers, size_t n);

#endif
