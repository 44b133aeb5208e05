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
 * - The kernel is decoded in the guest, where it will live, if that is possible. It takes half the
 *   memory, and half the page faults, of a buffer that is copied.
 * - A unified kernel image (UKI) boots whole. Where the request has no modules, the image's
 *   microcode and initrd become one module. Where the request has no command line, the image's
 *   is used. By its EFI entry its own code does all of this.
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

/* A warning is a failure. pvhboot_prepare(), pvhboot_prepared_replan() and pvhboot_boot() end in
 * WARNED where they would otherwise succeed with warnings; diag->failure is then the first of these
 * warnings. For those who build the images that they boot. (Callers of the stages look at
 * diag.n_warnings.) */
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
	uint64_t slide;                   /* by which the kernel was relocated */
	uint32_t kernel_flags;
	uint32_t options;                 /* PVHBOOT_OPTION_* */
	uint64_t reserved[7];
};

/*
 * A boot up to its plan. The caller's object: its place in memory may not change.
 * - It borrows the file, options->allocator, and all that the request points at: the map, the
 *   modules with their bytes, and so on. These must stay until it is released.
 * - The structs of the request, the options and the memory need not stay. What the ctx of the
 *   memory and of the allocator lead to must stay until it is released.
 */
struct pvhboot_prepared {
	struct pvhboot_image image;   /* of the file, with what a UKI carries */
	struct pvhboot_kernel kernel; /* its pointers into the image are good until the commit */
	struct pvhboot_plan plan;     /* places are the caller's to edit until the commit */
	uint32_t in_guest;            /* 1: the kernel lies decoded in the guest's memory. Becomes 0
	                                 where replan or commit had to copy it to a buffer */
	uint32_t reserved32;          /* 0 */
	uint64_t reserved[8];         /* 0 */
	struct pvhboot_prepared_own own;
};

/*
 * Probes, unpacks, opens and plans. request->kernel is not read. options and memory may be
 * NULL. Without memory the kernel is unpacked into a buffer, for hosts that plan before
 * there is a guest.
 *
 * The entry is the one that request->entry names, or for PVHBOOT_ENTRY_AUTO the best that the file
 * has; plan.entry_kind says which. For AUTO a bzImage is loaded as it is
 * - where there is no codec for it
 * - where it says that it packs no kernel, as memtest86+ does
 * - where what it unpacks to has no entry
 * For BZIMAGE64 and BZIMAGE32 its payload is not looked at. NOTPVH says that the file does not have
 * the entry, and lists those that it has. Hosts that can do PVH alone ask for PVHBOOT_ENTRY_PVH.
 * Where the plan has a virtual slide, the kernel is relocated in a buffer.
 *
 * For PVHBOOT_ENTRY_EFI a PE file is not unpacked, nor looked into but by pvhboot_efi_check(). The
 * request is made one for the environment. That is request.efi, which stays borrowed, too:
 * - prepared.kernel is the environment. Its entries are EFI alone. prepared.image has the file, as
 *   a PE file that is not compressed, and nothing of what is in it
 * - module 0 is the file. The modules of the request follow as initrds: modules[i] has the index
 *   i + 1 in the plan and in diagnostics. The environment joins them, with or without
 *   PVHBOOT_REQUEST_JOIN
 * - the command line is the request's. The environment takes out the first word that begins with
 *   pvhboot.efi=
 * - the environment has limits of its own. Those of efi.h are LIMIT here; the others are found in
 *   the guest: docs/EFI.md
 * - the options choose no profile of a UKI. A command line that begins with @1 chooses number 1,
 *   where the stub is systemd's of version 257 or later
 *
 * The kernel is decoded in the guest where all of this holds, and otherwise into a buffer:
 * - the file is compressed, once, and claims its unpacked size
 * - memory has map, and is not PVHBOOT_MEMORY_ONCE
 * - the request asks for no slide and no random address
 * - the link address, and what the image covers around it, is free RAM below the ceiling
 * - map has a pointer for all of that in one piece
 * - the image's first 256 KiB hold its program headers: at most 64 segments, which ascend
 * - the file, the modules and the blobs lie outside of that memory
 *
 * The last one is for a host whose own memory is the guest's, such as a boot loader. What else is
 * read or written during the call must lie outside too, and is not checked: such a host puts the
 * request, its stack, and all that the allocator may return into request.avoid.
 *
 * Until the commit a caller may
 * - set PVHBOOT_PLACE_BY_CALLER in the flags of any place
 * - look where a blob lies, and only then write the blob's bytes
 * - edit places in any other way, and let pvhboot_plan_check() judge the result
 * For that check, request->kernel must be &out->kernel. By EFI the modules must be the file, and
 * the request's behind it, without PVHBOOT_REQUEST_JOIN. Where the initrd or the command line of a
 * UKI was used, the request must name it too: as modules image.uki.ucode and image.uki.initrd,
 * without one that is empty, under PVHBOOT_REQUEST_JOIN; as cmdline image.uki.cmdline.
 *
 * Warns also when the files of an initrd, unpacked, are larger than the guest's RAM, as far as its
 * headers tell. Joined modules are one initrd.
 *
 * Returns any status of the stages but NOSPACE, with their diagnostics; and
 * INVAL   - request or out is NULL
 *         - there is no allocator in the freestanding core
 *         - options or memory have unknown flags or a reserved member that is not 0
 *         - PVHBOOT_ENTRY_EFI of a PE file, and request.efi is empty or no ELF image with the PVH
 *           entry
 *         - the same, and the options choose a profile or have PVHBOOT_OPTION_NO_UKI: what of a UKI
 *           is used, its own code decides
 * LIMIT   PVHBOOT_ENTRY_EFI of a PE file, and the request has more than efi.h says
 * WARNED  PVHBOOT_OPTION_STRICT, and there is a warning
 * NOMEM   a buffer could not be allocated (found is its size)
 * *out is written on success only. After a failure nothing stays allocated or mapped. Guest
 * memory is then as it was, or 0 where the kernel was decoded. As decoders do not tell how far
 * they came, as many bytes are cleared as the file claims to hold, max_output at most. So a refusal
 * costs no more than unpacking the kernel once and clearing it.
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_prepare(struct pvhboot_bytes file,
						    const struct pvhboot_request *request,
						    const struct pvhboot_options *options,
						    const struct pvhboot_memory *memory,
						    struct pvhboot_prepared *out,
						    struct pvhboot_diag *diag);

/*
 * Plans again, by another request. For toolstacks that know the whole request only when they
 * have seen the kernel:
 * - Prepare with a preliminary map that has RAM where the kernel is linked.
 * - Look at prepared->kernel. Build what depends on it, such as ACPI tables.
 * - Plan again with the real map.
 *
 * The kernel stays where it was decoded. Where the new plan wants it elsewhere, the commit moves
 * it. The options of pvhboot_prepare() still hold. The new request replaces the old one: it is
 * not merged with it, and what the old one pointed at is no longer used. What pvhboot_prepare()
 * says of its request holds for the new one. But a boot by EFI keeps the environment of the first
 * request, which stays borrowed; request->efi is not looked at. No other boot becomes one by EFI.
 *
 * Returns any status of the planner; WARNED and NOMEM as above; and
 * INVAL      - prepared or request is NULL
 *            - the kernel was committed, and in_guest is 1
 *            - one of the two requests asks for PVHBOOT_ENTRY_EFI, and the other does not
 * MALFORMED  also when others have changed the kernel in the guest
 * After INVAL for one of these three the plan is as it was. After any other failure it is gone:
 * plan again by a request that works, or release.
 */
