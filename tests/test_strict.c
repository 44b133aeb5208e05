/* SPDX-License-Identifier: MIT */
/* boot.h: PVHBOOT_OPTION_STRICT, whichever stage warns. */

#include <pvhboot/pvhboot.h>
#include <stdio.h>
#include <string.h>

#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/fakealloc.h"
#include "support/fakemem.h"
#include "support/scene.h"
#include "support/suite.h"

#define PADDR ((uint64_t)KERNEL_PADDR)
#define UNTOUCHED 0xee

/*
 * A boot in which each stage may warn once: a bzImage whose boot flag is wrong,
 * with bytes behind its stream, around a kernel whose entry is in its bss, for
 * an OVMF without an RSDP.
 */
enum { PROBE = 1, UNPACK = 2, OPEN = 4, PLAN = 8, ALL = 15 };

struct boot {
	struct scene scene;
	struct blob file;
	struct fakealloc alloc;
	struct fakemem mem;
	struct pvhboot_allocator allocator;
	struct pvhboot_memory memory;
	struct pvhboot_options options;
	struct pvhboot_cpu cpu;
	struct pvhboot_diag diag;
};

/* The rule that each stage warns of. */
static const char *rule_of(unsigned int stage)
{
	switch (stage) {
	case PROBE:
		return "0xaa55";
	case UNPACK:
		return "stream";
	case OPEN:
		return "an entry < end of its segment's bytes";
	default:
		return "the address of an RSDP";
	}
}

static unsigned int first_of(unsigned int stages)
{
	return stages & (0 - stages);
}

static void boot_open(struct boot *boot, unsigned int warns)
{
	struct kernel_spec spec = { .n_loads = 1 };
	struct blob payload = { 0 };

	memset(boot, 0, sizeof(*boot));
	if (warns & OPEN)
		spec.entry = PADDR + 0x400;
	scene_open_pc(&boot->scene, &spec);
	if (warns & PLAN)
		boot->scene.request.guests = PVHBOOT_FOR_OVMF;
	elf_patch(&boot->scene.elf, "e_entry", 0, PADDR + 0x40); /* of another entry */
	bz_compress(&payload, PVHBOOT_COMPRESSION_GZIP, blob_view(&boot->scene.elf.image), NULL);
	if (warns & UNPACK) {
		blob_fill(&payload, 0x3c, 12);
		blob_put(&payload, 4, boot->scene.elf.image.size);
	}
	bz_wrap(&boot->file, blob_view(&payload), &(struct bz_spec){ .version = 0x20f });
	if (warns & PROBE)
		bz_patch(&boot->file, "boot_flag", 0);
	blob_free(&payload);
	boot->allocator = fakealloc_open(&boot->alloc);
	boot->options.allocator = &boot->allocator;
	boot->options.flags = PVHBOOT_OPTION_STRICT;
	fakemem_add(&boot->mem, PADDR - 0x1000, 0x10000);
	boot->memory = fakemem_open(&boot->mem, FAKEMEM_ALL, PVHBOOT_MEMORY_ZEROED);
	memset(&boot->cpu, UNTOUCHED, sizeof(boot->cpu));
}

static void boot_close(struct boot *boot)
{
	ck_assert_uint_eq(boot->alloc.n_live, 0);
	ck_assert_uint_eq(boot->alloc.n_misuse, 0);
	blob_free(&boot->file);
	fakemem_close(&boot->mem);
	scene_close(&boot->scene);
}

static void expect_untouched(const char *row, const void *out, size_t size)
{
	const uint8_t *bytes = out;

	for (size_t i = 0; i < size; i++)
		ck_assert_msg(bytes[i] == UNTOUCHED, "%s: byte %zu was written", row, i);
}

/* The call failed by warning number i, and left nothing behind. */
static void expect_warned(const char *row, const struct boot *boot, size_t i, const char *rule)
{
	const struct pvhboot_diag *diag = &boot->diag;

	expect_eq(row, diag->status, PVHBOOT_WARNED);
	expect_true(row, diag->n_warnings > i);
	expect_true(row, memcmp(&diag->failure, &diag->warnings[i], sizeof(diag->failure)) == 0);
	expect_rule(row, &diag->failure, rule);
	expect_eq(row, diag->detail[0], '\0');
	expect_untouched(row, &boot->cpu, sizeof(boot->cpu));
	expect_true(row, fakemem_untouched(&boot->mem));
	expect_eq(row, boot->alloc.n_live, 0);
}

static enum pvhboot_status run(struct boot *boot)
{
	return pvhboot_boot(blob_view(&boot->file), &boot->scene.request, &boot->options,
			    &boot->memory, &boot->cpu, &boot->diag);
}

