/* SPDX-License-Identifier: MIT */

#include "console.h"

#define PORT 0x3f8
#define LINE_STATUS 5
#define READY 0x20     /* of the line status: takes another byte */
#define EMPTY 0x40     /* all bytes are out */
#define NOBODY 0xff    /* is read where no port answers */
#define PATIENCE 10000 /* a byte takes as long as about 100 reads of a port */

static uint16_t port;

void console_setup(void)
{
	/* register, value: no interrupts; divisor 1; 8 data bits, 1 stop bit; FIFOs; DTR and RTS */
	static const uint8_t settings[][2] = {
		{ 1, 0x00 }, { 3, 0x80 }, { 0, 0x01 }, { 1, 0x00 },
		{ 3, 0x03 }, { 2, 0x07 }, { 4, 0x03 },
	};
	unsigned int i;

	port = port_read(PORT + LINE_STATUS) == NOBODY ? CONSOLE_DEBUG_PORT : PORT;
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		port_write((uint16_t)(PORT + settings[i][0]), settings[i][1]);
}

/* Where no port answers, all bits of its status are set. */
static void wait_for(uint8_t status)
{
	uint32_t patience = PATIENCE;

	while ((port_read(PORT + LINE_STATUS) & status) == 0 && --patience > 0)
		;
}

void console_character(char character)
{
	wait_for(READY);
	port_write(port, (uint8_t)character);
}

void console_text(const char *text)
{
	for (; *text != '\0'; text++)
		console_character(*text);
}

void console_hex(uint64_t number)
{
	int shift = 60;

	console_text("0x");
	while (shift > 0 && number >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		console_character("0123456789abcdef"[number >> shift & 0xf]);
}

void console_decimal(uint32_t number)
{
	char digits[11]; /* 2^32 has 10 */
	char *first = digits + sizeof(digits) - 1;

	*first = '\0';
	do {
		*--first = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	console_text(first);
}

void console_drain(void)
{
	wait_for(EMPTY);
}
