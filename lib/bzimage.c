/* SPDX-License-Identifier: MIT */
/*
 * Linux bzImages: from the header to the payload, and what the payload is.
 * Source: Linux Documentation/arch/x86/boot.rst, arch/x86/boot/compressed/Makefile.
 */

#include "bzimage.h"

#include <pvhboot/wire/bzimage.h>

#include "diag.h"
#include "span.h"

#define SECTOR_SIZE 512u
#define SIZE_FIELD 4u

/* How payloads start. Longer magics do not begin with shorter ones, so the
 * order does not matter. */
static const struct {
	uint8_t size;
	uint8_t magic[6];
	uint8_t compression;
	/* the build appends the unpacked size as a little-endian u32, except to
	 * gzip, whose own last field (ISIZE, RFC 1952) is the same */
	uint8_t has_size_field;
} payloads[] = {
	{ 4, { 0x7f, 'E', 'L', 'F' }, PVHBOOT_COMPRESSION_NONE, 0 },
	{ 2, { 0x1f, 0x8b }, PVHBOOT_COMPRESSION_GZIP, 0 },
	{ 3, { 'B', 'Z', 'h' }, PVHBOOT_COMPRESSION_BZIP2, 1 },
	{ 6, { 0xfd, '7', 'z', 'X', 'Z', 0x00 }, PVHBOOT_COMPRESSION_XZ, 1 },
	{ 2, { 0x5d, 0x00 }, PVHBOOT_COMPRESSION_LZMA, 1 },
	{ 5, { 0x89, 'L', 'Z', 'O', 0x00 }, PVHBOOT_COMPRESSION_LZO, 1 },
	{ 4, { 0x02, 0x21, 0x4c, 0x18 }, PVHBOOT_COMPRESSION_LZ4, 1 },
	{ 4, { 0x28, 0xb5, 0x2f, 0xfd }, PVHBOOT_COMPRESSION_ZSTD, 1 },
};

/* The payload as the header names it, checked against the file. */
static enum pvhboot_status find_payload(struct pvhboot_bytes file, uint64_t *offset,
					uint32_t *length, struct pvhboot_diag *diag)
{
	uint32_t sectors = pvhb_load8(file, PVHBOOT_BZIMAGE_SETUP_SECTS);
	uint32_t payload_offset = pvhb_load32(file, PVHBOOT_BZIMAGE_PAYLOAD_OFFSET);
	struct pvhb_at at;

	*length = pvhb_load32(file, PVHBOOT_BZIMAGE_PAYLOAD_LENGTH);
	if (sectors == 0)
		sectors = 4; /* boot.rst: for backwards compatibility */
	*offset = (uint64_t)(sectors + 1) * SECTOR_SIZE + payload_offset;
	at = pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_PAYLOAD, *offset);
	if (payload_offset == 0)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, payload_offset, 1,
				 "payload_offset >= 1");
	if (*length <= SIZE_FIELD)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, *length, SIZE_FIELD,
				 "payload_length > size field");
	if (*offset >= file.size)
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, at, *offset, file.size,
				 "payload offset < file size");
	if (*length > file.size - *offset)
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, at, *length, file.size - *offset,
				 "payload_length <= bytes behind its offset");
	return PVHBOOT_OK;
}

static enum pvhboot_status identify(struct pvhboot_bytes payload, struct pvhboot_image *image,
				    struct pvhboot_diag *diag)
{
	size_t i;

	for (i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		if (payload.size < payloads[i].size ||
		    memcmp(payload.data, payloads[i].magic, payloads[i].size) != 0)
			continue;
		image->compression = payloads[i].compression;
		image->stream = payload;
		if (payloads[i].compression == PVHBOOT_COMPRESSION_NONE) {
			image->unpacked_size = payload.size;
			return PVHBOOT_OK;
		}
		image->unpacked_size = pvhb_load32(payload, payload.size - SIZE_FIELD);
		if (image->unpacked_size == 0)
			return pvhb_fail(
				diag, PVHBOOT_MALFORMED,
				pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_PAYLOAD,
					       image->stream_offset + payload.size - SIZE_FIELD),
				0, 1, "unpacked size >= 1");
		if (payloads[i].has_size_field)
			image->stream = pvhb_slice(payload, 0, payload.size - SIZE_FIELD);
		return PVHBOOT_OK;
	}
	return pvhb_fail_plain(
		diag, PVHBOOT_FORMAT,
		pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_PAYLOAD, image->stream_offset),
		"the payload starts like an ELF image or a known compression");
}

enum pvhboot_status pvhb_bzimage_probe(struct pvhboot_bytes file, struct pvhboot_image *out,
				       struct pvhboot_diag *diag)
{
	struct pvhboot_image image = { .file = file, .container = PVHBOOT_CONTAINER_BZIMAGE };
	enum pvhboot_status status;
	uint32_t length;

	if (file.size < PVHBOOT_BZIMAGE_HEADER_END)
		return pvhb_fail(
			diag, PVHBOOT_TRUNCATED,
			pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER, file.size),
			file.size, PVHBOOT_BZIMAGE_HEADER_END,
			"file size >= size of the bzImage header");
	image.protocol = pvhb_load16(file, PVHBOOT_BZIMAGE_VERSION);
	if (image.protocol < 0x208)
		return pvhb_fail(diag, PVHBOOT_UNSUPPORTED,
				 pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER,
						PVHBOOT_BZIMAGE_VERSION),
				 image.protocol, 0x208, "boot protocol >= 2.08");
	status = find_payload(file, &image.stream_offset, &length, diag);
	if (status != PVHBOOT_OK)
		return status;
	status = identify(pvhb_slice(file, image.stream_offset, length), &image, diag);
	if (status != PVHBOOT_OK)
		return status;
	if (pvhb_load16(file, PVHBOOT_BZIMAGE_BOOT_FLAG) != 0xaa55)
		pvhb_warn(diag,
			  pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER,
					 PVHBOOT_BZIMAGE_BOOT_FLAG),
			  pvhb_load16(file, PVHBOOT_BZIMAGE_BOOT_FLAG), 0xaa55,
			  "boot_flag == 0xaa55");
	*out = image;
	return PVHBOOT_OK;
}
