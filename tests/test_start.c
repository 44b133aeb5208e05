/* SPDX-License-Identifier: MIT */
/* start.h: pvhboot_start_read() and what reads on from it. */

#include <pvhboot/start.h>
#include <pvhboot/wire/start_info.h>
#include <stdlib.h>
#include <string.h>

#include "support/blob.h"
#include "support/expect.h"
#include "support/startbuild.h"
#include "support/suite.h"

#define HUGE UINT64_C(0xffffffffffffffff)

static struct fakemem mem;
static struct pvhboot_memory memory;
static struct pvhboot_start start;
static struct pvhboot_diag diag;

static void build(void)
{
	start_build(&mem);
	memory = fakemem_open(&mem, FAKEMEM_READ, 0);
	memset(&diag, 0, sizeof(diag));
}

static void destroy(void)
{
	fakemem_close(&mem);
}

static enum pvhboot_status read_start(void)
{
	memset(&start, 0xa5, sizeof(start));
	return pvhboot_start_read(&memory, START_INFO, &start, &diag);
}

static void must_read(void)
{
	expect_status("read", read_start(), PVHBOOT_OK);
}

/* A refusal writes nothing but the diagnostic. */
static void expect_refused(const char *row, const void *out, size_t size,
			   enum pvhboot_status status, const struct finding *want)
{
	for (size_t i = 0; i < size; i++)
		expect_eq(row, ((const uint8_t *)out)[i], 0xa5);
	expect_failure(row, &diag, status, want);
	expect_eq(row, diag.failure.stage, PVHBOOT_STAGE_START);
}

START_TEST(reads_version_1)
{
	static const unsigned int ways[] = { FAKEMEM_READ, FAKEMEM_MAP,
					     FAKEMEM_READ | FAKEMEM_MAP };

	start_put(&mem, START_OF(flags), 4, 3);
	start_put(&mem, START_OF(reserved), 4, 77);
	memory = fakemem_open(&mem, ways[_i], 0);
	must_read();
	expect_success("version 1", &diag, 0);
	ck_assert_ptr_eq(start.memory, &memory);
	ck_assert_uint_eq(start.gpa, START_INFO);
	ck_assert_uint_eq(start.version, 1);
	ck_assert_uint_eq(start.flags, 3);
	ck_assert_uint_eq(start.n_modules, 1);
	ck_assert_uint_eq(start.modules, START_LIST);
	ck_assert_uint_eq(start.cmdline, START_CMDLINE);
	ck_assert_uint_eq(start.rsdp, START_RSDP);
	ck_assert_uint_eq(start.n_map, START_N_MAP);
	ck_assert_uint_eq(start.map, START_MAP);
	ck_assert_uint_eq(start.reserved, 77);
	/* every byte once: 40 bytes and 16 */
	ck_assert_uint_eq(mem.n_calls, 2);
	ck_assert_uint_eq(mem.calls[0].size, 40);
	ck_assert_uint_eq(mem.calls[1].gpa, START_INFO + 40);
	ck_assert_uint_eq(mem.calls[1].size, 16);
}
END_TEST

/* What is behind 40 bytes is not of the struct, and need not be memory. */
START_TEST(reads_version_0)
{
	uint8_t info[40];

	start_put(&mem, START_OF(version), 4, 0);
	must_read();
	memcpy(info, fakemem_at(&mem, START_INFO, 40), 40);
	ck_assert_uint_eq(start.n_map, 0);
	ck_assert_uint_eq(start.map, 0);
	ck_assert_uint_eq(start.reserved, 0);
	ck_assert_uint_eq(start.n_modules, 1);
	memcpy(fakemem_at(&mem, START_4GIB + 0x2000 - 40, 40), info, 40);
	expect_status("at the end",
		      pvhboot_start_read(&memory, START_4GIB + 0x2000 - 40, &start, &diag),
		      PVHBOOT_OK);
	expect_success("version 0", &diag, 0);
}
END_TEST

START_TEST(reads_later_versions)
{
	static const uint32_t versions[] = { 2, 0xffffffff };

	start_put(&mem, START_OF(version), 4, versions[_i]);
	must_read();
	expect_warning(
		"later", &diag,
		&(struct finding){ .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS,
				   .stage = PVHBOOT_STAGE_START,
				   .subject = PVHBOOT_SUBJECT_INFO,
				   .offset = START_INFO,
				   .found = versions[_i],
				   .bound = 1 });
	ck_assert_uint_eq(start.version, versions[_i]);
	ck_assert_uint_eq(start.n_map, START_N_MAP);
}
END_TEST

