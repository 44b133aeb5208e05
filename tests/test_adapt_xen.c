/* SPDX-License-Identifier: MIT */
/* adapt/xen.h: the registers as Xen takes them, and contexts that are not one. */

#include <pvhboot/adapt/xen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/blob.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/suite.h"

/* Written out here, because the header is what takes them from Xen's. */
enum { END = 0, HEADER = 1, CPU = 2, LAPIC = 5, MTRR = 14 };

#define MAGIC 0x54381286
#define DESCRIPTOR_SIZE 8
#define HEADER_SIZE 24
#define CPU_SIZE 1032
#define MTRR_SIZE 240
#define MTRR_DEF_TYPE 232
#define VCPU_SIZE 128

#define BACK PVHBOOT_XEN_WRITE_BACK

/* What bytes must hold at an offset; all others are zero. A width of 0 ends a table. */
struct field {
	size_t offset;
	unsigned int width;
	uint64_t value;
};

static void expect_fields(const char *row, const uint8_t *bytes, size_t size,
			  const struct field *fields)
{
	uint8_t *want = must_alloc(size);
	size_t i;

	for (; fields->width != 0; fields++)
		store_le(want + fields->offset, fields->width, fields->value);
	for (i = 0; i < size; i++)
		ck_assert_msg(bytes[i] == want[i], "%s: byte %zu is 0x%x, not 0x%x", row, i,
			      bytes[i], want[i]);
	free(want);
}

static struct pvhboot_cpu entry_registers(void)
{
	const struct pvhboot_plan plan = { .entry = 0x1000850, .start_info = 0x3e00000 };
	struct pvhboot_cpu cpu;

	pvhboot_plan_cpu(&plan, &cpu);
	return cpu;
}

static struct pvhboot_cpu linux_registers(uint32_t kind)
{
	const struct pvhboot_plan plan = {
		.entry = kind == PVHBOOT_ENTRY_LINUX64 ? 0x123456789a : 0x1000000,
		.start_info = 0x3e00000,
		.page_tables = 0x3e01000,
		.gdt = 0x3e07000,
		.entry_kind = kind,
	};
	struct pvhboot_cpu cpu;

	pvhboot_plan_cpu(&plan, &cpu);
	return cpu;
}

/* No two values are the same, so none can stand where another belongs. */
static struct pvhboot_cpu distinct_registers(uint32_t is_64bit)
{
	return (struct pvhboot_cpu){
		.is_64bit = is_64bit,
		.rip = 0xf0000001,
		.rbx = 0xf0000002,
		.rflags = 0xf0000003,
		.cr0 = 0xf0000004,
		.cr4 = 0xf0000005,
		.efer = 0xf0000006,
		.rsi = 0xf0000007,
		.rsp = 0xf0000008,
		.cr3 = 0xf0000009,
		.gdt_base = 0xf000000a,
		.gdt_limit = 0xf00b,
		.cs = { 0xf0000011, 0xf0000012, 0xf013, 0xf14 },
		.data = { 0xf0000021, 0xf0000022, 0xf023, 0xf24 },
		.tr = { 0xf0000031, 0xf0000032, 0xf033, 0xf34 },
	};
}

/* rbx 520, rsi 552, rsp 568, rip 640, rflags 648, cr0 656, cr3 672, cr4 680, dr6 720, dr7 728;
 * then selectors from 736, limits from 768, bases from 808 and attributes from 888, each in the
 * order cs, ds, es, fs, gs, ss, tr, ldtr, limits and bases also idtr, gdtr; efer 992. */
static const struct field cpu_at_entry[] = {
	{ 520, 8, 0x3e00000 },  { 640, 8, 0x1000850 },  { 648, 8, 0x2 },
	{ 656, 8, 0x11 },       { 720, 8, 0xffff0ff0 }, { 728, 8, 0x400 },
	{ 768, 4, 0xffffffff }, { 772, 4, 0xffffffff }, { 776, 4, 0xffffffff },
	{ 780, 4, 0xffffffff }, { 784, 4, 0xffffffff }, { 788, 4, 0xffffffff },
	{ 792, 4, 0x67 },       { 888, 4, 0xc9b },      { 892, 4, 0xc93 },
	{ 896, 4, 0xc93 },      { 900, 4, 0xc93 },      { 904, 4, 0xc93 },
	{ 908, 4, 0xc93 },      { 912, 4, 0x8b },       { 0, 0, 0 },
};

