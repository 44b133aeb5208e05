/* SPDX-License-Identifier: MIT */
/* boot.h: pvhboot_boot(), from file bytes to guest memory and registers. */

#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <pvhboot/boot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/fakemem.h"
#include "support/msan.h"
#include "support/scene.h"
#include "support/suite.h"

#define PADDR ((uint64_t)KERNEL_PADDR)
#define POISON 0xcc

/* The files that are booted. */
static const struct {
	const char *name;
	int in_bzimage;
	enum pvhboot_compression compression;
} kinds[] = {
	{ "elf", 0, PVHBOOT_COMPRESSION_NONE },
	{ "bzimage, elf", 1, PVHBOOT_COMPRESSION_NONE },
	{ "bzimage, gzip", 1, PVHBOOT_COMPRESSION_GZIP },
	{ "bzimage, xz", 1, PVHBOOT_COMPRESSION_XZ },
	{ "bzimage, lz4", 1, PVHBOOT_COMPRESSION_LZ4 },
	{ "bzimage, zstd", 1, PVHBOOT_COMPRESSION_ZSTD },
	{ "bzimage, bzip2", 1, PVHBOOT_COMPRESSION_BZIP2 },
	{ "bzimage, lzma", 1, PVHBOOT_COMPRESSION_LZMA },
	{ "bzimage, lzo", 1, PVHBOOT_COMPRESSION_LZO },
	{ "gzip", 0, PVHBOOT_COMPRESSION_GZIP },
	{ "xz", 0, PVHBOOT_COMPRESSION_XZ },
};

#define N_KINDS (int)(sizeof(kinds) / sizeof(kinds[0]))

/* One boot: what goes in, and where it goes. */
struct boot {
	struct scene scene; /* its request, and the plan that should come out */
	struct blob file;
	struct fakemem mem;
	struct fakealloc alloc;
	struct pvhboot_allocator allocator;
	struct pvhboot_options options;
	struct pvhboot_memory memory;
	struct pvhboot_cpu cpu;
	struct pvhboot_diag diag;
	int kind;
};

static int can_boot(int kind)
{
	return bz_can_compress(kinds[kind].compression);
}

static int is_packed(int kind)
{
	return kinds[kind].compression != PVHBOOT_COMPRESSION_NONE;
}

static void boot_open(struct boot *boot, int kind)
{
	memset(boot, 0, sizeof(*boot));
	scene_open_pc(&boot->scene, NULL);
	boot->scene.request.cmdline = pvhboot_text("console=ttyS0 quiet");
	boot->scene.request.rsdp = 0xe0000;
	scene_module(&boot->scene, 0x2345, "initrd");
	scene_module(&boot->scene, 7, NULL);
	if (kinds[kind].in_bzimage)
		bz_image(&boot->file, kinds[kind].compression, blob_view(&boot->scene.elf.image));
	else
		bz_compress(&boot->file, kinds[kind].compression, blob_view(&boot->scene.elf.image),
			    NULL);
	/* what is decoded in the guest leaves zeros around it */
	boot->mem.fill = is_packed(kind) ? 0 : POISON;
	fakemem_add(&boot->mem, PADDR - 0x2000, 0x10000);
	boot->memory =
		fakemem_open(&boot->mem, FAKEMEM_ALL, is_packed(kind) ? PVHBOOT_MEMORY_ZEROED : 0);
	boot->kind = kind;
	boot->allocator = fakealloc_open(&boot->alloc);
	boot->options.allocator = &boot->allocator;
}

static void boot_close(struct boot *boot)
{
	blob_free(&boot->file);
	fakemem_close(&boot->mem);
	scene_close(&boot->scene);
}

/* Boots, with the file in front of an unreadable page. The kernel of the request
 * is not to be read. */
static enum pvhboot_status run(struct boot *boot)
{
	struct pvhboot_request request = boot->scene.request;
	struct guard guard = guard_open(boot->file.size);
	enum pvhboot_status status;

	request.kernel = NULL;
	memset(&boot->diag, 0, sizeof(boot->diag));
	memset(&boot->cpu, 0xee, sizeof(boot->cpu));
	status = pvhboot_boot(guard_at_end(&guard, blob_view(&boot->file)), &request,
			      &boot->options, &boot->memory, &boot->cpu, &boot->diag);
	guard_close(&guard);
	return status;
}

