/* SPDX-License-Identifier: MIT */
/*
 * Reads the start_info of a plan the way a guest does: from ebx, by offsets
 * written down here from the ABI, through the plan's places as its memory.
 */
#ifndef TESTS_SUPPORT_STARTREAD_H
#define TESTS_SUPPORT_STARTREAD_H

#include <pvhboot/plan.h>

/* What the guest sees at a gpa, NULL when it is not all in the bytes of one place. */
const uint8_t *start_at(const struct pvhboot_plan *plan, uint64_t gpa, uint64_t size);

/* The string at a gpa, NULL when it does not end within its place. */
const char *start_string(const struct pvhboot_plan *plan, uint64_t gpa);

struct start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t nr_modules;
	uint64_t modlist_paddr;
	uint64_t cmdline_paddr;
	uint64_t rsdp_paddr;
	uint64_t memmap_paddr;
	uint32_t memmap_entries;
	uint32_t reserved;
};

struct start_module {
	uint64_t paddr;
	uint64_t size;
	uint64_t cmdline_paddr;
	uint64_t reserved;
};

struct start_map_entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

/* Each returns 0 when what it reads is not in the plan's places. Of version 0 the
 * last three members are 0. */
int start_read(const struct pvhboot_plan *plan, struct start_info *out);
int start_read_module(const struct pvhboot_plan *plan, const struct start_info *info,
		      uint32_t number, struct start_module *out);
int start_read_map_entry(const struct pvhboot_plan *plan, const struct start_info *info,
			 uint32_t number, struct start_map_entry *out);

/* What a map calls an address, the strongest where entries overlap; 0: nothing. */
uint32_t start_type_at(const struct pvhboot_map_entry *map, size_t n, uint64_t gpa);

/*
 * Asserts everything that the ABI and plan.h demand of a plan that was made for
 * a request: the block, its map, its modules and strings, and the places.
 */
void start_expect(const char *row, const struct pvhboot_plan *plan,
		  const struct pvhboot_request *request);

#endif
