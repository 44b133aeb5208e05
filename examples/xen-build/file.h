/* SPDX-License-Identifier: MIT */
#ifndef XEN_BUILD_FILE_H
#define XEN_BUILD_FILE_H

#include <pvhboot/base.h>
#include <stdbool.h>

/* Reads a whole file; out->data is the caller's to free(), NULL when it is empty.
 * Returns false after a complaint, and then there is nothing to free. */
bool file_read(const char *path, struct pvhboot_buffer *out);

#endif
