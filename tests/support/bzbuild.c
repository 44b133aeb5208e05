/* SPDX-License-Identifier: MIT */
#include "bzbuild.h"

#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#ifdef PVHB_HAVE_LZ4
#include <lz4.h>
#include <lz4hc.h>
#endif
#ifdef PVHB_HAVE_ZSTD
#include <zstd.h>
#endif

static void fail(const char *what)
{
	fprintf(stderr, "bzbuild: %s\n", what);
	abort();
}

int bz_can_compress(enum pvhboot_compression compression)
{
	switch (compression) {
	case PVHBOOT_COMPRESSION_NONE:
	case PVHBOOT_COMPRESSION_GZIP:
	case PVHBOOT_COMPRESSION_XZ:
		return 1;
#ifdef PVHB_HAVE_LZ4
	case PVHBOOT_COMPRESSION_LZ4:
		return 1;
#endif
#ifdef PVHB_HAVE_ZSTD
	case PVHBOOT_COMPRESSION_ZSTD:
		return 1;
#endif
	default:
		return 0;
	}
}

static void compress_gzip(struct blob *out, struct pvhboot_bytes in)
{
	z_stream stream;
	size_t bound;
	size_t before = out->size;

	memset(&stream, 0, sizeof(stream));
	if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		fail("deflateInit2");
	bound = deflateBound(&stream, in.size);
	stream.next_out = blob_fill(out, 0, bound);
	stream.avail_out = (uInt)bound;
	/* zlib's old interface takes a pointer to non-const, and reads only. */
	memcpy(&stream.next_in, &in.data, sizeof(in.data));
	stream.avail_in = (uInt)in.size;
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		fail("deflate");
	out->size = before + stream.total_out;
	deflateEnd(&stream);
}

static void compress_xz(struct blob *out, struct pvhboot_bytes in, const struct bz_codec *settings)
{
	lzma_options_lzma lzma2;
	lzma_filter filters[] = {
		{ LZMA_FILTER_X86, NULL },
		{ LZMA_FILTER_LZMA2, &lzma2 },
		{ LZMA_VLI_UNKNOWN, NULL },
	};
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_check check = LZMA_CHECK_CRC32;
	size_t bound = lzma_stream_buffer_bound(in.size);
	size_t before = out->size;

	if (settings->xz_check)
		check = settings->xz_check == BZ_XZ_NO_CHECK ? LZMA_CHECK_NONE :
							       (lzma_check)settings->xz_check;
	if (lzma_lzma_preset(&lzma2, 1))
		fail("lzma_lzma_preset");
	lzma2.dict_size = settings->xz_dict ? settings->xz_dict : 1u << 16;
	if (lzma_stream_encoder(&stream, settings->xz_without_bcj ? filters + 1 : filters, check) !=
	    LZMA_OK)
		fail("lzma_stream_encoder");
	stream.next_in = in.data;
	stream.avail_in = in.size;
	stream.next_out = blob_fill(out, 0, bound);
	stream.avail_out = bound;
	if (lzma_code(&stream, LZMA_FINISH) != LZMA_STREAM_END)
		fail("lzma_code");
	out->size = before + (size_t)stream.total_out;
	lzma_end(&stream);
}

#ifdef PVHB_HAVE_LZ4
static void compress_lz4(struct blob *out, struct pvhboot_bytes in, const struct bz_codec *settings)
{
	size_t block = settings->lz4_block ? settings->lz4_block : (size_t)8 << 20;

	blob_put(out, 4, 0x184c2102);
	for (size_t at = 0; at < in.size; at += block) {
		int size = (int)(in.size - at < block ? in.size - at : block);
		int bound = LZ4_compressBound(size);
		size_t before = out->size;
		uint8_t *bytes = blob_fill(out, 0, 4 + (size_t)bound);
		int written = LZ4_compress_HC((const char *)in.data + at, (char *)bytes + 4, size,
					      bound, 9);

		if (written <= 0)
			fail("LZ4_compress_HC");
		store_le(bytes, 4, (uint64_t)written);
		out->size = before + 4 + (size_t)written;
	}
}
#endif

