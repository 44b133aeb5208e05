/* SPDX-License-Identifier: MIT */
/* Proves: lib/plan/room.c
 * Not proved: pvhb_plan_read_room: provers do not find what stays as it was of all that it writes;
 * Not proved: pvhb_plan_is_free: its arrays lie in bytes of the allocator, and the memory model
 * does not know structs there;
 */

#include "plan.h"

#include "../../lib/plan/room.c"

/*@ assigns \nothing; */
static bool holds(struct pvhboot_range range, uint64_t gpa);

/*@ requires optional(diag);
    assigns diag->detail[0 .. PVHBOOT_MAX_DETAIL - 1]; */
static void name(struct pvhboot_diag *diag, const char *what, size_t index);
