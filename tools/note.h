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

/* A file of a megabyte can hold 65536 notes that share one name and one string of a
 * megabyte. Both are short where they mean something; what is longer is cut. */
#define NOTE_MAX_STRING 256

/* Fits four numbers of 64 bits. */
#define NOTE_MAX_NUMBERS 80

struct note_value {
	enum note_form form;
	struct pvhboot_bytes string;    /* borrowed from the note, up to its first NUL */
	char numbers[NOTE_MAX_NUMBERS]; /* "0x200000 0x1000000" */
};

/* The first NOTE_MAX_STRING of these. */
struct pvhboot_bytes note_cut(struct pvhboot_bytes bytes);

void note_decode(const struct pvhboot_note *note, struct note_value *out);

/* "PHYS32_ENTRY", or NULL for an unknown type and for other owners. */
const char *note_type_name(const struct pvhboot_note *note);

#endif
