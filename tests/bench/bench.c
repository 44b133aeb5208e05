/* SPDX-License-Identifier: MIT */
/*
 * How long a boot takes, beside the codec alone and beside libxenguest.
 * Usage: bench [--json] [--rounds N] VMLINUZ...; run by tests/bench/run.
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

#define MAX_ROUNDS 101
#define MAX_FILE ((size_t)256 << 20)
#define N_GUESTS ((size_t)1000)

enum who { OURS, FLOOR, BUFFERED, PEER, N_WHO };

/* One line of the result: a file, so many threads, and a kind of memory. */
struct row {
	const char *codec;
	unsigned int n_threads;
	int huge;
	struct work works[N_WHO]; /* without run: there is none */
	struct sample samples[N_WHO][MAX_ROUNDS];
};

static int json;
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

static double wall(const struct sample *sample)
{
	return sample->wall_ms;
}

static double cpu(const struct sample *sample)
{
	return sample->cpu_ms;
}

static double extra(const struct sample *sample)
{
	return sample->extra_kib;
}

static double of(const struct row *row, enum who who, double (*number)(const struct sample *))
{
	double numbers[MAX_ROUNDS];

	for (size_t i = 0; i < n_rounds; i++)
		numbers[i] = number(&row->samples[who][i]);
	return median(numbers, n_rounds);
}

static double ratio(const struct row *row, enum who a, enum who b,
		    double (*number)(const struct sample *))
{
	double ratios[MAX_ROUNDS];

	for (size_t i = 0; i < n_rounds; i++)
		ratios[i] = number(&row->samples[a][i]) / number(&row->samples[b][i]);
	return median(ratios, n_rounds);
}

static void print_json(const struct row *row)
{
	printf("{\"case\": \"boot\", \"codec\": \"%s\", \"threads\": %u, \"hugepages\": %s, "
	       "\"ours_ms\": %.2f, \"floor_ms\": %.2f, \"buffered_ms\": %.2f, ",
	       row->codec, row->n_threads, row->huge ? "true" : "false", of(row, OURS, wall),
	       of(row, FLOOR, wall), of(row, BUFFERED, wall));
	if (row->works[PEER].run != NULL)
		printf("\"peer_ms\": %.2f, \"ratio_peer\": %.3f, \"peer_extra_kib\": %.0f, ",
		       of(row, PEER, wall), ratio(row, PEER, OURS, wall), of(row, PEER, extra));
	else
		printf("\"peer_ms\": null, \"ratio_peer\": null, \"peer_extra_kib\": null, ");
	printf("\"ratio_floor\": %.3f, \"ratio_floor_cpu\": %.3f, \"ratio_buffered\": %.3f, "
	       "\"extra_kib\": %.0f, "
	       "\"floor_extra_kib\": %.0f, \"buffered_extra_kib\": %.0f}\n",
	       ratio(row, OURS, FLOOR, wall), ratio(row, OURS, FLOOR, cpu),
	       ratio(row, BUFFERED, OURS, wall), of(row, OURS, extra), of(row, FLOOR, extra),
	       of(row, BUFFERED, extra));
}

static void print_text(const struct row *row)
{
	char peer[3][16] = { "-", "-", "-" };

	if (row->works[PEER].run != NULL) {
		snprintf(peer[0], sizeof(peer[0]), "%.1f", of(row, PEER, wall));
		snprintf(peer[1], sizeof(peer[1]), "%.2f", ratio(row, PEER, OURS, wall));
		snprintf(peer[2], sizeof(peer[2]), "%.0f", of(row, PEER, extra));
	}
	printf("%-6s %7u %5s %8.1f %8.1f %8.1f %8s %9.2f %9.2f %10s %8.0f %8.0f %8.0f %8s\n",
	       row->codec, row->n_threads, row->huge ? "huge" : "small", of(row, OURS, wall),
	       of(row, FLOOR, wall), of(row, BUFFERED, wall), peer[0],
	       ratio(row, OURS, FLOOR, wall), ratio(row, OURS, FLOOR, cpu), peer[1],
	       of(row, OURS, extra), of(row, FLOOR, extra), of(row, BUFFERED, extra), peer[2]);
}

static void set(struct row *row, enum who who, void (*run)(const struct work *, uint8_t *),
		struct pvhboot_bytes file)
{
	/* the codec alone has one thread, and so have all but us */
	row->works[who] = (struct work){
		.name = row->codec,
		.run = run,
		.file = file,
		.n_threads = who == OURS ? row->n_threads : 1,
		.huge = row->huge,
	};
}

