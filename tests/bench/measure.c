/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void fail(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

static double clock_ms(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

double now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

double median(double *numbers, size_t n)
{
	qsort(numbers, n, sizeof(numbers[0]), compare);
	return n % 2 ? numbers[n / 2] : (numbers[n / 2 - 1] + numbers[n / 2]) / 2;
}

/* A line of /proc/self/status, in KiB. */
static double status_kib(const char *key)
{
	FILE *file = fopen("/proc/self/status", "r");
	double value = -1;
	char line[256];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, key, strlen(key)) == 0)
			value = strtod(line + strlen(key) + 1, NULL);
	}
	if (file == NULL || value < 0)
		fail(key, "not in /proc/self/status");
	fclose(file);
	return value;
}

/* How much of the guest is resident. */
static double guest_kib(const struct pvhboot_linux_memory *guest)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t n_pages = GUEST_SIZE / page;
	unsigned char *resident = malloc(n_pages);
	double kib = 0;

	if (resident == NULL || mincore(guest->host, GUEST_SIZE, resident) != 0)
		fail("mincore", "failed");
	for (size_t i = 0; i < n_pages; i++)
		kib += resident[i] & 1 ? (double)page / 1024 : 0;
	free(resident);
	return kib;
}

static struct sample run_here(const struct work *work)
{
	struct pvhboot_linux_memory guest;
	double before, cpu_before, wall_before;
	struct sample sample;

	if (pvhboot_linux_memory_open(&guest, GUEST_SIZE, 0, work->memory) != 0)
		fail(work->name, "no memory for the guest");
	before = status_kib("VmRSS:");
	cpu_before = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	wall_before = now_ms();
	work->run(work, &guest);
	sample.wall_ms = now_ms() - wall_before;
	sample.cpu_ms = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;
	sample.extra_kib = status_kib("VmHWM:") - before - guest_kib(&guest);
	return sample;
}

int measure(const struct work *work, struct sample *sample)
{
	int pipes[2];
	int status = 0;
	int done;
	pid_t pid;

	if (pipe(pipes) != 0)
		fail("pipe", "failed");
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		*sample = run_here(work);
		_exit(write(pipes[1], sample, sizeof(*sample)) != sizeof(*sample));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail(work->name, "no process for it");
	done = status == 0 && read(pipes[0], sample, sizeof(*sample)) == sizeof(*sample);
	close(pipes[0]);
	close(pipes[1]);
	return done;
}

/* Any order of n numbers; the same ones each time the program runs. */
static void shuffle(size_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const size_t k = (size_t)rand() % (i + 1);

		order[i] = order[k];
		order[k] = i;
	}
}

void contest(struct contender *them, size_t n, size_t n_rounds)
{
	size_t order[MAX_CONTENDERS];

	for (size_t i = 0; i < n_rounds; i++) {
		shuffle(order, n);
		for (size_t k = 0; k < n; k++) {
			struct contender *it = &them[order[k]];

			if (it->work.run != NULL && !measure(&it->work, &it->samples[i]))
				exit(1);
		}
	}
}

double wall(const struct sample *sample)
{
	return sample->wall_ms;
}

double cpu(const struct sample *sample)
{
	return sample->cpu_ms;
}

double extra(const struct sample *sample)
{
	return sample->extra_kib;
}

double of(const struct contender *contender, double (*number)(const struct sample *),
	  size_t n_rounds)
{
	double numbers[MAX_ROUNDS];

	for (size_t i = 0; i < n_rounds; i++)
		numbers[i] = number(&contender->samples[i]);
	return median(numbers, n_rounds);
}

double ratio(const struct contender *a, const struct contender *b,
	     double (*number)(const struct sample *), size_t n_rounds)
{
	double ratios[MAX_ROUNDS];

	for (size_t i = 0; i < n_rounds; i++)
		ratios[i] = number(&a->samples[i]) / number(&b->samples[i]);
	return median(ratios, n_rounds);
}
