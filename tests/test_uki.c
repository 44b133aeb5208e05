/* SPDX-License-Identifier: MIT */
/* image.h: unified kernel images. */

#include <pvhboot/image.h>
#include <stdio.h>
#include <string.h>

#include "support/blob.h"
#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/kernelbuild.h"
#include "support/loading.h"
#include "support/pebuild.h"
#include "support/suite.h"

#define TEXT(text)                                                                                 \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

static struct elf kernel;
static struct blob packed; /* a bzImage around it */

static void build_kernel(void)
{
	const struct kernel_spec spec = { 0 };

	kernel_build(&kernel, &spec);
	bz_image(&packed, PVHBOOT_COMPRESSION_XZ, blob_view(&kernel.image));
}

static void free_kernel(void)
{
	elf_free(&kernel);
	blob_free(&packed);
}

enum { STUB, OSREL, CMDLINE, UNAME, INITRD, LINUX, N_SECTIONS };

/* As ukify lays one out. */
static struct blob uki_around(const struct blob *contents)
{
	struct pe_section sections[N_SECTIONS] = {
		[STUB] = { ".text", TEXT("code of the stub") },
		[OSREL] = { ".osrel", TEXT("ID=debian\n") },
		[CMDLINE] = { ".cmdline", TEXT("console=ttyS0") },
		[UNAME] = { ".uname", TEXT("6.12.0") },
		[INITRD] = { ".initrd", TEXT("070701 and so on") },
		[LINUX] = { ".linux", { contents->data, contents->size } },
	};
	struct blob file = { 0 };

	pe_build(&file, sections, N_SECTIONS);
	return file;
}

static enum pvhboot_status probe(const struct blob *file, struct pvhboot_image *image,
				 struct pvhboot_diag *diag)
{
	memset(diag, 0, sizeof(*diag));
	memset(image, 0xee, sizeof(*image));
	return pvhboot_image_probe(blob_view(file), NULL, image, diag);
}

static void expect_span(const char *row, const struct blob *file, struct pvhboot_bytes got,
			size_t section, const char *want)
{
	expect_eq(row, got.size, strlen(want));
	expect_true(row, got.size == 0 || memcmp(got.data, want, got.size) == 0);
	if (got.size)
		expect_true(row,
			    got.data == file->data + pe_read(file, "PointerToRawData", section));
}

/* What .linux may hold. */
static const struct {
	const char *name;
	int in_bzimage;
	enum pvhboot_compression compression;
} kinds[] = {
	{ "elf", 0, PVHBOOT_COMPRESSION_NONE },      { "gzip", 0, PVHBOOT_COMPRESSION_GZIP },
	{ "xz", 0, PVHBOOT_COMPRESSION_XZ },         { "lz4", 0, PVHBOOT_COMPRESSION_LZ4 },
	{ "zstd", 0, PVHBOOT_COMPRESSION_ZSTD },     { "lzo", 0, PVHBOOT_COMPRESSION_LZO },
	{ "bzip2", 0, PVHBOOT_COMPRESSION_BZIP2 },   { "bz, elf", 1, PVHBOOT_COMPRESSION_NONE },
	{ "bz, gzip", 1, PVHBOOT_COMPRESSION_GZIP }, { "bz, xz", 1, PVHBOOT_COMPRESSION_XZ },
	{ "bz, zstd", 1, PVHBOOT_COMPRESSION_ZSTD },
};

