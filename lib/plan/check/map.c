/* SPDX-License-Identifier: MIT */
/* The memory maps of a plan, the host's and the guest's, by looking at every
 * entry. */

#include "../map.h"
#include "../../base/span.h"
#include "../request.h"
#include "checking.h"

static struct pvhb_at at_map(const struct pvhb_check *c, size_t i)
{
	return pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MAP, i, c->plan->map[i].gpa);
}

/* What a memory map is made of: the request's entries, and for the guest's map one
 * more for each place, which is empty unless the place is a blob that is no RAM. */
struct sources {
	const struct pvhb_check *check;
	size_t n;
};

static struct sources hosts_map(const struct pvhb_check *c)
{
	return (struct sources){ c, c->request->n_map };
}

static struct sources guests_map(const struct pvhb_check *c)
{
	return (struct sources){ c, c->request->n_map +
					    (c->request->n_blobs != 0 ? c->plan->n_places : 0) };
}

static struct pvhboot_map_entry source_at(const struct sources *sources, size_t i)
{
	const struct pvhboot_request *request = sources->check->request;
	const struct pvhboot_place *place;

	if (i < request->n_map)
		return request->map[i];
	place = &sources->check->plan->places[i - request->n_map];
	if (place->kind != PVHBOOT_PLACE_BLOB || place->index >= request->n_blobs)
		return (struct pvhboot_map_entry){ .type = PVHBOOT_MAP_RAM };
	return pvhb_request_blob_entry(&request->blobs[place->index], place->gpa);
}

/* The first address in wanted that no entry of this type covers. */
static uint64_t covered_up_to(const struct sources *sources, uint32_t type,
			      struct pvhboot_range wanted)
{
	uint64_t at = wanted.start;
	uint64_t before;

	do {
		size_t i;

		before = at;
		for (i = 0; i < sources->n && at < wanted.end; i++) {
			struct pvhboot_map_entry entry = source_at(sources, i);

			if (entry.type == type && at >= entry.gpa && at - entry.gpa < entry.size)
				at = entry.gpa + entry.size;
		}
	} while (at != before && at < wanted.end);
	return pvhb_min(at, wanted.end);
}

/* Whether an entry of at least this strength touches a range. */
static bool is_touched(const struct sources *sources, uint32_t rank, struct pvhboot_range range)
{
	size_t i;

	for (i = 0; i < sources->n; i++) {
		struct pvhboot_map_entry entry = source_at(sources, i);

		if (entry.size != 0 && pvhb_map_rank(entry.type) >= rank &&
		    pvhb_overlap(range, pvhb_check_range(entry.gpa, entry.size)))
			return true;
	}
	return false;
}

/* Whether all of a range has this type: entries of it cover the range, and none
 * of a stronger type touches it. */
static bool has_type(const struct sources *sources, uint32_t type, struct pvhboot_range range)
{
	return !is_touched(sources, pvhb_map_rank(type) + 1, range) &&
	       covered_up_to(sources, type, range) == range.end;
}

bool pvhb_check_is_host_ram(const struct pvhb_check *c, struct pvhboot_range range)
{
	struct sources host = hosts_map(c);

	return has_type(&host, PVHBOOT_MAP_RAM, range);
}

bool pvhb_check_is_guest_ram(const struct pvhb_check *c, struct pvhboot_range range)
{
	struct sources guest = guests_map(c);

	return has_type(&guest, PVHBOOT_MAP_RAM, range);
}

bool pvhb_check_is_no_ram(const struct pvhb_check *c, struct pvhboot_range range)
{
	struct sources sources = hosts_map(c);
	uint64_t at = range.start;

	/* what a stronger type covers is none */
	while (at < range.end) {
		size_t i;
		uint64_t next = range.end;

		for (i = 0; i < sources.n; i++) {
			struct pvhboot_map_entry entry = source_at(&sources, i);
			uint64_t end = entry.gpa + entry.size;

			if (entry.gpa > at)
				next = pvhb_min(next, entry.gpa);
			else if (end > at)
				next = pvhb_min(next, end);
		}
		if (has_type(&sources, PVHBOOT_MAP_RAM, (struct pvhboot_range){ at, next }))
			return false;
		at = next;
	}
	return true;
}

/* The plan's map holds what the request's map says, entry by entry: each one of
 * the plan has its type in the request, and no byte of the request is missing. */
enum pvhboot_status pvhb_check_map(const struct pvhb_check *c)
{
	struct sources sources = guests_map(c);
	uint64_t end = 0;
	size_t i, k;

	for (i = 0; i < c->plan->n_map; i++) {
		const struct pvhboot_map_entry *entry = &c->plan->map[i];

		if (entry->type < PVHBOOT_MAP_RAM || entry->type > PVHBOOT_MAP_PMEM ||
		    entry->size == 0 || entry->size > UINT64_MAX - entry->gpa || entry->gpa < end ||
		    !has_type(&sources, entry->type, pvhb_check_range(entry->gpa, entry->size)))
			return pvhb_fail_plain(c->diag, PVHBOOT_MALFORMED, at_map(c, i),
					       "a map that ascends and has the request's types");
		end = entry->gpa + entry->size;
	}
	for (k = 0; k < sources.n; k++) {
		struct pvhboot_map_entry entry = source_at(&sources, k);
		uint64_t at = entry.gpa;

		for (i = 0; i < c->plan->n_map; i++) {
			if (at >= c->plan->map[i].gpa &&
			    at - c->plan->map[i].gpa < c->plan->map[i].size)
				at = c->plan->map[i].gpa + c->plan->map[i].size;
		}
		if (at < entry.gpa + entry.size)
			return pvhb_fail(c->diag, PVHBOOT_MALFORMED,
					 pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MAP, k,
							 entry.gpa),
					 at, entry.gpa + entry.size,
					 "a map that holds all of the request's");
	}
	return PVHBOOT_OK;
}
