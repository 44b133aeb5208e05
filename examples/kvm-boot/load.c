/* SPDX-License-Identifier: MIT */
/*
 * pvhboot_boot() would do all of this in one call, but copy every module. Here the boot is
 * prepared, and its plan looked at before it is carried out: pages of files become the guest's
 * where they lie as the guest wants them. That holds for modules, and for the segments of a
 * kernel that is not packed.
 */
#include "load.h"

#include "acpi.h"
#include "file.h"
#include "report.h"

#include <sys/random.h>
#include <unistd.h>

struct loading {
	struct file kernel;
	struct file modules[MAX_MODULES];
	struct pvhboot_prepared prepared;
	uint8_t entropy[ENTRY_MAX_ENTROPY]; /* of the system */
};

static int open_files(struct loading *l, const struct options *options)
{
	int code = file_open(options->kernel, &l->kernel);

	for (size_t i = 0; i < options->n_modules && code == NO_EXIT; i++)
		code = file_open(options->modules[i].path, &l->modules[i]);
	return code;
}

/* By EFI the segments are the environment's, and module 0 is the kernel's file. */
static int is_by_efi(const struct loading *l)
{
	return l->prepared.plan.entry_kind == PVHBOOT_ENTRY_EFI;
}

/* Where the place's bytes lie in the kernel's file, if that is not packed. */
static uint64_t offset_in_file(const struct loading *l, const struct pvhboot_place *place)
{
	return l->prepared.image.stream_offset + place->source_offset;
}

/* Whether pages of the kernel's file can be the place's, as they are. */
static int is_in_pages(const struct loading *l, const struct pvhboot_place *place)
{
	const uint64_t both = offset_in_file(l, place) | place->gpa;

	return !is_by_efi(l) && l->prepared.image.compression == PVHBOOT_COMPRESSION_NONE &&
	       l->prepared.plan.kaslr.virtual_slide == 0 && place->kind == PVHBOOT_PLACE_SEGMENT &&
	       place->source.size > 0 && both % (uint64_t)getpagesize() == 0;
}

/* Fills the places that are left to us. The guest's memory is zero, so what a segment has
 * beyond its bytes is there. */
static int put_files(const struct loading *l, const struct pvhboot_linux_memory *memory)
{
	const uint32_t first = is_by_efi(l) ? 1 : 0; /* index of our first module */
	int code = NO_EXIT;

	for (size_t i = 0; i < l->prepared.plan.n_places && code == NO_EXIT; i++) {
		const struct pvhboot_place *place = &l->prepared.plan.places[i];
		uint8_t *to = pvhboot_linux_memory_at(memory, place->gpa, place->size);

		if (!(place->flags & PVHBOOT_PLACE_BY_CALLER))
			continue;
		if (place->kind == PVHBOOT_PLACE_MODULE)
			code = file_put(&l->modules[place->index - first], 0, place->size, to);
		else
			code = file_put(&l->kernel, offset_in_file(l, place), place->source.size,
					to);
	}
	return code;
}

static enum pvhboot_status commit(struct loading *l, struct pvhboot_diag *diag)
{
	struct pvhboot_plan *plan = &l->prepared.plan;

	for (size_t i = 0; i < plan->n_places; i++) {
		if (is_in_pages(l, &plan->places[i]))
			plan->places[i].flags |= PVHBOOT_PLACE_BY_CALLER;
	}
	return pvhboot_prepared_commit(&l->prepared, NULL, diag);
}

static int read_entropy(struct loading *l, const struct options *options, struct pvhboot_bytes *out)
{
	*out = (struct pvhboot_bytes){ options->entropy, options->n_entropy };
	if (options->n_entropy > 0)
		return NO_EXIT;
	*out = (struct pvhboot_bytes){ l->entropy, entry_entropy_size(options->flags) };
	if (getentropy(l->entropy, out->size) != 0)
		return refuse_call(EXIT_REFUSED, "getentropy");
	return NO_EXIT;
}

static int load_files(struct loading *l, const struct options *options,
		      struct pvhboot_linux_memory *memory, struct pvhboot_cpu *cpu)
{
	const struct pvhboot_memory access = pvhboot_linux_memory_access(memory);
	struct pvhboot_map_entry map[PVHBOOT_LINUX_MEMORY_MAX_MAP];
	struct pvhboot_module modules[MAX_MODULES] = { 0 };
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_request request = {
		.map = map,
		.n_map = pvhboot_linux_memory_describe(memory, map),
		.modules = modules,
		.n_modules = options->n_modules,
		.cmdline = pvhboot_text(options->cmdline),
		.flags = options->flags,
		.entry = options->entry,
		.efi = entry_efi_environment(),
	};
	enum pvhboot_status status;
	int code = read_entropy(l, options, &request.entropy);

	if (code != NO_EXIT)
		return code;
	request.rsdp = acpi_write(memory, options->cpus);
	for (size_t i = 0; i < options->n_modules; i++) {
		modules[i].bytes = l->modules[i].bytes;
		modules[i].cmdline = pvhboot_text(options->modules[i].cmdline);
		modules[i].flags = PVHBOOT_MODULE_BY_CALLER;
	}
	status = pvhboot_prepare(l->kernel.bytes, &request, NULL, &access, &l->prepared, &diag);
	if (status == PVHBOOT_OK)
		status = commit(l, &diag);
	code = report_boot(options->kernel, status, &diag);
	if (code == NO_EXIT)
		code = put_files(l, memory);
	if (code == NO_EXIT)
		pvhboot_plan_cpu(&l->prepared.plan, cpu);
	pvhboot_prepared_release(&l->prepared);
	return code;
}

int load(const struct options *options, struct pvhboot_linux_memory *memory,
	 struct pvhboot_cpu *cpu)
{
	struct loading l = { 0 };
	int code = open_files(&l, options);

	if (code == NO_EXIT)
		code = load_files(&l, options, memory, cpu);
	/* what was mapped into the guest stays */
	file_close(&l.kernel);
	for (size_t i = 0; i < MAX_MODULES; i++)
		file_close(&l.modules[i]);
	return code;
}
