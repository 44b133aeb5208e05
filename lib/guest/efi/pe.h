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
	uint32_t align;    /* a power of two that the image's address is a multiple of */
	bool is_fixed;     /* relocations were stripped: it runs at base alone */
	bool is_protected; /* it obeys the flags of its sections, and no page is of two of them */
};

struct efi_section {
	uint32_t start; /* offsets in the image */
	uint32_t end;
	uint32_t raw;   /* offset in the file */
	uint32_t n_raw; /* bytes of the file that are the section's first */
	uint32_t flags;
};
#define EFI_SECTION_IS_CODE 0x20u
#define EFI_SECTION_RUNS 0x20000000u
#define EFI_SECTION_IS_WRITTEN 0x80000000u

/* Where one of these returns false, the console has said why. */

/* Checks everything that does not take the image's own bytes. */
bool efi_pe_open(struct pvhboot_bytes file, struct efi_pe *pe);

/* Section i of those that there are. False when it does not fit, which efi_pe_open() has ruled
 * out. */
bool efi_pe_section(const struct efi_pe *pe, uint32_t i, struct efi_section *out);

/* Copies an image to its memory, pe->image_size bytes that run at the address `at`, and relocates
 * it. False when relocations are malformed; the memory has any bytes then. */
bool efi_pe_load(const struct efi_pe *pe, uint8_t *memory, uint64_t at);

#endif
