/* SPDX-License-Identifier: MIT */
/* plan.h: random requests against an oracle that tries every address. A failure
 * names the seed of its request: set SEED to it to see that one alone. */

#include <pvhboot/plan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/fakemem.h"
#include "support/oracle.h"
#include "support/random.h"
#include "support/scene.h"
#include "support/startread.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* One request in [low, space); what borders on RAM is a multiple of granule. */
struct dice {
	uint64_t granule;
	uint64_t low;
	uint64_t space;
};

static uint64_t random_address(const struct dice *dice)
{
	return dice->low +
	       random_below((dice->space - dice->low) / dice->granule + 1) * dice->granule;
}

static void random_kernel(const struct dice *dice, struct kernel_spec *spec)
{
	memset(spec, 0, sizeof(*spec));
	do
		spec->paddr = random_below(4) ?
				      random_address(dice) :
				      random_below(dice->space / dice->granule) * dice->granule;
	while (!spec->paddr);
	spec->n_loads = (uint32_t)(1 + random_below(3));
	spec->load_size = (uint32_t)(1 + random_below(0x800));
	spec->load_stride = (uint32_t)(spec->load_size + random_below(0x2000));
	spec->load_stride += (uint32_t)(-(uint64_t)spec->load_stride % dice->granule);
	spec->bss_size = (uint32_t)random_below(0x6000);
	spec->entry = spec->paddr;
	if (random_below(3)) {
		spec->has_reloc = 1;
		spec->n_reloc = 1 + (unsigned int)random_below(3);
		spec->reloc[0] = (uint32_t)(dice->granule << random_below(7));
		spec->reloc[1] = random_below(2) ? 0 : (uint32_t)random_below(dice->space);
		spec->reloc[2] = random_below(2) ? 0xffffffff : (uint32_t)random_below(dice->space);
	}
	if (!random_below(4)) {
		spec->has_symbols = 1;
		spec->symtab_size = (uint32_t)random_below(0x1000);
		spec->strtab_size = (uint32_t)random_below(0x1000);
	}
}

static void random_request(const struct dice *dice, struct scene *scene)
{
	uint64_t n_map = 1 + random_below(8);
	uint64_t n_avoid = random_below(6);
	uint64_t n_modules = random_below(ORACLE_MAX_MODULES + 1);

	for (uint64_t i = 0; i < n_map; i++) {
		uint64_t start = random_address(dice);
		uint64_t room = (dice->space - start) / dice->granule;
		uint64_t size = random_below(room + 1) * dice->granule;

		/* Mostly RAM; what is not is small. */
		if (random_below(4))
			scene_map(scene, start, size, PVHBOOT_MAP_RAM);
		else
			scene_map(scene, start, size / 8 / dice->granule * dice->granule,
				  (uint32_t)(1 + random_below(7)));
	}
	for (uint64_t i = 0; i < n_avoid; i++) {
		uint64_t start = random_address(dice);

		scene_avoid(scene, start, start + random_below(64) * dice->granule);
	}
	for (uint64_t i = 0; i < n_modules; i++) {
		static const uint64_t sizes[] = { 1, 0x100, 0x2000, 0x10000, 0x40000 };

		scene_module(scene, (size_t)random_below(sizes[random_below(5)]),
			     random_below(2) ? "module" : NULL);
	}
	if (!random_below(4))
		scene->request.ceiling = dice->granule + random_address(dice);
	if (!random_below(4))
		scene->request.info_ceiling = dice->granule + random_address(dice);
}

/* What moves things about, and where they may go. */
static void random_options(const struct dice *dice, struct scene *scene)
{
	uint64_t n_high = random_below(3);

	if (!random_below(3))
		scene->request.flags |= PVHBOOT_REQUEST_LOWEST;
	if (!random_below(3))
		scene->request.flags |= PVHBOOT_REQUEST_BELOW_1MIB;
	if (!random_below(4))
		scene->request.flags |= PVHBOOT_REQUEST_VERSION_0;
	if (!random_below(4))
		scene->request.flags |= PVHBOOT_REQUEST_DOM0;
	if (random_below(2)) {
		scene->request.flags |= PVHBOOT_REQUEST_MODULES_ABOVE_4GIB;
		for (uint64_t i = 0; i < n_high; i++)
			scene_map(scene, 4 * GIB + random_below(16) * 0x1000,
				  random_below(64) * dice->granule, PVHBOOT_MAP_RAM);
	}
	for (size_t i = 0; i < scene->request.n_modules; i++) {
		if (!random_below(3))
			scene->modules[i].align = UINT64_C(1) << random_below(18);
	}
}

