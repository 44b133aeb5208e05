/* SPDX-License-Identifier: MIT */
/* pvhboot bundle: kernel, initrd and command line as one ELF file. docs/BUNDLE.md */
#include "../lib/guest/bundle/bundle.h"
#include "bundle_elf.h"
#include "command.h"
#include "file.h"
#include "kernel_options.h"
#include "output.h"
#include "report.h"

#include <pvhboot/wire/start_info.h>
#include <stdlib.h>
#include <string.h>

struct initrd {
	const char *path;
	struct file file;
};

struct options {
	const char *path;
	const char *out;
	const char *cmdline; /* NULL: not given */
	struct pvhboot_options library;
	struct initrd *initrds;
	size_t n_initrds;
	int force;
	struct file kernel;
};

static const char about[] =
	"Writes one ELF file of a kernel, initrds and a command line, which any host that boots\n"
	"PVH starts as it is. The kernel is unpacked, and must have a PVH entry. KERNEL is what\n"
	"pvhboot inspect takes; '-' is standard input. A unified kernel image (UKI) brings its\n"
	"microcode and initrd where no --initrd is given, and its command line where no\n"
	"--cmdline is given.\n";

static const char notes[] =
	"When the guest starts, the host's own command line is appended to that of the file, and\n"
	"the host's modules follow its initrd. Equal input makes equal files.\n"
	"\n"
	"Example: pvhboot bundle /boot/vmlinuz --initrd initrd.img --cmdline quiet -o guest.elf\n";

static int add_initrd(const struct command *command, const struct option_row *row, char *value,
		      void *options)
{
	struct options *out = options;

	(void)command;
	(void)row;
	out->initrds[out->n_initrds++].path = value;
	return NO_EXIT;
}

/* clang-format off */
static const struct option_row rows[] = {
	{ "", 0, "KERNEL", NULL, option_path, offsetof(struct options, path), 0 },
	{ "output", 'o', "OUT", "write to OUT, which appears once it is whole, unless it is a pipe "
	  "or a device; '-' is standard output",
	  option_text, offsetof(struct options, out), 0 },
	{ "force", 0, NULL, OPTION_FORCE_TEXT, option_set, offsetof(struct options, force), 0 },
	{ "initrd", 0, "FILE", "an initrd; may be repeated: they become one, in this order",
	  add_initrd, 0, 0 },
	{ "cmdline", 0, "TEXT", "command line of the kernel",
	  option_text, offsetof(struct options, cmdline), 0 },
	KERNEL_OPTIONS(struct options, library),
	OPTIONS_OF_ALL
};
/* clang-format on */

/* Returns NO_EXIT when there is something to bundle. No file is read yet. */
static int check_options(const struct command *command, const struct options *options)
{
	int n_stdin;

	if (!options->path)
		return misused(command, "KERNEL is missing");
	if (!options->out)
		return misused(command, "-o is missing");
	n_stdin = file_is_stdin(options->path);
	for (size_t i = 0; i < options->n_initrds; i++)
		n_stdin += file_is_stdin(options->initrds[i].path);
	if (n_stdin > 1)
		return misused(command, "standard input can be one file only");
	return NO_EXIT;
}

static int parse(const struct command *command, int argc, char **argv, struct options *out)
{
	int code;

	/* each takes an argument: there are no more than arguments */
	out->initrds = calloc((size_t)argc, sizeof(*out->initrds));
	if (!out->initrds) {
		complain("cannot allocate memory for the options");
		return EXIT_REFUSED;
	}
	code = options_read(command, argc, argv, out);
	return code == NO_EXIT ? check_options(command, out) : code;
}

/* ---- The block of the stub ------------------------------------------------------- */

/* What a host may add to the bundle's own: far more than any does. */
#define MAX_HOST_MODULES 255u
#define MAX_HOST_CMDLINE 16384u /* bytes, with the NUL */

#define PAGE 4096u
#define GIB ((uint64_t)1 << 30)
#define MIB ((uint64_t)1 << 20)

/* What the host has to load beside kernel and initrd: stub, list of modules, command line. */
struct block {
	uint8_t *data;
	size_t size;
	size_t modules; /* offset of the list, */
	size_t cmdline; /* and of the command line */
};

