/* SPDX-License-Identifier: MIT */
#ifndef KVM_BOOT_ACPI_H
#define KVM_BOOT_ACPI_H

#include <pvhboot/adapt/linux_memory.h>

/* Writes the ACPI tables of so many processors into the guest's memory. Returns where the RSDP is,
 * or 0: one processor needs no tables. */
uint64_t acpi_write(const struct pvhboot_linux_memory *memory, unsigned int n_cpus);

#endif
