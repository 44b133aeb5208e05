/* SPDX-License-Identifier: MIT */
/* boot.h: a prepared boot in the order of a toolstack, and what is refused. */

#include <pvhboot/boot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/fakemem.h"
#include "support/scene.h"
#include "support/startread.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define PADDR ((uint64_t)KERNEL_PADDR)
#define MEM_START (PADDR - 0x10000)
#define MEM_SIZE 0x100000

/* A packed kernel, and a guest in which it can be decoded. */
struct bench {
	struct scene scene; /* its request */
	struct blob file;
	struct fakemem mem;
	struct fakealloc alloc;
	struct pvhboot_allocator allocator;
	struct pvhboot_options options;
	struct pvhboot_memory memory;
	struct pvhboot_prepared prepared;
	struct pvhboot_diag diag;
};

static void bench_open(struct bench *bench, const struct kernel_spec *spec)
{
	memset(bench, 0, sizeof(*bench));
	scene_open_pc(&bench->scene, spec);
	bench->scene.request.kernel = NULL; /* not read */
	bz_image(&bench->file, PVHBOOT_COMPRESSION_XZ, blob_view(&bench->scene.elf.image));
	fakemem_add(&bench->mem, MEM_START, MEM_SIZE);
	bench->memory = fakemem_open(&bench->mem, FAKEMEM_ALL, PVHBOOT_MEMORY_ZEROED);
	bench->allocator = fakealloc_open(&bench->alloc);
	bench->options.allocator = &bench->allocator;
}

/* Nothing stays, whatever was done. */
static void bench_close(struct bench *bench)
{
	pvhboot_prepared_release(&bench->prepared);
	pvhboot_prepared_release(&bench->prepared);
	ck_assert_uint_eq(bench->alloc.n_live, 0);
	ck_assert_uint_eq(bench->alloc.n_misuse, 0);
	ck_assert_uint_eq(bench->mem.n_refused, 0);
	blob_free(&bench->file);
	fakemem_close(&bench->mem);
	scene_close(&bench->scene);
}

static enum pvhboot_status prepare(struct bench *bench, const struct pvhboot_memory *memory)
{
	memset(&bench->diag, 0, sizeof(bench->diag));
	return pvhboot_prepare(blob_view(&bench->file), &bench->scene.request, &bench->options,
			       memory, &bench->prepared, &bench->diag);
}

static enum pvhboot_status commit(struct bench *bench, const struct pvhboot_memory *memory)
{
	memset(&bench->diag, 0, sizeof(bench->diag));
	return pvhboot_prepared_commit(&bench->prepared, memory, &bench->diag);
}

static enum pvhboot_status replan(struct bench *bench, const struct pvhboot_request *request)
{
	memset(&bench->diag, 0, sizeof(bench->diag));
	return pvhboot_prepared_replan(&bench->prepared, request, &bench->diag);
}

static void expect_invalid(const char *row, const struct bench *bench, enum pvhboot_status status,
			   const char *rule)
{
	expect_status(row, status, PVHBOOT_INVAL);
	expect_failure(row, &bench->diag, PVHBOOT_INVAL, &(struct finding){ .says = 0 });
	expect_rule(row, &bench->diag.failure, rule);
}

/* The guest holds what a plan of the same request says. */
static void expect_guest(const char *row, struct bench *bench)
{
	bench->scene.request.kernel = &bench->scene.kernel;
	scene_expect_plan(row, &bench->scene, 0);
	bench->scene.request.kernel = NULL;
	expect_eq(row, fakemem_first_wrong_place(&bench->mem, &bench->scene.plan),
		  bench->scene.plan.n_places);
	expect_true(row, fakemem_untouched_outside(&bench->mem, &bench->scene.plan));
}

