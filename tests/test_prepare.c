/* SPDX-License-Identifier: MIT */
/* boot.h: a prepared boot, whether its kernel was decoded in the guest or in a buffer: looked
 * at, edited, planned again, committed and released. */

#include <pvhboot/boot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/fakemem.h"
#include "support/scene.h"
#include "support/suite.h"

#define PADDR ((uint64_t)KERNEL_PADDR)
#define MIB (UINT64_C(1) << 20)
#define N_OF(array) (sizeof(array) / sizeof((array)[0]))
#define UNTOUCHED 0xee

/* Guest memory around where the kernel is linked, and where it goes when it must move. */
#define MEM_START (PADDR - 0x10000)
#define MEM_SIZE 0x100000
#define HIGH_START (62 * MIB)

/* A kernel in a bzImage, with a module and a blob, and all that is watched around it. */
struct boot {
	struct scene scene;
	struct blob file;
	struct fakemem mem;
	struct fakealloc alloc;
	struct pvhboot_allocator allocator;
	struct pvhboot_options options;
	struct pvhboot_memory memory;
	struct pvhboot_prepared prepared;
	struct pvhboot_diag diag;
};

static const struct kernel_spec relocatable = { .n_reloc = 1, .reloc = { 0x200000 } };

static void boot_open(struct boot *boot, const struct kernel_spec *spec)
{
	memset(boot, 0, sizeof(*boot));
	scene_open_pc(&boot->scene, spec);
	scene_module(&boot->scene, 0x1234, "initrd");
	scene_blob(&boot->scene, 0x24, 0, 0)->window =
		(struct pvhboot_range){ PADDR + 0x8000, PADDR + 0x10000 };
	bz_image(&boot->file, PVHBOOT_COMPRESSION_XZ, blob_view(&boot->scene.elf.image));
	fakemem_add(&boot->mem, MEM_START, MEM_SIZE);
	fakemem_add(&boot->mem, HIGH_START, MEM_SIZE);
	boot->memory = fakemem_open(&boot->mem, FAKEMEM_ALL, PVHBOOT_MEMORY_ZEROED);
	boot->allocator = fakealloc_open(&boot->alloc);
	boot->options.allocator = &boot->allocator;
}

static void boot_close(struct boot *boot)
{
	pvhboot_prepared_release(&boot->prepared);
	ck_assert_uint_eq(boot->alloc.n_live, 0);
	ck_assert_uint_eq(boot->alloc.n_misuse, 0);
	ck_assert_uint_eq(boot->mem.n_refused, 0);
	blob_free(&boot->file);
	fakemem_close(&boot->mem);
	scene_close(&boot->scene);
}

/* By a request that is gone when the call returns, and whose kernel is not to be read. */
static enum pvhboot_status prepare_in(struct boot *boot, const struct pvhboot_memory *memory)
{
	struct pvhboot_request request = boot->scene.request;
	enum pvhboot_status status;

	request.kernel = (const void *)"not a kernel";
	memset(&boot->diag, 0, sizeof(boot->diag));
	status = pvhboot_prepare(blob_view(&boot->file), &request, &boot->options, memory,
				 &boot->prepared, &boot->diag);
	memset(&request, UNTOUCHED, sizeof(request));
	return status;
}

static enum pvhboot_status replan(struct boot *boot)
{
	struct pvhboot_request request = boot->scene.request;
	enum pvhboot_status status;

	request.kernel = NULL;
	memset(&boot->diag, 0, sizeof(boot->diag));
	status = pvhboot_prepared_replan(&boot->prepared, &request, &boot->diag);
	memset(&request, UNTOUCHED, sizeof(request));
	return status;
}

static enum pvhboot_status commit(struct boot *boot)
{
	memset(&boot->diag, 0, sizeof(boot->diag));
	return pvhboot_prepared_commit(&boot->prepared, &boot->memory, &boot->diag);
}

static void commit_now(const char *row, struct boot *boot)
{
	enum pvhboot_status status = commit(boot);

	expect_success(row, &boot->diag, 0);
	expect_status(row, status, PVHBOOT_OK);
}

/* In the guest, or in a buffer: what of this is the case is known beforehand. */
static void prepare(const char *row, struct boot *boot, int in_guest)
{
	expect_status(row, prepare_in(boot, in_guest ? &boot->memory : NULL), PVHBOOT_OK);
	expect_success(row, &boot->diag, 0);
	expect_eq(row, boot->prepared.in_guest, in_guest);
	expect_eq(row, boot->prepared.own.host != NULL, in_guest);
	expect_eq(row, boot->mem.n_mapped, in_guest);
}

/* The guest holds what the stages plan for the same request. */
static void expect_booted(const char *row, struct boot *boot)
{
	const struct pvhboot_plan *plan = &boot->scene.plan;

	scene_expect_plan(row, &boot->scene, 0);
	expect_eq(row, boot->prepared.plan.slide, plan->slide);
	expect_eq(row, boot->prepared.plan.entry, plan->entry);
	expect_eq(row, boot->prepared.plan.start_info, plan->start_info);
	expect_eq(row, boot->prepared.plan.n_places, plan->n_places);
	expect_eq(row, fakemem_first_wrong_place(&boot->mem, plan), plan->n_places);
	expect_true(row, fakemem_untouched_outside(&boot->mem, plan));
	expect_eq(row, boot->mem.n_mapped, 0);
}

