/* SPDX-License-Identifier: MIT */
/* Proves: lib/image/compressed.c */

#include "image.h"

#include "../../lib/image/compressed.c"

/*@ requires bytes(bytes);
    assigns \nothing; */
static bool is_zstd_behind_skippable(struct pvhboot_bytes bytes);
