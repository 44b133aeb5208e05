/* SPDX-License-Identifier: MIT */
/* Contracts of lib/entry/. */
#ifndef PROOF_ENTRY_H
#define PROOF_ENTRY_H

#include "base.h"

#include <pvhboot/cpu.h>

/* ---- cpu.c --------------------------------------------------------------------------------- */

/*@ requires \valid_read(plan) && \valid(out);
    assigns *out; */
void pvhboot_plan_cpu(const struct pvhboot_plan *plan, struct pvhboot_cpu *out);

/*@ assigns \nothing; */
const char *pvhboot_entry_name(enum pvhboot_entry_kind kind);

#endif
