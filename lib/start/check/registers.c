/* SPDX-License-Identifier: MIT */
/* The registers of the entries: docs/misc/pvh.pandoc; Linux Documentation/arch/x86/boot.rst, which
 * wants a GDT too. */

#include <pvhboot/cpu.h>
#include <pvhboot/wire/boot_params.h>

#include "checking.h"

#include "../../base/span.h"

#define EFLAGS_TF 0x100u
#define EFLAGS_IF 0x200u
#define EFLAGS_VM 0x20000u
#define CR0_PE 1u
#define CR0_ET 0x10u
#define CR0_PG ((uint64_t)1 << 31)
#define CR4_PAE 0x20u
#define EFER_LME_LMA 0x500u

/* Bits of pvhboot_cpu_segment.access that are not looked at: accessed and AVL; in 64-bit mode G,
 * and D of data. */
#define ACCESSED_AVL 0x101u
#define UNUSED_CODE_64 (ACCESSED_AVL | 0x800u)
#define UNUSED_DATA_64 (ACCESSED_AVL | 0xe00u)

#define GDT_MAX_LIMIT 0xffffu /* of the processor */

struct segment_rules {
	const char *base; /* NULL, and limit too: not looked at */
	const char *limit;
	const char *access;
	uint16_t unused; /* of access */
};

static const struct segment_rules cs_rules = {
	"cs to have base 0",
	"cs to have limit 0xffffffff",
	"cs to be 32-bit code that can be read",
	ACCESSED_AVL,
};
static const struct segment_rules data_rules = {
	"ds and es to have base 0",
	"ds and es to have limit 0xffffffff",
	"ds and es to be 32-bit data that can be written",
	ACCESSED_AVL,
};
static const struct segment_rules tr_rules = {
	"tr to have base 0",
	"tr to have limit 0x67",
	"tr to be a busy 32-bit TSS",
	ACCESSED_AVL,
};
static const struct segment_rules cs_rules_64 = {
	.access = "cs to be 64-bit code that can be read",
	.unused = UNUSED_CODE_64,
};
static const struct segment_rules data_rules_64 = {
	.access = "ds and es to be data that can be written",
	.unused = UNUSED_DATA_64,
};

static struct pvhb_at at_registers(void)
{
	return pvhb_at(PVHBOOT_STAGE_START, PVHBOOT_SUBJECT_REGISTERS);
}

static void error(struct pvhb_start_checking *c, uint64_t found, uint64_t wanted, const char *rule)
{
	pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, at_registers(), found, wanted, rule);
}

static void check_bits(struct pvhb_start_checking *c, uint64_t found, uint64_t mask,
		       uint64_t wanted, const char *rule)
{
	if ((found & mask) != (wanted & mask))
		error(c, found, wanted, rule);
}

/* A register, or an address in one, of 32-bit mode. */
static void check_32_bits(struct pvhb_start_checking *c, uint64_t found, const char *rule)
{
	if (found >= PVHB_4GIB)
		error(c, found, UINT32_MAX, rule);
}

static void check_segment(struct pvhb_start_checking *c, struct pvhb_at at,
			  const struct pvhboot_cpu_segment *segment,
			  const struct pvhboot_cpu_segment *wanted,
			  const struct segment_rules *rules)
{
	if (rules->base != NULL && segment->base != wanted->base)
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, at, segment->base, wanted->base,
				 rules->base);
	if (rules->limit != NULL && segment->limit != wanted->limit)
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, at, segment->limit, wanted->limit,
				 rules->limit);
	if ((segment->access | rules->unused) != (wanted->access | rules->unused))
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, at, segment->access, wanted->access,
				 rules->access);
}

static void check_flags(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
			const struct pvhboot_cpu *wanted)
{
	check_bits(c, cpu->rflags, EFLAGS_TF | EFLAGS_IF | EFLAGS_VM, wanted->rflags,
		   "TF, IF and VM to be clear in eflags");
}

static struct pvhboot_cpu wanted_at(uint32_t entry_kind)
{
	struct pvhboot_cpu wanted;

	pvhboot_plan_cpu(&(struct pvhboot_plan){ .entry_kind = entry_kind }, &wanted);
	return wanted;
}

static void check_addresses(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu)
{
	if (cpu->rbx != c->start.gpa)
		error(c, cpu->rbx, c->start.gpa, "ebx to be the address of the start_info");
	check_32_bits(c, cpu->rip, "eip of 32 bits");
}

/* 32-bit mode without paging, and nothing else. */
static void check_mode(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
		       const struct pvhboot_cpu *wanted)
{
	if ((cpu->cr0 | CR0_ET) != (CR0_PE | CR0_ET))
		error(c, cpu->cr0, wanted->cr0, "PE alone to be set in cr0");
	if (cpu->cr4 != 0)
		error(c, cpu->cr4, 0, "cr4 to be 0");
	if (cpu->efer != 0)
		pvhb_start_found(c, PVHBOOT_SEVERITY_NOTE, at_registers(), cpu->efer, 0,
				 "efer to be 0");
}

static void check_segments(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
			   const struct pvhboot_cpu *wanted)
{
	check_segment(c, at_registers(), &cpu->cs, &wanted->cs, &cs_rules);
	check_segment(c, at_registers(), &cpu->data, &wanted->data, &data_rules);
	check_segment(c, at_registers(), &cpu->tr, &wanted->tr, &tr_rules);
}

