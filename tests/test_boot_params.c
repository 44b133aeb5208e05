/* SPDX-License-Identifier: MIT */
/* start.h: pvhboot_boot_params_check(), a rule at a time. */

#include <pvhboot/start.h>
#include <string.h>

#include "support/blob.h"
#include "support/expect.h"
#include "support/findings.h"
#include "support/paramsbuild.h"
#include "support/suite.h"

#define HUGE UINT64_C(0xffffffffffffffff)
#define MAX_FINDINGS 4096
#define FOUR_GIB (UINT64_C(1) << 32)

#define ERROR PVHBOOT_SEVERITY_ERROR
#define WARNING PVHBOOT_SEVERITY_WARNING
#define NOTE PVHBOOT_SEVERITY_NOTE
#define ABI PVHBOOT_FOR_ABI
#define LINUX PVHBOOT_FOR_LINUX

#define SUBJECT(name) PVHBOOT_SUBJECT_##name

static struct fakemem mem;
static struct pvhboot_memory memory;
static struct pvhboot_cpu cpu;
static struct pvhboot_start_finding findings[MAX_FINDINGS];
static struct pvhboot_start_report report;
static struct guard guard; /* behind the workspace */

static void build(void)
{
	params_build(&mem);
	memory = fakemem_open(&mem, FAKEMEM_READ, 0);
	guard = guard_open(PVHBOOT_START_CHECK_NEED);
	cpu = params_cpu(1);
}

static void destroy(void)
{
	guard_close(&guard);
	fakemem_close(&mem);
}

static void in_32_bits(void)
{
	cpu = params_cpu(0);
	params_put_gdt(&mem, 0);
}

static void check_at(const char *row, uint64_t gpa)
{
	struct pvhboot_diag diag = { 0 };

	report.findings = findings;
	report.max_findings = MAX_FINDINGS;
	report.n_findings = 12345;
	expect_status(row,
		      pvhboot_boot_params_check(&memory, gpa, &cpu,
						guard_buffer(&guard, PVHBOOT_START_CHECK_NEED),
						&report, &diag),
		      PVHBOOT_OK);
	expect_success(row, &diag, 0);
	expect_report(row, &report);
}

static void check(const char *row)
{
	check_at(row, PARAMS);
}

static void check_clean(const char *row)
{
	check(row);
	for (size_t i = 0; i < report.n_findings; i++)
		expect_found(row, &report, i, 0, &(struct want){ .words = "nothing" });
}

static void expect_one(const char *row, size_t i, size_t n, const struct want *want)
{
	expect_found(row, &report, i, n, want);
}

START_TEST(clean)
{
	static const unsigned int ways[] = { FAKEMEM_READ, FAKEMEM_MAP,
					     FAKEMEM_READ | FAKEMEM_MAP };

	if (_i >= 3)
		in_32_bits();
	memory = fakemem_open(&mem, ways[_i % 3], 0);
	check_clean("clean");
	/* each byte is read once */
	for (size_t i = 0; i < mem.n_calls && _i % 3 == 0; i++) {
		for (size_t k = 0; k < i; k++)
			ck_assert(mem.calls[i].gpa >= mem.calls[k].gpa + mem.calls[k].size ||
				  mem.calls[k].gpa >= mem.calls[i].gpa + mem.calls[i].size);
	}
}
END_TEST

/* What map returns is given back, once each, before more is asked for. */
START_TEST(gives_back)
{
	struct start_lender lender;

	memory = start_lend(&lender, &mem);
	check_clean("clean");
	ck_assert_uint_gt(lender.n_lent, 8);
	ck_assert_ptr_null(lender.host);
}
END_TEST

