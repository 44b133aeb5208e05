/* SPDX-License-Identifier: MIT */
/* Proves: lib/start/read.c
 * Not proved: read_mapped pvhb_memory_read: call what the caller gave, by pointers;
 */

#include "start.h"

/* What is written where a piece of a text is read. */
#define PIECE piece, length, result, at.offset, out.data[0 .. out.size - 1]

#include "../../lib/start/read.c"

/*@ assigns \nothing; */
static struct pvhb_at at_none(void);

/*@ assigns \nothing; */
static struct pvhb_at at_info(uint64_t gpa);

/*@ requires optional(diag);
    assigns *diag;
    ensures \result == status; */
static enum pvhboot_status fail(struct pvhboot_diag *diag, enum pvhboot_status status,
				struct pvhb_start_fault fault);

/*@ requires optional(diag);
    assigns *diag;
    ensures \result == PVHBOOT_MEMIO; */
static enum pvhboot_status unreadable(struct pvhboot_diag *diag, struct pvhb_at at, size_t size,
				      int result);

/*@ requires start == \null || (\valid_read(start) && memory(start->memory));
    requires optional(diag) && \separated(start, diag);
    requires start != \null ==> \separated(start->memory, diag);
    assigns *diag;
    ensures \result == PVHBOOT_OK ==> \valid_read(start) && \valid_read(start->memory); */
static enum pvhboot_status check_start(const struct pvhboot_start *start,
				       struct pvhboot_diag *diag);

/*@ requires \valid_read(list) && optional(diag) && \separated(list, diag);
    assigns *diag; */
static enum pvhboot_status check_list(const struct list *list, struct pvhboot_diag *diag);

/*@ assigns \nothing;
    ensures \result <= room && (room > 0 ==> \result > 0); */
static size_t piece_size(uint64_t gpa, size_t room);

/*@ assigns \nothing; */
static struct pvhb_start_text no_text(enum pvhboot_status status, struct pvhb_start_fault fault);
