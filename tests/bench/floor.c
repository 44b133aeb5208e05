/* SPDX-License-Identifier: MIT */
/* The bare libraries, each by its fastest call. */
#include <lzma.h>
#include <zlib.h>

#include "works.h"

#ifdef PVHB_HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif
#ifdef PVHB_HAVE_BZIP2
#include <bzlib.h>
#endif
#ifdef PVHB_HAVE_LZ4
#include <lz4.h>
#endif
#ifdef PVHB_HAVE_ZSTD
#include <zstd.h>
#endif

static void must(int holds, const char *what)
{
	if (!holds)
		fail(what, "not decoded");
}

static void decode_xz(const struct pvhboot_image *image, uint8_t *to)
{
	uint64_t memory = UINT64_MAX;
	size_t in = 0, out = 0;

	must(lzma_stream_buffer_decode(&memory, 0, NULL, image->stream.data, &in,
				       image->stream.size, to, &out,
				       (size_t)image->unpacked_size) == LZMA_OK,
	     "xz");
}

#ifdef PVHB_HAVE_LIBDEFLATE
static void decode_gzip(const struct pvhboot_image *image, uint8_t *to)
{
	struct libdeflate_decompressor *state = libdeflate_alloc_decompressor();

	must(state != NULL && libdeflate_gzip_decompress(
				      state, image->stream.data, image->stream.size, to,
				      (size_t)image->unpacked_size, NULL) == LIBDEFLATE_SUCCESS,
	     "gzip");
	libdeflate_free_decompressor(state);
}
#else
static void decode_gzip(const struct pvhboot_image *image, uint8_t *to)
{
	z_stream stream = { .next_in = (uint8_t *)(uintptr_t)image->stream.data,
			    .avail_in = (uInt)image->stream.size,
			    .next_out = to,
			    .avail_out = (uInt)image->unpacked_size };

	must(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK &&
		     inflate(&stream, Z_FINISH) == Z_STREAM_END,
	     "gzip");
	inflateEnd(&stream);
}
#endif

#ifdef PVHB_HAVE_BZIP2
static void decode_bzip2(const struct pvhboot_image *image, uint8_t *to)
{
	unsigned int size = (unsigned int)image->unpacked_size;

	must(BZ2_bzBuffToBuffDecompress((char *)to, &size, (char *)(uintptr_t)image->stream.data,
					(unsigned int)image->stream.size, 0, 0) == BZ_OK,
	     "bzip2");
}
#endif

#ifdef PVHB_HAVE_LZ4
/* The legacy frame: a magic, then blocks, each with its size in front. */
static void decode_lz4(const struct pvhboot_image *image, uint8_t *to)
{
	size_t left = (size_t)image->unpacked_size;
	size_t at = 4;

	while (left > 0) {
		const uint8_t *in = image->stream.data + at;
		int size = in[0] | in[1] << 8 | in[2] << 16 | in[3] << 24;
		int unpacked = LZ4_decompress_safe((const char *)in + 4, (char *)to, size,
						   left < 8 << 20 ? (int)left : 8 << 20);

		must(unpacked > 0, "lz4");
		to += unpacked;
		left -= (size_t)unpacked;
		at += 4 + (size_t)size;
	}
}
#endif

#ifdef PVHB_HAVE_ZSTD
static void decode_zstd(const struct pvhboot_image *image, uint8_t *to)
{
	must(ZSTD_decompress(to, (size_t)image->unpacked_size, image->stream.data,
			     image->stream.size) == image->unpacked_size,
	     "zstd");
}
#endif

static void (*decoder(const struct pvhboot_image *image))(const struct pvhboot_image *image,
							  uint8_t *to)
{
	switch (image->compression) {
	case PVHBOOT_COMPRESSION_GZIP:
		return decode_gzip;
	case PVHBOOT_COMPRESSION_XZ:
		return decode_xz;
#ifdef PVHB_HAVE_BZIP2
	case PVHBOOT_COMPRESSION_BZIP2:
		return decode_bzip2;
#endif
#ifdef PVHB_HAVE_LZ4
	case PVHBOOT_COMPRESSION_LZ4:
		return decode_lz4;
#endif
#ifdef PVHB_HAVE_ZSTD
	case PVHBOOT_COMPRESSION_ZSTD:
		return decode_zstd;
#endif
	default:
		return NULL;
	}
}

int has_floor(struct pvhboot_bytes file)
{
	struct pvhboot_image image = probe(file);

	return decoder(&image) != NULL;
}

void run_floor(const struct work *work, struct pvhboot_linux_memory *guest)
{
	struct pvhboot_image image = probe(work->file);

	decoder (&image)(&image, guest->host + IMAGE_GPA);
}
