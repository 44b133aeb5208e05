/* SPDX-License-Identifier: MIT */
/*
 * The first serial port of a PC, a 16550 at 0x3f8 with interrupt 4. What the guest
 * sends goes to standard output; another thread hands in what the guest receives.
 * It sends at once, so the transmitter is always empty, and has no modem behind it.
 * Source: National Semiconductor, PC16550D datasheet.
 */
#ifndef KVM_BOOT_SERIAL_H
#define KVM_BOOT_SERIAL_H

#include "machine.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define SERIAL_PORT 0x3f8
#define SERIAL_N_PORTS 8
#define SERIAL_FIFO 16

struct serial {
	const struct machine *machine;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t room;  /* in the FIFO, or closed */
	uint8_t fifo[SERIAL_FIFO];
	size_t n_fifo;
	int closed; /* takes no more input */
	int level;  /* of the interrupt line */
	int sent;   /* "transmitter empty" has not been reported since it was last so */
	uint8_t interrupts, fifo_control, line_control, modem_control, scratch;
	uint8_t divisor[2];
};

void serial_open(struct serial *serial, const struct machine *machine);
void serial_close(struct serial *serial);

/* The guest's accesses; reg is 0 to SERIAL_N_PORTS - 1. */
uint8_t serial_read(struct serial *serial, unsigned int reg);
void serial_write(struct serial *serial, unsigned int reg, uint8_t value);

/* Output without the port. What cannot be written is lost, as on a line that nobody listens to. */
void serial_print(uint8_t byte);

/* Hands bytes to the guest, and waits until there is room for the last of them, or
 * serial_stop() was called. */
void serial_receive(struct serial *serial, const uint8_t *bytes, size_t size);
void serial_stop(struct serial *serial);

#endif
