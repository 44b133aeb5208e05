/* SPDX-License-Identifier: MIT */
/* image.h: unified kernel images. */

#include <pvhboot/image.h>
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
	{ "a machine that is not known", "Machine", 0, 0x1234, PVHBOOT_OK, NULL, 0 },
	{ "AArch64", "Machine", 0, 0xaa64, PVHBOOT_UNSUPPORTED, "a kernel for x86", 0 },
	{ "no sections", "NumberOfSections", 0, 0, PVHBOOT_UNSUPPORTED, ".linux", 0 },
	{ "one section too few", "NumberOfSections", 0, LINUX, PVHBOOT_UNSUPPORTED, ".linux", 0 },
	{ "65535 sections", "NumberOfSections", 0, 0xffff, PVHBOOT_TRUNCATED, "section table", 0 },
	{ "a table far behind", "SizeOfOptionalHeader", 0, 0xffff, PVHBOOT_TRUNCATED,
	  "section table", 0 },
	{ "kernel behind the end", "PointerToRawData", LINUX, 0x7fffffff, PVHBOOT_TRUNCATED,
	  "size of the section", 1 },
	{ "kernel at 2^32 - 1", "PointerToRawData", LINUX, 0xffffffff, PVHBOOT_TRUNCATED,
	  "size of the section", 1 },
	{ "command line behind the end", "PointerToRawData", CMDLINE, 0x7fffffff, PVHBOOT_TRUNCATED,
	  "size of the section", 1 },
	{ "initrd behind the end", "PointerToRawData", INITRD, 0x7fffffff, PVHBOOT_TRUNCATED,
	  "size of the section", 1 },
	{ "osrel behind the end", "PointerToRawData", OSREL, 0x7fffffff, PVHBOOT_TRUNCATED,
	  "size of the section", 1 },
	{ "uname behind the end", "PointerToRawData", UNAME, 0x7fffffff, PVHBOOT_TRUNCATED,
	  "size of the section", 1 },
	{ "a section of the stub behind the end", "PointerToRawData", STUB, 0x7fffffff, PVHBOOT_OK,
	  NULL, 0 },
	{ "an empty kernel", "VirtualSize", LINUX, 0, PVHBOOT_FORMAT, "an ELF file", 0 },
	{ "a kernel of nothing in the file", "SizeOfRawData", LINUX, 0, PVHBOOT_FORMAT,
	  "an ELF file", 0 },
	{ "a larger kernel in memory", "VirtualSize", LINUX, 0xffffffff, PVHBOOT_OK, NULL, 0 },
	{ "a kernel cut short", "VirtualSize", LINUX, 0x900, PVHBOOT_TRUNCATED, "payload", 0 },
	{ "no PE signature", "Signature", 0, 0x4551, PVHBOOT_FORMAT, "an ELF file", 0 },
	{ "PE signature outside", "e_lfanew", 0, 0xfffffffe, PVHBOOT_FORMAT, "an ELF file", 0 },
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
	ck_assert_str_eq(diag.detail, ".linux");
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
		ck_assert_msg(status == (size < pe_where("Machine", 0) ? PVHBOOT_FORMAT :
									 PVHBOOT_TRUNCATED),
			      "%zu bytes: %s", size, pvhboot_status_name(status));
	}
	guard_close(&guard);
	blob_free(&file);
}
END_TEST

/* "Of several sections of one name in the base, or in one profile, the first counts." */
START_TEST(repeated_names)
{
	const struct pe_section sections[] = {
		{ ".cmdline", TEXT("first") },     { ".linux", blob_view(&packed) },
		{ ".cmdline", TEXT("second") },    { ".linux", TEXT("not a kernel") },
		{ ".osrel", TEXT("of the base") }, { ".profile", TEXT("ID=a") },
		{ ".osrel", TEXT("first of a") },  { ".osrel", TEXT("second of a") },
	};
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	struct blob file = { 0 };

	pe_build(&file, sections, sizeof(sections) / sizeof(sections[0]));
	/* What does not count may lie anywhere. */
	pe_patch(&file, "PointerToRawData", 2, 0xffffffff);
	pe_patch(&file, "PointerToRawData", 3, 0xffffffff);
	pe_patch(&file, "PointerToRawData", 4, 0xffffffff);
	pe_patch(&file, "PointerToRawData", 7, 0xffffffff);
	expect_status("repeated", probe(&file, &image, &diag), PVHBOOT_OK);
	expect_success("repeated", &diag, 0);
	expect_eq("repeated", image.compression, PVHBOOT_COMPRESSION_XZ);
	expect_span("repeated", &file, image.uki.cmdline, 0, "first");
	expect_span("repeated", &file, image.uki.osrel, 6, "first of a");
	blob_free(&file);
}
END_TEST

