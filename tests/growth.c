/* SPDX-License-Identifier: MIT */
/*
 * One call of the library on an input of a given size, for tests/linear, which counts
 * the instructions of measured(). The sizes double, the instructions should too. Left out
 * is what does not depend on an input's size, and what is bounded so low that more than
 * doubling it is as good: program headers out of order, threads, moves of a direct commit.
 */

#include <pvhboot/boot.h>
#include <pvhboot/start.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/image/initrd.h"
#include "../lib/kernel/kernel.h"
#include "../lib/kernel/relocs.h"
#include "../lib/kernel/segment.h"
#include "support/kernelbuild.h"
#include "support/loading.h"
#include "support/pebuild.h"

#define PAGE 4096u

struct input {
	struct blob blob; /* the file, or guest memory */
	struct elf elf;
	struct pvhboot_image image;
	struct pvhboot_kernel kernel;
	struct pvhboot_request request;
	struct pvhboot_buffer workspace; /* of a plan, or for what is unpacked */
	struct pvhboot_plan plan;
};

static void must(int holds)
{
	if (!holds)
		abort();
}

/* ---- Kernels -------------------------------------------------------------------- */

static void segments(struct input *input, uint32_t n)
{
	kernel_build(&input->elf, &(struct kernel_spec){ .n_loads = n, .load_size = 128 });
}

static void notes(struct input *input, uint32_t n)
{
	struct blob bytes = { 0 };

	kernel_begin(&input->elf, &(struct kernel_spec){ 0 });
	for (uint32_t i = 0; i < n; i++)
		note_add(&bytes, "other", 6, i, "text", 4, 4);
	elf_add_notes(&input->elf, &bytes);
	elf_finish(&input->elf);
	blob_free(&bytes);
}

static void sections(struct input *input, uint32_t n)
{
	struct blob bytes = { 0 };

	kernel_begin(&input->elf, &(struct kernel_spec){ .notes = KERNEL_NOTES_NONE });
	note_xen_number(&bytes, XEN_PHYS32_ENTRY, 4, KERNEL_PADDR);
	elf_add_note_section(&input->elf, &bytes);
	for (uint32_t i = 0; i < n; i++)
		elf_add_section(&input->elf, &(struct elf_shdr){ .type = 1 }, NULL, 0);
	elf_finish(&input->elf);
	blob_free(&bytes);
}

/* The symbol table is the last section but its strings. */
static void symbols(struct input *input, uint32_t n)
{
	struct elf_shdr strtab = { .type = ELF_SHT_STRTAB };
	struct elf_shdr symtab = { .type = ELF_SHT_SYMTAB, .link = n + 2 };
	struct blob bytes = { 0 };

	kernel_begin(&input->elf, &(struct kernel_spec){ 0 });
	note_xen(&bytes, XEN_BSD_SYMTAB, "yes", 4);
	elf_add_notes(&input->elf, &bytes);
	for (uint32_t i = 0; i < n; i++)
		elf_add_section(&input->elf, &(struct elf_shdr){ .type = 1 }, NULL, 0);
	elf_add_section(&input->elf, &symtab, "symbols", 8);
	elf_add_section(&input->elf, &strtab, "strings", 8);
	elf_finish(&input->elf);
	blob_free(&bytes);
}

static void open_by(const struct pvhb_elf_reader *reader, struct input *input, uint32_t flags)
{
	must(pvhb_kernel_open(reader, blob_view(&input->elf.image), flags, &input->kernel, NULL) ==
	     PVHBOOT_OK);
}

static void open_elf(struct input *input)
{
	open_by(&pvhb_elf_core, input, 0);
}

static void open_by_default(struct input *input)
{
	open_by(PVHB_ELF_DEFAULT, input, 0);
}

static void open_as_xen(struct input *input)
{
	open_by(&pvhb_elf_core, input, PVHBOOT_COMPAT_XEN);
}

static void open_symbols(struct input *input)
{
	open_elf(input);
	must(input->kernel.symbols.size != 0);
}

