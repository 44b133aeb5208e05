/* SPDX-License-Identifier: MIT */
/* Entry, exceptions, and a visit to privilege level 3. */

#include "selectors.h"

#define NOTE_PHYS32_ENTRY 18 /* xen/include/public/elfnote.h */
#define STACK_SIZE 8192

	.section .note.Xen, "a", @note
	.balign 4
	.long 4, 4, NOTE_PHYS32_ENTRY
	.asciz "Xen"
	.long entry

	/* Loading esp changes no flag. The first word that is pushed needs a stack
	 * segment, which is not checked yet; without one this guest says nothing. */
	.text
	.globl entry
entry:
	mov $stack_top, %esp
	pushf
	cld
	mov %esp, %eax
	push %ebx
	push (%eax)
	call probe

	/* ---- Exceptions 0 to 31, and the interrupt by which level 3 comes back ---- */

/* 8, 10 to 14, 17 and 21: Intel SDM vol. 3, "Protected-Mode Exceptions and Interrupts";
 * 29 and 30: AMD APM vol. 2, "Vectors". */
#define HAS_ERROR_CODE 0x60227d00

	.balign EXCEPTION_ENTRY_SIZE
	.globl exception_entries
exception_entries:
	.set vector, 0
	.rept 32
	.balign EXCEPTION_ENTRY_SIZE
	.if ((HAS_ERROR_CODE >> vector) & 1) == 0
	push $0
	.endif
	push $vector
	jmp exception
	.set vector, vector + 1
	.endr

	.globl interrupt_entry
interrupt_entry:
	push $0
	push $RETURN_VECTOR

/* On the stack: vector, error code, eip, cs, eflags, and from level 3 also esp and ss. */
exception:
	testb $3, 12(%esp)
	jnz leave_user
	cld
	call exception_report

	/* ---- uint32_t user_run(code): the vector by which it came back ---- */

	.globl user_run
user_run:
	push %ebp
	push %ebx
	push %esi
	push %edi
	mov 20(%esp), %eax
	mov %esp, kernel_esp
	mov $USER_DATA, %ecx
	mov %ecx, %ds
	mov %ecx, %es
	mov %ecx, %fs
	mov %ecx, %gs
	push $USER_DATA
	push $user_stack_top
	push $0x2 /* eflags: IOPL 0, so the task's map of ports counts */
	push $USER_CODE
	push %eax
	iret

leave_user:
	mov %esp, user_frame
	pop %eax
	mov $KERNEL_DATA, %ecx
	mov %ecx, %ds
	mov %ecx, %es
	mov %ecx, %fs
	mov %ecx, %gs
	mov kernel_esp, %esp
	pop %edi
	pop %esi
	pop %ebx
	pop %ebp
	ret

	/* What runs there. */
	.globl user_returns
user_returns:
	int $RETURN_VECTOR

	.globl user_writes_port
user_writes_port:
	mov $'\r', %al /* seen by nobody on a console */
	out %al, $USER_PORT
	int $RETURN_VECTOR

	.bss
	.balign 16
	.skip STACK_SIZE
stack_top:
	.skip 256
user_stack_top:
	.globl task_stack_top
	.skip 256
task_stack_top:
kernel_esp:
	.skip 4
	.globl user_frame
user_frame:
	.skip 4

	.section .note.GNU-stack, "", @progbits
