/* SPDX-License-Identifier: MIT OR GPL-3.0-or-later */
/*
 * LZ4, which GRUB does not have. Linux's build packs a kernel in the legacy format: a magic, then
 * blocks, each a little-endian u32 with its packed size and as many bytes. A block holds 8 MiB
 * unpacked, the last one less, and refers to itself alone. There is neither an end mark nor a
 * checksum: the stream ends with its input. Whoever packs an ELF file with the command lz4 gets
 * frames (lz4_frame.c).
 * Source: lz4_Frame_format.md, "Legacy frame".
 */
#include <stdbool.h>

#include "lz4.h"
#include "lz4_block.h"
#include "lz4_frame.h"

#define LEGACY_MAGIC 0x184c2102u
#define BLOCK_SIZE ((size_t)8 << 20)
#define MAX_PACKED (BLOCK_SIZE + BLOCK_SIZE / 255 + 16)

static enum pvhboot_status decode_legacy(struct pvhboot_decode *decode)
{
	enum pvhboot_status status = PVHBOOT_OK;

	while (status == PVHBOOT_OK && decode->in_used < decode->in.size) {
		const size_t left = decode->in.size - decode->in_used;
		const bool full = decode->out_is_exact && decode->out_used == decode->out.size;
		const uint32_t packed =
			left < 4 ? 0 : lz4_load32(decode->in.data + decode->in_used);

		if (packed == LEGACY_MAGIC) { /* the first, or that of another stream behind it */
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
		status = lz4_block_decode(decode, packed, BLOCK_SIZE, decode->out_used);
	}
	return status;
}

static uint32_t next_magic(const struct pvhboot_decode *decode)
{
	return decode->in.size - decode->in_used < 4 ?
		       0 :
		       lz4_load32(decode->in.data + decode->in_used);
}

static enum pvhboot_status decode_lz4(struct pvhboot_decode *decode)
{
	enum pvhboot_status status = PVHBOOT_CORRUPT;

	decode->in_used = 0;
	decode->out_used = 0;
	decode->rule = "a magic of LZ4 at the start of the stream";
	if (next_magic(decode) == LEGACY_MAGIC)
		return decode_legacy(decode);
	/* several, as `cat a.lz4 b.lz4` makes them; what follows else is no part of the stream */
	while (next_magic(decode) == LZ4_FRAME_MAGIC) {
		status = lz4_frame_decode(decode);
		if (status != PVHBOOT_OK)
			break;
	}
	return status;
}

const struct pvhboot_codec codec_lz4 = { .compression = PVHBOOT_COMPRESSION_LZ4,
					 .decode = decode_lz4 };
