/* SPDX-License-Identifier: MIT */
/* A plan on standard output. */
#ifndef PLAN_PRINT_H
#define PLAN_PRINT_H

#include "digest.h"
#include "plan_options.h"

struct plan_view {
	const struct plan_options *options;
	const struct pvhboot_prepared *prepared;
	const struct pvhboot_diag *diag;
	uint8_t digest[SHA256_SIZE]; /* where it is asked for */
};

/* What a place's bytes are from, if it is not the kernel; else "". */
const char *plan_origin(const struct plan_view *view, const struct pvhboot_place *place);

/* What the kernel is handed, and the register that says where it lies. */
const char *plan_block_name(const struct pvhboot_plan *plan);
const char *plan_block_register(const struct pvhboot_cpu *cpu);

void plan_print_json(const struct plan_view *view);
void plan_print_text(const struct plan_view *view);

#endif
