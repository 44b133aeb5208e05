/* SPDX-License-Identifier: MIT */
/* pvhboot unpack: the ELF image in a kernel file, or a part of a UKI, as a file. */
#include "../lib/image/pe.h"
#include "../lib/kernel/relocs.h"
#include "command.h"
#include "file.h"
#include "kernel_options.h"
#include "output.h"
#include "report.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
	const char *path;
	const char *out;
	const char *part; /* NULL: the unpacked kernel */
	struct pvhboot_options library;
	int raw;
	int force;
	struct file file;
};

static const char help[] =
	"\n"
	"Writes the kernel in a file as an unpacked ELF image (vmlinux), which QEMU,\n"
	"Firecracker and Cloud Hypervisor take. FILE is what pvhboot inspect takes; '-' is\n"
	"standard input. The image ends where its headers say: the relocations that Linux has\n"
	"behind it are left out.\n"
	"\n"
	"  -o, --output OUT       write to OUT, which appears once it is whole; '-', and without\n"
	"                         it, standard output, which may not be a terminal\n"
	"      --force            replace OUT, if it is there\n"
	"      --raw              all that was packed, with what follows the image\n"
	"      --part NAME        of a unified kernel image (UKI), this part as it is: kernel,\n"
	"                         initrd, cmdline, ucode, osrel, uname, or any other section\n"
	"                         (its name without the point, such as dtb, sbat)\n"
	"      --profile N|ID     of a UKI, this profile: its number, from 0 on, or its ID;\n"
	"                         without it, 0\n"
	"      --max-output SIZE  refuse a kernel that unpacks to more; 1G without it\n"
	"      --max-memory SIZE  refuse a file that takes more memory to unpack; 256M without it\n"
	"      --compat xen       accept what only Xen's domain builder accepts\n"
	"      --strict           refuse where there is a warning\n"
	"  -h, --help             print this\n"
	"\n"
	"A part of the profile is taken before one of the base. Its size is the section's in\n"
	"memory, so that no padding is behind it.\n"
	"\n"
	"Example: pvhboot unpack /boot/vmlinuz -o vmlinux\n";

enum long_option {
	OPTION_FORCE = OPTION_OWN,
	OPTION_RAW,
	OPTION_PART,
};

static int take_option(const struct command *command, int option, char **argv, struct options *out)
{
	switch (option) {
	case 1:
		return take_path(command, &out->path, optarg);
	case 'o':
		out->out = optarg;
		return NO_EXIT;
	case OPTION_FORCE:
		out->force = 1;
		return NO_EXIT;
	case OPTION_RAW:
		out->raw = 1;
		return NO_EXIT;
	case OPTION_PART:
		out->part = optarg;
		return NO_EXIT;
	case 'h':
		return print_help(command);
	case '?':
	case ':':
		return misused_option(command, option, argv);
	default:
		return kernel_option_take(command, option, optarg, &out->library);
	}
}

