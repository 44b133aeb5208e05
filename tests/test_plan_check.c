/* SPDX-License-Identifier: MIT */
/* plan.h: pvhboot_plan_check() on good plans that were edited. */

#include <pvhboot/plan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/edit.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/scene.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define PADDR ((uint64_t)KERNEL_PADDR)
#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * A plan that can be edited. Its places, ascending: segment 0, segment 1, the
 * block, module 0 (0x1000 bytes), module 2 (0x123 bytes); module 1 is empty.
 */
enum { SEGMENT0, SEGMENT1, BLOCK, MODULE0, MODULE2, N_PLACES };

#define BLOCK_GPA (PADDR + 0x2000)
#define MODULE0_GPA (PADDR + 0x3000)
#define MODULE2_GPA (PADDR + 0x4000)
#define BLOCK_SIZE 216

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
	ck_assert_uint_eq(draft->places[BLOCK].gpa, BLOCK_GPA);
	ck_assert_uint_eq(draft->places[MODULE0].gpa, MODULE0_GPA);
	ck_assert_uint_eq(draft->places[MODULE2].gpa, MODULE2_GPA);
	ck_assert_uint_eq(draft->info.size, BLOCK_SIZE);
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

/* Ascending again, so that what else is wrong is found. */
static void sort(struct draft *draft)
{
	for (size_t i = 1; i < draft->plan.n_places; i++) {
		for (size_t k = i; k > 0 && draft->places[k].gpa < draft->places[k - 1].gpa; k--) {
			struct pvhboot_place place = draft->places[k];

			draft->places[k] = draft->places[k - 1];
			draft->places[k - 1] = place;
		}
	}
}

static void drop(struct draft *draft, size_t i)
{
	draft->plan.n_places--;
	memmove(&draft->places[i], &draft->places[i + 1],
		(draft->plan.n_places - i) * sizeof(draft->places[0]));
}

/* What an edit changes a number of. */
enum {
	OF_PLAN,
	OF_PLACE,
	OF_MAP_ENTRY, /* of the plan */
	OF_REQUEST,
	OF_KERNEL,
	OF_MODULE, /* of the request */
	OF_BLOCK,
	/* what is at an address of the block's */
	OF_BLOCK_LIST,
	OF_BLOCK_MAP,
	OF_BLOCK_CMDLINE
};

#define SET_PLAN(member, value)                                                                    \
	{                                                                                          \
		EDIT_SET, OF_PLAN, 0, EDIT_OF(struct pvhboot_plan, member), value                  \
	}
#define ADD_PLAN(member, value)                                                                    \
	{                                                                                          \
		EDIT_ADD, OF_PLAN, 0, EDIT_OF(struct pvhboot_plan, member), value                  \
	}
#define EDIT_PLACE(op, i, member, value)                                                           \
	{                                                                                          \
		op, OF_PLACE, i, EDIT_OF(struct pvhboot_place, member), value                      \
	}
#define SET_PLACE(i, member, value) EDIT_PLACE(EDIT_SET, i, member, value)
#define ADD_PLACE(i, member, value) EDIT_PLACE(EDIT_ADD, i, member, value)
#define DROP_PLACE(i)                                                                              \
	{                                                                                          \
		EDIT_DROP, OF_PLACE, i, 0, 0, 0                                                    \
	}
#define SET_MAP(i, member, value)                                                                  \
	{                                                                                          \
		EDIT_SET, OF_MAP_ENTRY, i, EDIT_OF(struct pvhboot_map_entry, member), value        \
	}
#define ADD_MAP(i, member, value)                                                                  \
	{                                                                                          \
		EDIT_ADD, OF_MAP_ENTRY, i, EDIT_OF(struct pvhboot_map_entry, member), value        \
	}
#define SET_REQUEST(member, value)                                                                 \
	{                                                                                          \
		EDIT_SET, OF_REQUEST, 0, EDIT_OF(struct pvhboot_request, member), value            \
	}
#define SET_KERNEL(member, value)                                                                  \
	{                                                                                          \
		EDIT_SET, OF_KERNEL, 0, EDIT_OF(struct pvhboot_kernel, member), value              \
	}
#define ADD_MODULE(i, member, value)                                                               \
	{                                                                                          \
		EDIT_ADD, OF_MODULE, i, EDIT_OF(struct pvhboot_module, member), value              \
	}
/* Of a number in the block; width is in bytes. */
#define SET(target, offset, width, value)                                                          \
	{                                                                                          \
		EDIT_SET, target, 0, offset, width, value                                          \
	}
#define ADD(target, offset, width, value)                                                          \
	{                                                                                          \
		EDIT_ADD, target, 0, offset, width, value                                          \
	}
#define MINUS(number) (-(uint64_t)(number))

