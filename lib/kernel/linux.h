/* SPDX-License-Identifier: MIT */
/* What is known of a Linux kernel beside its segments and notes. */
#ifndef PVHB_LINUX_H
#define PVHB_LINUX_H

#include <pvhboot/kernel.h>

#include "../base/diag.h"
#include "../base/env.h"
#include "reading.h"

/* Whether what was read so far has the entry LINUX64. */
bool pvhb_linux_is_64(const struct pvhb_reading *r);

/* Reads the boot header of a bzImage; for the ELF image that was unpacked from it, or for itself
 * where it is loaded as it is. Statuses and warnings as pvhboot_kernel_open_linux(). */
enum pvhboot_status pvhb_linux_read_header(struct pvhboot_bytes bzimage, bool as_it_is,
					   struct pvhboot_linux *out, struct pvhboot_diag *diag);

/* A bzImage as it is, in kernel->elf, whose header was read: fills in the rest. */
enum pvhboot_status pvhb_linux_read_bzimage(struct pvhboot_kernel *kernel,
					    struct pvhboot_diag *diag);

/* An ELF image that is Linux, whose segments and notes were read: fills in what no header said,
 * and where LINUX64 enters it. Whether that is in a segment is left to check. */
void pvhb_linux_read_elf(struct pvhb_reading *r);

#endif
