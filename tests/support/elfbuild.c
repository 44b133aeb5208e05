/* SPDX-License-Identifier: MIT */
#include "elfbuild.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ET_EXEC 2
#define EM_386 3
#define EM_X86_64 62
#define PT_LOAD 1
#define PT_NOTE 4
#define SHT_NOTE 7
#define PN_XNUM 0xffff

/* Offset and width in ELF32, then in ELF64; from the gABI. */
struct field {
	const char *name;
	unsigned char at32, width32, at64, width64;
};

static const struct field ehdr_fields[] = {
	{ "ei_mag0", 0, 1, 0, 1 },       { "ei_mag1", 1, 1, 1, 1 },
	{ "ei_mag2", 2, 1, 2, 1 },       { "ei_mag3", 3, 1, 3, 1 },
	{ "ei_class", 4, 1, 4, 1 },      { "ei_data", 5, 1, 5, 1 },
	{ "ei_version", 6, 1, 6, 1 },    { "ei_osabi", 7, 1, 7, 1 },
	{ "ei_abiversion", 8, 1, 8, 1 }, { "ei_pad", 9, 7, 9, 7 },
	{ "e_type", 16, 2, 16, 2 },      { "e_machine", 18, 2, 18, 2 },
	{ "e_version", 20, 4, 20, 4 },   { "e_entry", 24, 4, 24, 8 },
	{ "e_phoff", 28, 4, 32, 8 },     { "e_shoff", 32, 4, 40, 8 },
	{ "e_flags", 36, 4, 48, 4 },     { "e_ehsize", 40, 2, 52, 2 },
	{ "e_phentsize", 42, 2, 54, 2 }, { "e_phnum", 44, 2, 56, 2 },
	{ "e_shentsize", 46, 2, 58, 2 }, { "e_shnum", 48, 2, 60, 2 },
	{ "e_shstrndx", 50, 2, 62, 2 },  { NULL, 0, 0, 0, 0 },
};

static const struct field phdr_fields[] = {
	{ "p_type", 0, 4, 0, 4 },    { "p_flags", 24, 4, 4, 4 },  { "p_offset", 4, 4, 8, 8 },
	{ "p_vaddr", 8, 4, 16, 8 },  { "p_paddr", 12, 4, 24, 8 }, { "p_filesz", 16, 4, 32, 8 },
	{ "p_memsz", 20, 4, 40, 8 }, { "p_align", 28, 4, 48, 8 }, { NULL, 0, 0, 0, 0 },
};

static const struct field shdr_fields[] = {
	{ "sh_name", 0, 4, 0, 4 },
	{ "sh_type", 4, 4, 4, 4 },
	{ "sh_flags", 8, 4, 8, 8 },
	{ "sh_addr", 12, 4, 16, 8 },
	{ "sh_offset", 16, 4, 24, 8 },
	{ "sh_size", 20, 4, 32, 8 },
	{ "sh_link", 24, 4, 40, 4 },
	{ "sh_info", 28, 4, 44, 4 },
	{ "sh_addralign", 32, 4, 48, 8 },
	{ "sh_entsize", 36, 4, 56, 8 },
	{ NULL, 0, 0, 0, 0 },
};

const char *const elf_ehdr_fields[] = {
	"ei_mag0",    "ei_mag1",       "ei_mag2", "ei_mag3",     "ei_class",    "ei_data",
	"ei_version", "ei_osabi",      "e_type",  "e_machine",   "e_version",   "e_entry",
	"e_phoff",    "e_shoff",       "e_flags", "e_ehsize",    "e_phentsize", "e_phnum",
	"e_shnum",    "ei_abiversion", "ei_pad",  "e_shentsize", "e_shstrndx",  NULL,
};

const char *const elf_phdr_fields[] = {
	"p_type",   "p_flags", "p_offset", "p_vaddr", "p_paddr",
	"p_filesz", "p_memsz", "p_align",  NULL,
};

const char *const elf_shdr_fields[] = {
	"sh_name", "sh_type", "sh_flags",     "sh_addr",    "sh_offset", "sh_size",
	"sh_link", "sh_info", "sh_addralign", "sh_entsize", NULL,
};

