/* SPDX-License-Identifier: MIT */
/* The memory map. */

#include "checking.h"

#include "../../base/span.h"

static void check_order(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t gpa)
{
	const struct pvhb_extent *last;

	if (c->n_entries == 0)
		return;
	last = &c->work->entries[c->n_entries - 1];
	if (gpa < last->range.start)
		pvhb_start_found(c, PVHBOOT_SEVERITY_NOTE, at, gpa, last->range.start,
				 "map entries in ascending order");
}

static void keep_entry(struct pvhb_start_checking *c, struct pvhb_at at,
		       const struct pvhboot_map_entry *entry)
{
	struct pvhboot_range range = { entry->gpa, entry->gpa + entry->size };

	c->work->entries[c->n_entries++] = (struct pvhb_extent){ range, at };
	if (entry->type == PVHBOOT_MAP_RAM)
		c->work->ram[c->ram.n++] = range;
}

/* False: nothing lies where it says. */
static bool check_fields(struct pvhb_start_checking *c, struct pvhb_at at,
			 const struct pvhboot_map_entry *entry)
{
	pvhb_start_reserved(c, at, entry->reserved);
	if (entry->type < PVHBOOT_MAP_RAM || entry->type > PVHBOOT_MAP_PMEM)
		pvhb_start_found(c, PVHBOOT_SEVERITY_WARNING, pvhb_in_count(at), entry->type,
				 PVHBOOT_MAP_PMEM, "a type from 1 to 7");
	if (entry->size == 0)
		pvhb_start_found_plain(c, PVHBOOT_SEVERITY_NOTE, at,
				       "a map entry of at least 1 byte");
	else if (entry->size > UINT64_MAX - entry->gpa)
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, pvhb_in_bytes(at), entry->size,
				 UINT64_MAX - entry->gpa, "a map entry that ends below 2^64");
	else
		return true;
	return false;
}

void pvhb_start_check_entry(struct pvhb_start_checking *c, struct pvhb_at at,
			    const struct pvhboot_map_entry *entry)
{
	if (!check_fields(c, at, entry))
		return;
	check_order(c, at, entry->gpa);
	keep_entry(c, at, entry);
}

static void check_overlaps(struct pvhb_start_checking *c)
{
	uint64_t end = 0;
	size_t i;

	pvhb_start_sort(c->work->entries, c->n_entries);
	//@ FOUND(loop invariant); loop assigns i, end, LOOP_FINDINGS(c);
	for (i = 0; i < c->n_entries; i++) {
		const struct pvhb_extent *entry = &c->work->entries[i];

		if (entry->range.start < end)
			pvhb_start_found(c, PVHBOOT_SEVERITY_WARNING, entry->at, entry->range.start,
					 end, "a start behind the end of another map entry");
		end = pvhb_max(end, entry->range.end);
	}
}

static void know_ram(struct pvhb_start_checking *c, bool all)
{
	pvhb_ranges_clean(&c->ram);
	c->ram_is_known = c->ram.n > 0 && all;
}

void pvhb_start_check_entries(struct pvhb_start_checking *c, struct pvhb_at at, bool all)
{
	check_overlaps(c);
	know_ram(c, all);
	if (c->ram.n == 0)
		pvhb_start_found_plain(c, PVHBOOT_SEVERITY_ERROR, at, "RAM in the map");
}

/* False: not all of them can be read. */
static bool check_each_entry(struct pvhb_start_checking *c, uint32_t n)
{
	uint32_t i;

	//@ MAPS(loop invariant); loop invariant c->n_entries <= i <= n; loop assigns i, MAPPED;
	for (i = 0; i < n; i++) {
		struct pvhb_at at = pvhb_start_at_element(
			PVHBOOT_SUBJECT_MAP, i,
			c->start.map + PVHBOOT_WIRE_MAP_ENTRY_SIZE * (uint64_t)i);
		struct pvhboot_map_entry entry;
		int result;

		if (!pvhb_start_fetch_map_entry(&c->start, i, &entry, &result)) {
			pvhb_start_found_unreadable(c, at, PVHBOOT_WIRE_MAP_ENTRY_SIZE, result);
			return false;
		}
		pvhb_start_check_entry(c, at, &entry);
	}
	return true;
}

/* The n of them that are looked at. */
static void check_list(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t n)
{
	pvhb_start_at_most(c, PVHB_GUEST_MAP_ENTRIES, at, c->start.n_map);
	pvhb_start_looked_at(c, at, c->start.n_map, n, "no more map entries than are checked here");
	if (check_each_entry(c, n))
		pvhb_start_check_entries(c, at, c->start.n_map == n);
}

void pvhb_start_check_map(struct pvhb_start_checking *c)
{
	struct pvhb_at at = pvhb_start_at(PVHBOOT_SUBJECT_MAP, c->start.map);
	uint32_t n = (uint32_t)pvhb_min(c->start.n_map, PVHBOOT_START_CHECK_MAP);

	if (n == 0) {
		pvhb_start_found_guest(c, PVHB_GUEST_MAP, pvhb_start_at_info(c), 0);
		return;
	}
	if (pvhb_start_place_list(c, at, c->start.n_map, PVHBOOT_WIRE_MAP_ENTRY_SIZE))
		check_list(c, at, n);
}
