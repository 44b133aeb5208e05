/* SPDX-License-Identifier: MIT */
/* The places of a plan: each is what the request asks for, where it may lie, and
 * none is missing. */

#include "../../base/span.h"
#include "../../kernel/segment.h"
#include "../../kernel/symbols.h"
#include "../request.h"
#include "checking.h"

static struct pvhb_at at_place(const struct pvhb_check *c, size_t i)
{
	return pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_PLACE, i,
			       c->plan->places[i].gpa);
}

/* The blob that a place is, or NULL. */
static const struct pvhboot_blob *blob_of(const struct pvhb_check *c,
					  const struct pvhboot_place *place)
{
	if (place->kind != PVHBOOT_PLACE_BLOB || place->index >= c->request->n_blobs)
		return NULL;
	return &c->request->blobs[place->index];
}

/* Where a place may lie. */
static struct pvhboot_range limits_of(const struct pvhb_check *c, const struct pvhboot_place *place)
{
	const struct pvhboot_request *request = c->request;
	const struct pvhboot_blob *blob = blob_of(c, place);

	if (blob != NULL && blob->gpa != 0)
		return (struct pvhboot_range){ 0, UINT64_MAX };
	if (blob != NULL)
		return pvhb_request_window(request, blob);
	if (place->kind == PVHBOOT_PLACE_INFO)
		return (struct pvhboot_range){ 0, pvhb_request_info_ceiling(request) };
	if (place->kind == PVHBOOT_PLACE_MODULE)
		return (struct pvhboot_range){ 0, pvhb_min(pvhb_request_module_ceiling(request,
										       place->gpa),
							   c->entry.modules_ceiling) };
	return (struct pvhboot_range){ 0, pvhb_check_kernel_ceiling(c) };
}

/* Blobs lie in what the host calls RAM, or with a gpa outside of it; all else in
 * what the guest does. */
static bool lies_in_ram(const struct pvhb_check *c, const struct pvhboot_place *place)
{
	struct pvhboot_range range = pvhb_check_range(place->gpa, place->size);
	const struct pvhboot_blob *blob = blob_of(c, place);

	if (blob == NULL)
		return pvhb_check_is_guest_ram(c, range);
	return pvhb_check_is_host_ram(c, range) ||
	       (blob->gpa != 0 && pvhb_check_is_no_ram(c, range));
}

static bool is_of_kernel(const struct pvhboot_place *place)
{
	return place->kind == PVHBOOT_PLACE_SEGMENT || place->kind == PVHBOOT_PLACE_SYMBOLS;
}

static enum pvhboot_status check_place_memory(const struct pvhb_check *c, size_t i)
{
	const struct pvhboot_place *place = &c->plan->places[i];
	const struct pvhboot_request *request = c->request;
	struct pvhboot_range limits = limits_of(c, place);
	struct pvhboot_range range;
	size_t k;

	if (place->gpa < limits.start)
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_place(c, i), place->gpa, limits.start,
				 "a blob that starts in its window");
	if (!pvhb_within(limits.end, place->gpa, place->size))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, pvhb_in_bytes(at_place(c, i)), place->size,
				 limits.end - pvhb_min(place->gpa, limits.end),
				 "a place that ends at its ceiling or below");
	range = pvhb_check_range(place->gpa, place->size);
	if (range.start < PVHB_PAGE_SIZE && !(is_of_kernel(place) && c->plan->slide == 0))
		return pvhb_fail(c->diag, PVHBOOT_OVERLAP, at_place(c, i), range.start,
				 PVHB_PAGE_SIZE,
				 "page 0 to be free but for a kernel that is linked there");
	if (!lies_in_ram(c, place))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_place(c, i), range.start, range.end,
				 "a place in RAM");
	for (k = 0; k < request->n_avoid; k++) {
		if (request->avoid[k].start < request->avoid[k].end &&
		    pvhb_overlap(range, request->avoid[k]))
			return pvhb_fail(c->diag, PVHBOOT_OVERLAP, at_place(c, i), range.start,
					 request->avoid[k].start,
					 "a place outside of all avoid ranges");
	}
	return PVHBOOT_OK;
}

/* What is not of the kernel stays out of the gaps between its segments too. */
static bool lies_in_kernel(const struct pvhb_check *c, const struct pvhboot_place *place)
{
	struct pvhboot_range range = pvhb_kernel_range(c->request->kernel);

	range.start += c->plan->slide;
	range.end += c->plan->slide;
	return !is_of_kernel(place) &&
	       pvhb_overlap(range, pvhb_check_range(place->gpa, place->size));
}

static bool same_bytes(struct pvhboot_bytes a, struct pvhboot_bytes b)
{
	return a.size == b.size && (a.size == 0 || a.data == b.data);
}

static bool is_aligned(uint64_t gpa, uint64_t align)
{
	return align == 0 || (gpa & (align - 1)) == 0;
}

