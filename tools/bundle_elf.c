/* SPDX-License-Identifier: MIT */
/* Source: System V gABI, chapters 4 and 5; xen/include/public/elfnote.h. The command has this on
 * x86 alone, whose order of bytes the file has. */
#include "bundle_elf.h"

#include "command.h"
#include "progress.h"

#include <pvhboot/wire/elf.h>
#include <pvhboot/wire/elfnote.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096u

/* QEMU looks for the header of Multiboot 1 in the first 8 KiB of a file before it looks at ELF, and
 * other loaders for one of Multiboot 2 in 32 KiB. A kernel that has one too must not be entered by
 * it. */
#define FIRST_BYTES 32768u

#define READ_WRITE_EXECUTE 7 /* the guest sets up its own protection */

struct note {
	struct pvhboot_wire_elf_nhdr header;
	char owner[4];
	uint32_t entry[2]; /* as 8 bytes: QEMU reads as many in an ELF64 file */
};

struct head {
	struct pvhboot_wire_elf64_ehdr *header;
	struct pvhboot_wire_elf64_phdr *segments; /* the note's is the last one */
	struct note *note;
	size_t size;
	size_t n_loads;
};

static int is_loaded(const struct pvhboot_place *place)
{
	return place->kind != PVHBOOT_PLACE_INFO;
}

static void count(const struct pvhboot_plan *plan, struct head *head)
{
	for (size_t i = 0; i < plan->n_places; i++)
		head->n_loads += is_loaded(&plan->places[i]) ? 1 : 0;
	head->size = sizeof(*head->header) + (head->n_loads + 1) * sizeof(*head->segments) +
		     sizeof(*head->note);
}

/* Addresses and offsets are equal modulo the size of a page. No alignment is asked for: the loader
 * of Firecracker and Cloud Hypervisor (linux-loader) refuses one that is no multiple of 2 MiB. */
static void fill_segments(const struct pvhboot_plan *plan, struct head *head)
{
	uint64_t end = head->size > FIRST_BYTES ? head->size : FIRST_BYTES;
	struct pvhboot_wire_elf64_phdr *segment = head->segments;

	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		if (!is_loaded(place))
			continue;
		*segment = (struct pvhboot_wire_elf64_phdr){
			.p_type = PVHBOOT_ELF_PT_LOAD,
			.p_flags = READ_WRITE_EXECUTE,
			.p_offset = (end + PAGE - 1) / PAGE * PAGE + place->gpa % PAGE,
			.p_vaddr = place->gpa,
			.p_paddr = place->gpa,
			.p_filesz = place->source.size,
			.p_memsz = place->size,
		};
		end = segment->p_offset + segment->p_filesz;
		segment++;
	}
}

static void fill_head(struct head *head, uint64_t entry, uint16_t machine)
{
	const size_t note_offset = head->size - sizeof(*head->note);

	*head->header = (struct pvhboot_wire_elf64_ehdr){
		.e_ident = { 0x7f, 'E', 'L', 'F', PVHBOOT_ELF_CLASS64, PVHBOOT_ELF_DATA2LSB,
			     PVHBOOT_ELF_EV_CURRENT },
		.e_type = PVHBOOT_ELF_ET_EXEC,
		.e_machine = machine,
		.e_version = PVHBOOT_ELF_EV_CURRENT,
		.e_entry = entry,
		.e_phoff = sizeof(*head->header),
		.e_ehsize = sizeof(*head->header),
		.e_phentsize = sizeof(*head->segments),
		.e_phnum = (uint16_t)(head->n_loads + 1),
	};
	head->segments[head->n_loads] = (struct pvhboot_wire_elf64_phdr){
		.p_type = PVHBOOT_ELF_PT_NOTE,
		.p_flags = 4,
		.p_offset = note_offset,
		.p_filesz = sizeof(*head->note),
		.p_memsz = sizeof(*head->note),
		.p_align = 4,
	};
	*head->note = (struct note){
		.header = { 4, sizeof(head->note->entry), PVHBOOT_NOTE_PHYS32_ENTRY },
		.owner = "Xen",
		.entry = { (uint32_t)entry },
	};
}

static int put(const struct output *out, const struct head *head, const struct pvhboot_plan *plan)
{
	const struct pvhboot_wire_elf64_phdr *segment = head->segments;
	uint64_t end = head->size;
	const struct pvhboot_bytes start = { (const uint8_t *)head->header, head->size };
	const struct pvhboot_wire_elf64_phdr *last = &segment[head->n_loads - 1];
	int code;

	progress_stage("writing", last->p_offset + last->p_filesz);
	code = output_put(out, start);
	for (size_t i = 0; code == NO_EXIT && i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		if (!is_loaded(place))
			continue;
		if (place->source.size > 0) {
			code = output_zeros(out, segment->p_offset - end);
			end = segment->p_offset + segment->p_filesz;
		}
		if (code == NO_EXIT)
			code = output_put(out, place->source);
		segment++;
	}
	return code;
}

int bundle_elf_write(const struct output *out, const struct pvhboot_plan *plan, uint64_t entry,
		     uint16_t machine)
{
	struct head head = { .n_loads = 0 };
	uint8_t *memory;
	int code;

	count(plan, &head);
	if (head.n_loads + 1 >= PVHBOOT_ELF_PN_XNUM) {
		complain("the kernel has %zu segments, and an ELF header has room for %u",
			 head.n_loads, PVHBOOT_ELF_PN_XNUM - 2);
		return EXIT_REFUSED;
	}
	memory = calloc(1, head.size);
	if (!memory) {
		complain("cannot allocate memory for %zu segments", head.n_loads);
		return EXIT_REFUSED;
	}
	head.header = (struct pvhboot_wire_elf64_ehdr *)(void *)memory;
	head.segments = (struct pvhboot_wire_elf64_phdr *)(void *)(head.header + 1);
	head.note = (struct note *)(void *)(head.segments + head.n_loads + 1);
	fill_segments(plan, &head);
	fill_head(&head, entry, machine);
	code = put(out, &head, plan);
	free(memory);
	return code;
}
