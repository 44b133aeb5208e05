/* SPDX-License-Identifier: MIT */
/* Files: which container, and which compression. */

#include <pvhboot/image.h>

#include <pvhboot/wire/elf.h>

#include "../base/diag.h"
#include "../base/span.h"
#include "bzimage.h"
#include "compressed.h"
#include "foreign.h"
#include "options.h"
#include "uki.h"

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

static struct pvhb_at at_header(uint64_t offset)
{
	return pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER, offset);
}

static bool is_elf(struct pvhboot_bytes bytes)
{
	return bytes.size >= 4 && pvhb_load32(bytes, 0) == PVHBOOT_ELF_MAGIC;
}

/* Every container but PE: fills in everything of the image but file, uki and
 * depth. base is the offset of bytes in the file; around: see pvhb_foreign(). */
static enum pvhboot_status probe_kernel(struct pvhboot_bytes bytes, uint64_t base,
					const char *around, struct pvhboot_image *image,
					struct pvhboot_diag *diag)
{
	if (is_elf(bytes)) {
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
	return pvhb_foreign(bytes, at_header(base), around, diag);
}

/* A unified kernel image: what .linux holds, as if it were the file. */
static enum pvhboot_status probe_uki(struct pvhboot_bytes file,
				     const struct pvhboot_options *options,
				     struct pvhboot_image *image, struct pvhboot_diag *diag)
{
	struct pvhb_pe pe;
	struct pvhb_pe_span kernel = { 0, 0 };
	enum pvhboot_status status = pvhb_pe_open(file, &pe, diag);

	if (status == PVHBOOT_OK)
		status = pvhb_uki_probe(&pe, options, &kernel, &image->uki, diag);
	if (status == PVHBOOT_OK)
		status = probe_kernel(pvhb_slice(file, kernel.offset, kernel.size), kernel.offset,
				      "in the UKI: ", image, diag);
	image->container = PVHBOOT_CONTAINER_PE;
	return status;
}

enum pvhboot_status pvhboot_image_probe(struct pvhboot_bytes file,
					const struct pvhboot_options *options,
					struct pvhboot_image *out, struct pvhboot_diag *diag)
{
	static const struct pvhboot_options defaults = { .profile = 0 };
	struct pvhboot_image image = { .file = file };
	enum pvhboot_status status;

	if (options == NULL)
		options = &defaults;
	if (out == NULL || (file.data == NULL && file.size != 0))
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_header(0),
				       "file.data and out that are not NULL");
	status = pvhb_options_check(options, PVHBOOT_STAGE_IMAGE, diag);
	if (status != PVHBOOT_OK)
		return status;
	/* a bzImage may be a PE file too, for EFI */
	if (file.data != NULL && pvhb_pe_is(file) && !pvhb_bzimage_is(file))
		status = probe_uki(file, options, &image, diag);
	else
		status = probe_kernel(file, 0, "", &image, diag);
	if (status == PVHBOOT_OK)
		*out = image;
	return status;
}

/* What an image is around, for the message about what it holds. */
static const char *around_of(const struct pvhboot_image *outer)
{
	switch (outer->container) {
	case PVHBOOT_CONTAINER_BZIMAGE:
		return "in the bzImage: ";
	case PVHBOOT_CONTAINER_PE:
		return "in the UKI: ";
	case PVHBOOT_CONTAINER_COMPRESSED:
		return "compressed: ";
	default:
		return "";
	}
}

enum pvhboot_status pvhboot_image_probe_inner(const struct pvhboot_image *outer,
					      struct pvhboot_bytes unpacked,
					      struct pvhboot_image *out, struct pvhboot_diag *diag)
{
	struct pvhboot_image image = { .file = unpacked };
	enum pvhboot_status status;

	if (outer == NULL || out == NULL || (unpacked.data == NULL && unpacked.size != 0))
		return pvhb_fail_plain(diag, PVHBOOT_INVAL, at_header(0),
				       "outer, unpacked.data and out that are not NULL");
	image.depth = outer->depth;
	if (outer->compression != PVHBOOT_COMPRESSION_NONE)
		image.depth++;
	status = probe_kernel(unpacked, 0, around_of(outer), &image, diag);
	if (status != PVHBOOT_OK)
		return status;
	if (image.compression != PVHBOOT_COMPRESSION_NONE && image.depth >= PVHBOOT_MAX_DEPTH)
		return pvhb_fail(diag, PVHBOOT_LIMIT, pvhb_in_count(at_header(0)),
				 (uint64_t)image.depth + 1, PVHBOOT_MAX_DEPTH,
				 "compressed streams around each other <= PVHBOOT_MAX_DEPTH");
	*out = image;
	return PVHBOOT_OK;
}
