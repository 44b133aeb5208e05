/* SPDX-License-Identifier: MIT */
#include "notebuild.h"

void note_add(struct blob *notes, const void *name, size_t namesz, uint32_t type, const void *desc,
	      size_t descsz, unsigned int padding)
{
	blob_put(notes, 4, namesz);
	blob_put(notes, 4, descsz);
	blob_put(notes, 4, type);
	blob_append(notes, name, namesz);
	blob_pad(notes, padding);
	blob_append(notes, desc, descsz);
	blob_pad(notes, padding);
}

void note_xen(struct blob *notes, uint32_t type, const void *desc, size_t descsz)
{
	note_add(notes, "Xen", 4, type, desc, descsz, 4);
}

void note_xen_number(struct blob *notes, uint32_t type, unsigned int width, uint64_t value)
{
	uint8_t desc[8];

	store_le(desc, width, value);
	note_xen(notes, type, desc, width);
}

void note_strangers(struct blob *notes)
{
	static const uint8_t property[16] = { 2, 0, 0, 0xc0, 4, 0, 0, 0, 3 };

	note_add(notes, "GNU", 4, 5, property, sizeof(property), 4);
	note_add(notes, "GNU", 4, 3, "0123456789abcdefghij", 20, 4);
	note_add(notes, "Linux", 6, 0x101, "\1", 1, 4);
}
