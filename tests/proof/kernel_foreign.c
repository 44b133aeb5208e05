/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/foreign.c */

#include "kernel.h"
#include "reading.h"

#include "../../lib/kernel/foreign.c"

/*@ requires bytes(file) && 1 <= n_words <= 4 && 1 <= align <= 8;
    assigns \nothing; */
static bool has_header(struct pvhboot_bytes file, size_t size, uint32_t magic, size_t n_words,
		       size_t align);

/*@ requires bytes(file);
    assigns \nothing; */
static bool is_multiboot(struct pvhboot_bytes file);

/*@ requires bytes(a) && bytes(b);
    assigns \nothing; */
static bool is_same(struct pvhboot_bytes a, struct pvhboot_bytes b);

/*@ requires n < MAX_OWNERS && \valid(owners + (0 .. MAX_OWNERS - 1));
    requires all_bytes(owners, n) && bytes(owner);
    assigns owners[0 .. MAX_OWNERS - 1];
    ensures \result <= MAX_OWNERS && all_bytes(owners, \result); */
static size_t add_owner(struct pvhboot_bytes owners[MAX_OWNERS], size_t n,
			struct pvhboot_bytes owner);

/*@ requires \valid_read(kernel) && elf_kernel_at(kernel);
    requires \valid(owners + (0 .. MAX_OWNERS - 1));
    requires \separated(owners + (0 .. MAX_OWNERS - 1), kernel);
    requires \base_addr(owners) != \base_addr(kernel);
    assigns owners[0 .. MAX_OWNERS - 1];
    ensures \result <= MAX_OWNERS && all_bytes(owners, \result); */
static size_t find_owners(const struct pvhboot_kernel *kernel,
			  struct pvhboot_bytes owners[MAX_OWNERS]);

/*@ requires \valid_read(kernel) && elf_kernel_at(kernel) && bytes(owner);
    requires optional(diag) && \separated(kernel, diag);
    assigns diag->detail[0 .. PVHBOOT_MAX_DETAIL - 1]; */
static void list_types(const struct pvhboot_kernel *kernel, struct pvhboot_bytes owner,
		       struct pvhboot_diag *diag);
