/* SPDX-License-Identifier: MIT */
/*
 * boot.h: everything that pvhboot_boot() asks its caller for fails once: each call of the
 * allocator and of the memory, for kernels of every format and each way into memory.
 */

#include <pvhboot/boot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/fakemem.h"
#include "support/kernelbuild.h"
#include "support/loading.h"
#include "support/suite.h"

#define LOW KERNEL_PADDR
#define MEMORY_SIZE ((size_t)256 << 10)

static const struct {
	const char *name;
	unsigned int ops;
	uint32_t flags;
} ways[] = {
	{ "map", FAKEMEM_MAP, 0 },
	{ "map of zeros", FAKEMEM_MAP, PVHBOOT_MEMORY_ZEROED },
	{ "write and zero", FAKEMEM_WRITE | FAKEMEM_ZERO, 0 },
	{ "write to zeros", FAKEMEM_WRITE, PVHBOOT_MEMORY_ZEROED },
	{ "all", FAKEMEM_ALL, 0 },
};
#define N_WAYS ((int)(sizeof(ways) / sizeof(ways[0])))

/* A kernel, and what it is booted with and in. */
struct trial {
	char row[96];
	unsigned int ops;
	uint32_t flags;
	struct blob file;
	struct blob module;
	struct fakealloc alloc;
	struct fakemem mem;
	struct pvhboot_diag diag;
	struct pvhboot_cpu cpu;
};

static void trial_open(struct trial *trial, int way, const struct variant *variant)
{
	const struct kernel_spec spec = { .load_size = 0x1800, .load_stride = 0x4000 };
	struct elf elf;

	memset(trial, 0, sizeof(*trial));
	trial->ops = ways[way].ops;
	trial->flags = ways[way].flags;
	trial->mem.fill = trial->flags & PVHBOOT_MEMORY_ZEROED ? 0 : 0x5a;
	fakemem_add(&trial->mem, LOW - 0x10000, MEMORY_SIZE);
	kernel_build(&elf, &spec);
	if (variant)
		variant_image(&trial->file, variant, blob_view(&elf.image));
	else
		blob_append(&trial->file, elf.image.data, elf.image.size);
	elf_free(&elf);
	blob_pattern(&trial->module, 9, 5000);
	snprintf(trial->row, sizeof(trial->row), "%s by %s", variant ? variant->name : "elf",
		 ways[way].name);
}

static void trial_close(struct trial *trial)
{
	blob_free(&trial->file);
	blob_free(&trial->module);
	fakemem_close(&trial->mem);
}

/* Which calls fail, from 1; 0: none. */
struct faults {
	size_t alloc;
	size_t allocs_from; /* it, and all after it */
	size_t memory;
};

static enum pvhboot_status trial_run(struct trial *trial, struct faults faults)
{
	const struct pvhboot_map_entry map = { .gpa = LOW - 0x10000,
					       .size = MEMORY_SIZE,
					       .type = PVHBOOT_MAP_RAM };
	const struct pvhboot_module module = { .bytes = blob_view(&trial->module) };
	const struct pvhboot_request request = { .map = &map,
						 .n_map = 1,
						 .modules = &module,
						 .n_modules = 1,
						 .cmdline = pvhboot_text("quiet") };
	const struct pvhboot_allocator allocator = fakealloc_open(&trial->alloc);
	const struct pvhboot_options options = { .allocator = &allocator };
	struct pvhboot_memory memory = fakemem_open(&trial->mem, trial->ops, trial->flags);
	enum pvhboot_status status;

	fakemem_reset(&trial->mem);
	memset(&trial->alloc, 0, sizeof(trial->alloc));
	memset(&trial->diag, 0, sizeof(trial->diag));
	memset(&trial->cpu, 0xee, sizeof(trial->cpu));
	trial->alloc.fail_at = faults.alloc;
	trial->alloc.fail_from = faults.allocs_from;
	trial->mem.fail_at = faults.memory;
	trial->mem.fail_value = -77;
	status = pvhboot_boot(blob_view(&trial->file), &request, &options, &memory, &trial->cpu,
			      &trial->diag);
	expect_eq(trial->row, trial->alloc.n_live, 0);
	expect_eq(trial->row, trial->alloc.n_misuse, 0);
	expect_eq(trial->row, trial->mem.n_refused, 0);
	return status;
}

/* Memory as it was, or 0 where an image may have been decoded and is gone again. */
static void expect_no_trace(const struct trial *trial)
{
	const struct fakemem_window *window = &trial->mem.windows[0];
	int may_be_zero = (trial->ops & FAKEMEM_MAP) != 0;

	for (size_t i = 0; i < window->size; i++) {
		if (window->host[i] != trial->mem.fill)
			expect_true(trial->row, may_be_zero && window->host[i] == 0);
	}
}

