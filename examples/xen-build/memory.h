/* SPDX-License-Identifier: MIT */
/* The memory of a domain, in this process. */
#ifndef XEN_BUILD_MEMORY_H
#define XEN_BUILD_MEMORY_H

#include <pvhboot/boot.h>
#include <stdbool.h>
#include <xenforeignmemory.h>

#define MEMORY_PAGE_SIZE ((uint64_t)4096)

/* All zero before it is opened. */
struct memory {
	xenforeignmemory_handle *foreign;
	uint32_t domain;
	int error; /* errno of the last map that failed, or 0 */
};

/* Returns false after a complaint. */
bool memory_open(struct memory *memory, uint32_t domain);

/* The callbacks of struct pvhboot_memory; ctx is the struct memory. A domain of which a page
 * is mapped cannot go away. */
void *memory_map(void *ctx, uint64_t gpa, uint64_t size);
void memory_unmap(void *ctx, void *host, uint64_t gpa, uint64_t size);

/* Also of one that is all zero. */
void memory_close(struct memory *memory);

#endif
