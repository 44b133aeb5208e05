/* SPDX-License-Identifier: MIT */
/*
 * As few ACPI tables as a guest with one vCPU and no device can do with. Without any,
 * Linux hangs when it is to power off. Chapters are those of ACPI 6.5.
 */
#include "acpi.h"

#include <string.h>

#include "../acpi.h"

/* Where each lies, from the start. */
#define RSDP 0u
#define XSDT 64u
#define FADT 128u
#define DSDT 448u
#define MADT 512u

#define XSDT_SIZE (ACPI_HEADER_SIZE + 2 * 8u)
#define FADT_SIZE 276u
#define DSDT_SIZE ACPI_HEADER_SIZE /* a definition block that defines nothing */

/* 5.2.9, fixed feature flags: WBINVD works; no fixed power and sleep button; no
 * fixed hardware at all (HW_REDUCED_ACPI). */
#define FADT_FLAGS (1u << 0 | 1u << 4 | 1u << 5 | 1u << 20)

/* 5.2.9.3, IA-PC boot architecture: no VGA, no CMOS clock. A bit that is clear says
 * that there is no 8042 and nothing on ISA. */
#define FADT_BOOT_ARCH (1u << 2 | 1u << 5)

/* 5.2.8. */
static void put_xsdt(uint8_t *table, uint32_t fadt, uint32_t madt)
{
	acpi_put(table + ACPI_HEADER_SIZE, fadt, 8);
	acpi_put(table + ACPI_HEADER_SIZE + 8, madt, 8);
	acpi_put_header(table, "XSDT", XSDT_SIZE, 1);
}

/* 5.2.9. */
static void put_fadt(uint8_t *table, uint32_t dsdt)
{
	acpi_put(table + 109, FADT_BOOT_ARCH, 2);
	acpi_put(table + 112, FADT_FLAGS, 4);
	table[131] = 5;                 /* minor revision */
	acpi_put(table + 140, dsdt, 8); /* X_DSDT, which stands before the 32-bit one */
	acpi_put_header(table, "FACP", FADT_SIZE, 6);
}

void acpi_build(uint32_t gpa, uint8_t out[ACPI_SIZE])
{
	memset(out, 0, ACPI_SIZE);
	acpi_put_rsdp(out + RSDP, gpa + XSDT);
	put_xsdt(out + XSDT, gpa + FADT, gpa + MADT);
	put_fadt(out + FADT, gpa + DSDT);
	acpi_put_header(out + DSDT, "DSDT", DSDT_SIZE, 2);
	acpi_put_madt(out + MADT, 1, 0);
}
