/* SPDX-License-Identifier: MIT */
/*
 * Plans by the entries of Linux: what the kernel is handed, byte by byte, and what
 * pvhboot_plan_check() says where it is another; which entry is taken; where an initrd goes.
 */

#include <pvhboot/pvhboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/bzbuild.h"
#include "support/edit.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/paramsread.h"
#include "support/scene.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define PADDR ((uint64_t)KERNEL_PADDR)
#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Kernels --------------------------------------------------------------------- */

enum source { BARE, BOTH, ALONE }; /* ELF image, ELF image with its bzImage, bzImage */

/* Every entry of Linux, by every source that has it. */
static const struct way {
	const char *name;
	enum source source;
	uint32_t kind;
} ways[] = {
	{ "linux64, bare", BARE, PVHBOOT_ENTRY_LINUX64 },
	{ "linux64 of a bzImage", BOTH, PVHBOOT_ENTRY_LINUX64 },
	{ "bzimage64", ALONE, PVHBOOT_ENTRY_BZIMAGE64 },
	{ "bzimage32", ALONE, PVHBOOT_ENTRY_BZIMAGE32 },
};

static void build(enum source source, const struct kernel_spec *spec, struct elf *elf,
		  struct blob *bzimage)
{
	memset(bzimage, 0, sizeof(*bzimage));
	kernel_build(elf, spec);
	if (source != BARE)
		bz_image(bzimage, PVHBOOT_COMPRESSION_GZIP, blob_view(&elf->image));
}

static void open_built(struct scene *scene, enum source source, struct elf *elf,
		       struct blob *bzimage)
{
	scene_open_linux(scene, source == ALONE ? NULL : elf, source == BARE ? NULL : bzimage);
	elf_free(elf);
	blob_free(bzimage);
}

static void open_way(struct scene *scene, const struct way *way)
{
	static const struct kernel_spec spec = { .is_linux = 1, .without_pvh = 1 };
	struct blob bzimage;
	struct elf elf;

	build(way->source, &spec, &elf, &bzimage);
	open_built(scene, way->source, &elf, &bzimage);
	scene->request.entry = way->kind;
}

/* The map of a PC of so much memory, with the hole that devices have below 4 GiB. */
static void map_pc(struct scene *scene, uint64_t size, uint64_t hole)
{
	uint64_t low = size < hole ? size : hole;

	scene_map(scene, 0, 0xa0000, PVHBOOT_MAP_RAM);
	scene_map(scene, 0x100000, low - 0x100000, PVHBOOT_MAP_RAM);
	scene_map(scene, 0xfee00000u, 0x1000, PVHBOOT_MAP_RESERVED);
	if (size > low)
		scene_map(scene, 4 * GIB, size - low, PVHBOOT_MAP_RAM);
}

static void open_pc(struct scene *scene, const struct way *way)
{
	open_way(scene, way);
	map_pc(scene, 64 * MIB, 3 * GIB);
}

/* ---- Requests -------------------------------------------------------------------- */

static uint8_t entropy[4096 + 16];

static void nothing(struct scene *scene)
{
	(void)scene;
}

static void command_line(struct scene *scene)
{
	scene->request.cmdline = pvhboot_text("console=ttyS0 root=/dev/vda \xc3\xa4");
}

static void one_module(struct scene *scene)
{
	scene_module(scene, 0x1234, "left alone");
}

static void empty_module_first(struct scene *scene)
{
	scene_module(scene, 0, NULL);
	scene_module(scene, 0x1234, NULL);
}

static void two_modules(struct scene *scene)
{
	scene_module(scene, 0x1234, NULL);
	scene_module(scene, 0x2345, NULL);
}

static void joined(struct scene *scene)
{
	scene_module(scene, 0x1233, NULL);
	scene_module(scene, 0x2345, NULL);
	scene_module(scene, 1, NULL);
	scene->request.flags |= PVHBOOT_REQUEST_JOIN;
}

static void rsdp(struct scene *scene)
{
	scene->request.rsdp = 0xe0000;
}

static void rsdp_in_blob(struct scene *scene)
{
	struct pvhboot_blob *blob = scene_blob(scene, 0x2000, 0, PVHBOOT_MAP_ACPI);
	uint8_t *at = scene->blob_contents[0].data + 0x10;
	uint8_t sum = 0;

	memset(at, 0, 20);
	memcpy(at, "RSD PTR ", 8);
	store_le(at + 16, 4, 0xf1000);
	for (size_t i = 0; i < 20; i++)
		sum = (uint8_t)(sum + at[i]);
	at[8] = (uint8_t)(0 - sum);
	blob->align = 0x1000;
	scene->request.rsdp = 0x10;
	scene->request.flags |= PVHBOOT_REQUEST_RSDP_IN_BLOB;
}

