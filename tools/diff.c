/* SPDX-License-Identifier: MIT */
/* pvhboot diff: how two kernels or two plans differ. */
#include "command.h"
#include "differ.h"
#include "file.h"
#include "inspect_print.h"
#include "json.h"
#include "kernel_options.h"
#include "progress.h"
#include "sandbox.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As diff(1) has them. EXIT_REFUSED of others is EXIT_USAGE here, which it calls trouble. */
enum diff_exit {
	EXIT_SAME = EXIT_DONE,
	EXIT_DIFFERENT = 1,
	EXIT_TROUBLE = EXIT_USAGE,
};

/* One of the two. */
struct side {
	const char *path;
	struct file file;
	struct json_tree tree;
	struct facts facts;
	int is_plan;
};

struct options {
	const char *paths[2];
	struct pvhboot_options library;
	int json;
};

static const char about[] =
	"Shows how two kernels differ, or two plans. A kernel is what pvhboot inspect takes, a\n"
	"plan is a file that pvhboot plan --json has printed; '-' is standard input.\n";

static const char notes[] =
	"One line is one difference, A being the first file; what the other one does not have\n"
	"is \"in A alone\". Of kernels all that inspect --json prints is compared, but for\n"
	"offsets; and by their SHA-256 the bytes of segments, of notes that have no value (the\n"
	"first 256), and of a UKI's initrd and microcode. Where all of this is equal, other bytes\n"
	"of the files are one difference more. Of plans, all that plan --json prints. Segments\n"
	"are known by their index, notes by owner and type, places by kind and index, map entries\n"
	"by their address, profiles by their number.\n"
	"\n"
	"Exit: 0 no difference, 1 differences, 2 trouble: a file is refused, or wrong usage.\n"
	"\n"
	"JSON: version (1), a, b (the files), kind (kernels, plans), differences, a list of what,\n"
	"a, b: strings, null where one has none, and true where a thing has no value.\n"
	"\n"
	"Example: pvhboot diff /boot/vmlinuz.old /boot/vmlinuz\n";

static int take_file(const struct command *command, const struct option_row *row, char *value,
		     void *options)
{
	const char **paths = option_member(options, row);

	if (paths[1])
		return misused(command, "more than two files: '%s'", value);
	paths[paths[0] != NULL] = value;
	return NO_EXIT;
}

/* clang-format off */
static const struct option_row rows[] = {
	{ "", 0, "FILE", NULL, take_file, offsetof(struct options, paths), 0 },
	KERNEL_OPTIONS(struct options, library),
	{ "json", 'j', NULL, OPTION_JSON_TEXT, option_set, offsetof(struct options, json), 0 },
	OPTIONS_OF_ALL
};
/* clang-format on */

static int check_options(const struct command *command, const struct options *options)
{
	if (!options->paths[1])
		return misused(command, "two files are compared, and %s given",
			       options->paths[0] ? "one is" : "none is");
	if (strcmp(options->paths[0], "-") == 0 && strcmp(options->paths[1], "-") == 0)
		return misused(command, "standard input can be one file only");
	return NO_EXIT;
}

static int refuse_memory(const char *path)
{
	complain("%s: too much to compare, or no memory for it", file_label(path));
	return EXIT_TROUBLE;
}

static int read_plan(struct side *side)
{
	const struct json_node *root, *version;
	size_t at;

	if (side->file.bytes.size > JSON_MAX_SIZE)
		return refuse_memory(side->path);
	if (!json_read(side->file.bytes, &side->tree, &at)) {
		if (side->tree.why) {
			complain("%s: %s", file_label(side->path), side->tree.why);
			return EXIT_TROUBLE;
		}
		complain("%s: not what pvhboot plan --json prints, from byte %zu on",
			 file_label(side->path), at);
		return EXIT_TROUBLE;
	}
	root = side->tree.nodes;
	version = json_member(&side->tree, root, "version");
	if (version && !json_is(version->text, JSON_VERSION)) {
		complain("%s: JSON of another version: this pvhboot reads version " JSON_VERSION,
			 file_label(side->path));
		return EXIT_TROUBLE;
	}
	if (version && json_member(&side->tree, root, "places") &&
	    json_member(&side->tree, root, "memmap"))
		return NO_EXIT;
	complain("%s: JSON, but not of a plan: there is no version, no places, or no memmap",
		 file_label(side->path));
	return EXIT_TROUBLE;
}

/* What inspect --json would print, and more. */
static int describe(const struct inspected *inspected, struct side *side)
{
	char *text = NULL;
	size_t size = 0, at;
	FILE *out = open_memstream(&text, &size);
	int is_done = out != NULL;

	progress_stage("hashing", 0);
	if (is_done) {
		inspect_print_json(inspected, out);
		is_done = fclose(out) == 0;
	}
	if (size > JSON_MAX_SIZE) {
		complain("%s: its segments and notes are too many to compare",
			 file_label(side->path));
		free(text);
		return EXIT_TROUBLE;
	}
	is_done = is_done &&
		  json_read((struct pvhboot_bytes){ (uint8_t *)text, size }, &side->tree, &at);
	free(text);
	return is_done ? NO_EXIT : refuse_memory(side->path);
}

static int read_kernel(const struct pvhboot_options *library, struct side *side)
{
	struct inspected inspected = { .with_digests = 1 };
	int code;

	progress_stage("unpacking", 0);
	code = inspect_kernel(side->path, side->file.bytes, library, &inspected);

	code = code == NO_EXIT ? describe(&inspected, side) : EXIT_TROUBLE;
	free(inspected.unpacked.buffer.data);
	return code;
}

