/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/read_notes.c */

#include "opening.h"
#include "reading.h"

/*@
  // The area is of the image that is read.
  predicate area_of(struct pvhb_reading *r, struct pvhb_note_area *area) =
    area(*area) && part(area->bytes, r->elf.image) &&
    within(r->elf.image.size, area->offset, area->size);
  predicate note_of(struct pvhb_reading *r, struct pvhboot_note *note) =
    note(note) && in_image(r, note->desc) &&
    within(r->elf.image.size, note->offset, PVHBOOT_ELF_NHDR_SIZE);
  // It walks through this area.
  predicate walks(struct pvhb_note_walk *walk, struct pvhb_note_area *area) =
    walk->area == area && (walk->padding == 4 || walk->padding == 8);
*/

#define WALKING(word) word area_of(r, &s->area); word walks(&s->walk, &s->area)
/* Of the area and the walk, what is left as it was. */
#define SAME(word, what) word what == \at(what, Pre)
#define KEPT_AREA(word)                                                                            \
	SAME(word, s->area.bytes.data); SAME(word, s->area.bytes.size);                            \
	SAME(word, s->area.offset); SAME(word, s->area.size);                                      \
	SAME(word, s->walk.area); SAME(word, s->walk.padding)
#define WALKS_ON(word) KEPT_AREA(word); WALKING(word)

#include "../../lib/kernel/read_notes.c"

/*@
  predicate noting(struct pvhb_reading *r, struct notes *s) =
    opening(r) && \valid(s) && \separated(s, r, r->kernel, r->diag);
*/

/*@ requires \valid_read(fault) && optional(diag);
    assigns *diag;
    ensures \result == PVHBOOT_MALFORMED; */
static enum pvhboot_status fail_malformed(const struct pvhb_note_fault *fault, struct pvhb_at at,
					  struct pvhboot_diag *diag);

/*@ requires opening(r) && \valid_read(note) && bytes(note->name) && \separated(note, r);
    assigns r->is_pv;
    KEPT(ensures); */
static bool may_wait(struct pvhb_reading *r, const struct pvhboot_note *note);

/*@ requires \valid(s);
    assigns s->fault, s->fault_at; */
static void keep_first(struct notes *s, struct pvhb_at at);

/*@ requires noting(r, s) && bytes(s->note.name);
    assigns s->fault, s->fault_at, r->is_pv, *r->diag;
    KEPT(IF_OK); */
static enum pvhboot_status end_malformed(struct pvhb_reading *r, struct notes *s,
					 struct pvhb_at at);

/*@ requires opening(r) && \valid_read(area) && area(*area);
    assigns *r->diag;
    KEPT(ensures); */
static void check_rest(const struct pvhb_reading *r, const struct pvhb_note_area *area,
		       uint64_t from, struct pvhb_at at);

/*@ requires \valid_read(note) && bytes(note->name);
    assigns \nothing; */
static bool is_build_id(const struct pvhboot_note *note);

/*@ requires \valid_read(note) && bytes(note->name);
    assigns \nothing; */
static bool is_linux(const struct pvhboot_note *note);

/*@ requires opening(r) && \valid_read(walk) && \valid_read(walk->area);
    assigns *r->diag;
    KEPT(ensures); */
static void check_end(const struct pvhb_reading *r, const struct pvhb_note_walk *walk,
		      struct pvhb_at at);

/*@ requires opening(r) && note(note) && \separated(note, r, r->kernel);
    assigns r->kernel->build_id, r->is_linux;
    KEPT(ensures); */
static void read_other(struct pvhb_reading *r, const struct pvhboot_note *note);

/*@ requires opening(r) && note_of(r, note) && \separated(note, r, r->kernel, r->diag);
    assigns ALL(r);
    GOOD(IF_OK); */
static enum pvhboot_status read_by_owner(struct pvhb_reading *r, const struct pvhboot_note *note,
					 struct pvhb_at at);

/*@ requires opening(r);
    assigns r->kernel->n_notes;
    KEPT(ensures); */
static void count_note(const struct pvhb_reading *r);

/*@ requires noting(r, s) && note_of(r, &s->note) && \valid_read(s->walk.area);
    assigns ALL(r);
    GOOD(IF_OK); */
static enum pvhboot_status read_note_at(struct pvhb_reading *r, const struct notes *s,
					struct pvhb_at at);

/*@ requires noting(r, s) && note_of(r, &s->note) && \valid_read(s->walk.area);
    assigns ALL(r);
    GOOD(IF_OK);
    KEPT_AREA(IF_OK); */
static enum pvhboot_status read_note(struct pvhb_reading *r, const struct notes *s);

