/* SPDX-License-Identifier: MIT */
#include "bzbuild.h"

#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#ifdef PVHB_HAVE_BZIP2
#include <bzlib.h>
#endif
#ifdef PVHB_HAVE_LZO
#include <lzo/lzo1x.h>
#endif
#ifdef PVHB_HAVE_LZ4
#include <lz4.h>
#include <lz4frame.h>
#endif
#ifdef PVHB_HAVE_ZSTD
#include <zstd.h>
#endif

#include "msan.h"

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
	case PVHBOOT_COMPRESSION_LZMA:
		return 1;
#ifdef PVHB_HAVE_BZIP2
	case PVHBOOT_COMPRESSION_BZIP2:
		return 1;
#endif
#ifdef PVHB_HAVE_LZO
	case PVHBOOT_COMPRESSION_LZO:
		return 1;
#endif
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

static void compress_gzip(struct blob *out, struct pvhboot_bytes in,
			  const struct bz_codec *settings)
{
	uint8_t extra[] = { 'A', 'B', 2, 0, 1, 2 };
	uint8_t name[] = "vmlinux.bin";
	uint8_t comment[] = "a comment";
	gz_header header;
	z_stream stream;
	size_t bound;
	size_t before = out->size;

	memset(&stream, 0, sizeof(stream));
	if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		fail("deflateInit2");
	memset(&header, 0, sizeof(header));
	header.os = 3;
	if (settings->gzip_fields) {
		header.extra = extra;
		header.extra_len = sizeof(extra);
		header.name = name;
		header.comment = comment;
		header.hcrc = 1;
	}
	if (deflateSetHeader(&stream, &header) != Z_OK)
		fail("deflateSetHeader");
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

	if (settings->xz_block)
		bound += in.size / settings->xz_block * 128;
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
	stream.next_out = blob_fill(out, 0, bound);
	stream.avail_out = bound;
	for (size_t at = 0; settings->xz_block && in.size - at > settings->xz_block;
	     at += settings->xz_block) {
		stream.avail_in = settings->xz_block;
		if (lzma_code(&stream, LZMA_FULL_FLUSH) != LZMA_STREAM_END)
			fail("lzma_code");
	}
	stream.avail_in = in.size - (size_t)stream.total_in;
	if (lzma_code(&stream, LZMA_FINISH) != LZMA_STREAM_END)
		fail("lzma_code");
	out->size = before + (size_t)stream.total_out;
	lzma_end(&stream);
}

/* The .lzma header is a byte of properties, the dictionary's size and that of
 * what was compressed. liblzma writes the first kind of end alone. */
static void compress_lzma(struct blob *out, struct pvhboot_bytes in,
			  const struct bz_codec *settings)
{
	lzma_options_lzma lzma;
	lzma_filter filters[] = { { LZMA_FILTER_LZMA1EXT, &lzma }, { LZMA_VLI_UNKNOWN, NULL } };
	size_t room = in.size + in.size / 2 + 100;
	size_t before = out->size;
	size_t used = 0;
	uint8_t *bytes;

	if (lzma_lzma_preset(&lzma, 1))
		fail("lzma_lzma_preset");
	lzma.dict_size = 1u << 16;
	lzma.ext_flags = settings->lzma_end == BZ_LZMA_MARK ? LZMA_LZMA1EXT_ALLOW_EOPM : 0;
	lzma_set_ext_size(lzma, settings->lzma_end == BZ_LZMA_MARK ? UINT64_MAX : in.size);
	blob_put(out, 1, (lzma.pb * 5 + lzma.lp) * 9 + lzma.lc);
	blob_put(out, 4, lzma.dict_size);
	blob_put(out, 8, settings->lzma_end == BZ_LZMA_SIZE ? in.size : UINT64_MAX);
	bytes = blob_fill(out, 0, room);
	if (lzma_raw_buffer_encode(filters, NULL, in.data, in.size, bytes, &used, room) != LZMA_OK)
		fail("lzma_raw_buffer_encode");
	out->size = before + 13 + used;
}

#ifdef PVHB_HAVE_BZIP2
static void compress_bzip2(struct blob *out, struct pvhboot_bytes in,
			   const struct bz_codec *settings)
{
	unsigned int size = (unsigned int)(in.size + in.size / 100 + 600);
	size_t before = out->size;
	char *bytes = (char *)blob_fill(out, 0, size);

	/* Its input is not const in this interface, but only read. */
	if (BZ2_bzBuffToBuffCompress(
		    bytes, &size, (char *)(uintptr_t)in.data, (unsigned int)in.size,
		    settings->bzip2_level ? settings->bzip2_level : 9, 0, 0) != BZ_OK)
		fail("BZ2_bzBuffToBuffCompress");
	out->size = before + size;
}
#endif

