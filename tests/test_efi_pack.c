/* SPDX-License-Identifier: MIT */
/* An image and its initrds in one module: lib/guest/efi/pack.c. */

#include <string.h>

#include "../lib/guest/efi/console.h"
#include "../lib/guest/efi/pack.h"
#include "support/cpiobuild.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/suite.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct {
	const char *rule;
	uint64_t found;
} failure;

bool console_refuse(const char *rule, uint64_t found, uint64_t bound)
{
	(void)bound;
	failure.rule = rule;
	failure.found = found;
	return false;
}

/* What files.c keeps: here so many at most. */
#define MAX_FILES 5
static struct pvhboot_bytes files[MAX_FILES];
uint32_t efi_n_parts;

bool efi_part_add(const void *data, uint64_t size)
{
	if (efi_n_parts == MAX_FILES)
		return console_refuse("less", 0, 0);
	files[efi_n_parts++] = (struct pvhboot_bytes){ data, size };
	return true;
}

/* Reads a copy that ends at an unreadable page. */
static bool read_pack(const struct blob *archive)
{
	struct guard guard = guard_open(archive->size);
	struct pvhboot_bytes module = guard_at_end(&guard, blob_view(archive));
	bool is_good;

	efi_n_parts = 0;
	is_good = efi_pack_read(module);
	for (uint32_t i = 0; is_good && i < efi_n_parts; i++) { /* as offsets: the copy goes */
		ck_assert_uint_le((size_t)(files[i].data - module.data), module.size);
		files[i].data = archive->data + (files[i].data - module.data);
	}
	guard_close(&guard);
	return is_good;
}

START_TEST(files_in_their_order)
{
	struct blob archive = { 0 }, want = { 0 };

	cpio_entry(&archive, CPIO_FOLDER, ".", 0);
	cpio_file(&archive, "boot/vmlinuz", 1001);
	cpio_file(&archive, "empty", 0);
	cpio_file(&archive, "a", 7);
	cpio_file(&archive, "b", 8);
	cpio_trailer(&archive);
	blob_fill(&archive, 0, 512 - archive.size % 512); /* as cpio does */
	ck_assert(efi_pack_is(blob_view(&archive)));
	ck_assert(read_pack(&archive));
	ck_assert_uint_eq(efi_n_parts, 3);
	for (uint32_t i = 0; i < efi_n_parts; i++) {
		static const size_t sizes[] = { 1001, 7, 8 };

		ck_assert_uint_eq(files[i].size, sizes[i]);
		blob_pattern(&want, (uint32_t)sizes[i], sizes[i]);
		ck_assert_mem_eq(files[i].data, want.data, sizes[i]);
		blob_free(&want);
	}
	blob_free(&archive);
}
END_TEST

START_TEST(as_many_as_there_is_room_for)
{
	struct blob archive = { 0 };

	for (uint32_t i = 0; i < MAX_FILES; i++)
		cpio_file(&archive, "file", 5);
	cpio_trailer(&archive);
	ck_assert(read_pack(&archive));
	ck_assert_uint_eq(efi_n_parts, MAX_FILES);
	archive.size -= 124; /* the trailer */
	cpio_file(&archive, "file", 5);
	cpio_trailer(&archive);
	ck_assert(!read_pack(&archive));
	ck_assert_str_eq(failure.rule, "less");
	blob_free(&archive);
}
END_TEST

static const struct {
	const char *name;
	uint32_t mode, size; /* of the first file; 0: there is none */
	int has_trailer;
	int damaged; /* 1: a digit of the size; 2: the magic */
	const char *rule;
	uint64_t found;
} broken[] = {
	{ "nothing", 0, 0, 0, 0, "files of a cpio archive up to its trailer", 0 },
	{ "no trailer", CPIO_REGULAR, 8, 0, 0, "files of a cpio archive up to its trailer", 120 },
	{ "no file", 0, 0, 1, 0, "an image as the archive's first file", 0 },
	{ "a link", CPIO_LINK, 8, 1, 0, "files in the archive, which are no links", 0120000 },
	{ "no number", CPIO_REGULAR, 8, 1, 1, "files of a cpio archive up to its trailer", 0 },
	{ "no magic", CPIO_REGULAR, 8, 1, 2, "files of a cpio archive up to its trailer", 0 },
};

START_TEST(broken_archives)
{
	const char *name = broken[_i].name;
	struct blob archive = { 0 };

	if (broken[_i].size != 0)
		cpio_entry(&archive, broken[_i].mode, "a", broken[_i].size);
	if (broken[_i].has_trailer)
		cpio_trailer(&archive);
	if (broken[_i].damaged == 1)
		archive.data[60] = 'g';
	if (broken[_i].damaged == 2)
		archive.data[5] = '7';
	ck_assert_msg(!read_pack(&archive), "%s", name);
	ck_assert_msg(strcmp(failure.rule, broken[_i].rule) == 0, "%s: %s", name, failure.rule);
	expect_eq(name, failure.found, broken[_i].found);
	blob_free(&archive);
}
END_TEST

/* At every byte: a part of an archive is none. */
START_TEST(cut_archives)
{
	struct blob archive = { 0 };

	cpio_file(&archive, "vmlinuz", 30);
	cpio_file(&archive, "initrd", 20);
	cpio_trailer(&archive);
	archive.size -= 3; /* padding, which may be missing */
	ck_assert(read_pack(&archive));
	while (archive.size > 0) {
		archive.size--;
		ck_assert_msg(!read_pack(&archive), "at %zu", archive.size);
	}
	blob_free(&archive);
}
END_TEST

START_TEST(no_archives)
{
	struct blob archive = { 0 };

	blob_append(&archive, "MZ", 2);
	blob_fill(&archive, 0, 200);
	ck_assert(!efi_pack_is(blob_view(&archive)));
	blob_free(&archive);
	cpio_header(&archive, "070701", CPIO_REGULAR, 1, 1);
	archive.size--;
	ck_assert(!efi_pack_is(blob_view(&archive)));
	blob_free(&archive);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("efi_pack");
	TCase *tcase = suite_case(suite, "efi_pack");

	tcase_add_test(tcase, files_in_their_order);
	tcase_add_test(tcase, as_many_as_there_is_room_for);
	tcase_add_loop_test(tcase, broken_archives, 0, (int)N_OF(broken));
	tcase_add_test(tcase, cut_archives);
	tcase_add_test(tcase, no_archives);
	return suite_run(suite);
}