/* All segments and notes, one by one. */
static void both(struct input *input, uint32_t n)
{
	struct blob bytes = { 0 };

	kernel_begin(&input->elf, &(struct kernel_spec){ .n_loads = n, .load_size = 128 });
	for (uint32_t i = 0; i < n; i++) {
		note_add(&bytes, "other", 6, i, "text", 4, 4);
		if (i % (n / 2) == n / 2 - 1) { /* in two segments */
			elf_add_notes(&input->elf, &bytes);
			blob_free(&bytes);
		}
	}
	elf_finish(&input->elf);
	open_elf(input);
}

static void iterate(struct input *input)
{
	struct pvhboot_segment_iter segments_left = { 0 };
	struct pvhboot_note_iter notes_left = { 0 };
	struct pvhboot_segment segment;
	struct pvhboot_note note;
	uint32_t n = 0;

	while (pvhboot_segment_next(&input->kernel, &segments_left, &segment))
		n++;
	while (pvhboot_note_next(&input->kernel, &notes_left, &note))
		n++;
	must(n == input->kernel.n_segments + input->kernel.n_notes);
}

/* Of two lists that take turns. */
static void relocations(struct input *input, uint32_t n)
{
	const uint32_t base = 0x80000000u + KERNEL_PADDR;

	kernel_build(&input->elf, &(struct kernel_spec){ .n_loads = 1, .load_size = 16 * n });
	blob_put(&input->elf.image, 4, 0);
	for (uint32_t i = 0; i < n; i++)
		blob_put(&input->elf.image, 4, base + 16 * i);
	blob_put(&input->elf.image, 4, 0);
	for (uint32_t i = 0; i < n; i++)
		blob_put(&input->elf.image, 4, base + 16 * i + 9);
	open_elf(input);
	input->kernel.linux_boot.align = 1;
}

static void relocate(struct input *input)
{
	struct pvhboot_buffer image = { input->elf.image.data, input->elf.image.size };
	struct pvhb_elf elf = pvhb_kernel_elf(&input->kernel);

	pvhb_relocs_find(&pvhb_elf_core, &elf, &input->kernel.linux_boot.relocs, NULL);
	must(pvhboot_kernel_relocate(&input->kernel, image, 16, NULL) == PVHBOOT_OK);
}

/* ---- Plans -------------------------------------------------------------------- */

/* A request with as many of one thing as n says, RAM in pages with gaps between. */
static void begin_request(struct input *input, uint32_t n_map)
{
	struct pvhboot_map_entry *map = must_alloc((n_map + 1) * sizeof(*map));

	kernel_build(&input->elf, &(struct kernel_spec){ 0 });
	open_elf(input);
	for (uint32_t i = 0; i < n_map; i++) /* in an order that has to be sorted */
		map[i] = (struct pvhboot_map_entry){
			.gpa = 0x2000000 + (uint64_t)(i * 7919u % n_map) * 2 * PAGE,
			.size = PAGE,
			.type = PVHBOOT_MAP_RAM,
		};
	map[n_map] = (struct pvhboot_map_entry){ .gpa = KERNEL_PADDR,
						 .size = 0x800000,
						 .type = PVHBOOT_MAP_RAM };
	input->request = (struct pvhboot_request){ .kernel = &input->kernel,
						   .map = map,
						   .n_map = n_map + 1 };
}

static void end_request(struct input *input)
{
	must(pvhboot_plan_need(&input->request, &input->workspace.size, NULL) == PVHBOOT_OK);
	input->workspace.data = must_alloc(input->workspace.size);
}

static void map(struct input *input, uint32_t n)
{
	begin_request(input, n);
	end_request(input);
}

static void avoid(struct input *input, uint32_t n)
{
	struct pvhboot_range *ranges = must_alloc(n * sizeof(*ranges));

	begin_request(input, 1000);
	for (uint32_t i = 0; i < n; i++) {
		ranges[i].start = 0x2000000 + (uint64_t)(i * 7919u % n) * 512;
		ranges[i].end = ranges[i].start + 256;
	}
	input->request.avoid = ranges;
	input->request.n_avoid = n;
	end_request(input);
}

