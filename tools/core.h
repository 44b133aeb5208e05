/* SPDX-License-Identifier: MIT */
/* Cores of whole guests: where their memory lies, and registers. */
#ifndef CORE_H
#define CORE_H

#include "dump.h"
#include "elf.h"

/* Reads dump->file, an ELF file. Returns NO_EXIT, or EXIT_REFUSED after a complaint. */
int core_open(const char *path, struct dump *dump);

/* The same of a core that has sections and no segments, as Xen makes them. Returns NULL, or
 * what is wrong with it. */
const char *core_open_xen(const struct elf *elf, struct dump *dump);

#endif
