/* SPDX-License-Identifier: MIT */
/*
 * The entries of Linux, kernel.h: two bytes say how long the ELF image is, which a bzImage follows.
 * The kernel is opened from the one, the other and both. Both readers find the same, all that a
 * kernel reports lies in what it was opened from and below 4 GiB, and it says no more of PVH than
 * pvhboot_kernel_open() does. A plan by each of its entries passes both checks.
 */

#include <pvhboot/pvhboot.h>
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

static void check_header(const struct pvhboot_kernel *kernel, struct pvhboot_bytes bzimage)
{
	const struct pvhboot_linux *boot = &kernel->linux_boot;

	MUST(fuzz_lies_in(boot->header, bzimage));
	if (boot->align == 0) { /* a header or an e_entry that PVH can do without */
		MUST(kernel->entries == PVHBOOT_ENTRY_BIT(PVHBOOT_ENTRY_PVH));
		MUST(boot->header.size == 0 && boot->relocs.offset == 0 && boot->entry == 0);
		return;
	}
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

/* ---- Plans ----------------------------------------------------------------------- */

static const uint8_t plan_statuses[] = { PVHBOOT_RANGE, PVHBOOT_NOROOM, PVHBOOT_OVERLAP, 0 };

/* The block alone, in whole pages: its check reads nothing else. */
struct guest {
	uint64_t gpa;
	uint8_t *block;
	size_t size;
};

static int guest_write(void *ctx, uint64_t gpa, const void *data, size_t size)
{
	const struct guest *guest = ctx;

	MUST(gpa >= guest->gpa && gpa - guest->gpa <= guest->size);
	MUST(size <= guest->size - (gpa - guest->gpa));
	memcpy(guest->block + (gpa - guest->gpa), data, size);
	return 0;
}

static int guest_read(void *ctx, uint64_t gpa, void *data, size_t size)
{
	const struct guest *guest = ctx;

	if (gpa < guest->gpa || gpa - guest->gpa > guest->size ||
	    size > guest->size - (gpa - guest->gpa))
		return -1;
	memcpy(data, guest->block + (gpa - guest->gpa), size);
	return 0;
}

/* Commits the block, and lets it be checked as that of any host. */
static void check_start(const struct pvhboot_plan *plan)
{
	static uint8_t workspace[PVHBOOT_START_CHECK_NEED];
	struct pvhboot_buffer buffer = { workspace, sizeof(workspace) };
	size_t size = (plan->info.size + 0xfff) & ~(size_t)0xfff;
	struct guest guest = { plan->start_info, fuzz_alloc(size), size };
	struct pvhboot_memory memory = { .ctx = &guest,
					 .write = guest_write,
					 .read = guest_read,
					 .flags = PVHBOOT_MEMORY_ZEROED };
	struct pvhboot_start_report report = { .max_findings = 0 };
	struct pvhboot_cpu cpu;

	for (size_t i = 0; i < plan->n_places; i++) {
		if (plan->places[i].kind != PVHBOOT_PLACE_INFO)
			plan->places[i].flags |= PVHBOOT_PLACE_BY_CALLER;
	}
	memset(guest.block, 0, size);
	MUST(pvhboot_plan_commit(plan, &memory, NULL) == PVHBOOT_OK);
	pvhboot_plan_cpu(plan, &cpu);
	MUST(pvhboot_boot_params_check(&memory, plan->start_info, &cpu, buffer, &report, NULL) ==
	     PVHBOOT_OK);
	/* an ELF image whose entry looks like that of a bzImage is taken for one */
	MUST(report.n_errors == 0 ||
	     (plan->entry_kind == PVHBOOT_ENTRY_LINUX64 && (plan->entry & 0xfff) == 0x200));
	free(guest.block);
}

static void check_plan(const struct pvhboot_request *request)
{
	struct pvhboot_buffer workspace = { NULL, 0 };
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_plan plan;
	enum pvhboot_status status = pvhboot_plan_need(request, &workspace.size, &diag);

	MUST(status == PVHBOOT_OK);
	workspace.data = fuzz_alloc(workspace.size);
	fuzz_clobber(&plan, sizeof(plan));
	status = pvhboot_plan_make(request, workspace, &plan, &diag);
	MUST(fuzz_is_one_of(status, plan_statuses));
	fuzz_check_diag(&diag, status);
	if (status == PVHBOOT_OK) {
		msan_must_be_written(&plan, sizeof(plan));
		msan_must_be_written(plan.info.data, plan.info.size);
		MUST(plan.entry_kind == request->entry);
		MUST(pvhboot_plan_check(&plan, request, NULL) == PVHBOOT_OK);
		if (plan.entry_kind != PVHBOOT_ENTRY_PVH)
			check_start(&plan);
	}
	free(workspace.data);
}

/* By each entry: as it is linked, and by chance at the lowest and at the highest address. */
static void check_plans(const struct pvhboot_kernel *kernel)
{
	static const struct pvhboot_map_entry map[] = {
		{ 0, 0xa0000, PVHBOOT_MAP_RAM, 0 },
		{ 0x100000, 0xb0000000u, PVHBOOT_MAP_RAM, 0 },
		{ 0xfee00000u, 0x1000, PVHBOOT_MAP_RESERVED, 0 },
		{ ABOVE_4GIB, 3 * ABOVE_4GIB, PVHBOOT_MAP_RAM, 0 },
	};
	static const struct pvhboot_module module = { .bytes = { NULL, 0x12345 },
						      .flags = PVHBOOT_MODULE_BY_CALLER };
	uint8_t entropy[16 + 32];
	struct pvhboot_request request = {
		.kernel = kernel,
		.map = map,
		.n_map = sizeof(map) / sizeof(map[0]),
		.modules = &module,
		.n_modules = 1,
		.cmdline = pvhboot_text("console=ttyS0"),
	};

	for (request.entry = PVHBOOT_ENTRY_PVH; request.entry <= PVHBOOT_ENTRY_BZIMAGE32;
	     request.entry++) {
		if ((kernel->entries & PVHBOOT_ENTRY_BIT(request.entry)) == 0)
			continue;
		request.flags = 0;
		request.entropy = (struct pvhboot_bytes){ NULL, 0 };
		check_plan(&request);
		request.flags = PVHBOOT_REQUEST_KASLR | PVHBOOT_REQUEST_RNG_SEED;
		request.entropy = (struct pvhboot_bytes){ entropy, sizeof(entropy) };
		memset(entropy, 0, sizeof(entropy));
		check_plan(&request);
		memset(entropy, 0xff, sizeof(entropy));
		check_plan(&request);
	}
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
		check_header(&kernel, bzimage);
	if (elf.size == 0)
		check_as_it_is(&kernel);
	else
		check_elf(&kernel, flags);
	check_plans(&kernel);
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
