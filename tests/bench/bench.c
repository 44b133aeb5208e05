/* SPDX-License-Identifier: MIT */
/*
 * How long a boot takes, beside the codec alone and beside libxenguest.
 * Usage: bench [--json] [--memory] [--rounds N] [--refused VMLINUZ] VMLINUZ...; run by
 * tests/bench/run.
 *
 * All that is compared runs in turns, round by round, each in a process of its own;
 * a ratio is the median of the rounds' ratios, so that what else the machine does
 * meets both sides.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "planning.h"
#include "storm.h"
#include "works.h"

#define MAX_FILE ((size_t)256 << 20)
#define N_GUESTS ((size_t)10000)
#define N_SLID ((size_t)32)

/* COLD is the floor in small pages that come at faults; where the row has those, FLOOR is. */
enum who { OURS, FLOOR, COLD, BUFFERED, PEER, N_WHO };

/* One line of the result: a file, so many threads, and a kind of memory. */
struct row {
	const char *codec;
	unsigned int n_threads;
	int huge;
	struct contender who[N_WHO];
};

/* A kernel to be booted. */
struct subject {
	const char *path;
	const char *codec;
	struct pvhboot_bytes file;
};

static int json;
static int only_memory;
static size_t n_rounds = 9;

static struct pvhboot_bytes read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(MAX_FILE);
	size_t size;

	if (file == NULL || data == NULL)
		fail(path, "cannot be read");
	size = fread(data, 1, MAX_FILE, file);
	fclose(file);
	return (struct pvhboot_bytes){ realloc(data, size), size };
}

static double median_of(const struct row *row, enum who who,
			double (*number)(const struct sample *))
{
	return of(&row->who[who], number, n_rounds);
}

static double compare(const struct row *row, enum who a, enum who b,
		      double (*number)(const struct sample *))
{
	return ratio(&row->who[a], &row->who[b], number, n_rounds);
}

static void print_json(const struct row *row)
{
	printf("{\"case\": \"boot\", \"codec\": \"%s\", \"threads\": %u, \"hugepages\": %s, "
	       "\"ours_ms\": %.2f, \"floor_ms\": %.2f, \"buffered_ms\": %.2f, ",
	       row->codec, row->n_threads, row->huge ? "true" : "false", median_of(row, OURS, wall),
	       median_of(row, FLOOR, wall), median_of(row, BUFFERED, wall));
	if (row->who[PEER].work.run != NULL)
		printf("\"peer_ms\": %.2f, \"ratio_peer\": %.3f, \"peer_extra_kib\": %.0f, ",
		       median_of(row, PEER, wall), compare(row, PEER, OURS, wall),
		       median_of(row, PEER, extra));
	else
		printf("\"peer_ms\": null, \"ratio_peer\": null, \"peer_extra_kib\": null, ");
	printf("\"ratio_floor\": %.3f, \"ratio_floor_cpu\": %.3f, \"ratio_cold\": %.3f, "
	       "\"ratio_buffered\": %.3f, \"extra_kib\": %.0f, "
	       "\"floor_extra_kib\": %.0f, \"buffered_extra_kib\": %.0f}\n",
	       compare(row, OURS, FLOOR, wall), compare(row, OURS, FLOOR, cpu),
	       compare(row, OURS, row->huge ? COLD : FLOOR, wall),
	       compare(row, BUFFERED, OURS, wall), median_of(row, OURS, extra),
	       median_of(row, FLOOR, extra), median_of(row, BUFFERED, extra));
}

static void print_text(const struct row *row)
{
	char peer[3][16] = { "-", "-", "-" };

	if (row->who[PEER].work.run != NULL) {
		snprintf(peer[0], sizeof(peer[0]), "%.1f", median_of(row, PEER, wall));
		snprintf(peer[1], sizeof(peer[1]), "%.2f", compare(row, PEER, OURS, wall));
		snprintf(peer[2], sizeof(peer[2]), "%.0f", median_of(row, PEER, extra));
	}
	printf("%-6s %7u %5s %8.1f %8.1f %8.1f %8s %9.2f %9.2f %10s %8.0f %8.0f %8.0f %8s\n",
	       row->codec, row->n_threads, row->huge ? "huge" : "small", median_of(row, OURS, wall),
	       median_of(row, FLOOR, wall), median_of(row, BUFFERED, wall), peer[0],
	       compare(row, OURS, FLOOR, wall), compare(row, OURS, FLOOR, cpu), peer[1],
	       median_of(row, OURS, extra), median_of(row, FLOOR, extra),
	       median_of(row, BUFFERED, extra), peer[2]);
}

