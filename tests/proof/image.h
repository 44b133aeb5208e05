/* SPDX-License-Identifier: MIT */
/* Contracts of lib/image/. */
#ifndef PROOF_IMAGE_H
#define PROOF_IMAGE_H

#include "base.h"

#include "../../lib/image/bzimage.h"
#include "../../lib/image/compressed.h"
#include "../../lib/image/foreign.h"
#include "../../lib/image/initrd.h"
#include "../../lib/image/options.h"
#include "../../lib/image/pe.h"
#include "../../lib/image/uki.h"

#include <pvhboot/wire/pe.h>

/*@
  // The section table lies in the file.
  predicate pe(struct pvhb_pe p) =
    bytes(p.file) && p.n_sections <= 65535 &&
    within(p.file.size, p.table, p.n_sections * PVHBOOT_PE_SECTION_SIZE);
*/

/* ---- pe.c ---------------------------------------------------------------------------------- */

/*@ requires bytes(file);
    assigns \nothing; */
bool pvhb_pe_is(struct pvhboot_bytes file);

/*@ requires bytes(file) && \valid(out) && optional(diag) && \separated(out, diag);
    assigns *out, *diag;
    ensures \result == PVHBOOT_OK ==> pe(*out) && out->file == file; */
enum pvhboot_status pvhb_pe_open(struct pvhboot_bytes file, struct pvhb_pe *out,
				 struct pvhboot_diag *diag);

/*@ requires \valid_read(pe) && pe(*pe) && i < pe->n_sections;
    assigns \nothing;
    ensures within(pe->file.size, \result, PVHBOOT_PE_SECTION_SIZE); */
uint64_t pvhb_pe_header(const struct pvhb_pe *pe, uint32_t i);

/*@ requires \valid_read(pe) && pe(*pe) && i < pe->n_sections;
    requires \valid_read(name + (0 .. PVHB_PE_NAME_SIZE - 1));
    assigns \nothing; */
bool pvhb_pe_is_named(const struct pvhb_pe *pe, uint32_t i, const char name[PVHB_PE_NAME_SIZE]);

/*@ requires \valid_read(pe) && pe(*pe) && i < pe->n_sections;
    requires \valid(out) && \separated(out, pe);
    assigns *out;
    ensures \result ==> within(pe->file.size, out->offset, out->size); */
bool pvhb_pe_section(const struct pvhb_pe *pe, uint32_t i, struct pvhb_pe_span *out);

/* ---- compressed.c -------------------------------------------------------------------------- */

/*@ requires bytes(bytes) && \valid(compression);
    assigns *compression; */
bool pvhb_compression_of(struct pvhboot_bytes bytes, uint16_t *compression);

/*@ requires \valid(image);
    assigns image->stream, image->stream_offset, image->unpacked_size, image->container,
      image->compression, image->size_is_exact;
    ensures image->stream == stream; */
void pvhb_compressed_probe(struct pvhboot_bytes stream, uint64_t offset, uint16_t compression,
			   struct pvhboot_image *image);

/* ---- bzimage.c ----------------------------------------------------------------------------- */

/*@ requires bytes(file);
    assigns \nothing; */
bool pvhb_bzimage_is(struct pvhboot_bytes file);

/*@ requires bytes(bytes) && \valid(image) && optional(diag) && \separated(image, diag);
    assigns image->stream, image->stream_offset, image->unpacked_size, image->bzimage,
      image->container, image->compression, image->protocol, image->size_is_exact, *diag;
    ensures \result == PVHBOOT_OK ==> bytes(image->stream); */
enum pvhboot_status pvhb_bzimage_probe(struct pvhboot_bytes bytes, uint64_t base,
				       struct pvhboot_image *image, struct pvhboot_diag *diag);

/* ---- foreign.c, uki.c ---------------------------------------------------------------------- */

/*@ requires bytes(bytes) && optional(diag);
    assigns *diag;
    ensures \result != PVHBOOT_OK; */
