/* SPDX-License-Identifier: MIT */
/*
 * The rows of tests/edge-cases.md that are about ELF images: each is opened by
 * every reader of this build, which must agree in all that they say. Stands
 * outside of the support library, since it needs lib/kernel/kernel.h.
 */
#ifndef TESTS_SUPPORT_EDGE_H
#define TESTS_SUPPORT_EDGE_H

#include <pvhboot/kernel.h>

#include "expect.h"
#include "kernelbuild.h"

struct edge {
	struct elf elf; /* to be finished before it is opened */
	uint32_t flags; /* of pvhboot_kernel_open() */
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
};

/* A kernel, finished. Program header i is PT_LOAD number i, the PT_NOTE follows. */
void edge_build(struct edge *edge, const struct kernel_spec *spec);
void edge_close(struct edge *edge);

/* Opens the image, and expects success with this many warnings and iterators
 * that yield as much as the kernel says. */
void edge_expect_ok(const char *row, struct edge *edge, size_t n_warnings);

/* The same with one warning, whose rule has this in it. */
void edge_expect_warning(const char *row, struct edge *edge, const char *rule,
			 const struct finding *want);

/* Expects a failure that leaves the kernel as it was. */
void edge_expect_failure(const char *row, struct edge *edge, enum pvhboot_status status,
			 const char *rule, const struct finding *want);

/* Findings of which everything is compared: about a field of the ELF header,
 * about a program header, about a note, about the notes of a segment from an
 * offset on, and about what has neither index nor offset. */
struct finding edge_at_header(const struct edge *edge, const char *field, uint64_t found,
			      uint64_t bound);
struct finding edge_at_segment(const struct edge *edge, uint32_t index, uint64_t found,
			       uint64_t bound);
struct finding edge_at_note(uint32_t index, uint64_t offset, uint64_t found, uint64_t bound);
struct finding edge_at_notes(uint32_t index, uint64_t offset, uint64_t found, uint64_t bound);
struct finding edge_at(enum pvhboot_stage stage, enum pvhboot_subject subject, uint64_t found,
		       uint64_t bound);

/* A finding about the entry, which stands at the offset of its note ... */
struct finding edge_at_entry(uint64_t found, uint64_t bound);
/* ... where this looks for it. */
void edge_expect_entry_note(const char *row, const struct edge *edge,
			    const struct pvhboot_finding *finding);

#endif
