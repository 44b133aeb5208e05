/* SPDX-License-Identifier: MIT */
/* base.h, entry.h and version.h: names, texts, and findings as text; adapt/errno.h. */

#include <pvhboot/adapt/errno.h>
#include <pvhboot/pvhboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/base/diag.h"
#include "support/blob.h"
#include "support/expect.h"
#include "support/suite.h"

/* The values are ABI: written down here a second time, on purpose. */
static const struct {
	int status;
	int value;
	const char *name;
	int is_foreign;
	int error; /* of errno */
} statuses[] = {
	{ PVHBOOT_OK, 0, "OK", 0, 0 },
	{ PVHBOOT_INVAL, 1, "INVAL", 0, EINVAL },
	{ PVHBOOT_NOSPACE, 2, "NOSPACE", 0, ENOSPC },
	{ PVHBOOT_WARNED, 3, "WARNED", 0, EINVAL },
	{ PVHBOOT_TRUNCATED, 16, "TRUNCATED", 0, EBADMSG },
	{ PVHBOOT_FORMAT, 17, "FORMAT", 1, ENOEXEC },
	{ PVHBOOT_MALFORMED, 18, "MALFORMED", 0, EBADMSG },
	{ PVHBOOT_UNSUPPORTED, 19, "UNSUPPORTED", 1, ENOEXEC },
	{ PVHBOOT_CORRUPT, 20, "CORRUPT", 0, EBADMSG },
	{ PVHBOOT_LIMIT, 21, "LIMIT", 0, E2BIG },
	{ PVHBOOT_NOTPVH, 22, "NOTPVH", 1, ENOEXEC },
	{ PVHBOOT_NOMEM, 32, "NOMEM", 0, ENOMEM },
	{ PVHBOOT_NOROOM, 33, "NOROOM", 0, ENOMEM },
	{ PVHBOOT_OVERLAP, 34, "OVERLAP", 0, EADDRINUSE },
	{ PVHBOOT_RANGE, 35, "RANGE", 0, ERANGE },
	{ PVHBOOT_MEMIO, 48, "MEMIO", 0, EFAULT },
	{ PVHBOOT_INTERNAL, 64, "INTERNAL", 0, EIO },
};

#define N_STATUSES (sizeof(statuses) / sizeof(statuses[0]))

START_TEST(status_values)
{
	for (size_t i = 0; i < N_STATUSES; i++) {
		const enum pvhboot_status status = (enum pvhboot_status)statuses[i].status;

		ck_assert_int_eq(statuses[i].status, statuses[i].value);
		ck_assert_str_eq(pvhboot_status_name(status), statuses[i].name);
		ck_assert_int_eq(pvhboot_status_is_foreign(status), statuses[i].is_foreign);
		ck_assert_int_eq(pvhboot_errno(status), statuses[i].error);
	}
}
END_TEST

START_TEST(values_that_are_no_status)
{
	for (int value = 0; value < 70000; value++) {
		size_t i = 0;

		while (i < N_STATUSES && statuses[i].status != value)
			i++;
		if (i < N_STATUSES)
			continue;
		ck_assert_str_eq(pvhboot_status_name((enum pvhboot_status)value), "?");
		ck_assert_int_eq(pvhboot_status_is_foreign((enum pvhboot_status)value), 0);
		ck_assert_int_eq(pvhboot_errno((enum pvhboot_status)value), EIO);
	}
}
END_TEST

START_TEST(entry_names)
{
	ck_assert_str_eq(pvhboot_entry_name(PVHBOOT_ENTRY_AUTO), "auto");
	ck_assert_str_eq(pvhboot_entry_name(PVHBOOT_ENTRY_PVH), "pvh");
	ck_assert_str_eq(pvhboot_entry_name(PVHBOOT_ENTRY_LINUX64), "linux64");
	ck_assert_str_eq(pvhboot_entry_name(PVHBOOT_ENTRY_BZIMAGE64), "bzimage64");
	ck_assert_str_eq(pvhboot_entry_name(PVHBOOT_ENTRY_BZIMAGE32), "bzimage32");
	ck_assert_str_eq(pvhboot_entry_name(PVHBOOT_ENTRY_EFI), "efi");
	for (int value = 6; value < 300; value++)
		ck_assert_str_eq(pvhboot_entry_name((enum pvhboot_entry_kind)value), "?");
}
END_TEST

