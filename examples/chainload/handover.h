/* SPDX-License-Identifier: MIT */
/*
 * What the loader was given by whoever started it: Multiboot (multiboot.h) or PVH
 * (pvh.h).
 */
#ifndef CHAINLOAD_HANDOVER_H
#define CHAINLOAD_HANDOVER_H

#include <stddef.h>
#include <stdint.h>

#include <pvhboot/plan.h>

/* Firmware has some tens of entries, EFI some hundreds. */
#define HANDOVER_MAX_MAP 1024
#define HANDOVER_MAX_MODULES 64
#define HANDOVER_MAX_TEXT 16384 /* bytes of all strings together, NULs included */

/* A file, and its string without the name of the file. */
struct handover_module {
	struct pvhboot_range range; /* ends at PHYSICAL_END at most */
	const char *cmdline;
};

/* Everything but the modules' bytes is copied, so that the structures of the
 * boot loader, which may lie anywhere, can be forgotten. */
struct handover {
	const char *cmdline; /* of this loader, without the name of its file */
	uint64_t rsdp;       /* 0: none */
	size_t n_map;
	size_t n_modules;
	size_t n_text;
	struct pvhboot_map_entry map[HANDOVER_MAX_MAP]; /* of 1 byte or more each */
	struct handover_module modules[HANDOVER_MAX_MODULES];
	char text[HANDOVER_MAX_TEXT]; /* n_text bytes in use */
};

/* Do not return when the handover has no room, or the range wraps around or, being a
 * module's, lies out of reach. An entry of the map may be empty, and is left out. */
void handover_add_memory(struct handover *out, uint64_t start, uint64_t size, uint32_t type);
void handover_add_module(struct handover *out, struct pvhboot_range range, const char *cmdline);

/* Says that out->text is too small. */
_Noreturn void handover_no_room_for_text(void);

#endif
