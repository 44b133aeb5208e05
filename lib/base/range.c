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
	struct pvhboot_range *at = ranges->at;
	size_t total = ranges->n, n = 0;
	size_t i;

	pvhb_sort(at, total, sizeof(at[0]), starts_before);
	//@ loop invariant n <= i <= total; loop assigns i, n, at[0 .. total - 1];
	for (i = 0; i < total; i++) {
		struct pvhboot_range next = at[i];

		if (next.start == next.end)
			continue;
		if (n > 0 && next.start <= at[n - 1].end)
			at[n - 1].end = pvhb_max(at[n - 1].end, next.end);
		else
			at[n++] = next;
	}
	ranges->n = n;
}

void pvhb_ranges_subtract(const struct pvhb_ranges *from, const struct pvhb_ranges *what,
			  struct pvhb_ranges *out)
{
	const struct pvhb_ranges a = *from, b = *what;
	struct pvhboot_range *at = out->at;
	size_t i, w = 0, n = 0;

	//@ loop invariant i <= a.n && w <= b.n && n <= i + w; loop assigns i, w, n, PIECES;
	for (i = 0; i < a.n; i++) {
		struct pvhboot_range rest = a.at[i];

		//@ loop invariant w <= b.n && n <= i + w; loop assigns w;
		while (w < b.n && b.at[w].end <= rest.start)
			w++;
		/* One that ends behind this range may reach into the next one of from. So w
		 * is not moved past it. */
		//@ loop invariant w <= b.n && n <= i + w; loop assigns w, n, rest.start, PIECES;
		for (; w < b.n && b.at[w].start < rest.end; w++) {
			if (b.at[w].start > rest.start)
				at[n++] = (struct pvhboot_range){ rest.start, b.at[w].start };
			rest.start = pvhb_min(b.at[w].end, rest.end);
			if (b.at[w].end >= rest.end)
				break;
		}
		if (rest.start < rest.end)
			at[n++] = rest;
	}
	out->n = n;
}

/* The first range of a clean list that ends above gpa: none other can have it. */
static size_t find(const struct pvhb_ranges *ranges, uint64_t gpa)
{
	size_t low = 0, high = ranges->n;

	//@ loop invariant low <= high <= ranges->n; loop assigns low, high;
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
	struct pvhboot_range *at = ranges->at;
	size_t i = find(ranges, gpa), n = ranges->n, k;

	if (i == n || at[i].start >= gpa)
		return i;
	//@ loop invariant i <= k <= n; loop assigns k, at[0 .. n];
	for (k = n; k > i; k--)
		at[k] = at[k - 1];
	at[i].end = gpa;
	at[i + 1].start = gpa;
	ranges->n = n + 1;
	return i + 1;
}
