/* SPDX-License-Identifier: MIT */
/*
 * The invariants of a plan, checked against the request alone. Deliberately
 * shares no code with the planner but the reading of segments: plain loops over
 * the caller's arrays, no sorting, no merged map.
 */

#include <pvhboot/plan.h>
#include <pvhboot/wire/start_info.h>

#include "diag.h"
#include "info.h"
#include "map.h"
#include "request.h"
#include "segment.h"
#include "span.h"
#include "symbols.h"

struct check {
	const struct pvhboot_plan *plan;
	const struct pvhboot_request *request;
	struct pvhboot_diag *diag;
};

static struct pvhb_at at_place(const struct check *c, size_t i)
{
	return pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_PLACE, i,
			       c->plan->places[i].gpa);
}

static struct pvhb_at at_info(const struct check *c, uint64_t offset)
{
	return pvhb_at_offset(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_INFO,
			      c->plan->start_info + offset);
}

static struct pvhb_at at_map(const struct check *c, size_t i)
{
	return pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MAP, i, c->plan->map[i].gpa);
}

static struct pvhboot_range range_of(uint64_t gpa, uint64_t size)
{
	return (struct pvhboot_range){ gpa, gpa + size };
}

/* What a memory map is made of: the request's entries, and for the guest's map one
 * more for each place, which is empty unless the place is a blob that is no RAM. */
struct sources {
	const struct check *check;
	size_t n;
};

static struct sources hosts_map(const struct check *c)
{
	return (struct sources){ c, c->request->n_map };
}

static struct sources guests_map(const struct check *c)
{
	return (struct sources){ c, c->request->n_map +
					    (c->request->n_blobs != 0 ? c->plan->n_places : 0) };
}

static struct pvhboot_map_entry source_at(const struct sources *sources, size_t i)
{
	const struct pvhboot_request *request = sources->check->request;
	const struct pvhboot_place *place;

	if (i < request->n_map)
		return request->map[i];
	place = &sources->check->plan->places[i - request->n_map];
	if (place->kind != PVHBOOT_PLACE_BLOB || place->index >= request->n_blobs)
		return (struct pvhboot_map_entry){ .type = PVHBOOT_MAP_RAM };
	return pvhb_request_blob_entry(&request->blobs[place->index], place->gpa);
}

/* The first address in wanted that no entry of this type covers. */
static uint64_t covered_up_to(const struct sources *sources, uint32_t type,
			      struct pvhboot_range wanted)
{
	uint64_t at = wanted.start;
	uint64_t before;

	do {
		size_t i;

		before = at;
		for (i = 0; i < sources->n && at < wanted.end; i++) {
			struct pvhboot_map_entry entry = source_at(sources, i);

			if (entry.type == type && at >= entry.gpa && at - entry.gpa < entry.size)
				at = entry.gpa + entry.size;
		}
	} while (at != before && at < wanted.end);
	return pvhb_min(at, wanted.end);
}

/* Whether an entry of at least this strength touches a range. */
static bool is_touched(const struct sources *sources, uint32_t rank, struct pvhboot_range range)
{
	size_t i;

	for (i = 0; i < sources->n; i++) {
		struct pvhboot_map_entry entry = source_at(sources, i);

		if (entry.size != 0 && pvhb_map_rank(entry.type) >= rank &&
		    pvhb_overlap(range, range_of(entry.gpa, entry.size)))
			return true;
	}
	return false;
}

/* Whether all of a range has this type: entries of it cover the range, and none
 * of a stronger type touches it. */
static bool has_type(const struct sources *sources, uint32_t type, struct pvhboot_range range)
{
	return !is_touched(sources, pvhb_map_rank(type) + 1, range) &&
	       covered_up_to(sources, type, range) == range.end;
}