static const struct field cpu_of_linux64[] = {
	{ 552, 8, 0x3e00000 },  { 640, 8, 0x123456789a },
	{ 648, 8, 0x2 },        { 656, 8, 0x80000011 },
	{ 672, 8, 0x3e01000 },  { 680, 8, 0x20 },
	{ 720, 8, 0xffff0ff0 }, { 728, 8, 0x400 },
	{ 736, 4, 0x10 },       { 740, 4, 0x18 },
	{ 744, 4, 0x18 },       { 748, 4, 0x18 },
	{ 752, 4, 0x18 },       { 756, 4, 0x18 },
	{ 768, 4, 0xffffffff }, { 772, 4, 0xffffffff },
	{ 776, 4, 0xffffffff }, { 780, 4, 0xffffffff },
	{ 784, 4, 0xffffffff }, { 788, 4, 0xffffffff },
	{ 792, 4, 0x67 },       { 804, 4, 0x1f },
	{ 880, 8, 0x3e07000 },  { 888, 4, 0xa9b },
	{ 892, 4, 0xc93 },      { 896, 4, 0xc93 },
	{ 900, 4, 0xc93 },      { 904, 4, 0xc93 },
	{ 908, 4, 0xc93 },      { 912, 4, 0x8b },
	{ 992, 8, 0x500 },      { 0, 0, 0 },
};

static const struct field cpu_of_bzimage32[] = {
	{ 552, 8, 0x3e00000 },
	{ 640, 8, 0x1000000 },
	{ 648, 8, 0x2 },
	{ 656, 8, 0x11 },
	{ 720, 8, 0xffff0ff0 },
	{ 728, 8, 0x400 },
	{ 736, 4, 0x10 },
	{ 740, 4, 0x18 },
	{ 744, 4, 0x18 },
	{ 748, 4, 0x18 },
	{ 752, 4, 0x18 },
	{ 756, 4, 0x18 },
	{ 768, 4, 0xffffffff },
	{ 772, 4, 0xffffffff },
	{ 776, 4, 0xffffffff },
	{ 780, 4, 0xffffffff },
	{ 784, 4, 0xffffffff },
	{ 788, 4, 0xffffffff },
	{ 792, 4, 0x67 },
	{ 804, 4, 0x1f },
	{ 880, 8, 0x3e07000 },
	{ 888, 4, 0xc9b },
	{ 892, 4, 0xc93 },
	{ 896, 4, 0xc93 },
	{ 900, 4, 0xc93 },
	{ 904, 4, 0xc93 },
	{ 908, 4, 0xc93 },
	{ 912, 4, 0x8b },
	{ 0, 0, 0 },
};

static const struct field cpu_of_distinct[] = {
	{ 520, 8, 0xf0000002 }, { 552, 8, 0xf0000007 }, { 568, 8, 0xf0000008 },
	{ 640, 8, 0xf0000001 }, { 648, 8, 0xf0000003 }, { 656, 8, 0xf0000004 },
	{ 672, 8, 0xf0000009 }, { 680, 8, 0xf0000005 }, { 992, 8, 0xf0000006 },
	{ 720, 8, 0xffff0ff0 }, { 728, 8, 0x400 },      { 736, 4, 0xf013 },
	{ 740, 4, 0xf023 },     { 744, 4, 0xf023 },     { 748, 4, 0xf023 },
	{ 752, 4, 0xf023 },     { 756, 4, 0xf023 },     { 760, 4, 0xf033 },
	{ 768, 4, 0xf0000012 }, { 772, 4, 0xf0000022 }, { 776, 4, 0xf0000022 },
	{ 780, 4, 0xf0000022 }, { 784, 4, 0xf0000022 }, { 788, 4, 0xf0000022 },
	{ 792, 4, 0xf0000032 }, { 804, 4, 0xf00b },     { 880, 8, 0xf000000a },
	{ 808, 8, 0xf0000011 }, { 816, 8, 0xf0000021 }, { 824, 8, 0xf0000021 },
	{ 832, 8, 0xf0000021 }, { 840, 8, 0xf0000021 }, { 848, 8, 0xf0000021 },
	{ 856, 8, 0xf0000031 }, { 888, 4, 0xf14 },      { 892, 4, 0xf24 },
	{ 896, 4, 0xf24 },      { 900, 4, 0xf24 },      { 904, 4, 0xf24 },
	{ 908, 4, 0xf24 },      { 912, 4, 0xf34 },      { 0, 0, 0 },
};

