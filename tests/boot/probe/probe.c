/* SPDX-License-Identifier: MIT */
/*
 * The verdict. Lines begin with "PROBE: "; the last one is "PROBE: ok" or
 * "PROBE: failed", after a line "PROBE: FAIL what expected … found …" for each
 * deviation. A word lenient=what on the command line makes a deviation that is known
 * of a loader a line "PROBE: known …", which fails nothing.
 */

#include "probe.h"

#include <stddef.h>

#include "console.h"

_Noreturn void probe(uint32_t eflags, uint32_t start_info);

static const char *cmdline;
static bool failed;

/* Behind the beginning, or NULL. */
static const char *behind(const char *text, const char *beginning)
{
	while (*beginning != '\0')
		if (*text++ != *beginning++)
			return NULL;
	return text;
}

static bool is_lenient(const char *what)
{
	const char *text = cmdline;
	const char *end;

	while (text != NULL && *text != '\0') {
		end = behind(text, "lenient=");
		if (end != NULL)
			end = behind(end, what);
		if (end != NULL && (*end == ' ' || *end == '\0'))
			return true;
		while (*text != '\0' && *text++ != ' ')
			;
	}
	return false;
}

static void begin_deviation(const char *what)
{
	bool known = is_lenient(what);

	failed = failed || !known;
	console_text(known ? "PROBE: known " : "PROBE: FAIL ");
	console_text(what);
	console_text(" expected ");
}

void expect(const char *what, uint32_t expected, uint32_t found)
{
	if (found == expected)
		return;
	begin_deviation(what);
	console_hex(expected);
	console_text(" found ");
	console_hex(found);
	console_text("\r\n");
}

void expect_true(const char *what, const char *rule, bool holds)
{
	if (holds)
		return;
	begin_deviation(what);
	console_text(rule);
	console_text(" found otherwise\r\n");
}

/* Called by probe.S. */
void probe(uint32_t eflags, uint32_t start_info)
{
	console_setup();
	console_text("\r\nPROBE: entered\r\n");
	cmdline = start_info_cmdline(start_info);
	registers_check_table();
	registers_take_exceptions();
	registers_check(eflags);
	registers_check_segments();
	start_info_check(start_info);
	registers_check_task();
	console_text(failed ? "PROBE: failed\r\n" : "PROBE: ok\r\n");
	console_drain();
	finish(!failed);
}
