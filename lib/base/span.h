/* SPDX-License-Identifier: MIT */
/*
 * Bounded views of input and checked arithmetic. The headers of every format are
 * read through it, and sums of numbers from outside are checked by it or stand
 * beside the reason why they cannot wrap.
 */
#ifndef PVHB_SPAN_H
#define PVHB_SPAN_H

#include "env.h"

#define PVHB_PAGE_SIZE ((uint64_t)4096)
#define PVHB_1MIB ((uint64_t)1 << 20)
#define PVHB_4GIB ((uint64_t)1 << 32)

/* Linux, arch/x86: KERNEL_IMAGE_SIZE, of a kernel for x86-64 and for i386. It runs below, from
 * where its mapping starts. */
#define PVHB_KERNEL_MAX_64 ((uint64_t)1 << 30)
#define PVHB_KERNEL_MAX_32 ((uint64_t)1 << 29)

/* Whether [offset, offset + size) lies in total bytes; by subtraction, so that
 * no pair of numbers can wrap. */
static inline bool pvhb_within(uint64_t total, uint64_t offset, uint64_t size)
{
	return offset <= total && size <= total - offset;
}

/* The caller has checked pvhb_within(). */
static inline struct pvhboot_bytes pvhb_slice(struct pvhboot_bytes bytes, uint64_t offset,
					      uint64_t size)
{
	/* data may be NULL only with a size of 0, and NULL + 0 is undefined in C */
	return (struct pvhboot_bytes){ size ? bytes.data + (size_t)offset : bytes.data,
				       (size_t)size };
}

/* Little-endian loads of any alignment; the caller has checked pvhb_within(). Each is one
 * instruction where it is inline, which a compiler that goes by size finds out too late. */
#define PVHB_LOAD static inline __attribute__((always_inline))

PVHB_LOAD uint8_t pvhb_load8(struct pvhboot_bytes bytes, uint64_t offset)
{
	return bytes.data[(size_t)offset];
}

PVHB_LOAD uint16_t pvhb_load16(struct pvhboot_bytes bytes, uint64_t offset)
{
	const uint8_t *b = bytes.data + (size_t)offset;

	return (uint16_t)(b[0] | (uint32_t)b[1] << 8);
}

PVHB_LOAD uint32_t pvhb_load32(struct pvhboot_bytes bytes, uint64_t offset)
{
	const uint8_t *b = bytes.data + (size_t)offset;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

PVHB_LOAD uint64_t pvhb_load64(struct pvhboot_bytes bytes, uint64_t offset)
{
	return pvhb_load32(bytes, offset) | (uint64_t)pvhb_load32(bytes, offset + 4) << 32;
}

/* Little-endian stores of any alignment. */
static inline void pvhb_store16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)value;
	to[1] = (uint8_t)(value >> 8);
}

static inline void pvhb_store32(uint8_t *to, uint32_t value)
{
	pvhb_store16(to, (uint16_t)value);
	pvhb_store16(to + 2, (uint16_t)(value >> 16));
}

static inline void pvhb_store64(uint8_t *to, uint64_t value)
{
	pvhb_store32(to, (uint32_t)value);
	pvhb_store32(to + 4, (uint32_t)(value >> 32));
}

/* A number of 64 bits whose upper half stands elsewhere. */
static inline uint64_t pvhb_load_halves(struct pvhboot_bytes bytes, uint64_t low, uint64_t high)
{
	return pvhb_load32(bytes, low) | (uint64_t)pvhb_load32(bytes, high) << 32;
}

static inline bool pvhb_equal(struct pvhboot_bytes a, const void *data, size_t size)
{
	return a.size == size && (size == 0 || memcmp(a.data, data, size) == 0);
}

/* Where a byte is first, or the size. */
static inline size_t pvhb_find(struct pvhboot_bytes bytes, uint8_t wanted)
{
	size_t i = 0;

	//@ loop invariant i <= bytes.size; loop assigns i;
	while (i < bytes.size && pvhb_load8(bytes, i) != wanted)
		i++;
	return i;
}

/* Drops at most `most` NULs from the end. A text may be as long as the file, and a file may have
 * many texts. */
static inline struct pvhboot_bytes pvhb_without_nuls(struct pvhboot_bytes text, size_t most)
{
	//@ loop invariant text.size <= \at(text.size, Pre); loop assigns most, text.size;
	for (; most > 0 && text.size > 0 && pvhb_load8(text, text.size - 1) == 0; most--)
		text.size--;
	return text;
}

/* False, and nothing written, when the result does not fit. */
static inline bool pvhb_add(uint64_t a, uint64_t b, uint64_t *sum)
{
	if (b > UINT64_MAX - a)
		return false;
	*sum = a + b;
	return true;
}

static inline bool pvhb_align_up(uint64_t value, uint64_t power_of_two, uint64_t *out)
{
	if (!pvhb_add(value, power_of_two - 1, &value))
		return false;
	*out = value - (value & (power_of_two - 1));
	return true;
}

static inline bool pvhb_is_power_of_two(uint64_t value)
{
	return value != 0 && (value & (value - 1)) == 0;
}

static inline uint64_t pvhb_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t pvhb_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The one test for overlap of half-open ranges, neither of them empty. */
static inline bool pvhb_overlap(struct pvhboot_range a, struct pvhboot_range b)
{
	return a.start < b.end && b.start < a.end;
}

/* Whether bytes of the host lie in size bytes at another place of it, in part or all.
 * By numbers, of 64 bits so that none wraps: pointers into different objects have no
 * order in C. */
static inline bool pvhb_touches(struct pvhboot_bytes bytes, const uint8_t *to, uint64_t size)
{
	uint64_t from = (uintptr_t)bytes.data;
	uint64_t start = (uintptr_t)to;

	return bytes.size != 0 && from < start + size && start < from + bytes.size;
}

/* The first byte of a workspace at which arrays of 64-bit numbers may lie. */
static inline uint8_t *pvhb_aligned(uint8_t *workspace)
{
	uintptr_t misaligned = (uintptr_t)workspace % sizeof(uint64_t);

	return workspace + (misaligned != 0 ? sizeof(uint64_t) - misaligned : 0);
}

#endif