/* Bases from 72, limits from 92 and attributes from 112: cs, ds, ss, es, tr. */
static const struct field vcpu_at_entry[] = {
	{ 20, 4, 0x3e00000 },   { 40, 4, 0x1000850 },   { 44, 4, 0x2 },
	{ 48, 4, 0x11 },        { 92, 4, 0xffffffff },  { 96, 4, 0xffffffff },
	{ 100, 4, 0xffffffff }, { 104, 4, 0xffffffff }, { 108, 4, 0x67 },
	{ 112, 2, 0xc9b },      { 114, 2, 0xc93 },      { 116, 2, 0xc93 },
	{ 118, 2, 0xc93 },      { 120, 2, 0x8b },       { 0, 0, 0 },
};

static const struct field vcpu_of_distinct[] = {
	{ 20, 4, 0xf0000002 },
	{ 24, 4, 0xf0000008 },
	{ 32, 4, 0xf0000007 },
	{ 52, 4, 0xf0000009 },
	{ 40, 4, 0xf0000001 },
	{ 44, 4, 0xf0000003 },
	{ 48, 4, 0xf0000004 },
	{ 56, 4, 0xf0000005 },
	{ 64, 8, 0xf0000006 },
	{ 72, 4, 0xf0000011 },
	{ 76, 4, 0xf0000021 },
	{ 80, 4, 0xf0000021 },
	{ 84, 4, 0xf0000021 },
	{ 88, 4, 0xf0000031 },
	{ 92, 4, 0xf0000012 },
	{ 96, 4, 0xf0000022 },
	{ 100, 4, 0xf0000022 },
	{ 104, 4, 0xf0000022 },
	{ 108, 4, 0xf0000032 },
	{ 112, 2, 0xf14 },
	{ 114, 2, 0xf24 },
	{ 116, 2, 0xf24 },
	{ 118, 2, 0xf24 },
	{ 120, 2, 0xf34 },
	{ 0, 0, 0 },
};

static const struct field vcpu_of_bzimage32[] = {
	{ 32, 4, 0x3e00000 },   { 40, 4, 0x1000000 },   { 44, 4, 0x2 },
	{ 48, 4, 0x11 },        { 92, 4, 0xffffffff },  { 96, 4, 0xffffffff },
	{ 100, 4, 0xffffffff }, { 104, 4, 0xffffffff }, { 108, 4, 0x67 },
	{ 112, 2, 0xc9b },      { 114, 2, 0xc93 },      { 116, 2, 0xc93 },
	{ 118, 2, 0xc93 },      { 120, 2, 0x8b },       { 0, 0, 0 },
};

/* The mode, then rbx 32, rsp 40, rsi 56, rip 72, rflags, cr0, cr3, cr4 and efer to 112. */
static const struct field vcpu_of_linux64[] = {
	{ 0, 4, 1 },      { 56, 8, 0x3e00000 },  { 72, 8, 0x123456789a },
	{ 80, 8, 0x2 },   { 88, 8, 0x80000011 }, { 96, 8, 0x3e01000 },
	{ 104, 8, 0x20 }, { 112, 8, 0x500 },     { 0, 0, 0 },
};

static const struct field vcpu_of_distinct64[] = {
	{ 0, 4, 1 },
	{ 32, 8, 0xf0000002 },
	{ 40, 8, 0xf0000008 },
	{ 56, 8, 0xf0000007 },
	{ 72, 8, 0xf0000001 },
	{ 80, 8, 0xf0000003 },
	{ 88, 8, 0xf0000004 },
	{ 96, 8, 0xf0000009 },
	{ 104, 8, 0xf0000005 },
	{ 112, 8, 0xf0000006 },
	{ 0, 0, 0 },
};

START_TEST(cpu_record)
{
	const struct pvhboot_cpu entry = entry_registers();
	const struct pvhboot_cpu linux64 = linux_registers(PVHBOOT_ENTRY_LINUX64);
	const struct pvhboot_cpu bzimage32 = linux_registers(PVHBOOT_ENTRY_BZIMAGE32);
	const struct pvhboot_cpu distinct = distinct_registers(1);
	struct hvm_hw_cpu record;

	expect_eq("record", sizeof(record), CPU_SIZE);
	memset(&record, 0xa5, sizeof(record));
	pvhboot_xen_cpu(&entry, &record);
	expect_fields("entry", (const uint8_t *)&record, sizeof(record), cpu_at_entry);
	pvhboot_xen_cpu(&linux64, &record);
	expect_fields("linux64", (const uint8_t *)&record, sizeof(record), cpu_of_linux64);
	pvhboot_xen_cpu(&bzimage32, &record);
	expect_fields("bzimage32", (const uint8_t *)&record, sizeof(record), cpu_of_bzimage32);
	pvhboot_xen_cpu(&distinct, &record);
	expect_fields("distinct", (const uint8_t *)&record, sizeof(record), cpu_of_distinct);
}
END_TEST

