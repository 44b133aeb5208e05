/* SPDX-License-Identifier: MIT */
/* Contracts of lib/kernel/. */
#ifndef PROOF_KERNEL_H
#define PROOF_KERNEL_H

#include "base.h"
#include "product.h"

#include "../../lib/kernel/compat.h"
#include "../../lib/kernel/elf.h"
#include "../../lib/kernel/features.h"
#include "../../lib/kernel/foreign.h"
#include "../../lib/kernel/note.h"
#include "../../lib/kernel/reading.h"
#include "../../lib/kernel/segment.h"

#include <pvhboot/wire/elf.h>

/* How notes are padded where they are looked for; 0: not known yet. */
#define PADDED(iter) ((iter).padding == 0 || (iter).padding == 4 || (iter).padding == 8)

/*@
  predicate element(integer total, integer table, integer i, integer size) =
    within(total, table + product(i, size), size);

  logic integer phdr_size(integer elf_class) = elf_class == 64 ? 56 : 32;
  logic integer shdr_size(integer elf_class) = elf_class == 64 ? 64 : 40;

  // A table lies in the image, and its elements have at least the size that its class has.
  predicate table(integer total, integer offset, integer n, integer size, integer least) =
    size <= 65535 &&
    (n != 0 ==> size >= least && within(total, offset, product(n, size)));
  predicate segments(struct pvhb_elf e) =
    table(e.image.size, e.tables.phoff, e.tables.phnum, e.tables.phentsize, phdr_size(e.elf_class));
  predicate sections(struct pvhb_elf e) =
    table(e.image.size, e.tables.shoff, e.tables.shnum, e.tables.shentsize, shdr_size(e.elf_class));
  predicate elf(struct pvhb_elf e) = bytes(e.image) && segments(e) && sections(e);

  // What pvhboot_kernel_open() leaves, and the bytes may have changed since then.
  predicate kernel(struct pvhboot_kernel k) =
    bytes(k.elf) &&
    table(k.elf.size, k.tables.shoff, k.tables.shnum, k.tables.shentsize, shdr_size(k.elf_class)) &&
    (k.elf_class == 0 ?
      k.tables.phoff <= k.elf.size && k.note_source == PVHBOOT_NOTES_NONE :
      table(k.elf.size, k.tables.phoff, k.tables.phnum, k.tables.phentsize,
            phdr_size(k.elf_class)));

  // The same of what others are written beside: provers lose what is said of a value.
  predicate elf_at(struct pvhb_elf *e) = bytes(e->image) &&
    table(e->image.size, e->tables.phoff, e->tables.phnum, e->tables.phentsize,
          phdr_size(e->elf_class)) &&
    table(e->image.size, e->tables.shoff, e->tables.shnum, e->tables.shentsize,
          shdr_size(e->elf_class));
  predicate elf_kernel_at(struct pvhboot_kernel *k) = bytes(k->elf) && k->elf_class != 0 &&
    table(k->elf.size, k->tables.phoff, k->tables.phnum, k->tables.phentsize,
          phdr_size(k->elf_class)) &&
    table(k->elf.size, k->tables.shoff, k->tables.shnum, k->tables.shentsize,
          shdr_size(k->elf_class));

  predicate segment(struct pvhboot_segment s) =
    bytes(s.bytes) && s.bytes.size <= s.size && s.gpa + s.size <= PVHB_4GIB;

  predicate all_bytes(struct pvhboot_bytes *list, integer n) =
    \forall integer i; 0 <= i < n ==> bytes(list[i]);

  // Bytes of the same object, as all that lies in the image is of the image's: so they are not in
  // what a function has for itself, and may be read behind its end.
  predicate part(struct pvhboot_bytes b, struct pvhboot_bytes of) =
    bytes(b) && \base_addr(b.data) == \base_addr(of.data);

  // Notes start in size bytes, and may take all of bytes.
  predicate area(struct pvhb_note_area a) =
    bytes(a.bytes) && a.size <= a.bytes.size && a.offset + a.size <= UINT64_MAX;
*/

/* ---- elf.c --------------------------------------------------------------------------------- */

/*@ requires optional(diag);
    assigns *diag;
    ensures \result == PVHBOOT_TRUNCATED; */
enum pvhboot_status pvhb_elf_fail_range(struct pvhboot_bytes image, uint64_t offset, uint64_t size,
					struct pvhb_at at, const char *rule,
					struct pvhboot_diag *diag);

/*@ requires bytes(image) && \valid(out) && optional(diag) && \separated(out, diag);
    assigns *out, *diag;
    ensures \result == PVHBOOT_OK ==>
      out->image.data == image.data && out->image.size == image.size;
    ensures \result == PVHBOOT_OK ==> segments(*out);
    ensures \result == PVHBOOT_OK ==> sections(*out);
    ensures \result == PVHBOOT_OK ==> out->elf_class == 64 || out->elf_class == 32; */
