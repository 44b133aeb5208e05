/* SPDX-License-Identifier: MIT */
/* Proves: lib/plan/map.c */

#include "map.h"

/* From i edges came at most i entries; and at least one where a type, which is not 0, goes on. */
#define MERGED(i) n_out <= i <= n_edges && (type != 0 ==> n_out > 0)
#define MERGED_TO n_out, out[0 .. n_edges - 1], *diag
/* The types below this one were compared. */
#define COMPARED(type) best < type <= N_TYPES && *weakest < type

#include "../../lib/plan/map.c"

/*@ assigns \nothing; */
static struct pvhb_at at_entry(size_t index, uint64_t gpa);

/*@ requires \valid_read((const struct pvhb_map_edge *)a);
    requires \valid_read((const struct pvhb_map_edge *)b);
    assigns \nothing; */
static bool edge_before(const void *a, const void *b);

/*@ requires map(map, n) && edges(edges, n);
    requires \separated(map + (0 .. n - 1), edges + (0 .. 2 * n - 1));
    assigns edges[0 .. 2 * n - 1],
      ((uint8_t *)edges)[0 .. product(2 * n, sizeof(struct pvhb_map_edge)) - 1];
    ensures \result == 2 * n; */
static size_t make_edges(const struct pvhboot_map_entry *map, size_t n,
			 struct pvhb_map_edge *edges);

/*@ requires \valid_read(&open[0 .. N_TYPES - 1]) && \valid(weakest);
    requires \separated(&open[0 .. N_TYPES - 1], weakest);
    assigns *weakest;
    ensures \result < N_TYPES && *weakest < N_TYPES; */
static uint32_t strongest(const size_t open[N_TYPES], uint32_t *weakest);
