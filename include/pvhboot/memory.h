/* SPDX-License-Identifier: MIT */
/* Guest memory, as the host reaches it. */
#ifndef PVHBOOT_MEMORY_H
#define PVHBOOT_MEMORY_H

#include "base.h"
#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The memory is fresh and all zero: what a place does not have bytes for (bss)
 * is not written. */
#define PVHBOOT_MEMORY_ZEROED 1u

/* A byte can be mapped once only, as where map allocates a chunk of a boot loader's that is
 * moved to its gpa later. Then no kernel is decoded in the guest, which maps the kernel's
 * memory as one window first and other places of it later. */
#define PVHBOOT_MEMORY_ONCE 2u

/*
 * Guest memory as callbacks. Give map, or write and zero, or all of them. Ranges are never
 * empty. Functions return 0 on success; another value ends the call and is handed back in the
 * diagnostic, signed.
 */
struct pvhboot_memory {
	void *ctx; /* handed back as it is */

	/*
	 * A host pointer to size bytes at gpa, or NULL: they cannot be had in one piece.
	 * - A commit asks for runs of neighbouring places: what lies in one page, or follows
	 *   without a whole page between, is one range. No two ranges of a commit have a
	 *   page in common, and each lies between the ends of its first and its last place. A
	 *   run that cannot be had is asked for place by place.
	 * - A kernel that is decoded in the guest has a window, which is asked for first, and
	 *   given back before any other range is asked for.
	 * - Where NULL is returned for a place, write and zero serve.
	 * The pointer is used until unmap is called with it, and where there is no unmap, until
	 * the call returns that has asked for it: pvhboot_plan_commit(), and for a window
	 * pvhboot_prepared_commit() or pvhboot_prepared_release().
	 */
	void *(*map)(void *ctx, uint64_t gpa, uint64_t size);

	/* Called once for each pointer that map has returned, with the same gpa and size, when
	 * it is no longer used; after a failure too. May be NULL. */
	void (*unmap)(void *ctx, void *host, uint64_t gpa, uint64_t size);

	int (*write)(void *ctx, uint64_t gpa, const void *bytes, size_t size);

	/* May be NULL under PVHBOOT_MEMORY_ZEROED. */
	int (*zero)(void *ctx, uint64_t gpa, uint64_t size);

	/* The way back, for start.h alone; may be NULL where map serves. There map is
	 * asked first too, what it returns is only read from, and ranges do not wrap, but may
	 * lie where the guest has no memory: fail then. */
	int (*read)(void *ctx, uint64_t gpa, void *bytes, size_t size);

	uint32_t flags;       /* PVHBOOT_MEMORY_* */
	uint32_t reserved32;  /* 0 */
	uint64_t reserved[4]; /* 0 */
};

/*
 * Carries a plan out, in ascending order of its places.
 * - A source may lie in its own place, or anywhere outside of all places. It may not lie in
 *   the place of another: a loader whose memory is the guest's puts itself, its heap with the
 *   unpacked image and the workspace, its stack and the modules into request.avoid.
 * - Places with PVHBOOT_PLACE_BY_CALLER are not touched.
 * - The plan is trusted. Run pvhboot_plan_check() first on one that was edited or received.
 * - Sources may change meanwhile, and so may guest memory, which is not read.
 * - A plan may be carried out again, when a guest is reset for example.
 *
 * INVAL  a pointer is NULL, neither map nor write is given, zero is missing where
 *        it is needed, unknown flags, reserved is not 0, or a place is smaller than
 *        its source; nothing was written
 * MEMIO  a callback failed; index is the place, offset the gpa, found the
 *        callback's value (0 for a map that returned NULL without a write to
 *        fall back to). Places before it are complete, it is not, those behind
 *        it are not begun.
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_plan_commit(const struct pvhboot_plan *plan,
							const struct pvhboot_memory *memory,
							struct pvhboot_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
