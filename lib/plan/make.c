/* SPDX-License-Identifier: MIT */
/* The planner: where everything goes. Pure layout, nothing is written but the
 * caller's workspace. */

#include "workspace.h"

#include "../base/sort.h"
#include "../base/span.h"
#include "request.h"

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

struct pvhboot_place *pvhb_plan_add(struct pvhb_planning *p, enum pvhboot_place_kind kind,
				    size_t index, uint64_t gpa, uint64_t size,
				    struct pvhboot_bytes source, bool by_caller)
{
	static const struct pvhboot_bytes none;
	struct pvhboot_place *place = &p->places[p->n_places++];

	*place = (struct pvhboot_place){
		.gpa = gpa,
		.size = size,
		.source = by_caller ? none : source,
		.kind = (uint32_t)kind,
		.index = (uint32_t)index,
		.flags = by_caller ? PVHBOOT_PLACE_BY_CALLER : 0,
	};
	return place;
}

static bool lies_before(const void *a, const void *b)
{
	const struct pvhboot_place *x = a, *y = b;

	return x->gpa < y->gpa;
}

void pvhb_plan_sort(struct pvhb_planning *p, size_t first)
{
	_Static_assert(sizeof(p->places[0]) <= PVHB_SORT_MAX_SIZE, "places can be sorted");

	pvhb_sort(p->places + first, p->n_places - first, sizeof(p->places[0]), lies_before);
}

/* From here on nothing may be placed in page 0. */
static void take_page_0(struct pvhb_planning *p)
{
	pvhb_plan_take(p, (struct pvhboot_range){ 0, PVHB_PAGE_SIZE });
	pvhb_plan_find_free(p);
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

static enum pvhboot_status place_kernel_and_blobs(struct pvhb_planning *p)
{
	enum pvhboot_status status = pvhb_plan_read_room(p);

	if (status == PVHBOOT_OK)
		status = pvhb_plan_fixed(p);
	if (status == PVHBOOT_OK)
		status = pvhb_plan_kernel(p);
	if (status != PVHBOOT_OK)
		return status;
	take_page_0(p);
	return pvhb_plan_blobs(p);
}

static uint64_t rsdp_of(const struct pvhb_planning *p)
{
	const struct pvhboot_request *request = p->request;

	if (request->flags & PVHBOOT_REQUEST_RSDP_IN_BLOB)
		return p->blobs_at[request->rsdp_blob] + request->rsdp;
	return request->rsdp;
}

static enum pvhboot_status make(struct pvhb_planning *p, struct pvhboot_plan *out)
{
	struct pvhb_block block;
	struct pvhb_block_parts parts;
	enum pvhboot_status status = place_kernel_and_blobs(p);
	uint64_t info_at = 0;

	if (status != PVHBOOT_OK)
		return status;
	add_blobs_to_map(p);
	/* cannot fail: it did not with more map entries */
	(void)pvhb_block_lay_out(p->request, p->entry.kind, p->n_map, &block);
	status = pvhb_plan_modules(p, &block, &info_at);
	if (status != PVHBOOT_OK)
		return status;
	pvhb_plan_randomise(p);
	pvhb_plan_sort(p, 0);
	parts = (struct pvhb_block_parts){
		.request = p->request,
		.entry = &p->entry,
		.map = p->map,
		.n_map = p->n_map,
		.modules_at = p->modules_at,
		.rsdp = rsdp_of(p),
		.gpa = info_at,
		.kernel = p->kernel,
		.is_kaslr = pvhb_kaslr_is_on(&p->kaslr),
	};
	pvhb_block_write(&block, &parts, p->info);
	*out = (struct pvhboot_plan){
		.places = p->places,
		.n_places = p->n_places,
		.info = { p->info, (size_t)block.size },
		.map = p->map,
		.n_map = p->n_map,
		.start_info = info_at,
		.entry = p->entry.gpa + p->slide,
		.page_tables =
			pvhb_entry_is_64bit(p->entry.kind) ? info_at + block.boot_params.tables : 0,
		.gdt = pvhb_entry_is_linux(p->entry.kind) ? info_at + block.boot_params.gdt : 0,
		.slide = p->slide,
		.kaslr = p->kaslr,
		.entry_kind = (uint32_t)p->entry.kind,
	};
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_plan_make(const struct pvhboot_request *request,
				      struct pvhboot_buffer workspace, struct pvhboot_plan *out,
				      struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_WORKSPACE);
	struct pvhb_planning p = { .request = request, .diag = diag };
	enum pvhboot_status status = pvhb_request_check(request, diag);
	struct pvhb_arrays arrays;

	if (status == PVHBOOT_OK)
		status = pvhb_entry_choose(request, &p.entry, diag);
	if (status == PVHBOOT_OK)
		status = pvhb_arrays_of_plan(request, p.entry.kind, &arrays, diag);
	if (status != PVHBOOT_OK)
		return status;
	if (workspace.data == NULL || out == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at,
				       "workspace and out that are not NULL");
	if (workspace.size < arrays.size)
		return pvhb_fail(diag, PVHBOOT_NOSPACE, pvhb_in_bytes(at), workspace.size,
				 arrays.size, "workspace size >= what pvhboot_plan_need() says");
	p.ceiling = pvhb_request_ceiling(request);
	p.info_ceiling = pvhb_request_info_ceiling(request);
	pvhb_arrays_carve(&arrays, workspace.data, &p);
	return make(&p, out);
}
