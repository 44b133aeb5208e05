/* SPDX-License-Identifier: MIT */
/* Carrying out a plan: the only writes into guest memory but for a kernel that is decoded
 * there. */

#include "commit.h"

#include "../base/span.h"

#define KNOWN_FLAGS (PVHBOOT_MEMORY_ZEROED | PVHBOOT_MEMORY_ONCE)

/* What all steps of a commit need. */
struct commit {
	const struct pvhboot_plan *plan;
	const struct pvhboot_memory *memory;
	struct pvhboot_bytes done; /* places with bytes of these are complete */
	struct pvhboot_diag *diag;
	bool zeroed;
};

/* Places that are mapped in one piece: what is to be filled from number first up to number
 * end. */
struct run {
	size_t first;
	size_t end;
	struct pvhboot_range range;
};

static struct pvhb_at at_commit(void)
{
	return pvhb_at(PVHBOOT_STAGE_COMMIT, PVHBOOT_SUBJECT_NONE);
}

enum pvhboot_status pvhb_memory_check(const struct pvhboot_memory *memory, struct pvhb_at at,
				      struct pvhboot_diag *diag)
{
	uint64_t reserved = memory->reserved32;
	size_t i;

	for (i = 0; i < sizeof(memory->reserved) / sizeof(memory->reserved[0]); i++)
		reserved |= memory->reserved[i];
	if (memory->map == NULL && memory->write == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at, "memory with map or write");
	if (memory->map == NULL && memory->zero == NULL &&
	    (memory->flags & PVHBOOT_MEMORY_ZEROED) == 0)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at,
				       "memory with map or zero, or PVHBOOT_MEMORY_ZEROED");
	if ((memory->flags & ~KNOWN_FLAGS) != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, memory->flags, KNOWN_FLAGS,
				 "flags that are known");
	if (reserved != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, reserved, 0,
				 "reserved members that are 0");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_commit_check(const struct pvhboot_plan *plan,
				      const struct pvhboot_memory *memory,
				      struct pvhboot_diag *diag)
{
	enum pvhboot_status status;
	size_t i;

	if (plan == NULL || memory == NULL || (plan->places == NULL && plan->n_places != 0))
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_commit(),
				       "plan, places and memory that are not NULL");
	status = pvhb_memory_check(memory, at_commit(), diag);
	for (i = 0; status == PVHBOOT_OK && i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];
		struct pvhb_at at =
			pvhb_at_element(PVHBOOT_STAGE_COMMIT, PVHBOOT_SUBJECT_PLACE, i, place->gpa);

		if (place->source.size > place->size ||
		    (place->source.data == NULL && place->source.size != 0))
			status = pvhb_fail(diag, PVHBOOT_INVAL, pvhb_in_bytes(at),
					   place->source.size, place->size,
					   "a source that is not NULL and fits in its place");
	}
	return status;
}

/* Compared as numbers: pointers into different objects have no order in C. */
bool pvhb_lies_in(struct pvhboot_bytes bytes, struct pvhboot_bytes others)
{
	return bytes.size != 0 &&
	       (uintptr_t)bytes.data - (uintptr_t)others.data < (uintptr_t)others.size;
}

void pvhb_memory_unmap(const struct pvhboot_memory *memory, void *host, struct pvhboot_range range)
{
	if (memory->unmap != NULL)
		memory->unmap(memory->ctx, host, range.start, range.end - range.start);
}

static bool is_to_fill(const struct commit *c, const struct pvhboot_place *place)
{
	return (place->flags & PVHBOOT_PLACE_BY_CALLER) == 0 &&
	       (!c->zeroed || place->source.size != 0) && !pvhb_lies_in(place->source, c->done);
}

static void fill(const struct commit *c, const struct pvhboot_place *place, uint8_t *to)
{
	/* what is behind a source in its own place is not fresh memory */
	bool zeroed = c->zeroed && !pvhb_touches(place->source, to, place->size);

	/* memmove: a loader may have been given the module where it is to lie */
	if (place->source.size != 0)
		memmove(to, place->source.data, place->source.size);
	if (!zeroed)
		memset(to + place->source.size, 0, (size_t)(place->size - place->source.size));
}