/* What a failure must leave behind: nothing. */
static void expect_no_trace(const char *row, const struct boot *boot)
{
	struct pvhboot_cpu untouched;

	memset(&untouched, 0xee, sizeof(untouched));
	expect_true(row, memcmp(&boot->cpu, &untouched, sizeof(untouched)) == 0);
	expect_eq(row, boot->alloc.n_live, 0);
	expect_eq(row, boot->alloc.n_misuse, 0);
	if (boot->diag.status != PVHBOOT_MEMIO) {
		expect_true(row, fakemem_untouched(&boot->mem));
		/* where an image is decoded in the guest, its window was asked for */
		expect_true(row, boot->mem.n_calls <= (size_t)is_packed(boot->kind));
	}
}

START_TEST(boots)
{
	const char *row = kinds[_i].name;
	struct pvhboot_cpu cpu;
	struct boot boot;

	if (!can_boot(_i))
		return;
	boot_open(&boot, _i);
	expect_status(row, run(&boot), PVHBOOT_OK);
	expect_success(row, &boot.diag, 0);
	expect_eq(row, boot.alloc.n_live, 0);
	expect_eq(row, boot.alloc.n_misuse, 0);

	/* As the stages one by one would have done it. */
	scene_expect_plan(row, &boot.scene, 0);
	pvhboot_plan_cpu(&boot.scene.plan, &cpu);
	expect_true(row, memcmp(&boot.cpu, &cpu, sizeof(cpu)) == 0);
	expect_eq(row, fakemem_first_wrong_place(&boot.mem, &boot.scene.plan),
		  boot.scene.plan.n_places);
	expect_true(row, fakemem_untouched_outside(&boot.mem, &boot.scene.plan));
	expect_eq(row, boot.mem.n_refused, 0);
	boot_close(&boot);
}
END_TEST

/* "options may be NULL": malloc and all codecs. */
START_TEST(boots_by_default)
{
	struct boot boot;

	if (!can_boot(_i))
		return;
	boot_open(&boot, _i);
	expect_status(kinds[_i].name,
		      pvhboot_boot(blob_view(&boot.file), &boot.scene.request, NULL, &boot.memory,
				   &boot.cpu, NULL),
		      PVHBOOT_OK);
	expect_status("plan", scene_plan(&boot.scene), PVHBOOT_OK);
	expect_eq(kinds[_i].name, fakemem_first_wrong_place(&boot.mem, &boot.scene.plan),
		  boot.scene.plan.n_places);
	expect_eq(kinds[_i].name, boot.alloc.n_calls, 0);
	boot_close(&boot);
}
END_TEST

START_TEST(boots_into_zeroed_memory)
{
	struct boot boot;

	boot_open(&boot, 0);
	boot.mem.fill = 0;
	fakemem_reset(&boot.mem);
	boot.memory = fakemem_open(&boot.mem, FAKEMEM_WRITE, PVHBOOT_MEMORY_ZEROED);
	expect_status("zeroed", run(&boot), PVHBOOT_OK);
	expect_status("plan", scene_plan(&boot.scene), PVHBOOT_OK);
	ck_assert_uint_eq(fakemem_first_wrong_place(&boot.mem, &boot.scene.plan),
			  boot.scene.plan.n_places);
	boot_close(&boot);
}
END_TEST

/* Relocations behind the ELF image, a missing signature: booted, and told. */
START_TEST(boots_with_warnings)
{
	struct blob contents = { 0 };
	struct boot boot;

	boot_open(&boot, 2);
	blob_append(&contents, boot.scene.elf.image.data, boot.scene.elf.image.size);
	blob_pattern(&contents, 77, 4444);
	blob_free(&boot.file);
	bz_image(&boot.file, PVHBOOT_COMPRESSION_GZIP, blob_view(&contents));
	bz_patch(&boot.file, "boot_flag", 0);
	scene_map(&boot.scene, 0x200000, 0x1000, PVHBOOT_MAP_RESERVED);
	expect_status("warnings", run(&boot), PVHBOOT_OK);
	/* Of probing, of what is no relocation, and of planning, in this order. */
	expect_success("warnings", &boot.diag, 3);
	ck_assert_uint_eq(boot.diag.warnings[0].stage, PVHBOOT_STAGE_IMAGE);
	ck_assert_uint_eq(boot.diag.warnings[1].stage, PVHBOOT_STAGE_ELF);
	ck_assert_uint_eq(boot.diag.warnings[2].stage, PVHBOOT_STAGE_PLAN);
	blob_free(&contents);
	boot_close(&boot);
}
END_TEST

