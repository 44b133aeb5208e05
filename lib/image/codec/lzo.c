/* SPDX-License-Identifier: MIT */
/*
 * The lzop file format: a header, then blocks until one of size 0. All numbers
 * are big-endian. liblzo2 decodes a block; the format around it is read here.
 * liblzo2 is GPL-2.0-or-later, and so is a library that links it.
 * Source: lzop 1.04, src/conf.h and src/lzop.c; Linux lib/decompress_unlzo.c.
 */

#include <lzo/lzo1x.h>

#include "../../base/span.h"
#include "memory.h"

/* Header flags. */
#define ADLER32_UNPACKED 0x1u
#define ADLER32_PACKED 0x2u
#define EXTRA_FIELD 0x40u
#define CRC32_UNPACKED 0x100u
#define CRC32_PACKED 0x200u
#define FILTER 0x800u

#define MAGIC_SIZE 9
#define MAX_BLOCK (64u << 20) /* lzop's own bound */

struct reader {
	struct pvhboot_decode *decode;
	bool short_of; /* something was read behind the end; what was read is 0 */
};

static enum pvhboot_status fail(struct pvhboot_decode *decode, enum pvhboot_status status,
				const char *rule)
{
	decode->rule = rule;
	return status;
}

static void skip(struct reader *reader, size_t size)
{
	struct pvhboot_decode *decode = reader->decode;

	if (size > decode->in.size - decode->in_used) {
		reader->short_of = true;
		size = decode->in.size - decode->in_used;
	}
	decode->in_used += size;
}

static uint32_t number(struct reader *reader, size_t size)
{
	size_t at = reader->decode->in_used;
	uint32_t value = 0;

	skip(reader, size);
	if (reader->short_of)
		return 0;
	while (size-- > 0)
		value = value << 8 | pvhb_load8(reader->decode->in, at++);
	return value;
}

/* Reads the header; *flags is all that matters of it. */
static enum pvhboot_status read_header(struct reader *reader, uint32_t *flags)
{
	uint32_t version;

	skip(reader, MAGIC_SIZE);
	version = number(reader, 2);
	skip(reader, 2); /* version of the library */
	if (version >= 0x940)
		skip(reader, 2);                /* version needed to extract */
	skip(reader, version >= 0x940 ? 2 : 1); /* method, and level */
	*flags = number(reader, 4);
	if (*flags & FILTER)
		return fail(reader->decode, PVHBOOT_UNSUPPORTED, "an lzop file without a filter");
	skip(reader, version >= 0x940 ? 12 : 8); /* mode and times */
	skip(reader, number(reader, 1));         /* file name */
	skip(reader, 4);                         /* checksum of the header */
	if (*flags & EXTRA_FIELD) {
		skip(reader, number(reader, 4));
		skip(reader, 4);
	}
	if (reader->short_of)
		return fail(reader->decode, PVHBOOT_TRUNCATED, "all of the lzop header");
	return PVHBOOT_OK;
}

/* The checksums in front of a block's bytes, as far as they are there. */
struct checksums {
	uint32_t adler32;
	uint32_t crc32;
};

static struct checksums read_checksums(struct reader *reader, uint32_t flags, uint32_t adler32,
				       uint32_t crc32)
{
	struct checksums sums = { 0, 0 };

	if (flags & adler32)
		sums.adler32 = number(reader, 4);
	if (flags & crc32)
		sums.crc32 = number(reader, 4);
	return sums;
}

static bool agree(struct checksums sums, uint32_t flags, uint32_t adler32, uint32_t crc32,
		  const uint8_t *data, size_t size)
{
	return (!(flags & adler32) || lzo_adler32(1, data, size) == sums.adler32) &&
	       (!(flags & crc32) || lzo_crc32(0, data, size) == sums.crc32);
}

/* Decodes or copies the bytes of a block to out. */
static bool unpack(const uint8_t *in, uint32_t packed, uint8_t *out, uint32_t unpacked)
{
	lzo_uint size = unpacked;

	if (packed == unpacked) { /* stored: packing would have made it longer */
		memcpy(out, in, unpacked);
		return true;
	}
	return lzo1x_decompress_safe(in, packed, out, &size, NULL) == LZO_E_OK && size == unpacked;
}

/* Reads the block whose unpacked size was just read. */
static enum pvhboot_status read_block(struct reader *reader, uint32_t flags, uint32_t unpacked)
{
	struct pvhboot_decode *decode = reader->decode;
	uint32_t packed = number(reader, 4);
	struct checksums of_unpacked =
		read_checksums(reader, flags, ADLER32_UNPACKED, CRC32_UNPACKED);
	uint32_t packed_flags = packed < unpacked ? flags : 0;
	struct checksums of_packed =
		read_checksums(reader, packed_flags, ADLER32_PACKED, CRC32_PACKED);
	const uint8_t *in = decode->in.data + decode->in_used;
	uint8_t *out = decode->out.data + decode->out_used;

	skip(reader, packed);
	if (reader->short_of)
		return fail(decode, PVHBOOT_TRUNCATED, "all of a block");
	if (packed == 0 || packed > unpacked || unpacked > MAX_BLOCK)
		return fail(decode, PVHBOOT_CORRUPT,
			    "1 <= packed size of a block <= unpacked size <= 64 MiB");
	if (unpacked > decode->out.size - decode->out_used)
		return PVHBOOT_NOSPACE;
	if (!agree(of_packed, packed_flags, ADLER32_PACKED, CRC32_PACKED, in, packed) ||
	    !unpack(in, packed, out, unpacked) ||
	    !agree(of_unpacked, flags, ADLER32_UNPACKED, CRC32_UNPACKED, out, unpacked))
		return fail(decode, PVHBOOT_CORRUPT, "intact LZO data and checksums");
	decode->out_used += unpacked;
	return PVHBOOT_OK;
}

static enum pvhboot_status lzo_decode(struct pvhboot_decode *decode)
{
	struct reader reader = { .decode = decode };
	enum pvhboot_status status;
	uint32_t flags;

	decode->in_used = 0;
	decode->out_used = 0;
	status = read_header(&reader, &flags);
	while (status == PVHBOOT_OK) {
		uint32_t unpacked = number(&reader, 4);

		if (reader.short_of)
			return fail(decode, PVHBOOT_TRUNCATED, "a last block of size 0");
		if (unpacked == 0)
			return PVHBOOT_OK;
		status = read_block(&reader, flags, unpacked);
	}
	return status;
}

const struct pvhboot_codec pvhboot_codec_lzo = {
	.compression = PVHBOOT_COMPRESSION_LZO,
	.decode = lzo_decode,
};
