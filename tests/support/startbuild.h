/* SPDX-License-Identifier: MIT */
/* A start state in fake memory that nobody can find fault with, ready to be changed. */
#ifndef TESTS_SUPPORT_STARTBUILD_H
#define TESTS_SUPPORT_STARTBUILD_H

#include <pvhboot/start.h>

#include "fakemem.h"

/* Where everything lies. RAM reaches from 0 to 640 KiB and from 1 MiB to 8 GiB. */
#define START_INFO UINT64_C(0x10000)
#define START_MAP UINT64_C(0x10040)  /* START_N_MAP entries, and room for 600 */
#define START_LIST UINT64_C(0x14000) /* 1 module, and room for 200 */
#define START_CMDLINE UINT64_C(0x16000)
#define START_MODULE_CMDLINE UINT64_C(0x1c000)
#define START_MODULE UINT64_C(0x20000)
#define START_MODULE_SIZE UINT64_C(0x1800)
#define START_FREE UINT64_C(0x30000) /* nothing lies here, up to 0x80000 */
#define START_RSDP UINT64_C(0xf0000) /* of revision 2 */
#define START_ENTRY UINT64_C(0x8040)
#define START_GIB UINT64_C(0x3ffff000)         /* two pages around 1 GiB */
#define START_4GIB UINT64_C(0xfffff000)        /* two pages around 4 GiB */
#define START_TOP UINT64_C(0xfffffffffffff000) /* the last page but its last byte */

#define START_N_MAP 5

/* Offsets of members. */
#define START_OF(member) (START_INFO + offsetof(struct pvhboot_wire_start_info, member))
#define START_MODULE_OF(i, member)                                                                 \
	(START_LIST + 32 * (uint64_t)(i) + offsetof(struct pvhboot_wire_module, member))
#define START_ENTRY_OF(i, member)                                                                  \
	(START_MAP + 24 * (uint64_t)(i) + offsetof(struct pvhboot_wire_map_entry, member))

void start_build(struct fakemem *mem);

/* Writes a number of 1 to 8 bytes. */
void start_put(struct fakemem *mem, uint64_t gpa, unsigned int width, uint64_t value);
void start_put_module(struct fakemem *mem, uint32_t i, uint64_t gpa, uint64_t size,
		      uint64_t cmdline);
void start_put_entry(struct fakemem *mem, uint32_t i, uint64_t gpa, uint64_t size, uint32_t type);

/* Writes an RSDP with good checksums. */
void start_put_rsdp(struct fakemem *mem, uint64_t gpa, uint8_t revision);

/*
 * The same memory by map and unmap alone. What map returns is a copy, which unmap frees: only
 * for those who take one at a time, give it back with what they asked for, and read it before.
 */
struct start_lender {
	struct fakemem *mem;
	void *host; /* that is lent, or NULL */
	uint64_t gpa;
	uint64_t size;
	size_t n_lent;
};

struct pvhboot_memory start_lend(struct start_lender *lender, struct fakemem *mem);

#endif
