/* SPDX-License-Identifier: MIT */
/* adapt/pthread.h, and LZ4 blocks decoded side by side: results and errors are
 * those of one thread. */

#define _POSIX_C_SOURCE 200809L /* pthread_barrier_t */
#include <errno.h>
#include <pthread.h>

/* What POSIX lets fail, as if the header called it. */
static int try_thread(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
		      void *arg);
static int try_mutex(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr);
#define pthread_create try_thread
#define pthread_mutex_init try_mutex
#include <pvhboot/adapt/pthread.h>
#undef pthread_create
#undef pthread_mutex_init

#include <pvhboot/codec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/blob.h"
#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/guard.h"
#include "support/msan.h"
#include "support/suite.h"

/* ---- adapt/pthread.h ---- */

static struct {
	unsigned int n_threads; /* begun */
	unsigned int fail_at;   /* the thread that cannot be, from 1; 0: all can */
	int without_mutex;
} posix;

static int try_thread(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
		      void *arg)
{
	return ++posix.n_threads == posix.fail_at ? EAGAIN :
						    pthread_create(thread, attr, start, arg);
}

static int try_mutex(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr)
{
	return posix.without_mutex ? ENOMEM : pthread_mutex_init(mutex, attr);
}

/* Which pieces were done, each in a slot of its own. */
static void count(void *arg, size_t i)
{
	((unsigned int *)arg)[i]++;
}

/* "calls work(arg, i) once for every i below n" */
START_TEST(every_piece_once)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 7, 64, 65, 1000 };

	for (unsigned int n_threads = 0; n_threads <= 9; n_threads++) {
		struct pvhboot_threads threads = { n_threads == 9 ? 1000 : n_threads };
		struct pvhboot_parallel parallel = pvhboot_threads_parallel(&threads);

		ck_assert_uint_eq(parallel.reserved, 0);
		for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
			unsigned int done[1001] = { 0 };

			ck_assert_int_eq(parallel.run(parallel.ctx, sizes[k], count, done), 0);
			for (size_t i = 0; i < 1001; i++)
				ck_assert_uint_eq(done[i], i < sizes[k]);
		}
	}
}
END_TEST

/* "where no other can be created it does all the work", and where there is no mutex, none */
START_TEST(posix_fails)
{
	struct pvhboot_threads threads = { 5 };
	struct pvhboot_parallel parallel = pvhboot_threads_parallel(&threads);
	unsigned int done[65] = { 0 };

	for (posix.fail_at = 1; posix.fail_at <= 5; posix.fail_at++) {
		posix.n_threads = 0;
		memset(done, 0, sizeof(done));
		ck_assert_int_eq(parallel.run(parallel.ctx, 64, count, done), 0);
		ck_assert_uint_eq(posix.n_threads, posix.fail_at < 5 ? posix.fail_at : 4);
		for (size_t i = 0; i < 65; i++)
			ck_assert_uint_eq(done[i], i < 64);
	}
	posix.fail_at = 0;
	posix.without_mutex = 1;
	memset(done, 0, sizeof(done));
	ck_assert_int_ne(parallel.run(parallel.ctx, 64, count, done), 0);
	posix.without_mutex = 0;
	for (size_t i = 0; i < 65; i++)
		ck_assert_uint_eq(done[i], 0);
}
END_TEST

/* Two pieces that wait for each other end only where two threads are at work. */
struct meeting {
	pthread_barrier_t barrier;
};

static void meet(void *arg, size_t i)
{
	struct meeting *meeting = arg;

	(void)i;
	(void)pthread_barrier_wait(&meeting->barrier);
}

START_TEST(threads_run_at_once)
{
	struct pvhboot_threads threads = { 4 };
	struct pvhboot_parallel parallel = pvhboot_threads_parallel(&threads);
	struct meeting meeting;

	ck_assert_int_eq(pthread_barrier_init(&meeting.barrier, NULL, 4), 0);
	ck_assert_int_eq(parallel.run(parallel.ctx, 4, meet, &meeting), 0);
	ck_assert_int_eq(pthread_barrier_destroy(&meeting.barrier), 0);
}
END_TEST

