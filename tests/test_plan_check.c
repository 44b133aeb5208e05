/* SPDX-License-Identifier: MIT */
/* plan.h: pvhboot_plan_check() on good plans that were edited. */

#include <pvhboot/plan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/guard.h"
#include "support/scene.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define PADDR ((uint64_t)KERNEL_PADDR)

/*
 * A plan that can be edited. Its places, ascending: segment 0, segment 1, the
 * block, module 0 (0x1000 bytes), module 2 (0x123 bytes); module 1 is empty.
 */
enum { SEGMENT0, SEGMENT1, BLOCK, MODULE0, MODULE2, N_PLACES };

/* Every array of the plan and of the request ends at an unreadable page. */
enum { PLACES, MAP, INFO, REQUEST_MAP, MODULES, BLOBS, N_ARRAYS };

struct draft {
	struct scene scene;
	struct guard guards[N_ARRAYS];
	struct pvhboot_place *places;
	struct pvhboot_map_entry *map;
	struct pvhboot_buffer info;
	struct pvhboot_plan plan;
};

/* Offsets in the block: start_info, then as its addresses say. */
#define NR_MODULES 12
#define MODLIST_PADDR 16
#define CMDLINE_PADDR 24
#define RSDP_PADDR 32
#define MEMMAP_PADDR 40
#define MEMMAP_ENTRIES 48

/* A copy of an array, at the end of its guard. There is room in front of it. */
static void *at_end(struct draft *draft, int array, const void *from, size_t size)
{
	struct pvhboot_buffer copy = guard_buffer(&draft->guards[array], size);

	if (size)
		memcpy(copy.data, from, size);
	return copy.data;
}

/* From here on scene_map() and its like do nothing any more. */
static void guard_request(struct draft *draft)
{
	struct pvhboot_request *request = &draft->scene.request;

	request->map =
		at_end(draft, REQUEST_MAP, request->map, request->n_map * sizeof(request->map[0]));
	request->modules = at_end(draft, MODULES, request->modules,
				  request->n_modules * sizeof(request->modules[0]));
	request->blobs =
		at_end(draft, BLOBS, request->blobs, request->n_blobs * sizeof(request->blobs[0]));
}

/* The plan of a scene, to be edited. */
static void draft_plan(struct draft *draft)
{
	draft->plan = draft->scene.plan;
	draft->places = at_end(draft, PLACES, draft->plan.places,
			       draft->plan.n_places * sizeof(draft->places[0]));
	draft->map = at_end(draft, MAP, draft->plan.map, draft->plan.n_map * sizeof(draft->map[0]));
	draft->info.data = at_end(draft, INFO, draft->plan.info.data, draft->plan.info.size);
	draft->info.size = draft->plan.info.size;
	draft->plan.places = draft->places;
	draft->plan.map = draft->map;
	draft->plan.info.data = draft->info.data;
	for (size_t i = 0; i < draft->plan.n_places; i++) {
		if (draft->places[i].kind == PVHBOOT_PLACE_INFO)
			draft->places[i].source = draft->plan.info;
	}
}

static void draft_begin(struct draft *draft, const struct kernel_spec *spec)
{
	memset(draft, 0, sizeof(*draft));
	for (int i = 0; i < N_ARRAYS; i++)
		draft->guards[i] = guard_open(4096);
	scene_open_pc(&draft->scene, spec);
}

static void draft_open(struct draft *draft, const struct kernel_spec *spec)
{
	draft_begin(draft, spec);
	scene_map(&draft->scene, 0xfee00000u, 0x1000, PVHBOOT_MAP_RESERVED);
	draft->scene.request.cmdline = pvhboot_text("console=ttyS0");
	draft->scene.request.rsdp = 0xe0000;
	scene_module(&draft->scene, 0x1000, "initrd");
	scene_module(&draft->scene, 0, "left out");
	scene_module(&draft->scene, 0x123, "S0");
	scene_avoid(&draft->scene, 0x80000, 0x90000);
	scene_expect_plan("draft", &draft->scene, 1);
	ck_assert_uint_eq(draft->scene.plan.n_places, N_PLACES);
	draft_plan(draft);
}

static void draft_close(struct draft *draft)
{
	for (int i = 0; i < N_ARRAYS; i++)
		guard_close(&draft->guards[i]);
	scene_close(&draft->scene);
}

/* One more place or entry of the map at the end, to be filled in. */
static struct pvhboot_place *one_more_place(struct draft *draft)
{
	memmove(draft->places - 1, draft->places, draft->plan.n_places * sizeof(draft->places[0]));
	draft->plan.places = --draft->places;
	return &draft->places[draft->plan.n_places++];
}

static struct pvhboot_map_entry *one_more_entry(struct draft *draft)
{
	memmove(draft->map - 1, draft->map, draft->plan.n_map * sizeof(draft->map[0]));
	draft->plan.map = --draft->map;
	return &draft->map[draft->plan.n_map++];
}

static void poke(struct draft *draft, uint64_t offset, unsigned int width, uint64_t value)
{
	store_le(draft->info.data + offset, width, value);
}

static uint64_t peek(const struct draft *draft, uint64_t offset, unsigned int width)
{
	return load_le(draft->info.data + offset, width);
}

/* Where the block's own address points to, as an offset in the block. */
static uint64_t follow(const struct draft *draft, uint64_t offset)
{
	return peek(draft, offset, 8) - draft->plan.start_info;
}

static void move_kernel(struct draft *draft, uint64_t slide)
{
	draft->plan.slide += slide;
	draft->plan.entry += slide;
	draft->places[SEGMENT0].gpa += slide;
	draft->places[SEGMENT1].gpa += slide;
}

static void nothing(struct draft *draft)
{
	(void)draft;
}

/* Legal edits. */
static void module_moved(struct draft *draft)
{
	uint64_t list = follow(draft, MODLIST_PADDR);

	draft->places[MODULE2].gpa = 32 * MIB + 5;
	poke(draft, list + 32, 8, 32 * MIB + 5);
}

