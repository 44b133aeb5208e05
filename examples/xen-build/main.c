/* SPDX-License-Identifier: MIT */
/*
 * xen-build: builds a PVH domain by hypercalls, serves it while it runs, and ends with it.
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "guest.h"
#include "memory.h"
#include "report.h"
#include "service.h"

#define EXIT_FAILED 1
#define EXIT_USAGE 2
#define EXIT_REASON 10 /* and the reason, where it is not poweroff */
#define EXIT_SIGNAL 128

#define MIN_MEMORY ((uint64_t)1 << 20)

static const char help[] =
	"Usage: xen-build KERNEL --memory SIZE [OPTION...]\n"
	"       xen-build --list\n"
	"\n"
	"Builds a PVH domain with one vCPU under Xen, shows its console, waits until it has\n"
	"shut down, and destroys it. KERNEL is an ELF file, a bzImage, either of them\n"
	"compressed, or a unified kernel image.\n"
	"\n"
	"  -m, --memory SIZE            memory of the domain, with a unit: 512M, 2G (K, M, G)\n"
	"      --module FILE[=CMDLINE]  a module, such as an initrd; may be repeated. FILE ends\n"
	"                               at the first '='\n"
	"      --cmdline TEXT           command line of the kernel\n"
	"      --entry NAME             how it is entered: auto, pvh, linux64, bzimage64,\n"
	"                               bzimage32 or efi; without it, auto\n"
	"      --kaslr                  put it at a random address\n"
	"      --random                 give it a seed for its random numbers\n"
	"  -l, --list                   print the domains that there are, and do nothing else\n"
	"  -h, --help                   print this\n"
	"\n"
	"Exit: 0 the domain powered off, 1 failure, 2 usage, 11 it rebooted, 12 suspended,\n"
	"13 crashed, 14 its watchdog expired, 128 and the number of a signal that ended it.\n"
	"Whatever happens, no domain is left; only a SIGKILL leaves it running.\n";

struct options {
	struct guest_options guest;
	bool list;
};

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
	signalled = number;
}

/* From here on the end of this process is ours to decide, and is after its domain's. */
static void catch_signals(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	const struct sigaction note = { .sa_handler = on_signal };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &note, NULL);
	sigaction(SIGPIPE, &ignore, NULL); /* the write that fails tells as well */
}

static bool misused(const char *what, const char *argument)
{
	return complain("%s%s (see --help)", what, argument);
}

static bool parse_memory(const char *text, uint64_t *out)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;
	uint64_t n;
	unsigned int shift;

	n = strtoull(text, &end, 10);
	unit = *end != '\0' ? strchr(units, *end) : NULL;
	if (*text < '0' || *text > '9' || unit == NULL || end[1] != '\0')
		return misused("--memory is not a size with a unit: ", text);
	shift = 10 * (unsigned int)(unit - units + 1);
	if (n > DOMAIN_MAX_MEMORY >> shift || n << shift < MIN_MEMORY || n << shift & 4095)
		return misused("--memory is not from 1M to 4078M, in whole pages: ", text);
	*out = n << shift;
	return true;
}

static void add_module(struct guest_options *guest, char *text)
{
	struct guest_module *module = &guest->modules[guest->n_modules++];
	char *equals = strchr(text, '=');

	module->path = text;
	if (equals != NULL) {
		*equals = '\0';
		module->cmdline = equals + 1;
	}
}

static bool parse_entry(const char *name, uint32_t *out)
{
	return entry_by_name(pvhboot_text(name), out) ||
	       misused("--entry is not " ENTRY_NAMES ": ", name);
}

static bool parse_option(int option, struct options *out)
{
	switch (option) {
	case 'm':
		return parse_memory(optarg, &out->guest.memory);
	case 'o':
		add_module(&out->guest, optarg);
		return true;
	case 'c':
		out->guest.cmdline = optarg;
		return true;
	case 'e':
		return parse_entry(optarg, &out->guest.entry);
	case 'k':
		out->guest.flags |= PVHBOOT_REQUEST_KASLR;
		return true;
	case 'r':
		out->guest.flags |= PVHBOOT_REQUEST_RNG_SEED;
		return true;
	case 'l':
		out->list = true;
		return true;
	case ':':
		return misused("a value is missing behind ", "the last option");
	default:
		return misused("unknown option", "");
	}
}

