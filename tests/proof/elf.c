/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/elf.c */

#include "kernel.h"

#include "../../lib/kernel/elf.c"

/*@ assigns \nothing;
    ensures \result.offset == offset; */
static struct pvhb_at at_header(uint64_t offset);

/*@ requires bytes(image) && optional(diag);
    assigns *diag;
    ensures \result == PVHBOOT_UNSUPPORTED; */
static enum pvhboot_status fail_big_endian(struct pvhboot_bytes image, struct pvhboot_diag *diag);

/*@ requires bytes(image) && optional(diag);
    assigns *diag;
    ensures \result == PVHBOOT_OK ==> image.size >= PVHBOOT_ELF_EI_NIDENT; */
static enum pvhboot_status check_ident(struct pvhboot_bytes image, struct pvhboot_diag *diag);

/*@ assigns \nothing;
    ensures \result == (is64 ? of_64 : of_32); */
static size_t of_class(bool is64, size_t of_64, size_t of_32);

/*@ requires bytes(bytes) && within(bytes.size, offset, is64 ? 8 : 4);
    assigns \nothing; */
static uint64_t load_word(struct pvhboot_bytes bytes, bool is64, uint64_t offset);

/*@ requires bytes(image) && image.size >= (is64 ? 64 : 52);
    assigns \nothing; */
static struct header load_header(struct pvhboot_bytes image, bool is64);

/*@ requires \valid_read(header) && optional(diag) && \separated(header, diag);
    assigns *diag; */
static enum pvhboot_status check_kind(const struct header *header, bool is64, uint32_t version,
				      struct pvhboot_diag *diag);

/*@ requires \valid_read(elf) && bytes(elf->image);
    requires elf->elf_class == 64 || elf->elf_class == 32;
    requires within(elf->image.size, elf->tables.shoff, shdr_size(elf->elf_class));
    requires offset32 <= 36 && offset64 <= 56;
    assigns \nothing; */
static uint64_t load_section0(const struct pvhb_elf *elf, size_t offset32, size_t offset64,
			      bool wide);

/*@ requires \valid_read(elf);
    assigns \nothing;
    ensures \result ==> elf->tables.shoff != 0;
    ensures \result ==> within(elf->image.size, elf->tables.shoff, elf->tables.shentsize); */
static bool has_section0(const struct pvhb_elf *elf);

/*@ requires \valid_read(elf) && bytes(elf->image);
    requires elf->elf_class == 64 || elf->elf_class == 32;
    requires elf->tables.shoff != 0 ==> elf->tables.shentsize >= shdr_size(elf->elf_class);
    requires \valid_read(header);
    assigns \nothing; */
static uint64_t count_sections(const struct pvhb_elf *elf, const struct header *header);

/*@ requires \valid(elf) && bytes(elf->image) && (elf->elf_class == 64 || elf->elf_class == 32);
    requires \valid_read(header) && optional(diag);
    requires \separated(elf, header, diag);
    assigns elf->tables.shnum, elf->tables.shoff, elf->tables.shentsize, *diag;
    ensures table(elf->image.size, elf->tables.shoff, elf->tables.shnum, elf->tables.shentsize,
                  shdr_size(elf->elf_class));
    ensures elf->tables.shoff != 0 ==> elf->tables.shentsize >= shdr_size(elf->elf_class); */
static void check_sections(struct pvhb_elf *elf, const struct header *header,
			   struct pvhboot_diag *diag);

/*@ requires \valid(elf) && bytes(elf->image) && (elf->elf_class == 64 || elf->elf_class == 32);
    requires elf->tables.shoff != 0 ==> elf->tables.shentsize >= shdr_size(elf->elf_class);
    requires \valid_read(header) && optional(diag) && \separated(elf, header, diag);
    assigns elf->tables.phnum, elf->tables.phoff, elf->tables.phentsize, *diag;
    ensures \result == PVHBOOT_OK ==>
      table(elf->image.size, elf->tables.phoff, elf->tables.phnum, elf->tables.phentsize,
            phdr_size(elf->elf_class)); */
static enum pvhboot_status check_segments(struct pvhb_elf *elf, const struct header *header,
					  struct pvhboot_diag *diag);
