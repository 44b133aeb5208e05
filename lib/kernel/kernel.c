/* SPDX-License-Identifier: MIT */
/* From an ELF image, or a bzImage as it is, to what a boot needs of it. */

#include "kernel.h"

#include <pvhboot/wire/elf.h>

#include "../base/diag.h"
#include "../base/span.h"
#include "debug_file.h"
#include "linux.h"
#include "reading.h"
#include "segment.h"
#include "symbols.h"

/* Where the segment of a program header would run: sections lie at virtual addresses. */
static uint64_t virtual_address(const struct pvhb_reading *r, uint32_t index, uint64_t gpa)
{
	struct pvhb_elf_phdr phdr;

	pvhb_elf_load_phdr(r->reader, &r->elf, index, &phdr);
	return phdr.vaddr + (gpa - phdr.paddr);
}

/* What the numbers are compared with where no segment has the entry. */
static enum pvhboot_status fail_outside(const struct pvhb_reading *r, struct pvhb_at at,
					uint64_t entry, uint64_t below)
{
	if (entry < r->kernel->start)
		return pvhb_fail(r->diag, PVHBOOT_RANGE, at, entry, r->kernel->start,
				 "an entry in a segment, >= start of the kernel");
	return pvhb_fail(r->diag, PVHBOOT_RANGE, at, entry, below,
			 "an entry in a segment, < end of the one below it");
}

static void check_bytes(const struct pvhb_reading *r, struct pvhb_at at, uint64_t entry,
			const struct pvhboot_segment *segment)
{
	if (entry - segment->gpa >= segment->bytes.size)
		pvhb_warn(r->diag, at, entry, segment->gpa + segment->bytes.size,
			  "an entry < end of its segment's bytes in the file");
}

/* Of the segment that has the entry. */
static enum pvhboot_status check_code(const struct pvhb_reading *r, struct pvhb_at at,
				      uint64_t entry, const struct pvhboot_segment *segment)
{
	uint64_t address = virtual_address(r, segment->index, entry);

	check_bytes(r, at, entry, segment);
	return pvhb_debug_file_check(r->reader, &r->elf, &address, r->diag);
}

static enum pvhboot_status check_entry(const struct pvhb_reading *r, struct pvhb_at at,
				       uint64_t entry)
{
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	uint64_t below = 0; /* the end of the segment below the entry */

	//@ loop assigns iter, segment, below;
	while (pvhboot_segment_next(r->kernel, &iter, &segment)) {
		if (segment.gpa + segment.size <= entry)
			below = pvhb_max(below, segment.gpa + segment.size);
		if (entry >= segment.gpa && entry - segment.gpa < segment.size)
			return check_code(r, at, entry, &segment);
	}
	return fail_outside(r, at, entry, below);
}

static enum pvhboot_status read_entry_pvh(struct pvhb_reading *r)
{
	r->kernel->entries |= PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_PVH);
	return check_entry(
		r, pvhb_at_offset(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_ENTRY, r->entry_offset),
		r->kernel->entry);
}

/* The PVH entry needs nothing of what is wrong with Linux's. */
static void drop_linux(struct pvhb_reading *r)
{
	pvhb_warn_of_failure(r->diag);
	r->kernel->linux_boot = (struct pvhboot_linux){ .align = 0 };
	r->kernel->entries &= ~PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_LINUX64);
}

static enum pvhboot_status read_entry_linux(struct pvhb_reading *r)
{
	size_t e_entry = offsetof(struct pvhboot_wire_elf64_ehdr, e_entry);
	enum pvhboot_status status = pvhb_linux_read_elf(r);

	if (status != PVHBOOT_OK || !pvhb_linux_is_64(r))
		return status;
	return check_entry(r, pvhb_at_offset(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_ENTRY, e_entry),
			   r->kernel->linux_boot.entry);
}

static enum pvhboot_status read_linux(struct pvhb_reading *r)
{
	enum pvhboot_status status = read_entry_linux(r);

	if (status == PVHBOOT_OK || !r->has_entry)
		return status;
	drop_linux(r);
	return PVHBOOT_OK;
}

static enum pvhboot_status check_file(const struct pvhb_reading *r)
{
	return pvhb_debug_file_check(r->reader, &r->elf, NULL, r->diag);
}

static enum pvhboot_status read_layout(struct pvhb_reading *r)
{
	enum pvhboot_status status = check_file(r);

	return status == PVHBOOT_OK ? pvhb_read_segments(r) : status;
}

static enum pvhboot_status read_image(struct pvhb_reading *r)
{
	enum pvhboot_status status = read_layout(r);

	return status == PVHBOOT_OK ? pvhb_read_notes(r) : status;
}

static enum pvhboot_status read_entries(struct pvhb_reading *r)
{
	enum pvhboot_status status = r->has_entry ? read_entry_pvh(r) : PVHBOOT_OK;

