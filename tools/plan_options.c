/* SPDX-License-Identifier: MIT */
#include "plan_options.h"

#include <stdlib.h>
#include <string.h>

#define GIB ((uint64_t)1 << 30)

#define MAP_TYPES "ram, reserved, acpi, nvs, unusable, disabled or pmem"

const struct value_word plan_map_types[] = {
	{ "ram", PVHBOOT_MAP_RAM },           { "reserved", PVHBOOT_MAP_RESERVED },
	{ "acpi", PVHBOOT_MAP_ACPI },         { "nvs", PVHBOOT_MAP_NVS },
	{ "unusable", PVHBOOT_MAP_UNUSABLE }, { "disabled", PVHBOOT_MAP_DISABLED },
	{ "pmem", PVHBOOT_MAP_PMEM },         { NULL, 0 },
};

static int take_memory(const struct command *command, const struct option_row *row, char *value,
		       void *options)
{
	(void)row;
	return value_memory(command, value, &((struct plan_options *)options)->memory);
}

static int add_module(const struct command *command, const struct option_row *row, char *value,
		      void *options)
{
	struct plan_options *out = options;
	struct module_file *module = &out->modules[out->n_modules++];
	char *separator = strchr(value, '=');

	(void)command;
	(void)row;
	module->path = value;
	if (separator) {
		*separator = '\0';
		module->cmdline = separator + 1;
	}
	return NO_EXIT;
}

/* What may follow an address: nothing, and *type stays, or "=TYPE". */
static int take_type(const struct command *command, const struct option_row *row, const char *text,
		     uint32_t *type)
{
	if (*text == '\0' || value_word(plan_map_types, text + 1, type))
		return NO_EXIT;
	return misused(command, "TYPE in --%s is " MAP_TYPES ", not '%s'", row->name, text + 1);
}

static int add_blob(const struct command *command, const struct option_row *row, char *value,
		    void *options)
{
	struct plan_options *out = options;
	struct blob_file *blob = &out->blobs[out->n_blobs++];
	char *separator = strrchr(value, '@');
	const char *end = separator ? value_number(separator + 1, &blob->gpa) : NULL;

	/* at 0 the library would look for an address itself */
	if (!end || (*end != '\0' && *end != '=') || blob->gpa == 0)
		return misused(command,
			       "--blob is FILE@GPA or FILE@GPA=TYPE, GPA above 0, not '%s'", value);
	*separator = '\0';
	blob->path = value;
	return take_type(command, row, end, &blob->type);
}

static int add_reserved(const struct command *command, const struct option_row *row, char *value,
			void *options)
{
	struct plan_options *out = options;
	struct pvhboot_map_entry *entry = &out->reserved[out->n_reserved++];
	uint64_t range_end = 0;
	const char *end = value_range(value, &entry->gpa, &range_end);

	if (!end || (*end != '\0' && *end != '='))
		return misused(
			command,
			"--reserve is START-END or START-END=TYPE, START below END, not '%s'",
			value);
	entry->size = range_end - entry->gpa;
	entry->type = PVHBOOT_MAP_RESERVED;
	return take_type(command, row, end, &entry->type);
}

static int add_avoid(const struct command *command, const struct option_row *row, char *value,
		     void *options)
{
	struct plan_options *out = options;
	struct pvhboot_range *range = &out->avoid[out->request.n_avoid++];
	const char *end = value_range(value, &range->start, &range->end);

	(void)row;
	if (!end || *end != '\0')
		return misused(command, "--avoid is START-END, START below END, not '%s'", value);
	return NO_EXIT;
}

/* The last one counts. */
static int take_slide(const struct command *command, const struct option_row *row, char *value,
		      void *options)
{
	struct pvhboot_request *request = option_member(options, row);

	request->flags &= ~(PVHBOOT_REQUEST_SLIDE | PVHBOOT_REQUEST_LOWEST);
	request->slide = 0;
	if (strcmp(value, "lowest") == 0)
		request->flags |= PVHBOOT_REQUEST_LOWEST;
	else if (value_whole_number(value, &request->slide))
		request->flags |= PVHBOOT_REQUEST_SLIDE;
	else
		return misused(command, "--slide is a number such as 0x200000, or lowest, not '%s'",
			       value);
	return NO_EXIT;
}

