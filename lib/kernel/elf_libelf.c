/* SPDX-License-Identifier: MIT */
/*
 * The ELF reader on libelf of elfutils (elf_memory, gelf_*). It runs after
 * pvhb_elf_check(), on a copy of the headers alone: libelf reads those in place, more
 * than once, and aborts where one time differs from another, but the image may change
 * (kernel.h).
 *
 * libelf is stricter than the gABI: it takes the size of table entries from the
 * class, not from the header. What it declines the built-in reader reads, so that the
 * result is the same in every build.
 *
 * libelf allocates some 200 bytes for every section, by malloc(), so that a file
 * of empty sections would take five times its size. Kernels have about 60; files
 * with many more, of segments too, are left to the built-in reader.
 */

#include <gelf.h>
#include <libelf.h>
#include <stddef.h>
#include <stdlib.h>

#include "../base/span.h"
#include "elf.h"

#define MAX_HEADERS 4096

/* Where the tables lie in the copy, behind the ELF header, and how large it all is. */
struct layout {
	size_t phoff;
	size_t phsize;
	size_t shoff;
	size_t shsize;
};

static bool lay_out(const struct pvhb_elf *elf, struct layout *out)
{
	const struct pvhboot_elf_tables *tables = &elf->tables;
	bool is64 = elf->elf_class == 64;
	size_t phentsize = is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	size_t shentsize = is64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);

	if (tables->phnum >= MAX_HEADERS || tables->shnum > MAX_HEADERS ||
	    tables->phentsize != phentsize ||
	    (tables->shnum != 0 && tables->shentsize != shentsize))
		return false;
	out->phoff = is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	out->phsize = tables->phnum * phentsize;
	out->shoff = (out->phoff + out->phsize + 7) & ~(size_t)7;
	out->shsize = tables->shnum * shentsize;
	return true;
}

/* The fields that libelf finds the tables by, as they were checked. */
static void put_fields(const struct pvhb_elf *elf, const struct layout *layout, uint8_t *copy)
{
	const uint64_t shoff = layout->shsize != 0 ? layout->shoff : 0;

	copy[EI_CLASS] = elf->elf_class == 64 ? ELFCLASS64 : ELFCLASS32;
	copy[EI_DATA] = ELFDATA2LSB;
	copy[EI_VERSION] = EV_CURRENT;
	if (elf->elf_class == 64) {
		pvhb_store64(copy + offsetof(Elf64_Ehdr, e_phoff), layout->phoff);
		pvhb_store64(copy + offsetof(Elf64_Ehdr, e_shoff), shoff);
		pvhb_store16(copy + offsetof(Elf64_Ehdr, e_phnum), (uint16_t)elf->tables.phnum);
		pvhb_store16(copy + offsetof(Elf64_Ehdr, e_shnum), (uint16_t)elf->tables.shnum);
	} else {
		pvhb_store32(copy + offsetof(Elf32_Ehdr, e_phoff), (uint32_t)layout->phoff);
		pvhb_store32(copy + offsetof(Elf32_Ehdr, e_shoff), (uint32_t)shoff);
		pvhb_store16(copy + offsetof(Elf32_Ehdr, e_phnum), (uint16_t)elf->tables.phnum);
		pvhb_store16(copy + offsetof(Elf32_Ehdr, e_shnum), (uint16_t)elf->tables.shnum);
	}
}

static void libelf_open(struct pvhb_elf *elf)
{
	const uint8_t *image = elf->image.data;
	struct layout layout;
	uint8_t *copy;

	if (!lay_out(elf, &layout))
		return;
	copy = calloc(1, layout.shoff + layout.shsize);
	if (copy == NULL)
		return;
	memcpy(copy, image, layout.phoff);
	memcpy(copy + layout.phoff, image + elf->tables.phoff, layout.phsize);
	if (layout.shsize != 0)
		memcpy(copy + layout.shoff, image + elf->tables.shoff, layout.shsize);
	put_fields(elf, &layout, copy);
	(void)elf_version(EV_CURRENT); /* elf_memory() fails before this was called */
	elf->copy = copy;
	elf->handle = elf_memory((char *)copy, layout.shoff + layout.shsize);
}

static void libelf_close(struct pvhb_elf *elf)
{
	(void)elf_end(elf->handle);
	free(elf->copy);
	elf->handle = NULL;
	elf->copy = NULL;
}

static void libelf_phdr(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_phdr *out)
{
	GElf_Phdr phdr;

	if (elf->handle == NULL || gelf_getphdr(elf->handle, (int)index, &phdr) == NULL) {
		pvhb_elf_core.phdr(elf, index, out);
		return;
	}
	*out = (struct pvhb_elf_phdr){
		.type = phdr.p_type,
		.flags = phdr.p_flags,
		.offset = phdr.p_offset,
		.vaddr = phdr.p_vaddr,
		.paddr = phdr.p_paddr,
		.filesz = phdr.p_filesz,
		.memsz = phdr.p_memsz,
		.align = phdr.p_align,
	};
}

static void libelf_shdr(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_shdr *out)
{
	Elf_Scn *section = NULL;
	GElf_Shdr shdr;

	if (elf->handle != NULL)
		section = elf_getscn(elf->handle, index);
	if (section == NULL || gelf_getshdr(section, &shdr) == NULL) {
		pvhb_elf_core.shdr(elf, index, out);
		return;
	}
	*out = (struct pvhb_elf_shdr){
		.type = shdr.sh_type,
		.flags = shdr.sh_flags,
		.addr = shdr.sh_addr,
		.offset = shdr.sh_offset,
		.size = shdr.sh_size,
		.link = shdr.sh_link,
	};
}

const struct pvhb_elf_reader pvhb_elf_libelf = {
	.open = libelf_open,
	.close = libelf_close,
	.phdr = libelf_phdr,
	.shdr = libelf_shdr,
};
