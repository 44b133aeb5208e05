/* SPDX-License-Identifier: MIT */
/*
 * Separate debug information, as objcopy --only-keep-debug and eu-strip -f write it. It has
 * the headers of the kernel that it was split from, often its notes too, but none of its
 * bytes: what lies there instead is something else. Only section headers tell.
 */
#ifndef PVHB_DEBUG_FILE_H
#define PVHB_DEBUG_FILE_H

#include "../base/diag.h"
#include "elf.h"

/* Refuses a file that has no bytes for the code at a virtual address, or for anything that is
 * loaded where that is NULL. UNSUPPORTED. */
enum pvhboot_status pvhb_debug_file_check(const struct pvhb_elf_reader *reader,
					  const struct pvhb_elf *elf, const uint64_t *address,
					  struct pvhboot_diag *diag);

#endif
