/* SPDX-License-Identifier: MIT */
#include "kernelbuild.h"

/* The defaults in place of the zeros. */
static struct kernel_spec complete(const struct kernel_spec *spec)
{
	struct kernel_spec full = *spec;

	if (!full.bits)
		full.bits = 64;
	if (!full.paddr)
		full.paddr = KERNEL_PADDR;
	if (!full.n_loads)
		full.n_loads = 2;
	if (!full.load_size)
		full.load_size = 0x300;
	if (!full.load_stride)
		full.load_stride = 0x1000;
	if (!full.bss_size)
		full.bss_size = 0x500;
	else if (full.bss_size == ~0u)
		full.bss_size = 0;
	if (!full.entry)
		full.entry = full.paddr + 0x40;
	if (!full.entry_width)
		full.entry_width = full.bits == 32 ? 4 : 8;
	return full;
}

static void add_notes(struct elf *elf, const struct kernel_spec *full)
{
	struct blob notes = { 0 };

	if (full->notes == KERNEL_NOTES_NONE)
		return;
	note_xen(&notes, 6, "linux", 6);
	if (!full->without_pvh)
		note_xen_number(&notes, XEN_PHYS32_ENTRY, full->entry_width, full->entry);
	if (full->is_linux)
		note_add(&notes, "Linux", 6, 0x101, "\0\0\0", 4, 4);
	if (full->has_reloc || full->n_reloc) {
		uint8_t words[16];

		for (unsigned int i = 0; i < full->n_reloc; i++)
			store_le(words + 4 * i, 4, full->reloc[i]);
		note_xen(&notes, XEN_PHYS32_RELOC, words, 4 * full->n_reloc);
	}
	if (full->has_symbols)
		note_xen(&notes, XEN_BSD_SYMTAB, "yes", 4);
	if (full->notes == KERNEL_NOTES_SECTION)
		elf_add_note_section(elf, &notes);
	else
		elf_add_notes(elf, &notes);
	blob_free(&notes);
}

static void add_symbols(struct elf *elf, const struct kernel_spec *full)
{
	static const uint8_t none[1];
	struct blob symtab = { 0 };
	struct blob strtab = { 0 };

	blob_pattern(&symtab, 300, full->symtab_size);
	blob_pattern(&strtab, 301, full->strtab_size);
	elf_add_section(elf, &(struct elf_shdr){ .type = ELF_SHT_SYMTAB, .link = 2 },
			symtab.data ? symtab.data : none, symtab.size);
	elf_add_section(elf, &(struct elf_shdr){ .type = ELF_SHT_STRTAB },
			strtab.data ? strtab.data : none, strtab.size);
	blob_free(&symtab);
	blob_free(&strtab);
}

void kernel_begin(struct elf *elf, const struct kernel_spec *spec)
{
	struct kernel_spec full = complete(spec);

	elf_init(elf, full.bits);
	if (full.machine)
		elf->machine = full.machine;
	elf->entry = full.entry;
	for (uint32_t i = 0; i < full.n_loads; i++) {
		uint64_t paddr = full.paddr + (uint64_t)i * full.load_stride;
		uint64_t bss = i == full.n_loads - 1 ? full.bss_size : 0;
		struct blob bytes = { 0 };

		blob_pattern(&bytes, i + 1, full.load_size);
		elf_add_load(elf, paddr, bytes.data, bytes.size, bytes.size + bss);
		blob_free(&bytes);
	}
	if (full.has_symbols)
		add_symbols(elf, &full);
	add_notes(elf, &full);
}

void kernel_build(struct elf *elf, const struct kernel_spec *spec)
{
	kernel_begin(elf, spec);
	elf_finish(elf);
}

uint64_t kernel_end(const struct kernel_spec *spec)
{
	struct kernel_spec full = complete(spec);

	return full.paddr + (uint64_t)(full.n_loads - 1) * full.load_stride + full.load_size +
	       full.bss_size;
}
