/* SPDX-License-Identifier: MIT */
/* The start_info block and the modules, in what the kernel left free. */

#include "planning.h"

#include "../base/span.h"
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
				   struct pvhb_at at, const struct pvhb_piece *piece,
				   const char *rule)
{
	uint64_t ceiling = pvhb_min(piece->ceiling, p->ceiling);
	uint64_t most = pvhb_max(pvhb_holes_largest(&room->low, piece->align, ceiling),
				 pvhb_holes_largest(&room->high, piece->align, piece->ceiling));

	(void)pvhb_fail(p->diag, PVHBOOT_NOROOM, pvhb_needing(pvhb_in_bytes(at)), piece->size, most,
			rule);
	pvhb_detail_text(p->diag, "the ceiling is ");
	pvhb_detail_hex(p->diag, ceiling);
	return PVHBOOT_NOROOM;
}

static enum pvhboot_status place_info(struct pvhb_planning *p, struct room *room, uint64_t size,
				      uint64_t *gpa)
{
	struct pvhb_piece piece = { size, PVHB_PAGE_SIZE, pvhb_max(p->kernel.end, PVHB_1MIB),
				    p->info_ceiling };

	if (!pvhb_holes_take(&room->low, &piece, gpa))
		return no_room(p, room, pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_INFO), &piece,
			       "free memory for the start_info block below info_ceiling; "
			       "raise info_ceiling or ceiling");
	pvhb_plan_add(p, PVHBOOT_PLACE_INFO, 0, *gpa, size,
		      (struct pvhboot_bytes){ p->info, (size_t)size }, false);
	return PVHBOOT_OK;
}

static enum pvhboot_status find_module(struct pvhb_planning *p, struct room *room,
				       struct pvhb_listed *module)
{
	struct pvhb_piece piece = { module->size, pvhb_request_align(module->align),
				    pvhb_max(p->kernel.end, PVHB_1MIB),
				    pvhb_min(p->ceiling, p->entry.modules_ceiling) };
	struct pvhb_piece high = piece;

	high.ceiling = p->entry.modules_ceiling;
	if (pvhb_holes_take(&room->low, &piece, &module->gpa) ||
	    pvhb_holes_take(&room->high, &high, &module->gpa))
		return PVHBOOT_OK;
	return no_room(p, room,
		       pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, module->index),
		       &high,
		       "free memory for the module below the ceiling; give the guest more memory, "
		       "or raise ceiling");
}

/* The places of a module of the list: one, or where modules are joined, one for each. */
static void add_parts(struct pvhb_planning *p, const struct pvhb_listed *module)
{
	uint64_t gpa = module->gpa;
	size_t i;

	for (i = module->index; i < module->next; i++) {
		const struct pvhboot_module *part = &p->request->modules[i];
		uint64_t size = pvhb_min(pvhb_info_part_size(p->request, i),
					 module->gpa + module->size - gpa);

		if (part->bytes.size == 0)
			continue;
		p->modules_at[i] = gpa;
		pvhb_plan_add(p, PVHBOOT_PLACE_MODULE, i, gpa, size, part->bytes,
			      (part->flags & PVHBOOT_MODULE_BY_CALLER) != 0);
		gpa += size;
	}
}

/* Of joined modules the first that has bytes lends its command line to all. */
static void warn_of_modules(const struct pvhb_planning *p)
{
	bool is_joined = (p->request->flags & PVHBOOT_REQUEST_JOIN) != 0;
	bool is_first = true;
	size_t i;

	for (i = 0; i < p->request->n_modules; i++) {
		struct pvhb_at at = pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, i);
		const struct pvhboot_module *module = &p->request->modules[i];

		if (module->bytes.size == 0)
			pvhb_warn_plain(p->diag, at, "a module to have bytes; it is left out");
		else if (is_joined && !is_first && module->cmdline.size != 0)
			pvhb_warn_plain(p->diag, at,
					"a command line of the first joined module alone; this "
					"one is left out");
		is_first = is_first && module->bytes.size == 0;
	}
}

/* The block first: it has the lower ceiling, and modules may be large. */
enum pvhboot_status pvhb_plan_modules(struct pvhb_planning *p, const struct pvhb_block *block,
				      uint64_t *info_at)
{
	struct pvhb_listed module = { .next = 0 };
	enum pvhboot_status status;
	struct room room;

	warn_of_modules(p);
	make_room(p, &room);
	status = place_info(p, &room, block->size, info_at);
	while (status == PVHBOOT_OK && pvhb_info_next_module(p->request, &module)) {
		if (module.gpa == 0)
			status = find_module(p, &room, &module);
		if (status == PVHBOOT_OK)
			add_parts(p, &module);
	}
	if (status == PVHBOOT_OK)
		pvhb_plan_warn_for_guests(p, block, *info_at, &room.low);
	return status;
}
