/* SPDX-License-Identifier: MIT */

#include "pe.h"

#include "../../base/env.h"
#include "../../base/span.h"
#include "console.h"

#define DOS_SIZE 0x40u
#define DOS_MAGIC 0x5a4du /* "MZ" */
#define DOS_LFANEW 0x3cu
#define COFF_SIZE 24u    /* with "PE\0\0" in front */
#define PE_MAGIC 0x4550u /* "PE\0\0" */
#define COFF_MACHINE 4u
#define COFF_N_SECTIONS 6u
#define COFF_OPTIONAL_SIZE 20u
#define COFF_CHARACTERISTICS 22u
#define MACHINE_X86_64 0x8664u
#define RELOCS_STRIPPED 1u

/* The optional header of PE32+; offsets from its start. */
#define OPTIONAL_MAGIC 0x20bu
#define OPTIONAL_ENTRY 16u
#define OPTIONAL_BASE 24u
#define OPTIONAL_SECTION_ALIGN 32u
#define OPTIONAL_IMAGE_SIZE 56u
#define OPTIONAL_HEADERS_SIZE 60u
#define OPTIONAL_SUBSYSTEM 68u
#define OPTIONAL_DLL_FLAGS 70u
#define DLL_NX_COMPAT 0x100u
#define OPTIONAL_N_DIRECTORIES 108u
#define OPTIONAL_DIRECTORIES 112u
#define RELOCS_DIRECTORY 5u
#define OPTIONAL_RELOCS (OPTIONAL_DIRECTORIES + 8 * RELOCS_DIRECTORY)
#define SUBSYSTEM_EFI_APPLICATION 10u

#define SECTION_SIZE 40u
#define SECTION_VIRTUAL_SIZE 8u
#define SECTION_ADDRESS 12u
#define SECTION_RAW_SIZE 16u
#define SECTION_RAW 20u
#define SECTION_FLAGS 36u
#define MAX_SECTIONS 96u

#define PAGE_SIZE 4096u

#define RELOC_ABSOLUTE 0u
#define RELOC_HIGHLOW 3u
#define RELOC_DIR64 10u

static bool is(const char *rule, uint64_t found, uint64_t bound)
{
	return found == bound || console_refuse(rule, found, bound);
}

static bool fits(const char *rule, uint64_t offset, uint64_t size, uint64_t bound)
{
	return pvhb_within(bound, offset, size) || console_refuse(rule, offset + size, bound);
}

bool efi_pe_section(const struct efi_pe *pe, uint32_t i, struct efi_section *out)
{
	struct pvhboot_bytes header =
		pvhb_slice(pe->file, pe->sections + (uint64_t)i * SECTION_SIZE, SECTION_SIZE);
	uint32_t size = pvhb_load32(header, SECTION_VIRTUAL_SIZE);

	out->start = pvhb_load32(header, SECTION_ADDRESS);
	out->raw = pvhb_load32(header, SECTION_RAW);
	out->n_raw = pvhb_load32(header, SECTION_RAW_SIZE);
	out->flags = pvhb_load32(header, SECTION_FLAGS);
	if (size == 0)
		size = out->n_raw;
	if (out->n_raw > size)
		out->n_raw = size;
	out->end = out->start + size;
	return fits("a section in SizeOfImage", out->start, size, pe->image_size) &&
	       fits("a section's bytes in the file", out->raw, out->n_raw, pe->file.size);
}

/* Sections ascend, and none lies over another, or over the headers. */
static bool check_sections(struct efi_pe *pe)
{
	uint32_t end = pe->headers_size;
	bool has_entry = false;
	uint32_t i;

	for (i = 0; i < pe->n_sections; i++) {
		struct efi_section section;

		if (!efi_pe_section(pe, i, &section))
			return false;
		pe->is_protected &= section.start % PAGE_SIZE == 0;
		if (section.start == section.end)
			continue;
		if (section.start < end)
			return console_refuse("sections that ascend and do not overlap",
					      section.start, end);
		end = section.end;
		has_entry |= pe->entry >= section.start && pe->entry < section.end &&
			     (section.flags & (EFI_SECTION_IS_CODE | EFI_SECTION_RUNS)) != 0;
	}
	return has_entry || console_refuse("an entry in a section with code", pe->entry, end);
}

