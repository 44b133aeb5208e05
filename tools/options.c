/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "progress.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define MAX_ROWS 64

/* What getopt_long() returns for row i that has no letter: above all letters. */
#define CODE 0x100

/* The table that was read last. */
static const struct option_row *known;

void *option_member(void *options, const struct option_row *row)
{
	return (char *)options + row->at;
}

int option_set(const struct command *command, const struct option_row *row, char *value,
	       void *options)
{
	(void)command;
	(void)value;
	*(int *)option_member(options, row) = 1;
	return NO_EXIT;
}

int option_text(const struct command *command, const struct option_row *row, char *value,
		void *options)
{
	(void)command;
	*(const char **)option_member(options, row) = value;
	return NO_EXIT;
}

int option_bits(const struct command *command, const struct option_row *row, char *value,
		void *options)
{
	(void)command;
	(void)value;
	*(uint32_t *)option_member(options, row) |= row->bits;
	return NO_EXIT;
}

int option_path(const struct command *command, const struct option_row *row, char *value,
		void *options)
{
	const char **path = option_member(options, row);

	if (*path)
		return misused(command, "more than one FILE: '%s'", value);
	*path = value;
	return NO_EXIT;
}

int option_quiet(const struct command *command, const struct option_row *row, char *value,
		 void *options)
{
	(void)command;
	(void)row;
	(void)value;
	(void)options;
	progress_forbid();
	return NO_EXIT;
}

int option_help(const struct command *command, const struct option_row *row, char *value,
		void *options)
{
	(void)row;
	(void)value;
	(void)options;
	return print_help(command);
}

/* ---- Reading --------------------------------------------------------------------- */

struct tables {
	struct option names[MAX_ROWS + 1];
	char letters[2 * MAX_ROWS + 3];
};

static int code_of(const struct option_row *rows, size_t i)
{
	return rows[i].letter ? rows[i].letter : CODE + (int)i;
}

/* For getopt_long(). '-': arguments that are no options come in their place, as 1, whatever
 * POSIXLY_CORRECT says. ':': we complain ourselves. */
static void fill(const struct option_row *rows, struct tables *out)
{
	char *letter = out->letters;
	size_t n = 0;

	*letter++ = '-';
	*letter++ = ':';
	for (size_t i = 0; rows[i].name && n < MAX_ROWS; i++) {
		const int has_value = rows[i].value != NULL;

		/* one that is listed twice, for two kinds of value, would be ambiguous */
		if (rows[i].name[0] == '\0' || (i > 0 && !strcmp(rows[i].name, rows[i - 1].name)))
			continue;
		out->names[n].name = rows[i].name;
		out->names[n].has_arg = has_value ? required_argument : no_argument;
		out->names[n++].val = code_of(rows, i);
		if (rows[i].letter)
			*letter++ = rows[i].letter;
		if (rows[i].letter && has_value)
			*letter++ = ':';
	}
}

/* The row of what getopt_long() returned, or NULL; 1 is an argument that is no option. */
static const struct option_row *row_of(const struct option_row *rows, int code)
{
	for (size_t i = 0; rows[i].name; i++)
		if (code == 1 ? rows[i].name[0] == '\0' : code_of(rows, i) == code)
			return &rows[i];
	return NULL;
}

/* What getopt_long() returned, ':' or '?', about argv[optind - 1], or about a letter of the group
 * behind that. */
static int misused_option(const struct command *command, int returned, char **argv)
{
	const char *option = argv[optind - 1];
	/* In a group such as -jx the argument does not tell which letter is meant. */
	char letter[3] = { '-', (char)optopt, '\0' };

	if (returned == ':')
		return misused(command, "option '%s' needs a value", option);
	if (optopt == 0)
		return misused(command, "unknown or ambiguous option '%s'", option);
	if (strncmp(option, "--", 2) == 0 && row_of(command->options, optopt))
		return misused(command, "option '%s' takes no value", option);
	return misused(command, "unknown option '%s'", letter);
}

/* The value of what is no option is the argument itself. */
static int take(const struct command *command, int code, char *value, void *options)
{
	const struct option_row *row = row_of(command->options, code);

	return row ? row->take(command, row, value, options) : NO_EXIT;
}

int options_read(const struct command *command, int argc, char **argv, void *options)
{
	struct tables tables = { .letters = "" };
	int code = NO_EXIT;
	int option;

	known = command->options;
	fill(known, &tables);
	while (code == NO_EXIT &&
	       (option = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
		if (option == '?' || option == ':')
			code = misused_option(command, option, argv);
		else
			code = take(command, option, optarg, options);
	}
	for (; code == NO_EXIT && optind < argc; optind++)
		code = take(command, 1, argv[optind], options);
	return code;
}

int options_has(const char *name)
{
	for (const struct option_row *row = known; row && row->name; row++)
		if (strcmp(row->name, name) == 0)
			return 1;
	return 0;
}

/* ---- Help ------------------------------------------------------------------------ */

#define WIDTH 90
#define MAX_LEAD 30 /* what is longer stands on a line of its own */

/* "  -m, --memory SIZE". Returns its length. */
static int write_lead(char *out, size_t size, const struct option_row *row)
{
	char letter[8] = "    ";

	if (row->letter)
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	return snprintf(out, size, "  %s--%s%s%s", letter, row->name, row->value ? " " : "",
			row->value ? row->value : "");
}

/* Prints words from a column on, where the line stands at *at. */
static void print_words(const char *text, int at, int column)
{
	while (*text) {
		const int size = (int)strcspn(text, " ");

		if (at > column && at + 1 + size > WIDTH) {
			putchar('\n');
			at = 0;
		}
		at += at > column ? printf(" %.*s", size, text) :
				    printf("%*s%.*s", column - at, "", size, text);
		text += size;
		text += strspn(text, " ");
	}
	putchar('\n');
}

void options_print(const struct option_row *rows)
{
	char lead[128];
	int column = 0;

	for (const struct option_row *row = rows; row->name; row++) {
		const int size = row->name[0] ? write_lead(lead, sizeof(lead), row) : 0;

		if (size <= MAX_LEAD && size + 2 > column)
			column = size + 2;
	}
	for (const struct option_row *row = rows; row->name; row++) {
		int at;

		if (row->name[0] == '\0')
			continue;
		at = write_lead(lead, sizeof(lead), row);
		fputs(lead, stdout);
		if (at >= column) {
			putchar('\n');
			at = 0;
		}
		print_words(row->text, at, column);
	}
}
