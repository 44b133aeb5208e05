/* SPDX-License-Identifier: MIT */
/* Contracts of lib/plan/map.c. */
#ifndef PROOF_MAP_H
#define PROOF_MAP_H

#include "range.h"

#include "../../lib/plan/map.h"

/*@
  predicate map(struct pvhboot_map_entry *map, integer n) = \valid_read(map + (0 .. n - 1));
  // 2 * n edges, which are sorted as bytes too.
  predicate edges(struct pvhb_map_edge *edges, integer n) =
    product(2 * n, sizeof(struct pvhb_map_edge)) <= SIZE_MAX &&
    \valid(edges + (0 .. 2 * n - 1)) &&
    \valid((uint8_t *)edges + (0 .. product(2 * n, sizeof(struct pvhb_map_edge)) - 1));
*/

/*@ requires map(map, n) && optional(diag);
    assigns *diag; */
enum pvhboot_status pvhb_map_check(const struct pvhboot_map_entry *map, size_t n,
				   struct pvhboot_diag *diag);

/*@ requires type <= PVHBOOT_MAP_PMEM;
    assigns \nothing; */
uint32_t pvhb_map_rank(uint32_t type);

/*@ requires map(map, n) && edges(edges, n) && \valid(out + (0 .. 2 * n - 1)) && optional(diag);
    requires \separated(map + (0 .. n - 1), edges + (0 .. 2 * n - 1), out + (0 .. 2 * n - 1), diag);
    assigns edges[0 .. 2 * n - 1], out[0 .. 2 * n - 1], *diag,
      ((uint8_t *)edges)[0 .. product(2 * n, sizeof(struct pvhb_map_edge)) - 1];
    ensures \result <= 2 * n; */
size_t pvhb_map_merge(const struct pvhboot_map_entry *map, size_t n, struct pvhb_map_edge *edges,
		      struct pvhboot_map_entry *out, struct pvhboot_diag *diag);

/*@ requires map(map, n) && \valid(out) && \valid(out->at + (0 .. n - 1));
    requires \separated(map + (0 .. n - 1), out, out->at + (0 .. n - 1));
    assigns out->n, out->at[0 .. n - 1];
    ensures out->n <= n; */
void pvhb_map_ram(const struct pvhboot_map_entry *map, size_t n, struct pvhb_ranges *out);

#endif
