/* SPDX-License-Identifier: MIT */
/* One Check suite as a whole program. */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include <check.h>
#include <stdint.h>

/* A case without Check's own time limit: the runner outside has one, which
 * knows about valgrind. */
TCase *suite_case(Suite *suite, const char *name);

/* How many rounds a random test makes of those that it would: fewer under a slow
 * checker, by $PVHBOOT_TEST_THIN, at least one in so many. */
uint64_t suite_rounds(uint64_t n);

/* The same for a test that walks through an input: a step of n, or, where there are to be few
 * rounds, half of that many times n; odd, so that all bits of a byte have their turn. */
uint64_t suite_step(uint64_t n);

/* Runs it, frees it, and returns what main() should. */
int suite_run(Suite *suite);

#endif
