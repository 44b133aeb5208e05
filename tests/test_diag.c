/* SPDX-License-Identifier: MIT */
/* base.h and version.h: names, and findings as text. */

#include <pvhboot/pvhboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/base/diag.h"
#include "support/blob.h"
#include "support/expect.h"
#include "support/suite.h"

static const struct {
	int status;
	const char *name;
} statuses[] = {
	{ PVHBOOT_OK, "OK" },
	{ PVHBOOT_INVAL, "INVAL" },
	{ PVHBOOT_NOSPACE, "NOSPACE" },
	{ PVHBOOT_WARNED, "WARNED" },
	{ PVHBOOT_TRUNCATED, "TRUNCATED" },
	{ PVHBOOT_FORMAT, "FORMAT" },
	{ PVHBOOT_MALFORMED, "MALFORMED" },
	{ PVHBOOT_UNSUPPORTED, "UNSUPPORTED" },
	{ PVHBOOT_CORRUPT, "CORRUPT" },
	{ PVHBOOT_LIMIT, "LIMIT" },
	{ PVHBOOT_NOTPVH, "NOTPVH" },
	{ PVHBOOT_NOMEM, "NOMEM" },
	{ PVHBOOT_NOROOM, "NOROOM" },
	{ PVHBOOT_OVERLAP, "OVERLAP" },
	{ PVHBOOT_RANGE, "RANGE" },
	{ PVHBOOT_MEMIO, "MEMIO" },
	{ PVHBOOT_INTERNAL, "INTERNAL" },
};

/* The values are ABI: written down here a second time, on purpose. */
static const int status_values[] = {
	0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 32, 33, 34, 35, 48, 64
};

START_TEST(status_names)
{
	const size_t n = sizeof(statuses) / sizeof(statuses[0]);

	ck_assert_uint_eq(n, sizeof(status_values) / sizeof(status_values[0]));
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(statuses[i].status, status_values[i]);
		ck_assert_str_eq(pvhboot_status_name((enum pvhboot_status)statuses[i].status),
				 statuses[i].name);
	}
	for (int value = 0; value < 70000; value++) {
		size_t i = 0;

		while (i < n && statuses[i].status != value)
			i++;
		if (i == n)
			ck_assert_str_eq(pvhboot_status_name((enum pvhboot_status)value), "?");
	}
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

