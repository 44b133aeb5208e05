/* SPDX-License-Identifier: MIT */
/*
 * The symbol table behind a BSD kernel, read from guest memory the way the guest
 * does, by offsets that are written down here: a word with the size of what is
 * behind it, an ELF header, its section headers, and the tables that they name.
 */

#include <pvhboot/pvhboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/fakemem.h"
#include "support/scene.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define PADDR ((uint64_t)KERNEL_PADDR)
#define POISON 0xcc

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

struct table_spec {
	const char *name;
	unsigned int bits;
	uint32_t n_symbols;
	uint32_t odd;       /* bytes behind the symbols and the strings */
	uint32_t n_before;  /* sections in front of .symtab */
	int strtab_first;   /* .strtab has the lower number */
	int has_second;     /* another .symtab with its own strings behind them */
	uint32_t shentsize; /* 0: as the struct is */
	uint32_t bss_size;  /* moves the kernel's end; 0: the default */
	uint64_t slide;
	int is_empty; /* neither table has bytes */
};

static const struct table_spec rows[] = {
	{ .name = "64", .bits = 64, .n_symbols = 20 },
	{ .name = "32", .bits = 32, .n_symbols = 20 },
	{ .name = "64, moved", .bits = 64, .n_symbols = 20, .slide = 4 * MIB },
	{ .name = "32, moved down", .bits = 32, .n_symbols = 5, .slide = 0 - 4 * MIB },
	{ .name = "64, one more byte", .bits = 64, .n_symbols = 7, .odd = 1 },
	{ .name = "64, seven more", .bits = 64, .n_symbols = 7, .odd = 7 },
	{ .name = "32, one more byte", .bits = 32, .n_symbols = 7, .odd = 1 },
	{ .name = "32, three more", .bits = 32, .n_symbols = 7, .odd = 3 },
	{ .name = "64, behind others", .bits = 64, .n_symbols = 3, .n_before = 4 },
	{ .name = "32, behind others", .bits = 32, .n_symbols = 3, .n_before = 1 },
	{ .name = "64, strings first", .bits = 64, .n_symbols = 3, .strtab_first = 1 },
	{ .name = "64, two", .bits = 64, .n_symbols = 9, .has_second = 1 },
	{ .name = "32, two", .bits = 32, .n_symbols = 9, .has_second = 1, .n_before = 2 },
	{ .name = "64, headers of 96", .bits = 64, .n_symbols = 4, .shentsize = 96, .n_before = 1 },
	{ .name = "32, headers of 64", .bits = 32, .n_symbols = 4, .shentsize = 64 },
	{ .name = "64, empty", .bits = 64, .is_empty = 1 },
	{ .name = "32, empty", .bits = 32, .is_empty = 1, .slide = 4 * MIB },
	{ .name = "64, no symbols but a string", .bits = 64, .odd = 1 },
	{ .name = "64, odd end", .bits = 64, .n_symbols = 2, .bss_size = 0x501 },
	{ .name = "32, odd end", .bits = 32, .n_symbols = 2, .bss_size = 0x503, .slide = MIB },
	{ .name = "64, end of a word", .bits = 64, .n_symbols = 2, .bss_size = 0x504 },
	{ .name = "64, many", .bits = 64, .n_symbols = 3000, .odd = 5 },
};

/* The tables as a linker writes them. */
struct tables {
	struct blob symtab;
	struct blob strtab;
	struct blob others; /* of the sections that are not to be loaded */
	uint32_t symtab_index;
	uint32_t strtab_index;
};

static uint64_t value_of(uint32_t symbol)
{
	return PADDR + 16 * (uint64_t)symbol;
}

static void name_of(uint32_t symbol, char *out, size_t size)
{
	/* of different lengths */
	snprintf(out, size, "symbol_%u%s", symbol, symbol % 3 ? "_x" : "");
}

static void put_symbol(struct blob *symtab, unsigned int bits, uint32_t name, uint64_t value)
{
	blob_put(symtab, 4, name);
	if (bits == 32) {
		blob_put(symtab, 4, value);
		blob_put(symtab, 4, 8);
	}
	blob_put(symtab, 1, 0x12); /* a global function */
	blob_put(symtab, 1, 0);
	blob_put(symtab, 2, 1);
	if (bits == 64) {
		blob_put(symtab, 8, value);
		blob_put(symtab, 8, 8);
	}
}

static void make_tables(const struct table_spec *spec, struct tables *tables)
{
	memset(tables, 0, sizeof(*tables));
	blob_pattern(&tables->others, 8, 77);
	if (spec->is_empty)
		return;
	blob_put(&tables->strtab, 1, 0);
	for (uint32_t i = 0; i < spec->n_symbols; i++) {
		char name[32];

		name_of(i, name, sizeof(name));
		put_symbol(&tables->symtab, spec->bits, (uint32_t)tables->strtab.size, value_of(i));
		blob_append(&tables->strtab, name, strlen(name) + 1);
	}
	if (spec->n_symbols)
		blob_fill(&tables->symtab, 0x77, spec->odd);
	blob_fill(&tables->strtab, 0x66, spec->odd);
}

