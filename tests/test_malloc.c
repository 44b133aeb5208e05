/* SPDX-License-Identifier: MIT */
/*
 * The C library's malloc() fails once, or from some call on, in a boot that is given no
 * allocator: in the buffers of the library, in the codecs, in libdeflate, and in libelf,
 * which take no other. Those two are done without then, so a boot may still succeed, and is
 * the same. Not for sanitizers and valgrind, which have a malloc() of their own.
 */

#include <errno.h>
#include <pvhboot/boot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/kernelbuild.h"
#include "support/loading.h"
#include "support/suite.h"

/* glibc's own, by its second name. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void __libc_free(void *memory);

static struct {
	int is_on;
	size_t n_calls;
	size_t first, last; /* the calls that fail, from 1 */
	size_t n_live;
} watch;

static int fails(void)
{
	if (!watch.is_on)
		return 0;
	watch.n_calls++;
	if (watch.n_calls < watch.first || watch.n_calls > watch.last)
		return 0;
	errno = ENOMEM;
	return 1;
}

static void *counted(void *memory)
{
	watch.n_live += watch.is_on && memory != NULL;
	return memory;
}

void *malloc(size_t size)
{
	return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : counted(__libc_calloc(n, size));
}

void *realloc(void *memory, size_t size)
{
	if (memory == NULL)
		return malloc(size);
	return fails() ? NULL : __libc_realloc(memory, size);
}

void free(void *memory)
{
	watch.n_live -= watch.is_on && memory != NULL;
	__libc_free(memory);
}

#define GUEST_START (KERNEL_PADDR - 0x10000)
#define GUEST_SIZE ((size_t)256 << 10)

static uint8_t guest[GUEST_SIZE];

static void *map_guest(void *ctx, uint64_t gpa, uint64_t size)
{
	(void)ctx;
	(void)size; /* inside the memory map */
	return guest + (gpa - GUEST_START);
}

static int write_guest(void *ctx, uint64_t gpa, const void *bytes, size_t size)
{
	memcpy(map_guest(ctx, gpa, size), bytes, size);
	return 0;
}

static const struct pvhboot_memory ways[] = {
	{ .map = map_guest, .flags = PVHBOOT_MEMORY_ZEROED },
	{ .write = write_guest, .flags = PVHBOOT_MEMORY_ZEROED },
};
#define N_WAYS ((int)(sizeof(ways) / sizeof(ways[0])))

static int guest_is_zero(void)
{
	return guest[0] == 0 && memcmp(guest, guest + 1, sizeof(guest) - 1) == 0;
}

/* Boots while the calls from first to last fail. */
static enum pvhboot_status boot(const struct blob *file, const struct pvhboot_memory *memory,
				size_t first, size_t last, struct pvhboot_cpu *cpu)
{
	const struct pvhboot_map_entry map = { .gpa = GUEST_START,
					       .size = GUEST_SIZE,
					       .type = PVHBOOT_MAP_RAM };
	const struct pvhboot_request request = { .map = &map, .n_map = 1 };
	enum pvhboot_status status;

	memset(guest, 0, sizeof(guest));
	memset(cpu, 0, sizeof(*cpu));
	watch.n_calls = watch.n_live = 0;
	watch.first = first;
	watch.last = last;
	watch.is_on = 1;
	status = pvhboot_boot(blob_view(file), &request, NULL, memory, cpu, NULL);
	watch.is_on = 0;
	return status;
}

static void every_call(const char *row, const struct blob *file,
		       const struct pvhboot_memory *memory, int for_good)
{
	static uint8_t wanted[GUEST_SIZE];
	struct pvhboot_cpu cpu, wanted_cpu;
	size_t n_refused = 0;
	size_t n = 1;

	expect_status(row, boot(file, memory, 0, 0, &wanted_cpu), PVHBOOT_OK);
	memcpy(wanted, guest, sizeof(wanted));
	do {
		enum pvhboot_status status = boot(file, memory, n, for_good ? SIZE_MAX : n, &cpu);

		expect_eq(row, watch.n_live, 0);
		if (status == PVHBOOT_OK) {
			expect_true(row, memcmp(guest, wanted, sizeof(guest)) == 0);
			expect_true(row, memcmp(&cpu, &wanted_cpu, sizeof(cpu)) == 0);
		} else {
			expect_status(row, status, PVHBOOT_NOMEM);
			expect_true(row, guest_is_zero());
			n_refused++;
		}
	} while (watch.n_calls >= n++);
	ck_assert_msg(n_refused >= 1, "%s: no boot was refused", row);
}

START_TEST(malloc_fails)
{
	const struct variant *variant = _i / N_WAYS < N_VARIANTS ? &variants[_i / N_WAYS] : NULL;
	struct blob file = { 0 };
	struct elf elf;
	char row[64];

	if (variant && !variant_can(variant))
		return;
	kernel_build(&elf, &(struct kernel_spec){ .load_size = 0x1800, .load_stride = 0x4000 });
	if (variant)
		variant_image(&file, variant, blob_view(&elf.image));
	else
		blob_append(&file, elf.image.data, elf.image.size);
	for (int for_good = 0; for_good < 2; for_good++) {
		snprintf(row, sizeof(row), "%s by %s, %s", variant ? variant->name : "elf",
			 _i % N_WAYS ? "write" : "map", for_good ? "from there on" : "once");
		every_call(row, &file, &ways[_i % N_WAYS], for_good);
	}
	elf_free(&elf);
	blob_free(&file);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("malloc");
	TCase *faults = suite_case(suite, "faults");

	tcase_add_loop_test(faults, malloc_fails, 0, N_WAYS * (N_VARIANTS + 1));
	return suite_run(suite);
}
