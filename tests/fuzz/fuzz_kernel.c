/* SPDX-License-Identifier: MIT */
/*
 * kernel.h: the whole input is an ELF image. In every mode both readers find the same,
 * all that a kernel reports lies in the image, and the iterators yield what it counts.
 */

#include <stdlib.h>
#include <string.h>

#include "../../lib/kernel/kernel.h"
#include "fuzz.h"
#include "mutate.h"

static const uint8_t statuses[] = {
	PVHBOOT_TRUNCATED, PVHBOOT_FORMAT,  PVHBOOT_UNSUPPORTED,
	PVHBOOT_MALFORMED, PVHBOOT_OVERLAP, PVHBOOT_RANGE,
	PVHBOOT_LIMIT,     PVHBOOT_NOTPVH,  0,
};

const size_t fuzz_head_size = 0;

#define ABOVE_4GIB (UINT64_C(1) << 32)

static void check_segments(const struct pvhboot_kernel *kernel)
{
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	uint64_t start = UINT64_MAX, end = 0;
	uint32_t n = 0;
	int has_entry = 0;

	while (pvhboot_segment_next(kernel, &iter, &segment)) {
		msan_must_be_written(&segment, sizeof(segment));
		MUST(segment.size > 0 && segment.bytes.size <= segment.size);
		MUST(segment.gpa <= ABOVE_4GIB && segment.size <= ABOVE_4GIB - segment.gpa);
		MUST(fuzz_lies_in(segment.bytes, kernel->elf));
		MUST(segment.bytes.size == 0 ||
		     segment.bytes.data == kernel->elf.data + segment.offset);
		MUST(segment.index < kernel->tables.phnum);
		if (segment.gpa < start)
			start = segment.gpa;
		if (segment.gpa + segment.size > end)
			end = segment.gpa + segment.size;
		if (kernel->entry >= segment.gpa && kernel->entry - segment.gpa < segment.size)
			has_entry = 1;
		n++;
	}
	MUST(n == kernel->n_segments && n > 0);
	MUST(start == kernel->start && end == kernel->end);
	MUST(has_entry);
}

static void check_notes(const struct pvhboot_kernel *kernel)
{
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;
	uint32_t n = 0, n_entries = 0;

	while (pvhboot_note_next(kernel, &iter, &note)) {
		msan_must_be_written(&note, sizeof(note));
		MUST(fuzz_lies_in(note.name, kernel->elf));
		MUST(fuzz_lies_in(note.desc, kernel->elf));
		MUST(note.offset < kernel->elf.size);
		MUST(note.padding == 4 || note.padding == 8);
		n_entries += pvhboot_note_is_xen(&note) && note.type == 18;
		n++;
	}
	MUST(n == kernel->n_notes && n <= PVHBOOT_MAX_NOTES);
	MUST(n_entries > 0);
}

static void check_kernel(const struct pvhboot_kernel *kernel, uint32_t flags)
{
	const struct pvhboot_symbols *symbols = &kernel->symbols;

	check_segments(kernel);
	check_notes(kernel);
	MUST(kernel->flags == flags);
	MUST(kernel->elf_class == 32 || kernel->elf_class == 64);
	MUST(kernel->machine == 3 || kernel->machine == 62);
	MUST(flags || !kernel->overlapping);
	MUST(fuzz_lies_in(kernel->build_id, kernel->elf));
	MUST(fuzz_lies_in(kernel->guest_os, kernel->elf));
	MUST(fuzz_lies_in(symbols->symtab, kernel->elf));
	MUST(fuzz_lies_in(symbols->strtab, kernel->elf));
	if (symbols->size) {
		MUST(symbols->gpa >= kernel->end);
		MUST(symbols->gpa <= ABOVE_4GIB && symbols->size <= ABOVE_4GIB - symbols->gpa);
		MUST(symbols->size >= symbols->symtab.size);
		MUST(symbols->size - symbols->symtab.size >= symbols->strtab.size);
	}
	if (kernel->relocatable) {
		MUST(kernel->reloc.align > 0);
		MUST((kernel->reloc.align & (kernel->reloc.align - 1)) == 0);
	}
}

/* By one reader, into a kernel whose every byte then is known. */
static enum pvhboot_status open_by(const struct pvhb_elf_reader *reader, struct pvhboot_bytes elf,
				   uint32_t flags, struct pvhboot_kernel *kernel,
				   struct pvhboot_diag *diag)
{
	fuzz_clobber(kernel, sizeof(*kernel));
	return pvhb_kernel_open(reader, elf, flags, kernel, diag);
}

static enum pvhboot_status check_mode(struct pvhboot_bytes elf, uint32_t flags)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_kernel kernel;
	enum pvhboot_status status = open_by(&pvhb_elf_core, elf, flags, &kernel, &diag);

	MUST(fuzz_is_one_of(status, statuses));
	fuzz_check_diag(&diag, status);
#ifdef PVHB_HAVE_LIBELF
	{
		struct pvhboot_diag other_diag = { 0 };
		struct pvhboot_kernel other;

		MUST(open_by(&pvhb_elf_libelf, elf, flags, &other, &other_diag) == status);
		MUST(memcmp(&kernel, &other, sizeof(kernel)) == 0);
		MUST(fuzz_says_same(&diag, &other_diag));
	}
#endif
	if (status == PVHBOOT_OK) {
		msan_must_be_written(&kernel, sizeof(kernel));
		check_kernel(&kernel, flags);
	}
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct pvhboot_bytes elf = input_rest(&input);
	enum pvhboot_status plain = check_mode(elf, 0);
	enum pvhboot_status compat = check_mode(elf, PVHBOOT_COMPAT_XEN);

	/* Leniency refuses less. */
	MUST(plain != PVHBOOT_OK || compat == PVHBOOT_OK);
	MUST(size == 0 || memcmp(elf.data, data, size) == 0);
	free((void *)(uintptr_t)elf.data);
	return 0;
}
