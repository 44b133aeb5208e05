/* SPDX-License-Identifier: MIT */
/* pvhboot plan: where a kernel, its modules and the start_info block would lie. */
#include "command.h"
#include "json.h"
#include "load.h"
#include "report.h"
#include "text.h"

#include <getopt.h>
#include <inttypes.h>
#include <pvhboot/plan.h>
#include <stdlib.h>
#include <string.h>

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

#define MIN_MEMORY MIB
#define MAX_MEMORY ((uint64_t)1 << 50) /* 1024T: x86 has 52 bits of address, and a hole is in it */

/* The map that firmware of a PC shows, in its simplest form. */
#define LOW_RAM_END ((uint64_t)0xa0000) /* video memory and ROMs follow */
#define HIGH_RAM_START MIB
#define HOLE_START (3 * GIB) /* devices up to 4 GiB; the RAM that is not below goes above */
#define HOLE_END (4 * GIB)
#define MAX_MAP 3

struct module_file {
	const char *path; /* NULL: bytes of the kernel file, which file holds already */
	const char *cmdline;
	struct file file;
};

/* What stands for a path then. */
#define UKI_INITRD "(.initrd of the kernel file)"

struct options {
	const char *path;
	const char *cmdline;
	uint64_t memory; /* 0: not given */
	struct module_file *modules;
	size_t n_modules;
	int json;
};

/* Everything a request points at. */
struct planned {
	struct pvhboot_map_entry map[MAX_MAP];
	struct pvhboot_module *modules;
	struct pvhboot_request request;
	uint8_t *workspace;
	struct pvhboot_plan plan;
};

/* What the printing functions need. */
struct view {
	const struct options *options;
	const struct pvhboot_plan *plan;
	const struct pvhboot_diag *diag;
};

static const char help[] =
	"\n"
	"Shows where a kernel, its modules and the start_info block would lie in a guest's\n"
	"memory, and the two registers that enter it. Nothing is started or written.\n"
	"FILE is what pvhboot inspect takes; '-' is standard input. The initrd of a unified\n"
	"kernel image becomes module 0, its command line stands where --cmdline is not given.\n"
	"\n"
	"  -m, --memory SIZE            memory of the guest, with a unit: 512M, 2G (K, M, G, T)\n"
	"      --module FILE[=CMDLINE]  a module, such as an initrd; may be repeated. FILE ends\n"
	"                               at the first '='; one with '=' in its name is given\n"
	"                               as --module - <FILE\n"
	"      --cmdline TEXT           command line of the kernel\n"
	"  -j, --json                   print one JSON object: addresses are hex strings,\n"
	"                               sizes numbers; what is not printable ASCII is one\n"
	"                               \\u00NN a byte\n"
	"  -h, --help                   print this\n"
	"\n"
	"The memory map is that of a PC: RAM from 0 to 640 KiB, from 1 MiB to SIZE or 3 GiB,\n"
	"and what remains of SIZE from 4 GiB on. An end is the address behind the last byte.\n"
	"\n"
	"Example: pvhboot plan vmlinuz --memory 512M --module initrd.img --cmdline console=ttyS0\n";

/* How many bits a unit shifts, or -1. */
static int unit_shift(const char *unit)
{
	static const char letters[] = "KMGT";
	const char *letter;

	if (unit[0] == '\0' || (unit[1] != '\0' && strcmp(unit + 1, "iB") != 0))
		return -1;
	letter = strchr(letters, unit[0] >= 'a' ? unit[0] - 'a' + 'A' : unit[0]);
	return letter ? 10 * (int)(letter - letters + 1) : -1;
}

/* Reads "512M". A bare number is refused: other tools take it as bytes, or as MiB. */
static int parse_memory(const struct command *command, const char *text, uint64_t *out)
{
	const size_t n_digits = strspn(text, "0123456789");
	const int shift = unit_shift(text + n_digits);
	uint64_t number = 0;

	if (n_digits > 0 && text[n_digits] == '\0')
		return misused(command, "'%s' has no unit: write %.16sM or %.16sG", text, text,
			       text);
	if (n_digits == 0 || shift < 0)
		return misused(command, "'%s' is no size such as 512M or 2G", text);
	for (size_t i = 0; i < n_digits && number <= MAX_MEMORY; i++)
		number = number * 10 + (uint64_t)(text[i] - '0');
	if (number > MAX_MEMORY >> shift || number << shift < MIN_MEMORY)
		return misused(command, "memory must be from 1M to 1024T, not '%s'", text);
	*out = number << shift;
	return NO_EXIT;
}