/* Whether the host has no RAM in a range. */
static bool is_no_ram(const struct check *c, struct pvhboot_range range)
{
	struct sources sources = hosts_map(c);
	uint64_t at = range.start;

	/* what a stronger type covers is none */
	while (at < range.end) {
		size_t i;
		uint64_t next = range.end;

		for (i = 0; i < sources.n; i++) {
			struct pvhboot_map_entry entry = source_at(&sources, i);
			uint64_t end = entry.gpa + entry.size;

			if (entry.gpa > at)
				next = pvhb_min(next, entry.gpa);
			else if (end > at)
				next = pvhb_min(next, end);
		}
		if (has_type(&sources, PVHBOOT_MAP_RAM, (struct pvhboot_range){ at, next }))
			return false;
		at = next;
	}
	return true;
}

/* The blob that a place is, or NULL. */
static const struct pvhboot_blob *blob_of(const struct check *c, const struct pvhboot_place *place)
{
	if (place->kind != PVHBOOT_PLACE_BLOB || place->index >= c->request->n_blobs)
		return NULL;
	return &c->request->blobs[place->index];
}

/* Where a place may lie. */
static struct pvhboot_range limits_of(const struct check *c, const struct pvhboot_place *place)
{
	const struct pvhboot_request *request = c->request;
	const struct pvhboot_blob *blob = blob_of(c, place);

	if (blob != NULL && blob->gpa != 0)
		return (struct pvhboot_range){ 0, UINT64_MAX };
	if (blob != NULL)
		return pvhb_request_window(request, blob);
	if (place->kind == PVHBOOT_PLACE_INFO)
		return (struct pvhboot_range){ 0, pvhb_request_info_ceiling(request) };
	if (place->kind == PVHBOOT_PLACE_MODULE && place->gpa >= PVHB_4GIB &&
	    (request->flags & PVHBOOT_REQUEST_MODULES_ABOVE_4GIB) != 0)
		return (struct pvhboot_range){ PVHB_4GIB, UINT64_MAX };
	return (struct pvhboot_range){ 0, pvhb_request_ceiling(request) };
}

/* Blobs lie in what the host calls RAM, or with a gpa outside of it; all else in
 * what the guest does. */
static bool lies_in_ram(const struct check *c, const struct pvhboot_place *place)
{
	struct sources host = hosts_map(c), guest = guests_map(c);
	struct pvhboot_range range = range_of(place->gpa, place->size);
	const struct pvhboot_blob *blob = blob_of(c, place);

	if (blob == NULL)
		return has_type(&guest, PVHBOOT_MAP_RAM, range);
	return has_type(&host, PVHBOOT_MAP_RAM, range) || (blob->gpa != 0 && is_no_ram(c, range));
}

static enum pvhboot_status check_place_memory(const struct check *c, size_t i)
{
	const struct pvhboot_place *place = &c->plan->places[i];
	const struct pvhboot_request *request = c->request;
	struct pvhboot_range limits = limits_of(c, place);
	struct pvhboot_range range;
	size_t k;

	if (place->gpa < limits.start)
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_place(c, i), place->gpa, limits.start,
				 "a blob starts in its window");
	if (!pvhb_within(limits.end, place->gpa, place->size))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_place(c, i), place->size,
				 limits.end - pvhb_min(place->gpa, limits.end),
				 "a place ends at its ceiling or below");
	range = range_of(place->gpa, place->size);
	if (range.start < PVHB_PAGE_SIZE)
		return pvhb_fail(c->diag, PVHBOOT_OVERLAP, at_place(c, i), range.start,
				 PVHB_PAGE_SIZE, "no place touches page 0");
	if (!lies_in_ram(c, place))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_place(c, i), range.start, range.end,
				 "a place lies in RAM");
	for (k = 0; k < request->n_avoid; k++) {
		if (request->avoid[k].start < request->avoid[k].end &&
		    pvhb_overlap(range, request->avoid[k]))
			return pvhb_fail(c->diag, PVHBOOT_OVERLAP, at_place(c, i), range.start,
					 request->avoid[k].start,
					 "a place avoids all avoid ranges");
	}
	return PVHBOOT_OK;
}

