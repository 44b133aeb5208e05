/* SPDX-License-Identifier: MIT */
/* plan.h: pvhboot_plan_need() and pvhboot_plan_make(), case by case. The block's
 * contents: test_info.c. Relocation: test_plan_reloc.c. At random: test_plan_random.c. */

#include <pvhboot/plan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/scene.h"
#include "support/startread.h"
#include "support/suite.h"

/* The standard kernel: segments of [PADDR, + 0x300) and [PADDR + 0x1000, + 0x800). */
#define PADDR ((uint64_t)KERNEL_PADDR)
#define END (PADDR + 0x1800)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

START_TEST(names)
{
	ck_assert_str_eq(pvhboot_place_kind_name(PVHBOOT_PLACE_SEGMENT), "segment");
	ck_assert_str_eq(pvhboot_place_kind_name(PVHBOOT_PLACE_MODULE), "module");
	ck_assert_str_eq(pvhboot_place_kind_name(PVHBOOT_PLACE_INFO), "start_info");
	ck_assert_str_eq(pvhboot_place_kind_name((enum pvhboot_place_kind)0), "?");
	ck_assert_str_eq(pvhboot_place_kind_name(PVHBOOT_PLACE_SYMBOLS), "symbols");
	ck_assert_str_eq(pvhboot_place_kind_name(PVHBOOT_PLACE_BLOB), "blob");
	ck_assert_str_eq(pvhboot_place_kind_name((enum pvhboot_place_kind)6), "?");
}
END_TEST

START_TEST(a_pc)
{
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene.request.cmdline = pvhboot_text("console=ttyS0");
	scene_module(&scene, 5000, "initrd");
	scene_module(&scene, 1, NULL);
	scene_expect_plan("pc", &scene, 0);
	ck_assert_uint_eq(scene.plan.n_places, 5);
	ck_assert_uint_eq(scene.plan.slide, 0);
	ck_assert_uint_eq(scene.plan.entry, PADDR + 0x40);
	/* In this order behind the kernel, each at the start of a page. */
	ck_assert_uint_eq(scene.plan.start_info, PADDR + 0x2000);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, PADDR + 0x3000);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 1)->gpa, PADDR + 0x5000);
	scene_close(&scene);
}
END_TEST

/* "Zero in any member but kernel and map means none or the default." */
START_TEST(least_request)
{
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene.request =
		(struct pvhboot_request){ .kernel = &scene.kernel, .map = scene.map, .n_map = 2 };
	scene_expect_plan("least", &scene, 0);
	ck_assert_uint_eq(scene.plan.n_places, 3);
	scene_close(&scene);
}
END_TEST

static void null_kernel(struct scene *scene)
{
	scene->request.kernel = NULL;
}

static void no_segments(struct scene *scene)
{
	scene->kernel.n_segments = 0;
}

static void null_map(struct scene *scene)
{
	scene->request.map = NULL;
}

static void null_avoid(struct scene *scene)
{
	scene->request.avoid = NULL;
	scene->request.n_avoid = 1;
}

static void null_modules(struct scene *scene)
{
	scene->request.modules = NULL;
	scene->request.n_modules = 1;
}

static void high_ceiling(struct scene *scene)
{
	scene->request.ceiling = 4 * GIB + 1;
}

static void high_info_ceiling(struct scene *scene)
{
	scene->request.info_ceiling = 4 * GIB + 1;
}

static void ask_entropy(struct scene *scene, uint32_t flags, size_t size)
{
	static const uint8_t entropy[4097 + 16];

	scene->request.flags = flags;
	scene->request.entropy = (struct pvhboot_bytes){ entropy, size };
}

static void no_entropy(struct scene *scene)
{
	ask_entropy(scene, PVHBOOT_REQUEST_KASLR | PVHBOOT_REQUEST_RNG_SEED, 47);
}

static void entropy_for_nothing(struct scene *scene)
{
	ask_entropy(scene, 0, 1);
}

static void entropy_of_kaslr(struct scene *scene)
{
	ask_entropy(scene, PVHBOOT_REQUEST_KASLR, 17);
}

static void long_seed(struct scene *scene)
{
	ask_entropy(scene, PVHBOOT_REQUEST_KASLR | PVHBOOT_REQUEST_RNG_SEED, 4096 + 16 + 1);
}

static void null_entropy(struct scene *scene)
{
	ask_entropy(scene, PVHBOOT_REQUEST_KASLR, 16);
	scene->request.entropy.data = NULL;
}

static void slide_and_kaslr(struct scene *scene)
{
	ask_entropy(scene, PVHBOOT_REQUEST_KASLR | PVHBOOT_REQUEST_SLIDE, 16);
}

static void unknown_entry(struct scene *scene)
{
	scene->request.entry = PVHBOOT_ENTRY_EFI + 1;
}

static void null_module(struct scene *scene)
{
	scene_module(scene, 1, NULL);
	scene_module(scene, 0, NULL);
	scene->modules[1].bytes.data = NULL;
	scene->modules[1].bytes.size = 1;
}

static void null_module_joined(struct scene *scene)
{
	null_module(scene);
	scene->request.flags = PVHBOOT_REQUEST_JOIN;
}

/* A good one behind it changes nothing. */
static void null_module_first(struct scene *scene)
{
	null_module(scene);
	scene_module(scene, 1, NULL);
}

static void module_flags(struct scene *scene)
{
	scene_module(scene, 1, NULL);
	scene->modules[0].flags = PVHBOOT_MODULE_BY_CALLER | 2;
}

static void module_reserved(struct scene *scene)
{
	scene_module(scene, 1, NULL);
	scene->modules[0].reserved[1] = 1;
}

/* Nor does a good blob. */
static void null_module_and_blob(struct scene *scene)
{
	null_module(scene);
	scene_blob(scene, 1, 0, 0);
}

static void reversed_avoid(struct scene *scene)
{
	scene_avoid(scene, 0x3000, 0x3000);
	scene_avoid(scene, 0x2001, 0x2000);
}

