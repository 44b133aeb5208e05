/* SPDX-License-Identifier: MIT */
/* pvhboot inspect: what a file is, and how it wants to be entered. */
#include "command.h"
#include "json.h"
#include "load.h"
#include "note.h"
#include "report.h"
#include "text.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

/* A file of a megabyte can hold 65536 notes that share one name of a megabyte.
 * Names and strings of notes are short; what is longer is cut. */
#define MAX_NOTE_STRING 256

struct options {
	const char *path;
	int json;
};

static const char help[] =
	"\n"
	"Shows what a kernel file is: its container and compression, the PVH entry point,\n"
	"whether the kernel can be moved, its segments, and its notes. FILE is an ELF image or\n"
	"a Linux bzImage, either of them compressed, or a unified kernel image (UKI); '-' is\n"
	"standard input.\n"
	"\n"
	"  -j, --json  print one JSON object: addresses are hex strings, sizes and offsets\n"
	"              numbers; what is not printable ASCII is one \\u00NN a byte; names\n"
	"              and strings of notes are cut at 256 bytes\n"
	"  -h, --help  print this\n"
	"\n"
	"Offsets are those in the unpacked ELF image; an end is the address behind the last byte.\n"
	"\n"
	"Example: pvhboot inspect --json /boot/vmlinuz | jq -r .entry\n";

static void version_text(char out[16], uint16_t protocol)
{
	snprintf(out, 16, "%d.%d", protocol >> 8, protocol & 0xff);
}

static void flags_text(char out[4], uint32_t flags)
{
	out[0] = flags & 4 ? 'r' : '-';
	out[1] = flags & 2 ? 'w' : '-';
	out[2] = flags & 1 ? 'x' : '-';
	out[3] = '\0';
}

