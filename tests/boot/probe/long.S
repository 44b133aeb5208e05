/* SPDX-License-Identifier: MIT */
/* The entry in 64-bit mode, and a reload of all segments. */

#define NOTE_PHYS32_ENTRY 18 /* xen/include/public/elfnote.h */
#define NOTE_LTO_INFO 0x101  /* Linux include/linux/elfnote-lto.h */
#define STACK_SIZE 8192

	/* Not true: what follows is no 32-bit code. A loader that makes an entry of its own
	 * finds it by this. */
	.section .note.Xen, "a", @note
	.balign 4
	.long 4, 4, NOTE_PHYS32_ENTRY
	.asciz "Xen"
	.long entry

	/* Nor is this Linux, which alone has an entry in 64-bit mode. */
	.long 6, 4, NOTE_LTO_INFO
	.asciz "Linux"
	.balign 4
	.long 0

	/* Nothing up to pushf changes a flag. */
	.text
	.globl entry
entry:
	mov %rax, saved+0x00(%rip)
	mov %rcx, saved+0x08(%rip)
	mov %rdx, saved+0x10(%rip)
	mov %rbx, saved+0x18(%rip)
	mov %rsp, saved+0x20(%rip)
	mov %rbp, saved+0x28(%rip)
	mov %rsi, saved+0x30(%rip)
	mov %rdi, saved+0x38(%rip)
	mov %r8, saved+0x40(%rip)
	mov %r9, saved+0x48(%rip)
	mov %r10, saved+0x50(%rip)
	mov %r11, saved+0x58(%rip)
	mov %r12, saved+0x60(%rip)
	mov %r13, saved+0x68(%rip)
	mov %r14, saved+0x70(%rip)
	mov %r15, saved+0x78(%rip)
	lea stack_top(%rip), %rsp
	pushf
	pop saved+0x80(%rip)
	cld
	lea saved(%rip), %rdi
	call probe_long

	/* void reload_segments(uint64_t code, uint64_t data) */
	.globl reload_segments
reload_segments:
	mov %esi, %ds
	mov %esi, %es
	mov %esi, %ss
	mov %esi, %fs
	mov %esi, %gs
	pop %rax
	push %rdi
	push %rax
	lretq

	.bss
	.balign 16
	.skip STACK_SIZE
stack_top:
saved:
	.skip 17 * 8

	.section .note.GNU-stack, "", @progbits
