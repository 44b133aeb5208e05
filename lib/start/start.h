/* SPDX-License-Identifier: MIT */
/* Guest memory as it is read: copied once, and not yet checked. */
#ifndef PVHB_START_H
#define PVHB_START_H

#include <pvhboot/start.h>
#include <pvhboot/wire/start_info.h>

#include "../base/diag.h"
#include "../base/env.h"

/* Version 0 ends before the memory map. What later ones have behind it is not known. */
static inline size_t pvhb_start_size(uint32_t version)
{
	return version == 0 ? PVHBOOT_WIRE_START_INFO_SIZE_0 : PVHBOOT_WIRE_START_INFO_SIZE;
}

/* For reserved members. */
static inline bool pvhb_are_zero(const uint64_t *numbers, size_t n)
{
	uint64_t bits = 0;

	//@ loop invariant 0 <= n <= \at(n, Pre); loop assigns n, bits;
	while (n > 0)
		bits |= numbers[--n];
	return bits == 0;
}

/* INVAL where memory breaks its rules, or nothing can be read through it. */
enum pvhboot_status pvhb_start_check_memory(const struct pvhboot_memory *memory,
					    struct pvhboot_diag *diag);

/* INVAL for what has no better place. */
enum pvhboot_status pvhb_start_invalid(struct pvhboot_diag *diag, const char *rule);

/* size is not 0. False: it cannot be read, or wraps; *result is what the callback returned, and
 * 0 where none was asked. */
bool pvhb_memory_read(const struct pvhboot_memory *memory, uint64_t gpa, void *to, size_t size,
		      int *result);

/* The rule that what was to be read breaks. */
struct pvhb_start_fault {
	struct pvhb_at at;
	uint64_t found;
	uint64_t bound;
	const char *rule;
};

/* Of size bytes at at.offset that could not be read. */
struct pvhb_start_fault pvhb_start_unreadable(struct pvhb_at at, uint64_t size, int result);

/* A text that was read, or not: the fault of RANGE, MEMIO, NOSPACE. */
struct pvhb_start_text {
	enum pvhboot_status status;
	size_t size; /* with its NUL */
	struct pvhb_start_fault fault;
};

/* Reads the text at at.offset up to its NUL. */
struct pvhb_start_text pvhb_start_fetch_text(const struct pvhboot_memory *memory, struct pvhb_at at,
					     struct pvhboot_buffer out);

/* The start_info at out->gpa in out->memory, by its version. Where the magic is another, nothing
 * but that is read. */
bool pvhb_start_fetch(struct pvhboot_start *out, uint32_t *magic, int *result);

/* Elements of the lists. */
bool pvhb_start_fetch_module(const struct pvhboot_start *start, uint32_t index,
			     struct pvhboot_listed_module *out, int *result);
bool pvhb_start_fetch_map_entry(const struct pvhboot_start *start, uint32_t index,
				struct pvhboot_map_entry *out, int *result);

#endif