/* A header of either kind whose offset counts from the contents when placed. */
struct elf_part {
	int placed;
	union {
		struct elf_phdr phdr;
		struct elf_shdr shdr;
	} as;
};

static size_t ehdr_size(const struct elf *elf)
{
	return elf->bits == 32 ? 52 : 64;
}

void elf_init(struct elf *elf, unsigned int bits)
{
	memset(elf, 0, sizeof(*elf));
	elf->bits = bits;
	elf->type = ET_EXEC;
	elf->machine = bits == 32 ? EM_386 : EM_X86_64;
	elf->phentsize = bits == 32 ? 32 : 56;
	elf->shentsize = bits == 32 ? 40 : 64;
	elf->align = 16;
}

void elf_free(struct elf *elf)
{
	free(elf->phdrs);
	free(elf->shdrs);
	blob_free(&elf->contents);
	blob_free(&elf->image);
	memset(elf, 0, sizeof(*elf));
}

static struct elf_part *add_part(struct elf_part **parts, uint32_t *n_parts)
{
	uint32_t n = *n_parts;

	/* Room doubles at every power of two. */
	if ((n & (n - 1)) == 0) {
		struct elf_part *grown = must_alloc((n ? 2 * (size_t)n : 1) * sizeof(*grown));

		if (n)
			memcpy(grown, *parts, n * sizeof(*grown));
		free(*parts);
		*parts = grown;
	}
	*n_parts = n + 1;
	return &(*parts)[n];
}

static uint64_t place(struct elf *elf, const void *bytes, size_t size)
{
	uint64_t at;

	blob_pad(&elf->contents, elf->align);
	at = elf->contents.size;
	blob_append(&elf->contents, bytes, size);
	return at;
}

uint32_t elf_add(struct elf *elf, const struct elf_phdr *phdr, const void *bytes, size_t size)
{
	struct elf_part *part = add_part(&elf->phdrs, &elf->n_phdrs);

	part->as.phdr = *phdr;
	if (bytes) {
		part->placed = 1;
		part->as.phdr.offset = place(elf, bytes, size);
		part->as.phdr.filesz = size;
		if (part->as.phdr.memsz == 0)
			part->as.phdr.memsz = size;
	}
	return elf->n_phdrs - 1;
}

uint32_t elf_add_load(struct elf *elf, uint64_t paddr, const void *bytes, size_t size,
		      uint64_t memsz)
{
	struct elf_phdr phdr = {
		.type = PT_LOAD,
		.flags = 7,
		.paddr = paddr,
		/* Linux's, and anything but the physical address. */
		.vaddr = elf->bits == 32 ? paddr + 0xc0000000u : paddr + 0xffffffff80000000u,
		.memsz = memsz,
		.align = 0x1000,
	};

	if (elf->bits == 32)
		phdr.vaddr &= 0xffffffffu;
	return elf_add(elf, &phdr, bytes, size);
}

uint32_t elf_add_inside(struct elf *elf, uint32_t type, uint32_t of, uint64_t from, uint64_t size)
{
	struct elf_part *part = add_part(&elf->phdrs, &elf->n_phdrs);
	const struct elf_phdr *outer = &elf->phdrs[of].as.phdr;

	part->placed = 1;
	part->as.phdr.type = type;
	part->as.phdr.flags = 4;
	part->as.phdr.offset = outer->offset + from;
	part->as.phdr.vaddr = outer->vaddr + from;
	part->as.phdr.paddr = outer->paddr + from;
	part->as.phdr.filesz = size;
	part->as.phdr.memsz = size;
	part->as.phdr.align = 4;
	return elf->n_phdrs - 1;
}

uint32_t elf_add_notes(struct elf *elf, const struct blob *notes)
{
	struct elf_phdr phdr = { .type = PT_NOTE, .flags = 4, .align = 4 };

	return elf_add(elf, &phdr, notes->data ? notes->data : (const uint8_t *)"", notes->size);
}

