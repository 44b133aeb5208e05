/* SPDX-License-Identifier: MIT */
/* adapt/kvm.h: every member against docs/misc/pvh.pandoc and Linux Documentation/arch/x86/boot.rst,
 * written out once more. */

#include <pvhboot/adapt/kvm.h>
#include <string.h>

#include "support/suite.h"

/* No state that the ABI asks for has this in a byte. */
#define UNTOUCHED 0xa5

/* A row for each entry: the registers that differ. */
static const struct row {
	uint32_t kind;
	uint64_t entry;
	uint64_t rbx, rsi;
	uint64_t cr0, cr3, cr4, efer;
	uint64_t gdt_base;
	uint16_t gdt_limit;
	uint16_t cs, data; /* selectors */
	int cs_is_64bit;
} rows[] = {
	{ PVHBOOT_ENTRY_PVH, 0x1000850, 0xfffff000, 0, 0x11, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ PVHBOOT_ENTRY_LINUX64, 0x123456789a, 0, 0xfffff000, 0x80000011, 0xffffd000, 0x20, 0x500,
	  0xffffc040, 0x1f, 0x10, 0x18, 1 },
	{ PVHBOOT_ENTRY_BZIMAGE64, 0x1000200, 0, 0xfffff000, 0x80000011, 0xffffd000, 0x20, 0x500,
	  0xffffc040, 0x1f, 0x10, 0x18, 1 },
	{ PVHBOOT_ENTRY_BZIMAGE32, 0x1000000, 0, 0xfffff000, 0x11, 0, 0, 0, 0xffffc040, 0x1f, 0x10,
	  0x18, 0 },
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static struct pvhboot_cpu entry_state(const struct row *row)
{
	struct pvhboot_plan plan;
	struct pvhboot_cpu cpu;

	memset(&plan, 0, sizeof(plan));
	plan.entry_kind = row->kind;
	plan.entry = row->entry;
	plan.start_info = 0xfffff000;
	plan.page_tables = row->cr3;
	plan.gdt = row->gdt_base;
	pvhboot_plan_cpu(&plan, &cpu);
	return cpu;
}

/* What KVM has beforehand, and what becomes of it. */
static struct kvm_sregs special_registers(const struct row *row)
{
	const struct pvhboot_cpu cpu = entry_state(row);
	struct kvm_sregs sregs;

	memset(&sregs, UNTOUCHED, sizeof(sregs));
	pvhboot_kvm_sregs(&cpu, &sregs);
	return sregs;
}

/* A flat segment, ring 0: base 0, 4 GiB, accessed; of 32 bits unless it is 64-bit code. */
static void expect_flat(const struct kvm_segment *segment, int type, uint16_t selector,
			int is_64bit)
{
	ck_assert_uint_eq(segment->base, 0);
	ck_assert_uint_eq(segment->limit, 0xffffffff);
	ck_assert_uint_eq(segment->selector, selector);
	ck_assert_int_eq(segment->type, type);
	ck_assert_int_eq(segment->present, 1);
	ck_assert_int_eq(segment->dpl, 0);
	ck_assert_int_eq(segment->db, !is_64bit);
	ck_assert_int_eq(segment->s, 1);
	ck_assert_int_eq(segment->l, is_64bit);
	ck_assert_int_eq(segment->g, 1);
	ck_assert_int_eq(segment->avl, 0);
	ck_assert_int_eq(segment->unusable, 0);
	ck_assert_int_eq(segment->padding, UNTOUCHED);
}

START_TEST(segments)
{
	const struct row *row = &rows[_i];
	const struct kvm_sregs sregs = special_registers(row);

	expect_flat(&sregs.cs, 0xb, row->cs, row->cs_is_64bit); /* execute, read, accessed */
	expect_flat(&sregs.ds, 0x3, row->data, 0);              /* read, write, accessed */
	expect_flat(&sregs.es, 0x3, row->data, 0);
	expect_flat(&sregs.fs, 0x3, row->data, 0);
	expect_flat(&sregs.gs, 0x3, row->data, 0);
	expect_flat(&sregs.ss, 0x3, row->data, 0);
}
END_TEST

START_TEST(task_register)
{
	const struct kvm_sregs sregs = special_registers(&rows[_i]);

	ck_assert_uint_eq(sregs.tr.base, 0);
	ck_assert_uint_eq(sregs.tr.limit, 0x67);
	ck_assert_uint_eq(sregs.tr.selector, 0);
	ck_assert_int_eq(sregs.tr.type, 0xb); /* a TSS, busy */
	ck_assert_int_eq(sregs.tr.present, 1);
	ck_assert_int_eq(sregs.tr.dpl, 0);
	ck_assert_int_eq(sregs.tr.db, 0);
	ck_assert_int_eq(sregs.tr.s, 0);
	ck_assert_int_eq(sregs.tr.l, 0);
	ck_assert_int_eq(sregs.tr.g, 0);
	ck_assert_int_eq(sregs.tr.avl, 0);
	ck_assert_int_eq(sregs.tr.unusable, 0);
	ck_assert_int_eq(sregs.tr.padding, UNTOUCHED);
}
END_TEST

/* Each right alone, so that none is taken from another's bits. */
START_TEST(every_right)
{
	static const struct {
		uint16_t access;
		size_t member;
		int value;
	} rights[] = {
		{ 0x00f, offsetof(struct kvm_segment, type), 0xf },
		{ 0x010, offsetof(struct kvm_segment, s), 1 },
		{ 0x020, offsetof(struct kvm_segment, dpl), 1 },
		{ 0x060, offsetof(struct kvm_segment, dpl), 3 },
		{ 0x080, offsetof(struct kvm_segment, present), 1 },
		{ 0x100, offsetof(struct kvm_segment, avl), 1 },
		{ 0x200, offsetof(struct kvm_segment, l), 1 },
		{ 0x400, offsetof(struct kvm_segment, db), 1 },
		{ 0x800, offsetof(struct kvm_segment, g), 1 },
	};
	const struct pvhboot_cpu_segment from = { 0x123456789a, 0x4321, 0x18, rights[_i].access };
	struct kvm_segment segment, expected;

	memset(&segment, UNTOUCHED, sizeof(segment));
	pvhboot_kvm_segment(&from, &segment);

	memset(&expected, 0, sizeof(expected));
	expected.base = 0x123456789a;
	expected.limit = 0x4321;
	expected.selector = 0x18;
	expected.padding = UNTOUCHED;
	memset((unsigned char *)&expected + rights[_i].member, rights[_i].value, 1);
	ck_assert_mem_eq(&segment, &expected, sizeof(expected));
}
END_TEST

START_TEST(control_registers)
{
	const struct kvm_sregs sregs = special_registers(&rows[_i]);

	ck_assert_uint_eq(sregs.cr0, rows[_i].cr0); /* PE, ET, PG */
	ck_assert_uint_eq(sregs.cr3, rows[_i].cr3);
	ck_assert_uint_eq(sregs.cr4, rows[_i].cr4);   /* PAE */
	ck_assert_uint_eq(sregs.efer, rows[_i].efer); /* LME, LMA */
}
END_TEST

START_TEST(descriptor_tables)
{
	const struct kvm_sregs sregs = special_registers(&rows[_i]);

	ck_assert_uint_eq(sregs.gdt.base, rows[_i].gdt_base);
	ck_assert_uint_eq(sregs.gdt.limit, rows[_i].gdt_limit);
	ck_assert_uint_eq(sregs.idt.base, 0);
	ck_assert_uint_eq(sregs.idt.limit, 0);
	ck_assert_int_eq(sregs.ldt.present, 0);
	ck_assert_int_eq(sregs.ldt.unusable, 1);
}
END_TEST

START_TEST(general_registers)
{
	const struct pvhboot_cpu cpu = entry_state(&rows[_i]);
	struct kvm_regs regs, expected;

	memset(&regs, UNTOUCHED, sizeof(regs));
	pvhboot_kvm_regs(&cpu, &regs);

	memset(&expected, 0, sizeof(expected));
	expected.rip = rows[_i].entry;
	expected.rbx = rows[_i].rbx; /* not extended by its sign */
	expected.rsi = rows[_i].rsi;
	expected.rflags = 0x2;
	ck_assert_mem_eq(&regs, &expected, sizeof(expected));
}
END_TEST

/* Of the planner's cpu it is 0. */
START_TEST(stack_pointer)
{
	struct pvhboot_cpu cpu = entry_state(&rows[_i]);
	struct kvm_regs regs;

	cpu.rsp = 0x123456789abcdef0;
	pvhboot_kvm_regs(&cpu, &regs);
	ck_assert_uint_eq(regs.rsp, cpu.rsp);
}
END_TEST

static void touch(struct kvm_segment *segment)
{
	memset(segment, UNTOUCHED, sizeof(*segment));
}

/* All that was given back is put back to the pattern; then nothing else differs. */
START_TEST(other_special_registers_stay)
{
	struct kvm_sregs sregs = special_registers(&rows[_i]);
	struct kvm_sregs untouched;

	memset(&untouched, UNTOUCHED, sizeof(untouched));
	touch(&sregs.cs);
	touch(&sregs.ds);
	touch(&sregs.es);
	touch(&sregs.fs);
	touch(&sregs.gs);
	touch(&sregs.ss);
	touch(&sregs.tr);
	sregs.ldt.present = UNTOUCHED;
	sregs.ldt.unusable = UNTOUCHED;
	sregs.gdt.base = untouched.gdt.base;
	sregs.gdt.limit = untouched.gdt.limit;
	sregs.idt.base = untouched.idt.base;
	sregs.idt.limit = untouched.idt.limit;
	sregs.cr0 = untouched.cr0;
	sregs.cr3 = untouched.cr3;
	sregs.cr4 = untouched.cr4;
	sregs.efer = untouched.efer;
	ck_assert_mem_eq(&sregs, &untouched, sizeof(untouched));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("adapt_kvm");
	TCase *values = suite_case(suite, "values");
	TCase *untouched = suite_case(suite, "untouched");

	tcase_add_loop_test(values, segments, 0, N_ROWS);
	tcase_add_loop_test(values, task_register, 0, N_ROWS);
	tcase_add_loop_test(values, every_right, 0, 9);
	tcase_add_loop_test(values, control_registers, 0, N_ROWS);
	tcase_add_loop_test(values, descriptor_tables, 0, N_ROWS);
	tcase_add_loop_test(values, general_registers, 0, N_ROWS);
	tcase_add_loop_test(values, stack_pointer, 0, N_ROWS);

	tcase_add_loop_test(untouched, other_special_registers_stay, 0, N_ROWS);
	return suite_run(suite);
}
