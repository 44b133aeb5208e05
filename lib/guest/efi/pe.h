/* SPDX-License-Identifier: MIT */
/*
 * PE32+ images for x86-64: whether one can be loaded, and loading it.
 * Source: Microsoft PE format; UEFI 2.10, 2.1.1 and 2.3.
 */
#ifndef EFI_PE_H
#define EFI_PE_H

#include <stdbool.h>
#include <stdint.h>

#include <pvhboot/base.h>

/* What did not hold: a rule, and the numbers. */
struct efi_failure {
	const char *rule;
	uint64_t found;
	uint64_t bound;
};

struct efi_pe {
	struct pvhboot_bytes file;
	uint64_t base;     /* ImageBase, where it is linked */
	uint64_t sections; /* offset of their table in the file */
	uint32_t n_sections;
	uint32_t image_size;   /* in memory, all of it */
	uint32_t headers_size; /* bytes of the file that are the image's first */
	uint32_t entry;        /* offset in the image, of a section with code */
	uint32_t relocs;       /* offset in the image; 0 bytes: it has none */
	uint32_t relocs_size;
	bool is_fixed; /* relocations were stripped: it runs at base alone */
};

/* Checks everything that does not take the image's own bytes. */
bool efi_pe_open(struct pvhboot_bytes file, struct efi_pe *pe, struct efi_failure *failure);

/* Copies an image to its memory, pe->image_size bytes that run at the address `at`, and relocates
 * it. False when relocations are malformed; the memory has any bytes then. */
bool efi_pe_load(const struct efi_pe *pe, uint8_t *memory, uint64_t at,
		 struct efi_failure *failure);

#endif