static void set(struct row *row, enum who who,
		void (*run)(const struct work *, struct pvhboot_linux_memory *),
		struct pvhboot_bytes file)
{
	/* the codec alone has one thread, and so have all but us */
	row->who[who].work = (struct work){
		.name = row->codec,
		.run = run,
		.file = file,
		.n_threads = who == OURS ? row->n_threads : 1,
		.memory = row->huge && who != COLD ? 0 : PVHBOOT_LINUX_MEMORY_SMALL_PAGES,
	};
}

static void bench_row(struct row *row, struct pvhboot_bytes file)
{
	set(row, OURS, run_ours, file);
	set(row, FLOOR, run_floor, file);
	if (row->huge)
		set(row, COLD, run_floor, file);
	set(row, BUFFERED, run_buffered, file);
#ifdef HAVE_XENGUEST
	set(row, PEER, run_peer, file);
#endif
	/* once for nothing; libxenguest refuses some kernels, which is no news after that */
	for (size_t who = 0; who < N_WHO; who++) {
		struct contender *it = &row->who[who];

		if (it->work.run != NULL && !measure(&it->work, &it->samples[0])) {
			if (who != PEER)
				exit(1);
			it->work.run = NULL;
		}
	}
	contest(row->who, N_WHO, n_rounds);
	(json ? print_json : print_text)(row);
	fflush(stdout);
}

static void bench_boots(const struct subject *subject)
{
	struct row row;

	for (unsigned int n_threads = 1; n_threads <= 2; n_threads++) {
		/* LZ4 alone has blocks that stand alone */
		if (n_threads > 1 && strcmp(subject->codec, "lz4") != 0)
			break;
		for (int huge = 0; huge <= 1; huge++) {
			memset(&row, 0, sizeof(row));
			row.codec = subject->codec;
			row.n_threads = n_threads;
			row.huge = huge;
			bench_row(&row, subject->file);
		}
	}
}

/* What libxenguest needs for the same kernel, or 0 where it is not there or refuses it. */
static double over_peer(const struct contender *peer, const struct contender *ours)
{
	return peer->work.run != NULL ? ratio(peer, ours, wall, n_rounds) : 0;
}

/* Kinds of memory and numbers of threads. Each against the codec alone and against libxenguest,
 * both in small pages that come at faults. */
static void bench_memory(const struct subject *subject)
{
	static const struct {
		const char *name;
		uint32_t flags;
		unsigned int n_threads; /* 2: where there are blocks for them */
	} kinds[] = {
		{ "small", PVHBOOT_LINUX_MEMORY_SMALL_PAGES, 1 },
		{ "small, populated",
		  PVHBOOT_LINUX_MEMORY_SMALL_PAGES | PVHBOOT_LINUX_MEMORY_POPULATE, 1 },
		{ "small, ahead", PVHBOOT_LINUX_MEMORY_SMALL_PAGES | PVHBOOT_LINUX_MEMORY_AHEAD,
		  1 },
		{ "huge", 0, 1 },
		{ "huge, populated", PVHBOOT_LINUX_MEMORY_POPULATE, 1 },
		{ "huge, ahead", PVHBOOT_LINUX_MEMORY_AHEAD, 1 },
		{ "huge", 0, 2 },
	};
	enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]), FLOOR_THERE = N_KINDS, PEER_THERE, ALL };
	const size_t n_kinds = strcmp(subject->codec, "lz4") == 0 ? N_KINDS : N_KINDS - 1;
	struct contender them[ALL] = { 0 };

	/* it takes longest, and its pages are a small part */
	if (strcmp(subject->codec, "bzip2") == 0)
		return;
	for (size_t i = 0; i < ALL; i++)
		them[i].work = (struct work){
			.name = subject->codec,
			.file = subject->file,
			.n_threads = i < N_KINDS ? kinds[i].n_threads : 1,
			.memory = i < N_KINDS ? kinds[i].flags : PVHBOOT_LINUX_MEMORY_SMALL_PAGES,
		};
	for (size_t i = 0; i < n_kinds; i++)
		them[i].work.run = run_ours;
	them[FLOOR_THERE].work.run = run_floor;
