/* SPDX-License-Identifier: MIT */
/* Where everything lies. */

#include "checking.h"

#include "../../base/sort.h"
#include "../../base/span.h"

void pvhb_start_keep(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t gpa, uint64_t size)
{
	c->work->extents[c->n_extents++] = (struct pvhb_extent){ { gpa, gpa + size }, at };
}

/* Linux reads modules later, by page tables that have them, and their command lines never. */
static bool linux_reads_early(struct pvhb_at at)
{
	return (at.has & PVHBOOT_HAS_INDEX) == 0;
}

static void check_height(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t end)
{
	if (c->params.size != 0) {
		if (end > PVHB_4GIB && !c->may_be_high)
			pvhb_start_found(
				c, PVHBOOT_SEVERITY_ERROR, at, end, PVHB_4GIB,
				"an end at 4 GiB or below where xloadflags have not bit 1");
	} else if (end > PVHB_4GIB) {
		pvhb_start_found_guest(c, PVHB_GUEST_32_BITS, at, end);
	} else if (linux_reads_early(at)) {
		pvhb_start_at_most(c, PVHB_GUEST_LOW, at, end);
	}
}

bool pvhb_start_place(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t gpa, uint64_t size)
{
	if (size > UINT64_MAX - gpa) {
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, pvhb_in_bytes(at), size,
				 UINT64_MAX - gpa, "a size that ends below 2^64");
		return false;
	}
	if (gpa < PVHB_PAGE_SIZE)
		pvhb_start_found(c, PVHBOOT_SEVERITY_WARNING, at, gpa, PVHB_PAGE_SIZE,
				 "an address above page 0");
	check_height(c, at, gpa + size);
	pvhb_start_keep(c, at, gpa, size);
	return true;
}

bool pvhb_start_place_list(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t n,
			   uint64_t element_size)
{
	if (at.offset == 0) {
		pvhb_start_found_plain(c, PVHBOOT_SEVERITY_ERROR, at,
				       "an address above 0 for a list that has elements");
		return false;
	}
	return pvhb_start_place(c, at, at.offset, n * element_size);
}

static bool is_text(struct pvhb_extent extent)
{
	return extent.at.subject == PVHBOOT_SUBJECT_CMDLINE;
}

static bool lies_before(const void *a, const void *b)
{
	const struct pvhb_extent *x = a, *y = b;

	return x->range.start < y->range.start;
}

void pvhb_start_sort(struct pvhb_extent *extents, size_t n)
{
	pvhb_sort(extents, n, sizeof(extents[0]), lies_before);
}

static void check_ram(struct pvhb_start_checking *c, struct pvhb_extent extent)
{
	uint64_t gap;

	/* ACPI tables may lie anywhere, also in ROM */
	if (!c->ram_is_known || extent.at.subject == PVHBOOT_SUBJECT_RSDP)
		return;
	gap = pvhb_ranges_first_gap(&c->ram, extent.range);
	if (gap != extent.range.end)
		pvhb_start_found(c, PVHBOOT_SEVERITY_WARNING, extent.at, gap, extent.range.end,
				 "to lie in RAM of the map up to its end");
}

/* What is overlapped, in words. */
static const char *overlap_rule(uint8_t subject)
{
	switch (subject) {
	case PVHBOOT_SUBJECT_INFO:
		return "no overlap with the start_info";
	case PVHBOOT_SUBJECT_MAP:
		return "no overlap with the memory map";
	case PVHBOOT_SUBJECT_LIST:
		return "no overlap with the module list";
	case PVHBOOT_SUBJECT_MODULE:
		return "no overlap with a module";
	case PVHBOOT_SUBJECT_CMDLINE:
		return "no overlap with a command line";
	case PVHBOOT_SUBJECT_RSDP:
		return "no overlap with the RSDP";
	case PVHBOOT_SUBJECT_BOOT_PARAMS:
		return "no overlap with the boot_params";
	case PVHBOOT_SUBJECT_SETUP_DATA:
		return "no overlap with a setup_data";
	case PVHBOOT_SUBJECT_PAGE_TABLES:
		return "no overlap with the page tables";
	case PVHBOOT_SUBJECT_GDT:
		return "no overlap with the GDT";
	case PVHBOOT_SUBJECT_KERNEL:
		return "no overlap with the kernel, which unpacks itself";
	default:
		return "no overlap with the kernel's entry";
	}
}

