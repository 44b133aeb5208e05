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

/*
 * A walk through ascending addresses. Each level keeps the entry that it was at, so that none is
 * read twice. Level 1 has the pages of 4 KiB.
 */
struct walk {
	struct pvhb_start_checking *c;
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

static void enter_table(struct walk *walk, unsigned level, uint64_t entry)
{
	const struct pvhb_at at = pvhb_start_at(PVHBOOT_SUBJECT_PAGE_TABLES, entry & ADDRESS);

	walk->tables[level] = at.offset;
	if (walk->n_tables == PVHBOOT_START_CHECK_TABLES) {
		pvhb_start_found_plain(walk->c, PVHBOOT_SEVERITY_NOTE, at,
				       "no more page tables than are checked here");
		walk->stopped = true;
		return;
	}
	walk->n_tables++;
	pvhb_start_keep(walk->c, at, at.offset, PVHB_PAGE_SIZE);
}

static bool is_leaf(uint64_t entry, unsigned level)
{
	return level == 1 || (entry & LARGE) != 0;
}

static void read_entry(struct walk *walk, unsigned level, uint64_t number)
{
	const struct pvhb_at at = pvhb_start_at(PVHBOOT_SUBJECT_PAGE_TABLES,
						walk->tables[level] + 8 * (number & 511));
	uint8_t copy[8];
	uint64_t entry;
	int result;

	if (!pvhb_memory_read(walk->c->start.memory, at.offset, copy, sizeof(copy), &result)) {
		pvhb_start_found_unreadable(walk->c, at, sizeof(copy), result);
		walk->stopped = true;
		return;
	}
	entry = pvhb_load64((struct pvhboot_bytes){ copy, sizeof(copy) }, 0);
	walk->entries[level] = entry;
	walk->numbers[level] = number;
	if ((entry & PRESENT) != 0 && !is_leaf(entry, level))
		enter_table(walk, level - 1, entry);
}

/* False: the address is not mapped one to one, or the walk has stopped. Else *end is behind the
 * page that maps it. */
static bool find_page(struct walk *walk, uint64_t address, uint64_t *end)
{
	unsigned level = walk->levels;
	uint64_t size, page;

	if (address >> (shift_of(level) + 8) != 0) /* the upper half is not one to one */
		return false;
	for (;; level--) {
		const uint64_t number = address >> shift_of(level);

		if (walk->numbers[level] != number)
			read_entry(walk, level, number);
		if (walk->stopped || (walk->entries[level] & PRESENT) == 0)
			return false;
		if (is_leaf(walk->entries[level], level))
			break;
	}
	size = (uint64_t)1 << (shift_of(level) & 63); /* level 1 is a leaf: none is below it */
	page = address & ~(size - 1);
	/* reserved: the bit above level 3, and those between PAT and the address of a large page */
	if (level > 3 || (walk->entries[level] & ADDRESS & ~(level > 1 ? LARGE_PAT : 0)) != page)
		return false;
	*end = page + size;
	return true;
}

static void check_extent(struct walk *walk, const struct pvhb_extent *extent)
{
	uint64_t address = pvhb_max(extent->range.start, walk->done);

	while (address < extent->range.end && find_page(walk, address, &address))
		continue;
	if (address < extent->range.end && !walk->stopped)
		pvhb_start_found(walk->c, PVHBOOT_SEVERITY_ERROR, extent->at, address,
				 extent->range.end,
				 "page tables that map it one to one up to its end");
	walk->done = pvhb_max(walk->done, extent->range.end);
}

/* Linux maps the initrd, setup_data and ACPI tables itself. */
static bool must_be_mapped(uint8_t subject)
{
	return subject == PVHBOOT_SUBJECT_BOOT_PARAMS || subject == PVHBOOT_SUBJECT_CMDLINE ||
	       subject == PVHBOOT_SUBJECT_KERNEL || subject == PVHBOOT_SUBJECT_ENTRY ||
	       subject == PVHBOOT_SUBJECT_GDT;
}

void pvhb_start_check_paging(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu)
{
	const size_t n = c->n_extents; /* the tables come behind them */
	struct walk walk = { .c = c, .levels = (cpu->cr4 & CR4_LA57) != 0 ? 5 : 4 };
	size_t i;

	if (!cpu->is_64bit)
		return;
	for (i = 0; i <= MAX_LEVELS; i++)
		walk.numbers[i] = UINT64_MAX; /* of no address */
	pvhb_start_sort(c->work->extents, n);
	enter_table(&walk, walk.levels, cpu->cr3);
	for (i = 0; i < n && !walk.stopped; i++) {
		if (must_be_mapped(c->work->extents[i].at.subject))
			check_extent(&walk, &c->work->extents[i]);
	}
}
