/* SPDX-License-Identifier: MIT */
/*
 * Cores that xl dump-core writes: section headers alone. Page i of .xen_pages lies in the
 * guest where element i of .xen_pfn says, and for a paravirtual guest, of .xen_p2m.
 * Source: Xen docs/misc/dump-core-format.txt, tools/libs/ctrl/xc_core.c.
 */
#include "core.h"

#include "bytes.h"

#define PAGE_SIZE ((uint64_t)4096)
#define PAGE_SHIFT 12

#define NOTE_HEADER 0x2000001
#define NOTE_HEADER_SIZE 32
#define NOTE_HEADER_PAGE_SIZE 24
#define NOTE_VERSION 0x2000003
#define NOTE_VERSION_SIZE 8

/* Of struct vcpu_guest_context of 64 bits. Source: xen/include/public/arch-x86/xen.h. */
#define VCPU_SIZE 5168
#define VCPU_RBX 560
#define VCPU_RSI 624

/* Where the pages are, and their numbers. */
struct pages {
	uint64_t offset; /* of the first page in the file */
	uint64_t n;
	struct pvhboot_bytes numbers;
	uint64_t stride; /* from one number to the next; the number comes first */
};

/* The major version, in the upper half, changes with what older readers would misread. */
static const char *check_notes(struct pvhboot_bytes notes)
{
	struct elf_note note;
	int more;

	while ((more = elf_note_next(&notes, &note)) == 1) {
		if (!elf_note_is_of(&note, "Xen"))
			continue;
		if (note.type == NOTE_HEADER && note.desc.size >= NOTE_HEADER_SIZE &&
		    bytes_load(note.desc, NOTE_HEADER_PAGE_SIZE, 8) != PAGE_SIZE)
			return "a core of Xen with pages of another size than 4 KiB";
		if (note.type == NOTE_VERSION && note.desc.size >= NOTE_VERSION_SIZE &&
		    bytes_load(note.desc, 0, 8) >> 32 != 0)
			return "a core of Xen in a format that is not known here";
	}
	return more == 0 ? NULL : "a core of Xen whose notes are cut";
}

static const char *find_pages(const struct elf *elf, struct pages *out)
{
	struct pvhboot_bytes pages;

	if (!elf_section(elf, ".xen_pages", &pages))
		return "a core without segments, and without Xen's section .xen_pages in the file";
	out->stride = 8;
	if (!elf_section(elf, ".xen_pfn", &out->numbers)) {
		out->stride = 16;
		if (!elf_section(elf, ".xen_p2m", &out->numbers))
			return "a core of Xen without a section .xen_pfn or .xen_p2m in the file";
	}
	out->n = pages.size / PAGE_SIZE;
	out->offset = out->n > 0 ? (uint64_t)(pages.data - elf->file.data) : 0;
	if (out->n != out->numbers.size / out->stride)
		return "a core of Xen with another number of pages than of page numbers";
	return NULL;
}

/* Pages that follow each other in the file and in memory are one piece. */
static void add_page(struct dump *dump, uint64_t gpa, uint64_t offset)
{
	if (dump->n_pieces > 0) {
		struct dump_piece *last = &dump->pieces[dump->n_pieces - 1];

		/* the last byte has an address, but what is behind it may not */
		if (last->gpa + (last->size - 1) == gpa - 1 && gpa > 0 &&
		    last->offset + last->size == offset) {
			last->size += PAGE_SIZE;
			last->filesz += PAGE_SIZE;
			return;
		}
	}
	dump->pieces[dump->n_pieces++] = (struct dump_piece){ gpa, PAGE_SIZE, offset, PAGE_SIZE };
}

/* A page that went away while the core was written has a number of all ones. */
static void add_pages(const struct pages *pages, struct dump *dump)
{
	for (uint64_t i = 0; i < pages->n; i++) {
		const uint64_t number = bytes_load(pages->numbers, i * pages->stride, 8);

		if (number <= UINT64_MAX >> PAGE_SHIFT)
			add_page(dump, number << PAGE_SHIFT, pages->offset + i * PAGE_SIZE);
	}
	dump_settle(dump);
}

const char *core_open_xen(const struct elf *elf, struct dump *dump)
{
	struct pvhboot_bytes section;
	struct pages pages;
	const char *wrong;

	dump->format = DUMP_XEN_CORE;
	wrong = find_pages(elf, &pages);
	if (!wrong && elf_section(elf, ".note.Xen", &section))
		wrong = check_notes(section);
	if (wrong)
		return wrong;
	if (!dump_reserve(dump, (size_t)pages.n))
		return "cannot allocate memory for the pages of a core";
	add_pages(&pages, dump);
	if (elf_section(elf, ".xen_prstatus", &section) && section.size >= VCPU_SIZE)
		dump_take_ebx(dump, bytes_load(section, VCPU_RBX, 8),
			      bytes_load(section, VCPU_RSI, 8));
	return NULL;
}
