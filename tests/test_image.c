/* SPDX-License-Identifier: MIT */
/* image.h: pvhboot_image_probe(), _need() and _unpack(). Codecs alone: test_codec.c. */

#include <pvhboot/image.h>
#include <pvhboot/wire/bzimage.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/blob.h"
#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/guard.h"
#include "support/kernelbuild.h"
#include "support/pebuild.h"
#include "support/suite.h"

static const enum pvhboot_compression all_compressions[] = {
	PVHBOOT_COMPRESSION_NONE, PVHBOOT_COMPRESSION_GZIP, PVHBOOT_COMPRESSION_BZIP2,
	PVHBOOT_COMPRESSION_XZ,   PVHBOOT_COMPRESSION_LZMA, PVHBOOT_COMPRESSION_LZO,
	PVHBOOT_COMPRESSION_LZ4,  PVHBOOT_COMPRESSION_ZSTD,
};

/* The ELF image in every bzImage of this file. */
static struct elf kernel;
/* bzImages around it, by compression; empty where the build lacks it. */
static struct blob files[8];

static void build_images(void)
{
	const struct kernel_spec spec = { 0 };

	kernel_build(&kernel, &spec);
	for (size_t i = 0; i < sizeof(all_compressions) / sizeof(all_compressions[0]); i++) {
		if (bz_can_compress(all_compressions[i]))
			bz_image(&files[all_compressions[i]], all_compressions[i],
				 blob_view(&kernel.image));
	}
}

static void free_images(void)
{
	elf_free(&kernel);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		blob_free(&files[i]);
}

static struct blob copy_of(const struct blob *blob)
{
	struct blob copy = { 0 };

	blob_append(&copy, blob->data, blob->size);
	return copy;
}

/* A bzImage around any payload. */
static struct blob around(const void *payload, size_t size)
{
	struct pvhboot_bytes bytes = { payload, size };
	struct blob file = { 0 };

	bz_wrap(&file, bytes, NULL);
	return file;
}

/* The size that the file claims its payload unpacks to. */
static void claim(struct blob *file, uint64_t size)
{
	size_t end = bz_payload_at(file) + (size_t)bz_read(file, "payload_length");

	store_le(file->data + end - 4, 4, size);
}

static enum pvhboot_status probe(const struct blob *file, struct pvhboot_image *image,
				 struct pvhboot_diag *diag)
{
	memset(diag, 0, sizeof(*diag));
	return pvhboot_image_probe(blob_view(file), NULL, image, diag);
}

START_TEST(names)
{
	static const char *const compressions[] = { "none", "gzip", "bzip2", "xz",
						    "lzma", "lzo",  "lz4",   "zstd" };

	for (int value = -1; value < 300; value++) {
		const char *name = pvhboot_compression_name((enum pvhboot_compression)value);

		ck_assert_str_eq(name, value >= 0 && value < 8 ? compressions[value] : "?");
	}
	ck_assert_str_eq(pvhboot_container_name(PVHBOOT_CONTAINER_ELF), "elf");
	ck_assert_str_eq(pvhboot_container_name(PVHBOOT_CONTAINER_BZIMAGE), "bzimage");
	ck_assert_str_eq(pvhboot_container_name(PVHBOOT_CONTAINER_PE), "pe");
	ck_assert_str_eq(pvhboot_container_name(PVHBOOT_CONTAINER_COMPRESSED), "compressed");
	ck_assert_str_eq(pvhboot_container_name((enum pvhboot_container)0), "?");
	ck_assert_str_eq(pvhboot_container_name((enum pvhboot_container)5), "?");
}
END_TEST

/* Only a unified kernel image carries more than a kernel. */
static void expect_no_uki(const char *row, const struct pvhboot_image *image)
{
	expect_eq(row, image->uki.initrd.size, 0);
	expect_eq(row, image->uki.cmdline.size, 0);
	expect_eq(row, image->uki.osrel.size, 0);
	expect_eq(row, image->uki.uname.size, 0);
}

START_TEST(probe_elf)
{
	struct pvhboot_image image;
	struct pvhboot_diag diag;

	memset(&image, 0xee, sizeof(image));
	expect_status("elf", probe(&kernel.image, &image, &diag), PVHBOOT_OK);
	expect_success("elf", &diag, 0);
	ck_assert_ptr_eq(image.file.data, kernel.image.data);
	ck_assert_uint_eq(image.file.size, kernel.image.size);
	ck_assert_ptr_eq(image.stream.data, kernel.image.data);
	ck_assert_uint_eq(image.stream.size, kernel.image.size);
	ck_assert_uint_eq(image.stream_offset, 0);
	ck_assert_uint_eq(image.unpacked_size, kernel.image.size);
	ck_assert_uint_eq(image.container, PVHBOOT_CONTAINER_ELF);
	ck_assert_uint_eq(image.compression, PVHBOOT_COMPRESSION_NONE);
	ck_assert_uint_eq(image.protocol, 0);
	ck_assert_uint_eq(image.size_is_exact, 1);
	ck_assert_uint_eq(image.depth, 0);
	expect_no_uki("elf", &image);
}
END_TEST

START_TEST(probe_bzimage)
{
	enum pvhboot_compression compression = all_compressions[_i];
	const char *row = pvhboot_compression_name(compression);
	const struct blob *file = &files[compression];
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	size_t length;

	if (!file->size)
		return;
	length = (size_t)bz_read(file, "payload_length");
	memset(&image, 0xee, sizeof(image));
	expect_status(row, probe(file, &image, &diag), PVHBOOT_OK);
	expect_success(row, &diag, 0);
	expect_true(row, image.file.data == file->data && image.file.size == file->size);
	expect_eq(row, image.container, PVHBOOT_CONTAINER_BZIMAGE);
	expect_eq(row, image.compression, compression);
	expect_eq(row, image.protocol, 0x020f);
	expect_eq(row, image.size_is_exact, 1);
	expect_eq(row, image.depth, 0);
	expect_no_uki(row, &image);
	expect_eq(row, image.stream_offset, bz_payload_at(file));
	expect_true(row, image.stream.data == file->data + bz_payload_at(file));
	expect_eq(row, image.unpacked_size, kernel.image.size);
	/* gzip's own last field is the size; an ELF image needs none. */
	if (compression == PVHBOOT_COMPRESSION_GZIP || compression == PVHBOOT_COMPRESSION_NONE)
		expect_eq(row, image.stream.size, length);
	else
		expect_eq(row, image.stream.size, length - 4);
}
END_TEST

/* What a bzImage can be compressed with, told by its first bytes alone. */
static const struct {
	const char *name;
	uint8_t magic[12];
	int compression; /* -1: FORMAT */
} magics[] = {
	{ "gzip", { 0x1f, 0x8b, 8 }, PVHBOOT_COMPRESSION_GZIP },
	{ "bzip2", { 'B', 'Z', 'h', '9' }, PVHBOOT_COMPRESSION_BZIP2 },
	{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, PVHBOOT_COMPRESSION_XZ },
	{ "lzma", { 0x5d, 0, 0, 0, 2 }, PVHBOOT_COMPRESSION_LZMA },
	{ "lzo", { 0x89, 'L', 'Z', 'O', 0, 0x0d, 0x0a }, PVHBOOT_COMPRESSION_LZO },
	{ "lz4", { 0x02, 0x21, 0x4c, 0x18 }, PVHBOOT_COMPRESSION_LZ4 },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, PVHBOOT_COMPRESSION_ZSTD },
	{ "elf", { 0x7f, 'E', 'L', 'F', 2, 1, 1 }, PVHBOOT_COMPRESSION_NONE },
	{ "zeros", { 0 }, -1 },
	{ "last byte of xz", { 0xfd, '7', 'z', 'X', 'Z', 1 }, -1 },
	{ "last byte of lz4", { 0x02, 0x21, 0x4c, 0x19 }, -1 },
	{ "last byte of zstd", { 0x28, 0xb5, 0x2f, 0xfc }, -1 },
	{ "last byte of elf", { 0x7f, 'E', 'L', 'G' }, -1 },
	{ "bzImage in a bzImage", { 'M', 'Z', 0xea, 7 }, -1 },
};

START_TEST(probe_magics)
{
	const char *row = magics[_i].name;
	struct blob file = around(magics[_i].magic, sizeof(magics[_i].magic));
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	enum pvhboot_status status;

	claim(&file, 4711);
	status = probe(&file, &image, &diag);
	if (magics[_i].compression < 0) {
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET,
			.stage = PVHBOOT_STAGE_IMAGE,
			.subject = PVHBOOT_SUBJECT_PAYLOAD,
			.offset = bz_payload_at(&file),
		};

		expect_status(row, status, PVHBOOT_FORMAT);
		expect_failure(row, &diag, PVHBOOT_FORMAT, &want);
	} else {
		expect_status(row, status, PVHBOOT_OK);
		expect_success(row, &diag, 0);
		expect_eq(row, image.compression, magics[_i].compression);
	}
	blob_free(&file);
}
END_TEST