static void seed_of(struct scene *scene, size_t size)
{
	scene->request.entropy = (struct pvhboot_bytes){ entropy, size };
	scene->request.flags |= PVHBOOT_REQUEST_RNG_SEED;
}

static void seed(struct scene *scene)
{
	seed_of(scene, 32);
}

static void seed_of_any_size(struct scene *scene)
{
	seed_of(scene, 33);
}

static void large_seed(struct scene *scene)
{
	seed_of(scene, 4096);
}

static void all_types(struct scene *scene)
{
	for (uint32_t type = 2; type <= 7; type++)
		scene_map(scene, GIB + type * 0x10000, 0x8000, type);
	/* once it is reserved, it is not merged with what is reserved already */
	scene_map(scene, 2 * GIB, 0x1000, PVHBOOT_MAP_RESERVED);
	scene_map(scene, 2 * GIB + 0x1000, 0x1000, PVHBOOT_MAP_DISABLED);
}

static void one_entry(struct scene *scene)
{
	scene->request.n_map = 0;
	scene_map(scene, 0, 64 * MIB, PVHBOOT_MAP_RAM);
}

static void odd_entry(struct scene *scene)
{
	scene->request.n_map = 0;
	scene_map(scene, 0x1001, 64 * MIB + 0xabc, PVHBOOT_MAP_RAM);
}

static void all_at_once(struct scene *scene)
{
	command_line(scene);
	one_module(scene);
	seed(scene);
	all_types(scene);
}

static void low_block(struct scene *scene)
{
	scene->request.info_ceiling = MIB;
	scene->request.flags |= PVHBOOT_REQUEST_BELOW_1MIB;
}

static void just_fits(struct scene *scene)
{
	static char text[2048];

	memset(text, 'x', 2047);
	scene->request.cmdline = pvhboot_text(text);
}

static void one_too_long(struct scene *scene)
{
	static char text[2049];

	memset(text, 'x', 2048);
	scene->request.cmdline = pvhboot_text(text);
}

static const struct {
	const char *name;
	void (*prepare)(struct scene *scene);
	size_t n_warnings;
	size_t n_start_warnings;
} requests[] = {
	{ "nothing", nothing, 0, 0 },
	{ "command line", command_line, 0, 0 },
	{ "module", one_module, 0, 0 },
	{ "empty module first", empty_module_first, 1, 0 },
	{ "two modules", two_modules, 1, 0 },
	{ "joined modules", joined, 0, 0 },
	{ "rsdp", rsdp, 0, 0 },
	{ "rsdp in a blob", rsdp_in_blob, 0, 0 },
	{ "seed", seed, 0, 0 },
	{ "seed of 33 bytes", seed_of_any_size, 0, 0 },
	{ "seed of 4 KiB", large_seed, 0, 0 },
	{ "all types of memory", all_types, 0, 0 },
	{ "map of one entry", one_entry, 0, 0 },
	{ "map of one odd entry", odd_entry, 0, 0 },
	{ "all at once", all_at_once, 0, 0 },
	{ "block below 1 MiB", low_block, 0, 0 },
	{ "command line that just fits", just_fits, 0, 0 },
	{ "command line that is cut", one_too_long, 1, 1 },
};

START_TEST(what_is_handed_over)
{
	const struct way *way = &ways[(size_t)_i / N_OF(requests)];
	size_t i = (size_t)_i % N_OF(requests);
	struct scene scene;
	char row[128];

	snprintf(row, sizeof(row), "%s: %s", way->name, requests[i].name);
	open_pc(&scene, way);
	requests[i].prepare(&scene);
	params_expect_plan(row, &scene, requests[i].n_warnings, requests[i].n_start_warnings);
	expect_eq(row, scene.plan.entry_kind, way->kind);
	expect_eq(row, scene.plan.slide, 0);
	expect_eq(row, scene.plan.kaslr.physical_fixed, PVHBOOT_FIXED_NOT_WANTED);
	expect_eq(row, scene.plan.kaslr.virtual_fixed, PVHBOOT_FIXED_NOT_WANTED);
	expect_eq(row, scene.plan.kaslr.physical_slots, 1);
	expect_eq(row, scene.plan.kaslr.virtual_slots, 1);
	expect_eq(row, scene.plan.kaslr.virtual_slide, 0);
	scene_close(&scene);
}
END_TEST

/* ---- The map --------------------------------------------------------------------- */

static const size_t map_sizes[] = { 1, 2, 3, 127, 128, 129, 130, 200, 500 };

