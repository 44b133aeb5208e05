/* SPDX-License-Identifier: MIT */
/*
 * The checks that come before any reading: every header field that is used, and
 * the ranges of both tables.
 * Source: System V gABI, chapter 4 "ELF Header".
 */

#include "elf.h"

#include <pvhboot/wire/elf.h>

#include "../base/diag.h"
#include "../base/span.h"
#include "foreign.h"

/* The header's fields behind the identification, widened. */
struct header {
	uint64_t entry;
	uint64_t phoff;
	uint64_t shoff;
	uint16_t type;
	uint16_t machine;
	uint16_t phentsize;
	uint16_t phnum;
	uint16_t shentsize;
	uint16_t shnum;
};

static struct pvhb_at at_header(uint64_t offset)
{
	return pvhb_at_offset(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_HEADER, offset);
}

enum pvhboot_status pvhb_elf_fail_range(struct pvhboot_bytes image, uint64_t offset, uint64_t size,
					struct pvhb_at at, const char *rule,
					struct pvhboot_diag *diag)
{
	if (offset > image.size)
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, at, offset, image.size, rule);
	return pvhb_fail(diag, PVHBOOT_TRUNCATED, pvhb_in_bytes(at), size, image.size - offset,
			 rule);
}

/* Big-endian files are named too, but not read any further. */
static enum pvhboot_status fail_big_endian(struct pvhboot_bytes image, struct pvhboot_diag *diag)
{
	const size_t machine = offsetof(struct pvhboot_wire_elf32_ehdr, e_machine);

	(void)pvhb_fail(diag, PVHBOOT_UNSUPPORTED, at_header(PVHBOOT_ELF_EI_DATA),
			PVHBOOT_ELF_DATA2MSB, PVHBOOT_ELF_DATA2LSB,
			"a little-endian file, EI_DATA 1");
	if (pvhb_within(image.size, machine, 2))
		pvhb_kernel_foreign_machine((uint16_t)((uint32_t)pvhb_load8(image, machine) << 8 |
						       pvhb_load8(image, machine + 1)),
					    diag);
	return PVHBOOT_UNSUPPORTED;
}

static enum pvhboot_status check_ident(struct pvhboot_bytes image, struct pvhboot_diag *diag)
{
	uint8_t elf_class, data, version;

	if (image.size < PVHBOOT_ELF_EI_NIDENT)
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, pvhb_in_bytes(at_header(0)), image.size,
				 PVHBOOT_ELF_EI_NIDENT, "an ELF identification in the file");
	if (pvhb_load32(image, 0) != PVHBOOT_ELF_MAGIC)
		return pvhb_fail(diag, PVHBOOT_FORMAT, at_header(0), pvhb_load32(image, 0),
				 PVHBOOT_ELF_MAGIC, "the magic of ELF");
	elf_class = pvhb_load8(image, PVHBOOT_ELF_EI_CLASS);
	if (elf_class != PVHBOOT_ELF_CLASS32 && elf_class != PVHBOOT_ELF_CLASS64)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at_header(PVHBOOT_ELF_EI_CLASS),
				 elf_class, PVHBOOT_ELF_CLASS64, "EI_CLASS 1 or 2");
	data = pvhb_load8(image, PVHBOOT_ELF_EI_DATA);
	if (data == PVHBOOT_ELF_DATA2MSB)
		return fail_big_endian(image, diag);
	if (data != PVHBOOT_ELF_DATA2LSB)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at_header(PVHBOOT_ELF_EI_DATA), data,
				 PVHBOOT_ELF_DATA2LSB, "EI_DATA 1 or 2");
	version = pvhb_load8(image, PVHBOOT_ELF_EI_VERSION);
	if (version != PVHBOOT_ELF_EV_CURRENT)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at_header(PVHBOOT_ELF_EI_VERSION),
				 version, PVHBOOT_ELF_EV_CURRENT, "EI_VERSION 1");
	return PVHBOOT_OK;
}

static size_t of_class(bool is64, size_t of_64, size_t of_32)
{
	return is64 ? of_64 : of_32;
}

/* Where the two classes keep a field; used with one check for both. */
#define OFFSET(is64, member)                                                                       \
	of_class(is64, offsetof(struct pvhboot_wire_elf64_ehdr, member),                           \
		 offsetof(struct pvhboot_wire_elf32_ehdr, member))

