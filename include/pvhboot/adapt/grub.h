/* SPDX-License-Identifier: MIT OR GPL-3.0-or-later */
/*
 * GRUB as a host, for modules of GRUB 2 on i386-pc and x86_64-efi: its heap, its memory map, its
 * relocator and its errors, as this library takes them.
 *
 *	static struct pvhboot_grub grub;
 *
 *	pvhboot_grub_request(&grub, &request);
 *	status = pvhboot_prepare(file, &request, &options, NULL, &prepared, &diag);
 *	(options.allocator is &pvhboot_grub_allocator)
 *	return pvhboot_grub_report(status, &diag);
 *
 * and to boot:
 *
 *	return pvhboot_grub_boot(&grub, &prepared);
 *
 * In GRUB every place of a plan is a chunk of the relocator. A chunk lies somewhere in free
 * memory, and goes to its address when GRUB is no longer needed. So request.avoid stays empty, and
 * nothing is decoded in the guest.
 *
 * Needs GRUB's own headers, and the modules acpi, linux (for command lines), mmap and relocator.
 * Whoever includes it compiles a part of GRUB: what comes out is under GRUB's licence,
 * GPL-3.0-or-later.
 */
#ifndef PVHBOOT_ADAPT_GRUB_H
#define PVHBOOT_ADAPT_GRUB_H

#include <grub/acpi.h>
#include <grub/err.h>
#include <grub/file.h>
#include <grub/lib/cmdline.h>
#include <grub/memory.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include <grub/i386/relocator.h> /* the one without a path declares no boot functions */
#ifdef GRUB_MACHINE_EFI
#include <grub/efi/efi.h>
#endif

#include "../boot.h"
#include "baremetal.h"

/* Entries of GRUB's memory map that are taken. An EFI machine has up to 200 or so. */
#define PVHBOOT_GRUB_MAX_MAP 512

/* For a line of this library. GRUB's error has room for 255 bytes of it. */
#define PVHBOOT_GRUB_LINE 512

/* All zero at first. Its place in memory may not change while a request or a memory of it is in
 * use. */
struct pvhboot_grub {
	struct grub_relocator *relocator; /* of the last memory; NULL: none */
	size_t n_map;
	struct pvhboot_map_entry map[PVHBOOT_GRUB_MAX_MAP];
};

static inline void *pvhboot_grub_alloc(void *ctx, size_t size)
{
	void *memory = grub_malloc(size);

	(void)ctx;
	grub_errno = GRUB_ERR_NONE; /* the library says itself what it could not get */
	return memory;
}

static inline void pvhboot_grub_release(void *ctx, void *memory)
{
	(void)ctx;
	grub_free(memory);
}

/* GRUB's heap. What grub_malloc() returns is aligned to 16 bytes or more. */
static const struct pvhboot_allocator pvhboot_grub_allocator = {
	NULL, pvhboot_grub_alloc, pvhboot_grub_release, 0
};

/* GRUB's numbers are those of the e820 map, and more: of firmware's code, of holes for devices, of
 * coreboot's tables. What is not known here is not for a kernel. */
static inline uint32_t pvhboot_grub_map_type(grub_memory_type_t type)
{
	switch (type) {
	case GRUB_MEMORY_AVAILABLE:
		return PVHBOOT_MAP_RAM;
	case GRUB_MEMORY_ACPI:
		return PVHBOOT_MAP_ACPI;
	case GRUB_MEMORY_NVS:
		return PVHBOOT_MAP_NVS;
	case GRUB_MEMORY_BADRAM:
		return PVHBOOT_MAP_UNUSABLE;
	case GRUB_MEMORY_PERSISTENT:
		return PVHBOOT_MAP_PMEM;
	default:
		return PVHBOOT_MAP_RESERVED;
	}
}

/* For grub_mmap_iterate(), which stops where this returns 1. */
static inline int pvhboot_grub_map_add(grub_uint64_t gpa, grub_uint64_t size,
				       grub_memory_type_t type, void *data)
{
	struct pvhboot_grub *grub = data;

	if (grub->n_map == PVHBOOT_GRUB_MAX_MAP)
		return 1;
	grub->map[grub->n_map].gpa = gpa;
	grub->map[grub->n_map].size = size;
	grub->map[grub->n_map].type = pvhboot_grub_map_type(type);
	grub->map[grub->n_map].reserved = 0;
	grub->n_map++;
	return 0;
}

