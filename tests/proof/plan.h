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

// What is written to take a range, and to find what is free.
#define TAKEN(p) (p)->taken.n, (p)->taken.at[0 .. most_taken - 1]
#define LISTS(p)                                                                                   \
	TAKEN(p),                                                                                  \
		((uint8_t *)(p)->taken.at)                                                         \
			[0 .. product(most_taken, sizeof(struct pvhboot_range)) - 1],              \
		(p)->free.n, (p)->free.at[0 .. most_ram + most_taken - 1]

/*@
  // What a caller sees to of a request, and what was checked of it.
  predicate request(struct pvhboot_request *r) =
    \valid_read(r) && (r->kernel == \null || \valid_read(r->kernel)) &&
    (r->map == \null || \valid_read(r->map + (0 .. r->n_map - 1))) &&
    (r->avoid == \null || \valid_read(r->avoid + (0 .. r->n_avoid - 1))) &&
    (r->modules == \null || \valid_read(r->modules + (0 .. r->n_modules - 1))) &&
    (r->blobs == \null || \valid_read(r->blobs + (0 .. r->n_blobs - 1)));
  predicate counted(struct pvhboot_request *r) =
    \valid_read(r) && r->n_map <= 0x10000000 && r->n_avoid <= 0x10000000 &&
    r->n_modules <= 0x10000000 && r->n_blobs <= 0x10000000;
  predicate parts(struct pvhboot_request *r) =
    counted(r) && \valid_read(r->map + (0 .. r->n_map - 1)) &&
    \valid_read(r->avoid + (0 .. r->n_avoid - 1)) &&
    \valid_read(r->modules + (0 .. r->n_modules - 1)) &&
    \valid_read(r->blobs + (0 .. r->n_blobs - 1));

  // The most ranges that are taken and free.
  logic integer max_taken(struct pvhboot_request *r) =
    r->n_avoid + 3 + r->n_modules + 2 * r->n_blobs;
  logic integer max_free(struct pvhboot_request *r) = 2 * r->n_map + max_taken(r) + 1;

  // The lists of a plan in the making have room for as many ranges of RAM, and that are taken.
  // Nothing is said of the numbers, so what is proved holds for any.
  axiomatic most {
    logic integer most_ram;
    logic integer most_taken;
  }
  predicate lists(struct pvhb_planning *p) =
    \valid(p) && product(most_taken, sizeof(struct pvhboot_range)) <= SIZE_MAX &&
    p->ram.n <= most_ram && \valid(p->ram.at + (0 .. most_ram - 1)) &&
    p->taken.n <= most_taken && \valid(p->taken.at + (0 .. most_taken - 1)) &&
    \valid((uint8_t *)p->taken.at +
           (0 .. product(most_taken, sizeof(struct pvhboot_range)) - 1)) &&
    p->free.n <= most_ram + most_taken && \valid(p->free.at + (0 .. most_ram + most_taken - 1)) &&
    \separated(p, p->ram.at + (0 .. most_ram - 1), p->taken.at + (0 .. most_taken - 1),
               p->free.at + (0 .. most_ram + most_taken - 1));

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

/*@ requires counted(request) && \valid_read(request->avoid + (0 .. request->n_avoid - 1));
    requires optional(diag);
    assigns *diag; */
enum pvhboot_status pvhb_request_check_avoid(const struct pvhboot_request *request,
					     struct pvhboot_diag *diag);

/*@ requires \valid_read(blob);
    assigns \nothing; */
struct pvhboot_range pvhb_request_blob_pages(const struct pvhboot_blob *blob, uint64_t gpa);

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

/* ---- room.c --------------------------------------------------------------------------------- */

/*@ requires lists(p) && p->taken.n < most_taken;
    assigns TAKEN(p);
    ensures lists(p) && p->taken.n == \old(p->taken.n) + 1; */
void pvhb_plan_take(struct pvhb_planning *p, struct pvhboot_range range);

/*@ requires lists(p);
    assigns LISTS(p);
    ensures lists(p) && p->taken.n <= \old(p->taken.n); */
void pvhb_plan_find_free(struct pvhb_planning *p);

/*@ requires \valid_read(p) && parts(p->request) && optional(p->diag);
    requires \separated(p->diag, p, p->request, p->request->avoid + (0 .. p->request->n_avoid - 1),
                        p->request->modules + (0 .. p->request->n_modules - 1),
                        p->request->blobs + (0 .. p->request->n_blobs - 1));
    assigns p->diag->detail[0 .. PVHBOOT_MAX_DETAIL - 1]; */
void pvhb_plan_name_taker(const struct pvhb_planning *p, uint64_t gpa, const void *asker);

/* ---- fixed.c -------------------------------------------------------------------------------- */

/*@ requires lists(p) && parts(p->request) && optional(p->diag);
    assigns LISTS(p), p->blobs_at[0 .. p->request->n_blobs - 1], *p->diag; */
enum pvhboot_status pvhb_plan_fixed(struct pvhb_planning *p);

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
