/* SPDX-License-Identifier: MIT */
/* The notes FEATURES, SUPPORTED_FEATURES and GUEST_OS, and the build ID. */

#include <pvhboot/pvhboot.h>
#include <pvhboot/wire/elfnote.h>
#include <stdlib.h>
#include <string.h>

#include "support/expect.h"
#include "support/kernelbuild.h"
#include "support/notebuild.h"
#include "support/suite.h"

/* Opens a kernel with one more note. */
static enum pvhboot_status open_with(const char *owner, uint32_t type, const void *desc,
				     size_t size, struct elf *elf, struct pvhboot_kernel *kernel,
				     struct pvhboot_diag *diag)
{
	const struct kernel_spec spec = { 0 };
	struct blob notes = { 0 };

	note_add(&notes, owner, strlen(owner) + 1, type, desc, size, 4);
	kernel_begin(elf, &spec);
	elf_add_notes(elf, &notes);
	elf_finish(elf);
	blob_free(&notes);
	memset(diag, 0, sizeof(*diag));
	return pvhboot_kernel_open(blob_view(&elf->image), 0, kernel, diag);
}

static const struct {
	const char *text;
	uint32_t supported;
	uint32_t required;
	const char *unknown; /* the required feature that is refused */
} rows[] = {
	{ "", 0, 0, NULL },
	{ "|", 0, 0, NULL },
	{ "writable_page_tables", 0x1, 0, NULL },
	{ "!writable_page_tables|pae_pgdir_above_4gb", 0x11, 0x1, NULL }, /* Linux */
	{ "writable_descriptor_tables|auto_translated_physmap|supervisor_mode_kernel|"
	  "hvm_callback_vector|dom0", /* NetBSD and others */
	  0x90e, 0, NULL },
	{ "dom0|!dom0", 0x800, 0x800, NULL },
	{ "!dom0|", 0x800, 0x800, NULL },
	{ "dom", 0, 0, NULL },
	{ "dom00|unheard_of|writable_page_tables", 0x1, 0, NULL },
	{ "!unknown", 0, 0, "unknown" },
	{ "dom0|!dom00", 0, 0, "dom00" },
	{ "!", 0, 0, "" },
	{ "!aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, 0,
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|dom0", 0x800, 0, NULL },
};

START_TEST(features)
{
	const char *row = rows[_i].text;

	/* with and without a NUL at the end, both of which linkers write */
	for (size_t nul = 0; nul < 2; nul++) {
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag;
		struct elf elf;
		enum pvhboot_status status = open_with("Xen", PVHBOOT_NOTE_FEATURES, row,
						       strlen(row) + nul, &elf, &kernel, &diag);

		if (rows[_i].unknown) {
			const struct finding want = {
				.says = SAYS_STAGE | SAYS_SUBJECT,
				.stage = PVHBOOT_STAGE_NOTE,
				.subject = PVHBOOT_SUBJECT_NOTE,
			};

			expect_status(row, status, PVHBOOT_UNSUPPORTED);
			expect_failure(row, &diag, PVHBOOT_UNSUPPORTED, &want);
			ck_assert_str_eq(diag.detail, rows[_i].unknown);
		} else {
			expect_status(row, status, PVHBOOT_OK);
			expect_success(row, &diag, 0);
			expect_eq(row, kernel.features.supported, rows[_i].supported);
			expect_eq(row, kernel.features.required, rows[_i].required);
		}
		elf_free(&elf);
	}
}
END_TEST

START_TEST(text_ends_at_nul)
{
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	struct elf elf;

	expect_status(
		"nul",
		open_with("Xen", PVHBOOT_NOTE_FEATURES, "dom0\0!junk", 10, &elf, &kernel, &diag),
		PVHBOOT_OK);
	ck_assert_uint_eq(kernel.features.supported, 0x800);
	elf_free(&elf);
}
END_TEST

/* A text ends with its note, whatever follows there. */
START_TEST(text_ends_with_its_note)
{
	static const struct {
		const char *text;
		size_t size;
	} texts[] = {
		{ "dom0|!!!", 5 },
		{ "dom0xxxx", 4 },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct kernel_spec spec = { 0 };
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag = { 0 };
		struct blob notes = { 0 };
		struct elf elf;

		kernel_begin(&elf, &spec);
		note_xen(&notes, PVHBOOT_NOTE_FEATURES, texts[i].text, strlen(texts[i].text));
		store_le(notes.data + 4, 4, texts[i].size);
		elf_add_notes(&elf, &notes);
		elf_finish(&elf);
		expect_status(texts[i].text,
			      pvhboot_kernel_open(blob_view(&elf.image), 0, &kernel, &diag),
			      PVHBOOT_OK);
		expect_eq(texts[i].text, kernel.features.supported, 0x800);
		blob_free(&notes);
		elf_free(&elf);
	}
}
END_TEST

/* As much as libelf reads of a string. */
START_TEST(long_text)
{
	for (size_t size = 4096; size <= 4097; size++) {
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_NOTE,
			.subject = PVHBOOT_SUBJECT_NOTE,
			.index = 2,
			.found = size,
			.bound = 4096,
		};
		char *text = must_alloc(size);
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag;
		struct elf elf;
		enum pvhboot_status status;

		memset(text, '|', size);
		memcpy(text, "dom0", 4);
		status = open_with("Xen", PVHBOOT_NOTE_FEATURES, text, size, &elf, &kernel, &diag);
		if (size == 4096) {
			expect_status("4096", status, PVHBOOT_OK);
			ck_assert_uint_eq(kernel.features.supported, 0x800);
			ck_assert_uint_eq(kernel.features.is_complete, 0);
		} else {
			expect_status("4097", status, PVHBOOT_LIMIT);
			expect_failure("4097", &diag, PVHBOOT_LIMIT, &want);
			expect_rule("4097", &diag.failure, "FEATURES of at most 4096 bytes");
		}
		elf_free(&elf);
		free(text);
	}
}
END_TEST

