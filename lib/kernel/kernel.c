/* SPDX-License-Identifier: MIT */
/* From an ELF image to what a boot needs of it. */

#include "kernel.h"

#include <pvhboot/wire/elf.h>
#include <pvhboot/wire/elfnote.h>

#include "../base/diag.h"
#include "../base/span.h"
#include "features.h"
#include "note.h"
#include "segment.h"
#include "symbols.h"

/* What is read from the image while it is open. */
struct reading {
	const struct pvhb_elf_reader *reader;
	struct pvhb_elf elf;
	struct pvhboot_kernel *kernel; /* result */
	struct pvhboot_diag *diag;
	uint64_t max_align; /* of the segments */
	bool has_entry;
	bool wants_symbols;
	uint64_t entry_offset; /* of its note */
	struct pvhb_note_budget budget;
};

static struct pvhb_at at_segment(const struct reading *r, uint32_t index)
{
	return pvhb_at_element(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_SEGMENT, index,
			       r->elf.tables.phoff + (uint64_t)index * r->elf.tables.phentsize);
}

static bool is_compat(const struct reading *r)
{
	return (r->elf.flags & PVHBOOT_COMPAT_XEN) != 0;
}

/* Segments that overlap, as they are used: each without what a later one loads. */
static enum pvhboot_status cut_segments(struct reading *r)
{
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	uint32_t n = 0;

	while (pvhboot_segment_next(r->kernel, &iter, &segment)) {
		if (!pvhb_segment_cut(&r->elf, &segment))
			return pvhb_fail(r->diag, PVHBOOT_OVERLAP, at_segment(r, segment.index),
					 segment.gpa, segment.gpa + segment.size,
					 "no later segment cuts this one in two");
		n += segment.size != 0;
	}
	r->kernel->overlapping = 1;
	r->kernel->n_segments = n;
	return PVHBOOT_OK;
}

/*
 * Segments in ascending order are compared each with the one before it. Others
 * (old linkers wrote some) are compared pairwise, and since that is quadratic
 * there may not be many program headers then.
 */
static enum pvhboot_status check_overlap(struct reading *r, bool ascending)
{
	struct pvhboot_segment_iter outer = { 0 };
	struct pvhboot_segment a, b;
	bool overlapping = false;

	if (ascending)
		return PVHBOOT_OK;
	if (r->elf.tables.phnum > PVHBOOT_MAX_UNSORTED)
		return pvhb_fail(r->diag, PVHBOOT_LIMIT,
				 pvhb_at(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_KERNEL),
				 r->elf.tables.phnum, PVHBOOT_MAX_UNSORTED,
				 "program headers out of order <= PVHBOOT_MAX_UNSORTED");
	while (pvhboot_segment_next(r->kernel, &outer, &a)) {
		struct pvhboot_segment_iter inner = outer;

		while (pvhboot_segment_next(r->kernel, &inner, &b)) {
			struct pvhboot_range x = { a.gpa, a.gpa + a.size };
			struct pvhboot_range y = { b.gpa, b.gpa + b.size };

			if (!pvhb_overlap(x, y))
				continue;
			if (!is_compat(r))
				return pvhb_fail(r->diag, PVHBOOT_OVERLAP, at_segment(r, b.index),
						 b.gpa, x.end, "segments do not overlap");
			pvhb_warn(r->diag, at_segment(r, b.index), b.gpa, x.end,
				  "segments do not overlap, or the later one wins");
			overlapping = true;
		}
	}
	return overlapping ? cut_segments(r) : PVHBOOT_OK;
}

static enum pvhboot_status read_segment(struct reading *r, uint32_t index,
					struct pvhboot_segment *out, bool *loadable)
{
	struct pvhb_elf_phdr phdr;

	*loadable = false;
	r->reader->phdr(&r->elf, index, &phdr);
	if (phdr.type != PVHBOOT_ELF_PT_LOAD)
		return PVHBOOT_OK;
	if (!pvhb_segment_is_loadable(&phdr)) {
		if (phdr.memsz != 0)
			pvhb_warn(r->diag, at_segment(r, index), phdr.flags, PVHBOOT_ELF_PF_RWX,
				  "a PT_LOAD has one of the flags R, W and X, or it is ignored");
		return PVHBOOT_OK;
	}
	if (phdr.align != 0 && !pvhb_is_power_of_two(phdr.align))
		pvhb_warn(r->diag, at_segment(r, index), phdr.align, 0,
			  "p_align is a power of two, or it is ignored");
	else
		r->max_align = pvhb_max(r->max_align, phdr.align);
	*loadable = true;
	return pvhb_segment_check(&r->elf, index, &phdr, out, r->diag);
}

