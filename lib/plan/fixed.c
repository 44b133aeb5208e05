/* SPDX-License-Identifier: MIT */
/* Blobs and modules that have an address. They come before the kernel, which may have to move
 * away from them. */

#include "planning.h"

#include "../base/span.h"
#include "request.h"

static enum pvhboot_status fix_blob(struct pvhb_planning *p, size_t i)
{
	const struct pvhboot_blob *blob = &p->request->blobs[i];
	struct pvhb_at at = pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_BLOB, i, blob->gpa);
	struct pvhboot_range wanted = { blob->gpa, blob->gpa + pvhb_request_blob_size(blob) };
	uint64_t gap = pvhb_ranges_first_gap(&p->free, wanted);
	bool is_free = gap == wanted.end || (!pvhb_ranges_touch(&p->ram, wanted) &&
					     !pvhb_ranges_touch(&p->taken, wanted));

	if (!is_free || wanted.start < PVHB_PAGE_SIZE) {
		if (is_free)
			gap = wanted.start;
		(void)pvhb_fail(p->diag, PVHBOOT_OVERLAP, at, wanted.end, gap,
				"a blob's gpa to be free RAM up to its end, or no RAM at all");
		pvhb_plan_name_taker(p, gap, blob);
		return PVHBOOT_OVERLAP;
	}
	p->blobs_at[i] = wanted.start;
	pvhb_plan_take(p, wanted);
	pvhb_plan_find_free(p);
	return PVHBOOT_OK;
}

static enum pvhboot_status fix_blobs(struct pvhb_planning *p)
{
	enum pvhboot_status status = PVHBOOT_OK;
	size_t i;

	for (i = 0; status == PVHBOOT_OK && i < p->request->n_blobs; i++) {
		const struct pvhboot_blob *blob = &p->request->blobs[i];

		p->blobs_at[i] = 0;
		if (pvhb_request_blob_size(blob) == 0)
			pvhb_warn_plain(p->diag,
					pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_BLOB, i),
					"a blob to have bytes; it is left out");
		else if (blob->gpa != 0)
			status = fix_blob(p, i);
	}
	return status;
}

/* Blobs may share pages with each other, as tables of one firmware do, but nothing
 * else may lie in a page that the map calls other than RAM. */
static void take_pages(struct pvhb_planning *p)
{
	size_t i;

	for (i = 0; i < p->request->n_blobs; i++) {
		const struct pvhboot_blob *blob = &p->request->blobs[i];

		if (blob->gpa != 0)
			pvhb_plan_take(p, pvhb_request_blob_pages(blob, blob->gpa));
	}
	pvhb_plan_find_free(p);
}

static enum pvhboot_status fix_module(struct pvhb_planning *p, const struct pvhb_listed *module)
{
	struct pvhb_at at = pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE,
					    module->index, module->gpa);
	struct pvhboot_range wanted = { module->gpa, module->gpa + module->size };
	uint64_t ceiling = pvhb_min(pvhb_request_module_ceiling(p->request, module->gpa),
				    p->entry.modules_ceiling);
	uint64_t gap = pvhb_ranges_first_gap(&p->free, wanted);

	if (wanted.end > ceiling)
		return pvhb_fail(p->diag, PVHBOOT_RANGE, at, wanted.end, ceiling,
				 "a module's gpa to leave its end at the ceiling or below");
	if (gap != wanted.end) {
		(void)pvhb_fail(p->diag, PVHBOOT_OVERLAP, at, wanted.end, gap,
				"a module's gpa to be free RAM up to its end");
		pvhb_plan_name_taker(p, gap, &p->request->modules[module->index]);
		return PVHBOOT_OVERLAP;
	}
	pvhb_plan_take(p, wanted);
	pvhb_plan_find_free(p);
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_plan_fixed(struct pvhb_planning *p)
{
	enum pvhboot_status status = fix_blobs(p);
	struct pvhb_listed module = { .next = 0 };

	if (status == PVHBOOT_OK && p->request->n_blobs != 0)
		take_pages(p);
	while (status == PVHBOOT_OK && pvhb_info_next_module(p->request, &module)) {
		if (module.gpa != 0)
			status = fix_module(p, &module);
	}
	return status;
}
