/* SPDX-License-Identifier: MIT */
/*
 * For loaders that own the machine: from 32-bit protected mode or from 64-bit mode, paging on or
 * off, loads the registers of struct pvhboot_cpu, those of 32-bit mode or of 64-bit mode, and
 * jumps.
 *
 *	static struct pvhboot_baremetal block; (its range is in request.avoid)
 *
 *	pvhboot_plan_commit(...); pvhboot_plan_cpu(&plan, &cpu);
 *	pvhboot_baremetal_prepare(&cpu, gpa_of(&block), &block);
 *	pvhboot_baremetal_enter(gpa_of(&block));
 *
 * Whoever switches paging off must run where addresses do not change by that, and
 * the kernel may lie over the loader. So what runs last is a block of data that does
 * not depend on its address: code, descriptor table and registers in one, wherever
 * the loader has room for it. It needs no stack, and nothing else of the loader.
 *
 * What the block asks for:
 * - memory that is RAM below 4 GiB, aligned to 8, and not in any place of the plan:
 *   the commit must leave it alone. At its entry the kernel may overwrite it.
 * - while pvhboot_baremetal_enter() runs, that its addresses are physical ones (paging
 *   off or one to one), writable and executable.
 * - for 64-bit mode, that the page tables at cpu.cr3 map it one to one too. Those of a plan map all
 *   below 4 GiB.
 * - that all in the registers but cpu.rip is below 4 GiB, as it is in those of a plan. In 64-bit
 *   mode cpu.rip may be above.
 * - where there is a GDT (cpu.gdt_limit), that it is in memory, with cs at the selector 0x10 and
 *   data at 0x18. It stays in GDTR; the block's own is only for the way there.
 * - privilege level 0, in 32-bit mode with flat segments; no other CPU that runs; no
 *   source of NMIs; neither VMX operation nor a guest of SVM of one's own.
 * - a CPU with CR4 and CPUID, a Pentium or later; for 64-bit mode, one that has it.
 *
 * GNU C for i386 or x86-64 (gcc, clang) in AT&T syntax. Nothing of this is in the
 * library: the functions are compiled into the file that calls them.
 */
#ifndef PVHBOOT_ADAPT_BAREMETAL_H
#define PVHBOOT_ADAPT_BAREMETAL_H

#include <stddef.h>
#include <stdint.h>

#include "../boot.h"

#if !defined(__i386__) && !defined(__x86_64__)
#error "adapt/baremetal.h is for x86"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Selectors of the block's table. The last two are those that Linux wants. PVH leaves selectors to
 * the loader: the hidden parts of the segments count, and the kernel brings its own tables. */
#define PVHBOOT_BAREMETAL_TASK_SELECTOR 8
#define PVHBOOT_BAREMETAL_CODE_SELECTOR 16
#define PVHBOOT_BAREMETAL_DATA_SELECTOR 24
#define PVHBOOT_BAREMETAL_CODE32_SELECTOR 32 /* for the block itself: never in 64-bit mode */

#define PVHBOOT_BAREMETAL_CODE_SIZE 288 /* the assembler checks that it is enough */

/* Operand of lgdt and lidt, which begins with its limit: 6 bytes in 32-bit mode, 10
 * in 64-bit mode. */
struct pvhboot_baremetal_table {
	uint16_t unused;
	uint16_t limit;
	uint32_t base;
	uint32_t base_high; /* 0 */
};

struct pvhboot_baremetal {
	struct pvhboot_baremetal_table own_gdt;
	struct pvhboot_baremetal_table last_gdt; /* that of the kernel's entry */
	struct pvhboot_baremetal_table no_idt;   /* all 0 */
	uint32_t unused;
	uint64_t gdt[5];       /* null, and in the order of the selectors */
	uint32_t far_offset;   /* operand of ljmp; the code fills it in */
	uint16_t far_selector; /* this too */
	uint8_t jump[2];       /* the last instruction, jmp *operand: where cpu.rip is */
	uint32_t jump_operand;
	uint32_t unused2;
	struct pvhboot_cpu cpu;
	uint8_t code[PVHBOOT_BAREMETAL_CODE_SIZE];
};

