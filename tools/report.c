/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "command.h"
#include "file.h"
#include "options.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

/* What of the library is an option here, as its lines name it. */
static const struct {
	const char *said;
	const char *meant;
	const char *option; /* a command that has no such option says nothing instead */
} hints[] = {
	{ "COMPAT_XEN", "--compat xen", "compat" },
	{ " (PVHBOOT_REQUEST_JOIN)", " (--join)", "join" },
	{ "AUTO takes pvh alone with DOM0 or VERSION_0",
	  "--dom0 and --start-info-version 0 take pvh alone", "dom0" },
	{ "; raise max_output", "; raise --max-output", "max-output" },
	{ "; raise max_memory", "; raise --max-memory", "max-memory" },
	{ "; raise ceiling", "; raise --ceiling", "ceiling" },
	{ "; raise info_ceiling or ceiling", "; raise --info-ceiling or --ceiling",
	  "info-ceiling" },
	{ "; give the guest more memory, or raise ceiling",
	  "; give the guest more memory, or raise --ceiling", "ceiling" },
	{ "; give the guest more memory", "; give the guest more memory", "memory" },
};

/* What a person can do is told in the words of the command. */
static void name_options(char line[REPORT_MAX_LINE])
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		const char *meant = options_has(hints[i].option) ? hints[i].meant : "";
		const size_t from = strlen(hints[i].said), to = strlen(meant);
		char *at = strstr(line, hints[i].said);
		char rest[REPORT_MAX_LINE];

		if (!at || strlen(line) - from + to >= REPORT_MAX_LINE)
			continue;
		snprintf(rest, sizeof(rest), "%s", at + from);
		snprintf(at, REPORT_MAX_LINE - (size_t)(at - line), "%s%s", meant, rest);
	}
}

void report_finding(const struct pvhboot_finding *finding, char line[REPORT_MAX_LINE])
{
	pvhboot_finding_format(finding, line, REPORT_MAX_LINE);
	name_options(line);
}

int refuse(const char *path, const struct pvhboot_diag *diag)
{
	char line[REPORT_MAX_LINE];

	if (pvhboot_diag_format(diag, line, sizeof(line)) == 0)
		snprintf(line, sizeof(line), "%s",
			 pvhboot_status_name((enum pvhboot_status)diag->status));
	name_options(line);
	complain("%s: %s", file_label(path), line);
	return EXIT_REFUSED;
}

int refuse_unless_good(enum pvhboot_status status, const char *path,
		       const struct pvhboot_options *library, struct pvhboot_diag *diag)
{
	if (status != PVHBOOT_OK)
		return refuse(path, diag);
	if (!(library->flags & PVHBOOT_OPTION_STRICT) || diag->n_warnings == 0)
		return NO_EXIT;
	diag->status = PVHBOOT_WARNED;
	diag->failure = diag->warnings[0];
	diag->detail[0] = '\0';
	return refuse(path, diag);
}

/* Writes warning i and returns 1, or returns 0 behind the last one. */
static int format_warning(const struct pvhboot_diag *diag, uint32_t i, char line[REPORT_MAX_LINE])
{
	if (i < diag->n_warnings) {
		report_finding(&diag->warnings[i], line);
		return 1;
	}
	if (i > diag->n_warnings || diag->n_lost == 0)
		return 0;
	snprintf(line, REPORT_MAX_LINE, "%" PRIu32 " more of them", diag->n_lost);
	return 1;
}

void text_warnings(const struct pvhboot_diag *diag)
{
	char line[REPORT_MAX_LINE];

	if (format_warning(diag, 0, line))
		puts("\nWarnings");
	for (uint32_t i = 0; format_warning(diag, i, line); i++) {
		fputs("  ", stdout);
		text_put(stdout, line, strlen(line));
		putchar('\n');
	}
}

void json_warnings(struct json *json, const struct pvhboot_diag *diag)
{
	char line[REPORT_MAX_LINE];

	json_list(json, "warnings");
	for (uint32_t i = 0; format_warning(diag, i, line); i++)
		json_string(json, NULL, line);
	json_list_end(json);
}
