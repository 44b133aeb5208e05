/* SPDX-License-Identifier: MIT */
/*
 * Nothing here is trusted: a wrong number would make us overwrite what it
 * should have protected, and that shows up much later and far away.
 */

#include "handover.h"

#include "physical.h"
#include "report.h"

void handover_add_memory(struct handover *out, uint64_t start, uint64_t size, uint32_t type)
{
	if (size == 0)
		return;
	if (size > UINT64_MAX - start)
		fail_rule_at("memory map: entry", out->n_map, "length <= 2^64 - 1 - base address",
			     size, UINT64_MAX - start);
	if (out->n_map == HANDOVER_MAX_MAP)
		fail_rule("memory map", "number of entries <= limit of this loader", out->n_map + 1,
			  HANDOVER_MAX_MAP);
	out->map[out->n_map++] = (struct pvhboot_map_entry){
		.gpa = start,
		.size = size,
		.type = type,
	};
}

void handover_add_module(struct handover *out, struct pvhboot_range range, const char *cmdline)
{
	if (out->n_modules == HANDOVER_MAX_MODULES)
		fail_rule("modules", "number of modules <= limit of this loader",
			  out->n_modules + 1, HANDOVER_MAX_MODULES);
	if (range.start > range.end)
		fail_rule_at("module", out->n_modules, "start <= end", range.start, range.end);
	if (range.end > PHYSICAL_END)
		fail_rule_at("module", out->n_modules, "end <= 16 GiB", range.end, PHYSICAL_END);
	out->modules[out->n_modules++] = (struct handover_module){ range, cmdline };
}

void handover_no_room_for_text(void)
{
	fail_rule("strings", "bytes of all strings <= limit of this loader", HANDOVER_MAX_TEXT + 1,
		  HANDOVER_MAX_TEXT);
}
