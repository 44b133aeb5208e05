/* SPDX-License-Identifier: MIT */
#include "startbuild.h"

#include <pvhboot/wire/start_info.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blob.h"
#include "expect.h"

#define KIB UINT64_C(0x400)
#define GIB (KIB * KIB * KIB)

static uint8_t *at(struct fakemem *mem, uint64_t gpa, uint64_t size)
{
	uint8_t *host = fakemem_at(mem, gpa, size);

	if (!host) {
		fprintf(stderr, "startbuild: nothing at 0x%llx\n", (unsigned long long)gpa);
		abort();
	}
	return host;
}

void start_put(struct fakemem *mem, uint64_t gpa, unsigned int width, uint64_t value)
{
	store_le(at(mem, gpa, width), width, value);
}

void start_put_module(struct fakemem *mem, uint32_t i, uint64_t gpa, uint64_t size,
		      uint64_t cmdline)
{
	start_put(mem, START_MODULE_OF(i, paddr), 8, gpa);
	start_put(mem, START_MODULE_OF(i, size), 8, size);
	start_put(mem, START_MODULE_OF(i, cmdline_paddr), 8, cmdline);
	start_put(mem, START_MODULE_OF(i, reserved), 8, 0);
}

void start_put_entry(struct fakemem *mem, uint32_t i, uint64_t gpa, uint64_t size, uint32_t type)
{
	start_put(mem, START_ENTRY_OF(i, addr), 8, gpa);
	start_put(mem, START_ENTRY_OF(i, size), 8, size);
	start_put(mem, START_ENTRY_OF(i, type), 4, type);
	start_put(mem, START_ENTRY_OF(i, reserved), 4, 0);
}

static void balance(uint8_t *bytes, size_t size, size_t checksum)
{
	uint8_t total = 0;

	bytes[checksum] = 0;
	for (size_t i = 0; i < size; i++)
		total = (uint8_t)(total + bytes[i]);
	bytes[checksum] = (uint8_t)-total;
}

void start_put_rsdp(struct fakemem *mem, uint64_t gpa, uint8_t revision)
{
	uint8_t *rsdp = at(mem, gpa, 36);

	memset(rsdp, 0, 36);
	memcpy(rsdp, "RSD PTR ", 8);
	memcpy(rsdp + 9, "TESTER", 6);
	rsdp[15] = revision;
	store_le(rsdp + 16, 4, 0xf1000);
	store_le(rsdp + 20, 4, 36);
	store_le(rsdp + 24, 8, 0xf2000);
	balance(rsdp, 20, 8);
	balance(rsdp, 36, 32);
}

void start_build(struct fakemem *mem)
{
	memset(mem, 0, sizeof(*mem));
	fakemem_add(mem, 0, 0x100000);
	fakemem_add(mem, START_GIB, 0x2000);
	fakemem_add(mem, START_4GIB, 0x2000);
	fakemem_add(mem, START_TOP, 0xfff);
	start_put(mem, START_OF(magic), 4, PVHBOOT_WIRE_START_MAGIC);
	start_put(mem, START_OF(version), 4, 1);
	start_put(mem, START_OF(nr_modules), 4, 1);
	start_put(mem, START_OF(modlist_paddr), 8, START_LIST);
	start_put(mem, START_OF(cmdline_paddr), 8, START_CMDLINE);
	start_put(mem, START_OF(rsdp_paddr), 8, START_RSDP);
	start_put(mem, START_OF(memmap_paddr), 8, START_MAP);
	start_put(mem, START_OF(memmap_entries), 4, START_N_MAP);
	start_put_entry(mem, 0, 0, 639 * KIB, PVHBOOT_MAP_RAM);
	start_put_entry(mem, 1, 639 * KIB, KIB, PVHBOOT_MAP_RESERVED);
	start_put_entry(mem, 2, 960 * KIB, 64 * KIB, PVHBOOT_MAP_ACPI);
	start_put_entry(mem, 3, 1024 * KIB, GIB, PVHBOOT_MAP_RAM);
	start_put_entry(mem, 4, 1024 * KIB + GIB, 7 * GIB, PVHBOOT_MAP_RAM);
	start_put_module(mem, 0, START_MODULE, START_MODULE_SIZE, START_MODULE_CMDLINE);
	memcpy(at(mem, START_CMDLINE, 14), "console=ttyS0", 14);
	memcpy(at(mem, START_MODULE_CMDLINE, 7), "initrd", 7);
	start_put_rsdp(mem, START_RSDP, 2);
}

static void *lend(void *ctx, uint64_t gpa, uint64_t size)
{
	struct start_lender *lender = ctx;
	const uint8_t *bytes = fakemem_at(lender->mem, gpa, size);

	ck_assert_ptr_null(lender->host);
	if (!bytes)
		return NULL;
	lender->host = must_alloc((size_t)size);
	memcpy(lender->host, bytes, (size_t)size);
	lender->gpa = gpa;
	lender->size = size;
	lender->n_lent++;
	return lender->host;
}

static void take_back(void *ctx, void *host, uint64_t gpa, uint64_t size)
{
	struct start_lender *lender = ctx;

	ck_assert_ptr_nonnull(host);
	ck_assert_ptr_eq(host, lender->host);
	expect_eq("unmap", gpa, lender->gpa);
	expect_eq("unmap", size, lender->size);
	free(host);
	lender->host = NULL;
}

struct pvhboot_memory start_lend(struct start_lender *lender, struct fakemem *mem)
{
	*lender = (struct start_lender){ .mem = mem };
	return (struct pvhboot_memory){ .ctx = lender, .map = lend, .unmap = take_back };
}
