/* SPDX-License-Identifier: MIT */
/* All notes of a kernel, of its segments or else of its sections. */

#include <pvhboot/wire/elfnote.h>

#include "../base/diag.h"
#include "../base/span.h"
#include "compat.h"
#include "foreign.h"
#include "linux.h"
#include "note.h"
#include "reading.h"

/* While notes are read. */
struct notes {
	struct pvhb_note_budget budget; /* of one source */

	/* of one area */
	struct pvhb_note_area area;
	struct pvhb_note_walk walk;
	struct pvhboot_note note;

	/* the first malformed note that may be no matter, if its rule is not NULL */
	struct pvhb_note_fault fault;
	struct pvhb_at fault_at;
};

static enum pvhboot_status fail_malformed(const struct pvhb_note_fault *fault, struct pvhb_at at,
					  struct pvhboot_diag *diag)
{
	return pvhb_fail(diag, PVHBOOT_MALFORMED, pvhb_in_bytes(at), fault->found, fault->bound,
			 fault->rule);
}

/* Whether this may be a kernel for paravirtual guests, and no PVH entry is missed by what is
 * wrong with the note. */
static bool may_wait(struct pvhb_reading *r, const struct pvhboot_note *note)
{
	if (pvhboot_note_is_xen(note) && pvhb_kernel_foreign_is_pv(note->type))
		r->is_pv = true;
	return r->is_pv && !r->has_entry && note->type != PVHBOOT_NOTE_PHYS32_ENTRY;
}

static void keep_first(struct notes *s, struct pvhb_at at)
{
	if (s->fault.rule != NULL)
		return;
	s->fault = s->walk.fault;
	s->fault_at = at;
}

/*
 * A malformed note ends its area, for nothing can be read behind it. In a kernel for
 * paravirtual guests no PVH entry is missed, and what such a file is says more than what is
 * wrong with it: Debian's GRUB for these guests has a last note that is longer than its
 * segment. So the failure waits until all areas were looked through for an entry.
 */
static enum pvhboot_status end_malformed(struct pvhb_reading *r, struct notes *s, struct pvhb_at at)
{
	at.offset = s->note.offset;
	if (!may_wait(r, &s->note))
		return fail_malformed(&s->walk.fault, at, r->diag);
	keep_first(s, at);
	return PVHBOOT_OK;
}

static void check_rest(const struct pvhb_reading *r, const struct pvhb_note_area *area,
		       uint64_t from, struct pvhb_at at)
{
	//@ loop assigns from;
	for (; from < area->size; from++) {
		uint8_t byte = pvhb_load8(area->bytes, from);

		if (byte == 0)
			continue;
		at.offset = area->offset + from;
		pvhb_warn(r->diag, at, byte, 0, "only bytes of 0 behind the last note");
		return;
	}
}

/* Written by ld --build-id; the same in the vmlinux that debuggers read. */
static bool is_build_id(const struct pvhboot_note *note)
{
	return note->type == PVHBOOT_NOTE_GNU_BUILD_ID && pvhb_equal(note->name, "GNU", 3);
}

/* Written by ELFNOTE() of its headers, for its build and its salt. */
static bool is_linux(const struct pvhboot_note *note)
{
	return pvhb_equal(note->name, "Linux", 5);
}

static void check_end(const struct pvhb_reading *r, const struct pvhb_note_walk *walk,
		      struct pvhb_at at)
{
	if (walk->end > walk->area->size) /* elsewhere it would be malformed */
		pvhb_warn(r->diag, pvhb_in_bytes(at), walk->end, walk->area->size,
			  "a note that ends in its segment or section; COMPAT_XEN reads on");
}

/* Of another owner than Xen. */
static void read_other(struct pvhb_reading *r, const struct pvhboot_note *note)
{
	if (is_build_id(note))
		r->kernel->build_id = note->desc;
	else if (is_linux(note))
		r->is_linux = true;
}

