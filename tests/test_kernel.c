/* SPDX-License-Identifier: MIT */
/* kernel.h: the ELF header and segments. Notes: test_note.c. */

#include <pvhboot/kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/elfbuild.h"
#include "support/expect.h"
#include "support/guard.h"
#include "support/kernelbuild.h"
#include "support/suite.h"

/* The standard kernel: program headers 0 and 1 are PT_LOADs, 2 is the PT_NOTE. */
#define LOAD0 0
#define LOAD1 1
#define NOTE 2

#define PADDR KERNEL_PADDR
#define PATTERN_SIZE 0x300

static enum pvhboot_status open_elf(const struct elf *elf, struct pvhboot_kernel *kernel,
				    struct pvhboot_diag *diag)
{
	struct guard guard = guard_open(elf->image.size);
	struct pvhboot_kernel guarded;
	enum pvhboot_status status;

	/* In front of an unreadable page, behind one, and to keep. */
	status = pvhboot_kernel_open(guard_at_end(&guard, blob_view(&elf->image)), 0, &guarded,
				     NULL);
	ck_assert_int_eq(pvhboot_kernel_open(guard_at_start(&guard, blob_view(&elf->image)), 0,
					     &guarded, NULL),
			 status);
	guard_close(&guard);
	memset(diag, 0, sizeof(*diag));
	ck_assert_int_eq(pvhboot_kernel_open(blob_view(&elf->image), 0, kernel, diag), status);
	return status;
}

static size_t phdr_at(const struct elf *elf, uint32_t index)
{
	unsigned int width;

	return elf_where(elf, "p_type", index, &width);
}

/* Everything about a kernel that opened, against what it was built from. */
static void expect_kernel(const char *row, const struct elf *elf,
			  const struct pvhboot_kernel *kernel, const struct kernel_spec *spec)
{
	uint64_t paddr = spec->paddr ? spec->paddr : PADDR;
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	uint32_t n = 0;

	expect_true(row, kernel->elf.data == elf->image.data);
	expect_eq(row, kernel->elf.size, elf->image.size);
	expect_eq(row, kernel->start, paddr);
	expect_eq(row, kernel->end, kernel_end(spec));
	expect_eq(row, kernel->entry, spec->entry ? spec->entry : paddr + 0x40);
	expect_eq(row, kernel->machine, elf->machine);
	expect_eq(row, kernel->elf_class, elf->bits);
	expect_eq(row, kernel->relocatable, spec->has_reloc || spec->n_reloc);
	expect_eq(row, kernel->n_segments, spec->n_loads ? spec->n_loads : 2);
	expect_eq(row, kernel->reserved[0] | kernel->reserved[1] | kernel->reserved[2], 0);
	if (!kernel->relocatable)
		expect_eq(row, kernel->reloc.align | kernel->reloc.min | kernel->reloc.max, 0);

	while (pvhboot_segment_next(kernel, &iter, &segment)) {
		expect_eq(row, segment.index, n);
		expect_eq(row, segment.gpa, elf_read(elf, "p_paddr", n));
		expect_eq(row, segment.size, elf_read(elf, "p_memsz", n));
		expect_eq(row, segment.offset, elf_read(elf, "p_offset", n));
		expect_eq(row, segment.flags, elf_read(elf, "p_flags", n));
		expect_eq(row, segment.bytes.size, elf_read(elf, "p_filesz", n));
		expect_true(row, segment.bytes.data == elf->image.data + segment.offset);
		n++;
	}
	expect_eq(row, n, kernel->n_segments);
	/* The end stays the end. */
	expect_eq(row, pvhboot_segment_next(kernel, &iter, &segment), 0);
}

static const struct {
	const char *name;
	struct kernel_spec spec;
} good_kernels[] = {
	{ "64 bit", { .bits = 64 } },
	{ "32 bit", { .bits = 32 } },
	{ "64 bit for i386, as OVMF", { .bits = 64, .machine = 3 } },
	{ "32 bit for x86-64", { .bits = 32, .machine = 62 } },
	{ "one segment", { .n_loads = 1 } },
	{ "ten segments", { .n_loads = 10 } },
	{ "touching segments", { .n_loads = 3, .load_size = 0x1000 } },
	{ "no bss", { .bss_size = ~0u } },
	{ "bss of 256 MiB", { .bss_size = 256u << 20 } },
	{ "1.5 GiB of bss", { .bss_size = 3u << 29 } },
	{ "at 1 MiB", { .paddr = 0x100000 } },
	{ "at 4 KiB", { .paddr = 0x1000 } },
	{ "not page aligned", { .paddr = 0x1234567 } },
	{ "up to 4 GiB",
	  { .paddr = 0xfffff000u, .n_loads = 1, .load_size = 0x800, .bss_size = 0x800 } },
	{ "4 byte entry in 64 bit", { .bits = 64, .entry_width = 4 } },
	{ "8 byte entry in 32 bit", { .bits = 32, .entry_width = 8 } },
	{ "entry at the start", { .entry = PADDR } },
	{ "entry at the last byte", { .n_loads = 1, .entry = PADDR + PATTERN_SIZE - 1 } },
	{ "notes in a section", { .notes = KERNEL_NOTES_SECTION } },
	{ "notes in a section, 32 bit", { .bits = 32, .notes = KERNEL_NOTES_SECTION } },
	{ "relocatable", { .n_reloc = 3, .reloc = { 0x200000, 0x1000000, 0x3fffffff } } },
};

START_TEST(opens)
{
	const char *row = good_kernels[_i].name;
	const struct kernel_spec *spec = &good_kernels[_i].spec;
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	struct elf elf;

	memset(&kernel, 0xee, sizeof(kernel));
	kernel_build(&elf, spec);
	expect_status(row, open_elf(&elf, &kernel, &diag), PVHBOOT_OK);
	expect_success(row, &diag, 0);
	expect_kernel(row, &elf, &kernel, spec);
	expect_eq(row, kernel.note_source,
		  spec->notes == KERNEL_NOTES_SECTION ? PVHBOOT_NOTES_SECTIONS :
							PVHBOOT_NOTES_SEGMENTS);
	elf_free(&elf);
}
END_TEST

/*
 * The standard kernel with one field changed. What is not said about the
 * finding follows from the field: it is about the header, or about the program
 * header with that number, and its offset is that of the field or the header.
 */
