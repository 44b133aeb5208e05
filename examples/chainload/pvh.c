/* SPDX-License-Identifier: MIT */

#include "pvh.h"

#include <pvhboot/start.h>

#include "physical.h"

static enum pvhboot_status read_text(const struct pvhboot_start *start, uint64_t address,
				     struct handover *out, const char **text,
				     struct pvhboot_diag *diag)
{
	struct pvhboot_buffer room = {
		(uint8_t *)out->text + out->n_text,
		sizeof(out->text) - out->n_text,
	};
	enum pvhboot_status status;
	size_t size;

	*text = "";
	status = pvhboot_start_text(start, address, room, &size, diag);
	if (status == PVHBOOT_NOSPACE)
		handover_no_room_for_text();
	if (status != PVHBOOT_OK || size == 0)
		return status;
	*text = (const char *)room.data;
	out->n_text += size;
	return PVHBOOT_OK;
}

static enum pvhboot_status read_map(const struct pvhboot_start *start, struct handover *out,
				    struct pvhboot_diag *diag)
{
	uint32_t i;

	for (i = 0; i < start->n_map; i++) {
		struct pvhboot_map_entry entry;
		enum pvhboot_status status = pvhboot_start_map_entry(start, i, &entry, diag);

		if (status != PVHBOOT_OK)
			return status;
		/* what a later version may add is certainly not RAM */
		if (entry.type < PVHBOOT_MAP_RAM || entry.type > PVHBOOT_MAP_PMEM)
			entry.type = PVHBOOT_MAP_RESERVED;
		handover_add_memory(out, entry.gpa, entry.size, entry.type);
	}
	return PVHBOOT_OK;
}

static enum pvhboot_status read_modules(const struct pvhboot_start *start, struct handover *out,
					struct pvhboot_diag *diag)
{
	uint32_t i;

	for (i = 0; i < start->n_modules; i++) {
		struct pvhboot_listed_module module;
		enum pvhboot_status status = pvhboot_start_module(start, i, &module, diag);
		const char *cmdline;

		if (status == PVHBOOT_OK)
			status = read_text(start, module.cmdline, out, &cmdline, diag);
		if (status != PVHBOOT_OK)
			return status;
		handover_add_module(out,
				    (struct pvhboot_range){ module.gpa, module.gpa + module.size },
				    cmdline);
	}
	return PVHBOOT_OK;
}

enum pvhboot_status pvh_read(uint32_t start_info, struct handover *out, struct pvhboot_diag *diag)
{
	struct pvhboot_start start;
	enum pvhboot_status status;

	status = pvhboot_start_read(&physical_memory, start_info, &start, diag);
	if (status != PVHBOOT_OK)
		return status;
	out->rsdp = start.rsdp;
	status = read_text(&start, start.cmdline, out, &out->cmdline, diag);
	if (status == PVHBOOT_OK)
		status = read_map(&start, out, diag);
	if (status == PVHBOOT_OK)
		status = read_modules(&start, out, diag);
	return status;
}
