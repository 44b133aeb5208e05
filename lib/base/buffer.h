/* SPDX-License-Identifier: MIT */
/* Buffers of the caller's allocator. */
#ifndef PVHB_BUFFER_H
#define PVHB_BUFFER_H

#include "diag.h"

/* *out is of size bytes, and without any when size is 0. NOMEM. */
static inline enum pvhboot_status pvhb_buffer_alloc(const struct pvhboot_allocator *allocator,
						    size_t size, struct pvhb_at at,
						    struct pvhboot_buffer *out,
						    struct pvhboot_diag *diag)
{
	*out = (struct pvhboot_buffer){ NULL, size };
	if (size == 0)
		return PVHBOOT_OK;
	out->data = allocator->alloc(allocator->ctx, size);
	if (out->data != NULL)
		return PVHBOOT_OK;
	(void)pvhb_fail(diag, PVHBOOT_NOMEM, pvhb_needing(pvhb_in_bytes(at)), size, 0,
			"a buffer from the allocator");
	return PVHBOOT_NOMEM;
}

/* Takes one without memory too. */
static inline void pvhb_buffer_release(const struct pvhboot_allocator *allocator,
				       struct pvhboot_buffer buffer)
{
	if (buffer.data != NULL)
		allocator->release(allocator->ctx, buffer.data);
}

#endif