static const struct {
	const char *name;
	const char *field;
	uint32_t index;
	uint64_t value;
	enum pvhboot_status status;
	unsigned int says;
	uint64_t found;
	uint64_t bound;
} patches[] = {
	{ "no magic", "ei_mag0", 0, 0x7e, PVHBOOT_FORMAT, 0, 0, 0 },
	{ "last byte of the magic", "ei_mag3", 0, 'G', PVHBOOT_FORMAT, 0, 0, 0 },
	{ "class 0", "ei_class", 0, 0, PVHBOOT_MALFORMED, SAYS_OFFSET | SAYS_FOUND, 0, 0 },
	{ "class 3", "ei_class", 0, 3, PVHBOOT_MALFORMED, SAYS_OFFSET | SAYS_FOUND, 3, 0 },
	{ "encoding 0", "ei_data", 0, 0, PVHBOOT_MALFORMED, SAYS_OFFSET | SAYS_FOUND, 0, 0 },
	{ "encoding 3", "ei_data", 0, 3, PVHBOOT_MALFORMED, SAYS_OFFSET | SAYS_FOUND, 3, 0 },
	{ "big-endian", "ei_data", 0, 2, PVHBOOT_UNSUPPORTED, SAYS_OFFSET | SAYS_NUMBERS, 2, 1 },
	{ "version 0", "ei_version", 0, 0, PVHBOOT_MALFORMED, SAYS_OFFSET | SAYS_NUMBERS, 0, 1 },
	{ "version 2", "ei_version", 0, 2, PVHBOOT_MALFORMED, SAYS_OFFSET | SAYS_NUMBERS, 2, 1 },
	{ "OSABI Linux", "ei_osabi", 0, 3, PVHBOOT_OK, 0, 0, 0 },
	{ "OSABI FreeBSD", "ei_osabi", 0, 9, PVHBOOT_OK, 0, 0, 0 },
	{ "OSABI 255", "ei_osabi", 0, 255, PVHBOOT_OK, 0, 0, 0 },
	{ "ET_NONE", "e_type", 0, 0, PVHBOOT_UNSUPPORTED, SAYS_OFFSET | SAYS_FOUND, 0, 0 },
	{ "ET_REL", "e_type", 0, 1, PVHBOOT_UNSUPPORTED, SAYS_OFFSET | SAYS_FOUND, 1, 0 },
	{ "ET_DYN", "e_type", 0, 3, PVHBOOT_OK, 0, 0, 0 },
	{ "ET_CORE", "e_type", 0, 4, PVHBOOT_UNSUPPORTED, SAYS_OFFSET | SAYS_FOUND, 4, 0 },
	{ "ET_LOOS", "e_type", 0, 0xfe00, PVHBOOT_UNSUPPORTED, SAYS_OFFSET | SAYS_FOUND, 0xfe00,
	  0 },
	{ "EM_NONE", "e_machine", 0, 0, PVHBOOT_UNSUPPORTED, SAYS_OFFSET | SAYS_FOUND, 0, 0 },
	{ "EM_ARM", "e_machine", 0, 40, PVHBOOT_UNSUPPORTED, SAYS_OFFSET | SAYS_FOUND, 40, 0 },
	{ "EM_AARCH64", "e_machine", 0, 183, PVHBOOT_UNSUPPORTED, SAYS_OFFSET | SAYS_FOUND, 183,
	  0 },
	{ "EM_IAMCU", "e_machine", 0, 6, PVHBOOT_UNSUPPORTED, SAYS_OFFSET | SAYS_FOUND, 6, 0 },
	{ "e_version 0", "e_version", 0, 0, PVHBOOT_MALFORMED, SAYS_OFFSET | SAYS_NUMBERS, 0, 1 },
	{ "e_entry 0", "e_entry", 0, 0, PVHBOOT_OK, 0, 0, 0 },
	{ "e_entry virtual", "e_entry", 0, 0xffffffff81000000, PVHBOOT_OK, 0, 0, 0 },
	{ "e_flags", "e_flags", 0, 0x10004, PVHBOOT_OK, 0, 0, 0 },
	{ "e_phentsize 0", "e_phentsize", 0, 0, PVHBOOT_MALFORMED, SAYS_OFFSET | SAYS_FOUND, 0, 0 },
	{ "e_phentsize 8", "e_phentsize", 0, 8, PVHBOOT_MALFORMED, SAYS_OFFSET | SAYS_FOUND, 8, 0 },
	{ "e_phentsize 31", "e_phentsize", 0, 31, PVHBOOT_MALFORMED, SAYS_OFFSET | SAYS_FOUND, 31,
	  0 },
	{ "e_phoff 0", "e_phoff", 0, 0, PVHBOOT_MALFORMED, SAYS_OFFSET | SAYS_FOUND, 0, 0 },
	{ "e_phnum 0", "e_phnum", 0, 0, PVHBOOT_MALFORMED, SAYS_OFFSET | SAYS_FOUND, 0, 0 },
	{ "e_phnum too large", "e_phnum", 0, 0xfffe, PVHBOOT_TRUNCATED, 0, 0, 0 },
	{ "e_phnum PN_XNUM without sections", "e_phnum", 0, 0xffff, PVHBOOT_MALFORMED, SAYS_OFFSET,
	  0, 0 },

	{ "p_memsz one less than p_filesz", "p_memsz", LOAD0, PATTERN_SIZE - 1, PVHBOOT_MALFORMED,
	  SAYS_NUMBERS, PATTERN_SIZE, PATTERN_SIZE - 1 },
	{ "p_memsz 0 and bytes in the file", "p_memsz", LOAD0, 0, PVHBOOT_MALFORMED, SAYS_NUMBERS,
	  PATTERN_SIZE, 0 },
	{ "segment in the middle of another", "p_paddr", LOAD1, PADDR + 0x100, PVHBOOT_OVERLAP, 0,
	  0, 0 },
	{ "last byte shared", "p_paddr", LOAD1, PADDR + PATTERN_SIZE - 1, PVHBOOT_OVERLAP, 0, 0,
	  0 },
	{ "no byte shared", "p_paddr", LOAD1, PADDR + PATTERN_SIZE, PVHBOOT_OK, 0, 0, 0 },
	{ "bss over the next segment", "p_memsz", LOAD0, 0x1001, PVHBOOT_OVERLAP, 0, 0, 0 },
	{ "bss up to the next segment", "p_memsz", LOAD0, 0x1000, PVHBOOT_OK, 0, 0, 0 },
	{ "the same place twice", "p_paddr", LOAD1, PADDR, PVHBOOT_OVERLAP, 0, 0, 0 },
	{ "one byte above 4 GiB", "p_paddr", LOAD1, 0xfffff801u, PVHBOOT_RANGE, SAYS_NUMBERS,
	  UINT64_C(0x100000001), UINT64_C(1) << 32 },
	{ "ends at 4 GiB", "p_paddr", LOAD1, 0xfffff800u, PVHBOOT_OK, 0, 0, 0 },
	{ "p_align 0", "p_align", LOAD0, 0, PVHBOOT_OK, 0, 0, 0 },
	{ "p_align 1", "p_align", LOAD0, 1, PVHBOOT_OK, 0, 0, 0 },
	{ "p_align 2^31", "p_align", LOAD0, UINT64_C(1) << 31, PVHBOOT_OK, 0, 0, 0 },
	{ "p_flags X", "p_flags", LOAD0, 1, PVHBOOT_OK, 0, 0, 0 },
	{ "p_flags W", "p_flags", LOAD0, 2, PVHBOOT_OK, 0, 0, 0 },
	{ "p_flags R", "p_flags", LOAD0, 4, PVHBOOT_OK, 0, 0, 0 },
	{ "p_vaddr of a segment", "p_vaddr", LOAD0, 0, PVHBOOT_OK, 0, 0, 0 },
	{ "p_vaddr far", "p_vaddr", LOAD1, UINT64_MAX, PVHBOOT_OK, 0, 0, 0 },
	{ "entry's segment is no PT_LOAD", "p_type", LOAD0, 2, PVHBOOT_RANGE, 0, 0, 0 },
};

