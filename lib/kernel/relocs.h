/* SPDX-License-Identifier: MIT */
/*
 * What the build of a Linux kernel appends to its ELF image:
 *
 *	ELF64   0 | 64-bit values | 0 | 32-bit values, inverse | 0 | 32-bit values
 *	        0 | 64-bit values | 0 | 32-bit values                  (from Linux 6.15 on)
 *	ELF32   0 | 32-bit values
 *
 * Each word is the low half of the virtual address of a value, as linked. None is 0.
 */
#ifndef PVHB_RELOCS_H
#define PVHB_RELOCS_H

#include <pvhboot/kernel.h>

#include "../base/diag.h"
#include "elf.h"

/* Where the ELF file itself ends by its headers, and relocations begin if there are any. */
uint64_t pvhb_relocs_offset(const struct pvhb_elf_reader *reader, const struct pvhb_elf *elf);

/* Fills *out: all 0 where nothing follows the ELF image, or nothing that is relocations, of which
 * it warns. The words are counted, and that is all: pvhboot_kernel_relocate() checks them. */
void pvhb_relocs_find(const struct pvhb_elf_reader *reader, const struct pvhb_elf *elf,
		      struct pvhboot_relocs *out, struct pvhboot_diag *diag);

#endif