static enum pvhboot_status read_segments(struct reading *r)
{
	struct pvhboot_kernel *kernel = r->kernel;
	bool ascending = true;
	uint32_t i;

	for (i = 0; i < r->elf.tables.phnum; i++) {
		struct pvhboot_segment segment;
		bool loadable;
		enum pvhboot_status status = read_segment(r, i, &segment, &loadable);

		if (status != PVHBOOT_OK)
			return status;
		if (!loadable)
			continue;
		if (kernel->n_segments == 0)
			kernel->start = segment.gpa;
		else if (segment.gpa < kernel->end)
			ascending = false;
		kernel->start = pvhb_min(kernel->start, segment.gpa);
		kernel->end = pvhb_max(kernel->end, segment.gpa + segment.size);
		kernel->n_segments++;
	}
	if (kernel->n_segments == 0)
		return pvhb_fail(r->diag, PVHBOOT_MALFORMED,
				 pvhb_at(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_KERNEL), 0, 1,
				 "number of segments to load >= 1");
	return check_overlap(r, ascending);
}

static enum pvhboot_status read_entry_note(struct reading *r, const struct pvhboot_note *note,
					   struct pvhb_at at)
{
	uint64_t entry;

	if (note->desc.size != 4 && note->desc.size != 8)
		return pvhb_fail(r->diag, PVHBOOT_MALFORMED, at, note->desc.size, 8,
				 "PHYS32_ENTRY has 4 or 8 bytes");
	entry = pvhb_note_number(note);
	if (entry >= PVHB_4GIB) {
		if (!is_compat(r))
			return pvhb_fail(r->diag, PVHBOOT_RANGE, at, entry, PVHB_4GIB,
					 "PHYS32_ENTRY < 4 GiB");
		pvhb_warn(r->diag, at, entry, PVHB_4GIB,
			  "PHYS32_ENTRY < 4 GiB, or its lower half counts");
		entry = (uint32_t)entry;
	}
	if (r->has_entry && entry != r->kernel->entry) {
		if (!is_compat(r))
			return pvhb_fail(r->diag, PVHBOOT_MALFORMED, at, entry, r->kernel->entry,
					 "all PHYS32_ENTRY notes name the same entry");
		pvhb_warn(r->diag, at, entry, r->kernel->entry,
			  "all PHYS32_ENTRY notes name the same entry, or the last wins");
	}
	r->kernel->entry = entry;
	r->entry_offset = note->offset;
	r->has_entry = true;
	return PVHBOOT_OK;
}

static enum pvhboot_status read_reloc_note(struct reading *r, const struct pvhboot_note *note,
					   struct pvhb_at at)
{
	struct pvhboot_reloc reloc = {
		/* elfnote.h: the note's, else that of the segments if it is a page or
		 * more, else 2 MiB */
		.align =
			r->max_align >= PVHB_PAGE_SIZE ? r->max_align : PVHBOOT_RELOC_DEFAULT_ALIGN,
		.min = PVHBOOT_RELOC_DEFAULT_MIN,
		.max = PVHBOOT_RELOC_DEFAULT_MAX,
	};
	size_t words = note->desc.size / 4;

	if (note->desc.size % 4 != 0)
		return pvhb_fail(r->diag, PVHBOOT_MALFORMED, at, note->desc.size, words * 4,
				 "PHYS32_RELOC has words of 4 bytes");
	if (words >= 1)
		reloc.align = pvhb_load32(note->desc, 0);
	if (words >= 2)
		reloc.min = pvhb_load32(note->desc, 4);
	if (words >= 3)
		reloc.max = pvhb_load32(note->desc, 8);
	if (!pvhb_is_power_of_two(reloc.align))
		return pvhb_fail(r->diag, PVHBOOT_MALFORMED, at, reloc.align, 0,
				 "PHYS32_RELOC alignment is a power of two");
	if (r->kernel->relocatable)
		pvhb_warn_plain(r->diag, at, "there is one PHYS32_RELOC note; the last wins");
	r->kernel->reloc = reloc;
	r->kernel->relocatable = 1;
	return PVHBOOT_OK;
}

static enum pvhboot_status read_xen_note(struct reading *r, const struct pvhboot_note *note,
					 struct pvhb_at at)
{
	uint32_t namesz = pvhb_load32(
		r->elf.image, note->offset + offsetof(struct pvhboot_wire_elf_nhdr, n_namesz));

