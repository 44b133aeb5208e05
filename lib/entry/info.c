/* SPDX-License-Identifier: MIT */
#include "info.h"

#include <pvhboot/wire/start_info.h>

#include "../base/span.h"

_Static_assert(sizeof(struct pvhboot_wire_start_info) == PVHBOOT_WIRE_START_INFO_SIZE,
	       "as start_info.h");
_Static_assert(sizeof(struct pvhboot_wire_module) == PVHBOOT_WIRE_MODULE_SIZE, "as start_info.h");
_Static_assert(sizeof(struct pvhboot_wire_map_entry) == PVHBOOT_WIRE_MAP_ENTRY_SIZE,
	       "as start_info.h");

#define INITRAMFS_ALIGN 4 /* of each part of a joined module: buffer-format.rst of Linux */

uint64_t pvhb_info_part_size(const struct pvhboot_request *request, size_t i)
{
	uint64_t size = request->modules[i].bytes.size;

	/* of joined modules it was checked that the sum does not wrap */
	if (request->flags & PVHBOOT_REQUEST_JOIN)
		size = (size + INITRAMFS_ALIGN - 1) & ~(uint64_t)(INITRAMFS_ALIGN - 1);
	return size;
}

/* Makes a module of the list out of module i and, where they are joined, all behind it. */
static void list_module(const struct pvhboot_request *request, size_t i, struct pvhb_listed *out)
{
	const struct pvhboot_module *first = &request->modules[i];
	uint64_t end = 0; /* of the last part, with its zeros */

	*out = (struct pvhb_listed){
		.next = i + 1,
		.index = i,
		.gpa = first->gpa,
		.size = first->bytes.size,
		.align = first->align,
		.cmdline = first->cmdline,
	};
	if ((request->flags & PVHBOOT_REQUEST_JOIN) == 0)
		return;
	for (; i < request->n_modules; i++) {
		if (request->modules[i].bytes.size != 0)
			out->size = end + request->modules[i].bytes.size;
		end += pvhb_info_part_size(request, i);
	}
	out->next = request->n_modules;
}

bool pvhb_info_next_module(const struct pvhboot_request *request, struct pvhb_listed *listed)
{
	size_t i;

	for (i = listed->next; i < request->n_modules; i++) {
		if (request->modules[i].bytes.size != 0) {
			list_module(request, i, listed);
			return true;
		}
	}
	return false;
}

bool pvhb_info_lay_out(const struct pvhboot_request *request, size_t n_map,
		       struct pvhb_info_layout *out)
{
	struct pvhb_info_layout layout = { .version = 1,
					   .map = PVHBOOT_WIRE_START_INFO_SIZE,
					   .n_map = n_map };
	struct pvhb_listed module = { .next = 0 };
	uint64_t texts = 0;

	if (request->flags & PVHBOOT_REQUEST_VERSION_0) {
		layout.version = 0;
		layout.map = PVHBOOT_WIRE_START_INFO_SIZE_0;
		layout.n_map = 0;
	}
	if (request->flags & PVHBOOT_REQUEST_DOM0)
		layout.flags = PVHBOOT_WIRE_SIF_PRIVILEGED | PVHBOOT_WIRE_SIF_INITDOMAIN;
	while (pvhb_info_next_module(request, &module)) {
		layout.n_modules++;
		if (module.cmdline.size != 0 &&
		    !pvhb_add(texts, (uint64_t)module.cmdline.size + 1, &texts))
			return false;
	}
	/* both counts have 32 bits: the products and the first two sums cannot wrap */
	layout.modules = layout.map + (uint64_t)layout.n_map * PVHBOOT_WIRE_MAP_ENTRY_SIZE;
	layout.cmdline = layout.modules + (uint64_t)layout.n_modules * PVHBOOT_WIRE_MODULE_SIZE;
	if (!pvhb_add(layout.cmdline, (uint64_t)request->cmdline.size + 1, &layout.size) ||
	    !pvhb_add(layout.size, texts, &layout.size))
		return false;
	*out = layout;
	return true;
}