/* RAM first, then as many others. */
START_TEST(map_entries)
{
	const struct way *way = &ways[(size_t)_i / N_OF(map_sizes)];
	size_t n = map_sizes[(size_t)_i % N_OF(map_sizes)];
	struct pvhboot_map_entry map[500];
	struct scene scene;
	char row[128];

	snprintf(row, sizeof(row), "%s: %zu", way->name, n);
	open_way(&scene, way);
	for (size_t i = 0; i < n; i++)
		map[i] = (struct pvhboot_map_entry){ .gpa = 0x80000000u + 0x10000 * i,
						     .size = 0x1000,
						     .type = (uint32_t)(i % 7 + 1) };
	map[0] = (struct pvhboot_map_entry){ .gpa = 0, .size = 64 * MIB, .type = 1 };
	scene.request.map = map;
	scene.request.n_map = n;
	seed(&scene);
	params_expect_plan(row, &scene, 0, 0);
	expect_eq(row, scene.plan.n_map, n);
	scene_close(&scene);
}
END_TEST

/* The smallest that there is room for. */
START_TEST(small_map)
{
	const struct way *way = &ways[_i];
	size_t pages = way->kind == PVHBOOT_ENTRY_BZIMAGE32 ? 2 : 10;
	struct scene scene;

	open_way(&scene, way);
	scene_map(&scene, PADDR, (scene.kernel.end - PADDR + 0xfff) / 0x1000 * 0x1000,
		  PVHBOOT_MAP_RAM);
	scene.map[0].size += (pages - 1) * 0x1000;
	expect_status(way->name, scene_plan(&scene), PVHBOOT_NOROOM);
	scene.map[0].size += 0x1000;
	params_expect_plan(way->name, &scene, 0, 0);
	/* behind the pages there are a GDT and the command line, and nothing else */
	expect_eq(way->name, scene.plan.info.size % 0x1000, 32 + scene.request.cmdline.size + 1);
	scene_close(&scene);
}
END_TEST

/* ---- The header ------------------------------------------------------------------ */

/* As long as the file says, and with what it has there. */
static const struct {
	const char *name;
	const char *field;
	uint64_t value;
	size_t n_warnings; /* of the start */
} headers[] = {
	{ "up to 0x264", "jump", 0x62, 0 },
	{ "up to 0x290", "jump", 0x8e, 0 },
	{ "setup_data of its own", "setup_data", UINT64_MAX, 0 },
	{ "ramdisk of its own", "ramdisk_image", 0x1234, 0 },
	{ "size of a ramdisk", "ramdisk_size", 0x1234, 0 },
	{ "type_of_loader 0", "type_of_loader", 0, 0 },
	{ "every flag", "loadflags", 0xff, 0 },
	{ "another boot_flag", "boot_flag", 0, 0 },
	{ "no field above 4 GiB", "xloadflags", 0x3d, 0 },
	{ "protocol 2.10", "version", 0x20a, 0 },
	{ "code32_start", "code32_start", 0x12345678, 0 },
	{ "cmd_line_ptr", "cmd_line_ptr", 0x12345678, 0 },
	{ "handover_offset", "handover_offset", 0x12345678, 0 },
};

START_TEST(header)
{
	const struct way *way = &ways[1 + (size_t)_i / N_OF(headers)];
	size_t i = (size_t)_i % N_OF(headers);
	const struct kernel_spec spec = { .is_linux = 1 };
	struct blob bzimage;
	struct scene scene;
	struct elf elf;
	char row[128];

	snprintf(row, sizeof(row), "%s: %s", way->name, headers[i].name);
	build(way->source, &spec, &elf, &bzimage);
	bz_patch(&bzimage, headers[i].field, headers[i].value);
	open_built(&scene, way->source, &elf, &bzimage);
	map_pc(&scene, 64 * MIB, 3 * GIB);
	scene.request.entry = way->kind;
	if (!(scene.kernel.entries & PVHBOOT_ENTRY_BIT(way->kind))) {
		/* before 2.12 there are no xloadflags */
		expect_eq(row, bz_read(&scene.bzimage, "version"), 0x20a);
		expect_status(row, scene_plan(&scene), PVHBOOT_NOTPVH);
	} else {
		one_module(&scene);
		params_expect_plan(row, &scene, 0, headers[i].n_warnings);
	}
	scene_close(&scene);
}
END_TEST

/* ---- Which entry ----------------------------------------------------------------- */

#define PVH PVHBOOT_ENTRY_PVH
#define LINUX64 PVHBOOT_ENTRY_LINUX64
#define BZIMAGE64 PVHBOOT_ENTRY_BZIMAGE64
#define BZIMAGE32 PVHBOOT_ENTRY_BZIMAGE32
#define NONE 0     /* NOTPVH */
#define REFUSED 99 /* INVAL */
#define N_KINDS 5

