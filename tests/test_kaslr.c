/* SPDX-License-Identifier: MIT */
/*
 * A random address for the kernel: PVHBOOT_REQUEST_KASLR. Which addresses there are is found a
 * second time, by trying each of them.
 */

#include <pvhboot/pvhboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/bzbuild.h"
#include "support/edit.h"
#include "support/expect.h"
#include "support/paramsread.h"
#include "support/random.h"
#include "support/scene.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define PADDR ((uint64_t)KERNEL_PADDR)
#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Kernels --------------------------------------------------------------------- */

/* Zero in any member is its default. */
struct kernel {
	struct kernel_spec spec; /* is_linux is set */
	uint32_t entry;
	int without_relocs;
	const char *fields[2]; /* of a header, which there is where one is named */
	uint64_t values[2];
	size_t behind; /* bytes of a section that is not loaded */
};

static const struct kernel bare = { .entry = PVHBOOT_ENTRY_LINUX64 };
static const struct kernel in_bzimage = { .entry = PVHBOOT_ENTRY_LINUX64,
					  .fields = { "version" },
					  .values = { 0x20f } };
static const struct kernel low_only = { .entry = PVHBOOT_ENTRY_LINUX64,
					.fields = { "xloadflags" },
					.values = { 1 } };
static const struct kernel coarse = { .entry = PVHBOOT_ENTRY_LINUX64,
				      .fields = { "kernel_alignment" },
				      .values = { 16 << 20 } };
static const struct kernel fine = { .entry = PVHBOOT_ENTRY_LINUX64,
				    .fields = { "kernel_alignment" },
				    .values = { 0x1000 } };
static const struct kernel low_linked = { .spec = { .paddr = 0x100000 },
					  .entry = PVHBOOT_ENTRY_LINUX64 };
static const struct kernel high_linked = { .spec = { .paddr = 0x30000000 },
					   .entry = PVHBOOT_ENTRY_LINUX64 };
static const struct kernel odd_linked = { .spec = { .paddr = 0x1001000 },
					  .entry = PVHBOOT_ENTRY_LINUX64 };
static const struct kernel large = { .spec = { .bss_size = 300 << 20 },
				     .entry = PVHBOOT_ENTRY_LINUX64 };
static const struct kernel a_gib = { .spec = { .bss_size = (1 << 30) - 0x1300 },
				     .entry = PVHBOOT_ENTRY_LINUX64 };
static const struct kernel up_to_a_gib = { .spec = { .bss_size = (1008 << 20) - 0x1300 },
					   .entry = PVHBOOT_ENTRY_LINUX64 };
static const struct kernel more_than_a_gib = { .spec = { .bss_size = (1 << 30) - 0x12ff },
					       .entry = PVHBOOT_ENTRY_LINUX64 };
static const struct kernel three_gib = { .spec = { .bss_size = 0xb0000000u },
					 .entry = PVHBOOT_ENTRY_LINUX64 };
static const struct kernel pvh = {
	.spec = { .n_reloc = 3, .reloc = { 0x100000, 8 << 20, (1 << 30) - 1 } },
	.entry = PVHBOOT_ENTRY_PVH,
};
static const struct kernel pvh_with_symbols = {
	.spec = { .n_reloc = 3,
		  .reloc = { 0x100000, KERNEL_PADDR, KERNEL_PADDR + (3 << 20) - 1 },
		  .has_symbols = 1,
		  .symtab_size = 0x100,
		  .strtab_size = 0x11 },
	.entry = PVHBOOT_ENTRY_PVH,
};
static const struct kernel pvh_default = { .spec = { .has_reloc = 1 }, .entry = PVHBOOT_ENTRY_PVH };
static const struct kernel pvh_fixed = { .entry = PVHBOOT_ENTRY_PVH };
static const struct kernel i386 = { .spec = { .bits = 32 } };
static const struct kernel i386_coarse = { .spec = { .bits = 32 },
					   .fields = { "kernel_alignment", "xloadflags" },
					   .values = { 16 << 20, 0 } };
static const struct kernel i386_reloc = {
	.spec = { .bits = 32, .n_reloc = 3, .reloc = { 0x100000, 0x100000, 0x7fffffff } },
};
static const struct kernel i386_fixed = { .spec = { .bits = 32 }, .without_relocs = 1 };
static const struct kernel without_relocs = { .entry = PVHBOOT_ENTRY_LINUX64, .without_relocs = 1 };
static const struct kernel not_relocatable = { .entry = PVHBOOT_ENTRY_LINUX64,
					       .fields = { "relocatable_kernel" } };
static const struct kernel bzimage64 = { .entry = PVHBOOT_ENTRY_BZIMAGE64 };
static const struct kernel bzimage32 = { .entry = PVHBOOT_ENTRY_BZIMAGE32 };
static const struct kernel long_file = { .entry = PVHBOOT_ENTRY_LINUX64, .behind = 5 << 20 };

static void put_relocs(struct elf *elf, uint64_t paddr)
{
	if (elf->bits == 32) {
		blob_put(&elf->image, 4, 0);
		blob_put(&elf->image, 4, 0xc0000000u + paddr + 0x80);
		return;
	}
	for (uint32_t i = 1; i <= 3; i++) {
		blob_put(&elf->image, 4, 0);
		blob_put(&elf->image, 4, 0x80000000u + paddr + 0x80 * i);
	}
}

static uint8_t entropy[16];

static void open_kernel(struct scene *scene, const struct kernel *kernel)
{
	struct kernel_spec spec = kernel->spec;
	int as_it_is = kernel->entry >= PVHBOOT_ENTRY_BZIMAGE64;
	struct blob bzimage = { 0 };
	struct elf elf;

	spec.is_linux = 1;
	kernel_begin(&elf, &spec);
	if (kernel->behind) {
		struct blob bytes = { 0 };

		blob_fill(&bytes, 1, kernel->behind);
		elf_add_section(&elf, &(struct elf_shdr){ .type = 1 }, bytes.data, bytes.size);
		blob_free(&bytes);
	}
	elf_finish(&elf);
	if (kernel->fields[0] || as_it_is)
		bz_image(&bzimage, PVHBOOT_COMPRESSION_GZIP, blob_view(&elf.image));
	for (size_t i = 0; i < N_OF(kernel->fields) && kernel->fields[i]; i++)
		bz_patch(&bzimage, kernel->fields[i], kernel->values[i]);
	if (!kernel->without_relocs)
		put_relocs(&elf, spec.paddr ? spec.paddr : PADDR);
	scene_open_linux(scene, as_it_is ? NULL : &elf, bzimage.size ? &bzimage : NULL);
	elf_free(&elf);
	scene->request.entry = kernel->entry;
	scene->request.flags = PVHBOOT_REQUEST_KASLR;
	scene->request.entropy = (struct pvhboot_bytes){ entropy, sizeof(entropy) };
}

static void set_entropy(uint64_t physical, uint64_t virtual)
{
	store_le(entropy, 8, physical);
	store_le(entropy + 8, 8, virtual);
}

static uint64_t random_word(void)
{
	return random_below(UINT64_C(1) << 32) << 32 | random_below(UINT64_C(1) << 32);
}

/* ---- What there is to choose from ------------------------------------------------ */

