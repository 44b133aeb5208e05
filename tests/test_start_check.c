/* SPDX-License-Identifier: MIT */
/* start.h: pvhboot_start_check(), a rule at a time, and on what plans write. */

#include <pvhboot/start.h>
#include <pvhboot/wire/start_info.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/blob.h"
#include "support/expect.h"
#include "support/findings.h"
#include "support/msan.h"
#include "support/random.h"
#include "support/scene.h"
#include "support/startbuild.h"
#include "support/suite.h"

#define HUGE UINT64_C(0xffffffffffffffff)
#define MAX_FINDINGS 4096
#define FOUR_GIB (UINT64_C(1) << 32)

#define ERROR PVHBOOT_SEVERITY_ERROR
#define WARNING PVHBOOT_SEVERITY_WARNING
#define NOTE PVHBOOT_SEVERITY_NOTE
#define ABI PVHBOOT_FOR_ABI
#define LINUX PVHBOOT_FOR_LINUX
#define FREEBSD PVHBOOT_FOR_FREEBSD
#define GRUB PVHBOOT_FOR_GRUB
#define OVMF PVHBOOT_FOR_OVMF
#define XEN PVHBOOT_FOR_XEN
#define NEEDS_MAP (LINUX | FREEBSD | GRUB | OVMF)

#define SUBJECT(name) PVHBOOT_SUBJECT_##name

static struct fakemem mem;
static struct pvhboot_memory memory;
static struct pvhboot_cpu cpu;
static struct pvhboot_start_finding findings[MAX_FINDINGS];
static struct pvhboot_start_report report;
static struct guard guard; /* behind the workspace */

static void build(void)
{
	const struct pvhboot_plan plan = { .entry = START_ENTRY, .start_info = START_INFO };

	start_build(&mem);
	memory = fakemem_open(&mem, FAKEMEM_READ, 0);
	guard = guard_open(PVHBOOT_START_CHECK_NEED + 8);
	pvhboot_plan_cpu(&plan, &cpu);
}

static void destroy(void)
{
	guard_close(&guard);
	fakemem_close(&mem);
}

static void check_at(const char *row, uint64_t gpa)
{
	struct pvhboot_diag diag = { 0 };

	report.findings = findings;
	report.max_findings = MAX_FINDINGS;
	report.n_findings = 12345;
	expect_status(row,
		      pvhboot_start_check(&memory, gpa, &cpu,
					  guard_buffer(&guard, PVHBOOT_START_CHECK_NEED), &report,
					  &diag),
		      PVHBOOT_OK);
	expect_success(row, &diag, 0);
	expect_report(row, &report);
}

static void check(const char *row)
{
	check_at(row, START_INFO);
}

/* Exactly this one is finding number i of n. */
static void expect_one(const char *row, size_t i, size_t n, const struct want *want)
{
	expect_found(row, &report, i, n, want);
}

START_TEST(clean)
{
	static const unsigned int ways[] = { FAKEMEM_READ, FAKEMEM_MAP,
					     FAKEMEM_READ | FAKEMEM_MAP };

	memory = fakemem_open(&mem, ways[_i], 0);
	check("clean");
	ck_assert_uint_eq(report.n_findings, 0);
	/* the tables are read once each, byte for byte */
	if (_i == 0) {
		for (size_t i = 0; i < mem.n_calls; i++) {
			for (size_t k = 0; k < i; k++)
				ck_assert(mem.calls[i].gpa >=
						  mem.calls[k].gpa + mem.calls[k].size ||
					  mem.calls[k].gpa >= mem.calls[i].gpa + mem.calls[i].size);
		}
	}
}
END_TEST

/* What map returns is given back, once each, before more is asked for. */
START_TEST(gives_back)
{
	struct start_lender lender;

	memory = start_lend(&lender, &mem);
	check("clean");
	ck_assert_uint_eq(report.n_findings, 0);
	ck_assert_uint_eq(lender.n_lent, 12);
	ck_assert_ptr_null(lender.host);
	start_put(&mem, START_OF(memmap_paddr), 8, 0x20000000);
	check("not there");
	expect_one("not there", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(MAP), 0x20000000, 0, 24, "map has no" });
	ck_assert_ptr_null(lender.host);
}
END_TEST

/* States as good hosts make them. */
START_TEST(clean_variants)
{
	start_put_rsdp(&mem, START_RSDP, 0);
	start_put(&mem, START_RSDP + 20, 8, 0x1234); /* behind it in revision 0 */
	check("RSDP of revision 0");
	ck_assert_uint_eq(report.n_findings, 0);
	start_put(&mem, START_OF(flags), 4, 0xff1f);
	check("all flags");
	ck_assert_uint_eq(report.n_findings, 0);
	/* an empty command line may be the NUL of another */
	start_put(&mem, START_MODULE_OF(0, cmdline_paddr), 8, START_CMDLINE + 13);
	check("shared NUL");
	ck_assert_uint_eq(report.n_findings, 0);
	start_put(&mem, START_MODULE_OF(0, cmdline_paddr), 8, START_CMDLINE);
	check("shared command line");
	ck_assert_uint_eq(report.n_findings, 0);
	start_put(&mem, START_OF(nr_modules), 4, 0);
	start_put(&mem, START_OF(modlist_paddr), 8, 0);
	check("no modules");
	ck_assert_uint_eq(report.n_findings, 0);
	memset(fakemem_at(&mem, START_CMDLINE, 2047), 'x', 2047);
	check("command line of 2047 bytes");
	ck_assert_uint_eq(report.n_findings, 0);
}
END_TEST

/* Each bound itself is good. */
START_TEST(at_the_bounds)
{
	start_put_module(&mem, 0, 0x1000, 1, START_MODULE_CMDLINE);
	check("behind page 0");
	ck_assert_uint_eq(report.n_findings, 0);
	start_put(&mem, START_OF(cmdline_paddr), 8, (UINT64_C(1) << 30) - 1);
	check("up to 1 GiB");
	ck_assert_uint_eq(report.n_findings, 0);
	start_put(&mem, START_MODULE_OF(0, cmdline_paddr), 8, FOUR_GIB - 1);
	check("up to 4 GiB");
	ck_assert_uint_eq(report.n_findings, 0);
	start_put(&mem, START_ENTRY_OF(1, type), 4, PVHBOOT_MAP_PMEM);
	check("the last type");
	ck_assert_uint_eq(report.n_findings, 0);
	start_put_rsdp(&mem, START_4GIB + 0x2000 - 36, 2);
	start_put(&mem, START_OF(rsdp_paddr), 8, START_4GIB + 0x2000 - 36);
	check("RSDP at the end of memory");
	ck_assert_uint_eq(report.n_findings, 0);
}
END_TEST

/* RAM is one piece where entries of it touch, in whatever order they stand. */
START_TEST(ram_of_two_entries)
{
	const uint64_t border = 0x40100000; /* of entries 3 and 4 */

	start_put_module(&mem, 0, border - 0x800, 0x1000, START_MODULE_CMDLINE);
	check("touch");
	ck_assert_uint_eq(report.n_findings, 0);
	start_put_entry(&mem, 3, border, 0x40000000, PVHBOOT_MAP_RAM);
	start_put_entry(&mem, 4, 0x100000, border - 0x100000, PVHBOOT_MAP_RAM);
	check("in another order");
	expect_one("in another order", 0, 1,
		   &(struct want){ NOTE, ABI, SUBJECT(MAP), START_MAP + 96, 0x100000, border,
				   "map entries in ascending order" });
}
END_TEST

