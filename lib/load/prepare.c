/* SPDX-License-Identifier: MIT */
/* A boot up to its plan, and what is done with it then. */

#include <pvhboot/boot.h>

#include "../base/buffer.h"
#include "../base/span.h"
#include "../entry/entry.h"
#include "../image/bzimage.h"
#include "../image/initrd.h"
#include "../image/options.h"
#include "../plan/request.h"
#include "commit.h"
#include "direct.h"
#include "efi.h"

#define KNOWN_OPTIONS (PVHBOOT_OPTION_STRICT | PVHBOOT_OPTION_NO_UKI)

static struct pvhb_at at_boot(void)
{
	return pvhb_at(PVHBOOT_STAGE_BOOT, PVHBOOT_SUBJECT_NONE);
}

static enum pvhboot_status invalid(struct pvhboot_diag *diag, const char *rule)
{
	(void)pvhb_fail_plain(diag, PVHBOOT_INVAL, at_boot(), rule);
	return PVHBOOT_INVAL;
}

static enum pvhboot_status check_options(const struct pvhboot_options *options,
					 struct pvhboot_diag *diag)
{
	if ((options->flags & ~KNOWN_OPTIONS) != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at_boot(), options->flags, KNOWN_OPTIONS,
				 "flags of options that are known");
	if ((options->kernel_flags & ~PVHBOOT_COMPAT_XEN) != 0)
		return pvhb_fail(diag, PVHBOOT_INVAL, at_boot(), options->kernel_flags,
				 PVHBOOT_COMPAT_XEN, "kernel_flags of options that are known");
	return pvhb_options_check(options, PVHBOOT_STAGE_BOOT, diag);
}

/* The kernel where it was decoded in the guest; no window: nowhere. */
static struct pvhb_direct direct_of(const struct pvhboot_prepared *prepared)
{
	return (struct pvhb_direct){ prepared->kernel.elf, prepared->own.window,
				     prepared->own.host };
}

static bool has_window(const struct pvhboot_prepared *prepared)
{
	return prepared->own.host != NULL;
}

static void close_window(struct pvhboot_prepared *prepared)
{
	pvhb_memory_unmap(&prepared->own.memory, prepared->own.host, prepared->own.window);
	prepared->own.window = (struct pvhboot_range){ 0, 0 };
	prepared->own.host = NULL;
}

/* Whether the request wants a bzImage as it is. */
static bool wants_as_it_is(const struct pvhboot_request *request)
{
	return request->entry == PVHBOOT_ENTRY_BZIMAGE64 ||
	       request->entry == PVHBOOT_ENTRY_BZIMAGE32;
}

/* Whether a bzImage as it is will do where its kernel cannot be unpacked. */
static bool may_be_as_it_is(const struct pvhboot_request *request)
{
	return request->entry == PVHBOOT_ENTRY_AUTO && (request->flags & PVHB_FOR_PVH_ALONE) == 0;
}

/* By an entry of Linux or by PVH. */
static bool is_linux(const struct pvhboot_prepared *prepared)
{
	return prepared->kernel.linux_boot.align != 0;
}

/* What a unified kernel image brings, for a request that has none of it. */
static struct pvhboot_request complete(struct pvhboot_prepared *prepared,
				       const struct pvhboot_request *request)
{
	const struct pvhboot_uki *uki = &prepared->image.uki;
	struct pvhboot_module *modules = prepared->own.modules;
	struct pvhboot_request whole = *request;

	whole.kernel = &prepared->kernel;
	if (prepared->own.options & PVHBOOT_OPTION_NO_UKI)
		return whole;
	if (whole.cmdline.size == 0)
		whole.cmdline = uki->cmdline;
	if (whole.n_modules == 0 && (uki->initrd.size != 0 || uki->ucode.size != 0)) {
		modules[0] = (struct pvhboot_module){ .bytes = uki->ucode };
		modules[1] = (struct pvhboot_module){ .bytes = uki->initrd };
		/* the planner leaves out what is empty, but would warn of it */
		whole.modules = uki->ucode.size != 0 ? &modules[0] : &modules[1];
		whole.n_modules = uki->ucode.size != 0 && uki->initrd.size != 0 ? 2 : 1;
		whole.flags |= PVHBOOT_REQUEST_JOIN;
	}
	return whole;
}