struct model {
	uint64_t low;
	uint64_t end;
	uint64_t align;
	uint64_t size;
	uint64_t linked;
	uint64_t *slots;
	size_t n;
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int is_ram(const struct pvhboot_plan *plan, uint64_t at, uint64_t end)
{
	for (size_t i = 0; i < plan->n_map && at < end; i++) {
		const struct pvhboot_map_entry *entry = &plan->map[i];

		if (entry->type == PVHBOOT_MAP_RAM && at >= entry->gpa &&
		    at - entry->gpa < entry->size)
			at = entry->gpa + entry->size;
	}
	return at >= end;
}

static int is_taken(const struct scene *scene, uint64_t at, uint64_t end)
{
	const struct pvhboot_plan *plan = &scene->plan;

	if (at < 0x1000)
		return 1;
	for (size_t i = 0; i < scene->request.n_avoid; i++) {
		if (scene->avoid[i].start < end && scene->avoid[i].end > at &&
		    scene->avoid[i].start != scene->avoid[i].end)
			return 1;
	}
	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		if (place->kind != PVHBOOT_PLACE_SEGMENT && place->gpa < end &&
		    place->gpa + place->size > at)
			return 1;
	}
	return 0;
}

static uint64_t top_of(const struct pvhboot_plan *plan)
{
	const struct pvhboot_map_entry *last = &plan->map[plan->n_map - 1];

	return last->gpa + last->size;
}

static void find_slots(const struct scene *scene, struct model *model)
{
	uint64_t end = least(model->end, top_of(&scene->plan));
	uint64_t at = model->linked & (model->align - 1);

	model->slots = calloc((size_t)(end / model->align + 2), sizeof(model->slots[0]));
	ck_assert_ptr_nonnull(model->slots);
	for (model->n = 0; at < end && end - at >= model->size; at += model->align) {
		if (at >= model->low && is_ram(&scene->plan, at, at + model->size) &&
		    !is_taken(scene, at, at + model->size))
			model->slots[model->n++] = at;
	}
}

/* Where Linux would go by itself, or where the note allows it to go. */
static struct model model_of(const struct scene *scene, uint64_t memory_end)
{
	const struct pvhboot_kernel *kernel = &scene->kernel;
	const struct pvhboot_linux *boot = &kernel->linux_boot;
	uint64_t ceiling = scene->request.ceiling ? scene->request.ceiling : 4 * GIB;
	struct model model = { .size = kernel->end - kernel->start, .linked = kernel->start };

	if (kernel->machine == 3 && boot->relocs.n_32) {
		model.low = kernel->start;
		model.end = least(ceiling, 512 * MIB);
		model.align = boot->align;
	} else if (scene->plan.entry_kind == PVHBOOT_ENTRY_LINUX64) {
		int is_high =
			!scene->request.ceiling && (boot->xloadflags & 2) && model.size <= GIB;

		model.low = least(kernel->start, 512 * MIB);
		model.end = is_high ? 512 * GIB : ceiling;
		model.align = boot->align;
	} else {
		model.low = kernel->reloc.min;
		model.end = least(ceiling, kernel->reloc.max + 1);
		model.align = kernel->reloc.align;
	}
	model.end = least(model.end, memory_end);
	find_slots(scene, &model);
	return model;
}

/* The upper half of a product, bit by bit: n is small. */
static uint64_t choose(uint64_t random, uint64_t n)
{
	uint64_t high = 0;

	for (unsigned int bit = 0; bit < 64; bit++)
		high = (high + (random >> bit & 1 ? n : 0)) >> 1;
	return high;
}

static uint64_t kernel_at(const struct scene *scene)
{
	return scene->kernel.start + scene->plan.slide;
}

static void expect_physical(const char *row, const struct scene *scene, uint64_t memory_end)
{
	struct model model = model_of(scene, memory_end);

	if (model.n > 1) {
		expect_eq(row, scene->plan.kaslr.physical_fixed, PVHBOOT_FIXED_NOT);
		expect_eq(row, scene->plan.kaslr.physical_slots, model.n);
		expect_eq(row, kernel_at(scene), model.slots[choose(load_le(entropy, 8), model.n)]);
	} else {
		expect_eq(row, scene->plan.kaslr.physical_fixed, PVHBOOT_FIXED_NO_ROOM);
		expect_eq(row, scene->plan.kaslr.physical_slots, 1);
	}
	free(model.slots);
}

/* The first address is that of the link, the last one leaves room for the image. */
static void expect_virtual(const char *row, const struct scene *scene)
{
	const struct pvhboot_kernel *kernel = &scene->kernel;
	const struct pvhboot_kaslr *kaslr = &scene->plan.kaslr;
	uint64_t image = kernel->end - kernel->start;
	uint64_t n = 0;

	if (kernel->elf.size > image)
		image = kernel->elf.size;
	for (uint64_t at = kernel->start; at + image <= GIB; at += kernel->linux_boot.align)
		n++;
	if (n > 1) {
		expect_eq(row, kaslr->virtual_fixed, PVHBOOT_FIXED_NOT);
		expect_eq(row, kaslr->virtual_slots, n);
		expect_eq(row, kaslr->virtual_slide,
			  choose(load_le(entropy + 8, 8), n) * kernel->linux_boot.align);
	} else {
		expect_eq(row, kaslr->virtual_fixed, PVHBOOT_FIXED_NO_ROOM);
		expect_eq(row, kaslr->virtual_slots, 1);
		expect_eq(row, kaslr->virtual_slide, 0);
	}
}

/* Plans, and both checks agree. */
static void expect_good_plan(const char *row, struct scene *scene)
{
	struct pvhboot_diag diag = { 0 };
	char line[512] = "";
	enum pvhboot_status status;

	if (scene->request.entry == PVHBOOT_ENTRY_PVH || scene->kernel.machine == 3) {
		scene_expect_plan(row, scene, 0);
		return;
	}
	if (scene->kernel.end - scene->kernel.start < MIB) { /* it is committed, too */
		params_expect_plan(row, scene, 0, 0);
		return;
	}
	status = scene_plan(scene);
	pvhboot_diag_format(&scene->diag, line, sizeof(line));
	ck_assert_msg(status == PVHBOOT_OK, "%s: \"%s\"", row, line);
	params_expect(row, &scene->plan, &scene->request);
	status = pvhboot_plan_check(&scene->plan, &scene->request, &diag);
	pvhboot_diag_format(&diag, line, sizeof(line));
	ck_assert_msg(status == PVHBOOT_OK, "%s: \"%s\"", row, line);
}

static void expect_random(const char *row, struct scene *scene, uint64_t memory_end)
{
	const struct pvhboot_kaslr *kaslr = &scene->plan.kaslr;

	expect_good_plan(row, scene);
	expect_physical(row, scene, memory_end);
	if (scene->kernel.machine == 3) {
		expect_eq(row, kaslr->virtual_slide, scene->plan.slide);
		expect_eq(row, kaslr->virtual_slots, kaslr->physical_slots);
		expect_eq(row, kaslr->virtual_fixed, kaslr->physical_fixed);
	} else if (scene->plan.entry_kind == PVHBOOT_ENTRY_LINUX64) {
		expect_virtual(row, scene);
	} else {
		expect_eq(row, kaslr->virtual_slide, 0);
		expect_eq(row, kaslr->virtual_slots, 1);
		expect_eq(row, kaslr->virtual_fixed, PVHBOOT_FIXED_BY_ENTRY);
	}
}

/* ---- Guests ---------------------------------------------------------------------- */

static void map_pc(struct scene *scene, uint64_t size)
{
	uint64_t low = least(size, 3 * GIB);

	scene_map(scene, 0, 0xa0000, PVHBOOT_MAP_RAM);
	scene_map(scene, 0x100000, low - 0x100000, PVHBOOT_MAP_RAM);
	scene_map(scene, 0xfee00000u, 0x1000, PVHBOOT_MAP_RESERVED);
	if (size > low)
		scene_map(scene, 4 * GIB, size - low, PVHBOOT_MAP_RAM);
}

static void mib_64(struct scene *scene)
{
	map_pc(scene, 64 * MIB);
}

static void gib_2(struct scene *scene)
{
	map_pc(scene, 2 * GIB);
}

