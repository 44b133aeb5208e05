/* SPDX-License-Identifier: MIT */
/* As much of an image as tells what kernel it is: its headers and notes. Those of
 * Linux end in the middle of the image, and decoding is most of the time that a look
 * at a kernel takes. */

#include <pvhboot/wire/elf.h>

#include "elf.h"
#include "image.h"
#include "note.h"
#include "span.h"

/* How far the notes in segments reach, 0: nothing can be said. */
static uint64_t reach_of_notes(struct pvhboot_bytes start, uint64_t image_size)
{
	uint64_t reach = 0;
	struct pvhb_elf elf;
	uint32_t i;

	if (pvhb_elf_check(start, &elf, NULL) != PVHBOOT_OK)
		return 0;
	for (i = 0; i < elf.tables.phnum; i++) {
		struct pvhb_note_area area;

		if (!pvhb_note_area_at(&pvhb_elf_core, &elf, PVHBOOT_NOTES_SEGMENTS, i, &area))
			continue;
		if (!pvhb_within(image_size, area.offset, area.size))
			return 0;
		reach = pvhb_max(reach, area.offset + area.size);
	}
	return reach != 0 ? pvhb_max(reach, start.size) : 0;
}

/* libdeflate cannot stop, and zlib, which can, is slower up to there than libdeflate
 * is to the end. */
static bool can_stop(const struct pvhboot_image *image, struct pvhboot_buffer out)
{
	return image->compression != PVHBOOT_COMPRESSION_NONE &&
	       image->compression != PVHBOOT_COMPRESSION_GZIP && image->size_is_exact &&
	       out.data != NULL && out.size >= image->unpacked_size;
}

enum pvhboot_status pvhboot_image_unpack_head(const struct pvhboot_image *image,
					      const struct pvhboot_unpack_options *options,
					      struct pvhboot_buffer out, struct pvhboot_bytes *elf,
					      struct pvhboot_diag *diag)
{
	struct pvhboot_buffer head = { out.data, PVHB_IMAGE_HEADERS };
	struct pvhboot_bytes bytes = { NULL, 0 };
	enum pvhboot_status status = PVHBOOT_OK;
	uint64_t reach = 0;
	size_t size;

	if (image == NULL || elf == NULL || !can_stop(image, out) ||
	    image->unpacked_size < PVHB_IMAGE_HEADERS ||
	    pvhboot_image_need(image, options, &size, NULL) != PVHBOOT_OK)
		return pvhboot_image_unpack(image, options, out, elf, diag);
	status = pvhb_image_start(image, options, head, &bytes, diag);
	if (status == PVHBOOT_OK)
		reach = reach_of_notes(bytes, image->unpacked_size);
	head.size = (size_t)reach;
	if (reach != 0)
		status = pvhb_image_start(image, options, head, &bytes, diag);
	if (status != PVHBOOT_OK)
		return status;
	if (reach == 0 || bytes.size < reach)
		return pvhboot_image_unpack(image, options, out, elf, diag);
	*elf = (struct pvhboot_bytes){ out.data, (size_t)image->unpacked_size };
	return PVHBOOT_OK;
}
