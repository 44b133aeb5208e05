/* SPDX-License-Identifier: MIT */
/* plan.h: modules with an address, joined modules, blobs that are larger than their bytes or the
 * caller's, the RSDP in a blob, and kernels in page 0. */

#include <pvhboot/plan.h>
#include <stdio.h>
#include <string.h>

#include "support/expect.h"
#include "support/scene.h"
#include "support/startread.h"
#include "support/suite.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* The standard kernel: segments of [PADDR, + 0x300) and [PADDR + 0x1000, + 0x800). */
#define PADDR ((uint64_t)KERNEL_PADDR)
#define KERNEL_END (PADDR + 0x1800)
#define RAM_END (64 * MIB) /* of scene_open_pc(), which has RAM below 0xa0000 too */

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static void expect_refused(const char *row, struct scene *scene, enum pvhboot_status status,
			   enum pvhboot_subject subject, const char *rule)
{
	const struct finding want = { .says = SAYS_STAGE | SAYS_SUBJECT,
				      .stage = PVHBOOT_STAGE_PLAN,
				      .subject = subject };

	scene_expect_no_plan(row, scene, status, rule, &want);
}

static struct start_module listed(const char *row, const struct scene *scene, uint32_t number)
{
	struct start_module module = { 0 };
	struct start_info info = { 0 };

	expect_true(row, start_read(&scene->plan, &info));
	expect_true(row, number < info.nr_modules);
	expect_true(row, start_read_module(&scene->plan, &info, number, &module));
	return module;
}

static uint32_t n_listed(const char *row, const struct scene *scene)
{
	struct start_info info = { 0 };

	expect_true(row, start_read(&scene->plan, &info));
	return info.nr_modules;
}

/* In a scene with an avoid range of [0x2000000, + 0x1000) and a blob at 0x3000000. */
START_TEST(module_at_an_address)
{
	static const struct {
		const char *name;
		uint64_t gpa;
		size_t size;
		uint32_t flags;
		enum pvhboot_status status;
		const char *rule;
	} rows[] = {
		{ "free RAM", 0x1800000, 0x1234, 0, PVHBOOT_OK, NULL },
		{ "below 1 MiB", 0x1000, 0x1000, 0, PVHBOOT_OK, NULL },
		{ "end of RAM", RAM_END - 0x1000, 0x1000, 0, PVHBOOT_OK, NULL },
		{ "behind the kernel", KERNEL_END + 0x800, 1, 0, PVHBOOT_OK, NULL },
		{ "above 4 GiB", 5 * GIB, 0x1000, PVHBOOT_REQUEST_MODULES_ABOVE_4GIB, PVHBOOT_OK,
		  NULL },
		{ "above, not allowed", 5 * GIB, 0x1000, 0, PVHBOOT_RANGE, "ceiling or below" },
		{ "above, no RAM", 6 * GIB, 0x1000, PVHBOOT_REQUEST_MODULES_ABOVE_4GIB,
		  PVHBOOT_OVERLAP, "free RAM up to its end" },
		{ "no page", 0x1800010, 1, 0, PVHBOOT_INVAL, "multiple of its alignment" },
		{ "behind RAM", RAM_END - 0x1000, 0x1001, 0, PVHBOOT_OVERLAP,
		  "free RAM up to its end" },
		{ "avoid range", 0x1fff000, 0x1001, 0, PVHBOOT_OVERLAP, "free RAM up to its end" },
		{ "blob", 0x3000000, 1, 0, PVHBOOT_OVERLAP, "free RAM up to its end" },
		{ "wraps", UINT64_MAX - 0xfff, 0x1001, 0, PVHBOOT_RANGE, "ends below 2^64" },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct scene scene;

		scene_open_pc(&scene, NULL);
		scene_map(&scene, 5 * GIB, 64 * MIB, PVHBOOT_MAP_RAM);
		scene_avoid(&scene, 0x2000000, 0x2001000);
		scene_blob(&scene, 0x123, 0x3000000, 0);
		scene_module(&scene, 10, NULL);
		scene_module(&scene, rows[i].size, "text");
		scene.modules[1].gpa = rows[i].gpa;
		scene.request.flags = rows[i].flags;
		if (rows[i].rule) {
			expect_refused(rows[i].name, &scene, rows[i].status, PVHBOOT_SUBJECT_MODULE,
				       rows[i].rule);
		} else {
			scene_expect_plan(rows[i].name, &scene, 0);
			expect_eq(rows[i].name, listed(rows[i].name, &scene, 1).paddr, rows[i].gpa);
			expect_eq(rows[i].name, listed(rows[i].name, &scene, 1).size, rows[i].size);
		}
		scene_close(&scene);
	}
}
END_TEST

