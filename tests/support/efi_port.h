/* SPDX-License-Identifier: MIT */
/* In the place of lib/guest/efi/port.h where the EFI environment runs on the host: test_efi.c is
 * the machine. */
#ifndef EFI_PORT_H
#define EFI_PORT_H

#include <stdbool.h>
#include <stdint.h>

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

void port_write8(uint16_t port, uint8_t value);
void port_write16(uint16_t port, uint16_t value);
uint8_t port_read8(uint16_t port);
struct cpuid cpuid(uint32_t leaf);
bool rdrand(uint64_t *out);
void flush_tlb(void);
uint64_t vmmcall(uint64_t number, uint64_t first, const void *second);
uint64_t vmcall(uint64_t number, uint64_t first, const void *second);
_Noreturn void stop_processor(void);

#endif