uint32_t elf_add_section(struct elf *elf, const struct elf_shdr *shdr, const void *bytes,
			 size_t size)
{
	struct elf_part *part;

	if (elf->n_shdrs == 0)
		add_part(&elf->shdrs, &elf->n_shdrs);
	part = add_part(&elf->shdrs, &elf->n_shdrs);
	part->as.shdr = *shdr;
	if (bytes) {
		part->placed = 1;
		part->as.shdr.offset = place(elf, bytes, size);
		part->as.shdr.size = size;
	}
	return elf->n_shdrs - 1;
}

uint32_t elf_add_note_section(struct elf *elf, const struct blob *notes)
{
	struct elf_shdr shdr = { .type = SHT_NOTE, .flags = 2, .addralign = 4 };

	return elf_add_section(elf, &shdr, notes->data ? notes->data : (const uint8_t *)"",
			       notes->size);
}

void elf_add_gap(struct elf *elf, size_t size)
{
	blob_pattern(&elf->contents, 99, size);
}

static const struct field *find(const struct field *fields, const char *name)
{
	for (; fields->name; fields++) {
		if (strcmp(fields->name, name) == 0)
			return fields;
	}
	fprintf(stderr, "elfbuild: ELF has no field %s\n", name);
	abort();
}

/* The one place that knows the byte order. */
static void store(struct elf *elf, size_t at, unsigned int width, uint64_t value)
{
	uint8_t *bytes = elf->image.data + at;

	store_le(bytes, width, value);
	if (elf->big_endian) {
		for (unsigned int i = 0; i < width / 2; i++) {
			uint8_t low = bytes[i];

			bytes[i] = bytes[width - 1 - i];
			bytes[width - 1 - i] = low;
		}
	}
}

static void set(struct elf *elf, size_t base, const struct field *fields, const char *name,
		uint64_t value)
{
	const struct field *field = find(fields, name);

	if (elf->bits == 32)
		store(elf, base + field->at32, field->width32, value);
	else
		store(elf, base + field->at64, field->width64, value);
}

static void write_ehdr(struct elf *elf)
{
	static const uint8_t magic[] = { 0x7f, 'E', 'L', 'F' };
	uint32_t phnum = elf->xnum ? PN_XNUM : elf->n_phdrs;

	memcpy(elf->image.data, magic, sizeof(magic));
	set(elf, 0, ehdr_fields, "ei_class", elf->bits == 32 ? 1 : 2);
	set(elf, 0, ehdr_fields, "ei_data", elf->big_endian ? 2 : 1);
	set(elf, 0, ehdr_fields, "ei_version", 1);
	set(elf, 0, ehdr_fields, "ei_osabi", elf->osabi);
	set(elf, 0, ehdr_fields, "e_type", elf->type);
	set(elf, 0, ehdr_fields, "e_machine", elf->machine);
	set(elf, 0, ehdr_fields, "e_version", 1);
	set(elf, 0, ehdr_fields, "e_entry", elf->entry);
	set(elf, 0, ehdr_fields, "e_phoff", elf->n_phdrs ? elf->phoff : 0);
	set(elf, 0, ehdr_fields, "e_shoff", elf->n_shdrs ? elf->shoff : 0);
	set(elf, 0, ehdr_fields, "e_ehsize", ehdr_size(elf));
	set(elf, 0, ehdr_fields, "e_phentsize", elf->phentsize);
	set(elf, 0, ehdr_fields, "e_phnum", phnum);
	set(elf, 0, ehdr_fields, "e_shentsize", elf->n_shdrs ? elf->shentsize : 0);
	set(elf, 0, ehdr_fields, "e_shnum", elf->n_shdrs);
}

