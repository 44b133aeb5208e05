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
	//@ loop invariant i <= request->n_modules; loop assigns i, end, out->size;
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

	//@ loop invariant listed->next <= i; loop assigns i;
	for (i = listed->next; i < request->n_modules; i++) {
		if (request->modules[i].bytes.size != 0) {
			list_module(request, i, listed);
			return true;
		}
	}
	return false;
}

/* How many modules the list has, and the bytes of their command lines, each with a NUL. False
 * where these do not fit in 64 bits. */
static bool add_up(const struct pvhboot_request *request, size_t *n_modules, uint64_t *texts)
{
	struct pvhb_listed module = { .next = 0 };
	uint64_t size = 0;
	size_t n = 0;

	//@ loop invariant n <= module.next <= request->n_modules; loop assigns n, module, size;
	while (pvhb_info_next_module(request, &module)) {
		n++;
		if (module.cmdline.size != 0 &&
		    !pvhb_add(size, (uint64_t)module.cmdline.size + 1, &size))
			return false;
	}
	*n_modules = n;
	*texts = size;
	return true;
}

bool pvhb_info_lay_out(const struct pvhboot_request *request, size_t n_map,
		       struct pvhb_info_layout *out)
{
	bool has_map = (request->flags & PVHBOOT_REQUEST_VERSION_0) == 0;
	uint64_t map = has_map ? PVHBOOT_WIRE_START_INFO_SIZE : PVHBOOT_WIRE_START_INFO_SIZE_0;
	uint64_t modules, cmdline, size, texts;
	size_t n_modules;

	if (!has_map)
		n_map = 0;
	if (!add_up(request, &n_modules, &texts))
		return false;
	/* both counts have 32 bits: the products and the first two sums cannot wrap */
	modules = map + (uint64_t)n_map * PVHBOOT_WIRE_MAP_ENTRY_SIZE;
	cmdline = modules + (uint64_t)n_modules * PVHBOOT_WIRE_MODULE_SIZE;
	if (!pvhb_add(cmdline, (uint64_t)request->cmdline.size + 1, &size) ||
	    !pvhb_add(size, texts, &size))
		return false;
	*out = (struct pvhb_info_layout){
		.version = has_map ? 1 : 0,
		.flags = request->flags & PVHBOOT_REQUEST_DOM0 ?
				 PVHBOOT_WIRE_SIF_PRIVILEGED | PVHBOOT_WIRE_SIF_INITDOMAIN :
				 0,
		.map = map,
		.modules = modules,
		.cmdline = cmdline,
		.size = size,
		.n_map = n_map,
		.n_modules = n_modules,
	};
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

	//@ loop invariant i <= n && to == AT_ENTRY(i); loop assigns i, to, ALL_ENTRIES;
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
