/* SPDX-License-Identifier: MIT */
/* The start_info block of a plan, read back as a guest reads it. */

#include <pvhboot/wire/start_info.h>

#include "../../base/span.h"
#include "../../entry/info.h"
#include "checking.h"

static struct pvhb_at at_info(const struct pvhb_check *c, uint64_t offset)
{
	return pvhb_at_offset(PVHBOOT_STAGE_PLAN, PVHBOOT_SUBJECT_INFO,
			      c->plan->start_info + offset);
}

size_t pvhb_check_n_modules(const struct pvhboot_request *request)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < request->n_modules; i++)
		n += request->modules[i].bytes.size != 0;
	return n;
}

#define LOAD32(c, base, struct_name, member)                                                       \
	pvhb_load32((c)->plan->info, (base) + offsetof(struct struct_name, member))
#define LOAD64(c, base, struct_name, member)                                                       \
	pvhb_load64((c)->plan->info, (base) + offsetof(struct struct_name, member))

/* Turns an address in the block into an offset; false when size bytes at it do
 * not lie in the block. */
static bool resolve(const struct pvhb_check *c, uint64_t gpa, uint64_t size, uint64_t *offset)
{
	*offset = gpa - c->plan->start_info;
	return gpa >= c->plan->start_info && pvhb_within(c->plan->info.size, *offset, size);
}

/* A command line in the block; at is where its address stands. */
static enum pvhboot_status check_text(const struct pvhb_check *c, uint64_t at, uint64_t gpa,
				      struct pvhboot_bytes text)
{
	uint64_t offset;

	if (!resolve(c, gpa, (uint64_t)text.size + 1, &offset))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_info(c, at), gpa,
				 c->plan->start_info + c->plan->info.size,
				 "a command line starts and ends in the start_info block");
	if (!pvhb_equal(pvhb_slice(c->plan->info, offset, text.size), text.data, text.size) ||
	    pvhb_load8(c->plan->info, offset + text.size) != 0)
		return pvhb_fail_plain(c->diag, PVHBOOT_MALFORMED, at_info(c, at),
				       "a command line is the one that the request has");
	return PVHBOOT_OK;
}

static enum pvhboot_status check_info_map(const struct pvhb_check *c)
{
	uint64_t gpa = LOAD64(c, 0, pvhboot_wire_start_info, memmap_paddr);
	uint32_t n = LOAD32(c, 0, pvhboot_wire_start_info, memmap_entries);
	uint64_t at;
	size_t i;

	if (n != c->plan->n_map)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_info(c, 0), n, c->plan->n_map,
				 "memmap_entries is the number of map entries");
	if (!resolve(c, gpa, (uint64_t)n * PVHBOOT_WIRE_MAP_ENTRY_SIZE, &at))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_info(c, 0), gpa, c->plan->info.size,
				 "the map lies in the start_info block");
	for (i = 0; i < n; i++, at += PVHBOOT_WIRE_MAP_ENTRY_SIZE) {
		if (LOAD64(c, at, pvhboot_wire_map_entry, addr) != c->plan->map[i].gpa ||
		    LOAD64(c, at, pvhboot_wire_map_entry, size) != c->plan->map[i].size ||
		    LOAD32(c, at, pvhboot_wire_map_entry, type) != c->plan->map[i].type ||
		    LOAD32(c, at, pvhboot_wire_map_entry, reserved) != 0)
			return pvhb_fail_plain(c->diag, PVHBOOT_MALFORMED, at_info(c, at),
					       "the block holds the plan's map");
	}
	return PVHBOOT_OK;
}

static bool is_module_at(const struct pvhb_check *c, uint64_t gpa, size_t index)
{
	size_t i;

	for (i = 0; i < c->plan->n_places; i++) {
		const struct pvhboot_place *place = &c->plan->places[i];

		if (place->gpa == gpa)
			return place->kind == PVHBOOT_PLACE_MODULE && place->index == index;
	}
	return false;
}

