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
				 "a command line that starts and ends in the start_info block");
	if (!pvhb_equal(pvhb_slice(c->plan->info, offset, text.size), text.data, text.size) ||
	    pvhb_load8(c->plan->info, offset + text.size) != 0)
		return pvhb_fail_plain(c->diag, PVHBOOT_MALFORMED, at_info(c, at),
				       "the command line that the request has");
	return PVHBOOT_OK;
}

static enum pvhboot_status check_info_map(const struct pvhb_check *c)
{
	uint64_t gpa = LOAD64(c, 0, pvhboot_wire_start_info, memmap_paddr);
	uint32_t n = LOAD32(c, 0, pvhboot_wire_start_info, memmap_entries);
	uint64_t at;
	size_t i;

	if (n != c->plan->n_map)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, pvhb_in_count(at_info(c, 0)), n,
				 c->plan->n_map, "memmap_entries == number of map entries");
	if (!resolve(c, gpa, (uint64_t)n * PVHBOOT_WIRE_MAP_ENTRY_SIZE, &at))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_info(c, 0), gpa, c->plan->info.size,
				 "a map in the start_info block");
	for (i = 0; i < n; i++, at += PVHBOOT_WIRE_MAP_ENTRY_SIZE) {
		if (LOAD64(c, at, pvhboot_wire_map_entry, addr) != c->plan->map[i].gpa ||
		    LOAD64(c, at, pvhboot_wire_map_entry, size) != c->plan->map[i].size ||
		    LOAD32(c, at, pvhboot_wire_map_entry, type) != c->plan->map[i].type ||
		    LOAD32(c, at, pvhboot_wire_map_entry, reserved) != 0)
			return pvhb_fail_plain(c->diag, PVHBOOT_MALFORMED, at_info(c, at),
					       "a block that holds the plan's map");
	}
	return PVHBOOT_OK;
}

/* What the list has to say of module i: its size, and of those that are joined, of all. The
 * places were checked: there is one for each, and these lie behind each other. */
static uint64_t listed_size(const struct pvhb_check *c, size_t i)
{
	const struct pvhboot_place *place = pvhb_check_find(c, PVHBOOT_PLACE_MODULE, i);
	uint64_t size = c->request->modules[i].bytes.size;
	uint64_t start = place->gpa;

	if ((c->request->flags & PVHBOOT_REQUEST_JOIN) == 0)
		return size;
	for (i++; i < c->request->n_modules; i++) {
		if (c->request->modules[i].bytes.size != 0)
			size = pvhb_check_find(c, PVHBOOT_PLACE_MODULE, i)->gpa - start +
			       c->request->modules[i].bytes.size;
	}
	return size;
}

static enum pvhboot_status check_module(const struct pvhb_check *c, uint64_t at, size_t index)
{
	const struct pvhboot_place *place = pvhb_check_find(c, PVHBOOT_PLACE_MODULE, index);
	uint64_t gpa = LOAD64(c, at, pvhboot_wire_module, paddr);
	uint64_t size = LOAD64(c, at, pvhboot_wire_module, size);
	uint64_t text = LOAD64(c, at, pvhboot_wire_module, cmdline_paddr);

	if (gpa != place->gpa)
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_info(c, at), gpa, place->gpa,
				 "a module's address that is the one of its place");
	if (size != listed_size(c, index) || LOAD64(c, at, pvhboot_wire_module, reserved) != 0)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, pvhb_in_bytes(at_info(c, at)), size,
				 listed_size(c, index),
				 "a module's own size, and reserved that is 0");
	return check_text(c, at, text, c->request->modules[index].cmdline);
}

/* How many modules the list has. */
static size_t n_listed(const struct pvhboot_request *request)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < request->n_modules; i++)
		n += request->modules[i].bytes.size != 0;
	return n != 0 && (request->flags & PVHBOOT_REQUEST_JOIN) != 0 ? 1 : n;
}

static enum pvhboot_status check_module_list(const struct pvhb_check *c)
{
	uint64_t gpa = LOAD64(c, 0, pvhboot_wire_start_info, modlist_paddr);
	uint32_t n = LOAD32(c, 0, pvhboot_wire_start_info, nr_modules);
	size_t n_modules = n_listed(c->request);
	uint64_t at;
	size_t i;

	if (n != n_modules)
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, pvhb_in_count(at_info(c, 0)), n,
				 n_modules, "nr_modules == number of modules");
	if (n == 0 && gpa == 0)
		return PVHBOOT_OK;
	if (n == 0 || !resolve(c, gpa, (uint64_t)n * PVHBOOT_WIRE_MODULE_SIZE, &at))
		return pvhb_fail(c->diag, PVHBOOT_RANGE, at_info(c, 0), gpa, c->plan->info.size,
				 "a module list in the block, or an address of 0 without modules");
	for (i = 0; n != 0; i++) {
		enum pvhboot_status status;

		if (c->request->modules[i].bytes.size == 0)
			continue;
		status = check_module(c, at, i);
		if (status != PVHBOOT_OK)
			return status;
		at += PVHBOOT_WIRE_MODULE_SIZE;
		n--;
	}
	return PVHBOOT_OK;
}

/* What the request wants as the address of the RSDP. */
uint64_t pvhb_check_wanted_rsdp(const struct pvhb_check *c)
{
	const struct pvhboot_request *request = c->request;

	if ((request->flags & PVHBOOT_REQUEST_RSDP_IN_BLOB) == 0)
		return request->rsdp;
	return pvhb_check_find(c, PVHBOOT_PLACE_BLOB, request->rsdp_blob)->gpa + request->rsdp;
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
		return pvhb_fail(c->diag, PVHBOOT_MALFORMED, pvhb_in_bytes(at_info(c, 0)),
				 c->plan->info.size, least, "a block that holds a start_info");
	if (LOAD32(c, 0, pvhboot_wire_start_info, magic) != PVHBOOT_WIRE_START_MAGIC ||
	    LOAD32(c, 0, pvhboot_wire_start_info, version) != !is_v0 ||
	    LOAD32(c, 0, pvhboot_wire_start_info, flags) != flags ||
	    (!is_v0 && LOAD32(c, 0, pvhboot_wire_start_info, reserved) != 0) ||
	    LOAD64(c, 0, pvhboot_wire_start_info, rsdp_paddr) != pvhb_check_wanted_rsdp(c))
		return pvhb_fail_plain(
			c->diag, PVHBOOT_MALFORMED, at_info(c, 0),
			"magic, version, flags, reserved 0 and the rsdp that the request has");
	text = LOAD64(c, 0, pvhboot_wire_start_info, cmdline_paddr);
	status = check_text(c, 0, text, c->request->cmdline);
	if (status == PVHBOOT_OK && !is_v0)
		status = check_info_map(c);
	return status == PVHBOOT_OK ? check_module_list(c) : status;
}