static void expect_untouched(const char *row, const void *out, size_t size)
{
	const uint8_t *bytes = out;

	for (size_t i = 0; i < size; i++)
		ck_assert_msg(bytes[i] == UNTOUCHED, "%s: byte %zu was written", row, i);
}

static const char *const ways[] = { "in a buffer", "in the guest" };

START_TEST(prepared_and_committed)
{
	const struct pvhboot_prepared *prepared;
	struct pvhboot_cpu cpu;
	struct boot boot;

	boot_open(&boot, NULL);
	prepare(ways[_i], &boot, _i);
	prepared = &boot.prepared;
	/* what a caller looks at */
	ck_assert_uint_eq(prepared->image.container, PVHBOOT_CONTAINER_BZIMAGE);
	ck_assert_uint_eq(prepared->image.compression, PVHBOOT_COMPRESSION_XZ);
	ck_assert_ptr_eq(prepared->image.file.data, boot.file.data);
	ck_assert_uint_eq(prepared->kernel.entry, boot.scene.kernel.entry);
	ck_assert_uint_eq(prepared->kernel.elf.size, boot.scene.elf.image.size);
	ck_assert_mem_eq(prepared->kernel.elf.data, boot.scene.elf.image.data,
			 boot.scene.elf.image.size);
	ck_assert_uint_eq(prepared->plan.entry_kind, PVHBOOT_ENTRY_PVH);
	expect_status("commit", commit(&boot), PVHBOOT_OK);
	pvhboot_plan_cpu(&prepared->plan, &cpu);
	ck_assert_uint_eq(cpu.rip, PADDR + 0x40);
	expect_booted(ways[_i], &boot);
	boot_close(&boot);
}
END_TEST

/* Neither options nor a diagnostic nor memory, but for the commit. */
START_TEST(defaults)
{
	struct boot boot;

	boot_open(&boot, NULL);
	expect_status("prepare",
		      pvhboot_prepare(blob_view(&boot.file), &boot.scene.request, NULL,
				      _i ? &boot.memory : NULL, &boot.prepared, NULL),
		      PVHBOOT_OK);
	expect_status("commit", pvhboot_prepared_commit(&boot.prepared, &boot.memory, NULL),
		      PVHBOOT_OK);
	expect_booted(ways[_i], &boot);
	boot_close(&boot);
}
END_TEST

static void as_it_is(struct boot *boot)
{
	(void)boot;
}

static void bare_elf(struct boot *boot)
{
	blob_free(&boot->file);
	blob_append(&boot->file, boot->scene.elf.image.data, boot->scene.elf.image.size);
}

static void two_streams(struct boot *boot)
{
	struct blob outer = { 0 };

	bz_compress(&outer, PVHBOOT_COMPRESSION_GZIP, blob_view(&boot->file), NULL);
	blob_free(&boot->file);
	boot->file = outer;
}

static void without_map(struct boot *boot)
{
	boot->memory.map = NULL;
}

static void once(struct boot *boot)
{
	boot->memory.flags |= PVHBOOT_MEMORY_ONCE;
}

static void slides(struct boot *boot)
{
	boot->scene.request.flags = PVHBOOT_REQUEST_SLIDE;
	boot->scene.request.slide = 32 * MIB + 0xe00000;
}

static void slides_by_0(struct boot *boot)
{
	boot->scene.request.flags = PVHBOOT_REQUEST_SLIDE;
}

static void address_is_taken(struct boot *boot)
{
	scene_avoid(&boot->scene, PADDR, PADDR + 1);
}

/* Not the kernel, but what the image covers in front of it. */
static void head_is_taken(struct boot *boot)
{
	scene_avoid(&boot->scene, PADDR - 1, PADDR);
}

static void under_the_ceiling(struct boot *boot)
{
	const struct blob *elf = &boot->scene.elf.image;
	struct blob image = { 0 };

	/* the kernel ends below it, the image does not */
	blob_append(&image, elf->data, elf->size);
	blob_fill(&image, 1, 0x4000);
	blob_free(&boot->file);
	bz_image(&boot->file, PVHBOOT_COMPRESSION_XZ, blob_view(&image));
	blob_free(&image);
	boot->scene.request.n_modules = 0;
	boot->scene.request.n_blobs = 0;
	boot->scene.request.ceiling = PADDR + 0x3000;
}

static void not_in_one_piece(struct boot *boot)
{
	boot->mem.deny_map_start = PADDR + 0x1000;
	boot->mem.deny_map_end = PADDR + 0x1001;
}

