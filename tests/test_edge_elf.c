/* SPDX-License-Identifier: MIT */
/* Rows 1 to 32 of edge-cases.md: the ELF header and segments; and kernels from the field. */

#include <pvhboot/boot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/edge.h"
#include "support/fakealloc.h"
#include "support/fakemem.h"
#include "support/scene.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* The standard kernel: program headers 0 and 1 are PT_LOADs of [PADDR, + 0x300)
 * and [PADDR + 0x1000, + 0x800), the latter with 0x300 bytes in the file. */
#define PADDR ((uint64_t)KERNEL_PADDR)
#define ENTRY (PADDR + 0x40)
#define LOAD0 0
#define LOAD1 1
#define FILESZ 0x300

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static void build(struct edge *edge, unsigned int bits)
{
	edge_build(edge, &(struct kernel_spec){ .bits = bits });
}

/* The standard kernel, to be changed before it is finished. */
static void begin(struct edge *edge, unsigned int bits)
{
	memset(edge, 0, sizeof(*edge));
	kernel_begin(&edge->elf, &(struct kernel_spec){ .bits = bits });
}

static void expect_standard(const char *row, const struct edge *edge)
{
	expect_eq(row, edge->kernel.n_segments, 2);
	expect_eq(row, edge->kernel.start, PADDR);
	expect_eq(row, edge->kernel.end, PADDR + 0x1800);
	expect_eq(row, edge->kernel.entry, ENTRY);
}

/* One field of the standard kernel changed. */
struct patch {
	unsigned int bits; /* 0: both */
	const char *field;
	uint32_t index;
	uint64_t value;
	enum pvhboot_status status;
	const char *rule;
	uint64_t found;
	uint64_t bound;
};

static void expect_patch(const struct patch *patch, unsigned int bits)
{
	struct finding want;
	struct edge edge;
	char row[96];

	snprintf(row, sizeof(row), "%u bit, %s = 0x%" PRIx64, bits, patch->field, patch->value);
	build(&edge, bits);
	elf_patch(&edge.elf, patch->field, patch->index, patch->value);
	if (patch->status) {
		if (patch->field[0] == 'p')
			want = edge_at_segment(&edge, patch->index, patch->found, patch->bound);
		else
			want = edge_at_header(&edge, patch->field, patch->found, patch->bound);
		edge_expect_failure(row, &edge, patch->status, patch->rule, &want);
	} else {
		edge_expect_ok(row, &edge, 0);
		expect_eq(row, edge.kernel.n_segments, 2);
		expect_eq(row, edge.kernel.entry, ENTRY);
	}
	edge_close(&edge);
}

static void expect_patches(const struct patch *patches, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (patches[i].bits != 64)
			expect_patch(&patches[i], 32);
		if (patches[i].bits != 32)
			expect_patch(&patches[i], 64);
	}
}

