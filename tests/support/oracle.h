/* SPDX-License-Identifier: MIT */
/*
 * Where things must lie, found by trying every address of a small space: what
 * plan.h says of placement, without interval arithmetic.
 */
#ifndef TESTS_SUPPORT_ORACLE_H
#define TESTS_SUPPORT_ORACLE_H

#include <pvhboot/plan.h>

#define ORACLE_MAX_MODULES 8

struct oracle_plan {
	enum pvhboot_status status;  /* OVERLAP also where the ceiling is in the way */
	enum pvhboot_subject failed; /* the kernel, the info block or a module */
	uint32_t failed_index;
	uint64_t slide;
	uint64_t info;                        /* gpa */
	uint64_t modules[ORACLE_MAX_MODULES]; /* gpa, 0 where left out */
};

/*
 * Places what the request asks for in [0, space) and, where modules may go there,
 * in [4 GiB, 4 GiB + space), with an info block of info_size bytes. Blobs are none
 * of its business. Bounds of the map, of avoid ranges and of ceilings, and the
 * starts of segments and the alignment of the kernel must be multiples of
 * granule, a power of two of at most 4096.
 */
struct oracle_plan oracle_place(const struct pvhboot_request *request, uint64_t info_size,
				uint64_t space, uint64_t granule);

#endif