static void modules(struct input *input, uint32_t n)
{
	struct pvhboot_module *list = must_alloc(n * sizeof(*list));

	begin_request(input, 2 * n);
	for (uint32_t i = 0; i < n; i++)
		list[i] = (struct pvhboot_module){ .bytes = { (const uint8_t *)"module", 6 } };
	input->request.modules = list;
	input->request.n_modules = n;
	end_request(input);
}

/* Few, in RAM of many pieces. */
static void blobs(struct input *input, uint32_t n)
{
	static struct pvhboot_blob list[8];

	begin_request(input, n);
	for (size_t i = 0; i < 8; i++)
		list[i] = (struct pvhboot_blob){ .bytes = { (const uint8_t *)"blob", 4 },
						 .gpa = i % 2 ? 0x1400000 + i * PAGE : 0,
						 .type = PVHBOOT_MAP_ACPI };
	input->request.blobs = list;
	input->request.n_blobs = 8;
	end_request(input);
}

/* A kernel of as many segments, and RAM of one piece. */
static void places(struct input *input, uint32_t n)
{
	static const struct pvhboot_map_entry ram = { .gpa = KERNEL_PADDR,
						      .size = 0x20000000,
						      .type = PVHBOOT_MAP_RAM };

	segments(input, n);
	open_elf(input);
	input->request =
		(struct pvhboot_request){ .kernel = &input->kernel, .map = &ram, .n_map = 1 };
	end_request(input);
}

static void need(struct input *input)
{
	size_t size;

	must(pvhboot_plan_need(&input->request, &size, NULL) == PVHBOOT_OK);
}

static void plan(struct input *input)
{
	must(pvhboot_plan_make(&input->request, input->workspace, &input->plan, NULL) ==
	     PVHBOOT_OK);
}

static void planned(struct input *input, uint32_t n)
{
	places(input, n);
	plan(input);
}

static void check_plan(struct input *input)
{
	must(pvhboot_plan_check(&input->plan, &input->request, NULL) == PVHBOOT_OK);
}

static int ignore_write(void *ctx, uint64_t gpa, const void *bytes, size_t size)
{
	(void)ctx;
	(void)gpa;
	return bytes == NULL || size == 0;
}

static void commit(struct input *input)
{
	const struct pvhboot_memory memory = { .write = ignore_write,
					       .flags = PVHBOOT_MEMORY_ZEROED };

	must(pvhboot_plan_commit(&input->plan, &memory, NULL) == PVHBOOT_OK);
}

/* ---- The way back -------------------------------------------------------------------- */

/* A start_info, modules which all say the same, and map entries which do, too. */
static void listed(struct input *input, uint32_t n)
{
	blob_fill(&input->blob, 0, 0x1000);
	store_le(input->blob.data, 4, 0x336ec578);
	store_le(input->blob.data + 4, 4, 1);
	store_le(input->blob.data + 12, 4, n);
	store_le(input->blob.data + 16, 8, 0x1000);
	store_le(input->blob.data + 40, 8, 0x1000 + 32 * (uint64_t)n);
	store_le(input->blob.data + 48, 4, n);
	for (uint32_t i = 0; i < n; i++) {
		blob_put(&input->blob, 8, 0x10000);
		blob_put(&input->blob, 8, 16);
		blob_put(&input->blob, 8, 0);
		blob_put(&input->blob, 8, 0);
	}
	for (uint32_t i = 0; i < n; i++) {
		blob_put(&input->blob, 8, (uint64_t)(n - i) << 20);
		blob_put(&input->blob, 8, 1 << 20);
		blob_put(&input->blob, 8, PVHBOOT_MAP_RAM);
	}
}

/* A start_info, and a command line behind it. */
static void text(struct input *input, uint32_t n)
{
	listed(input, 0);
	store_le(input->blob.data + 24, 8, 0x1000);
	blob_fill(&input->blob, 'x', n);
	blob_put(&input->blob, 8, 0);
	input->workspace.size = n + 1;
	input->workspace.data = must_alloc(n + 1);
}

static void *map_blob(void *ctx, uint64_t gpa, uint64_t size)
{
	const struct blob *blob = ctx;

	return gpa <= blob->size && size <= blob->size - gpa ? blob->data + gpa : NULL;
}

