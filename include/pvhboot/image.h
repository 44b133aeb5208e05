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
	PVHBOOT_CONTAINER_COMPRESSED = 4 /* a stream with any of the others but PE inside. Zstd
	                                    may begin with one skippable frame */
};

/* "elf", "bzimage", "pe", "compressed", or "?". */
PVHBOOT_API const char *pvhboot_container_name(enum pvhboot_container container);

#define PVHBOOT_DEFAULT_MAX_OUTPUT ((uint64_t)1 << 30)
#define PVHBOOT_DEFAULT_MAX_MEMORY ((uint64_t)256 << 20)

/*
 * How a file is read. Zero in any member means its default, and so does a NULL pointer to
 * the struct. A stage looks at the members that it names; pvhboot_prepare() and
 * pvhboot_boot() look at all of them.
 */
struct pvhboot_options {
	const struct pvhboot_allocator *allocator; /* NULL: malloc() and free(). The freestanding
	                        core has no default */
	const struct pvhboot_codec *const *codecs; /* ends in NULL. NULL: pvhboot_codecs(), and
	                        in the freestanding core none */
	uint64_t max_output; /* bytes of an unpacked image; 0: PVHBOOT_DEFAULT_MAX_OUTPUT */
	uint64_t max_memory; /* bytes of working memory of a codec; 0: PVHBOOT_DEFAULT_MAX_MEMORY.
	                        That is twice what the dictionary of Linux 6.12 and later needs,
	                        which has 128 MiB */
	const struct pvhboot_parallel *parallel; /* NULL: one thread. With threads the results
	                        and errors are the same */
	struct pvhboot_bytes profile_id; /* of a unified kernel image: the first profile with this
	                        ID is used. Empty: the member profile decides */
	uint32_t profile;      /* of a unified kernel image: the number of the profile, from 0. For
	                        other files neither profile_id nor profile is looked at */
	uint32_t kernel_flags; /* of pvhboot_kernel_open(): 0 or PVHBOOT_COMPAT_XEN */
	uint32_t flags;        /* PVHBOOT_OPTION_*, see boot.h */
	uint32_t reserved32;   /* 0 */
	uint64_t reserved[4];  /* 0 */
};

/*
 * What a unified kernel image (UKI) carries beside its kernel; all empty in other files.
 * Bytes as they lie in the file, without a NUL behind them; data is NULL where there is no
 * such section.
 * - The sections in front of the first .profile are the base. Those behind a .profile, up to
 *   the next one, belong to that profile.
 * - A section of the chosen profile is used before one of the base, the kernel's (.linux) too.
 * - No section of another profile is used.
 * - Of several sections of one name in the base, or in one profile, the first counts.
 * Source: UAPI Group Specifications, "Unified Kernel Image", "Multi-Profile UKIs".
 */
struct pvhboot_uki {
	struct pvhboot_bytes initrd;  /* .initrd */
	struct pvhboot_bytes ucode;   /* .ucode: an initrd with microcode, which goes first */
	struct pvhboot_bytes cmdline; /* .cmdline, up to its first NUL, and without the blanks
	                                 and line feeds at its end */
	struct pvhboot_bytes osrel;   /* .osrel: an os-release file */
	struct pvhboot_bytes uname;   /* .uname: the kernel's version */
	uint32_t n_profiles;          /* sections .profile; 0: the base alone, as profile 0 */
	uint32_t profile;             /* the one that was chosen */
	uint64_t reserved[2];         /* 0 */
};

/* What a file is. Borrows the file, which must stay as long as this is used. */
struct pvhboot_image {
	struct pvhboot_bytes file;   /* all of it */
	struct pvhboot_bytes stream; /* the part that is compressed, or the ELF image */
	uint64_t stream_offset;      /* of stream in file, bytes */
	uint64_t unpacked_size;      /* bytes of what the stream holds. Other bytes may follow the
	                                ELF image there */
	struct pvhboot_uki uki;
	struct pvhboot_bytes bzimage; /* all of a bzImage, in the file; empty: it is none, or lies
	                                in a compressed stream */
	uint16_t container;          /* enum pvhboot_container */
	uint16_t compression;        /* enum pvhboot_compression */
	uint16_t protocol;           /* bzImage: boot protocol, 0x020f is 2.15; else 0 */
	uint8_t size_is_exact;       /* 1: the file claims unpacked_size, and unpacking fails
	                                when it is not so; 0: it is a guess */
	uint8_t depth;               /* how many compressed streams this was unpacked from */
	uint64_t reserved[2];        /* 0 */
};

