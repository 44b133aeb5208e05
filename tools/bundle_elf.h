/* SPDX-License-Identifier: MIT */
/* A plan as an ELF file, which any loader makes the same guest memory of. */
#ifndef BUNDLE_ELF_H
#define BUNDLE_ELF_H

#include "output.h"

#include <pvhboot/plan.h>

/*
 * Writes an ELF file for x86-64 or i386 (machine): a PT_LOAD for each place but the start_info,
 * which is the host's to make, and a note PHYS32_ENTRY. It can be entered there alone: it has no
 * section, and no note of owner "Linux". What a place is given as its source is read here. Returns
 * NO_EXIT, or EXIT_REFUSED after a complaint.
 */
int bundle_elf_write(const struct output *out, const struct pvhboot_plan *plan, uint64_t entry,
		     uint16_t machine);

#endif
