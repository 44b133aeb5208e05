/* SPDX-License-Identifier: MIT OR GPL-3.0-or-later */
/*
 * Decoders of GRUB's modules gzio, xzio and zstd as codecs. All of them have their working memory
 * from GRUB's heap, where the module's allocator has it too, and need less than 1 MiB.
 */
#include <grub/crypto.h>
#include <grub/deflate.h>
#include <grub/misc.h>
#include <grub/mm.h>

#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_createDCtx_advanced: our allocator */
#include <xz.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "codecs.h"
#include "lz4.h"

static enum pvhboot_status fail(struct pvhboot_decode *decode, enum pvhboot_status status,
				const char *rule)
{
	decode->rule = rule;
	return status;
}

/* ---- gzip: RFC 1952 ---- */

#define GZIP_TRAILER 8 /* CRC32, and the size modulo 2^32 */

enum gzip_flags { FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16, RESERVED = 0xe0 };

/* 0: it does not end before the trailer, or has what RFC 1952 does not know. */
static size_t gzip_header_size(struct pvhboot_bytes in)
{
	size_t at = 10;
	size_t end;
	unsigned int flags, text;

	if (in.size < at + GZIP_TRAILER || in.data[2] != 8 || (in.data[3] & RESERVED) != 0)
		return 0;
	end = in.size - GZIP_TRAILER;
	flags = in.data[3];
	if (flags & FEXTRA) {
		if (end - at < 2)
			return 0;
		at += 2;
		if (end - at < grub_get_unaligned16(in.data + at - 2))
			return 0;
		at += grub_get_unaligned16(in.data + at - 2);
	}
	for (text = FNAME; text <= FCOMMENT; text <<= 1) {
		if ((flags & text) == 0)
			continue;
		while (at < end && in.data[at] != 0)
			at++;
		if (at == end)
			return 0;
		at++;
	}
	if (flags & FHCRC)
		at += 2;
	return at <= end ? at : 0;
}

/* GRUB's decoder checks no CRC of what lies in memory, and does not tell where the stream ends. So
 * the trailer is what the input ends with. */
static enum pvhboot_status decode_gzip(struct pvhboot_decode *decode)
{
	const size_t header = gzip_header_size(decode->in);
	const uint8_t *trailer;
	uint32_t size;
	uint8_t crc[4]; /* the most significant byte first */
	grub_ssize_t used;

	decode->in_used = 0;
	decode->out_used = 0;
	if (header == 0)
		return fail(decode, PVHBOOT_CORRUPT, "all of a gzip header, and a trailer");
	trailer = decode->in.data + decode->in.size - GZIP_TRAILER;
	size = grub_get_unaligned32(trailer + 4);
	used = grub_deflate_decompress((char *)decode->in.data + header,
				       decode->in.size - header - GZIP_TRAILER, 0,
				       (char *)decode->out.data, decode->out.size);
	grub_errno = GRUB_ERR_NONE;
	if (used < 0)
		return fail(decode, PVHBOOT_CORRUPT, "intact gzip data");
	decode->out_used = used;
	if (decode->out_used < size && decode->out_used == decode->out.size) {
		decode->out_needed = size;
		return PVHBOOT_NOSPACE;
	}
	grub_crypto_hash(GRUB_MD_CRC32, crc, decode->out.data, decode->out_used);
	if (decode->out_used != size ||
	    grub_get_unaligned32(trailer) != grub_swap_bytes32(grub_get_unaligned32(crc)))
		return fail(decode, PVHBOOT_CORRUPT,
			    "gzip data with the checksum and size that its last bytes tell");
	decode->in_used = decode->in.size;
	return PVHBOOT_OK;
}

/* ---- xz ---- */

/* In one call the output serves as the dictionary, however large that is. */
static enum pvhboot_status decode_xz(struct pvhboot_decode *decode)
{
	struct xz_buf buf = { .in = decode->in.data,
			      .in_size = decode->in.size,
			      .out = decode->out.data,
			      .out_size = decode->out.size };
	struct xz_dec *decoder = xz_dec_init(0);
	enum xz_ret ret;

