/* SPDX-License-Identifier: MIT */
/* A first module that holds the image and its initrds, for hosts that pass one module: a cpio
 * archive in the form newc. The names of its files do not matter, their order does. */
#ifndef EFI_PACK_H
#define EFI_PACK_H

#include <stdbool.h>

#include "files.h"
#include "pe.h"

/* The image, and as many initrds as can be joined. */
#define EFI_MAX_PACKED (1 + EFI_MAX_INITRDS)

bool efi_pack_is(struct pvhboot_bytes module);

/* The files of an archive, up to its trailer. Directories and empty files are left out. False: it
 * is malformed, or holds none or too many. */
bool efi_pack_read(struct pvhboot_bytes module, struct efi_part files[EFI_MAX_PACKED], uint32_t *n,
		   struct efi_failure *failure);

#endif