#ifdef PVHB_HAVE_ZSTD
static void compress_zstd(struct blob *out, struct pvhboot_bytes in,
			  const struct bz_codec *settings)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t bound = ZSTD_compressBound(in.size);
	size_t before = out->size;
	size_t written;

	if (!context)
		fail("ZSTD_createCCtx");
	ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 5);
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, !settings->zstd_no_checksum);
	if (settings->zstd_window_log) {
		ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, settings->zstd_window_log);
		/* Else the frame is a single segment, and its window the content. */
		ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
	}
	written = ZSTD_compress2(context, blob_fill(out, 0, bound), bound, in.data, in.size);
	if (ZSTD_isError(written))
		fail("ZSTD_compress2");
	out->size = before + written;
	ZSTD_freeCCtx(context);
}
#endif

void bz_compress(struct blob *out, enum pvhboot_compression compression, struct pvhboot_bytes in,
		 const struct bz_codec *settings)
{
	static const struct bz_codec defaults;

	if (!settings)
		settings = &defaults;
	switch (compression) {
	case PVHBOOT_COMPRESSION_NONE:
		blob_append(out, in.data, in.size);
		return;
	case PVHBOOT_COMPRESSION_GZIP:
		compress_gzip(out, in);
		return;
	case PVHBOOT_COMPRESSION_XZ:
		compress_xz(out, in, settings);
		return;
#ifdef PVHB_HAVE_LZ4
	case PVHBOOT_COMPRESSION_LZ4:
		compress_lz4(out, in, settings);
		return;
#endif
#ifdef PVHB_HAVE_ZSTD
	case PVHBOOT_COMPRESSION_ZSTD:
		compress_zstd(out, in, settings);
		return;
#endif
	default:
		fail("cannot compress so");
	}
}

void bz_payload(struct blob *out, enum pvhboot_compression compression, struct pvhboot_bytes in)
{
	bz_compress(out, compression, in, NULL);
	if (compression != PVHBOOT_COMPRESSION_GZIP && compression != PVHBOOT_COMPRESSION_NONE)
		blob_put(out, 4, in.size);
}

struct bz_field {
	const char *name;
	size_t at;
	unsigned int width;
};

static const struct bz_field fields[] = {
	{ "setup_sects", 0x1f1, 1 },
	{ "boot_flag", 0x1fe, 2 },
	{ "header", 0x202, 4 },
	{ "version", 0x206, 2 },
	{ "payload_offset", 0x248, 4 },
	{ "payload_length", 0x24c, 4 },
	{ NULL, 0, 0 },
};

size_t bz_where(const char *field, unsigned int *width)
{
	for (const struct bz_field *at = fields; at->name; at++) {
		if (strcmp(at->name, field) == 0) {
			*width = at->width;
			return at->at;
		}
	}
	fail("no such field");
	return 0;
}

void bz_patch(struct blob *image, const char *field, uint64_t value)
{
	unsigned int width;
	size_t at = bz_where(field, &width);

	store_le(image->data + at, width, value);
}

uint64_t bz_read(const struct blob *image, const char *field)
{
	unsigned int width;
	size_t at = bz_where(field, &width);

	return load_le(image->data + at, width);
}

size_t bz_payload_at(const struct blob *image)
{
	size_t sectors = (size_t)bz_read(image, "setup_sects");

	return ((sectors ? sectors : 4) + 1) * 512 + (size_t)bz_read(image, "payload_offset");
}

void bz_wrap(struct blob *out, struct pvhboot_bytes payload, const struct bz_spec *spec)
{
	static const struct bz_spec defaults;
	struct blob image = { 0 };
	uint32_t payload_offset;
	size_t sectors;

	if (!spec)
		spec = &defaults;
	payload_offset = spec->payload_offset ? spec->payload_offset : 0x20;
	sectors = spec->setup_sects ? spec->setup_sects : 4;
	blob_pattern(&image, 7, (sectors + 1) * 512 + payload_offset);
	blob_append(&image, payload.data, payload.size);
	blob_pattern(&image, 8, spec->behind);
	bz_patch(&image, "setup_sects", spec->setup_sects);
	bz_patch(&image, "boot_flag", 0xaa55);
	bz_patch(&image, "header", 0x53726448); /* "HdrS" */
	bz_patch(&image, "version", spec->version ? spec->version : 0x020f);
	bz_patch(&image, "payload_offset", payload_offset);
	bz_patch(&image, "payload_length", payload.size);
	blob_append(out, image.data, image.size);
	blob_free(&image);
}

void bz_image(struct blob *out, enum pvhboot_compression compression, struct pvhboot_bytes in)
{
	struct blob payload = { 0 };

	bz_payload(&payload, compression, in);
	bz_wrap(out, blob_view(&payload), NULL);
	blob_free(&payload);
}
