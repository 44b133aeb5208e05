/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "report.h"

bool memory_open(struct memory *memory, uint32_t domain)
{
	memory->domain = domain;
	memory->foreign = xenforeignmemory_open(NULL, 0);
	return memory->foreign != NULL || call_failed("xenforeignmemory_open");
}

/* Of the pages that a range touches. */
static size_t n_pages(uint64_t gpa, uint64_t size)
{
	return (size_t)((gpa + size - 1) / MEMORY_PAGE_SIZE - gpa / MEMORY_PAGE_SIZE + 1);
}

/* Pages that follow each other in the guest do so here, too. */
void *memory_map(void *ctx, uint64_t gpa, uint64_t size)
{
	struct memory *memory = ctx;
	const size_t n = n_pages(gpa, size);
	xen_pfn_t *frames = calloc(n, sizeof(*frames));
	uint8_t *start = NULL;
	size_t i;

	for (i = 0; frames != NULL && i < n; i++)
		frames[i] = gpa / MEMORY_PAGE_SIZE + i;
	if (frames != NULL)
		start = xenforeignmemory_map(memory->foreign, memory->domain,
					     PROT_READ | PROT_WRITE, n, frames, NULL);
	if (start == NULL)
		memory->error = errno;
	free(frames);
	return start != NULL ? start + gpa % MEMORY_PAGE_SIZE : NULL;
}

void memory_unmap(void *ctx, void *host, uint64_t gpa, uint64_t size)
{
	const struct memory *memory = ctx;
	uint8_t *start = (uint8_t *)host - gpa % MEMORY_PAGE_SIZE;

	if (xenforeignmemory_unmap(memory->foreign, start, n_pages(gpa, size)) != 0)
		call_failed("xenforeignmemory_unmap");
}

void memory_close(struct memory *memory)
{
	if (memory->foreign != NULL)
		xenforeignmemory_close(memory->foreign);
	memory->foreign = NULL;
}
