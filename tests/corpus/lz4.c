/* SPDX-License-Identifier: MIT */
/*
 * Of all formats that kernels are packed in, the one that takes fewest lines. The
 * formats: lz4_Block_format.md and lz4_Frame_format.md, "Legacy frame".
 */
#include "lz4.h"

#define LEGACY_MAGIC 0x184c2102u
#define LEAST_MATCH 4

static uint32_t load32(const uint8_t *b)
{
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* A length of 15 goes on in bytes of which the last is not 255. */
static enum pvhboot_status read_length(struct pvhboot_decode *decode, size_t end, size_t *length)
{
	uint8_t byte = 255;

	if (*length < 15)
		return PVHBOOT_OK;
	while (byte == 255) {
		if (decode->in_used == end)
			return PVHBOOT_CORRUPT;
		byte = decode->in.data[decode->in_used++];
		*length += byte; /* less than 2^32 in all: 255 for each byte of 8 MiB */
	}
	return PVHBOOT_OK;
}

static enum pvhboot_status copy_literals(struct pvhboot_decode *decode, size_t end, size_t length)
{
	if (length > end - decode->in_used)
		return PVHBOOT_CORRUPT;
	if (length > decode->out.size - decode->out_used)
		return PVHBOOT_NOSPACE;
	for (; length > 0; length--)
		decode->out.data[decode->out_used++] = decode->in.data[decode->in_used++];
	return PVHBOOT_OK;
}

static enum pvhboot_status copy_match(struct pvhboot_decode *decode, size_t begin, size_t distance,
				      size_t length)
{
	if (distance == 0 || distance > decode->out_used - begin)
		return PVHBOOT_CORRUPT;
	if (length > decode->out.size - decode->out_used)
		return PVHBOOT_NOSPACE;
	for (; length > 0; length--, decode->out_used++) /* may read what it has written */
		decode->out.data[decode->out_used] = decode->out.data[decode->out_used - distance];
	return PVHBOOT_OK;
}

/* From in_used up to end; the last sequence of a block has literals only. */
static enum pvhboot_status decode_block(struct pvhboot_decode *decode, size_t end)
{
	size_t begin = decode->out_used;
	enum pvhboot_status status = PVHBOOT_OK;

	while (status == PVHBOOT_OK && decode->in_used < end) {
		uint8_t token = decode->in.data[decode->in_used++];
		size_t literals = token >> 4;
		size_t match = token & 15;
		size_t distance;

		status = read_length(decode, end, &literals);
		if (status == PVHBOOT_OK)
			status = copy_literals(decode, end, literals);
		if (status != PVHBOOT_OK || decode->in_used == end)
			break;
		if (end - decode->in_used < 2)
			return PVHBOOT_CORRUPT;
		distance = (size_t)(decode->in.data[decode->in_used] |
				    decode->in.data[decode->in_used + 1] << 8);
		decode->in_used += 2;
		status = read_length(decode, end, &match);
		if (status == PVHBOOT_OK)
			status = copy_match(decode, begin, distance, match + LEAST_MATCH);
	}
	return status;
}

static enum pvhboot_status decode_frame(struct pvhboot_decode *decode)
{
	enum pvhboot_status status = PVHBOOT_OK;

	decode->out_used = 0;
	decode->in_used = 4;
	decode->rule = "an LZ4 stream is a legacy frame and intact";
	if (decode->in.size < 4)
		return PVHBOOT_TRUNCATED;
	if (load32(decode->in.data) != LEGACY_MAGIC)
		return PVHBOOT_UNSUPPORTED;
	while (status == PVHBOOT_OK && decode->in_used < decode->in.size) {
		size_t left = decode->in.size - decode->in_used;
		uint32_t packed = left < 4 ? 0 : load32(decode->in.data + decode->in_used);

		/* there is no end mark: what follows a full output is not of the frame */
		if (decode->out_is_exact && decode->out_used == decode->out.size)
			break;
		if (left < 4 || packed > left - 4)
			return PVHBOOT_TRUNCATED;
		decode->in_used += 4;
		status = decode_block(decode, decode->in_used + packed);
	}
	return status;
}

const struct pvhboot_codec lz4 = {
	.compression = PVHBOOT_COMPRESSION_LZ4,
	.decode = decode_frame,
};