/* A change to the clean state, and the one finding that it provokes. */
static const struct row {
	const char *row;
	uint64_t gpa[3];
	unsigned int width[3];
	uint64_t value[3];
	struct want want;
} rows[] = {
#define ONE(gpa, width, value)                                                                     \
	{ gpa }, { width },                                                                        \
	{                                                                                          \
		value                                                                              \
	}
#define TWO(g1, w1, v1, g2, w2, v2)                                                                \
	{ g1, g2 }, { w1, w2 },                                                                    \
	{                                                                                          \
		v1, v2                                                                             \
	}
#define THREE(g1, w1, v1, g2, w2, v2, g3, w3, v3)                                                  \
	{ g1, g2, g3 }, { w1, w2, w3 },                                                            \
	{                                                                                          \
		v1, v2, v3                                                                         \
	}
	{ "magic",
	  ONE(START_OF(magic), 4, 0),
	  { ERROR, ABI, SUBJECT(INFO), START_INFO, 0, 0x336ec578, "the magic of a start_info" } },
	{ "version 2",
	  ONE(START_OF(version), 4, 2),
	  { WARNING, ABI, SUBJECT(INFO), START_INFO, 2, 1, "version 0 or 1" } },
	{ "version 0",
	  ONE(START_OF(version), 4, 0),
	  { WARNING, NEEDS_MAP, SUBJECT(INFO), START_INFO, PLAIN, 0, "a memory map" } },
	{ "flags",
	  ONE(START_OF(flags), 4, 0x20),
	  { WARNING, ABI, SUBJECT(INFO), START_INFO, 0x20, 0xff1f, "no flags but SIF_*" } },
	{ "flags, the highest",
	  ONE(START_OF(flags), 4, 0x80000001),
	  { WARNING, ABI, SUBJECT(INFO), START_INFO, 0x80000001, 0xff1f, "no flags but SIF_*" } },
	{ "reserved",
	  ONE(START_OF(reserved), 4, 5),
	  { WARNING, ABI, SUBJECT(INFO), START_INFO, 5, 0, "0 in the reserved member" } },

	{ "no map",
	  ONE(START_OF(memmap_entries), 4, 0),
	  { WARNING, NEEDS_MAP, SUBJECT(INFO), START_INFO, PLAIN, 0, "a memory map" } },
	{ "map at 0",
	  ONE(START_OF(memmap_paddr), 8, 0),
	  { ERROR, ABI, SUBJECT(MAP), 0, PLAIN, 0, "an address above 0 for a list" } },
	{ "map wraps",
	  ONE(START_OF(memmap_paddr), 8, HUGE - 119),
	  { ERROR, ABI, SUBJECT(MAP), HUGE - 119, 120, 119, "ends below 2^64" } },
	{ "map is not there",
	  ONE(START_OF(memmap_paddr), 8, 0x20000000),
	  { ERROR, ABI, SUBJECT(MAP), 0x20000000, HUGE, 0, "can be read" } },
	{ "entry reserved",
	  ONE(START_ENTRY_OF(1, reserved), 4, 6),
	  { WARNING, ABI, SUBJECT(MAP), START_MAP + 24, 6, 0, "0 in the reserved member" } },
	{ "entry of type 0",
	  ONE(START_ENTRY_OF(1, type), 4, 0),
	  { WARNING, ABI, SUBJECT(MAP), START_MAP + 24, 0, 7, "a type from 1 to 7" } },
	{ "entry of type 8",
	  ONE(START_ENTRY_OF(1, type), 4, 8),
	  { WARNING, ABI, SUBJECT(MAP), START_MAP + 24, 8, 7, "a type from 1 to 7" } },
	{ "empty entry",
	  ONE(START_ENTRY_OF(1, size), 8, 0),
	  { NOTE, ABI, SUBJECT(MAP), START_MAP + 24, PLAIN, 0, "a map entry of at least 1 byte" } },
	{ "entry wraps",
	  TWO(START_ENTRY_OF(4, addr), 8, HUGE - 7, START_ENTRY_OF(4, size), 8, 8),
	  { ERROR, ABI, SUBJECT(MAP), START_MAP + 96, 8, 7, "a map entry that ends below 2^64" } },
	{ "entries overlap by a byte",
	  ONE(START_ENTRY_OF(0, size), 8, 639 * 1024 + 1),
	  { WARNING, ABI, SUBJECT(MAP), START_MAP + 24, 639 * 1024, 639 * 1024 + 1,
	    "a start behind the end of another map entry" } },
	{ "map does not ascend",
	  THREE(START_ENTRY_OF(3, addr), 8, 0x200000000, START_ENTRY_OF(4, addr), 8, 0x100000,
		START_ENTRY_OF(4, size), 8, 0x100000000),
	  { NOTE, ABI, SUBJECT(MAP), START_MAP + 96, 0x100000, 0x200000000,
	    "map entries in ascending order" } },

	{ "no command line",
	  ONE(START_OF(cmdline_paddr), 8, 0),
	  { WARNING, GRUB, SUBJECT(INFO), START_INFO, PLAIN, 0,
	    "a command line, if an empty one" } },
	{ "command line is not there",
	  ONE(START_OF(cmdline_paddr), 8, 0x30000000),
	  { ERROR, ABI, SUBJECT(CMDLINE), 0x30000000, HUGE, 0, "can be read" } },
	{ "command line wraps",
	  ONE(START_OF(cmdline_paddr), 8, HUGE - 1),
	  { ERROR, ABI, SUBJECT(CMDLINE), HUGE - 1, 2, 1, "a text that ends below 2^64" } },
	{ "no RSDP",
	  ONE(START_OF(rsdp_paddr), 8, 0),
	  { WARNING, OVMF, SUBJECT(INFO), START_INFO, PLAIN, 0, "the address of an RSDP" } },
	{ "RSDP is not there",
	  ONE(START_OF(rsdp_paddr), 8, 0x100000),
	  { ERROR, ABI, SUBJECT(RSDP), 0x100000, HUGE, 0, "can be read" } },
	{ "RSDP wraps",
	  ONE(START_OF(rsdp_paddr), 8, HUGE - 18),
	  { ERROR, ABI, SUBJECT(RSDP), HUGE - 18, 20, 18, "ends below 2^64" } },
	{ "RSDP's signature",
	  ONE(START_RSDP + 7, 1, '_'),
	  { ERROR, ABI, SUBJECT(RSDP), START_RSDP, UINT64_C(0x5f52545020445352),
	    UINT64_C(0x2052545020445352), "signature" } },
	{ "RSDP's length",
	  TWO(START_RSDP + 20, 4, 37, START_RSDP + 33, 1, 0xff),
	  { ERROR, ABI, SUBJECT(RSDP), START_RSDP, 37, 36, "the length of an RSDP" } },
	{ "RSDP's extended checksum",
	  ONE(START_RSDP + 24, 1, 1),
	  { ERROR, ABI, SUBJECT(RSDP), START_RSDP, 1, 0, "all 36 bytes" } },

	{ "module list without modules",
	  ONE(START_OF(nr_modules), 4, 0),
	  { WARNING, FREEBSD, SUBJECT(LIST), START_LIST, START_LIST, 0,
	    "modlist_paddr 0 where nr_modules is 0" } },
	{ "modules at 0",
	  ONE(START_OF(modlist_paddr), 8, 0),
	  { ERROR, ABI, SUBJECT(LIST), 0, PLAIN, 0, "an address above 0 for a list" } },
	{ "modules wrap",
	  ONE(START_OF(modlist_paddr), 8, HUGE - 31),
	  { ERROR, ABI, SUBJECT(LIST), HUGE - 31, 32, 31, "ends below 2^64" } },
	{ "modules are not there",
	  ONE(START_OF(modlist_paddr), 8, 0x30000000),
	  { ERROR, ABI, SUBJECT(MODULE), 0x30000000, HUGE, 0, "can be read" } },
	{ "module reserved",
	  ONE(START_MODULE_OF(0, reserved), 8, HUGE),
	  { WARNING, ABI, SUBJECT(MODULE), START_LIST, HUGE, 0, "0 in the reserved member" } },
	{ "module at 0",
	  ONE(START_MODULE_OF(0, paddr), 8, 0),
	  { ERROR, ABI, SUBJECT(MODULE), START_LIST, PLAIN, 0, "an address above 0" } },
	{ "empty module",
	  TWO(START_MODULE_OF(0, size), 8, 0, START_MODULE_OF(0, paddr), 8, 0),
	  { NOTE, ABI, SUBJECT(MODULE), START_LIST, PLAIN, 0, "a module of at least 1 byte" } },
	{ "module wraps",
	  ONE(START_MODULE_OF(0, size), 8, HUGE),
	  { ERROR, ABI, SUBJECT(MODULE), START_LIST, HUGE, HUGE - START_MODULE,
	    "ends below 2^64" } },
	{ "module without command line",
	  ONE(START_MODULE_OF(0, cmdline_paddr), 8, 0),
	  { WARNING, FREEBSD, SUBJECT(MODULE), START_LIST, PLAIN, 0,
	    "the first module to have a command line" } },
	{ "module's command line is not there",
	  ONE(START_MODULE_OF(0, cmdline_paddr), 8, 0x30000000),
	  { ERROR, ABI, SUBJECT(CMDLINE), 0x30000000, HUGE, 0, "can be read" } },

	{ "module in page 0",
	  TWO(START_MODULE_OF(0, paddr), 8, 0xfff, START_MODULE_OF(0, size), 8, 1),
	  { WARNING, ABI, SUBJECT(MODULE), START_LIST, 0xfff, 0x1000, "an address above page 0" } },
	{ "command line above 1 GiB",
	  ONE(START_OF(cmdline_paddr), 8, 0x40000000),
	  { WARNING, LINUX, SUBJECT(CMDLINE), 0x40000000, 0x40000001, 0x40000000,
	    "an end at 1 GiB or below" } },
	{ "command line above 4 GiB",
	  ONE(START_OF(cmdline_paddr), 8, FOUR_GIB),
	  { WARNING, LINUX | GRUB | XEN, SUBJECT(CMDLINE), FOUR_GIB, FOUR_GIB + 1, FOUR_GIB,
	    "an end at 4 GiB or below" } },
	{ "module across 4 GiB",
	  TWO(START_MODULE_OF(0, paddr), 8, FOUR_GIB - 1, START_MODULE_OF(0, size), 8, 2),
	  { WARNING, LINUX | GRUB | XEN, SUBJECT(MODULE), START_LIST, FOUR_GIB + 1, FOUR_GIB,
	    "an end at 4 GiB or below" } },
	{ "module above 4 GiB",
	  ONE(START_MODULE_OF(0, paddr), 8, 0x120000000),
	  { WARNING, LINUX | GRUB | XEN, SUBJECT(MODULE), START_LIST, 0x120001800, FOUR_GIB,
	    "an end at 4 GiB or below" } },

	{ "module not in RAM",
	  TWO(START_MODULE_OF(0, paddr), 8, 0xf1000, START_MODULE_OF(0, size), 8, 0xf000),
	  { WARNING, ABI, SUBJECT(MODULE), START_LIST, 0xf1000, 0x100000,
	    "to lie in RAM of the map" } },
	{ "command line not in RAM",
	  ONE(START_OF(cmdline_paddr), 8, 0xf8000),
	  { WARNING, ABI, SUBJECT(CMDLINE), 0xf8000, 0xf8000, 0xf8001,
	    "to lie in RAM of the map" } },
	{ "module overlaps the start_info by a byte",
	  TWO(START_MODULE_OF(0, paddr), 8, START_INFO - 0x1000, START_MODULE_OF(0, size), 8,
	      0x1001),
	  { ERROR, ABI, SUBJECT(INFO), START_INFO, START_INFO, START_INFO + 1,
	    "no overlap with a module" } },
	{ "module overlaps the map",
	  TWO(START_MODULE_OF(0, paddr), 8, START_MAP + 119, START_MODULE_OF(0, size), 8, 1),
	  { ERROR, ABI, SUBJECT(MODULE), START_LIST, START_MAP + 119, START_MAP + 120,
	    "no overlap with the memory map" } },
	{ "module overlaps the list",
	  THREE(START_MODULE_OF(0, paddr), 8, START_LIST + 31, START_MODULE_OF(0, size), 8, 1,
		START_OF(cmdline_paddr), 8, START_FREE),
	  { ERROR, ABI, SUBJECT(MODULE), START_LIST, START_LIST + 31, START_LIST + 32,
	    "no overlap with the module list" } },
	{ "module overlaps the end of a command line",
	  TWO(START_MODULE_OF(0, paddr), 8, START_CMDLINE + 13, START_MODULE_OF(0, size), 8, 1),
	  { ERROR, ABI, SUBJECT(MODULE), START_LIST, START_CMDLINE + 13, START_CMDLINE + 14,
	    "no overlap with a command line" } },
	{ "module overlaps the start of a command line",
	  TWO(START_MODULE_OF(0, paddr), 8, START_CMDLINE - 1, START_MODULE_OF(0, size), 8, 2),
	  { ERROR, ABI, SUBJECT(CMDLINE), START_CMDLINE, START_CMDLINE, START_CMDLINE + 1,
	    "no overlap with a module" } },
	{ "the module holds the entry",
	  TWO(START_MODULE_OF(0, paddr), 8, START_ENTRY - 1, START_MODULE_OF(0, size), 8, 2),
	  { ERROR, ABI, SUBJECT(ENTRY), START_ENTRY, START_ENTRY, START_ENTRY + 1,
	    "no overlap with a module" } },
	{ "no RAM behind",
	  ONE(START_ENTRY_OF(0, size), 8, 0x23fff),
	  { WARNING, FREEBSD, SUBJECT(NONE), 0x22000, 0x1fff, 0x2000, "two pages of free RAM" } },
	{ "a command line behind",
	  ONE(START_OF(cmdline_paddr), 8, 0x23fff),
	  { WARNING, FREEBSD, SUBJECT(NONE), 0x22000, 0x1fff, 0x2000, "two pages of free RAM" } },
	{ "a command line across the start of it",
	  TWO(START_OF(cmdline_paddr), 8, 0x21fff, 0x21fff, 1, 'x'),
	  { WARNING, FREEBSD, SUBJECT(NONE), 0x22000, 0, 0x2000, "two pages of free RAM" } },
};

