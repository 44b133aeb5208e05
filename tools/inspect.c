/* SPDX-License-Identifier: MIT */
/* pvhboot inspect: what a file is, and how it wants to be entered. */
#include "command.h"
#include "file.h"
#include "inspect_print.h"
#include "kernel_options.h"
#include "progress.h"
#include "report.h"
#include "sandbox.h"

#include <pvhboot/wire/elf.h>
#include <stdlib.h>

struct options {
	const char *path;
	struct pvhboot_options library;
	int json;
};

static const char about[] =
	"Shows what a kernel file is: its container and compression, how it can be entered,\n"
	"whether the kernel can be moved, its segments, and its notes. FILE is an ELF image or\n"
	"a Linux bzImage, either of them compressed, a unified kernel image (UKI), or another EFI\n"
	"program; '-' is standard input.\n";

static const char notes[] =
	"Offsets are those in the unpacked ELF image; an end is the address behind the last byte.\n"
	"\n"
	"JSON, null where there is none of it: version (1), file, file_size, container (elf,\n"
	"bzimage, pe, compressed), protocol, compression, packed_size, unpacked_size; uki with\n"
	"initrd_size, ucode_size, cmdline, uname, system (PRETTY_NAME or the first line of\n"
	".osrel), profile (the one that these are of), profiles, a list of number, id, title;\n"
	"boot_header, which a bzImage has, with pref_address, init_size, alignment,\n"
	"relocatable, xloadflags (names, or \"bit N\"), cmdline_size, initrd_addr_max; class,\n"
	"machine, entries, a list of pvh, linux64, bzimage64, bzimage32, efi; entry (of PVH),\n"
	"start, end; relocatable (by PVH) with align, min, max; build_id, two digits a byte;\n"
	"guest_os; features with supported, required (names, or \"bit N\"), complete (what is\n"
	"not listed is not supported); symbols, which the kernel wants behind it, with gpa,\n"
	"size; segments, a list of index, paddr, offset, filesz, memsz, flags; notes, a list of\n"
	"name, type, type_name, size, offset, value; warnings, a list of strings. Names and\n"
	"strings of notes are cut at 256 bytes.\n"
	"\n"
	"Example: pvhboot inspect --json /boot/vmlinuz | jq -r .entry\n";

/* clang-format off */
static const struct option_row rows[] = {
	{ "", 0, "FILE", NULL, option_path, offsetof(struct options, path), 0 },
	KERNEL_OPTIONS(struct options, library),
	{ "json", 'j', NULL, OPTION_JSON_TEXT, option_set, offsetof(struct options, json), 0 },
	OPTIONS_OF_ALL
};
/* clang-format on */

/*
 * Opens the kernel that was unpacked. The bzImage that it lies in can be entered as it is too;
 * where the kernel has no entry, that is what is shown.
 */
static enum pvhboot_status open_kernel(uint32_t flags, struct inspected *out)
{
	const struct pvhboot_bytes bzimage = out->unpacked.image.bzimage, no_elf = { NULL, 0 };
	const struct pvhboot_diag before = out->diag;
	struct pvhboot_kernel as_it_is;
	enum pvhboot_status status = pvhboot_kernel_open_linux(out->unpacked.elf, bzimage, flags,
							       &out->kernel, &out->diag);

	out->entries = out->kernel.entries;
	if (bzimage.size == 0 || (status != PVHBOOT_OK && status != PVHBOOT_NOTPVH) ||
	    pvhboot_kernel_open_linux(no_elf, bzimage, flags, &as_it_is, NULL) != PVHBOOT_OK)
		return status;
	out->entries |= as_it_is.entries;
	if (status == PVHBOOT_OK)
		return PVHBOOT_OK;
	out->diag = before;
	return pvhboot_kernel_open_linux(no_elf, bzimage, flags, &out->kernel, &out->diag);
}

/* A bzImage that packs no kernel, or by a codec that is not here, is what it is. */
static enum pvhboot_status open_as_it_is(struct pvhboot_bytes file, uint32_t flags,
					 struct inspected *out)
{
	const struct pvhboot_bytes no_elf = { NULL, 0 };
	struct pvhboot_diag diag = { 0 };

	if (pvhboot_kernel_open_linux(no_elf, file, flags, &out->kernel, &diag) != PVHBOOT_OK)
		return PVHBOOT_UNSUPPORTED;
	out->diag = diag;
	out->entries = out->kernel.entries;
	out->unpacked.image = (struct pvhboot_image){
		.file = file,
		.bzimage = file,
		.container = PVHBOOT_CONTAINER_BZIMAGE,
		.protocol = out->kernel.linux_boot.protocol,
	};
	return PVHBOOT_OK;
}

/* An EFI program that has nothing inside that can be entered otherwise. */
static void open_program(struct pvhboot_bytes file, struct inspected *out)
{
	out->diag = (struct pvhboot_diag){ 0 };
	out->kernel = (struct pvhboot_kernel){ .machine = PVHBOOT_ELF_EM_X86_64 };
	out->entries = 0;
	if (out->unpacked.image.file.data == NULL)
		out->unpacked.image =
			(struct pvhboot_image){ .file = file, .container = PVHBOOT_CONTAINER_PE };
}

/* What is in the file, and how it can be entered. */
static enum pvhboot_status look_into(struct pvhboot_bytes file,
				     const struct pvhboot_options *options, struct inspected *out)
{
	enum pvhboot_status status = pvhboot_image_load(file, options, &out->unpacked, &out->diag);
	const int is_efi = pvhboot_efi_check(file, NULL) == PVHBOOT_OK;

	if (status == PVHBOOT_OK)
		status = open_kernel(options->kernel_flags, out);
	else if (status == PVHBOOT_UNSUPPORTED)
		status = open_as_it_is(file, options->kernel_flags, out);
	if (is_efi && pvhboot_status_is_foreign(status)) {
		open_program(file, out);
		status = PVHBOOT_OK;
	}
	if (is_efi)
		out->entries |= PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_EFI);
	return status;
}

int inspect_kernel(const char *path, struct pvhboot_bytes file,
		   const struct pvhboot_options *library, struct inspected *out)
{
	out->path = path;
	return refuse_unless_good(look_into(file, library, out), path, library, &out->diag);
}

static int inspect(const struct options *options, struct pvhboot_bytes file, struct inspected *out)
{
	const int code = inspect_kernel(options->path, file, &options->library, out);

	if (code != NO_EXIT)
		return code;
	progress_end();
	if (options->json)
		inspect_print_json(out, stdout);
	else
		inspect_print_text(out);
	return EXIT_DONE;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options options = { .path = NULL };
	struct inspected inspected = { .path = NULL };
	struct file file = { .mapped = NULL };
	int code = options_read(command, argc, argv, &options);

	if (code == NO_EXIT && !options.path)
		code = misused(command, "FILE is missing");
	if (code == NO_EXIT)
		code = file_read(options.path, &file);
	if (code == NO_EXIT) {
		progress_start("unpacking");
		sandbox_enter();
		code = inspect(&options, file.bytes, &inspected);
	}
	free(inspected.unpacked.buffer.data);
	file_release(&file);
	return code;
}

const struct command inspect_command = {
	.name = "inspect",
	.usage = "FILE [--profile N|ID] [--json] [OPTION]...",
	.summary = "show what a kernel file is and how it is entered",
	.about = about,
	.options = rows,
	.notes = notes,
	.run = run,
};