/* Whether a place has the bytes that it should, or is left to the caller. */
static bool has_source(const struct pvhboot_place *place, struct pvhboot_bytes bytes,
		       bool by_caller)
{
	if (by_caller)
		return place->source.size == 0 && (place->flags & PVHBOOT_PLACE_BY_CALLER) != 0;
	return same_bytes(place->source, bytes);
}

/* Where a module has to lie alone: the address that it asks for, and its alignment. */
static bool is_where_wanted(const struct pvhboot_module *module, const struct pvhboot_place *place)
{
	if (module->gpa != 0)
		return place->gpa == module->gpa;
	return is_aligned(place->gpa, module->align);
}

const struct pvhboot_place *pvhb_check_find(const struct pvhb_check *c,
					    enum pvhboot_place_kind kind, size_t index)
{
	size_t i;

	for (i = 0; i < c->plan->n_places; i++) {
		if (c->plan->places[i].kind == kind && c->plan->places[i].index == index)
			return &c->plan->places[i];
	}
	return NULL;
}

/* Where joined modules have to lie: behind each other. The size of each but the last is a
 * multiple of 4. */
static bool is_where_joined(const struct pvhb_check *c, const struct pvhboot_place *place)
{
	const struct pvhboot_module *modules = c->request->modules;
	size_t before = place->index;
	const struct pvhboot_place *previous;

	while (before > 0 && modules[before - 1].bytes.size == 0)
		before--;
	if (before == 0)
		return is_where_wanted(&modules[place->index], place);
	previous = pvhb_check_find(c, PVHBOOT_PLACE_MODULE, before - 1);
	return previous != NULL && place->gpa == previous->gpa + previous->size &&
	       previous->size % 4 == 0;
}

/* A joined one may have up to 3 zeros behind its bytes; for one that is too small, the difference
 * wraps to more. */
static bool has_module_size(const struct pvhb_check *c, const struct pvhboot_place *place)
{
	uint64_t size = c->request->modules[place->index].bytes.size;

	if ((c->request->flags & PVHBOOT_REQUEST_JOIN) == 0)
		return place->size == size;
	return place->size - size < 4;
}

static bool is_wanted_module(const struct pvhb_check *c, const struct pvhboot_place *place)
{
	const struct pvhboot_module *module;

	if (place->index >= c->request->n_modules)
		return false;
	module = &c->request->modules[place->index];
	if (module->bytes.size == 0 || !has_module_size(c, place) ||
	    !has_source(place, module->bytes, (module->flags & PVHBOOT_MODULE_BY_CALLER) != 0))
		return false;
	return (c->request->flags & PVHBOOT_REQUEST_JOIN) != 0 ? is_where_joined(c, place) :
								 is_where_wanted(module, place);
}

static bool is_wanted_blob(const struct pvhb_check *c, const struct pvhboot_place *place)
{
	const struct pvhboot_blob *blob = blob_of(c, place);

	if (blob == NULL || place->size != pvhb_request_blob_size(blob) ||
	    !has_source(place, blob->bytes, (blob->flags & PVHBOOT_BLOB_BY_CALLER) != 0))
		return false;
	return blob->gpa != 0 ? place->gpa == blob->gpa : is_aligned(place->gpa, blob->align);
}

static uint64_t offset_of(const struct pvhboot_kernel *kernel, struct pvhboot_bytes part)
{
	return (uint64_t)(part.data - kernel->elf.data);
}

/* Part of the kernel's symbols; a head is compared byte by byte, the others by
 * their addresses. */
static bool is_wanted_symbols(const struct pvhb_check *c, const struct pvhboot_place *place)
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
		       place->source_offset == 0 &&
		       pvhb_equal(place->source, head, (size_t)layout.head_size);
	case 1:
		return place->gpa == gpa + layout.symtab &&
		       place->size == layout.strtab - layout.symtab &&
		       place->source_offset == offset_of(kernel, kernel->symbols.symtab) &&
		       same_bytes(place->source, kernel->symbols.symtab);
	case 2:
		return place->gpa == gpa + layout.strtab &&
		       place->size == layout.end - layout.strtab &&
		       place->source_offset == offset_of(kernel, kernel->symbols.strtab) &&
		       same_bytes(place->source, kernel->symbols.strtab);
	default:
		return false;
	}
}

/* Whether a place is what the request asks for. */
static bool is_wanted(const struct pvhb_check *c, const struct pvhboot_place *place)
{
	const struct pvhboot_request *request = c->request;
	struct pvhboot_segment segment;

	if ((place->flags & ~PVHBOOT_PLACE_BY_CALLER) != 0)
		return false;
	switch (place->kind) {
	case PVHBOOT_PLACE_SEGMENT:
		return pvhb_segment_at(request->kernel, place->index, &segment) &&
		       place->gpa == segment.gpa + c->plan->slide && place->size == segment.size &&
		       place->source_offset == segment.offset &&
		       same_bytes(place->source, segment.bytes);
	case PVHBOOT_PLACE_MODULE:
		return place->source_offset == 0 && is_wanted_module(c, place);
	case PVHBOOT_PLACE_SYMBOLS:
		return is_wanted_symbols(c, place);
	case PVHBOOT_PLACE_BLOB:
		return place->source_offset == 0 && is_wanted_blob(c, place);
	case PVHBOOT_PLACE_INFO:
		return place->index == 0 && place->source_offset == 0 &&
		       place->gpa == c->plan->start_info && place->size == c->plan->info.size &&
		       same_bytes(place->source, c->plan->info);
	default:
		return false;
	}
}

