/* SPDX-License-Identifier: MIT */
/*
 * What pvhboot_kernel_open() does, in this order:
 *
 *	read_segments.c   the PT_LOADs: where the kernel lies
 *	read_notes.c      all notes of segments, else of sections
 *	xen_note.c        what each note of owner "Xen" says: the entry, relocation, features
 *	linux.c           what is known of a Linux kernel
 *	kernel.c          the entries held against the segments; the symbols
 */
#ifndef PVHB_READING_H
#define PVHB_READING_H

#include <pvhboot/kernel.h>

#include "../base/diag.h"
#include "../base/env.h"
#include "elf.h"

/* What is read from the image while it is open. */
struct pvhb_reading {
	const struct pvhb_elf_reader *reader;
	struct pvhb_elf elf;
	struct pvhboot_kernel *kernel; /* result */
	struct pvhboot_diag *diag;
	struct pvhboot_bytes bzimage; /* where the image came out of it, else empty */
	bool takes_linux;             /* an entry of Linux will do */
	bool is_linux;                /* it came out of a bzImage, or has a note of Linux */

	/* of the segments, for xen_note.c */
	uint64_t max_align;

	/* of the notes */
	uint32_t n_xen; /* of owner "Xen", in the source that is read */
	bool has_entry;
	bool is_pv; /* one is for the builders of paravirtual guests */
	bool wants_symbols;
	uint64_t entry_offset; /* of its note in the image */
};

/* Fills in start, end, n_segments and overlapping of the kernel. */
enum pvhboot_status pvhb_read_segments(struct pvhb_reading *r);

/* Fills in all that notes say. NOTPVH where there is no entry that will do. */
enum pvhboot_status pvhb_read_notes(struct pvhb_reading *r);

/* Takes over what one note of owner "Xen" says. */
enum pvhboot_status pvhb_read_xen_note(struct pvhb_reading *r, const struct pvhboot_note *note,
				       struct pvhb_at at);

#endif
