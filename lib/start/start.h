/* SPDX-License-Identifier: MIT */
/* Guest memory as it is read: copied once, and not yet checked. */
#ifndef PVHB_START_H
#define PVHB_START_H

#include <pvhboot/start.h>
#include <pvhboot/wire/start_info.h>

#include "../base/env.h"

/* Version 0 ends before the memory map; the size of later ones is not known. */
static inline size_t pvhb_start_size(uint32_t version)
{
	return version == 0 ? offsetof(struct pvhboot_wire_start_info, memmap_paddr) :
			      PVHBOOT_WIRE_START_INFO_SIZE;
}

/* Whether memory can be read at all. */
bool pvhb_can_read(const struct pvhboot_memory *memory);

/* size is not 0. False: it cannot be read, or wraps; *result is what the callback
 * returned, 0 where none was asked. */
bool pvhb_memory_read(const struct pvhboot_memory *memory, uint64_t gpa, void *to, size_t size,
		      int *result);

/* The start_info at out->gpa in out->memory, by its version; nothing but the magic
 * when that is another. */
bool pvhb_start_fetch(struct pvhboot_start *out, uint32_t *magic, int *result);

/* Elements of the lists. */
bool pvhb_start_fetch_module(const struct pvhboot_start *start, uint32_t index,
			     struct pvhboot_listed_module *out, int *result);
bool pvhb_start_fetch_map_entry(const struct pvhboot_start *start, uint32_t index,
				struct pvhboot_map_entry *out, int *result);

#endif
