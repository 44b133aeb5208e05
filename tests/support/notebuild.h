/* SPDX-License-Identifier: MIT */
/* ELF notes as bytes, for elf_add_notes() and elf_add_note_section(). */
#ifndef TESTS_SUPPORT_NOTEBUILD_H
#define TESTS_SUPPORT_NOTEBUILD_H

#include "blob.h"

#define XEN_BSD_SYMTAB 11
#define XEN_SUPPORTED_FEATURES 17
#define XEN_PHYS32_ENTRY 18
#define XEN_PHYS32_RELOC 19

/*
 * Appends a note whose owner is the namesz bytes at name, NULs included. With a
 * padding of 4, name and description are padded to 4 each; with 8, what starts
 * behind the name and behind the description is a multiple of 8 from the start
 * of the notes.
 */
void note_add(struct blob *notes, const void *name, size_t namesz, uint32_t type, const void *desc,
	      size_t descsz, unsigned int padding);

/* Owner "Xen", padded to 4. */
void note_xen(struct blob *notes, uint32_t type, const void *desc, size_t descsz);

/* The same with a number of 4 or 8 bytes as description. */
void note_xen_number(struct blob *notes, uint32_t type, unsigned int width, uint64_t value);

/* Three notes of other owners, as linkers write them. */
void note_strangers(struct blob *notes);

#endif