/* Payloads that are a magic and nothing else: recognised, however short. */
START_TEST(probe_shortest_payloads)
{
	static const struct {
		const char *name;
		const char *bytes;
		size_t size;
		enum pvhboot_compression compression;
	} rows[] = {
		{ "lzo", "\x89LZO\0", 5, PVHBOOT_COMPRESSION_LZO },
		{ "xz",
		  "\xfd"
		  "7zXZ\0",
		  6, PVHBOOT_COMPRESSION_XZ },
		{ "lz4", "\x02\x21\x4c\x18\x01", 5, PVHBOOT_COMPRESSION_LZ4 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct blob file = around(rows[i].bytes, rows[i].size);
		struct pvhboot_image image;
		struct pvhboot_diag diag;

		expect_status(rows[i].name, probe(&file, &image, &diag), PVHBOOT_OK);
		expect_eq(rows[i].name, image.compression, rows[i].compression);
		expect_eq(rows[i].name, image.stream.size, rows[i].size - 4);
		blob_free(&file);
	}
}
END_TEST

START_TEST(probe_setup_sects)
{
	static const uint8_t sectors[] = { 0, 1, 4, 5, 64, 255 };

	for (size_t i = 0; i < sizeof(sectors); i++) {
		struct bz_spec spec = { .setup_sects = sectors[i] };
		struct pvhboot_image image;
		struct pvhboot_diag diag;
		struct blob file = { 0 };
		char row[32];

		snprintf(row, sizeof(row), "setup_sects %u", sectors[i]);
		bz_wrap(&file, blob_view(&kernel.image), &spec);
		expect_status(row, probe(&file, &image, &diag), PVHBOOT_OK);
		/* boot.rst: "If the setup_sects field contains 0, the real value is 4." */
		expect_eq(row, image.stream_offset,
			  ((sectors[i] ? sectors[i] : 4u) + 1) * 512 + 0x20);
		blob_free(&file);
	}
}
END_TEST

START_TEST(probe_protocol)
{
	static const struct {
		uint16_t version;
		enum pvhboot_status status;
	} rows[] = {
		{ 0x0000, PVHBOOT_UNSUPPORTED }, { 0x0200, PVHBOOT_UNSUPPORTED },
		{ 0x0207, PVHBOOT_UNSUPPORTED }, { 0x0208, PVHBOOT_OK },
		{ 0x020f, PVHBOOT_OK },          { 0x0300, PVHBOOT_OK },
		{ 0xffff, PVHBOOT_OK },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct blob file = copy_of(&files[PVHBOOT_COMPRESSION_GZIP]);
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_IMAGE,
			.subject = PVHBOOT_SUBJECT_HEADER,
			.offset = 0x206,
			.found = rows[i].version,
			.bound = 0x0208,
		};
		struct pvhboot_image image;
		struct pvhboot_diag diag;
		char row[32];

		snprintf(row, sizeof(row), "version 0x%04x", rows[i].version);
		bz_patch(&file, "version", rows[i].version);
		expect_status(row, probe(&file, &image, &diag), rows[i].status);
		if (rows[i].status)
			expect_failure(row, &diag, rows[i].status, &want);
		else
			expect_eq(row, image.protocol, rows[i].version);
		blob_free(&file);
	}
}
END_TEST

START_TEST(probe_boot_flag)
{
	static const uint16_t flags[] = { 0, 0xaa54, 0x55aa, 0xffff };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		struct blob file = copy_of(&files[PVHBOOT_COMPRESSION_GZIP]);
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_IMAGE,
			.subject = PVHBOOT_SUBJECT_HEADER,
			.offset = 0x1fe,
			.found = flags[i],
			.bound = 0xaa55,
		};
		struct pvhboot_image image;
		struct pvhboot_diag diag;

		bz_patch(&file, "boot_flag", flags[i]);
		expect_status("boot_flag", probe(&file, &image, &diag), PVHBOOT_OK);
		expect_warning("boot_flag", &diag, &want);
		expect_eq("boot_flag", image.compression, PVHBOOT_COMPRESSION_GZIP);
		blob_free(&file);
	}
}
END_TEST

/*
 * Where the payload is said to be, against a file whose payload of LENGTH bytes
 * ends with the file. Relative numbers are added to the right ones.
 */
enum { ABSOLUTE, RELATIVE };

static const struct {
	const char *name;
	const char *field;
	int how;
	int64_t value;
	enum pvhboot_status status;
	unsigned int says;
	int64_t found; /* relative to what the field said before */
	int64_t bound;
} payload_rows[] = {
	{ "as it is", "payload_length", RELATIVE, 0, PVHBOOT_OK, 0, 0, 0 },
	{ "shorter by 1", "payload_length", RELATIVE, -1, PVHBOOT_OK, 0, 0, 0 },
	{ "length 5", "payload_length", ABSOLUTE, 5, PVHBOOT_OK, 0, 0, 0 },
	{ "length 4", "payload_length", ABSOLUTE, 4, PVHBOOT_MALFORMED, SAYS_FOUND, 4, 0 },
	{ "length 3", "payload_length", ABSOLUTE, 3, PVHBOOT_MALFORMED, SAYS_FOUND, 3, 0 },
	{ "length 0", "payload_length", ABSOLUTE, 0, PVHBOOT_MALFORMED, SAYS_FOUND, 0, 0 },
	{ "length + 1", "payload_length", RELATIVE, 1, PVHBOOT_TRUNCATED, SAYS_NUMBERS, 1, 0 },
	{ "length max", "payload_length", ABSOLUTE, 0xffffffff, PVHBOOT_TRUNCATED, SAYS_FOUND,
	  0xffffffff, 0 },
	{ "offset + 1", "payload_offset", RELATIVE, 1, PVHBOOT_TRUNCATED, 0, 0, 0 },
	{ "offset 0, which means none", "payload_offset", ABSOLUTE, 0, PVHBOOT_UNSUPPORTED,
	  SAYS_NO_NUMBERS, 0, 0 },
	{ "at the last byte", "payload_offset", RELATIVE, -2, PVHBOOT_TRUNCATED, 0, 0, 0 },
	{ "behind the last byte", "payload_offset", RELATIVE, -1, PVHBOOT_TRUNCATED, 0, 0, 0 },
	{ "offset max", "payload_offset", ABSOLUTE, 0xffffffff, PVHBOOT_TRUNCATED, 0, 0, 0 },
	{ "end wraps 32 bits", "payload_offset", ABSOLUTE, 0xfffff600, PVHBOOT_TRUNCATED, 0, 0, 0 },
	{ "255 setup sectors", "setup_sects", ABSOLUTE, 255, PVHBOOT_TRUNCATED, 0, 0, 0 },
};

START_TEST(probe_payload_bounds)
{
	const char *row = payload_rows[_i].name;
	const char *field = payload_rows[_i].field;
	struct blob file = copy_of(&files[PVHBOOT_COMPRESSION_GZIP]);
	uint64_t length = bz_read(&file, "payload_length");
	uint64_t value = (uint64_t)payload_rows[_i].value;
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | payload_rows[_i].says,
		.stage = PVHBOOT_STAGE_IMAGE,
		.subject = PVHBOOT_SUBJECT_PAYLOAD,
		.found = (uint64_t)payload_rows[_i].found,
		.bound = (uint64_t)payload_rows[_i].bound,
	};
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	enum pvhboot_status status;
	size_t at;

	if (payload_rows[_i].how == RELATIVE && strcmp(field, "payload_length") == 0) {
		want.found += length;
		want.bound += length;
		value += length;
	} else if (payload_rows[_i].how == RELATIVE) {
		/* -1: the end of the file, -2: the byte before it */
		if (payload_rows[_i].value < 0)
			value += length + 1;
		value += bz_read(&file, field);
	}
	bz_patch(&file, field, value);
	/* What lies at another place starts like gzip too, and ends in a size. */
	at = bz_payload_at(&file);
	if (at >= file.size && payload_rows[_i].status == PVHBOOT_TRUNCATED) {
		want.says |= SAYS_OFFSET | SAYS_NUMBERS;
		want.offset = at;
		want.found = at;
		want.bound = file.size;
	}
	if (at + 2 <= file.size)
		memcpy(file.data + at, "\x1f\x8b\x08\x00\x01", 5);
	status = probe(&file, &image, &diag);
	expect_status(row, status, payload_rows[_i].status);
	if (status)
		expect_failure(row, &diag, status, &want);
	else
		expect_success(row, &diag, 0);
	blob_free(&file);
}
END_TEST

/* A bzImage that claims to unpack to nothing has no kernel. */
START_TEST(probe_of_nothing)
{
	for (size_t i = 0; i < sizeof(all_compressions) / sizeof(all_compressions[0]); i++) {
		const char *row = pvhboot_compression_name(all_compressions[i]);
		struct blob file;
		struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET,
			.stage = PVHBOOT_STAGE_IMAGE,
			.subject = PVHBOOT_SUBJECT_PAYLOAD,
		};
		struct pvhboot_image image;
		struct pvhboot_diag diag;

		/* An ELF image claims no size. */
		if (all_compressions[i] == PVHBOOT_COMPRESSION_NONE ||
		    !files[all_compressions[i]].size)
			continue;
		file = copy_of(&files[all_compressions[i]]);
		claim(&file, 0);
		want.offset = file.size - 4;
		expect_status(row, probe(&file, &image, &diag), PVHBOOT_MALFORMED);
		expect_failure(row, &diag, PVHBOOT_MALFORMED, &want);
		blob_free(&file);
	}
}
END_TEST

START_TEST(probe_without_arguments)
{
	const struct pvhboot_bytes null_with_size = { NULL, 5 };
	const struct pvhboot_bytes empty = { NULL, 0 };
	const struct pvhboot_bytes elf = { (const uint8_t *)"\x7f"
							    "ELF",
					   4 };
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_IMAGE };
	struct pvhboot_image image;
	struct pvhboot_diag diag = { 0 };

	expect_status("NULL data", pvhboot_image_probe(null_with_size, NULL, &image, &diag),
		      PVHBOOT_INVAL);
	expect_failure("NULL data", &diag, PVHBOOT_INVAL, &want);
	memset(&diag, 0, sizeof(diag));
	expect_status("NULL out", pvhboot_image_probe(blob_view(&kernel.image), NULL, NULL, &diag),
		      PVHBOOT_INVAL);
	expect_failure("NULL out", &diag, PVHBOOT_INVAL, &want);
	memset(&diag, 0, sizeof(diag));
	expect_status("4 bytes of ELF", pvhboot_image_probe(elf, NULL, &image, NULL), PVHBOOT_OK);
	expect_status("empty", pvhboot_image_probe(empty, NULL, &image, &diag), PVHBOOT_FORMAT);
	expect_failure("empty", &diag, PVHBOOT_FORMAT, &want);
	ck_assert_str_eq(diag.detail, "an empty file");
	expect_status("no diag", pvhboot_image_probe(empty, NULL, &image, NULL), PVHBOOT_FORMAT);
	expect_status("no diag", pvhboot_image_probe(blob_view(&kernel.image), NULL, &image, NULL),
		      PVHBOOT_OK);
}
END_TEST