static void free_tables(struct tables *tables)
{
	blob_free(&tables->symtab);
	blob_free(&tables->strtab);
	blob_free(&tables->others);
}

static uint32_t add_section(struct elf *elf, uint32_t type, uint32_t link, const struct blob *bytes)
{
	static const uint8_t none[1];

	return elf_add_section(elf,
			       &(struct elf_shdr){ .name = 0x11 + type,
						   .type = type,
						   .flags = 0x30,
						   .addr = 0xc0de0000,
						   .link = link,
						   .info = 0x44,
						   .addralign = 8,
						   .entsize = 24 },
			       bytes->data ? bytes->data : none, bytes->size);
}

static void add_tables(const struct table_spec *spec, struct elf *elf, struct tables *tables)
{
	uint32_t next = 1;

	for (uint32_t i = 0; i < spec->n_before; i++, next++)
		add_section(elf, 1, 0, &tables->others);
	tables->symtab_index = spec->strtab_first ? next + 1 : next;
	tables->strtab_index = spec->strtab_first ? next : next + 1;
	if (spec->strtab_first)
		add_section(elf, ELF_SHT_STRTAB, 0, &tables->strtab);
	add_section(elf, ELF_SHT_SYMTAB, tables->strtab_index, &tables->symtab);
	if (!spec->strtab_first)
		add_section(elf, ELF_SHT_STRTAB, 0, &tables->strtab);
	if (!spec->has_second)
		return;
	add_section(elf, ELF_SHT_SYMTAB, next + 3, &tables->others);
	add_section(elf, ELF_SHT_STRTAB, 0, &tables->others);
}

/* A relocatable kernel that wants its symbols. */
static void open_scene(const struct table_spec *spec, struct scene *scene, struct tables *tables)
{
	struct blob notes = { 0 };
	struct elf elf;

	make_tables(spec, tables);
	kernel_begin(&elf, &(struct kernel_spec){ .bits = spec->bits,
						  .bss_size = spec->bss_size,
						  .notes = KERNEL_NOTES_NONE });
	if (spec->shentsize)
		elf.shentsize = spec->shentsize;
	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, PADDR + 0x40);
	note_xen(&notes, XEN_PHYS32_RELOC, "\0\0\1", 4);
	note_xen(&notes, XEN_BSD_SYMTAB, "yes", 4);
	elf_add_notes(&elf, &notes);
	blob_free(&notes);
	add_tables(spec, &elf, tables);
	elf_finish(&elf);
	scene_open_elf(scene, &elf);
	ck_assert_uint_eq(scene->diag.n_warnings, 0);
	scene_map(scene, MIB, 63 * MIB, PVHBOOT_MAP_RAM);
	scene->request.flags = PVHBOOT_REQUEST_SLIDE;
	scene->request.slide = spec->slide;
}

/* Where the members of each class lie. */
struct layout {
	unsigned int word; /* bytes of an address */
	uint64_t ehdr_size, shdr_size, sym_size;
	uint64_t e_entry, e_phoff, e_shoff, e_flags, e_ehsize, e_phentsize, e_phnum;
	uint64_t e_shentsize, e_shnum, e_shstrndx;
	uint64_t sh_offset, sh_size, sh_link;
	uint64_t st_value;
};

static const struct layout layouts[2] = {
	{ 4, 52, 40, 16, 24, 28, 32, 36, 40, 42, 44, 46, 48, 50, 16, 20, 24, 4 },
	{ 8, 64, 64, 24, 24, 32, 40, 48, 52, 54, 56, 58, 60, 62, 24, 32, 40, 8 },
};

/* A guest that reads the block, and marks each byte that it has a use for. */
struct guest {
	const char *row;
	const struct layout *layout;
	const uint8_t *block;
	uint64_t size;
	uint8_t *used;
};

static const uint8_t *see(struct guest *guest, uint64_t at, uint64_t size)
{
	ck_assert_msg(at <= guest->size && size <= guest->size - at,
		      "%s: 0x%" PRIx64 " bytes at 0x%" PRIx64 " leave the block", guest->row, size,
		      at);
	memset(guest->used + at, 1, size);
	return guest->block + at;
}

static uint64_t number(struct guest *guest, uint64_t at, unsigned int width)
{
	return load_le(see(guest, at, width), width);
}