/* A change to the clean state, and the one finding that it provokes. */
static const struct row {
	const char *row;
	struct {
		uint64_t gpa;
		unsigned int width;
		uint64_t value;
	} edits[3];
	struct want want;
} rows[] = {
#define OF(name) PARAMS_OF(name)
#define UNREADABLE(subject, gpa)                                                                   \
	{                                                                                          \
		ERROR, ABI, SUBJECT(subject), gpa, HUGE, 0, "can be read"                          \
	}
	{ "magic",
	  { { OF(MAGIC), 4, 0 } },
	  { ERROR, ABI, SUBJECT(BOOT_PARAMS), PARAMS, 0, 0x53726448, "'HdrS'" } },
	{ "sentinel",
	  { { OF(SENTINEL), 1, 0xff } },
	  { ERROR, ABI, SUBJECT(BOOT_PARAMS), PARAMS, 0xff, 0, "a sentinel of 0" } },
	{ "boot_flag",
	  { { OF(BOOT_FLAG), 2, 0xaa54 } },
	  { WARNING, ABI, SUBJECT(BOOT_PARAMS), PARAMS, 0xaa54, 0xaa55, "the boot_flag" } },
	{ "a header of a byte too many",
	  { { OF(JUMP_OFFSET), 1, 0x8f } },
	  { WARNING, ABI, SUBJECT(BOOT_PARAMS), PARAMS, 0x291, 0x290,
	    "a header that ends where" } },
	{ "protocol 2.09",
	  { { OF(VERSION), 2, 0x0209 } },
	  { NOTE, ABI, SUBJECT(BOOT_PARAMS), PARAMS, 0x0209, 0x020a, "protocol 2.10 or later" } },
	{ "type_of_loader",
	  { { OF(TYPE_OF_LOADER), 1, 0 } },
	  { ERROR, ABI, SUBJECT(BOOT_PARAMS), PARAMS, PLAIN, 0, "a type_of_loader above 0" } },
	{ "not LOADED_HIGH",
	  { { OF(LOADFLAGS), 1, 0xfe } },
	  { NOTE, ABI, SUBJECT(BOOT_PARAMS), PARAMS, PLAIN, 0, "LOADED_HIGH" } },

	{ "no command line",
	  { { OF(CMD_LINE_PTR), 4, 0 } },
	  { NOTE, ABI, SUBJECT(BOOT_PARAMS), PARAMS, PLAIN, 0,
	    "a command line, if an empty one" } },
	{ "command line is not there",
	  { { OF(CMD_LINE_PTR), 4, 0x30000000 } },
	  UNREADABLE(CMDLINE, 0x30000000) },
	{ "command line wraps",
	  { { OF(CMD_LINE_PTR), 4, 0xfffffffe }, { OF(EXT_CMD_LINE_PTR), 4, 0xffffffff } },
	  { ERROR, ABI, SUBJECT(CMDLINE), HUGE - 1, 2, 1, "a text that ends below 2^64" } },
	{ "command line above cmdline_size",
	  { { OF(CMDLINE_SIZE), 4, 12 } },
	  { WARNING, LINUX, SUBJECT(CMDLINE), PARAMS_CMDLINE, 13, 12,
	    "a command line of at most cmdline_size bytes" } },
	{ "command line not in RAM",
	  { { OF(CMD_LINE_PTR), 4, 0xf8000 } },
	  { WARNING, ABI, SUBJECT(CMDLINE), 0xf8000, 0xf8000, 0xf8001, "to lie in RAM" } },
	{ "command line in page 0",
	  { { OF(CMD_LINE_PTR), 4, 0xfff } },
	  { WARNING, ABI, SUBJECT(CMDLINE), 0xfff, 0xfff, 0x1000, "an address above page 0" } },

	{ "initrd at 0",
	  { { OF(RAMDISK_IMAGE), 4, 0 } },
	  { ERROR, ABI, SUBJECT(MODULE), 0, PLAIN, 0, "an address above 0" } },
	{ "initrd wraps",
	  { { OF(RAMDISK_IMAGE), 4, 0xfffff000 }, { OF(EXT_RAMDISK_IMAGE), 4, 0xffffffff } },
	  { ERROR, ABI, SUBJECT(MODULE), HUGE - 0xfff, 0x1800, 0xfff, "ends below 2^64" } },
	{ "initrd above initrd_addr_max",
	  { { OF(INITRD_ADDR_MAX), 4, 0x40017fe } },
	  { ERROR, ABI, SUBJECT(MODULE), PARAMS_INITRD, 0x40017ff, 0x40017fe,
	    "a last byte at initrd_addr_max or below" } },
	{ "initrd above 4 GiB",
	  { { OF(EXT_RAMDISK_IMAGE), 4, 1 }, { OF(INITRD_ADDR_MAX), 4, 0 } },
	  { ERROR, ABI, SUBJECT(MODULE), FOUR_GIB + PARAMS_INITRD, FOUR_GIB + 0x4001800, FOUR_GIB,
	    "an end at 4 GiB or below" } },
	{ "initrd up to above 4 GiB",
	  { { OF(EXT_RAMDISK_SIZE), 4, 1 }, { OF(INITRD_ADDR_MAX), 4, 0 } },
	  { ERROR, ABI, SUBJECT(MODULE), PARAMS_INITRD, FOUR_GIB + 0x4001800, FOUR_GIB,
	    "an end at 4 GiB or below" } },
	{ "initrd not in RAM",
	  { { OF(RAMDISK_IMAGE), 4, 0xf1000 }, { OF(RAMDISK_SIZE), 4, 0x1000 } },
	  { WARNING, ABI, SUBJECT(MODULE), 0xf1000, 0xf1000, 0xf2000, "to lie in RAM" } },

	{ "one entry in e820_table",
	  { { OF(E820_ENTRIES), 1, 1 }, { PARAMS_EXT + 16, 8, 0x100000 } },
	  { WARNING, LINUX, SUBJECT(MAP), OF(E820_TABLE), 1, 2, "at least 2 entries" } },
	{ "none in e820_table",
	  { { OF(E820_ENTRIES), 1, 0 },
	    { PARAMS_EXT + 16, 8, 0 },
	    { PARAMS_EXT + 24, 8, 2 * FOUR_GIB } },
	  { WARNING, LINUX, SUBJECT(MAP), OF(E820_TABLE), 0, 2, "at least 2 entries" } },
	{ "no RAM",
	  { { PARAMS_ENTRY(0) + 16, 4, 2 },
	    { PARAMS_ENTRY(3) + 16, 4, 2 },
	    { PARAMS_EXT + 32, 4, 2 } },
	  { ERROR, ABI, SUBJECT(MAP), OF(E820_TABLE), PLAIN, 0, "RAM in the map" } },
	{ "entry wraps",
	  { { PARAMS_ENTRY(1), 8, HUGE - 7 }, { PARAMS_ENTRY(1) + 8, 8, 8 } },
	  { ERROR, ABI, SUBJECT(MAP), PARAMS_ENTRY(1), 8, 7, "a map entry that ends below" } },
	{ "entry of type 8",
	  { { PARAMS_ENTRY(1) + 16, 4, 8 } },
	  { WARNING, ABI, SUBJECT(MAP), PARAMS_ENTRY(1), 8, 7, "a type from 1 to 7" } },
	{ "entry of type 0 in the chain",
	  { { PARAMS_EXT + 32, 4, 0 } },
	  { WARNING, ABI, SUBJECT(MAP), PARAMS_EXT + 16, 0, 7, "a type from 1 to 7" } },
	{ "empty entry",
	  { { PARAMS_ENTRY(1) + 8, 8, 0 } },
	  { NOTE, ABI, SUBJECT(MAP), PARAMS_ENTRY(1), PLAIN, 0, "at least 1 byte" } },
	{ "entries overlap by a byte",
	  { { PARAMS_ENTRY(0) + 8, 8, 639 * 1024 + 1 } },
	  { WARNING, ABI, SUBJECT(MAP), PARAMS_ENTRY(1), 639 * 1024, 639 * 1024 + 1,
	    "a start behind the end of another" } },
	{ "the chain's entry does not ascend",
	  { { PARAMS_ENTRY(3), 8, 2 * FOUR_GIB }, { PARAMS_EXT + 16, 8, 0x100000 } },
	  { NOTE, ABI, SUBJECT(MAP), PARAMS_EXT + 16, 0x100000, 2 * FOUR_GIB, "ascending order" } },

	{ "setup_data comes back",
	  { { PARAMS_EXT, 8, PARAMS_SEED } },
	  { ERROR, ABI, SUBJECT(SETUP_DATA), PARAMS_SEED, PLAIN, 0, "does not come back" } },
	{ "setup_data that is its own next one",
	  { { PARAMS_SEED, 8, PARAMS_SEED } },
	  { ERROR, ABI, SUBJECT(SETUP_DATA), PARAMS_SEED, PLAIN, 0, "does not come back" } },
	{ "setup_data is not there",
	  { { OF(SETUP_DATA), 8, 0x30000000 } },
	  UNREADABLE(SETUP_DATA, 0x30000000) },
	{ "setup_data is neither there nor in RAM",
	  { { OF(SETUP_DATA), 8, 0xfee00000 } },
	  UNREADABLE(SETUP_DATA, 0xfee00000) },
	{ "a later setup_data is not there",
	  { { PARAMS_EXT, 8, 0x30000000 } },
	  UNREADABLE(SETUP_DATA, 0x30000000) },
	{ "setup_data wraps",
	  { { OF(SETUP_DATA), 8, START_TOP + 0xfe0 }, { START_TOP + 0xfec, 4, 0x100 } },
	  { ERROR, ABI, SUBJECT(SETUP_DATA), START_TOP + 0xfe0, 0x110, 0x1f, "ends below 2^64" } },
	{ "setup_data of type 11",
	  { { PARAMS_SEED + 8, 4, 11 } },
	  { NOTE, ABI, SUBJECT(SETUP_DATA), PARAMS_SEED, 11, 10, "a type of setup_data" } },
	{ "setup_data in page 0",
	  { { PARAMS_EXT, 8, 0xff0 } },
	  { WARNING, ABI, SUBJECT(SETUP_DATA), 0xff0, 0xff0, 0x1000, "an address above page 0" } },
	{ "setup_data above 4 GiB",
	  { { PARAMS_EXT, 8, FOUR_GIB } },
	  { ERROR, ABI, SUBJECT(SETUP_DATA), FOUR_GIB, FOUR_GIB + 16, FOUR_GIB,
	    "an end at 4 GiB or below" } },
	{ "setup_data not in RAM",
	  { { PARAMS_EXT, 8, 0xf8000 } },
	  { WARNING, ABI, SUBJECT(SETUP_DATA), 0xf8000, 0xf8000, 0xf8010, "to lie in RAM" } },
	{ "a part of an entry",
	  { { PARAMS_EXT + 12, 4, 21 } },
	  { ERROR, ABI, SUBJECT(SETUP_DATA), PARAMS_EXT, 21, 20, "whole entries" } },
	{ "entries are not there",
	  { { PARAMS_SEED, 8, 0xffff0 }, { 0xffff8, 8, UINT64_C(20) << 32 | 1 } },
	  UNREADABLE(SETUP_DATA, 0x100000) },

	{ "RSDP's signature",
	  { { PARAMS_RSDP + 7, 1, '_' } },
	  { ERROR, ABI, SUBJECT(RSDP), PARAMS_RSDP, UINT64_C(0x5f52545020445352),
	    UINT64_C(0x2052545020445352), "signature" } },

#define INITRD_OVER(name, gpa, end, words)                                                         \
	{                                                                                          \
		"initrd overlaps " name, { { OF(RAMDISK_IMAGE), 4, gpa } },                        \
		{                                                                                  \
			ERROR, ABI, SUBJECT(MODULE), gpa, gpa, end, "no overlap with " words       \
		}                                                                                  \
	}
	INITRD_OVER("the boot_params", PARAMS + 0x800, PARAMS + 0x1000, "the boot_params"),
	INITRD_OVER("the command line", PARAMS_CMDLINE + 13, PARAMS_CMDLINE + 14, "a command line"),
	INITRD_OVER("a setup_data", PARAMS_EXT + 35, PARAMS_EXT + 36, "a setup_data"),
	INITRD_OVER("the GDT", PARAMS_GDT + 31, PARAMS_GDT + 32, "the GDT"),
	INITRD_OVER("the PML4's end", PARAMS_PD + 0xfff, PARAMS_PD + 0x1000, "the page tables"),
	INITRD_OVER("the kernel's end", PARAMS_KERNEL + PARAMS_INIT_SIZE - 1,
		    PARAMS_KERNEL + PARAMS_INIT_SIZE, "the kernel"),
	{ "the kernel's start overlaps the initrd",
	  { { OF(RAMDISK_IMAGE), 4, PARAMS_KERNEL - 1 } },
	  { ERROR, ABI, SUBJECT(KERNEL), PARAMS_KERNEL, PARAMS_KERNEL,
	    PARAMS_KERNEL - 1 + PARAMS_INITRD_SIZE, "no overlap with a module" } },
	{ "kernel not in RAM",
	  { { PARAMS_ENTRY(3) + 8, 8, 0x2e00000 }, { OF(RAMDISK_SIZE), 4, 0 } },
	  { WARNING, ABI, SUBJECT(KERNEL), PARAMS_KERNEL, 0x2f00000, 0x3000000, "to lie in RAM" } },

#define NOT_MAPPED(row, edit_gpa, value, gpa)                                                      \
	{                                                                                          \
		row, { { edit_gpa, 8, value } },                                                   \
		{                                                                                  \
			ERROR, ABI, SUBJECT(KERNEL), PARAMS_KERNEL, gpa, 0x3000000,                \
				"page tables that map it one to one"                               \
		}                                                                                  \
	}
	NOT_MAPPED("kernel's start is not mapped", PARAMS_PDE(0x1000000), 0x1000082, 0x1000000),
	NOT_MAPPED("kernel's end is not mapped", PARAMS_PDE(0x2e00000), 0, 0x2e00000),
	NOT_MAPPED("kernel is mapped elsewhere", PARAMS_PDE(0x1200000), 0x1400083, 0x1200000),
	NOT_MAPPED("kernel is mapped far away", PARAMS_PDE(0x1200000), UINT64_C(0x8000001200083),
		   0x1200000),
	NOT_MAPPED("first reserved bit of a page", PARAMS_PDE(0x1200000), 0x1202083, 0x1200000),
	NOT_MAPPED("last reserved bit of a page", PARAMS_PDE(0x1200000), 0x1300083, 0x1200000),
	NOT_MAPPED("no table lies where an entry that is not present says", PARAMS_PDE(0x1200000),
		   PARAMS_INITRD, 0x1200000),
	{ "a table is not there",
	  { { PARAMS_PDE(0x1200000), 8, 0x30000003 } },
	  UNREADABLE(PAGE_TABLES, 0x30000000) },

#define GDT_ROW(row, gpa, value, found, bound, words)                                              \
	{                                                                                          \
		row, { { gpa, 8, UINT64_C(value) } },                                              \
		{                                                                                  \
			ERROR, ABI, SUBJECT(GDT), PARAMS_GDT, found, bound, words                  \
		}                                                                                  \
	}
	GDT_ROW("code of 32 bits", PARAMS_GDT + 16, 0x00cf9b000000ffff, 0xc9b, 0xa9b,
		"cs to be 64-bit code"),
	GDT_ROW("code that cannot be read", PARAMS_GDT + 16, 0x00af99000000ffff, 0xa99, 0xa9b,
		"cs to be 64-bit code"),
	GDT_ROW("no data", PARAMS_GDT + 24, 0, 0, 0xc93, "data that can be written"),
};

