/* SPDX-License-Identifier: MIT */
/* The pvhboot command: what libpvhboot sees in a kernel, without a guest. */
#include "command.h"

#include "options.h"
#include "progress.h"
#include "sandbox.h"
#include "text.h"

#include <errno.h>
#include <pvhboot/version.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Fits a path of PATH_MAX; what is longer is cut. */
#define MAX_MESSAGE 8192

static const struct command *const commands[] = {
	&inspect_command, &plan_command, &check_command, &unpack_command,
#ifdef HAVE_BUNDLE
	&bundle_command,
#endif
	&diff_command,
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

__attribute__((format(printf, 2, 0))) static void complain_as(const char *who, const char *format,
							      va_list arguments)
{
	char message[MAX_MESSAGE];

	progress_end();
	vsnprintf(message, sizeof(message), format, arguments);
	fprintf(stderr, "%s: ", who);
	text_put(stderr, message, strlen(message));
	fputc('\n', stderr);
}

void complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complain_as("pvhboot", format, arguments);
	va_end(arguments);
}

static void put_usage(FILE *out, const struct command *command)
{
	if (command)
		fprintf(out, "Usage: pvhboot %s %s\n", command->name, command->usage);
	else
		fputs("Usage: pvhboot [--no-sandbox] COMMAND [ARGUMENT]..., or pvhboot --help | "
		      "--version\n",
		      out);
}

int misused(const struct command *command, const char *format, ...)
{
	char who[32];
	va_list arguments;

	snprintf(who, sizeof(who), "pvhboot%s%s", command ? " " : "", command ? command->name : "");
	va_start(arguments, format);
	complain_as(who, format, arguments);
	va_end(arguments);
	put_usage(stderr, command);
	return EXIT_USAGE;
}

int print_help(const struct command *command)
{
	put_usage(stdout, command);
	printf("\n%s\n", command->about);
	options_print(command->options);
	printf("\n%s", command->notes);
	return EXIT_DONE;
}

static int print_overview(void)
{
	put_usage(stdout, NULL);
	fputs("\nShows how a kernel boots through the PVH entry, without starting a guest,\n"
	      "and makes files that boot so.\n\n"
	      "Commands:\n",
	      stdout);
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-8s  %s\n", commands[i]->name, commands[i]->summary);
	fputs("  help      print this, or the help of a command: pvhboot help COMMAND\n\n"
	      "Once its files are read, the command gives up all system calls but those for\n"
	      "output and memory, where the system can do that (Linux, seccomp). With\n"
	      "--no-sandbox, which comes first, it keeps them.\n\n"
	      "Files may be pipes, and '-' is standard input.\n"
	      "On a terminal a line on standard error tells of what takes long; --quiet, which\n"
	      "each command has, leaves it out. There is no colour. NO_COLOR is not looked at.\n\n"
	      "Exit: 0 success, 1 a file is refused (one line on stderr), 2 wrong usage. Of diff,\n"
	      "as of diff(1): 0 no difference, 1 differences, 2 trouble of either kind.\n",
	      stdout);
	return EXIT_DONE;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int run_help(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2)
		return print_overview();
	if (argc > 2)
		return misused(NULL, "help takes one command");
	command = find_command(argv[1]);
	if (!command)
		return misused(NULL, "unknown command '%s'", argv[1]);
	return print_help(command);
}

/* *lost becomes the exit code where the output cannot be written. */
static int run(int argc, char **argv, int *lost)
{
	const struct command *command;
	const char *word = argc > 1 ? argv[1] : NULL;

	if (word && strcmp(word, "--no-sandbox") == 0) {
		sandbox_switch_off();
		argc--;
		argv++;
		word = argv[1];
	}
	if (!word)
		return misused(NULL, "no command given");
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		if (argc > 2)
			return misused(NULL, "%s stands alone", word);
		return print_overview();
	}
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		if (argc > 2)
			return misused(NULL, "%s stands alone", word);
		printf("pvhboot %s\n", pvhboot_version());
		return EXIT_DONE;
	}
	if (strcmp(word, "help") == 0)
		return run_help(argc - 1, argv + 1);
	command = find_command(word);
	if (!command)
		return misused(NULL, "unknown %s '%s'", word[0] == '-' ? "option" : "command",
			       word);
	if (command->lost)
		*lost = command->lost;
	return command->run(command, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int lost = EXIT_REFUSED;
	int code;

	/* A complaint is written in one piece, whatever else writes to the same terminal. */
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	code = run(argc, argv, &lost);
	/* A full disk shows at the latest here, and output that is lost is no success. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain("cannot write the output: %s", strerror(errno));
		return lost;
	}
	return code;
}
