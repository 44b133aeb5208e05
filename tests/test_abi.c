/* SPDX-License-Identifier: MIT */
/* What programs that were built against these headers rely on: layouts, the version as a
 * number, and room for later members that no caller may have used. */

#include <pvhboot/pvhboot.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/fakemem.h"
#include "support/scene.h"
#include "support/suite.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

#if PVHBOOT_VERSION_NUMBER < 0x000100 || PVHBOOT_VERSION_NUMBER > 0xffffff
#error "a version number for #if"
#endif

START_TEST(version_number)
{
	ck_assert_int_eq(PVHBOOT_VERSION_NUMBER >> 16, PVHBOOT_VERSION_MAJOR);
	ck_assert_int_eq(PVHBOOT_VERSION_NUMBER >> 8 & 0xff, PVHBOOT_VERSION_MINOR);
	ck_assert_int_eq(PVHBOOT_VERSION_NUMBER & 0xff, PVHBOOT_VERSION_PATCH);
}
END_TEST

#if defined(__x86_64__) && !defined(__ILP32__)

/* A struct, or a member of the struct above. Written down here a second time, on purpose: who
 * changes a number here changes the soname. */
struct layout {
	const char *name;
	int is_struct;
	size_t got;
	size_t want;
	size_t size; /* of a member */
};

#define SIZE(type, want)                                                                           \
	{                                                                                          \
		"struct pvhboot_" #type, 1, sizeof(struct pvhboot_##type), want, 0                 \
	}
