/* SPDX-License-Identifier: MIT */
/* The decoder of examples/grub for LZ4, against the library's, between unreadable pages. */

#include <pvhboot/codec.h>
#include <stdbool.h>
#include <string.h>

#include "../examples/grub/lz4.h"
#include "support/blob.h"
#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/guard.h"
#include "support/random.h"
#include "support/suite.h"

#define BLOCK_SIZE (8u << 20)

struct decoding {
	struct guard in;
	struct guard out;
	struct fakealloc alloc; /* of the library's */
	struct pvhboot_decode decode;
	enum pvhboot_status status;
};

static void run(struct decoding *run, const struct pvhboot_codec *codec, struct pvhboot_bytes in,
		size_t out_size, uint32_t out_is_exact)
{
	const struct pvhboot_decode given = { .out_is_exact = out_is_exact,
					      .max_memory = (uint64_t)16 << 20,
					      .in_used = SIZE_MAX,
					      .out_used = SIZE_MAX };

	run->in = guard_open(in.size);
	run->out = guard_open(out_size);
	run->decode = given;
	if (codec != &codec_lz4) /* which needs none */
		run->decode.allocator = fakealloc_open(&run->alloc);
	run->decode.in = guard_at_end(&run->in, in);
	run->decode.out = guard_buffer(&run->out, out_size);
	run->status = codec->decode(&run->decode);
	ck_assert_uint_le(run->decode.in_used, in.size);
	ck_assert_uint_le(run->decode.out_used, out_size);
}

static void close_run(struct decoding *run)
{
	guard_close(&run->in);
	guard_close(&run->out);
}

/* Where both decoders take a stream, they make the same of it; true there. Of streams that no
 * compressor makes, liblz4 takes some that this refuses, with a distance of 0, and refuses some
 * that this takes, which end otherwise than a block should. */
static bool same(struct pvhboot_bytes in, size_t out_size, uint32_t out_is_exact)
{
	struct decoding ours, theirs = { .alloc = { 0 } };
	bool both;

	run(&ours, &codec_lz4, in, out_size, out_is_exact);
	run(&theirs, &pvhboot_codec_lz4, in, out_size, out_is_exact);
	both = ours.status == PVHBOOT_OK && theirs.status == PVHBOOT_OK;
	if (both) {
		ck_assert_uint_eq(ours.decode.in_used, theirs.decode.in_used);
		ck_assert_uint_eq(ours.decode.out_used, theirs.decode.out_used);
		ck_assert_mem_eq(ours.decode.out.data, theirs.decode.out.data,
				 ours.decode.out_used);
	}
	if (ours.status != PVHBOOT_OK && ours.status != PVHBOOT_NOSPACE)
		ck_assert(ours.decode.rule != NULL);
	close_run(&ours);
	close_run(&theirs);
	return both;
}

static const struct {
	const char *name;
	unsigned int frame; /* as in struct bz_codec */
} formats[] = {
	{ "legacy", 0 },
	{ "frame", BZ_LZ4_FRAME },
	{ "linked", BZ_LZ4_FRAME | BZ_LZ4_LINKED },
	{ "block sums", BZ_LZ4_FRAME | BZ_LZ4_BLOCK_SUMS },
	{ "content sum", BZ_LZ4_FRAME | BZ_LZ4_CONTENT_SUM },
	{ "content size", BZ_LZ4_FRAME | BZ_LZ4_CONTENT_SIZE },
	{ "4 MiB, all", BZ_LZ4_FRAME | BZ_LZ4_LINKED | BZ_LZ4_BLOCK_SUMS | BZ_LZ4_CONTENT_SUM |
				BZ_LZ4_CONTENT_SIZE | BZ_LZ4_4MIB },
};

#define N_FORMATS ((int)(sizeof(formats) / sizeof(formats[0])))

static void build(struct blob *plain, struct blob *stream, size_t size, int format)
{
	const struct bz_codec settings = { .lz4_frame = formats[format].frame };

	blob_pattern(plain, 42, size);
	bz_compress(stream, PVHBOOT_COMPRESSION_LZ4, blob_view(plain), &settings);
}

