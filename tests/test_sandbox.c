/* SPDX-License-Identifier: MIT */
/* tools/sandbox.h: what is refused and what still works, and that the command does it. The
 * argument is the command. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"
#include "support/expect.h"
#include "support/kernelbuild.h"
#include "support/suite.h"

static const char *command;

static int kernel_has_filters(void)
{
	return prctl(PR_GET_SECCOMP) == 0;
}

/* Runs in a child, whose exit status is the number of the line that failed, or 0. */
static int run_child(int (*child)(void))
{
	pid_t pid;
	int how = 0;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(child());
	ck_assert_int_eq(waitpid(pid, &how, 0), pid);
	ck_assert_msg(WIFEXITED(how), "ended with %#x", (unsigned int)how);
	return WEXITSTATUS(how);
}

#define REFUSED(call) (errno = 0, (call) == -1 && errno == EPERM)

static int refused_calls(void)
{
	void *memory;

	sandbox_enter();
	if (!REFUSED(open("/dev/null", O_RDONLY)))
		return 1;
	if (!REFUSED(socket(AF_UNIX, SOCK_STREAM, 0)))
		return 2;
	if (!REFUSED(fork()))
		return 3;
	if (!REFUSED(execl("/bin/true", "true", (char *)NULL)))
		return 4;
	if (!REFUSED(unlink("/nowhere")))
		return 5;
	if (!REFUSED(kill(getppid(), 0)))
		return 6;
	if (!REFUSED(prctl(PR_SET_NAME, "other")))
		return 7;
	errno = 0;
	memory = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory != MAP_FAILED || errno != EPERM)
		return 8;
	memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
	if (memory != MAP_FAILED || errno != EPERM)
		return 9;
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return 10;
	if (!REFUSED(mprotect(memory, 4096, PROT_READ | PROT_EXEC)))
		return 11;
	return 0;
}

START_TEST(refuses)
{
	ck_assert_int_eq(run_child(refused_calls), 0);
}
END_TEST

/* What decoders and printing need: memory of every size, and output. */
static int allowed_calls(void)
{
	FILE *out = fopen("/dev/null", "w");

	if (!out)
		return 1;
	sandbox_enter();
	sandbox_enter();
	for (size_t size = 1; size <= (size_t)64 << 20; size *= 4) {
		char *memory = malloc(size);

		if (!memory)
			return 2;
		memory[size - 1] = 1;
		memory = realloc(memory, 2 * size);
		if (!memory || memory[size - 1] != 1)
			return 3;
		free(memory);
	}
	if (fprintf(out, "%d %s\n", 1, strerror(EPERM)) < 0 || fflush(out))
		return 4;
	if (write(fileno(out), "x", 1) != 1)
		return 5;
	return 0;
}

START_TEST(allows)
{
	ck_assert_int_eq(run_child(allowed_calls), 0);
}
END_TEST

static int switched_off(void)
{
	sandbox_switch_off();
	sandbox_enter();
	return open("/dev/null", O_RDONLY) < 0;
}

START_TEST(can_be_switched_off)
{
	ck_assert_int_eq(run_child(switched_off), 0);
}
END_TEST

/* "Seccomp:" in /proc/PID/status: 2 is a filter; -1 where it cannot be read. */
static int seccomp_mode(pid_t pid)
{
	char path[64], line[256];
	int mode = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "Seccomp:", 8) == 0)
			mode = atoi(line + 8);
	}
	if (file)
		fclose(file);
	return mode;
}

/* The letter that the kernel shows for it; 0 where there is no such process. */
static char process_state(pid_t pid)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (file)
		fclose(file);
	return state;
}

/* Files of which there is more to say than fits into a pipe: a kernel, */
static struct blob make_kernel(void)
{
	const struct kernel_spec spec = { .n_loads = 300 };
	struct elf elf;

	kernel_build(&elf, &spec);
	return elf.image;
}

/* and guest memory with modules that lie over each other. */
static struct blob make_dump(void)
{
	struct blob dump = { 0 };

	blob_put(&dump, 4, 0x336ec578);
	blob_put(&dump, 8, 0);
	blob_put(&dump, 4, 100);
	blob_put(&dump, 8, 40);
	blob_put(&dump, 8, 0);
	blob_put(&dump, 8, 0);
	for (int i = 0; i < 100; i++) {
		blob_put(&dump, 8, 0x10000);
		blob_put(&dump, 8, 16);
		blob_put(&dump, 8, 0);
		blob_put(&dump, 8, 0);
	}
	return dump;
}

static void write_file(char *path, struct blob blob)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, blob.data, blob.size), (ssize_t)blob.size);
	close(fd);
	blob_free(&blob);
}

/* Waits until the other end, a process, sleeps after it has written something: it waits for
 * room. A process that ends, or never writes, is found out too. */
static int is_full(int fd, pid_t pid)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int now = 0;

	for (;;) {
		char state;

		ck_assert_int_eq(ioctl(fd, FIONREAD, &now), 0);
		state = process_state(pid);
		if (state != 'R' && state != 'D' && state != 'S')
			return 0;
		if (now > 0 && state == 'S')
			return 1;
		nanosleep(&pause, NULL);
	}
}

/* Starts the command, looks at it while it waits for room in a pipe, lets it end. */
static int mode_of_command(const char *const *arguments, int code)
{
	char drain[4096];
	int ends[2];
	int how = 0, mode;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_ge(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv(command, (char *const *)(uintptr_t)arguments); /* as C has it */
		_exit(127);
	}
	close(ends[1]);
	ck_assert(is_full(ends[0], pid));
	mode = seccomp_mode(pid);
	while (read(ends[0], drain, sizeof(drain)) > 0)
		;
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &how, 0), pid);
	ck_assert_msg(WIFEXITED(how) && WEXITSTATUS(how) == code, "%s ended with %#x", arguments[1],
		      (unsigned int)how);
	return mode;
}

START_TEST(the_command)
{
	char kernel[] = "/tmp/pvhboot-sandbox-XXXXXX", dump[] = "/tmp/pvhboot-sandbox-XXXXXX";
	const struct {
		int code;
		const char *arguments[6]; /* the first one leaves the sandbox away */
	} runs[] = {
		{ 0, { "--no-sandbox", "plan", kernel, "--memory=64M" } },
		{ 0, { "--no-sandbox", "inspect", kernel } },
		{ 0, { "--no-sandbox", "unpack", kernel } },
		{ 1, { "--no-sandbox", "check", dump, "--start-info=0", "--json" } },
	};

	write_file(kernel, make_kernel());
	write_file(dump, make_dump());
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		const char *arguments[8] = { command };

		memcpy(arguments + 1, runs[i].arguments, sizeof(runs[i].arguments));
		ck_assert_int_eq(mode_of_command(arguments, runs[i].code), 0);
		arguments[1] = command;
		ck_assert_int_eq(mode_of_command(arguments + 1, runs[i].code), 2);
	}
	unlink(kernel);
	unlink(dump);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("sandbox");
	TCase *calls = suite_case(suite, "calls");

	if (argc != 2) {
		fputs("Usage: test_sandbox COMMAND\n", stderr);
		return 2;
	}
	if (!kernel_has_filters()) {
		puts("this kernel has no seccomp, or there is a filter already");
		return 77;
	}
	command = argv[1];
	tcase_add_test(calls, refuses);
	tcase_add_test(calls, allows);
	tcase_add_test(calls, can_be_switched_off);
	tcase_add_test(calls, the_command);
	return suite_run(suite);
}
