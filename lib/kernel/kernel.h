/* SPDX-License-Identifier: MIT */
#ifndef PVHB_KERNEL_H
#define PVHB_KERNEL_H

#include <pvhboot/kernel.h>

#include "elf.h"

/* pvhboot_kernel_open() and pvhboot_kernel_open_linux() on a given reader, so that tests can
 * compare them. */
enum pvhboot_status pvhb_kernel_open(const struct pvhb_elf_reader *reader, struct pvhboot_bytes elf,
				     uint32_t flags, struct pvhboot_kernel *out,
				     struct pvhboot_diag *diag);
enum pvhboot_status pvhb_kernel_open_linux(const struct pvhb_elf_reader *reader,
					   struct pvhboot_bytes elf, struct pvhboot_bytes bzimage,
					   uint32_t flags, struct pvhboot_kernel *out,
					   struct pvhboot_diag *diag);

#endif
