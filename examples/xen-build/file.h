/* SPDX-License-Identifier: MIT */
#ifndef XEN_BUILD_FILE_H
#define XEN_BUILD_FILE_H

#include <pvhboot/base.h>
#include <stdbool.h>

/* Reads a whole file. Returns false after a complaint, and then *out is empty. */
bool file_read(const char *path, struct pvhboot_bytes *out);

/* Takes what file_read() gave, or all zero. */
void file_release(struct pvhboot_bytes file);

#endif
