/* SPDX-License-Identifier: MIT */
#include "run.h"

#include "interrupt.h"
#include "report.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

/* The keyboard controller, of which a PC's reset line is one output. Its status is
 * "ready": whoever resets waits for that. */
#define KEYBOARD_COMMAND 0x64
#define KEYBOARD_RESET 0xfe
#define KEYBOARD_READY 0x00

/* What no device answers. */
#define FLOATING 0xff

static uint8_t read_port(struct serial *serial, unsigned int port)
{
	if (port - SERIAL_PORT < SERIAL_N_PORTS)
		return serial_read(serial, port - SERIAL_PORT);
	return port == KEYBOARD_COMMAND ? KEYBOARD_READY : FLOATING;
}

/* Returns NO_EXIT, or EXIT_ENDED when the guest resets the machine. */
static int write_port(struct serial *serial, unsigned int port, uint8_t value)
{
	if (port - SERIAL_PORT < SERIAL_N_PORTS)
		serial_write(serial, port - SERIAL_PORT, value);
	else if (port == KEYBOARD_COMMAND && value == KEYBOARD_RESET)
		return EXIT_ENDED;
	return NO_EXIT;
}

/* One instruction; a string instruction does count of them on one port, and a wider
 * access touches the ports behind, too. */
static int do_port(struct kvm_run *run, struct serial *serial)
{
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	int code = NO_EXIT;

	for (uint32_t i = 0; i < run->io.count && code == NO_EXIT; i++) {
		for (unsigned int byte = 0; byte < run->io.size && code == NO_EXIT; byte++) {
			if (run->io.direction == KVM_EXIT_IO_IN)
				data[byte] = read_port(serial, run->io.port + byte);
			else
				code = write_port(serial, run->io.port + byte, data[byte]);
		}
		data += run->io.size;
	}
	return code;
}

/* No device has registers in memory, but for those that KVM emulates. */
static int do_memory(struct kvm_run *run)
{
	if (!run->mmio.is_write)
		memset(run->mmio.data, FLOATING, sizeof(run->mmio.data));
	return NO_EXIT;
}

static int refuse_exit(const struct machine *machine, const char *why, uint64_t number)
{
	struct kvm_regs regs = { .rip = 0 };

	ioctl(machine->vcpu, KVM_GET_REGS, &regs);
	complain("KVM_RUN: %s (exit %u, number 0x%llx, rip 0x%llx)", why, machine->run->exit_reason,
		 (unsigned long long)number, (unsigned long long)regs.rip);
	return EXIT_NO_KVM;
}

static int do_exit(const struct machine *machine, struct serial *serial)
{
	struct kvm_run *run = machine->run;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		return do_port(run, serial);
	case KVM_EXIT_MMIO:
		return do_memory(run);
	case KVM_EXIT_SHUTDOWN:
		complain("the guest crashed: triple fault"); /* KVM has reset the registers */
		return EXIT_STOPPED;
	case KVM_EXIT_FAIL_ENTRY:
		return refuse_exit(machine, "the processor does not take the guest's state",
				   run->fail_entry.hardware_entry_failure_reason);
	case KVM_EXIT_INTERNAL_ERROR:
		if (run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION)
			return refuse_exit(machine,
					   "emulation failed: this KVM cannot run ordinary guests",
					   run->internal.suberror);
		return refuse_exit(machine,
				   "an internal error: this KVM cannot run ordinary guests",
				   run->internal.suberror);
	default:
		return refuse_exit(machine, "an exit that nothing here asks for", 0);
	}
}

/* KVM_RUN came back because of a signal: the clock's, or one to end. */
static int do_interruption(const struct machine *machine)
{
	const int signal_number = interrupt_taken(machine->run);
	int off;

	if (signal_number != 0) {
		complain("ended by signal %d", signal_number);
		return EXIT_SIGNAL + signal_number;
	}
	off = machine_is_off(machine);
	if (off < 0)
		return refuse_call(EXIT_NO_KVM, "KVM_GET_MP_STATE");
	return off ? EXIT_ENDED : NO_EXIT;
}

int run_guest(const struct machine *machine, struct serial *serial)
{
	int code = NO_EXIT;

	while (code == NO_EXIT) {
		if (ioctl(machine->vcpu, KVM_RUN, 0) == 0)
			code = do_exit(machine, serial);
		else if (errno == EINTR)
			code = do_interruption(machine);
		else
			code = refuse_call(EXIT_NO_KVM, "KVM_RUN");
	}
	return code;
}
