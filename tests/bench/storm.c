/* SPDX-License-Identifier: MIT */
#include "storm.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../../examples/storm/measure.h"
#include "../../examples/storm/template.h"
#include "measure.h"

#define MEMORY ((uint64_t)256 << 20)

static uint8_t *start_one(const struct template *template, size_t i)
{
	uint8_t *host = mmap(NULL, template->memory, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_NORESERVE, template->fd, 0);
	struct pvhboot_cpu cpu;
	char cmdline[64];

	snprintf(cmdline, sizeof(cmdline), "console=hvc0 guest=%zu", i);
	if (host == MAP_FAILED || template_start(template, host, cmdline, &cpu, NULL) != PVHBOOT_OK)
		fail("storm", "a guest cannot be started");
	return host;
}

static double most_private_kib(uint8_t *const *guests, size_t n)
{
	double most = -1;

	/* the kernel walks all mappings for each */
	for (size_t i = 0; i < n; i += 1 + n / 16) {
		double kib = (double)measure_private_kib(guests[i]);

		most = kib > most ? kib : most;
	}
	return most;
}

struct storm_cost storm_start(const char *kernel, size_t n)
{
	uint8_t **guests = calloc(n, sizeof(guests[0]));
	double *times = calloc(n, sizeof(times[0]));
	struct template template;
	struct storm_cost cost;

	if (guests == NULL || times == NULL || template_open(&template, kernel, MEMORY) != 0)
		fail("storm", "no kernel, or no memory");
	for (size_t i = 0; i < n; i++) {
		double begin = measure_now();

		guests[i] = start_one(&template, i);
		times[i] = measure_now() - begin;
	}
	cost = (struct storm_cost){ measure_median(times, n), most_private_kib(guests, n) };
	for (size_t i = 0; i < n; i++)
		munmap(guests[i], template.memory);
	template_close(&template);
	free(times);
	free(guests);
	return cost;
}
