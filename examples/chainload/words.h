/* SPDX-License-Identifier: MIT */
#ifndef CHAINLOAD_RESERVE_H
#define CHAINLOAD_RESERVE_H

#include "handover.h"

/*
 * The loader's own command line: words "reserve=0xSTART-0xEND", each of which
 * takes a range (end excluded) out of the RAM that the kernel gets, as broken
 * memory or a firmware that says too little would need. Other words are ignored.
 * Does not return when a range is malformed.
 */
void reserve_ranges(struct handover *handover);

#endif
