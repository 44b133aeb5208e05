/* SPDX-License-Identifier: MIT */

#include "physical.h"

#include <stddef.h>

static void *map(void *ctx, uint64_t gpa, uint64_t size)
{
	(void)ctx;
	return gpa < PHYSICAL_END && size <= PHYSICAL_END - gpa ? physical(gpa) : NULL;
}

const struct pvhboot_memory physical_memory = { .map = map };