#define AT(type, member, want)                                                                     \
	{                                                                                          \
#type "." #member, 0, offsetof(struct pvhboot_##type, member), want,               \
			sizeof(((struct pvhboot_##type *)0)->member)                               \
	}

static const struct layout layouts[] = {
	/* base.h */
	SIZE(bytes, 16),
	AT(bytes, data, 0),
	AT(bytes, size, 8),
	SIZE(buffer, 16),
	AT(buffer, data, 0),
	AT(buffer, size, 8),
	SIZE(range, 16),
	AT(range, start, 0),
	AT(range, end, 8),
	SIZE(finding, 48),
	AT(finding, rule, 0),
	AT(finding, offset, 8),
	AT(finding, found, 16),
	AT(finding, bound, 24),
	AT(finding, index, 32),
	AT(finding, stage, 36),
	AT(finding, subject, 37),
	AT(finding, has, 38),
	AT(finding, unit, 39),
	AT(finding, reserved, 40),
	SIZE(diag, 992),
	AT(diag, status, 0),
	AT(diag, n_warnings, 2),
	AT(diag, n_lost, 4),
	AT(diag, reserved, 8),
	AT(diag, failure, 16),
	AT(diag, detail, 64),
	AT(diag, warnings, 224),
	SIZE(allocator, 32),
	AT(allocator, ctx, 0),
	AT(allocator, alloc, 8),
	AT(allocator, release, 16),
	AT(allocator, reserved, 24),

	/* codec.h */
	SIZE(parallel, 24),
	AT(parallel, ctx, 0),
	AT(parallel, run, 8),
	AT(parallel, reserved, 16),
	SIZE(decode, 144),
	AT(decode, in, 0),
	AT(decode, out, 16),
	AT(decode, allocator, 32),
	AT(decode, max_memory, 64),
	AT(decode, out_is_exact, 72),
	AT(decode, only_start, 76),
	AT(decode, parallel, 80),
	AT(decode, in_used, 88),
	AT(decode, out_used, 96),
	AT(decode, rule, 104),
	AT(decode, memory_needed, 112),
	AT(decode, out_needed, 120),
	AT(decode, reserved, 128),
	SIZE(codec, 16),
	AT(codec, compression, 0),
	AT(codec, reserved, 4),
	AT(codec, decode, 8),

	/* cpu.h */
	SIZE(cpu_segment, 16),
	AT(cpu_segment, base, 0),
	AT(cpu_segment, limit, 8),
	AT(cpu_segment, selector, 12),
	AT(cpu_segment, access, 14),
	SIZE(cpu, 200),
	AT(cpu, rip, 0),
	AT(cpu, rbx, 8),
	AT(cpu, rsi, 16),
	AT(cpu, rsp, 24),
	AT(cpu, rflags, 32),
	AT(cpu, cr0, 40),
	AT(cpu, cr3, 48),
	AT(cpu, cr4, 56),
	AT(cpu, efer, 64),
	AT(cpu, gdt_base, 72),
	AT(cpu, gdt_limit, 80),
	AT(cpu, is_64bit, 84),
	AT(cpu, cs, 88),
	AT(cpu, data, 104),
	AT(cpu, tr, 120),
	AT(cpu, reserved, 136),

	/* image.h */
	SIZE(options, 104),
	AT(options, allocator, 0),
	AT(options, codecs, 8),
	AT(options, max_output, 16),
	AT(options, max_memory, 24),
	AT(options, parallel, 32),
	AT(options, profile_id, 40),
	AT(options, profile, 56),
	AT(options, kernel_flags, 60),
	AT(options, flags, 64),
	AT(options, reserved32, 68),
	AT(options, reserved, 72),
	SIZE(uki, 104),
	AT(uki, initrd, 0),
	AT(uki, ucode, 16),
	AT(uki, cmdline, 32),
	AT(uki, osrel, 48),
	AT(uki, uname, 64),
	AT(uki, n_profiles, 80),
	AT(uki, profile, 84),
	AT(uki, reserved, 88),
	SIZE(image, 192),
	AT(image, file, 0),
	AT(image, stream, 16),
	AT(image, stream_offset, 32),
	AT(image, unpacked_size, 40),
	AT(image, uki, 48),
	AT(image, bzimage, 152),
	AT(image, container, 168),
	AT(image, compression, 170),
	AT(image, protocol, 172),
	AT(image, size_is_exact, 174),
	AT(image, depth, 175),
	AT(image, reserved, 176),
	SIZE(profile, 40),
	AT(profile, id, 0),
	AT(profile, title, 16),
	AT(profile, number, 32),
	AT(profile, reserved, 36),
	SIZE(profile_iter, 8),
	AT(profile_iter, section, 0),
	AT(profile_iter, number, 4),
	SIZE(loaded, 240),
	AT(loaded, image, 0),
	AT(loaded, elf, 192),
	AT(loaded, buffer, 208),
	AT(loaded, reserved, 224),

	/* kernel.h */
	SIZE(reloc, 24),
	AT(reloc, align, 0),
	AT(reloc, min, 8),
	AT(reloc, max, 16),
	SIZE(relocs, 24),
	AT(relocs, offset, 0),
	AT(relocs, n_64, 8),
	AT(relocs, n_inverse, 12),
	AT(relocs, n_32, 16),
	AT(relocs, reserved, 20),
	SIZE(linux, 128),
	AT(linux, header, 0),
	AT(linux, entry, 16),
	AT(linux, pref_address, 24),
	AT(linux, init_size, 32),
	AT(linux, align, 40),
	AT(linux, initrd_max, 48),
	AT(linux, relocs, 56),
	AT(linux, cmdline_size, 80),
	AT(linux, protocol, 84),
	AT(linux, xloadflags, 86),
	AT(linux, relocatable, 88),
	AT(linux, reserved8, 89),
	AT(linux, reserved, 96),
	SIZE(features, 16),
	AT(features, supported, 0),
	AT(features, required, 4),
	AT(features, is_complete, 8),
	AT(features, reserved, 12),
	SIZE(symbols, 72),
	AT(symbols, symtab, 0),
	AT(symbols, strtab, 16),
	AT(symbols, gpa, 32),
	AT(symbols, size, 40),
	AT(symbols, symtab_shdr, 48),
	AT(symbols, strtab_shdr, 56),
	AT(symbols, reserved, 64),
	SIZE(elf_tables, 32),
	AT(elf_tables, phoff, 0),
	AT(elf_tables, shoff, 8),
	AT(elf_tables, phnum, 16),
	AT(elf_tables, shnum, 20),
	AT(elf_tables, phentsize, 24),
	AT(elf_tables, shentsize, 28),
	SIZE(kernel, 432),
	AT(kernel, elf, 0),
	AT(kernel, start, 16),
	AT(kernel, end, 24),
	AT(kernel, entry, 32),
	AT(kernel, reloc, 40),
	AT(kernel, linux_boot, 64),
	AT(kernel, features, 192),
	AT(kernel, symbols, 208),
	AT(kernel, build_id, 280),
	AT(kernel, guest_os, 296),
	AT(kernel, tables, 312),
	AT(kernel, n_segments, 344),
	AT(kernel, n_notes, 348),
	AT(kernel, flags, 352),
	AT(kernel, entries, 356),
	AT(kernel, machine, 360),
	AT(kernel, elf_class, 362),
	AT(kernel, relocatable, 363),
	AT(kernel, note_source, 364),
	AT(kernel, overlapping, 365),
	AT(kernel, reserved8, 366),
	AT(kernel, reserved, 368),
	SIZE(segment, 48),
	AT(segment, bytes, 0),
	AT(segment, offset, 16),
	AT(segment, gpa, 24),
	AT(segment, size, 32),
	AT(segment, index, 40),
	AT(segment, flags, 44),
	SIZE(segment_iter, 4),
	AT(segment_iter, next, 0),
	SIZE(note, 48),
	AT(note, name, 0),
	AT(note, desc, 16),
	AT(note, offset, 32),
	AT(note, type, 40),
	AT(note, padding, 44),
	SIZE(note_iter, 16),
	AT(note_iter, table, 0),
	AT(note_iter, padding, 4),
	AT(note_iter, offset, 8),

	/* memory.h */
	SIZE(memory, 88),
	AT(memory, ctx, 0),
	AT(memory, map, 8),
	AT(memory, unmap, 16),
	AT(memory, write, 24),
	AT(memory, zero, 32),
	AT(memory, read, 40),
	AT(memory, flags, 48),
	AT(memory, reserved32, 52),
	AT(memory, reserved, 56),

	/* plan.h */
	SIZE(map_entry, 24),
	AT(map_entry, gpa, 0),
	AT(map_entry, size, 8),
	AT(map_entry, type, 16),
	AT(map_entry, reserved, 20),
	SIZE(module, 72),
	AT(module, bytes, 0),
	AT(module, cmdline, 16),
	AT(module, gpa, 32),
	AT(module, align, 40),
	AT(module, flags, 48),
	AT(module, reserved32, 52),
	AT(module, reserved, 56),
	SIZE(blob, 80),
	AT(blob, bytes, 0),
	AT(blob, size, 16),
	AT(blob, gpa, 24),
	AT(blob, window, 32),
	AT(blob, align, 48),
	AT(blob, type, 56),
	AT(blob, flags, 60),
	AT(blob, reserved, 64),
	SIZE(request, 200),
	AT(request, kernel, 0),
	AT(request, map, 8),
	AT(request, n_map, 16),
	AT(request, avoid, 24),
	AT(request, n_avoid, 32),
	AT(request, modules, 40),
	AT(request, n_modules, 48),
	AT(request, blobs, 56),
	AT(request, n_blobs, 64),
	AT(request, cmdline, 72),
	AT(request, rsdp, 88),
	AT(request, ceiling, 96),
	AT(request, info_ceiling, 104),
	AT(request, slide, 112),
	AT(request, flags, 120),
	AT(request, guests, 124),
	AT(request, entry, 128),
	AT(request, rsdp_blob, 132),
	AT(request, entropy, 136),
	AT(request, efi, 152),
	AT(request, reserved, 168),
	SIZE(place, 64),
	AT(place, gpa, 0),
	AT(place, size, 8),
	AT(place, source, 16),
	AT(place, source_offset, 32),
	AT(place, kind, 40),
	AT(place, index, 44),
	AT(place, flags, 48),
	AT(place, reserved32, 52),
	AT(place, reserved, 56),
	SIZE(kaslr, 24),
	AT(kaslr, virtual_slide, 0),
	AT(kaslr, physical_slots, 8),
	AT(kaslr, virtual_slots, 12),
	AT(kaslr, physical_fixed, 16),
	AT(kaslr, virtual_fixed, 20),
	SIZE(plan, 168),
	AT(plan, places, 0),
	AT(plan, n_places, 8),
	AT(plan, info, 16),
	AT(plan, map, 32),
	AT(plan, n_map, 40),
	AT(plan, start_info, 48),
	AT(plan, entry, 56),
	AT(plan, page_tables, 64),
	AT(plan, gdt, 72),
	AT(plan, slide, 80),
	AT(plan, kaslr, 88),
	AT(plan, entry_kind, 112),
	AT(plan, reserved32, 116),
	AT(plan, reserved, 120),

	/* boot.h */
	SIZE(prepared_own, 392),
	AT(prepared_own, allocator, 0),
	AT(prepared_own, memory, 32),
	AT(prepared_own, modules, 120),
	AT(prepared_own, elf, 264),
	AT(prepared_own, workspace, 280),
	AT(prepared_own, window, 296),
	AT(prepared_own, host, 312),
	AT(prepared_own, slide, 320),
	AT(prepared_own, kernel_flags, 328),
	AT(prepared_own, options, 332),
	AT(prepared_own, reserved, 336),
	SIZE(prepared, 1256),
	AT(prepared, image, 0),
	AT(prepared, kernel, 192),
	AT(prepared, plan, 624),
	AT(prepared, in_guest, 792),
	AT(prepared, reserved32, 796),
	AT(prepared, reserved, 800),
	AT(prepared, own, 864),

	/* start.h */
	SIZE(start, 88),
	AT(start, memory, 0),
	AT(start, gpa, 8),
	AT(start, modules, 16),
	AT(start, map, 24),
	AT(start, cmdline, 32),
	AT(start, rsdp, 40),
	AT(start, n_modules, 48),
	AT(start, n_map, 52),
	AT(start, version, 56),
	AT(start, flags, 60),
	AT(start, reserved, 64),
	AT(start, reserved64, 72),
	SIZE(listed_module, 32),
	AT(listed_module, gpa, 0),
	AT(listed_module, size, 8),
	AT(listed_module, cmdline, 16),
	AT(listed_module, reserved, 24),
	SIZE(start_finding, 56),
	AT(start_finding, finding, 0),
	AT(start_finding, severity, 48),
	AT(start_finding, guests, 52),
	SIZE(start_report, 64),
	AT(start_report, findings, 0),
	AT(start_report, max_findings, 8),
	AT(start_report, n_findings, 16),
	AT(start_report, n_errors, 24),
	AT(start_report, n_warnings, 32),
	AT(start_report, n_notes, 40),
	AT(start_report, reserved, 48),
};

START_TEST(layouts_stay)
{
	for (size_t i = 0; i < N_OF(layouts); i++)
		expect_eq(layouts[i].name, layouts[i].got, layouts[i].want);
}
END_TEST

/* The table has every member: there are no gaps, neither in a struct nor in the table. */
START_TEST(no_member_is_left_out)
{
	size_t end = 0, size = 0;

	for (size_t i = 0; i < N_OF(layouts); i++) {
		const struct layout *layout = &layouts[i];

		if (!layout->is_struct) {
			/* to where its alignment puts it */
			expect_true(layout->name, layout->got >= end && layout->got - end < 8);
			end = layout->got + layout->size;
		} else {
			expect_eq(layout->name, end, size);
			size = layout->got;
			end = 0;
		}
	}
	ck_assert_uint_eq(end, size);
}
END_TEST

#endif

/* The calls, as bits: all that look at an object. */
enum {
	NEED = 1,
	MAKE = 2,
	CHECK = 4,
	COMMIT = 8,
	PREPARE = 16,
	REPLAN = 32,
	PREPARED_COMMIT = 64,
	BOOT = 128,
	ALL_CALLS = 255
};

#define OF_REQUEST_CALLS (NEED | MAKE | CHECK | PREPARE | REPLAN | BOOT)
#define OF_MEMORY_CALLS (COMMIT | PREPARE | PREPARED_COMMIT | BOOT)
#define OF_OPTIONS_CALLS (PREPARE | BOOT)

/* All that a boot is made of, each of which can be changed. */
struct objects {
	struct scene scene;
	struct fakemem mem;
	struct fakealloc alloc;
	struct pvhboot_memory memory;
	struct pvhboot_options options;
	struct pvhboot_allocator allocator;
	struct pvhboot_buffer workspace;
	struct pvhboot_plan plan;         /* made before the change, in another workspace */
	struct pvhboot_prepared prepared; /* the same */
	struct pvhboot_diag diag;
};

static void objects_open(struct objects *o)
{
	memset(o, 0, sizeof(*o));
	scene_open_pc(&o->scene, NULL);
	scene_module(&o->scene, 5, "initrd");
	scene_module(&o->scene, 6, NULL);
	scene_blob(&o->scene, 7, 0xe0000, PVHBOOT_MAP_ACPI);
	scene_blob(&o->scene, 8, 0, PVHBOOT_MAP_NVS);
	scene_expect_plan("plan", &o->scene, 0);
	o->plan = o->scene.plan;
	o->workspace = (struct pvhboot_buffer){ must_alloc(o->scene.need), o->scene.need };
	fakemem_add(&o->mem, 0xe0000, 0x1000);
	fakemem_add(&o->mem, 0x100000, 0x1000);
	fakemem_add(&o->mem, KERNEL_PADDR, 0x10000);
	o->memory = fakemem_open(&o->mem, FAKEMEM_WRITE | FAKEMEM_ZERO, 0);
	o->allocator = fakealloc_open(&o->alloc);
	o->options.allocator = &o->allocator;
	expect_status("prepare",
		      pvhboot_prepare(blob_view(&o->scene.elf.image), &o->scene.request, NULL,
				      &o->memory, &o->prepared, &o->diag),
		      PVHBOOT_OK);
}

static void objects_close(struct objects *o)
{
	pvhboot_prepared_release(&o->prepared);
	ck_assert_uint_eq(o->alloc.n_live, 0);
	free(o->workspace.data);
	fakemem_close(&o->mem);
	scene_close(&o->scene);
}

static enum pvhboot_status plan_call(struct objects *o, unsigned int call)
{
	struct pvhboot_request *request = &o->scene.request;
	struct pvhboot_plan plan;
	size_t size;

	switch (call) {
	case NEED:
		return pvhboot_plan_need(request, &size, &o->diag);
	case MAKE:
		return pvhboot_plan_make(request, o->workspace, &plan, &o->diag);
	case CHECK:
		return pvhboot_plan_check(&o->plan, request, &o->diag);
	default:
		return pvhboot_plan_commit(&o->plan, &o->memory, &o->diag);
	}
}

static enum pvhboot_status load_call(struct objects *o, unsigned int call)
{
	struct pvhboot_bytes file = blob_view(&o->scene.elf.image);
	struct pvhboot_request *request = &o->scene.request;
	struct pvhboot_prepared prepared;
	struct pvhboot_cpu cpu;
	enum pvhboot_status status;

	switch (call) {
	case PREPARE:
		status = pvhboot_prepare(file, request, &o->options, &o->memory, &prepared,
					 &o->diag);
		if (status == PVHBOOT_OK)
			pvhboot_prepared_release(&prepared);
		return status;
	case REPLAN:
		return pvhboot_prepared_replan(&o->prepared, request, &o->diag);
	case PREPARED_COMMIT:
		return pvhboot_prepared_commit(&o->prepared, &o->memory, &o->diag);
	default:
		return pvhboot_boot(file, request, &o->options, &o->memory, &cpu, &o->diag);
	}
}

static enum pvhboot_status do_call(struct objects *o, unsigned int call)
{
	memset(&o->diag, 0, sizeof(o->diag));
	return call < PREPARE ? plan_call(o, call) : load_call(o, call);
}

#define IN(object) offsetof(struct objects, object), sizeof(((struct objects *)0)->object)

/* Reserved members: every byte of them, one by one. */
static const struct {
	const char *name;
	size_t offset;
	size_t size;
	unsigned int calls;
} reserved[] = {
	{ "request", IN(scene.request.reserved), OF_REQUEST_CALLS },
	{ "module 0, 32 bits", IN(scene.modules[0].reserved32), OF_REQUEST_CALLS },
	{ "module 0", IN(scene.modules[0].reserved), OF_REQUEST_CALLS },
	{ "module 1, 32 bits", IN(scene.modules[1].reserved32), OF_REQUEST_CALLS },
	{ "module 1", IN(scene.modules[1].reserved), OF_REQUEST_CALLS },
	{ "blob 0", IN(scene.blobs[0].reserved), OF_REQUEST_CALLS },
	{ "blob 1", IN(scene.blobs[1].reserved), OF_REQUEST_CALLS },
	/* pvhboot_plan_need() does not look at them */
	{ "map entry 0", IN(scene.map[0].reserved), OF_REQUEST_CALLS & ~NEED },
	{ "map entry 1", IN(scene.map[1].reserved), OF_REQUEST_CALLS & ~NEED },
	{ "memory, 32 bits", IN(memory.reserved32), OF_MEMORY_CALLS },
	{ "memory", IN(memory.reserved), OF_MEMORY_CALLS },
	{ "options, 32 bits", IN(options.reserved32), OF_OPTIONS_CALLS },
	{ "options", IN(options.reserved), OF_OPTIONS_CALLS },
	{ "allocator", IN(allocator.reserved), OF_OPTIONS_CALLS },
};

/* The call fails so, for the caller's sake, and does nothing. */
static void expect_refused(const char *row, struct objects *o, unsigned int call)
{
	static const struct finding any = { 0 };
	char name[96];

	snprintf(name, sizeof(name), "%s, call 0x%x", row, call);
	expect_status(name, do_call(o, call), PVHBOOT_INVAL);
	expect_failure(name, &o->diag, PVHBOOT_INVAL, &any);
	expect_eq(name, o->mem.n_calls, 0);
	expect_true(name, fakemem_untouched(&o->mem));
	expect_eq(name, o->alloc.n_live, 0);
}

START_TEST(reserved_is_0)
{
	uint8_t *at;

	for (unsigned int call = 1; call < ALL_CALLS; call <<= 1) {
		struct objects o;

		if (!(reserved[_i].calls & call))
			continue;
		objects_open(&o);
		at = (uint8_t *)&o + reserved[_i].offset;
		for (size_t i = 0; i < reserved[_i].size; i++) {
			at[i] = i % 2 ? 0x80 : 1;
			expect_refused(reserved[_i].name, &o, call);
			at[i] = 0;
		}
		objects_close(&o);
	}
}
END_TEST

/* Values that no header names. */
static const struct {
	const char *name;
	size_t offset;
	size_t size;
	uint32_t known; /* bits; or for a value that is none: all */
	uint32_t value; /* with all known: this one */
	unsigned int calls;
} unknown[] = {
	{ "request.flags", IN(scene.request.flags), 0xff, 0, OF_REQUEST_CALLS },
	{ "request.guests", IN(scene.request.guests), 0x3f, 0, OF_REQUEST_CALLS },
	{ "request.entry", IN(scene.request.entry), UINT32_MAX, 6, OF_REQUEST_CALLS },
	{ "request.entry far", IN(scene.request.entry), UINT32_MAX, UINT32_MAX, OF_REQUEST_CALLS },
	{ "module.flags", IN(scene.modules[1].flags), 1, 0, OF_REQUEST_CALLS },
	{ "blob.flags", IN(scene.blobs[1].flags), 1, 0, OF_REQUEST_CALLS },
	{ "memory.flags", IN(memory.flags), 3, 0, OF_MEMORY_CALLS },
	{ "options.flags", IN(options.flags), 3, 0, OF_OPTIONS_CALLS },
	{ "options.kernel_flags", IN(options.kernel_flags), 1, 0, OF_OPTIONS_CALLS },
};

START_TEST(unknown_values)
{
	for (unsigned int call = 1; call < ALL_CALLS; call <<= 1) {
		struct objects o;
		uint32_t *at;

		if (!(unknown[_i].calls & call))
			continue;
		objects_open(&o);
		at = (uint32_t *)(void *)((uint8_t *)&o + unknown[_i].offset);
		ck_assert_uint_eq(unknown[_i].size, sizeof(*at));
		for (unsigned int bit = 0; bit < 32; bit++) {
			if (unknown[_i].known & 1u << bit)
				continue;
			*at = 1u << bit;
			expect_refused(unknown[_i].name, &o, call);
		}
		if (unknown[_i].known == UINT32_MAX) {
			*at = unknown[_i].value;
			expect_refused(unknown[_i].name, &o, call);
		}
		objects_close(&o);
	}
}
END_TEST

/* The calls above succeed as they are. */
START_TEST(as_it_is)
{
	for (unsigned int call = 1; call < ALL_CALLS; call <<= 1) {
		enum pvhboot_status status;
		struct objects o;
		char row[32];

		objects_open(&o);
		snprintf(row, sizeof(row), "call 0x%x", call);
		status = do_call(&o, call);
		expect_success(row, &o.diag, 0);
		expect_status(row, status, PVHBOOT_OK);
		objects_close(&o);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("abi");
	TCase *layout = suite_case(suite, "layout");
	TCase *room = suite_case(suite, "room");

	tcase_add_test(layout, version_number);
#if defined(__x86_64__) && !defined(__ILP32__)
	tcase_add_test(layout, layouts_stay);
	tcase_add_test(layout, no_member_is_left_out);
#endif
	tcase_add_test(room, as_it_is);
	tcase_add_loop_test(room, reserved_is_0, 0, N_OF(reserved));
	tcase_add_loop_test(room, unknown_values, 0, N_OF(unknown));
	return suite_run(suite);
}
