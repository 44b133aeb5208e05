/* SPDX-License-Identifier: MIT */
/*
 * The limits of a caller hold whatever a compressed file claims or holds, both ways: into a
 * buffer, and into a guest.
 */

#include <pvhboot/boot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "support/account.h"
#include "support/kernelbuild.h"
#include "support/loading.h"
#include "support/suite.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

#define MAX_OUTPUT (16 * MIB)
#define MAX_MEMORY (8 * MIB)
#define MAX_FILE (64 * MIB) /* of a bomb: what is behind the limit is not looked at */

/* One buffer, or as much of the guest, and one decoder. */
#define ONE_STREAM (MAX_OUTPUT + MAX_MEMORY + ACCOUNT_SLACK)

static const struct pvhboot_options options = { .max_output = MAX_OUTPUT,
						.max_memory = MAX_MEMORY };

static enum pvhboot_status load(struct pvhboot_bytes file)
{
	struct pvhboot_loaded loaded;
	enum pvhboot_status status = pvhboot_image_load(file, &options, &loaded, NULL);

	if (status == PVHBOOT_OK)
		free(loaded.buffer.data);
	return status;
}

#define GUEST_START (KERNEL_PADDR - MIB)
#define GUEST_SIZE (80 * MIB)

static struct guard guest; /* there before a trial begins; what it touches counts */

static void *map_guest(void *ctx, uint64_t gpa, uint64_t size)
{
	(void)ctx;
	(void)size; /* a plan stays inside the memory map */
	return guest.first + (gpa - GUEST_START);
}

static enum pvhboot_status boot(struct pvhboot_bytes file)
{
	static const struct pvhboot_map_entry map = { .gpa = GUEST_START,
						      .size = GUEST_SIZE,
						      .type = PVHBOOT_MAP_RAM };
	const struct pvhboot_memory memory = { .map = map_guest, .flags = PVHBOOT_MEMORY_ZEROED };
	const struct pvhboot_request request = { .map = &map, .n_map = 1 };
	struct pvhboot_cpu cpu;

	return pvhboot_boot(file, &request, &options, &memory, &cpu, NULL);
}

static void make_guest(void)
{
	guest = guard_open(GUEST_SIZE); /* not calloc(), which may touch it */
}

static void forget_guest(void)
{
	guard_close(&guest);
}

static void expect_load(const char *row, const struct blob *file, enum pvhboot_status status)
{
	expect_within(row, load, blob_view(file), ONE_STREAM, status);
}

static void expect_both_ways(const char *row, const struct blob *file, enum pvhboot_status status)
{
	char booted[80];

	expect_load(row, file, status);
	snprintf(booted, sizeof(booted), "%s, booted", row);
	expect_within(booted, boot, blob_view(file), ONE_STREAM, status);
}

/* A kernel with zeros behind it. */
static struct blob content(size_t size)
{
	struct blob blob = { 0 };
	struct elf elf;

	kernel_build(&elf, &(struct kernel_spec){ 0 });
	blob_append(&blob, elf.image.data, elf.image.size);
	blob_fill(&blob, 0, size - elf.image.size);
	elf_free(&elf);
	return blob;
}

/* ---- Bombs -------------------------------------------------------------------- */

/* As a file, and as a bzImage that tells the truth. */
START_TEST(bomb)
{
	static const size_t sizes[] = { 1 * MIB, MAX_OUTPUT, MAX_OUTPUT + 1, 64 * MIB };

	if (!variant_can(&variants[_i]))
		return;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		enum pvhboot_status status = sizes[i] <= MAX_OUTPUT ? PVHBOOT_OK : PVHBOOT_LIMIT;
		struct blob inside = content(sizes[i]);
		struct blob file = { 0 };
		struct blob image = { 0 };
		char row[64];

		variant_pack(&file, &variants[_i], blob_view(&inside));
		variant_wrap(&image, &variants[_i], &file, inside.size);
		blob_free(&inside);
		snprintf(row, sizeof(row), "%s of %zu bytes", variants[_i].name, sizes[i]);
		expect_load(row, &file, status);
		snprintf(row, sizeof(row), "%s of %zu bytes, bzImage", variants[_i].name, sizes[i]);
		expect_both_ways(row, &image, status);
		blob_free(&file);
		blob_free(&image);
	}
}
END_TEST

/* zlib starts anew behind a full flush, so all parts are alike. */
static struct blob gzip_part(struct pvhboot_bytes in)
{
	struct blob out = { 0 };
	z_stream z;