/* 0 would be the library's default. */
static int take_ceiling(const struct command *command, const struct option_row *row, char *value,
			void *options)
{
	uint64_t *out = option_member(options, row);

	if (value_whole_number(value, out) && *out > 0 && *out <= 4 * GIB)
		return NO_EXIT;
	return misused(command, "--%s is an address such as 0x40000000, at most 4 GiB, not '%s'",
		       row->name, value);
}

static int take_guest(const struct command *command, const struct option_row *row, char *value,
		      void *options)
{
	static const struct value_word words[] = {
		{ "linux", PVHBOOT_FOR_LINUX }, { "freebsd", PVHBOOT_FOR_FREEBSD },
		{ "grub", PVHBOOT_FOR_GRUB },   { "ovmf", PVHBOOT_FOR_OVMF },
		{ "xen", PVHBOOT_FOR_XEN },     { NULL, 0 },
	};
	uint32_t guest;

	if (!value_word(words, value, &guest))
		return misused(command, "--guest is linux, freebsd, grub, ovmf or xen, not '%s'",
			       value);
	*(uint32_t *)option_member(options, row) |= guest;
	return NO_EXIT;
}

static int take_entry(const struct command *command, const struct option_row *row, char *value,
		      void *options)
{
	if (entry_by_name(pvhboot_text(value), option_member(options, row)))
		return NO_EXIT;
	return misused(command, "--entry is " ENTRY_NAMES ", not '%s'", value);
}

static int take_entropy(const struct command *command, const struct option_row *row, char *value,
			void *options)
{
	struct plan_options *out = options;

	(void)row;
	out->request.entropy.data = out->entropy;
	out->request.entropy.size = entry_entropy(pvhboot_text(value), out->entropy);
	if (out->request.entropy.size > 0)
		return NO_EXIT;
	return misused(command, "--entropy is two digits of 0-9 and a-f a byte, not '%s'", value);
}

static int take_rsdp(const struct command *command, const struct option_row *row, char *value,
		     void *options)
{
	if (value_whole_number(value, option_member(options, row)))
		return NO_EXIT;
	return misused(command, "--rsdp is an address such as 0xe0000, not '%s'", value);
}

static int take_version(const struct command *command, const struct option_row *row, char *value,
			void *options)
{
	uint32_t *flags = option_member(options, row);

	*flags &= ~PVHBOOT_REQUEST_VERSION_0;
	if (strcmp(value, "0") == 0)
		*flags |= PVHBOOT_REQUEST_VERSION_0;
	else if (strcmp(value, "1") != 0)
		return misused(command, "--start-info-version is 0 or 1, not '%s'", value);
	return NO_EXIT;
}

static int take_cmdline(const struct command *command, const struct option_row *row, char *value,
			void *options)
{
	(void)command;
	*(struct pvhboot_bytes *)option_member(options, row) = pvhboot_text(value);
	return NO_EXIT;
}

#define IN(member) offsetof(struct plan_options, member)
#define FLAG(name, text, flag)                                                                     \
	{                                                                                          \
		name, 0, NULL, text, option_bits, IN(request.flags), flag                          \
	}

