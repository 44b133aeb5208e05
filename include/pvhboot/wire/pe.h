/* SPDX-License-Identifier: MIT */
/*
 * The parts of PE/COFF that lead to the sections of a unified kernel image, and tell what the file
 * is for; little-endian. Only the offsets of the members count.
 * Source: Microsoft PE Format, sections "MS-DOS Stub", "COFF File Header", "Optional Header"
 * and "Section Table"; Linux drivers/firmware/efi/libstub/zboot-header.S; UAPI Group
 * Specifications, "Unified Kernel Image".
 */
#ifndef PVHBOOT_WIRE_PE_H
#define PVHBOOT_WIRE_PE_H

#include <stdint.h>

#define PVHBOOT_PE_DOS_SIZE 0x40
#define PVHBOOT_PE_DOS_LFANEW 0x3c /* u32: offset of the signature "PE\0\0" */
#define PVHBOOT_PE_SIGNATURE_SIZE 4

/* u32 at offset 4 of a Linux EFI zboot image: "zimg" */
#define PVHBOOT_PE_ZBOOT 0x676d697au

#define PVHBOOT_PE_MACHINE_I386 0x14c
#define PVHBOOT_PE_MACHINE_X86_64 0x8664

struct pvhboot_wire_pe_coff {
	uint16_t machine; /* PVHBOOT_PE_MACHINE_* and others */
	uint16_t number_of_sections;
	uint32_t time_date_stamp;
	uint32_t pointer_to_symbol_table;
	uint32_t number_of_symbols;
	uint16_t size_of_optional_header;
	uint16_t characteristics;
};

#define PVHBOOT_PE_COFF_SIZE 20

/* The optional header follows the COFF header. In both of its forms there stand its magic, a u16 at
 * 0, and: */
#define PVHBOOT_PE_PE32_PLUS 0x20b /* the magic of the form for 64 bits */
#define PVHBOOT_PE_SUBSYSTEM 68 /* u16: what is to run it */
#define PVHBOOT_PE_NATIVE 1      /* drivers of Windows */
#define PVHBOOT_PE_WINDOWS_CUI 3 /* programs with a console; 2 are those with windows */
#define PVHBOOT_PE_EFI_APPLICATION 10

/* The section table follows the optional header. */

struct pvhboot_wire_pe_section {
	uint8_t name[8]; /* padded with NULs, not terminated when 8 long */
	uint32_t virtual_size;
	uint32_t virtual_address;
	uint32_t size_of_raw_data;
	uint32_t pointer_to_raw_data; /* offset in the file */
	uint32_t pointer_to_relocations;
	uint32_t pointer_to_line_numbers;
	uint16_t number_of_relocations;
	uint16_t number_of_line_numbers;
	uint32_t characteristics;
};

#define PVHBOOT_PE_SECTION_SIZE 40

#endif