START_TEST(one_finding)
{
	const struct row *row = &rows[_i];

	for (size_t i = 0; i < 3 && row->edits[i].width; i++)
		start_put(&mem, row->edits[i].gpa, row->edits[i].width, row->edits[i].value);
	check(row->row);
	expect_one(row->row, 0, 1, &row->want);
}
END_TEST

/* States as good hosts make them, and the bounds themselves. */
static const struct {
	const char *row;
	struct {
		uint64_t gpa;
		unsigned int width;
		uint64_t value;
	} edits[3];
} good[] = {
	{ "no initrd", { { OF(RAMDISK_IMAGE), 8, 0 } } },
	{ "no setup_data", { { OF(SETUP_DATA), 8, 0 } } },
	{ "no RSDP: Linux searches", { { OF(ACPI_RSDP), 8, 0 } } },
	{ "header up to the next field", { { OF(JUMP_OFFSET), 1, 0x8e } } },
	{ "protocol 2.10", { { OF(VERSION), 2, 0x020a } } },
	{ "no command line size", { { OF(CMDLINE_SIZE), 4, 0 } } },
	{ "command line of cmdline_size bytes", { { OF(CMDLINE_SIZE), 4, 13 } } },
	{ "initrd up to initrd_addr_max", { { OF(INITRD_ADDR_MAX), 4, 0x40017ff } } },
	{ "initrd up to the kernel", { { OF(RAMDISK_IMAGE), 4, PARAMS_KERNEL - 0x1800 } } },
	{ "two entries in e820_table",
	  { { OF(E820_ENTRIES), 1, 2 }, { PARAMS_EXT + 16, 8, 0x100000 } } },
	{ "setup_data of an indirect type", { { PARAMS_SEED + 8, 4, 0x80000001 } } },
	{ "setup_data of the last type", { { PARAMS_SEED + 8, 4, 10 } } },
	{ "high where it may be",
	  { { OF(XLOADFLAGS), 2, 3 },
	    { OF(EXT_RAMDISK_IMAGE), 4, 1 },
	    { PARAMS_EXT + 20 + 16, 8, 0 } } },
	{ "above initrd_addr_max where it may be",
	  { { OF(XLOADFLAGS), 2, 3 }, { OF(INITRD_ADDR_MAX), 4, 1 } } },
	{ "a page of 1 GiB", { { PARAMS_PDPT, 8, 0x83 } } },
	{ "a page with more bits", { { PARAMS_PDE(0x1200000), 8, UINT64_C(0x80000000012011e7) } } },
	{ "what is not used is not mapped", { { PARAMS_PDE(0x3000000), 8, 0 } } },
	{ "G is not set in the GDT", { { PARAMS_GDT + 16, 8, UINT64_C(0x00209a0000000000) } } },
	{ "D is not set in the GDT", { { PARAMS_GDT + 24, 8, UINT64_C(0x0000920000000000) } } },
};

