/* SPDX-License-Identifier: MIT */

#include "crash.h"

#include <stdbool.h>
#include <string.h>

#include "cpuid.h"
#include "port.h"
#include "self.h"

#define DEBUG_EXIT_PORT 0xf4

#define CPUID_FEATURES 1
#define CPUID_ECX_HYPERVISOR ((uint32_t)1 << 31)

/* xen/include/public/arch-x86/cpuid.h: its leaves may stand behind those of another interface. The
 * third has in ebx the MSR that takes the address of a page for hypercalls. */
#define XEN_FIRST_LEAF 0x40000000
#define XEN_END_LEAF 0x40010000
#define XEN_LEAF_STEP 0x100
#define XEN_LEAF_PAGES 2

/* xen/include/public/xen.h and sched.h. Each hypercall has 32 bytes of code in the page. */
#define HYPERCALL_SIZE 32
#define HYPERCALL_SCHED_OP 29
#define SCHED_OP_SHUTDOWN 2
#define SHUTDOWN_CRASH 3

static bool is_xen(uint32_t leaf)
{
	const struct cpuid regs = cpuid(leaf);
	const uint32_t signature[] = { regs.ebx, regs.ecx, regs.edx };

	return memcmp(signature, "XenVMMXenVMM", sizeof(signature)) == 0;
}

/* Returns where this is no domain of Xen. */
static void crash_domain(void)
{
	static uint8_t page[4096] __attribute__((aligned(4096)));
	const uint32_t reason = SHUTDOWN_CRASH;
	const uint64_t address = self_address(page);
	uint32_t leaf = XEN_FIRST_LEAF;

	while (leaf < XEN_END_LEAF && !is_xen(leaf))
		leaf += XEN_LEAF_STEP;
	if (leaf == XEN_END_LEAF)
		return;
	__asm__ volatile("wrmsr"
			 :
			 : "c"(cpuid(leaf + XEN_LEAF_PAGES).ebx), "a"((uint32_t)address),
			   "d"((uint32_t)(address >> 32))
			 : "memory");
	__asm__ volatile("call *%0"
			 :
			 : "r"(page + HYPERCALL_SCHED_OP * HYPERCALL_SIZE),
			   "D"((uint64_t)SCHED_OP_SHUTDOWN), "S"(&reason)
			 : "rax", "memory");
}

void crash(void)
{
	static const uint8_t no_table[10];

	port_write(DEBUG_EXIT_PORT, 1); /* the device makes 2 * 1 + 1 of it */
	if (cpuid(CPUID_FEATURES).ecx & CPUID_ECX_HYPERVISOR) {
		crash_domain();
		__asm__ volatile("lidt %0\n\t"
				 "ud2"
				 :
				 : "m"(no_table));
	}
	for (;;)
		__asm__ volatile("cli; hlt");
}
