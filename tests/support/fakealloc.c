/* SPDX-License-Identifier: MIT */
#include "fakealloc.h"

#include <stdlib.h>
#include <string.h>

#include "blob.h"
#include "msan.h"

#define LIVE 0x6c697665u
#define DEAD 0x64656164u

/* In front of every allocation; as large as the strictest alignment. */
union header {
	struct {
		const struct fakealloc *owner;
		size_t size;
		uint32_t state;
	} is;
	max_align_t align[2];
};

static void clobber(uint8_t *bytes, size_t size)
{
	memset(bytes, 0xa5, size);
	msan_not_written(bytes, size);
}

/* Both ends of a block: decoders ask for megabytes, thousands of times. */
static void poison(union header *header)
{
	uint8_t *block = (uint8_t *)(header + 1);
	size_t part = header->is.size < 4096 ? header->is.size : 4096;

	clobber(block, part);
	clobber(block + header->is.size - part, part);
}

static void *take(void *ctx, size_t size)
{
	struct fakealloc *fake = ctx;
	union header *header;

	fake->n_calls++;
	if (size == 0)
		fake->n_misuse++;
	if (fake->n_calls == fake->fail_at ||
	    (fake->fail_from && fake->n_calls >= fake->fail_from) ||
	    (fake->fail_above && size > fake->fail_above)) {
		fake->failed_size = size;
		return NULL;
	}
	header = malloc(sizeof(*header) + size);
	if (!header)
		return NULL;
	header->is.owner = fake;
	header->is.size = size;
	header->is.state = LIVE;
	poison(header);
	fake->n_live++;
	fake->live_size += size;
	if (fake->live_size > fake->peak_size)
		fake->peak_size = fake->live_size;
	return header + 1;
}

static void release(void *ctx, void *memory)
{
	struct fakealloc *fake = ctx;
	union header *header = memory;

	if (!memory) {
		fake->n_misuse++;
		return;
	}
	header--;
	if (header->is.state != LIVE || header->is.owner != fake) {
		fake->n_misuse++;
		return;
	}
	fake->n_live--;
	fake->live_size -= header->is.size;
	poison(header);
	header->is.state = DEAD;
	free(header);
}

struct pvhboot_allocator fakealloc_open(struct fakealloc *fake)
{
	struct pvhboot_allocator allocator = {
		.ctx = fake,
		.alloc = take,
		.release = release,
	};

	return allocator;
}
