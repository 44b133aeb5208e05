/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/xen_note.c */

#include "reading.h"

#include "../../lib/kernel/xen_note.c"

/*@ requires \valid(r) && reading(r) && note(note) && \separated(note, r, r->kernel, r->diag);
    assigns r->kernel->entry, r->entry_offset, r->has_entry, *r->diag; */
static enum pvhboot_status read_entry(struct pvhb_reading *r, const struct pvhboot_note *note,
				      struct pvhb_at at);

/*@ requires \valid_read(r) && reading(r) && note(note) && \separated(note, r, r->kernel, r->diag);
    assigns r->kernel->reloc, r->kernel->relocatable, *r->diag; */
static enum pvhboot_status read_reloc(struct pvhb_reading *r, const struct pvhboot_note *note,
				      struct pvhb_at at);

/*@ requires \valid_read(r) && reading(r) && note(note) && \separated(note, r, r->kernel, r->diag);
    assigns r->kernel->features, *r->diag; */
static enum pvhboot_status
read_supported_features(struct pvhb_reading *r, const struct pvhboot_note *note, struct pvhb_at at);

/*@ requires \valid_read(r) && reading(r) && note(note) && \separated(note, r, r->kernel, r->diag);
    requires within(r->elf.image.size, note->offset, PVHBOOT_ELF_NHDR_SIZE);
    assigns *r->diag; */
static void check_name_size(const struct pvhb_reading *r, const struct pvhboot_note *note,
			    struct pvhb_at at);
