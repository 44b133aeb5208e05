/* SPDX-License-Identifier: MIT */
#include "compressed.h"

#include "span.h"

/* Kernels pack to between a third and a tenth; untouched memory costs nothing on
 * most hosts, decoding twice does. */
#define GUESSED_RATIO 8
#define LEAST_GUESS ((uint64_t)1 << 20)

/* No magic begins with another one, so the order does not matter. */
static const struct {
	uint8_t size;
	uint8_t magic[6];
	uint8_t compression;
} formats[] = {
	{ 2, { 0x1f, 0x8b }, PVHBOOT_COMPRESSION_GZIP },
	{ 3, { 'B', 'Z', 'h' }, PVHBOOT_COMPRESSION_BZIP2 },
	{ 6, { 0xfd, '7', 'z', 'X', 'Z', 0x00 }, PVHBOOT_COMPRESSION_XZ },
	{ 2, { 0x5d, 0x00 }, PVHBOOT_COMPRESSION_LZMA },
	{ 5, { 0x89, 'L', 'Z', 'O', 0x00 }, PVHBOOT_COMPRESSION_LZO },
	{ 4, { 0x02, 0x21, 0x4c, 0x18 }, PVHBOOT_COMPRESSION_LZ4 },
	{ 4, { 0x04, 0x22, 0x4d, 0x18 }, PVHBOOT_COMPRESSION_LZ4 },
	{ 4, { 0x28, 0xb5, 0x2f, 0xfd }, PVHBOOT_COMPRESSION_ZSTD },
};

bool pvhb_compression_of(struct pvhboot_bytes bytes, uint16_t *compression)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (bytes.size >= formats[i].size &&
		    memcmp(bytes.data, formats[i].magic, formats[i].size) == 0) {
			*compression = formats[i].compression;
			return true;
		}
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
