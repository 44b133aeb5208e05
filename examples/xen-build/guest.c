/* SPDX-License-Identifier: MIT */
#include "guest.h"

#include <stdlib.h>
#include <sys/random.h>

#include "domain.h"
#include "file.h"
#include "report.h"

static bool read_files(struct guest *guest, const struct guest_options *options)
{
	size_t i;

	guest->modules = calloc(options->n_modules + 1, sizeof(*guest->modules));
	if (guest->modules == NULL)
		return call_failed("calloc");
	guest->n_modules = options->n_modules;
	for (i = 0; i < options->n_modules; i++) {
		if (!file_read(options->modules[i].path, &guest->modules[i].bytes))
			return false;
		guest->modules[i].cmdline = pvhboot_text(options->modules[i].cmdline);
	}
	return file_read(options->kernel, &guest->kernel_file);
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

static void print_warnings(const struct pvhboot_diag *diag)
{
	char line[512];
	size_t i;

	for (i = 0; i < diag->n_warnings; i++) {
		pvhboot_finding_format(&diag->warnings[i], line, sizeof(line));
		complain("warning: %s", line);
	}
}

/* Plans the boot, the kernel in the domain where that is possible, and carries it out. */
static bool boot(struct guest *guest, const struct guest_options *options, struct memory *memory)
{
	const struct pvhboot_request request = {
		.map = guest->map,
		.n_map = GUEST_MAP,
		.modules = guest->modules,
		.n_modules = options->n_modules,
		.blobs = &guest->acpi,
		.n_blobs = 1,
		.cmdline = pvhboot_text(options->cmdline),
		.rsdp = options->memory - ACPI_SIZE,
		.flags = options->flags,
		.entry = options->entry,
		.efi = entry_efi_environment(),
		.entropy = { guest->entropy, entry_entropy_size(options->flags) },
	};
	/* not ZEROED: Xen clears what a domain had, but not to a value that it promises */
	const struct pvhboot_memory access = {
		.ctx = memory,
		.map = memory_map,
		.unmap = memory_unmap,
	};
	struct pvhboot_diag diag = { 0 };
	enum pvhboot_status status;

	if (getentropy(guest->entropy, request.entropy.size) != 0)
		return call_failed("getentropy");
	status = pvhboot_prepare(guest->kernel_file, &request, NULL, &access, &guest->prepared,
				 &diag);
	if (status == PVHBOOT_OK) {
		print_warnings(&diag);
		status = pvhboot_prepared_commit(&guest->prepared, NULL, &diag);
	}
	if (status == PVHBOOT_OK)
		return true;
	return library_failed(&diag, status == PVHBOOT_MEMIO ? memory->error : 0);
}

bool guest_load(struct guest *guest, const struct guest_options *options, struct memory *memory)
{
	make_map(guest, options->memory);
	make_acpi(guest, options->memory);
	return read_files(guest, options) && boot(guest, options, memory);
}

void guest_release(struct guest *guest)
{
	size_t i;

	pvhboot_prepared_release(&guest->prepared);
	for (i = 0; i < guest->n_modules; i++)
		file_release(guest->modules[i].bytes);
	free(guest->modules);
	file_release(guest->kernel_file);
}
