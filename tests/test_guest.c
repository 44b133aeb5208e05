/* SPDX-License-Identifier: MIT */
/* plan.h: what PVHBOOT_FOR_… warns of, each at its boundary. */

#include <pvhboot/plan.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/scene.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define PADDR ((uint64_t)KERNEL_PADDR)

#define LINUX PVHBOOT_FOR_LINUX
#define FREEBSD PVHBOOT_FOR_FREEBSD
#define GRUB PVHBOOT_FOR_GRUB
#define OVMF PVHBOOT_FOR_OVMF
#define XEN PVHBOOT_FOR_XEN

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static const uint32_t guests[] = { LINUX, FREEBSD, GRUB, OVMF, XEN };

static const struct finding nothing;

static struct finding at_info(uint64_t found, uint64_t bound)
{
	return (struct finding){
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_NO_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_INFO,
		.found = found,
		.bound = bound,
	};
}

/*
 * Plans for no guest, for each guest alone, and for all of them: those in `who`
 * warn once, with this rule and finding, and the others say nothing. The scene's
 * own flags stay.
 */
static void expect_guests(const char *row, struct scene *scene, uint32_t who, const char *rule,
			  const struct finding *want)
{
	const uint32_t flags = scene->request.flags;

	scene_expect_plan(row, scene, 0);
	for (size_t i = 0; i < N_OF(guests); i++) {
		const int warns = (who & guests[i]) != 0;

		scene->request.flags = flags | guests[i];
		scene_expect_plan(row, scene, warns ? 1 : 0);
		if (!warns)
			continue;
		expect_finding(row, &scene->diag.warnings[0], want);
		expect_rule(row, &scene->diag.warnings[0], rule);
	}
	scene->request.flags = flags | LINUX | FREEBSD | GRUB | OVMF | XEN;
	scene_expect_plan(row, scene, who ? 1 : 0);
	scene->request.flags = flags;
}

/* An ordinary PC with an RSDP, of which no guest has anything to say. */
static void open_pc(struct scene *scene)
{
	scene_open_pc(scene, NULL);
	scene->request.rsdp = 0xe0000;
}

START_TEST(silence)
{
	struct scene scene;

	open_pc(&scene);
	scene.request.cmdline = pvhboot_text("console=ttyS0");
	scene_module(&scene, 0x1000, "initrd");
	expect_guests("PC", &scene, 0, "", &nothing);
	scene_close(&scene);
}
END_TEST

START_TEST(command_line)
{
	for (size_t size = 2047; size <= 2049; size++) {
		const struct finding want = at_info(size, 2047);
		char *text = must_alloc(size + 1);
		struct scene scene;

		memset(text, 'c', size);
		open_pc(&scene);
		scene.request.cmdline = pvhboot_text(text);
		expect_guests("text", &scene, size > 2047 ? LINUX : 0,
			      "Linux reads the whole command line", &want);
		scene_close(&scene);
		free(text);
	}
}
END_TEST

/* The block of 105 bytes ends at 1 GiB, or a byte further. */
START_TEST(block_above_1_gib)
{
	for (uint64_t more = 0; more < 2; more++) {
		const struct finding want = at_info(GIB + more, GIB);
		char text[4096];
		struct scene scene;

		scene_open(&scene, NULL);
		scene.request.rsdp = 0xe0000;
		scene.request.info_ceiling = 2 * GIB;
		scene_map(&scene, PADDR, 0x2000, PVHBOOT_MAP_RAM);
		scene_map(&scene, GIB - 0x1000, 8 * MIB, PVHBOOT_MAP_RAM);
		scene_expect_plan("size", &scene, 0);
		ck_assert_uint_eq(scene.plan.start_info, GIB - 0x1000);
		/* Filled up by the command line of a module, which has no limit. */
		scene_module(&scene, 1, "");
		scene_expect_plan("size", &scene, 0);
		memset(text, 'm', sizeof(text));
		text[0x1000 - scene.plan.info.size + more - 1] = '\0';
		scene.modules[0].cmdline = pvhboot_text(text);
		expect_guests("1 GiB", &scene, more ? LINUX : 0,
			      "older Linux maps the start_info block", &want);
		ck_assert_uint_eq(scene.plan.start_info + scene.plan.info.size, GIB + more);
		scene_close(&scene);
	}
}
END_TEST

