/* SPDX-License-Identifier: MIT */
#include "startread.h"

#include <string.h>

#include "blob.h"
#include "expect.h"

/* Of map entries and of blobs: types are compared in quadratic time and more. */
#define MAX_TYPES 64

static const struct pvhboot_place *place_of(const struct pvhboot_plan *plan, uint64_t gpa)
{
	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		if (gpa >= place->gpa && gpa - place->gpa < place->size)
			return place;
	}
	return NULL;
}

const uint8_t *start_at(const struct pvhboot_plan *plan, uint64_t gpa, uint64_t size)
{
	const struct pvhboot_place *place = place_of(plan, gpa);

	if (!place || gpa - place->gpa > place->source.size ||
	    size > place->source.size - (gpa - place->gpa))
		return NULL;
	return place->source.data + (gpa - place->gpa);
}

const char *start_string(const struct pvhboot_plan *plan, uint64_t gpa)
{
	const struct pvhboot_place *place = place_of(plan, gpa);
	const uint8_t *text;

	if (!place || gpa - place->gpa >= place->source.size)
		return NULL;
	text = place->source.data + (gpa - place->gpa);
	if (!memchr(text, '\0', (size_t)(place->source.size - (gpa - place->gpa))))
		return NULL;
	return (const char *)text;
}

int start_read(const struct pvhboot_plan *plan, struct start_info *out)
{
	const uint8_t *at = start_at(plan, plan->start_info, 40);

	memset(out, 0, sizeof(*out));
	if (!at)
		return 0;
	out->magic = (uint32_t)load_le(at, 4);
	out->version = (uint32_t)load_le(at + 4, 4);
	out->flags = (uint32_t)load_le(at + 8, 4);
	out->nr_modules = (uint32_t)load_le(at + 12, 4);
	out->modlist_paddr = load_le(at + 16, 8);
	out->cmdline_paddr = load_le(at + 24, 8);
	out->rsdp_paddr = load_le(at + 32, 8);
	if (out->version == 0)
		return 1;
	if (!start_at(plan, plan->start_info, 56))
		return 0;
	out->memmap_paddr = load_le(at + 40, 8);
	out->memmap_entries = (uint32_t)load_le(at + 48, 4);
	out->reserved = (uint32_t)load_le(at + 52, 4);
	return 1;
}

int start_read_module(const struct pvhboot_plan *plan, const struct start_info *info,
		      uint32_t number, struct start_module *out)
{
	const uint8_t *at = start_at(plan, info->modlist_paddr + 32 * (uint64_t)number, 32);

	if (!at)
		return 0;
	out->paddr = load_le(at, 8);
	out->size = load_le(at + 8, 8);
	out->cmdline_paddr = load_le(at + 16, 8);
	out->reserved = load_le(at + 24, 8);
	return 1;
}

int start_read_map_entry(const struct pvhboot_plan *plan, const struct start_info *info,
			 uint32_t number, struct start_map_entry *out)
{
	const uint8_t *at = start_at(plan, info->memmap_paddr + 24 * (uint64_t)number, 24);

	if (!at)
		return 0;
	out->addr = load_le(at, 8);
	out->size = load_le(at + 8, 8);
	out->type = (uint32_t)load_le(at + 16, 4);
	out->reserved = (uint32_t)load_le(at + 20, 4);
	return 1;
}

static uint64_t page_down(uint64_t gpa)
{
	return gpa & ~UINT64_C(0xfff);
}

static uint64_t page_up(uint64_t gpa)
{
	return page_down(gpa + 0xfff);
}

uint32_t start_type_at(const struct pvhboot_map_entry *map, size_t n, uint64_t gpa)
{
	/* as plan.h lists them, the weakest first */
	static const uint32_t strength[] = { 0, 1, 5, 2, 3, 7, 6, 4 };
	uint32_t type = 0;

	for (size_t i = 0; i < n; i++) {
		if (gpa >= map[i].gpa && gpa - map[i].gpa < map[i].size &&
		    strength[map[i].type] > strength[type])
			type = map[i].type;
	}
	return type;
}

