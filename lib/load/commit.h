/* SPDX-License-Identifier: MIT */
#ifndef PVHB_COMMIT_H
#define PVHB_COMMIT_H

#include <pvhboot/memory.h>

#include "../base/diag.h"

/* What is asked of memory that is written to: INVAL. */
enum pvhboot_status pvhb_memory_check(const struct pvhboot_memory *memory, struct pvhb_at at,
				      struct pvhboot_diag *diag);

/* What a commit asks of its arguments: INVAL. */
enum pvhboot_status pvhb_commit_check(const struct pvhboot_plan *plan,
				      const struct pvhboot_memory *memory,
				      struct pvhboot_diag *diag);

/* Fills the places of a checked plan, but for those whose source lies in `done`: MEMIO. */
enum pvhboot_status pvhb_commit(const struct pvhboot_plan *plan,
				const struct pvhboot_memory *memory, struct pvhboot_bytes done,
				struct pvhboot_diag *diag);

/* Whether bytes that are not empty lie in others. */
bool pvhb_lies_in(struct pvhboot_bytes bytes, struct pvhboot_bytes others);

/* Gives a pointer back that memory->map has returned. */
void pvhb_memory_unmap(const struct pvhboot_memory *memory, void *host, struct pvhboot_range range);

#endif
