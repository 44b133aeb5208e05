/* SPDX-License-Identifier: MIT */
#ifndef PVHB_PE_H
#define PVHB_PE_H

#include <pvhboot/image.h>

#include "../base/env.h"

/* Whether a file has the two signatures of a PE file. */
bool pvhb_pe_is(struct pvhboot_bytes file);

/* The sections of a unified kernel image: the kernel as offset and size in the
 * file, the others in *uki. Statuses as pvhboot_image_probe(). */
enum pvhboot_status pvhb_pe_probe(struct pvhboot_bytes file, uint64_t *offset, uint64_t *size,
				  struct pvhboot_uki *uki, struct pvhboot_diag *diag);

#endif