/* Probes the file. A bzImage that is wanted as it is needs no payload, whatever its header says of
 * one; that it has none is no failure before nothing else will do, see open_kernel(). */
static enum pvhboot_status probe(struct pvhboot_prepared *prepared,
				 const struct pvhboot_request *request,
				 const struct pvhboot_options *options, struct pvhboot_diag *diag)
{
	struct pvhboot_bytes file = prepared->image.file;
	struct pvhboot_diag before = *diag;
	enum pvhboot_status status = pvhboot_image_probe(file, options, &prepared->image, diag);

	if (status == PVHBOOT_OK || status == PVHBOOT_INVAL || !pvhb_bzimage_is(file))
		return status;
	prepared->image.container = PVHBOOT_CONTAINER_BZIMAGE;
	prepared->image.bzimage = file;
	if (!wants_as_it_is(request))
		return status;
	*diag = before;
	return PVHBOOT_OK;
}

/* Unpacks the probed file: in the guest where that can be done, else into a buffer. The file is
 * probed once more for the latter, so that its warnings come twice: the caller drops them. */
static enum pvhboot_status unpack(struct pvhboot_prepared *prepared,
				  const struct pvhboot_request *request,
				  const struct pvhboot_options *options,
				  const struct pvhboot_memory *memory, struct pvhboot_bytes *elf,
				  struct pvhboot_diag *diag)
{
	struct pvhboot_diag before = *diag;
	struct pvhb_direct direct = { .elf = { NULL, 0 } };
	struct pvhboot_loaded loaded;
	enum pvhboot_status status = probe(prepared, request, options, diag);

	if (wants_as_it_is(request) && prepared->image.bzimage.size != 0)
		return status;
	if (status == PVHBOOT_OK && memory != NULL) {
		struct pvhboot_request whole = complete(prepared, request);

		status = pvhb_direct_unpack(&prepared->image, options, &whole, memory, &direct,
					    diag);
	}
	if (status != PVHBOOT_OK)
		return status;
	if (direct.elf.data != NULL) {
		prepared->own.window = direct.window;
		prepared->own.host = direct.host;
		prepared->in_guest = 1;
		*elf = direct.elf;
		return PVHBOOT_OK;
	}
	*diag = before;
	status = pvhboot_image_load(prepared->image.file, options, &loaded, diag);
	if (status != PVHBOOT_OK)
		return status;
	prepared->own.elf = loaded.buffer;
	*elf = loaded.elf;
	return PVHBOOT_OK;
}

/* The kernel that was unpacked, or without one the bzImage as it is. */
static enum pvhboot_status open_elf(const struct pvhboot_prepared *prepared,
				    struct pvhboot_bytes elf, struct pvhboot_kernel *out,
				    struct pvhboot_diag *diag)
{
	return pvhboot_kernel_open_linux(elf, prepared->image.bzimage, prepared->own.kernel_flags,
					 out, diag);
}

static void drop_window(struct pvhboot_prepared *prepared)
{
	struct pvhb_direct direct = direct_of(prepared);

	if (!has_window(prepared))
		return;
	pvhb_direct_clear(&direct);
	close_window(prepared);
}

static void drop_elf(struct pvhboot_prepared *prepared)
{
	drop_window(prepared);
	pvhb_buffer_release(&prepared->own.allocator, prepared->own.elf);
	prepared->own.elf = (struct pvhboot_buffer){ NULL, 0 };
	prepared->in_guest = 0;
}

