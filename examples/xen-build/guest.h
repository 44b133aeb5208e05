/* SPDX-License-Identifier: MIT */
/* What goes into a domain: planned before there is one, so that a file that cannot be
 * booted costs nothing. What returns a bool returns false after a complaint. */
#ifndef XEN_BUILD_GUEST_H
#define XEN_BUILD_GUEST_H

#include <pvhboot/pvhboot.h>
#include <stdbool.h>
#include <stddef.h>

#include "acpi.h"
#include "memory.h"

struct guest_module {
	const char *path;
	const char *cmdline; /* or NULL */
};

/* What the user asked for. */
struct guest_options {
	const char *kernel;  /* its path */
	const char *cmdline; /* NULL: what the kernel file brings, or none */
	uint64_t memory;     /* bytes */
	struct guest_module *modules;
	size_t n_modules;
};

/* RAM and the special pages. */
#define GUEST_MAP 2

struct guest {
	struct pvhboot_plan plan;

	/* what the plan points at */
	struct pvhboot_map_entry map[GUEST_MAP];
	struct pvhboot_blob acpi;
	uint8_t acpi_tables[ACPI_SIZE];
	struct pvhboot_buffer kernel_file;
	struct pvhboot_loaded loaded;
	struct pvhboot_kernel kernel;
	struct pvhboot_module *modules;
	struct pvhboot_buffer *module_files;
	size_t n_module_files;
	char *cmdline;
	uint8_t *workspace;
};

/* Reads the files and makes the plan. guest is all zero. */
bool guest_plan(struct guest *guest, const struct guest_options *options);

/* Carries it out, and leaves nothing mapped. */
bool guest_write(const struct guest *guest, struct memory *memory);

/* Also after a failure. */
void guest_release(struct guest *guest);

#endif
