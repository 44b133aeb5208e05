/* SPDX-License-Identifier: MIT */
/* A first module that holds the image and its initrds, for hosts that pass one module: a cpio
 * archive in the form newc. The names of its files do not matter, their order does. */
#ifndef EFI_PACK_H
#define EFI_PACK_H

#include <stdbool.h>

#include <pvhboot/base.h>

#include "files.h"

bool efi_pack_is(struct pvhboot_bytes module);

/* Adds the files of an archive, up to its trailer, to efi_parts. Directories and empty files are
 * left out. False: it is malformed, or holds none or too many, and the console has said which. */
bool efi_pack_read(struct pvhboot_bytes module);

#endif