static void add_module(struct options *options, char *argument)
{
	struct module_file *module = &options->modules[options->n_modules++];
	char *separator = strchr(argument, '=');

	module->path = argument;
	if (separator) {
		*separator = '\0';
		module->cmdline = separator + 1;
	}
}

static int check_options(const struct command *command, const struct options *options)
{
	size_t n_stdin;

	if (!options->path)
		return misused(command, "FILE is missing");
	if (options->memory == 0)
		return misused(command, "--memory is missing");
	n_stdin = strcmp(options->path, "-") == 0;
	for (size_t i = 0; i < options->n_modules; i++)
		n_stdin += strcmp(options->modules[i].path, "-") == 0;
	if (n_stdin > 1)
		return misused(command, "standard input can be one file only");
	return NO_EXIT;
}

static int take_option(const struct command *command, int option, char **argv, struct options *out)
{
	switch (option) {
	case 1:
		return take_path(command, &out->path, optarg);
	case 'm':
		return parse_memory(command, optarg, &out->memory);
	case 'i':
		add_module(out, optarg);
		return NO_EXIT;
	case 'c':
		out->cmdline = optarg;
		return NO_EXIT;
	case 'j':
		out->json = 1;
		return NO_EXIT;
	case 'h':
		return print_help(command);
	default:
		return misused_option(command, option, argv);
	}
}

/* Returns NO_EXIT when there is something to plan. out->modules has room for as
 * many as there are arguments. */