START_TEST(one_finding)
{
	const struct row *row = &rows[_i];

	for (size_t i = 0; i < 3 && row->width[i]; i++)
		start_put(&mem, row->gpa[i], row->width[i], row->value[i]);
	check(row->row);
	expect_one(row->row, 0, 1, &row->want);
}
END_TEST

START_TEST(map_in_page_0)
{
	memcpy(fakemem_at(&mem, 0x500, 24 * START_N_MAP),
	       fakemem_at(&mem, START_MAP, 24 * START_N_MAP), 24 * START_N_MAP);
	start_put(&mem, START_OF(memmap_paddr), 8, 0x500);
	check("page 0");
	expect_one("page 0", 0, 1,
		   &(struct want){ WARNING, ABI, SUBJECT(MAP), 0x500, 0x500, 0x1000,
				   "an address above page 0" });
}
END_TEST

START_TEST(rsdp_overlaps)
{
	start_put_rsdp(&mem, START_MODULE + START_MODULE_SIZE - 1, 2);
	start_put(&mem, START_OF(rsdp_paddr), 8, START_MODULE + START_MODULE_SIZE - 1);
	check("overlaps");
	expect_one("overlaps", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(RSDP), START_MODULE + START_MODULE_SIZE - 1,
				   START_MODULE + START_MODULE_SIZE - 1,
				   START_MODULE + START_MODULE_SIZE, "no overlap with a module" });
}
END_TEST

