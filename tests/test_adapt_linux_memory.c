/* SPDX-License-Identifier: MIT */
/* adapt/linux_memory.h: what of a guest's addresses is RAM, and what is in it. */

#include <pvhboot/adapt/linux_memory.h>

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "support/suite.h"

#define PAGE ((uint64_t)4096)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

static struct pvhboot_linux_memory opened(uint64_t size, uint64_t hole_start, uint32_t flags)
{
	struct pvhboot_linux_memory memory;

	ck_assert_int_eq(pvhboot_linux_memory_open(&memory, size, hole_start, flags), 0);
	return memory;
}

/* One assertion for all bytes: Check takes note of each. */
static void expect_bytes(const void *object, int value, size_t size)
{
	const unsigned char *bytes = object;
	size_t i = 0;

	while (i < size && bytes[i] == value)
		i++;
	ck_assert_uint_eq(i, size);
}

static void expect_zero(const void *object, size_t size)
{
	expect_bytes(object, 0, size);
}

/* What lies where, by the size and the hole. */
static const struct layout {
	uint64_t size, hole_start;
	uint64_t below, above;
	size_t n_map;
} layouts[] = {
	{ PAGE, 0, PAGE, 0, 1 },
	{ 640 << 10, 0, 640 << 10, 0, 1 },
	{ MIB, 0, MIB, 0, 1 },
	{ MIB + PAGE, 0, MIB + PAGE, 0, 2 },
	{ 3 * GIB - PAGE, 0, 3 * GIB - PAGE, 0, 2 },
	{ 3 * GIB, 0, 3 * GIB, 0, 2 },
	{ 3 * GIB + PAGE, 0, 3 * GIB, PAGE, 3 },
	{ 3 * GIB + PAGE, 0xd0000000, 3 * GIB + PAGE, 0, 2 },
	{ 0xd0000000 - PAGE, 0xd0000000, 0xd0000000 - PAGE, 0, 2 },
	{ 0xd0000000, 0xd0000000, 0xd0000000, 0, 2 },
	{ 0xd0000000 + 5 * PAGE, 0xd0000000, 0xd0000000, 5 * PAGE, 3 },
	{ 6 * GIB, 4 * GIB - 2 * MIB, 4 * GIB - 2 * MIB, 2 * GIB + 2 * MIB, 3 },
	{ 8 * MIB, 2 * MIB, 2 * MIB, 6 * MIB, 3 },
};
#define N_LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

