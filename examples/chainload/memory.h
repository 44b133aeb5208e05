/* SPDX-License-Identifier: MIT */
/*
 * Memory while the loader runs. There is no heap of a fixed place or size: each
 * block goes to the highest free memory below 4 GiB, so kernels, which want low
 * memory, find it free, and what is released can be used for something else.
 */
#ifndef CHAINLOAD_MEMORY_H
#define CHAINLOAD_MEMORY_H

#include <stddef.h>

#include <pvhboot/base.h>
#include <pvhboot/plan.h>

#define MEMORY_MAX_RANGES 256 /* in use at one time; liblzma takes the most blocks, 11 */

/* The map stays the caller's and must stay. No entry wraps around. */
void memory_setup(const struct pvhboot_map_entry *map, size_t n_map);

/* Something lies there already; what for tells how long it matters. */
enum memory_use {
	MEMORY_NONE = 0,
	MEMORY_LOADER, /* until the kernel is entered */
	MEMORY_SOURCE, /* until it was read: no block goes there */
	MEMORY_BLOCK   /* of memory_alloc(); until it is released */
};

void memory_take(struct pvhboot_range range, enum memory_use use);

/* Of a source. */
void memory_forget(struct pvhboot_range range);

/* A whole number of pages, or NULL. The contents are what was there. */
void *memory_alloc(size_t size);

/* Of a block, or NULL. Does not return when it is neither. */
void memory_release(void *block);

/* The same for the library. */
extern const struct pvhboot_allocator memory_allocator;

/* What must not be overwritten before the kernel is entered: the loader and all
 * blocks. Writes at most MEMORY_MAX_RANGES ranges and returns how many. */
size_t memory_avoid(struct pvhboot_range *out);

#endif
