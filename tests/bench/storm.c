/* SPDX-License-Identifier: MIT */
#include "storm.h"

#include <stdio.h>
#include <stdlib.h>

#include "../../examples/storm/measure.h"
#include "../../examples/storm/template.h"
#include "measure.h"

#define MEMORY ((uint64_t)256 << 20)

static void start_one(const struct template *template, struct pvhboot_linux_memory *guest, size_t i)
{
	struct pvhboot_cpu cpu;
	char cmdline[64];

	snprintf(cmdline, sizeof(cmdline), "console=hvc0 guest=%zu", i);
	if (pvhboot_linux_memory_clone(&template->memory, guest) != 0 ||
	    template_start(template, guest, cmdline, &cpu, NULL) != PVHBOOT_OK)
		fail("storm", "a guest cannot be started");
}

static double most_private_kib(const struct pvhboot_linux_memory *guests, size_t n)
{
	double most = -1;

	/* the kernel walks all mappings for each */
	for (size_t i = 0; i < n; i += 1 + n / 16) {
		double kib = (double)measure_private_kib(guests[i].host);

		most = kib > most ? kib : most;
	}
	return most;
}

struct storm_cost storm_start(const char *kernel, size_t n)
{
	struct pvhboot_linux_memory *guests = calloc(n, sizeof(guests[0]));
	double *times = calloc(n, sizeof(times[0]));
	struct template template;
	struct storm_cost cost;

	if (guests == NULL || times == NULL || template_open(&template, kernel, MEMORY) != 0)
		fail("storm", "no kernel, or no memory");
	for (size_t i = 0; i < n; i++) {
		double begin = measure_now();

		start_one(&template, &guests[i], i);
		times[i] = measure_now() - begin;
	}
	cost = (struct storm_cost){ measure_median(times, n), most_private_kib(guests, n) };
	for (size_t i = 0; i < n; i++)
		pvhboot_linux_memory_close(&guests[i]);
	template_close(&template);
	free(times);
	free(guests);
	return cost;
}
