/* SPDX-License-Identifier: MIT */
/* Files are read, not mapped: one that becomes shorter while it is mapped ends the
 * process by SIGBUS, and its domain would stay. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

/* Nothing above can be placed in a guest. */
#define MAX_FILE ((uint64_t)4 << 30)

/* Reads up to out->size bytes, and sets it to how many there were. */
static bool read_bytes(int fd, struct pvhboot_buffer *out)
{
	size_t size = 0;
	ssize_t n;

	do {
		n = read(fd, out->data + size, out->size - size);
		if (n > 0)
			size += (size_t)n;
	} while (size < out->size && (n > 0 || (n < 0 && errno == EINTR)));
	out->size = size;
	return n >= 0;
}

/* Returns false with the reason in errno. */
static bool read_descriptor(int fd, struct pvhboot_buffer *out)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return false;
	if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size > MAX_FILE) {
		errno = S_ISREG(status.st_mode) ? EFBIG : EINVAL;
		return false;
	}
	out->size = (size_t)status.st_size;
	if (out->size == 0)
		return true;
	out->data = malloc(out->size);
	return out->data != NULL && read_bytes(fd, out);
}

bool file_read(const char *path, struct pvhboot_bytes *out)
{
	struct pvhboot_buffer buffer = { NULL, 0 };
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const bool ok = fd >= 0 && read_descriptor(fd, &buffer);
	const int error = errno;

	*out = (struct pvhboot_bytes){ NULL, 0 };
	if (fd >= 0)
		close(fd);
	if (ok) {
		*out = (struct pvhboot_bytes){ buffer.data, buffer.size };
		return true;
	}
	free(buffer.data);
	return complain("cannot read %s: %s", path, strerror(error));
}

void file_release(struct pvhboot_bytes file)
{
	free((void *)(uintptr_t)file.data);
}
