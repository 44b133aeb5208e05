/* SPDX-License-Identifier: MIT */

#include "exception.h"

#include <stdint.h>

#include "report.h"
#include "serial.h"

#define N_EXCEPTIONS 32
#define ENTRY_SIZE 16 /* of the code in exception.S */
#define CODE_SELECTOR 8
#define INTERRUPT_GATE 0x8e /* present, DPL 0 */

/* Intel SDM vol. 3, "64-Bit Mode IDT". */
struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t stack; /* 0: the one in use */
	uint8_t type;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
};

struct __attribute__((packed)) table_pointer {
	uint16_t limit;
	uint64_t base;
};

/* What exception.S and the CPU leave on the stack. */
struct exception {
	uint64_t vector;
	uint64_t error_code;
	uint64_t rip;
};

extern const uint8_t exception_entries[N_EXCEPTIONS][ENTRY_SIZE];

_Noreturn void exception_report(const struct exception *exception);

static struct gate idt[N_EXCEPTIONS];

void exception_setup(void)
{
	struct table_pointer pointer = { sizeof(idt) - 1, (uintptr_t)idt };
	int i;

	for (i = 0; i < N_EXCEPTIONS; i++) {
		uint64_t entry = (uintptr_t)exception_entries[i];

		idt[i] = (struct gate){
			.offset_low = (uint16_t)entry,
			.selector = CODE_SELECTOR,
			.type = INTERRUPT_GATE,
			.offset_middle = (uint16_t)(entry >> 16),
			.offset_high = (uint32_t)(entry >> 32),
		};
	}
	__asm__ volatile("lidt %0" : : "m"(pointer));
}

void exception_report(const struct exception *exception)
{
	uint64_t address;

	__asm__ volatile("mov %%cr2, %0" : "=r"(address));
	report_begin_error();
	serial_text("exception ");
	serial_decimal(exception->vector);
	serial_text(" at ");
	serial_hex(exception->rip);
	serial_text(" (error code ");
	serial_hex(exception->error_code);
	serial_text(", address ");
	serial_hex(address);
	serial_text(")");
	report_halt();
}
