/* SPDX-License-Identifier: MIT */
#ifndef PVHB_COMMIT_H
#define PVHB_COMMIT_H

#include <pvhboot/memory.h>

#include "../base/env.h"

/* What a commit asks of its arguments: INVAL. */
enum pvhboot_status pvhb_commit_check(const struct pvhboot_plan *plan,
				      const struct pvhboot_memory *memory,
				      struct pvhboot_diag *diag);

/* Fills one place of a checked plan: MEMIO. */
enum pvhboot_status pvhb_commit_place(const struct pvhboot_place *place, size_t index,
				      const struct pvhboot_memory *memory,
				      struct pvhboot_diag *diag);

#endif
