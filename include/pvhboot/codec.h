/* SPDX-License-Identifier: MIT */
/*
 * Decompression as a table of functions, so that a loader which brings its own
 * decoders (GRUB has four) need not link ours.
 */
#ifndef PVHBOOT_CODEC_H
#define PVHBOOT_CODEC_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a kernel image is compressed. The order of the values means nothing. */
enum pvhboot_compression {
	PVHBOOT_COMPRESSION_NONE = 0,
	PVHBOOT_COMPRESSION_GZIP = 1,  /* RFC 1952 */
	PVHBOOT_COMPRESSION_BZIP2 = 2,
	PVHBOOT_COMPRESSION_XZ = 3,    /* the .xz file format */
	PVHBOOT_COMPRESSION_LZMA = 4,  /* the .lzma file format */
	PVHBOOT_COMPRESSION_LZO = 5,   /* the lzop file format */
	PVHBOOT_COMPRESSION_LZ4 = 6,   /* the legacy frame, magic 0x184c2102, and the frame */
	PVHBOOT_COMPRESSION_ZSTD = 7   /* RFC 8878 */
};

/* "none", "gzip", "bzip2", "xz", "lzma", "lzo", "lz4", "zstd", or "?". */
PVHBOOT_API const char *pvhboot_compression_name(enum pvhboot_compression compression);

/*
 * Threads of the caller's; adapt/pthread.h has some. run does one of two things:
 * - It calls work(arg, i) once for every i below n, in any order and on any threads, waits
 *   until all have returned, and returns 0.
 * - It calls nothing and returns another value. The work is then done on the calling thread.
 */
struct pvhboot_parallel {
	void *ctx; /* handed back as it is */
	int (*run)(void *ctx, size_t n, void (*work)(void *arg, size_t i), void *arg);
	uint64_t reserved; /* 0 */
};

/* One decompression: what goes in, and what comes out. */
struct pvhboot_decode {
	/* given */
	struct pvhboot_bytes in;   /* starts with the format's magic; may end in other bytes */
	struct pvhboot_buffer out; /* does not overlap in; no byte behind it may be written;
	                              data is not NULL, not even where size is 0 */
	struct pvhboot_allocator allocator; /* for all working memory */
	uint64_t max_memory;       /* bytes of working memory, above 0 */
	uint32_t out_is_exact;     /* 1: the stream should hold out.size bytes; 0: it may hold
	                              less, and NOSPACE asks for more room */
	uint32_t only_start;       /* 1: the caller wants the first out.size bytes alone and
	                              expects NOSPACE. A hint, which a codec may ignore */
	const struct pvhboot_parallel *parallel; /* NULL: there is the calling thread only */

	/* to be set by the codec, whatever the status */
	size_t in_used;  /* bytes up to the end of the stream, or to where decoding stopped */
	size_t out_used; /* bytes of the result, from the start of out. After a failure it may be
	                    less than what was written: some decoders do not tell how far they
	                    came */

	/* NULL and 0 when given; to be set on failure. The two numbers mean nothing with another
	 * status than theirs. */
	const char *rule;       /* what should have held: a static string that reads well behind
	                           "expected", such as "intact gzip data". NOSPACE needs none */
	uint64_t memory_needed; /* LIMIT: with this many bytes of working memory it would work; 0:
	                           not known */
	uint64_t out_needed;    /* NOSPACE: bytes that the stream claims to hold; 0: it does not
	                           tell, or the decoder does not know */
	uint64_t reserved[2];   /* 0 */
};

/*
 * A decoder for one format. decode() returns
 *   OK         the whole stream was decoded and its checksums agree
 *   TRUNCATED  in ends inside the stream
 *   CORRUPT    the stream is damaged
 *   NOSPACE    out has no room for the next part of the stream. The first out_used
 *              bytes of out are the start of the result. That may be 0 bytes, as where the
 *              decoder cannot stop there
 *   LIMIT      more than max_memory is needed; nothing beyond it was allocated
 *   NOMEM      the allocator returned NULL
 *   UNSUPPORTED a feature of the format that this decoder lacks
 * After a failure the rest of out is undefined, and no other memory of the caller was written but
 * *decode.
 */
struct pvhboot_codec {
	uint32_t compression; /* enum pvhboot_compression */
	uint32_t reserved;    /* 0 */
	enum pvhboot_status (*decode)(struct pvhboot_decode *decode);
};

/* The decoders of this library. Each exists where the build includes it. */
PVHBOOT_API extern const struct pvhboot_codec pvhboot_codec_gzip;  /* zlib, libdeflate */
PVHBOOT_API extern const struct pvhboot_codec pvhboot_codec_bzip2; /* libbz2 */
PVHBOOT_API extern const struct pvhboot_codec pvhboot_codec_xz;    /* liblzma */
PVHBOOT_API extern const struct pvhboot_codec pvhboot_codec_lzma;  /* liblzma */
PVHBOOT_API extern const struct pvhboot_codec pvhboot_codec_lzo;   /* liblzo2 */
PVHBOOT_API extern const struct pvhboot_codec pvhboot_codec_lz4;   /* liblz4 */
PVHBOOT_API extern const struct pvhboot_codec pvhboot_codec_zstd;  /* libzstd */

/* All that this build includes, in a static list that ends in NULL. (An array would make its
 * size part of every program.) Not in the freestanding core. */
PVHBOOT_API const struct pvhboot_codec *const *pvhboot_codecs(void);

#ifdef __cplusplus
}
#endif

#endif