/* "pvhboot_boot() opens the kernel with it" */
START_TEST(boots_what_xen_boots)
{
	const struct elf_phdr over_the_bss = {
		.type = 1, .flags = 6, .paddr = PADDR + 0x1700, .memsz = 0x1000
	};
	struct boot boot;
	struct elf elf = { 0 };

	boot_open(&boot, 0);
	kernel_begin(&elf, &(struct kernel_spec){ 0 });
	elf_add(&elf, &over_the_bss, NULL, 0);
	elf_finish(&elf);
	boot.file.size = 0;
	blob_append(&boot.file, elf.image.data, elf.image.size);
	expect_status("strict", run(&boot), PVHBOOT_OVERLAP);
	expect_no_trace("strict", &boot);
	boot.options.kernel_flags = PVHBOOT_COMPAT_XEN;
	expect_status("compat", run(&boot), PVHBOOT_OK);
	expect_success("compat", &boot.diag, 1);
	elf_free(&elf);
	boot_close(&boot);
}
END_TEST

/* Each stage fails once. */
static void not_a_kernel(struct boot *boot)
{
	boot->file.data[0] = 'x';
	boot->file.data[0x202] = 'x';
}

static void file_cut(struct boot *boot)
{
	boot->file.size -= 10;
}

static void no_codec(struct boot *boot)
{
	boot->scene.request.entry = PVHBOOT_ENTRY_PVH; /* it has others */
	static const struct pvhboot_codec *const none[] = { NULL };

	boot->options.codecs = none;
}

static void over_max_output(struct boot *boot)
{
	boot->options.max_output = boot->scene.elf.image.size - 1;
}

static void over_max_memory(struct boot *boot)
{
	boot->options.max_memory = 1;
}

static void wrong_size(struct boot *boot)
{
	boot->file.data[boot->file.size - 4] ^= 1;
}

static void claims_nothing(struct boot *boot)
{
	memset(boot->file.data + boot->file.size - 4, 0, 4);
}

static void rewrap(struct boot *boot)
{
	blob_free(&boot->file);
	bz_image(&boot->file, PVHBOOT_COMPRESSION_XZ, blob_view(&boot->scene.elf.image));
}

static void no_note(struct boot *boot)
{
	boot->scene.request.entry = PVHBOOT_ENTRY_PVH; /* it has others */
	elf_patch(&boot->scene.elf, "p_type", 2, 0);
	rewrap(boot);
}

static void bad_segment(struct boot *boot)
{
	elf_patch(&boot->scene.elf, "p_filesz", 0, 0x301);
	rewrap(boot);
}

static void other_machine(struct boot *boot)
{
	elf_patch(&boot->scene.elf, "e_machine", 0, 183);
	rewrap(boot);
}

static void payload_is_text(struct boot *boot)
{
	struct blob text = { 0 };

	blob_fill(&text, 'x', 1000);
	blob_free(&boot->file);
	bz_image(&boot->file, PVHBOOT_COMPRESSION_XZ, blob_view(&text));
	blob_free(&text);
}

static void bad_map(struct boot *boot)
{
	scene_map(&boot->scene, 0, 1, 99);
}

static void null_map(struct boot *boot)
{
	boot->scene.request.map = NULL;
}

static void no_ram(struct boot *boot)
{
	boot->scene.request.n_map = 1;
}

static void no_room(struct boot *boot)
{
	/* For the kernel and the block alone. */
	boot->scene.map[1].gpa = PADDR;
	boot->scene.map[1].size = 0x3000;
}

static void bad_memory(struct boot *boot)
{
	boot->memory.map = NULL;
	boot->memory.write = NULL;
}

static void bad_memory_flags(struct boot *boot)
{
	boot->memory.flags = 0x100;
}