static enum pvhboot_status read_by_owner(struct pvhb_reading *r, const struct pvhboot_note *note,
					 struct pvhb_at at)
{
	if (!pvhboot_note_is_xen(note)) {
		read_other(r, note);
		return PVHBOOT_OK;
	}
	r->n_xen++;
	return pvhb_read_xen_note(r, note, at);
}

static void count_note(const struct pvhb_reading *r)
{
	r->kernel->n_notes++;
}

static enum pvhboot_status read_note_at(struct pvhb_reading *r, const struct notes *s,
					struct pvhb_at at)
{
	count_note(r);
	check_end(r, &s->walk, at);
	return read_by_owner(r, &s->note, at);
}

static enum pvhboot_status read_note(struct pvhb_reading *r, const struct notes *s)
{
	return read_note_at(r, s,
			    pvhb_at_element(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_NOTE,
					    r->kernel->n_notes, s->note.offset));
}

static enum pvhb_note_step next_note(const struct pvhb_reading *r, struct notes *s)
{
	(void)r; /* not used here: its contract in tests/proof says that r is left alone */
	return pvhb_note_step(&s->walk, &s->note);
}

static enum pvhboot_status end_walk(struct pvhb_reading *r, struct notes *s,
				    enum pvhb_note_step step, struct pvhb_at at)
{
	if (step == PVHB_NOTE_MALFORMED)
		return end_malformed(r, s, at);
	check_rest(r, &s->area, s->walk.offset, at);
	return PVHBOOT_OK;
}

static enum pvhboot_status walk(struct pvhb_reading *r, struct notes *s, struct pvhb_at at)
{
	enum pvhb_note_step step;

	//@ GOOD(loop invariant); WALKS_ON(loop invariant); loop assigns step, ALL(r), *s;
	while ((step = next_note(r, s)) == PVHB_NOTE_FOUND) {
		enum pvhboot_status status = read_note(r, s);

		if (status != PVHBOOT_OK)
			return status;
	}
	return end_walk(r, s, step, at);
}

static enum pvhboot_status begin_walk(struct pvhb_reading *r, struct notes *s, struct pvhb_at at)
{
	s->walk = (struct pvhb_note_walk){ .area = &s->area };
	return pvhb_note_padding(&s->area, r->elf.flags, at, &s->budget, &s->walk.padding, r->diag);
}

static enum pvhboot_status read_area(struct pvhb_reading *r, struct notes *s, struct pvhb_at at)
{
	enum pvhboot_status status = begin_walk(r, s, at);

	return status == PVHBOOT_OK ? walk(r, s, at) : status;
}

static enum pvhboot_status load_area(struct pvhb_reading *r, struct notes *s, struct pvhb_at at)
{
	if (pvhb_note_area_load(&r->elf, &s->area))
		return PVHBOOT_OK;
	return pvhb_elf_fail_range(r->elf.image, s->area.offset, s->area.size, at,
				   "the notes in the file", r->diag);
}

/* An area that a header names. */
static enum pvhboot_status read_found(struct pvhb_reading *r, struct notes *s, struct pvhb_at at)
{
	enum pvhboot_status status;

	if (pvhb_note_area_is_bogus(&s->area)) {
		pvhb_warn_plain(r->diag, at, "notes at an offset above 0; they are ignored");
		return PVHBOOT_OK;
	}
	status = load_area(r, s, at);
	return status == PVHBOOT_OK ? read_area(r, s, at) : status;
}

static enum pvhboot_status read_header(struct pvhb_reading *r, struct notes *s,
				       enum pvhboot_note_source source, uint32_t index)
{
	uint8_t subject = source == PVHBOOT_NOTES_SEGMENTS ? PVHBOOT_SUBJECT_SEGMENT :
							     PVHBOOT_SUBJECT_SECTION;

	if (!pvhb_note_area_at(r->reader, &r->elf, source, index, &s->area))
		return PVHBOOT_OK;
	return read_found(r, s,
			  pvhb_at_element(PVHBOOT_STAGE_NOTE, subject, index, s->area.offset));
}

