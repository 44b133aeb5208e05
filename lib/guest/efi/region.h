/* SPDX-License-Identifier: MIT */
/* The memory map of the environment: from each mark up to the next one, memory is of one kind. */
#ifndef EFI_REGION_H
#define EFI_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uefi.h"

#define EFI_PAGE_SIZE ((uint64_t)4096)
#define EFI_MAX_MARKS 512 /* of 256 regions at least */

/* The type is in the lower half. */
#define EFI_KIND_IS_THERE ((uint64_t)1 << 32)
#define EFI_KIND_IS_RAM ((uint64_t)1 << 33) /* it may be given away, once it is free */
#define EFI_KIND_FREE (EFI_KIND_IS_THERE | EFI_KIND_IS_RAM | EFI_CONVENTIONAL)

struct efi_mark {
	uint64_t start;
	uint64_t kind; /* 0: there is no memory */
};

/* All zero is an empty one. Marks ascend, neighbours are of different kinds, and behind the last
 * one there is no memory. */
struct efi_regions {
	struct efi_mark at[EFI_MAX_MARKS];
	uint32_t n;
	uint64_t key; /* another one after each change */
};

/* Makes [start, end) a region of this type, whatever was there before. Both are multiples of a
 * page; an empty range changes nothing. False, and nothing changed, when there is no room, which
 * the console says. */
bool efi_regions_set(struct efi_regions *regions, uint64_t start, uint64_t end, uint32_t type,
		     bool is_ram);

/* Makes what is free in [start, end), and only that, a region of this type. False when there is no
 * room; a part may be made so then. */
bool efi_regions_keep(struct efi_regions *regions, uint64_t start, uint64_t end, uint32_t type);

/* Whether all of [start, end) is RAM that is free (wants_free), or RAM that is in use. */
bool efi_regions_are(const struct efi_regions *regions, uint64_t start, uint64_t end,
		     bool wants_free);

/* The highest free place for size bytes below end, aligned. Page 0 is never free. 0: none. */
uint64_t efi_regions_find(const struct efi_regions *regions, uint64_t size, uint64_t align,
			  uint64_t end);

/* As GetMemoryMap wants it (UEFI 2.10, 7.2.3). Returns how many there are; out may be NULL. */
uint32_t efi_regions_describe(const struct efi_regions *regions, struct efi_memory_descriptor *out);

#endif
