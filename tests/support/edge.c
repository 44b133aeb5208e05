/* SPDX-License-Identifier: MIT */
#include "edge.h"

#include <string.h>

#include "../../lib/kernel/kernel.h"
#include "guard.h"

static const struct pvhb_elf_reader *const readers[] = {
	&pvhb_elf_core,
#ifdef PVHB_HAVE_LIBELF
	&pvhb_elf_libelf,
#endif
};

#define N_READERS (sizeof(readers) / sizeof(readers[0]))
#define UNTOUCHED 0xee

void edge_build(struct edge *edge, const struct kernel_spec *spec)
{
	memset(edge, 0, sizeof(*edge));
	kernel_build(&edge->elf, spec);
}

void edge_close(struct edge *edge)
{
	elf_free(&edge->elf);
	memset(edge, 0, sizeof(*edge));
}

/* In front of an unreadable page, by each reader; then once more to keep. */
static enum pvhboot_status open_by_all(const char *row, struct edge *edge)
{
	struct pvhboot_kernel kernels[N_READERS];
	struct pvhboot_diag diags[N_READERS];
	enum pvhboot_status statuses[N_READERS];
	struct guard guard = guard_open(edge->elf.image.size);
	struct pvhboot_bytes image = guard_at_end(&guard, blob_view(&edge->elf.image));

	memset(kernels, UNTOUCHED, sizeof(kernels));
	memset(diags, 0, sizeof(diags));
	for (size_t i = 0; i < N_READERS; i++) {
		char text[2][512] = { "", "" };

		statuses[i] =
			pvhb_kernel_open(readers[i], image, edge->flags, &kernels[i], &diags[i]);
		pvhboot_diag_format(&diags[0], text[0], sizeof(text[0]));
		pvhboot_diag_format(&diags[i], text[1], sizeof(text[1]));
		expect_status(row, statuses[i], statuses[0]);
		ck_assert_msg(strcmp(text[0], text[1]) == 0,
			      "%s: one reader says \"%s\", one \"%s\"", row, text[0], text[1]);
		expect_true(row, memcmp(&kernels[i], &kernels[0], sizeof(kernels[0])) == 0);
		expect_true(row, memcmp(&diags[i], &diags[0], sizeof(diags[0])) == 0);
	}
	guard_close(&guard);
	memset(&edge->kernel, UNTOUCHED, sizeof(edge->kernel));
	memset(&edge->diag, 0, sizeof(edge->diag));
	expect_status(row,
		      pvhboot_kernel_open(blob_view(&edge->elf.image), edge->flags, &edge->kernel,
					  &edge->diag),
		      statuses[0]);
	return statuses[0];
}

static void expect_iterators(const char *row, const struct pvhboot_kernel *kernel)
{
	struct pvhboot_segment_iter segments = { 0 };
	struct pvhboot_note_iter notes = { 0 };
	struct pvhboot_segment segment;
	struct pvhboot_note note;
	uint32_t n_segments = 0;
	uint32_t n_notes = 0;

	while (pvhboot_segment_next(kernel, &segments, &segment)) {
		expect_true(row, segment.size > 0 && segment.size >= segment.bytes.size);
		expect_true(row, segment.gpa >= kernel->start &&
					 segment.gpa + segment.size <= kernel->end);
		n_segments++;
	}
	expect_eq(row, n_segments, kernel->n_segments);
	while (pvhboot_note_next(kernel, &notes, &note))
		n_notes++;
	expect_eq(row, n_notes, kernel->n_notes);
}

void edge_expect_ok(const char *row, struct edge *edge, size_t n_warnings)
{
	enum pvhboot_status status = open_by_all(row, edge);
	char line[512] = "";

	pvhboot_diag_format(&edge->diag, line, sizeof(line));
	ck_assert_msg(status == PVHBOOT_OK, "%s: \"%s\"", row, line);
	expect_success(row, &edge->diag, n_warnings);
	expect_iterators(row, &edge->kernel);
}

void edge_expect_warning(const char *row, struct edge *edge, const char *rule,
			 const struct finding *want)
{
	edge_expect_ok(row, edge, 1);
	expect_finding(row, &edge->diag.warnings[0], want);
	expect_rule(row, &edge->diag.warnings[0], rule);
}

void edge_expect_failure(const char *row, struct edge *edge, enum pvhboot_status status,
			 const char *rule, const struct finding *want)
{
	struct pvhboot_kernel untouched;

	memset(&untouched, UNTOUCHED, sizeof(untouched));
	expect_status(row, open_by_all(row, edge), status);
	expect_failure(row, &edge->diag, status, want);
	expect_rule(row, &edge->diag.failure, rule);
	expect_true(row, memcmp(&edge->kernel, &untouched, sizeof(untouched)) == 0);
}

struct finding edge_at_header(const struct edge *edge, const char *field, uint64_t found,
			      uint64_t bound)
{
	unsigned int width;

	return (struct finding){
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_ELF,
		.subject = PVHBOOT_SUBJECT_HEADER,
		.offset = elf_where(&edge->elf, field, 0, &width),
		.found = found,
		.bound = bound,
	};
}

static struct finding at_element(enum pvhboot_stage stage, enum pvhboot_subject subject,
				 uint32_t index, uint64_t offset, uint64_t found, uint64_t bound)
{
	return (struct finding){
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_NUMBERS,
		.stage = stage,
		.subject = subject,
		.index = index,
		.offset = offset,
		.found = found,
		.bound = bound,
	};
}

struct finding edge_at_segment(const struct edge *edge, uint32_t index, uint64_t found,
			       uint64_t bound)
{
	unsigned int width;

	return at_element(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_SEGMENT, index,
			  elf_where(&edge->elf, "p_type", index, &width), found, bound);
}

struct finding edge_at_note(uint32_t index, uint64_t offset, uint64_t found, uint64_t bound)
{
	return at_element(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_NOTE, index, offset, found, bound);
}

struct finding edge_at_notes(uint32_t index, uint64_t offset, uint64_t found, uint64_t bound)
{
	return at_element(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_SEGMENT, index, offset, found, bound);
}

struct finding edge_at(enum pvhboot_stage stage, enum pvhboot_subject subject, uint64_t found,
		       uint64_t bound)
{
	return (struct finding){
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_NO_OFFSET | SAYS_NUMBERS,
		.stage = stage,
		.subject = subject,
		.found = found,
		.bound = bound,
	};
}

struct finding edge_at_entry(uint64_t found, uint64_t bound)
{
	struct finding want = edge_at(PVHBOOT_STAGE_NOTE, PVHBOOT_SUBJECT_ENTRY, found, bound);

	want.says &= ~SAYS_NO_OFFSET;
	return want;
}

void edge_expect_entry_note(const char *row, const struct edge *edge,
			    const struct pvhboot_finding *finding)
{
	const uint8_t *note = edge->elf.image.data + finding->offset;

	expect_true(row, finding->has & PVHBOOT_HAS_OFFSET);
	expect_true(row, finding->offset < edge->elf.image.size - 16);
	expect_eq(row, note[8], 18);
	expect_true(row, memcmp(note + 12, "Xen", 4) == 0);
}