START_TEST(edge_001_header_truncated)
{
	static const struct {
		unsigned int bits;
		size_t size;
		uint64_t least;
	} rows[] = {
		{ 64, 0, 16 },  { 64, 1, 16 },  { 64, 4, 16 },  { 64, 15, 16 }, { 64, 16, 64 },
		{ 64, 51, 64 }, { 64, 63, 64 }, { 32, 15, 16 }, { 32, 16, 52 }, { 32, 51, 52 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct finding want;
		struct edge edge;
		char row[32];

		snprintf(row, sizeof(row), "%zu bytes of ELF%u", rows[i].size, rows[i].bits);
		build(&edge, rows[i].bits);
		edge.elf.image.size = rows[i].size;
		want = edge_at_header(&edge, "ei_mag0", rows[i].size, rows[i].least);
		edge_expect_failure(row, &edge, PVHBOOT_TRUNCATED, "in the file", &want);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_002_phoff_wraps)
{
	static const struct {
		unsigned int bits;
		uint64_t phoff;
	} rows[] = {
		{ 64, UINT64_MAX - 7 },    { 64, UINT64_MAX - 55 }, /* the sum is 2^64 */
		{ 64, UINT64_C(1) << 63 }, { 32, 0xfffffff8 },      { 32, 0xffffffe0 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct finding want;
		struct edge edge;
		char row[48];

		snprintf(row, sizeof(row), "e_phoff 0x%" PRIx64, rows[i].phoff);
		build(&edge, rows[i].bits);
		elf_patch(&edge.elf, "e_phoff", 0, rows[i].phoff);
		elf_patch(&edge.elf, "e_phnum", 0, 1);
		want = edge_at_header(&edge, "e_phoff", rows[i].phoff, edge.elf.image.size);
		edge_expect_failure(row, &edge, PVHBOOT_TRUNCATED, "program header table", &want);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_003_phentsize)
{
	static const char size[] = "e_phentsize >= size of a program header";
	static const char multiple[] = "e_phentsize to be a multiple";
	static const struct patch patches[] = {
		{ 64, "e_phentsize", 0, 0, PVHBOOT_MALFORMED, size, 0, 56 },
		{ 64, "e_phentsize", 0, 8, PVHBOOT_MALFORMED, size, 8, 56 },
		{ 64, "e_phentsize", 0, 55, PVHBOOT_MALFORMED, size, 55, 56 },
		{ 64, "e_phentsize", 0, 57, PVHBOOT_MALFORMED, multiple, 57, 8 },
		{ 32, "e_phentsize", 0, 0, PVHBOOT_MALFORMED, size, 0, 32 },
		{ 32, "e_phentsize", 0, 8, PVHBOOT_MALFORMED, size, 8, 32 },
		{ 32, "e_phentsize", 0, 31, PVHBOOT_MALFORMED, size, 31, 32 },
		{ 32, "e_phentsize", 0, 33, PVHBOOT_MALFORMED, multiple, 33, 4 },
	};

	expect_patches(patches, N_OF(patches));
}
END_TEST

START_TEST(edge_004_phentsize_larger)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		struct edge edge;

		begin(&edge, bits);
		edge.elf.phentsize = 64;
		elf_finish(&edge.elf);
		edge_expect_ok("stride", &edge, 0);
		expect_standard("stride", &edge);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_005_phnum_in_section_0)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		static const char rule[] = "section 0 in the file";
		struct finding want;
		struct edge edge;
		uint64_t size;

		begin(&edge, bits);
		edge.elf.xnum = 1;
		elf_finish(&edge.elf);
		edge_expect_ok("PN_XNUM", &edge, 0);
		expect_standard("PN_XNUM", &edge);

		elf_patch(&edge.elf, "sh_info", 0, 0);
		want = edge_at_header(&edge, "e_phnum", 0, 1);
		edge_expect_failure("sh_info 0", &edge, PVHBOOT_MALFORMED, "e_phnum >= 1", &want);

		/* A byte of section 0 behind the end, then no section 0. */
		size = edge.elf.image.size;
		elf_patch(&edge.elf, "e_shoff", 0, edge.elf.shoff + 1);
		want = edge_at_header(&edge, "e_phnum", edge.elf.shoff + 1, size);
		edge_expect_failure("no room", &edge, PVHBOOT_MALFORMED, rule, &want);
		elf_patch(&edge.elf, "e_shoff", 0, 0);
		want = edge_at_header(&edge, "e_phnum", 0, size);
		edge_expect_failure("e_shoff 0", &edge, PVHBOOT_MALFORMED, rule, &want);
		edge_close(&edge);
	}
}
END_TEST

/* A count that does not fit into e_phnum. */
START_TEST(edge_005_phnum_above_65534)
{
	struct edge edge;

	begin(&edge, 64);
	edge.elf.xnum = 1;
	for (int i = 0; i < 70000; i++)
		elf_add(&edge.elf, &(struct elf_phdr){ .type = 0 }, NULL, 0);
	elf_add_load(&edge.elf, PADDR + 0x2000, "x", 1, 0);
	elf_finish(&edge.elf);
	edge_expect_ok("70004", &edge, 0);
	ck_assert_uint_eq(edge.kernel.tables.phnum, 70004);
	ck_assert_uint_eq(edge.kernel.n_segments, 3);
	edge_close(&edge);
}
END_TEST

static void expect_no_sections(const char *row, struct edge *edge)
{
	const struct finding want = edge_at_header(
		edge, "e_shoff", elf_read(&edge->elf, "e_shoff", 0), edge->elf.image.size);

	edge_expect_warning(row, edge, "section header table in the file", &want);
	expect_standard(row, edge);
	expect_eq(row, edge->kernel.note_source, PVHBOOT_NOTES_SEGMENTS);
}

START_TEST(edge_006_shoff_behind_the_file)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		uint64_t top = bits == 32 ? UINT32_MAX : UINT64_MAX;
		uint64_t far[] = { 0, top, top - 39, top - 63, top / 2 + 1 };
		struct edge edge;

		begin(&edge, bits);
		elf_add_section(&edge.elf, &(struct elf_shdr){ .type = 1 }, "text", 4);
		elf_finish(&edge.elf);
		far[0] = edge.elf.shoff + 1;
		for (size_t i = 0; i < N_OF(far); i++) {
			elf_patch(&edge.elf, "e_shoff", 0, far[i]);
			expect_no_sections("e_shoff", &edge);
		}
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_007_too_many_sections)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		struct edge edge;

		begin(&edge, bits);
		elf_add_section(&edge.elf, &(struct elf_shdr){ .type = 1 }, "text", 4);
		elf_finish(&edge.elf);
		elf_patch(&edge.elf, "e_shnum", 0, 65535);
		expect_no_sections("65535", &edge);
		elf_patch(&edge.elf, "e_shnum", 0, 3);
		expect_no_sections("one too many", &edge);
		/* The count of section 0, where it has 64 bits. */
		elf_patch(&edge.elf, "e_shnum", 0, 0);
		elf_patch(&edge.elf, "sh_size", 0, bits == 32 ? UINT32_MAX : UINT64_MAX);
		expect_no_sections("sh_size", &edge);
		if (bits == 64) {
			elf_patch(&edge.elf, "sh_size", 0, UINT64_C(1) << 32 | 2);
			expect_no_sections("the lower half of sh_size alone", &edge);
		}
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_008_identification)
{
	static const struct patch patches[] = {
		{ 0, "ei_class", 0, 3, PVHBOOT_MALFORMED, "EI_CLASS", 3, 2 },
		{ 0, "ei_class", 0, 0, PVHBOOT_MALFORMED, "EI_CLASS", 0, 2 },
		{ 0, "ei_data", 0, 3, PVHBOOT_MALFORMED, "EI_DATA", 3, 1 },
		{ 0, "ei_data", 0, 0, PVHBOOT_MALFORMED, "EI_DATA", 0, 1 },
		{ 0, "ei_version", 0, 0, PVHBOOT_MALFORMED, "EI_VERSION", 0, 1 },
	};

	expect_patches(patches, N_OF(patches));
}
END_TEST

START_TEST(edge_009_big_endian)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		const struct kernel_spec spec = { .bits = bits, .machine = 3 };
		struct finding want;
		struct edge edge;

		memset(&edge, 0, sizeof(edge));
		kernel_begin(&edge.elf, &spec);
		edge.elf.big_endian = 1;
		elf_finish(&edge.elf);
		want = edge_at_header(&edge, "ei_data", 2, 1);
		edge_expect_failure("all of it", &edge, PVHBOOT_UNSUPPORTED, "little-endian",
				    &want);
		edge_close(&edge);

		edge_build(&edge, &spec);
		elf_patch(&edge.elf, "ei_data", 0, 2);
		edge_expect_failure("says so", &edge, PVHBOOT_UNSUPPORTED, "little-endian", &want);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_010_other_machines)
{
	static const char rule[] = "e_machine EM_386 or EM_X86_64";
	static const struct patch patches[] = {
		{ 0, "e_machine", 0, 40, PVHBOOT_UNSUPPORTED, rule, 40, 62 },   /* ARM */
		{ 0, "e_machine", 0, 183, PVHBOOT_UNSUPPORTED, rule, 183, 62 }, /* AArch64 */
		{ 0, "e_machine", 0, 0, PVHBOOT_UNSUPPORTED, rule, 0, 62 },
	};

	expect_patches(patches, N_OF(patches));
}
END_TEST

static void expect_class(unsigned int bits, uint16_t machine)
{
	struct edge edge;

	edge_build(&edge, &(struct kernel_spec){ .bits = bits, .machine = machine });
	edge_expect_ok("class", &edge, 0);
	expect_standard("class", &edge);
	ck_assert_uint_eq(edge.kernel.elf_class, bits);
	ck_assert_uint_eq(edge.kernel.machine, machine);
	edge_close(&edge);
}

START_TEST(edge_011_class_64_of_i386)
{
	expect_class(64, 3);
}
END_TEST

/* kernel.h: "in any combination", so there is no warning. */
START_TEST(edge_012_class_32_of_x86_64)
{
	expect_class(32, 62);
}
END_TEST

START_TEST(edge_013_file_types)
{
	static const char rule[] = "e_type ET_EXEC or ET_DYN";
	static const struct patch patches[] = {
		{ 0, "e_type", 0, 1, PVHBOOT_UNSUPPORTED, rule, 1, 3 },
		{ 0, "e_type", 0, 4, PVHBOOT_UNSUPPORTED, rule, 4, 3 },
		{ 0, "e_type", 0, 3, PVHBOOT_OK, NULL, 0, 0 },
	};

	expect_patches(patches, N_OF(patches));
}
END_TEST

