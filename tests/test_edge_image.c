/* SPDX-License-Identifier: MIT */
/* Rows 73 to 95 of the table of edge cases: bzImages and compressed files. The
 * names of the tests begin with the number of the row. */

#include <lzma.h>
#include <pvhboot/image.h>
#include <pvhboot/kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/blob.h"
#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/kernelbuild.h"
#include "support/loading.h"
#include "support/pebuild.h"
#include "support/suite.h"

#define MIB ((size_t)1 << 20)
#define GZIP PVHBOOT_COMPRESSION_GZIP
#define XZ PVHBOOT_COMPRESSION_XZ
#define LZMA PVHBOOT_COMPRESSION_LZMA

static struct elf kernel;

static void build_kernel(void)
{
	const struct kernel_spec spec = { 0 };

	kernel_build(&kernel, &spec);
}

static void free_kernel(void)
{
	elf_free(&kernel);
}

static struct pvhboot_bytes elf(void)
{
	return blob_view(&kernel.image);
}

static struct blob packed(enum pvhboot_compression compression, struct pvhboot_bytes in,
			  const struct bz_codec *settings)
{
	struct blob stream = { 0 };

	bz_compress(&stream, compression, in, settings);
	return stream;
}

static struct blob bzimage(enum pvhboot_compression compression)
{
	struct blob file = { 0 };

	bz_image(&file, compression, elf());
	return file;
}

/* A bzImage around a stream and the size behind it. */
static struct blob bzimage_around(const struct blob *stream, uint64_t size)
{
	struct blob payload = { 0 };
	struct blob file = { 0 };

	blob_append(&payload, stream->data, stream->size);
	blob_put(&payload, 4, size);
	bz_wrap(&file, blob_view(&payload), NULL);
	blob_free(&payload);
	return file;
}

/* Both free the file. */
static void loads(const char *row, struct blob *file, size_t n_warnings)
{
	struct loading run = { 0 };

	loading_expect(row, &run, blob_view(file), elf(), n_warnings);
	loading_close(&run);
	blob_free(file);
}

static void fails(const char *row, struct blob *file, enum pvhboot_status status,
		  enum pvhboot_stage stage, uint64_t offset, const char *rule)
{
	struct loading run = { 0 };

	loading_expect_failure(row, &run, blob_view(file), status, stage, offset, rule);
	/* Where a decoder stops is its own matter, but lies in the file. */
	expect_true(row, run.diag.failure.offset <= file->size);
	loading_close(&run);
	blob_free(file);
}

/* Loads with one warning of bytes behind the stream. */
static void loads_with_bytes_behind(const char *row, struct blob *file, uint64_t offset,
				    uint64_t n_bytes)
{
	struct loading run = { 0 };

	loading_expect(row, &run, blob_view(file), elf(), 1);
	expect_warning(
		row, &run.diag,
		&(struct finding){ .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS,
				   .stage = PVHBOOT_STAGE_UNPACK,
				   .subject = PVHBOOT_SUBJECT_PAYLOAD,
				   .offset = offset,
				   .found = n_bytes });
	ck_assert_str_eq(run.diag.warnings[0].rule, "no bytes behind the compressed stream");
	loading_close(&run);
	blob_free(file);
}

START_TEST(edge_073_setup_sects_0)
{
	struct blob file = bzimage(XZ);
	struct loading run = { 0 };

	bz_patch(&file, "setup_sects", 0);
	loading_expect("0 means 4", &run, blob_view(&file), elf(), 0);
	ck_assert_uint_eq(run.loaded.image.stream_offset, 5 * 512 + 0x20);
	loading_close(&run);
	blob_free(&file);
}
END_TEST

START_TEST(edge_074_protocol)
{
	static const uint16_t versions[] = { 0x207, 0x208, 0x20f, 0x300 };

	for (size_t i = 0; i < 4; i++) {
		struct blob file = bzimage(XZ);
		char row[16];

		snprintf(row, sizeof(row), "0x%04x", versions[i]);
		bz_patch(&file, "version", versions[i]);
		if (versions[i] < 0x208)
			fails(row, &file, PVHBOOT_UNSUPPORTED, PVHBOOT_STAGE_IMAGE, 0x206,
			      "boot protocol >= 2.08");
		else
			loads(row, &file, 0);
	}
}
END_TEST

START_TEST(edge_075_boot_flag)
{
	struct blob file = bzimage(XZ);
	struct loading run = { 0 };

	bz_patch(&file, "boot_flag", 0xaa54);
	loading_expect("boot_flag", &run, blob_view(&file), elf(), 1);
	expect_warning("boot_flag", &run.diag,
		       &(struct finding){ .says = SAYS_STAGE | SAYS_OFFSET | SAYS_NUMBERS,
					  .stage = PVHBOOT_STAGE_IMAGE,
					  .offset = 0x1fe,
					  .found = 0xaa54,
					  .bound = 0xaa55 });
	loading_close(&run);
	blob_free(&file);
}
END_TEST

START_TEST(edge_076_payload_bounds)
{
	struct blob sample = bzimage(XZ);
	size_t size = sample.size;
	uint32_t length = (uint32_t)bz_read(&sample, "payload_length");
	const struct {
		const char *name;
		const char *field;
		uint64_t value;
		uint64_t offset;
		const char *rule;
	} rows[] = {
		{ "offset == size", "payload_offset", size - 5 * 512, size,
		  "offset of the payload <" },
		{ "offset > size", "payload_offset", size, size + 5 * 512,
		  "offset of the payload <" },
		{ "length + 1", "payload_length", length + 1, 5 * 512 + 0x20, "payload_length <=" },
		{ "offset + 1", "payload_offset", 0x21, 5 * 512 + 0x21, "payload_length <=" },
		{ "start wraps", "payload_offset", 0xfffff600, 0x100000000,
		  "offset of the payload <" },
		{ "end wraps", "payload_length", 0xfffff600, 5 * 512 + 0x20, "payload_length <=" },
	};

	blob_free(&sample);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct blob file = bzimage(XZ);
		struct loading run = { 0 };

		bz_patch(&file, rows[i].field, rows[i].value);
		loading_expect_failure(rows[i].name, &run, blob_view(&file), PVHBOOT_TRUNCATED,
				       PVHBOOT_STAGE_IMAGE, rows[i].offset, rows[i].rule);
		loading_close(&run);
		blob_free(&file);
	}
}
END_TEST

START_TEST(edge_077_payload_length)
{
	static const uint32_t lengths[] = { 0, 3, 4 };

	for (size_t i = 0; i < 3; i++) {
		struct blob file = bzimage(XZ);

		bz_patch(&file, "payload_length", lengths[i]);
		fails("length", &file, PVHBOOT_MALFORMED, PVHBOOT_STAGE_IMAGE, 5 * 512 + 0x20,
		      "payload_length > ");
	}
}
END_TEST

START_TEST(edge_078_payload_is_elf)
{
	struct blob file = bzimage(PVHBOOT_COMPRESSION_NONE);
	struct loading run = { 0 };

	loading_expect("elf", &run, blob_view(&file), elf(), 0);
	ck_assert_ptr_null(run.loaded.buffer.data);
	ck_assert_uint_eq(run.loaded.image.container, PVHBOOT_CONTAINER_BZIMAGE);
	loading_close(&run);
	blob_free(&file);
}
END_TEST

