/* SPDX-License-Identifier: MIT */
/* What images read from: the initrd, an empty file system, random numbers. */
#ifndef EFI_FILES_H
#define EFI_FILES_H

#include <stdbool.h>

#include <pvhboot/efi.h>

#include "uefi.h"

struct efi_part {
	const void *data;
	uint64_t size;
};

/* What the host has handed over: the image, and behind it the parts of the initrd. */
#define EFI_MAX_PARTS (1 + PVHBOOT_EFI_MAX_INITRDS)
extern struct efi_part efi_parts[EFI_MAX_PARTS];
extern uint32_t efi_n_parts;

/* Adds one; false where there are too many, which the console says. */
bool efi_part_add(const void *data, uint64_t size);

/* Adds the protocols: the initrd where there is one, the file system, random numbers where the
 * processor has them. */
void efi_files_setup(void);

#endif
