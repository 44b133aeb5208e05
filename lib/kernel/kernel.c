/* SPDX-License-Identifier: MIT */
/* From an ELF image to what a boot needs of it. */

#include "kernel.h"

#include "../base/diag.h"
#include "../base/span.h"
#include "debug_file.h"
#include "reading.h"
#include "segment.h"
#include "symbols.h"

/* Where the segment of a program header would run: sections lie at virtual addresses. */
static uint64_t virtual_address(const struct pvhb_reading *r, uint32_t index, uint64_t gpa)
{
	struct pvhb_elf_phdr phdr;

	r->reader->phdr(&r->elf, index, &phdr);
	return phdr.vaddr + (gpa - phdr.paddr);
}

static enum pvhboot_status check_entry(const struct pvhb_reading *r)
{
	struct pvhb_at at =
		pvhb_at_offset(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_ENTRY, r->entry_offset);
	uint64_t entry = r->kernel->entry;
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	uint64_t below = 0; /* the end of the segment below the entry */

	while (pvhboot_segment_next(r->kernel, &iter, &segment)) {
		uint64_t address;

		if (segment.gpa + segment.size <= entry)
			below = pvhb_max(below, segment.gpa + segment.size);
		if (entry < segment.gpa || entry - segment.gpa >= segment.size)
			continue;
		if (entry - segment.gpa >= segment.bytes.size)
			pvhb_warn(r->diag, at, entry, segment.gpa + segment.bytes.size,
				  "an entry < end of its segment's bytes in the file");
		address = virtual_address(r, segment.index, entry);
		return pvhb_debug_file_check(r->reader, &r->elf, &address, r->diag);
	}
	if (entry < r->kernel->start)
		return pvhb_fail(r->diag, PVHBOOT_RANGE, at, entry, r->kernel->start,
				 "an entry in a segment, >= start of the kernel");
	return pvhb_fail(r->diag, PVHBOOT_RANGE, at, entry, below,
			 "an entry in a segment, < end of the one below it");
}

static enum pvhboot_status read_kernel(struct pvhb_reading *r)
{
	enum pvhboot_status status = pvhb_debug_file_check(r->reader, &r->elf, NULL, r->diag);

	if (status == PVHBOOT_OK)
		status = pvhb_read_segments(r);
	if (status == PVHBOOT_OK)
		status = pvhb_read_notes(r);
	if (status == PVHBOOT_OK)
		status = check_entry(r);
	if (status == PVHBOOT_OK && r->wants_symbols)
		status = pvhb_symbols_read(r->reader, &r->elf, r->kernel->end, &r->kernel->symbols,
					   r->diag);
	return status;
}

enum pvhboot_status pvhb_kernel_open(const struct pvhb_elf_reader *reader, struct pvhboot_bytes elf,
				     uint32_t flags, struct pvhboot_kernel *out,
				     struct pvhboot_diag *diag)
{
	struct pvhboot_kernel kernel = { .elf = elf, .flags = flags };
	struct pvhb_reading r = { .reader = reader, .kernel = &kernel, .diag = diag };
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_NONE);
	enum pvhboot_status status;

	if (out == NULL || (elf.data == NULL && elf.size != 0))
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at, "elf and out that are not NULL");
	if ((flags & ~PVHBOOT_COMPAT_XEN) != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, flags, PVHBOOT_COMPAT_XEN, "known flags");
	status = pvhb_elf_check(elf, &r.elf, diag);
	if (status != PVHBOOT_OK)
		return status;
	r.elf.flags = flags;
	kernel.tables = r.elf.tables;
	kernel.machine = r.elf.machine;
	kernel.elf_class = r.elf.elf_class;
	reader->open(&r.elf);
	status = read_kernel(&r);
	reader->close(&r.elf);
	if (status == PVHBOOT_OK)
		*out = kernel;
	return status;
}

enum pvhboot_status pvhboot_kernel_open(struct pvhboot_bytes elf, uint32_t flags,
					struct pvhboot_kernel *out, struct pvhboot_diag *diag)
{
	return pvhb_kernel_open(PVHB_ELF_DEFAULT, elf, flags, out, diag);
}
