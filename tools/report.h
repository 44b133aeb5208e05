/* SPDX-License-Identifier: MIT */
/* What the library found wrong, as lines of text. */
#ifndef REPORT_H
#define REPORT_H

#include "json.h"

#include <pvhboot/boot.h>

/* Fits any finding: the library's rules are far shorter, and so is a detail. */
#define REPORT_MAX_LINE 512

/* A finding in the words of the command. */
void report_finding(const struct pvhboot_finding *finding, char line[REPORT_MAX_LINE]);

/* Complains of the failure in diag. Returns EXIT_REFUSED. */
int refuse(const char *path, const struct pvhboot_diag *diag);

/* Complains of a failure, or of a warning that the library's options make one. Returns
 * EXIT_REFUSED, or NO_EXIT where there is neither. */
int refuse_unless_good(enum pvhboot_status status, const char *path,
		       const struct pvhboot_options *library, struct pvhboot_diag *diag);

/* Prints the warnings in diag under a title; nothing when there are none. */
void text_warnings(const struct pvhboot_diag *diag);

/* Writes them as the member "warnings", a list of strings. */
void json_warnings(struct json *json, const struct pvhboot_diag *diag);

#endif
