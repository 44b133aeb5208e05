/* SPDX-License-Identifier: MIT */
/*
 * Linux bzImages: from the header to the payload, and what the payload is.
 * Source: Linux Documentation/arch/x86/boot.rst, arch/x86/boot/compressed/Makefile.
 */

#include "bzimage.h"

#include <pvhboot/wire/boot_params.h>
#include <pvhboot/wire/bzimage.h>
#include <pvhboot/wire/elf.h>

#include "../base/diag.h"
#include "../base/span.h"
#include "compressed.h"

#define SIZE_FIELD 4u

bool pvhb_bzimage_is(struct pvhboot_bytes file)
{
	return pvhb_within(file.size, PVHBOOT_BOOT_PARAMS_MAGIC, 4) &&
	       pvhb_load32(file, PVHBOOT_BOOT_PARAMS_MAGIC) == PVHBOOT_BOOT_PARAMS_HDRS;
}

static struct pvhb_at at_header(uint64_t offset)
{
	return pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_HEADER, offset);
}

static struct pvhb_at at_payload(uint64_t offset)
{
	return pvhb_at_offset(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_PAYLOAD, offset);
}

/* Programs in the form of a kernel, such as memtest86+. */
static enum pvhboot_status no_payload(struct pvhboot_diag *diag)
{
	(void)pvhb_fail_plain(diag, PVHBOOT_UNSUPPORTED,
			      pvhb_at(PVHBOOT_STAGE_IMAGE, PVHBOOT_SUBJECT_PAYLOAD),
			      "a packed Linux kernel (payload_offset is not 0)");
	pvhb_detail_text(diag, "this bzImage carries no packed Linux kernel, as memtest86+ does "
			       "not");
	return PVHBOOT_UNSUPPORTED;
}

/* The payload as the header names it, checked against the file. */
static enum pvhboot_status find_payload(struct pvhboot_bytes bytes, uint64_t base, uint64_t *offset,
					uint32_t *length, struct pvhboot_diag *diag)
{
	uint8_t setup_sects = pvhb_load8(bytes, PVHBOOT_BZIMAGE_SETUP_SECTS);
	uint32_t payload_offset = pvhb_load32(bytes, PVHBOOT_BZIMAGE_PAYLOAD_OFFSET);
	struct pvhb_at at;

	*length = pvhb_load32(bytes, PVHBOOT_BZIMAGE_PAYLOAD_LENGTH);
	*offset = (uint64_t)PVHBOOT_BZIMAGE_CODE(setup_sects) + payload_offset;
	if (payload_offset == 0)
		return no_payload(diag);
	at = pvhb_in_bytes(at_payload(base + *offset));
	if (*length <= SIZE_FIELD)
		return pvhb_fail(diag, PVHBOOT_MALFORMED, at, *length, SIZE_FIELD,
				 "payload_length > size of the number at the payload's end");
	if (*offset >= bytes.size)
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, at, *offset, bytes.size,
				 "offset of the payload < file size");
	if (*length > bytes.size - *offset)
		return pvhb_fail(diag, PVHBOOT_TRUNCATED, at, *length, bytes.size - *offset,
				 "payload_length <= bytes of the file from the payload on");
	return PVHBOOT_OK;
}

/* What the payload is. Linux's build appends the unpacked size as a little-endian
 * u32, except to gzip, whose own last field (ISIZE, RFC 1952) is the same. */
static enum pvhboot_status identify(struct pvhboot_bytes payload, struct pvhboot_image *image,
				    struct pvhboot_diag *diag)
{
	image->size_is_exact = 1;
	image->stream = payload;
	if (pvhb_load32(payload, 0) == PVHBOOT_ELF_MAGIC) { /* SIZE_FIELD is less than it has */
		image->compression = PVHBOOT_COMPRESSION_NONE;
		image->unpacked_size = payload.size;
		return PVHBOOT_OK;
	}
	if (!pvhb_compression_of(payload, &image->compression))
		return pvhb_fail_plain(diag, PVHBOOT_FORMAT, at_payload(image->stream_offset),
				       "a payload that is an ELF file or compressed");
	image->unpacked_size = pvhb_load32(payload, payload.size - SIZE_FIELD);
	if (image->unpacked_size == 0)
		return pvhb_fail_plain(diag, PVHBOOT_MALFORMED,
				       at_payload(image->stream_offset + payload.size - SIZE_FIELD),
				       "an unpacked size that is not 0");
	if (image->compression != PVHBOOT_COMPRESSION_GZIP)
		image->stream = pvhb_slice(payload, 0, payload.size - SIZE_FIELD);
	return PVHBOOT_OK;
}

enum pvhboot_status pvhb_bzimage_probe(struct pvhboot_bytes bytes, uint64_t base,
				       struct pvhboot_image *image, struct pvhboot_diag *diag)
{
	enum pvhboot_status status;
	uint16_t boot_flag;
	uint64_t offset;
	uint32_t length;

	image->container = PVHBOOT_CONTAINER_BZIMAGE;
	image->bzimage = bytes;
	if (bytes.size < PVHBOOT_BZIMAGE_END_2_08)
		return pvhb_fail(diag, PVHBOOT_TRUNCATED,
				 pvhb_in_bytes(at_header(base + bytes.size)), bytes.size,
				 PVHBOOT_BZIMAGE_END_2_08,
				 "file size >= end of the bzImage header");
	image->protocol = pvhb_load16(bytes, PVHBOOT_BOOT_PARAMS_VERSION);
	if (image->protocol < 0x208)
		return pvhb_fail(diag, PVHBOOT_UNSUPPORTED,
				 at_header(base + PVHBOOT_BOOT_PARAMS_VERSION), image->protocol,
				 0x208, "boot protocol >= 2.08, the first with a payload");
	status = find_payload(bytes, base, &offset, &length, diag);
	if (status != PVHBOOT_OK)
		return status;
	image->stream_offset = base + offset;
	status = identify(pvhb_slice(bytes, offset, length), image, diag);
	if (status != PVHBOOT_OK)
		return status;
	boot_flag = pvhb_load16(bytes, PVHBOOT_BOOT_PARAMS_BOOT_FLAG);
	if (boot_flag != PVHBOOT_BOOT_PARAMS_FLAG)
		pvhb_warn(diag, at_header(base + PVHBOOT_BOOT_PARAMS_BOOT_FLAG), boot_flag,
			  PVHBOOT_BOOT_PARAMS_FLAG, "boot_flag == 0xaa55");
	return PVHBOOT_OK;
}
