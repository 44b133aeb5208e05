/* SPDX-License-Identifier: MIT */
/* What an initrd holds, told without unpacking it: lib/image/initrd.c. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/image/initrd.h"
#include "support/bzbuild.h"
#include "support/cpiobuild.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/random.h"
#include "support/suite.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static void put_archive(struct blob *to, uint32_t size)
{
	cpio_file(to, "kernel", 0); /* a folder */
	cpio_file(to, "kernel/x86", size);
	cpio_trailer(to);
}

static void put_packed(struct blob *to, enum pvhboot_compression compression,
		       const struct bz_codec *settings, size_t size)
{
	struct blob bytes = { 0 };

	blob_pattern(&bytes, 5, size);
	bz_compress(to, compression, blob_view(&bytes), settings);
	blob_free(&bytes);
}

/* Tells the size with the bytes against either end of what can be read. */
static int tell(struct pvhboot_bytes bytes, uint64_t *size)
{
	struct guard guard = guard_open(bytes.size);
	uint64_t other = 1;
	int known;

	known = pvhb_initrd_unpacked(guard_at_start(&guard, bytes), size);
	ck_assert_int_eq(pvhb_initrd_unpacked(guard_at_end(&guard, bytes), &other), known);
	if (known)
		ck_assert_uint_eq(other, *size);
	guard_close(&guard);
	return known;
}

static void expect_size(const char *row, const struct blob *initrd, uint64_t want)
{
	uint64_t size = UINT64_MAX;

	ck_assert_msg(tell(blob_view(initrd), &size), "%s: unknown", row);
	expect_eq(row, size, want);
}

static void expect_unknown(const char *row, const struct blob *initrd)
{
	uint64_t size;

	ck_assert_msg(!tell(blob_view(initrd), &size), "%s: known", row);
}

/* ---- cpio ------------------------------------------------------------------------ */

START_TEST(archives)
{
	struct blob initrd = { 0 };

	expect_size("nothing", &initrd, 0);
	blob_fill(&initrd, 0, 7);
	expect_size("zeros", &initrd, 0);
	blob_free(&initrd);
	cpio_trailer(&initrd);
	expect_size("empty archive", &initrd, 0);
	blob_free(&initrd);
	put_archive(&initrd, 1000);
	expect_size("one", &initrd, 1000);
	blob_fill(&initrd, 0, 512 - initrd.size % 512);
	expect_size("one, padded", &initrd, 1000);
	put_archive(&initrd, 1);
	put_archive(&initrd, 2);
	expect_size("three", &initrd, 1003);
	blob_free(&initrd);
	for (uint32_t size = 0; size < 9; size++) {
		cpio_file(&initrd, "a", size);
		cpio_file(&initrd, "ab", size);
		cpio_file(&initrd, "abc", size);
		cpio_file(&initrd, "TRAILER!!", size);
		cpio_file(&initrd, "TRAILER!!!!", size);
	}
	expect_size("sizes of all kinds, no trailer", &initrd, 5 * 36);
	blob_free(&initrd);
}
END_TEST

/* At the end padding may be missing, of a name and of a file. */
START_TEST(archives_that_end)
{
	struct blob initrd = { 0 };

	cpio_header(&initrd, "070702", CPIO_REGULAR, 0, 2);
	blob_append(&initrd, "x", 2);
	expect_size("behind a name, with sums", &initrd, 0);
	blob_free(&initrd);
	cpio_header(&initrd, "070701", CPIO_REGULAR, 0, 0);
	expect_size("behind a header", &initrd, 0);
	initrd.size--;
	expect_unknown("in a header", &initrd);
	blob_free(&initrd);
	cpio_header(&initrd, "070701", CPIO_REGULAR, 0, 1);
	blob_fill(&initrd, 0, 1);
	expect_size("behind an empty name", &initrd, 0);
	blob_free(&initrd);
	cpio_header(&initrd, "070701", CPIO_REGULAR, 5, 2);
	blob_append(&initrd,
		    "x\0"
		    "12345",
		    7);
	expect_size("behind a file", &initrd, 5);
	blob_free(&initrd);
}
END_TEST

/* One archive of one file, whose bytes say something else. */
static const struct broken_row {
	const char *name;
	size_t at;
	const char *bytes;
} broken_rows[] = {
	{ "old format", 0, "070707" },
	{ "no magic", 0, "170701" },
	{ "no digit in the size", 54, "0000000g" },
	{ "a blank in the size", 54, "       1" },
	{ "a blank in front of the size", 54, " 0000001" },
	{ "an apostrophe in front of the size", 54, "'0000001" },
	{ "x in the size", 54, "0x000001" },
	{ "sign in the size", 54, "-0000001" },
	{ "no digit in the name's size", 94, "0000000/" },
	{ "a colon in the name's size", 94, ":0000000" },
	{ "@ in the name's size", 94, "@0000000" },
	{ "the largest size", 54, "ffffffff" },
	{ "the largest name", 94, "FFFFFFFF" },
	{ "a byte more", 54, "00000005" },
};

