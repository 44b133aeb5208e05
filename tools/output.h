/* SPDX-License-Identifier: MIT */
/* A file that a command makes. It appears as a whole, or not at all. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <pvhboot/base.h>

struct output {
	const char *path; /* NULL: standard output */
	char *unfinished; /* what is written to until it is whole: a file in the same folder. NULL:
	                     a pipe or a device, or standard output, which is written to directly */
	int fd;
	int replace; /* a file of that name may be there already */
};

/* 1 for "-", and for /dev/stdout: where that is a file, opening it again would write from its start
 * on. */
int output_is_stdout(const char *path);

/*
 * Opens it; standard output where path is NULL or stands for it. A pipe or a character device is
 * written to, and never replaced. A terminal is refused, and so is a file that is there already,
 * unless replace is set. From here on a pipe that nobody reads is an error
 * of output_put(), and no signal. Returns NO_EXIT, or EXIT_REFUSED after a complaint.
 */
int output_open(const char *path, int replace, struct output *out);

/* Writes bytes. Returns NO_EXIT, or EXIT_REFUSED after a complaint. */
int output_put(const struct output *out, struct pvhboot_bytes bytes);

/* Writes zeros, the same way. */
int output_zeros(const struct output *out, uint64_t size);

/*
 * Calls make(), which writes to out and returns an exit code, in the sandbox. Where that is
 * EXIT_DONE the file then gets its name; else it is removed. As the sandbox allows neither, make()
 * runs in a process of its own where there is such a file. Closes out. Returns the exit code.
 */
int output_make(struct output *out, int (*make)(const struct output *out, void *context),
		void *context);

#endif