/* The second half of an extended one too, which one of revision 0 does not have. */
START_TEST(rsdp_end_overlaps)
{
	start_put_rsdp(&mem, START_MODULE - 35, 2);
	start_put(&mem, START_OF(rsdp_paddr), 8, START_MODULE - 35);
	check("by one byte");
	ck_assert_uint_eq(report.n_errors, 1);
	start_put_rsdp(&mem, START_MODULE - 36, 2);
	start_put(&mem, START_OF(rsdp_paddr), 8, START_MODULE - 36);
	check("touches");
	ck_assert_uint_eq(report.n_errors, 0);
	start_put_rsdp(&mem, START_MODULE - 19, 0);
	start_put(&mem, START_OF(rsdp_paddr), 8, START_MODULE - 19);
	check("revision 0 by one byte");
	ck_assert_uint_eq(report.n_errors, 1);
	start_put_rsdp(&mem, START_MODULE - 20, 0);
	start_put(&mem, START_OF(rsdp_paddr), 8, START_MODULE - 20);
	check("revision 0 touches");
	ck_assert_uint_eq(report.n_errors, 0);
}
END_TEST

/* The first 20 bytes are under both checksums. */
START_TEST(rsdp_checksum)
{
	start_put(&mem, START_RSDP + 9, 1, '?');
	start_put(&mem, START_RSDP + 15, 1, 0);
	check("checksum");
	expect_one("checksum", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(RSDP), START_RSDP, (uint8_t)('?' - 'T' - 2),
				   0, "first 20 bytes of the RSDP to add up to 0" });
	start_put(&mem, START_RSDP + 15, 1, 2);
	check("both");
	ck_assert_uint_eq(report.n_findings, 2);
}
END_TEST

START_TEST(rsdp_is_cut)
{
	const uint64_t rsdp = START_4GIB + 0x2000 - 20;

	memcpy(fakemem_at(&mem, rsdp, 20), fakemem_at(&mem, START_RSDP, 20), 20);
	start_put(&mem, START_OF(rsdp_paddr), 8, rsdp);
	check("cut");
	expect_one("cut", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(RSDP), rsdp, HUGE, 0, "can be read" });
}
END_TEST

START_TEST(start_info_is_not_there)
{
	static const uint64_t gpas[] = { 0x20000000, HUGE - 38, HUGE - 1 };

	for (size_t i = 0; i < 3; i++) {
		cpu.rbx = (uint32_t)gpas[i];
		check_at("not there", gpas[i]);
		/* ebx cannot say an address above 4 GiB */
		expect_one("not there", 0, i == 0 ? 1 : 2,
			   i == 0 ? &(struct want){ ERROR, ABI, SUBJECT(INFO), gpas[i], HUGE, 0,
						    "can be read" } :
				    &(struct want){ ERROR, ABI, SUBJECT(INFO), gpas[i], 40,
						    HUGE - gpas[i], "ends below 2^64" });
	}
	/* all but the part that only version 1 has */
	memcpy(fakemem_at(&mem, 0xfffd8, 40), fakemem_at(&mem, START_INFO, 40), 40);
	cpu.rbx = 0xfffd8;
	check_at("half", 0xfffd8);
	expect_one("half", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(INFO), 0xfffd8, HUGE, 0, "can be read" });
}
END_TEST

/* The start_info itself where it does not belong. */
START_TEST(start_info_elsewhere)
{
	static const struct {
		uint64_t gpa;
		struct want want;
	} places[] = {
		{ 0x100,
		  { WARNING, ABI, SUBJECT(INFO), 0x100, 0x100, 0x1000,
		    "an address above page 0" } },
		{ 0x40000000,
		  { WARNING, LINUX, SUBJECT(INFO), 0x40000000, 0x40000038, 0x40000000,
		    "an end at 1 GiB or below" } },
		{ 0xf8000,
		  { WARNING, ABI, SUBJECT(INFO), 0xf8000, 0xf8000, 0xf8038,
		    "to lie in RAM of the map" } },
	};

	for (size_t i = 0; i < 3; i++) {
		memcpy(fakemem_at(&mem, places[i].gpa, 56), fakemem_at(&mem, START_INFO, 56), 56);
		cpu.rbx = (uint32_t)places[i].gpa;
		check_at("elsewhere", places[i].gpa);
		if (i == 2) {
			/* and what is behind it cannot be free RAM */
			expect_eq("elsewhere", report.n_findings, 2);
			report.n_findings = 1;
		}
		expect_one("elsewhere", 0, 1, &places[i].want);
	}
}
END_TEST

START_TEST(long_command_line)
{
	memset(fakemem_at(&mem, START_CMDLINE, 2048), 'x', 2048);
	check("2048");
	expect_one("2048", 0, 1,
		   &(struct want){ WARNING, LINUX, SUBJECT(CMDLINE), START_CMDLINE, 2048, 2047,
				   "at most 2047 bytes" });
	/* of a module: Linux does not read it */
	start_put(&mem, START_CMDLINE, 1, 0);
	start_put(&mem, START_MODULE_OF(0, cmdline_paddr), 8, START_CMDLINE + 1);
	check("module");
	ck_assert_uint_eq(report.n_findings, 0);
	/* no NUL as far as is looked */
	memset(fakemem_at(&mem, START_FREE, 0x4000), 'x', 0x4000);
	start_put(&mem, START_OF(cmdline_paddr), 8, START_FREE);
	check("no NUL");
	expect_one("no NUL", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(CMDLINE), START_FREE, PLAIN, 0,
				   "a NUL within the first 16384 bytes" });
	start_put(&mem, START_FREE + 16383, 1, 0);
	check("NUL");
	ck_assert_uint_eq(report.n_errors, 0);
	ck_assert_uint_eq(report.n_warnings, 1);
}
END_TEST

