/* SPDX-License-Identifier: MIT OR GPL-3.0-or-later */
/*
 * A frame: a header with a checksum, blocks, an end mark of four zeros, and where the header says
 * so a checksum of all that was unpacked. In front of each block stands a little-endian u32 with
 * its size, and a bit for a block that is not packed; behind it, where the header says so, its
 * checksum.
 * Source: lz4_Frame_format.md; for the checksums xxhash_spec.md.
 */
#include <stdbool.h>

#include "lz4_block.h"
#include "lz4_frame.h"

/* The first byte of the header, behind the magic. */
enum flags {
	HAS_DICTIONARY = 0x01,
	HAS_CONTENT_SUM = 0x04,
	HAS_CONTENT_SIZE = 0x08,
	HAS_BLOCK_SUMS = 0x10,
	ARE_INDEPENDENT = 0x20, /* blocks */
	VERSION_1 = 0x40,
	NOT_KNOWN = 0x82 /* a bit of the version, and a reserved one */
};

/* The second one has the size of blocks, in bits 4 to 6; the others are reserved. */
#define SIZE_RESERVED 0x8f

#define IS_STORED 0x80000000u /* in the size of a block */

struct frame {
	size_t from;     /* of the result that is this frame's */
	size_t max_size; /* of a block, unpacked and packed */
	uint8_t flags;
	uint64_t content_size; /* where the flags have it */
};

static enum pvhboot_status fail(struct pvhboot_decode *decode, enum pvhboot_status status,
				const char *rule)
{
	decode->rule = rule;
	return status;
}

static enum pvhboot_status truncated(struct pvhboot_decode *decode)
{
	return fail(decode, PVHBOOT_TRUNCATED, "all of an LZ4 frame");
}

static enum pvhboot_status bad_sum(struct pvhboot_decode *decode)
{
	return fail(decode, PVHBOOT_CORRUPT, "intact LZ4 data and checksums");
}

/* ---- Checksums: XXH32 with the seed 0 ---- */

#define PRIME_1 0x9e3779b1u
#define PRIME_2 0x85ebca77u
#define PRIME_3 0xc2b2ae3du
#define PRIME_4 0x27d4eb2fu
#define PRIME_5 0x165667b1u

static uint32_t rotate(uint32_t value, unsigned int bits)
{
	return value << bits | value >> (32 - bits);
}

/* Of 16 bytes each, as long as there are so many. Moves *in and *n on. */
static uint32_t sum_stripes(const uint8_t **in, size_t *n)
{
	uint32_t lanes[4] = { PRIME_1 + PRIME_2, PRIME_2, 0, 0 - PRIME_1 };
	unsigned int i;

	for (; *n >= 16; *n -= 16) {
		for (i = 0; i < 4; i++, *in += 4)
			lanes[i] = rotate(lanes[i] + lz4_load32(*in) * PRIME_2, 13) * PRIME_1;
	}
	return rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) +
	       rotate(lanes[3], 18);
}

static uint32_t sum(const uint8_t *in, size_t n)
{
	uint32_t hash = (uint32_t)n;

	hash += n < 16 ? PRIME_5 : sum_stripes(&in, &n);
	for (; n >= 4; n -= 4, in += 4)
		hash = rotate(hash + lz4_load32(in) * PRIME_3, 17) * PRIME_4;
	for (; n > 0; n--)
		hash = rotate(hash + *in++ * PRIME_5, 11) * PRIME_1;
	hash = (hash ^ hash >> 15) * PRIME_2;
	hash = (hash ^ hash >> 13) * PRIME_3;
	return hash ^ hash >> 16;
}

/* ---- The frame ---- */

static size_t left(const struct pvhboot_decode *decode)
{
	return decode->in.size - decode->in_used;
}

/* The sum that decode stands at is that of these bytes. Moves on. */
static enum pvhboot_status check_sum(struct pvhboot_decode *decode, const uint8_t *bytes, size_t n)
{
	const uint8_t *at = decode->in.data + decode->in_used;