/* Returns -1 to go on, or the exit code. */
static int parse(int argc, char **argv, struct options *out)
{
	static const struct option names[] = {
		{ "memory", required_argument, NULL, 'm' },
		{ "module", required_argument, NULL, 'o' },
		{ "cmdline", required_argument, NULL, 'c' },
		{ "entry", required_argument, NULL, 'e' },
		{ "kaslr", no_argument, NULL, 'k' },
		{ "random", no_argument, NULL, 'r' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":m:lh", names, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_SUCCESS;
		}
		if (!parse_option(option, out))
			return EXIT_USAGE;
	}
	if (out->list)
		return -1;
	if (optind + 1 != argc || out->guest.memory == 0) {
		misused("give one kernel and --memory", "");
		return EXIT_USAGE;
	}
	out->guest.kernel = argv[optind];
	return -1;
}

/* Serves the domain until it has shut down, or a signal came. */
static bool watch(const struct domain *domain, struct service *service, int *reason)
{
	for (*reason = -1; *reason < 0 && !signalled;) {
		/* in this order: what it wrote before it shut down is in the rings by then */
		if (!domain_shutdown_reason(domain, reason) || !service_serve(service) ||
		    !service_wait(service))
			return false;
	}
	return true;
}

/* An address that is random is a secret of the guest. */
static void print_entry(const struct domain *domain, const struct pvhboot_plan *plan)
{
	fprintf(stderr, "xen-build: domain %" PRIu32 ": %s entry", domain->id,
		pvhboot_entry_name((enum pvhboot_entry_kind)plan->entry_kind));
	if (plan->kaslr.physical_slots <= 1)
		fprintf(stderr, " 0x%" PRIx64, plan->entry);
	fprintf(stderr, ", start_info 0x%" PRIx64 "\n", plan->start_info);
}

static bool build(struct domain *domain, struct memory *memory, const struct guest_options *options)
{
	struct guest guest = { 0 };
	const struct pvhboot_plan *plan = &guest.prepared.plan;
	struct pvhboot_cpu cpu;
	bool ok = guest_load(&guest, options, memory);

	if (ok) {
		pvhboot_plan_cpu(plan, &cpu);
		ok = domain_set_map(domain, plan->map, plan->n_map) && domain_set_cpu(domain, &cpu);
	}
	if (ok)
		print_entry(domain, plan);
	guest_release(&guest);
	return ok;
}

static bool run_domain(struct domain *domain, struct memory *memory,
		       const struct guest_options *options, int *reason)
{
	struct service service = { 0 };
	bool ok;

	if (!domain_create(domain, options->memory) || !memory_open(memory, domain->id) ||
	    !build(domain, memory, options))
		return false;
	ok = service_open(&service, domain, memory) && domain_start(domain) &&
	     watch(domain, &service, reason);
	service_close(&service);
	return ok;
}

static int exit_code(bool ok, int reason)
{
	if (!ok)
		return EXIT_FAILED;
	if (reason < 0)
		return EXIT_SIGNAL + signalled;
	return reason == SHUTDOWN_poweroff ? EXIT_SUCCESS : EXIT_REASON + reason;
}

/* What was opened is closed on every way out, the domain destroyed on every one. */
static int run(const struct options *options)
{
	struct domain domain = { 0 };
	struct memory memory = { 0 };
	int reason = -1;
	bool ok;

	catch_signals();
	ok = domain_open(&domain);
	if (ok && options->list) {
		ok = domain_list(&domain);
		reason = SHUTDOWN_poweroff;
	} else if (ok) {
		ok = run_domain(&domain, &memory, &options->guest, &reason);
	}
	memory_close(&memory);
	ok = domain_destroy(&domain) && ok;
	domain_close(&domain);
	return exit_code(ok, reason);
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	int code = EXIT_FAILED;

	options.guest.modules = calloc((size_t)argc, sizeof(*options.guest.modules));
	if (options.guest.modules == NULL)
		call_failed("calloc");
	else
		code = parse(argc, argv, &options);
	if (code < 0)
		code = run(&options);
	free(options.guest.modules);
	return code;
}