static void put_modules(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		start_put_module(&mem, i, START_FREE + 16 * i, 16, START_MODULE_CMDLINE);
	start_put(&mem, START_OF(nr_modules), 4, n);
}

START_TEST(many_modules)
{
	struct want one = { NOTE, LINUX, SUBJECT(LIST), START_LIST, 2, 1, "Linux takes the first" };
	struct want xen = { WARNING, XEN, SUBJECT(LIST), START_LIST, 8, 7, "at most 7 modules" };
	struct want all = { NOTE, ABI, SUBJECT(LIST), START_LIST, 129, 128, "no more modules" };

	put_modules(2);
	check("2");
	expect_one("2", 0, 1, &one);
	put_modules(7);
	check("7");
	ck_assert_uint_eq(report.n_findings, 1);
	put_modules(8);
	one.found = 8;
	check("8");
	expect_one("8", 0, 2, &one);
	expect_one("8", 1, 2, &xen);
	put_modules(128);
	check("128");
	ck_assert_uint_eq(report.n_findings, 2);
	put_modules(129);
	start_put_module(&mem, 128, 0, 1, 0); /* not looked at */
	one.found = xen.found = 129;
	check("129");
	expect_one("129", 0, 3, &one);
	expect_one("129", 1, 3, &xen);
	expect_one("129", 2, 3, &all);
	/* Only the first needs a command line. */
	put_modules(2);
	start_put(&mem, START_MODULE_OF(1, cmdline_paddr), 8, 0);
	check("second without");
	ck_assert_uint_eq(report.n_findings, 1);
}
END_TEST

START_TEST(modules_overlap)
{
	put_modules(3);
	start_put_module(&mem, 0, START_FREE, 0x1000, START_MODULE_CMDLINE);
	start_put_module(&mem, 1, START_FREE + 0x1000, 1, START_MODULE_CMDLINE);
	start_put_module(&mem, 2, START_FREE + 0x1001, 1, START_MODULE_CMDLINE);
	check("touch");
	ck_assert_uint_eq(report.n_findings, 1);
	start_put(&mem, START_MODULE_OF(0, size), 8, 0x1001);
	check("one");
	expect_one("one", 1, 2,
		   &(struct want){ ERROR, ABI, SUBJECT(MODULE), START_LIST + 32,
				   START_FREE + 0x1000, START_FREE + 0x1001,
				   "no overlap with a module" });
	ck_assert_uint_eq(findings[1].finding.index, 1);
	/* the first reaches over all the others */
	start_put(&mem, START_MODULE_OF(0, size), 8, 0x2000);
	check("all");
	ck_assert_uint_eq(report.n_errors, 2);
}
END_TEST

/* Of two that end at one address, what overlaps both is told of the one that starts first. */
START_TEST(overlap_of_three)
{
	const uint64_t last = START_CMDLINE + 13; /* byte of the command line */

	start_put(&mem, START_MODULE_OF(0, paddr), 8, START_CMDLINE - 1);
	start_put(&mem, START_MODULE_OF(0, size), 8, 15);
	cpu.rip = last;
	check("three");
	expect_one("three", 1, 2,
		   &(struct want){ ERROR, ABI, SUBJECT(ENTRY), last, last, last + 1,
				   "no overlap with a module" });
}
END_TEST

static void put_entries(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		start_put_entry(&mem, i, (uint64_t)i << 20, 1 << 20, 1);
	start_put(&mem, START_OF(memmap_entries), 4, n);
}

START_TEST(many_entries)
{
	struct want lin = { WARNING, LINUX, SUBJECT(MAP), START_MAP, 129, 128, "at most 128" };
	struct want all = { NOTE, ABI, SUBJECT(MAP), START_MAP, 513, 512, "no more map entries" };

	put_entries(128);
	check("128");
	ck_assert_uint_eq(report.n_findings, 0);
	put_entries(129);
	check("129");
	expect_one("129", 0, 1, &lin);
	put_entries(512);
	check("512");
	ck_assert_uint_eq(report.n_findings, 1);
	/* The last one is not looked at, so what is RAM is not known. */
	put_entries(513);
	start_put_entry(&mem, 512, 0, HUGE, 99);
	start_put_entry(&mem, 0, 0, 0x1000, 1);
	lin.found = 513;
	check("513");
	expect_one("513", 0, 2, &lin);
	expect_one("513", 1, 2, &all);
}
END_TEST

START_TEST(no_ram)
{
	for (uint32_t i = 0; i < START_N_MAP; i++)
		start_put(&mem, START_ENTRY_OF(i, type), 4, PVHBOOT_MAP_RESERVED);
	check("no RAM");
	expect_one(
		"no RAM", 0, 1,
		&(struct want){ ERROR, ABI, SUBJECT(MAP), START_MAP, PLAIN, 0, "RAM in the map" });
}
END_TEST

/* The third entry lies in the first; sorting finds it behind the second. */
START_TEST(entries_overlap_unsorted)
{
	start_put_entry(&mem, 2, 0x8000, 0x1000, 2);
	check("unsorted");
	ck_assert_uint_eq(report.n_notes, 1);
	ck_assert_uint_eq(report.n_warnings, 1);
	expect_one("unsorted", 1, 2,
		   &(struct want){ WARNING, ABI, SUBJECT(MAP), START_MAP + 48, 0x8000, 639 * 1024,
				   "a start behind the end of another map entry" });
	ck_assert_uint_eq(findings[1].finding.index, 2);
	/* two that start at one address do ascend */
	start_put_entry(&mem, 2, 639 * 1024, 1024, 2);
	check("twice");
	ck_assert_uint_eq(report.n_findings, 1);
	ck_assert_uint_eq(report.n_warnings, 1);
}
END_TEST

/* The map counts where it is the last of them. */
START_TEST(map_is_the_last)
{
	memcpy(fakemem_at(&mem, START_FREE, 24 * START_N_MAP),
	       fakemem_at(&mem, START_MAP, 24 * START_N_MAP), 24 * START_N_MAP);
	start_put(&mem, START_OF(memmap_paddr), 8, START_FREE);
	check("free");
	ck_assert_uint_eq(report.n_findings, 0);
	start_put(&mem, START_OF(cmdline_paddr), 8, START_FREE + 0x1000);
	check("a command line behind");
	expect_one("a command line behind", 0, 1,
		   &(struct want){ WARNING, FREEBSD, SUBJECT(NONE), START_FREE + 0x1000, 0, 0x2000,
				   "two pages of free RAM" });
}
END_TEST