START_TEST(whole)
{
	static const size_t sizes[] = { 1,     12,     13,         20000,         65536,
					65537, 200000, BLOCK_SIZE, BLOCK_SIZE + 1 };
	const char *row = formats[_i].name;
	struct decoding ours;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct blob plain = { 0 }, stream = { 0 };
		const size_t size = sizes[i];

		build(&plain, &stream, size, _i);
		run(&ours, &codec_lz4, blob_view(&stream), size, 1);
		expect_status(row, ours.status, PVHBOOT_OK);
		expect_eq(row, ours.decode.in_used, stream.size);
		expect_eq(row, ours.decode.out_used, size);
		ck_assert_mem_eq(ours.decode.out.data, plain.data, size);
		close_run(&ours);

		run(&ours, &codec_lz4, blob_view(&stream), size - 1, 0);
		expect_status(row, ours.status, PVHBOOT_NOSPACE);
		expect_eq(row, ours.decode.out_used, size - 1);
		ck_assert_mem_eq(ours.decode.out.data, plain.data, size - 1);
		close_run(&ours);
		blob_free(&plain);
		blob_free(&stream);
	}
}
END_TEST

/* At each length of the stream. The legacy format is one of an empty stream where its magic is
 * all there is. */
START_TEST(cut)
{
	struct blob plain = { 0 }, stream = { 0 };
	struct pvhboot_bytes in;
	struct decoding ours;

	build(&plain, &stream, 3000, _i);
	in = blob_view(&stream);
	for (in.size = 5; in.size < stream.size; in.size++) {
		run(&ours, &codec_lz4, in, plain.size, 1);
		expect_status(formats[_i].name, ours.status, PVHBOOT_TRUNCATED);
		close_run(&ours);
	}
	blob_free(&plain);
	blob_free(&stream);
}
END_TEST

/* Up to three bytes of it changed, and more room or less. */
START_TEST(damaged)
{
	const bool has_sums = (formats[_i].frame & (BZ_LZ4_BLOCK_SUMS | BZ_LZ4_CONTENT_SUM)) != 0;
	struct blob plain = { 0 }, stream = { 0 };
	uint8_t bytes[4096];
	uint64_t i, n = suite_rounds(1000), n_both = 0;

	build(&plain, &stream, 3000, _i);
	ck_assert_uint_le(stream.size, sizeof(bytes));
	random_start(7);
	for (i = 0; i < n; i++) {
		struct pvhboot_bytes in = { bytes, stream.size };
		uint64_t changes = 1 + random_below(3);

		memcpy(bytes, stream.data, stream.size);
		while (changes-- > 0)
			bytes[4 + random_below(stream.size - 4)] =
				random_below(4) == 0 ? 255 : (uint8_t)random_below(256);
		n_both += same(in, plain.size / 2 + random_below(plain.size),
			       (uint32_t)random_below(2));
	}
	if (has_sums) /* it is intact only where a byte was as it had been */
		ck_assert_uint_le(n_both, n / 50);
	else
		ck_assert_uint_gt(n_both, n / 100);
	blob_free(&plain);
	blob_free(&stream);
}
END_TEST

#define MAGIC 0x04, 0x22, 0x4d, 0x18
#define HEADER MAGIC, 0x60, 0x40, 0x82 /* independent blocks of 64 KiB */
#define LINKED MAGIC, 0x40, 0x40, 0xc0
#define SIZE_3 MAGIC, 0x68, 0x40, 3, 0, 0, 0, 0, 0, 0, 0, 0x87
#define ABC 3, 0, 0, 0x80, 'a', 'b', 'c' /* stored */
#define ABC_SUM 0xff, 0x53, 0xd1, 0x32
#define END 0, 0, 0, 0
#define LEGACY 0x02, 0x21, 0x4c, 0x18
#define PACKED_A 2, 0, 0, 0, 0x10, 'a'

/* A match of 4 bytes, 3 before, and 5 literals. */
#define MATCH 9, 0, 0, 0, 0x00, 3, 0, 0x50, 'v', 'w', 'x', 'y', 'z'

