/* SPDX-License-Identifier: MIT */
#include "plan_options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

const char plan_help[] =
	"\n"
	"Shows where a kernel, its modules and its start_info (or boot_params) would lie in a\n"
	"guest's memory, and the two registers that enter it. Nothing is started or written.\n"
	"FILE is what pvhboot inspect takes; '-' is standard input. A unified kernel image (UKI)\n"
	"brings modules where no --module is given, its microcode and its initrd joined into\n"
	"one, and a command line where no --cmdline is given.\n"
	"\n"
	"  -m, --memory SIZE            memory of the guest, with a unit: 512M, 2G (K, M, G, T)\n"
	"      --module FILE[=CMDLINE]  a module, such as an initrd; may be repeated. FILE ends\n"
	"                               at the first '='; one with '=' in its name is given\n"
	"                               as --module - <FILE\n"
	"      --join                   the modules become one, as Linux takes initrds\n"
	"      --cmdline TEXT           command line of the kernel\n"
	"      --profile N|ID           of a UKI, this profile: its number, from 0 on, or its ID;\n"
	"                               without it, 0\n"
	"      --no-uki                 leave out what a UKI has beside its kernel\n"
	"      --blob FILE@GPA[=TYPE]   bytes at an address, such as ACPI tables; may be\n"
	"                               repeated. FILE ends at the last '@'; the memory map\n"
	"                               calls the pages TYPE, if it is given\n"
	"      --rsdp GPA               address of the ACPI RSDP\n"
	"      --reserve START-END[=TYPE]\n"
	"                               one more entry of the memory map, reserved unless TYPE\n"
	"                               is given; may be repeated\n"
	"      --avoid START-END        RAM where nothing is placed; may be repeated\n"
	"      --ceiling ADDRESS        nothing is placed above; 4 GiB without it\n"
	"      --info-ceiling ADDRESS   the same for the start_info block; 1 GiB without it\n"
	"      --slide N                the kernel moves by N exactly, modulo 2^64; or\n"
	"      --slide lowest           when it must move, to the lowest address, not the highest\n"
	"      --entry NAME             the kernel is entered by pvh, linux64, bzimage64 or\n"
	"                               bzimage32. auto, as without it, is the first of these\n"
	"                               that it has; with --kaslr, linux64 goes before pvh. efi\n"
	"                               puts an EFI environment into the guest, which starts\n"
	"                               FILE there\n"
	"      --kaslr                  the kernel's address is random. Such a plan is a secret\n"
	"                               of its guest: hosts that boot it must not log it\n"
	"      --random                 a kernel that is handed a boot_params gets a seed for its\n"
	"                               random numbers\n"
	"      --entropy HEX            what --kaslr (32 digits) and --random (64 digits) take at\n"
	"                               random, in this order; for a plan that can be had again\n"
	"      --show-secrets           with --kaslr, print the virtual slide too\n"
	"      --guest NAME             warn of what linux, freebsd, grub, ovmf or xen does not\n"
	"                               take; may be repeated\n"
	"      --low                    the block and modules may lie below 1 MiB\n"
	"      --high-modules           modules without room below 4 GiB go above\n"
	"      --dom0                   the guest is Xen's control domain, entered by pvh\n"
	"      --start-info-version N   1, or 0: without the memory map; PVH alone has one\n"
	"      --max-output SIZE        refuse a kernel that unpacks to more; 1G without it\n"
	"      --max-memory SIZE        refuse a file that takes more memory to unpack; 256M\n"
	"                               without it\n"
	"      --compat xen             accept what only Xen's domain builder accepts\n"
	"      --strict                 refuse where there is a warning\n";

const char plan_more_help[] =
	"      --svg FILE               draw the guest's memory, as SVG. For '-' the picture\n"
	"                               stands on standard output, instead of the text\n"
	"      --html FILE              the same as a page, with more on what one points at\n"
	"      --force                  replace a FILE of --svg or --html that exists\n"
	"      --digest                 print the SHA-256 of what the guest gets: places, bytes\n"
	"                               and registers, in the form that docs/DIGEST.md has\n"
	"  -j, --json                   print one JSON object: addresses are hex strings,\n"
	"                               sizes numbers; what is not printable ASCII is one\n"
	"                               \\u00NN a byte\n"
	"  -h, --help                   print this\n"
	"\n"
	"The memory map is that of a PC: RAM from 0 to 640 KiB, from 1 MiB to SIZE or 3 GiB,\n"
	"and what remains of SIZE from 4 GiB on. An end is the address behind the last byte.\n"
	"Addresses are decimal, or hex behind 0x. Where entries of the map overlap, RAM yields.\n"
	"TYPE is ram, reserved, acpi, nvs, unusable, disabled or pmem.\n"
	"\n"
	"JSON: version (1), file, memory, entry, entry_kind, entry_reason, start_info (or boot_params),\n"
	"slide; kaslr (null without --kaslr) with physical_slots, physical_fixed, virtual_slots,\n"
	"virtual_fixed, where fixed says why there is one slot, or is null, and virtual_slide\n"
	"(with --show-secrets); digest, two digits a byte, null without --digest; places, a list\n"
	"of gpa, size, kind (segment, module, start_info, symbols, blob), index, source_size;\n"
	"memmap, a list of gpa, size, type, type_name; warnings, a list of strings.\n"
	"\n"
	"Example: pvhboot plan vmlinuz --memory 512M --module initrd.img --cmdline console=ttyS0\n";

