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

/*@ requires opening(r) && note(note) && \separated(note, r, r->kernel, r->diag);
    requires within(r->elf.image.size, note->offset, PVHBOOT_ELF_NHDR_SIZE);
    assigns *r->diag;
    KEPT(ensures); */
static void check_name_size(const struct pvhb_reading *r, const struct pvhboot_note *note,
			    struct pvhb_at at);

/*@ requires opening(r);
    assigns r->is_pv;
    KEPT(ensures); */
static void look_for_pv(struct pvhb_reading *r, uint32_t type);

/*@ requires opening(r) && note(note) && in_image(r, note->desc);
    requires \separated(note, r, r->kernel, r->diag);
    assigns r->has_entry, r->entry_offset, r->wants_symbols, r->kernel->entry, r->kernel->reloc,
      r->kernel->relocatable, r->kernel->features, r->kernel->guest_os, *r->diag;
    KEPT(IF_OK); */
static enum pvhboot_status read_by_type(struct pvhb_reading *r, const struct pvhboot_note *note,
					struct pvhb_at at);
