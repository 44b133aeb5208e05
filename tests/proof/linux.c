/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/linux.c */

#include "opening.h"
#include "reading.h"

#include "../../lib/kernel/linux.c"

/*@ assigns \nothing; */
static struct pvhb_at at_field(uint64_t offset);

/*@ requires bytes(bzimage) && bzimage.size >= PVHBOOT_BZIMAGE_END_2_08;
    requires \valid(header) && optional(diag) && \separated(header, diag);
    assigns *header, *diag;
    ensures \result == PVHBOOT_OK ==>
      PVHBOOT_BOOT_PARAMS_HEADER + header->size <= bzimage.size; */
static enum pvhboot_status find_header(struct pvhboot_bytes bzimage, uint64_t least,
				       struct pvhboot_bytes *header, struct pvhboot_diag *diag);

/*@ requires bytes(bzimage) && \valid(out) && optional(diag) && \separated(out, diag);
    assigns out->protocol, *diag;
    ensures \result == PVHBOOT_OK ==> bzimage.size >= PVHBOOT_BZIMAGE_END_2_08; */
static enum pvhboot_status check_kind(struct pvhboot_bytes bzimage, bool as_it_is,
				      struct pvhboot_linux *out, struct pvhboot_diag *diag);

/*@ requires bytes(bzimage) && bzimage.size >= PVHBOOT_BZIMAGE_END_2_08 && \valid(out);
    requires PVHBOOT_BOOT_PARAMS_HEADER + out->header.size <= bzimage.size;
    assigns out->initrd_max, out->align, out->relocatable, out->cmdline_size, out->xloadflags,
      out->pref_address, out->init_size; */
static void load_fields(struct pvhboot_bytes bzimage, struct pvhboot_linux *out);

/*@ requires \valid(boot) && optional(diag) && \separated(boot, diag);
    assigns boot->align, boot->initrd_max, boot->cmdline_size, *diag; */
static enum pvhboot_status mend_fields(bool as_it_is, struct pvhboot_linux *boot,
				       struct pvhboot_diag *diag);

/*@ requires bytes(bzimage) && \valid(out) && optional(diag) && \separated(out, diag);
    assigns *out, *diag;
    ensures \result == PVHBOOT_OK ==> bzimage.size >= PVHBOOT_BZIMAGE_END_2_08; */
static enum pvhboot_status read_header(struct pvhboot_bytes bzimage, bool as_it_is,
				       struct pvhboot_linux *out, struct pvhboot_diag *diag);

/*@ requires \valid_read(boot) && optional(diag) && \separated(boot, diag);
    assigns *diag; */
static enum pvhboot_status check_place(const struct pvhboot_linux *boot, struct pvhboot_diag *diag);

/*@ requires opening(r);
    assigns r->kernel->linux_boot.align, r->kernel->linux_boot.initrd_max,
      r->kernel->linux_boot.cmdline_size, r->kernel->linux_boot.xloadflags,
      r->kernel->linux_boot.relocatable;
    KEPT(ensures); */
static void assume_header(struct pvhb_reading *r);

/*@ requires \valid_read(r) && elf_at(&r->elf);
    assigns \nothing; */
static uint64_t translate_entry(const struct pvhb_reading *r);

/*@ requires opening(r) && bytes(r->bzimage);
    assigns r->kernel->linux_boot, *r->diag;
    KEPT(ensures); */
static enum pvhboot_status read_beside(struct pvhb_reading *r);

/*@ requires opening(r) && bytes(r->bzimage);
    assigns r->kernel->linux_boot, *r->diag;
    KEPT(ensures); */
static enum pvhboot_status fill_in(struct pvhb_reading *r);

/*@ requires opening(r);
    assigns r->kernel->linux_boot.align, *r->diag;
    KEPT(ensures); */
static void raise_align(struct pvhb_reading *r);

/*@ requires opening(r);
    assigns r->kernel->linux_boot.align, r->kernel->linux_boot.pref_address,
      r->kernel->linux_boot.init_size, *r->diag;
    KEPT(ensures); */
static void fit_to_kernel(struct pvhb_reading *r);

/*@ requires opening(r);
    assigns r->kernel->linux_boot.relocs, *r->diag;
    KEPT(ensures); */
static void find_relocs(struct pvhb_reading *r);

/*@ requires opening(r);
    assigns r->kernel->linux_boot.entry, r->kernel->entries;
    KEPT(ensures); */
static void read_entry(struct pvhb_reading *r);
