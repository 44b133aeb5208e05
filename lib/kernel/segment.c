/* SPDX-License-Identifier: MIT */
/* One PT_LOAD: when it is loaded, and what it must satisfy on its own. */

#include "segment.h"

#include <pvhboot/wire/elf.h>

#include "../base/diag.h"
#include "../base/span.h"

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

/* Drops `size` bytes from the start of a segment, fewer than it has. */
static void drop_head(struct pvhboot_segment *segment, uint64_t size)
{
	uint64_t in_file = pvhb_min(size, segment->bytes.size);

	segment->bytes = pvhb_slice(segment->bytes, in_file, segment->bytes.size - in_file);
	segment->offset += in_file;
	segment->gpa += size;
	segment->size -= size;
}

static void drop_tail(struct pvhboot_segment *segment, uint64_t size)
{
	segment->size -= size;
	segment->bytes.size = (size_t)pvhb_min(segment->bytes.size, segment->size);
}

/* Cuts a segment where a later one lies over it. */
static bool cut_by(struct pvhboot_segment *segment, const struct pvhboot_segment *later)
{
	uint64_t end = segment->gpa + segment->size;
	uint64_t later_end = later->gpa + later->size;

	if (later->gpa >= end || segment->gpa >= later_end)
		return true;
	if (later->gpa <= segment->gpa)
		drop_head(segment, pvhb_min(end, later_end) - segment->gpa);
	else if (later_end >= end)
		drop_tail(segment, end - later->gpa);
	else
		return false;
	return true;
}

bool pvhb_segment_cut(const struct pvhb_elf *elf, struct pvhboot_segment *segment)
{
	struct pvhboot_segment later = { .size = 0 };
	struct pvhb_elf_phdr phdr;
	uint32_t i;

	for (i = segment->index + 1; i < elf->tables.phnum && segment->size != 0; i++) {
		pvhb_elf_core.phdr(elf, i, &phdr);
		if (pvhb_segment_is_loadable(&phdr) &&
		    pvhb_segment_check(elf, i, &phdr, &later, NULL) == PVHBOOT_OK &&
		    !cut_by(segment, &later))
			return false;
	}
	return true;
}

bool pvhb_segment_at(const struct pvhboot_kernel *kernel, uint32_t index,
		     struct pvhboot_segment *out)
{
	struct pvhb_elf elf = pvhb_kernel_elf(kernel);
	struct pvhb_elf_phdr phdr;

	if (index >= elf.tables.phnum)
		return false;
	pvhb_elf_core.phdr(&elf, index, &phdr);
	if (!pvhb_segment_is_loadable(&phdr) ||
	    pvhb_segment_check(&elf, index, &phdr, out, NULL) != PVHBOOT_OK)
		return false;
	return !kernel->overlapping || (pvhb_segment_cut(&elf, out) && out->size != 0);
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
