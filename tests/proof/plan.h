/* SPDX-License-Identifier: MIT */
/* Contracts of the planner: lib/plan/, but for hole.c and map.c. */
#ifndef PROOF_PLAN_H
#define PROOF_PLAN_H

#include "hole.h"
#include "map.h"

#include "../../lib/kernel/symbols.h"
#include "../../lib/plan/planning.h"
#include "../../lib/plan/request.h"
#include "../../lib/plan/room.h"
#include "../../lib/plan/workspace.h"

/*@
  // What a caller sees to of a request, and what was checked of it.
  predicate request(struct pvhboot_request *r) =
    \valid_read(r) && (r->kernel == \null || \valid_read(r->kernel)) &&
    (r->map == \null || \valid_read(r->map + (0 .. r->n_map - 1))) &&
    (r->avoid == \null || \valid_read(r->avoid + (0 .. r->n_avoid - 1))) &&
    (r->modules == \null || \valid_read(r->modules + (0 .. r->n_modules - 1))) &&
    (r->blobs == \null || \valid_read(r->blobs + (0 .. r->n_blobs - 1)));
  logic integer most = 0x10000000;
  predicate counted(struct pvhboot_request *r) =
    \valid_read(r) && r->n_map <= most && r->n_avoid <= most && r->n_modules <= most &&
    r->n_blobs <= most;
  predicate parts(struct pvhboot_request *r) =
    counted(r) && \valid_read(r->map + (0 .. r->n_map - 1)) &&
    \valid_read(r->avoid + (0 .. r->n_avoid - 1)) &&
    \valid_read(r->modules + (0 .. r->n_modules - 1)) &&
    \valid_read(r->blobs + (0 .. r->n_blobs - 1));

  // The most ranges that are taken and free.
  logic integer max_taken(struct pvhboot_request *r) =
    r->n_avoid + 3 + r->n_modules + 2 * r->n_blobs;
  logic integer max_free(struct pvhboot_request *r) = 2 * r->n_map + max_taken(r) + 1;

  // The arrays lie one behind the other.
  predicate room(struct pvhboot_request *r, struct pvhb_arrays *a) =
    a->map + 2 * (r->n_map + r->n_blobs) * sizeof(struct pvhboot_map_entry) <= a->edges &&
    a->edges + 2 * (r->n_map + r->n_blobs) * sizeof(struct pvhb_map_edge) <= a->ram &&
    a->ram + 2 * r->n_map * sizeof(struct pvhboot_range) <= a->taken &&
    a->taken + max_taken(r) * sizeof(struct pvhboot_range) <= a->free &&
    a->free + max_free(r) * sizeof(struct pvhboot_range) <= a->blobs_at &&
    a->blobs_at + r->n_blobs * sizeof(uint64_t) <= a->size;
*/

/* ---- request.c ------------------------------------------------------------------------------ */

/*@ requires (request == \null || request(request)) && optional(diag);
    assigns *diag;
    ensures \result == PVHBOOT_OK ==> parts(request) && \valid_read(request->kernel); */
enum pvhboot_status pvhb_request_check(const struct pvhboot_request *request,
				       struct pvhboot_diag *diag);

/* ---- entry.c -------------------------------------------------------------------------------- */

/*@ requires parts(request) && \valid_read(request->kernel) && \valid(out) && optional(diag);
    requires \separated(out, request, request->kernel, diag);
    assigns *out, *diag; */
enum pvhboot_status pvhb_entry_choose(const struct pvhboot_request *request, struct pvhb_entry *out,
				      struct pvhboot_diag *diag);

/*@ requires \valid_read(request) && \valid(out) && \separated(out, request);
    assigns *out; */
bool pvhb_block_lay_out(const struct pvhboot_request *request, enum pvhboot_entry_kind kind,
			size_t n_map, struct pvhb_block *out);

/* ---- workspace.c ---------------------------------------------------------------------------- */

/*@ requires counted(request) && \valid(out) && \separated(out, request);
    assigns *out;
    ensures \result == PVHBOOT_OK ==> room(request, out); */
enum pvhboot_status pvhb_arrays_of_room(const struct pvhboot_request *request,
					struct pvhb_arrays *out);

/*@ requires counted(request) && \valid_read(request->kernel) && \valid(out) && optional(diag);
    requires \separated(out, request, request->kernel, diag);
    assigns *out, *diag; */
enum pvhboot_status pvhb_arrays_of_plan(const struct pvhboot_request *request,
					enum pvhboot_entry_kind kind, struct pvhb_arrays *out,
					struct pvhboot_diag *diag);

/*@ requires \valid_read(arrays) && \valid(p) && \separated(arrays, p);
    assigns p->map, p->edges, p->ram.at, p->taken.at, p->free.at, p->blobs_at, p->places,
      p->entries, p->tree, p->high_tree, p->modules_at, p->symbols_head, p->info; */
void pvhb_arrays_carve(const struct pvhb_arrays *arrays, uint8_t *workspace,
		       struct pvhb_planning *p);

/*@ requires (request == \null || request(request)) && (size == \null || \valid(size));
    requires optional(diag) && \separated(size, diag);
    requires request != \null ==> \separated(diag, request, request->kernel);
    assigns *size, *diag; */
enum pvhboot_status pvhboot_plan_need(const struct pvhboot_request *request, size_t *size,
				      struct pvhboot_diag *diag);

#endif