static void module_lies_there(struct boot *boot)
{
	static const uint8_t bytes[] = "a module in guest memory";
	uint8_t *at = fakemem_at(&boot->mem, PADDR + 0x1000, sizeof(bytes));

	/* the guest's memory is not ZEROED then, and a commit writes all of it */
	boot->memory.flags = 0;
	memcpy(at, bytes, sizeof(bytes));
	boot->scene.modules[0].bytes = (struct pvhboot_bytes){ at, sizeof(bytes) };
	boot->scene.modules[0].gpa = PADDR + 0x1000;
	boot->scene.modules[0].align = 0;
	scene_avoid(&boot->scene, PADDR, PADDR + 0x800);
}

/* Where it is decoded in the guest, and where not: each time it boots. */
static const struct {
	const char *name;
	void (*change)(struct boot *boot);
	int in_guest;
} where[] = {
	{ "as it is", as_it_is, 1 },
	{ "bare ELF", bare_elf, 0 },
	{ "two streams", two_streams, 0 },
	{ "no map", without_map, 0 },
	{ "mapped once", once, 0 },
	{ "a slide", slides, 0 },
	{ "a slide of 0", slides_by_0, 1 },
	{ "its address is taken", address_is_taken, 0 },
	{ "its head's address is taken", head_is_taken, 0 },
	{ "the image ends above the ceiling", under_the_ceiling, 0 },
	{ "not mapped in one piece", not_in_one_piece, 0 },
	{ "a module lies there", module_lies_there, 0 },
};

START_TEST(where_it_is_decoded)
{
	const char *row = where[_i].name;
	struct boot boot;

	boot_open(&boot, &relocatable);
	where[_i].change(&boot);
	expect_status(row, prepare_in(&boot, &boot.memory), PVHBOOT_OK);
	expect_eq(row, boot.prepared.in_guest, where[_i].in_guest);
	expect_eq(row, boot.mem.n_mapped, where[_i].in_guest);
	if (!where[_i].in_guest && where[_i].change != module_lies_there)
		expect_true(row, fakemem_untouched(&boot.mem));
	commit_now(row, &boot);
	if (where[_i].change != module_lies_there) {
		expect_booted(row, &boot);
	} else { /* its source is in its place, so that the plan is the judge */
		expect_eq(row, fakemem_first_wrong_place(&boot.mem, &boot.prepared.plan),
			  boot.prepared.plan.n_places);
		expect_true(row,
			    memcmp(fakemem_at(&boot.mem, PADDR + 0x1000, 8), "a module", 8) == 0);
	}
	boot_close(&boot);
}
END_TEST

/* In the guest once; in a buffer as often as one likes. */
START_TEST(committed_again)
{
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_BOOT };
	struct boot boot;
	size_t n_calls;

	boot_open(&boot, NULL);
	prepare(ways[_i], &boot, _i);
	expect_status("first", commit(&boot), PVHBOOT_OK);
	expect_booted("first", &boot);
	n_calls = boot.mem.n_calls;
	if (_i) {
		expect_status("second", commit(&boot), PVHBOOT_INVAL);
		expect_failure("second", &boot.diag, PVHBOOT_INVAL, &want);
		ck_assert_uint_eq(boot.mem.n_calls, n_calls);
		expect_booted("second", &boot);
		expect_status("replan", replan(&boot), PVHBOOT_INVAL);
		expect_failure("replan", &boot.diag, PVHBOOT_INVAL, &want);
	} else {
		fakemem_reset(&boot.mem);
		expect_status("second", commit(&boot), PVHBOOT_OK);
		expect_booted("second", &boot);
		expect_status("replan", replan(&boot), PVHBOOT_OK);
		fakemem_reset(&boot.mem);
		expect_status("third", commit(&boot), PVHBOOT_OK);
		expect_booted("third", &boot);
	}
	boot_close(&boot);
}
END_TEST

/* The memory of the commit may be NULL: then it is that of the preparation, if there is one. */
START_TEST(memory_of_the_commit)
{
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_COMMIT };
	struct pvhboot_memory other;
	struct boot boot;

	boot_open(&boot, NULL);
	prepare(ways[_i], &boot, _i);
	memset(&boot.diag, 0, sizeof(boot.diag));
	if (_i) {
		expect_status("the same", pvhboot_prepared_commit(&boot.prepared, NULL, &boot.diag),
			      PVHBOOT_OK);
	} else {
		expect_status("none", pvhboot_prepared_commit(&boot.prepared, NULL, &boot.diag),
			      PVHBOOT_INVAL);
		expect_failure("none", &boot.diag, PVHBOOT_INVAL, &want);
		expect_status("now", commit(&boot), PVHBOOT_OK);
	}
	expect_booted(ways[_i], &boot);
	boot_close(&boot);

	/* Other ways into the same guest. */
	boot_open(&boot, NULL);
	prepare(ways[_i], &boot, _i);
	other = fakemem_open(&boot.mem, FAKEMEM_WRITE, PVHBOOT_MEMORY_ZEROED);
	expect_status("other", pvhboot_prepared_commit(&boot.prepared, &other, &boot.diag),
		      PVHBOOT_OK);
	expect_booted(ways[_i], &boot);
	boot_close(&boot);
}
END_TEST

