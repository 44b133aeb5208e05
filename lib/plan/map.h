/* SPDX-License-Identifier: MIT */
/* The guest's memory map: from what a caller gives to what a guest can read. */
#ifndef PVHB_MAP_H
#define PVHB_MAP_H

#include <pvhboot/plan.h>

#include "../base/env.h"
#include "../base/range.h"

/* Where a map entry starts or ends; scratch of pvhb_map_merge(). */
struct pvhb_map_edge {
	uint64_t gpa;
	uint32_t type;
	uint32_t starts; /* 1 or 0 */
};

/* Checks every entry: INVAL, RANGE. */
enum pvhboot_status pvhb_map_check(const struct pvhboot_map_entry *map, size_t n,
				   struct pvhboot_diag *diag);

/* How strongly a type forbids use; the greater one wins where entries overlap.
 * For types that pvhb_map_check() accepts. */
uint32_t pvhb_map_rank(uint32_t type);

/* Sorts and merges a checked map into out, which has room for 2 * n entries, as
 * edges has. Returns how many it wrote. Warns about conflicts. */
size_t pvhb_map_merge(const struct pvhboot_map_entry *map, size_t n, struct pvhb_map_edge *edges,
		      struct pvhboot_map_entry *out, struct pvhboot_diag *diag);

/* The RAM of a merged map, into out, which has room for n ranges. */
void pvhb_map_ram(const struct pvhboot_map_entry *map, size_t n, struct pvhb_ranges *out);

#endif
