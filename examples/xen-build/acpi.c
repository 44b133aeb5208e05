/* SPDX-License-Identifier: MIT */
/*
 * As few ACPI tables as a guest with one vCPU and no device can do with. Without any,
 * Linux hangs when it is to power off. Chapters are those of ACPI 6.5.
 */
#include "acpi.h"

#include <string.h>

/* Where each lies, from the start. */
#define RSDP 0u
#define XSDT 64u
#define FADT 128u
#define DSDT 448u
#define MADT 512u

#define RSDP_SIZE 36u
#define RSDP_1_SIZE 20u /* the part of it that has a checksum of its own */
#define HEADER_SIZE 36u
#define XSDT_SIZE (HEADER_SIZE + 2 * 8u)
#define FADT_SIZE 276u
#define DSDT_SIZE HEADER_SIZE /* a definition block that defines nothing */
#define MADT_SIZE (HEADER_SIZE + 8u + 8u)

#define LAPIC_ADDRESS 0xfee00000u

/* 5.2.9, fixed feature flags: WBINVD works; no fixed power and sleep button; no
 * fixed hardware at all (HW_REDUCED_ACPI). */
#define FADT_FLAGS (1u << 0 | 1u << 4 | 1u << 5 | 1u << 20)

/* 5.2.9.3, IA-PC boot architecture: no VGA, no CMOS clock. A bit that is clear says
 * that there is no 8042 and nothing on ISA. */
#define FADT_BOOT_ARCH (1u << 2 | 1u << 5)

static void put(uint8_t *at, uint64_t value, unsigned int width)
{
	unsigned int i;

	for (i = 0; i < width; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* All bytes together, the one at sum included, add up to 0. */
static void put_checksum(uint8_t *table, uint32_t size, uint8_t *sum)
{
	uint8_t total = 0;
	uint32_t i;

	for (i = 0; i < size; i++)
		total = (uint8_t)(total + table[i]);
	*sum = (uint8_t)(*sum - total);
}

/* 5.2.6, which starts all but the RSDP. Written last, for its checksum. */
static void put_header(uint8_t *table, const char *signature, uint32_t size, uint8_t revision)
{
	memcpy(table, signature, 4);
	put(table + 4, size, 4);
	table[8] = revision;
	memcpy(table + 10, "PVHBT ", 6);
	memcpy(table + 16, "XENBUILD", 8);
	put(table + 24, 1, 4);
	memcpy(table + 28, "PVHB", 4);
	put(table + 32, 1, 4);
	put_checksum(table, size, table + 9);
}

/* 5.2.5.3. */
static void put_rsdp(uint8_t *table, uint32_t xsdt)
{
	memcpy(table, "RSD PTR ", 8);
	memcpy(table + 9, "PVHBT ", 6);
	table[15] = 2; /* revision: has an XSDT */
	put(table + 20, RSDP_SIZE, 4);
	put(table + 24, xsdt, 8);
	put_checksum(table, RSDP_1_SIZE, table + 8);
	put_checksum(table, RSDP_SIZE, table + 32);
}

/* 5.2.8. */
static void put_xsdt(uint8_t *table, uint32_t fadt, uint32_t madt)
{
	put(table + HEADER_SIZE, fadt, 8);
	put(table + HEADER_SIZE + 8, madt, 8);
	put_header(table, "XSDT", XSDT_SIZE, 1);
}

/* 5.2.9. */
static void put_fadt(uint8_t *table, uint32_t dsdt)
{
	put(table + 109, FADT_BOOT_ARCH, 2);
	put(table + 112, FADT_FLAGS, 4);
	table[131] = 5;            /* minor revision */
	put(table + 140, dsdt, 8); /* X_DSDT, which stands before the 32-bit one */
	put_header(table, "FACP", FADT_SIZE, 6);
}

/* 5.2.12 and, for the vCPU, 5.2.12.2. */
static void put_madt(uint8_t *table)
{
	uint8_t *lapic = table + HEADER_SIZE + 8;

	put(table + HEADER_SIZE, LAPIC_ADDRESS, 4);
	lapic[0] = 0;         /* processor local APIC */
	lapic[1] = 8;         /* length */
	lapic[2] = 0;         /* processor UID */
	lapic[3] = 0;         /* APIC ID */
	put(lapic + 4, 1, 4); /* enabled */
	put_header(table, "APIC", MADT_SIZE, 5);
}

void acpi_build(uint32_t gpa, uint8_t out[ACPI_SIZE])
{
	memset(out, 0, ACPI_SIZE);
	put_rsdp(out + RSDP, gpa + XSDT);
	put_xsdt(out + XSDT, gpa + FADT, gpa + MADT);
	put_fadt(out + FADT, gpa + DSDT);
	put_header(out + DSDT, "DSDT", DSDT_SIZE, 2);
	put_madt(out + MADT);
}
