/* SPDX-License-Identifier: MIT */
/*
 * From the kernel to C: the stack holds the number of arguments, then pointers to
 * them (System V ABI, "Process Initialization", of both architectures).
 */
	.text
	.globl _start
_start:
	xor %ebp, %ebp
#ifdef __x86_64__
	mov (%rsp), %edi
	lea 8(%rsp), %rsi
	and $-16, %rsp
#else
	/* in registers for one calling convention, on the stack for the other */
	mov (%esp), %eax
	lea 4(%esp), %edx
	and $-16, %esp
	sub $8, %esp
	push %edx
	push %eax
#endif
	call program
	ud2

	.section .note.GNU-stack, "", @progbits
