/* SPDX-License-Identifier: MIT */
/* Page tables that map memory one to one. */
#ifndef EFI_PAGING_H
#define EFI_PAGING_H

#include <stdbool.h>
#include <stdint.h>

/* Maps all below end; the lowest 4 GiB are. False: there is no memory for the tables. */
bool efi_paging_extend(uint64_t end);

/* What may be done with the pages of [start, end), which are mapped: EFI_MEMORY_RO, so that they
 * cannot be written, EFI_MEMORY_XP, so that they cannot be run where the processor has that, or 0.
 * False: there is no memory for tables of smaller pages; a part has changed then. */
bool efi_paging_protect(uint64_t start, uint64_t end, uint64_t attribute);

#endif
