/* SPDX-License-Identifier: MIT */
/* What known guests demand beyond the ABI, and a plan cannot do for them. The
 * sources are named beside PVHBOOT_FOR_LINUX. */

#include "../entry/guest.h"
#include "../base/span.h"
#include "planning.h"

static struct pvhb_at at_info(void)
{
	return pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_INFO);
}

static bool is_for(const struct pvhb_planning *p, uint32_t guests)
{
	return (p->request->guests & guests) != 0;
}

static void check_high_modules(const struct pvhb_planning *p)
{
	size_t i;

	for (i = 0; i < p->n_places; i++) {
		const struct pvhboot_place *place = &p->places[i];

		if (place->kind == PVHBOOT_PLACE_MODULE && place->gpa + place->size > PVHB_4GIB)
			pvhb_warn(p->diag,
				  pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE,
						  place->index, place->gpa),
				  place->gpa + place->size, PVHB_4GIB,
				  "Linux, GRUB and Xen find a module below 4 GiB");
	}
}

static void check_linux(const struct pvhb_planning *p, const struct pvhb_info_layout *info,
			uint64_t info_at)
{
	size_t text = p->request->cmdline.size;

	if (text > PVHB_LINUX_MAX_CMDLINE)
		pvhb_warn(p->diag, at_info(), text, PVHB_LINUX_MAX_CMDLINE,
			  "Linux reads the whole command line");
	if (info_at + info->size > PVHB_LINUX_OLD_MAPPED)
		pvhb_warn(p->diag, at_info(), info_at + info->size, PVHB_LINUX_OLD_MAPPED,
			  "older Linux maps the start_info block");
}

/* Where the last of the places ends that FreeBSD looks for. */
static uint64_t last_end(const struct pvhb_planning *p)
{
	uint64_t end = p->kernel.end;
	size_t i;

	for (i = 0; i < p->n_places; i++) {
		const struct pvhboot_place *place = &p->places[i];

		if (place->kind != PVHBOOT_PLACE_BLOB && place->gpa < PVHB_4GIB)
			end = pvhb_max(end, place->gpa + place->size);
	}
	return end;
}

static void check_freebsd(const struct pvhb_planning *p, const struct pvhb_holes *holes)
{
	uint64_t end = last_end(p);
	uint64_t next = (end + PVHB_PAGE_SIZE - 1) & ~(PVHB_PAGE_SIZE - 1); /* <= 4 GiB */

	if (!pvhb_holes_start_at(holes, next))
		pvhb_warn(p->diag, pvhb_at_offset(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_INFO, next),
			  end, p->ceiling,
			  "FreeBSD has free RAM behind the last thing that is loaded");
}

void pvhb_plan_warn_for_guests(const struct pvhb_planning *p, const struct pvhb_info_layout *info,
			       uint64_t info_at, const struct pvhb_holes *holes)
{
	if (p->n_map > PVHB_LINUX_MAX_MAP)
		pvhb_warn(p->diag, pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MAP), p->n_map,
			  PVHB_LINUX_MAX_MAP, "Linux reads all entries of the map");
	if (is_for(p, PVHBOOT_FOR_LINUX))
		check_linux(p, info, info_at);
	if (is_for(p, PVHBOOT_FOR_FREEBSD))
		check_freebsd(p, holes);
	if (is_for(p, PVHBOOT_FOR_LINUX | PVHBOOT_FOR_GRUB | PVHBOOT_FOR_XEN))
		check_high_modules(p);
	if (is_for(p, PVHBOOT_FOR_OVMF) && p->request->rsdp == 0)
		pvhb_warn_plain(p->diag, at_info(), "OVMF is given an RSDP");
	if (is_for(p, PVHBOOT_FOR_XEN) && info->n_modules > PVHB_XEN_MAX_MODULES)
		pvhb_warn(p->diag, at_info(), info->n_modules, PVHB_XEN_MAX_MODULES,
			  "Xen takes all modules");
	if (info->version == 0 && is_for(p, PVHBOOT_FOR_LINUX | PVHBOOT_FOR_FREEBSD |
						    PVHBOOT_FOR_GRUB | PVHBOOT_FOR_OVMF))
		pvhb_warn(p->diag, at_info(), 0, 1,
			  "guests without a hypercall for it find the memory map in version 1");
}