	decode->in_used = 0;
	decode->out_used = 0;
	if (decoder == NULL)
		return PVHBOOT_NOMEM;
	ret = xz_dec_run(decoder, &buf);
	xz_dec_end(decoder);
	grub_errno = GRUB_ERR_NONE;
	decode->in_used = buf.in_pos;
	decode->out_used = buf.out_pos;
	switch (ret) {
	case XZ_STREAM_END:
		return PVHBOOT_OK;
	case XZ_BUF_ERROR:
		return PVHBOOT_NOSPACE;
	case XZ_OPTIONS_ERROR:
		return fail(decode, PVHBOOT_UNSUPPORTED,
			    "an XZ stream with filters that GRUB knows");
	default:
		return fail(decode, PVHBOOT_CORRUPT, "intact XZ data and checksums");
	}
}

/* ---- zstd ---- */

static void *zstd_alloc(void *opaque, size_t size)
{
	(void)opaque;
	return grub_malloc(size);
}

static void zstd_free(void *opaque, void *memory)
{
	(void)opaque;
	grub_free(memory);
}

static enum pvhboot_status zstd_status(struct pvhboot_decode *decode, size_t result)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_no_error:
		return PVHBOOT_OK;
	case ZSTD_error_dstSize_tooSmall:
		return PVHBOOT_NOSPACE;
	case ZSTD_error_memory_allocation:
		return PVHBOOT_NOMEM;
	case ZSTD_error_srcSize_wrong:
		return fail(decode, PVHBOOT_TRUNCATED, "all of the stream");
	default:
		return fail(decode, PVHBOOT_CORRUPT, "intact zstd data and checksum");
	}
}

/* The next frame, by the decoder that needs no window beside the output. */
static enum pvhboot_status zstd_frame(ZSTD_DCtx *context, struct pvhboot_decode *decode)
{
	const uint8_t *in = decode->in.data + decode->in_used;
	size_t size = ZSTD_findFrameCompressedSize(in, decode->in.size - decode->in_used);
	size_t result;

	if (ZSTD_isError(size))
		return zstd_status(decode, size);
	result = ZSTD_decompressDCtx(context, decode->out.data + decode->out_used,
				     decode->out.size - decode->out_used, in, size);
	if (ZSTD_isError(result))
		return zstd_status(decode, result);
	decode->in_used += size;
	decode->out_used += result;
	return PVHBOOT_OK;
}

static enum pvhboot_status decode_zstd(struct pvhboot_decode *decode)
{
	const ZSTD_customMem memory = { zstd_alloc, zstd_free, NULL };
	ZSTD_DCtx *context = ZSTD_createDCtx_advanced(memory);
	enum pvhboot_status status;

	decode->in_used = 0;
	decode->out_used = 0;
	if (context == NULL)
		return PVHBOOT_NOMEM;
	do
		status = zstd_frame(context, decode);
	while (status == PVHBOOT_OK &&
	       ZSTD_isFrame(decode->in.data + decode->in_used, decode->in.size - decode->in_used));
	ZSTD_freeDCtx(context);
	grub_errno = GRUB_ERR_NONE;
	return status;
}

/* ---- All of them ---- */

static const struct pvhboot_codec codec_gzip = { PVHBOOT_COMPRESSION_GZIP, 0, decode_gzip };
static const struct pvhboot_codec codec_xz = { PVHBOOT_COMPRESSION_XZ, 0, decode_xz };
static const struct pvhboot_codec codec_zstd = { PVHBOOT_COMPRESSION_ZSTD, 0, decode_zstd };

const struct pvhboot_codec *const codecs[] = { &codec_lz4, &codec_gzip, &codec_xz, &codec_zstd,
					       NULL };