/* What is behind cannot be told. */
START_TEST(nothing_behind)
{
	start_put(&mem, START_ENTRY_OF(0, size), 8, 0x22000);
	check("full");
	ck_assert_uint_eq(report.n_findings, 1);
	cpu.rip = 0x100000;
	check("the kernel lies behind");
	ck_assert_uint_eq(report.n_findings, 0);
	start_put(&mem, START_ENTRY_OF(0, size), 8, 0x22001);
	cpu.rip = START_MODULE + START_MODULE_SIZE;
	check("the kernel lies just behind");
	ck_assert_uint_eq(report.n_findings, 0);
	start_put_module(&mem, 0, HUGE - 0x1800, 0x1000, START_MODULE_CMDLINE);
	start_put_entry(&mem, 4, 0x200000000, HUGE - 0x200000000, 1);
	check("near the end");
	ck_assert_uint_eq(report.n_warnings, 1);
	start_put_module(&mem, 0, HUGE - 0x1800, 0x1800, START_MODULE_CMDLINE);
	check("at the end");
	ck_assert_uint_eq(report.n_warnings, 1);
}
END_TEST

/* As a person gets them: a change, and the line. */
static const struct {
	uint64_t gpa;
	unsigned int width;
	uint64_t value;
	const char *line;
} lines[] = {
	{ START_OF(version), 4, 2,
	  "start: start_info at gpa 0x10000: expected version 0 or 1 (found 2, bound 1)" },
	{ START_OF(memmap_paddr), 8, 0x20000000,
	  "start: map entry 0 at gpa 0x20000000: expected guest memory that can be read "
	  "(found -1, bound 0)" },
	{ START_ENTRY_OF(1, type), 4, 8,
	  "start: map entry 1 at gpa 0x10058: expected a type from 1 to 7 (found 8, bound 7)" },
	{ START_MODULE_OF(0, cmdline_paddr), 8, 0,
	  "start: module 0 at gpa 0x14000: expected the first module to have a command line: "
	  "FreeBSD reads it even at address 0" },
	{ START_MODULE_OF(0, cmdline_paddr), 8, HUGE - 1,
	  "start: command line of module 0 at gpa 0xfffffffffffffffe: expected a text that ends "
	  "below 2^64 (found 2 bytes, bound 1 byte)" },
	{ START_MODULE_OF(0, size), 8, HUGE,
	  "start: module 0 at gpa 0x14000: expected a size that ends below 2^64 "
	  "(found 18446744073709551615 bytes, bound 18446744073709420543 bytes)" },
	{ START_OF(rsdp_paddr), 8, 0,
	  "start: start_info at gpa 0x10000: expected the address of an RSDP: OVMF finds the "
	  "ACPI tables by nothing else" },
	{ START_OF(memmap_paddr), 8, 0,
	  "start: map at gpa 0x0: expected an address above 0 for a list that has elements" },
	{ START_OF(cmdline_paddr), 8, 0x23fff,
	  "start: at gpa 0x22000: expected two pages of free RAM behind all that is loaded: "
	  "FreeBSD takes them for itself (found 8191 bytes, bound 8192 bytes)" },
};

START_TEST(printed)
{
	char line[512];

	start_put(&mem, lines[_i].gpa, lines[_i].width, lines[_i].value);
	check(lines[_i].line);
	ck_assert_uint_eq(report.n_findings, 1);
	pvhboot_finding_format(&findings[0].finding, line, sizeof(line));
	ck_assert_str_eq(line, lines[_i].line);
}
END_TEST

static const struct {
	const char *row;
	size_t offset; /* of a member of struct pvhboot_cpu */
	unsigned int width;
	uint64_t value;
	struct want want;
} registers[] = {
#define REGISTER(member) offsetof(struct pvhboot_cpu, member), sizeof(cpu.member)
#define REGISTERS_WANT(severity, found, bound, words)                                              \
	{                                                                                          \
		severity, ABI, SUBJECT(REGISTERS), NO_GPA, found, bound, words                     \
	}
	{ "ebx", REGISTER(rbx), 0x10001, REGISTERS_WANT(ERROR, 0x10001, 0x10000, "ebx to be") },
	{ "rip", REGISTER(rip), FOUR_GIB, REGISTERS_WANT(ERROR, FOUR_GIB, 0xffffffff, "eip of") },
	{ "rip, the last", REGISTER(rip), HUGE, REGISTERS_WANT(ERROR, HUGE, 0xffffffff, "eip of") },
	{ "TF", REGISTER(rflags), 0x102,
	  REGISTERS_WANT(ERROR, 0x102, 2, "TF, IF and VM to be clear") },
	{ "IF", REGISTER(rflags), 0x202,
	  REGISTERS_WANT(ERROR, 0x202, 2, "TF, IF and VM to be clear") },
	{ "VM", REGISTER(rflags), 0x20002,
	  REGISTERS_WANT(ERROR, 0x20002, 2, "TF, IF and VM to be clear") },
	{ "PE", REGISTER(cr0), 0x10, REGISTERS_WANT(ERROR, 0x10, 0x11, "PE alone to be set") },
	{ "PG", REGISTER(cr0), 0x80000011,
	  REGISTERS_WANT(ERROR, 0x80000011, 0x11, "PE alone to be set") },
	{ "cr4", REGISTER(cr4), 0x20, REGISTERS_WANT(ERROR, 0x20, 0, "cr4 to be 0") },
	{ "efer", REGISTER(efer), 0x100, REGISTERS_WANT(NOTE, 0x100, 0, "efer to be 0") },
	{ "cs.base", REGISTER(cs.base), 1, REGISTERS_WANT(ERROR, 1, 0, "cs to have base") },
	{ "cs.limit", REGISTER(cs.limit), 0xffff,
	  REGISTERS_WANT(ERROR, 0xffff, 0xffffffff, "cs to have limit") },
	{ "cs of 16 bits", REGISTER(cs.access), 0x89b,
	  REGISTERS_WANT(ERROR, 0x89b, 0xc9b, "cs to be 32-bit code") },
	{ "cs of 64 bits", REGISTER(cs.access), 0xa9b,
	  REGISTERS_WANT(ERROR, 0xa9b, 0xc9b, "cs to be 32-bit code") },
	{ "ds.base", REGISTER(data.base), 1,
	  REGISTERS_WANT(ERROR, 1, 0, "ds and es to have base") },
	{ "ds.limit", REGISTER(data.limit), 0xffff,
	  REGISTERS_WANT(ERROR, 0xffff, 0xffffffff, "ds and es to have limit") },
	{ "ds read-only", REGISTER(data.access), 0xc91,
	  REGISTERS_WANT(ERROR, 0xc91, 0xc93, "ds and es to be 32-bit data") },
	{ "tr.base", REGISTER(tr.base), 1, REGISTERS_WANT(ERROR, 1, 0, "tr to have base") },
	{ "tr.limit", REGISTER(tr.limit), 0xffff,
	  REGISTERS_WANT(ERROR, 0xffff, 0x67, "tr to have limit") },
	{ "tr is free", REGISTER(tr.access), 0x89,
	  REGISTERS_WANT(ERROR, 0x89, 0x8b, "tr to be a busy") },
	{ "entry not in RAM",
	  REGISTER(rip),
	  0xfffff,
	  { WARNING, ABI, SUBJECT(ENTRY), 0xfffff, 0xfffff, 0x100000,
	    "to lie in RAM of the map" } },
	{ "entry in the list",
	  REGISTER(rip),
	  START_LIST,
	  { ERROR, ABI, SUBJECT(ENTRY), START_LIST, START_LIST, START_LIST + 32,
	    "no overlap with the module list" } },
};

