/* SPDX-License-Identifier: MIT */
/* What the notes of owner "Xen" say, as text. */
#ifndef NOTE_H
#define NOTE_H

#include <pvhboot/kernel.h>

enum note_form {
	NOTE_OPAQUE, /* another owner's, of an unknown type, or of a size that its type has not */
	NOTE_STRING,
	NOTE_NUMBERS,
};

/* Fits four numbers of 64 bits. */
#define NOTE_MAX_NUMBERS 80

struct note_value {
	enum note_form form;
	struct pvhboot_bytes string;    /* borrowed from the note, up to its first NUL */
	char numbers[NOTE_MAX_NUMBERS]; /* "0x200000 0x1000000" */
};

void note_decode(const struct pvhboot_note *note, struct note_value *out);

/* "PHYS32_ENTRY", or NULL for an unknown type and for other owners. */
const char *note_type_name(const struct pvhboot_note *note);

#endif