static size_t count(unsigned int stages)
{
	return (stages & 1) + (stages >> 1 & 1) + (stages >> 2 & 1) + (stages >> 3);
}

START_TEST(boot_all)
{
	for (unsigned int warns = 0; warns <= ALL; warns++) {
		struct boot boot;
		char row[32];

		snprintf(row, sizeof(row), "stages 0x%x", warns);
		boot_open(&boot, warns);
		expect_status(row, run(&boot), warns ? PVHBOOT_WARNED : PVHBOOT_OK);
		if (warns) {
			expect_warned(row, &boot, 0, rule_of(first_of(warns)));
		} else {
			expect_success(row, &boot.diag, 0);
			expect_eq(row, boot.cpu.rip, PADDR + 0x40);
		}
		/* The same without: every warning, and success. */
		memset(&boot.diag, 0, sizeof(boot.diag));
		boot.options.flags = 0;
		expect_status(row, run(&boot), PVHBOOT_OK);
		expect_success(row, &boot.diag, count(warns));
		boot_close(&boot);
	}
}
END_TEST

/* With a guest and without one; and warnings that nobody reads count too. */
START_TEST(prepare_all)
{
	for (unsigned int warns = 0; warns <= ALL; warns++) {
		for (unsigned int way = 0; way < 4; way++) {
			struct pvhboot_prepared prepared;
			struct boot boot;
			char row[48];

			snprintf(row, sizeof(row), "stages 0x%x, way %u", warns, way);
			boot_open(&boot, warns);
			memset(&prepared, UNTOUCHED, sizeof(prepared));
			expect_status(row,
				      pvhboot_prepare(blob_view(&boot.file), &boot.scene.request,
						      &boot.options, way & 1 ? &boot.memory : NULL,
						      &prepared, way & 2 ? &boot.diag : NULL),
				      warns ? PVHBOOT_WARNED : PVHBOOT_OK);
			if (warns) {
				expect_untouched(row, &prepared, sizeof(prepared));
				expect_true(row, fakemem_untouched(&boot.mem));
			} else {
				pvhboot_prepared_release(&prepared);
			}
			if (warns && way & 2)
				expect_warned(row, &boot, 0, rule_of(first_of(warns)));
			boot_close(&boot);
		}
	}
}
END_TEST

/* A second plan that warns fails; the first one is gone, and a third can be made. */
START_TEST(replan)
{
	struct pvhboot_prepared prepared;
	struct pvhboot_request request;
	struct boot boot;

	boot_open(&boot, 0);
	expect_status("prepare",
		      pvhboot_prepare(blob_view(&boot.file), &boot.scene.request, &boot.options,
				      &boot.memory, &prepared, &boot.diag),
		      PVHBOOT_OK);
	request = boot.scene.request;
	request.guests = PVHBOOT_FOR_OVMF;
	expect_status("warns", pvhboot_prepared_replan(&prepared, &request, &boot.diag),
		      PVHBOOT_WARNED);
	expect_rule("warns", &boot.diag.failure, rule_of(PLAN));
	ck_assert_uint_eq(prepared.plan.n_places, 0);
	expect_status("no diagnostic", pvhboot_prepared_replan(&prepared, &request, NULL),
		      PVHBOOT_WARNED);
	expect_status("silent", pvhboot_prepared_replan(&prepared, &boot.scene.request, &boot.diag),
		      PVHBOOT_OK);
	ck_assert_uint_ne(prepared.plan.n_places, 0);
	pvhboot_prepared_release(&prepared);
	boot_close(&boot);
}
END_TEST

/* Leniency that was asked for warns, and so does not go with strictness. */
START_TEST(boot_as_xen)
{
	const struct finding want = { .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX,
				      .stage = PVHBOOT_STAGE_ELF,
				      .subject = PVHBOOT_SUBJECT_SEGMENT,
				      .index = 1 };
	static const struct {
		const char *name;
		uint32_t kernel_flags;
		uint32_t flags;
		enum pvhboot_status status;
	} rows[] = {
		{ "not asked for", 0, 0, PVHBOOT_OVERLAP },
		{ "as Xen, strictly", PVHBOOT_COMPAT_XEN, PVHBOOT_OPTION_STRICT, PVHBOOT_WARNED },
		{ "as Xen", PVHBOOT_COMPAT_XEN, 0, PVHBOOT_OK },
	};
	struct boot boot;

	boot_open(&boot, 0);
	scene_close(&boot.scene);
	scene_open_pc(&boot.scene, NULL);
	elf_patch(&boot.scene.elf, "p_memsz", 0, 0x1001);
	blob_free(&boot.file);
	blob_append(&boot.file, boot.scene.elf.image.data, boot.scene.elf.image.size);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&boot.diag, 0, sizeof(boot.diag));
		boot.options.kernel_flags = rows[i].kernel_flags;
		boot.options.flags = rows[i].flags;
		expect_status(rows[i].name, run(&boot), rows[i].status);
		if (rows[i].status)
			expect_failure(rows[i].name, &boot.diag, rows[i].status, &want);
		else
			expect_warning(rows[i].name, &boot.diag, &want);
	}
	boot_close(&boot);
}
END_TEST