	memset(&z, 0, sizeof(z));
	ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.avail_out = (uInt)deflateBound(&z, in.size);
	z.next_out = blob_fill(&out, 0, z.avail_out);
	memcpy(&z.next_in, &in.data, sizeof(in.data)); /* not const in this interface */
	z.avail_in = (uInt)in.size;
	ck_assert_int_eq(deflate(&z, Z_FULL_FLUSH), Z_OK);
	out.size = z.total_out;
	deflateEnd(&z);
	return out;
}

/* A stream of a part that may be repeated, without its end: how large its head is. */
static size_t open_stream(const struct variant *variant, struct pvhboot_bytes in, struct blob *out)
{
	switch (variant->compression) {
	case PVHBOOT_COMPRESSION_GZIP:
		*out = gzip_part(in);
		return 10;
	case PVHBOOT_COMPRESSION_XZ: /* blocks, an index of them, and a footer with its size */
		variant_pack(out, variant, in);
		out->size -= 12 + 4 * ((size_t)load_le(out->data + out->size - 8, 4) + 1);
		return 12;
	case PVHBOOT_COMPRESSION_LZMA:
		/* the likelier bit for ever: literals of 0 that cost a fifth of a bit each */
		variant_pack(out, variant, in);
		out->size = 13;
		blob_fill(out, 0, MIB / 40);
		return 13;
	case PVHBOOT_COMPRESSION_LZO: /* blocks up to one of size 0 */
		variant_pack(out, variant, in);
		out->size -= 4;
		return 38;
	case PVHBOOT_COMPRESSION_LZ4:
		variant_pack(out, variant, in);
		out->size -= variant->ends_with_input ? 0 : 8; /* end mark and checksum */
		return variant->ends_with_input ? 4 : 7;
	default: /* the stream itself: another one may follow it */
		variant_pack(out, variant, in);
		return 0;
	}
}

/* As much of a stream as holds 64 GiB, or fills MAX_FILE. */
START_TEST(endless)
{
	const struct variant *variant = &variants[_i];
	/* LZ4's legacy blocks are full but for the last */
	size_t size = variant->ends_with_input ? 8 * MIB : MIB;
	struct blob inside = content(size);
	struct blob file = { 0 };
	size_t head, part;
	char row[64];
	uint64_t n;

	if (!variant_can(variant))
		return;
	head = open_stream(variant, blob_view(&inside), &file);
	part = file.size - head;
	n = 64 * GIB / size;
	if (n > MAX_FILE / part)
		n = MAX_FILE / part;
	for (uint64_t i = 1; i < n; i++) {
		blob_fill(&file, 0, part); /* may move it */
		memcpy(file.data + file.size - part, file.data + head, part);
	}
	snprintf(row, sizeof(row), "%s, %llu MiB at least", variant->name,
		 (unsigned long long)(n * size / MIB));
	expect_both_ways(row, &file, PVHBOOT_LIMIT);
	blob_free(&inside);
	blob_free(&file);
}
END_TEST

/* A bomb in a bomb: each stage has a buffer, and the outer one is still needed. */
START_TEST(nested)
{
	struct blob inside = content(20 * MIB);
	struct blob inner = { 0 };
	struct blob file = { 0 };

	if (!variant_can(&variants[_i]))
		return;
	bz_compress(&inner, PVHBOOT_COMPRESSION_GZIP, blob_view(&inside), NULL);
	variant_pack(&file, &variants[_i], blob_view(&inner));
	expect_within("gzip in another", load, blob_view(&file), ONE_STREAM + MAX_OUTPUT,
		      PVHBOOT_LIMIT);
	blob_free(&inside);
	blob_free(&inner);
	blob_free(&file);
}
END_TEST

/* ---- Claims -------------------------------------------------------------------- */

/* A bzImage's word for the size is only a word: up to 4 GiB - 1. */
START_TEST(claim)
{
	static const uint32_t claims[] = { 0x100000, MAX_OUTPUT, MAX_OUTPUT + 1, 0x40000000,
					   0xffffffff };

	if (!variant_can(&variants[_i]))
		return;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		enum pvhboot_status status =
			claims[i] > MAX_OUTPUT ? PVHBOOT_LIMIT : PVHBOOT_CORRUPT;
		struct blob inside = content(4 * KIB);
		struct blob file = { 0 };
		char row[64];

		variant_image(&file, &variants[_i], blob_view(&inside));
		store_le(file.data + file.size - 4, 4, claims[i]);
		snprintf(row, sizeof(row), "%s claims %u bytes", variants[_i].name, claims[i]);
		expect_both_ways(row, &file, status);
		blob_free(&inside);
		blob_free(&file);
	}
}
END_TEST

