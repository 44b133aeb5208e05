/* SPDX-License-Identifier: MIT */
/* The checks of a plan in their order; its slide and entry. */

#include <pvhboot/wire/elf.h>

#include "../../base/span.h"
#include "../../kernel/segment.h"
#include "../map.h"
#include "../request.h"
#include "checking.h"

/* Chance may lead where nothing is placed otherwise. */
static bool is_random(const struct pvhb_check *c)
{
	return c->plan->kaslr.physical_fixed == PVHBOOT_FIXED_NOT;
}

/* A kernel of i386 that has its relocations: where it lies and where it runs is one. */
static bool has_one_slide(const struct pvhb_check *c)
{
	const struct pvhboot_kernel *kernel = c->request->kernel;

	return kernel->machine == PVHBOOT_ELF_EM_386 && kernel->linux_boot.relocs.n_32 != 0;
}

uint64_t pvhb_check_kernel_ceiling(const struct pvhb_check *c)
{
	return is_random(c) ? pvhb_request_random_ceiling(c->request, c->entry.kind) :
			      pvhb_request_ceiling(c->request);
}

/* Where the kernel may be moved to: by the rules of its entry, or by those of Linux for a kernel of
 * i386 at a random address. An alignment of 0: nowhere. */
static struct pvhboot_reloc moves_of(const struct pvhb_check *c)
{
	const struct pvhboot_kernel *kernel = c->request->kernel;
	struct pvhboot_reloc reloc = c->entry.reloc;

	if (is_random(c) && has_one_slide(c))
		return (struct pvhboot_reloc){ kernel->linux_boot.align, kernel->start,
					       PVHB_KERNEL_MAX_32 - 1 };
	if (!c->entry.is_relocatable)
		return (struct pvhboot_reloc){ .align = 0 };
	if (c->entry.kind == PVHBOOT_ENTRY_LINUX64)
		reloc.max = pvhb_check_kernel_ceiling(c) - 1;
	return reloc;
}

/* Chance has a choice where nothing speaks against it. */
static bool is_one_of(uint32_t slots, uint32_t reason)
{
	return slots != 0 && (slots > 1) == (reason == PVHBOOT_FIXED_NOT) &&
	       reason <= PVHBOOT_FIXED_NO_ROOM;
}

static bool is_virtual_slide(const struct pvhb_check *c, uint64_t slide)
{
	const struct pvhboot_kernel *kernel = c->request->kernel;
	uint64_t image = pvhb_max(kernel->elf.size, kernel->end - kernel->start);

	if (has_one_slide(c))
		return slide == c->plan->slide;
	if (c->plan->kaslr.virtual_fixed != PVHBOOT_FIXED_NOT)
		return slide == 0;
	return c->entry.kind == PVHBOOT_ENTRY_LINUX64 && kernel->linux_boot.relocs.n_32 != 0 &&
	       (slide & (kernel->linux_boot.align - 1)) == 0 && slide <= PVHB_KERNEL_MAX_64 &&
	       pvhb_within(PVHB_KERNEL_MAX_64, kernel->start + slide, image);
}

static enum pvhboot_status check_kaslr(const struct pvhb_check *c)
{
	const struct pvhboot_kaslr *kaslr = &c->plan->kaslr;
	bool is_wanted = (c->request->flags & PVHBOOT_REQUEST_KASLR) != 0;
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL);

	if (!is_one_of(kaslr->physical_slots, kaslr->physical_fixed) ||
	    !is_one_of(kaslr->virtual_slots, kaslr->virtual_fixed) ||
	    (kaslr->physical_fixed != PVHBOOT_FIXED_NOT_WANTED) != is_wanted ||
	    (kaslr->virtual_fixed != PVHBOOT_FIXED_NOT_WANTED) != is_wanted)
		return pvhb_fail_plain(c->diag, PVHBOOT_MALFORMED, at,
				       "a reason for each address that is not random");
	if (!is_virtual_slide(c, kaslr->virtual_slide))
		return pvhb_fail_plain(c->diag, PVHBOOT_RANGE, at,
				       "a virtual slide that Linux allows for this kernel");
	return PVHBOOT_OK;
}

