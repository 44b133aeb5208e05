/* SPDX-License-Identifier: MIT */
/*
 * The invariants of a plan, checked against the request alone. Deliberately
 * shares no code with the planner but the reading of segments and symbols and the
 * defaults of a request: plain loops over the caller's arrays, no sorting, no
 * merged map.
 */
#ifndef PVHB_CHECKING_H
#define PVHB_CHECKING_H

#include <pvhboot/plan.h>

#include "../../base/diag.h"
#include "../../base/env.h"
#include "../../entry/entry.h"

struct pvhb_check {
	const struct pvhboot_plan *plan;
	const struct pvhboot_request *request;
	struct pvhboot_diag *diag;
	struct pvhb_entry entry;
};

static inline struct pvhboot_range pvhb_check_range(uint64_t gpa, uint64_t size)
{
	return (struct pvhboot_range){ gpa, gpa + size };
}

/* map.c: whether a range is all RAM for the host, has none of it, or is all
 * RAM for the guest. */
bool pvhb_check_is_host_ram(const struct pvhb_check *c, struct pvhboot_range range);
bool pvhb_check_is_no_ram(const struct pvhb_check *c, struct pvhboot_range range);
bool pvhb_check_is_guest_ram(const struct pvhb_check *c, struct pvhboot_range range);

/* map.c: the guest's map: MALFORMED. */
enum pvhboot_status pvhb_check_map(const struct pvhb_check *c);

/* places.c: MALFORMED, OVERLAP, RANGE. */
enum pvhboot_status pvhb_check_places(const struct pvhb_check *c);

/* info.c: the start_info block: MALFORMED, RANGE. */
enum pvhboot_status pvhb_check_info(const struct pvhb_check *c);

/* boot_params.c: that of the entries of Linux: MALFORMED. */
enum pvhboot_status pvhb_check_boot_params(const struct pvhb_check *c);

/* info.c: the gpa of the RSDP that the request wants, 0: none. */
uint64_t pvhb_check_wanted_rsdp(const struct pvhb_check *c);

/* check.c: what the kernel ends at or below. */
uint64_t pvhb_check_kernel_ceiling(const struct pvhb_check *c);

/* places.c: the first place of this kind and index, or NULL. */
const struct pvhboot_place *pvhb_check_find(const struct pvhb_check *c,
					    enum pvhboot_place_kind kind, size_t index);

#endif
