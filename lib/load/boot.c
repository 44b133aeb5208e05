/* SPDX-License-Identifier: MIT */
/* The one-call way. Written with the public stages alone: what it can do, every
 * caller can. */

#include "direct.h"

#include "../base/buffer.h"
#include "../base/env.h"

struct boot {
	struct pvhboot_request request;
	const struct pvhboot_options *options;
	const struct pvhboot_allocator *allocator;
	const struct pvhboot_memory *memory;
	struct pvhboot_cpu *cpu;
	struct pvhboot_diag *diag;
	struct pvhboot_kernel kernel; /* of the request, once there is one */
};

static struct pvhb_at at_boot(void)
{
	return pvhb_at(PVHBOOT_STAGE_BOOT, PVHBOOT_SUBJECT_NONE);
}

/* A plan for an ELF image. workspace is to be released, whatever the status. */
static enum pvhboot_status make_plan(struct boot *boot, struct pvhboot_bytes elf,
				     struct pvhboot_buffer *workspace, struct pvhboot_plan *plan)
{
	enum pvhboot_status status;
	size_t size = 0;

	status = pvhboot_kernel_open(elf, boot->options != NULL ? boot->options->kernel_flags : 0, &boot->kernel,
				     boot->diag);
	if (status != PVHBOOT_OK)
		return status;
	boot->request.kernel = &boot->kernel;
	status = pvhboot_plan_need(&boot->request, &size, boot->diag);
	if (status == PVHBOOT_OK)
		status = pvhb_buffer_alloc(boot->allocator, size, at_boot(), workspace, boot->diag);
	if (status == PVHBOOT_OK)
		status = pvhboot_plan_make(&boot->request, *workspace, plan, boot->diag);
	return status;
}

static enum pvhboot_status boot_elf(struct boot *boot, struct pvhboot_bytes elf)
{
	struct pvhboot_buffer workspace = { NULL, 0 };
	struct pvhboot_plan plan;
	enum pvhboot_status status = make_plan(boot, elf, &workspace, &plan);

	if (status == PVHBOOT_OK)
		status = pvhboot_plan_commit(&plan, boot->memory, boot->diag);
	if (status == PVHBOOT_OK)
		pvhboot_plan_cpu(&plan, boot->cpu);
	pvhb_buffer_release(boot->allocator, workspace);
	return status;
}

/* An image that lies in the guest, but in the wrong place after all, as when the
 * symbols behind the kernel make it move. */
static enum pvhboot_status boot_copy(struct boot *boot, const struct pvhb_direct *direct)
{
	struct pvhboot_buffer copy = { NULL, 0 };
	enum pvhboot_status status =
		pvhb_buffer_alloc(boot->allocator, direct->elf.size, at_boot(), &copy, boot->diag);

	if (copy.data != NULL)
		memcpy(copy.data, direct->elf.data, direct->elf.size);
	pvhb_direct_undo(direct);
	if (status == PVHBOOT_OK)
		status = boot_elf(boot, (struct pvhboot_bytes){ copy.data, copy.size });
	pvhb_buffer_release(boot->allocator, copy);
	return status;
}

static enum pvhboot_status boot_direct(struct boot *boot, const struct pvhb_direct *direct)
{
	struct pvhboot_buffer workspace = { NULL, 0 };
	struct pvhboot_diag before = { 0 };
	struct pvhboot_plan plan;
	enum pvhboot_status status;

	if (boot->diag != NULL)
		before = *boot->diag;
	status = make_plan(boot, direct->elf, &workspace, &plan);
	if (status != PVHBOOT_OK) {
		pvhb_direct_undo(direct);
		pvhb_buffer_release(boot->allocator, workspace);
		return status;
	}
	status = pvhb_direct_commit(direct, &plan, boot->memory, boot->diag);
	if (status == PVHBOOT_OK)
		pvhboot_plan_cpu(&plan, boot->cpu);
	pvhb_buffer_release(boot->allocator, workspace);
	if (status != PVHBOOT_MALFORMED) /* INVAL is for others: this plan and memory are good */
		return status;
	if (boot->diag != NULL)
		*boot->diag = before;
	return boot_copy(boot, direct);
}

static enum pvhboot_status boot_buffered(struct boot *boot, struct pvhboot_bytes file)
{
	struct pvhboot_loaded loaded;
	enum pvhboot_status status = pvhboot_image_load(file, boot->options, &loaded, boot->diag);

	if (status != PVHBOOT_OK)
		return status;
	status = boot_elf(boot, loaded.elf);
	pvhb_buffer_release(boot->allocator, loaded.buffer);
	return status;
}

static enum pvhboot_status boot_file(struct boot *boot, struct pvhboot_bytes file)
{
	struct pvhboot_diag before = { 0 };
	struct pvhb_direct direct;
	struct pvhboot_image image;
	enum pvhboot_status status;

	if (boot->diag != NULL)
		before = *boot->diag;
	status = pvhboot_image_probe(file, boot->options, &image, boot->diag);
	if (status == PVHBOOT_OK)
		status = pvhb_direct_unpack(&image, boot->options, &boot->request, boot->memory,
					       &direct, boot->diag);
	if (status != PVHBOOT_OK)
		return status;
	if (direct.elf.data != NULL)
		return boot_direct(boot, &direct);
	if (boot->diag != NULL) /* the file is probed once more */
		*boot->diag = before;
	return boot_buffered(boot, file);
}

enum pvhboot_status pvhboot_boot(struct pvhboot_bytes file, const struct pvhboot_request *request,
				 const struct pvhboot_options *options,
				 const struct pvhboot_memory *memory, struct pvhboot_cpu *cpu,
				 struct pvhboot_diag *diag)
{
	struct boot boot = {
		.options = options,
		.allocator = pvhb_default_allocator(),
		.memory = memory,
		.cpu = cpu,
		.diag = diag,
	};

	if (options != NULL && options->allocator != NULL)
		boot.allocator = options->allocator;
	if (request == NULL || memory == NULL || cpu == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_boot(),
				       "request, memory and cpu are not NULL");
	if (boot.allocator == NULL)
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_boot(), "there is an allocator");
	boot.request = *request;
	return boot_file(&boot, file);
}
