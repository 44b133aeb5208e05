/* SPDX-License-Identifier: MIT */
/*
 * The PE loader of the EFI environment, lib/guest/efi/pe.c: the input is a file. What is loaded at
 * the image's own address are the file's bytes and zeros; elsewhere, what differs are numbers that
 * moved. Nothing is written behind the image.
 */

#include <stdlib.h>
#include <string.h>

#include "../../lib/guest/efi/console.h"
#include "../../lib/guest/efi/pe.h"
#include "fuzz.h"

#define MAX_IMAGE (1u << 20)
#define SLIDE UINT64_C(0x123457000)

static struct {
	const char *rule; /* NULL: nothing was refused */
	uint64_t found, bound;
} failure;

bool console_refuse(const char *rule, uint64_t found, uint64_t bound)
{
	failure.rule = rule;
	failure.found = found;
	failure.bound = bound;
	return false;
}

static void check_image(const struct efi_pe *pe, struct pvhboot_bytes file)
{
	uint8_t *own = malloc((size_t)pe->image_size + 1);
	uint8_t *moved = malloc((size_t)pe->image_size + 1);

	MUST(own != NULL && moved != NULL);
	own[pe->image_size] = moved[pe->image_size] = 0xa5;
	MUST(efi_pe_load(pe, own, pe->base));
	MUST(memcmp(own, file.data, pe->headers_size) == 0);
	if (!efi_pe_load(pe, moved, pe->base + SLIDE)) {
		MUST(failure.rule != NULL);
		MUST(!pe->is_fixed || failure.found != failure.bound);
	} else if (pe->relocs_size < 8) {
		MUST(memcmp(own, moved, pe->image_size) == 0);
	}
	MUST(own[pe->image_size] == 0xa5 && moved[pe->image_size] == 0xa5);
	free(own);
	free(moved);
}

/* Pages of a protected image are of one section each. */
static void check_sections(const struct efi_pe *pe)
{
	uint32_t end = pe->headers_size;

	for (uint32_t i = 0; i < pe->n_sections; i++) {
		struct efi_section section;

		MUST(efi_pe_section(pe, i, &section));
		MUST(!pe->is_protected || section.start % 4096 == 0);
		if (section.start == section.end)
			continue;
		MUST(section.start >= end && section.end <= pe->image_size);
		end = section.end;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pvhboot_bytes file = fuzz_copy((struct pvhboot_bytes){ data, size });
	struct efi_pe pe;

	failure.rule = NULL;
	if (!efi_pe_open(file, &pe)) {
		MUST(failure.rule != NULL);
	} else {
		MUST(failure.rule == NULL);
		MUST(pe.headers_size <= size && pe.headers_size <= pe.image_size);
		MUST(pe.entry < pe.image_size);
		MUST(pe.align != 0 && (pe.align & (pe.align - 1)) == 0);
		check_sections(&pe);
		MUST(pe.relocs <= pe.image_size && pe.relocs_size <= pe.image_size - pe.relocs);
		if (pe.image_size <= MAX_IMAGE)
			check_image(&pe, file);
	}
	free((void *)(uintptr_t)file.data);
	return 0;
}
