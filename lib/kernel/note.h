/* SPDX-License-Identifier: MIT */
/*
 * Notes: the areas that hold them, and the walk through one area. A note is a
 * header of three u32 (namesz, descsz, type), the owner's name and the
 * description; name and description are each followed by padding.
 * Source: System V gABI, chapter 5 "Note Section".
 */
#ifndef PVHB_NOTE_H
#define PVHB_NOTE_H

#include <pvhboot/kernel.h>

#include "../base/diag.h"
#include "elf.h"

/* A PT_NOTE segment or SHT_NOTE section that is not empty. */
struct pvhb_note_area {
	struct pvhboot_bytes bytes; /* set by pvhb_note_area_load(); all that notes may
	                               take: size bytes, or all up to the end of the
	                               image under PVHBOOT_COMPAT_XEN */
	uint64_t offset;            /* in the image */
	uint64_t size;              /* notes start in it */
};

/* How many headers one source has, areas or not. */
uint32_t pvhb_note_area_max(const struct pvhb_elf *elf, enum pvhboot_note_source source);

/* Whether header index of the source is a note area; its offset and size may
 * be anything. */
bool pvhb_note_area_at(const struct pvhb_elf_reader *reader, const struct pvhb_elf *elf,
		       enum pvhboot_note_source source, uint32_t index, struct pvhb_note_area *out);

/* Binutils once wrote PT_NOTE with an offset of 0: it covers the ELF header. */
static inline bool pvhb_note_area_is_bogus(const struct pvhb_note_area *area)
{
	return area->offset == 0;
}

/* False when the area does not lie in the image. */
bool pvhb_note_area_load(const struct pvhb_elf *elf, struct pvhb_note_area *area);

/* The rule that a malformed note breaks. */
struct pvhb_note_fault {
	const char *rule;
	uint64_t found; /* bytes, as bound */
	uint64_t bound;
};

/* The walk through one area. */
struct pvhb_note_walk {
	const struct pvhb_note_area *area;
	uint64_t offset;  /* in the area, of the next note */
	uint64_t end;     /* in the area, of the last note's bytes; behind the area's own where
	                     they were read on: PVHBOOT_COMPAT_XEN */
	uint32_t padding; /* 4 or 8 */
	struct pvhb_note_fault fault; /* where it ended with PVHB_NOTE_MALFORMED */
};

enum pvhb_note_step {
	PVHB_NOTE_END = 0, /* fewer bytes are left than a header has */
	PVHB_NOTE_FOUND = 1,
	PVHB_NOTE_MALFORMED = 2,
};

/* Of a malformed note, *out has the type and what can be read of the name. */
enum pvhb_note_step pvhb_note_step(struct pvhb_note_walk *walk, struct pvhboot_note *out);

/* How many notes were looked at so far, under padding 4 and 8: held to
 * PVHBOOT_MAX_NOTES each, so that the time for a file full of areas over the
 * same bytes is bounded. */
struct pvhb_note_budget {
	uint32_t used[2];
};

/* Decides by which padding an area is to be read: 4 where a note is malformed either way.
 * MALFORMED for two faces, LIMIT. flags are those of pvhboot_kernel_open(). */
enum pvhboot_status pvhb_note_padding(const struct pvhb_note_area *area, uint32_t flags,
				      struct pvhb_at at, struct pvhb_note_budget *budget,
				      uint32_t *padding, struct pvhboot_diag *diag);

/* The value of a note of 4 or 8 bytes. */
uint64_t pvhb_note_number(const struct pvhboot_note *note);

#endif