static void strings_swapped(struct draft *draft)
{
	/* An equal string elsewhere in the block is as good. */
	uint64_t list = follow(draft, MODLIST_PADDR);
	uint64_t equal = follow(draft, CMDLINE_PADDR) + strlen("console=tty");

	poke(draft, list + 32 + 16, 8, draft->plan.start_info + equal);
}

static void avoid_beside_places(struct draft *draft)
{
	const struct pvhboot_place *place = &draft->places[MODULE2];

	scene_avoid(&draft->scene, place->gpa + place->size, place->gpa + place->size + 1);
	scene_avoid(&draft->scene, PADDR - 1, PADDR);
	scene_avoid(&draft->scene, PADDR + 0x300, PADDR + 0x1000);
	scene_avoid(&draft->scene, PADDR, PADDR);
}

static void lowest_ceilings(struct draft *draft)
{
	const struct pvhboot_place *place = &draft->places[MODULE2];

	draft->scene.request.ceiling = place->gpa + place->size;
	draft->scene.request.info_ceiling = draft->places[BLOCK].gpa + draft->places[BLOCK].size;
}

/* Places that are not what they must be. */
static void empty_place(struct draft *draft)
{
	draft->places[MODULE2].size = 0;
	draft->places[MODULE2].source.size = 0;
}

static void smaller_than_source(struct draft *draft)
{
	draft->places[MODULE2].size--;
}

static void not_ascending(struct draft *draft)
{
	struct pvhboot_place first = draft->places[MODULE0];

	draft->places[MODULE0] = draft->places[MODULE2];
	draft->places[MODULE2] = first;
}

static void no_places(struct draft *draft)
{
	draft->plan.n_places = 0;
}

static void segment_missing(struct draft *draft)
{
	memmove(&draft->places[SEGMENT1], &draft->places[SEGMENT1 + 1],
		(N_PLACES - SEGMENT1 - 1) * sizeof(draft->places[0]));
	draft->plan.n_places--;
}

static void block_missing(struct draft *draft)
{
	memmove(&draft->places[BLOCK], &draft->places[BLOCK + 1],
		(N_PLACES - BLOCK - 1) * sizeof(draft->places[0]));
	draft->plan.n_places--;
}

static void module_missing(struct draft *draft)
{
	draft->plan.n_places--;
}

static void module_twice(struct draft *draft)
{
	struct pvhboot_place *twice = one_more_place(draft);

	*twice = draft->places[MODULE2];
	twice->gpa += 0x10000;
}

static void module_for_another(struct draft *draft)
{
	draft->places[MODULE2].index = 0;
}

static void empty_module_placed(struct draft *draft)
{
	draft->places[MODULE2].index = 1;
}

static void module_index_too_large(struct draft *draft)
{
	draft->places[MODULE2].index = 3;
}

static void segment_index_wrong(struct draft *draft)
{
	draft->places[SEGMENT0].index = 2;
}

static void segment_index_far(struct draft *draft)
{
	draft->places[SEGMENT0].index = UINT32_MAX;
}

static void block_index_wrong(struct draft *draft)
{
	draft->places[BLOCK].index = 1;
}

static void kind_0(struct draft *draft)
{
	draft->places[MODULE2].kind = 0;
}

static void kind_4(struct draft *draft)
{
	draft->places[MODULE2].kind = 4;
}

static void kind_far(struct draft *draft)
{
	draft->places[MODULE2].kind = UINT32_MAX;
}

static void module_as_segment(struct draft *draft)
{
	draft->places[MODULE0].kind = PVHBOOT_PLACE_SEGMENT;
}

static void segment_larger(struct draft *draft)
{
	draft->places[SEGMENT0].size++;
}

static void module_larger(struct draft *draft)
{
	draft->places[MODULE2].size++;
}

static void source_of_another(struct draft *draft)
{
	draft->places[MODULE2].source.data++;
}

static void source_shorter(struct draft *draft)
{
	draft->places[SEGMENT0].source.size--;
}

static void segment_elsewhere(struct draft *draft)
{
	draft->places[SEGMENT0].gpa -= 0x1000;
}

static void module_has_changed(struct draft *draft)
{
	draft->scene.modules[2].bytes.size--;
}

/* A block that is not what it must be. */
static void magic(struct draft *draft)
{
	poke(draft, 0, 4, 0x336ec579);
}

static void version_0(struct draft *draft)
{
	poke(draft, 4, 4, 0);
}

static void version_2(struct draft *draft)
{
	poke(draft, 4, 4, 2);
}

static void flags(struct draft *draft)
{
	poke(draft, 8, 4, 1);
}

static void reserved(struct draft *draft)
{
	poke(draft, 52, 4, 1);
}

static void rsdp_differs(struct draft *draft)
{
	poke(draft, RSDP_PADDR, 8, 0xe0010);
}

static void one_module_less(struct draft *draft)
{
	poke(draft, NR_MODULES, 4, 1);
}

static void one_module_more(struct draft *draft)
{
	poke(draft, NR_MODULES, 4, 3);
}

static void one_entry_less(struct draft *draft)
{
	poke(draft, MEMMAP_ENTRIES, 4, peek(draft, MEMMAP_ENTRIES, 4) - 1);
}

static void one_entry_more(struct draft *draft)
{
	poke(draft, MEMMAP_ENTRIES, 4, peek(draft, MEMMAP_ENTRIES, 4) + 1);
}

static void entry_differs_in_the_block(struct draft *draft)
{
	poke(draft, follow(draft, MEMMAP_PADDR) + 8, 8, 0x1000);
}

static void reserved_of_an_entry(struct draft *draft)
{
	poke(draft, follow(draft, MEMMAP_PADDR) + 20, 4, 1);
}

static void size_of_a_module(struct draft *draft)
{
	poke(draft, follow(draft, MODLIST_PADDR) + 8, 8, 0x1001);
}