/* What is not of the kernel stays out of the gaps between its segments too. */
static bool lies_in_kernel(const struct check *c, const struct pvhboot_place *place)
{
	struct pvhboot_range range = pvhb_kernel_range(c->request->kernel);

	range.start += c->plan->slide;
	range.end += c->plan->slide;
	return place->kind != PVHBOOT_PLACE_SEGMENT && place->kind != PVHBOOT_PLACE_SYMBOLS &&
	       pvhb_overlap(range, range_of(place->gpa, place->size));
}

static bool same_bytes(struct pvhboot_bytes a, struct pvhboot_bytes b)
{
	return a.size == b.size && (a.size == 0 || a.data == b.data);
}

static bool is_aligned(uint64_t gpa, uint64_t align)
{
	return align == 0 || (gpa & (align - 1)) == 0;
}

static bool is_wanted_module(const struct check *c, const struct pvhboot_place *place)
{
	const struct pvhboot_module *module;

	if (place->index >= c->request->n_modules)
		return false;
	module = &c->request->modules[place->index];
	return place->size == module->bytes.size && same_bytes(place->source, module->bytes) &&
	       is_aligned(place->gpa, module->align);
}

static bool is_wanted_blob(const struct check *c, const struct pvhboot_place *place)
{
	const struct pvhboot_blob *blob = blob_of(c, place);

	if (blob == NULL || place->size != blob->bytes.size ||
	    !same_bytes(place->source, blob->bytes))
		return false;
	return blob->gpa != 0 ? place->gpa == blob->gpa : is_aligned(place->gpa, blob->align);
}

/* Part of the kernel's symbols; a head is compared byte by byte, the others by
 * their addresses. */
static bool is_wanted_symbols(const struct check *c, const struct pvhboot_place *place)
{
	const struct pvhboot_kernel *kernel = c->request->kernel;
	struct pvhb_symbols_layout layout = pvhb_symbols_lay_out(kernel);
	uint64_t gpa = kernel->symbols.gpa + c->plan->slide;
	uint8_t head[PVHB_SYMBOLS_MAX_HEAD];

	if (kernel->symbols.size == 0)
		return false;
	switch (place->index) {
	case 0:
		pvhb_symbols_write_head(kernel, head);
		return place->gpa == gpa && place->size == layout.symtab &&
		       pvhb_equal(place->source, head, (size_t)layout.head_size);
	case 1:
		return place->gpa == gpa + layout.symtab &&
		       place->size == layout.strtab - layout.symtab &&
		       same_bytes(place->source, kernel->symbols.symtab);
	case 2:
		return place->gpa == gpa + layout.strtab &&
		       place->size == layout.end - layout.strtab &&
		       same_bytes(place->source, kernel->symbols.strtab);
	default:
		return false;
	}
}

/* Whether a place is what the request asks for. */
static bool is_wanted(const struct check *c, const struct pvhboot_place *place)
{
	const struct pvhboot_request *request = c->request;
	struct pvhboot_segment segment;

	switch (place->kind) {
	case PVHBOOT_PLACE_SEGMENT:
		return pvhb_segment_at(request->kernel, place->index, &segment) &&
		       place->gpa == segment.gpa + c->plan->slide && place->size == segment.size &&
		       same_bytes(place->source, segment.bytes);
	case PVHBOOT_PLACE_MODULE:
		return is_wanted_module(c, place);
	case PVHBOOT_PLACE_SYMBOLS:
		return is_wanted_symbols(c, place);
	case PVHBOOT_PLACE_BLOB:
		return is_wanted_blob(c, place);
	case PVHBOOT_PLACE_INFO:
		return place->index == 0 && place->gpa == c->plan->start_info &&
		       place->size == c->plan->info.size &&
		       same_bytes(place->source, c->plan->info);
	default:
		return false;
	}
}

static size_t n_wanted_modules(const struct pvhboot_request *request)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < request->n_modules; i++)
		n += request->modules[i].bytes.size != 0;
	return n;
}

static size_t n_wanted_blobs(const struct pvhboot_request *request)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < request->n_blobs; i++)
		n += request->blobs[i].bytes.size != 0;
	return n;
}