/* The address of the ACPI root pointer, or 0. GRUB finds it as its platform has it. */
static inline uint64_t pvhboot_grub_rsdp(void)
{
	const void *rsdp = grub_acpi_get_rsdpv2();

	if (rsdp == NULL)
		rsdp = grub_acpi_get_rsdpv1();
	return (grub_addr_t)rsdp;
}

/*
 * Sets what GRUB knows in a request: map and n_map, rsdp, and PVHBOOT_REQUEST_LOWEST. A kernel that
 * has to move would else go to the highest address, where GRUB's heap lies and chunks can hardly
 * be had. Reads the memory map anew, into *grub, with what the commands cutmem and badram changed.
 * A map of more entries than there is room for is cut: the rest of memory is not used.
 */
static inline void pvhboot_grub_request(struct pvhboot_grub *grub, struct pvhboot_request *request)
{
	grub->n_map = 0;
	grub_mmap_iterate(pvhboot_grub_map_add, grub);
	request->map = grub->map;
	request->n_map = grub->n_map;
	request->rsdp = pvhboot_grub_rsdp();
	request->flags |= PVHBOOT_REQUEST_LOWEST;
}

/* Releases what pvhboot_grub_read() gave, and makes it all zero. Takes one that is so already. */
static inline void pvhboot_grub_drop(struct pvhboot_module *module)
{
	const struct pvhboot_module none = { 0 };

	grub_free((void *)(grub_addr_t)module->bytes.data);
	grub_free((void *)(grub_addr_t)module->cmdline.data);
	*module = none;
}

/* All of a file, as it is: this library unpacks it. Returns 0 or GRUB's error. */
static inline grub_err_t pvhboot_grub_read_bytes(grub_file_t file, const char *name,
						 struct pvhboot_bytes *out)
{
	const grub_off_t size = grub_file_size(file);
	void *data;

	if (size > (grub_off_t)1 << 30)
		return grub_error(GRUB_ERR_OUT_OF_RANGE, "%s is larger than 1 GiB", name);
	data = grub_malloc((grub_size_t)size);
	if (data == NULL)
		return grub_errno;
	out->data = data;
	out->size = (size_t)size;
	if (grub_file_read(file, data, out->size) != (grub_ssize_t)size && grub_errno == 0)
		return grub_error(GRUB_ERR_FILE_READ_ERROR, "%s ends too early", name);
	return grub_errno;
}

/*
 * The arguments of a command, as a module with bytes and cmdline: the name of a file, then words
 * that are joined and quoted as GRUB's command linux does it. GRUB's verifiers see both, as a
 * kernel's where the type is GRUB_FILE_TYPE_LINUX_KERNEL.
 * Returns 0 or GRUB's error; then *out is all zero.
 */
static inline grub_err_t pvhboot_grub_read(int argc, char **argv, enum grub_file_type type,
					   struct pvhboot_module *out)
{
	const struct pvhboot_module none = { 0 };
	const enum grub_verify_string_type line_type = type == GRUB_FILE_TYPE_LINUX_KERNEL ?
							       GRUB_VERIFY_KERNEL_CMDLINE :
							       GRUB_VERIFY_MODULE_CMDLINE;
	grub_file_t file;
	char *line;

	*out = none;
	if (argc < 1)
		return grub_error(GRUB_ERR_BAD_ARGUMENT, "the name of a file is missing");
	file = grub_file_open(argv[0], type | GRUB_FILE_TYPE_NO_DECOMPRESS);
	if (file == NULL)
		return grub_errno;
	if (pvhboot_grub_read_bytes(file, argv[0], &out->bytes) == GRUB_ERR_NONE) {
		grub_size_t size = grub_loader_cmdline_size(argc - 1, argv + 1);

		line = grub_zalloc(size);
		out->cmdline.data = (uint8_t *)line;
		if (line != NULL)
			grub_create_loader_cmdline(argc - 1, argv + 1, line, size, line_type);
		out->cmdline.size = pvhboot_text(line).size;
	}
	grub_file_close(file);
	if (grub_errno != GRUB_ERR_NONE)
		pvhboot_grub_drop(out);
	return grub_errno;
}

/* Gives up the chunks. Takes one that has none. */
static inline void pvhboot_grub_unload(struct pvhboot_grub *grub)
{
	grub_relocator_unload(grub->relocator);
	grub->relocator = NULL;
}

static inline void *pvhboot_grub_chunk(void *ctx, uint64_t gpa, uint64_t size)
{
	struct pvhboot_grub *grub = ctx;
	grub_relocator_chunk_t chunk;

	if (grub->relocator == NULL || gpa != (grub_phys_addr_t)gpa || size != (grub_size_t)size ||
	    grub_relocator_alloc_chunk_addr(grub->relocator, &chunk, gpa, size) !=
		    GRUB_ERR_NONE) {
		grub_errno = GRUB_ERR_NONE;
		return NULL;
	}
	return get_virtual_current_address(chunk);
}

