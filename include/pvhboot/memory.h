/* SPDX-License-Identifier: MIT */
/* Guest memory, as the host reaches it. */
#ifndef PVHBOOT_MEMORY_H
#define PVHBOOT_MEMORY_H

#include "base.h"
#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All of the guest's memory is zero before the first call. So what a place has no bytes for (bss)
 * is not written. */
#define PVHBOOT_MEMORY_ZEROED 1u

/* Each byte can be mapped only once. So it is where map allocates a chunk in a boot loader's heap,
 * and the chunk is moved to its gpa later. With this flag no kernel is decoded in the guest: that
 * would map the kernel's memory as one window first, and places inside of it later. */
#define PVHBOOT_MEMORY_ONCE 2u

/*
 * Guest memory as callbacks. Give map, or write and zero, or all of them.
 * - Ranges are never empty.
 * - write, zero and read return 0 on success. Any other value ends the call in MEMIO, and stands in
 *   the diagnostic as found, signed.
 */
struct pvhboot_memory {
	void *ctx; /* handed back as it is */

	/*
	 * Returns a host pointer to size bytes at gpa, or NULL where they cannot be had in one
	 * piece.
	 * - A commit asks for runs. A run is a range of neighbouring places that it fills: two
	 *   of these are in one run where no whole page lies between them. It starts where its
	 *   first place does, and ends where its last place does.
	 * - No two runs of a commit have a page in common.
	 * - Where NULL is returned for a run, its places are asked for one by one, and two of
	 *   them may have a page in common.
	 * - Where NULL is returned for a place, write and zero are called instead.
	 * - A kernel that is decoded in the guest has a window. pvhboot_prepare() asks for it
	 *   before any other range. The commit gives it back before it asks for a run, which
	 *   may lie in the window.
	 * - The pointer of a run is used until unmap is called with it. Where there is no unmap,
	 *   it is used until the commit returns.
	 * - The pointer of a window is used until unmap is called with it. Where there is no
	 *   unmap, it is used until pvhboot_prepare() has failed, in_guest is 0, or
	 *   pvhboot_prepared_commit() or pvhboot_prepared_release() has returned.
	 */
	void *(*map)(void *ctx, uint64_t gpa, uint64_t size);

	/* Called once for each pointer that map has returned (not for NULL), with the same gpa
	 * and size, when the pointer is no longer used; after a failure too. May be NULL. */
	void (*unmap)(void *ctx, void *host, uint64_t gpa, uint64_t size);

	int (*write)(void *ctx, uint64_t gpa, const void *bytes, size_t size);

	/* May be NULL under PVHBOOT_MEMORY_ZEROED. */
	int (*zero)(void *ctx, uint64_t gpa, uint64_t size);

	/* For start.h alone; may be NULL where there is map.
	 * - start.h asks map first, too. It only reads what map returns.
	 * - Ranges do not wrap around 2^64. They may lie where the guest has no memory: then
	 *   map must return NULL, and read must fail. */
	int (*read)(void *ctx, uint64_t gpa, void *bytes, size_t size);

	uint32_t flags;       /* PVHBOOT_MEMORY_* */
	uint32_t reserved32;  /* 0 */
	uint64_t reserved[4]; /* 0 */
};

/*
 * Carries a plan out, in ascending order of its places.
 * - A source may lie in its own place, or outside of all places. It may not lie in the place of
 *   another. So a loader whose memory is the guest's puts into request.avoid: itself, its stack,
 *   the modules, and its heap with the unpacked image and the workspace.
 * - Places with PVHBOOT_PLACE_BY_CALLER are not touched.
 * - The plan is trusted. Run pvhboot_plan_check() first on one that was edited or received.
 * - Sources and guest memory may change meanwhile. Guest memory is not read.
 * - A plan may be carried out again, for example when a guest is reset. Memory that the guest has
 *   written is not PVHBOOT_MEMORY_ZEROED then.
 *
 * INVAL  - a pointer is NULL
 *        - there is neither map nor write
 *        - there is neither map nor zero, and the memory is not PVHBOOT_MEMORY_ZEROED
 *        - unknown flags, or a reserved member that is not 0
 *        - a place is smaller than its source
 *        Nothing was written.
 * MEMIO  a callback failed. index is the place and offset the gpa. found is the callback's value;
 *        it is 0 where map returned NULL and there is no write or zero to call instead. Places
 *        before this one are complete, and places behind it are not begun.
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_plan_commit(const struct pvhboot_plan *plan,
							const struct pvhboot_memory *memory,
							struct pvhboot_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
