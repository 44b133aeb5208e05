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

static void put_hex(uint64_t number, unsigned int n_digits)
{
	while (n_digits-- != 0)
		console_character("0123456789abcdef"[number >> 4 * n_digits & 0xf]);
}

static void put_number(uint64_t number)
{
	unsigned int n = 1;

	while (n < 16 && number >> 4 * n != 0)
		n++;
	put_text("0x");
	put_hex(number, n);
}

/* Its bytes in the order in which they are written (UEFI 2.10, appendix A). */
static void put_guid(const struct efi_guid *guid)
{
	static const char order[] = "\3\2\1\0-\5\4-\7\6-\10\11-\12\13\14\15\16\17";
	const char *at;

	for (at = order; at != order + sizeof(order) - 1; at++) {
		if (*at == '-')
			console_character('-');
		else
			put_hex(((const uint8_t *)guid)[(uint8_t)*at], 2);
	}
}

void console_print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_text("pvhboot-efi: ");
	for (; *format != '\0'; format++) {
		union {
			uint64_t number;
			const void *pointer;
		} argument;

		if (*format != '%') {
			console_character(*format);
			continue;
		}
		argument.number = va_arg(arguments, uint64_t); /* a pointer goes the same way */
		switch (*++format) {
		case 's':
			put_text(argument.pointer);
			break;
		case 'g':
			put_guid(argument.pointer);
			break;
		default:
			put_number(argument.number);
		}
	}
	va_end(arguments);
	put_text("\r\n");
}

bool console_refuse(const char *rule, uint64_t found, uint64_t bound)
{
	console_print("expected %s (found %x, bound %x)", rule, found, bound);
	return false;
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
