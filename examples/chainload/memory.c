/* SPDX-License-Identifier: MIT */

#include "memory.h"

#include <stdbool.h>
#include <stdint.h>

#include "physical.h"
#include "report.h"

#define PAGE_SIZE ((uint64_t)4096)

/* Below it lie the firmware's data and ROMs. Whether the map names them all is
 * not worth finding out for 640 KiB. */
#define LOWEST ((uint64_t)1 << 20)

static const struct pvhboot_range reachable = { LOWEST, PHYSICAL_END };

/* At one time: the loader, the modules, and blocks, of which liblzma takes most: 11. */
#define MAX_TAKEN 256

static const struct pvhboot_map_entry *map;
static size_t n_map;
static struct pvhboot_range heap;
static struct pvhboot_range taken[MAX_TAKEN]; /* an empty one is free for another */

/* Whole pages of an entry of RAM that lie within. Empty: there are none. */
static struct pvhboot_range usable(const struct pvhboot_map_entry *entry,
				   struct pvhboot_range within)
{
	struct pvhboot_range range = { entry->gpa, entry->gpa + entry->size };

	if (range.start < within.start)
		range.start = within.start;
	if (range.end > within.end)
		range.end = within.end;
	range.start = (range.start + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	range.end &= ~(PAGE_SIZE - 1);
	if (entry->type != PVHBOOT_MAP_RAM || range.start > range.end)
		range.end = range.start;
	return range;
}

void memory_setup(const struct pvhboot_map_entry *entries, size_t n_entries, uint64_t loader_size)
{
	uint64_t size;
	size_t i;

	map = entries;
	n_map = n_entries;
	for (i = 0; i < n_map; i++) {
		struct pvhboot_range range = usable(&map[i], reachable);

		if (range.end - range.start > heap.end - heap.start)
			heap = range;
	}
	size = (heap.end - heap.start) / 3 + loader_size;
	if (size < heap.end - heap.start)
		heap.start = (heap.end - size) & ~(PAGE_SIZE - 1);
}

struct pvhboot_range memory_heap(void)
{
	return heap;
}

static bool overlap(struct pvhboot_range a, struct pvhboot_range b)
{
	return a.start < b.end && b.start < a.end;
}

/* The start of something that lies in the range, which is not empty, or the
 * range's end when it is free. */
static uint64_t obstacle(struct pvhboot_range range)
{
	size_t i;

	/* maps may contradict themselves; the library too lets RAM lose */
	for (i = 0; i < n_map; i++) {
		struct pvhboot_range entry = { map[i].gpa, map[i].gpa + map[i].size };

		if (map[i].type != PVHBOOT_MAP_RAM && overlap(range, entry))
			return entry.start;
	}
	for (i = 0; i < MAX_TAKEN; i++)
		if (overlap(range, taken[i]))
			return taken[i].start;
	return range.end;
}

/* Each step goes below what was in the way, so there are as many at most as there are
 * obstacles. Where there is no room the range is empty. */
static struct pvhboot_range highest_room(struct pvhboot_range within, uint64_t size)
{
	uint64_t end = within.end;

	while (end > within.start && end - within.start >= size) {
		struct pvhboot_range range = { end - size, end };
		uint64_t start = obstacle(range);

		if (start == end)
			return range;
		end = start & ~(PAGE_SIZE - 1);
	}
	return (struct pvhboot_range){ 0, 0 };
}

struct pvhboot_range memory_highest(struct pvhboot_range within, uint64_t size)
{
	struct pvhboot_range highest = { 0, 0 };
	size_t i;

	for (i = 0; i < n_map; i++) {
		struct pvhboot_range room = highest_room(usable(&map[i], within), size);

		if (room.start > highest.start)
			highest = room;
	}
	return highest;
}

static struct pvhboot_range *unused(void)
{
	size_t i;

	for (i = 0; i < MAX_TAKEN; i++)
		if (taken[i].start == taken[i].end)
			return &taken[i];
	return NULL;
}

void memory_take(struct pvhboot_range range)
{
	struct pvhboot_range *entry = unused();

	if (range.start == range.end)
		return;
	if (entry == NULL)
		fail_rule("memory", "number of ranges in use <= limit of this loader",
			  MAX_TAKEN + 1, MAX_TAKEN);
	*entry = range;
}

void *memory_alloc(size_t size)
{
	struct pvhboot_range *entry = unused();

	if (size == 0)
		size = 1; /* malloc(0) may return NULL, but its callers do not expect it */
	if (entry == NULL || size > PHYSICAL_END)
		return NULL;
	*entry = highest_room(heap, (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1));
	return entry->start == entry->end ? NULL : physical(entry->start);
}

void memory_release(void *start)
{
	size_t i;

	if (start == NULL)
		return;
	for (i = 0; i < MAX_TAKEN; i++) {
		if (taken[i].start != taken[i].end && taken[i].start == physical_address(start)) {
			taken[i] = (struct pvhboot_range){ 0, 0 };
			return;
		}
	}
	fail("memory: what is released was not taken");
}

static void *allocator_alloc(void *ctx, size_t size)
{
	(void)ctx;
	return memory_alloc(size);
}

static void allocator_release(void *ctx, void *memory)
{
	(void)ctx;
	memory_release(memory);
}

const struct pvhboot_allocator memory_allocator = {
	.alloc = allocator_alloc,
	.release = allocator_release,
};