	if (namesz != 4)
		pvhb_warn(r->diag, at, namesz, 4, "n_namesz of owner \"Xen\" == 4");
	switch (note->type) {
	case PVHBOOT_NOTE_PHYS32_ENTRY:
		return read_entry_note(r, note, at);
	case PVHBOOT_NOTE_PHYS32_RELOC:
		return read_reloc_note(r, note, at);
	case PVHBOOT_NOTE_FEATURES:
		return pvhb_features_read(note->desc, at, &r->kernel->features, r->diag);
	case PVHBOOT_NOTE_SUPPORTED_FEATURES:
		if (note->desc.size < 4)
			return pvhb_fail(r->diag, PVHBOOT_MALFORMED, at, note->desc.size, 4,
					 "SUPPORTED_FEATURES has 4 bytes or more");
		r->kernel->features.supported |= pvhb_load32(note->desc, 0);
		r->kernel->features.is_complete = 1;
		return PVHBOOT_OK;
	case PVHBOOT_NOTE_BSD_SYMTAB:
		/* a string, whose NUL not every linker script counts */
		r->wants_symbols =
			pvhb_equal(note->desc, "yes", 3) || pvhb_equal(note->desc, "yes", 4);
		return PVHBOOT_OK;
	default:
		return PVHBOOT_OK;
	}
}

/* Written by ld --build-id; the same in the vmlinux that debuggers read. */
static bool is_build_id(const struct pvhboot_note *note)
{
	return note->type == PVHBOOT_NOTE_GNU_BUILD_ID && pvhb_equal(note->name, "GNU", 3);
}

static void check_rest(const struct reading *r, const struct pvhb_note_area *area, uint64_t from,
		       struct pvhb_at at)
{
	for (; from < area->size; from++) {
		if (pvhb_load8(area->bytes, from) != 0) {
			at.offset = area->offset + from;
			pvhb_warn(r->diag, at, pvhb_load8(area->bytes, from), 0,
				  "bytes behind the last note are 0");
			return;
		}
	}
}

/* Xen reads on in the image where a note leaves its area. */
static void check_end(const struct reading *r, const struct pvhb_note_walk *walk, struct pvhb_at at)
{
	if (walk->end > walk->area->size)
		pvhb_warn(r->diag, at, walk->end, walk->area->size,
			  "a note ends in its segment or section, or is read on");
}

/* Reads the notes of one area; *n_xen counts on. */
static enum pvhboot_status read_area(struct reading *r, const struct pvhb_note_area *area,
				     struct pvhb_at at, uint32_t *n_xen)
{
	struct pvhb_note_walk walk = { .area = area };
	struct pvhboot_note note;
	struct pvhb_at at_note;
	enum pvhboot_status status;

	status = pvhb_note_padding(area, r->elf.flags, at, &r->budget, &walk.padding, r->diag);
	if (status != PVHBOOT_OK)
		return status;
	while (pvhb_note_step(&walk, &note) == PVHB_NOTE_FOUND) {
		uint32_t index = r->kernel->n_notes++;

		at_note = pvhb_at_element(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_NOTE, index,
					  note.offset);
		check_end(r, &walk, at_note);
		if (!pvhboot_note_is_xen(&note)) {
			if (is_build_id(&note))
				r->kernel->build_id = note.desc;
			continue;
		}
		++*n_xen;
		status = read_xen_note(r, &note, at_note);
		if (status != PVHBOOT_OK)
			return status;
	}
	check_rest(r, area, walk.offset, at);
	return PVHBOOT_OK;
}

/* Reads all notes of a source; *n_xen says how many were Xen's. */
static enum pvhboot_status read_source(struct reading *r, enum pvhboot_note_source source,
				       uint32_t *n_xen)
{
	uint8_t subject = source == PVHBOOT_NOTES_SEGMENTS ? PVHBOOT_SUBJECT_SEGMENT :
							     PVHBOOT_SUBJECT_SECTION;
	uint32_t n = pvhb_note_area_max(&r->elf, source);
	uint32_t i;

	*n_xen = 0;
	r->budget = (struct pvhb_note_budget){ { 0, 0 } };
	r->kernel->n_notes = 0;
	r->kernel->note_source = (uint8_t)source;
	for (i = 0; i < n; i++) {
		struct pvhb_note_area area;
		struct pvhb_at at;
		enum pvhboot_status status;

		if (!pvhb_note_area_at(r->reader, &r->elf, source, i, &area))
			continue;
		at = pvhb_at_element(PVHBOOT_STAGE_NOTE, subject, i, area.offset);
		if (pvhb_note_area_is_bogus(&area)) {
			pvhb_warn_plain(r->diag, at,
					"a note segment has an offset, or it is ignored");
			continue;
		}
		if (!pvhb_note_area_load(&r->elf, &area))
			return pvhb_fail(r->diag, PVHBOOT_TRUNCATED, at, area.size,
					 r->elf.image.size -
						 pvhb_min(area.offset, r->elf.image.size),
					 "a note segment lies in the image");
		status = read_area(r, &area, at, n_xen);
		if (status != PVHBOOT_OK)
			return status;
	}
	return PVHBOOT_OK;
}