static void expect_string(const char *row, const struct pvhboot_plan *plan, uint64_t gpa,
			  struct pvhboot_bytes want)
{
	const char *got;

	ck_assert_msg(gpa != 0, "%s: a command line has address 0", row);
	expect_true(row, gpa < UINT64_C(1) << 32);
	got = start_string(plan, gpa);
	ck_assert_msg(got, "%s: the command line at 0x%" PRIx64 " is not in a place", row, gpa);
	ck_assert_msg(strlen(got) == want.size &&
			      (want.size == 0 || memcmp(got, want.data, want.size) == 0),
		      "%s: the command line at 0x%" PRIx64 " is not the request's", row, gpa);
}

/* The bytes of a piece are in its place, unless the caller puts them there. */
static void expect_source(const char *row, const struct pvhboot_place *place,
			  struct pvhboot_bytes bytes, int by_caller)
{
	expect_eq(row, place->flags, by_caller ? PVHBOOT_PLACE_BY_CALLER : 0);
	if (by_caller)
		bytes = (struct pvhboot_bytes){ NULL, 0 };
	expect_true(row, place->source.data == bytes.data && place->source.size == bytes.size);
}

/* The first of [from, to) that has bytes, or to. */
static size_t next_part(const struct pvhboot_request *request, size_t from, size_t to)
{
	while (from < to && request->modules[from].bytes.size == 0)
		from++;
	return from;
}

/* Modules [from, to) lie at gpa, one behind the other, each but the last filled up to four
 * bytes. Returns the size of all. */
static uint64_t expect_parts(const char *row, const struct pvhboot_plan *plan,
			     const struct pvhboot_request *request, size_t from, size_t to,
			     uint64_t gpa)
{
	uint64_t size = 0;
	size_t next;

	for (size_t i = from; i < to; i = next) {
		const struct pvhboot_module *module = &request->modules[i];
		const struct pvhboot_place *place = place_of(plan, gpa + size);
		uint64_t padding;

		next = next_part(request, i + 1, to);
		padding = next < to ? -module->bytes.size % 4 : 0;
		ck_assert_msg(place && place->gpa == gpa + size,
			      "%s: module %zu does not start a place", row, i);
		expect_eq(row, place->kind, PVHBOOT_PLACE_MODULE);
		expect_eq(row, place->index, i);
		expect_eq(row, place->size, module->bytes.size + padding);
		expect_source(row, place, module->bytes,
			      (module->flags & PVHBOOT_MODULE_BY_CALLER) != 0);
		size += place->size;
	}
	return size;
}

static void expect_modules(const char *row, const struct pvhboot_plan *plan,
			   const struct pvhboot_request *request, const struct start_info *info)
{
	const int is_joined = (request->flags & PVHBOOT_REQUEST_JOIN) != 0;
	uint32_t number = 0;
	size_t next;

	for (size_t i = next_part(request, 0, request->n_modules); i < request->n_modules;
	     i = next_part(request, next, request->n_modules)) {
		const struct pvhboot_module *module = &request->modules[i];
		struct start_module entry;

		next = is_joined ? request->n_modules : i + 1;
		expect_true(row, number < info->nr_modules);
		expect_true(row, start_read_module(plan, info, number, &entry));
		expect_eq(row, entry.size, expect_parts(row, plan, request, i, next, entry.paddr));
		expect_eq(row, entry.reserved, 0);
		expect_string(row, plan, entry.cmdline_paddr, module->cmdline);
		number++;
		if (!is_joined && module->gpa)
			expect_eq(row, entry.paddr, module->gpa);
		else if (!is_joined)
			expect_eq(row, entry.paddr % (module->align > 4096 ? module->align : 4096),
				  0);
	}
	expect_eq(row, info->nr_modules, number);
	if (number)
		expect_eq(row, info->modlist_paddr % 8, 0);
	else
		expect_eq(row, info->modlist_paddr, 0);
}

