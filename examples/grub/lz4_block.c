/* SPDX-License-Identifier: MIT OR GPL-3.0-or-later */
/* Source: lz4_Block_format.md. */
#include <stdbool.h>

#include "lz4_block.h"

#define MIN_MATCH 4

/* A block while it is decoded. */
struct block {
	const uint8_t *in;
	size_t n_in; /* bytes that are left */
	uint8_t *out;
	size_t used; /* at first what it may refer to */
	size_t room;
};

/* Also where the two overlap with to behind from, by 8 bytes or more. GRUB's memcpy() would copy
 * byte by byte. */
static void copy(uint8_t *to, const uint8_t *from, size_t n)
{
	for (; n >= 8; n -= 8, to += 8, from += 8)
		__builtin_memcpy(to, from, 8);
	for (; n > 0; n--)
		*to++ = *from++;
}

/* A length of 15 goes on in more bytes, of which the last is not 255. It cannot wrap: a block has
 * less than 2^24 bytes. */
static bool read_length(struct block *block, size_t *length)
{
	uint8_t byte;

	if (*length != 15)
		return true;
	do {
		if (block->n_in == 0)
			return false;
		byte = *block->in++;
		block->n_in--;
		*length += byte;
	} while (byte == 255);
	return true;
}

/* How much of n bytes there is room for. */
static size_t fitting(const struct block *block, size_t n)
{
	return n < block->room - block->used ? n : block->room - block->used;
}

/* NOSPACE: as many of them as there is room for. */
static enum pvhboot_status literals(struct block *block, size_t length)
{
	const size_t n = fitting(block, length);

	if (length > block->n_in)
		return PVHBOOT_CORRUPT;
	copy(block->out + block->used, block->in, n);
	block->used += n;
	block->in += length;
	block->n_in -= length;
	return n == length ? PVHBOOT_OK : PVHBOOT_NOSPACE;
}

/* The same, of bytes that were decoded before. */
static enum pvhboot_status match(struct block *block, size_t length, size_t distance)
{
	const size_t n = fitting(block, length);
	uint8_t *to = block->out + block->used;
	size_t i;

	if (distance == 0 || distance > block->used)
		return PVHBOOT_CORRUPT;
	block->used += n;
	if (distance >= 8) {
		copy(to, to - distance, n);
	} else {
		for (i = 0; i < n; i++)
			to[i] = (to - distance)[i];
	}
	return n == length ? PVHBOOT_OK : PVHBOOT_NOSPACE;
}

/* Sequences of literals and a match; the last one has literals alone. */
static enum pvhboot_status sequences(struct block *block)
{
	enum pvhboot_status status = PVHBOOT_OK;

	while (status == PVHBOOT_OK) {
		size_t length, match_length, distance;

		if (block->n_in == 0)
			return PVHBOOT_CORRUPT;
		length = *block->in >> 4;
		match_length = *block->in & 15;
		block->in++;
		block->n_in--;
		if (!read_length(block, &length))
			return PVHBOOT_CORRUPT;
		status = literals(block, length);
		if (status != PVHBOOT_OK || block->n_in == 0)
			break;
		if (block->n_in < 2)
			return PVHBOOT_CORRUPT;
		distance = block->in[0] | (size_t)block->in[1] << 8;
		block->in += 2;
		block->n_in -= 2;
		if (!read_length(block, &match_length))
			return PVHBOOT_CORRUPT;
		status = match(block, match_length + MIN_MATCH, distance);
	}
	return status;
}

enum pvhboot_status lz4_block_decode(struct pvhboot_decode *decode, size_t packed, size_t max_size,
				     size_t from)
{
	const size_t left = decode->out.size - decode->out_used;
	const size_t room = left < max_size ? left : max_size;
	struct block block = { .in = decode->in.data + decode->in_used,
			       .n_in = packed,
			       .out = decode->out.data + from,
			       .used = decode->out_used - from,
			       .room = decode->out_used - from + room };
	enum pvhboot_status status = sequences(&block);

	if (status == PVHBOOT_NOSPACE && room == max_size)
		status = PVHBOOT_CORRUPT; /* more than a block may hold */
	if (status == PVHBOOT_CORRUPT) {
		decode->rule = "an intact LZ4 block";
		return status;
	}
	decode->in_used += packed - block.n_in;
	decode->out_used = from + block.used;
	return status;
}

enum pvhboot_status lz4_block_copy(struct pvhboot_decode *decode, size_t size)
{
	const size_t left = decode->out.size - decode->out_used;
	const size_t n = left < size ? left : size;

	copy(decode->out.data + decode->out_used, decode->in.data + decode->in_used, n);
	decode->in_used += n;
	decode->out_used += n;
	return n == size ? PVHBOOT_OK : PVHBOOT_NOSPACE;
}