/* A kernel moves away from a module with an address, or cannot lie there. */
START_TEST(module_where_the_kernel_is)
{
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_module(&scene, 0x10, NULL);
	scene.modules[0].gpa = PADDR;
	expect_refused("taken", &scene, PVHBOOT_OVERLAP, PVHBOOT_SUBJECT_SEGMENT,
		       "free RAM for the segment");
	ck_assert_str_eq(scene.diag.detail, "module 0 lies there");
	scene_close(&scene);

	scene_open_pc(&scene, &(struct kernel_spec){ .load_stride = 0x4000 });
	scene_module(&scene, 0x10, NULL);
	scene.modules[0].gpa = PADDR + 0x2000;
	expect_refused("in a gap", &scene, PVHBOOT_OVERLAP, PVHBOOT_SUBJECT_MODULE,
		       "not between the kernel's segments");
	scene_close(&scene);

	scene_open_pc(&scene, &(struct kernel_spec){ .has_reloc = 1 });
	scene_module(&scene, 0x10, NULL);
	scene.modules[0].gpa = PADDR;
	scene_expect_plan("moves", &scene, 0);
	expect_true("moves", scene.plan.slide != 0);
	scene_close(&scene);
}
END_TEST

/* Sizes of 5, 0, 8 and 2 bytes become one module of 8 + 8 + 2. */
START_TEST(joined)
{
	static const size_t sizes[] = { 5, 0, 8, 2 };
	static const uint64_t offsets[] = { 0, 0, 8, 16 };
	struct scene scene;
	struct start_module module;

	scene_open_pc(&scene, NULL);
	for (size_t i = 0; i < N_OF(sizes); i++)
		scene_module(&scene, sizes[i], i == 0 ? "first" : NULL);
	scene.modules[0].align = 2 * MIB;
	scene.request.flags = PVHBOOT_REQUEST_JOIN;
	scene_expect_plan("joined", &scene, 1); /* of the empty one */
	ck_assert_uint_eq(n_listed("joined", &scene), 1);
	module = listed("joined", &scene, 0);
	ck_assert_uint_eq(module.size, 18);
	ck_assert_uint_eq(module.paddr % (2 * MIB), 0);
	ck_assert_str_eq(start_string(&scene.plan, module.cmdline_paddr), "first");
	for (uint32_t i = 0; i < N_OF(sizes); i++) {
		const struct pvhboot_place *place;

		if (sizes[i] == 0)
			continue;
		place = scene_place(&scene, PVHBOOT_PLACE_MODULE, i);
		ck_assert_uint_eq(place->gpa, module.paddr + offsets[i]);
		ck_assert_uint_eq(place->source.size, sizes[i]);
		ck_assert_uint_eq(place->size, i == 0 ? 8 : sizes[i]); /* the last is not padded */
	}
	scene.modules[2].cmdline = pvhboot_text("lost");
	scene_expect_plan("a command line behind the empty one", &scene, 2);
	scene_close(&scene);
}
END_TEST

