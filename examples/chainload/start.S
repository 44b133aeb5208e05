/* SPDX-License-Identifier: MIT */
/*
 * From the boot loader to C: 32-bit protected mode without paging to 64-bit
 * mode with the lowest 16 GiB mapped one to one and, for C, once more behind (physical.h).
 */

#include "serial.h"

/* xen/include/public/elfnote.h, and arch-x86/hvm/start_info.h */
#define NOTE_PHYS32_ENTRY 18
#define START_INFO_MAGIC 0x336ec578

/* Multiboot 0.6.96, 3.1.2. Modules start on pages; we want to know the memory. */
#define HEADER_MAGIC 0x1badb002
#define HEADER_FLAGS 0x3

#define PAGE_PRESENT_WRITABLE 0x3
#define PAGE_PRESENT_WRITABLE_2MIB 0x83
#define N_DIRECTORIES 16 /* of 1 GiB each */

#define CPUID_MAX_EXTENDED 0x80000000
#define CPUID_FEATURES 0x80000001
#define CPUID_EDX_LONG_MODE (1 << 29)
#define EFLAGS_ID (1 << 21)

#define MSR_EFER 0xc0000080
#define EFER_LME (1 << 8)
#define MSR_FS_BASE 0xc0000100

/* PG, and MP with EM clear for SSE; the others as after a reset. */
#define CR0_LONG_MODE 0x80000013
/* PAE; OSFXSR and OSXMMEXCPT, since the libraries are compiled for SSE2, which
 * every CPU with long mode has. */
#define CR4_LONG_MODE 0x620

#define CODE_SELECTOR 8
#define DATA_SELECTOR 16

/* Decoding and planning were seen to need 2200 bytes. */
#define STACK_SIZE 32768

	.section .multiboot, "a"
	.balign 4
	.long HEADER_MAGIC
	.long HEADER_FLAGS
	.long -(HEADER_MAGIC + HEADER_FLAGS)

	.section .note.Xen, "a", @note
	.balign 4
	.long 4, 4, NOTE_PHYS32_ENTRY
	.asciz "Xen"
	.long start_pvh

	/* The same machine state as Multiboot's as far as it matters, ebx too; but no
	 * magic number, so the structure's takes its place. */
	.text
	.code32
start_pvh:
	mov $START_INFO_MAGIC, %eax

	/* Machine state: Multiboot 0.6.96, 3.2. eax is a magic number, ebx the
	 * address of the information structure; the two arguments of C. */
	.globl start
start:
	cli
	cld
	mov $stack_top, %esp
	mov %eax, %edi
	mov %ebx, %esi

	/* A CPU without CPUID cannot toggle the ID flag (Intel SDM vol. 1,
	 * "Using the CPUID Instruction"). */
	pushf
	pop %eax
	mov %eax, %ecx
	xor $EFLAGS_ID, %eax
	push %eax
	popf
	pushf
	pop %eax
	cmp %eax, %ecx
	je no_long_mode

	mov $CPUID_MAX_EXTENDED, %eax
	cpuid
	cmp $CPUID_FEATURES, %eax
	jb no_long_mode
	mov $CPUID_FEATURES, %eax
	cpuid
	test $CPUID_EDX_LONG_MODE, %edx
	jz no_long_mode

	/* Pages of 2 MiB: not every CPU has those of 1 GiB. Upper halves that are not
	 * written stay 0, as the boot loader has cleared .bss. */
	movl $(directory_pointers + PAGE_PRESENT_WRITABLE), page_map
	mov $(directories + PAGE_PRESENT_WRITABLE), %eax
	xor %ecx, %ecx
1:	mov %eax, directory_pointers(, %ecx, 8)
	mov %eax, directory_pointers + 8 * N_DIRECTORIES(, %ecx, 8)
	add $4096, %eax
	inc %ecx
	cmp $N_DIRECTORIES, %ecx
	jb 1b

	mov $PAGE_PRESENT_WRITABLE_2MIB, %eax
	xor %edx, %edx
	xor %ecx, %ecx
2:	mov %eax, directories(, %ecx, 8)
	mov %edx, directories + 4(, %ecx, 8)
	add $0x200000, %eax
	adc $0, %edx
	inc %ecx
	cmp $(512 * N_DIRECTORIES), %ecx
	jb 2b

	/* Intel SDM vol. 3, "Initializing IA-32e Mode". */
	mov $CR4_LONG_MODE, %eax
	mov %eax, %cr4
	mov $page_map, %eax
	mov %eax, %cr3
	mov $MSR_EFER, %ecx
	mov $EFER_LME, %eax
	xor %edx, %edx
	wrmsr
	mov $CR0_LONG_MODE, %eax
	mov %eax, %cr0
	lgdt gdt_pointer
	ljmp $CODE_SELECTOR, $start64

/* Says so without C, which is 64-bit code. */
no_long_mode:
	mov $serial_settings, %esi
	mov $SERIAL_N_SETTINGS, %ecx
	xor %edx, %edx
1:	mov (%esi), %dl
	mov 1(%esi), %al
	add $SERIAL_PORT, %edx
	out %al, %dx
	xor %edx, %edx
	add $2, %esi
	loop 1b

	mov $no_long_mode_text, %esi
2:	mov (%esi), %bl
	inc %esi
	test %bl, %bl
	jz 4f
	mov $(SERIAL_PORT + SERIAL_LINE_STATUS), %edx
	mov $SERIAL_PATIENCE, %ecx
3:	in %dx, %al
	test $SERIAL_READY, %al
	loopz 3b
	mov $SERIAL_PORT, %edx
	mov %bl, %al
	out %al, %dx
	jmp 2b

4:	mov $1, %al
	out %al, $0xf4
5:	cli
	hlt
	jmp 5b

	.code64
start64:
	mov $DATA_SELECTOR, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov %eax, %fs
	mov %eax, %gs

	/* The stack protector of the libraries reads its word at fs:0x28. */
	mov $MSR_FS_BASE, %ecx
	mov $thread_block, %eax
	xor %edx, %edx
	wrmsr

	/* Registers are 64 bits from here, with unknown upper halves. */
	mov $stack_top, %esp
	mov %edi, %edi
	mov %esi, %esi
	xor %ebp, %ebp
	call chainload
	ud2

	.section .rodata
no_long_mode_text:
	.asciz "\r\nchainload: error: this CPU has no 64-bit mode\r\n"

	.balign 8
gdt:
	.quad 0
	.quad 0x00af9b000000ffff /* 64-bit code */
	.quad 0x00cf93000000ffff /* data */
gdt_end:

gdt_pointer:
	.word gdt_end - gdt - 1
	.quad gdt /* the 32-bit lgdt reads the lower half */

	.bss
	.balign 4096
page_map:
	.skip 4096
directory_pointers:
	.skip 4096
	.globl directories
directories:
	.skip 4096 * N_DIRECTORIES
	.skip STACK_SIZE
stack_top:
thread_block:
	.skip 0x30

	.section .note.GNU-stack, "", @progbits
