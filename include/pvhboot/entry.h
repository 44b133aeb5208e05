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

/* How a kernel is entered. */
enum pvhboot_entry_kind {
	PVHBOOT_ENTRY_AUTO = 0, /* in a request: the best that the kernel has. Today PVH */
	PVHBOOT_ENTRY_PVH = 1   /* 32-bit, at PHYS32_ENTRY, with a start_info.
	                           Source: Xen docs/misc/pvh.pandoc */
};

/* "auto", "pvh", or "?". */
PVHBOOT_API const char *pvhboot_entry_name(enum pvhboot_entry_kind kind);

/*
 * Whose rule something is, added up. What costs nothing is done for every guest: a command
 * line is never absent, the list's address is 0 where there is no module, the map is sorted
 * and disjoint, everything lies low and behind the kernel. The rest are rules that a plan
 * cannot keep by itself, or that another loader may break:
 *  LINUX    reads the first module only; a command line of at most 2047 bytes
 *           (COMMAND_LINE_SIZE); modules below 4 GiB; start_info, lists and command line below
 *           1 GiB where it is older; 128 map entries; a map (it needs none under Xen)
 *  FREEBSD  free RAM right behind the last thing below 4 GiB, where its first pages go; a
 *           command line for the first module; no address of a list without modules; a map
 *  GRUB     modules below 4 GiB; a command line; a map
 *  OVMF     an RSDP; a map
 *  XEN      at most 7 modules; modules below 4 GiB
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
