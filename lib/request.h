/* SPDX-License-Identifier: MIT */
#ifndef PVHB_REQUEST_H
#define PVHB_REQUEST_H

#include <pvhboot/plan.h>

#include "env.h"

/* Pointers, counts and ceilings: INVAL, LIMIT. Looks at no map entry and no avoid
 * range. */
enum pvhboot_status pvhb_request_check(const struct pvhboot_request *request,
				       struct pvhboot_diag *diag);

/* INVAL. */
enum pvhboot_status pvhb_request_check_avoid(const struct pvhboot_request *request,
					     struct pvhboot_diag *diag);

/* The ceilings with their defaults. */
uint64_t pvhb_request_ceiling(const struct pvhboot_request *request);
uint64_t pvhb_request_info_ceiling(const struct pvhboot_request *request);

#endif