START_TEST(edge_014_osabi)
{
	static const struct patch patches[] = {
		{ 0, "ei_osabi", 0, 3, PVHBOOT_OK, NULL, 0, 0 }, /* Linux */
		{ 0, "ei_osabi", 0, 9, PVHBOOT_OK, NULL, 0, 0 }, /* FreeBSD */
		{ 0, "ei_abiversion", 0, 1, PVHBOOT_OK, NULL, 0, 0 },
	};

	expect_patches(patches, N_OF(patches));
}
END_TEST

START_TEST(edge_015_e_entry_is_not_used)
{
	static const struct patch patches[] = {
		{ 0, "e_entry", 0, 0, PVHBOOT_OK, NULL, 0, 0 },
		{ 0, "e_entry", 0, 0xdeadbeef, PVHBOOT_OK, NULL, 0, 0 },
		{ 32, "e_entry", 0, 0xc1000000, PVHBOOT_OK, NULL, 0, 0 },
		{ 64, "e_entry", 0, 0xffffffff81000000, PVHBOOT_OK, NULL, 0, 0 },
		{ 64, "e_entry", 0, UINT64_MAX, PVHBOOT_OK, NULL, 0, 0 },
	};

	expect_patches(patches, N_OF(patches));
}
END_TEST

START_TEST(edge_016_filesz_above_memsz)
{
	static const char rule[] = "p_filesz <= p_memsz";
	static const struct patch patches[] = {
		{ 0, "p_memsz", LOAD0, FILESZ - 1, PVHBOOT_MALFORMED, rule, FILESZ, FILESZ - 1 },
		{ 0, "p_memsz", LOAD1, 1, PVHBOOT_MALFORMED, rule, FILESZ, 1 },
		{ 0, "p_memsz", LOAD0, 0, PVHBOOT_MALFORMED, rule, FILESZ, 0 },
		{ 0, "p_memsz", LOAD0, FILESZ, PVHBOOT_OK, NULL, 0, 0 },
	};

	expect_patches(patches, N_OF(patches));
}
END_TEST

START_TEST(edge_017_bytes_behind_the_file)
{
	static const char left[] = "the bytes of a segment in the file";
	static const char start[] = "the bytes of a segment in the file";

	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		uint64_t top = bits == 32 ? UINT32_MAX : UINT64_MAX;
		struct finding want;
		struct edge edge;
		uint64_t size;

		build(&edge, bits);
		size = edge.elf.image.size;
		elf_patch(&edge.elf, "p_offset", LOAD0, size - FILESZ);
		edge_expect_ok("up to the end", &edge, 0);

		elf_patch(&edge.elf, "p_offset", LOAD0, size - FILESZ + 1);
		want = edge_at_segment(&edge, LOAD0, FILESZ, FILESZ - 1);
		edge_expect_failure("by 1", &edge, PVHBOOT_TRUNCATED, left, &want);

		elf_patch(&edge.elf, "p_offset", LOAD0, size + 1);
		want = edge_at_segment(&edge, LOAD0, size + 1, size);
		edge_expect_failure("all", &edge, PVHBOOT_TRUNCATED, start, &want);

		/* The end of the file is an offset in it, with no bytes behind. */
		elf_patch(&edge.elf, "p_offset", LOAD0, size);
		want = edge_at_segment(&edge, LOAD0, FILESZ, 0);
		edge_expect_failure("at the end", &edge, PVHBOOT_TRUNCATED, left, &want);

		elf_patch(&edge.elf, "p_offset", LOAD0, top - FILESZ + 1);
		want = edge_at_segment(&edge, LOAD0, top - FILESZ + 1, size);
		edge_expect_failure("sum of 0", &edge, PVHBOOT_TRUNCATED, start, &want);

		/* The size wraps instead. */
		elf_patch(&edge.elf, "p_offset", LOAD0, 64);
		elf_patch(&edge.elf, "p_filesz", LOAD0, top - 63);
		elf_patch(&edge.elf, "p_memsz", LOAD0, top);
		want = edge_at_segment(&edge, LOAD0, top - 63, size - 64);
		edge_expect_failure("size", &edge, PVHBOOT_TRUNCATED, left, &want);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_018_memory_above_4_gib)
{
	static const char wraps[] = "p_memsz <= 2^64 - 1 - p_paddr";
	static const char above[] = "p_paddr + p_memsz <= 4 GiB";
	static const struct patch patches[] = {
		{ 64, "p_paddr", LOAD1, UINT64_MAX - 0x7ff, PVHBOOT_MALFORMED, wraps, 0x800,
		  0x7ff },
		{ 64, "p_memsz", LOAD1, UINT64_MAX, PVHBOOT_MALFORMED, wraps, UINT64_MAX,
		  UINT64_MAX - (PADDR + 0x1000) },
		{ 64, "p_paddr", LOAD1, UINT64_MAX - 0x800, PVHBOOT_RANGE, above, UINT64_MAX,
		  4 * GIB },
		{ 64, "p_paddr", LOAD1, 4 * GIB, PVHBOOT_RANGE, above, 4 * GIB + 0x800, 4 * GIB },
		{ 0, "p_paddr", LOAD1, 0xfffff801, PVHBOOT_RANGE, above, 4 * GIB + 1, 4 * GIB },
		{ 0, "p_memsz", LOAD1, 0xffffffff, PVHBOOT_RANGE, above,
		  PADDR + 0x1000 + 0xffffffff, 4 * GIB },
	};

	expect_patches(patches, N_OF(patches));
}
END_TEST

START_TEST(edge_019_nothing_to_load)
{
	static const char rule[] = "a segment to load";
	const struct finding want = edge_at(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_KERNEL, 0, 1);

	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		struct edge edge;

		build(&edge, bits);
		for (uint32_t i = 0; i < 2; i++) {
			elf_patch(&edge.elf, "p_filesz", i, 0);
			elf_patch(&edge.elf, "p_memsz", i, 0);
		}
		edge_expect_failure("no memory", &edge, PVHBOOT_MALFORMED, rule, &want);
		elf_patch(&edge.elf, "p_type", LOAD0, 0);
		elf_patch(&edge.elf, "p_type", LOAD1, 6);
		edge_expect_failure("no PT_LOAD", &edge, PVHBOOT_MALFORMED, rule, &want);
		edge_close(&edge);
	}
}
END_TEST

