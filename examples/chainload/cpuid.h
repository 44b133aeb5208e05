/* SPDX-License-Identifier: MIT */
#ifndef CHAINLOAD_CPUID_H
#define CHAINLOAD_CPUID_H

#include <stdint.h>

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf)
{
	struct cpuid regs = { .eax = leaf };

	__asm__("cpuid" : "+a"(regs.eax), "=b"(regs.ebx), "+c"(regs.ecx), "=d"(regs.edx));
	return regs;
}

#endif
