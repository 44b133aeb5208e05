/* SPDX-License-Identifier: MIT */
/*
 * ELF structure behind one interface, so that libelf and the built-in reader can
 * take each other's place: the header is checked first (elf.c), then a reader
 * yields the entries of the two tables, whose ranges are known to be good.
 */
#ifndef PVHB_ELF_H
#define PVHB_ELF_H

#include <pvhboot/kernel.h>

#include "../base/diag.h"
#include "../base/env.h"

/* An ELF file whose header was checked. */
struct pvhb_elf {
	struct pvhboot_bytes image;
	struct pvhboot_elf_tables tables; /* both inside of image; an unusable section
	                                     table has a shnum of 0 */
	uint64_t entry;                   /* e_entry */
	uint32_t flags;                   /* of pvhboot_kernel_open() */
	uint16_t machine;
	uint8_t elf_class; /* 32 or 64 */
	void *handle;      /* the reader's, or NULL */
	void *copy;        /* the same: what handle reads from */
};

/* A program header, widened. */
struct pvhb_elf_phdr {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t vaddr;
	uint64_t paddr;
	uint64_t filesz;
	uint64_t memsz;
	uint64_t align;
};

/* The members of a section header that are used here, widened. */
struct pvhb_elf_shdr {
	uint32_t type;
	uint64_t flags;
	uint64_t addr; /* virtual */
	uint64_t offset;
	uint64_t size;
	uint32_t link;
};

/* Fails with TRUNCATED for a range that leaves the image. The numbers are the offset and the
 * size of the image where the range starts behind it, else the bytes of the range and those
 * that are left. */
enum pvhboot_status pvhb_elf_fail_range(struct pvhboot_bytes image, uint64_t offset, uint64_t size,
					struct pvhb_at at, const char *rule,
					struct pvhboot_diag *diag);

/* Checks the header and the ranges of the tables and fills *out, its handle
 * NULL. Statuses and warnings as pvhboot_kernel_open(). */
enum pvhboot_status pvhb_elf_check(struct pvhboot_bytes image, struct pvhb_elf *out,
				   struct pvhboot_diag *diag);

/* Where an entry of a table is in the image. */
uint64_t pvhb_elf_phdr_at(const struct pvhb_elf *elf, uint32_t index);
uint64_t pvhb_elf_shdr_at(const struct pvhb_elf *elf, uint32_t index);

/* A reader cannot fail: what it reads was checked. */
struct pvhb_elf_reader {
	void (*open)(struct pvhb_elf *elf);
	void (*close)(struct pvhb_elf *elf);
	/* index < tables.phnum or shnum */
	void (*phdr)(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_phdr *out);
	void (*shdr)(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_shdr *out);
};

extern const struct pvhb_elf_reader pvhb_elf_core;   /* elf_core.c */
extern const struct pvhb_elf_reader pvhb_elf_libelf; /* elf_libelf.c, where built */

/* The only calls of a reader, so that what proofs take for granted of its pointers stands here. */
static inline void pvhb_elf_open(const struct pvhb_elf_reader *reader, struct pvhb_elf *elf)
{
	reader->open(elf);
}

static inline void pvhb_elf_close(const struct pvhb_elf_reader *reader, struct pvhb_elf *elf)
{
	reader->close(elf);
}

static inline void pvhb_elf_load_phdr(const struct pvhb_elf_reader *reader,
				      const struct pvhb_elf *elf, uint32_t index,
				      struct pvhb_elf_phdr *out)
{
	reader->phdr(elf, index, out);
}

static inline void pvhb_elf_load_shdr(const struct pvhb_elf_reader *reader,
				      const struct pvhb_elf *elf, uint32_t index,
				      struct pvhb_elf_shdr *out)
{
	reader->shdr(elf, index, out);
}

/* pvhb_elf_core.phdr, for those who use no other reader. */
void pvhb_elf_core_phdr(const struct pvhb_elf *elf, uint32_t index, struct pvhb_elf_phdr *out);

/* The reader that pvhboot_kernel_open() uses in this build. */
#ifdef PVHB_HAVE_LIBELF
#define PVHB_ELF_DEFAULT (&pvhb_elf_libelf)
#else
#define PVHB_ELF_DEFAULT (&pvhb_elf_core)
#endif

#endif
