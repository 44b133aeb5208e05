/* SPDX-License-Identifier: MIT */
/* plan.h: random requests against an oracle that tries every address. A failure
 * names the seed of its request: set SEED to it to see that one alone. */

#include <pvhboot/plan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/oracle.h"
#include "support/scene.h"
#include "support/startread.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)

static uint64_t state;

static uint64_t random_below(uint64_t n)
{
	/* xorshift64* */
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * UINT64_C(2685821657736338717) >> 11) % n;
}

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

static void expect_same(const char *row, const struct scene *scene, enum pvhboot_status status,
			const struct oracle_plan *want)
{
	const struct pvhboot_request *request = &scene->request;
	int above = request->ceiling && scene->kernel.end > request->ceiling;

	if (want->status == PVHBOOT_OVERLAP) {
		/* Under a ceiling both are true of the kernel. */
		expect_true(row, status == PVHBOOT_OVERLAP || (status == PVHBOOT_RANGE && above));
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
	uint64_t least = 56 + 1;

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
	state = seed * UINT64_C(0x9e3779b97f4a7c15) + granule;
	random_kernel(&dice, &spec);
	scene_open(&scene, &spec);
	random_request(&dice, &scene);
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
	uint64_t n_ok = 0;
	uint64_t n_noroom = 0;
	uint64_t n_overlap = 0;

	if (only) {
		try_seed(strtoull(only, NULL, 0), runs[_i].granule);
		return;
	}
	for (uint64_t seed = 1; seed <= runs[_i].n_seeds; seed++) {
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
	ck_assert_uint_gt(n_ok, runs[_i].n_seeds / 10);
	ck_assert_uint_gt(n_noroom, runs[_i].n_seeds / 50);
	ck_assert_uint_gt(n_overlap, runs[_i].n_seeds / 50);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan_random");
	TCase *random = suite_case(suite, "random");

	tcase_add_loop_test(random, random_requests, 0, sizeof(runs) / sizeof(runs[0]));
	return suite_run(suite);
}
