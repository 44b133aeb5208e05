/* SPDX-License-Identifier: MIT */
/* How kernels for GRUB are known. Source: Multiboot Specification 0.6.96, 3.1, and Multiboot2
 * Specification 2.0, 3.1. */

#include "multiboot.h"

#include "span.h"

/* Whether a header starts with this magic in the first `size` bytes of a file, and its first
 * n_words words sum up to 0 as they should. */
static bool has_header(struct pvhboot_bytes file, size_t size, uint32_t magic, size_t n_words,
		       size_t align)
{
	size_t at, i;

	size = (size_t)pvhb_min(size, file.size);
	//@ loop assigns at, i;
	for (at = 0; pvhb_within(size, at, 4 * n_words); at += align) {
		uint32_t sum = 0;

		if (pvhb_load32(file, at) != magic)
			continue;
		//@ loop assigns i, sum;
		for (i = 0; i < n_words; i++)
			sum += pvhb_load32(file, at + 4 * i);
		if (sum == 0)
			return true;
	}
	return false;
}

bool pvhb_is_multiboot(struct pvhboot_bytes file)
{
	return has_header(file, 8192, 0x1badb002, 3, 4) ||
	       has_header(file, 32768, 0xe85250d6, 4, 8);
}