START_TEST(falls_back_from_map)
{
	memory = fakemem_open(&mem, FAKEMEM_READ | FAKEMEM_MAP, 0);
	mem.deny_map_start = START_INFO;
	mem.deny_map_end = START_INFO + 1;
	must_read();
	ck_assert_uint_eq(start.n_map, START_N_MAP);
	ck_assert_uint_eq(mem.n_calls, 3);
	memory = fakemem_open(&mem, FAKEMEM_MAP, 0);
	expect_status("no fallback", read_start(), PVHBOOT_MEMIO);
	expect_refused("no fallback", &start, sizeof(start), PVHBOOT_MEMIO,
		       &(struct finding){ .says = SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS,
					  .subject = PVHBOOT_SUBJECT_INFO,
					  .offset = START_INFO,
					  .found = 0,
					  .bound = 40 });
}
END_TEST

/* What map returns is given back, once each, before more is asked for; and where read serves,
 * there is nothing to give back. */
START_TEST(gives_back)
{
	struct pvhboot_listed_module module;
	struct pvhboot_map_entry entry;
	struct start_lender lender;
	uint8_t bytes[16];
	struct pvhboot_buffer out = { bytes, sizeof(bytes) };
	size_t size;

	memory = start_lend(&lender, &mem);
	must_read();
	ck_assert_uint_eq(lender.n_lent, 2);
	expect_status("module", pvhboot_start_module(&start, 0, &module, &diag), PVHBOOT_OK);
	expect_status("entry", pvhboot_start_map_entry(&start, 0, &entry, &diag), PVHBOOT_OK);
	expect_status("text", pvhboot_start_text(&start, start.cmdline, out, &size, &diag),
		      PVHBOOT_OK);
	ck_assert_str_eq((const char *)bytes, "console=ttyS0");
	ck_assert_uint_eq(lender.n_lent, 5);
	out.size = 5;
	expect_status("no NUL", pvhboot_start_text(&start, start.cmdline, out, &size, NULL),
		      PVHBOOT_NOSPACE);
	ck_assert_uint_eq(lender.n_lent, 6);
	expect_status("not there", pvhboot_start_read(&memory, 0x20000000, &start, NULL),
		      PVHBOOT_MEMIO);
	start_put(&mem, START_OF(magic), 4, 0);
	expect_status("magic", read_start(), PVHBOOT_FORMAT);
	ck_assert_uint_eq(lender.n_lent, 7);
	ck_assert_ptr_null(lender.host);
}
END_TEST

/* Nothing of a list is read, so a list without elements may have any address. */
START_TEST(empty_lists)
{
	start_put(&mem, START_OF(nr_modules), 4, 0);
	start_put(&mem, START_OF(modlist_paddr), 8, HUGE);
	start_put(&mem, START_OF(memmap_entries), 4, 0);
	start_put(&mem, START_OF(memmap_paddr), 8, 0);
	must_read();
	expect_success("empty", &diag, 0);
	ck_assert_uint_eq(start.n_modules, 0);
	ck_assert_uint_eq(start.n_map, 0);
}
END_TEST

