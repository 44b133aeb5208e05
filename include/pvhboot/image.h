/* SPDX-License-Identifier: MIT */
/*
 * The file: which container it is, how it is compressed, and its ELF image.
 *
 *	file bytes -> pvhboot_image_probe -> pvhboot_image_unpack -> ELF bytes
 */
#ifndef PVHBOOT_IMAGE_H
#define PVHBOOT_IMAGE_H

#include "base.h"
#include "codec.h"

#ifdef __cplusplus
extern "C" {
#endif

enum pvhboot_container {
	PVHBOOT_CONTAINER_ELF = 1,     /* the file is the ELF image */
	PVHBOOT_CONTAINER_BZIMAGE = 2  /* Linux boot protocol 2.08 or later, ELF inside */
};

/* "elf", "bzimage", or "?". */
PVHBOOT_API const char *pvhboot_container_name(enum pvhboot_container container);

/* What a file is. Borrows the file, which must stay as long as this is used. */
struct pvhboot_image {
	struct pvhboot_bytes file;   /* all of it */
	struct pvhboot_bytes stream; /* the part that is compressed, or the ELF image */
	uint64_t stream_offset;      /* of stream in file, bytes */
	uint64_t unpacked_size;      /* bytes of the ELF image and what lies behind it in
	                                the stream, as the file claims; exact, or
	                                unpacking fails */
	uint16_t container;          /* enum pvhboot_container */
	uint16_t compression;        /* enum pvhboot_compression */
	uint16_t protocol;           /* bzImage: boot protocol, 0x020f is 2.15; else 0 */
	uint16_t reserved;           /* 0 */
};

/*
 * Identifies a file by its content. Reads the headers only and changes nothing.
 *
 * INVAL        file.data is NULL with a size, or out is NULL
 * TRUNCATED    the file ends inside its header or its payload
 * FORMAT       neither ELF nor bzImage, or a bzImage around something unknown
 * MALFORMED    a bzImage names no payload, or one that is too small, or claims
 *              that it unpacks to nothing
 * UNSUPPORTED  a bzImage of a boot protocol before 2.08, which has no payload fields
 * Warns when the boot sector signature 0xaa55 of a bzImage is missing.
 * Source: Linux Documentation/arch/x86/boot.rst, fields payload_offset and payload_length.
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_image_probe(struct pvhboot_bytes file,
							struct pvhboot_image *out,
							struct pvhboot_diag *diag);

#define PVHBOOT_DEFAULT_MAX_OUTPUT ((uint64_t)1 << 30)
#define PVHBOOT_DEFAULT_MAX_MEMORY ((uint64_t)256 << 20)

/* Zero in any member means its default; so does a NULL pointer to the struct. */
struct pvhboot_unpack_options {
	const struct pvhboot_allocator *allocator; /* NULL: malloc and free; there is no
	                                              default in the freestanding core */
	const struct pvhboot_codec *const *codecs; /* ends in NULL; NULL: pvhboot_codecs(), or
	                                              none in the freestanding core */
	uint64_t max_output; /* bytes; 0: PVHBOOT_DEFAULT_MAX_OUTPUT */
	uint64_t max_memory; /* bytes of working memory of a codec;
	                        0: PVHBOOT_DEFAULT_MAX_MEMORY, twice what the 128 MiB
	                        dictionary of Linux 6.12 and later needs */
};

/*
 * How large the buffer for pvhboot_image_unpack() must be, in bytes: 0 for an
 * image that is not compressed.
 *
 * INVAL        image or size is NULL
 * LIMIT        the image claims more than max_output
 * UNSUPPORTED  no codec for its compression; diag->detail names it
 */
PVHBOOT_CHECKED enum pvhboot_status
pvhboot_image_need(const struct pvhboot_image *image, const struct pvhboot_unpack_options *options,
		   size_t *size, struct pvhboot_diag *diag);

/*
 * Yields the ELF image. One that is not compressed is returned where it lies in
 * the file, and out is not touched; else the stream is decoded into out, which
 * must not overlap the file, and *elf is the part of out that was written. *elf
 * may hold more than the ELF file (relocations follow Linux's). Writes *elf only
 * on success; what out holds after a failure is undefined.
 * The file must not change during the call: that the decoders stand it is not
 * known.
 *
 * INVAL        image or elf is NULL; or no allocator in the freestanding core
 * NOSPACE      out is smaller than pvhboot_image_need() says (found, bound)
 * LIMIT        the image claims more than max_output, or its codec needs more
 *              than max_memory
 * UNSUPPORTED  no codec for its compression, named in diag->detail, or one that
 *              lacks a feature
 * TRUNCATED    the stream ends too early
 * CORRUPT      the stream is damaged, or has another size than the file claims
 * NOMEM        the allocator returned NULL
 * INTERNAL     a codec broke its rules
 * Warns when other bytes follow the stream.
 */
PVHBOOT_CHECKED enum pvhboot_status
pvhboot_image_unpack(const struct pvhboot_image *image,
		     const struct pvhboot_unpack_options *options, struct pvhboot_buffer out,
		     struct pvhboot_bytes *elf, struct pvhboot_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
