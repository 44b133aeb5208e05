/* SPDX-License-Identifier: MIT */
/*
 * Source of the layout: Xen's common/libelf/libelf-loader.c, elf_load_bsdsyms(),
 * which FreeBSD's xen_pvh_parse_symtab() reads. Its structs are unions over both
 * classes, so that with ELF32 too .symtab starts behind the room of ELF64's headers.
 * (It reserves less than that for ELF32, and so writes past its own end.)
 */

#include "symbols.h"

#include <pvhboot/wire/elf.h>

#include "../base/diag.h"
#include "../base/span.h"

#define WORD 4 /* the size in front */
#define EHDR_ROOM 64
#define SHDR_ROOM 64
#define N_SECTIONS 3 /* none, .symtab, .strtab */
#define STRTAB_INDEX 2

_Static_assert(PVHB_SYMBOLS_MAX_HEAD == WORD + EHDR_ROOM + N_SECTIONS * SHDR_ROOM, "as libelf");
_Static_assert(EHDR_ROOM == sizeof(struct pvhboot_wire_elf64_ehdr), "as libelf");
_Static_assert(SHDR_ROOM == sizeof(struct pvhboot_wire_elf64_shdr), "as libelf");

static uint64_t alignment(uint8_t elf_class)
{
	return elf_class == 64 ? 8 : 4;
}

static struct pvhb_at at_section(const struct pvhb_elf *elf, uint32_t index)
{
	return pvhb_at_element(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_SECTION, index,
			       pvhb_elf_shdr_at(elf, index));
}

static enum pvhboot_status load(const struct pvhb_elf *elf, uint32_t index,
				const struct pvhb_elf_shdr *shdr, struct pvhboot_bytes *out,
				struct pvhboot_diag *diag)
{
	if (!pvhb_within(elf->image.size, shdr->offset, shdr->size))
		return pvhb_elf_fail_range(elf->image, shdr->offset, shdr->size,
					   at_section(elf, index),
					   "the symbol table and its strings in the file", diag);
	*out = pvhb_slice(elf->image, shdr->offset, shdr->size);
	return PVHBOOT_OK;
}

/* Lays out a block at gpa 0. Sizes of sections are below that of the image, which
 * is in memory: three of them cannot wrap 64 bits. */
static struct pvhb_symbols_layout lay_out(uint64_t symtab_size, uint64_t strtab_size,
					  uint64_t align)
{
	struct pvhb_symbols_layout layout;

	layout.head_size = PVHB_SYMBOLS_MAX_HEAD;
	layout.symtab = (layout.head_size + align - 1) & ~(align - 1);
	layout.strtab = (layout.symtab + symtab_size + align - 1) & ~(align - 1);
	layout.end = (layout.strtab + strtab_size + align - 1) & ~(align - 1);
	return layout;
}

static enum pvhboot_status read_sections(const struct pvhb_elf *elf, uint32_t symtab_index,
					 const struct pvhb_elf_shdr *symtab,
					 const struct pvhb_elf_shdr *strtab, uint64_t end,
					 struct pvhboot_symbols *out, struct pvhboot_diag *diag)
{
	uint64_t align = alignment(elf->elf_class);
	struct pvhboot_symbols symbols = {
		.gpa = (end + align - 1) & ~(align - 1), /* end <= 4 GiB */
		.symtab_shdr = at_section(elf, symtab_index).offset,
		.strtab_shdr = at_section(elf, symtab->link).offset,
	};
	enum pvhboot_status status = load(elf, symtab_index, symtab, &symbols.symtab, diag);

	if (status == PVHBOOT_OK)
		status = load(elf, symtab->link, strtab, &symbols.strtab, diag);
	if (status != PVHBOOT_OK)
		return status;
	symbols.size = lay_out(symtab->size, strtab->size, align).end;
	if (!pvhb_within(PVHB_4GIB, symbols.gpa, symbols.size))
		return pvhb_fail(diag, PVHBOOT_RANGE, pvhb_in_bytes(at_section(elf, symtab_index)),
				 symbols.size, PVHB_4GIB - symbols.gpa,
				 "room for the symbols between the kernel and 4 GiB");
	*out = symbols;
	return PVHBOOT_OK;
}

/* The symbol table and its strings. False, and a warning: one of them is not there. */
static bool find_sections(const struct pvhb_elf_reader *reader, const struct pvhb_elf *elf,
			  uint32_t *index, struct pvhb_elf_shdr *symtab,
			  struct pvhb_elf_shdr *strtab, struct pvhboot_diag *diag)
{
	uint32_t i;