/* By request.entry: AUTO, PVH, LINUX64, BZIMAGE64, BZIMAGE32. */
static const struct choice {
	const char *name;
	enum source source;
	unsigned int bits;
	int is_linux;
	int without_pvh;
	const char *lists;
	uint32_t plain[N_KINDS];
	uint32_t by_chance[N_KINDS]; /* KASLR */
	uint32_t for_pvh[N_KINDS];   /* DOM0 or VERSION_0, with KASLR or without */
} choices[] = {
	{ "PVH and Linux",
	  BARE,
	  64,
	  1,
	  0,
	  "pvh, linux64",
	  { PVH, PVH, LINUX64, NONE, NONE },
	  { LINUX64, PVH, LINUX64, NONE, NONE },
	  { PVH, PVH, REFUSED, NONE, NONE } },
	{ "PVH and Linux of a bzImage",
	  BOTH,
	  64,
	  1,
	  0,
	  "pvh, linux64",
	  { PVH, PVH, LINUX64, NONE, NONE },
	  { LINUX64, PVH, LINUX64, NONE, NONE },
	  { PVH, PVH, REFUSED, NONE, NONE } },
	{ "PVH",
	  BARE,
	  64,
	  0,
	  0,
	  "pvh",
	  { PVH, PVH, NONE, NONE, NONE },
	  { PVH, PVH, NONE, NONE, NONE },
	  { PVH, PVH, NONE, NONE, NONE } },
	{ "Linux",
	  BARE,
	  64,
	  1,
	  1,
	  "linux64",
	  { LINUX64, NONE, LINUX64, NONE, NONE },
	  { LINUX64, NONE, LINUX64, NONE, NONE },
	  { NONE, NONE, REFUSED, NONE, NONE } },
	{ "i386",
	  BARE,
	  32,
	  1,
	  0,
	  "pvh",
	  { PVH, PVH, NONE, NONE, NONE },
	  { PVH, PVH, NONE, NONE, NONE },
	  { PVH, PVH, NONE, NONE, NONE } },
	{ "bzImage",
	  ALONE,
	  64,
	  1,
	  0,
	  "bzimage64, bzimage32",
	  { BZIMAGE64, NONE, NONE, BZIMAGE64, BZIMAGE32 },
	  { BZIMAGE64, NONE, NONE, BZIMAGE64, BZIMAGE32 },
	  { NONE, NONE, NONE, REFUSED, REFUSED } },
	{ "bzImage of 32 bits",
	  ALONE,
	  32,
	  1,
	  0,
	  "bzimage32",
	  { BZIMAGE32, NONE, NONE, NONE, BZIMAGE32 },
	  { BZIMAGE32, NONE, NONE, NONE, BZIMAGE32 },
	  { NONE, NONE, NONE, NONE, REFUSED } },
};

static const uint32_t choice_flags[] = {
	0,
	PVHBOOT_REQUEST_KASLR,
	PVHBOOT_REQUEST_DOM0,
	PVHBOOT_REQUEST_VERSION_0,
	PVHBOOT_REQUEST_DOM0 | PVHBOOT_REQUEST_KASLR,
	PVHBOOT_REQUEST_VERSION_0 | PVHBOOT_REQUEST_KASLR,
};

static void open_choice(struct scene *scene, const struct choice *choice)
{
	const struct kernel_spec spec = { .bits = choice->bits,
					  .is_linux = choice->is_linux,
					  .without_pvh = choice->without_pvh };
	struct blob bzimage;
	struct elf elf;

	build(choice->source, &spec, &elf, &bzimage);
	if (choice->bits == 32 && choice->source == ALONE)
		bz_patch(&bzimage, "xloadflags", 0);
	open_built(scene, choice->source, &elf, &bzimage);
	map_pc(scene, 64 * MIB, 3 * GIB);
}

static void expect_choice(const char *row, struct scene *scene, const struct choice *choice,
			  uint32_t want)
{
	const struct finding at_kernel = { .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_NUMBERS,
					   .stage = PVHBOOT_STAGE_PLAN,
					   .subject = PVHBOOT_SUBJECT_KERNEL };
	uint32_t asked = scene->request.entry;
	char detail[128];

	if (want == REFUSED) {
		scene_expect_no_plan(
			row, scene, PVHBOOT_INVAL, "the PVH entry alone",
			&(struct finding){ .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_PLAN });
	} else if (want == NONE) {
		scene_expect_no_plan(row, scene, PVHBOOT_NOTPVH, "the entry asked for", &at_kernel);
		snprintf(detail, sizeof(detail), "%s%s; the kernel's entries: %s",
			 asked ? pvhboot_entry_name((enum pvhboot_entry_kind)asked) : "AUTO takes",
			 asked ? " is asked for" : " pvh alone with DOM0 or VERSION_0",
			 choice->lists);
		ck_assert_msg(strcmp(scene->diag.detail, detail) == 0, "%s: \"%s\", not \"%s\"",
			      row, scene->diag.detail, detail);
	} else if (want == PVH) {
		scene_expect_plan(row, scene, 0);
		expect_eq(row, scene->plan.entry_kind, PVH);
	} else {
		params_expect_plan(row, scene, 0, 0);
		expect_eq(row, scene->plan.entry_kind, want);
	}
}

