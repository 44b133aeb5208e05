/* SPDX-License-Identifier: MIT */
/*
 * What the tables of ACPI are made of, for the examples that give a guest some. Chapters are those
 * of ACPI 6.5.
 */
#ifndef EXAMPLES_ACPI_H
#define EXAMPLES_ACPI_H

#include <stdint.h>
#include <string.h>

#define ACPI_RSDP_SIZE 36u
#define ACPI_RSDP_1_SIZE 20u /* the part of it that has a checksum of its own */
#define ACPI_HEADER_SIZE 36u
#define ACPI_MADT_SIZE(n_cpus) (ACPI_HEADER_SIZE + 8u + 8u * (n_cpus))
#define ACPI_IO_APIC_SIZE 12u /* behind these, where there is one */

static inline void acpi_put(uint8_t *at, uint64_t value, unsigned int width)
{
	for (unsigned int i = 0; i < width; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* All bytes together, the one at sum included, add up to 0. */
static inline void acpi_put_checksum(uint8_t *table, uint32_t size, uint8_t *sum)
{
	uint8_t total = 0;

	for (uint32_t i = 0; i < size; i++)
		total = (uint8_t)(total + table[i]);
	*sum = (uint8_t)(*sum - total);
}

/* 5.2.6, which starts all but the RSDP. Written last, for its checksum. */
static inline void acpi_put_header(uint8_t *table, const char *signature, uint32_t size,
				   uint8_t revision)
{
	memcpy(table, signature, 4);
	acpi_put(table + 4, size, 4);
	table[8] = revision;
	memcpy(table + 10, "PVHBT ", 6);
	memcpy(table + 16, "PVHBOOT ", 8);
	acpi_put(table + 24, 1, 4);
	memcpy(table + 28, "PVHB", 4);
	acpi_put(table + 32, 1, 4);
	acpi_put_checksum(table, size, table + 9);
}

/* 5.2.5.3. */
static inline void acpi_put_rsdp(uint8_t *table, uint64_t xsdt)
{
	memcpy(table, "RSD PTR ", 8);
	memcpy(table + 9, "PVHBT ", 6);
	table[15] = 2; /* revision: has an XSDT */
	acpi_put(table + 20, ACPI_RSDP_SIZE, 4);
	acpi_put(table + 24, xsdt, 8);
	acpi_put_checksum(table, ACPI_RSDP_1_SIZE, table + 8);
	acpi_put_checksum(table, ACPI_RSDP_SIZE, table + 32);
}

/* 5.2.12, with 5.2.12.2 for each processor. An I/O APIC (5.2.12.3) is at 0xfec00000 and takes the
 * interrupts from 0; where there is one, there is a PC's PIC, too. */
static inline void acpi_put_madt(uint8_t *table, unsigned int n_cpus, unsigned int n_io_apics)
{
	uint8_t *at = table + ACPI_HEADER_SIZE;
	uint8_t i;

	acpi_put(at, 0xfee00000, 4);
	acpi_put(at + 4, n_io_apics, 4);
	at += 8;
	for (i = 0; i < n_cpus; i++, at += 8) {
		at[1] = 8;         /* length */
		at[2] = at[3] = i; /* processor UID, APIC ID */
		at[4] = 1;         /* enabled */
	}
	if (n_io_apics > 0) {
		at[0] = 1;
		at[1] = ACPI_IO_APIC_SIZE;
		at[2] = i; /* its ID */
		acpi_put(at + 4, 0xfec00000, 4);
	}
	acpi_put_header(table, "APIC", ACPI_MADT_SIZE(n_cpus) + n_io_apics * ACPI_IO_APIC_SIZE, 5);
}

#endif
