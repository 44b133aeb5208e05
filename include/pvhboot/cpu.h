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
 * The registers at the entry. What is not here is the host's choice; nothing
 * may be pending, A20 is on. Descriptor tables are not part of the ABI: the
 * hidden parts of the segments count.
 * Source: Xen docs/misc/pvh.pandoc.
 */
struct pvhboot_cpu {
	uint32_t eip;
	uint32_t ebx;    /* gpa of the start_info */
	uint32_t eflags; /* 0x2: IF, TF and VM are clear */
	uint32_t cr0;    /* 0x11: PE; ET is hard-wired */
	uint32_t cr4;    /* 0 */
	uint32_t efer;   /* 0 */
	struct pvhboot_cpu_segment cs;   /* 0xc9b, base 0, limit 0xffffffff */
	struct pvhboot_cpu_segment data; /* ds, es, ss, fs and gs: 0xc93, same base and limit */
	struct pvhboot_cpu_segment tr;   /* 0x8b, base 0, limit 0x67 */
	uint64_t reserved[16];           /* 0 */
};

/* The registers that enter the planned kernel. Neither may be NULL. Cannot fail. */
PVHBOOT_API void pvhboot_plan_cpu(const struct pvhboot_plan *plan, struct pvhboot_cpu *out);

#ifdef __cplusplus
}
#endif

#endif