static const struct {
	const char *name;
	void (*spoil)(struct scene *scene);
	struct finding want;
} invalid[] = {
	{ "kernel is NULL", null_kernel, { 0 } },
	{ "a kernel that was not opened", no_segments, { 0 } },
	{ "map is NULL with a count", null_map, { 0 } },
	{ "avoid is NULL with a count", null_avoid, { 0 } },
	{ "modules is NULL with a count", null_modules, { 0 } },
	{ "bytes of a module are NULL with a size",
	  null_module,
	  { .says = SAYS_SUBJECT | SAYS_INDEX, .subject = PVHBOOT_SUBJECT_MODULE, .index = 1 } },
	{ "and they are joined",
	  null_module_joined,
	  { .says = SAYS_SUBJECT | SAYS_INDEX, .subject = PVHBOOT_SUBJECT_MODULE, .index = 1 } },
	{ "and one more module",
	  null_module_first,
	  { .says = SAYS_SUBJECT | SAYS_INDEX, .subject = PVHBOOT_SUBJECT_MODULE, .index = 1 } },
	{ "and a blob",
	  null_module_and_blob,
	  { .says = SAYS_SUBJECT | SAYS_INDEX, .subject = PVHBOOT_SUBJECT_MODULE, .index = 1 } },
	{ "flags of a module",
	  module_flags,
	  { .says = SAYS_SUBJECT | SAYS_INDEX | SAYS_FOUND,
	    .subject = PVHBOOT_SUBJECT_MODULE,
	    .found = 3 } },
	{ "reserved of a module",
	  module_reserved,
	  { .says = SAYS_SUBJECT | SAYS_INDEX, .subject = PVHBOOT_SUBJECT_MODULE } },
	{ "ceiling above 4 GiB",
	  high_ceiling,
	  { .says = SAYS_NUMBERS, .found = 4 * GIB + 1, .bound = 4 * GIB } },
	{ "info_ceiling above 4 GiB",
	  high_info_ceiling,
	  { .says = SAYS_NUMBERS, .found = 4 * GIB + 1, .bound = 4 * GIB } },
	{ "too little entropy", no_entropy, { .says = SAYS_NUMBERS, .found = 47, .bound = 48 } },
	{ "entropy for nothing", entropy_for_nothing, { .says = SAYS_NUMBERS, .found = 1 } },
	{ "too much of it", entropy_of_kaslr, { .says = SAYS_NUMBERS, .found = 17, .bound = 16 } },
	{ "a long seed", long_seed, { .says = SAYS_NUMBERS, .found = 4113, .bound = 4112 } },
	{ "entropy is NULL with a size", null_entropy, { 0 } },
	{ "a slide, and a random one", slide_and_kaslr, { 0 } },
	{ "an unknown entry", unknown_entry, { .says = SAYS_NUMBERS, .found = 6, .bound = 5 } },
	{ "an avoid range ends before it starts",
	  reversed_avoid,
	  { .says = SAYS_SUBJECT | SAYS_INDEX | SAYS_NUMBERS,
	    .subject = PVHBOOT_SUBJECT_AVOID,
	    .index = 1,
	    .found = 0x2001,
	    .bound = 0x2000 } },
};

/* pvhboot_plan_need() and pvhboot_plan_make() alike, but that the former does not
 * look at avoid ranges. */
START_TEST(invalid_requests)
{
	const char *row = invalid[_i].name;
	struct finding want = invalid[_i].want;
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_plan plan = { 0 };
	struct pvhboot_buffer workspace;
	struct scene scene;
	size_t size = 4711;

	want.says |= SAYS_STAGE;
	want.stage = PVHBOOT_STAGE_PLAN;
	scene_open_pc(&scene, NULL);
	invalid[_i].spoil(&scene);
	workspace.size = 65536;
	workspace.data = must_alloc(workspace.size);
	expect_status(row, pvhboot_plan_make(&scene.request, workspace, &plan, &diag),
		      PVHBOOT_INVAL);
	expect_failure(row, &diag, PVHBOOT_INVAL, &want);
	expect_eq(row, plan.n_places, 0);
	expect_status(row, pvhboot_plan_make(&scene.request, workspace, &plan, NULL),
		      PVHBOOT_INVAL);
	if (want.subject != PVHBOOT_SUBJECT_AVOID) {
		memset(&diag, 0, sizeof(diag));
		expect_status(row, pvhboot_plan_need(&scene.request, &size, &diag), PVHBOOT_INVAL);
		expect_failure(row, &diag, PVHBOOT_INVAL, &want);
		expect_eq(row, size, 4711);
	}
	free(workspace.data);
	scene_close(&scene);
}
END_TEST

START_TEST(without_arguments)
{
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_PLAN };
	const struct pvhboot_buffer nowhere = { NULL, 0 };
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_buffer workspace;
	struct pvhboot_plan plan;
	struct scene scene;
	size_t size;

	scene_open_pc(&scene, NULL);
	expect_status("NULL request", pvhboot_plan_need(NULL, &size, &diag), PVHBOOT_INVAL);
	expect_failure("NULL request", &diag, PVHBOOT_INVAL, &want);
	memset(&diag, 0, sizeof(diag));
	expect_status("NULL size", pvhboot_plan_need(&scene.request, NULL, &diag), PVHBOOT_INVAL);
	expect_failure("NULL size", &diag, PVHBOOT_INVAL, &want);
	expect_status("no diag", pvhboot_plan_need(NULL, &size, NULL), PVHBOOT_INVAL);

	expect_status("need", pvhboot_plan_need(&scene.request, &size, NULL), PVHBOOT_OK);
	workspace.data = must_alloc(size);
	workspace.size = size;
	memset(&diag, 0, sizeof(diag));
	expect_status("NULL request", pvhboot_plan_make(NULL, workspace, &plan, &diag),
		      PVHBOOT_INVAL);
	expect_failure("NULL request", &diag, PVHBOOT_INVAL, &want);
	memset(&diag, 0, sizeof(diag));
	expect_status("NULL out", pvhboot_plan_make(&scene.request, workspace, NULL, &diag),
		      PVHBOOT_INVAL);
	expect_failure("NULL out", &diag, PVHBOOT_INVAL, &want);
	memset(&diag, 0, sizeof(diag));
	expect_status("NULL workspace", pvhboot_plan_make(&scene.request, nowhere, &plan, &diag),
		      PVHBOOT_INVAL);
	expect_failure("NULL workspace", &diag, PVHBOOT_INVAL, &want);
	expect_status("no diag", pvhboot_plan_make(&scene.request, workspace, &plan, NULL),
		      PVHBOOT_OK);
	free(workspace.data);
	scene_close(&scene);
}
END_TEST

START_TEST(workspace_too_small)
{
	struct pvhboot_plan plan;
	struct pvhboot_plan untouched;
	struct scene scene;
	size_t size;

	scene_open_pc(&scene, NULL);
	scene_module(&scene, 100, "module");
	expect_status("need", pvhboot_plan_need(&scene.request, &size, NULL), PVHBOOT_OK);
	memset(&plan, 0xee, sizeof(plan));
	memset(&untouched, 0xee, sizeof(untouched));
	for (size_t less = 1; less <= size; less += less < 100 ? 1 : 97) {
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_PLAN,
			.subject = PVHBOOT_SUBJECT_WORKSPACE,
			.found = size - less,
			.bound = size,
		};
		struct pvhboot_diag diag = { 0 };
		struct guard guard = guard_open(size - less + 1);
		struct pvhboot_buffer workspace = guard_buffer(&guard, size - less);

		expect_status("small", pvhboot_plan_make(&scene.request, workspace, &plan, &diag),
			      PVHBOOT_NOSPACE);
		expect_failure("small", &diag, PVHBOOT_NOSPACE, &want);
		ck_assert_int_eq(memcmp(&plan, &untouched, sizeof(plan)), 0);
		guard_close(&guard);
	}
	scene_close(&scene);
}
END_TEST