static void bench_row(struct row *row, struct pvhboot_bytes file)
{
	set(row, OURS, run_ours, file);
	set(row, FLOOR, run_floor, file);
	set(row, BUFFERED, run_buffered, file);
#ifdef HAVE_XENGUEST
	set(row, PEER, run_peer, file);
#endif
	/* once for nothing; libxenguest refuses some kernels, which is no news after that */
	for (size_t who = 0; who < N_WHO; who++) {
		if (row->works[who].run != NULL &&
		    !measure(&row->works[who], &row->samples[who][0])) {
			if (who != PEER)
				exit(1);
			row->works[who].run = NULL;
		}
	}
	for (size_t i = 0; i < n_rounds; i++) {
		for (size_t k = 0; k < N_WHO; k++) {
			/* every round starts with another one */
			size_t who = (i + k) % N_WHO;

			if (row->works[who].run != NULL &&
			    !measure(&row->works[who], &row->samples[who][i]))
				exit(1);
		}
	}
	(json ? print_json : print_text)(row);
	fflush(stdout);
}

static void bench_boots(struct pvhboot_bytes file, const char *codec)
{
	struct row row;

	for (unsigned int n_threads = 1; n_threads <= 2; n_threads++) {
		/* LZ4 alone has blocks that stand alone */
		if (n_threads > 1 && strcmp(codec, "lz4") != 0)
			break;
		for (int huge = 0; huge <= 1; huge++) {
			memset(&row, 0, sizeof(row));
			row.codec = codec;
			row.n_threads = n_threads;
			row.huge = huge;
			bench_row(&row, file);
		}
	}
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

static void bench_inspect(struct pvhboot_bytes file, const char *codec)
{
	const struct work work = { .name = codec, .run = run_whole, .file = file, .n_threads = 1 };
	double times[MAX_ROUNDS];
	struct opened opened;

	for (size_t i = 0; i < n_rounds; i++)
		times[i] = time_once(&work);
	print_time("inspect", codec, 1, median(times, n_rounds));
	opened_load(&opened, file);
	print_time("kernel_open", codec, 1, time_open(&opened));
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

static void bench_planning(struct pvhboot_bytes file, const char *codec)
{
	static const size_t sizes[] = { 10, 100, 1000, 10000 };
	struct opened opened;
	double times[4];

	opened_load(&opened, file);
	for (size_t i = 0; i < 4; i++) {
		times[i] = time_plan(&opened, sizes[i], sizes[i]);
		print_time("plan_make", codec, sizes[i], times[i]);
	}
	print_growth(times + 1);
	print_time("plan_make_128_2", codec, 128, time_plan(&opened, 128, 2));
	opened_free(&opened);
}

static void bench_storm(const char *path, const char *codec)
{
	const struct storm_cost cost = storm_start(path, N_GUESTS);

	if (json)
		printf("{\"case\": \"storm\", \"codec\": \"%s\", \"n\": %zu, \"ours_us\": %.2f, "
		       "\"private_kib\": %.0f}\n",
		       codec, N_GUESTS, cost.us, cost.kib);
	else
		printf("%-16s %-6s n %-6zu %12.2f us each, %.0f KiB of private memory each\n",
		       "storm", codec, N_GUESTS, cost.us, cost.kib);
}

int main(int argc, char **argv)
{
	int first = 1;

	for (; first < argc && argv[first][0] == '-'; first++) {
		if (strcmp(argv[first], "--json") == 0)
			json = 1;
		else if (strcmp(argv[first], "--rounds") == 0 && first + 1 < argc)
			n_rounds = strtoul(argv[++first], NULL, 10);
		else
			argc = 0;
	}
	if (first >= argc || n_rounds < 1 || n_rounds > MAX_ROUNDS) {
		fprintf(stderr, "Usage: bench [--json] [--rounds N] VMLINUZ...\n");
		return 2;
	}
	if (!json)
		printf("times in ms, medians of %zu; extra: KiB at the peak beside the guest\n"
		       "%-6s %7s %5s %8s %8s %8s %8s %9s %9s %10s %8s %8s %8s %8s\n",
		       n_rounds, "codec", "threads", "pages", "ours", "floor", "buffered", "xen",
		       "ours/floor", "(cpu)", "xen/ours", "extra", "floor's", "buffered", "xen's");
	for (int i = first; i < argc; i++) {
		struct pvhboot_bytes file = read_file(argv[i]);
		const struct pvhboot_image image = probe(file);
		const char *codec =
			pvhboot_compression_name((enum pvhboot_compression)image.compression);

		if (!has_floor(file))
			fail(argv[i], "packed by a codec that this build lacks");
		bench_boots(file, codec);
		free((void *)(uintptr_t)file.data);
	}
	for (int i = first; i < argc; i++) {
		struct pvhboot_bytes file = read_file(argv[i]);
		const struct pvhboot_image image = probe(file);
		const char *codec =
			pvhboot_compression_name((enum pvhboot_compression)image.compression);

		bench_inspect(file, codec);
		if (i == first) {
			bench_planning(file, codec);
			bench_storm(argv[i], codec);
		}
		free((void *)(uintptr_t)file.data);
	}
	return 0;
}
