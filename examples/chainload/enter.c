/* SPDX-License-Identifier: MIT */

#include "enter.h"

#include <stddef.h>
#include <stdint.h>

#define ACCESS_GRANULARITY 0x800 /* the limit counts pages */
#define ACCESS_TSS_BUSY 0x002

_Static_assert(offsetof(struct pvhboot_cpu, eip) == CPU_EIP, "");
_Static_assert(offsetof(struct pvhboot_cpu, ebx) == CPU_EBX, "");
_Static_assert(offsetof(struct pvhboot_cpu, eflags) == CPU_EFLAGS, "");
_Static_assert(offsetof(struct pvhboot_cpu, cr0) == CPU_CR0, "");
_Static_assert(offsetof(struct pvhboot_cpu, cr4) == CPU_CR4, "");
_Static_assert(offsetof(struct pvhboot_cpu, efer) == CPU_EFER, "");

struct __attribute__((packed)) table_pointer {
	uint16_t limit;
	uint64_t base;
};

_Noreturn void enter_registers(const struct pvhboot_cpu *cpu, const struct table_pointer *gdt);

/* Intel SDM vol. 3, "Segment Descriptors". */
static uint64_t descriptor(const struct pvhboot_cpu_segment *segment, uint64_t access)
{
	uint64_t limit = access & ACCESS_GRANULARITY ? segment->limit >> 12 : segment->limit;
	uint64_t low = (limit & 0xffff) | (segment->base & 0xffffff) << 16;
	uint64_t high = (segment->base >> 16 & 0xff) | (access & 0xff) << 8 | (limit & 0xf0000) |
			(access & 0xf00) << 12 | (segment->base & 0xff000000);

	return (low & 0xffffffff) | high << 32;
}

void enter(const struct pvhboot_cpu *cpu)
{
	static uint64_t gdt[4];
	struct table_pointer pointer = { sizeof(gdt) - 1, (uintptr_t)gdt };

	gdt[CODE_SELECTOR / 8] = descriptor(&cpu->cs, cpu->cs.access);
	gdt[DATA_SELECTOR / 8] = descriptor(&cpu->data, cpu->data.access);
	/* LTR takes a free TSS only and makes it busy, which is what the ABI wants. It
	 * does not read the segment, which lies at 0 and is not there. */
	gdt[TASK_SELECTOR / 8] = descriptor(&cpu->tr, cpu->tr.access & ~(uint64_t)ACCESS_TSS_BUSY);
	enter_registers(cpu, &pointer);
}