/* Returns NO_EXIT, or EXIT_REFUSED after a complaint. */
static int make_block(struct pvhboot_bytes cmdline, struct block *out)
{
	out->modules = PVHB_BUNDLE_STUB_SIZE;
	out->cmdline = out->modules + (size_t)PVHBOOT_WIRE_MODULE_SIZE * (1 + MAX_HOST_MODULES);
	/* between both lines is a blank, where the NUL of the first one was */
	out->size = (out->cmdline + cmdline.size + 1 + MAX_HOST_CMDLINE + PAGE - 1) / PAGE * PAGE;
	out->data = calloc(1, out->size);
	if (!out->data) {
		complain("cannot allocate memory for a command line of %zu bytes", cmdline.size);
		return EXIT_REFUSED;
	}
	memcpy(out->data, pvhb_bundle_stub, PVHB_BUNDLE_STUB_SIZE);
	if (cmdline.size > 0)
		memcpy(out->data + out->cmdline, cmdline.data, cmdline.size);
	return NO_EXIT;
}

static void put32(uint8_t *at, uint64_t value)
{
	const uint32_t low = (uint32_t)value;

	memcpy(at, &low, sizeof(low));
}

/* All of it lies below 4 GiB. */
static void complete_block(const struct block *block, uint64_t gpa, uint64_t entry,
			   size_t cmdline_size, const struct pvhboot_wire_module *initrd)
{
	uint8_t *parameters = block->data + PVHB_BUNDLE_PARAMETERS;

	put32(block->data + PVHB_BUNDLE_OPERAND, gpa + PVHB_BUNDLE_PARAMETERS);
	put32(parameters + PVHB_BUNDLE_ENTRY, entry);
	if (cmdline_size > 0) {
		put32(parameters + PVHB_BUNDLE_CMDLINE, gpa + block->cmdline);
		put32(parameters + PVHB_BUNDLE_CMDLINE_END, gpa + block->cmdline + cmdline_size);
		put32(parameters + PVHB_BUNDLE_CMDLINE_ROOM, MAX_HOST_CMDLINE);
	}
	if (initrd->size > 0) {
		memcpy(block->data + block->modules, initrd, sizeof(*initrd));
		put32(parameters + PVHB_BUNDLE_MODULES, gpa + block->modules);
		put32(parameters + PVHB_BUNDLE_MODULES_ROOM, MAX_HOST_MODULES);
	}
}

/* ---- Planning -------------------------------------------------------------------- */

/* Behind the kernel: some use memory there before they know what lies in it. */
#define ROOM_BEHIND_KERNEL MIB
#define BLOCK_ALIGN (2 * MIB)

/* The block is module 0, and the parts of the initrd follow it. modules has room for all. Returns
 * how many there are. */
static size_t fill_modules(const struct options *options, const struct pvhboot_uki *uki,
			   const struct block *block, struct pvhboot_module *modules)
{
	size_t n = 0;

	modules[n].align = BLOCK_ALIGN;
	modules[n++].bytes = (struct pvhboot_bytes){ block->data, block->size };
	for (size_t i = 0; i < options->n_initrds; i++)
		modules[n++].bytes = options->initrds[i].file.bytes;
	if (options->n_initrds == 0 && uki->ucode.size > 0)
		modules[n++].bytes = uki->ucode;
	if (options->n_initrds == 0 && uki->initrd.size > 0)
		modules[n++].bytes = uki->initrd;
	return n;
}

/* Where the block and the joined parts behind it lie. Returns the block's gpa. */
static uint64_t find_places(const struct pvhboot_plan *plan, struct pvhboot_wire_module *initrd)
{
	uint64_t block = 0, end = 0;

	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		if (place->kind != PVHBOOT_PLACE_MODULE)
			continue;
		if (place->index == 0)
			block = place->gpa;
		else if (initrd->paddr == 0)
			initrd->paddr = place->gpa;
		end = place->gpa + place->size;
	}
	if (initrd->paddr != 0)
		initrd->size = end - initrd->paddr;
	return block;
}

/* The guest is one that has all of 4 GiB: whether there is memory, each host tells. The kernel lies
 * where it is linked, since the ELF file does not say that it could move. */
static enum pvhboot_status plan(const struct pvhboot_kernel *kernel,
				const struct pvhboot_module *modules, size_t n_modules,
				struct pvhboot_buffer *workspace, struct pvhboot_plan *out,
				struct pvhboot_diag *diag)
{
	const struct pvhboot_map_entry ram = { .size = 4 * GIB, .type = PVHBOOT_MAP_RAM };
	const uint64_t end =
		kernel->symbols.size ? kernel->symbols.gpa + kernel->symbols.size : kernel->end;
	const struct pvhboot_range behind = { end, end + ROOM_BEHIND_KERNEL };
	const struct pvhboot_request request = {
		.kernel = kernel,
		.map = &ram,
		.n_map = 1,
		.avoid = &behind,
		.n_avoid = 1,
		.modules = modules,
		.n_modules = n_modules,
		.flags = PVHBOOT_REQUEST_JOIN,
		.entry = PVHBOOT_ENTRY_PVH,
	};
	const enum pvhboot_status status = pvhboot_plan_need(&request, &workspace->size, diag);

