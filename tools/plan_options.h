/* SPDX-License-Identifier: MIT */
/* What pvhboot plan is asked for. */
#ifndef PLAN_OPTIONS_H
#define PLAN_OPTIONS_H

#include "../examples/entry.h"
#include "file.h"
#include "kernel_options.h"
#include "picture_svg.h"
#include "value.h"

struct module_file {
	const char *path;
	const char *cmdline; /* NULL: not given */
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
	uint64_t memory; /* 0: not given */
	int json;
	int show_secrets;
	int digest;
	struct picture_file picture;
	struct pvhboot_options library;
	struct pvhboot_request request; /* but for its map, modules and blobs */
	struct module_file *modules;
	size_t n_modules;
	struct blob_file *blobs;
	size_t n_blobs;
	struct pvhboot_map_entry *reserved;
	size_t n_reserved;
	struct pvhboot_range *avoid; /* of the request */
	uint8_t entropy[ENTRY_MAX_ENTROPY];
};

extern const struct option_row plan_rows[];

/* The names of enum pvhboot_map_type. */
extern const struct value_word plan_map_types[];

/* Returns NO_EXIT when there is something to plan. *out must be released in every
 * case; no file is read yet. */
int plan_options_parse(const struct command *command, int argc, char **argv,
		       struct plan_options *out);

/* Releases the files too. */
void plan_options_release(struct plan_options *options);

#endif
