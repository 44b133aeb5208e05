/* SPDX-License-Identifier: MIT */
/*
 * From the file to a guest that can run, by three doors:
 *
 *	pvhboot_boot()     file -> guest memory and registers, in one call
 *	pvhboot_prepare()  file -> plan, to be looked at and edited
 *	                   -> pvhboot_prepared_commit() -> guest memory
 *	                   -> pvhboot_plan_cpu()        -> registers
 *	                   -> pvhboot_prepared_release()
 *	the stages         image.h, kernel.h, plan.h, memory.h, cpu.h
 *
 * The first two do what a person expects of a boot:
 * - The kernel is decoded in the guest, where it will live, if that is possible: half the
 *   memory, and half the page faults, of a buffer that is copied.
 * - A unified kernel image boots whole. Where the request has no modules, its microcode and
 *   its initrd are joined into one. Where the request has no command line, its own is used.
 */
#ifndef PVHBOOT_BOOT_H
#define PVHBOOT_BOOT_H

#include "base.h"
#include "cpu.h"
#include "image.h"
#include "kernel.h"
#include "memory.h"
#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In flags of struct pvhboot_options. */

/* A warning is a failure: pvhboot_prepare(), pvhboot_prepared_replan() and pvhboot_boot() end
 * in WARNED when they would warn, and the first warning is the failure. For those who build
 * the images that they boot. (Callers of the stages look at diag.n_warnings.) */
#define PVHBOOT_OPTION_STRICT 1u

/* The initrd, the microcode and the command line of a unified kernel image are not used. */
#define PVHBOOT_OPTION_NO_UKI 2u

/* What a prepared boot keeps for itself: not for callers. */
struct pvhboot_prepared_own {
	struct pvhboot_allocator allocator;
	struct pvhboot_memory memory;
	struct pvhboot_module modules[2]; /* of a UKI */
	struct pvhboot_buffer elf;        /* what the kernel was unpacked into, or empty */
	struct pvhboot_buffer workspace;  /* of the plan */
	struct pvhboot_range window;      /* of the guest, while it is mapped; or empty */
	uint8_t *host;                    /* of window.start */
	uint32_t kernel_flags;
	uint32_t options;                 /* PVHBOOT_OPTION_* */
	uint64_t reserved[8];
};

/*
 * A boot up to its plan. The caller's object: its place in memory may not change.
 * Borrows the file, options->allocator and all that the request points at; they must stay
 * until it is released. A request itself need not.
 */
struct pvhboot_prepared {
	struct pvhboot_image image;   /* of the file, with what a UKI carries */
	struct pvhboot_kernel kernel; /* its pointers into the image are good until the commit */
	struct pvhboot_plan plan;     /* places are the caller's to edit until the commit */
	uint32_t in_guest;            /* 1: the kernel was decoded in the guest's memory */
	uint32_t reserved32;          /* 0 */
	uint64_t reserved[8];         /* 0 */
	struct pvhboot_prepared_own own;
};

