/* SPDX-License-Identifier: MIT */
/* What a file is that cannot be used here, so that a message can say it. */
#ifndef PVHB_FOREIGN_H
#define PVHB_FOREIGN_H

#include <pvhboot/image.h>

#include "../base/diag.h"
#include "pe.h"

#define PVHB_KERNEL_SECTION ".linux"

/* Fails for bytes that are no container. The detail says what they are where that is known,
 * behind `around`, which says what they lie in: "compressed: ". FORMAT, or UNSUPPORTED for a
 * kernel that is not for this library. */
enum pvhboot_status pvhb_foreign(struct pvhboot_bytes bytes, struct pvhb_at at, const char *around,
				 struct pvhboot_diag *diag);

/* Fails for a PE file without a kernel for this library, and says what it is: UNSUPPORTED. */
enum pvhboot_status pvhb_foreign_pe(const struct pvhb_pe *pe, struct pvhboot_diag *diag);

/* The name of a machine of PE files whose processors are not of the x86 family; NULL: it is of
 * that family, or not known. */
const char *pvhb_pe_foreign_machine(uint16_t machine);

#endif
