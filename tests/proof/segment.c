/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/segment.c */

#include "kernel.h"

#include "../../lib/kernel/segment.c"

/*@ requires \valid_read(kernel) && kernel(*kernel) && kernel->elf_class == 0;
    requires \valid(out) && \separated(out, kernel);
    assigns *out;
    ensures bytes(out->bytes); */
static void code_segment(const struct pvhboot_kernel *kernel, struct pvhboot_segment *out);
