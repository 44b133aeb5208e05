/* SPDX-License-Identifier: MIT */
#include "findings.h"

#include <stdio.h>

#include "expect.h"

void expect_report(const char *row, const struct pvhboot_start_report *report)
{
	size_t n[PVHBOOT_SEVERITY_NOTE + 1] = { 0 };

	expect_true(row, report->n_findings <= report->max_findings);
	for (size_t i = 0; i < report->n_findings; i++) {
		const struct pvhboot_start_finding *found = &report->findings[i];

		expect_finding(
			row, &found->finding,
			&(struct finding){ .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_START });
		expect_true(row, found->severity >= PVHBOOT_SEVERITY_ERROR &&
					 found->severity <= PVHBOOT_SEVERITY_NOTE);
		expect_true(row, found->guests != 0 && found->guests < 2 * PVHBOOT_FOR_XEN);
		n[found->severity]++;
	}
	expect_eq(row, report->n_errors, n[PVHBOOT_SEVERITY_ERROR]);
	expect_eq(row, report->n_warnings, n[PVHBOOT_SEVERITY_WARNING]);
	expect_eq(row, report->n_notes, n[PVHBOOT_SEVERITY_NOTE]);
}

void expect_found(const char *row, const struct pvhboot_start_report *report, size_t i, size_t n,
		  const struct want *want)
{
	const struct pvhboot_start_finding *got = &report->findings[i];

	if (report->n_findings != n) {
		for (size_t k = 0; k < report->n_findings; k++) {
			char line[256];

			pvhboot_finding_format(&report->findings[k].finding, line, sizeof(line));
			fprintf(stderr, "%s: %s\n", row, line);
		}
	}
	expect_eq(row, report->n_findings, n);
	expect_rule(row, &got->finding, want->words);
	expect_finding(row, &got->finding,
		       &(struct finding){
			       .says = SAYS_SUBJECT |
				       (want->found == PLAIN ? SAYS_NO_NUMBERS : SAYS_NUMBERS) |
				       (want->gpa == NO_GPA ? SAYS_NO_OFFSET : SAYS_OFFSET),
			       .subject = want->subject,
			       .offset = want->gpa,
			       .found = want->found,
			       .bound = want->bound,
		       });
	expect_eq(row, got->severity, want->severity);
	expect_eq(row, got->guests, want->guests);
}
