/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/kernel.c */

#include "opening.h"
#include "reading.h"

#include "../../lib/kernel/kernel.c"

/*@
  // Before the ELF header was read.
  predicate to_open(struct pvhb_reading *r) =
    \valid(r) && \valid(r->kernel) && optional(r->diag) && apart(r) &&
    \separated(r, r->kernel, r->diag) && bytes(r->kernel->elf) && bytes(r->bzimage) &&
    r->kernel->guest_os.size == 0;
  // Once it was read.
  predicate checked(struct pvhb_reading *r) =
    r->elf.image.size == r->kernel->elf.size && r->elf.elf_class != 0;
*/

/*@ requires \valid_read(r) && elf_at(&r->elf) && index < r->elf.tables.phnum;
    assigns \nothing; */
static uint64_t virtual_address(const struct pvhb_reading *r, uint32_t index, uint64_t gpa);

/*@ requires opening(r);
    assigns *r->diag;
    KEPT(ensures); */
static enum pvhboot_status fail_outside(const struct pvhb_reading *r, struct pvhb_at at,
					uint64_t entry, uint64_t below);

/*@ requires opening(r) && \valid_read(segment);
    assigns *r->diag;
    KEPT(ensures); */
static void check_bytes(const struct pvhb_reading *r, struct pvhb_at at, uint64_t entry,
			const struct pvhboot_segment *segment);

/*@ requires opening(r) && \valid_read(segment);
    requires segment->index < r->elf.tables.phnum && \separated(segment, r->diag);
    assigns *r->diag;
    KEPT(ensures); */
static enum pvhboot_status check_code(const struct pvhb_reading *r, struct pvhb_at at,
				      uint64_t entry, const struct pvhboot_segment *segment);

/*@ requires opening(r);
    assigns *r->diag;
    KEPT(ensures); */
static enum pvhboot_status check_entry(const struct pvhb_reading *r, struct pvhb_at at,
				       uint64_t entry);

/*@ requires opening(r);
    assigns r->kernel->entries, *r->diag;
    KEPT(ensures); */
static enum pvhboot_status read_entry_pvh(struct pvhb_reading *r);

/*@ requires opening(r);
    assigns r->kernel->linux_boot, r->kernel->entries, *r->diag;
    KEPT(ensures); */
static void drop_linux(struct pvhb_reading *r);

/*@ requires opening(r) && bytes(r->bzimage);
    assigns r->kernel->linux_boot, r->kernel->entries, *r->diag;
    KEPT(ensures); */
static enum pvhboot_status read_entry_linux(struct pvhb_reading *r);

/*@ requires opening(r) && bytes(r->bzimage);
    assigns r->kernel->linux_boot, r->kernel->entries, *r->diag;
    KEPT(ensures); */
static enum pvhboot_status read_linux(struct pvhb_reading *r);

/*@ requires opening(r);
    assigns *r->diag;
    KEPT(ensures); */
static enum pvhboot_status check_file(const struct pvhb_reading *r);

/*@ requires opening(r);
    assigns ALL(r);
    GOOD(IF_OK); */
static enum pvhboot_status read_layout(struct pvhb_reading *r);

/*@ requires opening(r);
    assigns ALL(r);
    GOOD(IF_OK); */
static enum pvhboot_status read_image(struct pvhb_reading *r);

/*@ requires opening(r) && bytes(r->bzimage);
    assigns ALL(r);
    GOOD(IF_OK); */
static enum pvhboot_status read_entries(struct pvhb_reading *r);

/*@ requires opening(r);
    assigns r->kernel->symbols, *r->diag;
    KEPT(ensures); */
static enum pvhboot_status read_symbols(const struct pvhb_reading *r);

/*@ requires opening(r) && bytes(r->bzimage);
    assigns ALL(r);
    GOOD(IF_OK); */
static enum pvhboot_status read_kernel(struct pvhb_reading *r);

/*@ requires to_open(r);
    assigns r->elf, *r->diag;
    ensures same{Pre, Here}(r);
    ensures kept_bzimage{Pre, Here}(r);
    ensures to_open(r);
    IF_OK elf_at(&r->elf);
    IF_OK checked(r); */
static enum pvhboot_status check_header(struct pvhb_reading *r);

/*@ requires to_open(r) && elf_at(&r->elf) && checked(r);
    assigns r->elf.flags, r->kernel->tables, r->kernel->machine, r->kernel->elf_class;
    ensures same{Pre, Here}(r);
    ensures kept_bzimage{Pre, Here}(r);
    ensures reading(r);
    ensures elf_at(&r->elf);
    ensures elf_kernel_at(r->kernel);
    ensures opening(r); */
static void take_header(struct pvhb_reading *r);

/*@ requires to_open(r);
    assigns ALL(r);
    IF_OK same{Pre, Here}(r);
    IF_OK elf_kernel_at(r->kernel); */
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
