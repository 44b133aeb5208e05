/* SPDX-License-Identifier: MIT */
/*
 * Memory while the loader runs: a heap in the upper third of the largest piece of RAM. Each
 * block goes to its highest free room. What the kernel gets lies below, where kernels want
 * to be.
 */
#ifndef CHAINLOAD_MEMORY_H
#define CHAINLOAD_MEMORY_H

#include <stddef.h>

#include <pvhboot/base.h>
#include <pvhboot/plan.h>

/* Chooses the heap, and adds room for the loader itself. The map stays the caller's and must
 * stay. No entry wraps around. */
void memory_setup(const struct pvhboot_map_entry *map, size_t n_map, uint64_t loader_size);

/* Something lies there already: no block goes there until it is released. Takes an empty
 * range, too, which needs no release. */
void memory_take(struct pvhboot_range range);

/* The highest free RAM within a range, or an empty range. The size is one of whole pages. */
struct pvhboot_range memory_highest(struct pvhboot_range within, uint64_t size);

/* A whole number of pages, or NULL. The contents are what was there. */
void *memory_alloc(size_t size);

/* Of a block or a range that was taken, by its start; or NULL. Does not return when it is
 * none of these. */
void memory_release(void *start);

/* The same for the library. */
extern const struct pvhboot_allocator memory_allocator;

/* Where all blocks lie: it must not be overwritten before the kernel is entered. */
struct pvhboot_range memory_heap(void);

#endif
