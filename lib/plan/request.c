/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <pvhboot/wire/elfnote.h>

#include "../base/diag.h"
#include "../base/span.h"
#include "../entry/guests.h"

/* Of map entries, avoid ranges, modules and blobs, each: keeps the counts in start_info
 * within their 32 bits, and the planner's sizes within 64. */
#define MAX_COUNT ((size_t)1 << 28)

#define KNOWN_FLAGS                                                                                \
	(PVHBOOT_REQUEST_SLIDE | PVHBOOT_REQUEST_LOWEST | PVHBOOT_REQUEST_BELOW_1MIB |             \
	 PVHBOOT_REQUEST_MODULES_ABOVE_4GIB | PVHBOOT_REQUEST_DOM0 | PVHBOOT_REQUEST_VERSION_0 |   \
	 PVHBOOT_REQUEST_JOIN | PVHBOOT_REQUEST_RSDP_IN_BLOB)

static enum pvhboot_status invalid(struct pvhboot_diag *diag, const char *rule)
{
	return pvhb_fail_plain(diag, PVHBOOT_INVAL,
			       pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_NONE), rule);
}

/* An alignment, and bytes that are not NULL with a size. */
static enum pvhboot_status check_piece(struct pvhb_at at, struct pvhboot_bytes bytes,
				       uint64_t align, struct pvhboot_diag *diag)
{
	if (bytes.data == NULL && bytes.size != 0)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at,
				       "bytes.data is not NULL with a size");
	if (align != 0 && !pvhb_is_power_of_two(align))
		return pvhb_fail(diag, PVHBOOT_INVAL, at, align, 0,
				 "an alignment is 0 or a power of two");
	return PVHBOOT_OK;
}

static enum pvhboot_status check_module(struct pvhb_at at, const struct pvhboot_module *module,
					struct pvhboot_diag *diag)
{
	struct pvhboot_bytes bytes = module->bytes;

	if ((module->flags & ~PVHBOOT_MODULE_BY_CALLER) != 0 || module->reserved32 != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, module->flags, PVHBOOT_MODULE_BY_CALLER,
				 "flags of a module are known, and reserved is 0");
	if (module->flags & PVHBOOT_MODULE_BY_CALLER)
		bytes.size = 0; /* only its size counts */
	return check_piece(at, bytes, module->align, diag);
}

static enum pvhboot_status check_blob(struct pvhb_at at, const struct pvhboot_blob *blob,
				      struct pvhboot_diag *diag)
{
	uint64_t end;

	if (blob->type > PVHBOOT_MAP_PMEM || blob->flags != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, blob->type, PVHBOOT_MAP_PMEM,
				 "type of a blob is 0 to 7, and reserved is 0");
	if (blob->window.start > blob->window.end && blob->window.end != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, blob->window.start, blob->window.end,
				 "start <= end of a window");
	/* its pages too, the last of which may be partly used */
	if (!pvhb_add(blob->gpa, blob->bytes.size, &end) ||
	    !pvhb_align_up(end, PVHB_PAGE_SIZE, &end))
		return pvhb_fail(diag, PVHBOOT_RANGE, at, blob->bytes.size, UINT64_MAX - blob->gpa,
				 "the pages of a blob do not wrap");
	return PVHBOOT_OK;
}

static enum pvhboot_status check_pieces(const struct pvhboot_request *request,
					struct pvhboot_diag *diag)
{
	enum pvhboot_status status = PVHBOOT_OK;
	struct pvhb_at at;
	size_t i;

	for (i = 0; status == PVHBOOT_OK && i < request->n_modules; i++)
		status = check_module(pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, i),
				      &request->modules[i], diag);
	for (i = 0; status == PVHBOOT_OK && i < request->n_blobs; i++) {
		at = pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_BLOB, i);
		status = check_piece(at, request->blobs[i].bytes, request->blobs[i].align, diag);
		if (status == PVHBOOT_OK)
			status = check_blob(at, &request->blobs[i], diag);
	}
	return status;
}

