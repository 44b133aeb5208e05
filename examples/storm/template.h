/* SPDX-License-Identifier: MIT */
/*
 * A guest's memory with the kernel in it, once for all guests. Each has a clone of it, so
 * that pages which nobody writes are shared.
 */
#ifndef STORM_TEMPLATE_H
#define STORM_TEMPLATE_H

#include <pvhboot/adapt/linux_memory.h>
#include <pvhboot/pvhboot.h>

struct template
{
	struct pvhboot_prepared prepared; /* stays: each plan reads the kernel's headers */
	struct pvhboot_map_entry map[PVHBOOT_LINUX_MEMORY_MAX_MAP]; /* of every guest */
	size_t n_map;
	struct pvhboot_bytes file;          /* mapped, as long as the kernel may lie in it */
	struct pvhboot_linux_memory memory; /* the kernel is in it */
};

/* Reads a kernel and puts its segments into memory of so many bytes. On failure says why
 * on standard error and returns -1. */
int template_open(struct template *template, const char *path, uint64_t memory);
void template_close(struct template *template);

/* Plans and commits a guest in a clone of the template's memory. Returns what failed. */
enum pvhboot_status template_start(const struct template *template,
				   struct pvhboot_linux_memory *guest, const char *cmdline,
				   struct pvhboot_cpu *cpu, struct pvhboot_diag *diag);

#endif