/* clang-format off */
const struct option_row plan_rows[] = {
	{ "", 0, "FILE", NULL, option_path, IN(path), 0 },
	{ "memory", 'm', "SIZE", "memory of the guest, with a unit: 512M, 2G (K, M, G, T)",
	  take_memory, 0, 0 },
	{ "module", 0, "FILE[=CMDLINE]", "a module, such as an initrd; may be repeated. "
	  "FILE ends at the "
	  "first '='; one with '=' in its name is given as --module - <FILE", add_module, 0, 0 },
	FLAG("join", "the modules become one, as Linux takes initrds", PVHBOOT_REQUEST_JOIN),
	{ "cmdline", 0, "TEXT", "command line of the "
	  "kernel", take_cmdline, IN(request.cmdline), 0 },
	{ "no-uki", 0, NULL, "leave out what a UKI has beside its kernel",
	  option_bits, IN(library.flags), PVHBOOT_OPTION_NO_UKI },
	{ "blob", 0, "FILE@GPA[=TYPE]", "bytes at an address, such as ACPI tables; may be "
	  "repeated. FILE "
	  "ends at the last '@'; the memory map calls the pages TYPE, if it is "
	  "given", add_blob, 0, 0 },
	{ "rsdp", 0, "GPA", "address of the ACPI RSDP", take_rsdp, IN(request.rsdp), 0 },
	{ "reserve", 0, "START-END[=TYPE]", "one more entry of the memory map, reserved "
	  "unless TYPE is "
	  "given; may be repeated", add_reserved, 0, 0 },
	{ "avoid", 0, "START-END", "RAM where nothing is placed; may be "
	  "repeated", add_avoid, 0, 0 },
	{ "ceiling", 0, "ADDRESS", "nothing is placed above; 4 GiB without it",
	  take_ceiling, IN(request.ceiling), 0 },
	{ "info-ceiling", 0, "ADDRESS", "the same for the start_info block; 1 GiB without it",
	  take_ceiling, IN(request.info_ceiling), 0 },
	{ "slide", 0, "N", "the kernel moves by N exactly, modulo 2^64; "
	  "or", take_slide, IN(request), 0 },
	{ "slide", 0, "lowest", "when it must move, to the lowest address, not the highest",
	  take_slide, IN(request), 0 },
	{ "entry", 0, "NAME", "the kernel is entered by pvh, linux64, bzimage64 or "
	  "bzimage32. auto, as "
	  "without it, is the first of these that it has; with --kaslr, linux64 goes before "
	  "pvh. efi puts "
	  "an EFI environment into the guest, which starts FILE there",
	  take_entry, IN(request.entry), 0 },
	FLAG("kaslr", "the kernel's address is random. Such a plan is a secret of its "
	  "guest: hosts that "
	     "boot it must not log it", PVHBOOT_REQUEST_KASLR),
	FLAG("random", "a kernel that is handed a boot_params gets a seed for its random numbers",
	     PVHBOOT_REQUEST_RNG_SEED),
	{ "entropy", 0, "HEX", "what --kaslr (32 digits) and --random (64 digits) take at "
	  "random, in this "
	  "order; for a plan that can be had again", take_entropy, 0, 0 },
	{ "show-secrets", 0, NULL, "with --kaslr, print the virtual slide too",
	  option_set, IN(show_secrets), 0 },
	{ "guest", 0, "NAME", "warn of what linux, freebsd, grub, ovmf or xen does not "
	  "take; may be "
	  "repeated", take_guest, IN(request.guests), 0 },
	FLAG("low", "the block and modules may lie below 1 MiB", PVHBOOT_REQUEST_BELOW_1MIB),
	FLAG("high-modules", "modules without room below 4 GiB go above",
	     PVHBOOT_REQUEST_MODULES_ABOVE_4GIB),
	FLAG("dom0", "the guest is Xen's control domain, entered by pvh", PVHBOOT_REQUEST_DOM0),
	{ "start-info-version", 0, "N", "1, or 0: without the memory map; PVH alone has one",
	  take_version, IN(request.flags), 0 },
	KERNEL_OPTIONS(struct plan_options, library),
	{ "svg", 0, "FILE", "draw the guest's memory, as SVG. For '-' the picture stands on "
	  "standard "
	  "output, instead of the text", picture_take, IN(picture), PICTURE_SVG },
	{ "html", 0, "FILE", "the same as a page, with more on what one points at",
	  picture_take, IN(picture), PICTURE_HTML },
	{ "force", 0, NULL, "replace a FILE of --svg or --html that exists; where it is a "
	  "link, the link "
	  "and not what it leads to", option_set, IN(picture.replace), 0 },
	{ "digest", 0, NULL, "print the SHA-256 of what the guest gets: places, bytes and "
	  "registers, in "
	  "the form that docs/DIGEST.md has", option_set, IN(digest), 0 },
	{ "json", 'j', NULL, OPTION_JSON_TEXT, option_set, IN(json), 0 },
	OPTIONS_OF_ALL
};
/* clang-format on */

