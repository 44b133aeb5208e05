/* SPDX-License-Identifier: MIT */
#include "note.h"

#include "bytes.h"
#include "facts.h"

#include <inttypes.h>
#include <pvhboot/wire/elfnote.h>
#include <stdio.h>
#include <string.h>

#define MAX_WORDS 4

const char *note_type_name(const struct pvhboot_note *note)
{
	return pvhboot_note_is_xen(note) ? pvhboot_note_xen_name(note->type) : NULL;
}

/* Source: xen/include/public/elfnote.h, the comment at each type. */
static int is_string(uint32_t type)
{
	switch (type) {
	case PVHBOOT_NOTE_XEN_VERSION:
	case PVHBOOT_NOTE_GUEST_OS:
	case PVHBOOT_NOTE_GUEST_VERSION:
	case PVHBOOT_NOTE_LOADER:
	case PVHBOOT_NOTE_PAE_MODE:
	case PVHBOOT_NOTE_FEATURES:
	case PVHBOOT_NOTE_BSD_SYMTAB:
		return 1;
	default:
		return 0;
	}
}

/* How many bytes one number of a note has. */
static size_t word_size(const struct pvhboot_note *note)
{
	switch (note->type) {
	case PVHBOOT_NOTE_PHYS32_RELOC:
		return 4;
	case PVHBOOT_NOTE_L1_MFN_VALID: /* a mask and a value, as wide as a page table entry */
		return note->desc.size / 2;
	default:
		return note->desc.size;
	}
}

static int decode_numbers(const struct pvhboot_note *note, char out[NOTE_MAX_NUMBERS])
{
	const size_t size = word_size(note);
	size_t used = 0;

	if (size != 1 && size != 2 && size != 4 && size != 8)
		return 0;
	if (note->desc.size % size != 0 || note->desc.size / size > MAX_WORDS)
		return 0;
	for (size_t at = 0; at < note->desc.size; at += size) {
		const uint64_t number = bytes_load(note->desc, at, size);
		int length = snprintf(out + used, NOTE_MAX_NUMBERS - used, "%s0x%" PRIx64,
				      at > 0 ? " " : "", number);

		if (length < 0)
			return 0;
		used += (size_t)length;
	}
	return 1;
}

void note_decode(const struct pvhboot_note *note, struct note_value *out)
{
	const uint8_t *nul;

	memset(out, 0, sizeof(*out));
	out->form = NOTE_OPAQUE;
	if (!note_type_name(note) || note->desc.size == 0)
		return;
	if (is_string(note->type)) {
		out->string = facts_cut(note->desc);
		nul = memchr(out->string.data, '\0', out->string.size);
		if (nul)
			out->string.size = (size_t)(nul - out->string.data);
		out->form = NOTE_STRING;
	} else if (decode_numbers(note, out->numbers)) {
		out->form = NOTE_NUMBERS;
	}
}