/* A text as bytes: without its NUL, and none at all for NULL. */
START_TEST(texts)
{
	static const char *const rows[] = { "", "a", "console=ttyS0", "\xff\n" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pvhboot_bytes bytes = pvhboot_text(rows[i]);

		ck_assert_uint_eq(bytes.size, strlen(rows[i]));
		ck_assert(bytes.data == (const uint8_t *)rows[i]);
	}
	ck_assert_uint_eq(pvhboot_text(NULL).size, 0);
	ck_assert_ptr_null(pvhboot_text(NULL).data);
}
END_TEST

START_TEST(version_is_the_headers)
{
	char text[32];

	snprintf(text, sizeof(text), "%d.%d.%d", PVHBOOT_VERSION_MAJOR, PVHBOOT_VERSION_MINOR,
		 PVHBOOT_VERSION_PATCH);
	ck_assert_str_eq(pvhboot_version(), text);
}
END_TEST

#define INDEX PVHBOOT_HAS_INDEX
#define OFFSET PVHBOOT_HAS_OFFSET
#define NUMBERS PVHBOOT_HAS_NUMBERS
#define NEED (PVHBOOT_HAS_NUMBERS | PVHBOOT_HAS_NEED)

/* The offset is 1, and the index 4. */
#define AT(stage_, subject_, has_)                                                                 \
	{                                                                                          \
		.rule = "rule", .offset = 1, .found = 2, .bound = 3, .index = 4,                   \
		.stage = (stage_), .subject = (subject_), .has = (has_)                            \
	}
#define ELF_AT(subject_, has_) AT(PVHBOOT_STAGE_ELF, subject_, has_)
#define SEGMENT_AT(has_) ELF_AT(PVHBOOT_SUBJECT_SEGMENT, has_)
#define IN(unit_, has_, found_, bound_)                                                            \
	{                                                                                          \
		.rule = "rule", .found = (found_), .bound = (bound_), .stage = PVHBOOT_STAGE_ELF,  \
		.has = (has_), .unit = (unit_)                                                     \
	}
#define RULE(rule_, has_)                                                                          \
	{                                                                                          \
		.rule = (rule_), .found = 2, .bound = 3, .stage = PVHBOOT_STAGE_ELF, .has = (has_) \
	}