/* Unpacks and opens. */
static enum pvhboot_status open_kernel(struct pvhboot_prepared *prepared,
				       const struct pvhboot_request *request,
				       const struct pvhboot_options *options,
				       const struct pvhboot_memory *memory,
				       struct pvhboot_diag *diag)
{
	struct pvhboot_diag before = *diag;
	struct pvhboot_bytes elf = { NULL, 0 };
	enum pvhboot_status status = unpack(prepared, request, options, memory, &elf, diag);
	/* there is no codec here, or nothing to unpack */
	bool unpacks_itself = status == PVHBOOT_UNSUPPORTED;
	struct pvhboot_diag first;

	if (status == PVHBOOT_OK) {
		status = open_elf(prepared, elf, &prepared->kernel, diag);
		unpacks_itself = status == PVHBOOT_NOTPVH; /* to what has no entry of its own */
		if (elf.size != 0)                         /* for drop_elf(), which clears it */
			prepared->kernel.elf = elf;
	}
	if (!unpacks_itself || !may_be_as_it_is(request))
		return status;
	drop_elf(prepared);
	first = *diag;
	*diag = before;
	if (open_elf(prepared, (struct pvhboot_bytes){ NULL, 0 }, &prepared->kernel, diag) ==
	    PVHBOOT_OK)
		return PVHBOOT_OK;
	*diag = first; /* what is wrong with the bzImage is another matter */
	return status;
}

/* Copies the kernel's image to a buffer, from the guest or the file, as when it has to lie
 * elsewhere or to be written after all. A window is cleared and given back. After a failure all is
 * as it was. */
static enum pvhboot_status move_to_buffer(struct pvhboot_prepared *prepared,
					  struct pvhboot_diag *diag)
{
	struct pvhboot_bytes elf = prepared->kernel.elf;
	struct pvhboot_diag own_diag = { .status = PVHBOOT_OK };
	struct pvhboot_kernel kernel;
	struct pvhboot_buffer copy;
	enum pvhboot_status status =
		pvhb_buffer_alloc(&prepared->own.allocator, elf.size, at_boot(), &copy, diag);
	size_t i;

	if (status != PVHBOOT_OK)
		return status;
	if (copy.size != 0)
		memcpy(copy.data, elf.data, copy.size);
	/* it was opened before, and its warnings were told then */
	status = open_elf(prepared, (struct pvhboot_bytes){ copy.data, copy.size }, &kernel,
			  &own_diag);
	if (status != PVHBOOT_OK) {
		pvhb_buffer_release(&prepared->own.allocator, copy);
		return pvhb_fail_plain(diag, PVHBOOT_MALFORMED, at_boot(),
				       "a kernel in the guest as it was decoded; stop others from "
				       "writing there");
	}
	for (i = 0; i < prepared->plan.n_places; i++) {
		struct pvhboot_place *place = &prepared->plan.places[i];

		if (pvhb_lies_in(place->source, elf))
			place->source.data = copy.data + (place->source.data - elf.data);
	}
	drop_window(prepared);
	prepared->kernel = kernel;
	prepared->own.elf = copy;
	prepared->in_guest = 0;
	return PVHBOOT_OK;
}

/* Relocates the kernel by what the plan says, or undoes what an earlier plan said. Entry and notes
 * were read before. */
static enum pvhboot_status relocate(struct pvhboot_prepared *prepared, struct pvhboot_diag *diag)
{
	uint64_t by = prepared->plan.kaslr.virtual_slide - prepared->own.slide;
	enum pvhboot_status status = PVHBOOT_OK;
	struct pvhboot_buffer elf;

	if (by == 0)
		return PVHBOOT_OK;
	if (prepared->own.elf.data == NULL)
		status = move_to_buffer(prepared, diag);
	if (status != PVHBOOT_OK)
		return status;
	elf.data = prepared->own.elf.data + (prepared->kernel.elf.data - prepared->own.elf.data);
	elf.size = prepared->kernel.elf.size;
	status = pvhboot_kernel_relocate(&prepared->kernel, elf, by, diag);
	if (status == PVHBOOT_OK)
		prepared->own.slide += by;
	return status;
}

