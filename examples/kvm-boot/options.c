/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "report.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define MIB ((uint64_t)1 << 20)
#define DEFAULT_MEMORY (512 * MIB)
#define MIN_MEMORY (2 * MIB)           /* the first of them ends in ROM, and has none above */
#define MAX_MEMORY ((uint64_t)1 << 40) /* 1 TiB: any KVM host has as many address bits */

static const char help[] =
	"Usage: kvm-boot [OPTION]... KERNEL\n"
	"\n"
	"Boots a kernel in a machine of its own: processors, RAM, interrupt controllers, a\n"
	"timer, and a serial port, which is this terminal. Ctrl-C ends it.\n"
	"\n"
	"  -m, --memory SIZE            RAM of the guest: 256M, 2G; 512M without this option\n"
	"      --cpus N                 processors, 1 to 8; 1 without this option\n"
	"      --module FILE[=CMDLINE]  a module; for Linux the first is the initrd; up to 16\n"
	"      --cmdline TEXT           command line of the kernel\n"
	"      --entry NAME             how it is entered: auto, pvh, linux64, bzimage64,\n"
	"                               bzimage32 or efi; without it, auto\n"
	"      --kaslr                  put it at a random address\n"
	"      --random                 give it a seed for its random numbers\n"
	"      --entropy HEX            the random bytes for these: 16 and 32, not the system's\n"
	"  -h, --help                   print this\n"
	"\n"
	"KERNEL is any file that libpvhboot takes: vmlinuz, ELF, compressed, unified image.\n"
	"Exit: 0 the guest reset or powered off the machine, or halted with interrupts off;\n"
	"      1 the kernel or a module cannot be booted; 2 wrong usage; 3 KVM cannot run it;\n"
	"      4 the guest crashed (triple fault), or halted without having set up anything;\n"
	"      128 and more: ended by that signal.\n"
	"\n"
	"Example: kvm-boot --module initrd.img --cmdline 'console=ttyS0 panic=-1' vmlinuz\n";

static int misused(const char *argument, const char *why)
{
	complain("'%s' %s (see --help)", argument, why);
	return EXIT_USAGE;
}

static int parse_memory(const char *text, uint64_t *out)
{
	const size_t n_digits = strspn(text, "0123456789");
	const char *unit = text + n_digits;
	uint64_t number = 0, size;

	if (n_digits == 0 || (strcmp(unit, "M") != 0 && strcmp(unit, "G") != 0))
		return misused(text, "is no size such as 512M or 2G");
	for (size_t i = 0; i < n_digits && number <= MAX_MEMORY; i++)
		number = number * 10 + (uint64_t)(text[i] - '0');
	size = unit[0] == 'G' ? 1024 * MIB : MIB;
	if (number > MAX_MEMORY / size || number * size < MIN_MEMORY)
		return misused(text, "is no memory size from 2M to 1024G");
	*out = number * size;
	return NO_EXIT;
}

static int parse_cpus(const char *text, unsigned int *out)
{
	if (text[0] < '1' || text[0] > '0' + MAX_CPUS || text[1] != '\0')
		return misused(text, "is no number of processors from 1 to 8");
	*out = (unsigned int)(text[0] - '0');
	return NO_EXIT;
}

static int add_module(struct options *options, char *argument)
{
	struct option_module *module = &options->modules[options->n_modules];
	char *separator = strchr(argument, '=');

	if (options->n_modules == MAX_MODULES)
		return misused(argument, "is one module too many: 16 are possible");
	module->path = argument;
	if (separator) {
		*separator = '\0';
		module->cmdline = separator + 1;
	}
	options->n_modules++;
	return NO_EXIT;
}

static int take_entry(const char *name, uint32_t *out)
{
	if (entry_by_name(pvhboot_text(name), out))
		return NO_EXIT;
	return misused(name, "is no entry: give " ENTRY_NAMES);
}

static int take_entropy(const char *text, struct options *out)
{
	out->n_entropy = entry_entropy(pvhboot_text(text), out->entropy);
	if (out->n_entropy > 0)
		return NO_EXIT;
	return misused(text, "is no entropy: give two digits of 0-9 and a-f a byte");
}

static int take_option(int option, const char *argument, struct options *out)
{
	switch (option) {
	case 'm':
		return parse_memory(optarg, &out->memory);
	case 'p':
		return parse_cpus(optarg, &out->cpus);
	case 'i':
		return add_module(out, optarg);
	case 'c':
		out->cmdline = optarg;
		return NO_EXIT;
	case 'e':
		return take_entry(optarg, &out->entry);
	case 'k':
		out->flags |= PVHBOOT_REQUEST_KASLR;
		return NO_EXIT;
	case 'r':
		out->flags |= PVHBOOT_REQUEST_RNG_SEED;
		return NO_EXIT;
	case 'n':
		return take_entropy(optarg, out);
	case 'h':
		fputs(help, stdout);
		return EXIT_ENDED;
	case ':':
		return misused(argument, "needs a value");
	default:
		return misused(argument, "is no option");
	}
}

int options_parse(int argc, char **argv, struct options *out)
{
	static const struct option table[] = {
		{ "memory", required_argument, NULL, 'm' },
		{ "cpus", required_argument, NULL, 'p' },
		{ "module", required_argument, NULL, 'i' },
		{ "cmdline", required_argument, NULL, 'c' },
		{ "entry", required_argument, NULL, 'e' },
		{ "kaslr", no_argument, NULL, 'k' },
		{ "random", no_argument, NULL, 'r' },
		{ "entropy", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int code = NO_EXIT;
	int option;

	*out = (struct options){ .memory = DEFAULT_MEMORY, .cpus = 1 };
	/* ':': we complain ourselves. */
	while (code == NO_EXIT && (option = getopt_long(argc, argv, ":m:h", table, NULL)) != -1)
		code = take_option(option, argv[optind - 1], out);
	if (code != NO_EXIT)
		return code;
	if (optind == argc)
		return misused("KERNEL", "is missing");
	if (argc - optind > 1)
		return misused(argv[optind + 1], "is one KERNEL too many");
	out->kernel = argv[optind];
	return NO_EXIT;
}