/* A kernel without a PVH entry is found out behind this stage; a zImage, which
 * lacks the flag LOADED_HIGH, is no different as long as it has a payload. */
START_TEST(edge_079_no_note)
{
	const struct kernel_spec spec = { .notes = KERNEL_NOTES_NONE };
	struct pvhboot_kernel opened;
	struct loading run = { 0 };
	struct blob file = { 0 };
	struct elf other;

	kernel_build(&other, &spec);
	bz_image(&file, XZ, blob_view(&other.image));
	file.data[0x211] = 0; /* loadflags */
	loading_expect("no note", &run, blob_view(&file), blob_view(&other.image), 0);
	expect_status("no note", pvhboot_kernel_open(run.loaded.elf, 0, &opened, &run.diag),
		      PVHBOOT_NOTPVH);
	expect_failure("no note", &run.diag, PVHBOOT_NOTPVH, &(struct finding){ 0 });
	loading_close(&run);
	blob_free(&file);
	elf_free(&other);
}
END_TEST

/* What a file claims of its size, against a kernel of the right one. */
static const struct {
	const char *name;
	int relative;
	uint64_t value;
} claims[] = {
	{ "exact", 1, 0 }, { "+ 1", 1, 1 },          { "- 1", 1, UINT64_MAX },
	{ "0", 0, 0 },     { "max", 0, 0xffffffff },
};

#define N_CLAIMS (int)(sizeof(claims) / sizeof(claims[0]))

START_TEST(edge_080_size_in_bzimage)
{
	const struct variant *variant = &variants[_i / N_CLAIMS];
	int claim = _i % N_CLAIMS;
	uint64_t value = claims[claim].value;
	struct blob file = { 0 };
	char row[32];

	if (!variant_can(variant))
		return;
	snprintf(row, sizeof(row), "%s, %s", variant->name, claims[claim].name);
	if (claims[claim].relative)
		value += kernel.image.size;
	variant_image(&file, variant, elf());
	store_le(file.data + file.size - 4, 4, value);
	switch (claim) {
	case 0:
		loads(row, &file, 0);
		break;
	case 1:
	case 2:
		fails(row, &file, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "");
		break;
	case 3:
		fails(row, &file, PVHBOOT_MALFORMED, PVHBOOT_STAGE_IMAGE, file.size - 4,
		      "unpacked size");
		break;
	default:
		fails(row, &file, PVHBOOT_LIMIT, PVHBOOT_STAGE_UNPACK, 5 * 512 + 0x20,
		      "unpacked size <= max_output");
	}
}
END_TEST

/* The same bytes behind a bare stream mean nothing, but gzip's are its own. */
START_TEST(edge_080_size_behind_a_bare_stream)
{
	const struct variant *variant = &variants[_i / N_CLAIMS];
	int claim = _i % N_CLAIMS;
	uint64_t value = claims[claim].value;
	struct blob file = { 0 };
	size_t size;
	char row[32];

	if (!variant_can(variant))
		return;
	snprintf(row, sizeof(row), "%s, %s", variant->name, claims[claim].name);
	if (claims[claim].relative)
		value += kernel.image.size;
	variant_pack(&file, variant, elf());
	size = file.size;
	if (variant->compression == GZIP)
		file.size -= 4;
	blob_put(&file, 4, value);
	if (variant->compression == GZIP && claim == 0)
		loads(row, &file, 0);
	else if (variant->compression == GZIP)
		fails(row, &file, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "intact");
	else if (!variant->ends_with_input)
		loads_with_bytes_behind(row, &file, size, 4);
	else if (claims[claim].relative) /* the size of a block that is not there */
		fails(row, &file, PVHBOOT_TRUNCATED, PVHBOOT_STAGE_UNPACK, size, "block");
	else
		fails(row, &file, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK, size, "block");
}
END_TEST

/* No buffer of a size that only the file claims, where that is permitted. */
START_TEST(edge_080_largest_size)
{
	struct loading run = { .options = { .max_output = UINT64_MAX },
			       .alloc = { .fail_above = 16 * MIB } };
	struct blob file = bzimage(XZ);

	store_le(file.data + file.size - 4, 4, 0xffffffff);
	expect_status("4 GiB", loading_run(&run, blob_view(&file)), PVHBOOT_NOMEM);
	expect_failure("4 GiB", &run.diag, PVHBOOT_NOMEM,
		       &(struct finding){ .says = SAYS_STAGE | SAYS_FOUND,
					  .stage = PVHBOOT_STAGE_UNPACK,
					  .found = 0xffffffff });
	loading_close(&run);
	blob_free(&file);
}
END_TEST

START_TEST(edge_081_truncated)
{
	const struct variant *variant = &variants[_i];
	struct blob whole = { 0 };

	if (!variant_can(variant))
		return;
	variant_pack(&whole, variant, elf());
	for (size_t n = 1; n <= 64; n += suite_step(1)) {
		struct blob file = { 0 };
		char row[64];

		snprintf(row, sizeof(row), "%s without its last %zu", variant->name, n);
		blob_append(&file, whole.data, whole.size - n);
		fails(row, &file, PVHBOOT_TRUNCATED, PVHBOOT_STAGE_UNPACK, ANY_OFFSET,
		      variant->compression == PVHBOOT_COMPRESSION_LZO && n <= 4 ? "last block" :
										  "all of");
	}
	blob_free(&whole);
}
END_TEST

/*
 * What looks whole because a buffer is full is not: streams that have no end of
 * their own, cut where they unpack to just as much as was guessed.
 */
START_TEST(edge_081_truncated_at_the_guess)
{
	struct blob zeros = { 0 };
	struct blob whole;

	blob_append(&zeros, kernel.image.data, kernel.image.size);
	blob_fill(&zeros, 0, 4 * MIB);
	whole = packed(LZMA, blob_view(&zeros), NULL);
	for (size_t size = 13; size < whole.size; size += suite_step(1)) {
		struct loading run = { 0 };
		char row[64];

		snprintf(row, sizeof(row), "lzma, %zu of %zu", size, whole.size);
		expect_status(row, loading_run(&run, (struct pvhboot_bytes){ whole.data, size }),
			      PVHBOOT_TRUNCATED);
		loading_close(&run);
	}
	blob_free(&zeros);
	blob_free(&whole);
}
END_TEST

#ifdef PVHB_HAVE_LZ4
START_TEST(edge_081_truncated_at_the_guess_lz4)
{
	struct blob zeros = { 0 };
	struct blob whole;
	struct loading run = { 0 };

	blob_append(&zeros, kernel.image.data, kernel.image.size);
	blob_fill(&zeros, 0, 17 * MIB - zeros.size);
	whole = packed(PVHBOOT_COMPRESSION_LZ4, blob_view(&zeros), NULL);
	/* Two blocks of 8 MiB are there, the third is cut. */
	expect_status("lz4",
		      loading_run(&run, (struct pvhboot_bytes){ whole.data, whole.size - 9 }),
		      PVHBOOT_TRUNCATED);
	loading_close(&run);
	blob_free(&zeros);
	blob_free(&whole);
}
END_TEST
#endif

