/* SPDX-License-Identifier: MIT */

#include "memory.h"

#include "paging.h"

#define END_OF_MEMORY ((uint64_t)1 << 52) /* of physical addresses */
#define POOL_MAGIC 0x6c6f6f70             /* "pool" */
#define MAX_MARKS_OF_FREE 10              /* of a part of a region, and of four tables */

struct efi_regions efi_memory;

/* Behind EFI_PERSISTENT comes memory that is not accepted yet, which nobody may have either. */
static bool is_good_type(uint32_t type)
{
	return (type < EFI_PERSISTENT && type != EFI_CONVENTIONAL) || type >= EFI_FIRST_OEM_TYPE;
}

/* From the top, where nothing is that an image is linked to. Not above 4 GiB unless it has to be:
 * stubs that are old put numbers into 32 bits. */
static uint64_t find(uint64_t size, uint64_t align, uint64_t end)
{
	uint64_t low = end < ((uint64_t)1 << 32) ? end : (uint64_t)1 << 32;
	uint64_t start = efi_regions_find(&efi_memory, size, align, low);

	return start != 0 ? start : efi_regions_find(&efi_memory, size, align, end);
}

uint64_t efi_find_pages(uint64_t n_pages, uint64_t align)
{
	return find(n_pages * EFI_PAGE_SIZE, align, END_OF_MEMORY);
}

EFIAPI efi_status efi_allocate_pages(uint32_t how, uint32_t type, uint64_t n_pages,
				     uint64_t *address)
{
	uint64_t start, size = n_pages * EFI_PAGE_SIZE;

	if (address == NULL || how > EFI_ALLOCATE_ADDRESS || !is_good_type(type))
		return EFI_INVALID_PARAMETER;
	if (n_pages == 0 || n_pages > END_OF_MEMORY / EFI_PAGE_SIZE)
		return EFI_OUT_OF_RESOURCES;
	if (how == EFI_ALLOCATE_ADDRESS) {
		start = *address;
		if (start % EFI_PAGE_SIZE != 0 || start == 0 || start > END_OF_MEMORY - size ||
		    !efi_regions_are(&efi_memory, start, start + size, true))
			return EFI_NOT_FOUND;
	} else {
		/* the last byte may be at the address */
		start = find(size, EFI_PAGE_SIZE,
			     how == EFI_ALLOCATE_MAX && *address < END_OF_MEMORY ? *address + 1 :
										   END_OF_MEMORY);
		if (start == 0)
			return EFI_OUT_OF_RESOURCES;
	}
	if (!efi_regions_set(&efi_memory, start, start + size, type, true))
		return EFI_OUT_OF_RESOURCES;
	*address = start;
	return EFI_SUCCESS;
}

EFIAPI efi_status efi_free_pages(uint64_t address, uint64_t n_pages)
{
	uint64_t size = n_pages * EFI_PAGE_SIZE;

	if (address % EFI_PAGE_SIZE != 0 || n_pages == 0 ||
	    n_pages > END_OF_MEMORY / EFI_PAGE_SIZE || address > END_OF_MEMORY - size)
		return EFI_INVALID_PARAMETER;
	if (!efi_regions_are(&efi_memory, address, address + size, false))
		return EFI_NOT_FOUND;
	/* Whoever gets it next may write and run it. Tables for that must not lie in it, so that it
	 * is free at last; there is room in the map for it by then. */
	if (efi_memory.n > EFI_MAX_MARKS - MAX_MARKS_OF_FREE ||
	    !efi_paging_protect(address, address + size, 0))
		return EFI_OUT_OF_RESOURCES;
	(void)efi_regions_set(&efi_memory, address, address + size, EFI_CONVENTIONAL, true);
	return EFI_SUCCESS;
}

/* A block has pages of its own: images take few, and the map does not grow, as neighbours of one
 * type are one region. */
struct pool {
	uint64_t magic;
	uint64_t n_pages;
};

EFIAPI efi_status efi_allocate_pool(uint32_t type, uint64_t size, void **out)
{
	uint64_t n_pages, address = 0;
	struct pool *pool;
	efi_status status;

	if (out == NULL)
		return EFI_INVALID_PARAMETER;
	if (size > END_OF_MEMORY)
		return EFI_OUT_OF_RESOURCES;
	n_pages = (size + sizeof(*pool) + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE;
	status = efi_allocate_pages(EFI_ALLOCATE_ANY, type, n_pages, &address);
	if (status != EFI_SUCCESS)
		return status;
	pool = (void *)(uintptr_t)address;
	*pool = (struct pool){ POOL_MAGIC, n_pages };
	*out = pool + 1;
	return EFI_SUCCESS;
}

EFIAPI efi_status efi_free_pool(void *block)
{
	struct pool *pool;
	efi_status status;

	if ((uintptr_t)block % EFI_PAGE_SIZE != sizeof(*pool)) /* NULL, too, which Linux frees */
		return EFI_INVALID_PARAMETER;
	pool = (struct pool *)block - 1;
	if (pool->magic != POOL_MAGIC)
		return EFI_INVALID_PARAMETER;
	status = efi_free_pages((uintptr_t)pool, pool->n_pages);
	if (status == EFI_SUCCESS)
		pool->magic = 0; /* still mapped */
	return status;
}

EFIAPI efi_status efi_get_memory_map(uint64_t *size, struct efi_memory_descriptor *map,
				     uint64_t *key, uint64_t *descriptor_size,
				     uint32_t *descriptor_version)
{
	uint64_t need;
	bool fits;

	if (size == NULL)
		return EFI_INVALID_PARAMETER;
	need = efi_regions_describe(&efi_memory, NULL) * sizeof(*map);
	fits = *size >= need;
	*size = need;
	if (descriptor_size != NULL)
		*descriptor_size = sizeof(*map);
	if (descriptor_version != NULL)
		*descriptor_version = EFI_DESCRIPTOR_VERSION;
	if (!fits)
		return EFI_BUFFER_TOO_SMALL;
	if (map == NULL || key == NULL)
		return EFI_INVALID_PARAMETER;
	*key = efi_memory.key;
	(void)efi_regions_describe(&efi_memory, map);
	return EFI_SUCCESS;
}