/* Source: Intel SDM vol. 3, "Segment Descriptors". */
static inline uint64_t pvhboot_baremetal_descriptor(const struct pvhboot_cpu_segment *segment,
						    unsigned int access)
{
	uint32_t limit = access & 0x800 ? segment->limit >> 12 : segment->limit; /* G: pages */
	uint32_t base = (uint32_t)segment->base;
	uint32_t low = (limit & 0xffff) | (base & 0xffff) << 16;
	uint32_t high = (base >> 16 & 0xff) | (access & 0xff) << 8 | (limit & 0xf0000) |
			(access & 0xf00) << 12 | (base & 0xff000000);

	return low | (uint64_t)high << 32;
}

/*
 * The code of the block: where its bytes lie in the program. They are assembled as
 * 32-bit code at the block's address in edi. Up to the first far jump a 64-bit CPU reads
 * the same bytes as the same instructions on rdi, and behind the second one again.
 *
 * First down to 32-bit mode without paging. Order: Intel SDM vol. 3, "Switching Out of IA-32e
 * Mode Operation". Two bits of CR4 cannot stay until then: paging cannot be switched off under
 * PCIDE, and CET needs CR0.WP. The other bits may be part of how memory is mapped, and CR4 as a
 * whole comes after paging.
 *
 * Then up, as far as the registers say. Order: the same, "Initializing IA-32e Mode". CR0 with PG
 * comes last, and makes 64-bit mode of LME and PAE; without PG it changes nothing any more. A CPU
 * has EFER when it has 64-bit mode, NX or SYSCALL. Its LMA is the CPU's to set. A task register
 * that was loaded in 32-bit mode is good in 64-bit mode, where LTR would want a longer descriptor.
 */