START_TEST(probe_unknown_files)
{
	static const struct {
		const char *name;
		const char *bytes;
		size_t size;
		enum pvhboot_status status;
	} rows[] = {
		{ "1 byte of ELF", "\x7f", 1, PVHBOOT_FORMAT },
		{ "3 bytes of ELF",
		  "\x7f"
		  "EL",
		  3, PVHBOOT_FORMAT },
		{ "2 bytes",
		  "\x7f"
		  "E",
		  2, PVHBOOT_FORMAT },
		{ "a text", "Not a kernel, a letter.", 23, PVHBOOT_FORMAT },
		{ "almost ELF",
		  "\x7f"
		  "ELG\2\1\1\0\0\0\0\0\0\0\0\0",
		  16, PVHBOOT_FORMAT },
		{ "almost gzip", "\x1f\x8a\x08\0\0\0\0\0\0\0", 10, PVHBOOT_FORMAT },
		{ "almost bzip2", "BZg91AY&SY", 10, PVHBOOT_FORMAT },
		{ "5 bytes of XZ",
		  "\xfd"
		  "7zXZ",
		  5, PVHBOOT_FORMAT },
		{ "four zeros", "\0\0\0\0", 4, PVHBOOT_FORMAT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pvhboot_bytes file = { (const uint8_t *)rows[i].bytes, rows[i].size };
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT,
			.stage = PVHBOOT_STAGE_IMAGE,
			.subject = PVHBOOT_SUBJECT_HEADER,
		};
		struct pvhboot_image image;
		struct pvhboot_diag diag = { 0 };

		expect_status(rows[i].name, pvhboot_image_probe(file, NULL, &image, &diag),
			      rows[i].status);
		expect_failure(rows[i].name, &diag, rows[i].status, &want);
	}
}
END_TEST

/* Field report F7: what a file is that is no kernel for us. */
static const struct {
	size_t size; /* of the file; zeros but for the magic */
	size_t at;
	const char *magic;
	size_t magic_size;
	enum pvhboot_status status;
	const char *detail;
} foreign[] = {
#define FOREIGN(size, at, magic, status, detail)                                                   \
	{                                                                                          \
		size, at, magic, sizeof(magic) - 1, PVHBOOT_##status, detail                       \
	}
	FOREIGN(0x200, 0x38, "ARM\x64", UNSUPPORTED, "a kernel for AArch64 (Image)"),
	FOREIGN(0x3c, 0x38, "ARM\x64", UNSUPPORTED, "a kernel for AArch64 (Image)"),
	FOREIGN(0x3b, 0x38, "ARM", FORMAT, ""),
	FOREIGN(0x200, 0x38, "RSC\x05", UNSUPPORTED, "a kernel for RISC-V (Image)"),
	FOREIGN(0x200, 0x30, "RISCV\0\0\0", UNSUPPORTED, "a kernel for RISC-V (Image)"),
	FOREIGN(0x200, 0x24, "\x18\x28\x6f\x01", UNSUPPORTED, "a kernel for ARM (zImage)"),
	FOREIGN(0x200, 0x24, "\x01\x6f\x28\x18", UNSUPPORTED,
		"a kernel for ARM (zImage, big-endian)"),
	FOREIGN(0x200, 0, "MZ\0\0zimg", UNSUPPORTED, "a kernel (EFI zboot)"),
	FOREIGN(0x200, 0, "\x27\x05\x19\x56", UNSUPPORTED, "a U-Boot image (uImage)"),
	FOREIGN(0x200, 0, "ANDROID!", UNSUPPORTED, "an Android boot image"),
	FOREIGN(0x1000, 0x7fc, "\x02\xb0\xad\x1b\x03\0\0\0\xfb\x4f\x52\xe4", UNSUPPORTED,
		"a Multiboot kernel"),
	FOREIGN(0x1000, 0x7fc, "\x02\xb0\xad\x1b\x03\0\0\0\xfa\x4f\x52\xe4", FORMAT, ""),
	FOREIGN(0x8000, 0x4000, "\xd6\x50\x52\xe8\0\0\0\0\x18\0\0\0\x12\xaf\xad\x17", UNSUPPORTED,
		"a Multiboot kernel"),
	FOREIGN(0x3000, 0x2000, "\x02\xb0\xad\x1b\x03\0\0\0\xfb\x4f\x52\xe4", FORMAT, ""),
	FOREIGN(6, 0, "070701", FORMAT, "a cpio archive (an initrd)"),
	FOREIGN(600, 0, "070702", FORMAT, "a cpio archive (an initrd)"),
	FOREIGN(600, 0, "\xc7\x71", FORMAT, "a cpio archive (an initrd)"),
	FOREIGN(5, 0, "07070", FORMAT, ""),
	FOREIGN(1024, 257, "ustar", FORMAT, "a tar archive"),
	FOREIGN(100, 0, "PK\3\4", FORMAT, "a zip archive"),
	FOREIGN(100, 0, "hsqs", FORMAT, "a file system (squashfs)"),
	FOREIGN(0x9000, 0x8001, "CD001", FORMAT, "a CD or DVD image (ISO 9660)"),
	FOREIGN(1000, 0, "QFI\xfb", FORMAT, "a disk image (qcow2)"),
	FOREIGN(1000, 0, "KDMV", FORMAT, "a disk image (VMDK)"),
	FOREIGN(1000, 0, "# Disk DescriptorFile\n", FORMAT, "a description of a disk image (VMDK)"),
	FOREIGN(1000, 0x40, "\x7f\x10\xda\xbe", FORMAT, "a disk image (VDI)"),
	FOREIGN(4096, 0x438, "\x53\xef", FORMAT, "a file system (ext2, 3 or 4)"),
	FOREIGN(4096, 512, "EFI PART", FORMAT, "a disk image (GPT)"),
	FOREIGN(512, 510, "\x55\xaa", FORMAT, "a boot sector, or a disk that begins with one"),
	FOREIGN(511, 510, "\x55", FORMAT, ""),
	FOREIGN(4096, 40, "_FVH", FORMAT, "UEFI firmware"),
	FOREIGN(0x20000, 0x1fff0, "\xea\x5b\xe0\0\xf0", FORMAT, "a BIOS image"),
	FOREIGN(0x20000, 0x1fff0, "\x90\x90\xe9", FORMAT, "a BIOS image"),
	FOREIGN(0x10000, 0xfff0, "\xeb\x5b", FORMAT, "a BIOS image"),
	FOREIGN(0x10000, 0xfff0, "\xe8\x5b", FORMAT, ""),
	FOREIGN(0x10000, 0xfff0, "\xec\x5b", FORMAT, ""),
	FOREIGN(0x10000, 0xfff0, "\x90\x90\x90", FORMAT, ""),
	FOREIGN(0x20010, 0x20000, "\xea\x5b\xe0\0\xf0", FORMAT, ""),
	FOREIGN(100, 0, "\xd0\x0d\xfe\xed", FORMAT, "a device tree, or a FIT image of U-Boot"),
	FOREIGN(100, 0, "#!/bin/sh\n", FORMAT, "a script"),
	FOREIGN(512, 0, "\x55\xaa\x40", FORMAT, "an option ROM"),
	FOREIGN(100, 0, "MZ", FORMAT, "a program for DOS"),
	FOREIGN(2, 0, "MZ", FORMAT, "a program for DOS"),
	FOREIGN(2, 0, "xy", FORMAT, ""),
	FOREIGN(0, 0, "", FORMAT, "an empty file"),
};

START_TEST(field_f07_what_it_is)
{
	struct blob file = { 0 }, packed = { 0 };
	struct pvhboot_image image;
	struct pvhboot_diag diag = { 0 };
	struct guard guard = guard_open(foreign[_i].size);
	char inner[PVHBOOT_MAX_DETAIL] = "";
	char row[64];

	snprintf(row, sizeof(row), "%zu bytes: %s", foreign[_i].size, foreign[_i].detail);
	blob_fill(&file, 0, foreign[_i].size);
	if (foreign[_i].magic_size)
		memcpy(file.data + foreign[_i].at, foreign[_i].magic, foreign[_i].magic_size);
	expect_status(
		row,
		pvhboot_image_probe(guard_at_end(&guard, blob_view(&file)), NULL, &image, &diag),
		foreign[_i].status);
	expect_failure(row, &diag, foreign[_i].status,
		       &(struct finding){ .says = SAYS_SUBJECT | SAYS_OFFSET | SAYS_NO_NUMBERS,
					  .subject = PVHBOOT_SUBJECT_HEADER });
	ck_assert_str_eq(diag.detail, foreign[_i].detail);
	/* inside of a stream */
	bz_compress(&packed, PVHBOOT_COMPRESSION_GZIP, blob_view(&file), NULL);
	ck_assert_int_eq(pvhboot_image_probe(blob_view(&packed), NULL, &image, &diag), PVHBOOT_OK);
	expect_status(row, pvhboot_image_probe_inner(&image, blob_view(&file), &image, &diag),
		      foreign[_i].status);
	if (foreign[_i].detail[0])
		snprintf(inner, sizeof(inner), "compressed: %s", foreign[_i].detail);
	ck_assert_str_eq(diag.detail, inner);
	guard_close(&guard);
	blob_free(&packed);
	blob_free(&file);
}
END_TEST

