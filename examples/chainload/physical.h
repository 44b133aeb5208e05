/* SPDX-License-Identifier: MIT */
/*
 * Physical memory as C sees it: the lowest 16 GiB, in a window of addresses behind those.
 */
#ifndef CHAINLOAD_PHYSICAL_H
#define CHAINLOAD_PHYSICAL_H

#include <stdint.h>
#include <string.h>

#include <pvhboot/boot.h>

#define PHYSICAL_END ((uint64_t)1 << 34)
#define PHYSICAL_WINDOW PHYSICAL_END /* start.S maps it */

static inline void *physical(uint64_t address)
{
	return (void *)(uintptr_t)(PHYSICAL_WINDOW + address);
}

/* Back from a pointer of physical(). */
static inline uint64_t physical_address(const void *pointer)
{
	return (uintptr_t)pointer - PHYSICAL_WINDOW;
}

/* The same for the library. */
extern const struct pvhboot_memory physical_memory;

static inline uint16_t physical_load16(uint64_t address)
{
	uint16_t value;

	memcpy(&value, physical(address), sizeof(value));
	return value;
}

static inline uint32_t physical_load32(uint64_t address)
{
	uint32_t value;

	memcpy(&value, physical(address), sizeof(value));
	return value;
}

static inline uint64_t physical_load64(uint64_t address)
{
	uint64_t value;

	memcpy(&value, physical(address), sizeof(value));
	return value;
}

#endif