/* An empty command line is one. */
START_TEST(repeated_names_first_empty)
{
	const struct pe_section sections[] = {
		{ ".cmdline", TEXT("") },
		{ ".linux", blob_view(&packed) },
		{ ".cmdline", TEXT("second") },
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

/*
 * Field reports F3 to F5. A base with a kernel, a command line and an initrd; profile 0 has an
 * ID and nothing else, 1 has a command line and microcode, 2 a kernel and an empty command
 * line, 3 an ID that 1 has too.
 */
enum {
	BASE_CMDLINE,
	BASE_LINUX,
	BASE_INITRD,
	PROFILE_0,
	PROFILE_1,
	CMDLINE_1,
	UCODE_1,
	PROFILE_2,
	LINUX_2,
	CMDLINE_2,
	PROFILE_3,
	CMDLINE_3,
	UNAME_3,
	N_IN_PROFILES
};

static struct blob with_profiles(void)
{
	const struct pe_section sections[N_IN_PROFILES] = {
		[BASE_CMDLINE] = { ".cmdline", TEXT("base") },
		[BASE_LINUX] = { ".linux", blob_view(&packed) },
		[BASE_INITRD] = { ".initrd", TEXT("initrd") },
		[PROFILE_0] = { ".profile", TEXT("ID=main\n") },
		[PROFILE_1] = { ".profile", TEXT("TITLE='Factory reset'\nID=\"reset\"") },
		[CMDLINE_1] = { ".cmdline", TEXT("factory-reset\n") },
		[UCODE_1] = { ".ucode", TEXT("microcode") },
		[PROFILE_2] = { ".profile", TEXT("") },
		[LINUX_2] = { ".linux", blob_view(&kernel.image) },
		[CMDLINE_2] = { ".cmdline", TEXT("") },
		[PROFILE_3] = { ".profile", TEXT("ID=reset\n") },
		[CMDLINE_3] = { ".cmdline", TEXT("second") },
		[UNAME_3] = { ".uname", TEXT("6.12") },
	};
	struct blob file = { 0 };

	pe_build(&file, sections, N_IN_PROFILES);
	return file;
}

static const struct {
	const char *name;
	uint32_t profile;
	struct pvhboot_bytes id;
	enum pvhboot_status status;
	uint32_t chosen;
	size_t cmdline, ucode, uname; /* sections; 0: none, or the base's */
	enum pvhboot_compression compression;
} choices[] = {
	{ "none is asked for", 0, TEXT(""), PVHBOOT_OK, 0, 0, 0, 0, PVHBOOT_COMPRESSION_XZ },
	{ "1", 1, TEXT(""), PVHBOOT_OK, 1, CMDLINE_1, UCODE_1, 0, PVHBOOT_COMPRESSION_XZ },
	{ "2", 2, TEXT(""), PVHBOOT_OK, 2, CMDLINE_2, 0, 0, PVHBOOT_COMPRESSION_NONE },
	{ "3", 3, TEXT(""), PVHBOOT_OK, 3, CMDLINE_3, 0, UNAME_3, PVHBOOT_COMPRESSION_XZ },
	{ "4", 4, TEXT(""), PVHBOOT_RANGE, 0, 0, 0, 0, 0 },
	{ "2^32 - 1", UINT32_MAX, TEXT(""), PVHBOOT_RANGE, 0, 0, 0, 0, 0 },
	{ "main", 0, TEXT("main"), PVHBOOT_OK, 0, 0, 0, 0, PVHBOOT_COMPRESSION_XZ },
	{ "reset, and a number", 3, TEXT("reset"), PVHBOOT_OK, 1, CMDLINE_1, UCODE_1, 0,
	  PVHBOOT_COMPRESSION_XZ },
	{ "mai", 0, TEXT("mai"), PVHBOOT_RANGE, 0, 0, 0, 0, 0 },
	{ "mainn", 0, TEXT("mainn"), PVHBOOT_RANGE, 0, 0, 0, 0, 0 },
	{ "a title", 0, TEXT("Factory reset"), PVHBOOT_RANGE, 0, 0, 0, 0, 0 },
};

START_TEST(field_f03_f04_profiles)
{
	static const char *const texts[N_IN_PROFILES] = {
		[BASE_CMDLINE] = "base", [CMDLINE_1] = "factory-reset", [CMDLINE_2] = "",
		[CMDLINE_3] = "second",  [UCODE_1] = "microcode",       [UNAME_3] = "6.12",
	};
	const char *row = choices[_i].name;
	const struct pvhboot_options options = { .profile = choices[_i].profile,
						 .profile_id = choices[_i].id };
	struct blob file = with_profiles();
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_image image;

	/* sections of profiles that are not chosen may lie anywhere */
	for (size_t i = PROFILE_1 + 1; i < N_IN_PROFILES; i++) {
		if (choices[_i].chosen == 0 && i != PROFILE_2 && i != PROFILE_3)
			pe_patch(&file, "PointerToRawData", i, 0xffffffff);
	}
	expect_status(row, pvhboot_image_probe(blob_view(&file), &options, &image, &diag),
		      choices[_i].status);
	if (choices[_i].status) {
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_NUMBERS |
				(options.profile_id.size ? SAYS_NO_INDEX : SAYS_INDEX),
			.stage = PVHBOOT_STAGE_IMAGE,
			.subject = PVHBOOT_SUBJECT_PROFILE,
			.index = options.profile,
		};

		expect_failure(row, &diag, PVHBOOT_RANGE, &want);
		ck_assert_str_eq(diag.detail, "profiles: 0 (main), 1 (reset), 2, 3 (reset)");
	} else {
		expect_success(row, &diag, 0);
		expect_eq(row, image.uki.n_profiles, 4);
		expect_eq(row, image.uki.profile, choices[_i].chosen);
		expect_eq(row, image.compression, choices[_i].compression);
		expect_span(row, &file, image.uki.cmdline, choices[_i].cmdline,
			    texts[choices[_i].cmdline]);
		expect_span(row, &file, image.uki.initrd, BASE_INITRD, "initrd");
		expect_span(row, &file, image.uki.ucode, choices[_i].ucode,
			    choices[_i].ucode ? texts[choices[_i].ucode] : "");
		expect_span(row, &file, image.uki.uname, choices[_i].uname,
			    choices[_i].uname ? texts[choices[_i].uname] : "");
	}
	blob_free(&file);
}
END_TEST

/* A section that the chosen profile needs, of the base or its own, lies in the file. */
START_TEST(field_f04_needed_sections)
{
	static const struct {
		size_t section;
		enum pvhboot_status status; /* of profile 1 */
	} needed[] = {
		{ BASE_CMDLINE, PVHBOOT_OK },       { BASE_LINUX, PVHBOOT_TRUNCATED },
		{ BASE_INITRD, PVHBOOT_TRUNCATED }, { CMDLINE_1, PVHBOOT_TRUNCATED },
		{ UCODE_1, PVHBOOT_TRUNCATED },     { LINUX_2, PVHBOOT_OK },
		{ PROFILE_1, PVHBOOT_OK },          { PROFILE_3, PVHBOOT_OK },
	};
	const struct pvhboot_options options = { .profile = 1 };

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		struct blob file = with_profiles();
		struct pvhboot_diag diag = { 0 };
		struct pvhboot_image image;

		pe_patch(&file, "PointerToRawData", needed[i].section, 0xffffffff);
		expect_status("needed",
			      pvhboot_image_probe(blob_view(&file), &options, &image, &diag),
			      needed[i].status);
		if (needed[i].status)
			expect_failure("needed", &diag, PVHBOOT_TRUNCATED,
				       &(struct finding){ .says = SAYS_SUBJECT | SAYS_INDEX,
							  .subject = PVHBOOT_SUBJECT_SECTION,
							  .index = (uint32_t)needed[i].section });
		blob_free(&file);
	}
}
END_TEST