static void expect_same(const char *row, const struct scene *scene, enum pvhboot_status status,
			const struct oracle_plan *want)
{
	const struct pvhboot_request *request = &scene->request;
	if (want->status == PVHBOOT_OVERLAP) {
		/* RANGE: no RAM, or above a ceiling */
		expect_true(row, status == PVHBOOT_OVERLAP || status == PVHBOOT_RANGE);
		return;
	}
	expect_status(row, status, want->status);
	if (status) {
		expect_failure(row, &scene->diag, status,
			       &(struct finding){ .says = SAYS_STAGE | SAYS_SUBJECT,
						  .stage = PVHBOOT_STAGE_PLAN,
						  .subject = want->failed });
		if (want->failed == PVHBOOT_SUBJECT_MODULE)
			expect_eq(row, scene->diag.failure.index, want->failed_index);
		return;
	}
	expect_eq(row, scene->plan.slide, want->slide);
	expect_eq(row, scene->plan.start_info, want->info);
	for (size_t i = 0; i < request->n_modules; i++) {
		if (request->modules[i].bytes.size)
			expect_eq(row, scene_place(scene, PVHBOOT_PLACE_MODULE, (uint32_t)i)->gpa,
				  want->modules[i]);
	}
}

/* How long a block can be for a request. */
static void expect_block_size(const char *row, const struct scene *scene, uint64_t size)
{
	uint64_t least = scene->request.flags & PVHBOOT_REQUEST_VERSION_0 ? 40 + 1 : 56 + 1;

	for (size_t i = 0; i < scene->request.n_modules; i++)
		least += scene->request.modules[i].bytes.size ? 32 : 0;
	expect_true(row, size >= least);
	expect_true(row, size <= least + 24 * 2 * scene->request.n_map +
					 7 * scene->request.n_modules + 64);
}

/* Returns the status, so that the test can see that it saw each. */
static enum pvhboot_status try_seed(uint64_t seed, uint64_t granule)
{
	/* Small granules get a small space, for the oracle's sake. */
	const struct dice dice = { granule, granule < 256 ? MIB - 0x8000 : 0,
				   MIB + (granule < 256 ? 0x20000 : 0x100000) };
	struct kernel_spec spec;
	struct oracle_plan want;
	struct scene scene;
	enum pvhboot_status status;
	uint64_t info_size = 4096;
	char row[48];

	snprintf(row, sizeof(row), "seed %" PRIu64 ", granule %" PRIu64, seed, granule);
	random_start(seed * UINT64_C(0x9e3779b97f4a7c15) + granule);
	random_kernel(&dice, &spec);
	scene_open(&scene, &spec);
	random_request(&dice, &scene);
	if (random_below(2))
		random_options(&dice, &scene);
	status = scene_plan(&scene);
	if (status == PVHBOOT_OK)
		info_size = scene.plan.info.size;
	else if (scene.diag.failure.subject == PVHBOOT_SUBJECT_INFO)
		info_size = scene.diag.failure.found;
	if (status == PVHBOOT_OK || scene.diag.failure.subject == PVHBOOT_SUBJECT_INFO)
		expect_block_size(row, &scene, info_size);
	else if (scene.diag.failure.subject == PVHBOOT_SUBJECT_MODULE)
		/* Not told, but within a page. */
		info_size = 56;
	want = oracle_place(&scene.request, info_size, dice.space, granule);
	/* With an unknown size, only what does not depend on it can be compared. */
	if (scene.diag.failure.subject != PVHBOOT_SUBJECT_MODULE || granule == 4096 ||
	    want.status == PVHBOOT_NOROOM)
		expect_same(row, &scene, status, &want);
	if (status == PVHBOOT_OK) {
		struct pvhboot_diag diag = { 0 };

		start_expect(row, &scene.plan, &scene.request);
		expect_status(row, pvhboot_plan_check(&scene.plan, &scene.request, &diag),
			      PVHBOOT_OK);
		expect_success(row, &diag, 0);
	}
	scene_close(&scene);
	return status;
}

static const struct {
	uint64_t granule;
	uint64_t n_seeds;
} runs[] = {
	{ 4096, 1500 },
	{ 256, 1500 },
	{ 64, 500 },
	{ 1, 60 },
};

START_TEST(random_requests)
{
	const char *only = getenv("SEED");
	uint64_t n_seeds = suite_rounds(runs[_i].n_seeds);
	uint64_t n_ok = 0;
	uint64_t n_noroom = 0;
	uint64_t n_overlap = 0;

	if (only) {
		try_seed(strtoull(only, NULL, 0), runs[_i].granule);
		return;
	}
	for (uint64_t seed = 1; seed <= n_seeds; seed++) {
		switch (try_seed(seed, runs[_i].granule)) {
		case PVHBOOT_OK:
			n_ok++;
			break;
		case PVHBOOT_NOROOM:
			n_noroom++;
			break;
		default:
			n_overlap++;
		}
	}
	/* Dice that show one side only compare nothing. */
	if (n_seeds < runs[_i].n_seeds)
		return; /* too few to say more */
	ck_assert_uint_gt(n_ok, n_seeds / 10);
	ck_assert_uint_gt(n_noroom, n_seeds / 50);
	ck_assert_uint_gt(n_overlap, n_seeds / 50);
}
END_TEST

