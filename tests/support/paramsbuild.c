/* SPDX-License-Identifier: MIT */
#include "paramsbuild.h"

#include <string.h>

#define KIB UINT64_C(0x400)
#define GIB (KIB * KIB * KIB)
#define TABLE 3 /* present, writable */
#define PAGE 0x83

void params_put_entry(struct fakemem *mem, uint64_t gpa, uint64_t start, uint64_t size,
		      uint32_t type)
{
	start_put(mem, gpa, 8, start);
	start_put(mem, gpa + 8, 8, size);
	start_put(mem, gpa + 16, 4, type);
}

void params_put_setup_data(struct fakemem *mem, uint64_t gpa, uint64_t next, uint32_t type,
			   uint32_t size)
{
	start_put(mem, gpa, 8, next);
	start_put(mem, gpa + 8, 4, type);
	start_put(mem, gpa + 12, 4, size);
}

void params_put_gdt(struct fakemem *mem, int is_64bit)
{
	start_put(mem, PARAMS_GDT + PVHBOOT_BOOT_CS, 8,
		  is_64bit ? UINT64_C(0x00af9b000000ffff) : UINT64_C(0x00cf9b000000ffff));
	start_put(mem, PARAMS_GDT + PVHBOOT_BOOT_DS, 8, UINT64_C(0x00cf93000000ffff));
}

void params_split(struct fakemem *mem, uint64_t gpa, uint64_t table)
{
	start_put(mem, PARAMS_PDE(gpa), 8, table | TABLE);
	for (uint64_t i = 0; i < 512; i++)
		start_put(mem, table + 8 * i, 8, (gpa & ~UINT64_C(0x1fffff)) | i << 12 | TABLE);
}

static void put_tables(struct fakemem *mem)
{
	start_put(mem, PARAMS_PML4, 8, PARAMS_PDPT | TABLE);
	for (uint64_t i = 0; i < 4; i++)
		start_put(mem, PARAMS_PDPT + 8 * i, 8, (PARAMS_PD + 0x1000 * i) | TABLE);
	for (uint64_t gpa = 0; gpa < 4 * GIB; gpa += 2 * KIB * KIB)
		start_put(mem, PARAMS_PDE(gpa), 8, gpa | PAGE);
}

static void put_header(struct fakemem *mem)
{
	start_put(mem, PARAMS_OF(BOOT_FLAG), 2, 0xaa55);
	start_put(mem, PARAMS_OF(JUMP_OFFSET), 1, 0x6a);
	memcpy(fakemem_at(mem, PARAMS_OF(MAGIC), 4), "HdrS", 4);
	start_put(mem, PARAMS_OF(VERSION), 2, 0x020f);
	start_put(mem, PARAMS_OF(TYPE_OF_LOADER), 1, 0xff);
	start_put(mem, PARAMS_OF(LOADFLAGS), 1, PVHBOOT_LOADFLAGS_LOADED_HIGH);
	start_put(mem, PARAMS_OF(INITRD_ADDR_MAX), 4, 0x7fffffff);
	start_put(mem, PARAMS_OF(KERNEL_ALIGNMENT), 4, 0x200000);
	start_put(mem, PARAMS_OF(XLOADFLAGS), 2, PVHBOOT_XLOADFLAGS_KERNEL_64);
	start_put(mem, PARAMS_OF(CMDLINE_SIZE), 4, 2047);
	start_put(mem, PARAMS_OF(INIT_SIZE), 4, PARAMS_INIT_SIZE);
}

void params_build(struct fakemem *mem)
{
	memset(mem, 0, sizeof(*mem));
	fakemem_add(mem, 0, 0x100000);
	fakemem_add(mem, START_GIB, 0x2000);
	fakemem_add(mem, START_4GIB, 0x2000);
	fakemem_add(mem, START_TOP, 0xfff);
	put_header(mem);
	start_put(mem, PARAMS_OF(ACPI_RSDP), 8, PARAMS_RSDP);
	start_put(mem, PARAMS_OF(CMD_LINE_PTR), 4, PARAMS_CMDLINE);
	start_put(mem, PARAMS_OF(RAMDISK_IMAGE), 4, PARAMS_INITRD);
	start_put(mem, PARAMS_OF(RAMDISK_SIZE), 4, PARAMS_INITRD_SIZE);
	start_put(mem, PARAMS_OF(SETUP_DATA), 8, PARAMS_SEED);
	start_put(mem, PARAMS_OF(E820_ENTRIES), 1, PARAMS_N_MAP);
	params_put_entry(mem, PARAMS_ENTRY(0), 0, 639 * KIB, 1);
	params_put_entry(mem, PARAMS_ENTRY(1), 639 * KIB, KIB, 2);
	params_put_entry(mem, PARAMS_ENTRY(2), 960 * KIB, 64 * KIB, 3);
	params_put_entry(mem, PARAMS_ENTRY(3), 1024 * KIB, GIB, 1);
	params_put_setup_data(mem, PARAMS_SEED, PARAMS_EXT, PVHBOOT_SETUP_DATA_RNG_SEED, 32);
	params_put_setup_data(mem, PARAMS_EXT, 0, PVHBOOT_SETUP_DATA_E820_EXT, 20);
	params_put_entry(mem, PARAMS_EXT + 16, 1024 * KIB + GIB, 7 * GIB, 1);
	memcpy(fakemem_at(mem, PARAMS_CMDLINE, 14), "console=ttyS0", 14);
	start_put_rsdp(mem, PARAMS_RSDP, 2);
	params_put_gdt(mem, 1);
	put_tables(mem);
}

struct pvhboot_cpu params_cpu(int is_64bit)
{
	const struct pvhboot_plan plan = {
		.start_info = PARAMS,
		.entry = PARAMS_KERNEL + (is_64bit ? PVHBOOT_BZIMAGE_ENTRY_64 : 0),
		.page_tables = is_64bit ? PARAMS_PML4 : 0,
		.gdt = PARAMS_GDT,
		.entry_kind = is_64bit ? PVHBOOT_ENTRY_BZIMAGE64 : PVHBOOT_ENTRY_BZIMAGE32,
	};
	struct pvhboot_cpu cpu;

	pvhboot_plan_cpu(&plan, &cpu);
	return cpu;
}
