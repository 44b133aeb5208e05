/* SPDX-License-Identifier: MIT */
/*
 * Guest memory for struct pvhboot_memory: a few windows of a sparse address
 * space, each between unreadable pages. Every call is recorded; one that
 * leaves the windows is refused; one can be made to fail.
 */
#ifndef TESTS_SUPPORT_FAKEMEM_H
#define TESTS_SUPPORT_FAKEMEM_H

#include <pvhboot/boot.h>

#include "guard.h"

#define FAKEMEM_MAX_WINDOWS 8

enum fakemem_op {
	FAKEMEM_MAP = 1,
	FAKEMEM_WRITE = 2,
	FAKEMEM_ZERO = 4,
	FAKEMEM_ALL = 7, /* of a commit */
	FAKEMEM_READ = 8
};

struct fakemem_window {
	uint64_t gpa;
	size_t size;
	uint8_t *host;
	struct guard guard;
};

struct fakemem_call {
	enum fakemem_op op;
	uint64_t gpa;
	uint64_t size;
};

/* That map has returned. */
struct fakemem_pointer {
	void *host;
	uint64_t gpa;
	uint64_t size;
};

#define FAKEMEM_MAX_MAPPED 8

/* Start with all zero, then add windows. */
struct fakemem {
	struct fakemem_window windows[FAKEMEM_MAX_WINDOWS];
	size_t n_windows;
	uint8_t fill; /* what untouched bytes hold; set before windows are added */

	struct fakemem_call *calls;
	size_t n_calls;
	size_t max_calls;

	size_t fail_at;          /* the call that fails, from 1; 0: none. map fails by NULL */
	int fail_value;          /* what write, zero and read return then */
	uint64_t sum_at_failure; /* fakemem_sum() at that moment */
	uint64_t deny_map_start; /* map returns NULL for what touches this range */
	uint64_t deny_map_end;
	size_t n_refused; /* calls outside of the windows, or of size 0 */

	struct fakemem_pointer mapped[FAKEMEM_MAX_MAPPED]; /* what is to be unmapped yet */
	size_t n_mapped;
};

/* Memory at [gpa, gpa + size), all bytes fill. */
void fakemem_add(struct fakemem *mem, uint64_t gpa, size_t size);
/* Both of these see that every pointer of map was given back, as it was returned. */
void fakemem_close(struct fakemem *mem);

/* Back to untouched bytes and no calls; windows stay. */
void fakemem_reset(struct fakemem *mem);

/* ops: which of the functions are given, FAKEMEM_* added up. */
struct pvhboot_memory fakemem_open(struct fakemem *mem, unsigned int ops, uint32_t flags);

/* The host's view of a range, NULL when it is not in one window. */
uint8_t *fakemem_at(const struct fakemem *mem, uint64_t gpa, uint64_t size);

/* 1 when every byte of the windows outside of the plan's places is untouched. */
int fakemem_untouched_outside(const struct fakemem *mem, const struct pvhboot_plan *plan);

/* A number that differs where any byte of the windows does, but for an accident. */
uint64_t fakemem_sum(const struct fakemem *mem);

/* 1 when no byte of the windows has changed. */
int fakemem_untouched(const struct fakemem *mem);

/* The index of the first place that does not hold its source and zeros, or
 * plan->n_places. */
size_t fakemem_first_wrong_place(const struct fakemem *mem, const struct pvhboot_plan *plan);

#endif