START_TEST(joined_in_few_words)
{
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene.request.flags = PVHBOOT_REQUEST_JOIN;
	scene_expect_plan("none", &scene, 0);
	ck_assert_uint_eq(n_listed("none", &scene), 0);
	scene_module(&scene, 0, NULL);
	scene_module(&scene, 7, "second");
	scene_module(&scene, 7, NULL);
	scene.modules[1].gpa = 0x1800000;
	scene_expect_plan("an empty one first", &scene, 1);
	ck_assert_uint_eq(listed("first", &scene, 0).paddr, 0x1800000);
	ck_assert_uint_eq(listed("first", &scene, 0).size, 15);
	scene.modules[2].cmdline = pvhboot_text("lost");
	scene_expect_plan("a second command line", &scene, 2);
	scene.modules[2].gpa = 0x1900000;
	expect_refused("a second address", &scene, PVHBOOT_INVAL, PVHBOOT_SUBJECT_MODULE,
		       "first joined module alone");
	scene.modules[2].gpa = 0;
	scene.modules[2].flags = PVHBOOT_MODULE_BY_CALLER;
	scene.modules[2].bytes = (struct pvhboot_bytes){ NULL, SIZE_MAX - 7 };
	expect_refused("wraps", &scene, PVHBOOT_RANGE, PVHBOOT_SUBJECT_MODULE,
		       "joined modules that end below 2^64");
	scene.modules[1].gpa = UINT64_MAX - 0xfff;
	scene.modules[2].bytes.size = 0xff6;
	expect_refused("its zeros wrap", &scene, PVHBOOT_RANGE, PVHBOOT_SUBJECT_MODULE,
		       "joined modules that end below 2^64");
	scene_close(&scene);
}
END_TEST

/* A module by the caller among joined ones has a place of its own to fill. */
START_TEST(joined_by_the_caller)
{
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_module(&scene, 6, NULL);
	scene_module(&scene, 6, NULL);
	scene.modules[1].flags = PVHBOOT_MODULE_BY_CALLER;
	scene.request.flags = PVHBOOT_REQUEST_JOIN;
	scene_expect_plan("by the caller", &scene, 0);
	ck_assert_uint_eq(listed("by the caller", &scene, 0).size, 14);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_MODULE, 1)->flags,
			  PVHBOOT_PLACE_BY_CALLER);
	scene_close(&scene);
}
END_TEST

/* Each edit of a plan of three joined modules is noticed. */
START_TEST(joined_and_edited)
{
	for (int edit = 0; edit < 5; edit++) {
		struct pvhboot_diag diag = { 0 };
		struct pvhboot_place *places;
		struct scene scene;
		size_t first = 0;

		scene_open_pc(&scene, NULL);
		for (int i = 0; i < 3; i++)
			scene_module(&scene, 6, NULL);
		scene.request.flags = PVHBOOT_REQUEST_JOIN;
		scene_expect_plan("as planned", &scene, 0);
		places = scene.plan.places;
		while (places[first].kind != PVHBOOT_PLACE_MODULE)
			first++;
		if (edit == 0) /* a gap */
			places[first + 2].gpa += 4;
		else if (edit == 1) /* one more byte of padding than is allowed */
			places[first + 2].size += 4;
		else if (edit == 2) /* not padded */
			places[first].size = 6, places[first + 1].gpa -= 2;
		else if (edit == 3) /* the others behind each other, but not behind the first */
			places[first + 1].gpa += 8, places[first + 2].gpa += 8;
		else /* one of them twice */
			places[first].index = 1;
		ck_assert_msg(pvhboot_plan_check(&scene.plan, &scene.request, &diag) ==
				      PVHBOOT_MALFORMED,
			      "edit %d: %s", edit, diag.failure.rule);
		scene_close(&scene);
	}
}
END_TEST

/* In the guest a blob may be larger than its bytes, or have none yet. */
START_TEST(blob_sizes)
{
	static const struct {
		const char *name;
		size_t bytes;
		uint64_t size;
		uint32_t flags;
		uint64_t want; /* 0: it is refused */
	} rows[] = {
		{ "as its bytes", 0x10, 0, 0, 0x10 },
		{ "no larger", 0x10, 0x10, 0, 0x10 },
		{ "larger", 0x10, 0x2345, 0, 0x2345 },
		{ "no bytes", 0, 0x1000, 0, 0x1000 },
		{ "by the caller", 0, 0x1000, PVHBOOT_BLOB_BY_CALLER, 0x1000 },
		{ "smaller", 0x10, 0xf, 0, 0 },
		{ "unknown flag", 0x10, 0, 2, 0 },
	};

	for (size_t i = 0; i < 2 * N_OF(rows); i++) {
		const char *name = rows[i / 2].name;
		const struct pvhboot_place *place;
		struct pvhboot_blob *blob;
		struct scene scene;

		scene_open_pc(&scene, NULL);
		blob = scene_blob(&scene, rows[i / 2].bytes, i % 2 ? 0x1800000 : 0,
				  PVHBOOT_MAP_ACPI);
		blob->size = rows[i / 2].size;
		blob->flags = rows[i / 2].flags;
		if (rows[i / 2].want == 0) {
			expect_status(name, scene_plan(&scene), PVHBOOT_INVAL);
			scene_close(&scene);
			continue;
		}
		scene_expect_plan(name, &scene, 0);
		place = scene_place(&scene, PVHBOOT_PLACE_BLOB, 0);
		expect_eq(name, place->size, rows[i / 2].want);
		expect_eq(name, place->source.size, rows[i / 2].bytes);
		expect_eq(name, place->flags, rows[i / 2].flags ? PVHBOOT_PLACE_BY_CALLER : 0);
		expect_eq(name, start_type_at(scene.plan.map, scene.plan.n_map, place->gpa),
			  PVHBOOT_MAP_ACPI);
		scene_close(&scene);
	}
}
END_TEST