/* Returns NO_EXIT when there is a file to unpack. */
static int parse(const struct command *command, int argc, char **argv, struct options *out)
{
	static const struct option table[] = {
		KERNEL_OPTIONS,
		{ "output", required_argument, NULL, 'o' },
		{ "force", no_argument, NULL, OPTION_FORCE },
		{ "raw", no_argument, NULL, OPTION_RAW },
		{ "part", required_argument, NULL, OPTION_PART },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int code = NO_EXIT;
	int option;

	/* '-': arguments that are no options come in their place, as 1, whatever
	 * POSIXLY_CORRECT says. ':': we complain ourselves. */
	while (code == NO_EXIT && (option = getopt_long(argc, argv, "-:o:h", table, NULL)) != -1)
		code = take_option(command, option, argv, out);
	for (; code == NO_EXIT && optind < argc; optind++)
		code = take_path(command, &out->path, argv[optind]);
	if (code != NO_EXIT)
		return code;
	if (!out->path)
		return misused(command, "FILE is missing");
	if (out->part && out->raw)
		return misused(command, "--raw is for the kernel, not for --part");
	return NO_EXIT;
}

/* The ELF file without what follows it. The library has opened it, so that its header is good. */
static struct pvhboot_bytes elf_alone(struct pvhboot_bytes image)
{
	struct pvhb_elf elf;

	if (pvhb_elf_check(image, &elf, NULL) == PVHBOOT_OK)
		image.size = (size_t)pvhb_relocs_offset(&pvhb_elf_core, &elf);
	return image;
}

static int write_kernel(const struct output *out, const struct options *options)
{
	struct pvhboot_diag diag = { .status = PVHBOOT_OK };
	struct pvhboot_loaded loaded = { .buffer = { NULL, 0 } };
	struct pvhboot_kernel kernel;
	enum pvhboot_status status =
		pvhboot_image_load(options->file.bytes, &options->library, &loaded, &diag);
	int code;

	if (status == PVHBOOT_OK)
		status = pvhboot_kernel_open_linux(loaded.elf, loaded.image.bzimage,
						   options->library.kernel_flags, &kernel, &diag);
	/* it is entered through the bzImage alone, but it is what the file holds */
	if (status == PVHBOOT_NOTPVH && loaded.image.bzimage.size > 0)
		status = PVHBOOT_OK;
	code = refuse_unless_good(status, options->path, &options->library, &diag);
	if (code == NO_EXIT)
		code = output_put(out, options->raw ? loaded.elf : elf_alone(loaded.elf));
	free(loaded.buffer.data);
	return code == NO_EXIT ? EXIT_DONE : code;
}

/* The number, plus 1, of the section of this name that counts for the profile: its own before the
 * base's. 0: there is none. */
static uint32_t find_section(const struct pvhb_pe *pe, uint32_t profile, const char *name)
{
	uint32_t n_profiles = 0; /* so far: the base is in front of them */
	uint32_t base = 0;

	for (uint32_t i = 0; i < pe->n_sections; i++) {
		if (pvhb_pe_is_named(pe, i, ".profile"))
			n_profiles++;
		if (!pvhb_pe_is_named(pe, i, name))
			continue;
		if (n_profiles == profile + 1)
			return i + 1;
		if (n_profiles == 0 && base == 0)
			base = i + 1;
	}
	return base;
}

/* Finds the part of a UKI that was probed. Returns NULL, or what is wrong. */
static const char *find_part(const struct pvhboot_image *image, const char *part,
			     struct pvhboot_bytes *out)
{
	char name[PVHB_PE_NAME_SIZE + 1];
	struct pvhb_pe_span span;
	struct pvhb_pe pe;
	uint32_t section = 0;

	if (image->container != PVHBOOT_CONTAINER_PE ||
	    pvhb_pe_open(image->file, &pe, NULL) != PVHBOOT_OK)
		return "no unified kernel image, so it has no parts";
	if (strcmp(part, "kernel") == 0)
		part = "linux";
	if (snprintf(name, sizeof(name), ".%s", part) < (int)sizeof(name)) /* else there is none */
		section = find_section(&pe, image->uki.profile, name);
	if (section == 0)
		return "no such part in this profile or in the base";
	if (!pvhb_pe_section(&pe, section - 1, &span))
		return "the part does not lie in the file";
	*out = (struct pvhboot_bytes){ image->file.data + span.offset, (size_t)span.size };
	return NULL;
}

static int write_part(const struct output *out, const struct options *options)
{
	struct pvhboot_diag diag = { .status = PVHBOOT_OK };
	struct pvhboot_bytes bytes = { NULL, 0 };
	struct pvhboot_image image;
	const enum pvhboot_status status =
		pvhboot_image_probe(options->file.bytes, &options->library, &image, &diag);
	int code = refuse_unless_good(status, options->path, &options->library, &diag);
	const char *wrong;

	if (code != NO_EXIT)
		return code;
	wrong = find_part(&image, options->part, &bytes);
	if (wrong) {
		complain("%s: %s: %s", file_label(options->path), options->part, wrong);
		return EXIT_REFUSED;
	}
	code = output_put(out, bytes);
	return code == NO_EXIT ? EXIT_DONE : code;
}

static int make(const struct output *out, void *context)
{
	const struct options *options = context;

	return options->part ? write_part(out, options) : write_kernel(out, options);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options options = { .path = NULL };
	struct output out;
	int code = parse(command, argc, argv, &options);

	if (code == NO_EXIT)
		code = file_read(options.path, &options.file);
	if (code == NO_EXIT)
		code = output_open(options.out, options.force, &out);
	if (code == NO_EXIT)
		code = output_make(&out, make, &options);
	file_release(&options.file);
	return code;
}

const struct command unpack_command = {
	.name = "unpack",
	.usage = "FILE [-o OUT] [--part NAME] [--profile N|ID] [OPTION]...",
	.summary = "write the unpacked kernel, or a part of a UKI, to a file",
	.help = help,
	.run = run,
};