static enum pvhboot_status check_module(const struct pvhb_check *c, uint64_t at, size_t index)
{
	const struct pvhboot_module *module = &c->request->modules[index];
	uint64_t gpa = LOAD64(c, at, pvhboot_wire_module, paddr);
	uint64_t size = LOAD64(c, at, pvhboot_wire_module, size);
	uint64_t text = LOAD64(c, at, pvhboot_wire_module, cmdline_paddr);

	if (!is_module_at(c, gpa, index))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_info(c, at), gpa, index,
				 "a module's address is that of its place");
	if (size != module->bytes.size || LOAD64(c, at, pvhboot_wire_module, reserved) != 0)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_info(c, at), size,
				 module->bytes.size, "a module has its size, and reserved is 0");
	return check_text(c, at, text, module->cmdline);
}

static enum pvhboot_status check_module_list(const struct pvhb_check *c)
{
	uint64_t gpa = LOAD64(c, 0, pvhboot_wire_start_info, modlist_paddr);
	uint32_t n = LOAD32(c, 0, pvhboot_wire_start_info, nr_modules);
	size_t n_modules = pvhb_check_n_modules(c->request);
	uint64_t at;
	size_t i;

	if (n != n_modules)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_info(c, 0), n, n_modules,
				 "nr_modules is the number of modules");
	if (n == 0 && gpa == 0)
		return PVHBOOT_OK;
	if (n == 0 || !resolve(c, gpa, (uint64_t)n * PVHBOOT_WIRE_MODULE_SIZE, &at))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_info(c, 0), gpa, c->plan->info.size,
				 "the module list lies in the block, or is 0 without modules");
	for (i = 0; i < c->request->n_modules; i++) {
		enum pvhboot_status status;

		if (c->request->modules[i].bytes.size == 0)
			continue;
		status = check_module(c, at, i);
		if (status != PVHBOOT_OK)
			return status;
		at += PVHBOOT_WIRE_MODULE_SIZE;
	}
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_check_info(const struct pvhb_check *c)
{
	bool is_v0 = (c->request->flags & PVHBOOT_REQUEST_VERSION_0) != 0;
	bool is_dom0 = (c->request->flags & PVHBOOT_REQUEST_DOM0) != 0;
	uint32_t flags = is_dom0 ? PVHBOOT_WIRE_SIF_PRIVILEGED | PVHBOOT_WIRE_SIF_INITDOMAIN : 0;
	size_t least = is_v0 ? PVHBOOT_WIRE_START_INFO_SIZE_0 : PVHBOOT_WIRE_START_INFO_SIZE;
	uint64_t text;
	enum pvhboot_status status;

	if (c->plan->info.size < least)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, at_info(c, 0), c->plan->info.size,
				 least, "the block holds a start_info");
	if (LOAD32(c, 0, pvhboot_wire_start_info, magic) != PVHBOOT_WIRE_START_MAGIC ||
	    LOAD32(c, 0, pvhboot_wire_start_info, version) != !is_v0 ||
	    LOAD32(c, 0, pvhboot_wire_start_info, flags) != flags ||
	    (!is_v0 && LOAD32(c, 0, pvhboot_wire_start_info, reserved) != 0) ||
	    LOAD64(c, 0, pvhboot_wire_start_info, rsdp_paddr) != c->request->rsdp)
		return pvhb_fail_plain(c->diag, PVHBOOT_MALFORMED, at_info(c, 0),
				       "magic, version, flags, reserved 0 and the rsdp");
	text = LOAD64(c, 0, pvhboot_wire_start_info, cmdline_paddr);
	status = check_text(c, 0, text, c->request->cmdline);
	if (status == PVHBOOT_OK && !is_v0)
		status = check_info_map(c);
	return status == PVHBOOT_OK ? check_module_list(c) : status;
}