#define GIB ((uint64_t)1 << 30)

#define MAP_TYPES "ram, reserved, acpi, nvs, unusable, disabled or pmem"

const struct value_word plan_map_types[] = {
	{ "ram", PVHBOOT_MAP_RAM },           { "reserved", PVHBOOT_MAP_RESERVED },
	{ "acpi", PVHBOOT_MAP_ACPI },         { "nvs", PVHBOOT_MAP_NVS },
	{ "unusable", PVHBOOT_MAP_UNUSABLE }, { "disabled", PVHBOOT_MAP_DISABLED },
	{ "pmem", PVHBOOT_MAP_PMEM },         { NULL, 0 },
};

/* Options without a letter. */
enum long_option {
	OPTION_MODULE = OPTION_OWN,
	OPTION_JOIN,
	OPTION_CMDLINE,
	OPTION_NO_UKI,
	OPTION_BLOB,
	OPTION_RSDP,
	OPTION_RESERVE,
	OPTION_AVOID,
	OPTION_CEILING,
	OPTION_INFO_CEILING,
	OPTION_SLIDE,
	OPTION_ENTRY,
	OPTION_KASLR,
	OPTION_RANDOM,
	OPTION_ENTROPY,
	OPTION_SHOW_SECRETS,
	OPTION_GUEST,
	OPTION_LOW,
	OPTION_HIGH_MODULES,
	OPTION_DOM0,
	OPTION_VERSION,
	OPTION_SVG,
	OPTION_HTML,
	OPTION_FORCE,
	OPTION_DIGEST,
};

static const struct option table[] = {
	KERNEL_OPTIONS,
	{ "memory", required_argument, NULL, 'm' },
	{ "module", required_argument, NULL, OPTION_MODULE },
	{ "join", no_argument, NULL, OPTION_JOIN },
	{ "cmdline", required_argument, NULL, OPTION_CMDLINE },
	{ "no-uki", no_argument, NULL, OPTION_NO_UKI },
	{ "blob", required_argument, NULL, OPTION_BLOB },
	{ "rsdp", required_argument, NULL, OPTION_RSDP },
	{ "reserve", required_argument, NULL, OPTION_RESERVE },
	{ "avoid", required_argument, NULL, OPTION_AVOID },
	{ "ceiling", required_argument, NULL, OPTION_CEILING },
	{ "info-ceiling", required_argument, NULL, OPTION_INFO_CEILING },
	{ "slide", required_argument, NULL, OPTION_SLIDE },
	{ "entry", required_argument, NULL, OPTION_ENTRY },
	{ "kaslr", no_argument, NULL, OPTION_KASLR },
	{ "random", no_argument, NULL, OPTION_RANDOM },
	{ "entropy", required_argument, NULL, OPTION_ENTROPY },
	{ "show-secrets", no_argument, NULL, OPTION_SHOW_SECRETS },
	{ "guest", required_argument, NULL, OPTION_GUEST },
	{ "low", no_argument, NULL, OPTION_LOW },
	{ "high-modules", no_argument, NULL, OPTION_HIGH_MODULES },
	{ "dom0", no_argument, NULL, OPTION_DOM0 },
	{ "start-info-version", required_argument, NULL, OPTION_VERSION },
	{ "svg", required_argument, NULL, OPTION_SVG },
	{ "html", required_argument, NULL, OPTION_HTML },
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ "digest", no_argument, NULL, OPTION_DIGEST },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int add_module(struct plan_options *options, char *argument)
{
	struct module_file *module = &options->modules[options->n_modules++];
	char *separator = strchr(argument, '=');

	module->path = argument;
	if (separator) {
		*separator = '\0';
		module->cmdline = separator + 1;
	}
	return NO_EXIT;
}