START_TEST(every_kind)
{
	const char *row = kinds[_i].name;
	struct pvhboot_bytes elf = blob_view(&kernel.image);
	struct loading run = { 0 };
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	struct blob inside = { 0 };
	struct blob file;
	uint64_t at;

	if (!bz_can_compress(kinds[_i].compression))
		return;
	if (kinds[_i].in_bzimage)
		bz_image(&inside, kinds[_i].compression, elf);
	else
		bz_compress(&inside, kinds[_i].compression, elf, NULL);
	file = uki_around(&inside);
	at = pe_read(&file, "PointerToRawData", LINUX);
	expect_status(row, probe(&file, &image, &diag), PVHBOOT_OK);
	expect_success(row, &diag, 0);
	expect_eq(row, image.container, PVHBOOT_CONTAINER_PE);
	expect_eq(row, image.compression, kinds[_i].compression);
	expect_eq(row, image.depth, 0);
	expect_eq(row, image.protocol, kinds[_i].in_bzimage ? 0x020f : 0);
	expect_true(row, image.file.data == file.data && image.file.size == file.size);
	expect_eq(row, image.stream_offset,
		  at + (kinds[_i].in_bzimage ? bz_payload_at(&inside) : 0));
	expect_true(row, image.stream.data == file.data + image.stream_offset);
	if (!kinds[_i].in_bzimage)
		expect_eq(row, image.stream.size, inside.size);
	expect_span(row, &file, image.uki.initrd, INITRD, "070701 and so on");
	expect_span(row, &file, image.uki.cmdline, CMDLINE, "console=ttyS0");
	expect_span(row, &file, image.uki.osrel, OSREL, "ID=debian\n");
	expect_span(row, &file, image.uki.uname, UNAME, "6.12.0");

	loading_expect(row, &run, blob_view(&file), elf, 0);
	expect_eq(row, run.loaded.image.container, PVHBOOT_CONTAINER_PE);
	expect_eq(row, run.loaded.image.uki.cmdline.size, 13);
	loading_close(&run);
	blob_free(&inside);
	blob_free(&file);
}
END_TEST

START_TEST(only_a_kernel)
{
	const struct pe_section section = { ".linux", blob_view(&packed) };
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	struct blob file = { 0 };

	pe_build(&file, &section, 1);
	expect_status("alone", probe(&file, &image, &diag), PVHBOOT_OK);
	expect_span("alone", &file, image.uki.initrd, 0, "");
	expect_span("alone", &file, image.uki.cmdline, 0, "");
	expect_span("alone", &file, image.uki.osrel, 0, "");
	expect_span("alone", &file, image.uki.uname, 0, "");
	/* "data is NULL" tells what is not there from what is empty */
	ck_assert_ptr_null(image.uki.initrd.data);
	ck_assert_ptr_null(image.uki.cmdline.data);
	ck_assert_ptr_null(image.uki.osrel.data);
	ck_assert_ptr_null(image.uki.uname.data);
	blob_free(&file);
}
END_TEST

static uint64_t name_of(const char *name)
{
	uint8_t bytes[8] = { 0 };

	memcpy(bytes, name, strlen(name) < 8 ? strlen(name) : 8);
	return load_le(bytes, 8);
}

/* One field, and what comes of it. Offsets: of a section header, or of the file. */
static const struct {
	const char *name;
	const char *field;
	size_t section;
	uint64_t value;
	enum pvhboot_status status;
	const char *rule;
	int at_section; /* the finding is about the section */
} rows[] = {
	{ "as it is", "Machine", 0, 0x8664, PVHBOOT_OK, NULL, 0 },
	{ "i386", "Machine", 0, 0x14c, PVHBOOT_OK, NULL, 0 },
	{ "no sections", "NumberOfSections", 0, 0, PVHBOOT_MALFORMED, ".linux", 0 },
	{ "one section too few", "NumberOfSections", 0, LINUX, PVHBOOT_MALFORMED, ".linux", 0 },
	{ "65535 sections", "NumberOfSections", 0, 0xffff, PVHBOOT_TRUNCATED, "section table", 0 },
	{ "a table far behind", "SizeOfOptionalHeader", 0, 0xffff, PVHBOOT_TRUNCATED,
	  "section table", 0 },
	{ "kernel behind the end", "PointerToRawData", LINUX, 0x7fffffff, PVHBOOT_TRUNCATED,
	  "a section lies in the file", 1 },
	{ "kernel at 2^32 - 1", "PointerToRawData", LINUX, 0xffffffff, PVHBOOT_TRUNCATED,
	  "a section lies in the file", 1 },
	{ "command line behind the end", "PointerToRawData", CMDLINE, 0x7fffffff, PVHBOOT_TRUNCATED,
	  "a section lies in the file", 1 },
	{ "initrd behind the end", "PointerToRawData", INITRD, 0x7fffffff, PVHBOOT_TRUNCATED,
	  "a section lies in the file", 1 },
	{ "osrel behind the end", "PointerToRawData", OSREL, 0x7fffffff, PVHBOOT_TRUNCATED,
	  "a section lies in the file", 1 },
	{ "uname behind the end", "PointerToRawData", UNAME, 0x7fffffff, PVHBOOT_TRUNCATED,
	  "a section lies in the file", 1 },
	{ "a section of the stub behind the end", "PointerToRawData", STUB, 0x7fffffff, PVHBOOT_OK,
	  NULL, 0 },
	{ "an empty kernel", "VirtualSize", LINUX, 0, PVHBOOT_TRUNCATED, "magic number", 0 },
	{ "a kernel of nothing in the file", "SizeOfRawData", LINUX, 0, PVHBOOT_TRUNCATED,
	  "magic number", 0 },
	{ "a larger kernel in memory", "VirtualSize", LINUX, 0xffffffff, PVHBOOT_OK, NULL, 0 },
	{ "a kernel cut short", "VirtualSize", LINUX, 0x900, PVHBOOT_TRUNCATED, "payload", 0 },
	{ "no PE signature", "Signature", 0, 0x4551, PVHBOOT_FORMAT, "magic", 0 },
	{ "PE signature outside", "e_lfanew", 0, 0xfffffffe, PVHBOOT_FORMAT, "magic", 0 },
};

