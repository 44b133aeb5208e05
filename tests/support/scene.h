/* SPDX-License-Identifier: MIT */
/* A kernel, a map and all else that a plan is made from, ready to be changed. */
#ifndef TESTS_SUPPORT_SCENE_H
#define TESTS_SUPPORT_SCENE_H

#include <pvhboot/plan.h>

#include "expect.h"
#include "guard.h"
#include "kernelbuild.h"

#define SCENE_MAX 16

struct scene {
	struct elf elf;
	struct blob bzimage; /* of scene_open_linux() */
	struct pvhboot_kernel kernel;
	struct pvhboot_request request; /* points at the arrays below */
	struct pvhboot_map_entry map[SCENE_MAX];
	struct pvhboot_range avoid[SCENE_MAX];
	struct pvhboot_module modules[SCENE_MAX];
	struct blob contents[SCENE_MAX]; /* of the modules */
	struct pvhboot_blob blobs[SCENE_MAX];
	struct blob blob_contents[SCENE_MAX];

	struct guard guard; /* behind the workspace */
	size_t need;        /* as pvhboot_plan_need() said */
	struct pvhboot_plan plan;
	struct pvhboot_diag diag;
};

/*
 * A kernel and no map. The kernel must open. NULL: all defaults. The scene must
 * not move, since its request points into it.
 */
void scene_open(struct scene *scene, const struct kernel_spec *spec);
void scene_close(struct scene *scene);

/* The same with an ELF that was finished, which the scene takes over. */
void scene_open_elf(struct scene *scene, struct elf *elf);

/* The same, opened with flags: it may warn. */
void scene_open_elf_with(struct scene *scene, struct elf *elf, uint32_t flags);

/* The same with all entries of Linux. Either may be NULL; the scene takes over what is not. */
void scene_open_linux(struct scene *scene, struct elf *elf, struct blob *bzimage);

/* The same with the map of a PC: RAM below 640 KiB and from 1 MiB to 64 MiB. */
void scene_open_pc(struct scene *scene, const struct kernel_spec *spec);

void scene_map(struct scene *scene, uint64_t gpa, uint64_t size, uint32_t type);
void scene_avoid(struct scene *scene, uint64_t start, uint64_t end);
/* size bytes of a pattern of their own. */
void scene_module(struct scene *scene, size_t size, const char *cmdline);
/* The same as a blob, of which the rest is 0. */
struct pvhboot_blob *scene_blob(struct scene *scene, size_t size, uint64_t gpa, uint32_t type);

/* Plans into a workspace of exactly the needed size that ends at an unreadable
 * page. Starts with an empty diagnostic. */
enum pvhboot_status scene_plan(struct scene *scene);

/* Where a place of this kind and index starts; fails the test when there is none. */
const struct pvhboot_place *scene_place(const struct scene *scene, enum pvhboot_place_kind kind,
					uint32_t index);

/* Plans, and asserts that it fails so, and leaves the plan as it was. */
void scene_expect_no_plan(const char *row, struct scene *scene, enum pvhboot_status status,
			  const char *rule, const struct finding *want);

/* Plans, and asserts that it succeeds with this many warnings, that the plan
 * keeps every rule of the ABI, and that pvhboot_plan_check() agrees. */
void scene_expect_plan(const char *row, struct scene *scene, size_t n_warnings);

#endif
