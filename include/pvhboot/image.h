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
	PVHBOOT_CONTAINER_ELF = 1,       /* the file is the ELF image */
	PVHBOOT_CONTAINER_BZIMAGE = 2,   /* Linux boot protocol 2.08 or later, ELF inside */
	PVHBOOT_CONTAINER_PE = 3,        /* unified kernel image: any of the others in .linux */
	PVHBOOT_CONTAINER_COMPRESSED = 4 /* a stream with any of the others but PE inside; one
	                                    of zstd may begin with one skippable frame */
};

/* "elf", "bzimage", "pe", "compressed", or "?". */
PVHBOOT_API const char *pvhboot_container_name(enum pvhboot_container container);

/* What else a unified kernel image carries; all empty in other files. Bytes as
 * they lie in the file, without a NUL behind them. */
struct pvhboot_uki {
	struct pvhboot_bytes initrd;  /* .initrd */
	struct pvhboot_bytes cmdline; /* .cmdline, but for line feeds and NULs at its end */
	struct pvhboot_bytes osrel;   /* .osrel: an os-release file */
	struct pvhboot_bytes uname;   /* .uname: the kernel's version */
};

/* What a file is. Borrows the file, which must stay as long as this is used. */
struct pvhboot_image {
	struct pvhboot_bytes file;   /* all of it */
	struct pvhboot_bytes stream; /* the part that is compressed, or the ELF image */
	uint64_t stream_offset;      /* of stream in file, bytes */
	uint64_t unpacked_size;      /* bytes of what the stream holds (an ELF image may be
	                                followed by other bytes) */
	struct pvhboot_uki uki;
	uint16_t container;          /* enum pvhboot_container */
	uint16_t compression;        /* enum pvhboot_compression */
	uint16_t protocol;           /* bzImage: boot protocol, 0x020f is 2.15; else 0 */
	uint8_t size_is_exact;       /* 1: unpacked_size is what the file claims, and unpacking
	                                fails when it is not so; 0: it is a guess */
	uint8_t depth;               /* how many compressed streams this was unpacked from */
};

/*
 * Identifies a file by its content. Reads the headers, and how the command line of
 * a UKI ends; changes nothing. The file may change meanwhile: what is found may be
 * wrong then, but lies in it.
 *
 * INVAL        file.data is NULL with a size, or out is NULL
 * TRUNCATED    the file ends inside its header, its section table, its payload or
 *              a section that is needed
 * FORMAT       none of the containers, or one around something unknown
 * MALFORMED    a bzImage names no payload, or one that is too small, or claims
 *              that it unpacks to nothing; a PE file has no section .linux
 * UNSUPPORTED  a bzImage of a boot protocol before 2.08, which has no payload fields
 * Warns when the boot sector signature 0xaa55 of a bzImage is missing.
 * Source: Linux Documentation/arch/x86/boot.rst, fields payload_offset and
 * payload_length; UAPI Group Specifications, "Unified Kernel Image".
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_image_probe(struct pvhboot_bytes file,
							struct pvhboot_image *out,
							struct pvhboot_diag *diag);

/* As many compressed streams may lie around each other. */
#define PVHBOOT_MAX_DEPTH 2

/*
 * Identifies what pvhboot_image_unpack() yielded, for files with one container in
 * another: until the compression of the result is NONE, it is to be unpacked too.
 * unpacked must stay as long as *out is used, and is out->file: offsets count from
 * its start.
 *
 * As pvhboot_image_probe(), and
 * INVAL  outer is NULL too
 * LIMIT  outer is compressed and is the stream number PVHBOOT_MAX_DEPTH, and
 *        what it held is compressed again
 * FORMAT also a PE file: those are outermost
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_image_probe_inner(const struct pvhboot_image *outer,
							      struct pvhboot_bytes unpacked,
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
	const struct pvhboot_parallel *parallel; /* NULL: one thread. With threads the
	                        results and errors are the same */
};

/*
 * How large the buffer for pvhboot_image_unpack() must be, in bytes: 0 for an
 * image that is not compressed. Where image->size_is_exact is 0 this is a guess,
 * at most max_output: when unpacking ends in NOSPACE, try again with twice as
 * much, as pvhboot_image_load() does.
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
 * known. So it is with every other call that decodes, below and in direct.h and
 * boot.h. What they write to may change, and the result with it.
 *
 * INVAL        image or elf is NULL; or no allocator in the freestanding core
 * NOSPACE      out is smaller than pvhboot_image_need() says (found, bound), or
 *              where that is a guess, smaller than what the stream holds
 * LIMIT        the image claims more than max_output, or holds more, or its codec
 *              needs more than max_memory
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

/* What pvhboot_image_load() found. */
struct pvhboot_loaded {
	struct pvhboot_image image;   /* of the file: the outermost container */
	struct pvhboot_bytes elf;     /* in the file, or in buffer */
	struct pvhboot_buffer buffer; /* the caller's to release: buffer.data with the
	                                 options' allocator, free() without one; NULL when
	                                 elf lies in the file */
};

/*
 * The stages above in one call: probes, and unpacks into buffers of
 * options->allocator until there is an ELF image. options may be NULL. Writes
 * *out only on success; after a failure nothing stays allocated.
 *
 * Any status of the stages but NOSPACE, with their diagnostics; INVAL also when
 * out is NULL; NOMEM also when a buffer could not be allocated (found is its size).
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_image_load(struct pvhboot_bytes file,
						       const struct pvhboot_unpack_options *options,
						       struct pvhboot_loaded *out,
						       struct pvhboot_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
