/* SPDX-License-Identifier: MIT */
/* Proves: lib/image/pe.c */

#include "image.h"

#include "../../lib/image/pe.c"

/*@ requires bytes(file) && \valid(offset);
    assigns *offset;
    ensures !\result ==> *offset == \old(*offset);
    ensures \result ==> *offset <= UINT32_MAX + PVHBOOT_PE_SIGNATURE_SIZE; */
static bool find_coff(struct pvhboot_bytes file, uint64_t *offset);
