/* SPDX-License-Identifier: MIT */
/* pvhboot check: what a guest may stumble over in the state that it starts in. */
#include "command.h"
#include "file.h"
#include "json.h"
#include "registers.h"
#include "report.h"
#include "sandbox.h"
#include "text.h"
#include "value.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <pvhboot/start.h>
#include <stdlib.h>
#include <string.h>

/* More than there can be: each map entry and each module has a few at most. */
#define MAX_FINDINGS 4096

/* Fits any finding: the library's rules are far shorter. */
#define MAX_LINE 512

struct options {
	const char *path;
	const char *registers_path; /* NULL: not given */
	uint64_t base;
	uint64_t start_info;
	int has_start_info;
	int json;
};

/* A dump, as the guest's memory. */
struct dump {
	struct pvhboot_bytes bytes;
	uint64_t base;
};

struct checked {
	struct pvhboot_start start; /* all zero when it cannot be read */
	struct pvhboot_start_report report;
	struct pvhboot_start_finding findings[MAX_FINDINGS];
	uint8_t workspace[PVHBOOT_START_CHECK_NEED];
	char text[PVHBOOT_START_CHECK_TEXT];
};

static const char help[] =
	"\n"
	"Checks the state in which a guest starts: the start_info and all that it leads to, in\n"
	"a dump of the guest's memory, and the registers at the entry. Each finding has the one\n"
	"whose rule it is: the ABI, or a guest that is known to fail.\n"
	"DUMP is raw memory; '-' is standard input.\n"
	"\n"
	"  -s, --start-info ADDRESS  where the start_info lies; without it, what ebx holds\n"
	"  -b, --base ADDRESS        where the first byte of DUMP lies in the guest, 0 without it\n"
	"  -r, --registers FILE      what QEMU's monitor prints for 'info registers'; ss, fs and\n"
	"                            gs are not looked at: the ABI leaves them open\n"
	"  -j, --json                print one JSON object: addresses are hex strings, sizes\n"
	"                            numbers\n"
	"  -h, --help                print this\n"
	"\n"
	"error: it breaks the ABI; warning: the guests that are named fail or misread it;\n"
	"note: harmless, or not checked. Exit status 1 means errors too.\n"
	"\n"
	"JSON: file, base, start_info, registers, cmdline; modules, a list of index, gpa, size\n"
	"and cmdline, of the first 128; errors, warnings, notes; findings, a list of severity,\n"
	"guests, rule, gpa, found, expected and text.\n"
	"\n"
	"Example: pvhboot check memory.bin --registers registers.txt\n"
	"with both from QEMU's monitor, stopped at the entry: pmemsave 0 0x8000000 memory.bin\n";

static int parse_address(const struct command *command, const char *text, uint64_t *out)
{
	if (!value_whole_number(text, out))
		return misused(command, "'%s' is no address such as 0x1000", text);
	return NO_EXIT;
}

static int check_options(const struct command *command, const struct options *options)
{
	if (!options->path)
		return misused(command, "DUMP is missing");
	if (!options->has_start_info && !options->registers_path)
		return misused(command, "--start-info is missing, and so is --registers");
	if (options->registers_path && strcmp(options->path, "-") == 0 &&
	    strcmp(options->registers_path, "-") == 0)
		return misused(command, "standard input can be one file only");
	return NO_EXIT;
}

