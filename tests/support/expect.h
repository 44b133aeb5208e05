/* SPDX-License-Identifier: MIT */
/*
 * What a call should have said. Every check names the row of the table that it
 * belongs to, so that a failure reads "row: what is wrong".
 */
#ifndef TESTS_SUPPORT_EXPECT_H
#define TESTS_SUPPORT_EXPECT_H

#include <check.h>
#include <inttypes.h>
#include <pvhboot/base.h>

/* check writes a line to a pipe for every assertion that holds, so as to tell where a program was
 * that crashed. That is most of the time of a test with a million of them, and a sanitizer tells
 * better. Here an assertion that holds does nothing. */
#undef ck_assert_msg
#define ck_assert_msg(condition, ...)                                                              \
	((condition) ? (void)0 :                                                                   \
		       _ck_assert_failed(__FILE__, __LINE__, "Assertion '" #condition "' failed",  \
					 __VA_ARGS__))

#define expect_true(row, condition)                                                                \
	ck_assert_msg(condition, "%s: does not hold: %s", (row), #condition)

#define expect_eq(row, got, want)                                                                  \
	do {                                                                                       \
		const uint64_t got_ = (uint64_t)(got);                                             \
		const uint64_t want_ = (uint64_t)(want);                                           \
		ck_assert_msg(got_ == want_,                                                       \
			      "%s: %s is %" PRIu64 " (0x%" PRIx64 "), not %" PRIu64 " (0x%" PRIx64 \
			      ")",                                                                 \
			      (row), #got, got_, got_, want_, want_);                              \
	} while (0)

#define expect_status(row, got, want)                                                              \
	do {                                                                                       \
		const enum pvhboot_status got_status_ = (got);                                     \
		const enum pvhboot_status want_status_ = (want);                                   \
		ck_assert_msg(got_status_ == want_status_, "%s: %s is %s, not %s", (row), #got,    \
			      pvhboot_status_name(got_status_),                                    \
			      pvhboot_status_name(want_status_));                                  \
	} while (0)

/* Which members of struct finding are compared. */
#define SAYS_STAGE 1u
#define SAYS_SUBJECT 2u
#define SAYS_INDEX 4u
#define SAYS_OFFSET 8u
#define SAYS_FOUND 16u
#define SAYS_BOUND 32u
#define SAYS_NUMBERS (SAYS_FOUND | SAYS_BOUND)
#define SAYS_NO_INDEX 64u
#define SAYS_NO_OFFSET 128u
#define SAYS_NO_NUMBERS 256u

struct finding {
	unsigned int says;
	enum pvhboot_stage stage;
	enum pvhboot_subject subject;
	uint32_t index;
	uint64_t offset;
	uint64_t found;
	uint64_t bound;
};

/* A finding is well formed and is this one. */
void expect_finding(const char *row, const struct pvhboot_finding *got, const struct finding *want);

/* Its rule has these words in it. */
void expect_rule(const char *row, const struct pvhboot_finding *got, const char *words);

/* The diagnostic tells a failure with this status, well formed and printable. */
void expect_failure(const char *row, const struct pvhboot_diag *diag, enum pvhboot_status status,
		    const struct finding *want);

/* Nothing failed, and the diagnostic has this many warnings, all well formed. */
void expect_success(const char *row, const struct pvhboot_diag *diag, size_t n_warnings);

/* The only warning is this one. */
void expect_warning(const char *row, const struct pvhboot_diag *diag, const struct finding *want);

#endif
