/* SPDX-License-Identifier: MIT */
/* base.h: PVHBOOT_STRICT, for each function that can warn. */

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
	struct pvhboot_allocator allocator;
	struct pvhboot_options options;
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
		return "the entry lies in bytes of the file";
	default:
		return "OVMF is given an RSDP";
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
		boot->scene.request.flags = PVHBOOT_FOR_OVMF;
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
	boot->diag.flags = PVHBOOT_STRICT;
}

static void boot_close(struct boot *boot)
{
	ck_assert_uint_eq(boot->alloc.n_live, 0);
	ck_assert_uint_eq(boot->alloc.n_misuse, 0);
	blob_free(&boot->file);
	scene_close(&boot->scene);
}

/* The call failed by this warning, which is the last of n. */
static void expect_warned(const char *row, const struct pvhboot_diag *diag, size_t n,
			  const char *rule)
{
	expect_eq(row, diag->status, PVHBOOT_WARNED);
	expect_eq(row, diag->n_warnings, n);
	expect_eq(row, diag->n_lost, 0);
	expect_true(row,
		    memcmp(&diag->failure, &diag->warnings[n - 1], sizeof(diag->failure)) == 0);
	expect_rule(row, &diag->failure, rule);
	expect_eq(row, diag->detail[0], '\0');
	expect_eq(row, diag->flags, PVHBOOT_STRICT);
}

static void expect_untouched(const char *row, const void *out, size_t size)
{
	const uint8_t *bytes = out;

	for (size_t i = 0; i < size; i++)
		ck_assert_msg(bytes[i] == UNTOUCHED, "%s: byte %zu was written", row, i);
}

START_TEST(kernel_open)
{
	struct pvhboot_kernel kernel;
	struct boot boot;

	boot_open(&boot, OPEN);
	memset(&kernel, UNTOUCHED, sizeof(kernel));
	expect_status("warns",
		      pvhboot_kernel_open(blob_view(&boot.scene.elf.image), 0, &kernel, &boot.diag),
		      PVHBOOT_WARNED);
	expect_warned("warns", &boot.diag, 1, rule_of(OPEN));
	expect_untouched("warns", &kernel, sizeof(kernel));
	/* Without a diagnostic nobody is strict. */
	expect_status("NULL",
		      pvhboot_kernel_open(blob_view(&boot.scene.elf.image), 0, &kernel, NULL),
		      PVHBOOT_OK);
	boot_close(&boot);

	boot_open(&boot, 0);
	expect_status("silent",
		      pvhboot_kernel_open(blob_view(&boot.scene.elf.image), 0, &kernel, &boot.diag),
		      PVHBOOT_OK);
	expect_success("silent", &boot.diag, 0);
	boot_close(&boot);
}
END_TEST

/* Leniency that was asked for warns, and so does not go with strictness. */
START_TEST(kernel_open_as_xen)
{
	struct pvhboot_kernel kernel;
	struct boot boot;

	boot_open(&boot, 0);
	scene_close(&boot.scene);
	scene_open(&boot.scene, NULL);
	elf_patch(&boot.scene.elf, "p_memsz", 0, 0x1001);
	memset(&kernel, UNTOUCHED, sizeof(kernel));
	expect_status("overlap",
		      pvhboot_kernel_open(blob_view(&boot.scene.elf.image), PVHBOOT_COMPAT_XEN,
					  &kernel, &boot.diag),
		      PVHBOOT_WARNED);
	expect_warned("overlap", &boot.diag, 1, "or the later one wins");
	expect_untouched("overlap", &kernel, sizeof(kernel));
	boot_close(&boot);
}
END_TEST

START_TEST(plan_make)
{
	struct pvhboot_plan plan;
	struct boot boot;
	struct guard guard;
	size_t need = 0;

	for (unsigned int warns = 0; warns <= PLAN; warns += PLAN) {
		boot_open(&boot, warns);
		memset(&plan, UNTOUCHED, sizeof(plan));
		expect_status("need", pvhboot_plan_need(&boot.scene.request, &need, &boot.diag),
			      PVHBOOT_OK);
		expect_success("need", &boot.diag, 0);
		guard = guard_open(need);
		expect_status("make",
			      pvhboot_plan_make(&boot.scene.request, guard_buffer(&guard, need),
						&plan, &boot.diag),
			      warns ? PVHBOOT_WARNED : PVHBOOT_OK);
		if (warns) {
			expect_warned("make", &boot.diag, 1, rule_of(PLAN));
			expect_untouched("make", &plan, sizeof(plan));
		} else {
			expect_success("make", &boot.diag, 0);
		}
		guard_close(&guard);
		boot_close(&boot);
	}
}
END_TEST