static void random_blobs(const struct dice *dice, struct scene *scene)
{
	uint64_t n_blobs = 1 + random_below(5);

	for (uint64_t i = 0; i < n_blobs; i++) {
		struct pvhboot_blob *blob =
			scene_blob(scene, (size_t)random_below(random_below(3) ? 0x100 : 0x3000), 0,
				   (uint32_t)random_below(8));

		if (!random_below(3)) {
			/* low, in the space, or far from it */
			blob->gpa = random_below(2) ? random_address(dice) :
						      UINT64_C(1) << random_below(40);
			blob->gpa += random_below(2) ? 0 : random_below(0x1000);
		} else if (random_below(2)) {
			blob->window.start = random_address(dice);
			blob->window.end = blob->window.start + random_below(0x40000);
			blob->align = random_below(2) ? 0 : UINT64_C(1) << random_below(16);
		}
	}
}

/* The same place, wherever the workspace of each plan is. */
static void expect_same_place(const char *row, const struct pvhboot_place *a,
			      const struct pvhboot_place *b)
{
	expect_eq(row, a->gpa, b->gpa);
	expect_eq(row, a->size, b->size);
	expect_eq(row, a->kind, b->kind);
	expect_eq(row, a->index, b->index);
	expect_eq(row, a->source.size, b->source.size);
	expect_true(row, a->source.size == 0 ||
				 memcmp(a->source.data, b->source.data, a->source.size) == 0);
}

/* Plans again in memory of another alignment that holds other bytes. */
static void expect_again(const char *row, const struct scene *scene, enum pvhboot_status status)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_plan plan = { 0 };
	uint8_t *memory = must_alloc(scene->need + 3);
	struct pvhboot_buffer workspace = { memory + 3, scene->need };

	memset(memory, 0x5a, scene->need + 3);
	expect_status(row, pvhboot_plan_make(&scene->request, workspace, &plan, &diag), status);
	expect_true(row, memcmp(&diag, &scene->diag, sizeof(diag)) == 0);
	expect_eq(row, plan.n_places, scene->plan.n_places);
	for (size_t i = 0; i < plan.n_places; i++)
		expect_same_place(row, &plan.places[i], &scene->plan.places[i]);
	expect_eq(row, plan.n_map, scene->plan.n_map);
	expect_true(row, plan.n_map == 0 || memcmp(plan.map, scene->plan.map,
						   plan.n_map * sizeof(plan.map[0])) == 0);
	expect_eq(row, plan.start_info, scene->plan.start_info);
	expect_eq(row, plan.entry, scene->plan.entry);
	expect_eq(row, plan.slide, scene->plan.slide);
	free(memory);
}

static enum pvhboot_status try_all(uint64_t seed, uint64_t granule)
{
	const struct dice dice = { granule, 0, 2 * MIB };
	struct kernel_spec spec;
	struct scene scene;
	enum pvhboot_status status;
	char row[48];

	snprintf(row, sizeof(row), "blobs, seed %" PRIu64 ", granule %" PRIu64, seed, granule);
	random_start(seed * UINT64_C(0x9e3779b97f4a7c15) + granule + 1);
	random_kernel(&dice, &spec);
	scene_open(&scene, &spec);
	random_request(&dice, &scene);
	random_options(&dice, &scene);
	random_blobs(&dice, &scene);
	if (random_below(2))
		scene.request.guests = (uint32_t)random_below(64);
	if (!random_below(8)) {
		scene.request.flags |= PVHBOOT_REQUEST_SLIDE;
		scene.request.slide = random_below(16) * granule;
	}
	status = scene_plan(&scene);
	expect_again(row, &scene, status);
	if (status == PVHBOOT_OK) {
		struct pvhboot_diag diag = { 0 };

		start_expect(row, &scene.plan, &scene.request);
		status = pvhboot_plan_check(&scene.plan, &scene.request, &diag);
		if (status)
			ck_abort_msg("%s: %s", row, diag.failure.rule);
	} else {
		expect_true(row, status == PVHBOOT_OVERLAP || status == PVHBOOT_NOROOM ||
					 status == PVHBOOT_RANGE);
	}
	scene_close(&scene);
	return status;
}

