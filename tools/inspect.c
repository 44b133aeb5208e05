/* SPDX-License-Identifier: MIT */
/* pvhboot inspect: what a file is, and how it wants to be entered. */
#include "command.h"
#include "inspect_print.h"
#include "load.h"

#include <getopt.h>

struct options {
	const char *path;
	struct load_options load;
	int json;
};

static const char help[] =
	"\n"
	"Shows what a kernel file is: its container and compression, the PVH entry point,\n"
	"whether the kernel can be moved, its segments, and its notes. FILE is an ELF image or\n"
	"a Linux bzImage, either of them compressed, or a unified kernel image (UKI); '-' is\n"
	"standard input.\n"
	"\n"
	"      --compat xen  accept what only Xen's domain builder accepts\n"
	"      --strict      refuse where there is a warning\n"
	"  -j, --json        print one JSON object: addresses are hex strings, sizes and\n"
	"                    offsets numbers; what is not printable ASCII is one \\u00NN a\n"
	"                    byte; names and strings of notes are cut at 256 bytes\n"
	"  -h, --help        print this\n"
	"\n"
	"Offsets are those in the unpacked ELF image; an end is the address behind the last byte.\n"
	"\n"
	"JSON, null where there is none of it: file, file_size, container (elf, bzimage, pe,\n"
	"compressed), protocol, compression, packed_size, unpacked_size; uki with initrd_size,\n"
	"cmdline, uname, system (PRETTY_NAME or the first line of .osrel); class, machine, entry,\n"
	"start, end; relocatable with align, min, max; build_id, two digits a byte; features with\n"
	"supported, required (names, or \"bit N\"), complete (what is not listed is not\n"
	"supported); symbols, which the kernel wants behind it, with gpa, size; segments, a list\n"
	"of index, paddr, offset, filesz, memsz, flags; notes, a list of name, type, type_name,\n"
	"size, offset, value; warnings, a list of strings.\n"
	"\n"
	"Example: pvhboot inspect --json /boot/vmlinuz | jq -r .entry\n";

/* Options without a letter. */
enum long_option {
	OPTION_COMPAT = 0x100,
	OPTION_STRICT,
};

/* Returns NO_EXIT when there is a file to inspect. */
static int parse(const struct command *command, int argc, char **argv, struct options *out)
{
	static const struct option table[] = {
		{ "compat", required_argument, NULL, OPTION_COMPAT },
		{ "strict", no_argument, NULL, OPTION_STRICT },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int code = NO_EXIT;
	int option;

	/* '-': arguments that are no options come in their place, as 1, whatever
	 * POSIXLY_CORRECT says. ':': we complain ourselves. */
	while (code == NO_EXIT && (option = getopt_long(argc, argv, "-:jh", table, NULL)) != -1) {
		if (option == 1)
			code = take_path(command, &out->path, optarg);
		else if (option == OPTION_COMPAT)
			code = take_compat(command, &out->load.kernel_flags, optarg);
		else if (option == OPTION_STRICT)
			out->load.strict = 1;
		else if (option == 'j')
			out->json = 1;
		else if (option == 'h')
			return print_help(command);
		else
			return misused_option(command, option, argv);
	}
	for (; code == NO_EXIT && optind < argc; optind++)
		code = take_path(command, &out->path, argv[optind]);
	if (code == NO_EXIT && !out->path)
		return misused(command, "FILE is missing");
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options options = { .path = NULL };
	struct loaded loaded;
	int code = parse(command, argc, argv, &options);

	if (code != NO_EXIT)
		return code;
	code = load_file(options.path, &loaded);
	if (code == NO_EXIT)
		code = load_kernel(options.path, &options.load, &loaded);
	if (code == NO_EXIT) {
		if (options.json)
			inspect_print_json(options.path, &loaded);
		else
			inspect_print_text(options.path, &loaded);
		code = EXIT_DONE;
	}
	load_release(&loaded);
	return code;
}

const struct command inspect_command = {
	.name = "inspect",
	.usage = "FILE [--compat xen] [--strict] [--json]",
	.summary = "show what a kernel file is and how it is entered",
	.help = help,
	.run = run,
};