START_TEST(one_register)
{
	store_le((uint8_t *)&cpu + registers[_i].offset, registers[_i].width, registers[_i].value);
	check(registers[_i].row);
	/* where two start at one address, any of them is the one before */
	if (registers[_i].want.gpa == START_LIST)
		ck_assert_uint_eq(report.n_errors, 1);
	else
		expect_one(registers[_i].row, 0, 1, &registers[_i].want);
}
END_TEST

/* Bits that are hard-wired, or that the ABI leaves open, and entries above 1 GiB. */
START_TEST(free_registers)
{
	cpu.rflags = 0xffffffff & ~UINT32_C(0x20300);
	cpu.cr0 = 1;
	cpu.cs.access = 0xd9a;
	cpu.data.access = 0xd92;
	cpu.tr.access = 0x18b;
	cpu.rip = 0xc0000000;
	cpu.cs.selector = cpu.data.selector = cpu.tr.selector = 0xffff;
	check("free");
	ck_assert_uint_eq(report.n_findings, 0);
}
END_TEST

/* A kernel may be linked in page 0. */
START_TEST(field_f02_entry_in_page_0)
{
	static const uint32_t entries[] = { 0, 1, 0xfff };

	cpu.rip = entries[_i];
	check("page 0");
	ck_assert_uint_eq(report.n_findings, 0);
}
END_TEST

/* Without registers, and with a start_info that is none but registers that are wrong. */
START_TEST(with_and_without_registers)
{
	const struct pvhboot_buffer workspace = guard_buffer(&guard, PVHBOOT_START_CHECK_NEED);

	cpu.cr4 = 1;
	expect_status("without",
		      pvhboot_start_check(&memory, START_INFO, NULL, workspace, &report, NULL),
		      PVHBOOT_OK);
	ck_assert_uint_eq(report.n_findings, 0);
	start_put(&mem, START_OF(magic), 4, 0);
	check("magic and cr4");
	ck_assert_uint_eq(report.n_findings, 2);
}
END_TEST

/* The count goes on where the array ends. */
START_TEST(small_arrays)
{
	const struct pvhboot_buffer workspace = guard_buffer(&guard, PVHBOOT_START_CHECK_NEED);

	put_modules(129);
	start_put(&mem, START_OF(reserved), 4, 1);
	for (size_t max = 0; max < 6; max++) {
		memset(findings, 0xa5, sizeof(findings));
		report.findings = max ? findings : NULL;
		report.max_findings = max;
		expect_status(
			"small",
			pvhboot_start_check(&memory, START_INFO, &cpu, workspace, &report, NULL),
			PVHBOOT_OK);
		ck_assert_uint_eq(report.n_findings, 4);
		ck_assert_uint_eq(report.n_notes, 2);
		ck_assert_uint_eq(report.n_warnings, 2);
		for (size_t i = 0; i < sizeof(findings[0]); i++)
			ck_assert_uint_eq(((uint8_t *)&findings[max < 4 ? max : 4])[i], 0xa5);
		if (max)
			ck_assert_ptr_nonnull(strstr(findings[0].finding.rule, "reserved"));
	}
}
END_TEST

START_TEST(without_arguments)
{
	static const char *const words[] = {
		"memory that",        "map or read", "flags of memory",    "members of memory",
		"members of memory",  "workspace",   "report, and its",    "findings",
		"reserved of report", "of cpu",      "a workspace of PVH",
	};
	const struct pvhboot_memory deaf = fakemem_open(&mem, FAKEMEM_WRITE, 0);
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_START };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct pvhboot_buffer workspace = guard_buffer(&guard, PVHBOOT_START_CHECK_NEED);
		struct pvhboot_start_report out = { 0 };
		struct pvhboot_start_report *where = &out;
		struct pvhboot_memory copy = i == 1 ? deaf : memory;
		const struct pvhboot_memory *from = i == 0 ? NULL : &copy;
		struct pvhboot_cpu registers_copy = cpu;
		enum pvhboot_status status = PVHBOOT_INVAL;
		struct pvhboot_diag diag = { 0 };

		switch (i) {
		case 2:
			copy.flags = 4;
			break;
		case 3:
			copy.reserved32 = 1;
			break;
		case 4:
			copy.reserved[3] = 1;
			break;
		case 5:
			workspace.data = NULL;
			break;
		case 6:
			where = NULL;
			break;
		case 7:
			out.max_findings = 1;
			break;
		case 8:
			out.reserved[1] = UINT64_C(1) << 63;
			break;
		case 9:
			registers_copy.reserved[7] = 1;
			break;
		case 10:
			workspace.size--;
			status = PVHBOOT_NOSPACE;
		}
		expect_status(words[i],
			      pvhboot_start_check(from, START_INFO, &registers_copy, workspace,
						  where, &diag),
			      status);
		expect_failure(words[i], &diag, status, &want);
		expect_rule(words[i], &diag.failure, words[i]);
	}
	ck_assert_uint_eq(mem.n_calls, 0);
	/* flags are of no concern here */
	memory.flags = PVHBOOT_MEMORY_ZEROED | PVHBOOT_MEMORY_ONCE;
	check("flags");
	ck_assert_uint_eq(report.n_findings, 0);
}
END_TEST

/* A workspace may lie anywhere, and nothing in front of it is touched. */
START_TEST(misaligned_workspace)
{
	put_modules(128);
	put_entries(512);
	for (size_t shift = 0; shift < 8; shift++) {
		struct pvhboot_buffer room = guard_buffer(&guard, PVHBOOT_START_CHECK_NEED + 8);
		struct pvhboot_buffer workspace = { room.data + shift, PVHBOOT_START_CHECK_NEED };

		msan_written(room.data, shift);
		expect_status(
			"shift",
			pvhboot_start_check(&memory, START_INFO, &cpu, workspace, &report, NULL),
			PVHBOOT_OK);
		ck_assert_uint_eq(report.n_errors, 0);
		for (size_t i = 0; i < shift; i++)
			ck_assert_uint_eq(room.data[i], 0xa5);
	}
}
END_TEST

/* Callbacks that fail at any call give findings, and no call is made for what wraps. */
START_TEST(callbacks_fail)
{
	size_t n_calls;

	check("count");
	n_calls = mem.n_calls;
	ck_assert_uint_gt(n_calls, 8);
	for (size_t n = 1; n <= n_calls; n++) {
		size_t n_unreadable = 0;

		mem.n_calls = 0;
		mem.fail_at = n;
		mem.fail_value = 5;
		check("fails");
		for (size_t i = 0; i < report.n_findings; i++)
			n_unreadable += strstr(findings[i].finding.rule, "can be read") &&
					findings[i].finding.found == 5;
		ck_assert_uint_eq(n_unreadable, 1);
		ck_assert_uint_eq(report.n_errors, 1);
	}
}
END_TEST