/* A bzImage that claims less than it holds. */
START_TEST(too_small_a_claim)
{
	struct blob inside = content(20 * MIB);
	struct blob file = { 0 };
	char row[64];

	if (!variant_can(&variants[_i]))
		return;
	variant_image(&file, &variants[_i], blob_view(&inside));
	store_le(file.data + file.size - 4, 4, MIB);
	snprintf(row, sizeof(row), "%s claims less than it holds", variants[_i].name);
	expect_both_ways(row, &file, PVHBOOT_CORRUPT);
	blob_free(&inside);
	blob_free(&file);
}
END_TEST

static struct blob packed(enum pvhboot_compression compression, const struct bz_codec *settings)
{
	struct blob inside = content(64 * KIB);
	struct blob file = { 0 };

	bz_compress(&file, compression, blob_view(&inside), settings);
	blob_free(&inside);
	return file;
}

static const uint64_t huge[] = {
	MIB, MAX_OUTPUT + 1, GIB, 64 * GIB, (uint64_t)1 << 62, UINT64_MAX
};
#define N_HUGE ((int)(sizeof(huge) / sizeof(huge[0])))

/* Behind the properties and the dictionary; the largest means that it is not known. There
 * is no end mark. */
START_TEST(lzma_size)
{
	struct blob file =
		packed(PVHBOOT_COMPRESSION_LZMA, &(struct bz_codec){ .lzma_end = BZ_LZMA_SIZE });
	char row[64];

	store_le(file.data + 5, 8, huge[_i]);
	snprintf(row, sizeof(row), "lzma of 0x%llx bytes", (unsigned long long)huge[_i]);
	expect_load(row, &file, PVHBOOT_TRUNCATED);
	blob_free(&file);
}
END_TEST

/* An .xz block may tell its size (xz-file-format.txt, section 3.1.4). */
START_TEST(xz_block_size)
{
	struct blob file = packed(PVHBOOT_COMPRESSION_XZ, NULL);
	const uint8_t *old = file.data + 12;
	size_t old_size = ((size_t)old[0] + 1) * 4;
	uint64_t rest = huge[_i] >> 1; /* a number has 63 bits there */
	struct blob header = { 0 };
	struct blob hostile = { 0 };
	char row[64];

	blob_append(&header, old, 2);
	header.data[1] |= 0x80;
	for (; rest >= 0x80; rest >>= 7)
		blob_put(&header, 1, rest | 0x80);
	blob_put(&header, 1, rest);
	blob_append(&header, old + 2, old_size - 6); /* filters and padding */
	blob_pad(&header, 4);
	header.data[0] = (uint8_t)(header.size / 4);
	blob_put(&header, 4, crc32(0, header.data, (unsigned int)header.size));
	blob_append(&hostile, file.data, 12);
	blob_append(&hostile, header.data, header.size);
	blob_append(&hostile, file.data + 12 + old_size, file.size - 12 - old_size);
	snprintf(row, sizeof(row), "xz block of 0x%llx bytes", (unsigned long long)huge[_i] / 2);
	expect_load(row, &hostile, PVHBOOT_CORRUPT);
	blob_free(&header);
	blob_free(&hostile);
	blob_free(&file);
}
END_TEST

/* RFC 8878, section 3.1.1: a frame without a window of its own, so that its content is
 * one; and a block of 4 bytes. The largest means that it is not known. */
START_TEST(zstd_size)
{
	static const uint8_t magic_and_descriptor[] = { 0x28, 0xb5, 0x2f, 0xfd, 3 << 6 | 1 << 5 };
	enum pvhboot_status status = PVHBOOT_CORRUPT;
	struct blob file = { 0 };
	char row[64];

	if (!bz_can_compress(PVHBOOT_COMPRESSION_ZSTD))
		return;
	if (huge[_i] == UINT64_MAX)
		status = PVHBOOT_OK;
	else if (huge[_i] > MAX_OUTPUT)
		status = PVHBOOT_LIMIT; /* at once */
	blob_append(&file, magic_and_descriptor, sizeof(magic_and_descriptor));
	blob_put(&file, 8, huge[_i]);
	blob_put(&file, 3, 4 << 3 | 1);
	blob_append(&file, "\177ELF", 4);
	snprintf(row, sizeof(row), "zstd of 0x%llx bytes", (unsigned long long)huge[_i]);
	expect_load(row, &file, status);
	blob_free(&file);
}
END_TEST

