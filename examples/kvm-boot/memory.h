/* SPDX-License-Identifier: MIT */
/*
 * The guest's RAM: one block of the host, which the guest sees in two pieces, below
 * and above the hole where a PC has its devices.
 */
#ifndef KVM_BOOT_MEMORY_H
#define KVM_BOOT_MEMORY_H

#include <pvhboot/pvhboot.h>

#define MEMORY_HOLE_START ((uint64_t)3 << 30)
#define MEMORY_HOLE_END ((uint64_t)4 << 30)
#define MEMORY_MAX_MAP 3

struct memory {
	uint8_t *host;
	uint64_t below; /* bytes from gpa 0 */
	uint64_t above; /* bytes from MEMORY_HOLE_END */
};

/* Returns NO_EXIT, or EXIT_REFUSED after a complaint. */
int memory_open(struct memory *memory, uint64_t size);
void memory_close(struct memory *memory);

/* The map that the guest gets: what a PC has as RAM. */
void memory_describe(const struct memory *memory, struct pvhboot_map_entry map[MEMORY_MAX_MAP]);

/* Where a range of the guest's RAM lies here, or NULL where it is no RAM. */
uint8_t *memory_at(const struct memory *memory, uint64_t gpa, uint64_t size);

/* The library's way to the guest's memory. The result points into memory. */
struct pvhboot_memory memory_access(struct memory *memory);

#endif