START_TEST(clean_variants)
{
	for (size_t i = 0; i < 3 && good[_i].edits[i].width; i++)
		start_put(&mem, good[_i].edits[i].gpa, good[_i].edits[i].width,
			  good[_i].edits[i].value);
	check_clean(good[_i].row);
}
END_TEST

/* A register, and the one finding that it provokes. */
static const struct {
	const char *row;
	int is_64bit;
	size_t offset; /* of a member of struct pvhboot_cpu */
	unsigned int width;
	uint64_t value;
	struct want want;
} registers[] = {
#define REGISTER(member) offsetof(struct pvhboot_cpu, member), sizeof(cpu.member)
#define REGISTERS_WANT(found, bound, words)                                                        \
	{                                                                                          \
		ERROR, ABI, SUBJECT(REGISTERS), NO_GPA, found, bound, words                        \
	}
	{ "rsi", 1, REGISTER(rsi), 0x10001, REGISTERS_WANT(0x10001, PARAMS, "rsi to be") },
	{ "rsi, high", 1, REGISTER(rsi), FOUR_GIB + PARAMS,
	  REGISTERS_WANT(FOUR_GIB + PARAMS, PARAMS, "rsi to be") },
	{ "TF", 1, REGISTER(rflags), 0x102, REGISTERS_WANT(0x102, 2, "TF, IF and VM") },
	{ "IF", 1, REGISTER(rflags), 0x202, REGISTERS_WANT(0x202, 2, "TF, IF and VM") },
	{ "VM", 0, REGISTER(rflags), 0x20002, REGISTERS_WANT(0x20002, 2, "TF, IF and VM") },
	{ "no PG", 1, REGISTER(cr0), 0x11, REGISTERS_WANT(0x11, 0x80000011, "PE and PG set") },
	{ "no PE", 1, REGISTER(cr0), 0x80000010,
	  REGISTERS_WANT(0x80000010, 0x80000011, "PE and PG set") },
	{ "no PAE", 1, REGISTER(cr4), 0x10, REGISTERS_WANT(0x10, 0x20, "PAE set in cr4") },
	{ "no LMA", 1, REGISTER(efer), 0x100, REGISTERS_WANT(0x100, 0x500, "LME and LMA") },
	{ "no LME", 1, REGISTER(efer), 0x400, REGISTERS_WANT(0x400, 0x500, "LME and LMA") },
	{ "cs", 1, REGISTER(cs.selector), 8, REGISTERS_WANT(8, 0x10, "__BOOT_CS in cs") },
	{ "ds", 0, REGISTER(data.selector), 0x10, REGISTERS_WANT(0x10, 0x18, "__BOOT_DS in ds") },
	{ "cs of 32 bits", 1, REGISTER(cs.access), 0xc9b,
	  REGISTERS_WANT(0xc9b, 0xa9b, "cs to be 64-bit code") },
	{ "ds read-only", 1, REGISTER(data.access), 0xc91,
	  REGISTERS_WANT(0xc91, 0xc93, "data that can be written") },
	{ "no GDT",
	  1,
	  REGISTER(gdt_limit),
	  0x1e,
	  { ERROR, ABI, SUBJECT(GDT), PARAMS_GDT, 0x1e, 0x1f, "a GDT with __BOOT_CS" } },
	{ "GDT is not there", 1, REGISTER(gdt_base), 0x30000000, UNREADABLE(GDT, 0x30000000) },
	{ "GDT wraps",
	  1,
	  REGISTER(gdt_base),
	  HUGE - 0x1f,
	  { ERROR, ABI, SUBJECT(GDT), HUGE - 0x1f, 0x20, 0x1f, "ends below 2^64" } },
	{ "a GDT of 64 KiB at most",
	  1,
	  REGISTER(gdt_limit),
	  0xffffffff,
	  { ERROR, ABI, SUBJECT(CMDLINE), PARAMS_CMDLINE, PARAMS_CMDLINE, PARAMS_GDT + 0x10000,
	    "no overlap with the GDT" } },
	{ "PML4 is not there", 1, REGISTER(cr3), 0x30000000, UNREADABLE(PAGE_TABLES, 0x30000000) },

	{ "paging", 0, REGISTER(cr0), 0x80000011,
	  REGISTERS_WANT(0x80000011, 0x11, "PE set, PG clear in cr0") },
	{ "no PE in 32-bit mode", 0, REGISTER(cr0), 0x10,
	  REGISTERS_WANT(0x10, 0x11, "PE set, PG clear in cr0") },
	{ "ebx", 0, REGISTER(rbx), 1, REGISTERS_WANT(1, 0, "ebx to be 0") },
	{ "cs.base", 0, REGISTER(cs.base), 1, REGISTERS_WANT(1, 0, "cs to have base") },
	{ "cs.limit", 0, REGISTER(cs.limit), 0xffff,
	  REGISTERS_WANT(0xffff, 0xffffffff, "cs to have limit") },
	{ "cs of 64 bits", 0, REGISTER(cs.access), 0xa9b,
	  REGISTERS_WANT(0xa9b, 0xc9b, "cs to be 32-bit code") },
	{ "ds of 16 bits", 0, REGISTER(data.access), 0x893,
	  REGISTERS_WANT(0x893, 0xc93, "ds and es to be 32-bit data") },
	{ "entry not in RAM",
	  0,
	  REGISTER(rip),
	  0xfffff,
	  { WARNING, ABI, SUBJECT(ENTRY), 0xfffff, 0xfffff, 0x100000, "to lie in RAM" } },
	{ "entry in the initrd",
	  0,
	  REGISTER(rip),
	  PARAMS_INITRD + 1,
	  { ERROR, ABI, SUBJECT(ENTRY), PARAMS_INITRD + 1, PARAMS_INITRD + 1,
	    PARAMS_INITRD + PARAMS_INITRD_SIZE, "no overlap with a module" } },
};

