/* SPDX-License-Identifier: MIT */
/* What known guests take at most. The sources are named beside
 * PVHBOOT_REQUEST_FOR_LINUX in plan.h. */
#ifndef PVHB_GUEST_H
#define PVHB_GUEST_H

#define PVHB_LINUX_MAX_CMDLINE 2047               /* COMMAND_LINE_SIZE without the NUL */
#define PVHB_LINUX_MAX_MAP 128                    /* boot_params.e820_table */
#define PVHB_LINUX_OLD_MAPPED ((uint64_t)1 << 30) /* where older ones find a start_info */
#define PVHB_XEN_MAX_MODULES 7

#endif