	if (left(decode) < 4)
		return truncated(decode);
	if (lz4_load32(at) != sum(bytes, n))
		return bad_sum(decode);
	decode->in_used += 4;
	return PVHBOOT_OK;
}

static enum pvhboot_status read_header(struct pvhboot_decode *decode, struct frame *frame)
{
	const uint8_t *header = decode->in.data + decode->in_used + 4;
	size_t n = 2; /* bytes of it that have the sum, of which it has one byte */

	if (left(decode) < 4 + n)
		return truncated(decode);
	frame->flags = header[0];
	if ((frame->flags & (VERSION_1 | NOT_KNOWN | HAS_DICTIONARY)) != VERSION_1 ||
	    (header[1] & SIZE_RESERVED) != 0)
		return fail(decode, PVHBOOT_UNSUPPORTED,
			    "an LZ4 frame of version 1, without a dictionary");
	if ((frame->flags & HAS_CONTENT_SIZE) != 0)
		n += 8;
	if (left(decode) < 4 + n + 1)
		return truncated(decode);
	if (header[n] != (uint8_t)(sum(header, n) >> 8))
		return bad_sum(decode);
	if (header[1] >> 4 < 4)
		return fail(decode, PVHBOOT_CORRUPT, "LZ4 blocks of 64 KiB to 4 MiB");
	frame->max_size = (size_t)1 << (8 + 2 * (header[1] >> 4));
	if ((frame->flags & HAS_CONTENT_SIZE) != 0) {
		frame->content_size = lz4_load32(header + 6);
		frame->content_size = frame->content_size << 32 | lz4_load32(header + 2);
	}
	decode->in_used += 4 + n + 1;
	return PVHBOOT_OK;
}

/* The block that decode stands at, whose size was read. */
static enum pvhboot_status next_block(struct pvhboot_decode *decode, const struct frame *frame,
				      uint32_t word)
{
	const uint8_t *in = decode->in.data + decode->in_used;
	const bool is_linked = (frame->flags & ARE_INDEPENDENT) == 0;
	const size_t size = word & ~IS_STORED;
	enum pvhboot_status status;

	if (size > frame->max_size)
		return fail(decode, PVHBOOT_CORRUPT,
			    "LZ4 blocks of the size that their frame tells");
	if (size > left(decode))
		return truncated(decode);
	if ((word & IS_STORED) != 0)
		status = lz4_block_copy(decode, size);
	else
		status = lz4_block_decode(decode, size, frame->max_size,
					  is_linked ? frame->from : decode->out_used);
	if (status == PVHBOOT_OK && (frame->flags & HAS_BLOCK_SUMS) != 0)
		status = check_sum(decode, in, size);
	return status;
}

/* What stands behind the end mark, and what the header told of all. */
static enum pvhboot_status check_content(struct pvhboot_decode *decode, const struct frame *frame)
{
	const size_t size = decode->out_used - frame->from;

	if ((frame->flags & HAS_CONTENT_SIZE) != 0 && frame->content_size != size)
		return fail(decode, PVHBOOT_CORRUPT, "as many bytes as the LZ4 frame tells");
	if ((frame->flags & HAS_CONTENT_SUM) == 0)
		return PVHBOOT_OK;
	return check_sum(decode, decode->out.data + frame->from, size);
}

enum pvhboot_status lz4_frame_decode(struct pvhboot_decode *decode)
{
	struct frame frame = { .from = decode->out_used };
	enum pvhboot_status status = read_header(decode, &frame);

	while (status == PVHBOOT_OK) {
		uint32_t word;

		if (left(decode) < 4)
			return truncated(decode);
		word = lz4_load32(decode->in.data + decode->in_used);
		decode->in_used += 4;
		if (word == 0)
			return check_content(decode, &frame);
		status = next_block(decode, &frame, word);
	}
	return status;
}
