/* SPDX-License-Identifier: MIT */
/* What was found in a kernel file, on standard output. */
#ifndef INSPECT_PRINT_H
#define INSPECT_PRINT_H

#include "load.h"

void inspect_print_json(const char *path, const struct loaded *loaded);
void inspect_print_text(const char *path, const struct loaded *loaded);

#endif
