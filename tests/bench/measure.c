/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HUGE_PAGE ((size_t)2 << 20)

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
static double guest_kib(uint8_t *guest)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t n_pages = GUEST_SIZE / page;
	unsigned char *resident = malloc(n_pages);
	double kib = 0;

	if (resident == NULL || mincore(guest, GUEST_SIZE, resident) != 0)
		fail("mincore", "failed");
	for (size_t i = 0; i < n_pages; i++)
		kib += resident[i] & 1 ? (double)page / 1024 : 0;
	free(resident);
	return kib;
}

static uint8_t *fresh_guest(int huge)
{
	uint8_t *memory = mmap(NULL, GUEST_SIZE + HUGE_PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		fail("mmap", "no memory for the guest");
	memory += -(uintptr_t)memory % HUGE_PAGE;
	madvise(memory, GUEST_SIZE, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	return memory;
}

static struct sample run_here(const struct work *work)
{
	uint8_t *guest = fresh_guest(work->huge);
	double before = status_kib("VmRSS:");
	double cpu = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	double wall = now_ms();
	struct sample sample;

	work->run(work, guest);
	sample.wall_ms = now_ms() - wall;
	sample.cpu_ms = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	sample.extra_kib = status_kib("VmHWM:") - before - guest_kib(guest);
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