static uint64_t ram_of(const struct pvhboot_plan *plan)
{
	uint64_t ram = 0;
	size_t i;

	for (i = 0; i < plan->n_map; i++) {
		if (plan->map[i].type == PVHBOOT_MAP_RAM)
			ram += plan->map[i].size;
	}
	return ram;
}

/* An initrd whose files do not fit leaves a guest that panics late, and does not say why. Joined
 * modules are one initrd; the environment joins those of the EFI entry. */
static void warn_of_initrds(const struct pvhboot_prepared *prepared,
			    const struct pvhboot_request *request, struct pvhboot_diag *diag)
{
	bool is_joined = (request->flags & PVHBOOT_REQUEST_JOIN) != 0 ||
			 pvhb_efi_is_environment(&prepared->kernel);
	uint64_t ram = ram_of(&prepared->plan);
	uint64_t files = 0;
	size_t i;

	for (i = 0; i < request->n_modules; i++) {
		const struct pvhboot_module *module = &request->modules[i];
		uint64_t size;

		if ((module->flags & PVHBOOT_MODULE_BY_CALLER) != 0 ||
		    !pvhb_initrd_unpacked(module->bytes, &size))
			continue;
		if (!is_joined || !pvhb_add(files, size, &files))
			files = size;
		if (files <= ram)
			continue;
		pvhb_warn(diag,
			  pvhb_needing(pvhb_in_bytes(
				  pvhb_at_index(PVHBOOT_STAGE_BOOT, PVHBOOT_SUBJECT_MODULE, i))),
			  files, ram,
			  "RAM for the files of the initrd, unpacked; give the guest more memory");
		if (is_joined)
			return; /* once */
	}
}

static enum pvhboot_status plan(struct pvhboot_prepared *prepared,
				const struct pvhboot_request *request, struct pvhboot_diag *diag)
{
	struct pvhboot_request whole = complete(prepared, request);
	bool is_efi = pvhb_efi_is_environment(&prepared->kernel);
	struct pvhboot_buffer modules = { NULL, 0 };
	enum pvhboot_status status = PVHBOOT_OK;
	size_t size = 0;

	if (is_efi)
		status = pvhb_efi_compose(prepared->image.file, &whole, &prepared->own.allocator,
					  &modules, diag);
	if (status == PVHBOOT_OK)
		status = pvhboot_plan_need(&whole, &size, diag);
	if (status == PVHBOOT_OK)
		status = pvhb_buffer_alloc(&prepared->own.allocator, size, at_boot(),
					   &prepared->own.workspace, diag);
	if (status == PVHBOOT_OK)
		status = pvhboot_plan_make(&whole, prepared->own.workspace, &prepared->plan, diag);
	if (status == PVHBOOT_OK)
		status = relocate(prepared, diag);
	if (status == PVHBOOT_OK && (is_efi || is_linux(prepared)))
		warn_of_initrds(prepared, &whole, diag);
	pvhb_buffer_release(&prepared->own.allocator, modules);
	return status;
}

/* The unpacked kernel does not have the entry: the bzImage around it may have another. */
static void add_other_entries(const struct pvhboot_prepared *prepared, struct pvhboot_diag *diag)
{
	const char *separator = "; those of the bzImage as it is: ";
	struct pvhboot_kernel as_it_is;
	struct pvhboot_diag ignored = { .status = PVHBOOT_OK };
	int kind;

	if (open_elf(prepared, (struct pvhboot_bytes){ NULL, 0 }, &as_it_is, &ignored) !=
	    PVHBOOT_OK)
		return;
	for (kind = PVHBOOT_ENTRY_BZIMAGE64; kind <= PVHBOOT_ENTRY_BZIMAGE32; kind++) {
		if ((as_it_is.entries & PVHBOOT_ENTRY_BIT(kind)) == 0)
			continue;
		pvhb_detail_text(diag, separator);
		pvhb_detail_text(diag, pvhboot_entry_name((enum pvhboot_entry_kind)kind));
		separator = ", ";
	}
}