#ifdef PVHB_HAVE_LZ4

/* ---- LZ4 ---- */

#define BLOCK ((size_t)8 << 20)

/* Other ways to run work than in order. */
static int run_backwards(void *ctx, size_t n, void (*work)(void *arg, size_t i), void *arg)
{
	(void)ctx;
	while (n-- > 0)
		work(arg, n);
	return 0;
}

static int run_refuses(void *ctx, size_t n, void (*work)(void *arg, size_t i), void *arg)
{
	(void)n;
	(void)work;
	(void)arg;
	++*(unsigned int *)ctx;
	return 1;
}

/* What a decompression ended in. out is what was written, behind which nothing
 * may be. */
struct outcome {
	enum pvhboot_status status;
	size_t in_used;
	size_t out_used;
	const char *rule;
	const uint8_t *bytes;
};

/* Room for two outputs, kept from one test to the next: fresh pages cost more than
 * all of the decoding. */
static struct guard outputs[2];

static struct outcome decode(struct pvhboot_bytes in, struct guard *out, size_t out_size,
			     uint32_t exact, const struct pvhboot_parallel *parallel)
{
	struct fakealloc alloc = { 0 };
	struct outcome outcome = { 0 };
	struct pvhboot_decode decode = {
		.in = in,
		.out = guard_buffer(out, out_size),
		.allocator = fakealloc_open(&alloc),
		.max_memory = 64 << 20,
		.out_is_exact = exact,
		.parallel = parallel,
		.in_used = SIZE_MAX,
		.out_used = SIZE_MAX,
	};

	outcome.status = pvhboot_codec_lz4.decode(&decode);
	outcome.in_used = decode.in_used;
	outcome.out_used = decode.out_used;
	outcome.rule = decode.rule;
	outcome.bytes = decode.out.data;
	ck_assert_uint_eq(alloc.n_live, 0);
	return outcome;
}

static void expect_same(const char *row, const struct outcome *got, const struct outcome *want)
{
	expect_status(row, got->status, want->status);
	expect_eq(row, got->in_used, want->in_used);
	expect_eq(row, got->out_used, want->out_used);
	expect_true(row, (got->rule == NULL) == (want->rule == NULL));
	if (want->rule)
		expect_true(row, strcmp(got->rule, want->rule) == 0);
	expect_true(row, memcmp(got->bytes, want->bytes, want->out_used) == 0);
}

/* By one thread, and by others in every way: each must end as the first does. */
static enum pvhboot_status try(const char *row, const struct blob *stream, size_t out_size,
			       uint32_t exact)
{
	unsigned int n_refused = 0;
	struct pvhboot_threads two = { 2 };
	struct pvhboot_threads eight = { 8 }; /* more than there are blocks */
	const struct pvhboot_parallel ways[] = {
		{ .run = run_backwards },
		{ .ctx = &n_refused, .run = run_refuses },
		pvhboot_threads_parallel(&two),
		pvhboot_threads_parallel(&eight),
	};
	struct guard guard = guard_open(stream->size);
	struct pvhboot_bytes in = guard_at_end(&guard, blob_view(stream));
	struct outcome want = decode(in, &outputs[0], out_size, exact, NULL);

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct outcome got = decode(in, &outputs[1], out_size, exact, &ways[i]);
		char name[96];

		snprintf(name, sizeof(name), "%s, way %zu", row, i);
		expect_same(name, &got, &want);
	}
	guard_close(&guard);
	return want.status;
}

/* size bytes, mostly repeated: LZ4 is fast on them. */
static void contents(struct blob *out, uint32_t seed, size_t size)
{
	struct blob piece = { 0 };

	blob_pattern(&piece, seed, 4096);
	while (size > 0) {
		size_t part = size < piece.size ? size : piece.size;

		blob_append(out, piece.data, part);
		store_le(piece.data + size % 4000, 4, size);
		size -= part;
	}
	blob_free(&piece);
}

