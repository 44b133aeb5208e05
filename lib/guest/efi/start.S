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

#define MSR_EFER 0xc0000080
#define EFER_LME (1 << 8)
/* PG, and MP with EM clear: UEFI 2.10, 2.3.4 wants the FPU ready. */
#define CR0_LONG_MODE 0x80000013
#define CR4_LONG_MODE 0x620 /* PAE, OSFXSR, OSXMMEXCPT */

#define CODE_SELECTOR 8
#define DATA_SELECTOR 16
#define STACK_SIZE 0x20000 /* 2.3.4: 128 KiB or more */

/* 8, 10 to 14, 17 and 21: Intel SDM vol. 3, 6.15; 29 and 30: AMD APM vol. 2, 8.2. */
#define HAS_ERROR_CODE 0x60227d00

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
	wrmsr
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
	sub $(10 * 16 + 8), %rsp
	.set offset, 0
	.irp n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movdqu %xmm\n, offset(%rsp)
	.set offset, offset + 16
	.endr
	mov %rsp, (%rcx)
	mov %rdi, %rax
	mov %rsi, %rcx
	sub $32, %rsp
	call *%rax
	add $32, %rsp
leave_image:
	.set offset, 0
	.irp n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movdqu offset(%rsp), %xmm\n
	.set offset, offset + 16
	.endr
	add $(10 * 16 + 8), %rsp
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

/* Each exception makes the stack look like struct frame of fault.c, and none returns. */
	.balign 16
	.globl efi_fault_entries
efi_fault_entries:
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
1:	push %r15
	push %r14
	push %r13
	push %r12
	push %r11
	push %r10
	push %r9
	push %r8
	push %rdi
	push %rsi
	push %rbp
	push %rbx
	push %rdx
	push %rcx
	push %rax
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