#ifdef HAVE_XENGUEST
	them[PEER_THERE].work.run = run_peer;
	if (!measure(&them[PEER_THERE].work, &them[PEER_THERE].samples[0]))
		them[PEER_THERE].work.run = NULL;
#endif
	contest(them, ALL, n_rounds);
	for (size_t i = 0; i < n_kinds; i++)
		printf(json ? "{\"case\": \"memory\", \"codec\": \"%s\", \"memory\": \"%s\", "
			      "\"threads\": %u, \"ours_ms\": %.2f, \"ratio_floor\": %.3f, "
			      "\"ratio_floor_cpu\": %.3f, \"ratio_peer\": %.3f}\n" :
			      "memory           %-6s %-16s %u %10.2f ms, %.2f of the codec's "
			      "(cpu %.2f), %.2f times as fast as xen\n",
		       subject->codec, kinds[i].name, kinds[i].n_threads,
		       of(&them[i], wall, n_rounds),
		       ratio(&them[i], &them[FLOOR_THERE], wall, n_rounds),
		       ratio(&them[i], &them[FLOOR_THERE], cpu, n_rounds),
		       over_peer(&them[PEER_THERE], &them[i]));
	fflush(stdout);
}

/* A kernel without a PVH entry, of which PVH is asked, beside one that is unpacked and read. */
static void bench_refused(const struct subject *subject)
{
	struct contender them[2] = { { .work.run = run_refused }, { .work.run = run_whole } };

	for (size_t i = 0; i < 2; i++) {
		them[i].work.name = subject->codec;
		them[i].work.file = subject->file;
		them[i].work.n_threads = 1;
		them[i].work.memory = PVHBOOT_LINUX_MEMORY_SMALL_PAGES; /* as what malloc() gives */
	}
	contest(them, 2, n_rounds);
	printf(json ? "{\"case\": \"refused\", \"codec\": \"%s\", \"ours_us\": %.2f, "
		      "\"ratio_whole\": %.3f}\n" :
		      "refused          %-6s %21.2f us, %.2f of unpacking it\n",
	       subject->codec, of(&them[0], wall, n_rounds) * 1e3,
	       ratio(&them[0], &them[1], wall, n_rounds));
}

/* A time of its own, beside nothing. */
static void print_time(const char *name, const char *codec, size_t n, double microseconds)
{
	if (json)
		printf("{\"case\": \"%s\", \"codec\": \"%s\", \"n\": %zu, \"ours_us\": %.2f}\n",
		       name, codec, n, microseconds);
	else
		printf("%-16s %-6s n %-6zu %12.2f us\n", name, codec, n, microseconds);
}

static double time_once(const struct work *work)
{
	struct sample sample;

	if (!measure(work, &sample))
		exit(1);
	return sample.wall_ms * 1e3;
}

static void bench_inspect(const struct subject *subject)
{
	const struct work work = {
		.name = subject->codec, .run = run_whole, .file = subject->file, .n_threads = 1
	};
	double times[MAX_ROUNDS];
	struct opened opened;

	for (size_t i = 0; i < n_rounds; i++)
		times[i] = time_once(&work);
	print_time("inspect", subject->codec, 1, median(times, n_rounds));
	opened_load(&opened, subject->file);
	print_time("kernel_open", subject->codec, 1, time_open(&opened));
	opened_free(&opened);
}

/* The exponent of n by which the times of three sizes grow: least squares of their
 * logarithms, which lie at equal distances. */
static void print_growth(const double times[3])
{
	double exponent = log10(times[2] / times[0]) / 2;

	if (json)
		printf("{\"case\": \"plan_growth\", \"exponent\": %.3f}\n", exponent);
	else
		printf("plan_make grows as n^%.2f from 100 to 10000\n", exponent);
}

static void bench_planning(const struct subject *subject)
{
	static const size_t sizes[] = { 10, 100, 1000, 10000 };
	struct opened opened;
	double times[4];

	opened_load(&opened, subject->file);
	for (size_t i = 0; i < 4; i++) {
		times[i] = time_plan(&opened, sizes[i], sizes[i]);
		print_time("plan_make", subject->codec, sizes[i], times[i]);
	}
	print_growth(times + 1);
	print_time("plan_make_128_2", subject->codec, 128, time_plan(&opened, 128, 2));
	opened_free(&opened);
}

