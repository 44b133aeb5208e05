/* SPDX-License-Identifier: MIT */
/*
 * What every other header needs: byte views, statuses, diagnostics, and the
 * allocator. C99, and nothing but the two freestanding headers below.
 *
 * Words used everywhere: "bytes" is borrowed input, "buffer" is writable
 * storage of the caller, a "range" is a half-open interval of guest-physical
 * addresses, "gpa" is one such address. "_size" counts bytes, "n_" counts
 * elements in use, "max_" is a capacity.
 *
 * Ownership: what a struct points at is the caller's. It must stay as long as the header of
 * that struct says. The library itself keeps nothing from one call to the next.
 *
 * Threads: no function has global or static writable state.
 * - Calls on different objects may run side by side.
 * - Objects that a call takes as const may be shared by calls that run side by side.
 * - Callbacks are called on the calling thread, before the call returns. The one exception:
 *   struct pvhboot_parallel (codec.h) brings threads of its own.
 * - A callback must return: no longjmp() and no exception may leave it.
 *
 * Change: a guest or another process may write to memory that it shares with the caller.
 * - These may change while a call reads them: the file while it is probed, the ELF image,
 *   guest memory, the bytes of modules and blobs. Then the result can be wrong, or the call
 *   can fail. But nothing outside of what the caller gave is read or written.
 * - These must not change while a call uses them: the file while it is unpacked, options,
 *   requests with the arrays and texts that they point at, plans, workspaces. A toolstack
 *   whose users can write to the file copies it first, or seals it (memfd with F_SEAL_WRITE).
 *
 * Stack: a call uses at most 16 KiB of it, beside what callbacks and codecs of the caller do.
 *
 * Reserved members are room for later versions. They are 0 in what the library gives. In
 * what the caller gives they must be 0, else the call ends in INVAL.
 */
#ifndef PVHBOOT_BASE_H
#define PVHBOOT_BASE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define PVHBOOT_API __attribute__((visibility("default")))
#define PVHBOOT_CHECKED PVHBOOT_API __attribute__((warn_unused_result))
#else
#define PVHBOOT_API
#define PVHBOOT_CHECKED
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct pvhboot_bytes {
	const uint8_t *data; /* may be NULL when size is 0 */
	size_t size;
};

/* A text as bytes: without its NUL; NULL is empty. */
static inline struct pvhboot_bytes pvhboot_text(const char *text)
{
	struct pvhboot_bytes bytes;

	bytes.data = (const uint8_t *)text;
	bytes.size = 0;
	while (text != NULL && text[bytes.size] != '\0')
		bytes.size++;
	return bytes;
}

struct pvhboot_buffer {
	uint8_t *data; /* may be NULL when size is 0 */
	size_t size;
};

struct pvhboot_range {
	uint64_t start; /* gpa of the first byte */
	uint64_t end;   /* gpa behind the last byte; start == end is empty */
};

/* Grouped by whose fault it is. Zero is success; the values are ABI and gaps
 * are left for more. */
enum pvhboot_status {
	PVHBOOT_OK = 0,

	/* the caller's: the call itself is wrong */
	PVHBOOT_INVAL = 1,   /* an argument breaks its documented rule */
	PVHBOOT_NOSPACE = 2, /* a buffer of the caller is too small */
	PVHBOOT_WARNED = 3,  /* there is a warning, and the caller asked for none
	                        (PVHBOOT_OPTION_STRICT in boot.h) */

	/* the image's: the file is not what it should be */
	PVHBOOT_TRUNCATED = 16,   /* ends before what it must contain */
	PVHBOOT_FORMAT = 17,      /* none of the formats known here */
	PVHBOOT_MALFORMED = 18,   /* a field contradicts the format or another field */
	PVHBOOT_UNSUPPORTED = 19, /* well formed, but not for this build or this library */
	PVHBOOT_CORRUPT = 20,     /* compressed data is damaged */
	PVHBOOT_LIMIT = 21,       /* needs more than a limit of the caller or of this library */
	PVHBOOT_NOTPVH = 22,      /* a kernel without the PVH entry, or the one asked for */