/* What cannot warn does not, of what another warned of. */
START_TEST(plan_check_and_commit)
{
	struct pvhboot_memory memory;
	struct fakemem mem = { 0 };
	struct boot boot;

	boot_open(&boot, PLAN);
	scene_expect_plan("plan", &boot.scene, 1);
	expect_status("check",
		      pvhboot_plan_check(&boot.scene.plan, &boot.scene.request, &boot.diag),
		      PVHBOOT_OK);
	fakemem_add(&mem, PADDR - 0x1000, 0x10000);
	memory = fakemem_open(&mem, FAKEMEM_ALL, 0);
	expect_status("commit", pvhboot_plan_commit(&boot.scene.plan, &memory, &boot.diag),
		      PVHBOOT_OK);
	expect_success("both", &boot.diag, 0);
	fakemem_close(&mem);
	boot_close(&boot);
}
END_TEST

START_TEST(image_probe)
{
	struct pvhboot_image image;
	struct boot boot;

	boot_open(&boot, PROBE);
	memset(&image, UNTOUCHED, sizeof(image));
	expect_status("warns", pvhboot_image_probe(blob_view(&boot.file), NULL, &image, &boot.diag),
		      PVHBOOT_WARNED);
	expect_warned("warns", &boot.diag, 1, rule_of(PROBE));
	expect_untouched("warns", &image, sizeof(image));
	boot_close(&boot);

	boot_open(&boot, ALL & ~PROBE);
	expect_status("silent", pvhboot_image_probe(blob_view(&boot.file), NULL, &image, &boot.diag),
		      PVHBOOT_OK);
	expect_success("silent", &boot.diag, 0);
	boot_close(&boot);
}
END_TEST

START_TEST(image_probe_inner)
{
	struct pvhboot_image outer = { .compression = PVHBOOT_COMPRESSION_GZIP };
	struct pvhboot_image image;
	struct boot boot;

	boot_open(&boot, PROBE);
	memset(&image, UNTOUCHED, sizeof(image));
	expect_status("warns",
		      pvhboot_image_probe_inner(&outer, blob_view(&boot.file), &image, &boot.diag),
		      PVHBOOT_WARNED);
	expect_warned("warns", &boot.diag, 1, rule_of(PROBE));
	expect_untouched("warns", &image, sizeof(image));
	bz_patch(&boot.file, "boot_flag", 0xaa55);
	memset(&boot.diag, 0, sizeof(boot.diag));
	boot.diag.flags = PVHBOOT_STRICT;
	expect_status("silent",
		      pvhboot_image_probe_inner(&outer, blob_view(&boot.file), &image, &boot.diag),
		      PVHBOOT_OK);
	expect_success("silent", &boot.diag, 0);
	boot_close(&boot);
}
END_TEST

START_TEST(image_unpack)
{
	for (unsigned int warns = 0; warns <= UNPACK; warns += UNPACK) {
		struct pvhboot_image image;
		struct pvhboot_bytes elf;
		struct guard guard;
		struct boot boot;
		size_t size = 0;

		boot_open(&boot, warns);
		expect_status("probe",
			      pvhboot_image_probe(blob_view(&boot.file), NULL, &image, &boot.diag),
			      PVHBOOT_OK);
		expect_status("need", pvhboot_image_need(&image, &boot.options, &size, &boot.diag),
			      PVHBOOT_OK);
		guard = guard_open(size);
		memset(&elf, UNTOUCHED, sizeof(elf));
		expect_status("unpack",
			      pvhboot_image_unpack(&image, &boot.options,
						   guard_buffer(&guard, size), &elf, &boot.diag),
			      warns ? PVHBOOT_WARNED : PVHBOOT_OK);
		if (warns) {
			expect_warned("unpack", &boot.diag, 1, rule_of(UNPACK));
			expect_untouched("unpack", &elf, sizeof(elf));
		} else {
			expect_success("unpack", &boot.diag, 0);
		}
		guard_close(&guard);
		boot_close(&boot);
	}
}
END_TEST

