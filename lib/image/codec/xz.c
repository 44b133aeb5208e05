/* SPDX-License-Identifier: MIT */
/*
 * .xz and .lzma files through liblzma, on the calling thread. An .xz file is one
 * or more streams with padding of 4-byte units between (xz-file-format.txt,
 * section 2.2); an .lzma file ends at the size that its header tells, or at an
 * end mark.
 */

#include <string.h>

#include <lzma.h>

#include "memory.h"
#include "stuck.h"

static const uint8_t xz_magic[6] = { 0xfd, '7', 'z', 'X', 'Z', 0x00 };

static void *xz_alloc(void *opaque, size_t n, size_t size)
{
	return pvhb_codec_alloc(opaque, n, size);
}

static void xz_free(void *opaque, void *block)
{
	pvhb_codec_release(opaque, block);
}

static enum pvhboot_status status_of(lzma_ret result, const struct pvhb_codec_memory *memory,
				     struct pvhboot_decode *decode)
{
	switch (result) {
	case LZMA_STREAM_END:
		return PVHBOOT_OK;
	case LZMA_MEM_ERROR:
		return pvhb_codec_no_memory(memory, decode);
	case LZMA_MEMLIMIT_ERROR:
		decode->rule = "the codec needs at most max_memory";
		return PVHBOOT_LIMIT;
	case LZMA_OPTIONS_ERROR:
	case LZMA_UNSUPPORTED_CHECK:
		decode->rule = "the stream uses filters and checksums that liblzma has";
		return PVHBOOT_UNSUPPORTED;
	case LZMA_BUF_ERROR:
		return pvhb_codec_stuck(decode);
	default:
		decode->rule = "the compressed data and its checksums are intact";
		return PVHBOOT_CORRUPT;
	}
}

/* Runs a decoder that init sets up over one stream, from where decode stands. */
static enum pvhboot_status run(struct pvhboot_decode *decode,
			       lzma_ret (*init)(lzma_stream *stream, uint64_t max_memory))
{
	struct pvhb_codec_memory memory = pvhb_codec_memory(decode);
	lzma_allocator allocator = { xz_alloc, xz_free, &memory };
	lzma_stream stream = LZMA_STREAM_INIT;
	enum pvhboot_status status;
	lzma_ret result;

	stream.allocator = &allocator;
	stream.next_in = decode->in.data + decode->in_used;
	stream.avail_in = decode->in.size - decode->in_used;
	stream.next_out = decode->out.data + decode->out_used;
	stream.avail_out = decode->out.size - decode->out_used;
	result = init(&stream, decode->max_memory);
	/* LZMA_FINISH: all input is here; a call without progress ends the loop */
	while (result == LZMA_OK)
		result = lzma_code(&stream, LZMA_FINISH);
	decode->in_used = decode->in.size - stream.avail_in;
	decode->out_used = decode->out.size - stream.avail_out;
	status = status_of(result, &memory, decode);
	lzma_end(&stream);
	return status;
}

static lzma_ret init_xz(lzma_stream *stream, uint64_t max_memory)
{
	return lzma_stream_decoder(stream, max_memory, LZMA_TELL_UNSUPPORTED_CHECK);
}

static lzma_ret init_lzma(lzma_stream *stream, uint64_t max_memory)
{
	return lzma_alone_decoder(stream, max_memory);
}

/* Whether another stream follows; skips the padding in front of it. */
static bool another_stream(struct pvhboot_decode *decode)
{
	size_t at = decode->in_used;

	while (decode->in.size - at >= 4 && memcmp(decode->in.data + at, "\0\0\0", 4) == 0)
		at += 4;
	if (decode->in.size - at < sizeof(xz_magic) ||
	    memcmp(decode->in.data + at, xz_magic, sizeof(xz_magic)) != 0)
		return false;
	decode->in_used = at;
	return true;
}

static enum pvhboot_status xz_decode(struct pvhboot_decode *decode)
{
	enum pvhboot_status status;

	decode->in_used = 0;
	decode->out_used = 0;
	do
		status = run(decode, init_xz);
	while (status == PVHBOOT_OK && another_stream(decode));
	return status;
}

/* A header without a size promises an end mark, but some encoders write neither:
 * such a stream ends with its input, and is whole when the output is. */
static bool ends_without_mark(const struct pvhboot_decode *decode)
{
	static const uint8_t unknown[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	return decode->out_is_exact && decode->in.size >= 13 &&
	       memcmp(decode->in.data + 5, unknown, 8) == 0 && decode->out_used == decode->out.size;
}

static enum pvhboot_status lzma_decode(struct pvhboot_decode *decode)
{
	enum pvhboot_status status;

	decode->in_used = 0;
	decode->out_used = 0;
	status = run(decode, init_lzma);
	if (status == PVHBOOT_TRUNCATED && ends_without_mark(decode))
		return PVHBOOT_OK;
	return status;
}

const struct pvhboot_codec pvhboot_codec_xz = {
	.compression = PVHBOOT_COMPRESSION_XZ,
	.decode = xz_decode,
};

const struct pvhboot_codec pvhboot_codec_lzma = {
	.compression = PVHBOOT_COMPRESSION_LZMA,
	.decode = lzma_decode,
};
