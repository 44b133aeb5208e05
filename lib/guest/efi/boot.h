/* SPDX-License-Identifier: MIT */
/* The table of boot services (UEFI 2.10, 4.4 and 7). */
#ifndef EFI_BOOT_H
#define EFI_BOOT_H

#include "uefi.h"

extern struct efi_boot_services efi_boot;

#endif