/* Offsets of 64 bits, in a 64-bit image only. */
static const struct {
	const char *name;
	const char *field;
	uint32_t index;
	uint64_t value;
	enum pvhboot_status status;
	unsigned int says;
	uint64_t found;
	uint64_t bound;
} patches64[] = {
	{ "e_phentsize 55", "e_phentsize", 0, 55, PVHBOOT_MALFORMED, SAYS_OFFSET | SAYS_NUMBERS, 55,
	  56 },
	{ "e_phentsize of ELF32", "e_phentsize", 0, 32, PVHBOOT_MALFORMED,
	  SAYS_OFFSET | SAYS_NUMBERS, 32, 56 },
	{ "e_phoff 2^64 - 8", "e_phoff", 0, UINT64_MAX - 7, PVHBOOT_TRUNCATED, SAYS_OFFSET, 0, 0 },
	{ "e_phoff 2^63", "e_phoff", 0, UINT64_C(1) << 63, PVHBOOT_TRUNCATED, SAYS_OFFSET, 0, 0 },
	{ "p_offset 2^64 - 1", "p_offset", LOAD0, UINT64_MAX, PVHBOOT_TRUNCATED, SAYS_FOUND,
	  UINT64_MAX, 0 },
	{ "p_offset + p_filesz wraps", "p_offset", LOAD0, UINT64_MAX - PATTERN_SIZE + 1,
	  PVHBOOT_TRUNCATED, 0, 0, 0 },
	{ "p_paddr 2^64 - 1", "p_paddr", LOAD0, UINT64_MAX, PVHBOOT_MALFORMED, 0, 0, 0 },
	{ "p_paddr + p_memsz is 2^64", "p_paddr", LOAD0, UINT64_MAX - PATTERN_SIZE + 1,
	  PVHBOOT_MALFORMED, 0, 0, 0 },
	{ "p_paddr + p_memsz below 2^64", "p_paddr", LOAD0, UINT64_MAX - PATTERN_SIZE,
	  PVHBOOT_RANGE, SAYS_NUMBERS, UINT64_MAX, UINT64_C(1) << 32 },
	{ "at 4 GiB", "p_paddr", LOAD1, UINT64_C(1) << 32, PVHBOOT_RANGE, 0, 0, 0 },
	{ "p_memsz 2^64 - 1", "p_memsz", LOAD1, UINT64_MAX, PVHBOOT_MALFORMED, 0, 0, 0 },
	{ "p_filesz and p_memsz differ by 2^63", "p_memsz", LOAD1, UINT64_C(1) << 63, PVHBOOT_RANGE,
	  0, 0, 0 },
	{ "p_align 2^63", "p_align", LOAD0, UINT64_C(1) << 63, PVHBOOT_OK, 0, 0, 0 },
};

static void expect_patched(const char *row, unsigned int bits, const char *field, uint32_t index,
			   uint64_t value, enum pvhboot_status status, unsigned int says,
			   uint64_t found, uint64_t bound)
{
	const struct kernel_spec spec = { .bits = bits };
	struct finding want = {
		.says = SAYS_STAGE | says,
		.stage = PVHBOOT_STAGE_ELF,
		.found = found,
		.bound = bound,
	};
	struct pvhboot_kernel untouched;
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	unsigned int width;
	struct elf elf;
	char name[128];

	snprintf(name, sizeof(name), "%s, %u bit", row, bits);
	memset(&kernel, 0xee, sizeof(kernel));
	memset(&untouched, 0xee, sizeof(untouched));
	kernel_build(&elf, &spec);
	elf_patch(&elf, field, index, value);
	want.offset = elf_where(&elf, field, index, &width);
	if (status == PVHBOOT_RANGE && strcmp(field, "p_type") == 0) {
		want.stage = PVHBOOT_STAGE_NOTE;
		want.subject = PVHBOOT_SUBJECT_ENTRY;
		want.says |= SAYS_SUBJECT;
	} else if (field[0] == 'p') {
		/* Of two segments that overlap, either may be named. */
		want.subject = PVHBOOT_SUBJECT_SEGMENT;
		want.index = index;
		want.offset = phdr_at(&elf, index);
		want.says |= SAYS_SUBJECT;
		if (status != PVHBOOT_OVERLAP)
			want.says |= SAYS_INDEX | SAYS_OFFSET;
	} else {
		want.subject = PVHBOOT_SUBJECT_HEADER;
		want.says |= SAYS_SUBJECT;
	}
	expect_status(name, open_elf(&elf, &kernel, &diag), status);
	if (status) {
		expect_failure(name, &diag, status, &want);
		expect_true(name, memcmp(&kernel, &untouched, sizeof(kernel)) == 0);
	} else {
		expect_success(name, &diag, 0);
		expect_eq(name, kernel.n_segments, 2);
		expect_eq(name, kernel.entry, PADDR + 0x40);
	}
	elf_free(&elf);
}

