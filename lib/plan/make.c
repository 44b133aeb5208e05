/* SPDX-License-Identifier: MIT */
/* The planner: where everything goes. Pure layout, nothing is written but the
 * caller's workspace. */

#include "../base/sort.h"
#include "../base/span.h"
#include "../kernel/symbols.h"
#include "planning.h"
#include "request.h"

/* Where the arrays lie in the workspace: offsets from its first aligned byte. */
struct arrays {
	uint64_t places;
	uint64_t map;
	uint64_t edges;
	uint64_t entries;
	uint64_t ram;
	uint64_t taken;
	uint64_t free;
	uint64_t tree;
	uint64_t high_tree;
	uint64_t modules_at;
	uint64_t blobs_at;
	uint64_t symbols_head;
	uint64_t info;
	uint64_t size;
};

const char *pvhboot_place_kind_name(enum pvhboot_place_kind kind)
{
	switch (kind) {
	case PVHBOOT_PLACE_SEGMENT:
		return "segment";
	case PVHBOOT_PLACE_MODULE:
		return "module";
	case PVHBOOT_PLACE_INFO:
		return "start_info";
	case PVHBOOT_PLACE_SYMBOLS:
		return "symbols";
	case PVHBOOT_PLACE_BLOB:
		return "blob";
	}
	return "?";
}

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

/* The arrays for the largest outcome of a request: n entries have 2 * n edges and
 * as many stretches between them, taking m ranges out of them leaves 2 * n + m at
 * most, and one of those may be cut at 4 GiB. Taken are page 0, the avoid list, the
 * kernel, and each blob once by its bytes and once by its pages. */
static bool lay_out_arrays(const struct pvhboot_request *request, struct arrays *out)
{
	uint64_t n_entries = (uint64_t)request->n_map + request->n_blobs;
	uint64_t n_ram = 2 * (uint64_t)request->n_map;
	uint64_t n_taken = (uint64_t)request->n_avoid + 2 + 2 * (uint64_t)request->n_blobs;
	uint64_t n_free = n_ram + n_taken + 1;
	uint64_t n_symbols = request->kernel->symbols.size != 0 ? 3 : 0;
	uint64_t n_high = request->flags & PVHBOOT_REQUEST_MODULES_ABOVE_4GIB ? n_free : 0;
	struct pvhb_info_layout info;
	struct arrays a = { 0 };

	if (!pvhb_info_lay_out(request, (size_t)(2 * n_entries), &info))
		return false;
	if (!append(&a.size,
		    (uint64_t)request->kernel->n_segments + n_symbols + request->n_blobs +
			    request->n_modules + 1,
		    sizeof(struct pvhboot_place), &a.places) ||
	    !append(&a.size, 2 * n_entries, sizeof(struct pvhboot_map_entry), &a.map) ||
	    !append(&a.size, 2 * n_entries, sizeof(struct pvhb_map_edge), &a.edges) ||
	    !append(&a.size, request->n_blobs != 0 ? n_entries : 0,
		    sizeof(struct pvhboot_map_entry), &a.entries) ||
	    !append(&a.size, n_ram, sizeof(struct pvhboot_range), &a.ram) ||
	    !append(&a.size, n_taken, sizeof(struct pvhboot_range), &a.taken) ||
	    !append(&a.size, n_free, sizeof(struct pvhboot_range), &a.free) ||
	    !append(&a.size, pvhb_holes_tree_size((size_t)n_free), sizeof(uint64_t), &a.tree) ||
	    !append(&a.size, pvhb_holes_tree_size((size_t)n_high), sizeof(uint64_t),
		    &a.high_tree) ||
	    !append(&a.size, request->n_modules, sizeof(uint64_t), &a.modules_at) ||
	    !append(&a.size, request->n_blobs, sizeof(uint64_t), &a.blobs_at) ||
	    !append(&a.size, n_symbols != 0 ? PVHB_SYMBOLS_MAX_HEAD : 0, 1, &a.symbols_head) ||
	    !append(&a.size, info.size, 1, &a.info))
		return false;
	/* the caller's buffer may start anywhere */
	if (!pvhb_add(a.size, sizeof(uint64_t) - 1, &a.size) || a.size > SIZE_MAX)
		return false;
	*out = a;
	return true;
}

static enum pvhboot_status find_arrays(const struct pvhboot_request *request, struct arrays *out,
				       struct pvhboot_diag *diag)
{
	enum pvhboot_status status = pvhb_request_check(request, diag);

	if (status != PVHBOOT_OK)
		return status;
	if (!lay_out_arrays(request, out))
		return pvhb_fail_plain(diag, PVHBOOT_LIMIT, at_workspace(),
				       "the workspace's size fits in a size_t");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_plan_need(const struct pvhboot_request *request, size_t *size,
				      struct pvhboot_diag *diag)
{
	struct arrays arrays = { 0 };
	enum pvhboot_status status = find_arrays(request, &arrays, diag);

	if (status != PVHBOOT_OK)
		return status;
	if (size == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_workspace(), "size is not NULL");
	*size = (size_t)arrays.size;
	return PVHBOOT_OK;
}

static void carve(struct pvhb_planning *p, const struct arrays *arrays,
		  struct pvhboot_buffer workspace)
{
	uint8_t *base = pvhb_aligned(workspace.data);

