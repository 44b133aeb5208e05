/* SPDX-License-Identifier: MIT */

#include "fault.h"

#include <stddef.h>
#include <stdint.h>

#include "console.h"
#include "runtime.h"

#define N_FAULTS 32
#define ENTRY_SIZE 5 /* of the code in start.S */
#define CODE_SELECTOR 8
#define INTERRUPT_GATE 0x8e00 /* present, DPL 0, no stack of its own */

/* 8, 10 to 14, 17 and 21: Intel SDM vol. 3, 6.15; 29 and 30: AMD APM vol. 2, 8.2. */
#define HAS_ERROR_CODE 0x60227d00u

/* What start.S and the processor leave on the stack (Intel SDM vol. 3, 6.14.2): registers, of which
 * the 16th is where the entry ended; an error code in front of the rest for some; rip, cs, rflags,
 * rsp, ss. */
struct frame {
	uint64_t registers[15];
	uint64_t end_of_entry;
	uint64_t machine[6];
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
	static const char names[] = "raxrcxrdxrbxrbprsirdir8 r9 r10r11r12r13r14r15";
	uint64_t vector = (f->end_of_entry - (uintptr_t)efi_fault_entries) / ENTRY_SIZE - 1;
	const uint64_t *rip = f->machine;
	uint64_t address, error = 0;
	size_t i;

	if ((HAS_ERROR_CODE >> vector & 1) != 0)
		error = *rip++;
	__asm__ volatile("mov %%cr2, %0" : "=r"(address));
	console_print("exception %x at %x (error code %x, address %x)", vector, rip[0], error,
		      address);
	console_print("rflags %x rsp %x", rip[2], rip[3]);
	for (i = 0; i < 15; i++) {
		char name[4] = { names[3 * i], names[3 * i + 1], names[3 * i + 2], 0 };

		console_print("%s %x", name, f->registers[i]);
	}
	efi_end();
}
