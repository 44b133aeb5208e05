/* SPDX-License-Identifier: MIT */
/*
 * The first serial port or, where none answers, port 0xe9, which is a console of QEMU, Bochs and
 * Xen.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdint.h>

#define CONSOLE_DEBUG_PORT 0xe9

static inline void port_write(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t port_read(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

void console_setup(void);
void console_character(char character);
void console_text(const char *text);
void console_hex(uint64_t number); /* with 0x */
void console_decimal(uint32_t number);

/* Waits until everything is out. */
void console_drain(void);

#endif
