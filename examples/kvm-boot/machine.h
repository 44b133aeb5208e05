/* SPDX-License-Identifier: MIT */
/* A virtual machine of KVM: vCPUs, RAM, interrupt controllers and timer. */
#ifndef KVM_BOOT_MACHINE_H
#define KVM_BOOT_MACHINE_H

#include "options.h"

#include <linux/kvm.h>
#include <pvhboot/adapt/linux_memory.h>
#include <pvhboot/boot.h>

struct vcpu {
	int fd;
	struct kvm_run *run; /* what an exit is about; NULL: not mapped */
};

struct machine {
	int kvm, vm; /* descriptors; -1: not open */
	size_t run_size;
	unsigned int n_vcpus;        /* that are open */
	struct vcpu vcpus[MAX_CPUS]; /* the first starts; the others wait for its INIT and SIPI */
};

/* Both return NO_EXIT, or EXIT_NO_KVM after a complaint. After a failure, too, the
 * machine is to be closed. */
int machine_open(struct machine *machine, const struct pvhboot_linux_memory *memory,
		 unsigned int n_vcpus);
int machine_enter(const struct machine *machine, const struct pvhboot_cpu *cpu);

/* Sets the level of an interrupt line of the PIC and the I/O APIC. */
void machine_interrupt(const struct machine *machine, unsigned int line, int level);

/* A vCPU is off when it has halted with interrupts off, or was not started. Where all are so,
 * nothing can wake them: it is how a guest without ACPI powers off. Early is: before it had an
 * interrupt descriptor table. Returns one of these, or -1 with errno. */
enum { MACHINE_ON, MACHINE_OFF, MACHINE_OFF_EARLY };
int machine_is_off(const struct vcpu *vcpu);

void machine_close(struct machine *machine);

#endif
