/* SPDX-License-Identifier: MIT */
/* plan.h: what PVHBOOT_FOR_… warns of, each at its boundary. */

#include <pvhboot/plan.h>
#include <pvhboot/start.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/entry/guests.h"
#include "support/blob.h"
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

static struct finding free_behind(uint64_t gpa, uint64_t n_free)
{
	return (struct finding){
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_OFFSET | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_NONE,
		.offset = gpa,
		.found = n_free,
		.bound = 0x2000,
	};
}

/* The warning with these words, NULL: none. */
static const struct pvhboot_finding *find_warning(const struct pvhboot_diag *diag,
						  const char *words)
{
	for (size_t i = 0; i < diag->n_warnings; i++) {
		if (strstr(diag->warnings[i].rule, words))
			return &diag->warnings[i];
	}
	return NULL;
}

/* A plan as guest memory: its places, zeros between them. */
static int read_places(void *ctx, uint64_t gpa, void *bytes, size_t size)
{
	const struct pvhboot_plan *plan = ctx;

	memset(bytes, 0, size);
	for (size_t i = 0; i < plan->n_places; i++) {
		const struct pvhboot_place *place = &plan->places[i];
		const uint64_t end = place->gpa + place->source.size;
		const uint64_t from = place->gpa > gpa ? place->gpa : gpa;
		const uint64_t to = end < gpa + size ? end : gpa + size;

		if (from < to && place->kind == PVHBOOT_PLACE_INFO)
			memcpy((uint8_t *)bytes + (from - gpa),
			       place->source.data + (from - place->gpa), (size_t)(to - from));
	}
	return 0;
}

static int is_same(const struct pvhboot_finding *a, const struct pvhboot_finding *b)
{
	return strcmp(a->rule, b->rule) == 0 && a->found == b->found && a->bound == b->bound &&
	       a->unit == b->unit &&
	       ((a->has ^ b->has) & (PVHBOOT_HAS_NUMBERS | PVHBOOT_HAS_NEED)) == 0;
}

/*
 * What was warned of for all guests is what pvhboot_start_check() finds in that plan's start
 * state, in the same words and numbers, and it finds nothing else but of the ABI: there is no
 * RSDP where the plan says, for one.
 */
static void expect_agreement(const char *row, struct scene *scene)
{
	const struct pvhboot_memory memory = { .ctx = &scene->plan, .read = read_places };
	const struct pvhboot_buffer workspace = { must_alloc(PVHBOOT_START_CHECK_NEED),
						  PVHBOOT_START_CHECK_NEED };
	struct pvhboot_start_finding findings[64];
	struct pvhboot_start_report report = { .findings = findings, .max_findings = 64 };
	struct pvhboot_cpu cpu;
	size_t n_found = 0;

	pvhboot_plan_cpu(&scene->plan, &cpu);
	expect_status(row,
		      pvhboot_start_check(&memory, scene->plan.start_info, &cpu, workspace, &report,
					  NULL),
		      PVHBOOT_OK);
	expect_true(row, report.n_findings <= 64);
	for (size_t i = 0; i < report.n_findings; i++) {
		const struct pvhboot_finding *warning;
		char line[512];

		if (findings[i].guests == PVHBOOT_FOR_ABI)
			continue;
		pvhboot_finding_format(&findings[i].finding, line, sizeof(line));
		warning = find_warning(&scene->diag, findings[i].finding.rule);
		ck_assert_msg(warning && is_same(warning, &findings[i].finding),
			      "%s: the plan did not say \"%s\"", row, line);
		n_found++;
	}
	expect_eq(row, n_found, scene->diag.n_warnings);
	free(workspace.data);
}

/* Linux says so of more than one. */
static size_t n_of_modules(const struct scene *scene, uint32_t guest)
{
	return (guest & LINUX) != 0 && scene->request.n_modules > 1;
}

/*
 * Plans for no guest, for each guest alone, and for all of them: those in `who`
 * warn once, with this rule and finding, and the others say nothing.
 */