/* The kernel is in a profile alone, and not in the one that is asked for. */
START_TEST(field_f04_kernel_in_a_profile)
{
	const struct pe_section sections[] = {
		{ ".profile", TEXT("ID=rescue") },
		{ ".cmdline", TEXT("rescue") },
		{ ".profile", TEXT("ID=main") },
		{ ".linux", blob_view(&packed) },
	};
	struct pvhboot_options options = { .profile = 1 };
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_image image;
	struct blob file = { 0 };

	pe_build(&file, sections, 4);
	expect_status("1", pvhboot_image_probe(blob_view(&file), &options, &image, &diag),
		      PVHBOOT_OK);
	expect_span("1", &file, image.uki.cmdline, 0, "");
	options.profile = 0;
	expect_status("0", pvhboot_image_probe(blob_view(&file), &options, &image, &diag),
		      PVHBOOT_UNSUPPORTED);
	expect_failure("0", &diag, PVHBOOT_UNSUPPORTED,
		       &(struct finding){ .says = SAYS_SUBJECT | SAYS_INDEX,
					  .subject = PVHBOOT_SUBJECT_PROFILE });
	options.profile = 2;
	expect_status("2", pvhboot_image_probe(blob_view(&file), &options, &image, &diag),
		      PVHBOOT_RANGE);
	blob_free(&file);
}
END_TEST