/* A buffer may start anywhere; what it needs does not depend on where. */
START_TEST(workspace_at_any_address)
{
	struct scene scene;
	size_t size;

	scene_open_pc(&scene, NULL);
	scene_module(&scene, 100, "module");
	scene_avoid(&scene, PADDR + 0x2000, PADDR + 0x2001);
	expect_status("need", pvhboot_plan_need(&scene.request, &size, NULL), PVHBOOT_OK);
	for (size_t shift = 0; shift < 16; shift++) {
		struct guard guard = guard_open(size + 16);
		struct pvhboot_buffer workspace = { guard.first + shift, size };
		struct pvhboot_diag diag = { 0 };
		char row[32];

		snprintf(row, sizeof(row), "shifted by %zu", shift);
		memset(guard.first, 0x99, (size_t)(guard.end - guard.first));
		expect_status(row, pvhboot_plan_make(&scene.request, workspace, &scene.plan, &diag),
			      PVHBOOT_OK);
		start_expect(row, &scene.plan, &scene.request);
		/* Nothing outside of it was written. */
		for (const uint8_t *at = guard.first; at < guard.end; at++) {
			if (at < workspace.data || at >= workspace.data + size)
				expect_eq(row, *at, 0x99);
		}
		guard_close(&guard);
	}
	scene_close(&scene);
}
END_TEST

START_TEST(too_many_elements)
{
	static const size_t counts[] = { ((size_t)1 << 28) + 1, (size_t)1 << 31, SIZE_MAX / 32,
					 SIZE_MAX / 2, SIZE_MAX };
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_PLAN };
	struct scene scene;
	size_t size = 4711;

	scene_open_pc(&scene, NULL);
	for (size_t i = 0; i < 2 * sizeof(counts) / sizeof(counts[0]); i++) {
		const struct pvhboot_buffer workspace = { (uint8_t *)&scene, 8 };
		struct pvhboot_diag diag = { 0 };
		struct pvhboot_plan plan;

		/* Counts alone: no entry of these arrays can be read. */
		scene.request.n_map = i % 2 ? counts[i / 2] : 2;
		scene.request.n_avoid = i % 2 ? 0 : counts[i / 2];
		expect_status("need", pvhboot_plan_need(&scene.request, &size, &diag),
			      PVHBOOT_LIMIT);
		expect_failure("need", &diag, PVHBOOT_LIMIT, &want);
		ck_assert_uint_eq(size, 4711);
		expect_status("make", pvhboot_plan_make(&scene.request, workspace, &plan, NULL),
			      PVHBOOT_LIMIT);
	}
	scene.request.n_map = 2;
	scene.request.n_avoid = 0;
	/* As many as may be. */
	scene.request.n_map = (size_t)1 << 28;
	expect_status("the most", pvhboot_plan_need(&scene.request, &size, NULL), PVHBOOT_OK);
	ck_assert_uint_gt(size, (size_t)1 << 28);
	scene_close(&scene);
}
END_TEST

/* What a request does not ask for takes no room, and its map is copied for blobs alone.
 * Counts are enough: no map entry is read. */
START_TEST(workspace_for_what_is_asked)
{
	const struct kernel_spec spec = { .has_symbols = 1, .symtab_size = 0x100 };
	const size_t n_map = (size_t)1 << 20;
	const size_t symbols_head = 260;
	struct scene scene;
	size_t least, more;

	scene_open_pc(&scene, &spec);
	scene.request.n_map = n_map;
	expect_status("symbols", pvhboot_plan_need(&scene.request, &more, NULL), PVHBOOT_OK);
	scene.kernel.symbols.size = 0;
	expect_status("least", pvhboot_plan_need(&scene.request, &least, NULL), PVHBOOT_OK);
	ck_assert_uint_ge(more, least + 3 * sizeof(struct pvhboot_place) + symbols_head);
	scene.request.flags = PVHBOOT_REQUEST_MODULES_ABOVE_4GIB;
	expect_status("above 4 GiB", pvhboot_plan_need(&scene.request, &more, NULL), PVHBOOT_OK);
	ck_assert_uint_ge(more, least + 2 * n_map * sizeof(uint64_t));
	scene.request.flags = 0;
	scene_blob(&scene, 1, 0, 0);
	expect_status("a blob", pvhboot_plan_need(&scene.request, &more, NULL), PVHBOOT_OK);
	ck_assert_uint_ge(more, least + n_map * sizeof(struct pvhboot_map_entry));
	scene_close(&scene);
}
END_TEST

/* Opens a guard page behind a copy of an array. */
static const void *guarded(struct guard *guard, const void *array, size_t size)
{
	*guard = guard_open(size);
	return guard_at_end(guard, (struct pvhboot_bytes){ array, size }).data;
}

/* No array of a request is read behind its last element. */
START_TEST(nothing_behind_the_arrays)
{
	struct guard guards[4];
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_avoid(&scene, 0x3000000, 0x3001000);
	scene_avoid(&scene, 0x2000000, 0x2001000);
	scene_module(&scene, 1, NULL);
	scene_module(&scene, 1, NULL);
	scene_blob(&scene, 1, 0, PVHBOOT_MAP_ACPI);
	scene_blob(&scene, 1, 0xe0000, PVHBOOT_MAP_ACPI);
	scene.request.map = guarded(&guards[0], scene.map, 2 * sizeof(scene.map[0]));
	scene.request.avoid = guarded(&guards[1], scene.avoid, 2 * sizeof(scene.avoid[0]));
	scene.request.modules = guarded(&guards[2], scene.modules, 2 * sizeof(scene.modules[0]));
	scene.request.blobs = guarded(&guards[3], scene.blobs, 2 * sizeof(scene.blobs[0]));
	scene_expect_plan("guarded", &scene, 0);
	ck_assert_uint_eq(scene.plan.n_places, 2 + 2 + 2 + 1);
	for (size_t i = 0; i < 4; i++)
		guard_close(&guards[i]);
	scene_close(&scene);
}
END_TEST

START_TEST(bad_map_entries)
{
	static const struct {
		const char *name;
		struct pvhboot_map_entry entry;
		enum pvhboot_status status;
		uint64_t found;
	} rows[] = {
		{ "type 0", { 0x8000000, 0x1000, 0, 0 }, PVHBOOT_INVAL, 0 },
		{ "type 8", { 0x8000000, 0x1000, 8, 0 }, PVHBOOT_INVAL, 8 },
		{ "type 2^32 - 1",
		  { 0x8000000, 0x1000, UINT32_MAX, 0 },
		  PVHBOOT_INVAL,
		  UINT32_MAX },
		{ "wraps", { UINT64_MAX, 2, PVHBOOT_MAP_RAM, 0 }, PVHBOOT_RANGE, 2 },
		{ "wraps far",
		  { 0x1000, UINT64_MAX, PVHBOOT_MAP_RESERVED, 0 },
		  PVHBOOT_RANGE,
		  UINT64_MAX },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_FOUND,
			.stage = PVHBOOT_STAGE_PLAN,
			.subject = PVHBOOT_SUBJECT_MAP,
			.index = 2,
			.offset = rows[i].entry.gpa,
			.found = rows[i].found,
		};
		struct scene scene;

		scene_open_pc(&scene, NULL);
		scene_map(&scene, rows[i].entry.gpa, rows[i].entry.size, rows[i].entry.type);
		expect_status(rows[i].name, scene_plan(&scene), rows[i].status);
		expect_failure(rows[i].name, &scene.diag, rows[i].status, &want);
		scene_close(&scene);
	}
}
END_TEST