static const struct {
	const char *text;
	struct pvhboot_finding finding;
} formats[] = {
	/* base.h shows this one word for word. */
	{ "elf: segment 3 at offset 0xe8: expected p_filesz <= p_memsz "
	  "(found 24 bytes, bound 16 bytes)",
	  { .rule = "p_filesz <= p_memsz",
	    .offset = 0xe8,
	    .found = 24,
	    .bound = 16,
	    .index = 3,
	    .stage = PVHBOOT_STAGE_ELF,
	    .subject = PVHBOOT_SUBJECT_SEGMENT,
	    .has = INDEX | OFFSET | NUMBERS,
	    .unit = PVHBOOT_UNIT_BYTES } },

	/* Each member is there exactly when has says so. */
	{ "elf: segment: expected rule", SEGMENT_AT(0) },
	{ "elf: segment 4: expected rule", SEGMENT_AT(INDEX) },
	{ "elf: segment at offset 0x1: expected rule", SEGMENT_AT(OFFSET) },
	{ "elf: segment: expected rule (found 0x2, bound 0x3)", SEGMENT_AT(NUMBERS) },
	{ "elf: segment: expected rule (needed up to 0x2, allowed up to 0x3)", SEGMENT_AT(NEED) },
	{ "elf: segment: expected rule", SEGMENT_AT(PVHBOOT_HAS_NEED) },
	{ "elf: expected rule", ELF_AT(PVHBOOT_SUBJECT_NONE, 0) },
	{ "elf: expected rule (found 0x2, bound 0x3)", ELF_AT(PVHBOOT_SUBJECT_NONE, NUMBERS) },
	/* The library says no such thing; what is there is told apart all the same. */
	{ "elf: at offset 0x1: expected rule", ELF_AT(PVHBOOT_SUBJECT_NONE, OFFSET) },
	{ "elf: 4: expected rule", ELF_AT(PVHBOOT_SUBJECT_NONE, INDEX) },

	/* The ends of every number. */
	{ "elf: note 0 at offset 0x0: expected rule (found 0x0, bound 0x0)",
	  { .rule = "rule",
	    .stage = PVHBOOT_STAGE_ELF,
	    .subject = PVHBOOT_SUBJECT_NOTE,
	    .has = INDEX | OFFSET | NUMBERS } },
	{ "elf: note 4294967295 at offset 0xffffffffffffffff: expected rule "
	  "(found 0xffffffffffffffff, bound 0x8000000000000000)",
	  { .rule = "rule",
	    .offset = UINT64_MAX,
	    .found = UINT64_MAX,
	    .bound = UINT64_C(1) << 63,
	    .index = UINT32_MAX,
	    .stage = PVHBOOT_STAGE_ELF,
	    .subject = PVHBOOT_SUBJECT_NOTE,
	    .has = INDEX | OFFSET | NUMBERS } },

	/* Every unit, and what is none. */
	{ "elf: expected rule (found 0x10, bound 0xf)", IN(PVHBOOT_UNIT_NONE, NUMBERS, 16, 15) },
	{ "elf: expected rule (found 0 bytes, bound 1 byte)",
	  IN(PVHBOOT_UNIT_BYTES, NUMBERS, 0, 1) },
	{ "elf: expected rule (needed 18446744073709551615 bytes, allowed 4294967296 bytes)",
	  IN(PVHBOOT_UNIT_BYTES, NEED, UINT64_MAX, UINT64_C(1) << 32) },
	{ "elf: expected rule (found 0, bound 1)", IN(PVHBOOT_UNIT_COUNT, NUMBERS, 0, 1) },
	{ "elf: expected rule (needed 12345678901234567890, allowed 1000000)",
	  IN(PVHBOOT_UNIT_COUNT, NEED, UINT64_C(12345678901234567890), 1000000) },
	{ "elf: expected rule (found -5, bound 0)",
	  IN(PVHBOOT_UNIT_SIGNED, NUMBERS, (uint64_t)-5, 0) },
	{ "elf: expected rule (found -9223372036854775808, bound 9223372036854775807)",
	  IN(PVHBOOT_UNIT_SIGNED, NUMBERS, (uint64_t)INT64_MIN, INT64_MAX) },
	{ "elf: expected rule (found -1, bound 1)",
	  IN(PVHBOOT_UNIT_SIGNED, NUMBERS, UINT64_MAX, 1) },
	{ "elf: expected rule (found 0x10, bound 0xf)", IN(4, NUMBERS, 16, 15) },
	{ "elf: expected rule (found 0x10, bound 0xf)", IN(UINT8_MAX, NUMBERS, 16, 15) },

	/* What to do stands behind the numbers. */
	{ "elf: expected rule; do so", RULE("rule; do so", 0) },
	{ "elf: expected rule (found 0x2, bound 0x3); do so", RULE("rule; do so", NUMBERS) },
	{ "elf: expected rule (needed up to 0x2, allowed up to 0x3); do so; then that",
	  RULE("rule; do so; then that", NEED) },
	{ "elf: expected  (found 0x2, bound 0x3)", RULE("", NUMBERS) },

	/* Every stage. PLAN, COMMIT and START speak of guest-physical addresses. */
	{ "image: header at offset 0x1: expected rule",
	  AT(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER, OFFSET) },
	{ "unpack: payload at offset 0x1: expected rule",
	  AT(PVHBOOT_STAGE_UNPACK, PVHBOOT_SUBJECT_PAYLOAD, OFFSET) },
	{ "note: note at offset 0x1: expected rule",
	  AT(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_NOTE, OFFSET) },
	{ "plan: module at gpa 0x1: expected rule",
	  AT(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, OFFSET) },
	{ "commit: place at gpa 0x1: expected rule",
	  AT(PVHBOOT_STAGE_COMMIT, PVHBOOT_SUBJECT_PLACE, OFFSET) },
	{ "boot: workspace: expected rule", AT(PVHBOOT_STAGE_BOOT, PVHBOOT_SUBJECT_WORKSPACE, 0) },
	{ "start: module list at gpa 0x1: expected rule",
	  AT(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_LIST, OFFSET) },
	{ "?: header: expected rule", AT(0, PVHBOOT_SUBJECT_HEADER, 0) },
	{ "?: header: expected rule", AT(9, PVHBOOT_SUBJECT_HEADER, 0) },
	{ "?: header: expected rule", AT(UINT8_MAX, PVHBOOT_SUBJECT_HEADER, 0) },

	/* Every subject. */
	{ "elf: section 4: expected rule", ELF_AT(PVHBOOT_SUBJECT_SECTION, INDEX) },
	{ "elf: entry: expected rule", ELF_AT(PVHBOOT_SUBJECT_ENTRY, 0) },
	{ "elf: kernel: expected rule", ELF_AT(PVHBOOT_SUBJECT_KERNEL, 0) },
	{ "elf: map: expected rule", ELF_AT(PVHBOOT_SUBJECT_MAP, 0) },
	{ "elf: map entry 4: expected rule", ELF_AT(PVHBOOT_SUBJECT_MAP, INDEX) },
	{ "elf: avoid range 4: expected rule", ELF_AT(PVHBOOT_SUBJECT_AVOID, INDEX) },
	{ "elf: start_info: expected rule", ELF_AT(PVHBOOT_SUBJECT_INFO, 0) },
	{ "elf: blob: expected rule", ELF_AT(PVHBOOT_SUBJECT_BLOB, 0) },
	{ "elf: symbols: expected rule", ELF_AT(PVHBOOT_SUBJECT_SYMBOLS, 0) },
	{ "elf: command line: expected rule", ELF_AT(PVHBOOT_SUBJECT_CMDLINE, 0) },
	{ "elf: command line of module 4: expected rule", ELF_AT(PVHBOOT_SUBJECT_CMDLINE, INDEX) },
	{ "elf: RSDP: expected rule", ELF_AT(PVHBOOT_SUBJECT_RSDP, 0) },
	{ "elf: registers: expected rule", ELF_AT(PVHBOOT_SUBJECT_REGISTERS, 0) },
	{ "elf: profile 4: expected rule", ELF_AT(PVHBOOT_SUBJECT_PROFILE, INDEX) },
	{ "elf: boot_params: expected rule", ELF_AT(PVHBOOT_SUBJECT_BOOT_PARAMS, 0) },
	{ "elf: setup_data 4: expected rule", ELF_AT(PVHBOOT_SUBJECT_SETUP_DATA, INDEX) },
	{ "elf: page tables: expected rule", ELF_AT(PVHBOOT_SUBJECT_PAGE_TABLES, 0) },
	{ "elf: GDT: expected rule", ELF_AT(PVHBOOT_SUBJECT_GDT, 0) },
	{ "elf: ?: expected rule", ELF_AT(25, 0) },
	{ "elf: ?: expected rule", ELF_AT(UINT8_MAX, 0) },
};