/* A BIOS has 32 MiB at most. */
START_TEST(field_f07_size_of_a_bios)
{
	const size_t most = 32 << 20, step = 0x10000;
	struct blob file = { 0 };

	blob_fill(&file, 0, most + step);
	for (size_t size = most - step; size <= most + step; size += step) {
		struct pvhboot_image image;
		struct pvhboot_diag diag = { 0 };

		file.data[size - 16] = 0xea;
		ck_assert_int_eq(pvhboot_image_probe((struct pvhboot_bytes){ file.data, size },
						     NULL, &image, &diag),
				 PVHBOOT_FORMAT);
		ck_assert_str_eq(diag.detail, size <= most ? "a BIOS image" : "");
	}
	blob_free(&file);
}
END_TEST

/* The same of PE files. */
static const struct {
	const char *section;
	uint64_t machine, subsystem;
	const char *what, *of; /* the detail, in two parts */
} programs[] = {
	{ ".text", 0xaa64, 10, "an EFI program or a kernel", " for AArch64" },
	{ ".text", 0x5064, 10, "an EFI program or a kernel", " for RISC-V" },
	{ ".text", 0x1c2, 10, "an EFI program or a kernel", " for ARM" },
	{ ".text", 0x6264, 10, "an EFI program or a kernel", " for LoongArch" },
	{ ".text", 0x8664, 10, "an EFI program without a kernel in it; EFI firmware could start it",
	  "" },
	{ ".text", 0x14c, 10,
	  "an EFI program for i386 without a kernel in it; EFI firmware of 32 bits could "
	  "start it",
	  "" },
	{ ".text", 0x8664, 3, "a program for Windows", "" },
	{ ".cmdline", 0x8664, 10, "a UKI addon", "" },
	{ ".initrd", 0x8664, 10, "a UKI addon", "" },
	{ ".ucode", 0x8664, 10, "a UKI addon", "" },
	{ ".dtb", 0xaa64, 10, "a UKI addon", " for AArch64" },
	{ ".linux", 0xaa64, 10, "a UKI", " for AArch64" },
};

START_TEST(field_f07_pe)
{
	const char *row = programs[_i].what;
	const struct pe_section sections[] = {
		{ programs[_i].section, blob_view(&kernel.image) },
		{ ".sbat", blob_view(&files[0]) },
	};
	const struct pvhboot_options options = { .profile = 7 }; /* of no concern */
	struct blob file = { 0 };
	struct pvhboot_image image;
	struct pvhboot_diag diag = { 0 };
	char detail[PVHBOOT_MAX_DETAIL];

	pe_build(&file, sections, 2);
	pe_patch(&file, "Machine", 0, programs[_i].machine);
	pe_patch(&file, "Subsystem", 0, programs[_i].subsystem);
	expect_status(row, pvhboot_image_probe(blob_view(&file), &options, &image, &diag),
		      PVHBOOT_UNSUPPORTED);
	expect_true(row, pvhboot_status_is_foreign((enum pvhboot_status)diag.status));
	snprintf(detail, sizeof(detail), "%s%s", row, programs[_i].of);
	ck_assert_str_eq(diag.detail, detail);
	memcpy(file.data + 4, "zimg", 4);
	ck_assert_int_eq(pvhboot_image_probe(blob_view(&file), NULL, &image, &diag),
			 PVHBOOT_UNSUPPORTED);
	snprintf(detail, sizeof(detail), "a kernel (EFI zboot)%s", programs[_i].of);
	ck_assert_str_eq(diag.detail, detail);
	memcpy(file.data + 4, "\0\0\0\0", 4);
	memcpy(file.data + 0x38, "ARM\x64", 4);
	ck_assert_int_eq(pvhboot_image_probe(blob_view(&file), NULL, &image, &diag),
			 PVHBOOT_UNSUPPORTED);
	ck_assert_str_eq(diag.detail, "a kernel for AArch64 (Image)");
	blob_free(&file);
}
END_TEST

/* Inside of a UKI, a bzImage, and a stream. */
START_TEST(field_f07_what_is_inside)
{
	static const char cpio[] = "070701 and so on, in more than a few bytes";
	const struct pvhboot_bytes bytes = { (const uint8_t *)cpio, sizeof(cpio) };
	const struct pe_section sections[] = { { ".linux", bytes } };
	struct pvhboot_image image, pe_inside;
	struct pvhboot_diag diag = { 0 };
	struct blob file = { 0 };

	pe_build(&file, sections, 1);
	expect_status("UKI", pvhboot_image_probe(blob_view(&file), NULL, &image, &diag),
		      PVHBOOT_FORMAT);
	ck_assert_str_eq(diag.detail, "in the UKI: a cpio archive (an initrd)");
	image = (struct pvhboot_image){ .container = PVHBOOT_CONTAINER_PE,
					.compression = PVHBOOT_COMPRESSION_GZIP };
	expect_status("in a stream in a UKI",
		      pvhboot_image_probe_inner(&image, bytes, &image, &diag), PVHBOOT_FORMAT);
	ck_assert_str_eq(diag.detail, "in the UKI: a cpio archive (an initrd)");
	image.container = PVHBOOT_CONTAINER_BZIMAGE;
	expect_status("bzImage", pvhboot_image_probe_inner(&image, bytes, &image, &diag),
		      PVHBOOT_FORMAT);
	ck_assert_str_eq(diag.detail, "in the bzImage: a cpio archive (an initrd)");
	image.container = PVHBOOT_CONTAINER_COMPRESSED;
	expect_status("a packed PE file",
		      pvhboot_image_probe_inner(&image, blob_view(&file), &pe_inside, &diag),
		      PVHBOOT_FORMAT);
	ck_assert_str_eq(diag.detail, "compressed: a PE file; those are read only if nothing is "
				      "around them");
	blob_free(&file);
}
END_TEST

/* memtest86+ is a bzImage without a payload. */
START_TEST(field_f07_memtest)
{
	struct blob file = copy_of(&files[PVHBOOT_COMPRESSION_GZIP]);
	struct pvhboot_image image;
	struct pvhboot_diag diag;

	bz_patch(&file, "payload_offset", 0);
	bz_patch(&file, "payload_length", 0);
	expect_status("memtest86+", probe(&file, &image, &diag), PVHBOOT_UNSUPPORTED);
	expect_rule("memtest86+", &diag.failure, "a packed Linux kernel");
	ck_assert_ptr_nonnull(strstr(diag.detail, "no packed Linux kernel"));
	blob_free(&file);
}
END_TEST

/* "In what the caller gives they must be 0." */
START_TEST(reserved_of_options)
{
	const struct pvhboot_image *plain;
	struct pvhboot_bytes elf;
	struct pvhboot_loaded loaded;
	struct pvhboot_image image;
	size_t size;

	ck_assert_int_eq(pvhboot_image_probe(blob_view(&files[PVHBOOT_COMPRESSION_GZIP]), NULL,
					     &image, NULL),
			 PVHBOOT_OK);
	plain = &image;
	for (int i = 0; i < 7; i++) {
		struct pvhboot_options options = { 0 };
		struct pvhboot_diag diag = { 0 };
		struct pvhboot_image probed;

		if (i < 4)
			options.reserved[i] = 1;
		else if (i == 4)
			options.reserved32 = 1;
		else if (i == 5)
			options.profile_id.size = 1;
		ck_assert_int_eq(
			pvhboot_image_probe(blob_view(&kernel.image), &options, &probed, &diag),
			i < 6 ? PVHBOOT_INVAL : PVHBOOT_OK);
		ck_assert_int_eq(pvhboot_image_need(plain, &options, &size, &diag),
				 i < 6 ? PVHBOOT_INVAL : PVHBOOT_OK);
		ck_assert_int_eq(pvhboot_image_unpack(plain, &options,
						      (struct pvhboot_buffer){ NULL, 0 }, &elf,
						      &diag),
				 i < 6 ? PVHBOOT_INVAL : PVHBOOT_NOSPACE);
		if (i < 6)
			ck_assert_int_eq(pvhboot_image_load(blob_view(&kernel.image), &options,
							    &loaded, &diag),
					 PVHBOOT_INVAL);
	}
}
END_TEST

/* gzip inside of an ELF image is data, and "HdrS" in the wrong place too. */
START_TEST(probe_looks_at_fixed_places_only)
{
	struct blob file = copy_of(&kernel.image);
	struct pvhboot_image image;
	struct pvhboot_diag diag;

	memcpy(file.data + file.size / 2, "\x1f\x8b\x08\x00", 4);
	memcpy(file.data + 0x202, "HdrS", 4);
	expect_status("elf", probe(&file, &image, &diag), PVHBOOT_OK);
	expect_eq("elf", image.container, PVHBOOT_CONTAINER_ELF);
	blob_free(&file);

	blob_pattern(&file, 1, 4096);
	memcpy(file.data + 0x203, "HdrS", 4);
	expect_status("off by one", probe(&file, &image, &diag), PVHBOOT_FORMAT);
	blob_free(&file);
}
END_TEST

