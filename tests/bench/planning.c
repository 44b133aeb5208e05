/* SPDX-License-Identifier: MIT */
#include "planning.h"

#include <stdlib.h>
#include <string.h>

#define N_TIMES 21
#define PAGE ((uint64_t)4096)

void opened_load(struct opened *opened, struct pvhboot_bytes file)
{
	if (pvhboot_image_load(file, NULL, &opened->loaded, NULL) != PVHBOOT_OK ||
	    pvhboot_kernel_open_linux(opened->loaded.elf, opened->loaded.image.bzimage, 0,
				      &opened->kernel, NULL) != PVHBOOT_OK)
		fail("kernel", "cannot be opened");
}

void opened_free(struct opened *opened)
{
	free(opened->loaded.buffer.data);
}

double time_open(const struct opened *opened)
{
	double times[N_TIMES];
	struct pvhboot_kernel kernel;

	for (size_t i = 0; i < N_TIMES; i++) {
		double start = now_ms();

		for (int k = 0; k < 50; k++) {
			if (pvhboot_kernel_open(opened->loaded.elf, 0, &kernel, NULL) != PVHBOOT_OK)
				fail("kernel", "cannot be opened");
		}
		times[i] = (now_ms() - start) * 1e3 / 50;
	}
	return median(times, N_TIMES);
}

double time_relocations(const struct opened *opened)
{
	const struct pvhboot_bytes image = opened->loaded.elf;
	const struct pvhboot_buffer elf = {
		opened->loaded.buffer.data + (image.data - opened->loaded.buffer.data), image.size
	};
	uint64_t slide = opened->kernel.linux_boot.align;
	double times[N_TIMES];

	for (size_t i = 0; i < N_TIMES; i++) {
		double start = now_ms();

		if (pvhboot_kernel_relocate(&opened->kernel, elf, slide, NULL) != PVHBOOT_OK)
			fail("kernel", "cannot be relocated");
		times[i] = (now_ms() - start) * 1e3;
		slide = -slide;
	}
	return median(times, N_TIMES);
}

/* RAM for the kernel, and from 1 GiB on pieces of RAM between pieces that are not,
 * in no order. */
static void make_map(struct pvhboot_map_entry *map, size_t n_map)
{
	uint64_t piece = (UINT64_C(2) << 30) / (n_map + 1) & ~(PAGE - 1);

	map[0] = (struct pvhboot_map_entry){ 0, UINT64_C(1) << 30, PVHBOOT_MAP_RAM, 0 };
	for (size_t i = 1; i < n_map; i++) {
		/* 7919 is a prime that divides none of the sizes used here */
		size_t k = i * 7919 % n_map;

		map[i] = (struct pvhboot_map_entry){ (UINT64_C(1) << 30) + k * piece, piece,
						     i % 2 ? PVHBOOT_MAP_RAM : PVHBOOT_MAP_RESERVED,
						     0 };
	}
}

double time_plan(const struct opened *opened, size_t n_map, size_t n_modules)
{
	static const uint8_t bytes[1];
	struct pvhboot_map_entry *map = calloc(n_map, sizeof(*map));
	struct pvhboot_module *modules = calloc(n_modules, sizeof(*modules));
	struct pvhboot_request request = { .kernel = &opened->kernel,
					   .map = map,
					   .n_map = n_map,
					   .modules = modules,
					   .n_modules = n_modules,
					   .cmdline = pvhboot_text("console=ttyS0") };
	size_t n_calls = n_map > 1000 ? 1 : 20;
	struct pvhboot_buffer workspace;
	struct pvhboot_plan plan;
	double times[N_TIMES];

	make_map(map, n_map);
	for (size_t i = 0; i < n_modules; i++)
		modules[i].bytes = (struct pvhboot_bytes){ bytes, sizeof(bytes) };
	if (pvhboot_plan_need(&request, &workspace.size, NULL) != PVHBOOT_OK)
		fail("plan", "no size");
	workspace.data = calloc(1, workspace.size);
	for (size_t i = 0; i < N_TIMES; i++) {
		double start = now_ms();

		for (size_t k = 0; k < n_calls; k++) {
			if (pvhboot_plan_make(&request, workspace, &plan, NULL) != PVHBOOT_OK)
				fail("plan", "there is none");
		}
		times[i] = (now_ms() - start) * 1e3 / (double)n_calls;
	}
	free(workspace.data);
	free(modules);
	free(map);
	return median(times, N_TIMES);
}
