/* SPDX-License-Identifier: MIT */
/* What every stage checks of its options. */
#ifndef PVHB_OPTIONS_H
#define PVHB_OPTIONS_H

#include <pvhboot/image.h>

#include "../base/diag.h"

/* INVAL, before anything else is done, so that no call of a later version is begun. */
static inline enum pvhboot_status pvhb_options_check(const struct pvhboot_options *options,
						     enum pvhboot_stage stage,
						     struct pvhboot_diag *diag)
{
	uint64_t reserved = options->reserved32;
	size_t i;

	//@ loop assigns i, reserved;
	for (i = 0; i < sizeof(options->reserved) / sizeof(options->reserved[0]); i++)
		reserved |= options->reserved[i];
	if (options->allocator != NULL)
		reserved |= options->allocator->reserved;
	if (options->parallel != NULL)
		reserved |= options->parallel->reserved;
	if (reserved != 0)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, pvhb_at(stage, PVHBOOT_SUBJECT_NONE),
				       "reserved members of the options, and of the allocator and "
				       "the threads that they name, that are 0");
	if (options->profile_id.data == NULL && options->profile_id.size != 0)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, pvhb_at(stage, PVHBOOT_SUBJECT_NONE),
				       "profile_id.data that is not NULL");
	return PVHBOOT_OK;
}

#endif
