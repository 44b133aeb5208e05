/* SPDX-License-Identifier: MIT */
/* pvhboot unpack: the ELF image in a kernel file, or a part of a UKI, as a file. */
#include "../lib/image/pe.h"
#include "../lib/kernel/relocs.h"
#include "command.h"
#include "file.h"
#include "kernel_options.h"
#include "output.h"
#include "progress.h"
#include "report.h"

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

static const char about[] =
	"Writes the kernel in a file as an unpacked ELF image (vmlinux), which QEMU,\n"
	"Firecracker and Cloud Hypervisor take. FILE is what pvhboot inspect takes; '-' is\n"
	"standard input. The image ends where its headers say: the relocations that Linux has\n"
	"behind it are left out.\n";

static const char notes[] =
	"A part of the profile is taken before one of the base. Its size is the section's in\n"
	"memory, so that no padding is behind it.\n"
	"\n"
	"Example: pvhboot unpack /boot/vmlinuz -o vmlinux\n";

/* A kernel is no part, and the empty name is none of a section. */
static int take_part(const struct command *command, const struct option_row *row, char *value,
		     void *options)
{
	if (value[0] == '\0')
		return misused(command, "--part is the name of a part, not ''");
	return option_text(command, row, value, options);
}

/* clang-format off */
static const struct option_row rows[] = {
	{ "", 0, "FILE", NULL, option_path, offsetof(struct options, path), 0 },
	{ "output", 'o', "OUT", "write to OUT, which appears once it is whole, unless it is a pipe "
	  "or a device; '-', and without it, standard output, which may not be a terminal",
	  option_text, offsetof(struct options, out), 0 },
	{ "force", 0, NULL, OPTION_FORCE_TEXT, option_set, offsetof(struct options, force), 0 },
	{ "raw", 0, NULL, "all that was packed, with what follows the image",
	  option_set, offsetof(struct options, raw), 0 },
	{ "part", 0, "NAME", "of a unified kernel image (UKI), this part as it is: kernel, initrd, "
	  "cmdline, ucode, osrel, uname, or any other section (its name without the point, such as "
	  "dtb, sbat)", take_part, offsetof(struct options, part), 0 },
	KERNEL_OPTIONS(struct options, library),
	OPTIONS_OF_ALL
};
/* clang-format on */

/* Returns NO_EXIT when there is a file to unpack. */
static int check_options(const struct command *command, const struct options *options)
{
	if (!options->path)
		return misused(command, "FILE is missing");
	if (options->part && options->raw)
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
	if (code == NO_EXIT) {
		const struct pvhboot_bytes elf = options->raw ? loaded.elf : elf_alone(loaded.elf);

		progress_stage("writing", elf.size);
		code = output_put(out, elf);
	}
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
	progress_stage("writing", bytes.size);
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
	int code = options_read(command, argc, argv, &options);

	if (code == NO_EXIT)
		code = check_options(command, &options);
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
	.about = about,
	.options = rows,
	.notes = notes,
	.run = run,
};
