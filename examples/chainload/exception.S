/* SPDX-License-Identifier: MIT */
/*
 * Entries of the exceptions 0 to 31. Each makes the stack look like struct
 * exception of exception.c, and none returns.
 */

/* 8, 10 to 14, 17 and 21: Intel SDM vol. 3, "Protected-Mode Exceptions and
 * Interrupts"; 29 and 30: AMD APM vol. 2, "Vectors". */
#define HAS_ERROR_CODE 0x60227d00

	.text
	.code64
	.balign 16
	.globl exception_entries
exception_entries:
	.set vector, 0
	.rept 32
	.balign 16
	.if ((HAS_ERROR_CODE >> vector) & 1) == 0
	push $0
	.endif
	push $vector
	jmp 1f
	.set vector, vector + 1
	.endr

1:	mov %rsp, %rdi
	and $-16, %rsp
	cld
	call exception_report
	ud2

	.section .note.GNU-stack, "", @progbits