static void expect_guests(const char *row, struct scene *scene, uint32_t who, const char *rule,
			  const struct finding *want)
{
	scene->request.guests = 0;
	scene_expect_plan(row, scene, 0);
	for (size_t i = 0; i < N_OF(guests); i++) {
		const int warns = (who & guests[i]) != 0;
		const struct pvhboot_finding *warning;

		scene->request.guests = guests[i];
		scene_expect_plan(row, scene, (size_t)warns + n_of_modules(scene, guests[i]));
		if (!warns)
			continue;
		warning = find_warning(&scene->diag, rule);
		ck_assert_msg(warning, "%s: no warning \"%s\"", row, rule);
		expect_finding(row, warning, want);
	}
	scene->request.guests = LINUX | FREEBSD | GRUB | OVMF | XEN;
	scene_expect_plan(row, scene, (who ? 1 : 0) + n_of_modules(scene, LINUX));
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
	expect_agreement("PC", &scene);
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
			      "a command line of at most 2047 bytes", &want);
		expect_agreement("text", &scene);
		scene_close(&scene);
		free(text);
	}
}
END_TEST

/* The command line ends at 1 GiB, or a byte further. What is behind it Linux does not read. */
START_TEST(block_above_1_gib)
{
	/* a page is 56 bytes of start_info, 100 entries, a module and 1608 bytes of text */
	struct pvhboot_map_entry map[100] = { { PADDR, 0x2000, PVHBOOT_MAP_RAM, 0 },
					      { GIB - 0x1000, 8 * MIB, PVHBOOT_MAP_RAM, 0 } };

	for (size_t i = 2; i < N_OF(map); i++)
		map[i] = (struct pvhboot_map_entry){ 2 * GIB + i * 0x2000, 0x1000,
						     PVHBOOT_MAP_RESERVED, 0 };
	for (uint64_t more = 0; more < 2; more++) {
		const struct finding want = at_info(GIB + more, GIB);
		struct scene scene;
		char text[1609];

		memset(text, 'c', sizeof(text));
		scene_open(&scene, NULL);
		scene.request.rsdp = 0xe0000;
		scene.request.info_ceiling = 2 * GIB;
		scene.request.map = map;
		scene.request.n_map = N_OF(map);
		scene_module(&scene, 1, "module");
		scene.request.cmdline =
			(struct pvhboot_bytes){ (const uint8_t *)text, 1607 + (size_t)more };
		expect_guests("1 GiB", &scene, more ? LINUX : 0, "older versions of Linux", &want);
		expect_agreement("1 GiB", &scene);
		ck_assert_uint_eq(scene.plan.start_info, GIB - 0x1000);
		ck_assert_uint_eq(scene.plan.info.size, 0x1000 + more + sizeof("module"));
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
	const struct finding end = free_behind(4 * GIB, 0);
	struct scene scene;

	scene_open(&scene, NULL);
	scene.request.rsdp = 0xe0000;
	scene.request.flags = PVHBOOT_REQUEST_MODULES_ABOVE_4GIB;
	scene_map(&scene, PADDR, 0x6000, PVHBOOT_MAP_RAM);
	scene_map(&scene, 4 * GIB - 0x5000, MIB, PVHBOOT_MAP_RAM);
	scene_module(&scene, 0x1000, "low");
	scene_module(&scene, 0x5000, "ends at 4 GiB");
	/* Only FreeBSD wants more behind it. */
	expect_guests("low", &scene, FREEBSD, "two pages of free RAM", &end);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 1)->gpa, 4 * GIB - 0x5000);
	blob_pattern(&scene.contents[1], 5, 0x1000);
	scene.modules[1].bytes = blob_view(&scene.contents[1]);
	expect_guests("high", &scene, LINUX | GRUB | XEN, "an end at 4 GiB or below", &want);
	expect_agreement("high", &scene);
	scene_close(&scene);
}
END_TEST

/* One warning for each. */
START_TEST(modules_above_4_gib)
{
	uint8_t byte = 0;
	struct scene scene;

	open_pc(&scene);
	scene.request.flags = PVHBOOT_REQUEST_MODULES_ABOVE_4GIB;
	scene.request.guests = XEN;
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

/* A blob there is no module, and neither is what looks like one behind the last place: where there
 * is a blob, a map whose second entry has the number of the kind as its type. */
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
	scene_map(&scene, 16 * GIB, 0x1000, PVHBOOT_PLACE_MODULE);
	scene_blob(&scene, 0x100, 0, PVHBOOT_MAP_RAM);
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
	expect_guests("8", &scene, XEN, "at most 7 modules", &want);
	expect_agreement("8", &scene);
	scene_close(&scene);

	/* One that is left out does not count. */
	open_pc(&scene);
	scene.request.guests = XEN;
	for (size_t i = 0; i < 8; i++)
		scene_module(&scene, i ? 0x100 : 0, "module");
	scene_expect_plan("7 and an empty one", &scene, 1);
	ck_assert_ptr_null(find_warning(&scene.diag, "at most 7 modules"));
	scene_close(&scene);
}
END_TEST