/* The header is the file's, but for what tells of segments and sections. */
static void expect_header(struct guest *guest, const struct elf *elf)
{
	const struct layout *l = guest->layout;
	const uint8_t *file = elf->image.data;

	expect_true(guest->row, memcmp(see(guest, 4, 20), file, 20) == 0);
	expect_eq(guest->row, number(guest, 4 + 20, 4), 1); /* e_version */
	expect_true(guest->row,
		    memcmp(see(guest, 4 + l->e_entry, l->word), file + l->e_entry, l->word) == 0);
	expect_true(guest->row, memcmp(see(guest, 4 + l->e_flags, 4), file + l->e_flags, 4) == 0);
	expect_eq(guest->row, number(guest, 4 + l->e_phoff, l->word), 0);
	expect_eq(guest->row, number(guest, 4 + l->e_phentsize, 2), 0);
	expect_eq(guest->row, number(guest, 4 + l->e_phnum, 2), 0);
	expect_eq(guest->row, number(guest, 4 + l->e_ehsize, 2), l->ehdr_size);
	expect_eq(guest->row, number(guest, 4 + l->e_shentsize, 2), l->shdr_size);
	expect_eq(guest->row, number(guest, 4 + l->e_shnum, 2), 3);
	expect_eq(guest->row, number(guest, 4 + l->e_shstrndx, 2), 0);
}

/* Section header number index: that of the file, but for where its bytes are.
 * Returns where they are in the block. */
static uint64_t expect_section(struct guest *guest, uint32_t index, const struct elf *elf,
			       uint32_t file_index, const struct blob *bytes)
{
	const struct layout *l = guest->layout;
	uint64_t shoff = number(guest, 4 + l->e_shoff, l->word);
	uint64_t shdr = 4 + shoff + index * l->shdr_size;
	uint8_t want[64];
	unsigned int width;
	uint64_t at;

	memcpy(want, elf->image.data + elf_where(elf, "sh_name", file_index, &width), l->shdr_size);
	at = number(guest, shdr + l->sh_offset, l->word);
	store_le(want + l->sh_offset, l->word, at);
	if (index == 1)
		store_le(want + l->sh_link, 4, 2);
	expect_true(guest->row, memcmp(see(guest, shdr, l->shdr_size), want, l->shdr_size) == 0);
	expect_eq(guest->row, number(guest, shdr + l->sh_size, l->word), bytes->size);
	/* offsets of a file count from its header, alignment from the block */
	at += 4;
	expect_eq(guest->row, at % (l->word == 8 ? 8 : 4), 0);
	if (bytes->size)
		expect_true(guest->row,
			    memcmp(see(guest, at, bytes->size), bytes->data, bytes->size) == 0);
	return at;
}

static void expect_symbols(struct guest *guest, uint32_t n, uint64_t symtab, uint64_t strtab)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t at = symtab + i * guest->layout->sym_size;
		uint64_t text = strtab + number(guest, at, 4);
		char name[32];

		name_of(i, name, sizeof(name));
		expect_true(guest->row, memcmp(see(guest, text, strlen(name) + 1), name,
					       strlen(name) + 1) == 0);
		expect_eq(guest->row,
			  number(guest, at + guest->layout->st_value, guest->layout->word),
			  value_of(i));
	}
}

static void read_block(const struct table_spec *spec, const uint8_t *block, uint64_t size,
		       const struct elf *elf, const struct tables *tables)
{
	struct guest guest = { spec->name, &layouts[spec->bits == 64], block, size,
			       must_alloc(size) };
	uint64_t total = number(&guest, 0, 4);
	uint64_t symtab, strtab;

	expect_header(&guest, elf);
	symtab = expect_section(&guest, 1, elf, tables->symtab_index, &tables->symtab);
	strtab = expect_section(&guest, 2, elf, tables->strtab_index, &tables->strtab);
	expect_true(spec->name, strtab >= symtab + tables->symtab.size);
	expect_symbols(&guest, spec->n_symbols, symtab, strtab);
	expect_eq(spec->name, total + 4, strtab + tables->strtab.size);
	/* no room but for the alignment of what follows */
	expect_true(spec->name, size - (strtab + tables->strtab.size) < 8);
	/* section 0, and what is in no part */
	for (uint64_t i = 0; i < size; i++)
		ck_assert_msg(guest.used[i] || block[i] == 0,
			      "%s: byte 0x%" PRIx64 " of a gap is not 0", spec->name, i);
	free(guest.used);
}