static void reserved_of_a_module(struct draft *draft)
{
	poke(draft, follow(draft, MODLIST_PADDR) + 24, 8, 1);
}

static void cmdline_differs(struct draft *draft)
{
	draft->info.data[follow(draft, CMDLINE_PADDR)] = 'C';
}

static void cmdline_of_the_request_differs(struct draft *draft)
{
	draft->scene.request.cmdline = pvhboot_text("console=ttyS1");
}

static void cmdline_of_a_module_differs(struct draft *draft)
{
	draft->scene.modules[0].cmdline = pvhboot_text("Initrd");
}

static void block_too_short(struct draft *draft)
{
	draft->plan.info.size = 55;
	draft->places[BLOCK].source.size = 55;
	draft->places[BLOCK].size = 55;
}

static void block_differs_from_its_place(struct draft *draft)
{
	draft->places[BLOCK].source.size--;
}

static void map_type_differs(struct draft *draft)
{
	draft->map[0].type = PVHBOOT_MAP_RESERVED;
	poke(draft, follow(draft, MEMMAP_PADDR) + 16, 4, PVHBOOT_MAP_RESERVED);
}

static void map_hides_a_hole(struct draft *draft)
{
	draft->map[2].type = PVHBOOT_MAP_RAM;
	poke(draft, follow(draft, MEMMAP_PADDR) + 2 * 24 + 16, 4, PVHBOOT_MAP_RAM);
}

static void map_invents_ram(struct draft *draft)
{
	draft->map[0].size += 0x1000;
	poke(draft, follow(draft, MEMMAP_PADDR) + 8, 8, draft->map[0].size);
}

static void map_loses_ram(struct draft *draft)
{
	draft->map[0].size -= 0x1000;
	poke(draft, follow(draft, MEMMAP_PADDR) + 8, 8, draft->map[0].size);
}

static void map_not_ascending(struct draft *draft)
{
	uint8_t *first = draft->info.data + follow(draft, MEMMAP_PADDR);
	struct pvhboot_map_entry entry = draft->map[0];
	uint8_t bytes[24];

	draft->map[0] = draft->map[1];
	draft->map[1] = entry;
	memcpy(bytes, first, 24);
	memcpy(first, first + 24, 24);
	memcpy(first + 24, bytes, 24);
}

/* The request's own map says more than the plan's. */
static void map_lacks_an_entry(struct draft *draft)
{
	scene_map(&draft->scene, 0xfec00000u, 0x1000, PVHBOOT_MAP_RESERVED);
}

/* Overlaps. */
static void modules_overlap(struct draft *draft)
{
	draft->places[MODULE2].gpa = draft->places[MODULE0].gpa + 0xfff;
}

static void module_over_segment(struct draft *draft)
{
	struct pvhboot_place module = draft->places[MODULE0];

	module.gpa = PADDR + 0x17ff;
	memmove(&draft->places[MODULE0], &draft->places[BLOCK], sizeof(module));
	draft->places[BLOCK] = module;
}

/* Between the two segments, told in the list. */
static void module_in_a_gap(struct draft *draft)
{
	struct pvhboot_place module = draft->places[MODULE2];

	module.gpa = PADDR + 0x800;
	memmove(&draft->places[2], &draft->places[1], 3 * sizeof(module));
	draft->places[1] = module;
	poke(draft, follow(draft, MODLIST_PADDR) + 32, 8, module.gpa);
}

static void avoid_first_byte(struct draft *draft)
{
	scene_avoid(&draft->scene, PADDR - 0x1000, PADDR + 1);
}

static void avoid_last_byte(struct draft *draft)
{
	uint64_t end = draft->places[MODULE2].gpa + draft->places[MODULE2].size;

	scene_avoid(&draft->scene, end - 1, end);
}

static void avoid_the_block(struct draft *draft)
{
	scene_avoid(&draft->scene, draft->plan.start_info + 8, draft->plan.start_info + 9);
}

static void to_front(struct draft *draft, uint64_t gpa)
{
	struct pvhboot_place module = draft->places[MODULE2];

	module.gpa = gpa;
	memmove(&draft->places[1], &draft->places[0], (N_PLACES - 1) * sizeof(module));
	draft->places[0] = module;
	poke(draft, follow(draft, MODLIST_PADDR) + 32, 8, gpa);
}

static void page_0(struct draft *draft)
{
	to_front(draft, 0);
}

static void end_of_page_0(struct draft *draft)
{
	to_front(draft, 0xfff);
}

static void page_1(struct draft *draft)
{
	to_front(draft, 0x1000);
}

/* Outside of what it must be inside of. */
static void outside_of_ram(struct draft *draft)
{
	draft->places[MODULE2].gpa = 64 * MIB - 0x122;
}

static void in_reserved_memory(struct draft *draft)
{
	draft->places[MODULE2].gpa = 0xfee00000u;
}

static void in_a_hole_that_was_made(struct draft *draft)
{
	scene_map(&draft->scene, draft->places[MODULE0].gpa + 0xfff, 1, PVHBOOT_MAP_UNUSABLE);
}

static void ceiling_too_low(struct draft *draft)
{
	lowest_ceilings(draft);
	draft->scene.request.ceiling--;
}

static void info_ceiling_too_low(struct draft *draft)
{
	lowest_ceilings(draft);
	draft->scene.request.info_ceiling--;
}

static void wraps(struct draft *draft)
{
	draft->places[MODULE2].gpa = UINT64_MAX - 0x10;
}

static void entry_elsewhere(struct draft *draft)
{
	draft->plan.entry++;
}

static void entry_outside(struct draft *draft)
{
	draft->plan.entry = PADDR + 0x800;
}

/* The kernel says so too. */
static void entry_of_the_kernel_outside(struct draft *draft)
{
	draft->scene.kernel.entry = PADDR + 0x800;
	draft->plan.entry = PADDR + 0x800;
}

static void entry_behind_a_segment(struct draft *draft)
{
	draft->scene.kernel.entry = PADDR + 0x300;
	draft->plan.entry = PADDR + 0x300;
}

