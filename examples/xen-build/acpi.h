/* SPDX-License-Identifier: MIT */
#ifndef XEN_BUILD_ACPI_H
#define XEN_BUILD_ACPI_H

#include <stdint.h>

#define ACPI_SIZE 4096u

/* Writes the tables as they are to lie at gpa, which is below 4 GiB; the RSDP, which
 * the guest looks for, is the first of them. */
void acpi_build(uint32_t gpa, uint8_t out[ACPI_SIZE]);

#endif