START_TEST(patched_32)
{
	expect_patched(patches[_i].name, 32, patches[_i].field, patches[_i].index,
		       patches[_i].value, patches[_i].status, patches[_i].says, patches[_i].found,
		       patches[_i].bound);
}
END_TEST

START_TEST(patched_64)
{
	expect_patched(patches[_i].name, 64, patches[_i].field, patches[_i].index,
		       patches[_i].value, patches[_i].status, patches[_i].says, patches[_i].found,
		       patches[_i].bound);
}
END_TEST

START_TEST(patched_64_wide)
{
	expect_patched(patches64[_i].name, 64, patches64[_i].field, patches64[_i].index,
		       patches64[_i].value, patches64[_i].status, patches64[_i].says,
		       patches64[_i].found, patches64[_i].bound);
}
END_TEST

START_TEST(without_arguments)
{
	const struct pvhboot_bytes null_with_size = { NULL, 64 };
	const struct pvhboot_bytes empty = { NULL, 0 };
	const struct kernel_spec spec = { 0 };
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_ELF };
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag = { 0 };
	struct elf elf;

	kernel_build(&elf, &spec);
	expect_status("NULL data", pvhboot_kernel_open(null_with_size, 0, &kernel, &diag),
		      PVHBOOT_INVAL);
	expect_failure("NULL data", &diag, PVHBOOT_INVAL, &want);
	memset(&diag, 0, sizeof(diag));
	expect_status("NULL out", pvhboot_kernel_open(blob_view(&elf.image), 0, NULL, &diag),
		      PVHBOOT_INVAL);
	expect_failure("NULL out", &diag, PVHBOOT_INVAL, &want);
	memset(&diag, 0, sizeof(diag));
	expect_status("empty", pvhboot_kernel_open(empty, 0, &kernel, &diag), PVHBOOT_TRUNCATED);
	expect_failure("empty", &diag, PVHBOOT_TRUNCATED, &want);
	expect_status("no diag", pvhboot_kernel_open(empty, 0, &kernel, NULL), PVHBOOT_TRUNCATED);
	elf_free(&elf);
}
END_TEST

START_TEST(flags)
{
	const struct kernel_spec spec = { 0 };
	struct elf elf;

	kernel_build(&elf, &spec);
	for (unsigned int bit = 0; bit < 32; bit++) {
		const uint32_t flag = UINT32_C(1) << bit;
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_ELF,
			.found = flag,
			.bound = PVHBOOT_COMPAT_XEN,
		};
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag = { 0 };
		enum pvhboot_status status =
			pvhboot_kernel_open(blob_view(&elf.image), flag, &kernel, &diag);

		if (flag == PVHBOOT_COMPAT_XEN) {
			expect_status("known", status, PVHBOOT_OK);
			ck_assert_uint_eq(kernel.flags, PVHBOOT_COMPAT_XEN);
			continue;
		}
		expect_status("unknown", status, PVHBOOT_INVAL);
		expect_failure("unknown", &diag, PVHBOOT_INVAL, &want);
		expect_rule("unknown", &diag.failure, "known flags");
	}
	elf_free(&elf);
}
END_TEST

/* The image ends inside its header: found is its size, bound what it must have. */
static const struct {
	unsigned int bits;
	size_t size;
	uint64_t bound;
} short_headers[] = {
	{ 64, 1, 16 },  { 64, 4, 16 },  { 64, 15, 16 }, { 32, 15, 16 }, { 64, 16, 64 },
	{ 32, 16, 52 }, { 32, 51, 52 }, { 64, 51, 64 }, { 64, 52, 64 }, { 64, 63, 64 },
};

START_TEST(truncated_header)
{
	const struct kernel_spec spec = { .bits = short_headers[_i].bits };
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_ELF,
		.subject = PVHBOOT_SUBJECT_HEADER,
		.found = short_headers[_i].size,
		.bound = short_headers[_i].bound,
	};
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	struct elf elf;

	kernel_build(&elf, &spec);
	elf.image.size = short_headers[_i].size;
	expect_status("short", open_elf(&elf, &kernel, &diag), PVHBOOT_TRUNCATED);
	expect_failure("short", &diag, PVHBOOT_TRUNCATED, &want);
	elf_free(&elf);
}
END_TEST

/* The image ends inside the program header table, at every byte of it. */
START_TEST(truncated_table)
{
	static const unsigned int bits[] = { 32, 64 };

	for (size_t i = 0; i < 2; i++) {
		const struct kernel_spec spec = { .bits = bits[i] };
		struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET,
			.stage = PVHBOOT_STAGE_ELF,
			.subject = PVHBOOT_SUBJECT_HEADER,
		};
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag;
		unsigned int width;
		struct elf elf;
		size_t end;

		kernel_build(&elf, &spec);
		want.offset = elf_where(&elf, "e_phoff", 0, &width);
		end = phdr_at(&elf, 3);
		for (elf.image.size = phdr_at(&elf, 0); elf.image.size < end; elf.image.size++) {
			expect_status("table", open_elf(&elf, &kernel, &diag), PVHBOOT_TRUNCATED);
			expect_failure("table", &diag, PVHBOOT_TRUNCATED, &want);
		}
		elf_free(&elf);
	}
}
END_TEST

/* Bytes of a segment that the file lacks; the segment is the last in the file. */
START_TEST(truncated_before_bytes)
{
	static const unsigned int bits[] = { 32, 64 };

	for (size_t i = 0; i < 2; i++) {
		struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_ELF,
			.subject = PVHBOOT_SUBJECT_SEGMENT,
			.index = 0,
			.found = PATTERN_SIZE,
			.bound = PATTERN_SIZE - 1,
		};
		const struct kernel_spec spec = { .bits = bits[i],
						  .n_loads = 1,
						  .notes = KERNEL_NOTES_NONE };
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag;
		struct elf elf;

		kernel_build(&elf, &spec);
		ck_assert_uint_eq(elf_read(&elf, "p_offset", 0) + PATTERN_SIZE, elf.image.size);
		want.offset = phdr_at(&elf, 0);
		expect_status("whole", open_elf(&elf, &kernel, &diag), PVHBOOT_NOTPVH);
		elf.image.size--;
		expect_status("one byte less", open_elf(&elf, &kernel, &diag), PVHBOOT_TRUNCATED);
		expect_failure("one byte less", &diag, PVHBOOT_TRUNCATED, &want);
		elf_free(&elf);
	}
}
END_TEST

