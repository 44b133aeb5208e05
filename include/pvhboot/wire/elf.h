/* SPDX-License-Identifier: MIT */
/*
 * The parts of ELF that a loader reads, little-endian. Only the offsets of the
 * members count: files are read by loads at these offsets, never by casts.
 * Source: System V gABI, chapters 4 and 5.
 */
#ifndef PVHBOOT_WIRE_ELF_H
#define PVHBOOT_WIRE_ELF_H

#include <stdint.h>

#define PVHBOOT_ELF_MAGIC 0x464c457fu /* the first four bytes of e_ident */
#define PVHBOOT_ELF_EI_CLASS 4
#define PVHBOOT_ELF_EI_DATA 5
#define PVHBOOT_ELF_EI_VERSION 6
#define PVHBOOT_ELF_EI_NIDENT 16

#define PVHBOOT_ELF_CLASS32 1
#define PVHBOOT_ELF_CLASS64 2
#define PVHBOOT_ELF_DATA2LSB 1
#define PVHBOOT_ELF_DATA2MSB 2
#define PVHBOOT_ELF_EV_CURRENT 1

#define PVHBOOT_ELF_ET_REL 1
#define PVHBOOT_ELF_ET_EXEC 2
#define PVHBOOT_ELF_ET_DYN 3
#define PVHBOOT_ELF_ET_CORE 4
#define PVHBOOT_ELF_EM_386 3
#define PVHBOOT_ELF_EM_X86_64 62

#define PVHBOOT_ELF_PN_XNUM 0xffff /* e_phnum: the count is sh_info of section 0 */
#define PVHBOOT_ELF_PT_NULL 0
#define PVHBOOT_ELF_PT_LOAD 1
#define PVHBOOT_ELF_PT_NOTE 4
#define PVHBOOT_ELF_SHT_NULL 0
#define PVHBOOT_ELF_SHT_SYMTAB 2
#define PVHBOOT_ELF_SHT_STRTAB 3
#define PVHBOOT_ELF_SHT_NOTE 7
#define PVHBOOT_ELF_SHT_NOBITS 8
#define PVHBOOT_ELF_SHF_ALLOC 2
#define PVHBOOT_ELF_SHF_EXECINSTR 4

struct pvhboot_wire_elf32_ehdr {
	uint8_t e_ident[PVHBOOT_ELF_EI_NIDENT];
	uint16_t e_type;
	uint16_t e_machine;
	uint32_t e_version;
	uint32_t e_entry;
	uint32_t e_phoff;
	uint32_t e_shoff;
	uint32_t e_flags;
	uint16_t e_ehsize;
	uint16_t e_phentsize;
	uint16_t e_phnum;
	uint16_t e_shentsize;
	uint16_t e_shnum;
	uint16_t e_shstrndx;
};

struct pvhboot_wire_elf64_ehdr {
	uint8_t e_ident[PVHBOOT_ELF_EI_NIDENT];
	uint16_t e_type;
	uint16_t e_machine;
	uint32_t e_version;
	uint64_t e_entry;
	uint64_t e_phoff;
	uint64_t e_shoff;
	uint32_t e_flags;
	uint16_t e_ehsize;
	uint16_t e_phentsize;
	uint16_t e_phnum;
	uint16_t e_shentsize;
	uint16_t e_shnum;
	uint16_t e_shstrndx;
};

struct pvhboot_wire_elf32_phdr {
	uint32_t p_type;
	uint32_t p_offset;
	uint32_t p_vaddr;
	uint32_t p_paddr;
	uint32_t p_filesz;
	uint32_t p_memsz;
	uint32_t p_flags;
	uint32_t p_align;
};

struct pvhboot_wire_elf64_phdr {
	uint32_t p_type;
	uint32_t p_flags;
	uint64_t p_offset;
	uint64_t p_vaddr;
	uint64_t p_paddr;
	uint64_t p_filesz;
	uint64_t p_memsz;
	uint64_t p_align;
};

struct pvhboot_wire_elf32_shdr {
	uint32_t sh_name;
	uint32_t sh_type;
	uint32_t sh_flags;
	uint32_t sh_addr;
	uint32_t sh_offset;
	uint32_t sh_size;
	uint32_t sh_link;
	uint32_t sh_info;
	uint32_t sh_addralign;
	uint32_t sh_entsize;
};

struct pvhboot_wire_elf64_shdr {
	uint32_t sh_name;
	uint32_t sh_type;
	uint64_t sh_flags;
	uint64_t sh_addr;
	uint64_t sh_offset;
	uint64_t sh_size;
	uint32_t sh_link;
	uint32_t sh_info;
	uint64_t sh_addralign;
	uint64_t sh_entsize;
};

/* In front of every note, then the owner's name and the description, each
 * padded. */
struct pvhboot_wire_elf_nhdr {
	uint32_t n_namesz;
	uint32_t n_descsz;
	uint32_t n_type;
};

#define PVHBOOT_ELF_NHDR_SIZE 12

#endif
