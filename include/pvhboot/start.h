/* SPDX-License-Identifier: MIT */
/*
 * The way back: a start_info that lies in guest memory, read and checked; and a boot_params.
 *
 *	ebx -> pvhboot_start_read  -> struct pvhboot_start -> modules, map, command lines
 *	    -> pvhboot_start_check -> what its guests may stumble over
 *	rsi -> pvhboot_boot_params_check -> the same, for the entries of Linux
 *
 * For a loader that was itself booted through PVH, for tests of any host, and to find out why
 * a guest stays silent.
 * - Guest memory is hostile, and may change while it is read. A call reads each byte once,
 *   copies it, checks it, and then uses it. Nothing here points into guest memory.
 * - What two calls read need not belong together.
 * - map is asked first, and read where map has no pointer. One range is mapped at a time, and
 *   given back by unmap before the next.
 * - A read that looks for the end of a text does not cross a multiple of 4 KiB.
 * - Each call ends in INVAL when memory is NULL, has neither map nor read, has unknown flags,
 *   or has a reserved member that is not 0.
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

/* A start_info with more is refused, so that the time of a caller's loop is bounded. */
#define PVHBOOT_START_MAX_MODULES 65536u
#define PVHBOOT_START_MAX_MAP 65536u

/* A start_info as it was read. Plain data. memory must stay as long as the struct is used. "As
 * read" is a value that is not checked. */
struct pvhboot_start {
	const struct pvhboot_memory *memory;
	uint64_t gpa;       /* of the start_info */
	uint64_t modules;   /* gpa of the module list; as read where n_modules is 0 */
	uint64_t map;       /* gpa of the memory map; as read where n_map is 0 */
	uint64_t cmdline;   /* gpa for pvhboot_start_text(); 0: there is none */
	uint64_t rsdp;      /* gpa, 0: none */
	uint32_t n_modules; /* at most PVHBOOT_START_MAX_MODULES */
	uint32_t n_map;     /* at most PVHBOOT_START_MAX_MAP; 0 in version 0 */
	uint32_t version;   /* as read; from 1 on there is a map */
	uint32_t flags;     /* as read: SIF_*, which a guest other than dom0 has none of */
	uint32_t reserved;  /* as read; should be 0 */
	uint64_t reserved64[2]; /* 0 */
};

/* A module as the list names it. */
struct pvhboot_listed_module {
	uint64_t gpa;      /* not 0 */
	uint64_t size;     /* bytes; gpa + size does not wrap */
	uint64_t cmdline;  /* gpa for pvhboot_start_text(); 0: there is none */
	uint64_t reserved; /* as read; should be 0 */
};

/*
 * Reads the start_info at gpa, which is what ebx holds at the entry. It has 40 bytes in version 0,
 * and 56 in version 1. Later versions begin as version 1 does, and are read as that.
 *
 * INVAL      memory as above, or out is NULL
 * MEMIO      the start_info cannot be read; found is the value of the read callback, or 0 where
 *            map returned NULL and there is no read
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
 * Reads one module, index counting from 0. Writes *out only on success.
 *
 * INVAL      start or out is NULL, start has a reserved64 that is not 0 or memory as above, or
 *            there is no module of this index
 * MEMIO      its element of the list cannot be read (found as above)
 * MALFORMED  its address is 0
 * RANGE      it wraps around 2^64
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_start_module(const struct pvhboot_start *start,
							 uint32_t index,
							 struct pvhboot_listed_module *out,
							 struct pvhboot_diag *diag);

/*
 * Reads one entry of the memory map, index counting from 0. Type and reserved are as read: the
 * type may be one that enum pvhboot_map_type does not have. Writes *out only on success.
 *
 * INVAL  as pvhboot_start_module(), for an entry of this index
 * MEMIO  the entry cannot be read (found as above)
 * RANGE  it wraps around 2^64
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_start_map_entry(const struct pvhboot_start *start,
							    uint32_t index,
							    struct pvhboot_map_entry *out,
							    struct pvhboot_diag *diag);

/*
 * Reads the text at gpa into out. gpa is start->cmdline, or the command line of a module. Of start
 * memory alone is used: another may be given for the command line of a boot_params.
 * - The size of out is the most that the caller accepts, with the NUL.
 * - *size becomes the size of the text with its NUL: 1 is an empty text.
 * - Where gpa is 0 there is no text: *size becomes 0, and nothing is written to out.
 *
 * INVAL    start as pvhboot_start_module(), size is NULL, or out.data is NULL with a size
 * NOSPACE  the text does not fit into out (bound) with its NUL; as much as fits is in out
 * MEMIO    a piece of it cannot be read (found as above); those before are in out
 * RANGE    it wraps around 2^64
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_start_text(const struct pvhboot_start *start,
						       uint64_t gpa, struct pvhboot_buffer out,
						       size_t *size, struct pvhboot_diag *diag);

enum pvhboot_severity {
	PVHBOOT_SEVERITY_ERROR = 1,   /* breaks the ABI */
	PVHBOOT_SEVERITY_WARNING = 2, /* the ABI allows it or does not speak of it, but the guests
	                                 in struct pvhboot_start_finding fail or misread it */
	PVHBOOT_SEVERITY_NOTE = 3     /* harmless, or something was not checked */
};