static const struct {
	const char *text;
	struct pvhboot_finding finding;
} formats[] = {
	/* base.h shows this one word for word. */
	{ "elf: segment 3 at offset 0xe8: p_filesz <= p_memsz (found 0x1400000, bound 0x1200000)",
	  { "p_filesz <= p_memsz", 0xe8, 0x1400000, 0x1200000, 3, PVHBOOT_STAGE_ELF,
	    PVHBOOT_SUBJECT_SEGMENT, INDEX | OFFSET | NUMBERS } },

	/* Each member is there exactly when has says so. */
	{ "elf: segment: rule",
	  { "rule", 1, 2, 3, 4, PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_SEGMENT, 0 } },
	{ "elf: segment 4: rule",
	  { "rule", 1, 2, 3, 4, PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_SEGMENT, INDEX } },
	{ "elf: segment at offset 0x1: rule",
	  { "rule", 1, 2, 3, 4, PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_SEGMENT, OFFSET } },
	{ "elf: segment: rule (found 0x2, bound 0x3)",
	  { "rule", 1, 2, 3, 4, PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_SEGMENT, NUMBERS } },
	{ "elf: rule", { "rule", 1, 2, 3, 4, PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_NONE, 0 } },
	/* The library says no such thing; what is there is told apart all the same. */
	{ "elf:  at offset 0x1: rule",
	  { "rule", 1, 2, 3, 4, PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_NONE, OFFSET } },

	/* The ends of every number. */
	{ "elf: note 0 at offset 0x0: rule (found 0x0, bound 0x0)",
	  { "rule", 0, 0, 0, 0, PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_NOTE,
	    INDEX | OFFSET | NUMBERS } },
	{ "elf: note 4294967295 at offset 0xffffffffffffffff: rule "
	  "(found 0xffffffffffffffff, bound 0x8000000000000000)",
	  { "rule", UINT64_MAX, UINT64_MAX, UINT64_C(1) << 63, UINT32_MAX, PVHBOOT_STAGE_ELF,
	    PVHBOOT_SUBJECT_NOTE, INDEX | OFFSET | NUMBERS } },

	/* Every stage. PLAN, COMMIT and START speak of guest-physical addresses. */
	{ "image: header at offset 0x10: rule",
	  { "rule", 16, 0, 0, 0, PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER, OFFSET } },
	{ "unpack: payload at offset 0x10: rule",
	  { "rule", 16, 0, 0, 0, PVHBOOT_STAGE_UNPACK, PVHBOOT_SUBJECT_PAYLOAD, OFFSET } },
	{ "note: note at offset 0x10: rule",
	  { "rule", 16, 0, 0, 0, PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_NOTE, OFFSET } },
	{ "plan: module at gpa 0x10: rule",
	  { "rule", 16, 0, 0, 0, PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, OFFSET } },
	{ "commit: place at gpa 0x10: rule",
	  { "rule", 16, 0, 0, 0, PVHBOOT_STAGE_COMMIT, PVHBOOT_SUBJECT_PLACE, OFFSET } },
	{ "boot: workspace: rule",
	  { "rule", 0, 0, 0, 0, PVHBOOT_STAGE_BOOT, PVHBOOT_SUBJECT_WORKSPACE, 0 } },
	{ "?: header: rule", { "rule", 0, 0, 0, 0, 0, PVHBOOT_SUBJECT_HEADER, 0 } },
	{ "start: module list at gpa 0x10: rule",
	  { "rule", 16, 0, 0, 0, PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_LIST, OFFSET } },
	{ "?: header: rule", { "rule", 0, 0, 0, 0, 9, PVHBOOT_SUBJECT_HEADER, 0 } },
	{ "?: header: rule", { "rule", 0, 0, 0, 0, UINT16_MAX, PVHBOOT_SUBJECT_HEADER, 0 } },

	/* Every subject. */
	{ "elf: section 1: rule",
	  { "rule", 0, 0, 0, 1, PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_SECTION, INDEX } },
	{ "elf: entry: rule", { "rule", 0, 0, 0, 0, PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_ENTRY, 0 } },
	{ "plan: kernel: rule",
	  { "rule", 0, 0, 0, 0, PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL, 0 } },
	{ "plan: map entry 7: rule",
	  { "rule", 0, 0, 0, 7, PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MAP, INDEX } },
	{ "plan: avoid range 7: rule",
	  { "rule", 0, 0, 0, 7, PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_AVOID, INDEX } },
	{ "plan: start_info: rule",
	  { "rule", 0, 0, 0, 0, PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_INFO, 0 } },
	{ "elf: blob: rule", { "rule", 0, 0, 0, 0, PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_BLOB, 0 } },
	{ "elf: symbols: rule",
	  { "rule", 0, 0, 0, 0, PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_SYMBOLS, 0 } },
	{ "start: command line 7: rule",
	  { "rule", 0, 0, 0, 7, PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_CMDLINE, INDEX } },
	{ "start: RSDP: rule",
	  { "rule", 0, 0, 0, 0, PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_RSDP, 0 } },
	{ "start: registers: rule",
	  { "rule", 0, 0, 0, 0, PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_REGISTERS, 0 } },
	{ "elf: ?: rule", { "rule", 0, 0, 0, 0, PVHBOOT_STAGE_ELF, 20, 0 } },
	{ "elf: ?: rule", { "rule", 0, 0, 0, 0, PVHBOOT_STAGE_ELF, UINT8_MAX, 0 } },
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
	char bare[256];
	char line[256];
	size_t length;

	diag.status = PVHBOOT_MALFORMED;
	for (int i = 0; i < n_formats; i++) {
		diag.failure = formats[i].finding;
		diag.detail[0] = '\0';
		/* Without a detail it is the finding's own text. */
		length = pvhboot_diag_format(&diag, line, sizeof(line));
		ck_assert_uint_eq(length, strlen(formats[i].text));
		ck_assert_str_eq(line, formats[i].text);

		/* A detail stands behind it, all of it. */
		memset(diag.detail, 'd', sizeof(diag.detail) - 1);
		diag.detail[sizeof(diag.detail) - 1] = '\0';
		length = pvhboot_finding_format(&diag.failure, bare, sizeof(bare));
		ck_assert_uint_gt(pvhboot_diag_format(&diag, line, sizeof(line)),
				  length + strlen(diag.detail));
		ck_assert_msg(strncmp(line, bare, length) == 0, "the finding is not in front");
		ck_assert_str_eq(line + strlen(line) - strlen(diag.detail), diag.detail);
	}
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

/* A detail grows piece by piece, has an end after each, and stops where it is full;
 * of bytes from a file, only what can be printed and is no space is kept. */
START_TEST(details)
{
	const struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_NONE);
	static const uint8_t odd[] = { ' ', '!', '~', 0x7f, 0x80, 0xff, '\n', 0, 'a' };
	uint8_t many[2 * sizeof(((struct pvhboot_diag *)0)->detail)];
	struct pvhboot_diag diag;

	memset(many, 'm', sizeof(many));
	for (size_t length = 0; length < sizeof(diag.detail) + 2; length++) {
		size_t kept = length < sizeof(diag.detail) ? length : sizeof(diag.detail) - 1;

		memset(&diag, 'x', sizeof(diag));
		ck_assert_int_eq(pvhb_fail_plain(&diag, PVHBOOT_NOTPVH, at, "rule"),
				 PVHBOOT_NOTPVH);
		ck_assert_str_eq(diag.detail, "");
		pvhb_detail_bytes(&diag, (struct pvhboot_bytes){ many, length });
		ck_assert_uint_eq(strlen(diag.detail), kept);
		pvhb_detail_text(&diag, "text");
		ck_assert_uint_le(strlen(diag.detail), sizeof(diag.detail) - 1);
		ck_assert_int_eq(
			strncmp(diag.detail + kept, "text", sizeof(diag.detail) - 1 - kept), 0);
	}
	memset(&diag, 'x', sizeof(diag));
	(void)pvhb_fail_plain(&diag, PVHBOOT_NOTPVH, at, "rule");
	pvhb_detail_text(&diag, "text ");
	ck_assert_str_eq(diag.detail, "text ");
	pvhb_detail_bytes(&diag, (struct pvhboot_bytes){ odd, sizeof(odd) });
	ck_assert_str_eq(diag.detail, "text ?!~?????a");
	pvhb_detail_number(&diag, 4294967295u);
	ck_assert_str_eq(diag.detail, "text ?!~?????a4294967295");
	pvhb_detail_number(&diag, 0);
	ck_assert_str_eq(diag.detail, "text ?!~?????a42949672950");
	/* Who wants no diagnostic wants no detail. */
	pvhb_detail_text(NULL, "text");
	pvhb_detail_bytes(NULL, (struct pvhboot_bytes){ odd, sizeof(odd) });
	pvhb_detail_number(NULL, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diag");
	TCase *names = suite_case(suite, "names");
	TCase *text = suite_case(suite, "text");

	tcase_add_test(names, status_names);
	tcase_add_test(names, version_is_the_headers);
	tcase_add_loop_test(text, finding_text, 0, n_formats);
	tcase_add_loop_test(text, finding_text_cut_at_every_size, 0, n_formats);
	tcase_add_test(text, nothing_to_say);
	tcase_add_test(text, diag_text);
	tcase_add_test(text, diag_text_cut_at_every_size);
	tcase_add_test(text, details);
	return suite_run(suite);
}