static void pack(struct blob *out, uint32_t seed, size_t size, size_t block)
{
	const struct bz_codec settings = { .lz4_block = block };
	struct blob plain = { 0 };

	contents(&plain, seed, size);
	bz_compress(out, PVHBOOT_COMPRESSION_LZ4, blob_view(&plain), &settings);
	blob_free(&plain);
}

/* Where block i's size stands in a frame. */
static size_t block_at(const struct blob *frame, size_t i)
{
	size_t at = 4;

	while (i-- > 0)
		at += 4 + (size_t)load_le(frame->data + at, 4);
	return at;
}

#define SIZE (2 * BLOCK + 12345) /* of what most tests pack: three blocks */
#define MAX_SIZE (4 * BLOCK)

START_TEST(whole_frames)
{
	static const size_t sizes[] = { 1, BLOCK, BLOCK + 1, SIZE };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct blob frame = { 0 };
		char row[48];

		snprintf(row, sizeof(row), "%zu bytes", sizes[i]);
		pack(&frame, 1, sizes[i], 0);
		for (uint32_t exact = 0; exact <= 1; exact++)
			expect_status(row, try(row, &frame, sizes[i], exact), PVHBOOT_OK);
		expect_status(row, try("more room", &frame, sizes[i] + BLOCK, 0), PVHBOOT_OK);
		blob_free(&frame);
	}
}
END_TEST

/* Runs the pieces, then leaves a mark in what they wrote: decoding in order once more
 * would overwrite it. */
struct marker {
	uint8_t *at;
	unsigned int n_calls;
	size_t n_pieces;
};

static int run_and_mark(void *ctx, size_t n, void (*work)(void *arg, size_t i), void *arg)
{
	struct marker *marker = ctx;

	for (size_t i = 0; i < n; i++)
		work(arg, i);
	*marker->at ^= 0xff;
	marker->n_calls++;
	marker->n_pieces = n;
	return 0;
}

/* Blocks that are as they should be are decoded once, each as a piece; a single one
 * is no work to be shared. */
START_TEST(pieces_count)
{
	/* the first two are all that a slow checker sees */
	static const size_t sizes[] = { BLOCK + 1,    1, BLOCK - 1, BLOCK, 2 * BLOCK, 2 * BLOCK + 1,
					3 * BLOCK - 1 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]);
	     i += i == 0 ? 1 : (size_t)suite_step(1)) {
		size_t n_blocks = (sizes[i] + BLOCK - 1) / BLOCK;
		struct pvhboot_buffer out = guard_buffer(&outputs[0], sizes[i]);
		struct marker marker = { .at = out.data };
		struct pvhboot_parallel parallel = { .ctx = &marker, .run = run_and_mark };
		struct blob frame = { 0 };
		struct blob plain = { 0 };
		struct outcome got;
		char row[32];

		snprintf(row, sizeof(row), "%zu bytes", sizes[i]);
		contents(&plain, 12, sizes[i]);
		pack(&frame, 12, sizes[i], 0);
		got = decode(blob_view(&frame), &outputs[0], sizes[i], 1, &parallel);
		expect_status(row, got.status, PVHBOOT_OK);
		expect_eq(row, got.out_used, sizes[i]);
		expect_eq(row, got.in_used, frame.size);
		expect_eq(row, marker.n_calls, n_blocks > 1);
		if (n_blocks > 1) {
			expect_eq(row, marker.n_pieces, n_blocks);
			plain.data[0] ^= 0xff;
		}
		expect_true(row, memcmp(got.bytes, plain.data, sizes[i]) == 0);
		blob_free(&frame);
		blob_free(&plain);
	}
}
END_TEST

/* The guest memory behind the output is another's. */
START_TEST(too_little_room)
{
	static const size_t sizes[] = { 0, 1, BLOCK, BLOCK + 1, 2 * BLOCK, SIZE - 1 };
	struct blob frame = { 0 };

	pack(&frame, 2, SIZE, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char row[48];

		snprintf(row, sizeof(row), "room for %zu", sizes[i]);
		for (uint32_t exact = 0; exact <= 1; exact++)
			expect_status(row, try(row, &frame, sizes[i], exact), PVHBOOT_NOSPACE);
	}
	blob_free(&frame);
}
END_TEST

