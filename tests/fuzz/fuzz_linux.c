/* SPDX-License-Identifier: MIT */
/*
 * The entries of Linux, kernel.h: two bytes say how long the ELF image is, which a bzImage follows.
 * The kernel is opened from the one, the other and both. Both readers find the same, all that a
 * kernel reports lies in what it was opened from and below 4 GiB, and it says no more of PVH than
 * pvhboot_kernel_open() does.
 */

#include <pvhboot/image.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/kernel/kernel.h"
#include "fuzz.h"
#include "mutate.h"

static const uint8_t statuses[] = {
	PVHBOOT_INVAL,   PVHBOOT_TRUNCATED, PVHBOOT_FORMAT, PVHBOOT_UNSUPPORTED, PVHBOOT_MALFORMED,
	PVHBOOT_OVERLAP, PVHBOOT_RANGE,     PVHBOOT_LIMIT,  PVHBOOT_NOTPVH,      0,
};

const size_t fuzz_head_size = 2;

#define ABOVE_4GIB (UINT64_C(1) << 32)
#define HAS(kernel, kind) (((kernel)->entries & PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_##kind)) != 0)

static int has_address(const struct pvhboot_kernel *kernel, uint64_t gpa)
{
	struct pvhboot_segment_iter iter = { 0 };
	struct pvhboot_segment segment;
	uint32_t n = 0;
	int found = 0;

	while (pvhboot_segment_next(kernel, &iter, &segment)) {
		MUST(segment.size > 0 && segment.bytes.size <= segment.size);
		MUST(segment.gpa >= kernel->start);
		MUST(segment.gpa <= kernel->end && segment.size <= kernel->end - segment.gpa);
		MUST(fuzz_lies_in(segment.bytes, kernel->elf));
		MUST(segment.bytes.size == 0 ||
		     segment.bytes.data == kernel->elf.data + segment.offset);
		found |= gpa >= segment.gpa && gpa - segment.gpa < segment.size;
		n++;
	}
	MUST(n == kernel->n_segments && n > 0);
	return found;
}

static void check_header(const struct pvhboot_linux *boot, struct pvhboot_bytes bzimage)
{
	MUST(fuzz_lies_in(boot->header, bzimage));
	MUST((boot->header.size != 0) == (bzimage.size != 0));
	MUST(boot->header.size == 0 ||
	     (boot->header.size >= 0x250 - 0x1f1 && boot->header.size <= 0x290 - 0x1f1 &&
	      boot->header.data == bzimage.data + 0x1f1));
	MUST(boot->align != 0 && (boot->align & (boot->align - 1)) == 0);
	MUST(boot->align < ABOVE_4GIB);
	MUST(boot->initrd_max > 0 && boot->initrd_max < ABOVE_4GIB);
	MUST(boot->cmdline_size > 0);
	MUST(boot->init_size > 0 && boot->init_size <= ABOVE_4GIB);
	MUST(boot->pref_address <= ABOVE_4GIB - boot->init_size);
	MUST(boot->relocatable <= 1);
}

static void check_as_it_is(const struct pvhboot_kernel *kernel)
{
	struct pvhboot_note_iter iter = { 0 };
	struct pvhboot_note note;

	MUST(kernel->elf_class == 0 && kernel->n_segments == 1);
	MUST(HAS(kernel, BZIMAGE32) && !HAS(kernel, PVH) && !HAS(kernel, LINUX64));
	MUST(kernel->machine == (HAS(kernel, BZIMAGE64) ? 62 : 3));
	MUST(kernel->n_notes == 0 && !pvhboot_note_next(kernel, &iter, &note));
	MUST(has_address(kernel, kernel->linux_boot.entry));
}

