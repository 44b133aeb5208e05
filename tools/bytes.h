/* SPDX-License-Identifier: MIT */
/* Bounds and numbers of files from outside. */
#ifndef BYTES_H
#define BYTES_H

#include <pvhboot/base.h>

/* Whether size bytes at offset lie in total; by subtraction, so that nothing wraps. */
static inline int bytes_within(uint64_t total, uint64_t offset, uint64_t size)
{
	return offset <= total && size <= total - offset;
}

/* A part that lies within. */
static inline struct pvhboot_bytes bytes_slice(struct pvhboot_bytes bytes, uint64_t offset,
					       uint64_t size)
{
	return (struct pvhboot_bytes){ size ? bytes.data + (size_t)offset : NULL, (size_t)size };
}

/* A little-endian number of size bytes, 8 at most, at an offset that lies within. */
static inline uint64_t bytes_load(struct pvhboot_bytes bytes, uint64_t offset, size_t size)
{
	const uint8_t *from = bytes.data + (size_t)offset;
	uint64_t number = 0;

	while (size > 0)
		number = number << 8 | from[--size];
	return number;
}

#endif
