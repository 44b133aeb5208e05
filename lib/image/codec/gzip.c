/* SPDX-License-Identifier: MIT */
/* gzip members (RFC 1952), one behind the other, through zlib. */

#include "gzip.h"

#include <limits.h>

#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

#include "../../base/span.h"
#include "memory.h"
#include "stuck.h"

/* zconf.h: 32 KiB of window, and "about 7 kilobytes". */
#define ENOUGH_MEMORY ((uint64_t)48 << 10)

static voidpf zlib_alloc(voidpf opaque, uInt n, uInt size)
{
	return pvhb_codec_alloc(opaque, n, size);
}

static void zlib_free(voidpf opaque, voidpf block)
{
	pvhb_codec_release(opaque, block);
}

static uInt step(size_t left)
{
	return left < UINT_MAX ? (uInt)left : UINT_MAX;
}

/* Inflates one member; zlib counts in unsigned int, which is smaller than our
 * sizes, so the buffers are handed over in steps. */
static int inflate_member(z_stream *z, struct pvhboot_decode *decode)
{
	int result = Z_OK;

	while (result == Z_OK) {
		uInt in = step(decode->in.size - decode->in_used);
		uInt out = step(decode->out.size - decode->out_used);

		z->next_in = decode->in.data + decode->in_used;
		z->avail_in = in;
		z->next_out = decode->out.data + decode->out_used;
		z->avail_out = out;
		result = inflate(z, Z_NO_FLUSH);
		decode->in_used += in - z->avail_in;
		decode->out_used += out - z->avail_out;
	}
	return result;
}

/* The last field of a member is its size modulo 2^32: where there is one member of less than
 * 4 GiB, and nothing behind it, the size of all. What fits cannot be that. */
static uint64_t claimed_size(const struct pvhboot_decode *decode)
{
	uint32_t size;

	if (decode->in.size < 4)
		return 0;
	size = pvhb_load32(decode->in, decode->in.size - 4);
	return size > decode->out.size ? size : 0;
}

static enum pvhboot_status status_of(int result, const struct pvhb_codec_memory *memory,
				     struct pvhboot_decode *decode)
{
	switch (result) {
	case Z_STREAM_END:
		return PVHBOOT_OK;
	case Z_MEM_ERROR:
		return pvhb_codec_no_memory(memory, decode, ENOUGH_MEMORY);
	case Z_BUF_ERROR:
		decode->out_needed = claimed_size(decode);
		return pvhb_codec_stuck(decode);
	default:
		decode->rule = "intact gzip data and checksum";
		return PVHBOOT_CORRUPT;
	}
}

bool pvhb_gzip_another_member(const struct pvhboot_decode *decode)
{
	const uint8_t *next = decode->in.data + decode->in_used;

	return decode->in.size - decode->in_used >= 2 && next[0] == 0x1f && next[1] == 0x8b;
}

enum pvhboot_status pvhb_gzip_zlib(struct pvhboot_decode *decode)
{
	struct pvhb_codec_memory memory = pvhb_codec_memory(decode);
	z_stream z = { .zalloc = zlib_alloc, .zfree = zlib_free, .opaque = &memory };
	enum pvhboot_status status;
	int result;

	decode->in_used = 0;
	decode->out_used = 0;
	result = inflateInit2(&z, MAX_WBITS + 16); /* + 16: a gzip header, nothing else */
	do {
		if (result == Z_OK)
			result = inflate_member(&z, decode);
		status = status_of(result, &memory, decode);
		if (status != PVHBOOT_OK || !pvhb_gzip_another_member(decode))
			break;
		result = inflateReset(&z);
	} while (result == Z_OK);
	(void)inflateEnd(&z);
	return status;
}

#ifndef PVHB_HAVE_LIBDEFLATE

const struct pvhboot_codec pvhboot_codec_gzip = {
	.compression = PVHBOOT_COMPRESSION_GZIP,
	.decode = pvhb_gzip_zlib,
};

#endif
