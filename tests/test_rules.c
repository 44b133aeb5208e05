/* SPDX-License-Identifier: MIT */
/* Rules that the tests of their subjects do not print, for tests/diagnostics: one row each. */

#include <pvhboot/pvhboot.h>
#include <stdio.h>
#include <string.h>

#include "support/bzbuild.h"
#include "support/expect.h"
#include "support/scene.h"
#include "support/suite.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static enum pvhboot_status probe(struct pvhboot_bytes file, const struct pvhboot_options *options,
				 struct pvhboot_diag *diag)
{
	struct pvhboot_image image;

	memset(diag, 0, sizeof(*diag));
	return pvhboot_image_probe(file, options, &image, diag);
}

static void expect_row(const char *row, enum pvhboot_status got, enum pvhboot_status want,
		       const struct pvhboot_diag *diag, const char *rule)
{
	expect_status(row, got, want);
	expect_failure(row, diag, want, &(struct finding){ .says = 0 });
	expect_rule(row, &diag->failure, rule);
}

START_TEST(files)
{
	static uint8_t file[0x240];
	const struct pvhboot_options no_id = { .profile_id = { NULL, 1 } };
	struct pvhboot_diag diag;

	memcpy(file + 0x202, "HdrS", 4);
	expect_row("a bzImage that ends in its header",
		   probe((struct pvhboot_bytes){ file, 0x210 }, NULL, &diag), PVHBOOT_TRUNCATED,
		   &diag, "end of the bzImage header");
	memset(file, 0, sizeof(file));
	memcpy(file, "MZ", 2);
	file[0x3c] = 0x40;
	memcpy(file + 0x40, "PE\0\0", 4);
	expect_row("a PE file that ends behind its signature",
		   probe((struct pvhboot_bytes){ file, 0x44 }, NULL, &diag), PVHBOOT_TRUNCATED,
		   &diag, "COFF header");
	expect_row("an ID of a profile that is NULL",
		   probe((struct pvhboot_bytes){ file, 0x44 }, &no_id, &diag), PVHBOOT_INVAL, &diag,
		   "profile_id.data");
}
END_TEST

START_TEST(buffers)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_image image;
	struct pvhboot_bytes elf;
	struct scene scene;
	struct blob file = { 0 };
	uint8_t room[1];

	scene_open_pc(&scene, NULL);
	bz_image(&file, PVHBOOT_COMPRESSION_XZ, blob_view(&scene.elf.image));
	expect_status("probe", pvhboot_image_probe(blob_view(&file), NULL, &image, &diag),
		      PVHBOOT_OK);
	expect_row("a buffer that is too small",
		   pvhboot_image_unpack(&image, NULL, (struct pvhboot_buffer){ room, sizeof(room) },
					&elf, &diag),
		   PVHBOOT_NOSPACE, &diag, "size of the buffer");
	blob_free(&file);
	scene_close(&scene);
}
END_TEST

/* Nothing tells the size of what a bare gzip file holds. */
START_TEST(bare_streams)
{
	static uint8_t zeros[3 << 20];
	static uint8_t room[sizeof(zeros) - 1];
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_image image;
	struct pvhboot_bytes elf;
	struct blob file = { 0 };

	bz_compress(&file, PVHBOOT_COMPRESSION_GZIP,
		    (struct pvhboot_bytes){ zeros, sizeof(zeros) }, NULL);
	expect_status("probe", pvhboot_image_probe(blob_view(&file), NULL, &image, &diag),
		      PVHBOOT_OK);
	expect_row("a buffer that is smaller than what comes out",
		   pvhboot_image_unpack(&image, NULL, (struct pvhboot_buffer){ room, sizeof(room) },
					&elf, &diag),
		   PVHBOOT_NOSPACE, &diag, "unpacked size <= size of the buffer");
	blob_free(&file);
}
END_TEST

START_TEST(plans)
{
	struct pvhboot_diag diag = { 0 };
	struct scene scene;

	scene_open_pc(&scene, NULL);
	scene_expect_plan("as it was made", &scene, 0);
	scene.plan.entry_kind = PVHBOOT_ENTRY_AUTO;
	expect_row("a plan that names no entry",
		   pvhboot_plan_check(&scene.plan, &scene.request, &diag), PVHBOOT_MALFORMED, &diag,
		   "an entry kind");
	scene_blob(&scene, 0x20, 0, 0)->size = 0x1f;
	expect_row("a blob that is smaller than its bytes", scene_plan(&scene), PVHBOOT_INVAL,
		   &scene.diag, "a blob's size");
	scene_close(&scene);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rules");
	TCase *cases = suite_case(suite, "rules");

	tcase_add_test(cases, files);
	tcase_add_test(cases, buffers);
	tcase_add_test(cases, bare_streams);
	tcase_add_test(cases, plans);
	return suite_run(suite);
}
