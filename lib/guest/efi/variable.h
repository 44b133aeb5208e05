/* SPDX-License-Identifier: MIT */
/* Variables (UEFI 2.10, 8.2), which are gone when boot services end. */
#ifndef EFI_VARIABLE_H
#define EFI_VARIABLE_H

#include "uefi.h"

/* The room for all variables, in bytes. */
#define EFI_VARIABLE_STORE 32768u

EFIAPI efi_status efi_get_variable(const uint16_t *name, const struct efi_guid *vendor,
				   uint32_t *attributes, uint64_t *size, void *data);
EFIAPI efi_status efi_get_next_variable_name(uint64_t *size, uint16_t *name,
					     struct efi_guid *vendor);
EFIAPI efi_status efi_set_variable(const uint16_t *name, const struct efi_guid *vendor,
				   uint32_t attributes, uint64_t size, const void *data);
EFIAPI efi_status efi_query_variable_info(uint32_t attributes, uint64_t *storage,
					  uint64_t *remaining, uint64_t *variable);

#endif
