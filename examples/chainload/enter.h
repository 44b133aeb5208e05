/* SPDX-License-Identifier: MIT */
/*
 * Leaves 64-bit mode and this loader: exactly the registers of the PVH boot ABI,
 * then the kernel.
 */
#ifndef CHAINLOAD_ENTER_H
#define CHAINLOAD_ENTER_H

/* Offsets in struct pvhboot_cpu, for enter.S; enter.c checks them. */
#define CPU_EIP 0
#define CPU_EBX 4
#define CPU_EFLAGS 8
#define CPU_CR0 12
#define CPU_CR4 16
#define CPU_EFER 20

/* The ABI leaves selectors to the loader: the hidden parts of the segments count,
 * and the kernel brings its own tables. */
#define CODE_SELECTOR 8
#define DATA_SELECTOR 16
#define TASK_SELECTOR 24

#ifndef __ASSEMBLER__

#include <pvhboot/boot.h>

_Noreturn void enter(const struct pvhboot_cpu *cpu);

#endif

#endif