static enum pvhboot_status check_slide(const struct pvhb_check *c)
{
	const struct pvhboot_kernel *kernel = c->request->kernel;
	struct pvhboot_reloc reloc = moves_of(c);
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL);
	uint64_t slide = c->plan->slide;
	uint64_t start = kernel->start + slide;
	struct pvhboot_range range = pvhb_kernel_range(kernel);

	if ((c->request->flags & PVHBOOT_REQUEST_SLIDE) != 0 && slide != c->request->slide)
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at, slide, c->request->slide,
				 "the slide that the request asks for");
	if (slide == 0)
		return PVHBOOT_OK;
	if ((slide & (reloc.align - 1)) != 0) /* an alignment of 0 allows none */
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at, slide, reloc.align,
				 "a slide of 0, or a multiple of the alignment (of PHYS32_RELOC or "
				 "the boot header)");
	if (start < reloc.min)
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at, start, reloc.min,
				 "a kernel that starts at the minimum (of PHYS32_RELOC; of Linux 1 "
				 "MiB) or above");
	if (!pvhb_within(reloc.max + 1, start, range.end - range.start))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at, start, reloc.max,
				 "a kernel that ends at the maximum (of PHYS32_RELOC; of Linux as "
				 "plan.h says) or below");
	return PVHBOOT_OK;
}

static enum pvhboot_status check_entry(const struct pvhb_check *c)
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_ENTRY);
	size_t i;

	if ((!pvhb_entry_is_linux(c->entry.kind) && c->plan->gdt != 0) ||
	    (!pvhb_entry_is_64bit(c->entry.kind) && c->plan->page_tables != 0))
		return pvhb_fail_plain(c->diag, PVHBOOT_MALFORMED, at,
				       "GDT and page tables where the entry has them alone");
	if (c->plan->entry != c->entry.gpa + c->plan->slide)
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at, c->plan->entry,
				 c->entry.gpa + c->plan->slide,
				 "an entry that moves with the kernel");
	for (i = 0; i < c->plan->n_places; i++) {
		const struct pvhboot_place *place = &c->plan->places[i];

		if (place->kind == PVHBOOT_PLACE_SEGMENT && c->plan->entry >= place->gpa &&
		    c->plan->entry - place->gpa < place->size)
			return PVHBOOT_OK;
	}
	return pvhb_fail(c->diag, PVHBOOT_RANGE, at, c->plan->entry, 0,
			 "an entry in a segment's place");
}

enum pvhboot_status pvhboot_plan_check(const struct pvhboot_plan *plan,
				       const struct pvhboot_request *request,
				       struct pvhboot_diag *diag)
{
	struct pvhb_check c = { .plan = plan, .request = request, .diag = diag };
	enum pvhboot_status status = pvhb_request_check(request, diag);

	if (status != PVHBOOT_OK)
		return status;
	if (plan == NULL || (plan->places == NULL && plan->n_places != 0) ||
	    (plan->map == NULL && plan->n_map != 0) ||
	    (plan->info.data == NULL && plan->info.size != 0))
		return pvhb_fail_plain(diag, PVHBOOT_INVAL,
				       pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_NONE),
				       "plan and arrays that are not NULL");
	status = pvhb_entry_choose(request, &c.entry, diag);
	if (status != PVHBOOT_OK)
		return status;
	if (plan->entry_kind != (uint32_t)c.entry.kind)
		return pvhb_fail(diag, PVHBOOT_MALFORMED,
				 pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_ENTRY),
				 plan->entry_kind, (uint64_t)c.entry.kind,
				 "an entry kind that the request leads to");
	status = pvhb_map_check(request->map, request->n_map, diag);
	if (status == PVHBOOT_OK)
		status = pvhb_request_check_avoid(request, diag);
	if (status == PVHBOOT_OK)
		status = check_kaslr(&c);
	if (status == PVHBOOT_OK)
		status = check_slide(&c);
	if (status == PVHBOOT_OK)
		status = pvhb_check_places(&c);
	if (status == PVHBOOT_OK)
		status = check_entry(&c);
	if (status == PVHBOOT_OK)
		status = pvhb_check_map(&c);
	if (status == PVHBOOT_OK)
		status = pvhb_entry_is_linux(c.entry.kind) ? pvhb_check_boot_params(&c) :
							     pvhb_check_info(&c);
	return status;
}
