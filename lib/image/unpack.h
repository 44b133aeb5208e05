/* SPDX-License-Identifier: MIT */
#ifndef PVHB_UNPACK_H
#define PVHB_UNPACK_H

#include <pvhboot/image.h>

#include "../base/env.h"

/* The allocator of the options, or the default; NULL: there is none. */
const struct pvhboot_allocator *pvhb_image_allocator(const struct pvhboot_options *options);

/* Linkers put the program headers behind the ELF header: as many bytes hold those of
 * 80 segments. */
#define PVHB_IMAGE_HEADERS ((size_t)4096 + 512)

/* Decodes the start of a compressed image into a buffer and returns the part that was written.
 * - Where something is wrong with the image that is nothing. Decoding all of it will tell.
 * - So it is where a start takes more memory than all of it and that is too much: a zstd frame
 *   with a large window. */
struct pvhboot_bytes pvhb_image_start(const struct pvhboot_image *image,
				      const struct pvhboot_options *options,
				      struct pvhboot_buffer buffer);

#endif
