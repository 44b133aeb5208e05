/* SPDX-License-Identifier: MIT */
/*
 * From the start_info of a PVH host to an EFI image: module 0 is the image, those behind it are
 * its initrds. Or module 0 is an archive of the image and initrds (pack.h).
 * Source: xen/include/public/arch-x86/hvm/start_info.h.
 */

#include <stddef.h>

#include <pvhboot/efi.h>
#include <pvhboot/plan.h>
#include <pvhboot/wire/start_info.h>

#include "../../base/env.h"
#include "console.h"
#include "fault.h"
#include "files.h"
#include "image.h"
#include "memory.h"
#include "options.h"
#include "pack.h"
#include "paging.h"
#include "port.h"
#include "runtime.h"
#include "tables.h"

/* Bits of RT_PROPERTIES (UEFI 2.10, 4.6.2). */
#define RT_GET_TIME 0x1u
#define RT_SET_VIRTUAL_ADDRESS_MAP 0x80u
#define RT_RESET_SYSTEM 0x400u

/* Linker symbols: all of this program. */
extern uint8_t efi_start[], efi_end_of_program[];

_Noreturn void efi_main(uint64_t gpa);

static _Noreturn void refuse(const char *rule, uint64_t found, uint64_t bound)
{
	(void)console_refuse(rule, found, bound);
	efi_end();
}

/* An address of 0 is none: NULL. */
static const void *at(uint64_t gpa)
{
	return (const void *)(uintptr_t)gpa;
}

/* ---- The machine -------------------------------------------------------------------- */

#define XEN_EBX 0x566e6558u /* "XenVMMXenVMM" */
#define XEN_ECX 0x65584d4du
#define XEN_EDX 0x4d4d566eu
#define VENDOR_EBX_AMD 0x68747541u /* "Auth" */
#define VENDOR_EBX_HYGON 0x6f677948u

/* xen/include/public/arch-x86/cpuid.h: other interfaces may come first. */
static bool is_xen(void)
{
	uint32_t leaf;

	for (leaf = 0x40000000; leaf < 0x40010000; leaf += 0x100) {
		struct cpuid r = cpuid(leaf);

		if (((r.ebx ^ XEN_EBX) | (r.ecx ^ XEN_ECX) | (r.edx ^ XEN_EDX)) == 0)
			return true;
	}
	return false;
}

static enum efi_hypercall hypercall(void)
{
	uint32_t vendor;

	if (!is_xen())
		return EFI_NO_HYPERCALL;
	vendor = cpuid(0).ebx;
	return vendor == VENDOR_EBX_AMD || vendor == VENDOR_EBX_HYGON ? EFI_VMMCALL : EFI_VMCALL;
}

/* ---- Memory --------------------------------------------------------------------------- */

static uint32_t type_of(uint32_t map_type)
{
	switch (map_type) {
	case PVHBOOT_MAP_RAM:
		return EFI_CONVENTIONAL;
	case PVHBOOT_MAP_ACPI:
		return EFI_ACPI_RECLAIM;
	case PVHBOOT_MAP_NVS:
		return EFI_ACPI_NVS;
	case PVHBOOT_MAP_UNUSABLE:
		return EFI_UNUSABLE;
	case PVHBOOT_MAP_PMEM:
		return EFI_PERSISTENT;
	default:
		return EFI_RESERVED;
	}
}

static void set(uint64_t start, uint64_t end, uint32_t type, bool is_ram)
{
	if (!efi_regions_set(&efi_memory, start, end, type, is_ram))
		efi_end();
}

/* Takes out of the free memory what lies in a range, with the pages around it. */
static void keep(uint64_t gpa, uint64_t size, uint32_t type)
{
	uint64_t start = gpa & ~(EFI_PAGE_SIZE - 1);
	uint64_t end = (gpa + size + EFI_PAGE_SIZE - 1) & ~(EFI_PAGE_SIZE - 1);

	if (size != 0 && !efi_regions_keep(&efi_memory, start, end, type))
		efi_end();
}

/* Of RAM whole pages are taken, of everything else all pages that it touches; so RAM comes first.
 * Returns where memory ends. */
static uint64_t read_map(const struct pvhboot_wire_start_info *info)
{
	const struct pvhboot_wire_map_entry *map = at(info->memmap_paddr);
	uint64_t end = 0;
	uint32_t pass, i;

	if (info->version < 1 || info->memmap_entries == 0)
		refuse("a start_info with a memory map", info->version, 1);
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < info->memmap_entries; i++) {
			uint64_t start = map[i].addr;
			uint64_t behind = start + map[i].size;
			uint32_t type = type_of(map[i].type);
			bool is_ram = type == EFI_CONVENTIONAL;
			uint64_t grow = is_ram ? 0 : EFI_PAGE_SIZE - 1;

			if ((pass == 0) != is_ram || behind < start)
				continue;
			start = (start + (EFI_PAGE_SIZE - 1 - grow)) & ~(EFI_PAGE_SIZE - 1);
			behind = (behind + grow) & ~(EFI_PAGE_SIZE - 1);
			set(start, behind, type, is_ram);
			if (is_ram && behind > end)
				end = behind;
		}
	}
	return end;
}

static uint64_t length_of(const char *text)
{
	uint64_t n = 0;

	while (text[n] != '\0')
		n++;
	return n;
}

