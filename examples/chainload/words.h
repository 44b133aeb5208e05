/* SPDX-License-Identifier: MIT */
#ifndef CHAINLOAD_WORDS_H
#define CHAINLOAD_WORDS_H

#include "../entry.h"
#include "handover.h"

/* What the words on the loader's own command line ask for. */
struct words {
	uint32_t entry; /* enum pvhboot_entry_kind */
	uint32_t flags; /* of the request */
	size_t n_entropy;
	uint8_t entropy[ENTRY_MAX_ENTROPY]; /* n_entropy bytes; none: whoever wants some finds it */
};

/*
 * Reads them. Does not return when a value is malformed; other words are ignored.
 *
 * reserve=0xSTART-0xEND  takes a range (end excluded) out of the RAM in the handover, as broken
 *                        memory or a firmware that says too little would need
 * entry=NAME             how the kernel is entered
 * kaslr                  its address is random
 * random                 it gets a seed for its random numbers
 * entropy=HEX            the random bytes for these two, two digits each
 * join                   the modules become one, as Linux takes initrds
 * high-modules           a module that has no room below 4 GiB goes above
 */
struct words words_read(struct handover *handover);

#endif
