/* SPDX-License-Identifier: MIT */
/* Layouts that must be the same for every compiler and word size: what lies in
 * guest memory and in files. Compiled by header_test, in C99 and C++, and never
 * linked: a wrong one is an array of negative size. */

#include <pvhboot/pvhboot.h>
#include <pvhboot/wire/bzimage.h>
#include <pvhboot/wire/elf.h>
#include <pvhboot/wire/elfnote.h>
#include <pvhboot/wire/pe.h>
#include <pvhboot/wire/start_info.h>

#define MUST_BE(line, a, b) extern char must_be_##line[(a) == (b) ? 1 : -1]
#define AT_LINE(line, a, b) MUST_BE(line, a, b)
#define SAME(a, b) AT_LINE(__LINE__, a, b)
#define OFFSET(name, member) offsetof(struct pvhboot_wire_##name, member)
#define SIZE(name) sizeof(struct pvhboot_wire_##name)

/* xen/include/public/arch-x86/hvm/start_info.h */
SAME(SIZE(start_info), 56);
SAME(OFFSET(start_info, magic), 0);
SAME(OFFSET(start_info, version), 4);
SAME(OFFSET(start_info, flags), 8);
SAME(OFFSET(start_info, nr_modules), 12);
SAME(OFFSET(start_info, modlist_paddr), 16);
SAME(OFFSET(start_info, cmdline_paddr), 24);
SAME(OFFSET(start_info, rsdp_paddr), 32);
SAME(OFFSET(start_info, memmap_paddr), 40);
SAME(OFFSET(start_info, memmap_entries), 48);
SAME(OFFSET(start_info, reserved), 52);
SAME(SIZE(module), 32);
SAME(OFFSET(module, paddr), 0);
SAME(OFFSET(module, size), 8);
SAME(OFFSET(module, cmdline_paddr), 16);
SAME(OFFSET(module, reserved), 24);
SAME(SIZE(map_entry), 24);
SAME(OFFSET(map_entry, addr), 0);
SAME(OFFSET(map_entry, size), 8);
SAME(OFFSET(map_entry, type), 16);
SAME(OFFSET(map_entry, reserved), 20);
SAME(PVHBOOT_WIRE_START_MAGIC, 0x336ec578);
SAME(PVHBOOT_WIRE_START_INFO_SIZE, 56);
SAME(PVHBOOT_WIRE_MODULE_SIZE, 32);
SAME(PVHBOOT_WIRE_MAP_ENTRY_SIZE, 24);

/* System V gABI, chapters 4 and 5 */
SAME(SIZE(elf32_ehdr), 52);
SAME(OFFSET(elf32_ehdr, e_entry), 24);
SAME(OFFSET(elf32_ehdr, e_phoff), 28);
SAME(OFFSET(elf32_ehdr, e_shoff), 32);
SAME(OFFSET(elf32_ehdr, e_phentsize), 42);
SAME(OFFSET(elf32_ehdr, e_shstrndx), 50);
SAME(SIZE(elf64_ehdr), 64);
SAME(OFFSET(elf64_ehdr, e_entry), 24);
SAME(OFFSET(elf64_ehdr, e_phoff), 32);
SAME(OFFSET(elf64_ehdr, e_shoff), 40);
SAME(OFFSET(elf64_ehdr, e_phentsize), 54);
SAME(OFFSET(elf64_ehdr, e_shstrndx), 62);
SAME(SIZE(elf32_phdr), 32);
SAME(OFFSET(elf32_phdr, p_offset), 4);
SAME(OFFSET(elf32_phdr, p_paddr), 12);
SAME(OFFSET(elf32_phdr, p_flags), 24);
SAME(SIZE(elf64_phdr), 56);
SAME(OFFSET(elf64_phdr, p_flags), 4);
SAME(OFFSET(elf64_phdr, p_offset), 8);
SAME(OFFSET(elf64_phdr, p_paddr), 24);
SAME(OFFSET(elf64_phdr, p_align), 48);
SAME(SIZE(elf32_shdr), 40);
SAME(OFFSET(elf32_shdr, sh_offset), 16);
SAME(OFFSET(elf32_shdr, sh_info), 28);
SAME(SIZE(elf64_shdr), 64);
SAME(OFFSET(elf64_shdr, sh_offset), 24);
SAME(OFFSET(elf64_shdr, sh_info), 44);
SAME(SIZE(elf_nhdr), 12);
SAME(PVHBOOT_ELF_NHDR_SIZE, 12);

/* Linux Documentation/arch/x86/boot.rst */
SAME(PVHBOOT_BZIMAGE_SETUP_SECTS, 0x1f1);
SAME(PVHBOOT_BZIMAGE_PAYLOAD_OFFSET, 0x248);
SAME(PVHBOOT_BZIMAGE_PAYLOAD_LENGTH, 0x24c);
SAME(PVHBOOT_BZIMAGE_END_2_08, 0x250);
SAME(PVHBOOT_BZIMAGE_END_2_10, 0x264);
SAME(PVHBOOT_BZIMAGE_CODE(0), 2560);
SAME(PVHBOOT_BZIMAGE_CODE(1), 1024);
SAME(PVHBOOT_BZIMAGE_CODE(255), 131072);

/* Microsoft PE Format: MS-DOS Stub, COFF File Header, Section Table */
SAME(PVHBOOT_PE_DOS_SIZE, 64);
SAME(PVHBOOT_PE_DOS_LFANEW, 0x3c);
SAME(PVHBOOT_PE_SIGNATURE_SIZE, 4);
SAME(PVHBOOT_PE_COFF_SIZE, 20);
SAME(SIZE(pe_coff), 20);
SAME(OFFSET(pe_coff, number_of_sections), 2);
SAME(OFFSET(pe_coff, size_of_optional_header), 16);
SAME(PVHBOOT_PE_SECTION_SIZE, 40);
SAME(SIZE(pe_section), 40);
SAME(OFFSET(pe_section, virtual_size), 8);
SAME(OFFSET(pe_section, size_of_raw_data), 16);
SAME(OFFSET(pe_section, pointer_to_raw_data), 20);

/* xen/include/public/elfnote.h */
SAME(PVHBOOT_NOTE_PHYS32_ENTRY, 18);
SAME(PVHBOOT_NOTE_PHYS32_RELOC, 19);
SAME(PVHBOOT_RELOC_DEFAULT_ALIGN, 0x200000);
SAME(PVHBOOT_RELOC_DEFAULT_MIN, 0);
SAME(PVHBOOT_RELOC_DEFAULT_MAX, 0xffffffff);

/* No padding that a compiler chooses. */
SAME(sizeof(struct pvhboot_range), 16);
SAME(sizeof(struct pvhboot_map_entry), 24);
SAME(sizeof(struct pvhboot_reloc), 24);
SAME(sizeof(struct pvhboot_elf_tables), 32);
SAME(sizeof(struct pvhboot_cpu_segment), 16);
SAME(sizeof(struct pvhboot_cpu), 24 + 3 * 16 + 16 * 8);
