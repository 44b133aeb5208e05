/* SPDX-License-Identifier: MIT */
/*
 * A guest of a few hundred bytes, to see how a machine is entered, read from, and left.
 * The first letter of its command line says what it does:
 *
 *	s  says in which state it was entered, then resets the machine
 *	e  echoes what comes on the serial port up to a line feed, then resets the machine
 *	r  resets the machine by the keyboard controller
 *	h  halts with interrupts off
 *	g  the same without an interrupt table, as who gives up early
 *	t  ends in a triple fault
 *	l  loops
 *
 *	cc -m32 -nostdlib -static -no-pie -Wl,-Ttext-segment=0x100000 guest.S
 */

#define SERIAL 0x3f8
#define START_MAGIC 0
#define START_CMDLINE 24
#define NOTE_PHYS32_ENTRY 18
#define MSR_EFER 0xc0000080

	.section .note.Xen, "a", @note
	.balign 4
	.long 4, 4, NOTE_PHYS32_ENTRY
	.asciz "Xen"
	.long _start

	.text
	.code32
	.globl _start
_start:
	movl $stack, %esp
	pushfl			/* before anything changes a flag */
	cld
	movl START_CMDLINE(%ebx), %esi
	movb (%esi), %al
	cmpb $'s', %al
	je state
	cmpb $'e', %al
	je echo
	cmpb $'r', %al
	je reset
	cmpb $'h', %al
	je halt
	cmpb $'g', %al
	je give_up
	cmpb $'t', %al
	je fault
forever: jmp forever

reset:	movb $0xfe, %al
	outb %al, $0x64
	jmp forever

halt:	lidt table
give_up: cli
	hlt
	jmp forever

fault:	lidt nothing
	int3

echo:	movw $SERIAL + 5, %dx
1:	inb %dx, %al
	testb $1, %al
	jz 1b
	movw $SERIAL, %dx
	inb %dx, %al
	outb %al, %dx
	cmpb $'\n', %al
	jne echo
	jmp reset

	.macro say name
	movl $\name, %esi
	call text
	.endm
	.macro tell name
	say \name
	call hex
	.endm

state:	popl %edi
	say begin
	movl %cr0, %ebp
	tell cr0
	movl %cr4, %ebp
	tell cr4
	movl $MSR_EFER, %ecx
	rdmsr
	movl %eax, %ebp
	tell efer
	movl %edi, %ebp
	tell eflags
	movl START_MAGIC(%ebx), %ebp
	tell magic
	say end
	jmp reset

/* Sends the string at esi. */
text:	movw $SERIAL, %dx
1:	lodsb
	testb %al, %al
	jz 2f
	outb %al, %dx
	jmp 1b
2:	ret

/* Sends ebp as eight digits. */
hex:	movl $8, %ecx
	movw $SERIAL, %dx
1:	roll $4, %ebp
	movl %ebp, %eax
	andl $15, %eax
	movb digits(%eax), %al
	outb %al, %dx
	loop 1b
	ret

	.section .rodata
table:	.word 7
	.long 0
nothing: .word 0
	.long 0
digits:	.ascii "0123456789abcdef"
begin:	.asciz "GUEST: entered with"
cr0:	.asciz " cr0 "
cr4:	.asciz " cr4 "
efer:	.asciz " efer "
eflags:	.asciz " eflags "
magic:	.asciz " magic "
end:	.asciz "\n"

	.bss
	.skip 64
stack:

	.section .note.GNU-stack, "", @progbits
