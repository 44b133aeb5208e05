/* SPDX-License-Identifier: MIT */
/* What a request must satisfy, and its defaults. */

#include "request.h"

#include <pvhboot/wire/boot_params.h>
#include <pvhboot/wire/elfnote.h>

#include "../base/diag.h"
#include "../base/span.h"
#include "../entry/entry.h"
#include "../entry/guests.h"
#include "../kernel/segment.h"

/* Of map entries, avoid ranges, modules and blobs, each: keeps the counts in start_info
 * within their 32 bits, and the planner's sizes within 64. */
#define MAX_COUNT ((size_t)1 << 28)

#define KNOWN_FLAGS                                                                                \
	(PVHBOOT_REQUEST_SLIDE | PVHBOOT_REQUEST_LOWEST | PVHBOOT_REQUEST_BELOW_1MIB |             \
	 PVHBOOT_REQUEST_MODULES_ABOVE_4GIB | PVHBOOT_REQUEST_DOM0 | PVHBOOT_REQUEST_VERSION_0 |   \
	 PVHBOOT_REQUEST_JOIN | PVHBOOT_REQUEST_RSDP_IN_BLOB | PVHBOOT_REQUEST_KASLR |             \
	 PVHBOOT_REQUEST_RNG_SEED)

#define KNOWN_GUESTS                                                                               \
	(PVHBOOT_FOR_ABI | PVHBOOT_FOR_LINUX | PVHBOOT_FOR_FREEBSD | PVHBOOT_FOR_GRUB |            \
	 PVHBOOT_FOR_OVMF | PVHBOOT_FOR_XEN)

#define MAX_SEED ((size_t)4096)
#define RSDP_SIZE 20 /* of ACPI 1.0; ACPI 6.5, table 5.3 */

static struct pvhb_at at_request(void)
{
	return pvhb_at(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_NONE);
}

static enum pvhboot_status invalid(struct pvhboot_diag *diag, struct pvhb_at at, const char *rule)
{
	return pvhb_fail_plain(diag, PVHBOOT_INVAL, at, rule);
}

/* Bits that are known, and reserved members, added up by |, that are 0. */
static enum pvhboot_status check_bits(struct pvhboot_diag *diag, struct pvhb_at at, uint32_t bits,
				      uint32_t known, uint64_t reserved)
{
	if ((bits & ~known) != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, bits, known, "flags that are known");
	if (reserved != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, reserved, 0,
				 "reserved members that are 0");
	return PVHBOOT_OK;
}

static enum pvhboot_status check_bytes(struct pvhboot_diag *diag, struct pvhb_at at,
				       struct pvhboot_bytes bytes)
{
	if (bytes.data == NULL && bytes.size != 0)
		return invalid(diag, at, "bytes that are not NULL with a size");
	return PVHBOOT_OK;
}

/* The block ends a command line with a NUL, and guests read up to the first one. */
static enum pvhboot_status check_text(struct pvhboot_diag *diag, struct pvhb_at at,
				      struct pvhboot_bytes text)
{
	enum pvhboot_status status = check_bytes(diag, at, text);
	size_t i;

	for (i = 0; status == PVHBOOT_OK && i < text.size; i++) {
		if (pvhb_load8(text, i) == 0)
			return pvhb_fail(diag, PVHBOOT_INVAL, pvhb_in_bytes(at), i, text.size,
					 "a command line without a NUL in it");
	}
	return status;
}

static enum pvhboot_status check_align(struct pvhboot_diag *diag, struct pvhb_at at, uint64_t align)
{
	if (align != 0 && !pvhb_is_power_of_two(align))
		return pvhb_fail(diag, PVHBOOT_INVAL, at, align, 0,
				 "an alignment that is 0 or a power of two");
	return PVHBOOT_OK;
}

