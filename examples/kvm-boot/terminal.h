/* SPDX-License-Identifier: MIT */
/* Standard input for the guest's serial port. */
#ifndef KVM_BOOT_TERMINAL_H
#define KVM_BOOT_TERMINAL_H

#include "serial.h"

#include <pthread.h>
#include <termios.h>

struct terminal {
	struct serial *serial;
	struct termios saved; /* how the terminal was */
	int changed;          /* and is to be again */
	pthread_t reader;
};

/*
 * Starts a thread that reads. Where standard input is a terminal, it hands over
 * each key at once and without showing it, until terminal_close(); Ctrl-C keeps
 * its meaning. Returns NO_EXIT, or EXIT_REFUSED after a complaint.
 */
int terminal_open(struct terminal *terminal, struct serial *serial);
void terminal_close(struct terminal *terminal);

#endif
