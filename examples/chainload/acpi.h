/* SPDX-License-Identifier: MIT */
#ifndef CHAINLOAD_ACPI_H
#define CHAINLOAD_ACPI_H

#include <stdint.h>

/* The gpa of the ACPI root pointer where a BIOS has it, or 0. (Multiboot 1 does not
 * tell where an EFI firmware has it.) */
uint64_t acpi_find_rsdp(void);

#endif
