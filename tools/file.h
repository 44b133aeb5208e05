/* SPDX-License-Identifier: MIT */
/* Whole files as bytes. */
#ifndef FILE_H
#define FILE_H

#include <pvhboot/base.h>

struct file {
	struct pvhboot_bytes bytes; /* until file_release() */
	uint8_t *mapped;            /* what munmap() wants, or NULL */
	uint8_t *allocated;         /* what free() wants, or NULL */
};

/*
 * Reads a file; "-" is standard input. A regular file is mapped, so that a
 * module of which only the size counts costs neither time nor memory; what
 * cannot be mapped is read into memory. An empty file is 0 bytes at NULL.
 * Returns NO_EXIT, or EXIT_REFUSED after a complaint.
 */
int file_read(const char *path, struct file *out);

/* The same without a limit to what is mapped: for the memory of a guest, of which there may be
 * more than 4 GiB. */
int file_read_large(const char *path, struct file *out);

/* Takes a file that was read or one that is all zero. */
void file_release(struct file *file);

/* 1 for "-". */
int file_is_stdin(const char *path);

/* The path as messages name it. The empty one, which they could not show, is quoted. */
const char *file_label(const char *path);

#endif
