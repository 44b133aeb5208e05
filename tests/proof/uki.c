/* SPDX-License-Identifier: MIT */
/* Proves: lib/image/uki.c */

#include "image.h"

/* Numbers of sections, plus 1, of which n were looked at. */
#define BELOW(s, n)                                                                                \
	(\forall integer k; 0 <= k < N_PARTS ==>                                                   \
	 (s)->base.section[k] <= n && (s)->own.section[k] <= n)
#define SURVEYS(word, i)                                                                           \
	word scope == \null || scope == &all->base || scope == &all->own;                          \
	word i <= pe->n_sections && BELOW(all, i)
/* A part, and the first n of them. */
#define IN_FILE(span) within(pe->file.size, (span).offset, (span).size)
#define ALL_IN_FILE(spans, n) \forall integer k; 0 <= k < n ==> IN_FILE(spans[k])

#include "../../lib/image/uki.c"

/*@
  predicate below(struct survey *s, integer n) = BELOW(s, n);
  predicate in_file(struct pvhb_pe *pe, struct pvhb_pe_span span) = IN_FILE(span);
*/

/*@ requires \valid_read(pe) && pe(*pe) && section < pe->n_sections;
    assigns \nothing;
    ensures 0 <= \result <= N_PARTS; */
static enum part part_of(const struct pvhb_pe *pe, uint32_t section);

/*@ requires \valid_read(pe) && pe(*pe) && section < pe->n_sections;
    requires \valid_read(options) && bytes(options->profile_id);
    assigns \nothing; */
static bool is_wanted(const struct pvhb_pe *pe, uint32_t section, uint32_t number,
		      const struct pvhboot_options *options);

/*@ requires \valid_read(pe) && pe(*pe) && \valid_read(options) && bytes(options->profile_id);
    requires \valid(all) && below(all, 0) && \separated(all, pe, options);
    assigns *all;
    ensures below(all, pe->n_sections); */
static void survey_sections(const struct pvhb_pe *pe, const struct pvhboot_options *options,
			    struct survey *all);

/*@ requires \valid_read(pe) && pe(*pe) && optional(diag) && \separated(pe, diag);
    assigns DETAIL; */
static void list_profiles(const struct pvhb_pe *pe, struct pvhboot_diag *diag);

/*@ requires \valid_read(pe) && pe(*pe) && \valid_read(options) && optional(diag);
    requires \separated(diag, pe, options);
    assigns *diag;
    ensures \result == PVHBOOT_RANGE; */
static enum pvhboot_status no_such_profile(const struct pvhb_pe *pe,
					   const struct pvhboot_options *options,
					   struct pvhboot_diag *diag);

/*@ requires \valid_read(pe) && pe(*pe) && \valid_read(all) && part < N_PARTS;
    requires below(all, pe->n_sections);
    requires \valid(out) && optional(diag) && \separated(out, diag, pe, all);
    assigns *out, *diag;
    ensures \result == PVHBOOT_OK ==> in_file(pe, *out); */
static enum pvhboot_status find_part(const struct pvhb_pe *pe, const struct survey *all,
				     enum part part, struct pvhb_pe_span *out,
				     struct pvhboot_diag *diag);

/*@ requires \valid_read(pe) && pe(*pe) && \valid_read(all) && part < N_PARTS;
    requires \valid_read(spans + part) && in_file(pe, spans[part]);
    assigns \nothing;
    ensures bytes(\result); */
static struct pvhboot_bytes bytes_of(const struct pvhb_pe *pe, const struct survey *all,
				     enum part part, const struct pvhb_pe_span *spans);

/*@ requires bytes(section);
    assigns \nothing;
    ensures bytes(\result); */
static struct pvhboot_bytes text_of(struct pvhboot_bytes section);
