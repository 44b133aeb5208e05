/* SPDX-License-Identifier: MIT */
/* adapt/kvm.h: every member against docs/misc/pvh.pandoc, written out once more. */

#include <pvhboot/adapt/kvm.h>
#include <string.h>

#include "support/suite.h"

/* No state that the ABI asks for has this in a byte. */
#define UNTOUCHED 0xa5

static struct pvhboot_cpu entry_state(void)
{
	struct pvhboot_plan plan;
	struct pvhboot_cpu cpu;

	memset(&plan, 0, sizeof(plan));
	plan.entry = 0x1000850;
	plan.start_info = 0xfffff000;
	pvhboot_plan_cpu(&plan, &cpu);
	return cpu;
}

/* A flat segment of 32 bits, ring 0: base 0, 4 GiB, accessed. */
static void expect_flat(const struct kvm_segment *segment, int type)
{
	ck_assert_uint_eq(segment->base, 0);
	ck_assert_uint_eq(segment->limit, 0xffffffff);
	ck_assert_uint_eq(segment->selector, 0);
	ck_assert_int_eq(segment->type, type);
	ck_assert_int_eq(segment->present, 1);
	ck_assert_int_eq(segment->dpl, 0);
	ck_assert_int_eq(segment->db, 1);
	ck_assert_int_eq(segment->s, 1);
	ck_assert_int_eq(segment->l, 0);
	ck_assert_int_eq(segment->g, 1);
	ck_assert_int_eq(segment->avl, 0);
	ck_assert_int_eq(segment->unusable, 0);
	ck_assert_int_eq(segment->padding, UNTOUCHED);
}

START_TEST(segments)
{
	const struct pvhboot_cpu cpu = entry_state();
	struct kvm_sregs sregs;

	memset(&sregs, UNTOUCHED, sizeof(sregs));
	pvhboot_kvm_sregs(&cpu, &sregs);

	expect_flat(&sregs.cs, 0xb); /* code: execute, read, accessed */
	expect_flat(&sregs.ds, 0x3); /* data: read, write, accessed */
	expect_flat(&sregs.es, 0x3);
	expect_flat(&sregs.fs, 0x3);
	expect_flat(&sregs.gs, 0x3);
	expect_flat(&sregs.ss, 0x3);
}
END_TEST

START_TEST(task_register)
{
	const struct pvhboot_cpu cpu = entry_state();
	struct kvm_sregs sregs;

	memset(&sregs, UNTOUCHED, sizeof(sregs));
	pvhboot_kvm_sregs(&cpu, &sregs);

	ck_assert_uint_eq(sregs.tr.base, 0);
	ck_assert_uint_eq(sregs.tr.limit, 0x67);
	ck_assert_uint_eq(sregs.tr.selector, 0);
	ck_assert_int_eq(sregs.tr.type, 0xb); /* a 32-bit TSS, busy */
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
	} rows[] = {
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
	const struct pvhboot_cpu_segment from = { 0x123456789a, 0x4321, 0x18, rows[_i].access };
	struct kvm_segment segment, expected;

	memset(&segment, UNTOUCHED, sizeof(segment));
	pvhboot_kvm_segment(&from, &segment);

	memset(&expected, 0, sizeof(expected));
	expected.base = 0x123456789a;
	expected.limit = 0x4321;
	expected.selector = 0x18;
	expected.padding = UNTOUCHED;
	memset((unsigned char *)&expected + rows[_i].member, rows[_i].value, 1);
	ck_assert_mem_eq(&segment, &expected, sizeof(expected));
}
END_TEST

START_TEST(control_registers)
{
	const struct pvhboot_cpu cpu = entry_state();
	struct kvm_sregs sregs;

	memset(&sregs, UNTOUCHED, sizeof(sregs));
	pvhboot_kvm_sregs(&cpu, &sregs);

	ck_assert_uint_eq(sregs.cr0, 0x11); /* PE, ET */
	ck_assert_uint_eq(sregs.cr4, 0);
	ck_assert_uint_eq(sregs.efer, 0);
}
END_TEST

START_TEST(no_ldt)
{
	const struct pvhboot_cpu cpu = entry_state();
	struct kvm_sregs sregs;

	memset(&sregs, UNTOUCHED, sizeof(sregs));
	pvhboot_kvm_sregs(&cpu, &sregs);

	ck_assert_int_eq(sregs.ldt.present, 0);
	ck_assert_int_eq(sregs.ldt.unusable, 1);
}
END_TEST

START_TEST(general_registers)
{
	const struct pvhboot_cpu cpu = entry_state();
	struct kvm_regs regs;

	memset(&regs, UNTOUCHED, sizeof(regs));
	pvhboot_kvm_regs(&cpu, &regs);

	ck_assert_uint_eq(regs.rip, 0x1000850);
	ck_assert_uint_eq(regs.rbx, 0xfffff000); /* not extended by its sign */
	ck_assert_uint_eq(regs.rflags, 0x2);
}
END_TEST

static void touch(struct kvm_segment *segment)
{
	memset(segment, UNTOUCHED, sizeof(*segment));
}

/* All that was given back is put back to the pattern; then nothing else differs. */
START_TEST(other_special_registers_stay)
{
	const struct pvhboot_cpu cpu = entry_state();
	struct kvm_sregs sregs, untouched;

	memset(&untouched, UNTOUCHED, sizeof(untouched));
	sregs = untouched;
	pvhboot_kvm_sregs(&cpu, &sregs);

	touch(&sregs.cs);
	touch(&sregs.ds);
	touch(&sregs.es);
	touch(&sregs.fs);
	touch(&sregs.gs);
	touch(&sregs.ss);
	touch(&sregs.tr);
	sregs.ldt.present = UNTOUCHED;
	sregs.ldt.unusable = UNTOUCHED;
	sregs.cr0 = untouched.cr0;
	sregs.cr4 = untouched.cr4;
	sregs.efer = untouched.efer;
	ck_assert_mem_eq(&sregs, &untouched, sizeof(untouched));
}
END_TEST

START_TEST(other_general_registers_stay)
{
	const struct pvhboot_cpu cpu = entry_state();
	struct kvm_regs regs, untouched;

	memset(&untouched, UNTOUCHED, sizeof(untouched));
	regs = untouched;
	pvhboot_kvm_regs(&cpu, &regs);

	regs.rip = untouched.rip;
	regs.rbx = untouched.rbx;
	regs.rflags = untouched.rflags;
	ck_assert_mem_eq(&regs, &untouched, sizeof(untouched));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("adapt_kvm");
	TCase *values = suite_case(suite, "values");
	TCase *untouched = suite_case(suite, "untouched");

	tcase_add_test(values, segments);
	tcase_add_test(values, task_register);
	tcase_add_loop_test(values, every_right, 0, 9);
	tcase_add_test(values, control_registers);
	tcase_add_test(values, no_ldt);
	tcase_add_test(values, general_registers);

	tcase_add_test(untouched, other_special_registers_stay);
	tcase_add_test(untouched, other_general_registers_stay);
	return suite_run(suite);
}
