/* SPDX-License-Identifier: MIT */
#ifndef PVHB_ROOM_H
#define PVHB_ROOM_H

#include <pvhboot/plan.h>

#include "../base/env.h"

/* Whether a range is free RAM for a kernel: RAM of the request's map, outside of its avoid list
 * and of what has an address. The request's parts were checked; what else is wrong with it
 * makes it not free. NOMEM. */
enum pvhboot_status pvhb_plan_is_free(const struct pvhboot_request *request,
				      const struct pvhboot_allocator *allocator,
				      struct pvhboot_range range, bool *is_free,
				      struct pvhboot_diag *diag);

#endif