/* Anonymous, and as a file; the hint about pages changes nothing here. */
static const uint32_t kinds[] = {
	0,
	PVHBOOT_LINUX_MEMORY_SMALL_PAGES,
	PVHBOOT_LINUX_MEMORY_MEMFD,
	PVHBOOT_LINUX_MEMORY_MEMFD | PVHBOOT_LINUX_MEMORY_SMALL_PAGES,
	PVHBOOT_LINUX_MEMORY_POPULATE,
	PVHBOOT_LINUX_MEMORY_AHEAD,
	PVHBOOT_LINUX_MEMORY_POPULATE | PVHBOOT_LINUX_MEMORY_SMALL_PAGES,
	PVHBOOT_LINUX_MEMORY_AHEAD | PVHBOOT_LINUX_MEMORY_SMALL_PAGES,
	PVHBOOT_LINUX_MEMORY_POPULATE | PVHBOOT_LINUX_MEMORY_MEMFD,
	PVHBOOT_LINUX_MEMORY_AHEAD | PVHBOOT_LINUX_MEMORY_MEMFD,
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

START_TEST(pieces)
{
	const struct layout *layout = &layouts[_i];
	struct pvhboot_linux_memory memory = opened(layout->size, layout->hole_start, 0);

	ck_assert_uint_eq(memory.below, layout->below);
	ck_assert_uint_eq(memory.above, layout->above);
	ck_assert_uint_eq((uintptr_t)memory.host % (2 * MIB), 0);
	ck_assert_int_eq(memory.fd, -1);
	pvhboot_linux_memory_close(&memory);
	expect_zero(&memory, sizeof(memory));
}
END_TEST

START_TEST(map_of_a_pc)
{
	const struct layout *layout = &layouts[_i];
	struct pvhboot_linux_memory memory = opened(layout->size, layout->hole_start, 0);
	const uint64_t low = layout->below < (640 << 10) ? layout->below : 640 << 10;
	const struct pvhboot_map_entry all[] = {
		{ 0, low, PVHBOOT_MAP_RAM, 0 },
		{ MIB, layout->below - MIB, PVHBOOT_MAP_RAM, 0 },
		{ 4 * GIB, layout->above, PVHBOOT_MAP_RAM, 0 },
	};
	struct pvhboot_map_entry map[PVHBOOT_LINUX_MEMORY_MAX_MAP];

	ck_assert_uint_eq(pvhboot_linux_memory_describe(&memory, map), layout->n_map);
	ck_assert_mem_eq(map, all, layout->n_map * sizeof(map[0]));
	pvhboot_linux_memory_close(&memory);
}
END_TEST

/* A range with start and end next to all edges that there are: either all of it is in a piece, or
 * there is no pointer. */
static void expect_place(const struct pvhboot_linux_memory *memory, uint64_t gpa, uint64_t size)
{
	const uint8_t *expected = NULL;
	const uint64_t end = gpa + size;

	if (size > 0 && end > gpa && end <= memory->below)
		expected = memory->host + gpa;
	else if (size > 0 && end > gpa && gpa >= 4 * GIB && end <= 4 * GIB + memory->above)
		expected = memory->host + memory->below + (gpa - 4 * GIB);
	ck_assert_msg(pvhboot_linux_memory_at(memory, gpa, size) == expected,
		      "0x%jx bytes at 0x%jx of 0x%jx and 0x%jx", (uintmax_t)size, (uintmax_t)gpa,
		      (uintmax_t)memory->below, (uintmax_t)memory->above);
}

START_TEST(lookups)
{
	const struct layout *layout = &layouts[_i];
	struct pvhboot_linux_memory memory = opened(layout->size, layout->hole_start, 0);
	const uint64_t edges[] = { 0, memory.below, 4 * GIB, 4 * GIB + memory.above,
				   (uint64_t)1 << 63 };
	const uint64_t n_edges = sizeof(edges) / sizeof(edges[0]);

	for (uint64_t i = 0; i < 3 * n_edges; i++) {
		const uint64_t gpa = edges[i / 3] + i % 3 - 1;

		for (uint64_t k = 0; k < 3 * n_edges; k++)
			expect_place(&memory, gpa, edges[k / 3] + k % 3 - 1 - gpa);
		expect_place(&memory, gpa, 1);
		expect_place(&memory, gpa, UINT64_MAX);
	}
	pvhboot_linux_memory_close(&memory);
}
END_TEST

/* A byte on either side of the hole, and each piece's ends, are bytes of their own. */
START_TEST(reads_back)
{
	struct pvhboot_linux_memory memory = opened(8 * MIB, 2 * MIB, kinds[_i]);
	const struct pvhboot_memory access = pvhboot_linux_memory_access(&memory);
	const uint64_t ends[] = { 0, 2 * MIB - 1, 4 * GIB, 4 * GIB + 6 * MIB - 1 };
	uint8_t byte;

	ck_assert_uint_eq(access.flags, PVHBOOT_MEMORY_ZEROED);
	ck_assert_int_eq(memory.fd >= 0, (kinds[_i] & PVHBOOT_LINUX_MEMORY_MEMFD) != 0);
	expect_zero(memory.host, 8 * MIB);
	for (uint8_t i = 0; i < 4; i++) {
		byte = (uint8_t)(i + 1);
		ck_assert_int_eq(access.write(access.ctx, ends[i], &byte, 1), 0);
	}
	for (uint8_t i = 0; i < 4; i++) {
		ck_assert_int_eq(access.read(access.ctx, ends[i], &byte, 1), 0);
		ck_assert_uint_eq(byte, i + 1);
		ck_assert_int_eq(access.zero(access.ctx, ends[i], 1), 0);
	}
	expect_zero(memory.host, 8 * MIB);
	pvhboot_linux_memory_close(&memory);
}
END_TEST

START_TEST(no_callback_leaves_the_ram)
{
	struct pvhboot_linux_memory memory = opened(8 * MIB, 2 * MIB, kinds[_i]);
	const struct pvhboot_memory access = pvhboot_linux_memory_access(&memory);
	static const uint64_t outside[] = { 2 * MIB - 1, 2 * MIB, 4 * GIB - 1,
					    4 * GIB + 6 * MIB - 1, UINT64_MAX - 1 };
	uint8_t bytes[2] = { 1, 1 };

	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		ck_assert_ptr_null(access.map(access.ctx, outside[i], 2));
		ck_assert_int_eq(access.write(access.ctx, outside[i], bytes, 2), EFAULT);
		ck_assert_int_eq(access.zero(access.ctx, outside[i], 2), EFAULT);
		ck_assert_int_eq(access.read(access.ctx, outside[i], bytes, 2), EFAULT);
	}
	expect_zero(memory.host, 8 * MIB);
	pvhboot_linux_memory_close(&memory);
}
END_TEST

