/* SPDX-License-Identifier: MIT */
/* Proves: lib/image/probe.c
 * Not proved: pvhboot_container_name: no input but a number;
 */

#include "image.h"

#include "../../lib/image/probe.c"

/*@ assigns \nothing; */
static struct pvhb_at at_header(uint64_t offset);

/*@ requires bytes(bytes);
    assigns \nothing; */
static bool is_elf(struct pvhboot_bytes bytes);

/*@ requires bytes(bytes) && \valid(image) && optional(diag) && \separated(image, diag);
    assigns image->stream, image->stream_offset, image->unpacked_size, image->bzimage,
      image->container, image->compression, image->protocol, image->size_is_exact, *diag;
    ensures \result == PVHBOOT_OK ==> bytes(image->stream); */
static enum pvhboot_status probe_kernel(struct pvhboot_bytes bytes, uint64_t base,
					const char *around, struct pvhboot_image *image,
					struct pvhboot_diag *diag);

/*@ requires bytes(file) && \valid_read(options) && bytes(options->profile_id);
    requires \valid(image) && optional(diag) && \separated(image, diag, options);
    assigns *image, *diag;
    ensures \result == PVHBOOT_OK ==> bytes(image->stream); */
static enum pvhboot_status probe_uki(struct pvhboot_bytes file,
				     const struct pvhboot_options *options,
				     struct pvhboot_image *image, struct pvhboot_diag *diag);

/*@ requires \valid_read(outer);
    assigns \nothing; */
static const char *around_of(const struct pvhboot_image *outer);