START_TEST(fails_in_the_middle)
{
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	struct elf elf;

	expect_status("middle",
		      open_with("Xen", PVHBOOT_NOTE_FEATURES, "dom0|!junk|dom0", 15, &elf, &kernel,
				&diag),
		      PVHBOOT_UNSUPPORTED);
	ck_assert_str_eq(diag.detail, "junk");
	elf_free(&elf);
}
END_TEST

START_TEST(supported_features)
{
	static const uint8_t words[8] = { 0x01, 0x88, 0, 0, 0xff, 0xff, 0xff, 0xff };

	for (size_t size = 0; size <= sizeof(words); size++) {
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag;
		struct elf elf;
		enum pvhboot_status status = open_with("Xen", PVHBOOT_NOTE_SUPPORTED_FEATURES,
						       words, size, &elf, &kernel, &diag);

		if (size < 4) {
			const struct finding want = {
				.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NUMBERS,
				.stage = PVHBOOT_STAGE_NOTE,
				.subject = PVHBOOT_SUBJECT_NOTE,
				.found = size,
				.bound = 4,
			};

			expect_status("short", status, PVHBOOT_MALFORMED);
			expect_failure("short", &diag, PVHBOOT_MALFORMED, &want);
		} else {
			expect_status("words", status, PVHBOOT_OK);
			ck_assert_uint_eq(kernel.features.supported, 0x8801);
			ck_assert_uint_eq(kernel.features.required, 0);
			ck_assert_uint_eq(kernel.features.is_complete, 1);
		}
		elf_free(&elf);
	}
}
END_TEST

