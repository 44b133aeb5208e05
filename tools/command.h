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

struct command {
	const char *name;
	const char *usage;     /* one line, what follows "pvhboot NAME" */
	const char *summary;   /* one line for the list of commands */
	const char *help;      /* what follows the usage line in --help */
	const char *more_help; /* what follows that: C has no literals above 4095 bytes. Or NULL */
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

/* The same for what getopt_long() returned, ':' or '?', about argv[optind - 1]. */
int misused_option(const struct command *command, int returned, char **argv);

/* Takes an argument that is no option: *path, of which there can be one only.
 * Returns NO_EXIT, or EXIT_USAGE after a complaint. */
int take_path(const struct command *command, const char **path, const char *argument);

/* Prints the usage line and the help of a command. Returns EXIT_DONE. */
int print_help(const struct command *command);

#endif
