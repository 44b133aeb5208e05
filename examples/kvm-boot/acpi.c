/* SPDX-License-Identifier: MIT */
/*
 * The table of processors (MADT) alone: it is how a guest learns of the others. Linux says that the
 * rest is missing, and does without ACPI from there on.
 */
#include "acpi.h"

#include "../acpi.h"

/* Where a PC has tables of its firmware; the guest's map has no RAM there. */
#define RSDP ((uint64_t)0xe0000)
#define XSDT (RSDP + 64)
#define MADT (RSDP + 128)
#define END (RSDP + 512)

uint64_t acpi_write(const struct pvhboot_linux_memory *memory, unsigned int n_cpus)
{
	uint8_t *tables = pvhboot_linux_memory_at(memory, RSDP, END - RSDP);
	uint8_t *xsdt = tables + (XSDT - RSDP);

	if (n_cpus == 1)
		return 0;
	acpi_put_rsdp(tables, XSDT);
	acpi_put(xsdt + ACPI_HEADER_SIZE, MADT, 8);
	acpi_put_header(xsdt, "XSDT", ACPI_HEADER_SIZE + 8, 1);
	acpi_put_madt(tables + (MADT - RSDP), n_cpus, 1); /* KVM connects interrupts as numbered */
	return RSDP;
}
