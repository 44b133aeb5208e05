/* SPDX-License-Identifier: MIT */
/* Builds cpio archives in the form newc. They begin at a multiple of 4 of the blob. */
#ifndef TESTS_SUPPORT_CPIOBUILD_H
#define TESTS_SUPPORT_CPIOBUILD_H

#include "blob.h"

#define CPIO_HEADER 110u /* bytes */
#define CPIO_REGULAR 0100644u
#define CPIO_FOLDER 0040755u
#define CPIO_LINK 0120777u

/* A header alone. namesize counts the name's NUL. */
void cpio_header(struct blob *to, const char *magic, uint32_t mode, uint32_t filesize,
		 uint32_t namesize);

/* Header, name and bytes of a pattern, each filled up to 4. */
void cpio_entry(struct blob *to, uint32_t mode, const char *name, uint32_t size);
void cpio_file(struct blob *to, const char *name, uint32_t size);
void cpio_trailer(struct blob *to);

#endif
