/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* madvise */
#include "fakemem.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "blob.h"

/* Outside of tests too, where check asserts nothing. */
static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fakemem: %s\n", what);
	abort();
}

/* Pages of 0 are had from the system when they are touched, which most never are. */
static void fill(const struct fakemem *mem, const struct fakemem_window *window)
{
	const struct guard *guard = &window->guard;

	if (mem->fill != 0)
		memset(window->host, mem->fill, window->size);
	else
		must(madvise(guard->first, (size_t)(guard->end - guard->first), MADV_DONTNEED) == 0,
		     "madvise");
}

void fakemem_add(struct fakemem *mem, uint64_t gpa, size_t size)
{
	struct fakemem_window *window;

	must(mem->n_windows < FAKEMEM_MAX_WINDOWS, "too many windows");
	window = &mem->windows[mem->n_windows++];
	window->gpa = gpa;
	window->size = size;
	window->guard = guard_open(size);
	window->host = window->guard.end - size;
	(void)madvise(window->guard.first, size, MADV_HUGEPAGE); /* if it can be had */
	fill(mem, window);
}

void fakemem_close(struct fakemem *mem)
{
	must(mem->n_mapped == 0, "what is mapped was not unmapped");
	for (size_t i = 0; i < mem->n_windows; i++)
		guard_close(&mem->windows[i].guard);
	free(mem->calls);
	memset(mem, 0, sizeof(*mem));
}

void fakemem_reset(struct fakemem *mem)
{
	must(mem->n_mapped == 0, "what is mapped was not unmapped");
	for (size_t i = 0; i < mem->n_windows; i++)
		fill(mem, &mem->windows[i]);
	mem->n_calls = 0;
	mem->n_refused = 0;
}

uint8_t *fakemem_at(const struct fakemem *mem, uint64_t gpa, uint64_t size)
{
	for (size_t i = 0; i < mem->n_windows; i++) {
		const struct fakemem_window *window = &mem->windows[i];

		if (gpa >= window->gpa && gpa - window->gpa <= window->size &&
		    size <= window->size - (gpa - window->gpa))
			return window->host + (gpa - window->gpa);
	}
	return NULL;
}

/* FNV-1a, but of eight bytes at a time. */
uint64_t fakemem_sum(const struct fakemem *mem)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (size_t w = 0; w < mem->n_windows; w++) {
		const struct fakemem_window *window = &mem->windows[w];

		for (size_t i = 0; i < window->size; i += 8) {
			uint64_t word = 0;

			memcpy(&word, window->host + i,
			       window->size - i < 8 ? window->size - i : 8);
			sum = (sum ^ word) * 0x100000001b3u;
		}
	}
	return sum;
}

/* Returns 1 for the call that is to fail. */
static int record(struct fakemem *mem, enum fakemem_op op, uint64_t gpa, uint64_t size)
{
	if (mem->n_calls == mem->max_calls) {
		size_t max_calls = mem->max_calls * 2 + 64;
		struct fakemem_call *calls = must_alloc(max_calls * sizeof(*calls));

		if (mem->n_calls)
			memcpy(calls, mem->calls, mem->n_calls * sizeof(*calls));
		free(mem->calls);
		mem->calls = calls;
		mem->max_calls = max_calls;
	}
	mem->calls[mem->n_calls].op = op;
	mem->calls[mem->n_calls].gpa = gpa;
	mem->calls[mem->n_calls].size = size;
	if (++mem->n_calls != mem->fail_at)
		return 0;
	mem->sum_at_failure = fakemem_sum(mem);
	return 1;
}

static uint8_t *reach(struct fakemem *mem, uint64_t gpa, uint64_t size)
{
	uint8_t *host = size ? fakemem_at(mem, gpa, size) : NULL;

	if (!host)
		mem->n_refused++;
	return host;
}

static void *fake_map(void *ctx, uint64_t gpa, uint64_t size)
{
	struct fakemem *mem = ctx;
	uint8_t *host;

	if (record(mem, FAKEMEM_MAP, gpa, size))
		return NULL;
	if (gpa < mem->deny_map_end && mem->deny_map_start < gpa + size)
		return NULL;
	host = reach(mem, gpa, size);
	if (!host)
		return NULL;
	must(mem->n_mapped < FAKEMEM_MAX_MAPPED, "too much is mapped");
	mem->mapped[mem->n_mapped++] = (struct fakemem_pointer){ host, gpa, size };
	return host;
}

