/* SPDX-License-Identifier: MIT */
/* Proves: lib/start/check/rsdp.c */

#include "checking.h"

#include "../../lib/start/check/rsdp.c"

/*@ requires size == 0 || \valid_read(bytes + (0 .. size - 1));
    assigns \nothing; */
static uint8_t sum(const uint8_t *bytes, size_t size);

/*@ requires checking(c) && \valid(copy + (0 .. SIZE - 1));
    assigns FINDINGS(c), copy[FIRST_SIZE .. SIZE - 1];
    FOUND(ensures); */
static void check_extended(struct pvhb_start_checking *c, struct pvhb_at at, uint8_t *copy);
