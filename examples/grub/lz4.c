/* SPDX-License-Identifier: MIT OR GPL-3.0-or-later */
/*
 * LZ4, which GRUB does not have, in the legacy format, in which Linux's build packs a kernel: a
 * magic, then blocks, each a little-endian u32 with its packed size and as many bytes. A block
 * holds 8 MiB unpacked, the last one less, and refers to itself alone. There is neither an end mark
 * nor a checksum: the stream ends with its input.
 * Source: lz4_Block_format.md; lz4_Frame_format.md, "Legacy frame".
 */
#include <stdbool.h>

#include "lz4.h"

#define MAGIC 0x184c2102u
#define BLOCK_SIZE ((size_t)8 << 20)
#define MAX_PACKED (BLOCK_SIZE + BLOCK_SIZE / 255 + 16)
#define MIN_MATCH 4

/* A block while it is decoded. */
struct block {
	const uint8_t *in;
	size_t n_in; /* bytes that are left */
	uint8_t *out;
	size_t used;
	size_t room;
};

static uint32_t load32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

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
static enum pvhboot_status decode_block(struct block *block)
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

/* Decodes the block of packed bytes that decode stands at. */
static enum pvhboot_status next_block(struct pvhboot_decode *decode, uint32_t packed)
{
	const size_t left = decode->out.size - decode->out_used;
	struct block block = { .in = decode->in.data + decode->in_used,
			       .n_in = packed,
			       .out = decode->out.data + decode->out_used,
			       .room = left < BLOCK_SIZE ? left : BLOCK_SIZE };
	enum pvhboot_status status = decode_block(&block);

	if (status == PVHBOOT_NOSPACE && block.room == BLOCK_SIZE)
		status = PVHBOOT_CORRUPT; /* more than a block may hold */
	if (status == PVHBOOT_CORRUPT) {
		decode->rule = "an intact LZ4 block";
		return status;
	}
	decode->in_used += packed - block.n_in;
	decode->out_used += block.used;
	return status;
}

static enum pvhboot_status decode_lz4(struct pvhboot_decode *decode)
{
	enum pvhboot_status status = PVHBOOT_OK;

	decode->in_used = 0;
	decode->out_used = 0;
	decode->rule = "an LZ4 stream in the legacy format, as lz4 -l makes it";
	if (decode->in.size < 4 || load32(decode->in.data) != MAGIC)
		return PVHBOOT_UNSUPPORTED;
	while (status == PVHBOOT_OK && decode->in_used < decode->in.size) {
		const size_t left = decode->in.size - decode->in_used;
		const bool full = decode->out_is_exact && decode->out_used == decode->out.size;
		const uint32_t packed = left < 4 ? 0 : load32(decode->in.data + decode->in_used);

		if (packed == MAGIC) { /* the first, or that of another stream behind it */
			decode->in_used += 4;
			continue;
		}
		/* behind a full output, what cannot be a block is no part of the stream */
		if (packed == 0 || packed > MAX_PACKED || packed > left - 4) {
			decode->rule = "all of a block, of 1 byte to what 8 MiB pack to";
			return full ? PVHBOOT_OK :
			       left < 4 || (packed != 0 && packed <= MAX_PACKED) ?
				      PVHBOOT_TRUNCATED :
				      PVHBOOT_CORRUPT;
		}
		if (decode->out_used == decode->out.size)
			return PVHBOOT_NOSPACE;
		decode->in_used += 4;
		status = next_block(decode, packed);
	}
	return status;
}

const struct pvhboot_codec codec_lz4 = { .compression = PVHBOOT_COMPRESSION_LZ4,
					 .decode = decode_lz4 };
