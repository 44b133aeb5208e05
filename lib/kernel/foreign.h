/* SPDX-License-Identifier: MIT */
/*
 * What a file is that has no PVH entry, or is not for this machine. Each function appends to
 * the detail of the failure that was just reported.
 */
#ifndef PVHB_KERNEL_FOREIGN_H
#define PVHB_KERNEL_FOREIGN_H

#include <pvhboot/kernel.h>

#include "../base/env.h"

/* "a kernel for AArch64"; nothing for a machine whose name is not known here. */
void pvhb_kernel_foreign_machine(uint16_t machine, struct pvhboot_diag *diag);

/* "a core dump (ET_CORE)"; nothing for a type whose name is not known here. */
void pvhb_kernel_foreign_type(uint16_t type, struct pvhboot_diag *diag);

/* Whether a type of Xen note is one that paravirtual (PV) kernels have for their domain
 * builder. Kernels that boot either way have them too. */
bool pvhb_kernel_foreign_is_pv(uint32_t note_type);

/* The kind of a kernel without a PVH entry where it shows, and the notes that were seen:
 * "a multiboot kernel; notes of Xen: GUEST_OS, LOADER; of GNU: 3". */
void pvhb_kernel_foreign(const struct pvhboot_kernel *kernel, bool is_pv,
			 struct pvhboot_diag *diag);

#endif
