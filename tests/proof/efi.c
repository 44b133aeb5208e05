/* SPDX-License-Identifier: MIT */
/* Proves: lib/image/efi.c */

#include "image.h"

#include "../../lib/image/efi.c"

/*@ requires optional(diag);
    assigns *diag;
    ensures \result == PVHBOOT_UNSUPPORTED; */
static enum pvhboot_status refuse(struct pvhboot_diag *diag, uint64_t found, uint64_t bound,
				  const char *rule);

/*@ requires optional(diag);
    assigns *diag; */
static enum pvhboot_status refuse_machine(struct pvhboot_diag *diag, uint16_t machine);
