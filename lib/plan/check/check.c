/* SPDX-License-Identifier: MIT */
/* The checks of a plan in their order; its slide and entry. */

#include <pvhboot/wire/boot_params.h>
#include <pvhboot/wire/elf.h>

#include "../../base/span.h"
#include "../../kernel/segment.h"
#include "../map.h"
#include "../request.h"
#include "checking.h"

/* Chance may lead where nothing is placed otherwise. */
static bool is_random(const struct pvhb_check *c)
{
	return (c->request->flags & PVHBOOT_REQUEST_KASLR) != 0 && c->plan->slide != 0;
}

uint64_t pvhb_check_kernel_ceiling(const struct pvhb_check *c)
{
	if (is_random(c) && c->entry.kind == PVHBOOT_ENTRY_LINUX64 && c->request->ceiling == 0 &&
	    (c->request->kernel->linux_boot.xloadflags & PVHBOOT_XLOADFLAGS_ABOVE_4G) != 0)
		return PVHB_MAPPED_END;
	return pvhb_request_ceiling(c->request);
}

/* What the kernel may be moved to: as the entry has it, and where it is random, as Linux has it. */
static struct pvhboot_reloc moves_of(const struct pvhb_check *c)
{
	const struct pvhboot_kernel *kernel = c->request->kernel;
	struct pvhboot_reloc reloc = c->entry.reloc;

	if (is_random(c) && kernel->machine == PVHBOOT_ELF_EM_386 &&
	    kernel->linux_boot.relocs.n_32 != 0)
		return (struct pvhboot_reloc){ kernel->linux_boot.align, kernel->start,
					       ((uint64_t)512 << 20) - 1 };
	if (is_random(c) && c->entry.kind == PVHBOOT_ENTRY_LINUX64)
		reloc.max = pvhb_check_kernel_ceiling(c) - 1;
	return reloc;
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
	if (reloc.align == 0 || (slide & (reloc.align - 1)) != 0)
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
