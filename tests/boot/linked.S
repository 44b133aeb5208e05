/* SPDX-License-Identifier: MIT */
/*
 * A guest that stands for kernels which are linked in a way that loaders have got wrong. It
 * clears its .bss, as kernels do; then it says where it runs and what it was given, which must
 * not have been in that .bss; then it ends the machine. How it is linked: boots/linked.bash.
 */

#ifndef PORT
#define PORT 0x3f8 /* the first serial port */
#endif
#define START_MAGIC 0x336ec578
#define START_MODLIST 16
#define START_CMDLINE 24
#define MODULE_SIZE 8
#define NOTE_PHYS32_ENTRY 18

	.section .note.Xen, "a", @note
	.balign 4
	.long 4, 4, NOTE_PHYS32_ENTRY
	.asciz "Xen"
	.long start

	.text
	.code32
	.globl start
start:
	movl $bss_start, %edi
	movl $bss_end, %ecx
	subl %edi, %ecx
	xorl %eax, %eax
	cld
	rep stosb
	movl $stack, %esp

	movl $where, %esi
	call text
	call 1f
1:	popl %ebp
	subl $1b - start, %ebp
	call hex
	cmpl $START_MAGIC, (%ebx)
	jne damaged

	movl $cmdline, %esi
	call text
	movl START_CMDLINE(%ebx), %esi
	call text

	movl $module, %esi
	call text
	movl START_MODLIST(%ebx), %eax
	movl (%eax), %esi
	movl MODULE_SIZE(%eax), %ecx
	movw $PORT, %dx
	rep outsb
	movl $done, %esi
	jmp end

damaged: movl $destroyed, %esi
end:	call text
	movb $0xfe, %al
	outb %al, $0x64
	cli /* a domain of Xen powers off by halting so */
	hlt

/* Sends the string at esi. */
text:	movw $PORT, %dx
1:	lodsb
	testb %al, %al
	jz 2f
	outb %al, %dx
	jmp 1b
2:	ret

/* Sends ebp as eight digits. */
hex:	movl $8, %ecx
	movw $PORT, %dx
1:	roll $4, %ebp
	movl %ebp, %eax
	andl $15, %eax
	movb digits(%eax), %al
	outb %al, %dx
	loop 1b
	ret

digits:	.ascii "0123456789abcdef"
where:	.asciz "GUEST: runs at 0x"
cmdline: .asciz "\nGUEST: cmdline "
module:	.asciz "\nGUEST: module "
destroyed: .ascii "\nGUEST: its start_info is no more"
done:	.asciz "\nGUEST: done\n"

	.bss
	.skip 65536
stack:

	.section .note.GNU-stack, "", @progbits
