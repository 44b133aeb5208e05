/* SPDX-License-Identifier: MIT */
/* One PT_LOAD: when it is loaded, and what it must satisfy on its own. */

#include "segment.h"

#include <pvhboot/wire/elf.h>

#include "diag.h"
#include "span.h"

bool pvhb_segment_is_loadable(const struct pvhb_elf_phdr *phdr)
{
	/* no flags: libelf of Xen ignores such a segment, and so do we */
	return phdr->type == PVHBOOT_ELF_PT_LOAD && (phdr->flags & PVHBOOT_ELF_PF_RWX) != 0 &&
	       (phdr->memsz != 0 || phdr->filesz != 0);
}

enum pvhboot_status pvhb_segment_check(const struct pvhb_elf *elf, uint32_t index,
				       const struct pvhb_elf_phdr *phdr,
				       struct pvhboot_segment *out, struct pvhboot_diag *diag)
{
	struct pvhb_at at =
		pvhb_at_element(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_SEGMENT, index,
				elf->tables.phoff + (uint64_t)index * elf->tables.phentsize);
	uint64_t end;

	if (phdr->filesz > phdr->memsz)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, phdr->filesz, phdr->memsz,
				 "p_filesz <= p_memsz");
	if (phdr->filesz != 0 && !pvhb_within(elf->image.size, phdr->offset, phdr->filesz)) {
		if (phdr->offset > elf->image.size)
			return pvhb_fail(diag, PVHBOOT_TRUNCATED, at, phdr->offset, elf->image.size,
					 "p_offset <= image size");
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, at, phdr->filesz,
				 elf->image.size - phdr->offset,
				 "p_filesz <= bytes behind p_offset");
	}
	if (!pvhb_add(phdr->paddr, phdr->memsz, &end))
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, phdr->memsz, UINT64_MAX - phdr->paddr,
				 "p_paddr + p_memsz does not wrap");
	if (end > PVHB_4GIB)
		return pvhb_fail(diag, PVHBOOT_RANGE, at, end, PVHB_4GIB,
				 "p_paddr + p_memsz <= 4 GiB");
	*out = (struct pvhboot_segment){
		.bytes = phdr->filesz != 0 ? pvhb_slice(elf->image, phdr->offset, phdr->filesz) :
					     (struct pvhboot_bytes){ NULL, 0 },
		.offset = phdr->offset,
		.gpa = phdr->paddr,
		.size = phdr->memsz,
		.index = index,
		.flags = phdr->flags,
	};
	return PVHBOOT_OK;
}

struct pvhb_elf pvhb_kernel_elf(const struct pvhboot_kernel *kernel)
{
	return (struct pvhb_elf){
		.image = kernel->elf,
		.tables = kernel->tables,
		.machine = kernel->machine,
		.elf_class = kernel->elf_class,
	};
}

bool pvhb_segment_at(const struct pvhboot_kernel *kernel, uint32_t index,
		     struct pvhboot_segment *out)
{
	struct pvhb_elf elf = pvhb_kernel_elf(kernel);
	struct pvhb_elf_phdr phdr;

	if (index >= elf.tables.phnum)
		return false;
	pvhb_elf_core.phdr(&elf, index, &phdr);
	return pvhb_segment_is_loadable(&phdr) &&
	       pvhb_segment_check(&elf, index, &phdr, out, NULL) == PVHBOOT_OK;
}

int pvhboot_segment_next(const struct pvhboot_kernel *kernel, struct pvhboot_segment_iter *iter,
			 struct pvhboot_segment *out)
{
	while (iter->next < kernel->tables.phnum) {
		if (pvhb_segment_at(kernel, iter->next++, out))
			return 1;
	}
	return 0;
}
