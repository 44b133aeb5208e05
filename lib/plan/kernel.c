/* SPDX-License-Identifier: MIT */
/* Where the kernel goes: its segments, and its symbols behind them. */

#include "../base/span.h"
#include "../kernel/segment.h"
#include "../kernel/symbols.h"
#include "planning.h"
#include "request.h"

static enum pvhboot_status image_changed(struct pvhboot_diag *diag)
{
	return pvhb_fail_plain(diag, PVHBOOT_MALFORMED,
			       pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL),
			       "the ELF image as it was when it was opened");
}

/* The kernel as places, which need not be the first that there are. */
struct pieces {
	struct pvhboot_place *at; /* ascending, once they are read */
	size_t n;
};

static bool fits(const struct pvhboot_kernel *kernel, const struct pvhboot_segment *segment)
{
	return segment->gpa >= kernel->start && segment->gpa + segment->size <= kernel->end;
}

/* The segments at their link addresses. They were checked when the kernel was opened; what is
 * read again is checked again. */
static enum pvhboot_status read_segments(struct pvhb_planning *p, struct pieces *pieces)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	size_t first = p->n_places;
	size_t i;

	*pieces = (struct pieces){ p->places + first, 0 };
	while (pvhboot_segment_next(kernel, &iter, &segment)) {
		if (pieces->n == kernel->n_segments || !fits(kernel, &segment))
			return image_changed(p->diag);
		pvhb_plan_add(p, PVHBOOT_PLACE_SEGMENT, segment.index, segment.gpa, segment.size,
			      segment.bytes, false)
			->source_offset = segment.offset;
		pieces->n++;
	}
	if (pieces->n != kernel->n_segments)
		return image_changed(p->diag);
	pvhb_plan_sort(p, first);
	for (i = 1; i < pieces->n; i++) {
		if (pieces->at[i - 1].gpa + pieces->at[i - 1].size > pieces->at[i].gpa)
			return image_changed(p->diag);
	}
	return PVHBOOT_OK;
}

/* The symbols behind the segments. A part without bytes has no place. */
static void add_symbols(struct pvhb_planning *p, struct pieces *pieces)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	const struct pvhboot_symbols *symbols = &kernel->symbols;
	struct pvhb_symbols_layout layout = pvhb_symbols_lay_out(kernel);

	pvhb_symbols_write_head(kernel, p->symbols_head);
	pvhb_plan_add(p, PVHBOOT_PLACE_SYMBOLS, 0, symbols->gpa, layout.symtab,
		      (struct pvhboot_bytes){ p->symbols_head, (size_t)layout.head_size }, false);
	if (layout.strtab != layout.symtab)
		pvhb_plan_add(p, PVHBOOT_PLACE_SYMBOLS, 1, symbols->gpa + layout.symtab,
			      layout.strtab - layout.symtab, symbols->symtab, false)
			->source_offset = (uint64_t)(symbols->symtab.data - kernel->elf.data);
	if (layout.end != layout.strtab)
		pvhb_plan_add(p, PVHBOOT_PLACE_SYMBOLS, 2, symbols->gpa + layout.strtab,
			      layout.end - layout.strtab, symbols->strtab, false)
			->source_offset = (uint64_t)(symbols->strtab.data - kernel->elf.data);
	pieces->n = (size_t)(p->places + p->n_places - pieces->at);
}

static struct pvhb_at at_place(const struct pvhboot_place *place)
{
	enum pvhboot_subject subject = place->kind == PVHBOOT_PLACE_SEGMENT ?
					       PVHBOOT_SUBJECT_SEGMENT :
					       PVHBOOT_SUBJECT_SYMBOLS;

	return pvhb_at_element(PVHBOOT_STAGE_PLAN, subject, place->index, place->gpa);
}

static enum pvhboot_status in_gap(const struct pvhb_planning *p, struct pvhb_at at,
				  uint64_t taken_end, uint64_t kernel_end)
{
	return pvhb_fail(p->diag, PVHBOOT_OVERLAP, at, taken_end, kernel_end,
			 "a gpa that is not between the kernel's segments");
}

/* Gaps between segments need not be free, but what is placed in one might be used
 * by the kernel as if it were its own. */
