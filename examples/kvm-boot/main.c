/* SPDX-License-Identifier: MIT */
/* kvm-boot: a small virtual machine monitor, to show libpvhboot at work. */
#include "interrupt.h"
#include "load.h"
#include "machine.h"
#include "options.h"
#include "report.h"
#include "run.h"
#include "serial.h"
#include "terminal.h"

#include <errno.h>
#include <pvhboot/adapt/linux_memory.h>
#include <pvhboot/pvhboot.h>

static int run_on_terminal(struct machine *machine)
{
	struct terminal terminal;
	struct serial serial;
	int code = interrupt_open(machine->vcpus[0].run);

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

static int run(const struct pvhboot_linux_memory *memory, const struct pvhboot_cpu *cpu,
	       unsigned int n_vcpus)
{
	struct machine machine;
	int code = machine_open(&machine, memory, n_vcpus);

	if (code == NO_EXIT)
		code = machine_enter(&machine, cpu);
	if (code == NO_EXIT)
		code = run_on_terminal(&machine);
	machine_close(&machine);
	return code;
}

/* Huge pages, where the host has them, and the thread are what makes loading fast. */
static int open_memory(struct pvhboot_linux_memory *memory, uint64_t size)
{
	errno = pvhboot_linux_memory_open(memory, size, 0, PVHBOOT_LINUX_MEMORY_AHEAD);
	return errno == 0 ? NO_EXIT : refuse_call(EXIT_REFUSED, "mmap of the guest's memory");
}

int main(int argc, char **argv)
{
	struct pvhboot_linux_memory memory;
	struct pvhboot_cpu cpu;
	struct options options;
	int code = options_parse(argc, argv, &options);

	if (code != NO_EXIT)
		return code;
	code = open_memory(&memory, options.memory);
	if (code == NO_EXIT)
		code = load(&options, &memory, &cpu);
	if (code == NO_EXIT)
		code = run(&memory, &cpu, options.cpus);
	pvhboot_linux_memory_close(&memory);
	return code;
}
