/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/read_notes.c
 * Not proved: keep_first read_by_owner read_area read_found read_source read_all pvhb_read_notes:
 * provers lose what stays as it was behind all that these may write. They read no byte of the
 * image themselves; */

#include "opening.h"
#include "reading.h"

/* What reading notes changes beside what it keeps for itself. */
#define READ(s)                                                                                    \
	NOTED(\at((s)->reading, Pre), \at((s)->reading->kernel, Pre), \at((s)->reading->diag, Pre))

/*@
  // While notes are read.
  predicate noting(struct pvhb_reading *r) =
    \valid(r) && opening(r) && in_image(r, r->kernel->guest_os);
  // What it needs to be the same, as all that is good hangs on it.
  predicate kept{L, M}(struct pvhb_reading *r) =
    same{L, M}(r) && \at(r->elf.image.data, L) == \at(r->elf.image.data, M) &&
    \at(r->elf.image.size, L) == \at(r->elf.image.size, M) &&
    \at(r->elf.tables.phnum, L) == \at(r->elf.tables.phnum, M) &&
    \at(r->elf.tables.shnum, L) == \at(r->elf.tables.shnum, M) &&
    \at(r->kernel->elf.data, L) == \at(r->kernel->elf.data, M) &&
    \at(r->kernel->elf.size, L) == \at(r->kernel->elf.size, M);

  // The area is of the image that is read.
  predicate area_of(struct pvhb_reading *r, struct pvhb_note_area *area) =
    \valid_read(area) && area(*area) && part(area->bytes, r->elf.image) &&
    within(r->elf.image.size, area->offset, area->size) &&
    \separated(area, r, r->kernel, r->diag);
*/

#include "../../lib/kernel/read_notes.c"

/*@
  predicate notes(struct notes *s) =
    \valid(s) && noting(s->reading) &&
    \separated(s, s->reading, s->reading->kernel, s->reading->diag);
*/

/* What is left as it was of all that is read for. Behind a failure nothing is read. */
#define KEPT                                                                                       \
	ensures noting(r);                                                                         \
	ensures kept{Pre, Here}(r)
#define KEPT_OF(s, done)                                                                           \
	ensures done ==> (s)->reading == \old((s)->reading);                                       \
	ensures done ==> noting((s)->reading);                                                     \
	ensures done ==> kept{Pre, Here}((s)->reading)
#define KEPT_IF_OK KEPT_OF(s, \result == PVHBOOT_OK)

/*@ requires \valid_read(fault) && optional(diag);
    assigns *diag;
    ensures \result == PVHBOOT_MALFORMED; */
static enum pvhboot_status fail_malformed(const struct pvhb_note_fault *fault, struct pvhb_at at,
					  struct pvhboot_diag *diag);

/*@ requires noting(r) && \valid_read(note) && bytes(note->name) && \separated(note, r);
    assigns r->is_pv;
    KEPT; */
static bool may_wait(struct pvhb_reading *r, const struct pvhboot_note *note);

/*@ requires notes(s);
    assigns s->fault, s->fault_at;
    KEPT_OF(s, \true); */
static void keep_first(struct notes *s, struct pvhb_at at);

/*@ requires notes(s) && \valid_read(note) && bytes(note->name);
    requires \separated(note, s->reading);
    assigns s->fault, s->fault_at, s->reading->is_pv, *s->reading->diag;
    KEPT_IF_OK; */
static enum pvhboot_status end_malformed(struct notes *s, const struct pvhboot_note *note,
					 struct pvhb_at at);

/*@ requires \valid_read(r) && optional(r->diag) && \valid_read(area) && area(*area);
    assigns *r->diag; */
static void check_rest(const struct pvhb_reading *r, const struct pvhb_note_area *area,
		       uint64_t from, struct pvhb_at at);

/*@ requires \valid_read(note) && bytes(note->name);
    assigns \nothing; */
static bool is_build_id(const struct pvhboot_note *note);

/*@ requires \valid_read(note) && bytes(note->name);
    assigns \nothing; */
static bool is_linux(const struct pvhboot_note *note);