START_TEST(vcpu_context)
{
	const struct pvhboot_cpu entry = entry_registers();
	const struct pvhboot_cpu linux64 = linux_registers(PVHBOOT_ENTRY_LINUX64);
	const struct pvhboot_cpu bzimage32 = linux_registers(PVHBOOT_ENTRY_BZIMAGE32);
	const struct pvhboot_cpu distinct = distinct_registers(0);
	const struct pvhboot_cpu distinct64 = distinct_registers(1);
	vcpu_hvm_context_t context;
	const uint8_t *bytes = (const uint8_t *)&context;

	expect_eq("context", sizeof(context), VCPU_SIZE);
	memset(&context, 0xa5, sizeof(context));
	pvhboot_xen_vcpu(&entry, &context);
	expect_fields("entry", bytes, sizeof(context), vcpu_at_entry);
	pvhboot_xen_vcpu(&linux64, &context);
	expect_fields("linux64", bytes, sizeof(context), vcpu_of_linux64);
	pvhboot_xen_vcpu(&bzimage32, &context);
	expect_fields("bzimage32", bytes, sizeof(context), vcpu_of_bzimage32);
	pvhboot_xen_vcpu(&distinct, &context);
	expect_fields("distinct", bytes, sizeof(context), vcpu_of_distinct);
	pvhboot_xen_vcpu(&distinct64, &context);
	expect_fields("distinct64", bytes, sizeof(context), vcpu_of_distinct64);
}
END_TEST

/* A context as a domain has it that was never started. */
static void put_descriptor(struct blob *context, uint16_t type, uint16_t instance, uint32_t size)
{
	blob_put(context, 2, type);
	blob_put(context, 2, instance);
	blob_put(context, 4, size);
}

static void put_record(struct blob *context, uint16_t type, uint16_t instance, uint32_t size)
{
	put_descriptor(context, type, instance, size);
	blob_pattern(context, (uint32_t)(type << 8 | instance), size);
}

static void put_header(struct blob *context)
{
	put_descriptor(context, HEADER, 0, HEADER_SIZE);
	blob_put(context, 4, MAGIC);
	blob_put(context, 4, 1);
	blob_pattern(context, 1, HEADER_SIZE - 8);
}

#define FIRST_MTRR (DESCRIPTOR_SIZE + HEADER_SIZE + DESCRIPTOR_SIZE + 24)

static struct blob two_vcpus(void)
{
	struct blob context = { 0 };

	put_header(&context);
	put_record(&context, LAPIC, 0, 24);
	put_record(&context, MTRR, 0, MTRR_SIZE);
	put_record(&context, MTRR, 1, MTRR_SIZE);
	put_descriptor(&context, END, 0, 0);
	return context;
}

/* A copy of a record of the context stands next in what was written. */
static const uint8_t *expect_copy(const char *row, const uint8_t *got, const uint8_t *source,
				  size_t size)
{
	ck_assert_msg(memcmp(got, source, size) == 0, "%s: is not what the context has", row);
	return got + size;
}

static const uint8_t *expect_mtrr(const uint8_t *got, const uint8_t *source)
{
	const size_t head = DESCRIPTOR_SIZE + MTRR_DEF_TYPE;

	expect_copy("mtrr", got, source, head);
	expect_eq("mtrr", load_le(got + head, 8), 0x806);
	return got + DESCRIPTOR_SIZE + MTRR_SIZE;
}

static const uint8_t *expect_cpu(const uint8_t *got)
{
	expect_eq("cpu", load_le(got, 2), CPU);
	expect_eq("cpu", load_le(got + 2, 2), 0);
	expect_eq("cpu", load_le(got + 4, 4), CPU_SIZE);
	expect_fields("cpu", got + DESCRIPTOR_SIZE, CPU_SIZE, cpu_at_entry);
	return got + DESCRIPTOR_SIZE + CPU_SIZE;
}

