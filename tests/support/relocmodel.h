/* SPDX-License-Identifier: MIT */
/*
 * Relocations of Linux kernels a second time, slow and obvious: all targets in one sorted list,
 * each looked for in all segments, sums byte by byte.
 */
#ifndef TESTS_SUPPORT_RELOCMODEL_H
#define TESTS_SUPPORT_RELOCMODEL_H

#include <pvhboot/kernel.h>

/* What lies behind an ELF image that pvhboot_kernel_open() takes. Returns 0 where that is
 * something else. */
int relocmodel_find(struct pvhboot_bytes image, struct pvhboot_relocs *out);

/* Whether the relocations of such an image, which are those, can be applied. If so it does that,
 * whatever the slide. */
int relocmodel_apply(struct pvhboot_buffer image, const struct pvhboot_relocs *relocs,
		     uint64_t slide);

#endif
