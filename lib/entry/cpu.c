/* SPDX-License-Identifier: MIT */
/* The registers of each entry. Sources of the values: cpu.h. */

#include <pvhboot/cpu.h>
#include <pvhboot/wire/boot_params.h>

#define ACCESS_CODE 0xc9b   /* executable, readable, accessed; 32 bits, in pages */
#define ACCESS_CODE64 0xa9b /* L instead of D */
#define ACCESS_DATA 0xc93
#define ACCESS_TASK 0x8b /* a busy TSS */

#define GDT_LIMIT (PVHBOOT_BOOT_DS + 7)

static struct pvhboot_cpu_segment flat(uint16_t selector, uint16_t access)
{
	return (struct pvhboot_cpu_segment){ 0, 0xffffffff, selector, access };
}

/* What all entries have. */
static struct pvhboot_cpu common(const struct pvhboot_plan *plan)
{
	return (struct pvhboot_cpu){
		.rip = plan->entry,
		.rflags = 0x2, /* bit 1 is always set; IF, TF and VM are clear */
		.cr0 = 0x11,   /* PE; ET cannot be cleared */
		.cs = flat(0, ACCESS_CODE),
		.data = flat(0, ACCESS_DATA),
		.tr = { 0, 0x67, 0, ACCESS_TASK },
	};
}

static void add_linux(const struct pvhboot_plan *plan, struct pvhboot_cpu *cpu)
{
	cpu->rsi = plan->start_info;
	cpu->gdt_base = plan->gdt;
	cpu->gdt_limit = GDT_LIMIT;
	cpu->cs.selector = PVHBOOT_BOOT_CS;
	cpu->data.selector = PVHBOOT_BOOT_DS;
}

static void add_long_mode(const struct pvhboot_plan *plan, struct pvhboot_cpu *cpu)
{
	cpu->is_64bit = 1;
	cpu->cr0 |= (uint32_t)1 << 31; /* PG */
	cpu->cr3 = plan->page_tables;
	cpu->cr4 = 0x20;   /* PAE */
	cpu->efer = 0x500; /* LME, LMA */
	cpu->cs.access = ACCESS_CODE64;
}

void pvhboot_plan_cpu(const struct pvhboot_plan *plan, struct pvhboot_cpu *out)
{
	struct pvhboot_cpu cpu = common(plan);

	switch ((enum pvhboot_entry_kind)plan->entry_kind) {
	case PVHBOOT_ENTRY_LINUX64:
	case PVHBOOT_ENTRY_BZIMAGE64:
		add_long_mode(plan, &cpu);
		add_linux(plan, &cpu);
		break;
	case PVHBOOT_ENTRY_BZIMAGE32:
		add_linux(plan, &cpu);
		break;
	case PVHBOOT_ENTRY_AUTO:
	case PVHBOOT_ENTRY_PVH:
	case PVHBOOT_ENTRY_EFI:
		cpu.rbx = plan->start_info;
		break;
	}
	*out = cpu;
}

const char *pvhboot_entry_name(enum pvhboot_entry_kind kind)
{
	switch (kind) {
	case PVHBOOT_ENTRY_AUTO:
		return "auto";
	case PVHBOOT_ENTRY_PVH:
		return "pvh";
	case PVHBOOT_ENTRY_LINUX64:
		return "linux64";
	case PVHBOOT_ENTRY_BZIMAGE64:
		return "bzimage64";
	case PVHBOOT_ENTRY_BZIMAGE32:
		return "bzimage32";
	case PVHBOOT_ENTRY_EFI:
		return "efi";
	}
	return "?";
}
