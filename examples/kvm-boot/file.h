/* SPDX-License-Identifier: MIT */
/* Whole files as bytes, and their pages as a guest's. */
#ifndef KVM_BOOT_FILE_H
#define KVM_BOOT_FILE_H

#include <pvhboot/base.h>

struct file {
	struct pvhboot_bytes bytes; /* mapped for reading; an empty file is 0 bytes at NULL */
	int fd;                     /* where there are bytes */
};

/* Maps a regular file. Returns NO_EXIT, or EXIT_REFUSED after a complaint. */
int file_open(const char *path, struct file *out);

/* Takes what file_open() gave, or all zero. */
void file_close(struct file *file);

/* Puts size bytes at offset of a file to the start of a page of the guest, without
 * a copy but for the last part of a page: both see the file's pages until the guest
 * writes to its own. offset is that of a page. Returns as file_open(). */
int file_put(const struct file *file, uint64_t offset, uint64_t size, uint8_t *to);

#endif