static void expect_map(const char *row, const struct pvhboot_plan *plan,
		       const struct start_info *info)
{
	uint64_t end = 0;

	expect_eq(row, info->memmap_entries, plan->n_map);
	expect_eq(row, info->memmap_paddr % 8, 0);
	for (uint32_t i = 0; i < info->memmap_entries; i++) {
		const struct pvhboot_map_entry *listed = &plan->map[i];
		struct start_map_entry entry;

		expect_true(row, start_read_map_entry(plan, info, i, &entry));
		expect_eq(row, entry.addr, listed->gpa);
		expect_eq(row, entry.size, listed->size);
		expect_eq(row, entry.type, listed->type);
		expect_eq(row, entry.reserved, 0);
		expect_eq(row, listed->reserved, 0);
		expect_true(row, entry.size > 0);
		expect_true(row, entry.addr >= end);
		/* Merged: touching entries differ. */
		if (i > 0 && entry.addr == end)
			expect_true(row, entry.type != plan->map[i - 1].type);
		end = entry.addr + entry.size;
		/* 2^64 is a legal end of the last one only. */
		expect_true(row, end > entry.addr || (end == 0 && i + 1 == info->memmap_entries));
	}
}

/* Where a place may end. */
static uint64_t ceiling_of(const struct pvhboot_place *place, const struct pvhboot_request *request)
{
	const struct pvhboot_blob *blob;

	if (place->kind == PVHBOOT_PLACE_BLOB) {
		blob = &request->blobs[place->index];
		if (blob->gpa)
			return UINT64_MAX;
		if (blob->window.end)
			return blob->window.end;
	}
	if (place->kind == PVHBOOT_PLACE_MODULE && place->gpa >= UINT64_C(1) << 32 &&
	    (request->flags & PVHBOOT_REQUEST_MODULES_ABOVE_4GIB))
		return UINT64_MAX;
	return request->ceiling ? request->ceiling : UINT64_C(1) << 32;
}

static uint64_t blob_size(const struct pvhboot_blob *blob)
{
	return blob->size ? blob->size : blob->bytes.size;
}

static void expect_blobs(const char *row, const struct pvhboot_plan *plan,
			 const struct pvhboot_request *request)
{
	size_t n_places = 0;
	size_t n_blobs = 0;

	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];
		const struct pvhboot_blob *blob;

		if (place->kind != PVHBOOT_PLACE_BLOB)
			continue;
		expect_true(row, place->index < request->n_blobs);
		blob = &request->blobs[place->index];
		expect_eq(row, place->size, blob_size(blob));
		expect_source(row, place, blob->bytes, (blob->flags & PVHBOOT_BLOB_BY_CALLER) != 0);
		if (blob->gpa) {
			expect_eq(row, place->gpa, blob->gpa);
		} else {
			expect_eq(row, place->gpa % (blob->align > 4096 ? blob->align : 4096), 0);
			expect_true(row, place->gpa >= (blob->window.end ? blob->window.start :
									   0x100000));
		}
		n_places++;
	}
	for (size_t i = 0; i < request->n_blobs; i++)
		n_blobs += blob_size(&request->blobs[i]) != 0;
	expect_eq(row, n_places, n_blobs);
}

/* Where the guest is to find the RSDP. */
static uint64_t wanted_rsdp(const struct pvhboot_plan *plan, const struct pvhboot_request *request)
{
	if ((request->flags & PVHBOOT_REQUEST_RSDP_IN_BLOB) == 0)
		return request->rsdp;
	for (size_t i = 0; i < plan->n_places; i++) {
		if (plan->places[i].kind == PVHBOOT_PLACE_BLOB &&
		    plan->places[i].index == request->rsdp_blob)
			return plan->places[i].gpa + request->rsdp;
	}
	return 0;
}

