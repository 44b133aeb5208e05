/* SPDX-License-Identifier: MIT */
/*
 * kernel.h, relocations: three bytes are the slide, the rest is an ELF image. What is found behind
 * it, whether it can be applied, and what it changes are what a second implementation says; the
 * opposite slide undoes it, and a failure changes nothing.
 */

#include <stdlib.h>
#include <string.h>

#include "../../lib/kernel/relocs.h"
#include "../../lib/kernel/segment.h"
#include "../support/relocmodel.h"
#include "fuzz.h"
#include "mutate.h"

static const uint8_t statuses[] = {
	PVHBOOT_INVAL, PVHBOOT_RANGE, PVHBOOT_MALFORMED, PVHBOOT_LIMIT, 0,
};

#define ALIGN 0x1000

const size_t fuzz_head_size = 3;

static void check_relocating(const struct pvhboot_kernel *kernel, struct pvhboot_bytes before,
			     uint64_t slide)
{
	const struct pvhboot_relocs *relocs = &kernel->linux_boot.relocs;
	struct pvhboot_bytes a = fuzz_copy(before), b = fuzz_copy(before);
	struct pvhboot_buffer ours = { (uint8_t *)(uintptr_t)a.data, a.size };
	struct pvhboot_buffer model = { (uint8_t *)(uintptr_t)b.data, b.size };
	struct pvhboot_diag diag = { 0 };
	enum pvhboot_status status = pvhboot_kernel_relocate(kernel, ours, slide, &diag);

	MUST(fuzz_is_one_of(status, statuses));
	MUST((status == PVHBOOT_INVAL) == (relocs->offset == 0));
	fuzz_check_diag(&diag, status);
	if (status == PVHBOOT_OK || status == PVHBOOT_MALFORMED || status == PVHBOOT_LIMIT)
		MUST(relocmodel_apply(model, relocs, slide) == (status == PVHBOOT_OK));
	MUST(memcmp(ours.data, model.data, before.size) == 0);
	if (status == PVHBOOT_OK)
		MUST(pvhboot_kernel_relocate(kernel, ours, 0 - slide, &diag) == PVHBOOT_OK);
	MUST(memcmp(ours.data, before.data, before.size) == 0);
	free(ours.data);
	free(model.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	/* half of a step at a time, up to 16 GiB either way */
	uint64_t slide = (input_take(&input, 3) - 0x800000) * (ALIGN / 2);
	struct pvhboot_bytes image = input_rest(&input);
	struct pvhboot_diag diag = { 0 };
	struct pvhboot_relocs model;
	struct pvhboot_kernel kernel;
	struct pvhb_elf elf;

	if (pvhboot_kernel_open(image, 0, &kernel, NULL) == PVHBOOT_OK) {
		elf = pvhb_kernel_elf(&kernel);
		fuzz_clobber(&kernel.linux_boot.relocs, sizeof(kernel.linux_boot.relocs));
		pvhb_relocs_find(&pvhb_elf_core, &elf, &kernel.linux_boot.relocs, &diag);
		fuzz_check_diag(&diag, PVHBOOT_OK);
		MUST(relocmodel_find(image, &model) == (diag.n_warnings == 0));
		MUST(memcmp(&model, &kernel.linux_boot.relocs, sizeof(model)) == 0);
		kernel.linux_boot.align = ALIGN;
		check_relocating(&kernel, image, slide);
	}
	free((void *)(uintptr_t)image.data);
	return 0;
}
