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

/* What the environment has room for. A request of more is refused. */
#define PVHBOOT_EFI_MAX_INITRDS 16u
#define PVHBOOT_EFI_MAX_CMDLINE 65536u /* bytes, without the NUL */
#define PVHBOOT_EFI_MAX_MAP 128u       /* entries of the memory map; it has more in the guest, as
					  what is allocated takes entries too */

/* An ELF image of some 30 KiB. */
extern const struct pvhboot_bytes pvhboot_efi_environment;

#ifdef __cplusplus
}
#endif

#endif
