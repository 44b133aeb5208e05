/* SPDX-License-Identifier: MIT */
#include "file.h"

#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns why the file cannot be mapped, or NULL. */
static const char *map(int fd, struct pvhboot_bytes *out)
{
	struct stat status;
	void *memory;

	if (fd < 0 || fstat(fd, &status) != 0)
		return strerror(errno);
	if (!S_ISREG(status.st_mode))
		return "not a regular file";
	if (status.st_size == 0)
		return NULL;
	memory = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (memory == MAP_FAILED)
		return strerror(errno);
	*out = (struct pvhboot_bytes){ memory, (size_t)status.st_size };
	return NULL;
}

int file_open(const char *path, struct file *out)
{
	const char *why;

	*out = (struct file){ .bytes = { NULL, 0 } };
	out->fd = open(path, O_RDONLY | O_CLOEXEC);
	why = map(out->fd, &out->bytes);
	if (out->fd >= 0 && out->bytes.data == NULL)
		close(out->fd);
	if (!why)
		return NO_EXIT;
	complain("cannot read %s: %s", path, why);
	return EXIT_REFUSED;
}

void file_close(struct file *file)
{
	if (file->bytes.data) {
		munmap((void *)(uintptr_t)file->bytes.data, file->bytes.size);
		close(file->fd);
	}
	*file = (struct file){ .bytes = { NULL, 0 } };
}

int file_put(const struct file *file, uint64_t offset, uint64_t size, uint8_t *to)
{
	const uint64_t in_pages = size - size % (uint64_t)getpagesize();

	if (in_pages > 0 && mmap(to, (size_t)in_pages, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_FIXED, file->fd, (off_t)offset) == MAP_FAILED)
		return refuse_call(EXIT_REFUSED, "mmap of a file into the guest");
	memcpy(to + in_pages, file->bytes.data + offset + in_pages, (size_t)(size - in_pages));
	return NO_EXIT;
}
