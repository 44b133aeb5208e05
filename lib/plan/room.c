/* SPDX-License-Identifier: MIT */
/* What is free: the RAM of the map, without what must be avoided and what was placed. */

#include "room.h"

#include "../base/buffer.h"
#include "../base/span.h"
#include "request.h"
#include "workspace.h"

void pvhb_plan_take(struct pvhb_planning *p, struct pvhboot_range range)
{
	p->taken.at[p->taken.n++] = range;
}

void pvhb_plan_find_free(struct pvhb_planning *p)
{
	pvhb_ranges_clean(&p->taken);
	pvhb_ranges_subtract(&p->ram, &p->taken, &p->free);
}

enum pvhboot_status pvhb_plan_read_room(struct pvhb_planning *p)
{
	const struct pvhboot_request *request = p->request;
	enum pvhboot_status status = pvhb_map_check(request->map, request->n_map, p->diag);
	size_t i;

	if (status == PVHBOOT_OK)
		status = pvhb_request_check_avoid(request, p->diag);
	if (status != PVHBOOT_OK)
		return status;
	p->n_map = pvhb_map_merge(request->map, request->n_map, p->edges, p->map, p->diag);
	pvhb_map_ram(p->map, p->n_map, &p->ram);
	for (i = 0; i < request->n_avoid; i++)
		pvhb_plan_take(p, request->avoid[i]);
	pvhb_plan_find_free(p);
	return PVHBOOT_OK;
}

static bool holds(struct pvhboot_range range, uint64_t gpa)
{
	return range.start <= gpa && gpa < range.end;
}

static void name(struct pvhboot_diag *diag, const char *what, size_t index)
{
	pvhb_detail_text(diag, what);
	pvhb_detail_number(diag, (uint32_t)index);
	pvhb_detail_text(diag, " lies there");
}

void pvhb_plan_name_taker(const struct pvhb_planning *p, uint64_t gpa, const void *asker)
{
	const struct pvhboot_request *request = p->request;
	size_t i;

	//@ loop assigns i;
	for (i = 0; i < request->n_avoid; i++) {
		if (holds(request->avoid[i], gpa)) {
			name(p->diag, "avoid range ", i);
			return;
		}
	}
	//@ loop assigns i;
	for (i = 0; i < request->n_blobs; i++) {
		const struct pvhboot_blob *blob = &request->blobs[i];

		if (blob != asker && blob->gpa != 0 &&
		    holds(pvhb_request_blob_pages(blob, blob->gpa), gpa)) {
			name(p->diag, "blob ", i);
			return;
		}
	}
	//@ loop assigns i;
	for (i = 0; i < request->n_modules; i++) {
		const struct pvhboot_module *module = &request->modules[i];

		if (module != asker && module->gpa != 0 && gpa >= module->gpa &&
		    gpa - module->gpa < module->bytes.size) {
			name(p->diag, "module ", i);
			return;
		}
	}
	if (gpa < PVHB_PAGE_SIZE)
		pvhb_detail_text(p->diag, "page 0 is kept free");
}

enum pvhboot_status pvhb_plan_is_free(const struct pvhboot_request *request,
				      const struct pvhboot_allocator *allocator,
				      struct pvhboot_range range, bool *is_free,
				      struct pvhboot_diag *diag)
{
	/* the entry is not known yet, nor how high it takes a module */
	struct pvhb_planning p = { .request = request, .entry.modules_ceiling = UINT64_MAX };
	struct pvhboot_buffer workspace;
	struct pvhb_arrays arrays;
	enum pvhboot_status status;

	*is_free = false;
	if (pvhb_arrays_of_room(request, &arrays) != PVHBOOT_OK)
		return PVHBOOT_OK;
	status = pvhb_buffer_alloc(allocator, (size_t)arrays.size,
				   pvhb_at(PVHBOOT_STAGE_UNPACK, PVHBOOT_SUBJECT_NONE), &workspace,
				   diag);
	if (status != PVHBOOT_OK)
		return status;
	pvhb_arrays_carve(&arrays, workspace.data, &p);
	if (pvhb_plan_read_room(&p) == PVHBOOT_OK && pvhb_plan_fixed(&p) == PVHBOOT_OK)
		*is_free = pvhb_ranges_first_gap(&p.free, range) == range.end;
	pvhb_buffer_release(allocator, workspace);
	return PVHBOOT_OK;
}