/* False: the host has no pointer for all of the run. */
static bool fill_mapped(const struct commit *c, const struct run *run)
{
	const struct pvhboot_memory *memory = c->memory;
	uint64_t size = run->range.end - run->range.start;
	uint8_t *host;
	size_t i;

	if (memory->map == NULL || size > SIZE_MAX)
		return false;
	host = memory->map(memory->ctx, run->range.start, size);
	if (host == NULL)
		return false;
	for (i = run->first; i < run->end; i++) {
		const struct pvhboot_place *place = &c->plan->places[i];

		if (is_to_fill(c, place))
			fill(c, place, host + (place->gpa - run->range.start));
	}
	pvhb_memory_unmap(memory, host, run->range);
	return true;
}

/* Through write and zero; returns what a callback returned. *gpa moves on to
 * what failed. */
static int write_place(const struct commit *c, const struct pvhboot_place *place, uint64_t *gpa)
{
	const struct pvhboot_memory *memory = c->memory;
	int result;

	if (place->source.size != 0) {
		result = memory->write(memory->ctx, *gpa, place->source.data, place->source.size);
		if (result != 0)
			return result;
	}
	if (c->zeroed || place->size == place->source.size)
		return 0;
	*gpa += place->source.size;
	return memory->zero(memory->ctx, *gpa, place->size - place->source.size);
}

/* A place that cannot be mapped. */
static enum pvhboot_status fill_written(const struct commit *c, size_t i)
{
	const struct pvhboot_place *place = &c->plan->places[i];
	struct pvhb_at at =
		pvhb_at_element(PVHBOOT_STAGE_COMMIT, PVHBOOT_SUBJECT_PLACE, i, place->gpa);
	int result;

	if (c->memory->write == NULL || (c->memory->zero == NULL && !c->zeroed))
		return pvhb_fail(c->diag, PVHBOOT_MEMIO, at, 0, 0,
				 "a pointer from map, or callbacks to write and to zero");
	result = write_place(c, place, &at.offset);
	if (result != 0)
		return pvhb_fail(c->diag, PVHBOOT_MEMIO, pvhb_in(PVHBOOT_UNIT_SIGNED, at),
				 (uint64_t)(int64_t)result, 0, "0 from the memory callback");
	return PVHBOOT_OK;
}

static struct pvhboot_range range_of(const struct pvhboot_place *place)
{
	return (struct pvhboot_range){ place->gpa, place->gpa + place->size };
}

/* The run that starts with place i: up to a whole page that nothing is to be filled in. */
static struct run find_run(const struct commit *c, size_t i)
{
	struct run run = { i, i + 1, range_of(&c->plan->places[i]) };

	for (i++; i < c->plan->n_places; i++) {
		const struct pvhboot_place *place = &c->plan->places[i];

		if (!is_to_fill(c, place))
			continue;
		if (place->gpa / PVHB_PAGE_SIZE > (run.range.end - 1) / PVHB_PAGE_SIZE + 1)
			break;
		run.range.end = pvhb_max(run.range.end, place->gpa + place->size);
		run.end = i + 1;
	}
	return run;
}

static enum pvhboot_status fill_run(const struct commit *c, const struct run *run)
{
	enum pvhboot_status status = PVHBOOT_OK;
	size_t i;

	if (fill_mapped(c, run))
		return PVHBOOT_OK;
	for (i = run->first; status == PVHBOOT_OK && i < run->end; i++) {
		struct run alone = { i, i + 1, range_of(&c->plan->places[i]) };
		bool was_tried = run->end - run->first == 1;

		if (is_to_fill(c, &c->plan->places[i]) && (was_tried || !fill_mapped(c, &alone)))
			status = fill_written(c, i);
	}
	return status;
}

enum pvhboot_status pvhb_commit(const struct pvhboot_plan *plan,
				const struct pvhboot_memory *memory, struct pvhboot_bytes done,
				struct pvhboot_diag *diag)
{
	const struct commit c = { plan, memory, done, diag,
				  (memory->flags & PVHBOOT_MEMORY_ZEROED) != 0 };
	enum pvhboot_status status = PVHBOOT_OK;
	size_t i = 0;

	while (status == PVHBOOT_OK && i < plan->n_places) {
		struct run run;

		if (!is_to_fill(&c, &plan->places[i])) {
			i++;
			continue;
		}
		run = find_run(&c, i);
		status = fill_run(&c, &run);
		i = run.end;
	}
	return status;
}

enum pvhboot_status pvhboot_plan_commit(const struct pvhboot_plan *plan,
					const struct pvhboot_memory *memory,
					struct pvhboot_diag *diag)
{
	const struct pvhboot_bytes nothing = { NULL, 0 };
	enum pvhboot_status status = pvhb_commit_check(plan, memory, diag);

	return status == PVHBOOT_OK ? pvhb_commit(plan, memory, nothing, diag) : status;
}
