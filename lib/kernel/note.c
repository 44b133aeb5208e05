/* SPDX-License-Identifier: MIT */
#include "note.h"

#include <pvhboot/wire/elf.h>
#include <pvhboot/wire/elfnote.h>

#include "../base/span.h"
#include "compat.h"
#include "segment.h"

uint32_t pvhb_note_area_max(const struct pvhb_elf *elf, enum pvhboot_note_source source)
{
	switch (source) {
	case PVHBOOT_NOTES_SEGMENTS:
		return elf->tables.phnum;
	case PVHBOOT_NOTES_SECTIONS:
		return elf->tables.shnum;
	case PVHBOOT_NOTES_NONE:
		break;
	}
	return 0;
}

bool pvhb_note_area_at(const struct pvhb_elf_reader *reader, const struct pvhb_elf *elf,
		       enum pvhboot_note_source source, uint32_t index, struct pvhb_note_area *out)
{
	struct pvhb_elf_phdr phdr;
	struct pvhb_elf_shdr shdr;

	if (source == PVHBOOT_NOTES_SEGMENTS) {
		pvhb_elf_load_phdr(reader, elf, index, &phdr);
		if (phdr.type != PVHBOOT_ELF_PT_NOTE)
			return false;
		*out = (struct pvhb_note_area){ .offset = phdr.offset, .size = phdr.filesz };
	} else {
		pvhb_elf_load_shdr(reader, elf, index, &shdr);
		if (shdr.type != PVHBOOT_ELF_SHT_NOTE)
			return false;
		*out = (struct pvhb_note_area){ .offset = shdr.offset, .size = shdr.size };
	}
	return out->size != 0;
}

bool pvhb_note_area_load(const struct pvhb_elf *elf, struct pvhb_note_area *area)
{
	uint64_t size = area->size;

	if (!pvhb_within(elf->image.size, area->offset, size))
		return false;
	if (pvhb_is_compat(elf->flags))
		size = elf->image.size - area->offset;
	area->bytes = pvhb_slice(elf->image, area->offset, size);
	return true;
}

/* Whether a length that a note claims is there behind `at`; else the rule that it breaks. */
static bool has_bytes(struct pvhb_note_walk *walk, uint64_t at, uint32_t size, const char *rule)
{
	uint64_t left = walk->area->bytes.size - at;

	if (size <= left)
		return true;
	walk->fault = (struct pvhb_note_fault){ .rule = rule, .found = size, .bound = left };
	return false;
}

/* What is behind the header of the note that the walk is at; the walk goes on behind it. */
static enum pvhb_note_step read_body(struct pvhb_note_walk *walk, uint32_t namesz, uint32_t descsz,
				     struct pvhboot_note *out)
{
	struct pvhboot_bytes area = walk->area->bytes;
	uint64_t name_at, desc_at;

	/* the note is below the area's size, and both sizes are below 4 GiB: no sum wraps */
	name_at = walk->offset + PVHBOOT_ELF_NHDR_SIZE;
	if (!has_bytes(walk, name_at, namesz, "n_namesz <= bytes left in the notes"))
		return PVHB_NOTE_MALFORMED;
	/* namesz should count one NUL; some toolchains count none, or the padding too */
	out->name = pvhb_without_nuls(pvhb_slice(area, name_at, namesz), 8);
	desc_at = (name_at + namesz + walk->padding - 1) & ~(uint64_t)(walk->padding - 1);
	desc_at = pvhb_min(desc_at, area.size); /* padding may lack where nothing follows */
	if (!has_bytes(walk, desc_at, descsz, "n_descsz <= bytes left in the notes"))
		return PVHB_NOTE_MALFORMED;
	out->desc = pvhb_slice(area, desc_at, descsz);
	walk->offset = (desc_at + descsz + walk->padding - 1) & ~(uint64_t)(walk->padding - 1);
	walk->end = descsz != 0 ? desc_at + descsz : name_at + namesz;
	return PVHB_NOTE_FOUND;
}

enum pvhb_note_step pvhb_note_step(struct pvhb_note_walk *walk, struct pvhboot_note *out)
{
	struct pvhboot_bytes area = walk->area->bytes;
	uint64_t at = walk->offset;
	uint32_t namesz, descsz;

