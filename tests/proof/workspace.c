/* SPDX-License-Identifier: MIT */
/* Proves: lib/plan/workspace.c */

#include "plan.h"

#include "../../lib/plan/workspace.c"

/*@ assigns \nothing; */
static struct pvhb_at at_workspace(void);

/*@ requires \valid(size) && \valid(offset) && \separated(size, offset);
    requires n * element_size <= UINT64_MAX;
    assigns *size, *offset;
    ensures \result ==> \old(*size) <= *offset && *size == *offset + n * element_size; */
static bool append(uint64_t *size, uint64_t n, size_t element_size, uint64_t *offset);

/*@ requires counted(request);
    assigns \nothing;
    ensures \result == max_taken(request); */
static uint64_t max_taken(const struct pvhboot_request *request);

/*@ requires counted(request);
    assigns \nothing;
    ensures \result == max_free(request); */
static uint64_t max_free(const struct pvhboot_request *request);

/*@ requires counted(request) && \valid(a) && \separated(a, request);
    assigns a->size, a->map, a->edges, a->ram, a->taken, a->free, a->blobs_at;
    ensures \result ==> room(request, a); */
static bool lay_out_room(const struct pvhboot_request *request, struct pvhb_arrays *a);

/*@ requires counted(request) && \valid_read(request->kernel);
    requires \valid(a) && \separated(a, request, request->kernel);
    assigns a->size, a->places, a->entries, a->tree, a->high_tree, a->modules_at, a->symbols_head,
      a->info;
    ensures \result ==> \old(a->size) <= a->places; */
static bool lay_out_rest(const struct pvhboot_request *request, enum pvhboot_entry_kind kind,
			 struct pvhb_arrays *a);

/*@ requires \valid(a) && optional(diag) && \separated(a, diag);
    assigns a->size, *diag;
    ensures \result == PVHBOOT_OK ==> fits && \old(a->size) <= a->size <= SIZE_MAX; */
static enum pvhboot_status end_arrays(bool fits, struct pvhb_arrays *a, struct pvhboot_diag *diag);