START_TEST(one_register)
{
	if (!registers[_i].is_64bit)
		in_32_bits();
	store_le((uint8_t *)&cpu + registers[_i].offset, registers[_i].width, registers[_i].value);
	check(registers[_i].row);
	if (registers[_i].want.subject == SUBJECT(CMDLINE)) /* and all that lies behind it */
		expect_eq(registers[_i].row, report.n_errors, report.n_findings);
	else
		expect_one(registers[_i].row, 0, 1, &registers[_i].want);
}
END_TEST

/* Bits that the protocols leave open. */
START_TEST(free_registers)
{
	if (_i) {
		cpu.rflags = HUGE & ~UINT64_C(0x20300);
		cpu.rbx = cpu.rsp = HUGE;
		cpu.cr0 |= 0xe005002e;
		cpu.cr3 |= 0xfff;
		cpu.cr4 |= 0x6e0;
		cpu.efer |= 0x801;
		cpu.cs = (struct pvhboot_cpu_segment){ 1, 1, 0x10, 0x39a };
		cpu.data = (struct pvhboot_cpu_segment){ 1, 1, 0x18, 0x92 };
	} else {
		in_32_bits();
		cpu.cr3 = cpu.cr4 = cpu.efer = HUGE;
		cpu.cs.access = 0xd9a;
		cpu.data.access = 0xd92;
	}
	memset(&cpu.tr, 0xff, sizeof(cpu.tr));
	check_clean("free");
}
END_TEST

/* A GDT of 32-bit mode, whose base and limit count. */
START_TEST(gdt_of_32_bits)
{
	static const struct {
		uint64_t descriptor;
		uint64_t found;
		uint64_t bound;
		const char *words;
	} code[] = {
		{ UINT64_C(0x80cf9b000000ffff), 0x80000000, 0, "cs to have base" },
		{ UINT64_C(0x00cf9b000001ffff), 1, 0, "cs to have base" },
		{ UINT64_C(0x00c79b000000ffff), 0x7fffffff, 0xffffffff, "cs to have limit" },
		{ UINT64_C(0x004f9b000000ffff), 0xfffff, 0xffffffff, "cs to have limit" },
		{ UINT64_C(0x00af9b000000ffff), 0xa9b, 0xc9b, "cs to be 32-bit code" },
	};

	in_32_bits();
	start_put(&mem, PARAMS_GDT + 16, 8, code[_i].descriptor);
	check(code[_i].words);
	/* without G the access is another, too */
	expect_one(code[_i].words, 0, _i == 3 ? 2 : 1,
		   &(struct want){ ERROR, ABI, SUBJECT(GDT), PARAMS_GDT, code[_i].found,
				   code[_i].bound, code[_i].words });
}
END_TEST

/* All of its limit counts, not only the segments that are read. */
START_TEST(gdt_at_the_end)
{
	const uint64_t gdt = HUGE - 32;

	memcpy(fakemem_at(&mem, gdt, 32), fakemem_at(&mem, PARAMS_GDT, 32), 32);
	cpu.gdt_base = gdt;
	check("up to the last byte");
	expect_one("up to the last byte", 0, 2, /* nor is it RAM */
		   &(struct want){ ERROR, ABI, SUBJECT(GDT), gdt, gdt, HUGE,
				   "page tables that map it" });
	cpu.gdt_limit++;
	check("one more");
	expect_one("one more", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(GDT), gdt, 33, 32, "ends below 2^64" });
}
END_TEST

/* The entry of a kernel whose size is not known: the entry alone must be mapped. */
START_TEST(unpacked_kernel)
{
	static const struct {
		const char *row;
		uint64_t gpa;
		unsigned int width;
		uint64_t value;
	} ways[] = {
		{ "another entry", 0, 0, 0 },
		{ "an old protocol", OF(VERSION), 2, 0x0209 },
		{ "no init_size", OF(INIT_SIZE), 4, 0 },
		{ "no alignment", OF(KERNEL_ALIGNMENT), 4, 0 },
		{ "a small alignment", OF(KERNEL_ALIGNMENT), 4, 0x100 },
	};

	if (_i == 0)
		cpu.rip = 0x1000b53;
	else
		start_put(&mem, ways[_i].gpa, ways[_i].width, ways[_i].value);
	start_put(&mem, PARAMS_PDE(0x1200000), 8, 0);
	check(ways[_i].row);
	expect_eq(ways[_i].row, report.n_findings, _i == 1);
	start_put(&mem, PARAMS_PDE(0x1000000), 8, 0);
	check(ways[_i].row);
	expect_one(ways[_i].row, _i == 1, 1 + (_i == 1),
		   &(struct want){ ERROR, ABI, SUBJECT(ENTRY), cpu.rip, cpu.rip, cpu.rip + 1,
				   "page tables that map it" });
}
END_TEST

/* The entry of 32-bit mode is that of a bzImage. */
START_TEST(kernel_of_32_bits)
{
	in_32_bits();
	start_put(&mem, OF(RAMDISK_IMAGE), 4, PARAMS_KERNEL + PARAMS_INIT_SIZE - 1);
	check("overlaps");
	expect_one("overlaps", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(MODULE), 0x2ffffff, 0x2ffffff, 0x3000000,
				   "no overlap with the kernel" });
}
END_TEST

START_TEST(above_4_gib)
{
	const struct want high = { ERROR,
				   ABI,
				   SUBJECT(ENTRY),
				   FOUR_GIB,
				   FOUR_GIB + 1,
				   FOUR_GIB,
				   "an end at 4 GiB or below" };
	const struct want not_mapped = { ERROR,    ABI,          SUBJECT(ENTRY), FOUR_GIB,
					 FOUR_GIB, FOUR_GIB + 1, "page tables" };

	cpu.rip = FOUR_GIB;
	check("not allowed");
	expect_one("not allowed", 0, 2, &high);
	expect_one("not allowed", 1, 2, &not_mapped);
	start_put(&mem, OF(XLOADFLAGS), 2, 3);
	check("allowed");
	expect_one("allowed", 0, 1, &not_mapped);
	start_put(&mem, PARAMS_PDPT + 32, 8, FOUR_GIB | 0x83);
	check_clean("mapped");
	cpu.rip = HUGE;
	check("wraps");
	ck_assert_uint_eq(report.n_findings, 1);
	expect_rule("wraps", &findings[0].finding, "ends below 2^64");
}
END_TEST