/* No kernel begins so. */
static int is_json(struct pvhboot_bytes bytes)
{
	size_t at = 0;

	while (at < bytes.size && bytes.data[at] != '\0' && strchr(" \t\r\n", bytes.data[at]))
		at++;
	return at < bytes.size && bytes.data[at] == '{';
}

static int read_side(const struct pvhboot_options *library, struct side *side)
{
	int code;

	side->is_plan = is_json(side->file.bytes);
	code = side->is_plan ? read_plan(side) : read_kernel(library, side);
	if (code == NO_EXIT && !facts_list(&side->tree, &side->facts))
		code = refuse_memory(side->path);
	return code;
}

/* ---- What is printed ------------------------------------------------------------- */

static void put_side(const struct fact *fact, const char *side)
{
	if (!fact)
		return;
	if (!fact->is_presence) {
		text_put(stdout, fact->value.data, fact->value.size);
		putchar(' ');
	}
	fputs(side, stdout);
}

/* a or b may be NULL: there is none of it, which no word stands for that could be a value. */
static void print_difference(const struct fact *a, const struct fact *b)
{
	const struct fact *fact = a ? a : b;

	text_put(stdout, fact->what, strlen(fact->what));
	fputs(": ", stdout);
	put_side(a, "in A");
	fputs(fact->other ? ", " : "", stdout);
	put_side(b, "in B");
	puts(fact->other ? "" : " alone");
}

static void json_value(struct json *json, const char *key, const struct fact *fact)
{
	if (!fact)
		json_string(json, key, NULL);
	else if (fact->is_presence)
		json_bool(json, key, 1);
	else
		json_bytes(json, key, fact->value.data, fact->value.size);
}

static void show(struct json *json, const struct fact *a, const struct fact *b)
{
	if (!json) {
		print_difference(a, b);
		return;
	}
	json_object(json, NULL);
	json_string(json, "what", a ? a->what : b->what);
	json_value(json, "a", a);
	json_value(json, "b", b);
	json_object_end(json);
}

/* Shows all differences, in the order of A, then those of B. Returns how many. json may be NULL. */
static size_t show_all(const struct facts *a, const struct facts *b, struct json *json)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (!fact_differs(a, &a->facts[i]))
			continue;
		show(json, &a->facts[i], a->facts[i].other);
		n++;
	}
	for (size_t i = 0; i < b->n; i++) {
		if (b->facts[i].other || !fact_differs(b, &b->facts[i]))
			continue;
		show(json, NULL, &b->facts[i]);
		n++;
	}
	return n;
}

#define OTHER_BYTES "bytes that inspect does not show"

/* Whether two kernels of the same facts are not the same file. */
static size_t other_bytes(const struct side sides[2])
{
	const struct pvhboot_bytes a = sides[0].file.bytes, b = sides[1].file.bytes;

	return !sides[0].is_plan && (a.size != b.size || memcmp(a.data, b.data, a.size) != 0);
}

static size_t print_text(const struct side sides[2])
{
	size_t n = show_all(&sides[0].facts, &sides[1].facts, NULL);

	if (n == 0) {
		n = other_bytes(sides);
		puts(n > 0 ? OTHER_BYTES : "no difference");
	}
	return n;
}

static size_t print_json(const struct side sides[2])
{
	struct json json;
	size_t n;

	json_start(&json, stdout);
	json_string(&json, "a", sides[0].path);
	json_string(&json, "b", sides[1].path);
	json_string(&json, "kind", sides[0].is_plan ? "plans" : "kernels");
	json_list(&json, "differences");
	n = show_all(&sides[0].facts, &sides[1].facts, &json);
	if (n == 0 && other_bytes(sides)) {
		n = 1;
		json_object(&json, NULL);
		json_string(&json, "what", OTHER_BYTES);
		json_bool(&json, "a", 1);
		json_bool(&json, "b", 1);
		json_object_end(&json);
	}
	json_list_end(&json);
	json_object_end(&json);
	return n;
}

static int compare(const struct options *options, struct side sides[2])
{
	size_t n;

	for (size_t i = 0; i < 2; i++) {
		const int code = read_side(&options->library, &sides[i]);

		if (code != NO_EXIT)
			return code;
	}
	if (sides[0].is_plan != sides[1].is_plan) {
		complain("%s is a plan, and %s is a kernel",
			 file_label(sides[!sides[0].is_plan].path),
			 file_label(sides[sides[0].is_plan].path));
		return EXIT_TROUBLE;
	}
	if (!facts_match(&sides[0].facts, &sides[1].facts))
		return refuse_memory(sides[1].path);
	progress_end();
	n = options->json ? print_json(sides) : print_text(sides);
	return n > 0 ? EXIT_DIFFERENT : EXIT_SAME;
}

static int compare_files(const struct options *options)
{
	struct side sides[2] = { { .path = options->paths[0] }, { .path = options->paths[1] } };
	int code = file_read(sides[0].path, &sides[0].file);

	if (code == NO_EXIT)
		code = file_read(sides[1].path, &sides[1].file);
	if (code == NO_EXIT) {
		progress_start("unpacking");
		sandbox_enter();
		code = compare(options, sides);
	} else {
		code = EXIT_TROUBLE;
	}
	for (size_t i = 0; i < 2; i++) {
		facts_release(&sides[i].facts);
		json_release(&sides[i].tree);
		file_release(&sides[i].file);
	}
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options options = { .json = 0 };
	int code = options_read(command, argc, argv, &options);

	if (code == NO_EXIT)
		code = check_options(command, &options);
	return code == NO_EXIT ? compare_files(&options) : code;
}

const struct command diff_command = {
	.name = "diff",
	.usage = "A B [--json] [OPTION]...",
	.summary = "show how two kernels, or two plans, differ",
	.about = about,
	.options = rows,
	.notes = notes,
	.run = run,
	.lost = EXIT_TROUBLE,
};
