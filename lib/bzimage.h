/* SPDX-License-Identifier: MIT */
#ifndef PVHB_BZIMAGE_H
#define PVHB_BZIMAGE_H

#include <pvhboot/image.h>

/* A file that has "HdrS" where a bzImage has it. Statuses and warnings as
 * pvhboot_image_probe(). */
enum pvhboot_status pvhb_bzimage_probe(struct pvhboot_bytes file, struct pvhboot_image *out,
				       struct pvhboot_diag *diag);

#endif
