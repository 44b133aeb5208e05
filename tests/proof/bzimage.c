/* SPDX-License-Identifier: MIT */
/* Proves: lib/image/bzimage.c */

#include "image.h"

#include "../../lib/image/bzimage.c"

/*@ assigns \nothing;
    ensures \result.offset == offset; */
static struct pvhb_at at_header(uint64_t offset);

/*@ assigns \nothing;
    ensures \result.offset == offset; */
static struct pvhb_at at_payload(uint64_t offset);

/*@ requires optional(diag);
    assigns *diag;
    ensures \result == PVHBOOT_UNSUPPORTED; */
static enum pvhboot_status no_payload(struct pvhboot_diag *diag);

/*@ requires bytes(bytes) && bytes.size >= PVHBOOT_BZIMAGE_END_2_08;
    requires \valid(offset) && \valid(length) && optional(diag);
    requires \separated(offset, length, diag);
    assigns *offset, *length, *diag;
    ensures \result == PVHBOOT_OK ==> within(bytes.size, *offset, *length);
    ensures \result == PVHBOOT_OK ==> *length > SIZE_FIELD; */
static enum pvhboot_status find_payload(struct pvhboot_bytes bytes, uint64_t base, uint64_t *offset,
					uint32_t *length, struct pvhboot_diag *diag);

/*@ requires bytes(payload) && payload.size > SIZE_FIELD;
    requires \valid(image) && optional(diag) && \separated(image, diag);
    assigns image->stream, image->compression, image->unpacked_size, image->size_is_exact, *diag;
    ensures \result == PVHBOOT_OK ==> bytes(image->stream); */
static enum pvhboot_status identify(struct pvhboot_bytes payload, struct pvhboot_image *image,
				    struct pvhboot_diag *diag);
