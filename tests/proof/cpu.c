/* SPDX-License-Identifier: MIT */
/* Proves: lib/entry/cpu.c */

#include "entry.h"

#include "../../lib/entry/cpu.c"

/*@ assigns \nothing; */
static struct pvhboot_cpu_segment flat(uint16_t selector, uint16_t access);

/*@ requires \valid_read(plan);
    assigns \nothing; */
static struct pvhboot_cpu common(const struct pvhboot_plan *plan);

/*@ requires \valid_read(plan) && \valid(cpu);
    assigns cpu->rsi, cpu->gdt_base, cpu->gdt_limit, cpu->cs.selector, cpu->data.selector; */
static void add_linux(const struct pvhboot_plan *plan, struct pvhboot_cpu *cpu);

/*@ requires \valid_read(plan) && \valid(cpu);
    assigns cpu->is_64bit, cpu->cr0, cpu->cr3, cpu->cr4, cpu->efer, cpu->cs.access; */
static void add_long_mode(const struct pvhboot_plan *plan, struct pvhboot_cpu *cpu);
