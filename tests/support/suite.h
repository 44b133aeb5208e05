/* SPDX-License-Identifier: MIT */
/* One Check suite as a whole program. */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include <check.h>

/* A case without Check's own time limit: the runner outside has one, which
 * knows about valgrind. */
TCase *suite_case(Suite *suite, const char *name);

/* Runs it, frees it, and returns what main() should. */
int suite_run(Suite *suite);

#endif