/* The one that ends higher. */
static struct pvhb_extent higher(struct pvhb_extent a, struct pvhb_extent b)
{
	return b.range.end > a.range.end ? b : a;
}

static void check_overlap(struct pvhb_start_checking *c, struct pvhb_extent extent,
			  struct pvhb_extent before)
{
	if (extent.range.start < before.range.end)
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, extent.at, extent.range.start,
				 before.range.end, overlap_rule(before.at.subject));
}

/* The highest so far. Nothing overlaps what ends at 0: there is none. */
struct highest {
	struct pvhb_extent text, other;
};

/* What the next one may overlap. Command lines may share bytes: an empty one may be the NUL of
 * another. */
static struct pvhb_extent highest_before(struct highest highest, struct pvhb_extent extent)
{
	return is_text(extent) ? highest.other : higher(highest.other, highest.text);
}

static struct highest highest_with(struct highest highest, struct pvhb_extent extent)
{
	if (is_text(extent))
		highest.text = higher(highest.text, extent);
	else
		highest.other = higher(highest.other, extent);
	return highest;
}

static void check_extent(struct pvhb_start_checking *c, struct pvhb_extent extent,
			 struct pvhb_extent before)
{
	check_ram(c, extent);
	check_overlap(c, extent, before);
}

static void check_extents(struct pvhb_start_checking *c)
{
	const struct pvhb_extent none = { .range = { 0, 0 } };
	struct highest highest = { none, none };
	size_t i;

	//@ FOUND(loop invariant); loop assigns i, highest, LOOP_FINDINGS(c);
	for (i = 0; i < c->n_extents; i++) {
		const struct pvhb_extent extent = c->work->extents[i];

		check_extent(c, extent, highest_before(highest, extent));
		highest = highest_with(highest, extent);
	}
}

/* FreeBSD looks at the ends of start_info, map and modules below 4 GiB, and of its kernel: this
 * is the highest of them. The kernel's end is not known here: where the entry lies behind all
 * others, the kernel is the highest, and nothing can be said. Then it is 0. */
static uint64_t highest_end(const struct pvhb_start_checking *c)
{
	uint64_t end = 0, entry = 0;
	size_t i;

	//@ loop assigns i, end, entry;
	for (i = 0; i < c->n_extents && c->work->extents[i].range.start < PVHB_4GIB; i++) {
		const struct pvhb_extent extent = c->work->extents[i];

		switch (extent.at.subject) {
		case PVHBOOT_SUBJECT_INFO:
		case PVHBOOT_SUBJECT_MAP:
		case PVHBOOT_SUBJECT_MODULE:
			end = pvhb_max(end, extent.range.end);
			break;
		case PVHBOOT_SUBJECT_ENTRY:
			entry = extent.range.start;
			break;
		}
	}
	return entry < end ? end : 0;
}

/* The first address that is not RAM, or that something lies at; else the end. */
static uint64_t first_taken(const struct pvhb_start_checking *c, struct pvhboot_range wanted)
{
	uint64_t taken = pvhb_ranges_first_gap(&c->ram, wanted);
	size_t i;

	//@ loop assigns i, taken;
	for (i = 0; i < c->n_extents; i++) {
		const struct pvhboot_range range = c->work->extents[i].range;

		if (pvhb_overlap(range, wanted))
			taken = pvhb_min(taken, pvhb_max(range.start, wanted.start));
	}
	return taken;
}

/* FreeBSD takes the pages behind the highest of what it looks at. */
static void check_free_behind(struct pvhb_start_checking *c)
{
	struct pvhboot_range wanted = { highest_end(c), 0 };
	uint64_t taken;

	if (!c->ram_is_known || wanted.start == 0 ||
	    !pvhb_align_up(wanted.start, PVHB_PAGE_SIZE, &wanted.start) ||
	    !pvhb_add(wanted.start, pvhb_guest_rows[PVHB_GUEST_FREE_BEHIND].bound, &wanted.end))
		return;
	taken = first_taken(c, wanted);
	if (taken != wanted.end)
		pvhb_start_found_guest(c, PVHB_GUEST_FREE_BEHIND,
				       pvhb_start_at(PVHBOOT_SUBJECT_NONE, wanted.start),
				       taken - wanted.start);
}

void pvhb_start_check_places(struct pvhb_start_checking *c)
{
	pvhb_start_sort(c->work->extents, c->n_extents);
	check_extents(c);
	if (c->params.size == 0)
		check_free_behind(c);
}