static const struct {
	const char *name;
	void (*spoil)(struct boot *boot);
	enum pvhboot_status status;
	enum pvhboot_stage stage;
} stages[] = {
	{ "not a kernel", not_a_kernel, PVHBOOT_FORMAT, PVHBOOT_STAGE_IMAGE },
	{ "file cut", file_cut, PVHBOOT_TRUNCATED, PVHBOOT_STAGE_IMAGE },
	{ "no codec", no_codec, PVHBOOT_UNSUPPORTED, PVHBOOT_STAGE_UNPACK },
	{ "more than max_output", over_max_output, PVHBOOT_LIMIT, PVHBOOT_STAGE_UNPACK },
	{ "more than max_memory", over_max_memory, PVHBOOT_LIMIT, PVHBOOT_STAGE_UNPACK },
	{ "another size", wrong_size, PVHBOOT_CORRUPT, PVHBOOT_STAGE_UNPACK },
	{ "a size of 0", claims_nothing, PVHBOOT_MALFORMED, PVHBOOT_STAGE_IMAGE },
	{ "payload is text", payload_is_text, PVHBOOT_FORMAT, PVHBOOT_STAGE_IMAGE },
	{ "other machine", other_machine, PVHBOOT_UNSUPPORTED, PVHBOOT_STAGE_ELF },
	{ "bad segment", bad_segment, PVHBOOT_MALFORMED, PVHBOOT_STAGE_ELF },
	{ "no note", no_note, PVHBOOT_NOTPVH, PVHBOOT_STAGE_PLAN },
	{ "bad map", bad_map, PVHBOOT_INVAL, PVHBOOT_STAGE_PLAN },
	{ "map is NULL", null_map, PVHBOOT_INVAL, PVHBOOT_STAGE_PLAN },
	{ "no RAM for the kernel", no_ram, PVHBOOT_RANGE, PVHBOOT_STAGE_PLAN },
	{ "no RAM for a module", no_room, PVHBOOT_NOROOM, PVHBOOT_STAGE_PLAN },
	{ "memory without functions", bad_memory, PVHBOOT_INVAL, PVHBOOT_STAGE_BOOT },
	{ "memory with unknown flags", bad_memory_flags, PVHBOOT_INVAL, PVHBOOT_STAGE_BOOT },
};

START_TEST(stage_fails)
{
	const char *row = stages[_i].name;
	const struct finding want = { .says = SAYS_STAGE, .stage = stages[_i].stage };
	struct boot boot;

	/* XZ, which every build has. */
	boot_open(&boot, 3);
	stages[_i].spoil(&boot);
	expect_status(row, run(&boot), stages[_i].status);
	expect_failure(row, &boot.diag, stages[_i].status, &want);
	expect_no_trace(row, &boot);
	boot_close(&boot);
}
END_TEST

START_TEST(without_arguments)
{
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_BOOT };
	struct boot boot;

	boot_open(&boot, 0);
	for (int i = 0; i < 4; i++) {
		struct pvhboot_bytes file = blob_view(&boot.file);
		struct finding here = want;
		char row[32];

		snprintf(row, sizeof(row), "argument %d", i);
		memset(&boot.diag, 0, sizeof(boot.diag));
		memset(&boot.cpu, 0xee, sizeof(boot.cpu));
		if (i == 3) {
			file.data = NULL;
			here.stage = PVHBOOT_STAGE_IMAGE;
		}
		expect_status(row,
			      pvhboot_boot(file, i == 0 ? NULL : &boot.scene.request, &boot.options,
					   i == 1 ? NULL : &boot.memory, i == 2 ? NULL : &boot.cpu,
					   &boot.diag),
			      PVHBOOT_INVAL);
		expect_failure(row, &boot.diag, PVHBOOT_INVAL, &here);
		expect_no_trace(row, &boot);
	}
	boot_close(&boot);
}
END_TEST

