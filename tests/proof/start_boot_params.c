/* SPDX-License-Identifier: MIT */
/* Proves: lib/start/check/boot_params.c */

#include "checking.h"

#include <pvhboot/cpu.h>

#define IS_AT_ENTRY(i)                                                                             \
	offset == PVHBOOT_BOOT_PARAMS_E820_TABLE + PVHBOOT_E820_ENTRY_SIZE * i

#include "../../lib/start/check/boot_params.c"

/*@
  predicate has_params(struct pvhb_start_checking *c) =
    checking(c) && c->params.size == PVHBOOT_BOOT_PARAMS_SIZE;
*/

/*@ requires checking(c);
    assigns \nothing; */
static struct pvhb_at at_params(const struct pvhb_start_checking *c);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void found_linux(struct pvhb_start_checking *c, struct pvhb_at at, uint64_t found,
			uint64_t bound, const char *rule);

/*@ requires has_params(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_marks(struct pvhb_start_checking *c);

/*@ requires has_params(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_end(struct pvhb_start_checking *c);

/*@ requires has_params(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_loader(struct pvhb_start_checking *c);

/*@ requires has_params(c) && room(c, 1);
    assigns FINDINGS(c), EXTENTS(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
static void check_header(struct pvhb_start_checking *c);

/*@ requires has_params(c) && room(c, 1);
    assigns FINDINGS(c), EXTENTS(c), TEXT(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
static void check_cmdline(struct pvhb_start_checking *c);

/*@ requires has_params(c) && room(c, 1);
    assigns FINDINGS(c), EXTENTS(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
static void check_initrd(struct pvhb_start_checking *c);

/*@ requires has_params(c) && room(c, 2);
    assigns FINDINGS(c), EXTENTS(c), TEXT(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 2; */
static void check_files(struct pvhb_start_checking *c);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_n_map(struct pvhb_start_checking *c, struct pvhb_at at, uint8_t n);

/*@ requires has_params(c) && c->n_entries <= c->start.n_map <= PVHBOOT_START_CHECK_MAP;
    assigns FINDINGS(c), ENTRIES(c), c->start.n_map;
    GROWS(ensures); */
static void check_table(struct pvhb_start_checking *c, struct pvhb_at at);

/*@ requires has_params(c) && room(c, PVHBOOT_START_CHECK_SETUP_DATA);
    requires c->n_entries <= c->start.n_map <= PVHBOOT_START_CHECK_MAP;
    assigns FINDINGS(c), EXTENTS(c), ENTRIES(c), SORTED(c->work->entries, PVHBOOT_START_CHECK_MAP),
      SORTED(c->work->ram, PVHBOOT_START_CHECK_MAP), c->ram_is_known, c->start.n_map;
    ensures checking(c);
    ensures mapping{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + PVHBOOT_START_CHECK_SETUP_DATA; */
static void check_map(struct pvhb_start_checking *c);

/*@ requires checking(c);
    assigns FINDINGS(c), c->params, c->may_be_high, c->start.rsdp,
      c->work->params[0 .. PVHBOOT_BOOT_PARAMS_SIZE - 1];
    ensures checking(c);
    ensures fixed{Pre, Here}(c);
    ensures c->n_extents == \old(c->n_extents);
    ensures c->n_entries == \old(c->n_entries);
    ensures c->start.n_map == \old(c->start.n_map);
    ensures \result ==> c->params.size == PVHBOOT_BOOT_PARAMS_SIZE; */
static bool read_params(struct pvhb_start_checking *c);

/*@ requires has_params(c) && room(c, PVHBOOT_START_CHECK_SETUP_DATA + 4);
    requires c->n_entries == 0 && c->start.n_map == 0;
    assigns FINDINGS(c), EXTENTS(c), ENTRIES(c), SORTED(c->work->entries, PVHBOOT_START_CHECK_MAP),
      SORTED(c->work->ram, PVHBOOT_START_CHECK_MAP), c->ram_is_known, TEXT(c), c->start.n_map;
    ensures checking(c);
    ensures mapping{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + PVHBOOT_START_CHECK_SETUP_DATA + 4; */
static void check_params(struct pvhb_start_checking *c);

/*@ requires bytes(params) && params.size == PVHBOOT_BOOT_PARAMS_SIZE;
    assigns \nothing; */
static bool is_bzimage(struct pvhboot_bytes params, uint64_t start);
