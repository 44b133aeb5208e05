/* SPDX-License-Identifier: MIT */
/*
 * The ways into a kernel, and the guests that are known to want more than their entry's
 * specification says.
 */
#ifndef PVHBOOT_ENTRY_H
#define PVHBOOT_ENTRY_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How a kernel is entered.
 * - The Linux entries hand over a boot_params in place of a start_info.
 * - A bzImage "as it is" unpacks itself in the guest. The host needs no codec for it. It chooses an
 *   address for its kernel (KASLR) itself.
 * - There is no 32-bit entry of Linux to a kernel that was unpacked. An i386 kernel is entered by
 *   PVH, or as it is by BZIMAGE32.
 * - EFI is for pvhboot_prepare() and pvhboot_boot(). The caller gives an EFI environment
 *   (request.efi), which is entered by PVH, and in the guest starts the file.
 * Source: Xen docs/misc/pvh.pandoc for PVH; Linux Documentation/arch/x86/boot.rst, "32-bit Boot
 * Protocol" and "64-bit Boot Protocol", for bzImages. LINUX64 enters the kernel as a bzImage does
 * that has unpacked it: arch/x86/boot/compressed/head_64.S, arch/x86/kernel/head_64.S.
 */
enum pvhboot_entry_kind {
	PVHBOOT_ENTRY_AUTO = 0,      /* in a request: the first of those below that the kernel has.
	                                With PVHBOOT_REQUEST_KASLR, LINUX64 goes before PVH. With
	                                PVHBOOT_REQUEST_DOM0 or _VERSION_0, PVH alone counts */
	PVHBOOT_ENTRY_PVH = 1,       /* 32-bit, at PHYS32_ENTRY, with a start_info */
	PVHBOOT_ENTRY_LINUX64 = 2,   /* 64-bit, at e_entry of the unpacked kernel */
	PVHBOOT_ENTRY_BZIMAGE64 = 3, /* 64-bit, a bzImage as it is */
	PVHBOOT_ENTRY_BZIMAGE32 = 4, /* 32-bit, a bzImage as it is */
	PVHBOOT_ENTRY_EFI = 5        /* by EFI, without firmware: a PE file as it is. Only where it
	                                is asked for */
};

/* A set of entries, as in pvhboot_kernel.entries, is a sum of these. */
#define PVHBOOT_ENTRY_BIT(kind) ((uint32_t)1 << (kind))

/* "auto", "pvh", "linux64", "bzimage64", "bzimage32", "efi", or "?". */
PVHBOOT_API const char *pvhboot_entry_name(enum pvhboot_entry_kind kind);

/*
 * Whose rule something is. The values are bits, and can be added.
 *
 * Some rules a plan keeps for every guest, as they cost nothing:
 * - there is a command line, if an empty one
 * - the address of the module list is 0 where there is no module
 * - the map is sorted and disjoint
 * - everything lies low, and behind the kernel where there is room
 *
 * The table has the rules that a plan cannot keep by itself, or that another loader may break. They
 * are for the PVH entry, and not for EFI. Each guest wants
 *  LINUX    one module: it reads no other than the first
 *           a command line of at most 2047 bytes (COMMAND_LINE_SIZE)
 *           a memory map, unless it runs under Xen, of at most 128 entries
 *           modules below 4 GiB
 *           start_info, lists and command line below 1 GiB: older versions map no more
 *  FREEBSD  two pages of free RAM right behind the last thing below 4 GiB: it takes them
 *           a command line for the first module
 *           a module list's address of 0 where there is no module
 *           a memory map, unless it runs under Xen
 *  GRUB     a command line
 *           a memory map, unless it runs under Xen
 *           modules below 4 GiB
 *  OVMF     an RSDP
 *           a memory map, unless it runs under Xen
 *  XEN      at most 7 modules
 *           modules below 4 GiB
 * pvhboot_plan_make() warns where its plan breaks one of them. pvhboot_start_check() finds where
 * any host's start_info breaks one, in the same words. By the entries of Linux, whatever guests a
 * request names, pvhboot_plan_make() warns of more than one module, and of a command line that the
 * kernel has no room for.
 * Source: Linux arch/x86/platform/pvh/enlighten.c, FreeBSD sys/x86/xen/pv.c, GRUB
 * grub-core/kern/i386/xen/pvh.c, OVMF OvmfPkg/XenPlatformPei/Xen.c, Xen
 * xen/arch/x86/guest/xen/pvh-boot.c.
 */
#define PVHBOOT_FOR_ABI 1u /* everybody's */
#define PVHBOOT_FOR_LINUX 2u
#define PVHBOOT_FOR_FREEBSD 4u
#define PVHBOOT_FOR_GRUB 8u
#define PVHBOOT_FOR_OVMF 16u
#define PVHBOOT_FOR_XEN 32u /* as a guest: the shim */

#ifdef __cplusplus
}
#endif

#endif