PVHBOOT_CHECKED enum pvhboot_status
pvhboot_prepared_replan(struct pvhboot_prepared *prepared, const struct pvhboot_request *request,
			struct pvhboot_diag *diag);

/*
 * Carries the plan out, as pvhboot_plan_commit() does.
 * - memory may be NULL where pvhboot_prepare() was given one: that one is used.
 * - Any other memory must reach the same guest.
 * - Guest memory becomes what pvhboot_plan_commit() would make of it, with one difference: where a
 *   kernel was decoded in the guest, what it covered between the places is 0.
 * - Where in_guest is 1, the segments are moved inside of the guest. Then prepared->kernel points
 *   at bytes that are gone, and there can be one commit.
 * - Where in_guest is 0 after a commit, there can be more commits.
 *
 * INVAL  - as pvhboot_plan_commit()
 *        - prepared is NULL, or has no plan: it was released, or a replan failed
 *        - it was committed before, and in_guest is 1
 *        Nothing was written.
 * NOMEM  segments cannot be moved in any order, and a buffer for the kernel could not be
 *        allocated (found is its size); nothing was written
 * MALFORMED  others have changed the kernel in the guest; no place was begun
 * MEMIO  as pvhboot_plan_commit(); where in_guest is 1, places that the kernel's bytes go to
 *        are complete before the others are begun
 */
PVHBOOT_CHECKED enum pvhboot_status
pvhboot_prepared_commit(struct pvhboot_prepared *prepared, const struct pvhboot_memory *memory,
			struct pvhboot_diag *diag);

/* Releases what a prepared boot holds, and makes the object all zero. A kernel that was decoded in
 * the guest and not committed is cleared there. Takes NULL, and an object that is all zero. After
 * a failure of pvhboot_prepare() there is nothing to release. */
PVHBOOT_API void pvhboot_prepared_release(struct pvhboot_prepared *prepared);

/*
 * All of it in one call: prepare, commit, registers, release. Writes *cpu only on success.
 *
 * Returns any status of pvhboot_prepare() and pvhboot_prepared_commit(); INVAL also when memory or
 * cpu is NULL. Every failure but MEMIO leaves guest memory as a failure of pvhboot_prepare() does.
 */
PVHBOOT_CHECKED enum pvhboot_status
pvhboot_boot(struct pvhboot_bytes file, const struct pvhboot_request *request,
	     const struct pvhboot_options *options, const struct pvhboot_memory *memory,
	     struct pvhboot_cpu *cpu, struct pvhboot_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