/* Whatever may be high: what has 32 bits may not. */
START_TEST(high_in_32_bits)
{
	static const struct {
		const char *rule;
		size_t offset;
		uint64_t found;
		size_t n_findings; /* what else is wrong comes behind it, but for esi */
	} highs[] = {
		{ "eip of 32 bits", offsetof(struct pvhboot_cpu, rip), FOUR_GIB, 1 },
		{ "esi of 32 bits", offsetof(struct pvhboot_cpu, rsi), FOUR_GIB, 2 },
		{ "a GDT's address of 32 bits", offsetof(struct pvhboot_cpu, gdt_base),
		  FOUR_GIB + PARAMS_GDT, 2 },
	};
	const struct want want = { ERROR,           ABI,        SUBJECT(REGISTERS), NO_GPA,
				   highs[_i].found, UINT32_MAX, highs[_i].rule };

	in_32_bits();
	start_put(&mem, OF(XLOADFLAGS), 2, 3);
	store_le((uint8_t *)&cpu + highs[_i].offset, 8, highs[_i].found);
	check(highs[_i].rule);
	expect_one(highs[_i].rule, _i == 1, highs[_i].n_findings, &want);
}
END_TEST

/* No address of the upper half is one to one, whatever the tables hold. */
START_TEST(above_the_lower_half)
{
	const uint64_t half = UINT64_C(1) << (_i ? 56 : 47);

	start_put(&mem, OF(XLOADFLAGS), 2, 3);
	start_put(&mem, PARAMS_PML4 + 8 * 256, 8, (PARAMS_FREE + 0x1000) | 3);
	start_put(&mem, PARAMS_FREE + 0x1000, 8, UINT64_C(1) << 47 | 0x83);
	if (_i) {
		start_put(&mem, PARAMS_FREE, 8, PARAMS_PML4 | 3);
		cpu.cr3 = PARAMS_FREE;
		cpu.cr4 |= 0x1000;
		check_clean("five levels");
	}
	cpu.rip = half;
	check("half");
	ck_assert_uint_eq(report.n_findings, 2); /* nor is it RAM */
	expect_one("half", 0, 2,
		   &(struct want){ ERROR, ABI, SUBJECT(ENTRY), half, half, half + 1,
				   "page tables that map it" });
}
END_TEST

/* One finding each, in ascending order: what lies in the page, and the kernel. */
START_TEST(nothing_is_mapped)
{
	static const struct {
		uint64_t gpa;
		uint64_t value;
	} edits[] = {
		{ PARAMS_PML4, 0 },          { PARAMS_PML4, PARAMS_PDPT | 0x83 },
		{ PARAMS_PDPT, 0 },          { PARAMS_PDPT, 0x40000083 },
		{ PARAMS_PDPT, 0x80000002 },
	};
	static const enum pvhboot_subject subjects[] = { SUBJECT(BOOT_PARAMS), SUBJECT(GDT),
							 SUBJECT(CMDLINE), SUBJECT(KERNEL) };

	start_put(&mem, edits[_i].gpa, 8, edits[_i].value);
	check("nothing");
	ck_assert_uint_eq(report.n_findings, 4);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_uint_eq(findings[i].finding.subject, subjects[i]);
		ck_assert_uint_eq(findings[i].finding.found, findings[i].finding.offset);
	}
}
END_TEST

START_TEST(pages_of_4_kib)
{
	params_split(&mem, 0, PARAMS_FREE);
	check_clean("low");
	params_split(&mem, 0x2e00000, PARAMS_FREE + 0x1000);
	check_clean("kernel");
	start_put(&mem, PARAMS_FREE + 8 * 0x16, 8, 0x17003);
	check("command line");
	expect_one("command line", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(CMDLINE), PARAMS_CMDLINE, PARAMS_CMDLINE,
				   PARAMS_CMDLINE + 14, "page tables that map it" });
	start_put(&mem, PARAMS_FREE + 8 * 0x16, 8, 0x16083); /* PAT, which is where LARGE is */
	check_clean("PAT");
	start_put(&mem, PARAMS_FREE + 0x1000 + 8 * 511, 8, 0);
	check("last page");
	expect_one("last page", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(KERNEL), PARAMS_KERNEL, 0x2fff000, 0x3000000,
				   "page tables that map it" });
}
END_TEST

/* Of each thing its last byte counts. */
START_TEST(across_a_page)
{
	params_split(&mem, 0, PARAMS_FREE);
	start_put(&mem, OF(CMD_LINE_PTR), 4, 0x17ffb);
	memcpy(fakemem_at(&mem, 0x17ffb, 6), "quiet", 6);
	start_put(&mem, OF(SETUP_DATA), 8, 0);
	check_clean("mapped");
	start_put(&mem, PARAMS_FREE + 8 * 0x18, 8, 0);
	check("its NUL is not mapped");
	expect_one("its NUL is not mapped", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(CMDLINE), 0x17ffb, 0x18000, 0x18001,
				   "page tables that map it" });
}
END_TEST

#define MANY_TABLES UINT64_C(0x30000000)

START_TEST(many_tables)
{
	const uint32_t n = PVHBOOT_START_CHECK_TABLES - 3; /* PML4, PDPT, PD */

	fakemem_add(&mem, MANY_TABLES, n * 0x1000);
	start_put(&mem, OF(RAMDISK_SIZE), 4, 0);
	for (uint32_t i = 0; i < n; i++)
		params_split(&mem, PARAMS_KERNEL + 0x200000 * (uint64_t)i,
			     MANY_TABLES + 0x1000 * (uint64_t)i);
	/* of one more nothing is read: it is not there */
	start_put(&mem, PARAMS_PDE(PARAMS_KERNEL) + 8 * n, 8, (MANY_TABLES + 0x1000 * n) | 3);
	start_put(&mem, OF(INIT_SIZE), 4, 0x200000 * n);
	check_clean("as many as are checked");
	start_put(&mem, OF(INIT_SIZE), 4, 0x200000 * n + 1);
	check("one more");
	expect_one("one more", 0, 1,
		   &(struct want){ NOTE, ABI, SUBJECT(PAGE_TABLES), MANY_TABLES + 0x1000 * n, PLAIN,
				   0, "no more page tables than are checked here" });
}
END_TEST

START_TEST(table_overlaps_itself)
{
	start_put(&mem, PARAMS_PML4, 8, PARAMS_PML4 | 3);
	check("recursive");
	ck_assert_uint_gt(report.n_errors, 0);
	ck_assert_uint_lt(report.n_findings, 16);
}
END_TEST