static size_t pages_in(const uint8_t *host, uint64_t size)
{
	unsigned char resident[4096] = { 0 };
	size_t n = 0;

	ck_assert_uint_le(size / PAGE, sizeof(resident));
	ck_assert_int_eq(mincore((void *)(uintptr_t)host, size, resident), 0);
	for (size_t i = 0; i < size / PAGE; i++)
		n += resident[i] & 1;
	return n;
}

/* As a commit goes on: a window is asked for, given back, and then runs in it and behind it. What
 * is written while pages come stays. */
START_TEST(pages_come_without_harm)
{
	struct pvhboot_linux_memory memory = opened(16 * MIB, 0, kinds[_i]);
	const struct pvhboot_memory access = pvhboot_linux_memory_access(&memory);
	uint8_t *window = access.map(access.ctx, PAGE + 1, 6 * MIB);

	ck_assert_ptr_eq(window, memory.host + PAGE + 1);
	memset(window, 0xa5, 6 * MIB);
	access.unmap(access.ctx, window, PAGE + 1, 6 * MIB);
	for (uint64_t gpa = 4 * MIB; gpa < 8 * MIB; gpa += 3 * MIB) {
		uint8_t *run = access.map(access.ctx, gpa, 8 * MIB);

		ck_assert_ptr_eq(run, memory.host + gpa);
		access.unmap(access.ctx, run, gpa, 8 * MIB);
	}
	expect_zero(memory.host, PAGE + 1);
	expect_bytes(window, 0xa5, 6 * MIB);
	expect_zero(window + 6 * MIB, 10 * MIB - PAGE - 1);
	pvhboot_linux_memory_close(&memory);
}
END_TEST

/* Only small pages are counted: a huge one brings 511 others. */
START_TEST(populated_in_one_call)
{
	struct pvhboot_linux_memory memory = opened(
		16 * MIB, 0, PVHBOOT_LINUX_MEMORY_SMALL_PAGES | PVHBOOT_LINUX_MEMORY_POPULATE);
	const struct pvhboot_memory access = pvhboot_linux_memory_access(&memory);
	const int is_known = pvhboot_linux_memory_populate(memory.host, PAGE) == 0;

	ck_assert_ptr_nonnull(access.map(access.ctx, 8 * MIB - 1, 2 * MIB - 2 * PAGE));
	ck_assert_uint_eq(pages_in(memory.host + 4 * MIB, 12 * MIB), 0);
	ck_assert_ptr_nonnull(access.map(access.ctx, 8 * MIB - 1, 2 * MIB + 2));
	ck_assert_uint_eq(pages_in(memory.host + 4 * MIB, 12 * MIB), is_known ? 514 : 0);
	/* from where it stopped */
	ck_assert_ptr_nonnull(access.map(access.ctx, 9 * MIB, 5 * MIB));
	ck_assert_uint_eq(pages_in(memory.host + 4 * MIB, 12 * MIB), is_known ? 1 + 6 * 256 : 0);
	pvhboot_linux_memory_close(&memory);
}
END_TEST

