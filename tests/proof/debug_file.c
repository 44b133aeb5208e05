/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/debug_file.c */

#include "opening.h"

#include "../../lib/kernel/debug_file.c"

/*@ requires \valid_read(shdr) && (address == \null || \valid_read(address));
    assigns \nothing; */
static bool is_loaded(const struct pvhb_elf_shdr *shdr, const uint64_t *address);

/*@ requires \valid_read(shdr);
    assigns \nothing; */
static bool has_bytes(const struct pvhb_elf_shdr *shdr);

/*@ requires \valid_read(shdr);
    assigns \nothing; */
static bool is_code_without_bytes(const struct pvhb_elf_shdr *shdr);
