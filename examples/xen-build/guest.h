/* SPDX-License-Identifier: MIT */
/* What goes into a domain. What returns a bool returns false after a complaint. */
#ifndef XEN_BUILD_GUEST_H
#define XEN_BUILD_GUEST_H

#include <pvhboot/pvhboot.h>
#include <stdbool.h>
#include <stddef.h>

#include "../entry.h"
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
	uint32_t entry;      /* enum pvhboot_entry_kind */
	uint32_t flags;      /* of the request */
	struct guest_module *modules;
	size_t n_modules;
};

/* RAM and the special pages. */
#define GUEST_MAP 2

struct guest {
	struct pvhboot_prepared prepared;

	/* what it borrows */
	struct pvhboot_map_entry map[GUEST_MAP];
	struct pvhboot_blob acpi;
	uint8_t acpi_tables[ACPI_SIZE];
	uint8_t entropy[ENTRY_MAX_ENTROPY];
	struct pvhboot_bytes kernel_file;
	struct pvhboot_module *modules;
	size_t n_modules;
};

/* Reads the files, and fills the memory of a domain that has as much as the options say. The
 * plan says the rest. guest is all zero. */
bool guest_load(struct guest *guest, const struct guest_options *options, struct memory *memory);

/* Also after a failure; before the memory is closed. */
void guest_release(struct guest *guest);

#endif
