/* SPDX-License-Identifier: MIT */
/* pvhboot check: what a guest may stumble over in the state that it starts in. */
#include "bytes.h"
#include "check_picture.h"
#include "check_print.h"
#include "command.h"
#include "file.h"
#include "options.h"
#include "picture_svg.h"
#include "progress.h"
#include "registers.h"
#include "report.h"
#include "sandbox.h"
#include "value.h"

#include <pvhboot/wire/boot_params.h>
#include <stdlib.h>
#include <string.h>

struct address {
	uint64_t gpa;
	int is_given;
};

struct options {
	const char *path;
	const char *registers_path; /* NULL: not given */
	struct address base;        /* 0 where it is not given */
	struct address start_info;
	struct address boot_params;
	int json;
	struct picture_file picture;
};

/* The files, read. */
struct input {
	struct file dump;
	struct file registers; /* all zero when not given */
};

static const char about[] =
	"Checks the state in which a guest starts: the start_info, or the boot_params of Linux,\n"
	"and all that it leads to, in a dump of the guest's memory; and the registers at the\n"
	"entry. Each finding has the one whose rule it is: the ABI, or a guest that is known to\n"
	"fail.\n"
	"DUMP is a core that QEMU (dump-guest-memory), virsh dump --memory-only or xl dump-core\n"
	"has written, or raw memory; '-' is standard input.\n";

static const char notes[] =
	"error: it breaks the ABI; warning: the guests that are named fail or misread it;\n"
	"note: harmless, or not checked.\n"
	"\n"
	"The registers of a core are those of its first processor. Cores of QEMU have them all;\n"
	"of others ebx and esi alone are used, and the registers are not checked.\n"
	"\n"
	"Exit: 0 no error, 1 errors, or a file is refused (one line on stderr), 2 wrong usage.\n"
	"\n"
	"JSON: version (1), file, format (raw, elf-core, xen-core), base, start_info, boot_params\n"
	"(one of them is null), registers (the file), registers_from (file, core, or null: not\n"
	"checked), cmdline; modules, a list of index, gpa, size and cmdline, of the first 128, or\n"
	"of the initrd; errors, warnings, notes; findings, a list of severity, guests, rule, gpa,\n"
	"found, expected and text.\n"
	"\n"
	"Example: pvhboot check memory.core\n"
	"which QEMU's monitor wrote, stopped at the entry: dump-guest-memory memory.core\n";

static int take_address(const struct command *command, const struct option_row *row, char *value,
			void *options)
{
	struct address *out = option_member(options, row);

	if (!value_whole_number(value, &out->gpa))
		return misused(command, "'%s' is no address such as 0x1000", value);
	out->is_given = 1;
	return NO_EXIT;
}

/* clang-format off */
static const struct option_row rows[] = {
	{ "", 0, "DUMP", NULL, option_path, offsetof(struct options, path), 0 },
	{ "start-info", 's', "ADDRESS", "where the start_info lies",
	  take_address, offsetof(struct options, start_info), 0 },
	{ "boot-params", 'p', "ADDRESS", "where the boot_params lies. Without both options: what "
	  "rsi holds in 64-bit mode; else the start_info where ebx is not 0, or the boot_params "
	  "where esi alone is not 0", take_address, offsetof(struct options, boot_params), 0 },
	{ "base", 'b', "ADDRESS", "where the first byte of raw memory lies in the guest, 0 "
	  "without it",
	  take_address, offsetof(struct options, base), 0 },
	{ "registers", 'r', "FILE", "what QEMU's monitor prints for 'info registers', instead of "
	  "what a core has. ss, fs and gs are not looked at",
	  option_text, offsetof(struct options, registers_path), 0 },
	{ "svg", 0, "FILE", "draw what the dump holds, as SVG. For '-' the picture stands on "
	  "standard output, instead of the text",
	  picture_take, offsetof(struct options, picture), PICTURE_SVG },
	{ "force", 0, NULL, "replace a FILE of --svg that exists; where it is a link, the link and "
	  "not what it leads to", option_set, offsetof(struct options, picture.replace), 0 },
	{ "json", 'j', NULL, OPTION_JSON_TEXT, option_set, offsetof(struct options, json), 0 },
	OPTIONS_OF_ALL
};
/* clang-format on */

