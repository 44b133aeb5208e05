/* SPDX-License-Identifier: MIT */
/* Contracts of what opens a kernel, and of the ELF readers' pointers. */
#ifndef PROOF_OPENING_H
#define PROOF_OPENING_H

#include "kernel.h"

#include "../../lib/kernel/debug_file.h"
#include "../../lib/kernel/relocs.h"
#include "../../lib/kernel/symbols.h"

/*@
  logic integer ehdr_size(integer elf_class) = elf_class == 64 ? 64 : 52;

  // Of a table that is to be loaded, the section headers lie in the image.
  predicate symbols(struct pvhboot_bytes image, integer elf_class, struct pvhboot_symbols s) =
    s.size != 0 ==> within(image.size, s.symtab_shdr, shdr_size(elf_class)) &&
                    within(image.size, s.strtab_shdr, shdr_size(elf_class));

  // The lists lie in an image, and in front of each a word of 0.
  predicate relocs(struct pvhboot_relocs s, integer size) =
    s.offset + 4 * (1 + s.n_64 + (s.n_64 == 0 ? 0 : 1) + s.n_inverse + s.n_32) <= size;
  // They are behind the program headers.
  predicate relocs_behind(struct pvhboot_kernel *k) =
    table(k->linux_boot.relocs.offset, k->tables.phoff, k->tables.phnum, k->tables.phentsize,
          phdr_size(k->elf_class));
*/

/* ---- elf.h: calls by a reader's pointers, assumed to do what elf_core.c does --------------- */

/*@ requires \valid(elf);
    assigns elf->handle, elf->copy; */
static inline void pvhb_elf_open(const struct pvhb_elf_reader *reader, struct pvhb_elf *elf);

/*@ requires \valid(elf);
    assigns elf->handle, elf->copy; */
static inline void pvhb_elf_close(const struct pvhb_elf_reader *reader, struct pvhb_elf *elf);

/*@ requires \valid_read(elf) && bytes(elf->image) && segments(*elf);
    requires index < elf->tables.phnum && \valid(out) && \separated(out, elf);
    assigns *out; */
static inline void pvhb_elf_load_phdr(const struct pvhb_elf_reader *reader,
				      const struct pvhb_elf *elf, uint32_t index,
				      struct pvhb_elf_phdr *out);

/*@ requires \valid_read(elf) && bytes(elf->image) && sections(*elf);
    requires index < elf->tables.shnum && \valid(out) && \separated(out, elf);
    assigns *out; */
static inline void pvhb_elf_load_shdr(const struct pvhb_elf_reader *reader,
				      const struct pvhb_elf *elf, uint32_t index,
				      struct pvhb_elf_shdr *out);

/* ---- symbols.c ------------------------------------------------------------------------------ */

/*@ requires \valid_read(elf) && elf(*elf);
    requires \valid(out) && optional(diag) && \separated(elf, out, diag);
    assigns *out, *diag;
    ensures \old(out->size) == 0 && \result == PVHBOOT_OK && out->size != 0 ==>
      within(elf->image.size, out->symtab_shdr, shdr_size(elf->elf_class));
    ensures \old(out->size) == 0 && \result == PVHBOOT_OK && out->size != 0 ==>
      within(elf->image.size, out->strtab_shdr, shdr_size(elf->elf_class)); */
enum pvhboot_status pvhb_symbols_read(const struct pvhb_elf_reader *reader,
				      const struct pvhb_elf *elf, uint64_t end,
				      struct pvhboot_symbols *out, struct pvhboot_diag *diag);

/*@ requires \valid_read(kernel);
    assigns \nothing;
    ensures \result.head_size == PVHB_SYMBOLS_MAX_HEAD; */
struct pvhb_symbols_layout pvhb_symbols_lay_out(const struct pvhboot_kernel *kernel);

/*@ requires \valid_read(kernel) && bytes(kernel->elf) && kernel->symbols.size != 0;
    requires symbols(kernel->elf, kernel->elf_class, kernel->symbols);
    requires kernel->elf.size >= ehdr_size(kernel->elf_class);
    requires \valid(to + (0 .. PVHB_SYMBOLS_MAX_HEAD - 1));
    requires \separated(to + (0 .. PVHB_SYMBOLS_MAX_HEAD - 1), kernel,
                        kernel->elf.data + (0 .. kernel->elf.size - 1));
    assigns to[0 .. PVHB_SYMBOLS_MAX_HEAD - 1]; */
void pvhb_symbols_write_head(const struct pvhboot_kernel *kernel, uint8_t *to);

/* ---- relocs.c -------------------------------------------------------------------------------- */

/*@ requires \valid_read(elf) && elf_at(elf) && \valid(out) && optional(diag);
    requires \separated(elf, out, diag);
    assigns *out, *diag;
    ensures out->offset != 0 ==> relocs(*out, elf->image.size);
    ensures out->offset != 0 ==>
      table(out->offset, elf->tables.phoff, elf->tables.phnum, elf->tables.phentsize,
            phdr_size(elf->elf_class)); */
void pvhb_relocs_find(const struct pvhb_elf_reader *reader, const struct pvhb_elf *elf,
		      struct pvhboot_relocs *out, struct pvhboot_diag *diag);

/*@ requires kernel == \null || \valid_read(kernel);
    requires kernel != \null && kernel->linux_boot.relocs.offset != 0 ==>
      relocs(kernel->linux_boot.relocs, kernel->elf.size) && relocs_behind(kernel);
    requires elf.data == \null || elf.size == 0 || \valid(elf.data + (0 .. elf.size - 1));
    requires optional(diag) && \separated(kernel, diag, elf.data + (0 .. elf.size - 1));
    assigns elf.data[0 .. elf.size - 1], *diag; */
enum pvhboot_status pvhboot_kernel_relocate(const struct pvhboot_kernel *kernel,
					    struct pvhboot_buffer elf, uint64_t slide,
					    struct pvhboot_diag *diag);

/* ---- debug_file.c ---------------------------------------------------------------------------- */

/*@ requires \valid_read(elf) && elf(*elf) && optional(diag) && \separated(elf, diag);
    requires address != \null ==> \valid_read(address) && \separated(address, diag);
    assigns *diag; */
enum pvhboot_status pvhb_debug_file_check(const struct pvhb_elf_reader *reader,
					  const struct pvhb_elf *elf, const uint64_t *address,
					  struct pvhboot_diag *diag);

#endif