/* Plans a scene, puts it into memory of 0xcc, and looks at each place. */
static void expect_commit(const char *row, struct scene *scene, uint64_t gpa, size_t size)
{
	struct fakemem mem = { .fill = 0xcc };
	struct pvhboot_memory memory;

	scene_expect_plan(row, scene, 0);
	fakemem_add(&mem, gpa, size);
	memory = fakemem_open(&mem, FAKEMEM_WRITE | FAKEMEM_ZERO, 0);
	expect_status(row, pvhboot_plan_commit(&scene->plan, &memory, NULL), PVHBOOT_OK);
	expect_eq(row, fakemem_first_wrong_place(&mem, &scene->plan), scene->plan.n_places);
	expect_true(row, fakemem_untouched_outside(&mem, &scene->plan));
	fakemem_close(&mem);
}

START_TEST(edge_020_bss_alone)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		const struct pvhboot_place *place;
		struct scene scene;
		struct edge edge;

		begin(&edge, bits);
		/* Where its bytes would be does not matter: there are none. */
		elf_add(&edge.elf,
			&(struct elf_phdr){ .type = 1,
					    .flags = 6,
					    .offset = 0xfffffff0,
					    .paddr = PADDR + 0x1800,
					    .memsz = 0x1000 },
			NULL, 0);
		elf_finish(&edge.elf);
		edge_expect_ok("bss", &edge, 0);
		ck_assert_uint_eq(edge.kernel.n_segments, 3);
		ck_assert_uint_eq(edge.kernel.end, PADDR + 0x2800);

		scene_open_elf(&scene, &edge.elf);
		scene_map(&scene, PADDR, 0x10000, PVHBOOT_MAP_RAM);
		expect_commit("bss", &scene, PADDR, 0x10000);
		place = scene_place(&scene, PVHBOOT_PLACE_SEGMENT, 3);
		ck_assert_uint_eq(place->gpa, PADDR + 0x1800);
		ck_assert_uint_eq(place->size, 0x1000);
		ck_assert_uint_eq(place->source.size, 0);
		scene_close(&scene);
		edge_close(&edge);
	}
}
END_TEST

/* 1.5 GiB of bss, 256 MiB of RAM: nothing of that size is allocated or touched. */
START_TEST(edge_021_bss_larger_than_memory)
{
	for (unsigned int n_reloc = 0; n_reloc < 2; n_reloc++) {
		const struct kernel_spec spec = { .bss_size = 3u << 29,
						  .n_reloc = n_reloc,
						  .reloc = { 0x200000 } };
		const char *row = n_reloc ? "relocatable" : "fixed";
		enum pvhboot_status status = n_reloc ? PVHBOOT_NOROOM : PVHBOOT_RANGE;
		struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_PLAN,
			.subject = n_reloc ? PVHBOOT_SUBJECT_KERNEL : PVHBOOT_SUBJECT_SEGMENT,
			.offset = n_reloc ? PADDR : PADDR + 0x1000,
			.found = (n_reloc ? 0x1300 : PADDR + 0x1300) + (UINT64_C(3) << 29),
			.bound = n_reloc ? 254 * MIB : 256 * MIB,
		};
		struct fakemem mem = { .fill = 0xcc };
		struct fakealloc alloc = { 0 };
		const struct pvhboot_allocator allocator = fakealloc_open(&alloc);
		const struct pvhboot_options options = { .allocator = &allocator };
		struct pvhboot_memory memory;
		struct pvhboot_diag diag = { 0 };
		struct pvhboot_cpu cpu;
		struct scene scene;
		struct edge edge;

		edge_build(&edge, &spec);
		edge_expect_ok(row, &edge, 0);
		scene_open_elf(&scene, &edge.elf);
		scene_map(&scene, MIB, 255 * MIB, PVHBOOT_MAP_RAM);
		expect_status(row, scene_plan(&scene), status);
		expect_failure(row, &scene.diag, status, &want);
		expect_rule(row, &scene.diag.failure,
			    n_reloc ? "free RAM for the kernel" : "RAM for the segment");
		expect_true(row, scene.need < 65536);

		fakemem_add(&mem, PADDR, 0x10000);
		memory = fakemem_open(&mem, FAKEMEM_ALL, 0);
		expect_status(row,
			      pvhboot_boot(blob_view(&scene.elf.image), &scene.request, &options,
					   &memory, &cpu, &diag),
			      status);
		expect_eq(row, mem.n_calls, 0);
		expect_true(row, fakemem_untouched(&mem));
		expect_true(row, alloc.peak_size < 65536);
		expect_eq(row, alloc.n_live, 0);
		fakemem_close(&mem);
		scene_close(&scene);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_022_segments_overlap)
{
	static const char rule[] = "segments that share no memory";
	const struct patch patches[] = {
		{ 0, "p_paddr", LOAD1, PADDR + 0x100, PVHBOOT_OVERLAP, rule, PADDR + 0x100,
		  PADDR + FILESZ },
		{ 0, "p_paddr", LOAD1, PADDR + FILESZ - 1, PVHBOOT_OVERLAP, rule,
		  PADDR + FILESZ - 1, PADDR + FILESZ },
		{ 0, "p_paddr", LOAD1, PADDR, PVHBOOT_OVERLAP, rule, PADDR, PADDR + FILESZ },
		{ 0, "p_paddr", LOAD1, PADDR - 0x7ff, PVHBOOT_OVERLAP, rule, PADDR - 0x7ff,
		  PADDR + FILESZ },
		{ 0, "p_paddr", LOAD1, PADDR + FILESZ, PVHBOOT_OK, NULL, 0, 0 },
		{ 0, "p_paddr", LOAD1, PADDR - 0x800, PVHBOOT_OK, NULL, 0, 0 },
	};
	struct finding want;
	struct edge edge;

	expect_patches(patches, N_OF(patches));

	/* Equal bytes do not excuse it. */
	build(&edge, 64);
	elf_patch(&edge.elf, "p_offset", LOAD1, elf_read(&edge.elf, "p_offset", LOAD0));
	elf_patch(&edge.elf, "p_paddr", LOAD1, PADDR);
	want = edge_at_segment(&edge, LOAD1, PADDR, PADDR + FILESZ);
	edge_expect_failure("equal", &edge, PVHBOOT_OVERLAP, rule, &want);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_023_bss_overlaps_data)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		struct finding want;
		struct edge edge;

		build(&edge, bits);
		elf_patch(&edge.elf, "p_memsz", LOAD0, 0x1001);
		/* The later one is named, which starts before the other ends. */
		want = edge_at_segment(&edge, LOAD1, PADDR + 0x1000, PADDR + 0x1001);
		edge_expect_failure("1 byte", &edge, PVHBOOT_OVERLAP,
				    "segments that share no memory", &want);
		elf_patch(&edge.elf, "p_memsz", LOAD0, 0x1000);
		edge_expect_ok("touches", &edge, 0);
		edge_close(&edge);
	}
}
END_TEST