	/* memory's: guest or host */
	PVHBOOT_NOMEM = 32,   /* the host allocator returned NULL */
	PVHBOOT_NOROOM = 33,  /* guest memory has no free range that is large enough */
	PVHBOOT_OVERLAP = 34, /* two things want the same guest memory */
	PVHBOOT_RANGE = 35,   /* an address is outside of what it must be inside of */

	/* a callback's */
	PVHBOOT_MEMIO = 48, /* a function of struct pvhboot_memory failed */

	/* ours: please report it */
	PVHBOOT_INTERNAL = 64
};

/* The name of a status without its prefix, "MALFORMED"; "?" for a value that
 * is none. A static string. */
PVHBOOT_API const char *pvhboot_status_name(enum pvhboot_status status);

/*
 * 1 when a status says that the file is not for this library:
 * - FORMAT: it is not known here
 * - UNSUPPORTED: it is for another machine, or wants what is not built in. (The planner gives this
 *   status too, where PVHBOOT_REQUEST_DOM0 asks for what the kernel cannot be.)
 * - NOTPVH: it has no entry that this library knows
 * A host that has another loader gives the file to that one. 0 for any other status: the file is
 * damaged, the request or the call is wrong, or memory is short, so another loader is no help.
 */
PVHBOOT_API int pvhboot_status_is_foreign(enum pvhboot_status status);

/* Where a finding was made. Offsets of the stages up to NOTE count bytes from
 * the start of the file (IMAGE, UNPACK) or of the unpacked ELF image (ELF,
 * NOTE); those of PLAN, COMMIT and START are guest-physical addresses. */
enum pvhboot_stage {
	PVHBOOT_STAGE_IMAGE = 1,
	PVHBOOT_STAGE_UNPACK = 2,
	PVHBOOT_STAGE_ELF = 3,
	PVHBOOT_STAGE_NOTE = 4,
	PVHBOOT_STAGE_PLAN = 5,
	PVHBOOT_STAGE_COMMIT = 6,
	PVHBOOT_STAGE_BOOT = 7,
	PVHBOOT_STAGE_START = 8 /* the way back: start.h */
};

/* What a finding is about; with PVHBOOT_HAS_INDEX its index counts these. */
enum pvhboot_subject {
	PVHBOOT_SUBJECT_NONE = 0,
	PVHBOOT_SUBJECT_HEADER = 1,    /* of the file or of the ELF image */
	PVHBOOT_SUBJECT_PAYLOAD = 2,   /* of a bzImage */
	PVHBOOT_SUBJECT_SEGMENT = 3,   /* program header number, PT_LOAD or not */
	PVHBOOT_SUBJECT_SECTION = 4,   /* section header number */
	PVHBOOT_SUBJECT_NOTE = 5,      /* in the order of pvhboot_note_next() */
	PVHBOOT_SUBJECT_ENTRY = 6,     /* the PVH entry point; its note's offset */
	PVHBOOT_SUBJECT_KERNEL = 7,    /* the kernel as a whole */
	PVHBOOT_SUBJECT_MAP = 8,       /* request.map; START: the map in guest memory */
	PVHBOOT_SUBJECT_AVOID = 9,     /* request.avoid */
	PVHBOOT_SUBJECT_MODULE = 10,   /* request.modules; START: those in guest memory */
	PVHBOOT_SUBJECT_INFO = 11,     /* the start_info block */
	PVHBOOT_SUBJECT_PLACE = 12,    /* plan.places */
	PVHBOOT_SUBJECT_WORKSPACE = 13, /* the buffer given to pvhboot_plan_make() */
	PVHBOOT_SUBJECT_BLOB = 14,     /* request.blobs */
	PVHBOOT_SUBJECT_SYMBOLS = 15,  /* the kernel's symbol table */

	/* START only */
	PVHBOOT_SUBJECT_LIST = 16,      /* the list of modules */
	PVHBOOT_SUBJECT_CMDLINE = 17,   /* of the kernel; with an index, of that module */
	PVHBOOT_SUBJECT_RSDP = 18,      /* of ACPI */
	PVHBOOT_SUBJECT_REGISTERS = 19, /* struct pvhboot_cpu */

	PVHBOOT_SUBJECT_PROFILE = 20, /* of a unified kernel image */