START_TEST(boot_params_elsewhere)
{
	static const struct {
		uint64_t gpa;
		struct want want;
	} places[] = {
		{ 0x800,
		  { WARNING, ABI, SUBJECT(BOOT_PARAMS), 0x800, 0x800, 0x1000,
		    "an address above page 0" } },
		{ 0xf8000,
		  { WARNING, ABI, SUBJECT(BOOT_PARAMS), 0xf8000, 0xf8000, 0xf9000,
		    "to lie in RAM of the map" } },
		{ START_4GIB + 0x800,
		  { ERROR, ABI, SUBJECT(BOOT_PARAMS), START_4GIB + 0x800, START_4GIB + 0x1800,
		    FOUR_GIB, "an end at 4 GiB or below" } },
	};
	const uint64_t gpa = places[_i].gpa;

	memcpy(fakemem_at(&mem, gpa, 0x1000), fakemem_at(&mem, PARAMS, 0x1000), 0x1000);
	start_put(&mem, PARAMS_PDPT + 32, 8, FOUR_GIB | 0x83);
	cpu.rsi = gpa;
	check_at("elsewhere", gpa);
	expect_one("elsewhere", 0, 1, &places[_i].want);
}
END_TEST

START_TEST(boot_params_are_not_there)
{
	static const uint64_t gpas[] = { 0x20000000, 0xff001, HUGE - 0x1000, HUGE - 0xfff,
					 HUGE - 0xffe };

	cpu.rsi = gpas[_i];
	check_at("not there", gpas[_i]);
	expect_one("not there", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(BOOT_PARAMS), gpas[_i],
				   _i < 3 ? HUGE : 0x1000, _i < 3 ? 0 : HUGE - gpas[_i],
				   _i < 3 ? "can be read" : "ends below 2^64" });
}
END_TEST

START_TEST(long_command_line)
{
	start_put(&mem, OF(CMDLINE_SIZE), 4, 0);
	memset(fakemem_at(&mem, PARAMS_FREE, 0x5000), 'x', 0x5000);
	start_put(&mem, OF(CMD_LINE_PTR), 4, PARAMS_FREE);
	check("no NUL");
	expect_one("no NUL", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(CMDLINE), PARAMS_FREE, PLAIN, 0,
				   "a NUL within the first 16384 bytes" });
	start_put(&mem, PARAMS_FREE + 2048, 1, 0);
	check("without cmdline_size");
	expect_one("without cmdline_size", 0, 1,
		   &(struct want){ WARNING, LINUX, SUBJECT(CMDLINE), PARAMS_FREE, 2048, 2047,
				   "at most 2047 bytes" });
	start_put(&mem, OF(CMDLINE_SIZE), 4, 2048);
	check_clean("with it");
}
END_TEST

static void put_entries(uint64_t gpa, uint32_t from, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		params_put_entry(&mem, gpa + 20 * (uint64_t)i, (uint64_t)(from + i) << 20, 1 << 20,
				 1);
}

START_TEST(many_entries)
{
	const uint64_t at = OF(E820_TABLE);

	start_put(&mem, OF(SETUP_DATA), 8, 0);
	start_put(&mem, OF(E820_ENTRIES), 1, 128);
	put_entries(at, 0, 128);
	check_clean("128");
	start_put(&mem, OF(E820_ENTRIES), 1, 129);
	check("129");
	expect_one("129", 0, 1,
		   &(struct want){ ERROR, ABI, SUBJECT(MAP), at, 129, 128, "at most 128" });
	start_put(&mem, OF(E820_ENTRIES), 1, 128);
	start_put(&mem, OF(SETUP_DATA), 8, PARAMS_FREE);
	params_put_setup_data(&mem, PARAMS_FREE, 0, PVHBOOT_SETUP_DATA_E820_EXT, 20 * (512 - 128));
	put_entries(PARAMS_FREE + 16, 128, 512 - 128);
	check_clean("512");
	/* the last one is not looked at, so what is RAM is not known */
	start_put(&mem, PARAMS_FREE + 12, 4, 20 * (512 - 127));
	start_put(&mem, at + 16, 4, 2);
	check("513");
	expect_one("513", 0, 1,
		   &(struct want){ NOTE, ABI, SUBJECT(MAP), PARAMS_FREE + 16 + 20 * 384, 513, 512,
				   "no more map entries" });
	ck_assert_uint_eq(findings[0].finding.index, 512);
}
END_TEST

START_TEST(long_chain)
{
	const uint32_t n = PVHBOOT_START_CHECK_SETUP_DATA;

	start_put(&mem, OF(SETUP_DATA), 8, PARAMS_FREE);
	for (uint32_t i = 0; i < n; i++)
		params_put_setup_data(&mem, PARAMS_FREE + 16 * i,
				      i == n - 1 ? 0 : PARAMS_FREE + 16 * (i + 1), 9, 0);
	check_clean("as many as are checked");
	start_put(&mem, PARAMS_FREE + 16 * (n - 1), 8, PARAMS_FREE + 16 * n);
	start_put(&mem, PARAMS_FREE + 16 * n + 8, 4, 11); /* not looked at */
	check("one more");
	expect_one("one more", 0, 1,
		   &(struct want){ NOTE, ABI, SUBJECT(SETUP_DATA), PARAMS_FREE + 16 * n, PLAIN, 0,
				   "no more of the chain" });
	ck_assert_uint_eq(findings[0].finding.index, n);
}
END_TEST

/* The chain has not been there: it overlaps, and is followed. */
START_TEST(setup_data_at_the_command_line)
{
	start_put(&mem, OF(CMD_LINE_PTR), 4, PARAMS_SEED);
	start_put(&mem, PARAMS_EXT + 8, 4, 11);
	check("at it");
	ck_assert_uint_eq(report.n_findings, 2);
	expect_rule("at it", &findings[0].finding, "a type of setup_data");
	expect_rule("at it", &findings[1].finding, "no overlap with");
}
END_TEST

START_TEST(setup_data_of_an_old_protocol)
{
	start_put(&mem, OF(VERSION), 2, 0x0208);
	check("2.08");
	expect_one("2.08", 1, 2,
		   &(struct want){ WARNING, ABI, SUBJECT(SETUP_DATA), PARAMS_SEED, 0x0208, 0x0209,
				   "protocol 2.09 or later" });
	start_put(&mem, OF(SETUP_DATA), 8, 0);
	check("2.08 without setup_data");
	ck_assert_uint_eq(report.n_findings, 1);
}
END_TEST

/* Without registers the kernel and the tables are not known. */
START_TEST(without_registers)
{
	const struct pvhboot_buffer workspace = guard_buffer(&guard, PVHBOOT_START_CHECK_NEED);

	start_put(&mem, PARAMS_PML4, 8, 0);
	start_put(&mem, OF(RAMDISK_IMAGE), 4, PARAMS_KERNEL);
	expect_status("without",
		      pvhboot_boot_params_check(&memory, PARAMS, NULL, workspace, &report, NULL),
		      PVHBOOT_OK);
	ck_assert_uint_eq(report.n_findings, 0);
	cpu.cr4 = 0;
	start_put(&mem, OF(MAGIC), 4, 0);
	check("magic and cr4");
	ck_assert_uint_eq(report.n_findings, 2);
}
END_TEST