/* What may follow an address: nothing, and *type stays, or "=TYPE". */
static int take_type(const struct command *command, const char *option, const char *text,
		     uint32_t *type)
{
	if (*text == '\0' || value_word(plan_map_types, text + 1, type))
		return NO_EXIT;
	return misused(command, "TYPE in %s is " MAP_TYPES ", not '%s'", option, text + 1);
}

static int add_blob(const struct command *command, char *argument, struct plan_options *options)
{
	struct blob_file *blob = &options->blobs[options->n_blobs++];
	char *separator = strrchr(argument, '@');
	const char *end = separator ? value_number(separator + 1, &blob->gpa) : NULL;

	/* at 0 the library would look for an address itself */
	if (!end || (*end != '\0' && *end != '=') || blob->gpa == 0)
		return misused(command,
			       "--blob is FILE@GPA or FILE@GPA=TYPE, GPA above 0, not '%s'",
			       argument);
	*separator = '\0';
	blob->path = argument;
	return take_type(command, "--blob", end, &blob->type);
}

static int add_reserved(const struct command *command, const char *text,
			struct plan_options *options)
{
	struct pvhboot_map_entry *entry = &options->reserved[options->n_reserved++];
	uint64_t range_end = 0;
	const char *end = value_range(text, &entry->gpa, &range_end);

	if (!end || (*end != '\0' && *end != '='))
		return misused(
			command,
			"--reserve is START-END or START-END=TYPE, START below END, not '%s'",
			text);
	entry->size = range_end - entry->gpa;
	entry->type = PVHBOOT_MAP_RESERVED;
	return take_type(command, "--reserve", end, &entry->type);
}

static int add_avoid(const struct command *command, const char *text, struct plan_options *options)
{
	struct pvhboot_range *range = &options->avoid[options->request.n_avoid++];
	const char *end = value_range(text, &range->start, &range->end);

	if (!end || *end != '\0')
		return misused(command, "--avoid is START-END, START below END, not '%s'", text);
	return NO_EXIT;
}

/* The last one counts. */
static int take_slide(const struct command *command, const char *text,
		      struct pvhboot_request *request)
{
	request->flags &= ~(PVHBOOT_REQUEST_SLIDE | PVHBOOT_REQUEST_LOWEST);
	request->slide = 0;
	if (strcmp(text, "lowest") == 0)
		request->flags |= PVHBOOT_REQUEST_LOWEST;
	else if (value_whole_number(text, &request->slide))
		request->flags |= PVHBOOT_REQUEST_SLIDE;
	else
		return misused(command, "--slide is a number such as 0x200000, or lowest, not '%s'",
			       text);
	return NO_EXIT;
}

/* 0 would be the library's default. */
static int take_ceiling(const struct command *command, const char *option, const char *text,
			uint64_t *out)
{
	if (value_whole_number(text, out) && *out > 0 && *out <= 4 * GIB)
		return NO_EXIT;
	return misused(command, "%s is an address such as 0x40000000, at most 4 GiB, not '%s'",
		       option, text);
}

static int take_guest(const struct command *command, const char *text, uint32_t *guests)
{
	static const struct value_word words[] = {
		{ "linux", PVHBOOT_FOR_LINUX }, { "freebsd", PVHBOOT_FOR_FREEBSD },
		{ "grub", PVHBOOT_FOR_GRUB },   { "ovmf", PVHBOOT_FOR_OVMF },
		{ "xen", PVHBOOT_FOR_XEN },     { NULL, 0 },
	};
	uint32_t guest;

	if (!value_word(words, text, &guest))
		return misused(command, "--guest is linux, freebsd, grub, ovmf or xen, not '%s'",
			       text);
	*guests |= guest;
	return NO_EXIT;
}

static int take_entry(const struct command *command, const char *text, uint32_t *entry)
{
	if (entry_by_name(pvhboot_text(text), entry))
		return NO_EXIT;
	return misused(command, "--entry is " ENTRY_NAMES ", not '%s'", text);
}

static int take_entropy(const struct command *command, const char *text, struct plan_options *out)
{
	out->request.entropy.data = out->entropy;
	out->request.entropy.size = entry_entropy(pvhboot_text(text), out->entropy);
	if (out->request.entropy.size > 0)
		return NO_EXIT;
	return misused(command, "--entropy is two digits of 0-9 and a-f a byte, not '%s'", text);
}

