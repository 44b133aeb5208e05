/* SPDX-License-Identifier: MIT */

#include "options.h"

#include <stddef.h>

#define WORD "pvhboot.efi="

/* Goes behind a text, if it is the next one. */
static bool take(const char **at, const char *text)
{
	const char *next = *at;

	for (; *text != '\0'; text++, next++) {
		if (*next != *text)
			return false;
	}
	*at = next;
	return true;
}

static bool is_end(char c)
{
	return c == '\0' || c == ' ' || c == ',';
}

static uint32_t digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10) : UINT32_MAX;
}

static bool take_number(const char **at, uint32_t bound, uint32_t *out)
{
	uint32_t base = take(at, "0x") ? 16 : 10;
	const char *first = *at;
	uint64_t number = 0;

	for (; digit_of(**at) < base; ++*at) {
		number = number * base + digit_of(**at);
		if (number > bound)
			return false;
	}
	*out = (uint32_t)number;
	return *at != first;
}

static bool take_write(const char **at, struct efi_port_write *out)
{
	uint32_t port, value;

	if (!take_number(at, UINT16_MAX, &port) || port == 0 || !take(at, ":") ||
	    !take_number(at, UINT16_MAX, &value))
		return false;
	*out = (struct efi_port_write){ (uint16_t)port, (uint16_t)value };
	return true;
}

static bool take_part(const char **at, struct efi_options *options)
{
	if (take(at, "log"))
		return options->log = true;
	if (take(at, "reset="))
		return take_write(at, &options->reset);
	if (take(at, "poweroff="))
		return take_write(at, &options->poweroff);
	return take(at, "smbios=") && take_number(at, UINT32_MAX, &options->smbios);
}

/* Returns where the word ends. */
static const char *read_word(const char *at, struct efi_options *options)
{
	for (;; at++) {
		struct efi_options with_part = *options;
		const char *first = at;

		if (take_part(&at, &with_part) && is_end(*at))
			*options = with_part;
		else if (options->unknown == NULL)
			options->unknown = first;
		while (!is_end(*at))
			at++;
		if (*at != ',')
			return at;
	}
}

const char *efi_options_read(const char *cmdline, struct efi_options *options, const char **rest)
{
	const char *word = cmdline, *at;

	*options = (struct efi_options){ .log = false };
	for (at = word; *word != '\0' && !take(&at, WORD); at = word) {
		while (*word != '\0' && *word != ' ')
			word++;
		while (*word == ' ')
			word++;
	}
	if (*word != '\0')
		at = read_word(at, options);
	while (at != word && *at == ' ')
		at++;
	*rest = at;
	return word;
}

/* ---- UTF-16 ------------------------------------------------------------------------ */

/* A character of UTF-8 of 2 to 4 bytes (RFC 3629, 4), or of 1, which any byte is. */
static uint32_t next_character(const uint8_t **at)
{
	const uint8_t *byte = *at;
	uint32_t first = *byte++;
	uint32_t n = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1; /* that follow */
	uint32_t code = first & 0x3f >> n;
	uint32_t i;

	*at = byte;
	if (first < 0xc2)
		return first;
	for (i = 0; i < n; i++, byte++) {
		if (*byte >> 6 != 2)
			return first;
		code = code << 6 | (*byte & 0x3f);
	}
	/* neither written with more bytes than it needs, nor half of a pair, nor too large */
	if (first >= 0xf5 || code >> (5 * n + 1) == 0 || code >> 11 == 0xd800 >> 11 ||
	    code > 0x10ffff)
		return first;
	*at = byte;
	return code;
}

uint16_t *efi_options_widen(const char *from, const char *end, uint16_t *out)
{
	const uint8_t *at = (const uint8_t *)from;

	while (at < (const uint8_t *)end) {
		uint32_t code = next_character(&at);

		if (code > 0xffff) {
			*out++ = (uint16_t)(0xd7c0 + (code >> 10));
			code = 0xdc00 | (code & 0x3ff);
		}
		*out++ = (uint16_t)code;
	}
	return out;
}
