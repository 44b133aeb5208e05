/* SPDX-License-Identifier: MIT */
/* Contracts of lib/base/cpio.h. */
#ifndef PROOF_CPIO_H
#define PROOF_CPIO_H

#include "base.h"

#include "../../lib/base/cpio.h"

/*@ requires bytes(bytes);
    assigns \nothing;
    ensures \result ==> bytes.size >= PVHB_CPIO_HEADER; */
static inline bool pvhb_cpio_is(struct pvhboot_bytes bytes);

/*@ requires bytes(bytes) && within(bytes.size, offset, PVHB_CPIO_DIGITS) && \valid(out);
    assigns *out; */
static inline bool pvhb_cpio_digits(struct pvhboot_bytes bytes, uint64_t offset, uint32_t *out);

/*@ requires bytes(archive) && offset <= archive.size && \valid(out);
    assigns *out;
    ensures \result ==> bytes(out->data); */
static inline bool pvhb_cpio_read(struct pvhboot_bytes archive, uint64_t offset,
				  struct pvhb_cpio_file *out);

#endif
