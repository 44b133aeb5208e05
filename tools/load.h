/* SPDX-License-Identifier: MIT */
/* A kernel from its file, through all stages of the library before the plan. */
#ifndef LOAD_H
#define LOAD_H

#include "file.h"

#include <pvhboot/image.h>
#include <pvhboot/kernel.h>

struct loaded {
	struct file file;
	struct pvhboot_loaded unpacked;
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag; /* of this and of what follows */
};

struct load_options {
	uint32_t kernel_flags; /* of pvhboot_kernel_open() */
	int strict;            /* a warning of this or of what follows is a failure */
};

/* Each returns NO_EXIT, or EXIT_REFUSED after a complaint, and *out must be released
 * whatever it was. The first reads the file, the second does all else, after
 * sandbox_enter(): what is to be read must be read in between. */
int load_file(const char *path, struct loaded *out);
int load_kernel(const char *path, const struct load_options *options, struct loaded *out);
void load_release(struct loaded *loaded);

/* "i386", "x86-64". */
const char *load_machine(const struct pvhboot_kernel *kernel);

#endif