START_TEST(map_entries_at_the_end_of_everything)
{
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_map(&scene, UINT64_MAX - 0xfff, 0xfff, PVHBOOT_MAP_RESERVED);
	scene_map(&scene, UINT64_C(4) << 30, UINT64_C(1) << 40, PVHBOOT_MAP_RAM);
	scene_expect_plan("high", &scene, 0);
	ck_assert_uint_eq(scene.plan.n_map, 4);
	scene_close(&scene);
}
END_TEST

START_TEST(highest_ceilings)
{
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene.request.ceiling = 4 * GIB;
	scene.request.info_ceiling = 4 * GIB;
	scene_expect_plan("4 GiB", &scene, 0);
	scene_close(&scene);
}
END_TEST

/*
 * Whether the kernel may lie where it is linked. RAM is what the row says, and
 * enough for all else at 32 MiB. wanted: the segment that conflicts; taken: where.
 */
static const struct {
	const char *name;
	struct pvhboot_map_entry map[3];
	struct pvhboot_range avoid;
	uint64_t ceiling;
	enum pvhboot_status status;
	uint64_t wanted;
	uint64_t taken;
	/* clang-format off */
} links[] = {
	{ "exact RAM", { { PADDR, 0x1800, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 0, 0 },
	{ "one byte less at the end", { { PADDR, 0x17ff, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_RANGE,
	  PADDR + 0x1000, END - 1 },
	{ "one byte less at the start", { { PADDR + 1, 0x1800, 1, 0 } }, { 0, 0 }, 0,
	  PVHBOOT_RANGE, PADDR, PADDR },
	{ "no RAM at all", { { 0x100000, 0x1000, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_RANGE, PADDR,
	  PADDR },
	{ "two entries that touch", { { PADDR, 0x1100, 1, 0 }, { PADDR + 0x1100, 0x700, 1, 0 } },
	  { 0, 0 }, 0, PVHBOOT_OK, 0, 0 },
	{ "three, unsorted", { { PADDR + 0x1200, 0x600, 1, 0 }, { PADDR, 0x1100, 1, 0 },
	  { PADDR + 0x1100, 0x100, 1, 0 } }, { 0, 0 }, 0, PVHBOOT_OK, 0, 0 },
	{ "two entries that overlap", { { PADDR, 0x1400, 1, 0 }, { PADDR + 0x1000, 0x800, 1, 0 } },
	  { 0, 0 }, 0, PVHBOOT_OK, 0, 0 },
	{ "a byte between two entries", { { PADDR, 0x1100, 1, 0 }, { PADDR + 0x1101, 0x6ff, 1,
	  0 } }, { 0, 0 }, 0, PVHBOOT_RANGE, PADDR + 0x1000, PADDR + 0x1100 },
	{ "a reserved byte in RAM", { { PADDR, 0x1800, 1, 0 }, { PADDR + 0x1200, 1, 2, 0 } }, { 0,
	  0 }, 0, PVHBOOT_RANGE, PADDR + 0x1000, PADDR + 0x1200 },
	{ "ACPI data in RAM", { { PADDR, 0x1800, 1, 0 }, { PADDR, 1, 3, 0 } }, { 0, 0 }, 0,
	  PVHBOOT_RANGE, PADDR, PADDR },
	{ "persistent memory", { { PADDR, 0x1800, 7, 0 } }, { 0, 0 }, 0, PVHBOOT_RANGE, PADDR,
	  PADDR },
	{ "avoid its first byte", { { PADDR, 0x1800, 1, 0 } }, { PADDR - 0x1000, PADDR + 1 }, 0,
	  PVHBOOT_OVERLAP, PADDR, PADDR },
	{ "avoid its last byte", { { PADDR, 0x1800, 1, 0 } }, { END - 1, END }, 0, PVHBOOT_OVERLAP,
	  PADDR + 0x1000, END - 1 },
	{ "avoid the byte in front", { { PADDR, 0x1800, 1, 0 } }, { PADDR - 1, PADDR }, 0,
	  PVHBOOT_OK, 0, 0 },
	{ "avoid the byte behind", { { PADDR, 0x1800, 1, 0 } }, { END, END + 1 }, 0, PVHBOOT_OK, 0,
	  0 },
	{ "avoid nothing", { { PADDR, 0x1800, 1, 0 } }, { PADDR + 5, PADDR + 5 }, 0, PVHBOOT_OK, 0,
	  0 },
	{ "avoid everything", { { PADDR, 0x1800, 1, 0 } }, { 0, UINT64_MAX }, 0, PVHBOOT_OVERLAP,
	  PADDR, PADDR },
	{ "ceiling at its end", { { PADDR, 0x1800, 1, 0 } }, { 0, 0 }, END, PVHBOOT_OK, 0, 0 },
	{ "ceiling in its last byte", { { PADDR, 0x1800, 1, 0 } }, { 0, 0 }, END - 1, PVHBOOT_RANGE,
	  0, 0 },
	{ "ceiling below it", { { PADDR, 0x1800, 1, 0 } }, { 0, 0 }, PADDR, PVHBOOT_RANGE, 0, 0 },
};
/* clang-format on */

START_TEST(kernel_where_it_is_linked)
{
	const char *row = links[_i].name;
	struct finding want = {
		.says = SAYS_STAGE | SAYS_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.offset = links[_i].wanted,
		.found = links[_i].wanted == PADDR ? PADDR + 0x300 : END,
		.bound = links[_i].taken,
	};
	struct scene scene;

	scene_open(&scene, NULL);
	scene_map(&scene, 2 * MIB, MIB, PVHBOOT_MAP_RAM);
	for (size_t i = 0; i < 3; i++)
		scene_map(&scene, links[_i].map[i].gpa, links[_i].map[i].size,
			  links[_i].map[i].type ? links[_i].map[i].type : 1);
	scene_avoid(&scene, links[_i].avoid.start, links[_i].avoid.end);
	scene.request.ceiling = links[_i].ceiling;
	if (links[_i].status) {
		expect_status(row, scene_plan(&scene), links[_i].status);
		if (links[_i].ceiling)
			want.says = SAYS_STAGE;
		expect_failure(row, &scene.diag, links[_i].status, &want);
	} else {
		/* Other types in RAM are told, see test_info.c. */
		scene_expect_plan(row, &scene, 0);
		expect_eq(row, scene.plan.slide, 0);
	}
	scene_close(&scene);
}
END_TEST

/* Page 0 is kept free of what is placed, not of what a kernel is linked at. */
START_TEST(kernel_in_page_0)
{
	static const uint64_t paddrs[] = { 0x1, 0x10, 0x800, 0xfff };

	for (size_t i = 0; i < sizeof(paddrs) / sizeof(paddrs[0]); i++) {
		const struct kernel_spec spec = { .paddr = paddrs[i] };
		const struct finding taken = {
			.says = SAYS_STAGE | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_PLAN,
			.found = paddrs[i] + 0x300,
			.bound = paddrs[i],
		};
		struct scene scene;

		scene_open_pc(&scene, &spec);
		scene.request.flags = PVHBOOT_REQUEST_BELOW_1MIB;
		scene_module(&scene, 1, NULL);
		scene_expect_plan("page 0", &scene, 0);
		ck_assert_uint_eq(scene.plan.slide, 0);
		ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_SEGMENT, 0)->gpa, paddrs[i]);
		ck_assert_uint_ge(scene.plan.start_info, 0x1000);
		ck_assert_uint_ge(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, 0x1000);
		scene_avoid(&scene, paddrs[i], paddrs[i] + 1);
		scene_expect_no_plan("taken", &scene, PVHBOOT_OVERLAP, "free RAM", &taken);
		scene_close(&scene);
	}
}
END_TEST

START_TEST(kernel_at_page_1)
{
	const struct kernel_spec spec = { .paddr = 0x1000 };
	struct scene scene;

	scene_open_pc(&scene, &spec);
	scene_module(&scene, 1, NULL);
	scene_expect_plan("page 1", &scene, 0);
	/* What is placed by choice is not placed below 1 MiB. */
	ck_assert_uint_eq(scene.plan.start_info, MIB);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, MIB + 0x1000);
	scene_close(&scene);
}
END_TEST

START_TEST(kernel_up_to_4_gib)
{
	const struct kernel_spec spec = { .paddr = 0xffffe800u,
					  .load_stride = 0x1000,
					  .n_loads = 2 };
	struct scene scene;

	scene_open_pc(&scene, &spec);
	scene_map(&scene, 0xffff0000u, 0x20000, PVHBOOT_MAP_RAM);
	scene_expect_plan("4 GiB", &scene, 0);
	ck_assert_uint_eq(scene.kernel.end, 4 * GIB);
	/* Nothing is above it, so all else comes from 1 MiB on. */
	ck_assert_uint_eq(scene.plan.start_info, MIB);
	scene_close(&scene);
}
END_TEST

/* Gaps between segments stay empty. */
START_TEST(gaps_stay_empty)
{
	const struct kernel_spec spec = { .load_stride = 0x100000 };
	struct scene scene;

	scene_open(&scene, &spec);
	/* RAM from the kernel's start on, so that a gap is the first free range. */
	scene_map(&scene, PADDR, 0x200000, PVHBOOT_MAP_RAM);
	scene_module(&scene, 0x1000, NULL);
	scene_expect_plan("gap", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, PADDR + 0x101000);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, PADDR + 0x102000);
	scene_close(&scene);
}
END_TEST

/* Segments in any order in the file: places ascend. */
START_TEST(segments_out_of_order)
{
	struct pvhboot_diag diag = { 0 };
	struct scene scene;
	struct blob notes = { 0 };
	struct elf elf;

	scene_open_pc(&scene, NULL);
	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, PADDR);
	elf_init(&elf, 32);
	elf_add_load(&elf, PADDR + 0x2000, "third", 5, 0);
	elf_add_load(&elf, PADDR, "first", 5, 0x1000);
	elf_add_notes(&elf, &notes);
	elf_add_load(&elf, PADDR + 0x1000, "second", 6, 0x1000);
	elf_finish(&elf);
	expect_status("open", pvhboot_kernel_open(blob_view(&elf.image), 0, &scene.kernel, &diag),
		      PVHBOOT_OK);
	scene_expect_plan("order", &scene, 0);
	ck_assert_uint_eq(scene.plan.places[0].index, 1);
	ck_assert_uint_eq(scene.plan.places[1].index, 3);
	ck_assert_uint_eq(scene.plan.places[2].index, 0);
	blob_free(&notes);
	elf_free(&elf);
	scene_close(&scene);
}
END_TEST

/* 1.5 GiB of bss in a guest of 256 MiB: told before anything is touched. */
START_TEST(bss_larger_than_memory)
{
	const struct kernel_spec spec = { .bss_size = 3u << 29 };
	struct scene scene;

	scene_open(&scene, &spec);
	scene_map(&scene, MIB, 255 * MIB, PVHBOOT_MAP_RAM);
	expect_status("bss", scene_plan(&scene), PVHBOOT_RANGE);
	ck_assert_uint_eq(scene.diag.failure.bound, 256 * MIB);
	ck_assert_uint_lt(scene.need, 65536);
	scene_close(&scene);
}
END_TEST

/* That the memory ends too early is said, and not that something lies in what there is of it. */
START_TEST(too_little_memory_with_something_in_it)
{
	const struct kernel_spec spec = { .bss_size = 3u << 20 };
	struct scene scene;

	scene_open(&scene, &spec);
	scene_map(&scene, MIB, 16 * MIB, PVHBOOT_MAP_RAM);
	scene_avoid(&scene, 17 * MIB - 4096, 17 * MIB);
	expect_status("taken", scene_plan(&scene), PVHBOOT_RANGE);
	ck_assert_uint_eq(scene.diag.failure.bound, 17 * MIB);
	scene_close(&scene);
}
END_TEST

/* The start_info block: below its own ceiling, first fit above the kernel. */
START_TEST(info_block_below_1_gib)
{
	const struct kernel_spec spec = { .paddr = GIB };
	struct scene scene;

	scene_open(&scene, &spec);
	scene_map(&scene, 0x100000, 2 * GIB, PVHBOOT_MAP_RAM);
	scene_module(&scene, 1, NULL);
	scene_expect_plan("1 GiB", &scene, 0);
	/* The kernel is above 1 GiB, so the block is not above the kernel. */
	ck_assert_uint_eq(scene.plan.start_info, MIB);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, GIB + 0x2000);

	scene.request.info_ceiling = 4 * GIB;
	scene_expect_plan("4 GiB", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, GIB + 0x2000);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, GIB + 0x3000);

	/* The ceiling of all counts for the block too. */
	scene.request.info_ceiling = 4 * GIB;
	scene.request.ceiling = GIB + 0x2000;
	scene_expect_plan("ceiling", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, MIB);
	scene_close(&scene);
}
END_TEST