START_TEST(broken_archives)
{
	const struct broken_row *row = &broken_rows[_i];
	struct blob initrd = { 0 };

	cpio_file(&initrd, "a", 4);
	expect_size(row->name, &initrd, 4);
	memcpy(initrd.data + row->at, row->bytes, strlen(row->bytes));
	expect_unknown(row->name, &initrd);
	blob_free(&initrd);
}
END_TEST

START_TEST(digits)
{
	static const char *const all[] = { "00000123", "00000456", "00000789", "00000aBc",
					   "00000AbC", "00000dEf", "00000DeF" };
	struct blob initrd = { 0 };

	for (size_t i = 0; i < N_OF(all); i++) {
		uint32_t size = (uint32_t)strtoul(all[i], NULL, 16);

		cpio_file(&initrd, "a", size);
		memcpy(initrd.data + 54, all[i], 8);
		expect_size(all[i], &initrd, size);
		blob_free(&initrd);
	}
	cpio_file(&initrd, "a", 16); /* which follow f */
	memcpy(initrd.data + 54, "0000000g", 8);
	expect_unknown("g", &initrd);
	memcpy(initrd.data + 54, "0000000G", 8);
	expect_unknown("G", &initrd);
	blob_free(&initrd);
}
END_TEST

/* Cut anywhere, it is not known, but where a file ends. */
START_TEST(cut_archives)
{
	struct blob initrd = { 0 };
	size_t n_known = 0;

	put_archive(&initrd, 10);
	for (size_t size = 0; size < initrd.size; size++) {
		uint64_t found;

		n_known += (size_t)tell((struct pvhboot_bytes){ initrd.data, size }, &found);
	}
	/* nothing; the folder and its padding; the file and its padding; the trailer's name */
	ck_assert_uint_eq(n_known, 1 + 4 + 3 + 3);
	blob_free(&initrd);
}
END_TEST

START_TEST(not_at_a_multiple_of_4)
{
	struct blob initrd = { 0 }, archive = { 0 };

	put_archive(&archive, 5);
	for (size_t n = 0; n < 9; n++) {
		blob_fill(&initrd, 0, n);
		blob_append(&initrd, archive.data, archive.size);
		if (n % 4 == 0)
			expect_size("aligned", &initrd, 5);
		else
			expect_unknown("misaligned", &initrd);
		blob_free(&initrd);
	}
	blob_free(&archive);
}
END_TEST

START_TEST(number_of_files)
{
	const size_t n_max = (size_t)1 << 20;
	struct blob file = { 0 };
	uint64_t size = 1;
	uint8_t *initrd;

	cpio_file(&file, "a", 0);
	initrd = must_alloc((n_max + 1) * file.size);
	for (size_t i = 0; i <= n_max; i++)
		memcpy(initrd + i * file.size, file.data, file.size);
	ck_assert(pvhb_initrd_unpacked((struct pvhboot_bytes){ initrd, n_max * file.size }, &size));
	ck_assert_uint_eq(size, 0);
	ck_assert(!pvhb_initrd_unpacked((struct pvhboot_bytes){ initrd, (n_max + 1) * file.size },
					&size));
	free(initrd);
	blob_free(&file);
}
END_TEST

/* ---- Compressed ones ------------------------------------------------------------- */

static const struct packed_row {
	const char *name;
	enum pvhboot_compression compression;
	struct bz_codec settings;
	int is_known;
} packed_rows[] = {
	{ "gzip", PVHBOOT_COMPRESSION_GZIP, { 0 }, 1 },
	{ "gzip, all fields", PVHBOOT_COMPRESSION_GZIP, { .gzip_fields = 1 }, 1 },
	{ "xz", PVHBOOT_COMPRESSION_XZ, { 0 }, 1 },
	{ "xz, many blocks", PVHBOOT_COMPRESSION_XZ, { .xz_block = 1000 }, 1 },
	{ "zstd", PVHBOOT_COMPRESSION_ZSTD, { 0 }, 1 },
	{ "lzma", PVHBOOT_COMPRESSION_LZMA, { 0 }, 0 },
	{ "bzip2", PVHBOOT_COMPRESSION_BZIP2, { 0 }, 0 },
	{ "lz4", PVHBOOT_COMPRESSION_LZ4, { 0 }, 0 },
	{ "lzo", PVHBOOT_COMPRESSION_LZO, { 0 }, 0 },
};