/* A place that the caller fills, bytes of a blob that are written when its address is known, a
 * module that goes elsewhere. */
START_TEST(edited)
{
	const struct pvhboot_place *segment;
	struct pvhboot_place *places;
	struct boot boot;
	uint32_t blob_at = 0;

	boot_open(&boot, NULL);
	prepare(ways[_i], &boot, _i);
	places = boot.prepared.plan.places;
	for (size_t i = 0; i < boot.prepared.plan.n_places; i++) {
		if (places[i].kind == PVHBOOT_PLACE_MODULE)
			places[i].flags |= PVHBOOT_PLACE_BY_CALLER;
		if (places[i].kind == PVHBOOT_PLACE_BLOB)
			blob_at = (uint32_t)places[i].gpa;
	}
	store_le(boot.scene.blob_contents[0].data, 4, blob_at);
	expect_status("commit", commit(&boot), PVHBOOT_OK);
	expect_eq(ways[_i], load_le(fakemem_at(&boot.mem, blob_at, 4), 4), blob_at);
	scene_expect_plan("stages", &boot.scene, 0);
	for (size_t i = 0; i < boot.scene.plan.n_places; i++) {
		const struct pvhboot_place *place = &boot.scene.plan.places[i];
		const uint8_t *at = fakemem_at(&boot.mem, place->gpa, place->size);

		if (place->kind != PVHBOOT_PLACE_MODULE) {
			expect_true(ways[_i],
				    memcmp(at, place->source.data, place->source.size) == 0);
			continue;
		}
		for (size_t k = 0; k < place->size; k++)
			ck_assert_uint_eq(at[k], 0);
	}
	segment = scene_place(&boot.scene, PVHBOOT_PLACE_SEGMENT, 0);
	ck_assert_uint_eq(segment->gpa, PADDR);
	boot_close(&boot);
}
END_TEST

/* Nothing stays, whatever was done before; a second release has nothing to do. */
START_TEST(released)
{
	static const struct pvhboot_prepared zero;
	struct pvhboot_prepared nothing = zero;
	struct boot boot;

	pvhboot_prepared_release(NULL);
	pvhboot_prepared_release(&nothing);
	for (int step = 0; step < 3; step++) {
		boot_open(&boot, NULL);
		prepare(ways[_i], &boot, _i);
		if (step == 1)
			expect_status("replan", replan(&boot), PVHBOOT_OK);
		if (step == 2)
			expect_status("commit", commit(&boot), PVHBOOT_OK);
		pvhboot_prepared_release(&boot.prepared);
		ck_assert_uint_eq(boot.alloc.n_live, 0);
		ck_assert_uint_eq(boot.mem.n_mapped, 0);
		ck_assert_mem_eq(&boot.prepared, &zero, sizeof(zero));
		if (step < 2)
			ck_assert(fakemem_untouched(&boot.mem));
		else
			ck_assert_uint_eq(load_le(fakemem_at(&boot.mem, PADDR, 8), 8),
					  load_le(boot.scene.elf.image.data +
							  elf_read(&boot.scene.elf, "p_offset", 0),
						  8));
		expect_status("commit", commit(&boot), PVHBOOT_INVAL);
		boot_close(&boot);
	}
}
END_TEST

/* ---- Planned again: the real request is known when the kernel was seen ---- */

static void more_modules(struct boot *boot)
{
	scene_module(&boot->scene, 0x3000, "another");
	scene_avoid(&boot->scene, PADDR + 0x3000, PADDR + 0x5000);
}

static void kernel_goes_up(struct boot *boot)
{
	scene_avoid(&boot->scene, PADDR + 0x10, PADDR + 0x20);
}

/* The kernel was decoded where something else has to lie now. */
static void module_goes_there(struct boot *boot)
{
	boot->scene.modules[0].gpa = PADDR;
}

static void less_ram(struct boot *boot)
{
	boot->scene.request.n_map = 0;
	scene_map(&boot->scene, 0, 0xa0000, PVHBOOT_MAP_RAM);
	scene_map(&boot->scene, HIGH_START, MEM_SIZE, PVHBOOT_MAP_RAM);
	boot->scene.blobs[0].window = (struct pvhboot_range){ 0, 0 };
	boot->scene.request.n_blobs = 0;
}

static void by_a_slide(struct boot *boot)
{
	slides(boot);
}

/* But their counts stay. */
static void no_modules(struct boot *boot)
{
	boot->scene.request.modules = NULL;
}

static void no_blobs(struct boot *boot)
{
	boot->scene.request.blobs = NULL;
}

/* Its bytes lie where the kernel was decoded, where the host's memory is the guest's: another
 * module's bytes would be the kernel's. */
static void module_is_a_part_of_it(struct boot *boot)
{
	static uint8_t bytes[0x100];

	boot->scene.modules[0].bytes = (struct pvhboot_bytes){ bytes, sizeof(bytes) };
}

