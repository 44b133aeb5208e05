/* SPDX-License-Identifier: MIT */
/*
 * PVHBOOT_COMPAT_XEN: what Xen's domain builder accepts, and what it makes of it.
 * Where else the flag counts: pvhb_note_area_load() gives notes all bytes up to the end of
 * the image.
 */
#ifndef PVHB_COMPAT_H
#define PVHB_COMPAT_H

#include <pvhboot/kernel.h>

#include "../base/diag.h"
#include "elf.h"

static inline bool pvhb_is_compat(uint32_t flags)
{
	return (flags & PVHBOOT_COMPAT_XEN) != 0;
}

/* A rule that does not hold: a failure, or a warning and OK with PVHBOOT_COMPAT_XEN in flags.
 * Behind "; " the rule says what is done then. */
enum pvhboot_status pvhb_compat_fail(uint32_t flags, struct pvhboot_diag *diag,
				     enum pvhboot_status status, struct pvhb_at at, uint64_t found,
				     uint64_t bound, const char *rule);

/* Takes away from a segment what later headers load over it; a size of 0 is left
 * where that is all. False: one of them would cut it in two. */
bool pvhb_compat_cut(const struct pvhb_elf *elf, struct pvhboot_segment *segment);

#endif
