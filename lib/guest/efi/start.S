/* SPDX-License-Identifier: MIT */
/*
 * From the PVH entry (xen/include/public/arch-x86/hvm/start_info.h, docs/misc/pvh.pandoc) to C in
 * 64-bit mode with the lowest 4 GiB mapped one to one; into an image and out of it; exceptions.
 */

#define NOTE_PHYS32_ENTRY 18

#define PRESENT_WRITABLE 0x3
#define PRESENT_WRITABLE_2MIB 0x83

#define CPUID_MAX_EXTENDED 0x80000000
#define CPUID_FEATURES 0x80000001
#define CPUID_EDX_LONG_MODE (1 << 29)
#define CPUID_EDX_NO_EXECUTE (1 << 20)

#define MSR_EFER 0xc0000080
#define EFER_LME (1 << 8)
#define EFER_NXE (1 << 11)
/* PG, WP so that pages can be protected, and MP with EM clear: UEFI 2.10, 2.3.4 wants the FPU
 * ready. */
#define CR0_LONG_MODE 0x80010013
#define CR4_LONG_MODE 0x620 /* PAE, OSFXSR, OSXMMEXCPT */

#define CODE_SELECTOR 8
#define DATA_SELECTOR 16
#define STACK_SIZE 0x20000 /* 2.3.4: 128 KiB or more */

	.section .note.Xen, "a", @note
	.balign 4
	.long 4, 4, NOTE_PHYS32_ENTRY
	.asciz "Xen"
	.long start

	.text
	.code32
	.globl start
start:
	cli
	cld
	mov $stack_top, %esp
	mov %ebx, %esi

	mov $CPUID_MAX_EXTENDED, %eax
	cpuid
	cmp $CPUID_FEATURES, %eax
	jb halt
	mov $CPUID_FEATURES, %eax
	cpuid
	test $CPUID_EDX_LONG_MODE, %edx
	jz halt
	mov %edx, %edi

	movl $(directory_pointers + PRESENT_WRITABLE), efi_page_map
	mov $(directories + PRESENT_WRITABLE), %eax
	xor %ecx, %ecx
1:	mov %eax, directory_pointers(, %ecx, 8)
	add $4096, %eax
	inc %ecx
	cmp $4, %ecx
	jb 1b
	mov $PRESENT_WRITABLE_2MIB, %eax
	xor %ecx, %ecx
2:	mov %eax, directories(, %ecx, 8)
	add $0x200000, %eax
	inc %ecx
	cmp $2048, %ecx
	jb 2b

	/* Intel SDM vol. 3, 9.8.5 */
	mov $CR4_LONG_MODE, %eax
	mov %eax, %cr4
	mov $efi_page_map, %eax
	mov %eax, %cr3
	mov $MSR_EFER, %ecx
	rdmsr
	or $EFER_LME, %eax
	test $CPUID_EDX_NO_EXECUTE, %edi
	jz 3f
	or $EFER_NXE, %eax
3:	wrmsr
	mov $CR0_LONG_MODE, %eax
	mov %eax, %cr0
	lgdt gdt_pointer
	ljmp $CODE_SELECTOR, $start64

/* A processor without 64-bit mode: nothing can be said without it. */
halt:
	hlt
	jmp halt

	.code64
start64:
	mov $DATA_SELECTOR, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov %eax, %fs
	mov %eax, %gs
	fninit
	mov $stack_top, %esp
	mov %esi, %edi
	xor %ebp, %ebp
	call efi_main
	ud2

/*
 * efi_status efi_enter(uint64_t entry, efi_handle image, struct efi_system_table *system,
 *                      void **stack)
 * Calls an image, and leaves in *stack what efi_leave() takes to return from here instead. What a
 * caller of the Microsoft ABI wants kept is kept, whatever the image has done.
 */
	.globl efi_enter
efi_enter:
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	sub $(512 + 8), %rsp
	fxsave64 (%rsp)
	mov %rsp, (%rcx)
	mov %rdi, %rax
	mov %rsi, %rcx
	sub $32, %rsp
	call *%rax
	add $32, %rsp
leave_image:
	fxrstor64 (%rsp)
	add $(512 + 8), %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret

/* _Noreturn void efi_leave(void *stack, efi_status status) */
	.globl efi_leave
efi_leave:
	mov %rdi, %rsp
	mov %rsi, %rax
	cld
	jmp leave_image

/* Where exceptions begin: a call each, whose return address tells which. They make the stack look
 * like struct frame of fault.c, and none returns. */
	.globl efi_fault_entries
efi_fault_entries:
	.rept 32
	.byte 0xe8 /* call: of 5 bytes all */
	.long fault - (. + 4)
	.endr
fault:
	.irp r, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
	push %\r
	.endr
	mov %rsp, %rdi
	and $-16, %rsp
	cld
	call efi_fault
	ud2

	.section .rodata
	.balign 8
gdt:
	.quad 0
	.quad 0x00af9b000000ffff /* 64-bit code */
	.quad 0x00cf93000000ffff /* data */
gdt_end:
gdt_pointer:
	.word gdt_end - gdt - 1
	.quad gdt

	.bss
	.balign 4096
	.globl efi_page_map
efi_page_map:
	.skip 4096
directory_pointers:
	.skip 4096
directories:
	.skip 4096 * 4
	.skip STACK_SIZE
stack_top:

	.section .note.GNU-stack, "", @progbits