/* Where the checksums lie, in bytes. */
static size_t first_checksum(const struct variant *variant, const struct blob *stream,
			     size_t *n_bytes)
{
	*n_bytes = 4;
	switch (variant->compression) {
	case PVHBOOT_COMPRESSION_GZIP:
		return stream->size - 8;
	case PVHBOOT_COMPRESSION_BZIP2:
		return 10; /* "BZh9" and 6 bytes of magic */
	case PVHBOOT_COMPRESSION_XZ: {
		/* The footer tells the size of the index. */
		size_t index = (size_t)(load_le(stream->data + stream->size - 8, 4) + 1) * 4;

		return stream->size - 12 - index - 4;
	}
	case PVHBOOT_COMPRESSION_LZO:
		*n_bytes = 8; /* of both sides of the first block */
		return 38 + 8;
	case PVHBOOT_COMPRESSION_ZSTD:
		return stream->size - 4;
	default:
		return variant->ends_with_input ? 0 : stream->size - 4;
	}
}

START_TEST(edge_081_flipped_checksum)
{
	const struct variant *variant = &variants[_i];
	struct blob whole = { 0 };
	size_t n_bytes;
	size_t at;

	/* These two have none. */
	if (!variant_can(variant) || variant->ends_with_input || variant->compression == LZMA)
		return;
	variant_pack(&whole, variant, elf());
	at = first_checksum(variant, &whole, &n_bytes);
	for (size_t bit = 0; bit < 8 * n_bytes; bit++) {
		struct blob file = { 0 };
		char row[64];

		snprintf(row, sizeof(row), "%s, bit %zu", variant->name, bit);
		blob_append(&file, whole.data, whole.size);
		file.data[at + bit / 8] ^= (uint8_t)(1u << bit % 8);
		fails(row, &file, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "intact");
	}
	blob_free(&whole);
}
END_TEST

START_TEST(edge_082_bytes_in_front_of_the_size)
{
	const struct variant *variant = &variants[_i];
	struct blob payload = { 0 };
	struct blob file = { 0 };
	size_t size;

	if (!variant_can(variant))
		return;
	variant_pack(&payload, variant, elf());
	size = payload.size;
	blob_fill(&payload, 0x3c, 12);
	blob_put(&payload, 4, kernel.image.size);
	bz_wrap(&file, blob_view(&payload), NULL);
	/* gzip's own end is followed by that of the payload too. */
	loads_with_bytes_behind(variant->name, &file, 5 * 512 + 0x20 + size,
				variant->compression == GZIP ? 16 : 12);
	blob_free(&payload);
}
END_TEST

START_TEST(edge_082_bare_with_padding)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 5, 511, 512 };
	const struct variant *variant = &variants[_i];

	if (!variant_can(variant))
		return;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct blob file = { 0 };
		size_t size;
		char row[64];

		snprintf(row, sizeof(row), "%s, %zu zeros", variant->name, sizes[i]);
		variant_pack(&file, variant, elf());
		size = file.size;
		blob_fill(&file, 0, sizes[i]);
		if (!variant->ends_with_input)
			loads_with_bytes_behind(row, &file, size, sizes[i]);
		else
			fails(row, &file, sizes[i] < 4 ? PVHBOOT_TRUNCATED : PVHBOOT_CORRUPT,
			      PVHBOOT_STAGE_UNPACK, size, "a block");
	}
}
END_TEST

START_TEST(edge_083_gzip_fields)
{
	const struct bz_codec settings = { .gzip_fields = 1 };
	struct blob file = packed(GZIP, elf(), &settings);
	struct blob bz = { 0 };

	ck_assert_uint_eq(file.data[3], 2 | 4 | 8 | 16);
	bz_wrap(&bz, blob_view(&file), NULL);
	loads("bare", &file, 0);
	loads("bzImage", &bz, 0);
}
END_TEST

/* The kernel in n parts, each a stream of its own. */
static struct blob in_parts(enum pvhboot_compression compression, const struct bz_codec *settings,
			    size_t n)
{
	struct blob file = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		size_t end = kernel.image.size * (i + 1) / n;

		bz_compress(&file, compression,
			    (struct pvhboot_bytes){ kernel.image.data + at, end - at }, settings);
		at = end;
	}
	return file;
}

/* Of gzip, and of the other formats that know of such. */
START_TEST(edge_083_concatenated)
{
	const struct variant *variant = &variants[_i];

	/* An .lzma file is one stream, and lzop's end mark ends the archive. */
	if (!variant_can(variant) || variant->compression == LZMA ||
	    variant->compression == PVHBOOT_COMPRESSION_LZO)
		return;
	for (size_t n = 2; n <= 7; n++) {
		struct blob file = in_parts(variant->compression, &variant->settings, n);
		char row[32];

		snprintf(row, sizeof(row), "%s, %zu parts", variant->name, n);
		if (variant->compression != GZIP) {
			struct blob bz = bzimage_around(&file, kernel.image.size);

			loads(row, &bz, 0);
		}
		loads(row, &file, 0);
	}
}
END_TEST

/* A bzImage's size is that of the last member, which is not all. */
START_TEST(edge_083_concatenated_gzip_in_bzimage)
{
	struct blob stream = in_parts(GZIP, NULL, 2);
	struct blob file = { 0 };

	bz_wrap(&file, blob_view(&stream), NULL);
	fails("two members", &file, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK, ANY_OFFSET,
	      "size that the file claims");
	blob_free(&stream);
}
END_TEST

/* The second stream is damaged: what the first held is no success. */
START_TEST(edge_083_second_one_damaged)
{
	const struct variant *variant = &variants[_i];
	struct blob cut;
	struct blob file;

	if (!variant_can(variant) || variant->compression == LZMA ||
	    variant->compression == PVHBOOT_COMPRESSION_LZO)
		return;
	cut = in_parts(variant->compression, &variant->settings, 2);
	cut.size -= 9;
	fails(variant->name, &cut, PVHBOOT_TRUNCATED, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "all of");
	if (variant->ends_with_input)
		return;
	file = in_parts(variant->compression, &variant->settings, 2);
	memset(file.data + file.size * 3 / 4, 0xff, 32);
	fails(variant->name, &file, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "");
}
END_TEST

START_TEST(edge_083_magic_1f9e)
{
	struct blob bare = packed(GZIP, elf(), NULL);
	struct blob bz = bzimage(GZIP);

	bare.data[1] = 0x9e;
	bz.data[5 * 512 + 0x20 + 1] = 0x9e;
	fails("bare", &bare, PVHBOOT_FORMAT, PVHBOOT_STAGE_IMAGE, 0, "an ELF file");
	fails("bzImage", &bz, PVHBOOT_FORMAT, PVHBOOT_STAGE_IMAGE, 5 * 512 + 0x20,
	      "an ELF file or compressed");
}
END_TEST