/* The thread comes to the end if it is not stopped; close ends it wherever it is. */
START_TEST(populated_by_a_thread)
{
	struct pvhboot_linux_memory memory =
		opened(64 * MIB, 0, PVHBOOT_LINUX_MEMORY_SMALL_PAGES | PVHBOOT_LINUX_MEMORY_AHEAD);
	const struct pvhboot_memory access = pvhboot_linux_memory_access(&memory);
	const int is_known = pvhboot_linux_memory_populate(memory.host, PAGE) == 0;

	ck_assert_ptr_nonnull(access.map(access.ctx, 2 * MIB + 1, 6 * MIB));
	ck_assert_int_eq(memory.own.has_thread, 1);
	ck_assert_int_eq(pthread_join(memory.own.thread, NULL), 0);
	memory.own.has_thread = 0;
	ck_assert_uint_eq(pages_in(memory.host + 2 * MIB, 14 * MIB), is_known ? 6 * 256 + 1 : 0);
	/* unmap ends it, another map too, and close the last one */
	ck_assert_ptr_nonnull(access.map(access.ctx, 16 * MIB, 8 * MIB));
	access.unmap(access.ctx, memory.host + 16 * MIB, 16 * MIB, 8 * MIB);
	ck_assert_int_eq(memory.own.has_thread, 0);
	ck_assert_ptr_nonnull(access.map(access.ctx, 32 * MIB, 8 * MIB));
	ck_assert_ptr_nonnull(access.map(access.ctx, 48 * MIB, 16 * MIB));
	pvhboot_linux_memory_close(&memory);
	expect_zero(&memory, sizeof(memory));
}
END_TEST

static const struct {
	uint64_t size, hole_start;
	uint32_t flags;
	int error;
} refusals[] = {
	{ 0, 0, 0, EINVAL },
	{ PAGE - 1, 0, 0, EINVAL },
	{ PAGE + 1, 0, 0, EINVAL },
	{ 3 * GIB + 512, 0, 0, EINVAL },
	{ UINT64_MAX, 0, 0, EINVAL },
	{ MIB, PAGE, 0, EINVAL },
	{ MIB, 0xc0000000 + MIB, 0, EINVAL },
	{ MIB, 4 * GIB, 0, EINVAL },
	{ MIB, UINT64_MAX - 2 * MIB + 1, 0, EINVAL },
	{ MIB, 0, 32, EINVAL },
	{ MIB, 0, 0x80000000, EINVAL },
	{ 2 * MIB, 0, PVHBOOT_LINUX_MEMORY_SMALL_PAGES | PVHBOOT_LINUX_MEMORY_HUGETLB, EINVAL },
	{ 2 * MIB, 0, PVHBOOT_LINUX_MEMORY_POPULATE | PVHBOOT_LINUX_MEMORY_AHEAD, EINVAL },
	{ 3 * MIB, 0, PVHBOOT_LINUX_MEMORY_HUGETLB, EINVAL },
	/* that do not fit into 64 bits with what is reserved around them */
	{ ((uint64_t)1 << 63) - PAGE, 0, 0, ENOMEM },
	{ (uint64_t)1 << 63, 0, 0, ENOMEM },
	{ UINT64_MAX - PAGE + 1, 0, 0, ENOMEM },
	{ UINT64_MAX - PAGE + 1, 0, PVHBOOT_LINUX_MEMORY_MEMFD, ENOMEM },
};

START_TEST(refused)
{
	struct pvhboot_linux_memory memory;

	memset(&memory, 0xa5, sizeof(memory));
	ck_assert_int_eq(pvhboot_linux_memory_open(&memory, refusals[_i].size,
						   refusals[_i].hole_start, refusals[_i].flags),
			 refusals[_i].error);
	expect_zero(&memory, sizeof(memory));
	pvhboot_linux_memory_close(&memory);
}
END_TEST

/* Sizes that the system refuses: larger than an address space, and than all huge pages that any
 * machine has reserved. */
static const struct {
	uint64_t size;
	uint32_t flags;
} too_large[] = {
	{ (uint64_t)1 << 60, 0 },
	{ ((uint64_t)1 << 63) - 3 * MIB, PVHBOOT_LINUX_MEMORY_MEMFD },
	{ (uint64_t)1 << 44, PVHBOOT_LINUX_MEMORY_HUGETLB },
	{ (uint64_t)1 << 44, PVHBOOT_LINUX_MEMORY_HUGETLB | PVHBOOT_LINUX_MEMORY_MEMFD },
};

