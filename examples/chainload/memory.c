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

struct taken {
	struct pvhboot_range range;
	enum memory_use use;
};

static const struct pvhboot_map_entry *map;
static size_t n_map;
static struct taken taken[MEMORY_MAX_RANGES]; /* use NONE: free for another */

void memory_setup(const struct pvhboot_map_entry *entries, size_t n_entries)
{
	map = entries;
	n_map = n_entries;
}

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The highest end, at most limit, of size bytes of RAM, or 0. Both are multiples
 * of a page. */
static uint64_t ram_end(uint64_t size, uint64_t limit)
{
	uint64_t best = 0;
	size_t i;

	for (i = 0; i < n_map; i++) {
		uint64_t start = map[i].gpa < LOWEST ? LOWEST : map[i].gpa;
		uint64_t end = min(map[i].gpa + map[i].size, limit) & ~(PAGE_SIZE - 1);

		if (map[i].type == PVHBOOT_MAP_RAM && end > best && end > start &&
		    end - start >= size)
			best = end;
	}
	return best;
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
	for (i = 0; i < MEMORY_MAX_RANGES; i++)
		if (taken[i].use != MEMORY_NONE && overlap(range, taken[i].range))
			return taken[i].range.start;
	return range.end;
}

/* Each step goes below what was in the way, so there are as many at most as
 * there are obstacles. Where there is no room the range is empty. */
static struct pvhboot_range highest_room(uint64_t size)
{
	uint64_t end = ram_end(size, PHYSICAL_END);

	while (end != 0) {
		struct pvhboot_range range = { end - size, end };
		uint64_t start = obstacle(range);

		if (start == end)
			return range;
		end = ram_end(size, start);
	}
	return (struct pvhboot_range){ 0, 0 };
}

static struct taken *unused(void)
{
	size_t i;

	for (i = 0; i < MEMORY_MAX_RANGES; i++)
		if (taken[i].use == MEMORY_NONE)
			return &taken[i];
	return NULL;
}

void memory_take(struct pvhboot_range range, enum memory_use use)
{
	struct taken *entry = unused();

	if (range.start == range.end)
		return;
	if (entry == NULL)
		fail_rule("memory", "number of ranges in use <= limit of this loader",
			  MEMORY_MAX_RANGES + 1, MEMORY_MAX_RANGES);
	*entry = (struct taken){ range, use };
}

void memory_forget(struct pvhboot_range range)
{
	size_t i;

	for (i = 0; i < MEMORY_MAX_RANGES; i++) {
		if (taken[i].use == MEMORY_SOURCE && taken[i].range.start == range.start &&
		    taken[i].range.end == range.end) {
			taken[i].use = MEMORY_NONE;
			return;
		}
	}
}

void *memory_alloc(size_t size)
{
	struct taken *entry = unused();
	struct pvhboot_range room;

	if (size == 0)
		size = 1; /* malloc(0) may return NULL, but its callers do not expect it */
	if (entry == NULL || size > PHYSICAL_END)
		return NULL;
	room = highest_room((size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1));
	if (room.end == 0)
		return NULL;
	*entry = (struct taken){ room, MEMORY_BLOCK };
	return physical(room.start);
}

void memory_release(void *block)
{
	size_t i;

	if (block == NULL)
		return;
	for (i = 0; i < MEMORY_MAX_RANGES; i++) {
		if (taken[i].use == MEMORY_BLOCK && taken[i].range.start == (uintptr_t)block) {
			taken[i].use = MEMORY_NONE;
			return;
		}
	}
	fail("memory: what is released was not allocated");
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

size_t memory_avoid(struct pvhboot_range *out)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < MEMORY_MAX_RANGES; i++)
		if (taken[i].use == MEMORY_LOADER || taken[i].use == MEMORY_BLOCK)
			out[n++] = taken[i].range;
	return n;
}