START_TEST(fields)
{
	const char *row = rows[_i].name;
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT,
		.stage = PVHBOOT_STAGE_IMAGE,
		.subject = PVHBOOT_SUBJECT_HEADER,
	};
	struct blob file = uki_around(&packed);
	struct pvhboot_image image;
	struct pvhboot_diag diag;

	pe_patch(&file, rows[_i].field, rows[_i].section, rows[_i].value);
	if (rows[_i].at_section) {
		want.says |= SAYS_INDEX | SAYS_OFFSET;
		want.subject = PVHBOOT_SUBJECT_SECTION;
		want.index = (uint32_t)rows[_i].section;
		want.offset = pe_where("Name", rows[_i].section);
	} else if (rows[_i].rule && strcmp(rows[_i].rule, "payload") == 0) {
		want.subject = PVHBOOT_SUBJECT_PAYLOAD;
	}
	expect_status(row, probe(&file, &image, &diag), rows[_i].status);
	if (rows[_i].status) {
		expect_failure(row, &diag, rows[_i].status, &want);
		ck_assert_msg(strstr(diag.failure.rule, rows[_i].rule), "%s: the rule is \"%s\"",
			      row, diag.failure.rule);
	} else {
		expect_success(row, &diag, 0);
		expect_eq(row, image.compression, PVHBOOT_COMPRESSION_XZ);
	}
	blob_free(&file);
}
END_TEST

/* Nothing but "MZ" makes a PE file. */
START_TEST(other_magic)
{
	struct blob file = uki_around(&packed);
	struct pvhboot_image image;
	struct pvhboot_diag diag;

	file.data[1] = 'X';
	expect_status("MX", probe(&file, &image, &diag), PVHBOOT_FORMAT);
	file.data[1] = 'Z';
	file.data[0] = 'X';
	expect_status("XZ", probe(&file, &image, &diag), PVHBOOT_FORMAT);
	blob_free(&file);
}
END_TEST

/* A kernel that ends with the file may fill it to the last byte. */
START_TEST(last_byte)
{
	struct blob file = uki_around(&packed);
	uint64_t at = pe_read(&file, "PointerToRawData", LINUX);
	struct pvhboot_image image;
	struct pvhboot_diag diag;

	file.size = (size_t)at + packed.size;
	pe_patch(&file, "SizeOfRawData", LINUX, packed.size);
	expect_status("all there", probe(&file, &image, &diag), PVHBOOT_OK);
	file.size--;
	expect_status("one short", probe(&file, &image, &diag), PVHBOOT_TRUNCATED);
	expect_failure("one short", &diag, PVHBOOT_TRUNCATED,
		       &(struct finding){ .says = SAYS_INDEX | SAYS_NUMBERS,
					  .index = LINUX,
					  .found = packed.size,
					  .bound = packed.size - 1 });
	blob_free(&file);
}
END_TEST

