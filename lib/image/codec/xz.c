/* SPDX-License-Identifier: MIT */
/*
 * .xz and .lzma files through liblzma, on the calling thread. An .xz file is one
 * or more streams with padding of 4-byte units between (xz-file-format.txt,
 * section 2.2); an .lzma file ends at the size that its header tells, or at an
 * end mark.
 */

#include <string.h>

#include <lzma.h>

#include "../../base/span.h"
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

typedef lzma_ret init_function(lzma_stream *stream, uint64_t max_memory);

/* Memory for headers and indexes, which are read for a message alone: the caller's allocator is
 * not asked for it, which may fail. */
struct arena {
	_Alignas(16) uint8_t bytes[8192];
	size_t used;
};

/* n is 1: lzma/base.h, of lzma_allocator. */
static void *arena_alloc(void *opaque, size_t n, size_t size)
{
	struct arena *arena = opaque;
	void *block = arena->bytes + arena->used;

	(void)n;
	if (size > sizeof(arena->bytes) - arena->used)
		return NULL;
	arena->used += (size + 15) & ~(size_t)15; /* the arena's own size is a multiple too */
	return block;
}

/* The arena goes as a whole: what lies in it needs no lzma_end() and no lzma_index_end(). */
static void arena_free(void *opaque, void *block)
{
	(void)opaque;
	(void)block;
}

/* What the stream that decode stands at needs: liblzma tells when it is over a limit, which
 * here is 1 byte. 0: its headers are not whole. */
static uint64_t enough_memory(const struct pvhboot_decode *decode, init_function *init)
{
	struct arena arena = { .used = 0 };
	lzma_allocator allocator = { arena_alloc, arena_free, &arena };
	lzma_stream stream = LZMA_STREAM_INIT;
	uint8_t room; /* without any, a header is not read to its end */
	uint64_t needed = 0;
	lzma_ret result;

	stream.allocator = &allocator;
	stream.next_in = decode->in.data + decode->in_used;
	stream.avail_in = decode->in.size - decode->in_used;
	stream.next_out = &room;
	stream.avail_out = sizeof(room);
	result = init(&stream, 1);
	while (result == LZMA_OK)
		result = lzma_code(&stream, LZMA_RUN);
	if (result == LZMA_MEMLIMIT_ERROR)
		needed = lzma_memusage(&stream);
	return needed;
}

static enum pvhboot_status status_of(lzma_ret result, struct pvhboot_decode *decode)
{
	switch (result) {
	case LZMA_STREAM_END:
		return PVHBOOT_OK;
	case LZMA_OPTIONS_ERROR:
	case LZMA_UNSUPPORTED_CHECK:
		decode->rule = "a stream with filters and checksums that liblzma knows";
		return PVHBOOT_UNSUPPORTED;
	case LZMA_BUF_ERROR:
		return pvhb_codec_stuck(decode);
	default:
		decode->rule = "intact compressed data and checksums";
		return PVHBOOT_CORRUPT;
	}
}

/* Runs a decoder that init sets up over one stream, from where decode stands. */
static enum pvhboot_status run(struct pvhboot_decode *decode, init_function *init)
{
	struct pvhb_codec_memory memory = pvhb_codec_memory(decode);
	lzma_allocator allocator = { xz_alloc, xz_free, &memory };
	const struct pvhboot_decode start = *decode;
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
	if (result == LZMA_MEM_ERROR)
		status = pvhb_codec_no_memory(&memory, decode, enough_memory(&start, init));
	else if (result == LZMA_MEMLIMIT_ERROR)
		status = pvhb_codec_over_limit(decode, lzma_memusage(&stream));
	else
		status = status_of(result, decode);
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

/* What the index at the end of a file says. Of several streams it is the last one's alone. 0:
 * there is none at the end, or it has very many blocks. */
static uint64_t size_in_index(const struct pvhboot_decode *decode)
{
	struct arena arena = { .used = 0 };
	lzma_allocator allocator = { arena_alloc, arena_free, &arena };
	uint64_t no_limit = UINT64_MAX; /* but for the arena */
	size_t end = decode->in.size, at = 0;
	lzma_stream_flags footer = { .version = 0 };
	lzma_index *index = NULL;

	if (end < LZMA_STREAM_HEADER_SIZE)
		return 0;
	end -= LZMA_STREAM_HEADER_SIZE; /* a footer is as long as a header */
	if (lzma_stream_footer_decode(&footer, decode->in.data + end) != LZMA_OK ||
	    footer.backward_size > end)
		return 0;
	at = end - (size_t)footer.backward_size;
	if (lzma_index_buffer_decode(&index, &no_limit, &allocator, decode->in.data, &at, end) !=
	    LZMA_OK)
		return 0;
	return lzma_index_uncompressed_size(index);
}

static enum pvhboot_status xz_decode(struct pvhboot_decode *decode)
{
	enum pvhboot_status status;

	decode->in_used = 0;
	decode->out_used = 0;
	do
		status = run(decode, init_xz);
	while (status == PVHBOOT_OK && another_stream(decode));
	if (status == PVHBOOT_NOSPACE)
		decode->out_needed = size_in_index(decode);
	return status;
}

/* An .lzma header is 5 bytes of properties and the unpacked size, or all ones for "unknown". */
#define LZMA_SIZE 5

static bool has_unknown_size(const struct pvhboot_decode *decode)
{
	return !pvhb_within(decode->in.size, LZMA_SIZE, 8) ||
	       pvhb_load64(decode->in, LZMA_SIZE) == UINT64_MAX;
}

/* A header without a size promises an end mark, but some encoders write neither:
 * such a stream ends with its input, and is whole when the output is. */
static bool ends_without_mark(const struct pvhboot_decode *decode)
{
	return decode->out_is_exact && has_unknown_size(decode) &&
	       decode->out_used == decode->out.size;
}

static enum pvhboot_status lzma_decode(struct pvhboot_decode *decode)
{
	enum pvhboot_status status;

	decode->in_used = 0;
	decode->out_used = 0;
	status = run(decode, init_lzma);
	if (status == PVHBOOT_TRUNCATED && ends_without_mark(decode))
		return PVHBOOT_OK;
	if (!has_unknown_size(decode))
		decode->out_needed = pvhb_load64(decode->in, LZMA_SIZE);
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
