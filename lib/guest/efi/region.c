/* SPDX-License-Identifier: MIT */

#include "region.h"

#include "../../base/env.h"
#include "../../base/span.h"
#include "console.h"

static uint64_t kind_before(const struct efi_regions *regions, uint32_t i)
{
	return i != 0 ? regions->at[i - 1].kind : 0;
}

bool efi_regions_set(struct efi_regions *regions, uint64_t start, uint64_t end, uint32_t type,
		     bool is_ram)
{
	uint64_t kind = type | EFI_KIND_IS_THERE | (is_ram ? EFI_KIND_IS_RAM : 0);
	struct efi_mark marks[2]; /* in the place of those in the range and at both its ends */
	uint32_t n = 0, first = 0, last;

	if (start >= end)
		return true;
	while (first < regions->n && regions->at[first].start < start)
		first++;
	for (last = first; last < regions->n && regions->at[last].start <= end;)
		last++;
	if (kind != kind_before(regions, first))
		marks[n++] = (struct efi_mark){ start, kind };
	if (kind != kind_before(regions, last))
		marks[n++] = (struct efi_mark){ end, kind_before(regions, last) };
	if (regions->n - (last - first) + n > EFI_MAX_MARKS)
		return console_refuse("a memory map that fits", regions->n, EFI_MAX_MARKS);
	memmove(&regions->at[first + n], &regions->at[last],
		(regions->n - last) * sizeof(marks[0]));
	memcpy(&regions->at[first], marks, n * sizeof(marks[0]));
	regions->n += n - (last - first);
	regions->key++;
	return true;
}

bool efi_regions_keep(struct efi_regions *regions, uint64_t start, uint64_t end, uint32_t type)
{
	uint32_t i = 0;

	while (i + 1 < regions->n) {
		uint64_t from = pvhb_max(regions->at[i].start, start);
		uint64_t to = pvhb_min(regions->at[i + 1].start, end);

		if (regions->at[i].kind != EFI_KIND_FREE || from >= to) {
			i++;
			continue;
		}
		if (!efi_regions_set(regions, from, to, type, true))
			return false;
		i = 0; /* marks have moved */
	}
	return true;
}

bool efi_regions_are(const struct efi_regions *regions, uint64_t start, uint64_t end,
		     bool wants_free)
{
	uint32_t i;

	for (i = 1; i < regions->n && start < end; i++) {
		uint64_t kind = regions->at[i - 1].kind;

		if (regions->at[i].start <= start)
			continue;
		if (regions->at[i - 1].start > start || (kind & EFI_KIND_IS_RAM) == 0 ||
		    (kind == EFI_KIND_FREE) != wants_free)
			return false;
		start = regions->at[i].start;
	}
	return start >= end;
}

uint64_t efi_regions_find(const struct efi_regions *regions, uint64_t size, uint64_t align,
			  uint64_t end)
{
	uint32_t i;

	for (i = regions->n; i > 1; i--) {
		const struct efi_mark *region = &regions->at[i - 2];
		uint64_t top = pvhb_min(region[1].start, end);
		uint64_t start = (top - size) & ~(align - 1);

		if (region->kind == EFI_KIND_FREE && top >= size && start >= region->start &&
		    start != 0)
			return start;
	}
	return 0;
}

/* What the region can be and, for what runs later, is (7.2.3). Memory that is not ours to use has
 * none: Linux takes WB for RAM. */
static uint64_t attribute_of(uint32_t type)
{
	if (type == EFI_RESERVED || type == EFI_UNUSABLE)
		return 0;
	if (type == EFI_RUNTIME_SERVICES_CODE || type == EFI_RUNTIME_SERVICES_DATA)
		return EFI_MEMORY_ANY_CACHE | EFI_MEMORY_RUNTIME;
	return EFI_MEMORY_ANY_CACHE | (type == EFI_PERSISTENT ? EFI_MEMORY_NV : 0);
}

uint32_t efi_regions_describe(const struct efi_regions *regions, struct efi_memory_descriptor *out)
{
	const struct efi_mark *region = regions->at;
	uint32_t n = 0, i;

	for (i = 1; i < regions->n; i++, region++) {
		if (region->kind == 0)
			continue;
		if (out != NULL)
			out[n] = (struct efi_memory_descriptor){
				.type = (uint32_t)region->kind,
				.physical = region->start,
				.n_pages = (region[1].start - region->start) / EFI_PAGE_SIZE,
				.attribute = attribute_of((uint32_t)region->kind),
			};
		n++;
	}
	return n;
}
