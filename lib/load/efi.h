/* SPDX-License-Identifier: MIT */
/*
 * The EFI entry: what is booted is the environment of the request, by PVH, and the file is the
 * environment's first module. The planner sees a kernel and modules as ever.
 */
#ifndef PVHB_EFI_H
#define PVHB_EFI_H

#include <pvhboot/boot.h>

#include "../base/env.h"

/* Whether the file is to be entered by EFI, and is of a kind that can be. Where it is none,
 * the kernel is opened as for any entry, so that the refusal lists the entries that it has. */
bool pvhb_efi_is_wanted(struct pvhboot_bytes file, const struct pvhboot_request *request);

/* Opens the request's environment, for a file that is wanted so. Statuses as pvhboot_efi_check();
 * INVAL also for what boot.h says, an environment that cannot be opened among it. */
enum pvhboot_status pvhb_efi_open(struct pvhboot_bytes file, const struct pvhboot_request *request,
				  const struct pvhboot_options *options,
				  struct pvhboot_kernel *environment, struct pvhboot_diag *diag);

/* Whether a kernel came from pvhb_efi_open(). */
bool pvhb_efi_is_environment(const struct pvhboot_kernel *kernel);

/* Puts the file in front of the request's modules. The new list lies in *modules, which the caller
 * releases in any case. INVAL, LIMIT: more than the environment has room for among it; NOMEM. */
enum pvhboot_status pvhb_efi_compose(struct pvhboot_bytes file, struct pvhboot_request *request,
				     const struct pvhboot_allocator *allocator,
				     struct pvhboot_buffer *modules, struct pvhboot_diag *diag);

#endif
