/* SPDX-License-Identifier: MIT */
/* The system table, and the configuration tables (UEFI 2.10, 4). */
#ifndef EFI_TABLES_H
#define EFI_TABLES_H

#include <stddef.h>

#include "uefi.h"

uint32_t efi_crc32(const void *data, size_t size);

/* The CRC of a table, over what it is now. */
void efi_table_finish(struct efi_table_header *header);

/* Fills in the tables. rsdp: of ACPI, or NULL. smbios: its entry point, or NULL. runtime_services:
 * which of them work when the kernel runs, as in the table RT_PROPERTIES (4.6.2). */
void efi_tables_setup(const void *rsdp, const void *smbios, uint32_t runtime_services);

/* Boot services end: what they were is not in the tables any more. */
void efi_tables_leave(void);

EFIAPI efi_status efi_install_configuration_table(const struct efi_guid *guid, const void *table);

#endif
