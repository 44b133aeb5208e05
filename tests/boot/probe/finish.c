/* SPDX-License-Identifier: MIT */
/* The ways to end a machine, one of which is there. */

#include "console.h"
#include "probe.h"

/* QEMU's isa-debug-exit makes 2 * value + 1 of it: 33 and 3. */
#define DEBUG_EXIT_PORT 0xf4
#define DEBUG_EXIT_OK 0x10
#define DEBUG_EXIT_FAILED 0x01

#define KEYBOARD_PORT 0x64
#define KEYBOARD_RESET 0xfe

/* Source: xen/include/public/arch-x86/cpuid.h, xen.h, sched.h. A hypercall is a call into
 * a page that Xen fills: 32 bytes a number, arguments in ebx and ecx. */
#define XEN_PAGE_LEAF 2 /* ebx: the MSR that takes the page's address */
#define XEN_SCHED_OP 29
#define XEN_SHUTDOWN 2
#define XEN_SHUTDOWN_POWEROFF 0
#define XEN_SHUTDOWN_CRASH 3

static uint8_t hypercalls[4096] __attribute__((aligned(4096)));

static void end_xen_domain(uint32_t leaf, bool ok)
{
	const uint32_t reason = ok ? XEN_SHUTDOWN_POWEROFF : XEN_SHUTDOWN_CRASH;
	uint32_t values[4];
	uint32_t result;

	cpuid(leaf + XEN_PAGE_LEAF, values);
	__asm__ volatile("wrmsr" : : "c"(values[1]), "a"((uint32_t)hypercalls), "d"(0) : "memory");
	__asm__ volatile("call *%[entry]"
			 : "=a"(result)
			 : [entry] "a"(hypercalls + XEN_SCHED_OP * 32), "b"(XEN_SHUTDOWN),
			   "c"(&reason)
			 : "memory");
}

void finish(bool ok)
{
	uint32_t xen = hypervisor_leaf("XenVMMXenVMM");

	port_write(DEBUG_EXIT_PORT, ok ? DEBUG_EXIT_OK : DEBUG_EXIT_FAILED);
	if (xen != 0)
		end_xen_domain(xen, ok);
	port_write(KEYBOARD_PORT, KEYBOARD_RESET);
	for (;;)
		__asm__ volatile("cli; hlt");
}
