/* SPDX-License-Identifier: MIT */
/* What the subcommands and main() have in common: their table, exit codes, complaints. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdint.h>

enum exit_code {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1, /* a file, memory or the output; one line on stderr says why */
	EXIT_USAGE = 2,
};

/* Means "go on" where an exit code would mean "leave". */
#define NO_EXIT (-1)

struct option_row;

struct command {
	const char *name;
	const char *usage;   /* one line, what follows "pvhboot NAME" */
	const char *summary; /* one line for the list of commands */
	const char *about;   /* of --help: the paragraphs in front of the options, */
	const struct option_row *options;
	const char *notes; /* and those behind them */
	int (*run)(const struct command *command, int argc, char **argv);
	int lost; /* exit code where its output cannot be written; 0: EXIT_REFUSED */
};

extern const struct command bundle_command;
extern const struct command check_command;
extern const struct command diff_command;
extern const struct command inspect_command;
extern const struct command plan_command;
extern const struct command unpack_command;

/*
 * Writes "pvhboot: ", the message and a line feed to stderr. Whatever the message
 * holds, file names included, it stays one line of printable ASCII.
 */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/* Complains and adds the usage line. Returns EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int misused(const struct command *command, const char *format,
						  ...);

/* Prints the usage line and the help of a command. Returns EXIT_DONE. */
int print_help(const struct command *command);

#endif