/* Without a section .profile there is profile 0, without an ID. Files that are no UKI have no
 * profiles, and the choice is not looked at. */
START_TEST(field_f03_no_profiles)
{
	static const struct pvhboot_options chosen[] = {
		{ .profile = 0 },
		{ .profile = 1 },
		{ .profile_id = TEXT("main") },
	};
	struct pvhboot_profile_iter iter = { 0, 0 };
	struct pvhboot_profile profile;
	struct blob file = uki_around(&packed);

	for (size_t i = 0; i < 3; i++) {
		struct pvhboot_diag diag = { 0 };
		struct pvhboot_image image;

		expect_status("UKI",
			      pvhboot_image_probe(blob_view(&file), &chosen[i], &image, &diag),
			      i == 0 ? PVHBOOT_OK : PVHBOOT_RANGE);
		if (i == 0) {
			expect_eq("UKI", image.uki.n_profiles, 0);
			expect_eq("UKI", pvhboot_profile_next(&image, &iter, &profile), 0);
		} else {
			ck_assert_str_eq(diag.detail, "profiles: 0 alone");
		}
		expect_status("bzImage",
			      pvhboot_image_probe(blob_view(&packed), &chosen[i], &image, &diag),
			      PVHBOOT_OK);
		iter = (struct pvhboot_profile_iter){ 0, 0 };
		expect_eq("bzImage", pvhboot_profile_next(&image, &iter, &profile), 0);
		expect_status(
			"ELF",
			pvhboot_image_probe(blob_view(&kernel.image), &chosen[i], &image, &diag),
			PVHBOOT_OK);
	}
	blob_free(&file);
}
END_TEST

