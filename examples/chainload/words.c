/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <stdbool.h>
#include <stddef.h>

#include "report.h"

static bool skip(const char **text, const char *expected)
{
	const char *at = *text;

	while (*expected != '\0') {
		if (*at++ != *expected++)
			return false;
	}
	*text = at;
	return true;
}

static bool digit(char c, uint64_t *value)
{
	if (c >= '0' && c <= '9')
		*value = (uint64_t)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*value = (uint64_t)(c - 'a') + 10;
	else
		return false;
	return true;
}

/* "0x" and 1 to 16 hexadecimal digits. */
static bool number(const char **text, uint64_t *value)
{
	uint64_t next;
	int n = 0;

	if (!skip(text, "0x"))
		return false;
	for (*value = 0; digit(**text, &next); ++*text, n++) {
		if (n == 16)
			return false;
		*value = *value << 4 | next;
	}
	return n > 0;
}

static bool at_end(const char *text)
{
	return *text == ' ' || *text == '\0';
}

static void reserve_range(struct handover *handover, const char **text)
{
	struct pvhboot_range range;

	if (!number(text, &range.start) || !skip(text, "-") || !number(text, &range.end) ||
	    !at_end(*text))
		fail("reserve: a range is reserve=0xSTART-0xEND");
	if (range.start >= range.end)
		fail_rule("reserve", "start of a range < its end", range.start, range.end);
	handover_add_memory(handover, range.start, range.end - range.start, PVHBOOT_MAP_RESERVED);
}

static struct pvhboot_bytes value(const char *text)
{
	struct pvhboot_bytes value = { (const uint8_t *)text, 0 };

	while (!at_end(text + value.size))
		value.size++;
	return value;
}

static uint32_t entry(const char *text)
{
	uint32_t kind = PVHBOOT_ENTRY_AUTO;

	if (!entry_by_name(value(text), &kind))
		fail("entry: a name is " ENTRY_NAMES);
	return kind;
}

static void read_entropy(const char *text, struct words *words)
{
	words->n_entropy = entry_entropy(value(text), words->entropy);
	if (words->n_entropy == 0)
		fail("entropy: two hexadecimal digits for each of 1 to 48 bytes");
}

static bool is_word(const char *text, const char *word)
{
	return skip(&text, word) && at_end(text);
}

struct words words_read(struct handover *handover)
{
	struct words words = { .entry = PVHBOOT_ENTRY_AUTO };
	const char *text = handover->cmdline;

	while (*text != '\0') {
		if (skip(&text, "reserve="))
			reserve_range(handover, &text);
		else if (skip(&text, "entry="))
			words.entry = entry(text);
		else if (skip(&text, "entropy="))
			read_entropy(text, &words);
		else if (is_word(text, "kaslr"))
			words.flags |= PVHBOOT_REQUEST_KASLR;
		else if (is_word(text, "random"))
			words.flags |= PVHBOOT_REQUEST_RNG_SEED;
		else if (is_word(text, "join"))
			words.flags |= PVHBOOT_REQUEST_JOIN;
		else if (is_word(text, "high-modules"))
			words.flags |= PVHBOOT_REQUEST_MODULES_ABOVE_4GIB;
		while (!at_end(text))
			text++;
		while (*text == ' ')
			text++;
	}
	return words;
}
