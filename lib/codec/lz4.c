/* SPDX-License-Identifier: MIT */
/*
 * The legacy LZ4 frame, as `lz4 -l` writes it and Linux's build uses it: a magic,
 * then blocks, each a little-endian u32 with its packed size and as many bytes.
 * A block holds 8 MiB unpacked, the last one less; blocks do not refer to each
 * other. The frame has no end mark and no checksum: it ends with its input.
 * Source: lz4_Frame_format.md, "Legacy frame".
 */

#include <lz4.h>

#include <pvhboot/codec.h>

#include "../span.h"

#define MAGIC_SIZE 4
#define BLOCK_SIZE (8u << 20)

/* Decodes one block of packed bytes and returns its unpacked size, or a
 * negative number when it is damaged or does not fit. */
static int decode_block(const struct pvhboot_decode *decode, uint32_t packed)
{
	const void *in = decode->in.data + decode->in_used;
	void *out = decode->out.data + decode->out_used;
	size_t room = decode->out.size - decode->out_used;

	return LZ4_decompress_safe(in, out, (int)packed,
				   (int)(room < BLOCK_SIZE ? room : BLOCK_SIZE));
}

/* Whether a block that could not be decoded is intact as far as there is room. */
static bool fits_in_part(const struct pvhboot_decode *decode, uint32_t packed)
{
	const void *in = decode->in.data + decode->in_used;
	void *out = decode->out.data + decode->out_used;
	size_t room = decode->out.size - decode->out_used;

	return room < BLOCK_SIZE &&
	       LZ4_decompress_safe_partial(in, out, (int)packed, (int)room, (int)room) >= 0;
}

static enum pvhboot_status fail(struct pvhboot_decode *decode, enum pvhboot_status status,
				const char *rule)
{
	decode->rule = rule;
	return status;
}

static enum pvhboot_status lz4_decode(struct pvhboot_decode *decode)
{
	decode->in_used = 0;
	decode->out_used = 0;
	if (decode->in.size < MAGIC_SIZE)
		return fail(decode, PVHBOOT_TRUNCATED, "the stream has a magic");
	decode->in_used = MAGIC_SIZE;
	while (decode->in_used < decode->in.size) {
		size_t left = decode->in.size - decode->in_used;
		uint32_t packed;
		int unpacked;

		if (left < 4)
			return fail(decode, PVHBOOT_TRUNCATED, "a block has a size");
		packed = pvhb_load32(decode->in, decode->in_used);
		if (packed == 0 || packed > (uint32_t)LZ4_COMPRESSBOUND(BLOCK_SIZE))
			return fail(decode, PVHBOOT_CORRUPT,
				    "a block has from 1 byte to the bound of 8 MiB");
		if (packed > left - 4)
			return fail(decode, PVHBOOT_TRUNCATED, "a block is complete");
		if (decode->out_used == decode->out.size)
			return PVHBOOT_NOSPACE;
		decode->in_used += 4;
		unpacked = decode_block(decode, packed);
		if (unpacked < 0 && fits_in_part(decode, packed))
			return PVHBOOT_NOSPACE;
		if (unpacked < 0)
			return fail(decode, PVHBOOT_CORRUPT, "a block is intact");
		decode->in_used += packed;
		decode->out_used += (size_t)unpacked;
	}
	return PVHBOOT_OK;
}

const struct pvhboot_codec pvhboot_codec_lz4 = {
	.compression = PVHBOOT_COMPRESSION_LZ4,
	.decode = lz4_decode,
};