static const int n_formats = sizeof(formats) / sizeof(formats[0]);

START_TEST(finding_text)
{
	const char *want = formats[_i].text;
	char line[256];

	memset(line, 'x', sizeof(line));
	ck_assert_uint_eq(pvhboot_finding_format(&formats[_i].finding, line, sizeof(line)),
			  strlen(want));
	ck_assert_str_eq(line, want);
}
END_TEST

/* At every size the text is cut, terminated, and nothing behind it is written. */
START_TEST(finding_text_cut_at_every_size)
{
	const char *want = formats[_i].text;
	size_t length = strlen(want);

	for (size_t size = 0; size <= length + 2; size++) {
		char *line = must_alloc(size + 1);

		memset(line, 'x', size + 1);
		ck_assert_uint_eq(pvhboot_finding_format(&formats[_i].finding, line, size), length);
		ck_assert_msg(line[size] == 'x', "size %zu: wrote behind the end", size);
		if (size > 0) {
			size_t kept = size - 1 < length ? size - 1 : length;

			ck_assert_msg(line[kept] == '\0', "size %zu: no NUL", size);
			ck_assert_msg(memcmp(line, want, kept) == 0, "size %zu: another text",
				      size);
		}
		free(line);
	}
	ck_assert_uint_eq(pvhboot_finding_format(&formats[_i].finding, NULL, 0), length);
}
END_TEST

