/* SPDX-License-Identifier: MIT */
#include "range.h"

#include "sort.h"
#include "span.h"

static bool starts_before(const void *a, const void *b)
{
	const struct pvhboot_range *x = a, *y = b;

	return x->start < y->start;
}

void pvhb_ranges_clean(struct pvhb_ranges *ranges)
{
	size_t n = 0;
	size_t i;

	pvhb_sort(ranges->at, ranges->n, sizeof(ranges->at[0]), starts_before);
	for (i = 0; i < ranges->n; i++) {
		struct pvhboot_range next = ranges->at[i];

		if (next.start == next.end)
			continue;
		if (n > 0 && next.start <= ranges->at[n - 1].end)
			ranges->at[n - 1].end = pvhb_max(ranges->at[n - 1].end, next.end);
		else
			ranges->at[n++] = next;
	}
	ranges->n = n;
}

void pvhb_ranges_subtract(const struct pvhb_ranges *from, const struct pvhb_ranges *what,
			  struct pvhb_ranges *out)
{
	size_t w = 0;
	size_t i;

	out->n = 0;
	for (i = 0; i < from->n; i++) {
		struct pvhboot_range rest = from->at[i];

		while (w < what->n && what->at[w].end <= rest.start)
			w++;
		/* One that ends behind this range may reach into the next one of from. So w
		 * is not moved past it. */
		for (; w < what->n && what->at[w].start < rest.end; w++) {
			if (what->at[w].start > rest.start)
				out->at[out->n++] =
					(struct pvhboot_range){ rest.start, what->at[w].start };
			rest.start = pvhb_min(what->at[w].end, rest.end);
			if (what->at[w].end >= rest.end)
				break;
		}
		if (rest.start < rest.end)
			out->at[out->n++] = rest;
	}
}

/* The first range of a clean list that ends above gpa: none other can have it. */
static size_t find(const struct pvhb_ranges *ranges, uint64_t gpa)
{
	size_t low = 0, high = ranges->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->at[middle].end <= gpa)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t pvhb_ranges_first_gap(const struct pvhb_ranges *ranges, struct pvhboot_range wanted)
{
	size_t i = find(ranges, wanted.start);

	if (i == ranges->n || ranges->at[i].start > wanted.start)
		return wanted.start;
	return pvhb_min(ranges->at[i].end, wanted.end);
}

bool pvhb_ranges_touch(const struct pvhb_ranges *ranges, struct pvhboot_range wanted)
{
	size_t i = find(ranges, wanted.start);

	return i < ranges->n && ranges->at[i].start < wanted.end;
}

size_t pvhb_ranges_cut(struct pvhb_ranges *ranges, uint64_t gpa)
{
	size_t i = find(ranges, gpa);

	if (i == ranges->n || ranges->at[i].start >= gpa)
		return i;
	memmove(&ranges->at[i + 1], &ranges->at[i], (ranges->n - i) * sizeof(ranges->at[0]));
	ranges->n++;
	ranges->at[i].end = gpa;
	ranges->at[i + 1].start = gpa;
	return i + 1;
}