static void read_list(struct input *input)
{
	const struct pvhboot_memory memory = { .ctx = &input->blob, .map = map_blob };
	struct pvhboot_listed_module module;
	struct pvhboot_map_entry entry;
	struct pvhboot_start start;

	must(pvhboot_start_read(&memory, 0, &start, NULL) == PVHBOOT_OK);
	for (uint32_t i = 0; i < start.n_modules; i++)
		must(pvhboot_start_module(&start, i, &module, NULL) == PVHBOOT_OK);
	for (uint32_t i = 0; i < start.n_map; i++)
		must(pvhboot_start_map_entry(&start, i, &entry, NULL) == PVHBOOT_OK);
}

static void read_text(struct input *input)
{
	const struct pvhboot_memory memory = { .ctx = &input->blob, .map = map_blob };
	struct pvhboot_start start;
	size_t size;

	must(pvhboot_start_read(&memory, 0, &start, NULL) == PVHBOOT_OK);
	must(pvhboot_start_text(&start, start.cmdline, input->workspace, &size, NULL) ==
	     PVHBOOT_OK);
}

static void check_start(struct input *input)
{
	static uint8_t workspace[PVHBOOT_START_CHECK_NEED];
	const struct pvhboot_memory memory = { .ctx = &input->blob, .map = map_blob };
	struct pvhboot_start_report report = { .findings = NULL };

	must(pvhboot_start_check(&memory, 0, NULL,
				 (struct pvhboot_buffer){ workspace, sizeof(workspace) }, &report,
				 NULL) == PVHBOOT_OK);
}

/* ---- Files -------------------------------------------------------------------- */

/* A unified kernel image whose kernel is its last section, and with a command line of line
 * feeds. */
static void uki(struct input *input, uint32_t n)
{
	struct pe_section *list = must_alloc((n + 2) * sizeof(*list));
	struct blob feeds = { 0 };

	kernel_build(&input->elf, &(struct kernel_spec){ 0 });
	blob_fill(&feeds, '\n', n);
	for (uint32_t i = 0; i < n; i++)
		list[i].name = ".none";
	list[n] = (struct pe_section){ ".cmdline", blob_view(&feeds) };
	list[n + 1] = (struct pe_section){ ".linux", blob_view(&input->elf.image) };
	pe_build(&input->blob, list, n + 2);
	blob_free(&feeds);
	free(list);
}

static void probe(struct input *input)
{
	must(pvhboot_image_probe(blob_view(&input->blob), NULL, &input->image, NULL) == PVHBOOT_OK);
}

/* A bzImage of a kernel with n bytes that do not pack to nothing. */
static void packed(struct input *input, const struct variant *variant, uint32_t n)
{
	static const struct pvhboot_map_entry ram = { .gpa = KERNEL_PADDR - 0x10000,
						      .size = 0x800000,
						      .type = PVHBOOT_MAP_RAM };
	const struct kernel_spec spec = { .n_loads = 1, .load_size = n };

	kernel_build(&input->elf, &spec);
	variant_image(&input->blob, variant, blob_view(&input->elf.image));
	probe(input);
	input->request = (struct pvhboot_request){ .map = &ram, .n_map = 1 };
	input->workspace.size = ram.size; /* the whole guest, or a buffer */
	input->workspace.data = must_alloc(ram.size);
}

static void unpack(struct input *input)
{
	struct pvhboot_bytes elf;

	must(pvhboot_image_unpack(&input->image, NULL, input->workspace, &elf, NULL) == PVHBOOT_OK);
}

static void *map_guest(void *ctx, uint64_t gpa, uint64_t size)
{
	struct input *input = ctx;

	(void)size; /* inside the memory map */
	return input->workspace.data + (gpa - input->request.map[0].gpa);
}