START_TEST(refused_by_the_system)
{
	struct pvhboot_linux_memory memory;
	const int error =
		pvhboot_linux_memory_open(&memory, too_large[_i].size, 0, too_large[_i].flags);

	/* EINVAL: valgrind says so, and a kernel that was built without HUGETLB */
	ck_assert_msg(error == ENOMEM || error == EINVAL, "errno %d", error);
	expect_zero(&memory, sizeof(memory));
}
END_TEST

/* As where the system has none: asked for, and not given. */
START_TEST(no_huge_pages)
{
	struct pvhboot_linux_memory memory;

	(void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	memory = opened(4 * MIB, 0, 0);
	memory.host[2 * MIB] = 1;
	ck_assert_uint_eq(pages_in(memory.host, 4 * MIB), 1);
	pvhboot_linux_memory_close(&memory);
}
END_TEST

/* Where some are reserved, and else as the test before this one. */
START_TEST(reserved_huge_pages)
{
	const uint32_t kind = _i == 0 ? 0 : PVHBOOT_LINUX_MEMORY_MEMFD;
	struct pvhboot_linux_memory memory;
	const int error =
		pvhboot_linux_memory_open(&memory, 2 * MIB, 0, kind | PVHBOOT_LINUX_MEMORY_HUGETLB);

	if (error == 0) {
		memory.host[0] = 1;
		ck_assert_uint_eq(pages_in(memory.host, 2 * MIB), 512);
		pvhboot_linux_memory_close(&memory);
	}
	expect_zero(&memory, sizeof(memory));
}
END_TEST

/* A descriptor that is free, or what would be in use had one been left open. */
static int next_descriptor(void)
{
	const int fd = memfd_create("probe", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

/* Pages of address space that this process has. */
static uint64_t address_space(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long n_pages = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%lu", &n_pages), 1);
	fclose(file);
	return n_pages;
}

/* Limits of the process under which opening fails, at one call after the other. */
static const struct limit {
	unsigned int resource;
	rlim_t limit;
	uint32_t flags;
	int error;
} limits[] = {
	{ RLIMIT_AS, 64 * MIB, 0, ENOMEM },
	{ RLIMIT_AS, 64 * MIB, PVHBOOT_LINUX_MEMORY_MEMFD, ENOMEM },
	{ RLIMIT_NOFILE, 3, PVHBOOT_LINUX_MEMORY_MEMFD, EMFILE },
	{ RLIMIT_FSIZE, 64 * MIB, PVHBOOT_LINUX_MEMORY_MEMFD, EFBIG },
};
#define N_LIMITS (sizeof(limits) / sizeof(limits[0]))

START_TEST(limited)
{
	const struct limit *row = &limits[_i];
	const int fd = next_descriptor();
	const uint64_t before = address_space();
	struct pvhboot_linux_memory memory;
	struct rlimit was, is;
	int error;

	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(row->resource, &was), 0);
	is = (struct rlimit){ row->limit, was.rlim_max };
	ck_assert_int_eq(setrlimit(row->resource, &is), 0);
	error = pvhboot_linux_memory_open(&memory, GIB, 0, row->flags);
	/* at once: checkers need memory of their own */
	ck_assert_int_eq(setrlimit(row->resource, &was), 0);
	ck_assert_int_eq(error, row->error);
	expect_zero(&memory, sizeof(memory));
	ck_assert_int_eq(next_descriptor(), fd);
	ck_assert_uint_lt(address_space() - before, GIB / PAGE);
}
END_TEST

START_TEST(nothing_stays)
{
	const int fd = next_descriptor();
	const uint64_t before = address_space();
	struct pvhboot_linux_memory memory = opened(GIB, 0, kinds[_i]);

	ck_assert_uint_ge(address_space() - before, GIB / PAGE);
	pvhboot_linux_memory_close(&memory);
	ck_assert_uint_lt(address_space() - before, GIB / PAGE);
	ck_assert_int_eq(next_descriptor(), fd);
}
END_TEST

START_TEST(clones)
{
	struct pvhboot_linux_memory from = opened(8 * MIB, 2 * MIB, PVHBOOT_LINUX_MEMORY_MEMFD);
	struct pvhboot_linux_memory to[2];

	from.host[5] = 1;
	from.host[2 * MIB] = 2; /* at 4 GiB */
	ck_assert_int_eq(pvhboot_linux_memory_clone(&from, &to[0]), 0);
	ck_assert_int_eq(pvhboot_linux_memory_clone(&from, &to[1]), 0);
	pvhboot_linux_memory_close(&from);
	to[0].host[5] = 3;
	ck_assert_uint_eq(to[1].host[5], 1);
	for (int i = 0; i < 2; i++) {
		const struct pvhboot_memory access = pvhboot_linux_memory_access(&to[i]);

		ck_assert_uint_eq(access.flags, 0);
		ck_assert_uint_eq(to[i].below, 2 * MIB);
		ck_assert_uint_eq(to[i].above, 6 * MIB);
		ck_assert_int_eq(to[i].fd, -1);
		ck_assert_uint_eq(to[i].host[2 * MIB], 2);
		pvhboot_linux_memory_close(&to[i]);
		expect_zero(&to[i], sizeof(to[i]));
	}
}
END_TEST

START_TEST(what_cannot_be_cloned)
{
	struct pvhboot_linux_memory closed, anonymous = opened(MIB, 0, 0);
	struct pvhboot_linux_memory to;

	memset(&closed, 0, sizeof(closed));
	memset(&to, 0xa5, sizeof(to));
	ck_assert_int_eq(pvhboot_linux_memory_clone(&closed, &to), EINVAL);
	expect_zero(&to, sizeof(to));
	memset(&to, 0xa5, sizeof(to));
	ck_assert_int_eq(pvhboot_linux_memory_clone(&anonymous, &to), EINVAL);
	expect_zero(&to, sizeof(to));
	pvhboot_linux_memory_close(&anonymous);
}
END_TEST

/* What /proc/self/maps has for an address, such as "rw-p"; empty: no mapping. */
static void look_up_access(const uint8_t *host, char access[5])
{
	FILE *file = fopen("/proc/self/maps", "r");
	uintmax_t start, end;
	char line[512], found[5];

	access[0] = '\0';
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "%jx-%jx %4s", &start, &end, found) == 3 &&
		    (uintptr_t)host >= start && (uintptr_t)host < end)
			strcpy(access, found);
	}
	fclose(file);
}