/* A map that is known to hold the kernel, and then, when the kernel is known, all of it. */
START_TEST(toolstack_order)
{
	static const struct kernel_spec spec = { .has_reloc = 1 };
	struct start_info info = { 0 };
	struct pvhboot_blob *acpi;
	struct pvhboot_request preliminary;
	struct bench bench;

	bench_open(&bench, &spec);
	preliminary = bench.scene.request;
	expect_status("prepare",
		      pvhboot_prepare(blob_view(&bench.file), &preliminary, &bench.options,
				      &bench.memory, &bench.prepared, &bench.diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(bench.prepared.in_guest, 1);
	ck_assert_uint_eq(bench.prepared.kernel.relocatable, 1);
	memset(&preliminary, 0xee, sizeof(preliminary)); /* it need not stay */

	acpi = scene_blob(&bench.scene, 0x100, 0, PVHBOOT_MAP_ACPI);
	acpi->window = (struct pvhboot_range){ PADDR + 0x10000, PADDR + 0x20000 };
	scene_module(&bench.scene, 0x1234, "initrd");
	bench.scene.request.flags = PVHBOOT_REQUEST_RSDP_IN_BLOB;
	expect_status("replan", replan(&bench, &bench.scene.request), PVHBOOT_OK);
	expect_true("replan", start_read(&bench.prepared.plan, &info));
	ck_assert_uint_eq(info.rsdp_paddr, PADDR + 0x10000);
	/* its bytes are read by the commit only */
	memset((uint8_t *)(uintptr_t)acpi->bytes.data, 0x5a, acpi->bytes.size);
	expect_status("commit", commit(&bench, &bench.memory), PVHBOOT_OK);
	expect_guest("commit", &bench);
	bench_close(&bench);
}
END_TEST

/* The real map wants the kernel elsewhere: it is copied out, and moved by the commit. */
START_TEST(kernel_moves_after_all)
{
	static const struct kernel_spec spec = { .has_reloc = 1 };
	struct bench bench;

	bench_open(&bench, &spec);
	expect_status("prepare", prepare(&bench, &bench.memory), PVHBOOT_OK);
	bench.scene.request.flags = PVHBOOT_REQUEST_LOWEST;
	scene_avoid(&bench.scene, 0, PADDR + 1);
	expect_status("replan", replan(&bench, &bench.scene.request), PVHBOOT_OK);
	ck_assert_uint_ne(bench.prepared.plan.slide, 0);
	bench.alloc.fail_from = bench.alloc.n_calls + 1;
	expect_status("no memory", commit(&bench, &bench.memory), PVHBOOT_NOMEM);
	ck_assert_uint_eq(bench.prepared.in_guest, 1);
	bench.alloc.fail_from = 0;
	expect_status("commit", commit(&bench, &bench.memory), PVHBOOT_OK);
	ck_assert_uint_eq(bench.prepared.in_guest, 0);
	expect_guest("commit", &bench);
	bench_close(&bench);
}
END_TEST

/* A request whose sources lie where the kernel was decoded: it is copied out first. */
START_TEST(sources_in_the_window)
{
	struct bench bench;

	bench_open(&bench, NULL);
	expect_status("prepare", prepare(&bench, &bench.memory), PVHBOOT_OK);
	scene_module(&bench.scene, 0x10, NULL);
	bench.scene.modules[0].bytes.data = fakemem_at(&bench.mem, PADDR + 0x700, 0x10);
	bench.alloc.fail_from = bench.alloc.n_calls + 1;
	expect_status("no memory", replan(&bench, &bench.scene.request), PVHBOOT_NOMEM);
	expect_invalid("no plan", &bench, commit(&bench, &bench.memory), "a plan");
	bench.alloc.fail_from = 0;
	expect_status("replan", replan(&bench, &bench.scene.request), PVHBOOT_OK);
	ck_assert_uint_eq(bench.prepared.in_guest, 0);
	expect_status("commit", commit(&bench, &bench.memory), PVHBOOT_OK);
	bench_close(&bench);
}
END_TEST

/* What others write to the kernel while it waits in the guest. */
START_TEST(kernel_that_changes)
{
	static const struct kernel_spec spec = { .has_reloc = 1 };
	struct bench bench;

	bench_open(&bench, &spec);
	expect_status("prepare", prepare(&bench, &bench.memory), PVHBOOT_OK);
	memset((uint8_t *)(uintptr_t)bench.prepared.kernel.elf.data, 0, 64);
	expect_status("replan", replan(&bench, &bench.scene.request), PVHBOOT_OK);
	scene_avoid(&bench.scene, 0, PADDR + 1);
	bench.scene.request.flags = PVHBOOT_REQUEST_LOWEST;
	expect_status("elsewhere", replan(&bench, &bench.scene.request), PVHBOOT_OK);
	expect_status("commit", commit(&bench, &bench.memory), PVHBOOT_MALFORMED);
	expect_rule("commit", &bench.diag.failure, "as it was decoded");
	expect_status("again", commit(&bench, &bench.memory), PVHBOOT_MALFORMED);
	expect_status("planned again", replan(&bench, &bench.scene.request), PVHBOOT_OK);
	bench_close(&bench);
}
END_TEST

START_TEST(invalid_arguments)
{
	struct pvhboot_prepared *out;
	struct bench bench;
	struct pvhboot_cpu cpu;

	bench_open(&bench, NULL);
	out = &bench.prepared;
	expect_invalid("no request", &bench,
		       pvhboot_prepare(blob_view(&bench.file), NULL, NULL, NULL, out, &bench.diag),
		       "request that is not NULL");
	expect_invalid("no out", &bench,
		       pvhboot_prepare(blob_view(&bench.file), &bench.scene.request, NULL, NULL,
				       NULL, &bench.diag),
		       "out that is not NULL");
	expect_invalid("no cpu", &bench,
		       pvhboot_boot(blob_view(&bench.file), &bench.scene.request, NULL,
				    &bench.memory, NULL, &bench.diag),
		       "memory and cpu");
	expect_invalid("no memory", &bench,
		       pvhboot_boot(blob_view(&bench.file), &bench.scene.request, NULL, NULL, &cpu,
				    &bench.diag),
		       "memory and cpu");
	bench.options.flags = 0x80;
	expect_invalid("options", &bench, prepare(&bench, NULL), "flags of options");
	bench.options.flags = 0;
	bench.memory.flags |= 0x80;
	expect_invalid("memory", &bench, prepare(&bench, &bench.memory), "flags that are known");
	expect_invalid("not prepared", &bench, commit(&bench, &bench.memory), "a plan");
	expect_invalid("no prepared", &bench,
		       pvhboot_prepared_replan(NULL, &bench.scene.request, &bench.diag),
		       "prepared and request");
	expect_invalid("no prepared", &bench, pvhboot_prepared_commit(NULL, NULL, &bench.diag),
		       "a plan");
	expect_status("prepare", prepare(&bench, NULL), PVHBOOT_OK);
	expect_invalid("no request", &bench, replan(&bench, NULL), "prepared and request");
	pvhboot_prepared_release(NULL);
	bench_close(&bench);
}
END_TEST

/* "A refusal costs no more than unpacking the kernel once", and leaves zeros. */
START_TEST(foreign)
{
	static const struct kernel_spec spec = { .notes = KERNEL_NOTES_NONE };
	struct elf elf;
	struct bench bench;
	enum pvhboot_status status;

	bench_open(&bench, NULL);
	bench.scene.request.entry = PVHBOOT_ENTRY_PVH;
	kernel_build(&elf, &spec);
	blob_free(&bench.file);
	bz_image(&bench.file, PVHBOOT_COMPRESSION_XZ, blob_view(&elf.image));
	elf_free(&elf);
	status = prepare(&bench, &bench.memory);
	expect_status("no note", status, PVHBOOT_NOTPVH);
	ck_assert_int_eq(pvhboot_status_is_foreign(status), 1);
	ck_assert_uint_eq(bench.mem.n_calls, 1); /* the window */
	ck_assert_uint_eq(bench.alloc.n_live, 0);
	ck_assert(fakemem_untouched(&bench.mem));
	bench_close(&bench);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("toolstack");
	TCase *cases = suite_case(suite, "toolstack");

	tcase_add_test(cases, toolstack_order);
	tcase_add_test(cases, kernel_moves_after_all);
	tcase_add_test(cases, sources_in_the_window);
	tcase_add_test(cases, kernel_that_changes);
	tcase_add_test(cases, invalid_arguments);
	tcase_add_test(cases, foreign);
	return suite_run(suite);
}
