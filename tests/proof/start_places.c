/* SPDX-License-Identifier: MIT */
/* Proves: lib/start/check/places.c */

#include "checking.h"

#include "../../lib/start/check/places.c"

/*@ assigns \nothing; */
static bool linux_reads_early(struct pvhb_at at);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_height(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t end);

/*@ assigns \nothing; */
static bool is_text(struct pvhb_extent extent);

/*@ requires \valid_read((const struct pvhb_extent *)a);
    requires \valid_read((const struct pvhb_extent *)b);
    assigns \nothing; */
static bool lies_before(const void *a, const void *b);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_ram(struct pvhb_start_checking *c, struct pvhb_extent extent);

/*@ assigns \nothing; */
static const char *overlap_rule(uint8_t subject);

/*@ assigns \nothing; */
static struct pvhb_extent higher(struct pvhb_extent a, struct pvhb_extent b);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_overlap(struct pvhb_start_checking *c, struct pvhb_extent extent,
			  struct pvhb_extent before);

/*@ assigns \nothing; */
static struct pvhb_extent highest_before(struct highest highest, struct pvhb_extent extent);

/*@ assigns \nothing; */
static struct highest highest_with(struct highest highest, struct pvhb_extent extent);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_extent(struct pvhb_start_checking *c, struct pvhb_extent extent,
			 struct pvhb_extent before);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_extents(struct pvhb_start_checking *c);

/*@ requires checking(c);
    assigns \nothing; */
static uint64_t highest_end(const struct pvhb_start_checking *c);

/*@ requires checking(c);
    assigns \nothing; */
static uint64_t first_taken(const struct pvhb_start_checking *c, struct pvhboot_range wanted);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_free_behind(struct pvhb_start_checking *c);
