/* SPDX-License-Identifier: MIT */
/*
 * Working memory of a codec: the caller's allocator, held to max_memory. zlib,
 * liblzma and libzstd each take an allocator of nearly this form.
 */
#ifndef PVHB_CODEC_MEMORY_H
#define PVHB_CODEC_MEMORY_H

#include <stdbool.h>

#include <pvhboot/codec.h>

struct pvhb_codec_memory {
	struct pvhboot_allocator allocator;
	uint64_t left;   /* of max_memory */
	bool over_limit; /* an allocation was refused because of it */
};

static inline struct pvhb_codec_memory pvhb_codec_memory(const struct pvhboot_decode *decode)
{
	return (struct pvhb_codec_memory){ decode->allocator, decode->max_memory, false };
}

/* left only ever shrinks: decoders here allocate once and release at the end,
 * so the sum is the peak, and no size need be remembered. */
static inline void *pvhb_codec_alloc(struct pvhb_codec_memory *memory, size_t n, size_t size)
{
	if (n == 0 || size == 0)
		n = size = 1;
	if (n > SIZE_MAX / size)
		return NULL;
	if (n * size > memory->left) {
		memory->over_limit = true;
		return NULL;
	}
	memory->left -= n * size;
	return memory->allocator.alloc(memory->allocator.ctx, n * size);
}

static inline void pvhb_codec_release(struct pvhb_codec_memory *memory, void *block)
{
	if (block != NULL)
		memory->allocator.release(memory->allocator.ctx, block);
}

/* What it means that a decoder ran out of memory. */
static inline enum pvhboot_status pvhb_codec_no_memory(const struct pvhb_codec_memory *memory,
						       struct pvhboot_decode *decode)
{
	decode->rule = memory->over_limit ? "the codec needs at most max_memory" :
					    "the allocator has memory for the codec";
	return memory->over_limit ? PVHBOOT_LIMIT : PVHBOOT_NOMEM;
}

#endif
