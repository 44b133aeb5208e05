/* SPDX-License-Identifier: MIT */
/*
 * The start_info as it lies in guest memory. Numbers are little-endian, and every member has
 * its natural alignment. So the structs have these layouts with any x86 compiler.
 * Source: xen/include/public/arch-x86/hvm/start_info.h.
 */
#ifndef PVHBOOT_WIRE_START_INFO_H
#define PVHBOOT_WIRE_START_INFO_H

#include <stdint.h>

#define PVHBOOT_WIRE_START_MAGIC 0x336ec578u

struct pvhboot_wire_start_info {
	uint32_t magic;   /* PVHBOOT_WIRE_START_MAGIC */
	uint32_t version; /* 1 has the memory map, 0 ends before it */
	uint32_t flags;   /* PVHBOOT_WIRE_SIF_*: 0 but for dom0 */
	uint32_t nr_modules;
	uint64_t modlist_paddr; /* of pvhboot_wire_module[]; 0 where nr_modules is */
	uint64_t cmdline_paddr; /* ends in a NUL; 0: none, which this library never writes */
	uint64_t rsdp_paddr;    /* 0: none */
	uint64_t memmap_paddr;  /* of pvhboot_wire_map_entry[] */
	uint32_t memmap_entries;
	uint32_t reserved; /* 0 */
};

#define PVHBOOT_WIRE_START_INFO_SIZE 56
#define PVHBOOT_WIRE_START_INFO_SIZE_0 40 /* of version 0 */

/* Source: xen/include/public/xen.h. */
#define PVHBOOT_WIRE_SIF_PRIVILEGED 1u
#define PVHBOOT_WIRE_SIF_INITDOMAIN 2u

struct pvhboot_wire_module {
	uint64_t paddr;
	uint64_t size;
	uint64_t cmdline_paddr; /* as above */
	uint64_t reserved;      /* 0 */
};

#define PVHBOOT_WIRE_MODULE_SIZE 32

struct pvhboot_wire_map_entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type;     /* enum pvhboot_map_type */
	uint32_t reserved; /* 0 */
};

#define PVHBOOT_WIRE_MAP_ENTRY_SIZE 24

#endif
