/* SPDX-License-Identifier: MIT */
/*
 * The ELF reader on libelf of elfutils (elf_memory, gelf_*). It runs after
 * pvhb_elf_check(), so libelf sees only headers whose tables lie in the image.
 *
 * libelf is stricter than the gABI: it takes the size of table entries from the
 * class, not from the header, and declines some files whose tables lie in odd
 * places. What it declines the built-in reader reads, so that the result is the
 * same in every build.
 *
 * libelf allocates some 200 bytes for every section, by malloc(), so that a file
 * of empty sections would take five times its size. Kernels have about 60; files
 * with many more are left to the built-in reader.
 */

#include <gelf.h>
#include <libelf.h>

#include "elf.h"

#define MAX_SECTIONS 4096

static void libelf_open(struct pvhb_elf *elf)
{
	/* elf_memory() takes char * for the sake of elf_update(), which is not used */
	char *image = (char *)(uintptr_t)elf->image.data;

	if (elf->tables.shnum > MAX_SECTIONS)
		return;
	(void)elf_version(EV_CURRENT); /* elf_memory() fails before this was called */
	elf->handle = elf_memory(image, elf->image.size);
}

static void libelf_close(struct pvhb_elf *elf)
{
	(void)elf_end(elf->handle);
	elf->handle = NULL;
}

static void libelf_phdr(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_phdr *out)
{
	size_t size = elf->elf_class == 64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	GElf_Phdr phdr;

	if (elf->handle == NULL || elf->tables.phentsize != size ||
	    gelf_getphdr(elf->handle, (int)index, &phdr) == NULL) {
		pvhb_elf_core.phdr(elf, index, out);
		return;
	}
	*out = (struct pvhb_elf_phdr){
		.type = phdr.p_type,
		.flags = phdr.p_flags,
		.offset = phdr.p_offset,
		.paddr = phdr.p_paddr,
		.filesz = phdr.p_filesz,
		.memsz = phdr.p_memsz,
		.align = phdr.p_align,
	};
}

static void libelf_shdr(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_shdr *out)
{
	size_t size = elf->elf_class == 64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
	Elf_Scn *section = NULL;
	GElf_Shdr shdr;

	if (elf->handle != NULL && elf->tables.shentsize == size)
		section = elf_getscn(elf->handle, index);
	if (section == NULL || gelf_getshdr(section, &shdr) == NULL) {
		pvhb_elf_core.shdr(elf, index, out);
		return;
	}
	*out = (struct pvhb_elf_shdr){
		.type = shdr.sh_type,
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