/* The type that the guest is to see at an address: the request's, or that of a
 * blob's pages. */
static uint32_t wanted_type_at(const struct pvhboot_plan *plan,
			       const struct pvhboot_request *request, uint64_t gpa)
{
	struct pvhboot_map_entry both[2] = { { .type = 1 }, { .type = 1 } };

	both[0].type = start_type_at(request->map, request->n_map, gpa);
	both[0].size = both[0].type ? UINT64_MAX : 0;
	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		if (place->kind != PVHBOOT_PLACE_BLOB || request->blobs[place->index].type <= 1 ||
		    gpa < page_down(place->gpa) || gpa >= page_up(place->gpa + place->size))
			continue;
		both[1].type = request->blobs[place->index].type;
		both[1].size = UINT64_MAX;
		both[0].type = start_type_at(both, 2, 0);
		both[0].size = UINT64_MAX;
	}
	return both[0].size ? both[0].type : 0;
}

static void expect_type_around(const char *row, const struct pvhboot_plan *plan,
			       const struct pvhboot_request *request, uint64_t gpa)
{
	for (uint64_t at = gpa - 1; at != gpa + 2; at++) {
		uint32_t got = start_type_at(plan->map, plan->n_map, at);
		uint32_t want = wanted_type_at(plan, request, at);

		ck_assert_msg(got == want, "%s: the map has type %u at 0x%" PRIx64 ", not %u", row,
			      got, at, want);
	}
}

/* The plan's map says what the request's and its blobs do: compared where any of
 * them may change. */
static void expect_types(const char *row, const struct pvhboot_plan *plan,
			 const struct pvhboot_request *request)
{
	for (size_t i = 0; i < request->n_map; i++) {
		expect_type_around(row, plan, request, request->map[i].gpa);
		expect_type_around(row, plan, request, request->map[i].gpa + request->map[i].size);
	}
	for (size_t i = 0; i < plan->n_map; i++) {
		expect_type_around(row, plan, request, plan->map[i].gpa);
		expect_type_around(row, plan, request, plan->map[i].gpa + plan->map[i].size);
	}
	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		if (place->kind != PVHBOOT_PLACE_BLOB)
			continue;
		expect_type_around(row, plan, request, page_down(place->gpa));
		expect_type_around(row, plan, request, page_up(place->gpa + place->size));
	}
	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		if (place->kind == PVHBOOT_PLACE_BLOB)
			continue;
		expect_eq(row, start_type_at(plan->map, plan->n_map, place->gpa), 1);
		expect_eq(row, start_type_at(plan->map, plan->n_map, place->gpa + place->size - 1),
			  1);
	}
}

/* The kernel's symbols: one behind the other, from where the kernel ends. What
 * they hold is for test_symbols.c. */
static void expect_symbols(const char *row, const struct pvhboot_plan *plan,
			   const struct pvhboot_request *request)
{
	const struct pvhboot_symbols *symbols = &request->kernel->symbols;
	uint64_t at = symbols->gpa;

	for (size_t i = 0; i < plan->n_places; i++) {
		if (plan->places[i].kind != PVHBOOT_PLACE_SYMBOLS)
			continue;
		expect_true(row, symbols->size != 0);
		expect_eq(row, plan->places[i].gpa, at + plan->slide);
		at += plan->places[i].size;
	}
	expect_eq(row, at, symbols->gpa + symbols->size);
}

/* Where the source lies in the ELF image, if there. */
static void expect_offset(const char *row, const struct pvhboot_place *place,
			  const struct pvhboot_request *request)
{
	const int is_in_elf = place->kind == PVHBOOT_PLACE_SEGMENT ||
			      (place->kind == PVHBOOT_PLACE_SYMBOLS && place->index > 0);

	if (!is_in_elf)
		expect_eq(row, place->source_offset, 0);
	else if (place->source.size)
		expect_true(row,
			    place->source.data == request->kernel->elf.data + place->source_offset);
}

