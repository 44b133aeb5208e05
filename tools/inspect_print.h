/* SPDX-License-Identifier: MIT */
/* What was found in a kernel file, as text or JSON. */
#ifndef INSPECT_PRINT_H
#define INSPECT_PRINT_H

#include <pvhboot/boot.h>
#include <stdio.h>

struct inspected {
	const char *path;
	struct pvhboot_loaded unpacked;
	struct pvhboot_kernel kernel; /* n_segments is 0: the file is an EFI program, without one */
	uint32_t entries; /* of the file: the kernel's, those of the bzImage that it lies in, and
	                     EFI */
	struct pvhboot_diag diag;
	int with_digests; /* 1: the JSON has the SHA-256 of segments, notes, and parts of a UKI */
};

/* Fills *out, which is all zero but for with_digests. Its buffer is free()'s in any case. Returns
 * NO_EXIT, or EXIT_REFUSED after a complaint. */
int inspect_kernel(const char *path, struct pvhboot_bytes file,
		   const struct pvhboot_options *library, struct inspected *out);

void inspect_print_json(const struct inspected *inspected, FILE *out);
void inspect_print_text(const struct inspected *inspected);

#endif