/* Under PVHBOOT_COMPAT_XEN: what is left of the first segment, of [PADDR, + 0x300),
 * by the second, of 0x300 bytes and 0x500 of bss. */
START_TEST(edge_022_compat)
{
	static const struct {
		const char *name;
		uint64_t paddr; /* of the second */
		uint64_t gpa;   /* of what is left */
		uint64_t size;
		uint64_t from; /* in its bytes */
		size_t n_warnings;
	} rows[] = {
		{ "its end", PADDR + 0x100, PADDR, 0x100, 0, 1 },
		{ "its last byte", PADDR + FILESZ - 1, PADDR, FILESZ - 1, 0, 1 },
		{ "its first byte", PADDR - 0x7ff, PADDR + 1, FILESZ - 1, 1, 1 },
		/* The entry lies in the second's bss. */
		{ "all but its last", PADDR - 0x501, PADDR + FILESZ - 1, 1, FILESZ - 1, 2 },
		{ "all", PADDR, 0, 0, 0, 1 },
		{ "all and more", PADDR - 0x100, 0, 0, 0, 1 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct pvhboot_segment_iter iter = { 0 };
		struct pvhboot_segment segment;
		struct finding want;
		struct edge edge;

		build(&edge, 64);
		elf_patch(&edge.elf, "p_paddr", LOAD1, rows[i].paddr);
		edge.flags = PVHBOOT_COMPAT_XEN;
		want = edge_at_segment(&edge, LOAD1, rows[i].paddr, PADDR + FILESZ);
		edge_expect_ok(rows[i].name, &edge, rows[i].n_warnings);
		expect_finding(rows[i].name, &edge.diag.warnings[0], &want);
		expect_rule(rows[i].name, &edge.diag.warnings[0], "lets the later one win");
		expect_eq(rows[i].name, edge.kernel.overlapping, 1);
		expect_eq(rows[i].name, edge.kernel.n_segments, rows[i].size ? 2 : 1);
		expect_true(rows[i].name, pvhboot_segment_next(&edge.kernel, &iter, &segment));
		if (rows[i].size) {
			expect_eq(rows[i].name, segment.index, LOAD0);
			expect_eq(rows[i].name, segment.gpa, rows[i].gpa);
			expect_eq(rows[i].name, segment.size, rows[i].size);
			expect_eq(rows[i].name, segment.bytes.size, rows[i].size);
			expect_eq(rows[i].name, segment.offset,
				  elf_read(&edge.elf, "p_offset", LOAD0) + rows[i].from);
			expect_true(rows[i].name,
				    segment.bytes.data == edge.kernel.elf.data + segment.offset);
			expect_true(rows[i].name,
				    pvhboot_segment_next(&edge.kernel, &iter, &segment));
		}
		expect_eq(rows[i].name, segment.index, LOAD1);
		expect_eq(rows[i].name, segment.gpa, rows[i].paddr);
		expect_eq(rows[i].name, segment.size, 0x800);
		edge_close(&edge);
	}
}
END_TEST

/* A segment that starts with it but is shorter leaves the end of it. */
START_TEST(edge_022_compat_same_start)
{
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	struct edge edge;

	build(&edge, 64);
	elf_patch(&edge.elf, "p_memsz", LOAD0, 0x1000);
	elf_patch(&edge.elf, "p_paddr", LOAD1, PADDR);
	edge.flags = PVHBOOT_COMPAT_XEN;
	edge_expect_ok("same start", &edge, 1);
	ck_assert_uint_eq(edge.kernel.n_segments, 2);
	ck_assert_int_eq(pvhboot_segment_next(&edge.kernel, &iter, &segment), 1);
	ck_assert_uint_eq(segment.index, LOAD0);
	ck_assert_uint_eq(segment.gpa, PADDR + 0x800);
	ck_assert_uint_eq(segment.size, 0x800);
	edge_close(&edge);
}
END_TEST

/* Headers that are not loaded cut nothing, wherever their addresses are, and there are none
 * behind the table. */
START_TEST(edge_022_compat_by_segments_alone)
{
	const struct elf_phdr dynamic = { .type = 2, .flags = 6, .paddr = PADDR, .memsz = 0x100 };
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	struct pvhboot_kernel kernel;
	struct guard guard;
	struct edge edge;

	begin(&edge, 64);
	elf_add(&edge.elf, &dynamic, NULL, 0);
	edge.elf.phdrs_behind = 1;
	elf_finish(&edge.elf);
	elf_patch(&edge.elf, "p_paddr", LOAD1, PADDR + 0x100);
	guard = guard_open(edge.elf.image.size);
	expect_status("open",
		      pvhboot_kernel_open(guard_at_end(&guard, blob_view(&edge.elf.image)),
					  PVHBOOT_COMPAT_XEN, &kernel, NULL),
		      PVHBOOT_OK);
	ck_assert_uint_eq(kernel.n_segments, 2);
	ck_assert_int_eq(pvhboot_segment_next(&kernel, &iter, &segment), 1);
	ck_assert_uint_eq(segment.index, LOAD0);
	ck_assert_uint_eq(segment.gpa, PADDR);
	ck_assert_uint_eq(segment.size, 0x100);
	guard_close(&guard);
	edge_close(&edge);
}
END_TEST

/* What Xen would load is two pieces of one segment, and stays refused. */
START_TEST(edge_022_compat_cut_in_two)
{
	static const struct {
		const char *name;
		uint64_t memsz; /* of the first */
		int is_cut;
	} rows[] = {
		{ "up to its end", 0x1800, 0 },
		{ "a byte less", 0x1801, 1 },
		{ "far less", 0x3000, 1 },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		const uint64_t end = PADDR + rows[i].memsz;
		struct finding want;
		struct edge edge;

		build(&edge, 64);
		elf_patch(&edge.elf, "p_memsz", LOAD0, rows[i].memsz);
		edge.flags = PVHBOOT_COMPAT_XEN;
		want = edge_at_segment(&edge, LOAD1, PADDR + 0x1000, end);
		if (!rows[i].is_cut) {
			edge_expect_warning(rows[i].name, &edge, "lets the later one win", &want);
			edge_close(&edge);
			continue;
		}
		want = edge_at_segment(&edge, LOAD0, PADDR, end);
		edge_expect_failure(rows[i].name, &edge, PVHBOOT_OVERLAP,
				    "no later segment in the middle of this one", &want);
		expect_eq(rows[i].name, edge.diag.n_warnings, 1);
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_023_compat)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		struct pvhboot_segment_iter iter = { 0 };
		struct pvhboot_segment segment;
		struct finding want;
		struct edge edge;

		build(&edge, bits);
		elf_patch(&edge.elf, "p_memsz", LOAD0, 0x1001);
		edge.flags = PVHBOOT_COMPAT_XEN;
		want = edge_at_segment(&edge, LOAD1, PADDR + 0x1000, PADDR + 0x1001);
		edge_expect_warning("1 byte", &edge, "lets the later one win", &want);
		ck_assert_int_eq(pvhboot_segment_next(&edge.kernel, &iter, &segment), 1);
		ck_assert_uint_eq(segment.size, 0x1000);
		ck_assert_uint_eq(segment.bytes.size, FILESZ);
		/* Where nothing overlaps the flag changes nothing. */
		elf_patch(&edge.elf, "p_memsz", LOAD0, 0x1000);
		edge_expect_ok("touches", &edge, 0);
		ck_assert_uint_eq(edge.kernel.overlapping, 0);
		edge_close(&edge);
	}
}
END_TEST

