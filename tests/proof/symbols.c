/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/symbols.c */

#include "opening.h"

#include "../../lib/kernel/symbols.c"

/*@ assigns \nothing;
    ensures \result == (elf_class == 64 ? 8 : 4); */
static uint64_t alignment(uint8_t elf_class);

/*@ requires \valid_read(elf) && sections(*elf) && index < elf->tables.shnum;
    assigns \nothing;
    ensures within(elf->image.size, \result.offset, shdr_size(elf->elf_class)); */
static struct pvhb_at at_section(const struct pvhb_elf *elf, uint32_t index);

/*@ requires \valid_read(elf) && elf(*elf) && index < elf->tables.shnum && \valid_read(shdr);
    requires \valid(out) && optional(diag) && \separated(elf, shdr, out, diag);
    assigns *out, *diag;
    ensures \result == PVHBOOT_OK ==> bytes(*out); */
static enum pvhboot_status load(const struct pvhb_elf *elf, uint32_t index,
				const struct pvhb_elf_shdr *shdr, struct pvhboot_bytes *out,
				struct pvhboot_diag *diag);

/*@ assigns \nothing;
    ensures \result.head_size == PVHB_SYMBOLS_MAX_HEAD; */
static struct pvhb_symbols_layout lay_out(uint64_t symtab_size, uint64_t strtab_size,
					  uint64_t align);

/*@ requires \valid_read(elf) && elf(*elf) && symtab_index < elf->tables.shnum;
    requires \valid_read(symtab) && symtab->link < elf->tables.shnum && \valid_read(strtab);
    requires \valid(out) && optional(diag) && \separated(elf, symtab, strtab, out, diag);
    assigns *out, *diag;
    ensures \result == PVHBOOT_OK ==>
      within(elf->image.size, out->symtab_shdr, shdr_size(elf->elf_class));
    ensures \result == PVHBOOT_OK ==>
      within(elf->image.size, out->strtab_shdr, shdr_size(elf->elf_class)); */
static enum pvhboot_status read_sections(const struct pvhb_elf *elf, uint32_t symtab_index,
					 const struct pvhb_elf_shdr *symtab,
					 const struct pvhb_elf_shdr *strtab, uint64_t end,
					 struct pvhboot_symbols *out, struct pvhboot_diag *diag);

/*@ requires \valid_read(elf) && elf(*elf) && \valid(index) && \valid(symtab) && \valid(strtab);
    requires optional(diag) && \separated(elf, index, symtab, strtab, diag);
    assigns *index, *symtab, *strtab, *diag;
    ensures \result ==> *index < elf->tables.shnum && symtab->link < elf->tables.shnum; */
static bool find_sections(const struct pvhb_elf_reader *reader, const struct pvhb_elf *elf,
			  uint32_t *index, struct pvhb_elf_shdr *symtab,
			  struct pvhb_elf_shdr *strtab, struct pvhboot_diag *diag);

/*@ requires \valid_read(kernel) && bytes(kernel->elf);
    requires kernel->elf.size >= ehdr_size(is64 ? 64 : 32);
    requires \valid(to + (0 .. EHDR_ROOM - 1));
    requires \separated(to + (0 .. EHDR_ROOM - 1), kernel,
                        kernel->elf.data + (0 .. kernel->elf.size - 1));
    assigns to[0 .. EHDR_ROOM - 1]; */
static void write_ehdr(const struct pvhboot_kernel *kernel, bool is64, uint8_t *to);