/* The arguments are those of pvhboot_start_check(), whose test has them all. */
START_TEST(without_arguments)
{
	struct pvhboot_buffer workspace = guard_buffer(&guard, PVHBOOT_START_CHECK_NEED);
	struct pvhboot_diag diag = { 0 };

	expect_status("memory",
		      pvhboot_boot_params_check(NULL, PARAMS, &cpu, workspace, &report, &diag),
		      PVHBOOT_INVAL);
	workspace.size--;
	expect_status("workspace",
		      pvhboot_boot_params_check(&memory, PARAMS, &cpu, workspace, &report, &diag),
		      PVHBOOT_NOSPACE);
	ck_assert_uint_eq(mem.n_calls, 0);
}
END_TEST

/* As a person gets them: a change, and the line. */
static const struct {
	uint64_t gpa;
	unsigned int width;
	uint64_t value;
	const char *line;
} lines[] = {
	{ OF(SENTINEL), 1, 1,
	  "start: boot_params at gpa 0x10000: expected a sentinel of 0: Linux clears fields "
	  "where it is another (found 0x1, bound 0x0)" },
	{ PARAMS_EXT + 12, 4, 21,
	  "start: setup_data 1 at gpa 0x19000: expected whole entries in SETUP_E820_EXT "
	  "(found 21 bytes, bound 20 bytes)" },
	{ PARAMS_PDE(0x1200000), 8, 0,
	  "start: kernel at gpa 0x1000000: expected page tables that map it one to one up to "
	  "its end (found 0x1200000, bound 0x3000000)" },
	{ PARAMS_PDE(0x1200000), 8, 0x30000003,
	  "start: page tables at gpa 0x30000000: expected guest memory that can be read "
	  "(found -1, bound 0)" },
	{ PARAMS_GDT + 24, 8, 0,
	  "start: GDT at gpa 0x12000: expected ds and es to be data that can be written "
	  "(found 0x0, bound 0xc93)" },
	{ OF(RAMDISK_IMAGE), 4, PARAMS_KERNEL,
	  "start: kernel at gpa 0x1000000: expected no overlap with a module "
	  "(found 0x1000000, bound 0x1001800)" },
	{ OF(XLOADFLAGS) - 0x236 + 0xc0, 4, 1,
	  "start: module at gpa 0x104000000: expected an end at 4 GiB or below where xloadflags "
	  "have not bit 1 (found 0x104001800, bound 0x100000000)" },
};

START_TEST(printed)
{
	char line[512];

	start_put(&mem, OF(INITRD_ADDR_MAX), 4, 0);
	start_put(&mem, lines[_i].gpa, lines[_i].width, lines[_i].value);
	check(lines[_i].line);
	ck_assert_uint_eq(report.n_findings, 1);
	pvhboot_finding_format(&findings[0].finding, line, sizeof(line));
	ck_assert_str_eq(line, lines[_i].line);
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
		mem.n_calls = 0;
		mem.fail_at = n;
		mem.fail_value = 5;
		check("fails");
		ck_assert_uint_eq(report.n_errors, 1);
		ck_assert_uint_eq(findings[0].finding.found, 5);
	}
}
END_TEST

/* Whatever the fields and tables hold, the calls are bounded and none wraps. */
START_TEST(hostile)
{
	static const uint64_t values[] = { 0,
					   1,
					   0xfff,
					   PARAMS,
					   PARAMS_PML4 | 3,
					   PARAMS_PDPT | 3,
					   PARAMS_PD | 3,
					   PARAMS_SEED,
					   0x83,
					   0xffffffff,
					   FOUR_GIB,
					   HUGE - 0x1000,
					   HUGE - 31,
					   HUGE };
	static const uint64_t areas[] = { PARAMS,      PARAMS + 0x1e0, PARAMS + 0x200, PARAMS_PML4,
					  PARAMS_PDPT, PARAMS_PD,      PARAMS_SEED,    PARAMS_EXT };
	const size_t n = sizeof(values) / sizeof(values[0]);
	const uint64_t n_rounds = suite_rounds(2000);
	uint32_t seed = 1;

	for (uint64_t round = 0; round < n_rounds; round++) {
		for (size_t i = 0; i < 8; i++) {
			uint64_t gpa;

			seed = seed * 1664525 + 1013904223;
			gpa = areas[seed >> 8 & 7] + (seed >> 12) % 64 * 4;
			start_put(&mem, gpa, seed & 0x10000 ? 8 : 4, values[(seed >> 20) % n]);
			/* most of them are still a boot_params */
			memcpy(fakemem_at(&mem, OF(MAGIC), 4), "HdrS", 4);
		}
		mem.n_calls = 0;
		check("hostile");
		ck_assert_uint_lt(mem.n_calls, 100000);
		for (size_t i = 0; i < mem.n_calls; i++)
			ck_assert(mem.calls[i].size != 0 &&
				  mem.calls[i].size <= HUGE - mem.calls[i].gpa);
	}
}
END_TEST

#define LENGTH(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("boot_params");
	TCase *all = suite_case(suite, "boot_params");

	tcase_add_checked_fixture(all, build, destroy);
	tcase_add_loop_test(all, clean, 0, 6);
	tcase_add_test(all, gives_back);
	tcase_add_loop_test(all, one_finding, 0, LENGTH(rows));
	tcase_add_loop_test(all, clean_variants, 0, LENGTH(good));
	tcase_add_loop_test(all, one_register, 0, LENGTH(registers));
	tcase_add_loop_test(all, free_registers, 0, 2);
	tcase_add_loop_test(all, gdt_of_32_bits, 0, 5);
	tcase_add_test(all, gdt_at_the_end);
	tcase_add_loop_test(all, unpacked_kernel, 0, 5);
	tcase_add_test(all, kernel_of_32_bits);
	tcase_add_test(all, above_4_gib);
	tcase_add_loop_test(all, high_in_32_bits, 0, 3);
	tcase_add_loop_test(all, above_the_lower_half, 0, 2);
	tcase_add_loop_test(all, nothing_is_mapped, 0, 5);
	tcase_add_test(all, pages_of_4_kib);
	tcase_add_test(all, across_a_page);
	tcase_add_test(all, many_tables);
	tcase_add_test(all, table_overlaps_itself);
	tcase_add_loop_test(all, boot_params_elsewhere, 0, 3);
	tcase_add_loop_test(all, boot_params_are_not_there, 0, 5);
	tcase_add_test(all, long_command_line);
	tcase_add_test(all, many_entries);
	tcase_add_test(all, long_chain);
	tcase_add_test(all, setup_data_at_the_command_line);
	tcase_add_test(all, setup_data_of_an_old_protocol);
	tcase_add_test(all, without_registers);
	tcase_add_test(all, without_arguments);
	tcase_add_loop_test(all, printed, 0, LENGTH(lines));
	tcase_add_test(all, callbacks_fail);
	tcase_add_test(all, hostile);
	return suite_run(suite);
}
