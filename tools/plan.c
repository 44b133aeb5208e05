/* SPDX-License-Identifier: MIT */
/* pvhboot plan: where a kernel, its modules and what it is handed would lie. */
#include "command.h"
#include "picture_svg.h"
#include "plan_picture.h"
#include "plan_print.h"
#include "progress.h"
#include "report.h"
#include "sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/* The map that firmware of a PC shows, in its simplest form. */
#define LOW_RAM_END ((uint64_t)0xa0000) /* video memory and ROMs follow */
#define HIGH_RAM_START MIB
#define HOLE_START (3 * GIB) /* devices up to 4 GiB; the RAM that is not below goes above */
#define HOLE_END (4 * GIB)
#define N_PC_MAP 3

/* What a request points at, beside the options. */
struct sources {
	struct pvhboot_map_entry *map;
	struct pvhboot_module *modules;
	struct pvhboot_blob *blobs;
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
static int read_files(struct plan_options *options, struct file *kernel)
{
	int code = file_read(options->path, kernel);

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
static int fill_request(const struct plan_options *options, struct sources *sources,
			struct pvhboot_request *out)
{
	const size_t n_map = N_PC_MAP + options->n_reserved;

	sources->map = calloc(n_map, sizeof(*sources->map));
	sources->modules = calloc(options->n_modules + 1, sizeof(*sources->modules));
	sources->blobs = calloc(options->n_blobs + 1, sizeof(*sources->blobs));
	if (!sources->map || !sources->modules || !sources->blobs) {
		complain("cannot allocate memory for the request");
		return EXIT_REFUSED;
	}
	fill_modules(options, sources->modules);
	fill_blobs(options, sources->blobs);
	fill_map(options, sources->map);
	*out = options->request;
	out->efi = entry_efi_environment();
	out->map = sources->map;
	out->n_map = n_map;
	out->modules = sources->modules;
	out->n_modules = options->n_modules;
	out->blobs = sources->blobs;
	out->n_blobs = options->n_blobs;
	return NO_EXIT;
}

/* What is planned, and what is done with the plan. */
struct job {
	const struct plan_options *options;
	struct pvhboot_bytes kernel;
};

static void digest(struct plan_view *view)
{
	const struct pvhboot_plan *plan = &view->prepared->plan;
	uint64_t total = 0;

	for (size_t i = 0; i < plan->n_places; i++)
		total += plan->places[i].size;
	progress_stage("hashing", total);
	digest_plan(plan, view->digest);
}

static int print(struct plan_view *view, const struct output *out)
{
	(void)out; /* all of it goes to standard output, through its buffer */
	if (view->options->digest)
		digest(view);
	progress_end();
	if (view->options->json)
		plan_print_json(view);
	else if (!picture_is_stdout(&view->options->picture))
		plan_print_text(view);
	return EXIT_DONE;
}

static int draw(struct plan_view *view, const struct output *out)
{
	struct picture *picture = picture_new();
	int code;

	if (!picture)
		return EXIT_REFUSED;
	plan_draw(view, picture);
	code = picture_put(picture, view->options->picture.format, out);
	free(picture);
	return code;
}

/* Without a guest: the kernel is unpacked into memory of the library's. */
static int plan(const struct job *job, const struct output *out,
		int (*show)(struct plan_view *view, const struct output *out))
{
	const struct plan_options *options = job->options;
	struct sources sources = { .map = NULL };
	struct pvhboot_request request;
	struct pvhboot_diag diag = { .status = PVHBOOT_OK };
	struct pvhboot_prepared prepared;
	struct plan_view view = { options, &prepared, &diag, { 0 } };
	int code = fill_request(options, &sources, &request);

	if (code == NO_EXIT && pvhboot_prepare(job->kernel, &request, &options->library, NULL,
					       &prepared, &diag) != PVHBOOT_OK)
		code = refuse(options->path, &diag);
	if (code == NO_EXIT) {
		code = show(&view, out);
		pvhboot_prepared_release(&prepared);
	}
	free(sources.blobs);
	free(sources.modules);
	free(sources.map);
	return code;
}

static int make_picture(const struct output *out, void *context)
{
	return plan(context, out, draw);
}

/* Asks the system too, which is why it is done before the sandbox. */
static int read_entropy(struct plan_options *options)
{
	const size_t size = entry_entropy_size(options->request.flags);

	if (options->request.entropy.size > 0)
		return NO_EXIT;
	options->request.entropy = (struct pvhboot_bytes){ options->entropy, size };
	if (getentropy(options->entropy, size) == 0)
		return NO_EXIT;
	complain("getentropy: %s", strerror(errno));
	return EXIT_REFUSED;
}

static int plan_files(struct plan_options *options)
{
	struct file kernel = { .mapped = NULL };
	struct job job = { .options = options };
	int code = read_files(options, &kernel);

	job.kernel = kernel.bytes;
	if (code == NO_EXIT)
		code = read_entropy(options);
	if (code == NO_EXIT)
		code = picture_make(&options->picture, make_picture, &job);
	if (code == NO_EXIT) {
		progress_start("unpacking");
		sandbox_enter();
		code = plan(&job, NULL, print);
	}
	file_release(&kernel);
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct plan_options options;
	int code = plan_options_parse(command, argc, argv, &options);

	if (code == NO_EXIT)
		code = plan_files(&options);
	plan_options_release(&options);
	return code;
}

static const char about[] =
	"Shows where a kernel, its modules and its start_info (or boot_params) would lie in a\n"
	"guest's memory, and the two registers that enter it. Nothing is started or written.\n"
	"FILE is what pvhboot inspect takes; '-' is standard input. A unified kernel image (UKI)\n"
	"brings modules where no --module is given, its microcode and its initrd joined into\n"
	"one, and a command line where no --cmdline is given.\n";

static const char notes[] =
	"The memory map is that of a PC: RAM from 0 to 640 KiB, from 1 MiB to SIZE or 3 GiB,\n"
	"and what remains of SIZE from 4 GiB on. An end is the address behind the last byte.\n"
	"Addresses are decimal, or hex behind 0x. Where entries of the map overlap, RAM yields.\n"
	"TYPE is ram, reserved, acpi, nvs, unusable, disabled or pmem.\n"
	"\n"
	"JSON: version (1), file, memory, entry, entry_kind, entry_reason, start_info (or\n"
	"boot_params), slide; kaslr (null without --kaslr) with physical_slots, physical_fixed,\n"
	"virtual_slots, virtual_fixed, where fixed says why there is one slot, or is null, and\n"
	"virtual_slide (with --show-secrets); digest, two digits a byte, null without --digest;\n"
	"places, a list of gpa, size, kind (segment, module, start_info, symbols, blob), index,\n"
	"source_size; memmap, a list of gpa, size, type, type_name; warnings, a list of strings.\n"
	"\n"
	"Example: pvhboot plan vmlinuz --memory 512M --module initrd.img --cmdline console=ttyS0\n";

const struct command plan_command = {
	.name = "plan",
	.usage = "FILE --memory SIZE [--module FILE[=CMDLINE]]... [--cmdline TEXT] [OPTION]...",
	.summary = "show where everything would lie in a guest's memory",
	.about = about,
	.options = plan_rows,
	.notes = notes,
	.run = run,
};