START_TEST(nothing_to_say)
{
	struct pvhboot_finding finding = { 0 };
	struct pvhboot_diag diag = { 0 };
	char line[8];

	memset(line, 'x', sizeof(line));
	ck_assert_uint_eq(pvhboot_finding_format(&finding, line, sizeof(line)), 0);
	ck_assert_str_eq(line, "");
	memset(line, 'x', sizeof(line));
	ck_assert_uint_eq(pvhboot_diag_format(&diag, line, sizeof(line)), 0);
	ck_assert_str_eq(line, "");
	/* A detail without a failure belongs to nothing. */
	strcpy(diag.detail, "gzip");
	memset(line, 'x', sizeof(line));
	ck_assert_uint_eq(pvhboot_diag_format(&diag, line, sizeof(line)), 0);
	ck_assert_str_eq(line, "");
	line[0] = 'x';
	ck_assert_uint_eq(pvhboot_finding_format(&finding, line, 0), 0);
	ck_assert_int_eq(line[0], 'x');
	ck_assert_uint_eq(pvhboot_diag_format(&diag, NULL, 0), 0);
	/* A caller without a diagnostic has nothing to say either. */
	memset(line, 'x', sizeof(line));
	ck_assert_uint_eq(pvhboot_diag_format(NULL, line, sizeof(line)), 0);
	ck_assert_str_eq(line, "");
}
END_TEST

START_TEST(diag_text)
{
	struct pvhboot_diag diag = { 0 };
	char detail[PVHBOOT_MAX_DETAIL];
	char line[512];
	char want[512];

	memset(detail, 'd', sizeof(detail));
	detail[sizeof(detail) - 1] = '\0';
	for (size_t i = 0; i < (size_t)n_formats; i++) {
		const char *name = statuses[i % N_STATUSES].name;

		/* The status stands in front of the finding. */
		diag.status = (uint16_t)statuses[i % N_STATUSES].status;
		diag.failure = formats[i].finding;
		diag.detail[0] = '\0';
		snprintf(want, sizeof(want), "%s: %s", name, formats[i].text);
		ck_assert_uint_eq(pvhboot_diag_format(&diag, line, sizeof(line)), strlen(want));
		ck_assert_str_eq(line, want);

		/* A detail stands behind it, all of it. */
		memcpy(diag.detail, detail, sizeof(detail));
		snprintf(want, sizeof(want), "%s: %s; %s", name, formats[i].text, detail);
		ck_assert_uint_eq(pvhboot_diag_format(&diag, line, sizeof(line)), strlen(want));
		ck_assert_str_eq(line, want);
	}
	/* A status that is none. */
	diag = (struct pvhboot_diag){ .status = UINT16_MAX, .failure = formats[1].finding };
	(void)pvhboot_diag_format(&diag, line, sizeof(line));
	ck_assert_str_eq(line, "?: elf: segment: expected rule");
}
END_TEST

