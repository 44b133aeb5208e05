/* SPDX-License-Identifier: MIT */
/* Proves: lib/start/check/setup_data.c */

#include "checking.h"

/* What stays as it was while a chain is followed, with n more places at most. */
#define CHAINS(word, n)                                                                            \
	word checking(c); word mapping{Pre, Here}(c);                                              \
	word c->n_entries <= c->start.n_map <= PVHBOOT_START_CHECK_MAP;                            \
	word c->n_extents <= \at(c->n_extents, Pre) + n

#define CHAIN GROWN, LOOP_EXTENTS(c)
/* So many places at most are kept before number i of the chain, and there is none behind those. */
#define TAKEN(i) \min(i, PVHBOOT_START_CHECK_SETUP_DATA)
#define LINKED(i) link.next != 0 ==> i <= PVHBOOT_START_CHECK_SETUP_DATA

#include "../../lib/start/check/setup_data.c"

/*@
  predicate counting(struct pvhb_start_checking *c) =
    checking(c) && c->n_entries <= c->start.n_map <= PVHBOOT_START_CHECK_MAP;
  // What is on a caller's stack.
  predicate apart(struct pvhb_start_checking *c, char *local) =
    \base_addr(local) != \base_addr(c) && \base_addr(local) != \base_addr(c->report) &&
    \base_addr(local) != \base_addr(c->work) &&
    \base_addr(local) != \base_addr(c->start.memory) &&
    \base_addr(local) != \base_addr(c->report->findings);
*/

/*@ requires checking(c) && size > 0 && \valid(copy + (0 .. size - 1)) && apart(c, (char *)copy);
    assigns FINDINGS(c), copy[0 .. size - 1];
    FOUND(ensures); */
static bool read_bytes(struct pvhb_start_checking *c, struct pvhb_at at, uint8_t *copy,
		       size_t size);

/*@ requires counting(c);
    assigns FINDINGS(c), ENTRIES(c), c->start.n_map;
    GROWS(ensures); */
static bool check_e820_at(struct pvhb_start_checking *c, struct pvhb_at at);

/*@ requires counting(c);
    assigns FINDINGS(c), ENTRIES(c), c->start.n_map;
    GROWS(ensures); */
static bool check_e820_entries(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t n);

/*@ requires counting(c);
    assigns FINDINGS(c), ENTRIES(c), c->start.n_map;
    GROWS(ensures); */
static bool check_e820_ext(struct pvhb_start_checking *c, struct pvhb_at at, uint32_t size);

/*@ requires checking(c);
    assigns \nothing; */
static bool comes_back(const struct pvhb_start_checking *c, uint64_t gpa);

/*@ requires bytes(bytes) && bytes.size == PVHBOOT_SETUP_DATA_HEADER_SIZE;
    assigns \nothing; */
static struct header load_header(struct pvhboot_bytes bytes);

/*@ requires checking(c);
    assigns FINDINGS(c);
    FOUND(ensures); */
static struct header read_header(struct pvhb_start_checking *c, struct pvhb_at at);

/*@ requires checking(c) && room(c, 1);
    assigns FINDINGS(c), EXTENTS(c);
    ensures checking(c);
    ensures kept{Pre, Here}(c);
    ensures c->n_extents <= \old(c->n_extents) + 1; */
static bool check_header(struct pvhb_start_checking *c, struct pvhb_at at, struct header header);

/*@ requires counting(c) && room(c, 1);
    assigns FINDINGS(c), EXTENTS(c), ENTRIES(c), c->start.n_map;
    CHAINS(ensures, 1); */
static bool check_data(struct pvhb_start_checking *c, struct pvhb_at at, struct header header);

/*@ requires counting(c) && room(c, 1);
    assigns FINDINGS(c), EXTENTS(c), ENTRIES(c), c->start.n_map;
    CHAINS(ensures, 1); */
static struct link check_one(struct pvhb_start_checking *c, struct pvhb_at at);

/*@ requires counting(c);
    assigns FINDINGS(c);
    GROWS(ensures);
    ensures \result.next == 0; */
static struct link end_chain(struct pvhb_start_checking *c, struct pvhb_at at, bool has_been);

/*@ requires counting(c) && i <= PVHBOOT_START_CHECK_SETUP_DATA;
    requires room(c, PVHBOOT_START_CHECK_SETUP_DATA - i);
    assigns FINDINGS(c), EXTENTS(c), ENTRIES(c), c->start.n_map;
    CHAINS(ensures, TAKEN(i + 1) - i);
    ensures i == PVHBOOT_START_CHECK_SETUP_DATA ==> \result.next == 0; */
static struct link check_link(struct pvhb_start_checking *c, uint32_t i, uint64_t gpa);

/*@ requires checking(c) && c->params.size == PVHBOOT_BOOT_PARAMS_SIZE;
    assigns FINDINGS(c);
    FOUND(ensures); */
static void check_protocol(struct pvhb_start_checking *c, uint64_t gpa);

/*@ requires counting(c) && room(c, PVHBOOT_START_CHECK_SETUP_DATA);
    assigns FINDINGS(c), EXTENTS(c), ENTRIES(c), c->start.n_map;
    CHAINS(ensures, PVHBOOT_START_CHECK_SETUP_DATA); */
static bool check_chain(struct pvhb_start_checking *c, uint64_t gpa);