/*
 * Probes, unpacks, opens and plans. request->kernel is not read; options and memory may be
 * NULL. Without memory the kernel is unpacked into a buffer, for hosts that plan before
 * there is a guest.
 *
 * The kernel is decoded in the guest where all of this holds; else into a buffer:
 * - the file is compressed, once, and claims its unpacked size
 * - memory has map, and is not PVHBOOT_MEMORY_ONCE
 * - the request asks for no slide
 * - the link address, and what the image covers around it, is free RAM below the ceiling
 * - map has a pointer for all of that in one piece
 * - the image's first 256 KiB hold its program headers: at most 64 segments, which ascend
 * - the file, modules and blobs lie outside of it, for a host whose memory is the guest's. All
 *   else that is read or written meanwhile must lie outside too: put the request, the stack, and
 *   all that the allocator may return into request.avoid
 *
 * A caller may edit the places of out->plan before the commit: set PVHBOOT_PLACE_BY_CALLER,
 * say, or look where a blob lies and write its bytes only then. Any other edit is for
 * pvhboot_plan_check() to judge.
 *
 * Any status of the stages, with their diagnostics, but for NOSPACE; and
 * INVAL   request or out is NULL; there is no allocator in the freestanding core; options
 *         or memory have unknown flags or a reserved member that is not 0
 * WARNED  PVHBOOT_OPTION_STRICT, and there is a warning
 * NOMEM   a buffer could not be allocated (found is its size)
 * *out is written on success only. After a failure nothing stays allocated or mapped, and
 * guest memory is as it was, or 0 where the kernel was decoded: as many bytes as the file
 * claims to hold, max_output at most, since decoders do not tell how far they came. So a
 * refusal costs no more than unpacking the kernel once and clearing it.
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_prepare(struct pvhboot_bytes file,
						    const struct pvhboot_request *request,
						    const struct pvhboot_options *options,
						    const struct pvhboot_memory *memory,
						    struct pvhboot_prepared *out,
						    struct pvhboot_diag *diag);

/*
 * Plans again, by another request. For toolstacks that know the whole request only when they
 * have seen the kernel: prepare with a preliminary map, in which the kernel can lie where it
 * is linked, look at prepared->kernel, build ACPI tables or whatever depends on it, and plan
 * again with the real map. The kernel stays where it was decoded; where the new plan wants it
 * elsewhere, the commit moves it. What holds for the request of pvhboot_prepare() holds for
 * this one, which takes its place.
 *
 * Any status of the planner, and INVAL, WARNED, NOMEM as above. MALFORMED also when others have
 * changed the kernel in the guest: it is gone then, and all that is left is to release. After
 * any other failure the plan is gone: plan again by a request that works, or release.
 */
PVHBOOT_CHECKED enum pvhboot_status
pvhboot_prepared_replan(struct pvhboot_prepared *prepared, const struct pvhboot_request *request,
			struct pvhboot_diag *diag);

/*
 * Carries the plan out, as pvhboot_plan_commit(). memory must reach the same guest as that of
 * pvhboot_prepare(), if there was one; it may be NULL then, and is the same. Guest memory is
 * what pvhboot_plan_commit() makes of it, but that a kernel which was decoded in the guest
 * leaves zeros between places.
 *
 * Where in_guest is 1, the segments are moved in place, and prepared->kernel points at bytes
 * that are gone: it can be committed once. Where it is 0, as often as one likes.
 *
 * INVAL  as pvhboot_plan_commit(), or it was committed before and in_guest is 1; nothing
 *        was written
 * NOMEM  segments cannot be moved in any order, and a buffer for the kernel could not be
 *        allocated (found is its size); nothing was written
 * MALFORMED  others have changed the kernel in the guest; it is gone then, and so is the plan:
 *        release
 * MEMIO  as pvhboot_plan_commit(); where in_guest is 1, places that the kernel's bytes go to
 *        are complete before the others are begun
 */
PVHBOOT_CHECKED enum pvhboot_status
pvhboot_prepared_commit(struct pvhboot_prepared *prepared, const struct pvhboot_memory *memory,
			struct pvhboot_diag *diag);

/* Releases what a prepared boot holds. A kernel that was decoded in the guest and not committed
 * is cleared. Takes NULL, and an object that is all zero. */
PVHBOOT_API void pvhboot_prepared_release(struct pvhboot_prepared *prepared);

/*
 * All of it in one call: prepare, commit, registers, release. Writes *cpu only on success.
 *
 * Any status of pvhboot_prepare() and pvhboot_prepared_commit(); INVAL also when memory or cpu
 * is NULL. Every failure but MEMIO leaves guest memory as pvhboot_prepare() says.
 */
PVHBOOT_CHECKED enum pvhboot_status
pvhboot_boot(struct pvhboot_bytes file, const struct pvhboot_request *request,
	     const struct pvhboot_options *options, const struct pvhboot_memory *memory,
	     struct pvhboot_cpu *cpu, struct pvhboot_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