	//@ loop invariant i <= elf->tables.shnum; loop assigns i, *symtab;
	for (i = 0; i < elf->tables.shnum; i++) {
		pvhb_elf_load_shdr(reader, elf, i, symtab);
		if (symtab->type == PVHBOOT_ELF_SHT_SYMTAB)
			break;
	}
	if (i == elf->tables.shnum) {
		pvhb_warn_plain(diag, pvhb_at(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_SYMBOLS),
				"the symbol table that BSD_SYMTAB asks for; none is loaded");
		return false;
	}
	*index = i;
	strtab->type = PVHBOOT_ELF_SHT_NULL;
	if (symtab->link < elf->tables.shnum)
		pvhb_elf_load_shdr(reader, elf, symtab->link, strtab);
	if (strtab->type == PVHBOOT_ELF_SHT_STRTAB)
		return true;
	pvhb_warn(diag, at_section(elf, i), strtab->type, PVHBOOT_ELF_SHT_STRTAB,
		  "a string table (SHT_STRTAB) as sh_link of the symbol table; no symbols are "
		  "loaded");
	return false;
}

enum pvhboot_status pvhb_symbols_read(const struct pvhb_elf_reader *reader,
				      const struct pvhb_elf *elf, uint64_t end,
				      struct pvhboot_symbols *out, struct pvhboot_diag *diag)
{
	struct pvhb_elf_shdr symtab, strtab;
	uint32_t i;

	if (!find_sections(reader, elf, &i, &symtab, &strtab, diag))
		return PVHBOOT_OK;
	return read_sections(elf, i, &symtab, &strtab, end, out, diag);
}

struct pvhb_symbols_layout pvhb_symbols_lay_out(const struct pvhboot_kernel *kernel)
{
	return lay_out(kernel->symbols.symtab.size, kernel->symbols.strtab.size,
		       alignment(kernel->elf_class));
}

#define STORE(to, is64, size, record, member, value)                                               \
	pvhb_store##size((to) + ((is64) ? offsetof(struct pvhboot_wire_elf64_##record, member) :   \
					  offsetof(struct pvhboot_wire_elf32_##record, member)),   \
			 (value))

/* The members that are an address of their class. */
#define STORE_WORD(to, is64, record, member, value)                                                \
	do {                                                                                       \
		if (is64)                                                                          \
			STORE(to, true, 64, record, member, value);                                \
		else                                                                               \
			STORE(to, false, 32, record, member, (uint32_t)(value));                   \
	} while (0)

/* The file's own header, but without segments and with these sections. */
static void write_ehdr(const struct pvhboot_kernel *kernel, bool is64, uint8_t *to)
{
	size_t size = is64 ? EHDR_ROOM : sizeof(struct pvhboot_wire_elf32_ehdr);

	memcpy(to, kernel->elf.data, size);
	STORE(to, is64, 32, ehdr, e_version, PVHBOOT_ELF_EV_CURRENT);
	STORE_WORD(to, is64, ehdr, e_phoff, 0);
	STORE_WORD(to, is64, ehdr, e_shoff, EHDR_ROOM);
	STORE(to, is64, 16, ehdr, e_ehsize, (uint16_t)size);
	STORE(to, is64, 16, ehdr, e_phentsize, 0);
	STORE(to, is64, 16, ehdr, e_phnum, 0);
	STORE(to, is64, 16, ehdr, e_shentsize,
	      is64 ? SHDR_ROOM : (uint16_t)sizeof(struct pvhboot_wire_elf32_shdr));
	STORE(to, is64, 16, ehdr, e_shnum, N_SECTIONS);
	STORE(to, is64, 16, ehdr, e_shstrndx, 0);
}

void pvhb_symbols_write_head(const struct pvhboot_kernel *kernel, uint8_t *to)
{
	const struct pvhboot_symbols *symbols = &kernel->symbols;
	struct pvhb_symbols_layout layout = pvhb_symbols_lay_out(kernel);
	bool is64 = kernel->elf_class == 64;
	size_t shdr_size = is64 ? SHDR_ROOM : sizeof(struct pvhboot_wire_elf32_shdr);
	uint8_t *symtab = to + WORD + EHDR_ROOM + shdr_size;
	uint8_t *strtab = symtab + shdr_size;

	memset(to, 0, (size_t)layout.head_size);
	/* below 4 GiB, as the block is */
	pvhb_store32(to, (uint32_t)(layout.strtab + symbols->strtab.size - WORD));
	write_ehdr(kernel, is64, to + WORD);
	memcpy(symtab, kernel->elf.data + symbols->symtab_shdr, shdr_size);
	memcpy(strtab, kernel->elf.data + symbols->strtab_shdr, shdr_size);
	/* offsets in a file count from its header */
	STORE_WORD(symtab, is64, shdr, sh_offset, layout.symtab - WORD);
	STORE_WORD(strtab, is64, shdr, sh_offset, layout.strtab - WORD);
	STORE(symtab, is64, 32, shdr, sh_link, STRTAB_INDEX);
}