	if (!pvhb_within(walk->area->size, at, PVHBOOT_ELF_NHDR_SIZE))
		return PVHB_NOTE_END;
	namesz = pvhb_load32(area, at + offsetof(struct pvhboot_wire_elf_nhdr, n_namesz));
	descsz = pvhb_load32(area, at + offsetof(struct pvhboot_wire_elf_nhdr, n_descsz));
	out->type = pvhb_load32(area, at + offsetof(struct pvhboot_wire_elf_nhdr, n_type));
	out->offset = walk->area->offset + at;
	out->padding = walk->padding;
	out->name = pvhb_slice(area, at, 0);
	out->desc = out->name;
	return read_body(walk, namesz, descsz, out);
}

uint64_t pvhb_note_number(const struct pvhboot_note *note)
{
	return note->desc.size == 8 ? pvhb_load64(note->desc, 0) : pvhb_load32(note->desc, 0);
}

/* Of a Xen note. */
static bool is_entry(const struct pvhboot_note *note)
{
	return note->type == PVHBOOT_NOTE_PHYS32_ENTRY &&
	       (note->desc.size == 4 || note->desc.size == 8);
}

/* What a walk through a whole area by one padding shows. */
struct survey {
	bool ok;   /* no malformed note */
	bool good; /* and none that left the area */
	uint32_t n_xen;
	bool has_entry;
	uint64_t entry;
	struct pvhb_note_walk walk; /* where it ended */
};

/* LIMIT, or OK whether or not the area is well formed. */
static enum pvhboot_status take_survey(const struct pvhb_note_area *area, uint32_t padding,
				       uint32_t *used, struct survey *out)
{
	struct survey survey = { .walk = { .area = area, .padding = padding } };
	struct pvhboot_note note;
	enum pvhb_note_step step;

	//@ loop invariant SAME_WALK(area, padding); loop assigns survey, note, step, *used;
	while ((step = pvhb_note_step(&survey.walk, &note)) == PVHB_NOTE_FOUND) {
		if (++*used > PVHBOOT_MAX_NOTES)
			return PVHBOOT_LIMIT;
		if (!pvhboot_note_is_xen(&note))
			continue;
		survey.n_xen++;
		if (is_entry(&note)) {
			survey.has_entry = true;
			survey.entry = pvhb_note_number(&note);
		}
	}
	survey.ok = step == PVHB_NOTE_END;
	survey.good = survey.ok && survey.walk.end <= area->size;
	*out = survey;
	return PVHBOOT_OK;
}

/*
 * Toolchains pad notes to 4 bytes even where p_align is 8 (Linux merges its Xen
 * notes with .note.gnu.property), and the gABI pads 64-bit ones to 8. So both
 * walks are made, and the one that ends well and shows more Xen notes is right. A walk
 * that only leniency lets end well does not count beside one that needs none.
 */
enum pvhboot_status pvhb_note_padding(const struct pvhb_note_area *area, uint32_t flags,
				      struct pvhb_at at, struct pvhb_note_budget *budget,
				      uint32_t *padding, struct pvhboot_diag *diag)
{
	struct survey by4, by8;

	if (take_survey(area, 4, &budget->used[0], &by4) != PVHBOOT_OK ||
	    take_survey(area, 8, &budget->used[1], &by8) != PVHBOOT_OK)
		return pvhb_fail(diag, PVHBOOT_LIMIT, pvhb_in_count(at),
				 (uint64_t)PVHBOOT_MAX_NOTES + 1, PVHBOOT_MAX_NOTES,
				 "notes in segments or in sections <= PVHBOOT_MAX_NOTES");
	if (by4.good != by8.good) {
		by4.ok = by4.good;
		by8.ok = by8.good;
	}
	if (by4.ok && by8.ok && by4.has_entry && by8.has_entry && by4.entry != by8.entry) {
		*padding = 4;
		return pvhb_compat_fail(flags, diag, PVHBOOT_MALFORMED, at, by4.entry, by8.entry,
					"the same entry by padding to 4 and to 8 bytes; "
					"COMPAT_XEN pads to 4");
	}
	*padding = by8.ok && (!by4.ok || by4.n_xen < by8.n_xen) ? 8 : 4;
	return PVHBOOT_OK;
}