static void gib_8(struct scene *scene)
{
	map_pc(scene, 8 * GIB);
}

/* What is above 512 GiB cannot be mapped. */
static void beyond_512_gib(struct scene *scene)
{
	mib_64(scene);
	scene_map(scene, 512 * GIB - 100 * MIB, GIB, PVHBOOT_MAP_RAM);
}

/* Around 4 GiB. */
static void across_4_gib(struct scene *scene)
{
	scene_map(scene, 0x100000, 63 * MIB, PVHBOOT_MAP_RAM);
	scene_map(scene, 4 * GIB - 20 * MIB, 5 * GIB, PVHBOOT_MAP_RAM);
}

/* Pieces of odd sizes, some of which hold the kernel exactly, or all but a byte of it. */
static void fragments(struct scene *scene)
{
	uint64_t size = scene->kernel.end - scene->kernel.start;

	scene_map(scene, 0, 0xa0000, PVHBOOT_MAP_RAM);
	scene_map(scene, 0x100000, 31 * MIB, PVHBOOT_MAP_RAM);
	scene_map(scene, 64 * MIB, size, PVHBOOT_MAP_RAM);
	scene_map(scene, 68 * MIB, size - 1, PVHBOOT_MAP_RAM);
	scene_map(scene, 70 * MIB + 1, 2 * MIB + size - 1, PVHBOOT_MAP_RAM);
	scene_map(scene, 76 * MIB + 1, 2 * MIB + size - 2, PVHBOOT_MAP_RAM);
	scene_map(scene, 80 * MIB, 0x1000, PVHBOOT_MAP_RAM);
	scene_map(scene, 80 * MIB + 0x1000, size, PVHBOOT_MAP_RAM); /* in two adjacent entries */
	scene_map(scene, 5 * GIB - 1, size + 1, PVHBOOT_MAP_RAM);
	scene_map(scene, 0xfff0000000000000, 0x10000000000000 - 1, PVHBOOT_MAP_RAM);
}

static void one_place(struct scene *scene)
{
	scene_map(scene, 0x100000, 30 * MIB, PVHBOOT_MAP_RESERVED);
	scene_map(scene, scene->kernel.start, 0x200000, PVHBOOT_MAP_RAM);
	scene->map[0].size = scene->kernel.start - 0x100000;
}

static void many_things(struct scene *scene)
{
	mib_64(scene);
	scene->request.cmdline = pvhboot_text("quiet");
	scene_module(scene, 0x3000, NULL);
	scene->modules[0].gpa = 40 * MIB;
	scene_blob(scene, 0x123, 24 * MIB + 0x1234, PVHBOOT_MAP_ACPI);
	scene_blob(scene, 0x123, 0, PVHBOOT_MAP_RESERVED);
	scene_blob(scene, 0x123, 26 * MIB + 0x1234, PVHBOOT_MAP_RAM);
	/* behind the kernel's last byte, in its last page */
	scene_blob(scene, 0x123, 28 * MIB + 0x1a34, PVHBOOT_MAP_ACPI);
	/* of the first two pages, of which the kernel touches both */
	scene_avoid(scene, 30 * MIB + 0x17ff, 30 * MIB + 0x1800);
	scene_avoid(scene, 32 * MIB + 0x1800, 32 * MIB + 0x1801);
	scene_avoid(scene, 34 * MIB - 1, 34 * MIB);
	scene_avoid(scene, 36 * MIB, 36 * MIB + 1);
	scene_avoid(scene, 38 * MIB, 38 * MIB);
}

static void up_to_1_gib(struct scene *scene)
{
	gib_8(scene);
	scene->request.ceiling = GIB;
}

static void up_to_4_gib(struct scene *scene)
{
	gib_8(scene);
	scene->request.ceiling = 4 * GIB;
}

static void odd_ceiling(struct scene *scene)
{
	gib_2(scene);
	scene->request.ceiling = 102 * MIB + (scene->kernel.end - scene->kernel.start) - 1;
}

/* Where it is linked is not free. */
static void has_to_move(struct scene *scene)
{
	mib_64(scene);
	scene_avoid(scene, scene->kernel.start, scene->kernel.start + 1);
}

static void joined(struct scene *scene)
{
	mib_64(scene);
	scene_module(scene, 0x1233, NULL);
	scene_module(scene, 0x200000, NULL);
	scene->request.flags |= PVHBOOT_REQUEST_JOIN;
}

static const struct guest {
	const char *name;
	void (*prepare)(struct scene *scene);
} guests[] = {
	{ "64 MiB", mib_64 },
	{ "2 GiB", gib_2 },
	{ "8 GiB", gib_8 },
	{ "beyond 512 GiB", beyond_512_gib },
	{ "across 4 GiB", across_4_gib },
	{ "fragments", fragments },
	{ "one place", one_place },
	{ "many things", many_things },
	{ "up to 1 GiB", up_to_1_gib },
	{ "up to 4 GiB", up_to_4_gib },
	{ "odd ceiling", odd_ceiling },
	{ "has to move", has_to_move },
	{ "joined", joined },
};

static const struct named {
	const char *name;
	const struct kernel *kernel;
} kernels[] = {
	{ "bare", &bare },
	{ "in a bzImage", &in_bzimage },
	{ "below 4 GiB alone", &low_only },
	{ "16 MiB steps", &coarse },
	{ "linked at 1 MiB", &low_linked },
	{ "linked between steps", &odd_linked },
	{ "PVH", &pvh },
	{ "PVH, anywhere", &pvh_default },
	{ "i386", &i386 },
	{ "i386, 16 MiB steps", &i386_coarse },
	{ "i386 with a note", &i386_reloc },
	{ "long file", &long_file },
};

/* Chance as it may come: the lowest address, the highest, and some between. */
START_TEST(every_slot)
{
	const struct named *kernel = &kernels[(size_t)_i / N_OF(guests)];
	const struct guest *guest = &guests[(size_t)_i % N_OF(guests)];
	const uint64_t chances[][2] = {
		{ 0, 0 },
		{ UINT64_MAX, UINT64_MAX },
		{ 0, UINT64_MAX },
		{ UINT64_MAX, 0 },
	};
	struct scene scene;
	char row[128];

	random_start((uint64_t)_i + 1);
	open_kernel(&scene, kernel->kernel);
	guest->prepare(&scene);
	/* without a note, one of i386 stays where it is linked if it may not choose */
	if (guest->prepare == has_to_move && scene.request.entry == 0 &&
	    !scene.kernel.relocatable) {
		expect_status(guest->name, scene_plan(&scene), PVHBOOT_OVERLAP);
		scene_close(&scene);
		return;
	}
	/* one of them under a slow checker */
	for (size_t i = suite_step(1) == 1 ? 0 : (size_t)_i % 8; i < 8; i += suite_step(1)) {
		snprintf(row, sizeof(row), "%s, %s, %zu", kernel->name, guest->name, i);
		if (i < N_OF(chances))
			set_entropy(chances[i][0], chances[i][1]);
		else
			set_entropy(random_word(), random_word());
		expect_random(row, &scene, UINT64_MAX);
	}
	scene_close(&scene);
}
END_TEST

/* Kernels that are large, or linked where others are not; each slot of a step around those that
 * there are. */
static const struct named odd_kernels[] = {
	{ "linked at 768 MiB", &high_linked },
	{ "steps of a page", &fine },
	{ "300 MiB", &large },
	{ "up to 1 GiB", &up_to_a_gib },
	{ "1 GiB", &a_gib },
	{ "more than 1 GiB", &more_than_a_gib },
	{ "3 GiB", &three_gib },
};