/* A ceiling through the block's only page: it fits to the byte. */
START_TEST(info_block_at_its_ceiling)
{
	struct scene scene;
	size_t size;

	scene_open(&scene, NULL);
	scene_map(&scene, PADDR, 0x3000, PVHBOOT_MAP_RAM);
	scene_expect_plan("free", &scene, 0);
	size = scene.plan.info.size;
	ck_assert_uint_ge(size, 56 + 24 + 1);

	scene.request.info_ceiling = PADDR + 0x2000 + size;
	scene_expect_plan("exact", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, PADDR + 0x2000);

	scene.request.info_ceiling--;
	expect_status("one byte less", scene_plan(&scene), PVHBOOT_NOROOM);
	expect_failure("one byte less", &scene.diag, PVHBOOT_NOROOM,
		       &(struct finding){ .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NUMBERS,
					  .stage = PVHBOOT_STAGE_PLAN,
					  .subject = PVHBOOT_SUBJECT_INFO,
					  .found = size,
					  .bound = size - 1 });
	scene_close(&scene);
}
END_TEST

/* Kernel, block and modules fill RAM to the last byte; then it is a byte less. */
START_TEST(exact_fit)
{
	struct scene scene;
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_MODULE,
		.index = 1,
		.found = 0x1234,
		.bound = 0x1233,
	};

	scene_open(&scene, NULL);
	scene_map(&scene, PADDR, 0x4000 + 0x1234, PVHBOOT_MAP_RAM);
	scene_module(&scene, 0x1000, NULL);
	scene_module(&scene, 0x1234, NULL);
	scene_expect_plan("exact", &scene, 0);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 1)->gpa, PADDR + 0x4000);
	scene.map[0].size--;
	expect_status("a byte less", scene_plan(&scene), PVHBOOT_NOROOM);
	expect_failure("a byte less", &scene.diag, PVHBOOT_NOROOM, &want);
	scene.map[0].size++;
	scene.request.ceiling = PADDR + 0x4000 + 0x1234;
	scene_expect_plan("exact ceiling", &scene, 0);
	scene.request.ceiling--;
	expect_status("a byte less of ceiling", scene_plan(&scene), PVHBOOT_NOROOM);
	expect_failure("a byte less of ceiling", &scene.diag, PVHBOOT_NOROOM, &want);
	scene_close(&scene);
}
END_TEST

