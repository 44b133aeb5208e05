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
	struct pvhb_reading *reading;

	/* of one source */
	struct pvhb_note_budget budget;
	uint32_t n_xen;

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

/*
 * A malformed note ends its area, for nothing can be read behind it. In a kernel for
 * paravirtual guests no PVH entry is missed, and what such a file is says more than what is
 * wrong with it: Debian's GRUB for these guests has a last note that is longer than its
 * segment. So the failure waits until all areas were looked through for an entry.
 */
static enum pvhboot_status end_malformed(struct notes *s, const struct pvhb_note_walk *walk,
					 const struct pvhboot_note *note, struct pvhb_at at)
{
	struct pvhb_reading *r = s->reading;

	at.offset = note->offset;
	if (pvhboot_note_is_xen(note) && pvhb_kernel_foreign_is_pv(note->type))
		r->is_pv = true;
	if (!r->is_pv || r->has_entry || note->type == PVHBOOT_NOTE_PHYS32_ENTRY)
		return fail_malformed(&walk->fault, at, r->diag);
	if (s->fault.rule == NULL) {
		s->fault = walk->fault;
		s->fault_at = at;
	}
	return PVHBOOT_OK;
}

static void check_rest(const struct pvhb_reading *r, const struct pvhb_note_area *area,
		       uint64_t from, struct pvhb_at at)
{
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

static enum pvhboot_status read_note(struct notes *s, const struct pvhb_note_walk *walk,
				     const struct pvhboot_note *note)
{
	struct pvhb_reading *r = s->reading;
	struct pvhb_at at = pvhb_at_element(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_NOTE,
					    r->kernel->n_notes++, note->offset);

	if (walk->end > walk->area->size) /* elsewhere it would be malformed */
		pvhb_warn(r->diag, pvhb_in_bytes(at), walk->end, walk->area->size,
			  "a note that ends in its segment or section; COMPAT_XEN reads on");
	if (pvhboot_note_is_xen(note)) {
		s->n_xen++;
		return pvhb_read_xen_note(r, note, at);
	}
	if (is_build_id(note))
		r->kernel->build_id = note->desc;
	else if (is_linux(note))
		r->is_linux = true;
	return PVHBOOT_OK;
}

static enum pvhboot_status read_area(struct notes *s, const struct pvhb_note_area *area,
				     struct pvhb_at at)
{
	struct pvhb_reading *r = s->reading;
	struct pvhb_note_walk walk = { .area = area };
	struct pvhboot_note note;
	enum pvhb_note_step step;
	enum pvhboot_status status;

	status = pvhb_note_padding(area, r->elf.flags, at, &s->budget, &walk.padding, r->diag);
	if (status != PVHBOOT_OK)
		return status;
	while ((step = pvhb_note_step(&walk, &note)) == PVHB_NOTE_FOUND) {
		status = read_note(s, &walk, &note);
		if (status != PVHBOOT_OK)
			return status;
	}
	if (step == PVHB_NOTE_MALFORMED)
		return end_malformed(s, &walk, &note, at);
	check_rest(r, area, walk.offset, at);
	return PVHBOOT_OK;
}

static enum pvhboot_status read_source(struct notes *s, enum pvhboot_note_source source)
{
	struct pvhb_reading *r = s->reading;
	uint8_t subject = source == PVHBOOT_NOTES_SEGMENTS ? PVHBOOT_SUBJECT_SEGMENT :
							     PVHBOOT_SUBJECT_SECTION;
	uint32_t n = pvhb_note_area_max(&r->elf, source);
	uint32_t i;

	s->budget = (struct pvhb_note_budget){ { 0, 0 } };
	s->n_xen = 0;
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
					"notes at an offset above 0; they are ignored");
			continue;
		}
		if (!pvhb_note_area_load(&r->elf, &area))
			return pvhb_elf_fail_range(r->elf.image, area.offset, area.size, at,
						   "the notes in the file", r->diag);
		status = read_area(s, &area, at);
		if (status != PVHBOOT_OK)
			return status;
	}
	return PVHBOOT_OK;
}

/* Once, and not for each note: there may be many, each as long as the file. */
static struct pvhboot_bytes without_nuls(struct pvhboot_bytes text)
{
	while (text.size > 0 && pvhb_load8(text, text.size - 1) == 0)
		text.size--;
	return text;
}

static enum pvhboot_status fail_entry(const struct pvhb_reading *r)
{
	(void)pvhb_fail_plain(r->diag, PVHBOOT_NOTPVH,
			      pvhb_at(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_KERNEL),
			      r->takes_linux ? "a PVH entry (Xen note PHYS32_ENTRY), or Linux for "
					       "x86-64" :
					       "a PVH entry (Xen note PHYS32_ENTRY)");
	if (pvhb_linux_is_64(r)) /* in front of all else, which may be cut */
		pvhb_detail_text(r->diag, "it has the entry linux64; ");
	pvhb_kernel_foreign(r->kernel, r->is_pv, r->diag);
	return PVHBOOT_NOTPVH;
}

enum pvhboot_status pvhb_read_notes(struct pvhb_reading *r)
{
	struct pvhboot_kernel *kernel = r->kernel;
	struct notes notes = { .reading = r };
	enum pvhboot_status status = read_source(&notes, PVHBOOT_NOTES_SEGMENTS);
	uint32_t n_foreign = kernel->n_notes;

	if (status == PVHBOOT_OK && notes.n_xen == 0)
		status = read_source(&notes, PVHBOOT_NOTES_SECTIONS);
	if (status != PVHBOOT_OK)
		return status;
	if (notes.n_xen == 0 && kernel->n_notes == 0) {
		kernel->n_notes = n_foreign;
		kernel->note_source = n_foreign != 0 ? PVHBOOT_NOTES_SEGMENTS : PVHBOOT_NOTES_NONE;
	}
	kernel->guest_os = without_nuls(kernel->guest_os);
	if (r->has_entry && notes.fault.rule != NULL)
		return fail_malformed(&notes.fault, notes.fault_at, r->diag);
	if (r->has_entry || (r->takes_linux && pvhb_linux_is_64(r)))
		return PVHBOOT_OK;
	return fail_entry(r);
}