START_TEST(odd_ones)
{
	const struct named *kernel = &odd_kernels[_i];
	struct scene scene;

	random_start((uint64_t)_i + 1);
	open_kernel(&scene, kernel->kernel);
	scene_map(&scene, 0, 0xa0000, PVHBOOT_MAP_RAM);
	scene_map(&scene, 0x100000, 3500 * MIB, PVHBOOT_MAP_RAM);
	if (kernel->kernel != &fine)
		scene_map(&scene, 4 * GIB, 12 * GIB, PVHBOOT_MAP_RAM);
	for (size_t i = 0; i < 6; i++) {
		set_entropy(i < 2 ? (uint64_t)i - 1 : random_word(), random_word());
		expect_random(kernel->name, &scene, UINT64_MAX);
	}
	scene_close(&scene);
}
END_TEST

/* They are the kernel's own, and in its way nowhere: three steps of 1 MiB are allowed. */
START_TEST(symbols)
{
	struct scene scene;

	open_kernel(&scene, &pvh_with_symbols);
	mib_64(&scene);
	for (uint64_t i = 0; i < 3; i++) {
		set_entropy(i << 62, 0);
		scene_expect_plan("symbols", &scene, 0);
		ck_assert_uint_eq(scene.plan.kaslr.physical_slots, 3);
		ck_assert_uint_eq(scene.plan.slide, i * 3 / 4 * MIB);
	}
	scene_close(&scene);
}
END_TEST

/* ---- The command line ------------------------------------------------------------ */

#define OFF 1 /* in place of an end: nothing is random */
#define MAP 2 /* the virtual address alone is random */
#define ALL UINT64_MAX

static const struct {
	const char *cmdline;
	uint64_t end;
} wishes[] = {
	{ "", ALL },
	{ "nokaslr", OFF },
	{ "quiet nokaslr", OFF },
	{ "nokaslr quiet", OFF },
	{ "a\tnokaslr\nb", OFF },
	{ "  nokaslr  ", OFF },
	{ "x=\"a nokaslr b\"", OFF }, /* Linux does not know quotes there */
	{ "-- nokaslr", OFF },
	{ "NOKASLR", ALL },
	{ "noKASLR", ALL },
	{ "nokaslr=1", ALL },
	{ "nokaslr,x", ALL },
	{ "nokaslrx", ALL },
	{ "xnokaslr", ALL },
	{ "x.nokaslr", ALL },
	{ "nokasl", ALL },
	{ "no kaslr", ALL },
	{ "kaslr", ALL },
	{ "memmap=1M$16M", MAP },
	{ "memmap=exactmap", MAP },
	{ "memmap=", MAP },
	{ "\"memmap=1M$16M\"", MAP },
	{ "memmap", ALL },
	{ "memmapx=1", ALL },
	{ "mem=512M memmap=1M!16M", MAP },
	{ "mem=512M", 512 * MIB },
	{ "mem=512m", 512 * MIB },
	{ "mem=524288K", 512 * MIB },
	{ "mem=524288k quiet", 512 * MIB },
	{ "quiet mem=536870912", 512 * MIB },
	{ "mem=0x20000000", 512 * MIB },
	{ "mem=0X20000000", 512 * MIB },
	{ "mem=0x200M", 512 * MIB },
	{ "mem=0x1fffFFFF", 512 * MIB - 1 },
	{ "mem=04000000000", 512 * MIB },
	{ "mem=01000M", 512 * MIB },
	{ "mem=0x1a000000", 416 * MIB },
	{ "mem=0x1FAfaf00", 0x1fafaf00 },
	{ "mem=0x10000000020000000", ALL }, /* 2^64 + 512 MiB */
	{ "mem=17179869185G", ALL },        /* 2^64 + 1 GiB */
	{ "mem=536870912x", 512 * MIB },
	{ "mem=536870912@", 512 * MIB },
	{ "mem=536870912`", 512 * MIB }, /* right below 'a' */
	{ "mem=1G", GIB },
	{ "mem=1g", GIB },
	{ "mem=1T", ALL },
	{ "mem=1P", ALL },
	{ "mem=1e", ALL },
	{ "mem=15E", ALL },
	{ "mem=16E", ALL },
	{ "mem=99999999999999999999", ALL },
	{ "mem=0xffffffffffffffff", ALL },
	{ "mem=0xfffffffffffffffffG", ALL },
	{ "mem=18446744073709551615K", ALL },
	{ "mem=512M@16M", 512 * MIB },
	{ "mem=512Mx", 512 * MIB },
	{ "mem=\"512M\"", 512 * MIB },
	{ "\"mem=512M\"", 512 * MIB },
	{ "mem=nopentium", ALL },
	{ "mem=", ALL },
	{ "mem=M", ALL },
	{ "mem=x512M", ALL },
	{ "mem=0", ALL },
	{ "mem=09", ALL },
	{ "mem=0x", ALL },
	{ "mem=-1", ALL },
	{ "mem", ALL },
	{ "mem 512M", ALL },
	{ "xmem=512M", ALL },
	{ "MEM=512M", ALL },
	{ "memx=512M", ALL },
	{ "mem=1G mem=512M", 512 * MIB },
	{ "mem=512M mem=1G", 512 * MIB },
	{ "mem=512M mem=nopentium", 512 * MIB },
	{ "mem=512M nokaslr", OFF },
	{ "mem=17M", 17 * MIB }, /* no other address */
	{ "mem=1M", MIB },
};

START_TEST(command_line)
{
	const char *row = wishes[_i].cmdline;
	uint64_t end = wishes[_i].end;
	struct scene scene;

	open_kernel(&scene, &bare);
	gib_8(&scene);
	/* without a NUL, and what lies behind it is not read */
	scene.request.cmdline.size = strlen(row);
	scene.request.cmdline.data = malloc(strlen(row) + 1);
	ck_assert_ptr_nonnull(scene.request.cmdline.data);
	memcpy((void *)(uintptr_t)scene.request.cmdline.data, row, strlen(row));
	for (uint64_t i = 0; i < 2; i++) {
		set_entropy(0 - i, 0 - i);
		if (end != OFF && end != MAP) {
			expect_random(row, &scene, end);
			continue;
		}
		expect_good_plan(row, &scene);
		expect_eq(row, scene.plan.slide, 0);
		expect_eq(row, scene.plan.kaslr.physical_fixed, PVHBOOT_FIXED_BY_CMDLINE);
		expect_eq(row, scene.plan.kaslr.physical_slots, 1);
		if (end == MAP) {
			expect_virtual(row, &scene);
			continue;
		}
		expect_eq(row, scene.plan.kaslr.virtual_fixed, PVHBOOT_FIXED_BY_CMDLINE);
		expect_eq(row, scene.plan.kaslr.virtual_slots, 1);
		expect_eq(row, scene.plan.kaslr.virtual_slide, 0);
	}
	free((void *)(uintptr_t)scene.request.cmdline.data);
	scene_close(&scene);
}
END_TEST

/* What lies behind a command line is no part of its last word. */
START_TEST(command_line_that_ends)
{
	static const struct {
		const char *text;
		size_t size;
		uint64_t end;
	} rows[] = {
		{ "mem=512M", 3, UINT64_MAX },
		{ "mem=5368709120", 13, 512 * MIB },
		{ "mem=536870912k", 13, 512 * MIB },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct scene scene;

		open_kernel(&scene, &bare);
		gib_8(&scene);
		set_entropy(UINT64_MAX, UINT64_MAX);
		scene.request.cmdline = pvhboot_text(rows[i].text);
		scene.request.cmdline.size = rows[i].size;
		expect_random(rows[i].text, &scene, rows[i].end);
		scene_close(&scene);
	}
}
END_TEST

