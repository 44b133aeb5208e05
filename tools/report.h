/* SPDX-License-Identifier: MIT */
/* What the library found wrong, as lines of text. */
#ifndef REPORT_H
#define REPORT_H

#include "json.h"

#include <pvhboot/base.h>

/* Complains of the failure in diag. Returns EXIT_REFUSED. */
int refuse(const char *path, const struct pvhboot_diag *diag);

/* Complains of the first warning in diag, of which there is one. Returns EXIT_REFUSED. */
int refuse_warning(const char *path, struct pvhboot_diag *diag);

/* Prints the warnings in diag under a title; nothing when there are none. */
void text_warnings(const struct pvhboot_diag *diag);

/* Writes them as the member "warnings", a list of strings. */
void json_warnings(struct json *json, const struct pvhboot_diag *diag);

#endif
