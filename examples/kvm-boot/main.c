/* SPDX-License-Identifier: MIT */
/* kvm-boot: a small virtual machine monitor, to show libpvhboot at work. */
#include "interrupt.h"
#include "load.h"
#include "machine.h"
#include "memory.h"
#include "options.h"
#include "report.h"
#include "run.h"
#include "serial.h"
#include "terminal.h"

#include <pvhboot/pvhboot.h>

static int run_on_terminal(struct machine *machine)
{
	struct terminal terminal;
	struct serial serial;
	int code = interrupt_open(machine->run);

	if (code != NO_EXIT)
		return code;
	serial_open(&serial, machine);
	code = terminal_open(&terminal, &serial);
	if (code == NO_EXIT) {
		code = run_guest(machine, &serial);
		terminal_close(&terminal);
	}
	serial_close(&serial);
	interrupt_close();
	return code;
}

static int run(struct memory *memory, const struct pvhboot_cpu *cpu)
{
	struct machine machine;
	int code = machine_open(&machine, memory);

	if (code == NO_EXIT)
		code = machine_enter(&machine, cpu);
	if (code == NO_EXIT)
		code = run_on_terminal(&machine);
	machine_close(&machine);
	return code;
}

int main(int argc, char **argv)
{
	struct memory memory = { .host = NULL };
	struct pvhboot_cpu cpu;
	struct options options;
	int code = options_parse(argc, argv, &options);

	if (code != NO_EXIT)
		return code;
	code = memory_open(&memory, options.memory);
	if (code == NO_EXIT)
		code = load(&options, &memory, &cpu);
	if (code == NO_EXIT)
		code = run(&memory, &cpu);
	memory_close(&memory);
	return code;
}
