/* SPDX-License-Identifier: MIT */
#include "compressed.h"

#include "../base/span.h"

/* Kernels pack to between a third and a tenth; untouched memory costs nothing on
 * most hosts, decoding twice does. */
#define GUESSED_RATIO 8
#define LEAST_GUESS ((uint64_t)1 << 20)

/* RFC 8878, sections 3.1.1 and 3.1.2. */
#define ZSTD_MAGIC 0xfd2fb528u
#define SKIPPABLE_MAGIC 0x184d2a50u /* and the 15 that follow */
#define SKIPPABLE_HEADER 8          /* magic, and the size of the rest */

/* No magic begins with another one, so the order does not matter. */
static const struct {
	uint8_t size;
	uint8_t magic[6];
	uint8_t compression;
} formats[] = {
	{ 2, { 0x1f, 0x8b }, PVHBOOT_COMPRESSION_GZIP },
	{ 3, { 'B', 'Z', 'h' }, PVHBOOT_COMPRESSION_BZIP2 },
	{ 6, { 0xfd, '7', 'z', 'X', 'Z', 0x00 }, PVHBOOT_COMPRESSION_XZ },
	{ 2, { 0x5d, 0x00 }, PVHBOOT_COMPRESSION_LZMA }, /* dictionary of a multiple of 256 bytes */
	{ 5, { 0x5d, 0xff, 0xff, 0xff, 0xff }, PVHBOOT_COMPRESSION_LZMA }, /* the largest */
	{ 5, { 0x89, 'L', 'Z', 'O', 0x00 }, PVHBOOT_COMPRESSION_LZO },
	{ 4, { 0x02, 0x21, 0x4c, 0x18 }, PVHBOOT_COMPRESSION_LZ4 },
	{ 4, { 0x04, 0x22, 0x4d, 0x18 }, PVHBOOT_COMPRESSION_LZ4 },
	{ 4, { 0x28, 0xb5, 0x2f, 0xfd }, PVHBOOT_COMPRESSION_ZSTD },
	{ 0 },
};

/* pzstd puts a skippable frame in front. LZ4 has frames with the same magic, so what
 * follows decides. Only one is passed over: a file may be made of nothing else. */
static bool is_zstd_behind_skippable(struct pvhboot_bytes bytes)
{
	uint64_t next;

	if (bytes.size < SKIPPABLE_HEADER || (pvhb_load32(bytes, 0) & ~0xfu) != SKIPPABLE_MAGIC)
		return false;
	next = SKIPPABLE_HEADER + (uint64_t)pvhb_load32(bytes, 4);
	return pvhb_within(bytes.size, next, 4) && pvhb_load32(bytes, next) == ZSTD_MAGIC;
}

bool pvhb_compression_of(struct pvhboot_bytes bytes, uint16_t *compression)
{
	size_t i;

	//@ loop invariant i < sizeof(formats) / sizeof(formats[0]); loop assigns i, *compression;
	for (i = 0; formats[i].size != 0; i++) {
		if (bytes.size >= formats[i].size &&
		    pvhb_equal(pvhb_slice(bytes, 0, formats[i].size), formats[i].magic,
			       formats[i].size)) {
			*compression = formats[i].compression;
			return true;
		}
	}
	if (is_zstd_behind_skippable(bytes)) {
		*compression = PVHBOOT_COMPRESSION_ZSTD;
		return true;
	}
	return false;
}

void pvhb_compressed_probe(struct pvhboot_bytes stream, uint64_t offset, uint16_t compression,
			   struct pvhboot_image *image)
{
	image->stream = stream;
	image->stream_offset = offset;
	image->unpacked_size = pvhb_max((uint64_t)stream.size * GUESSED_RATIO, LEAST_GUESS);
	image->container = PVHBOOT_CONTAINER_COMPRESSED;
	image->compression = compression;
	image->size_is_exact = 0;
}
