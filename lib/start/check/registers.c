/* SPDX-License-Identifier: MIT */
/* The registers of the entry: docs/misc/pvh.pandoc. */

#include <pvhboot/cpu.h>

#include "checking.h"

#define EFLAGS_TF 0x100u
#define EFLAGS_IF 0x200u
#define EFLAGS_VM 0x20000u
#define CR0_PE 1u
#define CR0_ET 0x10u
#define ACCESSED_AVL 0x101u /* of pvhboot_cpu_segment.access */

struct segment_rules {
	const char *base;
	const char *limit;
	const char *access;
};

static const struct segment_rules cs_rules = {
	"cs to have base 0",
	"cs to have limit 0xffffffff",
	"cs to be 32-bit code that can be read",
};
static const struct segment_rules data_rules = {
	"ds and es to have base 0",
	"ds and es to have limit 0xffffffff",
	"ds and es to be 32-bit data that can be written",
};
static const struct segment_rules tr_rules = {
	"tr to have base 0",
	"tr to have limit 0x67",
	"tr to be a busy 32-bit TSS",
};

static void error(struct pvhb_start_checking *c, uint64_t found, uint64_t wanted, const char *rule)
{
	pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR,
			 pvhb_at(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_REGISTERS), found, wanted,
			 rule);
}

static void check_segment(struct pvhb_start_checking *c, const struct pvhboot_cpu_segment *segment,
			  const struct pvhboot_cpu_segment *wanted,
			  const struct segment_rules *rules)
{
	if (segment->base != wanted->base)
		error(c, segment->base, wanted->base, rules->base);
	if (segment->limit != wanted->limit)
		error(c, segment->limit, wanted->limit, rules->limit);
	if ((segment->access | ACCESSED_AVL) != (wanted->access | ACCESSED_AVL))
		error(c, segment->access, wanted->access, rules->access);
}

void pvhb_start_check_registers(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu)
{
	struct pvhboot_cpu wanted;

	pvhboot_plan_cpu(&(struct pvhboot_plan){ 0 }, &wanted);
	if (cpu->rbx != c->start.gpa)
		error(c, cpu->rbx, c->start.gpa, "ebx to be the address of the start_info");
	if ((cpu->rflags & (EFLAGS_TF | EFLAGS_IF | EFLAGS_VM)) != 0)
		error(c, cpu->rflags, wanted.rflags, "TF, IF and VM to be clear in eflags");
	if ((cpu->cr0 | CR0_ET) != (CR0_PE | CR0_ET))
		error(c, cpu->cr0, wanted.cr0, "PE alone to be set in cr0");
	if (cpu->cr4 != 0)
		error(c, cpu->cr4, 0, "cr4 to be 0");
	if (cpu->efer != 0)
		pvhb_start_found(c, PVHBOOT_SEVERITY_NOTE,
				 pvhb_at(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_REGISTERS), cpu->efer,
				 0, "efer to be 0");
	check_segment(c, &cpu->cs, &wanted.cs, &cs_rules);
	check_segment(c, &cpu->data, &wanted.data, &data_rules);
	check_segment(c, &cpu->tr, &wanted.tr, &tr_rules);
}
