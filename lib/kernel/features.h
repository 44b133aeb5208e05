/* SPDX-License-Identifier: MIT */
#ifndef PVHB_FEATURES_H
#define PVHB_FEATURES_H

#include <pvhboot/kernel.h>

#include "../base/diag.h"
#include "../base/env.h"

#define PVHB_MAX_FEATURES 4096

/* Reads the text of a FEATURES note into *features, on top of what is there.
 * UNSUPPORTED: a feature is required that elfnote.h does not name; diag->detail
 * says which. LIMIT: the text is longer than PVHB_MAX_FEATURES. */
enum pvhboot_status pvhb_features_read(struct pvhboot_bytes text, struct pvhb_at at,
				       struct pvhboot_features *features,
				       struct pvhboot_diag *diag);

#endif
