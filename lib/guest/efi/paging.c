/* SPDX-License-Identifier: MIT */

#include "paging.h"

#include "../../base/env.h"
#include "memory.h"
#include "port.h"

#define PRESENT_WRITABLE 0x3u
#define LARGE 0x80u
#define ADDRESS (~(uint64_t)0xfff)
#define GIB ((uint64_t)1 << 30)
#define PAGE_2MIB ((uint64_t)1 << 21)
#define FEATURES 0x80000001u
#define EDX_1GIB_PAGES (1u << 26)

extern uint64_t efi_page_map[512]; /* of start.S */

/* The table that an entry points to; a new one where it is empty. */
static uint64_t *table_of(uint64_t *entry)
{
	uint64_t address = 0;

	if (*entry == 0) {
		if (efi_allocate_pages(EFI_ALLOCATE_ANY, EFI_BOOT_SERVICES_DATA, 1, &address) !=
		    EFI_SUCCESS)
			return NULL;
		memset((void *)(uintptr_t)address, 0, EFI_PAGE_SIZE);
		*entry = address | PRESENT_WRITABLE;
	}
	return (void *)(uintptr_t)(*entry & ADDRESS);
}

bool efi_paging_extend(uint64_t end)
{
	bool has_1gib = (cpuid(FEATURES).edx & EDX_1GIB_PAGES) != 0;
	uint64_t gib, i;

	for (gib = 4; gib < (end + GIB - 1) / GIB; gib++) {
		uint64_t *pointers = table_of(&efi_page_map[gib / 512]);
		uint64_t *directory;

		if (pointers == NULL)
			return false;
		if (has_1gib) {
			pointers[gib % 512] = gib * GIB | PRESENT_WRITABLE | LARGE;
			continue;
		}
		directory = table_of(&pointers[gib % 512]);
		if (directory == NULL)
			return false;
		for (i = 0; i < 512; i++)
			directory[i] = (gib * GIB + i * PAGE_2MIB) | PRESENT_WRITABLE | LARGE;
	}
	return true;
}