START_TEST(a_step_outside_is_a_fault)
{
	struct pvhboot_linux_memory memory = opened(2 * MIB, 0, kinds[_i]);
	const int is_file = (kinds[_i] & PVHBOOT_LINUX_MEMORY_MEMFD) != 0;
	char access[5];

	look_up_access(memory.host - 1, access);
	ck_assert_str_eq(access, "---p");
	look_up_access(memory.host, access);
	ck_assert_str_eq(access, is_file ? "rw-s" : "rw-p");
	look_up_access(memory.host + 2 * MIB, access);
	ck_assert_str_eq(access, "---p");
	pvhboot_linux_memory_close(&memory);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("adapt_linux_memory");
	TCase *where = suite_case(suite, "where");
	TCase *what = suite_case(suite, "what");
	TCase *pages = suite_case(suite, "pages");
	TCase *failures = suite_case(suite, "failures");
	TCase *copies = suite_case(suite, "copies");

	tcase_add_loop_test(where, pieces, 0, N_LAYOUTS);
	tcase_add_loop_test(where, map_of_a_pc, 0, N_LAYOUTS);
	tcase_add_loop_test(where, lookups, 0, N_LAYOUTS);

	tcase_add_loop_test(what, reads_back, 0, N_KINDS);
	tcase_add_loop_test(what, no_callback_leaves_the_ram, 0, N_KINDS);
	tcase_add_loop_test(what, a_step_outside_is_a_fault, 0, N_KINDS);

	tcase_add_loop_test(pages, pages_come_without_harm, 0, N_KINDS);
	tcase_add_test(pages, populated_in_one_call);
	tcase_add_test(pages, populated_by_a_thread);
	tcase_add_test(pages, no_huge_pages);
	tcase_add_loop_test(pages, reserved_huge_pages, 0, 2);

	tcase_add_loop_test(failures, refused, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_loop_test(failures, refused_by_the_system, 0,
			    sizeof(too_large) / sizeof(too_large[0]));
	tcase_add_loop_test(failures, limited, 0, N_LIMITS);
	tcase_add_loop_test(failures, nothing_stays, 0, N_KINDS);

	tcase_add_test(copies, clones);
	tcase_add_test(copies, what_cannot_be_cloned);
	return suite_run(suite);
}