#ifdef PVHB_HAVE_LZO
/* lzop counts from the other end. */
static void put_be(struct blob *out, unsigned int width, uint64_t value)
{
	while (width-- > 0)
		blob_put(out, 1, value >> 8 * width & 0xff);
}

static void put_lzo_header(struct blob *out, const struct bz_codec *settings, unsigned int flags)
{
	static const uint8_t magic[9] = { 0x89, 'L', 'Z', 'O', 0, 0x0d, 0x0a, 0x1a, 0x0a };
	unsigned int version = settings->lzo_version ? settings->lzo_version : 0x1040;
	size_t name_size = settings->lzo_name ? strlen(settings->lzo_name) : 0;
	size_t start;
	uint32_t sum;

	blob_append(out, magic, sizeof(magic));
	start = out->size;
	put_be(out, 2, version);
	put_be(out, 2, 0x20a0); /* liblzo2 */
	if (version >= 0x940)
		put_be(out, 2, 0x0940); /* needed to extract */
	put_be(out, 1, 1);              /* LZO1X-1 */
	if (version >= 0x940)
		put_be(out, 1, 5); /* level */
	put_be(out, 4, flags);
	if (flags & BZ_LZO_FILTER)
		put_be(out, 4, 1);
	put_be(out, 4, 0100644);
	put_be(out, 4, 0x5f000000); /* time of the file */
	if (version >= 0x940)
		put_be(out, 4, 0);
	put_be(out, 1, name_size);
	blob_append(out, settings->lzo_name, name_size);
	sum = flags & BZ_LZO_HEADER_CRC32 ? lzo_crc32(0, out->data + start, out->size - start) :
					    lzo_adler32(1, out->data + start, out->size - start);
	put_be(out, 4, sum);
	if (flags & BZ_LZO_EXTRA) {
		put_be(out, 4, 5);
		blob_append(out, "extra", 5);
		put_be(out, 4, lzo_adler32(1, (const uint8_t *)"extra", 5));
	}
}

static void put_lzo_block(struct blob *out, const uint8_t *bytes, size_t size, int stored,
			  unsigned int flags)
{
	lzo_uint packed = 0;
	uint8_t *work = must_alloc(LZO1X_1_MEM_COMPRESS);
	uint8_t *to = must_alloc(size + size / 16 + 67);
	const uint8_t *from = to;

	if (lzo1x_1_compress(bytes, size, to, &packed, work) != LZO_E_OK)
		fail("lzo1x_1_compress");
	if (stored || packed >= size) {
		packed = size;
		from = bytes;
	}
	put_be(out, 4, size);
	put_be(out, 4, packed);
	if (flags & BZ_LZO_ADLER32_UNPACKED)
		put_be(out, 4, lzo_adler32(1, bytes, size));
	if (flags & BZ_LZO_CRC32_UNPACKED)
		put_be(out, 4, lzo_crc32(0, bytes, size));
	if (flags & BZ_LZO_ADLER32_PACKED && packed < size)
		put_be(out, 4, lzo_adler32(1, from, packed));
	if (flags & BZ_LZO_CRC32_PACKED && packed < size)
		put_be(out, 4, lzo_crc32(0, from, packed));
	blob_append(out, from, packed);
	free(work);
	free(to);
}

static void compress_lzo(struct blob *out, struct pvhboot_bytes in, const struct bz_codec *settings)
{
	size_t block = settings->lzo_block ? settings->lzo_block : (size_t)256 << 10;
	unsigned int flags = settings->lzo_flags;

	if (lzo_init() != LZO_E_OK)
		fail("lzo_init");
	if (!flags)
		flags = BZ_LZO_ADLER32_UNPACKED | BZ_LZO_ADLER32_PACKED;
	flags &= ~BZ_LZO_NO_FLAGS;
	put_lzo_header(out, settings, flags);
	for (size_t at = 0; at < in.size; at += block)
		put_lzo_block(out, in.data + at, in.size - at < block ? in.size - at : block,
			      settings->lzo_stored, flags);
	put_be(out, 4, 0);
}
#endif

#ifdef PVHB_HAVE_LZ4
static void compress_lz4_frame(struct blob *out, struct pvhboot_bytes in, unsigned int flags)
{
	LZ4F_preferences_t wanted;
	size_t before = out->size;
	size_t bound;
	size_t written;

	memset(&wanted, 0, sizeof(wanted));
	wanted.frameInfo.blockSizeID = flags & BZ_LZ4_4MIB ? LZ4F_max4MB : LZ4F_max64KB;
	wanted.frameInfo.blockMode =
		flags & BZ_LZ4_LINKED ? LZ4F_blockLinked : LZ4F_blockIndependent;
	if (flags & BZ_LZ4_BLOCK_SUMS)
		wanted.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
	if (flags & BZ_LZ4_CONTENT_SUM)
		wanted.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
	if (flags & BZ_LZ4_CONTENT_SIZE)
		wanted.frameInfo.contentSize = in.size;
	bound = LZ4F_compressFrameBound(in.size, &wanted);
	written = LZ4F_compressFrame(blob_fill(out, 0, bound), bound, in.data, in.size, &wanted);
	if (LZ4F_isError(written))
		fail("LZ4F_compressFrame");
	out->size = before + written;
}