/* ISIZE counts modulo 2^32: more than it says is not taken for what it says. */
START_TEST(edge_084_isize_wraps)
{
	struct loading run = { .alloc = { .fail_above = MIB } };
	struct blob zeros = { 0 };
	struct blob stream;
	struct blob file = { 0 };

	blob_fill(&zeros, 0, 16 * MIB);
	stream = packed(GZIP, blob_view(&zeros), NULL);
	store_le(stream.data + stream.size - 4, 4, 4096);
	bz_wrap(&file, blob_view(&stream), NULL);
	loading_expect_failure("wraps", &run, blob_view(&file), PVHBOOT_CORRUPT,
			       PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "size that the file claims");
	loading_close(&run);
	blob_free(&zeros);
	blob_free(&stream);
	blob_free(&file);
}
END_TEST

START_TEST(edge_085_xz)
{
	static const struct bz_codec rows[] = {
		{ .xz_check = BZ_XZ_NO_CHECK },
		{ .xz_check = LZMA_CHECK_CRC32 },
		{ .xz_check = LZMA_CHECK_CRC64 },
		{ .xz_check = LZMA_CHECK_SHA256 },
		{ .xz_block = 500 },
		{ .xz_block = 100, .xz_check = LZMA_CHECK_CRC64, .xz_without_bcj = 1 },
		{ .xz_without_bcj = 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct blob stream = packed(XZ, elf(), &rows[i]);
		struct blob file = bzimage_around(&stream, kernel.image.size);
		struct blob two = in_parts(XZ, &rows[i], 3);
		char row[16];

		snprintf(row, sizeof(row), "row %zu", i);
		loads(row, &stream, 0);
		loads(row, &file, 0);
		loads(row, &two, 0);
	}
}
END_TEST

/* Padding between streams comes in units of 4 bytes. */
START_TEST(edge_085_xz_padding)
{
	for (size_t n = 0; n <= 16; n++) {
		struct pvhboot_bytes half = { kernel.image.data, kernel.image.size / 2 };
		struct pvhboot_bytes rest = { half.data + half.size,
					      kernel.image.size - half.size };
		struct blob file = packed(XZ, half, NULL);
		struct loading run = { 0 };
		char row[24];

		snprintf(row, sizeof(row), "%zu bytes", n);
		blob_fill(&file, 0, n);
		bz_compress(&file, XZ, rest, NULL);
		if (n % 4 == 0) {
			loads(row, &file, 0);
			continue;
		}
		/* What is behind other padding is not told to be a stream. */
		loading_expect(row, &run, blob_view(&file), half, 1);
		loading_close(&run);
		blob_free(&file);
	}
}
END_TEST

/* The byte that tells the size of the dictionary in the header of the first block. */
static void set_dictionary(struct blob *file, uint8_t size_id)
{
	const size_t header = 12;
	size_t size = (size_t)(file->data[header] + 1) * 4;

	ck_assert_uint_eq(file->data[header + 2], 0x21); /* LZMA2, with a property */
	file->data[header + 4] = size_id;
	store_le(file->data + header + size - 4, 4, lzma_crc32(file->data + header, size - 4, 0));
}

/* As `xz --lzma2=dict=512MiB` writes. */
START_TEST(field_f09_xz_512_mib)
{
	const struct bz_codec settings = { .xz_without_bcj = 1 };
	struct blob file = packed(XZ, elf(), &settings);
	struct loading run = { 0 };
	char line[256];

	set_dictionary(&file, 34); /* 2 << 28 bytes */
	loading_expect_failure("512 MiB", &run, blob_view(&file), PVHBOOT_LIMIT,
			       PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "max_memory");
	expect_finding("512 MiB", &run.diag.failure,
		       &(struct finding){ .says = SAYS_BOUND, .bound = 256 * MIB });
	ck_assert_uint_gt(run.diag.failure.found, 512 * MIB);
	ck_assert_uint_lt(run.diag.failure.found, 513 * MIB);
	pvhboot_diag_format(&run.diag, line, sizeof(line));
	ck_assert_msg(strstr(line, "(needed 53") != NULL &&
			      strstr(line, " bytes, allowed 268435456 bytes); raise max_memory"),
		      "%s", line);
	loading_close(&run);
	blob_free(&file);
}
END_TEST

/* The dictionary of Linux 6.12 and later: the header of the block says so. */
START_TEST(edge_085_xz_large_dictionary)
{
	const struct bz_codec settings = { .xz_without_bcj = 1 };

	for (int i = 0; i < 2; i++) {
		struct loading run = { .options = { .max_memory = i ? 64 * MIB : 0 } };
		struct blob file = packed(XZ, elf(), &settings);

		set_dictionary(&file, 30); /* 2 << 26 bytes */
		if (i) {
			loading_expect_failure("64 MiB", &run, blob_view(&file), PVHBOOT_LIMIT,
					       PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "max_memory");
			ck_assert_uint_lt(run.alloc.peak_size, 2 * MIB);
		} else {
			loading_expect("default", &run, blob_view(&file), elf(), 0);
			ck_assert_uint_gt(run.alloc.peak_size, 128 * MIB);
		}
		loading_close(&run);
		blob_free(&file);
	}
}
END_TEST

START_TEST(edge_086_lzma_ends)
{
	for (int end = BZ_LZMA_MARK; end <= BZ_LZMA_NEITHER; end++) {
		const struct bz_codec settings = { .lzma_end = (enum bz_lzma_end)end };
		struct blob bare = packed(LZMA, elf(), &settings);
		struct blob file = bzimage_around(&bare, kernel.image.size);
		char row[16];

		snprintf(row, sizeof(row), "end %d", end);
		loads(row, &file, 0);
		/* Without any end it is whole only when another one tells its size. */
		if (end == BZ_LZMA_NEITHER)
			fails(row, &bare, PVHBOOT_TRUNCATED, PVHBOOT_STAGE_UNPACK, bare.size,
			      "all of");
		else
			loads(row, &bare, 0);
	}
}
END_TEST

/* The size in the header is held against what the stream holds. */
START_TEST(edge_086_lzma_size)
{
	static const int64_t deltas[] = { -1, 1, 1000 };

	for (size_t i = 0; i < 3; i++) {
		const struct bz_codec settings = { .lzma_end = BZ_LZMA_SIZE };
		struct blob bare = packed(LZMA, elf(), &settings);
		struct loading run = { 0 };
		enum pvhboot_status status;

		store_le(bare.data + 5, 8, kernel.image.size + (uint64_t)deltas[i]);
		status = loading_run(&run, blob_view(&bare));
		/* Less than there is cannot be told from bytes behind the stream. */
		if (deltas[i] > 0)
			expect_status("more", status, PVHBOOT_TRUNCATED);
		else
			expect_true("less", status == PVHBOOT_OK || status == PVHBOOT_CORRUPT);
		loading_close(&run);
		blob_free(&bare);
	}
}
END_TEST

/* A size that is known, no end mark, and a buffer that is guessed too small. */
START_TEST(edge_086_lzma_large_with_size)
{
	const struct bz_codec settings = { .lzma_end = BZ_LZMA_SIZE };

	for (size_t size = MIB; size < MIB + 3000; size += 97) {
		struct loading run = { 0 };
		struct blob contents = { 0 };
		struct blob bare;
		char row[32];

		snprintf(row, sizeof(row), "%zu bytes", size);
		blob_append(&contents, kernel.image.data, kernel.image.size);
		blob_fill(&contents, 0, size - contents.size);
		bare = packed(LZMA, blob_view(&contents), &settings);
		loading_expect(row, &run, blob_view(&bare), blob_view(&contents), 0);
		loading_close(&run);
		blob_free(&contents);
		blob_free(&bare);
	}
}
END_TEST

START_TEST(edge_086_lzma_largest_dictionary)
{
	struct blob file = packed(LZMA, elf(), NULL);
	struct blob other = packed(LZMA, elf(), NULL);

	store_le(file.data + 1, 4, 0xffffff00);
	fails("limit", &file, PVHBOOT_LIMIT, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "max_memory");
	/* Linux's magic, 5d 00, tells .lzma by a size that is a multiple of 256; the
	 * largest of all is none. */
	store_le(other.data + 1, 4, 0xffffffff);
	fails("limit, 2^32 - 1", &other, PVHBOOT_LIMIT, PVHBOOT_STAGE_UNPACK, ANY_OFFSET,
	      "max_memory");
	other = packed(LZMA, elf(), NULL);
	store_le(other.data + 1, 4, 0xfffffffe);
	fails("not told to be .lzma", &other, PVHBOOT_FORMAT, PVHBOOT_STAGE_IMAGE, 0,
	      "an ELF file");
}
END_TEST

#ifdef PVHB_HAVE_LZ4
START_TEST(edge_087_lz4_legacy)
{
	static const size_t blocks[] = { 0, 1000, 100 };

	for (size_t i = 0; i < 3; i++) {
		const struct bz_codec settings = { .lz4_block = blocks[i] };
		struct blob bare = packed(PVHBOOT_COMPRESSION_LZ4, elf(), &settings);
		struct blob file = bzimage_around(&bare, kernel.image.size);
		char row[32];

		snprintf(row, sizeof(row), "blocks of %zu", blocks[i]);
		loads(row, &file, 0);
		loads(row, &bare, 0);
	}
}
END_TEST

START_TEST(edge_087_lz4_frame)
{
	const unsigned int flags = BZ_LZ4_FRAME | ((unsigned int)_i << 1);
	const struct bz_codec settings = { .lz4_frame = flags };
	struct blob bare = packed(PVHBOOT_COMPRESSION_LZ4, elf(), &settings);
	struct blob file = bzimage_around(&bare, kernel.image.size);
	struct blob wrong = packed(PVHBOOT_COMPRESSION_LZ4, elf(), &settings);
	struct blob header = packed(PVHBOOT_COMPRESSION_LZ4, elf(), &settings);
	struct blob version = packed(PVHBOOT_COMPRESSION_LZ4, elf(), &settings);
	size_t header_size = flags & BZ_LZ4_CONTENT_SIZE ? 15 : 7;

	ck_assert_uint_eq(load_le(bare.data, 4), 0x184d2204);
	loads("bare", &bare, 0);
	loads("bzImage", &file, 0);
	wrong.data[wrong.size - 10] ^= 0x40;
	if (flags & (BZ_LZ4_BLOCK_SUMS | BZ_LZ4_CONTENT_SUM))
		fails("data", &wrong, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "intact");
	else
		blob_free(&wrong);
	header.data[header_size - 1] ^= 1;
	fails("header checksum", &header, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK, ANY_OFFSET,
	      "intact");
	version.data[4] ^= 0xc0;
	fails("version", &version, PVHBOOT_UNSUPPORTED, PVHBOOT_STAGE_UNPACK, ANY_OFFSET,
	      "features");
}
END_TEST
#endif

#ifdef PVHB_HAVE_LZO
#define LZO PVHBOOT_COMPRESSION_LZO

static const struct {
	const char *name;
	struct bz_codec settings;
} lzo_rows[] = {
	{ "defaults", { 0 } },
	{ "no checksums", { .lzo_flags = BZ_LZO_NO_FLAGS } },
	{ "adler32 of the unpacked", { .lzo_flags = BZ_LZO_ADLER32_UNPACKED } },
	{ "adler32 of the packed", { .lzo_flags = BZ_LZO_ADLER32_PACKED } },
	{ "crc32 of the unpacked", { .lzo_flags = BZ_LZO_CRC32_UNPACKED } },
	{ "crc32 of the packed", { .lzo_flags = BZ_LZO_CRC32_PACKED } },
	{ "all checksums",
	  { .lzo_flags = BZ_LZO_ADLER32_UNPACKED | BZ_LZO_ADLER32_PACKED | BZ_LZO_CRC32_UNPACKED |
			 BZ_LZO_CRC32_PACKED } },
	{ "crc32 of the header", { .lzo_flags = BZ_LZO_HEADER_CRC32 | BZ_LZO_ADLER32_UNPACKED } },
	{ "extra field", { .lzo_flags = BZ_LZO_EXTRA | BZ_LZO_ADLER32_UNPACKED } },
	{ "a name", { .lzo_name = "vmlinux.bin" } },
	{ "an old version", { .lzo_version = 0x0930 } },
	{ "an old version, a name", { .lzo_version = 0x0930, .lzo_name = "vmlinux" } },
	{ "small blocks", { .lzo_block = 333 } },
	{ "stored", { .lzo_stored = 1 } },
	{ "stored, small, all checksums",
	  { .lzo_stored = 1,
	    .lzo_block = 64,
	    .lzo_flags = BZ_LZO_ADLER32_UNPACKED | BZ_LZO_ADLER32_PACKED | BZ_LZO_CRC32_UNPACKED |
			 BZ_LZO_CRC32_PACKED } },
};

START_TEST(edge_088_lzo)
{
	const char *row = lzo_rows[_i].name;
	const struct bz_codec *settings = &lzo_rows[_i].settings;
	struct blob bare = packed(LZO, elf(), settings);
	struct blob file = bzimage_around(&bare, kernel.image.size);

	/* Any prefix is told. */
	for (size_t n = 0; n < bare.size;
	     n += suite_step(n > 200 && n + 20 < bare.size ? 11 : 1)) {
		struct loading run = { 0 };

		expect_status(row, loading_run(&run, (struct pvhboot_bytes){ bare.data, n }),
			      n < 5 ? PVHBOOT_FORMAT : PVHBOOT_TRUNCATED);
		loading_close(&run);
	}
	/* And a bit of the data, where there is a checksum. */
	if (settings->lzo_flags != BZ_LZO_NO_FLAGS) {
		struct blob wrong = packed(LZO, elf(), settings);

		wrong.data[wrong.size - 4 - 7] ^= 4;
		fails(row, &wrong, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "intact");
	}
	loads(row, &file, 0);
	loads(row, &bare, 0);
}
END_TEST

START_TEST(edge_088_lzo_filter)
{
	const struct bz_codec settings = { .lzo_flags = BZ_LZO_FILTER };
	struct blob file = packed(LZO, elf(), &settings);

	fails("filter", &file, PVHBOOT_UNSUPPORTED, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "filter");
}
END_TEST

static void put_be32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * (3 - i));
}

