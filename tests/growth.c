/* SPDX-License-Identifier: MIT */
/*
 * One call of the library on an input of a given size, for tests/growth, which counts
 * the instructions of measured(). The sizes double, the instructions should too.
 */

#include <pvhboot/image.h>
#include <pvhboot/plan.h>
#include <pvhboot/start.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/kernel.h"
#include "support/bzbuild.h"
#include "support/kernelbuild.h"

#define PAGE 4096u

struct input {
	struct blob blob; /* the image, or guest memory */
	struct elf elf;
	struct pvhboot_kernel kernel;
	struct pvhboot_request request;
	struct pvhboot_buffer workspace;
};

static void must(int holds)
{
	if (!holds)
		abort();
}

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

static void open_elf(struct input *input)
{
	must(pvhb_kernel_open(&pvhb_elf_core, blob_view(&input->elf.image), 0, &input->kernel,
			      NULL) == PVHBOOT_OK);
}

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

static void plan(struct input *input)
{
	struct pvhboot_plan made;

	must(pvhboot_plan_make(&input->request, input->workspace, &made, NULL) == PVHBOOT_OK);
}

/* Modules of a start_info, which all say the same. */
static void listed(struct input *input, uint32_t n)
{
	blob_fill(&input->blob, 0, 0x1000);
	store_le(input->blob.data, 4, 0x336ec578);
	store_le(input->blob.data + 4, 4, 1);
	store_le(input->blob.data + 12, 4, n);
	store_le(input->blob.data + 16, 8, 0x1000);
	for (uint32_t i = 0; i < n; i++) {
		blob_put(&input->blob, 8, 0x10000);
		blob_put(&input->blob, 8, 16);
		blob_put(&input->blob, 8, 0);
		blob_put(&input->blob, 8, 0);
	}
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
	struct pvhboot_start start;

	must(pvhboot_start_read(&memory, 0, &start, NULL) == PVHBOOT_OK);
	for (uint32_t i = 0; i < start.n_modules; i++)
		must(pvhboot_start_module(&start, i, &module, NULL) == PVHBOOT_OK);
}

/* Streams behind one another, each of 64 bytes. */
static void members(struct input *input, uint32_t n)
{
	struct blob content = { 0 };
	struct blob member = { 0 };

	blob_append(&content, "\177ELF", 4);
	blob_fill(&content, 0, 60);
	bz_compress(&member, PVHBOOT_COMPRESSION_XZ, blob_view(&content), NULL);
	for (uint32_t i = 0; i < n; i++)
		blob_append(&input->blob, member.data, member.size);
	blob_free(&content);
	blob_free(&member);
}

static void load(struct input *input)
{
	struct pvhboot_loaded loaded;

	must(pvhboot_image_load(blob_view(&input->blob), NULL, &loaded, NULL) == PVHBOOT_OK);
	free(loaded.buffer.data);
}

static const struct {
	const char *name;
	uint32_t first; /* the smallest size */
	void (*build)(struct input *input, uint32_t n);
	void (*run)(struct input *input);
} shapes[] = {
	{ "segments", 1000, segments, open_elf }, { "notes", 4000, notes, open_elf },
	{ "sections", 1000, sections, open_elf }, { "map", 2000, map, plan },
	{ "avoid", 2000, avoid, plan },           { "modules", 1000, modules, plan },
	{ "listed", 4000, listed, read_list },    { "streams", 500, members, load },
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
		for (size_t i = 0; i < N_SHAPES; i++)
			printf("%s %u\n", shapes[i].name, shapes[i].first);
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