START_TEST(reads)
{
	const struct table_spec *spec = &rows[_i];
	const uint64_t align = spec->bits == 64 ? 8 : 4;
	struct fakemem mem = { .fill = POISON };
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_memory memory;
	struct tables tables;
	struct scene scene;
	uint64_t gpa;

	open_scene(spec, &scene, &tables);
	scene_expect_plan(spec->name, &scene, 0);
	fakemem_add(&mem, PADDR + spec->slide - 0x1000, 0x40000);
	memory = fakemem_open(&mem, FAKEMEM_ALL, 0);
	expect_status(spec->name, pvhboot_plan_commit(&scene.plan, &memory, &diag), PVHBOOT_OK);
	expect_eq(spec->name, fakemem_first_wrong_place(&mem, &scene.plan), scene.plan.n_places);
	expect_true(spec->name, fakemem_untouched_outside(&mem, &scene.plan));

	/* where the guest looks: the next multiple behind its end */
	gpa = (scene.kernel.end + align - 1) / align * align;
	expect_eq(spec->name, scene.kernel.symbols.gpa, gpa);
	gpa += spec->slide;
	expect_eq(spec->name, scene_place(&scene, PVHBOOT_PLACE_SYMBOLS, 0)->gpa, gpa);
	read_block(spec, fakemem_at(&mem, gpa, scene.kernel.symbols.size),
		   scene.kernel.symbols.size, &scene.elf, &tables);
	fakemem_close(&mem);
	free_tables(&tables);
	scene_close(&scene);
}
END_TEST

/* Parts without bytes have no place, and no room but for an alignment. */
START_TEST(places)
{
	static const struct {
		const char *name;
		uint32_t symtab_size;
		uint32_t strtab_size;
		size_t n_places;
		uint64_t size;
	} cases[] = {
		{ "both", 24, 3, 3, 264 + 24 + 8 },        { "strings alone", 0, 3, 2, 264 + 8 },
		{ "symbols alone", 24, 0, 2, 264 + 24 },   { "neither", 0, 0, 1, 264 },
		{ "odd symbols", 23, 8, 3, 264 + 24 + 8 },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct kernel_spec spec = { .has_symbols = 1,
						  .symtab_size = cases[i].symtab_size,
						  .strtab_size = cases[i].strtab_size };
		struct scene scene;

		scene_open_pc(&scene, &spec);
		scene_expect_plan(cases[i].name, &scene, 0);
		expect_eq(cases[i].name, scene.kernel.symbols.size, cases[i].size);
		expect_eq(cases[i].name, scene.plan.n_places, 2 + cases[i].n_places + 1);
		for (size_t k = 0; k < cases[i].n_places; k++)
			expect_eq(cases[i].name, scene.plan.places[2 + k].kind,
				  PVHBOOT_PLACE_SYMBOLS);
		scene_close(&scene);
	}
}
END_TEST

/* Symbols that are as they should be do not make up for an entry that is not. */
START_TEST(of_a_bad_kernel)
{
	const struct kernel_spec spec = {
		.has_symbols = 1, .symtab_size = 24, .strtab_size = 8, .entry = PADDR - 1
	};
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_kernel kernel;
	struct elf elf;

	kernel_build(&elf, &spec);
	expect_status("entry", pvhboot_kernel_open(blob_view(&elf.image), 0, &kernel, &diag),
		      PVHBOOT_RANGE);
	expect_rule("entry", &diag.failure, "an entry in a segment");
	elf_free(&elf);
}
END_TEST

/* The block is the kernel's: it takes no RAM that is not free, and the ceiling
 * counts. */
START_TEST(where_it_may_not_be)
{
	const struct kernel_spec spec = { .has_symbols = 1,
					  .symtab_size = 0x2000,
					  .strtab_size = 0x1000 };
	const uint64_t head = PADDR + 0x1800;
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_SYMBOLS,
		.index = 2,
		.offset = head + 264 + 0x2000,
		.found = head + 264 + 0x3000,
		.bound = head + 264 + 0x2fff,
	};
	struct scene scene;

	scene_open_pc(&scene, &spec);
	scene.request.ceiling = want.bound;
	scene_expect_no_plan("ceiling", &scene, PVHBOOT_RANGE, "ends at the ceiling", &want);
	scene.request.ceiling = 0;
	scene_avoid(&scene, want.bound, want.found);
	scene_expect_no_plan("avoid", &scene, PVHBOOT_OVERLAP, "free RAM for the segment", &want);
	scene.avoid[0] = (struct pvhboot_range){ want.found, want.found + 1 };
	scene_expect_plan("beside", &scene, 0);
	scene.avoid[0] = (struct pvhboot_range){ head, head + 1 };
	want.index = 0;
	want.offset = head;
	want.found = head + 264;
	want.bound = head;
	scene_expect_no_plan("head", &scene, PVHBOOT_OVERLAP, "free RAM for the segment", &want);
	scene_close(&scene);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symbols");
	TCase *symbols = suite_case(suite, "symbols");

	tcase_add_loop_test(symbols, reads, 0, N_OF(rows));
	tcase_add_test(symbols, places);
	tcase_add_test(symbols, where_it_may_not_be);
	tcase_add_test(symbols, of_a_bad_kernel);
	return suite_run(suite);
}
