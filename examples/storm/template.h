/* SPDX-License-Identifier: MIT */
/*
 * A guest's memory with the kernel in it, once for all guests: a file in memory that
 * each of them maps privately, so that pages which nobody writes are shared.
 */
#ifndef STORM_TEMPLATE_H
#define STORM_TEMPLATE_H

#include <pvhboot/pvhboot.h>

struct template
{
	struct pvhboot_prepared prepared; /* stays: each plan reads the kernel's headers */
	struct pvhboot_map_entry map;     /* of every guest */
	struct pvhboot_bytes file;        /* mapped, as long as the kernel may lie in it */
	uint64_t memory;                  /* bytes of a guest */
	int fd;                           /* of the file in memory; -1: none */
};

/* Reads a kernel and puts its segments into a new file in memory. On failure says
 * why on standard error and returns -1. */
int template_open(struct template *template, const char *path, uint64_t memory);
void template_close(struct template *template);

/* Plans and commits a guest in host memory, which maps the template. Returns what failed. */
enum pvhboot_status template_start(const struct template *template, uint8_t *host,
				   const char *cmdline, struct pvhboot_cpu *cpu,
				   struct pvhboot_diag *diag);

#endif