static int check_options(const struct command *command, const struct options *options)
{
	if (!options->path)
		return misused(command, "DUMP is missing");
	if (options->registers_path && strcmp(options->path, "-") == 0 &&
	    strcmp(options->registers_path, "-") == 0)
		return misused(command, "standard input can be one file only");
	if (options->start_info.is_given && options->boot_params.is_given)
		return misused(command, "--start-info and --boot-params: a guest has one of them");
	return picture_check(command, &options->picture, options->json);
}

/* Everything is read before anything is looked at: the sandbox ends all reading. */
static int read_input(const struct options *options, struct input *out)
{
	int code = NO_EXIT;

	if (options->registers_path)
		code = file_read(options->registers_path, &out->registers);
	return code == NO_EXIT ? file_read_large(options->path, &out->dump) : code;
}

/* Registers of a file count for more than those of a core. */
static int choose_registers(const struct options *options, const struct input *input,
			    struct checked *out)
{
	struct dump *dump = &out->dump;
	const char *missing;

	if (!options->registers_path) {
		if (dump->registers == DUMP_REGISTERS_ALL)
			out->registers = CHECK_REGISTERS_CORE;
		return NO_EXIT;
	}
	missing = registers_parse(input->registers.bytes, &dump->cpu);
	if (missing) {
		complain("%s: no register %s of 32 bits, as 'info registers' prints it",
			 file_label(options->registers_path), missing);
		return EXIT_REFUSED;
	}
	dump->registers = DUMP_REGISTERS_ALL;
	out->registers = CHECK_REGISTERS_FILE;
	return NO_EXIT;
}

/* Linux wants ebx to be 0 in 32-bit mode, and nobody's start_info lies there. */
static void address_of(const struct pvhboot_cpu *cpu, struct checked *out)
{
	out->is_linux = cpu->is_64bit || (cpu->rbx == 0 && cpu->rsi != 0);
	out->address = out->is_linux ? cpu->rsi : cpu->rbx;
}

static int choose_address(const struct command *command, const struct options *options,
			  struct checked *out)
{
	if (options->base.gpa != 0 && out->dump.format != DUMP_RAW)
		return misused(command, "--base is for raw memory: a core says where it lies");
	out->is_linux = options->boot_params.is_given;
	if (options->start_info.is_given || options->boot_params.is_given)
		out->address = out->is_linux ? options->boot_params.gpa : options->start_info.gpa;
	else if (out->dump.registers != DUMP_REGISTERS_NONE)
		address_of(&out->dump.cpu, out);
	else if (out->dump.format == DUMP_RAW)
		return misused(command, "--start-info is missing, and so is --registers");
	else
		return misused(command, "--start-info is missing, and the core has no ebx");
	return NO_EXIT;
}

static uint64_t load_halves(struct pvhboot_bytes params, size_t low, size_t high)
{
	return bytes_load(params, low, 4) | bytes_load(params, high, 4) << 32;
}

/* Where this fails, there is a finding. */
static void read_boot_params(struct checked *out)
{
	uint8_t copy[PVHBOOT_BOOT_PARAMS_SIZE];
	const struct pvhboot_bytes params = { copy, sizeof(copy) };

	if (out->address > UINT64_MAX - sizeof(copy) ||
	    dump_read(&out->dump, out->address, copy, sizeof(copy)) != 0 ||
	    bytes_load(params, PVHBOOT_BOOT_PARAMS_MAGIC, 4) != PVHBOOT_BOOT_PARAMS_HDRS)
		return;
	out->start.memory = &out->memory;
	out->start.cmdline = load_halves(params, PVHBOOT_BOOT_PARAMS_CMD_LINE_PTR,
					 PVHBOOT_BOOT_PARAMS_EXT_CMD_LINE_PTR);
	out->initrd.gpa = load_halves(params, PVHBOOT_BOOT_PARAMS_RAMDISK_IMAGE,
				      PVHBOOT_BOOT_PARAMS_EXT_RAMDISK_IMAGE);
	out->initrd.size = load_halves(params, PVHBOOT_BOOT_PARAMS_RAMDISK_SIZE,
				       PVHBOOT_BOOT_PARAMS_EXT_RAMDISK_SIZE);
}

