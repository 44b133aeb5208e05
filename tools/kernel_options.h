/* SPDX-License-Identifier: MIT */
/* How a kernel file is read: the options that all commands but check have in common. */
#ifndef KERNEL_OPTIONS_H
#define KERNEL_OPTIONS_H

#include "command.h"

#include <pvhboot/boot.h>

/* None of them has a letter. Those of a command start at OPTION_OWN. */
enum kernel_option {
	OPTION_PROFILE = 0x100,
	OPTION_MAX_OUTPUT,
	OPTION_MAX_MEMORY,
	OPTION_COMPAT,
	OPTION_STRICT,
	OPTION_OWN,
};

/* Rows of a table of getopt_long(). */
/* clang-format off */
#define KERNEL_OPTIONS                                                \
	{ "profile", required_argument, NULL, OPTION_PROFILE },       \
	{ "max-output", required_argument, NULL, OPTION_MAX_OUTPUT }, \
	{ "max-memory", required_argument, NULL, OPTION_MAX_MEMORY }, \
	{ "compat", required_argument, NULL, OPTION_COMPAT },         \
	{ "strict", no_argument, NULL, OPTION_STRICT }
/* clang-format on */

/* Takes one of these options. --strict becomes PVHBOOT_OPTION_STRICT. Returns NO_EXIT, or
 * EXIT_USAGE after a complaint. */
int kernel_option_take(const struct command *command, int option, const char *value,
		       struct pvhboot_options *out);

#endif
