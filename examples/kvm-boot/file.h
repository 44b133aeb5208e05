/* SPDX-License-Identifier: MIT */
/* Whole files as bytes. */
#ifndef KVM_BOOT_FILE_H
#define KVM_BOOT_FILE_H

#include <pvhboot/base.h>

/* Maps a regular file, for reading only; an empty one is 0 bytes at NULL. Returns
 * NO_EXIT, or EXIT_REFUSED after a complaint. */
int file_map(const char *path, struct pvhboot_bytes *out);

/* Takes what file_map() gave, or all zero. */
void file_unmap(struct pvhboot_bytes *file);

#endif