static size_t n_wanted_symbols(const struct pvhboot_kernel *kernel)
{
	const struct pvhboot_symbols *symbols = &kernel->symbols;

	if (symbols->size == 0)
		return 0;
	return 1u + (symbols->symtab.size != 0) + (symbols->strtab.size != 0);
}

/* A blob without a gpa may lie anywhere, so that the right number of them does not
 * mean that each is there. */
static enum pvhboot_status check_blobs(const struct check *c)
{
	size_t i, k;

	for (i = 0; i < c->request->n_blobs; i++) {
		for (k = 0; k < c->plan->n_places; k++) {
			if (c->plan->places[k].kind == PVHBOOT_PLACE_BLOB &&
			    c->plan->places[k].index == i)
				break;
		}
		if (k == c->plan->n_places && c->request->blobs[i].bytes.size != 0)
			return pvhb_fail_plain(
				c->diag, PVHBOOT_MALFORMED,
				pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_BLOB, i),
				"every blob has a place");
	}
	return PVHBOOT_OK;
}

#define N_KINDS (PVHBOOT_PLACE_BLOB + 1)

/* Since places are disjoint and each is wanted, the right number of segments
 * means each of them once, and so for symbols. Modules may lie anywhere, so
 * check_module_list() has to find a place for each. */
static enum pvhboot_status check_counts(const struct check *c, const size_t n[N_KINDS])
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_PLACE);
	size_t n_modules = n_wanted_modules(c->request);

	if (n[PVHBOOT_PLACE_SEGMENT] != c->request->kernel->n_segments)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at, n[PVHBOOT_PLACE_SEGMENT],
				 c->request->kernel->n_segments, "every segment has a place");
	if (n[PVHBOOT_PLACE_MODULE] != n_modules)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at, n[PVHBOOT_PLACE_MODULE], n_modules,
				 "every module has a place");
	if (n[PVHBOOT_PLACE_INFO] != 1)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at, n[PVHBOOT_PLACE_INFO], 1,
				 "the start_info block has a place");
	if (n[PVHBOOT_PLACE_SYMBOLS] != n_wanted_symbols(c->request->kernel))
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at, n[PVHBOOT_PLACE_SYMBOLS],
				 n_wanted_symbols(c->request->kernel),
				 "every part of the symbols has a place");
	if (n[PVHBOOT_PLACE_BLOB] != n_wanted_blobs(c->request))
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at, n[PVHBOOT_PLACE_BLOB],
				 n_wanted_blobs(c->request), "every blob has a place");
	return check_blobs(c);
}

static enum pvhboot_status check_places(const struct check *c)
{
	size_t n[N_KINDS] = { 0 };
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < c->plan->n_places; i++) {
		const struct pvhboot_place *place = &c->plan->places[i];
		enum pvhboot_status status;

		if (place->size == 0 || place->size < place->source.size)
			return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_place(c, i), place->size,
					 pvhb_max(place->source.size, 1),
					 "a place is not empty and holds its source");
		if (i > 0 && place->gpa < c->plan->places[i - 1].gpa)
			return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_place(c, i), place->gpa,
					 c->plan->places[i - 1].gpa, "places ascend");
		if (place->gpa < end)
			return pvhb_fail(c->diag, PVHBOOT_OVERLAP, at_place(c, i), place->gpa, end,
					 "places do not overlap");
		status = check_place_memory(c, i);
		if (status != PVHBOOT_OK)
			return status;
		if (lies_in_kernel(c, place))
			return pvhb_fail(c->diag, PVHBOOT_OVERLAP, at_place(c, i), place->gpa,
					 pvhb_kernel_range(c->request->kernel).end + c->plan->slide,
					 "only the kernel lies in its range");
		if (!is_wanted(c, place))
			return pvhb_fail_plain(c->diag, PVHBOOT_MALFORMED, at_place(c, i),
					       "a place is what the request asks for");
		end = place->gpa + place->size;
		n[place->kind]++;
	}
	return check_counts(c, n);
}

