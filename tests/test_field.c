/* SPDX-License-Identifier: MIT */
/*
 * Every field of every header of a good file, each set to 0, to 1, to its two
 * greatest values and to the neighbours of what it was: the status of the first
 * stage that refuses the file, from tables. A letter a value, in this order:
 *
 *	0, 1, greatest - 1, greatest, before - 1, before + 1
 *
 *	. OK   w OK with a warning   T TRUNCATED   F FORMAT   M MALFORMED
 *	U UNSUPPORTED   C CORRUPT   L LIMIT   N NOTPVH   O OVERLAP   R RANGE
 */

#include <pvhboot/image.h>
#include <pvhboot/kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/bzbuild.h"
#include "support/elfbuild.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/kernelbuild.h"
#include "support/suite.h"

#define N_VALUES 6

static uint64_t value_of(size_t which, unsigned int width, uint64_t before)
{
	uint64_t greatest = width == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * width) - 1;

	switch (which) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return greatest - 1;
	case 3:
		return greatest;
	case 4:
		return before - 1;
	default:
		return before + 1;
	}
}

static char letter_of(enum pvhboot_status status, const struct pvhboot_diag *diag)
{
	switch (status) {
	case PVHBOOT_OK:
		return diag->n_warnings ? 'w' : '.';
	case PVHBOOT_TRUNCATED:
		return 'T';
	case PVHBOOT_FORMAT:
		return 'F';
	case PVHBOOT_MALFORMED:
		return 'M';
	case PVHBOOT_UNSUPPORTED:
		return 'U';
	case PVHBOOT_CORRUPT:
		return 'C';
	case PVHBOOT_LIMIT:
		return 'L';
	case PVHBOOT_NOTPVH:
		return 'N';
	case PVHBOOT_OVERLAP:
		return 'O';
	case PVHBOOT_RANGE:
		return 'R';
	default:
		return '?';
	}
}

struct row {
	const char *field;
	uint32_t index;
	const char *want64;
	const char *want32; /* NULL: as want64 */
};

/* Program headers: 0 and 1 are PT_LOADs, 2 is the PT_NOTE. No sections. */
/* clang-format off */
static const struct row elf_rows[] = {
	{ "ei_mag0", 0, "FFFFFF", NULL },
	{ "ei_mag1", 0, "FFFFFF", NULL },
	{ "ei_mag2", 0, "FFFFFF", NULL },
	{ "ei_mag3", 0, "FFFFFF", NULL },
	{ "ei_class", 0, "MMMMMM", "M.MMMM" },
	{ "ei_data", 0, "M.MMMU", NULL },
	{ "ei_version", 0, "M.MMMM", NULL },
	{ "ei_osabi", 0, "......", NULL },
	{ "e_type", 0, "UUUUU.", NULL },
	{ "e_machine", 0, "UUUUUU", NULL },
	{ "e_version", 0, "M.MMMM", NULL },
	{ "e_entry", 0, "......", NULL },
	{ "e_phoff", 0, "MMTTMM", NULL },
	{ "e_shoff", 0, ".wwwww", NULL },
	{ "e_flags", 0, "......", NULL },
	{ "e_ehsize", 0, "......", NULL },
	{ "e_phentsize", 0, "MMMMMM", NULL },
	{ "e_phnum", 0, "MNTMN.", NULL },
	{ "e_shnum", 0, "......", NULL },
	{ "ei_abiversion", 0, "......", NULL },
	{ "ei_pad", 0, "......", NULL },
	{ "e_shentsize", 0, "......", NULL },
	{ "e_shstrndx", 0, "......", NULL },
	{ "p_type", 0, "R.RRRR", NULL },
	{ "p_flags", 0, "......", NULL },
	{ "p_offset", 0, "..TT..", NULL },
	{ "p_vaddr", 0, "......", NULL },
	{ "p_paddr", 0, "RRMM..", "RRRR.." },
	{ "p_filesz", 0, "wwMM.M", NULL },
	{ "p_memsz", 0, "MMMMM.", "MMRRM." },
	{ "p_align", 0, "..wwww", NULL },
	{ "p_type", 1, "......", NULL },
	{ "p_flags", 1, "......", NULL },
	{ "p_offset", 1, "..TT..", NULL },
	{ "p_vaddr", 1, "......", NULL },
	{ "p_paddr", 1, "..MM..", "..RR.." },
	{ "p_filesz", 1, "..MM..", NULL },
	{ "p_memsz", 1, "MMMM..", "MMRR.." },
	{ "p_align", 1, "..wwww", NULL },
	{ "p_type", 2, "NNNNNN", NULL },
	{ "p_flags", 2, "......", NULL },
	{ "p_offset", 2, "NMTTMT", NULL },
	{ "p_vaddr", 2, "......", NULL },
	{ "p_paddr", 2, "......", NULL },
	{ "p_filesz", 2, "NNTTMT", NULL },
	{ "p_memsz", 2, "......", NULL },
	{ "p_align", 2, "......", NULL },
};
/* clang-format on */