/* The standard kernel, changed before it is laid out. */
static void stride_64(struct elf *elf)
{
	elf->phentsize = 64;
}

static void stride_57(struct elf *elf)
{
	elf->phentsize = 57;
}

static void stride_1000(struct elf *elf)
{
	elf->phentsize = 1000;
}

static void xnum(struct elf *elf)
{
	elf->xnum = 1;
}

static void phdrs_behind(struct elf *elf)
{
	elf->phdrs_behind = 1;
}

static void phdrs_behind_odd(struct elf *elf)
{
	elf->phdrs_behind = 1;
	elf_add_section(elf, &(struct elf_shdr){ .type = 1 }, "odd", 3);
}

static void other_headers(struct elf *elf)
{
	static const uint32_t types[] = { 0,          2,          3,          5,
					  6,          7,          0x6474e550, 0x6474e551,
					  0x6474e552, 0x6474e553, 0x70000000, 0xffffffff };

	/* Each overlaps the first segment and promises bytes that are not there. */
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		elf_add(elf,
			&(struct elf_phdr){ .type = types[i],
					    .flags = 7,
					    .offset = 0xffff0000u,
					    .paddr = PADDR,
					    .filesz = 0xffff,
					    .memsz = 0xfff },
			NULL, 0);
}

static void pure_bss(struct elf *elf)
{
	elf_add(elf,
		&(struct elf_phdr){
			.type = 1, .flags = 6, .paddr = PADDR - 0x1000, .memsz = 0x1000 },
		NULL, 0);
}

static void pure_bss_from_nowhere(struct elf *elf)
{
	elf_add(elf,
		&(struct elf_phdr){ .type = 1,
				    .flags = 6,
				    .offset = 0xfffffff0u,
				    .paddr = PADDR - 0x1000,
				    .memsz = 0x1000 },
		NULL, 0);
}

static void empty_load(struct elf *elf)
{
	elf_add(elf, &(struct elf_phdr){ .type = 1, .flags = 7, .paddr = PADDR + 0x10 }, NULL, 0);
}

static void covers_headers(struct elf *elf)
{
	elf_add(elf,
		&(struct elf_phdr){ .type = 1,
				    .flags = 4,
				    .offset = 0,
				    .paddr = PADDR - 0x1000,
				    .filesz = 0x80,
				    .memsz = 0x80 },
		NULL, 0);
}

static void sections_good(struct elf *elf)
{
	elf_add_section(elf, &(struct elf_shdr){ .type = 1, .addralign = 1 }, "text", 4);
	elf_add_section(elf, &(struct elf_shdr){ .type = 3 }, "\0strings", 9);
}

static const struct {
	const char *name;
	void (*change)(struct elf *elf);
	enum pvhboot_status status;
	uint32_t n_segments;
} changes[] = {
	{ "entries of 64 bytes", stride_64, PVHBOOT_OK, 2 },
	{ "entries of 1000 bytes", stride_1000, PVHBOOT_OK, 2 },
	{ "entries of 57 bytes", stride_57, PVHBOOT_MALFORMED, 0 },
	{ "PN_XNUM", xnum, PVHBOOT_OK, 2 },
	{ "table behind the contents", phdrs_behind, PVHBOOT_OK, 2 },
	{ "table behind odd contents", phdrs_behind_odd, PVHBOOT_OK, 2 },
	{ "headers of other types", other_headers, PVHBOOT_OK, 2 },
	{ "a segment of bss alone", pure_bss, PVHBOOT_OK, 3 },
	{ "bss from behind the file", pure_bss_from_nowhere, PVHBOOT_OK, 3 },
	{ "an empty PT_LOAD inside another", empty_load, PVHBOOT_OK, 2 },
	{ "a PT_LOAD that covers the headers", covers_headers, PVHBOOT_OK, 3 },
	{ "sections", sections_good, PVHBOOT_OK, 2 },
};

static void expect_changed(unsigned int bits, size_t i)
{
	const struct kernel_spec spec = { .bits = bits };
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_ELF };
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	struct elf elf;
	char row[128];

	snprintf(row, sizeof(row), "%s, %u bit", changes[i].name, bits);
	kernel_begin(&elf, &spec);
	changes[i].change(&elf);
	elf_finish(&elf);
	expect_status(row, open_elf(&elf, &kernel, &diag), changes[i].status);
	if (changes[i].status) {
		expect_failure(row, &diag, changes[i].status, &want);
	} else {
		struct pvhboot_segment_iter iter = { 0 };
		struct pvhboot_segment segment;
		uint32_t n = 0;

		expect_success(row, &diag, 0);
		expect_eq(row, kernel.n_segments, changes[i].n_segments);
		expect_eq(row, kernel.entry, PADDR + 0x40);
		while (pvhboot_segment_next(&kernel, &iter, &segment)) {
			expect_true(row, segment.size > 0 && segment.size >= segment.bytes.size);
			expect_eq(row, segment.gpa, elf_read(&elf, "p_paddr", segment.index));
			n++;
		}
		expect_eq(row, n, changes[i].n_segments);
	}
	elf_free(&elf);
}

START_TEST(changed_32)
{
	expect_changed(32, (size_t)_i);
}
END_TEST

START_TEST(changed_64)
{
	expect_changed(64, (size_t)_i);
}
END_TEST

/* Every header's bytes swapped, not just the one that says so. */
START_TEST(big_endian)
{
	static const unsigned int bits[] = { 32, 64 };

	for (size_t i = 0; i < 2; i++) {
		const struct kernel_spec spec = { .bits = bits[i] };
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_ELF,
			.subject = PVHBOOT_SUBJECT_HEADER,
			.offset = 5,
			.found = 2,
			.bound = 1,
		};
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag;
		struct elf elf;

		kernel_begin(&elf, &spec);
		elf.big_endian = 1;
		elf_finish(&elf);
		expect_status("big-endian", open_elf(&elf, &kernel, &diag), PVHBOOT_UNSUPPORTED);
		expect_failure("big-endian", &diag, PVHBOOT_UNSUPPORTED, &want);
		elf_free(&elf);
	}
}
END_TEST

/* Section 0 counts sections and segments; what stands behind its fields is not
 * part of them. */
