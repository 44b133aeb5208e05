/* SPDX-License-Identifier: MIT */
#ifndef PVHB_BZIMAGE_H
#define PVHB_BZIMAGE_H

#include <pvhboot/image.h>

#include "../base/env.h"

/* Whether a file has "HdrS" where a bzImage has it. */
bool pvhb_bzimage_is(struct pvhboot_bytes file);

/* Fills in everything of the image but file, uki and depth. base is the offset of
 * bytes in the file, for diagnostics and stream_offset. Statuses and warnings as
 * pvhboot_image_probe(). */
enum pvhboot_status pvhb_bzimage_probe(struct pvhboot_bytes bytes, uint64_t base,
				       struct pvhboot_image *image, struct pvhboot_diag *diag);

#endif
