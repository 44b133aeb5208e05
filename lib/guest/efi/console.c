/* SPDX-License-Identifier: MIT */

#include "console.h"

#include <stdarg.h>

#include "port.h"

#define SERIAL 0x3f8u
#define SERIAL_SCRATCH (SERIAL + 7)
#define SERIAL_STATUS (SERIAL + 5)
#define SERIAL_READY 0x20u
#define PATIENCE 100000
#define DEBUG 0xe9u

static enum { NOWHERE, ON_SERIAL, ON_DEBUG } where;
bool console_logs;

/* A port that keeps what is written to its scratch register is there. As it is: the host has set
 * its speed, or there is none. */
static bool is_serial(void)
{
	port_write8(SERIAL_SCRATCH, 0x5a);
	return port_read8(SERIAL_SCRATCH) == 0x5a;
}

void console_open(bool is_xen)
{
	if (is_serial())
		where = ON_SERIAL;
	else if (is_xen || port_read8(DEBUG) == DEBUG)
		where = ON_DEBUG;
}

void console_character(char character)
{
	int patience = PATIENCE;

	if (where == NOWHERE)
		return;
	while (where == ON_SERIAL && (port_read8(SERIAL_STATUS) & SERIAL_READY) == 0 &&
	       --patience != 0)
		;
	port_write8(where == ON_SERIAL ? SERIAL : DEBUG, (uint8_t)character);
}

static void put_text(const char *text)
{
	while (*text != '\0')
		console_character(*text++);
}

static void put_hex(uint64_t number, int n_digits)
{
	while (n_digits-- != 0)
		console_character("0123456789abcdef"[number >> 4 * n_digits & 0xf]);
}

static void put_number(uint64_t number, bool is_hex)
{
	char digits[20]; /* 2^64 has as many */
	int n = 0;

	if (is_hex) {
		while (n < 15 && number >> 4 * (n + 1) != 0)
			n++;
		put_text("0x");
		put_hex(number, n + 1);
		return;
	}
	do
		digits[n++] = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	while (n-- != 0)
		console_character(digits[n]);
}

static void put_guid(const struct efi_guid *guid)
{
	int i;

	put_hex(guid->a, 8);
	console_character('-');
	put_hex(guid->b, 4);
	console_character('-');
	put_hex(guid->c, 4);
	console_character('-');
	for (i = 0; i < 8; i++) {
		if (i == 2)
			console_character('-');
		put_hex(guid->d[i], 2);
	}
}

static void print(const char *format, va_list arguments)
{
	put_text("pvhboot-efi: ");
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			console_character(*format);
			continue;
		}
		switch (*++format) {
		case 's':
			put_text(va_arg(arguments, const char *));
			break;
		case 'g':
			put_guid(va_arg(arguments, const struct efi_guid *));
			break;
		default:
			put_number(va_arg(arguments, uint64_t), *format == 'x');
		}
	}
	put_text("\r\n");
}

void console_print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(format, arguments);
	va_end(arguments);
}

void console_log(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (console_logs)
		print(format, arguments);
	va_end(arguments);
}

/* ---- For images ------------------------------------------------------------------ */

static EFIAPI efi_status output_string(void *self, const uint16_t *text)
{
	(void)self;
	for (; *text != 0; text++) {
		char character = '?';

		if (*text < 0x80)
			character = (char)*text;
		console_character(character);
	}
	return EFI_SUCCESS;
}

/* There is nothing to set. */
static EFIAPI efi_status accept(void *self)
{
	(void)self;
	return EFI_SUCCESS;
}

static EFIAPI efi_status query_mode(void *self, uint64_t mode, uint64_t *columns, uint64_t *rows)
{
	(void)self;
	if (mode != 0)
		return EFI_UNSUPPORTED;
	*columns = 80;
	*rows = 25;
	return EFI_SUCCESS;
}

static EFIAPI efi_status no_key(void)
{
	return EFI_NOT_READY;
}

static struct efi_text_output_mode mode = { .max_mode = 1 };

/* Reset, OutputString, TestString, QueryMode, SetMode, SetAttribute, ClearScreen,
 * SetCursorPosition, EnableCursor. */
struct efi_text_output console_output = {
	{ (efi_service)accept, (efi_service)output_string, (efi_service)accept,
	  (efi_service)query_mode, (efi_service)accept, (efi_service)accept, (efi_service)accept,
	  (efi_service)accept, (efi_service)accept },
	&mode,
};

/* Reset, ReadKeyStroke; there is no event to wait for. */
struct efi_text_input console_input = { { (efi_service)accept, (efi_service)no_key }, 0 };
