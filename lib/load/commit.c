/* SPDX-License-Identifier: MIT */
/* Carrying out a plan: the only writes into guest memory. */

#include "commit.h"

#include "../base/diag.h"
#include "../base/span.h"

static enum pvhboot_status invalid(struct pvhboot_diag *diag, const char *rule)
{
	return pvhb_fail_plain(diag, PVHBOOT_INVAL,
			       pvhb_at(PVHBOOT_STAGE_COMMIT, PVHBOOT_SUBJECT_NONE), rule);
}

enum pvhboot_status pvhb_commit_check(const struct pvhboot_plan *plan,
				      const struct pvhboot_memory *memory,
				      struct pvhboot_diag *diag)
{
	size_t i;

	if (plan == NULL || memory == NULL || (plan->places == NULL && plan->n_places != 0))
		return invalid(diag, "plan, its places and memory are not NULL");
	if (memory->map == NULL && memory->write == NULL)
		return invalid(diag, "memory has map or write");
	if (memory->map == NULL && memory->zero == NULL &&
	    (memory->flags & PVHBOOT_MEMORY_ZEROED) == 0)
		return invalid(diag, "memory has map or zero, or is PVHBOOT_MEMORY_ZEROED");
	if ((memory->flags & ~PVHBOOT_MEMORY_ZEROED) != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL,
				 pvhb_at(PVHBOOT_STAGE_COMMIT, PVHBOOT_SUBJECT_NONE), memory->flags,
				 PVHBOOT_MEMORY_ZEROED, "flags are known");
	if (memory->reserved32 != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL,
				 pvhb_at(PVHBOOT_STAGE_COMMIT, PVHBOOT_SUBJECT_NONE),
				 memory->reserved32, 0, "reserved is 0");
	for (i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		if (place->source.size > place->size ||
		    (place->source.data == NULL && place->source.size != 0))
			return pvhb_fail(diag, PVHBOOT_INVAL,
					 pvhb_at_element(PVHBOOT_STAGE_COMMIT,
							 PVHBOOT_SUBJECT_PLACE, i, place->gpa),
					 place->source.size, place->size, "source.size <= size");
	}
	return PVHBOOT_OK;
}

static void fill(const struct pvhboot_place *place, uint8_t *to, bool zeroed)
{
	/* what is behind a source in its own place is not fresh memory */
	if (pvhb_touches(place->source, to, place->size))
		zeroed = false;
	/* memmove: a loader may have been given the module where it is to lie */
	if (place->source.size != 0)
		memmove(to, place->source.data, place->source.size);
	if (!zeroed)
		memset(to + place->source.size, 0, (size_t)(place->size - place->source.size));
}

/* Through write and zero; returns what a callback returned. *gpa moves on to
 * what failed. */
static int write_place(const struct pvhboot_place *place, const struct pvhboot_memory *memory,
		       bool zeroed, uint64_t *gpa)
{
	int result;

	if (place->source.size != 0) {
		result = memory->write(memory->ctx, *gpa, place->source.data, place->source.size);
		if (result != 0)
			return result;
	}
	if (zeroed || place->size == place->source.size)
		return 0;
	*gpa += place->source.size;
	return memory->zero(memory->ctx, *gpa, place->size - place->source.size);
}

enum pvhboot_status pvhb_commit_place(const struct pvhboot_place *place, size_t index,
				      const struct pvhboot_memory *memory,
				      struct pvhboot_diag *diag)
{
	bool zeroed = (memory->flags & PVHBOOT_MEMORY_ZEROED) != 0;
	struct pvhb_at at =
		pvhb_at_element(PVHBOOT_STAGE_COMMIT, PVHBOOT_SUBJECT_PLACE, index, place->gpa);
	int result;

	if ((place->flags & PVHBOOT_PLACE_BY_CALLER) != 0 || (zeroed && place->source.size == 0))
		return PVHBOOT_OK;
	if (memory->map != NULL && place->size <= SIZE_MAX) {
		uint8_t *to = memory->map(memory->ctx, place->gpa, place->size);

		if (to != NULL) {
			fill(place, to, zeroed);
			return PVHBOOT_OK;
		}
	}
	if (memory->write == NULL || (memory->zero == NULL && !zeroed))
		return pvhb_fail(diag, PVHBOOT_MEMIO, at, 0, 0,
				 "map returns a pointer, or there are write and zero");
	result = write_place(place, memory, zeroed, &at.offset);
	if (result != 0)
		return pvhb_fail(diag, PVHBOOT_MEMIO, at, (uint64_t)(int64_t)result, 0,
				 "the memory callback returns 0");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhboot_plan_commit(const struct pvhboot_plan *plan,
					const struct pvhboot_memory *memory,
					struct pvhboot_diag *diag)
{
	enum pvhboot_status status = pvhb_commit_check(plan, memory, diag);
	size_t i;

	for (i = 0; status == PVHBOOT_OK && i < plan->n_places; i++)
		status = pvhb_commit_place(&plan->places[i], i, memory, diag);
	return status;
}
