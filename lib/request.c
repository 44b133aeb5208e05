/* SPDX-License-Identifier: MIT */
#include "request.h"

#include "diag.h"
#include "span.h"

/* Of map entries, avoid ranges and modules, each: keeps the counts in start_info
 * within their 32 bits, and the planner's sizes within 64. */
#define MAX_COUNT ((size_t)1 << 28)

#define DEFAULT_INFO_CEILING ((uint64_t)1 << 30)

static enum pvhboot_status invalid(struct pvhboot_diag *diag, const char *rule)
{
	return pvhb_fail_plain(diag, PVHBOOT_INVAL,
			       pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_NONE), rule);
}

enum pvhboot_status pvhb_request_check(const struct pvhboot_request *request,
				       struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_NONE);
	size_t i;

	if (request == NULL || request->kernel == NULL)
		return invalid(diag, "request and its kernel are not NULL");
	if ((request->map == NULL && request->n_map != 0) ||
	    (request->avoid == NULL && request->n_avoid != 0) ||
	    (request->modules == NULL && request->n_modules != 0))
		return invalid(diag, "no array is NULL with a count");
	if (request->n_map > MAX_COUNT || request->n_avoid > MAX_COUNT ||
	    request->n_modules > MAX_COUNT)
		return pvhb_fail(
			diag, PVHBOOT_LIMIT, at,
			pvhb_max(pvhb_max(request->n_map, request->n_avoid), request->n_modules),
			MAX_COUNT, "an array has at most 2^28 elements");
	if (request->ceiling > PVHB_4GIB)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, request->ceiling, PVHB_4GIB,
				 "ceiling <= 4 GiB");
	if (request->info_ceiling > PVHB_4GIB)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, request->info_ceiling, PVHB_4GIB,
				 "info_ceiling <= 4 GiB");
	if ((request->flags & ~PVHBOOT_REQUEST_SLIDE) != 0 || request->reserved != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, request->flags, PVHBOOT_REQUEST_SLIDE,
				 "flags are known, and reserved is 0");
	for (i = 0; i < request->n_modules; i++) {
		if (request->modules[i].bytes.data == NULL && request->modules[i].bytes.size != 0)
			return pvhb_fail_plain(
				diag, PVHBOOT_INVAL,
				pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, i),
				"bytes.data is not NULL with a size");
	}
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_request_check_avoid(const struct pvhboot_request *request,
					     struct pvhboot_diag *diag)
{
	size_t i;

	for (i = 0; i < request->n_avoid; i++) {
		if (request->avoid[i].start > request->avoid[i].end)
			return pvhb_fail(diag, PVHBOOT_INVAL,
					 pvhb_at_element(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_AVOID,
							 i, request->avoid[i].start),
					 request->avoid[i].start, request->avoid[i].end,
					 "start <= end");
	}
	return PVHBOOT_OK;
}

uint64_t pvhb_request_ceiling(const struct pvhboot_request *request)
{
	return request->ceiling != 0 ? request->ceiling : PVHB_4GIB;
}

uint64_t pvhb_request_info_ceiling(const struct pvhboot_request *request)
{
	return pvhb_min(pvhb_request_ceiling(request),
			request->info_ceiling != 0 ? request->info_ceiling : DEFAULT_INFO_CEILING);
}