/* The context is against an unreadable page, the room too. */
static enum pvhboot_status make(struct pvhboot_bytes context, uint32_t flags, size_t room,
				struct blob *out)
{
	const struct pvhboot_cpu cpu = entry_registers();
	struct guard source = guard_open(context.size);
	struct guard target = guard_open(room);
	struct pvhboot_buffer buffer = guard_buffer(&target, room);
	enum pvhboot_status status;
	size_t size = 0xdead;

	status = pvhboot_xen_context(&cpu, guard_at_end(&source, context), flags, buffer, &size);
	if (status != PVHBOOT_OK) {
		expect_eq("size", size, 0xdead);
	} else {
		ck_assert(size <= room);
		blob_append(out, buffer.data, size);
	}
	guard_close(&source);
	guard_close(&target);
	return status;
}

START_TEST(context_is_made)
{
	struct blob context = two_vcpus();
	struct blob out = { 0 };
	const uint8_t *at;

	expect_status(
		"write back",
		make(blob_view(&context), BACK, context.size + PVHBOOT_XEN_CONTEXT_MORE, &out),
		PVHBOOT_OK);
	at = expect_copy("header", out.data, context.data, DESCRIPTOR_SIZE + HEADER_SIZE);
	at = expect_cpu(at);
	at = expect_mtrr(at, context.data + FIRST_MTRR);
	at = expect_mtrr(at, context.data + FIRST_MTRR + DESCRIPTOR_SIZE + MTRR_SIZE);
	expect_eq("end", load_le(at, 8), 0);
	expect_eq("size", out.size, at + DESCRIPTOR_SIZE - out.data);
	blob_free(&out);
	blob_free(&context);
}
END_TEST

START_TEST(context_without_mtrrs)
{
	struct blob context = two_vcpus();
	struct blob out = { 0 };
	const uint8_t *at;

	expect_status("no flag",
		      make(blob_view(&context), 0, context.size + PVHBOOT_XEN_CONTEXT_MORE, &out),
		      PVHBOOT_OK);
	at = expect_copy("header", out.data, context.data, DESCRIPTOR_SIZE + HEADER_SIZE);
	at = expect_cpu(at);
	expect_eq("end", load_le(at, 8), 0);
	expect_eq("size", out.size, at + DESCRIPTOR_SIZE - out.data);
	blob_free(&out);
	blob_free(&context);
}
END_TEST

/* A CPU record that is there already does not come twice; a longer MTRR record stays long;
 * what follows the end is not looked at. */
START_TEST(context_of_a_later_xen)
{
	struct blob context = { 0 };
	struct blob out = { 0 };
	const uint8_t *at;
	size_t mtrr;

	put_header(&context);
	put_record(&context, CPU, 0, CPU_SIZE);
	mtrr = context.size;
	put_record(&context, MTRR, 0, MTRR_SIZE + 8);
	put_descriptor(&context, END, 0, 0);
	put_descriptor(&context, MTRR, 0, 0xffffffff);
	expect_status(
		"later",
		make(blob_view(&context), BACK, context.size + PVHBOOT_XEN_CONTEXT_MORE, &out),
		PVHBOOT_OK);
	at = expect_cpu(out.data + DESCRIPTOR_SIZE + HEADER_SIZE);
	at = expect_mtrr(at, context.data + mtrr);
	at = expect_copy("tail", at, context.data + mtrr + DESCRIPTOR_SIZE + MTRR_SIZE, 8);
	expect_eq("end", load_le(at, 8), 0);
	expect_eq("size", out.size, at + DESCRIPTOR_SIZE - out.data);
	blob_free(&out);
	blob_free(&context);
}
END_TEST

/* Each prefix of a context is too short, and each room smaller than what is written. */
START_TEST(short_context)
{
	struct blob context = two_vcpus();
	struct blob out = { 0 };
	size_t size;

	for (size = 0; size < context.size; size++)
		expect_status("prefix",
			      make((struct pvhboot_bytes){ context.data, size }, BACK, 8192, &out),
			      PVHBOOT_TRUNCATED);
	blob_free(&context);
}
END_TEST

START_TEST(small_room)
{
	struct blob context = two_vcpus();
	struct blob out = { 0 };
	size_t size;

	ck_assert(make(blob_view(&context), BACK, 8192, &out) == PVHBOOT_OK);
	for (size = 0; size < out.size; size++)
		expect_status("room", make(blob_view(&context), BACK, size, &out), PVHBOOT_NOSPACE);
	size = out.size;
	expect_status("room", make(blob_view(&context), BACK, size, &out), PVHBOOT_OK);
	blob_free(&out);
	blob_free(&context);
}
END_TEST

