/* SPDX-License-Identifier: MIT */
/*
 * Physical memory as C sees it. start.S maps the lowest 16 GiB one to one and
 * nothing above.
 */
#ifndef CHAINLOAD_PHYSICAL_H
#define CHAINLOAD_PHYSICAL_H

#include <stdint.h>
#include <string.h>

#include <pvhboot/boot.h>

#define PHYSICAL_END ((uint64_t)1 << 34)

static inline void *physical(uint64_t address)
{
	void *pointer = (void *)(uintptr_t)address;

	/* Compilers take a low constant for an offset from NULL, and what is read
	 * there for an error. */
	__asm__("" : "+r"(pointer));
	return pointer;
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
