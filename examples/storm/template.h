/* SPDX-License-Identifier: MIT */
/*
 * A guest's memory with the kernel in it, once for all guests: a file in memory that
 * each of them maps privately, so that pages which nobody writes are shared.
 */
#ifndef STORM_TEMPLATE_H
#define STORM_TEMPLATE_H

#include <pvhboot/pvhboot.h>

/* Where RAM starts that the kernel and the start_info lie in. */
#define RAM_START ((uint64_t)1 << 20)

struct template
{
	struct pvhboot_loaded loaded; /* the ELF image stays: each plan reads its headers */
	struct pvhboot_kernel kernel;
	uint64_t memory; /* bytes of a guest */
	int fd;          /* of the file in memory; -1: none */
};

/* What all guests have in common of a request. */
struct pvhboot_request template_request(const struct template *template,
					const struct pvhboot_map_entry *map);

/* Reads a kernel and puts its segments into a new file in memory. On failure says
 * why on standard error and returns -1. */
int template_open(struct template *template, const char *path, uint64_t memory);
void template_close(struct template *template);

/* Plans and commits a guest of the template in host memory, which holds the kernel
 * already or not. Returns what failed. */
enum pvhboot_status template_start(const struct template *template, uint8_t *host, int with_kernel,
				   const char *cmdline, struct pvhboot_cpu *cpu,
				   struct pvhboot_diag *diag);

#endif
