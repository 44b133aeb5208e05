/* SPDX-License-Identifier: MIT */
/* codec.h: what each decoder of this build returns, called directly. */

#include <lzma.h>
#ifdef PVHB_HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif
#include <pvhboot/codec.h>
#include <pvhboot/image.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/base/env.h"
#include "support/blob.h"
#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/guard.h"
#include "support/suite.h"

static const struct pvhboot_codec *const codecs[] = {
	&pvhboot_codec_gzip,  &pvhboot_codec_xz, &pvhboot_codec_lzma,
#ifdef PVHB_HAVE_BZIP2
	&pvhboot_codec_bzip2,
#endif
#ifdef PVHB_HAVE_LZO
	&pvhboot_codec_lzo,
#endif
#ifdef PVHB_HAVE_LZ4
	&pvhboot_codec_lz4,
#endif
#ifdef PVHB_HAVE_ZSTD
	&pvhboot_codec_zstd,
#endif
};

#define N_CODECS (int)(sizeof(codecs) / sizeof(codecs[0]))
#define PLAIN_SIZE 20000u

/* What is compressed, and the streams, by codec. */
static struct blob plain;
static struct blob streams[N_CODECS];

static void build_streams(void)
{
	/* else libbz2 takes 3.6 MB each time, thousands of times */
	static const struct bz_codec settings = { .bzip2_level = 1 };

	blob_pattern(&plain, 42, PLAIN_SIZE);
	for (int i = 0; i < N_CODECS; i++)
		bz_compress(&streams[i], (enum pvhboot_compression)codecs[i]->compression,
			    blob_view(&plain), &settings);
}

static void free_streams(void)
{
	blob_free(&plain);
	for (int i = 0; i < N_CODECS; i++)
		blob_free(&streams[i]);
}

static const struct blob *stream_of(enum pvhboot_compression compression)
{
	int i = 0;

	while (codecs[i]->compression != (uint32_t)compression)
		i++;
	return &streams[i];
}

static const struct pvhboot_codec *codec_of(enum pvhboot_compression compression)
{
	int i = 0;

	while (codecs[i]->compression != (uint32_t)compression)
		i++;
	return codecs[i];
}

/* One decompression between unreadable pages. */
struct decoding {
	struct fakealloc alloc;
	uint64_t max_memory; /* 0: 64 MiB */
	uint32_t out_is_exact;
	struct guard in;
	struct guard out;
	struct pvhboot_decode decode;
};

static enum pvhboot_status decode(struct decoding *run, const struct pvhboot_codec *codec,
				  struct pvhboot_bytes in, size_t out_size)
{
	enum pvhboot_status status;

	run->in = guard_open(in.size);
	run->out = guard_open(out_size);
	run->decode.in = guard_at_end(&run->in, in);
	run->decode.out = guard_buffer(&run->out, out_size);
	run->decode.allocator = fakealloc_open(&run->alloc);
	run->decode.max_memory = run->max_memory ? run->max_memory : 64 << 20;
	run->decode.out_is_exact = run->out_is_exact;
	/* What the codec must set whatever happens. */
	run->decode.in_used = SIZE_MAX;
	run->decode.out_used = SIZE_MAX;
	run->decode.rule = NULL;
	run->decode.memory_needed = 0;
	run->decode.out_needed = 0;
	status = codec->decode(&run->decode);
	ck_assert_uint_le(run->decode.in_used, in.size);
	ck_assert_uint_le(run->decode.out_used, out_size);
	ck_assert_uint_eq(run->alloc.n_live, 0);
	ck_assert_uint_eq(run->alloc.n_misuse, 0);
	ck_assert_uint_le(run->alloc.peak_size, run->decode.max_memory);
	return status;
}

static void decode_close(struct decoding *run)
{
	guard_close(&run->in);
	guard_close(&run->out);
}

static const char *name_of(int i)
{
	return pvhboot_compression_name((enum pvhboot_compression)codecs[i]->compression);
}

START_TEST(list_of_codecs)
{
	int n = 0;

	for (; pvhboot_codecs()[n]; n++) {
		int i = 0;

		ck_assert_uint_eq(pvhboot_codecs()[n]->reserved, 0);
		ck_assert(pvhboot_codecs()[n]->decode != NULL);
		while (i < N_CODECS && codecs[i] != pvhboot_codecs()[n])
			i++;
		ck_assert_int_lt(i, N_CODECS);
	}
	ck_assert_int_eq(n, N_CODECS);
	ck_assert_uint_eq(pvhboot_codec_gzip.compression, PVHBOOT_COMPRESSION_GZIP);
	ck_assert_uint_eq(pvhboot_codec_xz.compression, PVHBOOT_COMPRESSION_XZ);
	ck_assert_uint_eq(pvhboot_codec_lzma.compression, PVHBOOT_COMPRESSION_LZMA);
#ifdef PVHB_HAVE_BZIP2
	ck_assert_uint_eq(pvhboot_codec_bzip2.compression, PVHBOOT_COMPRESSION_BZIP2);
#endif
#ifdef PVHB_HAVE_LZO
	ck_assert_uint_eq(pvhboot_codec_lzo.compression, PVHBOOT_COMPRESSION_LZO);
#endif
#ifdef PVHB_HAVE_LZ4
	ck_assert_uint_eq(pvhboot_codec_lz4.compression, PVHBOOT_COMPRESSION_LZ4);
#endif
#ifdef PVHB_HAVE_ZSTD
	ck_assert_uint_eq(pvhboot_codec_zstd.compression, PVHBOOT_COMPRESSION_ZSTD);
#endif
}
END_TEST

START_TEST(whole_stream)
{
	struct decoding run = { 0 };

	expect_status(name_of(_i), decode(&run, codecs[_i], blob_view(&streams[_i]), PLAIN_SIZE),
		      PVHBOOT_OK);
	expect_eq(name_of(_i), run.decode.in_used, streams[_i].size);
	expect_eq(name_of(_i), run.decode.out_used, PLAIN_SIZE);
	expect_true(name_of(_i), memcmp(run.decode.out.data, plain.data, PLAIN_SIZE) == 0);
	decode_close(&run);
}
END_TEST

START_TEST(more_room_than_needed)
{
	struct decoding run = { 0 };

	expect_status(name_of(_i),
		      decode(&run, codecs[_i], blob_view(&streams[_i]), PLAIN_SIZE + 5000),
		      PVHBOOT_OK);
	expect_eq(name_of(_i), run.decode.in_used, streams[_i].size);
	expect_eq(name_of(_i), run.decode.out_used, PLAIN_SIZE);
	expect_true(name_of(_i), memcmp(run.decode.out.data, plain.data, PLAIN_SIZE) == 0);
	decode_close(&run);
}
END_TEST

/* Half a magic is none, and padding with nothing behind it is not of the stream. */
START_TEST(bytes_behind)
{
	static const struct {
		size_t size;
		uint8_t bytes[8];
	} tails[] = {
		{ 8, { 'Z', 'Z', 'Z', 'Z', 'Z', 'Z', 'Z', 'Z' } },
		{ 1, { 0x1f } },
		{ 2, { 0x1f, 0 } },
		{ 2, { 0, 0x8b } },
		{ 2, { 'B', 'Z' } },
		{ 3, { 'B', 'Z', 'x' } },
		{ 5, { 0xfd, '7', 'z', 'X', 'Z' } },
		{ 4, { 0 } },
		{ 3, { 0x28, 0xb5, 0x2f } },
		{ 4, { 0x28, 0xb5, 0x2f, 0xfc } },
	};

	/* A legacy LZ4 frame ends with its input. */
	if (codecs[_i]->compression == PVHBOOT_COMPRESSION_LZ4)
		return;
	for (size_t k = 0; k < sizeof(tails) / sizeof(tails[0]); k++) {
		struct blob stream = { 0 };
		struct decoding run = { 0 };
		char row[32];

		snprintf(row, sizeof(row), "%s, tail %zu", name_of(_i), k);
		blob_append(&stream, streams[_i].data, streams[_i].size);
		blob_append(&stream, tails[k].bytes, tails[k].size);
		expect_status(row, decode(&run, codecs[_i], blob_view(&stream), PLAIN_SIZE),
			      PVHBOOT_OK);
		expect_eq(row, run.decode.in_used, streams[_i].size);
		expect_eq(row, run.decode.out_used, PLAIN_SIZE);
		decode_close(&run);
		blob_free(&stream);
	}
}
END_TEST

