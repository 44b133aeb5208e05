/* SPDX-License-Identifier: MIT */

/* Multiboot 0.6.96, 3.1.2. Modules start on pages; we want to know the memory. */
#define HEADER_MAGIC 0x1badb002
#define HEADER_FLAGS 0x3

	.section .multiboot, "a"
	.balign 4
	.long HEADER_MAGIC
	.long HEADER_FLAGS
	.long -(HEADER_MAGIC + HEADER_FLAGS)

	/* The selectors of Multiboot are not to be relied on; C needs none. */
	.text
	.globl start
start:
	cli
	cld
	mov $stack_top, %esp
	push %ebx
	push %eax
	call loader

	.bss
	.balign 16
	.skip 32768
stack_top:

	.section .note.GNU-stack, "", @progbits