/* The allocator fails from its n-th call on, for every n. */
START_TEST(allocator_fails)
{
	struct boot boot;
	size_t n_calls;

	if (!can_boot(_i))
		return;
	boot_open(&boot, _i);
	expect_status(kinds[_i].name, run(&boot), PVHBOOT_OK);
	n_calls = boot.alloc.n_calls;
	/* The workspace at least, and a buffer for what is compressed. */
	ck_assert_uint_ge(n_calls, kinds[_i].compression == PVHBOOT_COMPRESSION_NONE ? 1 : 2);
	boot_close(&boot);
	for (size_t n = 1; n <= n_calls; n++) {
		char row[64];

		snprintf(row, sizeof(row), "%s, allocation %zu", kinds[_i].name, n);
		boot_open(&boot, _i);
		boot.alloc.fail_from = n;
		expect_status(row, run(&boot), PVHBOOT_NOMEM);
		expect_failure(row, &boot.diag, PVHBOOT_NOMEM, &(struct finding){ 0 });
		/* Of a buffer of its own, it says how large it was to be. */
		if (boot.diag.failure.stage == PVHBOOT_STAGE_BOOT)
			expect_finding(row, &boot.diag.failure,
				       &(struct finding){ .says = SAYS_FOUND,
							  .found = boot.alloc.failed_size });
		else /* of the planner's, to see whether the kernel can lie where it is linked */
			expect_true(row, boot.diag.failure.stage == PVHBOOT_STAGE_UNPACK ||
						 boot.diag.failure.stage == PVHBOOT_STAGE_PLAN);
		if (n == n_calls)
			expect_eq(row, boot.diag.failure.stage, PVHBOOT_STAGE_BOOT);
		expect_no_trace(row, &boot);
		boot_close(&boot);
	}
}
END_TEST

/* The kernel's symbols do not fit behind it where it is linked, so that it moves after
 * it was decoded there: it is copied, and not a byte of it stays behind. */
static void boot_open_moving(struct boot *boot)
{
	const struct kernel_spec spec = {
		.has_symbols = 1,
		.symtab_size = 0x180,
		.strtab_size = 0x21,
		.n_reloc = 3,
		.reloc = { 0x1000, KERNEL_PADDR, KERNEL_PADDR + 0xbfff },
	};

	boot_open(boot, 3);
	scene_close(&boot->scene);
	scene_open_pc(&boot->scene, &spec);
	scene_avoid(&boot->scene, boot->scene.kernel.end, boot->scene.kernel.end + 0x200);
	blob_free(&boot->file);
	bz_image(&boot->file, PVHBOOT_COMPRESSION_XZ, blob_view(&boot->scene.elf.image));
}

START_TEST(kernel_moves_after_all)
{
	struct boot boot;
	size_t n_calls;

	boot_open_moving(&boot);
	expect_status("moving", run(&boot), PVHBOOT_OK);
	n_calls = boot.alloc.n_calls;
	expect_status("plan", scene_plan(&boot.scene), PVHBOOT_OK);
	ck_assert_uint_ne(boot.scene.plan.slide, 0);
	ck_assert_uint_eq(boot.mem.calls[0].gpa + boot.mem.calls[0].size, boot.scene.kernel.end);
	ck_assert_uint_eq(fakemem_first_wrong_place(&boot.mem, &boot.scene.plan),
			  boot.scene.plan.n_places);
	ck_assert(fakemem_untouched_outside(&boot.mem, &boot.scene.plan));
	boot_close(&boot);
	for (size_t n = 1; n <= n_calls; n++) {
		char row[32];

		snprintf(row, sizeof(row), "allocation %zu", n);
		boot_open_moving(&boot);
		boot.alloc.fail_from = n;
		expect_status(row, run(&boot), PVHBOOT_NOMEM);
		expect_failure(row, &boot.diag, PVHBOOT_NOMEM, &(struct finding){ 0 });
		expect_no_trace(row, &boot);
		boot_close(&boot);
	}
}
END_TEST

