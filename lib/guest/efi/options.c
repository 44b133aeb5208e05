/* SPDX-License-Identifier: MIT */

#include "options.h"

#include <stddef.h>

#include "../../base/env.h"

#define WORD "pvhboot.efi="
#define WORD_SIZE (sizeof(WORD) - 1)

/* Behind a text, if it is the next one; else NULL. */
static const char *behind(const char *at, const char *text)
{
	for (; *text != '\0'; at++, text++) {
		if (*at != *text)
			return NULL;
	}
	return at;
}

static bool is_end(char c)
{
	return c == '\0' || c == ' ' || c == ',';
}

static int digit_of(char c, uint32_t base)
{
	int value = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' ? (c | 0x20) - 'a' + 10 : 99;

	return (uint32_t)value < base ? value : -1;
}

/* A number up to a bound; NULL where there is none. */
static const char *read_number(const char *at, uint32_t bound, uint32_t *out)
{
	const char *hex = behind(at, "0x");
	const char *first = hex != NULL ? hex : at;
	uint32_t base = hex != NULL ? 16 : 10;
	uint64_t number = 0;

	for (at = first; digit_of(*at, base) >= 0; at++) {
		number = number * base + (uint32_t)digit_of(*at, base);
		if (number > bound)
			return NULL;
	}
	*out = (uint32_t)number;
	return at != first ? at : NULL;
}

static const char *read_write(const char *at, const char *name, struct efi_port_write *out)
{
	uint32_t port = 0, value;

	at = behind(at, name);
	if (at != NULL)
		at = read_number(at, UINT16_MAX, &port);
	if (at == NULL || *at++ != ':' || port == 0)
		return NULL;
	at = read_number(at, UINT16_MAX, &value);
	if (at != NULL && is_end(*at))
		*out = (struct efi_port_write){ (uint16_t)port, (uint16_t)value };
	return at;
}

/* One part; NULL where it is not understood. */
static const char *read_part(const char *at, struct efi_options *options)
{
	const char *next = behind(at, "log");

	if (next != NULL)
		options->log = is_end(*next);
	if (next == NULL)
		next = read_write(at, "reset=", &options->reset);
	if (next == NULL)
		next = read_write(at, "poweroff=", &options->poweroff);
	if (next == NULL && (next = behind(at, "smbios=")) != NULL)
		next = read_number(next, UINT32_MAX, &options->smbios);
	return next != NULL && is_end(*next) ? next : NULL;
}

/* Returns where the word ends. */
static const char *read_word(const char *at, struct efi_options *options)
{
	for (;;) {
		const char *next = read_part(at, options);

		if (next == NULL && options->unknown == NULL)
			options->unknown = at;
		for (next = next != NULL ? next : at; !is_end(*next); next++)
			;
		if (*next != ',')
			return next;
		at = next + 1;
	}
}

uint64_t efi_options_read(const char *cmdline, struct efi_options *options, char *out)
{
	const char *word = cmdline;
	const char *rest;
	size_t before, after;

	*options = (struct efi_options){ .log = false };
	while (*word != '\0' && behind(word, WORD) == NULL) {
		while (*word != '\0' && *word != ' ')
			word++;
		while (*word == ' ')
			word++;
	}
	rest = *word != '\0' ? read_word(word + WORD_SIZE, options) : word;
	while (rest != word && *rest == ' ')
		rest++;
	before = (size_t)(word - cmdline);
	for (after = 0; rest[after] != '\0'; after++)
		;
	memcpy(out, cmdline, before);
	memcpy(out + before, rest, after);
	out[before + after] = '\0';
	return before + after;
}