static void write_phdr(struct elf *elf, size_t at, const struct elf_part *part, size_t contents)
{
	const struct elf_phdr *phdr = &part->as.phdr;

	set(elf, at, phdr_fields, "p_type", phdr->type);
	set(elf, at, phdr_fields, "p_flags", phdr->flags);
	set(elf, at, phdr_fields, "p_offset", phdr->offset + (part->placed ? contents : 0));
	set(elf, at, phdr_fields, "p_vaddr", phdr->vaddr);
	set(elf, at, phdr_fields, "p_paddr", phdr->paddr);
	set(elf, at, phdr_fields, "p_filesz", phdr->filesz);
	set(elf, at, phdr_fields, "p_memsz", phdr->memsz);
	set(elf, at, phdr_fields, "p_align", phdr->align);
}

static void write_shdr(struct elf *elf, size_t at, const struct elf_part *part, size_t contents)
{
	const struct elf_shdr *shdr = &part->as.shdr;

	set(elf, at, shdr_fields, "sh_name", shdr->name);
	set(elf, at, shdr_fields, "sh_type", shdr->type);
	set(elf, at, shdr_fields, "sh_flags", shdr->flags);
	set(elf, at, shdr_fields, "sh_addr", shdr->addr);
	set(elf, at, shdr_fields, "sh_offset", shdr->offset + (part->placed ? contents : 0));
	set(elf, at, shdr_fields, "sh_size", shdr->size);
	set(elf, at, shdr_fields, "sh_link", shdr->link);
	set(elf, at, shdr_fields, "sh_info", shdr->info);
	set(elf, at, shdr_fields, "sh_addralign", shdr->addralign);
	set(elf, at, shdr_fields, "sh_entsize", shdr->entsize);
}

void elf_finish(struct elf *elf)
{
	size_t phdrs_size = (size_t)elf->n_phdrs * elf->phentsize;
	size_t contents;

	if (elf->xnum && elf->n_shdrs == 0)
		add_part(&elf->shdrs, &elf->n_shdrs);
	if (elf->xnum)
		elf->shdrs[0].as.shdr.info = elf->n_phdrs;

	blob_fill(&elf->image, 0, ehdr_size(elf));
	elf->phoff = elf->image.size;
	if (!elf->phdrs_behind)
		blob_fill(&elf->image, 0, phdrs_size);
	blob_pad(&elf->image, 16);
	contents = elf->image.size;
	blob_append(&elf->image, elf->contents.data, elf->contents.size);
	if (elf->phdrs_behind) {
		blob_pad(&elf->image, 8);
		elf->phoff = elf->image.size;
		blob_fill(&elf->image, 0, phdrs_size);
	}
	if (elf->n_shdrs)
		blob_pad(&elf->image, 8);
	elf->shoff = elf->image.size;
	blob_fill(&elf->image, 0, (size_t)elf->n_shdrs * elf->shentsize);

	write_ehdr(elf);
	for (uint32_t i = 0; i < elf->n_phdrs; i++)
		write_phdr(elf, elf->phoff + (size_t)i * elf->phentsize, &elf->phdrs[i], contents);
	for (uint32_t i = 0; i < elf->n_shdrs; i++)
		write_shdr(elf, elf->shoff + (size_t)i * elf->shentsize, &elf->shdrs[i], contents);
}

size_t elf_where(const struct elf *elf, const char *field, uint32_t index, unsigned int *width)
{
	const struct field *found;
	size_t base = 0;

	if (strncmp(field, "p_", 2) == 0) {
		found = find(phdr_fields, field);
		base = elf->phoff + (size_t)index * elf->phentsize;
	} else if (strncmp(field, "sh_", 3) == 0) {
		found = find(shdr_fields, field);
		base = elf->shoff + (size_t)index * elf->shentsize;
	} else {
		found = find(ehdr_fields, field);
	}
	*width = elf->bits == 32 ? found->width32 : found->width64;
	return base + (elf->bits == 32 ? found->at32 : found->at64);
}

uint64_t elf_read(const struct elf *elf, const char *field, uint32_t index)
{
	unsigned int width;
	size_t at = elf_where(elf, field, index, &width);

	return load_le(elf->image.data + at, width);
}

void elf_patch(struct elf *elf, const char *field, uint32_t index, uint64_t value)
{
	unsigned int width;
	size_t at = elf_where(elf, field, index, &width);

	store(elf, at, width, value);
}
