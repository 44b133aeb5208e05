/* SPDX-License-Identifier: MIT */
/*
 * Bytes that grow: what the builders of images write into. All numbers are
 * little-endian; running out of memory ends the program.
 */
#ifndef TESTS_SUPPORT_BLOB_H
#define TESTS_SUPPORT_BLOB_H

#include <pvhboot/base.h>

/* All zero is an empty one. */
struct blob {
	uint8_t *data;
	size_t size;
	size_t room;
};

void blob_free(struct blob *blob);

/* Both return where the added bytes lie, valid until the next addition. */
uint8_t *blob_append(struct blob *blob, const void *bytes, size_t size);
uint8_t *blob_fill(struct blob *blob, uint8_t value, size_t size);

/* Zeros up to a multiple of align, counted from the start of the blob. */
void blob_pad(struct blob *blob, size_t align);

/* A number of 1 to 8 bytes. */
void blob_put(struct blob *blob, unsigned int width, uint64_t value);

/* Bytes that look like nothing else and differ by seed; moderately compressible. */
void blob_pattern(struct blob *blob, uint32_t seed, size_t size);

struct pvhboot_bytes blob_view(const struct blob *blob);

/* Numbers in bytes that lie anywhere. */
uint64_t load_le(const uint8_t *at, unsigned int width);
void store_le(uint8_t *at, unsigned int width, uint64_t value);

/* Zeroed memory, or the end of the program. */
void *must_alloc(size_t size);

#endif
