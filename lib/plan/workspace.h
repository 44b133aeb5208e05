/* SPDX-License-Identifier: MIT */
/* The planner's workspace: its arrays, for the largest outcome that a request can have. */
#ifndef PVHB_WORKSPACE_H
#define PVHB_WORKSPACE_H

#include "planning.h"

/* Offsets from the first aligned byte of the workspace, of the arrays of struct
 * pvhb_planning. */
struct pvhb_arrays {
	uint64_t map;
	uint64_t edges;
	uint64_t ram;
	uint64_t taken;
	uint64_t free;
	uint64_t blobs_at;

	/* not of the room alone */
	uint64_t places;
	uint64_t entries;
	uint64_t tree;
	uint64_t high_tree;
	uint64_t modules_at;
	uint64_t symbols_head;
	uint64_t info;

	uint64_t size; /* of the workspace, in bytes */
};

/* The arrays up to blobs_at, for a request whose kernel is not known. LIMIT. */
enum pvhboot_status pvhb_arrays_of_room(const struct pvhboot_request *request,
					struct pvhb_arrays *out);

/* All of them, for a checked request. LIMIT. */
enum pvhboot_status pvhb_arrays_of_plan(const struct pvhboot_request *request,
					enum pvhboot_entry_kind kind, struct pvhb_arrays *out,
					struct pvhboot_diag *diag);

void pvhb_arrays_carve(const struct pvhb_arrays *arrays, uint8_t *workspace,
		       struct pvhb_planning *p);

#endif