static void entry_in_a_module(struct draft *draft)
{
	draft->scene.kernel.entry = draft->places[MODULE0].gpa;
	draft->plan.entry = draft->places[MODULE0].gpa;
}

static void slide_without_note(struct draft *draft)
{
	move_kernel(draft, -(uint64_t)0x100000);
}

static void cmdline_0(struct draft *draft)
{
	poke(draft, CMDLINE_PADDR, 8, 0);
}

static void cmdline_outside(struct draft *draft)
{
	poke(draft, CMDLINE_PADDR, 8, draft->places[MODULE0].gpa);
}

static void cmdline_without_end(struct draft *draft)
{
	poke(draft, CMDLINE_PADDR, 8, draft->plan.start_info + draft->info.size - 1);
	draft->info.data[draft->info.size - 1] = 'c';
}

static void map_outside(struct draft *draft)
{
	poke(draft, MEMMAP_PADDR, 8, draft->plan.start_info + draft->info.size - 71);
}

static void map_0(struct draft *draft)
{
	poke(draft, MEMMAP_PADDR, 8, 0);
}

static void list_outside(struct draft *draft)
{
	poke(draft, MODLIST_PADDR, 8, UINT64_MAX - 31);
}

static void list_0(struct draft *draft)
{
	poke(draft, MODLIST_PADDR, 8, 0);
}

static void module_elsewhere(struct draft *draft)
{
	poke(draft, follow(draft, MODLIST_PADDR), 8, draft->places[MODULE0].gpa + 1);
}

static void module_of_another(struct draft *draft)
{
	poke(draft, follow(draft, MODLIST_PADDR), 8, draft->places[MODULE2].gpa);
}

static void module_place_moved_alone(struct draft *draft)
{
	draft->places[MODULE2].gpa += 0x1000;
}

static void module_cmdline_outside(struct draft *draft)
{
	poke(draft, follow(draft, MODLIST_PADDR) + 16, 8, PADDR);
}

static void start_info_elsewhere(struct draft *draft)
{
	draft->plan.start_info += 8;
}

/* Text that starts as the block does, so that the block is as good a place. */
static void text_at_the_first_byte(struct draft *draft)
{
	draft->scene.request.cmdline = pvhboot_text("x\xc5n3\1");
	poke(draft, CMDLINE_PADDR, 8, draft->plan.start_info);
}

static void module_of_a_segment(struct draft *draft)
{
	poke(draft, follow(draft, MODLIST_PADDR), 8, PADDR);
}

static void modules_at_one_gpa(struct draft *draft)
{
	draft->places[MODULE2].gpa = draft->places[MODULE0].gpa;
}

static void block_of_start_info(struct draft *draft)
{
	draft->plan.info.size = 56;
	draft->places[BLOCK].source.size = 56;
	draft->places[BLOCK].size = 56;
}

static void entry_of_no_bytes(struct draft *draft)
{
	*one_more_entry(draft) =
		(struct pvhboot_map_entry){ 0xff000000u, 0, PVHBOOT_MAP_RESERVED, 0 };
}

static void entry_that_wraps(struct draft *draft)
{
	*one_more_entry(draft) = (struct pvhboot_map_entry){ 0xff000000u, -(uint64_t)0xff000000u,
							     PVHBOOT_MAP_RESERVED, 0 };
}

static void entry_of_type_far(struct draft *draft)
{
	draft->map[2].type = UINT32_MAX;
}

static void entry_of_type_0(struct draft *draft)
{
	draft->map[2].type = 0;
}

/* Requests that are wrong in themselves. */
static void bad_type(struct draft *draft)
{
	scene_map(&draft->scene, 0, 1, 8);
}

static void wrapping_entry(struct draft *draft)
{
	scene_map(&draft->scene, UINT64_MAX, 2, PVHBOOT_MAP_RESERVED);
}

static void reversed_avoid(struct draft *draft)
{
	scene_avoid(&draft->scene, 2, 1);
}

static void too_many(struct draft *draft)
{
	draft->scene.request.n_avoid = ((size_t)1 << 28) + 1;
}