/* The first stage that warns ends it, and nothing stays allocated. */
START_TEST(image_load)
{
	for (unsigned int warns = 0; warns <= (PROBE | UNPACK); warns++) {
		struct pvhboot_loaded loaded;
		enum pvhboot_status status;
		struct boot boot;

		boot_open(&boot, warns);
		memset(&loaded, UNTOUCHED, sizeof(loaded));
		status = pvhboot_image_load(blob_view(&boot.file), &boot.options, &loaded,
					    &boot.diag);
		expect_status("load", status, warns ? PVHBOOT_WARNED : PVHBOOT_OK);
		if (warns) {
			expect_warned("load", &boot.diag, 1, rule_of(first_of(warns)));
			expect_untouched("load", &loaded, sizeof(loaded));
		} else {
			expect_success("load", &boot.diag, 0);
			boot.allocator.release(boot.allocator.ctx, loaded.buffer.data);
		}
		boot_close(&boot);
	}
}
END_TEST

START_TEST(boot_all)
{
	for (unsigned int warns = 0; warns <= ALL; warns++) {
		struct pvhboot_memory memory;
		struct fakemem mem = { .fill = 0 };
		struct pvhboot_cpu cpu;
		enum pvhboot_status status;
		struct boot boot;
		char row[32];

		snprintf(row, sizeof(row), "stages 0x%x", warns);
		boot_open(&boot, warns);
		fakemem_add(&mem, PADDR - 0x1000, 0x10000);
		memory = fakemem_open(&mem, FAKEMEM_ALL, PVHBOOT_MEMORY_ZEROED);
		memset(&cpu, UNTOUCHED, sizeof(cpu));
		status = pvhboot_boot(blob_view(&boot.file), &boot.scene.request, &boot.options,
				      &memory, &cpu, &boot.diag);
		expect_status(row, status, warns ? PVHBOOT_WARNED : PVHBOOT_OK);
		if (warns) {
			expect_warned(row, &boot.diag, 1, rule_of(first_of(warns)));
			expect_untouched(row, &cpu, sizeof(cpu));
			expect_true(row, fakemem_untouched(&mem));
		} else {
			expect_success(row, &boot.diag, 0);
			expect_eq(row, cpu.eip, PADDR + 0x40);
		}
		/* The same without: every warning, and success. */
		memset(&boot.diag, 0, sizeof(boot.diag));
		expect_status(row,
			      pvhboot_boot(blob_view(&boot.file), &boot.scene.request,
					   &boot.options, &memory, &cpu, &boot.diag),
			      PVHBOOT_OK);
		expect_success(
			row, &boot.diag,
			(size_t)((warns & 1) + (warns >> 1 & 1) + (warns >> 2 & 1) + (warns >> 3)));
		fakemem_close(&mem);
		boot_close(&boot);
	}
}
END_TEST

/* pvhboot_boot() opens the kernel as leniently as the request says. */
START_TEST(boot_as_xen)
{
	const struct finding want = { .says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX,
				      .stage = PVHBOOT_STAGE_ELF,
				      .subject = PVHBOOT_SUBJECT_SEGMENT,
				      .index = 1 };
	struct pvhboot_memory memory;
	struct fakemem mem = { 0 };
	struct pvhboot_cpu cpu;
	struct boot boot;

	boot_open(&boot, 0);
	scene_close(&boot.scene);
	scene_open_pc(&boot.scene, NULL);
	elf_patch(&boot.scene.elf, "p_memsz", 0, 0x1001);
	fakemem_add(&mem, PADDR - 0x1000, 0x10000);
	memory = fakemem_open(&mem, FAKEMEM_ALL, 0);
	boot.diag.flags = 0;
	expect_status("not asked for",
		      pvhboot_boot(blob_view(&boot.scene.elf.image), &boot.scene.request,
				   &boot.options, &memory, &cpu, &boot.diag),
		      PVHBOOT_OVERLAP);
	expect_failure("not asked for", &boot.diag, PVHBOOT_OVERLAP, &want);
	memset(&boot.diag, 0, sizeof(boot.diag));
	boot.scene.request.flags = PVHBOOT_COMPAT_XEN;
	expect_status("as Xen",
		      pvhboot_boot(blob_view(&boot.scene.elf.image), &boot.scene.request,
				   &boot.options, &memory, &cpu, &boot.diag),
		      PVHBOOT_OK);
	expect_warning("as Xen", &boot.diag, &want);
	fakemem_close(&mem);
	boot_close(&boot);
}
END_TEST

