/* SPDX-License-Identifier: MIT */
/* Source: System V gABI, chapters 4 and 5. */
#include "elf.h"

#include "bytes.h"

#include <pvhboot/wire/elf.h>
#include <stddef.h>
#include <string.h>

#define ET_CORE 4

struct field {
	uint16_t offset;
	uint16_t size;
};

/* Where the members of the headers lie. */
struct elf_layout {
	uint16_t header_size;
	uint16_t segment_size;
	uint16_t section_size;
	struct field phoff, shoff, phentsize, phnum, shentsize, shnum, shstrndx;
	struct field p_type, p_offset, p_paddr, p_filesz, p_memsz;
	struct field sh_name, sh_offset, sh_size, sh_link, sh_info;
};

#define FIELD(type, member)                                                                        \
	{                                                                                          \
		offsetof(struct type, member), sizeof(((struct type *)0)->member)                  \
	}
#define LAYOUT(ehdr, phdr, shdr)                                                                   \
	{                                                                                          \
		.header_size = sizeof(struct ehdr), .segment_size = sizeof(struct phdr),           \
		.section_size = sizeof(struct shdr), .phoff = FIELD(ehdr, e_phoff),                \
		.shoff = FIELD(ehdr, e_shoff), .phentsize = FIELD(ehdr, e_phentsize),              \
		.phnum = FIELD(ehdr, e_phnum), .shentsize = FIELD(ehdr, e_shentsize),              \
		.shnum = FIELD(ehdr, e_shnum), .shstrndx = FIELD(ehdr, e_shstrndx),                \
		.p_type = FIELD(phdr, p_type), .p_offset = FIELD(phdr, p_offset),                  \
		.p_paddr = FIELD(phdr, p_paddr), .p_filesz = FIELD(phdr, p_filesz),                \
		.p_memsz = FIELD(phdr, p_memsz), .sh_name = FIELD(shdr, sh_name),                  \
		.sh_offset = FIELD(shdr, sh_offset), .sh_size = FIELD(shdr, sh_size),              \
		.sh_link = FIELD(shdr, sh_link), .sh_info = FIELD(shdr, sh_info),                  \
	}

static const struct elf_layout layout32 =
	LAYOUT(pvhboot_wire_elf32_ehdr, pvhboot_wire_elf32_phdr, pvhboot_wire_elf32_shdr);
static const struct elf_layout layout64 =
	LAYOUT(pvhboot_wire_elf64_ehdr, pvhboot_wire_elf64_phdr, pvhboot_wire_elf64_shdr);

static uint64_t load(struct pvhboot_bytes bytes, uint64_t at, struct field field)
{
	return bytes_load(bytes, at + field.offset, field.size);
}

int elf_is_core(struct pvhboot_bytes file)
{
	const struct field type = FIELD(pvhboot_wire_elf64_ehdr, e_type);

	return file.size >= type.offset + type.size &&
	       bytes_load(file, 0, sizeof(uint32_t)) == PVHBOOT_ELF_MAGIC &&
	       (load(file, 0, type) == ET_CORE || load(file, 0, type) == ET_CORE << 8);
}

/* Returns NULL, or what is wrong. The members that it looks at lie at the same place in both
 * classes. */
static const char *check_identity(struct pvhboot_bytes file, struct elf *out)
{
	const struct field machine = FIELD(pvhboot_wire_elf64_ehdr, e_machine);
	uint64_t number;

	if (file.size < layout32.header_size)
		return "an ELF file that ends in its header";
	if (file.data[PVHBOOT_ELF_EI_DATA] != PVHBOOT_ELF_DATA2LSB)
		return "an ELF file that is not little-endian";
	number = load(file, 0, machine);
	if (number != PVHBOOT_ELF_EM_386 && number != PVHBOOT_ELF_EM_X86_64)
		return "a core of another machine than i386 and x86-64";
	number = file.data[PVHBOOT_ELF_EI_CLASS];
	if (number != PVHBOOT_ELF_CLASS32 && number != PVHBOOT_ELF_CLASS64)
		return "a core that is neither of 32 nor of 64 bits";
	out->layout = number == PVHBOOT_ELF_CLASS32 ? &layout32 : &layout64;
	if (file.size < out->layout->header_size)
		return "a core that ends in its header";
	return NULL;
}

/* The table of n headers of this size, each of which has the members that are known. */
static int find_table(struct pvhboot_bytes file, uint64_t offset, uint64_t n, uint64_t size,
		      uint64_t least_size, struct pvhboot_bytes *out)
{
	if (n == 0)
		return 1;
	/* 32 and 16 bits: the product fits */
	if (size < least_size || !bytes_within(file.size, offset, n * size))
		return 0;
	*out = bytes_slice(file, offset, n * size);
	return 1;
}

