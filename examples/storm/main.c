/* SPDX-License-Identifier: MIT */
/*
 * storm: starts many guests of one kernel, up to the registers of their first
 * instruction, and says what one more costs.
 */
#include "measure.h"
#include "template.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

#define MAX_GUESTS 20000
#define MIB ((uint64_t)1 << 20)

struct guest {
	struct pvhboot_linux_memory memory;
	struct pvhboot_cpu cpu;
};

struct storm {
	struct template template;
	struct guest *guests;
	double *times; /* microseconds */
	size_t n;      /* to be started */
	size_t n_started;
};

static const char usage[] =
	"Usage: storm KERNEL [--guests N] [--memory MIB]\n"
	"\n"
	"Unpacks a kernel once, then prepares N guests (1000) of MIB mebibytes (256) that\n"
	"share it: each has its memory, its own start_info and its registers, and none\n"
	"runs. Prints the time and the private memory of one.\n"
	"\n"
	"Exit: 0 done, 1 a file or a call was refused, 2 usage\n";

static int start_one(struct storm *storm)
{
	const struct template *template = &storm->template;
	struct guest *guest = &storm->guests[storm->n_started];
	struct pvhboot_diag diag = { 0 };
	double begin = measure_now();
	char cmdline[64];

	errno = pvhboot_linux_memory_clone(&template->memory, &guest->memory);
	if (errno != 0) {
		fprintf(stderr, "storm: guest %zu: mmap: %s\n", storm->n_started, strerror(errno));
		return EXIT_REFUSED;
	}
	snprintf(cmdline, sizeof(cmdline), "console=hvc0 guest=%zu", storm->n_started);
	if (template_start(template, &guest->memory, cmdline, &guest->cpu, &diag) != PVHBOOT_OK) {
		char line[256];

		pvhboot_diag_format(&diag, line, sizeof(line));
		fprintf(stderr, "storm: guest %zu: %s\n", storm->n_started, line);
		pvhboot_linux_memory_close(&guest->memory);
		return EXIT_REFUSED;
	}
	storm->times[storm->n_started++] = measure_now() - begin;
	return EXIT_DONE;
}

/* Whether every guest has the kernel's first instructions and a command line of its
 * own: what sharing may have got wrong. */
static int check(const struct storm *storm)
{
	const struct guest *first = &storm->guests[0];
	const uint8_t *code = first->memory.host + first->cpu.rip;

	for (size_t i = 0; i < storm->n_started; i++) {
		const struct guest *guest = &storm->guests[i];
		const uint8_t *host =
			guest->memory.host; /* there is no more RAM than below 4 GiB */
		char want[64];
		uint64_t cmdline;

		snprintf(want, sizeof(want), "console=hvc0 guest=%zu", i);
		/* offset 24 of the start_info is cmdline_paddr */
		memcpy(&cmdline, host + guest->cpu.rbx + 24, sizeof(cmdline));
		if (memcmp(host + guest->cpu.rip, code, 64) != 0 ||
		    strcmp((const char *)host + cmdline, want) != 0) {
			fprintf(stderr, "storm: guest %zu is not what it should be\n", i);
			return EXIT_REFUSED;
		}
	}
	return EXIT_DONE;
}

static void report(struct storm *storm)
{
	long most = 0;

	for (size_t i = 0; i < storm->n_started; i += 1 + storm->n_started / 16) {
		long kib = measure_private_kib(storm->guests[i].memory.host);

		most = kib > most ? kib : most;
	}
	printf("%zu guests, %.1f us each (median), %ld KiB of private memory each\n",
	       storm->n_started, measure_median(storm->times, storm->n_started), most);
}

static int run(struct storm *storm)
{
	int code = EXIT_DONE;

	storm->guests = calloc(storm->n, sizeof(storm->guests[0]));
	storm->times = calloc(storm->n, sizeof(storm->times[0]));
	if (!storm->guests || !storm->times) {
		fprintf(stderr, "storm: no memory for %zu guests\n", storm->n);
		code = EXIT_REFUSED;
	}
	while (code == EXIT_DONE && storm->n_started < storm->n)
		code = start_one(storm);
	if (code == EXIT_DONE)
		code = check(storm);
	if (code == EXIT_DONE)
		report(storm);
	for (size_t i = 0; i < storm->n_started; i++)
		pvhboot_linux_memory_close(&storm->guests[i].memory);
	free(storm->guests);
	free(storm->times);
	return code;
}

/* A number from 1 to max, or 0. */
static uint64_t parse_number(const char *text, uint64_t max)
{
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || number > max)
		return 0;
	return number;
}

static int misused(const char *what)
{
	fprintf(stderr, "storm: %s\n%s", what, usage);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option table[] = {
		{ "guests", required_argument, NULL, 'g' },
		{ "memory", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct storm storm = { .n = 1000 };
	uint64_t memory = 256;
	int option, code;

	while ((option = getopt_long(argc, argv, "g:m:h", table, NULL)) != -1) {
		switch (option) {
		case 'g':
			storm.n = parse_number(optarg, MAX_GUESTS);
			break;
		case 'm':
			memory = parse_number(optarg, 3072);
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			return misused("see the usage");
		}
	}
	if (optind + 1 != argc)
		return misused("give one KERNEL");
	if (storm.n == 0 || memory < 2)
		return misused(
			"--guests takes 1 to 20000, --memory 2 to 3072 mebibytes, without a unit");
	code = template_open(&storm.template, argv[optind], memory * MIB) == 0 ? run(&storm) :
										 EXIT_REFUSED;
	template_close(&storm.template);
	return code;
}