static size_t n_wanted_blobs(const struct pvhboot_request *request)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < request->n_blobs; i++)
		n += pvhb_request_blob_size(&request->blobs[i]) != 0;
	return n;
}

static size_t n_wanted_modules(const struct pvhboot_request *request)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < request->n_modules; i++)
		n += request->modules[i].bytes.size != 0;
	return n;
}

static size_t n_wanted_symbols(const struct pvhboot_kernel *kernel)
{
	const struct pvhboot_symbols *symbols = &kernel->symbols;

	if (symbols->size == 0)
		return 0;
	return 1u + (symbols->symtab.size != 0) + (symbols->strtab.size != 0);
}

/* Modules and blobs may lie anywhere, so that the right number of them does not mean that each
 * is there. */
static enum pvhboot_status check_each(const struct pvhb_check *c)
{
	const struct pvhboot_request *request = c->request;
	size_t i;

	for (i = 0; i < request->n_modules; i++) {
		if (request->modules[i].bytes.size != 0 &&
		    pvhb_check_find(c, PVHBOOT_PLACE_MODULE, i) == NULL)
			return pvhb_fail_plain(
				c->diag, PVHBOOT_MALFORMED,
				pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, i),
				"a place for every module");
	}
	for (i = 0; i < request->n_blobs; i++) {
		if (pvhb_request_blob_size(&request->blobs[i]) != 0 &&
		    pvhb_check_find(c, PVHBOOT_PLACE_BLOB, i) == NULL)
			return pvhb_fail_plain(
				c->diag, PVHBOOT_MALFORMED,
				pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_BLOB, i),
				"a place for every blob");
	}
	return PVHBOOT_OK;
}

#define N_KINDS (PVHBOOT_PLACE_BLOB + 1)

/* Every place was found to be one that is wanted, and no two overlap. A segment can lie in one
 * place only, so the right number of segments means that each is there once. The same holds
 * for symbols. */
static enum pvhboot_status check_counts(const struct pvhb_check *c, const size_t n[N_KINDS])
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_PLACE);
	size_t n_modules = n_wanted_modules(c->request);

	if (n[PVHBOOT_PLACE_SEGMENT] != c->request->kernel->n_segments)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at, n[PVHBOOT_PLACE_SEGMENT],
				 c->request->kernel->n_segments, "a place for every segment");
	if (n[PVHBOOT_PLACE_MODULE] != n_modules)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at, n[PVHBOOT_PLACE_MODULE], n_modules,
				 "a place for every module");
	if (n[PVHBOOT_PLACE_INFO] != 1)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at, n[PVHBOOT_PLACE_INFO], 1,
				 "one place for the start_info block");
	if (n[PVHBOOT_PLACE_SYMBOLS] != n_wanted_symbols(c->request->kernel))
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at, n[PVHBOOT_PLACE_SYMBOLS],
				 n_wanted_symbols(c->request->kernel),
				 "a place for every part of the symbols");
	if (n[PVHBOOT_PLACE_BLOB] != n_wanted_blobs(c->request))
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at, n[PVHBOOT_PLACE_BLOB],
				 n_wanted_blobs(c->request), "a place for every blob");
	return check_each(c);
}

enum pvhboot_status pvhb_check_places(const struct pvhb_check *c)
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
					 "a place that is not empty and holds its source");
		if (i > 0 && place->gpa < c->plan->places[i - 1].gpa)
			return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_place(c, i), place->gpa,
					 c->plan->places[i - 1].gpa, "places that ascend");
		if (place->gpa < end)
			return pvhb_fail(c->diag, PVHBOOT_OVERLAP, at_place(c, i), place->gpa, end,
					 "places that do not overlap");
		status = check_place_memory(c, i);
		if (status != PVHBOOT_OK)
			return status;
		if (lies_in_kernel(c, place))
			return pvhb_fail(c->diag, PVHBOOT_OVERLAP, at_place(c, i), place->gpa,
					 pvhb_kernel_range(c->request->kernel).end + c->plan->slide,
					 "the kernel alone in its range");
		if (!is_wanted(c, place))
			return pvhb_fail_plain(c->diag, PVHBOOT_MALFORMED, at_place(c, i),
					       "a place that is what the request asks for");
		end = place->gpa + place->size;
		n[place->kind]++;
	}
	return check_counts(c, n);
}
