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

static void slide_one(struct pvhboot_prepared *prepared, struct pvhboot_request *request,
		      struct pvhboot_linux_memory *guest, size_t i)
{
	uint8_t entropy[PVHBOOT_KASLR_ENTROPY];
	struct pvhboot_memory memory;
	struct pvhboot_cpu cpu;

	for (size_t k = 0; k < sizeof(entropy); k++)
		entropy[k] = (uint8_t)(i * 97 + k * 31);
	request->entropy = (struct pvhboot_bytes){ entropy, sizeof(entropy) };
	if (pvhboot_linux_memory_open(guest, MEMORY, 0, PVHBOOT_LINUX_MEMORY_SMALL_PAGES) != 0)
		fail("storm", "no memory for a guest");
	memory = pvhboot_linux_memory_access(guest);
	if (pvhboot_prepared_replan(prepared, request, NULL) != PVHBOOT_OK ||
	    pvhboot_prepared_commit(prepared, &memory, NULL) != PVHBOOT_OK)
		fail("storm", "a guest at a random address cannot be started");
	pvhboot_plan_cpu(&prepared->plan, &cpu);
}

struct storm_cost storm_slide(struct pvhboot_bytes kernel, size_t n)
{
	const struct pvhboot_map_entry ram = { 0, MEMORY, PVHBOOT_MAP_RAM, 0 };
	struct pvhboot_request request = { .map = &ram, .n_map = 1 };
	double *times = calloc(n, sizeof(times[0]));
	struct pvhboot_prepared prepared;
	struct pvhboot_linux_memory guest;
	struct storm_cost cost = { 0, 0 };

	if (times == NULL ||
	    pvhboot_prepare(kernel, &request, NULL, NULL, &prepared, NULL) != PVHBOOT_OK)
		fail("storm", "no kernel, or no memory");
	request.entry = PVHBOOT_ENTRY_LINUX64;
	request.flags = PVHBOOT_REQUEST_KASLR;
	for (size_t i = 0; i < n; i++) {
		double begin = measure_now();

		slide_one(&prepared, &request, &guest, i);
		times[i] = measure_now() - begin;
		cost.kib = (double)measure_private_kib(guest.host);
		pvhboot_linux_memory_close(&guest);
	}
	cost.us = measure_median(times, n);
	pvhboot_prepared_release(&prepared);
	free(times);
	return cost;
}