/*
 * Identifies a file by its content. Reads the headers, the profiles of a UKI, and how its
 * command line ends. Changes nothing. Looks at options->profile and profile_id; options may
 * be NULL.
 * The file may change meanwhile: what is found may be wrong then, but lies in it.
 *
 * INVAL        file.data or profile_id.data is NULL with a size, out is NULL, or a reserved
 *              member of the options, or of the allocator or the threads that they
 *              name, is not 0
 * TRUNCATED    the file ends inside its header, its section table, its payload or
 *              a section that is needed
 * FORMAT       none of the containers, or one around something unknown. diag->detail says
 *              what the file is, where that is known: "a cpio archive (an initrd)"
 * MALFORMED    the payload of a bzImage is too small, or claims that it unpacks to nothing
 * UNSUPPORTED  diag->detail says as above what the file is: "a kernel for AArch64"
 *              - a bzImage of a boot protocol before 2.08, which has no payload fields
 *              - a bzImage without a payload, as memtest86+ is
 *              - a kernel for another machine
 *              - a PE file without a kernel, or with one in another profile alone
 * RANGE        a UKI without the profile that is wanted; diag->detail lists those that it
 *              has: "profiles: 0 (main), 1 (reset)"
 * Warns when the boot sector signature 0xaa55 of a bzImage is missing.
 * Source: Linux Documentation/arch/x86/boot.rst, fields payload_offset and
 * payload_length; UAPI Group Specifications, "Unified Kernel Image".
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_image_probe(struct pvhboot_bytes file,
							const struct pvhboot_options *options,
							struct pvhboot_image *out,
							struct pvhboot_diag *diag);

/*
 * Whether a file has the EFI entry: a PE32+ file for x86-64 that is an EFI application. A bzImage
 * may be one, and a UKI is one. Reads the headers, and not the sections: what is wrong with these
 * is found in the guest.
 *
 * INVAL        file.data is NULL with a size
 * FORMAT       it is no PE file
 * TRUNCATED    the file ends inside its headers or its section table
 * UNSUPPORTED  a PE file of another machine or kind
 * Source: Microsoft PE Format, "COFF File Header", "Optional Header"; UEFI 2.10, 2.1.1.
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_efi_check(struct pvhboot_bytes file,
						      struct pvhboot_diag *diag);

/*
 * A profile of a unified kernel image. Its section is a text of lines KEY=value, as
 * os-release(5) is. Quotes around a value are not part of it; backslashes are taken as they
 * are. Bytes of the file, and as little to be trusted.
 */
struct pvhboot_profile {
	struct pvhboot_bytes id;    /* the value of ID= in the section's first 4096 bytes; empty:
	                               none */
	struct pvhboot_bytes title; /* of TITLE=; empty: none */
	uint32_t number;            /* from 0, for options.profile */
	uint32_t reserved;          /* 0 */
};

struct pvhboot_profile_iter {
	uint32_t section; /* of the PE file that is looked at next; all 0 starts */
	uint32_t number;  /* of the profile that is next */
};

/*
 * Yields the profiles of a probed UKI in the order of their sections. Start with an iterator
 * that is all zero. Returns 1 and fills *out, or 0 and does not:
 * - at the end, at once where uki.n_profiles is 0
 * - for an image that is no UKI
 * - when an argument is NULL
 */
PVHBOOT_API int pvhboot_profile_next(const struct pvhboot_image *image,
				     struct pvhboot_profile_iter *iter,
				     struct pvhboot_profile *out);

/* A file has at most this many compressed streams one inside the other. */
#define PVHBOOT_MAX_DEPTH 2

