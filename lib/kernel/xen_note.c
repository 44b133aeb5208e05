/* SPDX-License-Identifier: MIT */
/*
 * What a note of owner "Xen" says to those who start a PVH guest.
 * Source: xen/include/public/elfnote.h.
 */

#include <pvhboot/wire/elf.h>
#include <pvhboot/wire/elfnote.h>

#include "../base/diag.h"
#include "../base/span.h"
#include "compat.h"
#include "features.h"
#include "foreign.h"
#include "note.h"
#include "reading.h"

static enum pvhboot_status read_entry(struct pvhb_reading *r, const struct pvhboot_note *note,
				      struct pvhb_at at)
{
	enum pvhboot_status status;
	uint64_t entry;

	if (note->desc.size != 4 && note->desc.size != 8)
		return pvhb_fail(r->diag, PVHBOOT_MALFORMED, pvhb_in_bytes(at), note->desc.size, 8,
				 "4 or 8 bytes in PHYS32_ENTRY");
	entry = pvhb_note_number(note);
	if (entry >= PVHB_4GIB) {
		status =
			pvhb_compat_fail(r->elf.flags, r->diag, PVHBOOT_RANGE, at, entry, PVHB_4GIB,
					 "PHYS32_ENTRY < 4 GiB; COMPAT_XEN uses its lower half");
		if (status != PVHBOOT_OK)
			return status;
		entry = (uint32_t)entry;
	}
	if (r->has_entry && entry != r->kernel->entry) {
		status = pvhb_compat_fail(r->elf.flags, r->diag, PVHBOOT_MALFORMED, at, entry,
					  r->kernel->entry,
					  "the same entry in all PHYS32_ENTRY notes; COMPAT_XEN "
					  "uses the last");
		if (status != PVHBOOT_OK)
			return status;
	}
	r->kernel->entry = entry;
	r->entry_offset = note->offset;
	r->has_entry = true;
	return PVHBOOT_OK;
}

static enum pvhboot_status read_reloc(struct pvhb_reading *r, const struct pvhboot_note *note,
				      struct pvhb_at at)
{
	struct pvhboot_reloc reloc = {
		/* elfnote.h: the note's, else that of the segments if it is a page or
		 * more, else 2 MiB */
		.align =
			r->max_align >= PVHB_PAGE_SIZE ? r->max_align : PVHBOOT_RELOC_DEFAULT_ALIGN,
		.min = PVHBOOT_RELOC_DEFAULT_MIN,
		.max = PVHBOOT_RELOC_DEFAULT_MAX,
	};
	size_t words = note->desc.size / 4;

	if (note->desc.size % 4 != 0)
		return pvhb_fail(r->diag, PVHBOOT_MALFORMED, pvhb_in_bytes(at), note->desc.size,
				 words * 4, "whole words of 4 bytes in PHYS32_RELOC");
	if (words >= 1)
		reloc.align = pvhb_load32(note->desc, 0);
	if (words >= 2)
		reloc.min = pvhb_load32(note->desc, 4);
	if (words >= 3)
		reloc.max = pvhb_load32(note->desc, 8);
	if (!pvhb_is_power_of_two(reloc.align))
		return pvhb_fail(r->diag, PVHBOOT_MALFORMED, at, reloc.align,
				 pvhb_max(reloc.align & (0 - reloc.align), 1),
				 "a power of two as alignment in PHYS32_RELOC");
	if (r->kernel->relocatable)
		pvhb_warn_plain(r->diag, at, "one PHYS32_RELOC note; the last one is used");
	r->kernel->reloc = reloc;
	r->kernel->relocatable = 1;
	return PVHBOOT_OK;
}

static enum pvhboot_status
read_supported_features(struct pvhb_reading *r, const struct pvhboot_note *note, struct pvhb_at at)
{
	if (note->desc.size < 4)
		return pvhb_fail(r->diag, PVHBOOT_MALFORMED, pvhb_in_bytes(at), note->desc.size, 4,
				 "at least 4 bytes in SUPPORTED_FEATURES");
	r->kernel->features.supported |= pvhb_load32(note->desc, 0);
	r->kernel->features.is_complete = 1;
	return PVHBOOT_OK;
}

/* Each toolchain has its own idea of n_namesz, see read_body() in note.c. */
static void check_name_size(const struct pvhb_reading *r, const struct pvhboot_note *note,
			    struct pvhb_at at)
{
	uint32_t namesz = pvhb_load32(
		r->elf.image, note->offset + offsetof(struct pvhboot_wire_elf_nhdr, n_namesz));

	if (namesz != 4)
		pvhb_warn(r->diag, pvhb_in_bytes(at), namesz, 4, "n_namesz 4 of the owner \"Xen\"");
}

static void look_for_pv(struct pvhb_reading *r, uint32_t type)
{
	if (pvhb_kernel_foreign_is_pv(type))
		r->is_pv = true;
}

static enum pvhboot_status read_by_type(struct pvhb_reading *r, const struct pvhboot_note *note,
					struct pvhb_at at)
{
	switch (note->type) {
	case PVHBOOT_NOTE_PHYS32_ENTRY:
		return read_entry(r, note, at);
	case PVHBOOT_NOTE_PHYS32_RELOC:
		return read_reloc(r, note, at);
	case PVHBOOT_NOTE_FEATURES:
		return pvhb_features_read(note->desc, at, &r->kernel->features, r->diag);
	case PVHBOOT_NOTE_SUPPORTED_FEATURES:
		return read_supported_features(r, note, at);
	case PVHBOOT_NOTE_GUEST_OS:
		r->kernel->guest_os = note->desc;
		return PVHBOOT_OK;
	case PVHBOOT_NOTE_BSD_SYMTAB:
		/* a string, whose NUL not every linker script counts */
		r->wants_symbols =
			pvhb_equal(note->desc, "yes", 3) || pvhb_equal(note->desc, "yes", 4);
		return PVHBOOT_OK;
	default:
		return PVHBOOT_OK;
	}
}

enum pvhboot_status pvhb_read_xen_note(struct pvhb_reading *r, const struct pvhboot_note *note,
				       struct pvhb_at at)
{
	check_name_size(r, note, at);
	look_for_pv(r, note->type);
	return read_by_type(r, note, at);
}