START_TEST(no_room_for_the_block)
{
	struct scene scene;

	scene_open(&scene, NULL);
	scene_map(&scene, PADDR, 0x1800, PVHBOOT_MAP_RAM);
	expect_status("no RAM", scene_plan(&scene), PVHBOOT_NOROOM);
	expect_failure("no RAM", &scene.diag, PVHBOOT_NOROOM,
		       &(struct finding){ .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_BOUND,
					  .stage = PVHBOOT_STAGE_PLAN,
					  .subject = PVHBOOT_SUBJECT_INFO,
					  .bound = 0 });
	/* RAM below 1 MiB is not used. */
	scene_map(&scene, 0, 0xa0000, PVHBOOT_MAP_RAM);
	expect_status("low RAM", scene_plan(&scene), PVHBOOT_NOROOM);
	/* Nor does it help that a module has room. */
	scene_map(&scene, 4 * GIB, MIB, PVHBOOT_MAP_RAM);
	scene_module(&scene, 0x1000, NULL);
	scene.request.flags = PVHBOOT_REQUEST_MODULES_ABOVE_4GIB;
	expect_status("high RAM", scene_plan(&scene), PVHBOOT_NOROOM);
	ck_assert_uint_eq(scene.diag.failure.subject, PVHBOOT_SUBJECT_INFO);
	scene_close(&scene);
}
END_TEST

/* An initrd larger than what is below 4 GiB, with room above it. */
START_TEST(no_room_below_4_gib)
{
	struct scene scene;
	uint8_t byte = 0;

	scene_open_pc(&scene, NULL);
	scene_map(&scene, 4 * GIB, 64 * GIB, PVHBOOT_MAP_RAM);
	/* Its bytes are never read by the planner. */
	scene.modules[0].bytes.data = &byte;
	scene.modules[0].bytes.size = 100 << 20;
	scene.request.n_modules = 1;
	expect_status("above", scene_plan(&scene), PVHBOOT_NOROOM);
	expect_failure(
		"above", &scene.diag, PVHBOOT_NOROOM,
		&(struct finding){ .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_NUMBERS,
				   .stage = PVHBOOT_STAGE_PLAN,
				   .subject = PVHBOOT_SUBJECT_MODULE,
				   .index = 0,
				   .found = 100 << 20,
				   /* behind the block's page, up to 64 MiB */
				   .bound = 64 * MIB - (PADDR + 0x3000) });
	scene.modules[0].bytes.size = SIZE_MAX;
	expect_status("all", scene_plan(&scene), PVHBOOT_NOROOM);
	ck_assert_uint_eq(scene.diag.failure.found, SIZE_MAX);
	scene_close(&scene);
}
END_TEST

/* First fit: each thing in the first range that holds it, small ones in gaps. */
START_TEST(first_fit)
{
	struct scene scene;

	scene_open(&scene, NULL);
	scene_map(&scene, PADDR, 0x3000, PVHBOOT_MAP_RAM);            /* a page behind the kernel */
	scene_map(&scene, PADDR + 0x10000, 0x2000, PVHBOOT_MAP_RAM);  /* two pages */
	scene_map(&scene, PADDR + 0x20000, 0x10000, PVHBOOT_MAP_RAM); /* sixteen */
	scene_map(&scene, 2 * MIB, 0x8000, PVHBOOT_MAP_RAM);          /* eight, below */
	scene_module(&scene, 0x3000, NULL);
	scene_module(&scene, 0x1001, NULL);
	scene_module(&scene, 0xd000, NULL);
	scene_module(&scene, 0x1000, NULL);
	scene_module(&scene, 0x7000, NULL);
	scene_expect_plan("first fit", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, PADDR + 0x2000);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, PADDR + 0x20000);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 1)->gpa, PADDR + 0x10000);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 2)->gpa, PADDR + 0x23000);
	/* Above the kernel is full, so from 1 MiB on. */
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 3)->gpa, 2 * MIB);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 4)->gpa, 2 * MIB + 0x1000);
	scene_close(&scene);
}
END_TEST

/* Ranges that are used up to the byte, one after the other from the lowest. */
START_TEST(exact_ranges)
{
	struct scene scene;

	for (size_t n = 1; n <= 9; n++) {
		scene_open(&scene, NULL);
		scene_map(&scene, PADDR, 0x3000, PVHBOOT_MAP_RAM);
		for (size_t i = 0; i < n; i++) {
			scene_map(&scene, PADDR + 0x10000 * (i + 1), 0x2000, PVHBOOT_MAP_RAM);
			scene_module(&scene, 0x2000, NULL);
		}
		scene_expect_plan("exact", &scene, 0);
		ck_assert_uint_eq(scene.plan.start_info, PADDR + 0x2000);
		for (uint32_t i = 0; i < n; i++)
			ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, i)->gpa,
					  PADDR + 0x10000 * (i + 1));
		scene_close(&scene);
	}
}
END_TEST