static enum pvhboot_status check_slide(const struct check *c)
{
	const struct pvhboot_kernel *kernel = c->request->kernel;
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL);
	uint64_t slide = c->plan->slide;
	uint64_t start = kernel->start + slide;
	struct pvhboot_range range = pvhb_kernel_range(kernel);

	if ((c->request->flags & PVHBOOT_REQUEST_SLIDE) != 0 && slide != c->request->slide)
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at, slide, c->request->slide,
				 "slide is what the request asks for");
	if (slide == 0)
		return PVHBOOT_OK;
	if (!kernel->relocatable || (slide & (kernel->reloc.align - 1)) != 0)
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at, slide, kernel->reloc.align,
				 "slide is 0, or a multiple of PHYS32_RELOC's alignment");
	if (start < kernel->reloc.min)
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at, start, kernel->reloc.min,
				 "the kernel starts at PHYS32_RELOC's minimum or above");
	if (!pvhb_within(kernel->reloc.max + 1, start, range.end - range.start))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at, start, kernel->reloc.max,
				 "the kernel ends at PHYS32_RELOC's maximum or below");
	return PVHBOOT_OK;
}

static enum pvhboot_status check_entry(const struct check *c)
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_ENTRY);
	size_t i;

	if (c->plan->entry != c->request->kernel->entry + c->plan->slide)
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at, c->plan->entry,
				 c->request->kernel->entry + c->plan->slide,
				 "the entry moves with the kernel");
	for (i = 0; i < c->plan->n_places; i++) {
		const struct pvhboot_place *place = &c->plan->places[i];

		if (place->kind == PVHBOOT_PLACE_SEGMENT && c->plan->entry >= place->gpa &&
		    c->plan->entry - place->gpa < place->size)
			return PVHBOOT_OK;
	}
	return pvhb_fail(c->diag, PVHBOOT_RANGE, at, c->plan->entry, 0,
			 "the entry lies in a segment's place");
}

/* The plan's map holds what the request's map says, entry by entry: each one of
 * the plan has its type in the request, and no byte of the request is missing. */
static enum pvhboot_status check_map(const struct check *c)
{
	struct sources sources = guests_map(c);
	uint64_t end = 0;
	size_t i, k;

	for (i = 0; i < c->plan->n_map; i++) {
		const struct pvhboot_map_entry *entry = &c->plan->map[i];

		if (entry->type < PVHBOOT_MAP_RAM || entry->type > PVHBOOT_MAP_PMEM ||
		    entry->size == 0 || entry->size > UINT64_MAX - entry->gpa ||
		    (i > 0 && entry->gpa < end) ||
		    !has_type(&sources, entry->type, range_of(entry->gpa, entry->size)))
			return pvhb_fail_plain(
				c->diag, PVHBOOT_MALFORMED, at_map(c, i),
				"the plan's map ascends and has the request's types");
		end = entry->gpa + entry->size;
	}
	for (k = 0; k < sources.n; k++) {
		struct pvhboot_map_entry entry = source_at(&sources, k);
		uint64_t at = entry.gpa;

		for (i = 0; i < c->plan->n_map; i++) {
			if (at >= c->plan->map[i].gpa &&
			    at - c->plan->map[i].gpa < c->plan->map[i].size)
				at = c->plan->map[i].gpa + c->plan->map[i].size;
		}
		if (entry.size != 0 && at < entry.gpa + entry.size)
			return pvhb_fail(c->diag, PVHBOOT_MALFORMED,
					 pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MAP, k,
							 entry.gpa),
					 at, entry.gpa + entry.size,
					 "the plan's map holds all of the request's");
	}
	return PVHBOOT_OK;
}

#define LOAD32(c, base, struct_name, member)                                                       \
	pvhb_load32((c)->plan->info, (base) + offsetof(struct struct_name, member))
#define LOAD64(c, base, struct_name, member)                                                       \
	pvhb_load64((c)->plan->info, (base) + offsetof(struct struct_name, member))