/* All stages, with a diagnostic that is not NULL. */
static enum pvhboot_status prepare(struct pvhboot_prepared *prepared,
				   const struct pvhboot_request *request,
				   const struct pvhboot_options *options,
				   const struct pvhboot_memory *memory, struct pvhboot_diag *diag)
{
	uint32_t n_warnings = pvhb_n_warnings(diag);
	enum pvhboot_status status;

	if (pvhb_efi_is_wanted(prepared->image.file, request)) {
		prepared->image.container = PVHBOOT_CONTAINER_PE;
		status = pvhb_efi_open(prepared->image.file, request, options, &prepared->kernel,
				       diag);
	} else {
		status = open_kernel(prepared, request, options, memory, diag);
	}
	if (status == PVHBOOT_OK)
		status = plan(prepared, request, diag);
	if (status == PVHBOOT_OK && (prepared->own.options & PVHBOOT_OPTION_STRICT) != 0)
		status = pvhb_strict(diag, n_warnings);
	if (status == PVHBOOT_NOTPVH && !wants_as_it_is(request))
		add_other_entries(prepared, diag);
	return status;
}

/* Into an object that is the result, and all zero after a failure. */
static enum pvhboot_status
prepare_into(struct pvhboot_prepared *prepared, struct pvhboot_bytes file,
	     const struct pvhboot_request *request, const struct pvhboot_options *options,
	     const struct pvhboot_memory *memory, struct pvhboot_diag *diag)
{
	static const struct pvhboot_options defaults = { .allocator = NULL };
	const struct pvhboot_allocator *allocator = pvhb_default_allocator();
	struct pvhboot_diag own_diag = { .status = PVHBOOT_OK };
	enum pvhboot_status status;

	if (options == NULL)
		options = &defaults;
	if (diag == NULL) /* warnings count, if only here */
		diag = &own_diag;
	if (options->allocator != NULL)
		allocator = options->allocator;
	if (request == NULL)
		return invalid(diag, "a request that is not NULL");
	if (allocator == NULL)
		return invalid(diag, "an allocator in options");
	status = check_options(options, diag);
	if (status == PVHBOOT_OK && memory != NULL)
		status = pvhb_memory_check(memory, at_boot(), diag);
	if (status != PVHBOOT_OK)
		return status;
	*prepared = (struct pvhboot_prepared){
		.image.file = file,
		.own.allocator = *allocator,
		.own.options = options->flags,
		.own.kernel_flags = options->kernel_flags,
	};
	if (memory != NULL)
		prepared->own.memory = *memory;
	status = prepare(prepared, request, options, memory, diag);
	if (status != PVHBOOT_OK)
		pvhboot_prepared_release(prepared);
	return status;
}

enum pvhboot_status pvhboot_prepare(struct pvhboot_bytes file,
				    const struct pvhboot_request *request,
				    const struct pvhboot_options *options,
				    const struct pvhboot_memory *memory,
				    struct pvhboot_prepared *out, struct pvhboot_diag *diag)
{
	struct pvhboot_prepared prepared;
	enum pvhboot_status status;

	if (out == NULL)
		return invalid(diag, "out that is not NULL");
	status = prepare_into(&prepared, file, request, options, memory, diag);
	if (status == PVHBOOT_OK)
		*out = prepared;
	return status;
}

static void drop_plan(struct pvhboot_prepared *prepared)
{
	pvhb_buffer_release(&prepared->own.allocator, prepared->own.workspace);
	prepared->own.workspace = (struct pvhboot_buffer){ NULL, 0 };
	prepared->plan = (struct pvhboot_plan){ .places = NULL };
}

enum pvhboot_status pvhboot_prepared_replan(struct pvhboot_prepared *prepared,
					    const struct pvhboot_request *request,
					    struct pvhboot_diag *diag)
{
	struct pvhboot_diag own_diag = { .status = PVHBOOT_OK };
	struct pvhb_direct direct;
	enum pvhboot_status status;
	uint32_t n_warnings;

