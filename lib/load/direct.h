/* SPDX-License-Identifier: MIT */
/*
 * Decoding a kernel where it will live, instead of into a buffer that is copied.
 *
 * The ELF image is decoded to an address at which most of its bytes are where the kernel wants
 * them; the commit moves the rest. Decoders read back what they have written, and the image is
 * read where it lies. If others write to that memory meanwhile, a call can fail or the guest's
 * kernel be wrong, but no access leaves the window.
 */
#ifndef PVHB_DIRECT_H
#define PVHB_DIRECT_H

#include <pvhboot/boot.h>

#include "../base/env.h"

/* An image in guest memory, and the window in which it lies: the image, and all of the
 * kernel. */
struct pvhb_direct {
	struct pvhboot_bytes elf;    /* data is NULL: there is none */
	struct pvhboot_range window; /* of the guest */
	uint8_t *host;               /* of window.start, as memory->map returned it */
};

/*
 * Decodes an image in the guest if it can be done (boot.h says when); else out->elf.data is
 * NULL, nothing was written, and the status is OK. request->kernel is not read, and what is
 * wrong with the request is left to the planner to say. After a failure the window is 0 where
 * something had been written, and given back.
 *
 * Any status of pvhboot_image_unpack() but NOSPACE, and NOMEM.
 */
enum pvhboot_status pvhb_direct_unpack(const struct pvhboot_image *image,
				       const struct pvhboot_options *options,
				       const struct pvhboot_request *request,
				       const struct pvhboot_memory *memory, struct pvhb_direct *out,
				       struct pvhboot_diag *diag);

/* Whether bytes that a commit of the request is to read lie in the window, or the file does. */
bool pvhb_direct_covers(const struct pvhb_direct *direct, struct pvhboot_bytes file,
			const struct pvhboot_request *request);

/* Moves the segments of a plan to their places, and clears the rest of the image. False: they
 * cannot be moved in any order, or not within the window, and nothing was written. */
bool pvhb_direct_move(const struct pvhb_direct *direct, const struct pvhboot_plan *plan,
		      bool zeroed);

/* Clears the image out of the window. */
void pvhb_direct_clear(const struct pvhb_direct *direct);

#endif
