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

/* Both have statuses and warnings of pvhboot_kernel_open_linux(). */

/* A bzImage as it is, in kernel->elf. */
enum pvhboot_status pvhb_linux_read_bzimage(struct pvhboot_kernel *kernel,
					    struct pvhboot_diag *diag);

/* An ELF image that is Linux, whose segments and notes were read: fills in what the header says,
 * or stands in for it, and where LINUX64 enters it. Whether that is in a segment is left to
 * check. */
enum pvhboot_status pvhb_linux_read_elf(struct pvhb_reading *r);

#endif
