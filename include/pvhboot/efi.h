/* SPDX-License-Identifier: MIT */
/*
 * The EFI environment for PVHBOOT_ENTRY_EFI, for programs that have it inside. It is what the file
 * pvhboot-efi.elf holds, and lies in a library of its own: libpvhboot-efi.a, which is data alone
 * and so links into boot loaders too. x86-64 only.
 *
 *	request.entry = PVHBOOT_ENTRY_EFI;
 *	request.efi = pvhboot_efi_environment;
 */
#ifndef PVHBOOT_EFI_H
#define PVHBOOT_EFI_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An ELF image of some 30 KiB. */
extern const struct pvhboot_bytes pvhboot_efi_environment;

#ifdef __cplusplus
}
#endif

#endif
