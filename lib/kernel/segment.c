/* SPDX-License-Identifier: MIT */
/* One PT_LOAD: when it is loaded, and what it must satisfy on its own. */

#include "segment.h"

#include <pvhboot/wire/elf.h>

#include "../base/diag.h"
#include "../base/span.h"
#include "compat.h"

bool pvhb_segment_is_loadable(const struct pvhb_elf_phdr *phdr)
{
	/* p_flags are those of page tables to come. Linkers leave them 0 for a bss that is in no
	 * output section, and Xen's libelf, which skips such a segment, breaks these kernels. */
	return phdr->type == PVHBOOT_ELF_PT_LOAD && (phdr->memsz != 0 || phdr->filesz != 0);
}

struct pvhb_at pvhb_segment_where(const struct pvhb_elf *elf, uint32_t index)
{
	return pvhb_at_element(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_SEGMENT, index,
			       pvhb_elf_phdr_at(elf, index));
}

enum pvhboot_status pvhb_segment_check(const struct pvhb_elf *elf, uint32_t index,
				       const struct pvhb_elf_phdr *phdr,
				       struct pvhboot_segment *out, struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_segment_where(elf, index);
	uint64_t end;

	if (phdr->filesz > phdr->memsz)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, pvhb_in_bytes(at), phdr->filesz,
				 phdr->memsz, "p_filesz <= p_memsz");
	if (phdr->filesz != 0 && !pvhb_within(elf->image.size, phdr->offset, phdr->filesz))
		return pvhb_elf_fail_range(elf->image, phdr->offset, phdr->filesz, at,
					   "the bytes of a segment in the file", diag);
	if (!pvhb_add(phdr->paddr, phdr->memsz, &end))
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, phdr->memsz, UINT64_MAX - phdr->paddr,
				 "p_memsz <= 2^64 - 1 - p_paddr");
	if (end > PVHB_4GIB)
		return pvhb_fail(diag, PVHBOOT_RANGE, at, end, PVHB_4GIB,
				 "p_paddr + p_memsz <= 4 GiB");
	*out = (struct pvhboot_segment){
		/* of no bytes the offset may be anything, and is not used */
		.bytes = pvhb_slice(elf->image, phdr->offset, phdr->filesz),
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
		.flags = kernel->flags,
		.machine = kernel->machine,
		.elf_class = kernel->elf_class,
	};
}

struct pvhboot_range pvhb_kernel_range(const struct pvhboot_kernel *kernel)
{
	const struct pvhboot_symbols *symbols = &kernel->symbols;

	return (struct pvhboot_range){
		kernel->start,
		symbols->size != 0 ? symbols->gpa + symbols->size : kernel->end,
	};
}

/* The protected-mode code of a bzImage as it is; all of it was checked. */
static void code_segment(const struct pvhboot_kernel *kernel, struct pvhboot_segment *out)
{
	uint64_t offset = kernel->tables.phoff;

	*out = (struct pvhboot_segment){
		.bytes = pvhb_slice(kernel->elf, offset, kernel->elf.size - offset),
		.offset = offset,
		.gpa = kernel->start,
		.size = kernel->end - kernel->start,
		.flags = 7, /* it may do all */
	};
}

bool pvhb_segment_at(const struct pvhboot_kernel *kernel, uint32_t index,
		     struct pvhboot_segment *out)
{
	struct pvhb_elf elf = pvhb_kernel_elf(kernel);
	struct pvhb_elf_phdr phdr;

	if (index >= elf.tables.phnum)
		return false;
	if (kernel->elf_class == 0) {
		code_segment(kernel, out);
		return true;
	}
	pvhb_elf_core_phdr(&elf, index, &phdr);
	if (!pvhb_segment_is_loadable(&phdr) ||
	    pvhb_segment_check(&elf, index, &phdr, out, NULL) != PVHBOOT_OK)
		return false;
	return !kernel->overlapping || (pvhb_compat_cut(&elf, out) && out->size != 0);
}

int pvhboot_segment_next(const struct pvhboot_kernel *kernel, struct pvhboot_segment_iter *iter,
			 struct pvhboot_segment *out)
{
	//@ loop assigns *iter, *out;
	while (iter->next < kernel->tables.phnum) {
		if (pvhb_segment_at(kernel, iter->next++, out))
			return 1;
	}
	return 0;
}
