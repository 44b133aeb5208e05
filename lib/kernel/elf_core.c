/* SPDX-License-Identifier: MIT */
/* The built-in ELF reader: loads at offsets, no state, no allocation. */

#include <pvhboot/wire/elf.h>

#include "../base/span.h"
#include "elf.h"

#define LOAD32(base, struct_name, member)                                                          \
	pvhb_load32(elf->image, (base) + offsetof(struct struct_name, member))
#define LOAD64(base, struct_name, member)                                                          \
	pvhb_load64(elf->image, (base) + offsetof(struct struct_name, member))

static void core_open(struct pvhb_elf *elf)
{
	(void)elf;
}

static void core_close(struct pvhb_elf *elf)
{
	(void)elf;
}

void pvhb_elf_core_phdr(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_phdr *out)
{
	uint64_t at = pvhb_elf_phdr_at(elf, index);

	if (elf->elf_class == 64)
		*out = (struct pvhb_elf_phdr){
			.type = LOAD32(at, pvhboot_wire_elf64_phdr, p_type),
			.flags = LOAD32(at, pvhboot_wire_elf64_phdr, p_flags),
			.offset = LOAD64(at, pvhboot_wire_elf64_phdr, p_offset),
			.vaddr = LOAD64(at, pvhboot_wire_elf64_phdr, p_vaddr),
			.paddr = LOAD64(at, pvhboot_wire_elf64_phdr, p_paddr),
			.filesz = LOAD64(at, pvhboot_wire_elf64_phdr, p_filesz),
			.memsz = LOAD64(at, pvhboot_wire_elf64_phdr, p_memsz),
			.align = LOAD64(at, pvhboot_wire_elf64_phdr, p_align),
		};
	else
		*out = (struct pvhb_elf_phdr){
			.type = LOAD32(at, pvhboot_wire_elf32_phdr, p_type),
			.flags = LOAD32(at, pvhboot_wire_elf32_phdr, p_flags),
			.offset = LOAD32(at, pvhboot_wire_elf32_phdr, p_offset),
			.vaddr = LOAD32(at, pvhboot_wire_elf32_phdr, p_vaddr),
			.paddr = LOAD32(at, pvhboot_wire_elf32_phdr, p_paddr),
			.filesz = LOAD32(at, pvhboot_wire_elf32_phdr, p_filesz),
			.memsz = LOAD32(at, pvhboot_wire_elf32_phdr, p_memsz),
			.align = LOAD32(at, pvhboot_wire_elf32_phdr, p_align),
		};
}

static void core_shdr(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_shdr *out)
{
	uint64_t at = pvhb_elf_shdr_at(elf, index);

	if (elf->elf_class == 64)
		*out = (struct pvhb_elf_shdr){
			.type = LOAD32(at, pvhboot_wire_elf64_shdr, sh_type),
			.flags = LOAD64(at, pvhboot_wire_elf64_shdr, sh_flags),
			.addr = LOAD64(at, pvhboot_wire_elf64_shdr, sh_addr),
			.offset = LOAD64(at, pvhboot_wire_elf64_shdr, sh_offset),
			.size = LOAD64(at, pvhboot_wire_elf64_shdr, sh_size),
			.link = LOAD32(at, pvhboot_wire_elf64_shdr, sh_link),
		};
	else
		*out = (struct pvhb_elf_shdr){
			.type = LOAD32(at, pvhboot_wire_elf32_shdr, sh_type),
			.flags = LOAD32(at, pvhboot_wire_elf32_shdr, sh_flags),
			.addr = LOAD32(at, pvhboot_wire_elf32_shdr, sh_addr),
			.offset = LOAD32(at, pvhboot_wire_elf32_shdr, sh_offset),
			.size = LOAD32(at, pvhboot_wire_elf32_shdr, sh_size),
			.link = LOAD32(at, pvhboot_wire_elf32_shdr, sh_link),
		};
}

const struct pvhb_elf_reader pvhb_elf_core = {
	.open = core_open,
	.close = core_close,
	.phdr = pvhb_elf_core_phdr,
	.shdr = core_shdr,
};
