/* SPDX-License-Identifier: MIT */
#include "map.h"

#include "../base/diag.h"
#include "../base/sort.h"
#include "../base/span.h"

#define N_TYPES (PVHBOOT_MAP_PMEM + 1)

static struct pvhb_at at_entry(size_t index, uint64_t gpa)
{
	return pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MAP, index, gpa);
}

enum pvhboot_status pvhb_map_check(const struct pvhboot_map_entry *map, size_t n,
				   struct pvhboot_diag *diag)
{
	size_t i;

	//@ loop assigns i;
	for (i = 0; i < n; i++) {
		if (map[i].type < PVHBOOT_MAP_RAM || map[i].type > PVHBOOT_MAP_PMEM)
			return pvhb_fail(diag, PVHBOOT_INVAL, at_entry(i, map[i].gpa), map[i].type,
					 PVHBOOT_MAP_PMEM, "a map type from 1 to 7");
		if (map[i].reserved != 0)
			return pvhb_fail(diag, PVHBOOT_INVAL, at_entry(i, map[i].gpa),
					 map[i].reserved, 0, "reserved that is 0");
		if (map[i].size > UINT64_MAX - map[i].gpa)
			return pvhb_fail(diag, PVHBOOT_RANGE, at_entry(i, map[i].gpa), map[i].size,
					 UINT64_MAX - map[i].gpa,
					 "a map entry that ends below 2^64");
	}
	return PVHBOOT_OK;
}

uint32_t pvhb_map_rank(uint32_t type)
{
	static const uint8_t ranks[N_TYPES] = {
		[PVHBOOT_MAP_RAM] = 1,      [PVHBOOT_MAP_ACPI] = 2,     [PVHBOOT_MAP_NVS] = 3,
		[PVHBOOT_MAP_PMEM] = 4,     [PVHBOOT_MAP_RESERVED] = 5, [PVHBOOT_MAP_DISABLED] = 6,
		[PVHBOOT_MAP_UNUSABLE] = 7,
	};

	return ranks[type];
}

static bool edge_before(const void *a, const void *b)
{
	const struct pvhb_map_edge *x = a, *y = b;

	return x->gpa < y->gpa;
}

static size_t make_edges(const struct pvhboot_map_entry *map, size_t n, struct pvhb_map_edge *edges)
{
	size_t i;

	//@ loop assigns i, edges[0 .. 2 * n - 1];
	for (i = 0; i < n; i++) {
		edges[2 * i] = (struct pvhb_map_edge){ map[i].gpa, map[i].type, 1 };
		edges[2 * i + 1] =
			(struct pvhb_map_edge){ map[i].gpa + map[i].size, map[i].type, 0 };
	}
	pvhb_sort(edges, 2 * n, sizeof(edges[0]), edge_before);
	return 2 * n;
}

/* The strongest type of which an entry is open, 0 for none; and the weakest. */
static uint32_t strongest(const size_t open[N_TYPES], uint32_t *weakest)
{
	uint32_t best = 0, type;

	*weakest = 0;
	//@ loop invariant COMPARED(type); loop assigns type, best, *weakest;
	for (type = PVHBOOT_MAP_RAM; type < N_TYPES; type++) {
		if (open[type] == 0)
			continue;
		if (pvhb_map_rank(type) > pvhb_map_rank(best)) /* that of 0 is 0 */
			best = type;
		if (*weakest == 0 || pvhb_map_rank(type) < pvhb_map_rank(*weakest))
			*weakest = type;
	}
	return best;
}

/*
 * Walks the edges in ascending order and counts, for each type, the entries that are open. The
 * stretch up to the next edge has the strongest of the types that are open.
 * - All edges at one gpa are counted before the type is looked at. So their order does not
 *   matter.
 * - An entry of no bytes opens and closes at one gpa. Its end may be counted first; the count
 *   wraps below 0 then, and its start brings it back.
 */
size_t pvhb_map_merge(const struct pvhboot_map_entry *map, size_t n, struct pvhb_map_edge *edges,
		      struct pvhboot_map_entry *out, struct pvhboot_diag *diag)
{
	size_t open[N_TYPES] = { 0 };
	size_t n_edges = make_edges(map, n, edges);
	uint32_t type = 0;
	bool conflict = false;
	size_t n_out = 0;
	size_t i = 0;

	//@ loop invariant MERGED(i); loop assigns i, type, conflict, open[..], MERGED_TO;
	while (i < n_edges) {
		uint64_t gpa = edges[i].gpa;
		uint32_t next, weakest;

		//@ loop invariant n_out <= i < n_edges; loop assigns i, open[..];
		do { /* types are below N_TYPES, which provers do not know of what was sorted */
			size_t *entries = &open[edges[i].type % N_TYPES];

			*entries = edges[i].starts ? *entries + 1 : *entries - 1;
		} while (++i < n_edges && edges[i].gpa == gpa);
		next = strongest(open, &weakest);
		if (next != weakest && !conflict)
			pvhb_warn(diag,
				  pvhb_at_offset(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MAP, gpa),
				  weakest, next,
				  "entries that overlap to have one type; the more restrictive one "
				  "is taken");
		conflict = next != weakest;
		if (next == type)
			continue;
		if (type != 0)
			out[n_out - 1].size = gpa - out[n_out - 1].gpa;
		if (next != 0)
			out[n_out++] = (struct pvhboot_map_entry){ .gpa = gpa, .type = next };
		type = next;
	}
	return n_out;
}

void pvhb_map_ram(const struct pvhboot_map_entry *map, size_t n, struct pvhb_ranges *out)
{
	size_t i;

	out->n = 0;
	//@ loop invariant out->n <= i <= n; loop assigns i, out->n, out->at[0 .. n - 1];
	for (i = 0; i < n; i++) {
		if (map[i].type == PVHBOOT_MAP_RAM)
			out->at[out->n++] =
				(struct pvhboot_range){ map[i].gpa, map[i].gpa + map[i].size };
	}
}