/* In ELF p_type decides what is loaded, whatever p_flags say. */
START_TEST(edge_024_load_without_flags)
{
	static const struct patch patches[] = {
		{ 0, "p_flags", LOAD0, 0, PVHBOOT_OK, NULL, 0, 0 },
		{ 0, "p_flags", LOAD1, 0, PVHBOOT_OK, NULL, 0, 0 },
		/* flags of the system and of the processor */
		{ 0, "p_flags", LOAD1, 0xfffffff8, PVHBOOT_OK, NULL, 0, 0 },
		{ 0, "p_flags", LOAD1, 0xffffffff, PVHBOOT_OK, NULL, 0, 0 },
	};

	expect_patches(patches, N_OF(patches));
}
END_TEST

/* Unikernels of Solo5 have their bss in a segment of its own, without flags. */
START_TEST(field_f01_bss_without_flags)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		for (uint32_t flags = 0; flags <= PVHBOOT_COMPAT_XEN; flags++) {
			struct pvhboot_segment_iter iter = { .next = 3 };
			struct pvhboot_segment segment;
			struct edge edge;

			begin(&edge, bits);
			elf_add(&edge.elf,
				&(struct elf_phdr){
					.type = 1, .paddr = PADDR + 0x2000, .memsz = 0x8000 },
				NULL, 0);
			elf_finish(&edge.elf);
			edge.flags = flags;
			edge_expect_ok("bss", &edge, 0);
			ck_assert_uint_eq(edge.kernel.n_segments, 3);
			ck_assert_uint_eq(edge.kernel.end, PADDR + 0xa000);
			ck_assert_int_eq(pvhboot_segment_next(&edge.kernel, &iter, &segment), 1);
			ck_assert_uint_eq(segment.gpa, PADDR + 0x2000);
			ck_assert_uint_eq(segment.size, 0x8000);
			ck_assert_uint_eq(segment.bytes.size, 0);
			ck_assert_uint_eq(segment.flags, 0);
			edge_close(&edge);
		}
	}
}
END_TEST

/* What holds for segments holds for these. */
START_TEST(field_f01_rules_without_flags)
{
	struct finding want;
	struct edge edge;

	build(&edge, 64);
	elf_patch(&edge.elf, "p_flags", LOAD1, 0);
	elf_patch(&edge.elf, "p_paddr", LOAD1, PADDR + FILESZ - 1);
	want = edge_at_segment(&edge, LOAD1, PADDR + FILESZ - 1, PADDR + FILESZ);
	edge_expect_failure("overlap", &edge, PVHBOOT_OVERLAP, "segments that share no memory",
			    &want);
	ck_assert_str_eq(edge.diag.detail, "the other is segment 0");
	elf_patch(&edge.elf, "p_paddr", LOAD1, 4 * GIB);
	want = edge_at_segment(&edge, LOAD1, 4 * GIB + 0x800, 4 * GIB);
	edge_expect_failure("4 GiB", &edge, PVHBOOT_RANGE, "p_paddr + p_memsz <= 4 GiB", &want);
	edge_close(&edge);
}
END_TEST

/* Three segments with their headers in any order, and so their bytes in the file. */
START_TEST(edge_025_order_of_segments)
{
	static const uint64_t orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};

	for (size_t i = 0; i < N_OF(orders); i++) {
		struct blob notes = { 0 };
		struct scene scene;
		struct edge edge;
		char row[32];

		snprintf(row, sizeof(row), "order %zu", i);
		memset(&edge, 0, sizeof(edge));
		elf_init(&edge.elf, 64);
		for (size_t k = 0; k < 3; k++) {
			struct blob bytes = { 0 };

			blob_pattern(&bytes, (uint32_t)orders[i][k], 0x123);
			elf_add_load(&edge.elf, PADDR + orders[i][k] * 0x1000, bytes.data,
				     bytes.size, 0x234);
			blob_free(&bytes);
		}
		note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, ENTRY);
		elf_add_notes(&edge.elf, &notes);
		blob_free(&notes);
		elf_finish(&edge.elf);
		edge_expect_ok(row, &edge, 0);
		expect_eq(row, edge.kernel.start, PADDR);
		expect_eq(row, edge.kernel.end, PADDR + 0x2234);

		scene_open_elf(&scene, &edge.elf);
		scene_map(&scene, PADDR, 0x10000, PVHBOOT_MAP_RAM);
		expect_commit(row, &scene, PADDR, 0x10000);
		for (uint32_t k = 0; k < 3; k++) {
			struct blob bytes = { 0 };

			blob_pattern(&bytes, k, 0x123);
			expect_eq(row, scene.plan.places[k].gpa, PADDR + k * 0x1000);
			expect_eq(row, scene.plan.places[k].source.size, bytes.size);
			expect_true(row, memcmp(scene.plan.places[k].source.data, bytes.data,
						bytes.size) == 0);
			blob_free(&bytes);
		}
		scene_close(&scene);
		edge_close(&edge);
	}
}
END_TEST

/* A segment at 0, as percpu data of old kernels. */
START_TEST(edge_026_segment_at_0)
{
	struct edge edge;

	build(&edge, 64);
	elf_patch(&edge.elf, "p_paddr", LOAD0, 0);
	elf_patch(&edge.elf, "p_paddr", LOAD1, PADDR);
	edge_expect_ok("opens", &edge, 0);
	ck_assert_uint_eq(edge.kernel.start, 0);
	ck_assert_uint_eq(edge.kernel.end, PADDR + 0x800);
	edge_close(&edge);
}
END_TEST

