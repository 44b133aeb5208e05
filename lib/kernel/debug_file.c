/* SPDX-License-Identifier: MIT */
#include "debug_file.h"

#include <pvhboot/wire/elf.h>

static bool is_loaded(const struct pvhb_elf_shdr *shdr, const uint64_t *address)
{
	if ((shdr->flags & PVHBOOT_ELF_SHF_ALLOC) == 0)
		return false;
	return address == NULL || (*address >= shdr->addr && *address - shdr->addr < shdr->size);
}

/* A bss is not code. Notes are loaded, but keep their bytes in a debug file. */
static bool has_bytes(const struct pvhb_elf_shdr *shdr)
{
	return shdr->type != PVHBOOT_ELF_SHT_NOBITS && shdr->type != PVHBOOT_ELF_SHT_NOTE;
}

static bool is_code_without_bytes(const struct pvhb_elf_shdr *shdr)
{
	return shdr->type == PVHBOOT_ELF_SHT_NOBITS &&
	       (shdr->flags & PVHBOOT_ELF_SHF_EXECINSTR) != 0;
}

enum pvhboot_status pvhb_debug_file_check(const struct pvhb_elf_reader *reader,
					  const struct pvhb_elf *elf, const uint64_t *address,
					  struct pvhboot_diag *diag)
{
	uint32_t n = elf->tables.shnum, code = n, i;

	//@ loop invariant i <= n && code <= n; loop assigns i, code;
	for (i = 0; i < n; i++) {
		struct pvhb_elf_shdr shdr;

		pvhb_elf_load_shdr(reader, elf, i, &shdr);
		if (!is_loaded(&shdr, address))
			continue;
		if (has_bytes(&shdr))
			return PVHBOOT_OK;
		if (is_code_without_bytes(&shdr) && code == n)
			code = i;
	}
	if (code == n)
		return PVHBOOT_OK;
	(void)pvhb_fail_plain(diag, PVHBOOT_UNSUPPORTED,
			      pvhb_at_element(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_SECTION, code,
					      pvhb_elf_shdr_at(elf, code)),
			      "code with its bytes in the file; give the kernel that this file was "
			      "split from");
	pvhb_detail_text(diag, "separate debug information");
	return PVHBOOT_UNSUPPORTED;
}
