/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/features.c
 * Not proved: pvhboot_feature_name: the table alone, no input but a bit;
 */

#include "kernel.h"

#include "../../lib/kernel/features.c"

/*@ requires bytes(name) && \valid(bit);
    assigns *bit; */
static bool find_bit(struct pvhboot_bytes name, uint32_t *bit);

/*@ requires bytes(name) && \valid(features) && optional(diag) && \separated(features, diag);
    assigns *features, *diag; */
static enum pvhboot_status read_one(struct pvhboot_bytes name, struct pvhb_at at,
				    struct pvhboot_features *features, struct pvhboot_diag *diag);
