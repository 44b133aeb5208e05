/* SPDX-License-Identifier: MIT */
/*
 * For MemorySanitizer: the libraries that decode are built without it, so what they write would
 * count as never written. The linker puts the functions here in their place (--wrap, in
 * meson.build); each has the real one work, and then declares written what that says it wrote,
 * and not a byte more. What is handed to a library must be written, too.
 */

#include <sanitizer/msan_interface.h>

#include <lzma.h>
#define ZLIB_CONST
#include <zlib.h>
#ifdef PVHB_HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif
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

/* Both names of a function, which the linker makes up. */
#define WRAP(type, name, ...)                                                                      \
	type __real_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__)

WRAP(int, inflate, z_stream *z, int flush)
{
	unsigned char *out = z->next_out;
	int result;

	__msan_check_mem_is_initialized(z->next_in, z->avail_in);
	result = __real_inflate(z, flush);
	__msan_unpoison(out, (size_t)(z->next_out - out));
	return result;
}

/* Encodes as well; bzbuild.c does so. */
WRAP(lzma_ret, lzma_code, lzma_stream *stream, lzma_action action)
{
	uint8_t *out = stream->next_out;
	lzma_ret result;

	__msan_check_mem_is_initialized(stream->next_in, stream->avail_in);
	__msan_scoped_disable_interceptor_checks(); /* it compares bytes of its own memory */
	result = __real_lzma_code(stream, action);
	__msan_scoped_enable_interceptor_checks();
	__msan_unpoison(out, (size_t)(stream->next_out - out));
	return result;
}

#ifdef PVHB_HAVE_LIBDEFLATE
WRAP(enum libdeflate_result, libdeflate_gzip_decompress_ex, struct libdeflate_decompressor *state,
     const void *in, size_t in_size, void *out, size_t out_size, size_t *in_used, size_t *out_used)
{
	enum libdeflate_result result;

	__msan_check_mem_is_initialized(in, in_size);
	result = __real_libdeflate_gzip_decompress_ex(state, in, in_size, out, out_size, in_used,
						      out_used);
	if (result == LIBDEFLATE_SUCCESS) {
		__msan_unpoison(in_used, sizeof(*in_used));
		__msan_unpoison(out_used, sizeof(*out_used));
		__msan_unpoison(out, *out_used);
	}
	return result;
}
#endif

#ifdef PVHB_HAVE_BZIP2
WRAP(int, BZ2_bzDecompress, bz_stream *bz)
{
	char *out = bz->next_out;
	int result;

	__msan_check_mem_is_initialized(bz->next_in, bz->avail_in);
	result = __real_BZ2_bzDecompress(bz);
	__msan_unpoison(out, (size_t)(bz->next_out - out));
	return result;
}
#endif

#ifdef PVHB_HAVE_LZO
WRAP(int, lzo1x_decompress_safe, const lzo_bytep in, lzo_uint in_size, lzo_bytep out,
     lzo_uintp out_size, lzo_voidp work)
{
	int result;

	__msan_check_mem_is_initialized(in, in_size);
	result = __real_lzo1x_decompress_safe(in, in_size, out, out_size, work);
	if (result == LZO_E_OK)
		__msan_unpoison(out, *out_size);
	return result;
}
#endif

#ifdef PVHB_HAVE_LZ4
WRAP(int, LZ4_decompress_safe, const char *in, char *out, int in_size, int out_size)
{
	int result;

	__msan_check_mem_is_initialized(in, (size_t)in_size);
	result = __real_LZ4_decompress_safe(in, out, in_size, out_size);
	__msan_unpoison(out, result < 0 ? 0 : (size_t)result);
	return result;
}

WRAP(int, LZ4_decompress_safe_partial, const char *in, char *out, int in_size, int wanted,
     int out_size)
{
	int result;

	__msan_check_mem_is_initialized(in, (size_t)in_size);
	result = __real_LZ4_decompress_safe_partial(in, out, in_size, wanted, out_size);
	__msan_unpoison(out, result < 0 ? 0 : (size_t)result);
	return result;
}

WRAP(size_t, LZ4F_decompress, LZ4F_dctx *context, void *out, size_t *out_size, const void *in,
     size_t *in_size, const LZ4F_decompressOptions_t *options)
{
	size_t result;

	__msan_check_mem_is_initialized(in, *in_size);
	result = __real_LZ4F_decompress(context, out, out_size, in, in_size, options);
	if (!LZ4F_isError(result))
		__msan_unpoison(out, *out_size);
	return result;
}
#endif

#ifdef PVHB_HAVE_ZSTD
WRAP(size_t, ZSTD_decompressDCtx, ZSTD_DCtx *context, void *out, size_t out_size, const void *in,
     size_t in_size)
{
	size_t result;

	__msan_check_mem_is_initialized(in, in_size);
	result = __real_ZSTD_decompressDCtx(context, out, out_size, in, in_size);
	if (!ZSTD_isError(result))
		__msan_unpoison(out, result);
	return result;
}

WRAP(size_t, ZSTD_decompressStream, ZSTD_DCtx *context, ZSTD_outBuffer *out, ZSTD_inBuffer *in)
{
	size_t before = out->pos;
	size_t result;

	__msan_check_mem_is_initialized((const char *)in->src + in->pos, in->size - in->pos);
	result = __real_ZSTD_decompressStream(context, out, in);
	__msan_unpoison((char *)out->dst + before, out->pos - before);
	return result;
}
#endif
