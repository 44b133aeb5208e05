/* SPDX-License-Identifier: MIT */
#include "guest.h"

#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "file.h"
#include "report.h"

static bool read_modules(struct guest *guest, const struct guest_options *options)
{
	const struct pvhboot_bytes initrd = guest->loaded.image.uki.initrd;
	const size_t n_own = initrd.size != 0 ? 1 : 0;
	size_t i;

	guest->modules = calloc(n_own + options->n_modules + 1, sizeof(*guest->modules));
	guest->module_files = calloc(options->n_modules + 1, sizeof(*guest->module_files));
	if (guest->modules == NULL || guest->module_files == NULL)
		return call_failed("calloc");
	guest->modules[0].bytes = initrd;
	for (i = 0; i < options->n_modules; i++) {
		struct pvhboot_buffer *file = &guest->module_files[i];

		if (!file_read(options->modules[i].path, file))
			return false;
		guest->n_module_files++;
		guest->modules[n_own + i] = (struct pvhboot_module){
			.bytes = { file->data, file->size },
			.cmdline = options->modules[i].cmdline,
		};
	}
	return true;
}

/* The user's, or where there is none, that of a unified kernel image. */
static bool choose_cmdline(struct guest *guest, const struct guest_options *options)
{
	const struct pvhboot_bytes brought = guest->loaded.image.uki.cmdline;

	if (options->cmdline != NULL)
		guest->cmdline = strdup(options->cmdline);
	else if (brought.size != 0)
		guest->cmdline = strndup((const char *)brought.data, brought.size);
	else
		guest->cmdline = strdup("");
	return guest->cmdline != NULL || call_failed("strdup");
}

/* The ACPI tables, at the end of RAM. The library tells the guest's map. */
static void make_acpi(struct guest *guest, uint64_t memory)
{
	const uint64_t gpa = memory - ACPI_SIZE;

	acpi_build((uint32_t)gpa, guest->acpi_tables);
	guest->acpi = (struct pvhboot_blob){
		.bytes = { guest->acpi_tables, ACPI_SIZE },
		.gpa = gpa,
		.type = PVHBOOT_MAP_ACPI,
	};
}

/* A domain has no hole where a PC has video memory. */
static void make_map(struct guest *guest, uint64_t memory)
{
	guest->map[0] = (struct pvhboot_map_entry){ 0, memory, PVHBOOT_MAP_RAM, 0 };
	guest->map[1] = (struct pvhboot_map_entry){
		DOMAIN_SPECIAL_START,
		DOMAIN_SPECIAL_END - DOMAIN_SPECIAL_START,
		PVHBOOT_MAP_RESERVED,
		0,
	};
}

static enum pvhboot_status make_plan(struct guest *guest, struct pvhboot_diag *diag,
				     size_t n_modules)
{
	const struct pvhboot_request request = {
		.kernel = &guest->kernel,
		.map = guest->map,
		.n_map = GUEST_MAP,
		.modules = guest->modules,
		.n_modules = n_modules,
		.blobs = &guest->acpi,
		.n_blobs = 1,
		.cmdline = guest->cmdline,
		.rsdp = guest->acpi.gpa,
	};
	struct pvhboot_buffer workspace = { NULL, 0 };
	enum pvhboot_status status = pvhboot_plan_need(&request, &workspace.size, diag);

	if (status != PVHBOOT_OK)
		return status;
	workspace.data = malloc(workspace.size);
	if (workspace.data == NULL)
		workspace.size = 0; /* and then the library tells that it is too small */
	guest->workspace = workspace.data;
	return pvhboot_plan_make(&request, workspace, &guest->plan, diag);
}

static void print_warnings(const struct pvhboot_diag *diag)
{
	char line[512];
	size_t i;

	for (i = 0; i < diag->n_warnings; i++) {
		pvhboot_finding_format(&diag->warnings[i], line, sizeof(line));
		complain("warning: %s", line);
	}
}

bool guest_plan(struct guest *guest, const struct guest_options *options)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_bytes file;
	enum pvhboot_status status;
	size_t n_modules;

	if (!file_read(options->kernel, &guest->kernel_file))
		return false;
	file = (struct pvhboot_bytes){ guest->kernel_file.data, guest->kernel_file.size };
	status = pvhboot_image_load(file, NULL, &guest->loaded, &diag);
	if (status == PVHBOOT_OK)
		status = pvhboot_kernel_open(guest->loaded.elf, 0, &guest->kernel, &diag);
	if (status != PVHBOOT_OK)
		return library_failed(&diag, 0);
	if (!read_modules(guest, options) || !choose_cmdline(guest, options))
		return false;
	make_map(guest, options->memory);
	make_acpi(guest, options->memory);
	n_modules = options->n_modules + (guest->loaded.image.uki.initrd.size != 0 ? 1 : 0);
	status = make_plan(guest, &diag, n_modules);
	if (status != PVHBOOT_OK)
		return library_failed(&diag, 0);
	print_warnings(&diag);
	return true;
}

bool guest_write(const struct guest *guest, struct memory *memory)
{
	/* not ZEROED: Xen clears what a domain had, but not to a value that it promises */
	const struct pvhboot_memory access = { .ctx = memory, .map = memory_map };
	struct pvhboot_diag diag = { 0 };
	bool ok = true;

	if (pvhboot_plan_commit(&guest->plan, &access, &diag) != PVHBOOT_OK)
		ok = library_failed(&diag, memory->error);
	memory_unmap(memory);
	return ok;
}

void guest_release(struct guest *guest)
{
	size_t i;

	for (i = 0; i < guest->n_module_files; i++)
		free(guest->module_files[i].data);
	free(guest->module_files);
	free(guest->modules);
	free(guest->cmdline);
	free(guest->workspace);
	free(guest->loaded.buffer.data);
	free(guest->kernel_file.data);
}