enum pvhboot_status pvhb_foreign(struct pvhboot_bytes bytes, struct pvhb_at at, const char *around,
				 struct pvhboot_diag *diag);

/*@ requires \valid_read(pe) && pe(*pe) && optional(diag) && \separated(pe, diag);
    assigns *diag;
    ensures \result != PVHBOOT_OK; */
enum pvhboot_status pvhb_foreign_pe(const struct pvhb_pe *pe, struct pvhboot_diag *diag);

/*@ assigns \nothing; */
const char *pvhb_pe_foreign_machine(uint16_t machine);

/*@ requires \valid_read(pe) && pe(*pe) && \valid_read(options) && bytes(options->profile_id);
    requires \valid(kernel) && \valid(uki) && optional(diag);
    requires \separated(kernel, uki, diag, pe, options);
    assigns *kernel, *uki, *diag;
    ensures \result == PVHBOOT_OK ==> within(pe->file.size, kernel->offset, kernel->size); */
enum pvhboot_status pvhb_uki_probe(const struct pvhb_pe *pe, const struct pvhboot_options *options,
				   struct pvhb_pe_span *kernel, struct pvhboot_uki *uki,
				   struct pvhboot_diag *diag);

/* ---- initrd.c ------------------------------------------------------------------------------ */

/*@ requires bytes(initrd) && \valid(size);
    assigns *size; */
bool pvhb_initrd_unpacked(struct pvhboot_bytes initrd, uint64_t *size);

/* ---- profile.c ----------------------------------------------------------------------------- */

/*@ requires \valid_read(pe) && pe(*pe) && section < pe->n_sections;
    assigns \nothing;
    ensures bytes(\result.id) && bytes(\result.title); */
struct pvhboot_profile pvhb_profile_read(const struct pvhb_pe *pe, uint32_t section);

/*@ requires image == \null || (\valid_read(image) && bytes(image->file));
    requires (iter == \null || \valid(iter)) && (out == \null || \valid(out));
    requires \separated(image, iter, out);
    assigns *iter, *out;
    ensures \result ==> bytes(out->id) && bytes(out->title); */
int pvhboot_profile_next(const struct pvhboot_image *image, struct pvhboot_profile_iter *iter,
			 struct pvhboot_profile *out);

/* ---- efi.c --------------------------------------------------------------------------------- */

/*@ requires bytes(file) && optional(diag);
    assigns *diag; */
enum pvhboot_status pvhboot_efi_check(struct pvhboot_bytes file, struct pvhboot_diag *diag);

/* ---- options.h, probe.c -------------------------------------------------------------------- */

/*@
  predicate options(struct pvhboot_options *o) =
    \valid_read(o) && bytes(o->profile_id) &&
    (o->allocator == \null || \valid_read(o->allocator)) &&
    (o->parallel == \null || \valid_read(o->parallel));
*/

/*@ requires options(options) && optional(diag) && \separated(options, diag);
    assigns *diag; */
static inline enum pvhboot_status pvhb_options_check(const struct pvhboot_options *options,
						     enum pvhboot_stage stage,
						     struct pvhboot_diag *diag);

/*@ requires bytes(file) && (options == \null || options(options));
    requires (out == \null || \valid(out)) && optional(diag) && \separated(out, diag, options);
    assigns *out, *diag;
    ensures \result == PVHBOOT_OK ==> bytes(out->stream); */
enum pvhboot_status pvhboot_image_probe(struct pvhboot_bytes file,
					const struct pvhboot_options *options,
					struct pvhboot_image *out, struct pvhboot_diag *diag);

/*@ requires outer == \null || \valid_read(outer);
    requires bytes(unpacked);
    requires (out == \null || \valid(out)) && optional(diag) && \separated(out, diag, outer);
    assigns *out, *diag;
    ensures \result == PVHBOOT_OK ==> bytes(out->stream); */
enum pvhboot_status pvhboot_image_probe_inner(const struct pvhboot_image *outer,
					      struct pvhboot_bytes unpacked,
					      struct pvhboot_image *out, struct pvhboot_diag *diag);

#endif