/* A number that is as wide as addresses of its class. */
static uint64_t load_word(struct pvhboot_bytes bytes, bool is64, uint64_t offset)
{
	return is64 ? pvhb_load64(bytes, offset) : pvhb_load32(bytes, offset);
}

static struct header load_header(struct pvhboot_bytes image, bool is64)
{
	return (struct header){
		.entry = load_word(image, is64, OFFSET(is64, e_entry)),
		.phoff = load_word(image, is64, OFFSET(is64, e_phoff)),
		.shoff = load_word(image, is64, OFFSET(is64, e_shoff)),
		.type = pvhb_load16(image, OFFSET(is64, e_type)),
		.machine = pvhb_load16(image, OFFSET(is64, e_machine)),
		.phentsize = pvhb_load16(image, OFFSET(is64, e_phentsize)),
		.phnum = pvhb_load16(image, OFFSET(is64, e_phnum)),
		.shentsize = pvhb_load16(image, OFFSET(is64, e_shentsize)),
		.shnum = pvhb_load16(image, OFFSET(is64, e_shnum)),
	};
}

static enum pvhboot_status check_kind(const struct header *header, bool is64, uint32_t version,
				      struct pvhboot_diag *diag)
{
	if (version != PVHBOOT_ELF_EV_CURRENT)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at_header(OFFSET(is64, e_version)),
				 version, PVHBOOT_ELF_EV_CURRENT, "e_version 1");
	if (header->type != PVHBOOT_ELF_ET_EXEC && header->type != PVHBOOT_ELF_ET_DYN) {
		(void)pvhb_fail(diag, PVHBOOT_UNSUPPORTED, at_header(OFFSET(is64, e_type)),
				header->type, PVHBOOT_ELF_ET_DYN,
				"an executable file, e_type ET_EXEC or ET_DYN");
		pvhb_kernel_foreign_type(header->type, diag);
		return PVHBOOT_UNSUPPORTED;
	}
	if (header->machine != PVHBOOT_ELF_EM_386 && header->machine != PVHBOOT_ELF_EM_X86_64) {
		(void)pvhb_fail(diag, PVHBOOT_UNSUPPORTED, at_header(OFFSET(is64, e_machine)),
				header->machine, PVHBOOT_ELF_EM_X86_64,
				"a kernel for x86, e_machine EM_386 or EM_X86_64");
		pvhb_kernel_foreign_machine(header->machine, diag);
		return PVHBOOT_UNSUPPORTED;
	}
	return PVHBOOT_OK;
}

/* Fields of section 0 that take over where the header's 16 bits do not suffice. */
static uint64_t load_section0(const struct pvhb_elf *elf, size_t offset32, size_t offset64,
			      bool wide)
{
	bool is64 = elf->elf_class == 64;
	uint64_t at = elf->tables.shoff + of_class(is64, offset64, offset32);

	return load_word(elf->image, is64 && wide, at);
}

static bool has_section0(const struct pvhb_elf *elf)
{
	return elf->tables.shoff != 0 &&
	       pvhb_within(elf->image.size, elf->tables.shoff, elf->tables.shentsize);
}

static uint64_t count_sections(const struct pvhb_elf *elf, const struct header *header)
{
	if (header->shnum != 0 || !has_section0(elf))
		return header->shnum;
	/* gABI: 0xff00 sections or more */
	return load_section0(elf, offsetof(struct pvhboot_wire_elf32_shdr, sh_size),
			     offsetof(struct pvhboot_wire_elf64_shdr, sh_size), true);
}

/* Most kernels boot without their section headers, so a bad table is a warning, and then
 * there are no sections. */
static void check_sections(struct pvhb_elf *elf, const struct header *header,
			   struct pvhboot_diag *diag)
{
	bool is64 = elf->elf_class == 64;
	size_t least = of_class(is64, sizeof(struct pvhboot_wire_elf64_shdr),
				sizeof(struct pvhboot_wire_elf32_shdr));
	uint64_t n;

	elf->tables.shnum = 0;
	elf->tables.shoff = 0;
	elf->tables.shentsize = header->shentsize;
	if (header->shoff == 0)
		return;
	if (header->shentsize < least) {
		pvhb_warn(diag, pvhb_in_bytes(at_header(OFFSET(is64, e_shentsize))),
			  header->shentsize, least,
			  "e_shentsize >= size of a section header; the table is ignored");
		return;
	}
	elf->tables.shoff = header->shoff;
	n = count_sections(elf, header);
	if (n > UINT32_MAX || !pvhb_within(elf->image.size, header->shoff, n * header->shentsize)) {
		pvhb_warn(diag, at_header(OFFSET(is64, e_shoff)), header->shoff, elf->image.size,
			  "the section header table in the file; it is ignored");
		return;
	}
	//@ assert n * header->shentsize == product(n, elf->tables.shentsize);
	elf->tables.shnum = (uint32_t)n;
}