/* In the guest, and no other way. */
static void decode_in_place(struct input *input)
{
	const struct pvhboot_memory memory = { .ctx = input,
					       .map = map_guest,
					       .flags = PVHBOOT_MEMORY_ZEROED };
	struct pvhboot_prepared prepared;

	must(pvhboot_prepare(input->image.file, &input->request, NULL, &memory, &prepared, NULL) ==
	     PVHBOOT_OK);
	must(prepared.in_guest == 1);
	must(pvhboot_prepared_commit(&prepared, &memory, NULL) == PVHBOOT_OK);
	pvhboot_prepared_release(&prepared);
}

static void boot(struct input *input)
{
	const struct pvhboot_memory memory = { .write = ignore_write,
					       .flags = PVHBOOT_MEMORY_ZEROED };
	struct pvhboot_cpu cpu;

	must(pvhboot_boot(blob_view(&input->blob), &input->request, NULL, &memory, &cpu, NULL) ==
	     PVHBOOT_OK);
}

/* A kernel that is decoded in the guest, between many ranges to avoid. */
static void avoided(struct input *input, uint32_t n)
{
	struct pvhboot_range *ranges = must_alloc(n * sizeof(*ranges));

	packed(input, &variants[0], 0x1000);
	for (uint32_t i = 0; i < n; i++) {
		ranges[i].start = 0x1400000 + (uint64_t)(i * 7919u % n) * 32;
		ranges[i].end = ranges[i].start + 16;
	}
	input->request.avoid = ranges;
	input->request.n_avoid = n;
}

#define PACKED(name, i)                                                                            \
	static void name(struct input *input, uint32_t n)                                          \
	{                                                                                          \
		packed(input, &variants[i], n);                                                    \
	}

PACKED(gzip, 0)
PACKED(bzip2, 1)
PACKED(xz, 2)
PACKED(lzma, 3)
PACKED(lzo, 4)
PACKED(lz4_legacy, 5)
PACKED(lz4_frame, 6)
PACKED(zstd, 7)

/* Streams behind one another, each of 64 bytes. */
static void members(struct input *input, const struct variant *variant, uint32_t n)
{
	struct blob content = { 0 };
	struct blob member = { 0 };

	blob_append(&content, "\177ELF", 4);
	blob_fill(&content, 0, 60);
	variant_pack(&member, variant, blob_view(&content));
	for (uint32_t i = 0; i < n; i++)
		blob_append(&input->blob, member.data, member.size);
	blob_free(&content);
	blob_free(&member);
}

#define MEMBERS(name, i)                                                                           \
	static void name(struct input *input, uint32_t n)                                          \
	{                                                                                          \
		members(input, &variants[i], n);                                                   \
	}

MEMBERS(gzip_members, 0)
MEMBERS(bzip2_streams, 1)
MEMBERS(xz_streams, 2)
MEMBERS(lz4_blocks, 5)
MEMBERS(lz4_frames, 6)
MEMBERS(zstd_frames, 7)

static void load(struct input *input)
{
	struct pvhboot_loaded loaded;

	must(pvhboot_image_load(blob_view(&input->blob), NULL, &loaded, NULL) == PVHBOOT_OK);
	free(loaded.buffer.data);
}

/* An archive of n empty files, and as many zeros. */
static void archive(struct input *input, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		blob_append(&input->blob, "070701", 6);
		blob_fill(&input->blob, '0', 104);
		blob_fill(&input->blob, 0, 2);
	}
	blob_append(&input->blob, "070701", 6);
	blob_fill(&input->blob, '0', 88);
	blob_append(&input->blob, "0000000b00000000", 16);
	blob_append(&input->blob, "TRAILER!!!", 11);
	blob_fill(&input->blob, 0, n);
}

static void tell_size(struct input *input)
{
	uint64_t size;

	must(pvhb_initrd_unpacked(blob_view(&input->blob), &size));
}

#define NONE PVHBOOT_COMPRESSION_NONE