static const struct {
	const char *name;
	const char *rule; /* words of it */
	uint8_t size;
	uint8_t status; /* enum pvhboot_status */
	uint8_t out_size;
	uint8_t bytes[48];
} rows[] = {
#define ROW(name, status, out_size, rule, ...)                                                     \
	{                                                                                          \
		name, rule, sizeof((uint8_t[]){ __VA_ARGS__ }), status, out_size,                  \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
	ROW("no magic", PVHBOOT_CORRUPT, 0, "magic", 0x04, 0x22, 0x4d),
	ROW("another magic", PVHBOOT_CORRUPT, 0, "magic", 0x05, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82,
	    END),
	ROW("a skippable frame", PVHBOOT_CORRUPT, 0, "magic", 0x50, 0x2a, 0x4d, 0x18, END, HEADER,
	    ABC, END),
	ROW("magic alone", PVHBOOT_TRUNCATED, 0, "all of", MAGIC),
	ROW("nothing in it", PVHBOOT_OK, 0, NULL, HEADER, END),
	ROW("stored", PVHBOOT_OK, 3, NULL, HEADER, ABC, END),
	ROW("stored, of 0 bytes", PVHBOOT_OK, 0, NULL, HEADER, 0, 0, 0, 0x80, END),
	ROW("two frames", PVHBOOT_OK, 6, NULL, HEADER, ABC, END, LINKED, ABC, END),
	ROW("version 0", PVHBOOT_UNSUPPORTED, 0, "version 1", MAGIC, 0x20, 0x40, 0x82, END),
	ROW("version 2", PVHBOOT_UNSUPPORTED, 0, "version 1", MAGIC, 0xa0, 0x40, 0x82, END),
	ROW("version 3", PVHBOOT_UNSUPPORTED, 0, "version 1", MAGIC, 0xe0, 0x40, 0x82, END),
	ROW("a reserved flag", PVHBOOT_UNSUPPORTED, 0, "version 1", MAGIC, 0x62, 0x40, 0x82, END),
	ROW("a dictionary", PVHBOOT_UNSUPPORTED, 0, "dictionary", MAGIC, 0x61, 0x40, END, 0x82,
	    END),
	ROW("a reserved bit of sizes", PVHBOOT_UNSUPPORTED, 0, "version 1", MAGIC, 0x60, 0xc0, 0x82,
	    END),
	ROW("another one", PVHBOOT_UNSUPPORTED, 0, "version 1", MAGIC, 0x60, 0x48, 0x82, END),
	ROW("blocks of 16 KiB", PVHBOOT_CORRUPT, 0, "64 KiB to 4 MiB", MAGIC, 0x60, 0x30, 0xd4,
	    END),
	ROW("header's sum", PVHBOOT_CORRUPT, 0, "checksums", MAGIC, 0x60, 0x40, 0x83, END),
	ROW("its size", PVHBOOT_OK, 3, NULL, SIZE_3, ABC, END),
	ROW("a byte more than its size", PVHBOOT_CORRUPT, 4, "as many", SIZE_3, ABC, 1, 0, 0, 0x80,
	    'd', END),
	ROW("less than its size", PVHBOOT_CORRUPT, 0, "as many", SIZE_3, END),
	ROW("a size above 4 GiB", PVHBOOT_CORRUPT, 3, "as many", MAGIC, 0x68, 0x40, 3, 0, 0, 0, 1,
	    0, 0, 0, 0xb3, ABC, END),
	ROW("a stored block that is too large", PVHBOOT_CORRUPT, 0, "size that", HEADER, 1, 0, 1,
	    0x80),
	ROW("a packed one", PVHBOOT_CORRUPT, 0, "size that", HEADER, 1, 0, 1, 0),
	ROW("a stored block of 64 KiB, cut", PVHBOOT_TRUNCATED, 0, "all of", HEADER, 0, 0, 1, 0x80,
	    'a'),
	ROW("a match in an independent block", PVHBOOT_CORRUPT, 3, "intact LZ4 block", HEADER, ABC,
	    MATCH, END),
	ROW("the same in a linked one", PVHBOOT_OK, 12, NULL, LINKED, ABC, MATCH, END),
	ROW("the same in the next frame", PVHBOOT_CORRUPT, 3, "intact LZ4 block", LINKED, ABC, END,
	    LINKED, MATCH, END),
	ROW("block sum", PVHBOOT_OK, 3, NULL, MAGIC, 0x70, 0x40, 0xad, ABC, ABC_SUM, END),
	ROW("another block sum", PVHBOOT_CORRUPT, 3, "checksums", MAGIC, 0x70, 0x40, 0xad, 3, 0, 0,
	    0x80, 'a', 'b', 'd', ABC_SUM, END),
	ROW("content sum", PVHBOOT_OK, 3, NULL, MAGIC, 0x64, 0x40, 0xa7, ABC, END, ABC_SUM),
	ROW("another content sum", PVHBOOT_CORRUPT, 3, "checksums", MAGIC, 0x64, 0x40, 0xa7, 3, 0,
	    0, 0x80, 'a', 'b', 'd', END, ABC_SUM),
	ROW("two of the legacy format", PVHBOOT_OK, 2, NULL, LEGACY, PACKED_A, LEGACY, PACKED_A),
	ROW("a frame behind it", PVHBOOT_CORRUPT, 1, "all of a block", LEGACY, PACKED_A, HEADER,
	    END),
	ROW("no size", PVHBOOT_CORRUPT, 0, "all of a block", LEGACY, END),
	ROW("one that is too large", PVHBOOT_CORRUPT, 0, "all of a block", LEGACY, 0x91, 0x80, 0x80,
	    0),
	ROW("the largest", PVHBOOT_TRUNCATED, 0, "all of a block", LEGACY, 0x90, 0x80, 0x80, 0),
#undef ROW
};

START_TEST(by_hand)
{
	const struct pvhboot_bytes in = { rows[_i].bytes, rows[_i].size };
	const char *row = rows[_i].name;
	struct decoding ours;

	run(&ours, &codec_lz4, in, 64, 0);
	expect_status(row, ours.status, rows[_i].status);
	expect_eq(row, ours.decode.out_used, rows[_i].out_size);
	if (rows[_i].rule != NULL)
		ck_assert_msg(strstr(ours.decode.rule, rows[_i].rule) != NULL, "%s: '%s'", row,
			      ours.decode.rule);
	else
		expect_eq(row, ours.decode.in_used, in.size);
	close_run(&ours);
	same(in, 64, 0);
}
END_TEST

/* A literal, a match with what came before, as long as extra says, and five literals. */
START_TEST(full_block)
{
	static const uint8_t start[] = { HEADER, 0x0b, 0x01, 0, 0, 0x1f, 'a', 1, 0 };
	static const uint8_t end[] = { 0x50, 'v', 'w', 'x', 'y', 'z', END };

	for (unsigned int extra = 231; extra <= 232; extra++) {
		const enum pvhboot_status status = extra == 231 ? PVHBOOT_OK : PVHBOOT_CORRUPT;
		struct blob stream = { 0 };
		struct decoding ours;

		blob_append(&stream, start, sizeof(start));
		blob_fill(&stream, 255, 256);
		blob_put(&stream, 1, extra);
		blob_append(&stream, end, sizeof(end));
		for (size_t room = 65536; room <= 65538; room += 2) {
			run(&ours, &codec_lz4, blob_view(&stream), room, 0);
			expect_status("64 KiB or a byte more", ours.status, status);
			expect_eq("64 KiB", ours.decode.out_used, status == PVHBOOT_OK ? 65536 : 0);
			close_run(&ours);
		}
		blob_free(&stream);
	}
}
END_TEST

/* What follows is no part of it: the size that Linux's build adds, or less. The legacy format has
 * no end, so its output has to be full. */
START_TEST(behind)
{
	struct blob plain = { 0 }, stream = { 0 };
	struct decoding ours;
	size_t size;

	build(&plain, &stream, 3000, _i);
	size = stream.size;
	blob_put(&stream, 4, 0x7fffffff);
	for (; stream.size > size; stream.size--) {
		run(&ours, &codec_lz4, blob_view(&stream), plain.size, 1);
		expect_status(formats[_i].name, ours.status, PVHBOOT_OK);
		expect_eq(formats[_i].name, ours.decode.in_used, size);
		close_run(&ours);
	}
	blob_free(&plain);
	blob_free(&stream);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("grub_lz4");
	TCase *all = suite_case(suite, "lz4");

	tcase_add_loop_test(all, whole, 0, N_FORMATS);
	tcase_add_loop_test(all, cut, 0, N_FORMATS);
	tcase_add_loop_test(all, behind, 0, N_FORMATS);
	tcase_add_loop_test(all, damaged, 0, N_FORMATS);
	tcase_add_loop_test(all, by_hand, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(all, full_block);
	return suite_run(suite);
}