struct pvhboot_start_finding {
	struct pvhboot_finding finding; /* stage START; the offset of an element is where it
	                                   stands in its list */
	uint32_t severity;              /* enum pvhboot_severity */
	uint32_t guests;                /* whose rule it is: PVHBOOT_FOR_* of entry.h */
};

/* Give an array, or none (NULL and 0) to count only. */
struct pvhboot_start_report {
	struct pvhboot_start_finding *findings; /* the first ones, in the order in which they
	                                           are made */
	size_t max_findings;
	size_t n_findings; /* out: all of them, also those that found no room; the sum of: */
	size_t n_errors;
	size_t n_warnings;
	size_t n_notes;
	uint64_t reserved[2]; /* 0 */
};

/* The check looks at no more than this. A note says what it has not looked at. */
#define PVHBOOT_START_CHECK_MODULES 128u
#define PVHBOOT_START_CHECK_MAP 512u
#define PVHBOOT_START_CHECK_TEXT 16384u /* bytes of one command line, with its NUL */
#define PVHBOOT_START_CHECK_SETUP_DATA 64u
#define PVHBOOT_START_CHECK_TABLES 192u /* page tables, of 4 KiB each */

/* Bytes that the workspace must have. It may have any alignment. */
#define PVHBOOT_START_CHECK_NEED 65536u