/* Memory for one commit, of a new relocator. Where there is no memory for one, the commit ends
 * in MEMIO. */
static inline struct pvhboot_memory pvhboot_grub_memory(struct pvhboot_grub *grub)
{
	struct pvhboot_memory memory = { 0 };

	pvhboot_grub_unload(grub);
	grub->relocator = grub_relocator_new();
	memory.ctx = grub;
	memory.map = pvhboot_grub_chunk;
	memory.flags = PVHBOOT_MEMORY_ONCE;
	return memory;
}

/*
 * What a command returns after a call of this library. Prints the warnings in *diag and drops them.
 * A failure becomes GRUB's error, with the line of pvhboot_diag_format(): GRUB prints it at the
 * prompt.
 */
static inline grub_err_t pvhboot_grub_report(enum pvhboot_status status, struct pvhboot_diag *diag)
{
	char line[PVHBOOT_GRUB_LINE];
	uint16_t i;

	for (i = 0; i < diag->n_warnings; i++) {
		(void)pvhboot_finding_format(&diag->warnings[i], line, sizeof(line));
		grub_printf("warning: %s\n", line);
	}
	diag->n_warnings = 0;
	if (status == PVHBOOT_OK)
		return GRUB_ERR_NONE;
	(void)pvhboot_diag_format(diag, line, sizeof(line));
	return grub_error(pvhboot_status_is_foreign(status) ? GRUB_ERR_UNKNOWN_OS : GRUB_ERR_BAD_OS,
			  "%s", line);
}

/* One line a place of the plan: its range, without its end, what it is and which. */
static inline void pvhboot_grub_print(const struct pvhboot_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];

		grub_printf("0x%llx-0x%llx %s %u\n", (unsigned long long)place->gpa,
			    (unsigned long long)(place->gpa + place->size),
			    pvhboot_place_kind_name(place->kind), place->index);
	}
}

/*
 * Enters the kernel after the commit, with the registers *cpu. Returns only where that fails,
 * with GRUB's error. On an EFI machine the boot services are ended last: where the relocator
 * fails after that, there is no console to tell it.
 * The relocator enters in 32-bit mode without paging, and knows only some registers. So it enters
 * the block of baremetal.h, in one more chunk, and that enters the kernel.
 */
static inline grub_err_t pvhboot_grub_enter(struct pvhboot_grub *grub,
					    const struct pvhboot_cpu *cpu)
{
	struct grub_relocator32_state state = { 0 };
	const grub_size_t size = sizeof(struct pvhboot_baremetal);
	grub_relocator_chunk_t chunk;
	grub_err_t err;

	/* above page 0, which a kernel may be linked to, and below 4 GiB */
	err = grub_relocator_alloc_chunk_align(grub->relocator, &chunk, 4096,
					       UP_TO_TOP32(size), size, 8,
					       GRUB_RELOCATOR_PREFERENCE_NONE, 0);
	if (err != GRUB_ERR_NONE)
		return err;
	state.edi = (grub_uint32_t)get_physical_target_address(chunk);
	state.eip = state.edi + (grub_uint32_t)offsetof(struct pvhboot_baremetal, code);
	pvhboot_baremetal_prepare(cpu, state.edi, get_virtual_current_address(chunk));
#ifdef GRUB_MACHINE_EFI
	err = grub_efi_finish_boot_services(NULL, NULL, NULL, NULL, NULL);
	if (err != GRUB_ERR_NONE)
		return err;
#endif
	return grub_relocator32_boot(grub->relocator, state, 0);
}

/* Carries the plan out and enters the kernel. Returns only where that fails, with GRUB's error;
 * prepared is then as it was, and this may be tried again. */
static inline grub_err_t pvhboot_grub_boot(struct pvhboot_grub *grub,
					   struct pvhboot_prepared *prepared)
{
	struct pvhboot_memory memory = pvhboot_grub_memory(grub);
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_cpu cpu;
	enum pvhboot_status status;

	status = pvhboot_prepared_commit(prepared, &memory, &diag);
	if (status != PVHBOOT_OK)
		return pvhboot_grub_report(status, &diag);
	pvhboot_plan_cpu(&prepared->plan, &cpu);
	return pvhboot_grub_enter(grub, &cpu);
}

#endif