static inline const uint8_t *pvhboot_baremetal_code(void)
{
	const uint8_t *code;

	__asm__(
#ifdef __x86_64__
		"	lea 1f(%%rip), %[code]\n"
		"	jmp 2f\n"
		"	.code32\n"
#else
		"	call 2f\n" /* pushes the address */
#endif
		"1:	cli\n"
		"	lgdt %c[own_gdt](%%edi)\n"
		"	lidt %c[idt](%%edi)\n"
		"	lea %c[start] + 3f - 1b(%%edi), %%eax\n"
		"	mov %%eax, %c[far](%%edi)\n"
		"	movw %[code32], %c[far] + 4(%%edi)\n"
		"	ljmp *%c[far](%%edi)\n"

		/* 32-bit or compatibility mode. Loading fs and gs here also clears the upper
		 * halves of their bases. */
		"3:	mov %[data], %%eax\n"
		"	mov %%eax, %%ds\n"
		"	mov %%eax, %%es\n"
		"	mov %%eax, %%ss\n"
		"	mov %%eax, %%fs\n"
		"	mov %%eax, %%gs\n"
		"	mov %%cr4, %%eax\n"
		"	and $~(1 << 17 | 1 << 23), %%eax\n" /* PCIDE, CET */
		"	mov %%eax, %%cr4\n"
		"	mov %c[cr0](%%edi), %%eax\n"
		"	and $~(1 << 31), %%eax\n" /* PG */
		"	mov %%eax, %%cr0\n"
		"	jmp 4f\n"

		"4:	mov $0x80000000, %%eax\n"
		"	cpuid\n"
		"	cmp $0x80000001, %%eax\n"
		"	jb 5f\n"
		"	mov $0x80000001, %%eax\n"
		"	cpuid\n"
		"	test $(1 << 29 | 1 << 20 | 1 << 11), %%edx\n" /* LM, NX, SYSCALL */
		"	jz 5f\n"
		"	mov $0xc0000080, %%ecx\n" /* EFER */
		"	mov %c[efer](%%edi), %%eax\n"
		"	and $~(1 << 10), %%eax\n" /* LMA */
		"	xor %%edx, %%edx\n"
		"	wrmsr\n"
		"5:	mov %c[cr4](%%edi), %%eax\n"
		"	mov %%eax, %%cr4\n"
		"	mov %c[cr3](%%edi), %%eax\n"
		"	mov %%eax, %%cr3\n"
		"	mov %[task], %%eax\n"
		"	ltr %%ax\n"
		"	lgdt %c[last_gdt](%%edi)\n"
		"	lea %c[start] + 6f - 1b(%%edi), %%eax\n"
		"	mov %%eax, %c[far](%%edi)\n"
		"	movw %[code_selector], %c[far] + 4(%%edi)\n"
		"	mov %c[cr0](%%edi), %%eax\n"
		"	mov %%eax, %%cr0\n"
		"	ljmp *%c[far](%%edi)\n"

		/* The mode of the entry. In 64-bit mode the upper halves are undefined until a
		 * register is written, and there are eight more of them. */
		"6:	mov %%edi, %%edi\n"
		"	cmpl $0, %c[is_64bit](%%edi)\n"
		"	je 7f\n"
		"	.code64\n"
		"	xor %%r8d, %%r8d\n"
		"	xor %%r9d, %%r9d\n"
		"	xor %%r10d, %%r10d\n"
		"	xor %%r11d, %%r11d\n"
		"	xor %%r12d, %%r12d\n"
		"	xor %%r13d, %%r13d\n"
		"	xor %%r14d, %%r14d\n"
		"	xor %%r15d, %%r15d\n"
		"	.code32\n"

		/* popf finds its operand without a stack; nothing behind it changes a flag. */
		"7:	mov %c[rbx](%%edi), %%ebx\n"
		"	mov %c[rsi](%%edi), %%esi\n"
		"	lea %c[rflags](%%edi), %%esp\n"
		"	popf\n"
		"	mov %c[rsp](%%edi), %%esp\n"
		"	mov $0, %%eax\n"
		"	mov $0, %%ecx\n"
		"	mov $0, %%edx\n"
		"	mov $0, %%ebp\n"
		"	mov $0, %%edi\n"
		"	jmp 1b + %c[jump] - %c[start]\n"
		"	.org 1b + %c[size]\n"
#ifdef __x86_64__
		"	.code64\n"
		"2:\n"
#else
		"2:	pop %[code]\n"
#endif
		: [code] "=r"(code)
		: [own_gdt] "i"(offsetof(struct pvhboot_baremetal, own_gdt.limit)),
		  [last_gdt] "i"(offsetof(struct pvhboot_baremetal, last_gdt.limit)),
		  [idt] "i"(offsetof(struct pvhboot_baremetal, no_idt.limit)),
		  [far] "i"(offsetof(struct pvhboot_baremetal, far_offset)),
		  [jump] "i"(offsetof(struct pvhboot_baremetal, jump)),
		  [start] "i"(offsetof(struct pvhboot_baremetal, code)),
		  [code32] "i"(PVHBOOT_BAREMETAL_CODE32_SELECTOR),
		  [code_selector] "i"(PVHBOOT_BAREMETAL_CODE_SELECTOR),
		  [data] "i"(PVHBOOT_BAREMETAL_DATA_SELECTOR),
		  [task] "i"(PVHBOOT_BAREMETAL_TASK_SELECTOR),
		  [rbx] "i"(offsetof(struct pvhboot_baremetal, cpu.rbx)),
		  [rsi] "i"(offsetof(struct pvhboot_baremetal, cpu.rsi)),
		  [rsp] "i"(offsetof(struct pvhboot_baremetal, cpu.rsp)),
		  [rflags] "i"(offsetof(struct pvhboot_baremetal, cpu.rflags)),
		  [cr0] "i"(offsetof(struct pvhboot_baremetal, cpu.cr0)),
		  [cr3] "i"(offsetof(struct pvhboot_baremetal, cpu.cr3)),
		  [cr4] "i"(offsetof(struct pvhboot_baremetal, cpu.cr4)),
		  [efer] "i"(offsetof(struct pvhboot_baremetal, cpu.efer)),
		  [is_64bit] "i"(offsetof(struct pvhboot_baremetal, cpu.is_64bit)),
		  [size] "i"(PVHBOOT_BAREMETAL_CODE_SIZE));
	return code;
}