/*
 * Checks the start_info at gpa and all that it leads to. Where cpu is not NULL, checks it as the
 * registers at the entry too.
 * - Findings are data in an array, not calls of a function. So a caller may sort, count and
 *   compare them, and the array bounds what hostile memory can make of them.
 * - Memory that cannot be read is a finding, since it is the start_info that leads there.
 * - Time grows as n log n in what is looked at, which is bounded by the numbers above.
 *
 * INVAL    - memory as above
 *          - workspace or report is NULL, or its findings are NULL and max_findings is not 0
 *          - a reserved member of report or cpu is not 0
 * NOSPACE  workspace is smaller than PVHBOOT_START_CHECK_NEED (found, bound)
 *
 * Errors, all of the ABI. Of the memory:
 * - the start_info, a list, a command line or the RSDP cannot be read, or wraps around 2^64
 * - the magic is another; then nothing else in memory is checked
 * - a command line has no NUL within PVHBOOT_START_CHECK_TEXT
 * - a list has elements and address 0
 * - a module has address 0, or wraps around 2^64
 * - a map entry wraps around 2^64, or the map has no RAM
 * - the RSDP has another signature or length, or a wrong checksum
 * - two of start_info, lists, modules, command lines, RSDP and entry overlap; but command lines
 *   may share bytes
 * Of the registers:
 * - ebx is not gpa, or eip has more than 32 bits
 * - IF, TF or VM is set in eflags
 * - cr0 is not PE alone (ET is not looked at), or cr4 is not 0
 * - cs, ds and es, or tr have another base, limit or type (accessed and AVL bits are not looked
 *   at)
 *
 * Warnings of the ABI:
 * - the version is above 1, a flag is not known, or a reserved member is not 0
 * - a map entry has a type that does not exist, or overlaps another
 * - the start_info, a list, a module or a command line lies in page 0; the entry may
 * - one of these or the entry lies outside of the map's RAM
 * Warnings of guests, by the same rules and in the same words as those of pvhboot_plan_make():
 * - LINUX    more than 128 map entries; a command line above 2047 bytes; start_info, lists or
 *            command line end above 1 GiB
 * - FREEBSD  a module list without modules; a first module without command line; less than two
 *            pages of free RAM behind start_info, map and modules
 * - GRUB     no command line
 * - OVMF     no RSDP
 * - XEN      more than 7 modules
 * - LINUX, FREEBSD, GRUB, OVMF  no memory map
 * - LINUX, GRUB, XEN            start_info, a list, a module or a command line ends above 4 GiB
 *
 * Notes:
 * - an empty module or map entry, or a map that does not ascend
 * - LINUX: more than one module
 * - efer is not 0
 * - there are more modules or map entries than are checked
 * Sources: docs/misc/pvh.pandoc, xen/include/public/arch-x86/hvm/start_info.h, those of
 * PVHBOOT_FOR_LINUX, and ACPI 6.5, 5.2.5.3, for the RSDP.
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_start_check(const struct pvhboot_memory *memory,
							uint64_t gpa,
							const struct pvhboot_cpu *cpu,
							struct pvhboot_buffer workspace,
							struct pvhboot_start_report *report,
							struct pvhboot_diag *diag);

/*
 * The same for the entries of Linux: checks the boot_params at gpa and all that it leads to, and
 * where cpu is not NULL, the registers at the entry, the GDT and the page tables. cpu->is_64bit
 * says which of the protocols the registers are for.
 * - A bzImage is known by its entry: at a multiple of kernel_alignment, in 64-bit mode 0x200 behind
 *   one. Its init_size bytes are "the kernel" below. Of another kernel the size is not known, and
 *   only its entry is looked at.
 * - Pages may have 4 KiB, 2 MiB or 1 GiB, in 4 or 5 levels. Whether they can be written to or
 *   executed is not looked at.
 *
 * INVAL, NOSPACE  as pvhboot_start_check()
 *
 * Errors of the ABI. Of the memory:
 * - the boot_params, command line, a setup_data, a page table, the GDT or the RSDP cannot be read,
 *   or one of these or the initrd wraps around 2^64
 * - there is no "HdrS"; then nothing else in memory is checked
 * - the sentinel is not 0, or type_of_loader is 0
 * - the command line has no NUL within PVHBOOT_START_CHECK_TEXT
 * - the initrd has address 0. Or its last byte lies above initrd_addr_max, if that is not 0, and
 *   bit 1 of xloadflags is not set
 * - something ends above 4 GiB, and bit 1 of xloadflags is not set
 * - e820_entries is above 128, a map entry wraps around 2^64, or the map has no RAM
 * - the chain of setup_data comes back to itself, or an E820_EXT has a part of an entry
 * - the RSDP is as pvhboot_start_check() does not want it
 * - two of boot_params, command line, initrd, setup_data, RSDP, GDT, page tables, and kernel or
 *   entry overlap
 * - boot_params, command line, GDT, and kernel or entry are not mapped one to one by the page
 *   tables (64-bit mode)
 * Of the registers:
 * - esi or rsi is not gpa
 * - IF, TF or VM is set in eflags
 * - 32-bit mode: PE is clear or PG is set in cr0, ebx is not 0, or eip, esi or the address of the
 *   GDT has more than 32 bits
 * - 64-bit mode: PE or PG in cr0, PAE in cr4, or LME or LMA in efer is clear
 * - cs is not __BOOT_CS, or ds and es are not __BOOT_DS; or one of them is another segment. In
 *   64-bit mode base and limit are not looked at
 * - the GDT has no such selector, or another segment there
 *
 * Warnings of the ABI:
 * - the boot_flag is another, or the header ends above 0x290
 * - there is a setup_data, and the protocol is below 2.09
 * - a map entry has a type that is not one of 1 to 7, or overlaps another
 * - boot_params, command line, initrd, a setup_data, kernel or entry lies in page 0
 * - one of these, the GDT or a page table lies outside of the map's RAM
 * Warnings of LINUX:
 * - e820_entries is below 2
 * - the command line is longer than cmdline_size; or where that is 0, than 2047 bytes
 *
 * Notes:
 * - the protocol is below 2.10, LOADED_HIGH is not set, or there is no command line
 * - a setup_data has a type that is not known
 * - an empty map entry, or a map that does not ascend
 * - there are more map entries, setup_data or page tables than are checked
 * Sources: Linux Documentation/arch/x86/boot.rst and zero-page.rst; Intel SDM, volume 3A, 3.4.5 and
 * 4.5.
 */
PVHBOOT_CHECKED enum pvhboot_status pvhboot_boot_params_check(const struct pvhboot_memory *memory,
							      uint64_t gpa,
							      const struct pvhboot_cpu *cpu,
							      struct pvhboot_buffer workspace,
							      struct pvhboot_start_report *report,
							      struct pvhboot_diag *diag);

#ifdef __cplusplus
}
#endif

#endif