/* What pvhboot_kernel_open() finds in the same ELF image is found here too. */
static void check_elf(const struct pvhboot_kernel *kernel, uint32_t flags)
{
	struct pvhboot_kernel plain;
	enum pvhboot_status status = pvhboot_kernel_open(kernel->elf, flags, &plain, NULL);

	MUST(status == (HAS(kernel, PVH) ? PVHBOOT_OK : PVHBOOT_NOTPVH));
	MUST(!HAS(kernel, BZIMAGE32) && !HAS(kernel, BZIMAGE64));
	MUST(HAS(kernel, PVH) || kernel->entry == 0);
	MUST(has_address(kernel, kernel->entry) || !HAS(kernel, PVH));
	if (HAS(kernel, LINUX64)) {
		MUST(kernel->elf_class == 64 && kernel->machine == 62);
		MUST(has_address(kernel, kernel->linux_boot.entry));
	}
	if (status != PVHBOOT_OK)
		return;
	MUST(plain.entries == PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_PVH));
	plain.entries = kernel->entries;
	plain.linux_boot = kernel->linux_boot;
	MUST(memcmp(&plain, kernel, sizeof(plain)) == 0);
}

static enum pvhboot_status open_by(const struct pvhb_elf_reader *reader, struct pvhboot_bytes elf,
				   struct pvhboot_bytes bzimage, uint32_t flags,
				   struct pvhboot_kernel *kernel, struct pvhboot_diag *diag)
{
	fuzz_clobber(kernel, sizeof(*kernel));
	return pvhb_kernel_open_linux(reader, elf, bzimage, flags, kernel, diag);
}

static void check_open(struct pvhboot_bytes elf, struct pvhboot_bytes bzimage, uint32_t flags)
{
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_kernel kernel;
	enum pvhboot_status status = open_by(&pvhb_elf_core, elf, bzimage, flags, &kernel, &diag);

	MUST(fuzz_is_one_of(status, statuses));
	MUST((status == PVHBOOT_INVAL) == (elf.size == 0 && bzimage.size == 0));
	fuzz_check_diag(&diag, status);
#ifdef PVHB_HAVE_LIBELF
	{
		struct pvhboot_diag other_diag = { 0 };
		struct pvhboot_kernel other;

		MUST(open_by(&pvhb_elf_libelf, elf, bzimage, flags, &other, &other_diag) == status);
		MUST(memcmp(&kernel, &other, sizeof(kernel)) == 0);
		MUST(fuzz_says_same(&diag, &other_diag));
	}
#endif
	if (status != PVHBOOT_OK)
		return;
	msan_must_be_written(&kernel, sizeof(kernel));
	MUST(kernel.entries != 0 && kernel.flags == flags && kernel.end <= ABOVE_4GIB);
	MUST(kernel.elf.data == (elf.size != 0 ? elf.data : bzimage.data));
	if (HAS(&kernel, LINUX64) || bzimage.size != 0)
		check_header(&kernel.linux_boot, bzimage);
	if (elf.size == 0)
		check_as_it_is(&kernel);
	else
		check_elf(&kernel, flags);
	/* Here a plan for each entry is to be made and checked, by fuzz_plan.c's rules. */
}

/* What the probe calls a bzImage is one, and lies in the file. */
static void check_probe(struct pvhboot_bytes file)
{
	struct pvhboot_image image;

	if (pvhboot_image_probe(file, NULL, &image, NULL) != PVHBOOT_OK)
		return;
	MUST(fuzz_lies_in(image.bzimage, file));
	MUST((image.bzimage.size != 0) == (image.protocol != 0));
	MUST(image.bzimage.size == 0 ||
	     (image.bzimage.size >= 0x250 && memcmp(image.bzimage.data + 0x202, "HdrS", 4) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pvhboot_bytes none = { NULL, 0 };
	struct input input = { data, size };
	size_t elf_size = (size_t)input_take(&input, 2);
	struct pvhboot_bytes elf, bzimage;

	if (elf_size > input.size)
		elf_size = input.size;
	elf = fuzz_copy((struct pvhboot_bytes){ input.data, elf_size });
	input.data += elf_size;
	input.size -= elf_size;
	bzimage = input_rest(&input);
	check_probe(bzimage);
	for (uint32_t flags = 0; flags <= PVHBOOT_COMPAT_XEN; flags++) {
		check_open(elf, none, flags);
		check_open(none, bzimage, flags);
		check_open(elf, bzimage, flags);
	}
	free((void *)(uintptr_t)elf.data);
	free((void *)(uintptr_t)bzimage.data);
	return 0;
}
