/* SPDX-License-Identifier: MIT */
/*
 * The way back: a start_info that lies in guest memory, read and checked.
 *
 *	ebx -> pvhboot_start_read  -> struct pvhboot_start -> modules, map, command lines
 *	    -> pvhboot_start_check -> what its guests may stumble over
 *
 * For a loader that was itself booted through PVH, for tests of any host, and to
 * find out why a guest stays silent. Guest memory is hostile and may change while
 * it is read: every byte is read once, copied, then checked, then used, and
 * nothing here points into it. What two calls read need not belong together.
 * Reads do not cross a multiple of 4 KiB where they look for the end of a text.
 */
#ifndef PVHBOOT_START_H
#define PVHBOOT_START_H

#include "base.h"
#include "cpu.h"
#include "entry.h"
#include "memory.h"
#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* More than these are refused, so that the time of a caller's loop is bounded. */
#define PVHBOOT_START_MAX_MODULES 65536u
#define PVHBOOT_START_MAX_MAP 65536u

/* A start_info as it was read. Plain data; memory must stay as long as it is used. */
struct pvhboot_start {
	const struct pvhboot_memory *memory;
	uint64_t gpa;       /* of the start_info */
	uint64_t modules;   /* gpa of the module list; means nothing without modules */
	uint64_t map;       /* gpa of the memory map; means nothing without entries */
	uint64_t cmdline;   /* gpa for pvhboot_start_text(), 0: absent */
	uint64_t rsdp;      /* gpa, 0: none */
	uint32_t n_modules; /* at most PVHBOOT_START_MAX_MODULES */
	uint32_t n_map;     /* at most PVHBOOT_START_MAX_MAP; 0 in version 0 */
	uint32_t version;   /* as it stands there; from 1 on all members are known */
	uint32_t flags;     /* SIF_*: 0 but for dom0 */
	uint32_t reserved;  /* as it stands there: 0 */
	uint64_t reserved64[2]; /* 0 */
};

/* A module as the list names it. */
struct pvhboot_listed_module {
	uint64_t gpa;      /* not 0 */
	uint64_t size;     /* bytes; gpa + size does not wrap */
	uint64_t cmdline;  /* gpa for pvhboot_start_text(), 0: absent */
	uint64_t reserved; /* as it stands there: 0 */
};

/*
 * Reads the start_info at gpa, which is what ebx holds at the entry: 40 bytes of
 * version 0, 56 of version 1 and of later ones, which are compatible.
 *
 * INVAL      a pointer is NULL, or memory has neither map nor read
 * MEMIO      the start_info cannot be read (found: the callback's value, 0 for a map
 *            that returned NULL without a read to fall back to)
 * FORMAT     the magic is another
 * MALFORMED  a list has elements and address 0
 * LIMIT      a list has more elements than above
 * RANGE      the start_info or a list wraps around 2^64
 * Warns about a version above 1. Writes *out only on success.
 * Source: xen/include/public/arch-x86/hvm/start_info.h.
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_start_read(const struct pvhboot_memory *memory,
						       uint64_t gpa, struct pvhboot_start *out,
						       struct pvhboot_diag *diag);

/*
 * Reads one module, index counting from 0.
 *
 * INVAL      a pointer is NULL, memory has neither map nor read, or there is no
 *            module of this index
 * MEMIO      its element of the list cannot be read (found as above)
 * MALFORMED  its address is 0
 * RANGE      it wraps around 2^64
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_start_module(const struct pvhboot_start *start,
							 uint32_t index,
							 struct pvhboot_listed_module *out,
							 struct pvhboot_diag *diag);

/*
 * Reads one entry of the memory map, index counting from 0. The type may be one
 * that enum pvhboot_map_type does not have, and reserved is as it stands there.
 *
 * INVAL  a pointer is NULL, memory has neither map nor read, or there is no entry of
 *        this index
 * MEMIO  the entry cannot be read (found as above)
 * RANGE  it wraps around 2^64
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_start_map_entry(const struct pvhboot_start *start,
							    uint32_t index,
							    struct pvhboot_map_entry *out,
							    struct pvhboot_diag *diag);

/*
 * Reads the text at gpa, start->cmdline or that of a module, into out, whose size
 * is the most that the caller accepts. *size becomes the size with the NUL: 1 is
 * an empty text, and 0 with nothing written an absent one, whose address is 0.
 *
 * INVAL    a pointer is NULL (out.data only where it has a size), or memory has
 *          neither map nor read
 * NOSPACE  there is no NUL in as many bytes as out has (bound); they are in out
 * MEMIO    a piece of it cannot be read (found as above); those before are in out
 * RANGE    it wraps around 2^64
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_start_text(const struct pvhboot_start *start,
						       uint64_t gpa, struct pvhboot_buffer out,
						       size_t *size, struct pvhboot_diag *diag);

enum pvhboot_severity {
	PVHBOOT_SEVERITY_ERROR = 1,   /* breaks the ABI */
	PVHBOOT_SEVERITY_WARNING = 2, /* the ABI is silent or allows it, and the guests
	                                 that are named fail or misread it */
	PVHBOOT_SEVERITY_NOTE = 3     /* harmless, or something was not checked */
};

