/* SPDX-License-Identifier: MIT OR GPL-3.0-or-later */
/* Blocks, of which both of LZ4's file formats are made. */
#ifndef PVHBOOT_GRUB_LZ4_BLOCK_H
#define PVHBOOT_GRUB_LZ4_BLOCK_H

#include <pvhboot/codec.h>

static inline uint32_t lz4_load32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/*
 * Decodes the block that decode stands at, of packed bytes, which are there, and of no more than
 * max_size unpacked. It may refer to the result from offset from on. Returns OK; CORRUPT, with the
 * rule; or NOSPACE, with as much of the block as there is room for.
 */
enum pvhboot_status lz4_block_decode(struct pvhboot_decode *decode, size_t packed, size_t max_size,
				     size_t from);

/* The same of a block that is stored as it is. Returns OK or NOSPACE. */
enum pvhboot_status lz4_block_copy(struct pvhboot_decode *decode, size_t size);

#endif