	p->places = (void *)(base + arrays->places);
	p->map = (void *)(base + arrays->map);
	p->edges = (void *)(base + arrays->edges);
	p->entries = (void *)(base + arrays->entries);
	p->ram.at = (void *)(base + arrays->ram);
	p->taken.at = (void *)(base + arrays->taken);
	p->free.at = (void *)(base + arrays->free);
	p->tree = (void *)(base + arrays->tree);
	p->high_tree = (void *)(base + arrays->high_tree);
	p->modules_at = (void *)(base + arrays->modules_at);
	p->blobs_at = (void *)(base + arrays->blobs_at);
	p->symbols_head = base + arrays->symbols_head;
	p->info = base + arrays->info;
}

void pvhb_plan_add(struct pvhb_planning *p, enum pvhboot_place_kind kind, size_t index,
		   uint64_t gpa, uint64_t size, struct pvhboot_bytes source)
{
	p->places[p->n_places++] = (struct pvhboot_place){
		.gpa = gpa,
		.size = size,
		.source = source,
		.kind = (uint32_t)kind,
		.index = (uint32_t)index,
	};
}

static bool lies_before(const void *a, const void *b)
{
	const struct pvhboot_place *x = a, *y = b;

	return x->gpa < y->gpa;
}

void pvhb_plan_sort(struct pvhb_planning *p)
{
	_Static_assert(sizeof(p->places[0]) <= PVHB_SORT_MAX_SIZE, "places can be sorted");

	pvhb_sort(p->places, p->n_places, sizeof(p->places[0]), lies_before);
}

void pvhb_plan_take(struct pvhb_planning *p, struct pvhboot_range range)
{
	p->taken.at[p->taken.n++] = range;
}

void pvhb_plan_find_free(struct pvhb_planning *p)
{
	pvhb_ranges_clean(&p->taken);
	pvhb_ranges_subtract(&p->ram, &p->taken, &p->free);
}

static enum pvhboot_status read_map(struct pvhb_planning *p)
{
	const struct pvhboot_request *request = p->request;
	enum pvhboot_status status = pvhb_map_check(request->map, request->n_map, p->diag);

	if (status != PVHBOOT_OK)
		return status;
	p->n_map = pvhb_map_merge(request->map, request->n_map, p->edges, p->map, p->diag);
	pvhb_map_ram(p->map, p->n_map, &p->ram);
	return PVHBOOT_OK;
}

static enum pvhboot_status read_avoid(struct pvhb_planning *p)
{
	const struct pvhboot_request *request = p->request;
	enum pvhboot_status status = pvhb_request_check_avoid(request, p->diag);
	size_t i;

	if (status != PVHBOOT_OK)
		return status;
	pvhb_plan_take(p, (struct pvhboot_range){ 0, PVHB_PAGE_SIZE });
	for (i = 0; i < request->n_avoid; i++)
		pvhb_plan_take(p, request->avoid[i]);
	pvhb_plan_find_free(p);
	return PVHBOOT_OK;
}

/* The map that the guest reads: the request's, and the pages of blobs over it. */
static void add_blobs_to_map(struct pvhb_planning *p)
{
	const struct pvhboot_request *request = p->request;
	size_t i;

	if (request->n_blobs == 0)
		return;
	for (i = 0; i < request->n_map; i++)
		p->entries[i] = request->map[i];
	for (i = 0; i < request->n_blobs; i++)
		p->entries[request->n_map + i] =
			pvhb_request_blob_entry(&request->blobs[i], p->blobs_at[i]);
	/* what a blob covers is no conflict */
	p->n_map = pvhb_map_merge(p->entries, request->n_map + request->n_blobs, p->edges, p->map,
				  NULL);
}

static enum pvhboot_status place_all(struct pvhb_planning *p)
{
	enum pvhboot_status status = pvhb_plan_fixed_blobs(p);

	if (status == PVHBOOT_OK)
		status = pvhb_plan_kernel(p);
	if (status == PVHBOOT_OK)
		status = pvhb_plan_other_blobs(p);
	return status;
}

static enum pvhboot_status make(struct pvhb_planning *p, struct pvhboot_plan *out)
{
	struct pvhb_info_layout info;
	enum pvhboot_status status;
	uint64_t info_at = 0;

	status = read_map(p);
	if (status == PVHBOOT_OK)
		status = read_avoid(p);
	if (status == PVHBOOT_OK)
		status = place_all(p);
	if (status != PVHBOOT_OK)
		return status;
	add_blobs_to_map(p);
	/* cannot fail: it did not with more map entries */
	(void)pvhb_info_lay_out(p->request, p->n_map, &info);
	status = pvhb_plan_modules(p, &info, &info_at);
	if (status != PVHBOOT_OK)
		return status;
	pvhb_info_write(&info, p->request, p->map, p->modules_at, info_at, p->info);
	pvhb_plan_sort(p);
	*out = (struct pvhboot_plan){
		.places = p->places,
		.n_places = p->n_places,
		.info = { p->info, (size_t)info.size },
		.map = p->map,
		.n_map = p->n_map,
		.start_info = info_at,
		.entry = p->request->kernel->entry + p->slide,
		.slide = p->slide,
		.entry_kind = PVHBOOT_ENTRY_PVH,
	};
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_plan_make(const struct pvhboot_request *request,
				      struct pvhboot_buffer workspace, struct pvhboot_plan *out,
				      struct pvhboot_diag *diag)
{
	struct pvhb_planning p = { .request = request, .diag = diag };
	struct arrays arrays = { 0 };
	enum pvhboot_status status = find_arrays(request, &arrays, diag);

	if (status != PVHBOOT_OK)
		return status;
	if (workspace.data == NULL || out == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_workspace(),
				       "workspace and out are not NULL");
	if (workspace.size < arrays.size)
		return pvhb_fail(diag, PVHBOOT_NOSPACE, at_workspace(), workspace.size, arrays.size,
				 "workspace size >= what pvhboot_plan_need() says");
	p.ceiling = pvhb_request_ceiling(request);
	p.info_ceiling = pvhb_request_info_ceiling(request);
	carve(&p, &arrays, workspace);
	return make(&p, out);
}
