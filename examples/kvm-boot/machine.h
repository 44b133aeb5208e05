/* SPDX-License-Identifier: MIT */
/* A virtual machine of KVM: one vCPU, RAM, interrupt controllers and timer. */
#ifndef KVM_BOOT_MACHINE_H
#define KVM_BOOT_MACHINE_H

#include <linux/kvm.h>
#include <pvhboot/adapt/linux_memory.h>
#include <pvhboot/boot.h>

struct machine {
	int kvm, vm, vcpu;   /* descriptors; -1: not open */
	struct kvm_run *run; /* what an exit is about; NULL: not mapped */
	size_t run_size;
};

/* Both return NO_EXIT, or EXIT_NO_KVM after a complaint. After a failure, too, the
 * machine is to be closed. */
int machine_open(struct machine *machine, const struct pvhboot_linux_memory *memory);
int machine_enter(const struct machine *machine, const struct pvhboot_cpu *cpu);

/* Sets the level of an interrupt line of the PIC and the I/O APIC. */
void machine_interrupt(const struct machine *machine, unsigned int line, int level);

/* 1 when the vCPU has halted with interrupts off, 0 when not; -1 with errno. There
 * is no other vCPU and nothing that sends an NMI, so such a halt is for good: it is
 * how a guest without ACPI powers off. */
int machine_is_off(const struct machine *machine);

void machine_close(struct machine *machine);

#endif
