/* SPDX-License-Identifier: MIT */
/*
 * Mutants of files with better chances: in half of them the checksums and sizes that
 * decoders look at first are put right, so that what lies behind them is reached.
 */

#include <lzma.h>
#include <string.h>
#include <zlib.h>

#include "../support/bzbuild.h"
#include "../support/msan.h"
#include "mutate.h"

#define MAX_UNPACKED ((size_t)1 << 20)

static uint32_t crc_of(const uint8_t *data, size_t size)
{
	return (uint32_t)crc32(0, data, (unsigned int)size);
}

/* The trailer behind the deflate stream: CRC-32 and size of what it holds. */
static void repair_gzip(uint8_t *data, size_t size)
{
	static uint8_t out[MAX_UNPACKED];
	z_stream stream;

	memset(&stream, 0, sizeof(stream));
	if (size < 18 || inflateInit2(&stream, -15) != Z_OK)
		return;
	data[3] = 0; /* none of the optional fields */
	stream.next_in = data + 10;
	stream.avail_in = (unsigned int)(size - 18);
	stream.next_out = out;
	stream.avail_out = sizeof(out);
	if (inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in < size) {
		uint8_t *trailer = data + 10 + stream.total_in;

		store_le(trailer, 4, crc_of(out, stream.total_out));
		store_le(trailer + 4, 4, stream.total_out);
	}
	inflateEnd(&stream);
}

/* CRC-32 of the stream's header, of the first block's header, and of the footer. */
static void repair_xz(uint8_t *data, size_t size)
{
	size_t block;

	if (size < LZMA_STREAM_HEADER_SIZE)
		return;
	store_le(data + 8, 4, crc_of(data + 6, 2));
	data += LZMA_STREAM_HEADER_SIZE;
	size -= LZMA_STREAM_HEADER_SIZE;
	block = size ? ((size_t)data[0] + 1) * 4 : 0;
	if (block >= 8 && block <= size)
		store_le(data + block - 4, 4, crc_of(data, block - 4));
	if (size >= LZMA_STREAM_HEADER_SIZE) {
		uint8_t *footer = data + size - LZMA_STREAM_HEADER_SIZE;

		store_le(footer, 4, crc_of(footer + 4, 6));
		footer[10] = 'Y';
		footer[11] = 'Z';
	}
}

/* lzop: the header's checksum, where it is by Adler-32. */
static void repair_lzo(uint8_t *data, size_t size)
{
	size_t end;

	if (size < 39)
		return;
	end = 34 + (size_t)data[33]; /* behind the file's name */
	if (end + 4 <= size) {
		uint32_t sum = (uint32_t)adler32(1, data + 9, (unsigned int)(end - 9));

		for (unsigned int i = 0; i < 4; i++)
			data[end + i] = (uint8_t)(sum >> (24 - 8 * i));
	}
}

static uint32_t rotate(uint32_t value, unsigned int by)
{
	return value << by | value >> (32 - by);
}

/* XXH32 of fewer than 16 bytes. Source: the xxHash specification, 0.1.1. */
static uint32_t short_xxh32(const uint8_t *data, size_t size)
{
	uint32_t sum = UINT32_C(0x165667b1) + (uint32_t)size;

	for (; size >= 4; size -= 4, data += 4)
		sum = rotate(sum + (uint32_t)load_le(data, 4) * UINT32_C(0xc2b2ae3d), 17) *
		      UINT32_C(0x27d4eb2f);
	for (; size > 0; size--, data++)
		sum = rotate(sum + *data * UINT32_C(0x165667b1), 11) * UINT32_C(0x9e3779b1);
	sum = (sum ^ sum >> 15) * UINT32_C(0x85ebca77);
	sum = (sum ^ sum >> 13) * UINT32_C(0xc2b2ae3d);
	return sum ^ sum >> 16;
}

/* LZ4's frame: the checksum of its descriptor. */
static void repair_lz4(uint8_t *data, size_t size)
{
	size_t descriptor = 2;

	if (size < 7)
		return;
	if (data[4] & 8)
		descriptor += 8;
	if (data[4] & 1)
		descriptor += 4;
	if (4 + descriptor < size)
		data[4 + descriptor] = (uint8_t)(short_xxh32(data + 4, descriptor) >> 8);
}

static void repair_stream(uint8_t *data, size_t size)
{
	if (size < 4)
		return;
	if (memcmp(data, "\x1f\x8b", 2) == 0)
		repair_gzip(data, size);
	else if (memcmp(data,
			"\xfd"
			"7zX",
			4) == 0)
		repair_xz(data, size);
	else if (memcmp(data,
			"\x89"
			"LZO",
			4) == 0)
		repair_lzo(data, size);
	else if (memcmp(data, "\x04\x22\x4d\x18", 4) == 0)
		repair_lz4(data, size);
}

/* A stream of any format, or a bzImage around one, in place. */
static void repair_file(uint8_t *data, size_t size)
{
	struct blob image = { data, size, size };
	uint64_t at;

	if (size < 0x400 || memcmp(data + 0x202, "HdrS", 4) != 0) {
		repair_stream(data, size);
		return;
	}
	/* The payload reaches from where it starts to the end of the file. */
	at = bz_payload_at(&image);
	if (at < size && size - at >= 8) {
		bz_patch(&image, "payload_length", size - at);
		repair_stream(data + at, (size_t)(size - at) - 4);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	size = LLVMFuzzerMutate(data, size, max_size);
	msan_written(data, size); /* by libFuzzer, which no sanitizer looks at */
	if (size > fuzz_head_size && seed % 2)
		repair_file(data + fuzz_head_size, size - fuzz_head_size);
	return size;
}