/* Says which notes were seen, as "Xen 6, GNU 3". */
static void list_notes(const struct reading *r)
{
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;
	const char *separator = "notes seen: ";

	if (r->kernel->n_notes == 0)
		pvhb_detail_text(r->diag, "no notes seen");
	while (pvhboot_note_next(r->kernel, &iter, &note)) {
		pvhb_detail_text(r->diag, separator);
		pvhb_detail_bytes(r->diag, note.name);
		pvhb_detail_text(r->diag, " ");
		pvhb_detail_number(r->diag, note.type);
		separator = ", ";
	}
}

static enum pvhboot_status read_notes(struct reading *r)
{
	enum pvhboot_status status;
	uint32_t n_xen, n_foreign;

	status = read_source(r, PVHBOOT_NOTES_SEGMENTS, &n_xen);
	if (status != PVHBOOT_OK)
		return status;
	n_foreign = r->kernel->n_notes;
	if (n_xen == 0) {
		status = read_source(r, PVHBOOT_NOTES_SECTIONS, &n_xen);
		if (status != PVHBOOT_OK)
			return status;
	}
	if (n_xen == 0 && r->kernel->n_notes == 0) {
		r->kernel->n_notes = n_foreign;
		r->kernel->note_source =
			n_foreign != 0 ? PVHBOOT_NOTES_SEGMENTS : PVHBOOT_NOTES_NONE;
	}
	if (!r->has_entry) {
		(void)pvhb_fail_plain(r->diag, PVHBOOT_NOTPVH,
				      pvhb_at(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_KERNEL),
				      "there is a Xen note PHYS32_ENTRY (type 18)");
		list_notes(r);
		return PVHBOOT_NOTPVH;
	}
	return PVHBOOT_OK;
}

static enum pvhboot_status check_entry(const struct reading *r)
{
	struct pvhb_at at =
		pvhb_at_offset(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_ENTRY, r->entry_offset);
	uint64_t entry = r->kernel->entry;
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;

	while (pvhboot_segment_next(r->kernel, &iter, &segment)) {
		if (entry < segment.gpa || entry - segment.gpa >= segment.size)
			continue;
		if (entry - segment.gpa >= segment.bytes.size)
			pvhb_warn(r->diag, at, entry, segment.gpa + segment.bytes.size,
				  "the entry lies in bytes of the file");
		return PVHBOOT_OK;
	}
	if (entry < r->kernel->start)
		return pvhb_fail(r->diag, PVHBOOT_RANGE, at, entry, r->kernel->start,
				 "the entry lies in a segment (entry >= start of the kernel)");
	return pvhb_fail(r->diag, PVHBOOT_RANGE, at, entry, r->kernel->end,
			 "the entry lies in a segment (entry < end of the kernel)");
}

static enum pvhboot_status read_kernel(struct reading *r)
{
	enum pvhboot_status status = read_segments(r);

	if (status == PVHBOOT_OK)
		status = read_notes(r);
	if (status == PVHBOOT_OK)
		status = check_entry(r);
	if (status == PVHBOOT_OK && r->wants_symbols)
		status = pvhb_symbols_read(r->reader, &r->elf, r->kernel->end, &r->kernel->symbols,
					   r->diag);
	return status;
}

enum pvhboot_status pvhb_kernel_open(const struct pvhb_elf_reader *reader, struct pvhboot_bytes elf,
				     uint32_t flags, struct pvhboot_kernel *out,
				     struct pvhboot_diag *diag)
{
	struct pvhboot_kernel kernel = { .elf = elf, .flags = flags };
	struct reading r = { .reader = reader, .kernel = &kernel, .diag = diag };
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_NONE);
	enum pvhboot_status status;

	if (out == NULL || (elf.data == NULL && elf.size != 0))
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at, "elf and out are not NULL");
	if ((flags & ~PVHBOOT_COMPAT_XEN) != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, flags, PVHBOOT_COMPAT_XEN,
				 "flags are known");
	status = pvhb_elf_check(elf, &r.elf, diag);
	if (status != PVHBOOT_OK)
		return status;
	r.elf.flags = flags;
	kernel.tables = r.elf.tables;
	kernel.machine = r.elf.machine;
	kernel.elf_class = r.elf.elf_class;
	reader->open(&r.elf);
	status = read_kernel(&r);
	reader->close(&r.elf);
	if (status == PVHBOOT_OK)
		*out = kernel;
	return status;
}

enum pvhboot_status pvhboot_kernel_open(struct pvhboot_bytes elf, uint32_t flags,
					struct pvhboot_kernel *out, struct pvhboot_diag *diag)
{
	return pvhb_kernel_open(PVHB_ELF_DEFAULT, elf, flags, out, diag);
}
