/* SPDX-License-Identifier: MIT */
/*
 * What the boot loader tells: Multiboot 0.6.96, 3.3, the boot information.
 */
#ifndef CHAINLOAD_MULTIBOOT_H
#define CHAINLOAD_MULTIBOOT_H

#include <stddef.h>
#include <stdint.h>

#include <pvhboot/plan.h>

/* Firmware has some tens of entries, EFI some hundreds. */
#define MULTIBOOT_MAX_MAP 1024
#define MULTIBOOT_MAX_MODULES 64
#define MULTIBOOT_MAX_TEXT 16384 /* bytes of all strings together, NULs included */

/* A file, and its string without the name of the file. */
struct multiboot_module {
	struct pvhboot_range range;
	const char *cmdline;
};

/* Everything but the modules' bytes is copied, so that the structures of the
 * boot loader, which may lie anywhere, can be forgotten. */
struct multiboot {
	const char *cmdline; /* of this loader, without the name of its file */
	size_t n_map;
	size_t n_modules;
	size_t n_text;
	struct pvhboot_map_entry map[MULTIBOOT_MAX_MAP]; /* of 1 byte or more each */
	struct multiboot_module modules[MULTIBOOT_MAX_MODULES];
	char text[MULTIBOOT_MAX_TEXT];
};

/* The arguments are the registers eax and ebx at the entry. *out is all zero
 * before. Does not return when something in the structures is wrong. */
void multiboot_read(uint32_t magic, uint32_t address, struct multiboot *out);

/* Adds to the map what is not to be used though it may be RAM. */
void multiboot_reserve(struct multiboot *out, struct pvhboot_range range);

#endif