/* Turns an address in the block into an offset; false when size bytes at it do
 * not lie in the block. */
static bool resolve(const struct check *c, uint64_t gpa, uint64_t size, uint64_t *offset)
{
	*offset = gpa - c->plan->start_info;
	return gpa >= c->plan->start_info && pvhb_within(c->plan->info.size, *offset, size);
}

/* A command line in the block; at is where its address stands. */
static enum pvhboot_status check_text(const struct check *c, uint64_t at, uint64_t gpa,
				      const char *text)
{
	size_t size = pvhb_text_size(text) + 1;
	uint64_t offset, end;

	end = resolve(c, gpa, 1, &offset) ? offset : c->plan->info.size;
	while (end < c->plan->info.size && pvhb_load8(c->plan->info, end) != 0)
		end++;
	if (end == c->plan->info.size)
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_info(c, at), gpa,
				 c->plan->start_info + c->plan->info.size,
				 "a command line starts and ends in the start_info block");
	if (!pvhb_equal(pvhb_slice(c->plan->info, offset, end + 1 - offset),
			text != NULL ? text : "", size))
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_info(c, at), end + 1 - offset, size,
				 "a command line is the one that the request has");
	return PVHBOOT_OK;
}

static enum pvhboot_status check_info_map(const struct check *c)
{
	uint64_t gpa = LOAD64(c, 0, pvhboot_wire_start_info, memmap_paddr);
	uint32_t n = LOAD32(c, 0, pvhboot_wire_start_info, memmap_entries);
	uint64_t at;
	size_t i;

	if (n != c->plan->n_map)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_info(c, 0), n, c->plan->n_map,
				 "memmap_entries is the number of map entries");
	if (!resolve(c, gpa, (uint64_t)n * PVHBOOT_WIRE_MAP_ENTRY_SIZE, &at))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_info(c, 0), gpa, c->plan->info.size,
				 "the map lies in the start_info block");
	for (i = 0; i < n; i++, at += PVHBOOT_WIRE_MAP_ENTRY_SIZE) {
		if (LOAD64(c, at, pvhboot_wire_map_entry, addr) != c->plan->map[i].gpa ||
		    LOAD64(c, at, pvhboot_wire_map_entry, size) != c->plan->map[i].size ||
		    LOAD32(c, at, pvhboot_wire_map_entry, type) != c->plan->map[i].type ||
		    LOAD32(c, at, pvhboot_wire_map_entry, reserved) != 0)
			return pvhb_fail_plain(c->diag, PVHBOOT_MALFORMED, at_info(c, at),
					       "the block holds the plan's map");
	}
	return PVHBOOT_OK;
}

static bool is_module_at(const struct check *c, uint64_t gpa, size_t index)
{
	size_t i;

	for (i = 0; i < c->plan->n_places; i++) {
		const struct pvhboot_place *place = &c->plan->places[i];

		if (place->gpa == gpa)
			return place->kind == PVHBOOT_PLACE_MODULE && place->index == index;
	}
	return false;
}

static enum pvhboot_status check_module(const struct check *c, uint64_t at, size_t index)
{
	const struct pvhboot_module *module = &c->request->modules[index];
	uint64_t gpa = LOAD64(c, at, pvhboot_wire_module, paddr);
	uint64_t size = LOAD64(c, at, pvhboot_wire_module, size);
	uint64_t text = LOAD64(c, at, pvhboot_wire_module, cmdline_paddr);

	if (!is_module_at(c, gpa, index))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_info(c, at), gpa, index,
				 "a module's address is that of its place");
	if (size != module->bytes.size || LOAD64(c, at, pvhboot_wire_module, reserved) != 0)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_info(c, at), size,
				 module->bytes.size, "a module has its size, and reserved is 0");
	return check_text(c, at, text, module->cmdline);
}

static enum pvhboot_status check_module_list(const struct check *c)
{
	uint64_t gpa = LOAD64(c, 0, pvhboot_wire_start_info, modlist_paddr);
	uint32_t n = LOAD32(c, 0, pvhboot_wire_start_info, nr_modules);
	size_t n_modules = n_wanted_modules(c->request);
	uint64_t at;
	size_t i;