START_TEST(module_above_4_gib)
{
	struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_MODULE,
		.index = 1,
		.offset = 4 * GIB,
		.found = 4 * GIB + 0x6000,
		.bound = 4 * GIB,
	};
	struct finding end = at_info(4 * GIB, 4 * GIB);
	struct scene scene;

	end.says &= ~SAYS_NO_OFFSET;
	scene_open(&scene, NULL);
	scene.request.rsdp = 0xe0000;
	scene.request.flags = PVHBOOT_REQUEST_MODULES_ABOVE_4GIB;
	scene_map(&scene, PADDR, 0x6000, PVHBOOT_MAP_RAM);
	scene_map(&scene, 4 * GIB - 0x5000, MIB, PVHBOOT_MAP_RAM);
	scene_module(&scene, 0x1000, "low");
	scene_module(&scene, 0x5000, "ends at 4 GiB");
	/* Only FreeBSD wants more behind it. */
	expect_guests("low", &scene, FREEBSD, "FreeBSD has free RAM", &end);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 1)->gpa, 4 * GIB - 0x5000);
	blob_pattern(&scene.contents[1], 5, 0x1000);
	scene.modules[1].bytes = blob_view(&scene.contents[1]);
	expect_guests("high", &scene, LINUX | GRUB | XEN,
		      "Linux, GRUB and Xen find a module below 4 GiB", &want);
	scene_close(&scene);
}
END_TEST

/* One warning for each. */
START_TEST(modules_above_4_gib)
{
	uint8_t byte = 0;
	struct scene scene;

	open_pc(&scene);
	scene.request.flags = PVHBOOT_REQUEST_MODULES_ABOVE_4GIB | XEN;
	scene_map(&scene, 4 * GIB, GIB, PVHBOOT_MAP_RAM);
	for (size_t i = 0; i < 3; i++)
		scene.modules[i].bytes = (struct pvhboot_bytes){ &byte, 64 << 20 };
	scene.request.n_modules = 3;
	scene_expect_plan("three", &scene, 3);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_uint_eq(scene.diag.warnings[i].index, i);
	scene_close(&scene);
}
END_TEST

/* A blob there is no module, and neither is what looks like one behind the last place: a map
 * whose second entry is as long as the number of the kind. */
START_TEST(no_module_above_4_gib)
{
	struct scene scene;

	open_pc(&scene);
	scene_map(&scene, 4 * GIB, GIB, PVHBOOT_MAP_RAM);
	scene_blob(&scene, 0x100, 4 * GIB, PVHBOOT_MAP_ACPI);
	expect_guests("blob", &scene, 0, "", &nothing);
	scene_close(&scene);

	scene_open(&scene, NULL);
	scene.request.rsdp = 0xe0000;
	scene_map(&scene, PADDR, 8 * GIB, PVHBOOT_MAP_RAM);
	scene_map(&scene, 16 * GIB, PVHBOOT_PLACE_MODULE, PVHBOOT_MAP_RESERVED);
	expect_guests("map", &scene, 0, "", &nothing);
	scene_close(&scene);
}
END_TEST

START_TEST(more_than_7_modules)
{
	const struct finding want = at_info(8, 7);
	struct scene scene;

	open_pc(&scene);
	for (size_t i = 0; i < 7; i++)
		scene_module(&scene, 0x100, "module");
	expect_guests("7", &scene, 0, "", &nothing);
	scene_module(&scene, 0x100, "module");
	expect_guests("8", &scene, XEN, "Xen takes all modules", &want);
	scene_close(&scene);

	/* One that is left out does not count. */
	open_pc(&scene);
	scene.request.flags = XEN;
	for (size_t i = 0; i < 8; i++)
		scene_module(&scene, i ? 0x100 : 0, "module");
	scene_expect_plan("7 and an empty one", &scene, 1);
	expect_rule("empty", &scene.diag.warnings[0], "or it is left out");
	scene_close(&scene);
}
END_TEST

START_TEST(no_rsdp)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_NO_OFFSET |
			SAYS_NO_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_INFO,
	};
	struct scene scene;

	scene_open_pc(&scene, NULL);
	expect_guests("none", &scene, OVMF, "OVMF is given an RSDP", &want);
	scene.request.rsdp = 1;
	expect_guests("1", &scene, 0, "", &nothing);
	scene_close(&scene);
}
END_TEST

/* Where there is no plan, there is nothing for a guest to miss. */
START_TEST(no_plan)
{
	struct scene scene;

	open_pc(&scene);
	scene.request.rsdp = 0;
	scene.request.flags = OVMF;
	scene_expect_plan("plan", &scene, 1);
	scene_module(&scene, 1, NULL);
	scene.modules[0].bytes.size = 80 << 20;
	expect_status("none", scene_plan(&scene), PVHBOOT_NOROOM);
	ck_assert_uint_eq(scene.diag.n_warnings, 0);
	scene_close(&scene);
}
END_TEST

START_TEST(version_0)
{
	const struct finding want = at_info(0, 1);
	struct scene scene;

	open_pc(&scene);
	scene.request.flags = PVHBOOT_REQUEST_VERSION_0;
	expect_guests("0", &scene, LINUX | FREEBSD | GRUB | OVMF,
		      "find the memory map in version 1", &want);
	scene_close(&scene);
}
END_TEST