START_TEST(probe_leaves_out_and_diag_alone)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_diag before;
	struct pvhboot_image image;
	struct pvhboot_image untouched;
	struct blob file = copy_of(&files[PVHBOOT_COMPRESSION_GZIP]);

	memset(&image, 0x5a, sizeof(image));
	memset(&untouched, 0x5a, sizeof(untouched));
	bz_patch(&file, "payload_length", 0xffffffff);
	bz_patch(&file, "boot_flag", 0);
	expect_status("fails", pvhboot_image_probe(blob_view(&file), NULL, &image, &diag),
		      PVHBOOT_TRUNCATED);
	ck_assert_msg(memcmp(&image, &untouched, sizeof(image)) == 0,
		      "a failing probe wrote its result");

	/* "A call that fails overwrites status, failure and detail; one that
	 * succeeds leaves them." */
	strcpy(diag.detail, "kept");
	before = diag;
	expect_status("succeeds",
		      pvhboot_image_probe(blob_view(&kernel.image), NULL, &image, &diag),
		      PVHBOOT_OK);
	ck_assert_msg(memcmp(&diag, &before, sizeof(diag)) == 0, "a success changed the diag");
	bz_patch(&file, "header", 0);
	expect_status("fails again", pvhboot_image_probe(blob_view(&file), NULL, &image, &diag),
		      PVHBOOT_FORMAT);
	ck_assert_uint_eq(diag.status, PVHBOOT_FORMAT);
	ck_assert_str_eq(diag.detail, "");
	blob_free(&file);
}
END_TEST

/* Any prefix is refused or recognised, and never read beyond. */
START_TEST(probe_every_prefix)
{
	enum pvhboot_compression compression = all_compressions[_i];
	const char *row = pvhboot_compression_name(compression);
	const struct blob *file = &files[compression];
	struct guard guard = guard_open(file->size);

	for (size_t size = 0; size < file->size; size++) {
		struct pvhboot_bytes prefix = { file->data, size };
		struct pvhboot_image image;
		struct pvhboot_diag diag = { 0 };
		enum pvhboot_status status;

		prefix = guard_at_end(&guard, prefix);
		status = pvhboot_image_probe(prefix, NULL, &image, &diag);
		if (size < 0x206)
			ck_assert_msg(status == PVHBOOT_FORMAT, "%s: %zu bytes: %s", row, size,
				      pvhboot_status_name(status));
		else
			ck_assert_msg(status == PVHBOOT_TRUNCATED, "%s: %zu bytes: %s", row, size,
				      pvhboot_status_name(status));
		/* The header ends at 0x250. */
		if (size < 0x250)
			expect_eq(row, diag.failure.subject, PVHBOOT_SUBJECT_HEADER);
		else
			expect_eq(row, diag.failure.subject, PVHBOOT_SUBJECT_PAYLOAD);
	}
	guard_close(&guard);
}
END_TEST

START_TEST(need_sizes)
{
	for (size_t i = 0; i < sizeof(all_compressions) / sizeof(all_compressions[0]); i++) {
		enum pvhboot_compression compression = all_compressions[i];
		const char *row = pvhboot_compression_name(compression);
		struct pvhboot_image image;
		struct pvhboot_diag diag;
		size_t size = 12345;

		if (!files[compression].size)
			continue;
		expect_status(row, probe(&files[compression], &image, &diag), PVHBOOT_OK);
		expect_status(row, pvhboot_image_need(&image, NULL, &size, &diag), PVHBOOT_OK);
		expect_success(row, &diag, 0);
		expect_eq(row, size,
			  compression == PVHBOOT_COMPRESSION_NONE ? 0 : kernel.image.size);
		expect_status(row, pvhboot_image_need(&image, NULL, &size, NULL), PVHBOOT_OK);
	}
}
END_TEST

START_TEST(need_of_a_bare_elf)
{
	/* Not even a limit of one byte, or no codec at all, stands in its way. */
	static const struct pvhboot_codec *const none[] = { NULL };
	const struct pvhboot_options options = { .codecs = none, .max_output = 1 };
	const struct pvhboot_buffer nowhere = { NULL, 0 };
	struct pvhboot_image image;
	struct pvhboot_bytes elf = { NULL, 0 };
	struct pvhboot_diag diag;
	size_t size = 12345;

	expect_status("elf", probe(&kernel.image, &image, &diag), PVHBOOT_OK);
	expect_status("elf", pvhboot_image_need(&image, &options, &size, &diag), PVHBOOT_OK);
	expect_eq("elf", size, 0);
	expect_status("elf", pvhboot_image_unpack(&image, &options, nowhere, &elf, &diag),
		      PVHBOOT_OK);
	expect_success("elf", &diag, 0);
	ck_assert_ptr_eq(elf.data, kernel.image.data);
	ck_assert_uint_eq(elf.size, kernel.image.size);
}
END_TEST

START_TEST(need_without_arguments)
{
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_UNPACK };
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	size_t size;

	expect_status("gzip", probe(&files[PVHBOOT_COMPRESSION_GZIP], &image, &diag), PVHBOOT_OK);
	expect_status("NULL image", pvhboot_image_need(NULL, NULL, &size, &diag), PVHBOOT_INVAL);
	expect_failure("NULL image", &diag, PVHBOOT_INVAL, &want);
	memset(&diag, 0, sizeof(diag));
	expect_status("NULL size", pvhboot_image_need(&image, NULL, NULL, &diag), PVHBOOT_INVAL);
	expect_failure("NULL size", &diag, PVHBOOT_INVAL, &want);
	expect_status("no diag", pvhboot_image_need(NULL, NULL, &size, NULL), PVHBOOT_INVAL);
}
END_TEST

/* max_output against the size that the file claims; 0 is the default of 1 GiB. */
static const struct {
	const char *name;
	uint64_t claimed;
	uint64_t max_output;
	enum pvhboot_status status;
	uint64_t bound;
} limits[] = {
	{ "equal", 4096, 4096, PVHBOOT_OK, 0 },
	{ "one more", 4097, 4096, PVHBOOT_LIMIT, 4096 },
	{ "far more", 0xffffffff, 4096, PVHBOOT_LIMIT, 4096 },
	{ "limit of one byte", 4096, 1, PVHBOOT_LIMIT, 1 },
	{ "the default", UINT64_C(1) << 30, 0, PVHBOOT_OK, 0 },
	{ "one above the default", (UINT64_C(1) << 30) + 1, 0, PVHBOOT_LIMIT, UINT64_C(1) << 30 },
	{ "the most, permitted", 0xffffffff, UINT64_C(1) << 32, PVHBOOT_OK, 0 },
	{ "the most, no limit", 0xffffffff, UINT64_MAX, PVHBOOT_OK, 0 },
};

START_TEST(need_limit)
{
	const struct pvhboot_options options = { .max_output = limits[_i].max_output };
	const char *row = limits[_i].name;
	struct blob file = copy_of(&files[PVHBOOT_COMPRESSION_XZ]);
	struct finding want = {
		.says = SAYS_STAGE | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_UNPACK,
		.found = limits[_i].claimed,
		.bound = limits[_i].bound,
	};
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	size_t size = 12345;

	claim(&file, limits[_i].claimed);
	expect_status(row, probe(&file, &image, &diag), PVHBOOT_OK);
	expect_status(row, pvhboot_image_need(&image, &options, &size, &diag), limits[_i].status);
	if (limits[_i].status) {
		uint8_t byte;
		const struct pvhboot_buffer out = { &byte, 1 };
		struct pvhboot_bytes elf;

		expect_failure(row, &diag, PVHBOOT_LIMIT, &want);
		expect_eq(row, size, 12345);
		/* unpack says so too, whatever the buffer. */
		memset(&diag, 0, sizeof(diag));
		expect_status(row, pvhboot_image_unpack(&image, &options, out, &elf, &diag),
			      PVHBOOT_LIMIT);
		expect_failure(row, &diag, PVHBOOT_LIMIT, &want);
	} else {
		expect_eq(row, size, limits[_i].claimed);
	}
	blob_free(&file);
}
END_TEST

