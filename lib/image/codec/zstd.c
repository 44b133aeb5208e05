/* SPDX-License-Identifier: MIT */
/*
 * Zstandard frames (RFC 8878), one behind the other, through libzstd. The whole output lies in one
 * buffer, which serves as the window, so a frame with a window of 128 MiB (what
 * `zstd --ultra -22` writes) needs no more memory than one with a small window.
 */

#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_createDCtx_advanced: our allocator */
#include <zstd.h>
#include <zstd_errors.h>

#include "../../base/span.h"
#include "memory.h"

static void *zstd_alloc(void *opaque, size_t size)
{
	return pvhb_codec_alloc(opaque, 1, size);
}

static void zstd_free(void *opaque, void *block)
{
	pvhb_codec_release(opaque, block);
}

/* enough: as of pvhb_codec_no_memory(). What fill() takes on top is not known. */
static enum pvhboot_status no_memory(const struct pvhb_codec_memory *memory,
				     struct pvhboot_decode *decode, uint64_t enough)
{
	enum pvhboot_status status = pvhb_codec_no_memory(memory, decode, enough);

	if (decode->only_start)
		decode->memory_needed = 0;
	return status;
}

static enum pvhboot_status status_of(size_t result, const struct pvhb_codec_memory *memory,
				     struct pvhboot_decode *decode)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_no_error:
		return PVHBOOT_OK;
	case ZSTD_error_dstSize_tooSmall:
		return PVHBOOT_NOSPACE;
	case ZSTD_error_memory_allocation:
		return no_memory(memory, decode, 0);
	case ZSTD_error_srcSize_wrong:
		decode->rule = "all of the stream";
		return PVHBOOT_TRUNCATED;
	case ZSTD_error_version_unsupported:
	case ZSTD_error_frameParameter_unsupported:
	case ZSTD_error_frameParameter_windowTooLarge:
	case ZSTD_error_dictionary_wrong:
		decode->rule = "a zstd frame with features that libzstd knows";
		return PVHBOOT_UNSUPPORTED;
	default:
		decode->rule = "intact zstd data and checksum";
		return PVHBOOT_CORRUPT;
	}
}

/* Decodes as much of a frame as there is room for. Takes memory for the frame's window, and
 * libzstd refuses one above 128 MiB; so only where the rest is not wanted. */
static enum pvhboot_status fill(ZSTD_DCtx *context, const struct pvhb_codec_memory *memory,
				struct pvhboot_decode *decode, size_t size)
{
	ZSTD_inBuffer in = { decode->in.data + decode->in_used, size, 0 };
	ZSTD_outBuffer out = { decode->out.data, decode->out.size, decode->out_used };
	size_t result = 1; /* 0 is the end of the frame */

	(void)ZSTD_DCtx_reset(context, ZSTD_reset_session_only); /* never fails */
	while (!ZSTD_isError(result) && out.pos < out.size && in.pos < in.size)
		result = ZSTD_decompressStream(context, &out, &in);
	decode->out_used = out.pos;
	if (ZSTD_isError(result))
		return status_of(result, memory, decode);
	if (result != 0)
		return PVHBOOT_NOSPACE;
	decode->in_used += size; /* there was room for all of it */
	return PVHBOOT_OK;
}

/* With the frame of size bytes that decode stands at; 0: it does not tell. */
static uint64_t claimed_size(const struct pvhboot_decode *decode, size_t size)
{
	unsigned long long content =
		ZSTD_getFrameContentSize(decode->in.data + decode->in_used, size);
	uint64_t all = 0;

	if (content == ZSTD_CONTENTSIZE_UNKNOWN || content == ZSTD_CONTENTSIZE_ERROR ||
	    !pvhb_add(decode->out_used, content, &all))
		return 0;
	return all;
}

/* Decodes one frame from where decode stands. ZSTD_decompressDCtx() takes whole
 * frames only, and the caller may have bytes behind the last one. */
static enum pvhboot_status decode_frame(ZSTD_DCtx *context, const struct pvhb_codec_memory *memory,
					struct pvhboot_decode *decode)
{
	const uint8_t *in = decode->in.data + decode->in_used;
	size_t size = ZSTD_findFrameCompressedSize(in, decode->in.size - decode->in_used);
	size_t result;

	if (ZSTD_isError(size))
		return status_of(size, memory, decode);
	if (decode->only_start)
		return fill(context, memory, decode, size);
	/* one that says that it does not fit is not tried: this may be the first of many tries */
	decode->out_needed = claimed_size(decode, size);
	if (decode->out_needed > decode->out.size)
		return PVHBOOT_NOSPACE;
	result = ZSTD_decompressDCtx(context, decode->out.data + decode->out_used,
				     decode->out.size - decode->out_used, in, size);
	if (ZSTD_isError(result))
		return status_of(result, memory, decode);
	decode->in_used += size;
	decode->out_used += result;
	return PVHBOOT_OK;
}

/* A frame, or one of the 16 kinds of skippable frame (RFC 8878, section 3.1.2). */
static bool another_frame(const struct pvhboot_decode *decode)
{
	uint32_t magic;

	if (decode->in.size - decode->in_used < 4)
		return false;
	magic = pvhb_load32(decode->in, decode->in_used);
	return magic == ZSTD_MAGICNUMBER ||
	       (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

static enum pvhboot_status zstd_decode(struct pvhboot_decode *decode)
{
	struct pvhb_codec_memory memory = pvhb_codec_memory(decode);
	ZSTD_DCtx *context;
	enum pvhboot_status status;

	decode->in_used = 0;
	decode->out_used = 0;
	context = ZSTD_createDCtx_advanced((ZSTD_customMem){ zstd_alloc, zstd_free, &memory });
	if (context == NULL)
		return no_memory(&memory, decode, ZSTD_estimateDCtxSize() + PVHB_CODEC_HEADER);
	do
		status = decode_frame(context, &memory, decode);
	while (status == PVHBOOT_OK && another_frame(decode));
	(void)ZSTD_freeDCtx(context);
	return status;
}

const struct pvhboot_codec pvhboot_codec_zstd = {
	.compression = PVHBOOT_COMPRESSION_ZSTD,
	.decode = zstd_decode,
};