static void compress_lz4(struct blob *out, struct pvhboot_bytes in, const struct bz_codec *settings)
{
	size_t block = settings->lz4_block ? settings->lz4_block : (size_t)8 << 20;

	if (settings->lz4_frame) {
		compress_lz4_frame(out, in, settings->lz4_frame);
		return;
	}
	blob_put(out, 4, 0x184c2102);
	for (size_t at = 0; at < in.size; at += block) {
		int size = (int)(in.size - at < block ? in.size - at : block);
		int bound = LZ4_compressBound(size);
		size_t before = out->size;
		uint8_t *bytes = blob_fill(out, 0, 4 + (size_t)bound);
		int written = LZ4_compress_default((const char *)in.data + at, (char *)bytes + 4,
						   size, bound);

		if (written <= 0)
			fail("LZ4_compress_default");
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

static void append_stream(struct blob *out, enum pvhboot_compression compression,
			  struct pvhboot_bytes in, const struct bz_codec *settings)
{
	switch (compression) {
	case PVHBOOT_COMPRESSION_NONE:
		blob_append(out, in.data, in.size);
		return;
	case PVHBOOT_COMPRESSION_GZIP:
		compress_gzip(out, in, settings);
		return;
	case PVHBOOT_COMPRESSION_XZ:
		compress_xz(out, in, settings);
		return;
	case PVHBOOT_COMPRESSION_LZMA:
		compress_lzma(out, in, settings);
		return;
#ifdef PVHB_HAVE_BZIP2
	case PVHBOOT_COMPRESSION_BZIP2:
		compress_bzip2(out, in, settings);
		return;
#endif
#ifdef PVHB_HAVE_LZO
	case PVHBOOT_COMPRESSION_LZO:
		compress_lzo(out, in, settings);
		return;
#endif
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

void bz_compress(struct blob *out, enum pvhboot_compression compression, struct pvhboot_bytes in,
		 const struct bz_codec *settings)
{
	static const struct bz_codec defaults;
	size_t before = out->size;

	append_stream(out, compression, in, settings ? settings : &defaults);
	msan_written(out->data + before, out->size - before);
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
	{ "jump", 0x201, 1 },
	{ "header", 0x202, 4 },
	{ "version", 0x206, 2 },
	{ "type_of_loader", 0x210, 1 },
	{ "loadflags", 0x211, 1 },
	{ "code32_start", 0x214, 4 },
	{ "ramdisk_image", 0x218, 4 },
	{ "ramdisk_size", 0x21c, 4 },
	{ "cmd_line_ptr", 0x228, 4 },
	{ "initrd_addr_max", 0x22c, 4 },
	{ "kernel_alignment", 0x230, 4 },
	{ "relocatable_kernel", 0x234, 1 },
	{ "xloadflags", 0x236, 2 },
	{ "cmdline_size", 0x238, 4 },
	{ "payload_offset", 0x248, 4 },
	{ "payload_length", 0x24c, 4 },
	{ "setup_data", 0x250, 8 },
	{ "pref_address", 0x258, 8 },
	{ "init_size", 0x260, 4 },
	{ "handover_offset", 0x264, 4 },
	{ "kernel_info_offset", 0x268, 4 },
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

/* What the build of Linux 5.5 and later writes, for a kernel of 64 bits. */
static void put_header(struct blob *image, const struct bz_spec *spec)
{
	bz_patch(image, "setup_sects", spec->setup_sects);
	bz_patch(image, "boot_flag", 0xaa55);
	bz_patch(image, "jump", 0x6a);         /* to 0x26c */
	bz_patch(image, "header", 0x53726448); /* "HdrS" */
	bz_patch(image, "version", spec->version ? spec->version : 0x020f);
	bz_patch(image, "loadflags", 1);
	bz_patch(image, "initrd_addr_max", 0x7fffffff);
	bz_patch(image, "kernel_alignment", 0x200000);
	bz_patch(image, "relocatable_kernel", 1);
	bz_patch(image, "xloadflags", 0x3f);
	bz_patch(image, "cmdline_size", 2047);
	bz_patch(image, "pref_address", 0x1000000);
	bz_patch(image, "init_size", (image->size + 0x100000) & ~(size_t)0xfff);
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
	put_header(&image, spec);
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