START_TEST(counts_in_section_0)
{
	static const unsigned int bits[] = { 32, 64 };

	for (size_t i = 0; i < 2; i++) {
		const struct kernel_spec spec = { .bits = bits[i], .notes = KERNEL_NOTES_SECTION };
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag;
		struct elf elf;

		kernel_begin(&elf, &spec);
		elf.xnum = 1;
		elf_finish(&elf);
		elf_patch(&elf, "e_shnum", 0, 0);
		elf_patch(&elf, "sh_size", 0, elf.n_shdrs);
		elf_patch(&elf, "sh_link", 0, 0xffffffff);
		elf_patch(&elf, "sh_addralign", 0, 0xffffffff);
		expect_status("section 0", open_elf(&elf, &kernel, &diag), PVHBOOT_OK);
		expect_success("section 0", &diag, 0);
		ck_assert_uint_eq(kernel.n_segments, 2);
		ck_assert_uint_eq(kernel.note_source, PVHBOOT_NOTES_SECTIONS);
		/* One more than there are. */
		elf_patch(&elf, "sh_size", 0, elf.n_shdrs + 1);
		expect_status("a section more", open_elf(&elf, &kernel, &diag), PVHBOOT_NOTPVH);
		ck_assert_uint_eq(diag.n_warnings, 1);
		elf_free(&elf);
	}
}
END_TEST

/* Without a segment there is nothing to boot. */
START_TEST(no_segments)
{
	const struct finding want = { .says = SAYS_STAGE, .stage = PVHBOOT_STAGE_ELF };
	const struct kernel_spec spec = { .n_loads = 1 };
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	struct elf elf;

	kernel_build(&elf, &spec);
	elf_patch(&elf, "p_type", 0, 0);
	expect_status("no PT_LOAD", open_elf(&elf, &kernel, &diag), PVHBOOT_MALFORMED);
	expect_failure("no PT_LOAD", &diag, PVHBOOT_MALFORMED, &want);
	elf_patch(&elf, "p_type", 0, 1);
	elf_patch(&elf, "p_memsz", 0, 0);
	elf_patch(&elf, "p_filesz", 0, 0);
	expect_status("memsz 0", open_elf(&elf, &kernel, &diag), PVHBOOT_MALFORMED);
	expect_failure("memsz 0", &diag, PVHBOOT_MALFORMED, &want);
	elf_free(&elf);
}
END_TEST

/* All p_paddr 0, as some linkers write them: p_vaddr does not help out. */
START_TEST(only_virtual_addresses)
{
	const struct kernel_spec spec = { 0 };
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT,
		.stage = PVHBOOT_STAGE_ELF,
		.subject = PVHBOOT_SUBJECT_SEGMENT,
	};
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	struct elf elf;

	kernel_build(&elf, &spec);
	for (uint32_t i = 0; i < 2; i++) {
		elf_patch(&elf, "p_vaddr", i, elf_read(&elf, "p_paddr", i));
		elf_patch(&elf, "p_paddr", i, 0);
	}
	expect_status("vaddr", open_elf(&elf, &kernel, &diag), PVHBOOT_OVERLAP);
	expect_failure("vaddr", &diag, PVHBOOT_OVERLAP, &want);
	elf_free(&elf);
}
END_TEST

/* Harmless things that are told. */
START_TEST(warns_of_odd_alignments)
{
	static const uint64_t aligns[] = { 3, 0x1001, 0xffffffff };

	for (size_t i = 0; i < 3; i++) {
		const struct kernel_spec spec = { .has_reloc = 1 };
		struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_INDEX | SAYS_OFFSET | SAYS_FOUND,
			.stage = PVHBOOT_STAGE_ELF,
			.subject = PVHBOOT_SUBJECT_SEGMENT,
			.index = LOAD1,
			.found = aligns[i],
		};
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag;
		struct elf elf;

		kernel_build(&elf, &spec);
		elf_patch(&elf, "p_align", LOAD1, aligns[i]);
		/* That of what is not loaded does not matter. */
		elf_patch(&elf, "p_align", NOTE, 3);
		want.offset = phdr_at(&elf, LOAD1);
		expect_status("p_align", open_elf(&elf, &kernel, &diag), PVHBOOT_OK);
		expect_warning("p_align", &diag, &want);
		/* It is ignored: the other segment's is the default. */
		ck_assert_uint_eq(kernel.reloc.align, 0x1000);
		elf_free(&elf);
	}
}
END_TEST

START_TEST(warns_of_bad_section_tables)
{
	static const struct {
		const char *name;
		const char *field;
		uint64_t value;
	} rows[] = {
		{ "e_shoff behind the file", "e_shoff", 0x7fffffff },
		{ "e_shoff wraps", "e_shoff", UINT64_MAX - 15 },
		{ "e_shnum 65535", "e_shnum", 65535 },
		{ "e_shentsize 8", "e_shentsize", 8 },
		{ "e_shentsize 0", "e_shentsize", 0 },
	};
	static const unsigned int bits[] = { 32, 64 };

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i / 2].name;
		const struct kernel_spec spec = { .bits = bits[i % 2] };
		const struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT,
			.stage = PVHBOOT_STAGE_ELF,
			.subject = PVHBOOT_SUBJECT_HEADER,
		};
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag;
		struct elf elf;

		kernel_begin(&elf, &spec);
		sections_good(&elf);
		elf_finish(&elf);
		elf_patch(&elf, rows[i / 2].field, 0, rows[i / 2].value);
		expect_status(row, open_elf(&elf, &kernel, &diag), PVHBOOT_OK);
		expect_warning(row, &diag, &want);
		expect_eq(row, kernel.n_segments, 2);
		elf_free(&elf);
	}
}
END_TEST

/* Each class has its own least size of a section header. */
START_TEST(least_section_header)
{
	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		const struct kernel_spec spec = { .bits = bits };
		struct finding want = {
			.says = SAYS_STAGE | SAYS_SUBJECT | SAYS_OFFSET | SAYS_NUMBERS,
			.stage = PVHBOOT_STAGE_ELF,
			.subject = PVHBOOT_SUBJECT_HEADER,
			.bound = bits == 32 ? 40 : 64,
		};
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag;
		unsigned int width;
		struct elf elf;

		kernel_begin(&elf, &spec);
		sections_good(&elf);
		elf_finish(&elf);
		expect_status("least", open_elf(&elf, &kernel, &diag), PVHBOOT_OK);
		expect_success("least", &diag, 0);
		want.found = want.bound - 1;
		want.offset = elf_where(&elf, "e_shentsize", 0, &width);
		elf_patch(&elf, "e_shentsize", 0, want.found);
		expect_status("less", open_elf(&elf, &kernel, &diag), PVHBOOT_OK);
		expect_warning("less", &diag, &want);
		elf_free(&elf);
	}
}
END_TEST

