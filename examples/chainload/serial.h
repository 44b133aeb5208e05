/* SPDX-License-Identifier: MIT */
/*
 * The first serial port, without interrupts: 16550 UART, 115200 baud, 8N1. Where it
 * is absent, port 0xe9, by which Xen takes what its guests print.
 */
#ifndef CHAINLOAD_SERIAL_H
#define CHAINLOAD_SERIAL_H

#define SERIAL_PORT 0x3f8

/* Registers, as offsets from the port. */
#define SERIAL_LINE_STATUS 5
#define SERIAL_READY 0x20 /* of the line status: takes another byte */
#define SERIAL_EMPTY 0x40 /* all bytes are out */

/* How often the line status is read at most. A byte takes 87 µs, a read of a
 * port about 1 µs: a thousand times what is needed, and less than a second
 * for a port that never gets ready. */
#define SERIAL_PATIENCE 100000

#define SERIAL_N_SETTINGS 7

#ifndef __ASSEMBLER__

#include <stdint.h>

/* Register and value of each write that sets the port up; start.S reads it too. */
extern const uint8_t serial_settings[SERIAL_N_SETTINGS][2];

void serial_setup(void);
void serial_character(char character);
void serial_text(const char *text);

/* Lower-case hexadecimal with 0x, and decimal. */
void serial_hex(uint64_t number);
void serial_decimal(uint64_t number);

/* Waits until everything is out: whoever has the port next may reset it. */
void serial_drain(void);

#endif

#endif
