/* SPDX-License-Identifier: MIT */
/* Decoding a kernel where it will live. */
#ifndef PVHB_DIRECT_H
#define PVHB_DIRECT_H

#include <pvhboot/boot.h>

#include "moves.h"

/* An image in guest memory. Must stay, as the mapping of its window must, until
 * it was committed or undone. */
struct pvhb_direct {
	struct pvhboot_bytes elf;    /* for pvhboot_kernel_open(); data is NULL where the
	                                image cannot be decoded in place */
	struct pvhboot_range window; /* of the guest: the image, and all of the kernel */
	uint8_t *host;               /* of window.start, as memory->map returned it */
	const char *why;             /* where data is NULL: what does not hold for this
	                                image, a static string; else NULL */
};

/*
 * Decodes an image in the guest if it can be done: the kernel's link address and
 * the image around it are free RAM of one piece that memory->map has a pointer for,
 * no slide is asked for, the image's size is known, and its program headers say in
 * the first 256 KiB how to move what does not fall into place (at most
 * PVHBOOT_MAX_MOVES segments), and the file and the bytes of modules and blobs lie
 * outside of it, for a host whose memory is the guest's. All else that the request
 * points at must, too: put it into request.avoid, as for any commit. Where not,
 * *out says why, nothing was written, and the status is OK: take
 * pvhboot_image_unpack(). request->kernel is not read, and what is wrong with the
 * request is left to pvhboot_plan_make() to say.
 *
 * After a failure the guest's memory in the window is 0 where something had been
 * written, that is, with PVHBOOT_MEMORY_ZEROED as it was. For that, as many bytes are
 * cleared as the file claims to hold, max_output at most: decoders do not tell how far
 * they came.
 *
 * Any status of pvhboot_image_unpack() but NOSPACE; INVAL also when request,
 * memory or out is NULL; NOMEM also when a buffer for the start of the image, of
 * 256 KiB at most, could not be allocated.
 */
enum pvhboot_status pvhb_direct_unpack(
	const struct pvhboot_image *image, const struct pvhboot_options *options,
	const struct pvhboot_request *request, const struct pvhboot_memory *memory,
	struct pvhb_direct *out, struct pvhboot_diag *diag);

/*
 * Carries out a plan for a kernel that was opened on direct->elf: as
 * pvhboot_plan_commit(), but segments are moved in place and the rest of the image
 * is cleared. direct->elf and all that was read from it are gone then.
 *
 * INVAL      as pvhboot_plan_commit(), or direct is NULL or holds no image;
 *            nothing was written
 * MALFORMED  the plan moves the kernel, or its segments cannot be moved in any
 *            order; nothing was written: copy direct->elf, undo, and plan again with
 *            the copy
 * MEMIO      a callback failed for a place without bytes of the image, as
 *            pvhboot_plan_commit(), after those with bytes of it were complete
 */
enum pvhboot_status pvhb_direct_commit(const struct pvhb_direct *direct,
							  const struct pvhboot_plan *plan,
							  const struct pvhboot_memory *memory,
							  struct pvhboot_diag *diag);

/* Clears the image out of guest memory, when it is not to be committed. NULL and
 * what holds no image are ignored. */
void pvhb_direct_undo(const struct pvhb_direct *direct);

#endif
