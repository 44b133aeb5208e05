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
 * Whose rule something is, added up.
 *
 * What costs nothing a plan does for every guest: there always is a command line, the list's
 * address is 0 where there is no module, the map is sorted and disjoint, everything lies low
 * and behind the kernel. These are the rules that a plan cannot keep by itself, or that another
 * loader may break:
 *  LINUX    one module: the first, no other is read
 *           a command line of at most 2047 bytes (COMMAND_LINE_SIZE)
 *           a memory map, unless it runs under Xen, of at most 128 entries
 *           modules below 4 GiB
 *           start_info, lists and command line below 1 GiB: older versions map no more
 *  FREEBSD  two pages of free RAM right behind the last thing below 4 GiB: its own first pages
 *           a command line for the first module
 *           no address of a list without modules
 *           a memory map, unless it runs under Xen
 *  GRUB     a command line
 *           a memory map, unless it runs under Xen
 *           modules below 4 GiB
 *  OVMF     an RSDP
 *           a memory map, unless it runs under Xen
 *  XEN      at most 7 modules
 *           modules below 4 GiB
 * pvhboot_plan_make() warns where its plan breaks one, and pvhboot_start_check() finds where
 * anybody's start_info does, in the same words.
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