/* The same kernel with its notes in section 1 instead. */
/* clang-format off */
static const struct row section_rows[] = {
	{ "e_shoff", 0, "NNNNNN", NULL },
	{ "e_shentsize", 0, "NNNNNN", NULL },
	{ "e_shnum", 0, "NNNNNN", NULL },
	{ "e_shstrndx", 0, "......", NULL },
	{ "sh_name", 0, "......", NULL },
	{ "sh_type", 0, "......", NULL },
	{ "sh_flags", 0, "......", NULL },
	{ "sh_addr", 0, "......", NULL },
	{ "sh_offset", 0, "......", NULL },
	{ "sh_size", 0, "......", NULL },
	{ "sh_link", 0, "......", NULL },
	{ "sh_info", 0, "......", NULL },
	{ "sh_addralign", 0, "......", NULL },
	{ "sh_entsize", 0, "......", NULL },
	{ "sh_name", 1, "......", NULL },
	{ "sh_type", 1, "NNNNNN", NULL },
	{ "sh_flags", 1, "......", NULL },
	{ "sh_addr", 1, "......", NULL },
	{ "sh_offset", 1, "NMTTMM", NULL },
	{ "sh_size", 1, "NNTTM.", NULL },
	{ "sh_link", 1, "......", NULL },
	{ "sh_info", 1, "......", NULL },
	{ "sh_addralign", 1, "......", NULL },
	{ "sh_entsize", 1, "......", NULL },
};
/* clang-format on */

static enum pvhboot_status open_guarded(const struct elf *elf, struct pvhboot_diag *diag)
{
	struct guard guard = guard_open(elf->image.size);
	struct pvhboot_kernel kernel;
	enum pvhboot_status status;

	memset(diag, 0, sizeof(*diag));
	status =
		pvhboot_kernel_open(guard_at_end(&guard, blob_view(&elf->image)), 0, &kernel, diag);
	guard_close(&guard);
	return status;
}

static void expect_row(const struct row *row, unsigned int bits, enum kernel_notes notes)
{
	const struct kernel_spec spec = { .bits = bits, .notes = notes };
	const char *want = bits == 32 && row->want32 ? row->want32 : row->want64;
	struct elf elf;

	kernel_build(&elf, &spec);
	for (size_t i = 0; i < N_VALUES; i++) {
		struct pvhboot_diag diag;
		unsigned int width;
		size_t at = elf_where(&elf, row->field, row->index, &width);
		uint64_t before = load_le(elf.image.data + at, width);
		enum pvhboot_status status;

		store_le(elf.image.data + at, width, value_of(i, width, before));
		status = open_guarded(&elf, &diag);
		store_le(elf.image.data + at, width, before);
		ck_assert_msg(
			letter_of(status, &diag) == want[i],
			"%s of header %u, %u bit: value %zu gives %s with %u warnings, not %c",
			row->field, row->index, bits, i, pvhboot_status_name(status),
			diag.n_warnings, want[i]);
	}
	elf_free(&elf);
}

START_TEST(elf_fields)
{
	expect_row(&elf_rows[_i], 64, KERNEL_NOTES_SEGMENT);
	expect_row(&elf_rows[_i], 32, KERNEL_NOTES_SEGMENT);
}
END_TEST

START_TEST(section_fields)
{
	expect_row(&section_rows[_i], 64, KERNEL_NOTES_SECTION);
	expect_row(&section_rows[_i], 32, KERNEL_NOTES_SECTION);
}
END_TEST

/* Of a bzImage with an XZ payload: probe, need and unpack. */
static const struct {
	const char *field;
	const char *want;
	/* clang-format off */
} bz_rows[] = {
	{ "setup_sects", ".FTTTF" },
	{ "boot_flag", "wwwwww" },
	{ "header", "FFFFFF" },
	{ "version", "UU...." },
	{ "payload_offset", "UFTTFT" },
	{ "payload_length", "MMTTTT" },
};
/* clang-format on */

static enum pvhboot_status unpack(const struct blob *file, struct pvhboot_diag *diag)
{
	struct guard in = guard_open(file->size);
	struct guard out;
	struct pvhboot_image image;
	struct pvhboot_bytes elf;
	enum pvhboot_status status;
	size_t size;

	memset(diag, 0, sizeof(*diag));
	status = pvhboot_image_probe(guard_at_end(&in, blob_view(file)), NULL, &image, diag);
	if (status == PVHBOOT_OK)
		status = pvhboot_image_need(&image, NULL, &size, diag);
	if (status == PVHBOOT_OK) {
		out = guard_open(size);
		status = pvhboot_image_unpack(&image, NULL, guard_buffer(&out, size), &elf, diag);
		guard_close(&out);
	}
	guard_close(&in);
	return status;
}

START_TEST(bzimage_fields)
{
	const struct kernel_spec spec = { 0 };
	struct blob file = { 0 };
	struct elf elf;

	kernel_build(&elf, &spec);
	bz_image(&file, PVHBOOT_COMPRESSION_XZ, blob_view(&elf.image));
	for (size_t i = 0; i < N_VALUES; i++) {
		uint64_t before = bz_read(&file, bz_rows[_i].field);
		struct pvhboot_diag diag;
		enum pvhboot_status status;
		unsigned int width;

		bz_where(bz_rows[_i].field, &width);
		bz_patch(&file, bz_rows[_i].field, value_of(i, width, before));
		status = unpack(&file, &diag);
		bz_patch(&file, bz_rows[_i].field, before);
		ck_assert_msg(letter_of(status, &diag) == bz_rows[_i].want[i],
			      "%s: value %zu gives %s with %u warnings, not %c", bz_rows[_i].field,
			      i, pvhboot_status_name(status), diag.n_warnings, bz_rows[_i].want[i]);
	}
	blob_free(&file);
	elf_free(&elf);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("field");
	TCase *fields = suite_case(suite, "fields");

	tcase_add_loop_test(fields, elf_fields, 0, ROWS(elf_rows));
	tcase_add_loop_test(fields, section_fields, 0, ROWS(section_rows));
	tcase_add_loop_test(fields, bzimage_fields, 0, ROWS(bz_rows));
	return suite_run(suite);
}
