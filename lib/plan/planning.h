/* SPDX-License-Identifier: MIT */
/*
 * A plan in the making, and the steps that make it, in their order. Each step takes what it
 * places out of the free ranges for those behind it.
 */
#ifndef PVHB_PLANNING_H
#define PVHB_PLANNING_H

#include <pvhboot/plan.h>

#include "../base/diag.h"
#include "../base/env.h"
#include "../base/range.h"
#include "../entry/entry.h"
#include "hole.h"
#include "map.h"

struct pvhb_planning {
	const struct pvhboot_request *request;
	struct pvhboot_diag *diag;
	uint64_t ceiling;
	uint64_t info_ceiling;
	struct pvhboot_range kernel; /* where it goes, gaps and symbols included */
	uint64_t slide;
	struct pvhb_entry entry;
	struct pvhboot_kaslr kaslr;

	/* in the workspace */
	struct pvhboot_place *places;
	struct pvhboot_map_entry *map;
	struct pvhb_map_edge *edges;       /* scratch */
	struct pvhboot_map_entry *entries; /* scratch: the request's and the blobs' */
	uint64_t *modules_at;              /* gpa of request.modules[i] */
	uint64_t *blobs_at;                /* gpa of request.blobs[i] */
	uint64_t *tree;
	uint64_t *high_tree;
	uint8_t *info;
	uint8_t *symbols_head;
	size_t n_places;
	size_t n_map;

	struct pvhb_ranges ram;   /* of the map */
	struct pvhb_ranges taken; /* the avoid list, then what was placed, and page 0 */
	struct pvhb_ranges free;  /* ram without taken */
};

/* room.c: the map, its RAM, and the avoid list. INVAL, RANGE. */
enum pvhboot_status pvhb_plan_read_room(struct pvhb_planning *p);

/* room.c: takes a range; pvhb_plan_find_free() makes it count. */
void pvhb_plan_take(struct pvhb_planning *p, struct pvhboot_range range);
void pvhb_plan_find_free(struct pvhb_planning *p);

/* room.c: says in the detail of the failure what lies at a gpa that is not free. asker: the blob or
 * module of the request that is placed, which is left out; NULL: none. */
void pvhb_plan_name_taker(const struct pvhb_planning *p, uint64_t gpa, const void *asker);

/* make.c: appends a place, without its source where the caller fills it. */
struct pvhboot_place *pvhb_plan_add(struct pvhb_planning *p, enum pvhboot_place_kind kind,
				    size_t index, uint64_t gpa, uint64_t size,
				    struct pvhboot_bytes source, bool by_caller);

/* make.c: puts the places from number first on in ascending order. */
void pvhb_plan_sort(struct pvhb_planning *p, size_t first);

/* fixed.c: takes the ranges of blobs and modules that have a gpa. OVERLAP, RANGE. */
enum pvhboot_status pvhb_plan_fixed(struct pvhb_planning *p);

/* kernel.c: MALFORMED, OVERLAP, RANGE, NOROOM. */
enum pvhboot_status pvhb_plan_kernel(struct pvhb_planning *p);

/* blob.c: the places of all blobs. NOROOM. */
enum pvhboot_status pvhb_plan_blobs(struct pvhb_planning *p);

/* module.c: the start_info block, then the modules. NOROOM. *info_at is the block's gpa. */
enum pvhboot_status pvhb_plan_modules(struct pvhb_planning *p, const struct pvhb_block *block,
				      uint64_t *info_at);

/* kaslr.c: when all else is placed, moves the kernel to one of the addresses that are left, by
 * chance, and says so in p->kaslr. places are sorted then. */
void pvhb_plan_randomise(struct pvhb_planning *p);

/* guest.c: warns of what the guests that the request names do not take. holes are
 * those below the ceiling when all else is placed. */
void pvhb_plan_warn_for_guests(const struct pvhb_planning *p, const struct pvhb_block *block,
			       uint64_t info_at, const struct pvhb_holes *holes);

#endif