/* What does not fit the header stands in section 0. */
static const char *read_sections(struct elf *elf)
{
	const struct elf_layout *layout = elf->layout;
	const uint64_t offset = load(elf->file, 0, layout->shoff);
	uint64_t n = load(elf->file, 0, layout->shnum);

	elf->section_size = load(elf->file, 0, layout->shentsize);
	elf->names = (uint32_t)load(elf->file, 0, layout->shstrndx);
	if (offset == 0)
		return NULL;
	if (!bytes_within(elf->file.size, offset, layout->section_size))
		return "a core whose section headers do not lie in the file";
	if (n == 0)
		n = load(elf->file, offset, layout->sh_size);
	if (elf->names == PVHBOOT_ELF_PN_XNUM)
		elf->names = (uint32_t)load(elf->file, offset, layout->sh_link);
	if (n > UINT32_MAX || !find_table(elf->file, offset, n, elf->section_size,
					  layout->section_size, &elf->sections))
		return "a core whose section headers do not lie in the file";
	elf->n_sections = (uint32_t)n;
	return NULL;
}

static const char *read_segments(struct elf *elf)
{
	const struct elf_layout *layout = elf->layout;
	const uint64_t offset = load(elf->file, 0, layout->phoff);
	uint64_t n = load(elf->file, 0, layout->phnum);

	elf->segment_size = load(elf->file, 0, layout->phentsize);
	if (n == PVHBOOT_ELF_PN_XNUM && elf->n_sections > 0)
		n = load(elf->sections, 0, layout->sh_info);
	if (!find_table(elf->file, offset, n, elf->segment_size, layout->segment_size,
			&elf->segments))
		return "a core whose program headers do not lie in the file";
	elf->n_segments = (uint32_t)n;
	return NULL;
}

const char *elf_open_core(struct pvhboot_bytes file, struct elf *out)
{
	const char *wrong;

	memset(out, 0, sizeof(*out));
	out->file = file;
	wrong = check_identity(file, out);
	if (!wrong)
		wrong = read_sections(out);
	return wrong ? wrong : read_segments(out);
}

struct elf_segment elf_segment(const struct elf *elf, uint32_t i)
{
	const struct elf_layout *layout = elf->layout;
	const uint64_t at = i * elf->segment_size;

	return (struct elf_segment){
		.offset = load(elf->segments, at, layout->p_offset),
		.filesz = load(elf->segments, at, layout->p_filesz),
		.paddr = load(elf->segments, at, layout->p_paddr),
		.memsz = load(elf->segments, at, layout->p_memsz),
		.type = (uint32_t)load(elf->segments, at, layout->p_type),
	};
}

/* Returns 1, or 0 when there is none of this number, or it does not lie in the file. */
static int section_bytes(const struct elf *elf, uint32_t i, struct pvhboot_bytes *out)
{
	const struct elf_layout *layout = elf->layout;
	const uint64_t at = i * elf->section_size;
	uint64_t offset, size;

	if (i >= elf->n_sections)
		return 0;
	offset = load(elf->sections, at, layout->sh_offset);
	size = load(elf->sections, at, layout->sh_size);
	if (!bytes_within(elf->file.size, offset, size))
		return 0;
	*out = bytes_slice(elf->file, offset, size);
	return 1;
}

int elf_section(const struct elf *elf, const char *name, struct pvhboot_bytes *bytes)
{
	const size_t size = strlen(name) + 1;
	struct pvhboot_bytes names;

	if (!section_bytes(elf, elf->names, &names))
		return 0;
	for (uint32_t i = 0; i < elf->n_sections; i++) {
		const uint64_t at =
			load(elf->sections, i * elf->section_size, elf->layout->sh_name);

		if (bytes_within(names.size, at, size) &&
		    memcmp(names.data + (size_t)at, name, size) == 0)
			return section_bytes(elf, i, bytes);
	}
	return 0;
}

static uint64_t pad(uint64_t size)
{
	return (size + 3) & ~(uint64_t)3;
}

int elf_note_next(struct pvhboot_bytes *notes, struct elf_note *out)
{
	const size_t word = sizeof(uint32_t);
	uint64_t owner, desc, end;

	if (notes->size < PVHBOOT_ELF_NHDR_SIZE)
		return notes->size == 0 ? 0 : -1;
	owner = bytes_load(*notes, offsetof(struct pvhboot_wire_elf_nhdr, n_namesz), word);
	desc = bytes_load(*notes, offsetof(struct pvhboot_wire_elf_nhdr, n_descsz), word);
	out->type = bytes_load(*notes, offsetof(struct pvhboot_wire_elf_nhdr, n_type), word);
	/* numbers of 32 bits: their sum fits. The last note needs no padding behind it */
	end = PVHBOOT_ELF_NHDR_SIZE + pad(owner) + desc;
	if (end > notes->size)
		return -1;
	out->owner = bytes_slice(*notes, PVHBOOT_ELF_NHDR_SIZE, owner);
	while (out->owner.size > 0 && out->owner.data[out->owner.size - 1] == 0)
		out->owner.size--;
	out->desc = bytes_slice(*notes, PVHBOOT_ELF_NHDR_SIZE + pad(owner), desc);
	end = pad(end) < notes->size ? pad(end) : notes->size;
	*notes = bytes_slice(*notes, end, notes->size - end);
	return 1;
}

int elf_note_is_of(const struct elf_note *note, const char *owner)
{
	return note->owner.size == strlen(owner) &&
	       memcmp(note->owner.data, owner, note->owner.size) == 0;
}