/* The same, in the middle of memory that can be written: nothing of it is. */
START_TEST(nothing_behind)
{
	static const size_t sizes[] = { 0, 1, BLOCK, BLOCK + 1 };
	struct pvhboot_threads threads = { 2 };
	struct pvhboot_parallel parallel = pvhboot_threads_parallel(&threads);
	struct pvhboot_buffer all = guard_buffer(&outputs[0], MAX_SIZE);
	struct blob frame = { 0 };

	msan_written(all.data, all.size);
	pack(&frame, 2, SIZE, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct pvhboot_decode decode = {
			.in = blob_view(&frame),
			.out = { all.data, sizes[i] },
			.max_memory = 1 << 20,
			.parallel = &parallel,
		};
		size_t at = sizes[i];

		expect_status("behind", pvhboot_codec_lz4.decode(&decode), PVHBOOT_NOSPACE);
		while (at < all.size && all.data[at] == 0xa5)
			at++;
		expect_eq("behind", at, all.size);
	}
	blob_free(&frame);
}
END_TEST

/* Bits flip in the first, a middle and the last block, and in their sizes. */
START_TEST(damaged_blocks)
{
	struct blob frame = { 0 };
	size_t n_told = 0;

	pack(&frame, 3, SIZE, 0);
	for (size_t block = 0; block < 3; block++) {
		size_t at = block_at(&frame, block);
		size_t packed = (size_t)load_le(frame.data + at, 4);
		const size_t places[] = {
			at, at + 1, at + 2, at + 3, at + 4, at + 4 + packed / 2, at + 3 + packed
		};

		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			uint8_t before = frame.data[places[i]];
			char row[48];

			snprintf(row, sizeof(row), "block %zu, place %zu", block, i);
			frame.data[places[i]] ^= (uint8_t)(i < 4 ? 1 : 0xff);
			if (try(row, &frame, SIZE, 1) != PVHBOOT_OK)
				n_told++;
			frame.data[places[i]] = before;
		}
	}
	ck_assert_uint_gt(n_told, 10);
	blob_free(&frame);
}
END_TEST

START_TEST(cut_anywhere)
{
	struct blob frame = { 0 };
	size_t size;

	pack(&frame, 4, SIZE, 0);
	size = frame.size;
	for (size_t block = 0; block < 3; block++) {
		size_t at = block_at(&frame, block);
		size_t packed = (size_t)load_le(frame.data + at, 4);
		const size_t ends[] = { at, at + 1, at + 4, at + 4 + packed / 2, at + 3 + packed };

		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
			char row[48];

			snprintf(row, sizeof(row), "block %zu, cut %zu", block, i);
			frame.size = ends[i];
			/* a frame may end behind any block, but not within one */
			expect_status(row, try(row, &frame, SIZE, 1),
				      i == 0 ? PVHBOOT_OK : PVHBOOT_TRUNCATED);
		}
		frame.size = size;
	}
	blob_free(&frame);
}
END_TEST

/* Blocks of other sizes than 8 MiB start where the ones before them end. */
START_TEST(odd_blocks)
{
	static const size_t blocks[] = { 100000, BLOCK / 2, BLOCK - 1 };
	struct blob frame = { 0 };

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		char row[48];

		snprintf(row, sizeof(row), "blocks of %zu", blocks[i]);
		frame.size = 0;
		pack(&frame, 5, BLOCK + 7, blocks[i]);
		expect_status(row, try(row, &frame, BLOCK + 7, 1), PVHBOOT_OK);
		expect_status(row, try(row, &frame, BLOCK, 1), PVHBOOT_NOSPACE);
	}
	/* short in the middle only, and a last block of nothing */
	frame.size = 0;
	pack(&frame, 6, BLOCK + 5, 0);
	blob_put(&frame, 4, 1);
	blob_put(&frame, 1, 0);
	expect_status("empty", try("empty", &frame, BLOCK + 5 + 10, 0), PVHBOOT_OK);
	blob_free(&frame);
}
END_TEST

