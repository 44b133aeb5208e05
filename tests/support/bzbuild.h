/* SPDX-License-Identifier: MIT */
/* Compresses bytes as the Linux build does, and wraps them into a bzImage. */
#ifndef TESTS_SUPPORT_BZBUILD_H
#define TESTS_SUPPORT_BZBUILD_H

#include <pvhboot/codec.h>

#include "blob.h"

/* 1 when this build of the tests can compress so. */
int bz_can_compress(enum pvhboot_compression compression);

#define BZ_XZ_NO_CHECK (-1)

/* Zero in any member is what the Linux build does, but for smaller windows. */
struct bz_codec {
	uint32_t xz_dict;     /* bytes; 64 KiB */
	int xz_check;         /* lzma_check, or BZ_XZ_NO_CHECK; CRC32 */
	int xz_without_bcj;   /* no x86 filter */
	int zstd_window_log;  /* by the size of the input */
	int zstd_no_checksum; /* zstd's command writes one */
	size_t lz4_block;     /* bytes; 8 MiB */
};

/* Appends the stream, without a size behind it. NULL settings: all zero. */
void bz_compress(struct blob *out, enum pvhboot_compression compression, struct pvhboot_bytes in,
		 const struct bz_codec *settings);

/* Appends what the Linux build puts into a bzImage: the stream, and for all but
 * gzip (which ends in it) the size of what was compressed. */
void bz_payload(struct blob *out, enum pvhboot_compression compression, struct pvhboot_bytes in);

/* Zero in any member but those that say otherwise is the default. */
struct bz_spec {
	uint8_t setup_sects;     /* as it is: 0 means 4 sectors */
	uint16_t version;        /* 0x020f */
	uint32_t payload_offset; /* from the end of the setup sectors: 0x20; never 0 in a file */
	size_t behind;           /* bytes of the file behind the payload */
};

/* Appends a bzImage around a payload. Fields are patched with bz_patch(). */
void bz_wrap(struct blob *out, struct pvhboot_bytes payload, const struct bz_spec *spec);

/* bz_payload() in bz_wrap() with all defaults. */
void bz_image(struct blob *out, enum pvhboot_compression compression, struct pvhboot_bytes in);

/* The header's fields by their names in Documentation/arch/x86/boot.rst:
 * setup_sects, boot_flag, header, version, payload_offset, payload_length. */
size_t bz_where(const char *field, unsigned int *width);
void bz_patch(struct blob *image, const char *field, uint64_t value);
uint64_t bz_read(const struct blob *image, const char *field);

/* Where the payload lies in the file. */
size_t bz_payload_at(const struct blob *image);

#endif