/* Of several, the first is the failure. */
START_TEST(first_of_many)
{
	struct boot boot;

	boot_open(&boot, PLAN);
	boot.scene.request.flags |= PVHBOOT_REQUEST_VERSION_0 | PVHBOOT_FOR_GRUB;
	expect_status("plan", scene_plan(&boot.scene), PVHBOOT_OK);
	ck_assert_uint_eq(boot.scene.diag.n_warnings, 2);
	expect_status("strict",
		      pvhboot_plan_make(&boot.scene.request,
					guard_buffer(&boot.scene.guard, boot.scene.need),
					&boot.scene.plan, &boot.diag),
		      PVHBOOT_WARNED);
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
	expect_status("strict",
		      pvhboot_plan_make(&boot.scene.request,
					guard_buffer(&boot.scene.guard, boot.scene.need),
					&boot.scene.plan, &boot.diag),
		      PVHBOOT_NOROOM);
	expect_failure("strict", &boot.diag, PVHBOOT_NOROOM, &want);
	boot_close(&boot);
}
END_TEST

/* Only what the call itself warns of counts. */
START_TEST(warnings_before)
{
	struct pvhboot_kernel kernel;
	struct boot warns, silent;

	boot_open(&warns, OPEN);
	boot_open(&silent, 0);
	warns.diag.flags = 0;
	expect_status(
		"lenient",
		pvhboot_kernel_open(blob_view(&warns.scene.elf.image), 0, &kernel, &warns.diag),
		PVHBOOT_OK);
	warns.diag.flags = PVHBOOT_STRICT;
	expect_status(
		"silent",
		pvhboot_kernel_open(blob_view(&silent.scene.elf.image), 0, &kernel, &warns.diag),
		PVHBOOT_OK);
	ck_assert_uint_eq(warns.diag.n_warnings, 1);
	expect_status(
		"again",
		pvhboot_kernel_open(blob_view(&warns.scene.elf.image), 0, &kernel, &warns.diag),
		PVHBOOT_WARNED);
	expect_warned("again", &warns.diag, 2, rule_of(OPEN));
	boot_close(&silent);
	boot_close(&warns);
}
END_TEST

/* In a list with room for one more, and in a full one, whose last stands for the
 * one that is lost. */
START_TEST(full_list)
{
	struct boot boot;

	boot_open(&boot, OPEN);
	for (uint32_t before = PVHBOOT_MAX_WARNINGS - 1; before <= PVHBOOT_MAX_WARNINGS; before++) {
		const int full = before == PVHBOOT_MAX_WARNINGS;

		for (uint32_t lost = 0; lost <= (full ? 2u : 0); lost++) {
			struct pvhboot_kernel kernel;
			struct pvhboot_diag diag = { .flags = PVHBOOT_STRICT };

			for (uint32_t i = 0; i < before; i++)
				diag.warnings[i] =
					(struct pvhboot_finding){ .rule = "an old one",
								  .stage = PVHBOOT_STAGE_IMAGE,
								  .index = i };
			diag.n_warnings = (uint16_t)before;
			diag.n_lost = lost;
			memset(&kernel, UNTOUCHED, sizeof(kernel));
			expect_status("full",
				      pvhboot_kernel_open(blob_view(&boot.scene.elf.image), 0,
							  &kernel, &diag),
				      PVHBOOT_WARNED);
			expect_untouched("full", &kernel, sizeof(kernel));
			ck_assert_uint_eq(diag.n_warnings, PVHBOOT_MAX_WARNINGS);
			ck_assert_uint_eq(diag.n_lost, full ? lost + 1 : 0);
			ck_assert_mem_eq(&diag.failure, &diag.warnings[PVHBOOT_MAX_WARNINGS - 1],
					 sizeof(diag.failure));
			expect_rule("full", &diag.failure, full ? "an old one" : rule_of(OPEN));
		}
	}
	boot_close(&boot);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("strict");
	TCase *each = suite_case(suite, "each");
	TCase *rules = suite_case(suite, "rules");

	tcase_add_test(each, kernel_open);
	tcase_add_test(each, kernel_open_as_xen);
	tcase_add_test(each, plan_make);
	tcase_add_test(each, plan_check_and_commit);
	tcase_add_test(each, image_probe);
	tcase_add_test(each, image_probe_inner);
	tcase_add_test(each, image_unpack);
	tcase_add_test(each, image_load);
	tcase_add_test(each, boot_all);
	tcase_add_test(each, boot_as_xen);
	tcase_add_test(rules, first_of_many);
	tcase_add_test(rules, failure_first);
	tcase_add_test(rules, warnings_before);
	tcase_add_test(rules, full_list);
	return suite_run(suite);
}