enum pvhboot_status pvhb_elf_check(struct pvhboot_bytes image, struct pvhb_elf *out,
				   struct pvhboot_diag *diag);

/*@ requires \valid_read(elf);
    assigns \nothing;
    ensures segments(*elf) && index < elf->tables.phnum ==>
      within(elf->image.size, \result, phdr_size(elf->elf_class)); */
uint64_t pvhb_elf_phdr_at(const struct pvhb_elf *elf, uint32_t index);

/*@ requires \valid_read(elf);
    assigns \nothing;
    ensures sections(*elf) && index < elf->tables.shnum ==>
      within(elf->image.size, \result, shdr_size(elf->elf_class)); */
uint64_t pvhb_elf_shdr_at(const struct pvhb_elf *elf, uint32_t index);

/* ---- elf_core.c ---------------------------------------------------------------------------- */

/*@ requires \valid_read(elf) && bytes(elf->image) && segments(*elf);
    requires index < elf->tables.phnum && \valid(out) && \separated(out, elf);
    assigns *out; */
void pvhb_elf_core_phdr(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_phdr *out);

/* ---- segment.c, compat.c ------------------------------------------------------------------- */

/*@ requires \valid_read(phdr);
    assigns \nothing; */
bool pvhb_segment_is_loadable(const struct pvhb_elf_phdr *phdr);

/*@ requires \valid_read(elf);
    assigns \nothing; */
struct pvhb_at pvhb_segment_where(const struct pvhb_elf *elf, uint32_t index);

/*@ requires \valid_read(elf) && bytes(elf->image) && \valid_read(phdr) && \valid(out);
    requires optional(diag) && \separated(out, diag, elf, phdr);
    assigns *out, *diag;
    ensures \result == PVHBOOT_OK ==> segment(*out) && out->index == index;
    ensures \result == PVHBOOT_OK && out->bytes.size != 0 ==>
      within(elf->image.size, out->offset, out->bytes.size); */
enum pvhboot_status pvhb_segment_check(const struct pvhb_elf *elf, uint32_t index,
				       const struct pvhb_elf_phdr *phdr,
				       struct pvhboot_segment *out, struct pvhboot_diag *diag);

/*@ requires \valid_read(kernel) && kernel(*kernel) && \valid(out) && \separated(out, kernel);
    assigns *out;
    ensures \result ==> bytes(out->bytes);
    ensures \result && kernel->elf_class != 0 ==> segment(*out) && out->index == index; */
bool pvhb_segment_at(const struct pvhboot_kernel *kernel, uint32_t index,
		     struct pvhboot_segment *out);

/*@ requires \valid_read(kernel);
    assigns \nothing; */
struct pvhboot_range pvhb_kernel_range(const struct pvhboot_kernel *kernel);

/*@ requires \valid_read(kernel);
    assigns \nothing;
    ensures \result.image == kernel->elf && \result.tables == kernel->tables;
    ensures \result.elf_class == kernel->elf_class; */
struct pvhb_elf pvhb_kernel_elf(const struct pvhboot_kernel *kernel);

/*@ requires \valid_read(kernel) && kernel(*kernel) && \valid(iter) && \valid(out);
    requires \separated(kernel, iter, out);
    assigns *out, *iter;
    ensures \result ==> bytes(out->bytes);
    ensures \result && kernel->elf_class != 0 ==>
      segment(*out) && out->index < kernel->tables.phnum; */
int pvhboot_segment_next(const struct pvhboot_kernel *kernel, struct pvhboot_segment_iter *iter,
			 struct pvhboot_segment *out);

/*@ assigns \nothing; */
static inline bool pvhb_is_compat(uint32_t flags);

/*@ requires optional(diag);
    assigns *diag; */
enum pvhboot_status pvhb_compat_fail(uint32_t flags, struct pvhboot_diag *diag,
				     enum pvhboot_status status, struct pvhb_at at, uint64_t found,
				     uint64_t bound, const char *rule);

/*@ requires \valid_read(elf) && bytes(elf->image) && segments(*elf);
    requires \valid(segment) && segment(*segment);
    requires \separated(segment, elf);
    assigns segment->bytes, segment->offset, segment->gpa, segment->size;
    ensures segment(*segment); */
bool pvhb_compat_cut(const struct pvhb_elf *elf, struct pvhboot_segment *segment);

/* ---- note.c -------------------------------------------------------------------------------- */

/*@ requires \valid_read(area);
    assigns \nothing; */
static inline bool pvhb_note_area_is_bogus(const struct pvhb_note_area *area);

