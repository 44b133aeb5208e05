/* SPDX-License-Identifier: MIT */
/* Contracts of what reads notes while a kernel is opened. */
#ifndef PROOF_READING_H
#define PROOF_READING_H

#include "kernel.h"

#include "../../lib/kernel/linux.h"

/* What is left as it was, in parts of two or three members: provers find each in some seconds, and
 * all in one not at all. */
#define KEPT(word)                                                                                 \
	word same{Pre, Here}(r); word kept_image{Pre, Here}(r); word kept_bzimage{Pre, Here}(r);   \
	word kept_bytes{Pre, Here}(r); word kept_class{Pre, Here}(r);                              \
	word kept_segments{Pre, Here}(r); word kept_sections{Pre, Here}(r);                        \
	word kept_kernel_segments{Pre, Here}(r); word kept_kernel_sections{Pre, Here}(r);          \
	word in_image(r, r->kernel->guest_os)
/* Of functions whose `assigns` allows everything: that, and what the next one asks for. */
#define GOOD(word) KEPT(word); word opening(r)
/* Behind a failure nothing is read. */
#define IF_OK ensures \result == PVHBOOT_OK ==>
#define WHILE_OK loop invariant status == PVHBOOT_OK ==>
#define ALL(r) *(r), *\at((r)->kernel, Pre), *\at((r)->diag, Pre)

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
  predicate kept_image{L, M}(struct pvhb_reading *r) =
    \at(r->elf.image.data, L) == \at(r->elf.image.data, M) &&
    \at(r->elf.image.size, L) == \at(r->elf.image.size, M);
  predicate kept_bzimage{L, M}(struct pvhb_reading *r) =
    \at(r->bzimage.data, L) == \at(r->bzimage.data, M) &&
    \at(r->bzimage.size, L) == \at(r->bzimage.size, M);
  predicate kept_bytes{L, M}(struct pvhb_reading *r) =
    \at(r->kernel->elf.data, L) == \at(r->kernel->elf.data, M) &&
    \at(r->kernel->elf.size, L) == \at(r->kernel->elf.size, M);
  predicate kept_class{L, M}(struct pvhb_reading *r) =
    \at(r->elf.elf_class, L) == \at(r->elf.elf_class, M) &&
    \at(r->kernel->elf_class, L) == \at(r->kernel->elf_class, M);
  predicate kept_segments{L, M}(struct pvhb_reading *r) =
    \at(r->elf.tables.phoff, L) == \at(r->elf.tables.phoff, M) &&
    \at(r->elf.tables.phnum, L) == \at(r->elf.tables.phnum, M) &&
    \at(r->elf.tables.phentsize, L) == \at(r->elf.tables.phentsize, M);
  predicate kept_sections{L, M}(struct pvhb_reading *r) =
    \at(r->elf.tables.shoff, L) == \at(r->elf.tables.shoff, M) &&
    \at(r->elf.tables.shnum, L) == \at(r->elf.tables.shnum, M) &&
    \at(r->elf.tables.shentsize, L) == \at(r->elf.tables.shentsize, M);
  predicate kept_kernel_segments{L, M}(struct pvhb_reading *r) =
    \at(r->kernel->tables.phoff, L) == \at(r->kernel->tables.phoff, M) &&
    \at(r->kernel->tables.phnum, L) == \at(r->kernel->tables.phnum, M) &&
    \at(r->kernel->tables.phentsize, L) == \at(r->kernel->tables.phentsize, M);
  predicate kept_kernel_sections{L, M}(struct pvhb_reading *r) =
    \at(r->kernel->tables.shoff, L) == \at(r->kernel->tables.shoff, M) &&
    \at(r->kernel->tables.shnum, L) == \at(r->kernel->tables.shnum, M) &&
    \at(r->kernel->tables.shentsize, L) == \at(r->kernel->tables.shentsize, M);

  // Where it is opened, both are objects of their own.
  predicate apart(struct pvhb_reading *r) =
    \base_addr(r) != \base_addr(r->kernel) && \base_addr(r) != \base_addr(r->diag) &&
    \base_addr(r->kernel) != \base_addr(r->diag);
  // What is kept of a note, if anything.
  predicate in_image(struct pvhb_reading *r, struct pvhboot_bytes b) =
    b.size == 0 || (r->elf.image.size != 0 && part(b, r->elf.image));
  predicate opening(struct pvhb_reading *r) =
    \valid(r) && reading(r) && apart(r) && elf_at(&r->elf) && elf_kernel_at(r->kernel) &&
    r->kernel->tables.phnum == r->elf.tables.phnum && in_image(r, r->kernel->guest_os);
  predicate note(struct pvhboot_note *n) =
    \valid_read(n) && bytes(n->name) && bytes(n->desc);
*/

/* ---- xen_note.c ---------------------------------------------------------------------------- */

/*@ requires opening(r) && note(note) && in_image(r, note->desc);
    requires within(r->elf.image.size, note->offset, PVHBOOT_ELF_NHDR_SIZE);
    requires \separated(note, r, r->kernel, r->diag);
    assigns r->is_pv, r->has_entry, r->entry_offset, r->wants_symbols, r->kernel->entry,
      r->kernel->reloc, r->kernel->relocatable, r->kernel->features, r->kernel->guest_os, *r->diag;
    KEPT(IF_OK); */
enum pvhboot_status pvhb_read_xen_note(struct pvhb_reading *r, const struct pvhboot_note *note,
				       struct pvhb_at at);

/* ---- read_segments.c ------------------------------------------------------------------------- */

/*@ requires opening(r);
    assigns r->max_align, r->kernel->start, r->kernel->end, r->kernel->n_segments,
      r->kernel->overlapping, *r->diag;
    KEPT(IF_OK); */
enum pvhboot_status pvhb_read_segments(struct pvhb_reading *r);

/* ---- read_notes.c -------------------------------------------------------------------------- */

/*@ requires opening(r);
    assigns ALL(r);
    GOOD(IF_OK); */
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

/*@ requires opening(r) && bytes(r->bzimage);
    assigns r->kernel->linux_boot, r->kernel->entries, *r->diag;
    KEPT(ensures); */
enum pvhboot_status pvhb_linux_read_elf(struct pvhb_reading *r);

/* ---- foreign.c ----------------------------------------------------------------------------- */

/*@ assigns \nothing; */
bool pvhb_kernel_foreign_is_pv(uint32_t note_type);

#endif