/*@ requires noting(r, s);
    WALKING(requires);
    assigns s->walk, s->note;
    KEPT(ensures);
    KEPT_AREA(ensures);
    ensures \result == PVHB_NOTE_FOUND ==> note_of(r, &s->note);
    ensures \result == PVHB_NOTE_MALFORMED ==> bytes(s->note.name); */
static enum pvhb_note_step next_note(const struct pvhb_reading *r, struct notes *s);

/*@ requires noting(r, s) && area_of(r, &s->area);
    requires step == PVHB_NOTE_MALFORMED ==> bytes(s->note.name);
    assigns s->fault, s->fault_at, r->is_pv, *r->diag;
    KEPT(IF_OK); */
static enum pvhboot_status end_walk(struct pvhb_reading *r, struct notes *s,
				    enum pvhb_note_step step, struct pvhb_at at);

/*@ requires noting(r, s);
    WALKING(requires);
    assigns *s, ALL(r);
    GOOD(IF_OK); */
static enum pvhboot_status walk(struct pvhb_reading *r, struct notes *s, struct pvhb_at at);

/*@ requires noting(r, s) && area_of(r, &s->area);
    assigns s->walk, s->budget, *r->diag;
    KEPT(IF_OK);
    IF_OK walks(&s->walk, &s->area); */
static enum pvhboot_status begin_walk(struct pvhb_reading *r, struct notes *s, struct pvhb_at at);

/*@ requires noting(r, s) && area_of(r, &s->area);
    assigns *s, ALL(r);
    GOOD(IF_OK); */
static enum pvhboot_status read_area(struct pvhb_reading *r, struct notes *s, struct pvhb_at at);

/*@ requires noting(r, s);
    assigns s->area.bytes, *r->diag;
    KEPT(IF_OK);
    IF_OK area_of(r, &s->area); */
static enum pvhboot_status load_area(struct pvhb_reading *r, struct notes *s, struct pvhb_at at);

/*@ requires noting(r, s);
    assigns *s, ALL(r);
    GOOD(IF_OK); */
static enum pvhboot_status read_found(struct pvhb_reading *r, struct notes *s, struct pvhb_at at);

/*@ requires noting(r, s);
    requires source == PVHBOOT_NOTES_SEGMENTS ? index < r->elf.tables.phnum :
      index < r->elf.tables.shnum;
    assigns *s, ALL(r);
    GOOD(IF_OK); */
static enum pvhboot_status read_header(struct pvhb_reading *r, struct notes *s,
				       enum pvhboot_note_source source, uint32_t index);

/*@ requires noting(r, s);
    assigns s->budget, r->n_xen, r->kernel->n_notes, r->kernel->note_source;
    KEPT(ensures); */
static void begin_source(struct pvhb_reading *r, struct notes *s, enum pvhboot_note_source source);

/*@ requires noting(r, s);
    requires source == PVHBOOT_NOTES_SEGMENTS || source == PVHBOOT_NOTES_SECTIONS;
    assigns *s, ALL(r);
    GOOD(IF_OK); */
static enum pvhboot_status read_source(struct pvhb_reading *r, struct notes *s,
				       enum pvhboot_note_source source);

/*@ requires opening(r);
    assigns r->kernel->guest_os;
    KEPT(ensures); */
static void trim_guest_os(const struct pvhb_reading *r);

/*@ requires \valid_read(r) && reading(r) && elf_kernel_at(r->kernel);
    assigns r->diag->detail[0 .. PVHBOOT_MAX_DETAIL - 1]; */
static void name_kind(const struct pvhb_reading *r);

/*@ requires opening(r);
    assigns *r->diag;
    ensures \result == PVHBOOT_NOTPVH; */
static enum pvhboot_status fail_entry(const struct pvhb_reading *r);

/*@ requires opening(r);
    assigns r->kernel->n_notes, r->kernel->note_source;
    KEPT(ensures); */
static void fall_back(const struct pvhb_reading *r, uint32_t n_foreign);

/*@ requires noting(r, s);
    assigns *s, ALL(r);
    GOOD(IF_OK); */
static enum pvhboot_status read_sections(struct pvhb_reading *r, struct notes *s);

/*@ requires noting(r, s);
    assigns *s, ALL(r);
    GOOD(IF_OK); */
static enum pvhboot_status read_all(struct pvhb_reading *r, struct notes *s);

/*@ requires \valid_read(r);
    assigns \nothing; */
static bool has_entry(const struct pvhb_reading *r);

/*@ requires noting(r, s);
    assigns r->kernel->guest_os, *r->diag;
    KEPT(IF_OK); */
static enum pvhboot_status judge(const struct pvhb_reading *r, const struct notes *s);
