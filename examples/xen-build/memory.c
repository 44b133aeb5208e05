/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "report.h"

bool memory_open(struct memory *memory, uint32_t domain)
{
	memory->domain = domain;
	memory->foreign = xenforeignmemory_open(NULL, 0);
	return memory->foreign != NULL || call_failed("xenforeignmemory_open");
}

/* Maps pages that follow each other in the guest, here too. */
static void *map_pages(const struct memory *memory, uint64_t first, size_t n_pages)
{
	xen_pfn_t *frames = calloc(n_pages, sizeof(*frames));
	void *start;
	size_t i;

	if (frames == NULL)
		return NULL;
	for (i = 0; i < n_pages; i++)
		frames[i] = first + i;
	start = xenforeignmemory_map(memory->foreign, memory->domain, PROT_READ | PROT_WRITE,
				     n_pages, frames, NULL);
	free(frames);
	return start;
}

/* Makes room in the list before there is something to be listed. */
static bool grow(struct memory *memory)
{
	const size_t wanted = (memory->n_mappings + 1) * sizeof(*memory->mappings);
	struct memory_mapping *mappings = realloc(memory->mappings, wanted);

	if (mappings == NULL)
		return false;
	memory->mappings = mappings;
	return true;
}

void *memory_map(void *ctx, uint64_t gpa, uint64_t size)
{
	struct memory *memory = ctx;
	const uint64_t first = gpa / MEMORY_PAGE_SIZE;
	const uint64_t last = (gpa + size - 1) / MEMORY_PAGE_SIZE;
	const size_t n_pages = (size_t)(last - first + 1);
	void *start = NULL;

	if (grow(memory))
		start = map_pages(memory, first, n_pages);
	if (start == NULL) {
		memory->error = errno;
		return NULL;
	}
	memory->mappings[memory->n_mappings++] = (struct memory_mapping){ start, n_pages };
	return (uint8_t *)start + gpa % MEMORY_PAGE_SIZE;
}

void memory_unmap(struct memory *memory)
{
	size_t i;

	for (i = 0; i < memory->n_mappings; i++)
		if (xenforeignmemory_unmap(memory->foreign, memory->mappings[i].start,
					   memory->mappings[i].n_pages) != 0)
			call_failed("xenforeignmemory_unmap");
	free(memory->mappings);
	memory->mappings = NULL;
	memory->n_mappings = 0;
}

void memory_close(struct memory *memory)
{
	memory_unmap(memory);
	if (memory->foreign != NULL)
		xenforeignmemory_close(memory->foreign);
	memory->foreign = NULL;
}
