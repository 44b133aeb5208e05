/* SPDX-License-Identifier: MIT */
/*
 * The tables of an ELF core. The library's readers are for kernels: they want an entry, and
 * segments below 4 GiB.
 */
#ifndef ELF_H
#define ELF_H

#include <pvhboot/base.h>

struct elf_layout;

/* A file whose header was checked. Its tables lie in it. */
struct elf {
	struct pvhboot_bytes file;
	const struct elf_layout *layout; /* of 32 or 64 bits */
	struct pvhboot_bytes segments;   /* the table of program headers */
	struct pvhboot_bytes sections;   /* the table of section headers */
	uint64_t segment_size;           /* of one header; above 0 */
	uint64_t section_size;
	uint32_t n_segments;
	uint32_t n_sections;
	uint32_t names; /* the section that holds the names of sections */
};

struct elf_segment {
	uint64_t offset; /* of its bytes in the file */
	uint64_t filesz;
	uint64_t paddr;
	uint64_t memsz;
	uint32_t type;
};

struct elf_note {
	struct pvhboot_bytes owner; /* without NULs behind it */
	struct pvhboot_bytes desc;
	uint64_t type;
};

/* 1 when these are the first bytes of an ELF core, whatever its class and order of bytes. Those of
 * other ELF files may be memory in which a loader left the header of a kernel. */
int elf_is_core(struct pvhboot_bytes file);

/* Reads the header of a core. Returns NULL, or what is wrong with the file. */
const char *elf_open_core(struct pvhboot_bytes file, struct elf *out);

/* i is below elf->n_segments. Whether the bytes lie in the file is the caller's to check. */
struct elf_segment elf_segment(const struct elf *elf, uint32_t i);

/* Finds the first section of this name. Returns 1 and fills *bytes, or 0 when there is none,
 * or it does not lie in the file. */
int elf_section(const struct elf *elf, const char *name, struct pvhboot_bytes *bytes);

/* Takes the first note off the bytes. Returns 1, or 0 at the end; -1 where a note is cut. */
int elf_note_next(struct pvhboot_bytes *notes, struct elf_note *out);

/* 1 when the owner is this one. */
int elf_note_is_of(const struct elf_note *note, const char *owner);

#endif
