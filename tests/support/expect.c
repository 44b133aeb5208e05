/* SPDX-License-Identifier: MIT */
#include "expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int printable(const char *text, size_t max_size)
{
	const char *end = memchr(text, '\0', max_size);

	if (!end)
		return 0;
	for (; text < end; text++) {
		if (*text < ' ' || *text > '~')
			return 0;
	}
	return 1;
}

/* For tests/diagnostics: a line of the rule, what is printed, and the row that made it. What a
 * process writes at once is not torn by others. */
static void note_line(const char *row, const char *rule, const char *line)
{
	const char *path = getenv("PVHBOOT_TEST_DIAGNOSTICS");
	char text[2048];
	FILE *file;

	if (!path || !rule)
		return;
	file = fopen(path, "a");
	if (!file)
		return;
	snprintf(text, sizeof(text), "%s\t%s\t%s\n", rule, line, row);
	fputs(text, file);
	fclose(file);
}

/* What holds for any finding, whatever it says. */
static void expect_well_formed(const char *row, const struct pvhboot_finding *finding)
{
	char line[512], rule[512];
	size_t size;

	ck_assert_msg(finding->rule, "%s: the finding has no rule", row);
	ck_assert_msg(finding->rule[0] && printable(finding->rule, sizeof(line)),
		      "%s: the rule is empty or not printable", row);
	ck_assert_msg(finding->stage >= PVHBOOT_STAGE_IMAGE &&
			      finding->stage <= PVHBOOT_STAGE_START,
		      "%s: stage %u is none", row, finding->stage);
	ck_assert_msg(finding->subject <= PVHBOOT_SUBJECT_GDT, "%s: subject %u is none", row,
		      finding->subject);
	ck_assert_msg((finding->has &
		       ~(PVHBOOT_HAS_INDEX | PVHBOOT_HAS_OFFSET | PVHBOOT_HAS_NUMBERS |
			 PVHBOOT_HAS_NEED)) == 0,
		      "%s: unknown bits in has: 0x%x", row, finding->has);
	size = pvhboot_finding_format(finding, line, sizeof(line));
	ck_assert_msg(size > 0 && size < sizeof(line) && strlen(line) == size,
		      "%s: the finding does not format", row);
	ck_assert_msg(printable(line, sizeof(line)), "%s: the formatted finding is not printable",
		      row);
	/* the numbers stand before the advice behind a ';' */
	snprintf(rule, sizeof(rule), "%.*s", (int)strcspn(finding->rule, ";"), finding->rule);
	ck_assert_msg(strstr(line, rule), "%s: the rule is not in \"%s\"", row, line);
	note_line(row, finding->rule, line);
}

static void expect_member(const char *row, const struct pvhboot_finding *got, const char *member,
			  unsigned int has, uint64_t got_value, uint64_t want_value)
{
	char line[512];

	pvhboot_finding_format(got, line, sizeof(line));
	ck_assert_msg((got->has & has) == has, "%s: the finding has no %s: \"%s\"", row, member,
		      line);
	ck_assert_msg(got_value == want_value,
		      "%s: %s is %" PRIu64 " (0x%" PRIx64 "), not %" PRIu64 " (0x%" PRIx64
		      "): \"%s\"",
		      row, member, got_value, got_value, want_value, want_value, line);
}

void expect_finding(const char *row, const struct pvhboot_finding *got, const struct finding *want)
{
	expect_well_formed(row, got);
	if (want->says & SAYS_STAGE)
		expect_member(row, got, "stage", 0, got->stage, want->stage);
	if (want->says & SAYS_SUBJECT)
		expect_member(row, got, "subject", 0, got->subject, want->subject);
	if (want->says & SAYS_INDEX)
		expect_member(row, got, "index", PVHBOOT_HAS_INDEX, got->index, want->index);
	if (want->says & SAYS_OFFSET)
		expect_member(row, got, "offset", PVHBOOT_HAS_OFFSET, got->offset, want->offset);
	if (want->says & SAYS_FOUND)
		expect_member(row, got, "found", PVHBOOT_HAS_NUMBERS, got->found, want->found);
	if (want->says & SAYS_BOUND)
		expect_member(row, got, "bound", PVHBOOT_HAS_NUMBERS, got->bound, want->bound);
	if (want->says & SAYS_NO_INDEX)
		expect_member(row, got, "has index", 0, got->has & PVHBOOT_HAS_INDEX, 0);
	if (want->says & SAYS_NO_OFFSET)
		expect_member(row, got, "has offset", 0, got->has & PVHBOOT_HAS_OFFSET, 0);
	if (want->says & SAYS_NO_NUMBERS)
		expect_member(row, got, "has numbers", 0, got->has & PVHBOOT_HAS_NUMBERS, 0);
}

void expect_rule(const char *row, const struct pvhboot_finding *got, const char *words)
{
	ck_assert_msg(got->rule && strstr(got->rule, words), "%s: the rule is \"%s\", not \"%s\"",
		      row, got->rule ? got->rule : "", words);
	expect_well_formed(row, got);
}

void expect_failure(const char *row, const struct pvhboot_diag *diag, enum pvhboot_status status,
		    const struct finding *want)
{
	char line[512];
	size_t size;

	expect_status(row, (enum pvhboot_status)diag->status, status);
	expect_finding(row, &diag->failure, want);
	ck_assert_msg(printable(diag->detail, sizeof(diag->detail)), "%s: detail is not printable",
		      row);
	size = pvhboot_diag_format(diag, line, sizeof(line));
	ck_assert_msg(size > 0 && size < sizeof(line) && strlen(line) == size,
		      "%s: the diagnostic does not format", row);
	ck_assert_msg(strstr(line, diag->detail), "%s: the detail is not in \"%s\"", row, line);
	note_line(row, diag->failure.rule, line);
}

void expect_success(const char *row, const struct pvhboot_diag *diag, size_t n_warnings)
{
	char line[512] = "";

	pvhboot_diag_format(diag, line, sizeof(line));
	ck_assert_msg(!diag->failure.rule, "%s: a success says \"%s\"", row, line);
	ck_assert_msg(diag->detail[0] == '\0', "%s: a success adds \"%s\"", row, diag->detail);
	expect_status(row, (enum pvhboot_status)diag->status, PVHBOOT_OK);
	expect_eq(row, diag->n_lost, 0);
	if (diag->n_warnings)
		pvhboot_finding_format(&diag->warnings[0], line, sizeof(line));
	ck_assert_msg(diag->n_warnings == n_warnings, "%s: %u warnings, not %zu: \"%s\"", row,
		      diag->n_warnings, n_warnings, line);
	for (size_t i = 0; i < n_warnings; i++)
		expect_well_formed(row, &diag->warnings[i]);
}

void expect_warning(const char *row, const struct pvhboot_diag *diag, const struct finding *want)
{
	expect_success(row, diag, 1);
	expect_finding(row, &diag->warnings[0], want);
}