/* The diagnostic keeps the first warnings and counts the rest. */
START_TEST(too_many_warnings)
{
	const struct kernel_spec spec = { 0 };
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	struct elf elf;

	kernel_begin(&elf, &spec);
	for (uint32_t i = 0; i < 20; i++)
		elf_add(&elf,
			&(struct elf_phdr){ .type = 1,
					    .paddr = PADDR + 0x10000 + 0x1000 * i,
					    .memsz = 16,
					    .align = 3 },
			NULL, 0);
	elf_finish(&elf);
	expect_status("20", open_elf(&elf, &kernel, &diag), PVHBOOT_OK);
	ck_assert_uint_eq(diag.n_warnings, PVHBOOT_MAX_WARNINGS);
	ck_assert_uint_eq(diag.n_lost, 4);
	for (uint32_t i = 0; i < PVHBOOT_MAX_WARNINGS; i++)
		ck_assert_uint_eq(diag.warnings[i].index, 3 + i);
	/* Another call appends to them. */
	expect_status("again", pvhboot_kernel_open(blob_view(&elf.image), 0, &kernel, &diag),
		      PVHBOOT_OK);
	ck_assert_uint_eq(diag.n_warnings, PVHBOOT_MAX_WARNINGS);
	ck_assert_uint_eq(diag.n_lost, 24);
	elf_free(&elf);
}
END_TEST

/* Whatever the order of headers and of contents in the file. */
START_TEST(order_does_not_matter)
{
	static const uint8_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					      { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	for (size_t i = 0; i < 6; i++) {
		struct blob notes = { 0 };
		struct blob text = { 0 };
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag;
		struct elf elf;
		char row[32];

		snprintf(row, sizeof(row), "order %u %u %u", orders[i][0], orders[i][1],
			 orders[i][2]);
		blob_pattern(&text, 5, 0x200);
		note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, PADDR + 4);
		note_xen(&notes, XEN_PHYS32_RELOC, "", 0);
		elf_init(&elf, 64);
		for (size_t k = 0; k < 3; k++) {
			if (orders[i][k] == 2)
				elf_add_notes(&elf, &notes);
			else
				elf_add_load(&elf, PADDR + orders[i][k] * 0x1000u, text.data,
					     text.size, 0x800);
		}
		elf_finish(&elf);
		expect_status(row, open_elf(&elf, &kernel, &diag), PVHBOOT_OK);
		expect_success(row, &diag, 0);
		expect_eq(row, kernel.start, PADDR);
		expect_eq(row, kernel.end, PADDR + 0x1800);
		expect_eq(row, kernel.entry, PADDR + 4);
		expect_eq(row, kernel.relocatable, 1);
		expect_eq(row, kernel.reloc.align, 0x1000);
		expect_eq(row, kernel.n_segments, 2);
		expect_eq(row, kernel.overlapping, 0);
		blob_free(&notes);
		blob_free(&text);
		elf_free(&elf);
	}
}
END_TEST

/* n PT_LOADs of one byte each; step is from one to the next, negative: downwards. */
static struct elf many_loads(uint32_t n, int64_t step)
{
	struct blob notes = { 0 };
	struct elf elf;
	uint64_t first = step < 0 ? PADDR + (uint64_t)n * (uint64_t)-step : PADDR;

	note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, first);
	elf_init(&elf, 64);
	elf.align = 1;
	elf_add_notes(&elf, &notes);
	for (uint32_t i = 0; i < n; i++)
		elf_add_load(&elf, first + (uint64_t)(i * step), "x", 1, 0);
	elf_finish(&elf);
	blob_free(&notes);
	return elf;
}

START_TEST(many_segments)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_NUMBERS,
		.stage = PVHBOOT_STAGE_ELF,
		.found = PVHBOOT_MAX_UNSORTED + 1,
		.bound = PVHBOOT_MAX_UNSORTED,
	};
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	struct elf elf;

	elf = many_loads(65533, 2);
	expect_status("ascending", open_elf(&elf, &kernel, &diag), PVHBOOT_OK);
	ck_assert_uint_eq(kernel.n_segments, 65533);
	ck_assert_uint_eq(kernel.end, PADDR + 2 * 65532 + 1);
	elf_free(&elf);

	/* The note segment counts too. */
	elf = many_loads(PVHBOOT_MAX_UNSORTED - 1, -2);
	expect_status("descending", open_elf(&elf, &kernel, &diag), PVHBOOT_OK);
	ck_assert_uint_eq(kernel.n_segments, PVHBOOT_MAX_UNSORTED - 1);
	elf_free(&elf);

	/* With the PT_NOTE as many headers as may be out of order. */
	elf = many_loads(PVHBOOT_MAX_UNSORTED - 1, -2);
	expect_status("descending", open_elf(&elf, &kernel, &diag), PVHBOOT_OK);
	ck_assert_uint_eq(kernel.n_segments, PVHBOOT_MAX_UNSORTED - 1);
	elf_free(&elf);

	elf = many_loads(PVHBOOT_MAX_UNSORTED, -2);
	expect_status("too many descending", open_elf(&elf, &kernel, &diag), PVHBOOT_LIMIT);
	expect_failure("too many descending", &diag, PVHBOOT_LIMIT, &want);
	elf_free(&elf);

	elf = many_loads(100, 0);
	expect_status("all in one place", open_elf(&elf, &kernel, &diag), PVHBOOT_OVERLAP);
	elf_free(&elf);
}
END_TEST