/* Linux takes the first, and loses an initrd behind the microcode without a word. */
START_TEST(field_f11_two_modules)
{
	const struct finding want = at_info(2, 1);
	struct scene scene;

	open_pc(&scene);
	scene_module(&scene, 0x100, "ucode");
	expect_guests("1", &scene, 0, "", &nothing);
	scene_module(&scene, 0, "left out");
	scene.request.guests = LINUX;
	scene_expect_plan("1 and an empty one", &scene, 1);
	ck_assert_ptr_null(find_warning(&scene.diag, "one module"));
	scene.request.n_modules = 1;
	scene_module(&scene, 0x100, "initrd");
	scene_expect_plan("2", &scene, 1);
	expect_warning("2", &scene.diag, &want);
	expect_rule("2", &scene.diag.warnings[0], "one module: Linux takes the first");
	expect_rule("2", &scene.diag.warnings[0], "; join them into one (PVHBOOT_REQUEST_JOIN)");
	scene.request.guests = FREEBSD | GRUB | OVMF | XEN;
	scene_expect_plan("others", &scene, 0);
	scene.request.guests |= LINUX;
	scene_expect_plan("all", &scene, 1);
	expect_agreement("all", &scene);
	scene.request.flags = PVHBOOT_REQUEST_JOIN;
	scene.modules[1].cmdline = pvhboot_text(NULL);
	scene_expect_plan("joined", &scene, 0);
	expect_agreement("joined", &scene);
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
	expect_guests("none", &scene, OVMF, "the address of an RSDP: OVMF", &want);
	expect_agreement("none", &scene);
	scene.request.rsdp = 1;
	expect_guests("1", &scene, 0, "", &nothing);
	scene.request.rsdp = 0;
	scene.request.flags = PVHBOOT_REQUEST_RSDP_IN_BLOB;
	scene_blob(&scene, 36, 0, PVHBOOT_MAP_ACPI);
	expect_guests("at the start of a blob", &scene, 0, "", &nothing);
	scene_close(&scene);
}
END_TEST

/* Where there is no plan, there is nothing for a guest to miss. */
START_TEST(no_plan)
{
	struct scene scene;

	open_pc(&scene);
	scene.request.rsdp = 0;
	scene.request.guests = OVMF;
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
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NO_INDEX | SAYS_NO_OFFSET |
			SAYS_NO_NUMBERS,
		.stage = PVHBOOT_STAGE_PLAN,
		.subject = PVHBOOT_SUBJECT_INFO,
	};
	struct scene scene;

	open_pc(&scene);
	scene.request.flags = PVHBOOT_REQUEST_VERSION_0;
	expect_guests("0", &scene, LINUX | FREEBSD | GRUB | OVMF, "a memory map, without which",
		      &want);
	expect_agreement("0", &scene);
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
		scene.request.guests = i ? guests[i - 1] : 0;
		scene_expect_plan("129", &scene, 1);
		expect_finding("129", &scene.diag.warnings[0], &want);
		expect_rule("129", &scene.diag.warnings[0], "a map of at most 128 entries");
	}
	scene.request.guests = LINUX | FREEBSD | GRUB | OVMF | XEN;
	scene_expect_plan("129", &scene, 1);
	expect_agreement("129", &scene);
	scene_close(&scene);
	free(map);
}
END_TEST

/* Two free pages right behind what FreeBSD finds below 4 GiB: its kernel, the block and the
 * modules, but not blobs. last: what they are not behind, 0: they are. */
static void expect_freebsd(const char *row, struct scene *scene, enum pvhboot_place_kind last,
			   uint64_t n_free)
{
	const struct pvhboot_place *place;
	uint64_t end = 0;
	struct finding want;

	scene->request.rsdp = 0xe0000;
	scene->request.guests = 0;
	scene_expect_plan(row, scene, 0);
	if (last) {
		place = scene_place(scene, last, last == PVHBOOT_PLACE_SEGMENT);
		end = place->gpa + place->size;
	}
	want = free_behind((end + 0xfff) & ~UINT64_C(0xfff), n_free);
	expect_guests(row, scene, end ? FREEBSD : 0, "two pages of free RAM", &want);
}

