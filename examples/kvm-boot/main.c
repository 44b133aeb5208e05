/* SPDX-License-Identifier: MIT */
/* kvm-boot: a small virtual machine monitor, to show libpvhboot at work. */
#include "file.h"
#include "interrupt.h"
#include "machine.h"
#include "memory.h"
#include "options.h"
#include "report.h"
#include "run.h"
#include "serial.h"
#include "terminal.h"

#include <pvhboot/pvhboot.h>

/* Everything that is booted. */
struct guest {
	struct pvhboot_bytes kernel;
	struct pvhboot_module modules[MAX_MODULES];
	struct memory memory;
	struct pvhboot_cpu cpu;
};

static int map_files(const struct options *options, struct guest *guest)
{
	int code = file_map(options->kernel, &guest->kernel);

	for (size_t i = 0; i < options->n_modules && code == NO_EXIT; i++) {
		guest->modules[i].cmdline = options->modules[i].cmdline;
		code = file_map(options->modules[i].path, &guest->modules[i].bytes);
	}
	return code;
}

static void unmap_files(struct guest *guest)
{
	file_unmap(&guest->kernel);
	for (size_t i = 0; i < MAX_MODULES; i++)
		file_unmap(&guest->modules[i].bytes);
}

/* All that this example is about: fills the guest's memory and tells the registers. */
static int load(const struct options *options, struct guest *guest)
{
	const struct pvhboot_memory memory = memory_access(&guest->memory);
	struct pvhboot_map_entry map[MEMORY_MAX_MAP];
	const struct pvhboot_request request = {
		.map = map,
		.n_map = MEMORY_MAX_MAP,
		.modules = guest->modules,
		.n_modules = options->n_modules,
		.cmdline = options->cmdline,
	};
	struct pvhboot_diag diag = { .status = PVHBOOT_OK };
	enum pvhboot_status status;

	memory_describe(&guest->memory, map);
	status = pvhboot_boot(guest->kernel, &request, NULL, &memory, &guest->cpu, &diag);
	return report_boot(options->kernel, status, &diag);
}

static int prepare(const struct options *options, struct guest *guest)
{
	int code = map_files(options, guest);

	if (code == NO_EXIT)
		code = memory_open(&guest->memory, options->memory);
	if (code == NO_EXIT)
		code = load(options, guest);
	unmap_files(guest); /* all of them are in the guest's memory now */
	return code;
}

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

static int run(const struct guest *guest)
{
	struct machine machine;
	int code = machine_open(&machine, &guest->memory);

	if (code == NO_EXIT)
		code = machine_enter(&machine, &guest->cpu);
	if (code == NO_EXIT)
		code = run_on_terminal(&machine);
	machine_close(&machine);
	return code;
}

int main(int argc, char **argv)
{
	struct guest guest = { .kernel = { NULL, 0 } };
	struct options options;
	int code = options_parse(argc, argv, &options);

	if (code != NO_EXIT)
		return code;
	code = prepare(&options, &guest);
	if (code == NO_EXIT)
		code = run(&guest);
	memory_close(&guest.memory);
	return code;
}