static void expect_cpu_untouched(const struct trial *trial)
{
	struct pvhboot_cpu untouched;

	memset(&untouched, 0xee, sizeof(untouched));
	expect_true(trial->row, memcmp(&trial->cpu, &untouched, sizeof(untouched)) == 0);
}

/* Memory as it is after a boot without a fault; between places the image may have been
 * decoded, and cleared again, or not. */
static void expect_booted(const struct trial *trial, const uint8_t *whole)
{
	const struct fakemem_window *window = &trial->mem.windows[0];
	size_t n_other = 0;

	for (size_t i = 0; i < window->size; i++)
		n_other += window->host[i] != whole[i] &&
			   !(window->host[i] == 0 && whole[i] == trial->mem.fill) &&
			   !(window->host[i] == trial->mem.fill && whole[i] == 0);
	expect_eq(trial->row, n_other, 0);
}

static void expect_no_memory(const struct trial *trial, enum pvhboot_status status)
{
	expect_status(trial->row, status, PVHBOOT_NOMEM);
	expect_failure(trial->row, &trial->diag, PVHBOOT_NOMEM, &(struct finding){ .says = 0 });
	expect_no_trace(trial);
	expect_cpu_untouched(trial);
}

/* One that fails alone may have been for a look at the start of the image, which can be
 * done without. */
static void every_allocation(struct trial *trial)
{
	const struct fakemem_window *window = &trial->mem.windows[0];
	uint8_t *whole = malloc(window->size);
	size_t n = 1;

	ck_assert_ptr_nonnull(whole);
	expect_status(trial->row, trial_run(trial, (struct faults){ 0 }), PVHBOOT_OK);
	memcpy(whole, window->host, window->size);
	for (;; n++) {
		enum pvhboot_status status = trial_run(trial, (struct faults){ .alloc = n });
		int none_failed = trial->alloc.n_calls < n;

		if (none_failed || status == PVHBOOT_OK) {
			expect_status(trial->row, status, PVHBOOT_OK);
			expect_booted(trial, whole);
		} else {
			expect_no_memory(trial, status);
		}
		if (none_failed)
			break;
		status = trial_run(trial, (struct faults){ .allocs_from = n });
		expect_no_memory(trial, status);
	}
	ck_assert_uint_gt(n, 1);
	free(whole);
}

/* A map that fails is no failure as long as there is another way: write and zero, for the window
 * a buffer, and for a run of places, to ask for each of them. A failure is the last call, and
 * nothing is written after it through what was mapped before. */
static void expect_after(struct trial *trial, enum pvhboot_status status, size_t n)
{
	const struct fakemem_call *call = &trial->mem.calls[n - 1];
	int has_other_way = (trial->ops & FAKEMEM_WRITE) != 0;

	if (call->op == FAKEMEM_MAP && (has_other_way || status == PVHBOOT_OK)) {
		expect_status(trial->row, status, PVHBOOT_OK);
		expect_true(trial->row, has_other_way || trial->mem.n_calls > n);
		return;
	}
	expect_status(trial->row, status, PVHBOOT_MEMIO);
	expect_failure(trial->row, &trial->diag, PVHBOOT_MEMIO,
		       &(struct finding){ .says = SAYS_STAGE | SAYS_FOUND | SAYS_OFFSET,
					  .stage = PVHBOOT_STAGE_COMMIT,
					  .found = call->op == FAKEMEM_MAP ? 0 : (uint64_t)-77,
					  .offset = call->gpa });
	expect_eq(trial->row, trial->mem.n_calls, n);
	expect_eq(trial->row, fakemem_sum(&trial->mem), trial->mem.sum_at_failure);
	expect_cpu_untouched(trial);
}

static void every_memory_call(struct trial *trial)
{
	size_t n_failures = 0;
	size_t n = 1;

	for (;; n++) {
		enum pvhboot_status status = trial_run(trial, (struct faults){ .memory = n });

		if (trial->mem.n_calls < n) {
			expect_status(trial->row, status, PVHBOOT_OK);
			break;
		}
		expect_after(trial, status, n);
		n_failures += status != PVHBOOT_OK;
	}
	/* at least a window or a segment, and a run of the block and the module */
	ck_assert_uint_gt(n, 2);
	/* each way has a call that nothing stands in for, but for that with all, where map
	 * never fails */
	expect_true(trial->row, trial->ops & FAKEMEM_MAP || n_failures == n - 1);
}

START_TEST(every_call_fails)
{
	const struct variant *variant = _i / N_WAYS < N_VARIANTS ? &variants[_i / N_WAYS] : NULL;
	struct trial trial;

	if (variant && !variant_can(variant))
		return;
	trial_open(&trial, _i % N_WAYS, variant);
	every_allocation(&trial);
	every_memory_call(&trial);
	trial_close(&trial);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("faults");
	TCase *faults = suite_case(suite, "faults");

	tcase_add_loop_test(faults, every_call_fails, 0, N_WAYS * (N_VARIANTS + 1));
	return suite_run(suite);
}
