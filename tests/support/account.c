/* SPDX-License-Identifier: MIT */
#include "account.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "expect.h"

#define KIB ((size_t)1 << 10)
#define MAX_CPU_SECONDS 600 /* nothing is without end */
#define PLENTY ((size_t)1 << 30)

/* What a trial says of itself, through a pipe. */
struct account {
	enum pvhboot_status status;
	size_t memory; /* growth of the resident set, bytes */
	long cpu_ms;
};

static size_t resident_peak(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (size_t)usage.ru_maxrss * KIB;
}

static size_t address_space(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%lu", &pages), 1);
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void limit(int resource, size_t bound)
{
	const struct rlimit limits = { bound, bound };

	ck_assert_int_eq(setrlimit(resource, &limits), 0);
}

/* What this program has freed and kept would serve the trial for nothing. */
static void give_back_memory(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

static long milliseconds(struct timeval time)
{
	return time.tv_sec * 1000 + time.tv_usec / 1000;
}

/* In the child: runs the trial within max_space bytes. */
_Noreturn static void account_for(trial *run, struct pvhboot_bytes input, size_t max_space, int to)
{
	struct account account;
	size_t before = resident_peak();
	struct rusage usage;

	limit(RLIMIT_AS, address_space() + max_space);
	limit(RLIMIT_CPU, MAX_CPU_SECONDS);
	account.status = run(input);
	getrusage(RUSAGE_SELF, &usage);
	account.memory = resident_peak() - before;
	account.cpu_ms = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
	_exit(write(to, &account, sizeof(account)) == sizeof(account) ? 0 : 1);
}

static void expect(const char *row, trial *run, struct pvhboot_bytes input, size_t max_space,
		   size_t max_memory, enum pvhboot_status status)
{
	struct account account = { .status = PVHBOOT_INTERNAL };
	int ends[2];
	int how = 0;
	pid_t child;

	give_back_memory();
	ck_assert_int_eq(pipe(ends), 0);
	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		account_for(run, input, max_space, ends[1]);
	close(ends[1]);
	ck_assert_int_eq(waitpid(child, &how, 0), child);
	ck_assert_msg(WIFEXITED(how) && WEXITSTATUS(how) == 0, "%s: ended with %#x", row,
		      (unsigned int)how);
	ck_assert_int_eq(read(ends[0], &account, sizeof(account)), sizeof(account));
	close(ends[0]);
	printf("%-42s %11zu bytes  %-11s %6zu KiB %6ld ms\n", row, input.size,
	       pvhboot_status_name(account.status), account.memory / KIB, account.cpu_ms);
	expect_status(row, account.status, status);
	ck_assert_msg(account.memory <= max_memory, "%s: took %zu KiB", row, account.memory / KIB);
}

void expect_within(const char *row, trial *run, struct pvhboot_bytes input, size_t max_memory,
		   enum pvhboot_status status)
{
	expect(row, run, input, max_memory, max_memory, status);
}

void expect_touched(const char *row, trial *run, struct pvhboot_bytes input, size_t max_memory,
		    enum pvhboot_status status)
{
	expect(row, run, input, PLENTY, max_memory, status);
}
