/* SPDX-License-Identifier: MIT */
#ifndef PVHB_SEGMENT_H
#define PVHB_SEGMENT_H

#include <pvhboot/kernel.h>

#include "../base/diag.h"
#include "elf.h"

/* Whether a program header is a segment to be loaded. */
bool pvhb_segment_is_loadable(const struct pvhb_elf_phdr *phdr);

/* For findings about program header index. */
struct pvhb_at pvhb_segment_where(const struct pvhb_elf *elf, uint32_t index);

/* Checks a loadable program header on its own and fills *out. Statuses as
 * pvhboot_kernel_open(). */
enum pvhboot_status pvhb_segment_check(const struct pvhb_elf *elf, uint32_t index,
				       const struct pvhb_elf_phdr *phdr,
				       struct pvhboot_segment *out, struct pvhboot_diag *diag);

/* Segment of program header index of an open kernel; false where it is none, or
 * is no longer. */
bool pvhb_segment_at(const struct pvhboot_kernel *kernel, uint32_t index,
		     struct pvhboot_segment *out);

/* All that the kernel takes as linked: its segments and gaps, and its symbols. */
struct pvhboot_range pvhb_kernel_range(const struct pvhboot_kernel *kernel);

/* The ELF file as pvhboot_kernel_open() left it. */
struct pvhb_elf pvhb_kernel_elf(const struct pvhboot_kernel *kernel);

#endif
