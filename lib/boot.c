/* SPDX-License-Identifier: MIT */
/* The one-call way. Written with the public stages alone: what it can do, every
 * caller can. */

#include <pvhboot/boot.h>

#include "diag.h"
#include "env.h"

struct boot {
	const struct pvhboot_allocator *allocator;
	const struct pvhboot_memory *memory;
	struct pvhboot_diag *diag;
};

static struct pvhb_at at_boot(void)
{
	return pvhb_at(PVHBOOT_STAGE_BOOT, PVHBOOT_SUBJECT_NONE);
}

static enum pvhboot_status alloc(const struct boot *boot, size_t size, struct pvhboot_buffer *out)
{
	out->size = size;
	out->data = boot->allocator->alloc(boot->allocator->ctx, size);
	if (out->data == NULL)
		return pvhb_fail(boot->diag, PVHBOOT_NOMEM, at_boot(), size, 0,
				 "the allocator has memory for a buffer");
	return PVHBOOT_OK;
}

static void release(const struct boot *boot, struct pvhboot_buffer buffer)
{
	if (buffer.data != NULL)
		boot->allocator->release(boot->allocator->ctx, buffer.data);
}

static enum pvhboot_status plan_and_commit(const struct boot *boot,
					   const struct pvhboot_request *request,
					   struct pvhboot_cpu *cpu)
{
	struct pvhboot_buffer workspace = { NULL, 0 };
	struct pvhboot_plan plan;
	enum pvhboot_status status;
	size_t size = 0;

	status = pvhboot_plan_need(request, &size, boot->diag);
	if (status == PVHBOOT_OK)
		status = alloc(boot, size, &workspace);
	if (status == PVHBOOT_OK)
		status = pvhboot_plan_make(request, workspace, &plan, boot->diag);
	if (status == PVHBOOT_OK)
		status = pvhboot_plan_commit(&plan, boot->memory, boot->diag);
	if (status == PVHBOOT_OK)
		pvhboot_plan_cpu(&plan, cpu);
	release(boot, workspace);
	return status;
}

enum pvhboot_status pvhboot_boot(struct pvhboot_bytes file, const struct pvhboot_request *request,
				 const struct pvhboot_unpack_options *options,
				 const struct pvhboot_memory *memory, struct pvhboot_cpu *cpu,
				 struct pvhboot_diag *diag)
{
	struct boot boot = { pvhb_default_allocator(), memory, diag };
	struct pvhboot_request with_kernel;
	struct pvhboot_loaded loaded;
	struct pvhboot_kernel kernel;
	enum pvhboot_status status;

	if (options != NULL && options->allocator != NULL)
		boot.allocator = options->allocator;
	if (request == NULL || memory == NULL || cpu == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_boot(),
				       "request, memory and cpu are not NULL");
	if (boot.allocator == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_boot(), "there is an allocator");
	status = pvhboot_image_load(file, options, &loaded, diag);
	if (status != PVHBOOT_OK)
		return status;
	status =
		pvhboot_kernel_open(loaded.elf, request->flags & PVHBOOT_COMPAT_XEN, &kernel, diag);
	if (status == PVHBOOT_OK) {
		with_kernel = *request;
		with_kernel.kernel = &kernel;
		status = plan_and_commit(&boot, &with_kernel, cpu);
	}
	release(&boot, loaded.buffer);
	return status;
}
