/* SPDX-License-Identifier: MIT */
/*
 * A small PVH kernel: one or more PT_LOADs with contents that can be told
 * apart, the last with a bss, and the Xen notes.
 */
#ifndef TESTS_SUPPORT_KERNELBUILD_H
#define TESTS_SUPPORT_KERNELBUILD_H

#include "elfbuild.h"
#include "notebuild.h"

#define KERNEL_PADDR 0x1000000u

enum kernel_notes {
	KERNEL_NOTES_SEGMENT = 0, /* in a PT_NOTE */
	KERNEL_NOTES_SECTION = 1, /* in an SHT_NOTE */
	KERNEL_NOTES_NONE = 2
};

/* Zero in any member is its default. */
struct kernel_spec {
	unsigned int bits;        /* 64 */
	uint16_t machine;         /* the one that goes with bits */
	uint64_t paddr;           /* KERNEL_PADDR */
	uint32_t n_loads;         /* 2 */
	uint32_t load_size;       /* bytes of each in the file: 0x300 */
	uint32_t load_stride;     /* from the start of one to the next: 0x1000 */
	uint32_t bss_size;        /* behind the last one's bytes: 0x500; ~0u: none */
	uint64_t entry;           /* paddr + 0x40; e_entry too */
	unsigned int entry_width; /* bytes of its note: 8 or 4, by bits */
	unsigned int n_reloc;     /* words of the PHYS32_RELOC note, from 1 */
	int has_reloc;            /* there is one, even with no words */
	uint32_t reloc[4];
	enum kernel_notes notes;
	int is_linux;    /* there is a note of Linux */
	int without_pvh; /* there is no PHYS32_ENTRY */
	int has_symbols; /* there is BSD_SYMTAB "yes", and these in sections 1 and 2 */
	uint32_t symtab_size;
	uint32_t strtab_size;
};

/* Adds all of it to an ELF that was not begun, without finishing it. */
void kernel_begin(struct elf *elf, const struct kernel_spec *spec);

/* The same, finished. */
void kernel_build(struct elf *elf, const struct kernel_spec *spec);

/* The gpa behind the kernel. */
uint64_t kernel_end(const struct kernel_spec *spec);

#endif
