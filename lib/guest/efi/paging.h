/* SPDX-License-Identifier: MIT */
/* Page tables that map memory one to one. */
#ifndef EFI_PAGING_H
#define EFI_PAGING_H

#include <stdbool.h>
#include <stdint.h>

/* Maps all below end; the lowest 4 GiB are. False: there is no memory for the tables. */
bool efi_paging_extend(uint64_t end);

#endif
