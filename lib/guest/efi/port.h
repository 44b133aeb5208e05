/* SPDX-License-Identifier: MIT */
/* What the processor alone can do: ports, and a few instructions. */
#ifndef EFI_PORT_H
#define EFI_PORT_H

#include <stdbool.h>
#include <stdint.h>

static inline void port_write8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t port_read8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void port_write16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "0"(leaf), "2"(0));
	return r;
}

/* False: there was no number this time. */
static inline bool rdrand(uint64_t *out)
{
	uint8_t ok;

	__asm__ volatile("rdrand %0; setc %1" : "=r"(*out), "=qm"(ok) : : "cc");
	return ok != 0;
}

/* Behind a change of page tables. */
static inline void flush_tlb(void)
{
	uint64_t cr3;

	__asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(cr3) : : "memory");
}

/* A hypercall of Xen. Which instruction it is, AMD or Intel have decided. */
static inline uint64_t vmmcall(uint64_t number, uint64_t first, const void *second)
{
	__asm__ volatile("vmmcall" : "+a"(number) : "D"(first), "S"(second) : "memory");
	return number;
}

static inline uint64_t vmcall(uint64_t number, uint64_t first, const void *second)
{
	__asm__ volatile("vmcall" : "+a"(number) : "D"(first), "S"(second) : "memory");
	return number;
}

static inline void stop_processor(void)
{
	__asm__ volatile("cli; hlt");
}

#endif