START_TEST(packed)
{
	static const size_t sizes[] = { 200, 255, 256, 257, 65535, 65536, 65791, 65792, 300000 };
	const struct packed_row *row = &packed_rows[_i];

	if (!bz_can_compress(row->compression))
		return;
	for (size_t i = 0; i < N_OF(sizes); i++) {
		struct blob alone = { 0 }, behind = { 0 };

		put_packed(&alone, row->compression, &row->settings, sizes[i]);
		put_archive(&behind, 77); /* as microcode lies in front */
		blob_fill(&behind, 0, i);
		blob_append(&behind, alone.data, alone.size);
		if (row->is_known) {
			expect_size(row->name, &alone, sizes[i]);
			expect_size(row->name, &behind, sizes[i] + 77);
		} else {
			expect_unknown(row->name, &alone);
			expect_unknown(row->name, &behind);
		}
		blob_free(&alone);
		blob_free(&behind);
	}
}
END_TEST

static const struct stream_row {
	const char *name;
	uint8_t bytes[48];
	size_t size;
	int is_known;
	uint64_t want;
} stream_rows[] = {
#define ZSTD 0x28, 0xb5, 0x2f, 0xfd
	{ "zstd, window, no size", { ZSTD, 0x00 }, 32, 0, 0 },
	{ "zstd, 1 byte", { ZSTD, 0x20, 0xfe }, 32, 1, 0xfe },
	{ "zstd, 2 bytes", { ZSTD, 0x60, 0xfe, 0xff }, 32, 1, 0xfffe + 256 },
	{ "zstd, 2 bytes, window", { ZSTD, 0x40, 0xff, 2, 1 }, 32, 1, 0x102 + 256 },
	{ "zstd, 4 bytes", { ZSTD, 0xa0, 1, 2, 3, 0x84 }, 32, 1, 0x84030201 },
	{ "zstd, 4 bytes, window, dictionary of 1",
	  { ZSTD, 0x81, 9, 9, 1, 2, 3, 4 },
	  32,
	  1,
	  0x04030201 },
	{ "zstd, 4 bytes, dictionary of 2", { ZSTD, 0xa2, 9, 9, 1, 2, 3, 4 }, 32, 1, 0x04030201 },
	{ "zstd, 8 bytes, all there is",
	  { ZSTD, 0xc3, 9, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8 },
	  18,
	  1,
	  0x0807060504030201 },
	{ "zstd, too short", { ZSTD, 0xc3, 9, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8 }, 17, 0, 0 },
	{ "zstd, magic alone", { ZSTD }, 4, 0, 0 },
	{ "zstd behind a skippable frame",
	  { 0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0, ZSTD, 0x20, 0xfe },
	  32,
	  0,
	  0 },
	{ "zstd behind a skippable frame that has a size where zstd has it",
	  { 0x50, 0x2a, 0x4d, 0x18, 0x20, 0, 0, 0, [40] = ZSTD },
	  44,
	  0,
	  0 },
	{ "xz, magic alone", { 0xfd, '7', 'z', 'X', 'Z' }, 6, 0, 0 },
	{ "xz, too short",
	  { 0xfd, '7', 'z', 'X', 'Z', [15] = 0, 0, 0, 0, [21] = 'Y', 'Z' },
	  23,
	  0,
	  0 },
	{ "gzip, too short", { 0x1f, 0x8b }, 17, 0, 0 },
	{ "gzip, smallest", { 0x1f, 0x8b, [14] = 1, 2, 3, 0x84 }, 18, 1, 0x84030201 },
	{ "magic of nothing", { 'M', 'Z' }, 32, 0, 0 },
	{ "first byte of gzip", { 0x1f }, 1, 0, 0 },
};

START_TEST(streams)
{
	const struct stream_row *row = &stream_rows[_i];
	struct blob initrd = { 0 };

	blob_append(&initrd, row->bytes, row->size);
	if (row->is_known)
		expect_size(row->name, &initrd, row->want);
	else
		expect_unknown(row->name, &initrd);
	blob_free(&initrd);
}
END_TEST

/* Sums beyond 2^64 are not known. */
START_TEST(sum_wraps)
{
	static const uint8_t zstd[18] = { ZSTD, 0xe0, 255, 255, 255, 255, 255, 255, 255, 255 };
	struct blob initrd = { 0 };

	put_archive(&initrd, 1);
	blob_append(&initrd, zstd, sizeof(zstd));
	expect_unknown("wraps", &initrd);
	blob_free(&initrd);
	put_archive(&initrd, 0);
	blob_append(&initrd, zstd, sizeof(zstd));
	expect_size("the largest", &initrd, UINT64_MAX);
	blob_free(&initrd);
}
END_TEST