START_TEST(diag_text_cut_at_every_size)
{
	struct pvhboot_diag diag = { .status = PVHBOOT_UNSUPPORTED,
				     .failure = formats[0].finding,
				     .detail = "needs bzip2" };
	char whole[256];
	size_t length = pvhboot_diag_format(&diag, whole, sizeof(whole));

	ck_assert_uint_eq(length, strlen(whole));
	for (size_t size = 0; size <= length + 2; size++) {
		char *line = must_alloc(size + 1);
		size_t kept = size && size - 1 < length ? size - 1 : length;

		memset(line, 'x', size + 1);
		ck_assert_uint_eq(pvhboot_diag_format(&diag, line, size), length);
		ck_assert_int_eq(line[size], 'x');
		if (size > 0) {
			ck_assert_int_eq(line[kept], '\0');
			ck_assert_msg(memcmp(line, whole, kept) == 0, "size %zu: another text",
				      size);
		}
		free(line);
	}
}
END_TEST

/* A piece stands there as a whole, or "..." does, for it and for all behind it. There is room
 * for that behind every piece. */
static void expect_detail(const char *got, size_t n_first, const char *second)
{
	const size_t most = PVHBOOT_MAX_DETAIL - sizeof("...");
	char want[2 * PVHBOOT_MAX_DETAIL + 8] = "";

	memset(want, 'm', n_first);
	if (n_first > most)
		strcpy(want, "...");
	else
		strcpy(want + n_first, strlen(second) > most - n_first ? "..." : second);
	ck_assert_str_eq(got, want);
}

START_TEST(details_are_not_cut)
{
	const struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_NONE);
	uint8_t many[2 * PVHBOOT_MAX_DETAIL];
	struct pvhboot_diag diag;

	memset(many, 'm', sizeof(many));
	for (size_t length = 0; length <= sizeof(many); length++) {
		memset(&diag, 'x', sizeof(diag));
		ck_assert_int_eq(pvhb_fail_plain(&diag, PVHBOOT_NOTPVH, at, "rule"),
				 PVHBOOT_NOTPVH);
		ck_assert_str_eq(diag.detail, "");
		pvhb_detail_bytes(&diag, (struct pvhboot_bytes){ many, length });
		expect_detail(diag.detail, length, "");
		pvhb_detail_text(&diag, "");
		expect_detail(diag.detail, length, "");
		pvhb_detail_text(&diag, "text");
		expect_detail(diag.detail, length, "text");
		if (strstr(diag.detail, "...") == NULL)
			continue;
		/* one that would fit */
		pvhb_detail_text(&diag, "t");
		pvhb_detail_number(&diag, 1);
		expect_detail(diag.detail, length, "text");
	}
}
END_TEST

/* A detail grows piece by piece, and of bytes from a file, only what can be printed is kept. */
START_TEST(details)
{
	const struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_NONE);
	static const uint8_t odd[] = { ' ', '!', '~', 0x7f, 0x80, 0xff, '\n', 0, 'a' };
	struct pvhboot_diag diag;

	memset(&diag, 'x', sizeof(diag));
	(void)pvhb_fail_plain(&diag, PVHBOOT_NOTPVH, at, "rule");
	pvhb_detail_text(&diag, "text ");
	ck_assert_str_eq(diag.detail, "text ");
	pvhb_detail_bytes(&diag, (struct pvhboot_bytes){ odd, sizeof(odd) });
	ck_assert_str_eq(diag.detail, "text  !~?????a");
	pvhb_detail_number(&diag, 4294967295u);
	ck_assert_str_eq(diag.detail, "text  !~?????a4294967295");
	pvhb_detail_number(&diag, 0);
	ck_assert_str_eq(diag.detail, "text  !~?????a42949672950");
	pvhb_detail_hex(&diag, UINT64_MAX);
	ck_assert_str_eq(diag.detail, "text  !~?????a429496729500xffffffffffffffff");
	/* Who wants no diagnostic wants no detail. */
	pvhb_detail_text(NULL, "text");
	pvhb_detail_bytes(NULL, (struct pvhboot_bytes){ odd, sizeof(odd) });
	pvhb_detail_number(NULL, 1);
}
END_TEST