static void apply_to_block(struct draft *draft, const struct edit *edit)
{
	switch (edit->target) {
	case OF_BLOCK:
		edit_apply_le(draft->info.data, edit);
		break;
	case OF_BLOCK_LIST:
		edit_apply_le(draft->info.data + follow(draft, MODLIST_PADDR), edit);
		break;
	case OF_BLOCK_MAP:
		edit_apply_le(draft->info.data + follow(draft, MEMMAP_PADDR), edit);
		break;
	case OF_BLOCK_CMDLINE:
		edit_apply_le(draft->info.data + follow(draft, CMDLINE_PADDR), edit);
		break;
	default:
		abort();
	}
}

static void apply(struct draft *draft, const struct edit *edit)
{
	switch (edit->target) {
	case OF_PLAN:
		edit_apply(&draft->plan, edit);
		break;
	case OF_PLACE:
		if (edit->op == EDIT_DROP)
			drop(draft, edit->index);
		else
			edit_apply(&draft->places[edit->index], edit);
		break;
	case OF_MAP_ENTRY:
		edit_apply(&draft->map[edit->index], edit);
		break;
	case OF_REQUEST:
		edit_apply(&draft->scene.request, edit);
		break;
	case OF_KERNEL:
		edit_apply(&draft->scene.kernel, edit);
		break;
	case OF_MODULE:
		edit_apply(&draft->scene.modules[edit->index], edit);
		break;
	default:
		apply_to_block(draft, edit);
	}
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
	scene_avoid(&draft->scene, MODULE2_GPA + 0x123, MODULE2_GPA + 0x124);
	scene_avoid(&draft->scene, PADDR - 1, PADDR);
	scene_avoid(&draft->scene, PADDR + 0x300, PADDR + 0x1000);
	scene_avoid(&draft->scene, PADDR, PADDR);
}

/* Text that starts as the block does, so that the block is as good a place. */
static void text_at_the_first_byte(struct draft *draft)
{
	draft->scene.request.cmdline = pvhboot_text("x\xc5n3\1");
	poke(draft, CMDLINE_PADDR, 8, draft->plan.start_info);
}

static void not_ascending(struct draft *draft)
{
	struct pvhboot_place first = draft->places[MODULE0];

	draft->places[MODULE0] = draft->places[MODULE2];
	draft->places[MODULE2] = first;
}

static void module_twice(struct draft *draft)
{
	struct pvhboot_place *twice = one_more_place(draft);

	*twice = draft->places[MODULE2];
	twice->gpa += 0x10000;
}

/* Of two modules that are the same bytes, one has both places. */
static void module_for_its_twin(struct draft *draft)
{
	draft->scene.modules[2].bytes = draft->scene.modules[0].bytes;
	draft->places[MODULE2].source = draft->places[MODULE0].source;
	draft->places[MODULE2].size = draft->places[MODULE0].size;
	draft->places[MODULE2].index = 0;
}

static void cmdline_of_the_request_differs(struct draft *draft)
{
	draft->scene.request.cmdline = pvhboot_text("console=ttyS1");
}

