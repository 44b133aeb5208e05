/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/foreign.c */

#include "kernel.h"
#include "reading.h"

/* Owners, and how many of them are known. */
#define OWNERS owners[0 .. MAX_OWNERS - 1]
#define ARE_OWNERS(n) (n <= MAX_OWNERS && all_bytes(&owners[0], n))

#include "../../lib/kernel/foreign.c"

/*@ requires bytes(a) && bytes(b);
    assigns \nothing; */
static bool is_same(struct pvhboot_bytes a, struct pvhboot_bytes b);

/*@ requires n < MAX_OWNERS && \valid(owners + (0 .. MAX_OWNERS - 1));
    requires all_bytes(owners, n) && bytes(owner);
    assigns OWNERS;
    ensures \result <= MAX_OWNERS && all_bytes(owners, \result); */
static size_t add_owner(struct pvhboot_bytes owners[MAX_OWNERS], size_t n,
			struct pvhboot_bytes owner);

/*@ requires \valid_read(kernel) && elf_kernel_at(kernel);
    requires \valid(owners + (0 .. MAX_OWNERS - 1));
    requires \separated(owners + (0 .. MAX_OWNERS - 1), kernel);
    requires \base_addr(owners) != \base_addr(kernel);
    assigns OWNERS;
    ensures \result <= MAX_OWNERS && all_bytes(owners, \result); */
static size_t find_owners(const struct pvhboot_kernel *kernel,
			  struct pvhboot_bytes owners[MAX_OWNERS]);

/*@ requires \valid_read(kernel) && elf_kernel_at(kernel) && bytes(owner);
    requires optional(diag) && \separated(kernel, diag);
    assigns DETAIL; */
static void list_types(const struct pvhboot_kernel *kernel, struct pvhboot_bytes owner,
		       struct pvhboot_diag *diag);