/* PVH and i386 obey it too. */
START_TEST(command_line_of_others)
{
	const struct kernel *const others[] = { &pvh, &i386 };
	struct scene scene;

	for (size_t i = 0; i < N_OF(others); i++) {
		open_kernel(&scene, others[i]);
		gib_2(&scene);
		set_entropy(UINT64_MAX, UINT64_MAX);
		scene.request.cmdline = pvhboot_text("mem=100M");
		expect_random("mem=", &scene, 100 * MIB);
		scene.request.cmdline = pvhboot_text("memmap=1M$50M");
		expect_good_plan("memmap=", &scene);
		ck_assert_uint_eq(scene.plan.slide, 0);
		ck_assert_uint_eq(scene.plan.kaslr.physical_fixed, PVHBOOT_FIXED_BY_CMDLINE);
		scene_close(&scene);
	}
}
END_TEST

/* ---- Why there is nothing to choose ---------------------------------------------- */

#define R(reason) PVHBOOT_FIXED_##reason

static const struct {
	const char *name;
	const struct kernel *kernel;
	const char *cmdline;
	uint32_t physical, virtual;
	int without_flag;
	void (*prepare)(struct scene *scene);
} reasons[] = {
	{ "random", &bare, "", R(NOT), R(NOT), 0, mib_64 },
	{ "not asked for", &bare, "nokaslr", R(NOT_WANTED), R(NOT_WANTED), 1, mib_64 },
	{ "nokaslr", &bare, "nokaslr", R(BY_CMDLINE), R(BY_CMDLINE), 0, mib_64 },
	{ "nokaslr for PVH", &pvh, "nokaslr", R(BY_CMDLINE), R(BY_CMDLINE), 0, mib_64 },
	{ "nokaslr for i386", &i386, "nokaslr", R(BY_CMDLINE), R(BY_CMDLINE), 0, mib_64 },
	{ "memmap", &bare, "memmap=1", R(BY_CMDLINE), R(NOT), 0, mib_64 },
	{ "bzimage64", &bzimage64, "", R(BY_ENTRY), R(BY_ENTRY), 0, mib_64 },
	{ "bzimage32", &bzimage32, "", R(BY_ENTRY), R(BY_ENTRY), 0, mib_64 },
	{ "PVH", &pvh, "", R(NOT), R(BY_ENTRY), 0, mib_64 },
	{ "PVH without a note", &pvh_fixed, "", R(NOT_RELOCATABLE), R(BY_ENTRY), 0, mib_64 },
	{ "i386 without relocations", &i386_fixed, "", R(NOT_RELOCATABLE), R(BY_ENTRY), 0, mib_64 },
	{ "not relocatable", &not_relocatable, "", R(NOT_RELOCATABLE), R(NOT), 0, mib_64 },
	{ "no relocations", &without_relocs, "", R(NOT), R(NO_RELOCS), 0, mib_64 },
	{ "one address", &bare, "", R(NO_ROOM), R(NOT), 0, one_place },
	{ "two reasons", &without_relocs, "memmap=1", R(BY_CMDLINE), R(NO_RELOCS), 0, mib_64 },
};

START_TEST(reason)
{
	const char *row = reasons[_i].name;
	const struct pvhboot_kaslr *kaslr;
	struct scene scene;

	open_kernel(&scene, reasons[_i].kernel);
	reasons[_i].prepare(&scene);
	scene.request.cmdline = pvhboot_text(reasons[_i].cmdline);
	set_entropy(UINT64_MAX, UINT64_MAX);
	if (reasons[_i].without_flag) {
		scene.request.flags = 0;
		scene.request.entropy.size = 0;
	}
	expect_good_plan(row, &scene);
	kaslr = &scene.plan.kaslr;
	expect_eq(row, kaslr->physical_fixed, reasons[_i].physical);
	expect_eq(row, kaslr->virtual_fixed, reasons[_i].virtual);
	expect_eq(row, kaslr->physical_slots > 1, reasons[_i].physical == R(NOT));
	expect_eq(row, kaslr->virtual_slots > 1, reasons[_i].virtual == R(NOT));
	expect_eq(row, scene.plan.slide != 0, reasons[_i].physical == R(NOT));
	expect_eq(row, kaslr->virtual_slide != 0, reasons[_i].virtual == R(NOT));
	scene_close(&scene);
}
END_TEST

START_TEST(names)
{
	static const char *const wanted[] = { "",
					      "not asked for",
					      "command line",
					      "entry",
					      "not relocatable",
					      "no relocations",
					      "no room",
					      "?" };

	for (uint32_t i = 0; i < N_OF(wanted); i++)
		ck_assert_str_eq(pvhboot_fixed_reason_name((enum pvhboot_fixed_reason)i),
				 wanted[i]);
}
END_TEST

/* A kernel that had to move, and by nokaslr not by chance; one of i386 takes its virtual address
 * along. */
START_TEST(moves_without_chance)
{
	const struct kernel *const movable[] = { &bare, &pvh, &i386_reloc };
	struct scene scene;

	for (size_t i = 0; i < N_OF(movable); i++) {
		open_kernel(&scene, movable[i]);
		has_to_move(&scene);
		set_entropy(0, 0);
		scene.request.cmdline = pvhboot_text("nokaslr");
		expect_good_plan("nokaslr", &scene);
		ck_assert_uint_ne(scene.plan.slide, 0);
		ck_assert_uint_eq(scene.plan.kaslr.virtual_slide,
				  movable[i] == &i386_reloc ? scene.plan.slide : 0);
		scene_close(&scene);
	}
}
END_TEST

/* No address that Linux would choose, but one that the note allows: below where it is linked. */
START_TEST(i386_moves_down)
{
	struct scene scene;

	open_kernel(&scene, &i386_reloc);
	scene_map(&scene, 0x100000, 8 * MIB, PVHBOOT_MAP_RAM);
	set_entropy(0, 0);
	expect_good_plan("down", &scene);
	ck_assert_uint_lt(kernel_at(&scene), PADDR);
	ck_assert_uint_eq(scene.plan.kaslr.virtual_slide, scene.plan.slide);
	ck_assert_uint_eq(scene.plan.kaslr.physical_fixed, PVHBOOT_FIXED_NO_ROOM);
	scene_close(&scene);
}
END_TEST

/* The note allows more than Linux can be relocated to: 2 GiB, and steps of 1 MiB. */
START_TEST(i386_moves_where_linux_can)
{
	static const struct kernel steps_of_16_mib = {
		.spec = { .bits = 32, .n_reloc = 3, .reloc = { 0x100000, 0x100000, 0x7fffffff } },
		.fields = { "kernel_alignment" },
		.values = { 16 << 20 },
	};
	const struct kernel *const both[] = { &i386_reloc, &steps_of_16_mib };
	struct pvhboot_buffer image;
	struct scene scene;

	open_kernel(&scene, both[_i / 2]);
	scene_map(&scene, 0x100000, 4095 * MIB, PVHBOOT_MAP_RAM);
	scene_avoid(&scene, PADDR, PADDR + MIB);
	scene.request.flags = _i % 2 ? PVHBOOT_REQUEST_LOWEST : 0;
	scene.request.entropy.size = 0;
	expect_good_plan("moves", &scene);
	ck_assert_uint_ne(scene.plan.slide, 0);
	ck_assert_uint_eq(scene.plan.kaslr.virtual_slide, scene.plan.slide);
	image = (struct pvhboot_buffer){ scene.elf.image.data, scene.elf.image.size };
	expect_status("moves",
		      pvhboot_kernel_relocate(&scene.kernel, image, scene.plan.slide, NULL),
		      PVHBOOT_OK);
	/* and by a slide of the caller's that Linux cannot have */
	scene.request.flags = PVHBOOT_REQUEST_SLIDE;
	scene.request.slide = _i % 2 ? 512 * MIB : (_i ? 8 * MIB : MIB);
	expect_status("slide", scene_plan(&scene), PVHBOOT_RANGE);
	scene_close(&scene);
}
END_TEST