/* Compressions that are known and have no codec here are told by name. */
START_TEST(no_codec)
{
	static const struct pvhboot_codec *const none[] = { NULL };
	const struct pvhboot_options options = { .codecs = none };
	static const struct {
		const char *name;
		const char *magic;
	} rows[] = {
		{ "bzip2", "BZh91AY&SY" },
		{ "lzma", "\x5d\0\0\0\x02\xff\xff\xff\xff\xff" },
		{ "lzo", "\x89LZO\0\x0d\x0a\x1a\x0a\0" },
		{ "lz4", "\x04\x22\x4d\x18\x60\x40\x82\0\0\0" },
		{ "zstd", "\x28\xb5\x2f\xfd\0\0\0\0\0\0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_UNPACK };
		struct blob payload = { 0 };
		struct blob file;
		uint8_t bytes[64];
		const struct pvhboot_buffer out = { bytes, sizeof(bytes) };
		struct pvhboot_image image;
		struct pvhboot_bytes elf;
		struct pvhboot_diag diag;
		size_t size;

		blob_append(&payload, rows[i].magic, 10);
		blob_put(&payload, 4, sizeof(bytes));
		file = around(payload.data, payload.size);
		expect_status(rows[i].name, probe(&file, &image, &diag), PVHBOOT_OK);
		expect_status(rows[i].name, pvhboot_image_need(&image, &options, &size, &diag),
			      PVHBOOT_UNSUPPORTED);
		expect_failure(rows[i].name, &diag, PVHBOOT_UNSUPPORTED, &want);
		ck_assert_msg(strncmp(diag.detail, "no codec for ", 13) == 0 &&
				      strcmp(diag.detail + 13, rows[i].name) == 0,
			      "%s: detail is \"%s\"", rows[i].name, diag.detail);
		memset(&diag, 0, sizeof(diag));
		expect_status(rows[i].name,
			      pvhboot_image_unpack(&image, &options, out, &elf, &diag),
			      PVHBOOT_UNSUPPORTED);
		expect_failure(rows[i].name, &diag, PVHBOOT_UNSUPPORTED, &want);
		ck_assert_msg(strstr(diag.detail, rows[i].name), "%s: detail is \"%s\"",
			      rows[i].name, diag.detail);
		blob_free(&payload);
		blob_free(&file);
	}
}
END_TEST

/* A list of the caller's replaces ours, so what it lacks is missing. */
START_TEST(codecs_of_the_caller)
{
	static const struct pvhboot_codec *const only_xz[] = { &pvhboot_codec_xz, NULL };
	static const struct pvhboot_codec *const none[] = { NULL };
	struct pvhboot_options options = { .codecs = only_xz };
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	size_t size;

	expect_status("xz", probe(&files[PVHBOOT_COMPRESSION_XZ], &image, &diag), PVHBOOT_OK);
	expect_status("xz", pvhboot_image_need(&image, &options, &size, &diag), PVHBOOT_OK);
	options.codecs = none;
	expect_status("none", pvhboot_image_need(&image, &options, &size, &diag),
		      PVHBOOT_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(diag.detail, "xz"));
	options.codecs = only_xz;
	expect_status("gzip", probe(&files[PVHBOOT_COMPRESSION_GZIP], &image, &diag), PVHBOOT_OK);
	expect_status("gzip", pvhboot_image_need(&image, &options, &size, &diag),
		      PVHBOOT_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(diag.detail, "gzip"));
}
END_TEST

/* Unpacks into a buffer of exactly the needed size in front of an unreadable
 * page, with an allocator that must end up empty. */
struct unpacking {
	struct pvhboot_options options;
	struct fakealloc alloc;
	struct pvhboot_allocator allocator;
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	struct guard in;
	struct guard out;
	struct pvhboot_bytes elf;
};

static enum pvhboot_status unpack(struct unpacking *run, const struct blob *file)
{
	enum pvhboot_status status;
	size_t size;

	run->allocator = fakealloc_open(&run->alloc);
	run->options.allocator = &run->allocator;
	run->in = guard_open(file->size);
	run->out = guard_open(0);
	status = pvhboot_image_probe(guard_at_end(&run->in, blob_view(file)), NULL, &run->image,
				     &run->diag);
	expect_status("probe", status, PVHBOOT_OK);
	status = pvhboot_image_need(&run->image, &run->options, &size, &run->diag);
	if (status)
		return status;
	guard_close(&run->out);
	run->out = guard_open(size);
	status = pvhboot_image_unpack(&run->image, &run->options, guard_buffer(&run->out, size),
				      &run->elf, &run->diag);
	ck_assert_uint_eq(run->alloc.n_live, 0);
	ck_assert_uint_eq(run->alloc.n_misuse, 0);
	if (status) {
		/* "Writes *elf only on success" */
		ck_assert_ptr_null(run->elf.data);
		ck_assert_uint_eq(run->elf.size, 0);
	}
	return status;
}

static void unpack_close(struct unpacking *run)
{
	guard_close(&run->in);
	guard_close(&run->out);
}

START_TEST(unpack_all)
{
	enum pvhboot_compression compression = all_compressions[_i];
	const char *row = pvhboot_compression_name(compression);
	struct unpacking run = { 0 };

	if (!files[compression].size)
		return;
	expect_status(row, unpack(&run, &files[compression]), PVHBOOT_OK);
	expect_success(row, &run.diag, 0);
	expect_eq(row, run.elf.size, kernel.image.size);
	expect_true(row, memcmp(run.elf.data, kernel.image.data, kernel.image.size) == 0);
	if (compression == PVHBOOT_COMPRESSION_NONE)
		expect_true(row, run.elf.data == run.image.stream.data);
	else
		expect_true(row, run.elf.data == run.out.end - kernel.image.size);
	unpack_close(&run);
}
END_TEST

/* A buffer larger than needed is used for as much as is needed. */
START_TEST(unpack_into_a_larger_buffer)
{
	enum pvhboot_compression compression = all_compressions[_i];
	const char *row = pvhboot_compression_name(compression);
	size_t size = kernel.image.size;
	struct pvhboot_image image;
	struct pvhboot_bytes elf;
	struct pvhboot_diag diag;
	struct pvhboot_buffer out;

	if (compression == PVHBOOT_COMPRESSION_NONE || !files[compression].size)
		return;
	out.data = must_alloc(size + 4096);
	out.size = size + 4096;
	memset(out.data, 0x77, out.size);
	expect_status(row, probe(&files[compression], &image, &diag), PVHBOOT_OK);
	expect_status(row, pvhboot_image_unpack(&image, NULL, out, &elf, &diag), PVHBOOT_OK);
	expect_eq(row, elf.size, size);
	expect_true(row, elf.data == out.data);
	for (size_t i = size; i < out.size; i++)
		expect_eq(row, out.data[i], 0x77);
	free(out.data);
}
END_TEST

START_TEST(unpack_into_a_smaller_buffer)
{
	enum pvhboot_compression compression = all_compressions[_i];
	const char *row = pvhboot_compression_name(compression);
	const size_t sizes[] = { 0, 1, kernel.image.size - 1 };
	struct pvhboot_image image;
	struct pvhboot_diag diag;

	if (compression == PVHBOOT_COMPRESSION_NONE || !files[compression].size)
		return;
	expect_status(row, probe(&files[compression], &image, &diag), PVHBOOT_OK);
	for (size_t i = 0; i < 3; i++) {
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_UNPACK,
			.found = sizes[i],
			.bound = kernel.image.size,
		};
		struct pvhboot_buffer out = { must_alloc(sizes[i]), sizes[i] };
		struct pvhboot_bytes elf;

		memset(&diag, 0, sizeof(diag));
		expect_status(row, pvhboot_image_unpack(&image, NULL, out, &elf, &diag),
			      PVHBOOT_NOSPACE);
		expect_failure(row, &diag, PVHBOOT_NOSPACE, &want);
		free(out.data);
	}
}
END_TEST

START_TEST(unpack_without_arguments)
{
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_UNPACK };
	const struct pvhboot_buffer nowhere = { NULL, 0 };
	struct pvhboot_image image;
	struct pvhboot_bytes elf;
	struct pvhboot_diag diag;

	expect_status("gzip", probe(&files[PVHBOOT_COMPRESSION_GZIP], &image, &diag), PVHBOOT_OK);
	expect_status("NULL image", pvhboot_image_unpack(NULL, NULL, nowhere, &elf, &diag),
		      PVHBOOT_INVAL);
	expect_failure("NULL image", &diag, PVHBOOT_INVAL, &want);
	memset(&diag, 0, sizeof(diag));
	expect_status("NULL elf", pvhboot_image_unpack(&image, NULL, nowhere, NULL, &diag),
		      PVHBOOT_INVAL);
	expect_failure("NULL elf", &diag, PVHBOOT_INVAL, &want);
	expect_status("no diag", pvhboot_image_unpack(&image, NULL, nowhere, NULL, NULL),
		      PVHBOOT_INVAL);
	expect_status("no room", pvhboot_image_unpack(&image, NULL, nowhere, &elf, NULL),
		      PVHBOOT_NOSPACE);
}
END_TEST

/* The size that the file claims is exact, or unpacking fails. */
START_TEST(unpack_with_another_size)
{
	static const int64_t deltas[] = { -1000, -1, 1, 4096 };
	enum pvhboot_compression compression = all_compressions[_i];

	if (compression == PVHBOOT_COMPRESSION_NONE || !files[compression].size)
		return;
	for (size_t i = 0; i < sizeof(deltas) / sizeof(deltas[0]); i++) {
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT,
			.stage = PVHBOOT_STAGE_UNPACK,
			.subject = PVHBOOT_SUBJECT_PAYLOAD,
		};
		struct blob file = copy_of(&files[compression]);
		struct unpacking run = { 0 };
		char row[64];

		claim(&file, kernel.image.size + (uint64_t)deltas[i]);
		snprintf(row, sizeof(row), "%s %+d", pvhboot_compression_name(compression),
			 (int)deltas[i]);
		expect_status(row, unpack(&run, &file), PVHBOOT_CORRUPT);
		expect_failure(row, &run.diag, PVHBOOT_CORRUPT, &want);
		unpack_close(&run);
		blob_free(&file);
	}
}
END_TEST

/* A bzImage whose stream lost its last n bytes, with the right size behind it. */
static struct blob without_tail(enum pvhboot_compression compression, size_t n)
{
	struct blob payload = { 0 };
	struct blob file;

	bz_compress(&payload, compression, blob_view(&kernel.image), NULL);
	ck_assert_uint_lt(n, payload.size);
	payload.size -= n;
	blob_put(&payload, 4, kernel.image.size);
	file = around(payload.data, payload.size);
	blob_free(&payload);
	return file;
}

START_TEST(unpack_without_tail)
{
	enum pvhboot_compression compression = all_compressions[_i];

	if (compression == PVHBOOT_COMPRESSION_NONE || !files[compression].size)
		return;
	for (size_t n = 1; n <= 64; n++) {
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT,
			.stage = PVHBOOT_STAGE_UNPACK,
			.subject = PVHBOOT_SUBJECT_PAYLOAD,
		};
		struct blob file;
		struct unpacking run = { 0 };
		enum pvhboot_status status;
		char row[64];

		/* gzip's last four bytes are the size, which comes back. */
		if (compression == PVHBOOT_COMPRESSION_GZIP && n == 4)
			continue;
		file = without_tail(compression, n);
		status = unpack(&run, &file);

		snprintf(row, sizeof(row), "%s without its last %zu bytes",
			 pvhboot_compression_name(compression), n);
		/* gzip has no field of its own for the size: the four bytes behind a
		 * cut stream are read as part of it. */
		if (compression == PVHBOOT_COMPRESSION_LZMA && status == PVHBOOT_OK) {
			/* The end mark was cut: the size says where the end is. */
			expect_true(row, memcmp(run.elf.data, kernel.image.data,
						kernel.image.size) == 0);
			unpack_close(&run);
			blob_free(&file);
			continue;
		}
		if (compression != PVHBOOT_COMPRESSION_GZIP)
			expect_status(row, status, PVHBOOT_TRUNCATED);
		else
			expect_true(row, status == PVHBOOT_TRUNCATED || status == PVHBOOT_CORRUPT);
		expect_failure(row, &run.diag, status, &want);
		unpack_close(&run);
		blob_free(&file);
	}
}
END_TEST