static const struct {
	const char *name;
	struct pvhboot_bytes text;
	struct pvhboot_bytes id, title;
} profiles[] = {
	{ "both", TEXT("ID=main\nTITLE=Boot it\n"), TEXT("main"), TEXT("Boot it") },
	{ "quotes", TEXT("TITLE=\"a 'b'\"\nID='x'"), TEXT("x"), TEXT("a 'b'") },
	{ "a quote alone", TEXT("ID=\"\nTITLE=\"a'\n"), TEXT("\""), TEXT("\"a'") },
	{ "empty quotes", TEXT("ID=\"\"\n"), TEXT(""), TEXT("") },
	{ "blanks", TEXT("  ID =\t main \r\nTITLE= a b \r\n"), TEXT("main"), TEXT("a b") },
	{ "blanks alone", TEXT("ID=  \nTITLE=\t\t\n"), TEXT(""), TEXT("") },
	{ "ends that are alike", TEXT("ID=aba\nTITLE=bb\n"), TEXT("aba"), TEXT("bb") },
	{ "other keys", TEXT("#ID=a\nXID=b\nID2=c\nid=d\nTITLE\nID"), TEXT(""), TEXT("") },
	{ "= in a value", TEXT("ID=a=b\n=ID=c\n"), TEXT("a=b"), TEXT("") },
	{ "twice", TEXT("ID=a\nID=b\n"), TEXT("b"), TEXT("") },
	{ "NUL", TEXT("ID=a\0\nTITLE=b\n"), TEXT("a"), TEXT("") },
	{ "nothing", TEXT(""), TEXT(""), TEXT("") },
	{ "line feeds", TEXT("\n\n\nID=a\n\n"), TEXT("a"), TEXT("") },
	{ "bytes above 127", TEXT("ID=\xff\n"), TEXT("\xff"), TEXT("") },
};

static void expect_text(const char *row, struct pvhboot_bytes got, struct pvhboot_bytes want)
{
	expect_eq(row, got.size, want.size);
	expect_true(row, want.size == 0 || memcmp(got.data, want.data, want.size) == 0);
}

START_TEST(field_f03_profile_texts)
{
	const char *row = profiles[_i].name;
	const struct pe_section sections[] = {
		{ ".linux", blob_view(&packed) },
		{ ".profile", profiles[_i].text },
		{ ".profile", TEXT("ID=second") },
	};
	struct pvhboot_profile_iter iter = { 0, 0 };
	struct pvhboot_profile profile;
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	struct blob file = { 0 };

	pe_build(&file, sections, 3);
	expect_status(row, probe(&file, &image, &diag), PVHBOOT_OK);
	expect_eq(row, pvhboot_profile_next(&image, &iter, &profile), 1);
	expect_text(row, profile.id, profiles[_i].id);
	expect_text(row, profile.title, profiles[_i].title);
	expect_eq(row, profile.number, 0);
	expect_eq(row, profile.reserved, 0);
	expect_eq(row, pvhboot_profile_next(&image, &iter, &profile), 1);
	expect_text(row, profile.id, (struct pvhboot_bytes)TEXT("second"));
	expect_eq(row, profile.number, 1);
	expect_eq(row, pvhboot_profile_next(&image, &iter, &profile), 0);
	expect_eq(row, pvhboot_profile_next(&image, &iter, &profile), 0);
	blob_free(&file);
}
END_TEST

/* Behind 4096 bytes nothing is read, nor looked at. */
START_TEST(field_f03_profile_cut)
{
	struct blob text = { 0 }, file = { 0 };
	struct pvhboot_profile_iter iter = { 0, 0 };
	struct pvhboot_profile profile;
	struct pvhboot_image image;
	struct pvhboot_diag diag;

	blob_fill(&text, 'x', 4096 - 5);
	blob_append(&text, "\nID=", 4);
	blob_fill(&text, ' ', 4096);
	pe_build(&file,
		 (const struct pe_section[]){ { ".linux", blob_view(&packed) },
					      { ".profile", blob_view(&text) } },
		 2);
	expect_status("cut", probe(&file, &image, &diag), PVHBOOT_OK);
	expect_eq("cut", pvhboot_profile_next(&image, &iter, &profile), 1);
	expect_text("cut", profile.id, (struct pvhboot_bytes)TEXT(""));
	blob_free(&file);
	blob_free(&text);
}
END_TEST

/* As many profiles as there can be sections, all over one large text, and an ID that none has:
 * each text is read up to a bound. */
