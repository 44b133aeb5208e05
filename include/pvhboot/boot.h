/* SPDX-License-Identifier: MIT */
/*
 * From the plan to a guest that can run: its memory and its first registers.
 *
 *	struct pvhboot_plan -> pvhboot_plan_commit -> guest memory
 *	                    -> pvhboot_plan_cpu    -> struct pvhboot_cpu
 */
#ifndef PVHBOOT_BOOT_H
#define PVHBOOT_BOOT_H

#include "base.h"
#include "image.h"
#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The memory is fresh and all zero: what a place does not have bytes for (bss)
 * is not written. */
#define PVHBOOT_MEMORY_ZEROED 1u

/*
 * Guest memory, as the host reaches it. Ranges lie inside one place of the plan,
 * or are the window of a struct pvhboot_direct, and are never empty. Functions
 * return 0 on success; another value ends the call and is handed back in the
 * diagnostic.
 *
 * Give map, or write and zero, or all three: map is asked first for a whole
 * place, and the other two serve where it is NULL or returns NULL.
 */
struct pvhboot_memory {
	void *ctx; /* handed back as it is */

	/* A host pointer to size bytes at gpa, writable until the call of the
	 * library returns (a window: until it is committed or undone), or NULL: cannot
	 * be had in one piece. */
	void *(*map)(void *ctx, uint64_t gpa, uint64_t size);

	int (*write)(void *ctx, uint64_t gpa, const void *bytes, size_t size);

	/* May be NULL under PVHBOOT_MEMORY_ZEROED. */
	int (*zero)(void *ctx, uint64_t gpa, uint64_t size);

	/* The way back, for start.h alone; may be NULL where map serves. There map is
	 * asked first too, what it returns is only read from, and ranges are never
	 * empty, do not wrap, and may lie where the guest has no memory: fail then. */
	int (*read)(void *ctx, uint64_t gpa, void *bytes, size_t size);

	uint32_t flags;    /* PVHBOOT_MEMORY_* */
	uint32_t reserved; /* 0 */
};

/*
 * Carries a plan out, place by place in ascending order. A source may lie in
 * its own place or anywhere outside of all places, not in a place of another: a
 * loader whose memory is the guest's puts itself, its heap with the unpacked
 * image and the workspace, its stack and the modules into request.avoid.
 * Trusts the plan: run pvhboot_plan_check() first on one that was edited or
 * received. Sources may change meanwhile, and so may guest memory, which is not read.
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

/* A segment register as values, its hidden part included. */
struct pvhboot_cpu_segment {
	uint64_t base;
	uint32_t limit;    /* in bytes: the last offset that is valid */
	uint16_t selector;
	uint16_t access;   /* bits 0-7 the access byte of the descriptor (type, S, DPL, P),
	                      bits 8-11 its flags (AVL, L, D/B, G): 0xc9b. VMX and KVM's
	                      debuggers write the same with a nibble between: 0xc09b */
};

/*
 * The registers at the entry. What is not here is the host's choice; nothing
 * may be pending, A20 is on. Descriptor tables are not part of the ABI: the
 * hidden parts of the segments count.
 * Source: docs/misc/pvh.pandoc.
 */
struct pvhboot_cpu {
	uint32_t eip;
	uint32_t ebx;    /* gpa of the start_info */
	uint32_t eflags; /* 0x2: IF, TF and VM are clear */
	uint32_t cr0;    /* 0x11: PE; ET is hard-wired */
	uint32_t cr4;    /* 0 */
	uint32_t efer;   /* 0 */
	struct pvhboot_cpu_segment cs;   /* 0xc9b, base 0, limit 0xffffffff */
	struct pvhboot_cpu_segment data; /* ds, es, ss, fs and gs: 0xc93, same base and limit */
	struct pvhboot_cpu_segment tr;   /* 0x8b, base 0, limit 0x67 */
};

/* The registers that enter the planned kernel. Neither may be NULL. Cannot fail. */
PVHBOOT_API void pvhboot_plan_cpu(const struct pvhboot_plan *plan, struct pvhboot_cpu *out);

/*
 * All stages in one call: probe, unpack, open, plan, commit, registers. Where
 * memory has map, and the kernel and the map allow, the image is decoded in the
 * guest (direct.h); else into a buffer. Buffers and the workspace come from
 * options->allocator and are released before the call returns. options may be
 * NULL, request->kernel is not read. Writes *cpu only on success. For a caller who
 * wants to see the plan there are the stages.
 *
 * Any status of the stages, with their diagnostics; INVAL also when request,
 * memory or cpu is NULL, or there is no allocator in the freestanding core;
 * NOMEM also when a buffer of its own could not be allocated (found is its
 * size). Every failure but MEMIO leaves guest memory as it was if that is
 * PVHBOOT_MEMORY_ZEROED or has no map; else what the image was decoded over is 0.
 */
PVHBOOT_CHECKED enum pvhboot_status
pvhboot_boot(struct pvhboot_bytes file, const struct pvhboot_request *request,
	     const struct pvhboot_unpack_options *options, const struct pvhboot_memory *memory,
	     struct pvhboot_cpu *cpu, struct pvhboot_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
