/* SPDX-License-Identifier: MIT */
/* Where the kernel goes: its segments, and its symbols behind them. */

#include "../base/span.h"
#include "../kernel/segment.h"
#include "../kernel/symbols.h"
#include "planning.h"

static enum pvhboot_status image_changed(struct pvhboot_diag *diag)
{
	return pvhb_fail_plain(diag, PVHBOOT_MALFORMED,
			       pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL),
			       "the ELF image is as it was when it was opened");
}

/* The kernel's segments as places at their link addresses, ascending. They were
 * checked when the kernel was opened; what is read again is checked again. */
static enum pvhboot_status read_segments(struct pvhb_planning *p)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	size_t i;

	while (pvhboot_segment_next(kernel, &iter, &segment)) {
		if (p->n_places == kernel->n_segments || segment.gpa < kernel->start ||
		    segment.gpa + segment.size > kernel->end)
			return image_changed(p->diag);
		pvhb_plan_add(p, PVHBOOT_PLACE_SEGMENT, segment.index, segment.gpa, segment.size,
			      segment.bytes);
	}
	if (p->n_places != kernel->n_segments)
		return image_changed(p->diag);
	pvhb_plan_sort(p);
	for (i = 1; i < p->n_places; i++) {
		if (p->places[i - 1].gpa + p->places[i - 1].size > p->places[i].gpa)
			return image_changed(p->diag);
	}
	return PVHBOOT_OK;
}

/* The symbols behind the segments. A part without bytes has no place. */
static void add_symbols(struct pvhb_planning *p)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	const struct pvhboot_symbols *symbols = &kernel->symbols;
	struct pvhb_symbols_layout layout = pvhb_symbols_lay_out(kernel);

	pvhb_symbols_write_head(kernel, p->symbols_head);
	pvhb_plan_add(p, PVHBOOT_PLACE_SYMBOLS, 0, symbols->gpa, layout.symtab,
		      (struct pvhboot_bytes){ p->symbols_head, (size_t)layout.head_size });
	if (layout.strtab != layout.symtab)
		pvhb_plan_add(p, PVHBOOT_PLACE_SYMBOLS, 1, symbols->gpa + layout.symtab,
			      layout.strtab - layout.symtab, symbols->symtab);
	if (layout.end != layout.strtab)
		pvhb_plan_add(p, PVHBOOT_PLACE_SYMBOLS, 2, symbols->gpa + layout.strtab,
			      layout.end - layout.strtab, symbols->strtab);
}

static struct pvhb_at at_place(const struct pvhboot_place *place)
{
	enum pvhboot_subject subject = place->kind == PVHBOOT_PLACE_SEGMENT ?
					       PVHBOOT_SUBJECT_SEGMENT :
					       PVHBOOT_SUBJECT_SYMBOLS;

	return pvhb_at_element(PVHBOOT_STAGE_PLAN, subject, place->index, place->gpa);
}

/* Gaps between segments need not be free, but what is placed in one might be used
 * by the kernel as if it were its own. */
static enum pvhboot_status check_gaps(const struct pvhb_planning *p, struct pvhboot_diag *diag)
{
	const struct pvhboot_place *last = &p->places[p->n_places - 1];
	struct pvhboot_range kernel = { p->places[0].gpa, last->gpa + last->size };
	size_t i;

	for (i = 0; i < p->request->n_blobs; i++) {
		const struct pvhboot_blob *blob = &p->request->blobs[i];
		struct pvhboot_range taken = { blob->gpa, blob->gpa + blob->bytes.size };

		if (blob->gpa != 0 && blob->bytes.size != 0 && pvhb_overlap(kernel, taken))
			return pvhb_fail(diag, PVHBOOT_OVERLAP,
					 pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_BLOB,
							 i, taken.start),
					 taken.end, kernel.end,
					 "no blob lies between the kernel's segments");
	}
	return PVHBOOT_OK;
}

/* OVERLAP, RANGE: the kernel cannot lie where its places are. */
static enum pvhboot_status check_free(const struct pvhb_planning *p, struct pvhboot_diag *diag)
{
	size_t i;

	for (i = 0; i < p->n_places; i++) {
		const struct pvhboot_place *place = &p->places[i];
		struct pvhboot_range wanted = { place->gpa, place->gpa + place->size };
		uint64_t gap = pvhb_ranges_first_gap(&p->free, wanted);

		if (wanted.end > p->ceiling)
			return pvhb_fail(diag, PVHBOOT_RANGE, at_place(place), wanted.end,
					 p->ceiling, "a segment ends at the ceiling or below");
		if (gap != wanted.end)
			return pvhb_fail(
				diag, PVHBOOT_OVERLAP, at_place(place), wanted.end, gap,
				"a segment is linked to free RAM up to its end, or relocatable");
	}
	return check_gaps(p, diag);
}

static uint64_t kernel_size(const struct pvhboot_kernel *kernel)
{
	struct pvhboot_range range = pvhb_kernel_range(kernel);

	return range.end - range.start;
}

