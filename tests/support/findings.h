/* SPDX-License-Identifier: MIT */
/* What a check of a start state should have found. */
#ifndef TESTS_SUPPORT_FINDINGS_H
#define TESTS_SUPPORT_FINDINGS_H

#include <pvhboot/start.h>

#define NO_GPA UINT64_MAX
#define PLAIN UINT64_C(0x706c61696e) /* in place of found: the finding has no numbers */

struct want {
	enum pvhboot_severity severity;
	uint32_t guests;
	enum pvhboot_subject subject;
	uint64_t gpa;
	uint64_t found;
	uint64_t bound;
	const char *words;
};

/* A report that has room for all of its findings is well formed, and its numbers agree. */
void expect_report(const char *row, const struct pvhboot_start_report *report);

/* Exactly this one is finding number i of n. */
void expect_found(const char *row, const struct pvhboot_start_report *report, size_t i, size_t n,
		  const struct want *want);

#endif