static void cmdline_of_a_module_differs(struct draft *draft)
{
	draft->scene.modules[0].cmdline = pvhboot_text("Initrd");
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

static void one_step_down(struct draft *draft)
{
	move_kernel(draft, -(uint64_t)0x100000);
}

#define AT(subject_)                                                                               \
	{                                                                                          \
		.says = SAYS_SUBJECT, .subject = PVHBOOT_SUBJECT_##subject_                        \
	}
#define AT_ELEMENT(subject_, index_)                                                               \
	{                                                                                          \
		.says = SAYS_SUBJECT | SAYS_INDEX, .subject = PVHBOOT_SUBJECT_##subject_,          \
		.index = (index_)                                                                  \
	}
#define AT_N(subject_, found_, bound_)                                                             \
	{                                                                                          \
		.says = SAYS_SUBJECT | SAYS_NUMBERS, .subject = PVHBOOT_SUBJECT_##subject_,        \
		.found = (found_), .bound = (bound_)                                               \
	}
#define AT_PLACE_N(index_, found_, bound_)                                                         \
	{                                                                                          \
		.says = SAYS_SUBJECT | SAYS_INDEX | SAYS_NUMBERS,                                  \
		.subject = PVHBOOT_SUBJECT_PLACE, .index = (index_), .found = (found_),            \
		.bound = (bound_)                                                                  \
	}
#define NUMBERS(found_, bound_)                                                                    \
	{                                                                                          \
		.says = SAYS_NUMBERS, .found = (found_), .bound = (bound_)                         \
	}
#define AT_PLACE(i) AT_ELEMENT(PLACE, i)
#define AT_MAP_ENTRY(i) AT_ELEMENT(MAP, i)

static const struct {
	const char *name;
	enum pvhboot_status status;
	struct finding want;
	struct edit edits[3];
	void (*edit)(struct draft *draft); /* what cannot be said so; NULL: nothing */
	struct pvhboot_map_entry map;      /* one more in the request's; of 0 bytes: none */
	struct pvhboot_range avoid;        /* the same; of end 0: none */
} edits[] = {
	{ "nothing", PVHBOOT_OK, .edit = NULL },
	{ "a module elsewhere, told in the list", PVHBOOT_OK,
	  .edits = { SET_PLACE(MODULE2, gpa, 32 * MIB + 5),
		     SET(OF_BLOCK_LIST, 32, 8, 32 * MIB + 5) } },
	{ "an equal string elsewhere", PVHBOOT_OK, .edit = strings_swapped },
	{ "avoid what is beside places", PVHBOOT_OK, .edit = avoid_beside_places },
	{ "ceilings at the last bytes", PVHBOOT_OK,
	  .edits = { SET_REQUEST(ceiling, MODULE2_GPA + 0x123),
		     SET_REQUEST(info_ceiling, BLOCK_GPA + BLOCK_SIZE) } },
	{ "a module in page 1", PVHBOOT_OK,
	  .edits = { SET_PLACE(MODULE2, gpa, 0x1000), SET(OF_BLOCK_LIST, 32, 8, 0x1000) } },
	{ "a command line at the block's first byte", PVHBOOT_OK, .edit = text_at_the_first_byte },
	{ "places that the caller fills", PVHBOOT_OK,
	  .edits = { SET_PLACE(SEGMENT0, flags, PVHBOOT_PLACE_BY_CALLER),
		     SET_PLACE(BLOCK, flags, PVHBOOT_PLACE_BY_CALLER),
		     SET_PLACE(MODULE2, flags, PVHBOOT_PLACE_BY_CALLER) } },

	{ "a map entry of type 8", PVHBOOT_INVAL, .map = { 0, 1, 8, 0 } },
	{ "a map entry that wraps", PVHBOOT_RANGE,
	  .map = { UINT64_MAX, 2, PVHBOOT_MAP_RESERVED, 0 } },
	{ "an avoid range ends before it starts", PVHBOOT_INVAL, .avoid = { 2, 1 } },
	{ "too many avoid ranges", PVHBOOT_LIMIT,
	  .edits = { SET_REQUEST(n_avoid, ((size_t)1 << 28) + 1) } },

	{ "an empty place", PVHBOOT_MALFORMED, AT_PLACE_N(MODULE2, 0, 1),
	  .edits = { SET_PLACE(MODULE2, size, 0), SET_PLACE(MODULE2, source.size, 0) } },
	{ "smaller than its source", PVHBOOT_MALFORMED, AT_PLACE_N(MODULE2, 0x122, 0x123),
	  .edits = { ADD_PLACE(MODULE2, size, MINUS(1)) } },
	{ "not ascending", PVHBOOT_MALFORMED, AT(PLACE), .edit = not_ascending },
	{ "no places", PVHBOOT_MALFORMED, NUMBERS(0, 2), .edits = { SET_PLAN(n_places, 0) } },
	{ "no place for a segment", PVHBOOT_MALFORMED, .edits = { DROP_PLACE(SEGMENT1) } },
	{ "no place for the block", PVHBOOT_MALFORMED, .edits = { DROP_PLACE(BLOCK) } },
	{ "no place for a module", PVHBOOT_MALFORMED, NUMBERS(1, 2),
	  .edits = { DROP_PLACE(MODULE2) } },
	{ "a module twice", PVHBOOT_MALFORMED, .edit = module_twice },
	{ "a module in place of another", PVHBOOT_MALFORMED,
	  .edits = { SET_PLACE(MODULE2, index, 0) } },
	{ "a module in place of its twin", PVHBOOT_MALFORMED, AT_ELEMENT(MODULE, 2),
	  .edit = module_for_its_twin },
	{ "an empty module", PVHBOOT_MALFORMED, .edits = { SET_PLACE(MODULE2, index, 1) } },
	{ "a module that is none", PVHBOOT_MALFORMED, AT_PLACE(MODULE2),
	  .edits = { SET_PLACE(MODULE2, index, 3) } },
	{ "a segment that is none", PVHBOOT_MALFORMED, AT_PLACE(SEGMENT0),
	  .edits = { SET_PLACE(SEGMENT0, index, 2) } },
	{ "a segment far away", PVHBOOT_MALFORMED, AT_PLACE(SEGMENT0),
	  .edits = { SET_PLACE(SEGMENT0, index, UINT32_MAX) } },
	{ "a second block", PVHBOOT_MALFORMED, AT_PLACE(BLOCK),
	  .edits = { SET_PLACE(BLOCK, index, 1) } },
	{ "kind 0", PVHBOOT_MALFORMED, AT_PLACE(MODULE2),
	  .edits = { SET_PLACE(MODULE2, kind, 0) } },
	{ "kind 4", PVHBOOT_MALFORMED, AT_PLACE(MODULE2),
	  .edits = { SET_PLACE(MODULE2, kind, 4) } },
	{ "kind 2^32 - 1", PVHBOOT_MALFORMED, AT_PLACE(MODULE2),
	  .edits = { SET_PLACE(MODULE2, kind, UINT32_MAX) } },
	{ "a module as a segment", PVHBOOT_MALFORMED, AT_PLACE(MODULE0),
	  .edits = { SET_PLACE(MODULE0, kind, PVHBOOT_PLACE_SEGMENT) } },
	{ "a segment with more bss", PVHBOOT_MALFORMED, AT_PLACE(SEGMENT0),
	  .edits = { ADD_PLACE(SEGMENT0, size, 1) } },
	{ "a module with zeros behind it", PVHBOOT_MALFORMED, AT_PLACE(MODULE2),
	  .edits = { ADD_PLACE(MODULE2, size, 1) } },
	{ "other bytes", PVHBOOT_MALFORMED, AT_PLACE(MODULE2),
	  .edits = { ADD_PLACE(MODULE2, source.data, 1) } },
	{ "fewer bytes", PVHBOOT_MALFORMED, AT_PLACE(SEGMENT0),
	  .edits = { ADD_PLACE(SEGMENT0, source.size, MINUS(1)) } },
	{ "one segment elsewhere", PVHBOOT_MALFORMED, AT_PLACE(SEGMENT0),
	  .edits = { ADD_PLACE(SEGMENT0, gpa, MINUS(0x1000)) } },
	{ "a module where it is asked for", PVHBOOT_OK,
	  .edits = { ADD_MODULE(2, gpa, MODULE2_GPA) } },
	{ "a module not where it is asked for", PVHBOOT_MALFORMED, AT_PLACE(MODULE2),
	  .edits = { ADD_MODULE(2, gpa, MODULE2_GPA + 0x1000) } },
	{ "another module asked for", PVHBOOT_MALFORMED, AT_PLACE(MODULE2),
	  .edits = { ADD_MODULE(2, bytes.size, MINUS(1)) } },

	{ "magic", PVHBOOT_MALFORMED, AT(INFO), .edits = { SET(OF_BLOCK, 0, 4, 0x336ec579) } },
	{ "version 0", PVHBOOT_MALFORMED, AT(INFO), .edits = { SET(OF_BLOCK, 4, 4, 0) } },
	{ "version 2", PVHBOOT_MALFORMED, AT(INFO), .edits = { SET(OF_BLOCK, 4, 4, 2) } },
	{ "flags", PVHBOOT_MALFORMED, AT(INFO), .edits = { SET(OF_BLOCK, 8, 4, 1) } },
	{ "reserved", PVHBOOT_MALFORMED, AT(INFO), .edits = { SET(OF_BLOCK, 52, 4, 1) } },
	{ "another rsdp", PVHBOOT_MALFORMED, AT(INFO),
	  .edits = { SET(OF_BLOCK, RSDP_PADDR, 8, 0xe0010) } },
	{ "nr_modules 1", PVHBOOT_MALFORMED, AT_N(INFO, 1, 2),
	  .edits = { SET(OF_BLOCK, NR_MODULES, 4, 1) } },
	{ "nr_modules 3", PVHBOOT_MALFORMED, AT(INFO),
	  .edits = { SET(OF_BLOCK, NR_MODULES, 4, 3) } },
	{ "an entry less", PVHBOOT_MALFORMED, AT(INFO),
	  .edits = { ADD(OF_BLOCK, MEMMAP_ENTRIES, 4, MINUS(1)) } },
	{ "an entry more", PVHBOOT_MALFORMED, AT(INFO),
	  .edits = { ADD(OF_BLOCK, MEMMAP_ENTRIES, 4, 1) } },
	{ "an entry of another size", PVHBOOT_MALFORMED, AT(INFO),
	  .edits = { SET(OF_BLOCK_MAP, 8, 8, 0x1000) } },
	{ "reserved of an entry", PVHBOOT_MALFORMED, AT(INFO),
	  .edits = { SET(OF_BLOCK_MAP, 20, 4, 1) } },
	{ "a module of another size", PVHBOOT_MALFORMED, AT_N(INFO, 0x1001, 0x1000),
	  .edits = { SET(OF_BLOCK_LIST, 8, 8, 0x1001) } },
	{ "reserved of a module", PVHBOOT_MALFORMED, AT(INFO),
	  .edits = { SET(OF_BLOCK_LIST, 24, 8, 1) } },
	{ "another command line", PVHBOOT_MALFORMED, AT(INFO),
	  .edits = { SET(OF_BLOCK_CMDLINE, 0, 1, 'C') } },
	{ "another command line asked for", PVHBOOT_MALFORMED, AT(INFO),
	  .edit = cmdline_of_the_request_differs },
	{ "another command line of a module", PVHBOOT_MALFORMED, AT(INFO),
	  .edit = cmdline_of_a_module_differs },
	{ "a block of 55 bytes", PVHBOOT_MALFORMED, NUMBERS(55, 56),
	  .edits = { SET_PLAN(info.size, 55), SET_PLACE(BLOCK, source.size, 55),
		     SET_PLACE(BLOCK, size, 55) } },
	{ "a block without the command line", PVHBOOT_RANGE, AT(INFO),
	  .edits = { SET_PLAN(info.size, 56), SET_PLACE(BLOCK, source.size, 56),
		     SET_PLACE(BLOCK, size, 56) } },
	{ "not all of the block placed", PVHBOOT_MALFORMED, AT_PLACE(BLOCK),
	  .edits = { ADD_PLACE(BLOCK, source.size, MINUS(1)) } },

	{ "RAM as reserved", PVHBOOT_MALFORMED, AT(MAP),
	  .edits = { SET_MAP(0, type, PVHBOOT_MAP_RESERVED),
		     SET(OF_BLOCK_MAP, 16, 4, PVHBOOT_MAP_RESERVED) } },
	{ "reserved as RAM", PVHBOOT_MALFORMED, AT(MAP),
	  .edits = { SET_MAP(2, type, PVHBOOT_MAP_RAM),
		     SET(OF_BLOCK_MAP, 2 * 24 + 16, 4, PVHBOOT_MAP_RAM) } },
	{ "more RAM than there is", PVHBOOT_MALFORMED, AT(MAP),
	  .edits = { ADD_MAP(0, size, 0x1000), ADD(OF_BLOCK_MAP, 8, 8, 0x1000) } },
	{ "less RAM than there is", PVHBOOT_MALFORMED, AT(MAP),
	  .edits = { ADD_MAP(0, size, MINUS(0x1000)), ADD(OF_BLOCK_MAP, 8, 8, MINUS(0x1000)) } },
	{ "map not ascending", PVHBOOT_MALFORMED, AT(MAP), .edit = map_not_ascending },
	{ "an entry missing", PVHBOOT_MALFORMED, AT(MAP),
	  .map = { 0xfec00000u, 0x1000, PVHBOOT_MAP_RESERVED, 0 } },
	{ "an entry of no bytes", PVHBOOT_MALFORMED, AT_MAP_ENTRY(3), .edit = entry_of_no_bytes },
	{ "an entry that wraps", PVHBOOT_MALFORMED, AT_MAP_ENTRY(3), .edit = entry_that_wraps },
	{ "an entry of type 2^32 - 1", PVHBOOT_MALFORMED, AT_MAP_ENTRY(2),
	  .edits = { SET_MAP(2, type, UINT32_MAX) } },
	{ "an entry of type 0", PVHBOOT_MALFORMED, AT_MAP_ENTRY(2),
	  .edits = { SET_MAP(2, type, 0) } },

	{ "modules overlap", PVHBOOT_OVERLAP, AT_PLACE(MODULE2),
	  .edits = { SET_PLACE(MODULE2, gpa, MODULE0_GPA + 0xfff) } },
	{ "modules at one address", PVHBOOT_OVERLAP, AT_PLACE(MODULE2),
	  .edits = { SET_PLACE(MODULE2, gpa, MODULE0_GPA) } },
	{ "a module over a segment", PVHBOOT_OVERLAP, AT_PLACE(2),
	  .edits = { SET_PLACE(MODULE0, gpa, PADDR + 0x17ff) } },
	{ "a module in a gap of the kernel", PVHBOOT_OVERLAP, AT_PLACE(1),
	  .edits = { SET_PLACE(MODULE2, gpa, PADDR + 0x800),
		     SET(OF_BLOCK_LIST, 32, 8, PADDR + 0x800) } },
	{ "the first byte is to be avoided", PVHBOOT_OVERLAP, AT_PLACE(SEGMENT0),
	  .avoid = { PADDR - 0x1000, PADDR + 1 } },
	{ "the last byte is to be avoided", PVHBOOT_OVERLAP, AT_PLACE(MODULE2),
	  .avoid = { MODULE2_GPA + 0x122, MODULE2_GPA + 0x123 } },
	{ "a byte of the block is to be avoided", PVHBOOT_OVERLAP, AT_PLACE(BLOCK),
	  .avoid = { BLOCK_GPA + 8, BLOCK_GPA + 9 } },
	{ "a module at 0", PVHBOOT_OVERLAP, AT_PLACE(0),
	  .edits = { SET_PLACE(MODULE2, gpa, 0), SET(OF_BLOCK_LIST, 32, 8, 0) } },
	{ "a module in the last byte of page 0", PVHBOOT_OVERLAP, AT_PLACE_N(0, 0xfff, 0x1000),
	  .edits = { SET_PLACE(MODULE2, gpa, 0xfff), SET(OF_BLOCK_LIST, 32, 8, 0xfff) } },

	{ "a module leaves RAM", PVHBOOT_RANGE, AT_PLACE(MODULE2),
	  .edits = { SET_PLACE(MODULE2, gpa, 64 * MIB - 0x122) } },
	{ "a module in reserved memory", PVHBOOT_RANGE, AT_PLACE(MODULE2),
	  .edits = { SET_PLACE(MODULE2, gpa, 0xfee00000u) } },
	{ "a hole under a module", PVHBOOT_RANGE, AT_PLACE(MODULE0),
	  .map = { MODULE0_GPA + 0xfff, 1, PVHBOOT_MAP_UNUSABLE, 0 } },
	{ "a ceiling below the last byte", PVHBOOT_RANGE, AT_PLACE(MODULE2),
	  .edits = { SET_REQUEST(ceiling, MODULE2_GPA + 0x122),
		     SET_REQUEST(info_ceiling, BLOCK_GPA + BLOCK_SIZE) } },
	{ "a ceiling below the block's last byte", PVHBOOT_RANGE, AT_PLACE(BLOCK),
	  .edits = { SET_REQUEST(ceiling, MODULE2_GPA + 0x123),
		     SET_REQUEST(info_ceiling, BLOCK_GPA + BLOCK_SIZE - 1) } },
	{ "a place that wraps", PVHBOOT_RANGE, AT_PLACE(MODULE2),
	  .edits = { SET_PLACE(MODULE2, gpa, UINT64_MAX - 0x10) } },
	{ "the entry elsewhere", PVHBOOT_RANGE, AT_N(ENTRY, PADDR + 0x41, PADDR + 0x40),
	  .edits = { ADD_PLAN(entry, 1) } },
	{ "the entry in a gap", PVHBOOT_RANGE, AT(ENTRY),
	  .edits = { SET_PLAN(entry, PADDR + 0x800) } },
	{ "an entry that is in no segment", PVHBOOT_RANGE, AT(ENTRY),
	  .edits = { SET_KERNEL(entry, PADDR + 0x800), SET_PLAN(entry, PADDR + 0x800) } },
	{ "an entry right behind a segment", PVHBOOT_RANGE, AT(ENTRY),
	  .edits = { SET_KERNEL(entry, PADDR + 0x300), SET_PLAN(entry, PADDR + 0x300) } },
	{ "an entry in a module", PVHBOOT_RANGE, AT(ENTRY),
	  .edits = { SET_KERNEL(entry, MODULE0_GPA), SET_PLAN(entry, MODULE0_GPA) } },
	{ "a slide without PHYS32_RELOC", PVHBOOT_RANGE, AT(KERNEL), .edit = one_step_down },
	{ "command line at 0", PVHBOOT_RANGE, AT(INFO),
	  .edits = { SET(OF_BLOCK, CMDLINE_PADDR, 8, 0) } },
	{ "command line in a module", PVHBOOT_RANGE, AT(INFO),
	  .edits = { SET(OF_BLOCK, CMDLINE_PADDR, 8, MODULE0_GPA) } },
	{ "command line leaves the block", PVHBOOT_RANGE, AT(INFO),
	  .edits = { SET(OF_BLOCK, CMDLINE_PADDR, 8, BLOCK_GPA + BLOCK_SIZE - 1),
		     SET(OF_BLOCK, BLOCK_SIZE - 1, 1, 'c') } },
	{ "map leaves the block", PVHBOOT_RANGE, AT(INFO),
	  .edits = { SET(OF_BLOCK, MEMMAP_PADDR, 8, BLOCK_GPA + BLOCK_SIZE - 71) } },
	{ "map at 0", PVHBOOT_RANGE, AT(INFO), .edits = { SET(OF_BLOCK, MEMMAP_PADDR, 8, 0) } },
	{ "module list outside", PVHBOOT_RANGE, AT(INFO),
	  .edits = { SET(OF_BLOCK, MODLIST_PADDR, 8, UINT64_MAX - 31) } },
	{ "module list at 0", PVHBOOT_RANGE, AT(INFO),
	  .edits = { SET(OF_BLOCK, MODLIST_PADDR, 8, 0) } },
	{ "a module's address beside its place", PVHBOOT_RANGE, AT(INFO),
	  .edits = { SET(OF_BLOCK_LIST, 0, 8, MODULE0_GPA + 1) } },
	{ "a module's address of another", PVHBOOT_RANGE, AT(INFO),
	  .edits = { SET(OF_BLOCK_LIST, 0, 8, MODULE2_GPA) } },
	{ "a module's address of a segment", PVHBOOT_RANGE, AT(INFO),
	  .edits = { SET(OF_BLOCK_LIST, 0, 8, PADDR) } },
	{ "a module moved and not told", PVHBOOT_RANGE, AT(INFO),
	  .edits = { ADD_PLACE(MODULE2, gpa, 0x1000) } },
	{ "a module's command line in the kernel", PVHBOOT_RANGE, AT(INFO),
	  .edits = { SET(OF_BLOCK_LIST, 16, 8, PADDR) } },
	{ "start_info not where its place is", PVHBOOT_MALFORMED, AT_PLACE(BLOCK),
	  .edits = { ADD_PLAN(start_info, 8) } },
};

static void make_edits(struct draft *draft, int row)
{
	const struct pvhboot_map_entry *entry = &edits[row].map;
	const struct pvhboot_range *avoid = &edits[row].avoid;

	for (size_t i = 0; i < 3 && edits[row].edits[i].op != EDIT_NONE; i++)
		apply(draft, &edits[row].edits[i]);
	sort(draft);
	if (entry->size)
		scene_map(&draft->scene, entry->gpa, entry->size, entry->type);
	if (avoid->end)
		scene_avoid(&draft->scene, avoid->start, avoid->end);
	if (edits[row].edit)
		edits[row].edit(draft);
}

START_TEST(edited)
{
	const char *row = edits[_i].name;
	struct finding want = edits[_i].want;
	struct pvhboot_diag diag = { 0 };
	struct draft draft;

	want.says |= SAYS_STAGE;
	want.stage = PVHBOOT_STAGE_PLAN;
	draft_open(&draft, NULL);
	make_edits(&draft, _i);
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

	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct kernel_spec spec = {
			.n_reloc = 3,
			.reloc = { 0x100000, 8 * MIB, 40 * MIB + 0x17ff },
		};
		struct pvhboot_diag diag = { 0 };
		struct draft draft;

		draft_open(&draft, &spec);
		move_kernel(&draft, rows[i].to - PADDR);
		sort(&draft);
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

/* A kernel may be linked in page 0, but does not move there. */
START_TEST(slide_into_page_0)
{
	const struct kernel_spec spec = { .n_reloc = 3, .reloc = { 0x100000, 0, 40 * MIB } };
	const struct finding want = AT_PLACE_N(0, 0, 0x1000);
	struct pvhboot_diag diag = { 0 };
	struct draft draft;

	draft_open(&draft, &spec);
	move_kernel(&draft, 0 - PADDR);
	expect_status("moved", pvhboot_plan_check(&draft.plan, &draft.scene.request, &diag),
		      PVHBOOT_OVERLAP);
	expect_failure("moved", &diag, PVHBOOT_OVERLAP, &want);
	draft_close(&draft);
}
END_TEST

/* Right behind the first module, as if it were joined to it. */
static void empty_module_with_a_place(struct draft *draft)
{
	struct pvhboot_place *last = one_more_place(draft);

	*last = draft->places[MODULE2];
	draft->places[MODULE2] = (struct pvhboot_place){
		.gpa = MODULE0_GPA + 0x1004, .size = 1, .kind = PVHBOOT_PLACE_MODULE, .index = 1
	};
}

/* Modules of 0x1001, 0 and 0x123 bytes that are joined: 3 zeros are behind the first. */
START_TEST(joined)
{
	static const struct {
		const char *name;
		struct finding want; /* of no subject: it succeeds */
		struct edit edits[2];
		void (*edit)(struct draft *draft); /* NULL: nothing more */
	} rows[] = {
		{ "as they are", .edit = NULL },
		{ "a hole of 4 bytes", AT_PLACE(MODULE2), .edits = { ADD_PLACE(MODULE2, gpa, 4) } },
		{ "4 zeros", AT_PLACE(MODULE0), .edits = { ADD_PLACE(MODULE0, size, 1) } },
		{ "2 zeros", AT_PLACE(MODULE2),
		  .edits = { ADD_PLACE(MODULE0, size, MINUS(1)),
			     ADD_PLACE(MODULE2, gpa, MINUS(1)) } },
		{ "an empty one", AT_PLACE(MODULE2), .edit = empty_module_with_a_place },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		enum pvhboot_status want = rows[i].want.subject ? PVHBOOT_MALFORMED : PVHBOOT_OK;
		struct pvhboot_diag diag = { 0 };
		struct draft draft;

		draft_begin(&draft, NULL);
		scene_module(&draft.scene, 0x1001, NULL);
		scene_module(&draft.scene, 0, NULL);
		scene_module(&draft.scene, 0x123, NULL);
		draft.scene.request.flags = PVHBOOT_REQUEST_JOIN;
		scene_expect_plan(rows[i].name, &draft.scene, 1);
		draft_plan(&draft);
		expect_eq(rows[i].name, draft.places[MODULE0].size, 0x1004);
		for (size_t k = 0; k < 2 && rows[i].edits[k].op != EDIT_NONE; k++)
			apply(&draft, &rows[i].edits[k]);
		if (rows[i].edit)
			rows[i].edit(&draft);
		expect_status(rows[i].name,
			      pvhboot_plan_check(&draft.plan, &draft.scene.request, &diag), want);
		if (want)
			expect_failure(rows[i].name, &diag, want, &rows[i].want);
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
	static const struct edit members[] = {
		ADD_PLACE(0, gpa, 1),
		ADD_PLACE(0, gpa, MINUS(1)),
		ADD_PLACE(0, size, 1),
		ADD_PLACE(0, size, MINUS(1)),
		ADD_PLACE(0, source.data, 1),
		ADD_PLACE(0, source.size, 1),
		ADD_PLACE(0, source.size, MINUS(1)),
		ADD_PLACE(0, source_offset, 1),
		EDIT_PLACE(EDIT_XOR, 0, kind, 3),
		ADD_PLACE(0, index, 7),
		ADD_PLACE(0, flags, 2),
	};
	struct draft draft;

	draft_open(&draft, NULL);
	for (size_t i = 0; i < N_PLACES; i++) {
		for (size_t k = 0; k < N_OF(members); k++) {
			struct pvhboot_place before = draft.places[i];
			struct edit edit = members[k];
			enum pvhboot_status status;

			edit.index = (uint32_t)i;
			apply(&draft, &edit);
			status = pvhboot_plan_check(&draft.plan, &draft.scene.request, NULL);
			ck_assert_msg(status == PVHBOOT_MALFORMED || status == PVHBOOT_RANGE ||
					      status == PVHBOOT_OVERLAP,
				      "place %zu, member %zu: %s", i, k,
				      pvhboot_status_name(status));
			draft.places[i] = before;
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
	static const struct {
		const char *name;
		enum pvhboot_subject subject;
		struct edit edits[2];
	} rows[] = {
		{ "places", PVHBOOT_SUBJECT_PLACE, { SET_PLAN(places, 0), SET_PLAN(n_places, 0) } },
		{ "map", PVHBOOT_SUBJECT_MAP, { SET_PLAN(map, 0), SET_PLAN(n_map, 0) } },
		{ "info",
		  PVHBOOT_SUBJECT_PLACE,
		  { SET_PLAN(info.data, 0), SET_PLAN(info.size, 0) } },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct finding want = { .says = SAYS_SUBJECT, .subject = rows[i].subject };
		struct pvhboot_diag diag = { 0 };
		struct draft draft;

		draft_open(&draft, NULL);
		apply(&draft, &rows[i].edits[0]);
		apply(&draft, &rows[i].edits[1]);
		expect_status(rows[i].name,
			      pvhboot_plan_check(&draft.plan, &draft.scene.request, &diag),
			      PVHBOOT_MALFORMED);
		expect_failure(rows[i].name, &diag, PVHBOOT_MALFORMED, &want);
		draft_close(&draft);
	}
}
END_TEST

START_TEST(without_arguments)
{
	static const struct {
		const char *name;
		struct edit edit;
	} rows[] = {
		{ "plan", { 0 } },
		{ "request", { 0 } },
		{ "kernel", SET_REQUEST(kernel, 0) },
		{ "map", SET_REQUEST(map, 0) },
		{ "avoid", SET_REQUEST(avoid, 0) },
		{ "modules", SET_REQUEST(modules, 0) },
		{ "places", SET_PLAN(places, 0) },
		{ "the plan's map", SET_PLAN(map, 0) },
		{ "info", SET_PLAN(info.data, 0) },
		{ "ceiling", SET_REQUEST(ceiling, 4 * GIB + 1) },
		{ "info_ceiling", SET_REQUEST(info_ceiling, 4 * GIB + 1) },
	};
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_PLAN };

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct pvhboot_diag diag = { 0 };
		struct draft draft;

		draft_open(&draft, NULL);
		if (rows[i].edit.op != EDIT_NONE)
			apply(&draft, &rows[i].edit);
		expect_status(rows[i].name,
			      pvhboot_plan_check(i == 0 ? NULL : &draft.plan,
						 i == 1 ? NULL : &draft.scene.request, &diag),
			      PVHBOOT_INVAL);
		expect_failure(rows[i].name, &diag, PVHBOOT_INVAL, &want);
		draft_close(&draft);
	}
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

	tcase_add_loop_test(check, edited, 0, N_OF(edits));
	tcase_add_test(check, slides);
	tcase_add_test(check, slide_into_page_0);
	tcase_add_test(check, joined);
	tcase_add_test(check, list_without_modules);
	tcase_add_test(check, every_byte_of_the_block);
	tcase_add_test(check, every_member_of_a_place);
	tcase_add_test(check, places_without_bytes);
	tcase_add_test(check, empty_arrays);
	tcase_add_test(check, index_behind_the_table);
	tcase_add_test(check, without_arguments);
	return suite_run(suite);
}