/* A kernel that ends with its page: what follows does at once. */
START_TEST(right_behind_the_kernel)
{
	const struct kernel_spec spec = { .n_loads = 1, .load_size = 0x1000, .bss_size = ~0u };
	struct scene scene;

	scene_open(&scene, &spec);
	scene_map(&scene, PADDR, 0x3000, PVHBOOT_MAP_RAM);
	scene_map(&scene, PADDR + 0x10000, 0x3000, PVHBOOT_MAP_RAM);
	scene_module(&scene, 0x1000, NULL);
	scene_expect_plan("behind", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, PADDR + 0x1000);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, PADDR + 0x2000);
	scene_close(&scene);
}
END_TEST

/* Ranges that begin and end within pages. */
START_TEST(ranges_within_pages)
{
	struct scene scene;

	scene_open(&scene, NULL);
	scene_map(&scene, PADDR, 0x10000, PVHBOOT_MAP_RAM);
	/* The block's page is cut at its end: it fits, nothing else does. */
	scene_avoid(&scene, PADDR + 0x2800, PADDR + 0x4001);
	scene_module(&scene, 0x1000, NULL);
	scene_expect_plan("cut", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, PADDR + 0x2000);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, PADDR + 0x5000);
	/* A page whose first byte is taken is not used at all. */
	scene_avoid(&scene, PADDR + 0x2000, PADDR + 0x2001);
	scene_expect_plan("first byte", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, PADDR + 0x5000);
	scene_close(&scene);
}
END_TEST

/* The kernel above and an avoid list in any order, with repeats. */
START_TEST(avoid_lists)
{
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_avoid(&scene, PADDR + 0x8000, PADDR + 0x9000);
	scene_avoid(&scene, PADDR + 0x2000, PADDR + 0x6000);
	scene_avoid(&scene, PADDR + 0x5000, PADDR + 0x7000);
	scene_avoid(&scene, PADDR + 0x2000, PADDR + 0x6000);
	scene_avoid(&scene, 0, 0x1000);
	scene_avoid(&scene, UINT64_MAX, UINT64_MAX);
	scene_avoid(&scene, UINT64_MAX - 1, UINT64_MAX);
	scene_module(&scene, 0x1001, NULL);
	scene_module(&scene, 0x1000, NULL);
	scene_expect_plan("avoid", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, PADDR + 0x7000);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, PADDR + 0x9000);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 1)->gpa, PADDR + 0xb000);
	scene_close(&scene);
}
END_TEST

/* An initrd that would cross the local APIC moves behind it. */
START_TEST(module_and_mmio_hole)
{
	const struct kernel_spec spec = { .paddr = 0xfed00000u };
	struct scene scene;

	scene_open(&scene, &spec);
	scene_map(&scene, 0xfed00000u, 0x200000, PVHBOOT_MAP_RAM);
	scene_map(&scene, 0xfee00000u, 0x1000, PVHBOOT_MAP_RESERVED);
	scene.request.info_ceiling = 4 * GIB;
	scene_module(&scene, 0xfc000, NULL);
	scene_module(&scene, 0x1001, NULL);
	/* RAM and the hole overlap, which is told. */
	expect_status("APIC", scene_plan(&scene), PVHBOOT_OK);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, 0xfed03000u);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 1)->gpa, 0xfee01000u);
	start_expect("APIC", &scene.plan, &scene.request);
	scene_close(&scene);
}
END_TEST

START_TEST(empty_modules)
{
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_module(&scene, 0, "left out");
	scene_module(&scene, 10, "there");
	scene_module(&scene, 0, NULL);
	scene_module(&scene, 20, NULL);
	/* Left out, and told. */
	scene_expect_plan("empty", &scene, 2);
	for (uint32_t i = 0; i < 2; i++)
		expect_finding("empty", &scene.diag.warnings[i],
			       &(struct finding){ .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX,
						  .stage = PVHBOOT_STAGE_PLAN,
						  .subject = PVHBOOT_SUBJECT_MODULE,
						  .index = 2 * i });
	ck_assert_uint_eq(scene.plan.n_places, 5);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 1)->size, 10);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 3)->size, 20);
	scene_close(&scene);
}
END_TEST

/* Equal requests give equal plans, whatever the workspace held before. */
START_TEST(deterministic)
{
	struct scene a;
	struct scene b;

	scene_open_pc(&a, NULL);
	scene_open_pc(&b, NULL);
	for (int i = 0; i < 5; i++) {
		scene_module(&a, 1000, "same");
		scene_module(&b, 1000, "same");
	}
	/* Equal module bytes at other addresses are equal. */
	expect_status("a", scene_plan(&a), PVHBOOT_OK);
	expect_status("b", scene_plan(&b), PVHBOOT_OK);
	ck_assert_uint_eq(a.need, b.need);
	ck_assert_uint_eq(a.plan.n_places, b.plan.n_places);
	for (size_t i = 0; i < a.plan.n_places; i++) {
		const struct pvhboot_place *x = &a.plan.places[i];
		const struct pvhboot_place *y = &b.plan.places[i];

		ck_assert_uint_eq(x->gpa, y->gpa);
		ck_assert_uint_eq(x->size, y->size);
		ck_assert_uint_eq(x->kind, y->kind);
		ck_assert_uint_eq(x->index, y->index);
		ck_assert_uint_eq(x->source.size, y->source.size);
	}
	ck_assert_uint_eq(a.plan.info.size, b.plan.info.size);
	ck_assert_int_eq(memcmp(a.plan.info.data, b.plan.info.data, a.plan.info.size), 0);
	ck_assert_uint_eq(a.plan.n_map, b.plan.n_map);
	ck_assert_int_eq(memcmp(a.plan.map, b.plan.map, a.plan.n_map * sizeof(*a.plan.map)), 0);
	scene_close(&a);
	scene_close(&b);
}
END_TEST

