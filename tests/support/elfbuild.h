/* SPDX-License-Identifier: MIT */
/*
 * Builds ELF images in memory, valid unless asked otherwise: what the image
 * should be is said in parts, elf_finish() lays them out, and elf_patch() then
 * breaks single fields by name. Knows nothing of the library's own headers.
 */
#ifndef TESTS_SUPPORT_ELFBUILD_H
#define TESTS_SUPPORT_ELFBUILD_H

#include "blob.h"

/* One program header, in ELF64's names and widths. */
struct elf_phdr {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t vaddr;
	uint64_t paddr;
	uint64_t filesz;
	uint64_t memsz;
	uint64_t align;
};

struct elf_shdr {
	uint32_t name;
	uint32_t type;
	uint64_t flags;
	uint64_t addr;
	uint64_t offset;
	uint64_t size;
	uint32_t link;
	uint32_t info;
	uint64_t addralign;
	uint64_t entsize;
};

#define ELF_SHT_SYMTAB 2
#define ELF_SHT_STRTAB 3

struct elf_part;

struct elf {
	/* for the caller to change between elf_init() and elf_finish() */
	unsigned int bits; /* 32 or 64 */
	int big_endian;    /* writes every header so */
	uint8_t osabi;
	uint16_t type;
	uint16_t machine;
	uint64_t entry;
	uint32_t phentsize; /* the stride, at least the size of a program header */
	uint32_t shentsize;
	size_t align;     /* of the contents that are added next, in the file */
	int xnum;         /* e_phnum says PN_XNUM and section 0 counts */
	int phdrs_behind; /* the program headers follow the contents */

	/* by the functions below */
	struct elf_part *phdrs;
	struct elf_part *shdrs;
	uint32_t n_phdrs;
	uint32_t n_shdrs; /* the null section included */
	struct blob contents;
	size_t phoff; /* where elf_finish() put the tables */
	size_t shoff;
	struct blob image; /* the result, by elf_finish() */
};

/* ELF of 64 or 32 bits for the machine that goes with it, ET_EXEC. */
void elf_init(struct elf *elf, unsigned int bits);
void elf_free(struct elf *elf);

/*
 * Adds a program header and returns its number. With bytes, they are placed in
 * the file: offset and filesz are set to say so, and memsz too where it is 0.
 * Without bytes the header is written as it is.
 */
uint32_t elf_add(struct elf *elf, const struct elf_phdr *phdr, const void *bytes, size_t size);

/* A PT_LOAD, readable, writable and executable, for bytes at paddr. */
uint32_t elf_add_load(struct elf *elf, uint64_t paddr, const void *bytes, size_t size,
		      uint64_t memsz);

/* A header of this type for bytes within those of header "of". */
uint32_t elf_add_inside(struct elf *elf, uint32_t type, uint32_t of, uint64_t from, uint64_t size);

/* A PT_NOTE, or a section of type SHT_NOTE, for notes. Returns its number. */
uint32_t elf_add_notes(struct elf *elf, const struct blob *notes);
uint32_t elf_add_note_section(struct elf *elf, const struct blob *notes);

/* The same as elf_add() for a section; the first call adds the null section too. */
uint32_t elf_add_section(struct elf *elf, const struct elf_shdr *shdr, const void *bytes,
			 size_t size);

/* Bytes that no header tells of. */
void elf_add_gap(struct elf *elf, size_t size);

/* Lays the image out. Nothing can be added afterwards. */
void elf_finish(struct elf *elf);

/*
 * Where a field lies in the finished image: "ei_…" and "e_…" of the ELF header,
 * "p_…" of program header number index, "sh_…" of section header number index.
 * Names that ELF does not have end the program. *width is in bytes.
 */
size_t elf_where(const struct elf *elf, const char *field, uint32_t index, unsigned int *width);
uint64_t elf_read(const struct elf *elf, const char *field, uint32_t index);
void elf_patch(struct elf *elf, const char *field, uint32_t index, uint64_t value);

/* The names of the header's fields, of a program header's and of a section
 * header's, each list ending in NULL. */
extern const char *const elf_ehdr_fields[];
extern const char *const elf_phdr_fields[];
extern const char *const elf_shdr_fields[];

#endif