START_TEST(entry_choice)
{
	const struct choice *choice = &choices[_i];
	struct scene scene;
	char row[128];

	open_choice(&scene, choice);
	for (uint32_t entry = 0; entry < N_KINDS; entry++) {
		for (size_t i = 0; i < N_OF(choice_flags); i++) {
			uint32_t flags = choice_flags[i];
			const uint32_t *wants = flags == 0 ? choice->plain : choice->by_chance;

			if (flags & ~PVHBOOT_REQUEST_KASLR)
				wants = choice->for_pvh;
			snprintf(row, sizeof(row), "%s: %s with flags %u", choice->name,
				 pvhboot_entry_name((enum pvhboot_entry_kind)entry), flags);
			scene.request.entry = entry;
			scene.request.flags = flags;
			scene.request.entropy =
				(struct pvhboot_bytes){ entropy,
							flags & PVHBOOT_REQUEST_KASLR ? 16 : 0 };
			expect_choice(row, &scene, choice, wants[entry]);
		}
	}
	scene_close(&scene);
}
END_TEST

/* ---- Where an initrd goes -------------------------------------------------------- */

/* A module of so many bytes, which nobody reads. */
static void large_module(struct scene *scene, uint64_t size)
{
	scene->modules[0] = (struct pvhboot_module){ .bytes = { NULL, (size_t)size },
						     .flags = PVHBOOT_MODULE_BY_CALLER };
	scene->request.n_modules = 1;
}

#define ABOVE PVHBOOT_REQUEST_MODULES_ABOVE_4GIB
#define NO_ROOM 1

/* Sizes around the hole at 3 GiB. What must hold: it fits below the hole, or is refused, or where
 * the request and the kernel allow it lies above. */
static const struct {
	const char *name;
	uint64_t memory;
	uint64_t size;
	uint32_t flags;
	int is_low; /* bit 1 of xloadflags is not set */
	int fails;
	uint64_t above; /* it lies there or above */
} initrds[] = {
	{ "3330 MiB, small", 3330 * MIB, 100 * MIB, 0, 0, 0, 0 },
	{ "3330 MiB, up to the hole", 3330 * MIB, 3072 * MIB - 18 * MIB, 0, 0, 0, 0 },
	{ "3330 MiB, one more", 3330 * MIB, 3072 * MIB - 16 * MIB, 0, 0, NO_ROOM, 0 },
	{ "3330 MiB, across the hole", 3330 * MIB, 3100 * MIB, 0, 0, NO_ROOM, 0 },
	{ "3330 MiB, what is above", 3330 * MIB, 258 * MIB, ABOVE, 0, 0, 0 },
	{ "4096 MiB, up to the hole", 4096 * MIB, 3072 * MIB - 18 * MIB, 0, 0, 0, 0 },
	{ "4096 MiB, across the hole", 4096 * MIB, 3080 * MIB, 0, 0, NO_ROOM, 0 },
	{ "4096 MiB, above is too small", 4096 * MIB, 3080 * MIB, ABOVE, 0, NO_ROOM, 0 },
	{ "5120 MiB, 2 GiB", 5120 * MIB, 2 * GIB, ABOVE, 0, 0, 0 },
	{ "5120 MiB, across the hole", 5120 * MIB, 3080 * MIB, ABOVE, 0, NO_ROOM, 0 },
	{ "8192 MiB, across the hole", 8192 * MIB, 3080 * MIB, 0, 0, NO_ROOM, 0 },
	{ "8192 MiB, above", 8192 * MIB, 3080 * MIB, ABOVE, 0, 0, 4 * GIB },
	{ "8192 MiB, 5 GiB", 8192 * MIB, 5 * GIB, ABOVE, 0, 0, 4 * GIB },
	{ "8192 MiB, a byte more", 8192 * MIB, 5 * GIB + 1, ABOVE, 0, NO_ROOM, 0 },
	{ "8192 MiB, 5 GiB that may not", 8192 * MIB, 5 * GIB, 0, 0, NO_ROOM, 0 },
	{ "8192 MiB, 5 GiB of an old kernel", 8192 * MIB, 5 * GIB, ABOVE, 1, NO_ROOM, 0 },
	{ "up to initrd_addr_max", 8192 * MIB, 2048 * MIB - 18 * MIB, ABOVE, 1, 0, 0 },
	{ "beyond initrd_addr_max", 8192 * MIB, 2048 * MIB - 16 * MIB, ABOVE, 1, NO_ROOM, 0 },
};

