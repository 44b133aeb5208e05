/* SPDX-License-Identifier: MIT */
/* What pvhboot plan is asked for. */
#ifndef PLAN_OPTIONS_H
#define PLAN_OPTIONS_H

#include "command.h"
#include "load.h"
#include "value.h"

#include <pvhboot/plan.h>

struct module_file {
	const char *path; /* NULL: bytes of the kernel file, which file holds already */
	const char *cmdline;
	struct file file;
};

struct blob_file {
	const char *path;
	uint64_t gpa;
	uint32_t type; /* 0: not given */
	struct file file;
};

struct plan_options {
	const char *path;
	const char *cmdline;
	struct load_options load;
	uint64_t memory; /* 0: not given */
	uint64_t slide;
	uint64_t rsdp;
	uint32_t flags; /* PVHBOOT_REQUEST_* */
	int json;
	struct module_file *modules; /* has room for one more */
	size_t n_modules;
	struct blob_file *blobs;
	size_t n_blobs;
	struct pvhboot_map_entry *reserved;
	size_t n_reserved;
	struct pvhboot_range *avoid;
	size_t n_avoid;
};

extern const char plan_help[];

/* The names of enum pvhboot_map_type. */
extern const struct value_word plan_map_types[];

/* Returns NO_EXIT when there is something to plan. *out must be released in every
 * case; no file is read yet. */
int plan_options_parse(const struct command *command, int argc, char **argv,
		       struct plan_options *out);

/* Releases the files too. */
void plan_options_release(struct plan_options *options);

/* Complains. Returns EXIT_REFUSED. */
int plan_refuse_allocation(size_t size);

#endif
