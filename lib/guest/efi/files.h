/* SPDX-License-Identifier: MIT */
/* What images read from: the initrd, an empty file system, random numbers. */
#ifndef EFI_FILES_H
#define EFI_FILES_H

#include "uefi.h"

#define EFI_MAX_INITRDS 16

/* The initrd is made of parts, one behind the other, each filled up with zeros to 4 bytes. */
struct efi_part {
	const void *data;
	uint64_t size;
};
extern struct efi_part efi_initrd[EFI_MAX_INITRDS];

/* Adds the protocols: the initrd where it has parts, the file system, random numbers where the
 * processor has them. */
efi_status efi_files_setup(uint32_t n_parts);

#endif
