/* SPDX-License-Identifier: MIT */
/*
 * Where the loader itself lies. Its addresses stay the same for as long as it runs; the memory
 * behind them can be another, by the page tables.
 */
#ifndef CHAINLOAD_SELF_H
#define CHAINLOAD_SELF_H

#include <stdint.h>

#include <pvhboot/plan.h>

/* The memory that it takes: whole pages, its page tables and stack among them. */
struct pvhboot_range self_range(void);

/* The address in memory of something in it. */
uint64_t self_address(const void *object);

/* Goes to whole pages of RAM, as many as it takes, from 2 MiB to 4 GiB. What it leaves is free. */
void self_move(uint64_t to);

#endif
