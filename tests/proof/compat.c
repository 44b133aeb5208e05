/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/compat.c */

#include "kernel.h"

/* What is written where the head of a segment, or its tail, is cut off. */
#define CUT(segment) (segment)->bytes, (segment)->offset, (segment)->gpa, (segment)->size

#include "../../lib/kernel/compat.c"

/*@ requires \valid(segment) && segment(*segment) && size <= segment->size;
    assigns CUT(segment);
    ensures segment(*segment); */
static void drop_head(struct pvhboot_segment *segment, uint64_t size);

/*@ requires \valid(segment) && segment(*segment) && size <= segment->size;
    assigns segment->bytes.size, segment->size;
    ensures segment(*segment); */
static void drop_tail(struct pvhboot_segment *segment, uint64_t size);

/*@ requires \valid(segment) && segment(*segment);
    requires \valid_read(later) && segment(*later) && \separated(segment, later);
    assigns CUT(segment);
    ensures segment(*segment); */
static bool cut_by(struct pvhboot_segment *segment, const struct pvhboot_segment *later);