/* ---- How even the choice is ------------------------------------------------------ */

#define DRAWS 60000u
#define MAX_SLOTS 600

/* The sum of (got - expected)^2 / expected over n slots. Its mean is n - 1, its variance twice
 * that: the bound is 5 deviations off, and the draws are the same in each run. */
static void expect_even(const char *row, const uint32_t *got, size_t n)
{
	double expected = (double)DRAWS / (double)n;
	double sum = 0;
	double off;

	for (size_t i = 0; i < n; i++)
		sum += (got[i] - expected) * (got[i] - expected) / expected;
	off = sum - (double)(n - 1);
	ck_assert_msg(off * off < 25.0 * 2.0 * (double)(n - 1), "%s: chi-square of %zu is %f", row,
		      n, sum);
}

START_TEST(even)
{
	static uint32_t physical[MAX_SLOTS], virtual[MAX_SLOTS], both[64];
	struct pvhboot_buffer workspace;
	struct pvhboot_plan plan;
	struct model model;
	struct scene scene;
	size_t size;

	random_start(20240229);
	open_kernel(&scene, &bare);
	fragments(&scene);
	set_entropy(0, 0);
	expect_random("even", &scene, UINT64_MAX);
	model = model_of(&scene, UINT64_MAX);
	size = scene.need;
	workspace = (struct pvhboot_buffer){ malloc(size), size };
	ck_assert_ptr_nonnull(workspace.data);
	ck_assert_uint_gt(model.n, 8);
	for (uint32_t draw = 0; draw < DRAWS; draw++) {
		size_t p = 0, v;

		set_entropy(random_word(), random_word());
		ck_assert_uint_eq(pvhboot_plan_make(&scene.request, workspace, &plan, NULL),
				  PVHBOOT_OK);
		while (model.slots[p] != PADDR + plan.slide)
			p++;
		v = (size_t)(plan.kaslr.virtual_slide / (2 * MIB));
		ck_assert_uint_lt(v, MAX_SLOTS);
		physical[p]++;
		virtual[v]++;
		/* neither says anything of the other */
		both[p * 8 / model.n * 8 + v * 8 / plan.kaslr.virtual_slots]++;
	}
	expect_even("physical", physical, model.n);
	expect_even("virtual", virtual, plan.kaslr.virtual_slots);
	if (model.n % 8 == 0 && plan.kaslr.virtual_slots % 8 == 0)
		expect_even("both", both, 64);
	free(model.slots);
	free(workspace.data);
	scene_close(&scene);
}
END_TEST

/* ---- Entropy --------------------------------------------------------------------- */

#define KASLR PVHBOOT_REQUEST_KASLR
#define SEED PVHBOOT_REQUEST_RNG_SEED
#define SLIDE PVHBOOT_REQUEST_SLIDE
#define NO_BYTES 1

static const struct {
	const char *name;
	uint32_t flags;
	size_t size;
	int has_no_bytes;
	uint64_t bound; /* 0: it is taken */
	const char *rule;
} amounts[] = {
	{ "none wanted, none there", 0, 0, 0, 0, NULL },
	{ "none wanted, one byte", 0, 1, 0, 0, "no more entropy" },
	{ "none wanted, NULL", 0, 1, NO_BYTES, 0, "no more entropy" },
	{ "KASLR, none", KASLR, 0, 0, 16, "as much entropy" },
	{ "KASLR, too little", KASLR, 15, 0, 16, "as much entropy" },
	{ "KASLR", KASLR, 16, 0, 0, NULL },
	{ "KASLR, too much", KASLR, 17, 0, 16, "no more entropy" },
	{ "KASLR, NULL", KASLR, 16, NO_BYTES, 0, "NULL" },
	{ "seed, none", SEED, 0, 0, 32, "as much entropy" },
	{ "seed, too little", SEED, 31, 0, 32, "as much entropy" },
	{ "seed", SEED, 32, 0, 0, NULL },
	{ "seed, most", SEED, 4096, 0, 0, NULL },
	{ "seed, too much", SEED, 4097, 0, 4096, "no more entropy" },
	{ "seed, NULL", SEED, 32, NO_BYTES, 0, "NULL" },
	{ "both, too little", KASLR | SEED, 47, 0, 48, "as much entropy" },
	{ "both", KASLR | SEED, 48, 0, 0, NULL },
	{ "both, most", KASLR | SEED, 4112, 0, 0, NULL },
	{ "both, too much", KASLR | SEED, 4113, 0, 4112, "no more entropy" },
	{ "both, far too much", KASLR | SEED, SIZE_MAX, NO_BYTES, 4112, "no more entropy" },
	{ "with a slide", KASLR | SLIDE, 16, 0, 0, "one of the flags SLIDE and KASLR" },
	{ "with a slide, none", KASLR | SLIDE, 0, 0, 0, "one of the flags SLIDE and KASLR" },
	{ "seed with a slide", SEED | SLIDE, 32, 0, 0, NULL },
};

START_TEST(amount)
{
	static const struct kernel *const kinds[] = { &bare, &in_bzimage, &pvh, &i386 };
	const char *row = amounts[_i].name;
	uint8_t *bytes = calloc(1, 8192);
	struct scene scene;

	for (size_t i = 0; i < N_OF(kinds); i++) {
		open_kernel(&scene, kinds[i]);
		mib_64(&scene);
		scene.request.flags = amounts[_i].flags;
		scene.request.entropy =
			(struct pvhboot_bytes){ amounts[_i].has_no_bytes ? NULL : bytes,
						amounts[_i].size };
		memset(entropy, 0, sizeof(entropy));
		if (amounts[_i].rule) {
			struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_PLAN };

			if (amounts[_i].bound) {
				want.says |= SAYS_NUMBERS;
				want.found = amounts[_i].size;
				want.bound = amounts[_i].bound;
			}
			scene_expect_no_plan(row, &scene, PVHBOOT_INVAL, amounts[_i].rule, &want);
		} else {
			expect_good_plan(row, &scene);
		}
		scene_close(&scene);
	}
	free(bytes);
}
END_TEST

/* ---- Plans that were edited ------------------------------------------------------ */

/* A good plan, whose arrays can be written to. */
struct draft {
	struct scene scene;
	struct pvhboot_plan plan;
	uint8_t *block;
};

static void draft_open(struct draft *draft, const struct kernel *kernel)
{
	open_kernel(&draft->scene, kernel);
	gib_8(&draft->scene);
	draft->scene.request.cmdline = pvhboot_text("quiet");
	scene_module(&draft->scene, 0x3000, NULL);
	set_entropy(UINT64_C(0x7123456789abcdef), UINT64_C(0x5123456789abcdef));
	expect_good_plan("draft", &draft->scene);
	draft->block = malloc(draft->scene.plan.info.size);
	ck_assert_ptr_nonnull(draft->block);
}

/* The plan as it was made. */
static void draft_restore(struct draft *draft)
{
	draft->plan = draft->scene.plan;
	memcpy(draft->block, draft->plan.info.data, draft->plan.info.size);
	draft->plan.info.data = draft->block;
}

/* What pvhboot_plan_check() says of the edited plan. */
static enum pvhboot_status judge(struct draft *draft)
{
	struct pvhboot_place places[16];
	struct pvhboot_diag diag = { 0 };
	enum pvhboot_status status;

