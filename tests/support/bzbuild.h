/* SPDX-License-Identifier: MIT */
/* Compresses bytes as the Linux build does, and wraps them into a bzImage. */
#ifndef TESTS_SUPPORT_BZBUILD_H
#define TESTS_SUPPORT_BZBUILD_H

#include <pvhboot/codec.h>

#include "blob.h"

/* 1 when this build of the tests can compress so. */
int bz_can_compress(enum pvhboot_compression compression);

#define BZ_XZ_NO_CHECK (-1)

/* .lzma: what says where the stream ends. */
enum bz_lzma_end {
	BZ_LZMA_MARK = 0, /* the size is unknown, an end mark follows: xz's command */
	BZ_LZMA_SIZE = 1, /* the size, and no end mark: the LZMA SDK */
	BZ_LZMA_NEITHER = 2
};

/* LZ4: 0 is the legacy frame; these are of the frame proper. */
#define BZ_LZ4_FRAME 1u /* blocks of 64 KiB, without any of the following */
#define BZ_LZ4_BLOCK_SUMS 2u
#define BZ_LZ4_CONTENT_SUM 4u
#define BZ_LZ4_CONTENT_SIZE 8u
#define BZ_LZ4_LINKED 16u
#define BZ_LZ4_4MIB 32u

/* lzop's header flags; 0 in lzo_flags stands for the first two, as lzop has it. */
#define BZ_LZO_ADLER32_UNPACKED 0x1u
#define BZ_LZO_ADLER32_PACKED 0x2u
#define BZ_LZO_EXTRA 0x40u
#define BZ_LZO_CRC32_UNPACKED 0x100u
#define BZ_LZO_CRC32_PACKED 0x200u
#define BZ_LZO_FILTER 0x800u
#define BZ_LZO_HEADER_CRC32 0x1000u
#define BZ_LZO_NO_FLAGS 0x80000000u /* alone: none */

/* Zero in any member is what the Linux build does, but for smaller windows. */
struct bz_codec {
	int gzip_fields;    /* 1: every optional field of the header is there */
	uint32_t xz_dict;   /* bytes; 64 KiB */
	int xz_check;       /* lzma_check, or BZ_XZ_NO_CHECK; CRC32 */
	int xz_without_bcj; /* 1: no x86 filter */
	size_t xz_block;    /* bytes of each block; all of them */
	int bzip2_level;    /* 1 to 9, times 100 000 bytes a block; 9 */
	enum bz_lzma_end lzma_end;
	unsigned int lzo_flags;
	unsigned int lzo_version; /* of lzop: 0x1040 */
	size_t lzo_block;         /* bytes; 256 KiB */
	const char *lzo_name;     /* of the file; none */
	int lzo_stored;           /* 1: no block is packed */
	int zstd_window_log;      /* by the size of the input */
	int zstd_no_checksum;     /* zstd's command writes one */
	size_t lz4_block;         /* of the legacy frame, bytes; 8 MiB */
	unsigned int lz4_frame;   /* BZ_LZ4_ */
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
 * setup_sects, boot_flag, header, version, payload_offset, init_size and others; and
 * "jump", the byte that says where the header ends. */
size_t bz_where(const char *field, unsigned int *width);
void bz_patch(struct blob *image, const char *field, uint64_t value);
uint64_t bz_read(const struct blob *image, const char *field);

/* Where the payload lies in the file. */
size_t bz_payload_at(const struct blob *image);

#endif
