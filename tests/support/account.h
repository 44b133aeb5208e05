/* SPDX-License-Identifier: MIT */
/*
 * What a call costs: each trial runs in a process of its own, whose address space ends
 * where the limits do, and tells how much memory and time it took. Not for sanitizers
 * and valgrind, which map more than that.
 */
#ifndef TESTS_SUPPORT_ACCOUNT_H
#define TESTS_SUPPORT_ACCOUNT_H

#include <pvhboot/base.h>

/* What is run; the bytes are its input. */
typedef enum pvhboot_status trial(struct pvhboot_bytes input);

/* The C library's own heap, what libelf takes, stacks, pages of code and of the input. */
#define ACCOUNT_SLACK ((size_t)3 << 20)

/*
 * The trial ends with this status, takes no more than max_memory bytes of address space,
 * nor touches more beyond what was touched before, and no more than a minute of CPU time,
 * which under emulation is a second elsewhere. Prints a line with all of it.
 */
void expect_within(const char *row, trial *run, struct pvhboot_bytes input, size_t max_memory,
		   enum pvhboot_status status);

/* The same, but there is address space enough: for what can do without memory where there
 * is none, and should not take it where there is. */
void expect_touched(const char *row, trial *run, struct pvhboot_bytes input, size_t max_memory,
		    enum pvhboot_status status);

#endif