static enum pvhboot_status check_segments(struct pvhb_elf *elf, const struct header *header,
					  struct pvhboot_diag *diag)
{
	bool is64 = elf->elf_class == 64;
	size_t least = of_class(is64, sizeof(struct pvhboot_wire_elf64_phdr),
				sizeof(struct pvhboot_wire_elf32_phdr));
	size_t word = of_class(is64, 8, 4);
	uint64_t size;

	elf->tables.phoff = header->phoff;
	elf->tables.phnum = header->phnum;
	elf->tables.phentsize = header->phentsize;
	if (header->phnum == PVHBOOT_ELF_PN_XNUM) {
		if (!has_section0(elf))
			return pvhb_fail(
				diag, PVHBOOT_MALFORMED, at_header(OFFSET(is64, e_phnum)),
				header->shoff, elf->image.size,
				"section 0 in the file, which holds the number of segments");
		elf->tables.phnum = (uint32_t)load_section0(
			elf, offsetof(struct pvhboot_wire_elf32_shdr, sh_info),
			offsetof(struct pvhboot_wire_elf64_shdr, sh_info), false);
	}
	if (header->phoff == 0)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at_header(OFFSET(is64, e_phoff)), 0, 1,
				 "e_phoff >= 1");
	if (elf->tables.phnum == 0)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at_header(OFFSET(is64, e_phnum)), 0, 1,
				 "e_phnum >= 1");
	if (header->phentsize < least)
		return pvhb_fail(diag, PVHBOOT_MALFORMED,
				 pvhb_in_bytes(at_header(OFFSET(is64, e_phentsize))),
				 header->phentsize, least,
				 "e_phentsize >= size of a program header");
	if (header->phentsize % word != 0)
		return pvhb_fail(
			diag, PVHBOOT_MALFORMED,
			pvhb_in_bytes(at_header(OFFSET(is64, e_phentsize))), header->phentsize,
			word, "e_phentsize to be a multiple of the alignment of a program header");
	size = (uint64_t)elf->tables.phnum * header->phentsize;
	//@ assert size == product(elf->tables.phnum, elf->tables.phentsize);
	if (!pvhb_within(elf->image.size, header->phoff, size))
		return pvhb_elf_fail_range(elf->image, header->phoff, size,
					   at_header(OFFSET(is64, e_phoff)),
					   "the program header table in the file", diag);
	return PVHBOOT_OK;
}

uint64_t pvhb_elf_phdr_at(const struct pvhb_elf *elf, uint32_t index)
{
	return elf->tables.phoff + (uint64_t)index * elf->tables.phentsize;
}

uint64_t pvhb_elf_shdr_at(const struct pvhb_elf *elf, uint32_t index)
{
	return elf->tables.shoff + (uint64_t)index * elf->tables.shentsize;
}

enum pvhboot_status pvhb_elf_check(struct pvhboot_bytes image, struct pvhb_elf *out,
				   struct pvhboot_diag *diag)
{
	struct pvhb_elf elf = { .image = image };
	struct header header;
	enum pvhboot_status status;
	size_t least;
	bool is64;

	status = check_ident(image, diag);
	if (status != PVHBOOT_OK)
		return status;
	is64 = pvhb_load8(image, PVHBOOT_ELF_EI_CLASS) == PVHBOOT_ELF_CLASS64;
	least = of_class(is64, sizeof(struct pvhboot_wire_elf64_ehdr),
			 sizeof(struct pvhboot_wire_elf32_ehdr));
	if (image.size < least)
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, pvhb_in_bytes(at_header(0)), image.size,
				 least, "an ELF header in the file");
	header = load_header(image, is64);
	status = check_kind(&header, is64, pvhb_load32(image, OFFSET(is64, e_version)), diag);
	if (status != PVHBOOT_OK)
		return status;
	elf.elf_class = is64 ? 64 : 32;
	elf.machine = header.machine;
	elf.entry = header.entry;
	check_sections(&elf, &header, diag);
	status = check_segments(&elf, &header, diag);
	if (status == PVHBOOT_OK)
		*out = elf;
	return status;
}