static enum pvhboot_status check_dom0(const struct pvhboot_request *request,
				      struct pvhboot_diag *diag)
{
	const struct pvhboot_features *features = &request->kernel->features;

	if ((request->flags & PVHBOOT_REQUEST_DOM0) != 0 && features->is_complete &&
	    (features->supported & (uint32_t)1 << PVHBOOT_XENFEAT_DOM0) == 0)
		return pvhb_fail(diag, PVHBOOT_UNSUPPORTED,
				 pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_KERNEL),
				 features->supported, (uint32_t)1 << PVHBOOT_XENFEAT_DOM0,
				 "the kernel of a dom0 has XENFEAT_dom0 in SUPPORTED_FEATURES");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_request_check(const struct pvhboot_request *request,
				       struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_NONE);
	enum pvhboot_status status;
	uint64_t n;

	if (request == NULL || request->kernel == NULL)
		return invalid(diag, "request and its kernel are not NULL");
	if (request->kernel->n_segments == 0)
		return invalid(diag, "the kernel was opened");
	if ((request->map == NULL && request->n_map != 0) ||
	    (request->avoid == NULL && request->n_avoid != 0) ||
	    (request->modules == NULL && request->n_modules != 0) ||
	    (request->blobs == NULL && request->n_blobs != 0))
		return invalid(diag, "no array is NULL with a count");
	n = pvhb_max(pvhb_max(request->n_map, request->n_avoid),
		     pvhb_max(request->n_modules, request->n_blobs));
	if (n > MAX_COUNT)
		return pvhb_fail(diag, PVHBOOT_LIMIT, at, n, MAX_COUNT,
				 "an array has at most 2^28 elements");
	if (request->ceiling > PVHB_4GIB)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, request->ceiling, PVHB_4GIB,
				 "ceiling <= 4 GiB");
	if (request->info_ceiling > PVHB_4GIB)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, request->info_ceiling, PVHB_4GIB,
				 "info_ceiling <= 4 GiB");
	if ((request->flags & ~KNOWN_FLAGS) != 0 || request->reserved[0] != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, request->flags, KNOWN_FLAGS,
				 "flags are known, and reserved is 0");
	status = check_pieces(request, diag);
	return status == PVHBOOT_OK ? check_dom0(request, diag) : status;
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

uint64_t pvhb_request_align(uint64_t align)
{
	return pvhb_max(align, PVHB_PAGE_SIZE);
}

struct pvhboot_range pvhb_request_window(const struct pvhboot_request *request,
					 const struct pvhboot_blob *blob)
{
	if (blob->window.end != 0)
		return blob->window;
	return (struct pvhboot_range){ PVHB_1MIB, pvhb_request_ceiling(request) };
}

struct pvhboot_range pvhb_request_blob_pages(const struct pvhboot_blob *blob, uint64_t gpa)
{
	struct pvhboot_range range = { gpa, gpa + blob->bytes.size };

	if (blob->bytes.size != 0 && blob->type > PVHBOOT_MAP_RAM) {
		range.start &= ~(PVHB_PAGE_SIZE - 1);
		(void)pvhb_align_up(range.end, PVHB_PAGE_SIZE, &range.end);
	}
	return range;
}

struct pvhboot_map_entry pvhb_request_blob_entry(const struct pvhboot_blob *blob, uint64_t gpa)
{
	struct pvhboot_range pages = pvhb_request_blob_pages(blob, gpa);

	if (blob->type <= PVHBOOT_MAP_RAM)
		return (struct pvhboot_map_entry){ .type = PVHBOOT_MAP_RAM };
	return (struct pvhboot_map_entry){ pages.start, pages.end - pages.start, blob->type, 0 };
}

uint64_t pvhb_request_ceiling(const struct pvhboot_request *request)
{
	return request->ceiling != 0 ? request->ceiling : PVHB_4GIB;
}

uint64_t pvhb_request_info_ceiling(const struct pvhboot_request *request)
{
	return pvhb_min(pvhb_request_ceiling(request),
			request->info_ceiling != 0 ? request->info_ceiling : PVHB_LINUX_OLD_MAPPED);
}