START_TEST(field_f03_many_profiles)
{
	const size_t n = 65535;
	struct pe_section *sections = calloc(n, sizeof(*sections));
	const struct pvhboot_options options = { .profile_id = TEXT("nothing") };
	struct pvhboot_profile_iter iter = { 0, 0 };
	struct pvhboot_profile profile;
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_image image;
	struct blob file = { 0 };
	uint32_t seen = 0;
	size_t at;

	for (size_t i = 0; i < n; i++)
		sections[i].name = ".profile";
	sections[0] = (struct pe_section){ ".linux", blob_view(&packed) };
	pe_build(&file, sections, n);
	at = file.size;
	blob_fill(&file, 'x', 1 << 20);
	for (size_t i = 1; i < n; i++) {
		pe_patch(&file, "PointerToRawData", i, at);
		pe_patch(&file, "VirtualSize", i, 1 << 20);
		pe_patch(&file, "SizeOfRawData", i, 1 << 20);
	}
	ck_assert_int_eq(pvhboot_image_probe(blob_view(&file), &options, &image, &diag),
			 PVHBOOT_RANGE);
	ck_assert_ptr_nonnull(strstr(diag.detail, "..."));
	expect_status("by number", probe(&file, &image, &diag), PVHBOOT_OK);
	ck_assert_uint_eq(image.uki.n_profiles, n - 1);
	while (pvhboot_profile_next(&image, &iter, &profile))
		seen += profile.number == seen;
	ck_assert_uint_eq(seen, n - 1);
	free(sections);
	blob_free(&file);
}
END_TEST

/* What lies outside of the file, or is not there, has no ID; other arguments yield nothing. */
START_TEST(field_f03_profile_next_is_careful)
{
	struct blob file = with_profiles();
	struct pvhboot_profile_iter iter = { 0, 0 };
	struct pvhboot_profile profile;
	struct pvhboot_image image;
	struct pvhboot_diag diag;

	pe_patch(&file, "PointerToRawData", PROFILE_0, 0xffffffff);
	expect_status("outside", probe(&file, &image, &diag), PVHBOOT_OK);
	expect_eq("outside", pvhboot_profile_next(&image, &iter, &profile), 1);
	expect_eq("outside", profile.id.size, 0);
	expect_eq("NULL", pvhboot_profile_next(NULL, &iter, &profile), 0);
	expect_eq("NULL", pvhboot_profile_next(&image, NULL, &profile), 0);
	expect_eq("NULL", pvhboot_profile_next(&image, &iter, NULL), 0);
	iter.section = UINT32_MAX;
	expect_eq("behind", pvhboot_profile_next(&image, &iter, &profile), 0);
	iter.section = 0;
	pe_patch(&file, "NumberOfSections", 0, 0xffff); /* it has changed since */
	expect_eq("changed", pvhboot_profile_next(&image, &iter, &profile), 0);
	blob_free(&file);
}
END_TEST

START_TEST(field_f05_ucode)
{
	const struct pe_section sections[] = {
		{ ".linux", blob_view(&packed) },
		{ ".ucode", TEXT("microcode") },
		{ ".initrd", TEXT("initrd") },
	};
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	struct blob file = { 0 };

	pe_build(&file, sections, 3);
	expect_status("ucode", probe(&file, &image, &diag), PVHBOOT_OK);
	expect_success("ucode", &diag, 0);
	expect_span("ucode", &file, image.uki.ucode, 1, "microcode");
	expect_span("ucode", &file, image.uki.initrd, 2, "initrd");
	blob_free(&file);
}
END_TEST