static uint32_t turned(uint32_t value, unsigned int bits)
{
	return value << bits | value >> (32 - bits);
}

/* XXH32 of less than 16 bytes (xxhash_spec.md), which LZ4's header ends in. */
static uint32_t xxh32(const uint8_t *bytes, size_t size)
{
	uint32_t hash = 374761393u + (uint32_t)size;

	for (; size >= 4; bytes += 4, size -= 4)
		hash = turned(hash + (uint32_t)load_le(bytes, 4) * 3266489917u, 17) * 668265263u;
	for (; size > 0; bytes++, size--)
		hash = turned(hash + *bytes * 374761393u, 11) * 2654435761u;
	hash = (hash ^ hash >> 15) * 2246822519u;
	hash = (hash ^ hash >> 13) * 3266489917u;
	return hash ^ hash >> 16;
}

/* lz4_Frame_format.md: two bytes of flags, the size, one byte of their hash. */
START_TEST(lz4_size)
{
	const struct bz_codec frame = { .lz4_frame = BZ_LZ4_FRAME | BZ_LZ4_CONTENT_SIZE };
	struct blob file = { 0 };
	char row[64];

	if (!bz_can_compress(PVHBOOT_COMPRESSION_LZ4))
		return;
	file = packed(PVHBOOT_COMPRESSION_LZ4, &frame);
	ck_assert_uint_eq(file.data[14], xxh32(file.data + 4, 10) >> 8 & 0xff);
	store_le(file.data + 6, 8, huge[_i]);
	file.data[14] = (uint8_t)(xxh32(file.data + 4, 10) >> 8);
	snprintf(row, sizeof(row), "lz4 of 0x%llx bytes", (unsigned long long)huge[_i]);
	expect_load(row, &file, PVHBOOT_CORRUPT);
	blob_free(&file);
}
END_TEST

/* Fields of 4 bytes, one of which takes each of these values: a block's size before and
 * after packing in lzop's format, big-endian; packed, in LZ4's legacy frame. */
static const uint32_t block_sizes[] = { 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff };
#define N_BLOCK_SIZES ((int)(sizeof(block_sizes) / sizeof(block_sizes[0])))

START_TEST(lzo_block_size)
{
	static const size_t at[] = { 38, 42 };

	if (!bz_can_compress(PVHBOOT_COMPRESSION_LZO))
		return;
	for (size_t i = 0; i < 2; i++) {
		struct blob file = packed(PVHBOOT_COMPRESSION_LZO, NULL);

		for (size_t k = 0; k < 4; k++)
			file.data[at[i] + k] = (uint8_t)(block_sizes[_i] >> (24 - 8 * k));
		expect_load("lzo block of GiBs", &file, i ? PVHBOOT_TRUNCATED : PVHBOOT_CORRUPT);
		blob_free(&file);
	}
}
END_TEST

START_TEST(lz4_block_size)
{
	struct blob file = { 0 };

	if (!bz_can_compress(PVHBOOT_COMPRESSION_LZ4))
		return;
	file = packed(PVHBOOT_COMPRESSION_LZ4, NULL);
	store_le(file.data + 4, 4, block_sizes[_i]);
	expect_load("lz4 block of GiBs", &file, PVHBOOT_CORRUPT);
	blob_free(&file);
}
END_TEST

/* ---- Dictionaries -------------------------------------------------------------------- */

START_TEST(xz_dictionary)
{
	struct blob file = packed(PVHBOOT_COMPRESSION_XZ, NULL);
	uint8_t *block = file.data + 12;
	size_t size = ((size_t)block[0] + 1) * 4;
	size_t at = 2;

	/* the last filter: its id, one byte of properties, the dictionary's */
	while (block[at] != 0x21 || block[at + 1] != 1)
		at++;
	for (uint8_t bits = 30; bits <= 40; bits += 10) { /* 128 MiB, and 4 GiB - 1 */
		block[at + 2] = bits;
		store_le(block + size - 4, 4, crc32(0, block, (unsigned int)size - 4));
		expect_load("xz dictionary", &file, PVHBOOT_LIMIT);
	}
	blob_free(&file);
}
END_TEST

