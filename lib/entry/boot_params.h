/* SPDX-License-Identifier: MIT */
/*
 * The block of the Linux entries, by offsets in it: boot_params, page tables, GDT, setup_data,
 * and the command line.
 */
#ifndef PVHB_BOOT_PARAMS_H
#define PVHB_BOOT_PARAMS_H

#include <pvhboot/plan.h>

#include "../base/env.h"

struct pvhb_block_parts;

struct pvhb_boot_params_layout {
	uint64_t tables; /* the PML4 first; for 64-bit entries */
	uint64_t gdt;
	uint64_t map;  /* setup_data of the entries that boot_params has no room for, or 0 */
	uint64_t seed; /* setup_data, or 0 */
	uint64_t cmdline;
	size_t n_map; /* entries of the map as Linux is given it */
};

/* False when the size does not fit in 64 bits. */
bool pvhb_boot_params_lay_out(const struct pvhboot_request *request, bool is_64bit, size_t n_map,
			      struct pvhb_boot_params_layout *out, uint64_t *size);

void pvhb_boot_params_write(const struct pvhb_boot_params_layout *layout,
			    const struct pvhb_block_parts *parts, uint8_t *block);

/* The entropy that goes to the guest. */
struct pvhboot_bytes pvhb_rng_seed(const struct pvhboot_request *request);

/* The map as Linux is given it: how many entries, and entry i. Linux takes a map of one entry for
 * a mistake, so that one alone is cut in two. Source: arch/x86/kernel/e820.c,
 * append_e820_table(). */
size_t pvhb_e820_count(size_t n_map);
struct pvhboot_map_entry pvhb_e820_entry(const struct pvhboot_map_entry *map, size_t n_map,
					 size_t i);

/* One to one in pages of 2 MiB: the first 4 GiB, and the range of a kernel above. A PML4, a table
 * of 512 GiB, and one for each GiB. */
#define PVHB_TABLE_SIZE 0x1000u
#define PVHB_N_TABLES 8u /* of a kernel, which spans less than 1 GiB, one or two above 4 GiB */
#define PVHB_MAPPED_END ((uint64_t)1 << 39)

#endif
