/* SPDX-License-Identifier: MIT */
/*
 * From 64-bit mode to the state of struct pvhboot_cpu. All of this lies in the
 * loader's image, one to one below 4 GiB, where the plan puts nothing: paging can
 * be switched off under it.
 */

#include "enter.h"

#define MSR_EFER 0xc0000080

	/* rdi: struct pvhboot_cpu, below 4 GiB; rsi: operand of lgdt */
	.text
	.code64
	.globl enter_registers
enter_registers:
	cli
	lgdt (%rsi)
	lidt no_idt(%rip)
	push $CODE_SELECTOR
	lea compatible(%rip), %rax
	push %rax
	lretq

	/* Intel SDM vol. 3, "Switching Out of IA-32e Mode Operation". From
	 * compatibility mode, and the whole of cr0 at once: EM, MP, TS, NE, WP, AM, NW
	 * and CD become clear together with PG. */
	.code32
compatible:
	mov CPU_CR0(%edi), %eax
	mov %eax, %cr0
	jmp 1f
1:	mov $MSR_EFER, %ecx
	mov CPU_EFER(%edi), %eax
	xor %edx, %edx
	wrmsr
	mov CPU_CR4(%edi), %eax
	mov %eax, %cr4
	xor %eax, %eax
	mov %eax, %cr3

	/* The hidden parts of fs and gs lose their upper halves here too. */
	mov $DATA_SELECTOR, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov %eax, %fs
	mov %eax, %gs
	mov $TASK_SELECTOR, %eax
	ltr %ax

	/* What is left is up to us. Zero is the same on every run. No instruction
	 * behind popf changes a flag. */
	mov CPU_EBX(%edi), %ebx
	mov $0, %eax
	mov $0, %ecx
	mov $0, %edx
	mov $0, %esi
	mov $0, %ebp
	push CPU_EFLAGS(%edi)
	popf
	jmp *CPU_EIP(%edi)

	/* An exception before the kernel has a table of its own resets the machine,
	 * as it should: ours is of 64-bit mode. */
	.section .rodata
no_idt:
	.word 0
	.quad 0

	.section .note.GNU-stack, "", @progbits