static const struct {
	const char *name;
	void (*change)(struct boot *boot);
	int moves; /* the kernel */
} replans[] = {
	{ "as it was", as_it_is, 0 },
	{ "more modules", more_modules, 0 },
	{ "kernel up", kernel_goes_up, 1 },
	{ "a module there", module_goes_there, 1 },
	{ "less RAM", less_ram, 1 },
	{ "a slide", by_a_slide, 1 },
	{ "another module", module_is_a_part_of_it, 0 },
};

START_TEST(planned_again)
{
	const char *row = replans[_i / 2].name;
	struct boot boot;

	boot_open(&boot, &relocatable);
	prepare(row, &boot, _i % 2);
	replans[_i / 2].change(&boot);
	expect_status(row, replan(&boot), PVHBOOT_OK);
	expect_success(row, &boot.diag, 0);
	expect_eq(row, boot.prepared.plan.slide != 0, replans[_i / 2].moves);
	commit_now(row, &boot);
	expect_booted(row, &boot);
	boot_close(&boot);
}
END_TEST

/* A plan that fails takes the old one with it; the kernel stays, and a request that works has
 * its way. */
START_TEST(planning_again_fails)
{
	static const struct {
		const char *name;
		void (*change)(struct boot *boot);
		enum pvhboot_status status;
	} rows[] = {
		{ "its address is taken", kernel_goes_up, PVHBOOT_OVERLAP },
		{ "less RAM", less_ram, PVHBOOT_RANGE },
		{ "a slide", by_a_slide, PVHBOOT_RANGE },
		{ "modules are NULL", no_modules, PVHBOOT_INVAL },
		{ "blobs are NULL", no_blobs, PVHBOOT_INVAL },
	};
	struct boot boot;

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct pvhboot_request before;
		struct pvhboot_map_entry map[SCENE_MAX];
		struct pvhboot_blob blob;

		boot_open(&boot, NULL);
		prepare(rows[i].name, &boot, _i);
		before = boot.scene.request;
		memcpy(map, boot.scene.map, sizeof(map));
		blob = boot.scene.blobs[0];
		rows[i].change(&boot);
		expect_status(rows[i].name, replan(&boot), rows[i].status);
		expect_failure(
			rows[i].name, &boot.diag, rows[i].status,
			&(struct finding){ .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_PLAN });
		expect_eq(rows[i].name, boot.prepared.plan.n_places, 0);
		expect_true(rows[i].name, boot.prepared.plan.places == NULL);
		expect_status(rows[i].name, commit(&boot), PVHBOOT_INVAL);
		boot.scene.request = before;
		memcpy(boot.scene.map, map, sizeof(map));
		boot.scene.blobs[0] = blob;
		expect_status(rows[i].name, replan(&boot), PVHBOOT_OK);
		expect_status(rows[i].name, commit(&boot), PVHBOOT_OK);
		expect_booted(rows[i].name, &boot);
		boot_close(&boot);
	}
}
END_TEST

/* For a host whose memory is the guest's: a module of the new request lies where the kernel
 * was decoded, or moves would overwrite it. The kernel leaves then. */
START_TEST(planned_again_over_the_window)
{
	struct boot boot;
	struct pvhboot_bytes source;

	boot_open(&boot, NULL);
	prepare("window", &boot, 1);
	/* the last byte of the window */
	source.data = boot.prepared.own.host +
		      (boot.prepared.own.window.end - boot.prepared.own.window.start) - 1;
	source.size = 1;
	boot.scene.modules[0].bytes = source;
	expect_status("module", replan(&boot), PVHBOOT_OK);
	ck_assert_uint_eq(boot.prepared.in_guest, 0);
	ck_assert_uint_eq(boot.mem.n_mapped, 0);
	ck_assert(fakemem_untouched(&boot.mem));
	ck_assert_uint_eq(boot.prepared.kernel.entry, boot.scene.kernel.entry);
	ck_assert_mem_eq(boot.prepared.kernel.elf.data, boot.scene.elf.image.data,
			 boot.scene.elf.image.size);
	expect_status("module", commit(&boot), PVHBOOT_OK);
	boot_close(&boot);
	/* It stays where there is no memory for it. */
	boot_open(&boot, NULL);
	prepare("window", &boot, 1);
	source.data = boot.prepared.own.host;
	boot.scene.modules[0].bytes = source;
	boot.alloc.fail_at = boot.alloc.n_calls + 1;
	expect_status("no memory", replan(&boot), PVHBOOT_NOMEM);
	expect_eq("no memory", boot.prepared.plan.n_places, 0);
	expect_status("memory", replan(&boot), PVHBOOT_OK);
	expect_eq("memory", boot.prepared.in_guest, 0);
	boot_close(&boot);
}
END_TEST

/* That warnings are failures makes no success of another one. */
START_TEST(planning_again_fails_by_warnings)
{
	struct boot boot;

	boot_open(&boot, NULL);
	boot.options.flags = PVHBOOT_OPTION_STRICT;
	prepare("strict", &boot, 0);
	kernel_goes_up(&boot);
	expect_status("strict", replan(&boot), PVHBOOT_OVERLAP);
	expect_eq("strict", boot.prepared.plan.n_places, 0);
	boot_close(&boot);
}
END_TEST