#define STORE32(to, struct_name, member, value)                                                    \
	pvhb_store32((to) + offsetof(struct struct_name, member), value)
#define STORE64(to, struct_name, member, value)                                                    \
	pvhb_store64((to) + offsetof(struct struct_name, member), value)

static void write_start_info(const struct pvhb_info_layout *layout, uint64_t rsdp, uint64_t gpa,
			     uint8_t *to)
{
	STORE32(to, pvhboot_wire_start_info, magic, PVHBOOT_WIRE_START_MAGIC);
	STORE32(to, pvhboot_wire_start_info, version, layout->version);
	STORE32(to, pvhboot_wire_start_info, flags, layout->flags);
	STORE32(to, pvhboot_wire_start_info, nr_modules, (uint32_t)layout->n_modules);
	/* FreeBSD reads the list whenever its address is not 0 */
	STORE64(to, pvhboot_wire_start_info, modlist_paddr,
		layout->n_modules != 0 ? gpa + layout->modules : 0);
	STORE64(to, pvhboot_wire_start_info, cmdline_paddr, gpa + layout->cmdline);
	STORE64(to, pvhboot_wire_start_info, rsdp_paddr, rsdp);
	if (layout->version == 0)
		return;
	STORE64(to, pvhboot_wire_start_info, memmap_paddr, gpa + layout->map);
	STORE32(to, pvhboot_wire_start_info, memmap_entries, (uint32_t)layout->n_map);
	STORE32(to, pvhboot_wire_start_info, reserved, 0);
}

static void write_map(const struct pvhboot_map_entry *map, size_t n, uint8_t *to)
{
	size_t i;

	for (i = 0; i < n; i++, to += PVHBOOT_WIRE_MAP_ENTRY_SIZE) {
		STORE64(to, pvhboot_wire_map_entry, addr, map[i].gpa);
		STORE64(to, pvhboot_wire_map_entry, size, map[i].size);
		STORE32(to, pvhboot_wire_map_entry, type, map[i].type);
		STORE32(to, pvhboot_wire_map_entry, reserved, 0);
	}
}

static void write_text(struct pvhboot_bytes text, uint8_t *to)
{
	if (text.size != 0)
		memcpy(to, text.data, text.size);
	to[text.size] = 0;
}

/* Writes the module list, and the command lines behind the kernel's. GRUB and
 * FreeBSD follow a command line's address without asking whether it is 0, so one
 * that is empty points to the NUL of the kernel's. */
static void write_modules(const struct pvhb_info_layout *layout,
			  const struct pvhboot_request *request, const uint64_t *modules_at,
			  uint64_t gpa, uint8_t *block)
{
	uint64_t empty = layout->cmdline + request->cmdline.size;
	uint64_t next = empty + 1;
	struct pvhb_listed module = { .next = 0 };
	uint8_t *to = block + layout->modules;

	for (; pvhb_info_next_module(request, &module); to += PVHBOOT_WIRE_MODULE_SIZE) {
		uint64_t cmdline = empty;

		if (module.cmdline.size != 0) {
			cmdline = next;
			write_text(module.cmdline, block + cmdline);
			next += (uint64_t)module.cmdline.size + 1;
		}
		STORE64(to, pvhboot_wire_module, paddr, modules_at[module.index]);
		STORE64(to, pvhboot_wire_module, size, module.size);
		STORE64(to, pvhboot_wire_module, cmdline_paddr, gpa + cmdline);
		STORE64(to, pvhboot_wire_module, reserved, 0);
	}
}

void pvhb_info_write(const struct pvhb_info_layout *layout, const struct pvhboot_request *request,
		     const struct pvhboot_map_entry *map, const uint64_t *modules_at, uint64_t rsdp,
		     uint64_t gpa, uint8_t *block)
{
	write_start_info(layout, rsdp, gpa, block);
	write_map(map, layout->n_map, block + layout->map);
	write_text(request->cmdline, block + layout->cmdline);
	write_modules(layout, request, modules_at, gpa, block);
}
