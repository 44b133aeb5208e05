/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include "report.h"

#include <sys/mman.h>

/* Video memory and ROMs of a PC follow, up to 1 MiB. There is RAM in their place
 * here, so that a guest who looks for ROMs there finds zeros, but it is not told. */
#define LOW_RAM_END ((uint64_t)0xa0000)
#define HIGH_RAM_START ((uint64_t)1 << 20)

int memory_open(struct memory *memory, uint64_t size)
{
	/* Fresh pages are zero, and take memory of the host when they are first used. */
	void *host = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (host == MAP_FAILED)
		return refuse_call(EXIT_REFUSED, "mmap of the guest's memory");
	memory->host = host;
	memory->below = size < MEMORY_HOLE_START ? size : MEMORY_HOLE_START;
	memory->above = size - memory->below;
	return NO_EXIT;
}

void memory_close(struct memory *memory)
{
	if (memory->host)
		munmap(memory->host, (size_t)(memory->below + memory->above));
	memory->host = NULL;
}

/* An entry of 0 bytes is left out by the library. */
void memory_describe(const struct memory *memory, struct pvhboot_map_entry map[MEMORY_MAX_MAP])
{
	map[0] = (struct pvhboot_map_entry){ 0, LOW_RAM_END, PVHBOOT_MAP_RAM, 0 };
	map[1] = (struct pvhboot_map_entry){ HIGH_RAM_START, memory->below - HIGH_RAM_START,
					     PVHBOOT_MAP_RAM, 0 };
	map[2] = (struct pvhboot_map_entry){ MEMORY_HOLE_END, memory->above, PVHBOOT_MAP_RAM, 0 };
}

uint8_t *memory_at(const struct memory *memory, uint64_t gpa, uint64_t size)
{
	const uint64_t above = gpa - MEMORY_HOLE_END; /* wraps to far behind its end */

	if (above <= memory->above && size <= memory->above - above)
		return memory->host + memory->below + above;
	if (gpa <= memory->below && size <= memory->below - gpa)
		return memory->host + gpa;
	return NULL;
}

static void *map(void *ctx, uint64_t gpa, uint64_t size)
{
	return memory_at(ctx, gpa, size);
}

struct pvhboot_memory memory_access(struct memory *memory)
{
	return (struct pvhboot_memory){
		.ctx = memory,
		.map = map,
		.flags = PVHBOOT_MEMORY_ZEROED,
	};
}