static int take_option(const struct command *command, int option, char **argv, struct options *out)
{
	switch (option) {
	case 1:
		return take_path(command, &out->path, optarg);
	case 's':
		out->has_start_info = 1;
		return parse_address(command, optarg, &out->start_info);
	case 'b':
		return parse_address(command, optarg, &out->base);
	case 'r':
		out->registers_path = optarg;
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

/* Returns NO_EXIT when there is something to check. */
static int parse(const struct command *command, int argc, char **argv, struct options *out)
{
	static const struct option table[] = {
		{ "start-info", required_argument, NULL, 's' },
		{ "base", required_argument, NULL, 'b' },
		{ "registers", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int code = NO_EXIT;
	int option;

	/* As in plan_options.c. */
	while (code == NO_EXIT &&
	       (option = getopt_long(argc, argv, "-:s:b:r:jh", table, NULL)) != -1)
		code = take_option(command, option, argv, out);
	for (; code == NO_EXIT && optind < argc; optind++)
		code = take_path(command, &out->path, argv[optind]);
	return code == NO_EXIT ? check_options(command, out) : code;
}

static int read_dump(void *ctx, uint64_t gpa, void *bytes, size_t size)
{
	const struct dump *dump = ctx;

	if (gpa < dump->base || gpa - dump->base > dump->bytes.size ||
	    size > dump->bytes.size - (gpa - dump->base))
		return EFAULT;
	memcpy(bytes, dump->bytes.data + (size_t)(gpa - dump->base), size);
	return 0;
}

static const char *severity_name(uint32_t severity)
{
	switch (severity) {
	case PVHBOOT_SEVERITY_ERROR:
		return "error";
	case PVHBOOT_SEVERITY_WARNING:
		return "warning";
	default:
		return "note";
	}
}

#define N_GUESTS 6

/* Bit i of PVHBOOT_FOR_*. */
static const char *const guest_names[N_GUESTS] = {
	"abi", "linux", "freebsd", "grub", "ovmf", "xen"
};

static size_t n_kept(const struct checked *checked)
{
	const struct pvhboot_start_report *report = &checked->report;

	return report->n_findings < MAX_FINDINGS ? report->n_findings : MAX_FINDINGS;
}

/* The text at gpa, until the next call; NULL when it is absent or cannot be read. */
static const char *read_text(struct checked *checked, uint64_t gpa)
{
	const struct pvhboot_buffer out = { (uint8_t *)checked->text, sizeof(checked->text) };
	size_t size;

	if (!checked->start.memory ||
	    pvhboot_start_text(&checked->start, gpa, out, &size, NULL) != PVHBOOT_OK || size == 0)
		return NULL;
	return checked->text;
}

/* Those that are checked: all of them may share one text, which is long. */
static void json_modules(struct json *json, struct checked *checked)
{
	struct pvhboot_listed_module module;

	json_list(json, "modules");
	for (uint32_t i = 0; i < checked->start.n_modules && i < PVHBOOT_START_CHECK_MODULES; i++) {
		if (pvhboot_start_module(&checked->start, i, &module, NULL) != PVHBOOT_OK)
			continue;
		json_object(json, NULL);
		json_number(json, "index", i);
		json_hex(json, "gpa", module.gpa);
		json_number(json, "size", module.size);
		json_string(json, "cmdline", read_text(checked, module.cmdline));
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_finding(struct json *json, const struct pvhboot_start_finding *found)
{
	const struct pvhboot_finding *finding = &found->finding;
	char line[MAX_LINE];

	pvhboot_finding_format(finding, line, sizeof(line));
	json_object(json, NULL);
	json_string(json, "severity", severity_name(found->severity));
	json_list(json, "guests");
	for (unsigned int i = 0; i < N_GUESTS; i++) {
		if (found->guests & 1u << i)
			json_string(json, NULL, guest_names[i]);
	}
	json_list_end(json);
	json_string(json, "rule", finding->rule);
	if (finding->has & PVHBOOT_HAS_OFFSET)
		json_hex(json, "gpa", finding->offset);
	else
		json_string(json, "gpa", NULL);
	json_hex(json, "found", finding->found);
	json_hex(json, "expected", finding->bound);
	json_string(json, "text", line);
	json_object_end(json);
}

static void print_json(const struct options *options, struct checked *checked)
{
	struct json json = { .out = stdout };

	json_object(&json, NULL);
	json_string(&json, "file", options->path);
	json_hex(&json, "base", options->base);
	json_hex(&json, "start_info", options->start_info);
	json_string(&json, "registers", options->registers_path);
	json_string(&json, "cmdline", read_text(checked, checked->start.cmdline));
	json_modules(&json, checked);
	json_number(&json, "errors", checked->report.n_errors);
	json_number(&json, "warnings", checked->report.n_warnings);
	json_number(&json, "notes", checked->report.n_notes);
	json_list(&json, "findings");
	for (size_t i = 0; i < n_kept(checked); i++)
		json_finding(&json, &checked->findings[i]);
	json_list_end(&json);
	json_object_end(&json);
}

static void print_finding(const struct pvhboot_start_finding *found)
{
	char line[MAX_LINE];

	printf("  %-8s", severity_name(found->severity));
	for (unsigned int i = 0; i < N_GUESTS; i++) {
		if (found->guests & 1u << i)
			printf(" %s", guest_names[i]);
	}
	fputs(": ", stdout);
	pvhboot_finding_format(&found->finding, line, sizeof(line));
	text_put(stdout, line, strlen(line));
	putchar('\n');
}

static int next_module(const void *subject, struct table_cursor *cursor, struct table_row *row)
{
	const struct pvhboot_start *start = subject;
	struct pvhboot_listed_module module;

	while (cursor->index < start->n_modules) {
		const uint32_t i = (uint32_t)cursor->index++;

		if (pvhboot_start_module(start, i, &module, NULL) != PVHBOOT_OK)
			continue;
		snprintf(row->cells[0], TABLE_MAX_CELL, "%" PRIu32, i);
		snprintf(row->cells[1], TABLE_MAX_CELL, "0x%" PRIx64, module.gpa);
		snprintf(row->cells[2], TABLE_MAX_CELL, "0x%" PRIx64, module.gpa + module.size);
		text_size(row->cells[3], module.size);
		return 1;
	}
	return 0;
}

static void print_start(struct checked *checked)
{
	static const struct table_column columns[] = {
		{ "number", 1 }, { "start", 1 }, { "end", 1 }, { "size", 1 }, { NULL, 0 },
	};
	const struct table modules = { "Modules", columns, next_module, &checked->start };
	const char *cmdline = read_text(checked, checked->start.cmdline);

	if (cmdline) {
		text_start("Command line");
		text_put(stdout, cmdline, strlen(cmdline));
		putchar('\n');
	}
	table_print(&modules);
}

static void print_text(const struct options *options, struct checked *checked)
{
	const char *label = file_label(options->path);

	text_start("File");
	text_put(stdout, label, strlen(label));
	putchar('\n');
	text_field("start_info", "0x%" PRIx64, options->start_info);
	text_field("Registers", "%s", options->registers_path ? "checked" : "not given");
	print_start(checked);
	printf("\nErrors %zu, warnings %zu, notes %zu\n", checked->report.n_errors,
	       checked->report.n_warnings, checked->report.n_notes);
	for (size_t i = 0; i < n_kept(checked); i++)
		print_finding(&checked->findings[i]);
}

/* Reads the registers, if any, and takes ebx where no start_info was named. */
static int read_registers(struct options *options, struct pvhboot_cpu *cpu)
{
	struct file file = { .mapped = NULL };
	const char *missing;
	int code;

	if (!options->registers_path)
		return NO_EXIT;
	code = file_read(options->registers_path, &file);
	if (code != NO_EXIT)
		return code;
	missing = registers_parse(file.bytes, cpu);
	file_release(&file);
	if (missing) {
		complain("%s: no register %s of 32 bits, as 'info registers' prints it",
			 file_label(options->registers_path), missing);
		return EXIT_REFUSED;
	}
	if (!options->has_start_info)
		options->start_info = cpu->ebx;
	return NO_EXIT;
}

static int check_dump(const struct options *options, struct dump *dump,
		      const struct pvhboot_cpu *cpu, struct checked *out)
{
	const struct pvhboot_memory memory = { .ctx = dump, .read = read_dump };
	const struct pvhboot_buffer workspace = { out->workspace, sizeof(out->workspace) };
	struct pvhboot_diag diag = { .status = PVHBOOT_OK };

	out->report.findings = out->findings;
	out->report.max_findings = MAX_FINDINGS;
	if (pvhboot_start_check(&memory, options->start_info, options->registers_path ? cpu : NULL,
				workspace, &out->report, &diag) != PVHBOOT_OK)
		return refuse(options->path, &diag);
	/* where this fails, there is a finding */
	if (pvhboot_start_read(&memory, options->start_info, &out->start, NULL) != PVHBOOT_OK)
		memset(&out->start, 0, sizeof(out->start));
	if (options->json)
		print_json(options, out);
	else
		print_text(options, out);
	return out->report.n_errors ? EXIT_REFUSED : EXIT_DONE;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options options = { .path = NULL };
	struct file file = { .mapped = NULL };
	struct checked *checked = NULL;
	struct pvhboot_cpu cpu = { .eip = 0 };
	int code = parse(command, argc, argv, &options);

	if (code != NO_EXIT)
		return code;
	code = read_registers(&options, &cpu);
	if (code == NO_EXIT)
		code = file_read(options.path, &file);
	if (code == NO_EXIT) {
		struct dump dump = { file.bytes, options.base };

		sandbox_enter();
		checked = calloc(1, sizeof(*checked));
		if (checked) {
			code = check_dump(&options, &dump, &cpu, checked);
		} else {
			complain("cannot allocate %zu bytes", sizeof(*checked));
			code = EXIT_REFUSED;
		}
	}
	free(checked);
	file_release(&file);
	return code;
}

const struct command check_command = {
	.name = "check",
	.usage = "DUMP {--start-info ADDRESS | --registers FILE}... [--base ADDRESS] [--json]",
	.summary = "check the state that a guest starts in, from a dump of its memory",
	.help = help,
	.run = run,
};