/* What the library refuses of any kernel, in words of the options. */
static int check_request(const struct command *command, const struct plan_options *options)
{
	const struct pvhboot_request *request = &options->request;
	const struct pvhboot_options *library = &options->library;
	const size_t given = 2 * request->entropy.size;
	const size_t wanted = 2 * entry_entropy_size(request->flags);
	const int is_longer = given > wanted && !(request->flags & PVHBOOT_REQUEST_RNG_SEED);

	if ((request->flags & PVHBOOT_REQUEST_KASLR) && (request->flags & PVHBOOT_REQUEST_SLIDE))
		return misused(command, "--kaslr and --slide N: leave out one of them");
	if (options->show_secrets && !(request->flags & PVHBOOT_REQUEST_KASLR))
		return misused(command, "--show-secrets is for --kaslr; add it, or leave it out");
	if (given > 0 && wanted == 0)
		return misused(command, "--entropy is for --kaslr and --random; add one of them");
	if (given > 0 && (given < wanted || is_longer))
		return misused(command,
			       "--entropy has %zu digits; give it %zu: 32 for --kaslr, 64 for "
			       "--random",
			       given, wanted);
	if (request->entry > PVHBOOT_ENTRY_PVH &&
	    (request->flags & (PVHBOOT_REQUEST_DOM0 | PVHBOOT_REQUEST_VERSION_0)))
		return misused(command, "--dom0 and --start-info-version 0 are for the entry pvh; "
					"leave them out, or take --entry pvh");
	if (request->entry == PVHBOOT_ENTRY_EFI &&
	    (library->profile != 0 || library->profile_id.size > 0 ||
	     (library->flags & PVHBOOT_OPTION_NO_UKI)))
		return misused(command,
			       "--profile and --no-uki are not for --entry efi; leave them "
			       "out, or begin --cmdline with @1 for profile 1");
	return NO_EXIT;
}

static int check_options(const struct command *command, const struct plan_options *options)
{
	int n_stdin;
	int code;

	if (!options->path)
		return misused(command, "FILE is missing");
	if (options->memory == 0)
		return misused(command, "--memory is missing");
	n_stdin = file_is_stdin(options->path);
	for (size_t i = 0; i < options->n_modules; i++)
		n_stdin += file_is_stdin(options->modules[i].path);
	for (size_t i = 0; i < options->n_blobs; i++)
		n_stdin += file_is_stdin(options->blobs[i].path);
	if (n_stdin > 1)
		return misused(command, "standard input can be one file only");
	code = picture_check(command, &options->picture, options->json);
	if (code != NO_EXIT)
		return code;
	if (options->digest && picture_is_stdout(&options->picture))
		return misused(command, "standard output can be a digest or a picture");
	if (options->digest && (options->request.flags & PVHBOOT_REQUEST_KASLR) &&
	    !options->show_secrets)
		return misused(command,
			       "--digest tells the slide of --kaslr to those who try all of "
			       "them; add --show-secrets");
	return check_request(command, options);
}

/* Each element takes an argument: there are no more than arguments. */
static int allocate(size_t n, struct plan_options *out)
{
	out->modules = calloc(n, sizeof(*out->modules));
	out->blobs = calloc(n, sizeof(*out->blobs));
	out->reserved = calloc(n, sizeof(*out->reserved));
	out->avoid = calloc(n, sizeof(*out->avoid));
	if (!out->modules || !out->blobs || !out->reserved || !out->avoid) {
		complain("cannot allocate memory for the options");
		return EXIT_REFUSED;
	}
	out->request.avoid = out->avoid;
	return NO_EXIT;
}

int plan_options_parse(const struct command *command, int argc, char **argv,
		       struct plan_options *out)
{
	int code;

	memset(out, 0, sizeof(*out));
	code = allocate((size_t)argc, out);
	if (code == NO_EXIT)
		code = options_read(command, argc, argv, out);
	return code == NO_EXIT ? check_options(command, out) : code;
}

void plan_options_release(struct plan_options *options)
{
	for (size_t i = 0; i < options->n_modules; i++)
		file_release(&options->modules[i].file);
	for (size_t i = 0; i < options->n_blobs; i++)
		file_release(&options->blobs[i].file);
	free(options->modules);
	free(options->blobs);
	free(options->reserved);
	free(options->avoid);
}