/* Sizes of the first block that cannot be. */
START_TEST(edge_088_lzo_block_sizes)
{
	static const struct {
		const char *name;
		uint32_t unpacked;
		uint32_t packed;
		enum pvhboot_status status;
	} rows[] = {
		{ "more packed than unpacked", 9, 10, PVHBOOT_CORRUPT },
		{ "nothing packed", 10, 0, PVHBOOT_CORRUPT },
		{ "more than 64 MiB", (64 << 20) + 1, 10, PVHBOOT_CORRUPT },
		{ "more packed than there is", 0x100000, 0xfffff, PVHBOOT_TRUNCATED },
		{ "2^32 - 1", 0xffffffff, 0xffffffff, PVHBOOT_TRUNCATED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct blob file = packed(LZO, elf(), NULL);

		put_be32(file.data + 38, rows[i].unpacked);
		put_be32(file.data + 42, rows[i].packed);
		fails(rows[i].name, &file, rows[i].status, PVHBOOT_STAGE_UNPACK, ANY_OFFSET,
		      "block");
	}
}
END_TEST
#endif

#ifdef PVHB_HAVE_ZSTD
#define ZSTD PVHBOOT_COMPRESSION_ZSTD

static void put_skippable(struct blob *out, unsigned int kind, size_t size)
{
	blob_put(out, 4, 0x184d2a50 + kind);
	blob_put(out, 4, size);
	blob_pattern(out, kind, size);
}

START_TEST(edge_089_zstd_skippable)
{
	struct pvhboot_bytes half = { kernel.image.data, kernel.image.size / 2 };
	struct pvhboot_bytes rest = { half.data + half.size, kernel.image.size - half.size };

	for (unsigned int kind = 0; kind < 16; kind++) {
		struct blob file = packed(ZSTD, half, NULL);
		struct blob cut;

		put_skippable(&file, kind, kind * 3);
		bz_compress(&file, ZSTD, rest, NULL);
		put_skippable(&file, kind, 5);
		loads("between and behind", &file, 0);
		cut = packed(ZSTD, elf(), NULL);
		put_skippable(&cut, kind, 5);
		cut.size--;
		fails("cut", &cut, PVHBOOT_TRUNCATED, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "all of");
	}
}
END_TEST

/* In front, as pzstd writes it: what follows tells zstd. */
START_TEST(edge_089_zstd_skippable_in_front)
{
	for (unsigned int kind = 0; kind < 16; kind++) {
		struct blob file = { 0 };
		struct blob stream = { 0 };
		struct blob in_bzimage;

		put_skippable(&file, kind, kind * 3);
		bz_compress(&file, ZSTD, elf(), NULL);
		blob_append(&stream, file.data, file.size);
		in_bzimage = bzimage_around(&stream, kernel.image.size);
		loads("bare", &file, 0);
		loads("in a bzImage", &in_bzimage, 0);
		blob_free(&stream);
	}
}
END_TEST

static void fails_as_unknown(const char *row, struct blob *file)
{
	fails(row, file, PVHBOOT_FORMAT, PVHBOOT_STAGE_IMAGE, 0, "an ELF file");
}

/* One alone tells nothing: other formats have it too. */
START_TEST(edge_089_skippable_in_front_of_others)
{
	struct blob file = { 0 };

	put_skippable(&file, 0, 4);
	fails_as_unknown("nothing behind", &file);

	put_skippable(&file, 0, 4);
	bz_compress(&file, GZIP, elf(), NULL);
	fails_as_unknown("gzip behind", &file);

	put_skippable(&file, 0, 4);
	put_skippable(&file, 0, 4);
	bz_compress(&file, ZSTD, elf(), NULL);
	fails_as_unknown("two", &file);

	for (unsigned int delta = 1; delta < 4; delta++) {
		put_skippable(&file, 0, 4);
		bz_compress(&file, ZSTD, elf(), NULL);
		file.size = 8 + 4 + 4 - delta;
		fails_as_unknown("cut in the magic behind", &file);
	}
	put_skippable(&file, 0, 4);
	file.size = 7;
	fails_as_unknown("cut in its size", &file);

	put_skippable(&file, 0, 4);
	bz_compress(&file, ZSTD, elf(), NULL);
	store_le(file.data + 4, 4, 0xffffffff);
	fails_as_unknown("size of 4 GiB", &file);

	for (unsigned int magic = 0x184d2a4f; magic <= 0x184d2a60; magic += 0x11) {
		put_skippable(&file, 0, 4);
		bz_compress(&file, ZSTD, elf(), NULL);
		store_le(file.data, 4, magic);
		fails_as_unknown("magic", &file);
	}
}
END_TEST

START_TEST(edge_089_zstd_no_size)
{
	static const int logs[] = { 10, 17, 27 };

	for (size_t i = 0; i < 3; i++) {
		const struct bz_codec settings = { .zstd_window_log = logs[i],
						   .zstd_no_checksum = 1 };
		struct blob bare = packed(ZSTD, elf(), &settings);
		struct blob file = bzimage_around(&bare, kernel.image.size);

		loads("bare", &bare, 0);
		loads("bzImage", &file, 0);
	}
}
END_TEST

/* A frame by hand (RFC 8878, 3.1.1): a descriptor, what it says there is, then
 * the kernel in one raw block. */
static struct blob zstd_frame(uint8_t descriptor, const void *fields, size_t size)
{
	struct blob file = { 0 };

	blob_put(&file, 4, 0xfd2fb528);
	blob_put(&file, 1, descriptor);
	blob_append(&file, fields, size);
	blob_put(&file, 3, 1 | kernel.image.size << 3);
	blob_append(&file, kernel.image.data, kernel.image.size);
	return file;
}

/* The output is the window, so its size costs nothing. */
START_TEST(edge_089_zstd_window)
{
	struct blob large = zstd_frame(0, "\xa8", 1); /* 2 GiB */
	struct blob over = zstd_frame(0, "\xf8", 1);  /* 2 TiB */
	struct loading run = { .options = { .max_memory = MIB } };

	loading_expect("2 GiB", &run, blob_view(&large), elf(), 0);
	ck_assert_uint_lt(run.alloc.peak_size, 2 * MIB);
	loading_close(&run);
	blob_free(&large);
	fails("2 TiB", &over, PVHBOOT_UNSUPPORTED, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "features");
}
END_TEST

START_TEST(edge_089_zstd_dictionary)
{
	struct blob none = zstd_frame(1, "\x50\0", 2);
	struct blob one = zstd_frame(1, "\x50\x07", 2);
	struct blob four = zstd_frame(3, "\x50\x07\x08\x09\x0a", 5);

	loads("id 0", &none, 0);
	fails("1 byte", &one, PVHBOOT_UNSUPPORTED, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "features");
	fails("4 bytes", &four, PVHBOOT_UNSUPPORTED, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "features");
}
END_TEST

START_TEST(edge_089_zstd_reserved_bit)
{
	struct blob file = zstd_frame(8, "\x50", 1);

	fails("reserved", &file, PVHBOOT_UNSUPPORTED, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "features");
}
END_TEST
#endif

#ifdef PVHB_HAVE_BZIP2
/* The randomised bit of the first block says that data were made less regular:
 * libbz2 undoes what was not done, and the CRC tells. */
START_TEST(edge_090_bzip2_randomised)
{
	struct blob file = packed(PVHBOOT_COMPRESSION_BZIP2, elf(), NULL);

	file.data[14] ^= 0x80;
	fails("randomised", &file, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "intact");
}
END_TEST

START_TEST(edge_090_bzip2_header)
{
	struct blob level = packed(PVHBOOT_COMPRESSION_BZIP2, elf(), NULL);
	struct blob magic = packed(PVHBOOT_COMPRESSION_BZIP2, elf(), NULL);

	level.data[3] = '0';
	magic.data[4] ^= 1;
	fails("level", &level, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "intact");
	fails("block", &magic, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK, ANY_OFFSET, "intact");
}
END_TEST
#endif

/* 64 MiB of zeros; in many streams where the format has that, which is faster. */
static struct blob bomb(const struct variant *variant)
{
	int one = variant->compression == LZMA || variant->compression == PVHBOOT_COMPRESSION_LZO;
	struct blob zeros = { 0 };
	struct blob file = { 0 };

	blob_fill(&zeros, 0, one ? 64 * MIB : 4 * MIB);
	variant_pack(&file, variant, blob_view(&zeros));
	if (!one) {
		struct blob part = file;

		file = (struct blob){ 0 };
		for (int i = 0; i < 16; i++)
			blob_append(&file, part.data, part.size);
		blob_free(&part);
	}
	blob_free(&zeros);
	return file;
}

START_TEST(edge_091_bomb)
{
	static const size_t caps[] = { MIB, MIB + MIB / 2 };
	const struct variant *variant = &variants[_i];
	const size_t max_memory = 8 * MIB;
	struct blob file;
	struct blob in_bzimage;
	struct loading run = { .options = { .max_memory = max_memory } };

	if (!variant_can(variant))
		return;
	file = bomb(variant);
	ck_assert_uint_lt(file.size, 8 * MIB);
	for (size_t i = 0; i < 2; i++) {
		struct loading capped = { .options = { .max_memory = max_memory,
						       .max_output = caps[i] } };

		loading_expect_failure(variant->name, &capped, blob_view(&file), PVHBOOT_LIMIT,
				       PVHBOOT_STAGE_UNPACK, ANY_OFFSET,
				       "unpacked size <= max_output");
		expect_true(variant->name, capped.alloc.peak_size <= caps[i] + max_memory);
		loading_close(&capped);
	}
	/* A bzImage names its size itself, and lies. */
	in_bzimage = bzimage_around(&file, 4096);
	expect_status(variant->name, loading_run(&run, blob_view(&in_bzimage)), PVHBOOT_CORRUPT);
	expect_true(variant->name, run.alloc.peak_size <= 4096 + max_memory);
	loading_close(&run);
	blob_free(&file);
	blob_free(&in_bzimage);
}
END_TEST

START_TEST(edge_092_relocations)
{
	struct loading run = { 0 };
	struct blob contents = { 0 };
	struct blob file = { 0 };

	blob_append(&contents, kernel.image.data, kernel.image.size);
	blob_pattern(&contents, 5, 4444);
	bz_image(&file, XZ, blob_view(&contents));
	loading_expect("relocations", &run, blob_view(&file), blob_view(&contents), 0);
	loading_close(&run);
	blob_free(&contents);
	blob_free(&file);
}
END_TEST

static struct blob wrapped(struct blob *inner, const char *how)
{
	const struct pe_section section = { ".linux", blob_view(inner) };
	struct blob file = { 0 };

	if (*how == 'g')
		bz_compress(&file, GZIP, blob_view(inner), NULL);
	else if (*how == 'x')
		bz_compress(&file, XZ, blob_view(inner), NULL);
	else if (*how == 'b')
		bz_image(&file, XZ, blob_view(inner));
	else if (*how == 'e')
		bz_image(&file, PVHBOOT_COMPRESSION_NONE, blob_view(inner));
	else
		pe_build(&file, &section, 1);
	blob_free(inner);
	return file;
}

/* From the kernel outwards: gzip, xz, a bzImage by XZ, one with an ELF, a UKI. */
static const struct {
	const char *how;
	enum pvhboot_status status;
	const char *rule;
} nestings[] = {
	{ "g", PVHBOOT_OK, NULL },
	{ "gg", PVHBOOT_OK, NULL },
	{ "xg", PVHBOOT_OK, NULL },
	{ "bg", PVHBOOT_OK, NULL },
	{ "eg", PVHBOOT_OK, NULL },
	{ "egg", PVHBOOT_OK, NULL },
	{ "gb", PVHBOOT_OK, NULL },
	{ "bu", PVHBOOT_OK, NULL },
	{ "eu", PVHBOOT_OK, NULL },
	{ "bgu", PVHBOOT_OK, NULL },
	{ "ggu", PVHBOOT_OK, NULL },
	{ "bb", PVHBOOT_OK, NULL },
	{ "ggg", PVHBOOT_LIMIT, "<= PVHBOOT_MAX_DEPTH" },
	{ "gggg", PVHBOOT_LIMIT, "<= PVHBOOT_MAX_DEPTH" },
	{ "bgg", PVHBOOT_LIMIT, "<= PVHBOOT_MAX_DEPTH" },
	{ "bggu", PVHBOOT_LIMIT, "<= PVHBOOT_MAX_DEPTH" },
	{ "bbb", PVHBOOT_LIMIT, "<= PVHBOOT_MAX_DEPTH" },
	{ "ug", PVHBOOT_FORMAT, "an ELF file" },
	{ "bug", PVHBOOT_FORMAT, "an ELF file" },
	{ "buu", PVHBOOT_FORMAT, "an ELF file" },
	{ "be", PVHBOOT_FORMAT, "an ELF file or compressed" },
};

START_TEST(edge_093_nesting)
{
	const char *row = nestings[_i].how;
	struct blob file = { 0 };

	blob_append(&file, kernel.image.data, kernel.image.size);
	for (const char *how = row; *how; how++)
		file = wrapped(&file, how);
	if (nestings[_i].status == PVHBOOT_OK)
		loads(row, &file, 0);
	else
		fails(row, &file, nestings[_i].status, PVHBOOT_STAGE_IMAGE, ANY_OFFSET,
		      nestings[_i].rule);
}
END_TEST

START_TEST(edge_094_gzip_in_elf)
{
	struct loading run = { 0 };
	struct blob file = { 0 };

	blob_append(&file, kernel.image.data, kernel.image.size);
	bz_compress(&file, GZIP, elf(), NULL);
	memcpy(file.data + 0x202, "HdrS", 4);
	loading_expect("elf", &run, blob_view(&file), blob_view(&file), 0);
	ck_assert_uint_eq(run.loaded.image.container, PVHBOOT_CONTAINER_ELF);
	ck_assert_ptr_null(run.loaded.buffer.data);
	loading_close(&run);
	blob_free(&file);
}
END_TEST

/* By its magic alone, whether the build has the codec or not. */
static const struct {
	const char *name;
	const char *magic;
	size_t size;
	enum pvhboot_compression compression;
} magics[] = {
	{ "gzip", "\x1f\x8b\x08", 3, PVHBOOT_COMPRESSION_GZIP },
	{ "bzip2", "BZh9", 4, PVHBOOT_COMPRESSION_BZIP2 },
	{ "xz", "\xfd\x37zXZ\0", 6, PVHBOOT_COMPRESSION_XZ },
	{ "lzma", "\x5d\0\0\0\x02", 5, PVHBOOT_COMPRESSION_LZMA },
	{ "lzo", "\x89LZO\0\x0d\x0a\x1a\x0a", 9, PVHBOOT_COMPRESSION_LZO },
	{ "lz4", "\x02\x21\x4c\x18", 4, PVHBOOT_COMPRESSION_LZ4 },
	{ "lz4", "\x04\x22\x4d\x18", 4, PVHBOOT_COMPRESSION_LZ4 },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, PVHBOOT_COMPRESSION_ZSTD },
};