/* Ten thousand of everything: in order, in a moment, and right. */
START_TEST(ten_thousand)
{
	enum { N = 10000 };
	struct pvhboot_map_entry *map = must_alloc(N * sizeof(*map));
	struct pvhboot_range *avoid = must_alloc(N * sizeof(*avoid));
	struct pvhboot_module *modules = must_alloc(N * sizeof(*modules));
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_buffer workspace;
	struct pvhboot_plan plan;
	struct scene scene;
	uint64_t end = 0;
	size_t n = 0;

	scene_open(&scene, NULL);
	for (size_t i = 0; i < N; i++) {
		size_t k = (i * 7919 + 13) % N; /* 7919 is coprime to 10 000 */
		uint64_t gpa = 32 * MIB + k * 0x4000;

		/* Three pages each with a hole of one; a byte in the second is avoided. */
		map[i] = (struct pvhboot_map_entry){ gpa, 0x3000, PVHBOOT_MAP_RAM, 0 };
		avoid[i] = (struct pvhboot_range){ gpa + 0x1800, gpa + 0x1801 };
		modules[i].bytes = blob_view(&scene.elf.image);
		modules[i].bytes.size = 1 + k % 0x900;
	}
	map[N / 2] = (struct pvhboot_map_entry){ PADDR, 0x3000, PVHBOOT_MAP_RAM, 0 };
	/* The block with its long lists needs a range of its own. */
	map[N / 3] = (struct pvhboot_map_entry){ 2 * MIB, 2 * MIB, PVHBOOT_MAP_RAM, 0 };
	scene.request.map = map;
	scene.request.n_map = N;
	scene.request.avoid = avoid;
	scene.request.n_avoid = N;
	scene.request.modules = modules;
	scene.request.n_modules = N;
	expect_status("need", pvhboot_plan_need(&scene.request, &workspace.size, &diag),
		      PVHBOOT_OK);
	workspace.data = must_alloc(workspace.size);
	expect_status("make", pvhboot_plan_make(&scene.request, workspace, &plan, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(diag.n_warnings, 1); /* more than 128 entries */
	ck_assert_uint_eq(plan.n_map, N);
	ck_assert_uint_eq(plan.start_info, 2 * MIB);
	ck_assert_uint_eq(plan.n_places, N + 3);
	for (size_t i = 0; i < plan.n_places; i++) {
		const struct pvhboot_place *place = &plan.places[i];

		ck_assert_uint_ge(place->gpa, end);
		end = place->gpa + place->size;
		if (place->kind == PVHBOOT_PLACE_MODULE) {
			uint64_t in = (place->gpa - 32 * MIB) % 0x4000;

			ck_assert_uint_eq(place->size, modules[place->index].bytes.size);
			ck_assert(in + place->size <= 0x1800 ||
				  (in >= 0x2000 && in + place->size <= 0x3000));
			n++;
		}
	}
	ck_assert_uint_eq(n, N);
	free(workspace.data);
	free(map);
	free(avoid);
	free(modules);
	scene_close(&scene);
}
END_TEST

/* "MALFORMED: the ELF image has changed since it was opened", or another result,
 * but nothing outside of the image and of the kernel's range. */
START_TEST(image_has_changed)
{
	static const struct {
		const char *name;
		const char *field;
		uint32_t index;
		uint64_t value;
	} rows[] = {
		{ "a segment more", "p_type", 2, 1 },
		{ "a segment less", "p_type", 1, 0 },
		{ "a segment below the kernel", "p_paddr", 0, PADDR - 0x1000 },
		{ "a segment above the kernel", "p_paddr", 1, END },
		{ "a larger segment", "p_memsz", 1, 0x801 },
		{ "segments overlap", "p_paddr", 1, PADDR + 0x100 },
		{ "more bytes than memory", "p_filesz", 0, 0x2000 },
		{ "bytes behind the file", "p_offset", 0, 0xffffffff },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_PLAN };
		struct scene scene;

		scene_open_pc(&scene, NULL);
		elf_patch(&scene.elf, "p_paddr", 2, PADDR + 0x400);
		elf_patch(&scene.elf, rows[i].field, rows[i].index, rows[i].value);
		expect_status(rows[i].name, scene_plan(&scene), PVHBOOT_MALFORMED);
		expect_failure(rows[i].name, &scene.diag, PVHBOOT_MALFORMED, &want);
		scene_close(&scene);
	}
}
END_TEST

/* Far more segments than when it was opened, all in the kernel's range: none is
 * written behind the workspace. */
START_TEST(image_has_more_segments)
{
	enum { N = 300 };
	const struct kernel_spec spec = { .n_loads = N };
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_PLAN };
	struct scene scene;

	scene_open_pc(&scene, &spec);
	for (uint32_t i = 1; i < N - 1; i++)
		elf_patch(&scene.elf, "p_type", i, 0);
	expect_status("open",
		      pvhboot_kernel_open(blob_view(&scene.elf.image), 0, &scene.kernel, NULL),
		      PVHBOOT_OK);
	ck_assert_uint_eq(scene.kernel.n_segments, 2);
	for (uint32_t i = 1; i < N - 1; i++)
		elf_patch(&scene.elf, "p_type", i, 1);
	expect_status("more", scene_plan(&scene), PVHBOOT_MALFORMED);
	expect_failure("more", &scene.diag, PVHBOOT_MALFORMED, &want);
	/* or this would prove nothing */
	ck_assert_uint_lt(scene.need, (N - 2) * sizeof(struct pvhboot_place));
	scene_close(&scene);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("plan");
	TCase *arguments = suite_case(suite, "arguments");
	TCase *kernel = suite_case(suite, "kernel");
	TCase *rest = suite_case(suite, "rest");

	tcase_add_test(arguments, names);
	tcase_add_test(arguments, least_request);
	tcase_add_loop_test(arguments, invalid_requests, 0, ROWS(invalid));
	tcase_add_test(arguments, without_arguments);
	tcase_add_test(arguments, workspace_too_small);
	tcase_add_test(arguments, workspace_at_any_address);
	tcase_add_test(arguments, too_many_elements);
	tcase_add_test(arguments, workspace_for_what_is_asked);
	tcase_add_test(arguments, nothing_behind_the_arrays);
	tcase_add_test(arguments, bad_map_entries);
	tcase_add_test(arguments, map_entries_at_the_end_of_everything);
	tcase_add_test(arguments, highest_ceilings);

	tcase_add_loop_test(kernel, kernel_where_it_is_linked, 0, ROWS(links));
	tcase_add_test(kernel, kernel_in_page_0);
	tcase_add_test(kernel, kernel_at_page_1);
	tcase_add_test(kernel, kernel_up_to_4_gib);
	tcase_add_test(kernel, gaps_stay_empty);
	tcase_add_test(kernel, segments_out_of_order);
	tcase_add_test(kernel, bss_larger_than_memory);
	tcase_add_test(kernel, too_little_memory_with_something_in_it);
	tcase_add_test(kernel, image_has_changed);
	tcase_add_test(kernel, image_has_more_segments);

	tcase_add_test(rest, a_pc);
	tcase_add_test(rest, info_block_below_1_gib);
	tcase_add_test(rest, info_block_at_its_ceiling);
	tcase_add_test(rest, exact_fit);
	tcase_add_test(rest, no_room_for_the_block);
	tcase_add_test(rest, no_room_below_4_gib);
	tcase_add_test(rest, first_fit);
	tcase_add_test(rest, exact_ranges);
	tcase_add_test(rest, right_behind_the_kernel);
	tcase_add_test(rest, ranges_within_pages);
	tcase_add_test(rest, avoid_lists);
	tcase_add_test(rest, module_and_mmio_hole);
	tcase_add_test(rest, empty_modules);
	tcase_add_test(rest, deterministic);
	tcase_add_test(rest, ten_thousand);
	return suite_run(suite);
}
