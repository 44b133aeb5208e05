/* SPDX-License-Identifier: MIT */
/* The registers at the entry, as values. adapt/ turns them into those of a host. */
#ifndef PVHBOOT_CPU_H
#define PVHBOOT_CPU_H

#include "base.h"
#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A segment register as values, its hidden part included. */
struct pvhboot_cpu_segment {
	uint64_t base;
	uint32_t limit;    /* in bytes: the last offset that is valid */
	uint16_t selector;
	uint16_t access;   /* bits 0-7 the access byte of the descriptor (type, S, DPL, P),
	                      bits 8-11 its flags (AVL, L, D/B, G): 0xc9b. VMX and KVM's
	                      debuggers write the same with a nibble between: 0xc09b */
};

/*
 * The registers at the entry. Nothing may be pending, A20 is on.
 * - The other general registers are 0. (PVH leaves them to the host; Linux wants ebp and edi to be
 *   0.)
 * - EFI is entered as PVH is: these are the registers of the environment.
 * - For PVH descriptor tables are not part of the ABI: the hidden parts of the segments count, and
 *   selectors are 0. Linux wants a GDT with the selectors __BOOT_CS (0x10) and __BOOT_DS (0x18).
 * - There is no IDT.
 * Other vCPUs wait as after a reset; the guest starts them.
 * Source: Xen docs/misc/pvh.pandoc; Linux Documentation/arch/x86/boot.rst.
 */
struct pvhboot_cpu {
	uint64_t rip;    /* below 4 GiB in 32-bit mode */
	uint64_t rbx;    /* PVH and EFI: gpa of the start_info; else 0 */
	uint64_t rsi;    /* Linux: gpa of the boot_params; else 0 */
	uint64_t rsp;    /* 0: the kernel brings its own stack */
	uint64_t rflags; /* 0x2: IF, TF and VM are clear */
	uint64_t cr0;    /* 0x11: PE; ET is hard-wired. In 64-bit mode PG too, 0x80000011 */
	uint64_t cr3;    /* gpa of the page tables; 0 in 32-bit mode */
	uint64_t cr4;    /* 0. In 64-bit mode PAE, 0x20 */
	uint64_t efer;   /* 0. In 64-bit mode LME and LMA, 0x500 */
	uint64_t gdt_base;  /* gpa of the GDT. 0 for PVH and EFI, which need none */
	uint32_t gdt_limit; /* of the GDT, in bytes: the last offset that is valid; or 0 */
	uint32_t is_64bit;  /* 1: 64-bit mode; 0: 32-bit mode without paging */
	struct pvhboot_cpu_segment cs;   /* 0xc9b, base 0, limit 0xffffffff; in 64-bit mode
	                                    0xa9b */
	struct pvhboot_cpu_segment data; /* ds, es, ss, fs and gs: 0xc93, same base and limit */
	struct pvhboot_cpu_segment tr;   /* 0x8b, base 0, limit 0x67 */
	uint64_t reserved[8];            /* 0 */
};

/* The registers that enter the planned kernel. Neither may be NULL. Cannot fail. */
PVHBOOT_API void pvhboot_plan_cpu(const struct pvhboot_plan *plan, struct pvhboot_cpu *out);

#ifdef __cplusplus
}
#endif

#endif
