/* SPDX-License-Identifier: MIT */
/* lib/base/{sort,range,span}.h and lib/image/codec/memory.h, which the public API
 * reaches only in part. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "../lib/image/codec/memory.h"
#include "../lib/image/unpack.h"
#include "../lib/base/env.h"
#include "../lib/base/range.h"
#include "../lib/base/sort.h"
#include "../lib/base/span.h"
#include "support/blob.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/guard.h"
#include "support/msan.h"
#include "support/random.h"
#include "support/suite.h"

/* Elements of any size that start with a number. */
static size_t n_compared;
static unsigned int key_width;

static bool is_less(const void *a, const void *b)
{
	n_compared++;
	return load_le(a, key_width) < load_le(b, key_width);
}

static uint64_t key_of(int shape, size_t i, size_t n)
{
	switch (shape) {
	case 0:
		return i; /* sorted */
	case 1:
		return n - i; /* reversed */
	case 2:
		return 7; /* all equal */
	case 3:
		return i < n / 2 ? i : n - i; /* up and down */
	case 4:
		return i % 3; /* few values */
	default:
		return random_below(n * 2);
	}
}

static int is_sorted(const uint8_t *elements, size_t n, size_t size)
{
	for (size_t i = 1; i < n; i++) {
		if (load_le(elements + (i - 1) * size, key_width) >
		    load_le(elements + i * size, key_width))
			return 0;
	}
	return 1;
}

/* Each number from 0 to n - 1 once, with its own bytes behind it. */
static int is_permutation(const uint8_t *elements, size_t n, size_t size, uint8_t *seen)
{
	for (size_t i = 0; i < n; i++) {
		const uint8_t *element = elements + i * size;
		size_t was = (size_t)load_le(element + 2, 4);

		if (was >= n || seen[was]++)
			return 0;
		for (size_t b = 6; b < size; b++) {
			if (element[b] != was % 251)
				return 0;
		}
	}
	return 1;
}

START_TEST(sorting)
{
	static const size_t counts[] = { 0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 100, 1000 };
	static const size_t sizes[] = { 1, 4, 8, 16, 24, 40, PVHB_SORT_MAX_SIZE };

	for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]) * 7; k++) {
		size_t n = counts[k / 7];
		size_t size = sizes[k % 7];
		size_t log = 0;
		uint8_t *elements = must_alloc(n * size + 1);
		uint8_t *seen = must_alloc(n);

		random_start(12345 + k);
		key_width = size < 4 ? 1 : 2;
		for (size_t i = 0; i < n; i++) {
			store_le(elements + i * size, key_width, key_of(_i, i, n));
			/* What follows the key tells whether elements stay whole. */
			if (size >= 8) {
				store_le(elements + i * size + 2, 4, i);
				memset(elements + i * size + 6, (int)(i % 251), size - 6);
			}
		}
		elements[n * size] = 0x77;
		n_compared = 0;
		pvhb_sort(elements, n, size, is_less);
		ck_assert_uint_eq(elements[n * size], 0x77);
		ck_assert_msg(is_sorted(elements, n, size), "%zu of %zu bytes: not sorted", n,
			      size);
		if (size >= 8)
			ck_assert_msg(is_permutation(elements, n, size, seen),
				      "%zu of %zu bytes: not the same elements", n, size);
		/* n log n, on any input. */
		while ((size_t)1 << log < n + 1)
			log++;
		ck_assert_uint_le(n_compared, 3 * n * (log + 1));
		free(elements);
		free(seen);
	}
}
END_TEST

/* Equal elements come in an order that depends on the input alone. */
START_TEST(sorting_is_deterministic)
{
	uint8_t a[100 * 8];
	uint8_t b[100 * 8];

	key_width = 2;
	random_start(99);
	for (size_t i = 0; i < 100; i++) {
		store_le(a + 8 * i, 8, i << 32 | random_below(4));
		memcpy(b + 8 * i, a + 8 * i, 8);
	}
	pvhb_sort(a, 100, 8, is_less);
	pvhb_sort(b, 100, 8, is_less);
	ck_assert_int_eq(memcmp(a, b, sizeof(a)), 0);
}
END_TEST

