/* SPDX-License-Identifier: MIT */
/*
 * The entry state as KVM's registers: for programs that include <linux/kvm.h>.
 * Only inline functions; the library itself knows nothing of KVM.
 *
 *	ioctl(vcpu, KVM_GET_SREGS, &sregs);        what KVM resets a vCPU to
 *	pvhboot_kvm_sregs(&cpu, &sregs);
 *	ioctl(vcpu, KVM_SET_SREGS, &sregs);
 *	ioctl(vcpu, KVM_GET_REGS, &regs);
 *	pvhboot_kvm_regs(&cpu, &regs);
 *	ioctl(vcpu, KVM_SET_REGS, &regs);
 *
 * What the ABI does not name stays as it was: the general registers but ebx, the
 * local APIC, and also GDTR and IDTR. The guest loads its own tables before it
 * loads a segment register; until then the hidden parts given here count.
 * Source: docs/misc/pvh.pandoc; struct kvm_segment in Linux's arch/x86 uapi
 * asm/kvm.h.
 */
#ifndef PVHBOOT_ADAPT_KVM_H
#define PVHBOOT_ADAPT_KVM_H

#include "../boot.h"

#include <linux/kvm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One segment register. KVM wants its limit in bytes, as it is here, and the
 * access rights one by one. */
static inline void pvhboot_kvm_segment(const struct pvhboot_cpu_segment *from,
				       struct kvm_segment *to)
{
	const unsigned int access = from->access;

	to->base = from->base;
	to->limit = from->limit;
	to->selector = from->selector;
	to->type = (__u8)(access & 0xf);
	to->s = (__u8)(access >> 4 & 1);
	to->dpl = (__u8)(access >> 5 & 3);
	to->present = (__u8)(access >> 7 & 1);
	to->avl = (__u8)(access >> 8 & 1);
	to->l = (__u8)(access >> 9 & 1);
	to->db = (__u8)(access >> 10 & 1);
	to->g = (__u8)(access >> 11 & 1);
	to->unusable = 0;
}

/* Segment and control registers. There is no LDT: whatever one KVM had there
 * cannot be used. */
static inline void pvhboot_kvm_sregs(const struct pvhboot_cpu *cpu, struct kvm_sregs *sregs)
{
	pvhboot_kvm_segment(&cpu->cs, &sregs->cs);
	pvhboot_kvm_segment(&cpu->data, &sregs->ds);
	pvhboot_kvm_segment(&cpu->data, &sregs->es);
	pvhboot_kvm_segment(&cpu->data, &sregs->fs);
	pvhboot_kvm_segment(&cpu->data, &sregs->gs);
	pvhboot_kvm_segment(&cpu->data, &sregs->ss);
	pvhboot_kvm_segment(&cpu->tr, &sregs->tr);
	sregs->ldt.present = 0;
	sregs->ldt.unusable = 1;
	sregs->cr0 = cpu->cr0;
	sregs->cr4 = cpu->cr4;
	sregs->efer = cpu->efer;
}

/* The entry point, the start_info and the flags. */
static inline void pvhboot_kvm_regs(const struct pvhboot_cpu *cpu, struct kvm_regs *regs)
{
	regs->rip = cpu->eip;
	regs->rbx = cpu->ebx;
	regs->rflags = cpu->eflags;
}

#ifdef __cplusplus
}
#endif

#endif