START_TEST(where_an_initrd_goes)
{
	const struct way *way = &ways[1 + (size_t)_i / N_OF(initrds)];
	size_t i = (size_t)_i % N_OF(initrds);
	const struct kernel_spec spec = { .is_linux = 1 };
	const struct pvhboot_place *place;
	struct blob bzimage;
	struct scene scene;
	struct elf elf;
	char row[128];

	if (initrds[i].size > SIZE_MAX)
		return;
	snprintf(row, sizeof(row), "%s: %s", way->name, initrds[i].name);
	build(way->source, &spec, &elf, &bzimage);
	if (initrds[i].is_low)
		bz_patch(&bzimage, "xloadflags", 1);
	open_built(&scene, way->source, &elf, &bzimage);
	scene.request.entry = way->kind;
	scene.request.flags = initrds[i].flags;
	map_pc(&scene, initrds[i].memory, 3 * GIB);
	large_module(&scene, initrds[i].size);
	if (initrds[i].fails) {
		scene_expect_no_plan(row, &scene, PVHBOOT_NOROOM, "module",
				     &(struct finding){ .says = SAYS_STAGE | SAYS_SUBJECT,
							.stage = PVHBOOT_STAGE_PLAN,
							.subject = PVHBOOT_SUBJECT_MODULE });
	} else {
		params_expect_plan(row, &scene, 0, 0);
		place = scene_place(&scene, PVHBOOT_PLACE_MODULE, 0);
		expect_true(row, place->gpa >= initrds[i].above);
		expect_true(row, place->gpa >= 4 * GIB || place->gpa + place->size <= 3 * GIB);
		if (initrds[i].is_low)
			expect_true(row, place->gpa + place->size <= 0x80000000u);
	}
	scene_close(&scene);
}
END_TEST

/* With a gpa of its own: the last byte that there may be, and the next page. */
START_TEST(initrd_with_a_gpa)
{
	const struct kernel_spec spec = { .is_linux = 1 };
	const struct finding want = { .says = SAYS_SUBJECT | SAYS_INDEX | SAYS_NUMBERS,
				      .subject = PVHBOOT_SUBJECT_MODULE,
				      .index = 0,
				      .found = 2 * GIB + 0x1000,
				      .bound = 2 * GIB };
	struct blob bzimage;
	struct scene scene;
	struct elf elf;

	build(BOTH, &spec, &elf, &bzimage);
	bz_patch(&bzimage, "xloadflags", 1);
	open_built(&scene, BOTH, &elf, &bzimage);
	scene.request.entry = PVHBOOT_ENTRY_LINUX64;
	map_pc(&scene, 8 * GIB, 3 * GIB);
	large_module(&scene, MIB);
	scene.modules[0].gpa = 2 * GIB - MIB;
	params_expect_plan("up to initrd_addr_max", &scene, 0, 0);
	scene.modules[0].gpa += 0x1000;
	scene_expect_no_plan("beyond", &scene, PVHBOOT_RANGE, "", &want);
	scene.request.entry = PVHBOOT_ENTRY_PVH;
	scene_expect_plan("not of PVH", &scene, 0);
	scene_close(&scene);
}
END_TEST

/* ---- A kernel that moves --------------------------------------------------------- */

START_TEST(moves)
{
	const struct way *way = &ways[_i];
	struct scene scene;

	open_pc(&scene, way);
	scene_avoid(&scene, PADDR, PADDR + 1);
	params_expect_plan(way->name, &scene, 0, 0);
	ck_assert_uint_ne(scene.plan.slide, 0);
	ck_assert_uint_eq(scene.plan.slide % (2 * MIB), 0);
	scene.request.flags = PVHBOOT_REQUEST_LOWEST;
	params_expect_plan(way->name, &scene, 0, 0);
	ck_assert_uint_eq(scene.plan.slide, 2 * MIB - PADDR);
	scene.request.flags = PVHBOOT_REQUEST_SLIDE;
	scene.request.slide = 4 * MIB;
	params_expect_plan(way->name, &scene, 0, 0);
	scene.request.slide = MIB;
	expect_status(way->name, scene_plan(&scene), PVHBOOT_RANGE);
	scene.request.slide = 0 - PADDR;
	expect_status(way->name, scene_plan(&scene), PVHBOOT_RANGE);
	scene_close(&scene);
}
END_TEST

START_TEST(cannot_move)
{
	const struct way *way = &ways[1 + _i];
	const struct kernel_spec spec = { .is_linux = 1 };
	struct blob bzimage;
	struct scene scene;
	struct elf elf;

	build(way->source, &spec, &elf, &bzimage);
	bz_patch(&bzimage, "relocatable_kernel", 0);
	open_built(&scene, way->source, &elf, &bzimage);
	map_pc(&scene, 64 * MIB, 3 * GIB);
	scene.request.entry = way->kind;
	params_expect_plan(way->name, &scene, 0, 0);
	scene_avoid(&scene, PADDR, PADDR + 1);
	expect_status(way->name, scene_plan(&scene), PVHBOOT_OVERLAP);
	scene_close(&scene);
}
END_TEST

/* ---- Blocks that were edited ----------------------------------------------------- */

