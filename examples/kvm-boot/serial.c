/* SPDX-License-Identifier: MIT */
#include "serial.h"

#include <string.h>
#include <unistd.h>

#define INTERRUPT_LINE 4

/* Registers. The first two are the divisor's while DIVISOR_ACCESS is set. */
enum { DATA, INTERRUPTS, IDENTIFICATION, LINE_CONTROL, MODEM_CONTROL, LINE_STATUS, MODEM_STATUS };

#define ON_RECEIVED 0x01 /* INTERRUPTS */
#define ON_SENT 0x02
#define INTERRUPTS_USED 0x0f

#define ID_NONE 0x01 /* IDENTIFICATION, read */
#define ID_SENT 0x02
#define ID_RECEIVED 0x04
#define ID_FIFOS_ON 0xc0
#define FIFOS_ENABLE 0x01 /* IDENTIFICATION, written */

#define DIVISOR_ACCESS 0x80 /* LINE_CONTROL */

#define OUT2 0x08 /* MODEM_CONTROL: a PC's gate to the interrupt line */

#define RECEIVED 0x01 /* LINE_STATUS */
#define SENDER_EMPTY 0x60

#define PRESENT 0xb0 /* MODEM_STATUS: carrier, data set ready, clear to send */

/* What the port would interrupt for, the most urgent first. */
static uint8_t identify(const struct serial *serial)
{
	if ((serial->interrupts & ON_RECEIVED) && serial->n_fifo > 0)
		return ID_RECEIVED;
	if ((serial->interrupts & ON_SENT) && serial->sent)
		return ID_SENT;
	return ID_NONE;
}

/* The lock is held for this and all of the functions above the public ones. */
static void update_line(struct serial *serial)
{
	const int level = (serial->modem_control & OUT2) && identify(serial) != ID_NONE;

	if (level != serial->level)
		machine_interrupt(serial->machine, INTERRUPT_LINE, level);
	serial->level = level;
}

static void send(struct serial *serial, uint8_t byte)
{
	serial_print(byte);
	serial->sent = 1;
}

static uint8_t take_byte(struct serial *serial)
{
	const uint8_t byte = serial->fifo[0];

	if (serial->n_fifo == 0)
		return 0;
	serial->n_fifo--;
	memmove(serial->fifo, serial->fifo + 1, serial->n_fifo);
	pthread_cond_signal(&serial->room);
	return byte;
}

static uint8_t read_identification(struct serial *serial)
{
	const uint8_t id = identify(serial);

	if (id == ID_SENT)
		serial->sent = 0;
	return id | (serial->fifo_control & FIFOS_ENABLE ? ID_FIFOS_ON : 0);
}

static uint8_t read_register(struct serial *serial, unsigned int reg)
{
	if (reg <= INTERRUPTS && (serial->line_control & DIVISOR_ACCESS))
		return serial->divisor[reg];
	switch (reg) {
	case DATA:
		return take_byte(serial);
	case INTERRUPTS:
		return serial->interrupts;
	case IDENTIFICATION:
		return read_identification(serial);
	case LINE_CONTROL:
		return serial->line_control;
	case MODEM_CONTROL:
		return serial->modem_control;
	case LINE_STATUS:
		return SENDER_EMPTY | (serial->n_fifo > 0 ? RECEIVED : 0);
	case MODEM_STATUS:
		return PRESENT;
	default:
		return serial->scratch;
	}
}

static void write_register(struct serial *serial, unsigned int reg, uint8_t value)
{
	if (reg <= INTERRUPTS && (serial->line_control & DIVISOR_ACCESS)) {
		serial->divisor[reg] = value;
		return;
	}
	switch (reg) {
	case DATA:
		send(serial, value);
		break;
	case INTERRUPTS:
		/* switching it on while the transmitter is empty counts as an event */
		if (value & ~serial->interrupts & ON_SENT)
			serial->sent = 1;
		serial->interrupts = value & INTERRUPTS_USED;
		break;
	case IDENTIFICATION:
		/* a FIFO that is to be cleared is not: what was typed before the guest set
		 * the port up is meant for it (Linux reads a byte of it in passing) */
		serial->fifo_control = value;
		break;
	case LINE_CONTROL:
		serial->line_control = value;
		break;
	case MODEM_CONTROL:
		serial->modem_control = value;
		break;
	case LINE_STATUS:
	case MODEM_STATUS:
		break;
	default:
		serial->scratch = value;
	}
}

void serial_open(struct serial *serial, const struct machine *machine)
{
	*serial = (struct serial){ .machine = machine };
	pthread_mutex_init(&serial->lock, NULL);
	pthread_cond_init(&serial->room, NULL);
}

void serial_close(struct serial *serial)
{
	pthread_cond_destroy(&serial->room);
	pthread_mutex_destroy(&serial->lock);
}

uint8_t serial_read(struct serial *serial, unsigned int reg)
{
	uint8_t value;

	pthread_mutex_lock(&serial->lock);
	value = read_register(serial, reg);
	update_line(serial);
	pthread_mutex_unlock(&serial->lock);
	return value;
}

void serial_write(struct serial *serial, unsigned int reg, uint8_t value)
{
	pthread_mutex_lock(&serial->lock);
	write_register(serial, reg, value);
	update_line(serial);
	pthread_mutex_unlock(&serial->lock);
}

void serial_print(uint8_t byte)
{
	ssize_t ignored = write(STDOUT_FILENO, &byte, 1);

	(void)ignored;
}

void serial_receive(struct serial *serial, const uint8_t *bytes, size_t size)
{
	pthread_mutex_lock(&serial->lock);
	for (size_t i = 0; i < size; i++) {
		while (serial->n_fifo == SERIAL_FIFO && !serial->closed)
			pthread_cond_wait(&serial->room, &serial->lock);
		if (serial->closed)
			break;
		serial->fifo[serial->n_fifo++] = bytes[i];
		update_line(serial);
	}
	pthread_mutex_unlock(&serial->lock);
}

void serial_stop(struct serial *serial)
{
	pthread_mutex_lock(&serial->lock);
	serial->closed = 1;
	pthread_cond_signal(&serial->room);
	pthread_mutex_unlock(&serial->lock);
}
