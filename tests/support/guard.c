/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "guard.h"

#include "msan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	abort();
}

struct guard guard_open(size_t max_size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (max_size + page - 1) / page * page;
	struct guard guard;

	guard.map_size = room + 2 * page;
	guard.map = mmap(NULL, guard.map_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (guard.map == MAP_FAILED)
		fail("guard: mmap");
	guard.first = guard.map + page;
	guard.end = guard.first + room;
	if (room && mprotect(guard.first, room, PROT_READ | PROT_WRITE))
		fail("guard: mprotect");
	return guard;
}

void guard_close(struct guard *guard)
{
	munmap(guard->map, guard->map_size);
	memset(guard, 0, sizeof(*guard));
}

static void must_fit(const struct guard *guard, size_t size)
{
	if (size > (size_t)(guard->end - guard->first)) {
		fprintf(stderr, "guard: opened too small for %zu bytes\n", size);
		abort();
	}
}

struct pvhboot_bytes guard_at_end(struct guard *guard, struct pvhboot_bytes bytes)
{
	struct pvhboot_bytes copy = { guard->end - bytes.size, bytes.size };

	must_fit(guard, bytes.size);
	if (bytes.size)
		memcpy(guard->end - bytes.size, bytes.data, bytes.size);
	return copy;
}

struct pvhboot_bytes guard_at_start(struct guard *guard, struct pvhboot_bytes bytes)
{
	struct pvhboot_bytes copy = { guard->first, bytes.size };

	must_fit(guard, bytes.size);
	if (bytes.size)
		memcpy(guard->first, bytes.data, bytes.size);
	return copy;
}

struct pvhboot_buffer guard_buffer(struct guard *guard, size_t size)
{
	struct pvhboot_buffer buffer = { guard->end - size, size };

	must_fit(guard, size);
	memset(buffer.data, 0xa5, size);
	msan_not_written(buffer.data, size);
	return buffer;
}
