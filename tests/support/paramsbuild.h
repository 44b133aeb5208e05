/* SPDX-License-Identifier: MIT */
/* A start state with a boot_params in fake memory that nobody can find fault with, ready to be
 * changed by start_put(). */
#ifndef TESTS_SUPPORT_PARAMSBUILD_H
#define TESTS_SUPPORT_PARAMSBUILD_H

#include <pvhboot/cpu.h>
#include <pvhboot/wire/boot_params.h>

#include "startbuild.h"

/* Where everything lies. RAM reaches from 0 to 639 KiB and from 1 MiB to 8 GiB. */
#define PARAMS UINT64_C(0x10000)
#define PARAMS_GDT UINT64_C(0x12000)
#define PARAMS_CMDLINE UINT64_C(0x16000)
#define PARAMS_SEED UINT64_C(0x18000) /* setup_data 0, of 32 bytes */
#define PARAMS_EXT UINT64_C(0x19000)  /* setup_data 1, with the last entry of the map */
#define PARAMS_FREE UINT64_C(0x30000) /* nothing lies here, up to 0x80000 */
#define PARAMS_RSDP UINT64_C(0xf0000)
#define PARAMS_KERNEL UINT64_C(0x1000000)
#define PARAMS_INIT_SIZE UINT64_C(0x2000000)
#define PARAMS_INITRD UINT64_C(0x4000000)
#define PARAMS_INITRD_SIZE UINT64_C(0x1800)

/* Page tables, which map 4 GiB in pages of 2 MiB. */
#define PARAMS_PML4 UINT64_C(0x20000)
#define PARAMS_PDPT UINT64_C(0x21000)
#define PARAMS_PD UINT64_C(0x22000) /* four of them */

#define PARAMS_N_MAP 4 /* entries in e820_table; one more in PARAMS_EXT */

/* A field, an entry of the map, and one that maps an address in 2 MiB. */
#define PARAMS_OF(name) (PARAMS + PVHBOOT_BOOT_PARAMS_##name)
#define PARAMS_ENTRY(i) (PARAMS_OF(E820_TABLE) + 20 * (uint64_t)(i))
#define PARAMS_PDE(gpa) (PARAMS_PD + 8 * ((uint64_t)(gpa) >> 21))

/* The windows of start_build(). */
void params_build(struct fakemem *mem);

/* The registers at the entry: 64-bit mode, or 32-bit mode without paging. */
struct pvhboot_cpu params_cpu(int is_64bit);

void params_put_entry(struct fakemem *mem, uint64_t gpa, uint64_t start, uint64_t size,
		      uint32_t type);
void params_put_setup_data(struct fakemem *mem, uint64_t gpa, uint64_t next, uint32_t type,
			   uint32_t size);

/* Has the GDT of 32-bit mode in place of that of 64-bit mode. */
void params_put_gdt(struct fakemem *mem, int is_64bit);

/* Maps the 2 MiB at gpa in pages of 4 KiB, by a table that lies at table. */
void params_split(struct fakemem *mem, uint64_t gpa, uint64_t table);

#endif