/* An .xz file: header, index of these bytes, and the footer that says how large it is. */
static const struct index_row {
	const char *name;
	size_t size;
	uint8_t bytes[24];
	int says; /* words more than there are */
	int is_known;
	uint64_t want;
} index_rows[] = {
	{ "no block", 8, { 0, 0 }, 0, 1, 0 },
	{ "one block", 8, { 0, 1, 50, 100 }, 0, 1, 100 },
	{ "two blocks", 8, { 0, 2, 50, 100, 50, 0x80, 0x01 }, 0, 1, 228 },
	{ "number of 9 bytes",
	  16,
	  { 0, 1, 5, 255, 255, 255, 255, 255, 255, 255, 255, 127 },
	  0,
	  1,
	  UINT64_MAX / 2 },
	{ "number of 10 bytes",
	  16,
	  { 0, 1, 5, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1 },
	  0,
	  0,
	  0 },
	{ "two of 9 bytes",
	  24,
	  { 0,   2, 5,   255, 255, 255, 255, 255, 255, 255, 255,
	    127, 5, 255, 255, 255, 255, 255, 255, 255, 255, 127 },
	  0,
	  1,
	  UINT64_MAX - 1 },
	{ "more blocks than numbers", 8, { 0, 4, 1, 1, 1, 1, 1, 1 }, 0, 0, 0 },
	{ "2^63 - 1 blocks",
	  12,
	  { 0, 255, 255, 255, 255, 255, 255, 255, 255, 127, 1, 1 },
	  0,
	  0,
	  0 },
	{ "no end of a number", 4, { 0, 1, 1, 0x80 }, 0, 0, 0 },
	{ "no end of the count", 4, { 0, 0x80, 0x80, 0x80 }, 0, 0, 0 },
	{ "no index", 8, { 1, 1, 50, 100 }, 0, 0, 0 },
	{ "index larger than the file", 8, { 0, 1, 50, 100 }, 1, 0, 0 },
	{ "the largest index", 8, { 0, 1, 50, 100 }, -3, 0, 0 },
};

START_TEST(xz_indices)
{
	static const uint8_t header[12] = { 0xfd, '7', 'z', 'X', 'Z' };
	const struct index_row *row = &index_rows[_i];
	struct blob initrd = { 0 };

	blob_append(&initrd, header, sizeof(header));
	blob_append(&initrd, row->bytes, row->size);
	blob_put(&initrd, 4, 0); /* the sum */
	blob_put(&initrd, 4, row->size / 4 - 1 + (uint64_t)(int64_t)row->says);
	blob_put(&initrd, 2, 0);
	blob_append(&initrd, "YZ", 2);
	if (row->is_known)
		expect_size(row->name, &initrd, row->want);
	else
		expect_unknown(row->name, &initrd);
	initrd.data[initrd.size - 1] = 'z';
	expect_unknown("no footer", &initrd);
	initrd.data[initrd.size - 1] = 'Z';
	initrd.data[initrd.size - 2] = 'y';
	expect_unknown("no footer", &initrd);
	initrd.size = 23;
	expect_unknown("cut", &initrd);
	blob_free(&initrd);
}
END_TEST

/* Bytes in the middle that are anything: what is read stays inside. */
START_TEST(damaged)
{
	uint64_t n_rounds = suite_rounds(20000);
	struct blob whole = { 0 };

	put_archive(&whole, 30);
	put_packed(&whole, PVHBOOT_COMPRESSION_XZ, &(struct bz_codec){ .xz_block = 100 }, 1000);
	random_start(31);
	for (uint64_t i = 0; i < n_rounds; i++) {
		struct blob initrd = { 0 };
		uint64_t size;

		blob_append(&initrd, whole.data, whole.size - random_below(16));
		for (uint64_t n = random_below(4); n > 0; n--)
			initrd.data[random_below(initrd.size)] = (uint8_t)random_below(256);
		(void)tell(blob_view(&initrd), &size);
		blob_free(&initrd);
	}
	blob_free(&whole);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("initrd");
	TCase *cpio = suite_case(suite, "cpio");
	TCase *streams_case = suite_case(suite, "streams");

	tcase_add_test(cpio, archives);
	tcase_add_test(cpio, archives_that_end);
	tcase_add_loop_test(cpio, broken_archives, 0, (int)N_OF(broken_rows));
	tcase_add_test(cpio, digits);
	tcase_add_test(cpio, cut_archives);
	tcase_add_test(cpio, not_at_a_multiple_of_4);
	tcase_add_test(cpio, number_of_files);
	tcase_add_loop_test(streams_case, packed, 0, (int)N_OF(packed_rows));
	tcase_add_loop_test(streams_case, streams, 0, (int)N_OF(stream_rows));
	tcase_add_test(streams_case, sum_wraps);
	tcase_add_loop_test(streams_case, xz_indices, 0, (int)N_OF(index_rows));
	tcase_add_test(streams_case, damaged);
	return suite_run(suite);
}
