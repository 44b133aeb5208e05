/* SPDX-License-Identifier: MIT */

#include "paging.h"

#include "../../base/env.h"
#include "memory.h"
#include "port.h"

#define PRESENT_WRITABLE 0x3u
#define WRITABLE 0x2u
#define LARGE 0x80u
#define NO_EXECUTE ((uint64_t)1 << 63)
#define ADDRESS ((uint64_t)0xffffffffff000)
#define SHIFT_4KIB 12u
#define SHIFT_2MIB 21u
#define SHIFT_1GIB 30u
#define FEATURES 0x80000001u
#define EDX_1GIB_PAGES (1u << 26)
#define EDX_NO_EXECUTE (1u << 20)
#define MAPPED_END ((uint64_t)1 << 47) /* addresses above are no lower half */

extern uint64_t efi_page_map[512]; /* of start.S */

/* 4 KiB for a table, below 4 GiB, where all is mapped from the start; NULL: there are none. */
static uint64_t *new_table(void)
{
	uint64_t address = UINT32_MAX;

	if (efi_allocate_pages(EFI_ALLOCATE_MAX, EFI_BOOT_SERVICES_DATA, 1, &address) !=
	    EFI_SUCCESS)
		return NULL;
	return memset((void *)(uintptr_t)address, 0, EFI_PAGE_SIZE);
}

/* A page of 2 MiB or 1 GiB becomes a table of 512 smaller ones. */
static bool split(uint64_t *entry, uint32_t shift)
{
	uint64_t *table = new_table();
	uint64_t first = *entry;
	uint64_t i;

	if (table == NULL)
		return false;
	if (shift == SHIFT_2MIB)
		first &= ~(uint64_t)LARGE;
	for (i = 0; i < 512; i++)
		table[i] = first + (i << (shift - 9));
	*entry = (uintptr_t)table | PRESENT_WRITABLE;
	return true;
}

static bool map_1gib(uint64_t gib, bool has_1gib)
{
	uint64_t *entry = &efi_page_map[gib / 512];

	if (*entry == 0) {
		uint64_t *table = new_table();

		if (table == NULL)
			return false;
		*entry = (uintptr_t)table | PRESENT_WRITABLE;
	}
	entry = (uint64_t *)(uintptr_t)(*entry & ADDRESS) + gib % 512;
	*entry = gib << SHIFT_1GIB | PRESENT_WRITABLE | LARGE;
	return has_1gib || split(entry, SHIFT_1GIB);
}

bool efi_paging_extend(uint64_t end)
{
	bool has_1gib = (cpuid(FEATURES).edx & EDX_1GIB_PAGES) != 0;
	uint64_t gib;

	if (end > MAPPED_END)
		return false;
	for (gib = 4; gib << SHIFT_1GIB < end; gib++) {
		if (!map_1gib(gib, has_1gib))
			return false;
	}
	return true;
}

/* The part of [start, end) that one entry maps. Returns where it ends; 0: no memory for tables. */
static uint64_t protect_one(uint64_t start, uint64_t end, uint64_t flags)
{
	uint64_t *entry = &efi_page_map[start >> 39];
	uint32_t shift;
	uint64_t size;

	for (shift = SHIFT_1GIB;; shift -= 9) {
		entry = (uint64_t *)(uintptr_t)(*entry & ADDRESS) + (start >> shift & 511);
		size = (uint64_t)1 << shift;
		if (shift != SHIFT_4KIB && (*entry & LARGE) == 0)
			continue;
		if ((*entry & (WRITABLE | NO_EXECUTE)) == flags)
			break;
		if (start % size == 0 && end - start >= size) {
			*entry = (*entry & ~(WRITABLE | NO_EXECUTE)) | flags;
			break;
		}
		if (!split(entry, shift))
			return 0;
	}
	return (start | (size - 1)) + 1;
}

bool efi_paging_protect(uint64_t start, uint64_t end, uint64_t attribute)
{
	uint64_t flags = (attribute & EFI_MEMORY_RO) == 0 ? WRITABLE : 0;

	if ((attribute & EFI_MEMORY_XP) != 0 && (cpuid(FEATURES).edx & EDX_NO_EXECUTE) != 0)
		flags |= NO_EXECUTE;
	while (start != 0 && start < end)
		start = protect_one(start, end, flags);
	flush_tlb();
	return start != 0;
}