START_TEST(freebsd)
{
	struct scene scene;

	/* The block is last. */
	scene_open(&scene, NULL);
	scene_map(&scene, PADDR, 0x5000, PVHBOOT_MAP_RAM);
	expect_freebsd("two pages", &scene, 0, 0);
	expect_agreement("two pages", &scene);
	scene.map[0].size--;
	expect_freebsd("less by a byte", &scene, PVHBOOT_PLACE_INFO, 0x1fff);
	expect_agreement("less by a byte", &scene);
	scene.map[0].size = 0x3000;
	expect_freebsd("none", &scene, PVHBOOT_PLACE_INFO, 0);
	expect_agreement("none", &scene);
	scene.map[0].size += 0x10000;
	scene.request.ceiling = PADDR + 0x4000;
	expect_freebsd("ceiling", &scene, PVHBOOT_PLACE_INFO, 0x1000);
	scene.request.ceiling = 0;
	scene_blob(&scene, 1, PADDR + 0x4fff, PVHBOOT_MAP_ACPI);
	expect_freebsd("a blob's page", &scene, PVHBOOT_PLACE_INFO, 0x1000);
	expect_agreement("a blob's page", &scene);
	scene.blobs[0].gpa = PADDR + 0x5000;
	expect_freebsd("a blob behind", &scene, 0, 0);
	expect_agreement("a blob behind", &scene);
	scene_close(&scene);

	/* The kernel is, and all else below. */
	scene_open(&scene, NULL);
	scene_map(&scene, MIB, MIB, PVHBOOT_MAP_RAM);
	scene_map(&scene, PADDR, 0x2000, PVHBOOT_MAP_RAM);
	expect_freebsd("kernel", &scene, PVHBOOT_PLACE_SEGMENT, 0);
	scene_close(&scene);

	/* A module above 4 GiB is not. */
	scene_open(&scene, NULL);
	scene.request.flags = PVHBOOT_REQUEST_MODULES_ABOVE_4GIB;
	scene_map(&scene, PADDR, 0x5000, PVHBOOT_MAP_RAM);
	scene_map(&scene, 4 * GIB, 0x4000, PVHBOOT_MAP_RAM);
	scene_module(&scene, 0x4000, NULL);
	scene.request.guests = FREEBSD;
	scene_expect_plan("high module", &scene, 0);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 0)->gpa, 4 * GIB);
	scene.request.guests = LINUX | FREEBSD | GRUB | OVMF | XEN;
	scene.request.rsdp = 0xe0000;
	scene_expect_plan("high module", &scene, 1);
	expect_agreement("high module", &scene);
	scene_close(&scene);
}
END_TEST

/* A line names the guests whose rule it is. */
START_TEST(rows)
{
	static const char *const names[] = { "Linux", "FreeBSD", "GRUB", "OVMF", "Xen" };
	const struct pvhb_guest_row *row = &pvhb_guest_rows[_i];

	ck_assert_ptr_nonnull(row->rule);
	ck_assert(row->severity == PVHBOOT_SEVERITY_WARNING ||
		  row->severity == PVHBOOT_SEVERITY_NOTE);
	ck_assert_uint_ne(row->guests, 0);
	ck_assert_uint_eq(row->guests & ~(LINUX | FREEBSD | GRUB | OVMF | XEN), 0);
	for (size_t i = 0; i < N_OF(guests); i++) {
		if (row->guests & guests[i])
			ck_assert_msg(strstr(row->rule, names[i]), "%s: not in \"%s\"", names[i],
				      row->rule);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("guest");
	TCase *guest = suite_case(suite, "guest");

	tcase_add_loop_test(guest, rows, 0, PVHB_N_GUEST_RULES);
	tcase_add_test(guest, silence);
	tcase_add_test(guest, command_line);
	tcase_add_test(guest, block_above_1_gib);
	tcase_add_test(guest, module_above_4_gib);
	tcase_add_test(guest, modules_above_4_gib);
	tcase_add_test(guest, no_module_above_4_gib);
	tcase_add_test(guest, more_than_7_modules);
	tcase_add_test(guest, field_f11_two_modules);
	tcase_add_test(guest, no_rsdp);
	tcase_add_test(guest, no_plan);
	tcase_add_test(guest, version_0);
	tcase_add_test(guest, more_than_128_entries);
	tcase_add_test(guest, freebsd);
	return suite_run(suite);
}
