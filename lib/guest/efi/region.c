/* SPDX-License-Identifier: MIT */

#include "region.h"

#include "../../base/env.h"

/* The first region that ends behind an address. */
static uint32_t first_behind(const struct efi_regions *regions, uint64_t address)
{
	uint32_t i = 0;

	while (i < regions->n && regions->at[i].end <= address)
		i++;
	return i;
}

static bool are_one(const struct efi_region *a, const struct efi_region *b)
{
	return a->end == b->start && a->type == b->type && a->is_ram == b->is_ram;
}

static void remove_at(struct efi_regions *regions, uint32_t i)
{
	memmove(&regions->at[i], &regions->at[i + 1],
		(regions->n - i - 1) * sizeof(regions->at[0]));
	regions->n--;
}

static void merge_around(struct efi_regions *regions, uint32_t i)
{
	if (i + 1 < regions->n && are_one(&regions->at[i], &regions->at[i + 1])) {
		regions->at[i].end = regions->at[i + 1].end;
		remove_at(regions, i + 1);
	}
	if (i != 0 && are_one(&regions->at[i - 1], &regions->at[i])) {
		regions->at[i - 1].end = regions->at[i].end;
		remove_at(regions, i);
	}
}

bool efi_regions_set(struct efi_regions *regions, uint64_t start, uint64_t end, uint32_t type,
		     bool is_ram)
{
	struct efi_region pieces[3]; /* what is left of the first one, the new one, the last one */
	uint32_t first = first_behind(regions, start);
	uint32_t last = first; /* behind the last region that is touched */
	uint32_t n = 0, at;

	if (start >= end)
		return true;
	while (last < regions->n && regions->at[last].start < end)
		last++;
	if (last != first && regions->at[first].start < start) {
		pieces[n] = regions->at[first];
		pieces[n++].end = start;
	}
	at = first + n;
	pieces[n++] = (struct efi_region){ start, end, type, is_ram };
	if (last != first && regions->at[last - 1].end > end) {
		pieces[n] = regions->at[last - 1];
		pieces[n++].start = end;
	}
	if (n > EFI_MAX_REGIONS - (regions->n - (last - first)))
		return false;
	memmove(&regions->at[first + n], &regions->at[last],
		(regions->n - last) * sizeof(regions->at[0]));
	memcpy(&regions->at[first], pieces, n * sizeof(pieces[0]));
	regions->n = regions->n - (last - first) + n;
	regions->key++;
	merge_around(regions, at);
	return true;
}

bool efi_regions_keep(struct efi_regions *regions, uint64_t start, uint64_t end, uint32_t type)
{
	while (start < end) {
		uint32_t i = first_behind(regions, start);
		struct efi_region region;

		if (i == regions->n || regions->at[i].start >= end)
			break;
		region = regions->at[i];
		if (region.start < start)
			region.start = start;
		if (region.end > end)
			region.end = end;
		if (region.type == EFI_CONVENTIONAL && region.is_ram &&
		    !efi_regions_set(regions, region.start, region.end, type, true))
			return false;
		start = region.end;
	}
	return true;
}

bool efi_regions_are(const struct efi_regions *regions, uint64_t start, uint64_t end,
		     bool wants_free)
{
	uint32_t i = first_behind(regions, start);

	while (start < end) {
		const struct efi_region *region = &regions->at[i++];

		if (i > regions->n || region->start > start || !region->is_ram ||
		    (region->type == EFI_CONVENTIONAL) != wants_free)
			return false;
		start = region->end;
	}
	return true;
}

uint64_t efi_regions_find(const struct efi_regions *regions, uint64_t size, uint64_t align,
			  uint64_t end)
{
	uint32_t i = regions->n;

	while (i-- != 0) {
		const struct efi_region *region = &regions->at[i];
		uint64_t top = region->end < end ? region->end : end;
		uint64_t start;

		if (region->type != EFI_CONVENTIONAL || top <= region->start ||
		    top - region->start < size)
			continue;
		start = (top - size) & ~(align - 1);
		if (start >= region->start && start != 0)
			return start;
	}
	return 0;
}

/* What the region can be and, for what runs later, is (7.2.3). Memory that is not ours to use has
 * none: Linux takes WB for RAM. */
static uint64_t attribute_of(const struct efi_region *region)
{
	switch (region->type) {
	case EFI_RESERVED:
	case EFI_UNUSABLE:
		return 0;
	case EFI_RUNTIME_SERVICES_CODE:
	case EFI_RUNTIME_SERVICES_DATA:
		return EFI_MEMORY_ANY_CACHE | EFI_MEMORY_RUNTIME;
	case EFI_PERSISTENT:
		return EFI_MEMORY_ANY_CACHE | EFI_MEMORY_NV;
	default:
		return EFI_MEMORY_ANY_CACHE;
	}
}

void efi_regions_describe(const struct efi_regions *regions, struct efi_memory_descriptor *out)
{
	uint32_t i;

	for (i = 0; i < regions->n; i++)
		out[i] = (struct efi_memory_descriptor){
			.type = regions->at[i].type,
			.physical = regions->at[i].start,
			.n_pages = (regions->at[i].end - regions->at[i].start) / EFI_PAGE_SIZE,
			.attribute = attribute_of(&regions->at[i]),
		};
}