	if (status != PVHBOOT_OK)
		return status;
	workspace->data = malloc(workspace->size);
	if (!workspace->data) {
		diag->status = PVHBOOT_NOMEM;
		return PVHBOOT_NOMEM;
	}
	return pvhboot_plan_make(&request, *workspace, out, diag);
}

/* ---- Writing --------------------------------------------------------------------- */

/* What is made of the files. */
struct bundle {
	struct pvhboot_diag diag;
	struct pvhboot_loaded loaded;
	struct pvhboot_kernel kernel;
	struct pvhboot_module *modules;
	struct block block;
	struct pvhboot_buffer workspace;
	struct pvhboot_plan plan;
};

static int write_bundle(const struct output *out, const struct options *options,
			struct bundle *bundle)
{
	struct pvhboot_bytes cmdline = bundle->loaded.image.uki.cmdline;
	struct pvhboot_wire_module initrd = { .paddr = 0 };
	uint64_t gpa;
	size_t n;
	int code;

	if (options->cmdline)
		cmdline = pvhboot_text(options->cmdline);
	code = make_block(cmdline, &bundle->block);
	if (code != NO_EXIT)
		return code;
	n = fill_modules(options, &bundle->loaded.image.uki, &bundle->block, bundle->modules);
	code = refuse_unless_good(plan(&bundle->kernel, bundle->modules, n, &bundle->workspace,
				       &bundle->plan, &bundle->diag),
				  options->path, &options->library, &bundle->diag);
	if (code != NO_EXIT)
		return code;
	gpa = find_places(&bundle->plan, &initrd);
	complete_block(&bundle->block, gpa, bundle->plan.entry, cmdline.size, &initrd);
	return bundle_elf_write(out, &bundle->plan, gpa, bundle->kernel.machine);
}

static int make(const struct output *out, void *context)
{
	const struct options *options = context;
	struct bundle bundle = { .diag = { .status = PVHBOOT_OK } };
	enum pvhboot_status status = pvhboot_image_load(options->kernel.bytes, &options->library,
							&bundle.loaded, &bundle.diag);
	int code;

	if (status == PVHBOOT_OK)
		status = pvhboot_kernel_open(bundle.loaded.elf, options->library.kernel_flags,
					     &bundle.kernel, &bundle.diag);
	code = refuse_unless_good(status, options->path, &options->library, &bundle.diag);
	if (code == NO_EXIT) {
		/* the block, and what a UKI has where there are no initrds */
		bundle.modules = calloc(options->n_initrds + 3, sizeof(*bundle.modules));
		if (!bundle.modules) {
			complain("cannot allocate memory for the list of initrds");
			code = EXIT_REFUSED;
		}
	}
	if (code == NO_EXIT)
		code = write_bundle(out, options, &bundle);
	free(bundle.workspace.data);
	free(bundle.block.data);
	free(bundle.modules);
	free(bundle.loaded.buffer.data);
	return code == NO_EXIT ? EXIT_DONE : code;
}

static int read_files(struct options *options)
{
	int code = file_read(options->path, &options->kernel);

	for (size_t i = 0; code == NO_EXIT && i < options->n_initrds; i++)
		code = file_read(options->initrds[i].path, &options->initrds[i].file);
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options options = { .path = NULL };
	struct output out;
	int code = parse(command, argc, argv, &options);

	if (code == NO_EXIT)
		code = read_files(&options);
	if (code == NO_EXIT)
		code = output_open(options.out, options.force, &out);
	if (code == NO_EXIT)
		code = output_make(&out, make, &options);
	for (size_t i = 0; i < options.n_initrds; i++)
		file_release(&options.initrds[i].file);
	free(options.initrds);
	file_release(&options.kernel);
	return code;
}

const struct command bundle_command = {
	.name = "bundle",
	.usage = "KERNEL [--initrd FILE]... [--cmdline TEXT] [--profile N|ID] -o OUT [OPTION]...",
	.summary = "write kernel, initrd and command line as one file for any PVH host",
	.about = about,
	.options = rows,
	.notes = notes,
	.run = run,
};