/* Only the caller, who fills it, may have none yet of the bytes that it has. */
START_TEST(blob_without_data)
{
	struct pvhboot_blob *blob;
	struct scene scene;

	scene_open_pc(&scene, NULL);
	blob = scene_blob(&scene, 0, 0, PVHBOOT_MAP_RAM);
	blob->bytes.size = 0x1000;
	blob->bytes.data = NULL;
	expect_refused("no data", &scene, PVHBOOT_INVAL, PVHBOOT_SUBJECT_BLOB,
		       "bytes that are not NULL with a size");
	blob->flags = PVHBOOT_BLOB_BY_CALLER;
	scene_expect_plan("by the caller", &scene, 0);
	ck_assert_uint_eq(scene_place(&scene, PVHBOOT_PLACE_BLOB, 0)->size, 0x1000);
	scene_close(&scene);
}
END_TEST

/* ACPI tables where the planner wants them, and the RSDP in them, by one plan. */
START_TEST(rsdp_in_a_blob)
{
	struct start_info info = { 0 };
	struct pvhboot_diag diag = { 0 };
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_blob(&scene, 0x100, 0, PVHBOOT_MAP_ACPI);
	scene_blob(&scene, 0x100, 0, PVHBOOT_MAP_ACPI);
	scene.request.flags = PVHBOOT_REQUEST_RSDP_IN_BLOB;
	scene.request.rsdp_blob = 1;
	scene.request.rsdp = 0x100 - 20;
	scene_expect_plan("in a blob", &scene, 0);
	expect_true("in a blob", start_read(&scene.plan, &info));
	ck_assert_uint_eq(info.rsdp_paddr,
			  scene_place(&scene, PVHBOOT_PLACE_BLOB, 1)->gpa + 0x100 - 20);
	scene.request.rsdp_blob = 0;
	expect_status("another blob", pvhboot_plan_check(&scene.plan, &scene.request, &diag),
		      PVHBOOT_MALFORMED);
	scene.request.rsdp_blob = 2;
	expect_refused("no blob", &scene, PVHBOOT_INVAL, PVHBOOT_SUBJECT_BLOB,
		       "rsdp_blob < number of blobs");
	scene.request.rsdp_blob = 1;
	scene.request.rsdp = 0x100 - 19;
	expect_refused("not all of it", &scene, PVHBOOT_INVAL, PVHBOOT_SUBJECT_BLOB,
		       "20 bytes of an RSDP");
	scene_close(&scene);
}
END_TEST