static const struct refusal {
	const char *row;
	uint64_t gpa[2];
	uint64_t value[2]; /* as wide as the member that it goes to */
	unsigned int width[2];
	enum pvhboot_status status;
	enum pvhboot_subject subject;
	uint64_t found;
	uint64_t bound;
	unsigned int says; /* SAYS_NUMBERS or SAYS_NO_NUMBERS */
} refusals[] = {
	{ "magic",
	  { START_OF(magic) },
	  { 0x336ec579 },
	  { 4 },
	  PVHBOOT_FORMAT,
	  PVHBOOT_SUBJECT_INFO,
	  0x336ec579,
	  0x336ec578,
	  SAYS_NUMBERS },
	{ "modules at 0",
	  { START_OF(modlist_paddr) },
	  { 0 },
	  { 8 },
	  PVHBOOT_MALFORMED,
	  PVHBOOT_SUBJECT_LIST,
	  0,
	  0,
	  SAYS_NO_NUMBERS },
	{ "map at 0",
	  { START_OF(memmap_paddr) },
	  { 0 },
	  { 8 },
	  PVHBOOT_MALFORMED,
	  PVHBOOT_SUBJECT_MAP,
	  0,
	  0,
	  SAYS_NO_NUMBERS },
	{ "modules, one too many",
	  { START_OF(nr_modules) },
	  { 65537 },
	  { 4 },
	  PVHBOOT_LIMIT,
	  PVHBOOT_SUBJECT_LIST,
	  65537,
	  65536,
	  SAYS_NUMBERS },
	{ "modules, as many as can be said",
	  { START_OF(nr_modules) },
	  { 0xffffffff },
	  { 4 },
	  PVHBOOT_LIMIT,
	  PVHBOOT_SUBJECT_LIST,
	  0xffffffff,
	  65536,
	  SAYS_NUMBERS },
	{ "map, one too many",
	  { START_OF(memmap_entries) },
	  { 65537 },
	  { 4 },
	  PVHBOOT_LIMIT,
	  PVHBOOT_SUBJECT_MAP,
	  65537,
	  65536,
	  SAYS_NUMBERS },
	{ "map, as many as can be said",
	  { START_OF(memmap_entries) },
	  { 0xffffffff },
	  { 4 },
	  PVHBOOT_LIMIT,
	  PVHBOOT_SUBJECT_MAP,
	  0xffffffff,
	  65536,
	  SAYS_NUMBERS },
	{ "modules wrap",
	  { START_OF(modlist_paddr) },
	  { HUGE - 31 },
	  { 8 },
	  PVHBOOT_RANGE,
	  PVHBOOT_SUBJECT_LIST,
	  32,
	  31,
	  SAYS_NUMBERS },
	{ "modules wrap, the last of many",
	  { START_OF(modlist_paddr), START_OF(nr_modules) },
	  { HUGE - 3200, 101 },
	  { 8, 4 },
	  PVHBOOT_RANGE,
	  PVHBOOT_SUBJECT_LIST,
	  3232,
	  3200,
	  SAYS_NUMBERS },
	{ "map wraps",
	  { START_OF(memmap_paddr) },
	  { HUGE },
	  { 8 },
	  PVHBOOT_RANGE,
	  PVHBOOT_SUBJECT_MAP,
	  24 * START_N_MAP,
	  0,
	  SAYS_NUMBERS },
};

START_TEST(refused)
{
	const struct refusal *row = &refusals[_i];

	for (size_t i = 0; i < 2 && row->width[i]; i++)
		start_put(&mem, row->gpa[i], row->width[i], row->value[i]);
	expect_status(row->row, read_start(), row->status);
	expect_refused(row->row, &start, sizeof(start), row->status,
		       &(struct finding){ .says = SAYS_SUBJECT | row->says,
					  .subject = row->subject,
					  .found = row->found,
					  .bound = row->bound });
	/* without a diagnostic too */
	expect_status(row->row, pvhboot_start_read(&memory, START_INFO, &start, NULL), row->status);
}
END_TEST

/* The limits themselves are good. */
START_TEST(at_the_limits)
{
	start_put(&mem, START_OF(nr_modules), 4, 65536);
	start_put(&mem, START_OF(memmap_entries), 4, 65536);
	start_put(&mem, START_OF(modlist_paddr), 8, HUGE - 32 * 65536);
	start_put(&mem, START_OF(memmap_paddr), 8, HUGE - 24 * 65536);
	must_read();
	ck_assert_uint_eq(start.n_modules, 65536);
	ck_assert_uint_eq(start.n_map, 65536);
}
END_TEST

START_TEST(start_info_wraps)
{
	for (uint64_t gpa = HUGE - 55; gpa != 0; gpa++) {
		expect_status("wraps", pvhboot_start_read(&memory, gpa, &start, &diag),
			      PVHBOOT_RANGE);
		ck_assert_uint_eq(mem.n_calls, 0);
	}
	expect_failure("wraps", &diag, PVHBOOT_RANGE,
		       &(struct finding){ .says = SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS,
					  .subject = PVHBOOT_SUBJECT_INFO,
					  .offset = HUGE,
					  .found = HUGE,
					  .bound = HUGE - 56 });
	/* the last address that may be asked for; the window ends 1 byte behind it */
	memcpy(fakemem_at(&mem, HUGE - 56, 56), fakemem_at(&mem, START_INFO, 56), 56);
	expect_status("last", pvhboot_start_read(&memory, HUGE - 56, &start, NULL), PVHBOOT_OK);
	mem.n_calls = 0;
	mem.fail_at = 1;
	mem.fail_value = -7;
	expect_status("not there", pvhboot_start_read(&memory, HUGE - 56, &start, &diag),
		      PVHBOOT_MEMIO);
	ck_assert_uint_eq(diag.failure.found, (uint64_t)INT64_C(-7));
}
END_TEST