static void expect_places(const char *row, const struct pvhboot_plan *plan,
			  const struct pvhboot_request *request)
{
	uint64_t end = 0;

	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		/* only a kernel that is linked there lies in page 0 */
		expect_true(row, place->gpa >= 4096 || place->kind == PVHBOOT_PLACE_SEGMENT ||
					 place->kind == PVHBOOT_PLACE_SYMBOLS);
		expect_true(row, place->size > 0);
		expect_true(row, place->size >= place->source.size);
		expect_true(row, place->gpa >= end);
		end = place->gpa + place->size;
		expect_true(row, end > place->gpa);
		expect_eq(row, place->reserved32, 0);
		expect_eq(row, place->reserved, 0);
		expect_offset(row, place, request);
		expect_true(row, end <= ceiling_of(place, request));
	}
}

static void expect_segments(const char *row, const struct pvhboot_plan *plan,
			    const struct pvhboot_request *request)
{
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	size_t n_segments = 0;
	size_t n_places = 0;

	while (pvhboot_segment_next(request->kernel, &iter, &segment)) {
		const struct pvhboot_place *place = place_of(plan, segment.gpa + plan->slide);

		ck_assert_msg(place, "%s: segment %u has no place", row, segment.index);
		expect_eq(row, place->gpa, segment.gpa + plan->slide);
		expect_eq(row, place->kind, PVHBOOT_PLACE_SEGMENT);
		expect_eq(row, place->index, segment.index);
		expect_eq(row, place->size, segment.size);
		expect_eq(row, place->source.size, segment.bytes.size);
		expect_true(row, place->source.data == segment.bytes.data);
		n_segments++;
	}
	for (size_t i = 0; i < plan->n_places; i++)
		n_places += plan->places[i].kind == PVHBOOT_PLACE_SEGMENT;
	expect_eq(row, n_places, n_segments);
	expect_eq(row, plan->entry, request->kernel->entry + plan->slide);
	expect_eq(row, plan->entry_kind, PVHBOOT_ENTRY_PVH);
}

void start_expect(const char *row, const struct pvhboot_plan *plan,
		  const struct pvhboot_request *request)
{
	uint64_t info_ceiling = request->info_ceiling ? request->info_ceiling : UINT64_C(1) << 30;
	const struct pvhboot_place *place = place_of(plan, plan->start_info);
	struct start_info info;

	ck_assert_msg(place, "%s: the start_info is in no place", row);
	expect_eq(row, place->gpa, plan->start_info);
	expect_eq(row, place->kind, PVHBOOT_PLACE_INFO);
	expect_eq(row, place->index, 0);
	expect_eq(row, place->gpa % 4096, 0);
	expect_true(row, place->gpa + place->size <= info_ceiling);
	expect_true(row,
		    place->source.data == plan->info.data && place->source.size == plan->info.size);
	expect_true(row, start_read(plan, &info));
	expect_eq(row, info.magic, 0x336ec578);
	expect_eq(row, info.version, !(request->flags & PVHBOOT_REQUEST_VERSION_0));
	expect_eq(row, info.flags, request->flags & PVHBOOT_REQUEST_DOM0 ? 3 : 0);
	expect_eq(row, info.reserved, 0);
	expect_eq(row, info.rsdp_paddr, wanted_rsdp(plan, request));
	expect_string(row, plan, info.cmdline_paddr, request->cmdline);
	expect_modules(row, plan, request, &info);
	if (info.version)
		expect_map(row, plan, &info);
	if (request->n_map <= MAX_TYPES && request->n_blobs <= MAX_TYPES)
		expect_types(row, plan, request);
	expect_places(row, plan, request);
	expect_blobs(row, plan, request);
	expect_symbols(row, plan, request);
	expect_segments(row, plan, request);
}