/* What we place stays out of page 0, what the kernel is linked at may be there. */
START_TEST(field_f02_page_0)
{
	struct scene scene;

	scene_open_pc(&scene, &(struct kernel_spec){ .paddr = 0x10 });
	scene_expect_plan("linked there", &scene, 0);
	ck_assert_uint_eq(scene.plan.entry, 0x50);
	ck_assert_uint_ge(scene.plan.start_info, MIB);
	scene.request.flags = PVHBOOT_REQUEST_BELOW_1MIB;
	scene.map[1].size = 0;
	scene_expect_plan("and all else low", &scene, 0);
	ck_assert_uint_eq(scene.plan.start_info, 0x2000);
	scene.map[1].size = 63 * MIB;
	scene_avoid(&scene, 0, 1);
	scene_expect_plan("avoided in front of it", &scene, 0);
	scene_avoid(&scene, 0x10, 0x11);
	expect_refused("avoided", &scene, PVHBOOT_OVERLAP, PVHBOOT_SUBJECT_SEGMENT,
		       "free RAM for the segment");
	ck_assert_str_eq(scene.diag.detail, "avoid range 1 lies there");
	scene_close(&scene);

	scene_open_pc(&scene, &(struct kernel_spec){
				      .has_reloc = 1, .n_reloc = 2, .reloc = { 0x1000, 0 } });
	scene_avoid(&scene, PADDR, PADDR + 1);
	scene.request.flags = PVHBOOT_REQUEST_LOWEST;
	scene_expect_plan("moved down", &scene, 0);
	ck_assert_uint_eq(scene.plan.entry, 0x1040);
	scene.request.n_avoid = 0;
	scene.request.flags = PVHBOOT_REQUEST_SLIDE;
	scene.request.slide = 0 - PADDR;
	expect_refused("slid there", &scene, PVHBOOT_RANGE, PVHBOOT_SUBJECT_KERNEL, "above page 0");
	scene_close(&scene);
}
END_TEST

/* A guest with too little memory is told how much the kernel needs. */
START_TEST(too_little_memory)
{
	const struct finding want = { .says = SAYS_SUBJECT | SAYS_INDEX | SAYS_NUMBERS,
				      .subject = PVHBOOT_SUBJECT_SEGMENT,
				      .index = 1,
				      .found = KERNEL_END,
				      .bound = PADDR + 0x1400 };
	char line[256];
	struct scene scene;

	scene_open(&scene, NULL);
	scene_map(&scene, 0, PADDR + 0x1400, PVHBOOT_MAP_RAM);
	scene_expect_no_plan("memory", &scene, PVHBOOT_RANGE, "RAM for the segment", &want);
	pvhboot_diag_format(&scene.diag, line, sizeof(line));
	ck_assert_str_eq(line, "RANGE: plan: segment 1 at gpa 0x1001000: expected RAM for the "
			       "segment up to its end (needed up to 0x1001800, available "
			       "up to 0x1001400); give the guest more memory");
	scene_close(&scene);
}
END_TEST

START_TEST(texts_with_a_nul)
{
	static const uint8_t text[] = { 'a', 0, 'b' };
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_module(&scene, 1, NULL);
	scene.request.cmdline = (struct pvhboot_bytes){ text, sizeof(text) };
	expect_refused("kernel", &scene, PVHBOOT_INVAL, PVHBOOT_SUBJECT_NONE, "without a NUL");
	scene.request.cmdline = (struct pvhboot_bytes){ text, 1 };
	scene_expect_plan("without", &scene, 0);
	scene.modules[0].cmdline = (struct pvhboot_bytes){ text, 2 };
	expect_refused("module", &scene, PVHBOOT_INVAL, PVHBOOT_SUBJECT_MODULE, "without a NUL");
	scene.modules[0].cmdline = (struct pvhboot_bytes){ NULL, 2 };
	expect_refused("NULL", &scene, PVHBOOT_INVAL, PVHBOOT_SUBJECT_MODULE, "not NULL");
	scene_close(&scene);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pieces");
	TCase *modules = suite_case(suite, "modules");
	TCase *blobs = suite_case(suite, "blobs");
	TCase *kernels = suite_case(suite, "kernels");

	tcase_add_test(modules, module_at_an_address);
	tcase_add_test(modules, module_where_the_kernel_is);
	tcase_add_test(modules, joined);
	tcase_add_test(modules, joined_in_few_words);
	tcase_add_test(modules, joined_by_the_caller);
	tcase_add_test(modules, joined_and_edited);
	tcase_add_test(modules, texts_with_a_nul);
	tcase_add_test(blobs, blob_sizes);
	tcase_add_test(blobs, blob_without_data);
	tcase_add_test(blobs, rsdp_in_a_blob);
	tcase_add_test(kernels, field_f02_page_0);
	tcase_add_test(kernels, too_little_memory);
	return suite_run(suite);
}
