/* SPDX-License-Identifier: MIT */
/* The start_info block and the modules, in what the kernel left free. */

#include "../base/span.h"
#include "planning.h"
#include "request.h"

/* Free memory below the ceiling, and where modules may go there, above 4 GiB. */
struct room {
	struct pvhb_holes low;
	struct pvhb_holes high;
};

static void make_room(struct pvhb_planning *p, struct room *out)
{
	/* below 1 MiB are the interrupt vectors, the EBDA and video memory of a PC */
	bool low = (p->request->flags & PVHBOOT_REQUEST_BELOW_1MIB) != 0;
	size_t n_low = pvhb_ranges_cut(&p->free, PVHB_4GIB);
	size_t n_high = p->free.n - n_low;

	if ((p->request->flags & PVHBOOT_REQUEST_MODULES_ABOVE_4GIB) == 0)
		n_high = 0;
	pvhb_holes_make(&out->low, (struct pvhb_ranges){ p->free.at, n_low }, p->tree,
			low ? PVHB_PAGE_SIZE : PVHB_1MIB, p->ceiling);
	pvhb_holes_make(&out->high, (struct pvhb_ranges){ p->free.at + n_low, n_high },
			p->high_tree, PVHB_4GIB, UINT64_MAX);
}

static enum pvhboot_status no_room(const struct pvhb_planning *p, const struct room *room,
				   struct pvhb_at at, const struct pvhb_piece *piece)
{
	uint64_t most =
		pvhb_max(pvhb_holes_largest(&room->low, pvhb_min(piece->ceiling, p->ceiling)),
			 pvhb_holes_largest(&room->high, piece->ceiling));

	return pvhb_fail(p->diag, PVHBOOT_NOROOM, at, piece->size, most,
			 "size <= largest free range below its ceiling");
}

static enum pvhboot_status place_info(struct pvhb_planning *p, struct room *room, uint64_t size,
				      uint64_t *gpa)
{
	struct pvhb_piece piece = { size, PVHB_PAGE_SIZE, pvhb_max(p->kernel.end, PVHB_1MIB),
				    p->info_ceiling };

	if (!pvhb_holes_take(&room->low, &piece, gpa))
		return no_room(p, room, pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_INFO), &piece);
	pvhb_plan_add(p, PVHBOOT_PLACE_INFO, 0, *gpa, size,
		      (struct pvhboot_bytes){ p->info, (size_t)size });
	return PVHBOOT_OK;
}

static enum pvhboot_status place_module(struct pvhb_planning *p, struct room *room, size_t i)
{
	const struct pvhboot_module *module = &p->request->modules[i];
	struct pvhb_at at = pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, i);
	struct pvhb_piece piece = { module->bytes.size, pvhb_request_align(module->align),
				    pvhb_max(p->kernel.end, PVHB_1MIB), p->ceiling };
	struct pvhb_piece high = piece;

	if (piece.size == 0) {
		pvhb_warn_plain(p->diag, at, "a module has bytes, or it is left out");
		return PVHBOOT_OK;
	}
	high.ceiling = UINT64_MAX;
	if (!pvhb_holes_take(&room->low, &piece, &p->modules_at[i]) &&
	    !pvhb_holes_take(&room->high, &high, &p->modules_at[i]))
		return no_room(p, room, at, &high);
	if (module->flags & PVHBOOT_MODULE_BY_CALLER) {
		pvhb_plan_add(p, PVHBOOT_PLACE_MODULE, i, p->modules_at[i], piece.size,
			      (struct pvhboot_bytes){ NULL, 0 });
		p->places[p->n_places - 1].flags = PVHBOOT_PLACE_BY_CALLER;
		return PVHBOOT_OK;
	}
	pvhb_plan_add(p, PVHBOOT_PLACE_MODULE, i, p->modules_at[i], piece.size, module->bytes);
	return PVHBOOT_OK;
}

/* The block first: it has the lower ceiling, and modules may be large. */
enum pvhboot_status pvhb_plan_modules(struct pvhb_planning *p, const struct pvhb_info_layout *info,
				      uint64_t *info_at)
{
	enum pvhboot_status status;
	struct room room;
	size_t i;

	make_room(p, &room);
	status = place_info(p, &room, info->size, info_at);
	for (i = 0; status == PVHBOOT_OK && i < p->request->n_modules; i++)
		status = place_module(p, &room, i);
	if (status == PVHBOOT_OK)
		pvhb_plan_warn_for_guests(p, info, *info_at, &room.low);
	return status;
}