static enum pvhboot_status check_gaps(const struct pvhb_planning *p, const struct pieces *pieces)
{
	const struct pvhboot_place *last = &pieces->at[pieces->n - 1];
	struct pvhboot_range kernel = { pieces->at[0].gpa, last->gpa + last->size };
	struct pvhb_listed module = { .next = 0 };
	size_t i;

	for (i = 0; i < p->request->n_blobs; i++) {
		const struct pvhboot_blob *blob = &p->request->blobs[i];
		uint64_t size = pvhb_request_blob_size(blob);
		struct pvhboot_range taken = { blob->gpa, blob->gpa + size };

		if (blob->gpa != 0 && size != 0 && pvhb_overlap(kernel, taken))
			return in_gap(p,
				      pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_BLOB, i,
						      taken.start),
				      taken.end, kernel.end);
	}
	while (pvhb_info_next_module(p->request, &module)) {
		struct pvhboot_range taken = { module.gpa, module.gpa + module.size };

		if (module.gpa != 0 && pvhb_overlap(kernel, taken))
			return in_gap(p,
				      pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE,
						      module.index, taken.start),
				      taken.end, kernel.end);
	}
	return PVHBOOT_OK;
}

/* A place of the kernel is not all free RAM: gap is the first address that is not. */
static enum pvhboot_status not_free(const struct pvhb_planning *p,
				    const struct pvhboot_place *place, uint64_t gap)
{
	struct pvhboot_range wanted = { place->gpa, place->gpa + place->size };
	uint64_t ram_end = pvhb_ranges_first_gap(&p->ram, wanted);

	/* this first: whatever was taken of the RAM could go elsewhere */
	if (ram_end != wanted.end && p->ram.n != 0 && ram_end < p->ram.at[p->ram.n - 1].end)
		return pvhb_fail(p->diag, PVHBOOT_RANGE, pvhb_needing(at_place(place)), wanted.end,
				 ram_end, "RAM for the segment up to its end, without a hole");
	if (ram_end != wanted.end)
		return pvhb_fail(p->diag, PVHBOOT_RANGE, pvhb_needing(at_place(place)), wanted.end,
				 ram_end,
				 "RAM for the segment up to its end; give the guest more memory");
	(void)pvhb_fail(p->diag, PVHBOOT_OVERLAP, at_place(place), wanted.end, gap,
			"free RAM for the segment up to its end, or a kernel that can be moved");
	pvhb_plan_name_taker(p, gap, NULL);
	return PVHBOOT_OVERLAP;
}

/* OVERLAP, RANGE: the kernel cannot lie where its places are. */
static enum pvhboot_status check_free(const struct pvhb_planning *p, const struct pieces *pieces)
{
	size_t i;

	for (i = 0; i < pieces->n; i++) {
		const struct pvhboot_place *place = &pieces->at[i];
		struct pvhboot_range wanted = { place->gpa, place->gpa + place->size };
		uint64_t gap = pvhb_ranges_first_gap(&p->free, wanted);

		if (wanted.end > p->ceiling)
			return pvhb_fail(p->diag, PVHBOOT_RANGE, at_place(place), wanted.end,
					 p->ceiling,
					 "a segment that ends at the ceiling or below; raise "
					 "ceiling");
		if (gap != wanted.end)
			return not_free(p, place, gap);
	}
	return check_gaps(p, pieces);
}

static uint64_t kernel_size(const struct pvhboot_kernel *kernel)
{
	struct pvhboot_range range = pvhb_kernel_range(kernel);

	return range.end - range.start;
}

/* The first address at low or above that the kernel may slide to: the slide, not
 * the address, is a multiple of the alignment. False: there is none. */
static bool align_start(const struct pvhb_planning *p, uint64_t low, uint64_t *start)
{
	return pvhb_add(low, (p->request->kernel->start - low) & (p->entry.reloc.align - 1), start);
}

/* The address in one free range that the relocation note allows, the highest or
 * the lowest; *room is what the kernel could have in it at most. */