/*@ requires \valid_read(elf);
    assigns \nothing;
    ensures \result == (source == PVHBOOT_NOTES_SEGMENTS ? elf->tables.phnum :
                        source == PVHBOOT_NOTES_SECTIONS ? elf->tables.shnum : 0); */
uint32_t pvhb_note_area_max(const struct pvhb_elf *elf, enum pvhboot_note_source source);

/*@ requires \valid_read(elf) && bytes(elf->image) && \valid(out) && \separated(out, elf);
    requires source == PVHBOOT_NOTES_SEGMENTS ? segments(*elf) && index < elf->tables.phnum :
      sections(*elf) && index < elf->tables.shnum;
    assigns *out; */
bool pvhb_note_area_at(const struct pvhb_elf_reader *reader, const struct pvhb_elf *elf,
		       enum pvhboot_note_source source, uint32_t index, struct pvhb_note_area *out);

/*@ requires \valid_read(elf) && bytes(elf->image) && \valid(area) && \separated(area, elf);
    assigns area->bytes;
    ensures \result ==> area(*area);
    ensures \result ==> part(area->bytes, elf->image);
    ensures \result ==> within(elf->image.size, area->offset, area->size); */
bool pvhb_note_area_load(const struct pvhb_elf *elf, struct pvhb_note_area *area);

/*@ requires \valid(walk) && \valid_read(walk->area) && area(*walk->area);
    requires \valid(out) && \separated(walk, walk->area, out);
    requires walk->padding == 4 || walk->padding == 8;
    assigns *walk, *out;
    ensures walk->area == \old(walk->area) && walk->padding == \old(walk->padding);
    ensures \result == PVHB_NOTE_FOUND ==> part(out->name, walk->area->bytes);
    ensures \result == PVHB_NOTE_FOUND ==> part(out->desc, walk->area->bytes);
    ensures \result == PVHB_NOTE_FOUND ==>
      within(walk->area->offset + walk->area->size, out->offset, PVHBOOT_ELF_NHDR_SIZE);
    ensures \result == PVHB_NOTE_MALFORMED ==> bytes(out->name); */
enum pvhb_note_step pvhb_note_step(struct pvhb_note_walk *walk, struct pvhboot_note *out);

/*@ requires \valid_read(note) && bytes(note->desc);
    requires note->desc.size == 4 || note->desc.size == 8;
    assigns \nothing; */
uint64_t pvhb_note_number(const struct pvhboot_note *note);

/*@ requires \valid_read(note) && bytes(note->name);
    assigns \nothing; */
int pvhboot_note_is_xen(const struct pvhboot_note *note);

/*@ requires \valid_read(area) && area(*area) && \valid(budget) && \valid(padding);
    requires optional(diag) && \separated(area, budget, padding, diag);
    assigns *budget, *padding, *diag;
    ensures \result == PVHBOOT_OK ==> *padding == 4 || *padding == 8; */
enum pvhboot_status pvhb_note_padding(const struct pvhb_note_area *area, uint32_t flags,
				      struct pvhb_at at, struct pvhb_note_budget *budget,
				      uint32_t *padding, struct pvhboot_diag *diag);

/*@ requires \valid_read(kernel) && kernel(*kernel) && \valid(iter) && \valid(out);
    requires \separated(kernel, iter, out);
    requires PADDED(*iter);
    assigns *iter, *out;
    ensures PADDED(*iter);
    ensures \result ==> part(out->name, kernel->elf);
    ensures \result ==> part(out->desc, kernel->elf); */
int pvhboot_note_next(const struct pvhboot_kernel *kernel, struct pvhboot_note_iter *iter,
		      struct pvhboot_note *out);

/*@ assigns \nothing; */
const char *pvhboot_note_xen_name(uint32_t type);

/* ---- features.c ---------------------------------------------------------------------------- */

/*@ requires bytes(text) && \valid(features) && optional(diag) && \separated(features, diag);
    assigns *features, *diag; */
enum pvhboot_status pvhb_features_read(struct pvhboot_bytes text, struct pvhb_at at,
				       struct pvhboot_features *features,
				       struct pvhboot_diag *diag);

/* ---- foreign.c ----------------------------------------------------------------------------- */

/*@ requires optional(diag);
    assigns DETAIL; */
void pvhb_kernel_foreign_machine(uint16_t machine, struct pvhboot_diag *diag);

/*@ requires optional(diag);
    assigns DETAIL; */
void pvhb_kernel_foreign_type(uint16_t type, struct pvhboot_diag *diag);

/*@ requires \valid_read(kernel) && elf_kernel_at(kernel);
    requires optional(diag) && \separated(kernel, diag);
    assigns DETAIL; */
void pvhb_kernel_foreign(const struct pvhboot_kernel *kernel, bool is_pv,
			 struct pvhboot_diag *diag);

#endif
