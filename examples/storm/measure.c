/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double measure_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double measure_median(double *numbers, size_t n)
{
	qsort(numbers, n, sizeof(numbers[0]), compare);
	return numbers[n / 2];
}

/* Lines of /proc/self/smaps: a mapping's addresses, then its figures. */
long measure_private_kib(const void *start)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	char line[512];
	long kib, sum = -1;
	unsigned long address;
	int here = 0;

	if (!maps)
		return -1;
	while (fgets(line, sizeof(line), maps)) {
		char dash;

		if (sscanf(line, "%lx%c", &address, &dash) == 2 && dash == '-')
			here = address == (unsigned long)(uintptr_t)start;
		else if (here && sscanf(line, "Private_Dirty: %ld", &kib) == 1)
			sum = kib;
	}
	fclose(maps);
	return sum;
}
