/* SPDX-License-Identifier: MIT */
#include "run.h"

#include "interrupt.h"
#include "report.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>

/* A vCPU and its thread. */
struct runner {
	struct running *all;
	const struct vcpu *vcpu;
	pthread_t thread;
	atomic_int off; /* as machine_is_off() told when it was last asked */
};

struct running {
	struct serial *serial;
	atomic_int code; /* NO_EXIT, until a vCPU has come to the end */
	unsigned int n;
	struct runner runners[MAX_CPUS];
};

/* The keyboard controller, of which a PC's reset line is one output. Its status is
 * "ready": whoever resets waits for that. */
#define KEYBOARD_COMMAND 0x64
#define KEYBOARD_RESET 0xfe
#define KEYBOARD_READY 0x00

/* A console of emulators, for those who have no other yet. It reads as its own number. */
#define DEBUG_CONSOLE 0xe9

/* What no device answers. */
#define FLOATING 0xff

static uint8_t read_port(struct serial *serial, unsigned int port)
{
	if (port - SERIAL_PORT < SERIAL_N_PORTS)
		return serial_read(serial, port - SERIAL_PORT);
	if (port == DEBUG_CONSOLE)
		return DEBUG_CONSOLE;
	return port == KEYBOARD_COMMAND ? KEYBOARD_READY : FLOATING;
}

/* Returns NO_EXIT, or EXIT_ENDED when the guest resets the machine. */
static int write_port(struct serial *serial, unsigned int port, uint8_t value)
{
	if (port - SERIAL_PORT < SERIAL_N_PORTS)
		serial_write(serial, port - SERIAL_PORT, value);
	else if (port == DEBUG_CONSOLE)
		serial_print(value);
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

static int refuse_exit(const struct vcpu *vcpu, const char *why, uint64_t number)
{
	struct kvm_regs regs = { .rip = 0 };

	ioctl(vcpu->fd, KVM_GET_REGS, &regs);
	complain("KVM_RUN: %s (exit %u, number 0x%llx, rip 0x%llx)", why, vcpu->run->exit_reason,
		 (unsigned long long)number, (unsigned long long)regs.rip);
	return EXIT_NO_KVM;
}

static int do_exit(const struct vcpu *vcpu, struct serial *serial)
{
	struct kvm_run *run = vcpu->run;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		return do_port(run, serial);
	case KVM_EXIT_MMIO:
		return do_memory(run);
	case KVM_EXIT_SHUTDOWN:
		complain("the guest crashed: triple fault"); /* KVM has reset the registers */
		return EXIT_STOPPED;
	case KVM_EXIT_FAIL_ENTRY:
		return refuse_exit(vcpu, "the processor does not take the guest's state",
				   run->fail_entry.hardware_entry_failure_reason);
	case KVM_EXIT_INTERNAL_ERROR:
		if (run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION)
			return refuse_exit(vcpu,
					   "emulation failed: this KVM cannot run ordinary guests",
					   run->internal.suberror);
		return refuse_exit(vcpu, "an internal error: this KVM cannot run ordinary guests",
				   run->internal.suberror);
	default:
		return refuse_exit(vcpu, "an exit that nothing here asks for", 0);
	}
}

/* The first vCPU's thread has the signals. On the clock's, it looks whether all are off, and makes
 * the others look until the next time. */
static int do_signal(struct running *all, int signal_number)
{
	int off = atomic_load(&all->runners[0].off);

	if (signal_number != 0) {
		complain("ended by signal %d", signal_number);
		return EXIT_SIGNAL + signal_number;
	}
	for (unsigned int i = 1; i < all->n; i++) {
		if (atomic_load(&all->runners[i].off) == MACHINE_ON)
			off = MACHINE_ON;
		pthread_kill(all->runners[i].thread, INTERRUPT_CALL);
	}
	if (off != MACHINE_OFF_EARLY)
		return off == MACHINE_OFF ? EXIT_ENDED : NO_EXIT;
	complain("the guest gave up: it halted for good before it had an interrupt table");
	return EXIT_STOPPED;
}

/* KVM_RUN came back because of a signal. */
static int do_interruption(struct runner *self)
{
	const int signal_number = interrupt_taken(self->vcpu->run);
	const int off = machine_is_off(self->vcpu);

	if (off < 0)
		return refuse_call(EXIT_NO_KVM, "KVM_GET_MP_STATE");
	atomic_store(&self->off, off);
	return self == self->all->runners ? do_signal(self->all, signal_number) : NO_EXIT;
}

static int run_once(struct runner *self)
{
	if (ioctl(self->vcpu->fd, KVM_RUN, 0) == 0)
		return do_exit(self->vcpu, self->all->serial);
	if (errno == EINTR)
		return do_interruption(self);
	if (errno != EAGAIN)
		return refuse_call(EXIT_NO_KVM, "KVM_RUN");
	atomic_store(&self->off, MACHINE_ON); /* it waited, and is started */
	return NO_EXIT;
}

/* Until the machine ends: the first code that a vCPU comes to is the machine's. */
static void run_vcpu(struct runner *self)
{
	int none = NO_EXIT, code = NO_EXIT;

	while (code == NO_EXIT && atomic_load(&self->all->code) == NO_EXIT)
		code = run_once(self);
	atomic_compare_exchange_strong(&self->all->code, &none, code);
}

static void *run_thread(void *argument)
{
	struct runner *self = argument;

	interrupt_join(self->vcpu->run);
	run_vcpu(self);
	pthread_kill(self->all->runners[0].thread, INTERRUPT_CALL);
	return NULL;
}

int run_guest(const struct machine *machine, struct serial *serial)
{
	struct running all = { .serial = serial, .code = NO_EXIT };
	struct runner *self;

	while (all.n < machine->n_vcpus) {
		self = &all.runners[all.n];
		self->all = &all;
		self->vcpu = &machine->vcpus[all.n];
		self->thread = pthread_self();
		if (all.n > 0 && interrupt_start(&self->thread, run_thread, self) != NO_EXIT) {
			atomic_store(&all.code, EXIT_REFUSED);
			break;
		}
		all.n++;
	}
	run_vcpu(all.runners);
	while (--all.n > 0) {
		pthread_kill(all.runners[all.n].thread, INTERRUPT_CALL);
		pthread_join(all.runners[all.n].thread, NULL);
	}
	return atomic_load(&all.code);
}