/* What follows the section table, as long as it is said to be, is no section. */
START_TEST(behind_the_table)
{
	const struct pe_section sections[] = {
		{ ".linux", blob_view(&packed) },
		{ ".profile", TEXT("ID=a") },
		{ ".profile", TEXT("ID=b") },
	};
	const struct pvhboot_options seventh = { .profile = 7 };
	const struct pe_section others[] = {
		{ ".text", TEXT("code") },
		{ ".linux", blob_view(&packed) },
	};
	struct pvhboot_profile_iter iter = { 0, 0 };
	struct pvhboot_profile profile;
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	struct blob file = { 0 };

	pe_build(&file, sections, 3);
	pe_patch(&file, "NumberOfSections", 0, 2);
	expect_status("UKI", probe(&file, &image, &diag), PVHBOOT_OK);
	expect_eq("UKI", image.uki.n_profiles, 1);
	expect_eq("UKI", pvhboot_profile_next(&image, &iter, &profile), 1);
	expect_eq("UKI", pvhboot_profile_next(&image, &iter, &profile), 0);
	expect_status("UKI", pvhboot_image_probe(blob_view(&file), &seventh, &image, &diag),
		      PVHBOOT_RANGE);
	ck_assert_str_eq(diag.detail, "profiles: 0 (a)");
	blob_free(&file);
	pe_build(&file, others, 2);
	pe_patch(&file, "NumberOfSections", 0, 1);
	pe_patch(&file, "Machine", 0, 0xaa64);
	expect_status("program", probe(&file, &image, &diag), PVHBOOT_UNSUPPORTED);
	ck_assert_str_eq(diag.detail, "an EFI program or a kernel for AArch64");
	blob_free(&file);
}
END_TEST

/* No bytes lie in any file. */
START_TEST(empty_section)
{
	const struct pe_section sections[] = {
		{ ".linux", blob_view(&packed) },
		{ ".cmdline", TEXT("quiet") },
	};
	struct pvhboot_image image;
	struct pvhboot_diag diag;
	struct blob file = { 0 };

	pe_build(&file, sections, 2);
	pe_patch(&file, "PointerToRawData", 1, UINT32_MAX);
	expect_status("bytes", probe(&file, &image, &diag), PVHBOOT_TRUNCATED);
	pe_patch(&file, "SizeOfRawData", 1, 0);
	expect_status("none", probe(&file, &image, &diag), PVHBOOT_OK);
	expect_eq("none", image.uki.cmdline.size, 0);
	blob_free(&file);
}
END_TEST

/* The first NUL ends it, and blanks in front of that are no part of it. */
START_TEST(end_of_the_command_line)
{
	const struct {
		struct pvhboot_bytes section;
		const char *cmdline;
	} lines[] = {
		{ TEXT("a b"), "a b" },      { TEXT("a b\n"), "a b" },
		{ TEXT("a b\0"), "a b" },    { TEXT("a b\n\0\0\n"), "a b" },
		{ TEXT("a\nb \n"), "a\nb" }, { TEXT("\0\n"), "" },
		{ TEXT("a\r\n"), "a" },      { TEXT(" a\0b"), " a" },
		{ TEXT(" \t"), "" },         { TEXT("a\xa0\n"), "a\xa0" },
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
		expect_status(names[i], probe(&file, &image, &diag), PVHBOOT_UNSUPPORTED);
		expect_failure(names[i], &diag, PVHBOOT_UNSUPPORTED,
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
	const struct pe_section section = { ".profile", TEXT("ID=a") };
	struct pvhboot_profile_iter iter = { 0, 0 };
	struct pvhboot_profile profile;
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
	expect_eq("both", pvhboot_profile_next(&image, &iter, &profile), 0);
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
		{ "a UKI", &inner, PVHBOOT_FORMAT, 0, "an ELF file" },
		{ "text", &text, PVHBOOT_FORMAT, 0, "an ELF file" },
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
	tcase_add_loop_test(uki, field_f03_f04_profiles, 0, ROWS(choices));
	tcase_add_test(uki, field_f03_no_profiles);
	tcase_add_loop_test(uki, field_f03_profile_texts, 0, ROWS(profiles));
	tcase_add_test(uki, field_f03_profile_cut);
	tcase_add_test(uki, field_f03_many_profiles);
	tcase_add_test(uki, field_f03_profile_next_is_careful);
	tcase_add_test(uki, field_f04_needed_sections);
	tcase_add_test(uki, field_f04_kernel_in_a_profile);
	tcase_add_test(uki, field_f05_ucode);
	tcase_add_test(uki, behind_the_table);
	tcase_add_test(uki, empty_section);
	tcase_add_test(uki, end_of_the_command_line);
	tcase_add_test(uki, similar_names);
	tcase_add_test(uki, bzimage_that_is_pe);
	tcase_add_test(uki, bad_kernels);
	tcase_add_test(uki, damaged_stream);
	return suite_run(suite);
}