/* Whatever the counts and addresses are, the calls are bounded and none wraps. */
START_TEST(hostile)
{
	static const uint64_t values[] = { 0,          1,         0xfff,         0x10000,
					   0xffffffff, FOUR_GIB,  HUGE - 0x1000, HUGE - 120,
					   HUGE - 56,  HUGE - 31, HUGE - 1,      HUGE };
	const size_t n = sizeof(values) / sizeof(values[0]);
	const uint64_t n_rounds = suite_rounds(3000);
	uint32_t seed = 1;

	for (uint64_t round = 0; round < n_rounds; round++) {
		for (size_t i = 0; i < 20; i++) {
			uint64_t gpa;

			seed = seed * 1664525 + 1013904223;
			/* start_info, map and list, at 4-byte steps */
			gpa = (seed >> 8 & 1 ? START_INFO + 8 : START_LIST) + (seed >> 12) % 40 * 4;
			start_put(&mem, gpa, seed & 0x10000 ? 8 : 4, values[(seed >> 20) % n]);
		}
		mem.n_calls = 0;
		check("hostile");
		ck_assert_uint_lt(mem.n_calls, 1200);
		for (size_t i = 0; i < mem.n_calls; i++)
			ck_assert(mem.calls[i].size != 0 &&
				  mem.calls[i].size <= HUGE - mem.calls[i].gpa);
	}
}
END_TEST

START_TEST(counts_of_2_to_the_32)
{
	start_put(&mem, START_OF(nr_modules), 4, 0xffffffff);
	start_put(&mem, START_OF(memmap_entries), 4, 0xffffffff);
	check("counts");
	ck_assert_uint_lt(mem.n_calls, 1200);
	ck_assert_uint_gt(report.n_findings, 0);
}
END_TEST

/* ---- What this library writes ------------------------------------------------------------ */

#define SPACE UINT64_C(0x200000) /* of the guests below */
#define PLAN_RSDP SPACE

static void random_scene(struct scene *scene)
{
	const struct kernel_spec spec = { .paddr = (uint32_t)(1 + random_below(0x1e0)) << 12,
					  .has_reloc = 1,
					  .n_reloc = 1,
					  .reloc = { 0x1000 },
					  .bss_size = (uint32_t)random_below(0x6000) };
	uint64_t n = 1 + random_below(5);

	scene_open(scene, &spec);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t start = random_below(SPACE);

		scene_map(scene, start, random_below(SPACE - start),
			  (uint32_t)(random_below(4) ? 1 : 1 + random_below(7)));
	}
	scene_map(scene, PLAN_RSDP, 0x1000, PVHBOOT_MAP_ACPI);
	n = random_below(4);
	for (uint64_t i = 0; i < n; i++)
		scene_module(scene, 1 + (size_t)random_below(0x4000),
			     random_below(2) ? "module" : NULL);
	scene->request.cmdline = pvhboot_text(random_below(2) ? "console=ttyS0" : NULL);
	scene->request.rsdp = PLAN_RSDP;
}

/* Two pages above all places are RAM: what FreeBSD wants, and not what a plan promises. */
static int is_free_behind(const struct scene *scene)
{
	const struct pvhboot_plan *plan = &scene->plan;
	uint64_t end = 0;

	for (size_t i = 0; i < plan->n_places; i++) {
		if (plan->places[i].kind != PVHBOOT_PLACE_SEGMENT)
			end = plan->places[i].gpa + plan->places[i].size;
	}
	end = (end + 0xfff) & ~UINT64_C(0xfff);
	for (size_t i = 0; i < plan->n_map; i++) {
		if (plan->map[i].type == PVHBOOT_MAP_RAM && end >= plan->map[i].gpa &&
		    end + 0x2000 <= plan->map[i].gpa + plan->map[i].size)
			return 1;
	}
	return 0;
}

/* Returns whether there was something to check. */
static int round_trip(uint64_t seed)
{
	struct scene scene;
	char row[32];

	snprintf(row, sizeof(row), "seed %" PRIu64, seed);
	random_start(seed * UINT64_C(0x9e3779b97f4a7c15));
	random_scene(&scene);
	if (scene_plan(&scene) != PVHBOOT_OK) {
		scene_close(&scene);
		return 0;
	}
	memory = fakemem_open(&mem, FAKEMEM_WRITE | FAKEMEM_ZERO | FAKEMEM_READ, 0);
	expect_status(row, pvhboot_plan_commit(&scene.plan, &memory, NULL), PVHBOOT_OK);
	pvhboot_plan_cpu(&scene.plan, &cpu);
	check_at(row, cpu.rbx);
	for (size_t i = 0; i < report.n_findings; i++) {
		const char *rule = findings[i].finding.rule;
		char line[256];

		pvhboot_finding_format(&findings[i].finding, line, sizeof(line));
		ck_assert_msg(
			(strstr(rule, "Linux takes the first") && scene.request.n_modules > 1) ||
				(strstr(rule, "two pages of free RAM") && !is_free_behind(&scene)),
			"%s: %s", row, line);
	}
	scene_close(&scene);
	return 1;
}

START_TEST(plans)
{
	const char *only = getenv("SEED");
	const uint64_t n_seeds = suite_rounds(1500);
	size_t n_checked = 0;

	fakemem_close(&mem);
	memset(&mem, 0, sizeof(mem));
	mem.fill = 0xcc;
	fakemem_add(&mem, 0, SPACE + 0x1000);
	start_put_rsdp(&mem, PLAN_RSDP, 2);
	if (only) {
		round_trip(strtoull(only, NULL, 0));
		return;
	}
	for (uint64_t seed = 1; seed <= n_seeds; seed++)
		n_checked += (size_t)round_trip(seed);
	ck_assert_uint_gt(n_checked, n_seeds / 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("start_check");
	TCase *all = suite_case(suite, "start_check");
	TCase *random = suite_case(suite, "random");

	tcase_add_checked_fixture(all, build, destroy);
	tcase_add_loop_test(all, clean, 0, 3);
	tcase_add_test(all, gives_back);
	tcase_add_test(all, clean_variants);
	tcase_add_test(all, at_the_bounds);
	tcase_add_test(all, ram_of_two_entries);
	tcase_add_loop_test(all, one_finding, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(all, map_in_page_0);
	tcase_add_test(all, rsdp_overlaps);
	tcase_add_test(all, rsdp_end_overlaps);
	tcase_add_test(all, rsdp_checksum);
	tcase_add_test(all, rsdp_is_cut);
	tcase_add_test(all, start_info_is_not_there);
	tcase_add_test(all, start_info_elsewhere);
	tcase_add_test(all, long_command_line);
	tcase_add_test(all, many_modules);
	tcase_add_test(all, modules_overlap);
	tcase_add_test(all, overlap_of_three);
	tcase_add_test(all, many_entries);
	tcase_add_test(all, no_ram);
	tcase_add_test(all, entries_overlap_unsorted);
	tcase_add_test(all, map_is_the_last);
	tcase_add_test(all, nothing_behind);
	tcase_add_loop_test(all, printed, 0, sizeof(lines) / sizeof(lines[0]));
	tcase_add_loop_test(all, one_register, 0, sizeof(registers) / sizeof(registers[0]));
	tcase_add_test(all, free_registers);
	tcase_add_loop_test(all, field_f02_entry_in_page_0, 0, 3);
	tcase_add_test(all, with_and_without_registers);
	tcase_add_test(all, small_arrays);
	tcase_add_test(all, without_arguments);
	tcase_add_test(all, misaligned_workspace);
	tcase_add_test(all, callbacks_fail);
	tcase_add_test(all, counts_of_2_to_the_32);
	tcase_add_checked_fixture(random, build, destroy);
	tcase_add_test(random, hostile);
	tcase_add_test(random, plans);
	return suite_run(suite);
}
