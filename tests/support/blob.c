/* SPDX-License-Identifier: MIT */
#include "blob.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect.h"

void *must_alloc(size_t size)
{
	void *memory = calloc(1, size ? size : 1);

	if (!memory) {
		fprintf(stderr, "tests: no memory for %zu bytes\n", size);
		abort();
	}
	return memory;
}

void blob_free(struct blob *blob)
{
	free(blob->data);
	memset(blob, 0, sizeof(*blob));
}

/* NULL for nothing at all, to which C adds no 0. */
static uint8_t *grow(struct blob *blob, size_t size)
{
	size_t at = blob->size;

	if (size > blob->room - at) {
		uint8_t *data;

		blob->room = (at + size) * 2 + 64;
		data = must_alloc(blob->room);
		if (at)
			memcpy(data, blob->data, at);
		free(blob->data);
		blob->data = data;
	}
	blob->size = at + size;
	return at + size ? blob->data + at : NULL;
}

uint8_t *blob_append(struct blob *blob, const void *bytes, size_t size)
{
	uint8_t *at = grow(blob, size);

	if (size)
		memcpy(at, bytes, size);
	return at;
}

uint8_t *blob_fill(struct blob *blob, uint8_t value, size_t size)
{
	uint8_t *at = grow(blob, size);

	if (size)
		memset(at, value, size);
	return at;
}

void blob_pad(struct blob *blob, size_t align)
{
	blob_fill(blob, 0, (align - blob->size % align) % align);
}

void blob_put(struct blob *blob, unsigned int width, uint64_t value)
{
	store_le(grow(blob, width), width, value);
}

void blob_pattern(struct blob *blob, uint32_t seed, size_t size)
{
	uint8_t *at = grow(blob, size);
	uint32_t state = seed * 2654435761u + 1;

	/* Runs of a few equal steps: neither noise nor one long match. */
	for (size_t i = 0; i < size; i++) {
		if (i % 16 == 0)
			state = state * 1664525u + 1013904223u;
		at[i] = (uint8_t)((state >> 24) + i % 16 * 3 + 1);
	}
}

struct pvhboot_bytes blob_view(const struct blob *blob)
{
	struct pvhboot_bytes view = { blob->data, blob->size };

	collect(view);
	return view;
}

uint64_t load_le(const uint8_t *at, unsigned int width)
{
	uint64_t value = 0;

	for (unsigned int i = width; i-- > 0;)
		value = value << 8 | at[i];
	return value;
}

void store_le(uint8_t *at, unsigned int width, uint64_t value)
{
	for (unsigned int i = 0; i < width; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}