/* Whoever the guest is. */
START_TEST(more_than_128_entries)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_NO_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_MAP,
		.found = 129,
		.bound = 128,
	};
	struct pvhboot_map_entry *map = must_alloc(129 * sizeof(map[0]));
	struct scene scene;

	map[0] = (struct pvhboot_map_entry){ PADDR, 16 * MIB, PVHBOOT_MAP_RAM, 0 };
	for (size_t i = 1; i < 129; i++)
		map[i] = (struct pvhboot_map_entry){ GIB + i * 0x2000, 0x1000, PVHBOOT_MAP_RESERVED,
						     0 };
	scene_open(&scene, NULL);
	scene.request.rsdp = 0xe0000;
	scene.request.map = map;
	scene.request.n_map = 128;
	expect_guests("128", &scene, 0, "", &nothing);
	scene.request.n_map = 129;
	for (size_t i = 0; i <= N_OF(guests); i++) {
		scene.request.flags = i ? guests[i - 1] : 0;
		scene_expect_plan("129", &scene, 1);
		expect_finding("129", &scene.diag.warnings[0], &want);
		expect_rule("129", &scene.diag.warnings[0], "reads all entries of the map");
	}
	scene_close(&scene);
	free(map);
}
END_TEST

/* Free RAM right behind what FreeBSD finds below 4 GiB: its kernel, the block and
 * the modules, but not blobs. last: what nothing is behind, 0: there is. */
static void expect_freebsd(const char *row, struct scene *scene, enum pvhboot_place_kind last,
			   uint64_t ceiling)
{
	const struct pvhboot_place *place;
	uint64_t end = 0;
	struct finding want;

	scene->request.rsdp = 0xe0000;
	scene_expect_plan(row, scene, 0);
	if (last) {
		place = scene_place(scene, last, last == PVHBOOT_PLACE_SEGMENT);
		end = place->gpa + place->size;
	}
	want = (struct finding){
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_INFO,
		.offset = (end + 0xfff) & ~UINT64_C(0xfff),
		.found = end,
		.bound = ceiling,
	};
	expect_guests(row, scene, end ? FREEBSD : 0,
		      "FreeBSD has free RAM behind the last thing that is loaded", &want);
}

START_TEST(freebsd)
{
	struct scene scene;

	/* The block is last. */
	scene_open(&scene, NULL);
	scene_map(&scene, PADDR, 0x3001, PVHBOOT_MAP_RAM);
	expect_freebsd("a byte", &scene, 0, 0);
	scene.map[0].size--;
	expect_freebsd("none", &scene, PVHBOOT_PLACE_INFO, 4 * GIB);
	scene.map[0].size += 0x10000;
	scene.request.ceiling = PADDR + 0x3000;
	expect_freebsd("ceiling", &scene, PVHBOOT_PLACE_INFO, PADDR + 0x3000);
	scene.request.ceiling = 0;
	scene_blob(&scene, 1, PADDR + 0x3fff, PVHBOOT_MAP_ACPI);
	expect_freebsd("a blob's page", &scene, PVHBOOT_PLACE_INFO, 4 * GIB);
	scene.blobs[0].gpa = PADDR + 0x4000;
	expect_freebsd("a blob behind", &scene, 0, 0);
	scene_close(&scene);

	/* The kernel is, and all else below. */
	scene_open(&scene, NULL);
	scene_map(&scene, MIB, MIB, PVHBOOT_MAP_RAM);
	scene_map(&scene, PADDR, 0x2000, PVHBOOT_MAP_RAM);
	expect_freebsd("kernel", &scene, PVHBOOT_PLACE_SEGMENT, 4 * GIB);
	scene_close(&scene);

	/* A module above 4 GiB is not. */
	scene_open(&scene, NULL);
	scene.request.flags = PVHBOOT_REQUEST_MODULES_ABOVE_4GIB;
	scene_map(&scene, PADDR, 0x4000, PVHBOOT_MAP_RAM);
	scene_map(&scene, 4 * GIB, 0x2000, PVHBOOT_MAP_RAM);
	scene_module(&scene, 0x2000, NULL);
	scene.request.flags |= FREEBSD;
	scene_expect_plan("high module", &scene, 0);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, 4 * GIB);
	scene_close(&scene);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("guest");
	TCase *guest = suite_case(suite, "guest");

	tcase_add_test(guest, silence);
	tcase_add_test(guest, command_line);
	tcase_add_test(guest, block_above_1_gib);
	tcase_add_test(guest, module_above_4_gib);
	tcase_add_test(guest, modules_above_4_gib);
	tcase_add_test(guest, no_module_above_4_gib);
	tcase_add_test(guest, more_than_7_modules);
	tcase_add_test(guest, no_rsdp);
	tcase_add_test(guest, no_plan);
	tcase_add_test(guest, version_0);
	tcase_add_test(guest, more_than_128_entries);
	tcase_add_test(guest, freebsd);
	return suite_run(suite);
}
