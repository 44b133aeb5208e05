/* SPDX-License-Identifier: MIT */
/*
 * One piece of work, measured in a process of its own: fresh guest memory each time,
 * and the peak of what it holds beside that.
 */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include <pvhboot/adapt/linux_memory.h>
#include <pvhboot/pvhboot.h>

#define GUEST_SIZE ((size_t)512 << 20)
#define MAX_ROUNDS 101
#define MAX_CONTENDERS 16

struct work {
	const char *name;
	/* Does it once; 0 or the end of the process with a word about it. */
	void (*run)(const struct work *work, struct pvhboot_linux_memory *guest);
	struct pvhboot_bytes file;
	unsigned int n_threads;
	uint32_t memory; /* PVHBOOT_LINUX_MEMORY_* of the guest */
};

struct sample {
	double wall_ms;
	double cpu_ms;
	double extra_kib; /* peak resident memory beyond the guest's and what was there */
};

/* 0: the work ended its process. */
int measure(const struct work *work, struct sample *sample);

/* A piece of work that others are compared with. */
struct contender {
	struct work work; /* without run: there is none */
	struct sample samples[MAX_ROUNDS];
};

/* Measures all of them in turns, round by round, at most MAX_CONTENDERS. The order changes, because
 * the pages that one has given back, huge or small, are there for the next. */
void contest(struct contender *them, size_t n, size_t n_rounds);

/* Numbers of a sample. */
double wall(const struct sample *sample);
double cpu(const struct sample *sample);
double extra(const struct sample *sample);

/* The median of all rounds' numbers, and of the rounds' ratios of two. */
double of(const struct contender *contender, double (*number)(const struct sample *),
	  size_t n_rounds);
double ratio(const struct contender *a, const struct contender *b,
	     double (*number)(const struct sample *), size_t n_rounds);

/* Ends the process. */
_Noreturn void fail(const char *what, const char *why);

double now_ms(void);

/* Sorts the numbers. */
double median(double *numbers, size_t n);

#endif