	if (n != n_modules)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_info(c, 0), n, n_modules,
				 "nr_modules is the number of modules");
	if (n == 0 && gpa == 0)
		return PVHBOOT_OK;
	if (n == 0 || !resolve(c, gpa, (uint64_t)n * PVHBOOT_WIRE_MODULE_SIZE, &at))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_info(c, 0), gpa, c->plan->info.size,
				 "the module list lies in the block, or is 0 without modules");
	for (i = 0; i < c->request->n_modules; i++) {
		enum pvhboot_status status;

		if (c->request->modules[i].bytes.size == 0)
			continue;
		status = check_module(c, at, i);
		if (status != PVHBOOT_OK)
			return status;
		at += PVHBOOT_WIRE_MODULE_SIZE;
	}
	return PVHBOOT_OK;
}

static enum pvhboot_status check_info(const struct check *c)
{
	bool is_v0 = (c->request->flags & PVHBOOT_REQUEST_VERSION_0) != 0;
	bool is_dom0 = (c->request->flags & PVHBOOT_REQUEST_DOM0) != 0;
	uint32_t flags = is_dom0 ? PVHBOOT_WIRE_SIF_PRIVILEGED | PVHBOOT_WIRE_SIF_INITDOMAIN : 0;
	size_t least = is_v0 ? PVHBOOT_WIRE_START_INFO_SIZE_0 : PVHBOOT_WIRE_START_INFO_SIZE;
	uint64_t text;
	enum pvhboot_status status;

	if (c->plan->info.size < least)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_info(c, 0), c->plan->info.size,
				 least, "the block holds a start_info");
	if (LOAD32(c, 0, pvhboot_wire_start_info, magic) != PVHBOOT_WIRE_START_MAGIC ||
	    LOAD32(c, 0, pvhboot_wire_start_info, version) != !is_v0 ||
	    LOAD32(c, 0, pvhboot_wire_start_info, flags) != flags ||
	    (!is_v0 && LOAD32(c, 0, pvhboot_wire_start_info, reserved) != 0) ||
	    LOAD64(c, 0, pvhboot_wire_start_info, rsdp_paddr) != c->request->rsdp)
		return pvhb_fail_plain(c->diag, PVHBOOT_MALFORMED, at_info(c, 0),
				       "magic, version, flags, reserved 0 and the rsdp");
	text = LOAD64(c, 0, pvhboot_wire_start_info, cmdline_paddr);
	status = check_text(c, 0, text, c->request->cmdline);
	if (status == PVHBOOT_OK && !is_v0)
		status = check_info_map(c);
	return status == PVHBOOT_OK ? check_module_list(c) : status;
}

enum pvhboot_status pvhboot_plan_check(const struct pvhboot_plan *plan,
				       const struct pvhboot_request *request,
				       struct pvhboot_diag *diag)
{
	struct check c = { plan, request, diag };
	enum pvhboot_status status = pvhb_request_check(request, diag);

	if (status != PVHBOOT_OK)
		return status;
	if (plan == NULL || (plan->places == NULL && plan->n_places != 0) ||
	    (plan->map == NULL && plan->n_map != 0) ||
	    (plan->info.data == NULL && plan->info.size != 0))
		return pvhb_fail_plain(diag, PVHBOOT_INVAL,
				       pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_NONE),
				       "plan and its arrays are not NULL");
	status = pvhb_map_check(request->map, request->n_map, diag);
	if (status == PVHBOOT_OK)
		status = pvhb_request_check_avoid(request, diag);
	if (status == PVHBOOT_OK)
		status = check_slide(&c);
	if (status == PVHBOOT_OK)
		status = check_places(&c);
	if (status == PVHBOOT_OK)
		status = check_entry(&c);
	if (status == PVHBOOT_OK)
		status = check_map(&c);
	if (status == PVHBOOT_OK)
		status = check_info(&c);
	return status;
}