/* Where a finding was made, what its numbers count, and what they are. */
START_TEST(places_and_units)
{
	const struct pvhb_at at =
		pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, 7, 32);
	const struct {
		struct pvhb_at at;
		const char *text;
	} rows[] = {
		{ at, "plan: module 7 at gpa 0x20: expected rule (found 0x9, bound 0x8); act" },
		{ pvhb_in_bytes(at),
		  "plan: module 7 at gpa 0x20: expected rule (found 9 bytes, bound 8 bytes); act" },
		{ pvhb_in_count(at),
		  "plan: module 7 at gpa 0x20: expected rule (found 9, bound 8); act" },
		{ pvhb_in(PVHBOOT_UNIT_SIGNED, at),
		  "plan: module 7 at gpa 0x20: expected rule (found 9, bound 8); act" },
		{ pvhb_needing(pvhb_in_bytes(at)),
		  "plan: module 7 at gpa 0x20: expected rule (needed 9 bytes, available 8 bytes)"
		  "; act" },
		{ pvhb_in_bytes(pvhb_needing(pvhb_at(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_NONE))),
		  "image: expected rule (needed 9 bytes, allowed 8 bytes); act" },
		{ pvhb_at_index(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_NOTE, 7),
		  "elf: note 7: expected rule (found 0x9, bound 0x8); act" },
		{ pvhb_at_offset(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_NOTE, 7),
		  "elf: note at offset 0x7: expected rule (found 0x9, bound 0x8); act" },
		/* of a later version */
		{ pvhb_at((enum pvhboot_stage)255, (enum pvhboot_subject)255),
		  "?: ?: expected rule (found 0x9, bound 0x8); act" },
		{ pvhb_at(PVHBOOT_STAGE_ELF, (enum pvhboot_subject)(PVHBOOT_SUBJECT_GDT + 1)),
		  "elf: ?: expected rule (found 0x9, bound 0x8); act" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pvhboot_diag diag = { 0 };
		char line[256];

		ck_assert_int_eq(pvhb_fail(&diag, PVHBOOT_LIMIT, rows[i].at, 9, 8, "rule; act"),
				 PVHBOOT_LIMIT);
		pvhb_warn(&diag, rows[i].at, 9, 8, "rule; act");
		(void)pvhboot_diag_format(&diag, line, sizeof(line));
		ck_assert_int_eq(strncmp(line, "LIMIT: ", 7), 0);
		ck_assert_str_eq(line + 7, rows[i].text);
		(void)pvhboot_finding_format(&diag.warnings[0], line, sizeof(line));
		ck_assert_str_eq(line, rows[i].text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diag");
	TCase *names = suite_case(suite, "names");
	TCase *text = suite_case(suite, "text");

	tcase_add_test(names, status_values);
	tcase_add_test(names, values_that_are_no_status);
	tcase_add_test(names, entry_names);
	tcase_add_test(names, texts);
	tcase_add_test(names, version_is_the_headers);
	tcase_add_loop_test(text, finding_text, 0, n_formats);
	tcase_add_loop_test(text, finding_text_cut_at_every_size, 0, n_formats);
	tcase_add_test(text, nothing_to_say);
	tcase_add_test(text, diag_text);
	tcase_add_test(text, diag_text_cut_at_every_size);
	tcase_add_test(text, details_are_not_cut);
	tcase_add_test(text, details);
	tcase_add_test(text, places_and_units);
	return suite_run(suite);
}