/* Neighbours do not overlap, the first and the last do. */
START_TEST(overlap_far_apart)
{
	const struct finding want = {
		.says = SAYS_STAGE | SAYS_SUBJECT,
		.stage = PVHBOOT_STAGE_ELF,
		.subject = PVHBOOT_SUBJECT_SEGMENT,
	};
	static const uint64_t gpas[][3] = {
		{ 0x3000, 0x1000, 0x3800 },
		{ 0x1000, 0x3000, 0x1800 },
		{ 0x2000, 0x3000, 0x1801 },
	};

	for (size_t i = 0; i < 3; i++) {
		struct blob notes = { 0 };
		struct blob text = { 0 };
		struct pvhboot_kernel kernel;
		struct pvhboot_diag diag;
		struct elf elf;

		blob_pattern(&text, 5, 0x800);
		note_xen_number(&notes, XEN_PHYS32_ENTRY, 4, gpas[i][0]);
		elf_init(&elf, 32);
		for (size_t k = 0; k < 3; k++)
			elf_add_load(&elf, gpas[i][k], text.data, text.size, k == 0 ? 0x801 : 0);
		elf_add_notes(&elf, &notes);
		elf_finish(&elf);
		expect_status("overlap", open_elf(&elf, &kernel, &diag), PVHBOOT_OVERLAP);
		expect_failure("overlap", &diag, PVHBOOT_OVERLAP, &want);
		blob_free(&notes);
		blob_free(&text);
		elf_free(&elf);
	}
}
END_TEST

/* Any prefix is refused, or lacks nothing that is needed. */
START_TEST(every_prefix)
{
	static const struct kernel_spec specs[] = { { .bits = 64 },
						    { .bits = 32 },
						    { .notes = KERNEL_NOTES_SECTION },
						    { .n_reloc = 3,
						      .reloc = { 0x1000, 0, 0xffffffff } } };
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	struct guard guard;
	struct elf elf;
	size_t needed = 0;

	kernel_build(&elf, &specs[_i]);
	guard = guard_open(elf.image.size);
	for (uint32_t i = 0; i < elf.n_phdrs; i++) {
		size_t end =
			(size_t)(elf_read(&elf, "p_offset", i) + elf_read(&elf, "p_filesz", i));

		needed = end > needed ? end : needed;
	}
	if (specs[_i].notes == KERNEL_NOTES_SECTION)
		needed = elf.image.size;
	for (size_t size = 0; size <= elf.image.size; size++) {
		struct pvhboot_bytes prefix = { elf.image.data, size };
		enum pvhboot_status status;

		memset(&diag, 0, sizeof(diag));
		status = pvhboot_kernel_open(guard_at_end(&guard, prefix), 0, &kernel, &diag);
		if (size >= needed)
			ck_assert_msg(status == PVHBOOT_OK, "%zu bytes: %s", size,
				      pvhboot_status_name(status));
		else if (specs[_i].notes == KERNEL_NOTES_SECTION)
			/* Without its section table this one has no notes. */
			ck_assert_msg(status == PVHBOOT_TRUNCATED || status == PVHBOOT_NOTPVH,
				      "%zu bytes: %s", size, pvhboot_status_name(status));
		else
			ck_assert_msg(status == PVHBOOT_TRUNCATED, "%zu bytes: %s", size,
				      pvhboot_status_name(status));
	}
	guard_close(&guard);
	elf_free(&elf);
}
END_TEST

/* The image may change behind the kernel's back: other results, no other bytes. */
START_TEST(image_changes_after_it_was_opened)
{
	static const uint64_t values[] = {
		0, 1, 4, 0x7fffffff, 0xfffffff8, UINT64_MAX, UINT64_MAX - 7
	};
	const struct kernel_spec spec = { 0 };
	struct guard guard;
	struct pvhboot_kernel kernel;
	struct pvhboot_diag diag;
	struct elf elf;

	kernel_build(&elf, &spec);
	guard = guard_open(elf.image.size);
	for (const char *const *field = elf_phdr_fields; *field; field++) {
		for (uint32_t k = 0; k < 3 * 7; k++) {
			struct pvhboot_bytes image = guard_at_end(&guard, blob_view(&elf.image));
			struct pvhboot_segment_iter segments = { 0 };
			struct pvhboot_note_iter notes = { 0 };
			struct pvhboot_segment segment;
			struct pvhboot_note note;
			unsigned int width;
			size_t at = elf_where(&elf, *field, k % 3, &width);
			uint64_t sum = 0;
			uint32_t n = 0;

			memset(&diag, 0, sizeof(diag));
			expect_status(*field, pvhboot_kernel_open(image, 0, &kernel, &diag),
				      PVHBOOT_OK);
			store_le(guard.end - image.size + at, width, values[k / 3]);
			while (pvhboot_segment_next(&kernel, &segments, &segment)) {
				for (size_t i = 0; i < segment.bytes.size; i++)
					sum += segment.bytes.data[i];
				expect_true(*field, ++n <= 3);
			}
			while (pvhboot_note_next(&kernel, &notes, &note)) {
				for (size_t i = 0; i < note.desc.size; i++)
					sum += note.desc.data[i];
				for (size_t i = 0; i < note.name.size; i++)
					sum += note.name.data[i];
				expect_true(*field, ++n <= 1000);
			}
			expect_true(*field, sum < UINT64_MAX);
		}
	}
	guard_close(&guard);
	elf_free(&elf);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("kernel");
	TCase *good = suite_case(suite, "good");
	TCase *header = suite_case(suite, "header");
	TCase *segments = suite_case(suite, "segments");
	TCase *hostile = suite_case(suite, "hostile");

	tcase_add_loop_test(good, opens, 0, ROWS(good_kernels));
	tcase_add_loop_test(good, changed_32, 0, ROWS(changes));
	tcase_add_loop_test(good, changed_64, 0, ROWS(changes));
	tcase_add_test(good, order_does_not_matter);

	tcase_add_loop_test(header, patched_32, 0, ROWS(patches));
	tcase_add_loop_test(header, patched_64, 0, ROWS(patches));
	tcase_add_loop_test(header, patched_64_wide, 0, ROWS(patches64));
	tcase_add_test(header, without_arguments);
	tcase_add_test(header, flags);
	tcase_add_loop_test(header, truncated_header, 0, ROWS(short_headers));
	tcase_add_test(header, truncated_table);
	tcase_add_test(header, big_endian);
	tcase_add_test(header, counts_in_section_0);
	tcase_add_test(header, warns_of_bad_section_tables);
	tcase_add_test(header, least_section_header);

	tcase_add_test(segments, truncated_before_bytes);
	tcase_add_test(segments, no_segments);
	tcase_add_test(segments, only_virtual_addresses);
	tcase_add_test(segments, warns_of_odd_alignments);
	tcase_add_test(segments, too_many_warnings);
	tcase_add_test(segments, many_segments);
	tcase_add_test(segments, overlap_far_apart);

	tcase_add_loop_test(hostile, every_prefix, 0, 4);
	tcase_add_test(hostile, image_changes_after_it_was_opened);
	return suite_run(suite);
}