static int check_dump(struct checked *out)
{
	const struct pvhboot_buffer workspace = { out->workspace, sizeof(out->workspace) };
	const struct pvhboot_cpu *cpu =
		out->registers == CHECK_REGISTERS_NONE ? NULL : &out->dump.cpu;
	struct pvhboot_diag diag = { .status = PVHBOOT_OK };
	enum pvhboot_status status;

	out->memory.ctx = &out->dump;
	out->memory.read = dump_read;
	out->report.findings = out->findings;
	out->report.max_findings = CHECK_MAX_FINDINGS;
	if (out->is_linux)
		status = pvhboot_boot_params_check(&out->memory, out->address, cpu, workspace,
						   &out->report, &diag);
	else
		status = pvhboot_start_check(&out->memory, out->address, cpu, workspace,
					     &out->report, &diag);
	if (status != PVHBOOT_OK)
		return refuse(out->path, &diag);
	if (out->is_linux)
		read_boot_params(out);
	/* where this fails, there is a finding */
	else if (pvhboot_start_read(&out->memory, out->address, &out->start, NULL) != PVHBOOT_OK)
		memset(&out->start, 0, sizeof(out->start));
	return NO_EXIT;
}

/* What is checked, and by which command line. */
struct job {
	const struct command *command;
	const struct options *options;
	const struct input *input;
};

static int print(struct checked *checked, const struct options *options, const struct output *out)
{
	(void)out; /* all of it goes to standard output, through its buffer */
	progress_end();
	if (options->json)
		check_print_json(checked);
	else if (!picture_is_stdout(&options->picture))
		check_print_text(checked);
	return checked->report.n_errors ? EXIT_REFUSED : EXIT_DONE;
}

static int draw(struct checked *checked, const struct options *options, const struct output *out)
{
	struct picture *picture = picture_new();
	int code;

	if (!picture)
		return EXIT_REFUSED;
	check_draw(checked, picture);
	code = picture_put(picture, options->picture.format, out);
	free(picture);
	return code;
}

static int check_input(const struct job *job, struct checked *out)
{
	const struct options *options = job->options;
	int code;

	out->path = options->path;
	out->registers_path = options->registers_path;
	out->base = options->base.gpa;
	code = dump_open(options->path, job->input->dump.bytes, options->base.gpa, &out->dump);
	if (code == NO_EXIT)
		code = choose_registers(options, job->input, out);
	if (code == NO_EXIT)
		code = choose_address(job->command, options, out);
	return code == NO_EXIT ? check_dump(out) : code;
}

static int check(const struct job *job, const struct output *out,
		 int (*show)(struct checked *checked, const struct options *options,
			     const struct output *out))
{
	struct checked *checked = calloc(1, sizeof(*checked));
	int code;

	if (!checked) {
		complain("cannot allocate %zu bytes", sizeof(*checked));
		return EXIT_REFUSED;
	}
	code = check_input(job, checked);
	if (code == NO_EXIT)
		code = show(checked, job->options, out);
	dump_release(&checked->dump);
	free(checked);
	return code;
}

static int make_picture(const struct output *out, void *context)
{
	return check(context, out, draw);
}

static int check_files(const struct command *command, const struct options *options)
{
	struct input input = { .dump.mapped = NULL };
	struct job job = { command, options, &input };
	int code = read_input(options, &input);

	if (code == NO_EXIT)
		code = picture_make(&options->picture, make_picture, &job);
	if (code == NO_EXIT) {
		progress_start("checking");
		sandbox_enter();
		code = check(&job, NULL, print);
	}
	file_release(&input.registers);
	file_release(&input.dump);
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options options = { .path = NULL };
	int code = options_read(command, argc, argv, &options);

	if (code == NO_EXIT)
		code = check_options(command, &options);
	return code == NO_EXIT ? check_files(command, &options) : code;
}

const struct command check_command = {
	.name = "check",
	.usage = "DUMP [--start-info ADDRESS | --boot-params ADDRESS] [OPTION]...",
	.summary = "check the state that a guest starts in, from a dump of its memory",
	.about = about,
	.options = rows,
	.notes = notes,
	.run = run,
};