/* All thirteen ways in which two intervals can lie. */
START_TEST(overlap)
{
	static const struct {
		const char *name;
		struct pvhboot_range a, b;
		int overlaps;
	} rows[] = {
		{ "before", { 10, 20 }, { 30, 40 }, 0 },
		{ "meets", { 10, 20 }, { 20, 30 }, 0 },
		{ "overlaps", { 10, 20 }, { 15, 30 }, 1 },
		{ "starts", { 10, 20 }, { 10, 30 }, 1 },
		{ "during", { 15, 18 }, { 10, 30 }, 1 },
		{ "finishes", { 20, 30 }, { 10, 30 }, 1 },
		{ "equals", { 10, 20 }, { 10, 20 }, 1 },
		{ "finished by", { 10, 30 }, { 20, 30 }, 1 },
		{ "contains", { 10, 30 }, { 15, 18 }, 1 },
		{ "started by", { 10, 30 }, { 10, 20 }, 1 },
		{ "overlapped by", { 15, 30 }, { 10, 20 }, 1 },
		{ "met by", { 20, 30 }, { 10, 20 }, 0 },
		{ "after", { 30, 40 }, { 10, 20 }, 0 },
		{ "by one byte", { 10, 20 }, { 19, 30 }, 1 },
		{ "at the end of all", { 0, UINT64_MAX }, { UINT64_MAX - 1, UINT64_MAX }, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_eq(rows[i].name, pvhb_overlap(rows[i].a, rows[i].b), rows[i].overlaps);
}
END_TEST

START_TEST(within)
{
	static const struct {
		uint64_t total, offset, size;
		int is;
	} rows[] = {
		{ 0, 0, 0, 1 },
		{ 0, 0, 1, 0 },
		{ 0, 1, 0, 0 },
		{ 10, 0, 10, 1 },
		{ 10, 0, 11, 0 },
		{ 10, 10, 0, 1 },
		{ 10, 10, 1, 0 },
		{ 10, 11, 0, 0 },
		{ 10, UINT64_MAX, 1, 0 },
		{ 10, 1, UINT64_MAX, 0 },
		{ 10, UINT64_MAX, UINT64_MAX, 0 },
		{ UINT64_MAX, UINT64_MAX, 0, 1 },
		{ UINT64_MAX, 1, UINT64_MAX - 1, 1 },
		{ UINT64_MAX, 1, UINT64_MAX, 0 },
		{ UINT64_MAX, UINT64_MAX, 1, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char row[32];

		snprintf(row, sizeof(row), "row %zu", i);
		expect_eq(row, pvhb_within(rows[i].total, rows[i].offset, rows[i].size),
			  rows[i].is);
	}
}
END_TEST

START_TEST(arithmetic)
{
	uint64_t out = 4711;

	ck_assert(pvhb_add(UINT64_MAX - 1, 1, &out) && out == UINT64_MAX);
	ck_assert(pvhb_add(0, UINT64_MAX, &out) && out == UINT64_MAX);
	out = 4711;
	ck_assert(!pvhb_add(UINT64_MAX, 1, &out) && out == 4711);
	ck_assert(!pvhb_add(UINT64_C(1) << 63, UINT64_C(1) << 63, &out) && out == 4711);

	ck_assert(pvhb_align_up(0, 4096, &out) && out == 0);
	ck_assert(pvhb_align_up(1, 4096, &out) && out == 4096);
	ck_assert(pvhb_align_up(4096, 4096, &out) && out == 4096);
	ck_assert(pvhb_align_up(4097, 1, &out) && out == 4097);
	ck_assert(pvhb_align_up(UINT64_MAX - 4095, 4096, &out) && out == UINT64_MAX - 4095);
	out = 4711;
	ck_assert(!pvhb_align_up(UINT64_MAX - 4094, 4096, &out) && out == 4711);

	ck_assert(!pvhb_is_power_of_two(0));
	for (unsigned int bit = 0; bit < 64; bit++) {
		ck_assert(pvhb_is_power_of_two(UINT64_C(1) << bit));
		if (bit > 1)
			ck_assert(!pvhb_is_power_of_two((UINT64_C(1) << bit) - 1));
		if (bit > 0)
			ck_assert(!pvhb_is_power_of_two((UINT64_C(1) << bit) + 1));
	}
}
END_TEST

START_TEST(loads)
{
	static const uint8_t bytes[] = { 0, 0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8 };
	const struct pvhboot_bytes view = { bytes, sizeof(bytes) };

	ck_assert_uint_eq(pvhb_load8(view, 1), 0x81);
	ck_assert_uint_eq(pvhb_load16(view, 1), 0x9281);
	ck_assert_uint_eq(pvhb_load32(view, 1), 0xb4a39281);
	ck_assert_uint_eq(pvhb_load64(view, 1), UINT64_C(0xf8e7d6c5b4a39281));
	ck_assert(pvhb_equal(pvhb_slice(view, 2, 2), "\x92\xa3", 2));
	ck_assert(!pvhb_equal(pvhb_slice(view, 2, 2), "\x92\xa3", 1));
	ck_assert(pvhb_equal((struct pvhboot_bytes){ NULL, 0 }, "", 0));
}
END_TEST

/* Whether bytes are in the way of others of the same page. */
START_TEST(touches)
{
	static const uint8_t page[64];
	static const struct {
		const char *name;
		size_t at, size, to, to_size;
		int is;
	} rows[] = {
		{ "in front", 0, 10, 10, 10, 0 },      { "behind", 20, 10, 10, 10, 0 },
		{ "its last byte", 1, 10, 10, 10, 1 }, { "its first byte", 19, 10, 10, 10, 1 },
		{ "around", 0, 64, 10, 10, 1 },        { "within", 12, 1, 10, 10, 1 },
		{ "the same", 10, 10, 10, 10, 1 },     { "no bytes within", 15, 0, 10, 10, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct pvhboot_bytes bytes = { page + rows[i].at, rows[i].size };

		expect_eq(rows[i].name, pvhb_touches(bytes, page + rows[i].to, rows[i].to_size),
			  rows[i].is);
	}
}
END_TEST

/* The next multiple of 8, which may be where the workspace starts. */
START_TEST(aligned)
{
	static uint8_t room[32];
	uint8_t *multiple = room + (8 - (uintptr_t)room % 8) % 8;

	ck_assert_ptr_eq(pvhb_aligned(multiple), multiple);
	for (size_t i = 1; i <= 8; i++)
		ck_assert_ptr_eq(pvhb_aligned(multiple + i), multiple + 8);
}
END_TEST

/* Lists of ranges against one byte an address, in a space of 256. */
#define SPACE 256u

static void paint(uint8_t *board, const struct pvhb_ranges *ranges, uint8_t colour)
{
	for (size_t i = 0; i < ranges->n; i++) {
		for (uint64_t at = ranges->at[i].start; at < ranges->at[i].end; at++)
			board[at] = colour;
	}
}

static void expect_clean(const char *row, const struct pvhb_ranges *ranges)
{
	for (size_t i = 0; i < ranges->n; i++) {
		expect_true(row, ranges->at[i].start < ranges->at[i].end);
		if (i > 0)
			expect_true(row, ranges->at[i].start > ranges->at[i - 1].end);
	}
}

static void random_ranges(struct pvhb_ranges *ranges, size_t max)
{
	ranges->n = (size_t)random_below(max + 1);
	for (size_t i = 0; i < ranges->n; i++) {
		ranges->at[i].start = random_below(SPACE);
		ranges->at[i].end =
			ranges->at[i].start + random_below(SPACE - ranges->at[i].start + 1);
		/* Mostly short ones, so that there are several. */
		if (random_below(4) && ranges->at[i].end > ranges->at[i].start + 20)
			ranges->at[i].end = ranges->at[i].start + random_below(20);
	}
}

/* A list whose array ends at, or starts behind, an unreadable page. */
static struct pvhb_ranges at_end(const struct guard *guard, struct pvhb_ranges list)
{
	const size_t size = list.n * sizeof(list.at[0]);

	return (struct pvhb_ranges){ memcpy(guard->end - size, list.at, size), list.n };
}

static struct pvhb_ranges at_start(const struct guard *guard, struct pvhb_ranges list)
{
	return (struct pvhb_ranges){ memcpy(guard->first, list.at, list.n * sizeof(list.at[0])),
				     list.n };
}

/* What is asked of a clean list, beside the board that it paints. */
static void expect_answers(const char *row, const struct pvhb_ranges *list, const uint8_t *board)
{
	for (int i = 0; i < 20; i++) {
		uint64_t start = random_below(SPACE);
		uint64_t end = start + 1 + random_below(SPACE - start);
		const struct pvhboot_range wanted = { start, end };
		uint64_t gap = start;

		while (gap < end && board[gap])
			gap++;
		expect_eq(row, pvhb_ranges_first_gap(list, wanted), gap);
		expect_eq(row, pvhb_ranges_touch(list, wanted),
			  memchr(board + start, 1, end - start) != NULL);
	}
}

/* Cut anywhere, the list covers the same, and a range starts there that did not
 * before only where one was cut. */
static void expect_cut(const char *row, const struct guard *guard, struct pvhb_ranges list,
		       uint64_t gpa, const uint8_t *board)
{
	const int is_inside = gpa > 0 && board[gpa - 1] && board[gpa];
	uint8_t got[SPACE + 1] = { 0 };
	size_t n = list.n, first;

	list.n += (size_t)is_inside;
	list = at_end(guard, list);
	list.n = n;
	first = pvhb_ranges_cut(&list, gpa);
	expect_eq(row, list.n, n + (size_t)is_inside);
	for (size_t i = 0; i < list.n; i++) {
		expect_true(row, list.at[i].start < list.at[i].end);
		if (i < first)
			expect_true(row, list.at[i].end <= gpa);
		else
			expect_true(row, list.at[i].start >= gpa);
		if (i > 0)
			expect_true(row, list.at[i].start > list.at[i - 1].end ||
						 list.at[i].start == gpa);
	}
	paint(got, &list, 1);
	expect_true(row, memcmp(got, board, sizeof(got)) == 0);
}

START_TEST(range_lists)
{
	struct guard guards[3];

	for (size_t i = 0; i < 3; i++)
		guards[i] = guard_open(25 * sizeof(struct pvhboot_range));
	for (uint64_t seed = 1; seed <= suite_rounds(2000); seed++) {
		struct pvhboot_range from_room[12];
		struct pvhboot_range what_room[12];
		struct pvhboot_range out_room[25] = { { 0, 0 } };
		struct pvhb_ranges from = { from_room, 0 };
		struct pvhb_ranges what = { what_room, 0 };
		struct pvhb_ranges out = { out_room, 0 };
		uint8_t board[SPACE + 1] = { 0 };
		uint8_t want[SPACE + 1] = { 0 };
		char row[32];

		snprintf(row, sizeof(row), "seed %" PRIu64, seed);
		random_start(seed * 7919);
		random_ranges(&from, 12);
		random_ranges(&what, 12);

		paint(want, &from, 1);
		from = at_start(&guards[0], from);
		pvhb_ranges_clean(&from);
		expect_clean(row, &from);
		paint(board, &from, 1);
		expect_true(row, memcmp(board, want, sizeof(board)) == 0);

		paint(want, &what, 0);
		what = at_end(&guards[1], what);
		pvhb_ranges_clean(&what);
		expect_clean(row, &what);
		memcpy(from_room, from.at, from.n * sizeof(from.at[0]));
		from = at_end(&guards[0], (struct pvhb_ranges){ from_room, from.n });
		memcpy(what_room, what.at, what.n * sizeof(what.at[0]));
		what = at_end(&guards[1], (struct pvhb_ranges){ what_room, what.n });
		pvhb_ranges_subtract(&from, &what, &out);
		expect_true(row, out.n <= from.n + what.n);
		expect_clean(row, &out);
		memset(board, 0, sizeof(board));
		paint(board, &out, 1);
		expect_true(row, memcmp(board, want, sizeof(board)) == 0);

		out = at_end(&guards[2], out);
		expect_answers(row, &out, board);
		memcpy(out_room, out.at, out.n * sizeof(out.at[0]));
		out.at = out_room;
		for (uint64_t gpa = 0; gpa < SPACE; gpa += 1 + random_below(4))
			expect_cut(row, &guards[2], out, gpa, board);
	}
	for (size_t i = 0; i < 3; i++)
		guard_close(&guards[i]);
}
END_TEST

START_TEST(ranges_at_the_end_of_all)
{
	struct pvhboot_range room[4] = { { UINT64_MAX - 1, UINT64_MAX },
					 { 0, UINT64_MAX - 1 },
					 { 5, 5 },
					 { UINT64_MAX, UINT64_MAX } };
	struct pvhboot_range hole[1] = { { 1, UINT64_MAX - 2 } };
	struct pvhboot_range out_room[5];
	struct pvhb_ranges from = { room, 4 };
	struct pvhb_ranges what = { hole, 1 };
	struct pvhb_ranges out = { out_room, 0 };

	pvhb_ranges_clean(&from);
	ck_assert_uint_eq(from.n, 1);
	ck_assert_uint_eq(room[0].start, 0);
	ck_assert_uint_eq(room[0].end, UINT64_MAX);
	pvhb_ranges_subtract(&from, &what, &out);
	ck_assert_uint_eq(out.n, 2);
	ck_assert_uint_eq(out_room[0].end, 1);
	ck_assert_uint_eq(out_room[1].start, UINT64_MAX - 2);
	ck_assert_uint_eq(pvhb_ranges_first_gap(&out, (struct pvhboot_range){ 0, 10 }), 1);
}
END_TEST

/* Up to its limit and not a byte more; what was released counts no more. */
START_TEST(codec_memory)
{
	struct fakealloc alloc = { 0 };
	const struct pvhboot_decode decode = { .allocator = fakealloc_open(&alloc),
					       .max_memory = 1000 };
	struct pvhb_codec_memory memory = pvhb_codec_memory(&decode);
	const size_t most = 1000 - PVHB_CODEC_HEADER;
	void *first, *second;

	for (int i = 0; i < 3; i++) {
		first = pvhb_codec_alloc(&memory, 1, most);
		ck_assert_ptr_nonnull(first);
		memset(first, 0, most);
		ck_assert_uint_eq(memory.needed, 0);
		pvhb_codec_release(&memory, first);
		ck_assert_uint_eq(memory.left, 1000);
	}
	/* none of a thing, or some of nothing */
	first = pvhb_codec_alloc(&memory, 7, 0);
	second = pvhb_codec_alloc(&memory, 0, 7);
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(second);
	pvhb_codec_release(&memory, first);
	pvhb_codec_release(&memory, second);
	pvhb_codec_release(&memory, NULL);
	ck_assert_uint_eq(memory.needed, 0);
	ck_assert_ptr_null(pvhb_codec_alloc(&memory, 1, most + 1));
	ck_assert_uint_eq(memory.needed, 1001);
	/* sizes that wrap are nobody's limit, and never asked for */
	memory = pvhb_codec_memory(&decode);
	memory.left = UINT64_MAX;
	alloc.n_calls = 0;
	ck_assert_ptr_null(pvhb_codec_alloc(&memory, SIZE_MAX / 2 + 1, 2));
	ck_assert_ptr_null(pvhb_codec_alloc(&memory, 1, SIZE_MAX));
	ck_assert_ptr_null(pvhb_codec_alloc(&memory, 1, SIZE_MAX - PVHB_CODEC_HEADER + 1));
	ck_assert_uint_eq(alloc.n_calls, 0);
	/* the largest that does not, which is asked for */
	alloc.fail_above = 1000;
	ck_assert_ptr_null(pvhb_codec_alloc(&memory, 1, SIZE_MAX - PVHB_CODEC_HEADER));
	ck_assert_uint_eq(alloc.failed_size, SIZE_MAX);
	ck_assert_uint_eq(alloc.n_live, 0);
	ck_assert_uint_eq(alloc.n_misuse, 0);
}
END_TEST

/* MemorySanitizer has a malloc() of its own, which counts nothing. */
#if defined(__GLIBC__) && !defined(WITH_MSAN)
#if __GLIBC_PREREQ(2, 33)
#define HAVE_MALLINFO2
#endif
#endif

#ifdef HAVE_MALLINFO2
/* What a host's allocator is given back, malloc() has back. */
START_TEST(host_memory)
{
	const struct pvhboot_allocator *host = pvhb_default_allocator();
	struct mallinfo2 before = mallinfo2();
	struct mallinfo2 after;
	size_t size = (size_t)1 << 20;

	for (size_t i = 0; i < 64; i++) {
		void *memory = host->alloc(host->ctx, size);

		ck_assert_ptr_nonnull(memory);
		memset(memory, 1, 4096);
		host->release(host->ctx, memory);
	}
	after = mallinfo2();
	/* Check allocates too, but not as much */
	ck_assert_uint_lt(after.uordblks + after.hblkhd, before.uordblks + before.hblkhd + size);
}
END_TEST
#endif

static enum pvhboot_status start_status;

static enum pvhboot_status decode_some(struct pvhboot_decode *decode)
{
	decode->out_used = 4;
	return start_status;
}

/* "Where something is wrong with the image that is nothing", though a part came out. */
START_TEST(start_of_an_image)
{
	static const struct pvhboot_codec codec = { PVHBOOT_COMPRESSION_XZ, 0, decode_some };
	static const struct pvhboot_codec *const codecs[] = { &codec, NULL };
	static const struct {
		enum pvhboot_status status;
		size_t size;
	} rows[] = {
		{ PVHBOOT_OK, 4 },      { PVHBOOT_NOSPACE, 4 }, { PVHBOOT_CORRUPT, 0 },
		{ PVHBOOT_TRUNCATED, 0 }, { PVHBOOT_NOMEM, 0 },   { PVHBOOT_LIMIT, 0 },
	};
	const struct pvhboot_image image = { .compression = PVHBOOT_COMPRESSION_XZ };
	struct fakealloc alloc = { 0 };
	struct pvhboot_allocator allocator = fakealloc_open(&alloc);
	const struct pvhboot_options options = { .allocator = &allocator, .codecs = codecs };
	uint8_t bytes[8] = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start_status = rows[i].status;
		ck_assert_uint_eq(pvhb_image_start(&image, &options,
						   (struct pvhboot_buffer){ bytes, sizeof(bytes) })
					  .size,
				  rows[i].size);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("internals");
	TCase *sort = suite_case(suite, "sort");
	TCase *span = suite_case(suite, "span");
	TCase *range = suite_case(suite, "range");
	TCase *memory = suite_case(suite, "memory");

	tcase_add_loop_test(sort, sorting, 0, 6);
	tcase_add_test(sort, sorting_is_deterministic);

	tcase_add_test(span, overlap);
	tcase_add_test(span, within);
	tcase_add_test(span, arithmetic);
	tcase_add_test(span, loads);
	tcase_add_test(span, touches);
	tcase_add_test(span, aligned);

	tcase_add_test(range, range_lists);
	tcase_add_test(range, ranges_at_the_end_of_all);

	tcase_add_test(memory, codec_memory);
	tcase_add_test(memory, start_of_an_image);
#ifdef HAVE_MALLINFO2
	tcase_add_test(memory, host_memory);
#endif
	return suite_run(suite);
}
