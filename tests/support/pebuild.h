/* SPDX-License-Identifier: MIT */
/* Builds PE files as systemd's ukify makes unified kernel images, without a stub. */
#ifndef TESTS_SUPPORT_PEBUILD_H
#define TESTS_SUPPORT_PEBUILD_H

#include "blob.h"

struct pe_section {
	const char *name; /* at most 8 bytes */
	struct pvhboot_bytes bytes;
};

/* Appends a file with these sections, each padded to 512 bytes in the file. */
void pe_build(struct blob *out, const struct pe_section *sections, size_t n);

/* Where a field lies: "e_lfanew", those of the COFF header, "Magic", "Subsystem", and of
 * section header number index by their names in Microsoft's PE Format. */
size_t pe_where(const char *field, size_t index);
uint64_t pe_read(const struct blob *file, const char *field, size_t index);
void pe_patch(struct blob *file, const char *field, size_t index, uint64_t value);

#endif
