/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "startread.h"

void scene_open(struct scene *scene, const struct kernel_spec *spec)
{
	static const struct kernel_spec defaults;
	struct elf elf;

	kernel_build(&elf, spec ? spec : &defaults);
	scene_open_elf(scene, &elf);
}

void scene_open_elf(struct scene *scene, struct elf *elf)
{
	scene_open_elf_with(scene, elf, 0);
}

/* A request that points at the arrays. */
static void begin_request(struct scene *scene)
{
	scene->request.kernel = &scene->kernel;
	scene->request.map = scene->map;
	scene->request.avoid = scene->avoid;
	scene->request.modules = scene->modules;
	scene->request.blobs = scene->blobs;
}

void scene_open_elf_with(struct scene *scene, struct elf *elf, uint32_t flags)
{
	enum pvhboot_status status;

	memset(scene, 0, sizeof(*scene));
	scene->elf = *elf;
	memset(elf, 0, sizeof(*elf));
	status = pvhboot_kernel_open(blob_view(&scene->elf.image), flags, &scene->kernel,
				     &scene->diag);
	expect_status("scene", status, PVHBOOT_OK);
	begin_request(scene);
}

void scene_open_linux(struct scene *scene, struct elf *elf, struct blob *bzimage)
{
	enum pvhboot_status status;

	memset(scene, 0, sizeof(*scene));
	if (elf) {
		scene->elf = *elf;
		memset(elf, 0, sizeof(*elf));
	}
	if (bzimage) {
		scene->bzimage = *bzimage;
		memset(bzimage, 0, sizeof(*bzimage));
	}
	status = pvhboot_kernel_open_linux(blob_view(&scene->elf.image), blob_view(&scene->bzimage),
					   0, &scene->kernel, &scene->diag);
	expect_status("scene", status, PVHBOOT_OK);
	begin_request(scene);
}

void scene_open_pc(struct scene *scene, const struct kernel_spec *spec)
{
	scene_open(scene, spec);
	scene_map(scene, 0, 0xa0000, PVHBOOT_MAP_RAM);
	scene_map(scene, 0x100000, 63 << 20, PVHBOOT_MAP_RAM);
}

void scene_close(struct scene *scene)
{
	elf_free(&scene->elf);
	blob_free(&scene->bzimage);
	for (size_t i = 0; i < SCENE_MAX; i++)
		blob_free(&scene->contents[i]);
	for (size_t i = 0; i < SCENE_MAX; i++)
		blob_free(&scene->blob_contents[i]);
	if (scene->guard.map)
		guard_close(&scene->guard);
	memset(scene, 0, sizeof(*scene));
}

static void must_have_room(size_t n)
{
	if (n >= SCENE_MAX) {
		fprintf(stderr, "scene: full\n");
		abort();
	}
}

void scene_map(struct scene *scene, uint64_t gpa, uint64_t size, uint32_t type)
{
	struct pvhboot_map_entry entry = { .gpa = gpa, .size = size, .type = type };

	must_have_room(scene->request.n_map);
	scene->map[scene->request.n_map++] = entry;
}

void scene_avoid(struct scene *scene, uint64_t start, uint64_t end)
{
	struct pvhboot_range range = { start, end };

	must_have_room(scene->request.n_avoid);
	scene->avoid[scene->request.n_avoid++] = range;
}

void scene_module(struct scene *scene, size_t size, const char *cmdline)
{
	size_t n = scene->request.n_modules;

	must_have_room(n);
	blob_pattern(&scene->contents[n], (uint32_t)n + 100, size);
	scene->modules[n].bytes = blob_view(&scene->contents[n]);
	scene->modules[n].cmdline = pvhboot_text(cmdline);
	scene->request.n_modules = n + 1;
}

struct pvhboot_blob *scene_blob(struct scene *scene, size_t size, uint64_t gpa, uint32_t type)
{
	size_t n = scene->request.n_blobs;
	struct pvhboot_blob *blob = &scene->blobs[n];

	must_have_room(n);
	blob_pattern(&scene->blob_contents[n], (uint32_t)n + 200, size);
	blob->bytes = blob_view(&scene->blob_contents[n]);
	blob->gpa = gpa;
	blob->type = type;
	scene->request.n_blobs = n + 1;
	return blob;
}

enum pvhboot_status scene_plan(struct scene *scene)
{
	enum pvhboot_status status;

	memset(&scene->diag, 0, sizeof(scene->diag));
	memset(&scene->plan, 0, sizeof(scene->plan));
	if (scene->guard.map)
		guard_close(&scene->guard);
	status = pvhboot_plan_need(&scene->request, &scene->need, &scene->diag);
	if (status)
		return status;
	scene->guard = guard_open(scene->need);
	return pvhboot_plan_make(&scene->request, guard_buffer(&scene->guard, scene->need),
				 &scene->plan, &scene->diag);
}

const struct pvhboot_place *scene_place(const struct scene *scene, enum pvhboot_place_kind kind,
					uint32_t index)
{
	const struct pvhboot_plan *plan = &scene->plan;

	for (size_t i = 0; i < plan->n_places; i++) {
		if (plan->places[i].kind == (uint32_t)kind && plan->places[i].index == index)
			return &plan->places[i];
	}
	ck_abort_msg("the plan has no %s %u", pvhboot_place_kind_name(kind), index);
}

void scene_expect_no_plan(const char *row, struct scene *scene, enum pvhboot_status status,
			  const char *rule, const struct finding *want)
{
	static const struct pvhboot_plan untouched;

	expect_status(row, scene_plan(scene), status);
	expect_failure(row, &scene->diag, status, want);
	expect_rule(row, &scene->diag.failure, rule);
	expect_true(row, memcmp(&scene->plan, &untouched, sizeof(untouched)) == 0);
}

void scene_expect_plan(const char *row, struct scene *scene, size_t n_warnings)
{
	struct pvhboot_diag diag = { 0 };

	expect_status(row, scene_plan(scene), PVHBOOT_OK);
	expect_success(row, &scene->diag, n_warnings);
	start_expect(row, &scene->plan, &scene->request);
	expect_status(row, pvhboot_plan_check(&scene->plan, &scene->request, &diag), PVHBOOT_OK);
	expect_success(row, &diag, 0);
}
