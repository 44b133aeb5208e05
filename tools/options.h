/* SPDX-License-Identifier: MIT */
/* The options of a command as a table: how they are read, and what --help says of them. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "command.h"

#include <stddef.h>

struct option_row;

/* Takes a value, which is NULL where the option has none, into the command's own struct. Returns
 * NO_EXIT, or an exit code, after a complaint where that is EXIT_USAGE. */
typedef int option_take(const struct command *command, const struct option_row *row, char *value,
			void *options);

struct option_row {
	const char *name;  /* without dashes. "": what is no option. NULL ends the table */
	char letter;       /* 0: there is none */
	const char *value; /* as --help calls it. NULL: there is none */
	const char *text;  /* of --help, which breaks the lines */
	option_take *take;
	size_t at;     /* of a member of that struct, for take */
	uint32_t bits; /* for take */
};

/* Takes that many options have in common. The member is ... */
option_take option_set;  /* an int, which becomes 1 */
option_take option_text; /* a const char *, which becomes the value; the last one counts */
option_take option_bits; /* a uint32_t, to which bits are added */
option_take option_path; /* a const char *, of which there can be one */
option_take option_quiet;
option_take option_help;

/* The member. */
void *option_member(void *options, const struct option_row *row);

#define OPTION_JSON_TEXT                                                                           \
	"print one JSON object, by the schema in share/pvhboot: addresses are hex strings, "       \
	"sizes and "                                                                               \
	"offsets numbers; what is not printable ASCII is one \\u00NN a byte"

#define OPTION_FORCE_TEXT                                                                          \
	"replace OUT, if it is there; where OUT is a link, the link and not what it leads to"

/* The last rows of each table. */
/* clang-format off */
#define OPTIONS_OF_ALL \
	{ "quiet", 'q', NULL, "no progress on standard error, which a terminal shows of " \
	  "what takes " \
	  "long: errors alone", option_quiet, 0, 0 }, \
	{ "help", 'h', NULL, "print this", option_help, 0, 0 }, \
	{ NULL, 0, NULL, NULL, NULL, 0, 0 }
/* clang-format on */

/* Reads the arguments by the table of the command. Returns NO_EXIT, or an exit code. */
int options_read(const struct command *command, int argc, char **argv, void *options);

/* What --help says of them. */
void options_print(const struct option_row *rows);

/* 1 when a command that was read has this option. */
int options_has(const char *name);

#endif
