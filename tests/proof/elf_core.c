/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/elf_core.c */

#include "kernel.h"

#include "../../lib/kernel/elf_core.c"

/*@ assigns \nothing; */
static void core_open(struct pvhb_elf *elf);

/*@ assigns \nothing; */
static void core_close(struct pvhb_elf *elf);

/*@ requires \valid_read(elf) && bytes(elf->image) && sections(*elf);
    requires index < elf->tables.shnum && \valid(out) && \separated(out, elf);
    assigns *out; */
static void core_shdr(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_shdr *out);