static int take_rsdp(const struct command *command, const char *text, uint64_t *rsdp)
{
	if (value_whole_number(text, rsdp))
		return NO_EXIT;
	return misused(command, "--rsdp is an address such as 0xe0000, not '%s'", text);
}

static int take_version(const struct command *command, const char *text, uint32_t *flags)
{
	*flags &= ~PVHBOOT_REQUEST_VERSION_0;
	if (strcmp(text, "0") == 0)
		*flags |= PVHBOOT_REQUEST_VERSION_0;
	else if (strcmp(text, "1") != 0)
		return misused(command, "--start-info-version is 0 or 1, not '%s'", text);
	return NO_EXIT;
}

static int take_flag(uint32_t *flags, uint32_t flag)
{
	*flags |= flag;
	return NO_EXIT;
}

static int take_option(const struct command *command, int option, char **argv,
		       struct plan_options *out)
{
	struct pvhboot_request *request = &out->request;

	switch (option) {
	case 1:
		return take_path(command, &out->path, optarg);
	case 'm':
		return value_memory(command, optarg, &out->memory);
	case OPTION_MODULE:
		return add_module(out, optarg);
	case OPTION_JOIN:
		return take_flag(&request->flags, PVHBOOT_REQUEST_JOIN);
	case OPTION_CMDLINE:
		request->cmdline = pvhboot_text(optarg);
		return NO_EXIT;
	case OPTION_NO_UKI:
		return take_flag(&out->library.flags, PVHBOOT_OPTION_NO_UKI);
	case OPTION_BLOB:
		return add_blob(command, optarg, out);
	case OPTION_RSDP:
		return take_rsdp(command, optarg, &request->rsdp);
	case OPTION_RESERVE:
		return add_reserved(command, optarg, out);
	case OPTION_AVOID:
		return add_avoid(command, optarg, out);
	case OPTION_CEILING:
		return take_ceiling(command, "--ceiling", optarg, &request->ceiling);
	case OPTION_INFO_CEILING:
		return take_ceiling(command, "--info-ceiling", optarg, &request->info_ceiling);
	case OPTION_SLIDE:
		return take_slide(command, optarg, request);
	case OPTION_ENTRY:
		return take_entry(command, optarg, &request->entry);
	case OPTION_KASLR:
		return take_flag(&request->flags, PVHBOOT_REQUEST_KASLR);
	case OPTION_RANDOM:
		return take_flag(&request->flags, PVHBOOT_REQUEST_RNG_SEED);
	case OPTION_ENTROPY:
		return take_entropy(command, optarg, out);
	case OPTION_SHOW_SECRETS:
		out->show_secrets = 1;
		return NO_EXIT;
	case OPTION_GUEST:
		return take_guest(command, optarg, &request->guests);
	case OPTION_LOW:
		return take_flag(&request->flags, PVHBOOT_REQUEST_BELOW_1MIB);
	case OPTION_HIGH_MODULES:
		return take_flag(&request->flags, PVHBOOT_REQUEST_MODULES_ABOVE_4GIB);
	case OPTION_DOM0:
		return take_flag(&request->flags, PVHBOOT_REQUEST_DOM0);
	case OPTION_VERSION:
		return take_version(command, optarg, &request->flags);
	case OPTION_SVG:
		return picture_take(command, PICTURE_SVG, optarg, &out->picture);
	case OPTION_HTML:
		return picture_take(command, PICTURE_HTML, optarg, &out->picture);
	case OPTION_FORCE:
		out->picture.replace = 1;
		return NO_EXIT;
	case OPTION_DIGEST:
		out->digest = 1;
		return NO_EXIT;
	case 'j':
		out->json = 1;
		return NO_EXIT;
	case 'h':
		return print_help(command);
	case '?':
	case ':':
		return misused_option(command, option, argv);
	default:
		return kernel_option_take(command, option, optarg, &out->library);
	}
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
	if (options->digest && (options->request.flags & PVHBOOT_REQUEST_KASLR) &&
	    !options->show_secrets)
		return misused(command,
			       "--digest tells the slide of --kaslr to those who try all of "
			       "them; add --show-secrets");
	return NO_EXIT;
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
	int option;

	memset(out, 0, sizeof(*out));
	code = allocate((size_t)argc, out);
	/* '-': arguments that are no options come in their place, as 1, whatever
	 * POSIXLY_CORRECT says. ':': we complain ourselves. */
	while (code == NO_EXIT && (option = getopt_long(argc, argv, "-:m:jh", table, NULL)) != -1)
		code = take_option(command, option, argv, out);
	for (; code == NO_EXIT && optind < argc; optind++)
		code = take_path(command, &out->path, argv[optind]);
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
