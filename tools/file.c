/* SPDX-License-Identifier: MIT */
#include "file.h"

#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nothing above 4 GiB can be placed in the guest, so no larger file is of use. */
#define MAX_MAPPED ((uint64_t)4 << 30)

/* What is read takes memory: an endless pipe must not take all of it. */
#define MAX_READ ((size_t)1 << 30)

#define FIRST_READ ((size_t)64 << 10)

int file_is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

const char *file_label(const char *path)
{
	if (path[0] == '\0')
		return "''";
	return file_is_stdin(path) ? "standard input" : path;
}

static int refuse_path(const char *path, const char *why)
{
	complain("cannot read %s: %s", file_label(path), why);
	return EXIT_REFUSED;
}

/* A mapped file that another process shortens has no bytes where they were. */
__attribute__((noreturn)) static void on_bus_error(int signal_number)
{
	static const char message[] = "pvhboot: a file became shorter while it was read\n";
	ssize_t ignored = write(STDERR_FILENO, message, sizeof(message) - 1);

	(void)ignored; /* the exit code tells as well */
	(void)signal_number;
	_exit(EXIT_REFUSED);
}

/* Returns 1 when the file is mapped, 0 when it has to be read. */
static int map_file(int fd, uint64_t size, struct file *out)
{
	struct sigaction action = { .sa_handler = on_bus_error };
	void *memory;

	/* Standard input may stand somewhere behind its start, and mapping ignores that. */
	if (lseek(fd, 0, SEEK_CUR) != 0)
		return 0;
	memory = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED)
		return 0;
	sigaction(SIGBUS, &action, NULL);
	out->mapped = memory;
	out->bytes.data = memory;
	out->bytes.size = (size_t)size;
	return 1;
}

/* Grows the buffer of a file that is being read. Returns why it cannot, or NULL. */
static const char *grow(struct file *file, size_t *capacity)
{
	const size_t wanted = *capacity ? *capacity * 2 : FIRST_READ;
	uint8_t *memory;

	if (*capacity >= MAX_READ)
		return "1 GiB or more, and it cannot be mapped";
	memory = realloc(file->allocated, wanted);
	if (!memory)
		return strerror(ENOMEM);
	file->allocated = memory;
	file->bytes.data = memory;
	*capacity = wanted;
	return NULL;
}

/* Returns why the file cannot be read, or NULL. */
static const char *read_to_end(int fd, struct file *out)
{
	size_t capacity = 0;
	ssize_t n;

	do {
		if (out->bytes.size == capacity) {
			const char *why = grow(out, &capacity);

			if (why)
				return why;
		}
		n = read(fd, out->allocated + out->bytes.size, capacity - out->bytes.size);
		if (n > 0)
			out->bytes.size += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? strerror(errno) : NULL;
}

/* Returns why the file cannot be read, or NULL. */
static const char *read_descriptor(int fd, uint64_t max_mapped, struct file *out)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return strerror(errno);
	/* Some files of /proc and /sys are regular, have a size of 0, and content. */
	if (S_ISREG(status.st_mode) && status.st_size > 0) {
		const uint64_t size = (uint64_t)status.st_size;

		if (size > max_mapped)
			return "more than 4 GiB";
		if (map_file(fd, size, out))
			return NULL;
	}
	return read_to_end(fd, out);
}

static int read_path(const char *path, uint64_t max_mapped, struct file *out)
{
	const int is_stdin = file_is_stdin(path);
	const int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	const char *why;

	memset(out, 0, sizeof(*out));
	if (fd < 0)
		return refuse_path(path, strerror(errno));
	why = read_descriptor(fd, max_mapped, out);
	if (!is_stdin)
		close(fd);
	if (why) {
		file_release(out);
		return refuse_path(path, why);
	}
	if (out->bytes.size == 0)
		file_release(out);
	return NO_EXIT;
}

int file_read(const char *path, struct file *out)
{
	return read_path(path, MAX_MAPPED < SIZE_MAX ? MAX_MAPPED : SIZE_MAX, out);
}

int file_read_large(const char *path, struct file *out)
{
	return read_path(path, SIZE_MAX, out);
}

void file_release(struct file *file)
{
	if (file->mapped)
		munmap(file->mapped, file->bytes.size);
	free(file->allocated);
	memset(file, 0, sizeof(*file));
}