void pvhb_start_check_registers(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu)
{
	const struct pvhboot_cpu wanted = wanted_at(PVHBOOT_ENTRY_PVH);

	check_addresses(c, cpu);
	check_flags(c, cpu, &wanted);
	check_mode(c, cpu, &wanted);
	check_segments(c, cpu, &wanted);
}

/* Intel SDM, volume 3A, 3.4.5. */
static struct pvhboot_cpu_segment decode(uint64_t descriptor)
{
	const uint32_t limit = (uint32_t)((descriptor & 0xffff) | (descriptor >> 32 & 0xf0000));
	const uint16_t access = (uint16_t)((descriptor >> 40 & 0xff) | (descriptor >> 44 & 0xf00));

	return (struct pvhboot_cpu_segment){
		.base = (descriptor >> 16 & 0xffffff) | (descriptor >> 32 & 0xff000000),
		.limit = (access & 0x800) != 0 ? limit << 12 | 0xfff : limit,
		.access = access,
	};
}

/* The same segments as in the registers: Linux may load them again before it has a GDT. */
static void check_gdt(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
		      const struct pvhboot_cpu *wanted, const struct segment_rules *cs,
		      const struct segment_rules *data)
{
	const struct pvhb_at at = pvhb_start_at(PVHBOOT_SUBJECT_GDT, cpu->gdt_base);
	const uint64_t size = pvhb_min(cpu->gdt_limit, GDT_MAX_LIMIT) + 1;
	uint8_t copy[PVHBOOT_BOOT_DS + 8 - PVHBOOT_BOOT_CS];
	const struct pvhboot_bytes bytes = { copy, sizeof(copy) };
	struct pvhboot_cpu_segment segment;
	int result = 0;

	if (cpu->gdt_limit < wanted->gdt_limit) {
		pvhb_start_found(c, PVHBOOT_SEVERITY_ERROR, at, cpu->gdt_limit, wanted->gdt_limit,
				 "a GDT with __BOOT_CS and __BOOT_DS inside of its limit");
		return;
	}
	if (size > UINT64_MAX - cpu->gdt_base ||
	    !pvhb_memory_read(c->start.memory, cpu->gdt_base + PVHBOOT_BOOT_CS, copy, sizeof(copy),
			      &result)) {
		pvhb_start_found_unreadable(c, at, size, result);
		return;
	}
	pvhb_start_keep(c, at, cpu->gdt_base, size);
	segment = decode(pvhb_load64(bytes, 0));
	check_segment(c, at, &segment, &wanted->cs, cs);
	segment = decode(pvhb_load64(bytes, PVHBOOT_BOOT_DS - PVHBOOT_BOOT_CS));
	check_segment(c, at, &segment, &wanted->data, data);
}

static void check_mode_64(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
			  const struct pvhboot_cpu *wanted)
{
	check_bits(c, cpu->cr0, CR0_PE | CR0_PG, wanted->cr0, "PE and PG set in cr0");
	check_bits(c, cpu->cr4, CR4_PAE, wanted->cr4, "PAE set in cr4");
	check_bits(c, cpu->efer, EFER_LME_LMA, wanted->efer, "LME and LMA set in efer");
}

static void check_mode_32(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
			  const struct pvhboot_cpu *wanted)
{
	check_bits(c, cpu->cr0, CR0_PE | CR0_PG, wanted->cr0, "PE set, PG clear in cr0");
	check_bits(c, cpu->rbx, UINT64_MAX, 0, "ebx to be 0");
}

static void check_addresses_32(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu)
{
	check_32_bits(c, cpu->rip, "eip of 32 bits");
	check_32_bits(c, cpu->rsi, "esi of 32 bits");
	check_32_bits(c, cpu->gdt_base, "a GDT's address of 32 bits");
}

static void check_linux_mode(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
			     const struct pvhboot_cpu *wanted)
{
	if (cpu->is_64bit) {
		check_mode_64(c, cpu, wanted);
	} else {
		check_mode_32(c, cpu, wanted);
		check_addresses_32(c, cpu);
	}
}

static void check_selectors(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
			    const struct pvhboot_cpu *wanted)
{
	check_bits(c, cpu->cs.selector, 0xffff, wanted->cs.selector, "__BOOT_CS in cs");
	check_bits(c, cpu->data.selector, 0xffff, wanted->data.selector, "__BOOT_DS in ds and es");
}

static void check_linux_segments(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu,
				 const struct pvhboot_cpu *wanted)
{
	const struct segment_rules *cs = cpu->is_64bit ? &cs_rules_64 : &cs_rules;
	const struct segment_rules *data = cpu->is_64bit ? &data_rules_64 : &data_rules;

	check_segment(c, at_registers(), &cpu->cs, &wanted->cs, cs);
	check_segment(c, at_registers(), &cpu->data, &wanted->data, data);
	check_gdt(c, cpu, wanted, cs, data);
}

void pvhb_start_check_linux_registers(struct pvhb_start_checking *c, const struct pvhboot_cpu *cpu)
{
	const struct pvhboot_cpu wanted =
		wanted_at(cpu->is_64bit ? PVHBOOT_ENTRY_BZIMAGE64 : PVHBOOT_ENTRY_BZIMAGE32);

	if (cpu->rsi != c->start.gpa)
		error(c, cpu->rsi, c->start.gpa, "rsi to be the address of the boot_params");
	check_flags(c, cpu, &wanted);
	check_linux_mode(c, cpu, &wanted);
	check_selectors(c, cpu, &wanted);
	check_linux_segments(c, cpu, &wanted);
}