/* This program, and all that the host has handed over. Page 0 is kept: 0 is no address. */
static void keep_all(const struct pvhboot_wire_start_info *info, uint64_t gpa)
{
	const struct pvhboot_wire_module *modules = at(info->modlist_paddr);
	uint32_t i;

	keep(0, 1, EFI_BOOT_SERVICES_CODE);
	keep((uintptr_t)efi_start, (uintptr_t)efi_end_of_program - (uintptr_t)efi_start,
	     EFI_BOOT_SERVICES_CODE);
	set((uintptr_t)efi_runtime_code, (uintptr_t)efi_runtime_code_end, EFI_RUNTIME_SERVICES_CODE,
	    true);
	set((uintptr_t)efi_runtime_data, (uintptr_t)efi_runtime_data_end, EFI_RUNTIME_SERVICES_DATA,
	    true);
	keep(gpa, sizeof(*info), EFI_BOOT_SERVICES_DATA);
	keep(info->memmap_paddr,
	     (uint64_t)info->memmap_entries * sizeof(struct pvhboot_wire_map_entry),
	     EFI_BOOT_SERVICES_DATA);
	if (info->cmdline_paddr != 0)
		keep(info->cmdline_paddr, length_of(at(info->cmdline_paddr)) + 1,
		     EFI_BOOT_SERVICES_DATA);
	keep(info->modlist_paddr, (uint64_t)info->nr_modules * sizeof(*modules),
	     EFI_BOOT_SERVICES_DATA);
	for (i = 0; i < info->nr_modules; i++)
		keep(modules[i].paddr, modules[i].size, EFI_BOOT_SERVICES_DATA);
}

/* ---- The image ------------------------------------------------------------------------ */

/* The command line as LoadOptions: UTF-16 with a NUL, of what was not for us. */
static uint16_t *make_load_options(const char *cmdline, struct efi_options *options, uint32_t *size)
{
	uint64_t length = length_of(cmdline);
	const char *word, *rest;
	uint16_t *out, *end;

	if (length > PVHBOOT_EFI_MAX_CMDLINE)
		refuse("a command line that is not longer", length, PVHBOOT_EFI_MAX_CMDLINE);
	if (efi_allocate_pool(EFI_LOADER_DATA, 2 * (length + 1), (void **)&out) != EFI_SUCCESS)
		refuse("free memory for the command line", length, PVHBOOT_EFI_MAX_CMDLINE);
	word = efi_options_read(cmdline, options, &rest);
	end = efi_options_widen(cmdline, word, out);
	end = efi_options_widen(rest, cmdline + length, end);
	*end = 0;
	*size = (uint32_t)((uintptr_t)(end + 1) - (uintptr_t)out);
	return out;
}

/* The image, and the initrds: what is packed in module 0 goes before other modules. */
static void take_modules(const struct pvhboot_wire_module *modules, uint32_t n_modules)
{
	const struct pvhboot_bytes first = { at(modules[0].paddr), modules[0].size };
	uint32_t i = 0;

	if (efi_pack_is(first)) {
		if (!efi_pack_read(first))
			efi_end();
		i = 1;
	}
	for (; i < n_modules; i++) {
		if (!efi_part_add(at(modules[i].paddr), modules[i].size))
			efi_end();
	}
}

static uint32_t offered_services(void)
{
	uint32_t services = RT_SET_VIRTUAL_ADDRESS_MAP;

	if (efi_reset.has_clock)
		services |= RT_GET_TIME;

	/* Linux switches a machine with hardware-reduced ACPI off by it: it has to work then */
	if (efi_reset.hypercall != EFI_NO_HYPERCALL || efi_reset.poweroff.port != 0 ||
	    efi_reset.reset.port != 0)
		services |= RT_RESET_SYSTEM;
	return services;
}

void efi_main(uint64_t gpa)
{
	const struct pvhboot_wire_start_info *info = at(gpa);
	struct efi_options options;
	uint32_t options_size;
	uint16_t *load_options;
	efi_handle image;
	uint64_t end;

	efi_reset.hypercall = hypercall();
	console_open(efi_reset.hypercall != EFI_NO_HYPERCALL);
	efi_fault_setup();
	if (info->magic != PVHBOOT_WIRE_START_MAGIC)
		refuse("a start_info", info->magic, PVHBOOT_WIRE_START_MAGIC);
	end = read_map(info);
	keep_all(info, gpa);
	if (!efi_paging_extend(end))
		refuse("free memory for page tables, below 2^47", end, (uint64_t)1 << 47);
	if (info->nr_modules == 0)
		refuse("an EFI image as the first module", 0, 1);
	load_options = make_load_options(info->cmdline_paddr != 0 ? at(info->cmdline_paddr) : "",
					 &options, &options_size);
	console_logs = options.log;
	if (options.unknown != NULL)
		console_print(
			"expected log, reset=, poweroff= or smbios= behind pvhboot.efi=, found "
			"\"%s\"",
			options.unknown);
	efi_reset.reset = options.reset;
	efi_reset.poweroff = options.poweroff;
	efi_reset.has_clock = efi_has_clock();
	take_modules(at(info->modlist_paddr), info->nr_modules);
	efi_tables_setup(at(info->rsdp_paddr), at(options.smbios), offered_services());
	efi_files_setup();
	if (efi_image_load(efi_parts[0].data, efi_parts[0].size, NULL, load_options, options_size,
			   &image) != EFI_SUCCESS)
		efi_end();
	console_print("the image has ended with status %x", efi_start_image(image, NULL, NULL));
	efi_end();
}