/* Any prefix is refused by one of the documented statuses, and not read beyond. */
START_TEST(every_prefix)
{
	struct blob file = uki_around(&packed);
	struct guard guard = guard_open(file.size);
	size_t end = (size_t)pe_read(&file, "PointerToRawData", LINUX) + packed.size;

	pe_patch(&file, "SizeOfRawData", LINUX, packed.size);
	for (size_t size = 0; size<end; size += size> 0x400 && size + 600 < end ? 13 : 1) {
		struct pvhboot_bytes prefix = { file.data, size };
		struct pvhboot_diag diag = { 0 };
		struct pvhboot_image image;
		enum pvhboot_status status;

		status = pvhboot_image_probe(guard_at_end(&guard, prefix), NULL, &image, &diag);
		/* Without the two signatures it is no PE file. */
		ck_assert_msg(status == (size >= 4 && size < pe_where("Machine", 0) ?
						 PVHBOOT_FORMAT :
						 PVHBOOT_TRUNCATED),
			      "%zu bytes: %s", size, pvhboot_status_name(status));
	}
	guard_close(&guard);
	blob_free(&file);
}
END_TEST

/* "the first of a name counts": profiles repeat them behind. */
START_TEST(repeated_names)
{
	const struct pe_section sections[] = {
		{ ".cmdline", TEXT("first") },    { ".linux", blob_view(&packed) },
		{ ".cmdline", TEXT("second") },   { ".linux", TEXT("not a kernel") },
		{ ".profile", TEXT("ID=other") }, { ".cmdline", TEXT("third") },
	};
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	struct blob file = { 0 };

	pe_build(&file, sections, sizeof(sections) / sizeof(sections[0]));
	/* What does not count may lie anywhere. */
	pe_patch(&file, "PointerToRawData", 3, 0xffffffff);
	pe_patch(&file, "PointerToRawData", 5, 0xffffffff);
	expect_status("repeated", probe(&file, &image, &diag), PVHBOOT_OK);
	expect_success("repeated", &diag, 0);
	expect_eq("repeated", image.compression, PVHBOOT_COMPRESSION_XZ);
	expect_span("repeated", &file, image.uki.cmdline, 0, "first");
	blob_free(&file);
}
END_TEST

/* An empty command line is one: the next belongs to another profile. */
START_TEST(repeated_names_first_empty)
{
	const struct pe_section sections[] = {
		{ ".cmdline", TEXT("") },
		{ ".linux", blob_view(&packed) },
		{ ".cmdline", TEXT("of another profile") },
	};
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	struct blob file = { 0 };

	pe_build(&file, sections, sizeof(sections) / sizeof(sections[0]));
	expect_status("empty", probe(&file, &image, &diag), PVHBOOT_OK);
	expect_span("empty", &file, image.uki.cmdline, 0, "");
	blob_free(&file);
}
END_TEST

