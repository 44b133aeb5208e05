/* SPDX-License-Identifier: MIT */
/* Proves: lib/base/multiboot.c */

#include "base.h"

#include "../../lib/base/multiboot.c"

/*@ requires bytes(file) && 1 <= n_words <= 4 && 1 <= align <= 8;
    assigns \nothing; */
static bool has_header(struct pvhboot_bytes file, size_t size, uint32_t magic, size_t n_words,
		       size_t align);