int pvhboot_note_is_xen(const struct pvhboot_note *note)
{
	return pvhb_equal(note->name, "Xen", 3);
}

const char *pvhboot_note_xen_name(uint32_t type)
{
	static const char *const names[] = {
		[PVHBOOT_NOTE_INFO] = "INFO",
		[PVHBOOT_NOTE_ENTRY] = "ENTRY",
		[PVHBOOT_NOTE_HYPERCALL_PAGE] = "HYPERCALL_PAGE",
		[PVHBOOT_NOTE_VIRT_BASE] = "VIRT_BASE",
		[PVHBOOT_NOTE_PADDR_OFFSET] = "PADDR_OFFSET",
		[PVHBOOT_NOTE_XEN_VERSION] = "XEN_VERSION",
		[PVHBOOT_NOTE_GUEST_OS] = "GUEST_OS",
		[PVHBOOT_NOTE_GUEST_VERSION] = "GUEST_VERSION",
		[PVHBOOT_NOTE_LOADER] = "LOADER",
		[PVHBOOT_NOTE_PAE_MODE] = "PAE_MODE",
		[PVHBOOT_NOTE_FEATURES] = "FEATURES",
		[PVHBOOT_NOTE_BSD_SYMTAB] = "BSD_SYMTAB",
		[PVHBOOT_NOTE_HV_START_LOW] = "HV_START_LOW",
		[PVHBOOT_NOTE_L1_MFN_VALID] = "L1_MFN_VALID",
		[PVHBOOT_NOTE_SUSPEND_CANCEL] = "SUSPEND_CANCEL",
		[PVHBOOT_NOTE_INIT_P2M] = "INIT_P2M",
		[PVHBOOT_NOTE_MOD_START_PFN] = "MOD_START_PFN",
		[PVHBOOT_NOTE_SUPPORTED_FEATURES] = "SUPPORTED_FEATURES",
		[PVHBOOT_NOTE_PHYS32_ENTRY] = "PHYS32_ENTRY",
		[PVHBOOT_NOTE_PHYS32_RELOC] = "PHYS32_RELOC",
	};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

/* Loads the area that iter is at, and decides its padding if that is open. False where there are
 * no notes to read. */
static bool enter_area(const struct pvhb_elf *elf, enum pvhboot_note_source source,
		       struct pvhboot_note_iter *iter, struct pvhb_note_area *out)
{
	if (!pvhb_note_area_at(&pvhb_elf_core, elf, source, iter->table, out) ||
	    pvhb_note_area_is_bogus(out) || !pvhb_note_area_load(elf, out))
		return false;
	if (iter->padding != 0)
		return true;
	return pvhb_note_padding(out, elf->flags, (struct pvhb_at){ 0 },
				 &(struct pvhb_note_budget){ 0 }, &iter->padding,
				 NULL) == PVHBOOT_OK;
}

static bool next_in_area(const struct pvhb_note_area *area, struct pvhboot_note_iter *iter,
			 struct pvhboot_note *out)
{
	struct pvhb_note_walk walk = { .area = area,
				       .offset = iter->offset,
				       .padding = iter->padding };

	if (pvhb_note_step(&walk, out) != PVHB_NOTE_FOUND)
		return false;
	iter->offset = walk.offset;
	return true;
}

int pvhboot_note_next(const struct pvhboot_kernel *kernel, struct pvhboot_note_iter *iter,
		      struct pvhboot_note *out)
{
	struct pvhb_elf elf = pvhb_kernel_elf(kernel);
	struct pvhb_note_area area;

	//@ loop invariant PADDED(*iter); loop assigns *iter, *out, area;
	for (; iter->table < pvhb_note_area_max(&elf, kernel->note_source);
	     iter->table++, iter->padding = 0, iter->offset = 0) {
		if (enter_area(&elf, kernel->note_source, iter, &area) &&
		    next_in_area(&area, iter, out))
			return 1;
	}
	return 0;
}
