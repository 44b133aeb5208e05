/* SPDX-License-Identifier: MIT */
/* bzip2 streams, one behind the other, through libbz2. */

#include <limits.h>
#include <string.h>

#include <bzlib.h>

#include "memory.h"
#include "stuck.h"

static void *bz_alloc(void *opaque, int n, int size)
{
	return pvhb_codec_alloc(opaque, (size_t)n, (size_t)size);
}

static void bz_free(void *opaque, void *block)
{
	pvhb_codec_release(opaque, block);
}

static unsigned step(size_t left)
{
	return left < UINT_MAX ? (unsigned)left : UINT_MAX;
}

/* Decodes one stream and moves on in both buffers. */
static int decode_one(bz_stream *bz, struct pvhboot_decode *decode)
{
	int result = BZ_OK;

	while (result == BZ_OK) {
		unsigned in = step(decode->in.size - decode->in_used);
		unsigned out = step(decode->out.size - decode->out_used);

		/* next_in is not const in this interface, but only read */
		bz->next_in = (char *)(uintptr_t)(decode->in.data + decode->in_used);
		bz->avail_in = in;
		bz->next_out = (char *)(decode->out.data + decode->out_used);
		bz->avail_out = out;
		result = BZ2_bzDecompress(bz);
		decode->in_used += in - bz->avail_in;
		decode->out_used += out - bz->avail_out;
		/* libbz2 has no status for this: it says BZ_OK for ever */
		if (result == BZ_OK && bz->avail_in == in && bz->avail_out == out)
			return BZ_UNEXPECTED_EOF;
	}
	return result;
}

/* For the stream that decode stands at: 100 kB, and four times the block size, which is the
 * fourth byte times 100 000 bytes (bzip2's manual, section 2). */
static uint64_t enough_memory(const struct pvhboot_decode *decode)
{
	uint8_t level = 9;

	if (decode->in.size - decode->in_used >= 4)
		level = (uint8_t)(decode->in.data[decode->in_used + 3] - '0');
	return UINT64_C(102400) + UINT64_C(400000) * (level >= 1 && level <= 9 ? level : 9);
}

static enum pvhboot_status status_of(int result, const struct pvhb_codec_memory *memory,
				     struct pvhboot_decode *decode, uint64_t enough)
{
	switch (result) {
	case BZ_STREAM_END:
		return PVHBOOT_OK;
	case BZ_MEM_ERROR:
		return pvhb_codec_no_memory(memory, decode, enough);
	case BZ_UNEXPECTED_EOF:
		return pvhb_codec_stuck(decode);
	default:
		decode->rule = "intact bzip2 data and checksums";
		return PVHBOOT_CORRUPT;
	}
}

static bool another_stream(const struct pvhboot_decode *decode)
{
	return decode->in.size - decode->in_used >= 3 &&
	       memcmp(decode->in.data + decode->in_used, "BZh", 3) == 0;
}

static enum pvhboot_status bzip2_decode(struct pvhboot_decode *decode)
{
	enum pvhboot_status status;

	decode->in_used = 0;
	decode->out_used = 0;
	do {
		struct pvhb_codec_memory memory = pvhb_codec_memory(decode);
		bz_stream bz = { .bzalloc = bz_alloc, .bzfree = bz_free, .opaque = &memory };
		uint64_t enough = enough_memory(decode);
		int result = BZ2_bzDecompressInit(&bz, 0, 0);

		if (result == BZ_OK)
			result = decode_one(&bz, decode);
		status = status_of(result, &memory, decode, enough);
		(void)BZ2_bzDecompressEnd(&bz);
	} while (status == PVHBOOT_OK && another_stream(decode));
	return status;
}

const struct pvhboot_codec pvhboot_codec_bzip2 = {
	.compression = PVHBOOT_COMPRESSION_BZIP2,
	.decode = bzip2_decode,
};
