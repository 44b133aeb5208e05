/* SPDX-License-Identifier: MIT */
/* What was found in a kernel file, on standard output. */
#ifndef INSPECT_PRINT_H
#define INSPECT_PRINT_H

#include <pvhboot/image.h>
#include <pvhboot/kernel.h>

struct inspected {
	const char *path;
	struct pvhboot_loaded unpacked;
	struct pvhboot_kernel kernel; /* n_segments is 0: the file is an EFI program, without one */
	uint32_t entries; /* of the file: the kernel's, those of the bzImage that it lies in, and
	                     EFI */
	struct pvhboot_diag diag;
};

void inspect_print_json(const struct inspected *inspected);
void inspect_print_text(const struct inspected *inspected);

#endif
