/* SPDX-License-Identifier: MIT */
/* A plan on standard output. */
#ifndef PLAN_PRINT_H
#define PLAN_PRINT_H

#include "plan_options.h"

struct plan_view {
	const struct plan_options *options;
	const struct pvhboot_prepared *prepared;
	const struct pvhboot_diag *diag;
};

void plan_print_json(const struct plan_view *view);
void plan_print_text(const struct plan_view *view);

#endif
