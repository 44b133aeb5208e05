/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/note.c
 * Not proved: pvhboot_note_xen_name: a table alone, no input but a type;
 */

#include "opening.h"

/* The walk goes on as it began. */
#define SAME_WALK(of, by) (survey.walk.area == of && survey.walk.padding == by)

#include "../../lib/kernel/note.c"

/*@ requires \valid(walk) && \valid_read(walk->area) && \separated(walk, walk->area);
    requires at <= walk->area->bytes.size;
    assigns walk->fault;
    ensures \result <==> at + size <= walk->area->bytes.size; */
static bool has_bytes(struct pvhb_note_walk *walk, uint64_t at, uint32_t size, const char *rule);

/*@ requires \valid(walk) && \valid_read(walk->area) && area(*walk->area);
    requires \valid(out);
    requires \separated(walk, walk->area, out);
    requires bytes(out->name);
    requires walk->padding == 4 || walk->padding == 8;
    requires within(walk->area->size, walk->offset, PVHBOOT_ELF_NHDR_SIZE);
    assigns walk->offset, walk->end, walk->fault, out->name, out->desc;
    ensures \result == PVHB_NOTE_FOUND ==> part(out->name, walk->area->bytes);
    ensures \result == PVHB_NOTE_FOUND ==> part(out->desc, walk->area->bytes);
    ensures \result == PVHB_NOTE_MALFORMED ==> bytes(out->name); */
static enum pvhb_note_step read_body(struct pvhb_note_walk *walk, uint32_t namesz, uint32_t descsz,
				     struct pvhboot_note *out);

/*@ requires \valid_read(note);
    assigns \nothing;
    ensures \result ==> note->desc.size == 4 || note->desc.size == 8; */
static bool is_entry(const struct pvhboot_note *note);

/*@ requires \valid_read(area) && area(*area) && (padding == 4 || padding == 8);
    requires \valid(used) && \valid(out) && \separated(area, used, out);
    assigns *used, *out; */
static enum pvhboot_status take_survey(const struct pvhb_note_area *area, uint32_t padding,
				       uint32_t *used, struct survey *out);

/*@ requires \valid_read(elf) && bytes(elf->image) && \valid(iter) && \valid(out);
    requires \separated(elf, iter, out);
    requires source == PVHBOOT_NOTES_SEGMENTS ? segments(*elf) && iter->table < elf->tables.phnum :
      sections(*elf) && iter->table < elf->tables.shnum;
    requires PADDED(*iter);
    assigns iter->padding, *out;
    ensures \result ==> iter->padding == 4 || iter->padding == 8;
    ensures \result ==> area(*out);
    ensures \result ==> part(out->bytes, elf->image); */
static bool enter_area(const struct pvhb_elf *elf, enum pvhboot_note_source source,
		       struct pvhboot_note_iter *iter, struct pvhb_note_area *out);

/*@ requires \valid_read(area) && area(*area) && \valid(iter) && \valid(out);
    requires \separated(area, iter, out);
    requires iter->padding == 4 || iter->padding == 8;
    assigns iter->offset, *out;
    ensures \result ==> part(out->name, area->bytes);
    ensures \result ==> part(out->desc, area->bytes); */
static bool next_in_area(const struct pvhb_note_area *area, struct pvhboot_note_iter *iter,
			 struct pvhboot_note *out);