/* More than the table holds, by two: enough room to be a seed. */
static void long_map(struct scene *scene)
{
	static struct pvhboot_map_entry map[130];

	for (size_t i = 0; i < N_OF(map); i++)
		map[i] = (struct pvhboot_map_entry){ 0x80000000u + 0x10000 * i, 0x1000,
						     PVHBOOT_MAP_RESERVED, 0 };
	map[0] = (struct pvhboot_map_entry){ 0, 64 * MIB, PVHBOOT_MAP_RAM, 0 };
	scene->request.map = map;
	scene->request.n_map = N_OF(map);
}

static void long_map_and_seed(struct scene *scene)
{
	long_map(scene);
	seed(scene);
}

/* The last of eight bytes takes the kernel to three quarters of what there is. */
static void kernel_above_4_gib(struct scene *scene)
{
	scene->request.n_map = 0;
	map_pc(scene, 8 * GIB, 3 * GIB);
	scene->request.flags |= PVHBOOT_REQUEST_KASLR;
	scene->request.entropy = (struct pvhboot_bytes){ entropy + 20, 16 };
}

static uint8_t *in_block(const struct scene *scene, uint64_t gpa)
{
	return (uint8_t *)(uintptr_t)scene->plan.info.data + (gpa - scene->plan.start_info);
}

/* What an edit changes numbers of; AT_PAGE is the page table's entry of the kernel's start. */
enum { AT_PARAMS, AT_CMDLINE, AT_SETUP_DATA, AT_GDT, AT_PAGE };

static uint8_t *part_of(const struct scene *scene, unsigned int target)
{
	const uint64_t start = scene->kernel.start + scene->plan.slide;
	uint8_t *params = in_block(scene, scene->plan.start_info);
	uint64_t table = scene->plan.page_tables;

	switch (target) {
	case AT_CMDLINE:
		return in_block(scene, load_le(params + 0x228, 4));
	case AT_SETUP_DATA:
		return in_block(scene, load_le(params + 0x250, 8));
	case AT_GDT:
		return in_block(scene, scene->plan.gdt);
	case AT_PAGE:
		for (unsigned int shift = 39; shift > 21; shift -= 9)
			table = load_le(in_block(scene, table + 8 * (start >> shift & 511)), 8) &
				~UINT64_C(0xfff);
		return in_block(scene, table + 8 * (start >> 21 & 511));
	default:
		return params;
	}
}

/* The map's rest becomes a second seed. */
static void seed_twice(struct scene *scene)
{
	uint8_t *first = part_of(scene, AT_SETUP_DATA);
	uint8_t *second = in_block(scene, load_le(first, 8));

	ck_assert_uint_eq(load_le(first + 8, 4), 9);
	ck_assert_uint_ge(load_le(second + 12, 4), load_le(first + 12, 4));
	memcpy(second + 8, first + 8, 8 + load_le(first + 12, 4));
}

static void chain_left_out(struct scene *scene)
{
	store_le(part_of(scene, AT_PARAMS) + 0x250, 8, 0);
}

static void rest_left_out(struct scene *scene)
{
	store_le(part_of(scene, AT_SETUP_DATA), 8, 0);
}

#define BARE64 0 /* of ways */
#define LAST32 3
#define BAD PVHBOOT_MALFORMED
#define XOR(target, offset, width, value)                                                          \
	{                                                                                          \
		EDIT_XOR, target, 0, offset, width, value                                          \
	}
#define ADD(target, offset, width, value)                                                          \
	{                                                                                          \
		EDIT_ADD, target, 0, offset, width, value                                          \
	}