/* Of several, the first is the failure. */
START_TEST(first_of_many)
{
	struct boot boot;

	boot_open(&boot, PLAN);
	boot.scene.request.flags |= PVHBOOT_REQUEST_VERSION_0;
	boot.scene.request.guests |= PVHBOOT_FOR_GRUB;
	expect_status("plan", scene_plan(&boot.scene), PVHBOOT_OK);
	ck_assert_uint_eq(boot.scene.diag.n_warnings, 2);
	expect_status("strict", run(&boot), PVHBOOT_WARNED);
	ck_assert_uint_eq(boot.diag.n_warnings, 2);
	ck_assert_mem_eq(&boot.diag.failure, &boot.scene.diag.warnings[0],
			 sizeof(boot.diag.failure));
	ck_assert_mem_eq(&boot.diag.warnings[1], &boot.scene.diag.warnings[1],
			 sizeof(boot.diag.failure));
	boot_close(&boot);
}
END_TEST

/* A failure of its own is what a call tells, warnings or not. */
START_TEST(failure_first)
{
	const struct finding want = { .says = SAYS_STAGE | SAYS_SUBJECT,
				      .stage = PVHBOOT_STAGE_PLAN,
				      .subject = PVHBOOT_SUBJECT_INFO };
	struct boot boot;

	boot_open(&boot, 0);
	scene_map(&boot.scene, 0x100000, 0x1000, PVHBOOT_MAP_NVS);
	boot.scene.request.info_ceiling = 0x101000;
	expect_status("lenient", scene_plan(&boot.scene), PVHBOOT_NOROOM);
	ck_assert_uint_eq(boot.scene.diag.n_warnings, 1);
	expect_status("strict", run(&boot), PVHBOOT_NOROOM);
	expect_failure("strict", &boot.diag, PVHBOOT_NOROOM, &want);
	boot_close(&boot);
}
END_TEST

/* Only what the call itself warns of counts: after old ones, in a list with room for one more,
 * and in a full one, whose last stands for the one that is lost. */
START_TEST(warnings_before)
{
	static const struct {
		const char *name;
		uint16_t n_warnings;
		uint32_t n_lost;
	} rows[] = {
		{ "one", 1, 0 },
		{ "room for one", PVHBOOT_MAX_WARNINGS - 1, 0 },
		{ "full", PVHBOOT_MAX_WARNINGS, 0 },
		{ "one lost", PVHBOOT_MAX_WARNINGS, 1 },
		{ "two lost", PVHBOOT_MAX_WARNINGS, 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i].name;
		const int full = rows[i].n_warnings == PVHBOOT_MAX_WARNINGS;

		for (unsigned int warns = 0; warns <= OPEN; warns += OPEN) {
			struct pvhboot_diag *diag;
			struct boot boot;

			boot_open(&boot, warns);
			diag = &boot.diag;
			for (uint32_t k = 0; k < rows[i].n_warnings; k++)
				diag->warnings[k] =
					(struct pvhboot_finding){ .rule = "an old one",
								  .stage = PVHBOOT_STAGE_IMAGE,
								  .index = k };
			diag->n_warnings = rows[i].n_warnings;
			diag->n_lost = rows[i].n_lost;
			expect_status(row, run(&boot), warns ? PVHBOOT_WARNED : PVHBOOT_OK);
			expect_eq(row, diag->n_warnings,
				  rows[i].n_warnings + (warns && !full ? 1u : 0u));
			expect_eq(row, diag->n_lost, rows[i].n_lost + (warns && full ? 1u : 0u));
			if (warns)
				expect_warned(row, &boot, diag->n_warnings - 1u,
					      full ? "an old one" : rule_of(OPEN));
			boot_close(&boot);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("strict");
	TCase *each = suite_case(suite, "each");
	TCase *rules = suite_case(suite, "rules");

	tcase_add_test(each, boot_all);
	tcase_add_test(each, prepare_all);
	tcase_add_test(each, replan);
	tcase_add_test(each, boot_as_xen);
	tcase_add_test(rules, first_of_many);
	tcase_add_test(rules, failure_first);
	tcase_add_test(rules, warnings_before);
	return suite_run(suite);
}
