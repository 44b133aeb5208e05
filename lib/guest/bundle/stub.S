/* SPDX-License-Identifier: MIT */
/*
 * The entry of a bundle: adds the bundle's command line and initrd to the host's start_info, and
 * enters the kernel. It has no stack, and looks at no member that a start_info of version 0 lacks.
 * Linked into the pvhboot command as data.
 * Source: xen/include/public/arch-x86/hvm/start_info.h, docs/misc/pvh.pandoc.
 */

#include "bundle.h"

#ifdef __CET__
#include <cet.h> /* this file has no code of the command's that would break it */
#endif

#define START_N_MODULES 12
#define START_MODULES 16
#define START_CMDLINE 24
#define HIGH 4 /* the upper half of an address, which this code does not reach */
#define MODULE_SIZE 32

	.section .rodata
	.code32
	.globl pvhb_bundle_stub
pvhb_bundle_stub:
	.byte 0xbd /* mov, to ebp, */
	.org pvhb_bundle_stub + PVHB_BUNDLE_OPERAND
	.long 0 /* the address of the parameters */
	cld

	mov PVHB_BUNDLE_CMDLINE(%ebp), %eax
	test %eax, %eax
	jz modules
	cmpl $0, START_CMDLINE + HIGH(%ebx)
	jne give_up
	mov START_CMDLINE(%ebx), %esi
	mov %eax, START_CMDLINE(%ebx)
	test %esi, %esi
	jz modules
	cmpb $0, (%esi)
	je modules
	mov PVHB_BUNDLE_CMDLINE_END(%ebp), %edi
	mov PVHB_BUNDLE_CMDLINE_ROOM(%ebp), %ecx
	mov $' ', %al
	stosb
1:	lodsb
	stosb
	test %al, %al
	loopnz 1b
	jnz give_up

modules:
	mov PVHB_BUNDLE_MODULES(%ebp), %edi
	test %edi, %edi
	jz enter
	mov START_N_MODULES(%ebx), %ecx
	cmp PVHB_BUNDLE_MODULES_ROOM(%ebp), %ecx
	ja give_up
	cmpl $0, START_MODULES + HIGH(%ebx)
	jne give_up
	mov START_MODULES(%ebx), %esi
	mov %edi, START_MODULES(%ebx)
	incl START_N_MODULES(%ebx)
	add $MODULE_SIZE, %edi
	shl $3, %ecx
	rep movsl

enter:
	jmp *PVHB_BUNDLE_ENTRY(%ebp)

/* Nothing of the host's is left out silently: the guest ends in a triple fault, which hosts tell. */
give_up:
	lidt PVHB_BUNDLE_NO_IDT(%ebp)
	ud2

	.org pvhb_bundle_stub + PVHB_BUNDLE_STUB_SIZE, 0

	.section .note.GNU-stack, "", @progbits