/* Mini-OS and others are linked in page 0, and enter there. */
static const struct {
	const char *name;
	uint64_t paddr;
	uint64_t entry;
	int is_relocatable;
	int has_symbols;
	uint32_t flags;
} at_0[] = {
	{ "entry 0", 0, 0, 0, 0, 0 },         { "entry 0, as Xen", 0, 0, 0, 0, PVHBOOT_COMPAT_XEN },
	{ "entry above", 0, 0x2ff, 0, 0, 0 }, { "within page 0", 0x10, 0x10, 0, 0, 0 },
	{ "relocatable", 0, 0, 1, 0, 0 },     { "symbols", 0, 0, 0, 1, 0 },
};

START_TEST(field_f02_linked_at_0)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		const char *row = at_0[_i].name;
		struct pvhboot_segment_iter iter = { 0 };
		struct pvhboot_segment segment;
		struct blob notes = { 0 };
		struct blob text = { 0 };
		struct edge edge = { .flags = at_0[_i].flags };

		blob_pattern(&text, 1, FILESZ);
		/* twice, so that an entry of 0 counts as one */
		note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, at_0[_i].entry);
		note_xen_number(&notes, XEN_PHYS32_ENTRY, 8, at_0[_i].entry);
		if (at_0[_i].is_relocatable)
			note_xen(&notes, XEN_PHYS32_RELOC, "", 0);
		if (at_0[_i].has_symbols)
			note_xen(&notes, XEN_BSD_SYMTAB, "yes", 4);
		elf_init(&edge.elf, bits);
		elf_add_load(&edge.elf, at_0[_i].paddr, text.data, text.size, 0x3000);
		elf_add_notes(&edge.elf, &notes);
		if (at_0[_i].has_symbols) {
			elf_add_section(&edge.elf,
					&(struct elf_shdr){ .type = ELF_SHT_SYMTAB, .link = 2 },
					text.data, 48);
			elf_add_section(&edge.elf, &(struct elf_shdr){ .type = ELF_SHT_STRTAB },
					text.data, 3);
		}
		elf_finish(&edge.elf);
		edge_expect_ok(row, &edge, 0);
		expect_eq(row, edge.kernel.start, at_0[_i].paddr);
		expect_eq(row, edge.kernel.end, at_0[_i].paddr + 0x3000);
		expect_eq(row, edge.kernel.entry, at_0[_i].entry);
		expect_eq(row, edge.kernel.relocatable, at_0[_i].is_relocatable);
		expect_eq(row, edge.kernel.symbols.gpa, at_0[_i].has_symbols ? 0x3000 : 0);
		expect_eq(row, pvhboot_segment_next(&edge.kernel, &iter, &segment), 1);
		expect_eq(row, segment.gpa, at_0[_i].paddr);
		expect_eq(row, segment.size, 0x3000);
		blob_free(&notes);
		blob_free(&text);
		edge_close(&edge);
	}
}
END_TEST

/* An entry of 0 is one, also where it is wrong: not in a segment, and not the other one. */
START_TEST(field_f02_entry_0_is_an_entry)
{
	struct blob notes = { 0 };
	struct finding want;
	struct edge edge = { .flags = 0 };
	uint64_t at;

	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, 0);
	elf_init(&edge.elf, 64);
	elf_add_load(&edge.elf, 0x10, "text", 4, 0);
	elf_add_notes(&edge.elf, &notes);
	elf_finish(&edge.elf);
	want = edge_at_entry(0, 0x10);
	edge_expect_failure("below", &edge, PVHBOOT_RANGE, ">= start of the kernel", &want);
	edge_close(&edge);

	at = notes.size;
	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, 1);
	elf_init(&edge.elf, 64);
	elf_add_load(&edge.elf, 0, "text", 4, 0);
	elf_add_notes(&edge.elf, &notes);
	elf_finish(&edge.elf);
	want = edge_at_note(1, elf_read(&edge.elf, "p_offset", 1) + at, 1, 0);
	edge_expect_failure("another", &edge, PVHBOOT_MALFORMED,
			    "the same entry in all PHYS32_ENTRY notes", &want);
	edge_close(&edge);
	blob_free(&notes);
}
END_TEST

START_TEST(edge_027_paddr_within_a_page)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		struct scene scene;
		struct edge edge;

		edge_build(&edge, &(struct kernel_spec){ .bits = bits, .paddr = 0x1234567 });
		edge_expect_ok("odd", &edge, 0);
		ck_assert_uint_eq(edge.kernel.start, 0x1234567);
		scene_open_elf(&scene, &edge.elf);
		scene_map(&scene, 0x1234567, 0x10000, PVHBOOT_MAP_RAM);
		expect_commit("odd", &scene, 0x1234567, 0x10000);
		ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_SEGMENT, 0)->gpa, 0x1234567);
		scene_close(&scene);
		edge_close(&edge);
	}
}
END_TEST

/* p_vaddr has the right addresses, and is not read. */
START_TEST(edge_028_only_virtual_addresses)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		struct finding want;
		struct edge edge;

		build(&edge, bits);
		for (uint32_t i = 0; i < 2; i++) {
			elf_patch(&edge.elf, "p_vaddr", i, elf_read(&edge.elf, "p_paddr", i));
			elf_patch(&edge.elf, "p_paddr", i, 0);
		}
		want = edge_at_segment(&edge, LOAD1, 0, FILESZ);
		edge_expect_failure("two", &edge, PVHBOOT_OVERLAP, "segments that share no memory",
				    &want);
		elf_patch(&edge.elf, "p_type", LOAD1, 0);
		want = edge_at_entry(ENTRY, FILESZ);
		edge_expect_failure("one", &edge, PVHBOOT_RANGE, "an entry in a segment", &want);
		edge_expect_entry_note("one", &edge, &edge.diag.failure);
		edge_close(&edge);
	}
}
END_TEST

#define MANY 65534u

/* Where PT_LOAD number i of many lies. */
static void build_many(struct edge *edge, uint64_t (*gpa)(uint32_t i), uint64_t memsz)
{
	struct blob notes = { 0 };

	memset(edge, 0, sizeof(*edge));
	elf_init(&edge->elf, 64);
	edge->elf.xnum = 1;
	edge->elf.align = 1;
	for (uint32_t i = 0; i < MANY; i++)
		elf_add_load(&edge->elf, gpa(i), "x", 1, memsz);
	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, PADDR);
	elf_add_notes(&edge->elf, &notes);
	blob_free(&notes);
	elf_finish(&edge->elf);
}

static uint64_t ascending(uint32_t i)
{
	return PADDR + i;
}

static uint64_t descending(uint32_t i)
{
	return PADDR + MANY - 1 - i;
}

static uint64_t everywhere(uint32_t i)
{
	(void)i;
	return 0;
}