static enum pvhboot_status check_module_gpa(struct pvhboot_diag *diag, struct pvhb_at at,
					    const struct pvhboot_module *module)
{
	uint64_t align = pvhb_request_align(module->align);

	if ((module->gpa & (align - 1)) != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, module->gpa, align,
				 "a module's gpa that is a multiple of its alignment");
	if (module->bytes.size > UINT64_MAX - module->gpa)
		return pvhb_fail(diag, PVHBOOT_RANGE, at, module->bytes.size,
				 UINT64_MAX - module->gpa, "a module that ends below 2^64");
	return PVHBOOT_OK;
}

static enum pvhboot_status check_module(struct pvhboot_diag *diag, struct pvhb_at at,
					const struct pvhboot_module *module)
{
	enum pvhboot_status status =
		check_bits(diag, at, module->flags, PVHBOOT_MODULE_BY_CALLER,
			   module->reserved32 | module->reserved[0] | module->reserved[1]);

	if (status == PVHBOOT_OK && (module->flags & PVHBOOT_MODULE_BY_CALLER) == 0)
		status = check_bytes(diag, at, module->bytes);
	if (status == PVHBOOT_OK)
		status = check_text(diag, at, module->cmdline);
	if (status == PVHBOOT_OK)
		status = check_align(diag, at, module->align);
	return status == PVHBOOT_OK ? check_module_gpa(diag, at, module) : status;
}

static enum pvhboot_status check_blob(struct pvhboot_diag *diag, struct pvhb_at at,
				      const struct pvhboot_blob *blob)
{
	enum pvhboot_status status = check_bits(diag, at, blob->flags, PVHBOOT_BLOB_BY_CALLER,
						blob->reserved[0] | blob->reserved[1]);
	uint64_t end;

	if (status == PVHBOOT_OK && (blob->flags & PVHBOOT_BLOB_BY_CALLER) == 0)
		status = check_bytes(diag, at, blob->bytes);
	if (status == PVHBOOT_OK)
		status = check_align(diag, at, blob->align);
	if (status != PVHBOOT_OK)
		return status;
	if (blob->size != 0 && blob->size < blob->bytes.size)
		return pvhb_fail(diag, PVHBOOT_INVAL, pvhb_in_bytes(at), blob->size,
				 blob->bytes.size, "a blob's size >= the size of its bytes");
	if (blob->type > PVHBOOT_MAP_PMEM)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, blob->type, PVHBOOT_MAP_PMEM,
				 "a blob's type from 0 to 7");
	if (blob->window.start > blob->window.end && blob->window.end != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at, blob->window.start, blob->window.end,
				 "a window's start <= its end");
	/* its pages too, the last of which may be partly used */
	if (!pvhb_add(blob->gpa, pvhb_request_blob_size(blob), &end) ||
	    !pvhb_align_up(end, PVHB_PAGE_SIZE, &end))
		return pvhb_fail(diag, PVHBOOT_RANGE, at, pvhb_request_blob_size(blob),
				 UINT64_MAX - blob->gpa, "pages of a blob that end below 2^64");
	return PVHBOOT_OK;
}

/* Joined modules have one address, and a size that does not wrap. */
static enum pvhboot_status check_join(const struct pvhboot_request *request,
				      struct pvhboot_diag *diag)
{
	bool is_first = true;
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < request->n_modules; i++) {
		const struct pvhboot_module *module = &request->modules[i];
		struct pvhb_at at = pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, i);

		if (module->bytes.size == 0)
			continue;
		if (is_first)
			end = module->gpa;
		else if (module->gpa != 0)
			return pvhb_fail(diag, PVHBOOT_INVAL, at, module->gpa, 0,
					 "a gpa of the first joined module alone");
		is_first = false;
		/* and the zeros behind it: an upper bound, which is all that is wanted */
		if (!pvhb_add(end, module->bytes.size, &end) || !pvhb_align_up(end, 4, &end))
			return pvhb_fail(diag, PVHBOOT_RANGE, pvhb_in_bytes(at), module->bytes.size,
					 UINT64_MAX - end, "joined modules that end below 2^64");
	}
	return PVHBOOT_OK;
}

static enum pvhboot_status check_modules(const struct pvhboot_request *request,
					 struct pvhboot_diag *diag)
{
	enum pvhboot_status status = PVHBOOT_OK;
	size_t i;