static const struct {
	const char *name;
	void (*edit)(struct draft *draft);
	enum pvhboot_status status;
	unsigned int says;
	enum pvhboot_subject subject;
	uint32_t index;
} edits[] = {
	{ "nothing", nothing, PVHBOOT_OK, 0, 0, 0 },
	{ "a module elsewhere, told in the list", module_moved, PVHBOOT_OK, 0, 0, 0 },
	{ "an equal string elsewhere", strings_swapped, PVHBOOT_OK, 0, 0, 0 },
	{ "avoid what is beside places", avoid_beside_places, PVHBOOT_OK, 0, 0, 0 },
	{ "ceilings at the last bytes", lowest_ceilings, PVHBOOT_OK, 0, 0, 0 },
	{ "a module in page 1", page_1, PVHBOOT_OK, 0, 0, 0 },
	{ "a command line at the block's first byte", text_at_the_first_byte, PVHBOOT_OK, 0, 0, 0 },

	{ "a map entry of type 8", bad_type, PVHBOOT_INVAL, 0, 0, 0 },
	{ "a map entry that wraps", wrapping_entry, PVHBOOT_RANGE, 0, 0, 0 },
	{ "an avoid range ends before it starts", reversed_avoid, PVHBOOT_INVAL, 0, 0, 0 },
	{ "too many avoid ranges", too_many, PVHBOOT_LIMIT, 0, 0, 0 },

	{ "an empty place", empty_place, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, MODULE2 },
	{ "smaller than its source", smaller_than_source, PVHBOOT_MALFORMED,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, MODULE2 },
	{ "not ascending", not_ascending, PVHBOOT_MALFORMED, SAYS_SUBJECT, PVHBOOT_SUBJECT_PLACE,
	  0 },
	{ "no places", no_places, PVHBOOT_MALFORMED, 0, 0, 0 },
	{ "no place for a segment", segment_missing, PVHBOOT_MALFORMED, 0, 0, 0 },
	{ "no place for the block", block_missing, PVHBOOT_MALFORMED, 0, 0, 0 },
	{ "no place for a module", module_missing, PVHBOOT_MALFORMED, 0, 0, 0 },
	{ "a module twice", module_twice, PVHBOOT_MALFORMED, 0, 0, 0 },
	{ "a module in place of another", module_for_another, PVHBOOT_MALFORMED, 0, 0, 0 },
	{ "an empty module", empty_module_placed, PVHBOOT_MALFORMED, 0, 0, 0 },
	{ "a module that is none", module_index_too_large, PVHBOOT_MALFORMED,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, MODULE2 },
	{ "a segment that is none", segment_index_wrong, PVHBOOT_MALFORMED,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, SEGMENT0 },
	{ "a segment far away", segment_index_far, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, SEGMENT0 },
	{ "a second block", block_index_wrong, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, BLOCK },
	{ "kind 0", kind_0, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE,
	  MODULE2 },
	{ "kind 4", kind_4, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE,
	  MODULE2 },
	{ "kind 2^32 - 1", kind_far, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, MODULE2 },
	{ "a module as a segment", module_as_segment, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, MODULE0 },
	{ "a segment with more bss", segment_larger, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, SEGMENT0 },
	{ "a module with zeros behind it", module_larger, PVHBOOT_MALFORMED,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, MODULE2 },
	{ "other bytes", source_of_another, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, MODULE2 },
	{ "fewer bytes", source_shorter, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, SEGMENT0 },
	{ "one segment elsewhere", segment_elsewhere, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, SEGMENT0 },
	{ "another module asked for", module_has_changed, PVHBOOT_MALFORMED,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, MODULE2 },

	{ "magic", magic, PVHBOOT_MALFORMED, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO, 0 },
	{ "version 0", version_0, PVHBOOT_MALFORMED, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO, 0 },
	{ "version 2", version_2, PVHBOOT_MALFORMED, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO, 0 },
	{ "flags", flags, PVHBOOT_MALFORMED, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO, 0 },
	{ "reserved", reserved, PVHBOOT_MALFORMED, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO, 0 },
	{ "another rsdp", rsdp_differs, PVHBOOT_MALFORMED, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO, 0 },
	{ "nr_modules 1", one_module_less, PVHBOOT_MALFORMED, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO,
	  0 },
	{ "nr_modules 3", one_module_more, PVHBOOT_MALFORMED, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO,
	  0 },
	{ "an entry less", one_entry_less, PVHBOOT_MALFORMED, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO,
	  0 },
	{ "an entry more", one_entry_more, PVHBOOT_MALFORMED, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO,
	  0 },
	{ "an entry of another size", entry_differs_in_the_block, PVHBOOT_MALFORMED, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_INFO, 0 },
	{ "reserved of an entry", reserved_of_an_entry, PVHBOOT_MALFORMED, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_INFO, 0 },
	{ "a module of another size", size_of_a_module, PVHBOOT_MALFORMED, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_INFO, 0 },
	{ "reserved of a module", reserved_of_a_module, PVHBOOT_MALFORMED, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_INFO, 0 },
	{ "another command line", cmdline_differs, PVHBOOT_MALFORMED, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_INFO, 0 },
	{ "another command line asked for", cmdline_of_the_request_differs, PVHBOOT_MALFORMED,
	  SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO, 0 },
	{ "another command line of a module", cmdline_of_a_module_differs, PVHBOOT_MALFORMED,
	  SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO, 0 },
	{ "a block of 55 bytes", block_too_short, PVHBOOT_MALFORMED, 0, 0, 0 },
	{ "a block without the command line", block_of_start_info, PVHBOOT_RANGE, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_INFO, 0 },
	{ "not all of the block placed", block_differs_from_its_place, PVHBOOT_MALFORMED,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, BLOCK },
	{ "RAM as reserved", map_type_differs, PVHBOOT_MALFORMED, SAYS_SUBJECT, PVHBOOT_SUBJECT_MAP,
	  0 },
	{ "reserved as RAM", map_hides_a_hole, PVHBOOT_MALFORMED, SAYS_SUBJECT, PVHBOOT_SUBJECT_MAP,
	  0 },
	{ "more RAM than there is", map_invents_ram, PVHBOOT_MALFORMED, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_MAP, 0 },
	{ "less RAM than there is", map_loses_ram, PVHBOOT_MALFORMED, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_MAP, 0 },
	{ "map not ascending", map_not_ascending, PVHBOOT_MALFORMED, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_MAP, 0 },
	{ "an entry missing", map_lacks_an_entry, PVHBOOT_MALFORMED, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_MAP, 0 },
	{ "an entry of no bytes", entry_of_no_bytes, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_MAP, 3 },
	{ "an entry that wraps", entry_that_wraps, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_MAP, 3 },
	{ "an entry of type 2^32 - 1", entry_of_type_far, PVHBOOT_MALFORMED,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_MAP, 2 },
	{ "an entry of type 0", entry_of_type_0, PVHBOOT_MALFORMED, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_MAP, 2 },

	{ "modules overlap", modules_overlap, PVHBOOT_OVERLAP, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, MODULE2 },
	{ "modules at one address", modules_at_one_gpa, PVHBOOT_OVERLAP, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, MODULE2 },
	{ "a module over a segment", module_over_segment, PVHBOOT_OVERLAP,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, BLOCK },
	{ "a module in a gap of the kernel", module_in_a_gap, PVHBOOT_OVERLAP,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, 1 },
	{ "the first byte is to be avoided", avoid_first_byte, PVHBOOT_OVERLAP,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, SEGMENT0 },
	{ "the last byte is to be avoided", avoid_last_byte, PVHBOOT_OVERLAP,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, MODULE2 },
	{ "a byte of the block is to be avoided", avoid_the_block, PVHBOOT_OVERLAP,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, BLOCK },
	{ "a module at 0", page_0, PVHBOOT_OVERLAP, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, 0 },
	{ "a module in the last byte of page 0", end_of_page_0, PVHBOOT_OVERLAP,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, 0 },

	{ "a module leaves RAM", outside_of_ram, PVHBOOT_RANGE, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, MODULE2 },
	{ "a module in reserved memory", in_reserved_memory, PVHBOOT_RANGE,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, MODULE2 },
	{ "a hole under a module", in_a_hole_that_was_made, PVHBOOT_RANGE,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, MODULE0 },
	{ "a ceiling below the last byte", ceiling_too_low, PVHBOOT_RANGE,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, MODULE2 },
	{ "a ceiling below the block's last byte", info_ceiling_too_low, PVHBOOT_RANGE,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, BLOCK },
	{ "a place that wraps", wraps, PVHBOOT_RANGE, SAYS_SUBJECT | SAYS_INDEX,
	  PVHBOOT_SUBJECT_PLACE, MODULE2 },
	{ "the entry elsewhere", entry_elsewhere, PVHBOOT_RANGE, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_ENTRY, 0 },
	{ "the entry in a gap", entry_outside, PVHBOOT_RANGE, SAYS_SUBJECT, PVHBOOT_SUBJECT_ENTRY,
	  0 },
	{ "an entry that is in no segment", entry_of_the_kernel_outside, PVHBOOT_RANGE,
	  SAYS_SUBJECT, PVHBOOT_SUBJECT_ENTRY, 0 },
	{ "an entry right behind a segment", entry_behind_a_segment, PVHBOOT_RANGE, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_ENTRY, 0 },
	{ "an entry in a module", entry_in_a_module, PVHBOOT_RANGE, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_ENTRY, 0 },
	{ "a slide without PHYS32_RELOC", slide_without_note, PVHBOOT_RANGE, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_KERNEL, 0 },
	{ "command line at 0", cmdline_0, PVHBOOT_RANGE, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO, 0 },
	{ "command line in a module", cmdline_outside, PVHBOOT_RANGE, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_INFO, 0 },
	{ "command line leaves the block", cmdline_without_end, PVHBOOT_RANGE, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_INFO, 0 },
	{ "map leaves the block", map_outside, PVHBOOT_RANGE, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO,
	  0 },
	{ "map at 0", map_0, PVHBOOT_RANGE, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO, 0 },
	{ "module list outside", list_outside, PVHBOOT_RANGE, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO,
	  0 },
	{ "module list at 0", list_0, PVHBOOT_RANGE, SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO, 0 },
	{ "a module's address beside its place", module_elsewhere, PVHBOOT_RANGE, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_INFO, 0 },
	{ "a module's address of another", module_of_another, PVHBOOT_RANGE, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_INFO, 0 },
	{ "a module's address of a segment", module_of_a_segment, PVHBOOT_RANGE, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_INFO, 0 },
	{ "a module moved and not told", module_place_moved_alone, PVHBOOT_RANGE, SAYS_SUBJECT,
	  PVHBOOT_SUBJECT_INFO, 0 },
	{ "a module's command line in the kernel", module_cmdline_outside, PVHBOOT_RANGE,
	  SAYS_SUBJECT, PVHBOOT_SUBJECT_INFO, 0 },
	{ "start_info not where its place is", start_info_elsewhere, PVHBOOT_MALFORMED,
	  SAYS_SUBJECT | SAYS_INDEX, PVHBOOT_SUBJECT_PLACE, BLOCK },
};

