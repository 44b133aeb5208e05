/* SPDX-License-Identifier: MIT */
/* Proves: lib/start/check/info.c */

#include "checking.h"

/* PLACED: what a look at places writes. PLACES: what holds behind it, with at most n more
 * extents. */
#define PLACED LOOP_FINDINGS(c), LOOP_EXTENTS(c), LOOP_TEXT(c)
#define PLACES(word, n)                                                                            \
	word checking(c); word kept{Pre, Here}(c); word c->n_extents <= \at(c->n_extents, Pre) + n

#include "../../lib/start/check/info.c"

/*@ requires checking(c);
    assigns FINDINGS(c), c->start.version, c->start.flags, c->start.n_modules, c->start.modules,
      c->start.cmdline, c->start.rsdp, c->start.map, c->start.n_map, c->start.reserved;
    ensures checking(c);
    ensures fixed{Pre, Here}(c) && c->n_entries == \old(c->n_entries);
    ensures c->n_extents == \old(c->n_extents); */
static bool read_info(struct pvhb_start_checking *c, struct pvhb_at at);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_fields(struct pvhb_start_checking *c, struct pvhb_at at);

/*@ requires checking(c) && room(c, 1) && \valid_read(module);
    assigns FINDINGS(c), EXTENTS(c);
    PLACES(ensures, 1); */
static void check_module_place(struct pvhb_start_checking *c, struct pvhb_at at,
			       const struct pvhboot_listed_module *module);

/*@ requires checking(c) && room(c, 1);
    assigns FINDINGS(c), EXTENTS(c), TEXT(c);
    PLACES(ensures, 1); */
static void check_module_cmdline(struct pvhb_start_checking *c, uint32_t i, struct pvhb_at at,
				 uint64_t cmdline);

/*@ requires checking(c) && room(c, 2);
    assigns FINDINGS(c), EXTENTS(c), TEXT(c);
    PLACES(ensures, 2); */
static void check_module(struct pvhb_start_checking *c, uint32_t i, struct pvhb_at at,
			 struct pvhboot_listed_module module);

/*@ requires checking(c) && room(c, 2 * n) && n <= PVHBOOT_START_CHECK_MODULES;
    assigns FINDINGS(c), EXTENTS(c), TEXT(c);
    PLACES(ensures, 2 * n); */
static void check_each_module(struct pvhb_start_checking *c, uint32_t n);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_number(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t n);

/*@ requires checking(c) && room(c, 2 * n) && n <= PVHBOOT_START_CHECK_MODULES;
    assigns FINDINGS(c), EXTENTS(c), TEXT(c);
    PLACES(ensures, 2 * n); */
static void check_list(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t n);
