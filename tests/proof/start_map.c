/* SPDX-License-Identifier: MIT */
/* Proves: lib/start/check/map.c */

#include "checking.h"

/* MAPPED: what keeping an entry writes. MAPS: what holds behind it. */
#define MAPPED LOOP_FINDINGS(c), LOOP_ENTRIES(c)
#define MAPS(word)                                                                                 \
	word checking(c); word mapping{Pre, Here}(c);                                              \
	word c->start.n_map == \at(c->start.n_map, Pre);                                           \
	word c->n_extents == \at(c->n_extents, Pre)

#include "../../lib/start/check/map.c"

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_order(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t gpa);

/*@ requires checking(c) && c->n_entries < PVHBOOT_START_CHECK_MAP && \valid_read(entry);
    assigns ENTRIES(c);
    ensures checking(c);
    ensures mapping{Pre, Here}(c);
    ensures c->start.n_map == \old(c->start.n_map);
    ensures c->n_entries == \old(c->n_entries) + 1;
    ensures c->n_extents == \old(c->n_extents); */
static void keep_entry(struct pvhb_start_checking *c, struct pvhb_at at,
		       const struct pvhboot_map_entry *entry);

/*@ requires checking(c) && \valid_read(entry);
    assigns FINDINGS(c);
    FOUND(ensures); */
static bool check_fields(struct pvhb_start_checking *c, struct pvhb_at at,
			 const struct pvhboot_map_entry *entry);

/*@ requires checking(c);
    assigns FINDINGS(c), c->work->entries[0 .. PVHBOOT_START_CHECK_MAP - 1],
      SORTED(c->work->entries, PVHBOOT_START_CHECK_MAP);
    FOUND(ensures); */
static void check_overlaps(struct pvhb_start_checking *c);

/*@ requires checking(c);
    assigns c->ram.n, c->work->ram[0 .. PVHBOOT_START_CHECK_MAP - 1],
      SORTED(c->work->ram, PVHBOOT_START_CHECK_MAP), c->ram_is_known;
    ensures checking(c);
    ensures mapping{Pre, Here}(c);
    ensures c->n_extents == \old(c->n_extents); */
static void know_ram(struct pvhb_start_checking *c, bool all);

/*@ requires checking(c) && c->n_entries == 0 && n <= c->start.n_map;
    requires n <= PVHBOOT_START_CHECK_MAP;
    assigns FINDINGS(c), ENTRIES(c);
    MAPS(ensures); */
static bool check_each_entry(struct pvhb_start_checking *c, uint32_t n);

/*@ requires checking(c) && c->n_entries == 0 && n <= c->start.n_map;
    requires n <= PVHBOOT_START_CHECK_MAP;
    assigns FINDINGS(c), ENTRIES(c), SORTED(c->work->entries, PVHBOOT_START_CHECK_MAP),
      SORTED(c->work->ram, PVHBOOT_START_CHECK_MAP), c->ram_is_known;
    ensures checking(c);
    ensures mapping{Pre, Here}(c);
    ensures c->n_extents == \old(c->n_extents); */
static void check_list(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t n);
