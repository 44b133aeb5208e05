/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool complain(const char *format, ...)
{
	va_list arguments;

	fflush(stdout); /* the guest's lines come before ours */
	fputs("xen-build: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return false;
}

bool call_failed(const char *call)
{
	return complain("%s: %s", call, strerror(errno));
}

bool library_failed(const struct pvhboot_diag *diag, int reason)
{
	char line[512];

	pvhboot_diag_format(diag, line, sizeof(line));
	if (reason != 0)
		return complain("%s: %s", line, strerror(reason));
	return complain("%s", line);
}
