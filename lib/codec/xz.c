/* SPDX-License-Identifier: MIT */
/* One .xz stream through liblzma, on the calling thread. */

#include <lzma.h>

#include "memory.h"

static void *xz_alloc(void *opaque, size_t n, size_t size)
{
	return pvhb_codec_alloc(opaque, n, size);
}

static void xz_free(void *opaque, void *block)
{
	pvhb_codec_release(opaque, block);
}

static enum pvhboot_status status_of(lzma_ret result, const lzma_stream *stream,
				     const struct pvhb_codec_memory *memory,
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
	case LZMA_BUF_ERROR: /* no progress: one of the two buffers is used up */
		if (stream->avail_in == 0) {
			decode->rule = "the stream is complete";
			return PVHBOOT_TRUNCATED;
		}
		return PVHBOOT_NOSPACE;
	default:
		decode->rule = "xz data and checksums are intact";
		return PVHBOOT_CORRUPT;
	}
}

static enum pvhboot_status xz_decode(struct pvhboot_decode *decode)
{
	struct pvhb_codec_memory memory = pvhb_codec_memory(decode);
	lzma_allocator allocator = { xz_alloc, xz_free, &memory };
	lzma_stream stream = LZMA_STREAM_INIT;
	enum pvhboot_status status;
	lzma_ret result;

	stream.allocator = &allocator;
	stream.next_in = decode->in.data;
	stream.avail_in = decode->in.size;
	stream.next_out = decode->out.data;
	stream.avail_out = decode->out.size;
	result = lzma_stream_decoder(&stream, decode->max_memory, LZMA_TELL_UNSUPPORTED_CHECK);
	/* LZMA_FINISH promises that all input is here; a second call tells a stream
	 * that is used up exactly with the buffer from one that goes on */
	while (result == LZMA_OK)
		result = lzma_code(&stream, LZMA_FINISH);
	decode->in_used = decode->in.size - stream.avail_in;
	decode->out_used = decode->out.size - stream.avail_out;
	status = status_of(result, &stream, &memory, decode);
	lzma_end(&stream);
	return status;
}

const struct pvhboot_codec pvhboot_codec_xz = {
	.compression = PVHBOOT_COMPRESSION_XZ,
	.decode = xz_decode,
};
