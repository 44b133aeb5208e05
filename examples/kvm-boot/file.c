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

int file_map(const char *path, struct pvhboot_bytes *out)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *why;

	*out = (struct pvhboot_bytes){ NULL, 0 };
	why = map(fd, out);
	if (fd >= 0)
		close(fd);
	if (!why)
		return NO_EXIT;
	complain("cannot read %s: %s", path, why);
	return EXIT_REFUSED;
}

void file_unmap(struct pvhboot_bytes *file)
{
	if (file->data)
		munmap((void *)(uintptr_t)file->data, file->size);
	*file = (struct pvhboot_bytes){ NULL, 0 };
}
