/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "command.h"
#include "file.h"
#include "progress.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* So little at once that there is progress to be seen. */
#define MAX_WRITE ((size_t)1 << 20)
#define MAX_ATTEMPTS 100u

/* The file that a signal must not leave behind. */
static const char *unfinished;
static volatile pid_t maker; /* the process that writes it; 0: none does */

static int refuse_output(const struct output *out, const char *why)
{
	complain("cannot write %s: %s", out->path ? file_label(out->path) : "the output", why);
	return EXIT_REFUSED;
}

/* ---- Opening --------------------------------------------------------------------- */

static void on_signal(int number)
{
	if (maker > 0)
		(void)kill(maker, SIGKILL);
	unlink(unfinished);
	raise(number); /* by the default, once this returns */
}

/* A signal that is ignored, as nohup does, stays so. */
static void set_signals(void (*handler)(int))
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		const struct sigaction action = { .sa_handler = handler,
						  .sa_flags = (int)SA_RESETHAND };
		struct sigaction old;

		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

/* In the same folder, so that it can be renamed. A name that is short fits wherever path does. */
static int open_unfinished(struct output *out)
{
	const char *slash = strrchr(out->path, '/');
	const size_t folder = slash ? (size_t)(slash - out->path) + 1 : 0;
	const size_t size = folder + 48;
	unsigned int attempt = 0;

	out->unfinished = malloc(size);
	if (!out->unfinished)
		return refuse_output(out, strerror(ENOMEM));
	do { /* a process of this number may have been killed before */
		snprintf(out->unfinished, size, "%.*s.pvhboot-%ld-%u", (int)folder, out->path,
			 (long)getpid(), attempt);
		out->fd = open(out->unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	} while (out->fd < 0 && errno == EEXIST && ++attempt < MAX_ATTEMPTS);
	if (out->fd < 0) {
		const int code = refuse_output(out, strerror(errno));

		free(out->unfinished);
		out->unfinished = NULL;
		return code;
	}
	unfinished = out->unfinished;
	set_signals(on_signal);
	return NO_EXIT;
}

/* A link of the system, such as /dev/stderr, whatever is open there. */
static int leads_to_proc(const char *path)
{
	static const char proc[] = "/proc/";
	char target[sizeof(proc) - 1];

	return readlink(path, target, sizeof(target)) == (ssize_t)sizeof(target) &&
	       memcmp(target, proc, sizeof(target)) == 0;
}

static int open_path(struct output *out)
{
	struct stat status;
	int code;

	/* a link that leads nowhere is there, too */
	if (stat(out->path, &status) != 0 && lstat(out->path, &status) != 0)
		return open_unfinished(out);
	if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
		out->fd = open(out->path, O_WRONLY | O_CLOEXEC);
		return out->fd < 0 ? refuse_output(out, strerror(errno)) : NO_EXIT;
	}
	if ((!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) || leads_to_proc(out->path))
		return refuse_output(out, "it is no regular file");
	if (!out->replace)
		return refuse_output(out, "it exists; --force replaces it");
	code = open_unfinished(out);
	/* what was private stays so, where a file system has modes */
	if (code == NO_EXIT && S_ISREG(status.st_mode))
		(void)fchmod(out->fd, status.st_mode & 0777);
	return code;
}

int output_is_stdout(const char *path)
{
	return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0;
}

int output_open(const char *path, int replace, struct output *out)
{
	int code = NO_EXIT;

	if (path && output_is_stdout(path))
		path = NULL;
	*out = (struct output){ .path = path, .fd = STDOUT_FILENO, .replace = replace };
	signal(SIGPIPE, SIG_IGN);
	if (path)
		code = open_path(out);
	if (code == NO_EXIT && isatty(out->fd))
		code = refuse_output(out, "it is a terminal; name a file, or use a pipe");
	return code;
}

/* ---- Writing --------------------------------------------------------------------- */

int output_put(const struct output *out, struct pvhboot_bytes bytes)
{
	while (bytes.size > 0) {
		const size_t most = bytes.size < MAX_WRITE ? bytes.size : MAX_WRITE;
		const ssize_t n = write(out->fd, bytes.data, most);

		if (n < 0 && errno != EINTR)
			return refuse_output(out, strerror(errno));
		if (n > 0) {
			bytes.data += n;
			bytes.size -= (size_t)n;
			progress_add((uint64_t)n);
		}
	}
	return NO_EXIT;
}

int output_zeros(const struct output *out, uint64_t size)
{
	static const uint8_t zeros[4096];
	int code = NO_EXIT;

	while (code == NO_EXIT && size > 0) {
		const size_t n = size < sizeof(zeros) ? (size_t)size : sizeof(zeros);

		code = output_put(out, (struct pvhboot_bytes){ zeros, n });
		size -= n;
	}
	return code;
}

/* ---- Making ---------------------------------------------------------------------- */

/* Gives the file its name, never over another one that was not to be replaced: of two processes
 * one wins. Returns 0, or -1 with errno. */
static int publish(const struct output *out)
{
	if (out->replace)
		return rename(out->unfinished, out->path);
	if (link(out->unfinished, out->path) == 0)
		return unlink(out->unfinished);
#ifdef RENAME_NOREPLACE
	if (errno != EEXIST) /* a file system without links, such as FAT */
		return renameat2(AT_FDCWD, out->unfinished, AT_FDCWD, out->path, RENAME_NOREPLACE);
#endif
	return -1;
}

/* The exit code of the process that makes the file. */
static int wait_for(pid_t child)
{
	int how = 0;

	while (waitpid(child, &how, 0) < 0) {
		if (errno != EINTR) {
			complain("cannot wait for the process that writes the file: %s",
				 strerror(errno));
			return EXIT_REFUSED;
		}
	}
	if (WIFEXITED(how))
		return WEXITSTATUS(how);
	complain("the process that writes the file was ended by signal %d", WTERMSIG(how));
	return EXIT_REFUSED;
}

/* In the sandbox. */
static int make_confined(const struct output *out, int (*make)(const struct output *, void *),
			 void *context)
{
	int code;

	progress_start("unpacking");
	sandbox_enter();
	code = make(out, context);
	progress_end();
	return code;
}

static int make_file(struct output *out, int (*make)(const struct output *, void *), void *context)
{
	pid_t child;
	int code;

	/* who started us may have it ignored: then there is nothing to wait for */
	signal(SIGCHLD, SIG_DFL);
	child = fork();
	if (child == 0) {
		set_signals(SIG_DFL);
		_exit(make_confined(out, make, context));
	}
	maker = child;
	code = child > 0 ? wait_for(child) : refuse_output(out, strerror(errno));
	maker = 0;
	if (close(out->fd) != 0 && code == EXIT_DONE)
		code = refuse_output(out, strerror(errno));
	if (code == EXIT_DONE && publish(out) != 0)
		code = refuse_output(out, strerror(errno));
	if (code != EXIT_DONE)
		unlink(out->unfinished);
	set_signals(SIG_DFL);
	free(out->unfinished);
	return code;
}

int output_make(struct output *out, int (*make)(const struct output *, void *), void *context)
{
	if (out->unfinished)
		return make_file(out, make, context);
	return make_confined(out, make, context);
}