static bool fit_into(const struct pvhb_planning *p, struct pvhboot_range free, uint64_t *start,
		     uint64_t *room)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	uint64_t size = kernel_size(kernel);
	uint64_t low = pvhb_max(pvhb_max(free.start, p->entry.reloc.min), PVHB_PAGE_SIZE);
	uint64_t high = pvhb_min(pvhb_min(free.end, p->ceiling), p->entry.reloc.max + 1);

	*room = align_start(p, low, &low) && low < high ? high - low : 0;
	if (*room < size)
		return false;
	*start = low;
	if ((p->request->flags & PVHBOOT_REQUEST_LOWEST) == 0)
		*start += (high - size - low) & ~(p->entry.reloc.align - 1);
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
			 pvhb_needing(pvhb_in_bytes(pvhb_at_offset(
				 PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL, kernel->start))),
			 kernel_size(kernel), most,
			 "free RAM for the kernel at an address that PHYS32_RELOC or the boot "
			 "header allows; give the guest more memory");
}

static void move_kernel(struct pvhb_planning *p, const struct pieces *pieces, uint64_t start)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	size_t i;

	p->kernel = (struct pvhboot_range){ start, start + kernel_size(kernel) };
	p->slide = start - kernel->start;
	for (i = 0; i < pieces->n; i++)
		pieces->at[i].gpa += p->slide;
}

/* A slide that is not 0, to start. */
static enum pvhboot_status check_slide(const struct pvhb_planning *p, uint64_t start)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL);
	uint64_t slide = p->request->slide;

	if (!p->entry.is_relocatable)
		return pvhb_fail(p->diag, PVHBOOT_RANGE, at, slide, 0,
				 "a slide of 0, or a kernel that can be moved (PHYS32_RELOC, or a "
				 "boot header that says so)");
	if ((slide & (p->entry.reloc.align - 1)) != 0)
		return pvhb_fail(p->diag, PVHBOOT_RANGE, at, slide, p->entry.reloc.align,
				 "a slide that is a multiple of the alignment (of PHYS32_RELOC or "
				 "the boot header)");
	if (start < pvhb_max(p->entry.reloc.min, PVHB_PAGE_SIZE))
		return pvhb_fail(p->diag, PVHBOOT_RANGE, at, start,
				 pvhb_max(p->entry.reloc.min, PVHB_PAGE_SIZE),
				 "a kernel that starts at the minimum (of PHYS32_RELOC; of Linux 1 "
				 "MiB) or above, and above page 0");
	if (!pvhb_within(p->entry.reloc.max + 1, start, kernel_size(kernel)))
		return pvhb_fail(p->diag, PVHBOOT_RANGE, at, start, p->entry.reloc.max,
				 "a kernel that ends at the maximum (of PHYS32_RELOC; of Linux 4 "
				 "GiB) or below");
	return PVHBOOT_OK;
}

/* The slide that the caller wants, or none. */
static enum pvhboot_status slide_kernel(struct pvhb_planning *p, const struct pieces *pieces)
{
	uint64_t slide = p->request->slide;
	uint64_t start = p->request->kernel->start + slide; /* modulo 2^64: it may go down */
	enum pvhboot_status status = PVHBOOT_OK;

	if (slide != 0)
		status = check_slide(p, start);
	if (status != PVHBOOT_OK)
		return status;
	move_kernel(p, pieces, start);
	return check_free(p, pieces);
}

/* Places are at link addresses, and move to where the kernel goes. */
static enum pvhboot_status find_address(struct pvhb_planning *p, const struct pieces *pieces)
{
	const struct pvhboot_kernel *kernel = p->request->kernel;
	struct pvhboot_diag *diag = p->diag;
	uint64_t start = kernel->start;
	enum pvhboot_status status;

	if (p->request->flags & PVHBOOT_REQUEST_SLIDE)
		return slide_kernel(p, pieces);
	if (p->entry.is_relocatable)
		p->diag = NULL; /* where it cannot lie is no failure */
	status = check_free(p, pieces);
	p->diag = diag;
	if (status != PVHBOOT_OK && p->entry.is_relocatable)
		status = relocate(p, &start);
	if (status == PVHBOOT_OK)
		move_kernel(p, pieces, start);
	return status;
}

enum pvhboot_status pvhb_plan_kernel(struct pvhb_planning *p)
{
	struct pieces pieces;
	enum pvhboot_status status = read_segments(p, &pieces);

	if (status != PVHBOOT_OK)
		return status;
	if (p->request->kernel->symbols.size != 0)
		add_symbols(p, &pieces);
	status = find_address(p, &pieces);
	if (status == PVHBOOT_OK)
		pvhb_plan_take(p, p->kernel); /* counts with page 0, which is taken next */
	return status;
}
