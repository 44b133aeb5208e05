/* SPDX-License-Identifier: MIT */
#include "compat.h"

#include "../base/span.h"
#include "segment.h"

enum pvhboot_status pvhb_compat_fail(uint32_t flags, struct pvhboot_diag *diag,
				     enum pvhboot_status status, struct pvhb_at at, uint64_t found,
				     uint64_t bound, const char *rule)
{
	if (!pvhb_is_compat(flags))
		return pvhb_fail(diag, status, at, found, bound, rule);
	pvhb_warn(diag, at, found, bound, rule);
	return PVHBOOT_OK;
}

/* Drops `size` bytes from the start of a segment, at most all that it has. */
static void drop_head(struct pvhboot_segment *segment, uint64_t size)
{
	uint64_t in_file = pvhb_min(size, segment->bytes.size);

	segment->bytes = pvhb_slice(segment->bytes, in_file, segment->bytes.size - in_file);
	segment->offset += in_file;
	segment->gpa += size;
	segment->size -= size;
}

static void drop_tail(struct pvhboot_segment *segment, uint64_t size)
{
	segment->size -= size;
	segment->bytes.size = (size_t)pvhb_min(segment->bytes.size, segment->size);
}

/* Cuts a segment where a later one lies over it. */
static bool cut_by(struct pvhboot_segment *segment, const struct pvhboot_segment *later)
{
	uint64_t end = segment->gpa + segment->size;
	uint64_t later_end = later->gpa + later->size;

	if (later->gpa >= end || segment->gpa >= later_end)
		return true;
	if (later->gpa <= segment->gpa)
		drop_head(segment, pvhb_min(end, later_end) - segment->gpa);
	else if (later_end >= end)
		drop_tail(segment, end - later->gpa);
	else
		return false;
	return true;
}

bool pvhb_compat_cut(const struct pvhb_elf *elf, struct pvhboot_segment *segment)
{
	struct pvhboot_segment later = { .size = 0 };
	struct pvhb_elf_phdr phdr;
	uint32_t i;

	//@ loop invariant segment(*segment); loop assigns i, phdr, later, CUT(segment);
	for (i = segment->index + 1; i < elf->tables.phnum && segment->size != 0; i++) {
		pvhb_elf_core_phdr(elf, i, &phdr);
		if (pvhb_segment_is_loadable(&phdr) &&
		    pvhb_segment_check(elf, i, &phdr, &later, NULL) == PVHBOOT_OK &&
		    !cut_by(segment, &later))
			return false;
	}
	return true;
}