	for (i = 0; status == PVHBOOT_OK && i < request->n_modules; i++)
		status = check_module(diag,
				      pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_MODULE, i),
				      &request->modules[i]);
	if (status == PVHBOOT_OK && (request->flags & PVHBOOT_REQUEST_JOIN) != 0)
		status = check_join(request, diag);
	return status;
}

static enum pvhboot_status check_rsdp(const struct pvhboot_request *request,
				      struct pvhboot_diag *diag)
{
	struct pvhb_at at =
		pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_BLOB, request->rsdp_blob);

	if ((request->flags & PVHBOOT_REQUEST_RSDP_IN_BLOB) == 0)
		return PVHBOOT_OK;
	if (request->rsdp_blob >= request->n_blobs)
		return pvhb_fail(diag, PVHBOOT_INVAL, pvhb_in_count(at), request->rsdp_blob,
				 request->n_blobs, "rsdp_blob < number of blobs");
	if (!pvhb_within(pvhb_request_blob_size(&request->blobs[request->rsdp_blob]), request->rsdp,
			 RSDP_SIZE))
		return pvhb_fail(diag, PVHBOOT_INVAL, pvhb_in_bytes(at), request->rsdp,
				 pvhb_request_blob_size(&request->blobs[request->rsdp_blob]),
				 "a blob that holds the 20 bytes of an RSDP at its offset");
	return PVHBOOT_OK;
}

static enum pvhboot_status check_blobs(const struct pvhboot_request *request,
				       struct pvhboot_diag *diag)
{
	enum pvhboot_status status = PVHBOOT_OK;
	size_t i;

	for (i = 0; status == PVHBOOT_OK && i < request->n_blobs; i++)
		status =
			check_blob(diag, pvhb_at_index(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_BLOB, i),
				   &request->blobs[i]);
	return status == PVHBOOT_OK ? check_rsdp(request, diag) : status;
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
				 "a kernel for dom0: XENFEAT_dom0 in its SUPPORTED_FEATURES");
	return PVHBOOT_OK;
}

/* Too little of it would make secrets that can be guessed. */
static enum pvhboot_status check_entropy(const struct pvhboot_request *request,
					 struct pvhboot_diag *diag)
{
	bool has_kaslr = (request->flags & PVHBOOT_REQUEST_KASLR) != 0;
	bool has_seed = (request->flags & PVHBOOT_REQUEST_RNG_SEED) != 0;
	size_t least =
		(has_kaslr ? PVHBOOT_KASLR_ENTROPY : 0) + (has_seed ? PVHBOOT_RNG_SEED_ENTROPY : 0);
	size_t most = (has_kaslr ? PVHBOOT_KASLR_ENTROPY : 0) + (has_seed ? MAX_SEED : 0);
	size_t size = request->entropy.size;

	if (has_kaslr && (request->flags & PVHBOOT_REQUEST_SLIDE) != 0)
		return invalid(diag, at_request(), "one of the flags SLIDE and KASLR");
	if (size < least)
		return pvhb_fail(diag, PVHBOOT_INVAL, pvhb_in_bytes(at_request()), size, least,
				 "as much entropy as the flags KASLR and RNG_SEED want");
	if (size > most)
		return pvhb_fail(diag, PVHBOOT_INVAL, pvhb_in_bytes(at_request()), size, most,
				 "no more entropy than the flags KASLR and RNG_SEED want");
	return check_bytes(diag, at_request(), request->entropy);
}

/* The members of the request itself. */
static enum pvhboot_status check_members(const struct pvhboot_request *request,
					 struct pvhboot_diag *diag)
{
	uint64_t reserved = 0;
	enum pvhboot_status status;
	size_t i;

