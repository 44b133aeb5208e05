/* SPDX-License-Identifier: MIT */
/* Blobs: those with an address before the kernel, which may have to move away from
 * them, and the others behind it. */

#include "../base/span.h"
#include "planning.h"
#include "request.h"

static struct pvhb_at at_blob(size_t i, uint64_t gpa)
{
	return pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_BLOB, i, gpa);
}

static enum pvhboot_status fix_blob(struct pvhb_planning *p, size_t i)
{
	const struct pvhboot_blob *blob = &p->request->blobs[i];
	struct pvhboot_range wanted = { blob->gpa, blob->gpa + blob->bytes.size };
	uint64_t gap = pvhb_ranges_first_gap(&p->free, wanted);

	if (gap != wanted.end &&
	    (pvhb_ranges_touch(&p->ram, wanted) || pvhb_ranges_touch(&p->taken, wanted)))
		return pvhb_fail(p->diag, PVHBOOT_OVERLAP, at_blob(i, wanted.start), wanted.end,
				 gap, "a blob's gpa is free RAM up to its end, or no RAM at all");
	p->blobs_at[i] = wanted.start;
	pvhb_plan_take(p, wanted);
	pvhb_plan_find_free(p);
	return PVHBOOT_OK;
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

enum pvhboot_status pvhb_plan_fixed_blobs(struct pvhb_planning *p)
{
	enum pvhboot_status status = PVHBOOT_OK;
	size_t i;

	for (i = 0; status == PVHBOOT_OK && i < p->request->n_blobs; i++) {
		p->blobs_at[i] = 0;
		if (p->request->blobs[i].bytes.size == 0)
			pvhb_warn_plain(p->diag,
					pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_BLOB, i),
					"a blob has bytes, or it is left out");
		else if (p->request->blobs[i].gpa != 0)
			status = fix_blob(p, i);
	}
	if (status == PVHBOOT_OK && p->request->n_blobs != 0)
		take_pages(p);
	return status;
}

/* First fit; there are few blobs, so all free ranges are looked at. */
static enum pvhboot_status find_room(const struct pvhb_planning *p, size_t i, uint64_t *gpa)
{
	const struct pvhboot_blob *blob = &p->request->blobs[i];
	struct pvhboot_range window = pvhb_request_window(p->request, blob);
	uint64_t align = pvhb_request_align(blob->align);
	uint64_t most = 0;
	size_t k;

	for (k = 0; k < p->free.n; k++) {
		uint64_t start = pvhb_max(p->free.at[k].start, window.start);
		uint64_t end = p->free.at[k].end;

		/* what shares its last page would no longer be in RAM */
		if (blob->type > PVHBOOT_MAP_RAM)
			end &= ~(PVHB_PAGE_SIZE - 1);
		end = pvhb_min(end, window.end);
		if (!pvhb_align_up(start, align, &start) || start >= end)
			continue;
		if (end - start >= blob->bytes.size) {
			*gpa = start;
			return PVHBOOT_OK;
		}
		most = pvhb_max(most, end - start);
	}
	return pvhb_fail(p->diag, PVHBOOT_NOROOM,
			 pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_BLOB, i),
			 blob->bytes.size, most, "size <= largest free range in its window");
}

enum pvhboot_status pvhb_plan_other_blobs(struct pvhb_planning *p)
{
	size_t i;

	for (i = 0; i < p->request->n_blobs; i++) {
		const struct pvhboot_blob *blob = &p->request->blobs[i];
		enum pvhboot_status status;

		if (blob->bytes.size == 0)
			continue;
		if (blob->gpa == 0) {
			status = find_room(p, i, &p->blobs_at[i]);
			if (status != PVHBOOT_OK)
				return status;
			pvhb_plan_take(p, pvhb_request_blob_pages(blob, p->blobs_at[i]));
			pvhb_plan_find_free(p);
		}
		pvhb_plan_add(p, PVHBOOT_PLACE_BLOB, i, p->blobs_at[i], blob->bytes.size,
			      blob->bytes);
	}
	return PVHBOOT_OK;
}
