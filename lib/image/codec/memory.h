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

struct pvhb_codec_memory {
	struct pvhboot_allocator allocator;
	uint64_t left;   /* of max_memory */
	bool over_limit; /* an allocation was refused because of it */
};

/* In front of every block stands its size, the header included, so that what is
 * released counts no more; 16 bytes, to leave the block aligned for any type. */
#define PVHB_CODEC_HEADER 16

static inline struct pvhb_codec_memory pvhb_codec_memory(const struct pvhboot_decode *decode)
{
	return (struct pvhb_codec_memory){ decode->allocator, decode->max_memory, false };
}

static inline void *pvhb_codec_alloc(struct pvhb_codec_memory *memory, size_t n, size_t size)
{
	uint8_t *block;

	if (size != 0 && n > (SIZE_MAX - PVHB_CODEC_HEADER) / size)
		return NULL;
	size = PVHB_CODEC_HEADER + n * size;
	if (size > memory->left) {
		memory->over_limit = true;
		return NULL;
	}
	block = memory->allocator.alloc(memory->allocator.ctx, size);
	if (block == NULL)
		return NULL;
	memory->left -= size;
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
	memory->allocator.release(memory->allocator.ctx, start);
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
