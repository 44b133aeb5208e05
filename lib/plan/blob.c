/* SPDX-License-Identifier: MIT */
/* Blobs without an address, behind the kernel, and the places of all blobs. */

#include "planning.h"

#include "../base/span.h"
#include "request.h"

/* The free ranges become holes, which end where pages do for a blob that is no RAM: what shares
 * its last page would no longer be in RAM. */
static enum pvhboot_status find_room(struct pvhb_planning *p, size_t i)
{
	const struct pvhboot_blob *blob = &p->request->blobs[i];
	struct pvhboot_range window = pvhb_request_window(p->request, blob);
	struct pvhb_at at = pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_BLOB, i);
	struct pvhb_piece piece = { .size = pvhb_request_blob_size(blob),
				    .align = pvhb_request_align(blob->align),
				    .ceiling = UINT64_MAX };
	struct pvhb_holes holes;
	size_t k;

	for (k = 0; blob->type > PVHBOOT_MAP_RAM && k < p->free.n; k++)
		p->free.at[k].end &= ~(PVHB_PAGE_SIZE - 1);
	pvhb_holes_make(&holes, p->free, p->tree, window.start, window.end);
	if (!pvhb_holes_take(&holes, &piece, &p->blobs_at[i]))
		return pvhb_fail(p->diag, PVHBOOT_NOROOM, pvhb_needing(pvhb_in_bytes(at)),
				 piece.size, pvhb_holes_largest(&holes, piece.align, UINT64_MAX),
				 "free memory for the blob in its window; widen the window, or "
				 "give the guest more memory");
	pvhb_plan_take(p, pvhb_request_blob_pages(blob, p->blobs_at[i]));
	pvhb_plan_find_free(p);
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_plan_blobs(struct pvhb_planning *p)
{
	size_t i;

	for (i = 0; i < p->request->n_blobs; i++) {
		const struct pvhboot_blob *blob = &p->request->blobs[i];
		enum pvhboot_status status = PVHBOOT_OK;

		if (pvhb_request_blob_size(blob) == 0)
			continue;
		if (blob->gpa == 0)
			status = find_room(p, i);
		if (status != PVHBOOT_OK)
			return status;
		pvhb_plan_add(p, PVHBOOT_PLACE_BLOB, i, p->blobs_at[i],
			      pvhb_request_blob_size(blob), blob->bytes,
			      (blob->flags & PVHBOOT_BLOB_BY_CALLER) != 0);
	}
	return PVHBOOT_OK;
}
