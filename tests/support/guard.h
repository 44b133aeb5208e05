/* SPDX-License-Identifier: MIT */
/*
 * Bytes against an unreadable page, so that one byte read or written too far
 * faults, with a sanitizer or without.
 */
#ifndef TESTS_SUPPORT_GUARD_H
#define TESTS_SUPPORT_GUARD_H

#include <pvhboot/base.h>

/* Room for max_size bytes between two unreadable pages. */
struct guard {
	uint8_t *map;
	size_t map_size;
	uint8_t *first; /* behind the unreadable page in front */
	uint8_t *end;   /* the unreadable page behind */
};

struct guard guard_open(size_t max_size);
void guard_close(struct guard *guard);

/* Copies bytes so that they end at, or start behind, an unreadable page. Each
 * call overwrites what the one before it left. */
struct pvhboot_bytes guard_at_end(struct guard *guard, struct pvhboot_bytes bytes);
struct pvhboot_bytes guard_at_start(struct guard *guard, struct pvhboot_bytes bytes);

/* size writable bytes that end at an unreadable page, filled with 0xa5; for MemorySanitizer
 * they count as not written. */
struct pvhboot_buffer guard_buffer(struct guard *guard, size_t size);

#endif
