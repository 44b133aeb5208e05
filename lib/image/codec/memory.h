/* SPDX-License-Identifier: MIT */
/*
 * Working memory of a codec: the caller's allocator, held to max_memory. zlib,
 * liblzma and libzstd each take an allocator of nearly this form.
 */
#ifndef PVHB_CODEC_MEMORY_H
#define PVHB_CODEC_MEMORY_H

#include <stdbool.h>
#include <string.h>

#include <pvhboot/codec.h>

#include "../../base/span.h"

struct pvhb_codec_memory {
	struct pvhboot_allocator allocator;
	uint64_t left; /* of max_memory */
	uint64_t in_use;
	uint64_t needed; /* 0, or with what an allocation wanted that was refused because of it */
};

/* In front of every block stands its size, the header included, so that what is
 * released counts no more; 16 bytes, to leave the block aligned for any type. */
#define PVHB_CODEC_HEADER 16

static inline struct pvhb_codec_memory pvhb_codec_memory(const struct pvhboot_decode *decode)
{
	return (struct pvhb_codec_memory){ decode->allocator, decode->max_memory, 0, 0 };
}

static inline void *pvhb_codec_alloc(struct pvhb_codec_memory *memory, size_t n, size_t size)
{
	uint8_t *block;

	if (size != 0 && n > (SIZE_MAX - PVHB_CODEC_HEADER) / size)
		return NULL;
	size = PVHB_CODEC_HEADER + n * size;
	if (size > memory->left) {
		memory->needed = memory->in_use + size;
		return NULL;
	}
	block = memory->allocator.alloc(memory->allocator.ctx, size);
	if (block == NULL)
		return NULL;
	memory->left -= size;
	memory->in_use += size;
	memcpy(block, &size, sizeof(size));
	return block + PVHB_CODEC_HEADER;
}

static inline void pvhb_codec_release(struct pvhb_codec_memory *memory, void *block)
{
	uint8_t *start;
	size_t size;

	if (block == NULL)
		return;
	start = (uint8_t *)block - PVHB_CODEC_HEADER;
	memcpy(&size, start, sizeof(size));
	memory->left += size;
	memory->in_use -= size;
	memory->allocator.release(memory->allocator.ctx, start);
}

/* What a codec needs is above max_memory. */
static inline enum pvhboot_status pvhb_codec_over_limit(struct pvhboot_decode *decode,
							uint64_t needed)
{
	decode->rule = "working memory of the codec <= max_memory; raise max_memory";
	decode->memory_needed = needed;
	return PVHBOOT_LIMIT;
}

/* What it means that a decoder ran out of memory. enough: what is known to be enough for this
 * stream; 0: the allocation that was refused is the last one. */
static inline enum pvhboot_status pvhb_codec_no_memory(const struct pvhb_codec_memory *memory,
						       struct pvhboot_decode *decode,
						       uint64_t enough)
{
	if (memory->needed != 0)
		return pvhb_codec_over_limit(decode, pvhb_max(enough, memory->needed));
	decode->rule = "memory for the codec from the allocator";
	return PVHBOOT_NOMEM;
}

#endif
