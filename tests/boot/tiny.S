/* SPDX-License-Identifier: MIT */
/*
 * The smallest guest under Xen: prints its command line to the console, and halts with
 * interrupts off, which is how the last CPU of a domain powers it off. A command line
 * that starts with '!' ends in a triple fault, one with '@' never. With '#' it says that
 * there are 2 GiB in the ring, with '%' in that of xenstore.
 */
	.section .note.Xen, "a", @note
	.balign 4
	.long 4, 4, 18 /* PHYS32_ENTRY */
	.asciz "Xen"
	.long start
	.ifdef guest_os /* by --defsym: it looks like Linux before 4.20, and has bss */
	.long 4, 6, 6   /* GUEST_OS */
	.asciz "Xen"
	.asciz "linux"
	.balign 4
	.bss
	.skip 0x2000
	.endif

	.set ring, 0xfefff000 /* where xen-build puts it */
	.set out, ring + 1024
	.set out_prod, ring + 3084
	.set req_prod, 0xfeffc000 + 2052 /* of xenstore */
	.set cmdline_paddr, 24 /* in the start_info */

	.text
	.globl start
start:
	mov cmdline_paddr(%ebx), %edx
	mov $out, %edi
	mov $marker, %esi
1:	lodsb
	stosb
	test %al, %al
	jnz 1b
	dec %edi /* the NUL is not printed */
	mov %edx, %esi
2:	lodsb
	stosb
	test %al, %al
	jnz 2b
	movb $'\n', -1(%edi)
	sub $out, %edi
	mov %edi, out_prod
	cmpb $'!', (%edx)
	je fault
	cmpb $'@', (%edx)
	je stay
	cmpb $'#', (%edx)
	jne 3f
	movl $0x7fffffff, out_prod
3:	cmpb $'%', (%edx)
	jne 4f
	movl $0x7fffffff, req_prod
4:	cli
	hlt

fault:
	ud2 /* there is no IDT */

stay:
	jmp stay

marker:
	.asciz "TINY: "
