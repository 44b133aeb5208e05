/* SPDX-License-Identifier: MIT */
/*
 * The ELF reader on libelf of elfutils (elf_memory, gelf_*). It runs after
 * pvhb_elf_check(), so libelf sees only headers whose tables lie in the image.
 */

#include <gelf.h>
#include <libelf.h>

#include "diag.h"
#include "elf.h"
#include "span.h"

static struct pvhb_at at_header(void)
{
	return pvhb_at_offset(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_HEADER, 0);
}

static enum pvhboot_status libelf_open(struct pvhb_elf *elf, struct pvhboot_diag *diag)
{
	/* elf_memory() takes char * for the sake of elf_update(), which is not used */
	char *image = (char *)(uintptr_t)elf->image.data;

	(void)elf_version(EV_CURRENT); /* elf_memory() fails before this was called */
	elf->handle = elf_memory(image, elf->image.size);
	if (elf->handle == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_NOMEM, at_header(),
				       "libelf has memory to open the image");
	return PVHBOOT_OK;
}

static void libelf_close(struct pvhb_elf *elf)
{
	(void)elf_end(elf->handle);
	elf->handle = NULL;
}

/* libelf takes the size of an entry from the class, not from e_phentsize; where
 * they differ (the gABI allows larger entries) the built-in reader is right. */
static bool libelf_phdr(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_phdr *out)
{
	GElf_Phdr phdr;

	if (elf->tables.phentsize !=
	    (elf->elf_class == 64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		return pvhb_elf_core.phdr(elf, index, out);
	if (gelf_getphdr(elf->handle, (int)index, &phdr) == NULL)
		return false;
	*out = (struct pvhb_elf_phdr){
		.type = phdr.p_type,
		.flags = phdr.p_flags,
		.offset = phdr.p_offset,
		.paddr = phdr.p_paddr,
		.filesz = phdr.p_filesz,
		.memsz = phdr.p_memsz,
		.align = phdr.p_align,
	};
	return true;
}

static bool libelf_shdr(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_shdr *out)
{
	GElf_Shdr shdr;
	Elf_Scn *section;

	if (elf->tables.shentsize !=
	    (elf->elf_class == 64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
		return pvhb_elf_core.shdr(elf, index, out);
	section = elf_getscn(elf->handle, index);
	if (section == NULL || gelf_getshdr(section, &shdr) == NULL)
		return false;
	*out = (struct pvhb_elf_shdr){
		.type = shdr.sh_type,
		.offset = shdr.sh_offset,
		.size = shdr.sh_size,
	};
	return true;
}

const struct pvhb_elf_reader pvhb_elf_libelf = {
	.open = libelf_open,
	.close = libelf_close,
	.phdr = libelf_phdr,
	.shdr = libelf_shdr,
};