/*
 * Identifies what pvhboot_image_unpack() yielded, for files with one container in
 * another. Unpack the result too, until its compression is NONE.
 * unpacked must stay as long as *out is used, and is out->file: offsets count from
 * its start.
 *
 * As pvhboot_image_probe(), and
 * INVAL  outer is NULL too
 * LIMIT  what was unpacked is compressed again, and outer was already compressed stream number
 *        PVHBOOT_MAX_DEPTH
 * FORMAT also a PE file: it must be outermost
 * diag->detail says in what it lay, as in "compressed: a cpio archive (an initrd)".
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_image_probe_inner(const struct pvhboot_image *outer,
							      struct pvhboot_bytes unpacked,
							      struct pvhboot_image *out,
							      struct pvhboot_diag *diag);

/*
 * How large the buffer for pvhboot_image_unpack() must be, in bytes: 0 for an
 * image that is not compressed. Looks at options->codecs and max_output.
 * Where image->size_is_exact is 0 this is a guess, at most max_output. When unpacking ends in
 * NOSPACE then, try again with twice as much, as pvhboot_image_load() does.
 *
 * INVAL        image or size is NULL, or a reserved member of the options, or of what they name,
 *              is not 0
 * LIMIT        the image claims more than max_output (found is what is needed, bound what is
 *              allowed)
 * UNSUPPORTED  no codec for its compression; diag->detail names it
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_image_need(const struct pvhboot_image *image,
						       const struct pvhboot_options *options,
						       size_t *size, struct pvhboot_diag *diag);

/*
 * Yields the ELF image.
 * - One that is not compressed is returned where it lies in the file. out is not touched.
 * - Any other is decoded into out, which must not overlap the file. *elf is the part of out
 *   that was written.
 * - *elf may hold more than the ELF file: relocations follow Linux's.
 * - *elf is written on success only. What out holds after a failure is undefined.
 * Looks at options->allocator, codecs, max_output, max_memory and parallel.
 *
 * The file must not change during the call, as no decoder promises to be safe then. The same is
 * true of every other call that decodes, below and in boot.h. Others may write to out meanwhile;
 * the result can then be wrong.
 *
 * INVAL        image or elf is NULL; a reserved member of the options, or of the allocator,
 *              the codec or the threads that they name, is not 0; there is no allocator in the
 *              freestanding core
 * NOSPACE      out is smaller than pvhboot_image_need() says (found, bound), or
 *              where that is a guess, smaller than what the stream holds (found is what is
 *              needed: the size that the stream tells, or one byte more than out has)
 * LIMIT        the image claims or holds more than max_output, or its codec needs more than
 *              max_memory (found is what is needed, bound what is allowed; a stream that does
 *              not tell its size needs one byte more than max_output at least; there are no
 *              numbers where a codec of the caller's does not know its need)
 * UNSUPPORTED  no codec for its compression, named in diag->detail, or one that
 *              lacks a feature
 * TRUNCATED    the stream ends too early
 * CORRUPT      the stream is damaged, or has another size than the file claims
 * NOMEM        the allocator returned NULL
 * INTERNAL     a codec broke its rules
 * Warns when other bytes follow the stream.
 */
PVHBOOT_CHECKED enum pvhboot_status
pvhboot_image_unpack(const struct pvhboot_image *image, const struct pvhboot_options *options,
		     struct pvhboot_buffer out, struct pvhboot_bytes *elf,
		     struct pvhboot_diag *diag);

/* What pvhboot_image_load() found. */
struct pvhboot_loaded {
	struct pvhboot_image image;   /* of the file: the outermost container */
	struct pvhboot_bytes elf;     /* in the file, or in buffer */
	struct pvhboot_buffer buffer; /* the caller's to release: buffer.data with the
	                                 options' allocator, free() without one; NULL when
	                                 elf lies in the file */
	uint64_t reserved[2];         /* 0 */
};

/*
 * The stages above in one call: probes, and unpacks into buffers of
 * options->allocator until there is an ELF image. options may be NULL. Writes
 * *out on success only. After a failure nothing stays allocated.
 *
 * Any status of the stages but NOSPACE, with their diagnostics; INVAL also when
 * out is NULL; NOMEM also when a buffer could not be allocated (found is its size).
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_image_load(struct pvhboot_bytes file,
						       const struct pvhboot_options *options,
						       struct pvhboot_loaded *out,
						       struct pvhboot_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
