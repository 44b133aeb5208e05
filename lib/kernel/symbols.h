/* SPDX-License-Identifier: MIT */
/*
 * The symbol table behind a kernel, for BSD kernels that find their debugger's
 * symbols there: a small ELF file in memory behind a word with its size.
 *
 *	u32 size | ELF header | 3 section headers | .symtab | .strtab
 */
#ifndef PVHB_SYMBOLS_H
#define PVHB_SYMBOLS_H

#include <pvhboot/kernel.h>

#include "../base/env.h"
#include "elf.h"

/* Finds the table of a kernel whose last segment ends at `end`. *out stays as it
 * is where there is none. TRUNCATED, RANGE. */
enum pvhboot_status pvhb_symbols_read(const struct pvhb_elf_reader *reader,
				      const struct pvhb_elf *elf, uint64_t end,
				      struct pvhboot_symbols *out, struct pvhboot_diag *diag);

/* Of the largest head: the word, and an ELF file's header and three section
 * headers, each in the room that ELF64 needs. */
#define PVHB_SYMBOLS_MAX_HEAD (4 + 64 + 3 * 64)

/* Where the parts of a block lie, offsets from its start. */
struct pvhb_symbols_layout {
	uint64_t head_size;
	uint64_t symtab;
	uint64_t strtab;
	uint64_t end;
};

/* For symbols that pvhb_symbols_read() found, whose sums it has checked. */
struct pvhb_symbols_layout pvhb_symbols_lay_out(const struct pvhboot_kernel *kernel);

/* Writes the head, all of head_size bytes. */
void pvhb_symbols_write_head(const struct pvhboot_kernel *kernel, uint8_t *to);

#endif
