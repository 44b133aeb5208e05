/* SPDX-License-Identifier: MIT */
/* The decoder of examples/grub for LZ4, against the library's, between unreadable pages. */

#include <pvhboot/codec.h>
#include <stdbool.h>
#include <string.h>

#include "../examples/grub/lz4.h"
#include "support/blob.h"
#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/random.h"
#include "support/suite.h"

#define BLOCK_SIZE (8u << 20)

struct decoding {
	struct guard in;
	struct guard out;
	struct pvhboot_decode decode;
	enum pvhboot_status status;
};

static void run(struct decoding *run, const struct pvhboot_codec *codec, struct pvhboot_bytes in,
		size_t out_size, uint32_t out_is_exact)
{
	const struct pvhboot_decode given = { .out_is_exact = out_is_exact,
					      .max_memory = 1,
					      .in_used = SIZE_MAX,
					      .out_used = SIZE_MAX };

	run->in = guard_open(in.size);
	run->out = guard_open(out_size);
	run->decode = given;
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
	struct decoding ours, theirs;
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

static void build(struct blob *plain, struct blob *stream, size_t size)
{
	static const struct bz_codec settings = { 0 };

	blob_pattern(plain, 42, size);
	bz_compress(stream, PVHBOOT_COMPRESSION_LZ4, blob_view(plain), &settings);
}

START_TEST(whole)
{
	static const size_t sizes[] = { 1, 12, 13, 20000, BLOCK_SIZE, BLOCK_SIZE + 1 };
	struct blob plain = { 0 }, stream = { 0 };
	const size_t size = sizes[_i];
	struct decoding ours;

	build(&plain, &stream, size);
	run(&ours, &codec_lz4, blob_view(&stream), size, 1);
	expect_status("whole", ours.status, PVHBOOT_OK);
	ck_assert_uint_eq(ours.decode.in_used, stream.size);
	ck_assert_uint_eq(ours.decode.out_used, size);
	ck_assert_mem_eq(ours.decode.out.data, plain.data, size);
	close_run(&ours);

	run(&ours, &codec_lz4, blob_view(&stream), size - 1, 0);
	expect_status("one byte less", ours.status, PVHBOOT_NOSPACE);
	ck_assert_uint_eq(ours.decode.out_used, size - 1);
	ck_assert_mem_eq(ours.decode.out.data, plain.data, size - 1);
	close_run(&ours);
	blob_free(&plain);
	blob_free(&stream);
}
END_TEST

/* At each length of the stream. */
START_TEST(cut)
{
	struct blob plain = { 0 }, stream = { 0 };
	struct pvhboot_bytes in;
	struct decoding ours;

	build(&plain, &stream, 3000);
	in = blob_view(&stream);
	for (in.size = 5; in.size < stream.size; in.size++) {
		run(&ours, &codec_lz4, in, plain.size, 1);
		expect_status("cut", ours.status, PVHBOOT_TRUNCATED);
		close_run(&ours);
	}
	blob_free(&plain);
	blob_free(&stream);
}
END_TEST

/* Up to three bytes of it changed, and more room or less. */
START_TEST(damaged)
{
	struct blob plain = { 0 }, stream = { 0 };
	uint8_t bytes[4096];
	uint64_t i, n = suite_rounds(5000), n_both = 0;

	build(&plain, &stream, 3000);
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
	ck_assert_uint_gt(n_both, n / 100);
	blob_free(&plain);
	blob_free(&stream);
}
END_TEST

/* The other format of LZ4, and none at all. */
START_TEST(other_format)
{
	static const uint8_t frame[8] = { 0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73, 0 };
	struct pvhboot_bytes in = { frame, 0 };
	struct decoding ours;

	for (; in.size <= sizeof(frame); in.size++) {
		run(&ours, &codec_lz4, in, 16, 0);
		expect_status("frame", ours.status, PVHBOOT_UNSUPPORTED);
		ck_assert_uint_eq(ours.decode.out_used, 0);
		close_run(&ours);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("grub_lz4");
	TCase *all = suite_case(suite, "lz4");

	tcase_add_loop_test(all, whole, 0, 6);
	tcase_add_test(all, cut);
	tcase_add_test(all, damaged);
	tcase_add_test(all, other_format);
	return suite_run(suite);
}