	if (status == PVHBOOT_OK && r->takes_linux && r->is_linux)
		status = read_linux(r);
	return status;
}

static enum pvhboot_status read_symbols(const struct pvhb_reading *r)
{
	return pvhb_symbols_read(r->reader, &r->elf, r->kernel->end, &r->kernel->symbols, r->diag);
}

static enum pvhboot_status read_kernel(struct pvhb_reading *r)
{
	enum pvhboot_status status = read_image(r);

	if (status == PVHBOOT_OK)
		status = read_entries(r);
	if (status == PVHBOOT_OK && r->wants_symbols)
		status = read_symbols(r);
	return status;
}

static enum pvhboot_status check_header(struct pvhb_reading *r)
{
	return pvhb_elf_check(r->kernel->elf, &r->elf, r->diag);
}

static void take_header(struct pvhb_reading *r)
{
	struct pvhboot_kernel *kernel = r->kernel;

	r->elf.flags = kernel->flags;
	kernel->tables = r->elf.tables;
	kernel->machine = r->elf.machine;
	kernel->elf_class = r->elf.elf_class;
}

/* r->kernel->elf is the ELF image. */
static enum pvhboot_status open_elf(struct pvhb_reading *r)
{
	enum pvhboot_status status = check_header(r);

	if (status != PVHBOOT_OK)
		return status;
	take_header(r);
	pvhb_elf_open(r->reader, &r->elf);
	status = read_kernel(r);
	pvhb_elf_close(r->reader, &r->elf);
	return status;
}

static enum pvhboot_status check_arguments(struct pvhboot_bytes elf, uint32_t flags,
					   const struct pvhboot_kernel *out,
					   struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_NONE);

	if (out == NULL || (elf.data == NULL && elf.size != 0))
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at, "elf and out that are not NULL");
	if ((flags & ~PVHBOOT_COMPAT_XEN) != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, flags, PVHBOOT_COMPAT_XEN, "known flags");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_kernel_open(const struct pvhb_elf_reader *reader, struct pvhboot_bytes elf,
				     uint32_t flags, struct pvhboot_kernel *out,
				     struct pvhboot_diag *diag)
{
	enum pvhboot_status status = check_arguments(elf, flags, out, diag);
	struct pvhboot_kernel kernel = { .elf = elf, .flags = flags };
	struct pvhb_reading r = { .reader = reader, .kernel = &kernel, .diag = diag };

	if (status == PVHBOOT_OK)
		status = open_elf(&r);
	if (status == PVHBOOT_OK)
		*out = kernel;
	return status;
}

static enum pvhboot_status check_both(struct pvhboot_bytes elf, struct pvhboot_bytes bzimage,
				      uint32_t flags, const struct pvhboot_kernel *out,
				      struct pvhboot_diag *diag)
{
	enum pvhboot_status status = check_arguments(elf, flags, out, diag);

	if (status != PVHBOOT_OK)
		return status;
	if (bzimage.size == 0 ? elf.size == 0 : bzimage.data == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL,
				       pvhb_at(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_NONE),
				       "elf or bzimage that is not empty, and no NULL with a "
				       "size");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_kernel_open_linux(const struct pvhb_elf_reader *reader,
					   struct pvhboot_bytes elf, struct pvhboot_bytes bzimage,
					   uint32_t flags, struct pvhboot_kernel *out,
					   struct pvhboot_diag *diag)
{
	enum pvhboot_status status = check_both(elf, bzimage, flags, out, diag);
	bool as_it_is = elf.size == 0;
	struct pvhboot_kernel kernel = { .elf = as_it_is ? bzimage : elf, .flags = flags };
	struct pvhb_reading r = {
		.reader = reader,
		.kernel = &kernel,
		.diag = diag,
		.bzimage = bzimage,
		.takes_linux = true,
		.is_linux = bzimage.size != 0,
	};

	if (status == PVHBOOT_OK)
		status = as_it_is ? pvhb_linux_read_bzimage(&kernel, diag) : open_elf(&r);
	if (status == PVHBOOT_OK)
		*out = kernel;
	return status;
}

enum pvhboot_status pvhboot_kernel_open(struct pvhboot_bytes elf, uint32_t flags,
					struct pvhboot_kernel *out, struct pvhboot_diag *diag)
{
	return pvhb_kernel_open(PVHB_ELF_DEFAULT, elf, flags, out, diag);
}

enum pvhboot_status pvhboot_kernel_open_linux(struct pvhboot_bytes elf,
					      struct pvhboot_bytes bzimage, uint32_t flags,
					      struct pvhboot_kernel *out, struct pvhboot_diag *diag)
{
	return pvhb_kernel_open_linux(PVHB_ELF_DEFAULT, elf, bzimage, flags, out, diag);
}