static const struct pvhboot_codec *const no_codecs[] = { NULL };

START_TEST(edge_095_codec_missing)
{
	const char *row = magics[_i].name;
	const int built_in = bz_can_compress(magics[_i].compression);

	for (int i = 0; i < 4; i++) {
		struct loading run = { .options = { .codecs = i % 2 ? no_codecs : NULL } };
		struct blob stream = { 0 };
		struct blob file = { 0 };
		uint64_t offset = i / 2 ? 5 * 512 + 0x20 : 0;

		if (built_in && i % 2 == 0)
			continue;
		blob_append(&stream, magics[_i].magic, magics[_i].size);
		blob_fill(&stream, 1, 100);
		if (i / 2)
			bz_wrap(&file, blob_view(&stream), NULL);
		else
			blob_append(&file, stream.data, stream.size);
		if (i / 2)
			store_le(file.data + file.size - 4, 4, 4096);
		loading_expect_failure(row, &run, blob_view(&file), PVHBOOT_UNSUPPORTED,
				       PVHBOOT_STAGE_UNPACK, offset, "a codec for the compression");
		ck_assert_msg(strstr(run.diag.detail, row), "%s: detail is \"%s\"", row,
			      run.diag.detail);
		ck_assert_uint_eq(run.alloc.n_calls, 0);
		loading_close(&run);
		blob_free(&stream);
		blob_free(&file);
	}
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("edge_image");
	TCase *bz = suite_case(suite, "bzimage");
	TCase *any = suite_case(suite, "any codec");
	TCase *formats = suite_case(suite, "formats");
	TCase *files = suite_case(suite, "files");

	tcase_add_unchecked_fixture(bz, build_kernel, free_kernel);
	tcase_add_test(bz, edge_073_setup_sects_0);
	tcase_add_test(bz, edge_074_protocol);
	tcase_add_test(bz, edge_075_boot_flag);
	tcase_add_test(bz, edge_076_payload_bounds);
	tcase_add_test(bz, edge_077_payload_length);
	tcase_add_test(bz, edge_078_payload_is_elf);
	tcase_add_test(bz, edge_079_no_note);

	tcase_add_unchecked_fixture(any, build_kernel, free_kernel);
	tcase_add_loop_test(any, edge_080_size_in_bzimage, 0, N_VARIANTS * N_CLAIMS);
	tcase_add_loop_test(any, edge_080_size_behind_a_bare_stream, 0, N_VARIANTS * N_CLAIMS);
	tcase_add_test(any, edge_080_largest_size);
	tcase_add_loop_test(any, edge_081_truncated, 0, N_VARIANTS);
	tcase_add_test(any, edge_081_truncated_at_the_guess);
	tcase_add_loop_test(any, edge_081_flipped_checksum, 0, N_VARIANTS);
	tcase_add_loop_test(any, edge_082_bytes_in_front_of_the_size, 0, N_VARIANTS);
	tcase_add_loop_test(any, edge_082_bare_with_padding, 0, N_VARIANTS);
	tcase_add_loop_test(any, edge_083_concatenated, 0, N_VARIANTS);
	tcase_add_loop_test(any, edge_083_second_one_damaged, 0, N_VARIANTS);
	tcase_add_loop_test(any, edge_091_bomb, 0, N_VARIANTS);

	tcase_add_unchecked_fixture(formats, build_kernel, free_kernel);
	tcase_add_test(formats, edge_083_gzip_fields);
	tcase_add_test(formats, edge_083_concatenated_gzip_in_bzimage);
	tcase_add_test(formats, edge_083_magic_1f9e);
	tcase_add_test(formats, edge_084_isize_wraps);
	tcase_add_test(formats, edge_085_xz);
	tcase_add_test(formats, edge_085_xz_padding);
	tcase_add_test(formats, edge_085_xz_large_dictionary);
	tcase_add_test(formats, field_f09_xz_512_mib);
	tcase_add_test(formats, edge_086_lzma_ends);
	tcase_add_test(formats, edge_086_lzma_size);
	tcase_add_test(formats, edge_086_lzma_large_with_size);
	tcase_add_test(formats, edge_086_lzma_largest_dictionary);
#ifdef PVHB_HAVE_LZ4
	tcase_add_test(formats, edge_081_truncated_at_the_guess_lz4);
	tcase_add_test(formats, edge_087_lz4_legacy);
	tcase_add_loop_test(formats, edge_087_lz4_frame, 0, 32);
#endif
#ifdef PVHB_HAVE_LZO
	tcase_add_loop_test(formats, edge_088_lzo, 0, ROWS(lzo_rows));
	tcase_add_test(formats, edge_088_lzo_filter);
	tcase_add_test(formats, edge_088_lzo_block_sizes);
#endif
#ifdef PVHB_HAVE_ZSTD
	tcase_add_test(formats, edge_089_zstd_skippable);
	tcase_add_test(formats, edge_089_zstd_skippable_in_front);
	tcase_add_test(formats, edge_089_skippable_in_front_of_others);
	tcase_add_test(formats, edge_089_zstd_no_size);
	tcase_add_test(formats, edge_089_zstd_window);
	tcase_add_test(formats, edge_089_zstd_dictionary);
	tcase_add_test(formats, edge_089_zstd_reserved_bit);
#endif
#ifdef PVHB_HAVE_BZIP2
	tcase_add_test(formats, edge_090_bzip2_randomised);
	tcase_add_test(formats, edge_090_bzip2_header);
#endif

	tcase_add_unchecked_fixture(files, build_kernel, free_kernel);
	tcase_add_test(files, edge_092_relocations);
	tcase_add_loop_test(files, edge_093_nesting, 0, ROWS(nestings));
	tcase_add_test(files, edge_094_gzip_in_elf);
	tcase_add_loop_test(files, edge_095_codec_missing, 0, ROWS(magics));
	return suite_run(suite);
}