static const struct {
	const char *name;
	size_t way;
	void (*prepare)(struct scene *scene);
	enum pvhboot_status status;
	struct edit edits[2];
	void (*edit)(struct scene *scene); /* what cannot be said so; NULL: nothing */
} edits[] = {
	{ "nothing", BARE64, all_at_once, PVHBOOT_OK, .edit = NULL },
	{ "another loader", BARE64, nothing, PVHBOOT_OK,
	  .edits = { XOR(AT_PARAMS, 0x210, 1, 0xff ^ 0x21) } },
	{ "no loader", BARE64, nothing, BAD, .edits = { XOR(AT_PARAMS, 0x210, 1, 0xff) } },
	{ "no NUL", BARE64, nothing, BAD, .edits = { XOR(AT_CMDLINE, 0, 1, 'x') } },
	{ "no NUL behind a text", BARE64, command_line, BAD,
	  .edits = { XOR(AT_CMDLINE, 30, 1, 'x') } },
	{ "an initrd that is none", BARE64, nothing, BAD,
	  .edits = { ADD(AT_PARAMS, 0x218, 4, 0x1000) } },
	{ "a size of none", BARE64, nothing, BAD, .edits = { ADD(AT_PARAMS, 0x21c, 4, 1) } },
	{ "an initrd a page on", BARE64, one_module, BAD,
	  .edits = { ADD(AT_PARAMS, 0x218, 4, 0x1000), ADD(AT_PARAMS, 0x21c, 4, 0u - 0x1000) } },
	{ "an initrd of a byte more", BARE64, one_module, BAD,
	  .edits = { ADD(AT_PARAMS, 0x21c, 4, 1) } },
	{ "another seed", BARE64, seed, BAD, .edits = { XOR(AT_SETUP_DATA, 16 + 31, 1, 1) } },
	{ "a shorter seed", BARE64, seed, BAD, .edits = { ADD(AT_SETUP_DATA, 12, 4, 0u - 1) } },
	{ "the map's rest as an empty seed", BARE64, long_map, BAD,
	  .edits = { XOR(AT_SETUP_DATA, 8, 4, 1 ^ 9), XOR(AT_SETUP_DATA, 12, 4, 40) } },
	{ "another entry in the map's rest", BARE64, long_map, BAD,
	  .edits = { XOR(AT_SETUP_DATA, 16 + 20, 8, 0x1000) } },
	{ "half of the map's rest", BARE64, long_map, BAD,
	  .edits = { XOR(AT_SETUP_DATA, 12, 4, 40 ^ 20) } },
	{ "no seed", BARE64, seed, BAD, .edit = chain_left_out },
	{ "the map's rest left out", BARE64, long_map_and_seed, BAD, .edit = rest_left_out },
	{ "the seed twice", BARE64, long_map_and_seed, BAD, .edit = seed_twice },
	{ "a null segment", BARE64, nothing, BAD, .edits = { XOR(AT_GDT, 0, 8, 1) } },
	{ "a segment in front", BARE64, nothing, BAD, .edits = { XOR(AT_GDT, 8, 8, 1) } },
	{ "other code", BARE64, nothing, BAD, .edits = { XOR(AT_GDT, 16, 8, 1) } },
	{ "other data", BARE64, nothing, BAD, .edits = { XOR(AT_GDT, 24, 8, 1) } },
	{ "code of 64 bits", LAST32, nothing, BAD,
	  .edits = { XOR(AT_GDT, 16, 8, UINT64_C(0x60) << 48) } },
	{ "a kernel that is not mapped", BARE64, kernel_above_4_gib, BAD,
	  .edits = { XOR(AT_PAGE, 0, 8, 1) } },
};

/* The places end at an unreadable page. */
START_TEST(edited)
{
	const char *row = edits[_i].name;
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_buffer places;
	struct scene scene;
	struct guard guard;

	open_pc(&scene, &ways[edits[_i].way]);
	edits[_i].prepare(&scene);
	expect_status(row, scene_plan(&scene), PVHBOOT_OK);
	guard = guard_open(4096);
	places = guard_buffer(&guard, scene.plan.n_places * sizeof(scene.plan.places[0]));
	memcpy(places.data, scene.plan.places, places.size);
	scene.plan.places = (struct pvhboot_place *)(void *)places.data;
	expect_status(row, pvhboot_plan_check(&scene.plan, &scene.request, &diag), PVHBOOT_OK);
	for (size_t i = 0; i < 2 && edits[_i].edits[i].op != EDIT_NONE; i++)
		edit_apply_le(part_of(&scene, edits[_i].edits[i].target), &edits[_i].edits[i]);
	if (edits[_i].edit)
		edits[_i].edit(&scene);
	expect_status(row, pvhboot_plan_check(&scene.plan, &scene.request, &diag),
		      edits[_i].status);
	if (edits[_i].status)
		expect_failure(
			row, &diag, edits[_i].status,
			&(struct finding){ .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_PLAN });
	guard_close(&guard);
	scene_close(&scene);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("boot_plan");
	TCase *handed = suite_case(suite, "what is handed over");
	TCase *edited_ones = suite_case(suite, "edited blocks");
	TCase *other = suite_case(suite, "where and how");
	const int n_ways = N_OF(ways);

	for (size_t i = 0; i < sizeof(entropy); i++)
		entropy[i] = (uint8_t)(i * 7 + i / 256 + 1);
	tcase_add_loop_test(handed, what_is_handed_over, 0, n_ways * (int)N_OF(requests));
	tcase_add_loop_test(handed, map_entries, 0, n_ways * (int)N_OF(map_sizes));
	tcase_add_loop_test(handed, small_map, 0, n_ways);
	tcase_add_loop_test(handed, header, 0, (n_ways - 1) * (int)N_OF(headers));
	tcase_add_loop_test(edited_ones, edited, 0, N_OF(edits));
	tcase_add_loop_test(other, entry_choice, 0, N_OF(choices));
	tcase_add_loop_test(other, where_an_initrd_goes, 0, (n_ways - 1) * (int)N_OF(initrds));
	tcase_add_test(other, initrd_with_a_gpa);
	tcase_add_loop_test(other, moves, 0, n_ways);
	tcase_add_loop_test(other, cannot_move, 0, n_ways - 1);
	return suite_run(suite);
}
