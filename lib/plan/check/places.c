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
	if (place->kind == PVHBOOT_PLACE_MODULE && place->gpa >= PVHB_4GIB &&
	    (request->flags & PVHBOOT_REQUEST_MODULES_ABOVE_4GIB) != 0)
		return (struct pvhboot_range){ PVHB_4GIB, UINT64_MAX };
	return (struct pvhboot_range){ 0, pvhb_request_ceiling(request) };
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

static enum pvhboot_status check_place_memory(const struct pvhb_check *c, size_t i)
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
	range = pvhb_check_range(place->gpa, place->size);
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
static bool lies_in_kernel(const struct pvhb_check *c, const struct pvhboot_place *place)
{
	struct pvhboot_range range = pvhb_kernel_range(c->request->kernel);

	range.start += c->plan->slide;
	range.end += c->plan->slide;
	return place->kind != PVHBOOT_PLACE_SEGMENT && place->kind != PVHBOOT_PLACE_SYMBOLS &&
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

static bool is_wanted_module(const struct pvhb_check *c, const struct pvhboot_place *place)
{
	const struct pvhboot_module *module;

	if (place->index >= c->request->n_modules)
		return false;
	module = &c->request->modules[place->index];
	if (place->size != module->bytes.size || !is_aligned(place->gpa, module->align))
		return false;
	if (module->flags & PVHBOOT_MODULE_BY_CALLER)
		return place->source.size == 0 && (place->flags & PVHBOOT_PLACE_BY_CALLER) != 0;
	return same_bytes(place->source, module->bytes);
}

static bool is_wanted_blob(const struct pvhb_check *c, const struct pvhboot_place *place)
{
	const struct pvhboot_blob *blob = blob_of(c, place);

	if (blob == NULL || place->size != blob->bytes.size ||
	    !same_bytes(place->source, blob->bytes))
		return false;
	return blob->gpa != 0 ? place->gpa == blob->gpa : is_aligned(place->gpa, blob->align);
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
static bool is_wanted(const struct pvhb_check *c, const struct pvhboot_place *place)
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
static enum pvhboot_status check_blobs(const struct pvhb_check *c)
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
static enum pvhboot_status check_counts(const struct pvhb_check *c, const size_t n[N_KINDS])
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_PLACE);
	size_t n_modules = pvhb_check_n_modules(c->request);

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