/* Memory fails at its n-th call, for every n. */
START_TEST(memory_fails)
{
	struct boot boot;
	size_t n_calls;

	boot_open(&boot, 2);
	boot.memory = fakemem_open(&boot.mem, FAKEMEM_WRITE | FAKEMEM_ZERO, 0);
	expect_status("counting", run(&boot), PVHBOOT_OK);
	n_calls = boot.mem.n_calls;
	boot_close(&boot);
	ck_assert_uint_eq(n_calls, 6);
	for (size_t n = 1; n <= n_calls; n++) {
		char row[32];

		snprintf(row, sizeof(row), "call %zu", n);
		boot_open(&boot, 2);
		boot.memory = fakemem_open(&boot.mem, FAKEMEM_WRITE | FAKEMEM_ZERO, 0);
		boot.mem.fail_at = n;
		boot.mem.fail_value = 5;
		expect_status(row, run(&boot), PVHBOOT_MEMIO);
		expect_failure(row, &boot.diag, PVHBOOT_MEMIO,
			       &(struct finding){ .says = SAYS_STAGE | SAYS_FOUND,
						  .stage = PVHBOOT_STAGE_COMMIT,
						  .found = 5 });
		expect_eq(row, boot.mem.n_calls, n);
		expect_no_trace(row, &boot);
		boot_close(&boot);
	}
}
END_TEST

/* Any prefix of any file boots nothing, unless it lacks nothing. */
START_TEST(every_prefix)
{
	struct boot boot;
	size_t size;
	size_t step;

	if (!can_boot(_i))
		return;
	boot_open(&boot, _i);
	size = boot.file.size;
	/* An ELF image in full; of a bzImage the setup sectors are all alike. */
	for (boot.file.size = 0; boot.file.size < size; boot.file.size += step) {
		char row[48];
		enum pvhboot_status status = run(&boot);

		snprintf(row, sizeof(row), "%s, %zu bytes", kinds[_i].name, boot.file.size);
		ck_assert_msg(status == PVHBOOT_TRUNCATED || status == PVHBOOT_FORMAT ||
				      status == PVHBOOT_MALFORMED,
			      "%s: %s", row, pvhboot_status_name(status));
		expect_no_trace(row, &boot);
		step = boot.file.size + 100 < size && boot.file.size > 100 ? 7 : 1;
	}
	boot.file.size = size;
	expect_status("whole", run(&boot), PVHBOOT_OK);
	boot_close(&boot);
}
END_TEST

/* ---- The stack ------------------------------------------------------------------- */

/* What base.h promises is that of optimised code; sanitizers need a multiple. */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(WITH_MSAN)
#define STACK_NEED ((size_t)16 << 10)
#define NO_STACK ((size_t)1 << 20) /* below, where any access ends the test */

static struct boot *booted; /* by a context, whose function has no pointer as an argument */
static enum pvhboot_status boot_status;

static void run_booted(void)
{
	boot_status = run(booted);
}

START_TEST(needs_little_stack)
{
	uint8_t *memory;
	ucontext_t back, context;
	struct boot boot;

	if (!can_boot(_i))
		return;
	memory = mmap(NULL, NO_STACK + STACK_NEED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
	ck_assert_int_eq(mprotect(memory + NO_STACK, STACK_NEED, PROT_READ | PROT_WRITE), 0);
	boot_open(&boot, _i);
	booted = &boot;
	ck_assert_int_eq(getcontext(&context), 0);
	context.uc_stack.ss_sp = memory + NO_STACK;
	context.uc_stack.ss_size = STACK_NEED;
	context.uc_link = &back;
	makecontext(&context, run_booted, 0);
	ck_assert_int_eq(swapcontext(&back, &context), 0);
	expect_status(kinds[_i].name, boot_status, PVHBOOT_OK);
	boot_close(&boot);
	munmap(memory, NO_STACK + STACK_NEED);
}
END_TEST
#endif

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("boot");
	TCase *good = suite_case(suite, "good");
	TCase *failing = suite_case(suite, "failing");

	tcase_add_loop_test(good, boots, 0, N_KINDS);
	tcase_add_loop_test(good, boots_by_default, 0, N_KINDS);
	tcase_add_test(good, boots_into_zeroed_memory);
	tcase_add_test(good, boots_with_warnings);
	tcase_add_test(good, boots_what_xen_boots);

	tcase_add_loop_test(failing, stage_fails, 0, ROWS(stages));
	tcase_add_test(failing, without_arguments);
	tcase_add_loop_test(failing, allocator_fails, 0, N_KINDS);
	tcase_add_test(failing, kernel_moves_after_all);
	tcase_add_test(failing, memory_fails);
	tcase_add_loop_test(failing, every_prefix, 0, N_KINDS);
#ifdef STACK_NEED
	tcase_add_loop_test(good, needs_little_stack, 0, N_KINDS);
#endif
	return suite_run(suite);
}