/* Operand of the last jump, whose bytes are the same in both modes, and which needs no register: in
 * 32-bit mode an address, in 64-bit mode one relative to the next instruction. */
static inline uint32_t pvhboot_baremetal_jump_operand(const struct pvhboot_cpu *cpu, uint32_t gpa)
{
	const uint32_t rip = (uint32_t)offsetof(struct pvhboot_baremetal, cpu.rip);

	if (cpu->is_64bit)
		return rip - (uint32_t)offsetof(struct pvhboot_baremetal, jump_operand) - 4;
	return gpa + rip;
}

static inline void pvhboot_baremetal_gdt(const struct pvhboot_cpu *cpu, uint64_t gdt[5])
{
	/* flat, executable, readable, accessed; 32 bits, in pages */
	const struct pvhboot_cpu_segment code32 = { 0, 0xffffffff, 0, 0xc9b };

	gdt[0] = 0;
	/* LTR takes a free TSS only and makes it busy (type bit 1), which is what the ABI
	 * wants. It does not read the segment, which lies at 0 and is not there. */
	gdt[1] = pvhboot_baremetal_descriptor(&cpu->tr, cpu->tr.access & ~2u);
	gdt[2] = pvhboot_baremetal_descriptor(&cpu->cs, cpu->cs.access);
	gdt[3] = pvhboot_baremetal_descriptor(&cpu->data, cpu->data.access);
	gdt[4] = pvhboot_baremetal_descriptor(&code32, code32.access);
}

/*
 * Writes the block that will lie at gpa and enter the kernel with the registers *cpu.
 * It may be written elsewhere and moved there later, by a relocator for instance, which
 * then jumps to its code with edi = gpa in 32-bit mode.
 */
static inline void pvhboot_baremetal_prepare(const struct pvhboot_cpu *cpu, uint32_t gpa,
					     struct pvhboot_baremetal *out)
{
	const struct pvhboot_baremetal_table none = { 0, 0, 0, 0 };
	const uint8_t *code = pvhboot_baremetal_code();
	size_t i;

	out->own_gdt = none;
	out->own_gdt.limit = sizeof(out->gdt) - 1;
	out->own_gdt.base = gpa + (uint32_t)offsetof(struct pvhboot_baremetal, gdt);
	out->last_gdt = out->own_gdt;
	if (cpu->gdt_limit != 0) {
		out->last_gdt.limit = (uint16_t)cpu->gdt_limit;
		out->last_gdt.base = (uint32_t)cpu->gdt_base;
	}
	/* An exception before the kernel has a table of its own resets the machine, as it
	 * should: the loader's table is for the loader's mode. */
	out->no_idt = none;
	out->unused = 0;
	pvhboot_baremetal_gdt(cpu, out->gdt);
	out->far_offset = 0;
	out->far_selector = 0;
	out->jump[0] = 0xff;
	out->jump[1] = 0x25;
	out->jump_operand = pvhboot_baremetal_jump_operand(cpu, gpa);
	out->unused2 = 0;
	out->cpu = *cpu;
	for (i = 0; i < sizeof(out->code); i++)
		out->code[i] = code[i];
}

/* Enters the kernel through the block at gpa. */
__attribute__((noreturn)) static inline void pvhboot_baremetal_enter(uint32_t gpa)
{
	const size_t code = gpa + offsetof(struct pvhboot_baremetal, code);

	__asm__ volatile("jmp *%[code]" : : [code] "r"(code), "D"((size_t)gpa) : "memory");
	__builtin_unreachable();
}

#ifdef __cplusplus
}
#endif

#endif
