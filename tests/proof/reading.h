/* SPDX-License-Identifier: MIT */
/* Contracts of what reads notes while a kernel is opened. */
#ifndef PROOF_READING_H
#define PROOF_READING_H

#include "kernel.h"

/*@
  // What notes are read of and for.
  predicate reading(struct pvhb_reading *r) =
    bytes(r->elf.image) && \valid(r->kernel) && optional(r->diag) &&
    \separated(r, r->kernel, r->diag);
  // What is read of an ELF image: the kernel has the same tables.
  predicate opening(struct pvhb_reading *r) =
    reading(r) && elf_at(&r->elf) && elf_kernel_at(r->kernel);
  predicate same{L, M}(struct pvhb_reading *r) =
    \at(r->kernel, L) == \at(r->kernel, M) && \at(r->diag, L) == \at(r->diag, M);
  predicate note(struct pvhboot_note *n) =
    \valid_read(n) && bytes(n->name) && bytes(n->desc);
*/

/* ---- xen_note.c ---------------------------------------------------------------------------- */

/*@ requires \valid(r) && reading(r) && bytes(r->kernel->guest_os);
    requires note(note) && within(r->elf.image.size, note->offset, PVHBOOT_ELF_NHDR_SIZE);
    requires \separated(note, r, r->kernel, r->diag);
    assigns r->is_pv, r->has_entry, r->entry_offset, r->wants_symbols, r->kernel->entry,
      r->kernel->reloc, r->kernel->relocatable, r->kernel->features, r->kernel->guest_os, *r->diag;
    ensures bytes(r->kernel->guest_os); */
enum pvhboot_status pvhb_read_xen_note(struct pvhb_reading *r, const struct pvhboot_note *note,
				       struct pvhb_at at);

/* ---- read_segments.c ------------------------------------------------------------------------- */

/*@ requires \valid(r) && opening(r);
    assigns r->max_align, r->kernel->start, r->kernel->end, r->kernel->n_segments,
      r->kernel->overlapping, *r->diag; */
enum pvhboot_status pvhb_read_segments(struct pvhb_reading *r);

/* ---- foreign.c ----------------------------------------------------------------------------- */

/*@ assigns \nothing; */
bool pvhb_kernel_foreign_is_pv(uint32_t note_type);

#endif
