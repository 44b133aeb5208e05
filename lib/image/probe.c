/* SPDX-License-Identifier: MIT */
/* Files: which container, and which compression. */

#include <pvhboot/image.h>

#include <pvhboot/wire/elf.h>

#include "bzimage.h"
#include "compressed.h"
#include "../base/diag.h"
#include "uki.h"
#include "../base/span.h"

#define MAGIC_SIZE 4

const char *pvhboot_container_name(enum pvhboot_container container)
{
	switch (container) {
	case PVHBOOT_CONTAINER_ELF:
		return "elf";
	case PVHBOOT_CONTAINER_BZIMAGE:
		return "bzimage";
	case PVHBOOT_CONTAINER_PE:
		return "pe";
	case PVHBOOT_CONTAINER_COMPRESSED:
		return "compressed";
	}
	return "?";
}

/* Every container but PE: fills in everything of the image but file, uki and
 * depth. base is the offset of bytes in the file. */
static enum pvhboot_status probe_kernel(struct pvhboot_bytes bytes, uint64_t base,
					struct pvhboot_image *image, struct pvhboot_diag *diag)
{
	struct pvhb_at at = pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER, base);

	if (bytes.data == NULL || bytes.size < MAGIC_SIZE)
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, at, bytes.size, MAGIC_SIZE,
				 "file size >= size of a magic number");
	if (pvhb_load32(bytes, 0) == PVHBOOT_ELF_MAGIC) {
		image->stream = bytes;
		image->stream_offset = base;
		image->unpacked_size = bytes.size;
		image->container = PVHBOOT_CONTAINER_ELF;
		image->compression = PVHBOOT_COMPRESSION_NONE;
		image->size_is_exact = 1;
		return PVHBOOT_OK;
	}
	if (pvhb_bzimage_is(bytes))
		return pvhb_bzimage_probe(bytes, base, image, diag);
	if (pvhb_compression_of(bytes, &image->compression)) {
		pvhb_compressed_probe(bytes, base, image->compression, image);
		return PVHBOOT_OK;
	}
	return pvhb_fail(diag, PVHBOOT_FORMAT, at, pvhb_load32(bytes, 0), PVHBOOT_ELF_MAGIC,
			 "an ELF or compression magic, \"HdrS\" at 0x202 (bzImage), or a UKI");
}

/* A unified kernel image: what .linux holds, as if it were the file. */
static enum pvhboot_status probe_uki(struct pvhboot_bytes file, struct pvhboot_image *image,
				     struct pvhboot_diag *diag)
{
	uint64_t offset = 0, size = 0;
	enum pvhboot_status status = pvhb_pe_probe(file, &offset, &size, &image->uki, diag);

	if (status != PVHBOOT_OK)
		return status;
	status = probe_kernel(pvhb_slice(file, offset, size), offset, image, diag);
	image->container = PVHBOOT_CONTAINER_PE;
	return status;
}

enum pvhboot_status pvhboot_image_probe(struct pvhboot_bytes file,
					const struct pvhboot_options *options,
					struct pvhboot_image *out, struct pvhboot_diag *diag)
{
	struct pvhboot_image image = { .file = file };
	enum pvhboot_status status;

	(void)options;
	if (out == NULL || (file.data == NULL && file.size != 0))
		return pvhb_fail_plain(
			diag, PVHBOOT_INVAL,
			pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER, 0),
			"file and out are not NULL");
	/* a bzImage may be a PE file too, for EFI */
	if (pvhb_pe_is(file) && !pvhb_bzimage_is(file))
		status = probe_uki(file, &image, diag);
	else
		status = probe_kernel(file, 0, &image, diag);
	if (status == PVHBOOT_OK)
		*out = image;
	return status;
}

enum pvhboot_status pvhboot_image_probe_inner(const struct pvhboot_image *outer,
					      struct pvhboot_bytes unpacked,
					      struct pvhboot_image *out, struct pvhboot_diag *diag)
{
	struct pvhboot_image image = { .file = unpacked };
	struct pvhb_at at = pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER, 0);
	enum pvhboot_status status;

	if (outer == NULL || out == NULL || (unpacked.data == NULL && unpacked.size != 0))
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at,
				       "outer, unpacked and out are not NULL");
	image.depth = outer->depth;
	if (outer->compression != PVHBOOT_COMPRESSION_NONE)
		image.depth++;
	status = probe_kernel(unpacked, 0, &image, diag);
	if (status != PVHBOOT_OK)
		return status;
	if (image.compression != PVHBOOT_COMPRESSION_NONE && image.depth >= PVHBOOT_MAX_DEPTH)
		return pvhb_fail(diag, PVHBOOT_LIMIT, at, (uint64_t)image.depth + 1,
				 PVHBOOT_MAX_DEPTH, "nested streams <= PVHBOOT_MAX_DEPTH");
	*out = image;
	return PVHBOOT_OK;
}

