/* SPDX-License-Identifier: MIT */
/* Proves: lib/start/check/paging.c */

#include "checking.h"

#include <pvhboot/cpu.h>

#define IS_LEVEL(level) 1 <= level <= MAX_LEVELS
/* What is written while c->report leads to where it did, and what stays as it was: one property
 * each, as provers want it. */
#define WALK LOOP_FINDINGS(c), LOOP_EXTENTS(c), *walk
#define WALKS(word)                                                                                \
	word checking(c); word kept{Pre, Here}(c); word walk->levels == \at(walk->levels, Pre);    \
	word walk->n_tables <= PVHBOOT_START_CHECK_TABLES;                                         \
	word c->n_extents - walk->n_tables <= \at(c->n_extents - walk->n_tables, Pre)

#include "../../lib/start/check/paging.c"

/*@
  predicate apart(struct pvhb_start_checking *c, struct walk *walk) =
    \base_addr(walk) != \base_addr(c) && \base_addr(walk) != \base_addr(c->report) &&
    \base_addr(walk) != \base_addr(c->work) && \base_addr(walk) != \base_addr(c->start.memory) &&
    \base_addr(walk) != \base_addr(c->report->findings);
  // A walk, with room for as many tables as it may still enter.
  predicate walking(struct pvhb_start_checking *c, struct walk *walk) =
    checking(c) && \valid(walk) && apart(c, walk) && 4 <= walk->levels <= MAX_LEVELS &&
    walk->n_tables <= PVHBOOT_START_CHECK_TABLES &&
    room(c, PVHBOOT_START_CHECK_TABLES - walk->n_tables);
*/

/*@ requires IS_LEVEL(level);
    assigns \nothing;
    ensures \result == 12 + 9 * (level - 1); */
static unsigned shift_of(unsigned level);

/*@ requires walking(c, walk) && IS_LEVEL(level);
    assigns FINDINGS(c), EXTENTS(c), walk->tables[level], walk->n_tables, walk->stopped;
    WALKS(ensures); */
static void enter_table(struct pvhb_start_checking *c, struct walk *walk, unsigned level,
			uint64_t entry);

/*@ assigns \nothing;
    ensures level == 1 ==> \result; */
static bool is_leaf(uint64_t entry, unsigned level);

/*@ requires walking(c, walk) && IS_LEVEL(level);
    assigns FINDINGS(c), EXTENTS(c), *walk;
    WALKS(ensures); */
static void read_entry(struct pvhb_start_checking *c, struct walk *walk, unsigned level,
		       uint64_t number);

/*@ requires walking(c, walk);
    assigns FINDINGS(c), EXTENTS(c), *walk;
    WALKS(ensures);
    ensures 1 <= \result <= MAX_LEVELS; */
static unsigned find_leaf(struct pvhb_start_checking *c, struct walk *walk, uint64_t address);

/*@ requires walking(c, walk) && \valid(end);
    requires \separated(end, c, walk, c->report, c->work);
    requires \separated(end, c->report->findings + (0 .. c->report->max_findings - 1));
    assigns FINDINGS(c), EXTENTS(c), *walk, *end;
    WALKS(ensures); */
static bool find_page(struct pvhb_start_checking *c, struct walk *walk, uint64_t address,
		      uint64_t *end);

/*@ requires walking(c, walk);
    assigns FINDINGS(c), EXTENTS(c), *walk;
    WALKS(ensures); */
static uint64_t find_gap(struct pvhb_start_checking *c, struct walk *walk,
			 struct pvhboot_range range);

/*@ requires walking(c, walk);
    assigns FINDINGS(c), EXTENTS(c), *walk;
    WALKS(ensures); */
static void check_extent(struct pvhb_start_checking *c, struct walk *walk,
			 struct pvhb_extent extent);

/*@ assigns \nothing; */
static bool must_be_mapped(uint8_t subject);

/*@ requires walking(c, walk) && n <= PVHB_START_MAX_EXTENTS;
    assigns FINDINGS(c), EXTENTS(c), *walk;
    WALKS(ensures); */
static void check_extents(struct pvhb_start_checking *c, struct walk *walk, uint64_t cr3, size_t n);
