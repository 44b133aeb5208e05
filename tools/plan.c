/* SPDX-License-Identifier: MIT */
/* pvhboot plan: where a kernel, its modules and the start_info block would lie. */
#include "command.h"
#include "load.h"
#include "plan_options.h"
#include "plan_print.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/* The map that firmware of a PC shows, in its simplest form. */
#define LOW_RAM_END ((uint64_t)0xa0000) /* video memory and ROMs follow */
#define HIGH_RAM_START MIB
#define HOLE_START (3 * GIB) /* devices up to 4 GiB; the RAM that is not below goes above */
#define HOLE_END (4 * GIB)
#define N_PC_MAP 3

/* Everything a request points at, but for the ranges to avoid. */
struct planned {
	struct pvhboot_map_entry *map;
	struct pvhboot_module *modules;
	struct pvhboot_blob *blobs;
	struct pvhboot_request request;
	uint8_t *workspace;
	struct pvhboot_plan plan;
};

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* An entry of 0 bytes is left out by the library. */
static void fill_map(const struct plan_options *options, struct pvhboot_map_entry *map)
{
	const uint64_t below = min_u64(options->memory, HOLE_START);

	map[0] = (struct pvhboot_map_entry){ 0, LOW_RAM_END, PVHBOOT_MAP_RAM, 0 };
	map[1] = (struct pvhboot_map_entry){ HIGH_RAM_START, below - HIGH_RAM_START,
					     PVHBOOT_MAP_RAM, 0 };
	map[2] =
		(struct pvhboot_map_entry){ HOLE_END, options->memory - below, PVHBOOT_MAP_RAM, 0 };
	memcpy(map + N_PC_MAP, options->reserved, options->n_reserved * sizeof(*map));
}

/* Everything is read before the kernel is looked at: the sandbox ends all reading. */
static int read_files(const struct plan_options *options)
{
	int code = NO_EXIT;

	for (size_t i = 0; code == NO_EXIT && i < options->n_modules; i++)
		code = file_read(options->modules[i].path, &options->modules[i].file);
	for (size_t i = 0; code == NO_EXIT && i < options->n_blobs; i++)
		code = file_read(options->blobs[i].path, &options->blobs[i].file);
	return code;
}

static void fill_modules(const struct plan_options *options, struct pvhboot_module *out)
{
	for (size_t i = 0; i < options->n_modules; i++) {
		out[i].bytes = options->modules[i].file.bytes;
		out[i].cmdline = pvhboot_text(options->modules[i].cmdline);
	}
}

static void fill_blobs(const struct plan_options *options, struct pvhboot_blob *out)
{
	for (size_t i = 0; i < options->n_blobs; i++) {
		out[i].bytes = options->blobs[i].file.bytes;
		out[i].gpa = options->blobs[i].gpa;
		out[i].type = options->blobs[i].type;
	}
}

/* Arrays have an element more than is used: calloc() of none may return NULL. */
static int fill_request(const struct plan_options *options, const struct pvhboot_kernel *kernel,
			struct planned *out)
{
	const size_t n_map = N_PC_MAP + options->n_reserved;

	out->map = calloc(n_map, sizeof(*out->map));
	out->modules = calloc(options->n_modules + 1, sizeof(*out->modules));
	out->blobs = calloc(options->n_blobs + 1, sizeof(*out->blobs));
	if (!out->map || !out->modules || !out->blobs)
		return plan_refuse_allocation(n_map * sizeof(*out->map));
	fill_modules(options, out->modules);
	fill_blobs(options, out->blobs);
	fill_map(options, out->map);
	out->request = (struct pvhboot_request){
		.kernel = kernel,
		.map = out->map,
		.n_map = n_map,
		.avoid = options->avoid,
		.n_avoid = options->n_avoid,
		.modules = out->modules,
		.n_modules = options->n_modules,
		.blobs = out->blobs,
		.n_blobs = options->n_blobs,
		.cmdline = options->cmdline,
		.rsdp = options->rsdp,
		.slide = options->slide,
		.flags = options->flags,
	};
	return NO_EXIT;
}

static int make_plan(const struct plan_options *options, struct loaded *loaded, struct planned *out)
{
	struct pvhboot_buffer workspace = { NULL, 0 };
	int code = fill_request(options, &loaded->kernel, out);

	if (code != NO_EXIT)
		return code;
	if (pvhboot_plan_need(&out->request, &workspace.size, &loaded->diag) != PVHBOOT_OK)
		return refuse(options->path, &loaded->diag);
	out->workspace = malloc(workspace.size);
	if (!out->workspace)
		return plan_refuse_allocation(workspace.size);
	workspace.data = out->workspace;
	if (pvhboot_plan_make(&out->request, workspace, &out->plan, &loaded->diag) != PVHBOOT_OK)
		return refuse(options->path, &loaded->diag);
	return NO_EXIT;
}

/* A unified kernel image brings an initrd, which becomes the first module, and a
 * command line, for where none is given. *cmdline is to be freed. */
static int add_uki(struct plan_options *options, const struct pvhboot_uki *uki, char **cmdline)
{
	const size_t size = uki->cmdline.size;

	if (uki->initrd.size != 0) {
		memmove(&options->modules[1], &options->modules[0],
			options->n_modules * sizeof(options->modules[0]));
		options->modules[0] = (struct module_file){ .file.bytes = uki->initrd };
		options->n_modules++;
	}
	if (options->cmdline || size == 0)
		return NO_EXIT;
	*cmdline = calloc(1, size + 1);
	if (!*cmdline)
		return plan_refuse_allocation(size + 1);
	memcpy(*cmdline, uki->cmdline.data, size);
	options->cmdline = *cmdline;
	return NO_EXIT;
}

static int run_options(struct plan_options *options)
{
	struct planned planned = { .map = NULL };
	struct loaded loaded;
	char *cmdline = NULL;
	const struct plan_view view = { options, &planned.plan, &loaded.diag };
	int code = load_file(options->path, &loaded);

	if (code == NO_EXIT)
		code = read_files(options);
	if (code == NO_EXIT)
		code = load_kernel(options->path, &options->load, &loaded);
	if (code == NO_EXIT)
		code = add_uki(options, &loaded.unpacked.image.uki, &cmdline);
	if (code == NO_EXIT)
		code = make_plan(options, &loaded, &planned);
	if (code == NO_EXIT) {
		if (options->json)
			plan_print_json(&view);
		else
			plan_print_text(&view);
		code = EXIT_DONE;
	}
	free(planned.workspace);
	free(planned.blobs);
	free(planned.modules);
	free(planned.map);
	free(cmdline);
	load_release(&loaded);
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct plan_options options;
	int code = plan_options_parse(command, argc, argv, &options);

	if (code == NO_EXIT)
		code = run_options(&options);
	plan_options_release(&options);
	return code;
}

const struct command plan_command = {
	.name = "plan",
	.usage = "FILE --memory SIZE [--module FILE[=CMDLINE]]... [--cmdline TEXT] [OPTION]...",
	.summary = "show where everything would lie in a guest's memory",
	.help = plan_help,
	.run = run,
};