static bool read_optional(struct efi_pe *pe, struct pvhboot_bytes optional)
{
	if (!fits("a PE32+ header in SizeOfOptionalHeader", 0, OPTIONAL_DIRECTORIES,
		  optional.size) ||
	    !is("an optional header of PE32+", pvhb_load16(optional, 0), OPTIONAL_MAGIC) ||
	    !is("the subsystem of an EFI application", pvhb_load16(optional, OPTIONAL_SUBSYSTEM),
		SUBSYSTEM_EFI_APPLICATION))
		return false;
	pe->entry = pvhb_load32(optional, OPTIONAL_ENTRY);
	pe->base = pvhb_load64(optional, OPTIONAL_BASE);
	pe->align = pvhb_load32(optional, OPTIONAL_SECTION_ALIGN);
	pe->is_protected = (pvhb_load16(optional, OPTIONAL_DLL_FLAGS) & DLL_NX_COMPAT) != 0;
	pe->image_size = pvhb_load32(optional, OPTIONAL_IMAGE_SIZE);
	pe->headers_size = pvhb_load32(optional, OPTIONAL_HEADERS_SIZE);
	if (!pvhb_is_power_of_two(pe->align))
		return console_refuse("a SectionAlignment that is a power of two", pe->align, 1);
	if (pvhb_load32(optional, OPTIONAL_N_DIRECTORIES) > RELOCS_DIRECTORY &&
	    optional.size >= OPTIONAL_RELOCS + 8) {
		pe->relocs = pvhb_load32(optional, OPTIONAL_RELOCS);
		pe->relocs_size = pvhb_load32(optional, OPTIONAL_RELOCS + 4);
	}
	return fits("the headers in the file", 0, pe->headers_size, pe->file.size) &&
	       fits("the headers in SizeOfImage", 0, pe->headers_size, pe->image_size) &&
	       fits("relocations in SizeOfImage", pe->relocs, pe->relocs_size, pe->image_size);
}

bool efi_pe_open(struct pvhboot_bytes file, struct efi_pe *pe)
{
	struct pvhboot_bytes coff;
	uint64_t optional;
	uint32_t at;

	*pe = (struct efi_pe){ .file = file };
	if (!fits("the headers in the file", 0, DOS_SIZE, file.size) ||
	    !is("a PE file, which begins with MZ", pvhb_load16(file, 0), DOS_MAGIC))
		return false;
	at = pvhb_load32(file, DOS_LFANEW);
	if (!fits("a PE header in the file", at, COFF_SIZE, file.size))
		return false;
	coff = pvhb_slice(file, at, COFF_SIZE);
	pe->is_fixed = (pvhb_load16(coff, COFF_CHARACTERISTICS) & RELOCS_STRIPPED) != 0;
	pe->n_sections = pvhb_load16(coff, COFF_N_SECTIONS);
	optional = (uint64_t)at + COFF_SIZE;
	pe->sections = optional + pvhb_load16(coff, COFF_OPTIONAL_SIZE);
	/* the optional header is in front of the table */
	return is("a PE header in the file", pvhb_load32(coff, 0), PE_MAGIC) &&
	       is("an image for x86-64", pvhb_load16(coff, COFF_MACHINE), MACHINE_X86_64) &&
	       fits("at most 96 sections", 0, pe->n_sections, MAX_SECTIONS) &&
	       fits("the table of sections in the file", pe->sections,
		    (uint64_t)pe->n_sections * SECTION_SIZE, file.size) &&
	       read_optional(pe, pvhb_slice(file, optional, pe->sections - optional)) &&
	       check_sections(pe);
}

static bool relocate(const struct efi_pe *pe, uint8_t *memory, uint64_t target, uint32_t type,
		     uint64_t slide)
{
	struct pvhboot_bytes image = { memory, pe->image_size };
	uint64_t width = type == RELOC_DIR64 ? 8 : 4;

	if (type == RELOC_ABSOLUTE) /* fills up a block */
		return true;
	if (type != RELOC_DIR64 && type != RELOC_HIGHLOW)
		return console_refuse("a relocation of type 0, 3 or 10", type, RELOC_DIR64);
	if (!fits("a relocation in the image", target, width, image.size))
		return false;
	if (type == RELOC_DIR64)
		pvhb_store64(memory + target, pvhb_load64(image, target) + slide);
	else
		pvhb_store32(memory + target, (uint32_t)(pvhb_load32(image, target) + slide));
	return true;
}

/* Blocks of 16-bit words, each for one page. They are read where they lie, in the image: one that
 * changes another is as good as any other, since every word is checked when it is read. */
static bool relocate_all(const struct efi_pe *pe, uint8_t *memory, uint64_t slide)
{
	uint32_t at = 0;

	while (pe->relocs_size - at >= 8) {
		struct pvhboot_bytes block = { memory + pe->relocs + at, pe->relocs_size - at };
		uint32_t page = pvhb_load32(block, 0);
		uint32_t size = pvhb_load32(block, 4);
		uint32_t i;

		if (size < 8 || size > block.size)
			return console_refuse("a block of relocations in its directory", size,
					      block.size);
		for (i = 8; size - i >= 2; i += 2) {
			uint16_t word = pvhb_load16(block, i);

			if (!relocate(pe, memory, (uint64_t)page + (word & 0xfff), word >> 12,
				      slide))
				return false;
		}
		at += size;
	}
	return true;
}

bool efi_pe_load(const struct efi_pe *pe, uint8_t *memory, uint64_t at)
{
	uint32_t i;

	if (at != pe->base && pe->is_fixed)
		return console_refuse("memory at ImageBase, or relocations", at, pe->base);
	memset(memory, 0, pe->image_size);
	memcpy(memory, pe->file.data, pe->headers_size);
	for (i = 0; i < pe->n_sections; i++) {
		struct efi_section section;

		if (!efi_pe_section(pe, i, &section))
			return false;
		memcpy(memory + section.start, pe->file.data + section.raw, section.n_raw);
	}
	return at == pe->base || relocate_all(pe, memory, at - pe->base);
}