static void begin_source(struct pvhb_reading *r, struct notes *s, enum pvhboot_note_source source)
{
	s->budget = (struct pvhb_note_budget){ { 0, 0 } };
	r->n_xen = 0;
	r->kernel->n_notes = 0;
	r->kernel->note_source = (uint8_t)source;
}

static enum pvhboot_status read_source(struct pvhb_reading *r, struct notes *s,
				       enum pvhboot_note_source source)
{
	uint32_t n = pvhb_note_area_max(&r->elf, source);
	enum pvhboot_status status = PVHBOOT_OK;
	uint32_t i;

	begin_source(r, s, source);
	//@ GOOD(WHILE_OK); loop assigns i, status, ALL(r), *s;
	for (i = 0; i < n && status == PVHBOOT_OK; i++)
		status = read_header(r, s, source, i);
	return status;
}

/* Once, and not for each note: there may be many, each as long as the file. */
static void trim_guest_os(const struct pvhb_reading *r)
{
	r->kernel->guest_os = pvhb_without_nuls(r->kernel->guest_os, SIZE_MAX);
}

static void name_kind(const struct pvhb_reading *r)
{
	if (pvhb_linux_is_64(r)) /* in front of all else, which may be cut */
		pvhb_detail_text(r->diag, "it has the entry linux64; ");
	pvhb_kernel_foreign(r->kernel, r->is_pv, r->diag);
}

static enum pvhboot_status fail_entry(const struct pvhb_reading *r)
{
	(void)pvhb_fail_plain(r->diag, PVHBOOT_NOTPVH,
			      pvhb_at(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_KERNEL),
			      r->takes_linux ? "a PVH entry (Xen note PHYS32_ENTRY), or Linux for "
					       "x86-64" :
					       "a PVH entry (Xen note PHYS32_ENTRY)");
	name_kind(r);
	return PVHBOOT_NOTPVH;
}

/* Where sections have no notes either, those of the segments count. */
static void fall_back(const struct pvhb_reading *r, uint32_t n_foreign)
{
	if (r->kernel->n_notes != 0)
		return;
	r->kernel->n_notes = n_foreign;
	r->kernel->note_source = n_foreign != 0 ? PVHBOOT_NOTES_SEGMENTS : PVHBOOT_NOTES_NONE;
}

static enum pvhboot_status read_sections(struct pvhb_reading *r, struct notes *s)
{
	uint32_t n_foreign = r->kernel->n_notes;
	enum pvhboot_status status = read_source(r, s, PVHBOOT_NOTES_SECTIONS);

	if (status == PVHBOOT_OK && r->n_xen == 0)
		fall_back(r, n_foreign);
	return status;
}

/* All of one source: of the sections where no segment has a note of Xen. */
static enum pvhboot_status read_all(struct pvhb_reading *r, struct notes *s)
{
	enum pvhboot_status status = read_source(r, s, PVHBOOT_NOTES_SEGMENTS);

	if (status == PVHBOOT_OK && r->n_xen == 0)
		status = read_sections(r, s);
	return status;
}

/* Once all notes were read. */
static bool has_entry(const struct pvhb_reading *r)
{
	return r->has_entry || (r->takes_linux && pvhb_linux_is_64(r));
}

static enum pvhboot_status judge(const struct pvhb_reading *r, const struct notes *s)
{
	trim_guest_os(r);
	if (r->has_entry && s->fault.rule != NULL)
		return fail_malformed(&s->fault, s->fault_at, r->diag);
	return has_entry(r) ? PVHBOOT_OK : fail_entry(r);
}

enum pvhboot_status pvhb_read_notes(struct pvhb_reading *r)
{
	struct notes notes = { .fault = { .rule = NULL } };
	enum pvhboot_status status = read_all(r, &notes);

	return status == PVHBOOT_OK ? judge(r, &notes) : status;
}
