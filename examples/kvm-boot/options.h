/* SPDX-License-Identifier: MIT */
/* The command line of kvm-boot. */
#ifndef KVM_BOOT_OPTIONS_H
#define KVM_BOOT_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "../entry.h"

#define MAX_MODULES 16
#define MAX_CPUS 8

struct option_module {
	const char *path;
	const char *cmdline; /* NULL: none */
};

struct options {
	const char *kernel;
	const char *cmdline; /* NULL: none */
	uint64_t memory;     /* bytes, whole pages */
	unsigned int cpus;   /* 1 to MAX_CPUS */
	uint32_t entry;      /* enum pvhboot_entry_kind */
	uint32_t flags;      /* of the request */
	size_t n_entropy;    /* bytes that were given */
	uint8_t entropy[ENTRY_MAX_ENTROPY];
	struct option_module modules[MAX_MODULES];
	size_t n_modules;
};

/* Returns NO_EXIT; EXIT_ENDED when help was asked for and printed; or EXIT_USAGE
 * after a complaint. Cuts the arguments of --module in two. */
int options_parse(int argc, char **argv, struct options *out);

#endif
