/* SPDX-License-Identifier: MIT */
/*
 * The page tables of a 64-bit entry: they must map one to one what the kernel reads before it has
 * its own.
 * Sources: Linux Documentation/arch/x86/boot.rst, "64-bit Boot Protocol"; Intel SDM, volume 3A,
 * 4.5.
 */

#include "checking.h"

#include "../../base/span.h"

#define CR4_LA57 ((uint64_t)1 << 12)
#define PRESENT 1u
#define LARGE 0x80u /* in the levels 2 and 3, of 2 MiB and 1 GiB */
#define LARGE_PAT UINT64_C(0x1000)
#define ADDRESS UINT64_C(0x000ffffffffff000)
#define MAX_LEVELS 5u
#define NONE UINT64_MAX /* of walk.numbers: that of no address */

/*
 * A walk through ascending addresses. Each level keeps the entry that it was at, so that none is
 * read twice. Level 1 has the pages of 4 KiB.
 */
struct walk {
	uint64_t tables[MAX_LEVELS + 1];  /* gpa of the table, by level */
	uint64_t entries[MAX_LEVELS + 1]; /* of it */
	uint64_t numbers[MAX_LEVELS + 1]; /* address >> shift that the entry is for */
	uint64_t done;                    /* what lies below was looked at */
	unsigned levels;
	uint32_t n_tables;
	bool stopped; /* nothing more is looked at, and there is a finding that says why */
};

static unsigned shift_of(unsigned level)
{
	return 12 + 9 * (level - 1);
}

static void enter_table(struct pvhb_start_checking *c, struct walk *walk, unsigned level,
			uint64_t entry)
{
	const struct pvhb_at at = pvhb_start_at(PVHBOOT_SUBJECT_PAGE_TABLES, entry & ADDRESS);

	walk->tables[level] = at.offset;
	if (walk->n_tables == PVHBOOT_START_CHECK_TABLES) {
		pvhb_start_found_plain(c, PVHBOOT_SEVERITY_NOTE, at,
				       "no more page tables than are checked here");
		walk->stopped = true;
		return;
	}
	walk->n_tables++;
	pvhb_start_keep(c, at, at.offset, PVHB_PAGE_SIZE);
}

static bool is_leaf(uint64_t entry, unsigned level)
{
	return level == 1 || (entry & LARGE) != 0;
}

static void read_entry(struct pvhb_start_checking *c, struct walk *walk, unsigned level,
		       uint64_t number)
{
	const struct pvhb_at at = pvhb_start_at(PVHBOOT_SUBJECT_PAGE_TABLES,
						walk->tables[level] + 8 * (number & 511));
	uint8_t copy[8];
	uint64_t entry;
	int result;

	if (!pvhb_memory_read(c->start.memory, at.offset, copy, sizeof(copy), &result)) {
		pvhb_start_found_unreadable(c, at, sizeof(copy), result);
		walk->stopped = true;
		return;
	}
	entry = pvhb_load64((struct pvhboot_bytes){ copy, sizeof(copy) }, 0);
	walk->entries[level] = entry;
	walk->numbers[level] = number;
	if ((entry & PRESENT) != 0 && !is_leaf(entry, level))
		enter_table(c, walk, level - 1, entry);
}

/* The level of the entry that maps the address. MAX_LEVELS, which has no pages: there is none, or
 * the walk has stopped. */
static unsigned find_leaf(struct pvhb_start_checking *c, struct walk *walk, uint64_t address)
{
	unsigned level = walk->levels;

	//@ WALKS(loop invariant); loop invariant IS_LEVEL(level); loop assigns level, WALK;
	for (;; level--) {
		const uint64_t number = address >> shift_of(level);

		if (walk->numbers[level] != number)
			read_entry(c, walk, level, number);
		if (walk->stopped || (walk->entries[level] & PRESENT) == 0)
			return MAX_LEVELS;
		if (is_leaf(walk->entries[level], level))
			return level;
	}
}

/* False: the address is not mapped one to one, or the walk has stopped. Else *end is behind the
 * page that maps it. */
static bool find_page(struct pvhb_start_checking *c, struct walk *walk, uint64_t address,
		      uint64_t *end)
{
	uint64_t size, page;
	unsigned level;

	if (address >> (shift_of(walk->levels) + 8) != 0) /* the upper half is not one to one */
		return false;
	level = find_leaf(c, walk, address);
	if (level > 3) /* the bit is reserved there */
		return false;
	size = (uint64_t)1 << shift_of(level);
	page = address & ~(size - 1);
	/* reserved: the bits between PAT and the address of a large page */
	if ((walk->entries[level] & ADDRESS & ~(level > 1 ? LARGE_PAT : 0)) != page)
		return false;
	*end = page + size;
	return true;
}

/* The first address that is not mapped one to one; the end: there is none. */
static uint64_t find_gap(struct pvhb_start_checking *c, struct walk *walk,
			 struct pvhboot_range range)
{
	uint64_t address = pvhb_max(range.start, walk->done);

	//@ WALKS(loop invariant); loop assigns address, WALK;
	while (address < range.end && find_page(c, walk, address, &address))
		continue;
	return pvhb_min(address, range.end);
}

static void check_extent(struct pvhb_start_checking *c, struct walk *walk,
			 struct pvhb_extent extent)
{
	const uint64_t gap = find_gap(c, walk, extent.range);

	walk->done = pvhb_max(walk->done, extent.range.end);
	if (gap < extent.range.end && !walk->stopped)
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, extent.at, gap, extent.range.end,
				 "page tables that map it one to one up to its end");
}

/* Linux maps the initrd, setup_data and ACPI tables itself. */
static bool must_be_mapped(uint8_t subject)
{
	return subject == PVHBOOT_SUBJECT_BOOT_PARAMS || subject == PVHBOOT_SUBJECT_CMDLINE ||
	       subject == PVHBOOT_SUBJECT_KERNEL || subject == PVHBOOT_SUBJECT_ENTRY ||
	       subject == PVHBOOT_SUBJECT_GDT;
}

/* The first n, which are sorted. */
static void check_extents(struct pvhb_start_checking *c, struct walk *walk, uint64_t cr3, size_t n)
{
	size_t i;

	enter_table(c, walk, walk->levels, cr3);
	//@ WALKS(loop invariant); loop assigns i, WALK;
	for (i = 0; i < n && !walk->stopped; i++) {
		if (must_be_mapped(c->work->extents[i].at.subject))
			check_extent(c, walk, c->work->extents[i]);
	}
}

void pvhb_start_check_paging(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu)
{
	const size_t n = c->n_extents; /* the tables come behind them */
	struct walk walk = {
		.numbers = { NONE, NONE, NONE, NONE, NONE, NONE },
		.levels = (cpu->cr4 & CR4_LA57) != 0 ? 5 : 4,
	};

	if (!cpu->is_64bit)
		return;
	pvhb_start_sort(c->work->extents, n);
	check_extents(c, &walk, cpu->cr3, n);
}