static void fake_unmap(void *ctx, void *host, uint64_t gpa, uint64_t size)
{
	struct fakemem *mem = ctx;

	for (size_t i = 0; i < mem->n_mapped; i++) {
		struct fakemem_pointer *pointer = &mem->mapped[i];

		if (pointer->host != host || pointer->gpa != gpa || pointer->size != size)
			continue;
		*pointer = mem->mapped[--mem->n_mapped];
		return;
	}
	must(false, "what is unmapped was not mapped");
}

static int fake_write(void *ctx, uint64_t gpa, const void *bytes, size_t size)
{
	struct fakemem *mem = ctx;
	uint8_t *host;

	if (record(mem, FAKEMEM_WRITE, gpa, size))
		return mem->fail_value;
	host = reach(mem, gpa, size);
	if (!host)
		return -1;
	memcpy(host, bytes, size);
	return 0;
}

static int fake_zero(void *ctx, uint64_t gpa, uint64_t size)
{
	struct fakemem *mem = ctx;
	uint8_t *host;

	if (record(mem, FAKEMEM_ZERO, gpa, size))
		return mem->fail_value;
	host = reach(mem, gpa, size);
	if (!host)
		return -1;
	memset(host, 0, (size_t)size);
	return 0;
}

static int fake_read(void *ctx, uint64_t gpa, void *bytes, size_t size)
{
	struct fakemem *mem = ctx;
	uint8_t *host;

	if (record(mem, FAKEMEM_READ, gpa, size))
		return mem->fail_value;
	host = reach(mem, gpa, size);
	if (!host)
		return -1;
	memcpy(bytes, host, size);
	return 0;
}

struct pvhboot_memory fakemem_open(struct fakemem *mem, unsigned int ops, uint32_t flags)
{
	struct pvhboot_memory memory = {
		.ctx = mem,
		.map = ops & FAKEMEM_MAP ? fake_map : NULL,
		.unmap = ops & FAKEMEM_MAP ? fake_unmap : NULL,
		.write = ops & FAKEMEM_WRITE ? fake_write : NULL,
		.zero = ops & FAKEMEM_ZERO ? fake_zero : NULL,
		.read = ops & FAKEMEM_READ ? fake_read : NULL,
		.flags = flags,
	};

	return memory;
}

/* All are the same, if the first is what it should be, and each is like the one before it. */
static int are_all(const uint8_t *bytes, uint64_t size, uint8_t fill)
{
	return size == 0 || (bytes[0] == fill && memcmp(bytes, bytes + 1, (size_t)(size - 1)) == 0);
}

int fakemem_untouched_outside(const struct fakemem *mem, const struct pvhboot_plan *plan)
{
	for (size_t w = 0; w < mem->n_windows; w++) {
		const struct fakemem_window *window = &mem->windows[w];
		uint64_t end = window->gpa + window->size;
		uint64_t gpa = window->gpa; /* up to which all was looked at */

		/* Places ascend. */
		for (size_t i = 0; i < plan->n_places && gpa < end; i++) {
			const struct pvhboot_place *place = &plan->places[i];
			uint64_t place_end = place->gpa + place->size;

			if (place_end <= gpa)
				continue;
			if (place->gpa >= end)
				break;
			if (place->gpa > gpa && !are_all(window->host + (gpa - window->gpa),
							 place->gpa - gpa, mem->fill))
				return 0;
			gpa = place_end;
		}
		if (gpa < end && !are_all(window->host + (gpa - window->gpa), end - gpa, mem->fill))
			return 0;
	}
	return 1;
}

int fakemem_untouched(const struct fakemem *mem)
{
	struct pvhboot_plan nothing = { 0 };

	return fakemem_untouched_outside(mem, &nothing);
}

static int holds(const struct fakemem *mem, const struct pvhboot_place *place)
{
	const uint8_t *host = fakemem_at(mem, place->gpa, place->size);

	if (!host)
		return 0;
	if (place->source.size && memcmp(host, place->source.data, place->source.size) != 0)
		return 0;
	for (uint64_t i = place->source.size; i < place->size; i++) {
		if (host[i] != 0)
			return 0;
	}
	return 1;
}

size_t fakemem_first_wrong_place(const struct fakemem *mem, const struct pvhboot_plan *plan)
{
	size_t i = 0;

	while (i < plan->n_places && holds(mem, &plan->places[i]))
		i++;
	return i;
}