struct pvhboot_start_finding {
	struct pvhboot_finding finding; /* stage START; bound is what was expected */
	uint32_t severity;              /* enum pvhboot_severity */
	uint32_t guests;                /* whose rule it is: PVHBOOT_FOR_* of entry.h */
};

/* Give an array, or none (NULL and 0) to count only. */
struct pvhboot_start_report {
	struct pvhboot_start_finding *findings; /* the first ones, in the order of reading */
	size_t max_findings;
	size_t n_findings; /* out: all of them, also those that found no room; the sum of: */
	size_t n_errors;
	size_t n_warnings;
	size_t n_notes;
	uint64_t reserved[2]; /* 0 */
};

/* As much is looked at; a note says what was not. */
#define PVHBOOT_START_CHECK_MODULES 128u
#define PVHBOOT_START_CHECK_MAP 512u
#define PVHBOOT_START_CHECK_TEXT 16384u /* bytes of one command line, with its NUL */

/* What workspace must have, at any alignment. */
#define PVHBOOT_START_CHECK_NEED 65536u

/*
 * Checks the start_info at gpa and all that it leads to, and the registers of the
 * entry, if cpu is not NULL. Findings are data, in an array rather than by a
 * callback: a caller may sort, count and compare them, and the array bounds what
 * hostile memory can make of them. Memory that cannot be read is a finding too, since
 * it is the start_info that leads there.
 * Time grows as n log n in what is looked at, which is bounded by the numbers above.
 *
 * INVAL    memory, workspace or report is NULL, findings is NULL with a size, or
 *          memory has neither map nor read
 * NOSPACE  workspace is smaller than PVHBOOT_START_CHECK_NEED (found, bound)
 *
 * Errors, all of the ABI:
 *   the start_info, a list or a command line cannot be read, wraps around 2^64, or
 *   has no NUL within PVHBOOT_START_CHECK_TEXT; the magic is another (nothing else in
 *   memory is checked then); a list has elements and address 0; a module or a map
 *   entry wraps; a module has address 0; the map has no RAM; two of these overlap, or
 *   one of them the RSDP or the entry, but command lines may share bytes; the RSDP's
 *   signature or a checksum is wrong; ebx is not gpa; IF, TF or VM is set; cr0 is not
 *   PE alone (ET is not looked at); cr4 is not 0; cs, the data segments or tr have
 *   another base, limit or type (accessed and AVL bits are not looked at).
 * Warnings:
 *   ABI      version above 1, unknown flags, a reserved field that is not 0, an
 *            unknown type in the map, map entries that overlap; one of these or the
 *            entry lies in page 0 or outside of the map's RAM
 *   Linux    no memory map (it needs none under Xen); more than 128 entries; a command
 *            line above 2047 bytes; start_info, lists or command line above 1 GiB, all
 *            that older versions map when they read them
 *   GRUB     no command line
 *   OVMF     no RSDP
 *   FreeBSD  a module list without modules; a first module without command line; no two
 *            pages of free RAM behind the highest of start_info, map and modules, where
 *            it puts its first own pages
 *   Xen      more than 7 modules; anything above 4 GiB (Linux and GRUB too: addresses
 *            are cut to 32 bits)
 * Notes: an empty module or map entry, a map that does not ascend, more than one module
 * (Linux takes the first), efer not 0, what was not looked at.
 * Sources: docs/misc/pvh.pandoc, xen/include/public/arch-x86/hvm/start_info.h, and
 * of the guests what they do with it: Linux arch/x86/platform/pvh/enlighten.c, FreeBSD
 * sys/x86/xen/pv.c, GRUB grub-core/kern/i386/xen/pvh.c, OVMF OvmfPkg/XenPlatformPei/Xen.c,
 * Xen xen/arch/x86/guest/xen/pvh-boot.c; ACPI 6.5, 5.2.5.3 for the RSDP.
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_start_check(const struct pvhboot_memory *memory,
							uint64_t gpa,
							const struct pvhboot_cpu *cpu,
							struct pvhboot_buffer workspace,
							struct pvhboot_start_report *report,
							struct pvhboot_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
