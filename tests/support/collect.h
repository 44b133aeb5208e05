/* SPDX-License-Identifier: MIT */
/*
 * Keeps what the unit tests build in memory for programs that they cannot be linked
 * to: with PVHBOOT_TEST_CORPUS in the environment, whatever blob_view() shows is
 * put into that folder, one file for each content. Pieces of it, such as all
 * that a file can be cut to, are not: they would be tens of thousands.
 */
#ifndef TESTS_SUPPORT_COLLECT_H
#define TESTS_SUPPORT_COLLECT_H

#include <pvhboot/base.h>

/* Nothing without the variable, nor for what is too large for a corpus. */
void collect(struct pvhboot_bytes bytes);

#endif