/* One number of a good context, changed. */
static const struct change {
	const char *name;
	size_t offset;
	unsigned int width;
	uint64_t value;
	uint32_t flags;
	enum pvhboot_status status;
} changes[] = {
	{ "header: type", 0, 2, CPU, BACK, PVHBOOT_FORMAT },
	{ "header: short", 4, 4, HEADER_SIZE - 8, BACK, PVHBOOT_FORMAT },
	{ "header: long", 4, 4, HEADER_SIZE + 8, BACK, PVHBOOT_FORMAT },
	{ "header: larger than all", 4, 4, 0xffffffff, BACK, PVHBOOT_TRUNCATED },
	{ "header: magic", 8, 4, MAGIC + 1, BACK, PVHBOOT_FORMAT },
	{ "header: version 0", 12, 4, 0, BACK, PVHBOOT_UNSUPPORTED },
	{ "header: version 2", 12, 4, 2, BACK, PVHBOOT_UNSUPPORTED },
	{ "lapic: larger than all", 36, 4, 0xffffffff, 0, PVHBOOT_TRUNCATED },
	{ "lapic: as an end", 32, 2, END, 0, PVHBOOT_MALFORMED },
	{ "lapic: of an unknown type", 32, 2, 0xffff, BACK, PVHBOOT_OK },
	{ "mtrr: short", FIRST_MTRR + 4, 4, MTRR_SIZE - 8, BACK, PVHBOOT_MALFORMED },
	{ "mtrr: empty", FIRST_MTRR + 4, 4, 0, BACK, PVHBOOT_MALFORMED },
	{ "mtrr: not of vCPU 0", FIRST_MTRR + 2, 2, 1, BACK, PVHBOOT_MALFORMED },
	{ "mtrr: not of vCPU 0, not wanted", FIRST_MTRR + 2, 2, 1, 0, PVHBOOT_OK },
	{ "mtrr: another type", FIRST_MTRR, 2, LAPIC, BACK, PVHBOOT_MALFORMED },
	{ "flags: unknown", 0, 2, HEADER, 2, PVHBOOT_INVAL },
};

START_TEST(changed_context)
{
	const struct change *change = &changes[_i];
	struct blob context = two_vcpus();
	struct blob out = { 0 };

	store_le(context.data + change->offset, change->width, change->value);
	expect_status(change->name, make(blob_view(&context), change->flags, 8192, &out),
		      change->status);
	blob_free(&out);
	blob_free(&context);
}
END_TEST

START_TEST(without_arguments)
{
	const struct pvhboot_cpu cpu = entry_registers();
	struct blob context = two_vcpus();
	struct pvhboot_bytes bytes = blob_view(&context);
	uint8_t room[4096];
	struct pvhboot_buffer out = { room, sizeof(room) };
	size_t size;

	expect_status("cpu", pvhboot_xen_context(NULL, bytes, 0, out, &size), PVHBOOT_INVAL);
	expect_status("size", pvhboot_xen_context(&cpu, bytes, 0, out, NULL), PVHBOOT_INVAL);
	bytes.data = NULL;
	expect_status("data", pvhboot_xen_context(&cpu, bytes, 0, out, &size), PVHBOOT_INVAL);
	bytes.size = 0;
	expect_status("empty", pvhboot_xen_context(&cpu, bytes, 0, out, &size), PVHBOOT_TRUNCATED);
	bytes = blob_view(&context);
	out.data = NULL;
	expect_status("out", pvhboot_xen_context(&cpu, bytes, 0, out, &size), PVHBOOT_INVAL);
	out.size = 0;
	expect_status("no room", pvhboot_xen_context(&cpu, bytes, 0, out, &size), PVHBOOT_NOSPACE);
	blob_free(&context);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("adapt_xen");
	TCase *registers = suite_case(suite, "registers");
	TCase *contexts = suite_case(suite, "contexts");

	tcase_add_test(registers, cpu_record);
	tcase_add_test(registers, vcpu_context);

	tcase_add_test(contexts, context_is_made);
	tcase_add_test(contexts, context_without_mtrrs);
	tcase_add_test(contexts, context_of_a_later_xen);
	tcase_add_test(contexts, short_context);
	tcase_add_test(contexts, small_room);
	tcase_add_loop_test(contexts, changed_context, 0, sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(contexts, without_arguments);
	return suite_run(suite);
}