/* With blobs no oracle says where things go, but whether they lie well. */
START_TEST(random_blobs_and_all)
{
	const char *only = getenv("SEED");
	uint64_t n_seeds = suite_rounds(2 * runs[_i].n_seeds);
	uint64_t n_ok = 0;

	if (only) {
		try_all(strtoull(only, NULL, 0), runs[_i].granule);
		return;
	}
	for (uint64_t seed = 1; seed <= n_seeds; seed++)
		n_ok += try_all(seed, runs[_i].granule) == PVHBOOT_OK;
	if (n_seeds < 2 * runs[_i].n_seeds)
		return;
	ck_assert_uint_gt(n_ok, n_seeds / 20);
	ck_assert_uint_lt(n_ok, n_seeds - n_seeds / 20);
}
END_TEST

/* What Xen has in memory at the end: each segment over those before it. */
#define ROOM 0x400

static void load_one_by_one(const struct elf *elf, uint8_t *memory)
{
	for (uint32_t i = 0; i < elf->n_phdrs - 1; i++) {
		uint8_t *at = memory + (elf_read(elf, "p_paddr", i) - KERNEL_PADDR);
		size_t in_file = (size_t)elf_read(elf, "p_filesz", i);

		memset(at, 0, (size_t)elf_read(elf, "p_memsz", i));
		memcpy(at, elf->image.data + elf_read(elf, "p_offset", i), in_file);
	}
}

static void random_overlaps(struct elf *elf)
{
	uint64_t n_loads = 2 + random_below(4);
	struct blob notes = { 0 };

	elf_init(elf, random_below(2) ? 32 : 64);
	for (uint64_t i = 0; i < n_loads; i++) {
		uint64_t start = random_below(ROOM - 1);
		uint64_t memsz = 1 + random_below(ROOM - start);
		struct blob bytes = { 0 };

		if (i == 0) {
			note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, KERNEL_PADDR + start);
			blob_put(&bytes, 1, 0x90);
		}
		blob_pattern(&bytes, (uint32_t)i + 1, (size_t)random_below(memsz));
		elf_add_load(elf, KERNEL_PADDR + start, bytes.data ? bytes.data : (uint8_t[]){ 0 },
			     bytes.size, memsz);
		blob_free(&bytes);
	}
	elf_add_notes(elf, &notes);
	blob_free(&notes);
	elf_finish(elf);
}

/* 1 when the kernel opens. */
static int try_overlaps(uint64_t seed)
{
	struct fakemem mem = { .fill = 0xcc };
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_kernel kernel;
	struct pvhboot_memory memory;
	uint8_t want[ROOM];
	struct scene scene;
	struct elf elf;
	char row[48];

	snprintf(row, sizeof(row), "overlaps, seed %" PRIu64, seed);
	random_start(seed * UINT64_C(0x9e3779b97f4a7c15));
	random_overlaps(&elf);
	if (pvhboot_kernel_open(blob_view(&elf.image), PVHBOOT_COMPAT_XEN, &kernel, &diag)) {
		expect_eq(row, diag.status, PVHBOOT_OVERLAP);
		expect_rule(row, &diag.failure, "in the middle of this one");
		elf_free(&elf);
		return 0;
	}
	scene_open_elf_with(&scene, &elf, PVHBOOT_COMPAT_XEN);
	scene_map(&scene, MIB, 63 * MIB, PVHBOOT_MAP_RAM);
	scene_expect_plan(row, &scene, 0);
	fakemem_add(&mem, KERNEL_PADDR, 0x2000);
	memory = fakemem_open(&mem, FAKEMEM_ALL, 0);
	expect_status(row, pvhboot_plan_commit(&scene.plan, &memory, &diag), PVHBOOT_OK);
	memset(want, 0xcc, sizeof(want));
	load_one_by_one(&scene.elf, want);
	expect_true(row, memcmp(fakemem_at(&mem, KERNEL_PADDR, ROOM), want, ROOM) == 0);
	fakemem_close(&mem);
	scene_close(&scene);
	return 1;
}

START_TEST(later_wins)
{
	const char *only = getenv("SEED");
	uint64_t n_seeds = suite_rounds(3000);
	uint64_t n_open = 0;

	if (only) {
		try_overlaps(strtoull(only, NULL, 0));
		return;
	}
	for (uint64_t seed = 1; seed <= n_seeds; seed++)
		n_open += (uint64_t)try_overlaps(seed);
	ck_assert_uint_gt(n_open, n_seeds / 10);
	ck_assert_uint_lt(n_open, n_seeds - n_seeds / 10);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan_random");
	TCase *random = suite_case(suite, "random");

	tcase_add_loop_test(random, random_requests, 0, sizeof(runs) / sizeof(runs[0]));
	tcase_add_loop_test(random, random_blobs_and_all, 0, sizeof(runs) / sizeof(runs[0]));
	tcase_add_test(random, later_wins);
	return suite_run(suite);
}