static int parse(const struct command *command, int argc, char **argv, struct options *out)
{
	static const struct option table[] = {
		{ "memory", required_argument, NULL, 'm' },
		{ "module", required_argument, NULL, 'i' },
		{ "cmdline", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int code = NO_EXIT;
	int option;

	/* '-': arguments that are no options come in their place, as 1, whatever
	 * POSIXLY_CORRECT says. ':': we complain ourselves. */
	while (code == NO_EXIT && (option = getopt_long(argc, argv, "-:m:jh", table, NULL)) != -1)
		code = take_option(command, option, argv, out);
	for (; code == NO_EXIT && optind < argc; optind++)
		code = take_path(command, &out->path, argv[optind]);
	return code == NO_EXIT ? check_options(command, out) : code;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* An entry of 0 bytes is left out by the library. */
static void fill_map(struct pvhboot_map_entry map[MAX_MAP], uint64_t memory)
{
	const uint64_t below = min_u64(memory, HOLE_START);

	map[0] = (struct pvhboot_map_entry){ 0, LOW_RAM_END, PVHBOOT_MAP_RAM, 0 };
	map[1] = (struct pvhboot_map_entry){ HIGH_RAM_START, below - HIGH_RAM_START,
					     PVHBOOT_MAP_RAM, 0 };
	map[2] = (struct pvhboot_map_entry){ HOLE_END, memory - below, PVHBOOT_MAP_RAM, 0 };
}

static int refuse_allocation(size_t size)
{
	complain("cannot allocate %zu bytes for the plan", size);
	return EXIT_REFUSED;
}

static int read_modules(const struct options *options, struct planned *out)
{
	const size_t n = options->n_modules;

	if (n == 0)
		return NO_EXIT;
	out->modules = calloc(n, sizeof(*out->modules));
	if (!out->modules)
		return refuse_allocation(n * sizeof(*out->modules));
	for (size_t i = 0; i < n; i++) {
		struct module_file *module = &options->modules[i];
		int code = module->path ? file_read(module->path, &module->file) : NO_EXIT;

		if (code != NO_EXIT)
			return code;
		out->modules[i].bytes = module->file.bytes;
		out->modules[i].cmdline = module->cmdline;
	}
	return NO_EXIT;
}

static int make_plan(const struct options *options, struct loaded *loaded, struct planned *out)
{
	struct pvhboot_buffer workspace = { NULL, 0 };
	int code = read_modules(options, out);

	if (code != NO_EXIT)
		return code;
	fill_map(out->map, options->memory);
	out->request = (struct pvhboot_request){
		.kernel = &loaded->kernel,
		.map = out->map,
		.n_map = MAX_MAP,
		.modules = out->modules,
		.n_modules = options->n_modules,
		.cmdline = options->cmdline,
	};
	if (pvhboot_plan_need(&out->request, &workspace.size, &loaded->diag) != PVHBOOT_OK)
		return refuse(options->path, &loaded->diag);
	out->workspace = malloc(workspace.size);
	if (!out->workspace)
		return refuse_allocation(workspace.size);
	workspace.data = out->workspace;
	if (pvhboot_plan_make(&out->request, workspace, &out->plan, &loaded->diag) != PVHBOOT_OK)
		return refuse(options->path, &loaded->diag);
	return NO_EXIT;
}

static const char *map_type_name(uint32_t type)
{
	static const char *const names[] = {
		[PVHBOOT_MAP_RAM] = "ram",           [PVHBOOT_MAP_RESERVED] = "reserved",
		[PVHBOOT_MAP_ACPI] = "acpi",         [PVHBOOT_MAP_NVS] = "nvs",
		[PVHBOOT_MAP_UNUSABLE] = "unusable", [PVHBOOT_MAP_DISABLED] = "disabled",
		[PVHBOOT_MAP_PMEM] = "pmem",
	};
	const char *name = type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;

	return name ? name : "?";
}

static void json_places(struct json *json, const struct pvhboot_plan *plan)
{
	json_list(json, "places");
	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		json_object(json, NULL);
		json_hex(json, "gpa", place->gpa);
		json_number(json, "size", place->size);
		json_string(json, "kind",
			    pvhboot_place_kind_name((enum pvhboot_place_kind)place->kind));
		json_number(json, "index", place->index);
		json_number(json, "source_size", place->source.size);
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_map(struct json *json, const struct pvhboot_plan *plan)
{
	json_list(json, "memmap");
	for (size_t i = 0; i < plan->n_map; i++) {
		json_object(json, NULL);
		json_hex(json, "gpa", plan->map[i].gpa);
		json_number(json, "size", plan->map[i].size);
		json_number(json, "type", plan->map[i].type);
		json_string(json, "type_name", map_type_name(plan->map[i].type));
		json_object_end(json);
	}
	json_list_end(json);
}

static void print_json(const struct view *view)
{
	struct json json = { .out = stdout };

	json_object(&json, NULL);
	json_string(&json, "file", view->options->path);
	json_number(&json, "memory", view->options->memory);
	json_hex(&json, "entry", view->plan->entry);
	json_hex(&json, "start_info", view->plan->start_info);
	json_hex(&json, "slide", view->plan->slide);
	json_places(&json, view->plan);
	json_map(&json, view->plan);
	json_warnings(&json, view->diag);
	json_object_end(&json);
}

static void fill_range(struct table_row *row, uint64_t gpa, uint64_t size)
{
	snprintf(row->cells[0], TABLE_MAX_CELL, "0x%" PRIx64, gpa);
	snprintf(row->cells[1], TABLE_MAX_CELL, "0x%" PRIx64, gpa + size);
	text_size(row->cells[2], size);
}

static int next_place(const void *subject, struct table_cursor *cursor, struct table_row *row)
{
	const struct view *view = subject;
	const struct pvhboot_place *place;
	const char *kind;

	if (cursor->index == view->plan->n_places)
		return 0;
	place = &view->plan->places[cursor->index++];
	kind = pvhboot_place_kind_name((enum pvhboot_place_kind)place->kind);
	fill_range(row, place->gpa, place->size);
	if (place->kind == PVHBOOT_PLACE_INFO)
		snprintf(row->cells[3], TABLE_MAX_CELL, "%s", kind);
	else
		snprintf(row->cells[3], TABLE_MAX_CELL, "%s %" PRIu32, kind, place->index);
	row->cells[4][0] = '\0';
	if (place->kind == PVHBOOT_PLACE_MODULE) {
		const char *path = view->options->modules[place->index].path;
		const char *label = path ? file_label(path) : UKI_INITRD;

		text_escape(row->cells[4], TABLE_MAX_CELL, label, strlen(label));
	}
	return 1;
}

static int next_map_entry(const void *subject, struct table_cursor *cursor, struct table_row *row)
{
	const struct pvhboot_plan *plan = subject;

	if (cursor->index == plan->n_map)
		return 0;
	fill_range(row, plan->map[cursor->index].gpa, plan->map[cursor->index].size);
	snprintf(row->cells[3], TABLE_MAX_CELL, "%s", map_type_name(plan->map[cursor->index].type));
	cursor->index++;
	return 1;
}

static void print_tables(const struct view *view)
{
	static const struct table_column place_columns[] = {
		{ "start", 1 }, { "end", 1 },  { "size", 1 },
		{ "what", 0 },  { "file", 0 }, { NULL, 0 },
	};
	static const struct table_column map_columns[] = {
		{ "start", 1 }, { "end", 1 }, { "size", 1 }, { "type", 0 }, { NULL, 0 },
	};
	const struct table places = { "Places", place_columns, next_place, view };
	const struct table map = { "Memory map", map_columns, next_map_entry, view->plan };

	table_print(&places);
	table_print(&map);
}

static void print_text(const struct view *view)
{
	const struct pvhboot_plan *plan = view->plan;
	const char *label = file_label(view->options->path);
	char size[TEXT_MAX_SIZE];
	uint64_t total = 0;

	for (size_t i = 0; i < plan->n_places; i++)
		total += plan->places[i].size;
	text_start("File");
	text_put(stdout, label, strlen(label));
	putchar('\n');
	text_size(size, view->options->memory);
	text_field("Memory", "%s", size);
	text_field("Entry", "0x%" PRIx64 " (eip)", plan->entry);
	text_field("start_info", "0x%" PRIx64 " (ebx)", plan->start_info);
	if (plan->slide == 0)
		text_field("Slide", "none: the kernel lies where it was linked");
	else if (plan->slide >> 63) /* it is added modulo 2^64 */
		text_field("Slide", "0x%" PRIx64 " down", -plan->slide);
	else
		text_field("Slide", "0x%" PRIx64 " up", plan->slide);
	text_size(size, total);
	text_field("Total", "%s in %zu places", size, plan->n_places);
	print_tables(view);
	text_warnings(view->diag);
}

/* A unified kernel image brings an initrd, which becomes the first module, and a
 * command line, for where none is given. *cmdline is to be freed. */
static int add_uki(struct options *options, const struct pvhboot_uki *uki, char **cmdline)
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
		return refuse_allocation(size + 1);
	memcpy(*cmdline, uki->cmdline.data, size);
	options->cmdline = *cmdline;
	return NO_EXIT;
}

static int run_options(struct options *options)
{
	struct planned planned = { .modules = NULL };
	struct loaded loaded;
	char *cmdline = NULL;
	const struct view view = { options, &planned.plan, &loaded.diag };
	int code = load_kernel(options->path, &loaded);

	if (code == NO_EXIT)
		code = add_uki(options, &loaded.unpacked.image.uki, &cmdline);
	if (code == NO_EXIT)
		code = make_plan(options, &loaded, &planned);
	if (code == NO_EXIT) {
		if (options->json)
			print_json(&view);
		else
			print_text(&view);
		code = EXIT_DONE;
	}
	free(planned.workspace);
	free(planned.modules);
	free(cmdline);
	load_release(&loaded);
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options options = { .path = NULL };
	int code;

	/* Each module takes an argument, and so does the kernel file, which may bring
	 * one more: there are no more than arguments. */
	options.modules = calloc((size_t)argc, sizeof(*options.modules));
	if (!options.modules)
		return refuse_allocation((size_t)argc * sizeof(*options.modules));
	code = parse(command, argc, argv, &options);
	if (code == NO_EXIT)
		code = run_options(&options);
	for (size_t i = 0; i < options.n_modules; i++)
		file_release(&options.modules[i].file);
	free(options.modules);
	return code;
}

const struct command plan_command = {
	.name = "plan",
	.usage = "FILE --memory SIZE [--module FILE[=CMDLINE]]... [--cmdline TEXT] [--json]",
	.summary = "show where everything would lie in a guest's memory",
	.help = help,
	.run = run,
};