/* A magic begins another stream, even if nothing is behind it. */
START_TEST(magic_behind)
{
	static const struct {
		enum pvhboot_compression compression;
		size_t size;
		uint8_t bytes[6];
	} tails[] = {
		{ PVHBOOT_COMPRESSION_GZIP, 2, { 0x1f, 0x8b } },
		{ PVHBOOT_COMPRESSION_BZIP2, 3, { 'B', 'Z', 'h' } },
		{ PVHBOOT_COMPRESSION_XZ, 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
		{ PVHBOOT_COMPRESSION_ZSTD, 4, { 0x28, 0xb5, 0x2f, 0xfd } },
		{ PVHBOOT_COMPRESSION_ZSTD, 4, { 0x5f, 0x2a, 0x4d, 0x18 } },
	};

	for (size_t k = 0; k < sizeof(tails) / sizeof(tails[0]); k++) {
		struct blob stream = { 0 };
		struct decoding run = { 0 };

		if (codecs[_i]->compression != (uint32_t)tails[k].compression)
			continue;
		blob_append(&stream, streams[_i].data, streams[_i].size);
		blob_append(&stream, tails[k].bytes, tails[k].size);
		expect_status(name_of(_i),
			      decode(&run, codecs[_i], blob_view(&stream), PLAIN_SIZE + 1),
			      PVHBOOT_TRUNCATED);
		decode_close(&run);
		blob_free(&stream);
	}
}
END_TEST

/* After a failure too, what was counted is what came out. */
static void expect_counted(const char *row, const struct decoding *run)
{
	ck_assert_msg(run->decode.out_used <= PLAIN_SIZE &&
			      (run->decode.out_used == 0 ||
			       memcmp(run->decode.out.data, plain.data, run->decode.out_used) == 0),
		      "%s: %zu bytes are counted, and are others", row, run->decode.out_used);
}

/* "NOSPACE: out has no room for the next part of the stream" */
START_TEST(too_little_room)
{
	static const size_t sizes[] = { 0, 1, PLAIN_SIZE / 2, PLAIN_SIZE - 1 };

	for (uint32_t i = 0; i < 8; i++) {
		struct decoding run = { .decode = { .only_start = i / 4 } };
		size_t size = sizes[i % 4];
		char row[48];

		snprintf(row, sizeof(row), "%s, %zu bytes%s", name_of(_i), size,
			 i / 4 ? ", only the start" : "");
		expect_status(row, decode(&run, codecs[_i], blob_view(&streams[_i]), size),
			      PVHBOOT_NOSPACE);
		expect_counted(row, &run);
		/* LZO stops at whole blocks, and zstd in front of a frame that does not fit,
		 * unless its start is all that is wanted */
		if (codecs[_i]->compression != PVHBOOT_COMPRESSION_LZO &&
		    (codecs[_i]->compression != PVHBOOT_COMPRESSION_ZSTD || i / 4))
			expect_eq(row, run.decode.out_used, size);
		decode_close(&run);
	}
}
END_TEST

/* Who wants the start alone, and has room for all after all, gets all: of each
 * stream, where one may follow another. */
START_TEST(only_start)
{
	int twice = codecs[_i]->compression != PVHBOOT_COMPRESSION_LZMA &&
		    codecs[_i]->compression != PVHBOOT_COMPRESSION_LZO;
	struct blob stream = { 0 };

	for (int i = 0; i <= twice; i++) {
		struct decoding run = { .decode = { .only_start = 1 } };
		size_t size = (size_t)(i + 1) * PLAIN_SIZE;

		blob_append(&stream, streams[_i].data, streams[_i].size);
		expect_status(name_of(_i), decode(&run, codecs[_i], blob_view(&stream), size + 1),
			      PVHBOOT_OK);
		expect_eq(name_of(_i), run.decode.in_used, stream.size);
		expect_eq(name_of(_i), run.decode.out_used, size);
		expect_true(name_of(_i), memcmp(run.decode.out.data + size - PLAIN_SIZE, plain.data,
						PLAIN_SIZE) == 0);
		decode_close(&run);
	}
	blob_free(&stream);
}
END_TEST

/* "TRUNCATED: in ends inside the stream", wherever it does. */
START_TEST(every_prefix)
{
	size_t size = streams[_i].size;

	for (size_t n = 0; n < size; n += suite_step(n > 200 && n + 200 < size ? 17 : 1)) {
		struct pvhboot_bytes prefix = { streams[_i].data, n };
		struct decoding run = { 0 };
		char row[64];

		/* Magic and nothing else is an LZ4 frame without blocks. */
		if (codecs[_i]->compression == PVHBOOT_COMPRESSION_LZ4 && n == 4)
			continue;
		snprintf(row, sizeof(row), "%s, %zu of %zu bytes", name_of(_i), n, size);
		/* With room for no more, .lzma needs no end mark: see lzma_ends. */
		expect_status(row, decode(&run, codecs[_i], prefix, PLAIN_SIZE + 1),
			      PVHBOOT_TRUNCATED);
		ck_assert_msg(run.decode.rule && run.decode.rule[0], "%s: no rule", row);
		expect_counted(row, &run);
		decode_close(&run);
	}
}
END_TEST

/* Formats of which one stream may follow another count at least those that were
 * whole, in both directions. */
START_TEST(second_stream_cut)
{
	struct blob both = { 0 };
	struct decoding run = { 0 };

	if (codecs[_i]->compression == PVHBOOT_COMPRESSION_LZMA ||
	    codecs[_i]->compression == PVHBOOT_COMPRESSION_LZO)
		return;
	blob_append(&both, streams[_i].data, streams[_i].size);
	blob_append(&both, streams[_i].data, streams[_i].size - 1);
	expect_status(name_of(_i), decode(&run, codecs[_i], blob_view(&both), 3 * PLAIN_SIZE),
		      PVHBOOT_TRUNCATED);
	ck_assert_uint_ge(run.decode.in_used, streams[_i].size);
	ck_assert_uint_ge(run.decode.out_used, PLAIN_SIZE);
	ck_assert_uint_le(run.decode.out_used, 2 * PLAIN_SIZE);
	ck_assert_mem_eq(run.decode.out.data, plain.data, PLAIN_SIZE);
	ck_assert_mem_eq(run.decode.out.data + PLAIN_SIZE, plain.data,
			 run.decode.out_used - PLAIN_SIZE);
	decode_close(&run);
	blob_free(&both);
}
END_TEST

/* The same with room for no more than the stream holds. Where that is its size,
 * it is at fault; where it is a guess, more room may be asked for. */
START_TEST(every_prefix_into_full_room)
{
	size_t size = streams[_i / 2].size;
	uint32_t exact = (uint32_t)_i % 2;

	for (size_t n = 0; n < size; n += suite_step(n > 200 && n + 200 < size ? 17 : 1)) {
		struct pvhboot_bytes prefix = { streams[_i / 2].data, n };
		struct decoding run = { .out_is_exact = exact };
		enum pvhboot_status status = decode(&run, codecs[_i / 2], prefix, PLAIN_SIZE);
		char row[64];

		snprintf(row, sizeof(row), "%s, %zu bytes, exact %u", name_of(_i / 2), n, exact);
		/* A size stands for the end mark of .lzma. */
		if (status == PVHBOOT_OK && exact)
			ck_assert_msg(codecs[_i / 2]->compression == PVHBOOT_COMPRESSION_LZMA &&
					      memcmp(run.decode.out.data, plain.data, PLAIN_SIZE) ==
						      0,
				      "%s: OK", row);
		else
			ck_assert_msg(status == PVHBOOT_TRUNCATED ||
					      (!exact && status == PVHBOOT_NOSPACE),
				      "%s: %s", row, pvhboot_status_name(status));
		decode_close(&run);
		if (codecs[_i / 2]->compression == PVHBOOT_COMPRESSION_LZ4 && n == 3)
			n++; /* a frame without blocks */
	}
}
END_TEST

/* One flipped bit: told, or the same bytes come out. */
START_TEST(every_bit)
{
	size_t n_told = 0;
	struct blob stream = { 0 };

	blob_append(&stream, streams[_i].data, streams[_i].size);
	for (size_t bit = 0; bit < 8 * stream.size;
	     bit += suite_step(bit > 2000 && bit + 2000 < 8 * stream.size ? 37 : 1)) {
		struct decoding run = { 0 };
		enum pvhboot_status status;

		stream.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		status = decode(&run, codecs[_i], blob_view(&stream), PLAIN_SIZE);
		stream.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		switch (status) {
		case PVHBOOT_OK:
			/* The magic is given, and these two have no checksum. */
			if (codecs[_i]->compression != PVHBOOT_COMPRESSION_LZ4 &&
			    codecs[_i]->compression != PVHBOOT_COMPRESSION_LZMA)
				ck_assert_msg(run.decode.out_used == PLAIN_SIZE &&
						      memcmp(run.decode.out.data, plain.data,
							     PLAIN_SIZE) == 0,
					      "%s, bit %zu: other bytes and no error", name_of(_i),
					      bit);
			break;
		case PVHBOOT_TRUNCATED:
		case PVHBOOT_CORRUPT:
		case PVHBOOT_LIMIT:
		case PVHBOOT_UNSUPPORTED:
			ck_assert_msg(run.decode.rule && run.decode.rule[0], "%s, bit %zu: no rule",
				      name_of(_i), bit);
			n_told++;
			break;
		case PVHBOOT_NOSPACE:
			n_told++;
			break;
		default:
			ck_abort_msg("%s, bit %zu: %s", name_of(_i), bit,
				     pvhboot_status_name(status));
		}
		decode_close(&run);
	}
	ck_assert_uint_gt(n_told, suite_rounds(100));
	blob_free(&stream);
}
END_TEST

START_TEST(damaged)
{
	struct blob stream = { 0 };
	struct decoding run = { 0 };

	blob_append(&stream, streams[_i].data, streams[_i].size);
	memset(stream.data + stream.size / 2, 0xff, 64);
	expect_status(name_of(_i), decode(&run, codecs[_i], blob_view(&stream), PLAIN_SIZE),
		      PVHBOOT_CORRUPT);
	ck_assert_ptr_nonnull(run.decode.rule);
	decode_close(&run);
	blob_free(&stream);
}
END_TEST

/* The check behind the data is one bit off. */
START_TEST(wrong_checksum)
{
	struct blob stream = { 0 };
	struct decoding run = { 0 };
	size_t from_end;

	switch (codecs[_i]->compression) {
	case PVHBOOT_COMPRESSION_GZIP:
		from_end = 8; /* CRC32, then ISIZE */
		break;
	case PVHBOOT_COMPRESSION_ZSTD:
		from_end = 1;
		break;
	case PVHBOOT_COMPRESSION_XZ:
		from_end = 12 + 1; /* in front of the footer: the index and its CRC32 */
		break;
	case PVHBOOT_COMPRESSION_BZIP2:
		from_end = 3; /* a CRC32, then less than 8 bits of padding */
		break;
	case PVHBOOT_COMPRESSION_LZO:
		from_end = 4 + 1; /* in front of the end mark: data with a checksum */
		break;
	default:
		return;
	}
	blob_append(&stream, streams[_i].data, streams[_i].size);
	stream.data[stream.size - from_end] ^= 0x10;
	expect_status(name_of(_i), decode(&run, codecs[_i], blob_view(&stream), PLAIN_SIZE),
		      PVHBOOT_CORRUPT);
	ck_assert_ptr_nonnull(run.decode.rule);
	decode_close(&run);
	blob_free(&stream);
}
END_TEST

START_TEST(allocator_fails)
{
	struct decoding counting = { 0 };
	size_t n_calls;

	expect_status(name_of(_i),
		      decode(&counting, codecs[_i], blob_view(&streams[_i]), PLAIN_SIZE),
		      PVHBOOT_OK);
	n_calls = counting.alloc.n_calls;
	decode_close(&counting);
	for (size_t n = 1; n <= n_calls; n++) {
		struct decoding run = { .alloc = { .fail_at = n } };

		expect_status(name_of(_i),
			      decode(&run, codecs[_i], blob_view(&streams[_i]), PLAIN_SIZE),
			      PVHBOOT_NOMEM);
		ck_assert_str_eq(run.decode.rule, "memory for the codec from the allocator");
		decode_close(&run);
	}
}
END_TEST

/* decode() itself asserts that never more than max_memory was allocated. */
START_TEST(memory_limit)
{
	struct decoding counting = { 0 };
	size_t peak;

	expect_status(name_of(_i),
		      decode(&counting, codecs[_i], blob_view(&streams[_i]), PLAIN_SIZE),
		      PVHBOOT_OK);
	peak = counting.alloc.peak_size;
	decode_close(&counting);
	for (size_t k = 0; k < 16 && peak; k++) {
		struct decoding run = { .max_memory = 1 + (peak - 2) * k / 15 };

		expect_status(name_of(_i),
			      decode(&run, codecs[_i], blob_view(&streams[_i]), PLAIN_SIZE),
			      PVHBOOT_LIMIT);
		ck_assert_str_eq(run.decode.rule,
				 "working memory of the codec <= max_memory; raise max_memory");
		decode_close(&run);
	}
}
END_TEST

/* Field report F9: what is needed is above what is allowed, the same whatever that is, and
 * enough. */
static void needs(const char *row, const struct pvhboot_codec *codec, struct pvhboot_bytes in)
{
	struct decoding counting = { 0 }, enough = { 0 };
	uint64_t needed = 0;
	size_t peak;

	expect_status(row, decode(&counting, codec, in, PLAIN_SIZE), PVHBOOT_OK);
	expect_eq(row, counting.decode.memory_needed, 0);
	peak = counting.alloc.peak_size;
	decode_close(&counting);
	for (size_t k = 0; k < 16 && peak; k++) {
		struct decoding run = { .max_memory = 1 + (peak - 2) * k / 15 };

		expect_status(row, decode(&run, codec, in, PLAIN_SIZE), PVHBOOT_LIMIT);
		expect_true(row, run.decode.memory_needed >= peak);
		expect_true(row, run.decode.memory_needed <= peak + (48 << 10));
		expect_eq(row, run.decode.memory_needed, k ? needed : run.decode.memory_needed);
		needed = run.decode.memory_needed;
		decode_close(&run);
	}
	enough.max_memory = needed;
	expect_status(row, decode(&enough, codec, in, PLAIN_SIZE), PVHBOOT_OK);
	decode_close(&enough);
}

START_TEST(field_f09_memory_needed)
{
	static const struct {
		const char *name;
		enum pvhboot_compression compression;
		struct bz_codec settings;
	} rows[] = {
		{ "gzip", PVHBOOT_COMPRESSION_GZIP, { 0 } },
		{ "bzip2 -1", PVHBOOT_COMPRESSION_BZIP2, { .bzip2_level = 1 } },
		{ "bzip2 -9", PVHBOOT_COMPRESSION_BZIP2, { .bzip2_level = 9 } },
		{ "xz, 64 KiB", PVHBOOT_COMPRESSION_XZ, { .xz_dict = 64 << 10 } },
		{ "xz, 8 MiB", PVHBOOT_COMPRESSION_XZ, { .xz_dict = 8 << 20 } },
		{ "xz, no filter, SHA-256",
		  PVHBOOT_COMPRESSION_XZ,
		  { .xz_without_bcj = 1, .xz_check = LZMA_CHECK_SHA256 } },
		{ "lzma", PVHBOOT_COMPRESSION_LZMA, { 0 } },
		{ "lzo", PVHBOOT_COMPRESSION_LZO, { 0 } },
		{ "lz4, legacy", PVHBOOT_COMPRESSION_LZ4, { 0 } },
		{ "lz4, frame", PVHBOOT_COMPRESSION_LZ4, { .lz4_frame = BZ_LZ4_FRAME } },
		{ "lz4, linked",
		  PVHBOOT_COMPRESSION_LZ4,
		  { .lz4_frame = BZ_LZ4_FRAME | BZ_LZ4_LINKED } },
		{ "lz4, 4 MiB, linked",
		  PVHBOOT_COMPRESSION_LZ4,
		  { .lz4_frame = BZ_LZ4_FRAME | BZ_LZ4_LINKED | BZ_LZ4_4MIB } },
		{ "zstd", PVHBOOT_COMPRESSION_ZSTD, { 0 } },
		{ "zstd, 128 MiB", PVHBOOT_COMPRESSION_ZSTD, { .zstd_window_log = 27 } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct blob stream = { 0 };

		if (!bz_can_compress(rows[i].compression))
			continue;
		bz_compress(&stream, rows[i].compression, blob_view(&plain), &rows[i].settings);
		needs(rows[i].name, codec_of(rows[i].compression), blob_view(&stream));
		blob_free(&stream);
	}
}
END_TEST

/* Where the start alone is wanted, a codec that says how much memory is enough is right, too. zstd
 * does not say it: it takes more for the start than for all. */
START_TEST(memory_for_the_start)
{
	for (uint64_t max_memory = 1; max_memory < 1 << 17; max_memory += 4096) {
		struct decoding run = { .max_memory = max_memory, .decode.only_start = 1 };
		enum pvhboot_status status = decode(&run, codecs[_i], blob_view(&streams[_i]), 1);

		if (run.decode.memory_needed) {
			struct decoding enough = { .max_memory = run.decode.memory_needed,
						   .decode.only_start = 1 };

			expect_status(name_of(_i), status, PVHBOOT_LIMIT);
			expect_status(name_of(_i),
				      decode(&enough, codecs[_i], blob_view(&streams[_i]), 1),
				      PVHBOOT_NOSPACE);
			decode_close(&enough);
		}
		decode_close(&run);
	}
}
END_TEST

/* What a stream is known to need before any of it is decoded, of its first bytes. */
START_TEST(field_f09_memory_by_the_header)
{
	static const struct {
		const char *name;
		enum pvhboot_compression compression;
		struct pvhboot_bytes in;
		uint64_t needed; /* 0: what the first allocation asks for, which is not much */
	} rows[] = {
#define BYTES(bytes) { (const uint8_t *)(bytes), sizeof(bytes) - 1 }
		{ "bzip2 -1", PVHBOOT_COMPRESSION_BZIP2, BYTES("BZh1"), 102400 + 400000 },
		{ "bzip2 -9", PVHBOOT_COMPRESSION_BZIP2, BYTES("BZh9"), 102400 + 9 * 400000 },
		{ "bzip2 -0", PVHBOOT_COMPRESSION_BZIP2, BYTES("BZh0"), 102400 + 9 * 400000 },
		{ "bzip2 -10", PVHBOOT_COMPRESSION_BZIP2, BYTES("BZh:"), 102400 + 9 * 400000 },
		{ "bzip2, cut", PVHBOOT_COMPRESSION_BZIP2, BYTES("BZh"), 102400 + 9 * 400000 },
		{ "xz, cut", PVHBOOT_COMPRESSION_XZ,
		  BYTES("\xfd"
			"7zXZ\0"),
		  0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct decoding run = { .max_memory = 1 };

		if (!bz_can_compress(rows[i].compression))
			continue;
		expect_status(rows[i].name,
			      decode(&run, codec_of(rows[i].compression), rows[i].in, PLAIN_SIZE),
			      PVHBOOT_LIMIT);
		if (rows[i].needed)
			expect_eq(rows[i].name, run.decode.memory_needed, rows[i].needed);
		else
			expect_true(rows[i].name, run.decode.memory_needed > 1 &&
							  run.decode.memory_needed < 16384);
		decode_close(&run);
	}
}
END_TEST

/* Field report F10: where a stream tells its size, that is what is needed. */
START_TEST(field_f10_size_of_the_stream)
{
	static const struct {
		const char *name;
		enum pvhboot_compression compression;
		struct bz_codec settings;
		int tells;
	} rows[] = {
		{ "gzip", PVHBOOT_COMPRESSION_GZIP, { 0 }, 1 },
		{ "bzip2", PVHBOOT_COMPRESSION_BZIP2, { 0 }, 0 },
		{ "xz", PVHBOOT_COMPRESSION_XZ, { 0 }, 1 },
		{ "xz, blocks", PVHBOOT_COMPRESSION_XZ, { .xz_block = 10000 }, 1 },
		{ "lzma, end mark", PVHBOOT_COMPRESSION_LZMA, { .lzma_end = BZ_LZMA_MARK }, 0 },
		{ "lzma, size", PVHBOOT_COMPRESSION_LZMA, { .lzma_end = BZ_LZMA_SIZE }, 1 },
		{ "lzo", PVHBOOT_COMPRESSION_LZO, { 0 }, 0 },
		{ "lz4, legacy", PVHBOOT_COMPRESSION_LZ4, { 0 }, 0 },
		{ "lz4, frame", PVHBOOT_COMPRESSION_LZ4, { .lz4_frame = BZ_LZ4_FRAME }, 0 },
		{ "lz4, frame with its size",
		  PVHBOOT_COMPRESSION_LZ4,
		  { .lz4_frame = BZ_LZ4_FRAME | BZ_LZ4_CONTENT_SIZE },
		  1 },
		{ "zstd", PVHBOOT_COMPRESSION_ZSTD, { 0 }, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t rooms[] = { 0, 1, PLAIN_SIZE / 2, PLAIN_SIZE - 1 };
		struct blob stream = { 0 };

		if (!bz_can_compress(rows[i].compression))
			continue;
		bz_compress(&stream, rows[i].compression, blob_view(&plain), &rows[i].settings);
		for (size_t k = 0; k < sizeof(rooms) / sizeof(rooms[0]); k++) {
			struct decoding run = { 0 };

			expect_status(rows[i].name,
				      decode(&run, codec_of(rows[i].compression),
					     blob_view(&stream), rooms[k]),
				      PVHBOOT_NOSPACE);
			expect_eq(rows[i].name, run.decode.out_needed,
				  rows[i].tells ? PLAIN_SIZE : 0);
			decode_close(&run);
		}
		blob_free(&stream);
	}
}
END_TEST

/* Where it does not tell the size of all, nothing is said. */
START_TEST(field_f10_size_of_a_part)
{
	static const struct {
		const char *name;
		enum pvhboot_compression compression;
		struct bz_codec settings;
		size_t size, n, room;
	} rows[] = {
		{ "gzip, the last is smaller", PVHBOOT_COMPRESSION_GZIP, { 0 }, 1000, 2, 1999 },
		{ "gzip, as large as the room", PVHBOOT_COMPRESSION_GZIP, { 0 }, 1000, 2, 1000 },
		{ "lz4, in the second frame",
		  PVHBOOT_COMPRESSION_LZ4,
		  { .lz4_frame = BZ_LZ4_FRAME },
		  1000,
		  2,
		  1999 },
		{ "xz, more blocks than are looked at",
		  PVHBOOT_COMPRESSION_XZ,
		  { .xz_block = 4096 },
		  4096 * 1100,
		  1,
		  1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct blob bytes = { 0 }, stream = { 0 };
		struct decoding run = { 0 };

		if (!bz_can_compress(rows[i].compression))
			continue;
		blob_pattern(&bytes, 7, rows[i].size);
		for (size_t k = 0; k < rows[i].n; k++)
			bz_compress(&stream, rows[i].compression, blob_view(&bytes),
				    &rows[i].settings);
		expect_status(rows[i].name,
			      decode(&run, codec_of(rows[i].compression), blob_view(&stream),
				     rows[i].room),
			      PVHBOOT_NOSPACE);
		expect_eq(rows[i].name, run.decode.out_needed, 0);
		decode_close(&run);
		blob_free(&stream);
		blob_free(&bytes);
	}
}
END_TEST

/* A dictionary that does not fit is refused by its size alone. */
START_TEST(xz_dictionaries)
{
	static const struct {
		uint32_t dict;
		uint64_t max_memory;
		enum pvhboot_status status;
	} rows[] = {
		{ 1 << 20, 2 << 20, PVHBOOT_OK },
		{ 1 << 20, 1 << 20, PVHBOOT_LIMIT },
		{ 8 << 20, 16 << 20, PVHBOOT_OK },
		{ 64 << 20, 16 << 20, PVHBOOT_LIMIT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct bz_codec settings = { .xz_dict = rows[i].dict };
		struct decoding run = { .max_memory = rows[i].max_memory };
		struct blob stream = { 0 };
		char row[48];

		snprintf(row, sizeof(row), "dictionary of %u, limit %" PRIu64, rows[i].dict,
			 rows[i].max_memory);
		bz_compress(&stream, PVHBOOT_COMPRESSION_XZ, blob_view(&plain), &settings);
		expect_status(row, decode(&run, &pvhboot_codec_xz, blob_view(&stream), PLAIN_SIZE),
			      rows[i].status);
		if (rows[i].status)
			expect_eq(row, run.alloc.peak_size < rows[i].dict, 1);
		blob_free(&stream);
		decode_close(&run);
	}
}
END_TEST

START_TEST(xz_checks_and_filters)
{
	static const int checks[] = { LZMA_CHECK_NONE, LZMA_CHECK_CRC32, LZMA_CHECK_CRC64,
				      LZMA_CHECK_SHA256 };

	for (size_t i = 0; i < 8; i++) {
		/* 0 stands for the default, so the check of none is set behind. */
		struct bz_codec settings = { .xz_check = checks[i / 2],
					     .xz_without_bcj = (int)(i % 2) };
		struct decoding run = { 0 };
		struct blob stream = { 0 };
		char row[48];

		if (settings.xz_check == 0)
			settings.xz_check = BZ_XZ_NO_CHECK;
		snprintf(row, sizeof(row), "check %d, %s", checks[i / 2], i % 2 ? "plain" : "BCJ");
		bz_compress(&stream, PVHBOOT_COMPRESSION_XZ, blob_view(&plain), &settings);
		ck_assert_int_eq(stream.data[7], checks[i / 2]);
		expect_status(row, decode(&run, &pvhboot_codec_xz, blob_view(&stream), PLAIN_SIZE),
			      PVHBOOT_OK);
		expect_true(row, memcmp(run.decode.out.data, plain.data, PLAIN_SIZE) == 0);
		blob_free(&stream);
		decode_close(&run);
	}
}
END_TEST

/* A kind of check that no version of the format has defined. */
START_TEST(xz_unknown_check)
{
	struct decoding run = { 0 };
	struct blob stream = { 0 };

	blob_append(&stream, stream_of(PVHBOOT_COMPRESSION_XZ)->data,
		    stream_of(PVHBOOT_COMPRESSION_XZ)->size);
	/* The stream's flags, and the CRC32 behind them. */
	stream.data[7] = 5;
	store_le(stream.data + 8, 4, lzma_crc32(stream.data + 6, 2, 0));
	expect_status("check", decode(&run, &pvhboot_codec_xz, blob_view(&stream), PLAIN_SIZE),
		      PVHBOOT_UNSUPPORTED);
	ck_assert_ptr_nonnull(run.decode.rule);
	blob_free(&stream);
	decode_close(&run);
}
END_TEST

START_TEST(xz_unknown_filter)
{
	/* A block header with filter 0x3f and no properties, its CRC32 right. */
	static const uint8_t header[12] = { 2, 0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct decoding run = { 0 };
	struct blob stream = { 0 };

	blob_append(&stream, stream_of(PVHBOOT_COMPRESSION_XZ)->data, 12);
	blob_append(&stream, header, 8);
	blob_put(&stream, 4, lzma_crc32(header, 8, 0));
	blob_fill(&stream, 0, 100);
	expect_status("filter", decode(&run, &pvhboot_codec_xz, blob_view(&stream), PLAIN_SIZE),
		      PVHBOOT_UNSUPPORTED);
	ck_assert_ptr_nonnull(run.decode.rule);
	blob_free(&stream);
	decode_close(&run);
}
END_TEST

/* Blocks whose dictionaries differ, each within the limit: memory that a block
 * gave back counts no more. */
START_TEST(xz_blocks)
{
	static const uint32_t dicts[] = { 1 << 20, 1 << 16, 1 << 20, 1 << 17,
					  1 << 20, 1 << 18, 1 << 20, 1 << 19 };
	const size_t part = PLAIN_SIZE / 8;
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_options_lzma options;
	lzma_filter filters[] = { { LZMA_FILTER_LZMA2, &options }, { LZMA_VLI_UNKNOWN, NULL } };
	struct decoding run = { .max_memory = 3 << 20 };
	struct blob packed = { 0 };

	ck_assert(!lzma_lzma_preset(&options, 1));
	options.dict_size = dicts[0];
	ck_assert_int_eq(lzma_stream_encoder(&stream, filters, LZMA_CHECK_CRC32), LZMA_OK);
	stream.next_out = blob_fill(&packed, 0, 4 * PLAIN_SIZE);
	stream.avail_out = packed.size;
	for (size_t i = 0; i < 8; i++) {
		lzma_action action = i == 7 ? LZMA_FINISH : LZMA_FULL_FLUSH;

		stream.next_in = plain.data + i * part;
		stream.avail_in = part;
		ck_assert_int_eq(lzma_code(&stream, action), LZMA_STREAM_END);
		if (i < 7) {
			options.dict_size = dicts[i + 1];
			ck_assert_int_eq(lzma_filters_update(&stream, filters), LZMA_OK);
		}
	}
	packed.size = (size_t)stream.total_out;
	lzma_end(&stream);
	expect_status("blocks", decode(&run, &pvhboot_codec_xz, blob_view(&packed), PLAIN_SIZE),
		      PVHBOOT_OK);
	ck_assert_uint_eq(run.decode.out_used, PLAIN_SIZE);
	ck_assert_int_eq(memcmp(run.decode.out.data, plain.data, PLAIN_SIZE), 0);
	blob_free(&packed);
	decode_close(&run);
}
END_TEST

/* A header that tells a size is held to it: only one that tells none may end with
 * the input. */
START_TEST(lzma_without_mark)
{
	const struct bz_codec settings = { .lzma_end = BZ_LZMA_NEITHER };
	struct blob stream = { 0 };

	bz_compress(&stream, PVHBOOT_COMPRESSION_LZMA, blob_view(&plain), &settings);
	for (int told = 0; told < 2; told++) {
		struct decoding run = { .out_is_exact = 1 };

		if (told)
			store_le(stream.data + 5, 8, PLAIN_SIZE + 1);
		expect_status(told ? "told" : "not told",
			      decode(&run, &pvhboot_codec_lzma, blob_view(&stream), PLAIN_SIZE),
			      told ? PVHBOOT_TRUNCATED : PVHBOOT_OK);
		decode_close(&run);
	}
	blob_free(&stream);
}
END_TEST

/* RFC 1952: every optional field of the header. */
START_TEST(gzip_header_fields)
{
	static const uint8_t extra[] = { 4, 0, 'A', 'B', 0, 0 };
	struct decoding run = { 0 };
	struct blob stream = { 0 };
	const uint8_t *bare = streams[0].data;

	blob_append(&stream, bare, 10);
	stream.data[3] = 2 | 4 | 8 | 16; /* FHCRC, FEXTRA, FNAME, FCOMMENT */
	blob_append(&stream, extra, sizeof(extra));
	blob_append(&stream, "vmlinux", 8);
	blob_append(&stream, "a comment", 10);
	/* CRC16: the lower half of the CRC32 of what is in front of it. */
	blob_put(&stream, 2, lzma_crc32(stream.data, stream.size, 0));
	blob_append(&stream, bare + 10, streams[0].size - 10);
	expect_status("fields", decode(&run, &pvhboot_codec_gzip, blob_view(&stream), PLAIN_SIZE),
		      PVHBOOT_OK);
	ck_assert_uint_eq(run.decode.in_used, stream.size);
	ck_assert_int_eq(memcmp(run.decode.out.data, plain.data, PLAIN_SIZE), 0);
	decode_close(&run);
	/* A wrong CRC16 is told. */
	memset(&run, 0, sizeof(run));
	stream.data[10 + sizeof(extra) + 18] ^= 1;
	expect_status("CRC16", decode(&run, &pvhboot_codec_gzip, blob_view(&stream), PLAIN_SIZE),
		      PVHBOOT_CORRUPT);
	decode_close(&run);
	blob_free(&stream);
}
END_TEST

/* Where a member stops for want of room, no other begins, whatever its bytes look
 * like. This one is stored, so that they are there to be seen. */
START_TEST(gzip_no_room_in_front_of_a_magic)
{
	static const uint8_t stored[] = { 0x1f, 0x8b, 8,    0,   0,   0,   0,   0,    0,    3, 1, 8,
					  0,    0xf7, 0xff, 'a', 'b', 'c', 'd', 0x1f, 0x8b, 9, 9 };
	struct decoding run = { 0 };
	struct blob stream = { 0 };

	blob_append(&stream, stored, sizeof(stored));
	blob_put(&stream, 4, lzma_crc32(stored + 15, 8, 0));
	blob_put(&stream, 4, 8);
	expect_status("room", decode(&run, &pvhboot_codec_gzip, blob_view(&stream), 8), PVHBOOT_OK);
	decode_close(&run);
	memset(&run, 0, sizeof(run));
	expect_status("less", decode(&run, &pvhboot_codec_gzip, blob_view(&stream), 4),
		      PVHBOOT_NOSPACE);
	ck_assert_uint_eq(run.decode.in_used, 19);
	ck_assert_uint_eq(run.decode.out_used, 4);
	decode_close(&run);
	blob_free(&stream);
}
END_TEST

/* The size is the last 4 bytes: those in front of an input that is shorter are not looked at. */
START_TEST(gzip_shorter_than_its_size)
{
	static const uint8_t start[] = { 0x1f, 0x8b, 8, 0, 0, 0 };

	for (size_t n = 0; n <= sizeof(start); n++) {
		struct guard in = guard_open(n), out = guard_open(0);
		struct fakealloc alloc = { 0 };
		struct pvhboot_decode run = {
			.in = guard_at_start(&in, (struct pvhboot_bytes){ start, n }),
			.out = guard_buffer(&out, 0),
			.allocator = fakealloc_open(&alloc),
			.max_memory = 64 << 20,
		};
		char row[16];

		snprintf(row, sizeof(row), "%zu bytes", n);
		expect_status(row, pvhboot_codec_gzip.decode(&run), PVHBOOT_NOSPACE);
		expect_eq(row, run.out_needed, n < 4 ? 0 : load_le(start + n - 4, 4));
		guard_close(&in);
		guard_close(&out);
	}
}
END_TEST

/* Builds with libdeflate use it for callers without an allocator of their own:
 * nothing but the time may differ. */
static void expect_same(const char *row, struct pvhboot_bytes in, size_t out_size)
{
	struct guard guard = guard_open(out_size);
	struct decoding by_zlib = { 0 };
	struct pvhboot_decode other = {
		.out = guard_buffer(&guard, out_size),
		.allocator = *pvhb_default_allocator(),
		.max_memory = 64 << 20,
	};
	enum pvhboot_status status = decode(&by_zlib, &pvhboot_codec_gzip, in, out_size);

	other.in = by_zlib.decode.in;
	expect_status(row, pvhboot_codec_gzip.decode(&other), status);
	expect_eq(row, other.in_used, by_zlib.decode.in_used);
	expect_eq(row, other.out_used, by_zlib.decode.out_used);
	if (!status)
		expect_true(row,
			    memcmp(other.out.data, by_zlib.decode.out.data, other.out_used) == 0);
	else
		expect_true(row, other.rule == by_zlib.decode.rule);
	decode_close(&by_zlib);
	guard_close(&guard);
}

/* Every optional field, two members, and other bytes behind. */
static struct blob gzip_with_all(void)
{
	const struct bz_codec settings = { .gzip_fields = 1 };
	struct pvhboot_bytes half = { plain.data, PLAIN_SIZE / 2 };
	struct pvhboot_bytes rest = { plain.data + PLAIN_SIZE / 2, PLAIN_SIZE / 2 };
	struct blob stream = { 0 };

	bz_compress(&stream, PVHBOOT_COMPRESSION_GZIP, half, &settings);
	bz_compress(&stream, PVHBOOT_COMPRESSION_GZIP, rest, NULL);
	blob_fill(&stream, 0, 16);
	return stream;
}

START_TEST(gzip_both_ways)
{
	static const size_t rooms[] = { 0, 1, PLAIN_SIZE / 2, PLAIN_SIZE - 1, PLAIN_SIZE, 30000 };
	struct blob all = gzip_with_all();
	struct blob two = { 0 };

	blob_append(&two, streams[0].data, streams[0].size);
	blob_append(&two, streams[0].data, streams[0].size);
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		expect_same("one", blob_view(&streams[0]), rooms[i]);
		expect_same("two", blob_view(&two), 2 * rooms[i]);
		expect_same("all", blob_view(&all), rooms[i]);
	}
	blob_free(&two);
	for (size_t n = 0; n < all.size; n += suite_step(n > 300 && n + 300 < all.size ? 17 : 1)) {
		struct pvhboot_bytes prefix = { all.data, n };

		expect_same("prefix", prefix, PLAIN_SIZE);
	}
	blob_free(&all);
}
END_TEST

#ifdef PVHB_HAVE_LIBDEFLATE
static size_t n_states, n_live_states;

static void *take_state(size_t size)
{
	n_states++;
	n_live_states++;
	return malloc(size);
}

static void drop_state(void *state)
{
	n_live_states--;
	free(state);
}

/* For whom libdeflate is used, and that its state is given back. */
START_TEST(gzip_by_libdeflate)
{
	struct guard guard = guard_open(PLAIN_SIZE);
	struct pvhboot_decode decode = {
		.in = blob_view(&streams[0]),
		.out = guard_buffer(&guard, PLAIN_SIZE),
		.allocator = *pvhb_default_allocator(),
		.max_memory = 64 << 10,
	};
	struct fakealloc alloc = { 0 };

	libdeflate_set_memory_allocator(take_state, drop_state);
	expect_status("default", pvhboot_codec_gzip.decode(&decode), PVHBOOT_OK);
	ck_assert_uint_eq(n_states, 1);
	ck_assert_uint_eq(n_live_states, 0);
	/* It must not take more than the caller allows, which zlib takes less than. */
	decode.max_memory--;
	expect_status("little", pvhboot_codec_gzip.decode(&decode), PVHBOOT_OK);
	ck_assert_uint_eq(n_states, 1);
	decode.max_memory++;
	decode.allocator = fakealloc_open(&alloc);
	expect_status("own", pvhboot_codec_gzip.decode(&decode), PVHBOOT_OK);
	ck_assert_uint_eq(n_states, 1);
	ck_assert_uint_gt(alloc.n_calls, 0);
	libdeflate_set_memory_allocator(malloc, free);
	guard_close(&guard);
}
END_TEST
#endif

START_TEST(gzip_both_ways_damaged)
{
	struct blob all = gzip_with_all();
	size_t end = 8 * all.size;

	for (size_t bit = 0; bit < end;
	     bit += suite_step(bit > 1000 && bit + 1000 < end ? 29 : 1)) {
		char row[32];

		snprintf(row, sizeof(row), "bit %zu", bit);
		all.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		expect_same(row, blob_view(&all), PLAIN_SIZE);
		all.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	blob_free(&all);
}
END_TEST

/* Bits of deflate (RFC 1951, 3.1.1), the lowest first. */
struct bits {
	struct blob bytes;
	size_t n;
};

static void put_bits(struct bits *bits, unsigned int value, unsigned int n)
{
	for (; n > 0; n--, value >>= 1, bits->n++) {
		if (bits->n % 8 == 0)
			blob_put(&bits->bytes, 1, 0);
		bits->bytes.data[bits->n / 8] |= (uint8_t)((value & 1) << bits->n % 8);
	}
}

/* As many lengths of 0, from 11 to 138; the code of symbol 18 is 1. */
static void put_zeros(struct bits *bits, unsigned int n)
{
	put_bits(bits, 1, 1);
	put_bits(bits, n - 11, 7);
}

/* libdeflate accepts codes that nothing uses; what comes out is right all the same. */
static void expect_refused_or_right(const char *row, struct pvhboot_bytes in, const char *want,
				    size_t size)
{
	uint8_t out[16];
	struct pvhboot_decode decode = {
		.in = in,
		.out = { out, sizeof(out) },
		.allocator = *pvhb_default_allocator(),
		.max_memory = 64 << 20,
	};
	enum pvhboot_status status = pvhboot_codec_gzip.decode(&decode);

	if (status == PVHBOOT_OK) {
		expect_eq(row, decode.in_used, in.size);
		expect_eq(row, decode.out_used, size);
		expect_true(row, memcmp(out, want, size) == 0);
	} else {
		expect_status(row, status, PVHBOOT_CORRUPT);
	}
}

/* One dynamic block with "aaa", whose header announces codes of so many
 * literals and distances: 286 and 30 are the most that RFC 1951 permits. */
START_TEST(gzip_too_many_codes)
{
	static const struct {
		unsigned int n_literals;
		unsigned int n_distances;
		enum pvhboot_status status;
	} rows[] = {
		{ 286, 30, PVHBOOT_OK },      { 287, 30, PVHBOOT_CORRUPT },
		{ 288, 30, PVHBOOT_CORRUPT }, { 286, 31, PVHBOOT_CORRUPT },
		{ 286, 32, PVHBOOT_CORRUPT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bits bits = { 0 };
		struct decoding run = { 0 };
		char row[48];

		snprintf(row, sizeof(row), "%u literals, %u distances", rows[i].n_literals,
			 rows[i].n_distances);
		blob_append(&bits.bytes, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
		bits.n = 80;
		put_bits(&bits, 1, 1); /* the last block */
		put_bits(&bits, 2, 2); /* with codes of its own */
		put_bits(&bits, rows[i].n_literals - 257, 5);
		put_bits(&bits, rows[i].n_distances - 1, 5);
		put_bits(&bits, 18 - 4, 4);
		for (unsigned int symbol = 0; symbol < 18; symbol++) /* 18 is third, 1 last */
			put_bits(&bits, symbol == 2 || symbol == 17, 3);
		put_zeros(&bits, 97);
		put_bits(&bits, 0, 1); /* "a" */
		put_zeros(&bits, 138);
		put_zeros(&bits, 20);
		put_bits(&bits, 0, 1); /* the end of the block */
		put_zeros(&bits, rows[i].n_literals - 257 + rows[i].n_distances);
		put_bits(&bits, 8, 4); /* "aaa", the end */
		blob_put(&bits.bytes, 4, lzma_crc32((const uint8_t *)"aaa", 3, 0));
		blob_put(&bits.bytes, 4, 3);
		expect_status(row, decode(&run, &pvhboot_codec_gzip, blob_view(&bits.bytes), 10),
			      rows[i].status);
		decode_close(&run);
		if (rows[i].status == PVHBOOT_OK)
			expect_same(row, blob_view(&bits.bytes), 10);
		else
			expect_refused_or_right(row, blob_view(&bits.bytes), "aaa", 3);
		blob_free(&bits.bytes);
	}
}
END_TEST

#ifdef PVHB_HAVE_LZO
/* lzop 0.940 was the first to write the version that it takes, and a level. */
START_TEST(lzo_versions)
{
	static const unsigned int versions[] = { 0x900, 0x93f, 0x940, 0x941, 0x1040 };

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		const struct bz_codec settings = { .lzo_version = versions[i] };
		struct decoding run = { 0 };
		struct blob stream = { 0 };
		char row[32];

		snprintf(row, sizeof(row), "version 0x%x", versions[i]);
		bz_compress(&stream, PVHBOOT_COMPRESSION_LZO, blob_view(&plain), &settings);
		expect_status(row, decode(&run, &pvhboot_codec_lzo, blob_view(&stream), PLAIN_SIZE),
			      PVHBOOT_OK);
		expect_eq(row, run.decode.in_used, stream.size);
		expect_true(row, memcmp(run.decode.out.data, plain.data, PLAIN_SIZE) == 0);
		decode_close(&run);
		blob_free(&stream);
	}
}
END_TEST

#define LZO_HEADER 38 /* as bzbuild writes it, without a name */

/* The rule says where it was that the stream ended. */
START_TEST(lzo_cut)
{
	for (size_t n = 0; n < LZO_HEADER + 4; n++) {
		struct pvhboot_bytes prefix = { stream_of(PVHBOOT_COMPRESSION_LZO)->data, n };
		struct decoding run = { 0 };
		char row[32];

		snprintf(row, sizeof(row), "%zu bytes", n);
		expect_status(row, decode(&run, &pvhboot_codec_lzo, prefix, PLAIN_SIZE),
			      PVHBOOT_TRUNCATED);
		ck_assert_str_eq(run.decode.rule, n < LZO_HEADER ? "all of the lzop header" :
								   "a last block of size 0");
		decode_close(&run);
	}
}
END_TEST

/* Without a checksum, too, a block has the size that it tells. */
START_TEST(lzo_block_of_another_size)
{
	const struct bz_codec settings = { .lzo_flags = BZ_LZO_NO_FLAGS };
	struct decoding run = { 0 };
	struct blob stream = { 0 };

	bz_compress(&stream, PVHBOOT_COMPRESSION_LZO, blob_view(&plain), &settings);
	ck_assert_uint_eq(stream.data[LZO_HEADER + 3], PLAIN_SIZE & 0xff);
	stream.data[LZO_HEADER + 3]++;
	expect_status("more", decode(&run, &pvhboot_codec_lzo, blob_view(&stream), 2 * PLAIN_SIZE),
		      PVHBOOT_CORRUPT);
	decode_close(&run);
	blob_free(&stream);
}
END_TEST
#endif

#ifdef PVHB_HAVE_LZ4
/* Blocks of 8 MiB: the frame of a kernel has several. */
START_TEST(lz4_blocks)
{
	const size_t size = (17 << 20) + 12345;
	struct blob large = { 0 };
	struct blob stream = { 0 };
	struct decoding run = { 0 };

	blob_pattern(&large, 9, size);
	bz_compress(&stream, PVHBOOT_COMPRESSION_LZ4, blob_view(&large), NULL);
	expect_status("three", decode(&run, &pvhboot_codec_lz4, blob_view(&stream), size),
		      PVHBOOT_OK);
	ck_assert_uint_eq(run.decode.out_used, size);
	ck_assert_int_eq(memcmp(run.decode.out.data, large.data, size), 0);
	decode_close(&run);
	/* Room for two of them. */
	memset(&run, 0, sizeof(run));
	expect_status("two", decode(&run, &pvhboot_codec_lz4, blob_view(&stream), 16 << 20),
		      PVHBOOT_NOSPACE);
	ck_assert_uint_eq(run.decode.out_used, 16 << 20);
	decode_close(&run);
	blob_free(&large);
	blob_free(&stream);
}
END_TEST

/* Behind the whole image, what cannot be a block is of no interest; where more may
 * come, it is an error. What has no room is not begun. */
START_TEST(lz4_bytes_behind)
{
	static const struct {
		size_t size;
		uint8_t bytes[8];
		enum pvhboot_status exact;
		enum pvhboot_status guessed;
	} rows[] = {
		{ 1, { 1 }, PVHBOOT_OK, PVHBOOT_TRUNCATED },
		{ 3, { 1 }, PVHBOOT_OK, PVHBOOT_TRUNCATED },
		{ 4, { 0 }, PVHBOOT_OK, PVHBOOT_CORRUPT },
		{ 8, { 5, 0, 0, 0, 1, 2, 3, 4 }, PVHBOOT_OK, PVHBOOT_TRUNCATED },
		{ 8, { 4, 0, 0, 0, 0x10, 'x', 0, 0 }, PVHBOOT_NOSPACE, PVHBOOT_NOSPACE },
	};
	const struct blob *whole = stream_of(PVHBOOT_COMPRESSION_LZ4);

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct decoding run = { .out_is_exact = (uint32_t)i % 2 };
		struct blob stream = { 0 };
		char row[32];

		snprintf(row, sizeof(row), "row %zu, exact %zu", i / 2, i % 2);
		blob_append(&stream, whole->data, whole->size);
		blob_append(&stream, rows[i / 2].bytes, rows[i / 2].size);
		expect_status(row, decode(&run, &pvhboot_codec_lz4, blob_view(&stream), PLAIN_SIZE),
			      i % 2 ? rows[i / 2].exact : rows[i / 2].guessed);
		expect_eq(row, run.decode.in_used, whole->size);
		expect_eq(row, run.decode.out_used, PLAIN_SIZE);
		decode_close(&run);
		blob_free(&stream);
	}
}
END_TEST

/* The header of a frame that tells its size ends anywhere. */
START_TEST(lz4_cut_header)
{
	const struct bz_codec settings = { .lz4_frame = BZ_LZ4_FRAME | BZ_LZ4_CONTENT_SIZE };
	struct blob stream = { 0 };

	bz_compress(&stream, PVHBOOT_COMPRESSION_LZ4, blob_view(&plain), &settings);
	for (size_t n = 5; n < 20; n++) {
		struct pvhboot_bytes prefix = { stream.data, n };
		struct decoding run = { 0 };

		expect_status("cut", decode(&run, &pvhboot_codec_lz4, prefix, PLAIN_SIZE),
			      PVHBOOT_TRUNCATED);
		decode_close(&run);
	}
	blob_free(&stream);
}
END_TEST

/* A block that ends too early is damaged: more room would not help. */
START_TEST(lz4_cut_block)
{
	const struct blob *whole = stream_of(PVHBOOT_COMPRESSION_LZ4);
	size_t block = whole->size - 8;

	for (size_t less = 1; less < block; less += suite_step(less < 300 ? 1 : 97)) {
		struct decoding run = { 0 };
		struct blob stream = { 0 };
		enum pvhboot_status status;
		char row[32];

		snprintf(row, sizeof(row), "less by %zu", less);
		blob_append(&stream, whole->data, whole->size - less);
		store_le(stream.data + 4, 4, block - less);
		status = decode(&run, &pvhboot_codec_lz4, blob_view(&stream), 2 * PLAIN_SIZE);
		expect_status(row, status, PVHBOOT_CORRUPT);
		expect_true(row,
			    run.decode.rule && strcmp(run.decode.rule, "an intact LZ4 block") == 0);
		decode_close(&run);
		blob_free(&stream);
	}
}
END_TEST

START_TEST(lz4_bad_block_sizes)
{
	static const struct {
		const char *name;
		uint32_t size;
		enum pvhboot_status status;
	} rows[] = {
		{ "0", 0, PVHBOOT_CORRUPT },
		{ "2^32 - 1", 0xffffffff, PVHBOOT_CORRUPT },
		{ "2^31", 0x80000000, PVHBOOT_CORRUPT },
		{ "of an uncompressed block of a modern frame", 0x80000010, PVHBOOT_CORRUPT },
		{ "1 GiB", 1 << 30, PVHBOOT_CORRUPT },
		{ "one byte more than is there", 0, PVHBOOT_TRUNCATED },
		{ "one byte less than is there", 0, PVHBOOT_CORRUPT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct blob stream = { 0 };
		struct decoding run = { 0 };
		uint32_t size = rows[i].size;

		blob_append(&stream, stream_of(PVHBOOT_COMPRESSION_LZ4)->data,
			    stream_of(PVHBOOT_COMPRESSION_LZ4)->size);
		if (i == 5)
			size = (uint32_t)stream.size - 8 + 1;
		if (i == 6)
			size = (uint32_t)stream.size - 8 - 1;
		store_le(stream.data + 4, 4, size);
		/* A block less by a byte leaves one that is no block. */
		if (i == 6)
			expect_true(rows[i].name,
				    decode(&run, &pvhboot_codec_lz4, blob_view(&stream),
					   PLAIN_SIZE) != PVHBOOT_OK);
		else
			expect_status(
				rows[i].name,
				decode(&run, &pvhboot_codec_lz4, blob_view(&stream), PLAIN_SIZE),
				rows[i].status);
		decode_close(&run);
		blob_free(&stream);
	}
}
END_TEST
#endif

#ifdef PVHB_HAVE_ZSTD
/* A start is decoded by another function of libzstd. */
START_TEST(zstd_start_fails)
{
	const struct blob *whole = stream_of(PVHBOOT_COMPRESSION_ZSTD);
	struct blob stream = { 0 };
	struct decoding bad = { .decode = { .only_start = 1 } };
	struct decoding poor = { .decode = { .only_start = 1 }, .alloc = { .fail_at = 2 } };

	expect_status("memory",
		      decode(&poor, &pvhboot_codec_zstd, blob_view(whole), PLAIN_SIZE / 2),
		      PVHBOOT_NOMEM);
	decode_close(&poor);
	blob_append(&stream, whole->data, whole->size);
	stream.data[stream.size - 1] ^= 1; /* of the checksum */
	expect_status("checksum",
		      decode(&bad, &pvhboot_codec_zstd, blob_view(&stream), PLAIN_SIZE + 1),
		      PVHBOOT_CORRUPT);
	decode_close(&bad);
	blob_free(&stream);
}
END_TEST

/* The window lies in the output, so its size costs no memory. */
START_TEST(zstd_windows)
{
	static const int logs[] = { 10, 17, 20, 23, 27 };

	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		const struct bz_codec settings = { .zstd_window_log = logs[i] };
		struct decoding run = { .max_memory = 1 << 20 };
		struct blob stream = { 0 };
		char row[32];

		snprintf(row, sizeof(row), "window of 2^%d", logs[i]);
		bz_compress(&stream, PVHBOOT_COMPRESSION_ZSTD, blob_view(&plain), &settings);
		expect_status(row,
			      decode(&run, &pvhboot_codec_zstd, blob_view(&stream), PLAIN_SIZE),
			      PVHBOOT_OK);
		expect_true(row, memcmp(run.decode.out.data, plain.data, PLAIN_SIZE) == 0);
		decode_close(&run);
		blob_free(&stream);
	}
}
END_TEST

START_TEST(zstd_without_checksum)
{
	const struct bz_codec settings = { .zstd_no_checksum = 1 };
	struct decoding run = { 0 };
	struct blob stream = { 0 };

	bz_compress(&stream, PVHBOOT_COMPRESSION_ZSTD, blob_view(&plain), &settings);
	expect_status("none", decode(&run, &pvhboot_codec_zstd, blob_view(&stream), PLAIN_SIZE),
		      PVHBOOT_OK);
	ck_assert_uint_eq(run.decode.in_used, stream.size);
	decode_close(&run);
	blob_free(&stream);
}
END_TEST

START_TEST(zstd_with_a_dictionary)
{
	/* RFC 8878 3.1.1.1: single segment, a dictionary id of one byte, content
	 * size of one byte; then one raw block of a byte. */
	static const uint8_t frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x21, 0x07,
					 0x01, 0x09, 0x00, 0x00, 'x' };
	const struct pvhboot_bytes in = { frame, sizeof(frame) };
	struct decoding run = { 0 };

	expect_status("dictionary", decode(&run, &pvhboot_codec_zstd, in, 1), PVHBOOT_UNSUPPORTED);
	ck_assert_ptr_nonnull(run.decode.rule);
	decode_close(&run);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("codec");
	TCase *every = suite_case(suite, "every");
	TCase *gzip = suite_case(suite, "gzip");
	TCase *xz = suite_case(suite, "xz");

	tcase_add_unchecked_fixture(every, build_streams, free_streams);
	tcase_add_test(every, list_of_codecs);
	tcase_add_loop_test(every, whole_stream, 0, N_CODECS);
	tcase_add_loop_test(every, more_room_than_needed, 0, N_CODECS);
	tcase_add_loop_test(every, bytes_behind, 0, N_CODECS);
	tcase_add_loop_test(every, magic_behind, 0, N_CODECS);
	tcase_add_loop_test(every, too_little_room, 0, N_CODECS);
	tcase_add_loop_test(every, only_start, 0, N_CODECS);
	tcase_add_loop_test(every, every_prefix, 0, N_CODECS);
	tcase_add_loop_test(every, second_stream_cut, 0, N_CODECS);
	tcase_add_loop_test(every, every_prefix_into_full_room, 0, 2 * N_CODECS);
	tcase_add_loop_test(every, every_bit, 0, N_CODECS);
	tcase_add_loop_test(every, damaged, 0, N_CODECS);
	tcase_add_loop_test(every, wrong_checksum, 0, N_CODECS);
	tcase_add_loop_test(every, allocator_fails, 0, N_CODECS);
	tcase_add_loop_test(every, memory_limit, 0, N_CODECS);
	tcase_add_loop_test(every, memory_for_the_start, 0, N_CODECS);
	tcase_add_test(every, field_f09_memory_needed);
	tcase_add_test(every, field_f09_memory_by_the_header);
	tcase_add_test(every, field_f10_size_of_the_stream);
	tcase_add_test(every, field_f10_size_of_a_part);

	tcase_add_unchecked_fixture(gzip, build_streams, free_streams);
	tcase_add_test(gzip, gzip_header_fields);
	tcase_add_test(gzip, gzip_no_room_in_front_of_a_magic);
	tcase_add_test(gzip, gzip_shorter_than_its_size);
	tcase_add_test(gzip, gzip_both_ways);
#ifdef PVHB_HAVE_LIBDEFLATE
	tcase_add_test(gzip, gzip_by_libdeflate);
#endif
	tcase_add_test(gzip, gzip_both_ways_damaged);
	tcase_add_test(gzip, gzip_too_many_codes);

	tcase_add_unchecked_fixture(xz, build_streams, free_streams);
	tcase_add_test(xz, xz_dictionaries);
	tcase_add_test(xz, xz_checks_and_filters);
	tcase_add_test(xz, xz_unknown_check);
	tcase_add_test(xz, xz_unknown_filter);
	tcase_add_test(xz, xz_blocks);
	tcase_add_test(xz, lzma_without_mark);
#ifdef PVHB_HAVE_LZO
	{
		TCase *lzo = suite_case(suite, "lzo");

		tcase_add_unchecked_fixture(lzo, build_streams, free_streams);
		tcase_add_test(lzo, lzo_versions);
		tcase_add_test(lzo, lzo_cut);
		tcase_add_test(lzo, lzo_block_of_another_size);
	}
#endif
#ifdef PVHB_HAVE_LZ4
	{
		TCase *lz4 = suite_case(suite, "lz4");

		tcase_add_unchecked_fixture(lz4, build_streams, free_streams);
		tcase_add_test(lz4, lz4_blocks);
		tcase_add_test(lz4, lz4_bytes_behind);
		tcase_add_test(lz4, lz4_cut_header);
		tcase_add_test(lz4, lz4_cut_block);
		tcase_add_test(lz4, lz4_bad_block_sizes);
	}
#endif
#ifdef PVHB_HAVE_ZSTD
	{
		TCase *zstd = suite_case(suite, "zstd");

		tcase_add_unchecked_fixture(zstd, build_streams, free_streams);
		tcase_add_test(zstd, zstd_start_fails);
		tcase_add_test(zstd, zstd_windows);
		tcase_add_test(zstd, zstd_without_checksum);
		tcase_add_test(zstd, zstd_with_a_dictionary);
	}
#endif
	return suite_run(suite);
}