START_TEST(build_id)
{
	static const uint8_t id[20] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	struct elf elf;

	expect_status("GNU", open_with("GNU", 3, id, sizeof(id), &elf, &kernel, &diag), PVHBOOT_OK);
	ck_assert_uint_eq(kernel.build_id.size, sizeof(id));
	ck_assert_mem_eq(kernel.build_id.data, id, sizeof(id));
	elf_free(&elf);
	expect_status("other owner", open_with("GNX", 3, id, sizeof(id), &elf, &kernel, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(kernel.build_id.size, 0);
	elf_free(&elf);
	expect_status("other type", open_with("GNU", 5, id, sizeof(id), &elf, &kernel, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(kernel.build_id.size, 0);
	elf_free(&elf);
}
END_TEST

/* Without NULs behind it, and only those. */
START_TEST(guest_os)
{
	static const struct {
		const char *desc;
		size_t size;
		size_t want;
	} texts[] = {
		{ "linux", 6, 5 },  { "linux", 5, 5 },    { "FreeBSD\0\0\0\0\0\0\0\0\0", 16, 7 },
		{ "a\0b\0", 4, 3 }, { "\0\0\0\0", 4, 0 }, { "", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct kernel_spec spec = { .n_loads = 1, .notes = KERNEL_NOTES_NONE };
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag = { 0 };
		struct blob notes = { 0 };
		struct elf elf;

		/* the last of several counts, and that of Xen */
		note_xen(&notes, PVHBOOT_NOTE_GUEST_OS, "another", 8);
		note_xen(&notes, PVHBOOT_NOTE_GUEST_OS, texts[i].desc, texts[i].size);
		note_add(&notes, "GNU", 4, PVHBOOT_NOTE_GUEST_OS, "GNU", 4, 4);
		note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, KERNEL_PADDR);
		kernel_begin(&elf, &spec);
		elf_add_notes(&elf, &notes);
		elf_finish(&elf);
		expect_status("open", pvhboot_kernel_open(blob_view(&elf.image), 0, &kernel, &diag),
			      PVHBOOT_OK);
		expect_success("open", &diag, 0);
		expect_eq(texts[i].desc, kernel.guest_os.size, texts[i].want);
		if (texts[i].want) {
			expect_true(texts[i].desc, memcmp(kernel.guest_os.data, texts[i].desc,
							  texts[i].want) == 0);
			expect_true(texts[i].desc, kernel.guest_os.data > elf.image.data);
		}
		blob_free(&notes);
		elf_free(&elf);
	}
}
END_TEST

START_TEST(no_guest_os)
{
	const struct kernel_spec spec = { .n_loads = 1, .notes = KERNEL_NOTES_NONE };
	struct pvhboot_kernel kernel;
	struct blob notes = { 0 };
	struct elf elf;

	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, KERNEL_PADDR);
	kernel_begin(&elf, &spec);
	elf_add_notes(&elf, &notes);
	elf_finish(&elf);
	expect_status("open", pvhboot_kernel_open(blob_view(&elf.image), 0, &kernel, NULL),
		      PVHBOOT_OK);
	ck_assert_uint_eq(kernel.guest_os.size, 0);
	blob_free(&notes);
	elf_free(&elf);
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(pvhboot_feature_name(0), "writable_page_tables");
	ck_assert_str_eq(pvhboot_feature_name(PVHBOOT_XENFEAT_DOM0), "dom0");
	/* of the others there is none */
	for (uint32_t bit = 0; bit < 256; bit++)
		ck_assert_int_eq(pvhboot_feature_name(bit) != NULL,
				 bit < 16 && (0x891fu >> bit & 1) != 0);
	ck_assert_ptr_null(pvhboot_feature_name(UINT32_MAX));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("features");
	TCase *notes = suite_case(suite, "notes");

	tcase_add_loop_test(notes, features, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(notes, text_ends_at_nul);
	tcase_add_test(notes, text_ends_with_its_note);
	tcase_add_test(notes, long_text);
	tcase_add_test(notes, fails_in_the_middle);
	tcase_add_test(notes, supported_features);
	tcase_add_test(notes, build_id);
	tcase_add_test(notes, guest_os);
	tcase_add_test(notes, no_guest_os);
	tcase_add_test(notes, names);
	return suite_run(suite);
}