	ck_assert_uint_le(draft->plan.n_places, N_OF(places));
	memcpy(places, draft->plan.places, draft->plan.n_places * sizeof(places[0]));
	draft->plan.places = places;
	for (size_t i = 0; i < draft->plan.n_places; i++) {
		if (places[i].kind == PVHBOOT_PLACE_INFO) {
			places[i].source = draft->plan.info;
			places[i].size = draft->plan.info.size;
		}
		/* the kernel goes along, so that what else is wrong is found */
		if (places[i].kind == PVHBOOT_PLACE_SEGMENT)
			places[i].gpa += draft->plan.slide - draft->scene.plan.slide;
	}
	status = pvhboot_plan_check(&draft->plan, &draft->scene.request, &diag);
	if (status != PVHBOOT_OK)
		expect_failure("edited", &diag, status, &(struct finding){ .says = 0 });
	draft->plan.places = draft->scene.plan.places;
	return status;
}

static void draft_close(struct draft *draft)
{
	free(draft->block);
	scene_close(&draft->scene);
}

#define BAD PVHBOOT_MALFORMED
#define RANGE PVHBOOT_RANGE
#define OF(member) EDIT_OF(struct pvhboot_plan, member)
#define DOWN(value) (0 - (uint64_t)(value))

/* The kernel and its entry go along with a slide. */
static const struct {
	const char *name;
	const struct kernel *kernel;
	enum pvhboot_status status;
	struct edit edit;
	uint64_t slide;
} edits[] = {
	{ "as it is", &bare, PVHBOOT_OK, { 0 }, 0 },
	{ "not aligned", &bare, RANGE, { 0 }, MIB },
	{ "a byte", &bare, RANGE, { 0 }, 1 },
	{ "up by a step alone", &bare, BAD, { 0 }, 2 * MIB }, /* code32_start */
	{ "to 1 TiB", &bare, RANGE, { 0 }, 1024 * GIB },
	{ "entry", &bare, RANGE, { EDIT_ADD, 0, 0, OF(entry), 1 }, 0 },
	{ "entry as linked", &bare, RANGE, { EDIT_SET, 0, 0, OF(entry), PADDR + 0x40 }, 0 },
	{ "slide without entry",
	  &bare,
	  RANGE,
	  { EDIT_ADD, 0, 0, OF(entry), DOWN(2 * MIB) },
	  2 * MIB },
	{ "another entry",
	  &bare,
	  BAD,
	  { EDIT_SET, 0, 0, OF(entry_kind), PVHBOOT_ENTRY_BZIMAGE64 },
	  0 },
	{ "no entry", &bare, BAD, { EDIT_SET, 0, 0, OF(entry_kind), 0 }, 0 },
	{ "GDT", &bare, BAD, { EDIT_ADD, 0, 0, OF(gdt), 8 }, 0 },
	{ "GDT behind the block", &bare, BAD, { EDIT_ADD, 0, 0, OF(gdt), MIB }, 0 },
	{ "GDT in front of it", &bare, BAD, { EDIT_ADD, 0, 0, OF(gdt), DOWN(MIB) }, 0 },
	{ "no GDT", &bare, BAD, { EDIT_SET, 0, 0, OF(gdt), 0 }, 0 },
	{ "tables, one on", &bare, BAD, { EDIT_ADD, 0, 0, OF(page_tables), 0x1000 }, 0 },
	{ "tables, a byte on", &bare, BAD, { EDIT_ADD, 0, 0, OF(page_tables), 1 }, 0 },
	{ "tables behind the block", &bare, BAD, { EDIT_ADD, 0, 0, OF(page_tables), MIB }, 0 },
	{ "no tables", &bare, BAD, { EDIT_SET, 0, 0, OF(page_tables), 0 }, 0 },
	{ "virtual slide", &bare, RANGE, { EDIT_ADD, 0, 0, OF(kaslr.virtual_slide), MIB }, 0 },
	{ "virtual slide of 1 GiB",
	  &bare,
	  RANGE,
	  { EDIT_SET, 0, 0, OF(kaslr.virtual_slide), GIB },
	  0 },
	{ "last virtual slide",
	  &bare,
	  PVHBOOT_OK,
	  { EDIT_SET, 0, 0, OF(kaslr.virtual_slide), 1006 * MIB },
	  0 },
	{ "one more", &bare, RANGE, { EDIT_SET, 0, 0, OF(kaslr.virtual_slide), 1008 * MIB }, 0 },
	{ "below 0", &bare, RANGE, { EDIT_SET, 0, 0, OF(kaslr.virtual_slide), DOWN(2 * MIB) }, 0 },
	{ "no slots", &bare, BAD, { EDIT_SET, 0, 0, OF(kaslr.physical_slots), 0 }, 0 },
	{ "one slot", &bare, BAD, { EDIT_SET, 0, 0, OF(kaslr.physical_slots), 1 }, 0 },
	{ "one virtual slot", &bare, BAD, { EDIT_SET, 0, 0, OF(kaslr.virtual_slots), 1 }, 0 },
	{ "a reason", &bare, BAD, { EDIT_SET, 0, 0, OF(kaslr.physical_fixed), 2 }, 0 },
	{ "a virtual reason", &bare, BAD, { EDIT_SET, 0, 0, OF(kaslr.virtual_fixed), 2 }, 0 },
	{ "a block that is shorter", &bare, BAD, { EDIT_ADD, 0, 0, OF(info.size), DOWN(1) }, 0 },
	{ "a block of a page", &bare, BAD, { EDIT_SET, 0, 0, OF(info.size), 0x1000 }, 0 },
	{ "a block of less", &bare, BAD, { EDIT_SET, 0, 0, OF(info.size), 0xfff }, 0 },
	{ "the block elsewhere", &bare, BAD, { EDIT_ADD, 0, 0, OF(start_info), 0x1000 }, 0 },
	{ "above 4 GiB, not allowed", &low_only, RANGE, { 0 }, 5 * GIB },
	{ "not relocatable", &not_relocatable, RANGE, { 0 }, 2 * MIB },
	{ "no relocations",
	  &without_relocs,
	  RANGE,
	  { EDIT_SET, 0, 0, OF(kaslr.virtual_slide), 2 * MIB },
	  0 },
	{ "PVH as it is", &pvh, PVHBOOT_OK, { 0 }, 0 },
	{ "PVH, a step on", &pvh, PVHBOOT_OK, { 0 }, MIB },
	{ "PVH, not aligned", &pvh, RANGE, { 0 }, 0x1000 },
	{ "PVH, beyond the note", &pvh, RANGE, { 0 }, GIB },
	{ "PVH, below the note", &pvh, RANGE, { 0 }, DOWN(GIB) },
	{ "PVH with a virtual slide",
	  &pvh,
	  RANGE,
	  { EDIT_SET, 0, 0, OF(kaslr.virtual_slide), 2 * MIB },
	  0 },
	{ "PVH with a GDT", &pvh, BAD, { EDIT_SET, 0, 0, OF(gdt), 0x1000 }, 0 },
	{ "PVH with page tables", &pvh, BAD, { EDIT_SET, 0, 0, OF(page_tables), 0x1000 }, 0 },
	{ "i386 as it is", &i386, PVHBOOT_OK, { 0 }, 0 },
	{ "i386, physical alone", &i386, RANGE, { 0 }, 2 * MIB },
	{ "i386, virtual alone",
	  &i386,
	  RANGE,
	  { EDIT_ADD, 0, 0, OF(kaslr.virtual_slide), 2 * MIB },
	  0 },
	{ "i386, both",
	  &i386,
	  PVHBOOT_OK,
	  { EDIT_ADD, 0, 0, OF(kaslr.virtual_slide), 2 * MIB },
	  2 * MIB },
	{ "i386, both beyond 512 MiB",
	  &i386,
	  RANGE,
	  { EDIT_ADD, 0, 0, OF(kaslr.virtual_slide), 512 * MIB },
	  512 * MIB },
	{ "32 bits with page tables",
	  &bzimage32,
	  BAD,
	  { EDIT_SET, 0, 0, OF(page_tables), 0x1103000 },
	  0 },
};

