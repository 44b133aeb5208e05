/* SPDX-License-Identifier: MIT */
/* How a kernel is entered, as the options of the examples and of the command say it. */
#ifndef EXAMPLES_ENTRY_H
#define EXAMPLES_ENTRY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <pvhboot/plan.h>

#define ENTRY_NAMES "auto, pvh, linux64, bzimage64 or bzimage32"

#define ENTRY_MAX_ENTROPY (PVHBOOT_KASLR_ENTROPY + PVHBOOT_RNG_SEED_ENTROPY)

/* The entry of that name. Returns 1, or 0 where there is none. */
static inline int entry_by_name(struct pvhboot_bytes name, uint32_t *kind)
{
	for (uint32_t i = 0;; i++) {
		const char *known = pvhboot_entry_name((enum pvhboot_entry_kind)i);
		const size_t size = pvhboot_text(known).size; /* bare metal has no strlen() */

		if (known[0] == '?') /* behind the last one */
			return 0;
		if (size == name.size && memcmp(known, name.data, size) == 0) {
			*kind = i;
			return 1;
		}
	}
}

/* Bytes of entropy that a request with these flags wants, ENTRY_MAX_ENTROPY or less. */
static inline size_t entry_entropy_size(uint32_t flags)
{
	return (flags & PVHBOOT_REQUEST_KASLR ? PVHBOOT_KASLR_ENTROPY : 0) +
	       (flags & PVHBOOT_REQUEST_RNG_SEED ? PVHBOOT_RNG_SEED_ENTROPY : 0);
}

#endif