START_TEST(lzma_dictionary)
{
	struct blob file = packed(PVHBOOT_COMPRESSION_LZMA, NULL);

	store_le(file.data + 1, 4, 0xc0000000);
	expect_load("lzma dictionary", &file, PVHBOOT_LIMIT);
	store_le(file.data + 1, 4, 0x10000000);
	expect_load("lzma dictionary", &file, PVHBOOT_LIMIT);
	blob_free(&file);
}
END_TEST

/* RFC 8878: no checksum, no content size, a window of 2 GiB, one block of one byte
 * repeated 128 KiB. */
START_TEST(zstd_window)
{
	static const uint8_t frame[] = { 0x28,           0xb5, 0x2f, 0xfd, 0x00,
					 (31 - 10) << 3, 0x03, 0x00, 0x10, 0x00 };
	struct blob file = { 0 };
	uint64_t n;

	if (!bz_can_compress(PVHBOOT_COMPRESSION_ZSTD))
		return;
	blob_append(&file, frame, sizeof(frame));
	/* the output is the window, so it takes no memory; and holds no kernel */
	expect_load("zstd window", &file, PVHBOOT_FORMAT);
	/* 4 MiB of it, which the first guess is too small for; and 64 GiB */
	for (n = 2; n <= 4 * MIB / (128 * KIB); n++) {
		file.data[file.size - 4] = 0x02; /* not the last block */
		blob_append(&file, frame + 6, 4);
	}
	expect_load("zstd window of 4 MiB", &file, PVHBOOT_FORMAT);
	for (; n <= 64 * GIB / (128 * KIB); n++) {
		file.data[file.size - 4] = 0x02;
		blob_append(&file, frame + 6, 4);
	}
	expect_load("zstd window of 64 GiB", &file, PVHBOOT_LIMIT);
	blob_free(&file);
}
END_TEST

/* A bzImage whose headers are looked at first, by a decoder that would have a window of its
 * own: without it, the image is decoded as a whole. */
START_TEST(zstd_window_of_a_bzimage)
{
	const struct bz_codec settings = { .zstd_window_log = 20 };

	if (!bz_can_compress(PVHBOOT_COMPRESSION_ZSTD))
		return;
	for (uint8_t bits = 24; bits <= 31; bits++) {
		struct blob inside = content(2 * MIB);
		struct blob payload = { 0 };
		struct blob file = { 0 };
		char row[64];

		bz_compress(&payload, PVHBOOT_COMPRESSION_ZSTD, blob_view(&inside), &settings);
		ck_assert_uint_eq(payload.data[5], (20 - 10) << 3);
		payload.data[5] = (uint8_t)((bits - 10) << 3);
		blob_put(&payload, 4, inside.size);
		bz_wrap(&file, blob_view(&payload), NULL);
		snprintf(row, sizeof(row), "zstd window of 2^%u bytes", bits);
		expect_both_ways(row, &file, PVHBOOT_OK);
		blob_free(&inside);
		blob_free(&payload);
		blob_free(&file);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limits");
	TCase *bombs = suite_case(suite, "bombs");
	TCase *claims = suite_case(suite, "claims");
	TCase *dictionaries = suite_case(suite, "dictionaries");

	tcase_add_checked_fixture(bombs, make_guest, forget_guest);
	tcase_add_loop_test(bombs, bomb, 0, N_VARIANTS);
	tcase_add_loop_test(bombs, endless, 0, N_VARIANTS);
	tcase_add_loop_test(bombs, nested, 0, N_VARIANTS);

	tcase_add_checked_fixture(claims, make_guest, forget_guest);
	tcase_add_loop_test(claims, claim, 0, N_VARIANTS);
	tcase_add_loop_test(claims, too_small_a_claim, 0, N_VARIANTS);
	tcase_add_loop_test(claims, lzma_size, 0, N_HUGE);
	tcase_add_loop_test(claims, xz_block_size, 0, N_HUGE);
	tcase_add_loop_test(claims, zstd_size, 0, N_HUGE);
	tcase_add_loop_test(claims, lz4_size, 0, N_HUGE);
	tcase_add_loop_test(claims, lzo_block_size, 0, N_BLOCK_SIZES);
	tcase_add_loop_test(claims, lz4_block_size, 0, N_BLOCK_SIZES);

	tcase_add_checked_fixture(dictionaries, make_guest, forget_guest);
	tcase_add_test(dictionaries, xz_dictionary);
	tcase_add_test(dictionaries, lzma_dictionary);
	tcase_add_test(dictionaries, zstd_window);
	tcase_add_test(dictionaries, zstd_window_of_a_bzimage);
	return suite_run(suite);
}
