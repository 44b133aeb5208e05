/* SPDX-License-Identifier: MIT */
/*
 * Guest memory of which nothing stays but a hash. Places of up to 1 MiB are
 * mapped, so that the library writes them itself; the others go through write
 * and zero, and no size of a bss takes memory or time.
 */
#ifndef TESTS_CORPUS_GUEST_H
#define TESTS_CORPUS_GUEST_H

#include <pvhboot/boot.h>

struct guest_page;

/* All zero is ready. Must not move. */
struct guest {
	uint64_t sum; /* of all that was written, with its addresses */
	uint64_t n_writes;
	uint64_t n_maps;
	struct guest_page *maps;
};

/* The guest must stay as long as this is used. */
struct pvhboot_memory guest_memory(struct guest *guest);

/* Adds what was mapped to the hash, and prints all. */
void guest_print(struct guest *guest);

#endif