/* ---- Failures ---- */

static void not_a_kernel(struct boot *boot)
{
	boot->file.data[0x202] = 'x'; /* of "HdrS" */
}

static void damaged(struct boot *boot)
{
	size_t at = bz_payload_at(&boot->file) + (size_t)bz_read(&boot->file, "payload_length") / 2;

	memset(boot->file.data + at, 0xff, 16);
}

static void no_note(struct boot *boot)
{
	boot->scene.request.entry = PVHBOOT_ENTRY_PVH; /* it has others */
	elf_patch(&boot->scene.elf, "p_type", boot->scene.kernel.tables.phnum - 1, 0);
	blob_free(&boot->file);
	bz_image(&boot->file, PVHBOOT_COMPRESSION_XZ, blob_view(&boot->scene.elf.image));
}

static void no_room(struct boot *boot)
{
	boot->scene.modules[0].align = UINT64_C(1) << 40;
}

static void over_max_output(struct boot *boot)
{
	boot->options.max_output = 1;
}

static void unknown_option(struct boot *boot)
{
	boot->options.flags = 0x80;
}

static void unknown_kernel_flag(struct boot *boot)
{
	boot->options.kernel_flags = 0x80;
}

static void no_functions(struct boot *boot)
{
	memset(&boot->memory, 0, sizeof(boot->memory));
}

static const struct {
	const char *name;
	void (*spoil)(struct boot *boot);
	enum pvhboot_status status;
} failures[] = {
	{ "not a kernel", not_a_kernel, PVHBOOT_FORMAT },
	{ "damaged", damaged, PVHBOOT_CORRUPT },
	{ "no note", no_note, PVHBOOT_NOTPVH },
	{ "no room", no_room, PVHBOOT_NOROOM },
	{ "max_output", over_max_output, PVHBOOT_LIMIT },
	{ "option", unknown_option, PVHBOOT_INVAL },
	{ "kernel flag", unknown_kernel_flag, PVHBOOT_INVAL },
	{ "memory without functions", no_functions, PVHBOOT_INVAL },
};

/* "*out is written on success only. After a failure nothing stays allocated or mapped" */
START_TEST(prepare_fails)
{
	const char *row = failures[_i / 2].name;
	int in_guest = _i % 2;
	struct pvhboot_prepared out;
	struct boot boot;

	if (!in_guest && failures[_i / 2].spoil == no_functions)
		return;
	boot_open(&boot, NULL);
	failures[_i / 2].spoil(&boot);
	memset(&out, UNTOUCHED, sizeof(out));
	expect_status(row,
		      pvhboot_prepare(blob_view(&boot.file), &boot.scene.request, &boot.options,
				      in_guest ? &boot.memory : NULL, &out, &boot.diag),
		      failures[_i / 2].status);
	expect_failure(row, &boot.diag, failures[_i / 2].status, &(struct finding){ 0 });
	expect_untouched(row, &out, sizeof(out));
	expect_eq(row, boot.alloc.n_live, 0);
	expect_eq(row, boot.mem.n_mapped, 0);
	expect_true(row, fakemem_untouched(&boot.mem));
	boot_close(&boot);
}
END_TEST

/* One for i386 without a note is entered as it is: what was unpacked of it is gone by then. */
START_TEST(without_an_entry)
{
	struct boot boot;

	boot_open(&boot, NULL);
	elf_patch(&boot.scene.elf, "e_machine", 0, 3);
	no_note(&boot);
	boot.scene.request.entry = PVHBOOT_ENTRY_AUTO;
	boot.scene.request.n_blobs = 0; /* its window is too small beside that */
	expect_status(ways[_i], prepare_in(&boot, _i ? &boot.memory : NULL), PVHBOOT_OK);
	expect_success(ways[_i], &boot.diag, 0);
	ck_assert_uint_eq(boot.prepared.in_guest, 0);
	ck_assert_uint_eq(boot.prepared.plan.entry_kind, PVHBOOT_ENTRY_BZIMAGE64);
	ck_assert_ptr_eq(boot.prepared.kernel.elf.data, boot.prepared.image.bzimage.data);
	ck_assert_uint_eq(boot.mem.n_mapped, 0);
	ck_assert(fakemem_untouched(&boot.mem));
	boot_close(&boot);
}
END_TEST

