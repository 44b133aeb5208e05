/* SPDX-License-Identifier: MIT */
/* Memory that images have, and what they see of it (UEFI 2.10, 7.2). */
#ifndef EFI_MEMORY_H
#define EFI_MEMORY_H

#include "region.h"

extern struct efi_regions efi_memory;

/* Where so many pages are free, at a multiple of align, which is a power of two and at least a
 * page; 0: nowhere. */
uint64_t efi_find_pages(uint64_t n_pages, uint64_t align);

EFIAPI efi_status efi_allocate_pages(uint32_t how, uint32_t type, uint64_t n_pages,
				     uint64_t *address);
EFIAPI efi_status efi_free_pages(uint64_t address, uint64_t n_pages);
EFIAPI efi_status efi_allocate_pool(uint32_t type, uint64_t size, void **out);
EFIAPI efi_status efi_free_pool(void *block);
EFIAPI efi_status efi_get_memory_map(uint64_t *size, struct efi_memory_descriptor *map,
				     uint64_t *key, uint64_t *descriptor_size,
				     uint32_t *descriptor_version);

#endif