/*@ requires noting(r) && \valid_read(walk) && \valid_read(walk->area);
    assigns *r->diag;
    KEPT; */
static void check_end(const struct pvhb_reading *r, const struct pvhb_note_walk *walk,
		      struct pvhb_at at);

/*@ requires noting(r) && note(note) && \separated(note, r, r->kernel);
    assigns r->kernel->build_id, r->is_linux;
    KEPT; */
static void read_other(struct pvhb_reading *r, const struct pvhboot_note *note);

/*@ requires notes(s) && note(note) && in_image(s->reading, note->desc);
    requires within(s->reading->elf.image.size, note->offset, PVHBOOT_ELF_NHDR_SIZE);
    requires \separated(note, s, s->reading, s->reading->kernel, s->reading->diag);
    assigns s->n_xen, READ(s);
    KEPT_IF_OK; */
static enum pvhboot_status read_by_owner(struct notes *s, const struct pvhboot_note *note,
					 struct pvhb_at at);

/*@ requires notes(s) && \valid_read(s->walk.area);
    requires note(note) && in_image(s->reading, note->desc);
    requires within(s->reading->elf.image.size, note->offset, PVHBOOT_ELF_NHDR_SIZE);
    requires \separated(note, s, s->reading, s->reading->kernel, s->reading->diag);
    assigns s->n_xen, READ(s);
    KEPT_IF_OK; */
static enum pvhboot_status read_note(struct notes *s, const struct pvhboot_note *note);

/*@ requires notes(s) && area_of(s->reading, area) && \separated(s, area);
    assigns *s, READ(s);
    KEPT_IF_OK; */
static enum pvhboot_status read_area(struct notes *s, const struct pvhb_note_area *area,
				     struct pvhb_at at);

/*@ requires notes(s) && \valid(area);
    requires \separated(area, s, s->reading, s->reading->kernel, s->reading->diag);
    assigns area->bytes, *s, READ(s);
    KEPT_IF_OK; */
static enum pvhboot_status read_found(struct notes *s, struct pvhb_note_area *area,
				      struct pvhb_at at);

/*@ requires notes(s);
    requires source == PVHBOOT_NOTES_SEGMENTS ? index < s->reading->elf.tables.phnum :
      index < s->reading->elf.tables.shnum;
    assigns *s, READ(s);
    KEPT_IF_OK; */
static enum pvhboot_status read_header(struct notes *s, enum pvhboot_note_source source,
				       uint32_t index);

/*@ requires notes(s) && (source == PVHBOOT_NOTES_SEGMENTS || source == PVHBOOT_NOTES_SECTIONS);
    assigns *s, READ(s);
    KEPT_IF_OK; */
static enum pvhboot_status read_source(struct notes *s, enum pvhboot_note_source source);

/*@ requires bytes(text);
    assigns \nothing;
    ensures bytes(\result) && \result.data == text.data && \result.size <= text.size; */
static struct pvhboot_bytes without_nuls(struct pvhboot_bytes text);

/*@ requires noting(r);
    assigns r->kernel->guest_os;
    KEPT; */
static void trim_guest_os(const struct pvhb_reading *r);

/*@ requires \valid_read(r) && opening(r);
    assigns r->diag->detail[0 .. PVHBOOT_MAX_DETAIL - 1]; */
static void name_kind(const struct pvhb_reading *r);

/*@ requires \valid_read(r) && opening(r);
    assigns *r->diag;
    ensures \result == PVHBOOT_NOTPVH; */
static enum pvhboot_status fail_entry(const struct pvhb_reading *r);

/*@ requires notes(s);
    assigns *s, READ(s);
    KEPT_IF_OK; */
static enum pvhboot_status read_all(struct notes *s);

/*@ requires \valid_read(r);
    assigns \nothing; */
static bool has_entry(const struct pvhb_reading *r);

/*@ requires notes(s);
    assigns s->reading->kernel->guest_os, *s->reading->diag;
    KEPT_IF_OK; */
static enum pvhboot_status judge(const struct notes *s);