START_TEST(callbacks_fail)
{
	for (size_t n = 1; n <= 2; n++) {
		mem.n_calls = 0;
		mem.fail_at = n;
		mem.fail_value = -7;
		expect_status("n-th", read_start(), PVHBOOT_MEMIO);
		expect_refused("n-th", &start, sizeof(start), PVHBOOT_MEMIO,
			       &(struct finding){ .says = SAYS_SUBJECT | SAYS_OFFSET | SAYS_FOUND,
						  .subject = PVHBOOT_SUBJECT_INFO,
						  .offset = START_INFO,
						  .found = (uint64_t)INT64_C(-7) });
	}
}
END_TEST

START_TEST(without_arguments)
{
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_START };
	const struct pvhboot_memory deaf = fakemem_open(&mem, FAKEMEM_ALL & ~FAKEMEM_MAP, 0);
	struct pvhboot_memory flags = memory, reserved32 = memory, reserved = memory;
	const struct pvhboot_memory *const memories[] = { NULL, &deaf, &flags, &reserved32,
							  &reserved };
	struct pvhboot_listed_module module;
	struct pvhboot_map_entry entry;
	uint8_t bytes[16];
	struct pvhboot_buffer out = { bytes, sizeof(bytes) };
	size_t size;

#define EXPECT_INVAL(call)                                                                         \
	do {                                                                                       \
		memset(&diag, 0, sizeof(diag));                                                    \
		expect_status(#call, call, PVHBOOT_INVAL);                                         \
		expect_failure(#call, &diag, PVHBOOT_INVAL, &want);                                \
	} while (0)
	must_read();
	flags.flags = 4;
	reserved32.reserved32 = 1;
	reserved.reserved[0] = UINT64_C(1) << 63;
	EXPECT_INVAL(pvhboot_start_read(&memory, START_INFO, NULL, &diag));
	EXPECT_INVAL(pvhboot_start_module(NULL, 0, &module, &diag));
	EXPECT_INVAL(pvhboot_start_module(&start, 0, NULL, &diag));
	EXPECT_INVAL(pvhboot_start_module(&start, 1, &module, &diag));
	EXPECT_INVAL(pvhboot_start_module(&start, 0xffffffff, &module, &diag));
	EXPECT_INVAL(pvhboot_start_map_entry(NULL, 0, &entry, &diag));
	EXPECT_INVAL(pvhboot_start_map_entry(&start, 0, NULL, &diag));
	EXPECT_INVAL(pvhboot_start_map_entry(&start, START_N_MAP, &entry, &diag));
	EXPECT_INVAL(pvhboot_start_text(NULL, START_CMDLINE, out, &size, &diag));
	EXPECT_INVAL(pvhboot_start_text(&start, START_CMDLINE, out, NULL, &diag));
	out.data = NULL;
	EXPECT_INVAL(pvhboot_start_text(&start, START_CMDLINE, out, &size, &diag));
	out.data = bytes;
	start.reserved64[1] = 1;
	EXPECT_INVAL(pvhboot_start_module(&start, 0, &module, &diag));
	EXPECT_INVAL(pvhboot_start_map_entry(&start, 0, &entry, &diag));
	EXPECT_INVAL(pvhboot_start_text(&start, START_CMDLINE, out, &size, &diag));
	start.reserved64[1] = 0;
	for (size_t i = 0; i < sizeof(memories) / sizeof(memories[0]); i++) {
		start.memory = memories[i];
		EXPECT_INVAL(pvhboot_start_read(memories[i], START_INFO, &start, &diag));
		EXPECT_INVAL(pvhboot_start_module(&start, 0, &module, &diag));
		EXPECT_INVAL(pvhboot_start_map_entry(&start, 0, &entry, &diag));
		EXPECT_INVAL(pvhboot_start_text(&start, START_CMDLINE, out, &size, &diag));
	}
}
END_TEST

START_TEST(modules)
{
	struct pvhboot_listed_module module;

	start_put(&mem, START_OF(nr_modules), 4, 2);
	start_put_module(&mem, 1, HUGE - 5, 5, 0);
	start_put(&mem, START_MODULE_OF(1, reserved), 8, 9);
	must_read();
	mem.n_calls = 0;
	expect_status("0", pvhboot_start_module(&start, 0, &module, &diag), PVHBOOT_OK);
	ck_assert_uint_eq(module.gpa, START_MODULE);
	ck_assert_uint_eq(module.size, START_MODULE_SIZE);
	ck_assert_uint_eq(module.cmdline, START_MODULE_CMDLINE);
	ck_assert_uint_eq(module.reserved, 0);
	ck_assert_uint_eq(mem.n_calls, 1);
	expect_status("1", pvhboot_start_module(&start, 1, &module, &diag), PVHBOOT_OK);
	ck_assert_uint_eq(module.gpa, HUGE - 5);
	ck_assert_uint_eq(module.size, 5);
	ck_assert_uint_eq(module.cmdline, 0);
	ck_assert_uint_eq(module.reserved, 9);
	expect_success("modules", &diag, 0);
}
END_TEST

START_TEST(bad_modules)
{
	struct finding want = { .says = SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET,
				.subject = PVHBOOT_SUBJECT_MODULE,
				.index = 1,
				.offset = START_LIST + 32 };
	struct pvhboot_listed_module module;

	memset(&module, 0xa5, sizeof(module));
	start_put(&mem, START_OF(nr_modules), 4, 2);
	must_read();
	start_put_module(&mem, 1, 0, 1, 0);
	expect_status("0", pvhboot_start_module(&start, 1, &module, &diag), PVHBOOT_MALFORMED);
	expect_refused("0", &module, sizeof(module), PVHBOOT_MALFORMED, &want);
	want.says |= SAYS_NUMBERS;
	want.found = 6;
	want.bound = 5;
	start_put_module(&mem, 1, HUGE - 5, 6, 0);
	expect_status("wraps", pvhboot_start_module(&start, 1, &module, &diag), PVHBOOT_RANGE);
	expect_refused("wraps", &module, sizeof(module), PVHBOOT_RANGE, &want);
	want.found = 3;
	want.bound = 0;
	mem.fail_value = 3;
	mem.fail_at = mem.n_calls + 1;
	expect_status("callback", pvhboot_start_module(&start, 1, &module, &diag), PVHBOOT_MEMIO);
	expect_refused("callback", &module, sizeof(module), PVHBOOT_MEMIO, &want);
	/* one that was edited: the callback is never asked for what wraps */
	mem.fail_at = 0;
	mem.n_calls = 0;
	start.modules = HUGE - 31;
	expect_status("edited", pvhboot_start_module(&start, 0, &module, &diag), PVHBOOT_MEMIO);
	ck_assert_uint_eq(mem.n_calls, 0);
}
END_TEST

START_TEST(map_entries)
{
	struct pvhboot_map_entry entry;

	start_put_entry(&mem, 4, HUGE - 7, 7, 0xf0000001);
	start_put(&mem, START_ENTRY_OF(4, reserved), 4, 8);
	must_read();
	mem.n_calls = 0;
	expect_status("2", pvhboot_start_map_entry(&start, 2, &entry, &diag), PVHBOOT_OK);
	ck_assert_uint_eq(entry.gpa, 0xf0000);
	ck_assert_uint_eq(entry.size, 0x10000);
	ck_assert_uint_eq(entry.type, PVHBOOT_MAP_ACPI);
	ck_assert_uint_eq(entry.reserved, 0);
	ck_assert_uint_eq(mem.n_calls, 1);
	expect_status("4", pvhboot_start_map_entry(&start, 4, &entry, &diag), PVHBOOT_OK);
	ck_assert_uint_eq(entry.gpa, HUGE - 7);
	ck_assert_uint_eq(entry.size, 7);
	ck_assert_uint_eq(entry.type, 0xf0000001);
	ck_assert_uint_eq(entry.reserved, 8);
	expect_success("map", &diag, 0);
}
END_TEST

START_TEST(bad_map_entries)
{
	struct finding want = { .says = SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_NUMBERS,
				.subject = PVHBOOT_SUBJECT_MAP,
				.index = 4,
				.offset = START_MAP + 4 * 24,
				.found = HUGE,
				.bound = HUGE - 1 };
	struct pvhboot_map_entry entry;

	memset(&entry, 0xa5, sizeof(entry));
	must_read();
	start_put_entry(&mem, 4, 1, HUGE, 1);
	expect_status("wraps", pvhboot_start_map_entry(&start, 4, &entry, &diag), PVHBOOT_RANGE);
	expect_refused("wraps", &entry, sizeof(entry), PVHBOOT_RANGE, &want);
	start_put_entry(&mem, 4, HUGE - 7, 8, 1);
	want.found = 8;
	want.bound = 7;
	expect_status("by a byte", pvhboot_start_map_entry(&start, 4, &entry, &diag),
		      PVHBOOT_RANGE);
	expect_refused("by a byte", &entry, sizeof(entry), PVHBOOT_RANGE, &want);
	want.found = 3;
	want.bound = 0;
	mem.fail_value = 3;
	mem.fail_at = mem.n_calls + 1;
	expect_status("callback", pvhboot_start_map_entry(&start, 4, &entry, &diag), PVHBOOT_MEMIO);
	expect_refused("callback", &entry, sizeof(entry), PVHBOOT_MEMIO, &want);
}
END_TEST

START_TEST(texts)
{
	uint8_t bytes[16];
	struct pvhboot_buffer out = { bytes, sizeof(bytes) };
	size_t size = 99;

	must_read();
	expect_status("text", pvhboot_start_text(&start, start.cmdline, out, &size, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(size, 14);
	ck_assert_str_eq((const char *)bytes, "console=ttyS0");
	/* exactly as much room as it needs */
	out.size = 14;
	expect_status("fits", pvhboot_start_text(&start, start.cmdline, out, &size, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(size, 14);
	expect_status("empty", pvhboot_start_text(&start, START_FREE, out, &size, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(size, 1);
	ck_assert_uint_eq(bytes[0], 0);
	memset(bytes, 0xa5, sizeof(bytes));
	mem.n_calls = 0;
	expect_status("absent", pvhboot_start_text(&start, 0, out, &size, &diag), PVHBOOT_OK);
	ck_assert_uint_eq(size, 0);
	ck_assert_uint_eq(bytes[0], 0xa5);
	ck_assert_uint_eq(mem.n_calls, 0);
	expect_success("texts", &diag, 0);
}
END_TEST

/* Texts across pages, and one that ends where memory does. */
START_TEST(long_texts)
{
	const uint64_t end = START_4GIB + 0x2000;
	uint8_t *bytes = must_alloc(0x3000);
	struct pvhboot_buffer out = { bytes, 0x3000 };
	size_t size;

	must_read();
	memset(fakemem_at(&mem, START_4GIB, 0x2000), 'x', 0x2000);
	start_put(&mem, end - 1, 1, 0);
	for (uint64_t gpa = START_4GIB; gpa < end; gpa += 0x7ff) {
		expect_status("long", pvhboot_start_text(&start, gpa, out, &size, &diag),
			      PVHBOOT_OK);
		ck_assert_uint_eq(size, end - gpa);
		ck_assert_uint_eq(bytes[size - 2], 'x');
	}
	/* no read crosses a page */
	for (size_t i = 0; i < mem.n_calls; i++)
		ck_assert_uint_le(mem.calls[i].gpa % 4096 + mem.calls[i].size, 4096);
	free(bytes);
}
END_TEST

START_TEST(bad_texts)
{
	struct finding want = { .says = SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS,
				.subject = PVHBOOT_SUBJECT_CMDLINE };
	uint8_t bytes[0x1800];
	struct pvhboot_buffer out = { bytes, 13 };
	size_t size;

	must_read();
	for (out.size = 0; out.size < 14; out.size++) {
		want.offset = START_CMDLINE;
		want.found = out.size + 1;
		want.bound = out.size;
		memset(bytes, 0xa5, sizeof(bytes));
		expect_status("no NUL",
			      pvhboot_start_text(&start, START_CMDLINE, out, &size, &diag),
			      PVHBOOT_NOSPACE);
		expect_failure("no NUL", &diag, PVHBOOT_NOSPACE, &want);
		ck_assert_int_eq(memcmp(bytes, "console=ttyS0", out.size), 0);
		ck_assert_uint_eq(bytes[out.size], 0xa5);
	}
	/* no room at all needs no bytes */
	want.found = 1;
	want.bound = 0;
	expect_status("no room",
		      pvhboot_start_text(&start, START_CMDLINE, (struct pvhboot_buffer){ NULL, 0 },
					 &size, &diag),
		      PVHBOOT_NOSPACE);
	expect_failure("no room", &diag, PVHBOOT_NOSPACE, &want);
	/* the limit lies in the second page, or at the end of all addresses */
	memset(fakemem_at(&mem, START_4GIB, 0x2000), 'x', 0x2000);
	for (int way = 0; way < 2; way++) {
		memory = fakemem_open(&mem, way ? FAKEMEM_MAP : FAKEMEM_READ, 0);
		out.size = 16;
		memset(bytes, 0xa5, sizeof(bytes));
		expect_status("second page",
			      pvhboot_start_text(&start, START_4GIB + 0xff8, out, &size, &diag),
			      PVHBOOT_NOSPACE);
		ck_assert_uint_eq(bytes[15], 'x');
		ck_assert_uint_eq(bytes[16], 0xa5);
		out.size = 5;
		expect_status("last bytes", pvhboot_start_text(&start, HUGE - 5, out, &size, NULL),
			      PVHBOOT_OK);
		ck_assert_uint_eq(size, 1);
		ck_assert_uint_eq(bytes[4], 0);
		ck_assert_uint_eq(bytes[5], 'x');
	}
	memory = fakemem_open(&mem, FAKEMEM_READ, 0);
	/* into the page that is not there */
	out.size = sizeof(bytes);
	memset(fakemem_at(&mem, START_4GIB, 0x2000), 'x', 0x2000);
	want.offset = START_4GIB + 0x2000;
	want.found = (uint64_t)INT64_C(-1);
	want.bound = 0;
	expect_status("runs off",
		      pvhboot_start_text(&start, START_4GIB + 0x1800, out, &size, &diag),
		      PVHBOOT_MEMIO);
	expect_failure("runs off", &diag, PVHBOOT_MEMIO, &want);
	ck_assert_uint_eq(bytes[0x7ff], 'x');
	/* to the end of all addresses */
	mem.n_calls = 0;
	for (uint64_t gpa = HUGE - 5; gpa != 0; gpa++)
		expect_status("wraps", pvhboot_start_text(&start, gpa, out, &size, &diag),
			      PVHBOOT_RANGE);
	ck_assert_uint_eq(mem.n_calls, 0);
	want.offset = HUGE;
	want.found = 1;
	want.bound = 0;
	expect_failure("wraps", &diag, PVHBOOT_RANGE, &want);
	/* the second page of two */
	mem.n_calls = 0;
	mem.fail_at = 2;
	mem.fail_value = 4711;
	want.offset = START_4GIB + 0x1000;
	want.found = 4711;
	want.bound = 0;
	expect_status("second", pvhboot_start_text(&start, START_4GIB + 0xfff, out, &size, &diag),
		      PVHBOOT_MEMIO);
	expect_failure("second", &diag, PVHBOOT_MEMIO, &want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("start");
	TCase *all = suite_case(suite, "start");

	tcase_add_checked_fixture(all, build, destroy);
	tcase_add_loop_test(all, reads_version_1, 0, 3);
	tcase_add_test(all, reads_version_0);
	tcase_add_loop_test(all, reads_later_versions, 0, 2);
	tcase_add_test(all, falls_back_from_map);
	tcase_add_test(all, gives_back);
	tcase_add_test(all, empty_lists);
	tcase_add_loop_test(all, refused, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(all, at_the_limits);
	tcase_add_test(all, start_info_wraps);
	tcase_add_test(all, callbacks_fail);
	tcase_add_test(all, without_arguments);
	tcase_add_test(all, modules);
	tcase_add_test(all, bad_modules);
	tcase_add_test(all, map_entries);
	tcase_add_test(all, bad_map_entries);
	tcase_add_test(all, texts);
	tcase_add_test(all, long_texts);
	tcase_add_test(all, bad_texts);
	return suite_run(suite);
}
