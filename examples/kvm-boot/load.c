/* SPDX-License-Identifier: MIT */
/*
 * pvhboot_boot() would do all of this in one call, but copy every module. Here the
 * stages are called one by one, so that pages of files become the guest's where they
 * lie as the guest wants them: those of modules, and of a kernel that is not packed.
 */
#include "load.h"

#include "file.h"
#include "report.h"

#include <stdlib.h>
#include <unistd.h>

struct loading {
	const struct options *options;
	struct memory *memory;
	struct file kernel_file;
	struct file module_files[MAX_MODULES];

	struct pvhboot_module modules[MAX_MODULES];
	struct pvhboot_map_entry map[MEMORY_MAX_MAP];
	struct pvhboot_request request;
	struct pvhboot_diag diag;

	struct pvhboot_direct direct; /* a packed kernel, unpacked in the guest, ... */
	struct pvhboot_loaded loaded; /* ... or where that is not possible, here */
	struct pvhboot_kernel kernel;
	struct pvhboot_buffer workspace;
	struct pvhboot_place *places; /* of the plan: ours to edit */
	struct pvhboot_plan plan;
};

static int open_files(struct loading *l)
{
	int code = file_open(l->options->kernel, &l->kernel_file);

	for (size_t i = 0; i < l->options->n_modules && code == NO_EXIT; i++) {
		code = file_open(l->options->modules[i].path, &l->module_files[i]);
		l->modules[i].bytes = l->module_files[i].bytes;
		l->modules[i].cmdline = l->options->modules[i].cmdline;
		l->modules[i].flags = PVHBOOT_MODULE_BY_CALLER;
	}
	return code;
}

static void make_request(struct loading *l)
{
	memory_describe(l->memory, l->map);
	l->request = (struct pvhboot_request){
		.kernel = &l->kernel,
		.map = l->map,
		.n_map = MEMORY_MAX_MAP,
		.modules = l->modules,
		.n_modules = l->options->n_modules,
		.cmdline = l->options->cmdline,
	};
}

static enum pvhboot_status unpack(struct loading *l, struct pvhboot_bytes *elf)
{
	const struct pvhboot_memory memory = memory_access(l->memory);
	struct pvhboot_image image;
	enum pvhboot_status status;

	status = pvhboot_image_probe(l->kernel_file.bytes, NULL, &image, &l->diag);
	if (status == PVHBOOT_OK)
		status = pvhboot_direct_unpack(&image, NULL, &l->request, &memory, &l->direct,
					       &l->diag);
	if (status == PVHBOOT_OK && !l->direct.elf.data)
		status = pvhboot_image_load(l->kernel_file.bytes, NULL, &l->loaded, &l->diag);
	*elf = l->direct.elf.data ? l->direct.elf : l->loaded.elf;
	return status;
}

static enum pvhboot_status make_plan(struct loading *l, struct pvhboot_bytes elf)
{
	enum pvhboot_status status = pvhboot_kernel_open(elf, 0, &l->kernel, &l->diag);

	if (status == PVHBOOT_OK)
		status = pvhboot_plan_need(&l->request, &l->workspace.size, &l->diag);
	if (status != PVHBOOT_OK)
		return status;
	l->workspace.data = malloc(l->workspace.size);
	if (!l->workspace.data)
		return PVHBOOT_NOMEM;
	status = pvhboot_plan_make(&l->request, l->workspace, &l->plan, &l->diag);
	l->places = (struct pvhboot_place *)(uintptr_t)l->plan.places;
	return status;
}

/* The file whose pages could be the place's, and where in it; NULL: none. */
static const struct file *file_of(const struct loading *l, const struct pvhboot_place *place,
				  uint64_t *offset)
{
	const struct pvhboot_bytes file = l->kernel_file.bytes;

	*offset = 0;
	if (place->kind == PVHBOOT_PLACE_MODULE)
		return &l->module_files[place->index];
	*offset = (uintptr_t)place->source.data - (uintptr_t)file.data;
	if (place->kind != PVHBOOT_PLACE_SEGMENT || place->source.size == 0 ||
	    *offset >= file.size || (*offset | place->gpa) % (uint64_t)getpagesize() != 0)
		return NULL;
	return &l->kernel_file;
}

static enum pvhboot_status commit(struct loading *l)
{
	const struct pvhboot_memory memory = memory_access(l->memory);
	uint64_t offset;

	for (size_t i = 0; i < l->plan.n_places; i++) {
		if (file_of(l, &l->places[i], &offset))
			l->places[i].flags |= PVHBOOT_PLACE_BY_CALLER;
	}
	if (l->direct.elf.data)
		return pvhboot_direct_commit(&l->direct, &l->plan, &memory, &l->diag);
	return pvhboot_plan_commit(&l->plan, &memory, &l->diag);
}

/* Guest memory is zero, so what a segment has beyond its bytes is there. */
static int put_files(const struct loading *l)
{
	int code = NO_EXIT;

	for (size_t i = 0; i < l->plan.n_places && code == NO_EXIT; i++) {
		const struct pvhboot_place *place = &l->places[i];
		uint64_t offset;
		const struct file *file = file_of(l, place, &offset);
		const uint64_t size =
			place->kind == PVHBOOT_PLACE_MODULE ? place->size : place->source.size;

		if (file)
			code = file_put(file, offset, size, l->memory->host + place->gpa);
	}
	return code;
}

static int load_all(struct loading *l, struct pvhboot_cpu *cpu)
{
	struct pvhboot_bytes elf;
	enum pvhboot_status status;
	int code;

	make_request(l);
	status = unpack(l, &elf);
	if (status == PVHBOOT_OK)
		status = make_plan(l, elf);
	if (status == PVHBOOT_OK)
		status = commit(l);
	code = report_boot(l->options->kernel, status, &l->diag);
	if (code == NO_EXIT)
		code = put_files(l);
	if (code == NO_EXIT)
		pvhboot_plan_cpu(&l->plan, cpu);
	return code;
}

int load(const struct options *options, struct memory *memory, struct pvhboot_cpu *cpu)
{
	struct loading l = { .options = options, .memory = memory };
	int code = open_files(&l);

	if (code == NO_EXIT)
		code = load_all(&l, cpu);
	free(l.workspace.data);
	free(l.loaded.buffer.data);
	/* what was mapped into the guest stays */
	file_close(&l.kernel_file);
	for (size_t i = 0; i < MAX_MODULES; i++)
		file_close(&l.module_files[i]);
	return code;
}