START_TEST(edited)
{
	const char *row = edits[_i].name;
	struct finding want = {
		.says = SAYS_STAGE | edits[_i].says,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = edits[_i].subject,
		.index = edits[_i].index,
	};
	struct pvhboot_diag diag = { 0 };
	struct draft draft;

	draft_open(&draft, NULL);
	edits[_i].edit(&draft);
	guard_request(&draft);
	expect_status(row, pvhboot_plan_check(&draft.plan, &draft.scene.request, &diag),
		      edits[_i].status);
	if (edits[_i].status)
		expect_failure(row, &diag, edits[_i].status, &want);
	else
		expect_success(row, &diag, 0);
	expect_status(row, pvhboot_plan_check(&draft.plan, &draft.scene.request, NULL),
		      edits[_i].status);
	draft_close(&draft);
}
END_TEST

/* The numbers of a few rules. */
START_TEST(numbers)
{
	static const struct {
		const char *name;
		void (*edit)(struct draft *draft);
		enum pvhboot_status status;
		uint64_t found;
		uint64_t bound;
	} rows[] = {
		{ "empty", empty_place, PVHBOOT_MALFORMED, 0, 1 },
		{ "smaller than its source", smaller_than_source, PVHBOOT_MALFORMED, 0x122, 0x123 },
		{ "no place for a module", module_missing, PVHBOOT_MALFORMED, 1, 2 },
		{ "no places", no_places, PVHBOOT_MALFORMED, 0, 2 },
		{ "page 0", end_of_page_0, PVHBOOT_OVERLAP, 0xfff, 0x1000 },
		{ "nr_modules", one_module_less, PVHBOOT_MALFORMED, 1, 2 },
		{ "size of a module", size_of_a_module, PVHBOOT_MALFORMED, 0x1001, 0x1000 },
		{ "entry", entry_elsewhere, PVHBOOT_RANGE, PADDR + 0x41, PADDR + 0x40 },
		{ "short block", block_too_short, PVHBOOT_MALFORMED, 55, 56 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct finding want = { .says = SAYS_NUMBERS,
					      .found = rows[i].found,
					      .bound = rows[i].bound };
		struct pvhboot_diag diag = { 0 };
		struct draft draft;

		draft_open(&draft, NULL);
		rows[i].edit(&draft);
		expect_status(rows[i].name,
			      pvhboot_plan_check(&draft.plan, &draft.scene.request, &diag),
			      rows[i].status);
		expect_failure(rows[i].name, &diag, rows[i].status, &want);
		draft_close(&draft);
	}
}
END_TEST

/* What PHYS32_RELOC allows of a slide. */
START_TEST(slides)
{
	static const struct {
		const char *name;
		uint64_t to;
		enum pvhboot_status status;
	} rows[] = {
		{ "not moved", PADDR, PVHBOOT_OK },
		{ "one alignment down", PADDR - 0x100000, PVHBOOT_OK },
		{ "to min", 8 * MIB, PVHBOOT_OK },
		{ "below min", 7 * MIB, PVHBOOT_RANGE },
		{ "to max", 40 * MIB, PVHBOOT_OK },
		{ "above max", 41 * MIB, PVHBOOT_RANGE },
		{ "half an alignment", PADDR + 0x80000, PVHBOOT_RANGE },
		{ "one byte", PADDR + 1, PVHBOOT_RANGE },
		{ "far", UINT64_MAX - 0xfffff, PVHBOOT_RANGE },
		{ "to 0", 0, PVHBOOT_RANGE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct kernel_spec spec = {
			.n_reloc = 3,
			.reloc = { 0x100000, 8 * MIB, 40 * MIB + 0x17ff },
		};
		struct pvhboot_diag diag = { 0 };
		struct draft draft;

		draft_open(&draft, &spec);
		move_kernel(&draft, rows[i].to - PADDR);
		/* Places ascend. */
		if (rows[i].to > draft.places[MODULE2].gpa) {
			struct pvhboot_place segments[2];

			memcpy(segments, draft.places, sizeof(segments));
			memmove(draft.places, &draft.places[BLOCK], 3 * sizeof(segments[0]));
			memcpy(&draft.places[3], segments, sizeof(segments));
		}
		expect_status(rows[i].name,
			      pvhboot_plan_check(&draft.plan, &draft.scene.request, &diag),
			      rows[i].status);
		if (rows[i].status)
			expect_failure(rows[i].name, &diag, rows[i].status,
				       &(struct finding){ .says = SAYS_STAGE | SAYS_SUBJECT,
							  .stage = PVHBOOT_STAGE_PLAN,
							  .subject = PVHBOOT_SUBJECT_KERNEL });
		draft_close(&draft);
	}
}
END_TEST

/* With no modules the list is at 0. */
START_TEST(list_without_modules)
{
	struct pvhboot_diag diag = { 0 };
	struct draft draft;

	draft_open(&draft, NULL);
	draft.scene.request.n_modules = 0;
	scene_expect_plan("none", &draft.scene, 0);
	draft_plan(&draft);
	expect_status("0", pvhboot_plan_check(&draft.plan, &draft.scene.request, &diag),
		      PVHBOOT_OK);
	/* FreeBSD would read it. */
	poke(&draft, MODLIST_PADDR, 8, draft.plan.start_info);
	expect_status("not 0", pvhboot_plan_check(&draft.plan, &draft.scene.request, &diag),
		      PVHBOOT_RANGE);
	draft_close(&draft);
}
END_TEST

/* No byte of the block is without meaning. */
START_TEST(every_byte_of_the_block)
{
	struct draft draft;

	draft_open(&draft, NULL);
	for (size_t i = 0; i < draft.info.size; i++) {
		static const uint8_t masks[] = { 0x01, 0x80, 0xff };

		for (size_t k = 0; k < 3; k++) {
			struct pvhboot_diag diag = { 0 };
			enum pvhboot_status status;

			draft.info.data[i] ^= masks[k];
			status = pvhboot_plan_check(&draft.plan, &draft.scene.request, &diag);
			ck_assert_msg(status == PVHBOOT_MALFORMED || status == PVHBOOT_RANGE,
				      "byte %zu changed by 0x%02x: %s", i, masks[k],
				      pvhboot_status_name(status));
			draft.info.data[i] ^= masks[k];
		}
	}
	expect_status("restored", pvhboot_plan_check(&draft.plan, &draft.scene.request, NULL),
		      PVHBOOT_OK);
	draft_close(&draft);
}
END_TEST

/* Nor is any member of a place. */
START_TEST(every_member_of_a_place)
{
	struct draft draft;

	draft_open(&draft, NULL);
	for (size_t i = 0; i < N_PLACES; i++) {
		for (int member = 0; member < 9; member++) {
			struct pvhboot_place *place = &draft.places[i];
			struct pvhboot_place before = *place;
			enum pvhboot_status status;

			switch (member) {
			case 0:
				place->gpa++;
				break;
			case 1:
				place->gpa--;
				break;
			case 2:
				place->size++;
				break;
			case 3:
				place->size--;
				break;
			case 4:
				place->source.data++;
				break;
			case 5:
				place->source.size++;
				break;
			case 6:
				place->source.size--;
				break;
			case 7:
				place->kind ^= 3;
				break;
			case 8:
				place->index += 7;
				break;
			}
			status = pvhboot_plan_check(&draft.plan, &draft.scene.request, NULL);
			ck_assert_msg(status == PVHBOOT_MALFORMED || status == PVHBOOT_RANGE ||
					      status == PVHBOOT_OVERLAP,
				      "place %zu, member %d: %s", i, member,
				      pvhboot_status_name(status));
			*place = before;
		}
	}
	draft_close(&draft);
}
END_TEST

/* A segment of zeros alone, and a module that the caller puts there. */
START_TEST(places_without_bytes)
{
	static const struct elf_phdr bss = {
		.type = 1, .flags = 6, .paddr = PADDR + 0x2000, .memsz = 0x456
	};
	static const uint8_t byte;
	struct pvhboot_place *place;
	struct draft draft;

	draft_begin(&draft, NULL);
	elf_free(&draft.scene.elf);
	kernel_begin(&draft.scene.elf, &(struct kernel_spec){ 0 });
	elf_add(&draft.scene.elf, &bss, NULL, 0);
	elf_finish(&draft.scene.elf);
	expect_status("kernel",
		      pvhboot_kernel_open(blob_view(&draft.scene.elf.image), 0, &draft.scene.kernel,
					  NULL),
		      PVHBOOT_OK);
	draft.scene.modules[0].bytes.size = 0x1000;
	draft.scene.modules[0].flags = PVHBOOT_MODULE_BY_CALLER;
	draft.scene.request.n_modules = 1;
	expect_status("draft", scene_plan(&draft.scene), PVHBOOT_OK);
	draft_plan(&draft);
	guard_request(&draft);
	/* data counts with a size only */
	place = &draft.places[2];
	ck_assert_uint_eq(place->kind, PVHBOOT_PLACE_SEGMENT);
	ck_assert_uint_eq(place->source.size, 0);
	place->source.data = &byte;
	expect_status("zeros", pvhboot_plan_check(&draft.plan, &draft.scene.request, NULL),
		      PVHBOOT_OK);
	place = &draft.places[4];
	ck_assert_uint_eq(place->kind, PVHBOOT_PLACE_MODULE);
	place->source = (struct pvhboot_bytes){ &byte, 1 };
	expect_status("bytes", pvhboot_plan_check(&draft.plan, &draft.scene.request, NULL),
		      PVHBOOT_MALFORMED);
	place->source = (struct pvhboot_bytes){ NULL, 0 };
	place->flags = 0;
	expect_status("flag", pvhboot_plan_check(&draft.plan, &draft.scene.request, NULL),
		      PVHBOOT_MALFORMED);
	place->flags = PVHBOOT_PLACE_BY_CALLER;
	expect_status("both", pvhboot_plan_check(&draft.plan, &draft.scene.request, NULL),
		      PVHBOOT_OK);
	draft_close(&draft);
}
END_TEST

/* An array that is NULL and empty is an empty one: of a plan, it lacks something. */
START_TEST(empty_arrays)
{
	static const enum pvhboot_subject subjects[] = { PVHBOOT_SUBJECT_PLACE, PVHBOOT_SUBJECT_MAP,
							 PVHBOOT_SUBJECT_PLACE };

	for (int i = 0; i < 3; i++) {
		const struct finding want = { .says = SAYS_SUBJECT, .subject = subjects[i] };
		struct pvhboot_diag diag = { 0 };
		struct draft draft;
		char row[32];

		snprintf(row, sizeof(row), "array %d", i);
		draft_open(&draft, NULL);
		if (i == 0) {
			draft.plan.places = NULL;
			draft.plan.n_places = 0;
		} else if (i == 1) {
			draft.plan.map = NULL;
			draft.plan.n_map = 0;
		} else {
			draft.plan.info = (struct pvhboot_bytes){ NULL, 0 };
		}
		expect_status(row, pvhboot_plan_check(&draft.plan, &draft.scene.request, &diag),
			      PVHBOOT_MALFORMED);
		expect_failure(row, &diag, PVHBOOT_MALFORMED, &want);
		draft_close(&draft);
	}
}
END_TEST

START_TEST(without_arguments)
{
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_PLAN };
	struct pvhboot_request request;
	struct pvhboot_plan plan;
	struct draft draft;

	draft_open(&draft, NULL);
	for (int i = 0; i < 11; i++) {
		struct pvhboot_diag diag = { 0 };
		char row[32];

		snprintf(row, sizeof(row), "argument %d", i);
		request = draft.scene.request;
		plan = draft.plan;
		switch (i) {
		case 2:
			request.kernel = NULL;
			break;
		case 3:
			request.map = NULL;
			break;
		case 4:
			request.avoid = NULL;
			break;
		case 5:
			request.modules = NULL;
			break;
		case 6:
			plan.places = NULL;
			break;
		case 7:
			plan.map = NULL;
			break;
		case 8:
			plan.info.data = NULL;
			break;
		case 9:
			request.ceiling = 4 * GIB + 1;
			break;
		case 10:
			request.info_ceiling = 4 * GIB + 1;
			break;
		}
		expect_status(
			row,
			pvhboot_plan_check(i == 0 ? NULL : &plan, i == 1 ? NULL : &request, &diag),
			PVHBOOT_INVAL);
		expect_failure(row, &diag, PVHBOOT_INVAL, &want);
	}
	draft_close(&draft);
}
END_TEST

/* A segment's header is in the table, which is the end of this file. */
START_TEST(index_behind_the_table)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_place places[3];
	struct pvhboot_plan plan;
	struct scene scene;
	struct guard guard;
	struct elf elf;

	kernel_begin(&elf, &(struct kernel_spec){ 0 });
	elf.phdrs_behind = 1;
	elf_finish(&elf);
	scene_open_elf(&scene, &elf);
	guard = guard_open(scene.elf.image.size);
	expect_status("open",
		      pvhboot_kernel_open(guard_at_end(&guard, blob_view(&scene.elf.image)), 0,
					  &scene.kernel, &diag),
		      PVHBOOT_OK);
	scene_map(&scene, MIB, 63 * MIB, PVHBOOT_MAP_RAM);
	scene_expect_plan("as it is", &scene, 0);
	plan = scene.plan;
	ck_assert_uint_eq(plan.n_places, 3);
	memcpy(places, plan.places, sizeof(places));
	plan.places = places;
	places[0].index = scene.kernel.tables.phnum;
	expect_status("edited", pvhboot_plan_check(&plan, &scene.request, &diag),
		      PVHBOOT_MALFORMED);
	guard_close(&guard);
	scene_close(&scene);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan_check");
	TCase *check = suite_case(suite, "check");

	tcase_add_loop_test(check, edited, 0, sizeof(edits) / sizeof(edits[0]));
	tcase_add_test(check, numbers);
	tcase_add_test(check, slides);
	tcase_add_test(check, list_without_modules);
	tcase_add_test(check, every_byte_of_the_block);
	tcase_add_test(check, every_member_of_a_place);
	tcase_add_test(check, places_without_bytes);
	tcase_add_test(check, empty_arrays);
	tcase_add_test(check, index_behind_the_table);
	tcase_add_test(check, without_arguments);
	return suite_run(suite);
}