/* One flipped bit is told, or does no harm. */
START_TEST(unpack_with_a_flipped_bit)
{
	enum pvhboot_compression compression = all_compressions[_i];
	const char *row = pvhboot_compression_name(compression);
	size_t at;
	size_t end;

	if (compression == PVHBOOT_COMPRESSION_NONE || !files[compression].size)
		return;
	at = bz_payload_at(&files[compression]);
	end = at + (size_t)bz_read(&files[compression], "payload_length") - 4;
	for (size_t bit = 8 * (at + 6); bit < 8 * end; bit += suite_step(3)) {
		struct blob file = copy_of(&files[compression]);
		struct unpacking run = { 0 };
		enum pvhboot_status status;

		file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		status = unpack(&run, &file);
		if (status == PVHBOOT_OK) {
			expect_eq(row, run.elf.size, kernel.image.size);
			/* The legacy frame and .lzma have no checksum. */
			if (compression != PVHBOOT_COMPRESSION_LZ4 &&
			    compression != PVHBOOT_COMPRESSION_LZMA)
				ck_assert_msg(
					memcmp(run.elf.data, kernel.image.data, run.elf.size) == 0,
					"%s: bit %zu: wrong bytes and no error", row, bit);
		} else {
			ck_assert_msg(status == PVHBOOT_CORRUPT || status == PVHBOOT_TRUNCATED ||
					      status == PVHBOOT_UNSUPPORTED ||
					      status == PVHBOOT_LIMIT,
				      "%s: bit %zu: %s", row, bit, pvhboot_status_name(status));
		}
		unpack_close(&run);
		blob_free(&file);
	}
}
END_TEST

/* Other bytes between the stream and the size are harmless, and told. */
START_TEST(unpack_with_bytes_behind)
{
	enum pvhboot_compression compression = all_compressions[_i];
	const char *row = pvhboot_compression_name(compression);
	struct blob payload = { 0 };
	struct blob file;
	struct unpacking run = { 0 };
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET | SAYS_FOUND,
		.stage = PVHBOOT_STAGE_UNPACK,
		.subject = PVHBOOT_SUBJECT_PAYLOAD,
		.found = 12,
	};

	/* A legacy LZ4 frame has no end: what follows is its next block. */
	if (compression == PVHBOOT_COMPRESSION_NONE || compression == PVHBOOT_COMPRESSION_LZ4 ||
	    !files[compression].size)
		return;
	bz_compress(&payload, compression, blob_view(&kernel.image), NULL);
	want.offset = payload.size;
	blob_fill(&payload, 0x3c, 12);
	blob_put(&payload, 4, kernel.image.size);
	file = around(payload.data, payload.size);
	want.offset += bz_payload_at(&file);
	if (compression == PVHBOOT_COMPRESSION_GZIP)
		want.found += 4;
	expect_status(row, unpack(&run, &file), PVHBOOT_OK);
	expect_warning(row, &run.diag, &want);
	expect_true(row, memcmp(run.elf.data, kernel.image.data, kernel.image.size) == 0);
	unpack_close(&run);
	blob_free(&payload);
	blob_free(&file);
}
END_TEST

/* Relocations follow Linux's ELF image in the stream. */
START_TEST(unpack_with_relocations)
{
	struct blob contents = copy_of(&kernel.image);
	struct blob file = { 0 };
	struct unpacking run = { 0 };

	blob_pattern(&contents, 50, 777);
	bz_image(&file, PVHBOOT_COMPRESSION_GZIP, blob_view(&contents));
	expect_status("relocations", unpack(&run, &file), PVHBOOT_OK);
	expect_success("relocations", &run.diag, 0);
	expect_eq("relocations", run.elf.size, contents.size);
	expect_true("relocations", memcmp(run.elf.data, contents.data, contents.size) == 0);
	unpack_close(&run);
	blob_free(&contents);
	blob_free(&file);
}
END_TEST

START_TEST(unpack_when_the_allocator_fails)
{
	enum pvhboot_compression compression = all_compressions[_i];
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT,
		.stage = PVHBOOT_STAGE_UNPACK,
		.subject = PVHBOOT_SUBJECT_PAYLOAD,
	};
	struct unpacking run = { 0 };
	size_t n_calls;

	if (compression == PVHBOOT_COMPRESSION_NONE || !files[compression].size)
		return;
	expect_status("counting", unpack(&run, &files[compression]), PVHBOOT_OK);
	n_calls = run.alloc.n_calls;
	unpack_close(&run);
	if (compression != PVHBOOT_COMPRESSION_LZ4 && compression != PVHBOOT_COMPRESSION_LZO)
		ck_assert_uint_gt(n_calls, 0);
	for (size_t n = 1; n <= n_calls; n++) {
		struct unpacking failing = { .alloc = { .fail_at = n } };
		char row[64];

		snprintf(row, sizeof(row), "%s, allocation %zu of %zu",
			 pvhboot_compression_name(compression), n, n_calls);
		expect_status(row, unpack(&failing, &files[compression]), PVHBOOT_NOMEM);
		expect_failure(row, &failing.diag, PVHBOOT_NOMEM, &want);
		unpack_close(&failing);
	}
}
END_TEST

/* A codec that needs more than max_memory is refused before it has it. */
START_TEST(unpack_with_little_memory)
{
	enum pvhboot_compression compression = all_compressions[_i];
	const char *row = pvhboot_compression_name(compression);
	struct unpacking run = { 0 };
	size_t peak;

	/* These two need none. */
	if (compression == PVHBOOT_COMPRESSION_NONE || compression == PVHBOOT_COMPRESSION_LZ4 ||
	    compression == PVHBOOT_COMPRESSION_LZO || !files[compression].size)
		return;
	expect_status(row, unpack(&run, &files[compression]), PVHBOOT_OK);
	peak = run.alloc.peak_size;
	unpack_close(&run);

	for (uint64_t max_memory = 1; max_memory < peak; max_memory += peak / 7) {
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT,
			.stage = PVHBOOT_STAGE_UNPACK,
			.subject = PVHBOOT_SUBJECT_PAYLOAD,
		};
		struct unpacking small = { .options = { .max_memory = max_memory } };

		expect_status(row, unpack(&small, &files[compression]), PVHBOOT_LIMIT);
		expect_failure(row, &small.diag, PVHBOOT_LIMIT, &want);
		expect_true(row, small.alloc.peak_size <= max_memory);
		unpack_close(&small);
	}
}
END_TEST

/* A codec of the caller that does what its test tells it. */
static struct {
	enum pvhboot_status status;
	size_t in_used; /* below: of the given sizes, SIZE_MAX: one more than given */
	size_t out_used;
	uint64_t needed; /* of memory, or of room */
	const char *rule;
	struct pvhboot_decode seen;
} script;

static enum pvhboot_status scripted_decode(struct pvhboot_decode *decode)
{
	script.seen = *decode;
	decode->in_used = script.in_used == SIZE_MAX ? decode->in.size + 1 : script.in_used;
	decode->out_used = script.out_used == SIZE_MAX ? decode->out.size + 1 : script.out_used;
	decode->rule = script.rule;
	decode->memory_needed = script.needed;
	decode->out_needed = script.needed;
	if (script.status == PVHBOOT_OK && decode->out_used == decode->out.size)
		memset(decode->out.data, 0x42, decode->out.size);
	return script.status;
}

static const struct pvhboot_codec scripted = {
	.compression = PVHBOOT_COMPRESSION_BZIP2,
	.decode = scripted_decode,
};
static const struct pvhboot_codec *const scripted_list[] = { &scripted, NULL };

#define UNPACKED 100u
#define MAX_MEMORY 4711u