static void json_segments(struct json *json, const struct pvhboot_kernel *kernel)
{
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	char flags[4];

	json_list(json, "segments");
	while (pvhboot_segment_next(kernel, &iter, &segment)) {
		flags_text(flags, segment.flags);
		json_object(json, NULL);
		json_number(json, "index", segment.index);
		json_hex(json, "paddr", segment.gpa);
		json_number(json, "offset", segment.offset);
		json_number(json, "filesz", segment.bytes.size);
		json_number(json, "memsz", segment.size);
		json_string(json, "flags", flags);
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_note_string(struct json *json, const char *key, struct pvhboot_bytes bytes)
{
	const size_t size = bytes.size < MAX_NOTE_STRING ? bytes.size : MAX_NOTE_STRING;

	json_bytes(json, key, bytes.data, size);
}

static void json_notes(struct json *json, const struct pvhboot_kernel *kernel)
{
	struct pvhboot_note_iter iter = { .table = 0 };
	struct pvhboot_note note;
	struct note_value value;

	json_list(json, "notes");
	while (pvhboot_note_next(kernel, &iter, &note)) {
		note_decode(&note, &value);
		json_object(json, NULL);
		json_note_string(json, "name", note.name);
		json_number(json, "type", note.type);
		json_string(json, "type_name", note_type_name(&note));
		json_number(json, "size", note.desc.size);
		json_number(json, "offset", note.offset);
		if (value.form == NOTE_STRING)
			json_note_string(json, "value", value.string);
		else
			json_string(json, "value",
				    value.form == NOTE_NUMBERS ? value.numbers : NULL);
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_relocatable(struct json *json, const struct pvhboot_kernel *kernel)
{
	if (!kernel->relocatable) {
		json_string(json, "relocatable", NULL);
		return;
	}
	json_object(json, "relocatable");
	json_hex(json, "align", kernel->reloc.align);
	json_hex(json, "min", kernel->reloc.min);
	json_hex(json, "max", kernel->reloc.max);
	json_object_end(json);
}

static void print_json(const char *path, const struct loaded *loaded)
{
	const struct pvhboot_image *image = &loaded->unpacked.image;
	const struct pvhboot_kernel *kernel = &loaded->kernel;
	struct json json = { .out = stdout };
	char version[16];

	version_text(version, image->protocol);
	json_object(&json, NULL);
	json_string(&json, "file", path);
	json_number(&json, "file_size", image->file.size);
	json_string(&json, "container",
		    pvhboot_container_name((enum pvhboot_container)image->container));
	json_string(&json, "protocol", image->protocol ? version : NULL);
	json_string(&json, "compression",
		    pvhboot_compression_name((enum pvhboot_compression)image->compression));
	json_number(&json, "packed_size", image->stream.size);
	json_number(&json, "unpacked_size", loaded->unpacked.elf.size);
	json_number(&json, "class", kernel->elf_class);
	json_string(&json, "machine", load_machine(kernel));
	json_hex(&json, "entry", kernel->entry);
	json_hex(&json, "start", kernel->start);
	json_hex(&json, "end", kernel->end);
	json_relocatable(&json, kernel);
	json_segments(&json, kernel);
	json_notes(&json, kernel);
	json_warnings(&json, &loaded->diag);
	json_object_end(&json);
}

static int next_segment(const void *subject, struct table_cursor *cursor, struct table_row *row)
{
	struct pvhboot_segment segment;

	if (!pvhboot_segment_next(subject, &cursor->segment, &segment))
		return 0;
	snprintf(row->cells[0], TABLE_MAX_CELL, "%" PRIu32, segment.index);
	snprintf(row->cells[1], TABLE_MAX_CELL, "0x%" PRIx64, segment.gpa);
	snprintf(row->cells[2], TABLE_MAX_CELL, "0x%" PRIx64, segment.gpa + segment.size);
	text_size(row->cells[3], segment.bytes.size);
	text_size(row->cells[4], segment.size);
	flags_text(row->cells[5], segment.flags);
	snprintf(row->cells[6], TABLE_MAX_CELL, "0x%" PRIx64, segment.offset);
	return 1;
}

static void print_segments(const struct pvhboot_kernel *kernel)
{
	static const struct table_column columns[] = {
		{ "#", 1 },         { "paddr", 1 }, { "end", 1 },    { "in file", 1 },
		{ "in memory", 1 }, { "flags", 0 }, { "offset", 1 }, { NULL, 0 },
	};
	const struct table table = { "Segments", columns, next_segment, kernel };

	table_print(&table);
}

/* A string in quotes. What does not fit the cell is cut inside of them. */
static void quote_string(char *cell, struct pvhboot_bytes string)
{
	size_t length;

	cell[0] = '"';
	text_escape(cell + 1, TABLE_MAX_CELL - 2, string.data, string.size);
	length = strlen(cell);
	cell[length] = '"';
	cell[length + 1] = '\0';
}

static int next_note(const void *subject, struct table_cursor *cursor, struct table_row *row)
{
	struct pvhboot_note note;
	struct note_value value;
	const char *type;

	if (!pvhboot_note_next(subject, &cursor->note, &note))
		return 0;
	note_decode(&note, &value);
	type = note_type_name(&note);
	text_escape(row->cells[0], TABLE_MAX_CELL / 2, note.name.data, note.name.size);
	if (type)
		snprintf(row->cells[1], TABLE_MAX_CELL, "%s", type);
	else
		snprintf(row->cells[1], TABLE_MAX_CELL, "0x%" PRIx32, note.type);
	text_size(row->cells[2], note.desc.size);
	if (value.form == NOTE_STRING)
		quote_string(row->cells[3], value.string);
	else
		snprintf(row->cells[3], TABLE_MAX_CELL, "%s", value.numbers);
	return 1;
}

static void print_notes(const struct pvhboot_kernel *kernel)
{
	static const struct table_column columns[] = {
		{ "owner", 0 }, { "type", 0 }, { "size", 1 }, { "value", 0 }, { NULL, 0 },
	};
	const struct table table = { "Notes", columns, next_note, kernel };

	table_print(&table);
}

static void print_compression(const struct pvhboot_image *image, uint64_t unpacked)
{
	const char *name = pvhboot_compression_name((enum pvhboot_compression)image->compression);
	const uint64_t packed = image->stream.size;
	char from[TEXT_MAX_SIZE], to[TEXT_MAX_SIZE];

	text_size(from, packed);
	text_size(to, unpacked);
	/* Ten times either fits: a file has at most 4 GiB, what it unpacks to 1 GiB. */
	if (image->compression == PVHBOOT_COMPRESSION_NONE || packed == 0)
		text_field("Compression", "%s, %s", name, from);
	else
		text_field("Compression", "%s, %s unpacks to %s (%" PRIu64 ".%" PRIu64 " times)",
			   name, from, to, unpacked / packed, unpacked * 10 / packed % 10);
}

static void print_relocatable(const struct pvhboot_kernel *kernel)
{
	char align[TEXT_MAX_SIZE];

	if (!kernel->relocatable) {
		text_field("Relocatable", "no");
		return;
	}
	text_size(align, kernel->reloc.align);
	text_field("Relocatable", "in steps of %s, from 0x%" PRIx64 " to 0x%" PRIx64, align,
		   kernel->reloc.min, kernel->reloc.max);
}

static void print_text(const char *path, const struct loaded *loaded)
{
	const struct pvhboot_image *image = &loaded->unpacked.image;
	const struct pvhboot_kernel *kernel = &loaded->kernel;
	const char *label = file_label(path);
	char size[TEXT_MAX_SIZE], version[16];

	text_size(size, image->file.size);
	text_start("File");
	text_put(stdout, label, strlen(label));
	printf(" (%s)\n", size);
	version_text(version, image->protocol);
	text_field("Container", "%s%s%s",
		   pvhboot_container_name((enum pvhboot_container)image->container),
		   image->protocol ? ", boot protocol " : "", image->protocol ? version : "");
	print_compression(image, loaded->unpacked.elf.size);
	text_field("Kernel", "%u-bit %s", kernel->elf_class, load_machine(kernel));
	text_field("Entry", "0x%" PRIx64, kernel->entry);
	text_size(size, kernel->end - kernel->start);
	text_field("Memory", "0x%" PRIx64 " to 0x%" PRIx64 " (%s)", kernel->start, kernel->end,
		   size);
	print_relocatable(kernel);
	print_segments(kernel);
	print_notes(kernel);
	text_warnings(&loaded->diag);
}

/* Returns NO_EXIT when there is a file to inspect. */
static int parse(const struct command *command, int argc, char **argv, struct options *out)
{
	static const struct option table[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int code = NO_EXIT;
	int option;

	/* '-': arguments that are no options come in their place, as 1, whatever
	 * POSIXLY_CORRECT says. ':': we complain ourselves. */
	while (code == NO_EXIT && (option = getopt_long(argc, argv, "-:jh", table, NULL)) != -1) {
		if (option == 1)
			code = take_path(command, &out->path, optarg);
		else if (option == 'j')
			out->json = 1;
		else if (option == 'h')
			return print_help(command);
		else
			return misused_option(command, option, argv);
	}
	for (; code == NO_EXIT && optind < argc; optind++)
		code = take_path(command, &out->path, argv[optind]);
	if (code == NO_EXIT && !out->path)
		return misused(command, "FILE is missing");
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options options = { NULL, 0 };
	struct loaded loaded;
	int code = parse(command, argc, argv, &options);

	if (code != NO_EXIT)
		return code;
	code = load_kernel(options.path, &loaded);
	if (code == NO_EXIT) {
		if (options.json)
			print_json(options.path, &loaded);
		else
			print_text(options.path, &loaded);
		code = EXIT_DONE;
	}
	load_release(&loaded);
	return code;
}

const struct command inspect_command = {
	.name = "inspect",
	.usage = "FILE [--json]",
	.summary = "show what a kernel file is and how it is entered",
	.help = help,
	.run = run,
};
