/* SPDX-License-Identifier: MIT */
/* Where the planner's arrays lie in the workspace that the caller gives. */

#include "workspace.h"

#include "../base/span.h"
#include "../kernel/symbols.h"
#include "request.h"

static struct pvhb_at at_workspace(void)
{
	return pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_WORKSPACE);
}

/* Appends an array to a workspace of *size bytes. n * element_size does not wrap:
 * either n is below 2^36, or element_size is 1. */
static bool append(uint64_t *size, uint64_t n, size_t element_size, uint64_t *offset)
{
	return pvhb_align_up(*size, sizeof(uint64_t), offset) &&
	       pvhb_add(*offset, n * element_size, size);
}

/* The most free ranges that a request can have: n entries have 2 * n edges and
 * as many stretches between them, taking m ranges out of them leaves 2 * n + m at
 * most, and one of those may be cut at 4 GiB. Taken are page 0, the avoid list, the
 * kernel, the block, modules, and each blob once by its bytes and once by its pages. */
static uint64_t max_taken(const struct pvhboot_request *request)
{
	return (uint64_t)request->n_avoid + 3 + request->n_modules + 2 * (uint64_t)request->n_blobs;
}

static uint64_t max_free(const struct pvhboot_request *request)
{
	return 2 * (uint64_t)request->n_map + max_taken(request) + 1;
}

static bool lay_out_room(const struct pvhboot_request *request, struct pvhb_arrays *a)
{
	uint64_t n_entries = (uint64_t)request->n_map + request->n_blobs;

	return append(&a->size, 2 * n_entries, sizeof(struct pvhboot_map_entry), &a->map) &&
	       append(&a->size, 2 * n_entries, sizeof(struct pvhb_map_edge), &a->edges) &&
	       append(&a->size, 2 * (uint64_t)request->n_map, sizeof(struct pvhboot_range),
		      &a->ram) &&
	       append(&a->size, max_taken(request), sizeof(struct pvhboot_range), &a->taken) &&
	       append(&a->size, max_free(request), sizeof(struct pvhboot_range), &a->free) &&
	       append(&a->size, request->n_blobs, sizeof(uint64_t), &a->blobs_at);
}

static bool lay_out_rest(const struct pvhboot_request *request, enum pvhboot_entry_kind kind,
			 struct pvhb_arrays *a)
{
	uint64_t n_entries = (uint64_t)request->n_map + request->n_blobs;
	uint64_t n_free = max_free(request);
	uint64_t n_symbols = request->kernel->symbols.size != 0 ? 3 : 0;
	uint64_t n_places = (uint64_t)request->kernel->n_segments + n_symbols + request->n_blobs +
			    request->n_modules + 1;
	uint64_t n_high = request->flags & PVHBOOT_REQUEST_MODULES_ABOVE_4GIB ? n_free : 0;
	struct pvhb_block block;

	return pvhb_block_lay_out(request, kind, (size_t)(2 * n_entries), &block) &&
	       append(&a->size, n_places, sizeof(struct pvhboot_place), &a->places) &&
	       append(&a->size, request->n_blobs != 0 ? n_entries : 0,
		      sizeof(struct pvhboot_map_entry), &a->entries) &&
	       append(&a->size, pvhb_holes_tree_size((size_t)n_free), sizeof(uint64_t), &a->tree) &&
	       append(&a->size, pvhb_holes_tree_size((size_t)n_high), sizeof(uint64_t),
		      &a->high_tree) &&
	       append(&a->size, request->n_modules, sizeof(uint64_t), &a->modules_at) &&
	       append(&a->size, n_symbols != 0 ? PVHB_SYMBOLS_MAX_HEAD : 0, 1, &a->symbols_head) &&
	       append(&a->size, block.size, 1, &a->info);
}

/* The caller's buffer may start anywhere. */
static enum pvhboot_status end_arrays(bool fits, struct pvhb_arrays *a, struct pvhboot_diag *diag)
{
	if (!fits || !pvhb_add(a->size, sizeof(uint64_t) - 1, &a->size) || a->size > SIZE_MAX)
		return pvhb_fail_plain(diag, PVHBOOT_LIMIT, at_workspace(),
				       "a workspace whose size fits in a size_t");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_arrays_of_room(const struct pvhboot_request *request,
					struct pvhb_arrays *out)
{
	*out = (struct pvhb_arrays){ .size = 0 };
	return end_arrays(lay_out_room(request, out), out, NULL);
}

enum pvhboot_status pvhb_arrays_of_plan(const struct pvhboot_request *request,
					enum pvhboot_entry_kind kind, struct pvhb_arrays *out,
					struct pvhboot_diag *diag)
{
	*out = (struct pvhb_arrays){ .size = 0 };
	return end_arrays(lay_out_room(request, out) && lay_out_rest(request, kind, out), out,
			  diag);
}

void pvhb_arrays_carve(const struct pvhb_arrays *arrays, uint8_t *workspace,
		       struct pvhb_planning *p)
{
	uint8_t *base = pvhb_aligned(workspace);

	p->map = (void *)(base + arrays->map);
	p->edges = (void *)(base + arrays->edges);
	p->ram.at = (void *)(base + arrays->ram);
	p->taken.at = (void *)(base + arrays->taken);
	p->free.at = (void *)(base + arrays->free);
	p->blobs_at = (void *)(base + arrays->blobs_at);
	p->places = (void *)(base + arrays->places);
	p->entries = (void *)(base + arrays->entries);
	p->tree = (void *)(base + arrays->tree);
	p->high_tree = (void *)(base + arrays->high_tree);
	p->modules_at = (void *)(base + arrays->modules_at);
	p->symbols_head = base + arrays->symbols_head;
	p->info = base + arrays->info;
}

enum pvhboot_status pvhboot_plan_need(const struct pvhboot_request *request, size_t *size,
				      struct pvhboot_diag *diag)
{
	struct pvhb_arrays arrays;
	struct pvhb_entry entry;
	enum pvhboot_status status = pvhb_request_check(request, diag);

	if (status == PVHBOOT_OK)
		status = pvhb_entry_choose(request, &entry, diag);
	if (status == PVHBOOT_OK)
		status = pvhb_arrays_of_plan(request, entry.kind, &arrays, diag);
	if (status != PVHBOOT_OK)
		return status;
	if (size == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_workspace(),
				       "a size that is not NULL");
	*size = (size_t)arrays.size;
	return PVHBOOT_OK;
}