/* The relocations of a kernel that moves, as a part of its whole boot. */
static void bench_relocations(const struct subject *subject)
{
	static struct contender boot;
	struct opened opened;
	double us;

	boot.work = (struct work){ .name = subject->codec,
				   .run = run_ours,
				   .file = subject->file,
				   .n_threads = 1,
				   .memory = PVHBOOT_LINUX_MEMORY_SMALL_PAGES };
	contest(&boot, 1, n_rounds);
	opened_load(&opened, subject->file);
	us = time_relocations(&opened);
	opened_free(&opened);
	printf(json ? "{\"case\": \"relocate\", \"codec\": \"%s\", \"ours_us\": %.2f, "
		      "\"ratio_boot\": %.3f}\n" :
		      "relocate         %-6s %21.2f us, %.3f of the boot\n",
	       subject->codec, us, us / 1e3 / of(&boot, wall, n_rounds));
}

static void print_storm(const char *name, const char *codec, size_t n, struct storm_cost cost)
{
	printf(json ? "{\"case\": \"%s\", \"codec\": \"%s\", \"n\": %zu, \"ours_us\": %.2f, "
		      "\"private_kib\": %.0f}\n" :
		      "%-16s %-6s n %-6zu %12.2f us each, %.0f KiB of private memory each\n",
	       name, codec, n, cost.us, cost.kib);
}

static void bench_storm(const struct subject *subject)
{
	print_storm("storm", subject->codec, N_GUESTS, storm_start(subject->path, N_GUESTS));
	print_storm("storm_slide", subject->codec, N_SLID, storm_slide(subject->file, N_SLID));
}

static void print_head(void)
{
	if (!json)
		printf("times in ms, medians of %zu; extra: KiB at the peak beside the guest\n"
		       "%-6s %7s %5s %8s %8s %8s %8s %9s %9s %10s %8s %8s %8s %8s\n",
		       n_rounds, "codec", "threads", "pages", "ours", "floor", "buffered", "xen",
		       "ours/floor", "(cpu)", "xen/ours", "extra", "floor's", "buffered", "xen's");
}

static void with_file(const char *path, void (*bench)(const struct subject *subject))
{
	const struct pvhboot_bytes file = read_file(path);
	const struct pvhboot_image image = probe(file);
	const struct subject subject = {
		.path = path,
		.codec = pvhboot_compression_name((enum pvhboot_compression)image.compression),
		.file = file,
	};

	if (!has_floor(file))
		fail(path, "packed by a codec that this build lacks");
	bench(&subject);
	free((void *)(uintptr_t)file.data);
}

int main(int argc, char **argv)
{
	const char *refused = NULL;
	int first = 1;

	for (; first < argc && argv[first][0] == '-'; first++) {
		if (strcmp(argv[first], "--json") == 0)
			json = 1;
		else if (strcmp(argv[first], "--memory") == 0)
			only_memory = 1;
		else if (strcmp(argv[first], "--rounds") == 0 && first + 1 < argc)
			n_rounds = strtoul(argv[++first], NULL, 10);
		else if (strcmp(argv[first], "--refused") == 0 && first + 1 < argc)
			refused = argv[++first];
		else
			argc = 0;
	}
	if (first >= argc || n_rounds < 1 || n_rounds > MAX_ROUNDS) {
		fprintf(stderr, "Usage: bench [--json] [--memory] [--rounds N] "
				"[--refused VMLINUZ] VMLINUZ...\n");
		return 2;
	}
	if (!only_memory) {
		print_head();
		for (int i = first; i < argc; i++)
			with_file(argv[i], bench_boots);
	}
	for (int i = first; i < argc; i++)
		with_file(argv[i], bench_memory);
	if (!only_memory) {
		for (int i = first; i < argc; i++)
			with_file(argv[i], bench_inspect);
		with_file(argv[first], bench_relocations);
		if (refused != NULL)
			with_file(refused, bench_refused);
		with_file(argv[first], bench_planning);
		with_file(argv[first], bench_storm);
	}
	return 0;
}