	for (i = 0; i < sizeof(request->reserved) / sizeof(request->reserved[0]); i++)
		reserved |= request->reserved[i];
	status = check_bits(diag, at_request(), request->flags, KNOWN_FLAGS, reserved);
	if (status == PVHBOOT_OK)
		status = check_bits(diag, at_request(), request->guests, KNOWN_GUESTS, 0);
	if (status == PVHBOOT_OK)
		status = check_text(diag, at_request(), request->cmdline);
	if (status != PVHBOOT_OK)
		return status;
	if (request->entry > PVHBOOT_ENTRY_EFI)
		return pvhb_fail(diag, PVHBOOT_INVAL, at_request(), request->entry,
				 PVHBOOT_ENTRY_EFI, "an entry that is known");
	status = check_entropy(request, diag);
	if (status != PVHBOOT_OK)
		return status;
	if (request->ceiling > PVHB_4GIB)
		return pvhb_fail(diag, PVHBOOT_INVAL, at_request(), request->ceiling, PVHB_4GIB,
				 "ceiling <= 4 GiB");
	if (request->info_ceiling > PVHB_4GIB)
		return pvhb_fail(diag, PVHBOOT_INVAL, at_request(), request->info_ceiling,
				 PVHB_4GIB, "info_ceiling <= 4 GiB");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_request_check_arrays(const struct pvhboot_request *request,
					      struct pvhboot_diag *diag)
{
	uint64_t n;

	if ((request->map == NULL && request->n_map != 0) ||
	    (request->avoid == NULL && request->n_avoid != 0) ||
	    (request->modules == NULL && request->n_modules != 0) ||
	    (request->blobs == NULL && request->n_blobs != 0))
		return invalid(diag, at_request(), "arrays that are not NULL with a count");
	n = pvhb_max(pvhb_max(request->n_map, request->n_avoid),
		     pvhb_max(request->n_modules, request->n_blobs));
	if (n > MAX_COUNT)
		return pvhb_fail(diag, PVHBOOT_LIMIT, pvhb_needing(pvhb_in_count(at_request())), n,
				 MAX_COUNT, "arrays of at most 2^28 elements");
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_request_check_parts(const struct pvhboot_request *request,
					     struct pvhboot_diag *diag)
{
	enum pvhboot_status status = pvhb_request_check_arrays(request, diag);

	if (status == PVHBOOT_OK)
		status = check_members(request, diag);
	if (status == PVHBOOT_OK)
		status = check_modules(request, diag);
	return status == PVHBOOT_OK ? check_blobs(request, diag) : status;
}

enum pvhboot_status pvhb_request_check(const struct pvhboot_request *request,
				       struct pvhboot_diag *diag)
{
	enum pvhboot_status status;

	if (request == NULL || request->kernel == NULL)
		return invalid(diag, at_request(), "request and its kernel that are not NULL");
	if (request->kernel->n_segments == 0)
		return invalid(diag, at_request(), "a kernel that was opened");
	status = pvhb_request_check_parts(request, diag);
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

uint64_t pvhb_request_blob_size(const struct pvhboot_blob *blob)
{
	return blob->size != 0 ? blob->size : blob->bytes.size;
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
	uint64_t size = pvhb_request_blob_size(blob);
	struct pvhboot_range range = { gpa, gpa + size };

	if (size != 0 && blob->type > PVHBOOT_MAP_RAM) {
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

uint64_t pvhb_request_random_ceiling(const struct pvhboot_request *request,
				     enum pvhboot_entry_kind kind)
{
	const struct pvhboot_kernel *kernel = request->kernel;
	struct pvhboot_range range = pvhb_kernel_range(kernel);

	if (kind == PVHBOOT_ENTRY_LINUX64 && request->ceiling == 0 &&
	    (kernel->linux_boot.xloadflags & PVHBOOT_XLOADFLAGS_ABOVE_4G) != 0 &&
	    range.end - range.start <= PVHB_KERNEL_MAX_64)
		return PVHB_MAPPED_END;
	return pvhb_request_ceiling(request);
}

uint64_t pvhb_request_module_ceiling(const struct pvhboot_request *request, uint64_t gpa)
{
	if ((request->flags & PVHBOOT_REQUEST_MODULES_ABOVE_4GIB) != 0 && gpa >= PVHB_4GIB)
		return UINT64_MAX;
	return pvhb_request_ceiling(request);
}