static const struct {
	const char *name;
	enum pvhboot_status returned;
	size_t in_used;
	size_t out_used;
	const char *rule;
	enum pvhboot_status status;
	uint64_t needed; /* LIMIT, NOSPACE: 0: not told */
} script_rows[] = {
	{ "a success", PVHBOOT_OK, 20, UNPACKED, NULL, PVHBOOT_OK, 0 },
	{ "TRUNCATED", PVHBOOT_TRUNCATED, 15, 10, "in goes on", PVHBOOT_TRUNCATED, 0 },
	{ "CORRUPT", PVHBOOT_CORRUPT, 7, 10, "block CRC agrees", PVHBOOT_CORRUPT, 0 },
	{ "NOSPACE, so the size is wrong", PVHBOOT_NOSPACE, 20, UNPACKED, "fits", PVHBOOT_CORRUPT,
	  0 },
	{ "NOSPACE, and needs no more", PVHBOOT_NOSPACE, 20, UNPACKED, "fits", PVHBOOT_CORRUPT,
	  UNPACKED },
	{ "NOSPACE, and needs a byte more", PVHBOOT_NOSPACE, 20, UNPACKED, "fits", PVHBOOT_CORRUPT,
	  UNPACKED + 1 },
	{ "LIMIT", PVHBOOT_LIMIT, 0, 0, "fits in max_memory", PVHBOOT_LIMIT, 0 },
	{ "LIMIT, and needs no more", PVHBOOT_LIMIT, 0, 0, "fits in max_memory", PVHBOOT_LIMIT,
	  MAX_MEMORY },
	{ "LIMIT, and needs a byte more", PVHBOOT_LIMIT, 0, 0, "fits in max_memory", PVHBOOT_LIMIT,
	  MAX_MEMORY + 1 },
	{ "NOMEM", PVHBOOT_NOMEM, 0, 0, "memory", PVHBOOT_NOMEM, 0 },
	{ "UNSUPPORTED", PVHBOOT_UNSUPPORTED, 3, 0, "not randomised", PVHBOOT_UNSUPPORTED, 0 },
	{ "no rule", PVHBOOT_CORRUPT, 7, 10, NULL, PVHBOOT_CORRUPT, 0 },
	{ "too little output", PVHBOOT_OK, 20, UNPACKED - 1, NULL, PVHBOOT_CORRUPT, 0 },
	{ "no output", PVHBOOT_OK, 20, 0, NULL, PVHBOOT_CORRUPT, 0 },
	{ "more input than given", PVHBOOT_OK, SIZE_MAX, UNPACKED, NULL, PVHBOOT_INTERNAL, 0 },
	{ "more output than room", PVHBOOT_OK, 20, SIZE_MAX, NULL, PVHBOOT_INTERNAL, 0 },
	{ "a failure with more input than given", PVHBOOT_CORRUPT, SIZE_MAX, 0, "r",
	  PVHBOOT_INTERNAL, 0 },
	{ "a failure with more output than room", PVHBOOT_CORRUPT, 0, SIZE_MAX, "r",
	  PVHBOOT_INTERNAL, 0 },
	{ "INVAL", PVHBOOT_INVAL, 0, 0, "r", PVHBOOT_INTERNAL, 0 },
	{ "FORMAT", PVHBOOT_FORMAT, 0, 0, "r", PVHBOOT_INTERNAL, 0 },
	{ "MEMIO", PVHBOOT_MEMIO, 0, 0, "r", PVHBOOT_INTERNAL, 0 },
	{ "INTERNAL", PVHBOOT_INTERNAL, 0, 0, "r", PVHBOOT_INTERNAL, 0 },
	{ "no status at all", (enum pvhboot_status)12345, 0, 0, "r", PVHBOOT_INTERNAL, 0 },
};

START_TEST(unpack_by_a_codec_of_the_caller)
{
	const char *row = script_rows[_i].name;
	struct unpacking run = { .options = { .codecs = scripted_list, .max_memory = MAX_MEMORY } };
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT,
		.stage = PVHBOOT_STAGE_UNPACK,
		.subject = PVHBOOT_SUBJECT_PAYLOAD,
		.found = script_rows[_i].out_used,
		.bound = UNPACKED,
	};
	const uint64_t bound = script_rows[_i].status == PVHBOOT_LIMIT ? MAX_MEMORY : UNPACKED;
	struct blob payload = { 0 };
	struct blob file;
	enum pvhboot_status status;

	/* only a stream that ends too soon, or tells what it needs, has two sizes to compare */
	if (script_rows[_i].needed > bound) {
		want.found = script_rows[_i].needed;
		want.bound = bound;
	}
	if (script_rows[_i].needed > bound ||
	    (script_rows[_i].returned == PVHBOOT_OK && script_rows[_i].status == PVHBOOT_CORRUPT))
		want.says |= SAYS_NUMBERS;
	else if (script_rows[_i].status != PVHBOOT_INTERNAL)
		want.says |= SAYS_NO_NUMBERS;
	blob_append(&payload, "BZh91AY&SY0123456789", 20);
	blob_put(&payload, 4, UNPACKED);
	file = around(payload.data, payload.size);
	script.status = script_rows[_i].returned;
	script.in_used = script_rows[_i].in_used;
	script.out_used = script_rows[_i].out_used;
	script.rule = script_rows[_i].rule;
	script.needed = script_rows[_i].needed;
	status = unpack(&run, &file);
	expect_status(row, status, script_rows[_i].status);

	/* What the codec was given. */
	expect_true(row, script.seen.in.data == run.image.stream.data);
	expect_eq(row, script.seen.in.size, 20);
	expect_eq(row, script.seen.out.size, UNPACKED);
	expect_eq(row, script.seen.max_memory, MAX_MEMORY);
	expect_eq(row, script.seen.out_is_exact, 1);
	expect_eq(row, script.seen.only_start, 0);
	expect_true(row, script.seen.allocator.ctx == run.allocator.ctx);

	if (status) {
		expect_failure(row, &run.diag, status, &want);
		if (script.rule && status == script.status && status != PVHBOOT_INTERNAL)
			ck_assert_msg(strcmp(run.diag.failure.rule, script.rule) == 0,
				      "%s: the codec's rule is lost: %s", row,
				      run.diag.failure.rule);
		if (status == PVHBOOT_UNSUPPORTED)
			ck_assert_msg(strstr(run.diag.detail, "bzip2"), "%s: detail is \"%s\"", row,
				      run.diag.detail);
	} else {
		expect_success(row, &run.diag, 0);
		expect_eq(row, run.elf.size, UNPACKED);
		expect_eq(row, run.elf.data[UNPACKED - 1], 0x42);
	}
	unpack_close(&run);
	blob_free(&payload);
	blob_free(&file);
}
END_TEST

START_TEST(default_max_memory)
{
	struct unpacking run = { .options = { .codecs = scripted_list } };
	struct blob file = around("BZh91AY&SY\x64\0\0\0", 14);

	script.status = PVHBOOT_OK;
	script.in_used = 10;
	script.out_used = UNPACKED;
	expect_status("default", unpack(&run, &file), PVHBOOT_OK);
	ck_assert_uint_eq(script.seen.max_memory, (uint64_t)256 << 20);
	ck_assert_uint_eq(PVHBOOT_DEFAULT_MAX_MEMORY, (uint64_t)256 << 20);
	ck_assert_uint_eq(PVHBOOT_DEFAULT_MAX_OUTPUT, (uint64_t)1 << 30);
	unpack_close(&run);
	blob_free(&file);
}
END_TEST

int main(void)
{
	const int n = sizeof(all_compressions) / sizeof(all_compressions[0]);
	Suite *suite = suite_create("image");
	TCase *probing = suite_case(suite, "probe");
	TCase *need = suite_case(suite, "need");
	TCase *unpacking = suite_case(suite, "unpack");

	tcase_add_unchecked_fixture(probing, build_images, free_images);
	tcase_add_unchecked_fixture(need, build_images, free_images);
	tcase_add_unchecked_fixture(unpacking, build_images, free_images);

	tcase_add_test(probing, names);
	tcase_add_test(probing, probe_elf);
	tcase_add_loop_test(probing, probe_bzimage, 0, n);
	tcase_add_loop_test(probing, probe_magics, 0, sizeof(magics) / sizeof(magics[0]));
	tcase_add_test(probing, probe_shortest_payloads);
	tcase_add_test(probing, probe_setup_sects);
	tcase_add_test(probing, probe_protocol);
	tcase_add_test(probing, probe_boot_flag);
	tcase_add_loop_test(probing, probe_payload_bounds, 0,
			    sizeof(payload_rows) / sizeof(payload_rows[0]));
	tcase_add_test(probing, probe_of_nothing);
	tcase_add_test(probing, probe_without_arguments);
	tcase_add_test(probing, probe_unknown_files);
	tcase_add_loop_test(probing, field_f07_what_it_is, 0, sizeof(foreign) / sizeof(foreign[0]));
	tcase_add_test(probing, field_f07_size_of_a_bios);
	tcase_add_loop_test(probing, field_f07_pe, 0, sizeof(programs) / sizeof(programs[0]));
	tcase_add_test(probing, field_f07_what_is_inside);
	tcase_add_test(probing, field_f07_memtest);
	tcase_add_test(probing, reserved_of_options);
	tcase_add_test(probing, probe_looks_at_fixed_places_only);
	tcase_add_test(probing, probe_leaves_out_and_diag_alone);
	tcase_add_loop_test(probing, probe_every_prefix, 0, n);

	tcase_add_test(need, need_sizes);
	tcase_add_test(need, need_of_a_bare_elf);
	tcase_add_test(need, need_without_arguments);
	tcase_add_loop_test(need, need_limit, 0, sizeof(limits) / sizeof(limits[0]));
	tcase_add_test(need, no_codec);
	tcase_add_test(need, codecs_of_the_caller);

	tcase_add_loop_test(unpacking, unpack_all, 0, n);
	tcase_add_loop_test(unpacking, unpack_into_a_larger_buffer, 0, n);
	tcase_add_loop_test(unpacking, unpack_into_a_smaller_buffer, 0, n);
	tcase_add_test(unpacking, unpack_without_arguments);
	tcase_add_loop_test(unpacking, unpack_with_another_size, 0, n);
	tcase_add_loop_test(unpacking, unpack_without_tail, 0, n);
	tcase_add_loop_test(unpacking, unpack_with_a_flipped_bit, 0, n);
	tcase_add_loop_test(unpacking, unpack_with_bytes_behind, 0, n);
	tcase_add_test(unpacking, unpack_with_relocations);
	tcase_add_loop_test(unpacking, unpack_when_the_allocator_fails, 0, n);
	tcase_add_loop_test(unpacking, unpack_with_little_memory, 0, n);
	tcase_add_loop_test(unpacking, unpack_by_a_codec_of_the_caller, 0,
			    sizeof(script_rows) / sizeof(script_rows[0]));
	tcase_add_test(unpacking, default_max_memory);
	return suite_run(suite);
}
