/* SPDX-License-Identifier: MIT */
/* What a host gives for arguments that the caller left out. */

#include <stdlib.h>

#include "../base/env.h"

static void *host_alloc(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static void host_release(void *ctx, void *memory)
{
	(void)ctx;
	free(memory);
}

const struct pvhboot_allocator *pvhb_default_allocator(void)
{
	static const struct pvhboot_allocator host = {
		.alloc = host_alloc,
		.release = host_release,
	};

	return &host;
}

const struct pvhboot_codec *const *pvhb_default_codecs(void)
{
	return pvhboot_codecs();
}