static const struct {
	const char *name;
	uint32_t first; /* the smallest size */
	void (*build)(struct input *input, uint32_t n);
	void (*run)(struct input *input);
	enum pvhboot_compression compression; /* that is needed */
} shapes[] = {
	{ "segments", 1000, segments, open_elf, NONE },
	{ "segments-default-reader", 500, segments, open_by_default, NONE },
	{ "notes", 4000, notes, open_elf, NONE },
	{ "notes-default-reader", 4000, notes, open_by_default, NONE },
	{ "notes-as-xen", 4000, notes, open_as_xen, NONE },
	{ "sections", 1000, sections, open_elf, NONE },
	{ "sections-default-reader", 500, sections, open_by_default, NONE },
	{ "symbols", 1000, symbols, open_symbols, NONE },
	{ "relocations", 1000, relocations, relocate, NONE },
	{ "iterators", 1000, both, iterate, NONE },
	{ "plan-map", 2000, map, plan, NONE },
	{ "plan-avoid", 2000, avoid, plan, NONE },
	{ "plan-modules", 1000, modules, plan, NONE },
	{ "plan-blobs", 500, blobs, plan, NONE },
	{ "plan-segments", 1000, places, plan, NONE },
	{ "plan-need", 1000, modules, need, NONE },
	{ "plan-check", 1000, planned, check_plan, NONE },
	{ "commit", 1000, planned, commit, NONE },
	{ "start-lists", 4000, listed, read_list, NONE },
	{ "start-text", 10000, text, read_text, NONE },
	{ "start-check", 64, listed, check_start, NONE },
	{ "initrd", 1000, archive, tell_size, NONE },
	{ "probe-uki", 4000, uki, probe, NONE },
	{ "gzip", 30000, gzip, unpack, PVHBOOT_COMPRESSION_GZIP },
	{ "bzip2", 30000, bzip2, unpack, PVHBOOT_COMPRESSION_BZIP2 },
	{ "xz", 30000, xz, unpack, PVHBOOT_COMPRESSION_XZ },
	{ "lzma", 30000, lzma, unpack, PVHBOOT_COMPRESSION_LZMA },
	{ "lzo", 30000, lzo, unpack, PVHBOOT_COMPRESSION_LZO },
	{ "lz4-legacy", 30000, lz4_legacy, unpack, PVHBOOT_COMPRESSION_LZ4 },
	{ "lz4-frame", 30000, lz4_frame, unpack, PVHBOOT_COMPRESSION_LZ4 },
	{ "zstd", 30000, zstd, unpack, PVHBOOT_COMPRESSION_ZSTD },
	{ "direct", 30000, gzip, decode_in_place, PVHBOOT_COMPRESSION_GZIP },
	{ "direct-avoid", 2000, avoided, decode_in_place, PVHBOOT_COMPRESSION_GZIP },
	{ "boot", 30000, gzip, boot, PVHBOOT_COMPRESSION_GZIP },
	{ "gzip-members", 500, gzip_members, load, PVHBOOT_COMPRESSION_GZIP },
	{ "bzip2-streams", 100, bzip2_streams, load, PVHBOOT_COMPRESSION_BZIP2 },
	{ "xz-streams", 500, xz_streams, load, PVHBOOT_COMPRESSION_XZ },
	{ "lz4-blocks", 500, lz4_blocks, load, PVHBOOT_COMPRESSION_LZ4 },
	{ "lz4-frames", 500, lz4_frames, load, PVHBOOT_COMPRESSION_LZ4 },
	{ "zstd-frames", 500, zstd_frames, load, PVHBOOT_COMPRESSION_ZSTD },
};
#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

__attribute__((noinline)) static void measured(size_t shape, struct input *input)
{
	shapes[shape].run(input);
}

int main(int argc, char **argv)
{
	struct input input;

	memset(&input, 0, sizeof(input));
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (size_t i = 0; i < N_SHAPES; i++) {
			if (bz_can_compress(shapes[i].compression))
				printf("%s %u\n", shapes[i].name, shapes[i].first);
		}
		return 0;
	}
	for (size_t i = 0; argc == 3 && i < N_SHAPES; i++) {
		if (strcmp(argv[1], shapes[i].name) != 0)
			continue;
		shapes[i].build(&input, (uint32_t)strtoul(argv[2], NULL, 10));
		measured(i, &input);
		return 0;
	}
	fputs("Usage: growth SHAPE N, or growth --list\n", stderr);
	return 2;
}
