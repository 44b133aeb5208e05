/* SPDX-License-Identifier: MIT */
/* The entry state. Source of every value: docs/misc/pvh.pandoc. */

#include <pvhboot/cpu.h>

void pvhboot_plan_cpu(const struct pvhboot_plan *plan, struct pvhboot_cpu *out)
{
	static const struct pvhboot_cpu_segment code = { 0, 0xffffffff, 0, 0xc9b };
	static const struct pvhboot_cpu_segment data = { 0, 0xffffffff, 0, 0xc93 };
	static const struct pvhboot_cpu_segment task = { 0, 0x67, 0, 0x8b };

	*out = (struct pvhboot_cpu){
		.eip = (uint32_t)plan->entry,
		.ebx = (uint32_t)plan->start_info,
		.eflags = 0x2, /* bit 1 is always set; IF, TF and VM are clear */
		.cr0 = 0x11,   /* PE; ET cannot be cleared */
		.cr4 = 0,
		.efer = 0,
		.cs = code,
		.data = data,
		.tr = task,
	};
}

const char *pvhboot_entry_name(enum pvhboot_entry_kind kind)
{
	switch (kind) {
	case PVHBOOT_ENTRY_AUTO:
		return "auto";
	case PVHBOOT_ENTRY_PVH:
		return "pvh";
	}
	return "?";
}
