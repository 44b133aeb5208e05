/* SPDX-License-Identifier: MIT */
/* All segments of a kernel: each on its own, then against each other. */

#include <pvhboot/wire/elf.h>

#include "../base/diag.h"
#include "../base/span.h"
#include "compat.h"
#include "reading.h"
#include "segment.h"

/* Segments that overlap, as they are used: each without what a later one loads. */
static enum pvhboot_status cut_segments(struct pvhb_reading *r)
{
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	uint32_t n = 0;

	//@ loop invariant READS(r); loop assigns iter, segment, n, DIAG(r);
	while (pvhboot_segment_next(r->kernel, &iter, &segment)) {
		if (!pvhb_compat_cut(&r->elf, &segment))
			return pvhb_fail(r->diag, PVHBOOT_OVERLAP,
					 pvhb_segment_where(&r->elf, segment.index), segment.gpa,
					 segment.gpa + segment.size,
					 "no later segment in the middle of this one");
		n += segment.size != 0;
	}
	r->kernel->overlapping = 1;
	r->kernel->n_segments = n;
	return PVHBOOT_OK;
}

/* Two segments, b the later one, that share memory. */
static enum pvhboot_status fail_overlap(struct pvhb_reading *r, const struct pvhboot_segment *a,
					const struct pvhboot_segment *b)
{
	enum pvhboot_status status = pvhb_compat_fail(
		r->elf.flags, r->diag, PVHBOOT_OVERLAP, pvhb_segment_where(&r->elf, b->index),
		b->gpa, a->gpa + a->size,
		"segments that share no memory; COMPAT_XEN lets the later one win");

	if (status != PVHBOOT_OK) {
		pvhb_detail_text(r->diag, "the other is segment ");
		pvhb_detail_number(r->diag, a->index);
	}
	return status;
}

/*
 * Segments in ascending order are compared each with the one before it. Others
 * (old linkers wrote some) are compared pairwise, and since that is quadratic
 * there may not be many program headers then.
 */
static enum pvhboot_status check_overlap(struct pvhb_reading *r)
{
	struct pvhboot_segment_iter outer = { 0 };
	struct pvhboot_segment a, b;
	bool overlapping = false;

	if (r->elf.tables.phnum > PVHBOOT_MAX_UNSORTED)
		return pvhb_fail(r->diag, PVHBOOT_LIMIT,
				 pvhb_needing(pvhb_in_count(
					 pvhb_at(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_KERNEL))),
				 r->elf.tables.phnum, PVHBOOT_MAX_UNSORTED,
				 "segments in ascending order, or program headers <= "
				 "PVHBOOT_MAX_UNSORTED");
	//@ loop invariant READS(r); loop assigns outer, a, b, overlapping, DIAG(r);
	while (pvhboot_segment_next(r->kernel, &outer, &a)) {
		struct pvhboot_segment_iter inner = outer;

		//@ loop invariant READS(r); loop assigns inner, b, overlapping, DIAG(r);
		while (pvhboot_segment_next(r->kernel, &inner, &b)) {
			struct pvhboot_range x = { a.gpa, a.gpa + a.size };
			struct pvhboot_range y = { b.gpa, b.gpa + b.size };
			enum pvhboot_status status;

			if (!pvhb_overlap(x, y))
				continue;
			status = fail_overlap(r, &a, &b);
			if (status != PVHBOOT_OK)
				return status;
			overlapping = true;
		}
	}
	return overlapping ? cut_segments(r) : PVHBOOT_OK;
}

static void read_alignment(struct pvhb_reading *r, uint32_t index, uint64_t align)
{
	if (align != 0 && !pvhb_is_power_of_two(align))
		pvhb_warn(r->diag, pvhb_segment_where(&r->elf, index), align, align & (0 - align),
			  "a power of two as p_align; it is ignored");
	else
		r->max_align = pvhb_max(r->max_align, align);
}

/* Whether it starts behind those before it. */
static bool add_segment(struct pvhboot_kernel *kernel, const struct pvhboot_segment *segment)
{
	bool first = kernel->n_segments++ == 0;
	bool ascends = segment->gpa >= kernel->end; /* which is 0 in front of the first */

	kernel->start = first ? segment->gpa : pvhb_min(kernel->start, segment->gpa);
	kernel->end = pvhb_max(kernel->end, segment->gpa + segment->size);
	return ascends;
}

static enum pvhboot_status check_segment(struct pvhb_reading *r, uint32_t index,
					 const struct pvhb_elf_phdr *phdr, bool *ascending)
{
	struct pvhboot_segment segment;
	enum pvhboot_status status = pvhb_segment_check(&r->elf, index, phdr, &segment, r->diag);

	//@ assert READS(r);
	if (status == PVHBOOT_OK && !add_segment(r->kernel, &segment))
		*ascending = false;
	return status;
}

static enum pvhboot_status read_segment(struct pvhb_reading *r, uint32_t index, bool *ascending)
{
	struct pvhb_elf_phdr phdr;

	pvhb_elf_load_phdr(r->reader, &r->elf, index, &phdr);
	if (!pvhb_segment_is_loadable(&phdr))
		return PVHBOOT_OK;
	read_alignment(r, index, phdr.align);
	return check_segment(r, index, &phdr, ascending);
}

enum pvhboot_status pvhb_read_segments(struct pvhb_reading *r)
{
	struct pvhboot_kernel *kernel = r->kernel;
	bool ascending = true;
	uint32_t i;

	//@ loop invariant READS(r); loop assigns i, ascending, OF_SEGMENTS, DIAG(r);
	for (i = 0; i < r->elf.tables.phnum; i++) {
		enum pvhboot_status status = read_segment(r, i, &ascending);

		if (status != PVHBOOT_OK)
			return status;
	}
	if (kernel->n_segments == 0)
		return pvhb_fail(r->diag, PVHBOOT_MALFORMED,
				 pvhb_in_count(pvhb_at(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_KERNEL)),
				 0, 1, "a segment to load, a PT_LOAD with a size in memory");
	return ascending ? PVHBOOT_OK : check_overlap(r);
}
