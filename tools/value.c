/* SPDX-License-Identifier: MIT */
#include "value.h"

#include <string.h>

#define MIB ((uint64_t)1 << 20)

#define MIN_MEMORY MIB
#define MAX_SIZE ((uint64_t)1 << 50) /* 1024T: x86 has 52 bits of address, and a hole is in it */

/* 0 to 15, or 16 for what is no digit of any base. */
static unsigned int digit(char letter)
{
	if (letter >= '0' && letter <= '9')
		return (unsigned int)(letter - '0');
	if (letter >= 'a' && letter <= 'f')
		return (unsigned int)(letter - 'a') + 10;
	if (letter >= 'A' && letter <= 'F')
		return (unsigned int)(letter - 'A') + 10;
	return 16;
}

const char *value_number(const char *text, uint64_t *out)
{
	const int is_hex = strncmp(text, "0x", 2) == 0;
	const unsigned int base = is_hex ? 16 : 10;
	const char *start = is_hex ? text + 2 : text;
	const char *at = start;
	uint64_t number = 0;

	for (; digit(*at) < base; at++) {
		if (number > (UINT64_MAX - digit(*at)) / base)
			return NULL;
		number = number * base + digit(*at);
	}
	if (at == start)
		return NULL;
	*out = number;
	return at;
}

int value_whole_number(const char *text, uint64_t *out)
{
	const char *end = value_number(text, out);

	return end && *end == '\0';
}

const char *value_range(const char *text, uint64_t *start, uint64_t *end)
{
	const char *at = value_number(text, start);

	if (!at || *at != '-')
		return NULL;
	at = value_number(at + 1, end);
	return at && *start < *end ? at : NULL;
}

/* How many bits a unit shifts, or -1. */
static int unit_shift(const char *unit)
{
	static const char letters[] = "KMGT";
	const char *letter;

	if (unit[0] == '\0' || (unit[1] != '\0' && strcmp(unit + 1, "iB") != 0))
		return -1;
	letter = strchr(letters, unit[0] >= 'a' ? unit[0] - 'a' + 'A' : unit[0]);
	return letter ? 10 * (int)(letter - letters + 1) : -1;
}

/* A bare number is refused: other tools take it as bytes, or as MiB. A number that is too
 * large for 64 bits becomes one that is too large for any size. */
static int read_size(const struct command *command, const char *text, uint64_t *out)
{
	const size_t n_digits = strspn(text, "0123456789");
	const int shift = unit_shift(text + n_digits);
	uint64_t number = 0;

	if (n_digits > 0 && text[n_digits] == '\0')
		return misused(command, "'%s' has no unit: write %.16sM or %.16sG", text, text,
			       text);
	if (n_digits == 0 || shift < 0)
		return misused(command, "'%s' is no size such as 512M or 2G", text);
	for (size_t i = 0; i < n_digits && number <= MAX_SIZE; i++)
		number = number * 10 + (uint64_t)(text[i] - '0');
	*out = number > MAX_SIZE >> shift ? UINT64_MAX : number << shift;
	return NO_EXIT;
}

int value_memory(const struct command *command, const char *text, uint64_t *out)
{
	const int code = read_size(command, text, out);

	if (code == NO_EXIT && (*out < MIN_MEMORY || *out > MAX_SIZE))
		return misused(command, "memory must be from 1M to 1024T, not '%s'", text);
	return code;
}

int value_limit(const struct command *command, const char *option, const char *text, uint64_t *out)
{
	const int code = read_size(command, text, out);

	if (code == NO_EXIT && (*out == 0 || *out > MAX_SIZE))
		return misused(command, "--%s must be from 1K to 1024T, not '%s'", option, text);
	return code;
}

int value_word(const struct value_word *words, const char *text, uint32_t *out)
{
	for (; words->word; words++) {
		if (strcmp(words->word, text) == 0) {
			*out = words->value;
			return 1;
		}
	}
	return 0;
}
