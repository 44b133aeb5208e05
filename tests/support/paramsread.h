/* SPDX-License-Identifier: MIT */
/*
 * Reads the boot_params of a plan the way Linux does: from rsi, by offsets written down here from
 * Documentation/arch/x86/boot.rst and zero-page.rst.
 */
#ifndef TESTS_SUPPORT_PARAMSREAD_H
#define TESTS_SUPPORT_PARAMSREAD_H

#include "scene.h"

/*
 * Asserts everything that boot.rst and plan.h demand of a plan by an entry of Linux that was made
 * for a request: every byte of the block, and the registers. Places are up to
 * pvhboot_plan_check().
 */
void params_expect(const char *row, const struct pvhboot_plan *plan,
		   const struct pvhboot_request *request);

/* Plans, asserts all of that, that pvhboot_plan_check() agrees, and that once it is committed
 * pvhboot_boot_params_check() finds no errors and as many warnings. */
void params_expect_plan(const char *row, struct scene *scene, size_t n_warnings,
			size_t n_start_warnings);

#endif
