/* SPDX-License-Identifier: MIT */
/*
 * The entry state as KVM's registers: for programs that include <linux/kvm.h>.
 * Only inline functions; the library itself knows nothing of KVM.
 *
 *	ioctl(vcpu, KVM_GET_SREGS, &sregs);        what KVM resets a vCPU to
 *	pvhboot_kvm_sregs(&cpu, &sregs);
 *	ioctl(vcpu, KVM_SET_SREGS, &sregs);
 *	pvhboot_kvm_regs(&cpu, &regs);
 *	ioctl(vcpu, KVM_SET_REGS, &regs);
 *
 * Rules of KVM for 64-bit mode:
 * - KVM_SET_CPUID2 comes first. A bit of CR4 or of CR3 that the CPUID does not have is refused
 *   (EINVAL), and so is PAE without one.
 * - CR0.PG, CR4.PAE, EFER.LME and LMA, and the L of cs are set by one KVM_SET_SREGS. KVM checks
 *   them against each other: LMA or L without the others is refused, and PG with LME without them.
 * - The page tables may be written later, but before the vCPU runs.
 * What cpu.h does not name stays as KVM has it: CR2, CR8, the local APIC, pending interrupts.
 * Source: Linux Documentation/virt/kvm/api.rst; arch/x86/kvm/x86.c, kvm_is_valid_sregs(); struct
 * kvm_segment in arch/x86/include/uapi/asm/kvm.h.
 */
#ifndef PVHBOOT_ADAPT_KVM_H
#define PVHBOOT_ADAPT_KVM_H

#include "../boot.h"

#include <linux/kvm.h>
#include <string.h>

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

/* Segment and control registers, and the descriptor tables: where cpu.h has none, and for the IDT,
 * the limit is 0. There is no LDT: whatever one KVM had there cannot be used. */
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
	sregs->gdt.base = cpu->gdt_base;
	sregs->gdt.limit = (__u16)cpu->gdt_limit;
	sregs->idt.base = 0;
	sregs->idt.limit = 0;
	sregs->cr0 = cpu->cr0;
	sregs->cr3 = cpu->cr3;
	sregs->cr4 = cpu->cr4;
	sregs->efer = cpu->efer;
}

/* All general registers, and the flags. */
static inline void pvhboot_kvm_regs(const struct pvhboot_cpu *cpu, struct kvm_regs *regs)
{
	memset(regs, 0, sizeof(*regs));
	regs->rip = cpu->rip;
	regs->rbx = cpu->rbx;
	regs->rsi = cpu->rsi;
	regs->rsp = cpu->rsp;
	regs->rflags = cpu->rflags;
}

#ifdef __cplusplus
}
#endif

#endif
