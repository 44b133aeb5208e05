/* SPDX-License-Identifier: MIT */
/* Contracts of what reads notes while a kernel is opened. */
#ifndef PROOF_READING_H
#define PROOF_READING_H

#include "kernel.h"

#include "../../lib/kernel/linux.h"

/* What is left as it was, one property each: provers find that what was good is good from these,
 * and do not find it from all that was written. */
#define SAME_(word, what) word what == \at(what, Pre)
#define SAME(word) \
	SAME_(word, r->kernel); SAME_(word, r->diag); SAME_(word, r->bzimage.data); \
	SAME_(word, r->bzimage.size); SAME_(word, r->elf.image.data); \
	SAME_(word, r->elf.image.size); SAME_(word, r->elf.elf_class); \
	SAME_(word, r->elf.tables.phoff); SAME_(word, r->elf.tables.phnum); \
	SAME_(word, r->elf.tables.phentsize); SAME_(word, r->elf.tables.shoff); \
	SAME_(word, r->elf.tables.shnum); SAME_(word, r->elf.tables.shentsize); \
	SAME_(word, r->kernel->elf.data); SAME_(word, r->kernel->elf.size); \
	SAME_(word, r->kernel->elf_class); SAME_(word, r->kernel->tables.phoff); \
	SAME_(word, r->kernel->tables.phnum); SAME_(word, r->kernel->tables.phentsize); \
	SAME_(word, r->kernel->tables.shoff); SAME_(word, r->kernel->tables.shnum); \
	SAME_(word, r->kernel->tables.shentsize)

/* What notes change. */
#define NOTED(r, kernel, diag)                                                                     \
	(r)->is_pv, (r)->has_entry, (r)->is_linux, (r)->entry_offset, (r)->wants_symbols,          \
		(kernel)->entry, (kernel)->reloc, (kernel)->relocatable, (kernel)->features,       \
		(kernel)->guest_os, (kernel)->build_id, (kernel)->n_notes, (kernel)->note_source,  \
		*(diag)

/*@
  // What notes are read of and for.
  predicate reading(struct pvhb_reading *r) =
    bytes(r->elf.image) && \valid(r->kernel) && optional(r->diag) &&
    \separated(r, r->kernel, r->diag);
  // What is read of an ELF image: the kernel has the same tables.
  predicate reads(struct pvhb_reading *r) =
    reading(r) && elf_at(&r->elf) && elf_kernel_at(r->kernel);
  predicate same{L, M}(struct pvhb_reading *r) =
    \at(r->kernel, L) == \at(r->kernel, M) && \at(r->diag, L) == \at(r->diag, M);
  // Where it is opened, both are objects of their own.
  predicate apart(struct pvhb_reading *r) =
    \base_addr(r) != \base_addr(r->kernel) && \base_addr(r) != \base_addr(r->diag) &&
    \base_addr(r->kernel) != \base_addr(r->diag);
  predicate opening(struct pvhb_reading *r) =
    reading(r) && apart(r) && elf_at(&r->elf) && elf_kernel_at(r->kernel) &&
    r->kernel->tables.phnum == r->elf.tables.phnum;
  predicate note(struct pvhboot_note *n) =
    \valid_read(n) && bytes(n->name) && bytes(n->desc);
  // What is kept of a note, if anything.
  predicate in_image(struct pvhb_reading *r, struct pvhboot_bytes b) =
    b.size == 0 || (r->elf.image.size != 0 && part(b, r->elf.image));
*/

/* ---- xen_note.c ---------------------------------------------------------------------------- */

/*@ requires \valid(r) && reading(r) && in_image(r, r->kernel->guest_os);
    requires note(note) && in_image(r, note->desc);
    requires within(r->elf.image.size, note->offset, PVHBOOT_ELF_NHDR_SIZE);
    requires \separated(note, r, r->kernel, r->diag);
    assigns r->is_pv, r->has_entry, r->entry_offset, r->wants_symbols, r->kernel->entry,
      r->kernel->reloc, r->kernel->relocatable, r->kernel->features, r->kernel->guest_os, *r->diag;
    ensures in_image(r, r->kernel->guest_os); */
enum pvhboot_status pvhb_read_xen_note(struct pvhb_reading *r, const struct pvhboot_note *note,
				       struct pvhb_at at);

/* ---- read_segments.c ------------------------------------------------------------------------- */

/*@ requires \valid(r) && reads(r);
    assigns r->max_align, r->kernel->start, r->kernel->end, r->kernel->n_segments,
      r->kernel->overlapping, *r->diag; */
enum pvhboot_status pvhb_read_segments(struct pvhb_reading *r);

/* ---- read_notes.c -------------------------------------------------------------------------- */

/*@ requires \valid(r) && opening(r) && in_image(r, r->kernel->guest_os);
    assigns NOTED(r, r->kernel, r->diag);
    ensures \result == PVHBOOT_OK ==> same{Pre, Here}(r);
    ensures \result == PVHBOOT_OK ==> opening(r); */
enum pvhboot_status pvhb_read_notes(struct pvhb_reading *r);

/* ---- linux.c ------------------------------------------------------------------------------ */

/*@ requires \valid_read(r);
    assigns \nothing; */
bool pvhb_linux_is_64(const struct pvhb_reading *r);

/*@ requires \valid(kernel) && bytes(kernel->elf) && optional(diag) && \separated(kernel, diag);
    assigns kernel->linux_boot, kernel->start, kernel->end, kernel->entries, kernel->machine,
      kernel->n_segments, kernel->tables.phnum, kernel->tables.phoff, *diag;
    ensures \result == PVHBOOT_OK ==> kernel->tables.phoff <= kernel->elf.size; */
enum pvhboot_status pvhb_linux_read_bzimage(struct pvhboot_kernel *kernel,
					    struct pvhboot_diag *diag);

/*@ requires \valid(r) && opening(r) && bytes(r->bzimage);
    assigns r->kernel->linux_boot, r->kernel->entries, *r->diag;
    SAME(ensures); */
enum pvhboot_status pvhb_linux_read_elf(struct pvhb_reading *r);

/* ---- foreign.c ----------------------------------------------------------------------------- */

/*@ assigns \nothing; */
bool pvhb_kernel_foreign_is_pv(uint32_t note_type);

#endif
