/* SPDX-License-Identifier: MIT */
/* As much of an image as tells what kernel it is: its headers and notes. Those of
 * Linux end in the middle of the image, and decoding is most of the time that a look
 * at a kernel takes. */

#include <pvhboot/wire/elf.h>

#include "elf.h"
#include "image.h"
#include "note.h"
#include "span.h"

/* Whether nothing that section headers tell is in the first reach bytes, so that zeros
 * behind say the same: no section. Headers among those bytes may tell of notes and symbols
 * behind, and where e_shnum is 0, section 0 tells how many there are. */
static bool sections_are_behind(const struct pvhb_elf *elf, uint64_t reach)
{
	size_t at = elf->elf_class == 64 ? offsetof(struct pvhboot_wire_elf64_ehdr, e_shnum) :
					   offsetof(struct pvhboot_wire_elf32_ehdr, e_shnum);

	return elf->tables.shoff == 0 ||
	       (elf->tables.shoff >= reach && pvhb_load16(elf->image, at) != 0);
}

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
	if (reach == 0)
		return 0;
	reach = pvhb_max(reach, start.size);
	return sections_are_behind(&elf, reach) ? reach : 0;
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
	struct pvhboot_bytes bytes;
	size_t size;

	if (image == NULL || elf == NULL || !can_stop(image, out) ||
	    image->unpacked_size < PVHB_IMAGE_HEADERS ||
	    pvhboot_image_need(image, options, &size, NULL) != PVHBOOT_OK)
		return pvhboot_image_unpack(image, options, out, elf, diag);
	bytes = pvhb_image_start(image, options, head);
	head.size = (size_t)reach_of_notes(bytes, image->unpacked_size);
	if (head.size != 0)
		bytes = pvhb_image_start(image, options, head);
	if (head.size == 0 || bytes.size < head.size)
		return pvhboot_image_unpack(image, options, out, elf, diag);
	*elf = (struct pvhboot_bytes){ out.data, (size_t)image->unpacked_size };
	return PVHBOOT_OK;
}
