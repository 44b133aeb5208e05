/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Fits any finding: the library's rules are far shorter, and so is a detail. */
#define MAX_LINE 512

void complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("kvm-boot: error: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}

int report_boot(const char *path, enum pvhboot_status status, const struct pvhboot_diag *diag)
{
	char line[MAX_LINE];

	for (uint16_t i = 0; i < diag->n_warnings; i++) {
		pvhboot_finding_format(&diag->warnings[i], line, sizeof(line));
		fprintf(stderr, "kvm-boot: warning: %s: %s\n", path, line);
	}
	if (diag->n_lost > 0)
		fprintf(stderr, "kvm-boot: warning: %s: %u more\n", path,
			(unsigned int)diag->n_lost);
	if (status == PVHBOOT_OK)
		return NO_EXIT;
	if (pvhboot_diag_format(diag, line, sizeof(line)) == 0)
		snprintf(line, sizeof(line), "%s", pvhboot_status_name(status));
	complain("%s: %s", path, line);
	return EXIT_REFUSED;
}

int refuse_call(enum exit_code code, const char *call)
{
	const int error = errno;

	complain("%s: %s (errno %d)", call, strerror(error), error);
	return code;
}