/* The first address at low or above that the kernel may slide to: the slide, not
 * the address, is a multiple of the alignment. False: there is none. */
static bool align_start(const struct pvhboot_kernel *kernel, uint64_t low, uint64_t *start)
{
	return pvhb_add(low, (kernel->start - low) & (kernel->reloc.align - 1), start);
}

/* The address in one free range that the relocation note allows, the highest or
 * the lowest; *room is what the kernel could have in it at most. */
static bool fit_into(const struct pvhb_planning *p, struct pvhboot_range free, uint64_t *start,
		     uint64_t *room)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	uint64_t size = kernel_size(kernel);
	uint64_t low = pvhb_max(free.start, kernel->reloc.min);
	uint64_t high = pvhb_min(pvhb_min(free.end, p->ceiling), kernel->reloc.max + 1);

	*room = align_start(kernel, low, &low) && low < high ? high - low : 0;
	if (*room < size)
		return false;
	*start = low;
	if ((p->request->flags & PVHBOOT_REQUEST_LOWEST) == 0)
		*start += (high - size - low) & ~(kernel->reloc.align - 1);
	return true;
}

/* Xen's rule for a dom0 kernel is from the top of memory downwards. */
static enum pvhboot_status relocate(const struct pvhb_planning *p, uint64_t *start)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	bool upwards = (p->request->flags & PVHBOOT_REQUEST_LOWEST) != 0;
	uint64_t most = 0, room;
	size_t i;

	for (i = 0; i < p->free.n; i++) {
		if (fit_into(p, p->free.at[upwards ? i : p->free.n - 1 - i], start, &room))
			return PVHBOOT_OK;
		most = pvhb_max(most, room);
	}
	return pvhb_fail(p->diag, PVHBOOT_NOROOM,
			 pvhb_at_offset(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL, kernel->start),
			 kernel_size(kernel), most,
			 "the kernel fits into free RAM at an address that PHYS32_RELOC allows");
}

static void move_kernel(struct pvhb_planning *p, uint64_t start)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	size_t i;

	p->kernel = (struct pvhboot_range){ start, start + kernel_size(kernel) };
	p->slide = start - kernel->start;
	for (i = 0; i < p->n_places; i++)
		p->places[i].gpa += p->slide;
}

/* A slide that is not 0, to start. */
static enum pvhboot_status check_slide(const struct pvhb_planning *p, uint64_t start)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL);
	uint64_t slide = p->request->slide;

	if (!kernel->relocatable)
		return pvhb_fail(p->diag, PVHBOOT_RANGE, at, slide, 0,
				 "slide is 0, or the kernel is relocatable");
	if ((slide & (kernel->reloc.align - 1)) != 0)
		return pvhb_fail(p->diag, PVHBOOT_RANGE, at, slide, kernel->reloc.align,
				 "slide is a multiple of PHYS32_RELOC's alignment");
	if (start < kernel->reloc.min)
		return pvhb_fail(p->diag, PVHBOOT_RANGE, at, start, kernel->reloc.min,
				 "the kernel starts at PHYS32_RELOC's minimum or above");
	if (!pvhb_within(kernel->reloc.max + 1, start, kernel_size(kernel)))
		return pvhb_fail(p->diag, PVHBOOT_RANGE, at, start, kernel->reloc.max,
				 "the kernel ends at PHYS32_RELOC's maximum or below");
	return PVHBOOT_OK;
}

/* The slide that the caller wants, or none. */
static enum pvhboot_status slide_kernel(struct pvhb_planning *p)
{
	uint64_t slide = p->request->slide;
	uint64_t start = p->request->kernel->start + slide; /* modulo 2^64: it may go down */
	enum pvhboot_status status = PVHBOOT_OK;

	if (slide != 0)
		status = check_slide(p, start);
	if (status != PVHBOOT_OK)
		return status;
	move_kernel(p, start);
	return check_free(p, p->diag);
}

/* Places are at link addresses, and move to where the kernel goes. */
static enum pvhboot_status find_address(struct pvhb_planning *p)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	uint64_t start = kernel->start;
	enum pvhboot_status status;

	if (p->request->flags & PVHBOOT_REQUEST_SLIDE)
		return slide_kernel(p);
	status = check_free(p, kernel->relocatable ? NULL : p->diag);
	if (status != PVHBOOT_OK && kernel->relocatable)
		status = relocate(p, &start);
	if (status == PVHBOOT_OK)
		move_kernel(p, start);
	return status;
}

enum pvhboot_status pvhb_plan_kernel(struct pvhb_planning *p)
{
	enum pvhboot_status status = read_segments(p);

	if (status != PVHBOOT_OK)
		return status;
	if (p->request->kernel->symbols.size != 0)
		add_symbols(p);
	status = find_address(p);
	if (status != PVHBOOT_OK)
		return status;
	pvhb_plan_take(p, p->kernel);
	pvhb_plan_find_free(p);
	return PVHBOOT_OK;
}