/* Tools end the command line in a line feed, a NUL, both, or nothing. */
START_TEST(end_of_the_command_line)
{
	const struct {
		struct pvhboot_bytes section;
		const char *cmdline;
	} lines[] = {
		{ TEXT("a b"), "a b" },       { TEXT("a b\n"), "a b" },
		{ TEXT("a b\0"), "a b" },     { TEXT("a b\n\0\0\n"), "a b" },
		{ TEXT("a\nb \n"), "a\nb " }, { TEXT("\0\n"), "" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct pe_section sections[] = {
			{ ".cmdline", lines[i].section },
			{ ".linux", blob_view(&packed) },
			{ ".uname", TEXT("6.12\n") },
		};
		struct pvhboot_image image;
		struct pvhboot_diag diag;
		struct blob file = { 0 };

		pe_build(&file, sections, 3);
		expect_status(lines[i].cmdline, probe(&file, &image, &diag), PVHBOOT_OK);
		expect_span(lines[i].cmdline, &file, image.uki.cmdline, 0, lines[i].cmdline);
		expect_span(lines[i].cmdline, &file, image.uki.uname, 2, "6.12\n");
		blob_free(&file);
	}
}
END_TEST

/* Names are compared in full. */
START_TEST(similar_names)
{
	static const char *const names[] = { ".linux2", ".Linux", "linux", ".linu", ".linuxxx" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct blob file = uki_around(&packed);
		struct pvhboot_image image;
		struct pvhboot_diag diag;

		pe_patch(&file, "Name", LINUX, name_of(names[i]));
		expect_status(names[i], probe(&file, &image, &diag), PVHBOOT_MALFORMED);
		expect_failure(names[i], &diag, PVHBOOT_MALFORMED,
			       &(struct finding){ .says = SAYS_STAGE | SAYS_SUBJECT,
						  .stage = PVHBOOT_STAGE_IMAGE,
						  .subject = PVHBOOT_SUBJECT_HEADER });
		blob_free(&file);
	}
}
END_TEST

/* Linux's EFI stub makes its bzImages PE files too. */
START_TEST(bzimage_that_is_pe)
{
	const struct pe_section section = { ".text", TEXT("stub") };
	struct blob pe = { 0 };
	struct blob file = { 0 };
	struct loading run = { 0 };
	struct pvhboot_image image;
	struct pvhboot_diag diag;

	pe_build(&pe, &section, 1);
	blob_append(&file, packed.data, packed.size);
	memcpy(file.data, pe.data, 0x1f0);
	expect_status("both", probe(&file, &image, &diag), PVHBOOT_OK);
	expect_success("both", &diag, 0);
	expect_eq("both", image.container, PVHBOOT_CONTAINER_BZIMAGE);
	loading_expect("both", &run, blob_view(&file), blob_view(&kernel.image), 0);
	loading_close(&run);
	blob_free(&file);
	/* The same as what a UKI carries. */
	memset(&run, 0, sizeof(run));
	blob_append(&file, packed.data, packed.size);
	memcpy(file.data, pe.data, 0x1f0);
	{
		struct blob uki = uki_around(&file);

		loading_expect("in a UKI", &run, blob_view(&uki), blob_view(&kernel.image), 0);
		loading_close(&run);
		blob_free(&uki);
	}
	blob_free(&pe);
	blob_free(&file);
}
END_TEST

/* What .linux may not hold; offsets count from the start of the file. */
START_TEST(bad_kernels)
{
	struct blob inner = uki_around(&packed);
	struct blob text = { 0 };
	struct blob old = { 0 };
	const struct {
		const char *name;
		const struct blob *contents;
		enum pvhboot_status status;
		uint64_t offset; /* in .linux */
		const char *rule;
	} bad[] = {
		{ "a UKI", &inner, PVHBOOT_FORMAT, 0, "magic" },
		{ "text", &text, PVHBOOT_FORMAT, 0, "magic" },
		{ "an old bzImage", &old, PVHBOOT_UNSUPPORTED, 0x206, "2.08" },
	};

	blob_fill(&text, 'x', 1000);
	blob_append(&old, packed.data, packed.size);
	bz_patch(&old, "version", 0x207);
	for (size_t i = 0; i < 3; i++) {
		struct blob file = uki_around(bad[i].contents);
		struct loading run = { 0 };

		loading_expect_failure(
			bad[i].name, &run, blob_view(&file), bad[i].status, PVHBOOT_STAGE_IMAGE,
			pe_read(&file, "PointerToRawData", LINUX) + bad[i].offset, bad[i].rule);
		loading_close(&run);
		blob_free(&file);
	}
	blob_free(&inner);
	blob_free(&text);
	blob_free(&old);
}
END_TEST

/* A damaged stream is told at its place in the file. */
START_TEST(damaged_stream)
{
	struct blob file = uki_around(&packed);
	size_t at = (size_t)pe_read(&file, "PointerToRawData", LINUX) + bz_payload_at(&packed);
	struct loading run = { 0 };

	memset(file.data + at + 40, 0xff, 40);
	expect_status("damaged", loading_run(&run, blob_view(&file)), PVHBOOT_CORRUPT);
	expect_failure("damaged", &run.diag, PVHBOOT_CORRUPT,
		       &(struct finding){ .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_UNPACK });
	ck_assert_uint_gt(run.diag.failure.offset, at);
	ck_assert_uint_lt(run.diag.failure.offset, file.size);
	loading_close(&run);
	blob_free(&file);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("uki");
	TCase *uki = suite_case(suite, "uki");

	tcase_add_unchecked_fixture(uki, build_kernel, free_kernel);
	tcase_add_loop_test(uki, every_kind, 0, ROWS(kinds));
	tcase_add_test(uki, only_a_kernel);
	tcase_add_loop_test(uki, fields, 0, ROWS(rows));
	tcase_add_test(uki, other_magic);
	tcase_add_test(uki, last_byte);
	tcase_add_test(uki, every_prefix);
	tcase_add_test(uki, repeated_names);
	tcase_add_test(uki, repeated_names_first_empty);
	tcase_add_test(uki, end_of_the_command_line);
	tcase_add_test(uki, similar_names);
	tcase_add_test(uki, bzimage_that_is_pe);
	tcase_add_test(uki, bad_kernels);
	tcase_add_test(uki, damaged_stream);
	return suite_run(suite);
}