	if (diag == NULL)
		diag = &own_diag;
	if (prepared == NULL || request == NULL)
		return invalid(diag, "prepared and request that are not NULL");
	if (prepared->in_guest && !has_window(prepared))
		return invalid(diag, "a first commit of a kernel in the guest; prepare again");
	if (pvhb_efi_is_environment(&prepared->kernel) != (request->entry == PVHBOOT_ENTRY_EFI))
		return invalid(diag, "the EFI entry in both requests or in none; prepare again");
	n_warnings = pvhb_n_warnings(diag);
	drop_plan(prepared);
	direct = direct_of(prepared);
	status = pvhb_request_check_arrays(request, diag);
	if (status == PVHBOOT_OK && pvhb_direct_covers(&direct, prepared->image.file, request))
		status = move_to_buffer(prepared, diag);
	if (status == PVHBOOT_OK)
		status = plan(prepared, request, diag);
	if (status == PVHBOOT_OK && (prepared->own.options & PVHBOOT_OPTION_STRICT) != 0)
		status = pvhb_strict(diag, n_warnings);
	if (status != PVHBOOT_OK)
		drop_plan(prepared);
	return status;
}

/* The kernel lies in the guest: it is moved to its places, and the others are filled. */
static enum pvhboot_status commit_in_guest(struct pvhboot_prepared *prepared,
					   const struct pvhboot_memory *memory,
					   struct pvhboot_diag *diag)
{
	const struct pvhboot_bytes nothing = { NULL, 0 };
	struct pvhb_direct direct = direct_of(prepared);
	enum pvhboot_status status;

	if (pvhb_direct_move(&direct, &prepared->plan,
			     (memory->flags & PVHBOOT_MEMORY_ZEROED) != 0)) {
		close_window(prepared);
		return pvhb_commit(&prepared->plan, memory, direct.elf, diag);
	}
	status = move_to_buffer(prepared, diag);
	return status == PVHBOOT_OK ? pvhb_commit(&prepared->plan, memory, nothing, diag) : status;
}

enum pvhboot_status pvhboot_prepared_commit(struct pvhboot_prepared *prepared,
					    const struct pvhboot_memory *memory,
					    struct pvhboot_diag *diag)
{
	enum pvhboot_status status;

	if (prepared == NULL || prepared->plan.n_places == 0)
		return invalid(diag, "a plan; call pvhboot_prepare() or "
				     "pvhboot_prepared_replan()");
	if (memory == NULL)
		memory = &prepared->own.memory;
	status = pvhb_commit_check(&prepared->plan, memory, diag);
	if (status != PVHBOOT_OK)
		return status;
	if (!prepared->in_guest)
		return pvhb_commit(&prepared->plan, memory, (struct pvhboot_bytes){ NULL, 0 },
				   diag);
	if (!has_window(prepared))
		return invalid(diag, "a first commit of a kernel in the guest; prepare again");
	return commit_in_guest(prepared, memory, diag);
}

void pvhboot_prepared_release(struct pvhboot_prepared *prepared)
{
	if (prepared == NULL)
		return;
	drop_elf(prepared);
	drop_plan(prepared);
	*prepared = (struct pvhboot_prepared){ .in_guest = 0 };
}

enum pvhboot_status pvhboot_boot(struct pvhboot_bytes file, const struct pvhboot_request *request,
				 const struct pvhboot_options *options,
				 const struct pvhboot_memory *memory, struct pvhboot_cpu *cpu,
				 struct pvhboot_diag *diag)
{
	struct pvhboot_prepared prepared;
	enum pvhboot_status status;

	if (memory == NULL || cpu == NULL)
		return invalid(diag, "memory and cpu that are not NULL");
	status = prepare_into(&prepared, file, request, options, memory, diag);
	if (status != PVHBOOT_OK)
		return status;
	status = pvhboot_prepared_commit(&prepared, memory, diag);
	if (status == PVHBOOT_OK)
		pvhboot_plan_cpu(&prepared.plan, cpu);
	pvhboot_prepared_release(&prepared);
	return status;
}
