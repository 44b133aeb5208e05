/* SPDX-License-Identifier: MIT */
/* How compressed streams are told apart, in a file of their own or inside of a
 * bzImage. */
#ifndef PVHB_COMPRESSED_H
#define PVHB_COMPRESSED_H

#include <pvhboot/image.h>

#include "../base/env.h"

/* False: the bytes start like none of the formats. */
bool pvhb_compression_of(struct pvhboot_bytes bytes, uint16_t *compression);

/* A file, or a part of one, that is a compressed stream and nothing else: fills
 * in everything of the image but file, uki and depth. */
void pvhb_compressed_probe(struct pvhboot_bytes stream, uint64_t offset, uint16_t compression,
			   struct pvhboot_image *image);

#endif