START_TEST(without_arguments)
{
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_BOOT };
	struct pvhboot_prepared out;
	struct boot boot;

	boot_open(&boot, NULL);
	memset(&out, UNTOUCHED, sizeof(out));
	expect_status("request",
		      pvhboot_prepare(blob_view(&boot.file), NULL, NULL, NULL, &out, &boot.diag),
		      PVHBOOT_INVAL);
	expect_failure("request", &boot.diag, PVHBOOT_INVAL, &want);
	expect_untouched("request", &out, sizeof(out));
	expect_status("out",
		      pvhboot_prepare(blob_view(&boot.file), &boot.scene.request, NULL, NULL, NULL,
				      &boot.diag),
		      PVHBOOT_INVAL);
	expect_failure("out", &boot.diag, PVHBOOT_INVAL, &want);
	expect_status("no diagnostic",
		      pvhboot_prepare(blob_view(&boot.file), NULL, NULL, NULL, NULL, NULL),
		      PVHBOOT_INVAL);
	expect_status("replan", pvhboot_prepared_replan(NULL, &boot.scene.request, &boot.diag),
		      PVHBOOT_INVAL);
	expect_failure("replan", &boot.diag, PVHBOOT_INVAL, &want);
	expect_status("commit", pvhboot_prepared_commit(NULL, &boot.memory, &boot.diag),
		      PVHBOOT_INVAL);
	expect_failure("commit", &boot.diag, PVHBOOT_INVAL, &want);
	expect_status("nothing", commit(&boot), PVHBOOT_INVAL);
	prepare("good", &boot, 1);
	expect_status("request", pvhboot_prepared_replan(&boot.prepared, NULL, &boot.diag),
		      PVHBOOT_INVAL);
	ck_assert_uint_ne(boot.prepared.plan.n_places, 0);
	boot_close(&boot);
}
END_TEST

/* The bytes of one segment and those of the other trade places: no order of moves makes it, so
 * that a buffer is needed. */
static void cannot_move(struct boot *boot)
{
	struct pvhboot_place *places = boot->prepared.plan.places;
	struct pvhboot_bytes bytes = places[0].source;

	ck_assert_uint_eq(places[0].kind, PVHBOOT_PLACE_SEGMENT);
	ck_assert_uint_eq(places[1].kind, PVHBOOT_PLACE_SEGMENT);
	places[0].source = places[1].source;
	places[1].source = bytes;
	/* now one over the other's bytes */
	places[0].gpa =
		boot->prepared.own.window.start + (uint64_t)(bytes.data - boot->prepared.own.host);
	places[1].gpa = boot->prepared.own.window.start +
			(uint64_t)(places[0].source.data - boot->prepared.own.host);
	places[0].size = places[0].source.size;
	places[1].size = places[1].source.size;
}

/* Every allocation of a preparation, of a plan and of a commit fails. */
START_TEST(allocator_fails)
{
	struct boot boot;
	size_t n = 0;
	int is_done = 0;

	while (!is_done) {
		enum pvhboot_status status;
		char row[32];

		snprintf(row, sizeof(row), "allocation %zu", ++n);
		boot_open(&boot, &relocatable);
		boot.alloc.fail_from = n;
		status = prepare_in(&boot, _i ? &boot.memory : NULL);
		if (status == PVHBOOT_OK) {
			kernel_goes_up(&boot);
			status = replan(&boot);
			if (status == PVHBOOT_OK)
				status = commit(&boot);
			else
				expect_eq(row, boot.prepared.plan.n_places, 0);
		} else {
			expect_eq(row, boot.alloc.n_live, 0);
		}
		is_done = status == PVHBOOT_OK;
		if (is_done) {
			expect_booted(row, &boot);
		} else {
			expect_status(row, status, PVHBOOT_NOMEM);
			expect_failure(row, &boot.diag, PVHBOOT_NOMEM, &(struct finding){ 0 });
			pvhboot_prepared_release(&boot.prepared);
			expect_true(row, fakemem_untouched(&boot.mem));
		}
		boot_close(&boot);
	}
	/* the kernel or its start, two workspaces, and in the guest a buffer to leave it by */
	ck_assert_uint_gt(n, _i ? 4 : 3);
}
END_TEST

/* "segments cannot be moved in any order, and a buffer for the kernel could not be allocated
 * (found is its size); nothing was written" */
START_TEST(no_order)
{
	struct boot boot;
	size_t size;

	for (int fails = 0; fails < 2; fails++) {
		struct finding want = { .says = SAYS_STAGE | SAYS_FOUND,
					.stage = PVHBOOT_STAGE_BOOT };
		uint64_t sum;

		boot_open(&boot, NULL);
		prepare("no order", &boot, 1);
		size = boot.prepared.kernel.elf.size;
		cannot_move(&boot);
		sum = fakemem_sum(&boot.mem);
		if (fails) {
			boot.alloc.fail_from = boot.alloc.n_calls + 1;
			want.found = size;
			expect_status("no order", commit(&boot), PVHBOOT_NOMEM);
			expect_failure("no order", &boot.diag, PVHBOOT_NOMEM, &want);
			ck_assert_uint_eq(fakemem_sum(&boot.mem), sum);
			/* and can be tried again */
			boot.alloc.fail_from = 0;
		}
		expect_status("no order", commit(&boot), PVHBOOT_OK);
		ck_assert_uint_eq(boot.prepared.in_guest, 0);
		for (size_t i = 0; i < 2; i++) {
			const struct pvhboot_place *place = &boot.prepared.plan.places[i];

			ck_assert_mem_eq(fakemem_at(&boot.mem, place->gpa, place->size),
					 place->source.data, place->source.size);
		}
		boot_close(&boot);
	}
}
END_TEST

