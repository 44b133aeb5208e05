/* SPDX-License-Identifier: MIT */
#include "reserve.h"

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

static void reserve_range(struct handover *handover, const char **text)
{
	struct pvhboot_range range;

	if (!number(text, &range.start) || !skip(text, "-") || !number(text, &range.end) ||
	    (**text != ' ' && **text != '\0'))
		fail("reserve: a range is reserve=0xSTART-0xEND");
	if (range.start >= range.end)
		fail_rule("reserve", "start of a range < its end", range.start, range.end);
	handover_add_memory(handover, range.start, range.end - range.start, PVHBOOT_MAP_RESERVED);
}

void reserve_ranges(struct handover *handover)
{
	const char *text = handover->cmdline;

	while (*text != '\0') {
		if (skip(&text, "reserve="))
			reserve_range(handover, &text);
		while (*text != ' ' && *text != '\0')
			text++;
		while (*text == ' ')
			text++;
	}
}
