/* SPDX-License-Identifier: MIT */
/*
 * Types of the ELF notes whose owner is "Xen".
 * Source: xen/include/public/elfnote.h.
 */
#ifndef PVHBOOT_WIRE_ELFNOTE_H
#define PVHBOOT_WIRE_ELFNOTE_H

#define PVHBOOT_NOTE_INFO 0
#define PVHBOOT_NOTE_ENTRY 1 /* of PV guests */
#define PVHBOOT_NOTE_HYPERCALL_PAGE 2
#define PVHBOOT_NOTE_VIRT_BASE 3
#define PVHBOOT_NOTE_PADDR_OFFSET 4
#define PVHBOOT_NOTE_XEN_VERSION 5
#define PVHBOOT_NOTE_GUEST_OS 6
#define PVHBOOT_NOTE_GUEST_VERSION 7
#define PVHBOOT_NOTE_LOADER 8
#define PVHBOOT_NOTE_PAE_MODE 9
#define PVHBOOT_NOTE_FEATURES 10
#define PVHBOOT_NOTE_BSD_SYMTAB 11
#define PVHBOOT_NOTE_HV_START_LOW 12
#define PVHBOOT_NOTE_L1_MFN_VALID 13
#define PVHBOOT_NOTE_SUSPEND_CANCEL 14
#define PVHBOOT_NOTE_INIT_P2M 15
#define PVHBOOT_NOTE_MOD_START_PFN 16
#define PVHBOOT_NOTE_SUPPORTED_FEATURES 17
#define PVHBOOT_NOTE_PHYS32_ENTRY 18 /* gpa of the PVH entry, 4 or 8 bytes */
#define PVHBOOT_NOTE_PHYS32_RELOC 19 /* up to three u32: align, min, max */

/* The type of the note with owner "GNU" that holds the build ID. */
#define PVHBOOT_NOTE_GNU_BUILD_ID 3

/* A bit of SUPPORTED_FEATURES. Source: xen/include/public/features.h. */
#define PVHBOOT_XENFEAT_DOM0 11

/* What PHYS32_RELOC means where it is shorter than three words. */
#define PVHBOOT_RELOC_DEFAULT_ALIGN 0x200000u /* unless a PT_LOAD has a p_align of 4 KiB or more */
#define PVHBOOT_RELOC_DEFAULT_MIN 0u
#define PVHBOOT_RELOC_DEFAULT_MAX 0xffffffffu

#endif