/* Comparing each with each would take minutes. */
START_TEST(edge_029_many_segments)
{
	struct scene scene;
	struct edge edge;

	build_many(&edge, ascending, 1);
	edge_expect_ok("ascending", &edge, 0);
	ck_assert_uint_eq(edge.kernel.n_segments, MANY);
	scene_open_elf(&scene, &edge.elf);
	scene_map(&scene, PADDR, 4 * MIB, PVHBOOT_MAP_RAM);
	expect_status("plan", scene_plan(&scene), PVHBOOT_OK);
	ck_assert_uint_eq(scene.plan.n_places, MANY + 1);
	scene_close(&scene);
	edge_close(&edge);
}
END_TEST

/* Out of order there may not be so many. */
START_TEST(edge_029_many_segments_that_overlap)
{
	static const char rule[] = "segments in ascending order";
	const struct finding want =
		edge_at(PVHBOOT_STAGE_ELF, PVHBOOT_SUBJECT_KERNEL, MANY + 1, PVHBOOT_MAX_UNSORTED);
	struct edge edge;

	build_many(&edge, everywhere, 4 * GIB);
	edge_expect_failure("all memory", &edge, PVHBOOT_LIMIT, rule, &want);
	edge_close(&edge);
	build_many(&edge, descending, 1);
	edge_expect_failure("descending", &edge, PVHBOOT_LIMIT, rule, &want);
	edge_close(&edge);
}
END_TEST

START_TEST(edge_030_p_align)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		const uint64_t high = UINT64_C(1) << (bits - 1);
		const uint64_t aligns[] = { 0, 1, high };
		const uint64_t odd[] = { 3, high + 1 };
		struct edge edge;

		build(&edge, bits);
		for (size_t i = 0; i < N_OF(aligns); i++) {
			elf_patch(&edge.elf, "p_align", LOAD0, aligns[i]);
			edge_expect_ok("power of two", &edge, 0);
			expect_standard("power of two", &edge);
		}
		for (size_t i = 0; i < N_OF(odd); i++) {
			const struct finding want = edge_at_segment(&edge, LOAD0, odd[i], 1);

			elf_patch(&edge.elf, "p_align", LOAD0, odd[i]);
			edge_expect_warning("odd", &edge, "a power of two as p_align", &want);
			expect_standard("odd", &edge);
		}
		edge_close(&edge);
	}
}
END_TEST

START_TEST(edge_031_load_covers_headers)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		struct pvhboot_segment_iter iter = { 0 };
		struct pvhboot_segment segment;
		struct edge edge;

		build(&edge, bits);
		/* the first PT_LOAD becomes one of the first 0x300 bytes of the file */
		elf_patch(&edge.elf, "p_offset", LOAD0, 0);
		edge_expect_ok("offset 0", &edge, 0);
		expect_standard("offset 0", &edge);
		ck_assert_int_eq(pvhboot_segment_next(&edge.kernel, &iter, &segment), 1);
		ck_assert_ptr_eq(segment.bytes.data, edge.elf.image.data);
		edge_close(&edge);
	}
}
END_TEST

/* PT_DYNAMIC, PT_INTERP, PT_SHLIB, PT_PHDR, PT_TLS, GNU_EH_FRAME, GNU_STACK,
 * GNU_RELRO and GNU_PROPERTY, each over a segment and behind the file. */
START_TEST(edge_032_other_headers)
{
	static const uint32_t types[] = { 2,          3,          5,          6,         7,
					  0x6474e550, 0x6474e551, 0x6474e552, 0x6474e553 };

	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		struct edge edge;

		begin(&edge, bits);
		for (size_t i = 0; i < N_OF(types); i++)
			elf_add(&edge.elf,
				&(struct elf_phdr){ .type = types[i],
						    .flags = 7,
						    .offset = 0xffff0000u,
						    .paddr = PADDR,
						    .filesz = 0xffff,
						    .memsz = 1,
						    .align = 3 },
				NULL, 0);
		elf_finish(&edge.elf);
		edge_expect_ok("others", &edge, 0);
		expect_standard("others", &edge);
		edge_close(&edge);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("edge_elf");
	TCase *header = suite_case(suite, "header");
	TCase *segments = suite_case(suite, "segments");

	tcase_add_test(header, edge_001_header_truncated);
	tcase_add_test(header, edge_002_phoff_wraps);
	tcase_add_test(header, edge_003_phentsize);
	tcase_add_test(header, edge_004_phentsize_larger);
	tcase_add_test(header, edge_005_phnum_in_section_0);
	tcase_add_test(header, edge_005_phnum_above_65534);
	tcase_add_test(header, edge_006_shoff_behind_the_file);
	tcase_add_test(header, edge_007_too_many_sections);
	tcase_add_test(header, edge_008_identification);
	tcase_add_test(header, edge_009_big_endian);
	tcase_add_test(header, edge_010_other_machines);
	tcase_add_test(header, edge_011_class_64_of_i386);
	tcase_add_test(header, edge_012_class_32_of_x86_64);
	tcase_add_test(header, edge_013_file_types);
	tcase_add_test(header, edge_014_osabi);
	tcase_add_test(header, edge_015_e_entry_is_not_used);

	tcase_add_test(segments, edge_016_filesz_above_memsz);
	tcase_add_test(segments, edge_017_bytes_behind_the_file);
	tcase_add_test(segments, edge_018_memory_above_4_gib);
	tcase_add_test(segments, edge_019_nothing_to_load);
	tcase_add_test(segments, edge_020_bss_alone);
	tcase_add_test(segments, edge_021_bss_larger_than_memory);
	tcase_add_test(segments, edge_022_segments_overlap);
	tcase_add_test(segments, edge_023_bss_overlaps_data);
	tcase_add_test(segments, edge_022_compat);
	tcase_add_test(segments, edge_022_compat_same_start);
	tcase_add_test(segments, edge_022_compat_by_segments_alone);
	tcase_add_test(segments, edge_022_compat_cut_in_two);
	tcase_add_test(segments, edge_023_compat);
	tcase_add_test(segments, edge_024_load_without_flags);
	tcase_add_test(segments, field_f01_bss_without_flags);
	tcase_add_test(segments, field_f01_rules_without_flags);
	tcase_add_test(segments, edge_025_order_of_segments);
	tcase_add_test(segments, edge_026_segment_at_0);
	tcase_add_loop_test(segments, field_f02_linked_at_0, 0, N_OF(at_0));
	tcase_add_test(segments, field_f02_entry_0_is_an_entry);
	tcase_add_test(segments, edge_027_paddr_within_a_page);
	tcase_add_test(segments, edge_028_only_virtual_addresses);
	tcase_add_test(segments, edge_029_many_segments);
	tcase_add_test(segments, edge_029_many_segments_that_overlap);
	tcase_add_test(segments, edge_030_p_align);
	tcase_add_test(segments, edge_031_load_covers_headers);
	tcase_add_test(segments, edge_032_other_headers);
	return suite_run(suite);
}
