/* SPDX-License-Identifier: MIT */

#include "serial.h"

#include <stdbool.h>

#include "port.h"

#define DEBUG_PORT 0xe9
#define NOBODY 0xff /* is read from a port that no device has */

static bool absent;

/* In this order: no interrupts; divisor 1 through the first two registers; 8 data
 * bits, no parity, 1 stop bit; FIFOs on and empty; DTR and RTS. */
const uint8_t serial_settings[SERIAL_N_SETTINGS][2] = {
	{ 1, 0x00 }, { 3, 0x80 }, { 0, 0x01 }, { 1, 0x00 }, { 3, 0x03 }, { 2, 0x07 }, { 4, 0x03 },
};

void serial_setup(void)
{
	int i;

	absent = port_read(SERIAL_PORT + SERIAL_LINE_STATUS) == NOBODY;
	for (i = 0; i < SERIAL_N_SETTINGS; i++)
		port_write((uint16_t)(SERIAL_PORT + serial_settings[i][0]), serial_settings[i][1]);
}

static void wait_for(uint8_t status)
{
	uint32_t patience = SERIAL_PATIENCE;

	while ((port_read(SERIAL_PORT + SERIAL_LINE_STATUS) & status) == 0 && --patience > 0)
		;
}

void serial_character(char character)
{
	wait_for(SERIAL_READY);
	port_write(absent ? DEBUG_PORT : SERIAL_PORT, (uint8_t)character);
}

void serial_text(const char *text)
{
	for (; *text != '\0'; text++)
		serial_character(*text);
}

void serial_hex(uint64_t number)
{
	int shift = 60;

	serial_text("0x");
	while (shift > 0 && number >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		serial_character("0123456789abcdef"[number >> shift & 0xf]);
}

void serial_decimal(uint64_t number)
{
	char digits[21]; /* 2^64 has 20 */
	char *first = digits + sizeof(digits) - 1;

	*first = '\0';
	do {
		*--first = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	serial_text(first);
}

void serial_drain(void)
{
	wait_for(SERIAL_EMPTY);
}