/* "where in_guest is 1, places that the kernel's bytes go to are complete before the others are
 * begun" */
START_TEST(callback_fails)
{
	const char *row = ways[_i];
	struct boot boot;
	size_t n_before;

	boot_open(&boot, NULL);
	prepare(row, &boot, _i);
	n_before = boot.mem.n_calls;
	boot.memory = fakemem_open(&boot.mem, FAKEMEM_WRITE, PVHBOOT_MEMORY_ZEROED);
	boot.mem.fail_at = n_before + (_i ? 1 : 3); /* the first that is not the kernel's */
	boot.mem.fail_value = -5;
	expect_status(row, commit(&boot), PVHBOOT_MEMIO);
	expect_failure(row, &boot.diag, PVHBOOT_MEMIO,
		       &(struct finding){ .says = SAYS_STAGE | SAYS_INDEX | SAYS_FOUND,
					  .stage = PVHBOOT_STAGE_COMMIT,
					  .index = 2,
					  .found = (uint64_t)-5 });
	scene_expect_plan(row, &boot.scene, 0);
	expect_eq(row, fakemem_first_wrong_place(&boot.mem, &boot.scene.plan), 2);
	boot.scene.plan.n_places = 2;
	expect_true(row, fakemem_untouched_outside(&boot.mem, &boot.scene.plan));
	/* what was decoded in the guest is gone; the other can be committed again */
	boot.mem.fail_at = 0;
	expect_status(row, commit(&boot), _i ? PVHBOOT_INVAL : PVHBOOT_OK);
	boot_close(&boot);
}
END_TEST

#define RAM_SIZE (0xa0000 + 63 * MIB) /* of the scene */

/* An initrd in a stream of gzip that says how much it holds. */
static const struct {
	const char *name;
	uint64_t size;
	uint32_t flags;
	int is_other; /* the kernel, than Linux */
	int is_told;
} initrds[] = {
	{ "as large as RAM", RAM_SIZE, 0, 0, 0 },
	{ "larger by a byte", RAM_SIZE + 1, 0, 0, 1 },
	{ "of the caller's", RAM_SIZE + 1, PVHBOOT_MODULE_BY_CALLER, 0, 0 },
	{ "of another kernel", RAM_SIZE + 1, 0, 1, 0 },
};

START_TEST(initrd_is_too_large)
{
	const char *row = initrds[_i].name;
	const struct finding want = { SAYS_SUBJECT | SAYS_INDEX | SAYS_NUMBERS,
				      .stage = PVHBOOT_STAGE_BOOT,
				      .subject = PVHBOOT_SUBJECT_MODULE, .found = RAM_SIZE + 1,
				      .bound = RAM_SIZE };
	struct boot boot;
	uint8_t *bytes;

	boot_open(&boot, NULL);
	bytes = boot.scene.contents[0].data;
	bytes[0] = 0x1f;
	bytes[1] = 0x8b;
	for (size_t i = 0; i < 4; i++)
		bytes[0x1234 - 4 + i] = (uint8_t)(initrds[_i].size >> 8 * i);
	boot.scene.modules[0].flags = initrds[_i].flags;
	if (initrds[_i].is_other) {
		blob_free(&boot.file);
		blob_append(&boot.file, boot.scene.elf.image.data, boot.scene.elf.image.size);
	}
	expect_status(row, prepare_in(&boot, NULL), PVHBOOT_OK);
	if (initrds[_i].is_told)
		expect_warning(row, &boot.diag, &want);
	else
		expect_success(row, &boot.diag, 0);
	boot_close(&boot);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prepare");
	TCase *whole = suite_case(suite, "whole");
	TCase *again = suite_case(suite, "again");
	TCase *failing = suite_case(suite, "failing");

	tcase_add_loop_test(whole, prepared_and_committed, 0, 2);
	tcase_add_loop_test(whole, defaults, 0, 2);
	tcase_add_loop_test(whole, where_it_is_decoded, 0, N_OF(where));
	tcase_add_loop_test(whole, committed_again, 0, 2);
	tcase_add_loop_test(whole, memory_of_the_commit, 0, 2);
	tcase_add_loop_test(whole, edited, 0, 2);
	tcase_add_loop_test(whole, without_an_entry, 0, 2);
	tcase_add_loop_test(whole, released, 0, 2);
	tcase_add_loop_test(whole, initrd_is_too_large, 0, N_OF(initrds));
	tcase_add_loop_test(again, planned_again, 0, 2 * N_OF(replans));
	tcase_add_loop_test(again, planning_again_fails, 0, 2);
	tcase_add_test(again, planned_again_over_the_window);
	tcase_add_test(again, planning_again_fails_by_warnings);
	tcase_add_loop_test(failing, prepare_fails, 0, 2 * N_OF(failures));
	tcase_add_test(failing, without_arguments);
	tcase_add_loop_test(failing, allocator_fails, 0, 2);
	tcase_add_test(failing, no_order);
	tcase_add_loop_test(failing, callback_fails, 0, 2);
	return suite_run(suite);
}
