/* SPDX-License-Identifier: MIT */

#include "physical.h"

#include <stddef.h>

static void *map(void *ctx, uint64_t gpa, uint64_t size)
{
	(void)ctx;
	return gpa < PHYSICAL_END && size <= PHYSICAL_END - gpa ? physical(gpa) : NULL;
}

/* For a kernel that is linked at address 0: the pointer to it is NULL, which from map would
 * mean that there is none. */
static int write(void *ctx, uint64_t gpa, const void *bytes, size_t size)
{
	(void)ctx;
	memcpy(physical(gpa), bytes, size);
	return 0;
}

static int zero(void *ctx, uint64_t gpa, uint64_t size)
{
	(void)ctx;
	memset(physical(gpa), 0, size);
	return 0;
}

const struct pvhboot_memory physical_memory = { .map = map, .write = write, .zero = zero };