	/* START only, where the guest has a boot_params */
	PVHBOOT_SUBJECT_BOOT_PARAMS = 21,
	PVHBOOT_SUBJECT_SETUP_DATA = 22,  /* index: in the chain */
	PVHBOOT_SUBJECT_PAGE_TABLES = 23,
	PVHBOOT_SUBJECT_GDT = 24
};

/* Which members of a finding mean something. */
#define PVHBOOT_HAS_INDEX 1u
#define PVHBOOT_HAS_OFFSET 2u
#define PVHBOOT_HAS_NUMBERS 4u /* found and bound */
#define PVHBOOT_HAS_NEED 8u    /* with NUMBERS: found is what is needed, bound what is allowed */

/* What found and bound count. */
enum pvhboot_unit {
	PVHBOOT_UNIT_NONE = 0,  /* addresses, offsets, bits, types: printed as 0x1000 */
	PVHBOOT_UNIT_BYTES = 1, /* printed as 4096 bytes */
	PVHBOOT_UNIT_COUNT = 2, /* printed as 12 */
	PVHBOOT_UNIT_SIGNED = 3 /* what a callback returned; printed as -5 */
};

/* One rule that did not hold, as data. */
struct pvhboot_finding {
	const char *rule; /* what should hold. Where there is one thing to do, "; " and that
	                     thing follow. A static string; NULL: no finding */
	uint64_t offset;  /* where; enum pvhboot_stage says what it counts */
	uint64_t found;   /* the number that broke the rule (its left side) */
	uint64_t bound;   /* the number that it was compared with (its right side) */
	uint32_t index;   /* of the subject, from 0 */
	uint8_t stage;    /* enum pvhboot_stage */
	uint8_t subject;  /* enum pvhboot_subject */
	uint8_t has;      /* PVHBOOT_HAS_* */
	uint8_t unit;     /* enum pvhboot_unit, of found and bound */
	uint64_t reserved; /* 0 */
};

#define PVHBOOT_MAX_DETAIL 160
#define PVHBOOT_MAX_WARNINGS 16

/*
 * One diagnostic accompanies one boot through all its stages.
 * - Start with all zero. Hand the same one to every call, or NULL to any of them.
 * - A call that fails overwrites status, failure and detail.
 * - A call that succeeds leaves these three as they are.
 * - Every call appends its warnings, which are about harmless deviations.
 * - Set n_warnings and n_lost to 0 to drop the warnings that were read.
 */
struct pvhboot_diag {
	uint16_t status;       /* enum pvhboot_status of the last failure */
	uint16_t n_warnings;   /* in use below */
	uint32_t n_lost;       /* warnings that found no room */
	uint64_t reserved;     /* 0 */
	struct pvhboot_finding failure;
	char detail[PVHBOOT_MAX_DETAIL]; /* more about the failure, such as the codec that is
	                                    missing. Printable ASCII with a NUL behind; empty:
	                                    none */
	struct pvhboot_finding warnings[PVHBOOT_MAX_WARNINGS];
};

/*
 * Writes a finding as one line without a line feed:
 *   elf: segment 3 at offset 0xe8: expected p_filesz <= p_memsz (found 24 bytes, bound 16 bytes)
 * At most size bytes are written, and the last of them is always NUL. Returns the length of
 * the whole line without the NUL, as snprintf() does. It is 0 when there is nothing to say.
 */
PVHBOOT_API size_t pvhboot_finding_format(const struct pvhboot_finding *finding, char *out,
					  size_t size);

/* The same for diag->failure, with the name of its status in front and its detail behind. */
PVHBOOT_API size_t pvhboot_diag_format(const struct pvhboot_diag *diag, char *out, size_t size);

/*
 * Host memory. Both functions are called on the calling thread only.
 * - alloc returns size bytes that are aligned for any type, or NULL. size is never 0.
 * - release takes what alloc returned, never NULL.
 */
struct pvhboot_allocator {
	void *ctx; /* handed back as it is */
	void *(*alloc)(void *ctx, size_t size);
	void (*release)(void *ctx, void *memory);
	uint64_t reserved; /* 0 */
};

#ifdef __cplusplus
}
#endif

#endif