/* As `cat a.lz4 b.lz4` makes them. */
START_TEST(frames_in_a_row)
{
	struct blob frames = { 0 };
	size_t end;

	pack(&frames, 7, 2 * BLOCK, 0);
	pack(&frames, 8, BLOCK + 3, 0);
	pack(&frames, 9, 10, 0);
	end = 3 * BLOCK + 13;
	expect_status("all", try("all", &frames, end, 1), PVHBOOT_OK);
	expect_status("less", try("less", &frames, end - 1, 1), PVHBOOT_NOSPACE);
	expect_status("more", try("more", &frames, end + 1, 0), PVHBOOT_OK);
	blob_free(&frames);
	/* the first of them not full: the second starts in the middle of a block */
	pack(&frames, 7, BLOCK + 3, 0);
	pack(&frames, 8, BLOCK + 5, 0);
	expect_status("short", try("short", &frames, 2 * BLOCK + 8, 1), PVHBOOT_OK);
	blob_free(&frames);
}
END_TEST

/* Behind a full output stands what is no block, or what looks like one. */
START_TEST(bytes_behind)
{
	static const struct {
		size_t size;
		uint8_t value;
	} tails[] = { { 3, 9 }, { 4, 0 }, { 4, 0xff }, { 100, 1 } };

	struct blob frame = { 0 };
	size_t packed_size;

	pack(&frame, 10, 2 * BLOCK, 0);
	packed_size = frame.size;
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		char row[48];

		snprintf(row, sizeof(row), "%zu bytes of %u", tails[i].size, tails[i].value);
		frame.size = packed_size;
		blob_fill(&frame, tails[i].value, tails[i].size);
		(void)try(row, &frame, 2 * BLOCK, 1);
		(void)try(row, &frame, 2 * BLOCK, 0);
		(void)try(row, &frame, 2 * BLOCK + 1, 1);
		/* a complete block more: of one literal, in 2 bytes */
		blob_put(&frame, 4, 2);
		blob_put(&frame, 2, 0x4110);
		(void)try(row, &frame, 2 * BLOCK, 1);
		(void)try(row, &frame, 2 * BLOCK + 9, 0);
	}
	blob_free(&frame);
}
END_TEST

/* The frame proper has no use for threads, and takes no harm from them. */
START_TEST(frame_proper)
{
	const struct bz_codec settings = { .lz4_frame = BZ_LZ4_FRAME | BZ_LZ4_4MIB };
	struct blob plain = { 0 };
	struct blob frame = { 0 };

	contents(&plain, 11, BLOCK + BLOCK / 2);
	bz_compress(&frame, PVHBOOT_COMPRESSION_LZ4, blob_view(&plain), &settings);
	expect_status("frame", try("frame", &frame, plain.size, 1), PVHBOOT_OK);
	blob_free(&plain);
	blob_free(&frame);
}
END_TEST

#endif

int main(void)
{
	Suite *suite = suite_create("parallel");
	TCase *threads = suite_case(suite, "threads");
	int failed;
#ifdef PVHB_HAVE_LZ4
	TCase *lz4 = suite_case(suite, "lz4");

	for (size_t i = 0; i < 2; i++)
		outputs[i] = guard_open(MAX_SIZE);
	tcase_add_test(lz4, whole_frames);
	tcase_add_test(lz4, pieces_count);
	tcase_add_test(lz4, too_little_room);
	tcase_add_test(lz4, nothing_behind);
	tcase_add_test(lz4, damaged_blocks);
	tcase_add_test(lz4, cut_anywhere);
	tcase_add_test(lz4, odd_blocks);
	tcase_add_test(lz4, frames_in_a_row);
	tcase_add_test(lz4, bytes_behind);
	tcase_add_test(lz4, frame_proper);
#endif
	tcase_add_test(threads, every_piece_once);
	tcase_add_test(threads, posix_fails);
	tcase_add_test(threads, threads_run_at_once);
	failed = suite_run(suite);
#ifdef PVHB_HAVE_LZ4
	for (size_t i = 0; i < 2; i++)
		guard_close(&outputs[i]);
#endif
	return failed;
}