START_TEST(edited)
{
	struct draft draft;

	draft_open(&draft, edits[_i].kernel);
	draft_restore(&draft);
	draft.plan.slide += edits[_i].slide;
	draft.plan.entry += edits[_i].slide;
	if (edits[_i].edit.op != EDIT_NONE)
		edit_apply(&draft.plan, &edits[_i].edit);
	expect_status(edits[_i].name, judge(&draft), edits[_i].status);
	draft_close(&draft);
}
END_TEST

/* What a plan may say of chance; where the kernel lies stays. */
static const struct {
	const char *name;
	const struct kernel *kernel;
	enum pvhboot_status status;
	struct pvhboot_kaslr kaslr;
} claims[] = {
#define CLAIM(virtual_slide, physical_slots, physical, virtual_slots, virtual_)                    \
	{                                                                                          \
		virtual_slide, physical_slots, virtual_slots, PVHBOOT_FIXED_##physical,            \
			PVHBOOT_FIXED_##virtual_                                                   \
	}
	{ "both", &bare, PVHBOOT_OK, CLAIM(2 * MIB, 2, NOT, 2, NOT) },
	{ "above 4 GiB, and not by chance", &bare, RANGE, CLAIM(0, 1, NO_ROOM, 2, NOT) },
	{ "no relocations", &without_relocs, PVHBOOT_OK, CLAIM(0, 2, NOT, 1, NO_RELOCS) },
	{ "no relocations, and a slide", &without_relocs, RANGE, CLAIM(2 * MIB, 2, NOT, 2, NOT) },
	{ "PVH", &pvh, PVHBOOT_OK, CLAIM(0, 2, NOT, 1, BY_ENTRY) },
	{ "PVH, and not by chance", &pvh, PVHBOOT_OK, CLAIM(0, 1, NO_ROOM, 1, NO_ROOM) },
	{ "PVH with a virtual slide", &pvh, RANGE, CLAIM(2 * MIB, 2, NOT, 2, NOT) },
	{ "no physical slots", &pvh, BAD, CLAIM(0, 0, NO_ROOM, 1, BY_ENTRY) },
	{ "no virtual slots", &pvh, BAD, CLAIM(0, 2, NOT, 0, BY_ENTRY) },
	{ "no reason", &pvh, BAD, CLAIM(0, 2, NOT, 1, NO_ROOM + 1) },
	{ "physical not wanted", &pvh, BAD, CLAIM(0, 1, NOT_WANTED, 1, BY_ENTRY) },
	{ "virtual not wanted", &pvh, BAD, CLAIM(0, 2, NOT, 1, NOT_WANTED) },
};

START_TEST(claimed)
{
	struct draft draft;

	draft_open(&draft, claims[_i].kernel);
	draft_restore(&draft);
	draft.plan.kaslr = claims[_i].kaslr;
	expect_status(claims[_i].name, judge(&draft), claims[_i].status);
	draft_close(&draft);
}
END_TEST

/* Only Linux by its own entry is random above 4 GiB. */
START_TEST(high_segment)
{
	struct pvhboot_place places[8];
	struct pvhboot_diag diag = { 0 };
	struct draft draft;
	size_t n, i = 0;

	draft_open(&draft, &pvh);
	draft_restore(&draft);
	n = draft.plan.n_places;
	ck_assert_uint_le(n, N_OF(places));
	memcpy(places, draft.scene.plan.places, n * sizeof(places[0]));
	while (places[i].kind != PVHBOOT_PLACE_SEGMENT || places[i].index == 0)
		i++;
	places[n - 1] = places[i];
	places[n - 1].gpa = 5 * GIB;
	draft.plan.places = places;
	draft.plan.info = draft.scene.plan.info;
	expect_status("high", pvhboot_plan_check(&draft.plan, &draft.scene.request, &diag),
		      PVHBOOT_RANGE);
	expect_rule("high", &diag.failure, "ends at its ceiling");
	draft_close(&draft);
}
END_TEST

/* A page table may say anything of what lies above 4 GiB and is not the kernel. */
static int may_change(const struct draft *draft, size_t offset)
{
	uint64_t tables = draft->plan.page_tables - draft->plan.start_info;
	uint64_t maps = load_le(draft->scene.plan.info.data + (offset & ~(size_t)7), 8);
	uint64_t start = kernel_at(&draft->scene) & ~(2 * MIB - 1);

	if (offset == 0x210) /* type_of_loader */
		return 1;
	if (!draft->plan.page_tables || offset - tables >= 8 * 4096)
		return 0;
	return maps == 0 || (offset - tables >= 6 * 4096 && (maps & ~UINT64_C(0xfff)) != start);
}

/* Each byte of the block, in one of its bits. */
START_TEST(every_byte_of_the_block)
{
	static const struct kernel *const kinds[] = { &bare, &in_bzimage, &bzimage32 };
	struct draft draft;
	char row[64];

	draft_open(&draft, kinds[_i]);
	draft.scene.request.flags |= PVHBOOT_REQUEST_RNG_SEED;
	draft.scene.request.entropy = (struct pvhboot_bytes){ calloc(1, 48), 48 };
	memcpy((void *)(uintptr_t)draft.scene.request.entropy.data, entropy, 16);
	expect_good_plan("with a seed", &draft.scene);
	draft.block = realloc(draft.block, draft.scene.plan.info.size);
	draft_restore(&draft);
	expect_status("as it is", judge(&draft), PVHBOOT_OK);
	for (size_t i = 0; i < draft.plan.info.size; i += i < 4096 ? 1 : suite_step(3)) {
		snprintf(row, sizeof(row), "byte 0x%zx", i);
		draft.block[i] ^= (uint8_t)(1u << i * 5 % 8);
		if (!may_change(&draft, i))
			ck_assert_msg(judge(&draft) != PVHBOOT_OK, "%s: is taken", row);
		draft.block[i] ^= (uint8_t)(1u << i * 5 % 8);
	}
	expect_status("as it was", judge(&draft), PVHBOOT_OK);
	free((void *)(uintptr_t)draft.scene.request.entropy.data);
	draft_close(&draft);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kaslr");
	TCase *changes = suite_case(suite, "edited plans");
	TCase *slots = suite_case(suite, "slots");
	TCase *wanted = suite_case(suite, "what is wanted");

	tcase_add_loop_test(slots, every_slot, 0, (int)(N_OF(kernels) * N_OF(guests)));
	tcase_add_loop_test(slots, odd_ones, 0, N_OF(odd_kernels));
	tcase_add_test(slots, symbols);
	tcase_add_test(slots, even);
	tcase_add_loop_test(wanted, command_line, 0, N_OF(wishes));
	tcase_add_test(wanted, command_line_that_ends);
	tcase_add_test(wanted, command_line_of_others);
	tcase_add_loop_test(wanted, reason, 0, N_OF(reasons));
	tcase_add_test(wanted, names);
	tcase_add_test(wanted, moves_without_chance);
	tcase_add_test(wanted, i386_moves_down);
	tcase_add_loop_test(wanted, i386_moves_where_linux_can, 0, 4);
	tcase_add_loop_test(wanted, amount, 0, N_OF(amounts));
	tcase_add_loop_test(changes, edited, 0, N_OF(edits));
	tcase_add_loop_test(changes, claimed, 0, N_OF(claims));
	tcase_add_test(changes, high_segment);
	tcase_add_loop_test(changes, every_byte_of_the_block, 0, 3);
	return suite_run(suite);
}
