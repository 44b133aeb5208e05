/* SPDX-License-Identifier: MIT */
/* Proves: lib/kernel/read_segments.c */

#include "opening.h"
#include "reading.h"

/* r is as opening it made it, and its pointers are those that it had. */
#define READS(r) reads(r) && same{Here, Pre}(r)
#define DIAG(r) *\at(r->diag, Pre)
#define OF_SEGMENTS r->max_align, kernel->start, kernel->end, kernel->n_segments

#include "../../lib/kernel/read_segments.c"

/*@ requires \valid(r) && reads(r);
    assigns r->kernel->overlapping, r->kernel->n_segments, *r->diag; */
static enum pvhboot_status cut_segments(struct pvhb_reading *r);

/*@ requires \valid(r) && reads(r) && \valid_read(a) && \valid_read(b);
    requires \separated(a, r->diag) && \separated(b, r->diag);
    assigns *r->diag;
    ensures reads(r) && same{Pre, Post}(r); */
static enum pvhboot_status fail_overlap(struct pvhb_reading *r, const struct pvhboot_segment *a,
					const struct pvhboot_segment *b);

/*@ requires \valid(r) && reads(r);
    assigns r->kernel->overlapping, r->kernel->n_segments, *r->diag; */
static enum pvhboot_status check_overlap(struct pvhb_reading *r);

/*@ requires \valid(r) && reads(r);
    assigns r->max_align, *r->diag;
    ensures reads(r) && same{Pre, Post}(r); */
static void read_alignment(struct pvhb_reading *r, uint32_t index, uint64_t align);

/*@ requires \valid(kernel) && \valid_read(segment) && \separated(kernel, segment);
    assigns kernel->start, kernel->end, kernel->n_segments; */
static bool add_segment(struct pvhboot_kernel *kernel, const struct pvhboot_segment *segment);

/*@ requires \valid(r) && reads(r) && \valid_read(phdr) && \valid(ascending);
    requires \separated(ascending, r, r->kernel, r->diag) && \separated(phdr, r, r->diag);
    assigns *ascending, r->kernel->start, r->kernel->end, r->kernel->n_segments, *r->diag;
    ensures reads(r) && same{Pre, Post}(r); */
static enum pvhboot_status check_segment(struct pvhb_reading *r, uint32_t index,
					 const struct pvhb_elf_phdr *phdr, bool *ascending);

/*@ requires \valid(r) && reads(r) && index < r->elf.tables.phnum && \valid(ascending);
    requires \separated(ascending, r, r->kernel, r->diag);
    assigns *ascending, r->max_align, r->kernel->start, r->kernel->end, r->kernel->n_segments,
      *r->diag;
    ensures reads(r) && same{Pre, Post}(r); */
static enum pvhboot_status read_segment(struct pvhb_reading *r, uint32_t index, bool *ascending);
