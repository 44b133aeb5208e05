/* SPDX-License-Identifier: MIT */
/* Proves: lib/image/foreign.c */

#include "image.h"

#include "../../lib/image/foreign.c"

/*@ requires bytes(bytes) && \valid_read(kind);
    assigns \nothing; */
static bool has_magic(struct pvhboot_bytes bytes, const struct kind *kind);

/*@ requires bytes(bytes) && bytes.size != 0;
    assigns \nothing; */
static bool is_bios(struct pvhboot_bytes bytes);

/*@ requires bytes(bytes);
    assigns \nothing; */
static struct kind kind_of(struct pvhboot_bytes bytes);

/*@ requires \valid_read(pe) && pe(*pe) && section < pe->n_sections;
    assigns \nothing; */
static bool is_addon_part(const struct pvhb_pe *pe, uint32_t section);

/*@ requires \valid_read(pe) && pe(*pe);
    assigns \nothing; */
static bool is_zboot(const struct pvhb_pe *pe);

/*@ requires \valid_read(pe) && pe(*pe);
    assigns \nothing; */
static const char *what_for_machine(const struct pvhb_pe *pe);

/*@ requires \valid_read(pe);
    assigns \nothing; */
static const char *what_program(const struct pvhb_pe *pe);

/*@ requires \valid_read(pe) && pe(*pe) && optional(diag) && \separated(pe, diag);
    assigns DETAIL; */
static void describe_pe(const struct pvhb_pe *pe, struct pvhboot_diag *diag);
