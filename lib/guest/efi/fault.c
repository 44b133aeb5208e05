/* SPDX-License-Identifier: MIT */

#include "fault.h"

#include <stdint.h>

#include "console.h"
#include "runtime.h"

#define N_FAULTS 32
#define ENTRY_SIZE 16 /* of the code in start.S */
#define CODE_SELECTOR 8
#define INTERRUPT_GATE 0x8e00 /* present, DPL 0, no stack of its own */

/* What start.S and the processor leave on the stack (Intel SDM vol. 3, 6.14.2). */
struct frame {
	uint64_t rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

extern const uint8_t efi_fault_entries[N_FAULTS][ENTRY_SIZE];

_Noreturn void efi_fault(const struct frame *frame);

static uint64_t gates[N_FAULTS][2];

void efi_fault_setup(void)
{
	const struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} pointer = { sizeof(gates) - 1, (uintptr_t)gates };
	uint64_t i;

	for (i = 0; i < N_FAULTS; i++) {
		uint64_t entry = (uintptr_t)efi_fault_entries[i];

		gates[i][0] = (entry & 0xffff) | CODE_SELECTOR << 16 |
			      (uint64_t)INTERRUPT_GATE << 32 | (entry >> 16 & 0xffff) << 48;
		gates[i][1] = entry >> 32;
	}
	__asm__ volatile("lidt %0" : : "m"(pointer));
}

void efi_fault(const struct frame *f)
{
	uint64_t address;

	__asm__ volatile("mov %%cr2, %0" : "=r"(address));
	console_print("exception %u at %x (error code %x, address %x)", f->vector, f->rip, f->error,
		      address);
	console_print("rsp %x rflags %x", f->rsp, f->rflags);
	console_print("rax %x rcx %x rdx %x rbx %x rbp %x rsi %x rdi %x", f->rax, f->rcx, f->rdx,
		      f->rbx, f->rbp, f->rsi, f->rdi);
	console_print("r8 %x r9 %x r10 %x r11 %x r12 %x r13 %x r14 %x r15 %x", f->r8, f->r9, f->r10,
		      f->r11, f->r12, f->r13, f->r14, f->r15);
	efi_end();
}
