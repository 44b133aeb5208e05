/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/kernel.c
 * Not proved: read_kernel open_elf: provers give up on all that their calls may write. They read
 * nothing themselves; */

#include "opening.h"
#include "reading.h"

#include "../../lib/kernel/kernel.c"

/*@
  // Before the ELF header was read.
  predicate to_open(struct pvhb_reading *r) =
    \valid(r->kernel) && optional(r->diag) && \separated(r, r->kernel, r->diag) &&
    bytes(r->kernel->elf) && bytes(r->bzimage) && bytes(r->kernel->guest_os);
*/

/*@ requires \valid_read(r) && elf_at(&r->elf) && index < r->elf.tables.phnum;
    assigns \nothing; */
static uint64_t virtual_address(const struct pvhb_reading *r, uint32_t index, uint64_t gpa);

/*@ requires \valid_read(r) && opening(r);
    assigns *r->diag;
    SAME(ensures); */
static enum pvhboot_status fail_outside(const struct pvhb_reading *r, struct pvhb_at at,
					uint64_t entry, uint64_t below);

/*@ requires \valid_read(r) && opening(r) && \valid_read(segment);
    assigns *r->diag;
    SAME(ensures); */
static void check_bytes(const struct pvhb_reading *r, struct pvhb_at at, uint64_t entry,
			const struct pvhboot_segment *segment);

/*@ requires \valid_read(r) && opening(r) && \valid_read(segment);
    requires segment->index < r->elf.tables.phnum && \separated(segment, r->diag);
    assigns *r->diag;
    SAME(ensures); */
static enum pvhboot_status check_code(const struct pvhb_reading *r, struct pvhb_at at,
				      uint64_t entry, const struct pvhboot_segment *segment);

/*@ requires \valid_read(r) && opening(r);
    assigns *r->diag;
    SAME(ensures); */
static enum pvhboot_status check_entry(const struct pvhb_reading *r, struct pvhb_at at,
				       uint64_t entry);

/*@ requires \valid(r) && opening(r);
    assigns r->kernel->entries, *r->diag;
    SAME(ensures); */
static enum pvhboot_status read_entry_pvh(struct pvhb_reading *r);

/*@ requires \valid(r) && opening(r);
    assigns r->kernel->linux_boot, r->kernel->entries, *r->diag;
    SAME(ensures); */
static void drop_linux(struct pvhb_reading *r);

/*@ requires \valid(r) && opening(r) && bytes(r->bzimage);
    assigns r->kernel->linux_boot, r->kernel->entries, *r->diag;
    SAME(ensures); */
static enum pvhboot_status read_entry_linux(struct pvhb_reading *r);

/*@ requires \valid(r) && opening(r) && bytes(r->bzimage);
    assigns r->kernel->linux_boot, r->kernel->entries, *r->diag;
    SAME(ensures); */
static enum pvhboot_status read_linux(struct pvhb_reading *r);

/*@ requires \valid(r) && opening(r) && bytes(r->bzimage) && bytes(r->kernel->guest_os);
    assigns r->max_align, r->is_pv, r->has_entry, r->is_linux, r->entry_offset, r->wants_symbols,
      *r->kernel, *r->diag;
    ensures elf_kernel_at(r->kernel) && r->kernel == \old(r->kernel); */
static enum pvhboot_status read_kernel(struct pvhb_reading *r);

/*@ requires \valid(r) && to_open(r);
    assigns r->elf, r->max_align, r->is_pv, r->has_entry, r->is_linux, r->entry_offset,
      r->wants_symbols, *r->kernel, *r->diag;
    ensures r->kernel == \old(r->kernel);
    ensures \result == PVHBOOT_OK ==> elf_kernel_at(r->kernel); */
static enum pvhboot_status open_elf(struct pvhb_reading *r);

/*@ requires (elf.data != \null ==> bytes(elf)) && optional(diag);
    assigns *diag;
    ensures \result == PVHBOOT_OK ==> out != \null && bytes(elf); */
static enum pvhboot_status check_arguments(struct pvhboot_bytes elf, uint32_t flags,
					   const struct pvhboot_kernel *out,
					   struct pvhboot_diag *diag);

/*@ requires (elf.data != \null ==> bytes(elf)) && (bzimage.data != \null ==> bytes(bzimage));
    requires optional(diag);
    assigns *diag;
    ensures \result == PVHBOOT_OK ==> out != \null && bytes(elf) && bytes(bzimage); */
static enum pvhboot_status check_both(struct pvhboot_bytes elf, struct pvhboot_bytes bzimage,
				      uint32_t flags, const struct pvhboot_kernel *out,
				      struct pvhboot_diag *diag);

/*@ requires (elf.data != \null ==> bytes(elf)) && (out == \null || \valid(out));
    requires optional(diag) && \separated(out, diag);
    assigns *out, *diag; */
enum pvhboot_status pvhb_kernel_open(const struct pvhb_elf_reader *reader, struct pvhboot_bytes elf,
				     uint32_t flags, struct pvhboot_kernel *out,
				     struct pvhboot_diag *diag);

/*@ requires (elf.data != \null ==> bytes(elf)) && (bzimage.data != \null ==> bytes(bzimage));
    requires (out == \null || \valid(out)) && optional(diag) && \separated(out, diag);
    assigns *out, *diag; */
enum pvhboot_status pvhb_kernel_open_linux(const struct pvhb_elf_reader *reader,
					   struct pvhboot_bytes elf, struct pvhboot_bytes bzimage,
					   uint32_t flags, struct pvhboot_kernel *out,
					   struct pvhboot_diag *diag);

/*@ requires (elf.data != \null ==> bytes(elf)) && (out == \null || \valid(out));
    requires optional(diag) && \separated(out, diag);
    assigns *out, *diag; */
enum pvhboot_status pvhboot_kernel_open(struct pvhboot_bytes elf, uint32_t flags,
					struct pvhboot_kernel *out, struct pvhboot_diag *diag);

/*@ requires (elf.data != \null ==> bytes(elf)) && (bzimage.data != \null ==> bytes(bzimage));
    requires (out == \null || \valid(out)) && optional(diag) && \separated(out, diag);
    assigns *out, *diag; */
enum pvhboot_status pvhboot_kernel_open_linux(struct pvhboot_bytes elf,
					      struct pvhboot_bytes bzimage, uint32_t flags,
					      struct pvhboot_kernel *out,
					      struct pvhboot_diag *diag);
